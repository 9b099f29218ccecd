//! The shell: two windows, two commands, a log. It decides nothing; the desk does.

mod automation;
mod browser;
mod commands;
mod journal;
mod surroundings;
mod windows;

use std::{process::ExitCode, sync::Arc};

use desk::Desk;
use tauri::Manager;

use crate::surroundings::Surroundings;

/// Runs the program until its main window is closed.
pub fn run(context: tauri::Context) -> ExitCode {
    if let Some(code) = automation::restart_without() {
        return code;
    }
    let app = tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![commands::desk, commands::watch])
        .setup(|app| {
            let surroundings = Surroundings::new(app.handle())?;
            journal::start(surroundings.data_dir(), Arc::new(desk::Redactor::new()))?;
            app.manage(Arc::new(Desk));
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
