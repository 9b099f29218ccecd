//! Numbers in lists, by number: made at once, and changed one by one later.

use std::collections::HashMap;

/// Lists one after another, and where each begins.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    /// `pairs` are the list and what stands in it, each list in the order given. It is gone through twice.
    pub fn new(count: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0_u32; count + 1];
        pairs.clone().for_each(|(list, _)| starts[list as usize + 1] += 1);
        for list in 0..count {
            starts[list + 1] += starts[list];
        }
        let (mut items, mut next) = (vec![0; starts[count] as usize], starts.clone());
        for (list, item) in pairs {
            let to = &mut next[list as usize];
            items[*to as usize] = item;
            *to += 1;
        }
        Self { starts, items }
    }

    /// Nothing for a list that is not there.
    pub fn of(&self, list: u32) -> &[u32] {
        let bound = |at: u32| self.starts.get(at as usize).map(|at| *at as usize);
        bound(list).zip(bound(list + 1)).map_or(&[], |(from, to)| &self.items[from..to])
    }
}

/// Lists of which a few change.
#[derive(Debug, Default)]
pub(crate) struct Changing {
    made: Lists,
    changed: HashMap<u32, Vec<u32>>,
}

impl Changing {
    pub fn new(count: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        Self { made: Lists::new(count, pairs), changed: HashMap::new() }
    }

    pub fn of(&self, list: u32) -> &[u32] {
        self.changed.get(&list).map_or_else(|| self.made.of(list), Vec::as_slice)
    }

    /// Moves an item from the lists it was in to those it is in.
    pub fn relist(&mut self, item: u32, old: &[u32], new: &[u32]) {
        for &list in old.iter().filter(|list| !new.contains(list)) {
            self.list(list).retain(|other| *other != item);
        }
        for &list in new.iter().filter(|list| !old.contains(list)) {
            self.list(list).push(item);
        }
    }

    fn list(&mut self, list: u32) -> &mut Vec<u32> {
        let made = &self.made;
        self.changed.entry(list).or_insert_with(|| made.of(list).to_vec())
    }
}
