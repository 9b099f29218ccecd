//! What has been approved and is not yet known to be written: the basket.

use std::collections::BTreeMap;

use ::drafts::State;
use money::{Currency, Money};

use crate::{Book, BookError, Result, Standing, shelf};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Basket {
    /// By destination, in the order they were signed.
    pub groups: Vec<Group>,
    pub drafts: usize,
    /// One for each currency, never added to each other; each document counts once, marks do not.
    pub sums: Vec<Money>,
    /// Approvals that died and have not been looked at.
    pub conflicts: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub destination: String,
    pub drafts: Vec<Standing>,
}

impl Book {
    pub fn basket(&self) -> Result<Basket> {
        self.read(|tx| {
            let mut drafts = shelf::in_states(tx, &[State::Countersigned, State::Sending, State::Unknown])?;
            drafts.sort_by_key(|draft| (draft.signed.as_ref().map(|signed| signed.at), draft.subject.clone(), draft.step));
            let (count, sums) = (drafts.len(), sums(&drafts)?);
            let conflicts = shelf::in_states(tx, &[State::Stale])?.len();
            let mut groups: BTreeMap<String, Vec<Standing>> = BTreeMap::new();
            for draft in drafts {
                groups.entry(draft.destination.clone()).or_default().push(draft);
            }
            let groups = groups.into_iter().map(|(destination, drafts)| Group { destination, drafts }).collect();
            Ok(Basket { groups, drafts: count, sums, conflicts })
        })
    }
}

pub(crate) fn sums(drafts: &[Standing]) -> Result<Vec<Money>> {
    let mut sums: BTreeMap<Currency, Money> = BTreeMap::new();
    for amount in drafts.iter().filter_map(|draft| draft.amount) {
        let sum = sums.entry(amount.currency()).or_insert_with(|| Money::zero(amount.currency()));
        *sum = sum.plus(amount).map_err(|_| BookError::damaged("a sum that no amount can hold"))?;
    }
    Ok(sums.into_values().collect())
}
