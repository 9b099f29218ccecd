//! The last run over the open book, kept so that the next one costs what has moved since.

use std::sync::Arc;

use matching::Engine;

use crate::basis::Basis;
use crate::lock;
use crate::open::Open;
use crate::propose::{Engines, Last, Round};

pub struct Workings {
    /// All that the last run was made from.
    basis: Basis,
    engines: Engines,
    last: Last,
}

impl Workings {
    /// A run on this basis; what it comes to is the same whatever was before.
    pub fn after(before: Option<Self>, basis: Basis) -> (Self, Round) {
        let engines = match before {
            Some(mut before) if before.is_of(&basis) => match before.engines.decide(&basis.ground()) {
                Some(touched) => {
                    let round = before.last.again(&before.basis.ground(), &basis.ground(), before.engines.whole(), &touched);
                    if let Some(round) = round {
                        return (Self { basis, ..before }, round);
                    }
                    Some(before.engines)
                }
                None => None,
            },
            Some(mut before) => before.engines.follow(&basis.ground()).then_some(before.engines),
            None => None,
        };
        let engines = engines.unwrap_or_else(|| Engines::new(&basis.ground()));
        let (last, round) = Last::all(&basis.ground(), engines.whole());
        (Self { basis, engines, last }, round)
    }

    pub fn basis(&self) -> &Basis {
        &self.basis
    }

    /// The same rows, matched by the same settings: only what people said, and how far drafts are, may have moved.
    fn is_of(&self, basis: &Basis) -> bool {
        Arc::ptr_eq(&self.basis.both, &basis.both) && self.basis.version == basis.version
    }
}

/// The engine of this basis, for who only looks: the kept one where it is that, else one of its own.
pub fn matched<T>(open: &Open, basis: &Basis, look: impl FnOnce(&Engine) -> T) -> T {
    let ground = basis.ground();
    let kept = lock(&open.workings);
    match kept.as_ref().filter(|kept| kept.is_of(basis) && kept.engines.is_by(&ground.rules())) {
        Some(kept) => look(kept.engines.whole()),
        None => look(Engines::new(&ground).whole()),
    }
}
