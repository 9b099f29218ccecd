//! Rows as the arithmetic needs them: numbers, hashes and positions instead of text.

use std::collections::HashSet;

use chrono::{Datelike, NaiveDate};
use money::Currency;

use super::in_parallel;
use crate::fold;
use crate::lookup::{ByKey, Lookup, Quick, beginning, hash, hash_bytes, join};
use crate::parties::{Customers, Payer, Whom, asked};
use crate::reading::{Reading, Whole, misspelt, tail, whole};
use crate::row::{Kind, Party, Row, RowId, Side, Source};
use crate::rules::{Rates, Rules, Taught};
use crate::weights::Weights;
use crate::who::Who;

/// An open document of the ledger.
#[derive(Debug)]
pub(crate) struct Doc {
    pub row: u32,
    pub customer: u32,
    pub currency: Currency,
    pub total: i64,
    pub open: i64,
    pub day: i32,
    pub due: i32,
    pub month: i32,
    /// Orders documents of one day: by their numbers.
    pub rank: (u64, RowId),
    /// What people write of its number.
    pub digits: String,
    pub number: u64,
    /// Its digits with those of its year or series.
    pub whole: String,
    pub id: u64,
    pub purchase_order: u64,
    pub words: Vec<u64>,
    /// One of a series: the same customer has others of this total.
    pub series: bool,
    pub gone: bool,
}

/// A payment that succeeded.
#[derive(Debug)]
pub(crate) struct Pay {
    pub row: u32,
    pub payer: u32,
    /// The key of its customer of Stripe; 0 for a guest.
    pub customer: u64,
    pub currency: Currency,
    pub amount: i64,
    pub day: i32,
    /// Orders payments of one day: as they came in.
    pub rank: (i64, RowId),
    /// Numbers in fields meant for them.
    pub named: Vec<u64>,
    pub text: Reading,
    pub said: Option<Box<Who>>,
    /// An equal payment of this payer came a few days before.
    pub second: bool,
    /// All of it was given back.
    pub undone: bool,
    pub gone: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Prepared {
    pub docs: Vec<Doc>,
    pub pays: Vec<Pay>,
    pub payers: Vec<Payer>,
    pub customers: Customers,
    /// The customer rows of the ledger's customers and of the payers, where there are any.
    pub customer_rows: Vec<Option<u32>>,
    pub payer_rows: Vec<Option<u32>>,
    /// Per payer: whom it may be.
    pub likely: Vec<Whom>,
    pub by_number: Lookup,
    pub by_order: Lookup,
    pub by_amount: Lookup,
    /// Documents by their amount and their number, and by it with one digit left out.
    pub(super) by_slip: Lookup,
    pub by_customer: Vec<Vec<u32>>,
    pub by_payer: Vec<Vec<u32>>,
    /// Payments by the numbers, orders and amounts that they carry: whom a changed document concerns.
    pub pays_by_key: Lookup,
    pub rates: Rates,
    /// By payer key: the customers it pays for, and the rules that say so.
    pub(super) taught: ByKey<Vec<(u64, u32)>>,
    pub(super) customer_keys: ByKey<u32>,
    pub(super) payer_keys: ByKey<u32>,
    /// Payers by what they ask for among the customers; there once rows change.
    pub(super) asking: Option<Lookup>,
    /// Positions that nothing holds any more.
    pub(super) free: Free,
}

#[derive(Debug, Default)]
pub(super) struct Free {
    pub docs: Vec<u32>,
    pub pays: Vec<u32>,
    pub customers: Vec<u32>,
    pub payers: Vec<u32>,
}

/// Two payments of one amount within this many days may be one made twice; so many are looked back at.
const TWICE_DAYS: i32 = 4;
const TWICE_MOST: usize = 20;
/// An amount that no more documents than this have is worth looking at without a name.
pub(crate) const RARE: usize = 3;
/// Documents of one amount that are looked through one by one for a number with a slip; more are looked up.
const FEW_ENOUGH: usize = 32;
/// How sure a learned rule makes: it may be out of date.
const TAUGHT: f64 = 0.99;
/// Documents that share a number or a purchase order; more and it tells nothing.
const NAMED: usize = 4;

pub(crate) fn amount_key(currency: Currency, amount: i64) -> u64 {
    join(hash(currency.code()), amount as u64)
}

/// Amounts beyond this many minor units are not matched: arithmetic on them could overflow.
pub(crate) const LARGEST: i64 = 1_000_000_000_000_000;

/// Is this a document that a payment can settle?
pub(crate) fn is_open(row: &Row) -> bool {
    row.side == Side::Right && row.kind == Kind::Document && !row.closed && (1..=LARGEST).contains(&row.open.minor())
}

pub(crate) fn is_payment(row: &Row) -> bool {
    row.side == Side::Left && row.kind == Kind::Charge && !row.failed && (1..=LARGEST).contains(&row.amount.minor())
}

impl Prepared {
    /// All rows count, and each side has no id twice.
    pub fn new(rows: &[Row], rules: &Rules, weights: &Weights) -> Self {
        let mut all = Self { rates: rules.rates.clone(), ..Self::default() };
        let of = |wanted: fn(&Row) -> bool| (0..rows.len() as u32).filter(move |&i| wanted(&rows[i as usize])).collect::<Vec<u32>>();
        let docs = all.read_customers(rows, &of(|r| r.side == Side::Right && r.kind == Kind::Customer), &of(is_open));
        all.docs = in_parallel(docs.len(), |i| read_document(rows, docs[i].1, docs[i].0));
        let pays = all.read_payers(rows, &of(|r| r.side == Side::Left && r.kind == Kind::Customer), &of(is_payment));
        all.pays = in_parallel(pays.len(), |i| Pay { payer: pays[i].0, ..read_payment(rows, pays[i].1) });
        all.index();
        all.find_undone(rows);
        all.pays_by_key = Lookup::new(all.pays.iter().enumerate().flat_map(|(p, pay)| pay.keys().map(move |k| (k, p as u32))));
        for payer in 0..all.payers.len() {
            all.find_made_twice(payer as u32);
        }
        let votes = in_parallel(all.payers.len(), |p| all.votes(p as u32));
        all.payers.iter_mut().zip(votes).for_each(|(payer, votes)| payer.votes = votes);
        for rule in rules.learned.iter().filter(|r| r.on) {
            all.taught.entry(taught_key(&rule.payer)).or_default().push((hash(rule.pays_for.as_str()), rule.id));
        }
        all.likely = in_parallel(all.payers.len(), |p| all.likely(p as u32, weights));
        all
    }

    /// Whom a payer may be; what was learned of it goes before.
    pub(super) fn likely(&self, payer: u32, weights: &Weights) -> Whom {
        let who = &self.payers[payer as usize];
        let mut whom = self.customers.likely(who, weights);
        if let Some((customer, _)) = self.rule_for(payer) {
            whom.teach(self.customers.judge(who, customer, weights), TAUGHT);
        }
        whom
    }

    /// The customer that a payer pays for by a learned rule, and the rule.
    pub fn rule_for(&self, payer: u32) -> Option<(u32, u32)> {
        if self.taught.is_empty() {
            return None;
        }
        let rules = self.taught.get(&self.payers[payer as usize].taught)?;
        rules.iter().rev().find_map(|(customer, rule)| Some((*self.customer_keys.get(customer)?, *rule)))
    }

    /// Reads the customers; gives each document's, with the document, in their order. Of a customer that was not given the
    /// first of its documents says who it is.
    fn read_customers(&mut self, rows: &[Row], customers: &[u32], docs: &[u32]) -> Vec<(u32, u32)> {
        let row = |at: u32| &rows[at as usize];
        let keys = in_parallel(docs.len(), |i| party_key(&row(docs[i]).party));
        let mut found: Vec<(u64, u32)> = customers.iter().map(|&at| (hash(row(at).id.as_str()), at)).collect();
        let mut at: ByKey<u32> = (0..).zip(&found).map(|(at, (key, _))| (*key, at)).collect();
        for (&doc, key) in docs.iter().zip(&keys) {
            let at = *at.entry(*key).or_insert(found.len() as u32) as usize;
            match found.get_mut(at) {
                None => found.push((*key, doc)),
                Some((_, first)) if row(*first).kind != Kind::Customer && row(doc).id < row(*first).id => *first = doc,
                Some(_) => {}
            }
        }
        found.sort_by_cached_key(|(_, at)| beginning(&row(*at).party.name));
        self.customer_keys = (0..).zip(&found).map(|(at, (key, _))| (*key, at)).collect();
        self.customer_rows = found.iter().map(|(_, at)| Some(*at).filter(|at| row(*at).kind == Kind::Customer)).collect();
        self.by_customer = vec![Vec::new(); found.len()];
        let whos = in_parallel(found.len(), |i| Who::new(&row(found[i].1).party));
        self.customers = Customers::new(whos, found.into_iter().map(|(key, _)| key).collect());
        in_order(keys.iter().zip(docs).map(|(key, doc)| (self.customer_keys[key], *doc)))
    }

    pub fn open_documents(&self) -> usize {
        self.docs.len() - self.free.docs.len()
    }

    /// Reads the payers; gives each payment's, with the payment, in their order. A payer that is no customer is made of its
    /// first payment.
    fn read_payers(&mut self, rows: &[Row], customers: &[u32], pays: &[u32]) -> Vec<(u32, u32)> {
        let row = |at: u32| &rows[at as usize];
        let mut found: Vec<(u64, u32)> = customers.iter().map(|&at| (hash(row(at).id.as_str()), at)).collect();
        let mut known: HashSet<u64, Quick> = found.iter().map(|(key, _)| *key).collect();
        let keys = in_parallel(pays.len(), |i| payer_keys(row(pays[i])));
        let keys: Vec<u64> = keys.into_iter().map(|(customer, own)| if known.contains(&customer) { customer } else { own }).collect();
        found.extend(keys.iter().zip(pays).filter(|(key, _)| known.insert(**key)).map(|(key, pay)| (*key, *pay)));
        found.sort_by_cached_key(|(_, at)| beginning(&payer_party(row(*at)).name));
        self.payer_keys = (0..).zip(&found).map(|(at, (key, _))| (*key, at)).collect();
        self.payer_rows = found.iter().map(|(_, at)| Some(*at).filter(|at| row(*at).kind == Kind::Customer)).collect();
        self.payers = in_parallel(found.len(), |i| Payer::of(row(found[i].1), found[i].0));
        in_order(keys.iter().zip(pays).map(|(key, pay)| (self.payer_keys[key], *pay)))
    }

    fn index(&mut self) {
        let each = || self.docs.iter().enumerate().map(|(i, d)| (i as u32, d));
        self.by_order = Lookup::new(each().map(|(i, d)| (d.purchase_order, i)));
        self.by_amount = Lookup::new(each().map(|(i, d)| (amount_key(d.currency, d.open), i)));
        self.by_slip = Lookup::new(each().flat_map(|(i, d)| d.slips().map(move |s| (s, i))));
        self.by_number = Lookup::new(each().flat_map(|(i, d)| d.names().map(move |n| (n, i))));
        for (i, doc) in self.docs.iter().enumerate() {
            self.by_customer[doc.customer as usize].push(i as u32);
        }
        for customer in 0..self.by_customer.len() {
            self.order_documents(customer as u32);
        }
        self.by_payer = vec![Vec::new(); self.payers.len()];
        for (p, pay) in self.pays.iter().enumerate() {
            self.by_payer[pay.payer as usize].push(p as u32);
        }
    }

    /// Sorts a customer's documents and says which are of a series.
    pub(super) fn order_documents(&mut self, customer: u32) {
        let list = &mut self.by_customer[customer as usize];
        list.sort_unstable_by(|a, b| self.docs[*a as usize].age().cmp(&self.docs[*b as usize].age()));
        let mut totals: Vec<(i64, u32)> = list.iter().map(|&d| (self.docs[d as usize].total, d)).collect();
        totals.sort_unstable();
        for same in totals.chunk_by(|a, b| a.0 == b.0) {
            for (_, d) in same {
                self.docs[*d as usize].series = same.len() > 1 || !self.docs[*d as usize].words.is_empty();
            }
        }
    }

    /// Says of each payment of a payer whether it is one made twice; whether that changed anything.
    pub(super) fn find_made_twice(&mut self, payer: u32) -> bool {
        let list = &mut self.by_payer[payer as usize];
        let mut changed = false;
        list.sort_unstable_by(|a, b| self.pays[*a as usize].age().cmp(&self.pays[*b as usize].age()));
        for (at, &p) in list.iter().enumerate() {
            let pay = &self.pays[p as usize];
            let before = list[..at].iter().rev().map(|&q| &self.pays[q as usize]).take_while(|q| pay.day - q.day <= TWICE_DAYS).take(TWICE_MOST);
            let second = before
                .into_iter()
                .any(|q| !q.undone && q.amount == pay.amount && q.currency == pay.currency && q.text == pay.text && q.named == pay.named);
            changed |= std::mem::replace(&mut self.pays[p as usize].second, second) != second;
        }
        changed
    }

    /// Documents that a payment names in its text, in a field, by a purchase order.
    pub fn named_by_text<'a>(&'a self, pay: &'a Pay) -> impl Iterator<Item = u32> + 'a {
        let wholes = pay.text.wholes.iter().flat_map(|whole| self.named_whole(whole));
        let is_of_another = |n: &str, d: u32| pay.text.is_of_another(n, &self.docs[d as usize].whole);
        let numbers = pay.text.numbers.iter().filter(|n| !self.is_part(pay, n));
        wholes.chain(numbers.flat_map(move |n| self.by_number.few(hash(n), NAMED).filter(move |d| !is_of_another(n, *d))))
    }

    /// Documents whose number is that with its year or series.
    pub fn named_whole(&self, whole: &Whole) -> impl Iterator<Item = u32> + '_ {
        let known = whole.keys.into_iter().find(|key| (1..=NAMED).contains(&self.by_number.count(*key)));
        self.by_number.few(known.unwrap_or_default(), NAMED)
    }

    /// Is a number in a payment's text part of one that names a document with its year or series? Then it is no other's.
    fn is_part(&self, pay: &Pay, number: &str) -> bool {
        pay.text.around(number).any(|whole| self.named_whole(whole).next().is_some())
    }

    /// Documents of a payment's amount whose number it nearly names.
    pub fn nearly_named(&self, pay: &Pay) -> Vec<u32> {
        let amount = amount_key(pay.currency, pay.amount);
        let few = self.by_amount.count(amount) <= FEW_ENOUGH;
        let of_amount: Vec<u32> = self.by_amount.few(amount, FEW_ENOUGH).collect();
        let numbers = pay.text.numbers.iter().filter(|n| has_slips(n) && !self.is_part(pay, n));
        let of = |n: &String| -> Vec<u32> {
            let nearly = |d: &u32| has_slips(&self.docs[*d as usize].digits) && misspelt(n, &self.docs[*d as usize].digits);
            match few {
                true => of_amount.iter().copied().filter(nearly).collect(),
                false => slips(amount, n).flat_map(|slip| self.by_slip.all(slip)).filter(nearly).collect(),
            }
        };
        numbers.flat_map(of).collect()
    }

    /// The number in a payment's text that is a slip for a document's: none that is the number of another of that amount.
    pub fn misspelt_in<'a>(&'a self, pay: &'a Pay, doc: u32) -> Option<&'a String> {
        let of = &self.docs[doc as usize];
        let as_good = |d: u32| (self.docs[d as usize].open, self.docs[d as usize].currency) == (of.open, of.currency);
        // What is seldom so is asked first.
        let slip = |n: &str| misspelt(n, &of.digits) && !pay.text.is_of_another(n, &of.whole) && !self.is_part(pay, n);
        pay.text.numbers.iter().find(|n| slip(n) && !self.by_number.few(hash(n), NAMED).any(as_good))
    }

    pub fn named_by_field<'a>(&'a self, pay: &'a Pay) -> impl Iterator<Item = u32> + 'a {
        pay.named.iter().flat_map(|n| self.by_number.few(*n, NAMED))
    }

    pub fn ordered<'a>(&'a self, pay: &'a Pay) -> impl Iterator<Item = u32> + 'a {
        self.by_order.few(pay.text.purchase_order, NAMED)
    }
}

impl Doc {
    /// Puts documents in order, the oldest first.
    pub fn age(&self) -> (i32, &(u64, RowId)) {
        (self.day, &self.rank)
    }

    /// What it may be called: its number, the digits of it, its last digits, its id.
    pub fn names(&self) -> impl Iterator<Item = u64> + use<> {
        let digits = if self.digits.len() >= 3 { hash(&self.digits) } else { 0 };
        let whole = if self.whole.is_empty() { 0 } else { hash(&self.whole) };
        [self.number, whole, digits, self.id].into_iter()
    }

    pub(super) fn slips(&self) -> impl Iterator<Item = u64> + '_ {
        slips(amount_key(self.currency, self.open), &self.digits)
    }

    /// The keys under which payments that it concerns are found.
    pub fn keys(&self) -> impl Iterator<Item = u64> + use<> {
        self.names().chain([order_key(self.purchase_order), amount_key(self.currency, self.open)])
    }
}

impl Pay {
    /// Puts payments in order, the oldest first.
    pub fn age(&self) -> (i32, &(i64, RowId)) {
        (self.day, &self.rank)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = u64> + '_ {
        let numbers = self.text.numbers.iter().map(|n| hash(n)).chain(self.text.wholes.iter().flat_map(|whole| whole.keys));
        let names = self.said.iter().flat_map(|said| asked(said)).map(said_key);
        let others = [order_key(self.text.purchase_order), code_key(self.text.customer_number), self.customer];
        self.named.iter().copied().chain(numbers).chain(names).chain(others).chain([amount_key(self.currency, self.amount)])
    }
}

/// Two numbers of which one is a slip of the other share one of these: the number, or it with one digit left out.
fn slips(amount: u64, digits: &str) -> impl Iterator<Item = u64> + '_ {
    let bytes = if has_slips(digits) { digits.as_bytes() } else { &[] };
    // Left out of a run of equal digits, each gives the same.
    let out = (0..bytes.len()).filter(|&i| i == 0 || bytes[i] != bytes[i - 1]);
    let without = out.map(move |i| {
        let mut kept = [0; LONGEST];
        kept[..i].copy_from_slice(&bytes[..i]);
        kept[i..bytes.len() - 1].copy_from_slice(&bytes[i + 1..]);
        hash_bytes(&kept[..bytes.len() - 1])
    });
    let whole = (!bytes.is_empty()).then(|| hash_bytes(bytes));
    without.chain(whole).map(move |slip| join(amount, slip))
}

/// Runs of digits that are longer are not held against numbers with a slip.
const LONGEST: usize = 24;

fn has_slips(digits: &str) -> bool {
    (3..=LONGEST).contains(&digits.len())
}

fn order_key(order: u64) -> u64 {
    if order == 0 { 0 } else { join(order, 9) }
}

/// Payments that name a customer, by its name or number, and those of a customer of Stripe.
pub(super) fn said_key(name: u64) -> u64 {
    if name == 0 { 0 } else { join(name, 13) }
}

pub(super) fn code_key(number: u64) -> u64 {
    if number == 0 { 0 } else { join(number, 15) }
}

pub(super) fn customer_key(id: &RowId) -> u64 {
    join(hash(id.as_str()), 17)
}

pub(super) fn read_document(rows: &[Row], at: u32, customer: u32) -> Doc {
    let row = &rows[at as usize];
    let first = |source| row.references.iter().find(|r| r.source == source).map_or("", |r| r.value.trim());
    let digits = tail(first(Source::Number));
    Doc {
        row: at,
        customer,
        currency: row.open.currency(),
        total: row.amount.minor(),
        open: row.open.minor(),
        day: row.date.num_days_from_ce(),
        due: row.due.unwrap_or(row.date).num_days_from_ce(),
        month: month(row.date),
        rank: (digits.parse().unwrap_or(u64::MAX), row.id.clone()),
        digits: digits.to_owned(),
        number: Some(fold::number(first(Source::Number))).filter(|n| !n.is_empty()).map_or(0, |n| hash(&n)),
        whole: whole(first(Source::Number)),
        id: hash(&fold::number(row.id.as_str())),
        purchase_order: Some(tail(first(Source::Text))).filter(|d| !d.is_empty()).map_or(0, hash),
        words: if row.text.is_empty() { Vec::new() } else { Reading::new(&row.text).words },
        series: false,
        gone: false,
    }
}

pub(super) fn read_payment(rows: &[Row], at: u32) -> Pay {
    let row = &rows[at as usize];
    let mut text = Reading::new(&row.text);
    let rest = std::mem::take(&mut text.rest);
    Pay {
        row: at,
        payer: 0,
        customer: row.party.id.as_ref().map_or(0, customer_key),
        currency: row.amount.currency(),
        amount: row.amount.minor(),
        day: row.date.num_days_from_ce(),
        rank: (row.created, row.id.clone()),
        named: row.references.iter().filter(|r| r.source == Source::Metadata).take(fold::NUMBERS).map(|r| hash(&fold::number(&r.value))).collect(),
        said: (rest.len() >= 4 && !text.plan).then(|| Box::new(Who::named(&rest))),
        text,
        second: false,
        undone: false,
        gone: false,
    }
}

impl Payer {
    /// A customer of Stripe, or who pays as a payment itself says.
    pub(super) fn of(row: &Row, key: u64) -> Self {
        let customer = row.kind == Kind::Customer;
        let taught = if customer { key } else { taught_key(&Taught::of(row)) };
        Self { who: Who::new(payer_party(row)), guest: !customer && row.party.id.is_none(), taught, key, ..Self::default() }
    }
}

/// What is looked at together lies together in memory: parties with nearly one name, and then their documents and payments.
fn in_order(rows: impl Iterator<Item = (u32, u32)>) -> Vec<(u32, u32)> {
    let mut rows: Vec<(u32, u32)> = rows.collect();
    rows.sort_unstable();
    rows
}

fn payer_party(row: &Row) -> &Party {
    if row.kind == Kind::Customer || row.party.id.is_some() { &row.party } else { row.payer.as_deref().unwrap_or(&row.party) }
}

fn taught_key(payer: &Taught) -> u64 {
    match payer {
        Taught::Customer { id } => hash(id.as_str()),
        Taught::Name { name } => join(Who::named(name).sorted, 7),
    }
}

fn month(date: NaiveDate) -> i32 {
    date.year() * 12 + date.month0() as i32
}

pub(super) fn party_key(party: &Party) -> u64 {
    match &party.id {
        Some(id) => hash(id.as_str()),
        None => join(hash(&party.name), 3),
    }
}

/// The key of a payment's customer of Stripe (0: none), and that under which all payments lie whose payers are written
/// alike; those of which nothing is written stand alone.
pub(super) fn payer_keys(row: &Row) -> (u64, u64) {
    let party = payer_party(row);
    let some = [&party.phone, &party.vat, &party.country, &party.postcode, &party.city, &party.street, &party.number];
    let some = some.into_iter().map(|text| text.as_ref().map_or("", String::as_str));
    let written = some.chain([party.name.as_str()]).chain(party.emails.iter().map(String::as_str)).enumerate().filter(|(_, text)| !text.is_empty());
    let key = written.fold(0, |key, (field, text)| join(join(key, field as u64), hash(text)));
    match (&row.party.id, key) {
        (Some(id), key) => (hash(id.as_str()), join(hash(id.as_str()), key)),
        (None, 0) => (0, join(hash(row.id.as_str()), 4)),
        (None, key) => (0, join(key, 5)),
    }
}
