//! Writing: look, begin, send once, settle. The loop decides nothing; `drafts` and `book` do.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use book::{Begun, BookError, Prepared, Ready, Standing};
use drafts::{Destination, Draft, DraftId, Fresh, LookFailed, Outcome, Seen, Source, State};

use futures::stream::{self, StreamExt};

use crate::commands::*;
use crate::open::{Open, stop_asked};
use crate::{Desk, lock, papers, period};

/// Sendings in a row without any answer after which the rest waits: the network is gone, not a draft.
const MOST_UNKNOWN_IN_A_ROW: u32 = 3;
/// A request that was turned away for haste is tried again so often, after twice the wait each time.
const MOST_TRIES: u32 = 6;
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// Rows that are written side by side, so that one service is not idle while the other is waited for;
/// the clients keep each service's limits.
const GROUPS_AT_ONCE: usize = 4;

/// What the rows of one run share.
#[derive(Default)]
struct Run {
    unknown_in_a_row: AtomicU32,
    periods: period::Asked,
    /// What the drafts that went stale were made from.
    moved: Mutex<BTreeSet<String>>,
    /// Something ended the run: nothing more is begun.
    over: AtomicBool,
}

/// What became of one draft in this run.
enum Ended {
    In(State),
    /// It still waits for another, or cannot be sent as it is.
    Waits,
    /// It certainly never arrived: a code of the client.
    NotSent {
        code: String,
        side: &'static str,
    },
}

impl Desk {
    pub async fn write(&self, _: Nothing) -> Result<Progress, Problem> {
        let open = self.open()?;
        self.start_write(&open)?;
        let desk = self.clone();
        tokio::spawn(async move { desk.run_write(open).await });
        self.progress(Nothing {}).await
    }

    /// The same to its end, for callers that wait.
    pub async fn write_all(&self) -> Result<WriteProgress, Problem> {
        let open = self.open()?;
        self.start_write(&open)?;
        self.run_write(open.clone()).await;
        let done = lock(&open.write).clone().ok_or(Problem::new(Code::Internal))?;
        done.problem.clone().map_or(Ok(done), Err)
    }

    pub async fn ask_unknown(&self, _: Nothing) -> Result<Progress, Problem> {
        let open = self.open()?;
        let _claimed = self.claim(&open, |_| ()).await?;
        self.resolve_unknowns(&open).await?;
        self.around().changed();
        self.progress(Nothing {}).await
    }

    fn start_write(&self, open: &Open) -> Result<(), Problem> {
        open.who()?;
        let (total, unknown) = {
            let book = open.book();
            (book.outbox()?.len() as u32, book.drafts_in(&[State::Unknown, State::Sending])?.len() as u32)
        };
        if total + unknown == 0 {
            return Err(Problem::new(Code::NothingToWrite));
        }
        if lock(&open.fetch).as_ref().is_some_and(|fetch| fetch.running) {
            return Err(Problem::new(Code::AlreadyRunning));
        }
        let mut write = lock(&open.write);
        if write.as_ref().is_some_and(|write| write.running) {
            return Err(Problem::new(Code::AlreadyRunning));
        }
        stop_asked(&open.stop_write);
        *write =
            Some(WriteProgress { running: true, total, confirmed: 0, waiting: 0, not_sent: total, unknown, refused: 0, otherwise: 0, problem: None });
        Ok(())
    }

    async fn run_write(&self, open: Arc<Open>) {
        let result = self.write_signed(&open).await.inspect_err(|problem| open.heed(problem));
        if let Some(write) = lock(&open.write).as_mut() {
            (write.running, write.waiting, write.problem) = (false, 0, result.err());
        }
        self.around().changed();
    }

    async fn write_signed(&self, open: &Arc<Open>) -> Result<(), Problem> {
        let _claimed = self.claim(open, |waiting| self.show(open, |write| write.problem = Some(waiting.clone()))).await?;
        self.show(open, |write| write.problem = None);
        self.repropose_all(open).await?;
        // A lost reply may hide what the rest waits for.
        self.resolve_unknowns(open).await?;
        let groups = open.book().outbox_groups()?;
        let run = Run::default();
        // None is cut off in the middle of a sending: each ends by itself, after its draft at hand.
        let ended: Vec<_> = stream::iter(groups).map(|group| self.write_group(open, group, &run)).buffer_unordered(GROUPS_AT_ONCE).collect().await;
        self.note_reads(open)?;
        let moved = std::mem::take(&mut *lock(&run.moved));
        if !moved.is_empty() {
            self.read_again(open, &moved).await?;
        }
        ended.into_iter().collect()
    }

    /// Drafts that wait for one another, one after the other.
    async fn write_group(&self, open: &Arc<Open>, group: Vec<Standing>, run: &Run) -> Result<(), Problem> {
        for standing in group {
            if run.over.load(Ordering::Relaxed) {
                return Ok(());
            }
            let ended = self.write_in_turn(open, &standing.id, run).await;
            if ended.is_err() {
                run.over.store(true, Ordering::Relaxed);
            }
            ended?;
        }
        Ok(())
    }

    async fn write_in_turn(&self, open: &Arc<Open>, id: &DraftId, run: &Run) -> Result<(), Problem> {
        if stop_asked(&open.stop_write) {
            return Err(Problem::new(Code::Stopped));
        }
        self.show(open, |write| (write.waiting, write.not_sent) = (write.waiting + 1, write.not_sent.saturating_sub(1)));
        let ended = self.write_patiently(open, id, run).await;
        // Sent, and its answer could not be kept: nobody knows of it until it is asked about.
        let unkept = ended.is_err() && open.book().draft(id).ok().flatten().is_some_and(|draft| draft.standing.state == State::Sending);
        self.show(open, |write| {
            write.waiting = write.waiting.saturating_sub(1);
            match ended {
                Ok(Some(State::Written | State::Posted)) => write.confirmed += 1,
                Ok(Some(State::Unknown)) => write.unknown += 1,
                Ok(Some(State::Refused)) => write.refused += 1,
                Ok(Some(State::Altered)) => write.otherwise += 1,
                Err(_) if unkept => write.unknown += 1,
                _ => write.not_sent += 1,
            }
        });
        if ended? != Some(State::Unknown) {
            run.unknown_in_a_row.store(0, Ordering::Relaxed);
        } else if run.unknown_in_a_row.fetch_add(1, Ordering::Relaxed) + 1 >= MOST_UNKNOWN_IN_A_ROW {
            return Err(Problem::new(Code::Unanswered).with("most", MOST_UNKNOWN_IN_A_ROW.to_string()));
        }
        Ok(())
    }

    /// One draft: its state at the end, or none when it still waits for another.
    async fn write_patiently(&self, open: &Arc<Open>, id: &DraftId, run: &Run) -> Result<Option<State>, Problem> {
        let (mut wait, mut busy) = (FIRST_WAIT, "");
        for _ in 0..MOST_TRIES {
            match self.write_one(open, id, run).await? {
                Ended::In(state) => return Ok(Some(state)),
                Ended::Waits => return Ok(None),
                Ended::NotSent { code, side } if code == "limited" => {
                    busy = side;
                    self.around().outside().clock.sleep(wait).await;
                }
                Ended::NotSent { code, side } => return Err(not_sent(&code, side)),
            }
            wait *= 2;
        }
        Err(Problem::new(Code::Limited).with("side", busy))
    }

    async fn write_one(&self, open: &Arc<Open>, id: &DraftId, run: &Run) -> Result<Ended, Problem> {
        let prepared = match open.book().prepare(id) {
            // This one cannot be sent as it is; the others can.
            Err(BookError::Unfit { .. }) => return Ok(Ended::Waits),
            other => other?,
        };
        let ready = match prepared {
            Prepared::Ready(ready) => ready,
            Prepared::Waiting(_) => return Ok(Ended::Waits),
            Prepared::Taken(state) => return Ok(Ended::In(state)),
        };
        let to = destination(open, &ready.draft)?;
        let (fresh, seen) = self.ask_both(open, &ready, to.as_ref(), run).await?;
        let begun = match open.book().begin(id, &fresh, &seen, self.now()) {
            Err(BookError::NotRefreshed(_) | BookError::Unfit { .. }) => return Ok(Ended::Waits),
            other => other?,
        };
        let permit = match begun {
            Begun::Permit(permit) => permit,
            Begun::Ours(_) => return Ok(Ended::In(State::Written)),
            Begun::Stale(_) => {
                lock(&run.moved).extend(ready.draft.sources.iter().map(|source| source.key.clone()));
                return Ok(Ended::In(State::Stale));
            }
            Begun::Waiting(_) | Begun::Later { .. } => return Ok(Ended::Waits),
            Begun::Taken(state) => return Ok(Ended::In(state)),
        };
        let outcome = to.send(&permit).await;
        let written = matches!(outcome, Outcome::Written(_));
        let settled = open.book().settle(permit, &outcome, self.now())?;
        let state = if written { self.read_back(open, id).await?.unwrap_or(settled) } else { settled };
        Ok(match outcome {
            Outcome::NotSent { code } => Ended::NotSent { code, side: papers::system(papers::side(&ready.draft.frozen.destination)) },
            _ => Ended::In(state),
        })
    }

    /// Whether what it was made from is still so, and whether it is there already: each side is asked about its own.
    async fn ask_both(&self, open: &Open, ready: &Ready, to: &dyn Destination, run: &Run) -> Result<(Vec<Fresh>, Vec<Seen>), Problem> {
        let is_stripes = |source: &Source| source.key.starts_with("stripe:");
        let to_stripe = ready.draft.frozen.destination == stripe::DESTINATION;
        let (periods, sources): (Vec<_>, Vec<_>) = ready.draft.sources.iter().cloned().partition(period::is_period);
        let (own, others): (Vec<_>, Vec<_>) = sources.into_iter().partition(|source| is_stripes(source) == to_stripe);
        let (this, that) = if to_stripe { (Side::Stripe, Side::Ledger) } else { (Side::Ledger, Side::Stripe) };
        let mut fresh = self.refresh_periods(open, &periods, &run.periods).await.map_err(asking(Side::Ledger))?;
        if !others.is_empty() {
            let other: Arc<dyn Destination> = if to_stripe { open.ledger()? } else { open.stripe()? };
            fresh.extend(other.refresh(&others).await.map_err(asking(that))?);
        }
        let asked = to.refresh_and_look(&own, &ready.draft, &ready.filled).await.map_err(asking(this))?;
        fresh.extend(asked.fresh);
        Ok((fresh, asked.seen))
    }

    /// Asks about everything without an answer before anything else happens.
    async fn resolve_unknowns(&self, open: &Arc<Open>) -> Result<(), Problem> {
        let unknowns = open.book().unknowns(self.now())?;
        for unknown in unknowns {
            let side = papers::side(&unknown.draft.frozen.destination);
            let seen = destination(open, &unknown.draft)?.look(&unknown.draft, &unknown.filled).await.map_err(asking(side))?;
            let answered = open.book().resolve(&unknown.draft.id, &seen, self.now())?;
            self.show(open, |write| {
                write.unknown = write.unknown.saturating_sub(u32::from(answered.state != State::Unknown));
                write.confirmed += u32::from(answered.state == State::Written);
            });
        }
        Ok(())
    }

    fn show(&self, open: &Open, change: impl FnOnce(&mut WriteProgress)) {
        if let Some(write) = lock(&open.write).as_mut() {
            change(write);
        }
        self.around().changed();
    }
}

fn destination(open: &Open, draft: &Draft) -> Result<Arc<dyn Destination>, Problem> {
    if draft.frozen.destination == stripe::DESTINATION { Ok(open.stripe()?) } else { Ok(open.ledger()?) }
}

/// A question that was not answered, by whom.
fn asking(side: Side) -> impl Fn(LookFailed) -> Problem {
    move |failed| Problem::from(failed).with("side", papers::system(side))
}

fn not_sent(code: &str, side: &str) -> Problem {
    let code = match code {
        "signed_out" => Code::SigninAgain,
        "key_refused" => Code::KeyRejected,
        "keychain" => Code::KeychainLocked,
        "offline" => Code::Offline,
        _ => Code::NoAnswer,
    };
    Problem::new(code).with("side", side)
}
