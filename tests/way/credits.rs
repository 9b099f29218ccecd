//! What takes a sale back, while the ledger's documents move on.

use super::*;

/// A demo company with everything signed and written, and fetched once more.
async fn written() -> (Simulation, Desk) {
    let simulation = Simulation::new(24);
    let desk = simulation.signed_in().await;
    desk.fetch_all().await.expect("fetched");
    simulation.sign_all(&desk).await;
    desk.write_all().await.expect("written");
    simulation.pass_minutes(60);
    desk.fetch_all().await.expect("fetched");
    (simulation, desk)
}

async fn row(simulation: &Simulation, desk: &Desk, key: &str) -> Option<ReviewRow> {
    simulation.rows(desk).await.into_iter().find(|row| row.key == key)
}

fn reason(row: &ReviewRow) -> Option<&str> {
    row.no_draft.as_ref().map(|reason| reason.code.as_str())
}

async fn sign_and_write(simulation: &Simulation, desk: &Desk) {
    simulation.sign_all(desk).await;
    let done = desk.write_all().await.expect("written");
    assert_eq!((done.confirmed, done.unknown, done.refused), (done.total, 0, 0));
}

#[tokio::test]
async fn a_credit_note_before_payment_comes_by_itself_once_its_invoice_is_posted() {
    let (simulation, desk) = written().await;
    let rows = simulation.rows(&desk).await;
    let waiting = rows.iter().find(|row| reason(row) == Some("waits_for_posting")).expect("a credit note on a draft");
    let invoice = simulation.made()[waiting.of.as_ref().expect("its invoice")].clone();

    simulation.post(&invoice);
    simulation.pass_minutes(60);
    desk.fetch_all().await.expect("fetched");
    let come = row(&simulation, &desk, &waiting.key).await.expect("the row stays");
    assert_eq!((come.class, come.state, reason(&come)), (Class::New, RowState::Open, None));
    sign_and_write(&simulation, &desk).await;
    assert_eq!(simulation.memo(&waiting.left.number)["invoiceId"], invoice, "it lowers its invoice");
    assert_eq!(row(&simulation, &desk, &waiting.key).await.expect("the row stays").state, RowState::Written);
}

#[tokio::test]
async fn an_invoice_that_is_voided_after_its_draft_is_told_or_taken_back() {
    let (simulation, desk) = written().await;
    let made = simulation.made();
    let [drafted, posted] = simulation.void_two(&made);
    simulation.post(&made[&posted.number]);
    simulation.pass_minutes(60);
    desk.fetch_all().await.expect("fetched");

    let told = row(&simulation, &desk, &format!("void:{}", drafted.id)).await.expect("a row of its own");
    assert_eq!((reason(&told), &told.left.number), (Some("void_drafted"), &drafted.number));
    let back = row(&simulation, &desk, &format!("void:{}", posted.id)).await.expect("a row of its own");
    assert_eq!((back.class, back.kind, reason(&back)), (Class::New, RowKind::Void, None));
    sign_and_write(&simulation, &desk).await;
    let memo = simulation.memo(&format!("{}-VOID", posted.number));
    assert_eq!(memo["totalAmountIncludingTax"].to_string().trim_end_matches(".0"), posted.total);

    // Deleted as it was told, there is nothing left to say.
    simulation.in_the_ledger("DELETE", &format!("salesInvoices({})", made[&drafted.number]), "");
    simulation.pass_minutes(60);
    desk.fetch_all().await.expect("fetched");
    assert!(row(&simulation, &desk, &format!("void:{}", drafted.id)).await.is_none());
}
