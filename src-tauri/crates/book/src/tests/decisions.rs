use crate::{
    Pair, Verdict,
    fixture::{at, book, subject},
};

#[test]
fn a_word_on_a_pair_holds_until_another() {
    let (mut book, who) = book();
    let (row, ledger) = (subject("a"), "sales_invoice:1");
    for (second, verdict) in [(1, Verdict::Declined), (2, Verdict::Confirmed)] {
        book.decide_pair(&row, ledger, Some(verdict), &who, at(second)).expect("decided");
        let pair = Pair { subject: row.clone(), ledger: ledger.to_owned(), verdict, who: who.clone(), at: at(second) };
        assert_eq!(book.decisions().expect("reads"), std::slice::from_ref(&pair));
        assert_eq!(book.decisions_of(&row).expect("reads"), [pair]);
        assert_eq!(book.decisions_of(&subject("b")).expect("reads"), []);
    }
    book.decide_pair(&row, ledger, None, &who, at(3)).expect("taken back");
    assert_eq!(book.decisions().expect("reads"), []);
    assert_eq!(book.trail_window(None, Some(&row), 10).expect("reads").len(), 3, "each word stays in the trail");
}
