//! The odds: what each fact is worth. They live in one readable file, `weights.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::level::Level;
use crate::rules::{Lessons, Shift};

/// A version of the odds; every link names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    version: u32,
    comment: String,
    /// Log-odds of each level of evidence, learned.
    levels: BTreeMap<String, f64>,
    /// By class of links: what the messages said, and how often such links were right; between the points, a line
    /// over the log-odds.
    #[serde(default)]
    calibration: BTreeMap<String, Vec<(f64, f64)>>,
    #[serde(skip)]
    table: Vec<f64>,
}

/// What the text of a weights file lacks.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    #[error("the weights were not read: {0}; nothing was matched with them")]
    Json(#[from] serde_json::Error),
    #[error("the weights have none for {0}; nothing was matched with them")]
    Missing(&'static str),
}

impl Weights {
    /// The weights that this program was built with.
    pub fn built_in() -> Self {
        Self::parse(include_str!("../weights.json")).expect("weights.json is part of this crate and read by its tests")
    }

    /// Reads a weights file.
    pub fn parse(json: &str) -> Result<Self, WeightsError> {
        let mut weights: Self = serde_json::from_str(json)?;
        let find = |level: &Level| weights.levels.get(level.name()).copied().ok_or(WeightsError::Missing(level.name()));
        weights.table = Level::ALL.iter().map(find).collect::<Result<_, _>>()?;
        Ok(weights)
    }

    /// These weights as a book's own decisions shift them.
    pub(crate) fn shifted(&self, lessons: &Lessons) -> Self {
        let mut weights = self.clone();
        for shift in lessons.shifts.iter().filter(|_| lessons.on) {
            // A file that was written by hand shifts no more than one that was learned.
            let by = if shift.shift.is_finite() { shift.shift.clamp(-Shift::MOST, Shift::MOST) } else { 0.0 };
            if let Some(level) = Level::ALL.iter().find(|level| level.name() == shift.evidence) {
                weights.set(*level, weights.of(*level) + by);
            }
        }
        weights
    }

    pub(crate) fn set(&mut self, level: Level, odds: f64) {
        // Three decimals are enough to read and to reproduce.
        let odds = (odds * 1000.0).round() / 1000.0;
        self.table[level as usize] = odds;
        self.levels.insert(level.name().to_owned(), odds);
    }

    /// The chance that experience gives to a link of a class, of which the messages say `believed`.
    pub(crate) fn calibrated(&self, class: &str, believed: f64) -> f64 {
        let Some(points) = self.calibration.get(class).filter(|p| !p.is_empty()) else { return believed };
        let at = points.partition_point(|(said, _)| *said < believed);
        match (at.checked_sub(1).and_then(|i| points.get(i)), points.get(at)) {
            (Some((a, low)), Some((b, high))) if b > a => low + (high - low) * (odds(believed) - odds(*a)) / (odds(*b) - odds(*a)),
            (Some((_, edge)), _) => *edge,
            // Below all that was seen: as much of it as is believed.
            (None, Some((said, right))) => right * believed / said,
            (None, None) => believed,
        }
    }

    /// The same of one of `equal` that nothing tells apart: they share it.
    pub(crate) fn shared(&self, class: &str, believed: f64, equal: usize) -> f64 {
        self.calibrated(class, believed).min(1.0 / equal.max(1) as f64)
    }

    pub(crate) fn set_calibration(&mut self, class: &str, points: Vec<(f64, f64)>) {
        self.calibration.insert(class.to_owned(), points);
    }

    pub(crate) fn without_calibration(&self) -> Self {
        Self { calibration: BTreeMap::new(), ..self.clone() }
    }

    /// With the next version, if they differ from those that were built in.
    pub fn numbered(self) -> Self {
        let built_in = Self::built_in();
        let version = built_in.version + u32::from(Self { version: built_in.version, ..self.clone() } != built_in);
        Self { version, ..self }
    }

    /// The file's text.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    pub(crate) fn of(&self, level: Level) -> f64 {
        self.table[level as usize]
    }

    pub fn version(&self) -> u32 {
        self.version
    }
}

/// Log-odds, within what a float can tell from 0 and 1.
fn odds(chance: f64) -> f64 {
    let chance = chance.clamp(1e-9, 1.0 - 1e-9);
    (chance / (1.0 - chance)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_file_reads() {
        assert!(Weights::built_in().version() > 0);
        assert!(Weights::parse("{}").is_err());
    }

    #[test]
    fn other_odds_are_another_version() {
        let (built_in, mut other) = (Weights::built_in(), Weights::built_in());
        other.set(Level::NoPaper, 7.5);
        assert_eq!(Weights::built_in().numbered(), built_in);
        assert_eq!(other.numbered().version(), built_in.version() + 1);
    }
}
