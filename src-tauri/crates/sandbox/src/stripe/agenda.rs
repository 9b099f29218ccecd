//! What happens by itself as time passes: payouts and their arrival, renewals, drafts that finalize themselves.

use super::Stripe;
use super::events::Cause;
use super::execute::object;
use super::invoices::{integer, text};
use super::lists::EVENT_DAYS;
use super::money::{DAY, NewCharge, NewRow, available, weekend};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Drafts that advance by themselves wait this long. `docs: Automatic invoice advancement`.
const DRAFT_WAIT: i64 = 3_600;
/// Automatic payouts are made at six in the morning, UTC.
const PAYOUT_HOUR: i64 = 6 * 3_600;

/// What waits for its time.
#[derive(Clone, Debug, Default)]
pub struct Agenda {
    due: BTreeSet<(i64, u64, Due)>,
    entries: u64,
    /// Balance transactions in no payout yet, by currency.
    unpaid: BTreeMap<String, Unpaid>,
    payouts_begun: bool,
    /// Sum of the net amounts of all balance transactions, by currency and availability.
    nets: BTreeMap<String, BTreeMap<i64, i64>>,
}

/// Id and net of each, in order of availability.
type Unpaid = BTreeMap<(i64, u64), (String, i64)>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    PayoutRun,
    Arrival(String),
    Finalize(String),
    Renewal(String),
    Overdue(String),
}

impl Agenda {
    pub fn wait_for_payout(&mut self, now: i64, currency: &str, available_on: i64, row: &str, net: i64) {
        self.entries += 1;
        self.unpaid.entry(currency.to_owned()).or_default().insert((available_on, self.entries), (row.to_owned(), net));
        if !self.payouts_begun {
            self.payouts_begun = true;
            self.at(now - now.rem_euclid(DAY) + DAY + PAYOUT_HOUR, Due::PayoutRun);
        }
    }

    pub fn count(&mut self, currency: &str, available_on: i64, net: i64) {
        *self.nets.entry(currency.to_owned()).or_default().entry(available_on).or_default() += net;
    }

    pub fn nets(&self) -> impl Iterator<Item = (&str, &BTreeMap<i64, i64>)> {
        self.nets.iter().map(|(currency, nets)| (currency.as_str(), nets))
    }

    pub fn arrival(&mut self, at: i64, payout: &str) {
        self.at(at, Due::Arrival(payout.to_owned()));
    }

    pub fn finalize_later(&mut self, now: i64, invoice: &str) {
        self.at(now + DRAFT_WAIT, Due::Finalize(invoice.to_owned()));
    }

    pub fn renewal(&mut self, at: i64, subscription: &str) {
        self.at(at, Due::Renewal(subscription.to_owned()));
    }

    pub fn overdue(&mut self, at: i64, invoice: &str) {
        self.at(at, Due::Overdue(invoice.to_owned()));
    }

    /// Takes rows out of the waiting ones: they are in a payout now.
    fn take(&mut self, currency: &str, until: i64) -> Unpaid {
        let Some(rows) = self.unpaid.get_mut(currency) else { return Unpaid::new() };
        let later = rows.split_off(&(until + 1, 0));
        std::mem::replace(rows, later)
    }

    fn at(&mut self, at: i64, due: Due) {
        self.entries += 1;
        self.due.insert((at, self.entries, due));
    }
}

impl Stripe {
    /// Lets time pass: everything due happens in its order, at its own instant.
    pub fn pass_time(&mut self, to: i64) {
        while self.agenda.due.first().is_some_and(|(at, ..)| *at <= to) {
            let Some((at, _, due)) = self.agenda.due.pop_first() else { return };
            match due {
                Due::PayoutRun => {
                    if self.terms.automatic_payouts && !weekend(at) {
                        self.pay_out(at);
                    }
                    self.forget_events(at);
                    self.agenda.at(at + DAY, Due::PayoutRun);
                }
                Due::Arrival(payout) => self.arrive(at, &payout),
                Due::Overdue(invoice) => {
                    if self.store.get("invoice", &invoice).is_some_and(|invoice| text(invoice, "status") == "open") {
                        self.emit(at, "invoice.overdue", "invoice", &invoice, None, &Cause::default());
                    }
                }
                Due::Finalize(invoice) => self.advance_draft(at, &invoice),
                Due::Renewal(subscription) if self.period_is_over(at, &subscription) => self.renew(at, &subscription),
                // A change began another period meanwhile.
                Due::Renewal(_) => {}
            }
        }
    }

    fn period_is_over(&self, at: i64, subscription: &str) -> bool {
        self.store.with("subscription_item", "subscription", subscription).all(|item| integer(item, "current_period_end") <= at)
    }

    /// Events that nobody can list any more.
    fn forget_events(&mut self, at: i64) {
        let old = at - (EVENT_DAYS + 1) * DAY;
        for id in self.store.older_than("event", old) {
            self.store.remove("event", &id);
        }
    }

    /// A draft that advances by itself is finalized, and charged when it is to be charged.
    fn advance_draft(&mut self, at: i64, id: &str) {
        let Some(invoice) = self.store.get("invoice", id) else { return };
        let charges = text(invoice, "collection_method") == "charge_automatically";
        let advances = text(invoice, "status") == "draft" && invoice.get("auto_advance") == Some(&true.into());
        // An empty draft stays one.
        if !advances || self.finalize_invoice(at, id, &Cause::default()).is_err() {
            return;
        }
        let remaining = self.invoice_amount(id, "amount_remaining");
        if charges && remaining > 0 {
            self.pay_by_card_on_file(at, id, remaining);
        }
    }

    /// In the sandbox every customer has a card that works.
    pub(super) fn pay_by_card_on_file(&mut self, at: i64, invoice: &str, amount: i64) {
        // It was finalized just now, so it is open.
        let _ = self.pay_invoice(at, invoice, amount, NewCharge::default(), &Cause::default());
    }

    fn pay_out(&mut self, now: i64) {
        let currencies: Vec<String> = self.agenda.unpaid.keys().filter(|currency| !self.terms.kept.contains(currency)).cloned().collect();
        for currency in currencies {
            self.pay_out_available(now, &currency);
        }
    }

    /// What is available in a currency, in one automatic payout; none when that comes to nothing.
    pub fn pay_out_available(&mut self, now: i64, currency: &str) -> Option<String> {
        let ready = self.agenda.take(currency, now);
        let amount: i64 = ready.values().map(|(_, net)| net).sum();
        if amount > 0 {
            return Some(self.automatic_payout(now, currency, amount, ready.into_values().map(|(id, _)| id).collect()));
        }
        if let Some(rows) = self.agenda.unpaid.get_mut(currency) {
            rows.extend(ready);
        }
        None
    }

    fn automatic_payout(&mut self, now: i64, currency: &str, amount: i64, rows: Vec<String>) -> String {
        let id = self.id("po_");
        let row = NewRow {
            amount: -amount,
            currency: currency.into(),
            source: Some(id.clone()),
            description: Some("STRIPE PAYOUT".into()),
            ..NewRow::of("payout", "payout", now)
        };
        let own = self.balance_row_outside(now, row);
        for row in rows.iter().chain([&own]) {
            self.store.update("balance_transaction", row, |row| _ = row.insert("_payout".into(), id.as_str().into()));
        }
        let arrival = available(now, self.terms.arrival_days);
        let destination = format!("ba_{}", self.account.id.trim_start_matches("acct_"));
        let payout = json!({
            "id": id, "amount": amount, "currency": currency, "arrival_date": arrival, "automatic": true, "balance_transaction": own,
            "description": "STRIPE PAYOUT", "destination": destination, "method": "standard", "reconciliation_status": "in_progress",
            "source_type": "card", "status": "in_transit", "type": "bank_account", "metadata": {}, "trace_id": { "status": "pending", "value": null },
        });
        self.create(now, "payout", object(payout));
        self.agenda.arrival(arrival, &id);
        self.emit(now, "payout.created", "payout", &id, None, &Cause::default());
        id
    }

    fn arrive(&mut self, at: i64, id: &str) {
        let under_way = self.store.get("payout", id).filter(|payout| matches!(text(payout, "status").as_str(), "pending" | "in_transit"));
        let Some(before) = under_way.cloned() else { return };
        let automatic = before.get("automatic") == Some(&Value::Bool(true));
        self.store.update("payout", id, |payout| {
            payout.insert("status".into(), "paid".into());
            if automatic {
                payout.insert("reconciliation_status".into(), "completed".into());
            }
        });
        if automatic {
            self.emit(at, "payout.reconciliation_completed", "payout", id, None, &Cause::default());
        }
        self.emit(at, "payout.updated", "payout", id, Some(&before), &Cause::default());
        self.emit(at, "payout.paid", "payout", id, None, &Cause::default());
    }
}
