//! The system's own dialogs for files. No page can open one by itself: only the desk asks.

use std::{env, fs, path::PathBuf};

use desk::AskFile;
use tauri::{AppHandle, Manager};
use tauri_plugin_dialog::{DialogExt, FilePath};
use tokio::sync::oneshot;

use crate::{automation, windows};

/// The name of the filter; the files that are meant are the product's own.
const OURS: &str = "Countersign";

/// What the person chooses; nothing when the dialog is closed without a file.
pub async fn ask(app: &AppHandle, asked: AskFile) -> Option<PathBuf> {
    if automation::driven() {
        return chosen_by_a_test();
    }
    let (tell, chosen) = oneshot::channel();
    let dialog = app.dialog().file().set_title(asked.title).set_directory(asked.folder).add_filter(OURS, &[asked.ending]).add_filter("*", &["*"]);
    let dialog = match app.get_webview_window(windows::MAIN) {
        Some(window) => dialog.set_parent(&window),
        None => dialog,
    };
    // The window may be gone before the person has chosen.
    let done = move |path: Option<FilePath>| drop(tell.send(path));
    match asked.save_as {
        Some(name) => dialog.set_file_name(name).save_file(done),
        None => dialog.pick_file(done),
    }
    chosen.await.ok().flatten()?.into_path().ok()
}

/// A dialog of the system cannot be driven: the test has written down what it chooses.
fn chosen_by_a_test() -> Option<PathBuf> {
    fs::read_to_string(env::var_os("COUNTERSIGN_CHOSEN_FILE")?).ok().map(PathBuf::from)
}
