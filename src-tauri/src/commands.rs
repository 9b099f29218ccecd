//! The two commands of the page. What they may be called with is the desk's one list.

use std::time::Duration;

use desk::{
    Desk,
    commands::{self, Code, Problem},
};
use tauri::{
    State, WebviewWindow,
    ipc::{Channel, Response},
};
use tokio::sync::watch;

use crate::windows;

/// Runs a command of the desk and hands its answer on as it is.
#[tauri::command]
pub async fn desk(window: WebviewWindow, desk: State<'_, Desk>, name: String, body: String) -> Result<Response, Problem> {
    only_main(&window, &name)?;
    commands::call(&desk, &name, &body).await.map(Response::new)
}

/// What the desk tells when something changed.
pub struct News(pub watch::Receiver<()>);

/// At most ten hints a second; the last one always comes.
const BETWEEN_HINTS: Duration = Duration::from_millis(100);

/// Sends a number that grows whenever there may be something new to look at. A hint, never the news itself.
#[tauri::command]
pub async fn watch(window: WebviewWindow, news: State<'_, News>, channel: Channel<u32>) -> Result<(), Problem> {
    only_main(&window, "watch")?;
    let mut news = news.0.clone();
    tauri::async_runtime::spawn(async move {
        let mut hints: u32 = 0;
        // The page is gone when nobody takes the hint any more.
        while news.changed().await.is_ok() && channel.send(hints).is_ok() {
            hints = hints.wrapping_add(1);
            tokio::time::sleep(BETWEEN_HINTS).await;
        }
    });
    Ok(())
}

/// The sign-in window has no capability; this holds even if it were given one.
fn only_main(window: &WebviewWindow, name: &str) -> Result<(), Problem> {
    if window.label() == windows::MAIN { Ok(()) } else { Err(Problem::new(Code::NoSuchCommand).with("name", name)) }
}
