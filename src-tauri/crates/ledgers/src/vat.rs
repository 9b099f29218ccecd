//! What a line's VAT is: the checks in their order, the first that applies decides.
//! The invoice that the customer got is the truth; a wrong rate is refused, never bent.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::{NoDraft, Unclear, Zone};

/// The book's own country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// ISO 3166, two letters.
    pub country: String,
}

/// The buyer as the invoice has it, not as the customer is today.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buyer {
    pub country: String,
    /// VAT numbers on the invoice, with their country's prefix.
    pub vat_numbers: Vec<String>,
    pub exempt: bool,
    pub reverse: bool,
}

/// Why the seller's tax engine says that a line carries what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    Rated,
    ReverseCharge,
    ProductExempt,
    CustomerExempt,
    NotCollecting,
    ZeroRated,
    Other,
}

/// One tax of a line, as the invoice states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineTax {
    pub rate: Decimal,
    /// Where the tax is due; the buyer's or the seller's country.
    pub country: String,
    pub is_vat: bool,
    pub reason: Reason,
}

/// What the book knows and a person decided once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaxRules {
    /// For lines without any tax sold at home: the rate that prices contain, zero for a
    /// seller who charges no VAT, `None` until somebody said.
    pub untaxed_at_home: Option<Decimal>,
    /// Rates the ledger has, by country; home is one of them, the others are one-stop-shop zones.
    pub rates: BTreeMap<String, BTreeSet<Decimal>>,
    /// What a person decided about lines like this one.
    pub decided: BTreeMap<Unclear, Zone>,
}

/// The zone and the rate of line `line` (from 1). `goods`: whether its product is a thing.
pub fn decide(line: usize, taxes: &[LineTax], goods: bool, buyer: &Buyer, home: &Home, rules: &TaxRules) -> Result<(Zone, Decimal), NoDraft> {
    let case = Case { line, goods, buyer, home, rules };
    match taxes {
        [] => case.untaxed(),
        [tax] if !tax.is_vat => Err(NoDraft::NotVat { line }),
        [tax] => case.taxed(tax),
        _ => Err(NoDraft::TwoRates { line }),
    }
}

struct Case<'a> {
    line: usize,
    goods: bool,
    buyer: &'a Buyer,
    home: &'a Home,
    rules: &'a TaxRules,
}

impl Case<'_> {
    fn untaxed(&self) -> Result<(Zone, Decimal), NoDraft> {
        if self.buyer.reverse {
            return self.reverse_charge(Decimal::ZERO);
        }
        if self.buyer.exempt {
            return self.person(Unclear::CustomerExempt);
        }
        if self.buyer.country == self.home.country {
            return match self.rules.untaxed_at_home {
                Some(rate) if rate.is_zero() => Ok((Zone::None, rate)),
                Some(rate) => self.known(rate, &self.home.country).map(|rate| (Zone::Domestic, rate)),
                None => Err(NoDraft::TaxUnsaid { line: self.line }),
            };
        }
        if self.outside() { Ok(self.export()) } else { self.person(Unclear::NothingSaid) }
    }

    fn taxed(&self, tax: &LineTax) -> Result<(Zone, Decimal), NoDraft> {
        if tax.reason == Reason::ReverseCharge || self.buyer.reverse {
            return self.reverse_charge(tax.rate);
        }
        if tax.rate > Decimal::ZERO {
            if tax.country == self.home.country {
                return self.known(tax.rate, &tax.country).map(|rate| (Zone::Domestic, rate));
            }
            if in_eu(&self.home.country) && in_eu(&tax.country) {
                return self.one_stop_shop(tax);
            }
            return self.person(Unclear::ForeignTax);
        }
        match tax.reason {
            _ if self.outside() => Ok(self.export()),
            Reason::ProductExempt => Ok((Zone::Exempt, Decimal::ZERO)),
            Reason::CustomerExempt => self.person(Unclear::CustomerExempt),
            Reason::NotCollecting => self.person(Unclear::NotCollecting),
            Reason::ZeroRated => self.person(Unclear::ZeroRated),
            _ if self.buyer.country == self.home.country => self.person(Unclear::DomesticAtZero),
            _ => self.person(Unclear::EuConsumerAtZero),
        }
    }

    fn reverse_charge(&self, rate: Decimal) -> Result<(Zone, Decimal), NoDraft> {
        let (line, country) = (self.line, &self.buyer.country);
        if !rate.is_zero() {
            return Err(NoDraft::ReverseChargeTaxed { line, rate });
        }
        if !in_eu(&self.home.country) {
            return Ok(self.export());
        }
        // Northern Ireland is in the EU for goods, by the prefix of its numbers.
        let northern_ireland = country == "GB" && self.buyer.vat_numbers.iter().any(|number| number.starts_with("XI"));
        if northern_ireland && !self.goods {
            return Err(NoDraft::NorthernIreland { line });
        }
        if !northern_ireland && (!in_eu(country) || *country == self.home.country) {
            return Err(NoDraft::ReverseChargeCountry { line, country: country.clone() });
        }
        let foreign = |number: &String| {
            number.get(..2).is_some_and(|prefix| prefix != self.home.country && (in_eu(prefix) || prefix == "EL" || prefix == "XI"))
        };
        if !self.buyer.vat_numbers.iter().any(foreign) {
            return Err(NoDraft::ReverseChargeNumber { line });
        }
        Ok((Zone::EuReverseCharge { goods: self.goods }, Decimal::ZERO))
    }

    fn one_stop_shop(&self, tax: &LineTax) -> Result<(Zone, Decimal), NoDraft> {
        if !self.rules.rates.contains_key(&tax.country) {
            return Err(NoDraft::NoOssZone { line: self.line, country: tax.country.clone() });
        }
        let rate = self.known(tax.rate, &tax.country)?;
        Ok((Zone::Oss { country: tax.country.clone() }, rate))
    }

    fn known(&self, rate: Decimal, country: &str) -> Result<Decimal, NoDraft> {
        let known = self.rules.rates.get(country).is_some_and(|rates| rates.contains(&rate));
        if known { Ok(rate) } else { Err(NoDraft::RateUnknown { line: self.line, rate, country: country.to_owned() }) }
    }

    /// Outside the EU; for a book at home outside it, every foreign buyer is.
    fn outside(&self) -> bool {
        let country = &self.buyer.country;
        !country.is_empty() && *country != self.home.country && !(in_eu(&self.home.country) && in_eu(country))
    }

    fn export(&self) -> (Zone, Decimal) {
        (Zone::Export { goods: self.goods }, Decimal::ZERO)
    }

    fn person(&self, unclear: Unclear) -> Result<(Zone, Decimal), NoDraft> {
        let decided = self.rules.decided.get(&unclear).map(|zone| (zone.clone(), Decimal::ZERO));
        let reverse_charge = in_eu(&self.home.country) && self.reverse_charge(Decimal::ZERO).is_ok();
        decided.ok_or(NoDraft::PersonDecides { line: self.line, unclear, reverse_charge })
    }
}

/// Members of the EU. The Faroe Islands (FO) and Greenland (GL) are not, with codes of their own.
pub fn in_eu(country: &str) -> bool {
    const MEMBERS: [&str; 27] = [
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT",
        "RO", "SE", "SI", "SK",
    ];
    MEMBERS.contains(&country)
}
