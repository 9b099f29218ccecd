//! Nothing that arrives makes a service fall over: requests of every kind of wrongness, from seeds that a failure names.

use crate::company::observer;
use crate::seed::Ids;
use crate::weather::Port;
use crate::world::{Args, World};
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use http::{HeaderName, HeaderValue, Method, Request, Response};
use serde_json::Value;
use std::fmt::Write;

const SEEDS: u64 = 60;
const METHODS: [Method; 7] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::HEAD, Method::OPTIONS];
const KINDS: [&str; 9] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/mixed; boundary=b",
    "multipart/form-data; boundary=\"b\"",
    "multipart/mixed; boundary=",
    "text/plain",
    "application/json; charset=utf-7",
    "",
    ";;;=,",
];
const HEADERS: [&str; 10] = [
    "prefer",
    "if-match",
    "idempotency-key",
    "isolation",
    "data-access-intent",
    "stripe-version",
    "stripe-account",
    "accept",
    "accept-language",
    "company",
];
/// Bodies and filters deeper than any stack would like; an address has room for less.
const DEEP: usize = 20_000;
const DEEP_FILTER: usize = 8_000;

/// Good addresses of each service, to be spoilt.
fn targets(port: Port, world: &World, company: &str) -> Vec<String> {
    let keys = &world.credentials;
    let ledger = format!("/v2.0/{}/{}/api/v2.0", keys.tenant, keys.environment);
    let own = format!("{ledger}/companies({company})");
    let owned = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
    match port {
        Port::Stripe => owned(&[
            "/v1/customers",
            "/v1/invoices?limit=3",
            "/v1/customers/search?query=email:'a'",
            "/v1/invoices/in_1/lines",
            "/v1/refunds",
            "/v1/subscriptions",
            "/v1/events",
            "/oauth/token",
        ]),
        Port::Entra => owned(&[
            &format!("/{}/oauth2/v2.0/token", keys.tenant),
            &format!("/{}/oauth2/v2.0/authorize?client_id={}", keys.tenant, keys.client_id),
            &format!("/{}/oauth2/v2.0/devicecode", keys.tenant),
            "/common/oauth2/deviceauth",
            &format!("/{}/adminconsent?client_id={}", keys.tenant, keys.client_id),
        ]),
        Port::BusinessCentral => owned(&[
            &format!("{own}/customers"),
            &format!("{own}/salesInvoices?$expand=salesInvoiceLines"),
            &format!("{own}/journals"),
            &format!("{own}/attachments"),
            &format!("{ledger}/$batch"),
            &format!("{ledger}/$metadata"),
            &format!("{ledger}/subscriptions"),
        ]),
        Port::EconomicRest => owned(&[
            "/customers",
            "/invoices/drafts",
            "/invoices/drafts/1/attachment/file",
            "/journals/1/vouchers",
            "/products/KERAMIK",
            "/suppliers",
            "/accounting-years/2026/totals",
        ]),
        _ => owned(&[
            "/customersapi/v3.1.0/Customers",
            "/customersapi/v3.1.0/Contacts",
            "/q2capi/v5.3.0/invoices/drafts",
            "/journalsapi/v15.0.0/draft-entries/bulk",
            "/documentsapi/v4.0.1/AttachedDocuments",
            "/accountsapi/v7.0.0/Accounts",
            "/webhooksapi/v1.0.0/webhooks",
        ]),
    }
}

struct Spoiler {
    ids: Ids,
}

impl Spoiler {
    fn below(&mut self, n: usize) -> usize {
        self.ids.below(n as u64) as usize
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let at = self.below(of.len());
        &of[at]
    }

    /// Some text, of the characters that parsers care for.
    fn text(&mut self) -> String {
        const BITS: [&str; 22] = [
            "$",
            "'",
            "\"",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            ":",
            ",",
            "eq",
            "and",
            "or",
            "\u{0}",
            "æ",
            "💰",
            "%",
            "&",
            "=",
            "9999999999999999999999",
            "null",
        ];
        let length = self.below(12);
        (0..length).map(|_| *self.pick(&BITS)).collect()
    }

    fn query(&mut self) -> String {
        const NAMES: [&str; 12] =
            ["$filter", "$expand", "$orderby", "$top", "$skiptoken", "filter", "sort", "pagesize", "cursor", "limit", "expand[]", "created[gte]"];
        let name = *self.pick(&NAMES);
        let value = match self.below(5) {
            0 => format!("{}number eq 'A'{}", "(".repeat(DEEP_FILTER), ")".repeat(DEEP_FILTER)),
            1 => format!("{}name$eq:a{}", "(".repeat(DEEP_FILTER), ")".repeat(DEEP_FILTER)),
            2 => "a.".repeat(2_000),
            3 => "-99999999999999999999".into(),
            _ => self.text(),
        };
        format!("{name}={}", percent_encoding::utf8_percent_encode(&value, percent_encoding::NON_ALPHANUMERIC))
    }

    fn body(&mut self) -> Vec<u8> {
        let text = self.text();
        match self.below(12) {
            0 => Vec::new(),
            1 => (0..self.below(300)).map(|_| self.below(256) as u8).collect(),
            2 => format!("{}1{}", "[".repeat(DEEP), "]".repeat(DEEP)).into_bytes(),
            3 => format!("{}1{}", "{\"lines\":".repeat(DEEP), "}".repeat(DEEP)).into_bytes(),
            4 => format!("{{\"amount\":{}}}", "9".repeat(5_000)).into_bytes(),
            5 => format!("{{\"name\":{}}}", Value::from("x".repeat(1_000_000))).into_bytes(),
            6 => (0..5_000)
                .fold(String::new(), |mut form, n| {
                    let _ = write!(form, "metadata[k{n}]={n}&");
                    form
                })
                .into_bytes(),
            7 => format!("{}=1", "a[b]".repeat(DEEP)).into_bytes(),
            8 => format!("--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n{text} {text} HTTP/1.1\r\n{text}: {text}\r\n\r\n--b--")
                .into_bytes(),
            9 => format!("{{\"requests\":[{{\"id\":\"1\",\"method\":\"{text}\",\"url\":{}}}]}}", Value::from(text.clone())).into_bytes(),
            10 => format!("{{\"requests\":{}}}", Value::from(vec![serde_json::json!({ "method": "GET", "url": "$batch", "dependsOn": [1] }); 3]))
                .into_bytes(),
            _ => format!("grant_type=refresh_token&client_id={text}&refresh_token={text}&username={text}&action=accept").into_bytes(),
        }
    }

    fn request(&mut self, targets: &[String], keys: &[(&str, String)]) -> Option<Request<Bytes>> {
        let mut target = self.pick(targets).clone();
        if self.below(3) == 0 {
            let text = self.text();
            let _ = write!(target, "/{}", percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC));
        }
        if self.below(2) == 0 {
            let query = self.query();
            let _ = write!(target, "{}{query}", if target.contains('?') { '&' } else { '?' });
        }
        let mut request = Request::builder().method(self.pick(&METHODS).clone()).uri(target).header("content-type", *self.pick(&KINDS));
        for (name, value) in keys {
            request = request.header(*name, value);
        }
        if self.below(2) == 0 {
            let value: Vec<u8> = self.text().bytes().filter(|byte| *byte >= b' ').collect();
            request = request.header(HeaderName::from_static(self.pick::<&str>(&HEADERS)), HeaderValue::from_bytes(&value).ok()?);
        }
        // Some targets are too long to be an address at all.
        request.body(Bytes::from(self.body())).ok()
    }
}

/// Whether an answer is one that the service would give: a success, or a refusal in its own shape.
fn own(port: Port, head: bool, response: &Response<Bytes>) -> bool {
    let status = response.status().as_u16();
    let json: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let page = response.headers().get("content-type").and_then(|kind| kind.to_str().ok()).is_some_and(|kind| kind.starts_with("text/html"));
    if head || status < 400 {
        return status < 500 || head;
    }
    match port {
        Port::Stripe => json["error"].is_object() || json["error"].is_string(),
        Port::Entra => json["error_codes"].is_array() || page || status == 404,
        Port::BusinessCentral => json["error"]["code"].is_string() || response.body().starts_with(b"<?xml"),
        Port::EconomicRest => json["message"].is_string() || json.is_array() || page,
        _ => json["errorCode"].is_string() || json["title"].is_string(),
    }
}

#[test]
fn any_request_is_answered_by_every_service_in_its_own_words() {
    let until = NaiveDate::from_ymd_opt(2026, 11, 19).expect("a day");
    let mut world = World::new(Args { months: 1, invoices: 20, ..Args::demo(until) });
    world.stripe.rate_limits = false;
    world.economic.limits.cost = 0;
    let mut now: DateTime<Utc> = "2026-11-20T09:00:00Z".parse().expect("an instant");
    let company = world.ledger_company(now).expect("the company");
    let keys = world.credentials.clone();
    for port in [Port::Stripe, Port::Entra, Port::BusinessCentral, Port::EconomicRest, Port::EconomicOpen] {
        let targets = targets(port, &world, &company);
        let headers = match port {
            Port::Stripe => vec![("authorization", format!("Bearer {}", keys.platform_key))],
            Port::EconomicRest | Port::EconomicOpen => {
                vec![("x-appsecrettoken", keys.economic_secret.clone()), ("x-agreementgranttoken", keys.economic_grant.clone())]
            }
            _ => Vec::new(),
        };
        for seed in 0..SEEDS {
            let mut spoiler = Spoiler { ids: Ids::new(seed, "malformed") };
            let Some(mut request) = spoiler.request(&targets, &headers) else { continue };
            if port == Port::BusinessCentral {
                request.extensions_mut().insert(observer(&keys));
            }
            now += TimeDelta::seconds(1);
            let (head, what) = (request.method() == Method::HEAD, format!("{} {:.120}", request.method(), request.uri().to_string()));
            let response = world.handle(port, now, request);
            let said = String::from_utf8_lossy(response.body()).chars().take(300).collect::<String>();
            assert!(own(port, head, &response), "seed {seed} at {port:?}: {what} answered {} {said}", response.status());
        }
    }
}
