//! Products that the ledger has no item of: found or made once, waited for, and never made a second time.

use super::*;

/// A product without an item, and its name.
const EGG_CUP: &str = "Glaseret æggebæger";

/// The demo company, fetched, where what is no item yet is made one.
async fn wanting_items() -> (Simulation, Desk) {
    let simulation = Simulation::new(40);
    let desk = simulation.signed_in().await;
    desk.fetch_all().await.expect("fetched");
    let mut chosen = desk.choices(Nothing {}).await.expect("choices").chosen;
    chosen.new_item_like = "v-01".into();
    let saved = desk.save_choices(chosen).await.expect("saved").chosen;
    assert_eq!(saved.new_item_like, "V-01", "as the ledger writes it");
    (simulation, desk)
}

/// The open rows whose documents wait for an item.
async fn waiting(simulation: &Simulation, desk: &Desk) -> Vec<(ReviewRow, DraftRow)> {
    let mut found = Vec::new();
    for row in simulation.rows(desk).await.into_iter().filter(|row| row.state == RowState::Open && row.class == Class::New) {
        let drafts = desk.explain(RowKey { key: row.key.clone() }).await.expect("explained").drafts;
        if let Some(document) = drafts.iter().find(|draft| draft.kind == DraftKind::SalesInvoice) {
            let chain = desk.draft(DraftKey { id: document.id.clone() }).await.expect("shown").chain;
            found.extend(chain.into_iter().find(|draft| draft.kind == DraftKind::Item && draft.name == EGG_CUP).map(|item| (row, item)));
        }
    }
    found
}

async fn sign(desk: &Desk, row: &ReviewRow) {
    let rows = vec![SignedRow { key: row.key.clone(), fingerprint: row.fingerprint.clone() }];
    assert_eq!(desk.countersign(Countersign { rows, yes: Vec::new() }).await.expect("signed").not_done, Vec::new());
}

async fn state(desk: &Desk, draft: &DraftRow) -> RowState {
    desk.draft(DraftKey { id: draft.id.clone() }).await.expect("shown").row.state
}

#[tokio::test]
async fn one_item_is_made_for_all_that_need_it_and_its_lines_carry_its_number() {
    let (simulation, desk) = wanting_items().await;
    let rows = waiting(&simulation, &desk).await;
    assert!(rows.len() >= 2, "{} rows sell it", rows.len());
    let (first, item) = &rows[0];
    assert!(rows.iter().all(|(_, other)| other.id == item.id), "one draft for all");
    let paper = desk.draft(DraftKey { id: item.id.clone() }).await.expect("shown").paper;
    let values: Vec<_> = paper.values.iter().map(|value| (value.key.as_str(), value.value.as_str())).collect();
    assert!(values.contains(&("like", "V-01")) && values.contains(&("generalProductPostingGroupCode", "SALG")), "{values:?}");

    // Taken back with the only row that needs it, kept while another one does.
    sign(&desk, first).await;
    assert_eq!(state(&desk, item).await, RowState::Countersigned);
    sign(&desk, &rows[1].0).await;
    desk.undo(RowKeys { keys: vec![first.key.clone()] }).await.expect("undone");
    assert_eq!(state(&desk, item).await, RowState::Countersigned);
    desk.undo(RowKeys { keys: vec![rows[1].0.key.clone()] }).await.expect("undone");
    assert_eq!(state(&desk, item).await, RowState::Open);

    simulation.sign_all(&desk).await;
    let done = desk.write_all().await.expect("written");
    assert_eq!((done.confirmed, done.unknown, done.refused), (done.total, 0, 0));
    assert_eq!(simulation.items(EGG_CUP).len(), 1);
    holds(&simulation, "with items").await;

    // Renamed by its owner, it stays the product's item; nothing is made again or changed back.
    let (number, id) = (simulation.items(EGG_CUP)[0]["number"].clone(), simulation.items(EGG_CUP)[0]["id"].as_str().expect("an id").to_owned());
    let lines = simulation.lines_of_item(&number);
    assert!(lines > rows.len(), "{lines} lines, some invoices have several");
    simulation.pass_minutes(60);
    simulation.in_the_ledger("PATCH", &format!("items({id})"), r#"{"displayName":"Egg cup"}"#);
    desk.fetch_all().await.expect("fetched");
    simulation.sign_all(&desk).await;
    assert_eq!(desk.write_all().await.expect_err("nothing is offered").code, Code::NothingToWrite);
}

#[tokio::test]
async fn an_item_whose_answer_is_lost_is_recognised_and_what_waits_for_it_keeps_its_signature() {
    for loss in [Loss::DieAfter, Loss::NoAnswerAfter] {
        for nth in 1..=3 {
            let (simulation, desk) = wanting_items().await;
            let rows = waiting(&simulation, &desk).await;
            sign(&desk, &rows[0].0).await;
            sign(&desk, &rows[1].0).await;
            simulation.lose_write(nth, loss);
            simulation.write_until_death(desk).await;
            simulation.pass_minutes(20);
            let desk = simulation.desk();
            desk.open_at(&simulation.book()).await.expect("the book opens again");
            // What was made meanwhile is known by its number now; what is signed still waits for its draft.
            desk.fetch_all().await.expect("fetched");
            assert!(simulation.rows(&desk).await.iter().all(|row| row.state != RowState::Stale), "{loss:?} at write {nth}");
            simulation.write_all_the_rest(&desk).await;
            assert_eq!(simulation.items(EGG_CUP).len(), 1, "{loss:?} at write {nth}");
            simulation.sign_all(&desk).await;
            simulation.write_all_the_rest(&desk).await;
            holds(&simulation, &format!("{loss:?} at write {nth}")).await;
        }
    }
}

#[tokio::test]
async fn an_item_that_somebody_deleted_is_made_again_only_when_a_person_says_so() {
    let (simulation, desk) = wanting_items().await;
    let rows = waiting(&simulation, &desk).await;
    let (written, item) = &rows[0];
    let left = &rows[1].0;
    sign(&desk, written).await;
    desk.write_all().await.expect("written");
    simulation.pass_minutes(60);
    let id = simulation.items(EGG_CUP)[0]["id"].as_str().expect("an id").to_owned();
    simulation.in_the_ledger("DELETE", &format!("items({id})"), "");
    desk.fetch_all().await.expect("fetched");
    assert_eq!(state(&desk, item).await, RowState::Deleted);
    let reason = |rows: Vec<ReviewRow>| rows.into_iter().find(|row| row.key == left.key).and_then(|row| row.no_draft).map(|reason| reason.code);
    assert_eq!(reason(simulation.rows(&desk).await).as_deref(), Some("item_deleted"));

    desk.reopen(RowKeys { keys: vec![item.row.clone()] }).await.expect("asked for again");
    assert_eq!(reason(simulation.rows(&desk).await), None);
    simulation.sign_all(&desk).await;
    desk.write_all().await.expect("written");
    assert_eq!(simulation.items(EGG_CUP).len(), 1);
}

#[tokio::test]
async fn a_product_that_is_renamed_after_the_approval_is_signed_again_and_nothing_was_sent() {
    let (simulation, desk) = wanting_items().await;
    let rows = waiting(&simulation, &desk).await;
    let (row, item) = &rows[0];
    sign(&desk, row).await;
    simulation.rename_product(EGG_CUP, "Æggebæger, glaseret");
    desk.write_all().await.expect("what does not need it is written");
    assert_eq!(state(&desk, item).await, RowState::Stale);
    assert_eq!(simulation.items("Æggebæger, glaseret").len() + simulation.items(EGG_CUP).len(), 0);
    assert!(!simulation.made().contains_key(&row.left.number), "what waits for it waits on");

    // Signed again together with what needs it.
    let paper = desk.draft(DraftKey { id: item.id.clone() }).await.expect("shown");
    assert!(paper.differences.iter().any(|found| found.new == "Æggebæger, glaseret"), "{:?}", paper.differences);
    let again = simulation.rows(&desk).await.into_iter().find(|now| now.key == row.key).expect("the row stays");
    sign(&desk, &again).await;
    let done = desk.write_all().await.expect("written");
    assert_eq!((done.unknown, done.refused), (0, 0));
    assert_eq!(simulation.items("Æggebæger, glaseret").len(), 1);
    assert!(simulation.made().contains_key(&row.left.number));
}
