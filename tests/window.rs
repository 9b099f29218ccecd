//! The real window, from the first start to what the demo company then holds.

#[path = "window/driver.rs"]
mod driver;

use driver::Window;

#[tokio::test(flavor = "multi_thread")]
async fn mechanics() {
    let window = Window::open().await;
    println!("{:?} {}", window.driver.title().await, window.driver.current_url().await.unwrap());
    let r = window.promise("location.href = 'http://127.0.0.1:9/'; await new Promise(r => setTimeout(r, 300)); return location.href;", vec![]).await;
    println!("{r}");
    let r = window.promise("return await window.__TAURI_INTERNALS__.invoke('desk', {name: 'overview', body: '{}'}).catch(e => ({error: e}));", vec![]).await;
    println!("{r}");
    let r = window.promise("return await window.__TAURI_INTERNALS__.invoke('plugin:window|close', {}).catch(e => ({error: e}));", vec![]).await;
    println!("{r}");
    println!("{:?}", window.driver.get_window_rect().await);
    window.picture("start").await;
    window.close().await;
}
