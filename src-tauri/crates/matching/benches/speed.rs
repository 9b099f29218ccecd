//! How fast: a full run, one changed row of each kind, equal amounts without end, and files to files.
//! `cargo bench --package countersign-matching`; the worst of many changed rows: `match-bench speed`.

use std::hint::black_box;
use std::time::Duration;

use countersign_matching::csv_match::{self, Book, Input};
use countersign_matching::generate::{self, Files, Profile};
use countersign_matching::{Change, Engine, Kind, Reference, Row, Rules, Side, Source, Weights};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

const INVOICES: usize = 100_000;
const EQUAL: usize = 10_000;
const SEED: u64 = 2;
const SAMPLES: usize = 10;
const SECONDS: Duration = Duration::from_secs(3);

fn read(files: &Files) -> Book {
    let input = Input {
        payments: files.left.as_bytes(),
        invoices: files.right.as_bytes(),
        customers: Some(files.customers.as_bytes()),
        stripe_customers: Some(files.stripe_customers.as_bytes()),
        rates: Some(files.rates.as_bytes()),
    };
    csv_match::read(input).expect("a generated book reads")
}

fn engine(rows: Vec<Row>, book: &Book) -> Engine {
    Engine::new(rows, Rules { rates: book.rates.clone(), ..Rules::default() }, Weights::built_in())
}

fn whole(c: &mut Criterion) {
    let files = generate::book(Profile::Hard, INVOICES, SEED);
    let book = read(&files);
    let mut group = c.benchmark_group("whole");
    group.sample_size(SAMPLES);
    group.bench_function("full run", |b| b.iter_batched(|| book.rows.clone(), |rows| engine(rows, &book), BatchSize::PerIteration));
    group.bench_function("files to files", |b| {
        b.iter(|| csv_match::run(read(&files), Weights::built_in(), &mut Vec::new(), Some(&mut Vec::new())).expect("writes"));
    });
    group.finish();
}

fn one_row(c: &mut Criterion) {
    let book = read(&generate::book(Profile::Hard, INVOICES, SEED));
    let mut all = book.rows.clone();
    all.extend(stripe_invoices(&book.rows));
    let mut engine = engine(all.clone(), &book);
    let mut group = c.benchmark_group("one changed row");
    group.sample_size(SAMPLES).warm_up_time(SECONDS / 3).measurement_time(SECONDS);
    for (side, kind) in [
        (Side::Left, Kind::Charge),
        (Side::Left, Kind::Refund),
        (Side::Left, Kind::Invoice),
        (Side::Left, Kind::Customer),
        (Side::Right, Kind::Document),
        (Side::Right, Kind::Customer),
    ] {
        let mut rows = all.iter().filter(|row| (row.side, row.kind) == (side, kind)).cycle();
        group.bench_function(format!("{side:?} {kind:?}"), |b| {
            b.iter(|| {
                let row = rows.next().expect("the book has every kind");
                black_box(engine.apply(Change::Remove(row.side, row.id.clone())));
                black_box(engine.apply(Change::Put(Box::new(row.clone()))));
            });
        });
    }
    group.finish();
}

/// Stripe's own invoices for every fourth document, most of them named by it.
fn stripe_invoices(rows: &[Row]) -> impl Iterator<Item = Row> {
    let documents = rows.iter().filter(|r| r.kind == Kind::Document).step_by(4).enumerate();
    documents.map(|(n, document)| {
        let mut invoice = Row::new(format!("in_{n}"), Side::Left, Kind::Invoice, document.amount, document.date);
        invoice.party.name.clone_from(&document.party.name);
        let number = document.references.first().filter(|_| n % 4 > 0);
        invoice.references.extend(number.map(|number| Reference::new(Source::Metadata, number.value.clone())));
        invoice
    })
}

/// Everybody owes and pays the same: the worst that a book can hold.
fn equal_amounts(c: &mut Criterion) {
    let book = read(&generate::book(Profile::Easy, EQUAL, SEED));
    let of = |kind| book.rows.iter().find(|row| row.kind == kind).expect("the book has every kind");
    let (charge, document) = (of(Kind::Charge), of(Kind::Document));
    let again = |row: &Row, n: usize| {
        let mut row = row.clone();
        row.id = format!("{}-{n}", row.id).into();
        (row.amount, row.open) = (document.amount, document.amount);
        row.references.clear();
        row.text.clear();
        row
    };
    let rows: Vec<Row> = (0..EQUAL).flat_map(|n| [again(charge, n), again(document, n)]).collect();
    let mut group = c.benchmark_group("equal amounts");
    group.sample_size(SAMPLES);
    group.bench_function("10,000 of one customer", |b| b.iter_batched(|| rows.clone(), |rows| engine(rows, &book), BatchSize::PerIteration));
    group.finish();
}

criterion_group!(benches, whole, one_row, equal_amounts);
criterion_main!(benches);
