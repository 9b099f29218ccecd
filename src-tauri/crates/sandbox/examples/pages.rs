//! Walks over lists of a hundred thousand rows in one process, and says what each page costs: at the start, in the
//! middle, at the end.
//!
//! `pages [rows]`

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use countersign_sandbox::Service;
use countersign_sandbox::business_central::setup::CustomerSetup as Buyer;
use countersign_sandbox::business_central::{BusinessCentral, CompanySetup, PermissionSet};
use countersign_sandbox::economic::setup::CustomerSetup;
use countersign_sandbox::economic::{Economic, Role, Surface};
use countersign_sandbox::entra::Caller;
use http::{Request, Response};
use serde_json::Value;
use std::time::{Duration, Instant};

const PAGE: usize = 1_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rows = std::env::args().nth(1).map_or(Ok(100_000), |text| text.parse())?;
    let now: DateTime<Utc> = "2026-11-20T08:00:00Z".parse()?;
    business_central(rows, now)?;
    economic(rows, now)?;
    Ok(())
}

fn business_central(rows: usize, now: DateTime<Utc>) -> Result<(), Box<dyn std::error::Error>> {
    let (tenant, user) = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222");
    let mut ledger = BusinessCentral::new(1);
    ledger.add_environment(tenant, "Production", "DK", true);
    ledger.add_user(tenant, user, PermissionSet::all());
    let card = CompanySetup {
        id: None,
        name: "STOR".into(),
        display_name: "Stor A/S".into(),
        currency: "DKK".into(),
        decimals: 2,
        time_zone: chrono_tz::Europe::Copenhagen,
    };
    let company = ledger.add_company("Production", card, now);
    let mut setup = ledger.setup(&company, now).ok_or("no company")?;
    for n in 0..rows {
        setup.customer(Buyer { number: format!("C{n:06}"), display_name: format!("Kunde {n}"), ..Default::default() });
    }
    let caller = Caller {
        tenant: tenant.into(),
        domain: String::new(),
        subject: user.into(),
        name: String::new(),
        client_id: String::new(),
        app_only: false,
        roles: Vec::new(),
    };
    let mut at = now;
    let customers = format!("http://ledger/v2.0/{tenant}/Production/api/v2.0/companies({company})/customers");
    for (what, query) in [("every customer", ""), ("changed since", "?$filter=lastModifiedDateTime%20ge%202026-01-01T00:00:00Z")] {
        let mut ask = |url: &str| {
            at += TimeDelta::milliseconds(100);
            let request = Request::get(url).header("prefer", format!("odata.maxpagesize={PAGE}")).extension(caller.clone()).body(Bytes::new());
            request.map(|request| ledger.handle(at, request))
        };
        walk(&format!("Business Central, {what}"), &format!("{customers}{query}"), &mut ask, |page| {
            (page["value"].as_array().map_or(0, Vec::len), page["@odata.nextLink"].as_str().map(str::to_owned))
        })?;
    }
    Ok(())
}

fn economic(rows: usize, now: DateTime<Utc>) -> Result<(), Box<dyn std::error::Error>> {
    let mut ledger = Economic::new(1);
    ledger.limits.cost = 0;
    ledger.set_bases("http://rest", "http://open");
    ledger.add_agreement(1, "DKK");
    let mut setup = ledger.setup(1, now).ok_or("no agreement")?;
    setup.danish(now.date_naive(), now.date_naive());
    for n in 0..rows {
        let name = format!("Kunde {n}");
        setup.customer(CustomerSetup { number: n as u64 + 1, name: &name, currency: "DKK", zone: 1, terms: 2, group: 1, ..Default::default() });
    }
    let app = ledger.add_app("Måling", Role::SuperUser);
    let grant = ledger.grant(1, &app).ok_or("no grant")?;
    let mut ask = |surface: Surface, url: &str| {
        let request = Request::get(url).header("x-appsecrettoken", &app.secret).header("x-agreementgranttoken", &grant).body(Bytes::new());
        request.map(|request| ledger.handle(surface, now, request))
    };
    let rest = format!("http://rest/customers?pagesize={PAGE}");
    walk("e-conomic REST, every customer", &rest, &mut |url| ask(Surface::Rest, url), |page| {
        (page["collection"].as_array().map_or(0, Vec::len), page["pagination"]["nextPage"].as_str().map(str::to_owned))
    })?;
    let open = "http://open/customersapi/v3.1.0/Customers";
    walk("e-conomic services, every customer", open, &mut |url| ask(Surface::Open, url), |page| {
        (page["items"].as_array().map_or(0, Vec::len), page["cursor"].as_str().map(|cursor| format!("{open}?cursor={cursor}")))
    })
}

/// Follows a list to its end, and prints the mean cost of its first, middle and last ten pages.
fn walk(
    what: &str,
    first: &str,
    ask: &mut dyn FnMut(&str) -> http::Result<Response<Bytes>>,
    read: impl Fn(&Value) -> (usize, Option<String>),
) -> Result<(), Box<dyn std::error::Error>> {
    let (mut url, mut rows, mut costs) = (Some(first.to_owned()), 0, Vec::new());
    while let Some(next) = url.take() {
        let begun = Instant::now();
        let response = ask(&next)?;
        costs.push(begun.elapsed());
        if response.status() != 200 {
            return Err(format!("{what}: {}", String::from_utf8_lossy(response.body())).into());
        }
        let (found, following) = read(&serde_json::from_slice(response.body())?);
        rows += found;
        url = following;
    }
    let mean = |from: usize| costs.iter().skip(from).take(10).sum::<Duration>() / 10;
    let (middle, end) = (mean(costs.len() / 2), mean(costs.len().saturating_sub(10)));
    println!("{what}: {rows} rows on {} pages; first {:?}, middle {middle:?}, last {end:?} each", costs.len(), mean(0));
    Ok(())
}
