//! The engine: rows in, links out.

use std::collections::{BTreeMap, BTreeSet};

use crate::link::{Explanation, Link, Method, Rival, Unlinked, Versions};
use crate::pairing::{self, Judged, Right};
use crate::row::{Kind, Pair, Party, Row, RowId, Side};
use crate::rules::Rules;
use crate::weights::Weights;
use crate::{customers, documents};

/// One change to what the engine knows.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A new row, or a new content of a known one.
    Put(Box<Row>),
    Remove(Side, RowId),
    /// A person says yes: the pair is a link from now on.
    Confirm(Pair),
    /// A person says no: the pair is never proposed again.
    Decline(Pair),
    /// Neither yes nor no any more.
    Forget(Pair),
}

/// Matches two sides. Whatever changes are applied, the result is the one of [`Engine::new`] on the rows and rules after them.
#[derive(Debug)]
pub struct Engine {
    rows: BTreeMap<(Side, RowId), Row>,
    rules: Rules,
    weights: Weights,
    links: Vec<Link>,
    unlinked: Vec<Unlinked>,
    compared: BTreeMap<RowId, Vec<Link>>,
}

impl Engine {
    /// Of two rows with one side and id the later one counts.
    pub fn new(rows: Vec<Row>, rules: Rules, weights: Weights) -> Self {
        let rows = rows.into_iter().map(|row| ((row.side, row.id.clone()), row)).collect();
        let mut engine = Self { rows, rules, weights, links: Vec::new(), unlinked: Vec::new(), compared: BTreeMap::new() };
        engine.run();
        engine
    }

    /// The proposed matches, in order of their left and right ids.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// The left rows without a link, in order of their ids.
    pub fn unlinked(&self) -> &[Unlinked] {
        &self.unlinked
    }

    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    pub fn row(&self, side: Side, id: &RowId) -> Option<&Row> {
        self.rows.get(&(side, id.clone()))
    }

    /// Takes one change; gives the links that are new or different. A pair that is no link any more is found by its absence
    /// in [`Engine::links`].
    pub fn apply(&mut self, change: Change) -> Vec<Link> {
        match change {
            Change::Put(row) => drop(self.rows.insert((row.side, row.id.clone()), *row)),
            Change::Remove(side, id) => drop(self.rows.remove(&(side, id))),
            Change::Confirm(pair) => {
                self.rules.declined.remove(&pair);
                self.rules.confirmed.insert(pair);
            }
            Change::Decline(pair) => {
                self.rules.confirmed.remove(&pair);
                self.rules.declined.insert(pair);
            }
            Change::Forget(pair) => {
                self.rules.confirmed.remove(&pair);
                self.rules.declined.remove(&pair);
            }
        }
        let before: BTreeMap<Pair, Link> = std::mem::take(&mut self.links).into_iter().map(|l| (l.pair(), l)).collect();
        self.run();
        self.links.iter().filter(|link| before.get(&link.pair()) != Some(link)).cloned().collect()
    }

    /// All that could be this row's partner, best first, the proposed and the closed ones among them; declined ones not.
    pub fn candidates(&self, left: &RowId) -> Vec<Link> {
        self.compared.get(left).cloned().unwrap_or_default()
    }

    /// Why these two, or why not. `None` if either is unknown or they are of kinds that are never linked.
    pub fn explain(&self, left: &RowId, right: &RowId) -> Option<Explanation> {
        let pair = Pair { left: left.clone(), right: right.clone() };
        let compared = self.compared.get(left).map_or(&[][..], Vec::as_slice);
        let link = match compared.iter().find(|l| &l.right == right) {
            Some(link) => link.clone(),
            None => {
                let (left, right) = (self.row(Side::Left, left)?, self.row(Side::Right, right)?);
                let rivals = compared.iter().take(pairing::SHOWN).map(|l| Rival { right: l.right.clone(), chance: l.chance, equal: false });
                Link { rivals: rivals.collect(), ..self.judge(left, right, &self.customer_links())?.link }
            }
        };
        let wanted_by = self.links.iter().filter(|l| &l.right == right && &l.left != left).take(pairing::SHOWN).map(|l| l.left.clone());
        Some(Explanation {
            linked: self.links.iter().any(|l| &l.left == left && &l.right == right),
            declined: self.rules.declined.contains(&pair),
            odds: self.weights.odds(&link.evidence),
            compared: compared.len(),
            wanted_by: wanted_by.collect(),
            link,
        })
    }

    fn run(&mut self) {
        let (mut links, mut compared, mut unlinked) = (Vec::new(), BTreeMap::new(), Vec::new());
        let customers = self.pair_customers();
        let known = linked_customers(&customers.links);
        for done in [self.pair_documents(Kind::Invoice, Kind::Document, &known), self.pair_documents(Kind::Credit, Kind::Credit, &known), customers] {
            links.extend(done.links);
            unlinked.extend(done.unlinked);
            for link in done.compared {
                compared.entry(link.left.clone()).or_insert_with(Vec::new).push(link);
            }
        }
        links.sort_by_key(Link::pair);
        unlinked.sort_by(|a, b| a.left.cmp(&b.left));
        (self.links, self.compared, self.unlinked) = (links, compared, unlinked);
    }

    fn pair_customers(&self) -> Paired {
        let index = customers::Index::new(self.of(Side::Right, Kind::Customer));
        let found = self.of(Side::Left, Kind::Customer).map(|left| (left, index.candidates(left)));
        self.pair(found, Kind::Customer, Right::Shared, &BTreeSet::new())
    }

    fn pair_documents(&self, left: Kind, right: Kind, known: &BTreeSet<Pair>) -> Paired {
        let index = documents::Index::new(self.of(Side::Right, right).map(|row| (row, self.party(row))));
        let found = self.of(Side::Left, left).map(|left| (left, index.candidates(left, self.party(left))));
        self.pair(found, right, Right::Once, known)
    }

    fn pair<'a>(&'a self, found: impl Iterator<Item = (&'a Row, (Vec<&'a Row>, usize))>, kind: Kind, once: Right, known: &BTreeSet<Pair>) -> Paired {
        let looked_at = self.of(Side::Right, kind).count();
        let (mut pairs, mut lefts) = (Vec::new(), Vec::new());
        for (left, (mut rights, not_searched)) in found {
            rights.extend(self.confirmed_with(left).filter(|r| r.kind == kind));
            rights.sort_by(|a, b| a.id.cmp(&b.id));
            rights.dedup_by(|a, b| a.id == b.id);
            lefts.push(Unlinked { left: left.id.clone(), kind: left.kind, looked_at, compared: rights.len(), not_searched });
            let open = rights.into_iter().filter(|right| !self.rules.declined.contains(&pair_of(left, right)));
            pairs.extend(open.filter_map(|right| self.judge(left, right, known)));
        }
        let (mut links, compared) = pairing::assign(pairs, once);
        for link in &mut links {
            if link.method == Method::Confirmed {
                (link.chance, link.tie) = (1.0, false);
            }
        }
        let linked: BTreeSet<&RowId> = links.iter().map(|l| &l.left).collect();
        lefts.retain(|l| !linked.contains(&l.left));
        Paired { unlinked: lefts, compared, links }
    }

    fn judge<'a>(&self, left: &'a Row, right: &'a Row, known: &BTreeSet<Pair>) -> Option<Judged<'a>> {
        let versions = Versions { rules: self.rules.version, weights: self.weights.version() };
        let (evidence, method) = match (left.kind, right.kind) {
            (Kind::Customer, Kind::Customer) => {
                let evidence = customers::evidence(left, right);
                let method = customers::method(&evidence);
                (evidence, method)
            }
            (Kind::Invoice, Kind::Document) | (Kind::Credit, Kind::Credit) => {
                let linked = match (&left.party.id, &right.party.id) {
                    (Some(l), Some(r)) => known.contains(&Pair { left: l.clone(), right: r.clone() }),
                    _ => false,
                };
                let evidence = documents::evidence(left, right, (self.party(left), self.party(right)), linked);
                let method = documents::method(&evidence);
                (evidence, method)
            }
            _ => return None,
        };
        let mut score = self.weights.prior(left.kind) + self.weights.odds(&evidence).iter().sum::<f64>();
        let confirmed = self.rules.confirmed.contains(&pair_of(left, right));
        if confirmed {
            score = CONFIRMED;
        }
        let method = if confirmed { Method::Confirmed } else { method };
        Some(Judged { left, right, score, link: pairing::alone(left, right, evidence, method, versions) })
    }

    fn of(&self, side: Side, kind: Kind) -> impl Iterator<Item = &Row> {
        self.rows.values().filter(move |row| row.side == side && row.kind == kind && !row.failed)
    }

    /// The customer row behind a row, or what the row itself says.
    fn party<'a>(&'a self, row: &'a Row) -> &'a Party {
        let customer = row.party.id.as_ref().and_then(|id| self.rows.get(&(row.side, id.clone())));
        customer.filter(|c| c.kind == Kind::Customer).map_or(&row.party, |c| &c.party)
    }

    fn confirmed_with(&self, left: &Row) -> impl Iterator<Item = &Row> {
        let from = Pair::new(left.id.clone(), "");
        let left = left.id.clone();
        self.rules.confirmed.range(from..).take_while(move |p| p.left == left).filter_map(|p| self.row(Side::Right, &p.right))
    }

    fn customer_links(&self) -> BTreeSet<Pair> {
        linked_customers(&self.links)
    }
}

/// Odds that nothing outweighs, and still a finite number.
const CONFIRMED: f64 = 50.0;

struct Paired {
    links: Vec<Link>,
    compared: Vec<Link>,
    unlinked: Vec<Unlinked>,
}

fn pair_of(left: &Row, right: &Row) -> Pair {
    Pair { left: left.id.clone(), right: right.id.clone() }
}

/// The pairs of customers that are sure enough to count as one party.
fn linked_customers(links: &[Link]) -> BTreeSet<Pair> {
    links.iter().filter(|l| l.kind == Kind::Customer && (l.exact() || l.method == Method::Confirmed)).map(Link::pair).collect()
}
