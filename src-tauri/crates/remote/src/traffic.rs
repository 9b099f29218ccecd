//! All that leaves the program, by host and endpoint: for a person who wants to see it.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Method, Request, Response};

use crate::{BoxFuture, Clock, Count, Lost, Transport};

/// What a request is counted as: a template without values. Travels with the request as an
/// extension, which no network sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint(pub &'static str);

/// The newest requests that are kept as lines.
const MOST_LINES: usize = 100;
/// Of a request that nobody named; its path may hold anything.
const UNNAMED: Endpoint = Endpoint("(other)");

/// A transport that notes what it carries: never an address with values in it, a header or a body.
pub struct Traffic {
    inner: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    noted: Mutex<Noted>,
}

#[derive(Default)]
struct Noted {
    counts: BTreeMap<String, BTreeMap<(&'static str, String), Count>>,
    lines: VecDeque<Line>,
    answered: BTreeMap<String, DateTime<Utc>>,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub at: DateTime<Utc>,
    pub host: String,
    pub method: String,
    pub endpoint: &'static str,
    pub answer: Result<u16, Lost>,
}

impl Traffic {
    pub fn over(inner: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock, noted: Mutex::default() }
    }

    /// By host, then by endpoint and method, since the program started.
    pub fn counts(&self) -> BTreeMap<String, BTreeMap<(&'static str, String), Count>> {
        self.noted().counts.clone()
    }

    /// Newest first.
    pub fn lines(&self) -> Vec<Line> {
        self.noted().lines.iter().rev().cloned().collect()
    }

    /// When a host last gave an answer that was no refusal.
    pub fn answered(&self, host: &str) -> Option<DateTime<Utc>> {
        self.noted().answered.get(host).copied()
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, host: String, method: &Method, endpoint: Endpoint, answer: Result<u16, Lost>) {
        let at = self.clock.now();
        let mut noted = self.noted();
        noted.counts.entry(host.clone()).or_default().entry((endpoint.0, method.to_string())).or_default().add(answer);
        if answer.is_ok_and(|status| status < 400) {
            noted.answered.insert(host.clone(), at);
        }
        if noted.lines.len() == MOST_LINES {
            noted.lines.pop_front();
        }
        noted.lines.push_back(Line { at, host, method: method.to_string(), endpoint: endpoint.0, answer });
    }
}

impl Transport for Traffic {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, Lost>> {
        Box::pin(async move {
            let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
            let (method, endpoint) = (request.method().clone(), request.extensions().get::<Endpoint>().copied().unwrap_or(UNNAMED));
            let answer = self.inner.send(request).await;
            self.note(host, &method, endpoint, answer.as_ref().map(|response| response.status().as_u16()).map_err(|lost| *lost));
            answer
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ManualClock, Script};

    #[tokio::test]
    async fn what_is_noted_holds_templates_and_never_a_value() {
        let script = Script::new([Ok((200, "")), Ok((429, "")), Err(Lost::NoAnswer)]);
        let traffic = Traffic::over(script, Arc::new(ManualClock::default()));
        for n in 0..3 {
            let mut request =
                Request::get("https://api.example.com:8443/v1/things/planted?x=planted").body(Bytes::from("planted")).expect("a request");
            if n < 2 {
                request.extensions_mut().insert(Endpoint("/v1/things/{id}"));
            }
            let _ = traffic.send(request).await;
        }
        let counts = traffic.counts();
        let host = &counts["api.example.com:8443"];
        assert_eq!((host[&("/v1/things/{id}", "GET".to_owned())].sent, host[&("(other)", "GET".to_owned())].lost), (2, 1));
        assert_eq!(traffic.lines().iter().map(|line| line.answer).collect::<Vec<_>>(), [Err(Lost::NoAnswer), Ok(429), Ok(200)]);
        assert!(traffic.answered("api.example.com:8443").is_some() && traffic.answered("other").is_none());
        assert!(!format!("{:?}{:?}", traffic.lines(), counts).contains("planted"));
    }
}
