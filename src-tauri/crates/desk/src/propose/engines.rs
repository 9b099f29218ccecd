//! The engines that match a book's rows. Kept, they follow what changed instead of being made anew.

use std::collections::{BTreeMap, BTreeSet};

use matching::{Change, Engine, Kind, Pair, Row, RowId, Rules, Side, Weights};
use money::Money;

use super::{Ground, rows};

/// Papers are matched with papers first: an open document that Stripe's own invoice was paid for is not paid again by
/// other money.
pub struct Engines {
    papers: Engine,
    /// With money beside; none where no money came that Stripe's invoices did not ask for.
    whole: Option<Engine>,
}

/// Changes that are worth following; more are matched anew.
const MOST_CHANGED: usize = 200;

impl Engines {
    pub fn new(ground: &Ground) -> Self {
        let matched = |rows| Engine::new(rows, ground.rules(), Weights::built_in());
        let (rows, money) = (rows::engine_rows(ground), rows::money_rows(ground));
        if money.is_empty() {
            return Self { papers: matched(rows), whole: None };
        }
        let papers = matched(rows.clone());
        let whole = matched(with_money(ground, &papers, rows, money));
        Self { papers, whole: Some(whole) }
    }

    /// The one that knows all rows.
    pub fn whole(&self) -> &Engine {
        self.whole.as_ref().unwrap_or(&self.papers)
    }

    /// Whether it matches by these rules.
    pub fn is_by(&self, rules: &Rules) -> bool {
        self.papers.rules() == rules
    }

    /// Takes in what people have decided since, of the same rows; gives the left rows that this touches. None where so much
    /// else changed that all must be matched anew.
    pub fn decide(&mut self, ground: &Ground) -> Option<BTreeSet<RowId>> {
        let decided = decided(self.papers.rules(), &ground.rules())?;
        if decided.is_empty() {
            return Some(BTreeSet::new());
        }
        let touched = self.papers.apply_all(decided.clone());
        let Some(whole) = &mut self.whole else { return Some(touched) };
        let mut touched = whole.apply_all(decided);
        let paid = paid(ground, &self.papers);
        let documents = self.papers.rows().filter(|row| is_document(row)).map(|row| (row, open(row, &paid)));
        let moved = documents.filter(|(row, open)| whole.row(row.side, &row.id).is_some_and(|known| known.open != *open));
        let changes: Vec<Change> = moved.map(|(row, open)| put(row, |row| row.open = open)).collect();
        touched.extend(whole.apply_all(changes));
        Some(touched)
    }

    /// Takes in the rows as they are now, and what people have decided since. False where all must be matched anew.
    pub fn follow(&mut self, ground: &Ground) -> bool {
        self.followed(ground).is_some()
    }

    fn followed(&mut self, ground: &Ground) -> Option<()> {
        let (rows, money) = (rows::engine_rows(ground), rows::money_rows(ground));
        let decided = decided(self.papers.rules(), &ground.rules())?;
        let changes = changes(&self.papers, &rows)?;
        self.papers.apply_all(changes.into_iter().chain(decided.clone()));
        match &mut self.whole {
            Some(whole) if !money.is_empty() => {
                whole.apply_all(decided);
                let rows = with_money(ground, &self.papers, rows, money);
                let changes = self::changes(whole, &rows)?;
                whole.apply_all(changes);
                Some(())
            }
            None if money.is_empty() => Some(()),
            _ => None,
        }
    }
}

/// The rows of both engines: what Stripe's invoices have been paid leaves their documents less open to other money.
fn with_money(ground: &Ground, papers: &Engine, mut rows: Vec<Row>, money: Vec<Row>) -> Vec<Row> {
    let paid = paid(ground, papers);
    for row in rows.iter_mut().filter(|row| is_document(row)) {
        row.open = open(row, &paid);
    }
    rows.extend(money);
    rows
}

/// What Stripe's invoices were paid, by the document of the ledger that they are.
fn paid<'a>(ground: &Ground, papers: &'a Engine) -> BTreeMap<&'a RowId, Money> {
    let paid: BTreeMap<&str, Money> = ground.mirror.invoices.iter().map(|known| (known.is.id.as_str(), known.is.amount_paid)).collect();
    let links = papers.links().iter().filter(|link| link.kind == Kind::Invoice);
    links.filter_map(|link| Some((&link.right, *paid.get(link.left.as_str())?))).collect()
}

fn open(document: &Row, paid: &BTreeMap<&RowId, Money>) -> Money {
    let Some(paid) = paid.get(&document.id).filter(|paid| !paid.is_zero()) else { return document.open };
    // In another currency it cannot be said how much is left: then nothing is.
    let rest = document.open.minus(*paid).ok().filter(|rest| !rest.is_negative());
    rest.unwrap_or(Money::zero(document.open.currency()))
}

fn is_document(row: &Row) -> bool {
    row.side == Side::Right && row.kind == Kind::Document
}

/// What people have said since; none where that is too much, or the rules themselves are others.
fn decided(before: &Rules, now: &Rules) -> Option<Vec<Change>> {
    let undecided = |rules: &Rules| Rules { confirmed: BTreeSet::new(), declined: BTreeSet::new(), ..rules.clone() };
    if undecided(before) != undecided(now) {
        return None;
    }
    let is_decided = |pair: &&Pair| now.confirmed.contains(pair) || now.declined.contains(pair);
    let forgotten = before.confirmed.union(&before.declined).filter(|pair| !is_decided(pair));
    let confirmed = now.confirmed.difference(&before.confirmed).cloned().map(Change::Confirm);
    let declined = now.declined.difference(&before.declined).cloned().map(Change::Decline);
    few(forgotten.cloned().map(Change::Forget).chain(confirmed).chain(declined))
}

/// What makes the engine's rows these; none where that is too much.
fn changes(engine: &Engine, rows: &[Row]) -> Option<Vec<Change>> {
    let there: BTreeMap<(Side, &RowId), &Row> = rows.iter().map(|row| ((row.side, &row.id), row)).collect();
    let gone = engine.rows().filter(|row| !there.contains_key(&(row.side, &row.id))).map(|row| Change::Remove(row.side, row.id.clone()));
    let other = there.values().filter(|row| engine.row(row.side, &row.id) != Some(**row)).map(|row| put(row, |_| {}));
    few(gone.chain(other))
}

fn few(changes: impl Iterator<Item = Change>) -> Option<Vec<Change>> {
    let changes: Vec<Change> = changes.take(MOST_CHANGED + 1).collect();
    (changes.len() <= MOST_CHANGED).then_some(changes)
}

fn put(row: &Row, alter: impl FnOnce(&mut Row)) -> Change {
    let mut row = row.clone();
    alter(&mut row);
    Change::Put(Box::new(row))
}
