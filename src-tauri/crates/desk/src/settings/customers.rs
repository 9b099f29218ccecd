//! How the ledger's customer of a sale is found, and what is done when there is none.

use chrono::{DateTime, Utc};
use ledgers::{GuestZone, IdentifyBy};
use money::Currency;
use serde::{Deserialize, Serialize};

/// A link that a person confirmed always comes first and is no setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CustomerRules {
    /// What identifies a customer, the strongest first. What is left out never identifies;
    /// who has it in common with the buyer is still shown to a person.
    pub identify_by: Vec<IdentifyBy>,
    pub unknown: Unknown,
    /// The ledger gives new customers abroad their own VAT groups. Its API does not show them, and
    /// one template serves all customers that are made through it.
    pub new_abroad: bool,
    /// The customers of the ledger that guests are booked on.
    pub generic: Vec<Generic>,
    /// A person looked: no payment method of the ledger settles an invoice by itself. The API does not show it.
    pub terms_confirmed: Option<Confirmed>,
}

/// What is made for a buyer that the ledger has nobody for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    /// A draft of a new customer, where Stripe has a customer object.
    #[default]
    NewCustomer,
    Generic,
    /// Nothing: a person says who it is.
    Ask,
}

/// One for each currency and VAT zone; a sale at 0 % within the EU has none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Generic {
    pub currency: Currency,
    pub zone: GuestZone,
    /// The customer's number in the ledger.
    pub number: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    pub by: String,
    pub at: DateTime<Utc>,
}

impl Default for CustomerRules {
    fn default() -> Self {
        Self { identify_by: IdentifyBy::ALL.to_vec(), unknown: Unknown::default(), new_abroad: false, generic: Vec::new(), terms_confirmed: None }
    }
}

impl CustomerRules {
    /// Whether guests are booked on this customer of the ledger.
    pub fn is_generic(&self, number: &str) -> bool {
        self.generic.iter().any(|generic| generic.number.eq_ignore_ascii_case(number))
    }

    /// The number of the ledger's customer for guests who pay in this currency and are sold to in this zone.
    pub fn generic(&self, currency: Currency, zone: GuestZone) -> Option<&str> {
        let found = self.generic.iter().find(|generic| generic.currency == currency && generic.zone == zone);
        found.map(|generic| generic.number.as_str())
    }
}
