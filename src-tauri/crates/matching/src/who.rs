//! A party as it is compared: its name, addresses and numbers folded once.

use crate::fold;
use crate::lookup::{hash, hash_bytes};
use crate::row::Party;

/// Hashes are 0 where nothing is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Who {
    /// The folded name with its company form.
    pub full: u64,
    /// Its words without the form, in alphabetical order.
    pub sorted: u64,
    /// The letters of the name without form and blanks.
    pub letters: String,
    pub words: Vec<u64>,
    /// The form, if one is written.
    pub form: u64,
    pub pairs: Vec<u16>,
    pub mails: Vec<Mail>,
    pub vat: String,
    pub ean: u64,
    pub phone: u64,
    pub postcode: u64,
    pub city: u64,
    pub street: u64,
    pub country: u64,
    pub number: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub hash: u64,
    pub pairs: Vec<u16>,
    /// The letter pairs of the part before the @.
    pub mailbox: Vec<u16>,
    /// The company's own domain without its ending, letters only.
    pub domain: Option<String>,
    pub domain_hash: u64,
}

impl Who {
    pub fn new(party: &Party) -> Self {
        let known = |value: &Option<String>, fold: fn(&str) -> String| value.as_deref().map(fold).filter(|v| !v.is_empty()).map_or(0, |v| hash(&v));
        let mut who = Self::named(&party.name);
        who.mails = party.emails.iter().flat_map(|e| e.split([';', ' ', ','])).filter_map(Mail::new).collect();
        who.vat = party.vat.as_deref().map(fold::vat).unwrap_or_default();
        who.ean = known(&party.ean, fold::number);
        who.phone = known(&party.phone, fold::phone);
        who.postcode = known(&party.postcode, fold::number);
        who.city = known(&party.city, fold::letters);
        who.street = known(&party.street, fold::letters);
        who.country = known(&party.country, fold::number);
        who.number = known(&party.number, fold::number);
        who
    }

    /// A party of which only a name is known.
    pub fn named(name: &str) -> Self {
        let full = fold::letters(name);
        if full.is_empty() {
            return Self::default();
        }
        let (forms, mut words): (Vec<&str>, Vec<&str>) = full.split(' ').partition(|w| fold::is_form(w));
        if words.is_empty() {
            words = full.split(' ').collect();
        }
        let letters = words.concat();
        let mut sorted = words.clone();
        sorted.sort_unstable();
        Self {
            full: hash(&full),
            sorted: hash(&sorted.join(" ")),
            words: words.iter().filter(|w| w.len() >= 3).map(|w| hash(w)).collect(),
            form: if forms.is_empty() { 0 } else { hash(&forms.concat()) },
            pairs: pairs(&letters),
            letters,
            ..Self::default()
        }
    }

    /// Keys under which parties with nearly this name are found: its beginning, its end, all its words; and each word alone,
    /// which tells less (`true`).
    pub fn name_keys(&self) -> impl Iterator<Item = (u64, bool)> + '_ {
        let ends = [prefix_key(&self.letters), suffix_key(&self.letters), self.sorted];
        ends.into_iter().map(|k| (k, false)).chain(self.words.iter().map(|w| (w.rotate_left(7), true)))
    }
}

impl Mail {
    fn new(address: &str) -> Option<Self> {
        let whole = address.trim().to_lowercase();
        if whole.is_empty() {
            return None;
        }
        let domain = fold::own_domain(&whole).map(|d| {
            let core = d.rsplit_once('.').map_or(d, |(core, _)| core);
            fold::letters(core).replace(' ', "")
        });
        let domain = domain.map(|d| d.trim_end_matches("co").to_owned()).filter(|d| d.len() >= 3);
        Some(Self {
            hash: hash(&whole),
            domain_hash: fold::own_domain(&whole).map_or(0, hash),
            domain,
            mailbox: pairs(&fold::letters(whole.split('@').next().unwrap_or_default()).replace(' ', "")),
            pairs: pairs(&whole),
        })
    }
}

pub(crate) fn prefix_key(letters: &str) -> u64 {
    letters.get(..6).map_or(0, |p| hash_bytes(p.as_bytes()) ^ 1)
}

pub(crate) fn suffix_key(letters: &str) -> u64 {
    letters.len().checked_sub(6).and_then(|from| letters.get(from..)).map_or(0, |s| hash_bytes(s.as_bytes()) ^ 2)
}

/// The pairs of neighbouring bytes, sorted.
pub(crate) fn pairs(letters: &str) -> Vec<u16> {
    let mut pairs: Vec<u16> = letters.as_bytes().windows(2).map(|w| u16::from_be_bytes([w[0], w[1]])).collect();
    pairs.sort_unstable();
    pairs
}

/// The share of common pairs (Dice), 0 to 1.
pub(crate) fn likeness(a: &[u16], b: &[u16]) -> f64 {
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let (mut i, mut j, mut common) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, common) = (i + 1, j + 1, common + 1),
        }
    }
    2.0 * f64::from(common) / (a.len() + b.len()) as f64
}
