//! The two shapes of a refusal: the REST API's own, and `application/problem+json` of the services.
//!
//! Shapes: bodies recorded by public clients (github.com/Pogoe/EConomic.NET tests, dabster2000/intranetservices tests);
//! codes: github.com/e-conomic/slate source/includes and docs/legacy-api-verification.md of EConomic.NET.

use super::Surface;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Fault {
    pub status: StatusCode,
    /// `E06000` or a word such as `UpdateConflict`; empty when there is none.
    pub code: &'static str,
    pub message: String,
    pub hint: String,
    /// What is wrong with the body, by its own tree.
    pub problems: Vec<Problem>,
    pub query: Option<Box<QueryProblem>>,
    pub retry_after: Option<i64>,
    /// Vouchers answer with an array, and so do their errors.
    pub in_array: bool,
}

/// What is wrong with a query, and what it may name instead.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryProblem {
    pub text: String,
    pub allowed: Option<Vec<&'static str>>,
}

/// One thing wrong in a body.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub path: Vec<Step>,
    pub code: &'static str,
    pub message: String,
    pub value: Option<Value>,
    pub hint: &'static str,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Name(String),
    Item(usize),
}

impl Problem {
    /// `path` as `lines[2].product`.
    pub fn new(path: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self { path: steps(path), code, message: message.into(), value: None, hint: "" }
    }

    pub fn of(mut self, value: Value) -> Self {
        self.value = Some(value);
        self
    }

    pub fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }

    pub fn missing(path: &str) -> Self {
        let name = path.rsplit('.').next().unwrap_or(path);
        Self::new(path, "E04042", format!("{name} is missing a value")).hint("Specify a value for the property.")
    }

    pub fn unknown(path: &str, what: &str, value: Value) -> Self {
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Self::new(path, "E06000", format!("{what} '{shown}' not found.")).of(value)
    }

    fn name(&self) -> String {
        self.path.iter().rev().find_map(|step| if let Step::Name(name) = step { Some(name.clone()) } else { None }).unwrap_or_default()
    }
}

fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let (name, index) = part.split_once('[').map_or((part, None), |(name, rest)| (name, rest.trim_end_matches(']').parse().ok()));
        steps.push(Step::Name(name.to_owned()));
        steps.extend(index.map(Step::Item));
    }
    steps
}

impl Fault {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), hint: String::new(), problems: Vec::new(), query: None, retry_after: None, in_array: false }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    pub fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub fn login(code: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, "Login to API server failed.")
            .hint("Supply valid X-AppSecretToken and X-AgreementGrantToken headers of one app and one agreement.")
    }

    pub fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "E06000", "Resource not found.")
    }

    pub fn method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "", "The requested resource does not support this http method.")
    }

    pub fn crashed() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "E00500", "An unexpected error occurred.")
    }

    pub fn validation(problems: Vec<Problem>) -> Self {
        let count = problems.len();
        let message = format!("Validation failed. {count} error{} found.", if count == 1 { "" } else { "s" });
        Self { problems, ..Self::bad("E04300", message).hint("Inspect validation errors and correct your request.") }
    }

    /// A single cause, told at the top and in the tree.
    pub fn one(problem: Problem) -> Self {
        Self::validation(vec![problem])
    }

    pub fn conflict() -> Self {
        Self::new(StatusCode::CONFLICT, "UpdateConflict", "The object version is missing or was changed by somebody else.")
    }

    pub fn response(&self, surface: Surface, at: &Moment) -> Response<Bytes> {
        let (kind, body) = match surface {
            Surface::Rest => ("application/json; charset=utf-8", self.own_shape(at)),
            Surface::Open => ("application/problem+json; charset=utf-8", self.problem_shape(at)),
        };
        let mut response = Response::new(Bytes::from(body.to_string()));
        *response.status_mut() = self.status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    fn own_shape(&self, at: &Moment) -> Value {
        let mut body = json!({
            "message": self.message, "developerHint": self.hint, "logId": at.id, "httpStatusCode": self.status.as_u16(),
            "logTime": at.now.format("%Y-%m-%dT%H:%M:%S").to_string(),
        });
        if !self.code.is_empty() {
            body["errorCode"] = self.code.into();
        }
        if self.status == StatusCode::UNAUTHORIZED {
            body["demoLink"] = format!("{}/?demo=true", at.base).into();
        }
        if let Some(query) = &self.query {
            body["errors"] = json!([query.text]);
        }
        if let Some(allowed) = self.query.as_ref().and_then(|query| query.allowed.as_ref()) {
            body["allowedFilteringFields"] = json!(allowed);
        }
        if !self.problems.is_empty() {
            let mut tree = json!({});
            self.problems.iter().for_each(|problem| hang(&mut tree, &problem.path, leaf(problem, at.documented), at.documented));
            if self.in_array {
                tree["arrayIndex"] = 0.into();
                tree = json!([tree]);
            }
            body["errors"] = tree;
            body["errorCount"] = self.problems.len().into();
        }
        body
    }

    fn problem_shape(&self, at: &Moment) -> Value {
        let errors: Vec<Value> = self
            .problems
            .iter()
            .map(|problem| json!({ "message": problem.message, "errorCode": problem.code, "property": problem.name() }))
            .collect();
        let code = match self.code {
            "E06000" => "ResourceNotFound",
            "" => self.status.canonical_reason().unwrap_or_default(),
            "E04300" => self.problems.first().map_or("ValidationFailed", |problem| problem.code),
            code => code,
        };
        let mut body = json!({
            "type": format!("https://httpstatuses.io/{}", self.status.as_u16()), "title": self.message, "status": self.status.as_u16(),
            "instance": at.path, "traceId": at.id, "traceTimeUtc": at.now.format("%Y-%m-%dT%H:%M:%SZ").to_string(), "errorCode": code,
        });
        let detail = self.query.as_ref().map_or_else(|| self.hint.clone(), |query| query.text.clone());
        if !detail.is_empty() {
            body["detail"] = detail.into();
        }
        if !errors.is_empty() {
            body["errors"] = errors.into();
        }
        body
    }
}

/// When and where something was refused.
#[derive(Clone, Debug)]
pub struct Moment {
    pub now: DateTime<Utc>,
    pub id: String,
    pub base: String,
    pub path: String,
    /// Errors in the published shape instead of the recorded one.
    pub documented: bool,
}

fn leaf(problem: &Problem, documented: bool) -> Value {
    let (message, value, name) = if documented { ("message", "value", None) } else { ("errorMessage", "inputValue", Some(problem.name())) };
    let mut leaf = json!({ "errorCode": problem.code, message: problem.message });
    if let Some(name) = name {
        leaf["propertyName"] = name.into();
    }
    if let Some(given) = &problem.value {
        leaf[value] = given.clone();
    }
    if !problem.hint.is_empty() {
        leaf["developerHint"] = problem.hint.into();
    }
    leaf
}

/// Hangs a leaf into the tree. Items of a list stand in `items` (recorded) or are the list itself (published).
fn hang(tree: &mut Value, path: &[Step], leaf: Value, documented: bool) {
    match path {
        [] => {
            if let Some(errors) = tree["errors"].as_array_mut() {
                errors.push(leaf);
            } else {
                tree["errors"] = json!([leaf]);
            }
        }
        [Step::Name(name), Step::Item(index), rest @ ..] => {
            let list = if documented { &mut tree[name] } else { &mut tree[name]["items"] };
            if !list.is_array() {
                *list = json!([]);
            }
            let Some(items) = list.as_array_mut() else { return };
            let at = items.iter().position(|item| item["arrayIndex"] == *index).unwrap_or_else(|| {
                items.push(json!({ "arrayIndex": index }));
                items.len() - 1
            });
            if let Some(item) = items.get_mut(at) {
                hang(item, rest, leaf, documented);
            }
        }
        [Step::Name(name), rest @ ..] => {
            if !tree[name].is_object() {
                tree[name] = json!({});
            }
            hang(&mut tree[name], rest, leaf, documented);
        }
        [Step::Item(_), rest @ ..] => hang(tree, rest, leaf, documented),
    }
}
