use crate::{
    Book, BookError, Side,
    fixture::{at, book, draft, holder, new_book},
};

#[test]
fn one_process_at_a_time_fetches_and_writes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("b.countersign");
    let mut window = Book::create(&path, &new_book(), at(0)).expect("a book");
    let mut cli = Book::open(&path, at(0)).expect("a second look");
    assert!(matches!(cli.set_cursor(Side::Stripe, "invoice", "{}", at(0)), Err(BookError::NotClaimed)));

    window.claim(&holder("window"), at(1)).expect("free");
    window.claim(&holder("window"), at(1)).expect("held already");
    match cli.claim(&holder("cli"), at(2)) {
        Err(BookError::Busy { by }) => assert_eq!(by.nonce, "window"),
        other => panic!("{other:?}"),
    }
    assert_eq!(cli.outbox().expect("reading is free"), []);

    window.release();
    cli.claim(&holder("cli"), at(3)).expect("free again");
    assert!(matches!(window.propose([draft("a", "x")], at(4)), Err(BookError::NotClaimed)));
    drop(cli);
    window.claim(&holder("window-2"), at(5)).expect("a dropped book lets go");
}

#[test]
fn a_book_in_memory_is_claimed_like_a_file() {
    let (first, _) = book();
    let mut second = first.again().expect("a second connection");
    assert!(matches!(second.claim(&holder("n1"), at(1)), Err(BookError::Busy { .. })));
    drop(first);
    second.claim(&holder("n1"), at(2)).expect("free");
    let (other, _) = book();
    assert!(other.holds_claim(), "another book has its own claim");
}

/// A lock file that was deleted, or a file system that does not lock: the row in the book still tells.
#[test]
fn the_row_is_asked_in_every_transaction() {
    let (mut book, _) = book();
    book.connection.execute("UPDATE claim SET process = 9, number = number + 1", []).expect("taken by another");
    match book.propose([draft("a", "x")], at(1)) {
        Err(BookError::Busy { by }) => assert_eq!(by.process, 9),
        other => panic!("{other:?}"),
    }
    assert_eq!(book.draft(&draft("a", "x").id).expect("reads"), None);
}
