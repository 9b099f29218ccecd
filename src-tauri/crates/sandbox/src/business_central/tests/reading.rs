//! Options, pages, expansions, and what the API says about itself.

use super::*;

#[test]
fn pages_by_prefer_walk_over_every_row_once() {
    let mut desk = Desk::new();
    let all: Vec<Json> = desk.get("customers").rows().iter().map(|row| row["number"].clone()).collect();
    for size in [1, 2, 3, 100] {
        let (mut seen, mut url) = (Vec::new(), desk.path("customers?$select=number,displayName&$filter=displayName ne 'x'"));
        for _ in 0..20 {
            let page = desk.get_page(&url, size);
            assert!(page.rows().len() <= size);
            seen.extend(page.rows().iter().map(|row| row["number"].clone()));
            match page.json["@odata.nextLink"].as_str() {
                Some(next) => {
                    assert!(next.starts_with("http://ledger.test/v2.0/") && next.contains("aid=FIN&$skiptoken="), "{next}");
                    assert!(next.contains("$select=number,displayName"), "{next}");
                    url = next.to_string();
                }
                None => break,
            }
        }
        assert_eq!(seen, all, "page size {size}");
    }
}

#[test]
fn pages_of_an_ordered_list_and_of_nested_lines() {
    let mut desk = Desk::new();
    let mut url = desk.path("customers?$orderby=displayName desc&$select=displayName");
    let mut seen = Vec::new();
    for _ in 0..20 {
        let page = desk.get_page(&url, 2);
        seen.extend(page.rows().iter().map(|row| row["displayName"].as_str().unwrap_or_default().to_string()));
        match page.json["@odata.nextLink"].as_str() {
            Some(next) => url = next.to_string(),
            None => break,
        }
    }
    let mut sorted = seen.clone();
    sorted.sort_by(|left, right| right.cmp(left));
    assert_eq!(seen, sorted);
    assert_eq!(seen.len(), 7);
}

#[test]
fn the_server_page_size_holds_without_prefer_and_top_never_links_below_it() {
    let mut desk = Desk::new();
    desk.bc.server_page_size = 4;
    let page = desk.get("customers");
    assert_eq!(page.rows().len(), 4);
    assert!(page.json["@odata.nextLink"].is_string());
    assert!(desk.get("customers?$top=3").json["@odata.nextLink"].is_null());
    let big = desk.get("customers?$top=6");
    assert_eq!(big.rows().len(), 4);
    assert!(big.json["@odata.nextLink"].as_str().is_some_and(|next| next.contains("$top=2")), "the rest of $top travels along");
}

#[test]
fn count_skip_and_select() {
    let mut desk = Desk::new();
    let answer = desk.get("customers?$count=true&$top=2&$skip=1&$select=number");
    assert_eq!(answer.json["@odata.count"], 7);
    assert_eq!(answer.rows().iter().map(|row| row["number"].as_str().unwrap_or_default()).collect::<Vec<_>>(), ["C2", "C3"]);
    assert!(answer.rows()[0]["displayName"].is_null() && answer.rows()[0]["@odata.etag"].is_string());
    assert_eq!(desk.get("customers/$count?$filter=startswith(number,'c')").text, "7", "a code is compared in upper case");
}

#[test]
fn filters_find_what_they_say() {
    let mut desk = Desk::new();
    for (filter, expected) in [
        ("number eq 'C1' or number eq 'C2'", 2),
        ("contains(displayName,'Tangkær')", 1),
        ("contains(displayName,'tangkær')", 0),
        ("tolower(displayName) eq 'ida holm'", 1),
        ("blocked eq 'All'", 1),
        ("blocked eq '_x0020_'", 6),
        ("email eq null", 7),
        ("email eq ''", 7),
        ("displayName eq 'O''Brien'", 0),
        ("lastModifiedDateTime gt 2026-11-20T07:59:59Z and (number ge 'C1' and number lt 'C3')", 2),
        ("lastModifiedDateTime gt 2026-11-21T00:00:00Z", 0),
    ] {
        let answer = desk.get(&format!("customers?$filter={filter}"));
        assert_eq!((answer.status, answer.rows().len()), (200, expected), "{filter}");
    }
}

#[test]
fn expand_goes_down_and_up() {
    let mut desk = Desk::new();
    let id = desk.draft("C1", "A-1", json!(100)).text("id");
    let answer = desk.get(&format!("salesInvoices({id})?$expand=customer($select=number),paymentTerm,salesInvoiceLines($select=description,amountExcludingTax;$expand=account($select=number))"));
    assert_eq!(answer.json["customer"]["number"], "C1");
    assert_eq!(answer.json["paymentTerm"]["code"], "14D");
    let line = &answer.json["salesInvoiceLines"][0];
    assert_eq!((line["account"]["number"].as_str(), line["amountExcludingTax"].to_string().as_str()), (Some("1010"), "100"));
    assert!(answer.json["currency"].is_null() && line["quantity"].is_null());
    assert_eq!(desk.get("salesInvoices?$expand=nothing").code(), "BadRequest");
    let detail = desk.get("customers?$filter=number eq 'C1'&$expand=customerFinancialDetail,agedAccountsReceivable");
    assert_eq!(detail.rows()[0]["customerFinancialDetail"]["number"], "C1");
    assert_eq!(detail.rows()[0]["agedAccountsReceivable"]["name"], detail.rows()[0]["displayName"]);
}

#[test]
fn blanks_stand_where_others_say_null() {
    let mut desk = Desk::new();
    let draft = desk.post("salesInvoices", json!({ "customerNumber": "C1" }));
    assert_eq!(draft.text("externalDocumentNumber"), "");
    assert_eq!(draft.text("promisedPayDate"), "0001-01-01");
    assert_eq!(draft.text("orderId"), "00000000-0000-0000-0000-000000000000");
    assert_eq!(desk.get("customers").rows()[0]["blocked"], "_x0020_");
    assert!(desk.get("salesInvoices").text.matches("null").next().is_none());
}

#[test]
fn the_service_describes_itself() {
    let mut desk = Desk::new();
    let root = Desk::root();
    assert_eq!(desk.send(Method::GET, &root, &[], b"").rows().len(), 41);
    let facts = super::super::facts::facts();
    assert_eq!((facts.entities.iter().map(|entity| entity.properties.len()).sum::<usize>(), facts.enums.len()), (590, 20));
    let csdl = desk.send(Method::GET, &format!("{root}/$metadata"), &[], b"").text;
    for part in
        ["<EntitySet Name=\"salesInvoices\"", "Type=\"Microsoft.NAV.invoiceEntityAggregateStatus\"", "<Action Name=\"post\"", "MaxLength=\"35\""]
    {
        assert!(csdl.contains(part), "{part}");
    }
    let definitions = desk.send(Method::GET, &format!("{root}/entityDefinitions"), &[], b"");
    let customer = definitions.rows().iter().find(|row| row["entitySetName"] == "customers").cloned().unwrap_or_default();
    assert_eq!(customer["entityCaptions"], json!([{ "languageCode": 1033, "caption": "Customer" }]));
    let caption = |name: &str| {
        let properties = customer["properties"].as_array().cloned().unwrap_or_default();
        properties.iter().find(|property| property["name"] == name).map(|property| property["captions"][0]["caption"].clone()).unwrap_or_default()
    };
    assert_eq!([caption("number"), caption("displayName"), caption("defaultDimensions")], ["No.", "Display Name", "Default Dimensions"]);
    let items = definitions.rows().iter().find(|row| row["entitySetName"] == "items").cloned().unwrap_or_default();
    assert_eq!(items["enumMembers"][0]["enumMembers"][2]["captions"][0]["caption"], "Non-Inventory");
    let environments = desk.send(Method::GET, "/environments/v1.2", &[], b"");
    assert_eq!((environments.rows()[0]["name"].as_str(), environments.rows()[0]["aadTenantId"].as_str()), (Some("Production"), Some(TENANT)));
    let companies = desk.send(Method::GET, &format!("{root}/companies"), &[], b"");
    assert_eq!(companies.rows()[0]["displayName"], "Prøve ApS");
    let every: Vec<&'static str> = super::super::facts::facts()
        .entities
        .iter()
        .filter(|entity| !entity.needs_parent && !matches!(entity.set, "companies" | "subscriptions"))
        .map(|entity| entity.set)
        .collect();
    for set in every {
        assert_eq!(desk.get(set).status, 200, "{set}");
    }
}

#[test]
fn what_is_not_there() {
    let mut desk = Desk::new();
    let unknown = desk.get("nosuchset");
    assert_eq!((unknown.status, unknown.code()), (404, "BadRequest_ResourceNotFound"));
    assert_eq!(desk.get("customers/5de545bc-0000-4000-8000-000000000000").status, 404, "keys do not go into the path");
    let gone = desk.get("customers(5de545bc-0000-4000-8000-000000000000)");
    assert_eq!((gone.status, gone.code()), (404, "Internal_RecordNotFound"));
    let path = desk.path("customers");
    assert_eq!(desk.send(Method::PATCH, &path, &[], b"{}").status, 405);
    assert_eq!(desk.send(Method::POST, &format!("{}/companies", Desk::root()), &[], b"{}").code(), "BadRequest_MethodNotAllowed");
    assert!(gone.message().contains("  CorrelationId:  "));
}
