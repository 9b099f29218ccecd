//! Who buys and what is sold: invented people, businesses and wares.

use crate::seed::Ids;

/// What a buyer is, for VAT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buyer {
    /// A Danish business with a CVR number.
    Business,
    Consumer,
    /// A business in another EU country, with the first letters and the rest of its VAT number.
    Union(&'static str),
    /// The same, whose VAT number nobody wrote down.
    Unnumbered,
    /// Outside the EU.
    Export,
}

impl Buyer {
    /// A business in another EU country, which accounts for the VAT itself.
    pub fn accounts_for_tax(self) -> bool {
        matches!(self, Union(_) | Unnumbered)
    }
}

/// How the ledger knows the buyer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InLedger {
    Same,
    /// Under another spelling.
    As(&'static str),
    Missing,
    /// The same business as the buyer at this place of the cast.
    SameAs(usize),
}

#[derive(Clone, Debug)]
pub struct Member {
    pub name: String,
    pub email: String,
    pub buyer: Buyer,
    pub country: &'static str,
    pub street: String,
    pub postcode: String,
    pub city: String,
    /// Lower case.
    pub currency: &'static str,
    /// With country letters, as it stands on invoices; empty for consumers.
    pub vat: String,
    pub ledger: InLedger,
    /// Invoiced with days to pay, not charged at once.
    pub terms: Option<i64>,
}

type Row = (&'static str, &'static str, Buyer, &'static str, &'static str, &'static str, &'static str, &'static str, InLedger, Option<i64>);

use Buyer::{Business, Consumer, Export, Union, Unnumbered};
use InLedger::{As, Missing, Same, SameAs};

/// Places of the cast that a story needs.
pub const ROSENHAVEN: usize = 0;
pub const TANGKAER: usize = 1;
pub const STRANDLYST: usize = 2;
pub const OESTERBRO: usize = 4;
pub const KAALHAVEN: usize = 6;
pub const VED_FJORDEN: usize = 8;
pub const LONG_NAME: usize = 9;
pub const ROSENHAVEN_AGAIN: usize = 10;
pub const SPISEHUSET: usize = 12;
pub const KARLA: usize = 16;
pub const HAFENKANTE: usize = 17;
pub const SOLGAARDEN: usize = 24;
pub const KLITGAARDEN: usize = 25;
pub const TWINS: usize = 3;
pub const CONTRADICTION: usize = 5;
pub const CENTS: usize = 13;
pub const YEN: usize = 21;
pub const POUND: usize = 22;
pub const DOLLAR: usize = 23;
pub const UNNUMBERED: usize = 27;
pub const GREEK: usize = 28;
pub const JAPANESE: usize = 29;
pub const DELETED: usize = 30;

/// Who buys only what a story says.
pub const ONLY_TOLD: std::ops::RangeInclusive<usize> = UNNUMBERED..=DELETED;

#[rustfmt::skip]
const ROWS: [Row; 31] = [
    ("Café Rosenhaven ApS", "indkoeb@caferosenhaven.example", Business, "DK", "Rosenhaven 4", "8000", "Aarhus C", "dkk", Same, None),
    ("Brødrene Tangkær Møbelsnedkeri ApS", "kontor@tangkaer.example", Business, "DK", "Savværksvej 12", "7100", "Vejle", "dkk", As("Brdr. Tangkær Møbelsnedkeri"), Some(14)),
    ("Hotel Strandlyst A/S", "regnskab@hotelstrandlyst.example", Business, "DK", "Strandvejen 118", "3000", "Helsingør", "dkk", Same, Some(30)),
    ("Ærø Boghandel v/ Ane Krogh", "ane@aeroeboghandel.example", Business, "DK", "Torvet 7", "5970", "Ærøskøbing", "dkk", Same, None),
    ("Østerbro Blomster I/S", "hej@oesterbroblomster.example", Business, "DK", "Nordre Frihavnsgade 61", "2100", "København Ø", "dkk", As("Østerbro Blomster"), None),
    ("Gårdbutikken Lindegaard", "post@lindegaard.example", Business, "DK", "Lindegårdsvej 31", "4690", "Haslev", "dkk", Same, Some(14)),
    ("Restaurant Kålhaven ApS", "bogholderi@kaalhaven.example", Business, "DK", "Vestergade 19", "5000", "Odense C", "dkk", Same, None),
    ("Skovlunde Kunstskole", "sekretariat@skovlundekunst.example", Business, "DK", "Skolevænget 2", "2740", "Skovlunde", "dkk", Missing, Some(30)),
    ("Museumsbutikken Ved Fjorden S/I", "butik@vedfjorden.example", Business, "DK", "Havnegade 3", "4000", "Roskilde", "dkk", Same, Some(14)),
    ("Foreningen til Bevarelse af det Gamle Keramiske Håndværk i Sønderjylland, på Als og på Sundeved (f.m.b.a.)", "formand@gammelkeramik.example", Business, "DK", "Kirke Allé 88", "6400", "Sønderborg", "dkk", As("Foreningen til Bevarelse af det Gamle Keramiske Håndværk i Sønderjylland, på Als og på Sundeved"), None),
    ("Café Rosenhaven", "faktura@caferosenhaven.example", Business, "DK", "Rosenhaven 4", "8000", "Aarhus C", "dkk", SameAs(0), None),
    ("Tømrermester Bjarke Holm ApS", "bjarke@bholm.example", Business, "DK", "Industrivej 5", "8700", "Horsens", "dkk", Missing, None),
    ("Spisehuset 9 ApS", "mad@spisehuset9.example", Business, "DK", "Algade 9", "9000", "Aalborg", "dkk", As("Spisehuset Ni"), None),
    ("Mette Overgaard", "mette.overgaard@post.example", Consumer, "DK", "Birkevej 14", "8600", "Silkeborg", "dkk", Same, None),
    ("Søren Ågesen", "soren.aagesen@post.example", Consumer, "DK", "Møllebakken 3", "5700", "Svendborg", "dkk", Same, None),
    ("Ingrid Thastum", "ingrid.thastum@post.example", Consumer, "DK", "Parkvej 22, 1. tv.", "2800", "Kongens Lyngby", "dkk", Missing, None),
    ("Karla Winther-Bæk", "karla.wb@post.example", Consumer, "DK", "Østergade 40", "7400", "Herning", "dkk", As("Karla Winther Bæk"), None),
    ("Töpferstube Hafenkante GmbH", "einkauf@hafenkante.example", Union("DE"), "DE", "Am Sandtorkai 30", "20457", "Hamburg", "eur", Same, Some(30)),
    ("Maison Lavandière SARL", "achats@lavandiere.example", Union("FR"), "FR", "12 rue des Tanneurs", "69001", "Lyon", "eur", As("Maison Lavandiere"), None),
    ("Keramiek Atelier Vondel B.V.", "info@ateliervondel.example", Union("NL"), "NL", "Overtoom 211", "1054 HT", "Amsterdam", "eur", Same, None),
    ("Blåbärsgården AB", "order@blabarsgarden.example", Union("SE"), "SE", "Storgatan 8", "211 42", "Malmö", "eur", Same, Some(14)),
    ("Kitsune Tableware K.K.", "orders@kitsune-tableware.example", Export, "JP", "2-11-3 Nakameguro", "153-0061", "Tokyo", "jpy", Same, None),
    ("Harrow & Pine Ltd", "accounts@harrowpine.example", Export, "GB", "48 Mill Lane", "BS1 4QA", "Bristol", "gbp", Same, Some(30)),
    ("Prairie Table Co.", "ap@prairietable.example", Export, "US", "910 W Lake St", "60607", "Chicago", "usd", Same, None),
    ("Bageriet Solgården ApS", "ordre@solgaarden.example", Business, "DK", "Sognevej 77", "4200", "Slagelse", "dkk", Same, None),
    ("Klitgården Wellness ApS", "booking@klitgaarden.example", Business, "DK", "Klitvej 1", "9990", "Skagen", "dkk", Same, Some(14)),
    ("Nanna Fiilsø Design", "nanna@fiilsoe.example", Business, "DK", "Pakhus 6, 2. sal", "8000", "Aarhus C", "dkk", As("Nanna Fiilsoe Design"), None),
    ("Taller Barro Vivo S.L.", "pedidos@barrovivo.example", Unnumbered, "ES", "Calle del Pez 21", "28004", "Madrid", "eur", Same, None),
    ("Κεραμικά Αιγαίου Ι.Κ.Ε.", "parangelies@keramika-aigaiou.example", Union("EL"), "GR", "Οδός Ερμού 118", "811 00", "Μυτιλήνη", "eur", Same, None),
    ("株式会社むさし野うつわ", "orders@musashino-utsuwa.example", Export, "JP", "吉祥寺本町1-14-5", "180-0004", "武蔵野市", "jpy", Same, None),
    ("Galleri Vestenvind ApS", "gitte@vestenvind.example", Business, "DK", "Kystvejen 9", "6857", "Blåvand", "dkk", Same, Some(14)),
];

/// The cast, and as many more as a large company needs.
pub fn members(seed: u64, wanted: usize) -> Vec<Member> {
    let mut ids = Ids::new(seed, "company/cast");
    let mut cast: Vec<Member> = Vec::with_capacity(wanted.max(ROWS.len()));
    for (name, email, buyer, country, street, postcode, city, currency, ledger, terms) in ROWS {
        let vat = match ledger {
            SameAs(other) => cast.get(other).map(|member| member.vat.clone()).unwrap_or_default(),
            _ => vat_number(buyer, &mut ids),
        };
        let text = |text: &str| text.to_owned();
        cast.push(Member {
            name: text(name),
            email: text(email),
            buyer,
            country,
            street: text(street),
            postcode: text(postcode),
            city: text(city),
            currency,
            vat,
            ledger,
            terms,
        });
    }
    for n in cast.len()..wanted {
        cast.push(crowd(n, &mut ids));
    }
    cast
}

fn crowd(n: usize, ids: &mut Ids) -> Member {
    const FIRST: [&str; 12] = ["Birke", "Elle", "Fyrre", "Hassel", "Kirke", "Linde", "Møl", "Nørre", "Skov", "Sønder", "Vester", "Åkande"];
    const LAST: [&str; 10] =
        ["bo Køkken", "gaarden", "holm Interiør", "kær Handel", "lund Service", "mark Keramik", "sø Café", "torp Gaver", "vang Bolig", "ø Design"];
    const PLACES: [(&str, &str); 6] =
        [("1552", "København V"), ("5000", "Odense C"), ("6000", "Kolding"), ("7500", "Holstebro"), ("8200", "Aarhus N"), ("9400", "Nørresundby")];
    let (first, last) = (FIRST[n % FIRST.len()], LAST[n / FIRST.len() % LAST.len()]);
    let (postcode, city) = PLACES[n % PLACES.len()];
    Member {
        name: format!("{first}{last} {n} ApS"),
        email: format!("kontor@kunde{n}.example"),
        buyer: Business,
        country: "DK",
        street: format!("{first}vej {}", 1 + n % 199),
        postcode: postcode.into(),
        city: city.into(),
        currency: "dkk",
        vat: vat_number(Business, ids),
        ledger: if n % 12 == 7 { Missing } else { Same },
        terms: n.is_multiple_of(3).then_some(14),
    }
}

fn vat_number(buyer: Buyer, ids: &mut Ids) -> String {
    match buyer {
        Business => format!("DK{}", cvr(ids)),
        Union("FR") => format!("FR{:02}{:09}", 10 + ids.below(89), 300_000_000 + ids.below(600_000_000)),
        Union("NL") => format!("NL{:09}B01", 100_000_000 + ids.below(800_000_000)),
        Union("SE") => format!("SE{:010}01", 5_560_000_000 + ids.below(9_000_000)),
        Union(country) => format!("{country}{}", 100_000_000 + ids.below(800_000_000)),
        Consumer | Unnumbered | Export => String::new(),
    }
}

/// Eight digits whose weighted sum (2 7 6 5 4 3 2 1) divides by eleven.
fn cvr(ids: &mut Ids) -> u64 {
    loop {
        let head = 9_000_000 + ids.below(1_000_000);
        let digits = (0..7).rev().map(|n| head / 10u64.pow(n) % 10);
        let sum: u64 = digits.zip([2, 7, 6, 5, 4, 3, 2]).map(|(digit, weight)| digit * weight).sum();
        let check = (11 - sum % 11) % 11;
        if check < 10 {
            return head * 10 + check;
        }
    }
}

/// Something sold. Prices in the smallest unit.
#[derive(Clone, Copy, Debug)]
pub struct Ware {
    pub name: &'static str,
    /// Without VAT, in DKK.
    pub net: i64,
    /// With 25 % VAT, in DKK: what consumers see.
    pub gross: i64,
    pub eur: i64,
    pub gbp: i64,
    pub usd: i64,
    /// Yen have no smaller unit.
    pub jpy: i64,
}

const fn ware(name: &'static str, net: i64, gross: i64, eur: i64, gbp: i64, usd: i64, jpy: i64) -> Ware {
    Ware { name, net, gross, eur, gbp, usd, jpy }
}

pub const WARES: [Ware; 9] = [
    ware("Stentøjskrus, mat hvid", 14_900, 18_500, 1_995, 1_695, 2_150, 3_200),
    ware("Skål Ø 24 cm, celadon", 38_900, 49_500, 5_250, 4_450, 5_600, 8_400),
    ware("Vase “Fjord”, 30 cm", 84_900, 109_500, 11_400, 9_800, 12_300, 18_500),
    ware("Tallerken 27 cm, rå kant", 22_950, 28_995, 3_080, 2_640, 3_320, 4_950),
    ware("Prøveflise med glasur", 7_998, 9_997, 1_085, 920, 1_160, 1_750),
    ware("Drejekursus, weekend", 156_000, 195_000, 20_900, 17_900, 22_500, 33_900),
    ware("Glasering efter aftale, time", 27_550, 34_500, 3_695, 3_170, 3_980, 5_990),
    ware("Glaseret æggebæger", 3_333, 4_175, 446, 383, 481, 720),
    ware("Specialbestilt service, 24 dele", 648_000, 810_000, 86_900, 74_500, 93_600, 141_000),
];

/// The ware whose consumer price, 99.97, has no net price in øre that gives it back.
pub const CENTS_WARE: usize = 4;

/// Three of it make 99.99: VAT differs between lines and total.
pub const THIRDS_WARE: usize = 7;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cvr_numbers_pass_their_check() {
        for member in members(3, 60).iter().filter(|member| member.buyer == Business) {
            let digits = member.vat.trim_start_matches("DK").bytes().map(|digit| u64::from(digit - b'0'));
            let sum: u64 = digits.zip([2, 7, 6, 5, 4, 3, 2, 1]).map(|(digit, weight)| digit * weight).sum();
            assert_eq!(sum % 11, 0, "{}", member.vat);
        }
    }
}
