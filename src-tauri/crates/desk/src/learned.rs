//! What the decisions of a book teach: rules and lessons that can be read, tried over everything that is fetched, switched
//! on and switched off. Nothing that was learned is used before a person says so.

use std::collections::{BTreeMap, BTreeSet};

use book::Act;
use chrono::NaiveDate;
use matching::{Bucket, Engine, Link, Method, Pair, RowId, Shift, Side, Source, Taught};
use serde_json::json;

use crate::commands::*;
use crate::open::Open;
use crate::propose::{self, Engines, Ground};
use crate::settings::{self, Settings};
use crate::{Desk, review, workings};

/// Differing proposals that are shown.
const MOST_ROWS: usize = 300;

impl Desk {
    pub async fn learned(&self, _: Nothing) -> Result<LearnedThings, Problem> {
        let open = self.open()?;
        let things = taught(&open, |school| school.things())?;
        Ok(things.unwrap_or(LearnedThings { version: 0, decided: 0, rules: Vec::new(), lessons: Vec::new() }))
    }

    pub async fn replay_learned(&self, asked: Switches) -> Result<Replayed, Problem> {
        let open = self.open()?;
        let replayed = taught(&open, |school| {
            let settings = Settings { learned: school.switched(&asked), ..school.ground.settings.clone() };
            let then = Engines::new(&Ground { settings: &settings, ..*school.ground });
            replayed(school.ground, school.engine, then.whole())
        })?;
        replayed.ok_or(Problem::new(Code::NoAccounts))
    }

    pub async fn use_learned(&self, asked: Switches) -> Result<LearnedThings, Problem> {
        let open = self.open()?;
        let who = open.who()?;
        let claimed = self.claim(&open, |_| ()).await?;
        let learned = taught(&open, |school| school.switched(&asked))?.ok_or(Problem::new(Code::NoAccounts))?;
        let (_, settings) = open.settings()?;
        if learned.version != settings.learned.version {
            self.note_change(&open, &learned, &who)?;
            self.change(&open, "learned", |settings| settings.learned = learned)?;
            self.repropose(&open).await?;
        }
        drop(claimed);
        self.learned(Nothing {}).await
    }

    fn note_change(&self, open: &Open, learned: &settings::Learned, who: &book::Who) -> Result<(), Problem> {
        let rules: Vec<u32> = learned.rules.iter().filter(|rule| rule.on).map(|rule| rule.id).collect();
        let lessons: Vec<&str> = learned.lessons.iter().filter(|lesson| lesson.on).map(|lesson| lesson.shift.evidence.as_str()).collect();
        let body = json!({ "version": learned.version, "rules": rules, "lessons": lessons });
        Ok(open.book().note(Act::RulesUsed, Some(who), None, body, self.now())?)
    }
}

/// None before both sides are set up and fetched once.
fn taught<T>(open: &Open, look: impl FnOnce(&School) -> T) -> Result<Option<T>, Problem> {
    let Some(basis) = review::ready(open)? else { return Ok(None) };
    Ok(Some(workings::matched(open, &basis, |engine| look(&School::new(&basis.ground(), engine)))))
}

/// The book as it is matched now, and what its decisions teach.
struct School<'a> {
    ground: &'a Ground<'a>,
    engine: &'a Engine,
    rules: Vec<(matching::Learned, Used)>,
    lessons: Vec<(Shift, Used)>,
}

/// Money is decided once, as money: the sale that it may be teaches nothing beside.
fn is_twin(engine: &Engine, left: &RowId) -> bool {
    engine.row(Side::Left, &propose::money_of(left.as_str()).into()).is_some()
}

/// What people said of one payer and one customer.
#[derive(Default)]
struct Word {
    yes: Vec<NaiveDate>,
    no: u32,
}

impl<'a> School<'a> {
    fn new(ground: &'a Ground<'a>, engine: &'a Engine) -> Self {
        let kept = &ground.settings.learned;
        let used = |on| if on { Used::On } else { Used::Off };
        let known = kept.rules.iter().map(|rule| (rule.clone(), used(rule.on)));
        let rules = known.chain(engine.new_rules().into_iter().map(|rule| (rule, Used::Offered))).collect();
        let mut shifts: BTreeMap<String, Shift> =
            engine.lessons(|left| !is_twin(engine, left)).shifts.into_iter().map(|shift| (shift.evidence.clone(), shift)).collect();
        // Of what is used the newest counts are shown; what nothing teaches any more stays until it is switched off.
        let known = kept.lessons.iter().map(|lesson| (shifts.remove(&lesson.shift.evidence).unwrap_or(lesson.shift.clone()), used(lesson.on)));
        let mut lessons: Vec<(Shift, Used)> = known.collect();
        lessons.extend(shifts.into_values().map(|shift| (shift, Used::Offered)));
        Self { ground, engine, rules, lessons }
    }

    fn things(&self) -> LearnedThings {
        let words = self.words();
        let rules = self.rules.iter().map(|(rule, used)| self.rule(rule, *used, words.get(&(rule.payer.clone(), rule.pays_for.clone()))));
        let decided = &self.ground.decisions.rules;
        let decided = decided.confirmed.iter().chain(&decided.declined).filter(|pair| !is_twin(self.engine, &pair.left));
        LearnedThings {
            version: self.ground.settings.learned.version,
            decided: count(decided.count() as u64),
            rules: rules.collect(),
            lessons: self.lessons.iter().map(|(shift, used)| lesson(shift, *used)).collect(),
        }
    }

    fn rule(&self, rule: &matching::Learned, used: Used, word: Option<&Word>) -> LearnedRule {
        let name = |side, id: &RowId| self.engine.row(side, id).map(|row| row.party.name.clone()).filter(|name| !name.is_empty());
        let payer = match &rule.payer {
            Taught::Customer { id } => name(Side::Left, id).unwrap_or_else(|| id.to_string()),
            Taught::Name { name } => name.clone(),
        };
        let by_it = |link: &&Link| link.method == Method::Learned { rule: rule.id };
        LearnedRule {
            number: rule.id,
            payer,
            customer: name(Side::Right, &rule.pays_for).unwrap_or_else(|| rule.pays_for.to_string()),
            seen: word.map_or(rule.seen, |word| count(word.yes.len() as u64)),
            against: word.map_or(0, |word| word.no),
            first: word.and_then(|word| word.yes.iter().min()).map(NaiveDate::to_string),
            last: word.and_then(|word| word.yes.iter().max()).map(NaiveDate::to_string),
            links: count(self.engine.links().iter().filter(by_it).count() as u64),
            used,
        }
    }

    /// By payer and customer of the ledger; dates are those of the payments.
    fn words(&self) -> BTreeMap<(Taught, RowId), Word> {
        let mut words: BTreeMap<(Taught, RowId), Word> = BTreeMap::new();
        let decided = &self.ground.decisions.rules;
        let yes = decided.confirmed.iter().map(|pair| (pair, true));
        for (pair, yes) in yes.chain(decided.declined.iter().map(|pair| (pair, false))) {
            if let Some((of, date)) = self.paid(pair) {
                let word = words.entry(of).or_default();
                if yes { word.yes.push(date) } else { word.no += 1 }
            }
        }
        words
    }

    fn paid(&self, pair: &Pair) -> Option<((Taught, RowId), NaiveDate)> {
        let (left, right) = (self.engine.row(Side::Left, &pair.left)?, self.engine.row(Side::Right, &pair.right)?);
        let is_money = left.kind == matching::Kind::Charge;
        Some(((Taught::of(left), right.party.id.clone().filter(|_| is_money)?), left.date))
    }

    /// What is kept when exactly these are on. An offer that is not taken stays an offer.
    fn switched(&self, asked: &Switches) -> settings::Learned {
        let kept = &self.ground.settings.learned;
        let rule = |(rule, used): &(matching::Learned, Used)| {
            let on = asked.rules.contains(&rule.id);
            (on || *used != Used::Offered).then(|| matching::Learned { on, ..rule.clone() })
        };
        let lesson = |(shift, used): &(Shift, Used)| {
            let on = asked.lessons.contains(&shift.evidence);
            // What is off teaches nothing, and is offered again when the decisions say it again.
            (on || *used != Used::Offered).then(|| settings::Lesson { on, shift: shift.clone() })
        };
        let new = settings::Learned {
            version: kept.version,
            rules: self.rules.iter().filter_map(rule).collect(),
            lessons: self.lessons.iter().filter_map(lesson).collect(),
        };
        if new == *kept { new } else { settings::Learned { version: kept.version + 1, ..new } }
    }
}

fn lesson(shift: &Shift, used: Used) -> Lesson {
    Lesson {
        evidence: shift.evidence.clone(),
        decided: shift.decided,
        confirmed: shift.confirmed,
        expected: format!("{:.1}", shift.expected),
        shift: format!("{:+.3}", shift.shift),
        used,
    }
}

/// What differs between two ways of matching the same rows.
fn replayed(ground: &Ground, now: &Engine, then: &Engine) -> Replayed {
    let called = propose::called(ground.mirror);
    let (was, would) = (by_left(now), by_left(then));
    let lefts: BTreeSet<&RowId> = was.keys().chain(would.keys()).copied().collect();
    let none = Vec::new();
    let mut rows: Vec<ReplayedRow> = lefts
        .into_iter()
        .filter_map(|left| {
            let (before, after) = (was.get(left).unwrap_or(&none), would.get(left).unwrap_or(&none));
            let what = differs(before, after)?;
            let row = now.row(Side::Left, left)?;
            let (key, number) = called.get(left.as_str()).cloned().unzip();
            let cell = Cell {
                date: row.date.to_string(),
                number: number.unwrap_or_else(|| left.to_string()),
                name: row.party.name.clone(),
                amount: row.amount.into(),
            };
            let rule = after.iter().find_map(|link| if let Method::Learned { rule } = link.method { Some(rule) } else { None });
            let named = |links: &[&Link]| links.iter().map(|link| number_of(now, &link.right)).collect();
            Some(ReplayedRow { what, key: key.map(|key| key.0), left: cell, before: named(before), after: named(after), rule })
        })
        .collect();
    rows.sort_by(|a, b| (&b.left.date, &b.left.number).cmp(&(&a.left.date, &a.left.number)));
    let rows_that = |what| count(rows.iter().filter(|row| row.what == what).count() as u64);
    let judged = now.replay(then.rules().clone());
    let tally = |tally: matching::Tally| Tally { right: count(tally.right as u64), wrong: count(tally.wrong as u64) };
    let mut replayed = Replayed {
        gained: rows_that(ReplayedWhat::Gained),
        lost: rows_that(ReplayedWhat::Lost),
        changed: rows_that(ReplayedWhat::Changed),
        surer: rows_that(ReplayedWhat::Surer),
        less_sure: rows_that(ReplayedWhat::LessSure),
        before: tally(judged.before),
        after: tally(judged.after),
        rows,
    };
    replayed.rows.truncate(MOST_ROWS);
    replayed
}

fn by_left(engine: &Engine) -> BTreeMap<&RowId, Vec<&Link>> {
    let mut all: BTreeMap<&RowId, Vec<&Link>> = BTreeMap::new();
    for link in engine.links() {
        all.entry(&link.left).or_default().push(link);
    }
    all
}

fn differs(before: &[&Link], after: &[&Link]) -> Option<ReplayedWhat> {
    let settles = |links: &[&Link]| links.iter().map(|link| (link.right.clone(), link.amount)).collect::<Vec<_>>();
    // The worst of a sum counts; a tie is the worst.
    let sure = |links: &[&Link]| links.iter().map(|link| link.bucket()).max().unwrap_or(Bucket::Choose);
    match (before.is_empty(), after.is_empty()) {
        (true, _) => Some(ReplayedWhat::Gained),
        (_, true) => Some(ReplayedWhat::Lost),
        _ if settles(before) != settles(after) => Some(ReplayedWhat::Changed),
        _ => match sure(after).cmp(&sure(before)) {
            std::cmp::Ordering::Less => Some(ReplayedWhat::Surer),
            std::cmp::Ordering::Greater => Some(ReplayedWhat::LessSure),
            std::cmp::Ordering::Equal => None,
        },
    }
}

/// The number of a document; of a customer its name.
fn number_of(engine: &Engine, id: &RowId) -> String {
    let row = engine.row(Side::Right, id);
    let number =
        row.and_then(|row| row.references.iter().find(|reference| reference.source == Source::Number).map(|reference| reference.value.clone()));
    number.or_else(|| row.map(|row| row.party.name.clone())).filter(|text| !text.is_empty()).unwrap_or_else(|| id.to_string())
}
