//! A run after a run, `again.txt`: what each thing that may happen between two runs makes the second one look at, which of
//! it comes out otherwise, and that this is what a run over everything comes to.

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use drafts::{DraftId, Fingerprint, State, Subject, WriteKind};
use ledgers::business_central::{CREDIT_MEMO, CUSTOMER, ITEM, SALES_INVOICE};
use matching::Pair;
use serde_json::json;

use super::day;
use super::table::{Play, lines};
use crate::propose::{Engines, Last, Round};

const TABLE: &str = include_str!("again.txt");

#[test]
fn a_run_after_a_run_looks_at_what_was_touched_and_comes_to_what_a_run_over_everything_does() {
    let mut wrong = String::new();
    for case in TABLE.split("\n## ").skip(1) {
        let (case, expected) = case.split_once("\n=>\n").unwrap_or_else(|| panic!("no => in {case}"));
        let (case, then) = case.split_once("\nthen\n").unwrap_or_else(|| panic!("no then in {case}"));
        let (title, given) = case.split_once('\n').unwrap_or((case, ""));
        let found = play(given, then);
        if found.join("\n") != expected.trim() {
            wrong += &format!("\n## {title}\n=>\n{}\n   but the table says\n{expected}\n", found.join("\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What the second run looks at, each with what became of it.
fn play(given: &str, then: &str) -> Vec<String> {
    let (mut earlier, mut later) = (Acts::new(), Acts::new());
    earlier.give_all(given);
    later.give_all(given);
    later.give_all(then);
    let (before, now) = (earlier.play.shop.ground(), later.play.shop.ground());
    let mut engines = Engines::new(&before);
    let (mut last, round) = Last::all(&before, engines.whole());
    let mut stored = Stored::default();
    stored.take(&round);
    let first = stored.all.clone();
    let touched = engines.decide(&now).expect("few decisions");
    let again = last.again(&before, &now, engines.whole(), &touched);
    let looked_at = again.as_ref().and_then(|round| round.of.clone());
    let customers = again.as_ref().is_some_and(|round| round.customers);
    let is_everything = again.is_none();
    stored.take(&again.unwrap_or_else(|| Last::all(&now, engines.whole()).1));
    let mut anew = Stored::default();
    anew.take(&Last::all(&now, Engines::new(&now).whole()).1);
    let keys: BTreeSet<&Subject> = first.keys().chain(stored.all.keys()).chain(anew.all.keys()).chain(looked_at.iter().flatten()).collect();
    let told = |key: &&Subject| {
        let (then, now, all) = (first.get(key), stored.all.get(key), anew.all.get(key));
        let is_seen = is_everything || looked_at.as_ref().is_some_and(|seen| seen.contains(key));
        match (is_seen, then == now, now == all) {
            (_, _, false) => Some(format!("{}: {now:#?}\nbut a run over everything says {all:#?}", key.0)),
            (false, true, true) => None,
            (false, false, true) => Some(format!("{}: moved without having been looked at", key.0)),
            (true, true, true) => Some(format!("{}, the same", key.0)).filter(|_| !is_everything),
            (true, false, true) => Some(key.0.clone()),
        }
    };
    let whole = is_everything.then(|| "everything".to_owned());
    let customers = customers.then(|| "customers".to_owned());
    let all: Vec<String> = whole.into_iter().chain(customers).chain(keys.iter().filter_map(told)).collect();
    if all.is_empty() { vec!["nothing".to_owned()] } else { all }
}

/// Rows and drafts by subject, as the book keeps them.
#[derive(Default)]
struct Stored {
    all: BTreeMap<Subject, Vec<String>>,
}

impl Stored {
    fn take(&mut self, round: &Round) {
        match &round.of {
            None => self.all.clear(),
            Some(of) => self.all.retain(|subject, _| !of.contains(subject)),
        }
        for row in &round.rows {
            assert!(round.of.as_ref().is_none_or(|of| of.contains(&row.key)), "{} is stored unasked", row.key.0);
            self.all.entry(row.key.clone()).or_default().push(format!("{:#?}", row.row));
        }
        for proposal in &round.drafts {
            let subject = &proposal.draft.subject;
            assert!(round.of.as_ref().is_none_or(|of| of.contains(subject)), "a draft of {} is stored unasked", subject.0);
            self.all.entry(subject.clone()).or_default().push(format!("{proposal:#?}"));
        }
        self.all.values_mut().for_each(|of| of.sort());
    }
}

/// What people say and what becomes of drafts, beside what can be given anywhere.
struct Acts {
    play: Play,
    at: i64,
}

impl Acts {
    fn new() -> Self {
        Self { play: Play::new(), at: 0 }
    }

    fn give_all(&mut self, text: &str) {
        lines(text).iter().for_each(|(line, inside)| self.give(line, inside));
    }

    fn give(&mut self, line: &str, inside: &[String]) {
        let (words, options): (Vec<&str>, Vec<&str>) = line.split_whitespace().partition(|word| !word.contains('='));
        match words.as_slice() {
            ["chosen", left, right, on] => {
                let pair = self.forget(left, right);
                let decisions = &mut self.play.shop.decisions;
                decisions.rules.confirmed.insert(pair.clone());
                decisions.chosen_on.insert(pair, day(on));
            }
            ["declined", left, right] => {
                let pair = self.forget(left, right);
                self.play.shop.decisions.rules.declined.insert(pair);
            }
            ["forgotten", left, right] => drop(self.forget(left, right)),
            ["unsaid", who] => drop(self.play.shop.decisions.customers.remove(&format!("cus_{who}"))),
            ["no_customer", who] => drop(self.play.shop.mirror.parties.remove(&format!("customer-{who}"))),
            ["draft", kind, subject, "gone"] => drop(self.play.shop.standing.remove(&self.id(kind, subject))),
            ["draft", kind, subject, state, more @ ..] => self.draft((kind, subject), state, more, &options),
            _ => self.play.give(line, inside),
        }
    }

    /// Of a pair at most one thing is said.
    fn forget(&mut self, left: &str, right: &str) -> Pair {
        let (decisions, pair) = (&mut self.play.shop.decisions, Pair::new(left, right));
        decisions.rules.confirmed.remove(&pair);
        decisions.rules.declined.remove(&pair);
        decisions.chosen_on.remove(&pair);
        pair
    }

    /// As it is proposed, or was when it came to be in a state before.
    fn draft(&mut self, (kind, subject): (&str, &str), state: &str, more: &[&str], options: &[&str]) {
        self.at += 1;
        let (id, shop) = (self.id(kind, subject), &self.play.shop);
        let (rows, subject) = (shop.propose(), Subject(subject.to_owned()));
        let proposed = rows.iter().flat_map(|row| &row.drafts).find(|proposal| proposal.draft.id == id);
        let known = shop.standing.get(&id).map(|standing| standing.fingerprint.clone());
        let fingerprint = known.or(proposed.map(|proposal| proposal.draft.fingerprint()));
        let at = DateTime::from_timestamp(self.at, 0).expect("a time");
        let option =
            |name: &str| options.iter().find_map(|option| option.split_once('=').filter(|(own, _)| *own == name)).map(|(_, value)| value.to_owned());
        let results = ["id", "number"].into_iter().filter_map(|name| Some((name.to_owned(), option(name)?))).collect();
        let standing = book::Standing {
            id: id.clone(),
            subject,
            kind: WriteKind(word(kind).to_owned()),
            destination: String::new(),
            step: 1,
            state: serde_json::from_value::<State>(state.into()).expect("a state"),
            fingerprint: fingerprint.unwrap_or(Fingerprint(String::new())),
            current: !more.contains(&"asked_again"),
            amount: None,
            signed: None,
            proposed_at: at,
            changed_at: at,
            difference: None,
            declined: None,
            refusal: None,
            results,
            note: more.contains(&"seen_posted").then(|| json!({ "is": "posted", "posted": true, "number": null, "fields": [] }).to_string()),
        };
        self.play.shop.standing.insert(id, standing);
    }

    fn id(&self, kind: &str, subject: &str) -> DraftId {
        self.play.shop.ground().id(&Subject(subject.to_owned()), word(kind), 0)
    }
}

fn word(kind: &str) -> &'static str {
    match kind {
        "SI" => SALES_INVOICE,
        "CM" => CREDIT_MEMO,
        "customer" => CUSTOMER,
        "item" => ITEM,
        _ => panic!("no kind of draft: {kind}"),
    }
}
