//! Limits per user, by the instants of the requests.
//!
//! docs: dev-itpro/administration/operational-limits-online.md

use super::fault::Fault;
use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use std::collections::{BTreeMap, VecDeque};

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests in any window; 6,000 in 5 minutes online.
    pub requests: usize,
    pub window: TimeDelta,
    /// Requests running or queued at once: 5 and 95 online.
    pub connections: usize,
    /// How long a request counts as running. Nothing, so that none overlap, unless the harness says so.
    pub service_time: TimeDelta,
}

impl Default for Limits {
    fn default() -> Self {
        Self { requests: 6_000, window: TimeDelta::minutes(5), connections: 100, service_time: TimeDelta::zero() }
    }
}

#[derive(Debug, Default)]
pub struct Traffic {
    pub limits: Limits,
    /// Instants of the last requests of each user, never more than the window takes.
    recent: BTreeMap<String, VecDeque<DateTime<Utc>>>,
}

impl Traffic {
    pub fn take(&mut self, user: &str, now: DateTime<Utc>) -> Result<(), Fault> {
        let limits = self.limits;
        let recent = self.recent.entry(user.to_string()).or_default();
        while recent.front().is_some_and(|at| now.signed_duration_since(*at) >= limits.window) {
            recent.pop_front();
        }
        let running = recent.iter().rev().take_while(|at| now.signed_duration_since(**at) < limits.service_time).count();
        for (actual, most) in [(recent.len() + 1, limits.requests), (running + 1, limits.connections)] {
            if actual > most {
                let text = format!("Too many requests reached. Actual ({actual}). Maximum ({most}).");
                return Err(Fault::new(StatusCode::TOO_MANY_REQUESTS, "Application_TooManyRequests", text));
            }
        }
        recent.push_back(now);
        Ok(())
    }
}
