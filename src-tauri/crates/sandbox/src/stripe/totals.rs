//! What an invoice comes to: discounts, taxes, totals. In the smallest unit of its currency throughout.

use super::invoices::integer;
use super::store::{Object, Store};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A half goes away from zero.
pub fn rounded(amount: Decimal) -> i64 {
    let whole = amount.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    i64::try_from(whole.mantissa() / 10i128.pow(whole.scale())).unwrap_or_default()
}

/// Fills in every amount of an invoice from its lines, discounts and tax rates.
pub fn compute(store: &Store, invoice: &mut Object) {
    let mut lines = match invoice.remove("_lines") {
        Some(Value::Array(lines)) => lines,
        _ => Vec::new(),
    };
    let mut discounted: Vec<BTreeMap<String, i64>> = lines.iter().map(|line| own_discounts(store, line)).collect();
    let amounts: Vec<i64> = lines.iter().map(|line| field(line, "amount")).collect();
    let subtotals: Vec<i64> = amounts.iter().zip(&discounted).map(|(amount, off)| amount - off.values().sum::<i64>()).collect();
    for discount in ids(invoice.get("discounts")) {
        let left: Vec<i64> = amounts.iter().zip(&discounted).map(|(amount, off)| amount - off.values().sum::<i64>()).collect();
        let shares = shared(off(store, &discount, left.iter().sum()), &left);
        for (own, share) in discounted.iter_mut().zip(shares) {
            *own.entry(discount.clone()).or_default() += share;
        }
    }
    let exempt = invoice.get("customer_tax_exempt").and_then(Value::as_str).unwrap_or("none").to_owned();
    let mut sums = Sums::default();
    for ((line, off), subtotal) in lines.iter_mut().zip(&discounted).zip(&subtotals) {
        let base = field(line, "amount") - off.values().sum::<i64>();
        let taxes = taxes(store, &ids(line.get("_tax_rates")), base, *subtotal, &exempt, &mut sums);
        line["discount_amounts"] = amounts_of(off);
        line["pretax_credit_amounts"] = pretax(off);
        line["taxes"] = taxes.into();
        sums.base += base;
        for (discount, amount) in off {
            *sums.discounts.entry(discount.clone()).or_default() += amount;
        }
    }
    let subtotal: i64 = subtotals.iter().sum();
    let total = sums.base + sums.exclusive;
    let set = [
        ("_lines", Value::Array(lines)),
        ("subtotal", subtotal.into()),
        ("subtotal_excluding_tax", (subtotal - sums.inclusive_of_subtotal).into()),
        ("total", total.into()),
        ("total_excluding_tax", (sums.base - sums.inclusive).into()),
        ("total_taxes", sums.taxes.values().cloned().collect()),
        ("total_discount_amounts", amounts_of(&sums.discounts)),
        ("total_pretax_credit_amounts", pretax(&sums.discounts)),
        ("amount_due", total.max(0).into()),
        ("amount_remaining", (total.max(0) - integer(invoice, "amount_paid")).into()),
    ];
    invoice.extend(set.map(|(name, value)| (name.to_owned(), value)));
}

/// The taxes of a credited line, and how much of them the amount contains.
pub fn credited(store: &Store, rates: &[String], amount: i64, exempt: &str) -> (Vec<Value>, i64) {
    let mut sums = Sums::default();
    let taxes = taxes(store, rates, amount, amount, exempt, &mut sums);
    (taxes, sums.inclusive)
}

/// What an amount at the till becomes under its tax rates.
pub struct Taxed {
    pub tax: i64,
    /// The part of the tax that the amount does not contain.
    pub on_top: i64,
    /// In the form of a checkout's line item.
    pub taxes: Vec<Value>,
}

pub fn taxed(store: &Store, rates: &[String], amount: i64) -> Taxed {
    let mut sums = Sums::default();
    let taxes = taxes(store, rates, amount, amount, "none", &mut sums);
    let shown = taxes.iter().zip(rates).filter_map(|(tax, rate)| {
        let rate = super::shapes::complete("tax_rate", store.get("tax_rate", rate)?);
        Some(json!({ "amount": tax["amount"], "rate": rate, "taxability_reason": tax["taxability_reason"], "taxable_amount": tax["taxable_amount"] }))
    });
    Taxed { tax: sums.inclusive + sums.exclusive, on_top: sums.exclusive, taxes: shown.collect() }
}

#[derive(Default)]
struct Sums {
    base: i64,
    exclusive: i64,
    inclusive: i64,
    inclusive_of_subtotal: i64,
    discounts: BTreeMap<String, i64>,
    /// By rate and reason.
    taxes: BTreeMap<(String, String), Value>,
}

fn taxes(store: &Store, rates: &[String], base: i64, subtotal: i64, exempt: &str, sums: &mut Sums) -> Vec<Value> {
    let mut found = Vec::new();
    for id in rates {
        let Some(rate) = store.get("tax_rate", id) else { continue };
        let percentage = rate.get("percentage").map(Value::to_string).and_then(|text| text.parse::<Decimal>().ok()).unwrap_or_default();
        let inclusive = rate.get("inclusive") == Some(&Value::Bool(true));
        let (percentage, reason) = match exempt {
            "reverse" => (Decimal::ZERO, "reverse_charge"),
            "exempt" => (Decimal::ZERO, "customer_exempt"),
            _ if percentage.is_zero() => (percentage, "zero_rated"),
            _ => (percentage, "standard_rated"),
        };
        let of = |amount: i64| {
            let divisor = if inclusive { Decimal::ONE_HUNDRED + percentage } else { Decimal::ONE_HUNDRED };
            rounded(Decimal::from(amount) * percentage / divisor)
        };
        let amount = of(base);
        let taxable = if inclusive { base - amount } else { base };
        if inclusive {
            sums.inclusive += amount;
            sums.inclusive_of_subtotal += of(subtotal);
        } else {
            sums.exclusive += amount;
        }
        let behavior = if inclusive { "inclusive" } else { "exclusive" };
        let tax = json!({ "amount": amount, "tax_behavior": behavior, "taxable_amount": taxable, "taxability_reason": reason,
            "type": "tax_rate_details", "tax_rate_details": { "tax_rate": id } });
        let whole = sums.taxes.entry((id.clone(), reason.to_owned())).or_insert_with(|| {
            let mut whole = tax.clone();
            whole["amount"] = 0.into();
            whole["taxable_amount"] = 0.into();
            whole
        });
        whole["amount"] = (field(whole, "amount") + amount).into();
        whole["taxable_amount"] = (field(whole, "taxable_amount") + taxable).into();
        found.push(tax);
    }
    found
}

fn own_discounts(store: &Store, line: &Value) -> BTreeMap<String, i64> {
    let mut left = field(line, "amount");
    let mut found = BTreeMap::new();
    for discount in ids(line.get("discounts")) {
        let amount = off(store, &discount, left);
        left -= amount;
        found.insert(discount, amount);
    }
    found
}

/// What a discount takes off an amount, never more than all of it.
fn off(store: &Store, discount: &str, amount: i64) -> i64 {
    let coupon = store.get("discount", discount).and_then(|discount| discount.get("source")?.get("coupon")?.as_str());
    let Some(coupon) = coupon.and_then(|id| store.get("coupon", id)) else { return 0 };
    let percent = coupon.get("percent_off").filter(|value| !value.is_null()).map(Value::to_string);
    match percent.and_then(|text| text.parse::<Decimal>().ok()) {
        Some(percent) => rounded(Decimal::from(amount) * percent / Decimal::ONE_HUNDRED),
        None => integer(coupon, "amount_off").clamp(0, amount.max(0)),
    }
}

/// Splits an amount in proportion, the largest remainders taking the rest.
pub fn shared(amount: i64, by: &[i64]) -> Vec<i64> {
    let whole: i128 = by.iter().map(|part| i128::from(*part)).sum();
    if whole == 0 {
        return vec![0; by.len()];
    }
    let exact = |part: i64| i128::from(amount) * i128::from(part);
    let mut shares: Vec<i64> = by.iter().map(|part| i64::try_from(exact(*part).div_euclid(whole)).unwrap_or_default()).collect();
    let mut order: Vec<usize> = (0..by.len()).collect();
    order.sort_by_key(|n| std::cmp::Reverse(by.get(*n).map_or(0, |part| exact(*part).rem_euclid(whole))));
    let rest = amount - shares.iter().sum::<i64>();
    for n in order.into_iter().take(usize::try_from(rest).unwrap_or_default()) {
        if let Some(share) = shares.get_mut(n) {
            *share += 1;
        }
    }
    shares
}

fn amounts_of(discounts: &BTreeMap<String, i64>) -> Value {
    discounts.iter().map(|(discount, amount)| json!({ "discount": discount, "amount": amount })).collect()
}

fn pretax(discounts: &BTreeMap<String, i64>) -> Value {
    discounts.iter().map(|(discount, amount)| json!({ "discount": discount, "amount": amount, "type": "discount" })).collect()
}

fn ids(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn field(value: &Value, name: &str) -> i64 {
    value.get(name).and_then(Value::as_i64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halves_go_away_from_zero() {
        let all = ["19.994", "0.5", "1.5", "-0.5", "2.4999"].map(|text| rounded(text.parse().unwrap()));
        assert_eq!(all, [20, 1, 2, -1, 2]);
    }

    proptest! {
        #[test]
        fn shares_sum_to_the_whole(amount in 0i64..1_000_000, by in prop::collection::vec(1i64..1_000_000, 1..20)) {
            let shares = shared(amount, &by);
            prop_assert_eq!(shares.iter().sum::<i64>(), amount);
        }
    }
}
