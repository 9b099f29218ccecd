//! The use cases, one file each, named as the steps of the way of the data. The desk
//! decides little: what may be written, and whether, is decided in `drafts` and `book`.

mod answers;
mod bases;
mod basis;
mod basket;
mod books;
mod choices;
pub mod commands;
mod computer;
mod connect;
mod countersign;
mod customers;
pub mod demo;
mod differences;
mod fetch;
mod files;
mod frame;
mod learned;
mod leaves;
mod mirror;
mod open;
mod papers;
mod period;
mod problems;
mod propose;
mod rehearse;
mod report;
mod requests;
mod review;
mod row;
mod search;
mod settings;
mod surroundings;
mod trail;
mod truth;
mod watch;
mod workings;
mod write;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use ::matching;
pub use ::stripe::{PER_ENDPOINT_A_SECOND, ROWS_A_PAGE, TEST_A_SECOND};
pub use books::Me;
pub use computer::{Computer, Face, NoComputer};
pub use remote::{BoxFuture, Redactor};
pub use report::{LOG, LOG_FOLDER, STOPPED};
pub use requests::Requests;
pub use settings::DemoCompany;
pub use surroundings::{AskFile, CannotOpen, Listener, Place, Surroundings};
pub use truth::{Expected, Found, Truth};

pub use bases::Bases;
pub use open::Claimed;

use commands::{Code, Problem};
use open::Open;

/// One running program: at most one book is open in it.
#[derive(Clone)]
pub struct Desk(Arc<Inner>);

struct Inner {
    around: Arc<dyn Surroundings>,
    /// How this process names itself to others that want the same book.
    holder: book::Holder,
    /// Everything that leaves goes through it.
    traffic: Arc<remote::Traffic>,
    started: chrono::DateTime<chrono::Utc>,
    open: Mutex<Option<Arc<Open>>>,
    /// What is kept only until the program ends, of any book.
    session: signin::Secrets,
}

impl Desk {
    pub fn new(around: Arc<dyn Surroundings>) -> Self {
        let remote::Outside { transport, clock, .. } = around.outside();
        let started = clock.now();
        let traffic = Arc::new(remote::Traffic::over(transport, clock));
        let nonce = around.random().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let holder = book::Holder { process: std::process::id(), started: started.format("%Y-%m-%d %H:%M:%S UTC").to_string(), nonce };
        Self(Arc::new(Inner { holder, around, traffic, started, open: Mutex::default(), session: signin::Secrets::for_this_session() }))
    }

    fn around(&self) -> &dyn Surroundings {
        self.0.around.as_ref()
    }

    /// The network and the clock, with everything that leaves noted.
    fn outside(&self) -> remote::Outside {
        remote::Outside { transport: self.0.traffic.clone(), ..self.around().outside() }
    }

    fn traffic_log(&self) -> &remote::Traffic {
        &self.0.traffic
    }

    fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.around().outside().clock.now()
    }

    fn open(&self) -> Result<Arc<Open>, Problem> {
        lock(&self.0.open).clone().ok_or(Problem::new(Code::NoBook))
    }
}

/// What a panic left half done in memory is rebuilt from the book; the lock itself is sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// Where the open demo company can be asked what really exists, with its token; none for a real book.
    pub fn demo(&self) -> Option<demo::DemoServices> {
        lock(&self.0.open).as_ref().and_then(|open| open.demo.clone())
    }
}

impl Desk {
    /// Keeps every other process from fetching and writing while it is held, as a fetch or a write does.
    pub async fn hold(&self) -> Result<Claimed, Problem> {
        self.claim(&self.open()?, |_| ()).await
    }
}
