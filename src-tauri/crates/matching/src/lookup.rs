//! Finding rows by a key: hashes of text, and sorted lists of (key, position). Order never depends on the run.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

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

/// The first bytes as a number in the same order as the texts.
pub(crate) fn beginning(text: &str) -> u128 {
    let mut bytes = [0; 16];
    let len = text.len().min(bytes.len());
    bytes[..len].copy_from_slice(&text.as_bytes()[..len]);
    u128::from_be_bytes(bytes)
}

fn mix(mut h: u64) -> u64 {
    h ^= h >> 32;
    h = h.wrapping_mul(0xd6e8_feb8_6659_fd93);
    h ^ (h >> 32)
}

/// For words of our own, which nobody can choose so that they collide; and for keys that are hashes already.
pub(crate) type Quick = BuildHasherDefault<AsItIs>;

/// A map by keys that are hashes already.
pub(crate) type ByKey<T> = HashMap<u64, T, Quick>;

#[derive(Clone, Debug, Default)]
pub(crate) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = join(self.0, hash_bytes(bytes));
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Positions by key. Most are sorted once; what changes later lies beside.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lookup {
    /// By key: its bits behind those of its bucket, and the position.
    entries: Vec<u64>,
    /// Where the entries with each leading bits of the key begin.
    starts: Vec<u32>,
    /// How many leading bits choose the bucket.
    bits: u32,
    added: BTreeSet<(u64, u32)>,
    gone: BTreeSet<(u64, u32)>,
}

impl Lookup {
    pub fn new(entries: impl Iterator<Item = (u64, u32)>) -> Self {
        let unsorted: Vec<(u64, u32)> = entries.filter(|(key, _)| *key != 0).collect();
        let bits = (usize::BITS - (unsorted.len() / 2).leading_zeros()).clamp(1, 31);
        let mut starts = vec![0_u32; (1 << bits) + 1];
        for (key, _) in &unsorted {
            starts[bucket(*key, bits) + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let (mut entries, mut next) = (vec![0; unsorted.len()], starts.clone());
        for (key, at) in unsorted {
            let to = &mut next[bucket(key, bits)];
            entries[*to as usize] = packed(key, bits, at);
            *to += 1;
        }
        let (mut from, mut kept) = (0, 0);
        for start in &mut starts[1..] {
            let to = *start as usize;
            entries[from..to].sort_unstable();
            let first = kept;
            for at in from..to {
                if kept == first || entries[kept - 1] != entries[at] {
                    entries[kept] = entries[at];
                    kept += 1;
                }
            }
            (from, *start) = (to, kept as u32);
        }
        entries.truncate(kept);
        Self { entries, starts, bits, ..Self::default() }
    }

    pub fn add(&mut self, key: u64, at: u32) {
        if key != 0 && !self.gone.remove(&(key, at)) && !self.is_sorted_in(key, at) {
            self.added.insert((key, at));
        }
    }

    pub fn remove(&mut self, key: u64, at: u32) {
        if !self.added.remove(&(key, at)) && self.is_sorted_in(key, at) {
            self.gone.insert((key, at));
        }
    }

    /// All positions under a key, each once.
    pub fn all(&self, key: u64) -> impl Iterator<Item = u32> + '_ {
        self.live(key, self.sorted(key))
    }

    pub fn count(&self, key: u64) -> usize {
        self.counted(key, self.sorted(key))
    }

    fn counted(&self, key: u64, sorted: &[u64]) -> usize {
        sorted.len() + under(&self.added, key).count() - under(&self.gone, key).count()
    }

    /// The positions of each key that has more than one, as they were sorted in. Two keys alike in most bits count as one.
    pub fn shared(&self) -> impl Iterator<Item = Vec<u32>> + '_ {
        let buckets = self.starts.windows(2).map(|bounds| &self.entries[bounds[0] as usize..bounds[1] as usize]);
        let same = buckets.flat_map(|bucket| bucket.chunk_by(|a, b| a >> 32 == b >> 32));
        same.filter(|same| same.len() > 1).map(|same| same.iter().map(|entry| *entry as u32).collect())
    }

    /// The positions under a key, or none if there are more than `most`: then the key tells nothing.
    pub fn few(&self, key: u64, most: usize) -> impl Iterator<Item = u32> + '_ {
        let sorted = self.sorted(key);
        let (key, sorted) = if self.counted(key, sorted) <= most { (key, sorted) } else { (0, &[][..]) };
        self.live(key, sorted)
    }

    fn live<'a>(&'a self, key: u64, sorted: &'a [u64]) -> impl Iterator<Item = u32> + 'a {
        let whole = under(&self.gone, key).next().is_none();
        let kept = sorted.iter().map(|entry| *entry as u32).filter(move |at| whole || !self.gone.contains(&(key, *at)));
        kept.chain(under(&self.added, key))
    }

    fn is_sorted_in(&self, key: u64, at: u32) -> bool {
        self.sorted(key).iter().any(|entry| *entry as u32 == at)
    }

    fn sorted(&self, key: u64) -> &[u64] {
        if key == 0 || self.entries.is_empty() {
            return &[];
        }
        let at = bucket(key, self.bits);
        let bucket = &self.entries[self.starts[at] as usize..self.starts[at + 1] as usize];
        let own = packed(key, self.bits, 0) >> 32;
        let from = bucket.partition_point(|entry| entry >> 32 < own);
        let to = from + bucket[from..].partition_point(|entry| entry >> 32 == own);
        &bucket[from..to]
    }
}

fn under(changed: &BTreeSet<(u64, u32)>, key: u64) -> impl Iterator<Item = u32> + '_ {
    let range = if changed.is_empty() || key == 0 { None } else { Some(changed.range((key, 0)..=(key, u32::MAX))) };
    range.into_iter().flatten().map(|(_, at)| *at)
}

fn bucket(key: u64, bits: u32) -> usize {
    (key >> (64 - bits)) as usize
}

fn packed(key: u64, bits: u32, at: u32) -> u64 {
    (key << bits) & 0xffff_ffff_0000_0000 | u64::from(at)
}
