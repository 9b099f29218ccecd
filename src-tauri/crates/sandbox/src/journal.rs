//! What was written to a world, one line of JSON for each answered request, so that a demo company
//! survives a restart: the world is made again from its arguments and the lines are played again.
//!
//! The file holds the requests as they came, with the sandbox's own play credentials in them.

use crate::weather::Port;
use crate::world::Args;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

/// Headers that no service reads.
const SKIPPED: [&str; 6] = ["host", "user-agent", "accept", "accept-encoding", "connection", "content-length"];

#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("the journal could not be read or written: {0}")]
    Io(#[from] io::Error),
    #[error("line {0} of the journal is not one of ours; move the file away to begin anew")]
    Line(usize),
    #[error("the journal belongs to a company made with other arguments; use those, or move the file away: {0}")]
    OtherArguments(String),
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Entry {
    pub now: DateTime<Utc>,
    pub port: Port,
    pub method: String,
    pub target: String,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Base64.
    #[serde(default)]
    pub body: String,
    #[serde(default)]
    pub breaks_inside: bool,
}

pub struct Journal {
    file: File,
}

impl Journal {
    /// Opens or begins a journal, and gives the entries to be played again. A last line that a
    /// crash cut short is dropped.
    pub fn open(path: &Path, args: &Args) -> Result<(Self, Vec<Entry>), JournalError> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut lines = Vec::new();
        let mut reader = BufReader::new(&file);
        let (mut line, mut whole) = (String::new(), 0u64);
        while reader.read_line(&mut line)? > 0 && line.ends_with('\n') {
            whole += line.len() as u64;
            lines.push(std::mem::take(&mut line));
        }
        file.set_len(whole)?;
        let mut lines = lines.iter().enumerate();
        match lines.next() {
            None => writeln!(file, "{}", heading(args))?,
            Some((_, first)) if first.trim_end() == heading(args) => {}
            Some((_, other)) => return Err(JournalError::OtherArguments(other.trim_end().chars().take(300).collect())),
        }
        let entries = lines.map(|(n, line)| serde_json::from_str(line).map_err(|_| JournalError::Line(n + 1)));
        Ok((Self { file }, entries.collect::<Result<_, _>>()?))
    }

    pub fn append(&mut self, entry: &Entry) -> Result<(), JournalError> {
        let line = serde_json::to_string(entry).map_err(io::Error::other)?;
        Ok(writeln!(self.file, "{line}")?)
    }
}

impl Entry {
    /// The entry of a request that may change something; reads are not kept.
    pub fn of(now: DateTime<Utc>, port: Port, request: &Request<Bytes>, breaks_inside: bool) -> Option<Self> {
        if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
            return None;
        }
        Some(Self {
            now,
            port,
            method: request.method().to_string(),
            target: request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
            headers: kept(request.headers()),
            body: STANDARD.encode(request.body()),
            breaks_inside,
        })
    }

    /// Whether an answer leaves a trace: refusals before any work do not.
    pub fn matters(status: StatusCode) -> bool {
        !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS)
    }

    pub fn request(&self) -> Option<Request<Bytes>> {
        let mut request = Request::builder().method(self.method.as_str()).uri(self.target.as_str());
        for (name, value) in &self.headers {
            request = request.header(HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
        }
        request.body(Bytes::from(STANDARD.decode(&self.body).ok()?)).ok()
    }
}

fn heading(args: &Args) -> String {
    serde_json::json!({
        "countersign-sandbox": 1, "seed": args.seed, "company": args.company, "months": args.months, "invoices": args.invoices, "until": args.until,
    })
    .to_string()
}

fn kept(headers: &HeaderMap) -> BTreeMap<String, String> {
    let told = headers.iter().filter(|(name, _)| !SKIPPED.contains(&name.as_str()));
    told.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))).collect()
}
