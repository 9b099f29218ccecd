//! What goes wrong while connecting, each as it is shown: what failed, what was not done, what to do next.
//! The pictures stand in `target/tour/troubles/`.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::{accounts, browser, driver::Window, sandbox::Sandbox};

const USUAL_REDIRECT: (&str, u16) = ("127.0.0.1", 41_890);

/// What a pasted key can be, and what can stand between.
pub async fn of_a_key(window: &Window, sandbox: &Sandbox) {
    let good = sandbox.credential("stripe_key").to_owned();
    for (key, code) in [("hello", "key_malformed"), ("pk_test_abc", "key_publishable"), ("rk_test_nobodys", "key_rejected")] {
        paste(window, key).await;
        shown(window, code).await;
    }
    let expired = json!({ "error": { "type": "invalid_request_error", "code": "api_key_expired", "message": "Expired API Key provided." } });
    for (fault, code) in [
        (json!({ "reply": { "status": 401, "headers": { "content-type": "application/json" }, "body": expired.to_string() } }), "key_expired"),
        (json!("lose_before"), "offline"),
        (refusal(429), "limited"),
        (refusal(503), "unavailable"),
        (json!({ "reply": { "status": 200, "body": "<html>Please sign in to the guest network</html>" } }), "answer_unreadable"),
    ] {
        storm(sandbox, "stripe", "*", &fault);
        paste(window, &good).await;
        shown(window, code).await;
        fair(sandbox);
    }
    window.fill("Restricted or secret key", sandbox.credential("stripe_key_without_disputes")).await;
    window.press("Check").await;
    window.see("Not granted").await;
    window.picture("right-missing").await;
    window.press("Replace").await;
}

/// There is nowhere to keep it: nothing is kept but by the person's word, and then only until the program quits.
pub async fn of_the_keychain(window: &Window, sandbox: &Sandbox) {
    accounts::new_book(window).await;
    paste(window, sandbox.credential("stripe_key")).await;
    shown(window, "keychain_missing").await;
    window.press("Keep it").await;
    window.see("What this key may do").await;
    window.picture("kept-until-quitting").await;
}

/// It is there and locked: nothing is kept, and a person may unlock it or keep the key until the program quits.
pub async fn of_a_locked_keychain(window: &Window, sandbox: &Sandbox) {
    accounts::new_book(window).await;
    paste(window, sandbox.credential("stripe_key")).await;
    shown(window, "keychain_locked").await;
}

/// Through a platform of one's own.
pub async fn of_a_platform(window: &Window, sandbox: &Sandbox) {
    let (client, key) = (sandbox.credential("connect_client_id").to_owned(), sandbox.credential("platform_key").to_owned());
    window.press("through a Connect platform").await;
    for (client, key, redirect, code) in
        [("app_1", key.as_str(), "", "not_a_platform"), (client.as_str(), key.as_str(), "http://example.com/back", "bad_redirect")]
    {
        platform(window, client, key, redirect).await;
        shown(window, code).await;
    }
    // Somebody else sits at the port.
    let taken = TcpListener::bind(USUAL_REDIRECT).expect("nobody else uses this port");
    platform(window, &client, &key, "").await;
    shown(window, "no_listener").await;
    drop(taken);
    platform(window, &client, &key, "").await;
    browser::press(&window.opened(), "action=cancel");
    shown(window, "signin_denied").await;
    platform(window, &client, "sk_test_nobodys", "").await;
    browser::press(&window.opened(), "action=connect");
    shown(window, "platform_refused").await;
    storm(sandbox, "stripe", "/oauth/token", &json!("lose_after"));
    platform(window, &client, &key, "").await;
    browser::press(&window.opened(), "action=connect");
    shown(window, "platform_begin_again").await;
    fair(sandbox);
    // A page of the platform's own: its address is brought by hand.
    platform(window, &client, &key, "https://shop.example/stripe/back").await;
    window.opened();
    window.see("Where you ended").await;
    window.picture("by-hand").await;
    window.fill("Where you ended", "https://shop.example/stripe/back?code=ac_forged&state=forged").await;
    window.keys(thirtyfour::Key::Enter).await;
    shown(window, "signin_state").await;
    window.press("paste a restricted key").await;
}

/// Each number of Microsoft's that comes back to the program, and what is said to it.
const NUMBERS: [(u32, &str); 14] = [
    (650_052, "signin_no_ledger"),
    (65_001, "signin_consent"),
    (70_011, "signin_mistaken"),
    (28_002, "signin_mistaken"),
    (54_005, "signin_failed"),
    (50_076, "signin_second_factor"),
    (53_003, "signin_blocked"),
    (70_008, "signin_again"),
    (50_196, "signin_loop"),
    (7_000_215, "secret_wrong"),
    (7_000_218, "signin_public"),
    (7_000_222, "secret_expired"),
    (700_025, "signin_not_secret"),
    (99_999, "signin_again"),
];

pub async fn of_the_sign_in(window: &Window, sandbox: &Sandbox) {
    window.fill("Client id", sandbox.credential("client_id")).await;
    for (number, code) in NUMBERS {
        window.press("Sign in with Microsoft").await;
        browser::sign_in(&window.opened(), &format!("aadsts{number}@x"));
        window.see(&format!("AADSTS{number}")).await;
        shown_as(window, code, &format!("{code}-{number}")).await;
    }
    window.press("Sign in with Microsoft").await;
    browser::press(&window.opened(), "action=cancel");
    shown(window, "signin_denied").await;

    // Microsoft's own page says it, and nobody comes back.
    window.press("Sign in with Microsoft").await;
    let page = browser::sign_in(&window.opened(), "aadsts50011@x");
    assert!(page.contains("AADSTS50011"), "{page}");
    window.see("Waiting for the sign-in page").await;
    window.press("What to do at which").await;
    window.see("http://localhost").await;
    window.picture("said-by-microsoft").await;
    window.press("Cancel").await;

    for (fault, code) in [(json!("lose_before"), "offline"), (refusal(503), "unavailable")] {
        storm(sandbox, "entra", "*token", &fault);
        window.press("Sign in with Microsoft").await;
        browser::sign_in(&window.opened(), sandbox.credential("user"));
        shown_as(window, code, &format!("{code}-microsoft")).await;
        fair(sandbox);
    }
}

/// Signed in, and yet nothing to work in.
pub async fn of_the_directory(window: &Window, sandbox: &Sandbox) {
    let environments = |kind: &str| -> Value {
        json!({ "value": [{ "name": "Sandbox", "type": kind, "countryCode": "DK", "applicationFamily": "BusinessCentral" }] })
    };
    for (path, fault, code) in [
        ("/environments*", refusal(401), "ledger_refuses_user"),
        ("/environments*", refusal(403), "no_permission"),
        ("/environments*", refusal(429), "limited"),
        ("/environments*", json!("lose_before"), "offline"),
    ] {
        storm(sandbox, "business_central", path, &fault);
        window.press("Sign in with Microsoft").await;
        browser::sign_in(&window.opened(), sandbox.credential("user"));
        shown_as(window, code, &format!("{code}-ledger")).await;
        fair(sandbox);
    }
    storm(sandbox, "business_central", "/environments*", &reply(&json!({ "value": [] })));
    window.press("Sign in with Microsoft").await;
    browser::sign_in(&window.opened(), sandbox.credential("user"));
    window.see("has no environment of Business Central").await;
    window.picture("no-environment").await;
    window.press("Sign in again").await;

    storm(sandbox, "business_central", "*/companies*", &reply(&json!({ "value": [] })));
    window.press("Sign in with Microsoft").await;
    browser::sign_in(&window.opened(), sandbox.credential("user"));
    window.see("holds no company").await;
    window.picture("no-company").await;
    window.press("Sign in again").await;

    let name = sandbox.credential("environment").to_owned();
    let mut live = environments("Production");
    live["value"][0]["name"] = json!(name);
    storm(sandbox, "business_central", "/environments*", &reply(&live));
    window.press("Sign in with Microsoft").await;
    browser::sign_in(&window.opened(), sandbox.credential("user"));
    shown(window, "test_against_live").await;
    fair(sandbox);
    window.press("Sign in again").await;
}

/// The other ways in.
pub async fn of_other_ways(window: &Window, sandbox: &Sandbox) {
    window.press("with a code").await;
    window.press("Get a code").await;
    let device = window.device().await;
    window.picture("device-code").await;
    browser::press(&device.0, &format!("user_code={}&username=x&action=cancel", device.1));
    shown_as(window, "signin_denied", "device-declined").await;
    window.press("Get a code").await;
    window.device().await;
    sandbox.order("clock", &json!({ "move_by_seconds": 1_000 }));
    shown(window, "device_ended").await;
    sandbox.order("clock", &json!({ "move_by_seconds": -1_000 }));
    window.fill("Tenant", "nobody.example").await;
    window.press("Get a code").await;
    shown(window, "signin_tenant").await;
    window.fill("Tenant", "").await;
    window.fill("Client id", "11111111-2222-3333-4444-555555555555").await;
    window.press("Get a code").await;
    shown(window, "signin_client").await;
    window.fill("Client id", sandbox.credential("service_client_id")).await;
    window.press("Get a code").await;
    shown(window, "signin_one_tenant").await;

    window.press("as an application").await;
    window.fill("Tenant", sandbox.credential("tenant")).await;
    window.fill("Client id", sandbox.credential("service_client_id")).await;
    window.fill("Client secret", "wrong").await;
    window.press("Connect the application").await;
    shown_as(window, "secret_wrong", "application-secret").await;
    storm(sandbox, "business_central", "*", &refusal(401));
    window.fill("Client secret", sandbox.credential("service_client_secret")).await;
    window.press("Connect the application").await;
    shown(window, "ledger_refuses_application").await;
    fair(sandbox);
    window.press("sign in in the browser").await;
}

/// From the start to the ledger's sheet, through all of it.
pub async fn of_connecting(window: &Window, sandbox: &Sandbox) {
    accounts::new_book(window).await;
    of_a_key(window, sandbox).await;
    of_a_platform(window, sandbox).await;
    accounts::stripe(window, sandbox).await;
    of_the_sign_in(window, sandbox).await;
    of_the_directory(window, sandbox).await;
    of_other_ways(window, sandbox).await;
}

async fn paste(window: &Window, key: &str) {
    window.fill("Restricted or secret key", key).await;
    window.press("Check").await;
}

async fn platform(window: &Window, client: &str, key: &str, redirect: &str) {
    window.fill("Client id of the platform", client).await;
    window.fill("Secret key of the platform", key).await;
    window.fill("Redirect address", redirect).await;
    window.press("Connect through Stripe").await;
}

pub async fn shown(window: &Window, code: &str) {
    shown_as(window, code, code).await;
}

pub async fn shown_as(window: &Window, code: &str, picture: &str) {
    window.wait_for(&format!("[data-code={code}]")).await;
    window.picture(picture).await;
}

pub fn storm(sandbox: &Sandbox, port: &str, path: &str, fault: &Value) {
    sandbox.order("weather", &json!({ "rules": [{ "port": port, "path": path, "fault": fault }] }));
}

pub fn fair(sandbox: &Sandbox) {
    sandbox.order("weather", &json!({ "rules": [] }));
}

fn refusal(status: u16) -> Value {
    json!({ "refuse": { "status": status } })
}

fn reply(body: &Value) -> Value {
    json!({ "reply": { "status": 200, "headers": { "content-type": "application/json" }, "body": body.to_string() } })
}

/// Both sides are asked, and one of them does not play along.
pub async fn of_fetching(window: &Window, sandbox: &Sandbox) {
    for (port, path, fault, code) in [
        ("stripe", "*", json!("lose_before"), "offline"),
        ("business_central", "*", refusal(503), "limited"),
        ("business_central", "*/companies*", refusal(403), "no_permission"),
    ] {
        storm(sandbox, port, path, &fault);
        fetch_until_trouble(window, code).await;
        fair(sandbox);
    }
    storm(sandbox, "stripe", "*", &refusal(401));
    fetch_until_trouble(window, "key_rejected").await;
    fair(sandbox);
    window.press("New key").await;
    window.fill("Restricted or secret key", sandbox.credential("stripe_key")).await;
    window.picture("new-key").await;
    window.press("Check").await;
    window.see("Connected again.").await;
    window.until_done("fetch").await;

    sandbox.order("entra", &json!({ "revoke_sessions": true }));
    sandbox.order("clock", &json!({ "move_by_seconds": 7_200 }));
    fetch_until_trouble(window, "signin_again").await;
    window.press("Sign in again").await;
    window.see("Sign in to Business Central again").await;
    window.picture("sign-in-again").await;
    window.press("Sign in with Microsoft").await;
    browser::sign_in(&window.opened(), sandbox.credential("user"));
    window.see("Connected again.").await;
    window.until_done("fetch").await;
    window.keys(thirtyfour::Key::Escape).await;
}

async fn fetch_until_trouble(window: &Window, code: &str) {
    window.keys("f").await;
    shown_as(window, code, &format!("fetch-{code}")).await;
}
