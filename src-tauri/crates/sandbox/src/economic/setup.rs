//! What an agreement holds before anybody connects, and what a person does in the program itself.
//! Filled by the demo company and by tests.

use super::agreement::{Agreement, Year};
use super::facts::Write;
use super::fault::Fault;
use super::keys::Key;
use super::ledger::{Entry, EntryKind, NoMatch};
use super::rest::draft_of;
use super::value::{Document, amount, at_rate, decimal_at, number, put};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};

/// Fills one agreement. Made by [`super::Economic::setup`].
pub struct Setup<'a> {
    pub(super) agreement: &'a mut Agreement,
    pub(super) now: DateTime<Utc>,
}

#[derive(Clone, Debug)]
pub struct AccountSetup<'t> {
    pub number: u64,
    pub name: &'t str,
    /// `profitAndLoss`, `status` (balance sheet), `heading` and others.
    pub kind: &'t str,
    pub credit: bool,
    pub block_direct_entries: bool,
    pub vat_code: Option<&'t str>,
}

#[derive(Clone, Debug)]
pub struct VatSetup<'t> {
    /// At most five characters.
    pub code: &'t str,
    pub name: &'t str,
    pub rate: Decimal,
    pub account: u64,
    /// Reverse charge: the VAT is posted on both sides.
    pub contra: Option<u64>,
}

#[derive(Clone, Debug, Default)]
pub struct TermsSetup<'t> {
    pub number: u64,
    pub name: &'t str,
    pub kind: &'t str,
    pub days: u64,
    /// Booking pays at once to these.
    pub prepaid_account: Option<u64>,
    pub remainder_account: Option<u64>,
    pub card_company: Option<u64>,
}

#[derive(Clone, Debug, Default)]
pub struct JournalSetup<'t> {
    pub number: u64,
    pub name: &'t str,
    pub first_voucher: u64,
    pub only: Option<&'t str>,
    pub customer_contra: Option<u64>,
}

#[derive(Clone, Debug, Default)]
pub struct CustomerSetup<'t> {
    pub number: u64,
    pub name: &'t str,
    pub email: &'t str,
    pub currency: &'t str,
    pub zone: u64,
    pub terms: u64,
    pub group: u64,
    pub cvr: &'t str,
    pub barred: bool,
}

/// An entry posted by hand, such as one that an import of the bank makes: debit positive.
#[derive(Clone, Debug)]
pub struct HandEntry<'t> {
    pub date: NaiveDate,
    pub text: &'t str,
    pub account: u64,
    pub contra: u64,
    pub customer: Option<u64>,
    pub currency: &'t str,
    pub amount: Decimal,
}

impl Setup<'_> {
    pub fn company(&mut self, name: &str, city: &str, cvr: &str) {
        self.agreement.company = Document::new();
        for (field, value) in [("name", name), ("city", city), ("country", "Danmark"), ("companyIdentificationNumber", cvr), ("vatNumber", cvr)] {
            put(&mut self.agreement.company, field, value);
        }
    }

    pub fn currency(&mut self, code: &str, name: &str, rate: Decimal) {
        self.row("currencies", Key::from(code), json!({ "code": code, "name": name, "isoNumber": code }));
        self.agreement.rates.insert(code.into(), rate);
    }

    pub fn account(&mut self, account: AccountSetup<'_>) {
        let mut row = json!({
            "accountNumber": account.number, "name": account.name, "accountType": account.kind, "balance": amount(Decimal::ZERO),
            "draftBalance": amount(Decimal::ZERO), "debitCredit": if account.credit { "credit" } else { "debit" },
            "blockDirectEntries": account.block_direct_entries, "barred": false, "_version": 1,
        });
        if let Some(code) = account.vat_code {
            row["vatAccount"] = json!({ "vatCode": code });
        }
        self.row("accounts", account.number.into(), row);
    }

    pub fn bar_account(&mut self, account: u64) {
        self.change("accounts", account, "barred", true);
    }

    /// Where exchange differences of matching and of rates go.
    pub fn system_accounts(&mut self, exchange_differences: u64, rounding: u64) {
        self.agreement.system = super::agreement::SystemAccounts { exchange_differences, rounding };
    }

    pub fn vat(&mut self, vat: VatSetup<'_>) {
        let (kind, kind_name) = if vat.contra.is_some() { (2, "Køb") } else { (1, "Salg") };
        let kind_row = json!({ "vatTypeNumber": kind, "name": kind_name });
        let mut row = json!({
            "vatCode": vat.code, "name": vat.name, "ratePercentage": number(vat.rate), "account": { "accountNumber": vat.account }, "barred": false,
            "vatType": kind_row,
        });
        if let Some(contra) = vat.contra {
            row["contraAccount"] = json!({ "accountNumber": contra });
        }
        self.row("vatAccounts", vat.code.into(), row);
        self.row("vatTypes", kind.into(), kind_row);
    }

    pub fn vat_zone(&mut self, zone: u64, name: &str) {
        self.row("vatZones", zone.into(), json!({ "vatZoneNumber": zone, "name": name, "enabledForCustomer": true, "enabledForSupplier": true }));
    }

    pub fn terms(&mut self, terms: TermsSetup<'_>) {
        let mut row = json!({ "paymentTermsNumber": terms.number, "name": terms.name, "paymentTermsType": terms.kind, "daysOfCredit": terms.days });
        for (name, account) in
            [("contraAccountForPrepaidAmount", terms.prepaid_account), ("contraAccountForRemainderAmount", terms.remainder_account)]
        {
            if let Some(account) = account {
                row[name] = json!({ "accountNumber": account });
            }
        }
        if let Some(company) = terms.card_company {
            row["creditCardCompany"] = json!({ "customerNumber": company });
        }
        self.row("paymentTerms", terms.number.into(), row);
    }

    pub fn layout(&mut self, number: u64, name: &str) {
        self.row("layouts", number.into(), json!({ "layoutNumber": number, "name": name, "deleted": false }));
    }

    pub fn delete_layout(&mut self, number: u64) {
        self.change("layouts", number, "deleted", true);
    }

    pub fn unit(&mut self, number: u64, name: &str) {
        self.row("units", number.into(), json!({ "unitNumber": number, "name": name }));
    }

    pub fn customer_group(&mut self, number: u64, name: &str, account: u64) {
        self.row("customerGroups", number.into(), json!({ "customerGroupNumber": number, "name": name, "account": { "accountNumber": account } }));
    }

    pub fn supplier_group(&mut self, number: u64, name: &str, account: u64) {
        self.row("supplierGroups", number.into(), json!({ "supplierGroupNumber": number, "name": name, "account": { "accountNumber": account } }));
    }

    pub fn payment_type(&mut self, number: u64, name: &str) {
        self.row("paymentTypes", number.into(), json!({ "paymentTypeNumber": number, "name": name }));
    }

    /// A product group with its account in each VAT zone.
    pub fn product_group(&mut self, number: u64, name: &str, accounts: &[(u64, u64)]) {
        self.row("productGroups", number.into(), json!({ "productGroupNumber": number, "name": name, "inventoryEnabled": false, "_version": 1 }));
        for (zone, account) in accounts {
            self.agreement.sales_accounts.insert((number, *zone), *account);
        }
    }

    pub fn product(&mut self, number: &str, name: &str, group: u64, price: Decimal) {
        let row = json!({
            "productNumber": number, "name": name, "productGroup": { "productGroupNumber": group }, "salesPrice": amount(price), "barred": false,
        });
        self.stamped("products", number.into(), row);
    }

    pub fn bar_product(&mut self, number: &str) {
        self.change("products", number, "barred", true);
    }

    pub fn customer(&mut self, customer: CustomerSetup<'_>) {
        let mut row = json!({
            "customerNumber": customer.number, "name": customer.name, "currency": customer.currency, "barred": customer.barred,
            "vatZone": { "vatZoneNumber": customer.zone }, "paymentTerms": { "paymentTermsNumber": customer.terms },
            "customerGroup": { "customerGroupNumber": customer.group }, "balance": amount(Decimal::ZERO), "dueAmount": amount(Decimal::ZERO),
            "eInvoicingDisabledByDefault": false,
        });
        for (name, value) in [("email", customer.email), ("corporateIdentificationNumber", customer.cvr)] {
            if !value.is_empty() {
                row[name] = value.into();
            }
        }
        self.stamped("customers", customer.number.into(), row);
    }

    pub fn bar_customer(&mut self, number: u64) {
        self.change("customers", number, "barred", true);
    }

    pub fn employee(&mut self, number: u64, name: &str) {
        self.row("employees", number.into(), json!({ "employeeNumber": number, "name": name, "barred": false }));
    }

    pub fn journal(&mut self, journal: JournalSetup<'_>) {
        let mut settings = json!({ "voucherNumbers": { "minimumVoucherNumber": journal.first_voucher, "maximumVoucherNumber": 999_999_999 } });
        if let Some(only) = journal.only {
            settings["entryTypeRestrictedTo"] = only.into();
        }
        if let Some(contra) = journal.customer_contra {
            settings["contraAccounts"] = json!({ "customerPayments": { "accountNumber": contra } });
        }
        self.row("journals", journal.number.into(), json!({ "journalNumber": journal.number, "name": journal.name, "settings": settings }));
    }

    /// A year of months, after the ones that are there.
    pub fn year(&mut self, from: NaiveDate, to: NaiveDate) {
        self.agreement.years.push(Year::new(from, to));
    }

    pub fn close_year(&mut self, name: &str) {
        self.agreement.years.iter_mut().filter(|year| year.name == name).for_each(|year| year.closed = true);
    }

    /// Bars or opens the period that a day is in.
    pub fn bar_period(&mut self, day: NaiveDate, barred: bool) {
        let periods = self.agreement.years.iter_mut().flat_map(|year| &mut year.periods);
        periods.filter(|period| (period.from..=period.to).contains(&day)).for_each(|period| period.barred = barred);
    }

    pub fn next_draft_number(&mut self, next: u64) {
        self.agreement.counters.draft_invoice = next.saturating_sub(1);
    }

    /// A subscription without API access: everything can be read, nothing written.
    pub fn read_only(&mut self, read_only: bool) {
        self.agreement.read_only = read_only;
    }

    /// A draft as somebody makes it in the program: the body of `POST /invoices/drafts`.
    pub fn draft_invoice(&mut self, body: &Value) -> Result<u64, Fault> {
        let body = body.as_object().cloned().unwrap_or_default();
        let draft = draft_of(self.agreement, "draftInvoices", Write::Create, &body, None)?;
        Ok(self.agreement.keep_draft("draftInvoices", draft, self.now))
    }

    /// Books a draft under the next number.
    pub fn book_invoice(&mut self, draft: u64) -> Result<u64, Fault> {
        self.agreement.book_invoice(self.now, draft, None)
    }

    /// Books everything in a journal.
    pub fn book_journal(&mut self, journal: u64) -> Result<(), Fault> {
        self.agreement.book_journal(self.now, journal, |_, _| true)
    }

    pub fn match_entries(&mut self, entries: &[u64]) -> Result<(), NoMatch> {
        self.agreement.match_entries(entries)
    }

    /// Posts both sides at once.
    pub fn post(&mut self, entry: HandEntry<'_>) -> (u64, u64) {
        let rate = self.agreement.rate(entry.currency).unwrap_or(Decimal::ONE_HUNDRED);
        let voucher = self.agreement.ledger.last_voucher(|_| true) + 1;
        let side = |account, value, customer| Entry {
            number: 0,
            account,
            amount: value,
            base: at_rate(value, rate),
            currency: entry.currency.to_owned(),
            date: entry.date,
            due: None,
            kind: if entry.customer.is_some() { EntryKind::CustomerPayment } else { EntryKind::FinanceVoucher },
            text: entry.text.to_owned(),
            voucher,
            customer,
            invoice: None,
            booked_invoice: false,
            supplier: None,
            vat_code: None,
            remainder: Decimal::ZERO,
            remainder_base: Decimal::ZERO,
        };
        let (own, contra) = (side(entry.account, entry.amount, entry.customer), side(entry.contra, -entry.amount, None));
        (self.agreement.post(own), self.agreement.post(contra))
    }

    /// Entries of a customer that are still open: number, invoice, remainder.
    pub fn open_entries(&self, customer: u64) -> Vec<(u64, Option<u64>, Decimal)> {
        let open = self.agreement.ledger.of_customer(customer).filter(|entry| !entry.remainder.is_zero());
        open.map(|entry| (entry.number, entry.invoice, entry.remainder)).collect()
    }

    pub fn balance(&self, account: u64) -> Option<Decimal> {
        decimal_at(self.agreement.row("accounts", account)?, "balance")
    }

    fn row(&mut self, table: &'static str, key: Key, row: Value) {
        if let Value::Object(row) = row {
            self.agreement.table_mut(table).insert(key, row);
        }
    }

    fn stamped(&mut self, table: &'static str, key: Key, row: Value) {
        if let Value::Object(mut row) = row {
            self.agreement.touch(&mut row, self.now);
            self.agreement.table_mut(table).insert(key, row);
        }
    }

    fn change(&mut self, table: &'static str, key: impl Into<Key>, name: &str, value: bool) {
        if let Some(row) = self.agreement.table_mut(table).get_mut(&key.into()) {
            put(row, name, value);
        }
    }
}
