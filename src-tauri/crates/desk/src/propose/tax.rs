//! Stripe's taxes in the terms of the ledgers' checks.

use std::collections::BTreeMap;

use ledgers::{Buyer, Home, LineTax, NoDraft, Reason, TaxRules, Zone};
use rust_decimal::Decimal;
use stripe::{Invoice, InvoiceLine, TaxAmount, TaxExempt, TaxRate, TaxabilityReason};

use crate::settings::Sales;

/// What decides about VAT beside the line itself.
pub struct Taxes<'a> {
    pub home: Home,
    pub rules: TaxRules,
    pub rates: &'a BTreeMap<String, TaxRate>,
    /// Whether the book sells things rather than services.
    pub goods: bool,
}

impl<'a> Taxes<'a> {
    pub fn new(country: &str, sales: &Sales, rates: &'a BTreeMap<String, TaxRate>) -> Self {
        let at_home = [sales.home_rate, Decimal::ZERO].into_iter().collect();
        Self {
            home: Home { country: country.to_owned() },
            rules: TaxRules {
                untaxed_at_home: sales.untaxed_at_home,
                rates: BTreeMap::from([(country.to_owned(), at_home)]),
                decided: BTreeMap::new(),
            },
            rates,
            goods: sales.goods,
        }
    }

    /// The zone and rate of line `number` (from 1), or why a person must look.
    pub fn decide(&self, line: &InvoiceLine, number: usize, buyer: &Buyer) -> Result<(Zone, Decimal), NoDraft> {
        let taxes = line.taxes.iter().map(|tax| self.line_tax(tax, buyer)).collect::<Option<Vec<_>>>().ok_or(NoDraft::LinesIncomplete)?;
        ledgers::decide_vat(number, &taxes, self.goods, buyer, &self.home, &self.rules)
    }

    /// `None` when the rate was not fetched yet.
    fn line_tax(&self, tax: &TaxAmount, buyer: &Buyer) -> Option<LineTax> {
        let rate = match tax.tax_rate() {
            Some(rate) => Some(self.rates.get(rate)?),
            None if tax.amount.is_zero() => None,
            None => return None,
        };
        let reason = reason(tax.taxability_reason.as_ref());
        // A rate that a reason has set aside took nothing.
        let applied = rate.filter(|_| reason == Reason::Rated || !tax.amount.is_zero());
        Some(LineTax {
            rate: applied.map_or(Decimal::ZERO, |rate| rate.percentage),
            country: rate.and_then(|rate| rate.country.clone()).unwrap_or_else(|| buyer.country.clone()),
            is_vat: rate.and_then(|rate| rate.tax_type.as_deref()).is_none_or(|kind| kind == "vat"),
            reason,
        })
    }
}

/// The buyer as the invoice froze it.
pub fn buyer(invoice: &Invoice) -> Buyer {
    let country = invoice.customer_address.as_ref().and_then(|address| address.country.clone()).unwrap_or_default();
    let numbers = invoice.customer_tax_ids.iter().filter(|id| id.kind.ends_with("_vat")).filter_map(|id| id.value.as_deref());
    Buyer {
        vat_numbers: numbers.filter_map(|number| ledgers::vat_number(number, &country)).collect(),
        exempt: invoice.customer_tax_exempt == Some(TaxExempt::Exempt),
        reverse: invoice.customer_tax_exempt == Some(TaxExempt::Reverse),
        country,
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
