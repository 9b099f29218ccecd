use ::drafts::DeclineReason;

use super::*;
use crate::{
    BookError, Countersigned, Observation, Observed,
    fixture::{at, begin, book, dkk, draft, fresh, made, mark, propose, sign, subject},
};

fn state(book: &Book, draft: &Draft) -> Option<State> {
    book.draft(&draft.id).expect("reads").map(|stored| stored.standing.state)
}

#[test]
fn an_open_draft_follows_its_sources_and_keeps_its_past() {
    let (mut book, _) = book();
    let (one, two) = (draft("a", "one"), draft("a", "two"));
    let run = book.propose([one.clone(), draft("b", "x")], at(1)).expect("proposed");
    assert_eq!(run, Proposed { new: 2, ..Proposed::default() });
    let run = book.propose([two.clone(), draft("b", "x")], at(2)).expect("proposed");
    assert_eq!(run, Proposed { renewed: 1, same: 1, ..Proposed::default() });
    let stored = book.draft(&two.id).expect("reads").expect("there");
    assert_eq!((stored.draft, stored.standing.state), (two.clone(), State::Proposed));
    assert_eq!(book.draft_past(&two.id).expect("reads"), [(one, at(2))]);
    // What it was made by follows, too, though nothing differs for the eye.
    let mut newer = two;
    newer.made_by.settings = 2;
    assert_eq!(book.propose([newer.clone()], at(3)).expect("proposed").same, 1);
    assert_eq!(book.draft(&newer.id).expect("reads").expect("there").draft, newer);
}

#[test]
fn an_approval_dies_when_its_content_changes_and_the_difference_is_kept() {
    let (mut book, who) = book();
    let (one, two) = (draft("a", "one"), draft("a", "two"));
    propose(&mut book, &[&one]);
    sign(&mut book, &who, &[&one]);
    let run = book.propose([two.clone()], at(3)).expect("proposed");
    assert_eq!(run.stale, std::slice::from_ref(&one.id));
    let standing = book.draft(&one.id).expect("reads").expect("there").standing;
    assert_eq!((standing.state, &standing.signed, standing.fingerprint), (State::Stale, &None, two.fingerprint()));
    let difference = standing.difference.expect("kept");
    assert_eq!(difference, Difference::between(&one, &two));
    // The old content cannot be approved any more; the new one can, once it was seen.
    let Countersigned::Changed(changed) = book.countersign(&one.id, &one.fingerprint(), &who, at(4)).expect("asks") else { panic!("signed") };
    assert_eq!(changed, [(one.id.clone(), difference)]);
    sign(&mut book, &who, &[&two]);
    assert_eq!(state(&book, &two), Some(State::Countersigned));
    // Back to the old content, and to the approved one again: open, since there is nothing to see.
    book.propose([one], at(5)).expect("proposed");
    assert_eq!(state(&book, &two), Some(State::Stale));
    book.propose([two.clone()], at(6)).expect("proposed");
    assert_eq!(state(&book, &two), Some(State::Proposed));
}

#[test]
fn many_are_signed_together_or_not_at_all() {
    let (mut book, who) = book();
    let (a, b) = (draft("a", "one"), draft("b", "one"));
    propose(&mut book, &[&a, &b]);
    book.propose([draft("b", "two")], at(2)).expect("proposed");
    let seen = [(a.id.clone(), a.fingerprint()), (b.id.clone(), b.fingerprint())];
    let Countersigned::Changed(changed) = book.countersign_all(&seen, &who, at(3)).expect("asks") else { panic!("signed") };
    assert_eq!((changed.len(), &changed[0].0), (1, &b.id));
    assert_eq!((state(&book, &a), state(&book, &b)), (Some(State::Proposed), Some(State::Proposed)));
}

#[test]
fn what_is_no_longer_proposed_is_taken_away_or_goes_stale() {
    let (mut book, who) = book();
    let (a, b) = (draft("a", "one"), draft("b", "one"));
    propose(&mut book, &[&a, &b]);
    sign(&mut book, &who, &[&b]);
    book.withdraw(&[a.id.clone(), b.id.clone()], at(3)).expect("withdrawn");
    assert_eq!((state(&book, &a), state(&book, &b)), (None, Some(State::Stale)));
    let Countersigned::Changed(_) = book.countersign(&b.id, &b.fingerprint(), &who, at(4)).expect("asks") else { panic!("signed") };
    book.propose([b.clone()], at(5)).expect("proposed");
    assert_eq!(state(&book, &b), Some(State::Proposed));
}

#[test]
fn a_no_holds_for_the_row_until_it_is_taken_back() {
    let (mut book, who) = book();
    let a = draft("a", "one");
    propose(&mut book, &[&a]);
    sign(&mut book, &who, &[&a]);
    let reason = DeclineReason::BookedElsewhere { entry: "bank 4711".to_owned() };
    let refused = book.decline(&a.subject, &reason, &who, at(3));
    assert!(matches!(refused, Err(BookError::Illegal { from: State::Countersigned, .. })), "undo first");
    book.undo(std::slice::from_ref(&a.id), &who, at(4)).expect("undone");
    assert_eq!(book.decline(&a.subject, &reason, &who, at(5)).expect("declined"), std::slice::from_ref(&a.id));
    let later = mark("a2", &a);
    book.propose([draft("a", "two"), later.clone()], at(6)).expect("proposed");
    assert_eq!((state(&book, &a), state(&book, &later)), (Some(State::Declined), Some(State::Declined)));
    assert_eq!(book.draft(&a.id).expect("reads").expect("there").standing.declined, Some(reason));
    assert_eq!(book.reopen(&a.subject, &who, at(7)).expect("opened").len(), 2);
    assert_eq!((state(&book, &a), state(&book, &later)), (Some(State::Proposed), Some(State::Proposed)));
    // Money without any draft is declined all the same.
    assert_eq!(book.decline(&subject("money"), &DeclineReason::NotOurs, &who, at(8)).expect("declined"), []);
    // Only what was set aside for later comes back by itself.
    book.decline(&a.subject, &DeclineReason::Later, &who, at(9)).expect("set aside");
    assert_eq!(book.reopen_later(at(10)).expect("reopened"), std::slice::from_ref(&a.subject));
    assert_eq!((state(&book, &a), state(&book, &later)), (Some(State::Proposed), Some(State::Proposed)));
    assert_eq!(book.reopen_later(at(11)).expect("reopened"), []);
}

#[test]
fn the_basket_counts_each_document_once_and_adds_no_currencies() {
    let (mut book, who) = book();
    let a = draft("a", "one");
    let after = mark("a2", &a);
    let b = draft("b", "one");
    let yen = Money::new(148_000, money::Currency::parse("JPY").expect("a currency"));
    propose(&mut book, &[&a, &after]);
    book.propose([Proposal { draft: b.clone(), amount: Some(yen) }], at(1)).expect("proposed");
    sign(&mut book, &who, &[&a, &after, &b]);
    let basket = book.basket().expect("reads");
    assert_eq!((basket.drafts, basket.conflicts), (3, 0));
    assert_eq!(basket.sums, [dkk(125_000), yen]);
    let groups: Vec<_> = basket.groups.iter().map(|group| (group.destination.as_str(), group.drafts.len())).collect();
    assert_eq!(groups, [("ledger", 2), ("stripe", 1)]);
    assert_eq!(basket.groups[0].drafts[0].signed.as_ref().map(|signed| signed.initials.as_str()), Some("MK"));
}

#[test]
fn after_writing_what_people_do_over_there_is_seen() {
    let (mut book, who) = book();
    let a = draft("a", "one");
    propose(&mut book, &[&a]);
    sign(&mut book, &who, &[&a]);
    let seen = |is| Observation { is, posted: is == Observed::Posted, number: Some("SF-20431".to_owned()), fields: Vec::new(), accepted: false };
    assert!(matches!(book.observe(&a.id, &seen(Observed::Posted), at(3)), Err(BookError::Illegal { .. })), "not written yet");
    let permit = begin(&mut book, &a, 4);
    let answer = ::drafts::Answer { results: made("doc-1"), same_content: true };
    book.settle(permit, &::drafts::Outcome::Written(answer), at(5)).expect("settles");
    let watched = book.watched(std::slice::from_ref(&a.kind)).expect("watched");
    assert_eq!(watched.iter().map(|watched| &watched.draft).collect::<Vec<_>>(), [&a]);
    let life = [
        (Observed::Written, State::Written),
        (Observed::Altered, State::Altered),
        (Observed::Written, State::Written),
        (Observed::Posted, State::Posted),
        (Observed::Posted, State::Posted),
    ];
    for (observed, expected) in life {
        assert_eq!(book.observe(&a.id, &seen(observed), at(6)).expect("observed"), expected);
    }
    let acts: Vec<Act> = book.trail_window(None, Some(&a.subject), 4).expect("reads").into_iter().map(|entry| entry.act).collect();
    assert_eq!(acts, [Act::Observed, Act::Observed, Act::Observed, Act::Settled], "seeing the same again is no news");
    assert_eq!(book.propose([draft("a", "two")], at(7)).expect("proposed").left, 1);
    assert!(matches!(book.begin(&a.id, &fresh(&a), &[], at(8)).expect("asks"), crate::Begun::Taken(State::Posted)));
}

#[test]
fn what_a_person_takes_as_it_is_stays_taken_until_it_changes_again() {
    let (mut book, who) = book();
    let a = draft("a", "one");
    propose(&mut book, &[&a]);
    sign(&mut book, &who, &[&a]);
    let permit = begin(&mut book, &a, 4);
    let answer = ::drafts::Answer { results: made("doc-1"), same_content: true };
    book.settle(permit, &::drafts::Outcome::Written(answer), at(5)).expect("settles");
    let field = |after: &str| ::drafts::Changed { field: "dueDate".to_owned(), before: Some("1".to_owned()), after: Some(after.to_owned()) };
    let altered = |after: &str, posted| Observation { is: Observed::Altered, posted, fields: vec![field(after)], ..Observation::default() };
    assert!(matches!(book.accept(&a.id, "agreed", &who, at(6)), Err(BookError::Illegal { .. })), "nothing was altered");
    assert_eq!(book.observe(&a.id, &altered("2", false), at(6)).expect("observed"), State::Altered);
    assert_eq!(book.accept(&a.id, "agreed by phone", &who, at(7)).expect("accepted"), State::Written);
    let entries = |book: &Book| book.trail_window(None, Some(&a.subject), 9).expect("reads");
    let newest = entries(&book).remove(0);
    assert_eq!((newest.act, newest.who.is_some(), newest.body.contains("agreed by phone")), (Act::Accepted, true, true));
    let before = entries(&book).len();
    assert_eq!(book.observe(&a.id, &altered("2", false), at(8)).expect("observed"), State::Written);
    assert_eq!(entries(&book).len(), before, "the same again is no news");
    assert_eq!(book.observe(&a.id, &altered("2", true), at(9)).expect("observed"), State::Posted, "posted as it was taken");
    assert_eq!(book.observe(&a.id, &altered("3", true), at(10)).expect("observed"), State::Altered, "changed again");
    assert_eq!(book.accept(&a.id, "agreed again", &who, at(11)).expect("accepted"), State::Posted);
}

#[test]
fn what_was_deleted_over_there_is_offered_again_only_when_a_person_asks() {
    let (mut book, who) = book();
    let a = draft("a", "one");
    propose(&mut book, &[&a]);
    sign(&mut book, &who, &[&a]);
    let permit = begin(&mut book, &a, 3);
    book.settle(permit, &::drafts::Outcome::Written(::drafts::Answer { results: made("doc-1"), same_content: true }), at(4)).expect("settles");
    let deleted = Observation { is: Observed::Deleted, ..Observation::default() };
    assert_eq!(book.observe(&a.id, &deleted, at(5)).expect("observed"), State::Deleted);
    assert_eq!(book.propose([a.clone()], at(6)).expect("proposed").left, 1, "by itself it is not");
    book.replay(std::slice::from_ref(&a.id), &who, at(7)).expect("asked for again");
    let standing = book.draft(&a.id).expect("reads").expect("there").standing;
    assert_eq!((standing.state, standing.current), (State::Deleted, false), "the draft itself stays what it became");
}
