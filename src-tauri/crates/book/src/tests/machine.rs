//! Two processes, one book, and a network that loses, delays and repeats nothing by itself: whatever
//! happens in whatever order, the other side never holds two of one draft, and no approval ever has
//! two live permits.

use std::collections::{BTreeMap, BTreeSet};

use ::drafts::{Answer, Draft, DraftId, Outcome, Permit, Seen, State};
use proptest::prelude::*;

use crate::{
    Begun, Book, BookError, Prepared, Verified, Who,
    fixture::{at, draft, fresh, holder, made, new_book, person, seen},
};

const DRAFTS: usize = 3;

/// Less than the settling time of the drafts' policy.
const LONGEST_DELAY: i64 = 9;

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Whatever comes next for this draft in the ordinary way.
    Next(usize, usize),
    Claim(usize),
    Release(usize),
    /// The process dies with its permits, and starts again.
    Crash(usize),
    Propose(usize, usize, u8),
    Sign(usize, usize),
    Undo(usize, usize),
    Replay(usize, usize),
    Begin(usize, usize),
    /// What becomes of the oldest request under way of this process.
    Answer(usize, Fate),
    Ask(usize, usize),
    Wait(u8),
    /// A person over there makes the document themselves, or changes what it was based on.
    ByHand(usize, u8),
    Moves(usize),
}

#[derive(Clone, Copy, Debug)]
enum Fate {
    Made,
    Refused,
    NotSent,
    /// It arrived, its answer did not.
    Lost,
    /// It arrives so many seconds later.
    Late(u8),
    /// It never arrives.
    Swallowed,
    /// It arrived, and nobody stored anything: the permit is dropped.
    Forgotten,
}

struct World {
    desks: [Desk; 2],
    /// Keeps the book in memory alive.
    _book: Book,
    who: Who,
    now: i64,
    /// A draft that was written is followed by another.
    generations: [u32; DRAFTS],
    proposed: BTreeMap<DraftId, Draft>,
    /// What the other side holds: the content of each document, by mark.
    there: BTreeMap<DraftId, Vec<String>>,
    late: Vec<(i64, DraftId, String)>,
    /// Sources that changed since the last proposal.
    moved: BTreeSet<usize>,
}

struct Desk {
    book: Book,
    permits: Vec<Permit>,
}

impl World {
    fn new() -> Self {
        let mut book = Book::in_memory(&new_book(), at(0)).expect("a book");
        let who = person(&mut book);
        let desk = || Desk { book: book.again().expect("a connection"), permits: Vec::new() };
        let desks = [desk(), desk()];
        let (proposed, there, late, moved) = (BTreeMap::new(), BTreeMap::new(), Vec::new(), BTreeSet::new());
        let generations = [0; DRAFTS];
        let mut world = Self { desks, _book: book, who, now: 10, generations, proposed, there, late, moved };
        // Begins where it becomes interesting: everything approved, one of them about to write.
        let ready = (0..DRAFTS).flat_map(|which| [Step::Propose(0, which, 0), Step::Sign(0, which)]);
        for step in [Step::Claim(0)].into_iter().chain(ready) {
            world.take(step).expect("a quiet start");
        }
        world
    }

    fn take(&mut self, step: Step) -> Result<(), BookError> {
        let now = at(self.now);
        match step {
            Step::Next(desk, which) => self.take(self.ordinary(desk, which))?,
            Step::Claim(desk) => {
                self.desks[desk].book.claim(&holder(&format!("process {desk}")), now)?;
                self.desks[desk].book.recover(now)?;
            }
            // A desk lets go between its writes only.
            Step::Release(desk) if self.desks[desk].permits.is_empty() => self.desks[desk].book.release(),
            Step::Release(_) => {}
            Step::Crash(desk) => {
                let book = self.desks[desk].book.again()?;
                self.desks[desk] = Desk { book, permits: Vec::new() };
            }
            Step::Propose(desk, which, version) => {
                if self.state(which).is_some_and(|state| matches!(state, State::Written | State::Altered)) {
                    self.generations[which] += 1;
                }
                let new = draft(&self.id(which).0, &format!("version {version}"));
                self.desks[desk].book.propose([new.clone()], now)?;
                self.proposed.insert(new.id.clone(), new);
                self.moved.remove(&which);
            }
            Step::Sign(desk, which) => {
                if let Some(draft) = self.desks[desk].book.draft(&self.id(which))? {
                    let _ = self.desks[desk].book.countersign(&self.id(which), &draft.draft.fingerprint(), &self.who, now)?;
                }
            }
            Step::Undo(desk, which) => drop(self.desks[desk].book.undo(&[self.id(which)], &self.who, now)?),
            Step::Replay(desk, which) => self.desks[desk].book.replay(&[self.id(which)], &self.who, now)?,
            Step::Begin(desk, which) => self.begin(desk, which)?,
            Step::Answer(desk, fate) => self.answer(desk, fate)?,
            Step::Ask(desk, which) => {
                let seen = self.look(desk, which)?;
                self.desks[desk].book.resolve(&self.id(which), &seen, now)?;
            }
            Step::Wait(seconds) => self.wait(i64::from(seconds)),
            Step::ByHand(which, version) if !self.is_written(which) => {
                let made = draft("", &format!("version {version}")).frozen.fill(&BTreeMap::new()).expect("no holes");
                self.arrive(self.id(which), made.body);
            }
            Step::ByHand(..) => {}
            Step::Moves(which) => drop(self.moved.insert(which)),
        }
        Ok(())
    }

    fn id(&self, which: usize) -> DraftId {
        DraftId(format!("{which}-{}", self.generations[which]))
    }

    fn state(&self, which: usize) -> Option<State> {
        self.desks[0].book.draft(&self.id(which)).expect("reads").map(|stored| stored.standing.state)
    }

    fn ordinary(&self, desk: usize, which: usize) -> Step {
        match self.state(which) {
            _ if !self.desks[desk].book.holds_claim() => Step::Claim(desk),
            Some(State::Proposed | State::Stale) if !self.moved.contains(&which) => Step::Sign(desk, which),
            Some(State::Countersigned) => Step::Begin(desk, which),
            Some(State::Unknown) => Step::Ask(desk, which),
            Some(State::Refused) => Step::Replay(desk, which),
            _ => Step::Propose(desk, which, 0),
        }
    }

    fn begin(&mut self, desk: usize, which: usize) -> Result<(), BookError> {
        let Prepared::Ready(ready) = self.desks[desk].book.prepare(&self.id(which))? else { return Ok(()) };
        let seen = self.look(desk, which)?;
        // The sources are as last proposed, by whichever desk.
        let newest = self.proposed.get(&self.id(which)).unwrap_or(&ready.draft).clone();
        let mut sources = fresh(&newest);
        if self.moved.contains(&which) {
            sources[0].version = None;
        }
        if let Begun::Permit(permit) = self.desks[desk].book.begin(&self.id(which), &sources, &seen, at(self.now))? {
            assert!(!self.moved.contains(&which), "what it was based on is gone");
            assert_eq!(permit.request(), &newest.frozen.fill(&BTreeMap::new()).expect("no holes"), "only what is approved and current");
            self.desks[desk].permits.push(permit);
        }
        Ok(())
    }

    fn answer(&mut self, desk: usize, fate: Fate) -> Result<(), BookError> {
        if self.desks[desk].permits.is_empty() {
            return Ok(());
        }
        let permit = self.desks[desk].permits.remove(0);
        let (draft, body) = (permit.draft().clone(), permit.request().body.clone());
        let lost = Outcome::Unknown { code: "no_answer".to_owned() };
        let outcome = match fate {
            Fate::Made => {
                self.arrive(draft, body);
                Outcome::Written(Answer { results: made("doc"), same_content: true })
            }
            Fate::Refused => Outcome::Refused(::drafts::Refusal { status: 400, code: String::new(), message: String::new(), reference: None }),
            Fate::NotSent => Outcome::NotSent { code: "offline".to_owned() },
            Fate::Lost => {
                self.arrive(draft, body);
                lost
            }
            Fate::Late(seconds) => {
                self.late.push((self.now + i64::from(seconds), draft, body));
                lost
            }
            Fate::Swallowed => lost,
            Fate::Forgotten => {
                self.arrive(draft, body);
                // Only a dead process forgets.
                return self.take(Step::Crash(desk));
            }
        };
        self.desks[desk].book.settle(permit, &outcome, at(self.now)).map(|_| ())
    }

    fn wait(&mut self, seconds: i64) {
        self.now += seconds;
        let (due, late) = std::mem::take(&mut self.late).into_iter().partition(|(when, _, _)| *when <= self.now);
        self.late = late;
        for (_, draft, body) in due {
            self.arrive(draft, body);
        }
    }

    /// There, or perhaps on its way: then no person would make it too.
    fn is_written(&self, which: usize) -> bool {
        let under_way = self.desks.iter().flat_map(|desk| &desk.permits).any(|permit| *permit.draft() == self.id(which));
        under_way || self.there.contains_key(&self.id(which)) || self.late.iter().any(|(_, draft, _)| *draft == self.id(which))
    }

    fn arrive(&mut self, draft: DraftId, body: String) {
        self.there.entry(draft).or_default().push(body);
    }

    /// The truth, as the other side shows it: everything that carries the mark.
    fn look(&self, desk: usize, which: usize) -> Result<Vec<Seen>, BookError> {
        let Some(stored) = self.desks[desk].book.draft(&self.id(which))? else { return Ok(Vec::new()) };
        let approved = stored.draft.frozen.fill(&BTreeMap::new()).expect("no holes").body;
        let there = self.there.get(&self.id(which)).into_iter().flatten().enumerate();
        Ok(there.map(|(number, body)| seen(&format!("doc {number}"), *body == approved)).collect())
    }

    fn check(&self) {
        for (draft, there) in &self.there {
            assert!(there.len() <= 1, "{draft} was written {} times", there.len());
        }
        for which in 0..DRAFTS {
            let live = self.desks.iter().flat_map(|desk| &desk.permits).filter(|permit| *permit.draft() == self.id(which)).count();
            assert!(live <= 1, "{live} live permits");
            let state = self.state(which);
            assert!(live == 0 || state == Some(State::Sending), "a live permit of a draft that is {state:?}");
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    // One of them is busier, so that something comes of it.
    let desk = || prop_oneof![4 => Just(0usize), 1 => Just(1)];
    let which = || 0..DRAFTS;
    let late = u8::try_from(LONGEST_DELAY).expect("small");
    let fate = prop_oneof![
        1 => Just(Fate::Made),
        1 => Just(Fate::Refused),
        1 => Just(Fate::NotSent),
        1 => Just(Fate::Lost),
        3 => (1..=late).prop_map(Fate::Late),
        2 => Just(Fate::Swallowed),
        1 => Just(Fate::Forgotten)
    ];
    prop_oneof![
        30 => (desk(), which()).prop_map(|(desk, which)| Step::Next(desk, which)),
        2 => desk().prop_map(Step::Claim),
        1 => (0usize..2).prop_map(Step::Release),
        1 => (0usize..2).prop_map(Step::Crash),
        1 => (desk(), which(), 0u8..2).prop_map(|(desk, which, version)| Step::Propose(desk, which, version)),
        1 => (desk(), which()).prop_map(|(desk, which)| Step::Sign(desk, which)),
        1 => (desk(), which()).prop_map(|(desk, which)| Step::Undo(desk, which)),
        1 => (desk(), which()).prop_map(|(desk, which)| Step::Replay(desk, which)),
        2 => (desk(), which()).prop_map(|(desk, which)| Step::Begin(desk, which)),
        12 => (desk(), fate).prop_map(|(desk, fate)| Step::Answer(desk, fate)),
        2 => (desk(), which()).prop_map(|(desk, which)| Step::Ask(desk, which)),
        5 => (1u8..12).prop_map(Step::Wait),
        1 => (which(), 0u8..2).prop_map(|(which, version)| Step::ByHand(which, version)),
        1 => which().prop_map(Step::Moves),
    ]
}

/// What may be answered to a step taken at the wrong moment; anything else is a fault.
const fn expected(error: &BookError) -> bool {
    matches!(error, BookError::Busy { .. } | BookError::NotClaimed | BookError::UnknownDraft(_) | BookError::Illegal { .. })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn at_most_one_write_for_one_approval(steps in prop::collection::vec(step(), 1..120)) {
        let mut world = World::new();
        for step in steps {
            if let Err(error) = world.take(step) {
                prop_assert!(expected(&error), "{step:?}: {error}");
            }
            world.check();
        }
        world.wait(LONGEST_DELAY);
        world.check();
        let trail = world.desks[0].book.verify_trail().expect("reads");
        prop_assert!(matches!(trail, Verified::Whole { .. }), "{trail:?}");
    }
}
