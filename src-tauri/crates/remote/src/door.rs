//! The two doors: anybody may read, only a permit may write.

use std::sync::Arc;

use bytes::Bytes;
use chrono::TimeDelta;
use drafts::Permit;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};

use crate::{
    Backoff, BaseUrl, Clock, Endpoint, GetRequest, Jitter, Limits, Lost, Operation, Operations, RequestLog, Transport, limiter::Limiter, retry_after,
};

/// What a room is given of the world outside.
#[derive(Clone)]
pub struct Outside {
    pub transport: Arc<dyn Transport>,
    pub clock: Arc<dyn Clock>,
    /// Of the jitter of waits.
    pub seed: u64,
}

/// How one service wants to be spoken to.
#[derive(Clone, Debug)]
pub struct Manners {
    pub operations: Operations,
    pub limits: Limits,
    pub backoff: Backoff,
    /// What an answer to a read means for repeating it.
    pub judge: fn(&Response<Bytes>) -> Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Hand it to the caller.
    Take,
    /// Ask again later; longer if the answer says so.
    Again,
}

/// One service, seen from here.
pub struct Door {
    outside: Outside,
    base: BaseUrl,
    manners: Manners,
    limiter: Limiter,
    jitter: Jitter,
    log: RequestLog,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    #[error("the operation is not one of those this program may use; nothing was sent")]
    NotAllowed,
    #[error("too many requests are waiting already; nothing was sent")]
    TooManyWaiting,
    #[error(transparent)]
    Lost(#[from] Lost),
}

impl NoAnswer {
    /// Whether the request certainly never left.
    pub fn nothing_sent(self) -> bool {
        !matches!(self, Self::Lost(Lost::NoAnswer | Lost::HalfAnswer { .. }))
    }
}

/// The headers that an approved request may carry. Everything else (authorization, version,
/// idempotency key) is added by the client itself; a header that overrides the method is none of them.
const HEADERS_OF_A_WRITE: [&str; 6] = ["accept", "accept-language", "content-type", "data-access-intent", "if-match", "prefer"];

impl Door {
    pub fn new(outside: Outside, base: BaseUrl, manners: Manners) -> Self {
        let (limiter, jitter) = (Limiter::new(manners.limits), Jitter::seeded(outside.seed));
        Self { outside, base, manners, limiter, jitter, log: RequestLog::default() }
    }

    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    pub fn clock(&self) -> &dyn Clock {
        self.outside.clock.as_ref()
    }

    pub fn log(&self) -> &RequestLog {
        &self.log
    }

    /// Asks, and asks again within the bounds of `Manners::backoff` when that can help.
    /// The last answer is handed over whatever its status.
    pub async fn read(&self, question: GetRequest) -> Result<Response<Bytes>, NoAnswer> {
        let operation = self.operation(&Method::GET, question.path_and_query())?;
        let mut attempt = 1;
        loop {
            let request = self.request(Method::GET, question.path_and_query(), question.headers.clone(), Bytes::new())?;
            let answer = self.send(operation, attempt, request).await;
            let asked = match &answer {
                Ok(response) => match (self.manners.judge)(response) {
                    Verdict::Take => return answer,
                    Verdict::Again => retry_after(response.headers(), self.clock().now()),
                },
                Err(NoAnswer::Lost(_)) => None,
                Err(_) => return answer,
            };
            let Some(wait) = self.manners.backoff.wait(attempt, asked, &self.jitter) else { return answer };
            self.clock().sleep(wait).await;
            attempt += 1;
        }
    }

    /// Sends the permitted request once, with `sign` (authorization and the like) added. Never repeats it.
    pub async fn write(&self, permit: &Permit, sign: HeaderMap) -> Result<Response<Bytes>, NoAnswer> {
        let approved = permit.request();
        let method = Method::from_bytes(approved.method.as_bytes()).map_err(|_| NoAnswer::NotAllowed)?;
        if method == Method::GET {
            return Err(NoAnswer::NotAllowed);
        }
        let operation = self.operation(&method, &approved.path)?;
        let mut headers = approved_headers(&approved.headers).ok_or(NoAnswer::NotAllowed)?;
        headers.extend(sign);
        let request = self.request(method, &approved.path, headers, Bytes::from(approved.body.clone()))?;
        self.send(operation, 1, request).await
    }

    fn operation(&self, method: &Method, path: &str) -> Result<&'static Operation, NoAnswer> {
        self.manners.operations.find(method, path).ok_or(NoAnswer::NotAllowed)
    }

    fn request(&self, method: Method, path: &str, headers: HeaderMap, body: Bytes) -> Result<Request<Bytes>, NoAnswer> {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = self.base.with(path).ok_or(NoAnswer::NotAllowed)?;
        *request.headers_mut() = headers;
        Ok(request)
    }

    async fn send(&self, operation: &'static Operation, attempt: u32, mut request: Request<Bytes>) -> Result<Response<Bytes>, NoAnswer> {
        request.extensions_mut().insert(Endpoint(operation.path));
        let clock = self.clock();
        let turn = self.limiter.turn((operation.method.as_str(), operation.path), clock).await.map_err(|_| NoAnswer::TooManyWaiting)?;
        let began = clock.now();
        let answer = self.outside.transport.send(request).await;
        drop(turn);
        let took = (clock.now() - began).to_std().unwrap_or_default();
        self.log.note(operation, attempt, took, answer.as_ref().map(|response| response.status().as_u16()).map_err(|lost| *lost));
        let answer = answer?;
        self.heed(&answer);
        Ok(answer)
    }

    /// A limited service gets the silence it asks for from all requests, as long as that is bearable.
    fn heed(&self, answer: &Response<Bytes>) {
        let now = self.clock().now();
        let limited = matches!(answer.status().as_u16(), 429 | 503);
        if let Some(wait) = retry_after(answer.headers(), now).filter(|wait| limited && *wait <= self.manners.backoff.longest) {
            self.limiter.silence(now + TimeDelta::from_std(wait).unwrap_or_default());
        }
    }
}

fn approved_headers(headers: &[(String, String)]) -> Option<HeaderMap> {
    let mut approved = HeaderMap::new();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).ok().filter(|name| HEADERS_OF_A_WRITE.contains(&name.as_str()))?;
        approved.insert(name, HeaderValue::from_str(value).ok()?);
    }
    Some(approved)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use drafts::{DraftId, Filled};

    use super::*;
    use crate::{
        Count,
        testing::{ManualClock, Script},
    };

    const MANNERS: Manners = Manners {
        operations: Operations(&[Operation::get("/v1/things"), Operation::post("/v1/things/{id}")]),
        limits: Limits { per_endpoint: Some(25), in_all: None, at_once: 4, waiting: 8 },
        backoff: Backoff { attempts: 3, first: Duration::from_millis(500), longest: Duration::from_secs(20) },
        judge: |answer| if answer.status().is_server_error() || answer.status() == 429 { Verdict::Again } else { Verdict::Take },
    };

    fn door(script: &Arc<Script>, clock: &Arc<ManualClock>) -> Door {
        let base = BaseUrl::parse("https://api.example.com").expect("a base");
        Door::new(Outside { transport: script.clone(), clock: clock.clone(), seed: 1 }, base, MANNERS)
    }

    fn permit(method: &str, path: &str, header: &str) -> Permit {
        let text = str::to_owned;
        let headers = vec![(header.to_owned(), text("x"))];
        let request = Filled { destination: text("x"), method: text(method), path: text(path), headers, body: text("a=b") };
        #[allow(clippy::disallowed_methods, reason = "a test stands in for the book")]
        Permit::mint(DraftId(text("draft")), 1, text("key"), request)
    }

    #[tokio::test]
    async fn a_read_is_repeated_within_bounds_and_its_last_answer_handed_over() {
        let clock = Arc::new(ManualClock::default());
        let script = Script::new([Err(Lost::NoAnswer), Ok((503, "")), Ok((200, "yes"))]);
        let answer = door(&script, &clock).read(GetRequest::new("/v1/things")).await.expect("an answer");
        assert_eq!(answer.body().as_ref(), b"yes");

        let script = Script::new([Ok((500, "")), Ok((500, "")), Ok((500, "last")), Ok((200, "never asked"))]);
        let door = door(&script, &clock);
        assert_eq!(door.read(GetRequest::new("/v1/things")).await.expect("an answer").body().as_ref(), b"last");
        assert_eq!(door.log().counts()["GET /v1/things"], Count { sent: 3, repeated: 2, failed: 3, ..Count::default() });
    }

    #[tokio::test]
    async fn a_write_is_sent_once_and_only_if_it_is_listed() {
        let clock = Arc::new(ManualClock::default());
        for lost in [Lost::NotSent, Lost::NoAnswer, Lost::HalfAnswer { status: 200 }] {
            let script = Script::new([Err(lost), Ok((200, "never asked"))]);
            let result = door(&script, &clock).write(&permit("POST", "/v1/things/a", "content-type"), HeaderMap::new()).await;
            assert_eq!(result.err(), Some(NoAnswer::Lost(lost)));
            assert_eq!(script.sent().len(), 1);
        }
        let script = Script::new([]);
        let door = door(&script, &clock);
        for (method, path, header) in [
            ("POST", "/v1/things", "accept"),
            ("DELETE", "/v1/things/a", "accept"),
            ("GET", "/v1/things", "accept"),
            ("POST", "/v1/things/a", "x-http-method-override"),
            ("POST", "/v1/things/a", "authorization"),
        ] {
            let result = door.write(&permit(method, path, header), HeaderMap::new()).await;
            assert_eq!(result.err(), Some(NoAnswer::NotAllowed), "{method} {path} {header}");
        }
        assert!(script.sent().is_empty());
    }
}
