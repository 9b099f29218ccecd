//! Which file a person means: asked by the system's own dialog where there is one, typed elsewhere.

use std::path::PathBuf;

use crate::books::ENDING;
use crate::commands::*;
use crate::surroundings::AskFile;
use crate::{Desk, lock};

impl Desk {
    pub async fn choose_file(&self, asked: ChooseFile) -> Result<ChosenFile, Problem> {
        let (save_as, ending) = match asked.what {
            FileUse::OpenBook => (None, ENDING),
            FileUse::SaveCopy => (self.name_of_copy(), ENDING),
            FileUse::SaveReport => (Some(self.name_of_report()), REPORT_ENDING),
            FileUse::SaveTrail => (Some(self.name_of_trail()), TRAIL_ENDING),
        };
        if asked.what == FileUse::SaveCopy && save_as.is_none() {
            return Err(Problem::new(Code::NoBook));
        }
        let ask = AskFile { title: asked.title, folder: self.around().folder(), save_as, ending };
        let chosen = self.around().choose_file(ask).await;
        Ok(ChosenFile { path: chosen.map(|path| path.display().to_string()) })
    }

    /// Beside the open book, with the day.
    pub(crate) fn name_of_copy(&self) -> Option<String> {
        let open = lock(&self.0.open).clone()?;
        let name = open.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Some(format!("{name} copy {}.{ENDING}", self.now().format("%Y-%m-%d")))
    }

    fn name_of_report(&self) -> String {
        format!("Countersign report {}.{REPORT_ENDING}", self.now().format("%Y-%m-%d %H%M%S"))
    }

    fn name_of_trail(&self) -> String {
        format!("Countersign trail {}.{TRAIL_ENDING}", self.now().format("%Y-%m-%d %H%M%S"))
    }

    pub(crate) fn place_of_report(&self, asked: SaveTo) -> PathBuf {
        self.place(asked, self.name_of_report())
    }

    pub(crate) fn place_of_trail(&self, asked: SaveTo) -> PathBuf {
        self.place(asked, self.name_of_trail())
    }

    /// Where a person said, or under its own name in the folder of the books.
    fn place(&self, asked: SaveTo, name: String) -> PathBuf {
        asked.path.map_or_else(|| self.around().folder().join(name), PathBuf::from)
    }
}

const REPORT_ENDING: &str = "json";
const TRAIL_ENDING: &str = "jsonl";
