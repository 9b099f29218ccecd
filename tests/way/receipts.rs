//! Money that no invoice of Stripe's asked for: what it pays in the ledger, what people say of it, and what the book learns.

use std::collections::BTreeSet;

use countersign_desk::Desk;
use countersign_desk::commands::*;

use crate::simulation::Simulation;

const HOLDING: &str = "Nordkyst Holding A/S";

/// The page's catalogue of sentences.
const WORDS: &str = include_str!("../../ui/src/words/en/sentences.ts");

async fn fetched() -> (Simulation, Desk) {
    let simulation = Simulation::new(24);
    let desk = simulation.signed_in().await;
    desk.fetch_all().await.expect("fetched");
    (simulation, desk)
}

/// Payments by this name, oldest first.
async fn paid_by(simulation: &Simulation, desk: &Desk, name: &str) -> Vec<ReviewRow> {
    let mut rows: Vec<_> = simulation.rows(desk).await.into_iter().filter(|row| row.kind == RowKind::Payment && row.left.name == name).collect();
    rows.sort_by(|a, b| a.left.date.cmp(&b.left.date));
    rows
}

async fn row(simulation: &Simulation, desk: &Desk, key: &str) -> ReviewRow {
    simulation.rows(desk).await.into_iter().find(|row| row.key == key).expect("the row is there")
}

/// What a row pays, in one line: what each document gets and what stays open of it; what is over.
fn told(row: &ReviewRow) -> String {
    let pays = row.pays.iter().map(|paid| format!("{} ({} left)", paid.carries.amount, paid.remains.amount)).collect::<Vec<_>>().join(" + ");
    let over = row.over.as_ref().map(|over| format!(", {} over", over.amount)).unwrap_or_default();
    format!("{pays}{over}")
}

fn yes(row: &ReviewRow) -> Choose {
    Choose { key: row.key.clone(), documents: row.pays.iter().map(|paid| paid.id.clone()).collect() }
}

#[tokio::test]
async fn money_pays_what_only_the_ledger_has_and_no_draft_is_made_of_it() {
    let (simulation, desk) = fetched().await;
    for (name, expected) in [
        ("Højskolen ved Åen", vec!["1721.25 (0.00 left) + 1434.38 (0.00 left) + 1147.50 (0.00 left)"]),
        ("Kaffebrænderiet Nord ApS", vec!["1945.00 (0.00 left)", "729.37 (729.38 left)", "3403.75 (0.00 left), 50.00 over"]),
    ] {
        let rows = paid_by(&simulation, &desk, name).await;
        assert_eq!(rows.iter().map(told).collect::<Vec<_>>(), expected, "{name}: {rows:#?}");
        for row in rows {
            let explained = desk.explain(RowKey { key: row.key.clone() }).await.expect("explained");
            assert_eq!((row.no_draft, explained.drafts.len()), (None, 0), "{name}");
            assert!(explained.odds.is_some_and(|odds| odds.permille > 500 && odds.weights > 0), "{name}");
            assert!(!explained.speaks_for.is_empty(), "{name}");
        }
    }
    let nothing =
        simulation.rows(&desk).await.into_iter().find(|row| row.kind == RowKind::Payment && row.left.name.is_empty()).expect("money of nobody");
    assert_eq!(nothing.no_draft.map(|reason| reason.code).as_deref(), Some("unknown_money"));
}

/// Every way in which money comes: what it pays and what then stays open of it, or why nothing; and what is said of it.
#[tokio::test]
async fn each_kind_of_money_says_what_it_is() {
    let (simulation, desk) = fetched().await;
    let mut seen = Vec::new();
    for name in ["Gårdmejeriet Tre Bække ApS", "Vesterbys Vinhandel", "Aftenskolen Lergøgen", "Brygsejlerne ApS", "Gæst"] {
        let mut rows: Vec<_> = simulation.rows(&desk).await.into_iter().filter(|row| row.left.name == name).collect();
        rows.sort_by(|a, b| a.left.date.cmp(&b.left.date));
        for row in rows {
            let explained = desk.explain(RowKey { key: row.key.clone() }).await.expect("explained");
            let spoken = explained.sentences.iter().chain(&explained.speaks_for).chain(&explained.speaks_against);
            for one in spoken.filter(|one| !one.code.starts_with("no_draft_")) {
                assert!(WORDS.contains(&format!("\n  {}: ", one.code)), "the page has no words for {}", one.code);
            }
            let said: Vec<_> = explained.sentences.iter().map(|one| one.code.as_str()).filter(|code| *code != "keeps_the_match").collect();
            let amount = &row.left.amount;
            seen.push(format!("{} {}: {:?}, {}; {}", amount.amount, amount.currency, row.class, told(&row), said.join(" ")));
        }
    }
    assert_eq!(
        seen,
        [
            "1061.25 DKK: Strong, 1061.25 (0.00 left); pays_one pays_last",
            "1061.25 DKK: Strong, 1061.25 (0.00 left); pays_one pays_last",
            "1061.25 DKK: Strong, 1061.25 (0.00 left); pays_one pays_last",
            "2122.50 DKK: Strong, 2122.50 (2122.50 left); pays_one pays_instalment",
            "2122.50 DKK: Strong, 2122.50 (2122.50 left); pays_one pays_instalment",
            "1147.00 DKK: Strong, 1147.00 (0.50 left); pays_one pays_part",
            "2396.25 DKK: Strong, 2396.25 (35.00 left); pays_one pays_part",
            "1033.13 DKK: Settled, ; no_draft_paid_twice_given_back",
            "1033.13 DKK: Exact, 1033.13 (0.00 left); pays_one",
            "-1033.13 DKK: Settled, ; no_draft_refund_of_twice",
            "2721.25 DKK: Exact, 573.75 (0.00 left) + 1458.75 (0.00 left) + 688.75 (0.00 left); pays_several",
            "2222.50 DKK: Strong, 2122.50 (0.00 left); pays_one over_given_back",
            "-100.00 DKK: Unexplained, ; no_draft_refund_of_receipt",
            "972.50 DKK: Strong, 972.50 (972.50 left); pays_one pays_and_went_back",
            "-972.50 DKK: Unexplained, ; no_draft_refund_of_receipt",
            "6431.82 SEK: Strong, 4245.00 (0.00 left); pays_one came_at_stripes_rate settled_as",
            "2732.14 NOK: Strong, 1721.25 (0.00 left); pays_at_no_rate",
            "250.00 DKK: Unexplained, ; no_draft_tax_unsaid searched_nothing_shared one_line",
            "-250.00 DKK: Unexplained, ; no_draft_invoice_first",
        ]
    );
    // What the card refused is no money.
    let refused = simulation.rows(&desk).await.into_iter().filter(|row| row.left.amount.amount == "2222.50");
    assert_eq!(refused.count(), 1);
}

#[tokio::test]
async fn money_in_another_currency_pays_by_the_ledgers_rate_and_says_at_which() {
    let (simulation, desk) = fetched().await;
    let euro = paid_by(&simulation, &desk, "Fru Hansens Køkkenskab").await.into_iter().filter(|row| row.left.amount.currency == "EUR");
    let mut seen = Vec::new();
    for row in euro {
        let explained = desk.explain(RowKey { key: row.key.clone() }).await.expect("explained");
        let of = |code: &str| explained.sentences.iter().find(|one| one.code == code).map(|one| one.params.clone()).expect("it is said");
        let (rate, settled) = (of("came_at_the_ledgers_rate"), of("settled_as"));
        let said = |name: &str| rate.get(name).cloned().unwrap_or_default();
        seen.push(format!(
            "{}: {} at {} from {} is {}, {} open, {}",
            told(&row),
            said("of"),
            said("rate"),
            said("from"),
            said("is"),
            said("other"),
            settled["amount"]
        ));
    }
    assert_eq!(
        seen,
        [
            "4245.00 (0.00 left): 569.03 EUR at 7.46 from 2025-08-19 is 4244.96 DKK, 4245.00 DKK open, 4210.82 DKK",
            "3183.75 (0.00 left): 426.78 EUR at 7.46 from 2025-08-19 is 3183.78 DKK, 3183.75 DKK open, 3158.17 DKK",
        ]
    );
}

#[tokio::test]
async fn a_yes_is_kept_a_no_never_comes_back_and_both_outlive_the_program() {
    let (simulation, desk) = fetched().await;
    let rows = paid_by(&simulation, &desk, "Kaffebrænderiet Nord ApS").await;
    let (named, part) = (rows[0].clone(), rows[1].clone());
    desk.choose(yes(&named)).await.expect("said yes");
    let declined = part.pays[0].id.clone();
    desk.decline(Decline { key: part.key.clone(), reason: DeclineReason::NotThis {} }).await.expect("said no");
    drop(desk);

    let desk = simulation.desk();
    desk.open_at(&simulation.book()).await.expect("opened again");
    for _ in 0..2 {
        let kept = row(&simulation, &desk, &named.key).await;
        assert_eq!((kept.class, told(&kept)), (Class::Settled, told(&named)));
        assert!(matches!(kept.found_by, FoundBy::YouChose { .. }), "{:?}", kept.found_by);
        let other = row(&simulation, &desk, &part.key).await;
        assert!(other.pays.iter().all(|paid| paid.id != declined), "{}", told(&other));
        let candidates = desk.candidates(CandidatesOf { key: part.key.clone(), search: None }).await.expect("candidates");
        assert!(candidates.rows.iter().all(|candidate| candidate.id != declined || !candidate.chosen));
        desk.fetch_all().await.expect("fetched again");
    }
    desk.forget_choice(RowKey { key: named.key.clone() }).await.expect("taken back");
    assert_eq!(row(&simulation, &desk, &named.key).await, named);
    // The no is said on its row with who said it, and goes when a person takes it back.
    let said = desk.explain(RowKey { key: part.key.clone() }).await.expect("explained").declined;
    assert_eq!(said.iter().map(|pair| pair.document.as_str()).collect::<Vec<_>>(), [declined.as_str()]);
    desk.forget_no(ForgetNo { key: part.key.clone(), document: None }).await.expect("taken back");
    assert_eq!(row(&simulation, &desk, &part.key).await, part);
    // Not ours sets the money itself aside; what was for later is there again after a fetch.
    desk.decline(Decline { key: part.key.clone(), reason: DeclineReason::NotOurs {} }).await.expect("set aside");
    desk.decline(Decline { key: named.key.clone(), reason: DeclineReason::Later {} }).await.expect("set aside");
    desk.fetch_all().await.expect("fetched");
    let states = [row(&simulation, &desk, &part.key).await.state, row(&simulation, &desk, &named.key).await.state];
    assert_eq!(states, [RowState::Declined, RowState::Open]);
}

#[tokio::test]
async fn a_yes_to_several_is_one_act_with_a_line_each_and_taken_back_as_one() {
    let (simulation, desk) = fetched().await;
    let query = ReviewQuery { bucket: Bucket::Strong, month: None, search: String::new() };
    let Signable { rows, yes, yes_sums, .. } = desk.signable(query.clone()).await.expect("what is sure");
    let before = simulation.rows(&desk).await;
    let mut sure = BTreeSet::new();
    for row in before.iter().filter(|row| row.class == Class::Strong && !row.pays.is_empty()) {
        let odds = desk.explain(RowKey { key: row.key.clone() }).await.expect("explained").odds.expect("odds");
        let plain = row.right.as_ref().is_some_and(|right| right.amount.currency == row.left.amount.currency);
        let went_back = row.pays.iter().any(|paid| paid.others.amount.starts_with('-'));
        let against = row.evidence.iter().any(|chip| chip.verdict == Verdict::Contradicts);
        if odds.permille >= 990 && plain && !went_back && !against {
            sure.insert(row.key.clone());
        }
    }
    assert_eq!(yes.iter().map(|one| one.key.clone()).collect::<BTreeSet<_>>(), sure, "no tie, no rate, nothing against it, nothing given back");
    assert!(sure.len() >= 3 && !yes_sums.is_empty(), "{yes:?}");
    let documents: usize = yes.iter().map(|one| one.documents.len()).sum();
    let signed = rows.len();

    let lines = async || {
        let trail = desk.trail(TrailWindow { limit: 200, ..TrailWindow::default() }).await.expect("the trail");
        trail.rows.iter().filter(|row| row.act == "pair_decided").count()
    };
    let done = desk.countersign(Countersign { rows, yes }).await.expect("said yes");
    assert_eq!((done.done as usize, done.not_done), (signed + sure.len(), Vec::new()));
    assert_eq!(lines().await, documents);
    let settled = simulation.rows(&desk).await.into_iter().filter(|row| sure.contains(&row.key));
    assert!(settled.into_iter().all(|row| row.class == Class::Settled && matches!(row.found_by, FoundBy::YouChose { .. })));
    assert_eq!(desk.signable(query).await.expect("what is left").yes, Vec::new());

    let log = desk.undo_log(Nothing {}).await.expect("the undo log").signings;
    assert_eq!(log.len(), 1, "{log:?}");
    let keys = log[0].rows.iter().map(|row| row.key.clone()).collect();
    assert_eq!(desk.undo(RowKeys { keys }).await.expect("taken back").not_done, Vec::new());
    assert_eq!(simulation.rows(&desk).await, before);
    assert_eq!((lines().await, desk.undo_log(Nothing {}).await.expect("the undo log").signings), (2 * documents, Vec::new()));
}

#[tokio::test]
async fn a_person_may_choose_among_everything_that_is_open() {
    let (simulation, desk) = fetched().await;
    let money = paid_by(&simulation, &desk, HOLDING).await[0].clone();
    let found = desk.candidates(CandidatesOf { key: money.key.clone(), search: Some("fru hansens".into()) }).await.expect("found");
    assert!(found.several && found.rows.len() > 1 && found.rows.iter().all(|row| row.customer.starts_with("Fru Hansens")), "{found:?}");
    let documents: Vec<String> = found.rows.iter().take(2).map(|row| row.id.clone()).collect();
    desk.choose(Choose { key: money.key.clone(), documents: documents.clone() }).await.expect("chosen");
    let now = row(&simulation, &desk, &money.key).await;
    let paid: BTreeSet<_> = now.pays.iter().map(|paid| paid.id.clone()).collect();
    assert!(paid.is_subset(&documents.iter().cloned().collect()) && !paid.is_empty(), "{}", told(&now));
    let invoice = simulation.rows(&desk).await.into_iter().find(|row| row.kind == RowKind::Invoice).expect("an invoice");
    let refused = desk.choose(Choose { key: invoice.key, documents }).await.expect_err("an invoice is one document");
    assert_eq!(refused.code, Code::BadRequest);
}

#[tokio::test]
async fn what_three_yeses_teach_changes_the_fourth_and_goes_when_it_is_switched_off() {
    let (simulation, desk) = fetched().await;
    let rows = paid_by(&simulation, &desk, HOLDING).await;
    let (last, first) = rows.split_last().expect("the holding pays");
    assert_eq!(first.len(), 3, "{rows:#?}");
    for row in first {
        // Whose money it is, is not said: a person knows.
        let mut documents: Vec<String> = row.pays.iter().map(|paid| paid.id.clone()).collect();
        if documents.is_empty() || !row.pays[0].name.starts_with("Aarhus") {
            let search = Some(format!("aarhus {}", row.left.amount.amount));
            let found = desk.candidates(CandidatesOf { key: row.key.clone(), search }).await.expect("found").rows;
            documents = vec![found[0].id.clone()];
        }
        desk.choose(Choose { key: row.key.clone(), documents }).await.expect("said yes");
    }
    let before = row(&simulation, &desk, &last.key).await;
    assert!(!matches!(before.found_by, FoundBy::Rule { .. }), "nothing learned is used before a person says so: {:?}", before.found_by);

    let offered = desk.learned(Nothing {}).await.expect("learned");
    assert_eq!(offered.decided, 3, "each word counts once");
    assert!(offered.lessons.iter().all(|lesson| !lesson.evidence.starts_with("document.")), "money teaches nothing of papers: {:?}", offered.lessons);
    let rule = offered.rules.iter().find(|rule| rule.payer == HOLDING).expect("a rule is offered").clone();
    assert_eq!((rule.customer.as_str(), rule.seen, rule.against, rule.used), ("Aarhus Børnehaver", 3, 0, Used::Offered));
    let on = Switches { rules: vec![rule.number], lessons: Vec::new() };
    let replayed = desk.replay_learned(on.clone()).await.expect("replayed");
    let was = simulation.rows(&desk).await;
    assert_eq!(row(&simulation, &desk, &last.key).await, before, "a replay keeps nothing");

    let used = desk.use_learned(on).await.expect("used");
    assert_eq!((used.version, used.rules[0].used), (offered.version + 1, Used::On));
    let after = row(&simulation, &desk, &last.key).await;
    assert_eq!(after.found_by, FoundBy::Rule { number: rule.number }, "{after:#?}");
    assert!(after.pays[0].name == "Aarhus Børnehaver" && after.class <= Class::Strong, "{after:#?}");
    let odds = desk.explain(RowKey { key: after.key.clone() }).await.expect("explained").odds.expect("odds");
    assert_eq!(odds.rules, used.version, "the link names the rules that made it");

    // What the replay said is what happened.
    let told_of: BTreeSet<String> = replayed.rows.iter().filter_map(|row| row.key.clone()).collect();
    let now = simulation.rows(&desk).await;
    let linked = |row: &ReviewRow| (row.pays.clone(), row.right.clone(), row.class);
    let moved = now.iter().zip(&was).filter(|(now, was)| linked(now) != linked(was)).map(|(now, _)| now.key.clone());
    assert_eq!(moved.collect::<BTreeSet<_>>(), told_of);
    assert!(replayed.rows.iter().any(|row| row.key.as_ref() == Some(&last.key) && row.rule == Some(rule.number)), "{replayed:#?}");

    let trail = desk.trail(TrailWindow { limit: 50, ..TrailWindow::default() }).await.expect("the trail");
    assert_eq!(trail.rows.iter().filter(|row| row.act == "rules_used").count(), 1);
    let off = desk.use_learned(Switches { rules: Vec::new(), lessons: Vec::new() }).await.expect("switched off");
    assert_eq!(off.rules.iter().find(|one| one.number == rule.number).map(|one| one.used), Some(Used::Off));
    let again = row(&simulation, &desk, &last.key).await;
    assert_eq!((again.pays, again.class, again.found_by), (before.pays, before.class, before.found_by));
}
