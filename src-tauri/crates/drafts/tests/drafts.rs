//! The promises of a draft: its request cannot be changed by a value, its fingerprint by nothing else,
//! its states only by the ways that exist.

use std::collections::{BTreeMap, BTreeSet};

use countersign_drafts::{
    Changed, Decision, Difference, Draft, DraftId, Escape, FillError, Fingerprint, Form, Fresh, Frozen, Hole, Illegal, Json, KeyLife, MadeBy, Mark,
    NotRefreshed, Piece, Policy, Results, Seen, Source, State, Subject, Template, Undo, WriteKind, content_version, decide,
};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn customer() -> DraftId {
    DraftId("customerdraft".to_owned())
}

fn draft() -> Draft {
    let body = Json::object([
        ("customerNumber", Json::Hole(0)),
        ("externalDocumentNumber", Json::text("NK-0409")),
        ("quantity", Json::Number(Decimal::new(1_498_500, 3))),
    ]);
    Draft {
        id: DraftId("salesdraft".to_owned()),
        subject: Subject("invoice:in_1".to_owned()),
        kind: WriteKind("business-central/sales-invoice".to_owned()),
        step: 1,
        frozen: Frozen {
            destination: "ledger".to_owned(),
            method: "POST".to_owned(),
            path: Template(vec![
                Piece::Text("companies/c1/customers/".to_owned()),
                Piece::Hole { hole: 0, escape: Escape::PathSegment },
                Piece::Text("/salesInvoices".to_owned()),
            ]),
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.template(),
            holes: vec![Hole { from: customer(), field: "number".to_owned() }],
        },
        policy: policy(Mark::Carried { value: "NK-0409".to_owned() }),
        sources: vec![Source { key: "stripe:invoice:in_1".to_owned(), version: "v1".to_owned() }],
        made_by: MadeBy { settings: 1, rules: 1, weights: 1, zones: "2026b".to_owned() },
        shown: r#"{"total":"4316.20","lines":[{"text":"Vase"}]}"#.to_owned(),
    }
}

fn policy(mark: Mark) -> Policy {
    let key = Some(KeyLife { header: "Idempotency-Key".to_owned(), seconds: 86_400 });
    Policy { mark, key, settling_seconds: 10, undo: Undo::DeleteTheDraft }
}

fn gave(value: &str) -> BTreeMap<DraftId, Results> {
    BTreeMap::from([(customer(), Results::from([("number".to_owned(), value.to_owned())]))])
}

proptest! {
    /// Whatever the other side calls the new customer, the request around its number is as approved.
    #[test]
    fn a_value_never_changes_the_request_around_it(value in prop_oneof![any::<String>(), "[./\\\\\"%&=?#+ {}\u{0}-\u{1f}]{0,6}"]) {
        let mut draft = draft();
        match draft.frozen.fill(&gave(&value)) {
            Err(FillError::Unfit(_)) => prop_assert!(["", ".", ".."].contains(&value.as_str())),
            Err(other) => prop_assert!(false, "{other}"),
            Ok(filled) => {
                let body: serde_json::Value = serde_json::from_str(&filled.body).expect("still JSON");
                prop_assert_eq!(body.as_object().map(serde_json::Map::len), Some(3));
                prop_assert_eq!(&body["customerNumber"], &serde_json::Value::from(value.as_str()));
                let segment = filled.path.strip_prefix("companies/c1/customers/").and_then(|rest| rest.strip_suffix("/salesInvoices"));
                let segment = segment.expect("the path around it stands");
                prop_assert!(!segment.contains(['/', '?', '#', '\\']), "{segment}");
                prop_assert_eq!(unescaped(segment), value.as_bytes());
            }
        }
        if !value.is_empty() {
            draft.frozen.path = Template::text("invoices");
            draft.frozen.body = Form::default().field("metadata[a&b]", "1 + 1").hole("metadata[document]", 0).template();
            let filled = draft.frozen.fill(&gave(&value)).expect("fills");
            let fields: Vec<&str> = filled.body.split('&').collect();
            prop_assert_eq!(fields.len(), 2);
            let (name, written) = fields[1].split_once('=').expect("a field");
            prop_assert_eq!((unescaped(name), unescaped(written)), (b"metadata[document]".to_vec(), value.into_bytes()));
        }
    }

    /// Lengths are hashed too: no text can move from a name into its value, or into the next field.
    #[test]
    fn versions_tell_fields_apart(a in ".{0,4}", b in ".{0,4}", c in ".{0,4}", d in ".{0,4}") {
        let one = content_version("test/1", [(a.as_str(), b.clone())]);
        let other = content_version("test/1", [(c.as_str(), d.clone())]);
        prop_assert_eq!(one == other, a == c && b == d);
        prop_assert_ne!(&one, &content_version("test/2", [(a.as_str(), b)]));
    }
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        match (first, tail) {
            (b'%', [high, low, after @ ..]) => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).expect("two digits");
                out.push(u8::from_str_radix(digits, 16).expect("hexadecimal"));
                rest = after;
            }
            _ => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    out
}

#[test]
fn a_hole_is_filled_by_its_own_draft_only() {
    let draft = draft();
    let hole = draft.frozen.holes[0].clone();
    let other = BTreeMap::from([(DraftId("another".to_owned()), gave("10318")[&customer()].clone())]);
    assert_eq!(draft.frozen.fill(&other), Err(FillError::Waiting(hole.clone())));
    let without = BTreeMap::from([(customer(), Results::from([("id".to_owned(), "10318".to_owned())]))]);
    assert_eq!(draft.frozen.fill(&without), Err(FillError::Waiting(hole)));
    let filled = draft.frozen.fill(&gave("10318")).expect("fills");
    assert_eq!(filled.body, r#"{"customerNumber":"10318","externalDocumentNumber":"NK-0409","quantity":1498.5}"#);
}

#[test]
fn numbers_are_written_exactly() {
    for (number, written) in
        [("1498.500", "1498.5"), ("-0.00", "0"), ("0.0000001", "0.0000001"), ("79228162514264337593543950335", "79228162514264337593543950335")]
    {
        let number = Decimal::from_str_exact(number).expect(number);
        assert_eq!(Json::Number(number).template(), Template::text(written));
    }
}

#[test]
fn every_part_that_is_seen_or_sent_changes_the_fingerprint() {
    type Change = fn(&mut Draft);
    let changes: Vec<(&str, Change)> = vec![
        ("kind", |d| d.kind.0.push('x')),
        ("destination", |d| d.frozen.destination.push('x')),
        ("method", |d| d.frozen.method = "PATCH".to_owned()),
        ("path", |d| d.frozen.path.0.push(Piece::Text("/x".to_owned()))),
        ("escape", |d| d.frozen.path.0[1] = Piece::Hole { hole: 0, escape: Escape::Form }),
        ("hole number", |d| d.frozen.path.0[1] = Piece::Hole { hole: 1, escape: Escape::PathSegment }),
        ("hole as text", |d| d.frozen.path.0[1] = Piece::Text("0".to_owned())),
        ("header name", |d| d.frozen.headers[0].0.push('x')),
        ("header value", |d| d.frozen.headers[0].1.push('x')),
        ("one header more", |d| d.frozen.headers.push((String::new(), String::new()))),
        ("body", |d| d.frozen.body = Template::text("{}")),
        ("hole from", |d| d.frozen.holes[0].from.0.push('x')),
        ("hole field", |d| d.frozen.holes[0].field.push('x')),
        ("one hole more", |d| d.frozen.holes.push(Hole { from: customer(), field: "id".to_owned() })),
        ("source", |d| d.sources[0].key.push('x')),
        ("version", |d| d.sources[0].version.push('x')),
        ("one source less", |d| d.sources.clear()),
        ("shown", |d| d.shown.push(' ')),
    ];
    let mut seen = BTreeSet::from([draft().fingerprint().0]);
    for (what, change) in changes {
        let mut changed = draft();
        change(&mut changed);
        assert!(seen.insert(changed.fingerprint().0), "{what}");
    }
    // What decides how it is sent, but is neither seen nor sent, leaves an approval standing.
    let mut same = draft();
    same.made_by.settings = 2;
    same.policy.settling_seconds = 60;
    same.step = 2;
    assert_eq!(same.fingerprint(), draft().fingerprint());
}

/// Changing this text means that every approval given before is gone: raise the format with it.
#[test]
fn the_fingerprint_of_a_fixed_draft_stays() {
    let fingerprint = draft().fingerprint();
    assert_eq!(fingerprint.0, "26d9c23b6f6bfc7f38b972896d2d4d49d088a642bc53320765fe2815d03331ba");
    assert_eq!(fingerprint.short().len(), 14);
    let stored: Draft = serde_json::from_str(&serde_json::to_string(&draft()).expect("writes")).expect("reads");
    assert_eq!((stored.fingerprint(), stored), (fingerprint, draft()));
}

#[test]
fn ids_are_stable_and_apart() {
    let (subject, kind) = (Subject("invoice:in_1".to_owned()), WriteKind("k".to_owned()));
    let id = DraftId::derive("book", &subject, &kind, 0);
    assert_eq!(id, DraftId::derive("book", &subject, &kind, 0));
    let others = [
        DraftId::derive("bookx", &subject, &kind, 0),
        DraftId::derive("book", &Subject("invoice:in_2".to_owned()), &kind, 0),
        DraftId::derive("book", &subject, &WriteKind("k2".to_owned()), 0),
        DraftId::derive("book", &subject, &kind, 1),
    ];
    assert_eq!(others.iter().chain([&id]).collect::<BTreeSet<_>>().len(), 5);
    assert!(id.0.len() == 16 && id.0.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
}

#[test]
fn only_these_ways_lead_from_state_to_state() {
    use State::{Altered, Countersigned, Declined, Deleted, Posted, Proposed, Refused, Sending, Stale, Unknown, Written};
    type Way = fn(State) -> Result<State, Illegal>;
    let ways: [(&str, Way, State, &[State]); 16] = [
        ("countersign", State::countersign, Countersigned, &[Proposed]),
        ("undo", State::undo, Proposed, &[Countersigned]),
        ("decline", State::decline, Declined, &[Proposed, Stale, Refused]),
        ("reopen", State::reopen, Proposed, &[Declined]),
        ("go stale", State::go_stale, Stale, &[Proposed, Countersigned]),
        ("renew", State::renew, Proposed, &[Stale, Proposed]),
        ("begin", State::begin, Sending, &[Countersigned]),
        ("written", State::written, Written, &[Sending, Unknown]),
        ("refused", State::refused, Refused, &[Sending]),
        ("unknown", State::unknown, Unknown, &[Sending]),
        ("back", State::back_to_outbox, Countersigned, &[Sending, Unknown]),
        ("replay", State::replay, Proposed, &[Refused]),
        ("restored", State::restored, Written, &[Altered]),
        ("posted", State::posted, Posted, &[Written, Altered]),
        ("altered", State::altered, Altered, &[Written, Posted]),
        ("deleted", State::deleted, Deleted, &[Written, Altered, Posted]),
    ];
    for (name, way, to, legal) in ways {
        for from in State::ALL {
            let expected = if legal.contains(&from) { Ok(to) } else { Err(Illegal { from, to }) };
            assert_eq!(way(from), expected, "{name} from {}", from.name());
        }
    }
    assert!(State::ALL.into_iter().all(|state| State::named(state.name()) == Some(state)));
    // Nothing is sent but from an approval, and unknown is left by an answer only.
    assert!(ways.iter().filter(|(_, _, to, _)| *to == Sending).all(|(_, _, _, from)| **from == [Countersigned]));
}

#[test]
fn what_follows_from_looking() {
    let seen = |id: &str, same_content: bool| Seen { id: id.to_owned(), results: Results::new(), same_content, posted: false };
    let (ours, other) = (seen("a", true), seen("b", false));
    let carried = policy(Mark::Carried { value: "m".to_owned() });
    let (equal, twice) = (policy(Mark::EqualContent), policy(Mark::SameTwice));
    let noted = ["a".to_owned()];
    let none: &[String] = &[];
    let wait = |seconds| Decision::Wait { seconds };
    let several = Decision::Several(vec![ours.clone(), other.clone()]);
    let cases: Vec<(&str, Decision, Decision)> = vec![
        ("nothing there, never sent", decide(&carried, none, &[], None), Decision::Send),
        ("nothing there, just sent", decide(&carried, none, &[], Some(3)), wait(7)),
        ("the clock went back", decide(&carried, none, &[], Some(-100)), wait(10)),
        ("nothing there after settling", decide(&carried, none, &[], Some(10)), Decision::Send),
        ("our mark, never sent", decide(&carried, none, std::slice::from_ref(&ours), None), Decision::Ours(ours.clone())),
        ("our mark, other content", decide(&carried, none, std::slice::from_ref(&other), Some(99)), Decision::Differs(other.clone())),
        ("our mark twice", decide(&carried, none, &[ours.clone(), other.clone()], Some(99)), several),
        ("an equal one before sending is somebody else's", decide(&equal, none, std::slice::from_ref(&ours), None), Decision::Send),
        ("an equal one that was noted", decide(&equal, &noted, std::slice::from_ref(&ours), Some(99)), Decision::Send),
        ("an equal one that is new", decide(&equal, none, &[ours.clone(), other.clone()], Some(1)), Decision::Ours(ours.clone())),
        (
            "two new equal ones",
            decide(&equal, none, &[ours.clone(), seen("c", true)], Some(1)),
            Decision::Several(vec![ours.clone(), seen("c", true)]),
        ),
        ("it stands already", decide(&twice, none, std::slice::from_ref(&ours), None), Decision::Ours(ours)),
        ("it does not stand yet", decide(&twice, none, std::slice::from_ref(&other), Some(99)), Decision::Send),
    ];
    for (what, decision, expected) in cases {
        assert_eq!(decision, expected, "{what}");
    }
}

#[test]
fn a_difference_names_what_changed() {
    let (old, mut new) = (draft(), draft());
    new.shown = r#"{"total":"4316.70","lines":[{"text":"Vase"},{"text":"Versand"}]}"#.to_owned();
    new.sources[0].version = "v2".to_owned();
    new.frozen.headers.clear();
    let difference = Difference::between(&old, &new);
    let fields: Vec<&str> = difference.fields.iter().map(|changed| changed.field.as_str()).collect();
    assert_eq!(fields, ["document/lines/1", "document/total", "request/headers", "source/stripe:invoice:in_1"]);
    let changed = |field: &str, before: Option<&str>, after: Option<&str>| Changed {
        field: field.to_owned(),
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
    };
    assert_eq!(difference.fields[1], changed("document/total", Some("4316.20"), Some("4316.70")));
    assert_eq!((difference.before, difference.after), (old.fingerprint(), Some(new.fingerprint())));

    let fresh = |version: Option<&str>| [Fresh { key: "stripe:invoice:in_1".to_owned(), version: version.map(str::to_owned) }];
    assert_eq!(Difference::since(&old, &fresh(Some("v1"))), Ok(None));
    assert_eq!(Difference::since(&old, &[]), Err(NotRefreshed { key: "stripe:invoice:in_1".to_owned() }));
    for gone in [None, Some("v2")] {
        let difference = Difference::since(&old, &fresh(gone)).expect("asked").expect("differs");
        assert_eq!(difference.fields, [changed("source/stripe:invoice:in_1", Some("v1"), gone)]);
    }
    assert_eq!(Fingerprint::of(&old), old.fingerprint());
}
