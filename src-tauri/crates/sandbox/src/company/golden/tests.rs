use super::*;
use crate::stripe::departures;
use Fact::*;
use chrono::DateTime;

/// What a row of the month says of Stripe. Amounts in the smallest unit.
enum Fact {
    /// A balance transaction: instant, currency, amount, fees by kind, reporting category, how its source's id begins.
    Money(&'static str, &'static str, i64, &'static [(&'static str, i64)], &'static str, &'static str),
    /// An invoice as it was finalized: number, currency, without tax, tax.
    Invoice(&'static str, &'static str, i64, i64),
    /// What became of it by the end of the month: status, amount remaining.
    Ends(&'static str, &'static str, i64),
    /// Of a total, what is said to be paid outside Stripe.
    Outside(&'static str, i64),
    /// Number, invoice, type, without tax, tax.
    Note(&'static str, &'static str, &'static str, i64, i64),
    /// A payment intent that no invoice asked for: amount, tax inside, whether a checkout tells of it.
    Till(i64, i64, bool),
    /// Another amount of an invoice.
    Says(&'static str, &'static str, i64),
    Dispute(&'static str, i64, &'static str),
    Refund(i64, &'static str),
    /// Amount, currency, automatic, status on 30 November.
    Payout(i64, &'static str, bool, &'static str),
}

const FEE: &str = "stripe_fee";

/// The 45 rows, in the order of their numbers.
#[rustfmt::skip]
const ROWS: [(&str, &[Fact]); 45] = [
    ("G01", &[Money("2026-10-31T23:30", "dkk", 125_000, &[(FEE, 2_055)], "charge", "ch_"), Invoice("A-0090", "dkk", 100_000, 25_000), Ends("A-0090", "paid", 0)]),
    ("G02", &[Invoice("A-0101", "dkk", 100_000, 25_000), Money("2026-11-02T10:00", "dkk", 125_000, &[(FEE, 2_055)], "charge", "ch_"), Ends("A-0101", "paid", 0)]),
    ("G03", &[Invoice("A-0102", "eur", 40_000, 0), Money("2026-11-03T10:00", "dkk", 296_000, &[(FEE, 7_580), (FEE, 5_920)], "charge", "ch_"), Ends("A-0102", "paid", 0)]),
    ("G04", &[Invoice("A-0103", "dkk", 72_000, 18_000), Money("2026-11-03T11:00", "dkk", 90_000, &[(FEE, 1_530)], "charge", "ch_"), Ends("A-0103", "paid", 0)]),
    ("G05", &[Invoice("A-0104", "dkk", 200_000, 50_000), Ends("A-0104", "open", 100_000)]),
    ("G06", &[Invoice("A-0105", "dkk", 100_000, 25_000)]),
    ("G07", &[Money("2026-11-06T06:00", "dkk", -1_016_860, &[], "payout", "po_"), Payout(1_016_860, "dkk", true, "paid")]),
    ("G08", &[Money("2026-11-06T10:00", "dkk", 100_000, &[(FEE, 1_680)], "charge", "ch_")]),
    ("G09", &[Outside("A-0104", 50_000)]),
    ("G10", &[Outside("A-0105", 125_000), Ends("A-0105", "paid", 0)]),
    ("G11", &[Invoice("A-0106", "dkk", 7_998, 1_999), Money("2026-11-09T11:00", "dkk", 9_997, &[(FEE, 330)], "charge", "ch_"), Ends("A-0106", "paid", 0)]),
    ("G12", &[Money("2026-11-09T12:00", "dkk", 25_000, &[(FEE, 555)], "charge", "ch_"), Till(25_000, 5_000, true)]),
    ("G13", &[Invoice("A-0107", "eur", 10_000, 1_900), Money("2026-11-10T11:00", "dkk", 88_060, &[(FEE, 2_382), (FEE, 1_761)], "charge", "ch_"), Ends("A-0107", "paid", 0)]),
    ("G14", &[Invoice("A-0108", "dkk", 75_000, 18_750), Money("2026-11-10T12:00", "dkk", 93_750, &[(FEE, 1_586)], "charge", "ch_"), Ends("A-0108", "paid", 0)]),
    ("G15", &[Invoice("A-0109", "dkk", -20_000, -5_000), Ends("A-0109", "paid", 0), Says("A-0109", "ending_balance", -25_000)]),
    ("G16", &[Invoice("A-0110", "dkk", 80_000, 20_000), Says("A-0110", "starting_balance", -25_000), Says("A-0110", "amount_due", 75_000),
        Money("2026-11-11T11:00", "dkk", 75_000, &[(FEE, 1_305)], "charge", "ch_"), Ends("A-0110", "paid", 0)]),
    ("G17", &[Invoice("A-0111", "dkk", 100_000, 25_000)]),
    ("G18", &[Money("2026-11-13T06:00", "dkk", -382_208, &[], "payout", "po_")]),
    ("G19", &[Note("CN-01", "A-0111", "pre_payment", 20_000, 5_000)]),
    ("G20", &[Money("2026-11-14T10:00", "dkk", 100_000, &[(FEE, 1_680)], "charge", "ch_"), Ends("A-0111", "paid", 0)]),
    ("G21", &[Invoice("A-0112", "dkk", 40_000, 10_000), Money("2026-11-14T11:00", "dkk", 50_000, &[(FEE, 930), ("application_fee", 1_500)], "charge", "ch_"), Ends("A-0112", "paid", 0)]),
    ("G22", &[Money("2026-11-15T10:00", "dkk", -7_500, &[], "fee", "")]),
    ("G23", &[Money("2026-11-15T11:00", "dkk", -1_250, &[], "fee", "")]),
    ("G24", &[Invoice("A-0113", "eur", 10_000, 2_500), Money("2026-11-16T10:00", "dkk", 92_500, &[(FEE, 1_568), (FEE, 1_850)], "charge", "ch_"), Ends("A-0113", "paid", 0)]),
    ("G25", &[Money("2026-11-16T11:00", "dkk", -125_000, &[], "refund", "re_"), Note("CN-02", "A-0101", "post_payment", 100_000, 25_000)]),
    ("G26", &[Money("2026-11-17T10:00", "dkk", -9_000, &[], "refund", "re_"), Refund(9_000, "succeeded")]),
    ("G27", &[Money("2026-11-17T11:00", "dkk", -10_000, &[], "refund", "re_")]),
    ("G28", &[Money("2026-11-18T10:00", "dkk", 382_208, &[], "payout_reversal", "po_"), Payout(382_208, "dkk", true, "failed")]),
    ("G29", &[Money("2026-11-19T10:00", "dkk", 10_000, &[], "refund_failure", "re_"), Refund(10_000, "failed")]),
    ("G30", &[Money("2026-11-20T10:00", "dkk", 50_000, &[], "topup", "tu_")]),
    ("G31", &[Money("2026-11-20T11:00", "dkk", -100_000, &[(FEE, 11_250)], "dispute", "du_")]),
    ("G32", &[Money("2026-11-21T10:00", "dkk", -88_655, &[], "refund", "re_"), Note("CN-03", "A-0107", "post_payment", 10_000, 1_900), Refund(11_900, "succeeded")]),
    ("G33", &[Money("2026-11-23T10:00", "dkk", -93_125, &[(FEE, 11_250)], "dispute", "du_")]),
    ("G34", &[Invoice("A-0114", "dkk", 40_000, 10_000), Money("2026-11-23T11:00", "dkk", 52_000, &[(FEE, 500)], "charge", "ch_"), Says("A-0114", "amount_overpaid", 2_000), Ends("A-0114", "paid", 0)]),
    ("G35", &[Money("2026-11-24T10:00", "dkk", 33_300, &[(FEE, 680)], "charge", "ch_"), Till(33_300, 0, false)]),
    ("G36", &[Money("2026-11-24T11:00", "dkk", -30_000, &[], "risk_reserved_funds", "")]),
    ("G37", &[Invoice("A-0115", "usd", 20_000, 0), Money("2026-11-24T12:00", "usd", 20_000, &[(FEE, 620)], "charge", "ch_"), Ends("A-0115", "paid", 0)]),
    ("G38", &[Money("2026-11-25T10:00", "usd", -15_000, &[], "payout", "po_"), Payout(15_000, "usd", false, "paid")]),
    ("G39", &[Money("2026-11-26T10:00", "dkk", 100_000, &[(FEE, -11_250)], "dispute_reversal", "du_"), Dispute("A-0111", 100_000, "won")]),
    ("G40", &[Money("2026-11-26T11:00", "dkk", -150_000, &[(FEE, 1_500)], "payout", "po_"), Payout(150_000, "dkk", false, "paid")]),
    ("G41", &[Money("2026-11-27T06:00", "dkk", -38_650, &[], "payout", "po_"), Payout(38_650, "dkk", true, "in_transit")]),
    ("G42", &[Dispute("A-0113", 12_500, "lost")]),
    ("G43", &[Invoice("A-0116", "dkk", 100_000, 25_000), Ends("A-0116", "void", 125_000)]),
    ("G44", &[Invoice("A-0117", "dkk", 0, 0), Ends("A-0117", "paid", 0)]),
    ("G45", &[Invoice("A-0118", "dkk", 50_000, 12_500), Money("2026-11-30T23:30", "dkk", 62_500, &[(FEE, 1_118)], "charge", "ch_"), Ends("A-0118", "paid", 0)]),
];

/// The end of the month in Copenhagen, but for the last hour, which is December's there.
fn end() -> i64 {
    at(30, 23, 59)
}

fn number(object: &Object, name: &str) -> i64 {
    object.get(name).and_then(Value::as_i64).unwrap_or_default()
}

fn taxes(object: &Object) -> i64 {
    object["total_taxes"].as_array().unwrap().iter().map(|tax| tax["amount"].as_i64().unwrap()).sum()
}

fn holds(golden: &Golden, fact: &Fact) -> bool {
    let store = &golden.stripe.store;
    let invoice = |number: &str| golden.stripe.show(end(), "invoice", &golden.invoices[number]).unwrap();
    let is = |object: &Object, name: &str, value: &str| object.get(name).and_then(Value::as_str) == Some(value);
    match fact {
        Money(at, currency, amount, fees, category, source) => store.all("balance_transaction").any(|row| {
            let created = DateTime::from_timestamp(number(row, "created"), 0).unwrap().format("%Y-%m-%dT%H:%M").to_string();
            let taken: Vec<(&str, i64)> =
                row["fee_details"].as_array().unwrap().iter().map(|fee| (fee["type"].as_str().unwrap(), fee["amount"].as_i64().unwrap())).collect();
            let from = row.get("source").and_then(Value::as_str).unwrap_or_default();
            created == *at
                && is(row, "currency", currency)
                && number(row, "amount") == *amount
                && taken == *fees
                && is(row, "reporting_category", category)
                && (if source.is_empty() { from.is_empty() } else { from.starts_with(source) })
        }),
        Invoice(of, currency, net, tax) => {
            let shown = invoice(of);
            assert_eq!(departures("invoice", &Value::Object(shown.clone())), Vec::<String>::new());
            let total = (number(&shown, "total_excluding_tax"), taxes(&shown), number(&shown, "total"));
            is(&shown, "number", of) && is(&shown, "currency", currency) && total == (*net, *tax, net + tax)
        }
        Ends(of, status, remaining) => is(&invoice(of), "status", status) && number(&invoice(of), "amount_remaining") == *remaining,
        Outside(of, amount) => number(store.get("invoice", &golden.invoices[of]).unwrap(), "_paid_off_stripe") == *amount,
        Note(of, on, kind, net, tax) => store.all("credit_note").any(|note| {
            let amounts = (number(note, "total_excluding_tax"), taxes(note), number(note, "total"));
            is(note, "number", of) && is(note, "type", kind) && is(note, "invoice", &golden.invoices[on]) && amounts == (*net, *tax, net + tax)
        }),
        Till(amount, tax, told) => store.all("payment_intent").any(|intent| {
            let id = intent["id"].as_str().unwrap();
            let session = store.with("checkout.session", "payment_intent", id).next();
            let inside = session.map_or(0, |session| session["total_details"]["amount_tax"].as_i64().unwrap());
            let asked = store.with("invoice_payment", "payment.payment_intent", id).next().is_some();
            number(intent, "amount") == *amount && !asked && session.is_some() == *told && inside == *tax
        }),
        Says(of, name, amount) => number(&invoice(of), name) == *amount,
        Dispute(of, amount, status) => {
            let dispute = golden.stripe.dispute_of(&golden.charge_of(of)).unwrap();
            let dispute = store.get("dispute", &dispute).unwrap();
            number(dispute, "amount") == *amount && is(dispute, "status", status)
        }
        Refund(amount, status) => store.all("refund").any(|refund| number(refund, "amount") == *amount && is(refund, "status", status)),
        Payout(amount, currency, automatic, status) => store.all("payout").any(|payout| {
            let kind = payout["automatic"] == *automatic;
            number(payout, "amount") == *amount && is(payout, "currency", currency) && kind && is(payout, "status", status)
        }),
    }
}

#[test]
fn each_of_the_45_rows_is_there_to_the_cent() {
    let golden = month(1);
    for (row, facts) in &ROWS {
        for (n, fact) in facts.iter().enumerate() {
            assert!(holds(&golden, fact), "{row}, fact {n}");
        }
    }
}

#[test]
fn there_is_no_other_money_invoice_or_credit_note() {
    let golden = month(1);
    let store = &golden.stripe.store;
    let facts = || ROWS.iter().flat_map(|(_, facts)| facts.iter());
    let money = facts().filter(|fact| matches!(fact, Money(..))).count();
    // The opening: what the last payout of October was made of, that payout, and the balance.
    assert_eq!(store.all("balance_transaction").count(), money + 3);
    assert_eq!(store.all("invoice").count(), facts().filter(|fact| matches!(fact, Invoice(..))).count());
    assert_eq!(store.all("credit_note").count(), facts().filter(|fact| matches!(fact, Note(..))).count());
    assert_eq!(store.all("refund").count(), 4);
    assert_eq!(store.all("payout").count(), 6);
    let unasked = store.all("payment_intent").filter(|intent| {
        let asked = store.with("invoice_payment", "payment.payment_intent", intent["id"].as_str().unwrap()).next();
        asked.is_none() && intent["status"] == "succeeded"
    });
    assert_eq!(unasked.count(), 2);
}

/// Each automatic payout is the sum of the nets of what it pays out, and names them.
#[test]
fn the_payouts_are_what_the_oracle_says_they_are_made_of() {
    let golden = month(1);
    let store = &golden.stripe.store;
    for (amount, rows) in [(1_016_860, 5), (382_208, 6), (38_650, 16)] {
        let payout = store.all("payout").find(|payout| number(payout, "amount") == amount).unwrap();
        let nets: Vec<i64> = store.with("balance_transaction", "payout", payout["id"].as_str().unwrap()).map(|row| number(row, "net")).collect();
        assert_eq!((nets.len(), nets.iter().sum::<i64>()), (rows + 1, 0), "{amount}");
    }
}

#[test]
fn the_balance_at_the_end_of_the_month_is_the_oracles() {
    let golden = month(1);
    let net = |currency: &str, until: i64| -> i64 {
        let rows = golden.stripe.store.all("balance_transaction").filter(|row| row["currency"] == currency && number(row, "created") < until);
        rows.map(|row| number(row, "net")).sum()
    };
    // Midnight in Copenhagen.
    let end = at(30, 23, 0);
    assert_eq!((net("dkk", end), net("usd", end)), (195_370, 4_380));
    assert_eq!(net("dkk", i64::MAX), 256_752);
}
