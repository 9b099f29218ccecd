use serde_json::json;

use super::*;
use crate::fixture::{at, book, draft, propose, sign, subject};

fn written() -> Book {
    let (mut book, who) = book();
    book.save_settings(r#"{"prices":"net"}"#, Some(&who), at(0)).expect("saved");
    let draft = draft("a", "one");
    propose(&mut book, &[&draft]);
    sign(&mut book, &who, &[&draft]);
    book.note(Act::Seen, Some(&who), Some(&draft.subject), json!({ "fingerprint": draft.fingerprint() }), at(3)).expect("noted");
    book
}

#[test]
fn each_act_is_an_entry_that_names_its_person() {
    let book = written();
    let entries = book.trail_window(None, None, 100).expect("reads");
    let acts: Vec<Act> = entries.iter().map(|entry| entry.act).collect();
    assert_eq!(acts, [Act::Seen, Act::Countersigned, Act::Proposed, Act::SettingsSaved, Act::Introduced, Act::Created]);
    assert!(entries[1].body.contains(&draft("a", "one").fingerprint().0));
    assert_eq!(entries[1].who.as_ref().map(|who| who.person.as_str()), Some("person-1"));
    let of_row = book.trail_window(None, Some(&subject("a")), 100).expect("reads");
    assert_eq!(of_row, entries[..2]);
    assert_eq!(book.trail_window(Some(3), None, 1).expect("reads"), entries[4..5]);
    let Verified::Whole { entries: 6, head } = book.verify_trail().expect("reads") else { panic!("broken") };
    assert_eq!(head, entries[0].hash);
}

#[test]
fn nobody_signs_who_was_not_introduced() {
    let mut book = written();
    let stranger = Who { person: "person-9".to_owned(), machine: "m".to_owned() };
    let draft = draft("a", "one");
    let undo = book.undo(std::slice::from_ref(&draft.id), &stranger, at(4));
    assert!(matches!(undo, Err(BookError::UnknownPerson(_))));
    assert_eq!(book.outbox().expect("reads").len(), 1);
}

/// A screen that is looked at often hashes only what is new, unless somebody else was at the file.
#[test]
fn what_was_verified_is_gone_on_from_and_what_others_did_still_shows() {
    let mut book = written();
    for entries in [6, 7] {
        assert!(matches!(book.verify_on().expect("reads"), Verified::Whole { entries: found, .. } if found == entries));
        assert_eq!(book.verify_on().expect("reads"), book.verify_trail().expect("reads"));
        book.note(Act::Fetched, None, None, json!({}), at(9)).expect("noted");
    }
    let other = book.again().expect("opens");
    other.connection.execute_batch("DROP TRIGGER trail_keeps; UPDATE trail SET body = '{}' WHERE seq = 2").expect("tampered");
    assert_eq!(book.verify_on().expect("reads"), Verified::Broken { at: 2 });
    assert_eq!(book.verify_on().expect("reads"), Verified::Broken { at: 2 });
}

/// By the program's own connection the trail refuses; with its guards taken away, it shows.
#[test]
fn tampering_is_refused_or_shows() {
    for sql in [
        "UPDATE trail SET body = '{}' WHERE seq = 2",
        "DELETE FROM trail WHERE seq = 6",
        "INSERT INTO trail VALUES (9, '', NULL, NULL, 'seen', NULL, NULL, '{}', '', '')",
        "DELETE FROM people",
        "UPDATE settings SET json = '{}'",
    ] {
        written().connection.execute(sql, []).expect_err(sql);
    }
    let cases = [
        ("UPDATE trail SET body = replace(body, 'Mette', 'Metta') WHERE seq = 2", 2),
        ("UPDATE trail SET person = 'person-2' WHERE seq = 5", 5),
        ("UPDATE trail SET at = replace(at, '2026', '2025') WHERE seq = 3", 3),
        ("UPDATE trail SET subject = NULL WHERE seq = 5", 5),
        ("DELETE FROM trail WHERE seq = 4", 4),
        ("DELETE FROM trail WHERE seq = 6", 6),
        ("UPDATE trail SET act = 'nothing' WHERE seq = 1", 1),
        ("INSERT INTO trail SELECT 7, at, person, machine, act, subject, draft, body, hash, hash FROM trail WHERE seq = 6", 7),
        ("UPDATE book SET trail_hash = 'x'", 7),
    ];
    for (sql, broken) in cases {
        let book = written();
        book.connection.execute_batch("DROP TRIGGER trail_keeps; DROP TRIGGER trail_stays; DROP TRIGGER trail_follows").expect("dropped");
        assert_eq!(book.connection.execute(sql, []).expect(sql), 1);
        assert_eq!(book.verify_trail().expect("reads"), Verified::Broken { at: broken }, "{sql}");
    }
}
