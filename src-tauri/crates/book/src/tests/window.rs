use ::drafts::Outcome;
use proptest::prelude::*;

use super::*;
use crate::Class;
use crate::fixture::{at, begin, book, draft, list, propose, row, sign, subject};

#[test]
fn a_signed_row_stays_in_view_and_unknown_ones_come_first() {
    let (mut book, who) = book();
    let rows: Vec<ReviewRow> = (1..=5).map(|n| row(&format!("r{n}"), n, n, Class::Exact)).collect();
    list(&mut book, None, &rows);
    let signed = draft("r3", "one");
    propose(&mut book, &[&signed]);
    let exact = Query { buckets: vec![Bucket::Exact], ..Query::default() };
    let open = book.review_all(&exact).expect("reads").into_iter().flat_map(|row| book.signable(&row.key).expect("reads"));
    assert_eq!(open.map(|(id, _)| id).collect::<Vec<_>>(), std::slice::from_ref(&signed.id));
    sign(&mut book, &who, &[&signed]);
    let keys = |book: &Book, query: &Query| -> Vec<String> {
        let anchor = Anchor { at: At::Row(subject("r3")), before: 9, after: 9 };
        let window = book.review_window(query, &anchor).expect("reads");
        assert_eq!((window.first, window.total), (0, window.rows.len() as u64));
        window.rows.into_iter().map(|row| row.row.key.0).collect()
    };
    assert_eq!(keys(&book, &exact), ["invoice:r5", "invoice:r4", "invoice:r2", "invoice:r1"]);
    let kept = Query { keep: vec![subject("r3")], ..exact };
    assert_eq!(keys(&book, &kept), ["invoice:r5", "invoice:r4", "invoice:r3", "invoice:r2", "invoice:r1"]);
    let permit = begin(&mut book, &signed, 3);
    book.settle(permit, &Outcome::Unknown { code: "no_answer".to_owned() }, at(4)).expect("settles");
    assert_eq!(keys(&book, &Query::default())[0], "invoice:r3");
}

#[test]
fn a_page_of_the_list_is_read_in_its_order_and_never_sorted() {
    use rusqlite::StatementStatus;
    let (mut book, _) = book();
    let rows: Vec<ReviewRow> = (0..300).map(|n| row(&format!("r{n}"), n % 50, n, Class::Exact)).collect();
    list(&mut book, None, &rows);
    let (one, month) = (vec![Bucket::Exact], Some("2026-10".to_owned()));
    let several = vec![Bucket::Exact, Bucket::New];
    let keep = vec![subject("r1")];
    for query in [
        Query::default(),
        Query { buckets: one.clone(), ..Query::default() },
        Query { buckets: several.clone(), ..Query::default() },
        Query { month: month.clone(), ..Query::default() },
        Query { buckets: one.clone(), month: month.clone(), ..Query::default() },
        Query { buckets: several, month: month.clone(), ..Query::default() },
        Query { buckets: one, month, keep, search: "kunde r".to_owned() },
    ] {
        let filter = Filter::of(&query).expect("a filter");
        for (way, beyond, order) in [("down", "<=", "DESC"), ("up", ">", "ASC")] {
            let sql = filter.page_sql(beyond, order, true);
            let mut statement = book.connection.prepare(&sql).expect(&sql);
            let place = Place { first: false, date: "2026-10-20".to_owned(), number: "NK-0100".to_owned(), key: String::new() };
            let limit = 10;
            let mut more: Vec<Param<'_>> = vec![(":limit", &limit)];
            more.extend(place.params());
            let found: Vec<Found> =
                statement.query_and_then(filter.params(&more).as_slice(), read).expect("reads").map(|row| row.expect("a row")).collect();
            assert_eq!(found.len(), 10, "{way} {query:?}");
            assert_eq!(statement.get_status(StatementStatus::Sort), 0, "{way} {query:?}");
        }
    }
    assert_eq!(book.months().expect("reads"), ["2026-11", "2026-10"]);
}

fn rows() -> impl Strategy<Value = Vec<ReviewRow>> {
    let class = prop::sample::select(vec![Class::Exact, Class::Strong, Class::New]);
    let row = (0u32..60, 0u32..6, class).prop_map(|(day, number, class)| (day, number, class));
    prop::collection::vec(row, 0..40)
        .prop_map(|rows| rows.into_iter().enumerate().map(|(n, (day, number, class))| row_of(n, day, number, class)).collect())
}

fn row_of(n: usize, day: u32, number: u32, class: Class) -> ReviewRow {
    row(&format!("r{n}"), day, number, class)
}

fn queries() -> impl Strategy<Value = Query> {
    let buckets = prop::sample::subsequence(vec![Bucket::Exact, Bucket::Strong, Bucket::Countersigned], 0..3);
    let month = prop::option::of(prop::sample::select(vec!["2026-10".to_owned(), "2026-11".to_owned()]));
    let search = prop::sample::select(vec!["", "nk-0003", "kunde nk-000", "r1"]);
    let keep = prop::collection::vec((0usize..40).prop_map(|n| subject(&format!("r{n}"))), 0..3);
    (buckets, month, search, keep).prop_map(|(buckets, month, search, keep)| Query { buckets, month, search: search.to_owned(), keep })
}

/// The list as one would write it without an index.
fn naive(rows: &[ReviewRow], signed: usize, query: &Query) -> Vec<Subject> {
    let bucket = |at: usize, row: &ReviewRow| if at < signed { Bucket::Countersigned } else { row.class.bucket() };
    let mut found: Vec<&ReviewRow> = rows
        .iter()
        .enumerate()
        .filter(|(at, row)| query.buckets.is_empty() || query.buckets.contains(&bucket(*at, row)) || query.keep.contains(&row.key))
        .filter(|(_, row)| query.month.as_ref().is_none_or(|month| row.date.to_string().starts_with(month)))
        .filter(|(_, row)| query.search.split_whitespace().all(|word| row.search.contains(word)))
        .map(|(_, row)| row)
        .collect();
    found.sort_by_key(|row| std::cmp::Reverse((row.date, row.number.clone(), row.key.0.clone())));
    found.into_iter().map(|row| row.key.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_window_is_a_part_of_the_whole_list(rows in rows(), signed in 0usize..5, query in queries(), at_row in 0usize..45, before in 0u32..8, after in 0u32..8) {
        let (mut book, who) = book();
        list(&mut book, None, &rows);
        let signed = signed.min(rows.len());
        for n in 0..signed {
            let draft = draft(&format!("r{n}"), "one");
            propose(&mut book, &[&draft]);
            sign(&mut book, &who, &[&draft]);
        }
        let whole = naive(&rows, signed, &query);
        let keys = |window: &Window| window.rows.iter().map(|row| row.row.key.clone()).collect::<Vec<_>>();

        let anchor = subject(&format!("r{at_row}"));
        let window = book.review_window(&query, &Anchor { at: At::Row(anchor.clone()), before, after }).expect("reads");
        prop_assert_eq!(window.total, whole.len() as u64);
        let first = usize::try_from(window.first).expect("small");
        prop_assert_eq!(&keys(&window)[..], &whole[first.min(whole.len())..(first + window.rows.len()).min(whole.len())]);
        if let Some(index) = whole.iter().position(|key| *key == anchor) {
            let (before, after) = (before as usize, after as usize);
            let expected = &whole[index.saturating_sub(before)..(index + after).min(whole.len())];
            prop_assert_eq!(&keys(&window)[..], expected);
        }

        let window = book.review_window(&query, &Anchor { at: At::Index(at_row as u64), before, after: after + 1 }).expect("reads");
        let index = at_row.min(whole.len().saturating_sub(1));
        let expected = &whole[index.saturating_sub(before as usize)..(index + after as usize + 1).min(whole.len())];
        prop_assert_eq!(&keys(&window)[..], expected);
    }
}
