//! Every fault at every service, and what the services send by themselves, over real sockets.

use super::*;
use crate::weather::{Fault, Refusal, Reply, Rule, Weather};
use crate::world::{Args, Credentials};
use chrono::{DateTime, NaiveDate, TimeDelta};
use serde_json::{Value, json};
use std::io::{BufRead, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

const SERVICES: [Port; 5] = [Port::Stripe, Port::Entra, Port::BusinessCentral, Port::EconomicRest, Port::EconomicOpen];
const A_MOMENT: Duration = Duration::from_millis(20);
/// Nothing here may hang.
const PATIENCE: Duration = Duration::from_secs(10);

/// What comes back over a line that the service may have broken.
struct Said {
    bytes: usize,
    status: u16,
    head: String,
    body: Vec<u8>,
    took: Duration,
}

impl Said {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}: ")));
        line.and_then(|line| line.split_once(": ")).map_or("", |(_, value)| value)
    }

    fn entries(&self) -> usize {
        let json = self.json();
        let list = ["data", "value", "collection", "items"].into_iter().find_map(|name| json[name].as_array().map(Vec::len));
        list.unwrap_or_default()
    }
}

fn ask(base: &str, request: &str) -> Said {
    let begun = Instant::now();
    let mut line = TcpStream::connect(base.trim_start_matches("http://")).unwrap();
    line.set_read_timeout(Some(PATIENCE)).unwrap();
    line.write_all(request.as_bytes()).unwrap();
    let mut all = Vec::new();
    // A connection that breaks is what many of these are about.
    let _ = line.read_to_end(&mut all);
    let end = all.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(all.len());
    let (head, body) = all.split_at(end);
    let head = String::from_utf8_lossy(head).into_owned();
    let status = head.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
    Said { bytes: all.len(), status, body: body.get(4..).unwrap_or_default().to_vec(), head, took: begun.elapsed() }
}

/// How one service is asked for something new and for a list.
struct Service {
    port: Port,
    base: String,
    keys: String,
    create: (String, String),
    list: String,
    /// The same as `create`, by somebody else.
    meanwhile: (String, String),
}

impl Service {
    fn post(&self) -> Said {
        let (target, body) = &self.create;
        let kind = if body.starts_with('{') { "application/json" } else { "application/x-www-form-urlencoded" };
        let head = format!("POST {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{}content-type: {kind}\r\n", self.keys);
        ask(&self.base, &format!("{head}content-length: {}\r\n\r\n{body}", body.len()))
    }

    fn get(&self) -> Said {
        ask(&self.base, &format!("GET {} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{}\r\n", self.list, self.keys))
    }
}

/// How much was made at a service so far.
fn made(world: &World, port: Port) -> usize {
    match port {
        Port::Stripe => world.stripe.store.all("customer").count(),
        Port::BusinessCentral => world.business_central.counts().values().map(|counts| counts["customers"]).sum(),
        Port::Entra => world.entra.tokens().len(),
        _ => world.economic.counts().values().map(|counts| counts["customers"]).sum(),
    }
}

fn service(port: Port, running: &Bases, keys: &Credentials, company: &str) -> Service {
    let scope = "https%3A%2F%2Fapi.businesscentral.dynamics.com%2F.default";
    let token =
        format!("grant_type=client_credentials&client_id={}&client_secret={}&scope={scope}", keys.service_client_id, keys.service_client_secret);
    let token_path = format!("/{}/oauth2/v2.0/token", keys.tenant);
    let economic = format!("x-appsecrettoken: {}\r\nx-agreementgranttoken: {}\r\n", keys.economic_secret, keys.economic_grant);
    let customer = json!({ "name": "Ny", "currency": "DKK", "customerGroup": { "customerGroupNumber": 1 }, "paymentTerms": { "paymentTermsNumber": 1 },
        "vatZone": { "vatZoneNumber": 1 } });
    let (base, keys, create, list, meanwhile) = match port {
        Port::Stripe => (
            &running.stripe,
            format!("authorization: Bearer {}\r\n", keys.stripe_key),
            ("/v1/customers".into(), "name=Ny".into()),
            "/v1/customers?limit=100".into(),
            ("/v1/customers", "name=En".into()),
        ),
        Port::Entra => (&running.entra, String::new(), (token_path.clone(), token), token_path, ("", String::new())),
        Port::BusinessCentral => {
            let bought = Service {
                port: Port::Entra,
                base: running.entra.clone(),
                keys: String::new(),
                create: (token_path, token),
                list: String::new(),
                meanwhile: (String::new(), String::new()),
            };
            let customers = format!("/v2.0/{}/{}/api/v2.0/companies({company})/customers", keys.tenant, keys.environment);
            (
                &running.business_central,
                format!("authorization: Bearer {}\r\n", bought.post().json()["access_token"].as_str().unwrap_or_default()),
                (customers.clone(), json!({ "displayName": "Ny" }).to_string()),
                customers,
                ("customers", json!({ "displayName": "En" }).to_string()),
            )
        }
        Port::EconomicRest => (
            &running.economic_rest,
            economic,
            ("/customers".into(), customer.to_string()),
            "/customers?pagesize=1000".into(),
            ("/customers", customer.to_string()),
        ),
        _ => (
            &running.economic_open,
            economic,
            ("/productsapi/v2.0.0/products".into(), String::new()),
            "/customersapi/v3.1.0/customers".into(),
            ("/customersapi/v3.1.0/customers", row(900_001)),
        ),
    };
    Service { port, base: base.clone(), keys, create, list, meanwhile: (meanwhile.0.to_owned(), meanwhile.1) }
}

/// A customer as the services of e-conomic want it.
fn row(number: u64) -> String {
    json!({ "customerNumber": number, "name": "Ny", "currency": "DKK", "customerGroupNumber": 1, "paymentTermId": 1, "zone": 1, "access": true })
        .to_string()
}

/// What a fault does to a write.
struct Case {
    fault: Fault,
    /// 0: no answer at all.
    status: fn(u16) -> bool,
    done: bool,
    more: fn(&Said) -> bool,
}

fn good(status: u16) -> bool {
    (200..300).contains(&status)
}

fn cases() -> Vec<Case> {
    let case = |fault, status, done| Case { fault, status, done, more: |_| true };
    let told = |status, after_work| Fault::Refuse(Refusal { after_work, retry_after: Some(7), ..Refusal::of(status) });
    let waited = |said: &Said| said.took >= A_MOMENT && said.bytes == 0;
    let millis = A_MOMENT.as_millis() as u64;
    let reply = || Reply { status: 418, headers: [("x-why".into(), "weather".into())].into(), body: "tea".into() };
    let own = |said: &Said| said.json().is_object() && said.header("retry-after") == "7";
    vec![
        Case { more: |said| said.took >= A_MOMENT, ..case(Fault::Delay { millis }, good, true) },
        Case { more: |said| said.bytes == 0, ..case(Fault::LoseBefore, |status| status == 0, false) },
        Case { more: |said| said.bytes == 0, ..case(Fault::LoseAfter, |status| status == 0, true) },
        Case { more: waited, ..case(Fault::TimeOutBefore { millis }, |status| status == 0, false) },
        Case { more: waited, ..case(Fault::TimeOutAfter { millis }, |status| status == 0, true) },
        Case { more: |said| said.bytes == 20, ..case(Fault::CutHead { at: 20 }, |_| true, true) },
        Case { more: |said| said.body.len() == 5, ..case(Fault::Cut { at: 5 }, good, true) },
        Case { more: |said| said.header("content-type") == "text/html", ..case(Fault::ContentType("text/html".into()), good, true) },
        Case { more: own, ..case(told(401, false), |status| status == 401, false) },
        Case { more: own, ..case(told(403, false), |status| status == 403, false) },
        Case { more: own, ..case(told(409, false), |status| status == 409, false) },
        Case { more: own, ..case(told(429, false), |status| status == 429, false) },
        Case { more: |said| said.header("retry-after").is_empty(), ..case(Fault::Refuse(Refusal::of(429)), |status| status == 429, false) },
        Case { more: own, ..case(told(503, false), |status| status == 503, false) },
        Case { more: own, ..case(told(502, true), |status| status == 502, true) },
        Case { more: |said| said.header("x-why") == "weather" && said.body == b"tea", ..case(Fault::Reply(reply()), |status| status == 418, false) },
        case(Fault::ReplyAfter(reply()), |status| status == 418, true),
        Case { more: |said| said.json().is_object(), ..case(Fault::BreakInside, |status| status == 500, false) },
    ]
}

fn args() -> Args {
    Args { months: 1, invoices: 20, ..Args::demo(NaiveDate::from_ymd_opt(2026, 11, 19).unwrap()) }
}

/// Runs a test in a thread beside a served world.
fn beside(test: impl FnOnce(Bases, Arc<Mutex<World>>) + Send + 'static) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut world = World::new(args());
    world.stripe.rate_limits = false;
    runtime.block_on(async {
        let running = serve(world, "127.0.0.1:0".parse().unwrap()).await.unwrap();
        let (bases, world) = (running.bases.clone(), Arc::clone(&running.world));
        tokio::task::spawn_blocking(move || test(bases, world)).await.unwrap();
        running.stop().await;
    });
}

fn strike_once(world: &Mutex<World>, port: Port, after: u64, fault: Fault) {
    let rule = Rule { port, method: None, path: "*".into(), after, times: Some(1), fault };
    world.lock().unwrap().weather = Weather::of(vec![rule]);
}

fn services(bases: &Bases, world: &Mutex<World>) -> Vec<Service> {
    let (keys, company) = {
        let mut world = world.lock().unwrap();
        (world.credentials.clone(), world.ledger_company(DateTime::UNIX_EPOCH).unwrap())
    };
    SERVICES.into_iter().map(|port| service(port, bases, &keys, &company)).collect()
}

#[test]
fn every_fault_strikes_every_service() {
    beside(|bases, world| {
        let mut number = 900_100;
        for mut service in services(&bases, &world) {
            for case in cases() {
                if service.port == Port::EconomicOpen {
                    number += 1;
                    service.create = ("/customersapi/v3.1.0/customers".into(), row(number));
                }
                let what = format!("{:?} at {:?}", case.fault, service.port);
                let before = made(&world.lock().unwrap(), service.port);
                strike_once(&world, service.port, 0, case.fault);
                let said = service.post();
                assert!((case.status)(said.status), "{what}: {} {}", said.head, String::from_utf8_lossy(&said.body));
                assert!((case.more)(&said), "{what}: {} {}", said.head, String::from_utf8_lossy(&said.body));
                let after = made(&world.lock().unwrap(), service.port);
                assert_eq!(after - before, usize::from(case.done), "{what}");
            }
        }
    });
}

#[test]
fn lists_change_come_twice_grow_old_and_bear_another_time() {
    beside(|bases, world| {
        for (n, mut service) in services(&bases, &world).into_iter().enumerate().filter(|(_, service)| service.port != Port::Entra) {
            if service.port == Port::EconomicOpen {
                service.create = ("/customersapi/v3.1.0/customers".into(), row(900_200));
            }
            let what = service.port;
            let whole = service.get().entries();
            assert!(whole > 1, "{what:?}");
            strike_once(&world, service.port, 0, Fault::Disorder);
            assert_eq!(service.get().entries(), whole + 1, "{what:?} tells its first entry twice");
            let (target, body) = service.meanwhile.clone();
            strike_once(&world, service.port, 0, Fault::Meanwhile { method: "POST".into(), target, body });
            assert_eq!(service.get().entries(), whole + 1, "{what:?} changes between two reads");
            strike_once(&world, service.port, 1, Fault::Stale);
            let first = service.get();
            strike_once_more(&world, service.port);
            assert!(good(service.post().status), "{what:?}");
            assert_eq!(service.get().body, first.body, "{what:?} is stale");
            assert_eq!(service.get().entries(), whole + 2, "{what:?} is fresh again");
            let skewed = Fault::Skew { seconds: 3_600 * (n as i64 + 1) };
            strike_once(&world, service.port, 0, skewed);
            let (ahead, now) = (service.get(), service.get());
            let at = |said: &Said| DateTime::parse_from_rfc2822(said.header("date")).unwrap();
            if what != Port::Stripe {
                assert!((at(&ahead) - at(&now)).num_minutes() > 55, "{what:?} {} {}", ahead.head, now.head);
            }
        }
    });
}

/// Spares the write that follows the first read, so that the second read is the stale one.
fn strike_once_more(world: &Mutex<World>, port: Port) {
    let mut world = world.lock().unwrap();
    world.weather.rules = vec![Rule { port, method: Some("GET".into()), path: "*".into(), after: 1, times: Some(1), fault: Fault::Stale }];
}

#[test]
fn a_listener_is_asked_before_it_is_subscribed_and_told_what_changed() {
    beside(|bases, world| {
        let ledger = services(&bases, &world).into_iter().find(|service| service.port == Port::BusinessCentral).unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (customers, _) = ledger.create.clone();
        let (keys, base) = (ledger.keys.clone(), ledger.base.clone());
        let root = customers.split("/companies").next().unwrap().to_owned();
        let resource = customers.replacen(&root, "/api/v2.0", 1);
        let subscribe = Service {
            create: (
                format!("{root}/subscriptions"),
                json!({ "notificationUrl": format!("http://{address}/hook"), "resource": resource, "clientState": "s" }).to_string(),
            ),
            list: format!("{root}/subscriptions"),
            ..ledger
        };
        // Once with the wrong answer, once with the token, then for what changed.
        let (tell, heard) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for n in 0..3 {
                let (line, _) = listener.accept().unwrap();
                line.set_read_timeout(Some(PATIENCE)).unwrap();
                let mut reader = std::io::BufReader::new(&line);
                let mut text = String::new();
                while !text.ends_with("\r\n\r\n") && reader.read_line(&mut text).unwrap() > 0 {}
                let length = text.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok()).unwrap_or(0);
                let mut body = vec![0u8; length];
                reader.read_exact(&mut body).unwrap();
                text.push_str(&String::from_utf8_lossy(&body));
                let token = text.split("validationToken=").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
                let body = if n == 0 { "no" } else { token };
                write!(&line, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
                tell.send(text).unwrap();
            }
        });
        let refused = subscribe.post();
        assert_eq!((refused.status, refused.json()["error"]["code"].as_str()), (400, Some("BadRequest")));
        assert_eq!(subscribe.get().entries(), 0);
        assert_eq!(subscribe.post().status, 201);
        assert_eq!(subscribe.get().entries(), 1);
        let ledger = Service { keys, base, create: (customers.clone(), json!({ "displayName": "Ny" }).to_string()), list: customers, ..subscribe };
        assert_eq!(ledger.post().status, 201);
        world.lock().unwrap().offset += TimeDelta::seconds(31);
        ledger.get();
        let heard: Vec<String> = (0..3).map(|_| heard.recv_timeout(PATIENCE).unwrap()).collect();
        let told: Value = heard[2].split("\r\n\r\n").nth(1).and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
        assert_eq!((told["value"][0]["changeType"].as_str(), told["value"][0]["clientState"].as_str()), (Some("created"), Some("s")));
    });
}
