//! The plain records that [`super::setup::Setup`] takes and gives.

use super::record::Record;
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// A new company in an environment.
#[derive(Clone, Debug)]
pub struct CompanySetup {
    pub id: Option<String>,
    pub name: String,
    pub display_name: String,
    /// The local currency (LCY), such as `DKK`. It needs no row in `currencies`.
    pub currency: String,
    /// Decimals of the local currency.
    pub decimals: u32,
    pub time_zone: chrono_tz::Tz,
}

#[derive(Clone, Debug, Default)]
pub struct CompanyInformation {
    pub display_name: String,
    pub address_line_1: String,
    pub city: String,
    pub postal_code: String,
    pub country: String,
    pub phone_number: String,
    pub email: String,
    pub website: String,
    pub tax_registration_number: String,
    pub fiscal_year_start: Option<NaiveDate>,
}

#[derive(Clone, Debug, Default)]
pub struct CurrencySetup {
    pub code: String,
    pub display_name: String,
    pub symbol: String,
    /// 2 for EUR, 0 for JPY, 3 for KWD.
    pub decimals: u32,
}

#[derive(Clone, Debug, Default)]
pub struct AccountSetup {
    pub number: String,
    pub display_name: String,
    /// `Assets`, `Liabilities`, `Equity`, `Income`, `Cost of Goods Sold`, `Expense` or empty.
    pub category: String,
    pub direct_posting: bool,
    pub blocked: bool,
    /// Empty, `Purchase` or `Sale`: whether a journal line on the account makes VAT.
    pub general_posting_type: String,
    pub general_business_group: String,
    pub general_product_group: String,
    pub vat_business_group: String,
    pub vat_product_group: String,
}

#[derive(Clone, Debug, Default)]
pub struct BankAccountSetup {
    pub number: String,
    pub display_name: String,
    pub bank_account_number: String,
    pub iban: String,
    /// Empty is the local currency.
    pub currency: String,
    /// The G/L account of its posting group.
    pub account_number: String,
}

/// One cell of the VAT posting set-up: business group × product group.
#[derive(Clone, Debug, Default)]
pub struct VatPosting {
    pub business_group: String,
    pub product_group: String,
    /// What reading `taxCode` gives; documents sum their VAT by it.
    pub identifier: String,
    /// In per cent: 25 for Danish VAT.
    pub rate: Decimal,
    /// The buyer accounts for the VAT: sales carry none, purchases carry both sides.
    pub reverse_charge: bool,
    pub sales_account: String,
    pub purchase_account: String,
    pub reverse_account: String,
}

/// One cell of the general posting set-up: where revenue goes.
#[derive(Clone, Debug, Default)]
pub struct GeneralPosting {
    pub business_group: String,
    pub product_group: String,
    pub sales_account: String,
    pub credit_memo_account: String,
}

/// The posting groups that a customer needs before anything can be sold to it.
#[derive(Clone, Debug, Default)]
pub struct CustomerGroups {
    pub general_business_group: String,
    pub vat_business_group: String,
    pub customer_posting_group: String,
}

#[derive(Clone, Debug, Default)]
pub struct CustomerSetup {
    /// Empty: the next of the series.
    pub number: String,
    pub display_name: String,
    pub person: bool,
    pub address_line_1: String,
    pub address_line_2: String,
    pub city: String,
    pub postal_code: String,
    pub country: String,
    pub phone_number: String,
    pub email: String,
    pub tax_registration_number: String,
    /// Empty is the local currency.
    pub currency: String,
    pub payment_terms: String,
    pub payment_method: String,
    /// Empty, `Ship`, `Invoice` or `All`.
    pub blocked: String,
    pub prices_include_tax: bool,
    /// `None`: a customer that cannot be invoiced yet.
    pub groups: Option<CustomerGroups>,
}

#[derive(Clone, Debug, Default)]
pub struct ItemSetup {
    pub number: String,
    pub display_name: String,
    /// `Inventory`, `Service` or `Non-Inventory`.
    pub kind: String,
    pub unit_price: Decimal,
    pub unit_of_measure: String,
    pub general_product_group: String,
    pub vat_product_group: String,
}

#[derive(Clone, Debug, Default)]
pub struct NumberSeries {
    /// The number before the first one to be given: `CS-0000` gives `CS-0001` first.
    pub last_used: String,
    pub manual_allowed: bool,
}

/// What a sales line sells.
#[derive(Clone, Debug)]
pub enum Sold {
    Comment,
    Account(String),
    Item(String),
}

#[derive(Clone, Debug)]
pub struct SalesLine {
    pub sold: Sold,
    pub description: String,
    pub quantity: Decimal,
    /// `None`: the item's price.
    pub unit_price: Option<Decimal>,
    pub discount_percent: Decimal,
    /// `None`: the product group of the item or account.
    pub vat_product_group: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct SalesDocument {
    pub customer: String,
    pub external_document_number: String,
    /// `customerPurchaseOrderReference`, which keeps its case.
    pub your_reference: String,
    pub invoice_date: Option<NaiveDate>,
    pub posting_date: Option<NaiveDate>,
    pub due_date: Option<NaiveDate>,
    /// `None`: the customer's currency.
    pub currency: Option<String>,
    pub lines: Vec<SalesLine>,
}

/// A document made by [`Setup`] or by posting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub id: String,
    pub number: String,
}

#[derive(Clone, Debug)]
pub struct Receipt {
    pub customer: String,
    /// In the customer's currency, positive for money that came in.
    pub amount: Decimal,
    /// Number of a posted invoice, or empty.
    pub applies_to: String,
    pub document_number: String,
    pub description: String,
    pub posting_date: NaiveDate,
    /// A G/L account that takes the money.
    pub account: String,
}

#[derive(Clone, Debug, Default)]
pub struct JournalBatch {
    pub code: String,
    pub display_name: String,
    pub cash_receipts: bool,
    /// A G/L account, a bank account, or neither.
    pub balancing_account: String,
    pub balancing_bank_account: String,
    /// The last number of its *Posting No. Series*. Posting replaces our document numbers by the next ones.
    pub posting_series: String,
}

impl CustomerGroups {
    pub(super) fn apply(&self, customer: &mut Record) {
        customer.set("generalBusinessGroup", self.general_business_group.as_str());
        customer.set("vatBusinessGroup", self.vat_business_group.as_str());
        customer.set("customerPostingGroup", self.customer_posting_group.as_str());
    }
}
