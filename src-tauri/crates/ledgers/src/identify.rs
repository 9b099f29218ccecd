//! Whether a party is a customer that the ledger has. Pure; what it finds, a person sees.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Blocked, Party};

/// A customer of the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub id: String,
    pub number: String,
    pub party: Party,
    pub blocked: Blocked,
}

/// What one candidate has in common with the party, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    VatNumber,
    LedgerNumber,
    Ean,
    /// A mailbox of a person, not a shared one. Not enough alone.
    Email,
    /// Name and postcode, company forms and spellings folded. Not enough alone.
    NameAndPostcode,
    /// The same shared mailbox (`accounts@…`) of a customer with that name and postcode. No identity without them.
    SharedMailbox,
    /// The same name but for its company form. Never enough; reason enough not to create another,
    /// unless it is a person's, who lives elsewhere.
    Name,
    /// Against it: both have a VAT number, and not the same one.
    OtherVatNumber,
}

/// What may identify a customer. In this order by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentifyBy {
    VatNumber,
    LedgerNumber,
    Ean,
    /// Both; one alone is never enough.
    EmailAndName,
}

impl IdentifyBy {
    pub const ALL: [Self; 4] = [Self::VatNumber, Self::LedgerNumber, Self::Ean, Self::EmailAndName];

    fn holds(self, evidence: &BTreeSet<Evidence>) -> bool {
        let has = |one: Evidence| evidence.contains(&one);
        match self {
            Self::VatNumber => has(Evidence::VatNumber),
            Self::LedgerNumber => has(Evidence::LedgerNumber),
            Self::Ean => has(Evidence::Ean),
            Self::EmailAndName => (has(Evidence::Email) || has(Evidence::SharedMailbox)) && has(Evidence::NameAndPostcode),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identified {
    /// Exactly one, on evidence that suffices.
    One { id: String, evidence: BTreeSet<Evidence> },
    /// A person chooses: several, or one on too little.
    Unclear(BTreeMap<String, BTreeSet<Evidence>>),
    /// Nothing in common with anybody: it may be created.
    Nobody,
}

/// Compares with every candidate, blocked ones too: a blocked customer is shown, not replaced.
pub fn identify(party: &Party, candidates: &[Candidate]) -> Identified {
    Register::new(candidates).identify(party)
}

/// The customers of a ledger, to be asked many times.
pub struct Register {
    customers: Vec<(String, Traits)>,
    by_trait: BTreeMap<Trait, Vec<usize>>,
}

/// One thing that parties may have in common.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Trait {
    Vat(String),
    Number(String),
    Ean(String),
    Email(String),
    Name(String),
}

impl Register {
    pub fn new(candidates: &[Candidate]) -> Self {
        let own = |candidate: &Candidate| Traits { number: candidate.number.trim().to_uppercase(), ..Traits::of(&candidate.party) };
        let customers: Vec<_> = candidates.iter().map(|candidate| (candidate.id.clone(), own(candidate))).collect();
        let mut by_trait: BTreeMap<Trait, Vec<usize>> = BTreeMap::new();
        for (index, (_, traits)) in customers.iter().enumerate() {
            for one in traits.each() {
                by_trait.entry(one).or_default().push(index);
            }
        }
        Self { customers, by_trait }
    }

    pub fn identify(&self, party: &Party) -> Identified {
        self.identify_by(party, &IdentifyBy::ALL)
    }

    /// By these means alone, the first of them that anybody fits. Whoever has anything else in common waits for a person.
    pub fn identify_by(&self, party: &Party, order: &[IdentifyBy]) -> Identified {
        decide(self.alike(party), order)
    }

    /// Every customer that has anything in common with the party, and what.
    pub fn alike(&self, party: &Party) -> BTreeMap<String, BTreeSet<Evidence>> {
        let sought = Traits::of(party);
        let alike: BTreeSet<usize> = sought.each().filter_map(|one| self.by_trait.get(&one)).flatten().copied().collect();
        let known = alike.into_iter().filter_map(|index| self.customers.get(index));
        known.map(|(id, traits)| (id.clone(), sought.shared_with(traits))).filter(|(_, evidence)| !evidence.is_empty()).collect()
    }
}

/// The strongest kind of evidence decides; only candidates that have it compete.
fn decide(found: BTreeMap<String, BTreeSet<Evidence>>, order: &[IdentifyBy]) -> Identified {
    for by in order {
        let holders: Vec<_> = found.iter().filter(|(_, evidence)| by.holds(evidence)).collect();
        match holders.as_slice() {
            [] => {}
            [(id, evidence)] if !evidence.contains(&Evidence::OtherVatNumber) => {
                return Identified::One { id: (*id).clone(), evidence: (*evidence).clone() };
            }
            // Several of one household: all that is alike is shown.
            _ if *by == IdentifyBy::EmailAndName => break,
            several => return Identified::Unclear(several.iter().map(|(id, evidence)| ((*id).clone(), (*evidence).clone())).collect()),
        }
    }
    if found.is_empty() { Identified::Nobody } else { Identified::Unclear(found) }
}

/// What identifies a party, in comparable form.
struct Traits {
    vat: Option<String>,
    ean: Option<String>,
    /// The customer's number in the ledger; of a party from elsewhere, the one it names.
    number: String,
    emails: BTreeSet<String>,
    shared_mailboxes: BTreeSet<String>,
    name: String,
    postcode: String,
    person: bool,
}

impl Traits {
    fn of(party: &Party) -> Self {
        let (shared_mailboxes, emails) = party.emails.iter().flat_map(|text| emails(text)).partition(|email| is_shared_mailbox(email));
        Self {
            vat: vat_number(&party.vat_number, &party.country),
            ean: ean(&party.ean),
            number: party.ledger_number.trim().to_uppercase(),
            emails,
            shared_mailboxes,
            name: folded_name(&party.name),
            person: party.person,
            postcode: party.postcode.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase(),
        }
    }

    fn each(&self) -> impl Iterator<Item = Trait> + '_ {
        let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let single = [
            self.vat.clone().map(Trait::Vat),
            text(&self.number).map(Trait::Number),
            self.ean.clone().map(Trait::Ean),
            text(&self.name).map(Trait::Name),
        ];
        single.into_iter().flatten().chain(self.emails.iter().cloned().map(Trait::Email))
    }

    fn shared_with(&self, other: &Self) -> BTreeSet<Evidence> {
        let same = |a: &Option<String>, b: &Option<String>| a.is_some() && a == b;
        // Two different VAT numbers are two businesses, whatever else they share.
        let vat_differs = self.vat.is_some() && other.vat.is_some() && self.vat != other.vat;
        let same_name = !self.name.is_empty() && self.name == other.name;
        let same_place = same_name && !self.postcode.is_empty() && self.postcode == other.postcode;
        let elsewhere = !self.postcode.is_empty() && !other.postcode.is_empty() && self.postcode != other.postcode;
        let tests = [
            (Evidence::VatNumber, same(&self.vat, &other.vat)),
            (Evidence::LedgerNumber, !self.number.is_empty() && self.number == other.number),
            (Evidence::Ean, same(&self.ean, &other.ean)),
            (Evidence::Email, !vat_differs && !self.emails.is_disjoint(&other.emails)),
            (Evidence::NameAndPostcode, !vat_differs && same_place),
            (Evidence::SharedMailbox, !vat_differs && same_place && !self.shared_mailboxes.is_disjoint(&other.shared_mailboxes)),
            (Evidence::Name, !vat_differs && same_name && !(self.person && elsewhere)),
        ];
        let mut shared: BTreeSet<Evidence> = tests.into_iter().filter_map(|(evidence, holds)| holds.then_some(evidence)).collect();
        if vat_differs && !shared.is_empty() {
            shared.insert(Evidence::OtherVatNumber);
        }
        shared
    }
}

/// A Danish business number: eight digits, Σ digit × weight divisible by 11
/// (docs: Erhvervsstyrelsen, "Modulus 11").
pub fn cvr(text: &str) -> Option<String> {
    const WEIGHTS: [u32; 8] = [2, 7, 6, 5, 4, 3, 2, 1];
    let bare = bare(text);
    let digits = bare.strip_prefix("DK").unwrap_or(&bare);
    let sum = weighted(digits, &WEIGHTS)?;
    (sum % 11 == 0 && !digits.starts_with('0')).then(|| digits.to_owned())
}

/// A VAT number with its country before it. Danish ones are checked; a number without
/// a prefix belongs to `country`.
pub fn vat_number(text: &str, country: &str) -> Option<String> {
    let bare = bare(text);
    let prefix: String = bare.chars().take_while(char::is_ascii_alphabetic).collect();
    let country = country.trim().to_uppercase();
    let (home, number) = match prefix.len() {
        2.. => (prefix.get(..2)?.to_owned(), bare.get(2..)?.to_owned()),
        _ => (country, bare),
    };
    match home.as_str() {
        "DK" => cvr(&number).map(|number| format!("DK{number}")),
        // Greece writes EL.
        "GR" | "EL" => known("EL", &number),
        home if home.len() == 2 => known(home, &number),
        _ => None,
    }
}

fn known(home: &str, number: &str) -> Option<String> {
    const SHORTEST: usize = 5;
    (number.len() >= SHORTEST && number.chars().any(|c| c.is_ascii_digit())).then(|| format!("{home}{number}"))
}

/// A GLN or EAN: thirteen digits with their check digit (GS1: weights 1 and 3 in turn).
pub fn ean(text: &str) -> Option<String> {
    const WEIGHTS: [u32; 13] = [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1];
    let digits = bare(text);
    (weighted(&digits, &WEIGHTS)? % 10 == 0).then_some(digits)
}

fn weighted(digits: &str, weights: &[u32]) -> Option<u32> {
    let digits: Vec<u32> = digits.chars().map(|c| c.to_digit(10)).collect::<Option<_>>()?;
    (digits.len() == weights.len() && digits.iter().any(|digit| *digit > 0)).then(|| digits.iter().zip(weights).map(|(a, b)| a * b).sum())
}

/// Letters and digits, upper case.
fn bare(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase()
}

/// All addresses of a field that holds several, in one case.
pub fn emails(text: &str) -> BTreeSet<String> {
    text.split([';', ',', ' ', '\t', '\n']).map(|part| part.trim().to_lowercase()).filter(|part| is_address(part)).collect()
}

fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !host.contains('@'))
}

/// Mail boxes that many write from, and those of invoice scanners: no identity.
pub fn is_shared_mailbox(email: &str) -> bool {
    const USERS: [&str; 28] = [
        "accounting",
        "accounts",
        "admin",
        "ap",
        "billing",
        "bogholderi",
        "bookkeeping",
        "buchhaltung",
        "contact",
        "faktura",
        "finance",
        "hello",
        "hej",
        "info",
        "invoice",
        "invoices",
        "kontakt",
        "kontor",
        "kreditor",
        "mail",
        "noreply",
        "no-reply",
        "office",
        "post",
        "rechnung",
        "regnskab",
        "salg",
        "sales",
    ];
    let user = email.split('@').next().unwrap_or_default().trim().to_lowercase();
    let user = user.split('+').next().unwrap_or_default();
    USERS.contains(&user)
}

/// A name without case, accents, punctuation, company form and the blanks between.
pub fn folded_name(name: &str) -> String {
    const FORMS: [&str; 30] = [
        "ab", "ag", "aps", "as", "asa", "amba", "bv", "co", "corp", "eurl", "gbr", "gmbh", "inc", "is", "ivs", "kg", "ks", "limited", "llc", "llp",
        "ltd", "nv", "oy", "oyj", "plc", "sa", "sarl", "sl", "spa", "srl",
    ];
    let words = letters(name);
    let mut words: Vec<&str> = words.split(' ').filter(|word| !word.is_empty() && *word != "og" && *word != "und" && *word != "and").collect();
    while words.len() > 1 && words.last().is_some_and(|word| FORMS.contains(word)) {
        words.pop();
    }
    words.concat()
}

fn letters(name: &str) -> String {
    let mut out = String::new();
    for c in name.to_lowercase().chars() {
        match c {
            // Inside a company form or a name: "A/S", "O'Brien".
            '.' | '/' | '\'' | '’' => {}
            'æ' | 'ä' => out.push_str("ae"),
            'ø' | 'ö' | 'œ' => out.push_str("oe"),
            'å' => out.push_str("aa"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            'á' | 'à' | 'â' | 'ã' => out.push('a'),
            'é' | 'è' | 'ê' | 'ë' => out.push('e'),
            'í' | 'ì' | 'î' | 'ï' => out.push('i'),
            'ó' | 'ò' | 'ô' | 'õ' => out.push('o'),
            'ú' | 'ù' | 'û' => out.push('u'),
            'ç' => out.push('c'),
            'ñ' => out.push('n'),
            'ł' => out.push('l'),
            c if c.is_alphanumeric() => out.push(c),
            _ => out.push(' '),
        }
    }
    out
}
