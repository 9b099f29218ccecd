//! How the ledger will compute a line's VAT, as far as that can be known before it is written. The rate follows from
//! the customer's VAT group and that of the account or item, by a table that the API does not show: what it computed
//! on documents that it has is all there is to see.

use std::collections::{BTreeMap, BTreeSet};

use ledgers::business_central::CUSTOMER;
use ledgers::{NoDraft, ShownLine, ShownSale, Target};
use rust_decimal::Decimal;

use super::Ground;

/// What decides the rate together with the customer's VAT group.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Sold<'a> {
    /// With its own VAT group.
    Own(&'a Target),
    /// A VAT product posting group.
    Group(&'a str),
}

/// Rates that were computed, each with the newest document that shows it.
type Rates<'a> = BTreeMap<Decimal, &'a str>;

pub struct Precedents<'a> {
    ground: &'a Ground<'a>,
    seen: BTreeMap<(&'a str, Sold<'a>), Rates<'a>>,
    /// The group of customers that are made by us, where all that were made have the same.
    template: Option<&'a str>,
}

impl<'a> Precedents<'a> {
    pub fn new(ground: &'a Ground<'a>) -> Self {
        let mut documents: Vec<_> = ground.mirror.documents.iter().chain(&ground.mirror.memos).collect();
        documents.sort_by_key(|document| (document.date, &document.number));
        let mut seen: BTreeMap<(&str, Sold), Rates> = BTreeMap::new();
        for document in documents {
            let Some(customer) = document.party_id.as_deref().and_then(|id| group_of(ground, id)) else { continue };
            let number = document.number.as_deref().unwrap_or_default();
            for line in &document.lines {
                let group = item_group(ground, &line.target).map(Sold::Group);
                for sold in [Sold::Own(&line.target)].into_iter().chain(group) {
                    seen.entry((customer, sold)).or_default().insert(line.rate, number);
                }
            }
        }
        Self { ground, seen, template: template(ground) }
    }

    /// What of the document cannot be seen before it is written: accounts or items on which the ledger has computed
    /// nothing yet for such a customer. An error where it never computed the rate that is shown.
    pub fn unseen(&self, customer: Option<&str>, sale: &ShownSale) -> Result<Vec<String>, NoDraft> {
        let group = customer.map_or(self.template, |id| group_of(self.ground, id));
        let mut unseen = BTreeSet::new();
        for (index, line) in sale.lines.iter().enumerate() {
            let rates = group.and_then(|group| self.rates(group, line));
            match rates.map(|rates| (rates.contains_key(&line.rate.normalize()), rates.iter().next())) {
                Some((true, _)) => {}
                Some((false, Some((computed, document)))) if rates.is_some_and(|rates| rates.len() == 1) => {
                    return Err(NoDraft::ComputedOtherwise {
                        line: index + 1,
                        rate: line.rate,
                        computed: *computed,
                        on: named(line),
                        customer: sale.party.name.clone(),
                        document: (*document).to_owned(),
                    });
                }
                _ => drop(unseen.insert(named(line))),
            }
        }
        Ok(unseen.into_iter().collect())
    }

    fn rates(&self, customer: &'a str, line: &'a ShownLine) -> Option<&Rates<'a>> {
        let by_group = |group: Option<&'a str>| self.seen.get(&(customer, Sold::Group(group?)));
        match &line.tax_code {
            Some(code) => by_group(Some(code)),
            None => self.seen.get(&(customer, Sold::Own(&line.target))).or_else(|| by_group(item_group(self.ground, &line.target))),
        }
    }
}

fn group_of<'a>(ground: &'a Ground, customer: &str) -> Option<&'a str> {
    ground.mirror.parties.get(customer)?.vat_group.as_deref()
}

fn item_group<'a>(ground: &'a Ground, target: &Target) -> Option<&'a str> {
    let Target::Item(number) = target else { return None };
    ground.mirror.items.get(&number.to_uppercase())?.vat_group.as_deref()
}

fn template<'a>(ground: &'a Ground) -> Option<&'a str> {
    let made = ground.standing.values().filter(|standing| standing.kind.0 == CUSTOMER);
    let mut groups = made.filter_map(|standing| group_of(ground, standing.results.get("id")?));
    let first = groups.next()?;
    groups.all(|other| other == first).then_some(first)
}

fn named(line: &ShownLine) -> String {
    let (Target::Item(number) | Target::Account(number) | Target::NewItem { name: number, .. }) = &line.target;
    match &line.tax_code {
        Some(code) => format!("{number} ({code})"),
        None => number.clone(),
    }
}
