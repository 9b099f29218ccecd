//! Text made comparable: letters of several languages, company forms, numbers, addresses.

mod forms;
mod mail;
mod signs;

pub(crate) use forms::without_form;
pub(crate) use mail::{address, own_domain, shared_mailbox};
pub(crate) use signs::{Phone, Vat, ean, said};

/// So much of a text is read, in bytes, and so many numbers of it: what is longer names nobody and no document.
const READ: usize = 2_000;
pub(crate) const NUMBERS: usize = 100;

/// The beginning of a text, as far as it is read.
fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(READ)).unwrap_or_default()
}

/// How many numbers of a text are not read.
pub(crate) fn unread(text: &str) -> usize {
    const SHORTEST: usize = 3;
    let count = |text: &str| text.split(|c: char| !c.is_ascii_digit()).filter(|run| run.len() >= SHORTEST).count();
    if text.len() <= NUMBERS * SHORTEST { 0 } else { count(text).saturating_sub(count(beginning(text)).min(NUMBERS)) }
}

/// Lower case, accents gone, umlauts and their spellings one ("Kältetechnik", "Kaeltetechnik"), everything else a blank.
pub(crate) fn letters(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(READ));
    for c in beginning(text).chars() {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            'A'..='Z' => out.push(c.to_ascii_lowercase()),
            // Inside a company form: "A/S", "S.L.U.", and inside a name: "O'Brien".
            '/' if out == "v" || out.ends_with(" v") => blank(&mut out),
            '.' | '/' | '\'' | '’' => {}
            _ if c.is_ascii() => blank(&mut out),
            _ => match plain(c) {
                "" if c.is_alphanumeric() => out.extend(c.to_lowercase()),
                "" => blank(&mut out),
                plain => out.push_str(plain),
            },
        }
    }
    out.truncate(out.trim_end().len());
    digraphs(&out)
}

fn blank(out: &mut String) {
    if !out.is_empty() && !out.ends_with(' ') {
        out.push(' ');
    }
}

fn plain(c: char) -> &'static str {
    match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ą' | 'ā' | 'æ' | 'À' | 'Á' | 'Â' | 'Ã' | 'Ä' | 'Å' | 'Ą' | 'Ā' | 'Æ' => "a",
        'ç' | 'ć' | 'č' | 'Ç' | 'Ć' | 'Č' => "c",
        'ď' | 'đ' | 'ð' | 'Ď' | 'Đ' | 'Ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' | 'ē' | 'È' | 'É' | 'Ê' | 'Ë' | 'Ę' | 'Ě' | 'Ē' => "e",
        'ğ' | 'Ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'İ' | 'ı' | 'Ì' | 'Í' | 'Î' | 'Ï' | 'Ī' => "i",
        'ł' | 'Ł' => "l",
        'ñ' | 'ń' | 'ň' | 'Ñ' | 'Ń' | 'Ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ő' | 'œ' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' | 'Ø' | 'Ő' | 'Œ' => "o",
        'ř' | 'Ř' => "r",
        'ś' | 'š' | 'ş' | 'Ś' | 'Š' | 'Ş' => "s",
        'ß' => "ss",
        'ť' | 'ţ' | 'Ť' | 'Ţ' => "t",
        'ù' | 'ú' | 'û' | 'ü' | 'ů' | 'ű' | 'ū' | 'Ù' | 'Ú' | 'Û' | 'Ü' | 'Ů' | 'Ű' | 'Ū' => "u",
        'ý' | 'ÿ' | 'Ý' => "y",
        'ź' | 'ż' | 'ž' | 'Ź' | 'Ż' | 'Ž' => "z",
        'þ' | 'Þ' => "th",
        _ => "",
    }
}

/// "ae", "aa", "oe", "ue" are how ä, å, ø and ü are written without them; both sides lose the difference alike.
fn digraphs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut last = ' ';
    for c in text.chars() {
        let second = matches!((last, c), ('a', 'e' | 'a') | ('o' | 'u', 'e'));
        if !second {
            out.push(c);
        }
        last = if second { ' ' } else { c };
    }
    out
}

/// A name without its company form, its words in order of the alphabet ("Capmoblanca, Óscar" is "Óscar Capmoblanca").
pub(crate) fn name(text: &str) -> String {
    let folded = letters(text);
    let (mut kept, _) = without_form(&folded);
    kept.sort_unstable();
    kept.join(" ")
}

/// The pairs of neighbouring letters of a folded name, sorted, blanks ignored.
pub(crate) fn pairs(name: &str) -> Vec<(char, char)> {
    let letters: Vec<char> = name.chars().filter(|c| *c != ' ').collect();
    let mut pairs: Vec<(char, char)> = letters.windows(2).map(|w| (w[0], w[1])).collect();
    pairs.sort_unstable();
    pairs
}

/// How alike two names are by their [`pairs`], 0 to 1: the share of common ones (Dice).
pub(crate) fn likeness(a: &[(char, char)], b: &[(char, char)]) -> f64 {
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let (mut i, mut j, mut common) = (0, 0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, common) = (i + 1, j + 1, common + 1),
        }
    }
    2.0 * f64::from(common) / (a.len() + b.len()) as f64
}

/// Letters and digits only, upper case: a document number without its punctuation.
pub(crate) fn number(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// The runs of letters and digits of a text that could be document numbers: at least one digit, as [`number`] writes them.
pub(crate) fn numbers(text: &str) -> Vec<String> {
    beginning(text)
        .split(|c: char| c.is_whitespace() || ",;:()[]\"".contains(c))
        .map(number)
        .filter(|n| n.len() >= 3 && n.bytes().any(|b| b.is_ascii_digit()))
        .take(NUMBERS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_forms_and_order_fold_to_one_name() {
        for (a, b) in [
            ("Interpackast Kältetechnik GmbH & Co. KG", "Interpackast Kaeltetechnik"),
            ("Møller VVS A/S", "moeller vvs"),
            ("Capmoblanca, Óscar", "Óscar Capmoblanca"),
            ("Ærøskøbing Murerfirma ApS", "AEROESKOEBING MURERFIRMA APS"),
            ("Solfría S.L.U.", "solfria SLU"),
            ("Aagaard", "Ågård"),
            ("Svensk Bygg AB", "Svensk Bygg Aktiebolag"),
            ("Nordic Sp. z o.o.", "Nordic"),
            ("Žižkov s.r.o.", "Zizkov"),
            ("Järvinen Oy", "Jaervinen Ky"),
            ("Schmidt & Söhne GbR", "Schmidt und Soehne"),
            ("Ole Olsen v/ Olsens Tømrer", "Olsens Tømrer v/Ole Olsen"),
        ] {
            assert_eq!(name(a), name(b));
        }
        assert_ne!(name("Holm Transport"), name("Holm Tømrer"));
        assert_eq!(name("A/S"), "as", "a name of nothing but forms stays");
    }

    #[test]
    fn numbers_lose_their_dress() {
        assert_eq!(numbers("Faktura A-0101, tak (order 77)"), ["A0101"]);
    }
}
