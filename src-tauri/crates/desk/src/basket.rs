//! What is signed and not yet written, by the system it goes to.

use std::collections::BTreeSet;

use ledgers::business_central::{CUSTOMER, ITEM};

use crate::commands::*;
use crate::{Desk, papers, propose};

/// Rows of a group that are shown; the rest is counted.
const MOST_SHOWN: usize = 40;

impl Desk {
    pub async fn basket(&self, _: Nothing) -> Result<Basket, Problem> {
        let open = self.open()?;
        let book = open.book();
        let basket = book.basket()?;
        let mut groups = Vec::new();
        for group in &basket.groups {
            let side = papers::side(&group.destination);
            let shown = group.drafts.iter().take(MOST_SHOWN).filter_map(|standing| papers::row(&book, standing).transpose());
            let of = |kind: &str| group.drafts.iter().filter(|standing| standing.kind.0 == kind).count();
            let (customers, items) = (of(CUSTOMER), of(ITEM));
            let requests = group.drafts.len();
            groups.push(BasketGroup {
                side,
                system: papers::system(side).into(),
                requests: count(requests as u64),
                customers: count(customers as u64),
                items: count(items as u64),
                documents: count(if side == Side::Ledger { requests - customers - items } else { 0 } as u64),
                rows: shown.collect::<Result<_, _>>()?,
                more: count(requests.saturating_sub(MOST_SHOWN) as u64),
            });
        }
        groups.sort_by_key(|group| group.side != Side::Ledger);
        let drafts = basket.groups.iter().flat_map(|group| &group.drafts);
        let rows: BTreeSet<_> = drafts.map(|draft| &draft.subject).filter(|subject| propose::is_row(subject)).collect();
        let base = book.head()?.currency;
        let mut sums = basket.sums;
        sums.sort_by_key(|sum| sum.currency() != base);
        Ok(Basket {
            revision: book.revision()?,
            rows: count(rows.len() as u64),
            drafts: count(basket.drafts as u64),
            conflicts: count(basket.conflicts as u64),
            sums: sums.into_iter().map(Amount::from).collect(),
            groups,
        })
    }
}
