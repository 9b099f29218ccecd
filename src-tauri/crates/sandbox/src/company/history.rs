//! The plans played in Stripe, in order of time.

use super::cast::{Buyer, Member, WARES};
use super::story::{self, Discount, Fate, Plan};
use crate::stripe::{CardFrom, Cause, GivenBack, NewCharge, NewInvoice, NewLine, Object, Stripe};
use crate::world::Args;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const DAY: i64 = 86_400;

/// What the plans became: ids in Stripe.
#[derive(Default)]
pub struct Played {
    /// By place in the cast.
    pub customers: Vec<String>,
    /// By plan.
    pub invoices: Vec<String>,
    catalog: Catalog,
}

#[derive(Default)]
struct Catalog {
    /// By ware: its product, and its prices.
    prices: Vec<(String, Prices)>,
    domestic: String,
    inclusive: String,
    export: String,
    tenth: String,
    everything: String,
}

/// By currency, and whether tax is inside.
type Prices = BTreeMap<(String, bool), String>;

/// Steps of one instant, in the order in which they were thought of.
type Steps = BTreeMap<(i64, u64), (usize, Step)>;

#[derive(Clone, Copy)]
enum Step {
    Start,
    Pay { part: bool },
    PayOutside,
    Void,
    Refund { part: bool },
    CreditAfter,
    CreditBefore,
    Dispute,
    CloseDispute { won: bool },
}

pub fn play(stripe: &mut Stripe, args: &Args, cast: &[Member], plans: &[Plan]) -> Played {
    let begin = plans.first().map_or(0, |plan| plan.at) - 40 * DAY;
    let end = story::end(args);
    stripe.events_from = end - 31 * DAY;
    let mut played = Played { catalog: catalog(stripe, begin), invoices: vec![String::new(); plans.len()], ..Played::default() };
    for (n, member) in cast.iter().enumerate() {
        played.customers.push(customer(stripe, begin + 60 * n as i64, member));
    }
    let mut steps: Steps = plans.iter().enumerate().map(|(n, plan)| ((plan.at, n as u64), (n, Step::Start))).collect();
    let mut order = plans.len() as u64;
    while let Some(((at, _), (n, step))) = steps.pop_first() {
        let (Some(plan), Some(member)) = (plans.get(n), plans.get(n).and_then(|plan| cast.get(plan.member))) else { continue };
        stripe.pass_time(at);
        if matches!(step, Step::Start) && n % 17 == 9 {
            beside(stripe, at, n / 17);
        }
        for (later, next) in take(stripe, &mut played, at, n, plan, member, step) {
            order += 1;
            if later <= end {
                steps.insert((later, order), (n, next));
            }
        }
    }
    stripe.pass_time(end);
    played
}

/// Money that no invoice asked for: guests of a market stall, an unknown payer, Stripe's own fees.
fn beside(stripe: &mut Stripe, at: i64, n: usize) {
    let cause = Cause::default();
    let (amount, description, name) = match n % 3 {
        0 => (25_000, Some("Julemarked, bod 14"), Some("Gæst")),
        1 => (33_300, None, None),
        _ => return drop(stripe.account_fee(at, 7_500, "Billing - Usage Fee")),
    };
    let intent = stripe.payment_intent(at, amount, "dkk", None);
    let new = NewCharge {
        amount,
        currency: "dkk".into(),
        payment_intent: Some(intent),
        description: description.map(str::to_owned),
        name: name.map(str::to_owned),
        ..NewCharge::default()
    };
    stripe.charge(at, new, &cause);
}

/// Does one step and says what follows. A refusal would be a mistake of the story; the invoice then stays as it is.
fn take(stripe: &mut Stripe, played: &mut Played, at: i64, n: usize, plan: &Plan, member: &Member, step: Step) -> Vec<(i64, Step)> {
    let cause = Cause::default();
    let id = played.invoices.get(n).cloned().unwrap_or_default();
    let charge = stripe.charge_of(&id);
    match step {
        Step::Start => {
            let id = begin(stripe, &played.catalog, played.customers.get(plan.member).map_or("", String::as_str), at, plan, member);
            if let Some(slot) = played.invoices.get_mut(n) {
                *slot = id.clone();
            }
            if plan.fate == Fate::Draft || stripe.finalize_invoice(at + 2, &id, &cause).is_err() {
                return Vec::new();
            }
            return follow(plan.fate, at, member);
        }
        Step::Pay { part } => {
            let left = stripe.invoice_amount(&id, "amount_remaining");
            let amount = if part { left * 2 / 5 } else { left };
            let from = match member.buyer {
                Buyer::Union(_) => CardFrom::Europe,
                Buyer::Export => CardFrom::Elsewhere,
                _ => CardFrom::Home,
            };
            let by = NewCharge { card_from: from, last4: format!("{:04}", 1_000 + plan.member % 9_000), ..NewCharge::default() };
            if amount > 0 && stripe.pay_invoice(at, &id, amount, by, &cause).is_ok() && !part {
                return after_payment(plan.fate, at);
            }
        }
        Step::PayOutside => _ = stripe.pay_out_of_band(at, &id, None, &cause),
        Step::Void => _ = stripe.void_invoice(at, &id, &cause),
        Step::Refund { part } => {
            if let Some((charge, amount)) = charge {
                _ = stripe.refund(at, &charge, if part { amount / 4 } else { amount }, Some("requested_by_customer"), &cause);
            }
        }
        Step::CreditAfter => {
            if let Some((charge, amount)) = charge
                && let Ok(refund) = stripe.refund(at, &charge, amount, Some("requested_by_customer"), &cause)
            {
                let back = GivenBack { refunds: vec![(refund, amount)], ..GivenBack::default() };
                _ = stripe.credit_note(at + 1, &id, amount, Some("order_change"), back, &cause);
            }
        }
        Step::CreditBefore => {
            let amount = stripe.invoice_amount(&id, "total") / 5;
            _ = stripe.credit_note(at, &id, amount, Some("product_unsatisfactory"), GivenBack::default(), &cause);
        }
        Step::Dispute => {
            if let Some((charge, _)) = charge
                && stripe.dispute(at, &charge, "product_not_received").is_ok()
            {
                return vec![(at + 12 * DAY, Step::CloseDispute { won: plan.fate == Fate::DisputeWon })];
            }
        }
        Step::CloseDispute { won } => {
            if let Some(dispute) = charge.and_then(|(charge, _)| stripe.dispute_of(&charge)) {
                _ = stripe.close_dispute(at, &dispute, won);
            }
        }
    }
    Vec::new()
}

fn follow(fate: Fate, at: i64, member: &Member) -> Vec<(i64, Step)> {
    let soon = if member.terms.is_some() { 3 * DAY } else { 20 };
    match fate {
        Fate::Draft | Fate::Open => vec![],
        Fate::Paid(after) => vec![(at + after, Step::Pay { part: false })],
        Fate::PaidInPart => vec![(at + 2 * DAY, Step::Pay { part: true })],
        Fate::PaidOutside => vec![(at + DAY, Step::PayOutside)],
        Fate::Void => vec![(at + DAY, Step::Void)],
        Fate::CreditedBefore => vec![(at + DAY, Step::CreditBefore)],
        Fate::Refunded | Fate::RefundedInPart | Fate::CreditedAfter | Fate::DisputeLost | Fate::DisputeWon => {
            vec![(at + soon, Step::Pay { part: false })]
        }
    }
}

fn after_payment(fate: Fate, at: i64) -> Vec<(i64, Step)> {
    match fate {
        Fate::Refunded => vec![(at + 5 * DAY, Step::Refund { part: false })],
        Fate::RefundedInPart => vec![(at + 4 * DAY, Step::Refund { part: true })],
        Fate::CreditedAfter => vec![(at + 6 * DAY, Step::CreditAfter)],
        Fate::DisputeLost | Fate::DisputeWon => vec![(at + 8 * DAY, Step::Dispute)],
        _ => vec![],
    }
}

fn begin(stripe: &mut Stripe, catalog: &Catalog, customer: &str, at: i64, plan: &Plan, member: &Member) -> String {
    let inclusive = member.buyer == Buyer::Consumer;
    let rate = match member.buyer {
        Buyer::Consumer => &catalog.inclusive,
        Buyer::Business | Buyer::Union(_) => &catalog.domestic,
        Buyer::Export => &catalog.export,
    };
    let lines = plan.items.iter().filter_map(|item| {
        let (ware, (product, prices)) = (WARES.get(item.ware)?, catalog.prices.get(item.ware)?);
        let price = prices.get(&(member.currency.to_owned(), inclusive))?;
        Some(NewLine {
            description: ware.name.to_owned(),
            quantity: item.quantity,
            unit_amount: Decimal::from(story::price(member, ware)),
            price: Some((price.clone(), product.clone())),
            tax_rates: vec![rate.clone()],
            coupons: if item.discounted { vec![catalog.tenth.clone()] } else { vec![] },
            ..NewLine::default()
        })
    });
    let lines = lines.collect();
    let coupons = match plan.discount {
        Discount::None => vec![],
        Discount::TenPercent => vec![catalog.tenth.clone()],
        Discount::Everything => vec![catalog.everything.clone()],
    };
    let order: Object = [("order".to_owned(), Value::from(format!("W-{}", at % 1_000_000)))].into_iter().collect();
    let invoice = NewInvoice {
        customer: customer.to_owned(),
        currency: member.currency.to_owned(),
        days_until_due: member.terms,
        coupons,
        lines,
        description: None,
        metadata: if at % 3 == 0 { order } else { Object::new() },
        auto_advance: member.terms.is_none() && plan.fate != Fate::Draft,
        ..NewInvoice::default()
    };
    stripe.draft_invoice(at, invoice, &Cause::default())
}

fn customer(stripe: &mut Stripe, at: i64, member: &Member) -> String {
    let fields = json!({
        "name": member.name, "email": member.email, "description": null, "metadata": {}, "currency": member.currency,
        "tax_exempt": if matches!(member.buyer, Buyer::Union(_)) { "reverse" } else { "none" },
        "address": { "line1": member.street, "line2": null, "postal_code": member.postcode, "city": member.city, "country": member.country, "state": null },
    });
    let id = stripe.add_customer(at, map(fields));
    if !member.vat.is_empty() {
        stripe.add_tax_id(at, &id, "eu_vat", &member.vat);
    }
    stripe.emit(at, "customer.created", "customer", &id, None, &Cause::default());
    id
}

fn catalog(stripe: &mut Stripe, at: i64) -> Catalog {
    let mut rate = |name: &str, percentage: i64, inclusive: bool| {
        let fields = json!({
            "active": true, "display_name": name, "percentage": percentage, "effective_percentage": percentage, "inclusive": inclusive,
            "country": "DK", "jurisdiction": "DK", "jurisdiction_level": "country", "rate_type": "percentage", "tax_type": "vat", "metadata": {},
        });
        stripe.create(at, "tax_rate", map(fields))
    };
    let (domestic, inclusive, export) = (rate("Moms", 25, false), rate("Moms", 25, true), rate("Eksport", 0, false));
    let mut coupon = |name: &str, percent: i64| {
        let id = stripe.id("");
        let fields = json!({ "id": id.chars().take(8).collect::<String>(), "name": name, "percent_off": percent, "duration": "forever", "valid": true, "times_redeemed": 0, "metadata": {} });
        stripe.create(at, "coupon", map(fields))
    };
    let (tenth, everything) = (coupon("Stamkunde 10 %", 10), coupon("Gave fra værkstedet", 100));
    let prices = WARES.iter().map(|ware| {
        let product = json!({ "name": ware.name, "active": true, "type": "good", "description": null, "metadata": {}, "updated": at });
        let product = stripe.create(at, "product", map(product));
        let all = [
            ("dkk", false, ware.net),
            ("dkk", true, ware.gross),
            ("eur", false, ware.eur),
            ("gbp", false, ware.gbp),
            ("usd", false, ware.usd),
            ("jpy", false, ware.jpy),
        ];
        let prices = all.map(|(currency, inclusive, amount)| {
            let price = json!({
                "product": product, "currency": currency, "unit_amount": amount, "unit_amount_decimal": amount.to_string(), "active": true,
                "billing_scheme": "per_unit", "type": "one_time", "tax_behavior": if inclusive { "inclusive" } else { "exclusive" }, "metadata": {},
            });
            ((currency.to_owned(), inclusive), stripe.create(at, "price", map(price)))
        });
        (product, prices.into_iter().collect())
    });
    Catalog { prices: prices.collect(), domestic, inclusive, export, tenth, everything }
}

fn map(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}
