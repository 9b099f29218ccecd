//! What each left row has, in order of their ids: links, or why there is none.

use std::ops::{Deref, DerefMut, Range};

use crate::link::{Link, Unlinked};
use crate::lookup::beginning;
use crate::row::RowId;

pub(super) trait OfLeft {
    fn left(&self) -> &RowId;
}

impl OfLeft for Link {
    fn left(&self) -> &RowId {
        &self.left
    }
}

impl OfLeft for Unlinked {
    fn left(&self) -> &RowId {
        &self.left
    }
}

#[derive(Debug)]
pub(super) struct ByLeft<T> {
    all: Vec<T>,
    /// How the id of each begins: nearly always enough to find it, and close together.
    beginnings: Vec<u128>,
}

impl<T: OfLeft> ByLeft<T> {
    /// They are in order.
    pub fn new(all: Vec<T>) -> Self {
        let beginnings = all.iter().map(|one| beginning(one.left().as_str())).collect();
        Self { all, beginnings }
    }

    /// Where those of a left row are, or would be.
    pub fn of(&self, left: &RowId) -> Range<usize> {
        let own = beginning(left.as_str());
        let from = self.beginnings.partition_point(|other| *other < own);
        let alike = self.beginnings[from..].iter().take_while(|other| **other == own).count();
        let alike = &self.all[from..from + alike];
        let before = alike.partition_point(|one| one.left() < left);
        let same = alike[before..].partition_point(|one| one.left() == left);
        from + before..from + before + same
    }

    /// Puts `fresh`, which are in order, in the place of all that these rows have, which are in order as well; tells of each row
    /// the old and the new.
    pub fn replace<'a>(&mut self, lefts: impl IntoIterator<Item = &'a RowId>, fresh: Vec<T>, mut tell: impl FnMut(&'a RowId, &[T], &[T])) {
        let (mut fresh, mut edits) = (fresh.into_iter().peekable(), Vec::new());
        for left in lefts {
            let new: Vec<T> = std::iter::from_fn(|| fresh.next_if(|one| one.left() == left)).collect();
            let old = self.of(left);
            tell(left, &self.all[old.clone()], &new);
            if new.len() == old.len() {
                self.all[old].iter_mut().zip(new).for_each(|(old, new)| *old = new);
            } else {
                edits.push((old, new));
            }
        }
        let begin = |new: &Vec<T>| new.iter().map(|one| beginning(one.left().as_str())).collect();
        let beginnings = edits.iter().map(|(old, new)| (old.clone(), begin(new))).collect();
        edit(&mut self.beginnings, beginnings);
        edit(&mut self.all, edits);
    }
}

/// Puts other things in the place of those in some ranges, which are in order. What lies between is moved once, in its place:
/// there may be very many.
fn edit<T>(list: &mut Vec<T>, edits: Vec<(Range<usize>, Vec<T>)>) {
    let (Some((first, _)), Some((last, _))) = (edits.first(), edits.last()) else { return };
    let (mut at, all, mut removed) = (first.start, first.start..last.end, 0);
    let mut ranges = edits.iter().map(|(old, _)| old).peekable();
    let gone = |_: &mut T| {
        while ranges.next_if(|old| old.end <= at).is_some() {}
        at += 1;
        ranges.peek().is_some_and(|old| old.contains(&(at - 1)))
    };
    list.extract_if(all, gone).for_each(drop);
    let mut places = Vec::new();
    let mut end = list.len();
    for (old, new) in edits {
        places.push((old.start - removed, new.len()));
        removed += old.len();
        list.extend(new);
    }
    // The new ones wait behind all; each stretch that belongs behind some of them trades places with these.
    let mut waiting = list.len() - end;
    for (place, count) in places.into_iter().rev() {
        list[place..end + waiting].rotate_right(waiting);
        (end, waiting) = (place, waiting - count);
    }
}

impl<T> Deref for ByLeft<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.all
    }
}

impl<T> DerefMut for ByLeft<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.all
    }
}

#[cfg(test)]
mod tests {
    use super::edit;

    #[test]
    fn ranges_are_replaced_by_more_and_by_fewer() {
        let mut list: Vec<u32> = (0..10).collect();
        edit(&mut list, vec![(0..0, vec![90]), (2..4, vec![]), (5..6, vec![91, 92, 93]), (6..6, vec![94]), (10..10, vec![95])]);
        assert_eq!(list, [90, 0, 1, 4, 91, 92, 93, 94, 6, 7, 8, 9, 95]);
        edit(&mut list, vec![(0..13, vec![])]);
        assert!(list.is_empty());
        edit(&mut list, vec![(0..0, vec![1, 2])]);
        assert_eq!(list, [1, 2]);
    }
}
