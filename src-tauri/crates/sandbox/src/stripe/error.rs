//! Stripe's error body, and the cases the sandbox answers with.

use http::StatusCode;
use serde_json::{Value, json};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    pub status: StatusCode,
    pub kind: &'static str,
    pub code: Option<&'static str>,
    pub message: String,
    pub param: Option<String>,
    /// Whether the endpoint had begun to execute: only then is the answer kept under an idempotency key.
    pub executed: bool,
    /// What only some errors tell, such as the payment that was declined.
    pub more: Vec<(&'static str, Value)>,
}

pub type Result<T> = std::result::Result<T, ApiError>;

impl ApiError {
    /// A request refused before anything was executed.
    pub fn invalid(code: Option<&'static str>, message: impl Into<String>, param: Option<&str>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: "invalid_request_error",
            code,
            message: message.into(),
            param: param.map(str::to_owned),
            executed: false,
            more: Vec::new(),
        }
    }

    /// A request that the state of an object forbids.
    pub fn state(code: &'static str, message: impl Into<String>) -> Self {
        Self { executed: true, ..Self::invalid(Some(code), message, None) }
    }

    /// The object named by the path does not exist.
    pub fn no_such(kind: &str, id: &str, param: &str) -> Self {
        Self { status: StatusCode::NOT_FOUND, ..Self::no_such_value(kind, id, param) }
    }

    /// The object named by a parameter does not exist: the same text, but status 400.
    pub fn no_such_value(kind: &str, id: &str, param: &str) -> Self {
        let kind = kind.rsplit('.').next().unwrap_or(kind).replace('_', " ");
        let shown: String = id.chars().take(200).collect();
        Self { executed: true, ..Self::invalid(Some("resource_missing"), format!("No such {kind}: '{shown}'"), Some(param)) }
    }

    pub fn unauthorized(code: Option<&'static str>, message: impl Into<String>) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, ..Self::invalid(code, message, None) }
    }

    pub fn forbidden(message: impl Into<String>) -> Self {
        Self { status: StatusCode::FORBIDDEN, ..Self::invalid(None, message, None) }
    }

    /// A `Stripe-Account` that the key has nothing to do with.
    pub fn foreign_account(account: &str) -> Self {
        let shown: String = account.chars().take(100).collect();
        let message = format!("The provided key does not have access to account '{shown}' (or that account does not exist).");
        Self { code: Some("account_invalid"), ..Self::forbidden(message) }
    }

    pub fn unknown_url(method: &str, path: &str) -> Self {
        let message = format!(
            "Unrecognized request URL ({method}: {path}). If you are trying to list objects, remove the trailing slash. \
             If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code."
        );
        Self { status: StatusCode::NOT_FOUND, ..Self::invalid(None, message, None) }
    }

    /// A card that its bank refused.
    pub fn declined(reason: &str, charge: &str, intent: Option<Value>) -> Self {
        let mut more = vec![("decline_code", reason.into()), ("charge", charge.into())];
        more.extend(intent.map(|intent| ("payment_intent", intent)));
        let declined = Self::state("card_declined", "Your card was declined.");
        Self { status: StatusCode::PAYMENT_REQUIRED, kind: "card_error", more, ..declined }
    }

    pub fn idempotency(message: impl Into<String>) -> Self {
        Self { kind: "idempotency_error", ..Self::invalid(None, message, None) }
    }

    pub fn key_in_use() -> Self {
        let message = "There is currently another in-progress request using this Idempotent Key. Please try again later.";
        Self { status: StatusCode::CONFLICT, code: Some("idempotency_key_in_use"), ..Self::idempotency(message) }
    }

    pub fn rate_limited() -> Self {
        let message = "Request rate limit exceeded. Learn more about rate limits in the documentation.";
        Self { status: StatusCode::TOO_MANY_REQUESTS, ..Self::invalid(Some("rate_limit"), message, None) }
    }

    pub fn internal() -> Self {
        let message = "An unknown error occurred. The request may or may not have taken effect.";
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, kind: "api_error", executed: true, ..Self::invalid(None, message, None) }
    }

    pub fn body(&self) -> Value {
        let mut error = json!({ "type": self.kind, "message": self.message });
        if let Some(code) = self.code {
            error["code"] = code.into();
            error["doc_url"] = format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-")).into();
        }
        if let Some(param) = &self.param {
            error["param"] = param.as_str().into();
        }
        for (name, value) in &self.more {
            error[*name] = value.clone();
        }
        json!({ "error": error })
    }
}
