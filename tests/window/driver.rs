//! The real window, driven by WebKit's own WebDriver.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{TypingData, extensions::query::ElementPollerWithTimeout, prelude::*};

use crate::{browser, keychain::LockedKeychain, sandbox::Sandbox};

/// Longest wait for anything that the window should show.
const PATIENCE: Duration = Duration::from_secs(60);
const NOTE: &str = "sandbox.json";
const CHOSEN: &str = "chosen";
const LOOK_AGAIN: Duration = Duration::from_millis(25);

pub struct Window {
    pub driver: WebDriver,
    /// Books and logs of this run; gone with it.
    pub data: TempDir,
    /// The demo company's address and keys; not among what the program leaves.
    note: TempDir,
    /// Where its pictures go, below `target/tour/`.
    album: &'static str,
    main: WindowHandle,
    process: Process,
    /// Where the system's own is not used.
    keychain: Option<LockedKeychain>,
}

pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Window {
    pub async fn open() -> Self {
        Self::open_with("", |_| ()).await
    }

    /// The program finds these services in the place of the real ones.
    pub async fn open_over(sandbox: &Sandbox, album: &'static str) -> Self {
        let bases = sandbox.bases().expect("services of this test");
        Self::open_with(album, |command| _ = command.env("COUNTERSIGN_SERVICES", bases)).await
    }

    /// The same where the system has no keychain to offer.
    pub async fn open_without_keychain(sandbox: &Sandbox, album: &'static str) -> Self {
        let bases = sandbox.bases().expect("services of this test");
        Self::open_with(album, |command| {
            command.env("COUNTERSIGN_SERVICES", bases).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
        })
        .await
    }

    /// The same where the system's keychain is locked, and nobody is there to unlock it.
    pub async fn open_with_locked_keychain(sandbox: &Sandbox, album: &'static str) -> Self {
        let bases = sandbox.bases().expect("services of this test");
        let keychain = LockedKeychain::start();
        let window = Self::open_with(album, |command| {
            command.env("COUNTERSIGN_SERVICES", bases).env("DBUS_SESSION_BUS_ADDRESS", &keychain.address);
        })
        .await;
        Self { keychain: Some(keychain), ..window }
    }

    async fn open_with(album: &'static str, more: impl FnOnce(&mut Command)) -> Self {
        let [data, note] = [(); 2].map(|()| tempfile::tempdir().expect("a scratch folder"));
        let port = free_port();
        let mut command = Command::new("WebKitWebDriver");
        more(&mut command);
        let process = command
            .arg(format!("--port={port}"))
            .envs([("TAURI_AUTOMATION", "true"), ("TAURI_WEBVIEW_AUTOMATION", "true")])
            .env("XDG_DATA_HOME", data.path())
            .env("COUNTERSIGN_SANDBOX_NOTE", note.path().join(NOTE))
            .env("COUNTERSIGN_CHOSEN_FILE", note.path().join(CHOSEN))
            .env("PATH", browser::in_front_of_the_path(note.path()))
            .stdin(Stdio::null())
            .spawn()
            .expect("WebKitWebDriver (Debian: webkit2gtk-driver)");
        let process = Process(process);
        until("the driver answers", || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok());
        let mut wanted = Capabilities::new();
        wanted.set("webkitgtk:browserOptions", json!({ "binary": env!("CARGO_BIN_EXE_countersign"), "args": [] })).expect("capabilities");
        let driver = WebDriver::builder(format!("http://127.0.0.1:{port}"), wanted)
            .poller(Arc::new(ElementPollerWithTimeout::new(PATIENCE, LOOK_AGAIN)))
            .await
            .expect("a window");
        let main = driver.window().await.expect("the main window");
        Self { driver, data, note, album, main, process, keychain: None }
    }

    /// Closes the window and hands back what it left.
    pub async fn close(self) -> TempDir {
        self.driver.quit().await.expect("the window closes");
        drop((self.process, self.keychain));
        self.data
    }

    /// Where the demo company can be asked what it holds, as the program noted it for us.
    pub fn sandbox(&self) -> Sandbox {
        let note = until("the demo company is there", || serde_json::from_slice(&fs::read(self.note.path().join(NOTE)).ok()?).ok());
        Sandbox::noted(&note)
    }

    /// Waits for something that begins with these words, or has this name, that can be pressed, and presses it.
    pub async fn press(&self, words: &str) {
        let path = format!(
            "//*[self::button or self::summary or self::label][not(@disabled) and (starts-with(normalize-space(.), '{words}') or contains(@aria-label, '{words}'))]"
        );
        match self.driver.query(By::XPath(path)).and_displayed().first().await {
            Ok(button) => button.click().await.expect("it is pressed"),
            Err(_) => self.fail(&format!("no button says {words:?}")).await,
        }
    }

    /// Waits until the page says this somewhere.
    pub async fn see(&self, words: &str) {
        let path = format!("//body//*[text()[contains(normalize-space(.), '{words}')]]");
        if self.driver.query(By::XPath(path)).and_displayed().first().await.is_err() {
            self.fail(&format!("the page never says {words:?}")).await;
        }
    }

    /// Puts the cursor into the field with this label and types in the place of what stands there.
    pub async fn fill(&self, label: &str, text: &str) {
        let path = format!("//label[contains(normalize-space(.), '{label}')]/following::input[1]");
        match self.driver.query(By::XPath(path)).and_displayed().first().await {
            Ok(field) => field.click().await.expect("the field takes the cursor"),
            Err(_) => self.fail(&format!("no field is called {label:?}")).await,
        }
        self.chord(Key::Control, 'a').await;
        self.keys(Key::Delete).await;
        self.keys(text).await;
    }

    /// What the person will choose in the system's dialog from now on.
    pub fn will_choose(&self, path: &Path) {
        fs::write(self.note.path().join(CHOSEN), path.display().to_string()).expect("it is written down");
    }

    /// The page that the program has opened in the person's browser.
    pub fn opened(&self) -> String {
        until("the browser is opened", || browser::opened(self.note.path()))
    }

    /// The page and the code that the screen asks to take to another device.
    pub async fn device(&self) -> (String, String) {
        self.wait_for("output").await;
        let status = self.call("signin_status", json!({})).await;
        let text = |name: &str| status["device"][name].as_str().unwrap_or_default().to_owned();
        (text("page"), text("code"))
    }

    /// Waits until the button with these words is the chosen one.
    pub async fn see_pressed(&self, words: &str) {
        let path = format!("//button[@aria-pressed='true' and contains(normalize-space(.), '{words}')]");
        if self.driver.query(By::XPath(path)).first().await.is_err() {
            self.fail(&format!("{words:?} is never chosen")).await;
        }
    }

    /// Types into the field that has the focus.
    pub async fn keys(&self, keys: impl Into<TypingData>) {
        self.driver.action_chain().send_keys(keys).perform().await.expect("keys");
    }

    pub async fn chord(&self, held: Key, key: impl Into<TypingData>) {
        self.driver.action_chain().key_down(held.clone()).send_keys(key).key_up(held).perform().await.expect("keys");
    }

    pub async fn wait_for(&self, selector: &str) {
        if self.driver.query(By::Css(selector)).first().await.is_err() {
            self.fail(&format!("there is no {selector}")).await;
        }
    }

    /// What a screen reader says of the row at the cursor.
    pub async fn row_at_the_cursor(&self) -> String {
        let row = self.driver.query(By::Css("[role=grid] [role=row][aria-selected=true]")).first().await.expect("a row");
        row.attr("aria-label").await.ok().flatten().unwrap_or_default()
    }

    /// Looks again and again, within bounds.
    pub async fn until<F: Future<Output = bool>>(&self, what: &str, look: impl Fn() -> F) {
        let started = Instant::now();
        while !look().await {
            if started.elapsed() > PATIENCE {
                self.fail(&format!("waited in vain until {what}")).await;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Leaves a picture of what there was instead.
    async fn fail(&self, what: &str) -> ! {
        self.picture("failed").await;
        panic!("{what}; see {}", tour().join(self.album).join("failed.png").display());
    }

    /// Waits until fetching or writing has begun and ended, without a problem.
    pub async fn until_done(&self, work: &str) {
        let ended = |progress: &Value| progress[work]["running"] == json!(false);
        self.until(&format!("{work} ends"), || async { ended(&self.call("progress", json!({})).await) }).await;
        let progress = self.call("progress", json!({})).await;
        assert_eq!(progress[work]["problem"], Value::Null, "{progress}");
    }

    /// All rows of a bucket of Review.
    pub async fn rows(&self, bucket: &str) -> Vec<Value> {
        let query = json!({ "bucket": bucket, "month": null, "search": "" });
        let answer = self.call("review_rows", json!({ "query": query, "anchor": { "at": "start" }, "before": 0, "after": 1000 })).await;
        answer["rows"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
    }

    /// One command of the desk, as the page itself would call it.
    pub async fn call(&self, name: &str, request: Value) -> Value {
        let script = "return window.__TAURI_INTERNALS__.invoke('desk', { name: given[0], body: JSON.stringify(given[1]) });";
        self.promise(script, vec![json!(name), request]).await
    }

    /// Runs a script in the page and waits for the value that it promises.
    pub async fn promise(&self, script: &str, arguments: Vec<Value>) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1]; (async (...given) => {{ {script} }})(...arguments).then(done, e => done(String(e)));"
        );
        self.driver.execute_async(script, arguments).await.expect("the script runs").json().clone()
    }

    /// Waits for a second window and turns to it.
    pub async fn turn_to_popup(&self) {
        let popup = self.windows(2).await.into_iter().find(|handle| *handle != self.main).expect("a second window");
        self.driver.switch_to_window(popup).await.expect("the popup");
    }

    /// Waits until the main window is alone again and turns to it.
    pub async fn turn_back(&self) {
        self.windows(1).await;
        self.driver.switch_to_window(self.main.clone()).await.expect("the main window");
    }

    async fn windows(&self, count: usize) -> Vec<WindowHandle> {
        let started = Instant::now();
        loop {
            let windows = self.driver.windows().await.expect("windows");
            if windows.len() == count {
                return windows;
            }
            assert!(started.elapsed() < PATIENCE, "waited in vain for {count} windows, there are {}", windows.len());
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    pub async fn picture(&self, name: &str) {
        self.promise("await document.fonts.ready; await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)));", vec![])
            .await;
        let folder = tour().join(self.album);
        fs::create_dir_all(&folder).expect("target/tour");
        self.driver.screenshot(&folder.join(format!("{name}.png"))).await.expect("a picture");
    }
}

pub fn tour() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tour")
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).expect("a port").port()
}

/// Looks again and again, within bounds.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(LOOK_AGAIN);
    }
}
