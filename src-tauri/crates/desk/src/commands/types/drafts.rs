//! Drafts, the basket, and how it was written.

use super::*;

wire! {
    struct DraftWindow {
        pub anchor: Anchor,
        pub before: u32,
        pub after: u32,
    }
    struct DraftRows {
        #[ts(type = "number")]
        pub revision: u64,
        pub total: u32,
        pub signed: u32,
        pub first: u32,
        pub rows: Vec<DraftRow>,
    }
    struct DraftRow {
        pub id: String,
        /// Key of the row of Review it belongs to.
        pub row: String,
        pub kind: DraftKind,
        pub number: String,
        pub name: String,
        pub amount: Option<Amount>,
        pub state: RowState,
        pub waits: Option<Waits>,
        pub initials: Option<String>,
        pub at: Option<String>,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum DraftKind { Customer, Item, SalesInvoice, CreditMemo, StripeKeys }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum Waits { Customer, Item, Document, Posting }
    struct DraftKey {
        pub id: String,
    }
    struct DraftPaper {
        pub row: DraftRow,
        pub paper: Paper,
        pub request: RequestView,
        pub fingerprint: String,
        pub short_fingerprint: String,
        /// What a signature under its row binds to; of a new customer or item, which has no row of Review, of itself.
        pub row_fingerprint: String,
        pub looked_at: u32,
        /// Accounts and items on which the ledger's VAT for this customer cannot be seen before it is written.
        pub unseen: Vec<String>,
        /// Old against new, when a source changed or the document was altered over there.
        pub differences: Vec<Difference>,
        /// Over there, as last seen.
        pub posted: bool,
        pub refusal: Option<RefusalView>,
        /// All drafts of the row, in the order they are written.
        pub chain: Vec<DraftRow>,
    }
    struct Difference {
        /// A code: `due_date`, `unit_price`, `period`, …
        pub field: String,
        /// From 1, when it is a field of a line.
        pub line: Option<u32>,
        pub old: String,
        pub new: String,
    }
    struct RefusalView {
        pub status: u16,
        pub code: String,
        pub words: String,
        pub reference: Option<String>,
    }
    struct Paper {
        pub kind: DraftKind,
        /// Name first, then the lines beneath it.
        pub party: Vec<String>,
        pub customer_number: Option<String>,
        /// The customer is a draft of its own, written first.
        pub customer_is_new: bool,
        pub vat_number: Option<String>,
        pub invoice_date: Option<String>,
        /// The day that it counts on: another than its own, where its period is locked.
        pub posting_date: Option<String>,
        pub due_date: Option<String>,
        pub stripe_number: Option<String>,
        /// Number of the posted invoice that a credit memo lowers.
        pub applies_to: Option<String>,
        pub lines: Vec<PaperLine>,
        pub notes: Vec<String>,
        pub totals: Option<Totals>,
        /// Keys and values, for a write that is no document.
        pub values: Vec<KeyValue>,
    }
    struct PaperLine {
        pub description: String,
        pub account: Option<String>,
        pub item: Option<String>,
        /// The item is a draft of its own, written first.
        pub item_is_new: bool,
        /// None: the account's or item's own.
        pub tax_code: Option<String>,
        pub discount: Option<String>,
        pub quantity: String,
        pub unit_price: String,
        pub vat_rate: String,
        pub amount: Amount,
    }
    struct Totals {
        pub net: Amount,
        pub vat: Vec<VatLine>,
        /// As the ledger computes it.
        pub before_rounding: Amount,
        pub rounding: Option<Amount>,
        /// The account of the rounding line.
        pub rounding_on: Option<String>,
        pub total: Amount,
        pub stripe_vat: Amount,
        pub ledger_vat: Amount,
        pub stripe: Amount,
        pub ledger: Amount,
        pub difference: Amount,
    }
    struct VatLine {
        pub rate: String,
        /// `domestic`, `eu_goods`, `eu_services`, `oss`, `export_goods`, `export_services`, `exempt`.
        pub zone: String,
        pub amount: Amount,
    }
    struct KeyValue {
        pub key: String,
        pub value: String,
        /// The value is born when that draft is written.
        pub hole: bool,
    }
    struct RequestView {
        pub side: Side,
        /// `Business Central`, `Stripe`.
        pub system: String,
        pub environment: String,
        pub method: String,
        pub path: String,
        pub content_type: String,
        pub bytes: u32,
        /// Complete, broken into lines for the eye; holes in ‹›.
        pub body: String,
    }
    struct Basket {
        #[ts(type = "number")]
        pub revision: u64,
        pub rows: u32,
        pub drafts: u32,
        pub conflicts: u32,
        /// Of the documents, by currency, the book's own first.
        pub sums: Vec<Amount>,
        pub groups: Vec<BasketGroup>,
    }
    struct BasketGroup {
        pub side: Side,
        pub system: String,
        pub requests: u32,
        pub customers: u32,
        pub items: u32,
        pub documents: u32,
        pub rows: Vec<DraftRow>,
        /// How many more than `rows`.
        pub more: u32,
    }
}
