//! What a number in a text names, and what it does not.

mod books;

use books::{check, engine, matched};
use countersign_matching::{Detail, Verdict, What};

#[test]
fn a_number_with_its_year_or_series_is_that_one() {
    let years = "invoice 2024-0103 1250.00 DKK 05-02
         invoice 2025-0103 1250.00 DKK 05-03
         invoice 2026-0113 1250.00 DKK 05-04";
    for (text, number) in [
        ("Faktura 2024-0103", "2024-0103"),
        ("Faktura 2025-0103", "2025-0103"),
        ("2025/0103 tak", "2025-0103"),
        ("20250103", "2025-0103"),
        ("RE-2025-0103", "2025-0103"),
        ("Faktura 113", "2026-0113"),
    ] {
        let book = format!("{years}\nq paid 1250.00 DKK 05-20 {text}");
        check(&[(text, &book, &format!("q {number} 1250.00 DKK"))]);
    }
    check(&[
        (
            "letters tell of two series which",
            "invoice F-1001 1250.00 DKK 05-02
             invoice K-1001 1250.00 DKK 05-03
             q paid 1250.00 DKK 05-20 faktura K-1001",
            "q K-1001 1250.00 DKK",
        ),
        (
            "the year behind",
            "invoice FA0103/25 1250.00 DKK 05-02
             invoice FA0103/26 1250.00 DKK 05-03
             q paid 1250.00 DKK 05-20 faktura 0103/26",
            "q FA0103/26 1250.00 DKK",
        ),
        (
            "points between thousands",
            "invoice 340 1250.00 DKK 05-02
             invoice 60340 1250.00 DKK 05-03
             q paid 1250.00 DKK 05-20 60.340",
            "q 60340 1250.00 DKK",
        ),
    ]);
}

#[test]
fn the_number_of_another_open_document_is_no_slip() {
    let engine = engine(&[
        "invoice 60132 1250.00 DKK 05-02 of Friis Holding",
        "invoice 60123 1250.00 DKK 05-03",
        "invoice 60150 650.00 DKK 05-03",
        "invoice 60151 1300.00 DKK 05-03",
        "q paid 1250.00 DKK 05-20 faktura 60132",
        "r paid 650.00 DKK 05-20 rate 1 af 2, faktura 60151",
    ]);
    for (payment, document) in [("q", "60123"), ("r", "60150")] {
        let of = engine.explain(&payment.into(), &document.into()).expect("both are known");
        assert_eq!(of.link.fact(What::Reference).verdict, Verdict::Contradicts, "{payment}, {document}");
    }
    assert!(matched(&engine).contains(&"r 60151 650.00 DKK".to_owned()), "{:?}", matched(&engine));
}

#[test]
fn a_number_of_another_year_is_another_number() {
    let engine = engine(&["invoice 2025-0103 1250.00 DKK 05-02", "q paid 1250.00 DKK 05-20 faktura 2024-0103"]);
    let of = engine.explain(&"q".into(), &"2025-0103".into()).expect("both are known");
    assert_eq!(of.link.fact(What::Reference).detail, Detail::NamesAnother { value: "2024-0103".into() });
}
