// Printed from the declared commands of the desk; `make bindings` prints it again. Do not edit.

export type Nothing = Record<symbol, never>;

export type Amount = { amount: string, currency: string, };

export type Overview = { revision: number, person: Person | null, book: BookHead | null, 
/**
 * Books found in the data folder, newest first.
 */
books: Array<KnownBook>, 
/**
 * Whether files are chosen by the system's own dialog; else their paths are typed.
 */
dialogs: boolean, 
/**
 * BCP 47, from the system.
 */
locale: string, version: string, };

export type Person = { name: string, initials: string, };

export type Introduce = { name: string, initials: string, };

export type KnownBook = { path: string, name: string, mode: Mode, 
/**
 * The Stripe account and the ledger's company, where they are known.
 */
account: string | null, company: string | null, changed_at: string | null, open: boolean, 
/**
 * Why it cannot be opened; then only its path is known.
 */
problem: Problem | null, };

export type NewBook = { name: string, };

export type OpenBook = { path: string, };

export type Books = { 
/**
 * Where new ones are made.
 */
folder: string, books: Array<KnownBook>, 
/**
 * What a copy of the open book would be called.
 */
copy: string | null, };

export type RenameBook = { name: string, };

export type ChooseFile = { what: FileUse, 
/**
 * Of the dialog, in the words of the page.
 */
title: string, };

export type FileUse = "open_book" | "save_copy" | "save_report" | "save_trail";

export type ChosenFile = { path: string | null, };

export type SaveTo = { path: string | null, };

export type SaveCopy = { path: string, };

export type SavedCopy = { path: string, };

export type Mode = "demo" | "test" | "live";

export type BookHead = { id: string, name: string, mode: Mode, 
/**
 * When it was saved as a copy, while it is only looked at.
 */
copied_at: string | null, 
/**
 * Such as `Business Central`: a name, not a sentence.
 */
ledger_name: string, company: string | null, stripe: Connection, ledger: Connection, counts: Counts, 
/**
 * Newest first, `2026-11`.
 */
months: Array<Month>, 
/**
 * Hosts this book talks to, and nobody else.
 */
hosts: Array<string>, 
/**
 * The last write, if any.
 */
last_write: string | null, stripe_reads: Reads, };

export type Reads = { used: number, allowed: number, };

export type Connection = { state: ConnectionState, 
/**
 * Account or company and user, for the eye.
 */
name: string | null, fetched_at: string | null, problem: string | null, };

export type ConnectionState = "none" | "connected" | "sign_in_again" | "disconnected";

export type Counts = { review: number, drafts: number, payouts: number, unexplained: number, billing: number, customers: number, };

export type Month = { month: string, rows: number, };

export type StripeKey = { key: string, 
/**
 * Keep it only until the program ends, when the keychain cannot be reached.
 */
session_only: boolean, };

export type StripeCheck = { account: StripeAccount | null, mode: Mode, 
/**
 * First and last characters only: `rk_live_…4q7T`.
 */
hint: string, permissions: Array<Permission>, keychain: Keychain, checked_at: string, };

export type StripeAccount = { name: string, country: string, currency: string, };

export type Permission = { what: Resource, granted: Granted, needed: Granted, };

export type Resource = "account" | "balance" | "charges" | "invoices" | "credit_notes" | "customers" | "payouts" | "refunds" | "disputes" | "products" | "subscriptions" | "events" | "checkout_sessions";

export type Granted = "no" | "read" | "read_write";

export type Keychain = { 
/**
 * Such as `GNOME Keyring`.
 */
name: string, state: KeychainState, };

export type KeychainState = "unlocked" | "locked" | "missing" | "unavailable" | "session_only";

export type BeginSignin = { 
/**
 * Empty: the address of any organisation.
 */
tenant: string, 
/**
 * Empty: the one the program is built with.
 */
client_id: string, };

export type LedgerWay = "browser" | "device" | "application";

export type ApplicationSecret = { tenant: string, client_id: string, secret: string, };

export type BeginPlatform = { client_id: string, 
/**
 * Its secret key.
 */
key: string, 
/**
 * As it is registered there; empty: this computer's usual one.
 */
redirect: string, session_only: boolean, };

export type HandAnswer = { address: string, };

export type SigninStatus = { state: SigninState, 
/**
 * What may be opened by hand when no browser comes up.
 */
url: string | null, 
/**
 * To be typed on a page, anywhere.
 */
device: DeviceCode | null, 
/**
 * The browser ends at a page elsewhere, whose address is to be handed over.
 */
hand: boolean, environments: Array<Environment>, 
/**
 * Neither the program nor the book knows a client id: the person has to name one.
 */
client_needed: boolean, problem: Problem | null, };

export type DeviceCode = { code: string, page: string, expires_at: string, };

export type SigninState = "none" | "waiting" | "signed_in" | "failed";

export type Environment = { name: string, production: boolean, country: string, };

export type EnvironmentName = { environment: string, };

export type Companies = { companies: Array<Company>, };

export type Company = { id: string, name: string, };

export type ChooseCompany = { environment: string, company: string, };

export type Connections = { stripe: StripeHealth | null, ledger: LedgerHealth | null, keychain: Keychain, 
/**
 * Another book on this computer with the same company and another Stripe account.
 */
shared_with: string | null, };

export type StripeHealth = { state: ConnectionState, name: string, 
/**
 * `acct_…`, when the key may say it.
 */
account: string | null, mode: Mode, hint: string, 
/**
 * Client id of the person's own platform, when it is reached through one.
 */
platform: string | null, since: string | null, answered_at: string | null, 
/**
 * As last checked since the program started.
 */
permissions: Array<Permission>, key_kept: boolean, };

export type LedgerHealth = { state: ConnectionState, company: string | null, environment: string | null, sandbox: boolean, tenant: string, client_id: string, user: string | null, way: LedgerWay, since: string | null, answered_at: string | null, token_kept: boolean, };

export type OfSide = { side: Side, };

export type Disconnect = { side: Side, 
/**
 * Forget the secrets here even when the other side cannot be told.
 */
anyway: boolean, };

export type Traffic = { hosts: Array<HostTraffic>, 
/**
 * The newest requests, newest first.
 */
last: Array<TrafficLine>, since: string, };

export type HostTraffic = { host: string, role: HostRole, requests: number, endpoints: Array<EndpointTraffic>, };

export type HostRole = "stripe" | "stripe_sign_in" | "ledger" | "ledger_sign_in" | "demo" | "unknown";

export type EndpointTraffic = { method: string, 
/**
 * A template: ids and names left out.
 */
path: string, sent: number, 
/**
 * Answered with a refusal.
 */
failed: number, 
/**
 * Without an answer.
 */
lost: number, };

export type TrafficLine = { at: string, host: string, method: string, path: string, 
/**
 * None when no whole answer came.
 */
status: number | null, };

export type Choices = { chosen: BookChoices, offered: Offered, };

export type BookChoices = { 
/**
 * By the VAT zone of the line.
 */
domestic: SoldTo, eu: SoldTo, 
/**
 * Without an account: as goods.
 */
eu_services: SoldTo, export: SoldTo, export_services: SoldTo, 
/**
 * Without an account: nobody has chosen.
 */
exempt: SoldTo, 
/**
 * Account number; takes differences of a smallest unit, without VAT.
 */
rounding: string, 
/**
 * The metadata key of a product that holds an item number; empty for none.
 */
product_key: string, products: Array<ProductChoice>, 
/**
 * Number of the item that new items are made like; empty: none are made.
 */
new_item_like: string, 
/**
 * Per cent.
 */
home_rate: string, more_rates: Array<string>, untaxed: Untaxed, 
/**
 * Things rather than services.
 */
goods: boolean, oss: Array<OssChoice>, 
/**
 * What identifies a customer, the strongest first.
 */
identify_by: Array<IdentifyBy>, unknown: UnknownCustomer, 
/**
 * The ledger gives new customers abroad their own VAT groups.
 */
new_abroad: boolean, generic: Array<GenericChoice>, 
/**
 * No payment method of the ledger settles an invoice by itself.
 */
terms_confirmed: boolean, 
/**
 * Nothing dated before it is ever proposed.
 */
start: string, 
/**
 * Such as `Europe/Copenhagen`.
 */
zone: string, draft_when: DraftWhen, vat_reported_until: string | null, own_until: string | null, 
/**
 * The last day of the years that are closed.
 */
year_until: string | null, late: Late, late_reason: string, keys: Array<CarriedKey>, dimensions: Array<DimensionChoice>, number_in_lines: boolean, ledger_number_in_stripe: boolean, };

export type SoldTo = { account: string, 
/**
 * The ledger's code for the VAT of the line; empty: the account's own.
 */
tax_code: string, };

export type ProductChoice = { 
/**
 * Stripe's id.
 */
product: string, 
/**
 * Empty: not linked.
 */
number: string, kind: TargetKind, 
/**
 * `None`: as the book says.
 */
goods: boolean | null, };

export type TargetKind = "item" | "account";

export type OssChoice = { 
/**
 * Two letters.
 */
country: string, rates: Array<string>, to: SoldTo, };

export type Untaxed = "ask" | "home_rate" | "no_vat";

export type IdentifyBy = "vat_number" | "ledger_number" | "ean" | "email_and_name";

export type UnknownCustomer = "new_customer" | "generic" | "ask";

export type GenericChoice = { currency: string, zone: GuestZone, 
/**
 * The customer's number in the ledger.
 */
number: string, };

export type GuestZone = "home" | "oss" | "export";

export type DraftWhen = "finalized" | "sent" | "paid";

export type Late = "first_open_day" | "reopen";

export type CarriedKey = { key: string, to: CarriedTo, 
/**
 * The dimension, when it goes to one; else empty.
 */
dimension: string, };

export type CarriedTo = "your_reference" | "comment" | "dimension";

export type DimensionChoice = { code: string, value: string, };

export type Offered = { 
/**
 * Ledger accounts that a line may book to.
 */
accounts: Array<Named>, tax_codes: Array<Named>, items: Array<Named>, products: Array<ProductSeen>, dimensions: Array<DimensionSeen>, zones: Array<string>, 
/**
 * Something was written: the calendar may not change under it.
 */
zone_fixed: boolean, 
/**
 * The ledger's own lock: nothing is posted on that day or before.
 */
ledger_until: string | null, 
/**
 * The last day the ledger takes postings on.
 */
ledger_to: string | null, currency: string, currencies: Array<string>, 
/**
 * Names of the customers that guests are booked on, by number.
 */
generic_names: Array<Named>, terms_confirmed: SaidBy | null, 
/**
 * Keys that the invoices of the mirror carry.
 */
metadata_keys: Array<string>, version: number, };

export type Named = { number: string, name: string, };

export type ProductSeen = { id: string, name: string, 
/**
 * What its metadata says, under the chosen key.
 */
says: string | null, };

export type DimensionSeen = { code: string, name: string, values: Array<string>, };

export type SaidBy = { who: string, at: string, };

export type Rehearse = { choices: BookChoices, 
/**
 * Of rows of Review; the newest invoices when none is given.
 */
keys: Array<string>, };

export type Rehearsal = { 
/**
 * Invented, one of each kind.
 */
samples: Array<Rehearsed>, 
/**
 * In the order they were chosen; else the newest first.
 */
real: Array<Rehearsed>, 
/**
 * Keys that one rehearsal takes.
 */
most: number, };

export type Rehearsed = { key: string, 
/**
 * Which sample: `domestic`, `reverse_charge`, …; none for a real one.
 */
sample: string | null, left: Cell, 
/**
 * What would be written.
 */
paper: Paper | null, 
/**
 * What the ledger has of it already.
 */
found: Cell | null, no_draft: NoDraft | null, };

export type CustomersQuery = { search: string, unclear_only: boolean, first: number, limit: number, };

export type CustomerRows = { revision: number, total: number, unclear: number, rows: Array<CustomerRow>, };

export type CustomerRow = { 
/**
 * Stripe's id.
 */
key: string, stripe: CustomerCard, invoices: number, state: CustomerState, 
/**
 * Who it is taken for.
 */
ledger: CustomerCard | null, 
/**
 * What both have in common, the strongest first.
 */
evidence: Array<Identity>, 
/**
 * Other Stripe customers that are the same party.
 */
same_party: Array<string>, 
/**
 * Other customers of the ledger that have something in common with it.
 */
near: number, 
/**
 * Fields that differ: shown, never written.
 */
differs: Array<CustomerField>, said: SaidBy | null, 
/**
 * What was said of the VAT of its lines.
 */
vat: Array<VatSaid>, };

export type VatSaid = { 
/**
 * Stripe's product; empty for lines without one.
 */
product: string, name: string, 
/**
 * Why it was asked: `zero_rated`, `not_collecting`, …
 */
unclear: string, answer: VatAnswer, said: SaidBy, };

export type ForgetVat = { 
/**
 * Stripe's customer.
 */
key: string, product: string, unclear: string, };

export type CustomerCard = { 
/**
 * Of the ledger: its number; of Stripe: its id.
 */
number: string, name: string, street: string, place: string, country: string, vat: string, email: string, blocked: boolean, };

export type CustomerState = "unclear" | "unknown" | "new" | "found" | "made" | "linked";

export type Identity = "vat_number" | "ledger_number" | "ean" | "email" | "name_and_postcode" | "shared_mailbox" | "name" | "other_vat_number";

export type CustomerField = "name" | "street" | "place" | "country" | "vat" | "email";

export type CustomerCandidatesOf = { 
/**
 * Stripe's id.
 */
key: string, 
/**
 * Empty: those that have something in common.
 */
search: string, };

export type CustomerCandidates = { rows: Array<CustomerCandidate>, 
/**
 * How many more than `rows`.
 */
more: number, };

export type CustomerCandidate = { 
/**
 * The ledger's id.
 */
id: string, card: CustomerCard, evidence: Array<Identity>, differs: Array<CustomerField>, chosen: boolean, };

export type LinkCustomer = { 
/**
 * Stripe's id.
 */
key: string, to: LinkTo, };

export type LinkTo = { "to": "customer", id: string, } | { "to": "new", } | { "to": "nothing", };

export type DecideVat = { key: string, answer: VatAnswer, };

export type VatAnswer = "exempt" | "no_vat" | "reverse_charge_goods" | "reverse_charge_services" | "export_goods" | "export_services";

export type ReviewQuery = { bucket: Bucket, 
/**
 * `2026-11`, or none for all.
 */
month: string | null, search: string, };

export type Bucket = "all" | "exact" | "strong" | "new" | "choose" | "unexplained" | "countersigned" | "written" | "done" | "unknown";

export type ReviewWindow = { query: ReviewQuery, anchor: Anchor, before: number, after: number, };

export type Anchor = { "at": "start", } | { "at": "row", key: string, } | { "at": "index", index: number, };

export type ReviewRows = { revision: number, total: number, 
/**
 * Index of the first row of this window.
 */
first: number, rows: Array<ReviewRow>, buckets: Array<BucketCount>, };

export type BucketCount = { bucket: Bucket, count: number, };

export type ReviewRow = { key: string, kind: RowKind, 
/**
 * The number of the invoice or payment that it takes back.
 */
of: string | null, 
/**
 * Of all drafts of the row together: what a signature would bind to.
 */
fingerprint: string, state: RowState, class: Class, left: Cell, right: Cell | null, right_kind: RightKind, 
/**
 * Always reference, amount, party, date, currency; empty when there is no candidate.
 */
evidence: Array<Chip>, 
/**
 * Ledger documents that were looked at.
 */
looked_at: number, 
/**
 * Candidates that fit, when a person must choose.
 */
choices: number, found_by: FoundBy, 
/**
 * Why no draft can be made, if so: a code of `NoDraft` with its values.
 */
no_draft: NoDraft | null, initials: string | null, 
/**
 * When the state came about.
 */
at: string | null, 
/**
 * The ledger's own words on a refused row.
 */
words: string | null, 
/**
 * What was refused is only the number in Stripe: the ledger's document is there.
 */
unmarked: boolean, 
/**
 * Why a person said no.
 */
declined: DeclineReason | null, 
/**
 * The first thing that differs, of a row that is stale or altered.
 */
changed: Difference | null, 
/**
 * Of a document that was altered over there: whether it is posted.
 */
posted: boolean, 
/**
 * Of money without an invoice: the documents of the ledger that it pays. Confirming it is kept in the book and
 * writes nothing.
 */
pays: Array<Paid>, 
/**
 * What is left of the money then.
 */
over: Amount | null, };

export type Paid = { id: string, number: string, date: string, name: string, open: Amount, carries: Amount, 
/**
 * What other rows pay of it, less what they take back.
 */
others: Amount, remains: Amount, };

export type RowKind = "invoice" | "void" | "credit_note" | "refund" | "checkout" | "payment";

export type RowState = "open" | "countersigned" | "sending" | "written" | "posted" | "altered" | "deleted" | "unknown" | "refused" | "stale" | "declined";

export type Class = "exact" | "strong" | "new" | "choose" | "unexplained" | "settled";

export type RightKind = "document" | "draft" | "several" | "nothing";

export type Cell = { date: string, number: string, name: string, amount: Amount, };

export type Chip = { what: What, verdict: Verdict, word: Word, };

export type What = "reference" | "amount" | "party" | "date" | "currency";

export type Verdict = "equal" | "near" | "missing" | "contradicts";

export type Word = { "word": "nothing", } | { "word": "none", } | { "word": "text", } | { "word": "near", } | { "word": "other", } | { "word": "days", days: number, } | { "word": "difference", amount: Amount, } | { "word": "no_rate", } | { "word": "same_vat_number", } | { "word": "same_email", } | { "word": "over", amount: Amount, } | { "word": "part", } | { "word": "sum", count: number, } | { "word": "rate", } | { "word": "rule", number: number, };

export type FoundBy = { "by": "reference", } | { "by": "amount_and_party", } | { "by": "amount", } | { "by": "party", } | { "by": "refund_of_charge", } | { "by": "tie", } | { "by": "new_draft", } | { "by": "nothing", } | { "by": "you_chose", on: string, } | { "by": "rule", number: number, } | { "by": "sum_of", count: number, };

export type NoDraft = { code: string, params: { [key in string]: string }, };

export type RowKey = { key: string, };

export type RowKeys = { keys: Array<string>, };

export type Explanation = { key: string, facts: Array<FactLine>, sentences: Array<Sentence>, 
/**
 * What speaks for the pair, and against it, as clauses by the code of the fact.
 */
speaks_for: Array<Sentence>, speaks_against: Array<Sentence>, odds: Odds | null, 
/**
 * The candidates that lost, best first.
 */
rivals: Array<Rival>, 
/**
 * Old against new, of an approval that died or a document that was altered.
 */
differences: Array<Difference>, drafts: Array<DraftRow>, 
/**
 * Documents that people said it is not, or does not pay.
 */
declined: Array<DeclinedPair>, };

export type DeclinedPair = { document: string, number: string, name: string, said: SaidBy, };

export type FactLine = { what: What, verdict: Verdict, word: Word, left: Array<Part>, right: Array<Part>, };

export type Part = { "part": "label", code: string, } | { "part": "text", text: string, differs: boolean, } | { "part": "code", text: string, } | { "part": "money", amount: Amount, } | { "part": "date", date: string, };

export type Sentence = { code: string, params: { [key in string]: string }, };

export type Odds = { 
/**
 * Of a thousand such pairs, how many are right.
 */
permille: number, rules: number, weights: number, };

export type Rival = { number: string, name: string, amount: Amount, permille: number, 
/**
 * No fact tells it from the one proposed.
 */
equal: boolean, 
/**
 * What is worse about it, and who has it, as clauses.
 */
why: Array<Sentence>, };

export type CandidatesOf = { key: string, 
/**
 * Of money: also every open document with these words in its number, customer or amount; none for the likely ones.
 */
search: string | null, };

export type Candidates = { key: string, left: Cell, 
/**
 * What the payer wrote.
 */
text: string, 
/**
 * Money may pay several of them; any other paper is one.
 */
several: boolean, rows: Array<Candidate>, };

export type Candidate = { id: string, number: string, date: string, due: string | null, customer: string, open: Amount, remains: Amount, why: Sentence, chosen: boolean, 
/**
 * Paid or taken back: shown only when asked for.
 */
closed: boolean, 
/**
 * Names of the fields that differ from the leader.
 */
differs: Array<string>, };

export type ForgetNo = { key: string, document: string | null, };

export type Choose = { key: string, documents: Array<string>, };

export type Signable = { rows: Array<SignedRow>, sums: Array<Amount>, 
/**
 * Money that is as sure: what it pays, for a person to say yes to.
 */
yes: Array<Choose>, yes_sums: Array<Amount>, };

export type SignedRow = { key: string, fingerprint: string, };

export type Countersign = { rows: Array<SignedRow>, 
/**
 * Money, and what it pays.
 */
yes: Array<Choose>, };

export type Accept = { key: string, 
/**
 * Kept in the trail.
 */
reason: string, };

export type Decline = { key: string, reason: DeclineReason, };

export type DeclineReason = { "class": "not_this", } | { "class": "booked_elsewhere", entry: string, } | { "class": "not_ours", } | { "class": "later", };

export type UndoLog = { signings: Array<Signing>, };

export type Signing = { name: string, initials: string, at: string, rows: Array<SignedName>, };

export type SignedName = { key: string, number: string, name: string, };

export type Changed = { revision: number, done: number, 
/**
 * Rows that were not done, and why.
 */
not_done: Array<NotDone>, };

export type NotDone = { key: string, problem: Problem, };

export type LearnedThings = { 
/**
 * Of what is used; drafts and links name it.
 */
version: number, 
/**
 * Pairs about which people have said yes or no.
 */
decided: number, rules: Array<LearnedRule>, lessons: Array<Lesson>, };

export type LearnedRule = { number: number, payer: string, customer: string, 
/**
 * Payments that people confirmed, and those that they declined.
 */
seen: number, against: number, first: string | null, last: string | null, 
/**
 * Proposals that it makes now.
 */
links: number, used: Used, };

export type Used = "on" | "off" | "offered";

export type Lesson = { 
/**
 * By its name in the weights, such as `document.amount.same`.
 */
evidence: string, decided: number, confirmed: number, 
/**
 * How many were to be expected, with one decimal.
 */
expected: string, 
/**
 * Added to the log-odds, signed, with three decimals.
 */
shift: string, used: Used, };

export type Switches = { rules: Array<number>, lessons: Array<string>, };

export type Replayed = { 
/**
 * Proposals that would differ, the newest first; the first few only.
 */
rows: Array<ReplayedRow>, gained: number, lost: number, changed: number, surer: number, less_sure: number, 
/**
 * Of what people decided: how much matching gets right by itself, as it is and as it would be.
 */
before: Tally, after: Tally, };

export type Tally = { right: number, wrong: number, };

export type ReplayedRow = { what: ReplayedWhat, 
/**
 * Of its row in Review; none for a customer.
 */
key: string | null, left: Cell, 
/**
 * Numbers of the documents that it pays or is, as it is and as it would be; of customers their names.
 */
before: Array<string>, after: Array<string>, 
/**
 * The rule that would make it.
 */
rule: number | null, };

export type ReplayedWhat = "gained" | "lost" | "changed" | "surer" | "less_sure";

export type Progress = { fetch: FetchProgress | null, write: WriteProgress | null, revision: number, };

export type FetchProgress = { running: boolean, side: Side, 
/**
 * `invoices`, `customers`, …: a code of what is being read.
 */
what: string, step: number, steps: number, pages: number, rows: number, requests: number, problem: Problem | null, };

export type Side = "stripe" | "ledger";

export type WriteProgress = { running: boolean, total: number, confirmed: number, waiting: number, not_sent: number, unknown: number, refused: number, 
/**
 * Made, but the ledger came to other figures than were approved.
 */
otherwise: number, problem: Problem | null, };

export type Stop = { what: LongWork, };

export type LongWork = "fetch" | "write";

export type DraftWindow = { anchor: Anchor, before: number, after: number, };

export type DraftRows = { revision: number, total: number, signed: number, first: number, rows: Array<DraftRow>, };

export type DraftRow = { id: string, 
/**
 * Key of the row of Review it belongs to.
 */
row: string, kind: DraftKind, number: string, name: string, amount: Amount | null, state: RowState, waits: Waits | null, initials: string | null, at: string | null, };

export type DraftKind = "customer" | "item" | "sales_invoice" | "credit_memo" | "stripe_keys";

export type Waits = "customer" | "item" | "document" | "posting";

export type DraftKey = { id: string, };

export type DraftPaper = { row: DraftRow, paper: Paper, request: RequestView, fingerprint: string, short_fingerprint: string, 
/**
 * What a signature under its row binds to; of a new customer or item, which has no row of Review, of itself.
 */
row_fingerprint: string, looked_at: number, 
/**
 * Accounts and items on which the ledger's VAT for this customer cannot be seen before it is written.
 */
unseen: Array<string>, 
/**
 * Old against new, when a source changed or the document was altered over there.
 */
differences: Array<Difference>, 
/**
 * Over there, as last seen.
 */
posted: boolean, refusal: RefusalView | null, 
/**
 * All drafts of the row, in the order they are written.
 */
chain: Array<DraftRow>, };

export type Difference = { 
/**
 * A code: `due_date`, `unit_price`, `period`, …
 */
field: string, 
/**
 * From 1, when it is a field of a line.
 */
line: number | null, old: string, new: string, };

export type RefusalView = { status: number, code: string, words: string, reference: string | null, };

export type Paper = { kind: DraftKind, 
/**
 * Name first, then the lines beneath it.
 */
party: Array<string>, customer_number: string | null, 
/**
 * The customer is a draft of its own, written first.
 */
customer_is_new: boolean, vat_number: string | null, invoice_date: string | null, 
/**
 * The day that it counts on: another than its own, where its period is locked.
 */
posting_date: string | null, due_date: string | null, stripe_number: string | null, 
/**
 * Number of the posted invoice that a credit memo lowers.
 */
applies_to: string | null, lines: Array<PaperLine>, notes: Array<string>, totals: Totals | null, 
/**
 * Keys and values, for a write that is no document.
 */
values: Array<KeyValue>, };

export type PaperLine = { description: string, account: string | null, item: string | null, 
/**
 * The item is a draft of its own, written first.
 */
item_is_new: boolean, 
/**
 * None: the account's or item's own.
 */
tax_code: string | null, discount: string | null, quantity: string, unit_price: string, vat_rate: string, amount: Amount, };

export type Totals = { net: Amount, vat: Array<VatLine>, 
/**
 * As the ledger computes it.
 */
before_rounding: Amount, rounding: Amount | null, 
/**
 * The account of the rounding line.
 */
rounding_on: string | null, total: Amount, stripe_vat: Amount, ledger_vat: Amount, stripe: Amount, ledger: Amount, difference: Amount, };

export type VatLine = { rate: string, 
/**
 * `domestic`, `eu_goods`, `eu_services`, `oss`, `export_goods`, `export_services`, `exempt`.
 */
zone: string, amount: Amount, };

export type KeyValue = { key: string, value: string, 
/**
 * The value is born when that draft is written.
 */
hole: boolean, };

export type RequestView = { side: Side, 
/**
 * `Business Central`, `Stripe`.
 */
system: string, environment: string, method: string, path: string, content_type: string, bytes: number, 
/**
 * Complete, broken into lines for the eye; holes in ‹›.
 */
body: string, };

export type Basket = { revision: number, rows: number, drafts: number, conflicts: number, 
/**
 * Of the documents, by currency, the book's own first.
 */
sums: Array<Amount>, groups: Array<BasketGroup>, };

export type BasketGroup = { side: Side, system: string, requests: number, customers: number, items: number, documents: number, rows: Array<DraftRow>, 
/**
 * How many more than `rows`.
 */
more: number, };

export type TrailWindow = { before: number | null, limit: number, 
/**
 * A code of an act, a row of Review, a draft: only what is about it.
 */
act: string | null, row: string | null, draft: string | null, };

export type Trail = { entries: number, head: string, unbroken: boolean, 
/**
 * The first entry that does not follow from the one before it.
 */
broken_at: number | null, rows: Array<TrailRow>, 
/**
 * Entries that are meant, also earlier ones.
 */
found: number, };

export type TrailRow = { sequence: number, at: string, who: string, act: string, about: string, 
/**
 * Of the row of Review, for the eye.
 */
number: string | null, draft: string | null, 
/**
 * All that was written down of it, as JSON.
 */
body: string, hash: string, };

export type SavedReport = { path: string, };

export type Code = "no_such_command" | "bad_request" | "internal" | "no_book" | "no_person" | "bad_name" | "book_missing" | "book_foreign" | "book_newer" | "book_damaged" | "book_place" | "book_busy" | "book_exists" | "only_a_copy" | "copy_not_saved" | "book_file" | "not_connected" | "test_against_live" | "key_malformed" | "key_publishable" | "key_rejected" | "key_expired" | "permission_missing" | "keychain_missing" | "keychain_locked" | "keychain_unavailable" | "signin_denied" | "signin_timeout" | "signin_state" | "signin_again" | "signin_blocked" | "signin_second_factor" | "signin_consent" | "signin_redirect" | "signin_client" | "signin_tenant" | "signin_one_tenant" | "signin_setup" | "signin_account" | "signin_no_ledger" | "signin_public" | "signin_not_secret" | "secret_wrong" | "secret_expired" | "device_ended" | "signin_loop" | "signin_mistaken" | "signin_failed" | "ledger_refuses_user" | "ledger_refuses_application" | "other_account" | "other_mode" | "other_company" | "pair_taken" | "not_a_platform" | "bad_redirect" | "platform_refused" | "platform_begin_again" | "not_deauthorized" | "no_listener" | "no_browser" | "no_accounts" | "account_unusable" | "no_account_without_vat" | "bad_choice" | "bad_key" | "not_in_ledger" | "twice_chosen" | "zone_fixed" | "vat_number_exists" | "no_reverse_charge" | "not_askable" | "offline" | "no_answer" | "unanswered" | "limited" | "unavailable" | "answer_unreadable" | "remote_refused" | "no_permission" | "gone_remotely" | "changed" | "not_signable" | "nothing_to_write" | "already_running" | "stopped" | "no_such_row" | "report_not_saved";

export type Problem = { code: Code, params: { [key in string]: string }, 
/**
 * How long the other side asked us to wait, in milliseconds.
 */
retry_after_ms: number | null, 
/**
 * The other side's own reference for its support (request id, correlation id).
 */
incident: string | null, };

export interface Commands {
  /** What frames the page: the person, the open book, its counts. */
  overview: { request: Nothing; response: Overview };
  /** Names the person who signs. */
  introduce: { request: Introduce; response: Overview };
  /** Starts the demo company and opens its book. */
  open_demo: { request: Nothing; response: Overview };
  /** Makes an empty book for the accounts about to be connected. */
  new_book: { request: NewBook; response: Overview };
  /** Opens a book that is on this computer. */
  open_book: { request: OpenBook; response: Overview };
  /** Closes the open book and goes back to the two doors. */
  close_book: { request: Nothing; response: Overview };
  /** The books of this computer, also those that cannot be opened. */
  books: { request: Nothing; response: Books };
  /** Gives the open book another name; its file keeps its own. */
  rename_book: { request: RenameBook; response: Overview };
  /** Asks for a file by the system's own dialog; nothing when it is closed without one. */
  choose_file: { request: ChooseFile; response: ChosenFile };
  /** Saves a whole copy of the open book, and opens it to see that it is whole. */
  save_copy: { request: SaveCopy; response: SavedCopy };
  /** From now on the open copy is the book; said by a person. */
  go_on_with_copy: { request: Nothing; response: Overview };
  /** Checks a Stripe key there and then, and keeps it in the keychain. */
  connect_stripe: { request: StripeKey; response: StripeCheck };
  /** Asks Stripe again what the kept key may do. */
  check_stripe: { request: Nothing; response: StripeCheck };
  /** Opens the ledger's sign-in page; the listener for its answer is up before. */
  begin_signin: { request: BeginSignin; response: SigninStatus };
  /** Begins a sign-in by a code that is typed on a page anywhere. */
  begin_device: { request: BeginSignin; response: SigninStatus };
  /** Signs in an application by its own secret, checked there and then. */
  connect_application: { request: ApplicationSecret; response: SigninStatus };
  /** Opens Stripe's page on which an account is connected to a platform. */
  begin_platform: { request: BeginPlatform; response: SigninStatus };
  /** Hands over the address at which the browser ended. */
  hand_answer: { request: HandAnswer; response: SigninStatus };
  /** How far the sign-in is. */
  signin_status: { request: Nothing; response: SigninStatus };
  /** Gives up waiting for the sign-in. */
  cancel_signin: { request: Nothing; response: SigninStatus };
  /** The companies of one environment. */
  companies: { request: EnvironmentName; response: Companies };
  /** Chooses the company this book is paired with. */
  choose_company: { request: ChooseCompany; response: Overview };
  /** How both connections stand. */
  connections: { request: Nothing; response: Connections };
  /** Asks one side now whether the connection holds. */
  check_connection: { request: OfSide; response: Connections };
  /** Lets the system ask for the keychain's password, and takes up what is kept there. */
  unlock_keychain: { request: Nothing; response: Connections };
  /** Ends a connection: its secrets are forgotten, the book stays. */
  disconnect: { request: Disconnect; response: Connections };
  /** What has left this computer since the program started, and to whom. */
  traffic: { request: Nothing; response: Traffic };
  /** The few choices that decide what is drafted. */
  choices: { request: Nothing; response: Choices };
  /** Saves the choices, checked against the ledger, and proposes anew. */
  save_choices: { request: BookChoices; response: Choices };
  /** What would be proposed with these choices. Writes nothing and keeps nothing. */
  rehearse: { request: Rehearse; response: Rehearsal };
  /** Stripe's customers with documents, beside the ledger's customers they are taken for; unclear ones first. */
  customer_rows: { request: CustomersQuery; response: CustomerRows };
  /** The customers of the ledger that one of Stripe's could be. */
  customer_candidates: { request: CustomerCandidatesOf; response: CustomerCandidates };
  /** A person's word on who a customer is; proposes anew. */
  link_customer: { request: LinkCustomer; response: CustomerRows };
  /** A person's word on the VAT of a line that Stripe leaves open; proposes anew. */
  decide_vat: { request: DecideVat; response: Changed };
  /** Takes such a word back: its lines are asked about again. */
  forget_vat: { request: ForgetVat; response: CustomerRows };
  /** Starts fetching both sides; progress tells how far. */
  fetch: { request: Nothing; response: Progress };
  /** How far fetching and writing are. */
  progress: { request: Nothing; response: Progress };
  /** Stops fetching or writing after the request under way. */
  stop: { request: Stop; response: Progress };
  /** A window of the rows of Review. */
  review_rows: { request: ReviewWindow; response: ReviewRows };
  /** Why a row says what it says. */
  explain: { request: RowKey; response: Explanation };
  /** The ledger documents that a row could be. */
  candidates: { request: CandidatesOf; response: Candidates };
  /** A person's choice among candidates, or a yes to what money is proposed to pay. Kept in the book; writes nothing. */
  choose: { request: Choose; response: Changed };
  /** Takes a choice back. */
  forget_choice: { request: RowKey; response: Changed };
  forget_no: { request: ForgetNo; response: Changed };
  /** What the decisions of this book taught, used or only offered. */
  learned: { request: Nothing; response: LearnedThings };
  /** What matching would do with these switched on. Writes nothing and keeps nothing. */
  replay_learned: { request: Switches; response: Replayed };
  /** Uses exactly these from now on, and proposes anew. */
  use_learned: { request: Switches; response: LearnedThings };
  /** What Shift+Enter would sign: count and sums, asked once before it is done. */
  signable: { request: ReviewQuery; response: Signable };
  /** Signs rows exactly as they were seen. */
  countersign: { request: Countersign; response: Changed };
  /** Takes signatures back, before writing. */
  undo: { request: RowKeys; response: Changed };
  /** Says no, with a reason. */
  decline: { request: Decline; response: Changed };
  /** Takes what stands in the ledger for right, though it is not what was approved. */
  accept: { request: Accept; response: Changed };
  /** Offers a declined or refused row again. */
  reopen: { request: RowKeys; response: Changed };
  /** A window of the drafts. */
  draft_rows: { request: DraftWindow; response: DraftRows };
  /** One draft as a document and as the very request. */
  draft: { request: DraftKey; response: DraftPaper };
  /** What is signed and not yet written. */
  basket: { request: Nothing; response: Basket };
  /** Writes what is signed, one request after the other. */
  write: { request: Nothing; response: Progress };
  /** Asks the other side about drafts without an answer. */
  ask_unknown: { request: Nothing; response: Progress };
  /** Signatures that can still be taken back. */
  undo_log: { request: Nothing; response: UndoLog };
  /** The newest entries of the trail. */
  trail: { request: TrailWindow; response: Trail };
  /** Saves the whole trail as JSON Lines, its head in the last. */
  export_trail: { request: SaveTo; response: SavedReport };
  /** Saves a redacted report of a problem; nothing is sent. */
  save_report: { request: SaveTo; response: SavedReport };
}
