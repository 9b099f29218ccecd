//! The services played on loopback: Stripe, Business Central with its sign-in, and e-conomic.
//!
//! Each service is a state machine without sockets or clock. The same machines
//! serve HTTP clients (`http`), tests, and a whole run in one process (`World`).
//! This room shares no code with the clients, so that one misreading of a service
//! cannot hide on both sides.

mod admin;
pub mod business_central;
pub mod company;
mod delivery;
pub mod economic;
pub mod entra;
#[cfg(test)]
mod golden_month;
pub mod http_host;
pub mod journal;
mod lines;
#[cfg(test)]
mod malformed;
mod refusals;
pub mod seed;
pub mod stripe;
#[cfg(feature = "tls")]
mod tls;
pub mod traffic;
pub mod weather;
pub mod world;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};

/// What every emulated service is: total functions over its own state.
pub trait Service {
    /// Answers one request. Pure in `now` and the state: the same requests at the
    /// same instants give the same bytes.
    fn handle(&mut self, now: DateTime<Utc>, request: http::Request<Bytes>) -> http::Response<Bytes>;

    /// Lets time pass (renewals, payouts, expiries) and returns what the service
    /// would send by itself. The host delivers it; the service never sends.
    fn advance(&mut self, to: DateTime<Utc>) -> Vec<Outgoing>;
}

/// How long an answer takes, among the extensions of a response; among those of a request, what the weather adds to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Takes(pub TimeDelta);

/// A request that a service makes by itself, such as a webhook.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub sender: weather::Port,
    pub due: DateTime<Utc>,
    pub request: http::Request<Bytes>,
}
