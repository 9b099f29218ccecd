//! The whole way of the data in one process, without a socket: the same desk, the same sign-in, another network.
//! Replies are lost and the program dies between any two of its steps; every document still exists exactly once.

#[path = "way/choices.rs"]
mod choices;
#[path = "way/credits.rs"]
mod credits;
#[path = "way/decisions.rs"]
mod decisions;
#[path = "way/items.rs"]
mod items;
#[path = "way/life.rs"]
mod life;
#[path = "way/receipts.rs"]
mod receipts;
#[path = "way/signed.rs"]
mod signed;
#[path = "way/simulation.rs"]
mod simulation;

use countersign_desk::Desk;
use countersign_desk::commands::*;
use simulation::{Loss, Simulation};

/// Everything that was expected exists once, marked, and nothing else does.
async fn holds(simulation: &Simulation, label: &str) {
    let desk = simulation.desk();
    desk.open_at(&simulation.book()).await.expect("the book opens");
    let truth = desk.truth().await.expect("the demo company answers");
    let mut expected: Vec<_> = truth.expected.iter().map(|document| (document.number.clone(), document.total)).collect();
    let mut found: Vec<_> = truth.found.iter().map(|document| (document.number.clone(), document.total)).collect();
    expected.sort_by(|a, b| a.0.cmp(&b.0));
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(found, expected, "{label}: the ledger's new documents");
    assert!(truth.found.iter().all(|document| document.marked), "{label}: every document is named on its Stripe invoice");
    assert_eq!(truth.wrong_customers, Vec::<String>::new(), "{label}: customers");
    assert_eq!(truth.wrong_marks, Vec::<String>::new(), "{label}: marks");
    assert_eq!(truth.posting_attempts, 0, "{label}: nothing was posted");
    let trail = desk.trail(TrailWindow::default()).await.expect("the trail is read");
    assert!(trail.unbroken, "{label}: the trail is whole");
}

#[tokio::test]
async fn the_whole_demo_runs_without_a_socket_and_a_second_time_writes_nothing() {
    let simulation = Simulation::new(120);
    let desk = simulation.signed_in().await;
    let fetched = desk.fetch_all().await.expect("both sides are fetched");
    assert!(fetched.rows > 500, "{} rows", fetched.rows);
    simulation.sign_all(&desk).await;
    let done = desk.write_all().await.expect("all is written");
    assert_eq!((done.confirmed, done.unknown, done.refused), (done.total, 0, 0));
    holds(&simulation, "first run").await;

    desk.fetch_all().await.expect("fetched again");
    simulation.sign_all(&desk).await;
    let again = desk.write_all().await.expect_err("nothing is left to write");
    assert_eq!(again.code, Code::NothingToWrite);
    holds(&simulation, "second run").await;
}

#[tokio::test]
async fn a_program_that_dies_around_any_write_writes_nothing_twice() {
    // Before the other side sees it, after it has done it, and with half an answer.
    for loss in [Loss::DieBefore, Loss::DieAfter, Loss::NoAnswerBefore, Loss::NoAnswerAfter, Loss::HalfAnswer] {
        for nth in [1, 2, 5, 13] {
            let simulation = Simulation::new(24);
            let desk = simulation.signed_in().await;
            desk.fetch_all().await.expect("fetched");
            simulation.sign_all(&desk).await;
            simulation.lose_write(nth, loss);
            simulation.write_until_death(desk).await;
            // The next start, after the time in which a write may still be hidden.
            simulation.pass_minutes(20);
            let desk = simulation.desk();
            desk.open_at(&simulation.book()).await.expect("the book opens again");
            simulation.write_all_the_rest(&desk).await;
            holds(&simulation, &format!("{loss:?} at write {nth}")).await;
        }
    }
}

/// Wherever it dies: what was kept is not asked for again, and in the end everything is there.
#[tokio::test]
async fn a_program_that_dies_in_a_fetch_goes_on_at_the_page_where_it_was() {
    let whole = Simulation::new(400);
    let desk = whole.signed_in().await;
    whole.take_reads();
    desk.fetch_all().await.expect("fetched in one go");
    let (all, rows) = (whole.take_reads(), whole.rows(&desk).await);
    let later_page = |read: &&String| read.contains("starting_after=") || read.contains("skiptoken=");
    assert!(all.iter().filter(later_page).count() > 2, "{} pages", all.len());
    for third in 1..3 {
        let simulation = Simulation::new(400);
        let desk = simulation.signed_in().await;
        simulation.take_reads();
        simulation.fetch_until_death(desk, all.len() * third / 3).await;
        let first = simulation.take_reads();
        let desk = simulation.desk();
        desk.open_at(&simulation.book()).await.expect("the book opens again");
        desk.fetch_all().await.expect("the rest is fetched");
        let second = simulation.take_reads();
        let again: Vec<_> = second.iter().filter(later_page).filter(|read| first.contains(read)).collect();
        assert_eq!(again, Vec::<&String>::new(), "asked for twice, after {} of {} answers", first.len(), all.len());
        // The first page of each kind tells what is new since; so many kinds there are.
        assert!(first.len() + second.len() < all.len() + 32, "{} and {} for {}", first.len(), second.len(), all.len());
        assert_eq!(simulation.rows(&desk).await, rows, "after {} of {} answers", first.len(), all.len());
    }
}

#[tokio::test]
async fn a_second_program_on_the_book_waits_with_words() {
    let simulation = Simulation::new(24);
    let first = simulation.signed_in().await;
    first.fetch_all().await.expect("fetched");
    simulation.sign_all(&first).await;
    let second = simulation.desk();
    second.open_at(&simulation.book()).await.expect("reading is possible");
    let hold = simulation.hold_claim(&first).await;
    let refused = second.write_all().await.expect_err("the first program holds the book");
    assert_eq!(refused.code, Code::BookBusy, "{refused}");
    assert!(refused.params["by"].contains("process"), "{refused}");
    drop(hold);
    second.write_all().await.expect("then it is free");
    holds(&simulation, "two programs").await;
}

#[tokio::test]
async fn no_secret_is_in_the_book_its_neighbours_or_any_answer() {
    let simulation = Simulation::new(24);
    let desk = simulation.signed_in().await;
    let mut crossed = String::new();
    desk.fetch_all().await.expect("fetched");
    simulation.sign_all(&desk).await;
    desk.write_all().await.expect("written");
    for (name, body) in
        [("overview", "{}"), ("check_stripe", "{}"), ("signin_status", "{}"), ("basket", "{}"), ("progress", "{}"), ("save_report", "{}")]
    {
        crossed += &countersign_desk::commands::call(&desk, name, body).await.expect(name);
    }
    for row in simulation.rows(&desk).await {
        crossed += &serde_json::to_string(&row).expect("serialises");
        for draft in desk.explain(RowKey { key: row.key }).await.expect("explained").drafts {
            crossed += &serde_json::to_string(&desk.draft(DraftKey { id: draft.id }).await.expect("shown")).expect("serialises");
        }
    }
    drop(desk);
    for (place, text) in simulation.files().into_iter().chain([("the page".to_owned(), crossed.into_bytes())]) {
        for (secret, forms) in simulation.secrets() {
            for form in forms {
                assert!(!text.windows(form.len()).any(|window| window == form.as_bytes()), "{secret} is in {place}");
            }
        }
    }
}
