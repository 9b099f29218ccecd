//! The cases that every demonstration shows, whatever its size: each once, in the last weeks.

use super::cast;
use super::story::{Booked, Discount, Fate, Form, Item, Plan, end};
use crate::world::Args;

const DAY: i64 = 86_400;
/// More lines than Stripe shows with an invoice.
const MANY_LINES: usize = 30;

const RENEWAL: &[(&str, i64)] =
    &[("Værkstedsplads, fuld tid", 60_000), ("Ubrugt tid, værkstedsplads, halv tid", -15_000), ("Resterende tid, værkstedsplads, fuld tid", 30_000)];
const DOWNGRADE: &[(&str, i64)] = &[("Ubrugt tid, værkstedsplads, fuld tid", -40_000), ("Resterende tid, værkstedsplads, halv tid", 20_000)];

/// Somebody without an account, at a payment link that makes no invoice.
pub struct Guest {
    pub at: i64,
    pub name: &'static str,
    pub email: &'static str,
    pub currency: &'static str,
    pub ware: usize,
    pub quantity: i64,
}

pub fn guests(args: &Args) -> [Guest; 2] {
    let at = |days: i64| end(args) - days * DAY - 6 * 3_600;
    [
        Guest { at: at(15), name: "Anne Sofie Brandt", email: "anne.brandt@post.example", currency: "dkk", ware: 3, quantity: 2 },
        Guest { at: at(5), name: "Jens Ravn", email: "jens.ravn@post.example", currency: "eur", ware: 0, quantity: 3 },
    ]
}

/// In no order. Days are counted back from the end of the history; no two are at the same instant.
#[rustfmt::skip]
pub fn plans(args: &Args) -> Vec<Plan> {
    let tell = |days: i64, member: usize, form: Form, fate: Fate, booked: Booked, items: &[(usize, i64)]| Plan {
        at: end(args) - days * DAY - 11 * 3_600 - 7 * 60 * member as i64,
        member,
        form,
        items: items.iter().map(|(ware, quantity)| Item { ware: *ware, quantity: *quantity, discounted: false }).collect(),
        discount: Discount::None,
        fate,
        booked,
    };
    let many: Vec<(usize, i64)> = (0..MANY_LINES).map(|n| (n % 8, 1 + n as i64 / 8)).collect();
    let at_once = Fate::Paid(20);
    use Booked::{ByNumber, Not, WithItsCredit};
    use Form::{Checkout, Told, Untaxed, Wares};
    vec![
        tell(26, cast::OESTERBRO, Wares, Fate::CreditedAfter, ByNumber, &[(1, 3)]),
        tell(26, cast::SPISEHUSET, Wares, Fate::CreditedAfter, WithItsCredit, &[(2, 1), (0, 4)]),
        tell(25, cast::VED_FJORDEN, Wares, Fate::CreditedBefore, ByNumber, &[(1, 2)]),
        tell(24, cast::OESTERBRO, Wares, Fate::Refunded, ByNumber, &[(6, 2)]),
        tell(20, cast::SOLGAARDEN, Told(RENEWAL), at_once, Not, &[]),
        tell(19, cast::KAALHAVEN, Told(DOWNGRADE), Fate::Open, Not, &[]),
        tell(18, cast::ROSENHAVEN, Untaxed, at_once, Not, &[(5, 1)]),
        tell(17, cast::UNNUMBERED, Wares, at_once, Not, &[(2, 2)]),
        tell(16, cast::GREEK, Wares, at_once, Not, &[(1, 4)]),
        tell(15, cast::JAPANESE, Wares, at_once, Not, &[(0, 24)]),
        tell(14, cast::DELETED, Wares, Fate::CustomerDeleted, Not, &[(3, 6)]),
        tell(13, cast::ROSENHAVEN_AGAIN, Wares, at_once, Not, &[(0, 7)]),
        tell(13, cast::TANGKAER, Wares, Fate::CreditedMixed, Not, &[(2, 4)]),
        tell(12, cast::LONG_NAME, Wares, at_once, Not, &[(4, 10)]),
        tell(12, cast::KAALHAVEN, Wares, Fate::RefundedInPart, Not, &[(1, 8)]),
        tell(11, cast::KLITGAARDEN, Wares, Fate::Uncollectible, Not, &[(2, 5)]),
        tell(11, cast::SOLGAARDEN, Wares, Fate::RefundFailed, Not, &[(3, 9)]),
        tell(10, cast::STRANDLYST, Wares, Fate::Open, Not, &many),
        tell(9, cast::KARLA, Checkout, at_once, Not, &[(1, 1), (0, 2)]),
        tell(9, cast::KLITGAARDEN, Wares, Fate::CreditedBefore, Not, &[(1, 6)]),
        tell(8, cast::CENTS, Wares, at_once, Not, &[(0, 5)]),
        tell(7, cast::DOLLAR, Wares, at_once, Not, &[(2, 3)]),
        tell(7, cast::YEN, Wares, at_once, Not, &[(3, 8)]),
        tell(6, cast::HAFENKANTE, Wares, Fate::Open, Not, &[(1, 12)]),
    ]
}
