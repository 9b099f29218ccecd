//! What a payment's words say: document numbers, purchase orders, customer numbers, months, plans, names.

use crate::fold;
use crate::lookup::hash;

/// What was read out of one text. Hashes are of [`fold::number`] or [`fold::letters`]; 0 is nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Reading {
    /// Runs of digits that may be document numbers, as written (the letter O read as 0).
    pub numbers: Vec<String>,
    /// How many more there are.
    pub unread: u32,
    pub purchase_order: u64,
    pub customer_number: u64,
    /// Year * 12 + month - 1.
    pub month: Option<i32>,
    /// The words that are left: a plan, a name.
    pub words: Vec<u64>,
    pub rest: String,
    /// The text speaks of a plan.
    pub plan: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Context {
    Document,
    Order,
    Phone,
    Customer,
    PurchaseOrder,
    Subscription,
}

const MONTHS: &[(&str, i32)] = &[
    ("january", 0),
    ("januar", 0),
    ("februar", 1),
    ("february", 1),
    ("march", 2),
    ("marts", 2),
    ("marz", 2),
    ("april", 3),
    ("may", 4),
    ("maj", 4),
    ("mai", 4),
    ("june", 5),
    ("juni", 5),
    ("july", 6),
    ("juli", 6),
    ("august", 7),
    ("september", 8),
    ("october", 9),
    ("oktober", 9),
    ("november", 10),
    ("december", 11),
    ("dezember", 11),
];

/// Words about paying that name nobody.
const PLAIN: &[&str] = &[
    "a",
    "af",
    "and",
    "betaling",
    "betalingslink",
    "by",
    "card",
    "charge",
    "checkout",
    "creation",
    "customer",
    "de",
    "erstattung",
    "et",
    "for",
    "from",
    "inv",
    "invoice",
    "invoices",
    "kortbetaling",
    "kvittering",
    "link",
    "monthly",
    "n",
    "no",
    "nr",
    "number",
    "of",
    "og",
    "online",
    "pago",
    "payment",
    "po",
    "por",
    "recurring",
    "refund",
    "requested",
    "s",
    "services",
    "sinv",
    "stripe",
    "tak",
    "thanks",
    "the",
    "til",
    "und",
    "update",
    "vielen",
    "x",
    "y",
    "yearly",
    "zahlung",
];

impl Reading {
    pub fn new(text: &str) -> Self {
        let mut reading = Self { unread: u32::try_from(fold::unread(text)).unwrap_or(u32::MAX), ..Self::default() };
        let mut context = Context::Document;
        let mut month = None;
        let folded = fold::letters(&split(text));
        for token in folded.split(' ').filter(|t| !t.is_empty()) {
            let digits = digits(token);
            if digits.is_empty() {
                context = reading.word(token, context, &mut month);
            } else {
                reading.number(token, digits, context, &mut month);
                context = Context::Document;
            }
        }
        reading.rest.truncate(reading.rest.trim_end().len());
        reading
    }

    fn word(&mut self, word: &str, context: Context, month: &mut Option<i32>) -> Context {
        if let Some((_, m)) = MONTHS.iter().find(|(name, _)| *name == word) {
            *month = Some(*m);
            return Context::Document;
        }
        match word {
            "order" | "ordre" | "bestellung" | "bestilling" => return Context::Order,
            "tel" | "tlf" | "phone" | "telefon" => return Context::Phone,
            "kunde" | "kundenr" | "kundenummer" | "kundennr" | "kundennummer" => return Context::Customer,
            "po" => return Context::PurchaseOrder,
            "abo" | "abonnement" | "subscription" | "suscripcion" => return Context::Subscription,
            "plan" | "monthly" => self.plan = true,
            _ if word.starts_with("faktura")
                || word.starts_with("rechnung")
                || word.starts_with("factura")
                || word.starts_with("fakt")
                || word == "re" =>
            {
                return Context::Document;
            }
            // "Kundenr. 10415": the little words keep what came before.
            "nr" | "no" | "number" => return context,
            _ if !PLAIN.contains(&word) => {
                self.words.push(hash(word));
                self.rest.push_str(word);
                self.rest.push(' ');
            }
            _ => {}
        }
        Context::Document
    }

    fn number(&mut self, token: &str, digits: String, context: Context, month: &mut Option<i32>) {
        let year_month =
            |digits: &str| match (digits.get(..4).and_then(|y| y.parse::<i32>().ok()), digits.get(4..).and_then(|m| m.parse::<i32>().ok())) {
                (Some(y @ 2000..=2099), Some(m @ 1..=12)) if digits.len() == 6 => Some(y * 12 + m - 1),
                _ => None,
            };
        match context {
            Context::Order | Context::Phone => {}
            Context::Customer => self.customer_number = hash(&digits),
            Context::PurchaseOrder => self.purchase_order = hash(&digits),
            Context::Subscription if year_month(&digits).is_some() => self.month = year_month(&digits),
            _ if token.starts_with("po") => self.purchase_order = hash(&digits),
            _ if month.is_some() && digits.len() == 4 => self.month = month.take().and_then(|m| Some(digits.parse::<i32>().ok()? * 12 + m)),
            _ if digits.len() >= 3 && self.numbers.len() < fold::NUMBERS => self.numbers.push(digits),
            _ => {}
        }
    }
}

/// Blanks where a name for numbers is glued to its number by a point or a stroke: "fakt.103513", "103581/25".
fn split(text: &str) -> String {
    text.chars().map(|c| if matches!(c, '.' | '/' | '#' | 'º' | '°' | '\'') { ' ' } else { c }).collect()
}

/// The digits of a token that is a number, perhaps behind letters ("SINV103583"); the letter O between digits is a 0.
fn digits(token: &str) -> String {
    let Some(from) = token.find(|c: char| c.is_ascii_digit()) else { return String::new() };
    let run: String = token[from..].chars().map(|c| if c == 'o' { '0' } else { c }).take_while(char::is_ascii_digit).collect();
    run
}

/// The digits at the end of a document's own number ("S-INV103410"): what people write of it.
pub(crate) fn tail(number: &str) -> &str {
    let letters = number.trim_end_matches(|c: char| c.is_ascii_digit());
    &number[letters.len()..]
}

/// One digit wrong, missing, too many, or two swapped.
pub(crate) fn nearly(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if long.len() - short.len() > 1 || short.len() < 3 {
        return false;
    }
    let same = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    let (s, l) = (&short[same..], &long[same..]);
    if s.len() < l.len() {
        return s == &l[1..];
    }
    s.is_empty() || s[1..] == l[1..] || (s.len() >= 2 && s[0] == l[1] && s[1] == l[0] && s[2..] == l[2..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_in_their_dress() {
        for (text, number) in [
            ("fakt.103513", "103513"),
            ("S INV 103052", "103052"),
            ("SINV103583", "103583"),
            ("invoice no 103581/25", "103581"),
            ("Re-Nr 103537 Uniplanil Gärtnerei", "103537"),
            ("factura nº 1O2538", "102538"),
            ("#103363", "103363"),
        ] {
            assert_eq!(Reading::new(text).numbers, [number], "{text}");
        }
        let many = Reading::new("inv 102856 og 103019 & 103198 / 103409");
        assert_eq!(many.numbers.len(), 4);
        for other in ["Order 103069", "Tel 89681721", "Kundenr. 10415", "PO 34685", "Abo 202503", "1 × Business (monthly)"] {
            assert!(Reading::new(other).numbers.is_empty(), "{other}");
        }
    }

    #[test]
    fn months_orders_customers_and_names_are_told_apart() {
        assert_eq!(Reading::new("Subscription December 2024").month, Some(2024 * 12 + 11));
        assert_eq!(Reading::new("Abo 202503").month, Some(2025 * 12 + 2));
        let both = Reading::new("kunde 10336 faktura 103604 PO5133");
        assert_eq!((both.customer_number, both.purchase_order, both.numbers), (hash("10336"), hash("5133"), vec!["103604".to_owned()]));
        assert_eq!(Reading::new("Marton Bakery betaling").rest, "marton bakery");
        assert!(Reading::new("Betaling").rest.is_empty());
    }

    #[test]
    fn slips_of_one_digit_are_near() {
        for (a, b) in [("11868", "11886"), ("1193", "11933"), ("120495", "102495"), ("12616", "102616"), ("104303", "103303"), ("153468", "103468")] {
            assert!(nearly(a, b), "{a} {b}");
        }
        assert!(!nearly("11111", "11223") && !nearly("12", "123"));
    }
}
