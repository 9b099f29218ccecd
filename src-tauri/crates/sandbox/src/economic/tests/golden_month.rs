//! A whole month of one shop: its drafts written through the API, booked by the harness as a
//! person would, its bank lines imported, and the closing balance of every account.

use super::*;
use crate::economic::setup::{AccountSetup, HandEntry, VatSetup};
use crate::golden_month::CLOSING;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// `DI reference customer net…` draft invoice (`-1x` a credit note, `ROUND:` a line without VAT, `@rate`), `cP customer amount invoice
/// contra` payment, `fV account amount contra` finance voucher, `AP customer invoice invoice` matched by hand (`-`: whatever is open
/// without an invoice), `B` rows of the bank.
const MONTH: &[(&str, &str)] = &[
    ("G01 2026-11-01", "cP C1 -1250.00 A-0090 CLR-DKK; fV FEE 20.55 CLR-DKK RC25"),
    ("B 2026-11-02", "B TRANSIT-DKK -2000.00 BANK-DKK"),
    ("G02 2026-11-02", "DI A-0101 C1 1000.00; cP C1 -1250.00 A-0101 CLR-DKK; fV FEE 20.55 CLR-DKK RC25"),
    ("G03 2026-11-03", "DI A-0102 C2 400.00 @746.00; cP C2 -400.00 A-0102 CLR-DKK @740; fV FEE 75.80 CLR-DKK RC25; fV FEE 59.20 CLR-DKK RC25"),
    ("G04 2026-11-03", "DI A-0103 C3 720.00; cP C3 -900.00 A-0103 CLR-DKK; fV FEE 15.30 CLR-DKK RC25"),
    ("G05 2026-11-04", "DI A-0104 C4 2000.00"),
    ("G06 2026-11-05", "DI A-0105 C5 1000.00"),
    ("G07 2026-11-06", "fV TRANSIT-DKK 10168.60 CLR-DKK"),
    ("G08 2026-11-06", "cP C4 -1000.00 A-0104 CLR-DKK; fV FEE 16.80 CLR-DKK RC25"),
    ("B 2026-11-09", "B TRANSIT-DKK -10168.60 BANK-DKK"),
    ("B 2026-11-09", "B C4 -500.00 BANK-DKK; AP C4 - A-0104"),
    ("G11 2026-11-09", "DI A-0106 C6 79.98 ROUND:-0.01; cP C6 -99.97 A-0106 CLR-DKK; fV FEE 3.30 CLR-DKK RC25"),
    ("G12 2026-11-09", "DI PI-G12 CARD 200.00; cP CARD -250.00 PI-G12 CLR-DKK; fV FEE 5.55 CLR-DKK RC25"),
    ("B 2026-11-10", "B C5 -1250.00 BANK-DKK; AP C5 - A-0105"),
    ("G13 2026-11-10", "DI A-0107 C7 100.00 @746.00; cP C7 -119.00 A-0107 CLR-DKK @740; fV FEE 23.82 CLR-DKK RC25; fV FEE 17.61 CLR-DKK RC25"),
    ("G14 2026-11-10", "DI A-0108 C1 600.00 -150.00 300.00; cP C1 -937.50 A-0108 CLR-DKK; fV FEE 15.86 CLR-DKK RC25"),
    ("G15 2026-11-11", "DI A-0109 C3 -1x200.00"),
    ("G16 2026-11-11", "DI A-0110 C3 800.00; cP C3 -750.00 A-0110 CLR-DKK; fV FEE 13.05 CLR-DKK RC25; AP C3 A-0109 A-0110"),
    ("G17 2026-11-12", "DI A-0111 C4 1000.00"),
    ("G18 2026-11-13", "fV TRANSIT-DKK 3822.08 CLR-DKK"),
    ("G19 2026-11-13", "DI CN-01 C4 -1x200.00; AP C4 CN-01 A-0111"),
    ("G20 2026-11-14", "cP C4 -1000.00 A-0111 CLR-DKK; fV FEE 16.80 CLR-DKK RC25"),
    ("G21 2026-11-14", "DI A-0112 C5 400.00; cP C5 -500.00 A-0112 CLR-DKK; fV FEE 9.30 CLR-DKK RC25; fV PLATFEE 15.00 CLR-DKK"),
    ("G22 2026-11-15", "fV FEE 75.00 CLR-DKK RC25"),
    ("G23 2026-11-15", "fV FEE 12.50 CLR-DKK RC25"),
    ("G24 2026-11-16", "DI A-0113 C8 100.00 @746.00; cP C8 -125.00 A-0113 CLR-DKK @740; fV FEE 15.68 CLR-DKK RC25; fV FEE 18.50 CLR-DKK RC25"),
    ("G25 2026-11-16", "DI CN-02 C1 -1x1000.00; cP C1 1250.00 CN-02 CLR-DKK"),
    ("G26 2026-11-17", "DI RE-G26 C3 -1x72.00; cP C3 90.00 RE-G26 CLR-DKK"),
    ("G27 2026-11-17", "cP C1 100.00 - CLR-DKK"),
    ("G28 2026-11-18", "fV TRANSIT-DKK -3822.08 CLR-DKK"),
    ("G29 2026-11-19", "cP C1 -100.00 - CLR-DKK; AP C1 - -"),
    ("B 2026-11-20", "B TRANSIT-DKK 500.00 BANK-DKK"),
    ("G30 2026-11-20", "fV TRANSIT-DKK -500.00 CLR-DKK"),
    ("G31 2026-11-20", "fV DISPUTED 1000.00 CLR-DKK; fV FEE 112.50 CLR-DKK RC25"),
    ("G32 2026-11-21", "DI CN-03 C7 -1x100.00 @746.00; cP C7 119.00 CN-03 CLR-DKK @745"),
    ("G33 2026-11-23", "fV DISPUTED 931.25 CLR-DKK; fV FEE 112.50 CLR-DKK RC25"),
    ("G34 2026-11-23", "DI A-0114 C4 400.00; cP C4 -520.00 A-0114 CLR-DKK; fV FEE 5.00 CLR-DKK RC25"),
    ("G35 2026-11-24", "fV UNIDENTIFIED -333.00 CLR-DKK; fV FEE 6.80 CLR-DKK RC25"),
    ("G36 2026-11-24", "fV RESERVE 300.00 CLR-DKK"),
    ("G37 2026-11-24", "DI A-0115 C9 200.00 @680.00; cP C9 -200.00 A-0115 CLR-USD @680; fV FEE 6.20 CLR-USD RC25 USD"),
    ("G38 2026-11-25", "fV TRANSIT-USD 150.00 CLR-USD USD"),
    ("G39 2026-11-26", "fV DISPUTED -1000.00 CLR-DKK; fV FEE -112.50 CLR-DKK RC25"),
    ("G40 2026-11-26", "fV TRANSIT-DKK 1500.00 CLR-DKK; fV FEE 15.00 CLR-DKK RC25"),
    ("B 2026-11-26", "B TRANSIT-DKK -1500.00 BANK-DKK"),
    ("G41 2026-11-27", "fV TRANSIT-DKK 386.50 CLR-DKK"),
    ("B 2026-11-27", "B TRANSIT-USD -150.00 BANK-USD"),
    ("G42 2026-11-28", "fV BADDEBT 931.25 DISPUTED"),
];

/// Customers, their currencies and VAT zones; 10 is the guest at the till.
const CUSTOMERS: &[(&str, u64, &str, u64)] = &[
    ("C1", 1, "DKK", 1),
    ("C2", 2, "EUR", 2),
    ("C3", 3, "DKK", 1),
    ("C4", 4, "DKK", 1),
    ("C5", 5, "DKK", 1),
    ("C6", 6, "DKK", 1),
    ("C7", 7, "EUR", 5),
    ("C8", 8, "EUR", 1),
    ("C9", 9, "USD", 3),
    ("CARD", 10, "DKK", 1),
];

/// The number of the invoice of October.
const OCTOBER: u64 = 90;

struct Month {
    desk: Desk,
    /// Booked numbers by the reference of their draft.
    booked: BTreeMap<String, u64>,
}

#[test]
fn the_golden_month_closes_with_exactly_its_balances() {
    let mut month = Month::open();
    for (row, drafts) in MONTH {
        let (name, date) = row.split_once(' ').expect("a row and its date");
        for draft in drafts.split("; ") {
            month.play(name, date, &draft.split(' ').collect::<Vec<_>>());
        }
    }
    let accounts = month.desk.list("/accounts", &[("pagesize", "1000"), ("filter", "accountNumber$gte:9001")]);
    let balances: Vec<(String, String)> =
        accounts.rows().iter().map(|row| (row["name"].as_str().unwrap_or_default().into(), row["balance"].to_string())).collect();
    let expected: Vec<(String, String)> = CLOSING.iter().map(|(name, balance)| ((*name).into(), (*balance).into())).collect();
    assert_eq!(balances, expected);
    assert_eq!(month.desk.get("/customers/4").number("/balance"), "980.00");
    assert_eq!(month.desk.list("/customers", &[("filter", "balance$ne:0")]).rows().len(), 1);
    let unpaid = month.desk.get("/invoices/unpaid");
    assert_eq!(
        unpaid.rows().iter().map(|row| (&row["references"]["other"], row["remainder"].to_string())).collect::<Vec<_>>(),
        [(&json!("A-0104"), "1000.00".into())]
    );
    let dollars = month.desk.list(&format!("/accounts/{}/accounting-years/2026/entries", account("CLR-USD")), &[("pagesize", "1000")]);
    assert_eq!(dollars.rows().iter().map(|row| dec(&row["amount"].to_string())).sum::<Decimal>(), dec("43.80"));
    assert_eq!(month.desk.economic.posting_attempts, 0, "the harness books, not the API");
}

/// The roles get the numbers 9001 and up, in order.
fn account(name: &str) -> u64 {
    9001 + CLOSING.iter().position(|(known, _)| *known == name).expect("a role") as u64
}

fn customer(name: &str) -> (u64, &'static str, u64) {
    let (_, number, currency, zone) = CUSTOMERS.iter().find(|(known, ..)| *known == name).expect("a customer");
    (*number, currency, *zone)
}

impl Month {
    fn open() -> Self {
        let mut desk = Desk::new();
        let mut setup = desk.setup();
        for (name, _) in CLOSING {
            let vat_code = match *name {
                "REV-25" => Some("U25"),
                "REV-OSS" => Some("OSS19"),
                _ => None,
            };
            let kind = if name.starts_with("REV") || name.ends_with("FEE") { "profitAndLoss" } else { "status" };
            setup.account(AccountSetup { number: account(name), name, kind, credit: false, block_direct_entries: *name == "AR", vat_code });
        }
        setup.system_accounts(account("FX"), account("ROUND"));
        for (code, rate, name, contra) in [("U25", "25", "VAT-OUT", None), ("OSS19", "19", "VAT-OSS", None), ("RC25", "25", "VAT-IN", Some("VAT-RC"))]
        {
            setup.vat(VatSetup { code, name: code, rate: dec(rate), account: account(name), contra: contra.map(account) });
        }
        setup.vat_zone(5, "OSS, Tyskland");
        let zones = [(1, account("REV-25")), (2, account("REV-EU")), (3, account("REV-EXP")), (5, account("REV-OSS"))];
        setup.product_group(7, "Salg", &zones);
        setup.product_group(8, "Øre", &[(1, account("ROUND"))]);
        setup.product("SALG", "Salg", 7, Decimal::ZERO);
        setup.product("ROUND", "Øredifference", 8, Decimal::ZERO);
        setup.customer_group(7, "Kunder", account("AR"));
        for (name, number, currency, zone) in CUSTOMERS {
            setup.customer(CustomerSetup { number: *number, name, currency, zone: *zone, terms: 2, group: 7, ..CustomerSetup::default() });
        }
        for name in ["CLR-DKK", "TRANSIT-DKK"] {
            let value = if name == "CLR-DKK" { "4000" } else { "2000" };
            setup.post(HandEntry {
                date: day("2026-10-30"),
                text: "Primo",
                account: account(name),
                contra: account("EQUITY"),
                customer: None,
                currency: "DKK",
                amount: dec(value),
            });
        }
        let mut month = Self { desk, booked: BTreeMap::from([("A-0090".into(), OCTOBER)]) };
        let invoice = json!({ "customer": { "customerNumber": 1 }, "customerInvoice": OCTOBER, "contraAccount": { "accountNumber": account("EQUITY") },
            "amount": 1250, "date": "2026-10-30", "text": "A-0090" });
        month.voucher("manualCustomerInvoices", invoice);
        month
    }

    fn play(&mut self, mark: &str, date: &str, words: &[&str]) {
        let rate = words.iter().find_map(|word| word.strip_prefix('@'));
        match *words {
            ["DI", reference, of, ref lines @ ..] => self.invoice(reference, date, of, lines, rate),
            ["cP", of, amount, invoice, contra, ..] => {
                let (number, currency, _) = customer(of);
                let mut entry = json!({ "customer": { "customerNumber": number }, "contraAccount": { "accountNumber": account(contra) }, "amount": super::number(amount),
                    "currency": { "code": currency }, "date": date, "text": mark });
                if let Some(invoice) = self.booked.get(invoice) {
                    entry["customerInvoice"] = json!(invoice);
                }
                if let Some(rate) = rate {
                    entry["exchangeRate"] = super::number(rate);
                }
                self.voucher("customerPayments", entry);
            }
            ["fV", of, amount, contra, ref more @ ..] => {
                let mut entry = json!({ "account": { "accountNumber": account(of) }, "contraAccount": { "accountNumber": account(contra) },
                    "amount": super::number(amount), "date": date, "text": mark });
                if more.contains(&"RC25") {
                    entry["vatAccount"] = json!({ "vatCode": "RC25" });
                }
                if more.contains(&"USD") {
                    entry["currency"] = json!({ "code": "USD" });
                }
                self.voucher("financeVouchers", entry);
            }
            ["B", of, amount, bank] => {
                let known = CUSTOMERS.iter().find(|(name, ..)| *name == of).map(|(_, number, ..)| *number);
                let own = if known.is_some() { account("AR") } else { account(of) };
                let currency = if bank == "BANK-USD" { "USD" } else { "DKK" };
                self.desk.setup().post(HandEntry {
                    date: day(date),
                    text: "Bank",
                    account: own,
                    contra: account(bank),
                    customer: known,
                    currency,
                    amount: dec(amount),
                });
            }
            ["AP", of, left, right] => self.match_by_hand(customer(of).0, [left, right]),
            _ => panic!("{words:?}"),
        }
    }

    fn invoice(&mut self, reference: &str, date: &str, of: &str, lines: &[&str], rate: Option<&str>) {
        let (number, currency, zone) = customer(of);
        let line = |word: &&str| {
            let (product, word) = word.split_once(':').unwrap_or(("SALG", word));
            let (quantity, price) = word.split_once('x').unwrap_or(("1", word));
            json!({ "product": { "productNumber": product }, "quantity": super::number(quantity), "unitNetPrice": super::number(price), "description": "Linje" })
        };
        let lines: Vec<Value> = lines.iter().filter(|word| !word.starts_with('@')).map(line).collect();
        let mut body = json!({
            "date": date, "currency": currency, "customer": { "customerNumber": number }, "layout": { "layoutNumber": 19 }, "references": { "other": reference },
            "paymentTerms": { "paymentTermsNumber": 2 }, "recipient": { "name": of, "vatZone": { "vatZoneNumber": zone } }, "lines": lines,
        });
        if let Some(rate) = rate {
            body["exchangeRate"] = super::number(rate);
        }
        let draft = self.desk.post("/invoices/drafts", &body);
        assert_eq!(draft.status, 201, "{reference}: {}", draft.text);
        let booked = self.desk.setup().book_invoice(draft.json["draftInvoiceNumber"].as_u64().unwrap_or(0)).expect("booked");
        self.booked.insert(reference.into(), booked);
    }

    fn voucher(&mut self, kind: &str, entry: Value) {
        let body = json!({ "accountingYear": { "year": "2026" }, "entries": { kind: [entry] } });
        let made = self.desk.post("/journals/1/vouchers", &body);
        assert_eq!(made.status, 201, "{body}: {}", made.text);
        self.desk.setup().book_journal(1).expect("booked");
    }

    fn match_by_hand(&mut self, customer: u64, invoices: [&str; 2]) {
        let wanted = invoices.map(|invoice| self.booked.get(invoice).copied());
        let setup = self.desk.setup();
        let entries: Vec<u64> =
            setup.open_entries(customer).into_iter().filter(|(_, invoice, _)| wanted.contains(invoice)).map(|(number, ..)| number).collect();
        self.desk.setup().match_entries(&entries).expect("matched");
    }
}
