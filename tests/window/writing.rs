//! What goes wrong while writing, each as it is shown: what failed, what was not done, what to do next.
//! The pictures stand in `target/tour/writing/`.

use serde_json::{Value, json};
use thirtyfour::Key;

use crate::{
    driver::Window,
    sandbox::{Sandbox, http},
    troubles::{fair, shown_as},
};

/// Both sides cannot be asked before sending: nothing is sent, and the signature stands.
pub async fn stopped_before_sending(window: &Window, sandbox: &Sandbox) {
    sign(window, |_| true).await;
    for (fault, code) in [(json!("lose_before"), "offline"), (json!({ "refuse": { "status": 503 } }), "limited")] {
        rule(sandbox, "GET", "*", &json!({ "fault": fault }));
        press_write(window).await;
        shown_as(window, code, &format!("stopped-{code}")).await;
        ended(window).await;
        fair(sandbox);
        assert_eq!(window.rows("countersigned").await.len(), 1, "the signature stands");
        close(window).await;
    }
    press_write(window).await;
    window.until_done("write").await;
    let trouble = || window.promise("return document.querySelector('[data-code]');", vec![]);
    window.until("the trouble is over", || async { trouble().await.is_null() }).await;
    close(window).await;
}

/// The ledger's own words, nothing made, and again once the cause is mended.
pub async fn refused_and_replayed(window: &Window, sandbox: &Sandbox) {
    let said =
        json!({ "error": { "code": "Application_DialogException", "message": "Posting Date is not within your range of allowed posting dates." } });
    let reply = json!({ "status": 400, "headers": { "content-type": "application/json" }, "body": said.to_string() });
    sign(window, |_| true).await;
    rule(sandbox, "POST", "*/salesInvoices*", &json!({ "times": 1, "fault": { "reply": reply } }));
    press_write(window).await;
    ended(window).await;
    window.see("1 refused").await;
    window.picture("refused-basket").await;
    fair(sandbox);
    close(window).await;
    assert_eq!(window.rows("countersigned").await.len(), 0, "what waits for it is signed no more");
    look_at(window, "refused").await;
    window.see("Posting Date is not within your range").await;
    window.press("Replay").await;
    window.until("the row is open again", || async { window.rows("unknown").await.is_empty() }).await;
    window.keys(Key::Escape).await;
}

/// No answer came: the ledger is asked before anything else happens.
pub async fn without_an_answer(window: &Window, sandbox: &Sandbox) {
    sign(window, |_| true).await;
    rule(sandbox, "POST", "*/salesInvoices*", &json!({ "times": 1, "fault": "lose_before" }));
    press_write(window).await;
    ended(window).await;
    window.picture("unknown-basket").await;
    fair(sandbox);
    close(window).await;
    look_at(window, "unknown").await;
    window.see("Asking").await;
    window.keys(Key::Escape).await;
    assert_eq!(window.rows("unknown").await.iter().filter(|row| row["state"] == "unknown").count(), 1);
}

/// The accountant closes the period between the signature and the sending.
pub async fn closed_before_sending(window: &Window, sandbox: &Sandbox) {
    sign(window, |_| true).await;
    let today = chrono::Utc::now().date_naive().to_string();
    let setup = json!({ "value": [{ "id": "1", "allowPostingFrom": today, "allowPostingTo": "0001-01-01" }] });
    let reply = json!({ "status": 200, "headers": { "content-type": "application/json" }, "body": setup.to_string() });
    rule(sandbox, "GET", "*/generalLedgerSetup*", &json!({ "fault": { "reply": reply } }));
    press_write(window).await;
    ended(window).await;
    window.picture("closed-basket").await;
    fair(sandbox);
    close(window).await;
    look_at(window, "closed").await;
    window.see("posted on the first open day").await;
    window.keys(Key::Escape).await;
}

/// Stripe voids the invoice between the signature and the sending.
pub async fn changed_before_sending(window: &Window, sandbox: &Sandbox) {
    let unpaid = stripe(sandbox, "GET", "invoices?status=open&limit=100");
    let unpaid: Vec<String> = unpaid["data"].as_array().expect("a list").iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect();
    let invoice = |row: &Value| unpaid.iter().find(|id| row["key"].as_str().is_some_and(|key| key.ends_with(id.as_str()))).cloned();
    let signed = sign(window, |row| invoice(row).is_some()).await;
    stripe(sandbox, "POST", &format!("invoices/{}/void", invoice(&signed).expect("an invoice")));
    press_write(window).await;
    ended(window).await;
    window.picture("changed-basket").await;
    close(window).await;
    look_at(window, "changed").await;
    window.keys(Key::Escape).await;
}

/// What somebody else does in Stripe meanwhile.
fn stripe(sandbox: &Sandbox, method: &str, what: &str) -> Value {
    let bases: Value = sandbox.bases().and_then(|bases| serde_json::from_str(&bases).ok()).expect("where the services are");
    let address = format!("{}/v1/{what}", bases["stripe"].as_str().expect("an address"));
    let bearer = format!("Authorization: Bearer {}", sandbox.credential("stripe_key"));
    let answer = http(method, &address, &[&bearer], "");
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).expect("JSON")
}

/// Signs the first new invoice of this kind as it was seen.
async fn sign(window: &Window, wanted: impl Fn(&Value) -> bool) -> Value {
    window.keys("gr").await;
    let rows = window.rows("new").await;
    let row = rows.into_iter().find(|row| row["kind"] == "invoice" && row["state"] == "open" && wanted(row)).expect("such a row");
    let signed = json!({ "rows": [{ "key": row["key"], "fingerprint": row["fingerprint"] }], "yes": [] });
    assert_eq!(window.call("countersign", signed).await["done"], json!(1));
    row
}

async fn press_write(window: &Window) {
    window.keys("b").await;
    window.wait_for("[data-testid=write]").await;
    window.chord(Key::Control, Key::Enter).await;
}

async fn close(window: &Window) {
    window.keys(Key::Escape).await;
    window
        .until("the basket is closed", || async { window.promise("return document.querySelector('[data-testid=write]');", vec![]).await.is_null() })
        .await;
}

async fn ended(window: &Window) {
    window.until("writing has ended", || async { window.call("progress", json!({})).await["write"]["running"] == json!(false) }).await;
}

/// The row that needs a person, with the reason opened.
async fn look_at(window: &Window, picture: &str) {
    window.keys("gr").await;
    window.press("Look at").await;
    window.see_pressed("Look at").await;
    window.picture(&format!("{picture}-row")).await;
    window.keys(" ").await;
    window.picture(picture).await;
}

fn rule(sandbox: &Sandbox, method: &str, path: &str, more: &Value) {
    let mut rule = json!({ "port": "business_central", "method": method, "path": path });
    if let (Some(rule), Some(more)) = (rule.as_object_mut(), more.as_object()) {
        rule.extend(more.clone());
    }
    sandbox.order("weather", &json!({ "rules": [rule] }));
}
