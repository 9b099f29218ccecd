//! A clock that only moves when somebody sleeps, and a transport that answers by a script.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Request, Response};

use crate::{BoxFuture, Clock, Lost, Transport};

#[derive(Default)]
pub(crate) struct ManualClock(Mutex<TimeDelta>);

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let time = TimeDelta::from_std(time).expect("a short wait");
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) += time;
        })
    }
}

type Step = Result<(u16, &'static str), Lost>;

pub(crate) struct Script {
    steps: Mutex<VecDeque<Step>>,
    sent: Mutex<Vec<Request<Bytes>>>,
}

impl Script {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Arc<Self> {
        Arc::new(Self { steps: Mutex::new(steps.into_iter().collect()), sent: Mutex::default() })
    }

    pub(crate) fn sent(&self) -> Vec<Request<Bytes>> {
        self.sent.lock().expect("no other holder").clone()
    }
}

impl Transport for Script {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, Lost>> {
        Box::pin(async move {
            self.sent.lock().expect("no other holder").push(request);
            let step = self.steps.lock().expect("no other holder").pop_front().expect("the script has one more answer");
            step.map(|(status, body)| Response::builder().status(status).body(Bytes::from(body)).expect("a response"))
        })
    }
}
