//! The account itself, and its balance.

use super::Stripe;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub struct Account {
    pub id: String,
    pub name: String,
    pub email: String,
    pub country: String,
    /// Lower case; the currency that everything is settled in.
    pub currency: String,
    pub timezone: String,
    pub created: i64,
    /// Invoice numbers are the account's: prefix, dash, four digits or more.
    pub invoice_prefix: String,
    pub next_invoice: u64,
}

impl Stripe {
    pub(super) fn show_account(&self) -> Value {
        let account = &self.account;
        let given = json!({
            "id": account.id, "object": "account", "type": "standard", "country": account.country, "email": account.email,
            "default_currency": account.currency, "created": account.created, "charges_enabled": true, "payouts_enabled": true,
            "details_submitted": true, "business_type": "company", "metadata": {},
            "business_profile": { "name": account.name, "mcc": "5719", "url": null, "product_description": null, "support_address": null,
                "support_email": account.email, "support_phone": null, "support_url": null },
            "controller": { "type": "account" },
            "settings": {
                "dashboard": { "display_name": account.name, "timezone": account.timezone },
                "payouts": { "debit_negative_balances": true, "schedule": { "delay_days": 2, "interval": "daily" }, "statement_descriptor": null },
            },
        });
        given.as_object().map_or(Value::Null, |given| Value::Object(super::shapes::complete("account", given)))
    }

    /// Pending and available of each currency: the balance transactions, and nothing else.
    pub(super) fn show_balance(&self, now: i64) -> Value {
        let mut sums: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
        sums.entry(self.account.currency.as_str()).or_default();
        for (currency, nets) in self.agenda.nets() {
            let (available, pending) = sums.entry(currency).or_default();
            *available += nets.range(..=now).map(|(_, net)| net).sum::<i64>();
            *pending += nets.range(now + 1..).map(|(_, net)| net).sum::<i64>();
        }
        let part = |pick: fn(&(i64, i64)) -> i64| -> Vec<Value> {
            let entries =
                sums.iter().map(|(currency, sum)| json!({ "amount": pick(sum), "currency": currency, "source_types": { "card": pick(sum) } }));
            entries.collect()
        };
        json!({ "object": "balance", "available": part(|sum| sum.0), "pending": part(|sum| sum.1), "livemode": false })
    }
}
