//! The table of documents, `documents.txt`: what a bookkeeper reads is what is played.

use std::collections::BTreeMap;

use ledgers::{Dimension, RecordKind, Target, Zone};
use serde_json::{Value, json};
use stripe::{Kind, Object};

use super::stripes::{self, Buyer, Line, Options, at, dec, option};
use super::{CUSTOMERS, Shop, currency, day, written};
use crate::mirror::Known;
use crate::propose::{Said, VatQuestion};
use crate::settings::{CarriedKey, CarriedTo, DraftWhen, Late, ProductLink, SalesAccount, Unknown};

const TABLE: &str = include_str!("documents.txt");

#[test]
fn every_document_comes_out_as_the_table_says() {
    let cases: Vec<Case> = TABLE.split("\n## ").skip(1).map(Case::parse).collect();
    assert!(cases.len() > 60, "{} cases", cases.len());
    let mut wrong = String::new();
    for case in &cases {
        let found = case.play();
        if found != case.expected {
            wrong += &format!("\n## {}\n=>\n{}\n   but the table says\n{}\n", case.title, found.join("\n"), case.expected.join("\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

struct Case {
    title: String,
    given: Vec<(String, Vec<String>)>,
    expected: Vec<String>,
}

impl Case {
    /// Title; then what is given, each with its indented lines; `=>`; then what comes out.
    fn parse(text: &str) -> Self {
        let (given, expected) = text.split_once("\n=>\n").unwrap_or_else(|| panic!("no => in {text}"));
        let (title, given) = given.split_once('\n').unwrap_or((given, ""));
        let expected = expected.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).map(str::to_owned).collect();
        Self { title: title.to_owned(), given: lines(given), expected }
    }

    fn tells_of_vat(&self) -> bool {
        self.given.iter().any(|(line, _)| line.starts_with("computed "))
    }

    fn play(&self) -> Vec<String> {
        let mut play = Play::new();
        for (line, inside) in &self.given {
            play.give(line, inside);
        }
        let mut rows = play.shop.propose();
        rows.sort_by(|a, b| a.key.cmp(&b.key));
        let shown = rows.iter().flat_map(|row| {
            let is = row.row.right.as_ref().map(|right| format!("  is {}, {:?}", right.number, row.row.class).to_lowercase());
            let said = row.row.remarks.iter().map(|remark| format!("  says {}", remark.code));
            let unseen = row.row.unseen.iter().filter(|_| self.tells_of_vat()).map(|on| format!("  cannot see the VAT of {on}"));
            let own = |id: &drafts::DraftId| row.drafts.iter().any(|proposal| proposal.draft.id == *id);
            let after = row.drafts.iter().flat_map(|proposal| proposal.draft.frozen.waits_for()).filter(|id| !own(id)).filter_map(|id| {
                let other = rows.iter().find(|other| other.key != row.key && other.drafts.iter().any(|proposal| proposal.draft.id == *id))?;
                Some(format!("  after {}", other.key.0))
            });
            let written = written(row).into_iter().map(|line| format!("  {line}"));
            std::iter::once(row.key.0.clone()).chain(is).chain(said).chain(unseen).chain(after).chain(written).collect::<Vec<_>>()
        });
        shown.collect()
    }
}

/// Each line with those that are indented below it.
pub fn lines(text: &str) -> Vec<(String, Vec<String>)> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        match (line.strip_prefix("  "), all.last_mut()) {
            (Some(inner), Some((_, inside))) => inside.push(inner.to_owned()),
            _ => all.push((line.to_owned(), Vec::new())),
        }
    }
    all
}

pub struct Play {
    pub shop: Shop,
    buyers: BTreeMap<String, Buyer>,
    /// Currencies of invoices by number.
    codes: BTreeMap<String, String>,
}

fn buyers() -> BTreeMap<String, Buyer> {
    let buyer = |(number, name, country, vat, code): (&str, &str, &str, &str, &str)| {
        let exempt = if number == "C2" { "reverse" } else { "none" };
        let buyer = Buyer {
            id: format!("cus_{number}"),
            name: name.to_owned(),
            country: country.to_owned(),
            vat: vat.to_owned(),
            currency: code.to_owned(),
            exempt: exempt.to_owned(),
        };
        (number.to_owned(), buyer)
    };
    CUSTOMERS.map(buyer).into_iter().collect()
}

impl Play {
    pub fn new() -> Self {
        Self { shop: Shop::new(), buyers: buyers(), codes: BTreeMap::new() }
    }

    pub fn give(&mut self, line: &str, inside: &[String]) {
        let (words, options): (Vec<&str>, Vec<&str>) = line.split_whitespace().partition(|word| !word.contains('='));
        let options: Options = options
            .iter()
            .filter_map(|word| word.split_once('='))
            .map(|(name, value)| (name, if SPACED.contains(&name) { value.replace('_', " ") } else { value.to_owned() }))
            .collect();
        let lines: Vec<Line> = inside.iter().map(|line| Line::parse(line)).collect();
        for rate in stripes::tax_rates(&lines) {
            self.stripe(Kind::TaxRate, &rate);
        }
        match words.as_slice() {
            ["invoice", number, date, who] => {
                let lines = many(lines, &options);
                let buyer = &self.buyers[*who];
                self.codes.insert((*number).to_owned(), option(&options, "currency").unwrap_or(&buyer.currency).to_lowercase());
                let (invoice, customer) = (stripes::invoice(number, at(date), buyer, &lines, &options), buyer.customer());
                let customer = if options.contains_key("deleted") { json!({ "id": buyer.id, "deleted": true }) } else { customer };
                self.stripe(Kind::Customer, &customer);
                self.stripe(Kind::Invoice, &invoice);
            }
            ["note", number, date, "of", invoice, when] => {
                let code = self.codes.get(*invoice).cloned().unwrap_or("dkk".to_owned());
                self.stripe(Kind::CreditNote, &stripes::credit_note(number, at(date), invoice, when, &code, &lines, &options));
            }
            ["payment", id, date, amount, code] => {
                self.stripe(Kind::Charge, &stripes::charge(id, at(date), dec(amount), &code.to_lowercase(), &options))
            }
            ["checkout", id, date, amount, code] => {
                let code = code.to_lowercase();
                self.stripe(Kind::Charge, &stripes::charge(id, at(date), dec(amount), &code, &options));
                self.stripe(Kind::CheckoutSession, &stripes::session(id, at(date), &code, &lines, &options));
            }
            ["refund", id, date, payment, amount, code] => {
                self.stripe(Kind::Refund, &stripes::refund(id, at(date), payment, dec(amount), &code.to_lowercase(), &options));
            }
            ["paid", invoice, payment] => self.stripe(Kind::InvoicePayment, &stripes::invoice_payment(invoice, payment, "dkk")),
            ["ledger", kind, number, mark, who, date, amount, code, status] => {
                self.ledger(kind, number, mark, who, (date, amount, code, status), &options)
            }
            ["computed", number, who, kind, target, rate] => self.computed(number, who, (kind, target, rate)),
            ["buyer", id] => {
                let get = |name: &str| option(&options, name).unwrap_or_default().to_owned();
                let exempt = option(&options, "exempt").unwrap_or("none").to_owned();
                let currency = option(&options, "currency").unwrap_or("DKK").to_owned();
                let buyer = Buyer { id: format!("cus_{id}"), name: get("name"), country: get("country"), vat: get("vat"), currency, exempt };
                self.buyers.insert((*id).to_owned(), buyer);
            }
            ["customer", id] => {
                let customer = self.buyers[*id].customer();
                self.stripe(Kind::Customer, &customer);
            }
            ["declined", left, right] => drop(self.shop.decisions.rules.declined.insert(matching::Pair::new(*left, *right))),
            ["blocked", who] => {
                let record = self.shop.mirror.parties.get_mut(&format!("customer-{who}")).expect("a customer");
                record.blocked = ledgers::Blocked::All;
            }
            ["said", who, "new"] => drop(self.shop.decisions.customers.insert(format!("cus_{who}"), Said::New)),
            ["said", who, of] => drop(self.shop.decisions.customers.insert(format!("cus_{who}"), Said::Is(format!("customer-{of}")))),
            ["said_vat", who, product, unclear, said @ ..] => {
                let unclear = serde_json::from_value((*unclear).into()).expect("what is unclear");
                let question = VatQuestion { customer: format!("cus_{who}"), product: (*product).to_owned(), unclear };
                let zone = if said.is_empty() { Zone::Exempt } else { Zone::EuReverseCharge { goods: false } };
                self.shop.decisions.vat.insert(question, zone);
            }
            ["said_goods", product] => self.link(product, ProductLink { target: None, goods: Some(true) }),
            ["item", number, group @ ..] => {
                let item = self.shop.record(
                    RecordKind::Item,
                    &json!({
                        "id": format!("item-{number}"), "number": number, "displayName": option(&options, "name").unwrap_or(number),
                        "gtin": option(&options, "gtin").unwrap_or_default(), "blocked": options.contains_key("blocked"), "type": "Non_x002D_Inventory",
                        "baseUnitOfMeasureCode": "STK", "generalProductPostingGroupCode": "VARER", "inventoryPostingGroupCode": "", "taxGroupCode": group.first().copied().unwrap_or_default(),
                    }),
                );
                self.shop.mirror.items.insert((*number).to_owned(), item);
            }
            ["product", id] => {
                let gtin = option(&options, "gtin").map_or(json!({}), |gtin| json!({ "gtin": gtin }));
                self.stripe(Kind::Product, &json!({ "id": id, "name": option(&options, "name"), "created": 0, "metadata": gtin }));
            }
            ["product", id, item] => {
                self.stripe(
                    Kind::Product,
                    &json!({ "id": id, "name": option(&options, "name").unwrap_or(id), "created": 0, "metadata": { "ledger_item": item } }),
                );
            }
            ["product", id, item, "linked"] => self.link(id, ProductLink { target: Some(Target::Item((*item).to_owned())), goods: None }),
            ["settings"] => options.iter().for_each(|(name, value)| self.set(name, value)),
            _ => panic!("not understood: {line}"),
        }
    }

    fn link(&mut self, product: &str, link: ProductLink) {
        self.shop.sales.products.links.insert(product.to_owned(), link);
    }

    fn set(&mut self, name: &str, value: &str) {
        let (settings, sales) = (&mut self.shop.settings, &mut self.shop.sales);
        match name {
            "untaxed" => sales.untaxed_at_home = Some(dec(value)),
            "goods" => sales.goods = value == "yes",
            "start" => settings.start = day(value),
            "zone" => settings.zone = value.parse().expect("a zone"),
            "locked" => settings.locks.own_until = Some(day(value)),
            "late" => settings.locks.late = if value == "reopen" { Late::Reopen } else { Late::FirstOpenDay },
            "guests" => settings.customers.generic.clear(),
            "number_in_lines" => settings.carries.number_in_lines = true,
            "comment" => settings.carries.keys.push(CarriedKey { key: value.to_owned(), to: CarriedTo::Comment }),
            "no_rate" => self.shop.facts.currencies.retain(|fact| fact.currency != currency(value)),
            "rates_from" => self.shop.facts.currencies.iter_mut().for_each(|fact| fact.rates_from = Some(day(value))),
            "new_abroad" => settings.customers.new_abroad = true,
            "terms" => settings.customers.terms_confirmed = None,
            "unknown" => settings.customers.unknown = if value == "ask" { Unknown::Ask } else { Unknown::Generic },
            "identify" => settings.customers.identify_by = vec![serde_json::from_value(value.into()).expect("a means")],
            "when" => settings.draft_when = if value == "paid" { DraftWhen::Paid } else { DraftWhen::Sent },
            "reported" => settings.locks.vat_reported_until = Some(day(value)),
            "closed" => self.shop.facts.closed_until = Some(day(value)),
            "posting_to" => self.shop.facts.posting_to = Some(day(value)),
            "product_key" => sales.products.key = Some(value.to_owned()),
            "items_like" => sales.products.new_like = Some(value.to_owned()),
            "more_rate" => drop(sales.more_rates.insert(dec(value))),
            "code" => sales.domestic.tax_code = Some(value.to_owned()),
            "eu_services" => sales.eu_services = Some(SalesAccount { target: Target::Account(value.to_owned()), tax_code: None }),
            "export_services" => sales.export_services = Some(SalesAccount { target: Target::Account(value.to_owned()), tax_code: None }),
            "year" => settings.locks.year_until = Some(day(value)),
            "no_exempt" => sales.exempt = None,
            "exempt_to" => {
                let (account, code) = value.split_once(':').map_or((value, None), |(account, code)| (account, Some(code.to_owned())));
                sales.exempt = Some(SalesAccount { target: Target::Account(account.to_owned()), tax_code: code });
            }
            "number_in_stripe" => settings.carries.ledger_number_in_stripe = false,
            "reference" => settings.carries.keys.push(CarriedKey { key: value.to_owned(), to: CarriedTo::YourReference }),
            "dimension_key" => {
                let (key, code) = value.split_once(':').expect("key:dimension");
                settings.carries.keys.push(CarriedKey { key: key.to_owned(), to: CarriedTo::Dimension(code.to_owned()) });
            }
            "dimension" => {
                let (code, value) = value.split_once(':').expect("dimension:value");
                settings.carries.dimensions.push(Dimension { code: code.to_owned(), value: value.to_owned() });
            }
            _ => panic!("no setting {name}"),
        }
    }

    fn ledger(&mut self, kind: &str, number: &str, mark: &str, who: &str, (date, amount, code, status): (&str, &str, &str, &str), options: &Options) {
        let (_, name, ..) = CUSTOMERS.into_iter().find(|(own, ..)| own == &who).expect("a customer of the ledger");
        let open = option(options, "open").unwrap_or(amount);
        let mut fields = json!({
            "id": format!("id-{number}"), "number": number, "externalDocumentNumber": if mark == "-" { "" } else { mark }, "postingDate": date,
            "customerId": format!("customer-{who}"), "customerNumber": who, "customerName": name, "currencyCode": code, "status": status,
            "totalAmountIncludingTax": exact(amount), "remainingAmount": exact(open), "pricesIncludeTax": options.contains_key("gross_prices"),
        });
        let (kind, dated) = if kind == "CM" { (RecordKind::CreditMemo, "creditMemoDate") } else { (RecordKind::SalesInvoice, "invoiceDate") };
        fields[dated] = date.into();
        self.shop.document(kind, &fields);
    }

    /// An invoice that only the ledger knows, for the VAT on its line.
    fn computed(&mut self, number: &str, who: &str, (kind, target, rate): (&str, &str, &str)) {
        let line = json!({ "lineType": kind, "lineObjectNumber": target, "quantity": 1, "taxPercent": exact(rate) });
        let fields = json!({
            "id": format!("id-{number}"), "number": number, "invoiceDate": "2026-06-01", "postingDate": "2026-06-01", "status": "Paid",
            "customerId": format!("customer-{who}"), "customerNumber": who, "currencyCode": "DKK", "totalAmountIncludingTax": 1,
            "remainingAmount": 0, "salesInvoiceLines": [line],
        });
        self.shop.document(RecordKind::SalesInvoice, &fields);
    }

    fn stripe(&mut self, kind: Kind, document: &Value) {
        let mirror = &mut self.shop.mirror;
        let object = Object::read(kind, document.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}: {document}"));
        let version = stripe::source_version(&object).unwrap_or_default();
        match object {
            Object::Invoice(is) => mirror.invoices.push(Known { is: *is, version }),
            Object::CreditNote(is) => mirror.credit_notes.push(Known { is: *is, version }),
            Object::Refund(is) => mirror.refunds.push(Known { is: *is, version }),
            Object::Charge(is) => mirror.charges.push(Known { is: *is, version }),
            Object::InvoicePayment(is) => mirror.invoice_payments.push(*is),
            Object::CheckoutSession(is) => mirror.sessions.push(Known { is: *is, version }),
            Object::Customer(is) => drop(mirror.customers.insert(is.id.clone(), Known { is: *is, version })),
            Object::Product(is) => drop(mirror.products.insert(is.id.clone(), Known { is: *is, version })),
            Object::TaxRate(is) => drop(mirror.tax_rates.insert(is.id.clone(), *is)),
            other => panic!("{other:?}"),
        }
    }
}

/// Options whose value may have blanks, written `_`.
const SPACED: [&str; 2] = ["name", "text"];

/// `times=251`: every line so often.
fn many(lines: Vec<Line>, options: &Options) -> Vec<Line> {
    let times = option(options, "times").map_or(1, |times| times.parse().expect("a count"));
    lines.iter().flat_map(|line| std::iter::repeat_n(line.clone(), times)).collect()
}

fn exact(amount: &str) -> Value {
    serde_json::from_str(amount).expect("a number")
}
