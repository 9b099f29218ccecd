//! The rows by position. A row keeps its position while others come and go.

use std::collections::HashSet;
use std::ops::Deref;

use crate::lookup::{Lookup, beginning, hash, join};
use crate::row::{Row, RowId, Side};

/// What a row is to the matching, with its position there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    /// Removed; the row that lies there counts no more.
    Gone,
    /// Known, but of no kind that takes part by itself.
    Other,
    Pay(u32),
    Doc(u32),
    /// A customer of Stripe.
    Payer(u32),
    /// A customer of the ledger.
    Customer(u32),
}

#[derive(Debug, Default)]
pub(super) struct Rows {
    rows: Vec<Row>,
    places: Vec<Place>,
    by_id: Lookup,
    free: Vec<u32>,
}

impl Rows {
    /// Of two rows with one side and id the later one counts.
    pub fn new(mut rows: Vec<Row>) -> Self {
        let mut by_id = index(&rows);
        let own = |at: u32| (rows[at as usize].side, &rows[at as usize].id, at);
        let mut replaced = HashSet::new();
        for mut of_one_key in by_id.shared() {
            of_one_key.sort_by(|a, b| own(*a).cmp(&own(*b)));
            let same = |two: &&[u32]| own(two[0]).0 == own(two[1]).0 && own(two[0]).1 == own(two[1]).1;
            replaced.extend(of_one_key.windows(2).filter(same).map(|two| two[0]));
        }
        if !replaced.is_empty() {
            let mut at = 0..;
            rows.retain(|_| at.next().is_none_or(|at| !replaced.contains(&at)));
            by_id = index(&rows);
        }
        Self { places: vec![Place::Other; rows.len()], by_id, rows, free: Vec::new() }
    }

    pub fn at(&self, side: Side, id: &RowId) -> Option<u32> {
        self.by_id.all(key(side, id)).find(|at| self.rows[*at as usize].side == side && &self.rows[*at as usize].id == id)
    }

    pub fn place(&self, at: u32) -> Place {
        self.places[at as usize]
    }

    pub fn set(&mut self, at: u32, place: Place) {
        self.places[at as usize] = place;
    }

    pub fn put(&mut self, row: Row) -> u32 {
        let at = self.at(row.side, &row.id).or_else(|| self.free.pop()).unwrap_or(self.rows.len() as u32);
        self.by_id.add(key(row.side, &row.id), at);
        match self.rows.get_mut(at as usize) {
            Some(old) => *old = row,
            None => {
                self.rows.push(row);
                self.places.push(Place::Other);
            }
        }
        self.places[at as usize] = Place::Other;
        at
    }

    pub fn remove(&mut self, at: u32) {
        let row = &self.rows[at as usize];
        self.by_id.remove(key(row.side, &row.id), at);
        self.places[at as usize] = Place::Gone;
        self.free.push(at);
    }

    /// Those of the rows that count, in order of sides and ids.
    pub fn in_order(&self) -> Vec<u32> {
        // The first bytes tell most apart, and are at hand.
        let mut order: Vec<(Side, u128, u32)> =
            self.live().map(|at| (self[at as usize].side, beginning(self[at as usize].id.as_str()), at)).collect();
        let whole = |at: u32| &self[at as usize].id;
        order.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| whole(a.2).cmp(whole(b.2))));
        order.into_iter().map(|(_, _, at)| at).collect()
    }

    /// The positions of the rows that count.
    pub fn live(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.rows.len() as u32).filter(|at| self.places[*at as usize] != Place::Gone)
    }
}

fn index(rows: &[Row]) -> Lookup {
    Lookup::new((0..).zip(rows).map(|(at, row)| (key(row.side, &row.id), at)))
}

fn key(side: Side, id: &RowId) -> u64 {
    join(hash(id.as_str()), side as u64)
}

impl Deref for Rows {
    type Target = [Row];

    fn deref(&self) -> &[Row] {
        &self.rows
    }
}
