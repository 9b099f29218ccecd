//! What happens: a plan for each invoice, before anything exists.

use super::cast::{self, Buyer, InLedger, Member, ONLY_TOLD, WARES, Ware};
use super::tales;
use crate::seed::Ids;
use crate::world::Args;
use chrono::{Days, Months, NaiveDate, NaiveTime};
use std::collections::BTreeSet;

const DAY: i64 = 86_400;
const FEWEST: usize = 20;

/// What becomes of an invoice in Stripe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Draft,
    Open,
    /// Paid so many seconds after it was finalized.
    Paid(i64),
    PaidInPart,
    PaidOutside,
    Void,
    /// Paid, then all of it given back, with no credit note.
    Refunded,
    RefundedInPart,
    /// Paid, then credited and refunded.
    CreditedAfter,
    /// Credited in part while it was open.
    CreditedBefore,
    /// Paid in part, then credited for more than was left.
    CreditedMixed,
    /// Given back in part, which the card's bank could not book.
    RefundFailed,
    DisputeLost,
    DisputeWon,
    Uncollectible,
    /// Open, and its customer was deleted.
    CustomerDeleted,
}

/// How the ledger came to have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Booked {
    Not,
    /// Stripe's number is the external document number.
    ByNumber,
    /// The same, and the credit memo for it is there too, under the credit note's number.
    WithItsCredit,
    /// Stripe's number stands in a line's text only.
    InText,
    /// No reference at all; customer, amount and date agree.
    Bare,
    /// Stripe's metadata names the ledger's number.
    InMetadata,
    /// One of two equal invoices, both without reference: a tie.
    Twin,
    /// Under Stripe's number, with another amount.
    Differs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    pub ware: usize,
    pub quantity: i64,
    /// Ten per cent off this line.
    pub discounted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discount {
    None,
    TenPercent,
    Everything,
}

/// What stands on an invoice, and what made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Wares of the catalogue.
    Wares,
    /// The same, with no tax rate at all.
    Untaxed,
    /// The same, bought through a checkout that makes invoices.
    Checkout,
    /// Text and net amount of each line; those below zero and those after them are prorations.
    Told(&'static [(&'static str, i64)]),
}

#[derive(Clone, Debug)]
pub struct Plan {
    pub at: i64,
    pub member: usize,
    pub form: Form,
    pub items: Vec<Item>,
    pub discount: Discount,
    pub fate: Fate,
    pub booked: Booked,
}

/// The first day of the history.
pub fn start(args: &Args) -> NaiveDate {
    let begun = args.until.checked_sub_months(Months::new(args.months)).unwrap_or(args.until);
    begun.checked_add_days(Days::new(1)).unwrap_or(begun)
}

/// The end of the last day, UTC.
pub fn end(args: &Args) -> i64 {
    args.until.and_time(NaiveTime::MIN).and_utc().timestamp() + DAY - 1
}

/// The plans in order of time: what was asked for, at least twenty and every tale.
pub fn plans(args: &Args, cast: &[Member]) -> Vec<Plan> {
    let mut ids = Ids::new(args.seed, "company/story");
    let told = tales::plans(args);
    let count = (args.invoices as usize).saturating_sub(told.len()).max(FEWEST);
    let begin = start(args).and_time(NaiveTime::MIN).and_utc().timestamp();
    let days = (end(args) - begin) / DAY + 1;
    let mut plans: Vec<Plan> = (0..count).map(|n| ordinary(n, count, begin, days, cast, &mut ids)).collect();
    plans.sort_by_key(|plan| plan.at);
    // The older part is in the ledger, the last month is not: about 60 per cent of three months.
    let newest = end(args) - 27 * DAY;
    for plan in &mut plans {
        let member = cast.get(plan.member);
        let known = member.is_some_and(|member| member.ledger != InLedger::Missing);
        if plan.at < newest && known {
            plan.booked = Booked::ByNumber;
        }
    }
    stories(&mut plans, cast);
    plans.extend(told);
    plans.sort_by_key(|plan| plan.at);
    distinguish(&mut plans, cast);
    plans
}

fn ordinary(n: usize, count: usize, begin: i64, days: i64, cast: &[Member], ids: &mut Ids) -> Plan {
    let day = n as i64 * days / count as i64;
    // Between 07:00 and 16:00 UTC.
    let at = begin + day * DAY + 7 * 3_600 + ids.below(9 * 3_600) as i64;
    // Everybody once, then by chance.
    let member = if n < cast.len() { n } else { ids.below(cast.len() as u64) as usize };
    let member = if ONLY_TOLD.contains(&member) { member - ONLY_TOLD.start() } else { member };
    let lines = 1 + ids.below(3);
    let mut items: Vec<Item> = Vec::new();
    for _ in 0..lines {
        let ware = ids.below(WARES.len() as u64) as usize;
        let quantity = 1 + ids.below(if WARES.get(ware).is_some_and(|ware| ware.net > 100_000) { 2 } else { 12 }) as i64;
        items.push(Item { ware, quantity, discounted: ids.below(12) == 0 });
    }
    let discount = if ids.below(14) == 0 { Discount::TenPercent } else { Discount::None };
    let terms = cast.get(member).and_then(|member| member.terms);
    let fate = match terms {
        None => Fate::Paid(20),
        Some(_) if ids.below(8) == 0 => Fate::Open,
        Some(days) => Fate::Paid((2 + ids.below(days.max(3) as u64 + 4)) as i64 * DAY),
    };
    Plan { at, member, form: Form::Wares, items, discount, fate, booked: Booked::Not }
}

/// Turns single plans into the cases that a demonstration must show.
fn stories(plans: &mut [Plan], cast: &[Member]) {
    let count = plans.len();
    let place = |per_cent: usize| count * per_cent / 100;
    let business = |n: usize| cast.get(n).is_some_and(|member| member.buyer == Buyer::Business && member.ledger != InLedger::Missing);
    let item = |ware, quantity| Item { ware, quantity, discounted: false };
    let twins = plans.get(place(16)).map_or(0, |plan| plan.at);
    let mut tell = |at: usize, change: &mut dyn FnMut(&mut Plan)| {
        if let Some(plan) = plans.get_mut(at) {
            change(plan);
        }
    };
    let known = |plan: &mut Plan| {
        if !business(plan.member) {
            plan.member = 6;
        }
    };
    for (per_cent, booked) in [
        (8, Booked::Bare),
        (12, Booked::InText),
        (20, Booked::InMetadata),
        (24, Booked::Bare),
        (27, Booked::InText),
        (33, Booked::Bare),
        (39, Booked::InMetadata),
        (45, Booked::InText),
    ] {
        tell(place(per_cent), &mut |plan| {
            known(plan);
            plan.booked = booked;
        });
    }
    // Equal to each other in everything, an hour apart: nothing but the hour tells them apart.
    for (at, hours) in [(place(16), 0), (place(16) + 1, 1)] {
        tell(at, &mut |plan| {
            *plan = Plan {
                member: cast::TWINS,
                form: Form::Wares,
                items: vec![item(1, 4)],
                discount: Discount::None,
                fate: Fate::Paid(20),
                booked: Booked::Twin,
                at: twins + hours * 3_600,
            };
        });
    }
    tell(place(50), &mut |plan| {
        *plan = Plan {
            member: cast::CONTRADICTION,
            form: Form::Wares,
            items: vec![item(2, 3)],
            discount: Discount::None,
            fate: Fate::Open,
            booked: Booked::Differs,
            at: plan.at,
        };
    });
    for (per_cent, fate) in [
        (30, Fate::Void),
        (36, Fate::Refunded),
        (42, Fate::RefundedInPart),
        (48, Fate::CreditedAfter),
        (55, Fate::DisputeWon),
        (73, Fate::RefundedInPart),
        (76, Fate::DisputeLost),
        (88, Fate::CreditedBefore),
        (91, Fate::PaidInPart),
        (94, Fate::PaidOutside),
        (96, Fate::Void),
        (98, Fate::Draft),
    ] {
        tell(place(per_cent), &mut |plan| {
            known(plan);
            plan.fate = fate;
            plan.discount = Discount::None;
            if matches!(fate, Fate::Void | Fate::Draft) {
                plan.booked = Booked::Not;
            }
        });
    }
    tell(place(22), &mut |plan| {
        plan.discount = Discount::Everything;
        plan.fate = Fate::Open;
        plan.booked = Booked::Not;
    });
    tell(place(80), &mut |plan| {
        *plan = Plan {
            member: cast::CENTS,
            form: Form::Wares,
            items: vec![item(cast::CENTS_WARE, 1)],
            discount: Discount::None,
            fate: Fate::Paid(20),
            booked: Booked::Not,
            at: plan.at,
        };
    });
    for (per_cent, member) in [(82, cast::POUND), (84, cast::YEN), (90, cast::DOLLAR)] {
        tell(place(per_cent), &mut |plan| {
            *plan = Plan {
                member,
                form: Form::Wares,
                items: vec![item(0, 6), item(2, 1)],
                discount: Discount::None,
                fate: Fate::Paid(20),
                booked: Booked::Not,
                at: plan.at,
            };
        });
    }
    tell(place(86), &mut |plan| {
        known(plan);
        plan.items = vec![item(cast::THIRDS_WARE, 1), item(cast::THIRDS_WARE, 1), item(cast::THIRDS_WARE, 1)];
        plan.discount = Discount::None;
    });
}

/// No two invoices of one buyer come to the same amount, but for the twins: so the truth is one.
fn distinguish(plans: &mut [Plan], cast: &[Member]) {
    let fixed = |plan: &Plan| plan.booked == Booked::Twin || plan.items.is_empty();
    let who = |plan: &Plan| match cast.get(plan.member).map(|member| member.ledger) {
        Some(InLedger::SameAs(other)) => other,
        _ => plan.member,
    };
    let mut seen: BTreeSet<(usize, i64)> = plans.iter().filter(|plan| fixed(plan)).map(|plan| (who(plan), weight(plan, cast))).collect();
    for plan in plans.iter_mut().filter(|plan| !fixed(plan)) {
        while !seen.insert((who(plan), weight(plan, cast))) {
            if let Some(item) = plan.items.first_mut() {
                item.quantity += 1;
            }
        }
    }
}

/// The amount before taxes, near enough to tell invoices apart: in tenths of a smallest unit.
fn weight(plan: &Plan, cast: &[Member]) -> i64 {
    let member = cast.get(plan.member);
    if let Form::Told(lines) = plan.form {
        return lines.iter().map(|(_, amount)| amount * 10).sum();
    }
    let sum: i64 = plan
        .items
        .iter()
        .map(|item| {
            let ware = WARES.get(item.ware).copied().unwrap_or(WARES[0]);
            let price = member.map_or(ware.net, |member| price(member, &ware));
            price * item.quantity * if item.discounted { 9 } else { 10 }
        })
        .sum();
    match plan.discount {
        Discount::None => sum,
        Discount::TenPercent => sum * 9 / 10,
        Discount::Everything => 0,
    }
}

/// What a member pays for a ware, in the smallest unit of the member's currency.
pub fn price(member: &Member, ware: &Ware) -> i64 {
    match (member.currency, member.buyer) {
        ("eur", _) => ware.eur,
        ("gbp", _) => ware.gbp,
        ("usd", _) => ware.usd,
        ("jpy", _) => ware.jpy,
        (_, Buyer::Consumer) => ware.gross,
        _ => ware.net,
    }
}
