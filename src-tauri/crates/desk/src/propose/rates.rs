//! What currencies are worth: the ledger's own rates, by which it would post, and Stripe's for a currency that the ledger
//! has none of.

use chrono::NaiveDate;
use ledgers::CompanyFacts;
use matching::{Rate, Rates};
use money::{Currency, Money};

use super::{Ground, local_date};
use crate::row::{Conversion, RateOf};

/// Decimals of a rate as it is shown; the amounts are converted by the exact one.
const SHOWN: u32 = 6;

pub fn rates(ground: &Ground) -> Rates {
    let Ground { facts, mirror, .. } = ground;
    let mut rates = Rates::default();
    rates.set_base(facts.base);
    for fact in &facts.currencies {
        for rate in &fact.rates {
            rates.set(fact.currency, rate.from, Rate { units: rate.units, worth: rate.worth });
        }
    }
    // Of one day the largest amount says the rate best.
    let mut settled: Vec<_> = mirror.charges.iter().filter_map(|charge| Some((&charge.is, mirror.settled.get(&charge.is.id)?))).collect();
    settled.sort_by_key(|(charge, _)| (charge.amount_captured.minor(), charge.created));
    for (charge, row) in settled {
        let paid = charge.amount_captured;
        if row.amount.currency() == facts.base && !has_rates(facts, paid.currency()) {
            let rate = Rate { units: paid.decimal(), worth: row.amount.decimal() };
            rates.set(paid.currency(), local_date(row.created, ground.settings.zone), rate);
        }
    }
    rates
}

/// What came in, set against what is owed in another currency. Said of the foreign amount of the two.
pub fn conversion(ground: &Ground, rates: &Rates, came: Money, owed: Money, day: NaiveDate) -> Option<Conversion> {
    let base = ground.facts.base;
    let (of, to) = if came.currency() == base { (owed, came) } else { (came, owed) };
    if of.currency() == to.currency() {
        return None;
    }
    let ((from, one), (into, other)) = (rates.on(of.currency(), day)?, rates.on(to.currency(), day)?);
    let at = one.worth.checked_mul(other.units)?.checked_div(one.units.checked_mul(other.worth)?)?;
    let ledgers = |currency| currency == base || has_rates(ground.facts, currency);
    Some(Conversion {
        of,
        at: at.round_dp(SHOWN).normalize(),
        from: if to.currency() == base { from } else { from.max(into) },
        by: if ledgers(of.currency()) && ledgers(to.currency()) { RateOf::Ledger } else { RateOf::Stripe },
        is: rates.convert(of, to.currency(), day)?,
    })
}

fn has_rates(facts: &CompanyFacts, currency: Currency) -> bool {
    facts.currencies.iter().any(|fact| fact.currency == currency && !fact.rates.is_empty())
}
