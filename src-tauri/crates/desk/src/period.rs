//! Whether a document may still be posted on its day, asked again before it is sent: closing a period
//! after the approval makes the draft stale.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use drafts::{Fresh, LookFailed, Source};
use ledgers::{CompanyFacts, Ledger, Periods};
use tokio::sync::Mutex;

use crate::Desk;
use crate::mirror::company_facts;
use crate::open::Open;
use crate::settings::Settings;

const KEY: &str = "period:";
const OPEN: &str = "open";
const CLOSED: &str = "closed";
/// Periods are closed by hand: what the ledger said holds so long within one run of writing.
const HOLDS: TimeDelta = TimeDelta::seconds(30);

/// What was last said of the periods in a run.
#[derive(Default)]
pub struct Asked(Mutex<Option<(DateTime<Utc>, Periods)>>);

/// That the day was open when the draft was made; else there would be none.
pub fn source(day: NaiveDate) -> Source {
    Source { key: format!("{KEY}{day}"), version: OPEN.to_owned() }
}

pub fn is_period(source: &Source) -> bool {
    source.key.starts_with(KEY)
}

impl Desk {
    /// The days of these sources as they are now, by the ledger's periods and the book's own locks.
    pub(crate) async fn refresh_periods(&self, open: &Open, sources: &[Source], asked: &Asked) -> Result<Vec<Fresh>, LookFailed> {
        if sources.is_empty() {
            return Ok(Vec::new());
        }
        let gone = |_| LookFailed { code: "signed_out".into(), retry_after_seconds: None };
        let mut known = asked.0.lock().await;
        let periods = match *known {
            Some((at, periods)) if self.now() - at < HOLDS => periods,
            _ => open.ledger().map_err(gone)?.periods().await?,
        };
        if known.is_none_or(|(at, _)| self.now() - at >= HOLDS) {
            *known = Some((self.now(), periods));
        }
        let (_, settings) = open.settings().map_err(gone)?;
        let facts = company_facts(&open.book()).map_err(gone)?.map(|facts| facts.with_periods(periods));
        Ok(sources
            .iter()
            .map(|source| Fresh { key: source.key.clone(), version: facts.as_ref().map(|facts| state(source, &settings, facts)) })
            .collect())
    }
}

fn state(source: &Source, settings: &Settings, facts: &CompanyFacts) -> String {
    let day = source.key.strip_prefix(KEY).and_then(|day| day.parse().ok());
    let open = day.is_some_and(|day| settings.locks.posting_date(day, facts) == Ok(day));
    if open { OPEN } else { CLOSED }.to_owned()
}
