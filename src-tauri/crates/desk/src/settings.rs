//! What a book is set to. Versioned in the book: a draft names the version that made it.

use chrono::NaiveDate;
use chrono_tz::Tz;
use ledgers::{Rounding, Target, Zone};
use money::Currency;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::commands::Mode;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    pub stripe: Option<StripeSide>,
    pub ledger: Option<LedgerSide>,
    /// Nothing dated before it is ever proposed.
    pub start: NaiveDate,
    /// The zone whose calendar the books keep.
    pub zone: Tz,
    pub sales: Option<Sales>,
    /// Set when this is the demo company: how it was made, so that it can be made again.
    pub demo: Option<DemoCompany>,
}

/// The Stripe account. The key is in the keychain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StripeSide {
    pub account: Option<String>,
    pub name: String,
    pub country: String,
    pub currency: String,
    pub mode: Mode,
    pub hint: String,
}

/// The ledger company. The tokens are in the keychain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LedgerSide {
    pub tenant: String,
    pub client_id: String,
    pub environment: Option<String>,
    pub company: Option<CompanyChoice>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompanyChoice {
    pub id: String,
    pub name: String,
    /// The ledger's own currency.
    pub base: Currency,
    pub country: String,
}

/// What a sold line books to, by the VAT zone that was found for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sales {
    pub domestic: SalesAccount,
    pub eu: SalesAccount,
    pub export: SalesAccount,
    pub exempt: SalesAccount,
    /// Where differences of a smallest unit go.
    pub rounding: Rounding,
    /// The rate of VAT at home, in per cent.
    pub home_rate: Decimal,
    /// What prices without any tax at home contain: a rate, zero for a seller who charges no VAT, none until a person said.
    pub untaxed_at_home: Option<Decimal>,
    /// Things rather than services; decides the kind of sale to other countries.
    pub goods: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SalesAccount {
    pub target: Target,
    /// The ledger's code for the VAT of the line, where the account's own does not do.
    pub tax_code: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DemoCompany {
    pub seed: u64,
    pub until: NaiveDate,
    pub months: u32,
    pub invoices: u32,
}

impl Settings {
    pub fn new(start: NaiveDate, zone: Tz) -> Self {
        Self { stripe: None, ledger: None, start, zone, sales: None, demo: None }
    }

    /// `Demo` for the demo company, else what Stripe's key says.
    pub fn mode(&self) -> Mode {
        match (&self.demo, &self.stripe) {
            (Some(_), _) => Mode::Demo,
            (None, Some(stripe)) => stripe.mode,
            (None, None) => Mode::Live,
        }
    }

    pub fn company(&self) -> Option<&CompanyChoice> {
        self.ledger.as_ref()?.company.as_ref()
    }
}

impl Sales {
    pub fn account(&self, zone: &Zone) -> &SalesAccount {
        match zone {
            Zone::Domestic => &self.domestic,
            Zone::EuReverseCharge { .. } | Zone::Oss { .. } => &self.eu,
            Zone::Export { .. } => &self.export,
            Zone::Exempt | Zone::None => &self.exempt,
        }
    }
}
