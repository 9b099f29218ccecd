//! What people do in the ledger with what was written, seen at the next fetch.

use super::*;

/// A demo company with everything signed and written, its rows that made an invoice, and their documents.
async fn written() -> (Simulation, Desk, Vec<ReviewRow>, std::collections::BTreeMap<String, String>) {
    let simulation = Simulation::new(24);
    let desk = simulation.signed_in().await;
    desk.fetch_all().await.expect("fetched");
    simulation.sign_all(&desk).await;
    desk.write_all().await.expect("written");
    let invoice = |row: &ReviewRow| row.kind == RowKind::Invoice && !row.left.amount.amount.starts_with('-');
    let made = |row: &ReviewRow| row.state == RowState::Written && row.right_kind == RightKind::Draft;
    let rows: Vec<_> = simulation.rows(&desk).await.into_iter().filter(|row| invoice(row) && made(row)).collect();
    assert!(rows.len() >= 4, "{} documents were made", rows.len());
    let made = simulation.made();
    (simulation, desk, rows, made)
}

async fn row(simulation: &Simulation, desk: &Desk, key: &str) -> ReviewRow {
    simulation.rows(desk).await.into_iter().find(|row| row.key == key).expect("the row stays")
}

/// The document of a row as Drafts shows it.
async fn paper(desk: &Desk, key: &str) -> DraftPaper {
    let drafts = desk.explain(RowKey { key: key.to_owned() }).await.expect("explained").drafts;
    let document = drafts.iter().find(|draft| matches!(draft.kind, DraftKind::SalesInvoice | DraftKind::CreditMemo)).expect("its document");
    desk.draft(DraftKey { id: document.id.clone() }).await.expect("shown")
}

async fn acts(desk: &Desk, key: &str) -> Vec<String> {
    let trail = desk.trail(TrailWindow { limit: 200, ..TrailWindow::default() }).await.expect("the trail");
    assert!(trail.unbroken);
    trail.rows.into_iter().filter(|row| row.about == key).map(|row| row.act).collect()
}

#[tokio::test]
async fn posted_altered_and_deleted_are_seen_and_nothing_else_is() {
    let (simulation, desk, rows, made) = written().await;
    let [posted, edited, deleted, left] = [&rows[0], &rows[1], &rows[2], &rows[3]];
    let document = |row: &ReviewRow| made[&row.left.number].clone();
    simulation.pass_minutes(60);
    simulation.post(&document(posted));
    simulation.in_the_ledger("PATCH", &format!("salesInvoiceLines({})", simulation.line(&document(edited))), r#"{"description":"Something else"}"#);
    simulation.in_the_ledger("DELETE", &format!("salesInvoices({})", document(deleted)), "");
    desk.fetch_all().await.expect("fetched");

    let states = |rows: Vec<ReviewRow>| rows.into_iter().map(|row| (row.key, row.state)).collect::<std::collections::BTreeMap<_, _>>();
    let now = states(simulation.rows(&desk).await);
    for (row, state) in [(posted, RowState::Posted), (edited, RowState::Altered), (deleted, RowState::Deleted), (left, RowState::Written)] {
        assert_eq!(now[&row.key], state, "{}", row.left.number);
    }
    for other in &rows[4..] {
        assert_eq!(now[&other.key], RowState::Written);
    }
    let number = |row: ReviewRow| row.right.map(|cell| cell.number);
    assert_ne!(number(row(&simulation, &desk, &posted.key).await), number(posted.clone()), "posting gives it another number");
    let differences = paper(&desk, &edited.key).await.differences;
    let found: Vec<_> = differences.iter().map(|field| (field.field.as_str(), field.line, field.new.as_str())).collect();
    assert_eq!(found, [("description", Some(1), "Something else")]);
    for row in [posted, edited, deleted] {
        assert_eq!(acts(&desk, &row.key).await.iter().filter(|act| *act == "observed").count(), 1);
    }

    // Seen once, it is no news any more.
    let entries = desk.trail(TrailWindow::default()).await.expect("the trail").entries;
    desk.fetch_all().await.expect("fetched");
    assert_eq!(states(simulation.rows(&desk).await), now);
    assert_eq!(desk.trail(TrailWindow::default()).await.expect("the trail").entries, entries + 1, "fetched, and nothing else");

    // Taken as it is by a person, it is open no more, until it changes again.
    let accept = |reason: &str| desk.accept(Accept { key: edited.key.clone(), reason: reason.into() });
    assert_eq!(accept(" ").await.expect_err("a reason is asked").code, Code::BadChoice);
    accept("agreed by phone").await.expect("taken");
    desk.fetch_all().await.expect("fetched");
    assert_eq!(row(&simulation, &desk, &edited.key).await.state, RowState::Written);
    assert_eq!(acts(&desk, &edited.key).await[0], "accepted");
    simulation.in_the_ledger("PATCH", &format!("salesInvoiceLines({})", simulation.line(&document(edited))), r#"{"description":"A third thing"}"#);
    desk.fetch_all().await.expect("fetched");
    assert_eq!(row(&simulation, &desk, &edited.key).await.state, RowState::Altered);

    // Put right over there, it is as approved; changed and then posted, it stays altered.
    let body = serde_json::json!({ "description": paper(&desk, &edited.key).await.differences[0].old }).to_string();
    simulation.in_the_ledger("PATCH", &format!("salesInvoiceLines({})", simulation.line(&document(edited))), &body);
    simulation.in_the_ledger("PATCH", &format!("salesInvoiceLines({})", simulation.line(&document(left))), r#"{"description":"Else"}"#);
    simulation.post(&document(left));
    desk.fetch_all().await.expect("fetched");
    assert_eq!(row(&simulation, &desk, &edited.key).await.state, RowState::Written);
    assert_eq!(row(&simulation, &desk, &left.key).await.state, RowState::Altered);
}

#[tokio::test]
async fn a_deleted_document_is_made_again_only_when_a_person_says_so() {
    let (simulation, desk, rows, made) = written().await;
    let (key, number) = (rows[0].key.clone(), rows[0].left.number.clone());
    simulation.pass_minutes(60);
    simulation.in_the_ledger("DELETE", &format!("salesInvoices({})", made[&number]), "");
    desk.fetch_all().await.expect("fetched");
    simulation.sign_all(&desk).await;
    assert_eq!(desk.write_all().await.expect_err("nothing is offered by itself").code, Code::NothingToWrite);

    desk.reopen(RowKeys { keys: vec![key.clone()] }).await.expect("asked for again");
    assert_eq!(row(&simulation, &desk, &key).await.state, RowState::Open);
    simulation.sign_all(&desk).await;
    let done = desk.write_all().await.expect("written again");
    assert_eq!((done.confirmed, done.total), (2, 2), "the document and its mark");
    assert_eq!(row(&simulation, &desk, &key).await.state, RowState::Written);
    assert!(simulation.made().contains_key(&number));
    holds(&simulation, "made again").await;
}

#[tokio::test]
async fn a_customer_that_was_deleted_is_made_again_only_when_a_person_says_so() {
    let simulation = Simulation::new(24);
    // Of one VAT number there is one customer: the ledger's must be without it for a second one to be made.
    let bakery = "Bageriet Solgården";
    let own = simulation.customers().into_iter().find(|(_, name)| name.starts_with(bakery)).expect("the ledger has the bakery").0;
    simulation.in_the_ledger("PATCH", &format!("customers({own})"), r#"{"taxRegistrationNumber":""}"#);
    let desk = simulation.signed_in().await;
    desk.fetch_all().await.expect("fetched");
    let customers = || simulation.customers().into_keys().collect::<std::collections::BTreeSet<_>>();
    let before = customers();
    let all = |unclear_only| CustomersQuery { search: bakery.into(), unclear_only, first: 0, limit: 10 };
    let key = desk.customer_rows(all(false)).await.expect("customers").rows[0].key.clone();
    let link = || LinkCustomer { key: key.clone(), to: LinkTo::New {} };
    desk.link_customer(link()).await.expect("a customer of its own");
    simulation.sign_all(&desk).await;
    desk.write_all().await.expect("written");
    let made: Vec<_> = customers().difference(&before).filter(|id| simulation.customers()[*id].starts_with(bakery)).cloned().collect();
    assert_eq!(made.len(), 1, "the bakery is new");
    let rows = simulation.rows(&desk).await;
    let booked: Vec<_> = rows.iter().filter(|row| row.left.name.starts_with(bakery) && row.state == RowState::Written).collect();
    let of_invoice = booked.iter().find(|row| row.kind == RowKind::Invoice && row.right_kind == RightKind::Draft).expect("an invoice");
    let chain = paper(&desk, &of_invoice.key).await.chain;
    let customer = chain.iter().find(|draft| draft.kind == DraftKind::Customer).expect("written first").id.clone();

    simulation.pass_minutes(60);
    for path in simulation.documents_of(&made[0]) {
        simulation.in_the_ledger("DELETE", &path, "");
    }
    simulation.in_the_ledger("DELETE", &format!("customers({})", made[0]), "");
    desk.fetch_all().await.expect("fetched");
    let shown = desk.draft(DraftKey { id: customer }).await.expect("shown").row;
    assert_eq!(shown.state, RowState::Deleted, "it is shown");

    desk.reopen(RowKeys { keys: vec![of_invoice.key.clone()] }).await.expect("the document is asked for again");
    let reason = |row: ReviewRow| row.no_draft.map(|reason| reason.code);
    assert_eq!(reason(row(&simulation, &desk, &of_invoice.key).await).as_deref(), Some("customer_deleted"));
    assert_eq!(desk.customer_rows(all(true)).await.expect("customers").rows.len(), 1, "a person is asked who it is");
    desk.link_customer(link()).await.expect("a new one");
    let again = row(&simulation, &desk, &of_invoice.key).await;
    assert_eq!(reason(again.clone()), None);
    let rows = vec![SignedRow { key: again.key, fingerprint: again.fingerprint }];
    assert_eq!(desk.countersign(Countersign { rows, yes: Vec::new() }).await.expect("signed").not_done, Vec::new());
    let done = desk.write_all().await.expect("written");
    assert_eq!((done.confirmed, done.total), (3, 3), "the customer, the document and its mark");
}

#[tokio::test]
async fn dimensions_are_read_back_with_document_and_lines() {
    let simulation = Simulation::new(24);
    simulation.dimension("AFD", &["WEB", "BUTIK"]);
    let desk = simulation.signed_in().await;
    desk.fetch_all().await.expect("fetched");
    let mut chosen = desk.choices(Nothing {}).await.expect("choices").chosen;
    chosen.dimensions = vec![DimensionChoice { code: "afd".into(), value: "web".into() }];
    desk.save_choices(chosen).await.expect("saved");
    simulation.sign_all(&desk).await;
    let done = desk.write_all().await.expect("written");
    assert_eq!((done.confirmed, done.unknown, done.refused), (done.total, 0, 0));
    let rows = simulation.rows(&desk).await;
    assert!(rows.iter().all(|row| row.state != RowState::Altered), "as they were approved");
    let made = simulation.made();
    let own = rows.into_iter().filter(|row| row.state == RowState::Written && row.kind == RowKind::Invoice && row.right_kind == RightKind::Draft);
    let own: Vec<_> = own.filter(|row| !row.left.amount.amount.starts_with('-')).collect();
    let [header, line, left] = [&own[0], &own[1], &own[2]];
    simulation.pass_minutes(60);
    let of_header = format!("salesInvoices({})/dimensionSetLines", made[&header.left.number]);
    simulation.in_the_ledger("PATCH", &format!("{of_header}({})", simulation.first_id(&of_header)), r#"{"valueCode":"BUTIK"}"#);
    let of_line = format!("salesInvoiceLines({})/dimensionSetLines", simulation.line(&made[&line.left.number]));
    simulation.in_the_ledger("DELETE", &format!("{of_line}({})", simulation.first_id(&of_line)), "");
    desk.fetch_all().await.expect("fetched");

    let differences =
        |paper: DraftPaper| paper.differences.into_iter().map(|found| (found.field, found.line, found.old, found.new)).collect::<Vec<_>>();
    let dimension = |line, new: &str| vec![("dimension".to_owned(), line, "AFD WEB".to_owned(), new.to_owned())];
    assert_eq!(differences(paper(&desk, &header.key).await), dimension(None, "AFD BUTIK"));
    assert_eq!(differences(paper(&desk, &line.key).await), dimension(Some(1), ""));
    assert_eq!(row(&simulation, &desk, &left.key).await.state, RowState::Written);
}

#[tokio::test]
async fn a_period_closed_after_the_approval_makes_it_stale_and_nothing_is_sent() {
    let simulation = Simulation::new(24);
    let desk = simulation.signed_in().await;
    desk.fetch_all().await.expect("fetched");
    simulation.sign_all(&desk).await;
    let before = simulation.made().len();
    simulation.close_until("2026-12-01");
    desk.write_all().await.expect("what needs no posting date is written");
    assert_eq!(simulation.made().len(), before, "no document was made");
    let stale: Vec<_> = simulation.rows(&desk).await.into_iter().filter(|row| row.state == RowState::Stale).collect();
    assert!(!stale.is_empty());
    for row in &stale {
        let fields: Vec<_> = paper(&desk, &row.key).await.differences.into_iter().map(|field| (field.field, field.new)).collect();
        assert!(fields.contains(&("posting_date".to_owned(), "2026-12-01".to_owned())), "{fields:?}");
    }
    // Seen and signed again, it is written on the first open day.
    let rows = stale.iter().map(|row| SignedRow { key: row.key.clone(), fingerprint: row.fingerprint.clone() }).collect();
    assert_eq!(desk.countersign(Countersign { rows, yes: Vec::new() }).await.expect("signed again").not_done, Vec::new());
    let done = desk.write_all().await.expect("written");
    assert_eq!((done.confirmed, done.refused, done.unknown), (done.total, 0, 0));
    let memos = stale.iter().filter(|row| row.left.amount.amount.starts_with('-')).count();
    assert_eq!(simulation.made().len(), before + stale.len() - memos);
}

#[tokio::test]
async fn what_the_ledger_computes_otherwise_is_told_and_never_counted_as_confirmed() {
    let simulation = Simulation::new(24);
    let desk = simulation.signed_in().await;
    desk.fetch_all().await.expect("fetched");
    // A code without VAT for sales with VAT: the ledger has computed nothing with it yet, so nobody can know.
    let mut chosen = desk.choices(Nothing {}).await.expect("choices").chosen;
    chosen.domestic.tax_code = "INGEN".into();
    desk.save_choices(chosen).await.expect("saved");
    let mut taxed = None;
    for row in simulation.rows(&desk).await.into_iter().filter(|row| row.class == Class::New && row.kind == RowKind::Invoice) {
        let shown = paper(&desk, &row.key).await;
        let totals = shown.paper.totals.expect("totals");
        if !shown.paper.customer_is_new && totals.vat.iter().any(|vat| vat.zone == "domestic") {
            taxed = Some((row, shown.unseen, totals.total.amount));
            break;
        }
    }
    let (taxed, unseen, total) = taxed.expect("something is sold at home");
    assert_eq!(unseen, ["1010 (INGEN)"], "said before anything is sent");
    let rows = vec![SignedRow { key: taxed.key.clone(), fingerprint: taxed.fingerprint.clone() }];
    assert_eq!(desk.countersign(Countersign { rows, yes: Vec::new() }).await.expect("signed").not_done, Vec::new());
    let done = desk.write_all().await.expect("written");
    assert_eq!((done.confirmed, done.otherwise, done.refused, done.unknown), (0, 1, 0, 0), "its mark waits too");

    let told = row(&simulation, &desk, &taxed.key).await;
    let changed = told.changed.expect("it says what differs");
    assert_eq!((told.state, changed.field.as_str()), (RowState::Altered, "computed"));
    assert!(changed.old != changed.new && total.starts_with(&changed.old), "{changed:?}, approved {total}");

    simulation.pass_minutes(60);
    desk.fetch_all().await.expect("fetched");
    assert_eq!(row(&simulation, &desk, &taxed.key).await.state, RowState::Altered, "nobody has put it right");
}
