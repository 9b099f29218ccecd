//! What the harness asks for from outside, in words of JSON: the hand of the person in Business Central, and its limits.

use super::{BusinessCentral, End, Fault, Setup};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

/// One wish. Documents and batches are named by their ids.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Order {
    PostInvoice(String),
    PostCreditMemo(String),
    PostJournal(String),
    /// As somebody releases a draft, which then shows as Open.
    ReleaseInvoice(String),
    AllowPosting(bool),
    /// How long each request runs.
    ServiceTimeMillis(u32),
    /// Requests in five minutes.
    Requests(usize),
    /// Sets that answer 400 until their data upgrade has run.
    DataUpgrade(Vec<String>),
    /// The update window: 503 to everybody.
    Unavailable(bool),
    /// Statuses as seen in the field where the documents say others.
    SeenStatuses(bool),
}

impl BusinessCentral {
    /// Does what the harness wishes in a company, or says why not.
    pub fn order(&mut self, now: DateTime<Utc>, company: &str, order: Order) -> Result<Value, String> {
        match order {
            Order::PostInvoice(_) | Order::PostCreditMemo(_) | Order::PostJournal(_) | Order::ReleaseInvoice(_) => {
                let mut setup = self.setup(company, now).ok_or("there is no such company")?;
                return by_hand(&mut setup, order).map_err(|fault| fault.to_string());
            }
            Order::AllowPosting(allow) => self.allow_posting = allow,
            Order::ServiceTimeMillis(millis) => self.limits.limits.service_time = TimeDelta::milliseconds(millis.into()),
            Order::Requests(most) => self.limits.limits.requests = most,
            Order::DataUpgrade(sets) => self.data_upgrade_pending = sets.into_iter().collect(),
            Order::Unavailable(closed) => self.unavailable = closed,
            Order::SeenStatuses(seen) => self.quirks.seen_statuses = seen,
        }
        Ok(json!({}))
    }
}

fn by_hand(setup: &mut Setup<'_>, order: Order) -> Result<Value, Fault> {
    let posted = match order {
        Order::PostInvoice(id) => setup.post_invoice(&id)?,
        Order::PostCreditMemo(id) => setup.post_credit_memo(&id)?,
        Order::PostJournal(id) => return setup.post_journal(&id).map(|()| json!({})),
        Order::ReleaseInvoice(id) => return setup.release_invoice(&id).map(|()| json!({})),
        _ => return Ok(json!({})),
    };
    Ok(json!({ "number": posted.number }))
}

impl End {
    /// Why a request that was let in is not answered.
    pub(super) fn fault(self) -> Option<Fault> {
        use http::StatusCode;
        let (status, text) = match self {
            Self::Answered => return None,
            Self::Unserved => (StatusCode::SERVICE_UNAVAILABLE, "The request waited too long for its turn."),
            Self::Stopped => (StatusCode::REQUEST_TIMEOUT, "The operation was stopped because it exceeded the time limit."),
            Self::Unheard => (StatusCode::GATEWAY_TIMEOUT, "The gateway did not receive an answer in time."),
        };
        Some(Fault::new(status, "Unknown", text))
    }
}
