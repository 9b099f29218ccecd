//! Played services behind a real book: the person's browser, cable and clock are in the test's hands.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use countersign_desk::commands::*;
use countersign_desk::demo::{DemoServices, InProcess, NoDemo};
use countersign_desk::{Bases, CannotOpen, DemoCompany, Desk, Listener, Place, Redactor, Surroundings};
use http::{Request, header};
use remote::{BoxFuture, Clock, Lost, Outside, Transport, percent};
use sandbox::weather::{Fault, Port, Rule, Weather};
use sandbox::world::Credentials;
use signin::{Keychain, KeychainError, LoopbackError, Random, Session, Status};
use tokio::sync::oneshot;

pub struct Scene {
    pub services: Arc<InProcess>,
    around: Arc<Around>,
    pub sent: Arc<Mutex<Vec<String>>>,
    pub folder: tempfile::TempDir,
}

impl Scene {
    pub fn new() -> Self {
        Self::over(Arc::new(Session::default()))
    }

    pub fn with_a_slow_keychain() -> Self {
        Self::over(Arc::new(Slow::default()))
    }

    pub fn with_a_locked_keychain() -> Self {
        Self::over(Arc::new(Locked))
    }

    fn over(keychain: Arc<dyn Keychain>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let until = NaiveDate::from_ymd_opt(2026, 11, 19).expect("a date");
        let clock = Arc::new(Steps(AtomicI64::new(until.and_hms_opt(12, 0, 0).expect("noon").and_utc().timestamp_millis() + 86_400_000)));
        let company = DemoCompany { seed: 1, until, months: 3, invoices: 24 };
        let services = Arc::new(InProcess::new(&company, clock.clone()).expect("the services start"));
        let sent = Arc::new(Mutex::new(Vec::new()));
        let network = Arc::new(Watched { services: services.clone(), sent: sent.clone(), offline: Mutex::new(false) });
        let around =
            Arc::new(Around { network, clock, keychain, folder: folder.path().join("books"), answer: Mutex::default(), drawn: AtomicU8::new(0) });
        Self { services, around, sent, folder }
    }

    pub fn keys(&self) -> Credentials {
        self.services.with(|world| world.credentials.clone())
    }

    /// Stripe ends what it gave out when a code comes twice, and when a platform is deauthorized.
    pub fn keys_given_out(&self) -> usize {
        self.services.with(|world| world.stripe.keys.len())
    }

    pub fn client(&self) -> BeginSignin {
        BeginSignin { tenant: String::new(), client_id: self.keys().client_id }
    }

    pub fn offline(&self, offline: bool) {
        *self.around.network.offline.lock().expect("sound") = offline;
    }

    /// The answer to one request is lost after it was done.
    pub fn lose(&self, port: Port, path: &str) {
        let rule = Rule { port, method: Some("POST".into()), path: path.into(), after: 0, times: Some(1), fault: Fault::LoseAfter };
        self.services.with(|world| world.weather = Weather::of(vec![rule]));
    }

    pub fn revoke(&self) {
        let order = serde_json::from_value(serde_json::json!({ "revoke_sessions": true })).expect("an order");
        self.services.with(|world| world.entra.order(&order));
        // The access token in hand still works until its end.
        self.around.clock.0.fetch_add(3 * 3_600_000, Ordering::Relaxed);
    }

    pub async fn book(&self, name: &str) -> Desk {
        let desk = Desk::new(self.around.clone());
        desk.introduce(Introduce { name: "Mette Kjærgård".into(), initials: "MK".into() }).await.expect("introduced");
        desk.new_book(NewBook { name: name.into() }).await.expect("a book");
        desk
    }

    pub async fn connected(&self, name: &str) -> Desk {
        let desk = self.book(name).await;
        desk.connect_stripe(StripeKey { key: self.keys().stripe_key, session_only: false }).await.expect("Stripe");
        assert_eq!(self.sign_in(&desk, &self.keys().user).await.problem, None);
        self.choose(&desk).await.expect("a company");
        desk
    }

    pub async fn choose(&self, desk: &Desk) -> Result<Overview, Problem> {
        let environment = self.keys().environment;
        let companies = desk.companies(EnvironmentName { environment: environment.clone() }).await?.companies;
        desk.choose_company(ChooseCompany { environment, company: companies[0].id.clone() }).await
    }

    pub async fn sign_in(&self, desk: &Desk, user: &str) -> SigninStatus {
        let begun = desk.begin_signin(self.client()).await.expect("begun");
        let back = self.pressed(&begun.url.expect("a page"), &format!("username={}&action=accept", percent(user))).await;
        self.hand(back);
        self.settled(desk).await
    }

    /// Signs every new draft as it stands.
    pub async fn sign_new(&self, desk: &Desk) -> usize {
        let query = ReviewQuery { bucket: Bucket::New, month: None, search: String::new() };
        let rows = desk.review_rows(ReviewWindow { query, anchor: Anchor::Start {}, before: 0, after: 500 }).await.expect("rows").rows;
        let rows: Vec<_> = rows.into_iter().map(|row| SignedRow { key: row.key, fingerprint: row.fingerprint }).collect();
        let done = desk.countersign(Countersign { rows: rows.clone(), yes: Vec::new() }).await.expect("signed");
        assert_eq!(done.not_done, Vec::new());
        rows.len()
    }

    pub async fn application(&self, desk: &Desk, secret: &str) -> SigninStatus {
        let keys = self.keys();
        let asked = ApplicationSecret { tenant: keys.tenant, client_id: keys.service_client_id, secret: secret.into() };
        desk.connect_application(asked).await.expect("begun");
        self.settled(desk).await
    }

    pub async fn platform(&self, desk: &Desk, action: &str) -> SigninStatus {
        let keys = self.keys();
        let asked = BeginPlatform { client_id: keys.connect_client_id, key: keys.platform_key, redirect: String::new(), session_only: false };
        let begun = desk.begin_platform(asked).await.expect("begun");
        self.press_connect(&begun.url.expect("a page"), action).await;
        self.settled(desk).await
    }

    pub async fn press_connect(&self, url: &str, action: &str) {
        let back = self.pressed(url, &format!("action={action}")).await;
        self.hand(back);
    }

    fn hand(&self, back: String) {
        let tell = self.around.answer.lock().expect("sound").take().expect("the listener is up before the page opens");
        tell.send(back).expect("somebody listens");
    }

    /// Where a page sends the browser after a button was pressed.
    pub async fn pressed(&self, url: &str, form: &str) -> String {
        let answer = self.post(url, form).await;
        let place = answer.headers().get(header::LOCATION).unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(answer.body())));
        place.to_str().expect("text").to_owned()
    }

    pub async fn pressed_page(&self, url: &str, form: &str) -> String {
        String::from_utf8_lossy(self.post(url, form).await.body()).into_owned()
    }

    async fn post(&self, url: &str, form: &str) -> http::Response<Bytes> {
        let request = Request::post(url).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(Bytes::from(form.to_owned()));
        self.services.send(request.expect("a request")).await.expect("an answer")
    }

    pub async fn settled(&self, desk: &Desk) -> SigninStatus {
        loop {
            let status = desk.signin_status(Nothing {}).await.expect("a status");
            if status.state != SigninState::Waiting {
                return status;
            }
            tokio::task::yield_now().await;
        }
    }
}

struct Around {
    network: Arc<Watched>,
    clock: Arc<Steps>,
    keychain: Arc<dyn Keychain>,
    folder: PathBuf,
    answer: Mutex<Option<oneshot::Sender<String>>>,
    drawn: AtomicU8,
}

impl Surroundings for Around {
    fn outside(&self) -> Outside {
        Outside { transport: self.network.clone(), clock: self.clock.clone(), seed: 7 }
    }

    fn keychain(&self) -> Arc<dyn Keychain> {
        self.keychain.clone()
    }

    fn redactor(&self) -> Arc<Redactor> {
        Arc::new(Redactor::new())
    }

    fn random(&self) -> Random {
        let drawn = self.drawn.fetch_add(1, Ordering::Relaxed);
        std::array::from_fn(|n| drawn.wrapping_mul(31).wrapping_add(n as u8))
    }

    fn folder(&self) -> PathBuf {
        self.folder.clone()
    }

    fn machine(&self) -> String {
        "mette@laptop".into()
    }

    fn locale(&self) -> String {
        "da-DK".into()
    }

    fn bases(&self) -> Bases {
        self.network.services.services().bases
    }

    fn listen(&self, port: u16) -> BoxFuture<'_, Result<Listener, LoopbackError>> {
        let (tell, answer) = oneshot::channel();
        *self.answer.lock().expect("sound") = Some(tell);
        Box::pin(async move { Ok(Listener::Handed { port: if port == 0 { 49_152 } else { port }, answer }) })
    }

    fn open_signin(&self, _: &str, place: Place) -> Result<(), CannotOpen> {
        assert_eq!(place, Place::Browser, "a real book signs in in the person's own browser");
        Ok(())
    }

    fn close_signin(&self) {}

    fn demo(&self, _: &DemoCompany, _: Option<PathBuf>) -> BoxFuture<'_, Result<DemoServices, NoDemo>> {
        unreachable!("no book here is the demo company's")
    }

    fn changed(&self) {}
}

/// Memory that is asked like the system's own keychain: off the runtime's threads.
#[derive(Default)]
struct Slow(Session);

impl Keychain for Slow {
    fn status(&self) -> Status {
        self.0.status()
    }

    fn unlock(&self) -> Result<(), KeychainError> {
        Ok(())
    }

    fn get(&self, entry: &str) -> Result<Option<Vec<u8>>, KeychainError> {
        self.0.get(entry)
    }

    fn set(&self, entry: &str, value: &[u8]) -> Result<(), KeychainError> {
        self.0.set(entry, value)
    }

    fn delete(&self, entry: &str) -> Result<(), KeychainError> {
        self.0.delete(entry)
    }

    fn blocks(&self) -> bool {
        true
    }
}

/// What nobody unlocks.
struct Locked;

impl Keychain for Locked {
    fn status(&self) -> Status {
        Status::Locked
    }

    fn unlock(&self) -> Result<(), KeychainError> {
        Err(KeychainError::Locked)
    }

    fn get(&self, _: &str) -> Result<Option<Vec<u8>>, KeychainError> {
        Err(KeychainError::Locked)
    }

    fn set(&self, _: &str, _: &[u8]) -> Result<(), KeychainError> {
        Err(KeychainError::Locked)
    }

    fn delete(&self, _: &str) -> Result<(), KeychainError> {
        Err(KeychainError::Locked)
    }

    fn blocks(&self) -> bool {
        true
    }
}

/// The services, until the cable is pulled.
struct Watched {
    services: Arc<InProcess>,
    sent: Arc<Mutex<Vec<String>>>,
    offline: Mutex<bool>,
}

impl Transport for Watched {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<http::Response<Bytes>, Lost>> {
        self.sent.lock().expect("sound").push(request.uri().path().to_owned());
        let offline = *self.offline.lock().expect("sound");
        Box::pin(async move { if offline { Err(Lost::NotSent) } else { self.services.send(request).await } })
    }
}

/// Milliseconds since 1970; sleeping moves it at once, but not for whoever waits for a person.
struct Steps(AtomicI64);

impl Clock for Steps {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0.load(Ordering::Relaxed)).expect("a time of this century")
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        if time >= signin::SIGN_IN_WITHIN {
            return Box::pin(std::future::pending());
        }
        self.0.fetch_add(time.as_millis() as i64, Ordering::Relaxed);
        Box::pin(tokio::task::yield_now())
    }
}
