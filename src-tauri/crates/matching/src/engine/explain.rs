//! Answers to "why this one?", "why not that one?" and "what else?".

use super::rows::Place;
use super::{Engine, find};
use crate::level::Level;
use crate::link::{Explanation, Link};
use crate::pairing::{self, SHOWN};
use crate::payments::choice::{Choice, Use, Uses};
use crate::row::{Kind, Pair, Row, RowId, Side};
use crate::{customers, documents};

impl Engine {
    /// All that could be this row's partner, best first, the proposed and the closed ones among them; declined ones not.
    pub fn candidates(&self, left: &RowId) -> Vec<Link> {
        let Some(at) = self.rows.at(Side::Left, left) else { return Vec::new() };
        match self.rows.place(at) {
            Place::Pay(p) => self.payment_candidates(p),
            Place::Payer(payer) => self.customer_candidates(payer),
            _ if self.rows[at as usize].kind == Kind::Refund => self.links().iter().filter(|l| &l.left == left).cloned().collect(),
            _ => self.paper_candidates(at),
        }
    }

    /// Why these two, or why not. `None` if either is unknown or they are of kinds that are never linked.
    pub fn explain(&self, left: &RowId, right: &RowId) -> Option<Explanation> {
        let (l, r) = (self.row(Side::Left, left)?, self.row(Side::Right, right)?);
        let compared = self.candidates(left);
        let proposed = find(self.links(), left, right);
        let link = match proposed.or(compared.iter().find(|c| &c.right == right)) {
            Some(link) => link.clone(),
            None => self.alone(l, r)?,
        };
        let wanted_by = self.links().iter().filter(|l| &l.right == right && &l.left != left).take(SHOWN).map(|l| l.left.clone());
        Some(Explanation {
            linked: proposed.is_some(),
            declined: self.rules.declined.contains(&Pair { left: left.clone(), right: right.clone() }),
            odds: self.odds(l, r, &link),
            compared: compared.len(),
            wanted_by: wanted_by.collect(),
            link,
        })
    }

    /// What each fact adds to the odds, in the order of the evidence.
    fn odds(&self, left: &Row, right: &Row, link: &Link) -> [f64; 5] {
        let mut odds = [0.0; 5];
        self.levels(left, right, link).iter().for_each(|level| odds[level.what() as usize] += self.weights.of(*level));
        odds
    }

    /// The evidence of a pair as it is weighed; none where it was not among the candidates.
    pub(super) fn levels(&self, left: &Row, right: &Row, link: &Link) -> Vec<Level> {
        match left.kind {
            Kind::Charge | Kind::Refund => self.choice_of(left, right).map(|(_, choice, _)| choice.levels.to_vec()).unwrap_or_default(),
            Kind::Customer => {
                let all = &self.payments.all;
                let Some(Place::Payer(payer)) = self.rows.at(Side::Left, &left.id).map(|at| self.rows.place(at)) else { return Vec::new() };
                let same = |c: u32| all.customer_rows[c as usize].is_some_and(|row| self.rows[row as usize].id == right.id);
                let likely = all.likely[payer as usize].likely.iter().find(|l| same(l.customer));
                likely.map(|l| l.levels.to_vec()).unwrap_or_default()
            }
            _ => documents::levels(&link.evidence).to_vec(),
        }
    }

    /// A pair that was not among the candidates.
    fn alone(&self, left: &Row, right: &Row) -> Option<Link> {
        match (left.kind, right.kind) {
            (Kind::Customer, Kind::Customer) => {
                let evidence = customers::evidence(left, right);
                let method = customers::method(&evidence);
                Some(pairing::alone(left, right, evidence, method, self.versions()))
            }
            (Kind::Invoice, Kind::Document) | (Kind::Credit, Kind::Credit) => Some(self.paper_alone(left, right)),
            (Kind::Charge, Kind::Document) => {
                let p = self.pay_of(&left.id)?;
                let doc = self.doc_of(&right.id)?;
                let of = &self.payments.all.docs[doc as usize];
                let used = Use { doc, amount: of.open.min(self.payments.all.pays[p as usize].amount) };
                let choice = Choice::new(Uses::One([used]), [crate::level::Level::Different].into_iter().collect(), f64::MIN);
                Some(self.payment_link(p, &choice, used, None))
            }
            _ => None,
        }
    }

    fn payment_candidates(&self, p: u32) -> Vec<Link> {
        let chosen = self.payments.chosen[p as usize].as_ref();
        let mut links: Vec<Link> = Vec::new();
        for choice in &self.payments.made[p as usize].some {
            for &used in choice.uses.iter() {
                if !links.iter().any(|l| l.right == self.document_id(used.doc)) {
                    let chosen = chosen.filter(|c| c.choice.uses == choice.uses);
                    links.push(self.payment_link(p, choice, used, chosen));
                }
            }
        }
        links.sort_by(|a, b| b.chance.total_cmp(&a.chance).then_with(|| a.right.cmp(&b.right)));
        links
    }

    /// The likeliest choice of a payment (or of a refund's charge) that uses a document.
    fn choice_of(&self, left: &Row, right: &Row) -> Option<(u32, &Choice, Use)> {
        let charge = left.refund_of.as_ref().unwrap_or(&left.id);
        let p = self.pay_of(charge)?;
        let doc = self.doc_of(&right.id)?;
        let uses = |c: &Choice| c.uses.iter().find(|u| u.doc == doc).copied();
        let chosen = self.payments.chosen[p as usize].as_ref().map(|c| &c.choice).filter(|c| uses(c).is_some());
        let best = self.payments.made[p as usize].some.iter().filter(|c| uses(c).is_some()).max_by(|a, b| a.believed.total_cmp(&b.believed));
        let choice = chosen.or(best)?;
        Some((p, choice, uses(choice)?))
    }
}
