//! One way out of the program: `http` requests and answers over a seam that is
//! either the network or a simulation. Nothing here knows which service it talks to.
//!
//! ```text
//! client ─▶ Door::read(GetRequest)      anybody may ask
//! outbox ─▶ Door::write(&Permit, …)     only what a person approved and the book permitted
//!             │  closed list of operations, rate limits, retries of reads, counts
//!             ▼
//!           Transport                   Network, or a simulation
//! ```

mod backoff;
mod base_url;
mod door;
mod limiter;
mod network;
mod operations;
mod redactor;
mod request;
mod requests_log;
#[cfg(test)]
mod testing;
mod traffic;
mod transport;

pub use backoff::{Backoff, Jitter};
pub use base_url::{BadBase, BaseUrl};
pub use door::{Door, Manners, NoAnswer, Outside, Verdict};
pub use limiter::Limits;
pub use network::{Network, NoNetwork, SystemClock};
pub use operations::{Operation, Operations};
pub use redactor::Redactor;
pub use request::{GetRequest, bearer, percent, retry_after};
pub use requests_log::{Count, RequestLog};
pub use traffic::{Endpoint, Line, Traffic};
pub use transport::{BoxFuture, Clock, Lost, Transport};

/// A value that no file, log, page or error may show.
pub type Secret = secrecy::SecretString;
