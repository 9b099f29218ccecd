//! What each choice does to what is proposed, by the rehearsal of invented invoices; what is refused when it is saved;
//! and what a person says of customers and of VAT.

use countersign_desk::Desk;
use countersign_desk::commands::*;

use crate::simulation::Simulation;

/// The demo company, fetched.
async fn fetched() -> (Simulation, Desk) {
    let simulation = Simulation::new(24);
    let desk = simulation.signed_in().await;
    desk.fetch_all().await.expect("fetched");
    (simulation, desk)
}

/// A rehearsed row in one line: accounts and rates, the sums, the customer, the notes; or why nothing.
fn told(row: &Rehearsed) -> String {
    if let Some(reason) = &row.no_draft {
        let params = reason.params.iter().filter(|(name, _)| *name != "words").map(|(name, value)| format!(" {name}={value}"));
        return format!("{}{}", reason.code, params.collect::<String>());
    }
    let Some(paper) = &row.paper else { return "nothing".into() };
    let lines = paper.lines.iter().map(|line| {
        let to = line.item.as_ref().map(|item| format!("item {item}")).or(line.account.clone()).unwrap_or_default();
        format!("{to} {} % {} {}", line.vat_rate, line.amount.amount, line.description)
    });
    let totals = paper.totals.as_ref().expect("a sale has totals");
    let vat = totals.vat.iter().map(|vat| format!(" {} {}", vat.zone, vat.amount.amount)).collect::<String>();
    let rounding = totals.rounding.as_ref().map(|amount| format!(" rounding {}", amount.amount)).unwrap_or_default();
    let customer = paper.customer_number.clone().unwrap_or("new".into());
    let values = paper.values.iter().map(|value| format!(" {}={}", value.key, value.value)).collect::<String>();
    let notes = paper.notes.iter().filter(|note| !note.starts_with("Registered")).map(|note| format!(" [{note}]")).collect::<String>();
    format!("{}; {}{vat}{rounding} = {} for {customer}{values}{notes}", lines.collect::<Vec<_>>().join(", "), totals.net.amount, totals.total.amount)
}

#[tokio::test]
async fn print() {
    let (_simulation, desk) = fetched().await;
    let choices = desk.choices(Nothing {}).await.expect("choices");
    println!("{:#?}", choices.chosen);
    println!("{:?} {:?} {:?}", choices.offered.items, choices.offered.dimensions, choices.offered.ledger_until);
    println!("{:?} {:?}", choices.offered.tax_codes, choices.offered.products.iter().take(4).collect::<Vec<_>>());
    let rehearsal = desk.rehearse(choices.chosen).await.expect("rehearsed");
    for row in &rehearsal.samples {
        println!("{:?} {}", row.sample, told(row));
    }
    for row in &rehearsal.real {
        println!("{:?} {} {:?}", row.left.number, if row.found.is_some() { "has".into() } else { told(row) }, row.left.date);
    }
    let rows = desk.customer_rows(CustomersQuery { search: String::new(), unclear_only: false, first: 0, limit: 100 }).await.expect("rows");
    for row in rows.rows {
        println!(
            "{} {} {:?} {:?} {:?} near {} differs {:?} same {:?}",
            row.key,
            row.stripe.name,
            row.state,
            row.ledger.map(|l| l.name),
            row.evidence,
            row.near,
            row.differs,
            row.same_party
        );
    }
    for row in _simulation.rows(&desk).await {
        if let Some(r) = row.no_draft {
            println!("{} {} {:?}", row.key, r.code, r.params.get("words"));
        }
    }
}
