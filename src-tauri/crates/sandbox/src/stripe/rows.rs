//! One kind's objects. What nobody has touched for a while is kept as the JSON text that it would be shown as: a tree
//! of it in memory is eight times as large.

use super::store::Object;
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Instant of creation, then order of insertion: lists walk it backwards.
pub type Key = (i64, u64);

/// An object as a tree, as text, or both while they say the same.
#[derive(Clone, Debug)]
pub struct Row {
    tree: OnceLock<Arc<Object>>,
    /// None while the tree is newer.
    text: Option<Arc<str>>,
}

impl Row {
    pub fn new(object: Object) -> Self {
        Self { tree: OnceLock::from(Arc::new(object)), text: None }
    }

    /// The tree, and whether it had to be made from the text.
    pub fn tree(&self) -> (&Object, bool) {
        let mut made = false;
        let tree = self.tree.get_or_init(|| {
            made = true;
            Arc::new(self.read())
        });
        (tree, made)
    }

    /// The tree if it holds; what does not hold stays text.
    pub fn tree_if(&self, holds: impl Fn(&Object) -> bool) -> Option<(&Object, bool)> {
        if let Some(tree) = self.tree.get() {
            return holds(tree).then_some((tree, false));
        }
        let read = self.read();
        if !holds(&read) {
            return None;
        }
        let mut made = false;
        let tree = self.tree.get_or_init(|| {
            made = true;
            Arc::new(read)
        });
        Some((tree, made))
    }

    /// The tree for a change. The text says something else from here on.
    pub fn change(&mut self) -> (&mut Object, bool) {
        let (_, made) = self.tree();
        self.text = None;
        // It was made a line above.
        let tree = self.tree.get_mut().expect("a row has a tree once it was asked for");
        (Arc::make_mut(tree), made)
    }

    pub fn into_object(self) -> Object {
        match self.tree.into_inner() {
            Some(tree) => Arc::unwrap_or_clone(tree),
            None => self.text.as_deref().map(parsed).unwrap_or_default(),
        }
    }

    /// Looks without keeping what was made for it.
    pub fn glance<T>(&self, look: impl FnOnce(&Object) -> T) -> T {
        match self.tree.get() {
            Some(tree) => look(tree),
            None => look(&self.read()),
        }
    }

    /// Gives the tree up for the text.
    pub fn fold(&mut self) {
        if self.text.is_none()
            && let Some(tree) = self.tree.get()
        {
            self.text = serde_json::to_string(tree.as_ref()).ok().map(Arc::from);
        }
        if self.text.is_some() {
            self.tree.take();
        }
    }

    fn read(&self) -> Object {
        self.text.as_deref().map(parsed).unwrap_or_default()
    }
}

fn parsed(text: &str) -> Object {
    // It was written by `fold`.
    serde_json::from_str(text).unwrap_or_default()
}

/// Which rows have trees, the longest unfolded first.
#[derive(Debug, Default)]
pub struct Unfolded(Mutex<VecDeque<(&'static str, Key)>>);

impl Unfolded {
    pub fn note(&self, kind: &'static str, key: Key) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back((kind, key));
    }

    /// The oldest, while there are more than so many.
    pub fn beyond(&mut self, room: usize) -> Option<(&'static str, Key)> {
        let queue = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        if queue.len() > room { queue.pop_front() } else { None }
    }
}

impl Clone for Unfolded {
    fn clone(&self) -> Self {
        Self(Mutex::new(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()))
    }
}

/// The rows with one value of a filter: mostly a single one.
#[derive(Clone, Debug)]
pub enum Keys {
    One(Key),
    Many(BTreeSet<Key>),
}

impl Keys {
    pub fn len(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Many(keys) => keys.len(),
        }
    }

    pub fn add(&mut self, key: Key) {
        match self {
            Self::One(one) if *one == key => {}
            Self::One(one) => *self = Self::Many([*one, key].into_iter().collect()),
            Self::Many(keys) => _ = keys.insert(key),
        }
    }

    /// Whether none is left.
    pub fn take(&mut self, key: Key) -> bool {
        match self {
            Self::One(one) => *one == key,
            Self::Many(keys) => {
                keys.remove(&key);
                keys.is_empty()
            }
        }
    }

    /// In order, between bounds.
    pub fn range(&self, bounds: (std::ops::Bound<Key>, std::ops::Bound<Key>)) -> Box<dyn DoubleEndedIterator<Item = Key> + '_> {
        match self {
            Self::One(one) => {
                let inside = std::ops::RangeBounds::contains(&bounds, one);
                Box::new(inside.then_some(*one).into_iter())
            }
            Self::Many(keys) => Box::new(keys.range(bounds).copied()),
        }
    }
}
