//! The real window, from the first start to what the demo company then holds.

#[path = "window/driver.rs"]
mod driver;
#[path = "window/refusals.rs"]
mod refusals;

use driver::Window;

#[tokio::test(flavor = "multi_thread")]
async fn the_page_stays_at_home_and_may_do_nothing_but_ask_the_desk() {
    let window = Window::open().await;
    refusals::nothing_leads_away(&window).await;
    refusals::only_these_are_allowed(&window, &["desk", "watch"]).await;
    window.turn_to_popup().await;
    refusals::nothing_leads_away(&window).await;
    refusals::only_these_are_allowed(&window, &[]).await;
    window.close().await;
}
