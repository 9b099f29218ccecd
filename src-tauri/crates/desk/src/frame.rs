//! What frames the page: the open book, its connections, and what waits in each room.

use book::{Act, Side};

use crate::commands::*;
use crate::open::Open;
use crate::problems::LEDGER_NAME;
use crate::{Desk, connect, customers, lock, papers, requests, review};

/// How far back the last write is looked for.
const LAST_ACTS: u32 = 50;

impl Desk {
    pub async fn overview(&self, _: Nothing) -> Result<Overview, Problem> {
        let open = lock(&self.0.open).clone();
        let (revision, book) = match &open {
            Some(open) => {
                let revision = open.book().revision()?;
                (revision, Some(self.head(open)?))
            }
            None => (0, None),
        };
        let person = self.me().map(|me| Person { name: me.name, initials: me.initials });
        let books = if open.is_some() { Vec::new() } else { self.known_books(None) };
        Ok(Overview {
            revision,
            person,
            book,
            books,
            dialogs: self.around().has_dialogs(),
            locale: self.around().locale(),
            version: env!("CARGO_PKG_VERSION").into(),
        })
    }

    fn head(&self, open: &Open) -> Result<BookHead, Problem> {
        let (_, settings) = open.settings()?;
        let book = open.book();
        let head = book.head()?;
        let counts = book.review_counts(None)?;
        let review: u64 = counts.iter().filter(|(bucket, _)| review::is_open(**bucket)).map(|(_, count)| count).sum();
        let drafts = book.draft_count(&papers::SHOWN, stripe::DESTINATION)?;
        let unexplained = counts.get(&book::Bucket::Unexplained).copied().unwrap_or_default();
        let months = book.months()?;
        let months = months.iter().map(|month| Ok(Month { month: month.clone(), rows: count(book.review_counts(Some(month))?.values().sum()) }));
        let last_write = book.trail_window(None, None, LAST_ACTS)?.into_iter().find(|entry| entry.act == Act::Settled).map(|entry| stamp(entry.at));
        let known_name = settings.company().map(|company| company.name.clone());
        Ok(BookHead {
            id: head.id,
            // The demo company is known by its own name, another book by what a person called it.
            name: known_name.clone().filter(|_| open.demo.is_some()).unwrap_or(head.name),
            copied_at: settings.copied_at.map(stamp),
            mode: settings.mode(),
            ledger_name: LEDGER_NAME.into(),
            company: known_name.clone(),
            stripe: Connection {
                state: settings.stripe.as_ref().map_or(ConnectionState::None, |side| connect::stripe_state(open, side)),
                name: settings.stripe.as_ref().map(|side| side.name.clone()),
                fetched_at: book.fetched_at(Side::Stripe)?.map(stamp),
                problem: None,
            },
            ledger: Connection {
                state: settings.ledger.as_ref().map_or(ConnectionState::None, |side| connect::ledger_state(open, side)),
                name: known_name,
                fetched_at: book.fetched_at(Side::Ledger)?.map(stamp),
                problem: None,
            },
            counts: Counts {
                review: count(review),
                drafts: count(drafts),
                payouts: 0,
                unexplained: count(unexplained),
                billing: 0,
                customers: customers::unclear(&book)?,
            },
            months: months.collect::<Result<_, Problem>>()?,
            hosts: open.bases.roles().into_iter().map(|(host, _)| host).collect(),
            last_write,
            stripe_reads: requests::reads(&book, self.now())?,
        })
    }
}
