//! The facts in English, for the command line and logs. The page has its own words.

use money::Money;

use crate::engine::Engine;
use crate::fact::{Detail, Fact, Verdict, What};
use crate::link::{Link, Method, Unlinked};
use crate::row::{Kind, RowId, Side, Source};
use crate::rules::{Learned, Shift, Taught};

/// One fact as a short clause: "the amount is equal", "4 days later".
pub fn fact(fact: &Fact) -> String {
    match &fact.detail {
        Detail::NotCompared if fact.what == What::Amount => "no rate is known at which to compare the amounts".into(),
        Detail::NotCompared => "not compared".into(),
        Detail::InMetadata { value } => format!("Stripe's metadata names {value}"),
        Detail::OurMark { value } => format!("it bears Stripe's number {value}"),
        Detail::InText { value } => format!("the text names {value}"),
        Detail::Misspelt { written, number } => format!("the text says {written}, nearly {number}"),
        Detail::NamesAnother { value } => format!("{value} is named instead"),
        Detail::SamePlan { text } => format!("the text speaks of “{text}”"),
        Detail::NoReference => "no number is named".into(),
        Detail::RefundOf { charge } => format!("it gives back {charge}"),
        Detail::CreditOf { invoice, document } => format!("both credit {document}, the document of {invoice}"),
        Detail::CustomerNumber { value } => format!("customer number {value} is named"),
        Detail::SameAmount => "the amount is equal".into(),
        Detail::Difference { amount } => difference(*amount),
        Detail::Over { amount } => format!("{amount} more than is open"),
        Detail::PartOf { remaining } => format!("a part of it, by itself {remaining} stays open"),
        Detail::SumOf { count, total } => format!("one of {count} that together are {total}"),
        Detail::Converted { expected, off_permille } => converted(expected, *off_permille),
        Detail::OtherAmount { left, right } => format!("{left} against {right}"),
        Detail::LinkedBefore => "the customers are one".into(),
        Detail::SameVatNumber { vat } => format!("same VAT number {vat}"),
        Detail::SameEan { ean } => format!("same EAN {ean}"),
        Detail::SameEmail { email } => format!("same e-mail {email}"),
        Detail::SameName { name } => format!("same name {name}"),
        Detail::NameWritten { left, right } => format!("“{left}” is “{right}”"),
        Detail::SimilarEmail { left, right } => format!("e-mail {left} is nearly {right}"),
        Detail::SimilarName { left, right } => format!("“{left}” is like “{right}”"),
        Detail::NameAndPostcode { name, postcode } => format!("same name and postcode, {name}, {postcode}"),
        Detail::SameDomain { domain } => format!("same mail domain {domain}"),
        Detail::SamePhone { phone } => format!("same phone {phone}"),
        Detail::PaysInvoices { customer } => format!("its other payments settle invoices of {customer}"),
        Detail::NamedInText { customer } => format!("the text names {customer}"),
        Detail::PaysFor { payer, rule } => format!("{payer} pays for it (rule {rule})"),
        Detail::OtherVatNumber { left, right } => format!("VAT number {left} against {right}"),
        Detail::OtherName { left, right } => format!("“{left}” against “{right}”"),
        Detail::NoName => "no name".into(),
        Detail::SameDay => "the same day".into(),
        Detail::DaysLater { days: 1 } => "a day after its date".into(),
        Detail::DaysEarlier { days: 1 } => "a day before its date".into(),
        Detail::DaysLater { days } => format!("{days} days after its date"),
        Detail::DaysEarlier { days } => format!("{days} days before its date"),
        Detail::AsUsual { days } => format!("{days} days after its date, as usual for this customer"),
        Detail::MonthNamed { month } => format!("names {}", month.format("%B %Y")),
        Detail::SameCurrency { currency } => format!("both in {currency}"),
        Detail::ByRate { left, right } => format!("{left} for {right}, by that day's rate"),
        Detail::OtherCurrency { left, right } => format!("in {left}, not {right}"),
    }
}

fn difference(amount: Money) -> String {
    match amount.negated().ok().filter(|less| !less.is_negative()) {
        Some(less) => format!("the amount is {less} less"),
        None => format!("the amount is {amount} more"),
    }
}

fn converted(expected: &Money, off_permille: i64) -> String {
    let percent = format!("{}.{} %", off_permille.unsigned_abs() / 10, off_permille.unsigned_abs() % 10);
    match off_permille {
        0 => format!("it is {expected} at that day's rate"),
        1.. => format!("{percent} more than {expected}, which it is at that day's rate"),
        _ => format!("{percent} less than {expected}, which it is at that day's rate"),
    }
}

/// How a pair was found: "by its number".
pub fn method(method: Method) -> String {
    match method {
        Method::Confirmed => "as a person confirmed".into(),
        Method::Reference => "by its number".into(),
        Method::AmountAndParty => "by amount and party".into(),
        Method::Amount => "by amount".into(),
        Method::Party => "by party".into(),
        Method::SumOf { count } => format!("as one of {count} that add up"),
        Method::RefundOfCharge => "which its charge settled".into(),
        Method::Learned { rule } => format!("by rule {rule}, which was learned from this book"),
    }
}

/// All that is known of one left row: its links and why, what else it could have been and why it is not, or how far was
/// looked.
pub fn explain(engine: &Engine, left: &RowId) -> Option<String> {
    let links: Vec<&Link> = engine.links().iter().filter(|l| &l.left == left).collect();
    let none = engine.unlinked().iter().find(|u| &u.left == left);
    let mut lines: Vec<String> = links.iter().flat_map(|l| proposed(engine, l)).collect();
    if let Some(none) = none {
        lines.push(format!("{left} matches nothing: {}.", not_taken_back(engine, left).unwrap_or_else(|| looked(none))));
    } else if links.is_empty() {
        return engine.row(Side::Left, left).map(|row| match row.failed {
            true => format!("{left} matches nothing: the payment failed."),
            false => format!("{left} takes no part: nothing is matched with its kind."),
        });
    }
    let others = engine.candidates(left).into_iter().filter(|c| !links.iter().any(|l| l.right == c.right));
    let untold = |c: &Link| links.iter().any(|l| l.tie && l.rivals.iter().any(|r| r.equal && r.right == c.right));
    lines.extend(others.filter(|c| !untold(c)).take(OTHERS).map(|c| not_this(engine, &c, links.first().copied())));
    Some(told(&lines))
}

/// Lines as they stand on a screen: what a name or a text has of line ends and other control characters is blank.
fn told(lines: &[String]) -> String {
    lines.iter().map(|line| line.replace(char::is_control, " ")).collect::<Vec<_>>().join("\n")
}

/// Why one pair is a link, or why it is not.
pub fn pair(engine: &Engine, left: &RowId, right: &RowId) -> Option<String> {
    let why = engine.explain(left, right)?;
    if why.linked {
        return Some(told(&proposed(engine, &why.link)));
    }
    let best = engine.links().iter().find(|l| &l.left == left);
    let declined = if why.declined { " A person declined it." } else { "" };
    Some(told(&[format!("{}{declined}", not_this(engine, &why.link, best).trim_start())]))
}

/// A learned rule: "Payments from Zetanova Invest settle invoices of Møller VVS ApS (2 confirmed)".
pub fn rule(engine: &Engine, rule: &Learned) -> String {
    let name = |side, id: &RowId| engine.row(side, id).map(|row| row.party.name.clone()).filter(|n| !n.is_empty()).unwrap_or_else(|| id.to_string());
    let payer = match &rule.payer {
        Taught::Customer { id } => name(Side::Left, id),
        Taught::Name { name } => name.clone(),
    };
    let off = if rule.on { "" } else { "; switched off" };
    format!("Payments from {payer} settle invoices of {} ({} confirmed{off})", name(Side::Right, &rule.pays_for), rule.seen)
}

/// What was learned of one kind of evidence: "document.our_mark: 9 of 12 were right, 5.4 expected; +0.162".
pub fn shift(shift: &Shift) -> String {
    let Shift { evidence, decided, confirmed, expected, shift } = shift;
    format!("{evidence}: {confirmed} of {decided} were right, {expected:.1} expected; {shift:+.3}")
}

/// Candidates that lost of which it is said why.
const OTHERS: usize = 5;

/// Why a refund takes nothing back.
fn not_taken_back(engine: &Engine, left: &RowId) -> Option<String> {
    let refund = engine.row(Side::Left, left).filter(|row| row.kind == Kind::Refund)?;
    let id = refund.refund_of.as_ref()?;
    let charge = engine.row(Side::Left, id).filter(|row| row.kind == Kind::Charge && !row.failed);
    let settled = engine.links().iter().any(|l| &l.left == id);
    Some(match charge.map(|charge| charge.amount.currency()) {
        None => format!("{id}, which it gives back, is not among the payments or failed"),
        Some(currency) if currency != refund.amount.currency() => {
            format!("it went back in {}, and {id} came in {currency}", refund.amount.currency())
        }
        _ if settled => format!("it gives back what of {id} was over"),
        _ => format!("{id}, which it gives back, matches nothing"),
    })
}

/// How far was looked for a row that has no link.
fn looked(none: &Unlinked) -> String {
    let Unlinked { looked_at, compared, not_searched, .. } = none;
    match (compared, not_searched) {
        (0, 0) => format!("nothing that is open shares a number, an amount or a party with it ({looked_at} looked at)"),
        (_, 0) => format!("{compared} of the {looked_at} that are open were compared, and none is likely"),
        _ => format!("{compared} of the {looked_at} that are open were compared, and none is likely; {not_searched} were too many to search"),
    }
}

/// A right row by the number that people know it by.
fn number(engine: &Engine, id: &RowId) -> String {
    let numbers = engine.row(Side::Right, id).into_iter().flat_map(|row| &row.references);
    numbers.filter(|r| r.source == Source::Number).map(|r| r.value.clone()).find(|n| !n.is_empty()).unwrap_or_else(|| id.to_string())
}

fn proposed(engine: &Engine, link: &Link) -> Vec<String> {
    let right = number(engine, &link.right);
    let what = match link.kind {
        Kind::Charge => format!("settles {} of {right}", link.amount),
        Kind::Refund => format!("takes {} back from {right}", link.amount.negated().unwrap_or(link.amount)),
        Kind::Invoice | Kind::Credit | Kind::Document | Kind::Customer => format!("is {right}"),
    };
    let mut lines = vec![format!("{} {what}, {}; {}.", link.left, method(link.method), chance(link.chance))];
    // Of a refund there is no more to say than of which charge.
    let told = if link.kind == Kind::Refund { &link.evidence[..1] } else { &link.evidence[..] };
    let some = |wanted: &[Verdict]| told.iter().filter(|f| wanted.contains(&f.verdict)).map(fact).collect::<Vec<_>>();
    for (title, facts) in [("For it", some(&[Verdict::Equal, Verdict::Near])), ("Against it", some(&[Verdict::Contradicts]))] {
        if !facts.is_empty() {
            lines.push(format!("  {title}: {}.", facts.join("; ")));
        }
    }
    if link.kind == Kind::Charge && link.fact(What::Amount).verdict == Verdict::Missing {
        lines.push(format!("  Not known: {}.", fact(link.fact(What::Amount))));
    }
    let equal: Vec<String> = link.rivals.iter().filter(|r| r.equal).map(|r| number(engine, &r.right)).collect();
    if link.tie && !equal.is_empty() {
        lines.push(format!("  Nothing tells it from {}: the oldest is proposed, and a person must choose.", equal.join(", ")));
    } else if link.tie {
        lines.push("  Others want it as much: the oldest is proposed, and a person must choose.".into());
    }
    lines
}

/// Why a candidate is not the link: what is worse about it, and who else has it.
fn not_this(engine: &Engine, other: &Link, best: Option<&Link>) -> String {
    // That it has no number is no reason against it where the other has none either.
    let numbered =
        |f: &Fact| matches!(f.detail, Detail::InMetadata { .. } | Detail::OurMark { .. } | Detail::InText { .. } | Detail::Misspelt { .. });
    let worse = |f: &&Fact| match best {
        Some(best) if f.detail == Detail::NoReference => numbered(best.fact(f.what)),
        Some(best) => f.verdict > best.fact(f.what).verdict,
        None => f.verdict == Verdict::Contradicts,
    };
    let mut why: Vec<String> = other.evidence.iter().filter(worse).map(fact).collect();
    let has = engine.links().iter().find(|l| l.right == other.right && l.left != other.left && l.kind == other.kind);
    let settles = if matches!(other.kind, Kind::Charge | Kind::Refund) { "settles it" } else { "is it" };
    why.extend(has.map(|l| format!("{} {settles} ({})", l.left, chance(l.chance))));
    if why.is_empty() {
        why.push("less likely by all together".into());
    }
    format!("  Not {} ({}): {}.", number(engine, &other.right), chance(other.chance.min(room(engine, other))), why.join("; "))
}

/// The chance that others leave so much of a document: where there is too little, that one of them is wrong.
fn room(engine: &Engine, other: &Link) -> f64 {
    let Some(open) = engine.row(Side::Right, &other.right).map(|row| row.open.minor()).filter(|_| other.kind == Kind::Charge) else { return 1.0 };
    let others = engine.links().iter().filter(|l| l.right == other.right && l.left != other.left && l.kind == Kind::Charge);
    let (taken, doubt) = others.fold((0_i64, 0.0), |(taken, doubt), l| (taken.saturating_add(l.amount.minor()), doubt + 1.0 - l.chance));
    if open.saturating_sub(taken) >= other.amount.minor() { 1.0 } else { doubt.min(1.0) }
}

fn chance(chance: f64) -> String {
    match chance {
        0.9995.. => "as good as certain".into(),
        ..0.0005 => "hardly possible".into(),
        chance => format!("chance {:.1} %", 100.0 * chance),
    }
}
