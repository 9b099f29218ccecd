//! Who pays what, when, and what they write.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};

use super::book::{Invoice, Made, Payment, Written, decimals};
use super::parties::{distort, stranger};
use super::words;
use super::{Dice, Rates};

pub(super) fn pay(made: &mut Made, dice: &mut Dice, rates: &Rates) {
    let count = made.invoices.len();
    let days = days(made, dice, rates);
    let mut open = vec![true; count];
    let mut of_customer = vec![Vec::new(); made.customers.len()];
    made.invoices.iter().enumerate().for_each(|(i, invoice)| of_customer[invoice.customer].push(i));
    for _ in 0..(rates.multi * count as f64 * 0.96) as usize {
        several(made, dice, rates, &mut open, &of_customer);
    }
    for (i, open) in open.into_iter().enumerate() {
        if open && !dice.chance(rates.unpaid) {
            match dice.unit() {
                x if x < rates.split => instalments(made, dice, rates, i, days[i]),
                x if x < rates.split + rates.part => part(made, dice, rates, i, days[i]),
                _ => whole(made, dice, rates, i, days[i]),
            }
        }
    }
    after(made, dice, rates);
    strays(made, dice, rates);
}

/// The day on which each invoice is to be paid. Of a series each may be paid in the next one's place, and that in its own.
fn days(made: &Made, dice: &mut Dice, rates: &Rates) -> Vec<NaiveDate> {
    let mut days: Vec<NaiveDate> = made.invoices.iter().map(|invoice| paid_on(dice, invoice, made.customers[invoice.customer].late)).collect();
    let mut last: BTreeMap<usize, usize> = BTreeMap::new();
    for (i, invoice) in made.invoices.iter().enumerate() {
        let Some(series) = invoice.series else { continue };
        if let Some(before) = last.insert(series, i).filter(|_| dice.chance(rates.swap)) {
            days.swap(before, i);
        }
    }
    days
}

/// One payment for two to five invoices of one customer.
fn several(made: &mut Made, dice: &mut Dice, rates: &Rates, open: &mut [bool], of_customer: &[Vec<usize>]) {
    let first = dice.below(made.invoices.len() as u64) as usize;
    let (customer, currency, day) = (made.invoices[first].customer, made.invoices[first].currency, made.invoices[first].day);
    let near = |i: &usize| {
        let invoice = &made.invoices[*i];
        *i >= first && open[*i] && invoice.currency == currency && invoice.day >= day && (invoice.day - day).num_days() <= 125
    };
    let mut some: Vec<usize> = of_customer[customer].iter().copied().filter(near).collect();
    let size = *dice.pick(&[2, 2, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5]);
    if some.len() < size {
        return;
    }
    while some.len() > size {
        let at = if dice.chance(0.55) { some.len() - 1 } else { dice.below(some.len() as u64) as usize };
        some.remove(at);
    }
    let newest = some.iter().map(|&i| made.invoices[i].day).max().unwrap_or(day);
    // Soon after the newest; seldom later.
    let late = match dice.unit() {
        x if x < 0.89 => dice.below(12),
        x if x < 0.97 => 12 + dice.below(20),
        _ => 45 + dice.below(16),
    };
    let at = moment(dice, newest + Days::new(late));
    for &i in &some {
        open[i] = false;
    }
    let amount = some.iter().map(|&i| made.invoices[i].open).sum();
    let settles = some.iter().map(|&i| (i, made.invoices[i].open)).collect();
    let payment = Payment { amount, currency, at, settles, kind: "multi", ..Payment::default() };
    let payment = address(made, dice, rates, payment);
    made.payments.push(payment);
}

fn whole(made: &mut Made, dice: &mut Dice, rates: &Rates, i: usize, day: NaiveDate) {
    let invoice = &made.invoices[i];
    let at = moment(dice, day);
    let (open, currency) = (invoice.open, invoice.currency);
    let exact = Payment { amount: open, currency, at, settles: vec![(i, open)], kind: "exact", ..Payment::default() };
    let payment = match dice.unit() {
        x if x < rates.over => {
            let amount = if dice.chance(0.35) {
                (open / 25 + 1) * 25 + 25 * dice.between(0, 1)
            } else {
                open + (open as f64 * (0.012 + 0.008 * dice.unit())) as i64
            };
            Payment { amount, kind: "over", ..exact }
        }
        x if x < rates.over + rates.under => {
            let amount = match dice.below(3) {
                0 => open - dice.between(1, 9),
                1 if open % 100 != 0 => open / 100 * 100,
                _ => open - (open as f64 * 0.01 * dice.unit()) as i64,
            };
            let amount = amount.max(1);
            Payment { amount, settles: vec![(i, amount.min(open))], kind: "under", ..exact }
        }
        x if x < rates.over + rates.under + rates.foreign => {
            let other = *dice.pick(&["EUR", "DKK", "USD", "GBP"]);
            if other == currency { exact } else { foreign(made, dice, exact, other) }
        }
        _ => exact,
    };
    let payment = address(made, dice, rates, payment);
    made.payments.push(payment);
}

/// The same money in another currency: the day's rate is near the month's, and the payer's bank takes a little.
fn foreign(made: &Made, dice: &mut Dice, exact: Payment, other: &'static str) -> Payment {
    let day = chrono::DateTime::from_timestamp(exact.at, 0).unwrap_or_default().date_naive();
    let rate = made.per_euro(day, other) / made.per_euro(day, exact.currency) * 10_f64.powi(decimals(other) - decimals(exact.currency));
    let drift = 1.0 + dice.normal(0.0, 0.0045).clamp(-0.012, 0.012) + 0.012 * dice.unit();
    Payment { amount: ((exact.amount as f64 * rate * drift).round() as i64).max(1), currency: other, kind: "fx", ..exact }
}

fn part(made: &mut Made, dice: &mut Dice, rates: &Rates, i: usize, day: NaiveDate) {
    let invoice = &made.invoices[i];
    let share = *dice.pick(&[0.1, 0.2, 0.2, 0.25, 0.3, 0.5, 0.5, 0.6, 0.75, 0.8]);
    let amount = ((invoice.open as f64 * share).round() as i64).max(1);
    let amount = if amount > 100 && dice.chance(0.45) { amount / 100 * 100 } else { amount };
    let at = moment(dice, day);
    let payment = Payment { amount, currency: invoice.currency, at, settles: vec![(i, amount)], kind: "partial", ..Payment::default() };
    let payment = address(made, dice, rates, payment);
    made.payments.push(payment);
}

fn instalments(made: &mut Made, dice: &mut Dice, rates: &Rates, i: usize, day: NaiveDate) {
    let invoice = &made.invoices[i];
    let (open, currency) = (invoice.open, invoice.currency);
    let equal = dice.chance(0.5);
    let count = if equal { *dice.pick(&[2, 2, 3, 4]) } else { 2 };
    let first = if equal { open / count } else { (open as f64 * (0.1 + 0.8 * dice.unit())) as i64 }.max(1);
    let start = moment(dice, day);
    let mut like = None;
    let mut left = open;
    for n in 0..count {
        let amount = if n + 1 == count { left } else { first };
        left -= amount;
        // The next day, each week or each month; not always as it was agreed.
        let at = start + n * *dice.pick(&[1, 7, 30, 30]) * 86_400;
        let bare = Payment { amount, currency, at, settles: vec![(i, amount)], kind: "split", ..Payment::default() };
        let mut payment = address(made, dice, rates, bare);
        // Instalments come from one place.
        match &like {
            None => like = Some((payment.stripe, payment.billing.clone())),
            Some((stripe, billing)) => (payment.stripe, payment.billing) = (*stripe, billing.clone()),
        }
        made.payments.push(payment);
    }
}

fn paid_on(dice: &mut Dice, invoice: &Invoice, late: Option<i64>) -> NaiveDate {
    let terms = (invoice.due - invoice.day).num_days();
    let lag = match invoice.series {
        Some(_) => lag_series(dice, late),
        None => lag_once(dice, terms),
    };
    if lag < 0 { invoice.day - Days::new(lag.unsigned_abs()) } else { invoice.day + Days::new(lag as u64) }
}

/// Before the posting date, about the due date, some time until then, or long after.
fn lag_once(dice: &mut Dice, terms: i64) -> i64 {
    match dice.unit() {
        x if x < 0.075 => -dice.between(1, 5),
        x if x < 0.19 => terms - *dice.pick(&[0, 1, 1, 2]),
        x if x < 0.41 => terms + dice.between(0, 4),
        x if x < 0.84 => dice.between(0, terms.max(1)),
        _ => terms + dice.between(8, 70),
    }
}

/// By card on the day, more or less; else within three weeks. Who always pays late does so on nearly the same day.
fn lag_series(dice: &mut Dice, late: Option<i64>) -> i64 {
    const DAYS: &[i64] = &[-3, -2, -2, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2];
    match (late, dice.unit()) {
        (Some(late), x) => late + *dice.pick(DAYS) + if x < 0.45 { dice.between(-3, 1) } else { 0 },
        (_, x) if x < 0.78 => *dice.pick(DAYS),
        _ => dice.between(3, 20),
    }
}

/// Seconds since 1970 for a local day; one in eight near midnight, when the day is already another in Copenhagen.
pub(super) fn moment(dice: &mut Dice, day: NaiveDate) -> i64 {
    let midnight = i64::from((day - NaiveDate::from_ymd_opt(1970, 1, 1).unwrap_or_default()).num_days() as i32) * 86_400;
    match dice.chance(0.08) {
        true => midnight - 3_600 + dice.between(0, 3_599),
        false => midnight + dice.between(0, 86_399 - 7_200),
    }
}

/// Failed tries, payments made twice, refunds.
fn after(made: &mut Made, dice: &mut Dice, rates: &Rates) {
    for p in 0..made.payments.len() {
        let paid = made.payments[p].clone();
        if dice.chance(rates.failed) {
            made.payments.push(Payment {
                id: dice.id("ch_3"),
                failed: true,
                at: paid.at - dice.between(1_000, 170_000),
                settles: Vec::new(),
                ..paid.clone()
            });
        }
        if dice.chance(rates.twice) {
            let second = Payment { id: dice.id("ch_3"), at: paid.at + dice.between(12_000, 240_000), settles: Vec::new(), ..paid.clone() };
            made.twice.push((paid.id.clone(), second.id.clone()));
            made.payments.push(second);
        }
        if dice.chance(rates.refund) && paid.settles.len() <= 1 {
            refund(made, dice, &paid);
        }
    }
}

fn refund(made: &mut Made, dice: &mut Dice, paid: &Payment) {
    let share = if dice.chance(0.65) { 1.0 } else { *dice.pick(&[0.1, 0.25, 0.5]) };
    let amount = ((paid.amount as f64 * share).round() as i64).max(1);
    let of_it = amount as f64 / paid.amount.max(1) as f64;
    let settles = paid.settles.iter().map(|(i, a)| (*i, -((*a as f64 * of_it).round() as i64))).collect();
    let text = dice.pick(&["REFUND FOR CHARGE", "requested_by_customer", "", paid.text.as_str()]).to_string();
    made.payments.push(Payment {
        id: dice.id("re_3"),
        refund_of: paid.id.clone(),
        amount: -amount,
        at: paid.at + 86_400 * dice.between(0, 39),
        settles,
        kind: "refund",
        text,
        metadata: String::new(),
        ..paid.clone()
    });
}

/// Payments that belong to nothing: of strangers, for closed or future invoices, in advance.
fn strays(made: &mut Made, dice: &mut Dice, rates: &Rates) {
    let strangers: Vec<usize> = (0..made.stripes.len()).filter(|s| made.stripes[*s].customer.is_none()).collect();
    for _ in 0..(rates.stray * made.invoices.len() as f64) as usize {
        let like = dice.below(made.invoices.len() as u64) as usize;
        let (currency, amount) = (made.invoices[like].currency, made.invoices[like].amount);
        let amount = if dice.chance(0.55) { amount } else { dice.between(amount / 2, amount * 2).max(1) };
        let day = super::book::first_day() + Days::new(dice.below(390));
        let at = moment(dice, day);
        let stripe = match dice.unit() {
            x if x < 0.66 && !strangers.is_empty() => Some(*dice.pick(&strangers)),
            x if x < 0.94 => Some(dice.below(made.stripes.len() as u64) as usize),
            _ => None,
        };
        let billing = stripe.map_or_else(|| stranger(dice), |s| made.stripes[s].party.clone());
        let text = match dice.below(10) {
            0..=2 => format!(
                "{} {}",
                dice.pick(&["Invoice", "inv", "faktura"]),
                if dice.chance(0.7) { dice.between(8_000, 10_400) } else { dice.between(98_000, 101_800) }
            ),
            3 => format!("{} {}", dice.pick(&["Invoice", "inv", "faktura"]), 101_900 + made.invoices.len() as i64 + dice.between(10, 300)),
            4 => format!("Order {}", dice.between(20_000, 104_000)),
            _ => (*dice.pick(PLAIN)).to_owned(),
        };
        made.payments.push(Payment { id: dice.id("ch_3"), amount, currency, at, text, stripe, billing, ..Payment::default() });
    }
}

/// Who pays and what they write.
fn address(made: &Made, dice: &mut Dice, rates: &Rates, mut payment: Payment) -> Payment {
    let customer = made.invoices[payment.settles[0].0].customer;
    let own = made.stripes_of(customer);
    payment.id = dice.id("ch_3");
    payment.stripe = if own.is_empty() || dice.chance(rates.guest) { None } else { Some(own.start + dice.below(own.len() as u64) as usize) };
    payment.billing = match payment.stripe {
        Some(s) => made.stripes[s].party.clone(),
        None => distort(dice, &made.customers[customer], rates.noise, rates),
    };
    if payment.stripe.is_some() && dice.chance(0.2) {
        payment.billing = distort(dice, &made.customers[customer], rates.noise, rates);
    }
    // Somebody else pays: mostly a stranger, as a guest.
    if dice.chance(rates.third) {
        let country = made.customers[customer].country;
        let other = if dice.chance(0.75) {
            let name = words::person(dice, country);
            Written { email: words::free_mail(dice, &name), name, country: country.code.into(), ..Written::default() }
        } else {
            dice.pick(&made.customers).party.clone()
        };
        payment.billing = other;
        if dice.chance(0.8) {
            payment.stripe = None;
        }
    }
    if dice.chance(0.25) {
        payment.number = format!("{:08X}-{:04}", dice.next() as u32, dice.between(1, 40));
    }
    write(made, dice, rates, &mut payment);
    payment
}

const PLAIN: &[&str] = &[
    "",
    "",
    "Abonnement",
    "Payment",
    "Betaling",
    "Zahlung",
    "Pago",
    "Kortbetaling",
    "Betalingslink",
    "Checkout",
    "Online payment",
    "Recurring payment",
    "Subscription creation",
    "Subscription update",
    "Payment for services",
    "Charge for customer",
];

fn write(made: &Made, dice: &mut Dice, rates: &Rates, payment: &mut Payment) {
    let named: Vec<&Invoice> = payment.settles.iter().map(|(i, _)| &made.invoices[*i]).collect();
    let numbers: Vec<&str> = named.iter().map(|i| i.number.as_str()).collect();
    let customer = &made.customers[named[0].customer];
    let mut meta = Vec::new();
    if dice.chance(rates.meta) {
        let value = if dice.chance(rates.stale) {
            let old = dice.pick(&made.invoices);
            if dice.chance(0.05) { old.number.clone() } else { format!("S-INV{}", dice.between(100_000, 104_000)) }
        } else {
            numbers.join(",")
        };
        let key = dice.pick(&["invoice_no", "invoice_no", "invoice_no", "invoice_no", "invoice", "faktura"]);
        meta.push(format!("\"{key}\": \"{value}\""));
    }
    if dice.chance(0.28) {
        meta.push(format!("\"order_id\": \"{}\"", dice.between(10_000, 99_999)));
    }
    payment.metadata = if meta.is_empty() { String::new() } else { format!("{{{}}}", meta.join(", ")) };
    let mut text = if dice.chance(rates.text) { in_words(dice, rates, &numbers, customer) } else { without(dice, named[0], customer) };
    let order = named.iter().map(|i| i.order.as_str()).find(|o| !o.is_empty());
    match order {
        Some(order) if dice.chance(0.27) => text = format!("{text} {order}").trim().to_owned(),
        _ if dice.chance(0.02) => text = format!("{text} PO{}", dice.between(5_000, 99_999)).trim().to_owned(),
        _ => {}
    }
    payment.text = text;
}

fn in_words(dice: &mut Dice, rates: &Rates, numbers: &[&str], customer: &super::book::Customer) -> String {
    let digits = |number: &str| number.trim_start_matches("S-INV").to_owned();
    let mut said: Vec<String> = numbers.iter().map(|n| digits(n)).collect();
    if dice.chance(rates.slip) {
        let at = dice.below(said.len() as u64) as usize;
        said[at] = slip(dice, &said[at]);
    }
    if said.len() > 1 {
        let between = *dice.pick(&[" og ", " + ", " & ", ", ", " / "]);
        return format!("{}{}", dice.pick(&["faktura ", "Rechnungen ", "inv ", "Invoices ", ""]), said.join(between));
    }
    let d = &said[0];
    match dice.below(24) {
        0 => format!("Inv.no.{d}"),
        1 => d.clone(),
        2 => format!("Invoice S-INV{d}"),
        3 => format!("SINV{d}"),
        4 => format!("S-INV{d}"),
        5 => format!("payment inv. {d}, thanks"),
        6 => format!("betaling af faktura {d}"),
        7 => format!("{} - {d}", customer.core),
        8 => format!("S-INV{d} {}", customer.core),
        9 => format!("Faktura nr. {d}"),
        10 => format!("RE {d}"),
        11 => format!("invoice no {d}/25"),
        12 => format!("Invoice #{d}"),
        13 => format!("Re-Nr {d} {}", customer.core),
        14 => format!("Payment for invoice S-INV{d}"),
        15 => format!("factura nº {d}"),
        16 => format!("faktura {d}"),
        17 => format!("INV-{d}"),
        18 => format!("fakt.{d}"),
        19 => format!("Rechnungsnr.{d}"),
        20 => format!("kunde {} faktura {d}", customer.number),
        21 => format!("FAKTURANR {d}"),
        22 => format!("S INV {d}"),
        _ => format!("{d} - {}", customer.core),
    }
}

/// A number with one digit wrong, missing or swapped, or an O for a 0.
fn slip(dice: &mut Dice, number: &str) -> String {
    let mut digits: Vec<char> = number.chars().collect();
    let at = 1 + dice.below(digits.len() as u64 - 2) as usize;
    match dice.below(4) {
        0 => drop(digits.remove(at)),
        1 => digits.swap(at, at + 1),
        2 if digits.contains(&'0') => digits = number.replacen('0', "O", 1).chars().collect(),
        _ => digits[at] = char::from(b'0' + dice.below(10) as u8),
    }
    digits.into_iter().collect()
}

const MONTHS: [&str; 12] = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

fn without(dice: &mut Dice, invoice: &Invoice, customer: &super::book::Customer) -> String {
    if !invoice.plan.is_empty() && dice.chance(0.29) {
        let plan = invoice.plan.trim_end_matches(" plan");
        let month = format!("{} {}", MONTHS[invoice.day.month0() as usize], invoice.day.year());
        return match dice.below(10) {
            0..=2 => invoice.plan.to_owned(),
            3..=4 => format!("1 × {plan} (monthly)"),
            5..=6 => format!("{} {month}", dice.pick(&["Subscription", "Abonnement"])),
            7 => format!("{} {}", dice.pick(&["Subscription", "Abonnement", "Abo"]), invoice.day.format("%Y%m")),
            8 => format!("{} {month}", invoice.plan),
            _ => format!("1 × {plan} (monthly) {month}"),
        };
    }
    match dice.below(40) {
        0..=3 => format!("Order {}", dice.between(20_000, 104_000)),
        4..=6 => format!("Kundenr. {}", customer.number),
        7 => format!("Tel {}", dice.between(20_000_000, 99_999_999)),
        8 => customer.core.clone(),
        9 => format!("{} betaling", customer.core),
        10 => format!("{} payment", customer.core),
        11..=14 => (*dice.pick(&["Subscription", "Abonnement"])).to_owned(),
        _ => (*dice.pick(PLAIN)).to_owned(),
    }
}
