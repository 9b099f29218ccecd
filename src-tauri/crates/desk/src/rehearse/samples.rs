//! Invented invoices, one of each kind that choices decide about.

use drafts::Subject;
use ledgers::{CompanyFacts, LedgerRecord, Party};
use money::Currency;
use rust_decimal::Decimal;
use stripe::{Kind, Object};

use super::idea::{Idea, Line, Tax, Unmade};
use super::shapes;
use crate::mirror::Mirror;
use crate::propose::{Decisions, Said};
use crate::settings::{Sales, Settings};

pub struct Sample {
    /// Its kind, for the page's words.
    pub name: &'static str,
    /// Of its row.
    pub key: Subject,
    objects: Vec<Object>,
    /// Stripe's customer, and the ledger's that it is, in a ledger that has one.
    known: Option<(String, LedgerRecord)>,
}

/// The mirror with these alone; the ledger's documents would only be taken for them by chance.
pub fn put(real: &Mirror, samples: &[Sample]) -> (Mirror, Decisions) {
    let mut mirror = Mirror {
        parties: real.parties.clone(),
        items: real.items.clone(),
        products: real.products.clone(),
        tax_rates: real.tax_rates.clone(),
        ..Mirror::default()
    };
    let mut decisions = Decisions::default();
    for sample in samples {
        sample.objects.iter().cloned().for_each(|object| mirror.take(object));
        if let Some((customer, record)) = &sample.known {
            decisions.customers.insert(customer.clone(), Said::Is(record.id.clone()));
            mirror.parties.insert(record.id.clone(), record.clone());
        }
    }
    (mirror, decisions)
}

pub fn made(facts: &CompanyFacts, settings: &Settings, sales: &Sales) -> Result<Vec<Sample>, Unmade> {
    ideas(facts, settings, sales).into_iter().enumerate().map(|(number, idea)| sample(number + 1, &idea, settings)).collect()
}

fn ideas(facts: &CompanyFacts, settings: &Settings, sales: &Sales) -> Vec<Idea> {
    let lock = settings.locks.latest(facts).map(|lock| lock.until);
    let open = lock.and_then(|day| day.succ_opt()).map_or(settings.start, |day| day.max(settings.start));
    let at = |rate: Decimal| Tax { rate, inclusive: false, reason: "standard_rated" };
    let home = || at(sales.home_rate);
    let inside = || Tax { inclusive: true, ..home() };
    let none = |reason| Tax { rate: Decimal::ZERO, inclusive: false, reason };
    let line = |price: i64, tax: Option<Tax>| Line { text: "Sample", price: Decimal::new(price, 2), discount: Decimal::ZERO, tax };
    let plain =
        |name, lines| Idea { name, country: facts.country.clone(), vat: None, currency: facts.base, lines, known: false, guest: false, date: open };
    let one = |name, tax| plain(name, vec![line(100_000, tax)]);
    let to = |country: &str, idea: Idea| Idea { country: country.to_owned(), known: true, ..idea };
    let neighbour = if facts.country == "DE" { ("FR", "FR40303265045", 20) } else { ("DE", "DE136695976", 19) };
    let abroad = if facts.base.code() == "EUR" { "USD" } else { "EUR" };
    let other = sales.more_rates.iter().find(|rate| **rate != sales.home_rate).map_or(none("product_exempt"), |rate| at(*rate));
    let mut ideas = vec![
        one("domestic", Some(home())),
        Idea { vat: Some(neighbour.1), ..to(neighbour.0, one("reverse_charge", Some(none("reverse_charge")))) },
        to(neighbour.0, one("one_stop_shop", Some(at(Decimal::from(neighbour.2))))),
        to("US", one("export", None)),
        Idea { known: false, ..to("US", one("new_abroad", None)) },
        one("untaxed", None),
        plain("inclusive", vec![line(9_997, Some(inside()))]),
        plain("discount", vec![Line { discount: Decimal::new(8_000, 2), ..line(80_000, Some(home())) }]),
        Idea { currency: Currency::parse(abroad).unwrap_or(facts.base), ..one("foreign_currency", Some(home())) },
        Idea { guest: true, ..plain("guest", vec![line(25_000, Some(inside()))]) },
        plain(
            "proration",
            vec![
                Line { text: "Remaining time on the larger plan", ..line(90_000, Some(home())) },
                Line { text: "Unused time on the smaller plan", ..line(-30_000, Some(home())) },
            ],
        ),
        plain("several_rates", vec![line(100_000, Some(home())), Line { text: "Sample at another rate", ..line(50_000, Some(other)) }]),
    ];
    // Only what is not before the start can fall into a locked period.
    ideas.extend(lock.filter(|day| *day >= settings.start).map(|date| Idea { date, ..one("locked", Some(home())) }));
    ideas
}

fn sample(number: usize, idea: &Idea, settings: &Settings) -> Result<Sample, Unmade> {
    let id = format!("sample_{number}");
    let mut shapes: Vec<_> = shapes::tax_rates(&id, idea).into_iter().map(|rate| (Kind::TaxRate, rate)).collect();
    if idea.guest {
        shapes.extend([(Kind::Charge, shapes::charge(&id, idea)?), (Kind::CheckoutSession, shapes::session(&id, idea, settings)?)]);
    } else {
        shapes.extend([(Kind::Customer, shapes::customer(&id, idea)), (Kind::Invoice, shapes::invoice(&id, number, idea, settings)?)]);
    }
    let objects = shapes.into_iter().map(|(kind, shape)| Object::read(kind, shape.to_string().as_bytes())).collect::<Result<_, _>>()?;
    let key = Subject(format!("{}:{id}", if idea.guest { "payment" } else { "invoice" }));
    let known = idea.known.then(|| (shapes::customer_id(&id), LedgerRecord::invented(&id.to_uppercase(), party(&id, idea))));
    Ok(Sample { name: idea.name, key, objects, known })
}

/// A customer that only the rehearsal has.
fn party(id: &str, idea: &Idea) -> Party {
    Party { name: shapes::name(id), country: idea.country.clone(), ledger_number: id.to_uppercase(), ..Party::default() }
}
