//! Words of several languages that tell what a number beside them is, and words that tell nothing.

use super::Context;

/// What the word before a number says of it. A German "Belegnr." is the number of a document.
pub(super) fn thing(word: &str) -> Context {
    let stem = NUMBER.iter().find_map(|number| word.strip_suffix(number)).filter(|stem| *stem != "beleg").unwrap_or(word);
    let forms = [word, stem, stem.strip_suffix('s').unwrap_or(stem)];
    match forms {
        forms if forms.iter().any(|form| CUSTOMERS.contains(form)) => Context::Customer,
        forms if forms.iter().any(|form| THINGS.contains(form) || THINGS_OF_KINDS.iter().any(|thing| form.ends_with(thing))) => Context::Order,
        _ => Context::Unsaid,
    }
}

pub(super) const MONTHS: &[(&str, i32)] = &[
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
pub(super) const PLAIN: &[&str] = &[
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

/// Words for "number", alone and at the end of others.
pub(super) const NUMBER: &[&str] = &["nummer", "number", "numero", "num", "nr", "no", "n", "id"];

/// Who pays: the number behind is a customer's.
const CUSTOMERS: &[&str] = &["kunde", "kunden", "kund", "customer", "klant", "cliente"];

/// What has numbers of its own, and is no document of the ledger.
const THINGS: &[&str] = &["arende", "beleg", "case", "caso", "lid", "orden", "sag", "sak", "sku", "socio", "vara", "vare", "zak"];

/// The same, also at the end of longer words: "Webordre", "Mitgliedsnr".
const THINGS_OF_KINDS: &[&str] = &[
    "artikel",
    "articulo",
    "auftrag",
    "bestallning",
    "bestel",
    "bestell",
    "bestelling",
    "bestellung",
    "bestilling",
    "biljett",
    "billet",
    "billett",
    "boking",
    "bokning",
    "booking",
    "buchung",
    "gavekort",
    "gutschein",
    "kvittering",
    "kvitto",
    "medlem",
    "member",
    "miembro",
    "mitglied",
    "order",
    "ordre",
    "pedido",
    "presentkort",
    "quittung",
    "receipt",
    "recibo",
    "shopify",
    "ticket",
    "vorgang",
    "voucher",
];
