//! `Idempotency-Key`: one answer for one body, remembered for exactly an hour.
//!
//! docs: techtalk.e-conomic.com/idempotency-tokens-in-e-conomic-apis; a changed body is refused with `PayloadChanged`,
//! and after the hour the same request is carried out again: github.com/dabster2000/intranetservices, incident of 2026-08-07.

use super::call::Call;
use super::fault::Fault;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderValue, Response};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, VecDeque};

const REMEMBERED: TimeDelta = TimeDelta::hours(1);

#[derive(Debug)]
struct Answered {
    at: DateTime<Utc>,
    request: [u8; 32],
    response: Response<Bytes>,
}

#[derive(Debug, Default)]
pub struct Answers {
    by_key: BTreeMap<String, Answered>,
    /// Keys in the order of their answers, so that the old ones are found without looking at all.
    order: VecDeque<(DateTime<Utc>, String)>,
}

impl Answers {
    /// The answer that this key already has.
    pub fn recall(&mut self, key: &str, call: &Call) -> Result<Option<Response<Bytes>>, Fault> {
        let old = |at: DateTime<Utc>| call.now.signed_duration_since(at) >= REMEMBERED;
        while let Some((_, key)) = self.order.pop_front_if(|(at, _)| old(*at)) {
            if self.by_key.get(&key).is_some_and(|answered| old(answered.at)) {
                self.by_key.remove(&key);
            }
        }
        let Some(answered) = self.by_key.get(key) else { return Ok(None) };
        if answered.request != mark(call) {
            let fault = Fault::bad("PayloadChanged", "PayloadChanged: the idempotency key was used with another request.");
            return Err(fault.hint("Use a new Idempotency-Key for a new request."));
        }
        let mut response = answered.response.clone();
        response.headers_mut().insert("x-resultfromcache", HeaderValue::from_static("true"));
        Ok(Some(response))
    }

    pub fn keep(&mut self, key: &str, call: &Call, response: &Response<Bytes>) {
        self.order.push_back((call.now, key.to_owned()));
        self.by_key.insert(key.to_owned(), Answered { at: call.now, request: mark(call), response: response.clone() });
    }
}

fn mark(call: &Call) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [call.method.as_str().as_bytes(), call.path.as_bytes(), &call.body] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
