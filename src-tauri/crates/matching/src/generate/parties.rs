//! Parties as other people write them.

use super::book::{Customer, Written};
use super::words::{self, COUNTRIES};
use super::{Dice, Rates};

/// A ledger customer as it stands in Stripe or on a card: more or less itself.
pub(super) fn distort(dice: &mut Dice, c: &Customer, noise: f64, rates: &Rates) -> Written {
    let keep = |dice: &mut Dice, p: f64, v: &str| if dice.chance(p) { v.to_owned() } else { String::new() };
    let contact = words::person(dice, c.country);
    let (name, by_contact) = name(dice, c, &contact, noise);
    let domain = if c.person { String::new() } else { c.domain.clone() };
    let email = match dice.unit() {
        x if x < 0.03 + 0.1 * noise => String::new(),
        x if x < 0.08 + 0.8 * noise => match dice.below(10) {
            0..=1 => words::typo(dice, &c.party.email),
            2..=7 if !c.person => format!("{}@{domain}", words::plain(&contact).split(' ').next().unwrap_or("x")),
            // A private address, or that of somebody at home.
            _ => {
                let other = words::person(dice, c.country);
                words::free_mail(dice, &other)
            }
        },
        x if x > 0.97 => c.party.email.to_uppercase(),
        _ => c.party.email.clone(),
    };
    let email = if by_contact && dice.chance(0.3) && !c.person { format!("{}@{domain}", words::mailbox(dice)) } else { email };
    let compact: String = c.party.phone.chars().filter(|x| !x.is_whitespace()).collect();
    Written {
        name,
        email,
        phone: keep(dice, 0.42, &compact),
        vat: keep(dice, rates.vat, &c.vat),
        street: keep(dice, 0.39, &c.party.street),
        zip: keep(dice, 0.59, &c.party.zip),
        city: keep(dice, 0.52, &c.party.city),
        country: keep(dice, 0.9, &c.party.country),
        metadata: String::new(),
    }
}

/// The name, and whether it is that of somebody who works there.
fn name(dice: &mut Dice, c: &Customer, contact: &str, noise: f64) -> (String, bool) {
    if !dice.chance(noise) {
        return (c.name.clone(), false);
    }
    let case = |dice: &mut Dice| if dice.chance(0.5) { c.name.to_uppercase() } else { c.name.to_lowercase() };
    let parts = c.core.split_once(' ');
    let wrong = match (dice.below(20), c.person, parts) {
        (0..=5, false, _) => return (contact.to_owned(), true),
        (6..=9, false, _) => c.core.clone(),
        (10, false, _) => format!("{} {}", c.core, dice.pick(c.country.forms)),
        (11, false, _) => c.core.replace(" & ", &format!(" {} ", c.country.and)),
        (0..=3, true, Some((first, last))) => format!("{}. {last}", first.chars().next().unwrap_or('X')),
        (4, true, Some((first, last))) => format!("{last}, {first}"),
        // Somebody of the same household.
        (5..=6, true, Some((_, last))) => format!("{} {last}", dice.pick(c.country.first)),
        (7, true, _) => words::person(dice, c.country),
        (12, ..) => words::ascii(dice, &c.name),
        (13, ..) => case(dice),
        (8..=11, true, _) | (14..=16, false, _) => String::new(),
        _ => words::typo(dice, &c.name),
    };
    let wrong = if dice.chance(0.25 * noise) { words::typo(dice, &wrong) } else { wrong };
    (wrong, false)
}

/// Somebody whom the ledger does not know.
pub(super) fn stranger(dice: &mut Dice) -> Written {
    let country = dice.pick(COUNTRIES);
    let name = if dice.chance(0.35) {
        words::person(dice, country)
    } else {
        let (core, form) = words::company(dice, country);
        format!("{core} {form}")
    };
    let email = words::free_mail(dice, &name);
    Written { name, email, country: country.code.into(), ..Written::default() }
}
