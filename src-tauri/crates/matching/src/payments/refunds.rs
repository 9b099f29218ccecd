//! What refunds take back of what their charge settled.

use chrono::NaiveDate;
use money::{Currency, Money};

use super::Chosen;
use super::choice::Use;
use super::prepare::{Pay, Prepared};
use crate::level::Level;
use crate::lookup::{ByKey, hash};
use crate::row::{Kind, Row, Side};

/// What of a payment its documents do not need, in their currency. Rates that differ a little leave nothing over.
pub(crate) fn over(all: &Prepared, charge: &Chosen) -> i64 {
    let (pay, uses) = (&all.pays[charge.pay as usize], &charge.choice.uses);
    let Some(first) = uses.first() else { return 0 };
    let currency = all.docs[first.doc as usize].currency;
    let worth = match currency == pay.currency {
        true => Some(pay.amount),
        false if charge.choice.levels.contains(&Level::Different) => all.converted(pay, currency).map(Money::minor),
        false => None,
    };
    worth.map_or(0, |worth| worth.saturating_sub(total(uses)).max(0))
}

/// What each of several refunds of a charge takes back, in their order: first what was `over`, then the documents: one of
/// exactly that amount, or else the newest first; and all of them once all is given back. `paid` and `refunded` are in the
/// payment's currency, `over` is in that of the documents. What was over by little is no sum of its own: a larger refund takes its share of it. Never more
/// than the charge settled.
pub(crate) fn given_back(uses: &[Use], over: i64, paid: i64, refunded: &[i64]) -> Vec<Vec<Use>> {
    let total = total(uses);
    let share = |of: i64, given: i64| -> i64 {
        // Halves up.
        let share = (i128::from(of) * i128::from(given) * 2 + i128::from(paid)) / (i128::from(paid.max(1)) * 2);
        i64::try_from(share).unwrap_or(of)
    };
    let of_documents = |given: i64| match share(total.saturating_add(over), given) {
        share if share <= over => 0,
        _ if i128::from(over) * LITTLE <= i128::from(total) => share(total, given),
        share => share - over,
    };
    let mut left: Vec<Use> = uses.to_vec();
    let (mut given, mut taken) = (0_i64, 0_i64);
    let mut all = Vec::new();
    for amount in refunded {
        given = given.saturating_add(*amount).min(paid);
        let mut due = of_documents(given).min(total) - taken;
        taken += due;
        let mut back = Vec::new();
        let equal = left.iter().filter(|u| u.amount == due).map(|u| u.doc).next_back();
        for u in left.iter_mut().rev().filter(|u| u.amount > 0 && equal.is_none_or(|doc| doc == u.doc)) {
            let amount = due.min(u.amount);
            if amount > 0 {
                back.push(Use { doc: u.doc, amount: -amount });
                u.amount -= amount;
                due -= amount;
            }
        }
        all.push(back);
    }
    all
}

impl Prepared {
    /// Says of each payment whether all of it was given back.
    pub(super) fn find_undone(&mut self, rows: &[Row]) {
        let mut back: ByKey<Vec<&Row>> = ByKey::default();
        for row in rows.iter().filter(|row| row.kind == Kind::Refund && row.side == Side::Left && !row.failed) {
            if let Some(charge) = &row.refund_of {
                back.entry(hash(charge.as_str())).or_default().push(row);
            }
        }
        for pay in self.pays.iter_mut().filter(|_| !back.is_empty()) {
            pay.undone = back.get(&hash(pay.rank.1.as_str())).is_some_and(|back| pay.is_undone_by(back));
        }
    }

    /// What a payment is worth in another currency on its day.
    pub fn converted(&self, pay: &Pay, to: Currency) -> Option<Money> {
        let day = NaiveDate::from_num_days_from_ce_opt(pay.day)?;
        self.rates.convert(Money::new(pay.amount, pay.currency), to, day)
    }
}

impl Pay {
    /// Do these refunds give all of it back?
    pub fn is_undone_by(&self, refunds: &[&Row]) -> bool {
        let own = refunds.iter().filter(|refund| refund.amount.currency() == self.currency);
        own.map(|refund| refund.amount.minor().saturating_neg().max(0)).fold(0, i64::saturating_add) >= self.amount
    }
}

/// What is over is little when this many times as much is no more than what was settled.
const LITTLE: i128 = 40;

fn total(uses: &[Use]) -> i64 {
    uses.iter().map(|u| u.amount).fold(0, i64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_goes_back_first() {
        /// Documents, what was over, what was paid, refunds: what each takes back.
        type Case<'a> = (&'a [Use], i64, i64, &'a [i64], &'a [i64]);
        let two = [Use { doc: 0, amount: 1_000 }, Use { doc: 1, amount: 500 }];
        let cases: &[Case] = &[
            (&two[..1], 0, 1_000, &[1_000], &[-1_000]),
            (&two[..1], 0, 1_000, &[300, 700], &[-300, -700]),
            (&two[..1], 0, 1_000, &[700, 700], &[-700, -300]),
            (&two[..1], 250, 1_250, &[250], &[0]),
            (&two[..1], 250, 1_250, &[100, 250, 900], &[0, -100, -900]),
            (&two[..1], 250, 1_250, &[1_250], &[-1_000]),
            // A little over: it goes back alone, or in its share.
            (&two[..1], 20, 1_020, &[20], &[0]),
            (&two[..1], 20, 1_020, &[510], &[-500]),
            // Another currency: by its share.
            (&two[..1], 0, 134, &[67, 67], &[-500, -500]),
            (&two, 0, 1_500, &[600, 900], &[-600, -900]),
            (&two, 300, 1_800, &[900, 900], &[-600, -900]),
        ];
        for (uses, over, paid, refunded, back) in cases {
            let taken: Vec<i64> = given_back(uses, *over, *paid, refunded).iter().map(|uses| total(uses)).collect();
            assert_eq!(&taken, back, "{over} over of {paid}, back {refunded:?}");
        }
        let newest_first = given_back(&two, 0, 1_500, &[600]);
        assert_eq!(newest_first, [[Use { doc: 1, amount: -500 }, Use { doc: 0, amount: -100 }]]);
        // The older alone, and then what is left of the newer.
        let equal = given_back(&two, 0, 1_500, &[200, 1_000, 300]);
        assert_eq!(equal, [[Use { doc: 1, amount: -200 }], [Use { doc: 0, amount: -1_000 }], [Use { doc: 1, amount: -300 }]]);
    }
}
