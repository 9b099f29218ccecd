//! Limits per user: how many requests in a while, how many at once, how long they may take.
//!
//! docs: dev-itpro/administration/operational-limits-online.md

use super::fault::Fault;
use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use std::collections::{BTreeMap, VecDeque};

/// A request that waits longer for its turn is refused, and one that runs longer is stopped.
const PATIENCE: TimeDelta = TimeDelta::minutes(8);
/// The gateway gives up then; the request goes on behind it.
const GATEWAY: TimeDelta = TimeDelta::minutes(10);

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests in any window; 6,000 in 5 minutes online. Not counted at all when there is no end to them.
    pub requests: usize,
    pub window: TimeDelta,
    /// Requests that run at once, and that wait behind them.
    pub running: usize,
    pub waiting: usize,
    /// How long a request runs, beside what the weather adds to it.
    pub service_time: TimeDelta,
}

impl Default for Limits {
    fn default() -> Self {
        Self { requests: 6_000, window: TimeDelta::minutes(5), running: 5, waiting: 95, service_time: TimeDelta::zero() }
    }
}

/// How a request that was let in ends, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    pub end: End,
    pub after: TimeDelta,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Answered,
    /// 503: its turn did not come in time.
    Unserved,
    /// 408: it ran for too long, and nothing of it stays.
    Stopped,
    /// 504: it did its work, and nobody waited for it.
    Unheard,
}

#[derive(Debug, Default)]
pub struct Traffic {
    pub limits: Limits,
    users: BTreeMap<String, User>,
}

#[derive(Debug, Default)]
struct User {
    /// Instants of the last requests, never more than the window takes.
    recent: VecDeque<DateTime<Utc>>,
    /// When the requests that run or wait will be done, never more than may be there at once.
    ends: Vec<DateTime<Utc>>,
}

impl Traffic {
    /// Counts a part of a batch, which needs no place of its own.
    pub fn count(&mut self, user: &str, now: DateTime<Utc>) -> Result<(), Fault> {
        let limits = self.limits;
        if limits.requests == usize::MAX {
            return Ok(());
        }
        let recent = &mut self.users.entry(user.to_string()).or_default().recent;
        while recent.front().is_some_and(|at| now.signed_duration_since(*at) >= limits.window) {
            recent.pop_front();
        }
        if recent.len() >= limits.requests {
            return Err(too_many(recent.len() + 1, limits.requests));
        }
        recent.push_back(now);
        Ok(())
    }

    /// Lets a request in, to run at once or behind others; `slowed` is what it takes beside its service time.
    pub fn enter(&mut self, user: &str, now: DateTime<Utc>, slowed: TimeDelta) -> Result<Stay, Fault> {
        let limits = self.limits;
        let ends = &mut self.users.entry(user.to_string()).or_default().ends;
        ends.retain(|end| *end > now);
        ends.sort();
        let (there, most) = (ends.len(), limits.running + limits.waiting);
        if there >= most {
            return Err(too_many(there + 1, most));
        }
        // First come, first served: it begins when all but so many of those before it are done.
        let begins = there.checked_sub(limits.running).and_then(|at| ends.get(at)).copied().unwrap_or(now);
        let (wait, run) = (begins.signed_duration_since(now), limits.service_time + slowed);
        let stay = match (wait > PATIENCE, run > PATIENCE) {
            (true, _) => Stay { end: End::Unserved, after: PATIENCE },
            (_, true) => Stay { end: End::Stopped, after: wait + PATIENCE },
            _ => Stay { end: End::Answered, after: wait + run },
        };
        ends.push(now + stay.after);
        self.count(user, now)?;
        Ok(if stay.after > GATEWAY { Stay { end: if stay.end == End::Answered { End::Unheard } else { stay.end }, after: GATEWAY } } else { stay })
    }
}

fn too_many(actual: usize, most: usize) -> Fault {
    let text = format!("Too many requests reached. Actual ({actual}). Maximum ({most}).");
    Fault::new(StatusCode::TOO_MANY_REQUESTS, "Application_TooManyRequests", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(n: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(n)
    }

    /// When each of so many requests of one instant is answered, in seconds, and how.
    fn rush(requests: usize, service_time: TimeDelta) -> Vec<Option<(i64, End)>> {
        let mut traffic = Traffic { limits: Limits { service_time, ..Limits::default() }, ..Traffic::default() };
        let enter = |_| traffic.enter("bo", second(0), TimeDelta::zero()).ok().map(|stay| (stay.after.num_seconds(), stay.end));
        (0..requests).map(enter).collect()
    }

    #[test]
    fn five_run_the_next_wait_and_the_one_behind_a_hundred_is_refused() {
        let rush = rush(101, TimeDelta::seconds(2));
        let expected = (0..100).map(|n| Some((2 * (n / 5 + 1), End::Answered))).chain([None]).collect::<Vec<_>>();
        assert_eq!(rush, expected);
    }

    #[test]
    fn who_waits_or_runs_for_too_long_is_told_so() {
        let minutes = |n: i64| 60 * n;
        let slow = rush(11, TimeDelta::minutes(5));
        assert_eq!(slow.first(), Some(&Some((minutes(5), End::Answered))));
        assert_eq!(slow.get(9), Some(&Some((minutes(10), End::Answered))));
        assert_eq!(slow.get(10), Some(&Some((minutes(8), End::Unserved))), "its turn would come after ten minutes");
        assert_eq!(rush(1, TimeDelta::minutes(9)), [Some((minutes(8), End::Stopped))]);
        assert_eq!(rush(6, TimeDelta::minutes(6)).last(), Some(&Some((minutes(10), End::Unheard))), "six minutes of waiting and six of work");
    }

    #[test]
    fn places_become_free_again_and_users_do_not_share_them() {
        let mut traffic =
            Traffic { limits: Limits { running: 1, waiting: 0, service_time: TimeDelta::seconds(1), ..Limits::default() }, ..Traffic::default() };
        let mut enter = |user: &str, at: i64| traffic.enter(user, second(at), TimeDelta::zero()).is_ok();
        assert_eq!([enter("bo", 0), enter("bo", 0), enter("eva", 0), enter("bo", 1)], [true, false, true, true]);
    }
}
