//! One company of one environment, and how to ask it.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use remote::{
    Backoff, BadBase, BaseUrl, Door, GetRequest, Limits, Manners, NoAnswer, Operation, Operations, Outside, Verdict, bearer, percent, retry_after,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::error::{is_not_found, refusal};
use crate::{NoToken, ReadError, TokenSource};

/// All that this client may ask or do, within an environment. Nothing else can be sent:
/// no action (`Microsoft.NAV.…`), no change, no deletion, no batch.
pub(super) const OPERATIONS: Operations = Operations(&[
    Operation::get("/companies"),
    Operation::get("/companies({id})/companyInformation"),
    Operation::get("/companies({id})/generalLedgerSetup"),
    Operation::get("/companies({id})/accountingPeriods"),
    Operation::get("/companies({id})/accounts"),
    Operation::get("/companies({id})/accounts({id})"),
    Operation::get("/companies({id})/currencies"),
    Operation::get("/companies({id})/currencyExchangeRates"),
    Operation::get("/companies({id})/dimensions"),
    Operation::get("/companies({id})/dimensionValues"),
    Operation::get("/companies({id})/customers"),
    Operation::get("/companies({id})/customers({id})"),
    Operation::get("/companies({id})/generalLedgerEntries"),
    Operation::get("/companies({id})/generalLedgerEntries({id})"),
    Operation::get("/companies({id})/items"),
    Operation::get("/companies({id})/items({id})"),
    Operation::get("/companies({id})/paymentTerms"),
    Operation::get("/companies({id})/salesCreditMemos"),
    Operation::get("/companies({id})/salesCreditMemos({id})"),
    Operation::get("/companies({id})/salesInvoices"),
    Operation::get("/companies({id})/salesInvoices({id})"),
    Operation::get("/companies({id})/taxGroups"),
    Operation::post("/companies({id})/customers"),
    Operation::post("/companies({id})/items"),
    Operation::post("/companies({id})/salesCreditMemos"),
    Operation::post("/companies({id})/salesInvoices"),
]);

/// 6,000 requests in five minutes, five at once, shared with the user's other programs
/// (docs: Operational limits of Business Central online).
const LIMITS: Limits = Limits { per_endpoint: None, in_all: Some(20), at_once: 4, waiting: 256 };
const BACKOFF: Backoff = Backoff { attempts: 4, first: Duration::from_secs(1), longest: Duration::from_secs(60) };

pub(super) const MANNERS: Manners = Manners { operations: OPERATIONS, limits: LIMITS, backoff: BACKOFF, judge };

fn judge(answer: &Response<Bytes>) -> Verdict {
    if matches!(answer.status().as_u16(), 408 | 429 | 503 | 504) { Verdict::Again } else { Verdict::Take }
}

/// Where a company is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// `https://api.businesscentral.dynamics.com`, or the sandbox.
    pub root: String,
    /// GUID or domain. Always sent: guests would land in their own tenant without it.
    pub tenant: String,
    pub environment: String,
    /// The company's GUID.
    pub company: String,
}

pub struct BusinessCentral {
    door: Door,
    tokens: Arc<dyn TokenSource>,
    company: String,
}

/// From which copy of the data a question may be answered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Copy {
    /// A replica that may lag: bulk reads.
    Any,
    /// The one that writes go to: before and after a write.
    Newest,
}

/// A page of a collection; each record as its own bytes.
pub(super) struct Rows {
    pub rows: Vec<String>,
    /// Relative to the base; verified to stay within it.
    pub next: Option<String>,
    pub total: Option<u64>,
    /// The service's own time when it answered.
    pub at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Collection<'a> {
    #[serde(borrow)]
    value: Vec<&'a RawValue>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
    #[serde(rename = "@odata.count")]
    total: Option<u64>,
}

impl BusinessCentral {
    pub fn new(outside: Outside, place: &Place, tokens: Arc<dyn TokenSource>) -> Result<Self, BadBase> {
        let base = environment_base(&place.root, &place.tenant, &place.environment)?;
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if place.company.is_empty() || !place.company.chars().all(legal) {
            return Err(BadBase::NotAUrl);
        }
        Ok(Self { door: Door::new(outside, base, MANNERS), tokens, company: place.company.clone() })
    }

    pub fn company(&self) -> &str {
        &self.company
    }

    /// What was asked and how often, by endpoint.
    pub fn log(&self) -> &remote::RequestLog {
        self.door.log()
    }

    pub(super) fn door(&self) -> &Door {
        &self.door
    }

    /// `/companies(…)/{rest}`
    pub(super) fn path(&self, rest: &str) -> String {
        format!("/companies({})/{rest}", self.company)
    }

    pub(super) async fn rows(&self, question: GetRequest, copy: Copy) -> Result<Rows, ReadError> {
        rows(&self.door, self.tokens.as_ref(), question, copy).await
    }

    /// One record; `None` when it does not exist.
    pub(super) async fn single(&self, question: GetRequest) -> Result<Option<String>, ReadError> {
        match ask(&self.door, self.tokens.as_ref(), question, Copy::Newest).await {
            Ok(answer) => Ok(Some(text(answer.body())?)),
            Err(ReadError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Every row of a small set.
    pub(super) async fn all(&self, set: &str) -> Result<Vec<String>, ReadError> {
        let mut out = Vec::new();
        let mut question = GetRequest::new(self.path(set));
        for _ in 0..MOST_PAGES {
            let page = self.rows(question, Copy::Any).await?;
            out.extend(page.rows);
            match page.next {
                Some(next) => question = GetRequest::new(next),
                None => return Ok(out),
            }
        }
        Err(ReadError::Unreadable { what: "more pages than a set-up can have" })
    }

    /// The headers of every request.
    pub(super) async fn headers(&self) -> Result<HeaderMap, NoToken> {
        headers(self.tokens.as_ref()).await
    }
}

/// Sets read whole (accounts, currencies) have pages of up to 20,000 rows.
const MOST_PAGES: usize = 20;

pub(super) fn environment_base(root: &str, tenant: &str, environment: &str) -> Result<BaseUrl, BadBase> {
    let root = BaseUrl::parse(root)?;
    BaseUrl::parse(&format!("{root}/v2.0/{}/{}/api/v2.0", percent(tenant), percent(environment)))
}

pub(super) async fn rows(door: &Door, tokens: &dyn TokenSource, question: GetRequest, copy: Copy) -> Result<Rows, ReadError> {
    let answer = ask(door, tokens, question, copy).await?;
    let body = text(answer.body())?;
    let page: Collection<'_> = serde_json::from_str(&body).map_err(|_| ReadError::Unreadable { what: "a collection" })?;
    let next = match page.next {
        None => None,
        Some(link) => Some(door.base().within(&link).ok_or(ReadError::Unreadable { what: "a next page that leads elsewhere" })?),
    };
    let at = answer.headers().get(header::DATE).and_then(|date| DateTime::parse_from_rfc2822(date.to_str().ok()?).ok());
    let rows = page.value.into_iter().map(|row| row.get().to_owned()).collect();
    Ok(Rows { rows, next, total: page.total, at: at.map(|at| at.with_timezone(&Utc)) })
}

async fn ask(door: &Door, tokens: &dyn TokenSource, question: GetRequest, copy: Copy) -> Result<Response<Bytes>, ReadError> {
    let mut question = question.headers(headers(tokens).await?);
    if copy == Copy::Any {
        question = question.header(http::HeaderName::from_static("data-access-intent"), HeaderValue::from_static("ReadOnly"));
    }
    let answer = door.read(question).await.map_err(|lost| match lost {
        NoAnswer::NotAllowed => ReadError::NotAllowed,
        NoAnswer::TooManyWaiting => ReadError::Limited { retry_after: None },
        NoAnswer::Lost(_) => ReadError::Offline,
    })?;
    if answer.status() == StatusCode::OK {
        return Ok(answer);
    }
    let refusal = refusal(&answer);
    Err(match answer.status().as_u16() {
        401 => ReadError::SignedOut,
        429 | 503 => ReadError::Limited { retry_after: retry_after(answer.headers(), door.clock().now()) },
        _ if is_not_found(&refusal) => ReadError::NotFound,
        _ => ReadError::Refused(refusal),
    })
}

async fn headers(tokens: &dyn TokenSource) -> Result<HeaderMap, NoToken> {
    let token = tokens.token().await?;
    let authorization = bearer(&token).ok_or(NoToken::SignInAgain)?;
    Ok(HeaderMap::from_iter([
        (header::AUTHORIZATION, authorization),
        (header::ACCEPT, HeaderValue::from_static("application/json")),
        // Else texts and number formats follow the user's language.
        (header::ACCEPT_LANGUAGE, HeaderValue::from_static("en-US")),
    ]))
}

fn text(body: &Bytes) -> Result<String, ReadError> {
    String::from_utf8(body.to_vec()).map_err(|_| ReadError::Unreadable { what: "text" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    const COMPANY: &str = "7b1e22a4-90cd-4a1e-8c3b-52d1f0aac04d";

    /// A listed path with ids in it.
    fn listed() -> impl Strategy<Value = String> {
        prop::sample::select(OPERATIONS.0).prop_map(|operation| operation.path.replace("{id}", COMPANY))
    }

    /// The ways a word can be spelled so that a server reads it all the same.
    fn spelled(word: &'static str) -> impl Strategy<Value = String> {
        prop::collection::vec((any::<bool>(), 0u8..4), word.len()).prop_map(move |ways| {
            let letters = word.chars().zip(ways).map(|(c, (upper, way))| {
                let c = if upper { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
                match way {
                    0 => format!("%{:02X}", u32::from(c)),
                    1 => format!("%{:02x}", u32::from(c)),
                    2 => format!("%25{:02X}", u32::from(c)),
                    _ => c.to_string(),
                }
            });
            letters.collect()
        })
    }

    fn fully_decoded(path: &str) -> String {
        let mut text = path.to_owned();
        for _ in 0..4 {
            text = percent_decode_str(&text).decode_utf8_lossy().into_owned();
        }
        text.to_lowercase()
    }

    #[test]
    fn what_is_listed_passes_and_nothing_listed_acts() {
        for operation in OPERATIONS.0 {
            let path = operation.path.replace("{id}", COMPANY);
            assert!(OPERATIONS.find(&operation.method, &path).is_some(), "{path}");
            assert!(!path.to_lowercase().contains("microsoft.nav") && !path.contains('$'));
        }
        let writes: Vec<_> = OPERATIONS.0.iter().filter(|operation| operation.method != Method::GET).map(|operation| operation.path).collect();
        assert_eq!(
            writes,
            ["/companies({id})/customers", "/companies({id})/items", "/companies({id})/salesCreditMemos", "/companies({id})/salesInvoices"]
        );
    }

    proptest! {
        #[test]
        fn no_spelling_of_an_action_passes(
            before in listed(),
            joint in prop::sample::select(vec!["/", "//", "%2F", "%2f", "%252F", "/./", "/x/../", "\\", "%5C", ";", "", ")/", "?/../"]),
            action in spelled("Microsoft.NAV.postAndSend"),
            after in prop::sample::select(vec!["", "/", "()", "?x=1", "#", "%00", ";a"]),
            method in prop::sample::select(vec![Method::GET, Method::POST, Method::PATCH, Method::PUT, Method::DELETE]),
        ) {
            let path = format!("{before}{joint}{action}{after}");
            // After a question mark it is a query, which names no action.
            let in_the_path = path.split('?').next().is_some_and(|path| fully_decoded(path).contains("microsoft.nav"));
            prop_assert!(!in_the_path || OPERATIONS.find(&method, &path).is_none(), "{} {}", method, path);
        }

        #[test]
        fn a_write_is_one_of_four_exact_paths(path in "(/|/companies\\(|\\)|%[0-9a-fA-F]{2}|[a-zA-Z$.()-]{1,12}|/sales[iI]nvoices|/customers|/items){0,8}") {
            for method in [Method::POST, Method::PATCH, Method::PUT, Method::DELETE] {
                if let Some(operation) = OPERATIONS.find(&method, &path) {
                    prop_assert_eq!(&operation.method, Method::POST);
                    let plain = percent_decode_str(path.split('?').next().unwrap_or_default()).decode_utf8_lossy().into_owned();
                    let (company, set) = plain.strip_prefix("/companies(").and_then(|rest| rest.split_once(")/")).expect("company and set");
                    prop_assert!(company.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)));
                    prop_assert!(["customers", "items", "salesCreditMemos", "salesInvoices"].contains(&set), "{}", path);
                }
            }
        }
    }
}
