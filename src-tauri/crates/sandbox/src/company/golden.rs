//! The golden month: November 2026 of a Danish shop, 45 rows of every kind, to the øre.
//!
//! It has cases that a real month seldom brings together: part payments, money out of band, prorations,
//! customer balance, failed payouts and refunds, disputes won and lost, three currencies, both month ends.

use crate::stripe::{Account, CardFrom, Cause, GivenBack, NewCharge, NewCheckout, NewInvoice, NewLine, NewRow, Object, Payer, Stripe, Terms};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const DAY: i64 = 86_400;
/// 1 November 2026, 00:00 UTC.
const NOVEMBER: i64 = 1_793_491_200;

/// Stripe after the golden month, and the ids of its invoices by number.
pub struct Golden {
    pub stripe: Stripe,
    pub invoices: BTreeMap<&'static str, String>,
    customers: BTreeMap<&'static str, String>,
    rates: BTreeMap<&'static str, String>,
    cause: Cause,
}

/// A line: what, how many, price of one in the smallest unit.
type Line = (&'static str, i64, i64);

pub fn month(seed: u64) -> Golden {
    let mut stripe = Stripe::new(seed, account(), terms());
    let begin = NOVEMBER - 60 * DAY;
    let rates = rates(&mut stripe, begin);
    let customers = customers(&mut stripe, begin);
    let mut golden = Golden { stripe, invoices: BTreeMap::new(), customers, rates, cause: Cause::default() };
    golden.opening();
    golden.first_week();
    golden.second_week();
    golden.third_week();
    golden.last_days();
    golden
}

impl Golden {
    /// 2,000.00 under way to the bank, 4,000.00 on the balance, one open invoice.
    fn opening(&mut self) {
        let before = at(-3, 10, 0);
        let row = |amount, available_on| NewRow {
            amount,
            currency: "dkk".into(),
            description: Some("Opening".into()),
            ..NewRow::of("adjustment", "other_adjustment", available_on)
        };
        self.stripe.balance_row(before, row(200_000, before));
        self.stripe.pay_out_available(at(-2, 6, 0), "dkk");
        self.stripe.balance_row(before, row(400_000, before));
        self.open(at(-10, 10, 0), 90, "A-0090", "C1", "moms", &[("Service i oktober", 1, 100_000)], Some(14));
        self.card(at(-1, 23, 30), "A-0090", 125_000);
    }

    fn first_week(&mut self) {
        self.open(at(2, 10, 0), 101, "A-0101", "C1", "moms", &[("Rådgivning", 1, 100_000)], None);
        self.card(at(2, 10, 0), "A-0101", 125_000);
        self.open(at(3, 10, 0), 102, "A-0102", "C2", "moms", &[("Consulting", 1, 40_000)], None);
        self.card(at(3, 10, 0), "A-0102", 40_000);
        self.discounted(at(3, 11, 0));
        self.open(at(4, 10, 0), 104, "A-0104", "C4", "moms", &[("Projekt", 1, 200_000)], Some(14));
        self.open(at(5, 10, 0), 105, "A-0105", "C5", "moms", &[("Vedligehold", 1, 100_000)], Some(14));
        self.pay_out(at(6, 6, 0));
        self.card(at(6, 10, 0), "A-0104", 100_000);
    }

    fn second_week(&mut self) {
        self.outside(at(9, 10, 0), "A-0104", Some(50_000));
        self.open(at(9, 11, 0), 106, "A-0106", "C6", "moms-inkl", &[("Prøveflise", 1, 9_997)], None);
        self.card(at(9, 11, 0), "A-0106", 9_997);
        self.checkout(at(9, 12, 0), 25_000);
        self.outside(at(10, 10, 0), "A-0105", None);
        self.open(at(10, 11, 0), 107, "A-0107", "C7", "oss-de", &[("Kurs, online", 1, 10_000)], None);
        self.card(at(10, 11, 0), "A-0107", 11_900);
        self.open(
            at(10, 12, 0),
            108,
            "A-0108",
            "C1",
            "moms",
            &[("Abonnement", 1, 60_000), ("Resttid, gammel aftale", 1, -15_000), ("Resttid, ny aftale", 1, 30_000)],
            None,
        );
        self.card(at(10, 12, 0), "A-0108", 93_750);
        self.open(at(11, 10, 0), 109, "A-0109", "C3", "moms", &[("Nedgradering", 1, -20_000)], None);
        self.open(at(11, 11, 0), 110, "A-0110", "C3", "moms", &[("Abonnement", 1, 80_000)], None);
        self.card(at(11, 11, 0), "A-0110", 75_000);
        self.open(at(12, 10, 0), 111, "A-0111", "C4", "moms", &[("Support", 1, 100_000)], Some(14));
        self.open(at(12, 11, 0), 116, "A-0116", "C5", "moms", &[("Fejl", 1, 100_000)], Some(14));
        self.pay_out(at(13, 6, 0));
        self.credit(at(13, 10, 0), "A-0111", "CN-01", 25_000, None);
        self.done(|golden, invoice| golden.stripe.void_invoice(at(13, 11, 0), invoice, &golden.cause), "A-0116");
        self.open(at(13, 11, 0), 117, "A-0117", "C5", "moms", &[("Prøveperiode", 1, 0)], None);
        self.card(at(14, 10, 0), "A-0111", 100_000);
    }

    fn third_week(&mut self) {
        self.open(at(14, 11, 0), 112, "A-0112", "C5", "moms", &[("Formidlet salg", 1, 40_000)], None);
        let fees = vec![fee("stripe_fee", 930, "Stripe processing fees"), fee("application_fee", 1_500, "Platform fee")];
        self.pay(at(14, 11, 0), "A-0112", 50_000, NewCharge { fees: Some(fees), ..NewCharge::default() });
        self.stripe.account_fee(at(15, 10, 0), 7_500, "Billing - Usage Fee");
        self.stripe.account_fee(at(15, 11, 0), 1_250, "Tax - Usage Fee");
        self.open(at(16, 10, 0), 113, "A-0113", "C8", "moms", &[("Rådgivning", 1, 10_000)], None);
        self.card(at(16, 10, 0), "A-0113", 12_500);
        let back = self.refund(at(16, 11, 0), "A-0101", 125_000);
        self.credit(at(16, 11, 0), "A-0101", "CN-02", 125_000, Some(back));
        self.refund(at(17, 10, 0), "A-0103", 9_000);
        let failing = self.refund(at(17, 11, 0), "A-0108", 10_000);
        let second = self.stripe.store.all("payout").last().and_then(|payout| payout["id"].as_str()).unwrap_or_default().to_owned();
        self.stripe.fail_payout(at(18, 10, 0), &second);
        self.stripe.fail_refund(at(19, 10, 0), &failing);
        self.stripe.top_up(at(20, 10, 0), 50_000);
        self.dispute(at(20, 11, 0), "A-0111");
        // From here on the euro is at 7.45.
        self.stripe.terms.rates.insert("eur".into(), Decimal::new(745, 2));
        let back = self.refund(at(21, 10, 0), "A-0107", 11_900);
        self.credit(at(21, 10, 0), "A-0107", "CN-03", 11_900, Some(back));
    }

    fn last_days(&mut self) {
        // Money of these days becomes available only in December.
        self.stripe.terms.delay_days = 8;
        self.dispute(at(23, 10, 0), "A-0113");
        self.open(at(23, 11, 0), 114, "A-0114", "C4", "moms", &[("Levering", 1, 40_000)], Some(14));
        let fees = vec![fee("stripe_fee", 500, "Bank transfer fee")];
        self.pay(at(23, 11, 0), "A-0114", 52_000, NewCharge { fees: Some(fees), ..NewCharge::default() });
        let intent = self.stripe.payment_intent(at(24, 10, 0), 33_300, "dkk", None);
        let unknown = NewCharge { amount: 33_300, currency: "dkk".into(), payment_intent: Some(intent), ..NewCharge::default() };
        self.stripe.charge(at(24, 10, 0), unknown, &self.cause);
        let hold = NewRow {
            amount: -30_000,
            currency: "dkk".into(),
            description: Some("Reserve hold".into()),
            ..NewRow::of("reserve_hold", "risk_reserved_funds", at(24, 11, 0))
        };
        self.stripe.balance_row(at(24, 11, 0), hold);
        self.open(at(24, 12, 0), 115, "A-0115", "C9", "eksport", &[("Remote service", 1, 20_000)], None);
        let fees = vec![fee("stripe_fee", 620, "Stripe processing fees")];
        self.pay(at(24, 12, 0), "A-0115", 20_000, NewCharge { fees: Some(fees), card_from: CardFrom::Elsewhere, ..NewCharge::default() });
        self.stripe.manual_payout(at(25, 10, 0), 15_000, "usd", "standard");
        self.close_dispute(at(26, 10, 0), "A-0111", true);
        self.stripe.manual_payout(at(26, 11, 0), 150_000, "dkk", "instant");
        self.stripe.terms.arrival_days = 4;
        self.pay_out(at(27, 6, 0));
        self.close_dispute(at(28, 10, 0), "A-0113", false);
        self.open(at(30, 23, 30), 118, "A-0118", "C1", "moms", &[("Rådgivning", 1, 50_000)], None);
        self.card(at(30, 23, 30), "A-0118", 62_500);
    }

    /// A finalized invoice with the next number.
    #[expect(clippy::too_many_arguments, reason = "one row of a table")]
    fn open(&mut self, at: i64, next: u64, number: &'static str, customer: &str, rate: &str, lines: &[Line], days: Option<i64>) {
        self.draft(at, next, number, customer, rate, lines, days, None);
    }

    /// 800.00 less 10 per cent.
    fn discounted(&mut self, at: i64) {
        let coupon = json!({ "name": "10 %", "percent_off": 10, "duration": "once", "valid": true, "times_redeemed": 0, "metadata": {}, "id": "TI" });
        let coupon = self.stripe.create(at, "coupon", map(coupon));
        self.draft(at, 103, "A-0103", "C3", "moms", &[("Rådgivning", 1, 80_000)], None, Some(coupon));
        self.card(at, "A-0103", 90_000);
    }

    #[expect(clippy::too_many_arguments, reason = "one row of a table")]
    fn draft(
        &mut self,
        at: i64,
        next: u64,
        number: &'static str,
        customer: &str,
        rate: &str,
        lines: &[Line],
        days: Option<i64>,
        coupon: Option<String>,
    ) {
        self.stripe.pass_time(at);
        self.stripe.account.next_invoice = next;
        let rates = self.rates.get(rate).cloned().into_iter().collect::<Vec<_>>();
        let line = |(text, quantity, unit): &Line| NewLine {
            description: (*text).to_owned(),
            quantity: *quantity,
            unit_amount: Decimal::from(*unit),
            tax_rates: rates.clone(),
            proration: text.starts_with("Resttid"),
            ..NewLine::default()
        };
        let new = NewInvoice {
            customer: self.customers.get(customer).cloned().unwrap_or_default(),
            currency: currency_of(customer).to_owned(),
            days_until_due: days,
            coupons: coupon.into_iter().collect(),
            lines: lines.iter().map(line).collect(),
            ..NewInvoice::default()
        };
        let id = self.stripe.draft_invoice(at, new, &self.cause);
        self.invoices.insert(number, id);
        self.done(|golden, invoice| golden.stripe.finalize_invoice(at, invoice, &golden.cause), number);
    }

    fn card(&mut self, at: i64, number: &'static str, amount: i64) {
        let foreign = matches!(number, "A-0102" | "A-0107");
        let card_from = if foreign { CardFrom::Europe } else { CardFrom::Home };
        self.pay(at, number, amount, NewCharge { card_from, ..NewCharge::default() });
    }

    fn pay(&mut self, at: i64, number: &'static str, amount: i64, by: NewCharge) {
        self.stripe.pass_time(at);
        self.done(|golden, invoice| golden.stripe.pay_invoice(at, invoice, amount, by, &golden.cause), number);
    }

    fn outside(&mut self, at: i64, number: &'static str, part: Option<i64>) {
        self.done(|golden, invoice| golden.stripe.pay_out_of_band(at, invoice, part, &golden.cause), number);
    }

    /// A guest at the till: no customer, no invoice, 25 per cent inside.
    fn checkout(&mut self, at: i64, amount: i64) {
        let item = json!({
            "price_data": { "currency": "dkk", "unit_amount": amount, "product_data": { "name": "Gavekurv" } }, "quantity": 1,
            "tax_rates": [self.rates.get("moms-inkl")],
        });
        let session = self.stripe.checkout(at, NewCheckout { items: vec![map(item)], ..NewCheckout::default() });
        let address = json!({ "line1": null, "line2": null, "postal_code": "1000", "city": null, "country": "DK", "state": null });
        let payer = Payer { name: Some("Gæst".into()), email: Some("gaest@post.example".into()), address: Some(address) };
        let paid = session.and_then(|session| self.stripe.complete_session(at, &session, payer));
        paid.expect("the golden month's guest pays what was asked");
    }

    fn refund(&mut self, at: i64, number: &'static str, amount: i64) -> String {
        self.stripe.pass_time(at);
        let charge = self.charge_of(number);
        self.stripe.refund(at, &charge, amount, Some("requested_by_customer"), &self.cause).expect("the golden month refunds what was charged")
    }

    fn credit(&mut self, at: i64, number: &'static str, note: &'static str, amount: i64, refund: Option<String>) {
        let back = GivenBack { refunds: refund.map(|refund| (refund, amount)).into_iter().collect(), ..GivenBack::default() };
        let id = self.done(|golden, invoice| golden.stripe.credit_note(at, invoice, amount, None, back, &golden.cause), number);
        self.stripe.store.update("credit_note", &id, |credit| _ = credit.insert("number".into(), note.into()));
    }

    fn dispute(&mut self, at: i64, number: &'static str) {
        self.stripe.pass_time(at);
        let charge = self.charge_of(number);
        self.stripe.dispute(at, &charge, "fraudulent").expect("the golden month disputes what was charged");
    }

    fn close_dispute(&mut self, at: i64, number: &'static str, won: bool) {
        let dispute = self.stripe.dispute_of(&self.charge_of(number)).unwrap_or_default();
        self.stripe.close_dispute(at, &dispute, won).expect("the golden month closes what was opened");
    }

    fn pay_out(&mut self, at: i64) {
        self.stripe.pass_time(at);
        self.stripe.pay_out_available(at, "dkk").expect("the golden month pays out what is there");
    }

    fn charge_of(&self, number: &'static str) -> String {
        let invoice = self.invoices.get(number).map(String::as_str).unwrap_or_default();
        self.stripe.charge_of(invoice).map(|(charge, _)| charge).unwrap_or_default()
    }

    /// Does something to an invoice; a refusal would be a mistake of this file.
    fn done<T>(&mut self, does: impl FnOnce(&mut Self, &str) -> Result<T, crate::stripe::ApiError>, number: &'static str) -> T {
        let invoice = self.invoices.get(number).cloned().unwrap_or_default();
        does(self, &invoice).expect("the golden month asks only what its own state allows")
    }
}

fn at(day: i64, hour: i64, minute: i64) -> i64 {
    let day = if day < 0 { day } else { day - 1 };
    NOVEMBER + day * DAY + hour * 3_600 + minute * 60
}

fn account() -> Account {
    Account {
        id: "acct_golden".into(),
        name: "Gylden ApS".into(),
        email: "kontor@gylden.example".into(),
        country: "DK".into(),
        currency: "dkk".into(),
        timezone: "Europe/Copenhagen".into(),
        created: NOVEMBER - 500 * DAY,
        invoice_prefix: "A".into(),
        next_invoice: 1,
    }
}

fn terms() -> Terms {
    let usd_kept = vec!["usd".to_owned()];
    let rates = [("eur".to_owned(), Decimal::new(740, 2)), ("usd".to_owned(), Decimal::new(680, 2))].into_iter().collect();
    Terms { rates, kept: usd_kept, delay_days: 1, automatic_payouts: false, ..super::terms() }
}

fn rates(stripe: &mut Stripe, at: i64) -> BTreeMap<&'static str, String> {
    let all = [("moms", "DK", 25, false), ("moms-inkl", "DK", 25, true), ("oss-de", "DE", 19, false), ("eksport", "DK", 0, false)];
    all.map(|(name, country, percentage, inclusive)| {
        let rate = json!({
            "active": true, "display_name": name, "percentage": percentage, "effective_percentage": percentage, "inclusive": inclusive,
            "country": country, "jurisdiction": country, "jurisdiction_level": "country", "rate_type": "percentage", "tax_type": "vat", "metadata": {},
        });
        (name, stripe.create(at, "tax_rate", map(rate)))
    })
    .into_iter()
    .collect()
}

fn customers(stripe: &mut Stripe, at: i64) -> BTreeMap<&'static str, String> {
    let all = [
        ("C1", "Anker Byg ApS", "DK", "DK90000011"),
        ("C2", "Berg Handel GmbH", "DE", "DE900000022"),
        ("C3", "Cykelsmeden I/S", "DK", "DK90000038"),
        ("C4", "Dansk Lager A/S", "DK", "DK90000046"),
        ("C5", "Elværket ApS", "DK", "DK90000054"),
        ("C6", "Frida Sand", "DK", ""),
        ("C7", "Greta Wolf", "DE", ""),
        ("C8", "Havnens Export ApS", "DK", "DK90000089"),
        ("C9", "Iron Works Inc.", "US", ""),
    ];
    all.map(|(code, name, country, vat)| {
        let fields = json!({
            "name": name, "email": format!("{}@kunder.example", code.to_lowercase()), "metadata": { "ledger": code }, "currency": currency_of(code),
            "tax_exempt": if code == "C2" { "reverse" } else { "none" },
            "address": { "line1": "Gade 1", "line2": null, "postal_code": "1000", "city": "By", "country": country, "state": null },
        });
        let id = stripe.add_customer(at, map(fields));
        if !vat.is_empty() {
            stripe.add_tax_id(at, &id, "eu_vat", vat);
        }
        (code, id)
    })
    .into_iter()
    .collect()
}

fn currency_of(customer: &str) -> &'static str {
    match customer {
        "C2" | "C7" | "C8" => "eur",
        "C9" => "usd",
        _ => "dkk",
    }
}

fn fee(kind: &str, amount: i64, description: &str) -> (String, i64, String) {
    (kind.to_owned(), amount, description.to_owned())
}

fn map(value: Value) -> Object {
    value.as_object().cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests;
