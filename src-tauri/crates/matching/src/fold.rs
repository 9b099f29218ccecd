//! Text made comparable: letters of several languages, company forms, numbers, addresses.

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
    let words: Vec<&str> = folded.split(' ').filter(|w| !w.is_empty()).collect();
    let mut kept: Vec<&str> = words.iter().copied().filter(|w| !FORMS.contains(w)).collect();
    if kept.is_empty() {
        kept = words;
    }
    kept.sort_unstable();
    kept.join(" ")
}

/// Is this folded word a company form, or a little word between names?
pub(crate) fn is_form(word: &str) -> bool {
    FORMS.contains(&word)
}

/// Company forms and little words between names, as [`letters`] leaves them.
const FORMS: &[&str] = &[
    "ab",
    "ag",
    "amba",
    "and",
    "aps",
    "as",
    "asa",
    "bv",
    "co",
    "company",
    "corp",
    "corporation",
    "ek",
    "et",
    "gmbh",
    "haftungsbeschrankt",
    "inc",
    "incorporated",
    "is",
    "ivs",
    "kg",
    "ks",
    "limited",
    "llc",
    "llp",
    "ltd",
    "mbh",
    "nv",
    "och",
    "og",
    "ohg",
    "oy",
    "oyj",
    "plc",
    "ps",
    "pty",
    "sa",
    "sarl",
    "sas",
    "sasu",
    "sl",
    "slu",
    "smba",
    "sp",
    "spa",
    "srl",
    "the",
    "ug",
    "und",
    "y",
];

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

/// A VAT number without blanks, and a Danish one without its country.
pub(crate) fn vat(text: &str) -> String {
    let plain = number(text);
    match plain.strip_prefix("DK") {
        Some(digits) if digits.len() == 8 => digits.to_owned(),
        _ => plain,
    }
}

/// Digits only, the country code and a leading zero gone: the last eight.
pub(crate) fn phone(text: &str) -> String {
    let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
    digits[digits.len().saturating_sub(8)..].iter().collect()
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

/// Mail boxes that many share: such an address tells the company at best.
pub(crate) fn shared_mailbox(email: &str) -> bool {
    const BOXES: &[&str] = &[
        "account",
        "accounting",
        "accounts",
        "admin",
        "administration",
        "ap",
        "billing",
        "bogholderi",
        "buchhaltung",
        "comptabilite",
        "contabilidad",
        "contact",
        "ekonomi",
        "faktura",
        "facturas",
        "facturation",
        "finance",
        "hello",
        "info",
        "invoice",
        "invoices",
        "kontakt",
        "kontor",
        "mail",
        "office",
        "okonomi",
        "post",
        "rechnung",
        "regnskab",
        "sales",
    ];
    email.split_once('@').is_some_and(|(mailbox, _)| BOXES.contains(&mailbox))
}

/// The domain of an address, if it is the company's own.
pub(crate) fn own_domain(email: &str) -> Option<&str> {
    const PUBLIC: &[&str] = &[
        "aol.com",
        "free.fr",
        "gmail.com",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hotmail.com",
        "hotmail.dk",
        "icloud.com",
        "live.com",
        "live.dk",
        "mail.com",
        "mail.dk",
        "me.com",
        "msn.com",
        "orange.fr",
        "outlook.com",
        "outlook.dk",
        "proton.me",
        "protonmail.com",
        "t-online.de",
        "web.de",
        "yahoo.com",
        "yahoo.dk",
        "yahoo.es",
        "yahoo.fr",
    ];
    let (_, domain) = email.split_once('@')?;
    (!domain.is_empty() && !PUBLIC.contains(&domain)).then_some(domain)
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
        ] {
            assert_eq!(name(a), name(b));
        }
        assert_ne!(name("Holm Transport"), name("Holm Tømrer"));
        assert_eq!(name("A/S"), "as", "a name of nothing but forms stays");
    }

    #[test]
    fn numbers_lose_their_dress() {
        assert_eq!(vat("DK 12 34 56 78"), "12345678");
        assert_eq!(phone("+45 82 68 39 25"), phone("004582683925"));
        assert_eq!(numbers("Faktura A-0101, tak (order 77)"), ["A0101"]);
        assert!(shared_mailbox("faktura@x.dk") && !shared_mailbox("ole@x.dk"));
        assert_eq!(own_domain("ole@gmail.com"), None);
    }
}
