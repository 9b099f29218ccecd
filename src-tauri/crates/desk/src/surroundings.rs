//! All that the desk needs of the machine around it, as one value: the window, the
//! command line, the browser host and the simulation each bring their own.

use std::{path::PathBuf, sync::Arc};

use remote::{BoxFuture, Clock, Outside, Redactor};
use signin::{Arrival, Keychain, Loopback, LoopbackError, Pending, Random, Redeemable, SIGN_IN_WITHIN};
use tokio::sync::oneshot;

use crate::bases::Bases;
use crate::demo::{DemoServices, NoDemo};
use crate::settings::DemoCompany;

pub trait Surroundings: Send + Sync {
    /// The network and the clock, or a simulation of both.
    fn outside(&self) -> Outside;

    /// Where secrets live.
    fn keychain(&self) -> Arc<dyn Keychain>;

    /// Told of every secret, so that no log can show one.
    fn redactor(&self) -> Arc<Redactor>;

    /// For sign-in states, book ids and names of claims; from the operating system, or from a seed.
    fn random(&self) -> Random;

    /// Where books are kept when nobody says otherwise.
    fn folder(&self) -> PathBuf;

    /// This computer and its user, for the trail.
    fn machine(&self) -> String;

    /// BCP 47, such as `da-DK`.
    fn locale(&self) -> String;

    /// Where the services of a real book are.
    fn bases(&self) -> Bases {
        Bases::real()
    }

    /// Waits for the answer of a sign-in page at a port of this computer, 0 for any; up before the page is opened.
    fn listen(&self, port: u16) -> BoxFuture<'_, Result<Listener, LoopbackError>>;

    /// Shows a sign-in page.
    fn open_signin(&self, url: &str, place: Place) -> Result<(), CannotOpen>;

    /// The answer has come; a window of our own can go.
    fn close_signin(&self);

    /// Starts the demo company's services. `journal` keeps what was written to them.
    fn demo(&self, company: &DemoCompany, journal: Option<PathBuf>) -> BoxFuture<'_, Result<DemoServices, NoDemo>>;

    /// Whether files are chosen by the system's own dialog.
    fn has_dialogs(&self) -> bool {
        false
    }

    /// The file that a person chooses there; none when the dialog is closed without one.
    fn choose_file(&self, _: AskFile) -> BoxFuture<'_, Option<PathBuf>> {
        Box::pin(std::future::ready(None))
    }

    /// Something changed; a hint to look, never the news itself.
    fn changed(&self);
}

/// What the system's own dialog for files is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskFile {
    pub title: String,
    pub folder: PathBuf,
    /// The name of a new file; none when one that exists is to be opened.
    pub save_as: Option<String>,
    /// Of the files that are meant.
    pub ending: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The system's own browser.
    Browser,
    /// A window of ours, for the demo company only, in which nothing of this program can be called.
    Popup,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the page could not be opened")]
pub struct CannotOpen;

/// Where the answer of a sign-in page arrives.
pub enum Listener {
    Loopback(Loopback),
    /// Handed over: by the person, when the page is elsewhere, or by whoever plays the browser in the same process.
    Handed {
        port: u16,
        answer: oneshot::Receiver<String>,
    },
}

impl Listener {
    pub(crate) fn port(&self) -> u16 {
        match self {
            Self::Loopback(loopback) => loopback.port(),
            Self::Handed { port, .. } => *port,
        }
    }

    pub(crate) async fn wait<F>(self, pending: &mut Pending<F>, clock: &dyn Clock) -> Result<Redeemable<F>, LoopbackError> {
        let answer = match self {
            Self::Loopback(loopback) => return loopback.wait(pending, clock, SIGN_IN_WITHIN).await,
            Self::Handed { answer, .. } => answer,
        };
        let answer = tokio::select! {
            biased;
            answer = answer => answer.map_err(|_| LoopbackError::TimedOut)?,
            () = clock.sleep(SIGN_IN_WITHIN) => return Err(LoopbackError::TimedOut),
        };
        match pending.arrive(&answer) {
            Arrival::Code(code) => Ok(*code),
            Arrival::Refused(error) => Err(error.into()),
            Arrival::NotOurs => Err(LoopbackError::TooManyStrangers),
        }
    }
}
