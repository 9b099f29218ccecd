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
        count.add(answer);
        count.repeated += u64::from(attempt > 1);
        line(method, path, attempt, took, answer);
    }
}

impl Count {
    pub(crate) fn add(&mut self, answer: Result<u16, Lost>) {
        self.sent += 1;
        match answer {
            Ok(429) => self.limited += 1,
            Ok(400..) => self.failed += 1,
            Ok(_) => {}
            Err(_) => self.lost += 1,
        }
    }
}

fn line(method: &Method, path: &str, attempt: u32, took: Duration, answer: Result<u16, Lost>) {
    let milliseconds = took.as_millis();
    match answer {
        Ok(status) => tracing::info!(target: "requests", %method, path, attempt, milliseconds, status),
        Err(lost) => tracing::warn!(target: "requests", %method, path, attempt, milliseconds, %lost),
    }
}
