//! The real window, from the first start to what the demo company then holds. Leaves its
//! pictures in `target/tour/`.

#[path = "window/accounts.rs"]
mod accounts;
#[path = "window/browser.rs"]
mod browser;
#[path = "window/driver.rs"]
mod driver;
#[path = "window/keychain.rs"]
mod keychain;
#[path = "window/proof.rs"]
mod proof;
#[path = "window/refusals.rs"]
mod refusals;
#[path = "window/sandbox.rs"]
mod sandbox;
#[path = "window/traces.rs"]
mod traces;
#[path = "window/troubles.rs"]
mod troubles;
#[path = "window/writing.rs"]
mod writing;

use driver::Window;
use proof::Signed;
use sandbox::Sandbox;
use serde_json::{Value, json};
use thirtyfour::prelude::*;

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_from_first_run_to_written() {
    let window = Window::open().await;
    first_run(&window).await;
    sign_in(&window).await;
    window.until_done("fetch").await;
    window.wait_for("[role=grid] [role=row]").await;
    window.picture("4-review").await;

    let sandbox = window.sandbox();
    let before = sandbox.state();
    let signed = review(&window).await;
    write(&window).await;
    proof::exactly_what_was_signed(&before, &sandbox.state(), &sandbox.expected(), &signed);

    look_around(&window).await;
    assert_eq!(window.promise("return window.violations;", vec![]).await, json!([]), "the content policy was violated");
    let secrets = sandbox.secrets();
    let left = window.close().await;
    assert_eq!(traces::of_secrets(left.path(), &secrets), Vec::<String>::new(), "a secret was left behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn from_first_run_through_ones_own_accounts_to_the_first_written_draft() {
    let sandbox = Sandbox::start().await;
    let window = Window::open_over(&sandbox, "").await;
    accounts::new_book(&window).await;
    accounts::stripe(&window, &sandbox).await;
    accounts::ledger(&window, &sandbox).await;
    accounts::choices(&window).await;
    let before = sandbox.state();
    let number = accounts::first_draft(&window).await;
    accounts::exactly_this_was_made(&before, &sandbox.state(), &number);
    let copy = accounts::copy_by_dialog(&window).await;
    accounts::books_that_cannot_be_opened(&window, &copy).await;
    let secrets = sandbox.secrets();
    let left = window.close().await;
    assert_eq!(traces::of_secrets(left.path(), &secrets), Vec::<String>::new(), "a secret was left behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_stands_in_the_way_is_said_with_a_next_step() {
    let sandbox = Sandbox::start().await;
    let window = Window::open_over(&sandbox, "troubles").await;
    troubles::of_connecting(&window, &sandbox).await;
    accounts::ledger(&window, &sandbox).await;
    accounts::choices(&window).await;
    troubles::of_fetching(&window, &sandbox).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keychain_nothing_is_kept_in_silence() {
    let sandbox = Sandbox::start().await;
    let window = Window::open_without_keychain(&sandbox, "troubles").await;
    troubles::of_the_keychain(&window, &sandbox).await;
    let left = window.close().await;
    let key = vec![sandbox.credential("stripe_key").to_owned()];
    assert_eq!(traces::of_secrets(left.path(), &key), Vec::<String>::new(), "it was kept in a file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_keychain_is_said_and_nothing_is_kept_beside_it() {
    let sandbox = Sandbox::start().await;
    let window = Window::open_with_locked_keychain(&sandbox, "troubles").await;
    troubles::of_a_locked_keychain(&window, &sandbox).await;
    let left = window.close().await;
    let key = vec![sandbox.credential("stripe_key").to_owned()];
    assert_eq!(traces::of_secrets(left.path(), &key), Vec::<String>::new(), "it was kept in a file");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_while_writing_is_said_with_a_next_step() {
    let sandbox = Sandbox::start().await;
    let window = Window::open_over(&sandbox, "writing").await;
    accounts::new_book(&window).await;
    accounts::stripe(&window, &sandbox).await;
    accounts::ledger(&window, &sandbox).await;
    accounts::choices(&window).await;
    writing::stopped_before_sending(&window, &sandbox).await;
    writing::refused_and_replayed(&window, &sandbox).await;
    writing::closed_before_sending(&window, &sandbox).await;
    writing::changed_before_sending(&window, &sandbox).await;
    writing::without_an_answer(&window, &sandbox).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_may_ask_the_desk_and_do_nothing_else() {
    let window = Window::open().await;
    window.see("Who countersigns?").await;
    refusals::nothing_leads_away(&window).await;
    refusals::only_these_are_allowed(&window, &["desk", "watch"]).await;
    window.close().await;
}

async fn first_run(window: &Window) {
    window.see("Who countersigns?").await;
    window.keys("Mette Kjærgård").await;
    window.picture("1-who").await;
    window.press("Go on").await;
    window.see("Try it with the demo company").await;
    window.picture("2-doors").await;
    window.keys("d").await;
}

/// In the window that opens for it, in which nothing of the program can be called.
async fn sign_in(window: &Window) {
    window.turn_to_popup().await;
    window.see("asks to").await;
    window.picture("3-sign-in").await;
    refusals::nothing_leads_away(window).await;
    refusals::only_these_are_allowed(window, &[]).await;
    refusals::no_command_of_the_desk_is_allowed(window).await;
    window.press("Accept").await;
    window.turn_back().await;
}

/// By keyboard alone: why, each new draft by Enter, all exact rows at once.
async fn review(window: &Window) -> Vec<Signed> {
    window.keys(" ").await;
    window.picture("5-why").await;
    window.keys(Key::Escape).await;
    window.keys("]]]").await;
    window.see_pressed("New").await;
    let new = window.rows("new").await.len();
    for signed in 1..=new {
        let row = window.row_at_the_cursor().await;
        window.keys(Key::Enter).await;
        window.until("the row is signed", || async { window.rows("countersigned").await.len() == signed }).await;
        if signed < new {
            window.until("the cursor is on the next row", || async { window.row_at_the_cursor().await != row }).await;
        }
    }
    window.keys("[[[").await;
    window.see_pressed("All").await;
    window.chord(Key::Shift, Key::Enter).await;
    window.see("Countersign").await;
    window.picture("6-all-exact").await;
    // Money is said yes to row by row: nothing is written of it.
    let exact = window.rows("exact").await.iter().filter(|row| row["pays"] == json!([])).count();
    window.keys(Key::Enter).await;
    window.until("all exact rows are signed", || async { window.rows("countersigned").await.len() == new + exact }).await;
    window.picture("7-signed").await;
    let rows = window.rows("countersigned").await;
    rows.iter().map(|row| Signed { number: text(&row["left"]["number"]), new: row["class"] == "new" }).collect()
}

async fn write(window: &Window) {
    window.keys("gd").await;
    window.wait_for("[role=listbox] [role=option]").await;
    window.keys("jjjjj").await;
    window.picture("8-drafts").await;
    window.keys("gr").await;
    window.keys("b").await;
    window.wait_for("[data-testid=write]").await;
    window.picture("9-basket").await;
    window.chord(Key::Control, Key::Enter).await;
    window.until_done("write").await;
    window.picture("10-written").await;
    let write = window.call("progress", json!({})).await["write"].clone();
    assert_eq!(write["confirmed"], write["total"], "{write}");
    window.keys(Key::Escape).await;
}

/// The other rooms, for the pictures; the dark ink too.
async fn look_around(window: &Window) {
    window.keys("gt").await;
    window.wait_for("table tbody tr").await;
    window.picture("11-trail").await;
    window.keys("gr").await;
    window.wait_for("[role=grid] [role=row]").await;
    window.picture("12-review-afterwards").await;
    window.promise("document.documentElement.dataset.theme = 'dark';", vec![]).await;
    window.picture("13-review-dark").await;
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
