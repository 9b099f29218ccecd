//! Journals: vouchers of draft entries, and booking them.
//!
//! Shapes: github.com/Pogoe/EConomic.NET specs/legacy; refusals of barred periods as recorded by
//! github.com/dabster2000/intranetservices; a payment with its invoice's number settles it when it is booked
//! (apiforum.e-conomic.com/14720).

use super::agreement::{Agreement, Opening};
use super::body::take;
use super::facts::{Write, shape};
use super::fault::{Fault, Problem};
use super::keys::Key;
use super::ledger::{Entry, EntryKind};
use super::pricing::Vat;
use super::value::{Document, amount, at_rate, cents, date_at, decimal_at, integer, number, put, text};
use chrono::{DateTime, NaiveDate, Utc};
use http::StatusCode;
use rust_decimal::Decimal;
use serde_json::Value;
use std::collections::BTreeMap;

const KINDS: [(&str, &str); 5] = [
    ("financeVouchers", "financeVoucher"),
    ("customerPayments", "customerPayment"),
    ("manualCustomerInvoices", "manualCustomerInvoice"),
    ("supplierInvoices", "supplierInvoice"),
    ("supplierPayments", "supplierPayment"),
];
const MOST_ENTRIES: usize = 500;

impl Agreement {
    /// Takes a voucher into a journal; its year and number.
    pub fn add_voucher(&mut self, journal: u64, body: &Document, now: DateTime<Utc>) -> Result<(String, u64), Fault> {
        let mut taken = take(shape("journalVouchers"), Write::Create, body)?;
        let year = text(&taken, "accountingYear.year").unwrap_or_default().to_owned();
        let mut entries = Vec::new();
        for (list, kind) in KINDS {
            let Some(Value::Array(items)) = taken.get_mut("entries").and_then(|entries| entries.get_mut(list)).map(Value::take) else { continue };
            for (index, item) in items.into_iter().enumerate() {
                let Value::Object(mut entry) = item else { continue };
                put(&mut entry, "entryType", kind);
                entries.push((format!("entries.{list}[{index}]"), entry));
            }
        }
        let sent = integer(&taken, "voucherNumber");
        let in_array = |mut fault: Fault| {
            fault.in_array = true;
            fault
        };
        self.add_entries(journal, &year, sent, entries, now).map_err(in_array)
    }

    pub fn add_entries(
        &mut self,
        journal: u64,
        year: &str,
        sent: Option<u64>,
        entries: Vec<(String, Document)>,
        now: DateTime<Utc>,
    ) -> Result<(String, u64), Fault> {
        let mut problems = Vec::new();
        if entries.is_empty() || entries.len() > MOST_ENTRIES {
            problems.push(Problem::new("entries", "E04300", format!("A voucher has 1 to {MOST_ENTRIES} entries.")));
        }
        if !self.years.iter().any(|known| known.name == year) {
            problems.push(Problem::unknown("accountingYear", "AccountingYear", year.into()));
        }
        for (place, entry) in &entries {
            self.check_entry(journal, year, entry, place, &mut problems);
        }
        if !problems.is_empty() {
            return Err(Fault::validation(problems));
        }
        let voucher = match sent {
            Some(sent) => sent,
            None => self.next_voucher(journal, year)?,
        };
        for (_, mut entry) in entries {
            self.complete(&mut entry, journal, year, voucher);
            self.counters.journal_entry += 1;
            let key = self.counters.journal_entry;
            put(&mut entry, "journalEntryNumber", key);
            self.touch(&mut entry, now);
            entry.remove("lastUpdated");
            self.table_mut("journalEntries").insert(Key::Number(key), entry);
        }
        Ok((year.to_owned(), voucher))
    }

    fn check_entry(&self, journal: u64, year: &str, entry: &Document, place: &str, problems: &mut Vec<Problem>) {
        self.resolve(entry, place, problems);
        let kind = text(entry, "entryType").unwrap_or_default();
        let journal = self.row("journals", journal);
        if let Some(only) = journal.and_then(|journal| text(journal, "settings.entryTypeRestrictedTo")).filter(|only| *only != kind) {
            problems.push(Problem::new(place, "E04300", format!("The journal takes entries of type {only} only.")));
        }
        let own = match kind {
            "financeVoucher" => "account",
            "supplierInvoice" | "supplierPayment" => "supplier",
            _ => "customer",
        };
        if !entry.contains_key(own) && !entry.contains_key("contraAccount") {
            problems.push(Problem::missing(&format!("{place}.{own}")));
        }
        for name in ["account", "contraAccount"] {
            let Some(account) = integer(entry, &format!("{name}.accountNumber")) else { continue };
            match self.direct_account(account) {
                Err("not found") | Ok(()) => {}
                Err(why) => {
                    problems.push(Problem::new(&format!("{place}.{name}"), "E07150", format!("Account '{account}' is {why}.")).of(account.into()))
                }
            }
        }
        self.check_day_and_rate(year, entry, place, problems);
    }

    fn check_day_and_rate(&self, year: &str, entry: &Document, place: &str, problems: &mut Vec<Problem>) {
        let path = format!("{place}.date");
        if let Some(day) = date_at(entry, "date") {
            let value = serde_json::json!({ "voucherAccountingYear": year, "entryDate": day.to_string() });
            match self.opening(day) {
                _ if self.year_of(day).is_none_or(|of| of.name != year) => {
                    problems.push(Problem::new(&path, "E04041", "The date is not within the voucher's accounting year.").of(value));
                }
                Opening::Barred => problems.push(
                    Problem::new(&path, "E04041", "Perioden er spærret.")
                        .of(value)
                        .hint("You cannot create an entry with a date that is barred in the accounting year."),
                ),
                Opening::Closed => problems.push(Problem::new(&path, "E04041", "Perioden er lukket.").of(value)),
                Opening::Open | Opening::NoYear => {}
            }
        }
        let currency = text(entry, "currency.code").unwrap_or(&self.currency);
        let rate = decimal_at(entry, "exchangeRate");
        if rate.is_some_and(|rate| rate <= Decimal::ZERO) || (currency == self.currency && rate.is_some_and(|rate| rate != Decimal::ONE_HUNDRED)) {
            problems.push(Problem::new(&format!("{place}.exchangeRate"), "E04300", "exchangeRate must be positive, and 100 for the base currency."));
        }
    }

    fn complete(&self, entry: &mut Document, journal: u64, year: &str, voucher: u64) {
        let currency = text(entry, "currency.code").unwrap_or(&self.currency).to_owned();
        let rate = decimal_at(entry, "exchangeRate").or(self.rate(&currency)).unwrap_or(Decimal::ONE_HUNDRED);
        let value = decimal_at(entry, "amount").unwrap_or_default();
        put(entry, "currency.code", currency);
        put(entry, "exchangeRate", number(rate));
        put(entry, "amount", amount(value));
        put(entry, "amountDefaultCurrency", amount(at_rate(value, rate)));
        put(entry, "remainder", amount(value));
        put(entry, "remainderInDefaultCurrency", amount(at_rate(value, rate)));
        put(entry, "journal.journalNumber", journal);
        put(entry, "voucher.accountingYear.year", year);
        put(entry, "voucher.voucherNumber", voucher);
    }

    /// The next of the journal's series, over what is drafted and what is posted.
    pub fn next_voucher(&self, journal: u64, year: &str) -> Result<u64, Fault> {
        let settings = self.row("journals", journal);
        let of = |name: &str| settings.and_then(|row| integer(row, &format!("settings.voucherNumbers.{name}VoucherNumber")));
        let (least, most) = (of("minimum").unwrap_or(1), of("maximum").unwrap_or(999_999_999));
        let drafts = self.drafts_of(journal).filter(|(_, entry)| text(entry, "voucher.accountingYear.year") == Some(year));
        let drafted = drafts.filter_map(|(_, entry)| integer(entry, "voucher.voucherNumber")).max().unwrap_or(0);
        let next = drafted.max(self.last_voucher(journal, year)).saturating_add(1).max(least);
        if next > most { Err(Fault::bad("E04300", "The journal's voucher numbers are used up.")) } else { Ok(next) }
    }

    fn last_voucher(&self, journal: u64, year: &str) -> u64 {
        self.row("journals", journal).and_then(|row| integer(row, &format!("_last.{year}"))).unwrap_or(0)
    }

    pub fn drafts_of(&self, journal: u64) -> impl Iterator<Item = (&Key, &Document)> {
        self.table("journalEntries").iter().filter(move |(_, entry)| integer(entry, "journal.journalNumber") == Some(journal))
    }

    /// Books entries of a journal, all or none, in the order of their vouchers.
    pub fn book_journal(&mut self, now: DateTime<Utc>, journal: u64, which: impl Fn(u64, NaiveDate) -> bool) -> Result<(), Fault> {
        let wanted =
            |(key, entry): &(&Key, &Document)| matches!(key, Key::Number(number) if date_at(entry, "date").is_some_and(|day| which(*number, day)));
        let mut chosen: Vec<(Key, Document)> = self.drafts_of(journal).filter(wanted).map(|(key, entry)| (key.clone(), entry.clone())).collect();
        chosen.sort_by_key(|(key, entry)| (integer(entry, "voucher.voucherNumber"), key.clone()));
        if chosen.is_empty() {
            return Err(Fault::bad("JournalVoucherEntriesEmptyOrNull", "There is nothing to book."));
        }
        self.check_journal(&chosen)?;
        let vouchers: Vec<u64> = chosen.iter().filter_map(|(_, entry)| integer(entry, "voucher.voucherNumber")).collect();
        let mut settling = Vec::new();
        for (key, entry) in chosen {
            self.table_mut("journalEntries").remove(&key);
            settling.extend(self.post_journal_entry(&entry));
            self.note_voucher(journal, &entry);
        }
        settling.into_iter().for_each(|payment| self.settle_by_invoice(payment));
        let of = |number: Option<&u64>| number.copied().unwrap_or(0).to_string();
        let fields = vec![("DAYBOOKNO", journal.to_string()), ("FROMSERIALNO", of(vouchers.iter().min())), ("TOSERIALNO", of(vouchers.iter().max()))];
        self.tell("JOURNAL_BOOKED", now, fields);
        Ok(())
    }

    fn note_voucher(&mut self, journal: u64, entry: &Document) {
        let (Some(number), Some(year)) = (integer(entry, "voucher.voucherNumber"), text(entry, "voucher.accountingYear.year")) else { return };
        if let Some(row) = self.table_mut("journals").get_mut(&Key::Number(journal)) {
            let last = integer(row, &format!("_last.{year}")).unwrap_or(0).max(number);
            put(row, &format!("_last.{year}"), last);
        }
    }

    fn check_journal(&self, chosen: &[(Key, Document)]) -> Result<(), Fault> {
        let refused = |code, message: String| Err(Fault::new(StatusCode::BAD_REQUEST, code, message));
        let mut sums: BTreeMap<u64, Decimal> = BTreeMap::new();
        for (_, entry) in chosen {
            let day = date_at(entry, "date").unwrap_or_default();
            match self.opening(day) {
                Opening::Open => {}
                Opening::Barred => return refused("JournalEntryDateAccountingYearPeriodBarred", format!("{day} is in a barred period.")),
                Opening::Closed => return refused("JournalEntryDateAccountingYearClosed", format!("{day} is in a closed period.")),
                Opening::NoYear => return refused("JournalEntryDateAccountingYearDoesNotExist", format!("There is no accounting year for {day}.")),
            }
            let owner = integer(entry, "customer.customerNumber").filter(|_| !entry.contains_key("account"));
            let supplier = integer(entry, "supplier.supplierNumber");
            if owner.is_some_and(|customer| self.receivables(customer).is_none())
                || supplier.is_some_and(|supplier| self.payables(supplier).is_none())
            {
                return refused("JournalEntryAccountNotFound", "The group has no account.".into());
            }
            if !has_own_side(entry) && !entry.contains_key("contraAccount") {
                return refused("JournalEntryAccountAndContraAccountNotSet", "An entry has no account.".into());
            }
            let half = !(has_own_side(entry) && entry.contains_key("contraAccount"));
            if half {
                let sign = if has_own_side(entry) { Decimal::ONE } else { -Decimal::ONE };
                let voucher = integer(entry, "voucher.voucherNumber").unwrap_or(0);
                *sums.entry(voucher).or_default() += sign * decimal_at(entry, "amountDefaultCurrency").unwrap_or_default();
            }
        }
        match sums.into_iter().find(|(_, sum)| !sum.is_zero()) {
            Some((voucher, sum)) => refused("JournalVoucherDataIntegrityError", format!("Voucher {voucher} does not balance; it is out by {sum}.")),
            None => Ok(()),
        }
    }

    /// Posts both sides with their VAT; gives the customer's payment that names an invoice.
    fn post_journal_entry(&mut self, entry: &Document) -> Option<u64> {
        let draft = Posting::of(self, entry);
        let customer = integer(entry, "customer.customerNumber");
        let supplier = integer(entry, "supplier.supplierNumber");
        let own = integer(entry, "account.accountNumber").or_else(|| self.receivables(customer?)).or_else(|| self.payables(supplier?));
        let mut payment = None;
        if let Some(account) = own {
            let mut side = draft.side(account, draft.amount, draft.base, draft.kind);
            (side.customer, side.supplier, side.invoice, side.due) = (customer, supplier, draft.invoice, date_at(entry, "dueDate"));
            let vat = text(entry, "vatAccount.vatCode").and_then(|code| self.vat(code));
            let number = self.post_with_vat(side, vat, &draft);
            payment = (draft.kind == EntryKind::CustomerPayment && draft.invoice.is_some()).then_some(number);
        }
        if let Some(contra) = integer(entry, "contraAccount.accountNumber") {
            let side = draft.side(contra, -draft.amount, -draft.base, EntryKind::FinanceVoucher);
            let vat = text(entry, "contraVatAccount.vatCode").and_then(|code| self.vat(code));
            self.post_with_vat(side, vat, &draft);
        }
        payment
    }

    /// A plain code is taken out of the amount; one with a contra account adds VAT on both sides of it.
    fn post_with_vat(&mut self, mut side: Entry, vat: Option<Vat>, draft: &Posting) -> u64 {
        let Some(vat) = vat.filter(|vat| !vat.rate.is_zero()) else { return self.post(side) };
        let of = |value: Decimal| match vat.contra {
            Some(_) => cents(value * vat.rate / Decimal::ONE_HUNDRED),
            None => cents(value * vat.rate / (Decimal::ONE_HUNDRED + vat.rate)),
        };
        let (tax, tax_base) = (of(side.amount), of(side.base));
        side.vat_code = vat.code.clone();
        if vat.contra.is_none() {
            side.amount -= tax;
            side.base -= tax_base;
        }
        let number = self.post(side);
        self.post(draft.side(vat.account, tax, tax_base, EntryKind::FinanceVoucher));
        if let Some(contra) = vat.contra {
            self.post(draft.side(contra, -tax, -tax_base, EntryKind::FinanceVoucher));
        }
        number
    }

    /// A payment that names an invoice settles it, and a refund the credit note.
    fn settle_by_invoice(&mut self, payment: u64) {
        let Some((customer, invoice, credit)) =
            self.ledger.entry(payment).and_then(|entry| Some((entry.customer?, entry.invoice?, entry.amount.is_sign_negative())))
        else {
            return;
        };
        let invoices: Vec<u64> = self
            .ledger
            .of_customer(customer)
            .filter(|entry| entry.invoice == Some(invoice) && matches!(entry.kind, EntryKind::CustomerInvoice | EntryKind::ManualCustomerInvoice))
            .map(|entry| entry.number)
            .collect();
        for found in invoices {
            let (owed, paid) = if credit { (found, payment) } else { (payment, found) };
            // Where the period refuses the difference, both stay open.
            let _ = self.settle(owed, paid);
        }
    }
}

/// What both sides of a draft entry share.
struct Posting {
    amount: Decimal,
    base: Decimal,
    currency: String,
    date: NaiveDate,
    kind: EntryKind,
    text: String,
    voucher: u64,
    invoice: Option<u64>,
}

impl Posting {
    fn of(agreement: &Agreement, entry: &Document) -> Self {
        Self {
            amount: decimal_at(entry, "amount").unwrap_or_default(),
            base: decimal_at(entry, "amountDefaultCurrency").unwrap_or_default(),
            currency: text(entry, "currency.code").unwrap_or(&agreement.currency).to_owned(),
            date: date_at(entry, "date").unwrap_or_default(),
            kind: match text(entry, "entryType") {
                Some("customerPayment") => EntryKind::CustomerPayment,
                Some("supplierInvoice") => EntryKind::SupplierInvoice,
                Some("supplierPayment") => EntryKind::SupplierPayment,
                Some("manualCustomerInvoice") => EntryKind::ManualCustomerInvoice,
                _ => EntryKind::FinanceVoucher,
            },
            text: text(entry, "text").unwrap_or_default().to_owned(),
            voucher: integer(entry, "voucher.voucherNumber").unwrap_or(0),
            invoice: integer(entry, "customerInvoice"),
        }
    }

    fn side(&self, account: u64, amount: Decimal, base: Decimal, kind: EntryKind) -> Entry {
        Entry {
            number: 0,
            account,
            amount,
            base,
            currency: self.currency.clone(),
            date: self.date,
            due: None,
            kind,
            text: self.text.clone(),
            voucher: self.voucher,
            customer: None,
            invoice: None,
            booked_invoice: false,
            supplier: None,
            vat_code: None,
            remainder: Decimal::ZERO,
            remainder_base: Decimal::ZERO,
        }
    }
}

fn has_own_side(entry: &Document) -> bool {
    ["account", "customer", "supplier"].into_iter().any(|name| entry.contains_key(name))
}
