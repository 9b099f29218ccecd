//! Life after writing: what was written is compared with what the ledger has now.

use book::{Observation, Observed, Watched};
use drafts::{Changed, DraftId, State, WriteKind};
use futures::stream::{self, StreamExt, TryStreamExt};
use ledgers::business_central::{CREDIT_MEMO, CUSTOMER, SALES_INVOICE, agrees};
use ledgers::{Ledger, RecordKind};

use crate::Desk;
use crate::commands::Problem;
use crate::open::Open;

/// Documents that are asked about at once; the client keeps the service's limit.
const ASKED_AT_ONCE: usize = 8;

impl Desk {
    /// After a fetch. Asks the ledger itself only about what may have been posted or deleted since.
    pub(crate) async fn watch(&self, open: &Open) -> Result<(), Problem> {
        let ledger = open.ledger()?;
        let watched = open.book().watched(&KINDS.map(|(kind, _)| WriteKind(kind.to_owned())))?;
        let observed = stream::iter(watched).map(|watched| observe(open, ledger.as_ref(), watched)).buffered(ASKED_AT_ONCE);
        let observed: Vec<_> = observed.try_collect().await?;
        for (watched, seen) in observed.into_iter().filter_map(|(watched, seen)| Some((watched, seen?))) {
            open.book().observe(&watched.draft.id, &seen, self.now())?;
        }
        Ok(())
    }

    /// Just after it was written: where its content is not what was approved, it says at once where.
    pub(crate) async fn read_back(&self, open: &Open, id: &DraftId) -> Result<(), Problem> {
        let Some(written) = open.book().watch(id)? else { return Ok(()) };
        let Some((kind, there)) = place(&written).filter(|(kind, _)| *kind != RecordKind::Customer) else { return Ok(()) };
        if written.standing.state == State::Written && agrees(&written.draft, &written.standing.results) {
            return Ok(());
        }
        let ledger = open.ledger()?;
        // Not being answered is no news of the document: the next fetch asks again.
        let Ok(Some(record)) = ledger.record(kind, there).await else { return Ok(()) };
        let fields = ledger.differences(&written.draft, &written.filled, &record.raw);
        if !fields.is_empty() {
            let number = other_number(&written, record.number.as_ref());
            open.book().observe(id, &Observation { is: Observed::Altered, posted: false, number, fields }, self.now())?;
        }
        Ok(())
    }
}

/// What is watched, and what it is among the ledger's records.
const KINDS: [(&str, RecordKind); 3] =
    [(SALES_INVOICE, RecordKind::SalesInvoice), (CREDIT_MEMO, RecordKind::CreditMemo), (CUSTOMER, RecordKind::Customer)];

fn place(watched: &Watched) -> Option<(RecordKind, &str)> {
    let (_, kind) = KINDS.into_iter().find(|(kind, _)| *kind == watched.standing.kind.0)?;
    Some((kind, watched.standing.results.get("id")?))
}

/// None: nothing is to be said of it.
async fn observe(open: &Open, ledger: &dyn Ledger, watched: Watched) -> Result<(Watched, Option<Observation>), Problem> {
    let Some((kind, id)) = place(&watched) else { return Ok((watched, None)) };
    let stored = open.book().get(book::Side::Ledger, kind.name(), id)?;
    let gone = stored.as_ref().is_some_and(|stored| stored.gone_at.is_some());
    let seen = match stored.filter(|_| !gone) {
        // A customer is its owner's to change.
        _ if kind == RecordKind::Customer => gone.then(deleted),
        Some(stored) => there(ledger, kind, &watched, &stored.record).await?,
        None => Some(elsewhere(ledger, &watched).await?),
    };
    Ok((watched, seen))
}

fn deleted() -> Observation {
    Observation { is: Observed::Deleted, ..Observation::default() }
}

/// Not among what was fetched: it may have come since, have another id since it was posted, or be gone.
async fn elsewhere(ledger: &dyn Ledger, watched: &Watched) -> Result<Observation, Problem> {
    let found = ledger.look(&watched.draft, &watched.filled).await?;
    let id = watched.standing.results.get("id");
    let Some(seen) = found.iter().find(|seen| Some(&seen.id) == id).or_else(|| found.iter().find(|seen| seen.posted)) else { return Ok(deleted()) };
    let is = match (seen.same_content, seen.posted) {
        (false, _) => Observed::Altered,
        (true, true) => Observed::Posted,
        (true, false) => Observed::Written,
    };
    let other = Changed { field: "id".to_owned(), before: id.cloned(), after: Some(seen.id.clone()) };
    let fields = if seen.same_content { Vec::new() } else { vec![other] };
    Ok(Observation { is, posted: seen.posted, number: other_number(watched, seen.results.get("number")), fields })
}

/// Its number, where it is not the one that writing gave.
fn other_number(watched: &Watched, number: Option<&String>) -> Option<String> {
    number.filter(|number| watched.standing.results.get("number") != Some(number)).cloned()
}

async fn there(ledger: &dyn Ledger, kind: RecordKind, watched: &Watched, record: &book::Record) -> Result<Option<Observation>, Problem> {
    let Ok(raw) = std::str::from_utf8(&record.raw) else { return Ok(None) };
    let mut fields = ledger.differences(&watched.draft, &watched.filled, raw);
    let known_posted = watched.standing.observed().is_some_and(|seen| seen.posted);
    let posted = match record.status.as_deref() {
        Some("Paid" | "Canceled" | "Corrective") => true,
        // Also a draft that somebody released: only the ledger's entries tell.
        Some("Open") => known_posted || ledger.standing(kind, &record.id).await?.is_posted(),
        _ => false,
    };
    if let Some(taken_back @ ("Canceled" | "Corrective")) = record.status.as_deref() {
        fields.push(Changed { field: "status".to_owned(), before: Some("Open".to_owned()), after: Some(taken_back.to_owned()) });
    }
    let is = match (fields.is_empty(), posted) {
        (false, _) => Observed::Altered,
        (true, true) => Observed::Posted,
        (true, false) => Observed::Written,
    };
    Ok(Some(Observation { is, posted, number: other_number(watched, record.number.as_ref()), fields }))
}
