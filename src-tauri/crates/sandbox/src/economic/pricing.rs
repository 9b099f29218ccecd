//! What the service works out of a draft: terms, due date, lines, VAT by zone and product group, totals.
//!
//! Line nets have two decimals, VAT of a line four, the document's VAT is their sum rounded half away from zero:
//! seen in recorded answers (github.com/Apaq/economic-java test resources), inferred as a rule.

use super::agreement::Agreement;
use super::fault::{Fault, Problem};
use super::value::{Document, amount, at, at_rate, cents, date_at, decimal_at, flag, integer, number, put, round, scaled, text};
use chrono::{Datelike, Days, Months, NaiveDate};
use rust_decimal::Decimal;
use serde_json::Value;

/// Larger documents are refused; their sums would leave what a decimal holds.
const LARGEST: &str = "1000000000000";
const MOST_LINES: usize = 2_000;

/// A line as it is posted.
#[derive(Clone, Debug)]
pub struct PricedLine {
    pub account: u64,
    pub net: Decimal,
    pub vat_code: Option<String>,
    pub vat: Decimal,
}

/// The VAT of an account, by the code it has.
#[derive(Clone, Debug, Default)]
pub struct Vat {
    pub code: Option<String>,
    pub rate: Decimal,
    pub account: u64,
    /// Reverse charge: the other side of the VAT.
    pub contra: Option<u64>,
}

impl Agreement {
    pub fn vat(&self, code: &str) -> Option<Vat> {
        let row = self.row("vatAccounts", code)?;
        Some(Vat {
            code: Some(code.to_owned()),
            rate: decimal_at(row, "ratePercentage")?,
            account: integer(row, "account.accountNumber")?,
            contra: integer(row, "contraAccount.accountNumber"),
        })
    }

    pub fn vat_of_account(&self, account: u64) -> Vat {
        let code = self.row("accounts", account).and_then(|row| text(row, "vatAccount.vatCode"));
        code.and_then(|code| self.vat(code)).unwrap_or_default()
    }

    /// The account and VAT that a product sells to in a zone.
    fn sold_to(&self, product: &str, zone: u64) -> Option<(u64, Vat)> {
        let group = integer(self.row("products", product)?, "productGroup.productGroupNumber")?;
        let account = *self.sales_accounts.get(&(group, zone))?;
        Some((account, self.vat_of_account(account)))
    }

    /// Completes a draft. What was sent and is the service's to say is overwritten.
    pub fn price(&self, draft: &mut Document, sent_terms: Option<&str>) -> Result<(), Fault> {
        let mut problems = Vec::new();
        self.resolve(draft, "", &mut problems);
        self.currency_and_rate(draft, &mut problems);
        self.terms(draft, sent_terms, &mut problems);
        if problems.is_empty() {
            self.lines(draft, &mut problems);
        }
        if !problems.is_empty() {
            return Err(Fault::validation(problems));
        }
        self.totals(draft)
    }

    fn currency_and_rate(&self, draft: &mut Document, problems: &mut Vec<Problem>) {
        let currency = text(draft, "currency").unwrap_or(&self.currency).to_owned();
        let known = self.row("currencies", currency.as_str()).is_some();
        let Some(rate) = self.rate(&currency).filter(|_| known) else {
            problems.push(Problem::unknown("currency", "Currency", currency.into()).hint("Find a list of currencies at /currencies."));
            return;
        };
        let sent = decimal_at(draft, "exchangeRate").filter(|_| currency != self.currency);
        match sent {
            Some(sent) if sent <= Decimal::ZERO => problems.push(Problem::new("exchangeRate", "E04300", "exchangeRate must be more than 0.")),
            sent => put(draft, "exchangeRate", number(sent.unwrap_or(rate))),
        }
        put(draft, "currency", currency);
    }

    fn terms(&self, draft: &mut Document, sent: Option<&str>, problems: &mut Vec<Problem>) {
        let Some(terms) = integer(draft, "paymentTerms.paymentTermsNumber").and_then(|number| self.row("paymentTerms", number)) else { return };
        let kind = text(terms, "paymentTermsType").unwrap_or("net");
        if let Some(sent) = sent.filter(|sent| *sent != kind) {
            let problem = Problem::new("paymentTermsType", "E07180", "Payment terms type does not match the type on the payment terms specified.");
            let hint = "Either specify the matching payment terms type for the payment terms in question, or omit the property.";
            problems.push(problem.of(sent.into()).hint(hint));
        }
        let days = integer(terms, "daysOfCredit").unwrap_or(0);
        let Some(date) = date_at(draft, "date") else { return };
        if kind == "dueDate" {
            match date_at(draft, "dueDate") {
                None => problems.push(Problem::missing("dueDate")),
                Some(due) if due < date => {
                    let message = "dueDate may not be set to an earlier date than property `date`.";
                    problems.push(Problem::new("dueDate", "E04760", message).of(due.to_string().into()));
                }
                Some(_) => {}
            }
        } else if let Some(due) = due(kind, date, days) {
            put(draft, "dueDate", due.to_string());
        }
        for name in ["daysOfCredit", "name", "paymentTermsType"] {
            if let Some(value) = terms.get(name) {
                put(draft, &format!("paymentTerms.{name}"), value.clone());
            }
        }
    }

    fn lines(&self, draft: &mut Document, problems: &mut Vec<Problem>) {
        let zone = integer(draft, "recipient.vatZone.vatZoneNumber").unwrap_or(0);
        let Some(Value::Array(mut lines)) = draft.remove("lines") else { return };
        if lines.len() > MOST_LINES {
            problems.push(Problem::new("lines", "E04300", format!("A document has at most {MOST_LINES} lines.")));
            return;
        }
        for (index, line) in lines.iter_mut().enumerate() {
            let Some(line) = line.as_object_mut() else { continue };
            let next = index as u64 + 1;
            line.entry("lineNumber").or_insert(next.into());
            line.entry("sortKey").or_insert(next.into());
            self.line(line, zone, &format!("lines[{index}]"), problems);
        }
        draft.insert("lines".into(), lines.into());
    }

    fn line(&self, line: &mut Document, zone: u64, place: &str, problems: &mut Vec<Problem>) {
        let Some(product) = text(line, "product.productNumber").map(str::to_owned) else {
            for name in ["quantity", "unitNetPrice"] {
                if line.contains_key(name) {
                    problems.push(Problem::new(&format!("{place}.{name}"), "E04042", format!("{name} needs a product on the line.")));
                }
            }
            return;
        };
        let row = self.row("products", product.as_str());
        if row.is_some_and(|row| flag(row, "barred")) {
            let problem = Problem::new(&format!("{place}.product"), "E06600", format!("Product '{product}' is barred."));
            problems.push(problem.of(product.clone().into()).hint("Find a list of products at /products."));
        }
        let Some(quantity) = decimal_at(line, "quantity") else {
            problems.push(Problem::new(&format!("{place}.quantity"), "E04730", "quantity is required when a product is set."));
            return;
        };
        if self.sold_to(&product, zone).is_none() {
            let message = format!("The group of product '{product}' has no sales account in VAT zone {zone}.");
            problems.push(Problem::new(&format!("{place}.product"), "E07150", message));
            return;
        }
        let discount = decimal_at(line, "discountPercentage").unwrap_or_default();
        if discount.abs() > Decimal::ONE_HUNDRED {
            problems.push(Problem::new(&format!("{place}.discountPercentage"), "E04300", "discountPercentage is at most 100."));
            return;
        }
        if let Some(name) = row.and_then(|row| text(row, "name")) {
            line.entry("description").or_insert(name.into());
        }
        let price = decimal_at(line, "unitNetPrice").unwrap_or_default();
        let net = cents(quantity * price * (Decimal::ONE - discount / Decimal::ONE_HUNDRED));
        for (name, value) in
            [("unitNetPrice", price), ("discountPercentage", discount), ("unitCostPrice", decimal_at(line, "unitCostPrice").unwrap_or_default())]
        {
            line.insert(name.into(), amount(value));
        }
        line.insert("totalNetAmount".into(), amount(net));
    }

    /// The lines that are posted, with their VAT unrounded to four decimals.
    pub fn priced_lines(&self, document: &Document) -> Vec<PricedLine> {
        let zone = integer(document, "recipient.vatZone.vatZoneNumber").unwrap_or(0);
        let lines = at(document, "lines").and_then(Value::as_array);
        let priced = |line: &Value| {
            let line = line.as_object()?;
            let net = decimal_at(line, "totalNetAmount")?;
            let (account, vat) = self.sold_to(text(line, "product.productNumber")?, zone)?;
            // Sold under reverse charge, the buyer owes the VAT.
            let rate = if vat.contra.is_some() { Decimal::ZERO } else { vat.rate };
            Some(PricedLine { account, net, vat_code: vat.code, vat: round(net * rate / Decimal::ONE_HUNDRED, 4) })
        };
        lines.into_iter().flatten().filter_map(priced).collect()
    }

    fn totals(&self, draft: &mut Document) -> Result<(), Fault> {
        let lines = self.priced_lines(draft);
        let net: Decimal = lines.iter().map(|line| line.net).sum();
        if lines.iter().map(|line| line.net.abs()).sum::<Decimal>() > largest() {
            return Err(Fault::one(Problem::new("lines", "E04300", "The document's amount is too large.")));
        }
        let vat = cents(lines.iter().map(|line| line.vat).sum());
        let rate = decimal_at(draft, "exchangeRate").unwrap_or(Decimal::ONE_HUNDRED);
        let (net_base, vat_base, gross_base) = (at_rate(net, rate), at_rate(vat, rate), at_rate(net + vat, rate));
        let cost = cost_of(draft);
        for (name, value) in [
            ("netAmount", net),
            ("vatAmount", vat),
            ("grossAmount", net + vat),
            ("netAmountInBaseCurrency", net_base),
            ("grossAmountInBaseCurrency", gross_base),
            ("roundingAmount", gross_base - net_base - vat_base),
            ("costPriceInBaseCurrency", cost),
            ("marginInBaseCurrency", net_base - cost),
        ] {
            put(draft, name, amount(value));
        }
        let margin = (net_base - cost).checked_div(net_base).map_or(Decimal::ZERO, |share| share * Decimal::ONE_HUNDRED);
        put(draft, "marginPercentage", amount(margin));
        Ok(())
    }
}

fn largest() -> Decimal {
    LARGEST.parse().unwrap_or(Decimal::MAX)
}

fn cost_of(draft: &Document) -> Decimal {
    let lines = at(draft, "lines").and_then(Value::as_array);
    let cost = |line: &Value| {
        let line = line.as_object()?;
        decimal_at(line, "quantity")?.checked_mul(decimal_at(line, "unitCostPrice")?)
    };
    let costs = lines.into_iter().flatten().filter_map(cost).map(cents).filter(|cost| cost.abs() <= largest());
    costs.sum()
}

/// `net` and `dueDate` are known, the others inferred.
pub fn due(kind: &str, date: NaiveDate, days: u64) -> Option<NaiveDate> {
    let start = match kind {
        "invoiceMonth" => date.with_day(1)?.checked_add_months(Months::new(1))?.checked_sub_days(Days::new(1))?,
        "paidInCash" | "prepaid" | "creditcard" => return Some(date),
        _ => date,
    };
    start.checked_add_days(Days::new(days))
}

/// The lines of a booked invoice say their VAT.
pub fn with_vat(lines: &mut [Value], priced: &[PricedLine], rate_of: impl Fn(&PricedLine) -> Decimal) {
    let sold = lines.iter_mut().filter_map(Value::as_object_mut).filter(|line| line.contains_key("totalNetAmount"));
    for (line, priced) in sold.zip(priced) {
        line.insert("vatRate".into(), scaled(rate_of(priced), 4));
        line.insert("vatAmount".into(), scaled(priced.vat, 4));
    }
}
