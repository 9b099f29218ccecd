//! One decision after another: what a run over what each of them touched comes to is what a run over everything comes to.

use std::fmt::Debug;

use countersign_desk::Desk;
use countersign_desk::commands::*;

use crate::simulation::Simulation;

/// Programs that are started one after the other on each book, and decisions in each; the first of them runs over everything.
const PROGRAMS: usize = 2;
const DECISIONS: usize = 40;
const INVOICES: u32 = 40;

#[tokio::test]
async fn decisions_come_to_the_same_as_everything_anew() {
    for seed in [1, 2] {
        let simulation = Simulation::new(INVOICES);
        let desk = simulation.signed_in().await;
        desk.fetch_all().await.expect("fetched");
        items_are_made(&desk, seed % 2 == 0).await;
        let mut random = Random(seed);
        let mut done = Vec::new();
        for program in 0..PROGRAMS {
            let desk = simulation.signed_in().await;
            for _ in 0..DECISIONS {
                done.push(decision(&simulation, &desk, &mut random).await);
            }
            if program == 0 {
                done.push(outcome("written", &desk.write_all().await));
            }
            drop(desk);
            let again = simulation.signed_in().await;
            let before = everything(&simulation, &again).await;
            again.forget_choice(RowKey { key: "nothing was chosen of it".into() }).await.expect("run over everything");
            let after = everything(&simulation, &again).await;
            let difference = before.iter().zip(&after).find(|(before, after)| before != after);
            assert_eq!(difference, None, "seed {seed}, after {done:#?}");
            assert_eq!(before.len(), after.len(), "seed {seed}, after {done:#?}");
        }
        let taken = done.iter().filter(|one| one.ends_with("done")).count();
        assert!(taken > done.len() / 2, "seed {seed}: most decisions are taken: {done:#?}");
    }
}

/// Products become items of their own, so that several documents wait for one draft.
async fn items_are_made(desk: &Desk, wanted: bool) {
    let Choices { mut chosen, offered } = desk.choices(Nothing {}).await.expect("choices");
    if let Some(item) = offered.items.first().filter(|_| wanted) {
        chosen.new_item_like.clone_from(&item.number);
        desk.save_choices(chosen).await.expect("saved");
    }
}

/// All that a person can see of the rows, their drafts, the customers and the trail, one line each.
async fn everything(simulation: &Simulation, desk: &Desk) -> Vec<String> {
    let mut lines = Vec::new();
    for row in simulation.rows(desk).await {
        lines.push(format!("{row:?}"));
        lines.push(format!("{:?}", desk.explain(RowKey { key: row.key }).await.expect("explained")));
    }
    let drafts = desk.draft_rows(DraftWindow { anchor: Anchor::Start {}, before: 0, after: 500 }).await.expect("drafts");
    for row in drafts.rows {
        lines.push(format!("{:?}", desk.draft(DraftKey { id: row.id }).await.expect("a draft")));
    }
    let overview = desk.overview(Nothing {}).await.expect("the frame");
    lines.push(format!("{:?}", overview.book.map(|book| book.counts)));
    lines.push(format!("{} entries", desk.trail(TrailWindow::default()).await.expect("the trail").entries));
    lines
}

/// One act of a person, drawn by chance, with what came of it.
async fn decision(simulation: &Simulation, desk: &Desk, random: &mut Random) -> String {
    let rows = simulation.rows(desk).await;
    let mut open: Vec<_> = rows.iter().filter(|row| row.state == RowState::Open).collect();
    // Rows that others hang on, or that could be several documents, are decided oftener.
    let is_taken_back = |row: &ReviewRow| rows.iter().any(|other| other.of.as_ref() == Some(&row.left.number));
    let ties: Vec<_> = open.iter().filter(|row| is_taken_back(row) || row.right_kind != RightKind::Draft).copied().collect();
    if random.below(4) > 0 && !ties.is_empty() {
        open = ties;
    }
    let Some(row) = random.of(&open) else { return "nothing is open".into() };
    let key = row.key.clone();
    match random.below(9) {
        0 => outcome(&format!("not this {key}"), &desk.decline(Decline { key: key.clone(), reason: DeclineReason::NotThis {} }).await),
        1 => outcome(&format!("later {key}"), &desk.decline(Decline { key: key.clone(), reason: DeclineReason::Later {} }).await),
        2 | 3 => {
            let found = desk.candidates(CandidatesOf { key: key.clone(), search: None }).await.expect("candidates");
            let documents: Vec<_> = random.of(&found.rows).map(|document| document.id.clone()).into_iter().collect();
            outcome(&format!("{key} is {documents:?}"), &desk.choose(Choose { key: key.clone(), documents }).await)
        }
        4 => {
            let chosen: Vec<_> = rows.iter().filter(|row| matches!(row.found_by, FoundBy::YouChose { .. })).collect();
            let key = random.of(&chosen).map_or(key, |row| row.key.clone());
            outcome(&format!("not said {key}"), &desk.forget_choice(RowKey { key: key.clone() }).await)
        }
        5 => {
            let declined: Vec<_> = rows.iter().filter(|row| row.state == RowState::Declined).map(|row| row.key.clone()).collect();
            let keys: Vec<_> = random.of(&declined).cloned().into_iter().collect();
            outcome(&format!("reopened {keys:?}"), &desk.reopen(RowKeys { keys }).await)
        }
        6 => link(desk, random).await,
        7 => {
            let rows = vec![SignedRow { key: key.clone(), fingerprint: row.fingerprint.clone() }];
            outcome(&format!("signed {key}"), &desk.countersign(Countersign { rows, yes: Vec::new() }).await)
        }
        _ => {
            let asks: Vec<_> = rows.iter().filter(|row| row.no_draft.as_ref().is_some_and(|reason| reason.code == "person_decides")).collect();
            match random.of(&asks) {
                Some(row) => outcome("VAT", &desk.decide_vat(DecideVat { key: row.key.clone(), answer: VatAnswer::Exempt }).await),
                None => outcome(&format!("taken back {key}"), &desk.undo(RowKeys { keys: rows.into_iter().map(|row| row.key).collect() }).await),
            }
        }
    }
}

async fn link(desk: &Desk, random: &mut Random) -> String {
    let all = CustomersQuery { search: String::new(), unclear_only: false, first: 0, limit: 500 };
    let rows = desk.customer_rows(all).await.expect("customers").rows;
    let Some(row) = random.of(&rows) else { return "nobody buys".into() };
    let anybody = CustomerCandidatesOf { key: row.key.clone(), search: "a".into() };
    let found = desk.customer_candidates(anybody).await.expect("candidates").rows;
    let to = match (random.below(3), random.of(&found)) {
        (0, Some(other)) => LinkTo::Customer { id: other.id.clone() },
        (1, _) => LinkTo::New {},
        _ => LinkTo::Nothing {},
    };
    let what = format!("{} is {to:?}", row.key);
    outcome(&what, &desk.link_customer(LinkCustomer { key: row.key.clone(), to }).await)
}

/// What a person may not do is refused, and changes nothing.
fn outcome<T: Debug>(what: &str, answer: &Result<T, Problem>) -> String {
    match answer {
        Ok(_) => format!("{what}: done"),
        Err(problem) => format!("{what}: {:?}", problem.code),
    }
}

/// The same chances for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        // Knuth, MMIX.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound.max(1)
    }

    fn of<'a, T>(&mut self, some: &'a [T]) -> Option<&'a T> {
        some.get(self.below(some.len()))
    }
}
