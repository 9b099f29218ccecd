//! The closed list of what can go wrong, as the page and the command line see it.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::declare;

/// A code with its values. The page has its own words for each code; the English
/// ones here are for the command line and the log. Never matched on text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Problem {
    pub code: Code,
    pub params: BTreeMap<String, String>,
    /// How long the other side asked us to wait, in milliseconds.
    #[ts(type = "number | null")]
    pub retry_after_ms: Option<u64>,
    /// The other side's own reference for its support (request id, correlation id).
    pub incident: Option<String>,
}

macro_rules! codes {
    ($($code:ident $words:literal $next:literal;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
        #[serde(rename_all = "snake_case")]
        pub enum Code { $($code),* }

        impl Code {
            pub const ALL: &[Self] = &[$(Self::$code),*];

            /// What failed and what was not done. `{name}` stands for a parameter.
            pub const fn words(self) -> &'static str {
                match self { $(Self::$code => $words),* }
            }

            /// What to do next.
            pub const fn next(self) -> &'static str {
                match self { $(Self::$code => $next),* }
            }
        }
    };
}

codes! {
    NoSuchCommand "There is no command {name}. Nothing was done." "Use a newer version of the program.";
    BadRequest "The request could not be read. Nothing was done." "Try again; if it stays, save a report.";
    Internal "The program made a mistake of its own. Nothing was written." "Save a report and try again.";
    NoBook "No book is open. Nothing was done." "Open a book, or the demo company.";
    NoPerson "Nobody has said who signs. Nothing was signed." "Enter your name and initials.";
    BadName "A name and one to four letters for initials are needed. Nothing was kept." "Fill in both.";
    BookMissing "There is no book at {path}. Nothing was opened." "Choose another file.";
    BookForeign "{path} is not a book of this program. It was left as it is." "Choose another file.";
    BookNewer "{path} was made by a newer version. It was left as it is." "Use that version, or a newer one.";
    BookDamaged "{path} is damaged. It was left as it is." "Open a copy.";
    BookPlace "{path} is on a network or cloud folder, where a book can be damaged. It was not opened." "Move it to a folder of this computer.";
    BookBusy "Another window or command is using this book ({by}). Nothing was done." "Wait until it has finished, then try again.";
    BookExists "There is a file at {path} already. It was left as it is." "Choose another name.";
    OnlyACopy "This is a copy of a book, to be looked at. Nothing was fetched, changed or written." "Open the book itself; or go on with this copy when the book is not used any more.";
    CopyNotSaved "The copy could not be saved: {cause}. The book is as it was." "Choose another folder, or make room on the disk.";
    BookFile "The book file could not be written: {cause}. Nothing more was done." "Make room on the disk, or let this program write there; then try again.";
    NotConnected "{side} is not connected. Nothing was fetched." "Connect it first.";
    TestAgainstLive "A Stripe test key cannot be paired with a live ledger. Nothing was kept." "Use a live key, or the demo company.";
    KeyMalformed "This is not a Stripe secret or restricted key. Nothing was kept." "Copy a key that begins with rk_ or sk_.";
    KeyPublishable "This is a publishable key, which may not read anything. Nothing was kept." "Copy a restricted key instead.";
    KeyRejected "Stripe does not accept this key. Nothing further was kept or written." "Copy it again, or make a new one in Stripe.";
    KeyExpired "This key has expired. Nothing was fetched." "Make a new one in Stripe and replace it here.";
    PermissionMissing "The key may not read {what}. That part was not fetched." "Allow it in Stripe, then ask again.";
    KeychainMissing "No keychain of this computer can be reached. Nothing was kept in it or read from it." "Start the keychain, or keep the key only until you quit.";
    KeychainLocked "The keychain is locked. Nothing was kept in it or read from it." "Unlock it, then try again.";
    KeychainUnavailable "The keychain did not answer. Nothing was kept in it or read from it." "Try again; restart the computer if it stays.";
    SigninDenied "The sign-in was declined or closed. Nothing was connected." "Sign in again when you are ready.";
    SigninTimeout "No answer came from the sign-in page. Nothing was connected." "Sign in again.";
    SigninState "An answer came that does not belong to this sign-in. It was ignored." "Sign in again from here.";
    SigninAgain "{side} wants you to sign in again. Nothing further was fetched or written." "Sign in again; if that does not help, ask an administrator.";
    SigninBlocked "A rule of the organisation (Conditional Access) does not let this sign-in through. Nothing was connected." "Ask an administrator which device, place or account the rule allows.";
    SigninSecondFactor "Microsoft asks for a second factor for this account. Nothing was connected." "Sign in again and set it up on Microsoft's page; if it does not offer that, ask an administrator.";
    SigninConsent "Nobody has allowed this program to use Business Central for the organisation. Nothing was connected." "Send this address to an administrator: {url}";
    SigninRedirect "The registration does not know the address that this program answers at. Nothing was connected." "Add {address} to it, under mobile and desktop applications.";
    SigninClient "The organisation has no registration with this client id. Nothing was connected." "Check client id and tenant.";
    SigninTenant "Microsoft knows no organisation by this tenant. Nothing was connected." "Check the tenant: its id or domain.";
    SigninOneTenant "This registration belongs to one organisation. Nothing was connected." "Enter that organisation as the tenant.";
    SigninSetup "The sign-in lacks a tenant or a client id. Nothing was begun." "Enter what your administrator gave you.";
    SigninAccount "This account does not belong to that organisation. Nothing was connected." "Sign in with another account.";
    SigninNoLedger "This organisation has no Business Central. Nothing was connected." "Choose another organisation.";
    SigninPublic "The registration does not allow public client flows. Nothing was connected." "Allow them there, or sign in in the browser.";
    SigninNotSecret "This registration has no secret of its own. Nothing was connected." "Sign in in the browser, or with a device code.";
    SecretWrong "Microsoft does not accept this client secret. Nothing was connected." "Copy the value of the secret, not its id.";
    SecretExpired "The client secret has expired. Nothing further was fetched or written." "Make a new one and enter it here.";
    DeviceEnded "The code was not typed in time. Nothing was connected." "Begin again for a new code.";
    SigninLoop "Microsoft saw too many sign-ins in a row. Nothing was connected." "Wait some minutes, then sign in again.";
    SigninMistaken "Microsoft did not take what this program asked ({error}): a mistake of the program. Nothing was connected." "Trying again does not help: save a report.";
    SigninFailed "The sign-in failed ({error}). Nothing was connected." "Try again; if it stays, save a report.";
    LedgerRefusesUser "{side} does not let this account in. Nothing was connected." "Ask an administrator for a licence and a user there.";
    LedgerRefusesApplication "{side} does not know this application. Nothing was connected." "An administrator must add it there as a Microsoft Entra application, enabled, with permissions.";
    OtherAccount "This key belongs to {found}; this book belongs to {have}. Nothing was changed." "Use a key of {have}, or make another book.";
    OtherMode "This key is for another mode than the book was made with. Nothing was changed." "Use a key of the same mode, or make another book.";
    OtherCompany "This book belongs to {have}; {found} is another or does not see it. Nothing was changed." "Use an account that works in {have}, or make another book.";
    PairTaken "The book {book} pairs the same Stripe account with the same company already. Nothing was changed." "Open that book: {path}";
    NotAPlatform "A platform needs its client id (ca_) and its secret key (sk_). Nothing was begun." "Copy both from the Connect settings in Stripe.";
    BadRedirect "The redirect address must begin with https, or with http://localhost and a port. Nothing was begun." "Enter it exactly as it is registered in Stripe.";
    PlatformRefused "Stripe does not accept this client id and key together. Nothing was connected." "Check that both are of one platform and one mode.";
    PlatformBeginAgain "The connection was not finished, and its code is never sent twice. Nothing was kept." "Begin again.";
    NotDeauthorized "Stripe could not be told that the connection ends. Nothing was forgotten." "Try again, or forget the key here only.";
    NoListener "The answer of the sign-in page cannot be received on this computer. Nothing was connected." "Allow connections to localhost, then sign in again.";
    NoBrowser "The browser could not be opened. Nothing was connected." "Open the address by hand: {url}";
    NoAccounts "The ledger shows no account that sales could book to. Nothing was chosen." "Ask for the right to read accounts, then connect again.";
    AccountUnusable "Account {account} does not take postings from sales lines. Nothing was saved." "Choose another account.";
    NoAccountWithoutVat "No account is chosen for what is sold without VAT. Nothing was saved." "Choose one on which the ledger computes none, or name its VAT code.";
    BadChoice "{field} cannot be read. Nothing was saved." "Correct it.";
    BadKey "{key} cannot be a key of Stripe's metadata. Nothing was saved." "Use up to 40 characters, without spaces and brackets.";
    NotInLedger "The ledger has no {value} for {field}. Nothing was saved." "Choose another, or make it there and fetch.";
    TwiceChosen "{field} names {value} twice. Nothing was saved." "Take one of the two away.";
    ZoneFixed "The time zone is fixed since something was written. Nothing was saved." "Make a new book for another zone.";
    VatNumberExists "Customer {number} {name} has the VAT number {vat} already. No second one is made." "Link that customer, or correct its number in the ledger.";
    NoReverseCharge "The invoice carries no VAT number of another EU country. Nothing was decided." "Choose another answer.";
    NotAskable "There is no VAT to decide on this row. Nothing was decided." "Look at the row again.";
    Offline "{side} cannot be reached. Nothing further was done." "Check the network, then try again.";
    NoAnswer "{side} gave no answer that could be used. Nothing further was done." "Try again in a while.";
    Unanswered "{most} sendings in a row had no answer. What became of them is asked before anything else; the rest was not sent." "Check the network, then write again: nothing is sent twice.";
    Limited "{side} asks us to slow down. Nothing was lost." "Try again in a while: it goes on where it stopped.";
    Unavailable "{side} is not available now (status {status}). Nothing further was done." "Try again later.";
    AnswerUnreadable "{side} answered with something that cannot be read (status {status}). Nothing further was done." "Try again; a guest network or a proxy may stand between.";
    RemoteRefused "{side} refused: {words}. Nothing further was done." "Do what it says, then try again.";
    NoPermission "Your user may not do this in {side}. Nothing further was done." "Ask an administrator for the right to it.";
    GoneRemotely "{side} does not know {what} any more. Nothing was written." "Fetch again.";
    Changed "{what} changed after you looked. Nothing was signed." "Look at the difference and sign again.";
    NotSignable "{what} cannot be signed: {why}. Nothing was signed." "Fetch again, or open the explanation.";
    NothingToWrite "Nothing is signed. Nothing was written." "Sign a row first.";
    AlreadyRunning "This is already under way." "Wait for it, or stop it.";
    Stopped "It was stopped. What was done stays done; nothing more was sent." "Start it again when you like.";
    NoSuchRow "That row is not there any more. Nothing was done." "Look at the list again.";
    ReportNotSaved "The file could not be saved: {cause}. Nothing else was touched." "Choose another folder, or make room on the disk.";
}

impl Problem {
    pub const fn new(code: Code) -> Self {
        Self { code, params: BTreeMap::new(), retry_after_ms: None, incident: None }
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }
}

/// English, for the command line and the log.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fill = |text: &str| self.params.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value));
        write!(f, "{} {}", fill(self.code.words()), fill(self.code.next()))?;
        self.incident.as_ref().map_or(Ok(()), |incident| write!(f, " ({incident})"))
    }
}

impl std::error::Error for Problem {}

pub(super) fn declarations() -> Vec<String> {
    vec![declare::<Code>(), declare::<Problem>()]
}
