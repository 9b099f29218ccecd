//! What a book's own decisions do to what nobody has decided yet: a bookkeeper who is right goes through the first half
//! of a year's payments, and the second half is judged.

use std::collections::BTreeMap;

use countersign_matching::learn::Truth;
use countersign_matching::{Engine, Kind, Pair, Row, RowId, Rules, Side};

use crate::Case;
use crate::score::{self, Edge, Values};

/// The second half as it is matched with nothing decided, with the first half decided, and with what that teaches.
pub fn halves(case: &Case) -> [(&'static str, Values<8>); 3] {
    let halves = Halves::new(case);
    let (_, nothing) = halves.judged(case, case.rules.clone());
    let first = case.engine(case.rules.clone());
    let (engine, decided) = halves.judged(case, halves.decided(case, &first));
    let taught = Rules { lessons: engine.lessons(|_| true), learned: engine.new_rules(), ..engine.rules().clone() };
    let (_, taught) = halves.judged(case, taught);
    [("nothing decided", nothing), ("first half decided", decided), ("and what that teaches", taught)]
}

struct Halves {
    /// The second half and the ledger, and what is true of them.
    rows: Vec<Row>,
    truth: Truth,
    first: BTreeMap<RowId, Row>,
}

impl Halves {
    fn new(case: &Case) -> Self {
        let mut days: Vec<_> = case.rows.iter().filter(|r| r.kind == Kind::Charge).map(|r| r.date).collect();
        days.sort_unstable();
        let middle = days.get(days.len() / 2).copied().unwrap_or_default();
        let dates: BTreeMap<&RowId, _> = case.rows.iter().filter(|r| r.kind == Kind::Charge).map(|r| (&r.id, r.date)).collect();
        // A refund belongs to its charge.
        let is_first = |row: &Row| {
            let date = row.refund_of.as_ref().and_then(|charge| dates.get(charge)).copied().unwrap_or(row.date);
            row.side == Side::Left && matches!(row.kind, Kind::Charge | Kind::Refund) && date < middle
        };
        let (first, rows): (Vec<&Row>, Vec<&Row>) = case.rows.iter().partition(|row| is_first(row));
        let first: BTreeMap<RowId, Row> = first.into_iter().map(|row| (row.id.clone(), row.clone())).collect();
        let mut truth = case.truth.clone();
        truth.settles.retain(|left, _| !first.contains_key(left));
        truth.twice.retain(|(one, other)| !first.contains_key(one) && !first.contains_key(other));
        Self { rows: rows.into_iter().cloned().collect(), truth, first }
    }

    /// Each proposed link of the first half is confirmed, or declined and what is right confirmed instead.
    fn decided(&self, case: &Case, engine: &Engine) -> Rules {
        let mut rules = case.rules.clone();
        for link in engine.links().iter().filter(|l| l.kind == Kind::Charge && self.first.contains_key(&l.left)) {
            let twin = case.truth.twice.iter().find(|(_, other)| *other == link.left).map(|(one, _)| one);
            let right = case.truth.settles.get(twin.unwrap_or(&link.left));
            match right {
                Some(documents) if documents.contains_key(&link.right) => drop(rules.confirmed.insert(link.pair())),
                _ => {
                    rules.declined.insert(link.pair());
                    let instead = right.into_iter().flat_map(BTreeMap::keys).filter(|_| twin.is_none());
                    rules.confirmed.extend(instead.map(|document| Pair::new(link.left.clone(), document.clone())));
                }
            }
        }
        rules
    }

    fn judged(&self, case: &Case, rules: Rules) -> (Engine, Values<8>) {
        let engine = case.engine(rules);
        let edges: Vec<Edge> = Edge::of(&engine).into_iter().filter(|e| !self.first.contains_key(&e.left)).collect();
        let values = score::payments(&self.rows, &self.truth, &edges, None);
        (engine, values)
    }
}
