//! The five facts of a payment and a document, in terms that a person checks.

use chrono::NaiveDate;
use money::Money;

use super::choice::{Choice, Use};
use super::prepare::{Doc, Pay, Prepared};
use crate::compare::{self, Known};
use crate::fact::{Detail, Fact, Verdict, What};
use crate::fold;
use crate::level::Level;
use crate::parties::{self, Votes};
use crate::row::{Kind, Party, Row, Source};

/// A payment is in time when it comes this many days before the posting date at most, or after the due date.
const DAYS_BEFORE: i32 = 5;
const DAYS_PAST_DUE: i32 = 35;

pub(crate) struct Evidence<'a> {
    pub all: &'a Prepared,
    pub rows: &'a [Row],
    pub pay: &'a Pay,
}

impl Evidence<'_> {
    pub fn facts(&self, choice: &Choice, used: Use) -> [Fact; 5] {
        let doc = &self.all.docs[used.doc as usize];
        let (left, right) = (&self.rows[self.pay.row as usize], &self.rows[doc.row as usize]);
        let amount = self.amount(choice, used, doc);
        let currency = self.currency(doc, &amount);
        [self.reference(used.doc, doc, left, right), amount, self.party(doc, left), self.date(choice, doc), currency]
    }

    fn reference(&self, d: u32, doc: &Doc, left: &Row, right: &Row) -> Fact {
        let fact = |verdict, detail| Fact::new(What::Reference, verdict, detail);
        let number = right.references.iter().find(|r| r.source == Source::Number).map_or(right.id.to_string(), |r| r.value.clone());
        let in_field = left.references.iter().find(|r| r.source == Source::Metadata).map(|r| r.value.clone());
        if self.all.named_by_field(self.pay).any(|n| n == d) {
            return fact(Verdict::Equal, Detail::InMetadata { value: number });
        }
        if self.all.named_by_text(self.pay).any(|n| n == d) {
            return fact(Verdict::Equal, Detail::InText { value: number });
        }
        let order = right.references.iter().find(|r| r.source == Source::Text);
        if let Some(order) = order.filter(|_| doc.purchase_order != 0 && doc.purchase_order == self.pay.text.purchase_order) {
            return fact(Verdict::Equal, Detail::InText { value: order.value.clone() });
        }
        if let Some(written) = self.all.misspelt_in(self.pay, d) {
            return fact(Verdict::Near, Detail::Misspelt { written: written.clone(), number });
        }
        match in_field.or_else(|| self.pay.text.first_number()) {
            Some(value) => fact(Verdict::Contradicts, Detail::NamesAnother { value }),
            _ if self.pay.text.words.iter().any(|w| doc.words.contains(w)) => fact(Verdict::Near, Detail::SamePlan { text: right.text.clone() }),
            _ => fact(Verdict::Missing, Detail::NoReference),
        }
    }

    fn amount(&self, choice: &Choice, used: Use, doc: &Doc) -> Fact {
        let fact = |verdict, detail| Fact::new(What::Amount, verdict, detail);
        let (paid, open) = (Money::new(self.pay.amount, self.pay.currency), Money::new(doc.open, doc.currency));
        if choice.uses.len() > 1 {
            return self.together(choice, used, doc);
        }
        if self.pay.currency != doc.currency {
            let day = self.rows[self.pay.row as usize].date;
            let expected = self.all.rates.convert(open, self.pay.currency, day);
            return match expected {
                Some(expected) if expected.minor() > 0 => {
                    let off = (i128::from(paid.minor()) - i128::from(expected.minor())) * 1000 / i128::from(expected.minor());
                    let off_permille = i64::try_from(off).unwrap_or(i64::MAX);
                    fact(if off_permille.abs() <= 30 { Verdict::Near } else { Verdict::Contradicts }, Detail::Converted { expected, off_permille })
                }
                _ => fact(Verdict::Missing, Detail::NotCompared),
            };
        }
        let part = [Level::PartRound, Level::PartRoundMoney, Level::PartOdd, Level::PartComplement, Level::PartInstalment];
        let money = |minor| Money::new(minor, doc.currency);
        match choice.levels.first() {
            _ if used.amount < doc.open.min(self.pay.amount) => fact(Verdict::Near, Detail::Over { amount: money(self.pay.amount - used.amount) }),
            _ if paid == open => fact(Verdict::Equal, Detail::SameAmount),
            Some(level) if part.contains(level) => fact(Verdict::Near, Detail::PartOf { remaining: money(doc.open.saturating_sub(used.amount)) }),
            Some(Level::Different) if choice.named() && paid.minor() > open.minor() => {
                fact(Verdict::Contradicts, Detail::Over { amount: money(paid.minor().saturating_sub(open.minor())) })
            }
            Some(Level::Different) | None => fact(Verdict::Contradicts, Detail::OtherAmount { left: paid, right: open }),
            _ if paid.minor() > open.minor() => fact(Verdict::Near, Detail::Over { amount: money(paid.minor().saturating_sub(open.minor())) }),
            _ => fact(Verdict::Near, Detail::Difference { amount: money(paid.minor().saturating_sub(open.minor())) }),
        }
    }

    /// One of several. What is off between them and the payment is said of the newest, or of one that gets less.
    fn together(&self, choice: &Choice, used: Use, doc: &Doc) -> Fact {
        let fact = |verdict, detail| Fact::new(What::Amount, verdict, detail);
        let money = |minor| Money::new(minor, doc.currency);
        let total = choice.uses.iter().map(|u| self.all.docs[u.doc as usize].open).fold(0, i64::saturating_add);
        let off = self.pay.amount.saturating_sub(total);
        let is_last = choice.uses.last().is_some_and(|last| last.doc == used.doc);
        match (self.pay.currency == doc.currency, off) {
            (true, _) if used.amount < doc.open => fact(Verdict::Near, Detail::Difference { amount: money(used.amount - doc.open) }),
            (true, 1..) if is_last => fact(Verdict::Near, Detail::Over { amount: money(off) }),
            (same, _) => {
                let verdict = if same && off == 0 { Verdict::Equal } else { Verdict::Near };
                fact(verdict, Detail::SumOf { count: choice.uses.len() as u32, total: money(total) })
            }
        }
    }

    fn party(&self, doc: &Doc, left: &Row) -> Fact {
        let fact = |verdict, detail| Fact::new(What::Party, verdict, detail);
        let customer = self.customer(doc);
        let payer = &self.all.payers[self.pay.payer as usize];
        if self.all.customers.numbered(self.pay.text.customer_number).any(|c| c == doc.customer) {
            let value = customer.number.clone().unwrap_or_default();
            return fact(Verdict::Equal, Detail::CustomerNumber { value });
        }
        if let Some((taught, rule)) = self.all.rule_for(self.pay.payer)
            && taught == doc.customer
        {
            return fact(Verdict::Equal, Detail::PaysFor { payer: written(left).name.clone(), rule });
        }
        let likely = self.all.likely[self.pay.payer as usize].seen().find(|l| l.customer == doc.customer);
        let payer_party = self.all.payer_rows[self.pay.payer as usize].map_or_else(|| written(left), |row| &self.rows[row as usize].party);
        let compared = match likely {
            Some(likely) => signs(&likely.levels, payer_party, customer),
            None => compare::party(&Known::new(payer_party), &Known::new(customer)),
        };
        let chance = likely.map_or(0.0, |l| l.chance);
        if compared.verdict == Verdict::Equal {
            return compared;
        }
        let Votes { named, once, amounts } = &payer.votes;
        let pointed_at = named.contains(&doc.customer) || (once.iter().chain(amounts).any(|c| *c == doc.customer) && chance >= 0.9);
        if pointed_at && self.all.others_point_at(self.pay, doc.customer) {
            let verdict = if chance >= 0.97 { Verdict::Equal } else { Verdict::Near };
            return fact(verdict, Detail::PaysInvoices { customer: customer.name.clone() });
        }
        let who = &self.all.customers.whos[doc.customer as usize];
        if self.pay.said.as_deref().is_some_and(|said| parties::alike(said, who)) {
            return fact(Verdict::Near, Detail::NamedInText { customer: customer.name.clone() });
        }
        compared
    }

    fn customer(&self, doc: &Doc) -> &Party {
        let row = self.all.customer_rows[doc.customer as usize].unwrap_or(doc.row);
        &self.rows[row as usize].party
    }

    fn date(&self, choice: &Choice, doc: &Doc) -> Fact {
        let fact = |verdict, detail| Fact::new(What::Date, verdict, detail);
        if let Some(month) = self.pay.text.month
            && let Some(day) = NaiveDate::from_ymd_opt(month.div_euclid(12), month.rem_euclid(12) as u32 + 1, 1)
        {
            let verdict = if month == doc.month { Verdict::Equal } else { Verdict::Contradicts };
            return fact(verdict, Detail::MonthNamed { month: day });
        }
        let late = self.pay.day - doc.day;
        let days = late.unsigned_abs();
        if late > 0 && [Level::Usual, Level::Usual3, Level::Usual6].iter().any(|usual| choice.levels.contains(usual)) {
            return fact(Verdict::Near, Detail::AsUsual { days });
        }
        let in_time = late >= -DAYS_BEFORE && self.pay.day <= doc.due + DAYS_PAST_DUE;
        let verdict = if in_time { Verdict::Near } else { Verdict::Contradicts };
        match late {
            0 => fact(Verdict::Equal, Detail::SameDay),
            1.. => fact(verdict, Detail::DaysLater { days }),
            _ => fact(verdict, Detail::DaysEarlier { days }),
        }
    }

    fn currency(&self, doc: &Doc, amount: &Fact) -> Fact {
        let (left, right) = (self.pay.currency, doc.currency);
        match amount.verdict {
            _ if left == right => Fact::new(What::Currency, Verdict::Equal, Detail::SameCurrency { currency: right }),
            Verdict::Near => Fact::new(What::Currency, Verdict::Near, Detail::ByRate { left, right }),
            _ => Fact::new(What::Currency, Verdict::Contradicts, Detail::OtherCurrency { left, right }),
        }
    }
}

/// The strongest sign among those that were weighed: the fact that [`compare::party`] would find, without comparing again.
fn signs(levels: &[Level], left: &Party, right: &Party) -> Fact {
    let fact = |verdict, detail| Fact::new(What::Party, verdict, detail);
    let has = |level| levels.contains(&level);
    let named = has(Level::NameEqual) || has(Level::NameNoForm);
    let email =
        || right.emails.iter().find(|r| left.emails.iter().any(|l| l.eq_ignore_ascii_case(r))).or(right.emails.first()).cloned().unwrap_or_default();
    let both = || (left.name.clone(), right.name.clone());
    let vat = |party: &Party| party.vat.clone().unwrap_or_default();
    if has(Level::VatEqual) {
        return match fold::ean(right.ean.as_deref().unwrap_or_default()) {
            Some(ean) if left.ean.as_deref().and_then(fold::ean).as_ref() == Some(&ean) => fact(Verdict::Equal, Detail::SameEan { ean }),
            _ => fact(Verdict::Equal, Detail::SameVatNumber { vat: vat(right) }),
        };
    }
    if has(Level::VatOther) {
        return fact(Verdict::Contradicts, Detail::OtherVatNumber { left: vat(left), right: vat(right) });
    }
    if has(Level::MailEqual) {
        let email = email();
        let verdict = if named || !fold::shared_mailbox(&email.to_lowercase()) { Verdict::Equal } else { Verdict::Near };
        return fact(verdict, Detail::SameEmail { email });
    }
    if has(Level::NameEqual) || has(Level::NameNoForm) {
        let (left, right) = both();
        let detail = if left == right { Detail::SameName { name: left } } else { Detail::NameWritten { left, right } };
        return fact(Verdict::Equal, detail);
    }
    if has(Level::MailNear) {
        let first = |party: &Party| party.emails.first().cloned().unwrap_or_default();
        return fact(Verdict::Near, Detail::SimilarEmail { left: first(left), right: first(right) });
    }
    if [Level::NameOtherForm, Level::NameAlike95, Level::NameAlike85].into_iter().any(has) {
        let (left, right) = both();
        return fact(Verdict::Near, Detail::SimilarName { left, right });
    }
    if has(Level::MailDomain) {
        let email = email();
        return fact(Verdict::Near, Detail::SameDomain { domain: email.split('@').next_back().unwrap_or_default().to_owned() });
    }
    if has(Level::PhoneEqual) {
        return fact(Verdict::Near, Detail::SamePhone { phone: right.phone.clone().unwrap_or_default() });
    }
    match both() {
        (left, right) if left.is_empty() || right.is_empty() => fact(Verdict::Missing, Detail::NoName),
        (left, right) => fact(Verdict::Contradicts, Detail::OtherName { left, right }),
    }
}

/// What a payment itself says of its payer.
fn written(left: &Row) -> &Party {
    debug_assert!(left.kind == Kind::Charge);
    if left.party.id.is_some() || !left.party.name.is_empty() { &left.party } else { left.payer.as_deref().unwrap_or(&left.party) }
}
