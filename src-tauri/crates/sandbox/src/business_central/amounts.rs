//! The arithmetic of sales documents: line amounts, invoice discount, VAT by identifier.
//!
//! Business Central computes VAT on the document's sum per VAT identifier and spreads
//! it over the lines with a carried remainder, rounding half away from zero
//! (github.com/microsoft/BCApps, src/Layers/W1/BaseApp/Sales/Document/SalesLine.Table.al).

use super::value::round;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// A line as it was entered.
#[derive(Clone, Debug, Default)]
pub struct Entered {
    pub quantity: Decimal,
    pub unit_price: Decimal,
    pub discount_amount: Decimal,
    pub vat_identifier: String,
    /// In per cent; 0 for reverse charge, whatever its set-up says.
    pub rate: Decimal,
}

/// A line as it comes out, in the document's currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineAmounts {
    /// Before invoice discount.
    pub excluding: Decimal,
    pub tax: Decimal,
    pub including: Decimal,
    pub invoice_discount: Decimal,
    /// After invoice discount.
    pub net: Decimal,
    pub net_tax: Decimal,
    pub net_including: Decimal,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub excluding: Decimal,
    pub tax: Decimal,
    pub including: Decimal,
}

/// Quantity × price, rounded to the currency; what a discount is taken from.
pub fn before_discount(quantity: Decimal, unit_price: Decimal, decimals: u32) -> Decimal {
    round(quantity.checked_mul(unit_price).unwrap_or_default(), decimals)
}

pub fn document(lines: &[Entered], invoice_discount: Decimal, prices_include_tax: bool, decimals: u32) -> (Vec<LineAmounts>, Totals) {
    let amounts: Vec<Decimal> = lines.iter().map(|line| before_discount(line.quantity, line.unit_price, decimals) - line.discount_amount).collect();
    let discounts = spread(invoice_discount, &amounts, decimals);
    let mut groups: BTreeMap<(&str, Decimal), Running> = BTreeMap::new();
    let mut totals = Totals::default();
    let mut out = Vec::with_capacity(lines.len());
    for ((line, amount), discount) in lines.iter().zip(&amounts).zip(&discounts) {
        let group = groups.entry((line.vat_identifier.as_str(), line.rate)).or_default();
        let (net, net_tax) = group.add(amount - discount, line.rate, prices_include_tax, decimals);
        let (excluding, tax) =
            if discount.is_zero() { (net, net_tax) } else { Running::default().add(*amount, line.rate, prices_include_tax, decimals) };
        totals.excluding += net;
        totals.tax += net_tax;
        out.push(LineAmounts {
            excluding,
            tax,
            including: excluding + tax,
            invoice_discount: excluding - net,
            net,
            net_tax,
            net_including: net + net_tax,
        });
    }
    totals.including = totals.excluding + totals.tax;
    (out, totals)
}

/// The sum so far of one VAT identifier. Rounding the running sum and taking the
/// difference spreads the group's rounded VAT without losing a unit.
#[derive(Default)]
struct Running {
    amount: Decimal,
    rounded: Decimal,
}

impl Running {
    /// Net and tax of one more line.
    fn add(&mut self, amount: Decimal, rate: Decimal, including: bool, decimals: u32) -> (Decimal, Decimal) {
        self.amount += amount;
        let hundred = Decimal::ONE_HUNDRED;
        let rounded =
            if including { round(self.amount * hundred / (hundred + rate), decimals) } else { round(self.amount * rate / hundred, decimals) };
        let part = rounded - self.rounded;
        self.rounded = rounded;
        if including { (part, amount - part) } else { (amount, part) }
    }
}

/// Shares an amount over lines in proportion, to the last unit.
fn spread(amount: Decimal, over: &[Decimal], decimals: u32) -> Vec<Decimal> {
    let total: Decimal = over.iter().sum();
    let (mut so_far, mut given) = (Decimal::ZERO, Decimal::ZERO);
    over.iter()
        .map(|line| {
            so_far += line;
            let upto = if total.is_zero() { Decimal::ZERO } else { round(amount.checked_mul(so_far / total).unwrap_or_default(), decimals) };
            let part = upto - given;
            given = upto;
            part
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dec(text: &str) -> Decimal {
        text.parse().expect("a decimal in a test")
    }

    fn line(quantity: &str, price: &str, rate: &str) -> Entered {
        Entered { quantity: dec(quantity), unit_price: dec(price), vat_identifier: format!("VAT{rate}"), rate: dec(rate), ..Entered::default() }
    }

    #[test]
    fn vat_is_rounded_on_the_sum_of_its_identifier() {
        let (lines, totals) = document(&[line("1", "33.33", "25"), line("1", "33.33", "25"), line("1", "33.33", "25")], Decimal::ZERO, false, 2);
        assert_eq!(totals.tax, dec("25.00"), "3 x 8.3325 by line would be 24.99");
        assert_eq!(lines.iter().map(|line| line.net_tax).sum::<Decimal>(), totals.tax);
    }

    #[test]
    fn a_gross_of_99_97_has_no_net_in_two_decimals_and_needs_a_rounding_line() {
        let (_, totals) = document(&[line("1", "79.98", "25"), line("1", "-0.01", "0")], Decimal::ZERO, false, 2);
        assert_eq!((totals.excluding, totals.tax, totals.including), (dec("79.97"), dec("20.00"), dec("99.97")));
    }

    #[test]
    fn prices_that_include_tax_give_their_gross_back() {
        let (_, totals) = document(&[line("1", "99.97", "25")], Decimal::ZERO, true, 2);
        assert_eq!((totals.excluding, totals.tax, totals.including), (dec("79.98"), dec("19.99"), dec("99.97")));
    }

    #[test]
    fn decimals_follow_the_currency() {
        assert_eq!(document(&[line("3", "333.4", "10")], Decimal::ZERO, false, 0).1.tax, dec("100"));
        assert_eq!(
            document(&[line("1", "1.2345", "5")], Decimal::ZERO, false, 3).1,
            Totals { excluding: dec("1.235"), tax: dec("0.062"), including: dec("1.297") }
        );
    }

    proptest! {
        #[test]
        fn the_lines_sum_to_the_totals(prices in prop::collection::vec((-500i64..500, 0i64..1_000_000, 0usize..3), 1..12), discount in 0i64..5000, including: bool, decimals in 0u32..4) {
            let rates = ["0", "12", "25"];
            let lines: Vec<_> = prices.iter().map(|(quantity, price, rate)| Entered {
                quantity: Decimal::new(*quantity, 1), unit_price: Decimal::new(*price, 5), vat_identifier: rates[*rate].into(), rate: dec(rates[*rate]), ..Entered::default()
            }).collect();
            let (out, totals) = document(&lines, Decimal::new(discount, 2), including, decimals);
            prop_assert_eq!(out.iter().map(|line| line.net).sum::<Decimal>(), totals.excluding);
            prop_assert_eq!(out.iter().map(|line| line.net_tax).sum::<Decimal>(), totals.tax);
            prop_assert_eq!(totals.excluding + totals.tax, totals.including);
        }
    }
}
