//! One answer of a sign-in page: recognised by its state, taken once.

use percent_encoding::percent_decode_str;
use remote::Secret;
use secrecy::ExposeSecret;

use crate::SignInError;

/// A sign-in that waits for its one answer. `F` is what its code will be redeemed with.
pub struct Pending<F> {
    redirect: String,
    state: Secret,
    /// Taken by the one answer that is accepted.
    flow: Option<F>,
}

/// What a request to the redirect address is.
pub enum Arrival<F> {
    /// The answer; nothing after it is accepted.
    Code(Box<Redeemable<F>>),
    /// The answer is no.
    Refused(SignInError),
    /// Somebody else's request (wrong state, wrong path, too late): to be ignored.
    NotOurs,
}

/// A code that can be redeemed once.
pub struct Redeemable<F> {
    pub(crate) code: Secret,
    pub(crate) flow: F,
}

impl<F> Pending<F> {
    pub(crate) fn new(redirect: impl Into<String>, state: Secret, flow: F) -> Self {
        Self { redirect: redirect.into(), state, flow: Some(flow) }
    }

    /// Where the page was asked to send the browser.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect
    }

    /// Judges one request to the redirect address: `/?code=…&state=…`, or the whole URL.
    pub fn arrive(&mut self, uri: &str) -> Arrival<F> {
        let Some(answer) = Answer::read(uri, self.path()).filter(|answer| self.has_state(answer)) else { return Arrival::NotOurs };
        let Some(flow) = self.flow.take() else { return Arrival::NotOurs };
        match (answer.error, answer.code) {
            (Some(error), _) => Arrival::Refused(SignInError::from_redirect(&error, answer.description.as_deref())),
            (None, Some(code)) => Arrival::Code(Box::new(Redeemable { code: Secret::from(code), flow })),
            (None, None) => Arrival::Refused(SignInError::Unreadable),
        }
    }

    /// Of the redirect address; `/` where it names none.
    fn path(&self) -> &str {
        let behind = self.redirect.split_once("://").map_or(self.redirect.as_str(), |(_, rest)| rest);
        behind.find('/').and_then(|at| behind.get(at..)).unwrap_or("/")
    }

    fn has_state(&self, answer: &Answer) -> bool {
        let (expected, given) = (self.state.expose_secret().as_bytes(), answer.state.as_deref().unwrap_or_default().as_bytes());
        expected.len() == given.len() && expected.iter().zip(given).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
    }
}

#[derive(Default)]
struct Answer {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    description: Option<String>,
}

impl Answer {
    /// A parameter that comes twice makes the answer unreadable.
    fn read(uri: &str, path: &str) -> Option<Self> {
        let uri: http::Uri = uri.parse().ok()?;
        // An address without a path is answered with one (RFC 3986 §6.2.3).
        let asked = if uri.path().is_empty() { "/" } else { uri.path() };
        if asked != path {
            return None;
        }
        let mut answer = Self::default();
        for pair in uri.query()?.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let place = match name {
                "state" => &mut answer.state,
                "code" => &mut answer.code,
                "error" => &mut answer.error,
                "error_description" => &mut answer.description,
                _ => continue,
            };
            let value = percent_decode_str(&value.replace('+', " ")).decode_utf8().ok()?.into_owned();
            if place.replace(value).is_some() {
                return None;
            }
        }
        Some(answer)
    }
}
