//! Customers, their invoices, and the files.

use std::ops::Range;

use chrono::{Days, NaiveDate};

use super::lookalikes::PROVIDER;
use super::parties::{distort, stranger};
use super::words::{self, COUNTRIES, Country};
use super::{Dice, Rates, line};

/// The files of a book, as text.
#[derive(Clone, Debug, Default)]
pub struct Files {
    pub left: String,
    pub right: String,
    pub customers: String,
    pub stripe_customers: String,
    pub rates: String,
    pub truth: String,
    pub truth_alt: String,
    pub truth_customers: String,
}

pub(super) struct Customer {
    pub id: String,
    pub number: String,
    pub core: String,
    pub name: String,
    pub person: bool,
    pub country: &'static Country,
    pub currency: &'static str,
    pub domain: String,
    pub vat: String,
    pub party: Written,
    /// Who always pays what it subscribes to late: so many days after.
    pub late: Option<i64>,
}

/// A party as one side writes it.
#[derive(Clone, Default)]
pub(super) struct Written {
    pub name: String,
    pub email: String,
    pub phone: String,
    pub vat: String,
    pub street: String,
    pub zip: String,
    pub city: String,
    pub country: String,
    pub metadata: String,
}

pub(super) struct Stripe {
    pub id: String,
    pub customer: Option<usize>,
    pub party: Written,
}

pub(super) struct Invoice {
    pub id: String,
    pub number: String,
    pub customer: usize,
    pub currency: &'static str,
    pub amount: i64,
    pub open: i64,
    pub day: NaiveDate,
    pub due: NaiveDate,
    pub order: String,
    pub plan: &'static str,
    /// Which of the series, if any.
    pub series: Option<usize>,
}

#[derive(Clone, Default)]
pub(super) struct Payment {
    pub id: String,
    pub refund_of: String,
    pub failed: bool,
    pub amount: i64,
    pub currency: &'static str,
    pub at: i64,
    pub text: String,
    pub metadata: String,
    pub stripe: Option<usize>,
    pub billing: Written,
    pub number: String,
    /// Invoices it settles, with amounts in their currency.
    pub settles: Vec<(usize, i64)>,
    pub kind: &'static str,
}

pub(super) struct Made {
    pub customers: Vec<Customer>,
    pub stripes: Vec<Stripe>,
    pub invoices: Vec<Invoice>,
    pub payments: Vec<Payment>,
    pub twice: Vec<(String, String)>,
    pub rates: Vec<(String, &'static str, f64)>,
}

pub(super) const PLANS: &[&str] = &["Basic plan", "Starter plan", "Plus plan", "Pro plan", "Team plan", "Business plan"];

pub(super) fn decimals(currency: &str) -> i32 {
    match currency {
        "JPY" => 0,
        "KWD" => 3,
        _ => 2,
    }
}

const PER_EURO: &[(&str, f64)] = &[("EUR", 1.0), ("DKK", 7.46), ("USD", 1.08), ("GBP", 0.85), ("JPY", 162.0), ("KWD", 0.332)];

pub(super) fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 7, 1).unwrap_or_default()
}

impl Made {
    pub fn new(dice: &mut Dice, rates: &Rates, invoices: usize) -> Self {
        let count = (invoices / 6).max(4);
        let mut made =
            Self { customers: Vec::new(), stripes: Vec::new(), invoices: Vec::new(), payments: Vec::new(), twice: Vec::new(), rates: Vec::new() };
        for i in 0..count {
            let customer = made.customer(dice, rates, i);
            made.customers.push(customer);
        }
        for i in 0..count {
            if dice.chance(0.955) {
                for _ in 0..(1 + usize::from(dice.chance(0.08))) {
                    let mut party = distort(dice, &made.customers[i], rates.noise, rates);
                    if dice.chance(rates.meta_number) {
                        party.metadata = format!("{{\"customer_no\": \"{}\"}}", made.customers[i].number);
                    }
                    made.stripes.push(Stripe { id: dice.id("cus_"), customer: Some(i), party });
                }
            }
        }
        for _ in 0..count / 10 {
            let party = stranger(dice);
            made.stripes.push(Stripe { id: dice.id("cus_"), customer: None, party });
        }
        made.month_rates(dice);
        made.series(dice, (invoices as f64 * rates.series) as usize);
        made.singles(dice, invoices);
        made.number(dice);
        made
    }

    fn customer(&self, dice: &mut Dice, rates: &Rates, i: usize) -> Customer {
        let mut at = dice.below(100) as u32;
        let country = COUNTRIES.iter().find(|c| match at.checked_sub(c.share) {
            Some(rest) => {
                at = rest;
                false
            }
            None => true,
        });
        let mut country = country.unwrap_or(&COUNTRIES[0]);
        let person = dice.chance(0.23);
        let (mut core, mut form) = if person { (words::person(dice, country), String::new()) } else { words::company(dice, country) };
        // Twins: another company, or another form of it, under one name.
        if i > 10 && dice.chance(0.025) {
            let twin = dice.pick(&self.customers);
            if twin.person == person {
                (core, country) = (twin.core.clone(), twin.country);
                form = if person { String::new() } else { (*dice.pick(country.forms)).to_owned() };
            }
        }
        let name = if form.is_empty() { core.clone() } else { format!("{core} {form}") };
        let currency = match country.currency {
            "DKK" => *dice.pick(&["DKK", "DKK", "DKK", "DKK", "DKK", "DKK", "DKK", "EUR", "USD"]),
            own => *dice.pick(&[own, own, own, own, own, own, own, own, "EUR", "DKK", "USD", "KWD", "JPY"]),
        };
        let domain = format!(
            "{}.{}",
            words::ascii(dice, &core.to_lowercase()).replace(|c: char| !c.is_ascii_alphanumeric(), ""),
            dice.pick::<&str>(country.domains)
        );
        let email = match person {
            true => match words::free_mail(dice, &core) {
                _ if i % 12 == 5 => format!("{}@{PROVIDER}", words::plain(&core).replace(' ', ".")),
                email => email,
            },
            false if dice.chance(0.8) => format!("{}@{domain}", words::mailbox(dice)),
            false => format!("{}@{domain}", words::plain(dice.pick::<&str>(country.first))),
        };
        let town = dice.pick(country.towns);
        let vat = if person || dice.chance(0.2) { String::new() } else { format!("{}{:08}", country.code, dice.below(100_000_000)) };
        let phone = if dice.chance(0.8) {
            format!("{} {:02} {:02} {:02} {:02}", country.phone, dice.between(20, 99), dice.below(100), dice.below(100), dice.below(100))
        } else {
            // What people write into a field that they must fill.
            (if i % 7 == 3 { "0" } else { "" }).to_owned()
        };
        let party = Written {
            name: name.clone(),
            email,
            phone,
            vat: vat.clone(),
            street: format!("{} {}", dice.pick(country.streets), dice.between(1, 180)),
            zip: town.0.into(),
            city: town.1.into(),
            country: country.code.into(),
            metadata: String::new(),
        };
        Customer {
            id: dice.id("cus-"),
            number: (10_000 + 2 * i as u64 + dice.below(2)).to_string(),
            core,
            name,
            person,
            country,
            currency,
            domain,
            vat,
            party,
            late: dice.chance(rates.late).then(|| dice.between(18, 56)),
        }
    }

    /// Where Stripe's customers of one of the ledger's stand: beside each other, in the order of the ledger's.
    pub fn stripes_of(&self, customer: usize) -> Range<usize> {
        let before = |end: usize| self.stripes.partition_point(|s| s.customer.is_some_and(|c| c < end));
        before(customer)..before(customer + 1)
    }

    fn month_rates(&mut self, dice: &mut Dice) {
        let mut now: Vec<f64> = PER_EURO.iter().map(|(_, r)| *r).collect();
        for month in 0..18 {
            let (year, m) = (2024 + (month + 4) / 12, (month + 4) % 12 + 1);
            for (at, (currency, _)) in PER_EURO.iter().enumerate() {
                if *currency != "EUR" {
                    now[at] *= 1.0 + dice.normal(0.0, 0.008).clamp(-0.02, 0.02);
                }
                self.rates.push((format!("{year}-{m:02}"), currency, now[at]));
            }
        }
    }

    pub fn per_euro(&self, day: NaiveDate, currency: &str) -> f64 {
        let month = day.format("%Y-%m").to_string();
        self.rates.iter().find(|(m, c, _)| *m == month && *c == currency).map_or(1.0, |(_, _, r)| *r)
    }

    fn series(&mut self, dice: &mut Dice, wanted: usize) {
        let mut series = 0;
        let mut prices: Vec<(&str, Vec<i64>)> = Vec::new();
        for (currency, rate) in PER_EURO {
            let unit = 10_f64.powi(decimals(currency)) * rate;
            prices.push((currency, (0..10).map(|i| ((9.0 + 14.0 * f64::from(i) * f64::from(i) / 4.0) * unit * 1.19).round() as i64).collect()));
        }
        while self.invoices.len() < wanted {
            let customer = dice.below(self.customers.len() as u64) as usize;
            let currency = self.customers[customer].currency;
            let price = *dice.pick(&prices.iter().find(|(c, _)| *c == currency).map_or(Vec::new(), |(_, p)| p.clone()));
            let (months, dom, plan) = (dice.between(3, 12), dice.between(1, 28), *dice.pick(PLANS));
            // What somebody subscribes to goes on; few have left.
            let end = if dice.chance(0.9) { 12 } else { dice.between(months, 12) };
            for month in end - months..end {
                let (year, m) = (2024 + (6 + month) / 12, (6 + month) % 12 + 1);
                let Some(day) = NaiveDate::from_ymd_opt(year as i32, m as u32, dom as u32) else { continue };
                self.invoice(dice, customer, currency, price, day, 8, plan, Some(series));
            }
            series += 1;
        }
    }

    fn singles(&mut self, dice: &mut Dice, wanted: usize) {
        while self.invoices.len() < wanted {
            let customer = dice.below(self.customers.len() as u64) as usize;
            let currency = if dice.chance(0.97) { self.customers[customer].currency } else { PER_EURO[dice.below(4) as usize].0 };
            let unit = 10_f64.powi(decimals(currency)) * PER_EURO.iter().find(|(c, _)| *c == currency).map_or(1.0, |(_, r)| *r);
            let euro = (dice.normal(5.9, 1.25)).exp().clamp(9.0, 20_000.0);
            let amount = match dice.chance(0.43) {
                true => ((euro * unit / 1250.0).round().max(1.0) * 1250.0) as i64 / if decimals(currency) == 0 { 100 } else { 1 },
                false => (euro * unit).round() as i64,
            };
            let terms = *dice.pick(&[0, 8, 14, 14, 30, 30]);
            let day = first_day() + Days::new(dice.below(360));
            self.invoice(dice, customer, currency, amount.max(50), day, terms, "", None);
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn invoice(
        &mut self,
        dice: &mut Dice,
        customer: usize,
        currency: &'static str,
        amount: i64,
        day: NaiveDate,
        terms: u64,
        plan: &'static str,
        series: Option<usize>,
    ) {
        let open = if dice.chance(0.018) { (amount * dice.between(1, 3) + 2) / 4 } else { amount };
        let order = if dice.chance(0.12) { format!("PO{}", dice.between(5_000, 99_999)) } else { String::new() };
        self.invoices.push(Invoice {
            id: dice.id("inv-"),
            number: String::new(),
            customer,
            currency,
            amount,
            open,
            day,
            due: day + Days::new(terms),
            order,
            plan,
            series,
        });
    }

    /// Numbers in order of the dates, with a new series in the new year.
    fn number(&mut self, dice: &mut Dice) {
        self.invoices.sort_by_key(|i| i.day);
        let new_year = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap_or_default();
        let first = dice.between(10_500, 12_000) as usize;
        for (at, invoice) in self.invoices.iter_mut().enumerate() {
            invoice.number = if invoice.day < new_year { (first + at).to_string() } else { format!("S-INV{}", 101_900 + at) };
        }
    }

    pub fn files(mut self) -> Files {
        self.payments.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        let mut f = Files::default();
        line(
            &mut f.customers,
            &["customer_id", "customer_no", "name", "kind", "vat_no", "email", "phone", "street", "zip", "city", "country", "currency"],
        );
        for c in &self.customers {
            let (p, kind) = (&c.party, if c.person { "person" } else { "company" });
            line(
                &mut f.customers,
                &[&c.id, &c.number, &c.name, kind, &c.vat, &p.email, &p.phone, &p.street, &p.zip, &p.city, &p.country, c.currency],
            );
        }
        line(&mut f.stripe_customers, &["stripe_customer_id", "name", "email", "phone", "tax_id", "street", "zip", "city", "country", "metadata"]);
        line(&mut f.truth_customers, &["stripe_customer_id", "customer_id"]);
        for s in &self.stripes {
            let p = &s.party;
            line(&mut f.stripe_customers, &[&s.id, &p.name, &p.email, &p.phone, &p.vat, &p.street, &p.zip, &p.city, &p.country, &p.metadata]);
            line(&mut f.truth_customers, &[&s.id, s.customer.map_or("", |c| &self.customers[c].id)]);
        }
        line(&mut f.rates, &["month", "currency", "per_eur"]);
        for (month, currency, rate) in &self.rates {
            line(&mut f.rates, &[month, currency, &format!("{rate:.5}")]);
        }
        self.invoice_file(&mut f);
        self.payment_files(&mut f);
        f
    }

    fn invoice_file(&self, f: &mut Files) {
        line(
            &mut f.right,
            &[
                "invoice_id",
                "invoice_no",
                "customer_id",
                "customer_no",
                "customer_name",
                "currency",
                "amount",
                "amount_minor",
                "open_amount",
                "open_minor",
                "posting_date",
                "due_date",
                "external_ref",
                "text",
            ],
        );
        for i in &self.invoices {
            let c = &self.customers[i.customer];
            let decimal = |minor: i64| format!("{:.*}", decimals(i.currency) as usize, minor as f64 / 10_f64.powi(decimals(i.currency)));
            let cells = [decimal(i.amount), i.amount.to_string(), decimal(i.open), i.open.to_string(), i.day.to_string(), i.due.to_string()];
            line(
                &mut f.right,
                &[
                    &i.id, &i.number, &c.id, &c.number, &c.name, i.currency, &cells[0], &cells[1], &cells[2], &cells[3], &cells[4], &cells[5],
                    &i.order, i.plan,
                ],
            );
        }
    }

    fn payment_files(&self, f: &mut Files) {
        line(
            &mut f.left,
            &[
                "payment_id",
                "type",
                "status",
                "amount_minor",
                "currency",
                "created",
                "created_utc",
                "description",
                "metadata",
                "stripe_customer_id",
                "customer_name",
                "customer_email",
                "billing_name",
                "billing_email",
                "billing_zip",
                "billing_country",
                "stripe_invoice_number",
                "refund_of",
            ],
        );
        line(&mut f.truth, &["payment_id", "invoice_id", "amount_minor", "payment_amount_minor", "kind", "evidence"]);
        line(&mut f.truth_alt, &["payment_id", "alt_payment_id"]);
        for p in &self.payments {
            let nobody = Stripe { id: String::new(), customer: None, party: Written::default() };
            let s = p.stripe.map_or(&nobody, |s| &self.stripes[s]);
            let (kind, status) = (if p.refund_of.is_empty() { "charge" } else { "refund" }, if p.failed { "failed" } else { "succeeded" });
            let utc = chrono::DateTime::from_timestamp(p.at, 0).unwrap_or_default().format("%Y-%m-%dT%H:%M:%SZ").to_string();
            let b = &p.billing;
            line(
                &mut f.left,
                &[
                    &p.id,
                    kind,
                    status,
                    &p.amount.to_string(),
                    p.currency,
                    &p.at.to_string(),
                    &utc,
                    &p.text,
                    &p.metadata,
                    &s.id,
                    &s.party.name,
                    &s.party.email,
                    &b.name,
                    &b.email,
                    &b.zip,
                    &b.country,
                    &p.number,
                    &p.refund_of,
                ],
            );
            for (invoice, amount) in &p.settles {
                let paid = if p.currency == self.invoices[*invoice].currency { *amount } else { p.amount };
                line(&mut f.truth, &[&p.id, &self.invoices[*invoice].id, &amount.to_string(), &paid.to_string(), p.kind, "-"]);
            }
        }
        for (a, b) in &self.twice {
            line(&mut f.truth_alt, &[a, b]);
        }
    }
}
