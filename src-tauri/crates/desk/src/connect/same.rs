//! Whether what answers now is what the book belongs to, and whether no other book has it.

use book::Side;
use ledgers::ReadError;
use ledgers::business_central::Directory;
use stripe::{Kind, Stripe};

use crate::Desk;
use crate::books::known_settings;
use crate::commands::*;
use crate::open::Open;
use crate::settings::{DemoCompany, LedgerSide, Settings, StripeSide};

impl Desk {
    /// Once something was fetched, a book stays with its Stripe account.
    pub(super) async fn same_account(&self, open: &Open, settings: &Settings, client: &Stripe, found: &StripeSide) -> Result<(), Problem> {
        let Some(have) = settings.stripe.as_ref().filter(|_| has_fetched(open, Side::Stripe)) else { return Ok(()) };
        if have.mode != found.mode {
            return Err(Problem::new(Code::OtherMode));
        }
        let same = match (&have.account, &found.account) {
            (Some(have), Some(found)) => have == found,
            // A key that may not say whose it is must know an object of the book.
            _ => knows_an_object(open, client).await?,
        };
        if same { Ok(()) } else { Err(Problem::new(Code::OtherAccount).with("have", have.name.clone()).with("found", found.name.clone())) }
    }

    /// Once something was fetched, a book stays with its company; whoever signs in must see it.
    pub(super) async fn same_company(&self, open: &Open, settings: &Settings, side: &LedgerSide, directory: &Directory) -> Result<(), Problem> {
        let Some(have) = settings.ledger.as_ref().filter(|_| has_fetched(open, Side::Ledger)) else { return Ok(()) };
        let (Some(environment), Some(company)) = (&have.environment, &have.company) else { return Ok(()) };
        let seen = match directory.companies(&side.tenant, environment).await {
            Ok(companies) => companies.iter().any(|seen| seen.id == company.id),
            Err(ReadError::NotFound | ReadError::Refused(_)) => false,
            Err(error) => return Err(error.into()),
        };
        let found = side.user.clone().unwrap_or_else(|| side.tenant.clone());
        if seen { Ok(()) } else { Err(Problem::new(Code::OtherCompany).with("have", company.name.clone()).with("found", found)) }
    }

    /// Test invoices never meet a live ledger, and two books never do the same work.
    pub(super) fn may_pair(
        &self,
        open: &Open,
        demo: &Option<DemoCompany>,
        stripe: Option<&StripeSide>,
        ledger: Option<&LedgerSide>,
    ) -> Result<(), Problem> {
        let (Some(stripe), Some(ledger)) = (stripe, ledger) else { return Ok(()) };
        let Some(company) = &ledger.company else { return Ok(()) };
        if demo.is_some() {
            return Ok(());
        }
        if stripe.mode == Mode::Test && !ledger.sandbox {
            return Err(Problem::new(Code::TestAgainstLive));
        }
        let pair = |other: &Settings| other.company().is_some_and(|other| other.id == company.id) && is_account(other, stripe);
        match known_settings(self, &open.id).into_iter().find(|(_, other)| pair(other)) {
            Some((book, _)) => Err(Problem::new(Code::PairTaken).with("book", book.name).with("path", book.path)),
            None => Ok(()),
        }
    }

    /// Another book with the same company and another Stripe account: each needs a clearing account of its own.
    pub(super) fn shared_with(&self, open: &Open, settings: &Settings) -> Option<String> {
        let (company, stripe) = (settings.company()?, settings.stripe.as_ref()?);
        let shares =
            |other: &Settings| other.demo.is_none() && other.company().is_some_and(|other| other.id == company.id) && !is_account(other, stripe);
        known_settings(self, &open.id).into_iter().find(|(_, other)| settings.demo.is_none() && shares(other)).map(|(book, _)| book.name)
    }
}

/// The same account in the same mode; one whose id nobody could read is told by its key's mode and name.
fn is_account(settings: &Settings, stripe: &StripeSide) -> bool {
    settings.stripe.as_ref().is_some_and(|other| {
        other.mode == stripe.mode
            && match (&other.account, &stripe.account) {
                (Some(a), Some(b)) => a == b,
                _ => other.hint == stripe.hint,
            }
    })
}

pub(super) fn has_fetched(open: &Open, side: Side) -> bool {
    open.book().fetched_at(side).is_ok_and(|at| at.is_some())
}

async fn knows_an_object(open: &Open, client: &Stripe) -> Result<bool, Problem> {
    for kind in [Kind::Invoice, Kind::Customer] {
        let known = open.book().all(Side::Stripe, kind.name(), None, 1)?.pop();
        if let Some(known) = known {
            return Ok(client.get(kind, &known.record.id).await?.is_some());
        }
    }
    Ok(true)
}
