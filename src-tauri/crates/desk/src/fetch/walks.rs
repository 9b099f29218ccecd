//! Stripe's side: every kind walked as fast as its limits allow, and what changed on older objects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use book::Side as Of;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::try_join_all;
use futures::stream::{self, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use stripe::{Change, Kind, Topic, Walk};

use super::{MOST_PAGES, Run, stripe_record};
use crate::commands::*;
use crate::lock;
use crate::settings::Settings;

/// An object is committed a moment after the second it says it was made in.
const OVERLAP: TimeDelta = TimeDelta::minutes(5);
/// Events older than this are gone (docs: List all events); a longer silence means a whole walk.
const EVENTS_LAST: TimeDelta = TimeDelta::days(29);
/// One walk asks for a page, waits for it, and asks for the next. So many side by side reach Stripe's limit of an
/// endpoint also when an answer takes its time; a walk that looks shorter than this many pages stays whole.
const PARTS: u32 = 4;
const SPLIT_FROM: i64 = 8;
/// Changed objects that are asked for at once; the client keeps the limits.
const ASKED_AT_ONCE: usize = 8;

/// Where a walk over one kind of Stripe's objects stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    /// In the middle; stopped or cut off.
    At(Walk),
    /// The same in parts, each of which is somewhere; afterwards everything made up to `until` is there.
    Parts {
        left: Vec<Walk>,
        #[serde(with = "chrono::serde::ts_seconds")]
        until: DateTime<Utc>,
    },
    /// Everything made up to then is there.
    Until(DateTime<Utc>),
}

/// The parts of one walk that are under way.
struct Parts {
    left: Mutex<BTreeMap<usize, Walk>>,
    until: DateTime<Utc>,
}

impl Run<'_> {
    pub(super) async fn stripe_side(&self, settings: &Settings) -> Result<(), Problem> {
        // Each kind of object has its own limit, so they are walked side by side.
        try_join_all(Kind::ALL.map(|kind| async move {
            self.stripe_kind(kind, settings).await?;
            self.step(Side::Stripe, kind.name());
            Ok::<_, Problem>(())
        }))
        .await?;
        for topic in Topic::ALL {
            self.stripe_changes(topic, settings).await?;
            self.step(Side::Stripe, "changes");
        }
        Ok(())
    }

    async fn stripe_kind(&self, kind: Kind, settings: &Settings) -> Result<(), Problem> {
        let now = self.desk.now();
        let (walks, until) = match self.place(kind.name())? {
            Some(Place::Parts { left, until }) => (left, until),
            Some(Place::At(walk)) => (vec![walk.clone()], walk.until),
            Some(Place::Until(until)) => (vec![Walk::between(Some(until - OVERLAP), now)], now),
            None => (vec![Walk::between(self.since(kind, settings), now)], now),
        };
        let parts = Parts { left: Mutex::new(walks.into_iter().enumerate().collect()), until };
        // One that goes on after a stop is in parts already.
        let fresh = lock(&parts.left).len() == 1;
        if fresh {
            self.page_of(kind, &parts, 0, settings).await?;
            parts.split();
        }
        let under_way: Vec<usize> = lock(&parts.left).keys().copied().collect();
        try_join_all(under_way.into_iter().map(|part| self.walk(kind, &parts, part, settings))).await?;
        Ok(())
    }

    async fn walk(&self, kind: Kind, parts: &Parts, part: usize, settings: &Settings) -> Result<(), Problem> {
        for _ in 0..MOST_PAGES {
            if !self.page_of(kind, parts, part, settings).await? {
                break;
            }
        }
        Ok(())
    }

    /// Whether the part goes on.
    async fn page_of(&self, kind: Kind, parts: &Parts, part: usize, settings: &Settings) -> Result<bool, Problem> {
        let Some(walk) = lock(&parts.left).get(&part).cloned() else { return Ok(false) };
        let page = match self.open.stripe()?.page(kind, &walk).await {
            // A part that the key may not read is left out; the connection says so.
            Err(stripe::StripeError::NotGranted(_)) => {
                lock(&parts.left).clear();
                return Ok(false);
            }
            other => other?,
        };
        let records: Vec<_> = page.rows.iter().map(|row| stripe_record(row, settings)).collect();
        let more = page.next.is_some();
        parts.reached(part, page.next);
        self.keep(|book, at| book.put_page(Of::Stripe, kind.name(), &records, &parts.place().text(), at))?;
        self.page(records.len())?;
        Ok(more)
    }

    /// Objects that changed after they were made: the events say which, the objects are read again.
    async fn stripe_changes(&self, topic: Topic, settings: &Settings) -> Result<(), Problem> {
        let name = format!("changes_{}", topic as u8);
        let now = self.desk.now();
        let since = match self.place(&name)? {
            Some(Place::Until(until)) => until,
            // The first walk has just read everything as it is.
            _ => return self.all_seen(&name, now),
        };
        if now - since > EVENTS_LAST {
            self.again(&Kind::ALL, settings, now).await?;
            return self.all_seen(&name, now);
        }
        let mut changed: BTreeMap<Kind, BTreeSet<String>> = BTreeMap::new();
        let mut walk = Some(Walk::between(Some(since - OVERLAP), now));
        while let Some(place) = walk.take() {
            let page = match self.open.stripe()?.changes(topic, &place).await {
                Err(stripe::StripeError::NotGranted(_)) => return Ok(()),
                other => other?,
            };
            for change in page.changes {
                if !self.is_ours(&change)? {
                    changed.entry(change.kind).or_default().insert(change.id);
                }
            }
            walk = page.next;
            self.page(0)?;
        }
        for (kind, ids) in changed {
            // A page holds as many objects as a hundred questions ask for.
            let pages = self.open.book().size(Of::Stripe, kind.name())?.div_ceil(stripe::ROWS_A_PAGE);
            if ids.len() as u64 > pages.max(1) {
                self.again(&[kind], settings, now).await?;
            } else {
                stream::iter(ids).map(|id| self.one(kind, id, settings)).buffer_unordered(ASKED_AT_ONCE).try_collect::<Vec<()>>().await?;
            }
        }
        self.all_seen(&name, now)
    }

    /// Our own mark on an invoice, which changes nothing that is kept of it.
    fn is_ours(&self, change: &Change) -> Result<bool, Problem> {
        let Some(key) = &change.idempotency_key else { return Ok(false) };
        Ok(self.open.book().sent_under(key)?)
    }

    async fn one(&self, kind: Kind, id: String, settings: &Settings) -> Result<(), Problem> {
        match self.open.stripe()?.get(kind, &id).await? {
            Some(row) => drop(self.keep(|book, at| book.put(Of::Stripe, &[stripe_record(&row, settings)], at))?),
            None => self.keep(|book, at| book.mark_one_gone(Of::Stripe, kind.name(), &id, at))?,
        }
        self.page(1)
    }

    /// Whole walks from the beginning.
    async fn again(&self, kinds: &[Kind], settings: &Settings, now: DateTime<Utc>) -> Result<(), Problem> {
        for kind in kinds {
            let begin = Place::At(Walk::between(self.since(*kind, settings), now));
            self.keep(|book, at| book.set_cursor(Of::Stripe, kind.name(), &begin.text(), at))?;
        }
        try_join_all(kinds.iter().map(|kind| self.stripe_kind(*kind, settings))).await?;
        Ok(())
    }

    fn all_seen(&self, name: &str, now: DateTime<Utc>) -> Result<(), Problem> {
        self.keep(|book, at| book.set_cursor(Of::Stripe, name, &Place::Until(now).text(), at))
    }

    fn place(&self, kind: &str) -> Result<Option<Place>, Problem> {
        let cursor = self.open.book().cursor(Of::Stripe, kind)?;
        // A cursor that cannot be read begins the walk again; what is there already is only seen once more.
        Ok(cursor.and_then(|cursor| serde_json::from_str(&cursor.json).ok()))
    }

    /// Master data from the beginning, documents and money from a year before the book.
    fn since(&self, kind: Kind, settings: &Settings) -> Option<DateTime<Utc>> {
        match kind {
            Kind::Customer | Kind::Product | Kind::TaxRate | Kind::Coupon => None,
            _ => settings.start.checked_sub_months(super::BEFORE_START)?.and_hms_opt(0, 0, 0).map(|at| at.and_utc()),
        }
    }
}

impl Parts {
    fn reached(&self, part: usize, next: Option<Walk>) {
        let mut left = lock(&self.left);
        match next {
            Some(walk) => drop(left.insert(part, walk)),
            None => drop(left.remove(&part)),
        }
    }

    /// The rest of a single walk in parts, where its first page says that it is long.
    fn split(&self) {
        let mut left = lock(&self.left);
        let Some(walk) = left.get(&0) else { return };
        let (Some(since), Some(reached)) = (walk.since, walk.reached) else { return };
        let a_page = (walk.until - reached).num_seconds().max(1);
        if (reached - since).num_seconds() / a_page >= SPLIT_FROM {
            // The second that was reached comes once more: its objects may stand on two pages.
            *left = Walk::between(Some(since), reached).split(PARTS).into_iter().enumerate().collect();
        }
    }

    fn place(&self) -> Place {
        let left: Vec<Walk> = lock(&self.left).values().cloned().collect();
        if left.is_empty() { Place::Until(self.until) } else { Place::Parts { left, until: self.until } }
    }
}

impl Place {
    fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("a time")
    }

    fn under_way(since: i64, reached: i64, until: i64) -> Parts {
        let walk = Walk { after: Some("in_1".to_owned()), reached: Some(at(reached)), ..Walk::between(Some(at(since)), at(until)) };
        Parts { left: Mutex::new(BTreeMap::from([(0, walk)])), until: at(until) }
    }

    #[test]
    fn a_long_rest_is_walked_in_parts_and_a_short_one_stays_whole() {
        let short = under_way(0, 600, 1_000);
        short.split();
        assert_eq!(lock(&short.left).len(), 1);
        let long = under_way(0, 990, 1_000);
        long.split();
        let parts: Vec<_> = lock(&long.left).values().map(|walk| (walk.since.map(|at| at.timestamp()), walk.until.timestamp())).collect();
        assert_eq!((parts.len(), parts[0].0, parts[3].1), (4, Some(0), 990), "{parts:?}");
    }

    #[test]
    fn a_place_is_read_back_and_so_is_one_of_an_older_program() {
        let long = under_way(0, 990, 1_000);
        long.split();
        long.reached(2, None);
        let place = long.place();
        assert_eq!(serde_json::from_str::<Place>(&place.text()).expect("a place"), place);
        let old = r#"{"at":{"since":1,"until":9,"after":"in_1","reached":5}}"#;
        assert!(matches!(serde_json::from_str(old).expect("a place"), Place::At(walk) if walk.reached == Some(at(5))));
        for part in [0, 1, 3] {
            long.reached(part, None);
        }
        assert_eq!(long.place(), Place::Until(at(1_000)));
    }
}
