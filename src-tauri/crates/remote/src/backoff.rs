//! How long to wait before asking again.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Bounded repetition of a read.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// How often it is sent at most, the first time included.
    pub attempts: u32,
    pub first: Duration,
    /// The longest wait; a service that asks for more gets its answer handed to the caller instead.
    pub longest: Duration,
}

impl Backoff {
    /// The wait after attempt `attempt` (from 1): doubled each time, jittered to 50-100 %,
    /// never less than the service asked for. `None`: do not repeat.
    pub(crate) fn wait(&self, attempt: u32, asked: Option<Duration>, jitter: &Jitter) -> Option<Duration> {
        if attempt >= self.attempts || asked.is_some_and(|asked| asked > self.longest) {
            return None;
        }
        let doubled = self.first.saturating_mul(2u32.saturating_pow(attempt - 1)).min(self.longest);
        let permille = 500 + u32::try_from(jitter.next() % 501).unwrap_or(0);
        Some((doubled * permille / 1000).max(asked.unwrap_or_default()))
    }
}

/// Seeded, so that a run can be repeated exactly (SplitMix64 over a counter).
#[derive(Debug)]
pub struct Jitter(AtomicU64);

impl Jitter {
    const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

    pub fn seeded(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    pub fn next(&self) -> u64 {
        let mut z = self.0.fetch_add(Self::STEP, Ordering::Relaxed).wrapping_add(Self::STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_stay_bounded_and_repeat_from_their_seed() {
        let backoff = Backoff { attempts: 4, first: Duration::from_millis(500), longest: Duration::from_secs(30) };
        let waits = |seed| {
            let jitter = Jitter::seeded(seed);
            (1..=4).map(|attempt| backoff.wait(attempt, None, &jitter)).collect::<Vec<_>>()
        };
        assert_eq!(waits(7), waits(7));
        for (wait, (least, most)) in waits(7).into_iter().zip([(250, 500), (500, 1000), (1000, 2000)]) {
            let wait = wait.expect("three waits").as_millis();
            assert!((least..=most).contains(&wait), "{wait}");
        }
        assert_eq!(waits(7)[3], None);
        let jitter = Jitter::seeded(1);
        assert_eq!(backoff.wait(1, Some(Duration::from_secs(20)), &jitter), Some(Duration::from_secs(20)));
        assert_eq!(backoff.wait(1, Some(Duration::from_secs(31)), &jitter), None);
    }
}
