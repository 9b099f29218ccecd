//! Call costs: one budget of each agreement over both hosts, in a fixed window of a minute.
//!
//! Headers as seen on a live agreement: github.com/Pogoe/EConomic.NET docs/legacy-api-verification.md.

use super::fault::Fault;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, StatusCode};

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub tokens: u64,
    pub cost: u64,
    pub window: TimeDelta,
}

impl Default for Limits {
    fn default() -> Self {
        Self { tokens: 10_000, cost: 3, window: TimeDelta::seconds(60) }
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Budget {
    begun: DateTime<Utc>,
    used: u64,
}

impl Budget {
    /// Pays for one call, or says how long to wait.
    pub fn pay(&mut self, limits: Limits, now: DateTime<Utc>) -> Result<(), Fault> {
        if now.signed_duration_since(self.begun) >= limits.window || now < self.begun {
            *self = Self { begun: now, used: 0 };
        }
        if self.used + limits.cost > limits.tokens {
            let left = (self.begun + limits.window).signed_duration_since(now).num_seconds().max(1);
            let mut fault = Fault::new(StatusCode::TOO_MANY_REQUESTS, "E00429", "Too many requests.").hint("Wait as long as Retry-After says.");
            fault.retry_after = Some(left);
            return Err(fault);
        }
        self.used += limits.cost;
        Ok(())
    }

    pub fn tell(&self, limits: Limits, headers: &mut HeaderMap) {
        let text = format!("token-limit-{}-per-{}-seconds: {}/{}", limits.tokens, limits.window.num_seconds(), self.used, limits.tokens);
        headers.insert("x-callcost", HeaderValue::from(limits.cost));
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert("x-ratelimiting", value);
        }
    }
}
