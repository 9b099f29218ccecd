//! Writing: look, begin, send once, settle. The loop decides nothing; `drafts` and `book` do.

use std::sync::Arc;
use std::time::Duration;

use book::{Begun, BookError, Prepared};
use drafts::{Destination, Draft, DraftId, Fresh, LookFailed, Outcome, Source, State};

use crate::commands::*;
use crate::open::{Open, stop_asked};
use crate::{Desk, lock, papers};

/// Sendings in a row without any answer after which the rest waits: the network is gone, not a draft.
const MOST_UNKNOWN_IN_A_ROW: u32 = 3;
/// A request that was turned away for haste is tried again so often, after twice the wait each time.
const MOST_TRIES: u32 = 6;
const FIRST_WAIT: Duration = Duration::from_secs(1);

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
        *write = Some(WriteProgress { running: true, total, confirmed: 0, waiting: 0, not_sent: total, unknown, refused: 0, problem: None });
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
        // A lost reply may hide what the rest waits for.
        self.resolve_unknowns(open).await?;
        let outbox = open.book().outbox()?;
        let mut unknown_in_a_row = 0;
        for standing in outbox {
            if stop_asked(&open.stop_write) {
                return Err(Problem::new(Code::Stopped));
            }
            self.show(open, |write| (write.waiting, write.not_sent) = (1, write.not_sent.saturating_sub(1)));
            let ended = self.write_patiently(open, &standing.id).await?;
            self.show(open, |write| {
                write.waiting = 0;
                match ended {
                    Some(State::Written | State::Posted) => write.confirmed += 1,
                    Some(State::Unknown) => write.unknown += 1,
                    Some(State::Refused) => write.refused += 1,
                    _ => write.not_sent += 1,
                }
            });
            unknown_in_a_row = if ended == Some(State::Unknown) { unknown_in_a_row + 1 } else { 0 };
            if unknown_in_a_row >= MOST_UNKNOWN_IN_A_ROW {
                return Err(Problem::new(Code::NoAnswer).with("side", "The other side"));
            }
        }
        Ok(())
    }

    /// One draft: its state at the end, or none when it still waits for another.
    async fn write_patiently(&self, open: &Arc<Open>, id: &DraftId) -> Result<Option<State>, Problem> {
        let mut wait = FIRST_WAIT;
        for _ in 0..MOST_TRIES {
            match self.write_one(open, id).await? {
                Ended::In(state) => return Ok(Some(state)),
                Ended::Waits => return Ok(None),
                Ended::NotSent { code, .. } if code == "limited" => self.around().outside().clock.sleep(wait).await,
                Ended::NotSent { code, side } => return Err(not_sent(&code, side)),
            }
            wait *= 2;
        }
        Err(Problem::new(Code::Limited).with("side", "The other side"))
    }

    async fn write_one(&self, open: &Arc<Open>, id: &DraftId) -> Result<Ended, Problem> {
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
        let destination = destination(open, &ready.draft)?;
        let fresh = refresh(open, &ready.draft.sources).await?;
        let seen = destination.look(&ready.draft, &ready.filled).await?;
        let begun = match open.book().begin(id, &fresh, &seen, self.now()) {
            Err(BookError::NotRefreshed(_) | BookError::Unfit { .. }) => return Ok(Ended::Waits),
            other => other?,
        };
        let permit = match begun {
            Begun::Permit(permit) => permit,
            Begun::Ours(_) => return Ok(Ended::In(State::Written)),
            Begun::Stale(_) => return Ok(Ended::In(State::Stale)),
            Begun::Waiting(_) | Begun::Later { .. } => return Ok(Ended::Waits),
            Begun::Taken(state) => return Ok(Ended::In(state)),
        };
        let outcome = destination.send(&permit).await;
        let written = matches!(outcome, Outcome::Written(_));
        let state = open.book().settle(permit, &outcome, self.now())?;
        if written {
            self.read_back(open, id).await?;
        }
        Ok(match outcome {
            Outcome::NotSent { code } => Ended::NotSent { code, side: papers::system(papers::side(&ready.draft.frozen.destination)) },
            _ => Ended::In(state),
        })
    }

    /// Asks about everything without an answer before anything else happens.
    async fn resolve_unknowns(&self, open: &Arc<Open>) -> Result<(), Problem> {
        let unknowns = open.book().unknowns(self.now())?;
        for unknown in unknowns {
            let seen = destination(open, &unknown.draft)?.look(&unknown.draft, &unknown.filled).await?;
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

/// Each side is asked about its own sources.
async fn refresh(open: &Open, sources: &[Source]) -> Result<Vec<Fresh>, LookFailed> {
    let (stripes, ledgers): (Vec<_>, Vec<_>) = sources.iter().cloned().partition(|source| source.key.starts_with("stripe:"));
    let gone = |_| LookFailed { code: "signed_out".into(), retry_after_seconds: None };
    let mut fresh = Vec::new();
    if !stripes.is_empty() {
        fresh.extend(open.stripe().map_err(gone)?.refresh(&stripes).await?);
    }
    if !ledgers.is_empty() {
        fresh.extend(open.ledger().map_err(gone)?.refresh(&ledgers).await?);
    }
    Ok(fresh)
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
