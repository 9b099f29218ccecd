//! Customers of both sides, and who is taken for whom.

use super::*;

wire! {
    struct CustomersQuery {
        pub search: String,
        pub unclear_only: bool,
        pub first: u32,
        pub limit: u32,
    }
    struct CustomerRows {
        #[ts(type = "number")]
        pub revision: u64,
        pub total: u32,
        pub unclear: u32,
        pub rows: Vec<CustomerRow>,
    }
    struct CustomerRow {
        /// Stripe's id.
        pub key: String,
        pub stripe: CustomerCard,
        pub invoices: u32,
        pub state: CustomerState,
        /// Who it is taken for.
        pub ledger: Option<CustomerCard>,
        /// What both have in common, the strongest first.
        pub evidence: Vec<Identity>,
        /// Other Stripe customers that are the same party.
        pub same_party: Vec<String>,
        /// Other customers of the ledger that have something in common with it.
        pub near: u32,
        /// Fields that differ: shown, never written.
        pub differs: Vec<CustomerField>,
        pub said: Option<SaidBy>,
        /// What was said of the VAT of its lines.
        pub vat: Vec<VatSaid>,
    }
    struct VatSaid {
        /// Stripe's product; empty for lines without one.
        pub product: String,
        pub name: String,
        /// Why it was asked: `zero_rated`, `not_collecting`, …
        pub unclear: String,
        pub answer: VatAnswer,
        pub said: SaidBy,
    }
    struct ForgetVat {
        /// Stripe's customer.
        pub key: String,
        pub product: String,
        pub unclear: String,
    }
    struct CustomerCard {
        /// Of the ledger: its number; of Stripe: its id.
        pub number: String,
        pub name: String,
        pub street: String,
        pub place: String,
        pub country: String,
        pub vat: String,
        pub email: String,
        pub blocked: bool,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq, PartialOrd, Ord)]
    enum CustomerState { Unclear, Unknown, New, Found, Made, Linked }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum Identity { VatNumber, LedgerNumber, Ean, Email, NameAndPostcode, SharedMailbox, Name, OtherVatNumber }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum CustomerField { Name, Street, Place, Country, Vat, Email }
    struct CustomerCandidatesOf {
        /// Stripe's id.
        pub key: String,
        /// Empty: those that have something in common.
        pub search: String,
    }
    struct CustomerCandidates {
        pub rows: Vec<CustomerCandidate>,
        /// How many more than `rows`.
        pub more: u32,
    }
    struct CustomerCandidate {
        /// The ledger's id.
        pub id: String,
        pub card: CustomerCard,
        pub evidence: Vec<Identity>,
        pub differs: Vec<CustomerField>,
        pub chosen: bool,
    }
    struct LinkCustomer {
        /// Stripe's id.
        pub key: String,
        pub to: LinkTo,
    }
    #[serde(rename_all = "snake_case", tag = "to")]
    enum LinkTo { Customer { id: String }, New {}, Nothing {} }
    /// The row whose VAT a person decides.
    struct DecideVat {
        pub key: String,
        pub answer: VatAnswer,
    }
}
