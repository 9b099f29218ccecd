//! Small books and drafts for the tests of this room.

use ::drafts::{
    Draft, DraftId, Escape, Fresh, Frozen, Hole, MadeBy, Mark, Permit, Piece, Policy, Results, Seen, Source, Subject, Template, Undo, WriteKind,
};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use money::{Currency, Money};

use crate::{Begun, Book, Class, Countersigned, Holder, Mode, NewBook, Proposal, ReviewRow, Who};

/// Seconds after a fixed morning.
pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_158_000, 0).expect("an instant") + Duration::seconds(seconds)
}

pub fn new_book() -> NewBook {
    NewBook {
        id: "b1".to_owned(),
        name: "Nordlys Keramik ApS".to_owned(),
        mode: Mode::Demo,
        ledger: "business-central".to_owned(),
        zone: "Europe/Copenhagen".to_owned(),
        currency: dkk(0).currency(),
        start_date: "2026-09-01".parse().expect("a date"),
    }
}

pub fn holder(nonce: &str) -> Holder {
    Holder { process: 7, started: "09:12".to_owned(), nonce: nonce.to_owned() }
}

/// In memory, claimed, with one person.
pub fn book() -> (Book, Who) {
    let mut book = Book::in_memory(&new_book(), at(0)).expect("a book");
    book.claim(&holder("n0"), at(0)).expect("free");
    let who = person(&mut book);
    (book, who)
}

pub fn person(book: &mut Book) -> Who {
    let person = book.introduce("Mette Kjærgård", "MK", "mette@laptop", at(0)).expect("introduced");
    Who { person: person.id, machine: person.machine }
}

pub fn dkk(minor: i64) -> Money {
    Money::new(minor, Currency::parse("DKK").expect("a currency"))
}

pub fn subject(name: &str) -> Subject {
    Subject(format!("invoice:{name}"))
}

/// A sales invoice named `id` of the row `invoice:id`, whose content is `text`.
pub fn draft(id: &str, text: &str) -> Draft {
    Draft {
        id: DraftId(id.to_owned()),
        subject: subject(id),
        kind: WriteKind("business-central/sales-invoice".to_owned()),
        step: 1,
        frozen: Frozen {
            destination: "ledger".to_owned(),
            method: "POST".to_owned(),
            path: Template::text("salesInvoices"),
            headers: Vec::new(),
            body: Template::text(format!("{{\"text\":\"{text}\"}}")),
            holes: Vec::new(),
        },
        policy: Policy { mark: Mark::Carried { value: id.to_owned() }, key: None, settling_seconds: 10, undo: Undo::DeleteTheDraft },
        sources: vec![Source { key: format!("stripe:invoice:{id}"), version: text.to_owned() }],
        made_by: MadeBy { settings: 1, rules: 1, weights: 1, zones: "2026b".to_owned() },
        shown: format!("{{\"text\":\"{text}\"}}"),
    }
}

/// The mark in Stripe that follows the invoice `after`, of the same row.
pub fn mark(id: &str, after: &Draft) -> Draft {
    let mut mark = draft(id, "mark");
    mark.subject = after.subject.clone();
    mark.kind = WriteKind("stripe/invoice-metadata".to_owned());
    mark.step = 2;
    mark.frozen.destination = "stripe".to_owned();
    mark.frozen.holes = vec![Hole { from: after.id.clone(), field: "id".to_owned() }];
    mark.frozen.body = Template(vec![Piece::Text("document=".to_owned()), Piece::Hole { hole: 0, escape: Escape::Form }]);
    mark
}

/// Its sources, unchanged.
pub fn fresh(draft: &Draft) -> Vec<Fresh> {
    draft.sources.iter().map(|source| Fresh { key: source.key.clone(), version: Some(source.version.clone()) }).collect()
}

pub fn made(id: &str) -> Results {
    Results::from([("id".to_owned(), id.to_owned())])
}

pub fn seen(id: &str, same_content: bool) -> Seen {
    Seen { id: id.to_owned(), results: made(id), same_content, posted: false }
}

/// A run that comes to these rows, of these subjects or of all, and to no draft.
pub fn list(book: &mut Book, of: Option<&[&str]>, rows: &[ReviewRow]) {
    let of = of.map(|of| of.iter().map(|key| subject(key)).collect());
    book.repropose(of.as_ref(), rows, &[], at(0)).expect("proposed");
}

pub fn row(key: &str, day: u32, number: u32, class: Class) -> ReviewRow {
    ReviewRow {
        key: subject(key),
        date: NaiveDate::from_ymd_opt(2026, 10 + day / 31, 1 + day % 28).expect("a date"),
        number: format!("NK-{number:04}"),
        name: format!("Kunde {key}"),
        amount: dkk(i64::from(number)),
        class,
        search: format!("nk-{number:04} kunde {key}"),
        payload: "{}".to_owned(),
    }
}

pub fn propose(book: &mut Book, drafts: &[&Draft]) {
    let proposals = drafts.iter().map(|draft| {
        let amount = (draft.frozen.destination == "ledger").then(|| dkk(125_000));
        Proposal { draft: (*draft).clone(), amount }
    });
    book.propose(proposals, at(1)).expect("proposed");
}

pub fn sign(book: &mut Book, who: &Who, drafts: &[&Draft]) {
    let seen: Vec<_> = drafts.iter().map(|draft| (draft.id.clone(), draft.fingerprint())).collect();
    let signed = book.countersign_all(&seen, who, at(2)).expect("signs");
    assert!(matches!(signed, Countersigned::Done(_)), "{signed:?}");
}

pub fn begin(book: &mut Book, draft: &Draft, seconds: i64) -> Permit {
    match book.begin(&draft.id, &fresh(draft), &[], at(seconds)).expect("begins") {
        Begun::Permit(permit) => permit,
        other => panic!("no permit but {other:?}"),
    }
}
