//! A party as it is compared: its name, addresses and numbers folded once.

use crate::fold;
use crate::lookup::{hash, hash_bytes, join};
use crate::row::Party;

/// Hashes are 0 where nothing is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Who {
    /// The folded name with its company form.
    pub full: u64,
    /// Its words without the form, in alphabetical order.
    pub sorted: u64,
    /// The letters of the name without form and blanks, and keys of its beginning and end.
    pub letters: u64,
    ends: [u64; 2],
    /// Its words without the form as they are folded, with blanks between, and the longer ones by themselves.
    pub plain: Box<str>,
    pub words: Box<[u64]>,
    /// The form, if one is written.
    pub form: u64,
    pub pairs: Pairs,
    pub mails: Box<[Mail]>,
    pub vat: Option<Box<fold::Vat>>,
    pub ean: u64,
    pub phone: Option<Box<fold::Phone>>,
    pub postcode: u64,
    pub city: u64,
    pub street: u64,
    pub country: u64,
    pub number: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mail {
    pub hash: u64,
    pub whole: Box<str>,
    /// The company's own domain without its ending, letters only.
    pub domain: Option<Box<Domain>>,
    /// If it has none, the letter pairs of the part before the @.
    pub mailbox: Pairs,
    pub domain_hash: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Domain {
    pub letters: Box<str>,
    pub pairs: Pairs,
}

impl Who {
    pub fn new(party: &Party) -> Self {
        let known = |value: &Option<String>, fold: fn(&str) -> String| {
            value.as_deref().and_then(fold::said).map(fold).filter(|v| !v.is_empty()).map_or(0, |v| hash(&v))
        };
        let mut who = fold::said(&party.name).map(Self::named).unwrap_or_default();
        who.mails = party.emails.iter().flat_map(|e| e.split([';', ' ', ','])).filter_map(Mail::new).collect();
        who.vat = party.vat.as_deref().and_then(fold::Vat::new).map(Box::new);
        who.ean = party.ean.as_deref().and_then(fold::ean).map_or(0, |ean| hash(&ean));
        who.phone = party.phone.as_deref().and_then(fold::Phone::new).map(Box::new);
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
        let (words, form) = fold::without_form(&full);
        let letters = words.concat();
        let mut sorted = words.clone();
        sorted.sort_unstable();
        Self {
            full: hash(&full),
            sorted: hash(&sorted.join(" ")),
            plain: words.join(" ").into(),
            words: words.iter().filter(|w| w.len() >= 3).map(|w| hash(w)).collect(),
            form: if form.is_empty() { 0 } else { hash(&form) },
            pairs: Pairs::new(&letters),
            ends: [prefix_key(&letters), suffix_key(&letters)],
            letters: hash(&letters),
            ..Self::default()
        }
    }

    /// The same, had it given its name and no more.
    pub fn name_alone(&self) -> Self {
        Self {
            full: self.full,
            sorted: self.sorted,
            letters: self.letters,
            ends: self.ends,
            plain: self.plain.clone(),
            words: self.words.clone(),
            form: self.form,
            pairs: self.pairs.clone(),
            ..Self::default()
        }
    }

    /// Its addresses and their domains; 0 for a domain that many share.
    pub fn mail_keys(&self) -> impl Iterator<Item = u64> + '_ {
        self.mails.iter().flat_map(|m| [m.hash, m.domain_hash]).filter(|key| *key != 0)
    }

    /// Keys under which parties with nearly this name are found: its beginning, its end, all its words; and each word alone,
    /// which tells less (`true`).
    pub fn name_keys(&self) -> impl Iterator<Item = (u64, bool)> + '_ {
        let [beginning, end] = self.ends;
        [beginning, end, self.sorted].into_iter().map(|k| (k, false)).chain(self.words.iter().map(|w| (w.rotate_left(7), true)))
    }
}

impl Mail {
    fn new(address: &str) -> Option<Self> {
        let whole = fold::address(address)?;
        let domain = fold::own_domain(&whole).map(|d| {
            let core = d.rsplit_once('.').map_or(d, |(core, _)| core);
            fold::letters(core).replace(' ', "")
        });
        let domain = domain.map(|d| d.trim_end_matches("co").to_owned()).filter(|d| d.len() >= 3);
        let domain = domain.map(|letters| Box::new(Domain { pairs: Pairs::new(&letters), letters: letters.into() }));
        let mailbox = match domain {
            Some(_) => Pairs::default(),
            None => Pairs::new(&fold::letters(whole.split('@').next().unwrap_or_default()).replace(' ', "")),
        };
        Some(Self { hash: hash(&whole), domain_hash: fold::own_domain(&whole).map_or(0, hash), domain, mailbox, whole: whole.into() })
    }
}

pub(crate) fn prefix_key(letters: &str) -> u64 {
    letters.get(..6).map_or(0, |p| join(hash_bytes(p.as_bytes()), 1))
}

pub(crate) fn suffix_key(letters: &str) -> u64 {
    letters.len().checked_sub(6).and_then(|from| letters.get(from..)).map_or(0, |s| join(hash_bytes(s.as_bytes()), 2))
}

/// The pairs of neighbouring bytes of a text, sorted; and as a set of marks, which tells quickly what has little in common.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Pairs {
    sorted: Box<[u16]>,
    marks: u64,
}

impl Pairs {
    pub fn new(letters: &str) -> Self {
        let mut sorted: Vec<u16> = letters.as_bytes().windows(2).map(|w| u16::from_be_bytes([w[0], w[1]])).collect();
        sorted.sort_unstable();
        let marks = sorted.iter().fold(0, |marks, pair| marks | 1 << (u32::from(*pair).wrapping_mul(0x9e37_79b9) >> 26));
        Self { sorted: sorted.into(), marks }
    }

    /// The share of common pairs (Dice), 0 to 1; or `None` if it is surely below `least`.
    pub fn likeness(&self, other: &Self, least: f64) -> Option<f64> {
        let (a, b) = (&self.sorted, &other.sorted);
        if a.is_empty() || b.is_empty() {
            return None;
        }
        let share = |common: usize| 2.0 * common as f64 / (a.len() + b.len()) as f64;
        // A pair whose mark the other side lacks is not common.
        let shared = |x: &Self, y: &Self| x.sorted.len() - (x.marks & !y.marks).count_ones() as usize;
        if share(shared(self, other).min(shared(other, self))) < least {
            return None;
        }
        let (mut i, mut j, mut common) = (0, 0, 0);
        while i < a.len() && j < b.len() {
            let (x, y) = (a[i], b[j]);
            common += usize::from(x == y);
            i += usize::from(x <= y);
            j += usize::from(y <= x);
        }
        Some(share(common)).filter(|likeness| *likeness >= least)
    }
}
