//! Stripe's taxes in the terms of the ledgers' checks.

use std::collections::BTreeMap;

use ledgers::{GuestZone, Home, LineTax, NoDraft, Reason, TaxRules, Unclear, Zone};
use rust_decimal::Decimal;
use stripe::{Invoice, InvoiceLine, TaxAmount, TaxExempt, TaxRate, TaxabilityReason};

use super::paper::{Paper, Payment};
use super::party;
use crate::settings::Sales;

/// What decides about VAT beside the line itself.
pub struct Taxes<'a> {
    pub home: Home,
    pub rules: TaxRules,
    pub rates: &'a BTreeMap<String, TaxRate>,
    pub sales: &'a Sales,
    /// What people said about sales to one customer of one product.
    pub decided: &'a BTreeMap<VatQuestion, Zone>,
}

/// What a person was asked, and is not asked again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VatQuestion {
    /// Stripe's customer; empty for a guest.
    pub customer: String,
    /// Stripe's product; empty for a line without one.
    pub product: String,
    pub unclear: Unclear,
}

/// The buyer as the invoice froze it.
pub struct Buyer {
    pub is: ledgers::Buyer,
    /// Stripe's customer; empty for a guest.
    pub customer: String,
}

impl<'a> Taxes<'a> {
    pub fn new(country: &str, sales: &'a Sales, rates: &'a BTreeMap<String, TaxRate>, decided: &'a BTreeMap<VatQuestion, Zone>) -> Self {
        let at_home = sales.more_rates.iter().copied().chain([sales.home_rate, Decimal::ZERO]).collect();
        let abroad = sales.oss.iter().map(|(country, zone)| (country.clone(), zone.rates.clone()));
        let rules = TaxRules {
            untaxed_at_home: sales.untaxed_at_home,
            rates: abroad.chain([(country.to_owned(), at_home)]).collect(),
            decided: BTreeMap::new(),
        };
        Self { home: Home { country: country.to_owned() }, rules, rates, sales, decided }
    }

    /// The zone and rate of line `number` (from 1), or why a person must look.
    pub fn decide(&self, taxes: &[TaxAmount], product: Option<&str>, number: usize, buyer: &Buyer) -> Result<(Zone, Decimal), NoDraft> {
        let taxes = taxes.iter().map(|tax| self.line_tax(tax, &buyer.is)).collect::<Option<Vec<_>>>().ok_or(NoDraft::LinesIncomplete)?;
        let goods = self.sales.is_goods(product);
        match ledgers::decide_vat(number, &taxes, goods, &buyer.is, &self.home, &self.rules) {
            Err(asked @ NoDraft::PersonDecides { unclear, reverse_charge, .. }) => {
                match self.decided.get(&VatQuestion::of(buyer, product, unclear)) {
                    // Said of an earlier invoice that carried a number.
                    Some(Zone::EuReverseCharge { .. }) if !reverse_charge => Err(NoDraft::ReverseChargeNumber { line: number }),
                    Some(zone) => Ok((zone.clone(), Decimal::ZERO)),
                    None => Err(asked),
                }
            }
            decided => decided,
        }
    }

    /// `None` when the rate was not fetched yet.
    fn line_tax(&self, tax: &TaxAmount, buyer: &ledgers::Buyer) -> Option<LineTax> {
        let rate = match tax.tax_rate() {
            Some(rate) => Some(self.rates.get(rate)?),
            None if tax.amount.is_zero() => None,
            None => return None,
        };
        let reason = reason(tax.taxability_reason.as_ref());
        // A rate that a reason has set aside took nothing.
        let applied = rate.filter(|_| reason == Reason::Rated || !tax.amount.is_zero());
        Some(LineTax {
            rate: applied.map_or(Decimal::ZERO, |rate| rate.percentage.normalize()),
            country: rate.and_then(|rate| rate.country.clone()).unwrap_or_else(|| buyer.country.clone()),
            is_vat: rate.and_then(|rate| rate.tax_type.as_deref()).is_none_or(|kind| kind == "vat"),
            reason,
        })
    }
}

impl VatQuestion {
    pub fn of(buyer: &Buyer, product: Option<&str>, unclear: Unclear) -> Self {
        Self { customer: buyer.customer.clone(), product: product.unwrap_or_default().to_owned(), unclear }
    }

    /// The question that a row's reason asks; a tax that was taken abroad is no question.
    pub fn asked(paper: &Paper, home: &Home, params: &BTreeMap<String, String>) -> Option<Self> {
        let line = params.get("line")?.parse::<usize>().ok()?.checked_sub(1)?;
        let unclear: Unclear = serde_json::from_value(params.get("unclear")?.clone().into()).ok()?;
        let (buyer, product) = match paper {
            Paper::Invoice(known) | Paper::Void(known) => (buyer(&known.is), known.is.lines.data.get(line).and_then(InvoiceLine::product)),
            Paper::Payment(payment) => {
                let items = payment.session.and_then(|session| session.is.line_items.as_ref());
                (guest(payment, home), items.and_then(|items| items.data.get(line)?.product.as_deref()))
            }
            // As the invoice that they take back.
            Paper::CreditNote(_) | Paper::VoidNote(_) | Paper::Refund(_) => return None,
        };
        (unclear != Unclear::ForeignTax).then(|| Self::of(&buyer, product, unclear))
    }
}

pub fn buyer(invoice: &Invoice) -> Buyer {
    let country = invoice.customer_address.as_ref().and_then(|address| address.country.clone()).unwrap_or_default();
    let numbers = invoice.customer_tax_ids.iter().filter(|id| id.kind.ends_with("_vat")).filter_map(|id| id.value.as_deref());
    let is = ledgers::Buyer {
        vat_numbers: numbers.filter_map(|number| ledgers::vat_number(number, &country)).collect(),
        exempt: invoice.customer_tax_exempt == Some(TaxExempt::Exempt),
        reverse: invoice.customer_tax_exempt == Some(TaxExempt::Reverse),
        country,
    };
    Buyer { is, customer: invoice.customer.as_ref().map(|customer| customer.id().to_owned()).unwrap_or_default() }
}

/// A reverse-charge invoice whose VAT number is of another state than its address: the number, and the address's country.
pub fn number_of_another_state(invoice: &Invoice) -> Option<(String, String)> {
    let reason = |tax: &TaxAmount| tax.taxability_reason == Some(TaxabilityReason::ReverseCharge);
    let reverse = invoice.customer_tax_exempt == Some(TaxExempt::Reverse) || invoice.lines.data.iter().flat_map(|line| &line.taxes).any(reason);
    let buyer = buyer(invoice).is;
    let state = match buyer.country.as_str() {
        "GR" => "EL",
        "GB" => "XI",
        other => other,
    };
    let own = |number: &String| number.starts_with(state) || number.starts_with(&buyer.country);
    let other = buyer.vat_numbers.iter().all(|number| !own(number)).then(|| buyer.vat_numbers.first()).flatten();
    other.filter(|_| reverse && !buyer.country.is_empty()).map(|number| (number.clone(), buyer.country.clone()))
}

/// Who paid without an invoice. One of whom no country is known bought at home.
pub fn guest(payment: &Payment, home: &Home) -> Buyer {
    let party = party::payer(payment);
    let session = payment.session.map(|session| &session.is);
    let typed = session.and_then(|session| session.customer_details.as_ref()).and_then(|buyer| buyer.tax_exempt.as_ref());
    let exempt = typed.or(payment.customer.and_then(|customer| customer.is.tax_exempt.as_ref()));
    let country = if party.country.is_empty() { home.country.clone() } else { party.country };
    let is = ledgers::Buyer {
        vat_numbers: ledgers::vat_number(&party.vat_number, &country).into_iter().collect(),
        exempt: exempt == Some(&TaxExempt::Exempt),
        reverse: exempt == Some(&TaxExempt::Reverse),
        country,
    };
    Buyer { is, customer: payment.customer.map(|customer| customer.is.id.clone()).unwrap_or_default() }
}

/// Where a guest's sale goes, as far as the ledger's customer decides about VAT.
pub fn guest_zone(zones: impl IntoIterator<Item = Zone>) -> Result<GuestZone, NoDraft> {
    let guest = |zone: Zone| match zone {
        Zone::EuReverseCharge { .. } => Err(NoDraft::GuestReverseCharge),
        Zone::Oss { .. } => Ok(GuestZone::Oss),
        Zone::Export { .. } => Ok(GuestZone::Export),
        Zone::Domestic | Zone::Exempt | Zone::None => Ok(GuestZone::Home),
    };
    let mut zones = zones.into_iter().map(guest).collect::<Result<Vec<_>, _>>()?;
    zones.dedup();
    match zones.as_slice() {
        [] => Ok(GuestZone::Home),
        [one] => Ok(*one),
        _ => Err(NoDraft::GuestSeveralZones),
    }
}

/// The country that the ledger's customer should be in, where the VAT of its own country would be another: at home,
/// within the EU and outside it are three kinds; one-stop shop is of one country. A blank one tells nothing, nor does a
/// code of the ledger's own making; Northern Ireland is both, and Greece has two codes.
pub fn contradicted(zone: &Zone, sold: &str, customer: &str, home: &Home) -> Option<String> {
    let customer = if customer == "EL" { "GR" } else { customer };
    if customer.len() != 2 || customer == "XI" {
        return None;
    }
    let kind = |country: &str| (country == home.country, ledgers::in_eu(country));
    match zone {
        Zone::Oss { country } => (country != customer).then(|| country.clone()),
        _ => (!sold.is_empty() && kind(sold) != kind(customer)).then(|| sold.to_owned()),
    }
}

fn reason(reason: Option<&TaxabilityReason>) -> Reason {
    match reason {
        Some(TaxabilityReason::ReverseCharge) => Reason::ReverseCharge,
        Some(TaxabilityReason::ProductExempt | TaxabilityReason::ProductExemptHoliday) => Reason::ProductExempt,
        Some(TaxabilityReason::CustomerExempt) => Reason::CustomerExempt,
        Some(TaxabilityReason::NotCollecting) => Reason::NotCollecting,
        Some(TaxabilityReason::ZeroRated) => Reason::ZeroRated,
        Some(TaxabilityReason::StandardRated | TaxabilityReason::ReducedRated) | None => Reason::Rated,
        Some(_) => Reason::Other,
    }
}
