//! Rate limits of a sandbox account. `docs: Rate limits` (2026-04): 25 requests a second in all and per endpoint.

use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, VecDeque};

const PER_SECOND: usize = 25;
const SEARCH_PER_SECOND: usize = 20;
const WINDOW_MILLIS: i64 = 1_000;

#[derive(Clone, Debug, Default)]
pub struct Limits {
    all: VecDeque<i64>,
    endpoints: BTreeMap<String, VecDeque<i64>>,
}

impl Limits {
    /// Counts one request, or names the limit that it breaks (the value of `Stripe-Rate-Limited-Reason`).
    pub fn take(&mut self, now: DateTime<Utc>, endpoint: &str) -> Result<(), &'static str> {
        let now = now.timestamp_millis();
        let allowed = if endpoint.ends_with("/search") { SEARCH_PER_SECOND } else { PER_SECOND };
        drop_old(&mut self.all, now);
        let own = self.endpoints.entry(endpoint.to_owned()).or_default();
        drop_old(own, now);
        if own.len() >= allowed {
            return Err("endpoint-rate");
        }
        if self.all.len() >= PER_SECOND {
            return Err("global-rate");
        }
        own.push_back(now);
        self.all.push_back(now);
        Ok(())
    }
}

fn drop_old(times: &mut VecDeque<i64>, now: i64) {
    while times.front().is_some_and(|first| now - first >= WINDOW_MILLIS) {
        times.pop_front();
    }
}
