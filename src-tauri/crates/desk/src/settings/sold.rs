//! What a sold line books to, and what its document carries beside the figures.

use std::collections::{BTreeMap, BTreeSet};

use ledgers::{Dimension, Extras, Target};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::SalesAccount;

/// What a product of Stripe is in the ledger: by its link, else by a key of its metadata, else by the zone's account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Products {
    /// The metadata key of a product that holds the number of the ledger's item.
    pub key: Option<String>,
    /// By the id of Stripe's product.
    pub links: BTreeMap<String, ProductLink>,
    /// What has neither is found as an item by its trade number or name, or made as a new one like the item of this number.
    pub new_like: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductLink {
    /// `None`: as its metadata or its zone says.
    pub target: Option<Target>,
    /// A thing rather than a service; `None`: as the book says.
    pub goods: Option<bool>,
}

/// VAT of one other EU country under the one-stop shop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OssZone {
    /// In per cent.
    pub rates: BTreeSet<Decimal>,
    pub account: SalesAccount,
}

/// What a document carries beside the figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Carries {
    /// Taken from the invoice's metadata, where the key is there.
    pub keys: Vec<CarriedKey>,
    /// On every document of the book; a key's value goes before.
    pub dimensions: Vec<Dimension>,
    /// Stripe's number before the text of each line.
    pub number_in_lines: bool,
    /// The ledger's number in Stripe's metadata, beside the document's id.
    pub ledger_number_in_stripe: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedKey {
    pub key: String,
    pub to: CarriedTo,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CarriedTo {
    /// The buyer's own reference.
    YourReference,
    /// A line of text below the amounts.
    Comment,
    /// The value of that dimension.
    Dimension(String),
}

impl Default for Carries {
    fn default() -> Self {
        Self { keys: Vec::new(), dimensions: Vec::new(), number_in_lines: false, ledger_number_in_stripe: true }
    }
}

impl Carries {
    /// What an object with this metadata carries, and the lines of text it adds.
    pub fn of(&self, metadata: &BTreeMap<String, String>) -> (Extras, Vec<String>) {
        let mut dimensions: BTreeMap<&str, &str> = self.dimensions.iter().map(|fixed| (fixed.code.as_str(), fixed.value.as_str())).collect();
        let (mut reference, mut comments) = (String::new(), Vec::new());
        for CarriedKey { key, to } in &self.keys {
            let Some(value) = metadata.get(key).map(|value| value.trim()).filter(|value| !value.is_empty()) else { continue };
            match to {
                CarriedTo::YourReference => reference = value.to_owned(),
                CarriedTo::Comment => comments.push(format!("{key}: {value}")),
                CarriedTo::Dimension(code) => drop(dimensions.insert(code, value)),
            }
        }
        let dimensions = dimensions.into_iter().map(|(code, value)| Dimension { code: code.to_owned(), value: value.to_owned() });
        (Extras { reference, dimensions: dimensions.collect() }, comments)
    }
}
