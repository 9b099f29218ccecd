//! What a payment's words say: document numbers, purchase orders, customer numbers, months, plans, names.

mod vocabulary;

use std::borrow::Cow;

use self::vocabulary::{MONTHS, NUMBER, PLAIN, thing};
use crate::fold;
use crate::lookup::hash;

/// What was read out of one text. Hashes are of [`fold::number`] or [`fold::letters`]; 0 is nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Reading {
    /// Runs of digits that may be document numbers, as written (the letter O read as 0).
    pub numbers: Vec<String>,
    /// Those of them that stand with a year or a series.
    pub wholes: Vec<Whole>,
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

/// A number with its year or its series: "2024-0103", "RE-2026/0103", "K-1001".
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Whole {
    /// Hashes as of [`fold::number`]: of its letters and digits, and of its digits alone.
    pub keys: [u64; 2],
    written: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Context {
    /// Nothing was said of the number that may come.
    Unsaid,
    Document,
    Order,
    Phone,
    Customer,
    PurchaseOrder,
    Subscription,
}

impl Reading {
    pub fn new(text: &str) -> Self {
        let mut reading = Self { unread: u32::try_from(fold::unread(text)).unwrap_or(u32::MAX), ..Self::default() };
        let (mut context, mut month, mut before, mut last) = (Context::Unsaid, None, String::new(), "");
        let mut years = Vec::new();
        let folded = fold::letters(&split(&without_dates_and_amounts(text)));
        for token in folded.split(' ').filter(|t| !t.is_empty()) {
            if matches!(context, Context::Unsaid | Context::Subscription)
                && let Some(month) = month_in_figures(token)
            {
                reading.month = Some(month);
                reading.wholes.extend(Whole::of(token));
                (context, last) = (Context::Unsaid, "");
                continue;
            }
            let mut of_whole = Context::Unsaid;
            for part in token.split(GLUE) {
                let mut digits = digits(part);
                if digits.is_empty() {
                    context = reading.word(part, context, &mut month);
                    last = if NUMBER.contains(&part) { last } else { part };
                    before.clear();
                    continue;
                }
                if part.starts_with("po") {
                    context = Context::PurchaseOrder;
                } else if context == Context::Unsaid {
                    context = if of_whole == Context::Unsaid { thing(last) } else { of_whole };
                }
                if digits.len() == 3 && matches!(before.len(), 1 | 2) && context == Context::Document {
                    digits.insert_str(0, &before);
                }
                if digits.len() < 3 && context == Context::Document {
                    // "faktura 60 123" is one number.
                    before = digits;
                    continue;
                }
                if context == Context::Unsaid && month.is_none() && is_year(part) {
                    years.push(digits);
                } else {
                    reading.number(digits, context, &mut month);
                }
                (before, last) = (String::new(), "");
                of_whole = if context.tells_of_other_things() { context } else { Context::Unsaid };
                context = Context::Unsaid;
            }
            if of_whole == Context::Unsaid && reading.wholes.len() < fold::NUMBERS {
                reading.wholes.extend(Whole::of(token));
            }
        }
        // Beside words of its own a year is a year.
        if reading.words.is_empty() {
            years.truncate(fold::NUMBERS.saturating_sub(reading.numbers.len()));
            reading.numbers.append(&mut years);
        }
        reading.rest.truncate(reading.rest.trim_end().len());
        reading
    }

    /// Is a number of the text that of another year or series than a document, whose digits are all these?
    pub fn is_of_another(&self, number: &str, document: &str) -> bool {
        !document.is_empty() && self.wholes.iter().any(|whole| whole.covers(number) && whole.is_of_another(document))
    }

    /// The first number, with its year if it has one.
    pub fn first_number(&self) -> Option<String> {
        let with_year = self.wholes.iter().find(|whole| whole.keys[1] != 0);
        with_year.map(|whole| whole.written.to_uppercase().replace(GLUE, "-")).or_else(|| self.numbers.first().cloned())
    }

    /// The wholes that a number of the text is a part of.
    pub fn around<'a>(&'a self, number: &'a str) -> impl Iterator<Item = &'a Whole> {
        self.wholes.iter().filter(move |whole| whole.covers(number))
    }

    fn word(&mut self, word: &str, context: Context, month: &mut Option<i32>) -> Context {
        if let Some((_, m)) = MONTHS.iter().find(|(name, _)| *name == word) {
            *month = Some(*m);
            return Context::Unsaid;
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
                || matches!(word, "re" | "inv" | "invoice" | "invoices" | "sinv") =>
            {
                return Context::Document;
            }
            // "Kundenr. 10415": the little words keep what came before.
            _ if NUMBER.contains(&word) => return context,
            _ if !PLAIN.contains(&word) => {
                self.words.push(hash(word));
                self.rest.push_str(word);
                self.rest.push(' ');
            }
            _ => {}
        }
        Context::Unsaid
    }

    fn number(&mut self, digits: String, context: Context, month: &mut Option<i32>) {
        let year_month =
            |digits: &str| match (digits.get(..4).and_then(|y| y.parse::<i32>().ok()), digits.get(4..).and_then(|m| m.parse::<i32>().ok())) {
                (Some(y @ 2000..=2099), Some(m @ 1..=12)) if digits.len() == 6 => Some(y * 12 + m - 1),
                _ => None,
            };
        match context {
            Context::Order | Context::Phone => {}
            Context::Customer => self.customer_number = hash(&digits),
            Context::PurchaseOrder => self.purchase_order = hash(tail(&digits)),
            Context::Subscription if year_month(&digits).is_some() => self.month = year_month(&digits),
            _ if month.is_some() && digits.len() == 4 => self.month = month.take().and_then(|m| Some(digits.parse::<i32>().ok()? * 12 + m)),
            _ if digits.len() >= 3 && self.numbers.len() < fold::NUMBERS => self.numbers.push(tail(&digits).to_owned()),
            _ => {}
        }
    }
}

impl Context {
    /// What follows is the number of no document, all of it.
    fn tells_of_other_things(self) -> bool {
        matches!(self, Self::Order | Self::Phone | Self::Customer | Self::PurchaseOrder)
    }
}

impl Whole {
    /// Of a token with parts: more than one run of digits, or letters beside one.
    fn of(token: &str) -> Option<Self> {
        let count = token.bytes().filter(u8::is_ascii_digit).count();
        if count < 3 || count == token.len() {
            return None;
        }
        let digits: String = token.chars().filter(char::is_ascii_digit).collect();
        let all = fold::number(token);
        let runs = token.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty()).count();
        let letters = if all.len() > digits.len() { hash(&all) } else { 0 };
        Some(Self { keys: [letters, if runs > 1 { hash(significant(&digits)) } else { 0 }], written: token.to_owned() })
    }

    /// As many digits, and others.
    fn is_of_another(&self, document: &str) -> bool {
        let digits = || self.written.bytes().filter(u8::is_ascii_digit).skip_while(|digit| *digit == b'0');
        self.keys[1] != 0 && digits().count() == document.len() && !digits().eq(document.bytes())
    }

    /// Is this one of its parts?
    fn covers(&self, number: &str) -> bool {
        self.written.split(|c: char| !c.is_ascii_digit()).any(|run| tail(run) == number)
    }
}

/// The digits of a document's number with its year or series, if that is more than its [`tail`]; else none.
pub(crate) fn whole(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    if significant(&digits).len() > tail(number).len() { significant(&digits).to_owned() } else { String::new() }
}

fn significant(digits: &str) -> &str {
    digits.trim_start_matches('0')
}

/// Blanks in the place of dates ("12-05-2025") and amounts ("1.250,00", "kr. 1250"), and every number of a row of them
/// ("60123-60129").
fn without_dates_and_amounts(text: &str) -> Cow<'_, str> {
    let (mut out, mut copied, mut at) = (String::new(), 0, 0);
    while let Some(ahead) = text[at..].find(|c: char| c.is_ascii_digit()) {
        let (before, number) = text.split_at(at + ahead);
        let (run, next) = number.split_at(run_of_digits(number));
        at = before.len() + run.len();
        let money = ends_with_currency(before.trim_end_matches([' ', '.', ':'])) || begins_with_currency(next.trim_start()) || next.starts_with(",-");
        let blank = money || is_date(run) || is_amount(run);
        let row = range(run).filter(|_| !blank);
        if blank || row.is_some() {
            out.push_str(&before[copied..]);
            out.push(' ');
            row.into_iter().flat_map(|(first, last)| first..=last).for_each(|n| out.push_str(&format!("{n} ")));
            copied = at;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// How long a number is with the points and strokes in it.
fn run_of_digits(text: &str) -> usize {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let inside = matches!(c, '.' | ',' | '/' | ':' | '\'' | '’' | '-' | '–') && chars.peek().is_some_and(|(_, next)| next.is_ascii_digit());
        if !c.is_ascii_digit() && !inside {
            return at;
        }
    }
    text.len()
}

/// "12-05-2025", "2025-05-12", "12/5/25", "23:10".
fn is_date(run: &str) -> bool {
    let parts: Option<Vec<u32>> = run.split(['.', '-', '/', ':']).map(|part| part.parse().ok()).collect();
    let lengths: Vec<usize> = run.split(['.', '-', '/', ':']).map(str::len).collect();
    let day = |a: u32, b: u32| a <= 31 && b <= 31 && a.min(b) <= 12;
    match (parts.as_deref(), lengths.as_slice()) {
        (Some([.., a, b]), [4, 1 | 2, 1 | 2]) | (Some([a, b, _]), [1 | 2, 1 | 2, 2 | 4]) => day(*a, *b),
        (Some(_), _) => run.contains(':'),
        _ => false,
    }
}

/// "1.250,00", "1,250.00", "250.00": two decimals, and threes before them.
fn is_amount(run: &str) -> bool {
    let Some((whole, decimals)) = run.rsplit_once(['.', ',']) else { return false };
    let mut groups = whole.split(['.', ',', '\'', '’']);
    let first = groups.next().unwrap_or_default();
    let mut threes = groups.peekable();
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    decimals.len() == 2 && plain(first) && (threes.peek().is_none() || first.len() <= 3) && threes.all(|group| group.len() == 3 && plain(group))
}

/// Numbers of a row of documents, no more than are paid at once.
fn range(run: &str) -> Option<(u64, u64)> {
    const MOST: u64 = 30;
    let (first, last) = run.split_once(['-', '–'])?;
    let (from, to) = (first.parse::<u64>().ok()?, last.parse::<u64>().ok()?);
    (first.len() == last.len() && first.len() >= 3 && from < to && to - from < MOST).then_some((from, to))
}

/// Names and signs of currencies, as people write them beside amounts.
const CURRENCIES: [&str; 11] = ["kr", "dkk", "eur", "euro", "usd", "gbp", "sek", "nok", "chf", "pln", "jpy"];
const SIGNS: [char; 4] = ['€', '$', '£', '¥'];

fn ends_with_currency(text: &str) -> bool {
    let word = text.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    text.ends_with(SIGNS) || CURRENCIES.iter().any(|currency| currency.eq_ignore_ascii_case(word))
}

/// Of an amount: none of another amount follows.
fn begins_with_currency(text: &str) -> bool {
    let length = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    let behind = text[length..].trim_start_matches(['.', ' ']);
    let word = CURRENCIES.iter().any(|currency| currency.eq_ignore_ascii_case(&text[..length]));
    text.starts_with(SIGNS) || word && !behind.starts_with(|c: char| c.is_ascii_digit())
}

/// Stands for what glues the parts of a number, or a name for numbers to its number: "RE-2026/0103", "fakt.103513". It is
/// a letter that folding leaves as it is and nobody writes.
const GLUE: char = '\u{1c0}';

/// [`GLUE`] between letters and digits that points or strokes glue, blanks for other signs around numbers.
fn split(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut chars = text.chars().peekable();
    let mut inside = false;
    while let Some(c) = chars.next() {
        match c {
            '.' | '/' | '-' | '–' if inside && chars.peek().is_some_and(|next| next.is_alphanumeric()) => out.push(GLUE),
            '.' | '/' | '-' | '–' | '#' | 'º' | '°' | '\'' => out.push(' '),
            c => out.push(c),
        }
        inside = c.is_alphanumeric();
    }
    out
}

/// The digits of a token that is a number, perhaps behind letters ("SINV103583"); the letter O between digits is a 0.
fn digits(token: &str) -> String {
    let Some(from) = token.find(|c: char| c.is_ascii_digit()) else { return String::new() };
    let run: String = token[from..].chars().map(|c| if c == 'o' { '0' } else { c }).take_while(char::is_ascii_digit).collect();
    run
}

/// The digits at the end of a document's own number ("S-INV103410"): what people write of it, with zeros before it or without.
pub(crate) fn tail(number: &str) -> &str {
    let letters = number.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &number[letters.len()..];
    let plain = digits.trim_start_matches('0');
    if plain.len() < 3 { digits } else { plain }
}

/// Whether a number in a text may be a slip for a document's: but the next number is the next document's.
pub(crate) fn misspelt(written: &str, number: &str) -> bool {
    let neighbours = written.len() == number.len() && written[..written.len() - 1] == number[..number.len() - 1];
    !neighbours && nearly(written, number)
}

/// "04/2025", "2025-04": year * 12 + month - 1.
fn month_in_figures(token: &str) -> Option<i32> {
    let (a, b) = token.split_once(GLUE)?;
    let (month, year) = if is_year(a) { (b, a) } else { (a, b) };
    let (month, year): (i32, i32) = (month.parse().ok()?, year.parse().ok().filter(|_| is_year(year))?);
    (1..=12).contains(&month).then_some(year * 12 + month - 1)
}

fn is_year(token: &str) -> bool {
    token.len() == 4 && token.starts_with("20") && token.bytes().all(|b| b.is_ascii_digit())
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
            ("Faktura 0060123", "60123"),
            ("faktura 60 123", "60123"),
            ("Beløb 1.250,00 kr, faktura 60123", "60123"),
            ("60123 kr. 1250", "60123"),
            ("EUR 1,250.00 for 60123 of 12-05-2025", "60123"),
            ("betaling 2043", "2043"),
            ("faktura 2025", "2025"),
            ("PO-2025-118, faktura 60123", "60123"),
            ("Kvittering for faktura 60123", "60123"),
            ("Receipt for 60123", "60123"),
            ("Belegnr. 60123", "60123"),
            ("Ordrebekræftelse, faktura nº 60123", "60123"),
            ("Webordre 77012 faktura 60123", "60123"),
            ("Charge for customer PO5133 60123", "60123"),
        ] {
            assert_eq!(Reading::new(text).numbers, [number], "{text}");
        }
        let many = Reading::new("inv 102856 og 103019 & 103198 / 103409");
        assert_eq!(many.numbers.len(), 4);
        assert_eq!(Reading::new("fakt 60123-60126").numbers, ["60123", "60124", "60125", "60126"]);
        assert_eq!(Reading::new("60123-70123").numbers, ["60123", "70123"], "no row of documents");
        for other in [
            "Order 103069",
            "Tel 89681721",
            "Kundenr. 10415",
            "PO 34685",
            "PO-2025-118",
            "Order 2025-0118",
            "Webordre 60340",
            "Ordrenr. 60340",
            "Ordrenr. 2025-60340",
            "Bestellnr. 60340",
            "Bestelnummer 60340",
            "Beställning 60340",
            "Pedido nº 60340",
            "Booking #60340",
            "Ticket-60340",
            "Kvittering 60340",
            "Quittung Nr. 60340",
            "Receipts 60340",
            "Medlem 60340",
            "Mitgliedsnr. 60340",
            "Sagsnr. 60340",
            "SKU 60340",
            "Varenr. 60340",
            "Artikelnummer 60340",
            "Gavekort 60340",
            "Gutschein-Nr. 60340",
            "Shopify #60340",
            "Customer 60340",
            "Klantnummer 60340",
            "Abo 202503",
            "1 × Business (monthly)",
            "Beløb 1.250,00 kr",
            "1250 kr",
            "€ 1250",
            "betalt 12-05-2025",
            "Kontingent 2025",
            "kl. 23:10:45",
        ] {
            assert!(Reading::new(other).numbers.is_empty(), "{other}");
        }
    }

    #[test]
    fn months_orders_customers_and_names_are_told_apart() {
        assert_eq!(Reading::new("Subscription December 2024").month, Some(2024 * 12 + 11));
        for text in ["Abo 202503", "Abo 2025-03", "Leje 03/2025", "3.2025"] {
            let read = Reading::new(text);
            assert_eq!((read.month, read.numbers), (Some(2025 * 12 + 2), Vec::new()), "{text}");
        }
        assert_eq!(Reading::new("faktura 03/2025").month, None);
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
        assert!(misspelt("60132", "60123") && !misspelt("60122", "60123"), "the next number is the next document's");
    }
}
