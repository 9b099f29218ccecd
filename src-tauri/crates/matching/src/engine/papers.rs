//! Links of papers: Stripe's invoices and credit notes with the ledger's documents, one to one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Engine;
use super::customers::is_sure;
use super::rows::Place;
use crate::compare::Paper;
use crate::documents::{self, Key};
use crate::fact::Fact;
use crate::fold;
use crate::level::Level;
use crate::link::{Link, Method, Rival, Unlinked};
use crate::lookup::{Lookup, hash};
use crate::pairing::{self, EQUAL, Pairing, SAME, SHOWN, Scored, Wants};
use crate::payments::{FEW, in_parallel, spread};
use crate::row::{Kind, Pair, Row, RowId, Side};

/// Odds that nothing outweighs, and still a finite number.
pub(super) const CONFIRMED: f64 = 50.0;

/// Invoices with documents, credits with credits, and what is known of them beside.
#[derive(Debug, Default)]
pub(super) struct Papers {
    /// `None` as long as there is no left paper of the kind.
    invoices: Option<Pairing>,
    credits: Option<Pairing>,
    /// Customers of Stripe that surely are customers of the ledger.
    pub sure: BTreeMap<RowId, RowId>,
    /// Papers of both sides by the customer they name.
    by_party: Lookup,
}

/// What must be matched anew, of each kind.
#[derive(Debug, Default)]
pub(super) struct Stale {
    invoices: StaleKind,
    credits: StaleKind,
}

#[derive(Debug, Default)]
struct StaleKind {
    /// Left papers, against all that may be theirs; right ones, against those that may want them.
    lefts: BTreeSet<u32>,
    rights: BTreeSet<u32>,
    /// By left paper: how many more, or fewer, are not searched.
    more: BTreeMap<u32, isize>,
}

impl Stale {
    pub fn left(&mut self, kind: Kind, left: u32) {
        self.of(kind).lefts.insert(left);
    }

    fn of(&mut self, kind: Kind) -> &mut StaleKind {
        if kind == Kind::Credit { &mut self.credits } else { &mut self.invoices }
    }
}

impl Papers {
    pub fn of(&self, kind: Kind) -> Option<&Pairing> {
        self.place(kind).as_ref()
    }

    /// All left papers.
    pub fn lefts(&self) -> Vec<u32> {
        [&self.invoices, &self.credits].into_iter().flatten().flat_map(|p| p.wants.keys().copied()).collect()
    }

    fn place(&self, kind: Kind) -> &Option<Pairing> {
        if kind == Kind::Credit { &self.credits } else { &self.invoices }
    }

    fn place_mut(&mut self, kind: Kind) -> &mut Option<Pairing> {
        if kind == Kind::Credit { &mut self.credits } else { &mut self.invoices }
    }
}

/// In which pairing a row takes part: that of invoices, or that of credits.
pub(super) fn paired(row: &Row) -> Option<Kind> {
    match (row.side, row.kind) {
        _ if row.failed => None,
        (Side::Left, Kind::Invoice) | (Side::Right, Kind::Document) => Some(Kind::Invoice),
        (_, Kind::Credit) => Some(Kind::Credit),
        _ => None,
    }
}

/// Matching all, and matching anew.
impl Engine {
    pub(super) fn match_papers(&mut self) {
        let mut stale = Stale::default();
        for at in self.rows.live().filter(|at| self.rows[*at as usize].side == Side::Left) {
            if let Some(kind) = paired(&self.rows[at as usize]) {
                stale.left(kind, at);
            }
        }
        for kind in [Kind::Invoice, Kind::Credit] {
            if !stale.of(kind).lefts.is_empty() {
                self.open_papers(kind);
            }
        }
        self.rematch(stale);
    }

    /// Makes ready to match papers of a kind.
    fn open_papers(&mut self, kind: Kind) {
        if self.papers.invoices.is_none() && self.papers.credits.is_none() {
            let (links, _) = self.link_customers(0..self.payments.all.payers.len() as u32);
            self.papers.sure = links.into_iter().filter(is_sure).map(|l| (l.left, l.right)).collect();
            let papers = self.rows.live().filter(|at| paired(&self.rows[*at as usize]).is_some());
            self.papers.by_party = Lookup::new(papers.map(|at| (party_key(&self.rows[at as usize]), at)));
        }
        let own: Vec<u32> = self.rows.live().filter(|at| paired(&self.rows[*at as usize]) == Some(kind)).collect();
        let keys = in_parallel(own.len(), |i| self.paper_keys(own[i]));
        let (lefts, rights): (Vec<_>, Vec<_>) = own.iter().zip(&keys).partition(|(at, _)| self.rows[**at as usize].side == Side::Left);
        let index = |of: &[(&u32, &Vec<Key>)]| Lookup::new(of.iter().flat_map(|(at, keys)| keys.iter().map(|key| (key.hash, **at))));
        let pairing = Pairing::new(index(&rights), index(&lefts), rights.len());
        *self.papers.place_mut(kind) = Some(pairing);
    }

    /// Matches what is stale. Gives the left papers whose links may differ, and those of which only the count of what was
    /// not searched does.
    pub(super) fn rematch(&mut self, stale: Stale) -> (BTreeSet<u32>, BTreeSet<u32>) {
        let Stale { invoices, mut credits } = stale;
        let (mut touched, mut counted) = self.rematch_kind(Kind::Invoice, invoices);
        // A credit takes back an invoice, and goes where that went.
        let ids = touched.iter().filter_map(|at| self.taken_back.get(&self.rows[*at as usize].id)).flatten();
        let lefts = ids.filter_map(|id| self.rows.at(Side::Left, id)).filter(|at| paired(&self.rows[*at as usize]) == Some(Kind::Credit));
        credits.lefts.extend(lefts);
        let (more, others) = self.rematch_kind(Kind::Credit, credits);
        touched.extend(more);
        counted.extend(others);
        (touched, counted)
    }

    fn rematch_kind(&mut self, kind: Kind, stale: StaleKind) -> (BTreeSet<u32>, BTreeSet<u32>) {
        let (anew, mut touched, mut counted) = (stale.lefts, BTreeSet::new(), BTreeSet::new());
        let Some(mut pairing) = self.papers.place_mut(kind).take() else { return (anew, counted) };
        let is_there = |at: u32| self.rows.place(at) != Place::Gone && paired(&self.rows[at as usize]) == Some(kind);
        let lefts: Vec<u32> = anew.iter().copied().collect();
        let made = self.compare(&pairing, &lefts, is_there);
        let mut rights = stale.rights.clone();
        for (left, wants) in lefts.into_iter().zip(made) {
            rights.extend(pairing.put(left, wants));
        }
        // A left paper is read once, however many right ones it is compared with.
        let mut known: HashMap<u32, Wanting> = HashMap::new();
        for right in stale.rights {
            let mut wanting: BTreeSet<u32> = BTreeSet::new();
            if is_there(right) {
                let keys = self.paper_keys(right).into_iter().filter(|key| pairing.rights.count(key.hash) <= key.most);
                wanting.extend(keys.flat_map(|key| pairing.lefts.all(key.hash)).filter(|left| !anew.contains(left)));
                let confirmed = self.confirmed_for(&self.rows[right as usize].id);
                wanting.extend(confirmed.filter(|left| is_there(*left) && !anew.contains(left)));
            }
            let old: Vec<u32> = pairing.wanting(right).filter(|left| !anew.contains(left) && !wanting.contains(left)).collect();
            touched.extend(old.into_iter().filter(|left| pairing.put_pair(*left, right, None, &self.rows)));
            if !wanting.is_empty() {
                let paper = self.paper(right);
                let mut score = |left| known.entry(left).or_insert_with(|| self.wanting(left)).score(self, right, &paper);
                touched.extend(wanting.into_iter().filter(|left| pairing.put_pair(*left, right, Some(score(*left)), &self.rows)));
            }
        }
        for (left, more) in stale.more {
            if let Some(wants) = pairing.wants.get_mut(&left).filter(|_| !anew.contains(&left)) {
                wants.not_searched = wants.not_searched.saturating_add_signed(more);
                if !pairing.chosen.contains_key(&left) {
                    counted.insert(left);
                }
            }
        }
        touched.extend(anew);
        let touched = pairing.settle(touched, &rights, &self.rows);
        *self.papers.place_mut(kind) = Some(pairing);
        (touched, counted)
    }
}

/// What a changed row changes.
impl Engine {
    /// Takes in a paper that was put.
    pub(super) fn enter_paper(&mut self, at: u32, stale: &mut Stale) {
        let row = &self.rows[at as usize];
        let (Some(kind), side) = (paired(row), row.side) else { return };
        if side == Side::Left && self.papers.of(kind).is_none() {
            // Its keys are then among those of all.
            self.open_papers(kind);
            stale.left(kind, at);
        } else if let Some(pairing) = self.papers.place_mut(kind) {
            pairing.looked_at += usize::from(side == Side::Right);
            self.papers.by_party.add(party_key(row), at);
            self.key_paper(at, kind, true, stale);
        }
    }

    /// Takes out a paper, before its row changes.
    pub(super) fn leave_paper(&mut self, at: u32, stale: &mut Stale) {
        let row = &self.rows[at as usize];
        let (Some(kind), side) = (paired(row), row.side) else { return };
        if let Some(pairing) = self.papers.place_mut(kind) {
            pairing.looked_at -= usize::from(side == Side::Right);
            self.papers.by_party.remove(party_key(row), at);
            self.key_paper(at, kind, false, stale);
        }
    }

    /// The papers of a customer, before (`add` is false) and after its row changes, comes or goes.
    pub(super) fn key_papers_of(&mut self, side: Side, customer: &RowId, add: bool, stale: &mut Stale) {
        for at in self.papers.by_party.all(hash(customer.as_str())).collect::<Vec<_>>() {
            let row = &self.rows[at as usize];
            if let Some(kind) = paired(row).filter(|_| row.side == side) {
                self.key_paper(at, kind, add, stale);
            }
        }
    }

    /// The invoices and credits of a customer of Stripe that is linked otherwise now.
    pub(super) fn stale_papers_of(&self, customer: &RowId, stale: &mut Stale) {
        for at in self.papers.by_party.all(hash(customer.as_str())) {
            let row = &self.rows[at as usize];
            if let Some(kind) = paired(row).filter(|_| row.side == Side::Left) {
                stale.left(kind, at);
            }
        }
    }

    /// Puts the keys of a paper in, or takes them out, and notes whom that concerns.
    fn key_paper(&mut self, at: u32, kind: Kind, add: bool, stale: &mut Stale) {
        let (keys, side) = (self.paper_keys(at), self.rows[at as usize].side);
        let (Some(pairing), stale) = (self.papers.place_mut(kind), stale.of(kind)) else { return };
        let index = if side == Side::Right { &mut pairing.rights } else { &mut pairing.lefts };
        keys.iter().for_each(|key| if add { index.add(key.hash, at) } else { index.remove(key.hash, at) });
        if side == Side::Left {
            stale.lefts.insert(at);
            return;
        }
        stale.rights.insert(at);
        for key in keys {
            let (now, bound) = (pairing.rights.count(key.hash), key.most + usize::from(add));
            if now == bound {
                // It begins or ceases to tell something.
                stale.lefts.extend(pairing.lefts.all(key.hash));
            } else if now > bound {
                for left in pairing.lefts.all(key.hash) {
                    *stale.more.entry(left).or_default() += if add { 1 } else { -1 };
                }
            }
        }
    }

    fn paper_keys(&self, at: u32) -> Vec<Key> {
        let row = &self.rows[at as usize];
        let keys = if row.side == Side::Left { documents::partner_keys } else { documents::keys };
        keys(row, self.party(row))
    }
}

/// A left paper, and what is known of it beside, ready to be compared with many right ones.
struct Wanting<'a> {
    paper: Paper<'a>,
    /// The ledger's customer that its customer surely is, and the document of the invoice that it takes back.
    sure: Option<&'a RowId>,
    credited: Option<&'a Row>,
    confirmed: BTreeSet<&'a RowId>,
    declined: BTreeSet<&'a RowId>,
}

impl Wanting<'_> {
    fn evidence(&self, right: &Paper) -> [Fact; 5] {
        let linked = self.sure.is_some() && self.sure == right.row.party.id.as_ref();
        documents::evidence(&self.paper, right, linked, self.credited)
    }

    fn score(&self, engine: &Engine, at: u32, right: &Paper) -> Scored {
        let score = if self.declined.contains(&right.row.id) {
            f64::NEG_INFINITY
        } else if self.confirmed.contains(&right.row.id) {
            CONFIRMED
        } else {
            let levels = documents::levels(&self.evidence(right));
            levels.iter().map(|level| engine.weights.of(*level)).sum::<f64>() - engine.weights.of(Level::NoPaper)
        };
        Scored::new(at, score, !self.paper.row.closed && !right.row.closed)
    }
}

/// One paper, one pair.
impl Engine {
    /// What each left paper wants, if it is there. Each right one is read once, however many are compared with it.
    fn compare(&self, pairing: &Pairing, lefts: &[u32], is_there: impl Fn(u32) -> bool + Sync) -> Vec<Option<Wants>> {
        let found = in_parallel(lefts.len(), |i| is_there(lefts[i]).then(|| self.right_papers(pairing, lefts[i])));
        let mut rights: Vec<u32> = found.iter().flatten().flat_map(|(rights, _)| rights).copied().collect();
        rights.sort_unstable();
        rights.dedup();
        let papers = in_parallel(rights.len(), |i| self.paper(rights[i]));
        let paper = |right: u32| rights.binary_search(&right).ok().map(|at| (right, &papers[at]));
        in_parallel(lefts.len(), |i| {
            let (some, not_searched) = found[i].as_ref()?;
            let left = self.wanting(lefts[i]);
            let pairs = some.iter().filter_map(|right| paper(*right)).map(|(at, right)| left.score(self, at, right)).collect();
            Some(Wants { pairs, not_searched: *not_searched })
        })
    }

    /// The right papers that a left one is compared with, in order of their ids, and how many a bound kept from it.
    fn right_papers(&self, pairing: &Pairing, left: u32) -> (Vec<u32>, usize) {
        let (mut rights, not_searched) = pairing.candidates(&self.paper_keys(left));
        let row = &self.rows[left as usize];
        let kind = paired(row);
        rights.extend(self.confirmed_with(row).filter(|at| paired(&self.rows[*at as usize]) == kind));
        rights.sort_unstable();
        rights.dedup();
        rights.sort_by(|a, b| self.rows[*a as usize].id.cmp(&self.rows[*b as usize].id));
        (rights, not_searched + fold::unread(&row.text))
    }

    fn paper(&self, at: u32) -> Paper<'_> {
        let row = &self.rows[at as usize];
        Paper::new(row, self.party(row))
    }

    fn wanting(&self, left: u32) -> Wanting<'_> {
        self.wanting_row(&self.rows[left as usize])
    }

    fn wanting_row<'a>(&'a self, row: &'a Row) -> Wanting<'a> {
        let invoice = row.refund_of.as_ref().and_then(|id| self.rows.at(Side::Left, id));
        let chosen = invoice.and_then(|at| self.papers.of(Kind::Invoice)?.chosen.get(&at));
        let from = || Pair::new(row.id.clone(), "")..;
        let of = |pairs: &'a BTreeSet<Pair>| pairs.range(from()).take_while(|pair| pair.left == row.id).map(|pair| &pair.right).collect();
        Wanting {
            paper: Paper::new(row, self.party(row)),
            sure: row.party.id.as_ref().and_then(|id| self.papers.sure.get(id)),
            credited: chosen.map(|chosen| &self.rows[chosen.right as usize]),
            confirmed: of(&self.rules.confirmed),
            declined: of(&self.rules.declined),
        }
    }

    /// A pair as a link, its chance and rivals not yet known.
    pub(super) fn paper_alone(&self, left: &Row, right: &Row) -> Link {
        let wanting = self.wanting_row(left);
        let evidence = wanting.evidence(&Paper::new(right, self.party(right)));
        let confirmed = wanting.confirmed.contains(&right.id);
        let method = if confirmed { Method::Confirmed } else { documents::method(&evidence) };
        pairing::alone(left, right, evidence, method, self.versions())
    }

    /// Positions of the left rows for which a person confirmed a right one.
    fn confirmed_for<'a>(&'a self, right: &'a RowId) -> impl Iterator<Item = u32> + 'a {
        let decided = self.decided.range((right.clone(), RowId::from(""))..).take_while(move |(r, _)| r == right);
        let confirmed = decided.filter(|(_, left)| self.rules.confirmed.contains(&Pair { left: left.clone(), right: right.clone() }));
        confirmed.filter_map(|(_, left)| self.rows.at(Side::Left, left))
    }

    /// Positions of the right rows that a person confirmed for a left one.
    pub(super) fn confirmed_with(&self, left: &Row) -> impl Iterator<Item = u32> + use<'_> {
        let from = Pair::new(left.id.clone(), "");
        let left = left.id.clone();
        self.rules.confirmed.range(from..).take_while(move |p| p.left == left).filter_map(|p| self.rows.at(Side::Right, &p.right))
    }

    pub(super) fn link_papers(&self, lefts: Vec<u32>) -> (Vec<Link>, Vec<Unlinked>) {
        let made = spread(lefts.len(), FEW, |i| self.link_paper(lefts[i]));
        let (mut links, mut unlinked) = (Vec::new(), Vec::new());
        for one in made.into_iter().flatten() {
            match one {
                Ok(link) => links.push(link),
                Err(none) => unlinked.push(none),
            }
        }
        (links, unlinked)
    }

    fn link_paper(&self, left: u32) -> Option<Result<Link, Unlinked>> {
        let row = &self.rows[left as usize];
        let pairing = self.papers.of(paired(row)?)?;
        let wants = pairing.wants.get(&left)?;
        let chosen = pairing.chosen.get(&left).and_then(|chosen| wants.pairs.iter().find(|pair| pair.right == chosen.right));
        Some(chosen.map(|pair| self.paper_link(left, pair, wants, pairing)).ok_or_else(|| Unlinked {
            left: row.id.clone(),
            kind: row.kind,
            looked_at: pairing.looked_at,
            compared: wants.pairs.len(),
            not_searched: pairing.not_searched(left),
        }))
    }

    fn paper_link(&self, left: u32, pair: &Scored, wants: &Wants, pairing: &Pairing) -> Link {
        let row = |at: u32| &self.rows[at as usize];
        let mut link = self.paper_alone(row(left), row(pair.right));
        let chosen = pairing.chosen.get(&left).filter(|chosen| chosen.right == pair.right);
        let confirmed = link.method == Method::Confirmed && chosen.is_some();
        link.tie = !confirmed && chosen.is_some_and(|chosen| chosen.tie);
        let class = pairing::class(&link);
        let best = self.best_first(wants, SHOWN + 1);
        let others = |right: u32| best.iter().copied().filter(move |other| other.right != right);
        let equal = |a: &Scored, b: &Scored| (a.score - b.score).abs() < EQUAL;
        let chance = |one: &Scored| {
            let believed = pairing.chance(wants, one);
            let as_likely = others(one.right).filter(|other| equal(one, other) && (pairing.chance(wants, other) - believed).abs() < SAME).count();
            self.weights.shared(class, believed, 1 + as_likely)
        };
        let rival = |other: &Scored| Rival { right: row(other.right).id.clone(), chance: chance(other), equal: equal(pair, other) };
        link.rivals = others(pair.right).take(SHOWN).map(rival).collect();
        link.chance = if confirmed { 1.0 } else { chance(pair) };
        link
    }

    /// The pairs that are not declined, best first: at least so many as are asked for, if there are.
    fn best_first<'a>(&self, wants: &'a Wants, most: usize) -> Vec<&'a Scored> {
        let mut pairs: Vec<&Scored> = wants.pairs.iter().filter(|pair| !pair.is_declined()).collect();
        if most < pairs.len() {
            let last = pairs.select_nth_unstable_by(most, |a, b| b.score.total_cmp(&a.score)).1.score;
            pairs.retain(|pair| pair.score >= last);
        }
        let order = |pair: &Scored| (self.rows[pair.right as usize].date, &self.rows[pair.right as usize].id);
        pairs.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| order(a).cmp(&order(b))));
        pairs
    }

    /// All that a left paper was compared with, best first; declined ones not.
    pub(super) fn paper_candidates(&self, left: u32) -> Vec<Link> {
        let Some(pairing) = paired(&self.rows[left as usize]).and_then(|kind| self.papers.of(kind)) else { return Vec::new() };
        let Some(wants) = pairing.wants.get(&left) else { return Vec::new() };
        self.best_first(wants, usize::MAX).into_iter().map(|pair| self.paper_link(left, pair, wants, pairing)).collect()
    }

    /// How many right papers a left one of a kind was looked for among.
    pub(super) fn papers_looked_at(&self, kind: Kind) -> usize {
        self.papers.of(kind).map_or(0, |pairing| pairing.looked_at)
    }

    pub(super) fn not_searched(&self, left: u32) -> Option<usize> {
        let pairing = self.papers.of(paired(&self.rows[left as usize])?)?;
        pairing.wants.contains_key(&left).then(|| pairing.not_searched(left))
    }
}

fn party_key(row: &Row) -> u64 {
    row.party.id.as_ref().map_or(0, |id| hash(id.as_str()))
}

pub(super) fn pair_of(left: &Row, right: &Row) -> Pair {
    Pair { left: left.id.clone(), right: right.id.clone() }
}
