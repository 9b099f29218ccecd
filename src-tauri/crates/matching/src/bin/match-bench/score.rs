//! How good a set of edges is against the truth.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use countersign_matching::csv_match::LEAST;
use countersign_matching::learn::Truth;
use countersign_matching::{Engine, Kind, Link, Row, RowId, Side};

/// One payment, one invoice, the amount, and how sure the method is.
pub struct Edge {
    pub left: RowId,
    pub right: RowId,
    pub amount: i64,
    pub chance: f64,
}

impl Edge {
    pub fn of(engine: &Engine) -> Vec<Edge> {
        Self::some(engine, |l| l.kind != Kind::Customer && l.chance >= LEAST)
    }

    /// The links of the left rows of one kind.
    pub fn between(engine: &Engine, kind: Kind) -> Vec<Edge> {
        Self::some(engine, |l| l.kind == kind)
    }

    fn some(engine: &Engine, wanted: impl Fn(&Link) -> bool) -> Vec<Edge> {
        let links = engine.links().iter().filter(|l| wanted(l));
        links.map(|l| Edge { left: l.left.clone(), right: l.right.clone(), amount: l.amount.minor(), chance: l.chance }).collect()
    }
}

#[derive(Default)]
pub struct Score {
    f1: f64,
    auto_precision: f64,
    yielded: f64,
    calibration: f64,
    matched_for_nothing: f64,
    sums_found: f64,
    foreign_found: f64,
    customers: Option<f64>,
}

/// Links at least this sure would be accepted without looking.
const AUTO: f64 = 0.99;
const BINS: usize = 10;

impl Score {
    pub const HEADER: &'static str = "edge F1  auto prec.  yield   calib.  for nothing  sums    currency  customers  seconds";

    pub fn new(rows: &[Row], truth: &Truth, edges: &[Edge], engine: Option<&Engine>) -> Self {
        let mut made: BTreeMap<RowId, BTreeMap<RowId, (i64, f64)>> = BTreeMap::new();
        for edge in edges {
            made.entry(edge.left.clone()).or_default().insert(edge.right.clone(), (edge.amount, edge.chance));
        }
        // Of a payment made twice either may be the one that counts.
        for (first, second) in &truth.twice {
            if !made.contains_key(first)
                && let Some(of) = made.remove(second)
            {
                made.insert(first.clone(), of);
            }
        }
        let none = BTreeMap::new();
        let is_right = |left: &RowId, right: &RowId, amount: i64| truth.settles.get(left).unwrap_or(&none).get(right) == Some(&amount);
        let all = || made.iter().flat_map(|(left, of)| of.iter().map(move |(right, (amount, chance))| (left, right, *amount, *chance)));
        let right = all().filter(|(l, r, a, _)| is_right(l, r, *a)).count() as f64;
        let (found, wanted) = (all().count() as f64, truth.settles.values().map(BTreeMap::len).sum::<usize>() as f64);
        let whole = |left: &RowId, of: &BTreeMap<RowId, (i64, f64)>| {
            truth.settles.get(left).is_some_and(|t| t.len() == of.len() && of.iter().all(|(r, (a, _))| t.get(r) == Some(a)))
        };
        let accepted: Vec<_> = made.iter().filter(|(_, of)| of.values().all(|(_, chance)| *chance >= AUTO)).collect();
        let accepted_right = accepted.iter().filter(|(left, of)| whole(left, of)).count() as f64;
        let strays: BTreeSet<&RowId> =
            rows.iter().filter(|r| matches!(r.kind, Kind::Charge | Kind::Refund) && !truth.settles.contains_key(&r.id)).map(|r| &r.id).collect();
        let share = |part: f64, of: f64| if of > 0.0 { part / of } else { 0.0 };
        let by_id: BTreeMap<&RowId, &Row> = rows.iter().map(|r| (&r.id, r)).collect();
        let found_of = |wanted: &dyn Fn(&RowId, &BTreeMap<RowId, i64>) -> bool| {
            let some = || truth.settles.iter().filter(|(left, of)| wanted(left, of));
            let edges = some().map(|(_, of)| of.len()).sum::<usize>() as f64;
            let hit = some().flat_map(|(left, of)| of.iter().map(move |(r, a)| (left, r, *a)));
            share(hit.filter(|(l, r, a)| made.get(*l).and_then(|of| of.get(*r)).is_some_and(|(amount, _)| amount == a)).count() as f64, edges)
        };
        let currency = |id: &RowId| by_id.get(id).map(|r| r.amount.currency());
        let charge = |left: &RowId| by_id.get(left).is_some_and(|r| r.kind == Kind::Charge);
        Self {
            f1: share(2.0 * right, found + wanted),
            auto_precision: share(accepted_right, accepted.len() as f64),
            yielded: share(accepted_right, truth.settles.len() as f64),
            calibration: calibration(all().map(|(l, r, a, chance)| (chance, is_right(l, r, a)))),
            matched_for_nothing: share(strays.iter().filter(|id| made.contains_key(**id)).count() as f64, strays.len() as f64),
            sums_found: found_of(&|left, of| of.len() > 1 && charge(left)),
            foreign_found: found_of(&|left, of| charge(left) && of.keys().any(|r| currency(r) != currency(left))),
            customers: engine.map(|engine| customers(engine, truth)),
        }
    }

    pub fn line(&self, took: Duration) -> String {
        let customers = self.customers.map_or("-".to_owned(), |c| format!("{c:.4}"));
        format!(
            "{:<8.4} {:<11.4} {:<7.4} {:<7.4} {:<12.4} {:<7.4} {:<9.4} {customers:<10} {:.2}",
            self.f1,
            self.auto_precision,
            self.yielded,
            self.calibration,
            self.matched_for_nothing,
            self.sums_found,
            self.foreign_found,
            took.as_secs_f64()
        )
    }
}

/// How good links of one to one are: papers, or customers.
pub struct Pairs {
    f1: f64,
    auto_precision: f64,
    yielded: f64,
    calibration: f64,
    matched_for_nothing: f64,
}

impl Pairs {
    pub const HEADER: &'static str = "F1       auto prec.  yield   calib.  for nothing";

    pub fn new(rows: &[Row], kind: Kind, truth: &Truth, edges: &[Edge]) -> Self {
        let lefts: BTreeSet<&RowId> = rows.iter().filter(|r| r.side == Side::Left && r.kind == kind).map(|r| &r.id).collect();
        let wanted = |left: &RowId| match kind {
            Kind::Customer => truth.customers.get(left).and_then(Option::as_ref),
            _ => truth.documents.get(left),
        };
        let with = lefts.iter().filter(|left| wanted(left).is_some()).count() as f64;
        let is_right = |edge: &&Edge| wanted(&edge.left) == Some(&edge.right);
        let auto = || edges.iter().filter(|e| e.chance >= AUTO);
        let auto_right = auto().filter(is_right).count() as f64;
        let for_nothing = edges.iter().filter(|e| wanted(&e.left).is_none()).count() as f64;
        Self {
            f1: 2.0 * edges.iter().filter(is_right).count() as f64 / (edges.len() as f64 + with).max(1.0),
            auto_precision: auto_right / (auto().count() as f64).max(1.0),
            yielded: auto_right / with.max(1.0),
            calibration: calibration(edges.iter().map(|e| (e.chance, is_right(&e)))),
            matched_for_nothing: for_nothing / (lefts.len() as f64 - with).max(1.0),
        }
    }

    pub fn line(&self) -> String {
        let Self { f1, auto_precision, yielded, calibration, matched_for_nothing } = self;
        format!("{f1:<8.4} {auto_precision:<11.4} {yielded:<7.4} {calibration:<7.4} {matched_for_nothing:.4}")
    }
}

/// How far what is said lies from what is true: the mean over bins, weighted by their size.
fn calibration(edges: impl Iterator<Item = (f64, bool)>) -> f64 {
    let mut bins = [(0.0, 0.0, 0.0); BINS];
    for (said, right) in edges {
        let bin = &mut bins[((said * BINS as f64) as usize).min(BINS - 1)];
        *bin = (bin.0 + 1.0, bin.1 + said, bin.2 + f64::from(u8::from(right)));
    }
    let all: f64 = bins.iter().map(|b| b.0).sum();
    if all > 0.0 { bins.iter().map(|b| (b.1 - b.2).abs()).sum::<f64>() / all } else { 0.0 }
}

fn customers(engine: &Engine, truth: &Truth) -> f64 {
    let links: BTreeMap<&RowId, &RowId> = engine.links().iter().filter(|l| l.kind == Kind::Customer).map(|l| (&l.left, &l.right)).collect();
    let right = links.iter().filter(|(l, r)| truth.customers.get(**l).and_then(Option::as_ref) == Some(**r)).count() as f64;
    let wanted = truth.customers.values().flatten().count() as f64;
    if links.is_empty() { 0.0 } else { 2.0 * right / (links.len() as f64 + wanted) }
}
