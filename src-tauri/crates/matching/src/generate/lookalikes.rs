//! Strangers that could be taken for customers: they pay what an open invoice happens to be, at about its date, and bear
//! half a customer's name, nothing like it, or an address at the same mail provider.

use chrono::Days;

use super::Dice;
use super::book::{Made, Payment, Stripe, Written};
use super::parties::stranger;
use super::pays::moment;
use super::words;

/// Of the invoices, this share have a stranger with their amount.
const SHARE: f64 = 0.03;

/// And this share have one who pays for something else of the same number.
const NUMBERED: f64 = 0.01;

/// A mail provider that is on no list: customers and strangers have their addresses there.
pub(super) const PROVIDER: &str = "byensnet.example";

/// One of so many customers whose VAT number the ledger knows has a namesake in Stripe that is another firm by it.
const NAMESAKES: usize = 40;

pub(super) fn pay(made: &mut Made, dice: &mut Dice) {
    let told_apart: Vec<Written> = made.customers.iter().filter(|c| !c.vat.is_empty()).map(|c| c.party.clone()).collect();
    for _ in 0..told_apart.len() / NAMESAKES {
        let of = dice.pick(&told_apart);
        let party = namesake(dice, of);
        made.stripes.push(Stripe { id: dice.id("cus_"), customer: None, party });
    }
    for _ in 0..(SHARE * made.invoices.len() as f64) as usize {
        let like = &made.invoices[dice.below(made.invoices.len() as u64) as usize];
        let (currency, amount, day) = (like.currency, like.open, like.day + Days::new(dice.below(40)));
        let billing = match dice.below(3) {
            0 => half_alike(dice, &made.customers[like.customer].core),
            _ => anybody(made, dice),
        };
        let text = (*dice.pick(&["", "", "Payment", "Betaling", "Checkout", "Kortbetaling"])).to_owned();
        let at = moment(dice, day);
        made.payments.push(Payment { id: dice.id("ch_3"), amount, currency, at, text, billing, ..Payment::default() });
    }
    for _ in 0..(NUMBERED * made.invoices.len() as f64) as usize {
        let like = &made.invoices[dice.below(made.invoices.len() as u64) as usize];
        let (currency, number, day) = (like.currency, like.number.clone(), like.day + Days::new(dice.below(60)));
        let text = dice.pick(&["{}", "#{}", "Ref {}", "No. {}", "Webshop {}", "Nr. {} tak"]).replace("{}", &number);
        let (amount, billing, at) = (dice.between(19, 2_500) * 100 - dice.between(0, 2) * 5, anybody(made, dice), moment(dice, day));
        made.payments.push(Payment { id: dice.id("ch_3"), amount, currency, at, text, billing, ..Payment::default() });
    }
}

fn anybody(made: &Made, dice: &mut Dice) -> Written {
    match dice.below(3) {
        0 => {
            let core = dice.pick(&made.customers).core.clone();
            half_alike(dice, &core)
        }
        1 => {
            let country = dice.pick(words::COUNTRIES);
            let name = words::person(dice, country);
            let mailbox = words::plain(&name).replace(' ', ".");
            // What people write into fields that they must fill.
            Written { email: format!("{mailbox}@{PROVIDER}"), name, phone: "0".into(), vat: "N/A".into(), ..Written::default() }
        }
        _ => stranger(dice),
    }
}

/// Another firm of the same name: only the VAT number tells.
fn namesake(dice: &mut Dice, party: &Written) -> Written {
    let vat = format!("{}{:08}", party.country, dice.between(10_000_000, 99_999_999));
    Written { name: party.name.clone(), vat, country: party.country.clone(), ..Written::default() }
}

/// Another firm whose name begins like a customer's.
fn half_alike(dice: &mut Dice, core: &str) -> Written {
    let other = stranger(dice);
    let first = core.split(' ').next().unwrap_or_default();
    let last = other.name.split(' ').nth(1).unwrap_or("Service").to_owned();
    Written { name: format!("{first} {last}"), ..other }
}
