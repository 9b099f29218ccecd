//! Rows as the arithmetic needs them: numbers, hashes and positions instead of text.

use std::collections::{BTreeSet, HashMap};

use chrono::{Datelike, NaiveDate};
use money::Currency;

use super::in_parallel;
use crate::fold;
use crate::lookup::{Lookup, hash, join};
use crate::parties::{Customers, Likely, Payer};
use crate::reading::{Reading, tail};
use crate::row::{Kind, Party, Row, Side, Source};
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
    /// Orders documents of one day, the same in every run.
    pub rank: u64,
    /// What people write of its number.
    pub digits: String,
    pub number: u64,
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
    pub currency: Currency,
    pub amount: i64,
    pub day: i32,
    pub month: i32,
    pub rank: u64,
    /// Numbers in fields meant for them.
    pub named: Vec<u64>,
    pub text: Reading,
    pub said: Option<Box<Who>>,
    /// An equal payment of this payer came a few days before.
    pub second: bool,
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
    /// Per payer: whom it may be, and the chance that it is nobody.
    pub likely: Vec<(Vec<Likely>, f64)>,
    pub by_number: Lookup,
    pub by_order: Lookup,
    pub by_amount: Lookup,
    pub by_customer: Vec<Vec<u32>>,
    pub by_payer: Vec<Vec<u32>>,
    /// Payments by the numbers, orders and amounts that they carry: whom a changed document concerns.
    pub pays_by_key: Lookup,
    pub rates: Rates,
    /// By payer key: the customer it pays for, and the rule that says so.
    taught: HashMap<u64, (u32, u32)>,
    customer_keys: HashMap<u64, u32>,
    payer_keys: HashMap<u64, u32>,
}

/// Two payments of one amount within this many days may be one made twice; so many are looked back at.
const TWICE_DAYS: i32 = 4;
const TWICE_MOST: usize = 20;
/// An amount that no more documents than this have is worth looking at without a name.
pub(crate) const RARE: usize = 3;
/// How sure a learned rule makes: it may be out of date.
const TAUGHT: f64 = 0.99;
/// Customers that a payer's payments may point at.
const VOTES: usize = 6;
/// Payments of one payer that are asked for whom they point at.
const VOTERS: usize = 400;
/// Documents that share a number or a purchase order; more and it tells nothing.
const NAMED: usize = 4;

pub(crate) fn amount_key(currency: Currency, amount: i64) -> u64 {
    join(hash(currency.code()), amount as u64)
}

/// Amounts beyond this many minor units are not matched: arithmetic on them could overflow.
const LARGEST: i64 = 1_000_000_000_000_000;

/// Is this a document that a payment can settle?
pub(crate) fn is_open(row: &Row) -> bool {
    row.side == Side::Right && row.kind == Kind::Document && !row.closed && (1..=LARGEST).contains(&row.open.minor())
}

pub(crate) fn is_payment(row: &Row) -> bool {
    row.side == Side::Left && row.kind == Kind::Charge && !row.failed && (1..=LARGEST).contains(&row.amount.minor())
}

impl Prepared {
    /// `order` are the positions of the rows that count, in order of their ids.
    pub fn new(rows: &[Row], order: &[u32], rules: &Rules, weights: &Weights) -> Self {
        let mut all = Self { rates: rules.rates.clone(), ..Self::default() };
        let of = |wanted: fn(&Row) -> bool| order.iter().copied().filter(move |&i| wanted(&rows[i as usize])).collect::<Vec<u32>>();
        let docs = of(is_open);
        all.read_customers(rows, &of(|r| r.side == Side::Right && r.kind == Kind::Customer), &docs);
        all.docs = in_parallel(docs.len(), |i| all.read_document(rows, docs[i]));
        all.read_payers(rows, &of(|r| r.side == Side::Left && r.kind == Kind::Customer));
        let pays = of(is_payment);
        all.pays = in_parallel(pays.len(), |i| read_payment(rows, pays[i]));
        for pay in &mut all.pays {
            pay.payer = payer(&rows[pay.row as usize], &mut all.payers, &mut all.payer_rows, &mut all.payer_keys);
        }
        all.index();
        all.pays_by_key = Lookup::new(all.pays.iter().enumerate().flat_map(|(p, pay)| pay.keys().map(move |k| (k, p as u32))));
        for payer in 0..all.payers.len() {
            all.find_made_twice(payer as u32);
        }
        let votes = in_parallel(all.payers.len(), |p| all.votes(p as u32));
        for (payer, (named, amounts)) in all.payers.iter_mut().zip(votes) {
            (payer.named, payer.amounts) = (named, amounts);
        }
        for rule in rules.learned.iter().filter(|r| r.on) {
            if let Some(customer) = all.customer_keys.get(&hash(rule.pays_for.as_str())) {
                all.taught.insert(taught_key(&rule.payer), (*customer, rule.id));
            }
        }
        all.likely = in_parallel(all.payers.len(), |p| all.likely(p as u32, weights));
        all
    }

    /// Whom a payer may be; what was learned of it goes before.
    fn likely(&self, payer: u32, weights: &Weights) -> (Vec<Likely>, f64) {
        let who = &self.payers[payer as usize];
        let (mut likely, mut nobody) = self.customers.likely(who, weights);
        if let Some((customer, _)) = self.rule_for(payer) {
            likely.retain(|l| l.customer != customer);
            likely.iter_mut().for_each(|l| l.chance *= 1.0 - TAUGHT);
            nobody *= 1.0 - TAUGHT;
            likely.insert(0, Likely { chance: TAUGHT, ..self.customers.judge(who, customer, weights) });
        }
        (likely, nobody)
    }

    /// The customer that a payer pays for by a learned rule, and the rule.
    pub fn rule_for(&self, payer: u32) -> Option<(u32, u32)> {
        if self.taught.is_empty() {
            return None;
        }
        self.taught.get(&self.payers[payer as usize].taught).copied()
    }

    fn read_customers(&mut self, rows: &[Row], customers: &[u32], docs: &[u32]) {
        let mut whos = in_parallel(customers.len(), |i| Who::new(&rows[customers[i] as usize].party));
        for (i, &row) in customers.iter().enumerate() {
            self.customer_keys.insert(hash(rows[row as usize].id.as_str()), i as u32);
            self.customer_rows.push(Some(row));
        }
        // Customers that were not given: the document says who.
        for &doc in docs {
            let party = &rows[doc as usize].party;
            self.customer_keys.entry(party_key(party)).or_insert_with(|| {
                whos.push(Who::new(party));
                self.customer_rows.push(None);
                whos.len() as u32 - 1
            });
        }
        self.by_customer = vec![Vec::new(); whos.len()];
        self.customers = Customers::new(whos);
    }

    /// The customer of a document, if it is known.
    pub fn customer_of(&self, row: &Row) -> Option<u32> {
        self.customer_keys.get(&party_key(&row.party)).copied()
    }

    fn read_document(&self, rows: &[Row], at: u32) -> Doc {
        let row = &rows[at as usize];
        let first = |source| row.references.iter().find(|r| r.source == source).map_or("", |r| r.value.trim());
        let digits = tail(first(Source::Number));
        Doc {
            row: at,
            customer: self.customer_of(row).unwrap_or_default(),
            currency: row.open.currency(),
            total: row.amount.minor(),
            open: row.open.minor(),
            day: row.date.num_days_from_ce(),
            due: row.due.unwrap_or(row.date).num_days_from_ce(),
            month: month(row.date),
            rank: hash(row.id.as_str()),
            digits: digits.to_owned(),
            number: Some(fold::number(first(Source::Number))).filter(|n| !n.is_empty()).map_or(0, |n| hash(&n)),
            id: hash(&fold::number(row.id.as_str())),
            purchase_order: Some(tail(first(Source::Text))).filter(|d| !d.is_empty()).map_or(0, hash),
            words: if row.text.is_empty() { Vec::new() } else { Reading::new(&row.text).words },
            series: false,
            gone: false,
        }
    }

    fn read_payers(&mut self, rows: &[Row], customers: &[u32]) {
        let whos = in_parallel(customers.len(), |i| Who::new(&rows[customers[i] as usize].party));
        for (who, &row) in whos.into_iter().zip(customers) {
            self.payer_keys.insert(hash(rows[row as usize].id.as_str()), self.payers.len() as u32);
            self.payer_rows.push(Some(row));
            let taught = taught_key(&Taught::Customer { id: rows[row as usize].id.clone() });
            self.payers.push(Payer { who, taught, ..Payer::default() });
        }
    }

    fn index(&mut self) {
        let each = || self.docs.iter().enumerate().map(|(i, d)| (i as u32, d));
        self.by_order = Lookup::new(each().map(|(i, d)| (d.purchase_order, i)));
        self.by_amount = Lookup::new(each().map(|(i, d)| (amount_key(d.currency, d.open), i)));
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
    fn order_documents(&mut self, customer: u32) {
        let list = &mut self.by_customer[customer as usize];
        list.sort_unstable_by_key(|&d| (self.docs[d as usize].day, self.docs[d as usize].rank));
        let mut totals: Vec<(i64, u32)> = list.iter().map(|&d| (self.docs[d as usize].total, d)).collect();
        totals.sort_unstable();
        for same in totals.chunk_by(|a, b| a.0 == b.0) {
            for (_, d) in same {
                self.docs[*d as usize].series = same.len() > 1 || !self.docs[*d as usize].words.is_empty();
            }
        }
    }

    fn find_made_twice(&mut self, payer: u32) {
        let list = &mut self.by_payer[payer as usize];
        list.sort_unstable_by_key(|&p| (self.pays[p as usize].day, self.pays[p as usize].rank));
        for (at, &p) in list.iter().enumerate() {
            let pay = &self.pays[p as usize];
            let before = list[..at].iter().rev().map(|&q| &self.pays[q as usize]).take_while(|q| pay.day - q.day <= TWICE_DAYS).take(TWICE_MOST);
            let second =
                before.into_iter().any(|q| q.amount == pay.amount && q.currency == pay.currency && q.text == pay.text && q.named == pay.named);
            self.pays[p as usize].second = second;
        }
    }

    /// Whom a payer's payments point at: whose invoices they name, and whose rare amounts they have.
    fn votes(&self, payer: u32) -> (Vec<u32>, Vec<u32>) {
        let (mut named, mut amounts) = (Vec::new(), Vec::new());
        for &p in self.by_payer[payer as usize].iter().take(VOTERS) {
            let pay = &self.pays[p as usize];
            let docs = self.named_by_field(pay).chain(self.named_by_text(pay)).chain(self.ordered(pay));
            named.extend(docs.map(|d| self.docs[d as usize].customer));
            named.extend(self.customers.numbered(pay.text.customer_number));
            let near = |d: &u32| (-10..=100).contains(&(pay.day - self.docs[*d as usize].day));
            amounts.extend(self.by_amount.few(amount_key(pay.currency, pay.amount), RARE).filter(near).map(|d| self.docs[d as usize].customer));
        }
        for votes in [&mut named, &mut amounts] {
            votes.sort_unstable();
            votes.dedup();
            votes.truncate(VOTES);
        }
        (named, amounts)
    }

    /// Documents that a payment names in its text, in a field, by a purchase order.
    pub fn named_by_text<'a>(&'a self, pay: &'a Pay) -> impl Iterator<Item = u32> + 'a {
        pay.text.numbers.iter().flat_map(|n| self.by_number.few(hash(n), NAMED))
    }

    pub fn named_by_field<'a>(&'a self, pay: &'a Pay) -> impl Iterator<Item = u32> + 'a {
        pay.named.iter().flat_map(|n| self.by_number.few(*n, NAMED))
    }

    pub fn ordered<'a>(&'a self, pay: &'a Pay) -> impl Iterator<Item = u32> + 'a {
        self.by_order.few(pay.text.purchase_order, NAMED)
    }
}

/// Changes of single rows. Each says which payments must be looked at anew.
impl Prepared {
    /// Takes in a document of a customer that is known.
    pub fn add_document(&mut self, rows: &[Row], at: u32) -> u32 {
        let doc = self.read_document(rows, at);
        let d = self.docs.len() as u32;
        for name in doc.names() {
            self.by_number.add(name, d);
        }
        self.by_order.add(doc.purchase_order, d);
        self.by_amount.add(amount_key(doc.currency, doc.open), d);
        let customer = doc.customer;
        self.docs.push(doc);
        self.by_customer[customer as usize].push(d);
        self.order_documents(customer);
        d
    }

    pub fn remove_document(&mut self, d: u32) {
        let doc = &mut self.docs[d as usize];
        doc.gone = true;
        let (customer, order, amount) = (doc.customer, doc.purchase_order, amount_key(doc.currency, doc.open));
        for name in self.docs[d as usize].names() {
            self.by_number.remove(name, d);
        }
        self.by_order.remove(order, d);
        self.by_amount.remove(amount, d);
        self.by_customer[customer as usize].retain(|o| *o != d);
        self.order_documents(customer);
    }

    pub fn add_payment(&mut self, rows: &[Row], at: u32) -> u32 {
        let mut pay = read_payment(rows, at);
        pay.payer = payer(&rows[at as usize], &mut self.payers, &mut self.payer_rows, &mut self.payer_keys);
        self.by_payer.resize_with(self.payers.len(), Vec::new);
        let p = self.pays.len() as u32;
        for key in pay.keys() {
            self.pays_by_key.add(key, p);
        }
        self.by_payer[pay.payer as usize].push(p);
        self.pays.push(pay);
        p
    }

    pub fn remove_payment(&mut self, p: u32) {
        self.pays[p as usize].gone = true;
        let keys: Vec<u64> = self.pays[p as usize].keys().collect();
        for key in keys {
            self.pays_by_key.remove(key, p);
        }
        let payer = self.pays[p as usize].payer as usize;
        self.by_payer[payer].retain(|o| *o != p);
    }

    /// Looks at these payers anew; their payments follow.
    pub fn refresh_payers(&mut self, payers: &BTreeSet<u32>, weights: &Weights) {
        for &payer in payers {
            self.find_made_twice(payer);
            let (named, amounts) = self.votes(payer);
            let of = &mut self.payers[payer as usize];
            (of.named, of.amounts) = (named, amounts);
            let likely = self.likely(payer, weights);
            if payer as usize >= self.likely.len() {
                self.likely.resize_with(payer as usize + 1, || (Vec::new(), 1.0));
            }
            self.likely[payer as usize] = likely;
        }
    }
}

impl Doc {
    /// What it may be called: its number, the digits of it, its id.
    pub fn names(&self) -> impl Iterator<Item = u64> + use<> {
        let digits = if self.digits.len() >= 3 { hash(&self.digits) } else { 0 };
        [self.number, digits, self.id].into_iter()
    }

    /// The keys under which payments that it concerns are found.
    pub fn keys(&self) -> impl Iterator<Item = u64> + use<> {
        self.names().chain([order_key(self.purchase_order), amount_key(self.currency, self.open)])
    }
}

impl Pay {
    fn keys(&self) -> impl Iterator<Item = u64> + '_ {
        let numbers = self.text.numbers.iter().map(|n| hash(n));
        self.named.iter().copied().chain(numbers).chain([order_key(self.text.purchase_order), amount_key(self.currency, self.amount)])
    }
}

fn order_key(order: u64) -> u64 {
    if order == 0 { 0 } else { join(order, 9) }
}

fn read_payment(rows: &[Row], at: u32) -> Pay {
    let row = &rows[at as usize];
    let text = Reading::new(&row.text);
    Pay {
        row: at,
        payer: 0,
        currency: row.amount.currency(),
        amount: row.amount.minor(),
        day: row.date.num_days_from_ce(),
        month: month(row.date),
        rank: hash(row.id.as_str()),
        named: row.references.iter().filter(|r| r.source == Source::Metadata).map(|r| hash(&fold::number(&r.value))).collect(),
        said: (text.rest.len() >= 4 && !text.plan).then(|| Box::new(Who::named(&text.rest))),
        text,
        second: false,
        gone: false,
    }
}

/// The payer of a payment, made when it is the first of a guest.
fn payer(row: &Row, payers: &mut Vec<Payer>, payer_rows: &mut Vec<Option<u32>>, keys: &mut HashMap<u64, u32>) -> u32 {
    if let Some(known) = row.party.id.as_ref().and_then(|id| keys.get(&hash(id.as_str()))) {
        return *known;
    }
    let party = if row.party.id.is_some() { &row.party } else { row.payer.as_deref().unwrap_or(&row.party) };
    *keys.entry(payer_key(row, party)).or_insert_with(|| {
        payers.push(Payer { who: Who::new(party), guest: row.party.id.is_none(), taught: taught_key(&taught(row)), ..Payer::default() });
        payer_rows.push(None);
        payers.len() as u32 - 1
    })
}

/// By what a payment's payer is known again.
pub(crate) fn taught(row: &Row) -> Taught {
    match (&row.party.id, &row.payer) {
        (Some(id), _) => Taught::Customer { id: id.clone() },
        (None, Some(payer)) => Taught::Name { name: payer.name.clone() },
        (None, None) => Taught::Name { name: row.party.name.clone() },
    }
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

fn party_key(party: &Party) -> u64 {
    match &party.id {
        Some(id) => hash(id.as_str()),
        None => join(hash(&party.name), 3),
    }
}

/// Payments whose payers are written alike have one payer; those of which nothing is written stand alone.
fn payer_key(row: &Row, party: &Party) -> u64 {
    let some = [&party.phone, &party.vat, &party.country, &party.postcode, &party.city, &party.street, &party.number];
    let written = some.into_iter().flatten().chain(&party.emails).chain([&party.name]).filter(|t| !t.is_empty());
    let key = written.fold(0, |key, text| join(key, hash(text)));
    match (&row.party.id, key) {
        (Some(id), key) => join(hash(id.as_str()), key),
        (None, 0) => join(hash(row.id.as_str()), 4),
        (None, key) => join(key, 5),
    }
}
