//! What each choice does to what is proposed, by the rehearsal of invented invoices; what is refused when it is saved;
//! and what a person says of customers and of VAT.

use countersign_desk::Desk;
use countersign_desk::commands::*;

use crate::simulation::Simulation;

/// The demo company, fetched.
async fn fetched() -> (Simulation, Desk) {
    let simulation = Simulation::new(24);
    let desk = simulation.signed_in().await;
    desk.fetch_all().await.expect("fetched");
    (simulation, desk)
}

/// A rehearsed row in one line: accounts and rates, the sums, the customer, the notes; or why nothing.
fn told(row: &Rehearsed) -> String {
    if let Some(reason) = &row.no_draft {
        let params = reason.params.iter().filter(|(name, _)| *name != "words").map(|(name, value)| format!(" {name}={value}"));
        return format!("{}{}", reason.code, params.collect::<String>());
    }
    let Some(paper) = &row.paper else { return "nothing".into() };
    let lines = paper.lines.iter().map(|line| {
        let to = line.item.as_ref().map(|item| format!("item {item}")).or(line.account.clone()).unwrap_or_default();
        format!("{to} {} % {} {}", line.vat_rate, line.amount.amount, line.description)
    });
    let totals = paper.totals.as_ref().expect("a sale has totals");
    let vat = totals.vat.iter().map(|vat| format!(" {} {}", vat.zone, vat.amount.amount)).collect::<String>();
    let rounding = totals.rounding.as_ref().map(|amount| format!(" rounding {}", amount.amount)).unwrap_or_default();
    let customer = paper.customer_number.clone().unwrap_or("new".into());
    let values = paper.values.iter().map(|value| format!(" {}={}", value.key, value.value)).collect::<String>();
    let notes = paper.notes.iter().filter(|note| !note.starts_with("Registered")).map(|note| format!(" [{note}]")).collect::<String>();
    format!("{}; {}{vat}{rounding} = {} for {customer}{values}{notes}", lines.collect::<Vec<_>>().join(", "), totals.net.amount, totals.total.amount)
}

type Change = fn(&mut BookChoices);

/// Every choice and what it does to a sample. Columns: what is changed, which sample is looked at, what comes out.
#[tokio::test]
async fn each_choice_changes_what_is_proposed() {
    let cases: Vec<(&str, Change, &str, &str)> = vec![
        ("as connected", |_| {}, "domestic", "1010 25 % 1000.00 Sample; 1000.00 domestic 250.00 = 1250.00 for new"),
        ("as connected", |_| {}, "reverse_charge", "1020 0 % 1000.00 Sample; 1000.00 eu_goods 0.00 = 1000.00 for SAMPLE_2"),
        ("as connected", |_| {}, "export", "1030 0 % 1000.00 Sample; 1000.00 export_goods 0.00 = 1000.00 for SAMPLE_4"),
        ("as connected", |_| {}, "inclusive", "1010 25 % 79.98 Sample; 79.98 domestic 20.00 rounding -0.01 = 99.97 for new"),
        ("as connected", |_| {}, "discount", "1010 25 % 720.00 Sample (−80.00); 720.00 domestic 180.00 = 900.00 for new"),
        ("as connected", |_| {}, "guest", "1010 25 % 200.00 Sample; 200.00 domestic 50.00 = 250.00 for CARD"),
        (
            "as connected",
            |_| {},
            "proration",
            "1010 25 % 900.00 Remaining time on the larger plan, 1010 25 % -300.00 Unused time on the smaller plan; 600.00 domestic 150.00 = 750.00 for new",
        ),
        ("as connected", |_| {}, "several_rates", "no_account_without_vat line=2"),
        (
            "an account for what is exempt",
            |c| c.exempt = without_vat(),
            "several_rates",
            "1010 25 % 1000.00 Sample, 1010 0 % 500.00 Sample at another rate; 1500.00 exempt 0.00 domestic 250.00 = 1750.00 for new",
        ),
        (
            "a second rate at home",
            |c| c.more_rates = vec!["12".into()],
            "several_rates",
            "1010 25 % 1000.00 Sample, 1010 12 % 500.00 Sample at another rate; 1500.00 domestic 60.00 domestic 250.00 = 1810.00 for new",
        ),
        // Accounts and VAT
        (
            "another account",
            |c| c.domestic.account = "1030".into(),
            "domestic",
            "1030 25 % 1000.00 Sample; 1000.00 domestic 250.00 = 1250.00 for new",
        ),
        ("no rule for untaxed prices", |_| {}, "untaxed", "tax_unsaid line=1"),
        ("VAT is inside", |c| c.untaxed = Untaxed::HomeRate, "untaxed", "1010 25 % 800.00 Sample; 800.00 domestic 200.00 = 1000.00 for new"),
        (
            "no VAT is charged",
            |c| (c.untaxed, c.exempt) = (Untaxed::NoVat, without_vat()),
            "untaxed",
            "1010 0 % 1000.00 Sample; 1000.00 = 1000.00 for new",
        ),
        (
            "services, each with an account of its own",
            |c| (c.goods, c.eu_services.account) = (false, "1030".into()),
            "reverse_charge",
            "1030 0 % 1000.00 Sample; 1000.00 eu_services 0.00 = 1000.00 for SAMPLE_2",
        ),
        ("another rate at home", |c| c.home_rate = "24".into(), "domestic", "1010 24 % 1000.00 Sample; 1000.00 domestic 240.00 = 1240.00 for new"),
        ("no zone for the country", |_| {}, "one_stop_shop", "no_oss_zone country=DE line=1"),
        ("a zone without the rate", |c| c.oss = vec![oss("DE", "7")], "one_stop_shop", "rate_unknown country=DE line=1 rate=19"),
        (
            "a zone with the rate",
            |c| c.oss = vec![oss("DE", "19")],
            "one_stop_shop",
            "1020 19 % 1000.00 Sample; 1000.00 oss 190.00 = 1190.00 for SAMPLE_3",
        ),
        // Customers
        ("customers abroad", |_| {}, "new_abroad", "new_customer_abroad country=US"),
        ("groups abroad are right", |c| c.new_abroad = true, "new_abroad", "1030 0 % 1000.00 Sample; 1000.00 export_goods 0.00 = 1000.00 for new"),
        ("nobody is made", |c| c.unknown = UnknownCustomer::Ask, "domestic", "customer_unknown"),
        (
            "everybody is a guest",
            |c| c.unknown = UnknownCustomer::Generic,
            "domestic",
            "1010 25 % 1000.00 Sample; 1000.00 domestic 250.00 = 1250.00 for CARD",
        ),
        ("no customer for guests", |c| c.generic.clear(), "guest", "no_generic_customer currency=DKK zone=home"),
        // Dates
        ("no lock", |_| {}, "locked", "no such sample"),
        (
            "VAT was reported",
            |c| (c.vat_reported_until, c.late_reason) = (Some("2026-09-30".into()), "found late".into()),
            "locked",
            "1010 25 % 1000.00 Sample; 1000.00 domestic 250.00 = 1250.00 for new [Dated 2026-09-30 in a locked period, posted on the first open day: found late]",
        ),
        (
            "the later of two locks, and the period is reopened",
            |c| (c.vat_reported_until, c.own_until, c.late) = (Some("2026-08-31".into()), Some("2026-09-30".into()), Late::Reopen),
            "locked",
            "period_locked by=own date=2026-09-30 until=2026-09-30",
        ),
        (
            "the year is closed, and nothing of it is reopened",
            |c| (c.year_until, c.late) = (Some("2026-09-30".into()), Late::Reopen),
            "locked",
            "1010 25 % 1000.00 Sample; 1000.00 domestic 250.00 = 1250.00 for new [Dated 2026-09-30 in a locked period, posted on the first open day]",
        ),
        ("drafted when paid", |c| c.draft_when = DraftWhen::Paid, "domestic", "1010 25 % 1000.00 Sample; 1000.00 domestic 250.00 = 1250.00 for new"),
        // What a document carries
        (
            "numbers in lines",
            |c| c.number_in_lines = true,
            "domestic",
            "1010 25 % 1000.00 SAMPLE-1 Sample; 1000.00 domestic 250.00 = 1250.00 for new",
        ),
        (
            "metadata",
            |c| c.keys = vec![key("po_number", CarriedTo::YourReference), key("campaign", CarriedTo::Comment)],
            "domestic",
            "1010 25 % 1000.00 Sample; 1000.00 domestic 250.00 = 1250.00 for new reference=4711 [campaign: autumn]",
        ),
    ];
    let (_simulation, desk) = fetched().await;
    let connected = desk.choices(Nothing {}).await.expect("choices").chosen;
    let mut wrong = Vec::new();
    for (what, change, sample, expected) in cases {
        let mut choices = connected.clone();
        change(&mut choices);
        let rehearsal = desk.rehearse(Rehearse { choices, keys: Vec::new() }).await.unwrap_or_else(|problem| panic!("{what}: {problem}"));
        let found = rehearsal.samples.iter().find(|row| row.sample.as_deref() == Some(sample)).map_or("no such sample".into(), told);
        if found != expected {
            wrong.push(format!("{what}: {sample} is\n  {found}, not\n  {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(desk.choices(Nothing {}).await.expect("choices").chosen, connected, "a rehearsal keeps nothing");
}

#[tokio::test]
async fn what_the_ledger_does_not_have_is_refused_by_its_name() {
    let cases: Vec<(Change, Code, &str, &str)> = vec![
        (|c| c.eu.account = "9999".into(), Code::AccountUnusable, "account", "9999"),
        (|c| c.export.tax_code = "NOPE".into(), Code::NotInLedger, "value", "NOPE"),
        (|c| c.home_rate = "120".into(), Code::BadChoice, "field", "home_rate"),
        (|c| c.more_rates = vec!["a lot".into()], Code::BadChoice, "field", "more_rates"),
        (|c| c.oss = vec![oss("DK", "25")], Code::BadChoice, "field", "oss"),
        (|c| c.oss = vec![oss("US", "5")], Code::BadChoice, "field", "oss"),
        (|c| c.oss = vec![oss("DE", "19"), oss("de", "7")], Code::TwiceChosen, "field", "oss"),
        (|c| c.products = vec![product("prod_1", "V-99", TargetKind::Item)], Code::NotInLedger, "value", "V-99"),
        (|c| c.products = vec![product("prod_1", "9999", TargetKind::Account)], Code::AccountUnusable, "account", "9999"),
        (|c| c.generic = vec![generic("DKK", "NOBODY")], Code::NotInLedger, "value", "NOBODY"),
        (|c| c.generic = vec![generic("DKK", "CARD"), generic("DKK", "C00001")], Code::TwiceChosen, "field", "generic"),
        (|c| c.identify_by = vec![IdentifyBy::Ean, IdentifyBy::Ean], Code::TwiceChosen, "field", "identify_by"),
        (|c| c.start = "tomorrow".into(), Code::BadChoice, "field", "start"),
        (|c| c.zone = "Europe/Atlantis".into(), Code::BadChoice, "field", "zone"),
        (|c| c.own_until = Some("2026-13-01".into()), Code::BadChoice, "field", "own_until"),
        (|c| c.keys = vec![key("po number", CarriedTo::YourReference)], Code::BadKey, "key", "po number"),
        (|c| c.product_key = "a[b]".into(), Code::BadKey, "key", "a[b]"),
        (|c| c.dimensions = vec![DimensionChoice { code: "AFD".into(), value: "X".into() }], Code::NotInLedger, "field", "dimensions"),
    ];
    let (_simulation, desk) = fetched().await;
    let before = desk.choices(Nothing {}).await.expect("choices");
    for (change, code, name, value) in cases {
        let mut choices = before.chosen.clone();
        change(&mut choices);
        let problem = desk.save_choices(choices.clone()).await.expect_err("refused");
        assert_eq!((problem.code, problem.params.get(name).map(String::as_str)), (code, Some(value)), "{problem}");
        assert_eq!(desk.rehearse(Rehearse { choices, keys: Vec::new() }).await.expect_err("a rehearsal is refused alike").code, code);
    }
    assert_eq!(desk.choices(Nothing {}).await.expect("choices"), before, "nothing was saved");
}

#[tokio::test]
async fn a_product_becomes_the_item_it_is_linked_to() {
    let (simulation, desk) = fetched().await;
    let Choices { mut chosen, offered } = desk.choices(Nothing {}).await.expect("choices");
    let mug = offered.products.iter().find(|product| product.name.starts_with("Stentøjskrus")).expect("the mug is sold").id.clone();
    let sold = |rows: &[Rehearsed]| {
        let lines = rows.iter().filter_map(|row| row.paper.as_ref()).flat_map(|paper| paper.lines.clone());
        let mugs: Vec<_> = lines.filter(|line| line.description.starts_with("Stentøjskrus")).map(|line| line.item).collect();
        assert!(!mugs.is_empty(), "the newest invoices sell the mug");
        mugs
    };
    let newest = async |choices: BookChoices| desk.rehearse(Rehearse { choices, keys: Vec::new() }).await.expect("rehearsed").real;
    assert!(sold(&newest(chosen.clone()).await).iter().all(Option::is_none));
    chosen.products = vec![product(&mug, "v-01", TargetKind::Item)];
    assert!(sold(&newest(chosen.clone()).await).iter().all(|item| item.as_deref() == Some("V-01")));
    let saved = desk.save_choices(chosen).await.expect("saved");
    assert_eq!(saved.chosen.products, vec![product(&mug, "V-01", TargetKind::Item)], "as the ledger writes it");
    assert_eq!(saved.offered.version, offered.version + 1);
    drop(simulation);
}

/// Chosen rows come out as Review has them, whatever they are, and as the choices on the screen would make them.
#[tokio::test]
async fn chosen_rows_are_rehearsed_as_they_stand_in_review() {
    let (simulation, desk) = fetched().await;
    let choices = desk.choices(Nothing {}).await.expect("choices").chosen;
    let rows = simulation.rows(&desk).await;
    let mut of_each_kind: Vec<&ReviewRow> = Vec::new();
    for row in rows.iter().rev() {
        if of_each_kind.iter().all(|known| (known.kind, known.class) != (row.kind, row.class)) {
            of_each_kind.push(row);
        }
    }
    assert!(of_each_kind.len() > 5, "several kinds and classes");
    let keys: Vec<_> = of_each_kind.iter().map(|row| row.key.clone()).collect();
    let asked = |keys: &[String]| Rehearse { choices: choices.clone(), keys: keys.to_vec() };
    let rehearsed = desk.rehearse(asked(&keys)).await.expect("rehearsed").real;
    assert_eq!(rehearsed.iter().map(|row| &row.key).collect::<Vec<_>>(), keys.iter().collect::<Vec<_>>(), "in the order they were chosen");
    for (row, seen) in rehearsed.iter().zip(of_each_kind) {
        let expected = (&seen.left, seen.class == Class::New, matches!(seen.right_kind, RightKind::Document | RightKind::Several), &seen.no_draft);
        assert_eq!((&row.left, row.paper.is_some(), row.found.is_some(), &row.no_draft), expected, "{}", seen.key);
    }
    for keys in [vec!["invoice:in_nowhere".to_owned()], vec![keys[0].clone(); 51]] {
        let refused = desk.rehearse(asked(&keys)).await.expect_err("refused").code;
        assert_eq!(refused, if keys.len() == 1 { Code::NoSuchRow } else { Code::BadRequest });
    }
}

#[tokio::test]
async fn a_person_says_who_a_customer_is_and_the_rows_follow_at_once() {
    let (simulation, desk) = fetched().await;
    let mut chosen = desk.choices(Nothing {}).await.expect("choices").chosen;
    let row = |rows: CustomerRows| rows.rows.into_iter().find(|row| row.stripe.name.starts_with("Brødrene Tangkær")).expect("the joiners");
    let all = |unclear_only| CustomersQuery { search: "tangkær".into(), unclear_only, first: 0, limit: 10 };
    let joiners = row(desk.customer_rows(all(false)).await.expect("rows"));
    assert_eq!(
        (joiners.state, joiners.evidence.as_slice(), joiners.differs.as_slice()),
        (CustomerState::Found, &[Identity::VatNumber][..], &[CustomerField::Name][..])
    );

    // Switched off, a VAT number identifies nobody; it still keeps a second customer from being made.
    chosen.identify_by.retain(|by| *by != IdentifyBy::VatNumber);
    desk.save_choices(chosen).await.expect("saved");
    let unclear = desk.customer_rows(all(true)).await.expect("rows");
    assert_eq!((unclear.unclear > 0, row(unclear).state), (true, CustomerState::Unclear));
    assert!(desk.overview(Nothing {}).await.expect("overview").book.expect("a book").counts.customers > 0);
    let proposed = || async {
        let rows = simulation.rows(&desk).await;
        let own = rows.into_iter().filter(|row| row.left.name.starts_with("Brødrene Tangkær") && row.right_kind != RightKind::Document);
        own.map(|row| row.no_draft.map_or("drafted".into(), |reason| reason.code)).collect::<Vec<_>>()
    };
    let before = proposed().await;
    assert!(!before.is_empty() && before.iter().all(|code| code == "customer_unclear" || code == "invoice_first"), "{before:?}");

    let asked = CustomerCandidatesOf { key: joiners.key.clone(), search: String::new() };
    let candidates = desk.customer_candidates(asked).await.expect("candidates").rows;
    assert_eq!(candidates.len(), 1);
    let to = LinkTo::Customer { id: candidates[0].id.clone() };
    let linked = row(desk.link_customer(LinkCustomer { key: joiners.key.clone(), to }).await.expect("linked"));
    assert_eq!((linked.state, linked.said.map(|said| said.who)), (CustomerState::Linked, Some("Mette Kjærgård".to_owned())));
    assert!(proposed().await.iter().all(|code| code != "customer_unclear"));

    let second = desk.link_customer(LinkCustomer { key: joiners.key.clone(), to: LinkTo::New {} }).await.expect_err("its VAT number exists");
    assert_eq!((second.code, second.params["number"].as_str()), (Code::VatNumberExists, candidates[0].card.number.as_str()));
    let back = row(desk.link_customer(LinkCustomer { key: joiners.key.clone(), to: LinkTo::Nothing {} }).await.expect("taken back"));
    assert_eq!((back.state, back.said), (CustomerState::Unclear, None));
    let trail = desk.trail(TrailWindow { limit: 50, ..TrailWindow::default() }).await.expect("the trail");
    assert_eq!(trail.rows.iter().filter(|row| row.act == "pair_decided").count(), 2, "each word is in the trail");
}

#[tokio::test]
async fn a_person_says_what_the_vat_of_a_line_is_once_and_may_take_it_back() {
    let simulation = Simulation::new(24);
    assert!(simulation.exempt_the_untaxed() > 0, "the demo company sells something without tax");
    let desk = simulation.signed_in().await;
    desk.fetch_all().await.expect("fetched");
    let mut chosen = desk.choices(Nothing {}).await.expect("choices").chosen;
    chosen.exempt = without_vat();
    desk.save_choices(chosen).await.expect("saved");
    let asked = || async {
        let rows = simulation.rows(&desk).await.into_iter();
        rows.filter(|row| row.no_draft.as_ref().is_some_and(|reason| reason.code == "person_decides")).collect::<Vec<_>>()
    };
    let rows = asked().await;
    let row = rows.first().expect("a person is asked").clone();
    let foreign = desk.decide_vat(DecideVat { key: row.key.clone(), answer: VatAnswer::ReverseChargeGoods }).await;
    assert_eq!(foreign.expect_err("the invoice carries no VAT number of another country").code, Code::NoReverseCharge);
    let other = desk.decide_vat(DecideVat { key: "invoice:nobody".into(), answer: VatAnswer::Exempt }).await;
    assert_eq!(other.expect_err("no such row").code, Code::NoSuchRow);

    desk.decide_vat(DecideVat { key: row.key.clone(), answer: VatAnswer::Exempt }).await.expect("kept");
    desk.decide_vat(DecideVat { key: row.key.clone(), answer: VatAnswer::NoVat }).await.expect_err("it is asked no more");
    let drafted = simulation.rows(&desk).await.into_iter().find(|now| now.key == row.key).expect("the row");
    assert_eq!((drafted.no_draft, drafted.class), (None, Class::New));
    let drafts = desk.explain(RowKey { key: row.key.clone() }).await.expect("explained").drafts;
    let document = drafts.iter().find(|draft| draft.kind == DraftKind::SalesInvoice).expect("its document").id.clone();
    let totals = desk.draft(DraftKey { id: document }).await.expect("the draft").paper.totals.expect("totals");
    assert!(totals.vat.iter().all(|vat| vat.zone == "exempt" && vat.amount.amount == "0.00"), "{:?}", totals.vat);

    let all = CustomersQuery { search: row.left.name.clone(), unclear_only: false, first: 0, limit: 10 };
    let customers = desk.customer_rows(all).await.expect("customers").rows;
    let (customer, said) = customers.iter().find_map(|row| Some((row.key.clone(), row.vat.first()?.clone()))).expect("it stands at the customer");
    assert_eq!((said.answer, said.said.who.as_str()), (VatAnswer::Exempt, "Mette Kjærgård"));
    desk.forget_vat(ForgetVat { key: customer, product: said.product, unclear: said.unclear }).await.expect("taken back");
    assert_eq!(asked().await.len(), rows.len(), "it is asked again");
}

/// The account for sales at home, with the code that takes the VAT off.
fn without_vat() -> SoldTo {
    SoldTo { account: "1010".into(), tax_code: "INGEN".into() }
}

fn oss(country: &str, rate: &str) -> OssChoice {
    OssChoice { country: country.into(), rates: vec![rate.into()], to: SoldTo { account: "1020".into(), tax_code: String::new() } }
}

fn key(key: &str, to: CarriedTo) -> CarriedKey {
    CarriedKey { key: key.into(), to, dimension: String::new() }
}

fn product(product: &str, number: &str, kind: TargetKind) -> ProductChoice {
    ProductChoice { product: product.into(), number: number.into(), kind, goods: None }
}

fn generic(currency: &str, number: &str) -> GenericChoice {
    GenericChoice { currency: currency.into(), zone: GuestZone::Home, number: number.into() }
}
