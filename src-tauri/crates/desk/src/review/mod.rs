//! Review: everything of Stripe's that makes a document beside what the ledger has of it, or the draft that would be made.

mod explain;
mod facts;
mod shown;

use std::collections::{BTreeMap, BTreeSet};

use book::{Act, Book, Bucket as Stored, Pair as Said, Query, ReviewRow as Put, Verdict as Word, Who, WindowRow};
use chrono::{DateTime, Utc};
use drafts::{State, Subject};
use ledgers::RecordKind;
use ledgers::business_central::{CREDIT_MEMO, SALES_INVOICE};
use matching::Pair;
use serde_json::json;

use crate::Desk;
use crate::basis::{self, Basis};
use crate::commands::{self, *};
use crate::differences::differences;
use crate::mirror::Mirror;
use crate::open::Open;
use crate::propose::{self, Decisions, Directory, Proposed, Round};
use crate::row::{self, Row};
use crate::search::{folded, written};
use crate::workings::Workings;
use crate::{answers, customers, lock};
use shown::Standing;

/// What a person must still look at.
pub fn is_open(bucket: Stored) -> bool {
    use Stored::{Altered, Choose, Deleted, Exact, New, Refused, Stale, Strong, Unexplained, Unknown};
    matches!(bucket, Exact | Strong | New | Choose | Unexplained | Unknown | Refused | Stale | Altered | Deleted)
}

/// Documents that one payment may be said to pay.
const MOST_PAID: usize = 100;

impl Desk {
    pub async fn review_rows(&self, asked: ReviewWindow) -> Result<ReviewRows, Problem> {
        let open = self.open()?;
        let book = open.book();
        let window = book.review_window(&query(&asked.query), &anchor(asked.anchor, asked.before, asked.after))?;
        let rows = window.rows.iter().map(|row| shown(&book, row)).collect::<Result<_, Problem>>()?;
        Ok(ReviewRows {
            revision: window.revision,
            total: count(window.total),
            first: count(window.first),
            rows,
            buckets: buckets(&book, asked.query.month.as_deref())?,
        })
    }

    pub async fn choose(&self, asked: Choose) -> Result<Changed, Problem> {
        let open = self.open()?;
        let who = open.who()?;
        let _claimed = self.claim(&open, |_| ()).await?;
        say_yes(&mut open.book(), &asked, &who, self.now())?;
        self.repropose(&open).await?;
        open.changed(1)
    }

    pub async fn forget_no(&self, asked: ForgetNo) -> Result<Changed, Problem> {
        let open = self.open()?;
        let who = open.who()?;
        let _claimed = self.claim(&open, |_| ()).await?;
        let subject = Subject(asked.key);
        let nos = said_of(&open.book(), &subject, Word::Declined)?;
        let last = nos.iter().map(|pair| pair.at).max();
        let meant = |pair: &&Said| match &asked.document {
            Some(document) => document_of(&pair.ledger) == Some(document.as_str()),
            None => Some(pair.at) == last,
        };
        for pair in nos.iter().filter(meant) {
            open.book().decide_pair(&subject, &pair.ledger, None, &who, self.now())?;
        }
        self.repropose(&open).await?;
        open.changed(1)
    }

    pub async fn forget_choice(&self, asked: RowKey) -> Result<Changed, Problem> {
        let open = self.open()?;
        let who = open.who()?;
        let _claimed = self.claim(&open, |_| ()).await?;
        take_back(&mut open.book(), &Subject(asked.key), &who, self.now())?;
        self.repropose(&open).await?;
        open.changed(1)
    }

    /// Match and propose again from what the book holds; the claim is held.
    pub(crate) async fn repropose(&self, open: &Open) -> Result<(), Problem> {
        self.run_over(open)?;
        self.around().changed();
        Ok(())
    }

    /// The same from nothing: nothing is sent that only a shorter run has found to be so.
    pub(crate) async fn repropose_all(&self, open: &Open) -> Result<(), Problem> {
        *lock(&open.workings) = None;
        self.repropose(open).await
    }

    /// Runs come one after the other. Of one that fails nothing is kept.
    fn run_over(&self, open: &Open) -> Result<(), Problem> {
        let mut kept = lock(&open.workings);
        let before = kept.take();
        let Some(basis) = ready(open)? else { return Ok(()) };
        let (workings, round) = Workings::after(before, basis);
        let ground = &workings.basis().ground();
        let unclear = round.customers.then(|| customers::unclear_record(&Directory::new(ground)));
        let mut book = open.book();
        if let Some(unclear) = unclear {
            basis::note(open, &mut book, &unclear, self.now())?;
        }
        store(&mut book, &round, ground.mirror, self.now())?;
        *kept = Some(workings);
        Ok(())
    }
}

/// Keeps which documents a row is, or pays. What was said before and is not among them is taken back.
pub fn say_yes(book: &mut Book, asked: &Choose, who: &Who, now: DateTime<Utc>) -> Result<(), Problem> {
    let is_money = propose::money_of_key(&asked.key).is_some();
    if asked.documents.is_empty() || asked.documents.len() > MOST_PAID || asked.documents.len() > 1 && !is_money {
        return Err(Problem::new(Code::BadRequest));
    }
    let subject = Subject(asked.key.clone());
    let wanted = asked.documents.iter().map(|id| Ok(ledger_key(document_kind(book, id)?, id))).collect::<Result<BTreeSet<_>, Problem>>()?;
    for ledger in chosen(book, &subject)?.iter().filter(|ledger| !wanted.contains(*ledger)) {
        book.decide_pair(&subject, ledger, None, who, now)?;
    }
    for ledger in &wanted {
        book.decide_pair(&subject, ledger, Some(Word::Confirmed), who, now)?;
    }
    Ok(())
}

/// Takes back what was said of a row. Whether anything was.
pub fn take_back(book: &mut Book, subject: &Subject, who: &Who, now: DateTime<Utc>) -> Result<bool, Problem> {
    let chosen = chosen(book, subject)?;
    for ledger in &chosen {
        book.decide_pair(subject, ledger, None, who, now)?;
    }
    Ok(!chosen.is_empty())
}

/// All that a proposal is made from; none before both sides are set up and fetched once.
pub fn ready(open: &Open) -> Result<Option<Basis>, Problem> {
    match Basis::of(open) {
        Err(problem) if matches!(problem.code, Code::NoAccounts | Code::NotConnected) => Ok(None),
        basis => basis.map(Some),
    }
}

fn store(book: &mut Book, round: &Round, mirror: &Mirror, now: DateTime<Utc>) -> Result<(), Problem> {
    let rows = round.rows.iter().map(put).collect::<Result<Vec<_>, Problem>>()?;
    book.repropose(round.of.as_ref(), &rows, &round.drafts, now)?;
    if round.of.is_none() && !mirror.unreadable.is_empty() {
        book.note(Act::Seen, None, None, json!({ "unreadable": mirror.unreadable }), now)?;
    }
    Ok(())
}

fn put(proposed: &Proposed) -> Result<Put, Problem> {
    let left = &proposed.row.left;
    let others = proposed.row.pays.iter().skip(1).map(|paid| &paid.right);
    let right: String = proposed.row.right.iter().chain(others).map(|right| format!("{} {} ", right.number, right.name)).collect();
    let of = left.of.as_deref().unwrap_or_default();
    Ok(Put {
        key: proposed.key.clone(),
        date: left.date,
        number: left.number.clone(),
        name: left.name.clone(),
        amount: left.total,
        class: match proposed.row.class {
            Class::Exact => book::Class::Exact,
            Class::Strong => book::Class::Strong,
            Class::Choose => book::Class::Choose,
            Class::New => book::Class::New,
            Class::Unexplained => book::Class::Unexplained,
            Class::Settled => book::Class::Settled,
        },
        search: folded(&format!("{} {of} {} {} {right} {} {}", left.number, left.name, left.id, written(left.total), left.text)),
        payload: serde_json::to_string(&proposed.row).map_err(|_| Problem::new(Code::Internal))?,
    })
}

/// A row as the page shows it, with how far its drafts are.
pub fn shown(book: &Book, stored: &WindowRow) -> Result<ReviewRow, Problem> {
    let row = Row::read(&stored.row)?;
    let standing = stored.drafts.iter().max_by_key(|draft| draft.changed_at);
    let signed = stored.drafts.iter().find_map(|draft| draft.signed.as_ref());
    let state = state(stored.bucket);
    let fingerprint = row::fingerprint(&book.signable(&stored.row.key)?);
    let mut refused = stored.drafts.iter().filter(|draft| draft.state == State::Refused);
    let standing = Standing {
        state,
        unmarked: state == RowState::Refused && refused.all(|draft| draft.destination == stripe::DESTINATION),
        fingerprint,
        initials: signed.map(|signed| signed.initials.clone()),
        at: standing.filter(|_| state != RowState::Open).map(|draft| stamp(draft.changed_at)),
        words: stored.drafts.iter().find_map(|draft| draft.refusal.as_ref()).map(|refusal| refusal.message.clone()),
        declined: stored.drafts.iter().find_map(|draft| draft.declined.clone()).filter(|_| state == RowState::Declined).map(said_no),
        made: stored.drafts.iter().find(|draft| [SALES_INVOICE, CREDIT_MEMO].contains(&draft.kind.0.as_str())).and_then(number_there),
        changed: changed(stored).into_iter().next(),
        posted: stored.drafts.iter().any(|draft| draft.observed().is_some_and(|seen| seen.posted)),
    };
    Ok(row.shown(stored.row.key.0.clone(), standing))
}

/// Of the draft that is stale or altered.
pub fn changed(stored: &WindowRow) -> Vec<Difference> {
    let concerned = stored.drafts.iter().filter(|draft| matches!(draft.state, State::Stale | State::Altered));
    concerned.map(differences).find(|differences| !differences.is_empty()).unwrap_or_default()
}

/// The number that the document has over there now.
fn number_there(draft: &book::Standing) -> Option<String> {
    draft.observed().and_then(|seen| seen.number).or_else(|| draft.results.get("number").cloned())
}

pub fn query(asked: &ReviewQuery) -> Query {
    Query { buckets: stored_in(asked.bucket), month: asked.month.clone(), search: folded(&asked.search), keep: Vec::new() }
}

pub fn anchor(asked: commands::Anchor, before: u32, after: u32) -> book::Anchor {
    let at = match asked {
        commands::Anchor::Start {} => book::At::Start,
        commands::Anchor::Row { key } => book::At::Row(Subject(key)),
        commands::Anchor::Index { index } => book::At::Index(u64::from(index)),
    };
    book::Anchor { at, before, after }
}

/// The ledger's side of a pair, as decisions name it.
pub fn ledger_key(kind: RecordKind, document: &str) -> String {
    format!("{}:{document}", kind.name())
}

/// Whether an id is a credit memo's or an invoice's.
pub fn document_kind(book: &Book, document: &str) -> Result<RecordKind, Problem> {
    let memo = book.get(book::Side::Ledger, RecordKind::CreditMemo.name(), document)?;
    Ok(if memo.is_some() { RecordKind::CreditMemo } else { RecordKind::SalesInvoice })
}

/// The document that a decision names; none for one about a customer.
fn document_of(ledger: &str) -> Option<&str> {
    [RecordKind::SalesInvoice, RecordKind::CreditMemo].into_iter().find_map(|kind| ledger.strip_prefix(kind.name())?.strip_prefix(':'))
}

pub fn decisions(said: &[Said]) -> Decisions {
    let mut decisions = Decisions::default();
    let mut confirmed: BTreeMap<&Subject, usize> = BTreeMap::new();
    for pair in said.iter().filter(|pair| pair.verdict == Word::Confirmed) {
        *confirmed.entry(&pair.subject).or_default() += 1;
    }
    for pair in said {
        if let Some(document) = document_of(&pair.ledger) {
            // Money is matched as the sale that it may be, and as what it pays: no in one form is no in the other, but a
            // sale is one document.
            let paper = Pair::new(propose::row_of(&pair.subject.0), document);
            let money = propose::money_of_key(&pair.subject.0).map(|left| Pair::new(left, document));
            let alone = || confirmed.get(&pair.subject) == Some(&1);
            let pairs = money.iter().cloned().chain(Some(paper).filter(|_| money.is_none() || pair.verdict == Word::Declined || alone()));
            for matched in pairs {
                match pair.verdict {
                    Word::Confirmed => {
                        decisions.chosen_on.insert(matched.clone(), pair.at.date_naive());
                        decisions.rules.confirmed.insert(matched);
                    }
                    Word::Declined => drop(decisions.rules.declined.insert(matched)),
                }
            }
        } else {
            answers::take(&mut decisions, pair);
        }
    }
    decisions
}

/// Money that people said yes to: its row, who said it and when.
pub fn matched_money(book: &Book) -> Result<Vec<Said>, Problem> {
    let yes =
        |pair: &Said| pair.verdict == Word::Confirmed && propose::money_of_key(&pair.subject.0).is_some() && document_of(&pair.ledger).is_some();
    Ok(book.decisions()?.into_iter().filter(yes).collect())
}

/// What people said so of a row and the ledger's documents.
fn said_of(book: &Book, subject: &Subject, verdict: Word) -> Result<Vec<Said>, Problem> {
    let said = book.decisions_of(subject)?.into_iter();
    Ok(said.filter(|pair| pair.verdict == verdict && document_of(&pair.ledger).is_some()).collect())
}

/// The documents that people chose for a row, as decisions name them.
fn chosen(book: &Book, subject: &Subject) -> Result<Vec<String>, Problem> {
    Ok(said_of(book, subject, Word::Confirmed)?.into_iter().map(|pair| pair.ledger).collect())
}

fn said_no(reason: drafts::DeclineReason) -> commands::DeclineReason {
    match reason {
        drafts::DeclineReason::BookedElsewhere { entry } => commands::DeclineReason::BookedElsewhere { entry },
        drafts::DeclineReason::NotOurs => commands::DeclineReason::NotOurs {},
        drafts::DeclineReason::Later => commands::DeclineReason::Later {},
    }
}

/// Empty: all of them.
fn stored_in(bucket: Bucket) -> Vec<Stored> {
    match bucket {
        Bucket::All => Vec::new(),
        Bucket::Exact => vec![Stored::Exact],
        Bucket::Strong => vec![Stored::Strong],
        Bucket::New => vec![Stored::New],
        Bucket::Choose => vec![Stored::Choose],
        Bucket::Unexplained => vec![Stored::Unexplained],
        Bucket::Countersigned => vec![Stored::Countersigned, Stored::Sending],
        Bucket::Written => vec![Stored::Written, Stored::Posted],
        Bucket::Done => vec![Stored::Settled, Stored::Declined],
        Bucket::Unknown => vec![Stored::Unknown, Stored::Altered, Stored::Refused, Stored::Stale, Stored::Deleted],
    }
}

fn buckets(book: &Book, month: Option<&str>) -> Result<Vec<BucketCount>, Problem> {
    const SHOWN: [Bucket; 10] = [
        Bucket::All,
        Bucket::Exact,
        Bucket::Strong,
        Bucket::New,
        Bucket::Choose,
        Bucket::Unexplained,
        Bucket::Countersigned,
        Bucket::Written,
        Bucket::Done,
        Bucket::Unknown,
    ];
    let counts = book.review_counts(month)?;
    let of = |shown: Bucket| match stored_in(shown) {
        all if all.is_empty() => counts.values().sum(),
        some => some.iter().filter_map(|stored| counts.get(stored)).sum(),
    };
    Ok(SHOWN.into_iter().map(|shown| BucketCount { bucket: shown, count: count(of(shown)) }).collect())
}

fn state(bucket: Stored) -> RowState {
    match bucket {
        Stored::Exact | Stored::Strong | Stored::Choose | Stored::New | Stored::Unexplained | Stored::Settled => RowState::Open,
        Stored::Countersigned => RowState::Countersigned,
        Stored::Sending => RowState::Sending,
        Stored::Written => RowState::Written,
        Stored::Posted => RowState::Posted,
        Stored::Unknown => RowState::Unknown,
        Stored::Refused => RowState::Refused,
        Stored::Stale => RowState::Stale,
        Stored::Altered => RowState::Altered,
        Stored::Deleted => RowState::Deleted,
        Stored::Declined => RowState::Declined,
    }
}
