//! The same company in e-conomic: its customers, and what somebody already booked there.

use super::books::{ROUNDING_ACCOUNT, document, prices_include_tax};
use super::cast::{Buyer, InLedger, Member};
use super::history::Played;
use super::story::{self, Plan};
use crate::business_central::setup::{SalesDocument, SalesLine, Sold};
use crate::economic::setup::{AccountSetup, CustomerSetup, Setup};
use crate::economic::{Economic, Role};
use crate::stripe::Stripe;
use crate::world::{Args, Credentials};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Number, Value, json};

/// The agreement's number.
const AGREEMENT: u64 = 1_234_567;
/// The number of the customer whom sales without a name are booked to.
const GENERIC_CUSTOMER: u64 = 900_000;
const WARES: &str = "VARE";
const ROUNDING: &str = "AFRUND";
/// The Danish set-up's number for net in 14 and in 30 days, and at once.
const TERMS: [(i64, u64); 2] = [(14, 2), (30, 5)];
const AT_ONCE: u64 = 1;

/// Fills an agreement, and adds the app that the credentials name.
pub fn keep(args: &Args, cast: &[Member], plans: &[Plan], played: &Played, stripe: &mut Stripe, credentials: &mut Credentials) -> Economic {
    let mut ledger = Economic::new(args.seed);
    ledger.add_agreement(AGREEMENT, "DKK");
    ledger.set_demo(AGREEMENT);
    let app = ledger.add_app("Countersign", Role::SuperUser);
    credentials.economic_grant = ledger.grant(AGREEMENT, &app).unwrap_or_default();
    (credentials.economic_secret, credentials.economic_public) = (app.secret, app.public);
    let begin = story::start(args).and_hms_opt(6, 0, 0).map_or(DateTime::UNIX_EPOCH, |at| at.and_utc());
    if let Some(mut setup) = ledger.setup(AGREEMENT, begin) {
        set_up(&mut setup, args);
        customers(&mut setup, cast);
    }
    for (plan, id) in plans.iter().zip(&played.invoices) {
        stripe.store.tidy();
        let (Some(member), Some(invoice)) = (cast.get(plan.member), stripe.store.get("invoice", id)) else { continue };
        let Some(number) = customer_number(cast, plan.member) else { continue };
        let now = DateTime::<Utc>::from_timestamp(plan.at, 0).unwrap_or(begin);
        if let (Some(document), Some(mut setup)) = (document(plan, member, Some(""), invoice), ledger.setup(AGREEMENT, now)) {
            let draft = setup.draft_invoice(&body(member, number, &document));
            // The documents are made for this file's own set-up; a refusal is a mistake in it.
            let booked = draft.and_then(|draft| setup.book_invoice(draft));
            booked.expect("the demo company books what its own set-up allows");
        }
    }
    ledger
}

fn set_up(setup: &mut Setup<'_>, args: &Args) {
    setup.company(&args.company, "Aarhus C", "99887764");
    setup.danish(args.until, story::start(args));
    for (code, name, rate) in [("GBP", "Britiske pund", Decimal::new(87_450, 2)), ("JPY", "Japanske yen", Decimal::new(450, 2))] {
        setup.currency(code, name, rate);
    }
    for (number, name) in [(4310, "Gebyrer, andre"), (5840, "Stripe, tilbageholdt"), (5850, "Stripe, indsigelser"), (7310, "Ukendte indbetalinger")] {
        setup.account(AccountSetup {
            number,
            name,
            kind: if number < 5000 { "profitAndLoss" } else { "status" },
            credit: false,
            block_direct_entries: false,
            vat_code: None,
        });
    }
    setup.product(WARES, "Keramik", 1, Decimal::ZERO);
    setup.product(ROUNDING, "Øreafrunding", 3, Decimal::ZERO);
}

/// Customers have the places of the cast as numbers.
fn customer_number(cast: &[Member], member: usize) -> Option<u64> {
    match cast.get(member)?.ledger {
        InLedger::Missing => None,
        InLedger::SameAs(other) => Some(other as u64 + 1),
        InLedger::Same | InLedger::As(_) => Some(member as u64 + 1),
    }
}

fn customers(setup: &mut Setup<'_>, cast: &[Member]) {
    for (place, member) in cast.iter().enumerate() {
        let name = match member.ledger {
            InLedger::Missing | InLedger::SameAs(_) => continue,
            InLedger::Same => member.name.as_str(),
            InLedger::As(name) => name,
        };
        let abroad = member.country != "DK";
        setup.customer(CustomerSetup {
            number: place as u64 + 1,
            name,
            email: &member.email,
            currency: &member.currency.to_uppercase(),
            zone: zone(member.buyer),
            terms: terms(member),
            group: if abroad { 2 } else { 1 },
            // Danish bookkeepers leave the country letters out at home.
            cvr: member.vat.strip_prefix("DK").unwrap_or(&member.vat),
            barred: false,
        });
    }
    setup.customer(CustomerSetup {
        number: GENERIC_CUSTOMER,
        name: "Card customers",
        email: "",
        currency: "DKK",
        zone: zone(Buyer::Consumer),
        terms: AT_ONCE,
        group: 1,
        cvr: "",
        barred: false,
    });
}

fn terms(member: &Member) -> u64 {
    member.terms.and_then(|days| TERMS.iter().find(|(of, _)| *of == days)).map_or(AT_ONCE, |(_, number)| *number)
}

fn zone(buyer: Buyer) -> u64 {
    match buyer {
        Buyer::Business | Buyer::Consumer => 1,
        Buyer::Union(_) | Buyer::Unnumbered => 2,
        Buyer::Export => 3,
    }
}

fn body(member: &Member, customer: u64, document: &SalesDocument) -> Value {
    let gross = prices_include_tax(member);
    let mut body = json!({
        "date": document.posting_date.unwrap_or(NaiveDate::MIN).to_string(), "currency": member.currency.to_uppercase(),
        "customer": { "customerNumber": customer }, "layout": { "layoutNumber": 19 }, "paymentTerms": { "paymentTermsNumber": terms(member) },
        "recipient": { "name": member.name, "vatZone": { "vatZoneNumber": zone(member.buyer) } },
        "lines": document.lines.iter().map(|line| line_of(line, gross)).collect::<Value>(),
    });
    if !document.external_document_number.is_empty() {
        body["references"] = json!({ "other": document.external_document_number });
    }
    body
}

/// Prices are net and have two decimals here; where that loses something, the line is one piece.
fn line_of(line: &SalesLine, gross: bool) -> Value {
    let product = match &line.sold {
        Sold::Account(account) if account == ROUNDING_ACCOUNT => ROUNDING,
        Sold::Comment => return json!({ "description": line.description }),
        _ => WARES,
    };
    let price = line.unit_price.unwrap_or_default();
    let price = if gross && product == WARES { price / Decimal::new(125, 2) } else { price };
    let exact = price.normalize().scale() <= 2;
    let (quantity, price) = if exact { (line.quantity, price) } else { (Decimal::ONE, cents(price * line.quantity)) };
    let number = |value: Decimal| value.normalize().to_string().parse::<Number>().map_or(Value::Null, Value::Number);
    json!({ "product": { "productNumber": product }, "quantity": number(quantity), "unitNetPrice": number(price), "description": line.description })
}

fn cents(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}
