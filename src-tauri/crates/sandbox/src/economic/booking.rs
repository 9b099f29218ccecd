//! Booking a draft: its number, its entries, its payment when the terms say so. There is no way back.
//!
//! `POST /invoices/booked`: github.com/e-conomic/slate source/includes/_invoices.md; barred periods (E04870):
//! github.com/dabster2000/intranetservices, AccountingPeriodPreflight.java.

use super::agreement::{Agreement, Opening};
use super::fault::{Fault, Problem};
use super::keys::Key;
use super::ledger::{Entry, EntryKind};
use super::pricing::{PricedLine, with_vat};
use super::value::{Document, amount, at, at_rate, cents, date_at, decimal_at, flag, integer, put, text};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::Value;
use std::collections::BTreeMap;

/// What all entries of one invoice share.
struct Voucher {
    number: u64,
    date: NaiveDate,
    due: Option<NaiveDate>,
    currency: String,
    rate: Decimal,
    customer: u64,
}

impl Agreement {
    /// Books a draft under the next number, or under a chosen one.
    pub fn book_invoice(&mut self, now: DateTime<Utc>, draft: u64, chosen: Option<u64>) -> Result<u64, Fault> {
        let unknown = || Problem::unknown("draftInvoice", "DraftInvoice", draft.into());
        let document = self.row("draftInvoices", draft).cloned().ok_or_else(|| Fault::one(unknown()))?;
        let date = self.check_for_booking(&document)?;
        let next = self.table("bookedInvoices").keys().next_back().map_or(1, |last| if let Key::Number(last) = last { last + 1 } else { 1 });
        let number = chosen.unwrap_or(next);
        if self.row("bookedInvoices", number).is_some() {
            return Err(Fault::one(Problem::new("bookWithNumber", "E06010", format!("Invoice {number} already exists.")).of(number.into())));
        }
        let lines = self.priced_lines(&document);
        let voucher = Voucher {
            number,
            date,
            due: date_at(&document, "dueDate"),
            currency: text(&document, "currency").unwrap_or(&self.currency).to_owned(),
            rate: decimal_at(&document, "exchangeRate").unwrap_or(Decimal::ONE_HUNDRED),
            customer: integer(&document, "customer.customerNumber").unwrap_or(0),
        };
        let debt = self.post_invoice(&voucher, &document, &lines);
        self.keep_booked(now, document, &voucher, &lines);
        self.table_mut("draftInvoices").remove(&Key::Number(draft));
        self.pay_by_terms(&voucher, debt);
        self.booked_at.insert(number, now);
        self.tell("INVOICE_BOOKED", now, vec![("INVOICENO", number.to_string())]);
        Ok(number)
    }

    fn check_for_booking(&self, document: &Document) -> Result<NaiveDate, Fault> {
        let refused = |path: &str, code, message: String| Err(Fault::one(Problem::new(path, code, message)));
        let lines: Vec<&Document> = at(document, "lines").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object).collect();
        let sold: Vec<&str> = lines.iter().filter_map(|line| text(line, "product.productNumber")).collect();
        if sold.is_empty() {
            return refused("draftInvoice", "E04042", "The invoice has no line with a product.".into());
        }
        for product in sold {
            if self.row("products", product).is_none_or(|row| flag(row, "barred")) {
                return refused("draftInvoice.lines.product", "E06600", format!("Product '{product}' is barred."));
            }
        }
        let customer = integer(document, "customer.customerNumber").unwrap_or(0);
        if self.row("customers", customer).is_none_or(|row| flag(row, "barred")) {
            return refused("draftInvoice.customer", "E06600", format!("Customer '{customer}' is barred."));
        }
        let zone_sells = self.priced_lines(document).len();
        if zone_sells < lines.iter().filter(|line| line.contains_key("totalNetAmount")).count() || self.receivables(customer).is_none() {
            return refused("draftInvoice", "E07150", "An account that the invoice needs is not set up.".into());
        }
        let date = date_at(document, "date").ok_or_else(|| Fault::one(Problem::missing("date")))?;
        match self.opening(date) {
            Opening::Open => Ok(date),
            Opening::Barred => refused("draftInvoice.date", "E04870", "The invoice date is in a barred period.".into()),
            Opening::Closed => refused("draftInvoice.date", "E04870", "The invoice date is in a closed period.".into()),
            Opening::NoYear => refused("draftInvoice.date", "E04870", "There is no accounting year for the invoice date.".into()),
        }
    }

    /// Customer against sales and VAT; what the rates leave goes to the rounding account.
    fn post_invoice(&mut self, voucher: &Voucher, document: &Document, lines: &[PricedLine]) -> u64 {
        let gross = decimal_at(document, "grossAmount").unwrap_or_default();
        let receivables = self.receivables(voucher.customer).unwrap_or(0);
        let mut debt = self.entry(voucher, receivables, gross, EntryKind::CustomerInvoice);
        (debt.customer, debt.invoice, debt.due, debt.booked_invoice) = (Some(voucher.customer), Some(voucher.number), voucher.due, true);
        let mut left = debt.base;
        let number = self.post(debt);
        for (account, code, value) in self.credits(document, lines) {
            let mut entry = self.entry(voucher, account, -value, EntryKind::CustomerInvoice);
            (entry.vat_code, entry.invoice, entry.booked_invoice) = (code, Some(voucher.number), true);
            left += entry.base;
            self.post(entry);
        }
        if !left.is_zero() {
            let mut entry = self.entry(voucher, self.system.rounding, Decimal::ZERO, EntryKind::SystemEntry);
            entry.base = -left;
            self.post(entry);
        }
        number
    }

    /// Sales by account and VAT by code; the document's VAT is exact, its last code takes the rest.
    fn credits(&self, document: &Document, lines: &[PricedLine]) -> Vec<(u64, Option<String>, Decimal)> {
        let mut sales: BTreeMap<(u64, Option<String>), Decimal> = BTreeMap::new();
        let mut vat: BTreeMap<String, Decimal> = BTreeMap::new();
        for line in lines {
            *sales.entry((line.account, line.vat_code.clone())).or_default() += line.net;
            if let Some(code) = line.vat_code.clone().filter(|_| !line.vat.is_zero()) {
                *vat.entry(code).or_default() += line.vat;
            }
        }
        let mut rest = decimal_at(document, "vatAmount").unwrap_or_default();
        let mut credits: Vec<_> = sales.into_iter().map(|((account, code), net)| (account, code, net)).collect();
        let last = vat.keys().next_back().cloned();
        for (code, value) in vat {
            let value = if Some(&code) == last.as_ref() { rest } else { cents(value) };
            rest -= value;
            credits.push((self.vat(&code).unwrap_or_default().account, None, value));
        }
        credits.retain(|(.., value)| !value.is_zero());
        credits
    }

    fn entry(&self, voucher: &Voucher, account: u64, value: Decimal, kind: EntryKind) -> Entry {
        Entry {
            number: 0,
            account,
            amount: value,
            base: at_rate(value, voucher.rate),
            currency: voucher.currency.clone(),
            date: voucher.date,
            due: None,
            kind,
            text: format!("Faktura {}", voucher.number),
            voucher: voucher.number,
            customer: None,
            invoice: None,
            booked_invoice: false,
            supplier: None,
            vat_code: None,
            remainder: Decimal::ZERO,
            remainder_base: Decimal::ZERO,
        }
    }

    fn keep_booked(&mut self, now: DateTime<Utc>, mut document: Document, voucher: &Voucher, lines: &[PricedLine]) {
        for gone in
            ["draftInvoiceNumber", "lastUpdated", "costPriceInBaseCurrency", "marginInBaseCurrency", "marginPercentage", "soap", "_attachment"]
        {
            document.remove(gone);
        }
        let gross = [("remainder", "grossAmount"), ("remainderInBaseCurrency", "grossAmountInBaseCurrency")];
        for (remainder, from) in gross {
            let value = decimal_at(&document, from).unwrap_or_default();
            put(&mut document, remainder, amount(value));
        }
        if let Some(Value::Array(lines_of)) = document.get_mut("lines") {
            with_vat(lines_of, lines, |line| {
                line.vat_code.as_deref().and_then(|code| self.vat(code)).filter(|vat| vat.contra.is_none()).map_or(Decimal::ZERO, |vat| vat.rate)
            });
        }
        put(&mut document, "bookedInvoiceNumber", voucher.number);
        put(&mut document, "_booked", now.to_rfc3339());
        self.table_mut("bookedInvoices").insert(Key::Number(voucher.number), document);
    }

    /// Terms with a contra account are paid by booking: in cash, in advance, or by a card company that owes it then.
    fn pay_by_terms(&mut self, voucher: &Voucher, debt: u64) {
        let Some(invoice) = self.row("bookedInvoices", voucher.number) else { return };
        let Some(terms) = integer(invoice, "paymentTerms.paymentTermsNumber").and_then(|number| self.row("paymentTerms", number)) else { return };
        let gross = decimal_at(invoice, "grossAmount").unwrap_or_default();
        let card = integer(terms, "creditCardCompany.customerNumber");
        let share = |name: &str, whole: Decimal| decimal_at(terms, name).unwrap_or(whole).clamp(Decimal::ZERO, Decimal::ONE_HUNDRED);
        let prepaid = integer(terms, "contraAccountForPrepaidAmount.accountNumber");
        let remainder = integer(terms, "contraAccountForRemainderAmount.accountNumber");
        let mut payments = Vec::new();
        if let Some(account) = prepaid {
            payments.push((account, None, cents(gross * share("percentageForPrepaidAmount", Decimal::ONE_HUNDRED) / Decimal::ONE_HUNDRED)));
        }
        let left = gross - payments.iter().map(|(.., paid)| *paid).sum::<Decimal>();
        if let Some(account) = remainder {
            payments.push((account, None, left));
        } else if let Some((company, account)) = card.and_then(|company| Some((company, self.receivables(company)?))) {
            payments.push((account, Some(company), left));
        }
        for (account, company, paid) in payments.into_iter().filter(|(.., paid)| !paid.is_zero()) {
            let mut credit = self.entry(voucher, self.receivables(voucher.customer).unwrap_or(0), -paid, EntryKind::CustomerPayment);
            (credit.customer, credit.invoice) = (Some(voucher.customer), Some(voucher.number));
            let mut debit = self.entry(voucher, account, paid, EntryKind::FinanceVoucher);
            debit.customer = company;
            let credit = self.post(credit);
            self.post(debit);
            let (owed, paid) = if paid.is_sign_positive() { (debt, credit) } else { (credit, debt) };
            // One day and one rate: there is no difference that a period could refuse.
            let _ = self.settle(owed, paid);
        }
    }
}
