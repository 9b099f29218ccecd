//! The client: closed operations, Stripe's limits, one API version.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, header};
use remote::{Backoff, BaseUrl, Door, GetRequest, Limits, Manners, Operation, Operations, Outside, RequestLog, Secret, Verdict, bearer, percent};
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::{Kind, Row, StripeError, error::request_id, key::Mode};

/// (stripe-node, src/apiVersion)
pub const API_VERSION: &str = "2026-10-28.endive";

/// (docs: Rate limits)
pub const PER_ENDPOINT_A_SECOND: usize = 25;
const LIVE_A_SECOND: usize = 100;
/// Of a sandbox account, in all.
pub const TEST_A_SECOND: usize = 25;
/// The documentation gives no number for what may run at once; this keeps well inside.
const AT_ONCE: usize = 8;
const WAITING: usize = 256;

/// (stripe-node, RequestSender: 0.5 s, doubled; more attempts than there, since these are reads)
const BACKOFF: Backoff = Backoff { attempts: 5, first: Duration::from_millis(500), longest: Duration::from_secs(30) };

const OPERATIONS: Operations = Operations(&[
    Operation::get("/v1/account"),
    Operation::get("/v1/balance"),
    Operation::get("/v1/balance_transactions"),
    Operation::get("/v1/balance_transactions/{id}"),
    Operation::get("/v1/charges"),
    Operation::get("/v1/charges/{id}"),
    Operation::get("/v1/checkout/sessions"),
    Operation::get("/v1/checkout/sessions/{id}"),
    Operation::get("/v1/checkout/sessions/{id}/line_items"),
    Operation::get("/v1/coupons"),
    Operation::get("/v1/coupons/{name}"),
    Operation::get("/v1/credit_notes"),
    Operation::get("/v1/credit_notes/{id}"),
    Operation::get("/v1/credit_notes/{id}/lines"),
    Operation::get("/v1/customers"),
    Operation::get("/v1/customers/{id}"),
    Operation::get("/v1/customers/{id}/tax_ids"),
    Operation::get("/v1/disputes"),
    Operation::get("/v1/disputes/{id}"),
    Operation::get("/v1/events"),
    Operation::get("/v1/invoice_payments"),
    Operation::get("/v1/invoice_payments/{id}"),
    Operation::get("/v1/invoices"),
    Operation::get("/v1/invoices/{id}"),
    Operation::get("/v1/invoices/{id}/lines"),
    Operation::get("/v1/payment_intents/{id}"),
    Operation::get("/v1/payouts"),
    Operation::get("/v1/payouts/{id}"),
    Operation::get("/v1/products"),
    Operation::get("/v1/products/{name}"),
    Operation::get("/v1/refunds"),
    Operation::get("/v1/refunds/{id}"),
    Operation::get("/v1/tax_rates"),
    Operation::get("/v1/tax_rates/{id}"),
    Operation::post("/v1/charges/{id}"),
    Operation::post("/v1/credit_notes/{id}"),
    Operation::post("/v1/invoices/{id}"),
    Operation::post("/v1/payment_intents/{id}"),
    Operation::post("/v1/refunds/{id}"),
]);

/// Pages of one embedded list that are followed; Stripe caps an invoice at 250 items.
const MOST_EMBEDDED_PAGES: usize = 20;
pub(crate) const PAGE: &str = "100";
/// The same as a number; the most that Stripe gives (docs: Pagination).
pub const ROWS_A_PAGE: u64 = 100;

/// One Stripe account, through one key.
pub struct Stripe {
    pub(crate) door: Door,
    pub(crate) headers: HeaderMap,
    pub(crate) mode_of_key: Mode,
    pub(crate) full_key: bool,
}

impl Stripe {
    pub fn new(outside: Outside, base: BaseUrl, key: &Secret) -> Result<Self, StripeError> {
        let mut authorization = bearer(key).ok_or(StripeError::NotAKey)?;
        authorization.set_sensitive(true);
        let headers = HeaderMap::from_iter([
            (header::AUTHORIZATION, authorization),
            (HeaderName::from_static("stripe-version"), HeaderValue::from_static(API_VERSION)),
        ]);
        // The prefix of a key is documented, unlike that of an id.
        let key = key.expose_secret();
        let mode_of_key = if key.starts_with("sk_live_") || key.starts_with("rk_live_") { Mode::Live } else { Mode::Test };
        let in_all = if mode_of_key == Mode::Live { LIVE_A_SECOND } else { TEST_A_SECOND };
        let limits = Limits { per_endpoint: Some(PER_ENDPOINT_A_SECOND), in_all: Some(in_all), at_once: AT_ONCE, waiting: WAITING };
        let door = Door::new(outside, base, Manners { operations: OPERATIONS, limits, backoff: BACKOFF, judge });
        Ok(Self { door, headers, mode_of_key, full_key: key.starts_with("sk_") })
    }

    /// The same key acting for an account that is connected to its platform (docs: Making API calls for connected accounts).
    pub fn on_behalf_of(mut self, account: &str) -> Result<Self, StripeError> {
        let account = HeaderValue::from_str(account).map_err(|_| StripeError::NotAKey)?;
        self.headers.insert(HeaderName::from_static("stripe-account"), account);
        Ok(self)
    }

    /// Requests made, by endpoint.
    pub fn requests(&self) -> &RequestLog {
        self.door.log()
    }

    /// One object as it is now, with its embedded list complete; `None` when Stripe has no such object.
    pub async fn get(&self, kind: Kind, id: &str) -> Result<Option<Row>, StripeError> {
        let mut question = GetRequest::new(format!("{}/{}", kind.path(), percent(id)));
        for field in kind.expand() {
            question = question.query("expand[]", field);
        }
        match self.read(question).await {
            Ok(mut document) => {
                self.complete(kind, &mut document).await?;
                Row::read(kind, document).ok_or(StripeError::Unreadable { request_id: None }).map(Some)
            }
            Err(StripeError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Follows the embedded list of an object until it is whole.
    pub(crate) async fn complete(&self, kind: Kind, document: &mut Value) -> Result<(), StripeError> {
        let Some(list) = kind.embedded_list().and_then(|name| document.get_mut(name)) else { return Ok(()) };
        let unreadable = || StripeError::Unreadable { request_id: None };
        for _ in 0..MOST_EMBEDDED_PAGES {
            if !has_more(list) {
                return Ok(());
            }
            let url = list.get("url").and_then(Value::as_str).ok_or_else(unreadable)?;
            let after = last_id(list).ok_or_else(unreadable)?;
            let mut page = self.read(GetRequest::new(url).query("limit", PAGE).query("starting_after", &after)).await?;
            let more =
                page.get_mut("data").and_then(Value::as_array_mut).map(std::mem::take).filter(|more| !more.is_empty()).ok_or_else(unreadable)?;
            list["has_more"] = Value::Bool(has_more(&page));
            list.get_mut("data").and_then(Value::as_array_mut).ok_or_else(unreadable)?.extend(more);
        }
        Err(unreadable())
    }

    /// Asks, and reads the answer as JSON.
    pub(crate) async fn read(&self, question: GetRequest) -> Result<Value, StripeError> {
        let answer = self.ask(question).await?;
        if !answer.status().is_success() {
            return Err(StripeError::from_answer(&answer, self.door.clock().now()));
        }
        serde_json::from_slice(answer.body()).map_err(|_| StripeError::Unreadable { request_id: request_id(&answer) })
    }

    pub(crate) async fn ask(&self, question: GetRequest) -> Result<Response<Bytes>, StripeError> {
        Ok(self.door.read(question.headers(self.headers.clone())).await?)
    }
}

impl std::fmt::Debug for Stripe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stripe({})", self.door.base())
    }
}

/// Stripe says itself whether to repeat; otherwise its SDKs' rule, and a limit is waited out.
fn judge(answer: &Response<Bytes>) -> Verdict {
    match answer.headers().get("stripe-should-retry").map(HeaderValue::as_bytes) {
        Some(b"true") => Verdict::Again,
        Some(b"false") => Verdict::Take,
        _ if matches!(answer.status().as_u16(), 409 | 429 | 500..) => Verdict::Again,
        _ => Verdict::Take,
    }
}

pub(crate) fn has_more(list: &Value) -> bool {
    list.get("has_more").and_then(Value::as_bool).unwrap_or(false)
}

pub(crate) fn last_id(list: &Value) -> Option<String> {
    list.get("data")?.as_array()?.last()?.get("id")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Object,
        testing::{Script, invoice, line, list},
    };
    use serde_json::json;

    #[tokio::test]
    async fn every_request_names_the_version_and_hides_the_key() {
        let script = Script::new([Ok((200, invoice("in_1")))]);
        let row = script.stripe().get(Kind::Invoice, "in_1").await.expect("an answer").expect("an invoice");
        assert_eq!(row.columns.amount.map(|amount| amount.to_string()).as_deref(), Some("1250.00 DKK"));
        let request = &script.sent()[0];
        assert_eq!(request.headers()["stripe-version"], API_VERSION);
        assert_eq!(request.headers()["authorization"], "Bearer rk_test_planted");
        assert!(!format!("{request:?}").contains("planted"));
    }

    #[tokio::test]
    async fn long_invoices_are_followed_to_their_last_line() {
        let mut first = invoice("in_1");
        first["lines"]["has_more"] = json!(true);
        let more = |ids: &[&str], has_more| {
            list(ids.iter().map(|id| line(id, json!({"amount": 0, "tax_behavior": "exclusive"}))), has_more, "/v1/invoices/in_1/lines")
        };
        let script = Script::new([Ok((200, first)), Ok((200, more(&["il_2", "il_3"], true))), Ok((200, more(&["il_4"], false)))]);
        let row = script.stripe().get(Kind::Invoice, "in_1").await.expect("an answer").expect("an invoice");
        let Ok(Object::Invoice(invoice)) = &row.object else { panic!("{:?}", row.object) };
        assert_eq!(invoice.lines.data.iter().map(|line| line.id.as_str()).collect::<Vec<_>>(), ["il_1", "il_2", "il_3", "il_4"]);
        assert!(Object::read(Kind::Invoice, row.raw.as_bytes()).as_ref() == row.object.as_ref(), "what was kept reads the same");
        assert_eq!(script.asked()[2], "/v1/invoices/in_1/lines?limit=100&starting_after=il_3");
    }

    #[tokio::test]
    async fn a_list_that_leads_elsewhere_or_stands_still_ends_with_an_error() {
        for (url, next) in
            [("https://evil.example/v1/x", None), ("/v1/invoices/in_1/finalize", None), ("/v1/invoices/in_1/lines", Some(list([], true, "")))]
        {
            let mut first = invoice("in_1");
            first["lines"]["has_more"] = json!(true);
            first["lines"]["url"] = json!(url);
            let script = Script::new([Ok((200, first))].into_iter().chain(next.map(|next| Ok((200, next)))));
            assert!(script.stripe().get(Kind::Invoice, "in_1").await.is_err(), "{url}");
        }
    }
}
