//! Which days a document may still be posted on, and what becomes of one that is dated before them.

use chrono::NaiveDate;
use ledgers::{CompanyFacts, LockedBy, NoDraft};
use serde::{Deserialize, Serialize};

/// The book's own two locks beside the ledger's; the latest of the three wins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Locks {
    /// The last day that VAT was reported for.
    pub vat_reported_until: Option<NaiveDate>,
    /// The last day of the periods that the bookkeeper has closed.
    pub own_until: Option<NaiveDate>,
    /// The last day of the years that are closed. Nothing before is reopened, whatever becomes of late documents.
    pub year_until: Option<NaiveDate>,
    pub late: Late,
    /// Why, in the bookkeeper's words; it stands on each document that is moved.
    pub late_reason: String,
}

/// What becomes of a document whose date lies in a locked period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Late {
    /// It is posted on the first open day; its own date stays its document date.
    #[default]
    FirstOpenDay,
    /// The bookkeeper reopens the period; until then nothing is proposed.
    Reopen,
}

/// No posting on this day or before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock {
    pub until: NaiveDate,
    pub by: LockedBy,
}

impl Locks {
    pub fn latest(&self, facts: &CompanyFacts) -> Option<Lock> {
        let before_first = facts.posting_from.and_then(|day| day.pred_opt());
        let all = [
            (self.year_end(facts), LockedBy::YearEnd),
            (before_first, LockedBy::Ledger),
            (self.vat_reported_until, LockedBy::VatReported),
            (self.own_until, LockedBy::Own),
        ];
        let known = all.into_iter().filter_map(|(until, by)| Some(Lock { until: until?, by }));
        known.reduce(|latest, lock| if lock.until > latest.until { lock } else { latest })
    }

    /// The ledger closes periods by closing a year.
    fn year_end(&self, facts: &CompanyFacts) -> Option<NaiveDate> {
        facts.closed_until.max(self.year_until)
    }

    /// The day that a document of this date is posted on, or why on none.
    pub fn posting_date(&self, date: NaiveDate, facts: &CompanyFacts) -> Result<NaiveDate, NoDraft> {
        let posted = match self.latest(facts).filter(|lock| date <= lock.until) {
            None => date,
            Some(lock) if self.late == Late::Reopen && self.year_end(facts).is_none_or(|end| date > end) => {
                return Err(NoDraft::PeriodLocked { date, until: lock.until, by: lock.by });
            }
            Some(lock) => lock.until.succ_opt().unwrap_or(date),
        };
        match facts.posting_to.filter(|last| posted > *last) {
            Some(until) => Err(NoDraft::PeriodNotOpen { date: posted, until }),
            None => Ok(posted),
        }
    }

    /// What a document that was moved says of it.
    pub fn moved(&self, date: NaiveDate, posted: NaiveDate) -> Option<String> {
        let reason = self.late_reason.trim();
        let because = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        (date != posted).then(|| format!("Dated {date} in a locked period, posted on the first open day{because}"))
    }
}

/// At which step of its life an invoice is drafted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftWhen {
    /// The only one that is right under the invoice principle.
    #[default]
    Finalized,
    /// Finalized, and of the kind that is sent to be paid.
    Sent,
    /// VAT is late when payment falls in a later period.
    Paid,
}
