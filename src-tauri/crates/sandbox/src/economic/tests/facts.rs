//! Every answer agrees with the derived facts: nothing is shown that the shapes do not know, of the kinds they name.

use super::*;
use crate::economic::facts::{Kind, Shape, all, shape};

/// What answers carry beside the shapes, as the sources observed.
const BESIDE: &[&str] = &["self", "metaData", "accountsSummed", "attachment"];
/// Seen on the wire by the sources, in no schema.
const OBSERVED: &[&str] = &[
    "journalEntryNumber",
    "amountDefaultCurrency",
    "voucher.accountingYear",
    "exchangeRate",
    "lines[].totalNetAmount",
    "entries.financeVouchers[].metaData",
    "templates.upgradeInstructions",
    "remainder",
];

fn check(shape: &Shape, view: char, holder: &str, value: &Value, wrong: &mut Vec<String>) {
    for (name, value) in value.as_object().into_iter().flatten() {
        if BESIDE.contains(&name.as_str()) {
            continue;
        }
        let path = if holder.is_empty() { name.clone() } else { format!("{holder}.{name}") };
        let Some(property) = shape.property(&path).filter(|property| property.shown_in(view)) else {
            if !OBSERVED.iter().any(|observed| path.ends_with(observed)) {
                wrong.push(format!("{path} is not known in {view}"));
            }
            continue;
        };
        let fits = match property.kind {
            Kind::Text | Kind::Date | Kind::Instant => value.is_string(),
            Kind::Integer => value.as_u64().is_some(),
            Kind::Number => value.is_number(),
            Kind::Flag => value.is_boolean(),
            Kind::Object => value.is_object(),
            Kind::List => value.is_array(),
        };
        let listed = property.values.is_empty() || value.as_str().is_some_and(|value| property.values.contains(&value));
        if !fits || !listed {
            wrong.push(format!("{path} is {value}"));
        }
        check(shape, view, &path, value, wrong);
        for item in value.as_array().into_iter().flatten() {
            check(shape, view, &format!("{path}[]"), item, wrong);
        }
    }
}

fn filled() -> Desk {
    let mut desk = Desk::new();
    for price in ["100", "33.33"] {
        let draft = desk.draft(1, price);
        desk.setup().book_invoice(draft).expect("booked");
    }
    desk.draft(3, "10");
    desk.post("/orders/drafts", &draft_body(1, "5"));
    desk.post("/quotes/drafts", &draft_body(1, "5"));
    let entry = json!({ "customer": { "customerNumber": 1 }, "contraAccount": { "accountNumber": 5710 }, "amount": -10, "date": "2026-11-03", "customerInvoice": 1 });
    for _ in 0..2 {
        desk.post("/journals/1/vouchers", &json!({ "accountingYear": { "year": "2026" }, "entries": { "customerPayments": [entry] } }));
    }
    desk.setup().book_journal(1).expect("booked");
    desk.post("/journals/1/vouchers", &json!({ "accountingYear": { "year": "2026" }, "entries": { "customerPayments": [entry] } }));
    side_rows(&mut desk);
    desk
}

/// What hangs on the others.
fn side_rows(desk: &mut Desk) {
    desk.economic.rules.allow_posting = true;
    let draft = desk.draft(1, "7");
    for (surface, path, body) in [
        (Surface::Rest, "/suppliers", supplier_body()),
        (Surface::Rest, "/customers/1/delivery-locations", json!({ "address": "Lager 1" })),
        (Surface::Rest, "/customers/1/contacts", json!({ "name": "Ida" })),
        (Surface::Rest, "/invoices/booked", json!({ "draftInvoice": { "draftInvoiceNumber": draft }, "sendBy": "EAN" })),
        (Surface::Open, "/productsapi/v2.0.0/pricegroups", json!({ "number": 1, "name": "Forhandlere" })),
        (Surface::Open, "/productsapi/v2.0.0/products/KOP/salespriceincurrencies", json!({ "currency": "EUR", "salesPrice": 11 })),
        (
            Surface::Open,
            "/journalsapi/v15.0.0/accruals",
            json!({ "entryNumber": 3, "journalNumber": 1, "accountNumber": 1010, "startDate": "2026-11-01", "endDate": "2027-01-31" }),
        ),
        (Surface::Open, "/documentsapi/v4.0.1/AttachedDocuments", json!({ "voucherNumber": 3, "accountingYear": "2026", "file": "JVBERi0xLjQ=" })),
    ] {
        let made = desk.send(surface, Method::POST, path, &[], body.to_string().as_bytes());
        assert_eq!(made.status, 201, "{path}: {}", made.text);
    }
}

#[test]
fn rest_answers_agree_with_the_facts() {
    let mut desk = filled();
    let mut wrong = Vec::new();
    for (path, name, key) in [
        ("/customers", "customers", "1"),
        ("/customer-groups", "customerGroups", "1"),
        ("/products", "products", "KOP"),
        ("/product-groups", "productGroups", "1"),
        ("/product-groups/1/sales-accounts", "productGroupSalesAccounts", ""),
        ("/payment-terms", "paymentTerms", "1"),
        ("/vat-zones", "vatZones", "1"),
        ("/vat-accounts", "vatAccounts", "U25"),
        ("/layouts", "layouts", "19"),
        ("/currencies", "currencies", "DKK"),
        ("/units", "units", "1"),
        ("/accounts", "accounts", "1010"),
        ("/accounting-years", "accountingYears", "2026"),
        ("/accounting-years/2026/periods", "accountingYearPeriods", "11"),
        ("/accounting-years/2026/entries", "accountingYearEntries", ""),
        ("/journals", "journals", "2"),
        ("/journals/1/entries", "journalEntries", "3"),
        ("/journals/1/vouchers", "journalVouchers", "2026-3"),
        ("/employees", "employees", "1"),
        ("/suppliers", "suppliers", "1"),
        ("/payment-types", "paymentTypes", "7"),
        ("/customers/1/delivery-locations", "customerDeliveryLocations", "1"),
        ("/customers/1/contacts", "customerContacts", "1"),
        ("/accounting-years/2026/totals", "accountingYearTotals", ""),
        ("/invoices/sent", "sentInvoices", "1"),
        ("/invoices/drafts", "draftInvoices", "3"),
        ("/invoices/booked", "bookedInvoices", "1"),
        ("/orders/drafts", "draftOrders", "1"),
        ("/quotes/drafts", "draftQuotes", "1"),
    ] {
        let listed = desk.get(path);
        assert!(listed.status == 200 && !listed.rows().is_empty(), "{path}: {}", listed.text);
        let mut found = Vec::new();
        listed.rows().iter().for_each(|row| check(shape(name), 'L', "", row, &mut found));
        if !key.is_empty() {
            let one = desk.get(&format!("{path}/{key}"));
            assert_eq!(one.status, 200, "{path}/{key}");
            check(shape(name), 'G', "", &one.json, &mut found);
        }
        wrong.extend(found.into_iter().map(|text| format!("{name}: {text}")));
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn service_answers_agree_with_the_facts() {
    let mut desk = filled();
    let mut wrong = Vec::new();
    for (path, name) in [
        ("/customersapi/v3.1.0/Customers", "customersapi/Customer"),
        ("/productsapi/v2.0.0/products", "productsapi/Product"),
        ("/productsapi/v2.0.0/productgroups", "productsapi/ProductGroup"),
        ("/productsapi/v2.0.0/productgroups/1/zones", "productsapi/Zone"),
        ("/q2capi/v5.3.0/invoices/drafts", "q2capi/DraftInvoice"),
        ("/q2capi/v5.3.0/invoices/drafts/lines", "q2capi/DraftInvoiceLine"),
        ("/q2capi/v5.3.0/invoices/booked/lines", "q2capi/BookedInvoiceLine"),
        ("/journalsapi/v15.0.0/draft-entries", "journalsapi/DraftEntry"),
        ("/journalsapi/v15.0.0/journals/paged", "journalsapi/Journal"),
        ("/bookedEntriesapi/v4.0.0/booked-entries", "bookedEntriesapi/BookedEntry"),
        ("/bookedEntriesapi/v4.0.0/booked-entries/matched-pairs", "bookedEntriesapi/MatchedBookedEntriesPair"),
        ("/accountsapi/v7.0.0/Accounts", "accountsapi/Account"),
        ("/customersapi/v3.1.0/Contacts", "customersapi/Contact"),
        ("/customersapi/v3.1.0/DeliveryLocations", "customersapi/DeliveryLocation"),
        ("/productsapi/v2.0.0/pricegroups", "productsapi/PriceGroup"),
        ("/productsapi/v2.0.0/salespriceincurrencies", "productsapi/ProductSalesPriceInCurrency"),
        ("/journalsapi/v15.0.0/accruals", "journalsapi/DraftEntryAccrual"),
        ("/documentsapi/v4.0.1/AttachedDocuments", "documentsapi/AttachedDocument"),
        ("/accountingyearsapi/v2.0.1/accountingYears/periods", "accountingyearsapi/AccountingYearPeriod"),
        ("/accountingyearsapi/v2.0.1/AccountingYears/paged", "accountingyearsapi/AccountingYear"),
    ] {
        let listed = desk.open_get(path);
        assert!(listed.status == 200 && !listed.rows().is_empty(), "{path}: {}", listed.text);
        listed.rows().iter().for_each(|row| check(shape(name), 'L', "", row, &mut wrong));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn facts_are_read_whole() {
    let (shapes, properties) = all().fold((0, 0), |(shapes, properties), (_, shape)| (shapes + 1, properties + shape.properties.len()));
    assert!(shapes > 60 && properties > 1_000, "{shapes} {properties}");
    assert!(all().flat_map(|(_, shape)| &shape.properties).all(|property| !property.path.is_empty()));
}
