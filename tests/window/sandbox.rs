//! The services that the window talks to, asked directly what they hold, and moved from outside.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use chrono::Utc;
use desk::{DemoCompany, demo};
use serde_json::{Value, json};

pub struct Sandbox {
    admin: String,
    pub credentials: Value,
    /// Services that this test has started itself.
    started: Option<demo::DemoServices>,
}

impl Sandbox {
    /// From what the program noted for its test.
    pub fn noted(note: &Value) -> Self {
        Self { admin: note["admin"].as_str().expect("an address").to_owned(), credentials: note["credentials"].clone(), started: None }
    }

    /// Somebody's own accounts, played beside the program and not by it.
    pub async fn start() -> Self {
        let until = Utc::now().date_naive().pred_opt().expect("yesterday");
        let company = DemoCompany { seed: 1, months: 3, invoices: 60, until };
        let services = demo::on_loopback(&company, None).await.expect("the services start");
        let credentials = serde_json::to_value(&services.credentials).expect("JSON");
        Self { admin: services.admin.clone(), credentials, started: Some(services) }
    }

    /// Where they are, as a development build takes it.
    pub fn bases(&self) -> Option<String> {
        let bases = &self.started.as_ref()?.bases;
        let named = json!({ "stripe": bases.stripe, "connect": bases.connect, "signin": bases.signin, "business_central": bases.business_central });
        Some(named.to_string())
    }

    pub fn credential(&self, name: &str) -> &str {
        self.credentials[name].as_str().expect("a credential of this name")
    }

    /// What every service holds.
    pub fn state(&self) -> Value {
        self.ask("state", None)
    }

    /// What its maker knows should be drafted.
    pub fn expected(&self) -> Value {
        self.ask("expected", None)
    }

    /// Moves the services: their weather, their clock, what a person does in them.
    pub fn order(&self, what: &str, order: &Value) {
        self.ask(what, Some(order));
    }

    /// The key and every token that was given out: what must not be found anywhere.
    pub fn secrets(&self) -> Vec<String> {
        let tokens = self.ask("tokens", None);
        let tokens = tokens.as_array().expect("tokens");
        assert!(tokens.len() >= 2, "an access and a refresh token at least");
        tokens.iter().chain([&self.credentials["stripe_key"]]).map(|secret| secret.as_str().expect("a secret").to_owned()).collect()
    }

    fn ask(&self, what: &str, order: Option<&Value>) -> Value {
        let token = format!("x-sandbox-token: {}", self.credential("token"));
        let address = format!("{}/_sandbox/{what}", self.admin.trim_end_matches('/'));
        let answer = http(if order.is_some() { "POST" } else { "GET" }, &address, &[&token], &order.map(Value::to_string).unwrap_or_default());
        assert_eq!(answer.status, 200, "{what}: {}", answer.body);
        serde_json::from_str(&answer.body).expect("JSON")
    }
}

pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    pub body: String,
}

/// One request to an address of this computer.
pub fn http(method: &str, address: &str, headers: &[&str], body: &str) -> Answer {
    let (authority, target) = address.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("an address of this computer");
    // Not every computer can look its own name up.
    let mut stream = TcpStream::connect(authority.replace("localhost", "127.0.0.1")).expect("somebody listens");
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let length = body.len();
    write!(stream, "{method} /{target} HTTP/1.0\r\nHost: {authority}\r\n{headers}Content-Length: {length}\r\n\r\n{body}").expect("a request");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let location = head.lines().find_map(|line| line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("location")));
    Answer { status, location: location.map(|(_, place)| place.trim().to_owned()), body: body.to_owned() }
}
