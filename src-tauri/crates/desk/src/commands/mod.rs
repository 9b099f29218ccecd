//! The one declared list of commands. The window, the browser host and the command
//! line all go through `call`; the page's TypeScript is printed from the same list.

mod problem;
mod types;

use serde::{Serialize, de::DeserializeOwned};
use ts_rs::TS;

pub use problem::{Code, Problem};
pub use types::*;

use crate::Desk;

macro_rules! commands {
    ($($(#[doc = $doc:literal])* $name:ident($request:ident) -> $response:ident;)*) => {
        /// Every command there is.
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];

        /// Runs a command: JSON in, JSON out.
        pub async fn call(desk: &Desk, name: &str, body: &str) -> Result<String, Problem> {
            match name {
                $(stringify!($name) => answer(&desk.$name(request::<$request>(body)?).await?),)*
                _ => Err(Problem::new(Code::NoSuchCommand).with("name", name)),
            }
        }

        fn declared() -> String {
            let mut out = String::from("export interface Commands {\n");
            $(
                $(out.push_str(&format!("  /** {} */\n", $doc.trim()));)*
                out.push_str(&format!("  {}: {{ request: {}; response: {} }};\n", stringify!($name), stringify!($request), stringify!($response)));
            )*
            out.push_str("}\n");
            out
        }
    };
}

commands! {
    /// What frames the page: the person, the open book, its counts.
    overview(Nothing) -> Overview;
    /// Names the person who signs.
    introduce(Introduce) -> Overview;
    /// Starts the demo company and opens its book.
    open_demo(Nothing) -> Overview;
    /// Makes an empty book for the accounts about to be connected.
    new_book(NewBook) -> Overview;
    /// Opens a book that is on this computer.
    open_book(OpenBook) -> Overview;
    /// Closes the open book and goes back to the two doors.
    close_book(Nothing) -> Overview;
    /// The books of this computer, also those that cannot be opened.
    books(Nothing) -> Books;
    /// Gives the open book another name; its file keeps its own.
    rename_book(RenameBook) -> Overview;
    /// Asks for a file by the system's own dialog; nothing when it is closed without one.
    choose_file(ChooseFile) -> ChosenFile;
    /// Saves a whole copy of the open book, and opens it to see that it is whole.
    save_copy(SaveCopy) -> SavedCopy;
    /// From now on the open copy is the book; said by a person.
    go_on_with_copy(Nothing) -> Overview;
    /// Checks a Stripe key there and then, and keeps it in the keychain.
    connect_stripe(StripeKey) -> StripeCheck;
    /// Asks Stripe again what the kept key may do.
    check_stripe(Nothing) -> StripeCheck;
    /// Opens the ledger's sign-in page; the listener for its answer is up before.
    begin_signin(BeginSignin) -> SigninStatus;
    /// Begins a sign-in by a code that is typed on a page anywhere.
    begin_device(BeginSignin) -> SigninStatus;
    /// Signs in an application by its own secret, checked there and then.
    connect_application(ApplicationSecret) -> SigninStatus;
    /// Opens Stripe's page on which an account is connected to a platform.
    begin_platform(BeginPlatform) -> SigninStatus;
    /// Hands over the address at which the browser ended.
    hand_answer(HandAnswer) -> SigninStatus;
    /// How far the sign-in is.
    signin_status(Nothing) -> SigninStatus;
    /// Gives up waiting for the sign-in.
    cancel_signin(Nothing) -> SigninStatus;
    /// The companies of one environment.
    companies(EnvironmentName) -> Companies;
    /// Chooses the company this book is paired with.
    choose_company(ChooseCompany) -> Overview;
    /// How both connections stand.
    connections(Nothing) -> Connections;
    /// Asks one side now whether the connection holds.
    check_connection(OfSide) -> Connections;
    /// Lets the system ask for the keychain's password, and takes up what is kept there.
    unlock_keychain(Nothing) -> Connections;
    /// Ends a connection: its secrets are forgotten, the book stays.
    disconnect(Disconnect) -> Connections;
    /// What has left this computer since the program started, and to whom.
    traffic(Nothing) -> Traffic;
    /// The few choices that decide what is drafted.
    choices(Nothing) -> Choices;
    /// Saves the choices, checked against the ledger, and proposes anew.
    save_choices(BookChoices) -> Choices;
    /// What would be proposed with these choices. Writes nothing and keeps nothing.
    rehearse(Rehearse) -> Rehearsal;
    /// Stripe's customers with documents, beside the ledger's customers they are taken for; unclear ones first.
    customer_rows(CustomersQuery) -> CustomerRows;
    /// The customers of the ledger that one of Stripe's could be.
    customer_candidates(CustomerCandidatesOf) -> CustomerCandidates;
    /// A person's word on who a customer is; proposes anew.
    link_customer(LinkCustomer) -> CustomerRows;
    /// A person's word on the VAT of a line that Stripe leaves open; proposes anew.
    decide_vat(DecideVat) -> Changed;
    /// Takes such a word back: its lines are asked about again.
    forget_vat(ForgetVat) -> CustomerRows;
    /// Starts fetching both sides; progress tells how far.
    fetch(Nothing) -> Progress;
    /// How far fetching and writing are.
    progress(Nothing) -> Progress;
    /// Stops fetching or writing after the request under way.
    stop(Stop) -> Progress;
    /// A window of the rows of Review.
    review_rows(ReviewWindow) -> ReviewRows;
    /// Why a row says what it says.
    explain(RowKey) -> Explanation;
    /// The ledger documents that a row could be.
    candidates(CandidatesOf) -> Candidates;
    /// A person's choice among candidates, or a yes to what money is proposed to pay. Kept in the book; writes nothing.
    choose(Choose) -> Changed;
    /// Takes a choice back.
    forget_choice(RowKey) -> Changed;
    forget_no(ForgetNo) -> Changed;
    /// What the decisions of this book taught, used or only offered.
    learned(Nothing) -> LearnedThings;
    /// What matching would do with these switched on. Writes nothing and keeps nothing.
    replay_learned(Switches) -> Replayed;
    /// Uses exactly these from now on, and proposes anew.
    use_learned(Switches) -> LearnedThings;
    /// What Shift+Enter would sign: count and sums, asked once before it is done.
    signable(ReviewQuery) -> Signable;
    /// Signs rows exactly as they were seen.
    countersign(Countersign) -> Changed;
    /// Takes signatures back, before writing.
    undo(RowKeys) -> Changed;
    /// Says no, with a reason.
    decline(Decline) -> Changed;
    /// Takes what stands in the ledger for right, though it is not what was approved.
    accept(Accept) -> Changed;
    /// Offers a declined or refused row again.
    reopen(RowKeys) -> Changed;
    /// A window of the drafts.
    draft_rows(DraftWindow) -> DraftRows;
    /// One draft as a document and as the very request.
    draft(DraftKey) -> DraftPaper;
    /// What is signed and not yet written.
    basket(Nothing) -> Basket;
    /// Writes what is signed, one request after the other.
    write(Nothing) -> Progress;
    /// Asks the other side about drafts without an answer.
    ask_unknown(Nothing) -> Progress;
    /// Signatures that can still be taken back.
    undo_log(Nothing) -> UndoLog;
    /// The newest entries of the trail.
    trail(TrailWindow) -> Trail;
    /// Saves the whole trail as JSON Lines, its head in the last.
    export_trail(SaveTo) -> SavedReport;
    /// Saves a redacted report of a problem; nothing is sent.
    save_report(SaveTo) -> SavedReport;
}

/// The types of the page, printed from this list.
pub fn typescript() -> String {
    let mut out = String::from("// Printed from the declared commands of the desk; `make bindings` prints it again. Do not edit.\n\n");
    for declaration in types::declarations().into_iter().chain(problem::declarations()) {
        out.push_str("export ");
        out.push_str(&declaration);
        out.push_str("\n\n");
    }
    out.push_str(&declared());
    out
}

pub(crate) fn declare<T: TS>() -> String {
    T::decl(&ts_rs::Config::default())
}

fn request<T: DeserializeOwned>(body: &str) -> Result<T, Problem> {
    serde_json::from_str(body).map_err(|_| Problem::new(Code::BadRequest))
}

fn answer<T: Serialize>(value: &T) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(|_| Problem::new(Code::Internal))
}
