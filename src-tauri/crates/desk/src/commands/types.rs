//! What crosses between the desk and its faces. Amounts are decimal text with a
//! currency, dates are `YYYY-MM-DD`, instants RFC 3339 in UTC.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::declare;

/// Declares the types in order and remembers them all for the page.
macro_rules! wire {
    ($($(#[$meta:meta])* $kind:ident $name:ident { $($body:tt)* })*) => {
        $(
            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
            #[serde(deny_unknown_fields)]
            $(#[$meta])*
            pub $kind $name { $($body)* }
        )*

        pub(super) fn declarations() -> Vec<String> {
            vec![$(declare::<$name>()),*]
        }
    };
}

wire! {
    struct Nothing {}

    // ---- values

    /// `{"amount":"1250.00","currency":"DKK"}`, with exactly the currency's decimals.
    struct Amount {
        pub amount: String,
        pub currency: String,
    }

    // ---- the frame

    struct Overview {
        #[ts(type = "number")]
        pub revision: u64,
        pub person: Option<Person>,
        pub book: Option<BookHead>,
        /// Books found in the data folder, newest first.
        pub books: Vec<KnownBook>,
        /// BCP 47, from the system.
        pub locale: String,
        pub version: String,
    }
    struct Person {
        pub name: String,
        pub initials: String,
    }
    struct Introduce {
        pub name: String,
        pub initials: String,
    }
    struct KnownBook {
        pub path: String,
        pub name: String,
        pub mode: Mode,
        /// The Stripe account and the ledger's company, where they are known.
        pub account: Option<String>,
        pub company: Option<String>,
        pub changed_at: Option<String>,
        pub open: bool,
        /// Why it cannot be opened; then only its path is known.
        pub problem: Option<super::Problem>,
    }
    struct NewBook {
        pub name: String,
    }
    struct OpenBook {
        pub path: String,
    }
    struct Books {
        /// Where new ones are made.
        pub folder: String,
        pub books: Vec<KnownBook>,
        /// What a copy of the open book would be called.
        pub copy: Option<String>,
    }
    struct RenameBook {
        pub name: String,
    }
    struct SaveCopy {
        pub path: String,
    }
    struct SavedCopy {
        pub path: String,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum Mode { Demo, Test, Live }
    struct BookHead {
        pub id: String,
        pub name: String,
        pub mode: Mode,
        /// Such as `Business Central`: a name, not a sentence.
        pub ledger_name: String,
        pub company: Option<String>,
        pub stripe: Connection,
        pub ledger: Connection,
        pub counts: Counts,
        /// Newest first, `2026-11`.
        pub months: Vec<Month>,
        /// Hosts this book talks to, and nobody else.
        pub hosts: Vec<String>,
        /// The last write, if any.
        pub last_write: Option<String>,
        pub stripe_reads: Reads,
    }
    /// Questions to Stripe in thirty days: by this book, and what every account is allowed at least.
    struct Reads {
        pub used: u32,
        pub allowed: u32,
    }
    struct Connection {
        pub state: ConnectionState,
        /// Account or company and user, for the eye.
        pub name: Option<String>,
        pub fetched_at: Option<String>,
        pub problem: Option<String>,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum ConnectionState { None, Connected, SignInAgain, Disconnected }
    struct Counts {
        pub review: u32,
        pub drafts: u32,
        pub payouts: u32,
        pub unexplained: u32,
        pub billing: u32,
        pub customers: u32,
    }
    struct Month {
        pub month: String,
        pub rows: u32,
    }

    // ---- connecting

    struct StripeKey {
        pub key: String,
        /// Keep it only until the program ends, when the keychain cannot be reached.
        pub session_only: bool,
    }
    struct StripeCheck {
        pub account: Option<StripeAccount>,
        pub mode: Mode,
        /// First and last characters only: `rk_live_…4q7T`.
        pub hint: String,
        pub permissions: Vec<Permission>,
        pub keychain: Keychain,
        pub checked_at: String,
    }
    struct StripeAccount {
        pub name: String,
        pub country: String,
        pub currency: String,
    }
    struct Permission {
        pub what: Resource,
        pub granted: Granted,
        pub needed: Granted,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq, PartialOrd, Ord)]
    enum Resource { Account, Balance, Charges, Invoices, CreditNotes, Customers, Payouts, Refunds, Disputes, Products, Subscriptions, Events, CheckoutSessions }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum Granted { No, Read, ReadWrite }
    struct Keychain {
        /// Such as `GNOME Keyring`.
        pub name: String,
        pub state: KeychainState,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum KeychainState { Unlocked, Locked, Missing, Unavailable, SessionOnly }
    struct BeginSignin {
        /// Empty: the address of any organisation.
        pub tenant: String,
        /// Empty: the one the program is built with.
        pub client_id: String,
    }
    /// How a sign-in to the ledger is renewed.
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq, Default)]
    enum LedgerWay {
        #[default]
        Browser,
        Device,
        Application,
    }
    /// An application that signs in as itself.
    struct ApplicationSecret {
        pub tenant: String,
        pub client_id: String,
        pub secret: String,
    }
    /// A Connect platform of the person's own.
    struct BeginPlatform {
        pub client_id: String,
        /// Its secret key.
        pub key: String,
        /// As it is registered there; empty: this computer's usual one.
        pub redirect: String,
        pub session_only: bool,
    }
    /// The address at which the browser ended, when it cannot come back by itself.
    struct HandAnswer {
        pub address: String,
    }
    struct SigninStatus {
        pub state: SigninState,
        /// What may be opened by hand when no browser comes up.
        pub url: Option<String>,
        /// To be typed on a page, anywhere.
        pub device: Option<DeviceCode>,
        /// The browser ends at a page elsewhere, whose address is to be handed over.
        pub hand: bool,
        pub environments: Vec<Environment>,
        pub problem: Option<super::Problem>,
    }
    struct DeviceCode {
        pub code: String,
        pub page: String,
        pub expires_at: String,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum SigninState { None, Waiting, SignedIn, Failed }
    struct Environment {
        pub name: String,
        pub production: bool,
        pub country: String,
    }
    struct EnvironmentName {
        pub environment: String,
    }
    struct Companies {
        pub companies: Vec<Company>,
    }
    struct Company {
        pub id: String,
        pub name: String,
    }
    struct ChooseCompany {
        pub environment: String,
        pub company: String,
    }

    // ---- connections

    struct Connections {
        pub stripe: Option<StripeHealth>,
        pub ledger: Option<LedgerHealth>,
        pub keychain: Keychain,
        /// Another book on this computer with the same company and another Stripe account.
        pub shared_with: Option<String>,
    }
    struct StripeHealth {
        pub state: ConnectionState,
        pub name: String,
        /// `acct_…`, when the key may say it.
        pub account: Option<String>,
        pub mode: Mode,
        pub hint: String,
        /// Client id of the person's own platform, when it is reached through one.
        pub platform: Option<String>,
        pub since: Option<String>,
        pub answered_at: Option<String>,
        /// As last checked since the program started.
        pub permissions: Vec<Permission>,
        pub key_kept: bool,
    }
    struct LedgerHealth {
        pub state: ConnectionState,
        pub company: Option<String>,
        pub environment: Option<String>,
        pub sandbox: bool,
        pub tenant: String,
        pub client_id: String,
        pub user: Option<String>,
        pub way: LedgerWay,
        pub since: Option<String>,
        pub answered_at: Option<String>,
        pub token_kept: bool,
    }
    struct OfSide {
        pub side: Side,
    }
    struct Disconnect {
        pub side: Side,
        /// Forget the secrets here even when the other side cannot be told.
        pub anyway: bool,
    }

    // ---- what leaves this computer

    struct Traffic {
        pub hosts: Vec<HostTraffic>,
        /// The newest requests, newest first.
        pub last: Vec<TrafficLine>,
        pub since: String,
    }
    struct HostTraffic {
        pub host: String,
        pub role: HostRole,
        pub requests: u32,
        pub endpoints: Vec<EndpointTraffic>,
    }
    /// What a host is for.
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq, PartialOrd, Ord)]
    enum HostRole { Stripe, StripeSignIn, Ledger, LedgerSignIn, Demo, Unknown }
    struct EndpointTraffic {
        pub method: String,
        /// A template: ids and names left out.
        pub path: String,
        pub sent: u32,
        /// Answered with a refusal.
        pub failed: u32,
        /// Without an answer.
        pub lost: u32,
    }
    struct TrafficLine {
        pub at: String,
        pub host: String,
        pub method: String,
        pub path: String,
        /// None when no whole answer came.
        pub status: Option<u16>,
    }

    // ---- choices

    struct Choices {
        pub chosen: BookChoices,
        pub offered: Offered,
    }
    /// All that a person may choose; saved whole, as a new version of the settings.
    struct BookChoices {
        /// By the VAT zone of the line.
        pub domestic: SoldTo,
        pub eu: SoldTo,
        pub export: SoldTo,
        pub exempt: SoldTo,
        /// Account number; takes differences of a smallest unit, without VAT.
        pub rounding: String,
        /// The metadata key of a product that holds an item number; empty for none.
        pub product_key: String,
        pub products: Vec<ProductChoice>,
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

    // ---- the rehearsal of choices

    struct Rehearsal {
        /// Invented, one of each kind.
        pub samples: Vec<Rehearsed>,
        /// The newest of the mirror.
        pub real: Vec<Rehearsed>,
    }
    struct Rehearsed {
        /// Which sample: `domestic`, `reverse_charge`, …; none for a real one.
        pub sample: Option<String>,
        pub left: Cell,
        /// What would be written.
        pub paper: Option<Paper>,
        /// What the ledger has of it already.
        pub found: Option<Cell>,
        pub no_draft: Option<NoDraft>,
    }

    // ---- customers

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

    // ---- answers

    /// What the VAT of a line is that Stripe leaves open.
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum VatAnswer { Exempt, NoVat, ExportGoods, ExportServices }

    // ---- long work

    struct Progress {
        pub fetch: Option<FetchProgress>,
        pub write: Option<WriteProgress>,
        #[ts(type = "number")]
        pub revision: u64,
    }
    struct FetchProgress {
        pub running: bool,
        pub side: Side,
        /// `invoices`, `customers`, …: a code of what is being read.
        pub what: String,
        pub step: u32,
        pub steps: u32,
        pub pages: u32,
        pub rows: u32,
        pub requests: u32,
        pub problem: Option<super::Problem>,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum Side { Stripe, Ledger }
    struct WriteProgress {
        pub running: bool,
        pub total: u32,
        pub confirmed: u32,
        pub waiting: u32,
        pub not_sent: u32,
        pub unknown: u32,
        pub refused: u32,
        pub problem: Option<super::Problem>,
    }
    struct Stop {
        pub what: LongWork,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum LongWork { Fetch, Write }

    // ---- review

    struct ReviewQuery {
        pub bucket: Bucket,
        /// `2026-11`, or none for all.
        pub month: Option<String>,
        pub search: String,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum Bucket { All, Exact, Strong, New, Choose, Unexplained, Countersigned, Written, Unknown }
    struct ReviewWindow {
        pub query: ReviewQuery,
        pub anchor: Anchor,
        pub before: u32,
        pub after: u32,
    }
    #[serde(rename_all = "snake_case", tag = "at")]
    enum Anchor { Start {}, Row { key: String }, Index { index: u32 } }
    struct ReviewRows {
        #[ts(type = "number")]
        pub revision: u64,
        pub total: u32,
        /// Index of the first row of this window.
        pub first: u32,
        pub rows: Vec<ReviewRow>,
        pub buckets: Vec<BucketCount>,
    }
    struct BucketCount {
        pub bucket: Bucket,
        pub count: u32,
    }
    struct ReviewRow {
        pub key: String,
        pub kind: RowKind,
        /// The number of the invoice or payment that it takes back.
        pub of: Option<String>,
        /// Of all drafts of the row together: what a signature would bind to.
        pub fingerprint: String,
        pub state: RowState,
        pub class: Class,
        pub left: Cell,
        pub right: Option<Cell>,
        pub right_kind: RightKind,
        /// Always reference, amount, party, date, currency; empty when there is no candidate.
        pub evidence: Vec<Chip>,
        /// Ledger documents that were looked at.
        pub looked_at: u32,
        /// Candidates that fit, when a person must choose.
        pub choices: u32,
        pub found_by: FoundBy,
        /// Why no draft can be made, if so: a code of `NoDraft` with its values.
        pub no_draft: Option<NoDraft>,
        pub initials: Option<String>,
        /// When the state came about.
        pub at: Option<String>,
        /// The ledger's own words on a refused row.
        pub words: Option<String>,
        /// Why a person said no.
        pub declined: Option<DeclineReason>,
        /// The first thing that differs, of a row that is stale or altered.
        pub changed: Option<Difference>,
        /// Of a document that was altered over there: whether it is posted.
        pub posted: bool,
    }
    /// What of Stripe's a row is about.
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq, Default)]
    enum RowKind {
        #[default]
        Invoice,
        /// The end of an invoice that the ledger has.
        Void,
        CreditNote,
        /// Money given back, of which no credit note tells.
        Refund,
        /// A sale through a checkout or a payment link, without an invoice.
        Checkout,
        /// Money that came in without an invoice, of which nothing says what was sold.
        Payment,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum RowState { Open, Countersigned, Sending, Written, Posted, Altered, Deleted, Unknown, Refused, Stale, Declined }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum Class { Exact, Strong, New, Choose, Unexplained, Settled }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum RightKind { Document, Draft, Several, Nothing }
    struct Cell {
        pub date: String,
        pub number: String,
        pub name: String,
        pub amount: Amount,
    }
    struct Chip {
        pub what: What,
        pub verdict: Verdict,
        pub word: Word,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum What { Reference, Amount, Party, Date, Currency }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum Verdict { Equal, Near, Missing, Contradicts }
    /// What a chip adds to its shape.
    #[serde(rename_all = "snake_case", tag = "word")]
    enum Word {
        Nothing {},
        None {},
        Text {},
        Near {},
        Other {},
        Days { days: i32 },
        Difference { amount: Amount },
        SameVatNumber {},
        SameEmail {},
    }
    #[serde(rename_all = "snake_case", tag = "by")]
    enum FoundBy {
        Reference {},
        AmountAndParty {},
        Tie {},
        NewDraft {},
        Nothing {},
        YouChose { on: String },
        Rule { number: u32 },
        SumOf { count: u32 },
    }
    struct NoDraft {
        pub code: String,
        pub params: std::collections::BTreeMap<String, String>,
    }
    struct RowKey {
        pub key: String,
    }
    struct RowKeys {
        pub keys: Vec<String>,
    }
    struct Explanation {
        pub key: String,
        pub facts: Vec<FactLine>,
        pub sentences: Vec<Sentence>,
        pub rivals: Vec<Rival>,
        /// Old against new, of an approval that died or a document that was altered.
        pub differences: Vec<Difference>,
        /// Of the pairs found like this, how many you signed.
        pub track: Option<Track>,
        pub drafts: Vec<DraftRow>,
    }
    struct FactLine {
        pub what: What,
        pub verdict: Verdict,
        pub word: Word,
        pub left: Vec<Part>,
        pub right: Vec<Part>,
    }
    /// One piece of a fact: a label by code, or a value.
    #[serde(rename_all = "snake_case", tag = "part")]
    enum Part {
        Label { code: String },
        Text { text: String, differs: bool },
        Code { text: String },
        Money { amount: Amount },
        Date { date: String },
    }
    /// A sentence by code with its values.
    struct Sentence {
        pub code: String,
        pub params: std::collections::BTreeMap<String, String>,
    }
    struct Rival {
        pub number: String,
        pub why: Sentence,
    }
    struct Track {
        pub signed: u32,
        pub of: u32,
    }
    struct Candidates {
        pub key: String,
        pub left: Cell,
        pub text: String,
        pub rows: Vec<Candidate>,
    }
    struct Candidate {
        pub id: String,
        pub number: String,
        pub date: String,
        pub due: Option<String>,
        pub customer: String,
        pub open: Amount,
        pub remains: Amount,
        pub why: Sentence,
        pub chosen: bool,
        /// Paid or taken back: shown only when asked for.
        pub closed: bool,
        /// Names of the fields that differ from the leader.
        pub differs: Vec<String>,
    }
    struct Choose {
        pub key: String,
        pub document: String,
    }
    struct Signable {
        pub rows: Vec<SignedRow>,
        pub sums: Vec<Amount>,
    }
    struct SignedRow {
        pub key: String,
        pub fingerprint: String,
    }
    struct Countersign {
        pub rows: Vec<SignedRow>,
    }
    struct Decline {
        pub key: String,
        pub reason: DeclineReason,
    }
    #[serde(rename_all = "snake_case", tag = "class")]
    enum DeclineReason { BookedElsewhere { entry: String }, NotOurs {}, Later {} }
    // ---- the undo log

    /// Every signature that is not yet written, newest first.
    struct UndoLog {
        pub signings: Vec<Signing>,
    }
    /// What one person signed in one act.
    struct Signing {
        pub name: String,
        pub initials: String,
        pub at: String,
        pub rows: Vec<SignedName>,
    }
    struct SignedName {
        pub key: String,
        pub number: String,
        pub name: String,
    }
    struct Changed {
        #[ts(type = "number")]
        pub revision: u64,
        pub done: u32,
        /// Rows that were not done, and why.
        pub not_done: Vec<NotDone>,
    }
    struct NotDone {
        pub key: String,
        pub problem: super::Problem,
    }

    // ---- drafts

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
    enum DraftKind { Customer, SalesInvoice, CreditMemo, StripeKeys }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum Waits { Customer, Document, Posting }
    struct DraftKey {
        pub id: String,
    }
    struct DraftPaper {
        pub row: DraftRow,
        pub paper: Paper,
        pub request: RequestView,
        pub fingerprint: String,
        pub short_fingerprint: String,
        pub looked_at: u32,
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
        pub discount: Option<String>,
        pub quantity: String,
        pub unit_price: String,
        pub vat_rate: String,
        pub amount: Amount,
    }
    struct Totals {
        pub net: Amount,
        pub vat: Vec<VatLine>,
        pub rounding: Option<Amount>,
        pub total: Amount,
        pub stripe: Amount,
        pub ledger: Amount,
        pub difference: Amount,
    }
    struct VatLine {
        pub rate: String,
        /// `domestic`, `eu_reverse_charge`, `export`, `exempt`, `none`.
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
        pub documents: u32,
        pub rows: Vec<DraftRow>,
        /// How many more than `rows`.
        pub more: u32,
    }

    // ---- trail and reports

    #[derive(Default)]
    struct TrailWindow {
        pub before: Option<u32>,
        pub limit: u32,
        /// A code of an act, a row of Review, a draft: only what is about it.
        #[serde(default)]
        pub act: Option<String>,
        #[serde(default)]
        pub row: Option<String>,
        #[serde(default)]
        pub draft: Option<String>,
    }
    struct Trail {
        pub entries: u32,
        pub head: String,
        pub unbroken: bool,
        /// The first entry that does not follow from the one before it.
        pub broken_at: Option<u32>,
        pub rows: Vec<TrailRow>,
        /// Entries that are meant, also earlier ones.
        pub found: u32,
    }
    struct TrailRow {
        pub sequence: u32,
        pub at: String,
        pub who: String,
        pub act: String,
        pub about: String,
        /// Of the row of Review, for the eye.
        pub number: Option<String>,
        pub draft: Option<String>,
        /// All that was written down of it, as JSON.
        pub body: String,
        pub hash: String,
    }
    struct SavedReport {
        pub path: String,
    }
}
