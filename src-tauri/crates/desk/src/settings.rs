//! What a book is set to. Versioned in the book: a draft names the version that made it.

mod customers;
mod learned;
mod period;
mod sold;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use book::Book;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use ledgers::{Rounding, Target, Zone};
use money::Currency;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::commands::{Code, LedgerWay, Mode, Problem};

pub use customers::{Confirmed, CustomerRules, Generic, Unknown};
pub use learned::{Learned, Lesson};
pub use period::{DraftWhen, Late, Locks};
pub use sold::{CarriedKey, CarriedTo, Carries, OssZone, ProductLink, Products};

/// The newest settings of a book, with their version.
pub fn of(book: &Book, path: &Path) -> Result<(u32, Settings), Problem> {
    let damaged = || Problem::new(Code::BookDamaged).with("path", path.display().to_string());
    let stored = book.settings()?.ok_or_else(damaged)?;
    let settings = serde_json::from_str(&stored.json).map_err(|_| damaged())?;
    Ok((stored.version, settings))
}

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
    #[serde(default)]
    pub locks: Locks,
    #[serde(default)]
    pub draft_when: DraftWhen,
    #[serde(default)]
    pub customers: CustomerRules,
    #[serde(default)]
    pub carries: Carries,
    #[serde(default)]
    pub learned: Learned,
    /// When this file was saved as a copy of a book: until a person goes on with it, it is only looked at.
    #[serde(default)]
    pub copied_at: Option<DateTime<Utc>>,
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
    /// Client id of the person's own Connect platform, when the key is that platform's.
    #[serde(default)]
    pub platform: Option<String>,
    #[serde(default)]
    pub since: Option<DateTime<Utc>>,
    /// A person ended the connection; whose it was stays known.
    #[serde(default)]
    pub disconnected: bool,
}

/// The ledger company. The tokens are in the keychain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LedgerSide {
    pub tenant: String,
    pub client_id: String,
    pub environment: Option<String>,
    pub company: Option<CompanyChoice>,
    #[serde(default)]
    pub way: LedgerWay,
    /// Who signed in, for the eye.
    #[serde(default)]
    pub user: Option<String>,
    /// The environment is a sandbox of the ledger's own, so test invoices may go there.
    #[serde(default)]
    pub sandbox: bool,
    #[serde(default)]
    pub since: Option<DateTime<Utc>>,
    #[serde(default)]
    pub disconnected: bool,
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
    /// Goods; services too, where they have none of their own. The VAT return tells the two apart.
    pub eu: SalesAccount,
    #[serde(default)]
    pub eu_services: Option<SalesAccount>,
    pub export: SalesAccount,
    #[serde(default)]
    pub export_services: Option<SalesAccount>,
    /// What is sold without VAT, in or outside its scope. None until a person chose: an account for sales at home
    /// would compute VAT on it.
    #[serde(default)]
    pub exempt: Option<SalesAccount>,
    /// Where differences of a smallest unit go.
    pub rounding: Rounding,
    /// The rate of VAT at home, in per cent.
    pub home_rate: Decimal,
    /// What prices without any tax at home contain: a rate, zero for a seller who charges no VAT, none until a person said.
    pub untaxed_at_home: Option<Decimal>,
    /// Things rather than services; decides the kind of sale to other countries.
    pub goods: bool,
    /// Other rates at home that the ledger has, in per cent.
    #[serde(default)]
    pub more_rates: BTreeSet<Decimal>,
    /// By the country's two letters.
    #[serde(default)]
    pub oss: BTreeMap<String, OssZone>,
    #[serde(default)]
    pub products: Products,
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
        Self {
            stripe: None,
            ledger: None,
            start,
            zone,
            sales: None,
            demo: None,
            locks: Locks::default(),
            draft_when: DraftWhen::default(),
            customers: CustomerRules::default(),
            carries: Carries::default(),
            learned: Learned::default(),
            copied_at: None,
        }
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
    /// None: nobody has chosen one.
    pub fn account(&self, zone: &Zone) -> Option<&SalesAccount> {
        match zone {
            Zone::Domestic => Some(&self.domestic),
            Zone::Oss { country } => self.oss.get(country).map(|zone| &zone.account),
            Zone::EuReverseCharge { goods: false } => self.eu_services.as_ref().or(Some(&self.eu)),
            Zone::EuReverseCharge { goods: true } => Some(&self.eu),
            Zone::Export { goods: false } => self.export_services.as_ref().or(Some(&self.export)),
            Zone::Export { goods: true } => Some(&self.export),
            Zone::Exempt | Zone::None => self.exempt.as_ref(),
        }
    }

    /// Whether a product is a thing rather than a service.
    pub fn is_goods(&self, product: Option<&str>) -> bool {
        product.and_then(|id| self.products.links.get(id)).and_then(|link| link.goods).unwrap_or(self.goods)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the first version kept it.
    const FIRST: &str = r#"{"stripe":null,"ledger":null,"start":"2026-08-01","zone":"Europe/Copenhagen","sales":{
        "domestic":{"target":{"account":"1010"},"tax_code":null},"eu":{"target":{"account":"1020"},"tax_code":null},
        "export":{"target":{"account":"1030"},"tax_code":null},"exempt":{"target":{"account":"1010"},"tax_code":null},
        "rounding":{"account":"6790","tax_code":null},"home_rate":"25","untaxed_at_home":null,"goods":true},"demo":null}"#;

    #[test]
    fn a_book_of_the_first_version_opens_with_what_is_usual() {
        let settings: Settings = serde_json::from_str(FIRST).expect("it is read");
        assert_eq!((settings.draft_when, settings.locks.late), (DraftWhen::Finalized, Late::FirstOpenDay));
        assert_eq!(settings.customers, CustomerRules::default());
        assert_eq!(settings.customers.identify_by, ledgers::IdentifyBy::ALL);
        assert_eq!(settings.carries, Carries::default());
        let again: Settings = serde_json::from_str(&serde_json::to_string(&settings).expect("it is kept")).expect("it is read again");
        assert_eq!(again, settings);
    }
}
