//! A document's figures as a ledger will compute them, so that both sides' totals
//! are known before anything is written.

use std::collections::BTreeMap;

use money::{Currency, Money, MoneyError};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::{Discount, NoDraft, Price, Sale, SaleLine, ShownTax, Zone};

/// What a ledger can express on a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Precision {
    pub price: u32,
    pub quantity: u32,
    pub percent: u32,
}

/// A line in the ledger's form. `price × quantity`, less the percentage, rounded, is exactly `amount`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Priced {
    pub quantity: Decimal,
    pub price: Decimal,
    pub percent: Option<Decimal>,
    /// Net, or gross where the customer's prices include tax.
    pub amount: Money,
    /// The quantity as sold, where the ledger can only take it as one.
    pub count: Option<Decimal>,
    /// A discount that the price contains already.
    pub folded: Option<Discount>,
}

/// Finds the form that reproduces the line's amount to the smallest unit. In this order:
/// the stated price with the discount as a percentage; the price after the discount;
/// one piece at the whole amount, with the count in words.
pub(crate) fn price(line: &SaleLine, gross_prices: bool, precision: Precision) -> Result<Priced, NoDraft> {
    let amount = if gross_prices { line.net.plus(line.tax)? } else { line.net };
    let sought = Sought { amount, quantity: line.quantity.abs(), precision };
    let stated = line.unit_price.filter(|price| price.includes_tax == gross_prices).map(|price| price.amount);

    let percent = line.discount.and_then(|discount| percentage(discount, line.unit_price, &sought));
    let full = sought.exact_price();
    let with_percent = percent.and_then(|percent| {
        let before = full.and_then(|full| full.checked_div(Decimal::ONE - percent / Decimal::ONE_HUNDRED)).map(|price| price.normalize());
        sought.first_that_meets([stated, before], percent).map(|price| (price, Some(percent)))
    });
    let without = || sought.first_that_meets([stated, full], Decimal::ZERO).map(|price| (price, None));

    let sign = if amount.is_negative() { -Decimal::ONE } else { Decimal::ONE };
    Ok(match with_percent.or_else(without) {
        Some((price, percent)) => {
            Priced { quantity: sought.quantity * sign, price, percent, amount, count: None, folded: line.discount.filter(|_| percent.is_none()) }
        }
        None => Priced {
            quantity: sign,
            price: amount.decimal().abs(),
            percent: None,
            amount,
            count: Some(line.quantity.abs()).filter(|count| !count.is_zero() && *count != Decimal::ONE),
            folded: line.discount,
        },
    })
}

/// The figures of a document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sums {
    pub net: Money,
    pub tax: Money,
    pub gross: Money,
}

/// One line for the VAT computation.
pub(crate) struct Taxed<'a> {
    pub amount: Money,
    pub rate: Decimal,
    pub zone: &'a Zone,
    pub code: Option<&'a str>,
}

/// Sums by VAT identifier: VAT is rounded once on each one's sum, not on lines.
/// (Business Central sums lines that give back apart, but carries what their rounding left
/// over to the others: microsoft/BCApps, table 290 "VAT Amount Line".)
pub(crate) fn sum_by_identifier<'a>(
    currency: Currency,
    gross_prices: bool,
    lines: impl IntoIterator<Item = Taxed<'a>>,
) -> Result<(Sums, Vec<ShownTax>), NoDraft> {
    let zero = Money::zero(currency);
    let mut groups: BTreeMap<(Decimal, &Zone, Option<&str>), Money> = BTreeMap::new();
    for line in lines {
        let sum = groups.entry((line.rate.normalize(), line.zone, line.code)).or_insert(zero);
        *sum = sum.plus(line.amount)?;
    }
    let mut sums = Sums { net: zero, tax: zero, gross: zero };
    let mut shown: Vec<ShownTax> = Vec::new();
    for ((rate, zone, ..), sum) in groups {
        let (base, tax) = if gross_prices { tax_within(sum, rate)? } else { (sum, on_top(sum, rate)?) };
        sums.net = sums.net.plus(base)?;
        sums.tax = sums.tax.plus(tax)?;
        match shown.last_mut().filter(|last| last.rate == rate && last.zone == *zone) {
            Some(last) => (last.base, last.tax) = (last.base.plus(base)?, last.tax.plus(tax)?),
            None => shown.push(ShownTax { rate, zone: zone.clone(), base, tax }),
        }
    }
    sums.gross = sums.net.plus(sums.tax)?;
    Ok((sums, shown))
}

/// The seller's own figures must hold before a ledger is asked to repeat them.
pub(crate) fn check(sale: &Sale) -> Result<Sums, NoDraft> {
    let net = Money::sum(sale.currency, sale.lines.iter().map(|line| line.net))?;
    let tax = Money::sum(sale.currency, sale.lines.iter().map(|line| line.tax))?;
    let gross = net.plus(tax)?;
    if gross != sale.gross {
        return Err(NoDraft::SumDiffers { lines: gross, total: sale.gross });
    }
    if gross.is_zero() {
        return Err(NoDraft::NothingOwed);
    }
    if gross.is_negative() {
        return Err(NoDraft::Negative { total: gross });
    }
    for (index, line) in sale.lines.iter().enumerate() {
        tax_fits(index + 1, line)?;
    }
    Ok(Sums { net, tax, gross })
}

/// Tax may differ from rate × base by (1 + rate) smallest units: both may have been rounded.
fn tax_fits(number: usize, line: &SaleLine) -> Result<(), NoDraft> {
    let exact = part(line.net.decimal(), line.rate)?;
    let unit = Decimal::new(1, line.net.currency().exponent());
    let slack = unit * (Decimal::ONE + line.rate / Decimal::ONE_HUNDRED);
    if (line.tax.decimal() - exact).abs() <= slack {
        return Ok(());
    }
    let computed = Money::rounded(exact, line.net.currency())?;
    Err(NoDraft::TaxDiffers { line: number, rate: line.rate, stated: line.tax, computed })
}

/// Net prices: VAT is added to the sum.
fn on_top(net: Money, rate: Decimal) -> Result<Money, NoDraft> {
    Ok(Money::rounded(part(net.decimal(), rate)?, net.currency())?)
}

/// Net and tax of an amount that contains it: the net is taken out and rounded, the tax is the rest.
pub fn tax_within(gross: Money, rate: Decimal) -> Result<(Money, Money), MoneyError> {
    let divisor = Decimal::ONE + rate / Decimal::ONE_HUNDRED;
    let net = gross.decimal().checked_div(divisor).ok_or(MoneyError::TooLarge)?;
    let net = Money::rounded(net, gross.currency())?;
    Ok((net, gross.minus(net)?))
}

fn part(amount: Decimal, percent: Decimal) -> Result<Decimal, NoDraft> {
    Ok(amount.checked_mul(percent).ok_or(MoneyError::TooLarge)? / Decimal::ONE_HUNDRED)
}

/// What a price must reproduce.
struct Sought {
    amount: Money,
    quantity: Decimal,
    precision: Precision,
}

impl Sought {
    fn first_that_meets(&self, prices: [Option<Decimal>; 2], percent: Decimal) -> Option<Decimal> {
        prices.into_iter().flatten().find(|price| self.is_met(*price, percent))
    }

    /// Whether the ledger computes the amount from this price and percentage. It rounds
    /// the line first, then the discount, each half away from zero.
    fn is_met(&self, price: Decimal, percent: Decimal) -> bool {
        let fits = price.normalize().scale() <= self.precision.price
            && self.quantity.normalize().scale() <= self.precision.quantity
            && !self.quantity.is_zero()
            && !price.is_sign_negative();
        fits && self.computed(price, percent).is_some_and(|amount| amount == self.amount.decimal().abs())
    }

    fn computed(&self, price: Decimal, percent: Decimal) -> Option<Decimal> {
        let line = self.round(price.checked_mul(self.quantity)?);
        let off = self.round(line.checked_mul(percent)? / Decimal::ONE_HUNDRED);
        line.checked_sub(off)
    }

    /// The price of one without discount, if it has an end.
    fn exact_price(&self) -> Option<Decimal> {
        let amount = self.amount.decimal().abs();
        let price = amount.checked_div(self.quantity)?;
        (price.checked_mul(self.quantity)? == amount).then(|| price.normalize())
    }

    fn round(&self, amount: Decimal) -> Decimal {
        amount.round_dp_with_strategy(self.amount.currency().exponent(), RoundingStrategy::MidpointAwayFromZero)
    }
}

/// The discount as a percentage the ledger can hold exactly, if it has one.
fn percentage(discount: Discount, stated: Option<Price>, sought: &Sought) -> Option<Decimal> {
    let percent = match discount {
        Discount::Percent(percent) => percent,
        Discount::Amount(amount) => {
            let list = stated?.amount.checked_mul(sought.quantity)?;
            let percent = amount.decimal().abs().checked_mul(Decimal::ONE_HUNDRED)?.checked_div(list)?;
            (percent.checked_mul(list)? == amount.decimal().abs() * Decimal::ONE_HUNDRED).then_some(percent)?
        }
    };
    let percent = percent.normalize();
    let fits = percent > Decimal::ZERO && percent <= Decimal::ONE_HUNDRED && percent.scale() <= sought.precision.percent;
    fits.then_some(percent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Target;
    use proptest::prelude::*;

    const PRECISION: Precision = Precision { price: 5, quantity: 5, percent: 5 };

    fn currency() -> impl Strategy<Value = Currency> {
        prop::sample::select(vec!["DKK", "JPY", "KWD"]).prop_map(|code| Currency::parse(code).expect("known"))
    }

    fn discount(currency: Currency) -> impl Strategy<Value = Option<Discount>> {
        prop_oneof![
            Just(None),
            (1i64..=10_000).prop_map(|bp| Some(Discount::Percent(Decimal::new(bp, 2)))),
            (1i64..1_000_000).prop_map(move |minor| Some(Discount::Amount(Money::new(minor, currency)))),
        ]
    }

    prop_compose! {
        fn lines()(currency in currency())(
            quantity in (0i64..10_000_000, 0u32..8),
            price in prop::option::of((0i64..100_000_000, 0u32..9, any::<bool>())),
            discount in discount(currency),
            net in -100_000_000i64..100_000_000,
            rate in prop::sample::select(vec![0i64, 7, 19, 25]),
            currency in Just(currency),
        ) -> SaleLine {
            let net = Money::new(net, currency);
            let rate = Decimal::from(rate);
            SaleLine {
                target: Target::Item("1".into()),
                description: String::new(),
                quantity: Decimal::new(quantity.0, quantity.1),
                unit_price: price.map(|(amount, scale, includes_tax)| Price { amount: Decimal::new(amount, scale), includes_tax }),
                discount,
                net,
                tax: on_top(net, rate).expect("small"),
                rate,
                zone: Zone::Domestic,
                tax_code: None,
            }
        }
    }

    proptest! {
        /// Whatever the seller says of quantity, price and discount: the ledger comes to the line's amount.
        #[test]
        fn every_form_reproduces_its_line(line in lines(), gross_prices: bool) {
            let priced = price(&line, gross_prices, PRECISION).expect("small");
            let wanted = if gross_prices { line.net.plus(line.tax).expect("small") } else { line.net };
            let currency = line.net.currency();
            let full = Money::rounded(priced.quantity * priced.price, currency).expect("small");
            let off = Money::rounded(full.decimal() * priced.percent.unwrap_or_default() / Decimal::ONE_HUNDRED, currency).expect("small");
            prop_assert_eq!(full.minus(off).expect("small"), wanted);
            prop_assert_eq!(priced.amount, wanted);
            for (number, most) in [(priced.price, 5), (priced.quantity, 5), (priced.percent.unwrap_or_default(), 5)] {
                prop_assert!(number.normalize().scale() <= most);
            }
            prop_assert!(!priced.price.is_sign_negative() && !priced.quantity.is_zero());
        }

        /// Tax rounded by line and tax rounded by sum differ by less than a unit a line.
        #[test]
        fn rounding_stays_within_a_unit_a_line(lines in prop::collection::vec(-100_000i64..100_000, 1..40), rate in 0i64..30) {
            let dkk = Currency::parse("DKK").expect("known");
            let rate = Decimal::from(rate);
            let taxed = |minor: &i64| Taxed { amount: Money::new(*minor, dkk), rate, zone: &Zone::Domestic, code: None };
            let (sums, shown) = sum_by_identifier(dkk, false, lines.iter().map(taxed)).expect("small");
            let by_line = Money::sum(dkk, lines.iter().map(|minor| on_top(Money::new(*minor, dkk), rate).expect("small"))).expect("small");
            prop_assert!(sums.tax.minus(by_line).expect("small").minor().unsigned_abs() as usize <= lines.len());
            prop_assert_eq!(shown.len(), 1);
            prop_assert_eq!(sums.net.plus(sums.tax).expect("small"), sums.gross);
        }
    }
}
