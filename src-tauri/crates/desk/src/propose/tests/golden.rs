//! The golden month whole: fetched from Stripe's emulator, proposed, signed; then posted in the ledger and proposed again.
//! Each document to the øre, and nothing beside them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use book::{Book, Countersigned, Holder, Mode, NewBook, Proposal, Side, Who};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use ledgers::{LedgerRecord, RecordKind, Shown, ShownSale};
use remote::{BaseUrl, BoxFuture, Clock, Lost, Outside, Secret, Transport};
use rust_decimal::Decimal;
use sandbox::Service;
use sandbox::company::golden;
use sandbox::stripe::ApiKey;
use serde_json::json;
use stripe::{Kind, Stripe, Walk};

use super::{Shop, short};
use crate::fetch::{ledger_record, stripe_record};
use crate::mirror::Mirror;
use crate::propose::Proposed;
use crate::settings::DemoCompany;

/// Row, date, kind, number, customer, currency, net, VAT, rounding, gross.
const DOCUMENTS: &str = "
G02 2026-11-02 SI A-0101 C1 DKK 1000.00 250.00 0.00 1250.00
G03 2026-11-03 SI A-0102 C2 EUR 400.00 0.00 0.00 400.00
G04 2026-11-03 SI A-0103 C3 DKK 720.00 180.00 0.00 900.00
G05 2026-11-04 SI A-0104 C4 DKK 2000.00 500.00 0.00 2500.00
G06 2026-11-05 SI A-0105 C5 DKK 1000.00 250.00 0.00 1250.00
G11 2026-11-09 SI A-0106 C6 DKK 79.98 20.00 -0.01 99.97
G12 2026-11-09 SI pi_ CARD DKK 200.00 50.00 0.00 250.00
G13 2026-11-10 SI A-0107 C7 EUR 100.00 19.00 0.00 119.00
G14 2026-11-10 SI A-0108 C1 DKK 750.00 187.50 0.00 937.50
G15 2026-11-11 CM A-0109 C3 DKK 200.00 50.00 0.00 250.00
G16 2026-11-11 SI A-0110 C3 DKK 800.00 200.00 0.00 1000.00
G17 2026-11-12 SI A-0111 C4 DKK 1000.00 250.00 0.00 1250.00
G21 2026-11-14 SI A-0112 C5 DKK 400.00 100.00 0.00 500.00
G24 2026-11-16 SI A-0113 C8 EUR 100.00 25.00 0.00 125.00
G25 2026-11-16 CM CN-02 C1 DKK 1000.00 250.00 0.00 1250.00
G26 2026-11-17 CM re_ C3 DKK 72.00 18.00 0.00 90.00
G32 2026-11-21 CM CN-03 C7 EUR 100.00 19.00 0.00 119.00
G34 2026-11-23 SI A-0114 C4 DKK 400.00 100.00 0.00 500.00
G37 2026-11-24 SI A-0115 C9 USD 200.00 0.00 0.00 200.00
G45 2026-12-01 SI A-0118 C1 DKK 500.00 125.00 0.00 625.00
";
/// G19: only once the ledger has posted its invoice.
const AFTER_POSTING: &str = "G19 2026-11-13 CM CN-01 C4 DKK 200.00 50.00 0.00 250.00";
/// What makes nothing, and why. G01's invoice is older than the book; of G35 nobody knows who paid; the refund of G27 came back.
const NOTHING: [(&str, &str); 6] = [
    ("A-0090", "before_start"),
    ("A-0116", "void"),
    ("A-0117", "nothing_owed"),
    ("CN-01", "invoice_first"),
    ("pi_", "unknown_money"),
    ("re_", "refund_failed"),
];

#[tokio::test]
async fn the_documents_of_the_golden_month_come_out_exactly() {
    let mut month = Month::fetched().await;
    let first = month.propose();
    assert_eq!(documents(&first), lines(DOCUMENTS));
    let mut nothing: Vec<_> =
        first.iter().filter_map(|row| Some((class_of(&row.row.left.number), row.row.no_draft.as_ref()?.code.clone()))).collect();
    nothing.sort();
    assert_eq!(nothing.iter().map(|(number, why)| (number.as_str(), why.as_str())).collect::<Vec<_>>(), NOTHING);
    month.sign(&first);

    month.post(&first);
    let second = month.propose();
    let credits = lines(DOCUMENTS).into_iter().filter(|line| line.contains(" CM ")).chain(lines(AFTER_POSTING));
    let mut credits: Vec<_> = credits.collect();
    credits.sort();
    assert_eq!(documents(&second), credits, "what was posted is not offered again, and what waited has come");
    let applied: BTreeMap<_, _> = sales(&second).filter_map(|(_, sale)| Some((sale.number, sale.applies_to?.number))).collect();
    assert_eq!(applied, BTreeMap::from([("CN-01".to_owned(), "PS-A-0111".to_owned())]));
}

#[tokio::test]
async fn every_paper_of_the_month_has_a_row_or_belongs_to_one() {
    let mut month = Month::fetched().await;
    let proposed = month.propose();
    let rows: BTreeSet<String> = proposed.iter().map(|row| crate::propose::row_of(&row.key.0).to_owned()).collect();
    let mirror = &month.shop.mirror;
    let noted = mirror.credit_notes.iter().flat_map(|note| &note.is.refunds).filter_map(|part| Some(part.refund.as_ref()?.id().to_owned()));
    let paid = mirror.invoice_payments.iter().filter_map(|payment| Some(payment.payment.payment_intent.as_ref()?.id().to_owned()));
    let belongs: BTreeSet<String> = noted.chain(paid).collect();
    let came =
        mirror.charges.iter().filter(|charge| charge.is.captured).filter_map(|charge| Some(charge.is.payment_intent.as_ref()?.id().to_owned()));
    let papers = (mirror.invoices.iter().map(|known| known.is.id.clone()))
        .chain(mirror.credit_notes.iter().map(|known| known.is.id.clone()))
        .chain(mirror.refunds.iter().map(|known| known.is.id.clone()))
        .chain(came);
    let missing: Vec<_> = papers.filter(|id| !rows.contains(id) && !belongs.contains(id)).collect();
    assert_eq!(missing, Vec::<String>::new());
    // G35: nobody knows who paid, or what for.
    let unknown = proposed.iter().filter(|row| row.row.no_draft.as_ref().is_some_and(|reason| reason.code == "unknown_money"));
    assert_eq!(unknown.map(|row| row.row.left.total.to_string()).collect::<Vec<_>>(), ["333.00 DKK"]);
}

struct Month {
    shop: Shop,
    book: Book,
    who: Who,
}

impl Month {
    async fn fetched() -> Self {
        let mut shop = Shop::new();
        shop.sales.untaxed_at_home = Some(Decimal::from(25));
        shop.settings.demo = Some(DemoCompany { seed: 1, until: super::day("2026-12-02"), months: 1, invoices: 0 });
        let new = NewBook {
            id: "book".to_owned(),
            name: "Gylden ApS".to_owned(),
            mode: Mode::Demo,
            ledger: "business-central".to_owned(),
            zone: "Europe/Copenhagen".to_owned(),
            currency: super::currency("DKK"),
            start_date: shop.settings.start,
        };
        let mut book = Book::in_memory(&new, now()).expect("a book");
        book.claim(&Holder { process: 1, started: "now".to_owned(), nonce: "n".to_owned() }, now()).expect("free");
        let person = book.introduce("Mette Kjærgård", "MK", "mette@laptop", now()).expect("introduced");
        let mut month = Self { shop, book, who: Who { person: person.id, machine: person.machine } };
        let stripe = stripe();
        for kind in Kind::ALL {
            let mut walk = Some(Walk::between(None, now()));
            while let Some(place) = walk.take() {
                let page = stripe.page(kind, &place).await.expect("a page");
                let records: Vec<_> = page.rows.iter().map(|row| stripe_record(row, &month.shop.settings)).collect();
                month.book.put(Side::Stripe, &records, now()).expect("kept");
                walk = page.next;
            }
        }
        let parties: Vec<_> = month.shop.mirror.parties.values().map(ledger_record).collect();
        month.book.put(Side::Ledger, &parties, now()).expect("kept");
        month
    }

    fn propose(&mut self) -> Vec<Proposed> {
        self.shop.mirror = Mirror::load(&self.book, &self.shop.ledger, self.shop.facts.base).expect("a mirror");
        assert_eq!(self.shop.mirror.unreadable, Vec::new());
        self.shop.propose()
    }

    fn sign(&mut self, proposed: &[Proposed]) {
        self.book.propose(each_once(proposed), now()).expect("proposed");
        for row in proposed.iter().filter(|row| !row.drafts.is_empty()) {
            let seen: Vec<_> = row.drafts.iter().map(|proposal| (proposal.draft.id.clone(), proposal.draft.fingerprint())).collect();
            let signed = self.book.countersign_all(&seen, &self.who, now()).expect("an answer");
            assert!(matches!(signed, Countersigned::Done(_)), "{}", row.key.0);
        }
    }

    /// Every invoice as the ledger shows it once it is posted.
    fn post(&mut self, proposed: &[Proposed]) {
        let posted: Vec<_> = sales(proposed).filter(|(kind, _)| *kind == "SI").map(|(_, sale)| ledger_record(&self.posted(&sale))).collect();
        self.book.put(Side::Ledger, &posted, now()).expect("kept");
    }

    fn posted(&self, sale: &ShownSale) -> LedgerRecord {
        let customer = sale.customer_number.as_deref().expect("a customer of the ledger");
        let exact = |amount: Decimal| serde_json::from_str::<serde_json::Value>(&amount.to_string()).expect("a number");
        let fields = json!({
            "id": format!("id-{}", sale.number), "number": format!("PS-{}", sale.number), "externalDocumentNumber": sale.number,
            "invoiceDate": sale.document_date.to_string(), "postingDate": sale.posting_date.to_string(), "status": "Open",
            "customerId": format!("customer-{customer}"), "customerNumber": customer, "customerName": sale.party.name,
            "currencyCode": sale.ledger.gross.currency().code(), "totalAmountIncludingTax": exact(sale.ledger.gross.decimal()),
            "remainingAmount": exact(sale.ledger.gross.decimal()), "pricesIncludeTax": false,
        });
        self.shop.record(RecordKind::SalesInvoice, &fields)
    }
}

fn sales(proposed: &[Proposed]) -> impl Iterator<Item = (&'static str, ShownSale)> {
    proposed.iter().flat_map(|row| &row.drafts).filter_map(|proposal| match serde_json::from_str(&proposal.draft.shown).ok()? {
        Shown::SalesInvoice(sale) | Shown::CreditMemo(sale) => Some((short(&proposal.draft.kind.0), sale)),
        Shown::Customer(_) | Shown::Item(_) => None,
    })
}

/// In the form of the table, in its order.
fn documents(proposed: &[Proposed]) -> Vec<String> {
    let line = |(kind, sale): (&str, ShownSale)| {
        let figures = &sale.ledger;
        let amounts = [figures.net, figures.tax, figures.rounding, figures.gross].map(|money| money.decimal().to_string());
        let (number, customer) = (class_of(&sale.number), sale.customer_number.unwrap_or_default());
        format!("{} {kind} {number} {customer} {} {}", sale.document_date, figures.gross.currency().code(), amounts.join(" "))
    };
    let mut found: Vec<_> = sales(proposed).map(line).collect();
    found.sort();
    found
}

/// The table's lines without the names of their rows.
fn lines(table: &str) -> Vec<String> {
    let mut lines: Vec<_> = table.lines().filter_map(|line| Some(line.split_once(' ')?.1.to_owned())).collect();
    lines.sort();
    lines
}

/// A number, or what kind of id stands for it.
fn class_of(number: &str) -> String {
    let kind = ["pi_", "re_"].into_iter().find(|kind| number.starts_with(kind));
    kind.unwrap_or(number).to_owned()
}

fn now() -> DateTime<Utc> {
    "2026-12-02T09:00:00Z".parse().expect("a time")
}

/// Stripe after the golden month, asked by the client that asks the real one.
fn stripe() -> Stripe {
    const KEY: &str = "rk_test_golden";
    let mut stripe = golden::month(1).stripe;
    stripe.keys = vec![ApiKey::restricted_without(KEY, &[])];
    let outside = Outside { transport: Arc::new(Emulated(Mutex::new(stripe))), clock: Arc::new(Still), seed: 1 };
    Stripe::new(outside, BaseUrl::parse("https://stripe.example").expect("a base"), &Secret::from(KEY)).expect("a key")
}

struct Emulated(Mutex<sandbox::stripe::Stripe>);

impl Transport for Emulated {
    fn send(&self, request: http::Request<Bytes>) -> BoxFuture<'_, Result<http::Response<Bytes>, Lost>> {
        Box::pin(async move { Ok(self.0.lock().expect("sound").handle(now(), request)) })
    }
}

struct Still;

impl Clock for Still {
    fn now(&self) -> DateTime<Utc> {
        now()
    }

    fn sleep(&self, _: std::time::Duration) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

/// Rows that share a new customer share its draft.
fn each_once(proposed: &[Proposed]) -> Vec<Proposal> {
    let mut seen = BTreeSet::new();
    proposed.iter().flat_map(|row| &row.drafts).filter(|proposal| seen.insert(proposal.draft.id.clone())).cloned().collect()
}
