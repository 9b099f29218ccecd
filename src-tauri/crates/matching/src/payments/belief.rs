//! The chance of each choice when all payments compete for the same documents.
//!
//! Sum-product messages between payments (each takes one choice, or none) and documents (what is taken may not exceed
//! what is open), until they stand still or a number of rounds is over. Sums run in the order given: the same input gives
//! the same bits.

use super::choice::Choice;
use super::lists::Lists;

/// Rounds of messages at most; they stand still when none moves by more; and how much of the old message each keeps.
const ROUNDS: usize = 16;
const STILL: f64 = 1e-5;
const KEEP: f64 = 0.3;
/// Where more uses want one document, parts are taken to exclude each other.
const MANY: usize = 256;

/// What one payment may settle, the odds of nothing, and whether it takes only what those that stayed leave.
pub(crate) type Asked<'a> = (&'a [Choice], f64, bool);

/// Chances by payment and choice, and how free each document is left by all.
#[derive(Debug, Default)]
pub(crate) struct Beliefs {
    pub chances: Vec<Vec<f64>>,
    /// By document: the chance that no payment takes it.
    pub free: Vec<f64>,
}

/// One use of one document by one choice.
struct Edge {
    pay: u32,
    choice: u32,
    doc: u32,
    amount: i64,
    /// Its payment takes only what those that stayed leave.
    yields: bool,
    /// From the document: the chance that it is there to be taken.
    there: f64,
    /// From the payment: its odds of taking it.
    wanted: f64,
}

/// One payment's edges, and its weights as the documents answer now.
struct Asker {
    first: usize,
    end: usize,
    /// No two choices share a document: the usual case, and quicker.
    apart: bool,
    /// The choices' own weights, and that of nothing.
    own: Vec<f64>,
    nothing: f64,
    weights: Vec<f64>,
}

/// `asked` by payment; `docs` are all documents in them, sorted, with what is `open` of each.
pub(crate) fn beliefs(asked: &[Asked], docs: &[u32], open: &[i64]) -> Beliefs {
    let mut edges = Vec::new();
    let mut askers: Vec<Asker> = asked.iter().enumerate().map(|(p, of)| asker(p, *of, docs, &mut edges)).collect();
    let by_doc = Lists::new(docs.len(), edges.iter().enumerate().map(|(e, edge)| (edge.doc, e as u32)));
    let of_doc = |doc: usize| by_doc.of(doc as u32);
    let mut new = Vec::new();
    for _ in 0..ROUNDS {
        for asker in &mut askers {
            ask(asker, &mut edges);
        }
        let mut moved = 0.0_f64;
        for (doc, open) in open.iter().enumerate() {
            moved = moved.max(answer(of_doc(doc), *open, &mut edges, &mut new));
        }
        if moved < STILL {
            break;
        }
    }
    let chances = askers.iter_mut().map(|asker| {
        let total = weigh(asker, &edges);
        asker.weights.iter().map(|w| w / total).collect()
    });
    let chances = chances.collect();
    let wanted = |doc: usize| of_doc(doc).iter().map(|&e| edges[e as usize].wanted).sum::<f64>();
    let free = (0..docs.len()).map(|doc| 1.0 / (1.0 + wanted(doc))).collect();
    Beliefs { chances, free }
}

fn asker(p: usize, (some, nothing, yields): Asked, docs: &[u32], edges: &mut Vec<Edge>) -> Asker {
    let first = edges.len();
    for (c, choice) in some.iter().enumerate() {
        edges.extend(choice.uses.iter().filter_map(|u| {
            let doc = docs.binary_search(&u.doc).ok()? as u32;
            Some(Edge { pay: p as u32, choice: c as u32, doc, amount: u.amount, yields, there: 1.0, wanted: 0.0 })
        }));
    }
    let mut seen: Vec<u32> = edges[first..].iter().map(|e| e.doc).collect();
    seen.sort_unstable();
    let top = some.iter().map(|c| c.score).fold(nothing, f64::max);
    Asker {
        first,
        end: edges.len(),
        apart: seen.windows(2).all(|w| w[0] != w[1]),
        own: some.iter().map(|c| (c.score - top).exp()).collect(),
        nothing: (nothing - top).exp(),
        weights: Vec::new(),
    }
}

/// The weight of each choice as the documents answer now; gives the total with that of nothing.
fn weigh(asker: &mut Asker, edges: &[Edge]) -> f64 {
    asker.weights.clone_from(&asker.own);
    for edge in &edges[asker.first..asker.end] {
        asker.weights[edge.choice as usize] *= edge.there;
    }
    asker.weights.iter().sum::<f64>() + asker.nothing
}

/// A payment tells each document how much it wants it, against all that it could do without it.
fn ask(asker: &mut Asker, edges: &mut [Edge]) {
    let total = weigh(asker, edges);
    let edges = &mut edges[asker.first..asker.end];
    for e in 0..edges.len() {
        let (doc, weight) = (edges[e].doc, asker.weights[edges[e].choice as usize]);
        let with: f64 = match asker.apart {
            true => weight,
            false => edges.iter().filter(|other| other.doc == doc).map(|other| asker.weights[other.choice as usize]).sum(),
        };
        edges[e].wanted = weight / edges[e].there.max(f64::MIN_POSITIVE) / (total - with).max(1e-12 * total);
    }
}

/// A document tells each use how likely it is that nobody else takes what it needs; gives how far an answer moved.
fn answer(uses: &[u32], open: i64, edges: &mut [Edge], new: &mut Vec<f64>) -> f64 {
    let total: f64 = uses.iter().map(|&e| edges[e as usize].wanted).sum();
    let stays: f64 = uses.iter().map(|&e| &edges[e as usize]).filter(|edge| !edge.yields).map(|edge| edge.wanted).sum();
    new.clear();
    // The edges of one payment follow one another.
    for mine in uses.chunk_by(|a, b| edges[*a as usize].pay == edges[*b as usize].pay) {
        let own: f64 = mine.iter().map(|&e| edges[e as usize].wanted).sum();
        for &e in mine {
            let edge = &edges[e as usize];
            let others = if edge.amount >= open || uses.len() == mine.len() || uses.len() > MANY {
                if edge.yields { total - own } else { stays - own }
            } else {
                let against = |o: &&Edge| o.pay != edge.pay && (edge.yields || !o.yields) && edge.amount.saturating_add(o.amount) > open;
                uses.iter().map(|&o| &edges[o as usize]).filter(against).map(|o| o.wanted).sum()
            };
            new.push(1.0 / (1.0 + others.max(0.0)));
        }
    }
    let mut moved = 0.0_f64;
    for (&e, new) in uses.iter().zip(new.iter()) {
        let edge = &mut edges[e as usize];
        moved = moved.max((edge.there - new).abs());
        edge.there = KEEP * edge.there + (1.0 - KEEP) * new;
    }
    moved
}
