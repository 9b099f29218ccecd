//! AL date formulas, as payment terms use them: `30D`, `CM+14D`, `1M-1D`, `D15`.

use super::value::blank_date;
use chrono::{Datelike, Days, Months, NaiveDate};

/// The date that a formula leads to; the date itself when the formula says nothing.
pub fn calculate(formula: &str, from: NaiveDate) -> NaiveDate {
    terms(formula).into_iter().fold(from, |date, (sign, term)| apply(date, sign, term).unwrap_or(date))
}

fn terms(formula: &str) -> Vec<(i8, &str)> {
    let mut out = Vec::new();
    let (mut start, mut sign) = (0, 1);
    for (at, c) in formula.char_indices().chain([(formula.len(), '+')]) {
        if c == '+' || c == '-' {
            if at > start {
                out.push((sign, formula[start..at].trim()));
            }
            sign = if c == '-' { -1 } else { 1 };
            start = at + 1;
        }
    }
    out
}

fn apply(date: NaiveDate, sign: i8, term: &str) -> Option<NaiveDate> {
    if date == blank_date() {
        return None;
    }
    if let Some(unit) = term.strip_prefix('C') {
        return current(date, sign, unit.trim());
    }
    if let Some(day) = term.strip_prefix('D').and_then(|day| day.parse::<u32>().ok()) {
        return on_day(date, sign, day);
    }
    let digits = term.find(|c: char| !c.is_ascii_digit())?;
    let count: u32 = term[..digits].parse().ok()?;
    let count = count.min(36_500);
    let months = |count: u32| if sign < 0 { date.checked_sub_months(Months::new(count)) } else { date.checked_add_months(Months::new(count)) };
    let days = |count: u32| if sign < 0 { date.checked_sub_days(Days::new(count.into())) } else { date.checked_add_days(Days::new(count.into())) };
    match term[digits..].trim() {
        "D" | "WD" => days(count),
        "W" => days(count.saturating_mul(7)),
        "M" => months(count),
        "Q" => months(count.saturating_mul(3)),
        "Y" => months(count.saturating_mul(12)),
        _ => None,
    }
}

/// The end (or with a minus the start) of the current month, quarter, year or week.
fn current(date: NaiveDate, sign: i8, unit: &str) -> Option<NaiveDate> {
    let (first, months) = match unit {
        "D" => return Some(date),
        "W" => {
            let into = u64::from(date.weekday().num_days_from_monday());
            return if sign < 0 { date.checked_sub_days(Days::new(into)) } else { date.checked_add_days(Days::new(6 - into)) };
        }
        "M" => (date.with_day(1)?, 1),
        "Q" => (date.with_day(1)?.with_month0(date.month0() / 3 * 3)?, 3),
        "Y" => (date.with_day(1)?.with_month(1)?, 12),
        _ => return None,
    };
    if sign < 0 { Some(first) } else { first.checked_add_months(Months::new(months))?.pred_opt() }
}

/// The next (or last) such day of a month.
fn on_day(date: NaiveDate, sign: i8, day: u32) -> Option<NaiveDate> {
    let here = date.with_day(day);
    match (sign < 0, here) {
        (false, Some(here)) if here >= date => Some(here),
        (false, _) => date.with_day(1)?.checked_add_months(Months::new(1))?.with_day(day),
        (true, Some(here)) if here <= date => Some(here),
        (true, _) => date.with_day(1)?.checked_sub_months(Months::new(1))?.with_day(day),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_of_payment_terms() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a date in a test");
        for (formula, expected) in [
            ("", "2026-11-20"),
            ("30D", "2026-12-20"),
            ("CM", "2026-11-30"),
            ("CM+14D", "2026-12-14"),
            ("1M", "2026-12-20"),
            ("-1M", "2026-10-20"),
            ("1M-1D", "2026-12-19"),
            ("D15", "2026-12-15"),
            ("2W", "2026-12-04"),
            ("CY+1D", "2027-01-01"),
            ("-CM", "2026-11-01"),
            ("nonsense", "2026-11-20"),
        ] {
            assert_eq!(calculate(formula, day("2026-11-20")), day(expected), "{formula}");
        }
    }
}
