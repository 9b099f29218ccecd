//! Everything that can go wrong with a book, as a closed list.

use std::path::PathBuf;

use ::drafts::{DraftId, Hole, NotRefreshed, State};

use crate::Holder;

pub type Result<T> = std::result::Result<T, BookError>;

#[derive(Debug, thiserror::Error)]
pub enum BookError {
    #[error("there is no book at {0}; choose another file or make a new book")]
    Missing(PathBuf),
    #[error("{0} already exists and was left as it is; choose another name")]
    Exists(PathBuf),
    #[error("{0} is not a book of this program; it was left as it is")]
    NotABook(PathBuf),
    #[error(
        "{path} was made by a newer version (format {found}, this program knows up to {known}); it was left as it is, update the program to open it"
    )]
    Newer { path: PathBuf, found: u32, known: u32 },
    #[error("the structure of {path} was altered by something else ({what}); it was left as it is, open a backup")]
    Altered { path: PathBuf, what: String },
    #[error("the book is damaged ({0}); nothing was changed, open a backup")]
    Damaged(String),
    #[error("process {} has been fetching or writing with this book since {}; nothing was done, try again when it has finished", .by.process, .by.started)]
    Busy { by: Holder },
    #[error("this needs the claim on the book, and it is not held; nothing was done")]
    NotClaimed,
    #[error("another process is storing into the book at this moment; nothing was done, try again")]
    Locked,
    #[error("the disk is full; nothing was stored, free some space and try again")]
    DiskFull,
    #[error("the book has no person {0}; nothing was done, introduce yourself first")]
    UnknownPerson(String),
    #[error("the book has no draft {0}; nothing was done, look at the list again")]
    UnknownDraft(DraftId),
    #[error("draft {draft} is {from:?} and cannot become {to:?}; nothing was done, look at the list again")]
    Illegal { draft: DraftId, from: State, to: State },
    #[error(transparent)]
    NotRefreshed(#[from] NotRefreshed),
    #[error("the {} of draft {} cannot stand in the request of draft {draft}; nothing was sent", .hole.field, .hole.from)]
    Unfit { draft: DraftId, hole: Hole },
    #[error("attempt {attempt} of draft {draft} is no longer under way; its outcome was not stored, the other side will be asked")]
    NotUnderWay { draft: DraftId, attempt: u32 },
    #[error("the amounts of {kind} {id} are in different currencies; nothing of its page was stored")]
    MixedMoney { kind: String, id: String },
    #[error("{what} is larger than a book takes ({most}); nothing was stored")]
    TooLarge { what: &'static str, most: usize },
    #[error("the settings are not JSON; nothing was stored")]
    NotJson,
    #[error("the file could not be read or written; nothing was done")]
    File(#[from] std::io::Error),
    #[error("the database refused; nothing was done")]
    Database(#[source] rusqlite::Error),
}

impl BookError {
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged(what.into())
    }
}

impl From<rusqlite::Error> for BookError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::damaged("its pages do not fit together"),
            _ => Self::Database(error),
        }
    }
}
