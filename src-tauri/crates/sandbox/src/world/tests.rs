use super::*;
use crate::http_host;
use crate::weather::Rule;
use http::StatusCode;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;

fn args() -> Args {
    Args { months: 1, invoices: 20, ..Args::demo(NaiveDate::from_ymd_opt(2026, 11, 19).unwrap()) }
}

fn at(second: i64) -> DateTime<Utc> {
    "2026-11-20T09:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(second)
}

fn stripe(world: &World, method: &str, target: &str, body: &str) -> Request<Bytes> {
    let key = format!("Bearer {}", world.credentials.stripe_key);
    Request::builder().method(method).uri(target).header("authorization", key).body(Bytes::copy_from_slice(body.as_bytes())).unwrap()
}

fn json_of(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

#[test]
fn a_lost_answer_leaves_its_work_done_and_a_lost_request_does_not() {
    let mut world = World::new(args());
    let rule = |after, fault| Rule { port: Port::Stripe, method: Some("POST".into()), path: "/v1/customers".into(), after, times: Some(1), fault };
    world.weather = Weather::of(vec![rule(0, Fault::LoseBefore), rule(1, Fault::LoseAfter), rule(2, Fault::Cut { at: 5 })]);
    let count = |world: &World| world.stripe.store.all("customer").count();
    let before = count(&world);
    let mut fates = Vec::new();
    for n in 0..4 {
        let request = stripe(&world, "POST", "/v1/customers", "name=A");
        fates.push((world.meet(Port::Stripe, at(n), request).fate, count(&world) - before));
    }
    assert!(matches!(fates[0], (Fate::LostBefore, 0)));
    assert!(matches!(fates[1], (Fate::LostAfter, 1)));
    assert!(matches!(fates[2], (Fate::Cut { at: 5, .. }, 2)));
    assert!(matches!(fates[3], (Fate::Answer(_), 3)));
}

#[test]
fn a_key_is_in_use_while_its_first_request_runs() {
    let mut world = World::new(args());
    let rule = Rule {
        port: Port::Stripe,
        method: Some("POST".into()),
        path: "*".into(),
        after: 0,
        times: Some(1),
        fault: Fault::LoseWhileRunning { seconds: 30 },
    };
    world.weather = Weather::of(vec![rule]);
    let mut post = |second: i64| {
        let mut request = stripe(&world, "POST", "/v1/customers", "name=A");
        request.headers_mut().insert("idempotency-key", "k".parse().unwrap());
        match world.meet(Port::Stripe, at(second), request).fate {
            Fate::Answer(response) => (response.status().as_u16(), json_of(&response)["error"]["code"].clone()),
            _ => (0, Value::Null),
        }
    };
    assert_eq!(post(0).0, 0);
    assert_eq!(post(29), (409, json!("idempotency_key_in_use")));
    assert_eq!(post(30).0, 200);
}

#[test]
fn a_slow_ledger_makes_the_sixth_request_of_a_user_wait_for_the_first() {
    let mut world = World::new(args());
    let rule = Rule { port: Port::BusinessCentral, method: None, path: "*".into(), after: 0, times: None, fault: Fault::Delay { millis: 700 } };
    world.weather = Weather::of(vec![rule]);
    let caller = company::observer(&world.credentials);
    let path = world.companies();
    let mut ask = |second: i64| {
        let request = Request::get(path.as_str()).extension(caller.clone()).body(Bytes::new()).unwrap();
        world.meet(Port::BusinessCentral, at(second), request).delay.as_millis()
    };
    let delays: Vec<u128> = (0..11).map(|_| ask(0)).collect();
    assert_eq!(delays, [700, 700, 700, 700, 700, 1_400, 1_400, 1_400, 1_400, 1_400, 2_100]);
    assert_eq!(ask(3), 700);
}

#[test]
fn pages_change_and_events_come_twice() {
    let mut world = World::new(args());
    let once = |path: &str, fault| Rule { port: Port::Stripe, method: Some("GET".into()), path: path.into(), after: 0, times: Some(1), fault };
    let meanwhile = Fault::Meanwhile { method: "POST".into(), target: "/v1/customers".into(), body: "name=New".into() };
    world.weather = Weather::of(vec![once("/v1/customers", meanwhile), once("/v1/events", Fault::Disorder)]);
    let mut get = |second: i64, target: &str| {
        let request = stripe(&world, "GET", target, "");
        match world.meet(Port::Stripe, at(second), request).fate {
            Fate::Answer(response) => json_of(&response)["data"].as_array().unwrap().clone(),
            _ => Vec::new(),
        }
    };
    assert_eq!(get(0, "/v1/customers?limit=1")[0]["name"], "New");
    let (torn, whole) = (get(1, "/v1/events?limit=3"), get(2, "/v1/events?limit=3"));
    assert_eq!((torn.len(), whole.len()), (4, 3));
    assert_eq!((&torn[0], &torn[3]), (&whole[0], &whole[0]));
}

#[test]
fn the_admin_port_wants_the_token() {
    let mut world = World::new(args());
    let token = world.credentials.token.clone();
    let mut ask = |method: &str, path: &str, token: Option<&str>, body: &str| {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header("x-sandbox-token", token);
        }
        let request = request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
        let response = world.handle(Port::Admin, at(0), request);
        (response.status(), json_of(&response))
    };
    for path in ["/_sandbox/state", "/_sandbox/requests", "/_sandbox/expected"] {
        assert_eq!(ask("GET", path, None, "").0, StatusCode::UNAUTHORIZED);
        assert_eq!(ask("GET", path, Some("x"), "").0, StatusCode::UNAUTHORIZED);
        assert_eq!(ask("GET", path, Some(&token), "").0, StatusCode::OK);
    }
    assert_eq!(ask("POST", "/_sandbox/clock", Some(&token), "{\"move_by_seconds\":86400}").1["now"], "2026-11-21T09:00:00Z");
    assert_eq!(ask("GET", "/_sandbox/state", Some(&token), "").1["now"], "2026-11-21T09:00:00Z");
    for body in ["", "{}", "{\"to\":\"9999-01-01T00:00:00Z\"}", "{\"move_by_seconds\":9223372036854775807}"] {
        assert_eq!(ask("POST", "/_sandbox/clock", Some(&token), body).0, StatusCode::BAD_REQUEST, "{body}");
    }
}

#[test]
fn recorded_traffic_shows_requests_but_no_secrets() {
    let mut world = World::new(args());
    world.traffic.on = true;
    let key = world.credentials.stripe_key.clone();
    let request = stripe(&world, "POST", "/v1/customers", "name=A");
    world.handle(Port::Stripe, at(0), request);
    let shown = serde_json::to_string(&world.traffic.exchanges().collect::<Vec<_>>()).unwrap();
    assert!(shown.contains("\"target\":\"/v1/customers\"") && shown.contains("name=A") && shown.contains("200"));
    assert!(!shown.contains(&key));
}

#[test]
fn looking_from_outside_sees_the_ledger_and_moves_nothing() {
    let mut world = World::new(args());
    let once = world.look_into_ledger(at(0), "salesInvoices");
    assert!(!once["value"].as_array().unwrap().is_empty());
    assert_eq!(once, world.look_into_ledger(at(1), "salesInvoices"));
}

#[test]
fn a_journal_brings_the_same_world_back() {
    let folder = std::env::temp_dir().join(format!("countersign-sandbox-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("journal");
    let write = |world: &mut World, second: i64, target: &str, body: &str| {
        let request = stripe(world, "POST", target, body);
        json_of(&world.handle(Port::Stripe, at(second), request))
    };
    let mut first = World::with_journal(args(), &path).unwrap();
    let customer = write(&mut first, 0, "/v1/customers", "name=Å");
    let read = stripe(&first, "GET", "/v1/customers", "");
    first.handle(Port::Stripe, at(1), read);
    write(&mut first, 90_000, &format!("/v1/customers/{}", customer["id"].as_str().unwrap()), "metadata[a]=b");
    let state = first.stripe.state(at(90_001).timestamp());
    drop(first);
    // A line cut short by a crash does not count.
    let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"{\"now\":\"2026").unwrap();
    let mut second = World::with_journal(args(), &path).unwrap();
    assert_eq!(second.stripe.state(at(90_001).timestamp()), state);
    let next = write(&mut second, 90_002, "/v1/customers", "name=B");
    assert_ne!(next["id"], customer["id"]);
    drop(second);
    assert!(matches!(World::with_journal(Args { seed: 9, ..args() }, &path), Err(JournalError::OtherArguments(_))));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn sockets_carry_what_the_weather_decides() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut world = World::new(args());
    world.stripe.rate_limits = false;
    let rule = |path: &str, fault| Rule { port: Port::Stripe, method: None, path: path.into(), after: 0, times: None, fault };
    world.weather = Weather::of(vec![rule("/v1/balance", Fault::LoseAfter), rule("/v1/account", Fault::Cut { at: 10 })]);
    let key = world.credentials.stripe_key.clone();
    runtime.block_on(async {
        let running = http_host::serve(world, "127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = running.bases.stripe.trim_start_matches("http://").to_owned();
        let ask = move |path: &'static str| {
            let (address, key) = (address.clone(), key.clone());
            tokio::task::spawn_blocking(move || {
                let mut line = TcpStream::connect(address).unwrap();
                write!(line, "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\nconnection: close\r\n\r\n").unwrap();
                let mut all = Vec::new();
                // A connection that breaks is what some of these are about.
                let _ = line.read_to_end(&mut all);
                String::from_utf8_lossy(&all).into_owned()
            })
        };
        let whole = ask("/v1/customers?limit=1").await.unwrap();
        assert!(whole.starts_with("HTTP/1.1 200 OK") && whole.contains("\"object\":\"list\""), "{whole}");
        assert_eq!(ask("/v1/balance").await.unwrap(), "");
        let cut = ask("/v1/account").await.unwrap();
        let (head, body) = cut.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK"));
        assert_eq!(body.len(), 10);
        assert_eq!(json!(running.world.lock().unwrap().requests.len()), json!(3));
        running.stop().await;
    });
}
