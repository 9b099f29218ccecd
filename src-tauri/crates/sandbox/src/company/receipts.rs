//! What the ledger sells by itself, and the money for it that comes through Stripe without an invoice: in full with its
//! number, in part, in instalments, too little, too much, twice, several invoices at once, in other currencies, by somebody
//! else, and given back again.

use super::cast::WARES;
use super::story;
use crate::world::Args;

const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;

/// Customers that Stripe never saw: name, postcode, city.
pub const STRANGERS: [(&str, &str, &str); 8] = [
    ("Aarhus Børnehaver", "8000", "Aarhus C"),
    ("Kaffebrænderiet Nord ApS", "9000", "Aalborg"),
    ("Fru Hansens Køkkenskab", "4700", "Næstved"),
    ("Højskolen ved Åen", "8660", "Skanderborg"),
    ("Gårdmejeriet Tre Bække ApS", "6230", "Rødekro"),
    ("Vesterbys Vinhandel", "7620", "Lemvig"),
    ("Aftenskolen Lergøgen", "5800", "Nyborg"),
    ("Brygsejlerne ApS", "3700", "Rønne"),
];

/// So many of them order every few weeks, the others only what is told below.
const REGULARS: usize = 4;
const DAIRY: usize = 4;
const WINES: usize = 5;
const SCHOOL: usize = 6;
const SAILORS: usize = 7;

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
#[derive(Default)]
pub struct Receipt {
    pub at: i64,
    pub name: &'static str,
    pub email: &'static str,
    /// In the smallest unit.
    pub amount: i64,
    pub currency: &'static str,
    /// `{}` stands for the numbers that the payer writes.
    pub text: &'static str,
    /// The deliveries whose numbers those are, once they have any.
    pub names: Vec<usize>,
    /// The card is refused.
    pub fails: bool,
    /// When, and how much.
    pub given_back: Option<(i64, i64)>,
}

/// An order by itself, for the sake of what is paid for it.
struct Order {
    /// Before the end.
    days: i64,
    customer: usize,
    ware: usize,
    quantity: i64,
    paid: &'static [Paid],
}

struct Paid {
    /// After the order.
    days: i64,
    sum: Sum,
    text: &'static str,
    fails: bool,
    back: Back,
}

enum Sum {
    Whole,
    Third,
    /// The whole and so much more, or less.
    Off(i64),
    /// At so many kroner for a hundred.
    In(&'static str, i64),
    /// This order and the two before it, named in another order than they were made in.
    Three,
}

enum Back {
    Nothing,
    All,
    Part(i64),
}

use Sum::{In, Off, Third, Three, Whole};

const fn order(days: i64, customer: usize, ware: usize, quantity: i64, paid: &'static [Paid]) -> Order {
    Order { days, customer, ware, quantity, paid }
}

const fn paid(days: i64, sum: Sum, text: &'static str) -> Paid {
    Paid { days, sum, text, fails: false, back: Back::Nothing }
}

/// Oldest first.
#[rustfmt::skip]
const ORDERS: [Order; 12] = [
    order(72, DAIRY, 2, 3, &[paid(10, Third, "Faktura {}, rate 1 af 3"), paid(20, Third, "Faktura {}, rate 2 af 3"), paid(30, Third, "Faktura {}, rate 3 af 3")]),
    order(62, SCHOOL, 3, 2, &[]),
    order(55, SCHOOL, 1, 3, &[]),
    order(50, WINES, 3, 4, &[paid(8, Off(-50), "")]),
    order(48, SCHOOL, 6, 2, &[paid(7, Three, "Faktura {}")]),
    order(45, DAIRY, 2, 6, &[paid(9, Third, "Faktura {}, rate 1 af 3"), paid(19, Third, "Rate 2 af 3")]),
    order(40, SAILORS, 2, 4, &[paid(5, In("sek", 66), "Faktura {}")]),
    order(36, WINES, 1, 5, &[paid(12, Off(-3_500), "Faktura {}, minus gebyr")]),
    order(33, SCHOOL, 2, 2, &[
        Paid { fails: true, ..paid(6, Off(10_000), "Faktura {}") },
        Paid { back: Back::Part(10_000), ..paid(7, Off(10_000), "Faktura {}") },
    ]),
    order(24, WINES, 6, 3, &[Paid { back: Back::All, ..paid(3, Whole, "Faktura {}") }, paid(4, Whole, "Faktura {}")]),
    order(21, SCHOOL, 1, 2, &[Paid { back: Back::All, ..paid(4, Whole, "Faktura {}") }]),
    order(18, SAILORS, 3, 6, &[paid(6, In("nok", 63), "Faktura {}")]),
];

/// Oldest first.
pub fn deliveries(args: &Args) -> Vec<Delivery> {
    let told = ORDERS.iter().map(|order| ordered(args, order)).filter(|one| one.at >= begin(args));
    let mut all: Vec<Delivery> = weekly(args).into_iter().chain(told).collect();
    all.sort_by_key(|one| one.at);
    all
}

/// Each week one customer orders its own ware; what the first orders the others order too, so that the amount says nothing.
fn weekly(args: &Args) -> Vec<Delivery> {
    let begin = begin(args);
    let weeks = usize::try_from((story::end(args) - begin) / WEEK).unwrap_or_default();
    let of = |week: usize| {
        let (first, quantity) = (week % REGULARS, 3 + week as i64 % 5);
        let customers = if first == 0 { 0..REGULARS } else { first..first + 1 };
        customers.map(move |customer| Delivery { at: begin + week as i64 * WEEK + customer as i64, customer, ware: first, quantity })
    };
    (0..weeks).flat_map(of).collect()
}

fn begin(args: &Args) -> i64 {
    story::start(args).and_hms_opt(11, 0, 0).map_or(0, |at| at.and_utc().timestamp())
}

fn ordered(args: &Args, order: &Order) -> Delivery {
    let Order { days, customer, ware, quantity, .. } = *order;
    Delivery { at: story::end(args) - days * DAY - 12 * 3_600, customer, ware, quantity }
}

/// Oldest first.
pub fn receipts(args: &Args) -> Vec<Receipt> {
    let deliveries = deliveries(args);
    let mut all = for_weekly(&deliveries);
    all.extend(for_told(args, &deliveries));
    all.retain(|receipt| receipt.at < story::end(args) - DAY);
    all.sort_by_key(|receipt| receipt.at);
    all
}

fn for_weekly(deliveries: &[Delivery]) -> Vec<Receipt> {
    let of = |customer: usize| deliveries.iter().enumerate().filter(move |(_, one)| one.customer == customer && one.ware == customer);
    let pays = |(_, one): (usize, &Delivery), days: i64, amount: i64| receipt(one, days, amount);
    let names = |(at, _): (usize, &Delivery), paid: Receipt| Receipt { names: vec![at], text: "Faktura {}", ..paid };
    let mut all: Vec<Receipt> = Vec::new();
    // The holding of the first pays whatever it owes.
    let holding = |paid: Receipt| Receipt { name: "Nordkyst Holding A/S", email: "bogholderi@nordkyst.example", ..paid };
    all.extend(of(0).map(|one| holding(pays(one, 5, total(one.1)))));
    for (n, one) in of(1).enumerate() {
        let whole = total(one.1);
        all.push(match n % 3 {
            0 => names(one, pays(one, 6, whole)),
            1 => pays(one, 8, whole / 2),
            _ => names(one, pays(one, 5, whole + 5_000)),
        });
    }
    // Twice, two days apart.
    all.extend(of(2).take(1).flat_map(|one| [pays(one, 7, total(one.1)), pays(one, 9, total(one.1))]));
    // In euro at what the ledger takes one for: in silence first, then with the number.
    for (n, one) in of(2).skip(1).take(2).enumerate() {
        let paid = Receipt { currency: "eur", ..pays(one, 6, converted(total(one.1), EURO)) };
        all.push(if n == 0 { paid } else { names(one, paid) });
    }
    let several: Vec<_> = of(3).take(3).collect();
    if let Some(last) = several.last() {
        all.push(pays(*last, 4, several.iter().map(|(_, one)| total(one)).sum()));
    }
    all
}

fn for_told<'a>(args: &'a Args, deliveries: &'a [Delivery]) -> impl Iterator<Item = Receipt> + 'a {
    ORDERS.iter().flat_map(move |order| {
        let of_its_customer = |one: &Delivery| one.customer == order.customer && one.at <= ordered(args, order).at;
        // This one, then those before it from the oldest of the last three on.
        let mut last: Vec<usize> = deliveries.iter().enumerate().filter(|(_, one)| of_its_customer(one)).map(|(at, _)| at).collect();
        last.reverse();
        last.truncate(3);
        order.paid.iter().filter_map(move |paid| {
            let own = deliveries.get(*last.first()?).filter(|own| own.at == ordered(args, order).at)?;
            let whole = total(own);
            let names =
                if matches!(paid.sum, Three) { [0, 2, 1].iter().filter_map(|n| last.get(*n)).copied().collect() } else { vec![*last.first()?] };
            let (amount, currency) = match paid.sum {
                Whole => (whole, "dkk"),
                Third => (whole / 3, "dkk"),
                Off(by) => (whole + by, "dkk"),
                In(currency, kroner) => (converted(whole, kroner), currency),
                Three => (names.iter().filter_map(|at| deliveries.get(*at)).map(total).sum(), "dkk"),
            };
            let one = receipt(own, paid.days, amount);
            let given_back = match paid.back {
                Back::Nothing => None,
                Back::All => Some((one.at + 2 * DAY, amount)),
                Back::Part(part) => Some((one.at + 2 * DAY, part)),
            };
            let names = if paid.text.contains("{}") { names } else { Vec::new() };
            Some(Receipt { currency, text: paid.text, names, fails: paid.fails, given_back, ..one })
        })
    })
}

fn receipt(of: &Delivery, days: i64, amount: i64) -> Receipt {
    let name = STRANGERS.get(of.customer).map_or("", |stranger| stranger.0);
    Receipt { at: of.at + days * DAY + 3_600 * 3, name, amount, currency: "dkk", ..Receipt::default() }
}

/// What the ledger takes 100 euro for, in kroner.
const EURO: i64 = 746;

/// Kroner in a currency of which a hundred are worth so many.
fn converted(kroner: i64, hundred: i64) -> i64 {
    (kroner * 100 + hundred / 2) / hundred
}

/// With 25 per cent of VAT, in øre.
fn total(delivery: &Delivery) -> i64 {
    let net = WARES.get(delivery.ware).map_or(0, |ware| ware.net) * delivery.quantity;
    net + (net + 2) / 4
}
