//! Two sets of papers for one year of sales: Stripe's invoices and credit notes, and what a ledger holds of them.
//!
//! In `easy` a connector wrote nearly all documents and left Stripe's number on them; in `medium` another program did,
//! or people in a hurry; in `hard` people typed most of them at the end of the month.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use money::{Currency, Money};

use super::book::{Customer, Invoice, Made, Stripe, Written, first_day};
use super::parties::distort;
use super::{Dice, Profile, Rates};
use crate::row::{Kind, Party, Reference, Row, RowId, Side, Source};

/// Rows of both sides, and what is true of them.
#[derive(Debug, Default)]
pub struct Papers {
    pub rows: Vec<Row>,
    /// The document of each of Stripe's invoices and credits that has one.
    pub documents: BTreeMap<RowId, RowId>,
    /// The ledger's customer of each of Stripe's; `None` if it has none.
    pub customers: BTreeMap<RowId, Option<RowId>>,
}

/// Shares of documents, unless said otherwise.
struct Habits {
    /// Stripe's number stands in the field for it; it is that of another sale.
    mark: f64,
    wrong_mark: f64,
    /// The ledger's number stands in Stripe's metadata; Stripe's number in the words of the document.
    meta: f64,
    text: f64,
    /// Written on the same day; within a week; otherwise within a month.
    same_day: f64,
    week: f64,
    /// The totals differ by rounding; by more.
    rounded: f64,
    differs: f64,
}

fn habits(profile: Profile) -> Habits {
    match profile {
        Profile::Easy => Habits { mark: 0.8, wrong_mark: 0.002, meta: 0.3, text: 0.05, same_day: 0.9, week: 0.09, rounded: 0.01, differs: 0.004 },
        Profile::Medium => Habits { mark: 0.35, wrong_mark: 0.006, meta: 0.15, text: 0.2, same_day: 0.6, week: 0.25, rounded: 0.03, differs: 0.015 },
        Profile::Hard => Habits { mark: 0.08, wrong_mark: 0.02, meta: 0.03, text: 0.1, same_day: 0.35, week: 0.3, rounded: 0.05, differs: 0.04 },
    }
}

/// Of the sales: those that the ledger alone knows, and those that only Stripe knows. Of the newest sales most are not
/// booked yet: that is why one matches.
const LEDGER_ONLY: f64 = 0.15;
const STRIPE_ONLY: f64 = 0.08;
const NOT_YET: f64 = 0.75;
const NEWEST: u64 = 245;
/// Of the invoices: those that are credited; credits that the ledger does not have yet, and memos that Stripe does not know.
const CREDITED: f64 = 0.08;
const CREDIT_ONLY: f64 = 0.12;
const MEMO_ONLY: f64 = 0.01;

/// About `invoices` sales.
pub fn papers(profile: Profile, invoices: usize, seed: u64) -> Papers {
    let mut dice = Dice::new(seed ^ ((profile as u64 + 11) << 32));
    let (rates, habits) = (profile.rates(), habits(profile));
    let mut made = Made::new(&mut dice, &rates, invoices);
    let mut sales = std::mem::take(&mut made.invoices);
    sales.iter_mut().for_each(|sale| list_price(&mut dice, sale));
    let mut writer = Writer { dice, rates, habits, made, papers: Papers::default(), written: 0 };
    writer.parties();
    for sale in &sales {
        writer.sale(sale);
    }
    writer.papers
}

/// Shops sell from a list of prices, and bill what is monthly in one run: other customers have the same amount that day.
fn list_price(dice: &mut Dice, sale: &mut Invoice) {
    const PRICES: &[i64] = &[9_900, 19_900, 25_000, 49_900, 62_500, 99_900, 125_000, 250_000];
    if sale.series.is_some() && dice.chance(0.6) {
        sale.day = sale.day.with_day(1).unwrap_or(sale.day);
    }
    if sale.series.is_none() && dice.chance(0.5) {
        sale.amount = *dice.pick(PRICES);
    }
}

struct Writer {
    dice: Dice,
    rates: Rates,
    habits: Habits,
    made: Made,
    papers: Papers,
    /// Stripe's numbers so far.
    written: usize,
}

impl Writer {
    fn parties(&mut self) {
        for customer in &self.made.customers {
            let mut row = Row::new(customer.id.as_str(), Side::Right, Kind::Customer, nothing(), NaiveDate::MIN);
            row.party = Party { number: Some(customer.number.clone()), ..party(&customer.party) };
            self.papers.rows.push(row);
        }
        for Stripe { id, customer, party: written } in &self.made.stripes {
            let mut row = Row::new(id.as_str(), Side::Left, Kind::Customer, nothing(), NaiveDate::MIN);
            let number = customer.filter(|_| !written.metadata.is_empty()).map(|c| self.made.customers[c].number.clone());
            row.party = Party { number, ..party(written) };
            self.papers.rows.push(row);
            self.papers.customers.insert(id.as_str().into(), customer.map(|c| self.made.customers[c].id.as_str().into()));
        }
    }

    fn sale(&mut self, sale: &Invoice) {
        let document = self.document(sale);
        let only = self.dice.unit();
        if only < LEDGER_ONLY {
            self.papers.rows.push(document);
            if self.dice.chance(MEMO_ONLY / LEDGER_ONLY) {
                let memo = self.memo(sale, sale.amount, sale.day);
                self.papers.rows.push(memo);
            }
            return;
        }
        let mut invoice = self.invoice(sale);
        let newest = sale.day >= first_day() + Days::new(NEWEST);
        let known = only >= LEDGER_ONLY + if newest { NOT_YET } else { STRIPE_ONLY };
        let mut document = document;
        if known {
            self.tell(&mut invoice, &mut document, &sale.number);
            self.papers.documents.insert(invoice.id.clone(), document.id.clone());
            self.papers.rows.push(document);
        }
        if self.dice.chance(CREDITED) {
            self.credit(sale, &invoice, known);
        }
        self.papers.rows.push(invoice);
    }

    /// Stripe's side of a sale: its total and its day are the sale's, more or less.
    fn invoice(&mut self, sale: &Invoice) -> Row {
        let amount = match self.dice.unit() {
            x if x < self.habits.rounded => sale.amount + *self.dice.pick(&[-3, -2, -1, -1, 1, 1, 2, 4]),
            // Without its VAT, or with a discount that the other side does not know.
            x if x < self.habits.rounded + self.habits.differs => *self.dice.pick(&[sale.amount * 4 / 5, sale.amount * 9 / 10, sale.amount + 2_500]),
            _ => sale.amount,
        };
        let id = self.dice.id("in_");
        let number = self.number();
        let mut row = Row::new(id, Side::Left, Kind::Invoice, money(amount, sale.currency), self.before(sale.day));
        row.party = self.stripe_party(sale.customer);
        row.references.push(Reference::new(Source::Number, number));
        row.text = self.words(sale.plan);
        row
    }

    fn document(&mut self, sale: &Invoice) -> Row {
        let mut row = Row::new(sale.id.as_str(), Side::Right, Kind::Document, money(sale.amount, sale.currency), sale.day);
        row.due = Some(sale.due);
        row.party = ledger_party(&self.made.customers[sale.customer]);
        row.references.push(Reference::new(Source::Number, sale.number.as_str()));
        if !sale.order.is_empty() {
            row.references.push(Reference::new(Source::Text, sale.order.as_str()));
        }
        row.text = self.words(sale.plan);
        row
    }

    /// What the two papers of one sale say of each other.
    fn tell(&mut self, left: &mut Row, right: &mut Row, number: &str) {
        let own = left.references.iter().find(|r| r.source == Source::Number).map(|r| r.value.clone()).unwrap_or_default();
        if self.dice.chance(self.habits.mark) {
            let mark = if self.dice.chance(self.habits.wrong_mark) { self.other() } else { own.clone() };
            right.references.push(Reference::new(Source::Mark, mark));
        } else if self.dice.chance(self.habits.text) {
            right.text = format!("{} Stripe {own}", right.text).trim().to_owned();
        }
        if self.dice.chance(self.habits.meta) {
            let named = if self.dice.chance(self.rates.stale.min(0.02)) { self.dice.between(10_500, 12_000).to_string() } else { number.to_owned() };
            left.references.push(Reference::new(Source::Metadata, named));
        }
    }

    /// A credit of an invoice, whole or in part, and its memo.
    fn credit(&mut self, sale: &Invoice, invoice: &Row, known: bool) {
        let amount = match self.dice.below(4) {
            0..=1 => invoice.amount.minor(),
            2 => (invoice.amount.minor() / 2).max(1),
            _ => (invoice.amount.minor() / 10 * self.dice.between(1, 9)).max(1),
        };
        let day = invoice.date + Days::new(self.dice.below(40));
        let id = self.dice.id("cn_");
        let number = format!("{}-CN-01", self.number());
        let mut note = Row::new(id, Side::Left, Kind::Credit, money(amount, sale.currency), day);
        note.party = invoice.party.clone();
        note.refund_of = Some(invoice.id.clone()).filter(|_| self.dice.chance(0.97));
        note.references.push(Reference::new(Source::Number, number));
        if known && !self.dice.chance(CREDIT_ONLY) {
            let booked = self.after(day);
            let mut memo = self.memo(sale, amount, booked);
            let own = memo.references.first().map(|r| r.value.clone()).unwrap_or_default();
            self.tell(&mut note, &mut memo, &own);
            self.papers.documents.insert(note.id.clone(), memo.id.clone());
            self.papers.rows.push(memo);
        }
        self.papers.rows.push(note);
    }

    fn memo(&mut self, sale: &Invoice, amount: i64, day: NaiveDate) -> Row {
        let id = self.dice.id("memo-");
        let mut row = Row::new(id, Side::Right, Kind::Credit, money(-amount, sale.currency), day);
        row.party = ledger_party(&self.made.customers[sale.customer]);
        let number = format!("S-CR{}", 101_000 + self.papers.rows.len());
        row.references.push(Reference::new(Source::Number, number));
        match self.dice.below(10) {
            0..=3 => row.refund_of = Some(sale.id.as_str().into()),
            4..=6 => row.references.push(Reference::new(Source::Text, sale.number.as_str())),
            _ => {}
        }
        row
    }

    /// Mostly a customer of Stripe; else what stands on the invoice.
    fn stripe_party(&mut self, customer: usize) -> Party {
        let own = self.made.stripes_of(customer);
        if own.is_empty() || self.dice.chance(0.05) {
            return party(&distort(&mut self.dice, &self.made.customers[customer], self.rates.noise, &self.rates));
        }
        let stripe = &self.made.stripes[own.start + self.dice.below(own.len() as u64) as usize];
        Party { id: Some(stripe.id.as_str().into()), ..party(&stripe.party) }
    }

    fn number(&mut self) -> String {
        self.written += 1;
        format!("A-{:05}", self.written)
    }

    fn other(&mut self) -> String {
        format!("A-{:05}", self.dice.between(1, self.written as i64 + 1))
    }

    /// Words of the lines, at times with a number that is something else.
    fn words(&mut self, plan: &str) -> String {
        match self.dice.below(20) {
            0 => format!("Order {}", self.dice.between(20_000, 104_000)),
            1 => format!("{plan} PO{}", self.dice.between(5_000, 99_999)).trim().to_owned(),
            2..=6 => String::new(),
            _ => plan.to_owned(),
        }
    }

    /// The days between the two papers of one sale; the ledger's seldom comes first.
    fn lag(&mut self) -> i64 {
        match self.dice.unit() {
            x if x < self.habits.same_day => 0,
            x if x < self.habits.same_day + self.habits.week => self.dice.between(1, 5),
            x if x < 0.97 => self.dice.between(6, 33),
            _ => -self.dice.between(1, 6),
        }
    }

    fn before(&mut self, day: NaiveDate) -> NaiveDate {
        let lag = self.lag();
        if lag < 0 { day + Days::new(lag.unsigned_abs()) } else { day - Days::new(lag.unsigned_abs()) }
    }

    fn after(&mut self, day: NaiveDate) -> NaiveDate {
        let lag = self.lag();
        if lag < 0 { day - Days::new(lag.unsigned_abs()) } else { day + Days::new(lag.unsigned_abs()) }
    }
}

fn ledger_party(customer: &Customer) -> Party {
    Party { id: Some(customer.id.as_str().into()), name: customer.name.clone(), ..Party::default() }
}

fn party(written: &Written) -> Party {
    let some = |text: &String| Some(text.clone()).filter(|t| !t.is_empty());
    Party {
        name: written.name.clone(),
        emails: some(&written.email).into_iter().collect(),
        phone: some(&written.phone),
        vat: some(&written.vat),
        country: some(&written.country),
        postcode: some(&written.zip),
        city: some(&written.city),
        street: some(&written.street),
        ..Party::default()
    }
}

fn money(minor: i64, currency: &str) -> Money {
    Money::new(minor, Currency::parse(currency).expect("generated books have currencies of ISO 4217"))
}

fn nothing() -> Money {
    money(0, "EUR")
}
