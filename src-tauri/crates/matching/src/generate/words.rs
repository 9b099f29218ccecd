//! Invented parties in four languages, and the ways in which people write them wrong.

use super::Dice;

pub(super) struct Country {
    pub code: &'static str,
    pub phone: &'static str,
    pub share: u32,
    pub currency: &'static str,
    pub first: &'static [&'static str],
    pub last: &'static [&'static str],
    pub trades: &'static [&'static str],
    pub forms: &'static [&'static str],
    pub towns: &'static [(&'static str, &'static str)],
    pub streets: &'static [&'static str],
    pub domains: &'static [&'static str],
    pub and: &'static str,
}

pub(super) const COUNTRIES: &[Country] = &[
    Country {
        code: "DK",
        phone: "+45",
        share: 42,
        currency: "DKK",
        first: &[
            "Agnes", "Bjørn", "Cecilie", "Ditte", "Emil", "Frederik", "Gry", "Henrik", "Inge", "Jørgen", "Kåre", "Lærke", "Magnus", "Nikolaj", "Oda",
            "Pernille", "Rasmus", "Signe", "Torben", "Vibeke",
        ],
        last: &[
            "Abildgård",
            "Bechgaard",
            "Carstensen",
            "Dyrlund",
            "Elkjær",
            "Fogh",
            "Grøndal",
            "Hyldager",
            "Iversen",
            "Juhl",
            "Kjærsgaard",
            "Lindegaard",
            "Mølgård",
            "Nybo",
            "Overgaard",
            "Præstholm",
            "Rødkjær",
            "Skytte",
            "Tranberg",
            "Ulrik",
            "Vestgård",
            "Winther",
            "Østrup",
            "Åkjær",
        ],
        trades: &[
            "Anlæg",
            "Bageri",
            "Blomster",
            "Byggeri",
            "Data",
            "Elservice",
            "Fisk",
            "Flytning",
            "Gardiner",
            "Kloak",
            "Køkken",
            "Maskiner",
            "Mæglerne",
            "Regnskab",
            "Skilte",
            "Smede",
            "Snedkeri",
            "Tandpleje",
            "Vognmand",
            "Vinduer",
        ],
        forms: &["ApS", "ApS", "ApS", "A/S", "A/S", "K/S", "I/S", "P/S"],
        towns: &[
            ("1620", "København V"),
            ("2300", "København S"),
            ("4000", "Roskilde"),
            ("5000", "Odense C"),
            ("6700", "Esbjerg"),
            ("7400", "Herning"),
            ("8600", "Silkeborg"),
            ("8900", "Randers"),
            ("9500", "Hobro"),
            ("3000", "Helsingør"),
        ],
        streets: &["Algade", "Bredgade", "Elmevej", "Fiskergade", "Havnegade", "Kirkevej", "Lærkevej", "Skolegade", "Åvej", "Østervold"],
        domains: &["dk", "dk", "dk", "com"],
        and: "og",
    },
    Country {
        code: "DE",
        phone: "+49",
        share: 21,
        currency: "EUR",
        first: &[
            "Anke", "Bernd", "Claudia", "Dieter", "Elke", "Frank", "Gisela", "Holger", "Ines", "Jürgen", "Käthe", "Lothar", "Monika", "Norbert",
            "Petra", "Rüdiger", "Sabine", "Uwe",
        ],
        last: &[
            "Ahrens",
            "Bäcker",
            "Dörfler",
            "Eckstein",
            "Fröhlich",
            "Großkopf",
            "Hübsch",
            "Jäschke",
            "Kühn",
            "Löffler",
            "Mühlbauer",
            "Nägele",
            "Öhler",
            "Pfaff",
            "Rößler",
            "Schäfer",
            "Thürmann",
            "Vögele",
            "Weidner",
            "Zürn",
        ],
        trades: &[
            "Bäckerei",
            "Dachbau",
            "Elektrik",
            "Gerüstbau",
            "Heizung",
            "Kälte",
            "Logistik",
            "Maler",
            "Möbelbau",
            "Optik",
            "Raumausstattung",
            "Steuerbüro",
            "Tischlerei",
            "Verlag",
            "Wäscherei",
        ],
        forms: &["GmbH", "GmbH", "GmbH & Co. KG", "UG (haftungsbeschränkt)", "AG", "OHG", "KG", "e.K.", "GbR"],
        towns: &[
            ("10243", "Berlin"),
            ("20144", "Hamburg"),
            ("24103", "Kiel"),
            ("28195", "Bremen"),
            ("40477", "Düsseldorf"),
            ("50825", "Köln"),
            ("80469", "München"),
            ("90429", "Nürnberg"),
        ],
        streets: &["Ackerstraße", "Brunnenweg", "Goethestraße", "Lindenallee", "Mühlweg", "Ringstraße", "Schulstraße", "Ziegelgasse"],
        domains: &["de", "de", "com", "eu"],
        and: "&",
    },
    Country {
        code: "ES",
        phone: "+34",
        share: 14,
        currency: "EUR",
        first: &[
            "Adrián", "Beatriz", "Carmen", "Diego", "Elena", "Félix", "Gonzalo", "Irene", "Joaquín", "Lucía", "Mónica", "Nicolás", "Pilar", "Raúl",
            "Sofía", "Tomás",
        ],
        last: &[
            "Acuña",
            "Bermúdez",
            "Cáceres",
            "Domínguez",
            "Echevarría",
            "Fuentes",
            "Gálvez",
            "Herrero",
            "Ibarra",
            "Jiménez",
            "Leónes",
            "Márquez",
            "Núñez",
            "Ortuño",
            "Peña",
            "Quiroga",
            "Rivas",
            "Zúñiga",
        ],
        trades: &[
            "Aceites",
            "Cerrajería",
            "Climatización",
            "Diseño",
            "Fontanería",
            "Frutas",
            "Gestoría",
            "Imprenta",
            "Jardinería",
            "Limpiezas",
            "Óptica",
            "Panadería",
            "Reformas",
            "Transportes",
        ],
        forms: &["S.L.", "S.L.", "S.A.", "S.L.U.", "C.B.", "S. Coop."],
        towns: &[
            ("08010", "Barcelona"),
            ("28004", "Madrid"),
            ("41003", "Sevilla"),
            ("46001", "València"),
            ("29005", "Málaga"),
            ("15001", "A Coruña"),
        ],
        streets: &["Avenida del Sol", "Calle Ancha", "Calle Nueva", "Paseo del Río", "Plaza Mayor", "Ronda Norte"],
        domains: &["es", "es", "com", "eu"],
        and: "y",
    },
    Country {
        code: "GB",
        phone: "+44",
        share: 14,
        currency: "GBP",
        first: &[
            "Alice", "Benjamin", "Clara", "Duncan", "Eleanor", "Fergus", "Harriet", "Isla", "Jacob", "Leonie", "Morgan", "Oscar", "Poppy", "Rory",
            "Stella", "Tobias",
        ],
        last: &[
            "Ashdown",
            "Bexley",
            "Cartwright",
            "Dunmore",
            "Ellery",
            "Fairbank",
            "Gilmour",
            "Hartnell",
            "Kershaw",
            "Lockwood",
            "Merriman",
            "Oakes",
            "Pemberton",
            "Ridley",
            "Stroud",
            "Whitlock",
        ],
        trades: &[
            "Brewing",
            "Carpets",
            "Catering",
            "Dental",
            "Fencing",
            "Flooring",
            "Gardens",
            "Glazing",
            "Heating",
            "Kitchens",
            "Plumbing",
            "Recruitment",
            "Roofing",
            "Signs",
            "Tiling",
            "Veterinary",
        ],
        forms: &["Ltd", "Ltd", "Limited", "PLC", "LLP"],
        towns: &[
            ("M4 1AB", "Manchester"),
            ("B2 4QA", "Birmingham"),
            ("EH2 2ER", "Edinburgh"),
            ("G1 3SL", "Glasgow"),
            ("NE1 5DF", "Newcastle"),
            ("SE1 9PP", "London"),
        ],
        streets: &["Albert Road", "Bridge Street", "Castle Lane", "Mill Road", "Station Road", "Victoria Street"],
        domains: &["co.uk", "co.uk", "com", "uk"],
        and: "&",
    },
    Country {
        code: "US",
        phone: "+1",
        share: 5,
        currency: "USD",
        first: &["Aaron", "Bianca", "Caleb", "Dana", "Ethan", "Grace", "Hunter", "Jenna", "Kyle", "Megan"],
        last: &["Abbott", "Barlow", "Crandall", "Dawson", "Everett", "Garner", "Haskell", "Kendrick", "Maddox", "Whitaker"],
        trades: &["Analytics", "Builders", "Coffee", "Freight", "Labs", "Landscaping", "Motors", "Software", "Staffing", "Supply"],
        forms: &["Inc.", "LLC", "LLC"],
        towns: &[("10011", "New York"), ("60614", "Chicago"), ("94110", "San Francisco"), ("98103", "Seattle")],
        streets: &["Elm Street", "Maple Avenue", "Oak Drive", "Third Street"],
        domains: &["com", "com", "io"],
        and: "&",
    },
    Country {
        code: "SE",
        phone: "+46",
        share: 4,
        currency: "EUR",
        first: &["Alva", "Björn", "Elsa", "Göran", "Håkan", "Ingrid", "Lars", "Märta", "Nils", "Åsa"],
        last: &["Ahlström", "Bergqvist", "Dahlgren", "Ekblom", "Fagerlund", "Hägglund", "Lindqvist", "Nyström", "Sjöberg", "Öberg"],
        trades: &["Bygg", "El", "Fastigheter", "Konsult", "Måleri", "Rör", "Skog", "Trädgård", "Åkeri"],
        forms: &["AB", "AB", "HB"],
        towns: &[("11122", "Stockholm"), ("41103", "Göteborg"), ("21120", "Malmö"), ("75310", "Uppsala")],
        streets: &["Drottninggatan", "Kyrkogatan", "Nygatan", "Storgatan"],
        domains: &["se", "com"],
        and: "och",
    },
];

const BRAND_A: &[&str] = &[
    "Alba", "Bryg", "Cento", "Dolo", "Ener", "Ferro", "Gali", "Hede", "Iso", "Jutta", "Kvik", "Lumo", "Mira", "Noro", "Opti", "Primo", "Ravn", "Sol",
    "Terra", "Uno", "Vest", "Zeta",
];
const BRAND_B: &[&str] = &["bo", "cor", "dan", "fix", "gard", "hus", "kom", "lit", "mark", "nova", "pak", "rex", "sted", "tek", "via", "wood"];
const BRAND_C: &[&str] = &["", "", "", "a", "en", "ia", "is", "um", "ix"];

pub(super) fn company(dice: &mut Dice, country: &Country) -> (String, String) {
    let brand = |dice: &mut Dice| format!("{}{}{}", dice.pick(BRAND_A), dice.pick(BRAND_B), dice.pick(BRAND_C));
    let core = match dice.below(10) {
        0..=2 => format!("{} {}", dice.pick(country.last), dice.pick(country.trades)),
        3..=4 => format!("{} & {}", dice.pick(country.last), dice.pick(country.last)),
        5 => format!("{} {}", dice.pick(country.towns).1.split(' ').next().unwrap_or("Nord"), dice.pick(country.trades)),
        6..=8 => format!("{} {}", brand(dice), dice.pick(country.trades)),
        _ => brand(dice),
    };
    (core, (*dice.pick(country.forms)).to_owned())
}

pub(super) fn person(dice: &mut Dice, country: &Country) -> String {
    format!("{} {}", dice.pick(country.first), dice.pick(country.last))
}

const MAILBOXES: &[&str] = &["info", "mail", "kontakt", "faktura", "accounts", "invoice", "bogholderi"];
const FREE: &[&str] = &["gmail.com", "hotmail.com", "outlook.com", "icloud.com", "web.de", "yahoo.es", "mail.dk", "outlook.dk", "mail.com"];

pub(super) fn mailbox(dice: &mut Dice) -> &'static str {
    dice.pick::<&'static str>(MAILBOXES)
}

pub(super) fn free_mail(dice: &mut Dice, name: &str) -> String {
    let number = if dice.chance(0.6) { dice.below(100).to_string() } else { String::new() };
    format!("{}{}@{}", plain(name).replace(' ', "."), number, dice.pick(FREE))
}

/// Letters without accents, the way domains and hurried people write: "ø" as "o" or "oe".
pub(super) fn ascii(dice: &mut Dice, name: &str) -> String {
    let double = dice.chance(0.5);
    name.chars()
        .map(|c| match (c, double) {
            ('ä' | 'æ', true) => "ae".into(),
            ('ö' | 'ø', true) => "oe".into(),
            ('ü', true) => "ue".into(),
            ('å', true) => "aa".into(),
            ('Æ' | 'Ä', true) => "Ae".into(),
            ('Ø' | 'Ö', true) => "Oe".into(),
            ('Ü', true) => "Ue".into(),
            ('Å', true) => "Aa".into(),
            ('ß', _) => "ss".into(),
            _ => one(c).to_string(),
        })
        .collect::<String>()
}

fn one(c: char) -> char {
    match c {
        'ä' | 'æ' | 'å' | 'á' | 'à' => 'a',
        'ö' | 'ø' | 'ó' => 'o',
        'ü' | 'ú' => 'u',
        'Æ' | 'Ä' | 'Å' | 'Á' => 'A',
        'Ø' | 'Ö' | 'Ó' => 'O',
        'Ü' | 'Ú' => 'U',
        'é' | 'è' | 'ê' => 'e',
        'í' => 'i',
        'ñ' => 'n',
        'ç' => 'c',
        c => c,
    }
}

pub(super) fn plain(name: &str) -> String {
    let words: String = name.to_lowercase().replace('ß', "ss").chars().map(one).collect();
    words.chars().filter(|c| c.is_ascii_alphanumeric() || *c == ' ').collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One slip of the fingers.
pub(super) fn typo(dice: &mut Dice, text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    if letters.len() < 4 {
        return text.to_owned();
    }
    let at = 1 + dice.below(letters.len() as u64 - 2) as usize;
    match dice.below(4) {
        0 => drop(letters.remove(at)),
        1 => letters.swap(at, at + 1),
        2 => letters.insert(at, letters[at]),
        _ => letters[at] = char::from(b'a' + dice.below(26) as u8),
    }
    letters.into_iter().collect()
}
