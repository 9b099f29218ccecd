//! Invented books with their truth, from a seed: what a year of payments to a small company looks like.
//!
//! Three profiles: `easy` names nearly every invoice, `medium` two of three, `hard` one of eight. All have series of equal
//! invoices, sums, parts, other currencies, refunds, renamed and twin customers, strangers who look like customers, and
//! numbers that mean something else.
//! Same seed, same book; the files have the formats of [`crate::csv_match`].

mod book;
mod lookalikes;
mod papers;
mod parties;
mod pays;
mod words;

use std::fmt::Write;

pub use book::Files;
pub use papers::{Papers, papers};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    Easy,
    Medium,
    Hard,
}

impl Profile {
    pub const ALL: [Profile; 3] = [Profile::Easy, Profile::Medium, Profile::Hard];

    pub fn name(self) -> &'static str {
        match self {
            Profile::Easy => "easy",
            Profile::Medium => "medium",
            Profile::Hard => "hard",
        }
    }
}

/// How often what goes wrong. Shares of payments, unless said otherwise.
struct Rates {
    /// Of invoices: those of a series.
    series: f64,
    /// The number stands in metadata; it is an old one.
    meta: f64,
    stale: f64,
    /// The number stands in the text; and is misspelt there.
    text: f64,
    slip: f64,
    guest: f64,
    third: f64,
    multi: f64,
    part: f64,
    split: f64,
    over: f64,
    under: f64,
    foreign: f64,
    swap: f64,
    /// Of customers: those that always pay late what they subscribe to.
    late: f64,
    stray: f64,
    failed: f64,
    twice: f64,
    refund: f64,
    unpaid: f64,
    /// Of Stripe customers and guests: how much of a party is written otherwise or left out.
    noise: f64,
    meta_number: f64,
    vat: f64,
}

impl Profile {
    fn rates(self) -> Rates {
        match self {
            Profile::Easy => Rates {
                series: 0.30,
                meta: 0.94,
                stale: 0.075,
                text: 0.72,
                slip: 0.001,
                guest: 0.055,
                third: 0.004,
                multi: 0.017,
                part: 0.013,
                split: 0.013,
                over: 0.008,
                under: 0.006,
                foreign: 0.012,
                swap: 0.022,
                late: 0.15,
                stray: 0.017,
                failed: 0.01,
                twice: 0.0015,
                refund: 0.017,
                unpaid: 0.092,
                noise: 0.12,
                meta_number: 0.53,
                vat: 0.50,
            },
            Profile::Medium => Rates {
                series: 0.50,
                meta: 0.19,
                stale: 0.075,
                text: 0.585,
                slip: 0.055,
                guest: 0.165,
                third: 0.032,
                multi: 0.054,
                part: 0.046,
                split: 0.027,
                over: 0.022,
                under: 0.024,
                foreign: 0.048,
                swap: 0.08,
                late: 0.15,
                stray: 0.045,
                failed: 0.022,
                twice: 0.005,
                refund: 0.031,
                unpaid: 0.103,
                noise: 0.42,
                meta_number: 0.14,
                vat: 0.28,
            },
            Profile::Hard => Rates {
                series: 0.75,
                meta: 0.0,
                stale: 0.0,
                text: 0.155,
                slip: 0.22,
                guest: 0.31,
                third: 0.075,
                multi: 0.075,
                part: 0.043,
                split: 0.043,
                over: 0.019,
                under: 0.05,
                foreign: 0.09,
                swap: 0.12,
                late: 0.15,
                stray: 0.09,
                failed: 0.03,
                twice: 0.005,
                refund: 0.033,
                unpaid: 0.163,
                noise: 0.7,
                meta_number: 0.0,
                vat: 0.045,
            },
        }
    }
}

/// A book of about `invoices` invoices.
pub fn book(profile: Profile, invoices: usize, seed: u64) -> Files {
    book_of(&profile.rates(), profile, invoices, seed)
}

/// What people do, which they may do more or less often elsewhere.
pub struct Habit {
    pub name: &'static str,
    rate: fn(&mut Rates) -> &mut f64,
}

pub const HABITS: [Habit; 13] = [
    Habit { name: "subscriptions", rate: |r| &mut r.series },
    Habit { name: "paid out of order", rate: |r| &mut r.swap },
    Habit { name: "always late", rate: |r| &mut r.late },
    Habit { name: "one for several", rate: |r| &mut r.multi },
    Habit { name: "instalments", rate: |r| &mut r.split },
    Habit { name: "parts", rate: |r| &mut r.part },
    Habit { name: "somebody else pays", rate: |r| &mut r.third },
    Habit { name: "guests", rate: |r| &mut r.guest },
    Habit { name: "parties otherwise written", rate: |r| &mut r.noise },
    Habit { name: "numbers in words", rate: |r| &mut r.text },
    Habit { name: "numbers misspelt", rate: |r| &mut r.slip },
    Habit { name: "strays", rate: |r| &mut r.stray },
    Habit { name: "unpaid", rate: |r| &mut r.unpaid },
];

/// The same where people do something `times` as often.
pub fn book_with(habit: &Habit, times: f64, profile: Profile, invoices: usize, seed: u64) -> Files {
    let mut rates = profile.rates();
    let rate = (habit.rate)(&mut rates);
    *rate = (*rate * times).min(0.95);
    book_of(&rates, profile, invoices, seed)
}

fn book_of(rates: &Rates, profile: Profile, invoices: usize, seed: u64) -> Files {
    let mut dice = Dice::new(seed ^ ((profile as u64 + 1) << 32));
    let mut made = book::Made::new(&mut dice, rates, invoices);
    pays::pay(&mut made, &mut dice, rates);
    lookalikes::pay(&mut made, &mut dice);
    made.files()
}

/// A small generator of numbers (splitmix64): the same everywhere.
pub(crate) struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1).max(1) as u64) as i64
    }

    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Roughly normal.
    pub fn normal(&mut self, mean: f64, spread: f64) -> f64 {
        mean + spread * ((0..12).map(|_| self.unit()).sum::<f64>() - 6.0)
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }

    pub fn id(&mut self, prefix: &str) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut id = prefix.to_owned();
        for _ in 0..14 {
            id.push(char::from(*self.pick(LETTERS)));
        }
        id
    }
}

/// One line of CSV, quoted where it must be.
fn line(out: &mut String, cells: &[&str]) {
    for (i, cell) in cells.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        if cell.contains([',', '"', '\n']) {
            let _ = write!(out, "\"{}\"", cell.replace('"', "\"\""));
        } else {
            out.push_str(cell);
        }
    }
    out.push('\n');
}
