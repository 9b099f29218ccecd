//! The first door: one's own accounts, from nothing to the first draft, with only what the screen says.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use thirtyfour::prelude::*;

use crate::{browser, driver::Window, sandbox::Sandbox};

/// The name, the door, the book.
pub async fn new_book(window: &Window) {
    window.see("Who countersigns?").await;
    window.keys("Mette Kjærgård").await;
    window.press("Go on").await;
    window.see("Connect your accounts").await;
    window.press("Connect").await;
    window.see("A new book").await;
    window.keys("Nordlys Keramik").await;
    window.picture("connect-1-book").await;
    window.press("Make the book").await;
    window.see("Connect Stripe").await;
}

pub async fn stripe(window: &Window, sandbox: &Sandbox) {
    window.picture("connect-2-stripe").await;
    window.fill("Restricted or secret key", sandbox.credential("stripe_key")).await;
    window.press("Check").await;
    window.see("What this key may do").await;
    window.picture("connect-3-key").await;
    window.press("Go on").await;
    window.see("Connect Business Central").await;
}

/// In the person's own browser; where there is one environment and one company, nothing is to be chosen.
pub async fn ledger(window: &Window, sandbox: &Sandbox) {
    window.fill("Client id", sandbox.credential("client_id")).await;
    window.picture("connect-4-ledger").await;
    window.press("Sign in with Microsoft").await;
    let page = window.opened();
    window.see("Waiting for the sign-in page").await;
    window.picture("connect-5-waiting").await;
    let ended = browser::sign_in(&page, sandbox.credential("user"));
    assert!(ended.contains("You can close this page"), "{ended}");
    window.see("The choices that matter").await;
}

pub async fn choices(window: &Window) {
    window.see("Until you have looked, nothing is drafted.").await;
    window.picture("connect-6-choices").await;
    window.press("I looked").await;
    window.press("Go on").await;
    window.see("This is what these choices make").await;
    window.picture("connect-7-rehearsal").await;
    window.press("Fetch now").await;
    window.until_done("fetch").await;
    window.wait_for("[role=grid] [role=row]").await;
    window.picture("connect-8-review").await;
}

/// One new draft, looked at, signed and written; its number.
pub async fn first_draft(window: &Window) -> String {
    let rows = window.rows("new").await;
    sign_a_new_row(window).await;
    window.picture("connect-9-signed").await;
    window.keys("b").await;
    window.wait_for("[data-testid=write]").await;
    window.picture("connect-10-basket").await;
    window.chord(Key::Control, Key::Enter).await;
    window.until_done("write").await;
    window.picture("connect-11-written").await;
    window.keys(Key::Escape).await;
    rows[0]["left"]["number"].as_str().expect("a number").to_owned()
}

/// The first of them, with the key that the line below names.
pub async fn sign_a_new_row(window: &Window) {
    let before = window.rows("countersigned").await.len();
    window.press("New").await;
    window.see_pressed("New").await;
    window.until("the cursor is on a new draft", || async { window.row_at_the_cursor().await.contains("A draft for") }).await;
    window.keys(Key::Enter).await;
    window.until("the row is signed", || async { window.rows("countersigned").await.len() > before }).await;
}

/// Nobody types a path: the system asks where the copy goes, and which book is opened.
pub async fn copy_by_dialog(window: &Window) -> PathBuf {
    let copy = window.data.path().join("Copy of Nordlys.countersign");
    window.will_choose(&copy);
    window.chord(Key::Control, 'o').await;
    window.see("One book pairs one Stripe account").await;
    window.picture("connect-12-books").await;
    window.press("Save a copy…").await;
    window.see("A whole copy was saved").await;
    assert!(copy.exists(), "it lies where the dialog said");
    copy
}

/// What is no book, a damaged one, and one of a later program: each is refused and left as it was.
pub async fn books_that_cannot_be_opened(window: &Window, whole: &Path) {
    let whole = fs::read(whole).expect("the copy");
    let mut newer = whole.clone();
    // `user_version`, where the schema's age is kept (sqlite.org: Database File Format, 1.3).
    newer[60..64].copy_from_slice(&9_999_u32.to_be_bytes());
    let half = whole[..whole.len() / 2].to_vec();
    window.chord(Key::Control, 'o').await;
    window.see("One book pairs one Stripe account").await;
    for (code, bytes) in [("book_foreign", b"Dear diary".to_vec()), ("book_damaged", half), ("book_newer", newer)] {
        let file = window.data.path().join(format!("{code}.countersign"));
        fs::write(&file, &bytes).expect("it is written");
        window.will_choose(&file);
        window.press("Open a book…").await;
        window.wait_for(&format!("[data-code={code}]")).await;
        window.picture(code).await;
        assert_eq!(fs::read(&file).expect("it is there"), bytes, "{code}: its bytes are what they were");
        fs::remove_file(&file).expect("it goes");
    }
}

/// The ledger holds this one draft more than before, and nothing was posted.
pub fn exactly_this_was_made(before: &Value, after: &Value, number: &str) {
    let ids = |state: &Value| -> BTreeSet<String> {
        state["business_central"]["sales_invoices"].as_array().expect("documents").iter().map(|one| one["id"].to_string()).collect()
    };
    let known = ids(before);
    let made: Vec<&Value> = after["business_central"]["sales_invoices"]
        .as_array()
        .expect("documents")
        .iter()
        .filter(|one| !known.contains(&one["id"].to_string()))
        .collect();
    assert_eq!(made.len(), 1, "{made:?}");
    assert_eq!((made[0]["externalDocumentNumber"].as_str(), made[0]["status"].as_str()), (Some(number.to_uppercase().as_str()), Some("Draft")));
    assert_eq!(after["business_central"]["posting_attempts"], 0);
}
