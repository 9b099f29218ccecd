//! A report of a problem that the person saves and sends, or does not. It says how the program
//! stands, and holds neither amounts nor names nor secrets.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::commands::*;
use crate::{Desk, lock};

/// The log beside the books, already without secrets. A program that keeps one keeps it here.
pub const LOG_FOLDER: &str = "logs";
pub const LOG: &str = "countersign.log";
/// How the program stopped at a mistake of its own, if it ever did.
pub const STOPPED: &str = "stopped.txt";

/// Lines of the log that a report takes along.
const LAST_LINES: usize = 200;

impl Desk {
    pub async fn save_report(&self, asked: SaveTo) -> Result<SavedReport, Problem> {
        let open = lock(&self.0.open).clone();
        let book = open.as_ref().map(|open| {
            let requests = |counts: std::collections::BTreeMap<String, remote::Count>| {
                counts.into_iter().map(|(name, count)| json!({ "request": name, "sent": count.sent, "failed": count.failed, "lost": count.lost })).collect::<Vec<_>>()
            };
            json!({
                "demo": open.demo.is_some(),
                "problems": [lock(&open.fetch).as_ref().and_then(|fetch| code(fetch.problem.as_ref())), lock(&open.write).as_ref().and_then(|write| code(write.problem.as_ref()))],
                "stripe": open.stripe().map(|stripe| requests(stripe.requests().counts())).unwrap_or_default(),
                "ledger": open.ledger().map(|ledger| requests(ledger.log().counts())).unwrap_or_default(),
            })
        });
        let at = self.now();
        let report = json!({
            "program": "Countersign",
            "version": env!("CARGO_PKG_VERSION"),
            "system": std::env::consts::OS,
            "at": stamp(at),
            "book": book,
            "stopped": stopped(&self.around().folder()),
            "log": last_lines(&self.around().folder()),
        });
        let path = self.place_of_report(asked);
        let text = serde_json::to_string_pretty(&report).map_err(|_| Problem::new(Code::Internal))?;
        fs::write(&path, text).map_err(|error| Problem::new(Code::ReportNotSaved).with("cause", crate::problems::cause(error.kind())))?;
        Ok(SavedReport { path: path.display().to_string() })
    }
}

fn stopped(folder: &Path) -> Option<String> {
    fs::read_to_string(folder.join(LOG_FOLDER).join(STOPPED)).ok()
}

fn last_lines(folder: &Path) -> Vec<String> {
    let log = fs::read_to_string(folder.join(LOG_FOLDER).join(LOG)).unwrap_or_default();
    let lines: Vec<_> = log.lines().map(str::to_owned).collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].to_vec()
}

fn code(problem: Option<&Problem>) -> Option<Code> {
    problem.map(|problem| problem.code)
}
