//! Takes secrets out of text before anybody can read it.

use std::{
    collections::BTreeSet,
    sync::{PoisonError, RwLock},
};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use secrecy::ExposeSecret;

use crate::{Secret, request::percent};

/// What stands in place of a secret.
const MARK: &str = "[secret]";
/// Shorter values are no secrets of ours, and removing them would make text unreadable.
const SHORTEST: usize = 6;
/// Shorter pieces of base 64 occur by chance.
const SHORTEST_BASE64: usize = 8;

/// Knows every secret of this run in every form it can take in a URL, a body or an error:
/// plain, percent-encoded, JSON-escaped, and base 64 at any offset.
#[derive(Default)]
pub struct Redactor(RwLock<BTreeSet<Form>>);

/// Ordered by length, longest first, so that no form is left half removed.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Form {
    length: std::cmp::Reverse<usize>,
    text: String,
    any_case: bool,
}

impl Redactor {
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on this value is removed. Call it before the value is first used.
    pub fn plant(&self, secret: &Secret) {
        let plain = secret.expose_secret();
        if plain.len() < SHORTEST {
            return;
        }
        let json = serde_json::Value::from(plain).to_string();
        let ascii_json: String = json.chars().map(|c| if c.is_ascii() { c.to_string() } else { escaped_utf16(c) }).collect();
        let percented = percent(plain);
        let form = percented.replace("%20", "+");
        let every_byte: String = plain.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let exact = [plain.to_owned(), inside(&json), inside(&ascii_json)];
        let any_case = [percented, form, every_byte];

        let mut forms = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for text in exact.into_iter().chain(base64_forms(plain.as_bytes())) {
            forms.insert(Form { length: std::cmp::Reverse(text.len()), text, any_case: false });
        }
        // The hex digits of an escape may be written in either case.
        for text in any_case {
            forms.insert(Form { length: std::cmp::Reverse(text.len()), text, any_case: true });
        }
    }

    /// The text without any planted secret.
    pub fn clean(&self, text: &str) -> String {
        let forms = self.0.read().unwrap_or_else(PoisonError::into_inner);
        forms.iter().fold(text.to_owned(), |text, form| form.remove(&text))
    }

    /// An error with all its causes, in one line.
    pub fn clean_error(&self, error: &(dyn std::error::Error + 'static)) -> String {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        self.clean(&text)
    }
}

/// Says how many secrets are known, and none of them.
impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor")
    }
}

impl Form {
    fn remove(&self, text: &str) -> String {
        if !self.any_case {
            return text.replace(&self.text, MARK);
        }
        // ASCII folding keeps every byte's place.
        let (folded, wanted) = (text.to_ascii_lowercase(), self.text.to_ascii_lowercase());
        let mut out = String::new();
        let mut rest = 0;
        for (at, _) in folded.match_indices(&wanted) {
            out.push_str(&text[rest..at]);
            out.push_str(MARK);
            rest = at + wanted.len();
        }
        out.push_str(&text[rest..]);
        out
    }
}

/// Base 64 of the secret wherever it begins inside other bytes (`user:secret` of Basic
/// authentication, a JSON body): the characters that depend on the secret alone.
fn base64_forms(secret: &[u8]) -> Vec<String> {
    let mut forms = Vec::new();
    for offset in 0..3 {
        let mut bytes = vec![0; offset];
        bytes.extend_from_slice(secret);
        let first = (offset * 8).div_ceil(6);
        let last = bytes.len() * 8 / 6;
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let text = engine.encode(&bytes);
            forms.extend(text.get(first..last).filter(|text| text.len() >= SHORTEST_BASE64).map(str::to_owned));
        }
    }
    forms
}

fn inside(quoted: &str) -> String {
    quoted.trim_start_matches('"').strip_suffix('"').unwrap_or(quoted).to_owned()
}

fn escaped_utf16(c: char) -> String {
    c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLANTED: &str = "rk_test_Zß\"9/ q+7&=\\Ω";

    #[test]
    fn no_form_of_a_secret_survives() {
        let redactor = Redactor::new();
        redactor.plant(&Secret::from(PLANTED));
        let lower = percent(PLANTED).replace("%C3%9F", "%c3%9f").replace("%2F", "%2f");
        let mut texts = vec![
            PLANTED.to_owned(),
            percent(PLANTED),
            lower,
            percent(PLANTED).replace("%20", "+"),
            serde_json::Value::from(PLANTED).to_string(),
            "rk_test_Z\\u00df\\\"9/ q+7&=\\\\\\u03a9".to_owned(),
            PLANTED.bytes().map(|byte| format!("%{byte:02x}")).collect(),
        ];
        for before in ["", "u", "us", "user:"] {
            texts.push(STANDARD_NO_PAD.encode(format!("{before}{PLANTED}:tail")));
            texts.push(URL_SAFE_NO_PAD.encode(format!("{before}{PLANTED}")));
        }
        for text in texts {
            let cleaned = redactor.clean(&format!("https://x/?key={text}&limit=1"));
            assert!(cleaned.contains(MARK), "{text} was not found");
            assert!(!cleaned.contains("9/ q") && !cleaned.contains("rk_test_Z"), "{text} left {cleaned}");
            assert!(cleaned.starts_with("https://x/?key=") && cleaned.ends_with("&limit=1"), "{cleaned}");
        }
    }

    #[test]
    fn other_text_stays_and_causes_are_cleaned_too() {
        let redactor = Redactor::new();
        redactor.plant(&Secret::from("sk_live_planted"));
        redactor.plant(&Secret::from("ab"));
        assert_eq!(redactor.clean("about Ærø, 100 %"), "about Ærø, 100 %");

        #[derive(Debug, thiserror::Error)]
        #[error("could not connect")]
        struct Outer(#[source] std::io::Error);
        let error = Outer(std::io::Error::other("key sk_live_planted"));
        assert_eq!(redactor.clean_error(&error), "could not connect: key [secret]");
    }
}
