//! Keeps a client at a service's limits and not beyond.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::Clock;

/// What a service allows. Each is a named constant of its client, with its source.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests a second to one method and path template.
    pub per_endpoint: Option<usize>,
    /// Requests a second in all.
    pub in_all: Option<usize>,
    /// Requests under way at once.
    pub at_once: usize,
    /// Requests that may wait for their turn; one more is refused at once.
    pub waiting: usize,
}

/// The service counts a request when it comes: at some moment between sending and answer. So a request counts here from
/// its sending until a second after its answer, and no second at the service can hold more. A little longer, since
/// services count in whole milliseconds.
const WINDOW: TimeDelta = TimeDelta::milliseconds(1_005);
/// How soon to look again when all that counts is still without an answer.
const A_MOMENT: TimeDelta = TimeDelta::milliseconds(10);

/// Method and path template: a service counts each pair apart.
pub(crate) type Endpoint = (&'static str, &'static str);

#[derive(Debug)]
pub(crate) struct Limiter {
    limits: Limits,
    at_once: Semaphore,
    waiting: AtomicUsize,
    sent: Mutex<Sent>,
}

#[derive(Debug, Default)]
struct Sent {
    in_all: Counted,
    by_endpoint: BTreeMap<Endpoint, Counted>,
    /// The service asked for silence until then.
    silent_until: Option<DateTime<Utc>>,
}

/// Requests that the service may still count.
#[derive(Debug, Default)]
struct Counted {
    under_way: usize,
    answered: VecDeque<DateTime<Utc>>,
}

/// One request's turn, held until its answer is there.
pub(crate) struct Turn<'a> {
    limiter: &'a Limiter,
    endpoint: Endpoint,
    clock: &'a dyn Clock,
    _at_once: SemaphorePermit<'a>,
}

/// Too many requests wait already.
#[derive(Debug)]
pub(crate) struct Full;

impl Limiter {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, at_once: Semaphore::new(limits.at_once.max(1)), waiting: AtomicUsize::new(0), sent: Mutex::default() }
    }

    /// Waits for this request's turn.
    pub(crate) async fn turn<'a>(&'a self, endpoint: Endpoint, clock: &'a dyn Clock) -> Result<Turn<'a>, Full> {
        let _place = Place::take(&self.waiting, self.limits.waiting + self.limits.at_once).ok_or(Full)?;
        // The semaphore is never closed; a closed one would refuse like a full queue.
        let at_once = self.at_once.acquire().await.map_err(|_| Full)?;
        while let Some(wait) = self.claim(endpoint, clock.now()) {
            clock.sleep(wait).await;
        }
        Ok(Turn { limiter: self, endpoint, clock, _at_once: at_once })
    }

    /// The service said how long it wants no requests at all.
    pub(crate) fn silence(&self, until: DateTime<Utc>) {
        let mut sent = self.sent();
        sent.silent_until = sent.silent_until.max(Some(until));
    }

    /// Counts the request as under way, or says how long to wait before trying again.
    fn claim(&self, endpoint: Endpoint, now: DateTime<Utc>) -> Option<Duration> {
        let mut sent = self.sent();
        let Sent { in_all, by_endpoint, silent_until } = &mut *sent;
        let here = by_endpoint.entry(endpoint).or_default();
        let waits =
            [silent_until.map(|until| until - now), in_all.wait_for_room(self.limits.in_all, now), here.wait_for_room(self.limits.per_endpoint, now)];
        // A millisecond at least: a wait of nothing would spin.
        let wait = waits.into_iter().flatten().max().filter(|wait| *wait > TimeDelta::zero());
        if let Some(wait) = wait {
            return Some(wait.to_std().unwrap_or_default().max(Duration::from_millis(1)));
        }
        in_all.under_way += 1;
        here.under_way += 1;
        None
    }

    fn answered(&self, endpoint: Endpoint, now: DateTime<Utc>) {
        let mut sent = self.sent();
        sent.in_all.answered(now);
        sent.by_endpoint.entry(endpoint).or_default().answered(now);
    }

    fn sent(&self) -> MutexGuard<'_, Sent> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.limiter.answered(self.endpoint, self.clock.now());
    }
}

impl Counted {
    /// Forgets what counts no more; `Some` when there is no room.
    fn wait_for_room(&mut self, limit: Option<usize>, now: DateTime<Utc>) -> Option<TimeDelta> {
        // A clock set back must not stop everything: times in the future are forgotten too.
        self.answered.retain(|at| *at <= now && now - *at < WINDOW);
        let full = self.under_way + self.answered.len() >= limit?.max(1);
        full.then(|| self.answered.front().map_or(A_MOMENT, |oldest| *oldest + WINDOW - now))
    }

    fn answered(&mut self, now: DateTime<Utc>) {
        self.under_way = self.under_way.saturating_sub(1);
        self.answered.push_back(now);
    }
}

/// One place in the queue, given back when the turn came or the caller went away.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize, bound: usize) -> Option<Self> {
        let before = waiting.fetch_add(1, Ordering::Relaxed);
        let place = Self(waiting);
        (before < bound).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ManualClock;

    const LIMITS: Limits = Limits { per_endpoint: Some(5), in_all: Some(8), at_once: 100, waiting: 100 };

    #[tokio::test]
    async fn no_window_of_a_second_holds_more_than_the_limit() {
        let (limiter, clock) = (Limiter::new(LIMITS), ManualClock::default());
        let mut times: BTreeMap<&str, Vec<DateTime<Utc>>> = BTreeMap::new();
        for n in 0..60 {
            let endpoint = if n % 3 == 0 { "a" } else { "b" };
            drop(limiter.turn(("GET", endpoint), &clock).await.expect("a turn"));
            times.entry(endpoint).or_default().push(clock.now());
            times.entry("all").or_default().push(clock.now());
        }
        for (name, busiest_second) in [("a", 3), ("b", 5), ("all", 8)] {
            let times = &times[name];
            let busiest = times.iter().map(|from| times.iter().filter(|at| **at >= *from && **at - *from < TimeDelta::seconds(1)).count()).max();
            assert_eq!(busiest, Some(busiest_second), "{name}: the limit is reached and not passed");
        }
    }

    #[tokio::test]
    async fn a_late_answer_counts_until_a_second_after_it() {
        let (limiter, clock) = (Limiter::new(LIMITS), ManualClock::default());
        let mut held = Vec::new();
        for _ in 0..5 {
            held.push(limiter.turn(("GET", "a"), &clock).await.expect("a turn"));
        }
        clock.sleep(Duration::from_secs(3)).await;
        // The service may have counted all five just now.
        let answered = clock.now();
        held.clear();
        drop(limiter.turn(("GET", "a"), &clock).await.expect("a turn"));
        assert!(clock.now() - answered >= TimeDelta::seconds(1), "a sixth within the service's second");
    }

    #[tokio::test]
    async fn a_full_queue_refuses_and_a_silence_holds_everybody() {
        let clock = ManualClock::default();
        let limiter = Limiter::new(Limits { per_endpoint: None, in_all: None, at_once: 1, waiting: 0 });
        let held = limiter.turn(("GET", "a"), &clock).await.expect("a turn");
        let mut second = Box::pin(limiter.turn(("GET", "a"), &clock));
        assert!(futures::poll!(&mut second).is_pending());
        assert!(limiter.turn(("GET", "a"), &clock).await.is_err(), "nobody else may wait");
        drop((second, held));
        let until = clock.now() + TimeDelta::seconds(9);
        limiter.silence(until);
        drop(limiter.turn(("GET", "b"), &clock).await.expect("a turn"));
        assert_eq!(clock.now(), until);
    }
}
