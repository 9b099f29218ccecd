//! What one payment may settle: each option with its levels of evidence and their sum.

use money::{Currency, Money};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::choice::{Choice, Choices, Decided, Seen, Use, Uses};
use super::dates::lag;
use super::prepare::{Doc, Pay, Prepared, RARE, amount_key};
use crate::level::Level;
use crate::parties;
use crate::weights::Weights;
use crate::who::Who;

/// Documents of one customer that are compared, the nearest in time; beyond them they are counted.
pub(super) const NEAREST: usize = 160;
/// An amount that more documents have tells nothing of an unknown payer.
pub(crate) const BY_AMOUNT: usize = 9;
/// Odds that nothing outweighs, and still a finite number.
pub(crate) const CONFIRMED: f64 = 50.0;
/// Choices kept of one payment.
const KEPT: usize = 24;
/// Odds this far behind the best are dropped; sooner for another customer's documents, since each of those ties two
/// customers' payments together.
const BEHIND: f64 = 6.0;
const BEHIND_OF_OTHERS: f64 = 3.5;

pub(crate) struct Maker<'a> {
    pub all: &'a Prepared,
    pub weights: &'a Weights,
    /// Keeps what has little chance, to learn from it.
    pub learning: bool,
    /// Pairs that people decided.
    pub decided: &'a Decided,
}

/// What is the same for all documents of one payment.
pub(super) struct Read<'a> {
    pub pay: &'a Pay,
    pub text: Vec<u32>,
    pub field: Vec<u32>,
    pub orders: Vec<u32>,
    pub codes: Vec<u32>,
    pub said: Vec<u32>,
    converted: Vec<(Currency, Option<i64>)>,
}

/// What speaks for a document.
const FOR: [Level; 6] = [Level::MetaNames, Level::TextNames, Level::TextNear, Level::OrderEqual, Level::MonthEqual, Level::PlanEqual];

/// How an amount fits a document: the level, what the document gets, and the payments that are parts of the same whole.
struct Fit {
    level: Level,
    carried: i64,
    with: Vec<u32>,
}

impl Maker<'_> {
    pub fn choices(&self, p: u32) -> Choices {
        let mut seen = self.read(p);
        let mut choices = Choices::default();
        let (mut docs, mut considered) = self.documents(&seen, &mut choices);
        docs.sort_unstable();
        docs.dedup();
        choices.compared = docs.len() as u32;
        considered.extend(docs.iter().map(|&d| self.all.docs[d as usize].customer));
        choices.nothing = self.nothing(&seen);
        choices.nothing_score = self.sum(&choices.nothing);
        choices.yields = seen.pay.undone;
        choices.some = docs.iter().filter_map(|&d| self.single(&mut seen, p, d)).collect();
        let sums = self.named_together(p, &mut seen);
        // Named ones that are paid together go before one of them that is nearly right.
        choices.some.retain(|c| sums.is_empty() || !c.named() || c.levels.contains(&Level::Exact));
        choices.some.extend(sums);
        self.decide(p, &mut choices);
        self.prune(&mut choices);
        // What was weighed and dropped must not stay in memory.
        choices.some.shrink_to_fit();
        let customer = |u: &Use| self.all.docs[u.doc as usize].customer;
        let touched = choices.some.iter().flat_map(|c| c.uses.iter()).map(customer).chain(self.summed(&seen));
        choices.touched = set(touched.collect());
        considered.extend(&choices.touched);
        choices.considered = set(considered);
        choices
    }

    /// A confirmed pair is the only choice; a declined one is none.
    fn decide(&self, p: u32, choices: &mut Choices) {
        if let Some(no) = self.decided.no.get(&p) {
            choices.some.retain(|c| !c.uses.iter().any(|u| no.contains(&u.doc)));
        }
        let Some(yes) = self.decided.yes.get(&p).filter(|yes| !yes.is_empty()) else { return };
        // As they are proposed: the newest gets what is left.
        let mut yes = yes.clone();
        yes.sort_unstable_by_key(|&d| self.all.docs[d as usize].age());
        let pay = &self.all.pays[p as usize];
        // The part of the payment that is not used yet.
        let mut left = Decimal::ONE;
        let uses = yes.into_iter().map(|doc| {
            let of = &self.all.docs[doc as usize];
            let foreign = of.currency != pay.currency;
            let whole = if foreign { self.all.converted(pay, of.currency).map(Money::minor) } else { Some(pay.amount) };
            // Without a rate nobody knows how much of the payment that takes.
            let Some(whole) = whole.filter(|whole| *whole > 0) else { return Use { doc, amount: of.open } };
            let worth = (left * Decimal::from(whole)).round().to_i64().unwrap_or_default();
            let amount = if foreign && rate(worth, of.open).is_some() { of.open } else { of.open.min(worth) };
            left -= (Decimal::from(amount) / Decimal::from(whole)).min(left);
            Use { doc, amount }
        });
        let uses: Vec<Use> = uses.filter(|u| u.amount > 0).collect();
        let uses = Uses::of(uses);
        let found = choices.some.iter().find(|c| c.uses == uses);
        let (levels, lag) = found.map_or(([Level::Different].into_iter().collect(), 0), |c| (c.levels, c.lag));
        let confirmed = Choice { lag, believed: 1.0, ..Choice::new(uses, levels, CONFIRMED) };
        choices.some = if confirmed.uses.is_empty() { Vec::new() } else { vec![confirmed] };
    }

    pub(super) fn read(&self, p: u32) -> Read<'_> {
        let read = self.read_numbers(p);
        let codes = self.all.customers.numbered(read.pay.text.customer_number).collect();
        let said = read.pay.said.as_deref().map(|said| self.said(said)).unwrap_or_default();
        Read { codes, said, ..read }
    }

    /// What a payment says of documents alone, not of customers.
    fn read_numbers(&self, p: u32) -> Read<'_> {
        let pay = &self.all.pays[p as usize];
        Read {
            pay,
            text: self.all.named_by_text(pay).collect(),
            field: self.all.named_by_field(pay).collect(),
            orders: self.all.ordered(pay).collect(),
            codes: Vec::new(),
            said: Vec::new(),
            converted: Vec::new(),
        }
    }

    fn prune(&self, choices: &mut Choices) {
        choices.some.sort_by(|a, b| {
            b.score.total_cmp(&a.score).then_with(|| {
                a.uses.iter().map(|u| self.all.docs[u.doc as usize].age()).cmp(b.uses.iter().map(|u| self.all.docs[u.doc as usize].age()))
            })
        });
        if self.learning {
            choices.some.truncate(4 * KEPT);
            return;
        }
        let best = choices.some.first().map_or(choices.nothing_score, |c| c.score.max(choices.nothing_score));
        let customer = |c: &Choice| self.all.docs[c.uses[0].doc as usize].customer;
        let leader = choices.some.first().map(customer);
        choices.some.retain(|c| c.score > best - if Some(customer(c)) == leader { BEHIND } else { BEHIND_OF_OTHERS });
        choices.some.truncate(KEPT);
    }

    pub(super) fn sum(&self, levels: &[Level]) -> f64 {
        levels.iter().map(|l| self.weights.of(*l)).sum()
    }

    /// The customers that a payment names in words.
    fn said(&self, said: &Who) -> Vec<u32> {
        let alike = |c: &u32| parties::alike(said, &self.all.customers.whos[*c as usize]);
        self.all.customers.named(said).into_iter().filter(alike).take(6).collect()
    }

    /// The documents to weigh, and the customers among whose documents was looked.
    fn documents(&self, seen: &Read, choices: &mut Choices) -> (Vec<u32>, Vec<u32>) {
        let pay = seen.pay;
        let whom = &self.all.likely[pay.payer as usize];
        let sure = whom.first() >= 0.9;
        let least = if self.learning { 0.0005 } else { parties::SEEN };
        choices.not_searched = pay.text.unread;
        let mut docs: Vec<u32> = seen.text.iter().chain(&seen.field).chain(&seen.orders).copied().collect();
        let mut customers: Vec<u32> = whom.likely.iter().filter(|l| l.chance >= least).map(|l| l.customer).collect();
        customers.extend(seen.codes.iter().chain(&seen.said));
        customers.sort_unstable();
        customers.dedup();
        for &customer in &customers {
            let own = &self.all.by_customer[customer as usize];
            let at = own.partition_point(|&d| self.all.docs[d as usize].day <= pay.day);
            let (from, to) = (at.saturating_sub(NEAREST / 4 * 3), (at + NEAREST / 4).min(own.len()));
            choices.not_searched = choices.not_searched.saturating_add((own.len() - (to - from)) as u32);
            docs.extend(&own[from..to]);
        }
        if !sure || !pay.text.numbers.is_empty() {
            let amount = amount_key(pay.currency, pay.amount);
            let near = |d: &u32| away(pay, &self.all.docs[*d as usize]) <= FAR;
            docs.extend(self.all.nearly_named(pay).into_iter().filter(near));
            if !sure {
                docs.extend(self.all.by_amount.few(amount, BY_AMOUNT).filter(near));
                choices.common = self.all.by_amount.count(amount) > BY_AMOUNT;
            }
        }
        (docs, customers)
    }

    fn nothing(&self, seen: &Read) -> Seen {
        let pay = seen.pay;
        let payer = &self.all.payers[pay.payer as usize];
        let mut levels: Seen = [Level::Nothing].into_iter().collect();
        if payer.guest {
            levels.push(Level::NothingGuest);
        }
        if !pay.text.numbers.is_empty() && seen.text.is_empty() {
            levels.push(Level::NothingNumber);
        }
        if !pay.named.is_empty() && seen.field.is_empty() {
            levels.push(Level::NothingMeta);
        }
        if pay.second {
            levels.push(Level::NothingTwice);
        }
        levels
    }

    /// One document for one payment, or `None` if their amounts have nothing to do with each other.
    fn single(&self, seen: &mut Read, p: u32, d: u32) -> Option<Choice> {
        let doc = &self.all.docs[d as usize];
        let named = seen.text.contains(&d) || seen.field.contains(&d);
        let fit = self.amount(seen, p, doc, named)?;
        let (pay, amount) = (seen.pay, fit.level);
        let payer = self.payer(seen, doc);
        let mut said_of_it = self.references(seen, d);
        let mut day = pay.day;
        for &q in &fit.with {
            // Parts of one whole go to one document: what is said of one is said of all, and the first sets the date.
            let theirs = self.references(&self.read_numbers(q), d);
            said_of_it = std::array::from_fn(|i| if FOR.contains(&theirs[i]) { theirs[i].min(said_of_it[i]) } else { said_of_it[i] });
            day = day.min(self.all.pays[q as usize].day);
        }
        let mut levels: Seen = [amount, payer, code(seen, doc), said(seen, doc)].into_iter().chain(said_of_it).collect();
        if amount == Level::Exact && payer >= Level::Payer40 {
            levels.push(match self.all.by_amount.count(amount_key(doc.currency, doc.open)) {
                0..=RARE => Level::ExactRare,
                4..=9 => Level::ExactFew,
                _ => Level::ExactCommon,
            });
        }
        levels.extend(lag(day, doc));
        let lag = (day - doc.day).clamp(i16::MIN.into(), i16::MAX.into()) as i16;
        let uses = Uses::One([Use { doc: d, amount: fit.carried }]);
        Some(Choice { lag, ..Choice::new(uses, levels, self.sum(&levels)) })
    }

    fn references(&self, seen: &Read, d: u32) -> [Level; 5] {
        let doc = &self.all.docs[d as usize];
        [field(seen, d), self.text(seen, d), order(seen, doc), month(seen.pay, doc), plan(seen.pay, doc)]
    }

    fn amount(&self, seen: &mut Read, p: u32, doc: &Doc, named: bool) -> Option<Fit> {
        let pay = seen.pay;
        if pay.currency != doc.currency {
            return self.foreign(seen, doc, named);
        }
        let (paid, open) = (pay.amount, doc.open);
        match nearly_paid(paid, open, LITTLE_SHORT) {
            Some(level) => Some(Fit { level, carried: paid.min(open), with: Vec::new() }),
            None if paid < open => self.part(pay, p, open, named),
            None if named => Some(Fit { level: Level::Different, carried: open, with: Vec::new() }),
            None => None,
        }
    }

    /// A part of what is open: one of equal instalments, one of two that make up the whole, a share that people agree on.
    fn part(&self, pay: &Pay, p: u32, open: i64, named: bool) -> Option<Fit> {
        let fit = |level, with| Some(Fit { level, carried: pay.amount, with });
        let times = (open + pay.amount / 2) / pay.amount.max(1);
        let many = (2..=12).contains(&times);
        let equal_parts = many && (pay.amount * times - open).abs() <= times;
        // What was rounded off the others: equal amounts, rounded down or up, leave it to the last.
        let last = |amount: i64| [open / times, open / times + 1].iter().any(|each| open - each * (times - 1) == amount);
        let own = &self.all.by_payer[pay.payer as usize];
        let siblings = || own.iter().take(SIBLINGS).map(|&q| (q, &self.all.pays[q as usize])).filter(|(_, o)| o.currency == pay.currency);
        if many && (equal_parts || last(pay.amount)) {
            let each = if equal_parts { pay.amount } else { open / times };
            let alike = |q: u32, o: &Pay| q == p || (o.amount - each).abs() <= 1 || (equal_parts && last(o.amount));
            let equal: Vec<u32> = siblings().filter(|(q, o)| alike(*q, o)).map(|(q, _)| q).collect();
            let round = equal.iter().position(|q| *q == p).unwrap_or_default() / times as usize;
            let with: Vec<u32> = equal.chunks(times as usize).nth(round).unwrap_or_default().iter().copied().filter(|q| *q != p).collect();
            if !with.is_empty() {
                return fit(Level::PartInstalment, with);
            }
        }
        let rest = siblings().filter(|(q, o)| *q != p && (o.amount + pay.amount - open).abs() <= 1 && (o.day - pay.day).abs() < REST_DAYS);
        if let Some((q, _)) = rest.min_by_key(|(_, o)| ((o.day - pay.day).abs(), &o.rank)) {
            return fit(Level::PartComplement, vec![q]);
        }
        if equal_parts || ROUND_PARTS.iter().any(|&(n, m)| (pay.amount * m - open * n).abs() <= m) {
            return fit(Level::PartRound, Vec::new());
        }
        // A share, and then down to whole money.
        if pay.amount % 100 == 0 && ROUND_PARTS.iter().any(|&(n, m)| open * n / m / 100 * 100 == pay.amount) {
            return fit(Level::PartRoundMoney, Vec::new());
        }
        if named { fit(Level::PartOdd, Vec::new()) } else { None }
    }

    /// A document in another currency. Without a rate only its number can tell, and it is taken to be paid.
    fn foreign(&self, seen: &mut Read, doc: &Doc, named: bool) -> Option<Fit> {
        let fit = |level, carried| Some(Fit { level, carried, with: Vec::new() });
        let worth = self.converted(seen, doc.currency);
        match worth.map(|worth| (worth, rate(worth, doc.open))) {
            Some((_, Some(level))) => fit(level, doc.open),
            Some((worth, None)) if named => fit(Level::Different, doc.open.min(worth)),
            None if named => fit(Level::Different, doc.open),
            _ => None,
        }
    }

    /// What the payment is worth in another currency, if that is known.
    pub(super) fn converted(&self, seen: &mut Read, currency: Currency) -> Option<i64> {
        if let Some((_, worth)) = seen.converted.iter().find(|(c, _)| *c == currency) {
            return *worth;
        }
        let worth = self.all.converted(seen.pay, currency).map(Money::minor);
        seen.converted.push((currency, worth));
        worth
    }

    pub(super) fn payer(&self, seen: &Read, doc: &Doc) -> Level {
        let whom = &self.all.likely[seen.pay.payer as usize];
        match whom.chance(doc.customer) {
            Some(0.995..) => return Level::Payer995,
            Some(0.97..) => return Level::Payer97,
            Some(0.9..) => return Level::Payer90,
            Some(0.7..) => return Level::Payer70,
            Some(0.4..) => return Level::Payer40,
            Some(0.1..) => return Level::Payer10,
            Some(0.01..) => return Level::PayerLow,
            _ => {}
        }
        let guest = self.all.payers[seen.pay.payer as usize].guest;
        match whom.first() {
            0.95.. if guest => Level::PayerGuestOther,
            0.95.. => Level::PayerOther95,
            0.5.. => Level::PayerOther,
            _ => self.stranger(seen.pay.payer, doc.customer),
        }
    }

    /// What somebody unknown has against being a customer.
    fn stranger(&self, payer: u32, customer: u32) -> Level {
        let levels = self.all.customers.judge(&self.all.payers[payer as usize], customer, self.weights).levels;
        let has = |level| levels.contains(&level);
        match has(Level::NameOther) {
            _ if has(Level::VatOther) || has(Level::CountryOther) => Level::PayerElsewhere,
            true => Level::PayerUnlike,
            false => Level::PayerUnknown,
        }
    }

    fn text(&self, seen: &Read, d: u32) -> Level {
        match seen.text.is_empty() {
            _ if seen.text.contains(&d) => Level::TextNames,
            true if seen.pay.text.numbers.is_empty() => Level::TextMissing,
            _ if self.all.misspelt_in(seen.pay, d).is_some() => Level::TextNear,
            true => Level::TextNothing,
            false => Level::TextOther,
        }
    }
}

/// Paid exactly, or some cents, a rounding or some percent off. What is short by more than one part in `short` is not.
pub(super) fn nearly_paid(paid: i64, open: i64, short: i64) -> Option<Level> {
    let off = paid - open;
    let rounded = paid % 100 == 0 && off.abs() < 100;
    match off {
        0 => Some(Level::Exact),
        -9..0 if -off * 50 <= open => Some(Level::UnderCents),
        ..0 if -off * short <= open => Some(if rounded { Level::UnderRound } else { Level::UnderPercent }),
        1.. if off * LITTLE_OVER <= open => Some(if rounded { Level::OverRound } else { Level::OverPercent }),
        _ => None,
    }
}

/// How near what a payment is worth lies to what is open. The payer's bank adds to the rate more often than it takes.
pub(super) fn rate(worth: i64, open: i64) -> Option<Level> {
    match (i128::from(worth) - i128::from(open)) * 1000 / i128::from(open.max(1)) {
        -6..=12 => Some(Level::Rate0),
        -12..=20 => Some(Level::Rate1),
        -20..=28 => Some(Level::Rate2),
        _ => None,
    }
}

fn set(mut customers: Vec<u32>) -> Box<[u32]> {
    customers.sort_unstable();
    customers.dedup();
    customers.into()
}

/// One document is paid nearly when it is short by no more than one part in so many, or over by one in so many. Who names
/// several takes a discount of up to three percent for them.
const LITTLE_SHORT: i64 = 66;
pub(super) const LITTLE_SHORT_OF_NAMED: i64 = 33;
const LITTLE_OVER: i64 = 40;
/// Payments of one payer that are looked through for the rest of a part.
const SIBLINGS: usize = 200;
/// Two payments further apart are not parts of one whole.
const REST_DAYS: i32 = 200;
/// Parts that people agree on, as fractions.
const ROUND_PARTS: &[(i64, i64)] = &[(1, 2), (1, 3), (2, 3), (1, 4), (3, 4), (1, 5), (2, 5), (3, 5), (4, 5), (1, 10), (3, 10), (7, 10), (9, 10)];
/// Dates that fit as badly as this need more than an amount.
const FAR: i32 = 60;
/// How badly the dates fit, in days, for a document of that amount and nobody known.
fn away(pay: &Pay, doc: &Doc) -> i32 {
    let late = pay.day - doc.day;
    if late < 0 { -late * 4 } else { late.min((pay.day - doc.due).abs()) }
}

fn field(seen: &Read, d: u32) -> Level {
    match (seen.pay.named.is_empty(), seen.field.is_empty()) {
        (true, _) => Level::MetaMissing,
        _ if seen.field.contains(&d) => Level::MetaNames,
        (_, true) => Level::MetaNothing,
        _ => Level::MetaOther,
    }
}

pub(super) fn order(seen: &Read, doc: &Doc) -> Level {
    match seen.pay.text.purchase_order {
        0 => Level::OrderMissing,
        order if order == doc.purchase_order => Level::OrderEqual,
        _ if seen.orders.is_empty() => Level::OrderMissing,
        _ => Level::OrderOther,
    }
}

pub(super) fn month(pay: &Pay, doc: &Doc) -> Level {
    match pay.text.month {
        None => Level::MonthMissing,
        Some(month) if month == doc.month => Level::MonthEqual,
        Some(_) => Level::MonthOther,
    }
}

pub(super) fn plan(pay: &Pay, doc: &Doc) -> Level {
    if pay.text.words.iter().any(|w| doc.words.contains(w)) {
        Level::PlanEqual
    } else if pay.text.plan {
        Level::PlanOther
    } else {
        Level::PlanMissing
    }
}

pub(super) fn code(seen: &Read, doc: &Doc) -> Level {
    match (seen.pay.text.customer_number, seen.codes.is_empty()) {
        (0, _) | (_, true) => Level::CodeMissing,
        _ if seen.codes.contains(&doc.customer) => Level::CodeEqual,
        _ => Level::CodeOther,
    }
}

pub(super) fn said(seen: &Read, doc: &Doc) -> Level {
    match (seen.pay.said.is_none(), seen.said.is_empty()) {
        (true, _) | (_, true) => Level::SaidMissing,
        _ if seen.said.contains(&doc.customer) => Level::SaidEqual,
        _ => Level::SaidOther,
    }
}
