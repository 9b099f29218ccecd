//! What was signed stays signed through a fetch, as long as nothing of it changed.

use super::*;

async fn states(simulation: &Simulation, desk: &Desk) -> Vec<(String, RowState)> {
    simulation.rows(desk).await.into_iter().map(|row| (row.key, row.state)).collect()
}

#[tokio::test]
async fn a_customer_that_was_made_meanwhile_changes_no_approval() {
    let simulation = Simulation::new(120);
    let desk = simulation.signed_in().await;
    desk.fetch_all().await.expect("fetched");

    // One invoice of each new customer is written first; its others know the customer from then on.
    let mut parties = std::collections::BTreeSet::new();
    for row in simulation.rows(&desk).await.into_iter().filter(|row| row.class == Class::New && row.kind == RowKind::Invoice) {
        let drafts = desk.explain(RowKey { key: row.key.clone() }).await.expect("explained").drafts;
        if drafts.iter().any(|draft| draft.waits == Some(Waits::Customer)) && parties.insert(row.left.name.clone()) {
            desk.countersign(Countersign { rows: vec![SignedRow { key: row.key, fingerprint: row.fingerprint }], yes: Vec::new() })
                .await
                .expect("signed");
        }
    }
    assert!(parties.len() > 2, "{parties:?}");
    desk.write_all().await.expect("written");
    simulation.pass_minutes(60);
    desk.fetch_all().await.expect("fetched");

    simulation.sign_all(&desk).await;
    let signed = states(&simulation, &desk).await;
    let in_basket = desk.basket(Nothing {}).await.expect("the basket").rows as usize;
    assert_eq!(signed.iter().filter(|(_, state)| *state == RowState::Countersigned).count(), in_basket, "rows of every kind are counted");
    assert!(in_basket > 0);
    simulation.pass_minutes(60);
    desk.fetch_all().await.expect("fetched");
    assert_eq!(states(&simulation, &desk).await, signed);
    desk.write_all().await.expect("written");
    holds(&simulation, "signed, fetched, written").await;
}
