//! Review: rows, evidence, candidates, answers.

use super::*;

wire! {
    /// What the VAT of a line is that Stripe leaves open.
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum VatAnswer { Exempt, NoVat, ReverseChargeGoods, ReverseChargeServices, ExportGoods, ExportServices }

    struct ReviewQuery {
        pub bucket: Bucket,
        /// `2026-11`, or none for all.
        pub month: Option<String>,
        pub search: String,
    }
    #[serde(rename_all = "snake_case")]
    #[derive(Copy, Eq)]
    enum Bucket { All, Exact, Strong, New, Choose, Unexplained, Countersigned, Written, Done, Unknown }
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
        /// What was refused is only the number in Stripe: the ledger's document is there.
        pub unmarked: bool,
        /// Why a person said no.
        pub declined: Option<DeclineReason>,
        /// The first thing that differs, of a row that is stale or altered.
        pub changed: Option<Difference>,
        /// Of a document that was altered over there: whether it is posted.
        pub posted: bool,
        /// Of money without an invoice: the documents of the ledger that it pays. Confirming it is kept in the book and
        /// writes nothing.
        pub pays: Vec<Paid>,
        /// What is left of the money then.
        pub over: Option<Amount>,
    }
    /// A document that money pays, what is open of it, and what it gets.
    struct Paid {
        pub id: String,
        pub number: String,
        pub date: String,
        pub name: String,
        pub open: Amount,
        pub carries: Amount,
        /// What other rows pay of it, less what they take back.
        pub others: Amount,
        pub remains: Amount,
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
    #[derive(Copy, Eq, PartialOrd, Ord)]
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
        /// No rate is known at which amounts in two currencies could be compared.
        NoRate {},
        SameVatNumber {},
        SameEmail {},
        /// So much more than is open.
        Over { amount: Amount },
        Part {},
        Sum { count: u32 },
        /// In another currency, by the month's rate.
        Rate {},
        /// By a rule that this book learned.
        Rule { number: u32 },
    }
    #[serde(rename_all = "snake_case", tag = "by")]
    enum FoundBy {
        Reference {},
        AmountAndParty {},
        Amount {},
        Party {},
        RefundOfCharge {},
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
        /// What speaks for the pair, and against it, as clauses by the code of the fact.
        pub speaks_for: Vec<Sentence>,
        pub speaks_against: Vec<Sentence>,
        pub odds: Option<Odds>,
        /// The candidates that lost, best first.
        pub rivals: Vec<Rival>,
        /// Old against new, of an approval that died or a document that was altered.
        pub differences: Vec<Difference>,
        pub drafts: Vec<DraftRow>,
        /// Documents that people said it is not, or does not pay.
        pub declined: Vec<DeclinedPair>,
    }
    struct DeclinedPair {
        pub document: String,
        pub number: String,
        pub name: String,
        pub said: SaidBy,
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
    /// How sure the pair is, and by which rules and weights.
    struct Odds {
        /// Of a thousand such pairs, how many are right.
        pub permille: u32,
        pub rules: u32,
        pub weights: u32,
    }
    /// A candidate that lost.
    struct Rival {
        pub number: String,
        pub name: String,
        pub amount: Amount,
        pub permille: u32,
        /// No fact tells it from the one proposed.
        pub equal: bool,
        /// What is worse about it, and who has it, as clauses.
        pub why: Vec<Sentence>,
    }
    struct CandidatesOf {
        pub key: String,
        /// Of money: also every open document with these words in its number, customer or amount; none for the likely ones.
        pub search: Option<String>,
    }
    struct Candidates {
        pub key: String,
        pub left: Cell,
        /// What the payer wrote.
        pub text: String,
        /// Money may pay several of them; any other paper is one.
        pub several: bool,
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
    /// One document that was declined for a row, or all of the last time.
    struct ForgetNo {
        pub key: String,
        pub document: Option<String>,
    }
    /// One document; of money, all that it pays.
    struct Choose {
        pub key: String,
        pub documents: Vec<String>,
    }
    struct Signable {
        pub rows: Vec<SignedRow>,
        pub sums: Vec<Amount>,
        /// Money that is as sure: what it pays, for a person to say yes to.
        pub yes: Vec<Choose>,
        pub yes_sums: Vec<Amount>,
    }
    struct SignedRow {
        pub key: String,
        pub fingerprint: String,
    }
    /// One act, taken back as one.
    struct Countersign {
        pub rows: Vec<SignedRow>,
        /// Money, and what it pays.
        pub yes: Vec<Choose>,
    }
    struct Accept {
        pub key: String,
        /// Kept in the trail.
        pub reason: String,
    }
    struct Decline {
        pub key: String,
        pub reason: DeclineReason,
    }
    #[serde(rename_all = "snake_case", tag = "class")]
    enum DeclineReason { NotThis {}, BookedElsewhere { entry: String }, NotOurs {}, Later {} }

    /// Every signature that is not yet written and every yes to money, newest first.
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
        pub problem: Problem,
    }
}
