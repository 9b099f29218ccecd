//! The demo company, asked directly what it holds.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::Value;

pub struct Sandbox {
    authority: String,
    pub credentials: Value,
}

impl Sandbox {
    /// From what the program noted for its test.
    pub fn noted(note: &Value) -> Self {
        let admin = note["admin"].as_str().expect("an address");
        Self { authority: admin.trim_start_matches("http://").trim_end_matches('/').to_owned(), credentials: note["credentials"].clone() }
    }

    /// What every service holds.
    pub fn state(&self) -> Value {
        self.get("state")
    }

    /// What its maker knows should be drafted.
    pub fn expected(&self) -> Value {
        self.get("expected")
    }

    /// The key and every token that was given out: what must not be found anywhere.
    pub fn secrets(&self) -> Vec<String> {
        let tokens = self.get("tokens");
        let tokens = tokens.as_array().expect("tokens");
        assert!(tokens.len() >= 2, "an access and a refresh token at least");
        tokens.iter().chain([&self.credentials["stripe_key"]]).map(|secret| secret.as_str().expect("a secret").to_owned()).collect()
    }

    fn get(&self, what: &str) -> Value {
        let mut stream = TcpStream::connect(&self.authority).expect("the demo company");
        let token = self.credentials["token"].as_str().expect("its token");
        write!(stream, "GET /_sandbox/{what} HTTP/1.0\r\nHost: {}\r\nx-sandbox-token: {token}\r\n\r\n", self.authority).expect("a request");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        let head = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        serde_json::from_slice(&answer[head + 4..]).expect("JSON")
    }
}
