//! Who in the ledger is this payer? Candidates, what speaks for each, and the chance of each among them.

use crate::fold;
use crate::level::Level;
use crate::lookup::{Lookup, hash, join};
use crate::reading::nearly;
use crate::weights::Weights;
use crate::who::{self, Who, prefix_key, suffix_key};

/// Customers looked at under one key; a key with more tells nothing.
const MOST: usize = 40;
const MOST_BY_WORD: usize = 24;
/// Without its town a street is one of many of that name.
const MOST_BY_STREET: usize = 8;
/// So many customers of unlike names at one domain, and it is a mail provider's.
const UNRELATED: usize = 3;
/// Customers a payer is held against in the end.
const KEPT: usize = 6;
/// Words that share so much of their letters are one word in two spellings.
const ALIKE: f64 = 0.8;
/// A mail box of so many letters is seldom that of two people with one letter between them.
const LONG: usize = 6;
/// Odds this far behind the best do not count.
const BEHIND: f64 = 10.0;

/// A payer of Stripe: a customer, or the guests that give one address.
#[derive(Clone, Debug, Default)]
pub(crate) struct Payer {
    pub who: Who,
    pub guest: bool,
    /// The key of its customer of Stripe, or of what its payments write.
    pub key: u64,
    /// The key by which a learned rule knows it.
    pub taught: u64,
    pub votes: Votes,
}

/// The customers that a payer's payments point at: several name its invoices; one names one that it fits; several have
/// rare amounts of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Votes {
    pub named: Box<[u32]>,
    pub once: Box<[u32]>,
    pub amounts: Box<[u32]>,
}

impl Votes {
    pub fn all(&self) -> impl Iterator<Item = &u32> {
        self.named.iter().chain(&self.once).chain(&self.amounts)
    }
}

/// One customer that a payer may be.
#[derive(Clone, Debug)]
pub(crate) struct Likely {
    pub customer: u32,
    pub chance: f64,
    pub levels: Levels,
    pub score: f64,
}

pub(crate) type Levels = [Level; 10];

/// Whom a payer may be, best first, and the chance that it is nobody.
#[derive(Clone, Debug, Default)]
pub(crate) struct Whom {
    pub likely: Box<[Likely]>,
    pub nobody: f64,
}

impl Whom {
    pub fn first(&self) -> f64 {
        self.likely.first().map_or(0.0, |l| l.chance)
    }

    pub fn chance(&self, customer: u32) -> Option<f64> {
        self.likely.iter().find(|l| l.customer == customer).map(|l| l.chance)
    }

    /// A rule says that it is this one, with this chance.
    pub fn teach(&mut self, one: Likely, chance: f64) {
        let others = self.likely.iter().filter(|l| l.customer != one.customer).map(|l| Likely { chance: l.chance * (1.0 - chance), ..l.clone() });
        self.likely = std::iter::once(Likely { chance, ..one.clone() }).chain(others).collect();
        self.nobody *= 1.0 - chance;
    }

    /// Those that payments see.
    pub fn seen(&self) -> impl Iterator<Item = &Likely> {
        self.likely.iter().filter(|l| l.chance >= SEEN)
    }

    /// Do payments see the same in both? They tell chances apart only by these steps.
    pub fn looks_like(&self, other: &Self) -> bool {
        let step = |chance: f64| STEPS.partition_point(|from| *from <= chance);
        let same = |(a, b): (&Likely, &Likely)| a.customer == b.customer && step(a.chance) == step(b.chance);
        self.seen().count() == other.seen().count() && step(self.nobody) == step(other.nobody) && self.seen().zip(other.seen()).all(same)
    }
}

/// Payments look at the documents of customers that are at least this likely.
pub(crate) const SEEN: f64 = 0.003;
/// Chances of payers at which something is decided.
pub(crate) const STEPS: [f64; 13] = [0.0005, 0.003, 0.01, 0.1, 0.3, 0.4, 0.5, 0.7, 0.9, 0.95, 0.97, 0.99, 0.995];

/// The ledger's customers, found by whatever a payer shares with them.
#[derive(Debug, Default)]
pub(crate) struct Customers {
    pub whos: Vec<Who>,
    /// Their order, whatever their positions.
    ranks: Vec<u64>,
    by_name: Lookup,
    by_mail: Lookup,
    by_sign: Lookup,
}

impl Customers {
    pub fn new(whos: Vec<Who>, ranks: Vec<u64>) -> Self {
        let each = || whos.iter().enumerate().map(|(i, w)| (w, i as u32));
        let by_name = Lookup::new(each().flat_map(|(w, i)| w.name_keys().map(move |(k, _)| (k, i))));
        let by_mail = Lookup::new(each().flat_map(|(w, i)| w.mail_keys().map(move |k| (k, i))));
        let by_sign = Lookup::new(each().flat_map(|(w, i)| signs(w).map(move |(k, _)| (k, i))));
        Self { whos, ranks, by_name, by_mail, by_sign }
    }

    pub fn rank(&self, customer: u32) -> (u64, u32) {
        (self.ranks[customer as usize], customer)
    }

    /// Puts another party in a place, or in a new one behind all.
    pub fn put(&mut self, customer: u32, who: Who, rank: u64) {
        let at = customer as usize;
        if at == self.whos.len() {
            self.whos.push(Who::default());
            self.ranks.push(rank);
        }
        self.ranks[at] = rank;
        let old = std::mem::replace(&mut self.whos[at], who);
        let new = &self.whos[at];
        old.name_keys().for_each(|(key, _)| self.by_name.remove(key, customer));
        old.mail_keys().for_each(|key| self.by_mail.remove(key, customer));
        signs(&old).for_each(|(key, _)| self.by_sign.remove(key, customer));
        new.name_keys().for_each(|(key, _)| self.by_name.add(key, customer));
        new.mail_keys().for_each(|key| self.by_mail.add(key, customer));
        signs(new).for_each(|(key, _)| self.by_sign.add(key, customer));
    }

    /// The keys under which `who` is found as a customer, as payers ask for them ([`asked`]): those that tell something, and
    /// those that would with one customer fewer.
    pub fn telling(&self, who: &Who) -> [Vec<u64>; 2] {
        let mut telling = [Vec::new(), Vec::new()];
        let mut add = |index: &Lookup, key: u64, most: usize, asked: u64| match index.count(key) {
            _ if key == 0 => {}
            count if count <= most => telling[0].push(asked),
            count if count == most + 1 => telling[1].push(asked),
            _ => {}
        };
        // Whole names and ends are also asked for as the names of domains.
        who.name_keys().for_each(|(key, word)| add(&self.by_name, key, if word { MOST_BY_WORD } else { MOST }, join(key, 21)));
        who.mail_keys().for_each(|key| add(&self.by_mail, key, MOST, join(key, 22)));
        signs(who).for_each(|(key, most)| add(&self.by_sign, key, most, key));
        telling
    }

    /// Customers that bear nearly this name.
    pub fn named(&self, who: &Who) -> Vec<u32> {
        let mut found = Vec::new();
        for (key, word) in who.name_keys() {
            found.extend(self.by_name.few(key, if word { MOST_BY_WORD } else { MOST }));
        }
        found.sort_unstable_by_key(|&c| self.rank(c));
        found.dedup();
        found
    }

    pub fn numbered(&self, number: u64) -> impl Iterator<Item = u32> + '_ {
        self.by_sign.few(sign(5, number), 4)
    }

    /// The customers a payer may be, best first, and the chance that it is none of them.
    pub fn likely(&self, payer: &Payer, weights: &Weights) -> Whom {
        let mut found: Vec<Likely> = self.candidates(payer).into_iter().map(|c| self.judge(payer, c, weights)).collect();
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then(self.rank(a.customer).cmp(&self.rank(b.customer))));
        let nobody = nobody(payer, weights);
        let top = found.first().map_or(nobody, |l| l.score.max(nobody));
        found.retain(|l| l.score > top - BEHIND);
        let sum: f64 = found.iter().map(|l| (l.score - top).exp()).sum::<f64>() + (nobody - top).exp();
        for likely in &mut found {
            likely.chance = (likely.score - top).exp() / sum;
        }
        found.truncate(KEPT);
        Whom { likely: found.into(), nobody: (nobody - top).exp() / sum }
    }

    /// Does it matter to a payer that may be `whom` whether a customer is `who`? Not if others are far likelier.
    pub fn counts(&self, payer: &Payer, whom: &Whom, customer: u32, who: &Who, weights: &Weights) -> bool {
        let top = whom.likely.iter().map(|l| l.score).fold(nobody(payer, weights), f64::max);
        self.judge_as(payer, customer, who, weights).score > top - BEHIND
    }

    pub fn candidates(&self, payer: &Payer) -> Vec<u32> {
        let who = &payer.who;
        let mut found = self.named(who);
        for mail in &who.mails {
            take(&self.by_mail, mail.hash, &mut found);
            take(&self.by_mail, mail.domain_hash, &mut found);
            if let Some(domain) = &mail.domain {
                take(&self.by_name, prefix_key(&domain.letters), &mut found);
                take(&self.by_name, suffix_key(&domain.letters), &mut found);
            }
        }
        for (key, most) in signs(who) {
            found.extend(self.by_sign.few(key, most));
        }
        found.extend(payer.votes.all());
        found.sort_unstable();
        found.dedup();
        found
    }

    pub fn judge(&self, payer: &Payer, customer: u32, weights: &Weights) -> Likely {
        self.judge_as(payer, customer, &self.whos[customer as usize], weights)
    }

    /// The same if the customer were `who`.
    fn judge_as(&self, payer: &Payer, customer: u32, who: &Who, weights: &Weights) -> Likely {
        let Votes { named, once, amounts } = &payer.votes;
        let paid = match customer {
            c if named.contains(&c) => Level::PaidNamed,
            _ if !named.is_empty() => Level::PaidNamedOthers,
            c if once.contains(&c) => Level::PaidNamedOnce,
            c if amounts.contains(&c) => Level::PaidAmounts,
            _ if !once.is_empty() || !amounts.is_empty() => Level::PaidAmountsOthers,
            _ => Level::PaidNothing,
        };
        let own = &payer.who;
        let levels = [
            name(own, who),
            self.mail(own, who),
            vat(own, who),
            match (&own.phone, &who.phone) {
                (Some(a), Some(b)) if a.is(b) => Level::PhoneEqual,
                (Some(_), Some(_)) => Level::PhoneOther,
                _ => Level::PhoneMissing,
            },
            of(own.postcode, who.postcode, [Level::PostcodeEqual, Level::PostcodeOther, Level::PostcodeMissing]),
            of(own.street, who.street, [Level::StreetEqual, Level::StreetOther, Level::StreetMissing]),
            of(own.city, who.city, [Level::CityEqual, Level::CityOther, Level::CityMissing]),
            of(own.country, who.country, [Level::CountryEqual, Level::CountryOther, Level::CountryMissing]),
            of(own.number, who.number, [Level::NumberEqual, Level::NumberOther, Level::NumberMissing]),
            paid,
        ];
        let score = levels.iter().map(|l| weights.of(*l)).sum();
        Likely { customer, chance: 0.0, levels, score }
    }

    fn mail(&self, a: &Who, b: &Who) -> Level {
        if a.mails.is_empty() || b.mails.is_empty() {
            return Level::MailMissing;
        }
        let both = a.mails.iter().flat_map(|x| b.mails.iter().map(move |y| (x, y)));
        both.map(|(x, y)| one_mail(x, y, b, |domain| self.is_provider(domain))).min().unwrap_or(Level::MailOther)
    }

    /// Is a domain that of several customers who have nothing else in common?
    pub fn is_provider(&self, domain: u64) -> bool {
        match self.by_mail.count(domain) {
            few if few < UNRELATED => return false,
            many if many > MOST => return true,
            _ => {}
        }
        let mut at_it: Vec<u32> = self.by_mail.few(domain, MOST).collect();
        at_it.sort_unstable_by_key(|&c| self.rank(c));
        let mut unrelated: Vec<u32> = Vec::new();
        let unlike = |a: u32, b: u32| name(&self.whos[a as usize], &self.whos[b as usize]) == Level::NameOther;
        for customer in at_it {
            if unrelated.iter().all(|&other| unlike(customer, other)) {
                unrelated.push(customer);
            }
        }
        unrelated.len() >= UNRELATED
    }
}

/// How likely it is that a payer is no customer at all.
fn nobody(payer: &Payer, weights: &Weights) -> f64 {
    weights.of(Level::Nobody) + if payer.guest { weights.of(Level::NobodyGuest) } else { 0.0 }
}

fn take(index: &Lookup, key: u64, found: &mut Vec<u32>) {
    found.extend(index.few(key, MOST));
}

/// What a payer asks for: names, mails and signs, each in a space of its own.
pub(crate) fn asked(who: &Who) -> impl Iterator<Item = u64> + '_ {
    let names = who.name_keys().map(|(key, _)| key);
    let domains = who.mails.iter().filter_map(|m| m.domain.as_ref()).flat_map(|d| [prefix_key(&d.letters), suffix_key(&d.letters)]);
    named(names.chain(domains)).chain(who.mail_keys().map(|key| join(key, 22))).chain(signs(who).map(|(key, _)| key)).filter(|key| *key != 0)
}

/// As a payer asks for the domain of its address.
pub(crate) fn asked_domain(domain: u64) -> u64 {
    join(domain, 22)
}

fn named(names: impl Iterator<Item = u64>) -> impl Iterator<Item = u64> {
    names.filter(|key| *key != 0).map(|key| join(key, 21))
}

/// What marks a party beside name and mail, each kind in a space of its own; and how many may share it before it tells
/// nothing.
fn signs(who: &Who) -> impl Iterator<Item = (u64, usize)> {
    let vat = who.vat.as_ref().map_or(0, |vat| hash(&vat.number));
    let phone = who.phone.as_ref().map_or(0, |phone| hash(&phone.digits));
    let place = if who.street == 0 { 0 } else { join(who.street, who.postcode.max(1)) };
    let others = [(1, vat), (2, who.ean), (3, phone), (5, who.number), (6, place)].map(|(kind, key)| (sign(kind, key), MOST));
    others.into_iter().chain([(sign(4, who.street), MOST_BY_STREET)])
}

fn sign(kind: u64, key: u64) -> u64 {
    if key == 0 { 0 } else { join(key, kind) }
}

fn vat(a: &Who, b: &Who) -> Level {
    match (&a.vat, &b.vat) {
        _ if a.ean != 0 && a.ean == b.ean => Level::VatEqual,
        (Some(a), Some(b)) if a.is(b) => Level::VatEqual,
        (Some(a), Some(b)) if nearly(&a.number, &b.number) => Level::VatNear,
        (Some(_), Some(_)) => Level::VatOther,
        _ => Level::VatMissing,
    }
}

fn of(a: u64, b: u64, [equal, other, missing]: [Level; 3]) -> Level {
    match (a, b) {
        (0, _) | (_, 0) => missing,
        (a, b) if a == b => equal,
        _ => other,
    }
}

/// Do words name a customer?
pub(crate) fn alike(said: &Who, customer: &Who) -> bool {
    name(said, customer) <= Level::NameAlike85
}

pub(crate) fn name(a: &Who, b: &Who) -> Level {
    if a.full == 0 || b.full == 0 {
        return Level::NameMissing;
    }
    if a.full == b.full {
        return Level::NameEqual;
    }
    if a.letters == b.letters || a.sorted == b.sorted {
        return if a.form != 0 && b.form != 0 && a.form != b.form { Level::NameOtherForm } else { Level::NameNoForm };
    }
    let apart = || if a.words.iter().any(|w| b.words.contains(w)) { Level::NameShared } else { Level::NameOther };
    match a.pairs.likeness(&b.pairs, 0.55) {
        Some(_) if have_words_apart(&a.plain, &b.plain) => apart(),
        Some(0.93..) => Level::NameAlike95,
        Some(0.82..) => Level::NameAlike85,
        Some(0.7..) => Level::NameAlike75,
        Some(_) => Level::NameAlike60,
        None => apart(),
    }
}

/// Has each of two names a word of its own that is none of the other's in another spelling? Two firstnames with one
/// surname, or two numbers of one street, are two parties however many letters they share.
pub(crate) fn have_words_apart(a: &str, b: &str) -> bool {
    let own = |of: &str, other: &str| of.split(' ').filter(|word| !other.split(' ').any(|theirs| theirs == *word)).collect::<String>();
    let (a, b) = (own(a, b), own(b, a));
    if a.is_empty() || b.is_empty() || a == b {
        return false;
    }
    let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    // A slip, an initial or a word cut off, another spelling.
    let spelt = nearly(&a, &b) || long.starts_with(short.as_str()) || who::Pairs::new(&a).likeness(&who::Pairs::new(&b), ALIKE).is_some();
    !spelt || !digits(&a).is_empty() && !digits(&b).is_empty()
}

fn one_mail(x: &who::Mail, y: &who::Mail, ledger: &Who, is_provider: impl Fn(u64) -> bool) -> Level {
    if x.hash == y.hash {
        return Level::MailEqual;
    }
    if is_slip(&x.whole, &y.whole) {
        return Level::MailNear;
    }
    if x.domain_hash != 0 && x.domain_hash == y.domain_hash {
        return if is_provider(x.domain_hash) { Level::MailOther } else { Level::MailDomain };
    }
    match (&x.domain, &y.domain) {
        (Some(a), Some(b)) if a.letters == b.letters || nearly(&a.letters, &b.letters) && digits(&a.letters) == digits(&b.letters) => {
            Level::MailDomainNear
        }
        (Some(a), _) if a.pairs.likeness(&ledger.pairs, 0.75).is_some() => Level::MailLikeName,
        (None, _) if x.mailbox.likeness(&ledger.pairs, 0.75).is_some() => Level::MailLikeName,
        _ => Level::MailOther,
    }
}

/// One letter wrong, missing or too many in an address of one person. Numbers and short mail boxes tell people apart, and one
/// box at two domains is that of two companies if many companies have such a box.
fn is_slip(a: &str, b: &str) -> bool {
    let [of_a, of_b] = [a, b].map(|whole| whole.split('@').next().unwrap_or_default());
    nearly(a, b) && of_a.len().min(of_b.len()) >= LONG && digits(a) == digits(b) && !(of_a == of_b && fold::shared_mailbox(a))
}

fn digits(text: &str) -> Vec<u8> {
    text.bytes().filter(u8::is_ascii_digit).collect()
}
