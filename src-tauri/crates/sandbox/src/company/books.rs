//! The same company in Business Central: its set-up, its customers, and what somebody already booked.

use super::cast::{Buyer, InLedger, Member, THIRDS_WARE, WARES};
use super::history::Played;
use super::receipts::{self, Delivery, STRANGERS};
use super::story::{self, Booked, Plan};
use crate::business_central::setup::{
    AccountSetup, BankAccountSetup, CompanyInformation, CurrencySetup, CustomerGroups, CustomerSetup, Document, GeneralPosting, ItemSetup,
    JournalBatch, SalesDocument, SalesLine, Setup, Sold, VatPosting,
};
use crate::business_central::{BusinessCentral, CompanySetup};
use crate::stripe::{Object, Stripe};
use crate::world::Args;
use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use chrono_tz::Europe::Copenhagen;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;
use std::collections::BTreeMap;

pub const ENVIRONMENT: &str = "Sandbox";
const TAXED: &str = "MOMS25";
const UNTAXED: &str = "INGEN";
pub(super) const ROUNDING_ACCOUNT: &str = "6790";
/// Names of companies are cut here, as Business Central does.
const COMPANY_NAME: usize = 30;
const DISPLAY_NAME: usize = 100;

/// The customer whom sales without a name are booked to.
pub const GENERIC_CUSTOMER: &str = "CARD";

/// What the ledger holds of the story.
pub struct Kept {
    /// Numbers of customers, by place in the cast.
    pub customers: Vec<Option<String>>,
    /// Documents by plan.
    pub invoices: Vec<Option<Document>>,
    /// By credit note.
    pub memos: BTreeMap<String, Document>,
}

/// Fills the ledger.
pub fn keep(ledger: &mut BusinessCentral, args: &Args, cast: &[Member], plans: &[Plan], played: &Played, stripe: &mut Stripe) -> Kept {
    let begin = story::start(args).and_hms_opt(6, 0, 0).map_or(DateTime::UNIX_EPOCH, |at| at.and_utc());
    let setup = CompanySetup {
        id: None,
        name: args.company.chars().take(COMPANY_NAME).collect(),
        display_name: args.company.clone(),
        currency: "DKK".into(),
        decimals: 2,
        time_zone: Copenhagen,
    };
    let company = ledger.add_company(ENVIRONMENT, setup, begin);
    let mut kept = Kept { customers: Vec::new(), invoices: vec![None; plans.len()], memos: BTreeMap::new() };
    let Some(mut setup) = ledger.setup(&company, begin) else { return kept };
    accounts(&mut setup, args);
    posting(&mut setup);
    currencies(&mut setup, story::start(args));
    terms_and_items(&mut setup);
    kept.customers = customers(&mut setup, cast);
    generic_customer(&mut setup);
    let strangers = strangers(&mut setup);
    let mut own = receipts::deliveries(args).into_iter().peekable();
    let mut own_made = Vec::new();
    for (n, plan) in plans.iter().enumerate() {
        while let Some(delivery) = own.next_if(|delivery| delivery.at <= plan.at) {
            own_made.push(post(ledger, &company, delivery.at, delivered(&delivery, &strangers)));
        }
        stripe.store.tidy();
        let (Some(member), Some(invoice)) = (cast.get(plan.member), played.invoices.get(n).and_then(|id| stripe.store.get("invoice", id))) else {
            continue;
        };
        if let Some(document) = document(plan, member, kept.customers.get(plan.member).and_then(Option::as_deref), invoice) {
            if plan.booked == Booked::WithItsCredit
                && let Some((note, number)) = credit_note_of(stripe, invoice)
            {
                let memo = SalesDocument { external_document_number: number, ..document.clone() };
                kept.memos.insert(note, post_memo(ledger, &company, plan.at, memo));
            }
            let made = post(ledger, &company, plan.at, document);
            if plan.booked == Booked::InMetadata
                && let Some(id) = played.invoices.get(n)
            {
                note_in_metadata(stripe, id, &made.number);
            }
            if let Some(slot) = kept.invoices.get_mut(n) {
                *slot = Some(made);
            }
        }
    }
    number_the_receipts(stripe, args, played, &own_made);
    kept
}

/// Id and number of the first credit note on an invoice.
fn credit_note_of(stripe: &Stripe, invoice: &Object) -> Option<(String, String)> {
    let note = stripe.store.with("credit_note", "invoice", invoice.get("id")?.as_str()?).next()?;
    Some((note.get("id")?.as_str()?.to_owned(), note.get("number")?.as_str()?.to_owned()))
}

fn post_memo(ledger: &mut BusinessCentral, company: &str, at: i64, document: SalesDocument) -> Document {
    let now = DateTime::from_timestamp(at, 0).unwrap_or(DateTime::UNIX_EPOCH);
    let setup = ledger.setup(company, now).map(|mut setup| setup.posted_credit_memo(document));
    setup.and_then(Result::ok).expect("the demo company posts what its own set-up allows")
}

fn post(ledger: &mut BusinessCentral, company: &str, at: i64, document: SalesDocument) -> Document {
    let now = DateTime::from_timestamp(at, 0).unwrap_or(DateTime::UNIX_EPOCH);
    let setup = ledger.setup(company, now).map(|mut setup| setup.posted_invoice(document));
    // The documents are made from this file's own set-up; a refusal is a mistake in it.
    setup.and_then(Result::ok).expect("the demo company posts what its own set-up allows")
}

/// The posted document that the plan asks for, if the invoice was ever finalized.
pub(super) fn document(plan: &Plan, member: &Member, customer: Option<&str>, invoice: &Object) -> Option<SalesDocument> {
    let (number, customer) = (invoice.get("number")?.as_str()?, customer?);
    if plan.booked == Booked::Not || integer(invoice, "total") == 0 {
        return None;
    }
    let date = local_date(invoice.get("effective_at")?.as_i64()?);
    let late = if plan.booked == Booked::Bare { 1 } else { 0 };
    let date = date.checked_add_days(Days::new(late)).unwrap_or(date);
    let referenced = matches!(plan.booked, Booked::ByNumber | Booked::WithItsCredit | Booked::Differs);
    let mut lines = lines(member, invoice);
    if plan.booked == Booked::Differs
        && let Some(first) = lines.first_mut()
    {
        first.unit_price = first.unit_price.map(|price| price + Decimal::ONE_HUNDRED);
    }
    if plan.booked == Booked::InText {
        lines.insert(
            0,
            SalesLine {
                sold: Sold::Comment,
                description: format!("Stripe-faktura {number}"),
                quantity: Decimal::ZERO,
                unit_price: None,
                discount_percent: Decimal::ZERO,
                vat_product_group: None,
            },
        );
    }
    Some(SalesDocument {
        customer: customer.to_owned(),
        external_document_number: if referenced { number.to_owned() } else { String::new() },
        invoice_date: Some(date),
        posting_date: Some(date),
        lines,
        ..SalesDocument::default()
    })
}

/// One line for each of Stripe's, and one for what the ledger's VAT rounds away.
fn lines(member: &Member, invoice: &Object) -> Vec<SalesLine> {
    let gross_prices = prices_include_tax(member);
    let decimals = decimals(member.currency);
    let (mut sum, mut made) = (Decimal::ZERO, Vec::new());
    for line in invoice.get("_lines").and_then(Value::as_array).into_iter().flatten() {
        let part = |list: &str| {
            line.get(list).and_then(Value::as_array).into_iter().flatten().filter_map(|entry| entry.get("amount")?.as_i64()).sum::<i64>()
        };
        let base = line.get("amount").and_then(Value::as_i64).unwrap_or_default() - part("discount_amounts");
        let inside = member.buyer == Buyer::Consumer && !gross_prices;
        let amount = Decimal::new(if inside { base - part("taxes") } else { base }, decimals);
        sum += amount;
        let quantity = Decimal::from(line.get("quantity").and_then(Value::as_i64).unwrap_or(1).max(1));
        let each = amount / quantity;
        let exact = each.round_dp(5) * quantity == amount;
        let text = line.get("description").and_then(Value::as_str).unwrap_or_default();
        made.push(SalesLine {
            sold: Sold::Account(revenue(member.buyer).into()),
            description: if exact { text.to_owned() } else { format!("{quantity} × {text}") },
            quantity: if exact { quantity } else { Decimal::ONE },
            unit_price: Some(if exact { each.round_dp(5) } else { amount }),
            discount_percent: Decimal::ZERO,
            vat_product_group: None,
        });
    }
    let taxed = matches!(member.buyer, Buyer::Business | Buyer::Consumer) && !gross_prices;
    let tax =
        if taxed { (sum * Decimal::new(25, 2)).round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero) } else { Decimal::ZERO };
    let rest = Decimal::new(integer(invoice, "total"), decimals) - sum - tax;
    if !rest.is_zero() {
        made.push(SalesLine {
            sold: Sold::Account(ROUNDING_ACCOUNT.into()),
            description: "Øreafrunding".into(),
            quantity: Decimal::ONE,
            unit_price: Some(rest),
            discount_percent: Decimal::ZERO,
            vat_product_group: None,
        });
    }
    made
}

fn note_in_metadata(stripe: &mut Stripe, id: &str, number: &str) {
    stripe.store.update("invoice", id, |invoice| {
        let metadata = invoice.entry("metadata").or_insert_with(|| Value::Object(Object::new()));
        metadata["bilag"] = number.into();
    });
}

fn accounts(setup: &mut Setup<'_>, args: &Args) {
    setup.company_information(CompanyInformation {
        display_name: args.company.clone(),
        address_line_1: "Pakhusvej 14".into(),
        city: "Aarhus C".into(),
        postal_code: "8000".into(),
        country: "DK".into(),
        email: "kontor@nordlyskeramik.example".into(),
        tax_registration_number: "DK99887764".into(),
        fiscal_year_start: NaiveDate::from_ymd_opt(args.until.year(), 1, 1),
        ..CompanyInformation::default()
    });
    setup.general_ledger(None, None);
    for (number, name, category, group) in [
        ("1010", "Varesalg, Danmark", "Income", TAXED),
        ("1020", "Varesalg, EU", "Income", TAXED),
        ("1030", "Varesalg, eksport", "Income", TAXED),
        ("4310", "Gebyrer, Stripe", "Expense", ""),
        ("4320", "Gebyrer, andre", "Expense", ""),
        ("4400", "Tab på debitorer", "Expense", ""),
        ("5610", "Tilgodehavender fra salg", "Assets", ""),
        ("5810", "Bank, driftskonto", "Assets", ""),
        ("5820", "Stripe, DKK", "Assets", ""),
        ("5830", "Stripe, udbetalinger undervejs", "Assets", ""),
        ("5840", "Stripe, tilbageholdt", "Assets", ""),
        ("5850", "Stripe, indsigelser", "Assets", ""),
        ("6710", "Kursdifferencer", "Expense", ""),
        (ROUNDING_ACCOUNT, "Øreafrunding", "Income", UNTAXED),
        ("7310", "Ukendte indbetalinger", "Liabilities", ""),
        ("7910", "Salgsmoms", "Liabilities", ""),
        ("7920", "Købsmoms", "Assets", ""),
        ("7930", "Moms af ydelser fra udlandet", "Liabilities", ""),
    ] {
        let sells = !group.is_empty();
        let text = |yes: &str| if sells { yes.to_owned() } else { String::new() };
        setup.account(AccountSetup {
            number: number.into(),
            display_name: name.into(),
            category: category.into(),
            direct_posting: true,
            general_posting_type: text("Sale"),
            general_product_group: text("SALG"),
            vat_product_group: group.into(),
            ..AccountSetup::default()
        });
    }
    setup.bank_account(BankAccountSetup {
        number: "BANK".into(),
        display_name: "Driftskonto".into(),
        account_number: "5810".into(),
        ..BankAccountSetup::default()
    });
    setup.bank_account(BankAccountSetup {
        number: "STRIPE-DKK".into(),
        display_name: "Stripe, DKK".into(),
        account_number: "5820".into(),
        ..BankAccountSetup::default()
    });
    for (code, name, cash_receipts) in [("STRIPE", "Stripe, indbetalinger", true), ("STRIPE-K", "Stripe, gebyrer", false)] {
        setup.journal_batch(JournalBatch {
            code: code.into(),
            display_name: name.into(),
            cash_receipts,
            balancing_bank_account: "STRIPE-DKK".into(),
            ..JournalBatch::default()
        });
    }
}

fn posting(setup: &mut Setup<'_>) {
    let rate = |per_cent: i64| Decimal::from(per_cent);
    for (business, product, identifier, per_cent, reverse) in [
        ("DK", TAXED, "MOMS25", 25, false),
        ("EU", TAXED, "EU0", 0, true),
        ("EKSPORT", TAXED, "EKSPORT0", 0, false),
        ("DK", UNTAXED, "INGEN", 0, false),
        ("EU", UNTAXED, "INGEN", 0, false),
        ("EKSPORT", UNTAXED, "INGEN", 0, false),
    ] {
        setup.vat(VatPosting {
            business_group: business.into(),
            product_group: product.into(),
            identifier: identifier.into(),
            rate: rate(per_cent),
            reverse_charge: reverse,
            sales_account: "7910".into(),
            purchase_account: "7920".into(),
            reverse_account: "7930".into(),
        });
    }
    for (business, account) in [("DK", "1010"), ("EU", "1020"), ("EKSPORT", "1030")] {
        setup.general_posting(GeneralPosting {
            business_group: business.into(),
            product_group: "SALG".into(),
            sales_account: account.into(),
            credit_memo_account: account.into(),
        });
        setup.customer_posting_group(business, "5610");
        setup.tax_area(business, business);
    }
    setup.tax_group(TAXED, "25 % moms");
    setup.tax_group(UNTAXED, "Uden moms");
    setup.exchange_difference_accounts("6710", "6710");
    setup.customer_template(Some(groups(Buyer::Business)));
}

fn currencies(setup: &mut Setup<'_>, from: NaiveDate) {
    // A year before the history, so that every date has a rate.
    let from = from.checked_sub_days(Days::new(366)).unwrap_or(from);
    for (code, name, symbol, decimals, rate) in [
        ("EUR", "Euro", "€", 2, Decimal::new(74_600, 2)),
        ("GBP", "Britiske pund", "£", 2, Decimal::new(87_450, 2)),
        ("USD", "Amerikanske dollar", "$", 2, Decimal::new(68_000, 2)),
        ("JPY", "Japanske yen", "¥", 0, Decimal::new(450, 2)),
    ] {
        setup.currency(CurrencySetup { code: code.into(), display_name: name.into(), symbol: symbol.into(), decimals });
        setup.exchange_rate(code, from, Decimal::ONE_HUNDRED, rate);
    }
}

/// Wares that are sold in Stripe and that nobody made an item of in the ledger.
const NO_ITEMS: [usize; 2] = [5, THIRDS_WARE];

fn terms_and_items(setup: &mut Setup<'_>) {
    for (code, name, formula) in [("KONTANT", "Kontant", "0D"), ("14D", "Netto 14 dage", "14D"), ("30D", "Netto 30 dage", "30D")] {
        setup.payment_terms(code, name, formula);
    }
    setup.unit_of_measure("STK", "Stk.", "EA");
    for (code, name) in [
        ("DK", "Danmark"),
        ("DE", "Tyskland"),
        ("ES", "Spanien"),
        ("FR", "Frankrig"),
        ("NL", "Holland"),
        ("SE", "Sverige"),
        ("GB", "Storbritannien"),
        ("GR", "Grækenland"),
        ("JP", "Japan"),
        ("US", "USA"),
    ] {
        setup.country(code, name);
    }
    for (n, ware) in WARES.iter().enumerate().filter(|(n, _)| !NO_ITEMS.contains(n)) {
        setup.item(ItemSetup {
            number: format!("V-{:02}", n + 1),
            display_name: ware.name.into(),
            kind: "Non-Inventory".into(),
            unit_price: Decimal::new(ware.net, 2),
            unit_of_measure: "STK".into(),
            general_product_group: "SALG".into(),
            vat_product_group: TAXED.into(),
        });
    }
}

/// The number of each member of the cast in the ledger.
fn customers(setup: &mut Setup<'_>, cast: &[Member]) -> Vec<Option<String>> {
    let mut numbers: Vec<Option<String>> = Vec::new();
    for member in cast {
        let number = match member.ledger {
            InLedger::Missing => None,
            InLedger::SameAs(other) => numbers.get(other).cloned().flatten(),
            InLedger::Same => Some(customer(setup, member, &member.name)),
            InLedger::As(name) => Some(customer(setup, member, name)),
        };
        numbers.push(number);
    }
    numbers
}

fn customer(setup: &mut Setup<'_>, member: &Member, name: &str) -> String {
    let terms = match member.terms {
        None => "KONTANT".to_owned(),
        Some(days) => format!("{days}D"),
    };
    let of = CustomerSetup {
        display_name: name.chars().take(DISPLAY_NAME).collect(),
        person: member.buyer == Buyer::Consumer,
        address_line_1: member.street.clone(),
        city: member.city.clone(),
        postal_code: member.postcode.clone(),
        country: member.country.into(),
        email: member.email.clone(),
        // Danish bookkeepers leave the country letters out at home.
        tax_registration_number: member.vat.strip_prefix("DK").unwrap_or(&member.vat).to_owned(),
        currency: member.currency.to_uppercase(),
        payment_terms: terms,
        prices_include_tax: prices_include_tax(member),
        groups: Some(groups(member.buyer)),
        ..CustomerSetup::default()
    };
    setup.customer(of).number
}

fn groups(buyer: Buyer) -> CustomerGroups {
    let code = match buyer {
        Buyer::Business | Buyer::Consumer => "DK",
        Buyer::Union(_) | Buyer::Unnumbered => "EU",
        Buyer::Export => "EKSPORT",
    };
    CustomerGroups { general_business_group: code.into(), vat_business_group: code.into(), customer_posting_group: code.into() }
}

fn generic_customer(setup: &mut Setup<'_>) {
    setup.customer(CustomerSetup {
        number: GENERIC_CUSTOMER.into(),
        display_name: "Card customers".into(),
        person: true,
        country: "DK".into(),
        payment_terms: "KONTANT".into(),
        groups: Some(groups(Buyer::Consumer)),
        ..CustomerSetup::default()
    });
}

/// Customers that Stripe never saw.
fn strangers(setup: &mut Setup<'_>) -> Vec<String> {
    let made = STRANGERS.iter().map(|(name, postcode, city)| {
        let of = CustomerSetup {
            display_name: (*name).into(),
            postal_code: (*postcode).into(),
            city: (*city).into(),
            country: "DK".into(),
            payment_terms: "14D".into(),
            groups: Some(groups(Buyer::Business)),
            ..CustomerSetup::default()
        };
        setup.customer(of).number
    });
    made.collect()
}

/// An invoice that only the ledger has.
fn delivered(delivery: &Delivery, customers: &[String]) -> SalesDocument {
    let date = local_date(delivery.at);
    let line = SalesLine {
        sold: Sold::Item(format!("V-{:02}", 1 + delivery.ware)),
        description: "Levering efter aftale".into(),
        quantity: Decimal::from(delivery.quantity),
        unit_price: None,
        discount_percent: Decimal::ZERO,
        vat_product_group: None,
    };
    SalesDocument {
        customer: customers.get(delivery.customer).cloned().unwrap_or_default(),
        invoice_date: Some(date),
        posting_date: Some(date),
        lines: vec![line],
        ..SalesDocument::default()
    }
}

/// Who pays such invoices writes their numbers.
fn number_the_receipts(stripe: &mut Stripe, args: &Args, played: &Played, delivered: &[Document]) {
    for (receipt, charge) in receipts::receipts(args).iter().zip(&played.receipts) {
        let numbers: Vec<&str> = receipt.names.iter().filter_map(|at| Some(delivered.get(*at)?.number.as_str())).collect();
        if !numbers.is_empty() {
            let text = receipt.text.replace("{}", &numbers.join(", "));
            stripe.store.update("charge", charge, |charge| drop(charge.insert("description".into(), text.into())));
        }
    }
}

/// One consumer is kept with prices that include tax.
pub(super) fn prices_include_tax(member: &Member) -> bool {
    member.buyer == Buyer::Consumer && member.postcode == "5700"
}

fn revenue(buyer: Buyer) -> &'static str {
    match buyer {
        Buyer::Business | Buyer::Consumer => "1010",
        Buyer::Union(_) | Buyer::Unnumbered => "1020",
        Buyer::Export => "1030",
    }
}

fn decimals(currency: &str) -> u32 {
    if currency == "jpy" { 0 } else { 2 }
}

fn local_date(at: i64) -> NaiveDate {
    DateTime::<Utc>::from_timestamp(at, 0).unwrap_or_default().with_timezone(&Copenhagen).date_naive()
}

fn integer(object: &Object, name: &str) -> i64 {
    object.get(name).and_then(Value::as_i64).unwrap_or_default()
}
