//! Answers kept under an `Idempotency-Key`. `docs: Idempotent requests`; the replay header as SDKs read it.

use super::error::{ApiError, Result};
use bytes::Bytes;
use http::StatusCode;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, VecDeque};

/// A key is remembered this long from its first use; afterwards it names a new request.
const LIFE_SECONDS: i64 = 24 * 60 * 60;
const MAX_LENGTH: usize = 255;

#[derive(Clone, Debug, Default)]
pub struct Kept {
    answers: BTreeMap<String, Answer>,
    /// In order of first use, so that forgetting costs nothing per request.
    order: VecDeque<(i64, String)>,
}

#[derive(Clone, Debug)]
struct Answer {
    request: [u8; 32],
    reply: (StatusCode, Bytes),
    /// Until then the first request still runs, as far as anybody can tell.
    ready: i64,
}

/// What a request was, for comparing it with a repeated one.
pub fn digest(method: &str, path: &str, body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [method.as_bytes(), path.as_bytes(), body] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

impl Kept {
    /// The kept answer of this key, or none when the request is to be executed.
    pub fn look(&mut self, now: i64, key: &str, request: &[u8; 32]) -> Result<Option<(StatusCode, Bytes)>> {
        if key.is_empty() || key.chars().count() > MAX_LENGTH {
            return Err(ApiError::idempotency(format!("Idempotency keys must have 1 to {MAX_LENGTH} characters.")));
        }
        self.forget(now);
        match self.answers.get(key) {
            None => Ok(None),
            Some(answer) if now < answer.ready => Err(ApiError::key_in_use()),
            Some(answer) if answer.request != *request => Err(ApiError::idempotency(format!(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. \
                 Try using a key other than '{key}' if you meant to execute a different request."
            ))),
            Some(answer) => Ok(Some(answer.reply.clone())),
        }
    }

    /// Keeps an answer, which is there after so many seconds.
    pub fn keep(&mut self, now: i64, key: &str, request: [u8; 32], reply: (StatusCode, Bytes), runs_for: i64) {
        if self.answers.insert(key.to_owned(), Answer { request, reply, ready: now + runs_for }).is_none() {
            self.order.push_back((now, key.to_owned()));
        }
    }

    fn forget(&mut self, now: i64) {
        while self.order.front().is_some_and(|(first, _)| now - first >= LIFE_SECONDS) {
            if let Some((_, key)) = self.order.pop_front() {
                self.answers.remove(&key);
            }
        }
    }
}
