//! e-conomic as a part of the world: its ports, its weather, its journal, and the demo company in it.

use super::*;
use crate::weather::{Fate, Fault as Blow, Port, Rule, Weather};
use crate::world::{Args, World};

const OPEN_INVOICES: &str = "/invoices/booked?pagesize=1000";

fn args() -> Args {
    Args::demo(day("2026-11-19"))
}

fn now() -> DateTime<Utc> {
    "2026-11-20T08:00:00Z".parse().expect("an instant")
}

fn request(world: &World, method: Method, path: &str, key: &str, body: &str) -> Request<Bytes> {
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let request =
        request.header("x-appsecrettoken", &world.credentials.economic_secret).header("x-agreementgranttoken", &world.credentials.economic_grant);
    request.header("idempotency-key", key).body(Bytes::copy_from_slice(body.as_bytes())).expect("a request")
}

fn read(world: &mut World, path: &str) -> Value {
    let request = request(world, Method::GET, path, "none", "");
    serde_json::from_slice(world.handle(Port::EconomicRest, now(), request).body()).unwrap_or_default()
}

fn draft() -> String {
    let mut body = draft_body(1, "80");
    body["lines"][0]["product"]["productNumber"] = "VARE".into();
    body.to_string()
}

/// Makes a draft; its number.
fn drafted(world: &mut World) -> u64 {
    let made = request(world, Method::POST, "/invoices/drafts", "k", &draft());
    let answer = world.handle(Port::EconomicRest, now(), made);
    serde_json::from_slice::<Value>(answer.body()).unwrap_or_default()["draftInvoiceNumber"].as_u64().expect("a draft")
}

#[test]
fn the_demo_company_is_the_same_each_time_and_its_books_balance() {
    let (mut one, mut two) = (World::new(args()), World::new(args()));
    let invoices = read(&mut one, OPEN_INVOICES);
    assert!(invoices["pagination"]["results"].as_u64().is_some_and(|results| results > 20), "{invoices}");
    assert_eq!(invoices, read(&mut two, OPEN_INVOICES));
    assert_eq!(one.credentials.economic_grant, two.credentials.economic_grant);
    let accounts = read(&mut one, "/accounts?pagesize=1000");
    let sum: rust_decimal::Decimal = accounts["collection"].as_array().into_iter().flatten().map(|row| dec(&row["balance"].to_string())).sum();
    assert_eq!(sum, rust_decimal::Decimal::ZERO);
    assert!(
        read(&mut one, "/invoices/booked?filter=references.other%24like%3aNK")["pagination"]["results"].as_u64().is_some_and(|results| results > 0)
    );
}

#[test]
fn an_answer_lost_after_the_work_is_given_again_under_its_key() {
    let mut world = World::new(args());
    let rule = Rule {
        port: Port::EconomicRest,
        method: Some("POST".into()),
        path: "/invoices/drafts".into(),
        after: 0,
        times: Some(1),
        fault: Blow::LoseAfter,
    };
    world.weather = Weather::of(vec![rule]);
    let first = request(&world, Method::POST, "/invoices/drafts", "k", &draft());
    assert!(matches!(world.meet(Port::EconomicRest, now(), first).fate, Fate::LostAfter));
    let again = request(&world, Method::POST, "/invoices/drafts", "k", &draft());
    let Fate::Answer(answer) = world.meet(Port::EconomicRest, now(), again).fate else { panic!("an answer") };
    assert_eq!((answer.status().as_u16(), answer.headers()["x-resultfromcache"].to_str().ok()), (201, Some("true")));
    assert_eq!(read(&mut world, "/invoices/drafts")["pagination"]["results"], 1);
}

/// Inferred, as for refusals: a failure that was stored is given again until its hour is over.
#[test]
fn a_failure_of_the_service_is_remembered_under_its_key_for_the_hour() {
    let mut world = World::new(args());
    let rule = Rule { port: Port::EconomicRest, method: Some("POST".into()), path: "*".into(), after: 0, times: Some(1), fault: Blow::BreakInside };
    world.weather = Weather::of(vec![rule]);
    let mut send = |minutes: i64| {
        let request = request(&world, Method::POST, "/invoices/drafts", "k", &draft());
        match world.meet(Port::EconomicRest, now() + chrono::TimeDelta::minutes(minutes), request).fate {
            Fate::Answer(answer) => (answer.status().as_u16(), answer.headers().contains_key("x-resultfromcache")),
            _ => (0, false),
        }
    };
    assert_eq!([send(0), send(59), send(60)], [(500, false), (500, true), (201, false)]);
}

#[test]
fn the_harness_books_from_outside() {
    let mut world = World::new(args());
    let number = drafted(&mut world);
    assert_eq!(order(&mut world, json!({ "bar_period": "2026-11-02" })).0, 200);
    let refused = order(&mut world, json!({ "book_invoice": number }));
    assert!(refused.0 == 400 && refused.1["error"].as_str().is_some_and(|error| error.contains("E04300")), "{refused:?}");
    order(&mut world, json!({ "open_period": "2026-11-02" }));
    assert!(order(&mut world, json!({ "book_invoice": number })).1["bookedInvoiceNumber"].is_u64());
    assert_eq!(order(&mut world, json!({ "book_invoice": number })).0, 400, "it is gone");
    assert_eq!(order(&mut world, json!({ "nonsense": 1 })).0, 400);
    let grant = world.credentials.economic_grant.clone();
    assert_eq!(order(&mut world, json!({ "revoke_grant": grant })).1["revoked"], true);
    assert_eq!(read(&mut world, "/self")["httpStatusCode"], 401);
}

fn order(world: &mut World, wish: Value) -> (u16, Value) {
    let request = Request::post("/_sandbox/economic").header("x-sandbox-token", &world.credentials.token);
    let answer = world.handle(Port::Admin, now(), request.body(Bytes::from(json!({ "wish": wish }).to_string())).expect("a request"));
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or_default())
}

#[test]
fn what_was_written_survives_a_restart() {
    let path = std::env::temp_dir().join(format!("countersign-economic-{}.jsonl", std::process::id()));
    let mut world = World::with_journal(args(), &path).expect("a journal");
    let draft = format!("/invoices/drafts/{}", drafted(&mut world));
    let before = read(&mut world, &draft);
    assert_eq!(world.economic.look(Surface::Rest, now(), "/invoices/drafts")["collection"][0]["draftInvoiceNumber"], before["draftInvoiceNumber"]);
    assert_eq!(before["currency"], "DKK");
    drop(world);
    let mut world = World::with_journal(args(), &path).expect("the same journal");
    assert_eq!(read(&mut world, &draft), before);
    std::fs::remove_file(&path).expect("the journal");
}
