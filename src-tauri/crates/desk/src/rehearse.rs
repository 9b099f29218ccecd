//! What would be proposed with choices that are not saved: for invented invoices, one of each kind, and for the
//! newest real ones. Writes nothing and keeps nothing.

mod samples;

use std::collections::BTreeMap;

use drafts::DraftId;
use ledgers::CompanyFacts;
use ledgers::business_central::{CREDIT_MEMO, SALES_INVOICE};

use crate::commands::*;
use crate::mirror::Mirror;
use crate::open::Open;
use crate::propose::{self, Decisions, Ground, Proposed};
use crate::settings::{Sales, Settings};
use crate::{Desk, papers, review};

/// Real invoices that are rehearsed.
const MOST_REAL: usize = 12;

impl Desk {
    pub async fn rehearse(&self, asked: BookChoices) -> Result<Rehearsal, Problem> {
        let open = self.open()?;
        let settings = self.settings_of(&open, &asked)?;
        let sales = settings.sales.clone().ok_or(Problem::new(Code::NoAccounts))?;
        let (facts, mut mirror) = self.ground(&open)?;
        let mut stage =
            Stage { settings: &settings, sales: &sales, facts: &facts, decisions: said(&open)?, standing: review::standing(&open.book())? };
        mirror.invoices.sort_by_key(|invoice| std::cmp::Reverse(invoice.is.dated()));
        mirror.invoices.truncate(MOST_REAL);
        let real = stage.play(&open, &mirror)?;
        let samples = samples::made(&facts, &settings, &sales).map_err(|_| Problem::new(Code::Internal).with("cause", "a sample"))?;
        samples::put(&mut mirror, &mut stage.decisions, &samples);
        let played = stage.play(&open, &mirror)?;
        let named = samples.iter().filter_map(|sample| Some(Rehearsed { sample: Some(sample.name.to_owned()), ..played.get(sample.id())?.clone() }));
        Ok(Rehearsal { samples: named.collect(), real: newest_first(real) })
    }
}

/// All that is the same for both parts.
struct Stage<'a> {
    settings: &'a Settings,
    sales: &'a Sales,
    facts: &'a CompanyFacts,
    decisions: Decisions,
    standing: BTreeMap<DraftId, book::Standing>,
}

impl Stage<'_> {
    /// What becomes of each invoice of the mirror, by its id.
    fn play(&self, open: &Open, mirror: &Mirror) -> Result<BTreeMap<String, Rehearsed>, Problem> {
        let ledger = open.reader()?;
        let ground = Ground {
            book: &open.id,
            settings: self.settings,
            // None that a draft could name: nothing of this is kept.
            settings_version: 0,
            sales: self.sales,
            facts: self.facts,
            mirror,
            ledger: ledger.as_ref(),
            decisions: &self.decisions,
            standing: &self.standing,
        };
        let proposed = propose::propose(&ground, &propose::engine(&ground));
        let known = proposed.iter().filter(|proposed| proposed.row.kind == RowKind::Invoice);
        known.map(|proposed| Ok((proposed.row.left.id.clone(), rehearsed(proposed)?))).collect()
    }
}

fn rehearsed(proposed: &Proposed) -> Result<Rehearsed, Problem> {
    let row = &proposed.row;
    let document = proposed.drafts.iter().map(|proposal| &proposal.draft).find(|draft| [SALES_INVOICE, CREDIT_MEMO].contains(&draft.kind.0.as_str()));
    Ok(Rehearsed {
        sample: None,
        left: row.left.cell(),
        paper: document.map(papers::paper).transpose()?,
        found: row.right.as_ref().map(review::row::Right::cell),
        no_draft: row.no_draft.clone(),
    })
}

fn newest_first(real: BTreeMap<String, Rehearsed>) -> Vec<Rehearsed> {
    let mut rows: Vec<_> = real.into_values().collect();
    rows.sort_by(|a, b| (&b.left.date, &b.left.number).cmp(&(&a.left.date, &a.left.number)));
    rows
}

fn said(open: &Open) -> Result<Decisions, Problem> {
    Ok(review::decisions(&open.book().decisions()?))
}
