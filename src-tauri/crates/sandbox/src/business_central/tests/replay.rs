//! The same writes at the same instants give the same books, whatever was read between them;
//! and pages, however they are cut, give the list.

use super::*;
use proptest::prelude::*;

/// A request that changed something, with its instant.
type Written = (DateTime<Utc>, Method, String, Option<String>, Vec<u8>);

impl Desk {
    fn write(&mut self, kept: &mut Vec<Written>, method: Method, below: &str, etag: Option<String>, body: Json) -> Answer {
        let (path, body) = (self.path(below), body.to_string().into_bytes());
        let answer = self.resend(method.clone(), &path, etag.as_deref(), &body);
        kept.push((self.now, method, path, etag, body));
        answer
    }

    fn resend(&mut self, method: Method, path: &str, etag: Option<&str>, body: &[u8]) -> Answer {
        let headers: Vec<(&str, &str)> = etag.map(|tag| ("If-Match", tag)).into_iter().collect();
        self.send(method, path, &headers, body)
    }

    /// Everything there is, without the tags, which reads may move.
    fn books(&mut self) -> Vec<Json> {
        ["customers", "contacts", "salesInvoices?$expand=salesInvoiceLines", "generalLedgerEntries"]
            .into_iter()
            .map(|set| {
                let mut json = self.get(set).json;
                without_tags(&mut json);
                json
            })
            .collect()
    }
}

fn without_tags(json: &mut Json) {
    match json {
        Json::Object(members) => {
            members.remove("@odata.etag");
            members.values_mut().for_each(without_tags);
        }
        Json::Array(items) => items.iter_mut().for_each(without_tags),
        _ => {}
    }
}

#[test]
fn a_replay_without_the_reads_gives_the_same_books() {
    let mut live = Desk::new();
    let account = live.id("accounts", "number eq '1010'");
    let mut kept = Vec::new();
    let line = json!({ "accountId": account, "quantity": 1, "unitPrice": 10 });
    let customer = live.write(&mut kept, Method::POST, "customers", None, json!({ "displayName": "Ny" })).text("id");
    for n in 0..3 {
        let draft =
            live.write(&mut kept, Method::POST, "salesInvoices", None, json!({ "customerNumber": "C1", "salesInvoiceLines": [line] })).text("id");
        live.get("customers?$filter=contains(displayName,'x')");
        live.write(&mut kept, Method::POST, "salesInvoices", None, json!({ "customerNumber": "NIX" }));
        for _ in 0..n {
            live.get(&format!("salesInvoices({draft})"));
        }
        let tag = live.get(&format!("salesInvoices({draft})")).etag();
        let changed = live.write(&mut kept, Method::PATCH, &format!("salesInvoices({draft})"), Some(tag), json!({ "email": "a@b.dk" }));
        assert_eq!(changed.status, 200);
    }
    live.write(&mut kept, Method::DELETE, &format!("customers({customer})"), None, json!({}));

    let mut again = Desk::new();
    for (at, method, path, etag, body) in kept {
        again.now = at - TimeDelta::milliseconds(100);
        again.resend(method, &path, etag.as_deref(), &body);
    }
    again.now = live.now;
    assert_eq!(live.books(), again.books());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pages_put_together_are_the_list(
        size in 1usize..6,
        filter in prop_oneof![Just(""), Just("&$filter=number ne 'C3'"), Just("&$filter=number eq 'C1' or number eq 'C9' or number eq 'C4'"), Just("&$filter=blocked eq '_x0020_'")],
        order in prop_oneof![Just(""), Just("&$orderby=displayName"), Just("&$orderby=currencyCode desc,number desc")],
        top in prop_oneof![Just(String::new()), (1usize..9).prop_map(|top| format!("&$top={top}"))],
        skip in prop_oneof![Just(String::new()), (0usize..4).prop_map(|skip| format!("&$skip={skip}"))],
    ) {
        let mut desk = Desk::new();
        let query = format!("customers?$select=number{filter}{order}{top}{skip}");
        let numbers = |answer: &Answer| answer.rows().iter().map(|row| row["number"].to_string()).collect::<Vec<_>>();
        let whole = numbers(&desk.get(&query));
        let (mut pages, mut url) = (Vec::new(), desk.path(&query));
        for _ in 0..20 {
            let page = desk.get_page(&url, size);
            prop_assert_eq!(page.status, 200);
            prop_assert!(page.rows().len() <= size);
            pages.extend(numbers(&page));
            match page.json["@odata.nextLink"].as_str() {
                Some(next) => url = next.to_string(),
                None => break,
            }
        }
        prop_assert_eq!(pages, whole);
    }
}
