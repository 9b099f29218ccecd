//! The last requests, as they came and as they were answered, for whoever looks from outside.
//!
//! Headers are left out: they carry the keys and tokens.

use crate::weather::Port;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Request, StatusCode};
use serde::Serialize;
use std::collections::VecDeque;

const KEPT: usize = 2_000;
/// Of a body only its beginning is kept.
const SHOWN: usize = 2_000;

#[derive(Debug, Serialize)]
pub struct Exchange {
    pub now: DateTime<Utc>,
    pub port: Port,
    pub method: String,
    pub target: String,
    pub body: String,
    pub status: u16,
}

/// Off until it is asked for.
#[derive(Debug, Default)]
pub struct Traffic {
    pub on: bool,
    exchanges: VecDeque<Exchange>,
}

impl Traffic {
    /// The request's part of an exchange. What Entra and the admin port are sent is secret through and through.
    pub fn begin(&self, now: DateTime<Utc>, port: Port, request: &Request<Bytes>) -> Option<Exchange> {
        if !self.on || matches!(port, Port::Entra | Port::Admin) {
            return None;
        }
        let body = request.body().get(..SHOWN).unwrap_or(request.body());
        Some(Exchange {
            now,
            port,
            method: request.method().to_string(),
            target: request.uri().to_string(),
            body: String::from_utf8_lossy(body).into_owned(),
            status: 0,
        })
    }

    pub fn end(&mut self, exchange: Exchange, status: StatusCode) {
        if self.exchanges.len() >= KEPT {
            self.exchanges.pop_front();
        }
        self.exchanges.push_back(Exchange { status: status.as_u16(), ..exchange });
    }

    pub fn exchanges(&self) -> impl Iterator<Item = &Exchange> {
        self.exchanges.iter()
    }
}
