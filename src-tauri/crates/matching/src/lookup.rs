//! Finding rows by a key: hashes of text, and sorted lists of (key, position). Order never depends on the run.

use std::collections::BTreeSet;

/// A hash of text; never 0, which stands for "nothing".
pub(crate) fn hash(text: &str) -> u64 {
    hash_bytes(text.as_bytes())
}

pub(crate) fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut h: u64 = 0xcbf2_9ce4_8422_2325;
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        h = (h.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
    mix(h ^ bytes.len() as u64).max(1)
}

/// Two keys as one.
pub(crate) fn join(a: u64, b: u64) -> u64 {
    mix(a.rotate_left(17) ^ b.wrapping_mul(0x9e37_79b9_7f4a_7c15)).max(1)
}

fn mix(mut h: u64) -> u64 {
    h ^= h >> 32;
    h = h.wrapping_mul(0xd6e8_feb8_6659_fd93);
    h ^ (h >> 32)
}

/// Positions by key. Most are sorted once; what changes later lies beside.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lookup {
    entries: Vec<(u64, u32)>,
    /// Where the entries with each leading bits of the key begin.
    starts: Vec<u32>,
    shift: u32,
    added: BTreeSet<(u64, u32)>,
    gone: BTreeSet<(u64, u32)>,
}

impl Lookup {
    pub fn new(entries: impl Iterator<Item = (u64, u32)>) -> Self {
        let mut entries: Vec<(u64, u32)> = entries.filter(|(key, _)| *key != 0).collect();
        entries.sort_unstable();
        entries.dedup();
        let bits = (usize::BITS - (entries.len() / 2).leading_zeros()).max(1);
        let shift = 64 - bits;
        let mut starts = Vec::with_capacity((1 << bits) + 1);
        let mut at = 0;
        for bucket in 0..=(1_u64 << bits) {
            while at < entries.len() && (entries[at].0 >> shift) < bucket {
                at += 1;
            }
            starts.push(at as u32);
        }
        Self { entries, starts, shift, ..Self::default() }
    }

    pub fn add(&mut self, key: u64, at: u32) {
        if key != 0 && !self.gone.remove(&(key, at)) && self.sorted(key).binary_search(&(key, at)).is_err() {
            self.added.insert((key, at));
        }
    }

    pub fn remove(&mut self, key: u64, at: u32) {
        if !self.added.remove(&(key, at)) && self.sorted(key).binary_search(&(key, at)).is_ok() {
            self.gone.insert((key, at));
        }
    }

    /// All positions under a key.
    pub fn all(&self, key: u64) -> impl Iterator<Item = u32> + '_ {
        let added = if self.added.is_empty() || key == 0 { None } else { Some(self.added.range((key, 0)..=(key, u32::MAX))) };
        let kept = self.sorted(key).iter().filter(|e| self.gone.is_empty() || !self.gone.contains(e));
        kept.chain(added.into_iter().flatten()).map(|(_, at)| *at)
    }

    pub fn count(&self, key: u64) -> usize {
        if self.gone.is_empty() && self.added.is_empty() { self.sorted(key).len() } else { self.all(key).count() }
    }

    /// The positions under a key, or none if there are more than `most`: then the key tells nothing.
    pub fn few(&self, key: u64, most: usize) -> impl Iterator<Item = u32> + '_ {
        let key = if self.count(key) <= most { key } else { 0 };
        self.all(key)
    }

    fn sorted(&self, key: u64) -> &[(u64, u32)] {
        if key == 0 || self.entries.is_empty() {
            return &[];
        }
        let bucket = (key >> self.shift) as usize;
        let bucket = &self.entries[self.starts[bucket] as usize..self.starts[bucket + 1] as usize];
        let from = bucket.partition_point(|(k, _)| *k < key);
        let len = bucket[from..].iter().take_while(|(k, _)| *k == key).count();
        &bucket[from..from + len]
    }
}
