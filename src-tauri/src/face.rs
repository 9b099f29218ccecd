//! How a program with windows shows a sign-in page and tells of news.

use std::path::PathBuf;

use desk::{AskFile, BoxFuture, CannotOpen, Face, Place};
use tauri::{AppHandle, Url};
use tokio::sync::watch;

use crate::{browser, dialogs, windows};

pub struct Windows {
    app: AppHandle,
    news: watch::Sender<()>,
}

impl Windows {
    /// The receiver hears of every change; changes in quick succession count as one.
    pub fn new(app: &AppHandle) -> (Self, watch::Receiver<()>) {
        let (news, hear) = watch::channel(());
        (Self { app: app.clone(), news }, hear)
    }
}

impl Face for Windows {
    fn open_signin(&self, url: &str, place: Place) -> Result<(), CannotOpen> {
        let url = Url::parse(url).map_err(|_| CannotOpen)?;
        match place {
            Place::Browser => browser::open(&url),
            Place::Popup if windows::is_loopback(&url) => windows::open_signin(&self.app, &url).map_err(|error| {
                tracing::warn!(%error, "the sign-in window could not be opened");
                CannotOpen
            }),
            Place::Popup => Err(CannotOpen),
        }
    }

    fn close_signin(&self) {
        windows::close_signin(&self.app);
    }

    fn changed(&self) {
        self.news.send_replace(());
    }

    fn has_dialogs(&self) -> bool {
        true
    }

    fn choose_file(&self, asked: AskFile) -> BoxFuture<'_, Option<PathBuf>> {
        Box::pin(dialogs::ask(&self.app, asked))
    }
}
