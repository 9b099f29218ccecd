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

#[test]
fn what_was_written_survives_a_restart() {
    let path = std::env::temp_dir().join(format!("countersign-economic-{}.jsonl", std::process::id()));
    let mut world = World::with_journal(args(), &path).expect("a journal");
    let made = request(&world, Method::POST, "/invoices/drafts", "k", &draft());
    assert_eq!(world.handle(Port::EconomicRest, now(), made).status(), 201);
    let before = read(&mut world, "/invoices/drafts/1");
    drop(world);
    let mut world = World::with_journal(args(), &path).expect("the same journal");
    assert_eq!(read(&mut world, "/invoices/drafts/1"), before);
    std::fs::remove_file(&path).expect("the journal");
}
