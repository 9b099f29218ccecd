//! From judged pairs to links: who gets whom, who ties, and the chance among rivals.

use std::collections::BTreeMap;

use money::Money;

use crate::link::{Link, Rival, Versions};
use crate::row::{Kind, Row, RowId};

/// Rivals that a link shows; more are only counted in its chance.
pub(crate) const SHOWN: usize = 8;
/// Scores this close are equal.
const EQUAL: f64 = 1e-9;

/// One compared pair: positions of its rows, and the link as it would be.
pub(crate) struct Judged<'a> {
    pub left: &'a Row,
    pub right: &'a Row,
    pub score: f64,
    pub link: Link,
}

/// Sets every pair's chance and rivals, and picks the links: best first, equal ones as ties in the order of their dates.
pub(crate) fn assign(mut pairs: Vec<Judged>) -> (Vec<Link>, Vec<Link>) {
    pairs.sort_by(|a, b| {
        let order = |j: &Judged| (j.right.date, j.left.date);
        b.score.total_cmp(&a.score).then_with(|| order(a).cmp(&order(b))).then_with(|| a.link.pair().cmp(&b.link.pair()))
    });
    set_chances(&mut pairs);
    let chosen = choose(&pairs);
    let mut links = Vec::new();
    let mut all = Vec::with_capacity(pairs.len());
    for (at, pair) in pairs.into_iter().enumerate() {
        let mut link = pair.link;
        if let Some(tie) = chosen.get(&at) {
            link.tie = *tie;
            links.push(link.clone());
        }
        all.push(link);
    }
    (links, all)
}

/// The pairs that become links, and whether each is a tie. `pairs` are in order.
fn choose(pairs: &[Judged]) -> BTreeMap<usize, bool> {
    let mut taken_left: BTreeMap<&RowId, ()> = BTreeMap::new();
    let mut taken_right: BTreeMap<&RowId, ()> = BTreeMap::new();
    let mut chosen = BTreeMap::new();
    let mut start = 0;
    while start < pairs.len() {
        let score = pairs[start].score;
        let end = start + pairs[start..].iter().take_while(|p| score - p.score < EQUAL).count();
        let eligible = |p: &Judged| p.score > 0.0 && !p.left.closed && !p.right.closed;
        let free: Vec<usize> = (start..end)
            .filter(|&i| eligible(&pairs[i]) && !taken_left.contains_key(&pairs[i].left.id) && !taken_right.contains_key(&pairs[i].right.id))
            .collect();
        let (mut of_left, mut of_right) = (BTreeMap::new(), BTreeMap::new());
        for &i in &free {
            *of_left.entry(&pairs[i].left.id).or_insert(0) += 1;
            *of_right.entry(&pairs[i].right.id).or_insert(0) += 1;
        }
        for i in free {
            let (l, r) = (&pairs[i].left.id, &pairs[i].right.id);
            if taken_left.contains_key(l) || taken_right.contains_key(r) {
                continue;
            }
            chosen.insert(i, of_left[l] > 1 || of_right[r] > 1);
            taken_left.insert(l, ());
            taken_right.insert(r, ());
        }
        start = end;
    }
    chosen
}

/// The odds of a pair against all that compete with it for either row, and against there being no partner.
fn set_chances(pairs: &mut [Judged]) {
    let mut of_left: BTreeMap<RowId, Vec<usize>> = BTreeMap::new();
    let mut for_right: BTreeMap<RowId, f64> = BTreeMap::new();
    for (i, pair) in pairs.iter().enumerate() {
        of_left.entry(pair.left.id.clone()).or_default().push(i);
        *for_right.entry(pair.right.id.clone()).or_default() += pair.score.exp();
    }
    for rivals in of_left.values() {
        let sum: f64 = rivals.iter().map(|&i| pairs[i].score.exp()).sum();
        for &i in rivals {
            let own = pairs[i].score.exp();
            let others = sum - own + for_right[&pairs[i].right.id] - own;
            pairs[i].link.chance = own / (1.0 + own + others.max(0.0));
        }
        for &i in rivals {
            let score = pairs[i].score;
            let shown = rivals.iter().filter(|&&j| j != i).take(SHOWN);
            let shown = shown.map(|&j| Rival {
                right: pairs[j].right.id.clone(),
                chance: pairs[j].link.chance,
                equal: (score - pairs[j].score).abs() < EQUAL,
            });
            pairs[i].link.rivals = shown.collect();
        }
    }
}

/// A link before its rivals are known.
pub(crate) fn alone(left: &Row, right: &Row, evidence: [crate::Fact; 5], method: crate::Method, versions: Versions) -> Link {
    let of = match (left.amount.currency() == right.amount.currency(), left.amount.minor() < right.amount.minor()) {
        (true, true) => left.amount,
        _ => right.amount,
    };
    // A credit takes back, whatever sign its side gives it.
    let amount = match left.kind {
        Kind::Credit => Money::new(of.minor().saturating_abs().saturating_neg(), of.currency()),
        _ => of,
    };
    Link {
        left: left.id.clone(),
        right: right.id.clone(),
        kind: left.kind,
        amount,
        chance: 0.0,
        method,
        evidence: Box::new(evidence),
        rivals: Vec::new(),
        tie: false,
        versions,
    }
}
