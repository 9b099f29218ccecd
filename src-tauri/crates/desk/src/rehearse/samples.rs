//! Invented invoices, one of each kind that choices decide about, as Stripe would send them.

use chrono::{NaiveDate, NaiveTime};
use ledgers::{CompanyFacts, LedgerRecord, Party};
use money::{Currency, Money};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use stripe::{Customer, Invoice, Kind, Object, TaxRate};

use crate::mirror::{Known, Mirror};
use crate::propose::{Decisions, Said};
use crate::settings::{CarriedKey, CarriedTo, DraftWhen, Sales, Settings};

pub struct Sample {
    /// Its kind, for the page's words.
    pub name: &'static str,
    invoice: Option<Invoice>,
    customer: Option<Customer>,
    /// The ledger's customer that it is, in a ledger that has one.
    party: Option<Party>,
    rate: Option<TaxRate>,
}

impl Sample {
    pub fn id(&self) -> &str {
        self.invoice.as_ref().map_or("", |invoice| &invoice.id)
    }
}

/// The mirror with these invoices alone; the ledger's documents would only be taken for them by chance.
pub fn put(mirror: &mut Mirror, decisions: &mut Decisions, samples: &[Sample]) {
    mirror.documents.clear();
    mirror.memos.clear();
    mirror.invoices = samples.iter().filter_map(|sample| sample.invoice.clone()).map(known).collect();
    for sample in samples {
        mirror.customers.extend(sample.customer.clone().map(|customer| (customer.id.clone(), known(customer))));
        if let (Some(party), Some(customer)) = (&sample.party, &sample.customer) {
            let record = LedgerRecord::invented(&party.ledger_number, party.clone());
            decisions.customers.insert(customer.id.clone(), Said::Is(record.id.clone()));
            mirror.parties.insert(record.id.clone(), record);
        }
        mirror.tax_rates.extend(sample.rate.clone().map(|rate| (rate.id.clone(), rate)));
    }
}

fn known<T>(is: T) -> Known<T> {
    Known { is, version: "sample".to_owned() }
}

/// What a sample is, before it is an invoice.
struct Idea {
    name: &'static str,
    country: String,
    vat: Option<&'static str>,
    currency: Currency,
    /// Of the line, tax included where `inclusive`.
    price: Decimal,
    discount: Decimal,
    rate: Option<Decimal>,
    inclusive: bool,
    reverse: bool,
    guest: bool,
    /// The ledger has the buyer already.
    known: bool,
    date: NaiveDate,
}

pub fn made(facts: &CompanyFacts, settings: &Settings, sales: &Sales) -> Result<Vec<Sample>, Unmade> {
    ideas(facts, settings, sales).into_iter().enumerate().map(|(number, idea)| sample(number + 1, &idea, settings)).collect()
}

fn ideas(facts: &CompanyFacts, settings: &Settings, sales: &Sales) -> Vec<Idea> {
    let lock = settings.locks.latest(facts).map(|lock| lock.until);
    let open = lock.and_then(|day| day.succ_opt()).map_or(settings.start, |day| day.max(settings.start));
    let plain = |name| Idea {
        name,
        country: facts.country.clone(),
        vat: None,
        currency: facts.base,
        price: Decimal::new(100_000, 2),
        discount: Decimal::ZERO,
        rate: Some(sales.home_rate),
        inclusive: false,
        reverse: false,
        guest: false,
        known: false,
        date: open,
    };
    let neighbour = if facts.country == "DE" { ("FR", "FR40303265045", 20) } else { ("DE", "DE136695976", 19) };
    let abroad = if facts.base.code() == "EUR" { "USD" } else { "EUR" };
    let mut ideas = vec![
        plain("domestic"),
        Idea { country: neighbour.0.into(), vat: Some(neighbour.1), rate: None, reverse: true, known: true, ..plain("reverse_charge") },
        Idea { country: neighbour.0.into(), rate: Some(Decimal::from(neighbour.2)), known: true, ..plain("one_stop_shop") },
        Idea { country: "US".into(), rate: None, known: true, ..plain("export") },
        Idea { country: "US".into(), rate: None, ..plain("new_abroad") },
        Idea { rate: None, ..plain("untaxed") },
        Idea { price: Decimal::new(9_997, 2), inclusive: true, ..plain("inclusive") },
        Idea { price: Decimal::new(80_000, 2), discount: Decimal::new(8_000, 2), ..plain("discount") },
        Idea { currency: Currency::parse(abroad).unwrap_or(facts.base), ..plain("foreign_currency") },
        Idea { guest: true, price: Decimal::new(25_000, 2), inclusive: true, ..plain("guest") },
    ];
    // Only what is not before the start can fall into a locked period.
    ideas.extend(lock.filter(|day| *day >= settings.start).map(|date| Idea { date, ..plain("locked") }));
    ideas
}

fn sample(number: usize, idea: &Idea, settings: &Settings) -> Result<Sample, Unmade> {
    let id = format!("sample_{number}");
    let mut sample = Sample { name: idea.name, invoice: None, customer: None, party: idea.known.then(|| party(&id, idea)), rate: None };
    let customer = (!idea.guest).then(|| (Kind::Customer, customer(&id, idea)));
    let rate = idea.rate.map(|rate| (Kind::TaxRate, tax_rate(&id, idea, rate)));
    for (kind, document) in [customer, rate, Some((Kind::Invoice, invoice(&id, number, idea, settings)?))].into_iter().flatten() {
        match Object::read(kind, document.to_string().as_bytes())? {
            Object::Invoice(is) => sample.invoice = Some(*is),
            Object::Customer(is) => sample.customer = Some(*is),
            Object::TaxRate(is) => sample.rate = Some(*is),
            _ => {}
        }
    }
    Ok(sample)
}

fn customer(id: &str, idea: &Idea) -> Value {
    json!({ "id": format!("{id}_customer"), "name": name(id), "email": Value::Null, "address": address(idea), "metadata": {} })
}

/// A customer that only the rehearsal has.
fn party(id: &str, idea: &Idea) -> Party {
    Party { name: name(id), country: idea.country.clone(), ledger_number: number(id), ..Party::default() }
}

fn number(id: &str) -> String {
    id.to_uppercase()
}

fn name(id: &str) -> String {
    format!("Rehearsal {id}")
}

fn address(idea: &Idea) -> Value {
    json!({ "country": idea.country, "city": "Rehearsal", "postal_code": "0000", "line1": "1 Rehearsal Street" })
}

fn tax_rate(id: &str, idea: &Idea, rate: Decimal) -> Value {
    json!({ "id": format!("{id}_rate"), "percentage": number_of(rate), "country": idea.country, "tax_type": "vat", "inclusive": idea.inclusive, "created": 0 })
}

/// A decimal as a number of JSON, from its own text.
fn number_of(decimal: Decimal) -> Value {
    serde_json::from_str(&decimal.to_string()).unwrap_or(Value::Null)
}

fn invoice(id: &str, number: usize, idea: &Idea, settings: &Settings) -> Result<Value, Unmade> {
    let minor = |amount: Decimal| minor(amount, idea.currency);
    let base = idea.price - idea.discount;
    let rate = idea.rate.unwrap_or_default() / Decimal::ONE_HUNDRED;
    let tax = if idea.inclusive { base - base / (Decimal::ONE + rate) } else { base * rate };
    let tax = Money::rounded(tax, idea.currency)?.decimal();
    let total = if idea.inclusive { base } else { base + tax };
    let reason = if idea.reverse { "reverse_charge" } else { "standard_rated" };
    let behavior = if idea.inclusive { "inclusive" } else { "exclusive" };
    let taxes = match (idea.rate, idea.reverse) {
        (None, false) => json!([]),
        (rate, _) => json!([{
            "amount": minor(tax)?, "tax_behavior": behavior, "taxability_reason": reason,
            "tax_rate_details": rate.map(|_| json!({ "tax_rate": format!("{id}_rate") })),
        }]),
    };
    let discounts = if idea.discount.is_zero() { json!([]) } else { json!([{ "amount": minor(idea.discount)?, "discount": "sample" }]) };
    let at = idea.date.and_time(NaiveTime::from_hms_opt(12, 0, 0).unwrap_or_default()).and_utc().timestamp();
    let currency = idea.currency.code().to_lowercase();
    let paid = if settings.draft_when == DraftWhen::Paid { total } else { Decimal::ZERO };
    Ok(json!({
        "id": id, "number": format!("SAMPLE-{number}"), "livemode": true, "currency": currency, "created": at,
        "status": if paid.is_zero() { "open" } else { "paid" },
        "collection_method": "send_invoice",
        "status_transitions": { "finalized_at": at },
        "customer": (!idea.guest).then(|| format!("{id}_customer")),
        "customer_name": (!idea.guest).then(|| name(id)),
        "customer_address": address(idea),
        "customer_tax_ids": idea.vat.map(|vat| json!([{ "type": "eu_vat", "value": vat }])),
        "customer_tax_exempt": if idea.reverse { "reverse" } else { "none" },
        "subtotal": minor(idea.price)?, "total": minor(total)?, "amount_due": minor(total)?, "amount_paid": minor(paid)?,
        "amount_remaining": minor(total - paid)?,
        "metadata": settings.carries.keys.iter().map(|carried| (carried.key.clone(), sample_value(carried))).collect::<serde_json::Map<_, _>>(),
        "lines": { "has_more": false, "data": [{
            "id": format!("{id}_line"), "description": "Sample", "currency": currency,
            "amount": minor(idea.price)?, "subtotal": minor(idea.price)?, "quantity": 1,
            "taxes": taxes, "discount_amounts": discounts, "metadata": {},
        }] },
    }))
}

/// What a buyer could have written there; a dimension keeps the value that the book gives it.
fn sample_value(carried: &CarriedKey) -> Value {
    match &carried.to {
        CarriedTo::YourReference => "4711".into(),
        CarriedTo::Comment => "autumn".into(),
        CarriedTo::Dimension(_) => "".into(),
    }
}

/// In Stripe's units, some of which are not the currency's own.
fn minor(amount: Decimal, currency: Currency) -> Result<i64, Unmade> {
    let hundred = stripe::money(100, currency)?.decimal();
    let minor = Money::rounded(amount, currency)?.decimal() * Decimal::ONE_HUNDRED / hundred;
    i64::try_from(minor.trunc()).map_err(|_| Unmade)
}

/// A sample that cannot be made is a mistake of this file.
#[derive(Debug)]
pub struct Unmade;

impl From<stripe::RowError> for Unmade {
    fn from(_: stripe::RowError) -> Self {
        Self
    }
}

impl From<money::MoneyError> for Unmade {
    fn from(_: money::MoneyError) -> Self {
        Self
    }
}
