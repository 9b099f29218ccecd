//! What currencies are worth to a book, and how money in another currency is set against what is owed.

use ledgers::CurrencyRate;
use money::Money;
use serde_json::json;
use stripe::{Kind, Object};

use super::{Shop, currency, day};
use crate::propose::rates::{conversion, rates};
use crate::row::RateOf;

fn dec(text: &str) -> rust_decimal::Decimal {
    text.parse().expect("a number")
}

fn money(text: &str) -> Money {
    let (amount, code) = text.split_once(' ').expect("an amount with its currency");
    Money::exact(dec(amount), currency(code)).expect("an amount")
}

impl Shop {
    fn rate(&mut self, code: &str, from: &str, units: &str, worth: &str) {
        let fact = self.facts.currencies.iter_mut().find(|fact| fact.currency == currency(code)).expect("a currency of the ledger");
        fact.rates.push(CurrencyRate { from: day(from), units: dec(units), worth: dec(worth) });
    }

    /// A charge and its row in Stripe's balance, in the smallest units.
    fn settled(&mut self, id: &str, at: &str, (paid, code): (i64, &str), (amount, into): (i64, &str)) {
        let created = day(at).and_hms_opt(12, 0, 0).expect("noon").and_utc().timestamp();
        let charge = json!({ "id": id, "object": "charge", "currency": code, "amount": paid, "amount_captured": paid, "amount_refunded": 0,
            "status": "succeeded", "captured": true, "created": created, "balance_transaction": format!("txn_{id}"), "metadata": {} });
        let row = json!({ "id": format!("txn_{id}"), "object": "balance_transaction", "currency": into, "amount": amount, "fee": 0, "net": amount,
            "fee_details": [], "type": "charge", "reporting_category": "charge", "status": "available", "created": created, "available_on": created });
        let read = |kind, value: &serde_json::Value| Object::read(kind, value.to_string().as_bytes()).expect("an object");
        self.mirror.take(read(Kind::Charge, &charge));
        let Object::BalanceTransaction(row) = read(Kind::BalanceTransaction, &row) else { panic!("a row of the balance") };
        self.mirror.settled.insert(id.to_owned(), *row);
    }
}

#[test]
fn the_ledgers_rate_of_the_day_counts_and_stripes_where_it_has_none() {
    let mut shop = Shop::new();
    shop.rate("EUR", "2026-01-01", "100", "745.90");
    shop.rate("EUR", "2026-11-01", "100", "746");
    shop.rate("USD", "2026-01-01", "100", "680");
    shop.settled("ch_eur", "2026-11-10", (12_500, "eur"), (92_500, "dkk"));
    shop.settled("ch_jpy_small", "2026-11-10", (10, "jpy"), (45, "dkk"));
    shop.settled("ch_jpy", "2026-11-10", (20_000, "jpy"), (90_600, "dkk"));
    // Kept in its own currency: it says no rate.
    shop.settled("ch_isk", "2026-11-10", (50_000, "isk"), (50_000, "isk"));
    let ground = shop.ground();
    let rates = rates(&ground);
    let told = |came: &str, owed: &str, on: &str| {
        let made = conversion(&ground, &rates, money(came), money(owed), day(on))?;
        let by = if made.by == RateOf::Ledger { "ledger" } else { "stripe" };
        Some(format!("{} at {} from {} by {by} is {}", made.of, made.at, made.from, made.is))
    };
    for (came, owed, on, expected) in [
        ("125.00 EUR", "932.50 DKK", "2026-11-10", Some("125.00 EUR at 7.46 from 2026-11-01 by ledger is 932.50 DKK")),
        ("125.00 EUR", "932.50 DKK", "2026-10-31", Some("125.00 EUR at 7.459 from 2026-01-01 by ledger is 932.38 DKK")),
        // Said of the foreign one, whichever side it is on.
        ("925.00 DKK", "125.00 EUR", "2026-11-10", Some("125.00 EUR at 7.46 from 2026-11-01 by ledger is 932.50 DKK")),
        ("125.00 EUR", "137.13 USD", "2026-11-10", Some("125.00 EUR at 1.097059 from 2026-11-01 by ledger is 137.13 USD")),
        // The largest amount of a day says a rate best.
        ("1000 JPY", "45.30 DKK", "2026-11-10", Some("1000 JPY at 0.0453 from 2026-11-10 by stripe is 45.30 DKK")),
        ("1000 JPY", "45.30 DKK", "2026-11-09", None),
        ("500 ISK", "25.00 DKK", "2026-11-10", None),
        ("125.00 DKK", "125.00 DKK", "2026-11-10", None),
    ] {
        assert_eq!(told(came, owed, on).as_deref(), expected, "{came} for {owed} on {on}");
    }
}
