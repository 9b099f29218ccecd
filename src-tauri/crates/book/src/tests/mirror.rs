use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::fixture::{at, book, dkk};

fn record(id: &str, version: &str) -> Record {
    Record {
        kind: "balance_transaction".to_owned(),
        id: id.to_owned(),
        raw: format!("{{\"id\":\"{id}\",\"v\":\"{version}\"}}").into_bytes(),
        version: version.to_owned(),
        happened_at: Some(at(-60)),
        local_date: "2026-11-20".parse().ok(),
        amount: Some(dkk(125_000)),
        fee: Some(dkk(2_055)),
        net: Some(dkk(122_945)),
        number: Some("NK-0409".to_owned()),
        parent: Some("ch_1".to_owned()),
        ..Record::default()
    }
}

const KIND: &str = "balance_transaction";

#[test]
fn a_record_comes_back_as_it_was_and_keeps_its_past() {
    let (mut book, _) = book();
    let first = record("txn_1", "v1");
    assert_eq!(book.put(Side::Stripe, std::slice::from_ref(&first), at(1)).expect("put"), Put { new: 1, ..Put::default() });
    let stored = book.get(Side::Stripe, KIND, "txn_1").expect("reads").expect("there");
    assert_eq!((&stored.record, stored.changed_at, stored.learnt_at, stored.gone_at), (&first, at(1), at(1), None));

    // Our own mark moves the document, not its accounting content.
    let marked = Record { raw: b"{\"id\":\"txn_1\",\"mark\":1}".to_vec(), etag: Some("W/2".to_owned()), ..first.clone() };
    assert_eq!(book.put(Side::Stripe, std::slice::from_ref(&marked), at(2)).expect("put"), Put { same: 1, ..Put::default() });
    let stored = book.get(Side::Stripe, KIND, "txn_1").expect("reads").expect("there");
    assert_eq!((&stored.record, stored.changed_at, stored.learnt_at), (&marked, at(1), at(2)));
    assert_eq!(book.past(Side::Stripe, KIND, "txn_1").expect("reads"), []);

    assert_eq!(book.put(Side::Stripe, &[record("txn_1", "v2")], at(3)).expect("put"), Put { changed: 1, ..Put::default() });
    let past = book.past(Side::Stripe, KIND, "txn_1").expect("reads");
    assert_eq!(past, [Past { version: "v1".to_owned(), from: at(1), until: at(3), raw: marked.raw }]);
    assert_eq!(book.get(Side::Ledger, KIND, "txn_1").expect("reads"), None, "sides are apart");
    assert_eq!(book.children(Side::Stripe, KIND, "ch_1").expect("reads").len(), 1);
    assert_eq!(book.numbered(Side::Stripe, "NK-0409").expect("reads").len(), 1);
}

#[test]
fn a_page_and_its_cursor_are_one() {
    let (mut book, _) = book();
    let euro = Money::new(1, money::Currency::parse("EUR").expect("a currency"));
    let mixed = Record { fee: Some(euro), ..record("txn_2", "v1") };
    let page = [record("txn_1", "v1"), mixed];
    let error = book.put_page(Side::Stripe, KIND, &page, "after txn_2", at(1)).expect_err("no amount without its currency");
    assert!(matches!(error, BookError::MixedMoney { .. }));
    assert_eq!((book.size(Side::Stripe, KIND).expect("reads"), book.cursor(Side::Stripe, KIND).expect("reads")), (0, None));
    book.put_page(Side::Stripe, KIND, &page[..1], "after txn_1", at(2)).expect("put");
    let cursor = book.cursor(Side::Stripe, KIND).expect("reads").expect("there");
    assert_eq!((cursor.json.as_str(), cursor.at), ("after txn_1", at(2)));
    assert_eq!((book.fetched_at(Side::Stripe).expect("reads"), book.fetched_at(Side::Ledger).expect("reads")), (Some(at(2)), None));
}

#[test]
fn what_a_whole_walk_missed_is_gone_until_it_is_seen_again() {
    let (mut book, _) = book();
    book.put(Side::Ledger, &[record("a", "v1"), record("b", "v1")], at(1)).expect("put");
    let before = book.revision().expect("reads");
    book.put(Side::Ledger, &[record("a", "v1")], at(5)).expect("put");
    assert_eq!(book.mark_gone(Side::Ledger, KIND, at(5), at(6)).expect("marks"), BTreeSet::from(["b".to_owned()]));
    assert_eq!(book.mark_gone(Side::Ledger, KIND, at(5), at(7)).expect("marks"), BTreeSet::new());
    assert!(book.revision().expect("reads") > before);
    assert_eq!(book.all(Side::Ledger, KIND, None, 10).expect("reads").len(), 1);
    assert_eq!(book.get(Side::Ledger, KIND, "b").expect("reads").expect("kept").gone_at, Some(at(6)));
    assert_eq!(book.put(Side::Ledger, &[record("b", "v1")], at(8)).expect("put").changed, 1);
    assert_eq!(book.all(Side::Ledger, KIND, None, 10).expect("reads").len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// Pages put in any order and twice leave the newest of each; walking by pages meets each once.
    #[test]
    fn the_mirror_is_the_last_word_of_the_other_side(puts in prop::collection::vec(("[a-e]{1,2}", "[1-3]"), 1..40), page in 1u32..5) {
        let (mut book, _) = book();
        let mut model = BTreeMap::new();
        for (second, (id, version)) in (1..).zip(&puts) {
            let put = book.put(Side::Stripe, &[record(id, version)], at(second)).expect("put");
            let expected = match model.insert(id.clone(), version.clone()) {
                None => Put { new: 1, ..Put::default() },
                Some(old) if old == *version => Put { same: 1, ..Put::default() },
                Some(_) => Put { changed: 1, ..Put::default() },
            };
            prop_assert_eq!(put, expected);
        }
        let (mut walked, mut after) = (Vec::new(), None);
        loop {
            let found = book.all(Side::Stripe, KIND, after.as_deref(), page).expect("reads");
            let Some(last) = found.last() else { break };
            after = Some(last.record.id.clone());
            walked.extend(found.into_iter().map(|stored| (stored.record.id, stored.record.version)));
        }
        prop_assert_eq!(walked, model.into_iter().collect::<Vec<_>>());
    }
}

/// What was read from the mirror once may be kept while its stamp is the same.
#[test]
fn the_stamp_moves_with_the_mirror_whoever_moves_it() {
    let (mut book, who) = book();
    let mut last = book.mirror_stamp().expect("reads");
    book.save_settings("{}", Some(&who), at(1)).expect("saved");
    book.set_cursor(Side::Stripe, KIND, "1", at(1)).expect("kept");
    assert_eq!(book.mirror_stamp().expect("reads"), last, "nothing was put");
    let moves: [fn(&mut Book); 4] = [
        |book| {
            book.put(Side::Stripe, &[record("txn_1", "v1")], at(2)).expect("put");
        },
        // The same version with another raw document: our own marks are in it.
        |book| {
            book.put_page(Side::Stripe, KIND, &[record("txn_1", "v1")], "2", at(3)).expect("put");
        },
        |book| book.mark_one_gone(Side::Stripe, KIND, "txn_1", at(4)).expect("marked"),
        |book| {
            let mut other = book.again().expect("opens");
            book.release();
            other.claim(&crate::fixture::holder("n1"), at(5)).expect("free");
            other.put(Side::Stripe, &[record("txn_2", "v1")], at(5)).expect("put by another process");
        },
    ];
    for act in moves {
        act(&mut book);
        let now = book.mirror_stamp().expect("reads");
        assert_ne!(now, last);
        last = now;
    }
}
