//! Faults in front of the services: scripted or seeded, the same for sockets and for a run in one process.
//!
//! The services know nothing of these; faults that are a service's own (limits, conflicts) live in the service.

use crate::seed::Ids;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// More first answers are not kept.
const MOST_KEPT: usize = 1_000;

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
    /// Only the start of the head arrives, up to this byte.
    CutHead {
        response: Response<Bytes>,
        at: usize,
    },
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
    /// Nothing comes for so long, and then the connection ends; the service never saw the request.
    TimeOutBefore {
        millis: u64,
    },
    /// The same, but the service did its work.
    TimeOutAfter {
        millis: u64,
    },
    CutHead {
        at: usize,
    },
    Cut {
        at: usize,
    },
    /// The service's answer, said to be of another type.
    ContentType(String),
    /// A refusal in the service's own words.
    Refuse(Refusal),
    /// This answer instead of the service's, which is not asked.
    Reply(Reply),
    /// This answer instead of the service's, which has done its work.
    ReplyAfter(Reply),
    /// The answer is lost while the service still works on it: until then Stripe's key is in use (409).
    LoseWhileRunning {
        seconds: i64,
    },
    /// Somebody else does this at the same service just before: pages change between two of them.
    Meanwhile {
        method: String,
        /// At Business Central a path below the company, such as `customers`.
        target: String,
        body: String,
    },
    /// A list arrives with its first entry twice and in another order, as events do.
    Disorder,
    /// A read is answered as it was when it was first asked since the weather was set.
    Stale,
    /// The service itself fails; Stripe and e-conomic remember so under the idempotency key.
    BreakInside,
    /// The service's clock differs from the world's.
    Skew {
        seconds: i64,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    pub status: u16,
    /// Why Stripe limits the rate: `global-rate`, `endpoint-rate`, `concurrency`, `lock_timeout`, …
    #[serde(default)]
    pub reason: Option<String>,
    /// Seconds.
    #[serde(default)]
    pub retry_after: Option<u32>,
    /// The service has done its work all the same.
    #[serde(default)]
    pub after_work: bool,
}

impl Refusal {
    pub fn of(status: u16) -> Self {
        Self { status, reason: None, retry_after: None, after_work: false }
    }
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

/// Random faults: so many of a thousand requests, of every kind that needs no script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storm {
    pub seed: u64,
    pub per_thousand: u64,
    /// All services when absent.
    #[serde(default)]
    pub port: Option<Port>,
    /// All paths when absent; `*` stands for any text.
    #[serde(default)]
    pub path: Option<String>,
}

/// What a request meets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strike {
    pub delay: Duration,
    pub fault: Option<Fault>,
    /// Whether the answer to this read is kept, to be given again when it is stale.
    pub kept: bool,
}

/// The forecast: rules first, then the storm. The admin port always has good weather.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weather {
    #[serde(default)]
    pub rules: Vec<Rule>,
    #[serde(default)]
    pub storm: Option<Storm>,
    /// What the services send by themselves arrives twice and in another order.
    #[serde(default)]
    pub disorder_sent: bool,
    #[serde(skip)]
    met: Vec<u64>,
    #[serde(skip)]
    dice: Option<Ids>,
    /// Reads as they were answered first, by their target.
    #[serde(skip)]
    kept: BTreeMap<(Port, String), Response<Bytes>>,
}

impl Weather {
    pub fn fair() -> Self {
        Self::default()
    }

    pub fn of(rules: Vec<Rule>) -> Self {
        Self { rules, ..Self::default() }
    }

    /// What strikes this request. Rules come first, then the storm.
    pub fn strike(&mut self, port: Port, request: &Request<Bytes>) -> Strike {
        let mut strike = Strike::default();
        if port == Port::Admin {
            return strike;
        }
        self.met.resize(self.rules.len(), 0);
        for (rule, met) in self.rules.iter().zip(self.met.iter_mut()) {
            if !rule.covers(port, request) {
                continue;
            }
            *met += 1;
            strike.kept |= rule.fault == Fault::Stale && request.method() == Method::GET;
            if *met <= rule.after || rule.times.is_some_and(|times| *met > rule.after.saturating_add(times)) {
                continue;
            }
            match &rule.fault {
                Fault::Delay { millis } => strike.delay += Duration::from_millis(*millis),
                fault if strike.fault.is_none() => strike.fault = Some(fault.clone()),
                _ => {}
            }
        }
        if strike.fault.is_none() {
            strike.fault = self.roll(port, request);
        }
        strike
    }

    /// Keeps the first answer to a read.
    pub fn keep(&mut self, port: Port, target: &str, response: &Response<Bytes>) {
        let key = (port, target.to_owned());
        if self.kept.len() < MOST_KEPT && !self.kept.contains_key(&key) {
            self.kept.insert(key, response.clone());
        }
    }

    pub fn kept(&self, port: Port, target: &str) -> Option<Response<Bytes>> {
        self.kept.get(&(port, target.to_owned())).cloned()
    }

    fn roll(&mut self, port: Port, request: &Request<Bytes>) -> Option<Fault> {
        let storm = self.storm.as_ref()?;
        if storm.port.is_some_and(|only| only != port) || storm.path.as_ref().is_some_and(|path| !fits(path, request.uri().path())) {
            return None;
        }
        let dice = self.dice.get_or_insert_with(|| Ids::new(storm.seed, "weather"));
        if dice.below(1_000) >= storm.per_thousand {
            return None;
        }
        let refuse = |status| Fault::Refuse(Refusal::of(status));
        Some(match dice.below(18) {
            0 => Fault::LoseBefore,
            1 => Fault::LoseAfter,
            2 => Fault::TimeOutBefore { millis: dice.below(50) },
            3 => Fault::TimeOutAfter { millis: dice.below(50) },
            4 => Fault::CutHead { at: dice.below(60) as usize },
            5 => Fault::Cut { at: dice.below(200) as usize },
            6 => Fault::ContentType("text/html".into()),
            7 => refuse(401),
            8 => refuse(403),
            9 => refuse(409),
            10 => refuse(429),
            11 => Fault::Refuse(Refusal { retry_after: Some(1), ..Refusal::of(429) }),
            12 => refuse(503),
            13 => Fault::Refuse(Refusal { after_work: true, ..Refusal::of(502) }),
            14 => Fault::Disorder,
            15 => Fault::Skew { seconds: dice.below(1_200) as i64 - 600 },
            16 => Fault::Delay { millis: dice.below(50) },
            _ => Fault::BreakInside,
        })
    }
}

impl Fault {
    /// How long it makes the caller wait.
    pub fn delay(&self) -> Duration {
        match self {
            Self::Delay { millis } | Self::TimeOutBefore { millis } | Self::TimeOutAfter { millis } => Duration::from_millis(*millis),
            _ => Duration::ZERO,
        }
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
    let found = if list.is_array() {
        Some(&mut list)
    } else {
        ["data", "value", "collection", "items"].into_iter().find(|name| list.get(*name).is_some()).and_then(|name| list.get_mut(name))
    };
    let Some(entries) = found.and_then(serde_json::Value::as_array_mut) else { return response };
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
            ["POST", "GET", "POST", "POST"].iter().map(|method| weather.strike(Port::Stripe, &request(method)).fault.is_some()).collect();
        assert_eq!(struck, [false, false, true, false]);
    }

    #[test]
    fn the_same_storm_brings_the_same_faults_of_every_kind() {
        let run = |seed| {
            let storm = Storm { seed, per_thousand: 300, port: Some(Port::Stripe), path: Some("/v1/*".into()) };
            let mut weather = Weather { storm: Some(storm), ..Weather::default() };
            let request = Request::get("/v1/events").body(Bytes::new()).unwrap();
            (0..1_000).map(|_| weather.strike(Port::Stripe, &request).fault).collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        let kinds: std::collections::BTreeSet<String> =
            run(1).into_iter().flatten().map(|fault| format!("{fault:?}").split([' ', '(', '{']).next().unwrap_or_default().to_owned()).collect();
        assert_eq!(kinds.len(), 12, "{kinds:?}");
        let mut weather = Weather { storm: Some(Storm { seed: 1, per_thousand: 1_000, port: Some(Port::Stripe), path: None }), ..Weather::default() };
        assert_eq!(weather.strike(Port::Entra, &Request::new(Bytes::new())).fault, None, "it rages at one service only");
    }
}
