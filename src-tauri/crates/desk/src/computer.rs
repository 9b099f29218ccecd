//! This computer as the desk's surroundings. What is left to each program is how it shows
//! a sign-in page and whom it tells of news.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use remote::{BoxFuture, Network, NoNetwork, Outside, Redactor, Secret, SystemClock};
use signin::{Keychain, KeychainError, Loopback, LoopbackError, NoRandomness, Random, Status, SystemKeychain};

#[cfg(debug_assertions)]
use crate::bases::Bases;
use crate::demo::{self, DemoServices, NoDemo};
use crate::settings::DemoCompany;
use crate::surroundings::{AskFile, CannotOpen, Listener, Place, Surroundings};

/// The program's name in the platform's folder for local data.
const FOLDER: &str = "dk.countersign.desktop";
const LOCALE: &str = "en-GB";

/// What differs between a window, a terminal and a browser.
pub trait Face: Send + Sync {
    fn open_signin(&self, url: &str, place: Place) -> Result<(), CannotOpen>;
    fn close_signin(&self);
    fn changed(&self);

    /// Whether files are chosen by the system's own dialog.
    fn has_dialogs(&self) -> bool {
        false
    }

    fn choose_file(&self, _: AskFile) -> BoxFuture<'_, Option<PathBuf>> {
        Box::pin(std::future::ready(None))
    }
}

pub struct Computer {
    face: Box<dyn Face>,
    folder: PathBuf,
    outside: Outside,
    keychain: Arc<Watched>,
    redactor: Arc<Redactor>,
}

#[derive(Debug, thiserror::Error)]
pub enum NoComputer {
    #[error("this system names no folder for a program's data")]
    NoFolder,
    #[error("the folder for the books could not be made")]
    Folder(#[source] io::Error),
    #[error(transparent)]
    Network(#[from] NoNetwork),
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

impl Computer {
    /// Books are kept in `folder`, or else in the platform's own folder for local data.
    pub fn new(folder: Option<PathBuf>, face: Box<dyn Face>) -> Result<Self, NoComputer> {
        let folder = folder.or_else(|| Some(dirs::data_local_dir()?.join(FOLDER))).ok_or(NoComputer::NoFolder)?;
        fs::create_dir_all(&folder).map_err(NoComputer::Folder)?;
        let redactor = Arc::new(Redactor::new());
        let keychain = Arc::new(Watched { keychain: Arc::new(SystemKeychain), redactor: Arc::clone(&redactor) });
        let [a, b, c, d, e, f, g, h, ..] = signin::system_random()?;
        let seed = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
        let outside = Outside { transport: Arc::new(Network::new()?), clock: Arc::new(SystemClock), seed };
        Ok(Self { face, folder, outside, keychain, redactor })
    }

    /// Knows every secret that went through the keychain.
    pub fn redactor(&self) -> Arc<Redactor> {
        Arc::clone(&self.redactor)
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Surroundings for Computer {
    fn outside(&self) -> Outside {
        self.outside.clone()
    }

    fn keychain(&self) -> Arc<dyn Keychain> {
        self.keychain.clone()
    }

    fn redactor(&self) -> Arc<Redactor> {
        Arc::clone(&self.redactor)
    }

    fn random(&self) -> Random {
        signin::system_random().expect("the system gave random numbers at the start and goes on to")
    }

    fn folder(&self) -> PathBuf {
        self.folder.clone()
    }

    fn machine(&self) -> String {
        let user = env::var("USER").or_else(|_| env::var("USERNAME")).unwrap_or_default();
        format!("{user}@{}", gethostname::gethostname().to_string_lossy())
    }

    fn locale(&self) -> String {
        // "C" is how a system says that nobody chose.
        sys_locale::get_locales().find(|locale| !matches!(locale.as_str(), "C" | "POSIX")).unwrap_or_else(|| LOCALE.to_owned())
    }

    #[cfg(debug_assertions)]
    fn bases(&self) -> Bases {
        services_of_tests().unwrap_or_else(Bases::real)
    }

    fn listen(&self, port: u16) -> BoxFuture<'_, Result<Listener, LoopbackError>> {
        Box::pin(async move { Loopback::bind_at(port).await.map(Listener::Loopback) })
    }

    fn open_signin(&self, url: &str, place: Place) -> Result<(), CannotOpen> {
        self.face.open_signin(url, place)
    }

    fn close_signin(&self) {
        self.face.close_signin();
    }

    fn demo(&self, company: &DemoCompany, journal: Option<PathBuf>) -> BoxFuture<'_, Result<DemoServices, NoDemo>> {
        let company = company.clone();
        Box::pin(async move {
            let services = demo::on_loopback(&company, journal).await?;
            #[cfg(debug_assertions)]
            note_for_tests(&services);
            Ok(services)
        })
    }

    fn changed(&self) {
        self.face.changed();
    }

    fn has_dialogs(&self) -> bool {
        self.face.has_dialogs()
    }

    fn choose_file(&self, asked: AskFile) -> BoxFuture<'_, Option<PathBuf>> {
        self.face.choose_file(asked)
    }
}

/// A test asks the demo company itself what it holds; here it learns where. Not in a release.
#[cfg(debug_assertions)]
fn note_for_tests(services: &DemoServices) {
    if let Some(path) = env::var_os("COUNTERSIGN_SANDBOX_NOTE") {
        let note = serde_json::json!({ "admin": services.admin, "credentials": services.credentials });
        // The test that waits for the note says so itself when none comes.
        let _ = fs::write(path, note.to_string());
    }
}

/// A test puts played services in the place of the real ones: on this computer only, and not in a release.
#[cfg(debug_assertions)]
fn services_of_tests() -> Option<Bases> {
    let bases: Bases = serde_json::from_str(&env::var("COUNTERSIGN_SERVICES").ok()?).ok()?;
    let all = [&bases.stripe, &bases.connect, &bases.signin, &bases.business_central];
    let here = all.into_iter().all(|base| remote::BaseUrl::parse(base).is_ok_and(|base| base.is_loopback()));
    here.then_some(bases)
}

/// The system's keychain; whatever passes through it is known to the redactor.
struct Watched {
    keychain: Arc<dyn Keychain>,
    redactor: Arc<Redactor>,
}

impl Watched {
    fn plant(&self, value: &[u8]) {
        if let Ok(text) = std::str::from_utf8(value) {
            self.redactor.plant(&Secret::from(text));
        }
    }
}

impl Keychain for Watched {
    fn status(&self) -> Status {
        self.keychain.status()
    }

    fn unlock(&self) -> Result<(), KeychainError> {
        self.keychain.unlock()
    }

    fn get(&self, entry: &str) -> Result<Option<Vec<u8>>, KeychainError> {
        let value = self.keychain.get(entry)?;
        if let Some(value) = &value {
            self.plant(value);
        }
        Ok(value)
    }

    fn set(&self, entry: &str, value: &[u8]) -> Result<(), KeychainError> {
        self.plant(value);
        self.keychain.set(entry, value)
    }

    fn delete(&self, entry: &str) -> Result<(), KeychainError> {
        self.keychain.delete(entry)
    }

    fn blocks(&self) -> bool {
        self.keychain.blocks()
    }
}
