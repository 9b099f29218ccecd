//! How many requests were made, by endpoint. Holds templates only, never an address with values in it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use http::Method;

use crate::{Lost, Operation};

/// Counts since the program started, for the screen and the end of a run.
#[derive(Debug, Default)]
pub struct RequestLog(Mutex<BTreeMap<String, Count>>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub sent: u64,
    /// Sent again after an earlier attempt; included in `sent`.
    pub repeated: u64,
    /// Answers with status 429.
    pub limited: u64,
    /// Answers with another status from 400.
    pub failed: u64,
    /// No whole answer came.
    pub lost: u64,
}

impl RequestLog {
    /// By `GET /v1/invoices/{id}`.
    pub fn counts(&self) -> BTreeMap<String, Count> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn note(&self, operation: &Operation, attempt: u32, took: Duration, answer: Result<u16, Lost>) {
        let Operation { method, path } = operation;
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(format!("{method} {path}")).or_default();
        count.sent += 1;
        count.repeated += u64::from(attempt > 1);
        match answer {
            Ok(429) => count.limited += 1,
            Ok(400..) => count.failed += 1,
            Ok(_) => {}
            Err(_) => count.lost += 1,
        }
        line(method, path, attempt, took, answer);
    }
}

fn line(method: &Method, path: &str, attempt: u32, took: Duration, answer: Result<u16, Lost>) {
    let milliseconds = took.as_millis();
    match answer {
        Ok(status) => tracing::info!(target: "requests", %method, path, attempt, milliseconds, status),
        Err(lost) => tracing::warn!(target: "requests", %method, path, attempt, milliseconds, %lost),
    }
}
