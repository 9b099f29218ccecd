//! The command that matches files: what it refuses, what it reports, what it writes.

use countersign_matching::csv_match::{self, CsvError, Input};
use countersign_matching::generate::{self, Profile};
use countersign_matching::learn::Truth;
use countersign_matching::{Kind, RowId, Weights, words};

const INVOICES: &str = "invoice_id,invoice_no,customer_id,customer_no,customer_name,currency,amount,amount_minor,open_amount,open_minor,posting_date,due_date,external_ref,text
i1,1034,c1,10001,Møller VVS ApS,DKK,1250.00,125000,1250.00,125000,2025-03-01,2025-03-15,,
i2,1035,c1,10001,Møller VVS ApS,DKX,1.00,100,1.00,100,2025-03-01,,,
i3,1036,c1,10001,Møller VVS ApS,DKK,1.00,100,1.00,1x0,2025-03-01,,,
";

const PAYMENTS: &str = "payment_id,type,status,amount_minor,currency,created,created_utc,description,metadata,stripe_customer_id,customer_name,customer_email,billing_name,billing_email,billing_zip,billing_country,stripe_invoice_number,refund_of
p1,charge,succeeded,125000,DKK,1741000000,,\"Faktura 1034, tak\",,,,,Moeller VVS,,,DK,,
p2,gift,succeeded,125000,DKK,1741000000,,,,,,,,,,,,
p3,charge,succeeded,125000,DKK,soon,,,,,,,,,,,,
r1,refund,succeeded,-50000,DKK,1741100000,,,,,,,,,,,,p1
";

fn input<'a>(payments: &'a str, invoices: &'a str) -> Input<&'a [u8]> {
    Input { payments: payments.as_bytes(), invoices: invoices.as_bytes(), customers: None, stripe_customers: None, rates: None }
}

#[test]
fn bad_rows_are_told_by_line_and_column_and_the_rest_goes_on() {
    let book = csv_match::read(input(PAYMENTS, INVOICES)).expect("the columns are there");
    let told: Vec<_> = book.bad.iter().map(|b| (b.file, b.line, b.column)).collect();
    assert_eq!(told, [("invoices", 3, "currency"), ("invoices", 4, "open_minor"), ("payments", 3, "type"), ("payments", 4, "created")]);
    assert_eq!(book.bad[1].to_string(), "invoices, line 4, column open_minor: “1x0” is not a whole number of minor units; the row was left out");
    let mut out = Vec::new();
    csv_match::run(book, Weights::built_in(), &mut out, None).expect("writes");
    let out = String::from_utf8(out).expect("is text");
    let rows: Vec<Vec<&str>> = out.lines().skip(1).map(|l| l.split(',').collect()).collect();
    let amounts: Vec<_> = rows.iter().map(|r| (r[0], r[1], r[2], r[4])).collect();
    assert_eq!(amounts, [("p1", "i1", "125000", "c1"), ("r1", "i1", "-50000", "c1")]);
}

const HEADER: &str = "payment_id,type,status,amount_minor,currency,created,created_utc,description,metadata,stripe_customer_id,customer_name,customer_email,billing_name,billing_email,billing_zip,billing_country,stripe_invoice_number,refund_of
";
const LINE: &str = "p9,charge,succeeded,-5,DKK,1741000000,,,,,,,,,,,,
";

/// What was told of a payments file, by line and column.
fn told(payments: &str) -> Vec<(u64, &'static str)> {
    let book = csv_match::read(input(payments, INVOICES)).expect("the columns are there");
    book.bad.iter().filter(|b| b.file == "payments").map(|b| (b.line, b.column)).collect()
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    let good = LINE.replace("-5", "5").replace("p9", "p1");
    let cases = [
        ("line feeds", format!("{HEADER}{good}{LINE}"), 3),
        ("carriage returns before them", format!("{HEADER}{good}{LINE}").replace('\n', "\r\n"), 3),
        ("the first row is bad", format!("{HEADER}{LINE}{good}").replace('\n', "\r\n"), 2),
        ("no end of the last line", format!("{HEADER}{good}{}", LINE.trim_end()), 3),
        ("a byte order mark", format!("\u{feff}{HEADER}{good}{LINE}"), 3),
        ("blank lines", format!("{HEADER}\n\n{good}\n{LINE}"), 6),
        ("blank lines with carriage returns", format!("{HEADER}\n\n{good}\n{LINE}").replace('\n', "\r\n"), 6),
        ("a cell of three lines before", format!("{HEADER}{}{LINE}", good.replace("1741000000,,", "1741000000,,\"a\nb\nc\"")), 5),
        ("a cell of three lines in it", format!("{HEADER}{}", LINE.replace("1741000000,,", "1741000000,,\"a\nb\nc\"")), 2),
    ];
    for (name, file, line) in cases {
        assert_eq!(told(&file), [(line, "amount_minor")], "{name}");
    }
}

#[test]
fn rows_that_cannot_be_are_told_and_left_out() {
    let row = |id: &str, kind: &str, minor: &str, more: &str| format!("{id},{kind},succeeded,{minor},DKK,1741000000,,,{more}\n");
    let cases = [
        ("a refund of more than nothing", row("r1", "refund", "500", ",,,,,,,,,p1"), "amount_minor"),
        ("a charge of nothing", row("p1", "charge", "0", ",,,,,,,,,"), "amount_minor"),
        ("a charge of less", row("p1", "charge", "-1", ",,,,,,,,,"), "amount_minor"),
        ("more than arithmetic bears", row("p1", "charge", "9223372036854775807", ",,,,,,,,,"), "amount_minor"),
        ("metadata that is no JSON", row("p1", "charge", "500", "{not json,,,,,,,,,"), "metadata"),
        ("metadata that is no object", row("p1", "charge", "500", "[1],,,,,,,,,"), "metadata"),
    ];
    for (name, row, column) in cases {
        assert_eq!(told(&format!("{HEADER}{row}")), [(2, column)], "{name}");
    }
    let twice = row("p1", "charge", "500", ",,,,,,,,,") + &row("p1", "charge", "700", ",,,,,,,,,");
    let book = csv_match::read(input(&format!("{HEADER}{twice}"), INVOICES)).expect("the columns are there");
    let last = book.bad.last().expect("it is told").to_string();
    assert_eq!(last, "payments, line 3, column payment_id: “p1” is the id of line 2 already; the row was left out");
    assert_eq!(book.rows.iter().filter(|row| row.id.as_str() == "p1").map(|row| row.amount.minor()).collect::<Vec<_>>(), [500]);
    let without = format!("{HEADER}{}", row("p1", "charge", "500", "{not json,,,,,,,,,"));
    let book = csv_match::read(input(&without, INVOICES)).expect("the columns are there");
    assert!(book.rows.iter().any(|row| row.id.as_str() == "p1"), "it is of use without its metadata");
}

#[test]
fn invoices_that_cannot_be_are_told() {
    let (header, _) = INVOICES.split_once('\n').expect("a header");
    let row = |id: &str, amount: &str, open: &str| format!("{id},1,c1,,Møller,DKK,,{amount},,{open},2025-03-01,,,\n");
    let cases = [
        ("less than nothing is open", row("i1", "100", "-5"), vec![(2, "open_minor")]),
        ("more is open than it is about", row("i1", "100", "200"), vec![(2, "open_minor")]),
        ("a credit", row("i1", "-100", "-100"), vec![(2, "open_minor")]),
        ("nothing is open any more", row("i1", "100", "0"), vec![]),
        ("one id twice", row("i1", "100", "100") + &row("i1", "5", "5"), vec![(3, "invoice_id")]),
    ];
    for (name, rows, wanted) in cases {
        let book = csv_match::read(input(HEADER, &format!("{header}\n{rows}"))).expect("the columns are there");
        assert_eq!(book.bad.iter().map(|b| (b.line, b.column)).collect::<Vec<_>>(), wanted, "{name}");
    }
    let customers = "customer_id,name,customer_no,vat_no,email,phone,street,zip,city,country,currency\ni1,Møller,,,,,,,,,\n";
    let invoices = format!("{header}\n{}", row("i1", "100", "100"));
    let files = Input { customers: Some(customers.as_bytes()), ..input(HEADER, &invoices) };
    let book = csv_match::read(files).expect("the columns are there");
    assert_eq!(book.bad.iter().map(|b| (b.file, b.line, b.column)).collect::<Vec<_>>(), [("customers", 2, "customer_id")]);
    assert_eq!(book.rows.len(), 1, "one side has one row of an id");
}

#[test]
fn an_empty_file_is_said_to_be_empty() {
    for empty in ["", "\n", "\u{feff}", "\r\n\r\n"] {
        let error = csv_match::read(input(empty, INVOICES)).expect_err("there is nothing in it");
        assert!(matches!(error, CsvError::Empty { file: "payments" }), "{error}");
    }
}

#[test]
fn a_file_without_its_columns_is_refused_with_their_names() {
    let error = csv_match::read(input("payment_id,type\n", INVOICES)).expect_err("columns are missing");
    assert!(matches!(&error, CsvError::Columns { file: "payments", columns } if columns.contains(&"amount_minor") && !columns.contains(&"type")));
    assert!(error.to_string().contains("amount_minor"));
}

/// Both headers, one invoice and one payment for it; each case spoils one of them.
const INVOICE: &str = "i1,1034,c1,10001,Møller VVS ApS,DKK,1250.00,125000,1250.00,125000,2025-03-01,2025-03-15,,\n";
const PAYMENT: &str = "p1,charge,succeeded,125000,DKK,1741000000,,\"Faktura 1034, tak\",,,,,Moeller VVS,,,DK,,\n";

fn head(file: &str) -> String {
    format!("{}\n", file.lines().next().unwrap_or_default())
}

/// The payments, the invoices, where something is told, and what is linked.
type Case = (String, String, &'static [(u64, &'static str)], &'static [(&'static str, &'static str)]);

#[test]
fn what_is_odd_is_told_and_the_rest_is_matched() {
    let refund = |amount: &str, of: &str| format!("{PAYMENT}r1,refund,succeeded,{amount},1741100000,,,,,,,,,,,,{of}\n");
    const GOOD: &[(&str, &str)] = &[("p1", "125000")];
    let long = "x 1 ".repeat(500_000);
    let cases: Vec<Case> = vec![
        (PAYMENT.into(), INVOICE.into(), &[], GOOD),
        (PAYMENT.replace('\n', "\r\n"), INVOICE.replace('\n', "\r\n"), &[], GOOD),
        (format!("\n\n{PAYMENT}\n"), INVOICE.into(), &[], GOOD),
        (String::new(), String::new(), &[], &[]),
        (PAYMENT.replace("125000", "99999999999999999999"), INVOICE.into(), &[(2, "amount_minor")], &[]),
        (PAYMENT.replace("125000", "1000000000000001"), INVOICE.into(), &[(2, "amount_minor")], &[]),
        (PAYMENT.replace("125000", "1250.00"), INVOICE.into(), &[(2, "amount_minor")], &[]),
        (PAYMENT.replace("125000", "-125000"), INVOICE.into(), &[(2, "amount_minor")], &[]),
        (PAYMENT.replace("125000", "0"), INVOICE.into(), &[(2, "amount_minor")], &[]),
        (PAYMENT.into(), INVOICE.replace("1250.00,125000,2025", "1250.00,-125000,2025"), &[(2, "open_minor")], &[]),
        (PAYMENT.into(), format!("{INVOICE}{}", INVOICE.replace("1034", "1035")), &[(3, "invoice_id")], GOOD),
        (format!("{PAYMENT}{}", PAYMENT.replace("125000", "100")), INVOICE.into(), &[(3, "payment_id")], GOOD),
        (refund("-100,DKK", "nobody"), INVOICE.into(), &[], GOOD),
        (refund("-100,DKK", ""), INVOICE.into(), &[(3, "refund_of")], GOOD),
        (refund("-100,DKK", "r1"), INVOICE.into(), &[], GOOD),
        (refund("-100,EUR", "p1"), INVOICE.into(), &[], GOOD),
        (refund("100,DKK", "p1"), INVOICE.into(), &[(3, "amount_minor")], GOOD),
        (refund("-100,DKK", "p1"), INVOICE.into(), &[], &[("p1", "125000"), ("r1", "-100")]),
        (PAYMENT.replace("DKK", "XYZ"), INVOICE.into(), &[(2, "currency")], &[]),
        (PAYMENT.replace("1741000000", "9999999999999999"), INVOICE.into(), &[(2, "created")], &[]),
        (PAYMENT.into(), INVOICE.replace("2025-03-01", "2025-02-30"), &[(2, "posting_date")], &[]),
        (PAYMENT.replace(", tak", &long), INVOICE.into(), &[], GOOD),
        (PAYMENT.replace(", tak\"", ", \"\"tak\"\"\""), INVOICE.into(), &[], GOOD),
        // A quote that nobody closes takes in all that follows.
        (format!("{}{PAYMENT}", PAYMENT.replace("p1", "p0").replace(", tak\"", ", tak")), INVOICE.into(), &[(2, "description")], &[]),
        (PAYMENT.replace(", tak\"", ", tak"), INVOICE.into(), &[(2, "metadata")], &[]),
        (PAYMENT.replace(", tak\"", ",\ntak\"") + "p2,charge\n", INVOICE.into(), &[(4, "status")], GOOD),
    ];
    for (payments, invoices, told, linked) in cases {
        let (payments, invoices) = (head(PAYMENTS) + &payments, head(INVOICES) + &invoices);
        let shown = payments.chars().take(900).collect::<String>() + &invoices;
        let book = csv_match::read(input(&payments, &invoices)).expect("the columns are there");
        assert_eq!(book.bad.iter().map(|b| (b.line, b.column)).collect::<Vec<_>>(), told, "{shown}");
        let mut out = Vec::new();
        csv_match::run(book, Weights::built_in(), &mut out, None).expect("writes");
        let out = String::from_utf8(out).expect("is text");
        let rows: Vec<Vec<&str>> = out.lines().skip(1).map(|l| l.split(',').collect()).collect();
        assert_eq!(rows.iter().map(|r| (r[0], r[2])).collect::<Vec<_>>(), linked, "{shown}");
    }
}

#[test]
fn a_file_that_cannot_be_understood_is_refused_and_it_is_said_why() {
    let (good, semicolons, bom) = (head(PAYMENTS), head(PAYMENTS).replace(',', ";"), format!("\u{feff}{}", head(PAYMENTS)));
    let doubled = good.replace("refund_of", "refund_of,currency");
    assert!(csv_match::read(input(&bom, INVOICES)).is_ok());
    for (payments, said) in
        [("", "file is empty"), (&semicolons, "with commas between"), (PAYMENT, "has no column"), (&doubled, "more than one column currency")]
    {
        let error = csv_match::read(input(payments, INVOICES)).expect_err("no such file is matched").to_string();
        assert!(error.contains("payments") && error.contains("nothing was matched") && error.contains(said), "{error}");
    }
    let utf16: Vec<u8> = "\u{feff}payment_id".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let files = Input { payments: &utf16[..], ..input("", INVOICES) };
    assert!(matches!(csv_match::read(files), Err(CsvError::Encoding { file: "payments" })));
}

#[test]
fn a_payment_is_explained_in_words() {
    let book = csv_match::read(input(PAYMENTS, INVOICES)).expect("the columns are there");
    let engine = csv_match::run(book, Weights::built_in(), &mut Vec::new(), None).expect("writes");
    let told = words::explain(&engine, &RowId::from("p1")).expect("it is known");
    let (first, why) = told.split_once('\n').expect("two lines");
    assert!(first.starts_with("p1 settles 1250.00 DKK of 1034, by its number; "), "{told}");
    let facts = "the text names 1034; the amount is equal; “Moeller VVS” is “Møller VVS ApS”; 2 days after its date; both in DKK";
    assert_eq!(why, format!("  For it: {facts}."));
    assert_eq!(words::explain(&engine, &RowId::from("nobody")), None);
}

/// Not the measure (that is the bench), only a guard that nothing fell apart.
#[test]
fn generated_books_are_matched_about_as_well_as_before() {
    for (profile, least) in [(Profile::Easy, 0.99), (Profile::Medium, 0.94), (Profile::Hard, 0.78)] {
        let files = generate::book(profile, 600, 11);
        let input = Input {
            payments: files.left.as_bytes(),
            invoices: files.right.as_bytes(),
            customers: Some(files.customers.as_bytes()),
            stripe_customers: Some(files.stripe_customers.as_bytes()),
            rates: Some(files.rates.as_bytes()),
        };
        let truth: Truth = csv_match::read_truth(files.truth.as_bytes(), files.truth_customers.as_bytes()).expect("reads");
        let engine = csv_match::run(csv_match::read(input).expect("reads"), Weights::built_in(), &mut Vec::new(), None).expect("writes");
        let links = || engine.links().iter().filter(|l| l.kind != Kind::Customer && l.chance >= csv_match::LEAST);
        let right = links().filter(|l| truth.settles.get(&l.left).and_then(|of| of.get(&l.right)) == Some(&l.amount.minor())).count();
        let wanted: usize = truth.settles.values().map(std::collections::BTreeMap::len).sum();
        let f1 = 2.0 * right as f64 / (links().count() + wanted) as f64;
        assert!(f1 >= least, "{}: F1 {f1:.3}", profile.name());
    }
}
