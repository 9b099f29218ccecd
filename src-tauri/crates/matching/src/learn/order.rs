//! What a bookkeeper knows before any book: which sign speaks more than which. No book may teach the contrary by chance.

use crate::level::Level::{self, *};

/// Each line falls: no level weighs more than the one before it.
pub(crate) const FALLING: &[&[Level]] = &[
    // A payer and a customer.
    &[NameEqual, NameNoForm, NameAlike95, NameAlike85, NameAlike75, NameAlike60, NameShared, NameMissing, NameOther],
    &[NameNoForm, NameOtherForm, NameMissing],
    &[MailEqual, MailNear, MailDomain, MailDomainNear, MailLikeName, MailMissing, MailOther],
    &[VatEqual, VatNear, VatMissing, VatOther],
    &[PhoneEqual, PhoneMissing, PhoneOther],
    &[PostcodeEqual, PostcodeMissing, PostcodeOther],
    &[StreetEqual, StreetMissing, StreetOther],
    &[CityEqual, CityMissing, CityOther],
    &[CountryEqual, CountryMissing, CountryOther],
    &[NumberEqual, NumberMissing, NumberOther],
    &[PaidNamed, PaidNamedOnce, PaidNothing, PaidAmountsOthers],
    &[PaidNamed, PaidAmounts, PaidNothing],
    &[PaidNothing, PaidNamedOthers],
    // Sign against sign: each as far above what is missing.
    &[VatEqual, MailEqual, PhoneEqual, MailDomain],
    &[MailEqual, NameEqual],
    // What payments say of a customer tells less than what the customer says of itself.
    &[MailEqual, PaidNamed],
    &[NameEqual, PaidNamedOnce],
    // A payment and a document.
    &[MetaNames, MetaMissing, MetaNothing, MetaOther],
    &[TextNames, TextNear, TextMissing, TextNothing, TextOther],
    &[OrderEqual, OrderMissing, OrderOther],
    &[MonthEqual, MonthMissing, MonthOther],
    &[PlanEqual, PlanMissing, PlanOther],
    &[CodeEqual, CodeMissing, CodeOther],
    &[SaidEqual, SaidMissing, SaidOther],
    &[Payer995, Payer97, Payer90, Payer70, Payer40, Payer10, PayerLow, PayerUnknown, PayerUnlike, PayerElsewhere],
    &[PayerUnknown, PayerOther, PayerOther95],
    &[PayerUnknown, PayerGuestOther],
    &[ExactRare, ExactFew, ExactCommon],
    &[Exact, UnderCents, UnderRound, UnderPercent],
    &[Exact, OverRound, OverPercent],
    &[Exact, PartRound, PartOdd],
    &[Rate0, Rate1, Rate2],
    &[SumNamed, SumNear, SumSomeNamed],
    &[SumNeighbours, SumGap1, SumGaps],
    // A paper and a document.
    &[PaperMeta, PaperNone, PaperOther],
    &[PaperMark, PaperNone],
    &[PaperText, PaperNone],
    &[PaperCredit, PaperNone],
    &[TotalSame, TotalNear, TotalOther],
    &[PartyLinked, PartyVat, PartyMail, PartyName, PartyWritten, PartyAlike, PartyMissing, PartyOther],
    &[PaperSameDay, PaperDaysAfter, PaperMonthAfter, PaperFar],
    &[PaperSameDay, PaperDaysBefore, PaperMonthBefore, PaperFar],
    &[PaperCurrency, PaperOtherCurrency],
];

/// Of these the first weighs more by so much at least: equal is more than similar, and this more than hardly.
const APART: &[(Level, Level, f64)] = &[
    (NameNoForm, NameAlike95, 1.0),
    (NameAlike95, NameAlike85, 0.5),
    (NameAlike85, NameAlike75, 1.0),
    (NameAlike75, NameAlike60, 1.0),
    (MailEqual, MailNear, 1.5),
    (PhoneEqual, MailDomain, 0.5),
    (MailDomain, MailDomainNear, 1.0),
    (TextNames, TextNear, 1.0),
    (Payer70, Payer40, 0.3),
    (PayerUnknown, PayerUnlike, 0.5),
    (PayerUnknown, PayerOther, 0.5),
    (Exact, UnderCents, 0.7),
    (Exact, OverRound, 0.7),
    (PartyLinked, PartyVat, 0.5),
    (PartyWritten, PartyAlike, 1.0),
    (TotalSame, TotalNear, 0.7),
];

/// What weighs nothing, so that the others of its kind are measured from it. Of a party that is what is missing; of an
/// amount, that few have it.
pub(crate) const ZERO: &[Level] = &[
    NameMissing,
    MailMissing,
    VatMissing,
    PhoneMissing,
    PostcodeMissing,
    StreetMissing,
    CityMissing,
    CountryMissing,
    NumberMissing,
    PaidNothing,
    ExactRare,
];

/// What never speaks against settling nothing.
pub(crate) const FOR_NOTHING: &[Level] = &[NothingNumber, NothingMeta, NothingTwice];

/// What never speaks more against a customer than this: who pays another's invoice is still who it says it is.
const AGAINST: &[(Level, f64)] = &[
    (PaidNamedOthers, -4.0),
    // An amount alone less than a number.
    (PaidAmountsOthers, -2.0),
];

/// What was not seen at all counts as little as this.
const LEAST: f64 = 1e-6;
/// What arithmetic may be wrong by.
const CLOSE: f64 = 1e-9;
/// Times that overlapping lines are brought into order one after the other.
const TIMES: usize = 20;

/// The nearest weights, nearly, that keep the order: each on its side of zero, pools of neighbours that violate it, then
/// whatever still does away from zero. A pool has the mean of its weights, each counted by its `mass`: how much was seen of
/// it.
pub(super) fn keep(w: &mut [f64], mass: &[f64]) {
    FOR_NOTHING.iter().for_each(|level| w[*level as usize] = w[*level as usize].max(0.0));
    AGAINST.iter().for_each(|(level, most)| w[*level as usize] = w[*level as usize].max(*most));
    ZERO.iter().for_each(|level| w[*level as usize] = 0.0);
    for line in FALLING {
        if let Some(zero) = line.iter().position(|level| ZERO.contains(level)) {
            line[..zero].iter().for_each(|level| w[*level as usize] = w[*level as usize].max(0.0));
            line[zero..].iter().for_each(|level| w[*level as usize] = w[*level as usize].min(0.0));
        }
    }
    for _ in 0..TIMES {
        let violated = FALLING.iter().filter(|line| pool(w, mass, line)).count();
        if violated == 0 {
            return;
        }
    }
    let mut moved = true;
    while std::mem::take(&mut moved) {
        for two in FALLING.iter().flat_map(|line| line.windows(2)) {
            let (better, worse, apart) = (two[0] as usize, two[1] as usize, apart(two[0], two[1]));
            if w[worse] + apart <= w[better] + CLOSE {
                continue;
            }
            // Away from zero, which stays.
            if w[worse] >= 0.0 {
                w[better] = w[worse] + apart
            } else {
                w[worse] = w[better] - apart
            }
            moved = true;
        }
    }
}

/// How much more the better of two neighbours weighs at least.
fn apart(better: Level, worse: Level) -> f64 {
    APART.iter().find(|(a, b, _)| (*a, *b) == (better, worse)).map_or(0.0, |(.., by)| *by)
}

/// Pools adjacent violators of one line; whether there were any. What must lie apart is brought together for that.
fn pool(w: &mut [f64], mass: &[f64], line: &[Level]) -> bool {
    let mut lifts = vec![0.0; line.len()];
    for at in 1..line.len() {
        lifts[at] = lifts[at - 1] + apart(line[at - 1], line[at]);
    }
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (level, lift) in line.iter().zip(&lifts) {
        let zero = if ZERO.contains(level) { f64::INFINITY } else { mass[*level as usize].max(LEAST) };
        pools.push((w[*level as usize] + lift, zero, 1));
        while let [.., a, b] = pools[..]
            && b.0 > a.0 + CLOSE
        {
            pools.truncate(pools.len() - 2);
            let mean = match (a.1.is_infinite(), b.1.is_infinite()) {
                (true, _) => a.0,
                (_, true) => b.0,
                _ => (a.0 * a.1 + b.0 * b.1) / (a.1 + b.1),
            };
            pools.push((mean, a.1 + b.1, a.2 + b.2));
        }
    }
    let violated = pools.len() < line.len();
    let falling = pools.into_iter().flat_map(|(mean, _, count)| std::iter::repeat_n(mean, count));
    line.iter().zip(falling).zip(lifts).for_each(|((level, weight), lift)| w[*level as usize] = weight - lift);
    violated
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::Dice;
    use crate::weights::Weights;

    /// The file has three decimals.
    const ROUNDED: f64 = 0.0011;

    #[test]
    fn the_weights_keep_the_order() {
        let weights = Weights::built_in();
        for two in FALLING.iter().flat_map(|line| line.windows(2)) {
            let [better, worse] = [two[0], two[1]].map(|level| weights.of(level));
            assert!(better + ROUNDED >= worse + apart(two[0], two[1]), "{} weighs {better}, {} weighs {worse}", two[0].name(), two[1].name());
        }
        assert!(ZERO.iter().all(|level| weights.of(*level) == 0.0));
        assert!(FOR_NOTHING.iter().all(|level| weights.of(*level) >= 0.0));
        assert!(AGAINST.iter().all(|(level, most)| weights.of(*level) >= *most));
    }

    #[test]
    fn whatever_was_learned_comes_into_order() {
        for seed in 0..200 {
            let mut dice = Dice::new(seed);
            let mut w: Vec<f64> = Level::ALL.iter().map(|_| dice.normal(0.0, 3.0)).collect();
            keep(&mut w, &Level::ALL.iter().map(|_| dice.unit()).collect::<Vec<f64>>());
            let falls = |two: &[Level]| w[two[0] as usize] + 2.0 * CLOSE >= w[two[1] as usize] + apart(two[0], two[1]);
            assert!(FALLING.iter().all(|line| line.windows(2).all(falls)), "seed {seed}");
            assert!(ZERO.iter().all(|level| w[*level as usize] == 0.0), "seed {seed}");
        }
    }

    #[test]
    fn what_is_in_order_stays_as_it_is() {
        let mut w = vec![0.0_f64; Level::ALL.len()];
        // Each line from the end, as far apart as it must be.
        for _ in 0..Level::ALL.len() {
            for two in FALLING.iter().flat_map(|line| line.windows(2).rev()).filter(|two| !ZERO.contains(&two[0])) {
                w[two[0] as usize] = w[two[0] as usize].max(w[two[1] as usize] + apart(two[0], two[1]));
            }
        }
        (w[NameEqual as usize], w[NameOther as usize]) = (8.0, -2.0);
        (w[VatEqual as usize], w[MailEqual as usize]) = (9.0, 8.0);
        let before = w.clone();
        keep(&mut w, &vec![1.0; Level::ALL.len()]);
        assert_eq!(w, before);
    }
}
