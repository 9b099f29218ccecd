//! What others do, written anew from their public descriptions, to have something to compare with. Each links a payment
//! with at most one document (the rule table: all that it names), best first, no document twice.

use std::collections::{BTreeMap, BTreeSet};

use countersign_matching::{Kind, Party, Row, RowId, Side, Source};

use crate::score::Edge;

pub type Baseline = fn(&[Row]) -> Vec<Edge>;

pub const ALL: [(&str, Baseline); 4] =
    [("connector rule", connector), ("points as GnuCash", gnucash), ("weights as Midday", midday), ("rules as Business Central", rule_table)];

/// Metadata, then a number in the text, then the only one of that amount within 14 days.
fn connector(rows: &[Row]) -> Vec<Edge> {
    let book = Book::new(rows);
    let (mut taken, mut done) = (BTreeSet::new(), BTreeSet::new());
    let mut edges = Vec::new();
    for step in 0..3 {
        for pay in book.payments() {
            if done.contains(&pay.id) {
                continue;
            }
            let found = match step {
                0 => metadata(pay).iter().find_map(|n| book.by_number.get(n)).copied(),
                1 => words(&pay.text).iter().find_map(|n| book.by_number.get(n)).copied(),
                _ => match book.same_amount(pay).filter(|d| (pay.date - d.date).num_days().abs() <= 14 && !taken.contains(&d.id)).collect::<Vec<_>>()
                    [..]
                {
                    [only] => Some(only),
                    _ => None,
                },
            };
            if let Some(doc) = found
                && taken.insert(doc.id.clone())
            {
                edges.push(edge(pay, doc, if step < 2 { 0.99 } else { 0.9 }));
                done.insert(pay.id.clone());
            }
        }
    }
    edges
}

/// The same for papers: the number that one names of the other, then the only one of that amount and name within 14 days.
pub fn papers(rows: &[Row], kind: Kind) -> Vec<Edge> {
    let right_kind = if kind == Kind::Invoice { Kind::Document } else { kind };
    let lefts = || rows.iter().filter(|r| r.side == Side::Left && r.kind == kind);
    let key = |r: &Row| (r.amount.currency().code().to_owned(), r.amount.minor().abs());
    let (mut by_number, mut by_mark, mut by_amount) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::<_, Vec<&Row>>::new());
    for right in rows.iter().filter(|r| r.side == Side::Right && r.kind == right_kind) {
        by_number.extend(values(right, Source::Number).map(|n| (n, right)));
        by_mark.extend(values(right, Source::Mark).map(|n| (n, right)));
        by_amount.entry(key(right)).or_default().push(right);
    }
    let names: BTreeMap<&RowId, &str> = rows.iter().filter(|r| r.kind == Kind::Customer).map(|r| (&r.id, r.party.name.as_str())).collect();
    let name = |r: &Row| r.party.id.as_ref().and_then(|id| names.get(id)).map_or(r.party.name.to_lowercase(), |name| name.to_lowercase());
    let (mut taken, mut done) = (BTreeSet::new(), BTreeSet::new());
    let mut edges = Vec::new();
    for step in 0..3 {
        for left in lefts() {
            if done.contains(&left.id) {
                continue;
            }
            let found = match step {
                0 => values(left, Source::Metadata).find_map(|n| by_number.get(n)).copied(),
                1 => values(left, Source::Number).find_map(|n| by_mark.get(n)).copied(),
                _ => {
                    let near = |d: &&&Row| (left.date - d.date).num_days().abs() <= 14 && name(left) == name(d) && !taken.contains(&d.id);
                    match by_amount.get(&key(left)).into_iter().flatten().filter(near).collect::<Vec<_>>()[..] {
                        [only] => Some(*only),
                        _ => None,
                    }
                }
            };
            if let Some(right) = found.filter(|right| taken.insert(&right.id)) {
                edges.push(Edge { left: left.id.clone(), right: right.id.clone(), amount: 0, chance: if step < 2 { 0.99 } else { 0.9 } });
                done.insert(&left.id);
            }
        }
    }
    edges
}

fn values(row: &Row, source: Source) -> impl Iterator<Item = &str> {
    row.references.iter().filter(move |r| r.source == source).map(|r| r.value.as_str())
}

/// Amount +3 (else −5); same day +3, within 4 days +2, beyond 14 −5; number +4 (another −2); description +2 or +1. Six
/// and more is a match. (gnucash: import-backend.cpp, `split_find_match`)
fn gnucash(rows: &[Row]) -> Vec<Edge> {
    let book = Book::new(rows);
    let points = |pay: &Row, doc: &Row| {
        let mut points = if same_money(pay, doc) { 3 } else { -5 };
        points += match (pay.date - doc.date).num_days().abs() {
            0 => 3,
            1..=4 => 2,
            5..=14 => 0,
            _ => -5,
        };
        let numbers = words(&pay.text);
        if !numbers.is_empty() {
            points += if number(doc).is_some_and(|n| numbers.contains(&n)) { 4 } else { -2 };
        }
        points += match likeness(payer(pay), &doc.party.name) {
            1.0 => 2,
            x if x >= 0.5 => 1,
            _ => 0,
        };
        f64::from(points)
    };
    best_first(&book, points, 6.0, |p| if p >= 9.0 { 0.99 } else { 0.8 })
}

/// Half for the name, 0.35 for the amount, 0.1 for the currency, 0.05 for the date; from 0.9 automatic, from 0.75
/// suggested. (midday: packages/db, transaction-matching.ts; names by likeness, since it used embeddings)
fn midday(rows: &[Row]) -> Vec<Edge> {
    let book = Book::new(rows);
    let score = |pay: &Row, doc: &Row| {
        let same = pay.amount.currency() == doc.amount.currency();
        let off = (pay.amount.minor() - doc.open.minor()).abs() as f64 / pay.amount.minor().max(doc.open.minor()).max(1) as f64;
        let amount = match off {
            0.0 => 1.0,
            x if x <= 0.01 => 0.98,
            x if x <= 0.02 => 0.95,
            x if x <= 0.05 => 0.85,
            x if x <= 0.1 => 0.6,
            x if x <= 0.2 => 0.3,
            _ => 0.0,
        };
        let date = match (pay.date - doc.date).num_days() {
            0..=6 => 0.99,
            24..=38 => 0.98,
            7..=23 => 0.94,
            39..=123 => 0.85,
            -10..=-1 => 0.85,
            _ => 0.1,
        };
        0.5 * likeness(payer(pay), &doc.party.name) + 0.35 * if same { amount } else { amount * 0.4 } + if same { 0.1 } else { 0.03 } + 0.05 * date
    };
    best_first(&book, score, 0.75, |s| if s >= 0.9 { 0.99 } else { s })
}

/// The table of Business Central: party fully or partly, number, amount within tolerance once or more often. (BCApps:
/// Bank Pmt. Appl. Rule, `InsertDefaultMatchingRules`)
fn rule_table(rows: &[Row]) -> Vec<Edge> {
    let book = Book::new(rows);
    let mut taken = BTreeSet::new();
    let mut edges = Vec::new();
    for pay in book.payments() {
        let mut named: Vec<&Row> = metadata(pay).iter().chain(&words(&pay.text)).filter_map(|n| book.by_number.get(n)).copied().collect();
        named.sort_by(|a, b| a.id.cmp(&b.id));
        named.dedup_by(|a, b| a.id == b.id);
        if named.len() > 1 && named.iter().map(|d| d.open.minor()).sum::<i64>() == pay.amount.minor() {
            edges.extend(named.iter().filter(|d| taken.insert(d.id.clone())).map(|d| edge(pay, d, 0.99)));
            continue;
        }
        let candidates: Vec<&Row> = book.same_amount(pay).chain(named.iter().copied()).filter(|d| !taken.contains(&d.id)).collect();
        let alike = candidates.iter().filter(|d| same_money(pay, d)).count();
        let judged = candidates.iter().filter_map(|doc| {
            let (likeness, numbered) = (likeness(payer(pay), &doc.party.name), named.iter().any(|n| n.id == doc.id));
            let chance: f64 = match (likeness, numbered, same_money(pay, doc), alike) {
                (1.0, true, true, _) => 0.99,
                (0.5.., true, true, 1) => 0.98,
                (1.0, false, true, 1) => 0.97,
                (1.0, true, false, _) => 0.9,
                (1.0, false, true, _) | (_, true, true, 1) | (0.5.., true, ..) => 0.8,
                (0.5.., false, true, 1) => 0.75,
                (_, true, ..) => 0.7,
                (_, _, true, 1) => 0.5,
                _ => return None,
            };
            Some((chance, *doc))
        });
        if let Some((chance, doc)) = judged.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.date.cmp(&a.1.date)).then_with(|| b.1.id.cmp(&a.1.id)))
        {
            taken.insert(doc.id.clone());
            edges.push(edge(pay, doc, chance));
        }
    }
    edges
}

/// All pairs that share an amount, a number or a customer's name, the best first.
fn best_first(book: &Book, score: impl Fn(&Row, &Row) -> f64, least: f64, chance: impl Fn(f64) -> f64) -> Vec<Edge> {
    let mut pairs = Vec::new();
    for pay in book.payments() {
        let named = words(&pay.text).iter().chain(&metadata(pay)).filter_map(|n| book.by_number.get(n)).copied().collect::<Vec<_>>();
        let of_name = book.by_name.get(&payer(pay).to_lowercase()).into_iter().flatten().copied();
        let mut docs: Vec<&Row> = book.same_amount(pay).chain(named).chain(of_name).collect();
        docs.sort_by(|a, b| a.id.cmp(&b.id));
        docs.dedup_by(|a, b| a.id == b.id);
        pairs.extend(docs.into_iter().map(|doc| (score(pay, doc), pay, doc)).filter(|(s, ..)| *s >= least));
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| (a.2.date, &a.1.id, &a.2.id).cmp(&(b.2.date, &b.1.id, &b.2.id))));
    let (mut pays, mut docs) = (BTreeSet::new(), BTreeSet::new());
    let mut edges = Vec::new();
    for (s, pay, doc) in pairs {
        if !pays.contains(&pay.id) && docs.insert(doc.id.clone()) {
            pays.insert(pay.id.clone());
            edges.push(edge(pay, doc, chance(s)));
        }
    }
    edges
}

struct Book<'a> {
    rows: &'a [Row],
    by_number: BTreeMap<String, &'a Row>,
    by_amount: BTreeMap<(String, i64), Vec<&'a Row>>,
    by_name: BTreeMap<String, Vec<&'a Row>>,
}

impl<'a> Book<'a> {
    fn new(rows: &'a [Row]) -> Self {
        let mut book = Self { rows, by_number: BTreeMap::new(), by_amount: BTreeMap::new(), by_name: BTreeMap::new() };
        for doc in rows.iter().filter(|r| r.side == Side::Right && r.kind == Kind::Document) {
            if let Some(number) = number(doc) {
                book.by_number.insert(number, doc);
            }
            book.by_amount.entry((doc.open.currency().code().to_owned(), doc.open.minor())).or_default().push(doc);
            book.by_name.entry(doc.party.name.to_lowercase()).or_default().push(doc);
        }
        book
    }

    fn payments(&self) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(|r| r.side == Side::Left && r.kind == Kind::Charge && !r.failed)
    }

    fn same_amount(&self, pay: &Row) -> impl Iterator<Item = &'a Row> {
        self.by_amount.get(&(pay.amount.currency().code().to_owned(), pay.amount.minor())).into_iter().flatten().copied()
    }
}

fn edge(pay: &Row, doc: &Row, chance: f64) -> Edge {
    let amount = if pay.amount.currency() == doc.open.currency() { pay.amount.minor().min(doc.open.minor()) } else { doc.open.minor() };
    Edge { left: pay.id.clone(), right: doc.id.clone(), amount, chance }
}

fn same_money(pay: &Row, doc: &Row) -> bool {
    pay.amount == doc.open
}

/// The digits of a document's number.
fn number(doc: &Row) -> Option<String> {
    let number = doc.references.iter().find(|r| r.source == Source::Number)?;
    Some(number.value.chars().filter(char::is_ascii_digit).collect()).filter(|n: &String| !n.is_empty())
}

fn metadata(pay: &Row) -> Vec<String> {
    let fields = pay.references.iter().filter(|r| r.source == Source::Metadata);
    fields.map(|r| r.value.chars().filter(char::is_ascii_digit).collect()).collect()
}

/// Runs of at least four digits.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|w| w.len() >= 4).map(str::to_owned).collect()
}

fn payer(pay: &Row) -> &str {
    let billing = pay.payer.as_deref().map_or("", |p: &Party| p.name.as_str());
    if pay.party.name.is_empty() { billing } else { &pay.party.name }
}

/// The share of common words, case ignored.
fn likeness(a: &str, b: &str) -> f64 {
    let of = |text: &str| text.to_lowercase().split_whitespace().map(str::to_owned).collect::<BTreeSet<_>>();
    let (a, b) = (of(a), of(b));
    let all = a.union(&b).count();
    if all == 0 { 0.0 } else { a.intersection(&b).count() as f64 / all as f64 }
}
