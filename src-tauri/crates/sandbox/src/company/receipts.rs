//! What the ledger sells by itself, and the money for it that comes through Stripe without an invoice: in full with its
//! number, in part, too much, twice, several invoices at once, in euro, and by somebody else.

use super::cast::WARES;
use super::story;
use crate::world::Args;

const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;

/// Customers that Stripe never saw: name, postcode, city.
pub const STRANGERS: [(&str, &str, &str); 4] = [
    ("Aarhus Børnehaver", "8000", "Aarhus C"),
    ("Kaffebrænderiet Nord ApS", "9000", "Aalborg"),
    ("Fru Hansens Køkkenskab", "4700", "Næstved"),
    ("Højskolen ved Åen", "8660", "Skanderborg"),
];

/// One invoice that only the ledger has.
#[derive(Clone, Copy)]
pub struct Delivery {
    pub at: i64,
    /// Place among the strangers.
    pub customer: usize,
    /// Place among the wares.
    pub ware: usize,
    pub quantity: i64,
}

/// A payment by card that names no invoice of Stripe's.
pub struct Receipt {
    pub at: i64,
    pub name: &'static str,
    pub email: &'static str,
    /// In the smallest unit.
    pub amount: i64,
    pub currency: &'static str,
    pub text: &'static str,
    /// The delivery whose number the payer writes, once it has one.
    pub names: Option<usize>,
}

/// Each week one customer orders its own ware; what the first orders the others order too, so that the amount says nothing.
/// Oldest first.
pub fn deliveries(args: &Args) -> Vec<Delivery> {
    let begin = story::start(args).and_hms_opt(11, 0, 0).map_or(0, |at| at.and_utc().timestamp());
    let weeks = usize::try_from((story::end(args) - begin) / WEEK).unwrap_or_default();
    let of = |week: usize| {
        let (first, quantity) = (week % STRANGERS.len(), 3 + week as i64 % 5);
        let customers = if first == 0 { 0..STRANGERS.len() } else { first..first + 1 };
        customers.map(move |customer| Delivery { at: begin + week as i64 * WEEK + customer as i64, customer, ware: first, quantity })
    };
    (0..weeks).flat_map(of).collect()
}

/// Oldest first.
pub fn receipts(args: &Args) -> Vec<Receipt> {
    let deliveries = deliveries(args);
    let of = |customer: usize| deliveries.iter().enumerate().filter(move |(_, one)| one.customer == customer && one.ware == customer);
    let pays = |(_, one): (usize, &Delivery), days: i64, amount: i64| Receipt {
        at: one.at + days * DAY + 3_600 * 3,
        name: STRANGERS.get(one.customer).map_or("", |stranger| stranger.0),
        email: "",
        amount,
        currency: "dkk",
        text: "",
        names: None,
    };
    let mut all: Vec<Receipt> = Vec::new();
    // The holding of the first pays whatever it owes.
    let holding = |paid: Receipt| Receipt { name: "Nordkyst Holding A/S", email: "bogholderi@nordkyst.example", ..paid };
    all.extend(of(0).map(|one| holding(pays(one, 5, total(one.1)))));
    for (n, one) in of(1).enumerate() {
        let whole = total(one.1);
        all.push(match n % 3 {
            0 => Receipt { names: Some(one.0), text: "Faktura", ..pays(one, 6, whole) },
            1 => pays(one, 8, whole / 2),
            _ => Receipt { names: Some(one.0), text: "Faktura", ..pays(one, 5, whole + 5_000) },
        });
    }
    // Twice, two days apart.
    all.extend(of(2).take(1).flat_map(|one| [pays(one, 7, total(one.1)), pays(one, 9, total(one.1))]));
    // In euro at what the ledger takes one for: in silence first, then with the number.
    let in_euro = |paid: Receipt| Receipt { amount: (paid.amount * 100 + EURO / 2) / EURO, currency: "eur", ..paid };
    for (n, one) in of(2).skip(1).take(2).enumerate() {
        let paid = in_euro(pays(one, 6, total(one.1)));
        all.push(if n == 0 { paid } else { Receipt { names: Some(one.0), text: "Faktura", ..paid } });
    }
    let several: Vec<_> = of(3).take(3).collect();
    if let Some(last) = several.last() {
        all.push(pays(*last, 4, several.iter().map(|(_, one)| total(one)).sum()));
    }
    all.retain(|receipt| receipt.at < story::end(args) - DAY);
    all.sort_by_key(|receipt| receipt.at);
    all
}

/// What the ledger takes 100 euro for, in kroner.
const EURO: i64 = 746;

/// With 25 per cent of VAT, in øre.
fn total(delivery: &Delivery) -> i64 {
    let net = WARES.get(delivery.ware).map_or(0, |ware| ware.net) * delivery.quantity;
    net + (net + 2) / 4
}
