//! A transport that answers by a script, and a clock that stands.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, atomic::AtomicI64, atomic::Ordering},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Request, Response};
use remote::{BaseUrl, BoxFuture, Clock, Lost, Transport};

use crate::Entra;

pub(crate) fn entra() -> Entra {
    Entra {
        authority: BaseUrl::parse("http://127.0.0.1:9").expect("a base"),
        tenant: "organizations".to_owned(),
        client_id: "client-1".to_owned(),
        scopes: vec!["resource/Use".to_owned(), "offline_access".to_owned()],
    }
}

pub(crate) fn granted(access: &str, refresh: Option<&str>) -> String {
    let claims = URL_SAFE_NO_PAD.encode(r#"{"preferred_username":"anna@example.dk","tid":"t-1","exp":1.5}"#);
    let refresh = refresh.map(|refresh| format!(r#","refresh_token":"{refresh}""#)).unwrap_or_default();
    format!(
        r#"{{"token_type":"Bearer","scope":"a b","expires_in":3599,"ext_expires_in":3599,"access_token":"{access}","id_token":"h.{claims}.s"{refresh}}}"#
    )
}

type Step = Result<(u16, String), Lost>;

pub(crate) struct Script {
    steps: Mutex<VecDeque<Step>>,
    bodies: Mutex<Vec<String>>,
}

impl Script {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Arc<Self> {
        Arc::new(Self { steps: Mutex::new(steps.into_iter().collect()), bodies: Mutex::default() })
    }

    pub(crate) fn bodies(&self) -> Vec<String> {
        self.bodies.lock().expect("no other holder").clone()
    }
}

impl Transport for Script {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, Lost>> {
        Box::pin(async move {
            self.bodies.lock().expect("no other holder").push(String::from_utf8_lossy(request.body()).into_owned());
            let step = self.steps.lock().expect("no other holder").pop_front().expect("the script has one more answer");
            let response = |(status, body)| Response::builder().status(status).header("content-type", "application/json").body(Bytes::from(body));
            step.map(|answer| response(answer).expect("a response"))
        })
    }
}

/// Always the same instant.
pub(crate) struct StandingClock;

impl Clock for StandingClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}

/// Moves when told, and when somebody sleeps.
#[derive(Default)]
pub(crate) struct ManualClock(AtomicI64);

impl ManualClock {
    pub(crate) fn advance(&self, time: TimeDelta) {
        self.0.fetch_add(time.num_milliseconds(), Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::milliseconds(self.0.load(Ordering::Relaxed))
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move { self.advance(TimeDelta::from_std(time).expect("a short wait")) })
    }
}
