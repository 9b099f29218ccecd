//! Faults in front of the services: scripted or seeded, the same for sockets and for a run in one process.
//!
//! The services know nothing of these; faults that are a service's own (limits, conflicts) live in the service.

use crate::seed::Ids;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Which of the services is meant. Each listens on a port of its own, since real clients take no path prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Port {
    Stripe,
    Entra,
    BusinessCentral,
    Admin,
    EconomicRest,
    EconomicOpen,
}

/// What becomes of one request.
#[derive(Debug)]
pub enum Fate {
    Answer(Response<Bytes>),
    /// The service never saw it.
    LostBefore,
    /// The service did it; the answer never arrived.
    LostAfter,
    /// The head arrives, and the body up to this byte.
    Cut {
        response: Response<Bytes>,
        at: usize,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    Delay {
        millis: u64,
    },
    LoseBefore,
    LoseAfter,
    Cut {
        at: usize,
    },
    /// This answer instead of the service's, which is not asked.
    Reply(Reply),
    /// This answer instead of the service's, which has done its work.
    ReplyAfter(Reply),
    /// The answer is lost while the service still works on it: until then Stripe's key is in use (409).
    LoseWhileRunning {
        seconds: i64,
    },
    /// Somebody else does this at Stripe just before: pages change between two of them.
    Meanwhile {
        method: String,
        target: String,
        body: String,
    },
    /// A list arrives with its first entry twice and in another order, as events do.
    Disorder,
    /// The service itself fails and remembers so (Stripe keeps a 500 under the idempotency key).
    BreakInside,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    pub status: u16,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    #[serde(default)]
    pub body: String,
}

/// A fault for requests of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub port: Port,
    /// Any method when absent.
    #[serde(default)]
    pub method: Option<String>,
    /// The path; `*` stands for any text.
    pub path: String,
    /// Spares this many matching requests first.
    #[serde(default)]
    pub after: u64,
    /// Strikes this often; always when absent.
    #[serde(default)]
    pub times: Option<u64>,
    pub fault: Fault,
}

/// Random faults: so many of a thousand requests, of every kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storm {
    pub seed: u64,
    pub per_thousand: u64,
}

/// The forecast: rules first, then the storm. The admin port always has good weather.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weather {
    #[serde(default)]
    pub rules: Vec<Rule>,
    #[serde(default)]
    pub storm: Option<Storm>,
    #[serde(skip)]
    met: Vec<u64>,
    #[serde(skip)]
    dice: Option<Ids>,
}

impl Weather {
    pub fn fair() -> Self {
        Self::default()
    }

    pub fn of(rules: Vec<Rule>) -> Self {
        Self { rules, ..Self::default() }
    }

    /// The faults that strike this request, delays apart.
    pub fn strike(&mut self, port: Port, request: &Request<Bytes>) -> (Duration, Option<Fault>) {
        let (mut delay, mut struck) = (Duration::ZERO, None);
        if port == Port::Admin {
            return (delay, struck);
        }
        self.met.resize(self.rules.len(), 0);
        for (rule, met) in self.rules.iter().zip(self.met.iter_mut()) {
            if !rule.covers(port, request) {
                continue;
            }
            *met += 1;
            if *met <= rule.after || rule.times.is_some_and(|times| *met > rule.after.saturating_add(times)) {
                continue;
            }
            match &rule.fault {
                Fault::Delay { millis } => delay += Duration::from_millis(*millis),
                fault if struck.is_none() => struck = Some(fault.clone()),
                _ => {}
            }
        }
        (delay, struck.or_else(|| self.roll()))
    }

    fn roll(&mut self) -> Option<Fault> {
        let storm = self.storm?;
        let dice = self.dice.get_or_insert_with(|| Ids::new(storm.seed, "weather"));
        if dice.below(1_000) >= storm.per_thousand {
            return None;
        }
        let reply = |status: u16| Reply { status, headers: BTreeMap::new(), body: String::new() };
        Some(match dice.below(7) {
            0 => Fault::LoseBefore,
            1 => Fault::LoseAfter,
            2 => Fault::Cut { at: dice.below(200) as usize },
            3 => Fault::Reply(reply(503)),
            4 => Fault::ReplyAfter(reply(502)),
            5 => Fault::Reply(reply(429)),
            _ => Fault::BreakInside,
        })
    }
}

impl Rule {
    fn covers(&self, port: Port, request: &Request<Bytes>) -> bool {
        let method = self.method.as_deref().is_none_or(|method| method.eq_ignore_ascii_case(request.method().as_str()));
        self.port == port && method && fits(&self.path, request.uri().path())
    }
}

impl Reply {
    pub fn response(&self) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from(self.body.clone()));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// The entries of a JSON list in another order, the first of them twice. Anything else stays as it is.
pub fn disordered(response: Response<Bytes>) -> Response<Bytes> {
    let Ok(mut list) = serde_json::from_slice::<serde_json::Value>(response.body()) else { return response };
    let name = if list.get("data").is_some() { "data" } else { "value" };
    let Some(entries) = list.get_mut(name).and_then(serde_json::Value::as_array_mut) else { return response };
    entries.extend(entries.first().cloned());
    entries.reverse();
    let (head, _) = response.into_parts();
    Response::from_parts(head, Bytes::from(list.to_string()))
}

/// Whether a path fits a pattern, in which `*` stands for any text.
fn fits(pattern: &str, path: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| path.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        assert!(fits("/v1/invoices/*", "/v1/invoices/in_1/lines"));
        assert!(fits("*/salesInvoices*", "/v2.0/t/e/api/v2.0/companies(1)/salesInvoices(2)"));
        assert!(fits("/v1/invoices", "/v1/invoices"));
        assert!(!fits("/v1/invoices", "/v1/invoices/in_1"));
        assert!(!fits("/a*b*c", "/a-c"));
    }

    #[test]
    fn a_rule_strikes_its_request_and_no_other() {
        let rule = Rule { port: Port::Stripe, method: Some("POST".into()), path: "/v1/*".into(), after: 1, times: Some(1), fault: Fault::LoseAfter };
        let mut weather = Weather::of(vec![rule]);
        let request = |method: &str| Request::builder().method(method).uri("/v1/invoices/in_1").body(Bytes::new()).unwrap();
        let struck: Vec<bool> =
            ["POST", "GET", "POST", "POST"].iter().map(|method| weather.strike(Port::Stripe, &request(method)).1.is_some()).collect();
        assert_eq!(struck, [false, false, true, false]);
    }

    #[test]
    fn the_same_storm_brings_the_same_faults() {
        let run = |seed| {
            let mut weather = Weather { storm: Some(Storm { seed, per_thousand: 300 }), ..Weather::default() };
            let request = Request::new(Bytes::new());
            (0..50).map(|_| weather.strike(Port::Stripe, &request).1).collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }
}
