//! What a company holds before anybody connects: filled by the demo company and by tests.
//!
//! Ids are drawn from the emulator's own seed, so the same calls give the same ids.
//! Documents go through the same rules as those that arrive over HTTP.

pub use super::cards::*;
use super::company::{CASH_RECEIPTS, Company, GENERAL, PostingSetup, Series};
use super::fault::Fault;
use super::guid::Guid;
use super::record::Record;
use super::sales::{self, DocumentKind};
use super::value::{Value, escape_member};
use super::work::Work;
use super::{copies, journals};
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// Fills one company. Made by [`super::BusinessCentral::setup`].
pub struct Setup<'a> {
    pub(super) work: Work<'a>,
}

impl Setup<'_> {
    pub fn company_information(&mut self, of: CompanyInformation) -> String {
        let mut row = self.row();
        row.set("displayName", of.display_name);
        row.set("addressLine1", of.address_line_1);
        row.set("city", of.city);
        row.set("postalCode", of.postal_code);
        row.set("country", of.country);
        row.set("phoneNumber", of.phone_number);
        row.set("email", of.email);
        row.set("website", of.website);
        row.set("taxRegistrationNumber", of.tax_registration_number);
        row.set("currencyCode", self.company().currency.clone());
        row.set("experience", "Essential");
        if let Some(start) = of.fiscal_year_start {
            row.set("currentFiscalYearStartDate", start);
        }
        self.put("companyInformation", row)
    }

    /// `generalLedgerSetup`; the empty ends of the posting range allow every date.
    pub fn general_ledger(&mut self, allow_posting_from: Option<NaiveDate>, allow_posting_to: Option<NaiveDate>) -> String {
        let mut row = self.row();
        row.set("localCurrencyCode", self.company().currency.clone());
        if let Some(from) = allow_posting_from {
            row.set("allowPostingFrom", from);
        }
        if let Some(to) = allow_posting_to {
            row.set("allowPostingTo", to);
        }
        self.put("generalLedgerSetup", row)
    }

    pub fn accounting_period(&mut self, starting: NaiveDate, name: &str, new_fiscal_year: bool, closed: bool) -> String {
        let mut row = self.row();
        row.set("startingDate", starting);
        row.set("name", name);
        row.set("newFiscalYear", new_fiscal_year);
        row.set("closed", closed);
        row.set("dateLocked", closed);
        self.put("accountingPeriods", row)
    }

    pub fn currency(&mut self, of: CurrencySetup) -> String {
        let mut row = self.row();
        row.set("code", of.code);
        row.set("displayName", of.display_name);
        row.set("symbol", of.symbol);
        row.set("amountDecimalPlaces", format!("{0}:{0}", of.decimals));
        row.set("amountRoundingPrecision", Decimal::new(1, of.decimals.min(5)));
        self.put("currencies", row)
    }

    /// From `starting` on, `amount` of the currency is worth `relational` of the local currency.
    pub fn exchange_rate(&mut self, currency: &str, starting: NaiveDate, amount: Decimal, relational: Decimal) -> String {
        let mut row = self.row();
        row.set("currencyCode", currency);
        row.set("startingDate", starting);
        row.set("exchangeRateAmount", amount);
        row.set("relationalExchangeRateAmount", relational);
        self.put("currencyExchangeRates", row)
    }

    /// `due_date_calculation` is a date formula such as `30D` or `CM+14D`.
    pub fn payment_terms(&mut self, code: &str, display_name: &str, due_date_calculation: &str) -> String {
        let mut row = self.row();
        row.set("code", code);
        row.set("displayName", display_name);
        row.set("dueDateCalculation", due_date_calculation);
        self.put("paymentTerms", row)
    }

    /// With a balancing account, posting an invoice settles it at once.
    pub fn payment_method(&mut self, code: &str, display_name: &str, balancing_account: Option<&str>) -> String {
        let mut row = self.row();
        row.set("code", code);
        row.set("displayName", display_name);
        row.set("balancingAccount", balancing_account.unwrap_or_default());
        self.put("paymentMethods", row)
    }

    pub fn account(&mut self, of: AccountSetup) -> String {
        let mut row = self.row();
        row.set("number", of.number);
        row.set("displayName", of.display_name);
        row.set("category", escape_member(&of.category));
        row.set("accountType", "Posting");
        row.set("directPosting", of.direct_posting);
        row.set("blocked", of.blocked);
        row.set("generalPostingType", of.general_posting_type);
        row.set("generalBusinessGroup", of.general_business_group);
        row.set("generalProductGroup", of.general_product_group);
        row.set("vatBusinessGroup", of.vat_business_group);
        row.set("vatProductGroup", of.vat_product_group);
        self.put("accounts", row)
    }

    pub fn bank_account(&mut self, of: BankAccountSetup) -> String {
        let mut row = self.row();
        row.set("number", of.number);
        row.set("displayName", of.display_name);
        row.set("bankAccountNumber", of.bank_account_number);
        row.set("iban", of.iban);
        row.set("currencyCode", of.currency);
        row.set("accountNumber", of.account_number);
        self.put("bankAccounts", row)
    }

    pub fn vat(&mut self, of: VatPosting) {
        self.posting().vat.insert((of.business_group.clone(), of.product_group.clone()), of);
    }

    pub fn general_posting(&mut self, of: GeneralPosting) {
        self.posting().general.insert((of.business_group.clone(), of.product_group.clone()), of);
    }

    pub fn customer_posting_group(&mut self, code: &str, receivables_account: &str) {
        self.posting().receivables.insert(code.into(), receivables_account.into());
    }

    /// Where realised exchange differences go.
    pub fn exchange_difference_accounts(&mut self, gains: &str, losses: &str) {
        self.posting().exchange_gains = gains.into();
        self.posting().exchange_losses = losses.into();
    }

    /// What customers created through the API get. `None`: nothing, so their invoices fail.
    pub fn customer_template(&mut self, groups: Option<CustomerGroups>) {
        self.posting().customer_template = groups;
    }

    pub fn number_series(&mut self, of: Series, series: NumberSeries) {
        self.company().set_series(of, series);
    }

    pub fn unit_of_measure(&mut self, code: &str, display_name: &str, international: &str) -> String {
        let mut row = self.row();
        row.set("code", code);
        row.set("displayName", display_name);
        row.set("internationalStandardCode", international);
        self.put("unitsOfMeasure", row)
    }

    /// A VAT product posting group, which the API shows as a tax group.
    pub fn tax_group(&mut self, code: &str, display_name: &str) -> String {
        self.tax("taxGroups", code, display_name)
    }

    /// A VAT business posting group, which the API shows as a tax area.
    pub fn tax_area(&mut self, code: &str, display_name: &str) -> String {
        self.tax("taxAreas", code, display_name)
    }

    pub fn country(&mut self, code: &str, display_name: &str) -> String {
        let mut row = self.row();
        row.set("code", code);
        row.set("displayName", display_name);
        row.set("addressFormat", "Post_x0020_Code_x002B_City");
        self.put("countriesRegions", row)
    }

    pub fn dimension(&mut self, code: &str, display_name: &str, values: &[(&str, &str)]) -> String {
        let mut row = self.row();
        row.set("code", code);
        row.set("displayName", display_name);
        let dimension = row.id;
        for (value, name) in values {
            let mut value_row = self.row();
            value_row.set("dimensionId", dimension);
            value_row.set("dimensionCode", code);
            value_row.set("code", *value);
            value_row.set("displayName", *name);
            self.put("dimensionValues", value_row);
        }
        self.put("dimensions", row)
    }

    pub fn item(&mut self, of: ItemSetup) -> String {
        let unit = self.id_of("unitsOfMeasure", "code", &of.unit_of_measure);
        let group = self.id_of("taxGroups", "code", &of.vat_product_group);
        let mut row = self.row();
        row.set("number", of.number);
        row.set("displayName", of.display_name);
        row.set("type", escape_member(if of.kind.is_empty() { "Service" } else { &of.kind }));
        row.set("unitPrice", of.unit_price);
        row.set("baseUnitOfMeasureCode", of.unit_of_measure);
        row.set("baseUnitOfMeasureId", unit);
        row.set("generalProductPostingGroupCode", of.general_product_group);
        row.set("taxGroupCode", of.vat_product_group);
        row.set("taxGroupId", group);
        self.put("items", row)
    }

    pub fn customer(&mut self, of: CustomerSetup) -> Document {
        let number = if of.number.is_empty() { self.company().next_number(Series::Customer) } else { of.number };
        let terms = self.id_of("paymentTerms", "code", &of.payment_terms);
        let method = self.id_of("paymentMethods", "code", &of.payment_method);
        let currency = if of.currency == self.company().currency { String::new() } else { of.currency };
        let currency_id = self.id_of("currencies", "code", &currency);
        let mut row = self.row();
        row.set("number", number.as_str());
        row.set("displayName", of.display_name);
        row.set("type", if of.person { "Person" } else { "Company" });
        row.set("addressLine1", of.address_line_1);
        row.set("addressLine2", of.address_line_2);
        row.set("city", of.city);
        row.set("postalCode", of.postal_code);
        row.set("country", of.country);
        row.set("phoneNumber", of.phone_number);
        row.set("email", of.email);
        row.set("taxRegistrationNumber", of.tax_registration_number);
        row.set("currencyCode", currency);
        row.set("currencyId", currency_id);
        row.set("paymentTermsId", terms);
        row.set("paymentMethodId", method);
        row.set("blocked", escape_member(&of.blocked));
        row.set("pricesIncludeTax", of.prices_include_tax);
        if let Some(groups) = of.groups {
            groups.apply(&mut row);
        }
        Document { id: self.put("customers", row), number }
    }

    /// A sales invoice that nobody has posted.
    pub fn draft_invoice(&mut self, of: SalesDocument) -> Result<Document, Fault> {
        sales::create(&mut self.work, DocumentKind::Invoice, of)
    }

    /// A sales invoice that was posted, with its G/L entries.
    pub fn posted_invoice(&mut self, of: SalesDocument) -> Result<Document, Fault> {
        let draft = sales::create(&mut self.work, DocumentKind::Invoice, of)?;
        self.post_invoice(&draft.id)
    }

    /// Posts a draft, as a person would in Business Central.
    pub fn post_invoice(&mut self, id: &str) -> Result<Document, Fault> {
        sales::post(&mut self.work, DocumentKind::Invoice, Guid::parse(id).unwrap_or_default())
    }

    /// Releases a draft: it shows `Open` while it is still unposted.
    pub fn release_invoice(&mut self, id: &str) -> Result<(), Fault> {
        sales::release(&mut self.work, DocumentKind::Invoice, Guid::parse(id).unwrap_or_default())
    }

    pub fn draft_credit_memo(&mut self, of: SalesDocument) -> Result<Document, Fault> {
        sales::create(&mut self.work, DocumentKind::CreditMemo, of)
    }

    pub fn posted_credit_memo(&mut self, of: SalesDocument) -> Result<Document, Fault> {
        let draft = sales::create(&mut self.work, DocumentKind::CreditMemo, of)?;
        self.post_credit_memo(&draft.id)
    }

    pub fn post_credit_memo(&mut self, id: &str) -> Result<Document, Fault> {
        sales::post(&mut self.work, DocumentKind::CreditMemo, Guid::parse(id).unwrap_or_default())
    }

    /// Cancels a posted invoice: a corrective credit memo settles it.
    pub fn cancel_invoice(&mut self, id: &str) -> Result<Document, Fault> {
        copies::cancel(&mut self.work, Guid::parse(id).unwrap_or_default())
    }

    /// Ships and invoices an order; the invoice has a fresh id, the order is gone.
    pub fn post_order(&mut self, id: &str) -> Result<Document, Fault> {
        copies::ship_and_invoice(&mut self.work, Guid::parse(id).unwrap_or_default())
    }

    /// Gives a customer recurring sales lines: a new document for it would ask the user something.
    pub fn recurring_sales_lines(&mut self, customer: &str) {
        if let Some(mut row) = self.work.find("customers", "number", customer).cloned() {
            row.set("recurringSalesLines", true);
            self.work.put("customers", row);
        }
    }

    /// Numbers of a country's customers must then have one of its formats: `#` a digit, `@` a letter.
    pub fn tax_number_format(&mut self, country: &str, format: &str) {
        self.posting().tax_number_formats.push((country.into(), format.into()));
    }

    /// Somebody asks for approval of a draft: it shows `In Review`.
    pub fn request_approval(&mut self, id: &str) -> Result<(), Fault> {
        sales::request_approval(&mut self.work, DocumentKind::Invoice, Guid::parse(id).unwrap_or_default())
    }

    /// Posting then needs an external document number.
    pub fn external_document_number_mandatory(&mut self, mandatory: bool) {
        self.posting().external_number_mandatory = mandatory;
    }

    /// Money from a customer, posted at once and applied when it names an invoice.
    pub fn receipt(&mut self, of: Receipt) -> Result<(), Fault> {
        journals::receipt(&mut self.work, of)
    }

    pub fn journal_batch(&mut self, of: JournalBatch) -> String {
        let account = self.id_of("accounts", "number", &of.balancing_account);
        let mut row = self.row();
        row.set("code", of.code);
        row.set("displayName", of.display_name);
        row.set("postingSeries", of.posting_series);
        row.set("templateDisplayName", if of.cash_receipts { CASH_RECEIPTS } else { GENERAL });
        if of.balancing_bank_account.is_empty() {
            row.set("balanceAccountType", "G_x002F_L_x0020_Account");
            row.set("balancingAccountId", account);
            row.set("balancingAccountNumber", of.balancing_account);
        } else {
            row.set("balanceAccountType", "Bank_x0020_Account");
            row.set("balancingAccountNumber", of.balancing_bank_account);
        }
        self.put("journalBatches", row)
    }

    /// Posts every line of a batch, as a person would in Business Central.
    pub fn post_journal(&mut self, batch: &str) -> Result<(), Fault> {
        journals::post(&mut self.work, Guid::parse(batch).unwrap_or_default())
    }

    /// Applies a customer's open credit (a payment, a credit memo) to an open debit, by hand.
    pub fn apply(&mut self, credit_document: &str, debit_document: &str, date: NaiveDate) -> Result<(), Fault> {
        journals::apply(&mut self.work, credit_document, debit_document, date)
    }

    fn tax(&mut self, table: &'static str, code: &str, display_name: &str) -> String {
        let mut row = self.row();
        row.set("code", code);
        row.set("displayName", display_name);
        row.set("taxType", "VAT");
        self.put(table, row)
    }

    fn company(&mut self) -> &mut Company {
        self.work.company
    }

    fn posting(&mut self) -> &mut PostingSetup {
        &mut self.work.company.posting
    }

    fn row(&mut self) -> Record {
        self.work.new_record()
    }

    fn put(&mut self, table: &'static str, row: Record) -> String {
        let id = row.id.to_string();
        self.work.put(table, row);
        id
    }

    fn id_of(&self, table: &'static str, property: &'static str, wanted: &str) -> Guid {
        if wanted.is_empty() {
            return Guid::default();
        }
        self.work.company.store.find(table, property, &Value::from(wanted)).map(|row| row.id).unwrap_or_default()
    }
}
