//! What a product of Stripe is in the ledger: by its link, by a key of its metadata, else by the account of its VAT zone.

use std::collections::BTreeMap;

use ledgers::{Blocked, LedgerRecord, NoDraft, Target};
use stripe::Product;

use crate::settings::{Products, SalesAccount};

pub struct Stock<'a> {
    pub rules: &'a Products,
    /// Stripe's products by id.
    pub products: &'a BTreeMap<String, Product>,
    /// The ledger's items by number, upper case.
    pub items: &'a BTreeMap<String, LedgerRecord>,
}

impl Stock<'_> {
    /// What line `number` (from 1) books to.
    pub fn target(&self, product: Option<&str>, number: usize, account: &SalesAccount) -> Result<Target, NoDraft> {
        match product.and_then(|id| self.linked(id).or_else(|| self.named(id))) {
            Some(Target::Item(item)) => self.item(number, &item),
            Some(target) => Ok(target),
            None => Ok(account.target.clone()),
        }
    }

    fn linked(&self, product: &str) -> Option<Target> {
        self.rules.links.get(product)?.target.clone()
    }

    fn named(&self, product: &str) -> Option<Target> {
        let value = self.products.get(product)?.metadata.get(self.rules.key.as_ref()?)?.trim();
        (!value.is_empty()).then(|| Target::Item(value.to_owned()))
    }

    /// As the ledger writes its number.
    fn item(&self, line: usize, item: &str) -> Result<Target, NoDraft> {
        let found = self.items.get(&item.trim().to_uppercase()).filter(|record| record.blocked == Blocked::No);
        let number = found.and_then(|record| record.number.clone());
        number.map(Target::Item).ok_or_else(|| NoDraft::ItemMissing { line, item: item.to_owned() })
    }
}
