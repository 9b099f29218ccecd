//! Tokens, the grant, roles, the budget of calls and idempotency.

use super::*;

/// SL "Authentication": github.com/e-conomic/slate; the body: github.com/Apaq/economic-java error_unauthorized.json.
#[test]
fn without_both_tokens_there_is_a_401_with_a_body_of_its_own() {
    let mut desk = Desk::new();
    let (secret, grant) = (desk.app.secret.clone(), desk.grant.clone());
    for headers in [
        vec![],
        vec![("X-AppSecretToken", secret.as_str())],
        vec![("X-AgreementGrantToken", grant.as_str())],
        vec![("X-AppSecretToken", "other"), ("X-AgreementGrantToken", grant.as_str())],
    ] {
        let answer = desk.raw(Surface::Rest, Method::GET, "/self", &headers, b"");
        assert_eq!(answer.status, 401);
        assert_eq!(answer.json["message"], "Login to API server failed.");
        assert_eq!(answer.json["httpStatusCode"], 401);
        assert!(answer.json["logId"].is_string() && answer.json["demoLink"].is_string());
    }
}

/// github.com/klausagnoletti/e-conomic-mcp-server docs/creating-auth-tokens.md.
#[test]
fn a_secret_and_a_grant_of_different_apps_are_told_apart() {
    let mut desk = Desk::new();
    let other = desk.economic.add_app("Anden", Role::SuperUser);
    desk.app = other;
    let answer = desk.get("/self");
    assert_eq!((answer.status, answer.code()), (401, "E02250"));
}

/// help pages of connectors: All settings → Extensions → Apps.
#[test]
fn a_removed_app_gets_401_from_then_on() {
    let mut desk = Desk::new();
    assert_eq!(desk.get("/self").status, 200);
    let grant = desk.grant.clone();
    assert!(desk.economic.revoke(&grant));
    assert_eq!(desk.get("/self").status, 401);
}

/// www.e-conomic.com/developer/authentication.
#[test]
fn demo_reads_and_never_writes() {
    let mut desk = Desk::new();
    desk.economic.set_demo(AGREEMENT);
    let demo = [("X-AppSecretToken", "demo"), ("X-AgreementGrantToken", "demo"), ("Content-Type", "application/json")];
    assert_eq!(desk.raw(Surface::Rest, Method::GET, "/customers", &demo, b"").rows().len(), 3);
    assert_eq!(desk.raw(Surface::Open, Method::GET, "/customersapi/v3.1.0/Customers/count", &demo, b"").text, "3");
    assert_eq!(desk.raw(Surface::Rest, Method::POST, "/customers", &demo, customer_body("Ny").to_string().as_bytes()).status, 403);
    let by_query = desk.raw(Surface::Rest, Method::GET, "/customers/1?demo=true", &[], b"");
    assert_eq!(by_query.json["self"], format!("{REST}/customers/1?demo=true"));
    assert_eq!(by_query.json["customerGroup"]["self"], format!("{REST}/customer-groups/1?demo=true"));
}

/// www.e-conomic.com/developer/connect; the redirect: Bjarkevillumsen/mcp-server-e-conomic src/auth/capture-grant-token.ts.
#[test]
fn the_grant_page_sends_the_token_back_or_shows_it() {
    let mut desk = Desk::new();
    let public = desk.app.public.clone();
    let page = format!("/secure/api1/requestaccess.aspx?appPublicToken={public}&locale=da-DK");
    let asked = desk.raw(Surface::Rest, Method::GET, &page, &[], b"");
    assert!(asked.status == 200 && asked.text.contains("Add app") && asked.text.contains("SuperUser") && asked.text.contains("Prøveapp"));
    let form = format!("agreement={AGREEMENT}&action=add");
    let shown = desk.raw(Surface::Rest, Method::POST, &page, &[], form.as_bytes());
    assert!(shown.status == 200 && shown.text.contains("readonly"));
    let back = format!("{page}&redirectUrl=http%3A%2F%2F127.0.0.1%3A3333%2Fback%3Fnonce%3Dx");
    let sent = desk.raw(Surface::Rest, Method::POST, &back, &[], form.as_bytes());
    assert_eq!(sent.status, 302);
    let token = sent.header("location").strip_prefix("http://127.0.0.1:3333/back?nonce=x&token=").expect("the caller's own query stays").to_owned();
    desk.grant = token;
    assert_eq!(desk.get("/self").json["agreementNumber"], AGREEMENT);
    let cancelled = desk.raw(Surface::Rest, Method::POST, &back, &[], format!("agreement={AGREEMENT}&action=cancel").as_bytes());
    assert_eq!((cancelled.status, cancelled.header("location")), (200, ""));
    assert_eq!(desk.raw(Surface::Rest, Method::GET, "/secure/api1/requestaccess.aspx?appPublicToken=x", &[], b"").status, 400);
    assert_eq!(desk.raw(Surface::Rest, Method::GET, &format!("{page}&redirectUrl=javascript%3Ax"), &[], b"").status, 400);
}

/// www.e-conomic.com/developer/permissions, and the roles in the OpenAPI documents' tags.
#[test]
fn a_role_sees_its_own_side_only() {
    let paths = [
        (Surface::Rest, "/customers", [true, false]),
        (Surface::Rest, "/invoices/drafts", [true, false]),
        (Surface::Rest, "/products", [true, false]),
        (Surface::Rest, "/self", [true, false]),
        (Surface::Rest, "/accounts", [false, true]),
        (Surface::Rest, "/journals", [false, true]),
        (Surface::Rest, "/accounting-years", [false, true]),
        (Surface::Rest, "/vat-zones", [true, true]),
        (Surface::Rest, "/", [true, true]),
        (Surface::Open, "/customersapi/v3.1.0/Customers", [true, false]),
        (Surface::Open, "/journalsapi/v15.0.0/draft-entries", [false, true]),
        (Surface::Open, "/bookedEntriesapi/v4.0.0/booked-entries", [false, true]),
        (Surface::Open, "/webhooksapi/v1.0.0/webhooks", [false, false]),
    ];
    for (at, role) in [Role::Sales, Role::Bookkeeping].into_iter().enumerate() {
        let mut desk = Desk::with_role(role);
        for (surface, path, sees) in paths {
            let answer = desk.send(surface, Method::GET, path, &[], b"");
            assert_eq!(answer.status, if sees[at] { 200 } else { 403 }, "{role:?} {path}");
        }
    }
    let mut desk = Desk::new();
    assert!(paths.iter().all(|(surface, path, _)| desk.send(*surface, Method::GET, path, &[], b"").status == 200));
}

/// A subscription without API access; CL Shopify FAQ: "license is read-only".
#[test]
fn without_the_package_nothing_can_be_written() {
    let mut desk = Desk::new();
    desk.setup().read_only(true);
    assert_eq!(desk.get("/customers").status, 200);
    assert_eq!(desk.post("/customers", &customer_body("Ny")).status, 403);
}

/// SL "Self", github.com/traels-it/economic-rest test/fixtures/json/self.json.
#[test]
fn self_is_the_connection_test() {
    let answer = Desk::new().get("/self");
    assert_eq!(answer.json["settings"]["baseCurrency"], "DKK");
    assert_eq!(answer.json["application"]["requiredRoles"][0]["name"], "SuperUser");
    assert_eq!(answer.json["company"]["name"], "Prøve ApS");
    assert_eq!(answer.json["self"], format!("{REST}/self"));
}

/// docs/legacy-api-verification.md of github.com/Pogoe/EConomic.NET: on every answer, also on errors.
#[test]
fn every_answer_tells_its_cost_and_what_is_left() {
    let mut desk = Desk::new();
    for (path, used) in [("/customers", 3), ("/nothing", 6), ("/customers?filter=x", 9)] {
        let answer = desk.get(path);
        assert_eq!(answer.header("x-callcost"), "3");
        assert_eq!(answer.header("x-ratelimiting"), format!("token-limit-10000-per-60-seconds: {used}/10000"));
        assert!(!answer.header("x-requestid").is_empty());
    }
    assert_eq!(
        desk.open_get("/customersapi/v3.1.0/Customers").header("x-ratelimiting"),
        "token-limit-10000-per-60-seconds: 12/10000",
        "one budget over both hosts"
    );
}

/// github.com/dabster2000/intranetservices EconomicsErrorMapper.java.
#[test]
fn a_spent_budget_is_429_until_the_window_ends() {
    let mut desk = Desk::new();
    desk.economic.limits.tokens = 9;
    for _ in 0..3 {
        assert_eq!(desk.get("/customers").status, 200);
    }
    let refused = desk.get("/customers");
    assert_eq!(refused.status, 429);
    let wait: i64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&wait));
    desk.now += TimeDelta::seconds(wait + 1);
    assert_eq!(desk.get("/customers").status, 200);
}

/// techtalk.e-conomic.com/idempotency-tokens-in-e-conomic-apis; the hour: github.com/dabster2000/intranetservices.
#[test]
fn an_idempotency_key_works_for_exactly_one_hour() {
    let mut desk = Desk::new();
    let body = draft_body(1, "100").to_string();
    let key = [("Idempotency-Key", "k-1")];
    let send = |desk: &mut Desk, body: &str| desk.send(Surface::Rest, Method::POST, "/invoices/drafts", &key, body.as_bytes());
    let first = send(&mut desk, &body);
    assert_eq!((first.status, first.header("x-resultfromcache")), (201, ""));
    let made = desk.now;
    let again = send(&mut desk, &body);
    assert_eq!(
        (again.status, &again.text, again.header("x-resultfromcache"), again.header("location")),
        (201, &first.text, "true", first.header("location"))
    );
    let changed = send(&mut desk, &draft_body(1, "101").to_string());
    assert_eq!((changed.status, changed.code()), (400, "PayloadChanged"));
    assert!(changed.text.contains("PayloadChanged"));
    desk.now = made + TimeDelta::minutes(54);
    assert_eq!(send(&mut desk, &draft_body(1, "101").to_string()).status, 400);
    desk.now = made + TimeDelta::seconds(3_599) - TimeDelta::milliseconds(100);
    assert_eq!(send(&mut desk, &body).header("x-resultfromcache"), "true");
    desk.now = made + TimeDelta::seconds(3_600) - TimeDelta::milliseconds(100);
    let late = send(&mut desk, &body);
    assert_eq!((late.status, late.header("x-resultfromcache")), (201, ""), "after the hour it is done a second time");
    assert_eq!(desk.get("/invoices/drafts").rows().len(), 2);
}

/// The same on the other host and on DELETE, not on GET: docs/legacy-api-verification.md, OpenAPI documents.
#[test]
fn keys_hold_for_deletes_and_for_the_services_too() {
    let mut desk = Desk::new();
    let key = [("Idempotency-Key", "k-2")];
    let gone = desk.send(Surface::Rest, Method::DELETE, "/customers/3", &key, b"");
    let replayed = desk.send(Surface::Rest, Method::DELETE, "/customers/3", &key, b"");
    assert_eq!((gone.status, replayed.status, replayed.header("x-resultfromcache")), (204, 204, "true"));
    let unkeyed = desk.delete("/customers/3");
    assert_eq!((unkeyed.status, unkeyed.code()), (404, "E06000"));
    let row =
        json!({ "customerNumber": 77, "name": "Ny", "customerGroupNumber": 1, "zone": 1, "paymentTermId": 2, "currency": "DKK", "access": true })
            .to_string();
    let key = [("Idempotency-Key", "k-3")];
    let made = desk.send(Surface::Open, Method::POST, "/customersapi/v3.1.0/Customers", &key, row.as_bytes());
    let replayed = desk.send(Surface::Open, Method::POST, "/customersapi/v3.1.0/Customers", &key, row.as_bytes());
    assert_eq!((made.status, replayed.status, replayed.header("x-resultfromcache")), (201, 201, "true"), "{}", made.text);
    let read = desk.send(Surface::Rest, Method::GET, "/customers", &[("Idempotency-Key", "k-2")], b"");
    assert_eq!((read.status, read.header("x-resultfromcache")), (200, ""));
}

/// Inferred from a client that makes a new key for each attempt: github.com/dabster2000/intranetservices.
#[test]
fn a_stored_refusal_replays_too_unless_the_harness_says_otherwise() {
    for (replays, header) in [(true, "true"), (false, "")] {
        let mut desk = Desk::new();
        desk.economic.rules.replay_refusals = replays;
        let key = [("Idempotency-Key", "k-4")];
        let mut send = || desk.send(Surface::Rest, Method::POST, "/invoices/drafts", &key, b"{}");
        assert_eq!((send().status, send().header("x-resultfromcache").to_owned()), (400, header.to_owned()));
    }
}

/// Links are absolute, on the host that the client named.
#[test]
fn links_are_built_from_where_the_request_came_to() {
    let mut desk = Desk::new();
    let (secret, grant) = (desk.app.secret.clone(), desk.grant.clone());
    let headers = [("X-AppSecretToken", secret.as_str()), ("X-AgreementGrantToken", grant.as_str())];
    let answer = desk.raw(Surface::Rest, Method::GET, "https://127.0.0.1:9/vat-zones/1", &headers, b"");
    assert_eq!(answer.json["self"], "https://127.0.0.1:9/vat-zones/1");
    assert_eq!(desk.get("/vat-zones/1").json["self"], format!("{REST}/vat-zones/1"));
}
