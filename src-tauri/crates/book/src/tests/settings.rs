use crate::{
    BookError,
    fixture::{at, book},
};

#[test]
fn every_version_of_the_settings_stays() {
    let (mut book, who) = book();
    assert_eq!(book.settings().expect("reads"), None);
    assert_eq!(book.save_settings("{\"lock\":\"2026-09\"}", None, at(1)).expect("saved"), 1);
    assert_eq!(book.save_settings("{\"lock\":\"2026-09\"}", Some(&who), at(2)).expect("saved"), 1, "nothing differs");
    assert_eq!(book.save_settings("{\"lock\":\"2026-10\"}", Some(&who), at(3)).expect("saved"), 2);
    assert!(matches!(book.save_settings("{lock", Some(&who), at(4)), Err(BookError::NotJson)));
    let versions: Vec<_> = (1..=2).map(|version| book.settings_version(version).expect("reads").expect("kept").json).collect();
    assert_eq!(versions, ["{\"lock\":\"2026-09\"}", "{\"lock\":\"2026-10\"}"]);
    assert_eq!(book.settings().expect("reads").map(|settings| (settings.version, settings.at)), Some((2, at(3))));
}

#[test]
fn the_same_person_is_introduced_once() {
    let (mut book, who) = book();
    let again = book.introduce("Mette Kjærgård", "MK", "mette@laptop", at(5)).expect("known");
    assert_eq!(again.id, who.person);
    let other = book.introduce("Mads Kruse", "MK", "mads@desk", at(6)).expect("introduced");
    assert_ne!(other.id, who.person);
    assert_eq!(book.people().expect("reads"), [again, other]);
}
