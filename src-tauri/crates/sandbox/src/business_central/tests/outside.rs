//! What other clients use: batches in multipart, and webhooks.

use super::*;
use http::StatusCode;

fn multipart(desk: &mut Desk, headers: &[(&str, &str)], parts: &str) -> Answer {
    let body = parts.replace("{c}", &desk.company).replace('\n', "\r\n");
    let mut all = vec![("Content-Type", "multipart/mixed; boundary=batch_1")];
    all.extend_from_slice(headers);
    desk.send(Method::POST, &format!("{}/$batch", Desk::root()), &all, body.as_bytes())
}

#[test]
fn a_multipart_batch_reads_and_writes() {
    let mut desk = Desk::new();
    let answer = multipart(
        &mut desk,
        &[],
        "--batch_1\nContent-Type: application/http\n\nGET companies({c})/customers?$top=1 HTTP/1.1\nAccept: application/json\n\n\n--batch_1\nContent-Type: application/http\nContent-ID: 7\n\nPOST companies({c})/customers HTTP/1.1\nContent-Type: application/json\n\n{\"displayName\":\"Ny\"}\n--batch_1--\n",
    );
    assert_eq!(answer.status, 200);
    assert!(answer.text.starts_with("--batchresponse_") && answer.text.trim_end().ends_with("--"));
    assert!(answer.text.contains("HTTP/1.1 200 OK") && answer.text.contains("HTTP/1.1 201 Created") && answer.text.contains("Content-ID: 7"));
    assert_eq!(desk.get("customers/$count?$filter=displayName eq 'Ny'").text, "1");
}

#[test]
fn a_change_set_stands_or_falls_as_one() {
    let mut desk = Desk::new();
    let change = |name: &str| {
        format!(
            "--set\nContent-Type: application/http\n\nPOST companies({{c}})/customers HTTP/1.1\nContent-Type: application/json\n\n{{\"displayName\":\"{name}\"}}\n"
        )
    };
    let parts = format!("--batch_1\nContent-Type: multipart/mixed; boundary=set\n\n{}{}--set--\n--batch_1--\n", change("Spøgelse"), change(""));
    let answer = multipart(&mut desk, &[("Prefer", "odata.continue-on-error")], &parts);
    assert!(answer.text.contains("HTTP/1.1 400 Bad Request"));
    assert_eq!(desk.get("customers/$count?$filter=displayName eq 'Spøgelse'").text, "0");
}

#[test]
fn each_part_of_a_batch_counts_against_the_limits() {
    let mut desk = Desk::new();
    desk.bc.set_limits(super::super::Limits { requests: 3, ..Default::default() });
    let envelope = json!({ "requests": vec![json!({ "id": "x", "method": "GET", "url": "companies" }); 4] });
    let answer =
        desk.send(Method::POST, &format!("{}/$batch", Desk::root()), &[("Prefer", "odata.continue-on-error")], envelope.to_string().as_bytes());
    let last = &answer.json["responses"][3];
    assert_eq!((last["status"].as_u64(), last["body"]["error"]["code"].as_str()), (Some(429), Some("Application_TooManyRequests")));
}

impl Desk {
    fn subscribe(&mut self, set: &str) -> Answer {
        let body = json!({ "notificationUrl": "http://listener.test/hook", "resource": format!("/api/v2.0/companies({})/{set}", self.company), "clientState": "s" });
        self.send(Method::POST, &format!("{}/subscriptions", Desk::root()), &[], body.to_string().as_bytes())
    }

    fn due(&mut self, seconds: i64) -> Vec<Request<Bytes>> {
        self.now += TimeDelta::seconds(seconds);
        self.bc.advance(self.now).into_iter().map(|outgoing| outgoing.request).collect()
    }
}

#[test]
fn a_subscription_needs_its_handshake_and_tells_changes_after_half_a_minute() {
    let mut desk = Desk::new();
    let made = desk.subscribe("salesInvoices");
    assert_eq!(made.status, 201, "{}", made.text);
    let handshake = desk.due(0);
    let token = handshake[0].uri().query().and_then(|query| query.strip_prefix("validationToken=")).unwrap_or_default().to_string();
    desk.bc.delivered(desk.now, &handshake[0], Some((StatusCode::OK, token.as_bytes())));
    let id = desk.draft("C1", "A-1", json!(100)).text("id");
    assert!(desk.due(20).is_empty());
    let told = desk.due(20);
    let body: Json = serde_json::from_slice(told[0].body()).expect("a notification");
    let entries = body["value"].as_array().cloned().unwrap_or_default();
    assert_eq!(entries.len(), 1, "lines are told as their header");
    assert_eq!((entries[0]["changeType"].as_str(), entries[0]["clientState"].as_str()), (Some("created"), Some("s")));
    assert!(entries[0]["resource"].as_str().is_some_and(|resource| resource.ends_with(&format!("salesInvoices({id})"))));
    desk.bc.delivered(desk.now, &told[0], Some((StatusCode::SERVICE_UNAVAILABLE, b"")));
    assert!(desk.due(59).is_empty());
    assert_eq!(desk.due(2).len(), 1, "tried again after a minute");
}

#[test]
fn an_unanswered_handshake_ends_the_subscription_and_three_days_do_too() {
    let mut desk = Desk::new();
    desk.subscribe("customers");
    let handshake = desk.due(0);
    desk.bc.delivered(desk.now, &handshake[0], Some((StatusCode::OK, b"something else")));
    let list = format!("{}/subscriptions", Desk::root());
    assert!(desk.send(Method::GET, &list, &[], b"").rows().is_empty());
    let kept = desk.subscribe("customers");
    let one = format!("{list}('{}')", kept.text("subscriptionId"));
    assert_eq!(desk.send(Method::PATCH, &one, &[], b"{}").code(), "BadRequest_InvalidToken");
    assert_eq!(desk.send(Method::PATCH, &one, &[("If-Match", &kept.etag())], b"{}").status, 200);
    desk.due(3 * 86_400);
    desk.draft("C1", "A-1", json!(1));
    assert!(desk.due(60).is_empty());
    assert!(desk.send(Method::GET, &list, &[], b"").rows().is_empty());
    assert_eq!(desk.subscribe("salesInvoiceLines").code(), "Application_DialogException");
}
