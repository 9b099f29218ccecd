//! Life after writing: what was written is compared with what the ledger has now, and a person may take what stands
//! there for right.

use book::{Observation, Observed, Watched};
use drafts::{Changed, DraftId, State, Subject, WriteKind};
use futures::stream::{self, StreamExt, TryStreamExt};
use ledgers::business_central::{CREDIT_MEMO, CUSTOMER, ITEM, SALES_INVOICE, agrees};
use ledgers::{Ledger, RecordKind};

use crate::Desk;
use crate::commands::{self, Accept, Code, Problem, count};
use crate::open::Open;

/// Documents that are asked about at once; the client keeps the service's limit.
const ASKED_AT_ONCE: usize = 8;

/// A sentence in the trail.
const LONGEST_REASON: usize = 200;

impl Desk {
    /// A document that is not what was approved is taken as it is, with a reason; it comes up again when it changes again.
    pub async fn accept(&self, asked: Accept) -> Result<commands::Changed, Problem> {
        let open = self.open()?;
        let who = open.who()?;
        let reason = asked.reason.trim();
        if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
            return Err(Problem::new(Code::BadChoice).with("field", "reason"));
        }
        let _claimed = self.claim(&open, |_| ()).await?;
        let mut book = open.book();
        let altered: Vec<_> =
            book.drafts_of(&Subject(asked.key.clone()))?.into_iter().filter(|stored| stored.standing.state == State::Altered).collect();
        if altered.is_empty() {
            return Err(Problem::new(Code::NotSignable).with("what", asked.key).with("why", "not_altered"));
        }
        for stored in &altered {
            book.accept(&stored.standing.id, reason, &who, self.now())?;
        }
        self.around().changed();
        Ok(commands::Changed { revision: book.revision()?, done: count(altered.len() as u64), not_done: Vec::new() })
    }

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
    /// The state that this brings it to, if any.
    pub(crate) async fn read_back(&self, open: &Open, id: &DraftId) -> Result<Option<State>, Problem> {
        let Some(written) = open.book().watch(id)? else { return Ok(None) };
        let Some((_, there)) = place(&written).filter(|(kind, _)| !is_card(*kind)) else { return Ok(None) };
        if written.standing.state == State::Written && agrees(&written.draft, &written.standing.results) {
            return Ok(None);
        }
        let ledger = open.ledger()?;
        // Not being answered is no news of the document: the next fetch asks again.
        let Ok(Some(record)) = ledger.made(&written.filled, there).await else { return Ok(None) };
        let fields = ledger.differences(&written.draft, &written.filled, &record.raw);
        if !fields.is_empty() {
            let number = other_number(&written, record.number.as_ref());
            let seen = Observation { is: Observed::Altered, number, fields, ..Observation::default() };
            return Ok(Some(open.book().observe(id, &seen, self.now())?));
        }
        Ok(None)
    }
}

/// What is watched, and what it is among the ledger's records.
const KINDS: [(&str, RecordKind); 4] =
    [(SALES_INVOICE, RecordKind::SalesInvoice), (CREDIT_MEMO, RecordKind::CreditMemo), (CUSTOMER, RecordKind::Customer), (ITEM, RecordKind::Item)];

/// Whether its content is its owner's to change once it is made.
const fn is_card(kind: RecordKind) -> bool {
    matches!(kind, RecordKind::Customer | RecordKind::Item)
}

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
        // Its owner's to change, and only to be missed; one that was made and deleted between two fetches was never seen.
        stored if is_card(kind) => (gone || stored.is_none() && ledger.record(kind, id).await?.is_none()).then(deleted),
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
    Ok(Observation { is, posted: seen.posted, number: other_number(watched, seen.results.get("number")), fields, accepted: false })
}

/// Its number, where it is not the one that writing gave.
fn other_number(watched: &Watched, number: Option<&String>) -> Option<String> {
    number.filter(|number| watched.standing.results.get("number") != Some(number)).cloned()
}

async fn there(ledger: &dyn Ledger, kind: RecordKind, watched: &Watched, record: &book::Record) -> Result<Option<Observation>, Problem> {
    let Ok(raw) = std::str::from_utf8(&record.raw) else { return Ok(None) };
    let known_posted = watched.standing.observed().is_some_and(|seen| seen.posted);
    // Of a posted document nobody changes what the mirror does not show.
    let whole = if known_posted || ledger.is_whole(&watched.filled, raw) { None } else { ledger.made(&watched.filled, &record.id).await? };
    let mut fields = ledger.differences(&watched.draft, &watched.filled, whole.as_ref().map_or(raw, |whole| &whole.raw));
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
    Ok(Some(Observation { is, posted, number: other_number(watched, record.number.as_ref()), fields, accepted: false }))
}
