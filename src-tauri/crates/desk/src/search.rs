//! What a person types is found in the ways in which it may be written.

use money::Money;

/// Letters folded for search: case, and accents that a keyboard may lack.
pub fn folded(text: &str) -> String {
    let fold = |c: char| match c {
        'æ' | 'ä' => 'a',
        'ø' | 'ö' => 'o',
        'å' => 'a',
        'ü' => 'u',
        'é' | 'è' => 'e',
        // The page's own minus.
        '−' => '-',
        other => other,
    };
    text.to_lowercase().chars().map(fold).collect()
}

/// An amount in each way in which a person may write it: with a point or a comma, thousands apart or not.
pub fn written(amount: Money) -> String {
    let plain = amount.decimal().to_string();
    let (whole, decimals) = plain.split_once('.').unwrap_or((&plain, ""));
    let digits: Vec<char> = whole.chars().collect();
    let grouped = |by: char| {
        let mut out = String::new();
        for (at, digit) in digits.iter().enumerate() {
            let left = digits.len() - at;
            if at > 0 && left.is_multiple_of(3) && digits.get(at - 1).is_some_and(char::is_ascii_digit) {
                out.push(by);
            }
            out.push(*digit);
        }
        out
    };
    let comma = if decimals.is_empty() { "" } else { "," };
    format!(
        "{plain} {whole}{comma}{decimals} {}{comma}{decimals} {}{}{decimals}",
        grouped('.'),
        grouped(','),
        if decimals.is_empty() { "" } else { "." }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_found_as_any_page_writes_it() {
        let found = folded(&written(Money::new(-123_418_803, money::Currency::parse("DKK").expect("a currency"))));
        for typed in ["1234188.03", "1.234.188,03", "1,234,188.03", "1234188,03", "−1.234.188,03", "-1,234"] {
            assert!(found.contains(&folded(typed)), "{typed} in {found}");
        }
        let whole = written(Money::new(4_188, money::Currency::parse("JPY").expect("a currency")));
        assert_eq!(whole, "4188 4188 4.188 4,188");
    }
}
