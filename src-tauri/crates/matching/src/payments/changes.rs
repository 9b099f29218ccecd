//! Changes of single rows among those that are prepared. Each says what must be looked at anew.

use std::collections::BTreeSet;

use super::options::BY_AMOUNT;
use super::prepare::{Doc, Prepared, RARE, amount_key, code_key, customer_key, party_key, payer_keys, read_document, read_payment, said_key};
use super::{FEW, spread};
use crate::lookup::{Lookup, hash};
use crate::parties::{self, Payer, asked, asked_domain};
use crate::reading::misspelt;
use crate::row::Row;
use crate::weights::Weights;
use crate::who::Who;

/// What a change concerns, by position.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    pub pays: BTreeSet<u32>,
    pub payers: BTreeSet<u32>,
    /// Payers all of whose payments are looked at anew: they tell of each other.
    pub whole: BTreeSet<u32>,
    /// Customers that are known otherwise now: each as it was and as it is.
    heard: Vec<Heard>,
    /// Payments that must be settled anew even if they may settle the same as before.
    pub otherwise: BTreeSet<u32>,
    /// Customers whose documents changed, and those that are known otherwise.
    pub customers: BTreeSet<u32>,
    pub known: BTreeSet<u32>,
    /// Amounts that more documents have, or fewer.
    pub amounts: BTreeSet<u64>,
}

/// A customer as it was or is, and the payers that may be it.
#[derive(Debug)]
struct Heard {
    customer: u32,
    who: Who,
    payers: Vec<u32>,
}

impl Prepared {
    /// Makes ready for changes: later ones find whom they concern.
    pub fn expect_changes(&mut self) {
        if self.asking.is_none() {
            let each = self.payers.iter().enumerate();
            self.asking = Some(Lookup::new(each.flat_map(|(p, payer)| asked(&payer.who).map(move |key| (key, p as u32)))));
        }
    }

    /// Takes in a document. Its customer, if no row tells of it, is what its documents say.
    pub fn add_document(&mut self, rows: &[Row], at: u32, touched: &mut Touched) -> u32 {
        let customer = self.customer_under(party_key(&rows[at as usize].party));
        let doc = read_document(rows, at, customer);
        let d = place(&mut self.free.docs, self.docs.len());
        for name in doc.names() {
            self.by_number.add(name, d);
        }
        for slip in doc.slips() {
            self.by_slip.add(slip, d);
        }
        self.by_order.add(doc.purchase_order, d);
        self.by_amount.add(amount_key(doc.currency, doc.open), d);
        put(&mut self.docs, d, doc);
        self.by_customer[customer as usize].push(d);
        self.document_changed(rows, d, touched);
        d
    }

    pub fn remove_document(&mut self, rows: &[Row], d: u32, touched: &mut Touched) {
        let doc = &mut self.docs[d as usize];
        doc.gone = true;
        for name in doc.names() {
            self.by_number.remove(name, d);
        }
        for slip in doc.slips() {
            self.by_slip.remove(slip, d);
        }
        self.by_order.remove(doc.purchase_order, d);
        self.by_amount.remove(amount_key(doc.currency, doc.open), d);
        self.by_customer[doc.customer as usize].retain(|o| *o != d);
        self.document_changed(rows, d, touched);
        self.free.docs.push(d);
    }

    fn document_changed(&mut self, rows: &[Row], d: u32, touched: &mut Touched) {
        let customer = self.docs[d as usize].customer;
        self.order_documents(customer);
        touched.customers.insert(customer);
        self.concerned(d, touched);
        self.know_by_documents(rows, customer, touched);
    }

    /// Payments that a changed document may concern, beside those that looked at its customer.
    fn concerned(&self, doc: u32, touched: &mut Touched) {
        let of = &self.docs[doc as usize];
        let amount = amount_key(of.currency, of.open);
        touched.amounts.insert(amount);
        for p in of.keys().filter(|key| *key != amount).flat_map(|key| self.pays_by_key.all(key)) {
            touched.pays.insert(p);
            touched.whole.insert(self.pays[p as usize].payer);
        }
        // A common amount tells nothing, whether one more has it or not.
        let tells = self.by_amount.count(amount) <= BY_AMOUNT + 1;
        let nearly_named = |p: &u32| self.pays[*p as usize].text.numbers.iter().any(|n| misspelt(n, &of.digits));
        touched.pays.extend(self.pays_by_key.all(amount).filter(|p| tells || nearly_named(p)));
    }

    /// Takes in a customer of the ledger.
    pub fn add_customer(&mut self, rows: &[Row], at: u32, touched: &mut Touched) -> u32 {
        let row = &rows[at as usize];
        let customer = self.customer_under(hash(row.id.as_str()));
        self.customer_rows[customer as usize] = Some(at);
        self.know(customer, Who::new(&row.party), touched);
        customer
    }

    pub fn remove_customer(&mut self, rows: &[Row], customer: u32, touched: &mut Touched) {
        self.customer_rows[customer as usize] = None;
        // No row tells of it, even if its documents say the same.
        self.know(customer, Who::default(), touched);
        self.know_by_documents(rows, customer, touched);
    }

    fn customer_under(&mut self, key: u64) -> u32 {
        if let Some(known) = self.customer_keys.get(&key) {
            return *known;
        }
        let customer = place(&mut self.free.customers, self.customers.whos.len());
        self.customers.put(customer, Who::default(), key);
        put(&mut self.customer_rows, customer, None);
        put(&mut self.by_customer, customer, Vec::new());
        self.customer_keys.insert(key, customer);
        customer
    }

    /// Without a row a customer is what the first of its documents says, and nobody when there is none.
    fn know_by_documents(&mut self, rows: &[Row], customer: u32, touched: &mut Touched) {
        if self.customer_rows[customer as usize].is_some() {
            return;
        }
        let documents = self.by_customer[customer as usize].iter().map(|&d| &rows[self.docs[d as usize].row as usize]);
        match documents.min_by(|a, b| a.id.cmp(&b.id)) {
            Some(first) => {
                let who = Who::new(&first.party);
                if self.customers.whos[customer as usize] != who {
                    self.know(customer, who, touched);
                }
            }
            None => {
                self.know(customer, Who::default(), touched);
                self.customer_keys.remove(&self.customers.rank(customer).0);
                self.free.customers.push(customer);
            }
        }
    }

    fn know(&mut self, customer: u32, who: Who, touched: &mut Touched) {
        touched.known.insert(customer);
        self.hear_of(customer, touched);
        let old = &self.customers.whos[customer as usize];
        let domains: BTreeSet<u64> = old.mails.iter().chain(&who.mails).map(|mail| mail.domain_hash).filter(|domain| *domain != 0).collect();
        let are = |all: &Self| domains.iter().map(|domain| all.customers.is_provider(*domain)).collect::<Vec<bool>>();
        let before = are(self);
        self.customers.put(customer, who, self.customers.rank(customer).0);
        self.hear_of(customer, touched);
        // A domain that becomes a mail provider's tells nothing of the others at it any more.
        for (domain, _) in domains.iter().zip(before.iter().zip(are(self))).filter(|(_, (before, now))| *before != now) {
            touched.payers.extend(self.asking.iter().flat_map(|asking| asking.all(asked_domain(*domain))));
        }
    }

    /// Whom it concerns that a customer is known as it is.
    fn hear_of(&self, customer: u32, touched: &mut Touched) {
        let who = &self.customers.whos[customer as usize];
        let asking = |keys: &[u64]| -> Vec<u32> { self.asking.iter().flat_map(|asking| keys.iter().flat_map(|key| asking.all(*key))).collect() };
        let saying = |keys: &[u64]| -> Vec<u32> { keys.iter().flat_map(|key| self.pays_by_key.all(said_key(*key))).collect() };
        let alike = |p: &u32| self.pays[*p as usize].said.as_deref().is_some_and(|said| parties::alike(said, who));
        let [telling, nearly] = self.customers.telling(who);
        // Under a key that begins or ceases to tell something, others are found as well.
        touched.payers.extend(asking(&nearly));
        touched.pays.extend(saying(&nearly));
        touched.pays.extend(saying(&telling).into_iter().filter(alike));
        touched.pays.extend(self.pays_by_key.all(code_key(who.number)));
        let tells = |doc: &Doc, key: u64| key != amount_key(doc.currency, doc.open) || self.by_amount.count(key) <= RARE;
        let documents = self.by_customer[customer as usize].iter().map(|&d| &self.docs[d as usize]);
        let pointing = documents.flat_map(|doc| doc.keys().filter(move |key| tells(doc, *key))).flat_map(|key| self.pays_by_key.all(key));
        let mut payers: Vec<u32> = asking(&telling).into_iter().chain(pointing.map(|p| self.pays[p as usize].payer)).collect();
        payers.sort_unstable();
        payers.dedup();
        touched.heard.push(Heard { customer, who: who.clone(), payers });
        // And those that a rule ties to it.
        let rank = self.customers.rank(customer).0;
        let of_it = |rules: &Vec<(u64, u32)>| rules.iter().any(|(pays_for, _)| *pays_for == rank);
        let taught: Vec<u64> = self.taught.iter().filter(|(_, rules)| of_it(rules)).map(|(payer, _)| *payer).collect();
        if !taught.is_empty() {
            let of_rule = |payer: &Payer| taught.contains(&payer.taught);
            touched.payers.extend(self.payers.iter().enumerate().filter(|(_, payer)| of_rule(payer)).map(|(p, _)| p as u32));
        }
    }

    /// The payers to which it matters how a customer was known, or is. What a rule says of one hides who is likely without it.
    fn concerned_by(&self, heard: &Heard, weights: &Weights) -> impl Iterator<Item = u32> {
        let counts = |payer: &u32| {
            let (of, whom) = (&self.payers[*payer as usize], &self.likely[*payer as usize]);
            self.taught.contains_key(&of.taught) || self.customers.counts(of, whom, heard.customer, &heard.who, weights)
        };
        heard.payers.iter().copied().filter(counts)
    }

    pub fn add_payment(&mut self, rows: &[Row], at: u32, touched: &mut Touched) -> u32 {
        let pay = read_payment(rows, at);
        let p = place(&mut self.free.pays, self.pays.len());
        for key in pay.keys() {
            self.pays_by_key.add(key, p);
        }
        put(&mut self.pays, p, pay);
        self.find_payer(rows, p, touched);
        touched.pays.insert(p);
        touched.otherwise.insert(p);
        p
    }

    pub fn remove_payment(&mut self, p: u32, touched: &mut Touched) {
        let pay = &mut self.pays[p as usize];
        pay.gone = true;
        for key in pay.keys() {
            self.pays_by_key.remove(key, p);
        }
        self.leave_payer(p, touched);
        touched.pays.insert(p);
        touched.otherwise.insert(p);
        self.free.pays.push(p);
    }

    /// Takes in a customer of Stripe: its payments are no longer those of somebody unknown.
    pub fn add_payer(&mut self, rows: &[Row], at: u32, touched: &mut Touched) -> u32 {
        let id = &rows[at as usize].id;
        let key = hash(id.as_str());
        let payer = self.new_payer(Payer::of(&rows[at as usize], key));
        self.payer_rows[payer as usize] = Some(at);
        touched.payers.insert(payer);
        let own: Vec<u32> = self.pays_by_key.all(customer_key(id)).collect();
        for p in own {
            self.leave_payer(p, touched);
            self.find_payer(rows, p, touched);
            touched.pays.insert(p);
        }
        payer
    }

    pub fn remove_payer(&mut self, rows: &[Row], payer: u32, touched: &mut Touched) {
        self.payer_keys.remove(&self.payers[payer as usize].key);
        self.payer_rows[payer as usize] = None;
        let own = std::mem::take(&mut self.by_payer[payer as usize]);
        for &p in &own {
            self.find_payer(rows, p, touched);
            touched.pays.insert(p);
        }
        self.forget_payer(payer, touched);
    }

    fn find_payer(&mut self, rows: &[Row], p: u32, touched: &mut Touched) {
        let row = &rows[self.pays[p as usize].row as usize];
        let (customer, own) = payer_keys(row);
        let known = self.payer_keys.get(&customer).or(self.payer_keys.get(&own)).copied();
        let payer = known.unwrap_or_else(|| self.new_payer(Payer::of(row, own)));
        self.pays[p as usize].payer = payer;
        self.by_payer[payer as usize].push(p);
        touched.whole.insert(payer);
    }

    fn leave_payer(&mut self, p: u32, touched: &mut Touched) {
        let payer = self.pays[p as usize].payer;
        self.by_payer[payer as usize].retain(|o| *o != p);
        touched.whole.insert(payer);
        if self.payer_rows[payer as usize].is_none() && self.by_payer[payer as usize].is_empty() {
            self.payer_keys.remove(&self.payers[payer as usize].key);
            self.forget_payer(payer, touched);
        }
    }

    fn new_payer(&mut self, new: Payer) -> u32 {
        let payer = place(&mut self.free.payers, self.payers.len());
        self.payer_keys.insert(new.key, payer);
        if let Some(asking) = &mut self.asking {
            asked(&new.who).for_each(|key| asking.add(key, payer));
        }
        put(&mut self.payers, payer, new);
        put(&mut self.payer_rows, payer, None);
        put(&mut self.by_payer, payer, Vec::new());
        payer
    }

    fn forget_payer(&mut self, payer: u32, touched: &mut Touched) {
        let old = std::mem::take(&mut self.payers[payer as usize]);
        if let Some(asking) = &mut self.asking {
            asked(&old.who).for_each(|key| asking.remove(key, payer));
        }
        touched.payers.remove(&payer);
        touched.whole.remove(&payer);
        self.free.payers.push(payer);
    }

    /// Looks at payers anew; adds the payments to which that makes a difference.
    pub fn refresh_payers(&mut self, touched: &mut Touched, weights: &Weights) {
        self.likely.resize_with(self.payers.len(), Default::default);
        for heard in std::mem::take(&mut touched.heard) {
            touched.payers.extend(self.concerned_by(&heard, weights));
        }
        touched.payers.extend(touched.pays.iter().map(|&p| &self.pays[p as usize]).filter(|pay| !pay.gone).map(|pay| pay.payer));
        touched.payers.extend(&touched.whole);
        let payers: Vec<u32> = touched.payers.iter().copied().collect();
        for &payer in &payers {
            let twice = self.find_made_twice(payer);
            let votes = self.votes(payer);
            let of = &mut self.payers[payer as usize];
            if twice || of.votes != votes {
                touched.whole.insert(payer);
            }
            of.votes = votes;
        }
        let likely = spread(payers.len(), FEW, |i| self.likely(payers[i], weights));
        for (payer, new) in payers.into_iter().zip(likely) {
            let old = std::mem::replace(&mut self.likely[payer as usize], new);
            if touched.whole.contains(&payer) || !old.looks_like(&self.likely[payer as usize]) {
                touched.pays.extend(&self.by_payer[payer as usize]);
            }
        }
    }
}

/// A free position, or the one behind all.
fn place(free: &mut Vec<u32>, behind: usize) -> u32 {
    free.pop().unwrap_or(behind as u32)
}

fn put<T>(all: &mut Vec<T>, at: u32, one: T) {
    match all.get_mut(at as usize) {
        Some(old) => *old = one,
        None => all.push(one),
    }
}
