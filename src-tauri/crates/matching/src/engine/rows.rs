//! The rows by position. A row keeps its position while others come and go.

use std::collections::HashMap;
use std::ops::Deref;

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
    /// So many are in order of side and id, and found by it; those behind them by `added`.
    sorted: usize,
    added: HashMap<(Side, RowId), u32>,
    free: Vec<u32>,
}

impl Rows {
    /// Of two rows with one side and id the later one counts.
    pub fn new(rows: Vec<Row>) -> Self {
        let rows = sorted(rows);
        Self { places: vec![Place::Other; rows.len()], sorted: rows.len(), rows, ..Self::default() }
    }

    pub fn at(&self, side: Side, id: &RowId) -> Option<u32> {
        self.seat(side, id).filter(|at| self.places[*at as usize] != Place::Gone)
    }

    pub fn place(&self, at: u32) -> Place {
        self.places[at as usize]
    }

    pub fn set(&mut self, at: u32, place: Place) {
        self.places[at as usize] = place;
    }

    pub fn put(&mut self, row: Row) -> u32 {
        let at = match (self.seat(row.side, &row.id), self.free.pop()) {
            (Some(at), free) => {
                self.free.extend(free);
                at
            }
            (None, Some(at)) => {
                self.added.insert((row.side, row.id.clone()), at);
                at
            }
            (None, None) => {
                self.added.insert((row.side, row.id.clone()), self.rows.len() as u32);
                self.rows.push(row);
                self.places.push(Place::Other);
                return self.rows.len() as u32 - 1;
            }
        };
        self.rows[at as usize] = row;
        self.places[at as usize] = Place::Other;
        at
    }

    pub fn remove(&mut self, at: u32) {
        self.places[at as usize] = Place::Gone;
        let row = &self.rows[at as usize];
        if self.added.remove(&(row.side, row.id.clone())).is_some() {
            self.free.push(at);
        }
    }

    /// The positions of the rows that count.
    pub fn live(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.rows.len() as u32).filter(|at| self.places[*at as usize] != Place::Gone)
    }

    /// Where the row is, or was.
    fn seat(&self, side: Side, id: &RowId) -> Option<u32> {
        let sorted = self.rows[..self.sorted].binary_search_by(|row| (row.side, &row.id).cmp(&(side, id)));
        match sorted {
            Ok(at) => Some(at as u32),
            Err(_) if self.added.is_empty() => None,
            Err(_) => self.added.get(&(side, id.clone())).copied(),
        }
    }
}

impl Deref for Rows {
    type Target = [Row];

    fn deref(&self) -> &[Row] {
        &self.rows
    }
}

/// Rows in the order in which they are worked on; of two with one side and id, the later one.
pub(crate) fn sorted(mut rows: Vec<Row>) -> Vec<Row> {
    let mut order: Vec<(Side, u64, u32)> = rows.iter().enumerate().map(|(at, row)| (row.side, beginning(row.id.as_str()), at as u32)).collect();
    let whole = |at: u32| &rows[at as usize].id;
    order.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| whole(a.2).cmp(whole(b.2))).then(b.2.cmp(&a.2)));
    order.dedup_by(|a, b| (a.0, a.1) == (b.0, b.1) && whole(a.2) == whole(b.2));
    // In place: rows are large, and a second copy of all of them would be the peak of memory.
    for to in 0..order.len() {
        let mut from = order[to].2 as usize;
        while from < to {
            from = order[from].2 as usize;
        }
        rows.swap(to, from);
    }
    rows.truncate(order.len());
    rows
}

/// The first bytes as a number in the same order as the texts.
fn beginning(text: &str) -> u64 {
    let mut bytes = [0; 8];
    let len = text.len().min(8);
    bytes[..len].copy_from_slice(&text.as_bytes()[..len]);
    u64::from_be_bytes(bytes)
}
