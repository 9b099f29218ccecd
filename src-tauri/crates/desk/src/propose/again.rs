//! A run after a run: what a decision touches is proposed again, with the same result as a run over everything.
//!
//! From one run to the next Stripe's papers and the ledger's documents stay the same. What moves is: a row's links, what
//! people said of it and of its customer, how far its drafts are, and who has the documents that it could have had. What
//! takes a paper back is made from all that the paper is made from.

use std::collections::{BTreeMap, BTreeSet};

use book::{Proposal, Standing};
use drafts::{DraftId, State, Subject};
use ledgers::business_central::CUSTOMER;
use matching::{Engine, RowId};

use super::paper::Paper;
use super::run::Run;
use super::{Ground, Proposed, is_row, rows_of};

/// What a run came to, as far as the next one must know it.
pub struct Last {
    /// By the place of the paper among all.
    papers: Vec<Kept>,
    /// Of each draft without a row of its own, the papers that wait for it: it is as the first of them makes it.
    shared: BTreeMap<DraftId, BTreeSet<usize>>,
}

/// What was proposed for one paper.
pub struct Kept {
    /// The documents that it is linked with, and all of which its row tells.
    linked: BTreeSet<String>,
    told: BTreeSet<String>,
    shared: BTreeMap<DraftId, Subject>,
}

/// What is proposed now, to be stored.
pub struct Round {
    /// These subjects have no other rows and drafts than these; none: no subject has.
    pub of: Option<BTreeSet<Subject>>,
    pub rows: Vec<Proposed>,
    /// Each once: rows that share a new customer share its draft.
    pub drafts: Vec<Proposal>,
    /// Whether other customers may be clear or unclear than before.
    pub customers: bool,
}

/// The papers by place, and how they hang together.
struct Papers<'a> {
    all: Vec<Paper<'a>>,
    subjects: Vec<Subject>,
    places: BTreeMap<Subject, usize>,
}

impl Last {
    /// A run over everything.
    pub fn all(ground: &Ground, engine: &Engine) -> (Self, Round) {
        let run = Run::new(ground, engine);
        let made = rows_of(&run, &run.trade.papers());
        let mut last = Self { papers: Vec::with_capacity(made.len()), shared: BTreeMap::new() };
        let (mut rows, mut drafts) = (Vec::new(), Vec::new());
        for (place, (row, kept)) in made.into_iter().enumerate() {
            for proposal in row.iter().flat_map(|row| &row.drafts) {
                if is_row(&proposal.draft.subject) || !last.shared.contains_key(&proposal.draft.id) {
                    drafts.push(proposal.clone());
                }
            }
            last.note(place, &kept);
            last.papers.push(kept);
            rows.extend(row);
        }
        (last, Round { of: None, rows, drafts, customers: true })
    }

    /// The run after one on `before`, which differs from `ground` in nothing but what people said and how far drafts are.
    /// `touched` are the rows that match otherwise. None where that is everything.
    pub fn again(&mut self, before: &Ground, ground: &Ground, engine: &Engine, touched: &BTreeSet<RowId>) -> Option<Round> {
        let moved = Moved::between(before, ground)?;
        let run = Run::new(ground, engine);
        let papers = Papers::of(&run);
        let concerned: Vec<usize> = self.concerned(&run, &papers, &moved, touched).into_iter().collect();
        let wanted: Vec<Paper> = concerned.iter().filter_map(|place| papers.all.get(*place)).copied().collect();
        let made = concerned.iter().copied().zip(rows_of(&run, &wanted)).collect();
        Some(self.take(&run, &papers, made, moved.customers))
    }

    /// The papers that must be looked at again.
    fn concerned(&self, run: &Run, papers: &Papers, moved: &Moved, touched: &BTreeSet<RowId>) -> BTreeSet<usize> {
        let lefts = touched.iter().map(RowId::as_str).chain(moved.chosen.iter().copied());
        let mut subjects: BTreeSet<&Subject> = lefts.filter_map(|left| run.called(left)).collect();
        subjects.extend(&moved.subjects);
        let mut concerned: BTreeSet<usize> = subjects.into_iter().filter_map(|subject| papers.places.get(subject)).copied().collect();
        // Who has a document now that it did not have, or no more.
        let mut documents = moved.documents.clone();
        for (place, kept) in concerned.iter().filter_map(|place| Some((*place, self.papers.get(*place)?))) {
            let Some(paper) = papers.all.get(place) else { continue };
            let now = run.linked(paper);
            match paper {
                // Rows of other money tell how much this pays, too.
                Paper::Payment(_) => documents.extend(kept.linked.union(&now).cloned()),
                _ => documents.extend(kept.linked.symmetric_difference(&now).cloned()),
            }
        }
        let tells = |kept: &Kept| !documents.is_empty() && !kept.told.is_disjoint(&documents);
        concerned.extend(self.papers.iter().enumerate().filter(|(_, kept)| tells(kept)).map(|(place, _)| place));
        let buys = |paper: &Paper| paper.customer().is_some_and(|customer| moved.buyers.contains(customer));
        concerned.extend(papers.all.iter().enumerate().filter(|(_, paper)| !moved.buyers.is_empty() && buys(paper)).map(|(place, _)| place));
        papers.with_takers(run, concerned)
    }

    /// Puts what was made in the place of what there was.
    fn take(&mut self, run: &Run, papers: &Papers, made: BTreeMap<usize, (Option<Proposed>, Kept)>, customers: bool) -> Round {
        let (mut of, mut rows, mut drafts) = (BTreeSet::new(), Vec::new(), Vec::new());
        let mut shared: BTreeMap<DraftId, (Subject, Option<usize>)> = BTreeMap::new();
        for (place, (_, kept)) in &made {
            of.extend(papers.subjects.get(*place).cloned());
            let known = self.papers.get(*place).map(|kept| kept.shared.clone()).unwrap_or_default();
            for (draft, subject) in known.into_iter().chain(kept.shared.clone()) {
                let first = self.first(&draft);
                shared.entry(draft).or_insert((subject, first));
            }
        }
        for (place, (row, kept)) in made {
            let own = row.iter().flat_map(|row| &row.drafts).filter(|proposal| is_row(&proposal.draft.subject));
            drafts.extend(own.cloned());
            self.forget(place);
            self.note(place, &kept);
            if let Some(old) = self.papers.get_mut(place) {
                *old = kept;
            }
            rows.extend(row.map(|row| (place, row)));
        }
        for (draft, (subject, before)) in shared {
            let Some(first) = self.first(&draft) else {
                of.insert(subject);
                continue;
            };
            let made = rows.iter().find(|(place, _)| *place == first).map(|(_, row)| row.drafts.clone());
            // Whoever makes it now may have waited for it all along.
            let another = || papers.all.get(first).and_then(|paper| run.row(*paper)).map(|row| row.drafts);
            let proposals = made.or_else(|| if before == Some(first) { None } else { another() });
            if let Some(proposal) = proposals.into_iter().flatten().find(|proposal| proposal.draft.id == draft) {
                of.insert(subject);
                drafts.push(proposal);
            }
        }
        Round { of: Some(of), rows: rows.into_iter().map(|(_, row)| row).collect(), drafts, customers }
    }

    fn first(&self, draft: &DraftId) -> Option<usize> {
        self.shared.get(draft)?.first().copied()
    }

    fn note(&mut self, place: usize, kept: &Kept) {
        for draft in kept.shared.keys() {
            self.shared.entry(draft.clone()).or_default().insert(place);
        }
    }

    fn forget(&mut self, place: usize) {
        let Some(kept) = self.papers.get(place) else { return };
        for draft in kept.shared.keys() {
            if let Some(places) = self.shared.get_mut(draft) {
                places.remove(&place);
            }
        }
    }
}

impl Kept {
    pub fn of(run: &Run, paper: &Paper, proposed: Option<&Proposed>) -> Self {
        let linked = run.linked(paper);
        let row = proposed.map(|proposed| &proposed.row);
        let told = linked.iter().cloned().chain(row.into_iter().flat_map(|row| row.others.iter().map(|other| other.right.id.clone()))).collect();
        let shared = proposed.iter().flat_map(|proposed| &proposed.drafts).map(|proposal| &proposal.draft).filter(|draft| !is_row(&draft.subject));
        Self { linked, told, shared: shared.map(|draft| (draft.id.clone(), draft.subject.clone())).collect() }
    }
}

impl<'a> Papers<'a> {
    fn of(run: &Run<'a>) -> Self {
        let all = run.trade.papers();
        let subjects: Vec<Subject> = all.iter().map(Paper::subject).collect();
        let places = subjects.iter().cloned().enumerate().map(|(place, subject)| (subject, place)).collect();
        Self { all, subjects, places }
    }

    /// These and whatever takes them back, on any way round.
    fn with_takers(&self, run: &Run, mut places: BTreeSet<usize>) -> BTreeSet<usize> {
        let mut takers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (place, paper) in self.all.iter().enumerate() {
            if let Some(taken) = run.trade.takes_back(paper).and_then(|taken| self.places.get(&taken.subject())) {
                takers.entry(*taken).or_default().push(place);
            }
        }
        let mut todo: Vec<usize> = places.iter().copied().collect();
        while let Some(place) = todo.pop() {
            let more = takers.get(&place).into_iter().flatten();
            todo.extend(more.copied().filter(|taker| places.insert(*taker)));
        }
        places
    }
}

/// What is otherwise than at the last run, links apart.
#[derive(Default)]
struct Moved<'a> {
    subjects: BTreeSet<Subject>,
    /// Matched rows of which a person said which document they are, or took that back.
    chosen: BTreeSet<&'a str>,
    /// Stripe's customers of whom a person said something; empty for guests.
    buyers: BTreeSet<&'a str>,
    /// Documents of the ledger that drafts of ours made.
    documents: BTreeSet<String>,
    customers: bool,
}

impl<'a> Moved<'a> {
    /// None where it may touch every row: the customers and items that drafts of ours make.
    fn between(before: &Ground<'a>, now: &Ground<'a>) -> Option<Self> {
        let (old, new) = (before.decisions, now.decisions);
        let mut moved = Self::default();
        moved.chosen.extend(differing(&old.chosen_on, &new.chosen_on).map(|pair| pair.left.as_str()));
        moved.buyers.extend(differing(&old.customers, &new.customers).map(String::as_str));
        moved.customers = !moved.buyers.is_empty();
        moved.buyers.extend(differing(&old.vat, &new.vat).map(|question| question.customer.as_str()));
        let ids: BTreeSet<&DraftId> = before.standing.keys().chain(now.standing.keys()).collect();
        for id in ids {
            let (old, new) = (before.standing.get(id), now.standing.get(id));
            let Some(either) = new.or(old) else { continue };
            let differs = old.and_then(says) != new.and_then(says);
            // Of products of one name, the one that was drafted goes on being the one.
            let is_item = !is_row(&either.subject) && either.kind.0 != CUSTOMER;
            if is_item && old.is_some() != new.is_some() || differs && !is_row(&either.subject) {
                return None;
            }
            if differs {
                moved.subjects.insert(either.subject.clone());
                moved.documents.extend([old, new].into_iter().flatten().filter_map(|standing| standing.results.get("id").cloned()));
            }
        }
        Some(moved)
    }
}

/// Keys whose values are not the same in both.
fn differing<'a, K: Ord, V: PartialEq>(a: &'a BTreeMap<K, V>, b: &'a BTreeMap<K, V>) -> impl Iterator<Item = &'a K> {
    let gone = a.iter().filter(|(key, value)| b.get(*key) != Some(value)).map(|(key, _)| key);
    gone.chain(b.keys().filter(|key| !a.contains_key(*key)))
}

/// What of a draft's standing proposals are made from: nothing as long as it is merely proposed, and a customer's as long as
/// it was not made.
fn says(standing: &Standing) -> Option<&Standing> {
    let is_plain = match standing.kind.0.as_str() {
        CUSTOMER => standing.state != State::Deleted && standing.results.is_empty(),
        _ => standing.state == State::Proposed && standing.current,
    };
    (!is_plain).then_some(standing)
}
