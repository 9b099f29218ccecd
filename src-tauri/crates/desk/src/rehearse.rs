//! What would be proposed with choices that are not saved: for invented invoices, one of each kind, and for real
//! ones, those that were chosen or the newest. Writes nothing and keeps nothing.

mod idea;
mod samples;
mod shapes;

use std::collections::{BTreeMap, BTreeSet};

use drafts::Subject;
use ledgers::business_central::{CREDIT_MEMO, SALES_INVOICE};

use crate::basis::Basis;
use crate::commands::*;
use crate::propose::{self, Engines, Ground, Proposed};
use crate::row::Right;
use crate::{Desk, papers};

/// Real ones that are rehearsed when none are chosen.
const NEWEST: usize = 12;
/// Chosen ones.
const MOST_CHOSEN: usize = 50;

impl Desk {
    pub async fn rehearse(&self, asked: Rehearse) -> Result<Rehearsal, Problem> {
        let open = self.open()?;
        if asked.keys.len() > MOST_CHOSEN {
            return Err(Problem::new(Code::BadRequest));
        }
        let basis = Basis::with(&open, self.settings_of(&open, &asked.choices)?)?;
        Ok(Rehearsal { samples: invented(&basis)?, real: real(&basis, asked.keys)?, most: count(MOST_CHOSEN as u64) })
    }
}

/// As they stand among all the others: a document that several of them claim is everybody's rival.
fn real(basis: &Basis, chosen: Vec<String>) -> Result<Vec<Rehearsed>, Problem> {
    let wanted: Vec<Subject> = if chosen.is_empty() { newest(basis) } else { chosen.into_iter().map(Subject).collect() };
    let mut played = play(&basis.ground(), wanted.iter().cloned().collect())?;
    let row = |key: &Subject| played.remove(key).ok_or_else(|| Problem::new(Code::NoSuchRow).with("what", key.0.clone()));
    wanted.iter().map(row).collect()
}

fn newest(basis: &Basis) -> Vec<Subject> {
    let mut invoices: Vec<_> = basis.both.mirror.invoices.iter().filter(|known| known.is.dated().is_some()).collect();
    invoices.sort_by_key(|known| std::cmp::Reverse((known.is.dated(), known.is.number.as_ref())));
    invoices.into_iter().take(NEWEST).map(propose::key_of).collect()
}

fn invented(basis: &Basis) -> Result<Vec<Rehearsed>, Problem> {
    let unmade = |_| Problem::new(Code::Internal).with("cause", "a sample");
    let samples = samples::made(&basis.both.facts, &basis.settings, &basis.sales).map_err(unmade)?;
    let (mirror, decisions) = samples::put(&basis.both.mirror, &samples);
    let keys = samples.iter().map(|sample| sample.key.clone()).collect();
    let mut played = play(&basis.ground_over(&mirror, &decisions), keys)?;
    let named = |sample: &samples::Sample| Some(Rehearsed { sample: Some(sample.name.to_owned()), ..played.remove(&sample.key)? });
    Ok(samples.iter().filter_map(named).collect())
}

fn play(ground: &Ground, keys: BTreeSet<Subject>) -> Result<BTreeMap<Subject, Rehearsed>, Problem> {
    let proposed = propose::of_keys(ground, Engines::new(ground).whole(), &keys);
    proposed.iter().map(|proposed| Ok((proposed.key.clone(), rehearsed(proposed)?))).collect()
}

fn rehearsed(proposed: &Proposed) -> Result<Rehearsed, Problem> {
    let row = &proposed.row;
    let document = proposed.drafts.iter().map(|proposal| &proposal.draft).find(|draft| [SALES_INVOICE, CREDIT_MEMO].contains(&draft.kind.0.as_str()));
    Ok(Rehearsed {
        key: proposed.key.0.clone(),
        sample: None,
        left: row.left.cell(),
        paper: document.map(papers::paper).transpose()?,
        found: row.right.as_ref().map(Right::cell),
        no_draft: row.no_draft.clone(),
    })
}
