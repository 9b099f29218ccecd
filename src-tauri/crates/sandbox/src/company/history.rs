//! The plans played in Stripe, in order of time.

use super::cast::{Buyer, Member, WARES};
use super::receipts::{self, Receipt};
use super::story::{self, Discount, Fate, Form, Plan};
use super::tales::{self, Guest};
use crate::stripe::{CardFrom, Cause, GivenBack, NewCharge, NewCheckout, NewInvoice, NewLine, Object, Payer, Stripe};
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
    /// Charges that pay what only the ledger has, by receipt.
    pub receipts: Vec<String>,
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
    Pay {
        part: bool,
    },
    PayOutside,
    Void,
    Refund {
        part: bool,
    },
    CreditAfter,
    CreditBefore,
    CreditMixed,
    RefundThatFails,
    Dispute,
    CloseDispute {
        won: bool,
    },
    MarkUncollectible,
    DeleteCustomer,
    /// The guest of this place: no plan's step.
    Guest,
    /// Nor this.
    Receipt,
    /// Nor this: of money that no invoice asked for.
    GiveBack,
}

/// Money of a charge that goes back: when, of which, how much.
type Back = (i64, String, i64);

pub fn play(stripe: &mut Stripe, args: &Args, cast: &[Member], plans: &[Plan]) -> Played {
    let begin = plans.first().map_or(0, |plan| plan.at) - 40 * DAY;
    let end = story::end(args);
    stripe.events_from = end - 31 * DAY;
    let mut played = Played { catalog: catalog(stripe, begin), invoices: vec![String::new(); plans.len()], ..Played::default() };
    for (n, member) in cast.iter().enumerate() {
        played.customers.push(customer(stripe, begin + 60 * n as i64, member));
    }
    let mut steps: Steps = plans.iter().enumerate().map(|(n, plan)| ((plan.at, n as u64), (n, Step::Start))).collect();
    let guests = tales::guests(args);
    let mut order = plans.len() as u64;
    for (n, guest) in guests.iter().enumerate() {
        order += 1;
        steps.insert((guest.at, order), (n, Step::Guest));
    }
    let receipts = receipts::receipts(args);
    played.receipts = vec![String::new(); receipts.len()];
    for (n, receipt) in receipts.iter().enumerate() {
        order += 1;
        steps.insert((receipt.at, order), (n, Step::Receipt));
    }
    let mut backs: Vec<Back> = Vec::new();
    while let Some(((at, _), (n, step))) = steps.pop_first() {
        stripe.pass_time(at);
        let back = if let (Step::Receipt, Some(receipt), Some(slot)) = (step, receipts.get(n), played.receipts.get_mut(n)) {
            *slot = receive(stripe, at, receipt);
            receipt.given_back.map(|(later, amount)| (later, slot.clone(), amount))
        } else if let (Step::GiveBack, Some((_, charge, amount))) = (step, backs.get(n)) {
            _ = stripe.refund(at, charge, *amount, Some("requested_by_customer"), &Cause::default());
            None
        } else if let (Step::Guest, Some(guest)) = (step, guests.get(n)) {
            played.catalog.welcome(stripe, at, guest);
            None
        } else {
            let (Some(plan), Some(member)) = (plans.get(n), plans.get(n).and_then(|plan| cast.get(plan.member))) else { continue };
            let back = if matches!(step, Step::Start) && n % 17 == 9 { beside(stripe, at, n / 17) } else { None };
            for (later, next) in take(stripe, &mut played, at, n, plan, member, step) {
                order += 1;
                if later <= end {
                    steps.insert((later, order), (n, next));
                }
            }
            back
        };
        if let Some(back) = back.filter(|(later, ..)| *later <= end) {
            order += 1;
            steps.insert((back.0, order), (backs.len(), Step::GiveBack));
            backs.push(back);
        }
    }
    stripe.pass_time(end);
    played
}

/// Money that no invoice asked for: guests of a market stall, an unknown payer, Stripe's own fees. The first guest gets all
/// of it back, the second a part.
fn beside(stripe: &mut Stripe, at: i64, n: usize) -> Option<Back> {
    let cause = Cause::default();
    let (amount, description, name) = match n % 3 {
        0 => (25_000, Some("Julemarked, bod 14"), Some("Gæst")),
        1 => (33_300, None, None),
        _ => {
            stripe.account_fee(at, 7_500, "Billing - Usage Fee");
            return None;
        }
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
    let charge = stripe.charge(at, new, &cause);
    let back = match n {
        0 => amount,
        3 => 10_000,
        _ => return None,
    };
    Some((at + 3 * DAY, charge, back))
}

fn receive(stripe: &mut Stripe, at: i64, receipt: &Receipt) -> String {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let intent = stripe.payment_intent(at, receipt.amount, receipt.currency, None);
    let new = NewCharge {
        amount: receipt.amount,
        currency: receipt.currency.into(),
        payment_intent: Some(intent),
        // The numbers are written in once there are any.
        description: some(&receipt.text.replace(" {}", "")),
        name: some(receipt.name),
        email: some(receipt.email),
        ..NewCharge::default()
    };
    match receipt.fails {
        true => stripe.fail_charge(at, new, "insufficient_funds", &Cause::default()),
        false => stripe.charge(at, new, &Cause::default()),
    }
}

/// Does one step and says what follows. A refusal would be a mistake of the story; the invoice then stays as it is.
fn take(stripe: &mut Stripe, played: &mut Played, at: i64, n: usize, plan: &Plan, member: &Member, step: Step) -> Vec<(i64, Step)> {
    let cause = Cause::default();
    let id = played.invoices.get(n).cloned().unwrap_or_default();
    let charge = stripe.charge_of(&id);
    match step {
        Step::Start => {
            let customer = played.customers.get(plan.member).map_or("", String::as_str);
            if plan.form == Form::Checkout {
                let bought = played.catalog.check_out(stripe, at, customer, plan, member);
                if let (Some(slot), Some(id)) = (played.invoices.get_mut(n), bought) {
                    *slot = id;
                }
                return Vec::new();
            }
            let id = begin(stripe, &played.catalog, customer, at, plan, member);
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
                buyer if buyer.accounts_for_tax() => CardFrom::Europe,
                Buyer::Export => CardFrom::Elsewhere,
                _ => CardFrom::Home,
            };
            let by = NewCharge { card_from: from, last4: format!("{:04}", 1_000 + plan.member % 9_000), ..NewCharge::default() };
            if amount > 0 && stripe.pay_invoice(at, &id, amount, by, &cause).is_ok() {
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
        Step::CreditMixed => {
            let (left, paid) = (stripe.invoice_amount(&id, "amount_remaining"), stripe.invoice_amount(&id, "amount_paid"));
            let back = GivenBack { credit: paid / 2, ..GivenBack::default() };
            _ = stripe.credit_note(at, &id, left + paid / 2, Some("order_change"), back, &cause);
        }
        Step::RefundThatFails => {
            if let Some((charge, amount)) = charge
                && let Ok(refund) = stripe.refund(at, &charge, amount / 3, Some("requested_by_customer"), &cause)
            {
                stripe.fail_refund(at + 60, &refund);
            }
        }
        Step::MarkUncollectible => _ = stripe.mark_uncollectible(at, &id, &cause),
        Step::DeleteCustomer => {
            if let Some(customer) = played.customers.get(plan.member) {
                stripe.remove_customer(at, customer, &cause);
            }
        }
        Step::Guest | Step::Receipt | Step::GiveBack => {}
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
        Fate::PaidInPart | Fate::CreditedMixed => vec![(at + 2 * DAY, Step::Pay { part: true })],
        Fate::PaidOutside => vec![(at + DAY, Step::PayOutside)],
        Fate::Void => vec![(at + DAY, Step::Void)],
        Fate::CreditedBefore => vec![(at + DAY, Step::CreditBefore)],
        Fate::Uncollectible => vec![(at + 3 * DAY, Step::MarkUncollectible)],
        Fate::CustomerDeleted => vec![(at + DAY, Step::DeleteCustomer)],
        Fate::RefundFailed | Fate::Refunded | Fate::RefundedInPart | Fate::CreditedAfter | Fate::DisputeLost | Fate::DisputeWon => {
            vec![(at + soon, Step::Pay { part: false })]
        }
    }
}

fn after_payment(fate: Fate, at: i64) -> Vec<(i64, Step)> {
    match fate {
        Fate::Refunded => vec![(at + 5 * DAY, Step::Refund { part: false })],
        Fate::RefundedInPart => vec![(at + 4 * DAY, Step::Refund { part: true })],
        Fate::CreditedAfter => vec![(at + 6 * DAY, Step::CreditAfter)],
        Fate::CreditedMixed => vec![(at + 4 * DAY, Step::CreditMixed)],
        Fate::RefundFailed => vec![(at + 2 * DAY, Step::RefundThatFails)],
        Fate::DisputeLost | Fate::DisputeWon => vec![(at + 8 * DAY, Step::Dispute)],
        _ => vec![],
    }
}

impl Catalog {
    fn rate(&self, buyer: Buyer) -> &str {
        match buyer {
            Buyer::Consumer => &self.inclusive,
            Buyer::Business | Buyer::Union(_) | Buyer::Unnumbered => &self.domestic,
            Buyer::Export => &self.export,
        }
    }

    /// Product and price of a ware.
    fn price(&self, ware: usize, currency: &str, inclusive: bool) -> Option<(&str, &str)> {
        let (product, prices) = self.prices.get(ware)?;
        Some((product, prices.get(&(currency.to_owned(), inclusive))?))
    }

    /// An invoice that a checkout of a known customer makes.
    fn check_out(&self, stripe: &mut Stripe, at: i64, customer: &str, plan: &Plan, member: &Member) -> Option<String> {
        let items = plan.items.iter().filter_map(|item| {
            let (_, price) = self.price(item.ware, member.currency, member.buyer == Buyer::Consumer)?;
            Some(map(json!({ "price": price, "quantity": item.quantity, "tax_rates": [self.rate(member.buyer)] })))
        });
        let new = NewCheckout { items: items.collect(), customer: Some(customer.to_owned()), invoices: true };
        let session = stripe.checkout(at, new).ok()?;
        let payer = Payer { name: Some(member.name.clone()), email: Some(member.email.clone()), address: Some(address(member)) };
        stripe.complete_session(at + 2, &session, payer).ok()?;
        stripe.store.get("checkout.session", &session)?.get("invoice")?.as_str().map(str::to_owned)
    }

    /// A sale through a payment link that makes no invoice.
    fn welcome(&self, stripe: &mut Stripe, at: i64, guest: &Guest) {
        let Some((_, price)) = self.price(guest.ware, guest.currency, true) else { return };
        let item = json!({ "price": price, "quantity": guest.quantity, "tax_rates": [self.inclusive] });
        let link = stripe.payment_link(at - 3 * DAY, NewCheckout { items: vec![map(item)], ..NewCheckout::default() });
        let session = link.ok().and_then(|link| stripe.session_of_link(at, &link));
        let address = json!({ "line1": null, "line2": null, "postal_code": "8000", "city": null, "country": "DK", "state": null });
        let payer = Payer { name: Some(guest.name.into()), email: Some(guest.email.into()), address: Some(address) };
        if let Some(session) = session {
            _ = stripe.complete_session(at + 90, &session, payer);
        }
    }
}

/// The lines of a plan, before anything is computed.
fn lines(catalog: &Catalog, plan: &Plan, member: &Member) -> Vec<NewLine> {
    let rates = if plan.form == Form::Untaxed { vec![] } else { vec![catalog.rate(member.buyer).to_owned()] };
    if let Form::Told(told) = plan.form {
        let first = told.iter().position(|(_, amount)| *amount < 0).unwrap_or(told.len());
        let line = |(n, (text, amount)): (usize, &(&str, i64))| NewLine {
            description: (*text).to_owned(),
            quantity: 1,
            unit_amount: Decimal::from(*amount),
            tax_rates: rates.clone(),
            period: Some((plan.at, plan.at + 30 * DAY)),
            proration: n >= first,
            ..NewLine::default()
        };
        return told.iter().enumerate().map(line).collect();
    }
    let lines = plan.items.iter().filter_map(|item| {
        let ware = WARES.get(item.ware)?;
        let (product, price) = catalog.price(item.ware, member.currency, member.buyer == Buyer::Consumer)?;
        Some(NewLine {
            description: ware.name.to_owned(),
            quantity: item.quantity,
            unit_amount: Decimal::from(story::price(member, ware)),
            price: Some((price.to_owned(), product.to_owned())),
            tax_rates: rates.clone(),
            coupons: if item.discounted { vec![catalog.tenth.clone()] } else { vec![] },
            ..NewLine::default()
        })
    });
    lines.collect()
}

fn begin(stripe: &mut Stripe, catalog: &Catalog, customer: &str, at: i64, plan: &Plan, member: &Member) -> String {
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
        lines: lines(catalog, plan, member),
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
        "tax_exempt": if member.buyer.accounts_for_tax() { "reverse" } else { "none" },
        "address": address(member),
    });
    let id = stripe.add_customer(at, map(fields));
    if !member.vat.is_empty() {
        stripe.add_tax_id(at, &id, "eu_vat", &member.vat);
    }
    stripe.emit(at, "customer.created", "customer", &id, None, &Cause::default());
    id
}

fn address(member: &Member) -> Value {
    json!({ "line1": member.street, "line2": null, "postal_code": member.postcode, "city": member.city, "country": member.country, "state": null })
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
            ("eur", true, ware.eur + ware.eur / 4),
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
