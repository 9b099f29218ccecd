//! What kind of link a choice makes: its chance is that of its kind.

use super::choice::Choice;
use super::options::NEAREST;
use super::prepare::Prepared;
use crate::level::Level;

/// Links of one class are right as often as those of it were in the books that the weights were learned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Its number is named, and amount and payer fit.
    NamedAndFits,
    /// Its number is named.
    Named,
    /// Its number is named, and neither amount nor payer fits: numbers of other things look alike.
    NumberAlone,
    /// Its month is named.
    Dated,
    /// The same customer has another document of the same amount.
    Twin(Around),
    /// Documents that add up to it; and the same where others do as well.
    Sum,
    SumTwin(Around),
    /// A part of a document; and the same where an equal document is open.
    Part,
    PartTwin(Around),
    Rate,
    RateTwin(Around),
    Alone,
}

/// How what else a payment may settle stands: is one left that nobody takes, and how many payments that take one could
/// give it in exchange? Those who pay out of order do so by twos.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Around {
    pub free: bool,
    /// Never more than [`Around::MOST`].
    pub exchanges: u8,
}

impl Around {
    pub const MOST: u8 = 3;
}

impl Class {
    pub fn name(self) -> String {
        let name = match self {
            Class::NamedAndFits => "named_and_fits",
            Class::Named => "named",
            Class::NumberAlone => "number_alone",
            Class::Dated => "month_named",
            Class::Twin(_) => "one_of_equal_documents",
            Class::Sum => "sum",
            Class::SumTwin(_) => "one_of_several_sums",
            Class::Part => "part",
            Class::PartTwin(_) => "part_of_one_of_equal_documents",
            Class::Rate => "other_currency",
            Class::RateTwin(_) => "other_currency_one_of_equal_documents",
            Class::Alone => "alone",
        };
        match self {
            Class::Twin(around) | Class::SumTwin(around) | Class::PartTwin(around) | Class::RateTwin(around) => {
                let free = if around.free { ".one_is_free" } else { "" };
                format!("{name}{free}.{}_to_exchange", around.exchanges)
            }
            _ => name.to_owned(),
        }
    }

    pub fn of(all: &Prepared, choices: &[Choice], chosen: &Choice, around: impl FnOnce() -> Around) -> Self {
        let has = |levels: &[Level]| levels.iter().any(|l| chosen.levels.contains(l));
        if chosen.named() {
            let amount = has(&[Level::Exact]) || (chosen.uses.len() > 1 && !chosen.is_near());
            let fits = amount && has(&[Level::Payer995, Level::Payer97, Level::Payer90, Level::Payer70]);
            let known = has(&[Level::Payer995, Level::Payer97, Level::Payer90, Level::Payer70, Level::Payer40]);
            let about = !has(&[Level::Different, Level::PartOdd]) || chosen.uses.len() > 1;
            return match (fits, known || about) {
                (true, _) => Class::NamedAndFits,
                (_, true) => Class::Named,
                _ => Class::NumberAlone,
            };
        }
        let other_sum = |c: &Choice| chosen.uses.len() > 1 && c.uses.len() > 1 && c.uses != chosen.uses;
        let twin = chosen.uses.iter().any(|u| has_twin(all, chosen, u.doc)) || choices.iter().any(other_sum);
        if chosen.uses.len() > 1 {
            return if twin { Class::SumTwin(around()) } else { Class::Sum };
        }
        if has(&[Level::MonthEqual]) {
            return Class::Dated;
        }
        let part = has(&[Level::PartRound, Level::PartRoundMoney, Level::PartOdd, Level::PartComplement, Level::PartInstalment]);
        let rate = has(&[Level::Rate0, Level::Rate1, Level::Rate2]);
        match (twin, part, rate) {
            (true, true, _) => Class::PartTwin(around()),
            (true, _, true) => Class::RateTwin(around()),
            (true, ..) => Class::Twin(around()),
            (_, true, _) => Class::Part,
            (_, _, true) => Class::Rate,
            _ => Class::Alone,
        }
    }
}

/// Has the customer another document of this amount, about that time, that the choice does not use?
fn has_twin(all: &Prepared, chosen: &Choice, doc: u32) -> bool {
    /// Half a year and a little more: what a sum or a late payment may reach.
    const DAYS: i32 = 200;
    let own = &all.docs[doc as usize];
    let list = &all.by_customer[own.customer as usize];
    let from = list.partition_point(|&d| all.docs[d as usize].day < own.day - DAYS);
    let near = list[from..].iter().take_while(|&&d| all.docs[d as usize].day <= own.day + DAYS).take(NEAREST);
    near.filter(|&&d| all.docs[d as usize].open == own.open && all.docs[d as usize].currency == own.currency)
        .any(|d| !chosen.uses.iter().any(|u| u.doc == *d))
}
