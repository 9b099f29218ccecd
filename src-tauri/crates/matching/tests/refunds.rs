//! What refunds take back, and which of two payments keeps the invoice.

mod books;

use books::{check, engine, lines};
use countersign_matching::words;

#[test]
fn refunds_take_back_what_their_charge_settled() {
    check(&[
        (
            "all of it",
            "invoice 60123 1000.00 DKK 05-02
             q paid 1000.00 DKK 05-12
             r back 1000.00 DKK 05-15 of q",
            "q 60123 1000.00 DKK
             r 60123 -1000.00 DKK",
        ),
        (
            "a part, then more than the rest",
            "invoice 60123 1000.00 DKK 05-02
             q paid 1000.00 DKK 05-12
             r1 back 300.00 DKK 05-15 of q
             r2 back 900.00 DKK 05-16 of q",
            "q 60123 1000.00 DKK
             r1 60123 -300.00 DKK
             r2 60123 -700.00 DKK",
        ),
        (
            "two of one day: in the order in which they came",
            "invoice 60123 1000.00 DKK 05-02
             q paid 1000.00 DKK 05-12
             r1 back 300.00 DKK 05-15T16:00:00 of q
             r2 back 900.00 DKK 05-15T09:00:00 of q",
            "q 60123 1000.00 DKK
             r1 60123 -100.00 DKK
             r2 60123 -900.00 DKK",
        ),
        (
            "what was over, and no more",
            "invoice 60123 1000.00 DKK 05-02
             q paid 1250.00 DKK 05-12 faktura 60123
             r back 250.00 DKK 05-15 of q",
            "q 60123 1000.00 DKK
             r nothing",
        ),
        (
            "more than was over",
            "invoice 60123 1000.00 DKK 05-02
             q paid 1250.00 DKK 05-12 faktura 60123
             r back 350.00 DKK 05-15 of q",
            "q 60123 1000.00 DKK
             r 60123 -100.00 DKK",
        ),
        (
            "of one that paid two: the newer first",
            "invoice 60123 1000.00 DKK 05-02
             invoice 60124 500.00 DKK 05-03
             q paid 1500.00 DKK 05-12 60123 60124
             r back 600.00 DKK 05-15 of q",
            "q 60123 1000.00 DKK
             q 60124 500.00 DKK
             r 60123 -100.00 DKK
             r 60124 -500.00 DKK",
        ),
        (
            "of exactly one of the two that it paid: that one",
            "invoice 60123 4123.45 DKK 05-02
             invoice 60124 2135.80 DKK 05-03
             q paid 6259.25 DKK 05-12 60123 60124
             r back 4123.45 DKK 05-15 of q",
            "q 60123 4123.45 DKK
             q 60124 2135.80 DKK
             r 60123 -4123.45 DKK",
        ),
        (
            "of a payment in another currency: its share",
            "invoice 60123 746.00 DKK 05-02
             q paid 100.00 EUR 05-12 faktura 60123
             r back 25.00 EUR 05-15 of q",
            "q 60123 746.00 DKK
             r 60123 -186.50 DKK",
        ),
        (
            "in another currency than it came in: nobody said at which rate",
            "invoice 60123 1000.00 DKK 05-02
             q paid 1000.00 DKK 05-12 faktura 60123
             r back 134.05 EUR 05-15 of q",
            "q 60123 1000.00 DKK
             r nothing",
        ),
    ]);
}

#[test]
fn the_payment_that_stayed_keeps_the_invoice() {
    check(&[
        (
            "paid twice, the second came back",
            "invoice 60123 1000.00 DKK 05-02
             q1 paid 1000.00 DKK 05-12 faktura 60123
             q2 paid 1000.00 DKK 05-13 faktura 60123
             r back 1000.00 DKK 05-14 of q2",
            "q1 60123 1000.00 DKK
             q2 nothing
             r nothing",
        ),
        (
            "paid twice, the first came back",
            "invoice 60123 1000.00 DKK 05-02
             q1 paid 1000.00 DKK 05-12 faktura 60123
             q2 paid 1000.00 DKK 05-13 faktura 60123
             r back 1000.00 DKK 05-14 of q1",
            "q1 nothing
             q2 60123 1000.00 DKK
             r nothing",
        ),
        (
            "the same in two refunds",
            "invoice 60123 1000.00 DKK 05-02
             q1 paid 1000.00 DKK 05-12
             q2 paid 1000.00 DKK 05-13
             r1 back 400.00 DKK 05-14 of q1
             r2 back 600.00 DKK 05-15 of q1",
            "q1 nothing
             q2 60123 1000.00 DKK
             r1 nothing
             r2 nothing",
        ),
        (
            "twice, and neither came back: the first, by the second in which it came",
            "invoice 60123 1000.00 DKK 05-02
             a paid 1000.00 DKK 05-12T10:00:02 faktura 60123
             b paid 1000.00 DKK 05-12T10:00:01 faktura 60123",
            "a nothing
             b 60123 1000.00 DKK",
        ),
        (
            "came back, then paid anew",
            "invoice 60123 1000.00 DKK 05-02
             q1 paid 1000.00 DKK 05-12 faktura 60123
             q2 paid 1000.00 DKK 06-20 faktura 60123
             r back 1000.00 DKK 05-15 of q1",
            "q1 nothing
             q2 60123 1000.00 DKK
             r nothing",
        ),
    ]);
}

#[test]
fn why_a_refund_takes_nothing_back_is_said() {
    let book = "invoice 60123 1000.00 DKK 05-02
         q paid 1250.00 DKK 05-12 faktura 60123
         over back 250.00 DKK 05-15 of q
         euro back 10.00 EUR 05-16 of q
         lost back 10.00 DKK 05-16 of x
         s paid 77.00 DKK 05-16
         none back 10.00 DKK 05-17 of s";
    let engine = engine(&lines(book));
    let told = |id: &str| words::explain(&engine, &id.into()).expect("it is known");
    assert_eq!(told("over"), "over matches nothing: it gives back what of q was over.");
    assert_eq!(told("euro"), "euro matches nothing: it went back in EUR, and q came in DKK.");
    assert_eq!(told("lost"), "lost matches nothing: x, which it gives back, is not among the payments or failed.");
    assert_eq!(told("none"), "none matches nothing: s, which it gives back, matches nothing.");
}
