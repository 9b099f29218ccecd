//! What the desk asks of a program with windows.

use std::path::{Path, PathBuf};

use tauri::{AppHandle, Manager, Url};

use crate::{browser, windows};

pub struct Surroundings {
    app: AppHandle,
    folder: PathBuf,
}

impl Surroundings {
    /// Books live in the platform's own data folder of this program.
    pub fn new(app: &AppHandle) -> tauri::Result<Self> {
        let folder = app.path().app_local_data_dir()?;
        std::fs::create_dir_all(&folder)?;
        Ok(Self { app: app.clone(), folder })
    }

    pub fn data_dir(&self) -> &Path {
        &self.folder
    }

    /// The demo company signs in inside the program; the real ledgers in the person's own browser.
    pub fn open_signin(&self, url: &str) -> bool {
        match Url::parse(url) {
            Ok(url) if windows::is_loopback(&url) => windows::open_signin(&self.app, &url).is_ok(),
            Ok(url) => browser::open(&url),
            Err(_) => false,
        }
    }

    pub fn close_signin(&self) {
        windows::close_signin(&self.app);
    }

    pub fn locale(&self) -> String {
        sys_locale::get_locale().unwrap_or_else(|| "en-GB".to_owned())
    }
}
