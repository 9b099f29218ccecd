//! What the decisions of a book taught, and whether a person uses it.

use matching::{Lessons, Rules, Shift};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Learned {
    /// Raised with each change; every link names the one that it was made by.
    pub version: u32,
    pub rules: Vec<matching::Learned>,
    pub lessons: Vec<Lesson>,
}

/// How much more, or less, one kind of evidence is worth in this book.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lesson {
    pub on: bool,
    pub shift: Shift,
}

impl Learned {
    /// The rules that matching follows: what people decided, and what of this is switched on.
    pub fn taken_into(&self, decided: Rules) -> Rules {
        let shifts = self.lessons.iter().filter(|lesson| lesson.on).map(|lesson| lesson.shift.clone()).collect();
        Rules { version: self.version, learned: self.rules.clone(), lessons: Lessons { on: true, shifts }, ..decided }
    }
}
