use std::{collections::BTreeMap, fs, path::Path};

use super::*;
use crate::{
    Countersigned, Verified,
    fixture::{at, draft, new_book, person, propose, sign},
};

/// Written as a URI it must not become another place.
const NAME: &str = "Nordlys 100% #1 æ.countersign";

fn path(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join(NAME)
}

/// Everything in the folder, byte for byte.
fn files(folder: &tempfile::TempDir) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.map(|path| (path.clone(), fs::read(path).expect("a file"))).collect()
}

fn raw(path: &Path, sql: &str) {
    Connection::open(path).expect("opens").execute_batch(sql).expect(sql);
}

#[test]
fn a_book_is_one_file_that_says_whose_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let book = Book::create(&path(&folder), &new_book(), at(0)).expect("a book");
    let head = book.head().expect("its head");
    assert_eq!((head.name.as_str(), head.mode, head.created_at), ("Nordlys Keramik ApS", Mode::Demo, at(0)));
    assert!(matches!(Book::create(&path(&folder), &new_book(), at(1)), Err(BookError::Exists(_))));
    drop(book);
    assert_eq!(files(&folder).len(), 1, "nothing is left beside it");
    let book = Book::open(&path(&folder), at(2)).expect("opens");
    assert_eq!(book.head().expect("its head"), head);
    book.check().expect("whole");
    assert!(matches!(Book::open(&folder.path().join("none"), at(2)), Err(BookError::Missing(_))));
}

#[test]
fn a_copy_is_the_same_book() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut book = Book::create(&path(&folder), &new_book(), at(0)).expect("a book");
    person(&mut book);
    let copy = folder.path().join("copy.countersign");
    book.save_copy(&copy).expect("copied while it is open");
    assert!(matches!(book.save_copy(&copy), Err(BookError::Exists(_))));
    let copy = Book::open(&copy, at(1)).expect("opens");
    assert_eq!((copy.head().expect("head"), copy.people().expect("people")), (book.head().expect("head"), book.people().expect("people")));
    assert_eq!(copy.verify_trail().expect("reads"), book.verify_trail().expect("reads"));
}

#[test]
fn what_is_no_book_of_ours_is_refused_unharmed() {
    type Refused = fn(&BookError) -> bool;
    let cases: [(&str, &str, Refused); 5] = [
        ("newer", "PRAGMA user_version = 99", |e| matches!(e, BookError::Newer { found: 99, known: 1, .. })),
        ("another program's", "PRAGMA application_id = 7", |e| matches!(e, BookError::NotABook(_))),
        ("without its guard", "DROP TRIGGER trail_keeps", |e| matches!(e, BookError::Altered { .. })),
        ("with a table more", "CREATE TABLE mine (x)", |e| matches!(e, BookError::Altered { .. })),
        ("of version 0", "PRAGMA user_version = 0", |e| matches!(e, BookError::NotABook(_))),
    ];
    for (what, change, refused) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        drop(Book::create(&path(&folder), &new_book(), at(0)).expect("a book"));
        raw(&path(&folder), change);
        let before = files(&folder);
        let error = Book::open(&path(&folder), at(1)).expect_err(what);
        assert!(refused(&error), "{what}: {error}");
        assert!(files(&folder) == before, "{what}: the file was touched");
    }
    let folder = tempfile::tempdir().expect("a folder");
    for bytes in [&b""[..], b"Dear bookkeeper, this is a letter and not a database. It goes on for a while, as letters do."] {
        fs::write(path(&folder), bytes).expect("written");
        assert!(matches!(Book::open(&path(&folder), at(1)), Err(BookError::NotABook(_))));
        assert_eq!(fs::read(path(&folder)).expect("read"), bytes);
    }
}

const NEXT: &str = "CREATE TABLE later (x TEXT) STRICT;";

#[test]
fn an_older_book_is_copied_and_brought_up_to_date() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(Book::create(&path(&folder), &new_book(), at(0)).expect("a book"));
    let steps = [STEPS[0], NEXT];
    let book = Book::open_with(&path(&folder), &steps, at(1)).expect("migrated");
    assert!(matches!(book.verify_trail().expect("reads"), Verified::Whole { entries: 2, .. }));
    let kept = folder.path().join(format!("{NAME}.v1"));
    assert_eq!(Header::of_file(&kept).expect("kept").version, 1);
    drop(book);
    let book = Book::open_with(&path(&folder), &steps, at(2)).expect("opens");
    assert!(matches!(book.verify_trail().expect("reads"), Verified::Whole { entries: 2, .. }), "once is enough");
    drop(book);
    assert!(matches!(Book::open(&path(&folder), at(3)), Err(BookError::Newer { found: 2, .. })));
}

#[test]
fn a_migration_that_fails_leaves_the_book_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(Book::create(&path(&folder), &new_book(), at(0)).expect("a book"));
    let steps = [STEPS[0], NEXT, "INSERT INTO nowhere VALUES (1);"];
    Book::open_with(&path(&folder), &steps, at(1)).expect_err("the third step fails");
    Book::open(&path(&folder), at(2)).expect("still of version 1, with no table more");
}

/// The power fails inside a commit: the log ends anywhere between its length before and after.
/// Whatever was cut, the approval is there whole, with its trail, or not at all.
#[test]
fn a_commit_that_is_cut_anywhere_is_whole_or_absent() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, log) = (path(&folder), folder.path().join(format!("{NAME}-wal")));
    let mut book = Book::create(&file, &new_book(), at(0)).expect("a book");
    book.claim(&crate::fixture::holder("n"), at(0)).expect("free");
    let who = person(&mut book);
    let drafts = [draft("a", "one"), draft("b", "two")];
    propose(&mut book, &[&drafts[0], &drafts[1]]);
    let before = fs::metadata(&log).expect("a log").len();
    sign(&mut book, &who, &[&drafts[0], &drafts[1]]);
    let (pages, log) = (fs::read(&file).expect("pages"), fs::read(&log).expect("a log"));
    let (from, to) = (usize::try_from(before).expect("small"), log.len());
    assert!(to > from, "the commit is in the log");
    let (mut whole, mut absent) = (0, 0);
    for cut in (from..to).step_by(((to - from) / 200).max(1)).chain(to - 3..=to) {
        let other = tempfile::tempdir().expect("a folder");
        fs::write(path(&other), &pages).expect("pages");
        fs::write(other.path().join(format!("{NAME}-wal")), &log[..cut]).expect("a log");
        let book = Book::open(&path(&other), at(9)).expect("opens");
        let signed = book.outbox().expect("reads").len();
        let Verified::Whole { entries, .. } = book.verify_trail().expect("reads") else { panic!("the trail broke at {cut}") };
        match (signed, entries) {
            (2, 5) => whole += 1,
            (0, 3) => absent += 1,
            torn => panic!("cut at {cut} of {from}..{to}: {torn:?}"),
        }
    }
    assert!(whole >= 1 && absent > 100, "{whole} whole, {absent} absent");
    // Signing again what is already signed changes nothing.
    let again = book.countersign(&drafts[0].id, &drafts[0].fingerprint(), &who, at(10)).expect("signs");
    assert!(matches!(again, Countersigned::Done(_)));
}
