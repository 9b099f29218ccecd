//! The log beside the books: no secrets, bounded in size, and never sent anywhere.

use std::{
    backtrace::Backtrace,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    panic,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use desk::{LOG, LOG_FOLDER, Redactor, STOPPED};

const LARGEST: u64 = 1024 * 1024;
/// The log being written and the older ones beside it.
const FILES: usize = 4;

/// From here on everything that is traced, and every panic, is written there.
pub fn start(data: &Path, redactor: Arc<Redactor>) -> io::Result<()> {
    let folder = data.join(LOG_FOLDER);
    fs::create_dir_all(&folder)?;
    report_panics(folder.join(STOPPED), Arc::clone(&redactor));
    let log = Arc::new(Mutex::new(Log::open(folder, redactor)?));
    let writer = move || Line { log: Arc::clone(&log), text: Vec::new() };
    // A second start in one process keeps the first log.
    let _ = tracing_subscriber::fmt().with_ansi(false).with_max_level(tracing::Level::INFO).with_writer(writer).try_init();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), os = std::env::consts::OS, "started");
    Ok(())
}

/// What, where, and the way to it: part of the report that the person may save.
fn report_panics(path: PathBuf, redactor: Arc<Redactor>) {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let report = format!(
            "Countersign {} on {} stopped at a mistake of its own. Nothing more was written.\n\n{info}\n\n{}\n",
            env!("CARGO_PKG_VERSION"),
            std::env::consts::OS,
            Backtrace::force_capture()
        );
        let report = redactor.clean(&report);
        tracing::error!("{report}");
        // There is nobody left to tell that the report itself failed.
        let _ = fs::write(&path, report);
        before(info);
    }));
}

/// One traced line; it is cleaned as a whole, since a secret may come in pieces.
struct Line {
    log: Arc<Mutex<Log>>,
    text: Vec<u8>,
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        // A full disk must not stop the work that is being logged.
        let _ = log.append(&String::from_utf8_lossy(&self.text));
    }
}

struct Log {
    folder: PathBuf,
    redactor: Arc<Redactor>,
    file: File,
    size: u64,
}

impl Log {
    fn open(folder: PathBuf, redactor: Arc<Redactor>) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path(&folder, 0))?;
        let size = file.metadata()?.len();
        Ok(Self { folder, redactor, file, size })
    }

    fn append(&mut self, text: &str) -> io::Result<()> {
        let text = self.redactor.clean(text);
        let length = text.len() as u64;
        if self.size > 0 && self.size + length > LARGEST {
            self.rotate()?;
        }
        self.size += length;
        self.file.write_all(text.as_bytes())
    }

    /// `countersign.log` becomes `countersign.log.1`, and so on; the oldest goes.
    fn rotate(&mut self) -> io::Result<()> {
        for n in (1..FILES).rev() {
            let older = path(&self.folder, n - 1);
            if older.exists() {
                fs::rename(older, path(&self.folder, n))?;
            }
        }
        *self = Self::open(self.folder.clone(), Arc::clone(&self.redactor))?;
        Ok(())
    }
}

fn path(folder: &Path, n: usize) -> PathBuf {
    folder.join(if n == 0 { LOG.to_owned() } else { format!("{LOG}.{n}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_stays_small_and_keeps_no_secret() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let redactor = Arc::new(Redactor::new());
        redactor.plant(&"rk_test_planted_in_the_log".into());
        let mut log = Log::open(folder.path().to_owned(), redactor).expect("a log");
        let line = format!("key rk_test_planted_in_the_log {}\n", "x".repeat(10_000));
        for _ in 0..(6 * LARGEST / 10_000) {
            log.append(&line).expect("a line");
        }
        let files: Vec<_> = fs::read_dir(folder.path()).expect("the folder").map(|file| file.expect("a file").path()).collect();
        assert_eq!(files.len(), FILES);
        for file in files {
            let text = fs::read_to_string(file).expect("a log");
            assert!(text.len() as u64 <= LARGEST && !text.contains("planted") && text.contains("[secret]"));
        }
    }
}
