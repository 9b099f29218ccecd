//! How good a set of edges is against the truth.

use std::collections::{BTreeMap, BTreeSet};

use countersign_matching::csv_match::LEAST;
use countersign_matching::generate::Profile;
use countersign_matching::learn::Truth;
use countersign_matching::{Bucket, Engine, Kind, Link, Row, RowId, Side};

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

/// What is measured, and whether less of it is better.
pub struct Figure(&'static str, bool);

pub const PAYMENTS: [Figure; 8] = [
    Figure("edge F1", false),
    Figure("auto prec.", false),
    Figure("yield", false),
    Figure("calib.", true),
    Figure("nothing", true),
    Figure("sums", false),
    Figure("currency", false),
    Figure("customers", false),
];

pub const PAIRS: [Figure; 6] = [
    Figure("F1", false),
    Figure("auto prec.", false),
    Figure("yield", false),
    Figure("calib.", true),
    Figure("nothing", true),
    Figure("as strong", true),
];

/// One value for each figure; nothing where it does not apply.
pub type Values<const N: usize> = [Option<f64>; N];

/// What payments must reach, on books that the weights were not learned from.
pub fn wanted(profile: Profile) -> Values<8> {
    match profile {
        Profile::Easy => [Some(0.998), Some(0.9995), Some(0.985), Some(0.015), Some(0.025), None, None, Some(0.995)],
        Profile::Medium => [Some(0.97), Some(0.998), Some(0.80), Some(0.015), Some(0.025), Some(0.94), Some(0.95), Some(0.975)],
        Profile::Hard => [Some(0.81), Some(0.993), Some(0.30), Some(0.015), Some(0.025), Some(0.75), Some(0.77), Some(0.92)],
    }
}

pub fn head<const N: usize>(figures: &[Figure; N]) -> String {
    figures.iter().map(|Figure(name, _)| format!("{name:11}")).collect()
}

/// The values in their columns; `!` marks one that misses what is wanted.
pub fn line<const N: usize>(figures: &[Figure; N], values: &Values<N>, wanted: &Values<N>) -> String {
    let cell = |((Figure(_, less), value), wanted): ((&Figure, &Option<f64>), &Option<f64>)| match (value, wanted) {
        (None, _) => format!("{:11}", "-"),
        (Some(value), Some(wanted)) if (if *less { value > wanted } else { value < wanted }) => format!("{:11}", format!("{value:.4} !")),
        (Some(value), _) => format!("{:11}", format!("{value:.4}")),
    };
    figures.iter().zip(values).zip(wanted).map(cell).collect()
}

/// The worst of each figure over several books.
pub fn worst<const N: usize>(figures: &[Figure; N], of: &[Values<N>]) -> Values<N> {
    std::array::from_fn(|i| {
        let values = of.iter().filter_map(|values| values[i]);
        if figures[i].1 { values.max_by(f64::total_cmp) } else { values.min_by(f64::total_cmp) }
    })
}

pub fn mean<const N: usize>(of: &[Values<N>]) -> Values<N> {
    std::array::from_fn(|i| {
        Some(of.iter().filter_map(|values| values[i]).sum::<f64>() / of.len() as f64).filter(|_| of.iter().all(|v| v[i].is_some()))
    })
}

/// Links at least this sure would be accepted without looking.
const AUTO: f64 = 0.99;
const BINS: usize = 10;

/// The figures of [`PAYMENTS`]; those of customers if an engine is given.
pub fn payments(rows: &[Row], truth: &Truth, edges: &[Edge], engine: Option<&Engine>) -> Values<8> {
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
    let (found, there) = (all().count() as f64, truth.settles.values().map(BTreeMap::len).sum::<usize>() as f64);
    let whole = |left: &RowId, of: &BTreeMap<RowId, (i64, f64)>| {
        truth.settles.get(left).is_some_and(|t| t.len() == of.len() && of.iter().all(|(r, (a, _))| t.get(r) == Some(a)))
    };
    let accepted: Vec<_> = made.iter().filter(|(_, of)| of.values().all(|(_, chance)| *chance >= AUTO)).collect();
    let accepted_right = accepted.iter().filter(|(left, of)| whole(left, of)).count() as f64;
    let strays: BTreeSet<&RowId> =
        rows.iter().filter(|r| matches!(r.kind, Kind::Charge | Kind::Refund) && !truth.settles.contains_key(&r.id)).map(|r| &r.id).collect();
    let by_id: BTreeMap<&RowId, &Row> = rows.iter().map(|r| (&r.id, r)).collect();
    let found_of = |wanted: &dyn Fn(&RowId, &BTreeMap<RowId, i64>) -> bool| {
        let some = || truth.settles.iter().filter(|(left, of)| wanted(left, of));
        let edges = some().map(|(_, of)| of.len()).sum::<usize>() as f64;
        let hit = some().flat_map(|(left, of)| of.iter().map(move |(r, a)| (left, r, *a)));
        share(hit.filter(|(l, r, a)| made.get(*l).and_then(|of| of.get(*r)).is_some_and(|(amount, _)| amount == a)).count() as f64, edges)
    };
    let currency = |id: &RowId| by_id.get(id).map(|r| r.amount.currency());
    let charge = |left: &RowId| by_id.get(left).is_some_and(|r| r.kind == Kind::Charge);
    [
        Some(share(2.0 * right, found + there)),
        Some(share(accepted_right, accepted.len() as f64)),
        Some(share(accepted_right, truth.settles.len() as f64)),
        Some(calibration(all().map(|(l, r, a, chance)| (chance, is_right(l, r, a))))),
        Some(share(strays.iter().filter(|id| made.contains_key(**id)).count() as f64, strays.len() as f64)),
        Some(found_of(&|left, of| of.len() > 1 && charge(left))),
        Some(found_of(&|left, of| charge(left) && of.keys().any(|r| currency(r) != currency(left)))),
        engine.map(|engine| customers(engine, truth)),
    ]
}

/// The figures of [`PAIRS`]: links of one to one, between papers or customers.
pub fn pairs(rows: &[Row], kind: Kind, truth: &Truth, edges: &[Edge]) -> Values<6> {
    let lefts: BTreeSet<&RowId> = rows.iter().filter(|r| r.side == Side::Left && r.kind == kind).map(|r| &r.id).collect();
    let partner = |left: &RowId| match kind {
        Kind::Customer => truth.customers.get(left).and_then(Option::as_ref),
        _ => truth.documents.get(left),
    };
    let with = lefts.iter().filter(|left| partner(left).is_some()).count() as f64;
    let is_right = |edge: &&Edge| partner(&edge.left) == Some(&edge.right);
    let auto = || edges.iter().filter(|e| e.chance >= AUTO);
    let auto_right = auto().filter(is_right).count() as f64;
    let for_nothing = |least: f64| edges.iter().filter(|e| e.chance >= least && partner(&e.left).is_none()).count() as f64;
    let without = lefts.len() as f64 - with;
    [
        Some(share(2.0 * edges.iter().filter(is_right).count() as f64, edges.len() as f64 + with)),
        Some(share(auto_right, auto().count() as f64)),
        Some(share(auto_right, with)),
        Some(calibration(edges.iter().map(|e| (e.chance, is_right(&e))))),
        Some(share(for_nothing(0.0), without)),
        Some(share(for_nothing(Bucket::STRONG), without)),
    ]
}

fn share(part: f64, of: f64) -> f64 {
    if of > 0.0 { part / of } else { 0.0 }
}

/// How far what is said lies from what is true: the mean over bins, weighted by their size.
fn calibration(edges: impl Iterator<Item = (f64, bool)>) -> f64 {
    let mut bins = [(0.0, 0.0, 0.0); BINS];
    for (said, right) in edges {
        let bin = &mut bins[((said * BINS as f64) as usize).min(BINS - 1)];
        *bin = (bin.0 + 1.0, bin.1 + said, bin.2 + f64::from(u8::from(right)));
    }
    let all: f64 = bins.iter().map(|b| b.0).sum();
    share(bins.iter().map(|b| (b.1 - b.2).abs()).sum(), all)
}

fn customers(engine: &Engine, truth: &Truth) -> f64 {
    let links: BTreeMap<&RowId, &RowId> = engine.links().iter().filter(|l| l.kind == Kind::Customer).map(|l| (&l.left, &l.right)).collect();
    let right = links.iter().filter(|(l, r)| truth.customers.get(**l).and_then(Option::as_ref) == Some(**r)).count() as f64;
    share(2.0 * right, links.len() as f64 + truth.customers.values().flatten().count() as f64)
}
