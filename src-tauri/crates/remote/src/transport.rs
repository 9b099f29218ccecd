//! The seam between the program and any network.

use std::{future::Future, pin::Pin, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, Utc};

pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Carries one request and brings its whole answer, or says what is known of the loss.
pub trait Transport: Send + Sync {
    fn send(&self, request: http::Request<Bytes>) -> BoxFuture<'_, Result<http::Response<Bytes>, Lost>>;
}

/// What is known when no whole answer came; not why. For a write only `NotSent` is safe to repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    #[error("the request never left")]
    NotSent,
    #[error("the request left, no answer came")]
    NoAnswer,
    #[error("only part of the answer came (status {status})")]
    HalfAnswer { status: u16 },
}

/// Time as a value: the machine's, or a simulation's.
pub trait Clock: Send + Sync {
    fn now(&self) -> DateTime<Utc>;
    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()>;
}
