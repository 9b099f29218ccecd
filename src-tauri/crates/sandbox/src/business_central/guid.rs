//! A GUID as Business Central writes it: lower-case, 8-4-4-4-12.

use std::fmt;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid(u128);

impl Guid {
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 36 || [8, 13, 18, 23].iter().any(|at| bytes.get(*at) != Some(&b'-')) {
            return None;
        }
        let mut value = 0u128;
        for (at, byte) in bytes.iter().enumerate() {
            if matches!(at, 8 | 13 | 18 | 23) {
                continue;
            }
            value = value << 4 | u128::from(char::from(*byte).to_digit(16)?);
        }
        Some(Self(value))
    }

    pub fn is_blank(self) -> bool {
        self.0 == 0
    }

    /// A value derived from bytes, for ids that must not draw from the seeded stream.
    pub fn derived(from: &[&[u8]]) -> Self {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        for part in from {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().iter().take(16).fold(0, |all, byte| all << 8 | u128::from(*byte)))
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let v = self.0;
        write!(f, "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", v >> 96, v >> 80 & 0xFFFF, v >> 64 & 0xFFFF, v >> 48 & 0xFFFF, v & 0xFFFF_FFFF_FFFF)
    }
}
