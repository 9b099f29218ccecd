//! The shell: two windows, two commands, a log. It decides nothing; the desk does.

mod automation;
mod browser;
mod commands;
mod dialogs;
mod face;
mod journal;
mod windows;

use std::{process::ExitCode, sync::Arc};

use desk::{Computer, Desk};
use tauri::Manager;

/// Runs the program until its main window is closed.
pub fn run(context: tauri::Context) -> ExitCode {
    if let Some(code) = automation::restart_without() {
        return code;
    }
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .invoke_handler(tauri::generate_handler![commands::desk, commands::watch])
        .setup(|app| {
            let (face, news) = face::Windows::new(app.handle());
            let computer = Computer::new(None, Box::new(face))?;
            journal::start(computer.folder(), computer.redactor())?;
            app.manage(Desk::new(Arc::new(computer)));
            app.manage(commands::News(news));
            windows::open_main(app.handle())?;
            Ok(())
        })
        .build(context);
    match app {
        Ok(app) => {
            app.run(|_, _| {});
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("Countersign could not start: {error}. Nothing was opened or changed.");
            ExitCode::FAILURE
        }
    }
}
