//! The choices of a book, and their rehearsal.

use super::*;

wire! {
    struct Choices {
        pub chosen: BookChoices,
        pub offered: Offered,
    }
    /// All that a person may choose; saved whole, as a new version of the settings.
    struct BookChoices {
        /// By the VAT zone of the line.
        pub domestic: SoldTo,
        pub eu: SoldTo,
        /// Without an account: as goods.
        pub eu_services: SoldTo,
        pub export: SoldTo,
        pub export_services: SoldTo,
        /// Without an account: nobody has chosen.
        pub exempt: SoldTo,
        /// Account number; takes differences of a smallest unit, without VAT.
        pub rounding: String,
        /// The metadata key of a product that holds an item number; empty for none.
        pub product_key: String,
        pub products: Vec<ProductChoice>,
        /// Number of the item that new items are made like; empty: none are made.
        pub new_item_like: String,
        /// Per cent.
        pub home_rate: String,
        pub more_rates: Vec<String>,
        pub untaxed: Untaxed,
        /// Things rather than services.
        pub goods: bool,
        pub oss: Vec<OssChoice>,
        /// What identifies a customer, the strongest first.
        pub identify_by: Vec<IdentifyBy>,
        pub unknown: UnknownCustomer,
        /// The ledger gives new customers abroad their own VAT groups.
        pub new_abroad: bool,
        pub generic: Vec<GenericChoice>,
        /// No payment method of the ledger settles an invoice by itself.
        pub terms_confirmed: bool,
        /// Nothing dated before it is ever proposed.
        pub start: String,
        /// Such as `Europe/Copenhagen`.
        pub zone: String,
        pub draft_when: DraftWhen,
        pub vat_reported_until: Option<String>,
        pub own_until: Option<String>,
        /// The last day of the years that are closed.
        pub year_until: Option<String>,
        pub late: Late,
        pub late_reason: String,
        pub keys: Vec<CarriedKey>,
        pub dimensions: Vec<DimensionChoice>,
        pub number_in_lines: bool,
        pub ledger_number_in_stripe: bool,
    }
    struct SoldTo {
        pub account: String,
        /// The ledger's code for the VAT of the line; empty: the account's own.
        pub tax_code: String,
    }
    struct ProductChoice {
        /// Stripe's id.
        pub product: String,
        /// Empty: not linked.
        pub number: String,
        pub kind: TargetKind,
        /// `None`: as the book says.
        pub goods: Option<bool>,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum TargetKind { Item, Account }
    struct OssChoice {
        /// Two letters.
        pub country: String,
        pub rates: Vec<String>,
        pub to: SoldTo,
    }
    /// What prices without any tax, sold at home, contain.
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum Untaxed { Ask, HomeRate, NoVat }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum IdentifyBy { VatNumber, LedgerNumber, Ean, EmailAndName }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum UnknownCustomer { NewCustomer, Generic, Ask }
    struct GenericChoice {
        pub currency: String,
        pub zone: GuestZone,
        /// The customer's number in the ledger.
        pub number: String,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum GuestZone { Home, Oss, Export }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum DraftWhen { Finalized, Sent, Paid }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum Late { FirstOpenDay, Reopen }
    struct CarriedKey {
        pub key: String,
        pub to: CarriedTo,
        /// The dimension, when it goes to one; else empty.
        pub dimension: String,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum CarriedTo { YourReference, Comment, Dimension }
    struct DimensionChoice {
        pub code: String,
        pub value: String,
    }
    /// What there is to choose from.
    struct Offered {
        /// Ledger accounts that a line may book to.
        pub accounts: Vec<Named>,
        pub tax_codes: Vec<Named>,
        pub items: Vec<Named>,
        pub products: Vec<ProductSeen>,
        pub dimensions: Vec<DimensionSeen>,
        pub zones: Vec<String>,
        /// Something was written: the calendar may not change under it.
        pub zone_fixed: bool,
        /// The ledger's own lock: nothing is posted on that day or before.
        pub ledger_until: Option<String>,
        /// The last day the ledger takes postings on.
        pub ledger_to: Option<String>,
        pub currency: String,
        pub currencies: Vec<String>,
        /// Names of the customers that guests are booked on, by number.
        pub generic_names: Vec<Named>,
        pub terms_confirmed: Option<SaidBy>,
        /// Keys that the invoices of the mirror carry.
        pub metadata_keys: Vec<String>,
        pub version: u32,
    }
    struct Named {
        pub number: String,
        pub name: String,
    }
    struct ProductSeen {
        pub id: String,
        pub name: String,
        /// What its metadata says, under the chosen key.
        pub says: Option<String>,
    }
    struct DimensionSeen {
        pub code: String,
        pub name: String,
        pub values: Vec<String>,
    }
    struct SaidBy {
        pub who: String,
        pub at: String,
    }

    struct Rehearse {
        pub choices: BookChoices,
        /// Of rows of Review; the newest invoices when none is given.
        pub keys: Vec<String>,
    }
    struct Rehearsal {
        /// Invented, one of each kind.
        pub samples: Vec<Rehearsed>,
        /// In the order they were chosen; else the newest first.
        pub real: Vec<Rehearsed>,
        /// Keys that one rehearsal takes.
        pub most: u32,
    }
    struct Rehearsed {
        pub key: String,
        /// Which sample: `domestic`, `reverse_charge`, …; none for a real one.
        pub sample: Option<String>,
        pub left: Cell,
        /// What would be written.
        pub paper: Option<Paper>,
        /// What the ledger has of it already.
        pub found: Option<Cell>,
        pub no_draft: Option<NoDraft>,
    }
}
