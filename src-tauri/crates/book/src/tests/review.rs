use std::collections::BTreeMap;

use ::drafts::{Answer, DeclineReason, Outcome};

use super::*;
use crate::Book;
use crate::fixture::{at, begin, book, draft, list, made, mark, propose, row, sign, subject};

fn bucket_of(book: &Book, key: &str) -> Bucket {
    book.review_row(&subject(key)).expect("reads").expect("there").bucket
}

fn class_of(book: &Book, key: &str) -> Class {
    book.review_row(&subject(key)).expect("reads").expect("there").row.class
}

fn keys(book: &Book) -> Vec<&'static str> {
    let there = |key: &&str| book.review_row(&subject(key)).expect("reads").is_some();
    ["a", "b", "c"].into_iter().filter(there).collect()
}

#[test]
fn a_row_is_listed_where_the_states_of_its_drafts_put_it() {
    let (mut book, who) = book();
    let invoice = draft("a", "one");
    let after = mark("a2", &invoice);
    list(&mut book, None, &[row("a", 1, 1, Class::New), row("b", 1, 2, Class::Unexplained)]);
    assert_eq!((bucket_of(&book, "a"), bucket_of(&book, "b")), (Bucket::New, Bucket::Unexplained));
    propose(&mut book, &[&invoice, &after]);
    sign(&mut book, &who, &[&invoice, &after]);
    assert_eq!(bucket_of(&book, "a"), Bucket::Countersigned);
    let permit = begin(&mut book, &invoice, 3);
    assert_eq!(bucket_of(&book, "a"), Bucket::Sending);
    book.settle(permit, &Outcome::Unknown { code: "no_answer".to_owned() }, at(4)).expect("settles");
    assert_eq!(bucket_of(&book, "a"), Bucket::Unknown);
    book.resolve(&invoice.id, &[crate::fixture::seen("doc", true)], at(5)).expect("asks");
    assert_eq!(bucket_of(&book, "a"), Bucket::Countersigned, "its mark still waits");
    let permit = begin(&mut book, &after, 6);
    book.settle(permit, &Outcome::Written(Answer { results: made("x"), same_content: true }), at(7)).expect("settles");
    assert_eq!(bucket_of(&book, "a"), Bucket::Written);
    // A new run of matching finds it exact now; what was done stays what it is.
    let again = [row("a", 1, 1, Class::Exact), row("b", 1, 2, Class::Unexplained)];
    list(&mut book, None, &again);
    assert_eq!((bucket_of(&book, "a"), class_of(&book, "a")), (Bucket::Written, Class::Exact));
    let revision = book.revision().expect("reads");
    list(&mut book, None, &again);
    assert_eq!(book.revision().expect("reads"), revision, "what is the same is not stored again");
    book.observe(&invoice.id, &crate::Observation { is: crate::Observed::Posted, ..crate::Observation::default() }, at(8)).expect("observed");
    assert_eq!(bucket_of(&book, "a"), Bucket::Posted);
    book.decline(&subject("b"), &DeclineReason::NotOurs, &who, at(9)).expect("declined");
    assert_eq!(bucket_of(&book, "b"), Bucket::Declined);
    assert_eq!(book.review_counts(Some("2026-10")).expect("reads"), BTreeMap::from([(Bucket::Posted, 1), (Bucket::Declined, 1)]));
    list(&mut book, Some(&["c"]), &[row("c", 1, 3, Class::Exact)]);
    list(&mut book, None, &[]);
    assert_eq!(keys(&book), ["a", "b"], "those acted on stay");
    book.reopen(&subject("b"), &who, at(10)).expect("open again");
    list(&mut book, None, &again[..1]);
    assert_eq!(keys(&book), ["a"]);
}

#[test]
fn a_document_that_is_there_without_its_mark_is_written() {
    let (mut book, who) = book();
    let invoice = draft("a", "one");
    let after = mark("a2", &invoice);
    list(&mut book, None, &[row("a", 1, 1, Class::New)]);
    propose(&mut book, &[&invoice, &after]);
    sign(&mut book, &who, &[&invoice, &after]);
    let permit = begin(&mut book, &invoice, 3);
    book.settle(permit, &Outcome::Written(Answer { results: made("x"), same_content: true }), at(4)).expect("settles");
    let permit = begin(&mut book, &after, 5);
    let refusal = ::drafts::Refusal { status: 403, code: "denied".to_owned(), message: "No.".to_owned(), reference: None };
    book.settle(permit, &Outcome::Refused(refusal), at(6)).expect("settles");
    assert_eq!(bucket_of(&book, "a"), Bucket::Refused, "a person must know");
    book.decline(&subject("a"), &DeclineReason::Later, &who, at(7)).expect("left without");
    assert_eq!(bucket_of(&book, "a"), Bucket::Written);
}
