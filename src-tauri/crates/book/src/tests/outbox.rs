use ::drafts::{Answer, KeyLife, Mark, Refusal};

use super::*;
use crate::{
    Judgement, Proposal, Who,
    fixture::{at, begin, book, dkk, draft, fresh, holder, made, mark, propose, seen, sign},
};

fn state(book: &Book, draft: &Draft) -> State {
    book.draft(&draft.id).expect("reads").expect("there").standing.state
}

fn written_as(id: &str) -> Outcome {
    Outcome::Written(Answer { results: made(id), same_content: true })
}

fn lost() -> Outcome {
    Outcome::Unknown { code: "no_answer".to_owned() }
}

fn refused() -> Outcome {
    Outcome::Refused(Refusal { status: 400, code: "bad".to_owned(), message: "Terms.".to_owned(), reference: Some("req_1".to_owned()) })
}

/// A signed draft of its own row.
fn signed(book: &mut Book, who: &Who, draft: &Draft) {
    propose(book, &[draft]);
    sign(book, who, &[draft]);
}

#[test]
fn a_row_is_written_in_order_and_holes_are_filled_from_what_was_made() {
    let (mut book, who) = book();
    let (first, second) = (draft("b", "one"), draft("a", "two"));
    let (after_first, after_second) = (mark("a0", &first), mark("b0", &second));
    propose(&mut book, &[&after_second, &second, &after_first, &first]);
    sign(&mut book, &who, &[&first, &after_first]);
    book.countersign_all(&[(after_second.id.clone(), after_second.fingerprint()), (second.id.clone(), second.fingerprint())], &who, at(9))
        .expect("signs");
    let order: Vec<DraftId> = book.outbox().expect("reads").into_iter().map(|standing| standing.id).collect();
    assert_eq!(order, [&first, &after_first, &second, &after_second].map(|draft| draft.id.clone()));

    assert_eq!(book.prepare(&after_first.id).expect("reads"), Prepared::Waiting(vec![first.id.clone()]));
    assert!(matches!(book.begin(&after_first.id, &fresh(&after_first), &[], at(10)), Ok(Begun::Waiting(_))));
    let permit = begin(&mut book, &first, 10);
    assert_eq!(book.settle(permit, &written_as("doc 1&x"), at(11)).expect("settles"), State::Written);
    assert_eq!(book.results(&first.id).expect("reads"), made("doc 1&x"));
    let Prepared::Ready(ready) = book.prepare(&after_first.id).expect("reads") else { panic!("not ready") };
    assert_eq!(ready.filled.body, "document=doc%201%26x");
    let permit = begin(&mut book, &after_first, 12);
    assert_eq!(permit.request(), &ready.filled);
    book.settle(permit, &written_as("ok"), at(13)).expect("settles");
    assert_eq!(book.outbox().expect("reads").len(), 2);
}

#[test]
fn drafts_that_wait_for_each_other_do_not_hang_the_list() {
    let (mut book, who) = book();
    let mut one = mark("x", &draft("y", "one"));
    one.frozen.holes[0].from = DraftId("y".to_owned());
    let mut other = mark("y", &draft("y", "one"));
    other.frozen.holes[0].from = DraftId("x".to_owned());
    propose(&mut book, &[&one, &other]);
    sign(&mut book, &who, &[&one, &other]);
    assert_eq!(book.outbox().expect("reads").len(), 2);
}

#[test]
fn nothing_is_sent_that_is_not_what_was_approved() {
    let (mut book, who) = book();
    let one = draft("a", "one");
    signed(&mut book, &who, &one);
    assert!(matches!(book.begin(&one.id, &[], &[], at(3)), Err(BookError::NotRefreshed(_))), "no source is left unasked");
    assert_eq!(state(&book, &one), State::Countersigned);
    let moved = [Fresh { key: one.sources[0].key.clone(), version: Some("two".to_owned()) }];
    let Begun::Stale(difference) = book.begin(&one.id, &moved, &[], at(3)).expect("asks") else { panic!("begun") };
    assert_eq!(difference.fields.len(), 1);
    assert_eq!(state(&book, &one), State::Stale);
    assert!(book.countersign(&one.id, &one.fingerprint(), &who, at(4)).is_ok_and(|signed| matches!(signed, crate::Countersigned::Changed(_))));
    assert!(matches!(book.begin(&one.id, &fresh(&one), &[], at(5)), Ok(Begun::Taken(State::Stale))));
    let open = draft("b", "one");
    propose(&mut book, &[&open]);
    assert!(matches!(book.begin(&open.id, &fresh(&open), &[], at(5)), Ok(Begun::Taken(State::Proposed))));
}

#[test]
fn what_stands_there_already_is_not_sent() {
    let (mut book, who) = book();
    let (ours, other) = (draft("a", "one"), draft("b", "one"));
    signed(&mut book, &who, &ours);
    signed(&mut book, &who, &other);
    assert!(matches!(book.begin(&ours.id, &fresh(&ours), &[seen("doc-1", true)], at(3)), Ok(Begun::Ours(_))));
    assert_eq!((state(&book, &ours), book.results(&ours.id).expect("reads")), (State::Written, made("doc-1")));
    assert!(matches!(book.begin(&other.id, &fresh(&other), &[seen("doc-2", false)], at(3)), Ok(Begun::Stale(_))));
    let acts: Vec<Act> = book.trail_window(None, Some(&ours.subject), 1).expect("reads").iter().map(|entry| entry.act).collect();
    assert_eq!(acts, [Act::Found]);
}

#[test]
fn an_approval_gives_one_permit_at_a_time() {
    let (mut book, who) = book();
    let one = draft("a", "one");
    signed(&mut book, &who, &one);
    let permit = begin(&mut book, &one, 3);
    assert!(matches!(book.begin(&one.id, &fresh(&one), &[], at(4)), Ok(Begun::Taken(State::Sending))));
    assert_eq!(book.recover(at(4)).expect("looks"), [], "its permit is alive");
    assert_eq!(book.undo(std::slice::from_ref(&one.id), &who, at(4)).expect("asks").too_late, [(one.id.clone(), State::Sending)]);
    assert_eq!(book.settle(permit, &Outcome::NotSent { code: "offline".to_owned() }, at(5)).expect("settles"), State::Countersigned);
    let permit = begin(&mut book, &one, 6);
    assert_eq!(permit.attempt(), 2);
    assert_eq!(book.settle(permit, &refused(), at(7)).expect("settles"), State::Refused);
    let standing = book.draft(&one.id).expect("reads").expect("there").standing;
    assert_eq!(standing.refusal.map(|refusal| refusal.message).as_deref(), Some("Terms."));
}

/// What waits for it could never be sent, and would stand in the basket for ever.
#[test]
fn what_waits_for_a_refused_or_changed_draft_is_signed_no_more() {
    let (mut book, who) = book();
    let customer = draft("customer", "one");
    let (mut invoice, alone) = (mark("invoice", &customer), draft("alone", "one"));
    invoice.subject = crate::fixture::subject("row");
    let mut after = mark("after", &invoice);
    after.subject = invoice.subject.clone();
    let all = [&customer, &invoice, &after, &alone];
    propose(&mut book, &all);
    sign(&mut book, &who, &all);
    let permit = begin(&mut book, &customer, 3);
    book.settle(permit, &refused(), at(4)).expect("settles");
    assert_eq!(all.map(|draft| state(&book, draft)), [State::Refused, State::Proposed, State::Proposed, State::Countersigned]);
    assert_eq!(book.outbox().expect("reads").len(), 1);
    let acts: Vec<Act> = book.trail_window(None, Some(&invoice.subject), 2).expect("reads").iter().map(|entry| entry.act).collect();
    assert_eq!(acts, [Act::Released, Act::Released], "the trail says so");

    // Offered again and signed; then Stripe changes the customer.
    book.replay(std::slice::from_ref(&customer.id), &who, at(5)).expect("again");
    sign(&mut book, &who, &all);
    let moved = [Fresh { key: customer.sources[0].key.clone(), version: Some("two".to_owned()) }];
    assert!(matches!(book.begin(&customer.id, &moved, &[], at(6)), Ok(Begun::Stale(_))));
    assert_eq!(all.map(|draft| state(&book, draft)), [State::Stale, State::Proposed, State::Proposed, State::Countersigned]);
}

/// It was taken away while it was open again, and is proposed once more just as it was: it can be signed.
#[test]
fn a_refused_one_that_is_withdrawn_and_proposed_again_can_be_signed() {
    let (mut book, who) = book();
    let one = draft("a", "one");
    signed(&mut book, &who, &one);
    let permit = begin(&mut book, &one, 3);
    book.settle(permit, &refused(), at(4)).expect("settles");
    book.replay(std::slice::from_ref(&one.id), &who, at(5)).expect("open again");
    book.withdraw(std::slice::from_ref(&one.id), at(6)).expect("withdrawn");
    assert_eq!(book.signable(&one.subject).expect("reads"), []);
    propose(&mut book, &[&one]);
    assert_eq!(book.signable(&one.subject).expect("reads"), [(one.id.clone(), one.fingerprint())]);
    sign(&mut book, &who, &[&one]);
    assert_eq!(state(&book, &one), State::Countersigned);
}

#[test]
fn a_permit_that_dies_with_its_process_is_unknown_to_the_next() {
    let (mut book, who) = book();
    let one = draft("a", "one");
    signed(&mut book, &who, &one);
    let other = draft("b", "one");
    signed(&mut book, &who, &other);
    let (permit, others) = (begin(&mut book, &one, 3), begin(&mut book, &other, 3));
    let mut next = book.again().expect("another process");
    drop(book);
    next.claim(&holder("n1"), at(60)).expect("free");
    assert_eq!(next.recover(at(60)).expect("recovers"), [one.id.clone(), other.id.clone()]);
    assert_eq!(next.resolve(&other.id, &[], at(70)).expect("asks").state, State::Countersigned);
    let second = begin(&mut next, &other, 71);
    assert!(matches!(next.settle(others, &refused(), at(72)), Err(BookError::NotUnderWay { attempt: 1, .. })), "another attempt is under way");
    assert_eq!(next.settle(second, &written_as("doc-2"), at(73)).expect("settles"), State::Written);
    assert_eq!(state(&next, &one), State::Unknown);
    assert!(matches!(next.settle(permit, &written_as("doc-1"), at(61)), Err(BookError::NotUnderWay { .. })), "too late: it is being asked");
    let unknown = next.unknowns(at(62)).expect("reads");
    assert_eq!((unknown.len(), unknown[0].since_sent, unknown[0].attempt), (1, 2, 1));
    assert_eq!(unknown[0].filled, one.frozen.fill(&BTreeMap::new()).expect("no holes"));
    assert!(matches!(next.resolve(&one.id, &[], at(65)).expect("asks").decision, Decision::Wait { seconds: 5 }));
    assert_eq!(next.resolve(&one.id, &[], at(70)).expect("asks").state, State::Countersigned, "nothing is there");
    let permit = begin(&mut next, &one, 71);
    next.settle(permit, &lost(), at(72)).expect("settles");
    let posted = Seen { posted: true, ..seen("doc-1", true) };
    assert_eq!(next.resolve(&one.id, &[posted], at(73)).expect("asks").state, State::Posted);
    assert!(matches!(next.resolve(&one.id, &[], at(99)), Err(BookError::Illegal { .. })), "only what is unknown is asked about");
}

/// A sending that was stopped half-way, or whose outcome found the disk full.
#[test]
fn a_permit_that_dies_without_its_process_is_unknown_to_the_next_claim() {
    let (mut book, who) = book();
    let one = draft("a", "one");
    signed(&mut book, &who, &one);
    drop(begin(&mut book, &one, 3));
    book.release();
    book.claim(&holder("n0"), at(4)).expect("free");
    assert_eq!(book.recover(at(4)).expect("recovers"), [one.id]);
}

#[test]
fn one_key_for_the_same_bytes_while_it_lives() {
    let (mut book, who) = book();
    let mut one = draft("a", "one");
    one.policy.key = Some(KeyLife { header: "Idempotency-Key".to_owned(), seconds: 3_600 });
    signed(&mut book, &who, &one);
    let mut keys = Vec::new();
    for (begun, outcome) in
        [(10, lost()), (1_000, Outcome::NotSent { code: "offline".to_owned() }), (3_609, lost()), (3_620, refused()), (3_630, refused())]
    {
        let permit = begin(&mut book, &one, begun);
        keys.push(permit.key().to_owned());
        match book.settle(permit, &outcome, at(begun)).expect("settles") {
            State::Unknown => assert_eq!(book.resolve(&one.id, &[], at(begun + 10)).expect("asks").state, State::Countersigned),
            State::Refused => {
                book.replay(std::slice::from_ref(&one.id), &who, at(begun)).expect("open again");
                sign(&mut book, &who, &[&one]);
            }
            _ => {}
        }
    }
    assert!(keys[0] == keys[1] && keys[1] == keys[2], "{keys:?}: a repeated sending is recognised");
    assert!(keys[2] != keys[3] && keys[3] != keys[4], "{keys:?}: its life was over; a refusal would only be repeated");
}

/// A customer carries no mark: what stood there before the first sending stays noted through every attempt.
#[test]
fn equal_ones_noted_before_sending_are_never_ours() {
    let (mut book, who) = book();
    let mut one = draft("a", "one");
    one.policy.mark = Mark::EqualContent;
    signed(&mut book, &who, &one);
    let Begun::Permit(permit) = book.begin(&one.id, &fresh(&one), &[seen("old", true)], at(3)).expect("begins") else { panic!("no permit") };
    book.settle(permit, &lost(), at(4)).expect("settles");
    let answered = book.resolve(&one.id, &[seen("old", true)], at(20)).expect("asks");
    assert_eq!(answered.state, State::Countersigned, "the old one is not ours");
    // What shows up between two sendings may be the first of them, not finished yet.
    let between = [seen("old", true), seen("x", false)];
    let Begun::Permit(permit) = book.begin(&one.id, &fresh(&one), &between, at(40)).expect("begins") else { panic!("no permit") };
    book.settle(permit, &lost(), at(41)).expect("settles");
    let two = [seen("old", true), seen("x", true), seen("y", true)];
    let answered = book.resolve(&one.id, &two, at(60)).expect("asks");
    assert!(matches!(answered, crate::Answered { state: State::Unknown, decision: Decision::Several(_) }));
    assert!(book.unknowns(at(60)).expect("reads")[0].note.as_ref().is_some_and(|note| note.contains("\"x\"")));
    let judgement = Judgement::NotThere { not_ours: vec!["x".to_owned(), "y".to_owned()] };
    assert_eq!(book.judge(&one.id, &judgement, &who, at(61)).expect("judged"), State::Countersigned);
    assert!(matches!(book.begin(&one.id, &fresh(&one), &two, at(99)), Ok(Begun::Permit(_))));
}

#[test]
fn a_person_says_which_one_is_ours() {
    let (mut book, who) = book();
    let one = draft("a", "one");
    signed(&mut book, &who, &one);
    let permit = begin(&mut book, &one, 3);
    book.settle(permit, &lost(), at(4)).expect("settles");
    assert_eq!(book.resolve(&one.id, &[seen("doc-1", false)], at(5)).expect("asks").state, State::Unknown);
    assert_eq!(book.judge(&one.id, &Judgement::Ours(seen("doc-1", false)), &who, at(6)).expect("judged"), State::Altered);
    assert!(matches!(book.judge(&one.id, &Judgement::NotThere { not_ours: Vec::new() }, &who, at(7)), Err(BookError::Illegal { .. })));
}

#[test]
fn a_value_that_would_change_the_request_is_never_sent() {
    let (mut book, who) = book();
    let first = draft("a", "one");
    let after = mark("a2", &first);
    propose(&mut book, &[&first, &after]);
    sign(&mut book, &who, &[&first, &after]);
    let permit = begin(&mut book, &first, 3);
    book.settle(permit, &Outcome::Written(Answer { results: made(""), same_content: true }), at(4)).expect("settles");
    assert!(matches!(book.begin(&after.id, &fresh(&after), &[], at(5)), Err(BookError::Unfit { .. })));
    assert_eq!(state(&book, &after), State::Countersigned);
    let answer = Answer { results: made("doc-1"), same_content: false };
    let other = draft("b", "one");
    book.propose([Proposal { draft: other.clone(), amount: Some(dkk(1)) }], at(6)).expect("proposed");
    sign(&mut book, &who, &[&other]);
    let permit = begin(&mut book, &other, 7);
    assert_eq!(book.settle(permit, &Outcome::Written(answer), at(8)).expect("settles"), State::Altered, "made, but not as approved");
}
