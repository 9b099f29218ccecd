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
fn of_a_change_set_that_fails_only_the_failure_is_answered() {
    let mut desk = Desk::new();
    let change = |name: &str| {
        format!(
            "--set\nContent-Type: application/http\n\nPOST companies({{c}})/customers HTTP/1.1\nContent-Type: application/json\n\n{{\"displayName\":\"{name}\"}}\n"
        )
    };
    let parts =
        format!("--batch_1\nContent-Type: multipart/mixed; boundary=set\n\n{}{}{}--set--\n--batch_1--\n", change("Før"), change(""), change("Efter"));
    let answer = multipart(&mut desk, &[("Prefer", "odata.continue-on-error")], &parts);
    assert!(!answer.text.contains("HTTP/1.1 201") && answer.text.contains("HTTP/1.1 400"), "{}", answer.text);
    for name in ["Før", "Efter"] {
        assert_eq!(desk.get(&format!("customers/$count?$filter=displayName eq '{name}'")).text, "0", "{name}");
    }
}

/// `(id, group, depends on, display name)`; a part without a name fails.
fn json_batch(desk: &mut Desk, parts: &[(&str, &str, &[&str], &str)]) -> Answer {
    let requests: Vec<Json> = parts
        .iter()
        .map(|(id, group, depends, name)| {
            let mut part =
                json!({ "id": id, "method": "POST", "url": format!("companies({})/customers", desk.company), "body": { "displayName": name } });
            if !group.is_empty() {
                part["atomicityGroup"] = (*group).into();
            }
            if !depends.is_empty() {
                part["dependsOn"] = json!(depends);
            }
            part
        })
        .collect();
    let headers = [("Prefer", "odata.continue-on-error")];
    desk.send(Method::POST, &format!("{}/$batch", Desk::root()), &headers, json!({ "requests": requests }).to_string().as_bytes())
}

fn told(answer: &Answer) -> Vec<(String, u64)> {
    let parts = answer.json["responses"].as_array().cloned().unwrap_or_default();
    parts.iter().map(|part| (part["id"].as_str().unwrap_or_default().to_string(), part["status"].as_u64().unwrap_or(0))).collect()
}

/// OASIS OData JSON Format 4.01, 19.4: what depends on a failure is 424; OData/odata.net#1822: forward references are refused.
#[test]
fn what_depends_on_a_failed_part_is_not_run() {
    let mut desk = Desk::new();
    let answer =
        json_batch(&mut desk, &[("1", "", &[], ""), ("2", "", &["1"], "A"), ("3", "", &["2"], "B"), ("4", "", &[], "C"), ("5", "", &["4"], "D")]);
    assert_eq!(told(&answer), [("1".into(), 400), ("2".into(), 424), ("3".into(), 424), ("4".into(), 201), ("5".into(), 201)]);
    assert_eq!(desk.get("customers/$count?$filter=displayName eq 'A'").text, "0");
    for (parts, why) in [
        (&[("1", "", &["2"][..], "A"), ("2", "", &[], "B")][..], "a forward reference"),
        (&[("1", "", &[], "A"), ("1", "", &["1"], "B")], "an id given twice"),
        (&[("1", "g", &[], "A"), ("2", "", &[], "B"), ("3", "g", &[], "C")], "a group torn apart"),
    ] {
        let refused = json_batch(&mut desk, parts);
        assert_eq!((refused.status, refused.code()), (400, "BadRequest"), "{why}");
    }
}

/// The same, 19.3: an atomicity group is a change set.
#[test]
fn an_atomicity_group_stands_or_falls_as_one() {
    let mut desk = Desk::new();
    let answer = json_batch(
        &mut desk,
        &[
            ("1", "", &[], "Alene"),
            ("2", "g", &[], "Før"),
            ("3", "g", &[], ""),
            ("4", "g", &[], "Efter"),
            ("5", "", &["g"], "Aldrig"),
            ("6", "h", &[], "Sammen"),
        ],
    );
    assert_eq!(told(&answer), [("1".into(), 201), ("3".into(), 400), ("5".into(), 424), ("6".into(), 201)]);
    assert_eq!(answer.json["responses"][1]["atomicityGroup"], "g");
    let names: Vec<String> = ["Alene", "Før", "Efter", "Aldrig", "Sammen"]
        .into_iter()
        .map(|name| desk.get(&format!("customers/$count?$filter=displayName eq '{name}'")).text)
        .collect();
    assert_eq!(names, ["1", "0", "0", "0", "1"]);
}

/// Not documented for this service: a reference to an earlier part's result names nothing.
#[test]
fn an_earlier_part_cannot_be_referred_to() {
    let mut desk = Desk::new();
    let url = format!("companies({})/customers", desk.company);
    let envelope = json!({ "requests": [
        { "id": "1", "method": "POST", "url": url, "body": { "displayName": "A" } },
        { "id": "2", "method": "PATCH", "url": "$1", "headers": { "If-Match": "*" }, "body": { "city": "Ribe" }, "dependsOn": ["1"] },
    ] });
    let answer = desk.send(Method::POST, &format!("{}/$batch", Desk::root()), &[], envelope.to_string().as_bytes());
    assert_eq!(told(&answer), [("1".into(), 201), ("2".into(), 404)]);
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
    let handshake = made.handshake.clone().expect("a handshake");
    let token = handshake.request.uri().query().and_then(|query| query.strip_prefix("validationToken=")).unwrap_or_default().to_string();
    assert!(desk.bc.shaken(&handshake, Some((StatusCode::OK, token.as_bytes()))).is_none());
    let id = desk.draft("C1", "A-1", json!(100)).text("id");
    assert!(desk.due(20).is_empty());
    let told = desk.due(20);
    let body: Json = serde_json::from_slice(told[0].body()).expect("a notification");
    let entries = body["value"].as_array().cloned().unwrap_or_default();
    assert_eq!(entries.len(), 1, "lines are told as their header");
    assert_eq!((entries[0]["changeType"].as_str(), entries[0]["clientState"].as_str()), (Some("created"), Some("s")));
    assert!(entries[0]["resource"].as_str().is_some_and(|resource| resource.ends_with(&format!("salesInvoices({id})"))));
    desk.bc.delivered(desk.now, &told[0], Some(StatusCode::SERVICE_UNAVAILABLE));
    assert!(desk.due(59).is_empty());
    assert_eq!(desk.due(2).len(), 1, "tried again after a minute");
}

#[test]
fn an_unanswered_handshake_ends_the_subscription_and_three_days_do_too() {
    let mut desk = Desk::new();
    let handshake = desk.subscribe("customers").handshake.expect("a handshake");
    let refused = desk.bc.shaken(&handshake, Some((StatusCode::OK, b"something else"))).expect("a refusal");
    assert_eq!(refused.status(), 400);
    let list = format!("{}/subscriptions", Desk::root());
    assert!(desk.send(Method::GET, &list, &[], b"").rows().is_empty());
    let kept = desk.subscribe("customers");
    let one = format!("{list}('{}')", kept.text("subscriptionId"));
    assert_eq!(desk.send(Method::PATCH, &one, &[], b"{}").code(), "BadRequest_InvalidToken");
    let begun = desk.now;
    desk.now += TimeDelta::days(2);
    let renewed = desk.send(Method::PATCH, &one, &[("If-Match", &kept.etag())], b"{}");
    assert_eq!((renewed.status, renewed.text("expirationDateTime") > kept.text("expirationDateTime")), (200, true));
    desk.bc.shaken(&renewed.handshake.expect("a handshake at each renewal"), None);
    assert_eq!(desk.send(Method::GET, &one, &[], b"").text("expirationDateTime"), kept.text("expirationDateTime"), "it was not renewed");
    desk.due((begun + TimeDelta::days(3) - desk.now).num_seconds());
    desk.draft("C1", "A-1", json!(1));
    assert!(desk.due(60).is_empty());
    assert!(desk.send(Method::GET, &list, &[], b"").rows().is_empty());
    assert_eq!(desk.subscribe("salesInvoiceLines").code(), "Application_DialogException");
}

/// dynamics-subscriptions.md: five attempts after the first, then silence; a plain refusal ends the subscription at once.
#[test]
fn notifications_are_tried_again_by_their_calendar() {
    let mut desk = Desk::new();
    desk.subscribe("customers");
    desk.post("customers", json!({ "displayName": "Ny" }));
    let mut told = desk.due(31);
    for minutes in [1, 1, 10, 100, 1_000] {
        assert_eq!(told.len(), 1);
        desk.bc.delivered(desk.now, &told[0], if minutes == 10 { None } else { Some(StatusCode::TOO_MANY_REQUESTS) });
        assert!(desk.due(60 * minutes - 1).is_empty(), "{minutes}");
        told = desk.due(1);
    }
    desk.bc.delivered(desk.now, &told[0], None);
    assert!(desk.due(86_400).is_empty());
    desk.post("customers", json!({ "displayName": "Næste" }));
    let told = desk.due(31);
    desk.bc.delivered(desk.now, &told[0], Some(StatusCode::NOT_FOUND));
    let list = format!("{}/subscriptions", Desk::root());
    assert!(desk.send(Method::GET, &list, &[], b"").rows().is_empty());
}

/// dynamics-subscriptions.md: what happened, and more than a thousand changes as one; operational-limits-online.md: 200 of them.
#[test]
fn changes_are_told_by_their_kind_and_many_as_a_collection() {
    let mut desk = Desk::new();
    desk.subscribe("customers");
    let id = desk.id("customers", "number eq 'C9'");
    desk.patch(&format!("customers({id})"), "*", json!({ "city": "Ribe" }));
    let gone = desk.post("customers", json!({ "displayName": "Kort" })).text("id");
    let kinds = |told: &[Request<Bytes>]| -> Vec<(String, String)> {
        let body: Json = told.first().and_then(|told| serde_json::from_slice(told.body()).ok()).unwrap_or_default();
        let entry = |entry: &Json| (entry["changeType"].as_str().unwrap_or_default().into(), entry["resource"].as_str().unwrap_or_default().into());
        body["value"].as_array().into_iter().flatten().map(entry).collect()
    };
    let mut told: Vec<String> = kinds(&desk.due(31)).into_iter().map(|(kind, _)| kind).collect();
    told.sort();
    assert_eq!(told, ["created", "updated"]);
    let path = desk.path(&format!("customers({gone})"));
    assert_eq!(desk.send(Method::DELETE, &path, &[], b"").status, 204);
    assert_eq!(kinds(&desk.due(31))[0].0, "deleted");
    let fill: Vec<Json> = (0..100).map(|n| json!({ "method": "POST", "url": path_of(&desk), "body": { "displayName": format!("N{n}") } })).collect();
    let start = desk.now;
    for _ in 0..11 {
        desk.send(Method::POST, &format!("{}/$batch", Desk::root()), &[], json!({ "requests": fill }).to_string().as_bytes());
    }
    assert!(desk.now - start < TimeDelta::seconds(30));
    let told = kinds(&desk.due(31));
    assert_eq!((told.len(), told[0].0.as_str()), (1, "collection"));
    assert!(told[0].1.contains("$filter=lastModifiedDateTime%20ge%20"), "{}", told[0].1);
    for _ in 0..199 {
        assert_eq!(desk.subscribe("items").status, 201);
    }
    assert_eq!(desk.subscribe("items").code(), "Application_DialogException");
}

fn path_of(desk: &Desk) -> String {
    format!("companies({})/customers", desk.company)
}
