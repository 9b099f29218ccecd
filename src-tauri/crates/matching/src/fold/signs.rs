//! Numbers that mark a party: VAT numbers, phones, EAN. What stands in such a field to fill it is no number.

/// What a field says, if it says anything: "-", "N/A" and "0" do not.
pub(crate) fn said(text: &str) -> Option<&str> {
    const NOTHING: &[&str] = &["ingen", "intet", "kein", "keine", "na", "nil", "none", "null", "tbd", "test", "ukendt", "unknown", "xx", "xxx"];
    let text = text.trim();
    let letters = || text.chars().filter(|c| c.is_alphanumeric());
    let is_nothing = || NOTHING.contains(&letters().flat_map(char::to_lowercase).collect::<String>().as_str());
    let empty = letters().all(|c| c == '0') || text.len() <= LONGEST_NOTHING && is_nothing();
    (!empty).then_some(text)
}

/// In bytes, with what stands between the letters.
const LONGEST_NOTHING: usize = 12;

/// A VAT number: its own letters and digits, and the country if one is written before them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Vat {
    pub country: Option<[u8; 2]>,
    pub number: String,
}

/// The countries of the European Union, and its neighbours whose numbers are written alike. Source: Commission, VIES,
/// "structure of VAT numbers"; Greece writes EL, Northern Ireland XI.
const COUNTRIES: &[&str] = &[
    "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IT", "LI", "LT", "LU", "LV", "MT",
    "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK", "XI",
];

impl Vat {
    /// `None` for what cannot be one: too short, too long, all zeros.
    pub fn new(text: &str) -> Option<Self> {
        let whole = super::number(said(text)?);
        let (country, rest) = match whole.get(..2).filter(|country| COUNTRIES.contains(country)) {
            Some(country) => (Some(country), whole.get(2..)?),
            None => (None, whole.as_str()),
        };
        // Switzerland writes CHE before and the tax behind, Norway the register.
        let rest = if country == Some("CH") { rest.strip_prefix('E').unwrap_or(rest) } else { rest };
        let rest = ["MVA", "MWST", "TVA", "IVA"].iter().find_map(|tax| rest.strip_suffix(tax)).unwrap_or(rest);
        // Sweden's is the number of the organisation and 01.
        let rest = rest.strip_suffix("01").filter(|organisation| organisation.len() == 10 && is_digits(organisation)).unwrap_or(rest);
        let digits = rest.bytes().filter(u8::is_ascii_digit).count();
        let plausible = (8..=12).contains(&rest.len()) && digits >= 7 && !all_equal(rest);
        let country = country.map(|country| match country {
            "EL" => *b"GR",
            "XI" => *b"GB",
            other => [other.as_bytes()[0], other.as_bytes()[1]],
        });
        plausible.then(|| Self { country, number: rest.to_owned() })
    }

    /// One number, whether or not both write the country.
    pub fn is(&self, other: &Self) -> bool {
        self.number == other.number && agree(self.country, other.country)
    }
}

/// A phone number: its last digits, and the country if it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Phone {
    pub country: Option<u16>,
    pub digits: String,
}

/// Digits of a phone number that are compared, and those that it needs at least.
const PHONE: usize = 8;
const SHORTEST: usize = 7;

/// Country codes. Source: ITU-T E.164, list of assigned country codes.
const CODES: &[u16] = &[
    1, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 298, 299, 350, 351, 352, 353, 354, 356, 357, 358, 359, 370, 371, 372, 376,
    377, 378, 381, 385, 386, 420, 421, 423,
];

impl Phone {
    /// `None` for what cannot be one: too few digits, all equal, or one after the other.
    pub fn new(text: &str) -> Option<Self> {
        let digits: String = said(text)?.chars().filter(char::is_ascii_digit).collect();
        let abroad = if text.trim_start().starts_with('+') { Some(digits.as_str()) } else { digits.strip_prefix("00") };
        let code = |digits: &str| (1..=3).find_map(|n| digits.get(..n)?.parse().ok().filter(|code| CODES.contains(code)));
        let country: Option<u16> = abroad.and_then(code);
        let own = match (abroad, country) {
            (Some(abroad), Some(country)) => abroad.get(country.to_string().len()..)?,
            (Some(abroad), None) => abroad,
            (None, _) => &digits,
        };
        let own = own.strip_prefix('0').unwrap_or(own);
        let junk = own.len() < SHORTEST || all_equal(own) || is_run(own);
        (!junk).then(|| Self { country, digits: own[own.len().saturating_sub(PHONE)..].to_owned() })
    }

    /// One number, whether or not both write the country.
    pub fn is(&self, other: &Self) -> bool {
        self.digits == other.digits && agree(self.country, other.country)
    }
}

/// EAN or GLN: 13 digits.
pub(crate) fn ean(text: &str) -> Option<String> {
    let number = super::number(text);
    (number.len() == 13 && is_digits(&number) && !all_equal(&number)).then_some(number)
}

fn agree<T: PartialEq>(a: Option<T>, b: Option<T>) -> bool {
    a.is_none() || b.is_none() || a == b
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn all_equal(text: &str) -> bool {
    text.bytes().all(|b| Some(b) == text.bytes().next())
}

/// "12345678", "87654321".
fn is_run(digits: &str) -> bool {
    let steps = |step: i16| digits.as_bytes().windows(2).all(|two| i16::from(two[1]) - i16::from(two[0]) == step);
    steps(1) || steps(-1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_vat_number_with_and_without_its_country() {
        for (a, b) in [
            ("DK 12 34 56 78", "12345678"),
            ("DE123456789", "123456789"),
            ("SE556677889901", "556677-8899"),
            ("NO 923 609 016 MVA", "923609016"),
            ("CHE-123.456.788 MWST", "123456788"),
            ("GB 980 7806 84", "980780684"),
            ("ATU12345678", "U12345678"),
            ("EL094259216", "GR 094259216"),
        ] {
            assert!(Vat::new(a).zip(Vat::new(b)).is_some_and(|(a, b)| a.is(&b)), "{a}, {b}");
        }
        let [danish, finnish] = ["DK12345678", "FI12345678"].map(|text| Vat::new(text).expect("a number"));
        assert!(!danish.is(&finnish), "the same digits of two countries are two numbers");
        for none in ["", "0", "N/A", "none", "-", "DK", "12345", "00000000", "DK00000000", "unknown", "private"] {
            assert_eq!(Vat::new(none), None, "{none}");
        }
    }

    #[test]
    fn one_phone_however_it_is_written() {
        for (a, b) in [
            ("+45 82 68 39 25", "004582683925"),
            ("82683925", "+45 82683925"),
            ("+46 8 123 456 79", "08-12345679"),
            ("+49 (0)30 901820", "030 901820"),
        ] {
            assert!(Phone::new(a).zip(Phone::new(b)).is_some_and(|(a, b)| a.is(&b)), "{a}, {b}");
        }
        let [danish, german] = ["+45 82683925", "+49 82683925"].map(|text| Phone::new(text).expect("a number"));
        assert!(!danish.is(&german), "the same digits in two countries are two phones");
        for none in ["0", "-", "12345", "00000000", "11111111", "12345678", "+45 87654321", "n/a", "+45"] {
            assert_eq!(Phone::new(none), None, "{none}");
        }
    }

    #[test]
    fn what_fills_a_field_says_nothing() {
        for nothing in ["", " ", "-", "0", "000", "N/A", "n.a.", "None", "null", "Unknown", "?"] {
            assert_eq!(said(nothing), None, "{nothing}");
        }
        assert_eq!(said(" 8000 "), Some("8000"));
    }
}
