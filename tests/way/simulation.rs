//! Surroundings without a socket: the demo company in this process, a clock that only moves when
//! somebody sleeps, and a network that loses what it is told to lose.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use countersign_desk::commands::*;
use countersign_desk::demo::{DemoServices, InProcess, NoDemo, accept};
use countersign_desk::{CannotOpen, Claimed, DemoCompany, Desk, Listener, Place, Redactor, Surroundings};
use remote::{BoxFuture, Clock, Lost, Outside, Transport};
use sandbox::Service;
use sandbox::world::World;
use signin::{Keychain, LoopbackError, Random, Session};
use tokio::sync::oneshot;

/// What becomes of one write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The program dies before the request arrives.
    DieBefore,
    /// The other side has done it; the program dies before the answer.
    DieAfter,
    NoAnswerBefore,
    NoAnswerAfter,
    HalfAnswer,
}

/// An invoice that is no more.
pub struct Voided {
    pub id: String,
    pub number: String,
    pub total: String,
}

pub struct Simulation {
    around: Arc<Around>,
    _folder: tempfile::TempDir,
}

impl Simulation {
    pub fn new(invoices: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the book");
        let until = NaiveDate::from_ymd_opt(2026, 11, 19).expect("a date");
        let company = DemoCompany { seed: 1, until, months: 3, invoices };
        let clock = Arc::new(StillClock(AtomicI64::new(noon(until) + 86_400_000)));
        let network = Arc::new(Lossy {
            inner: InProcess::new(&company, clock.clone()).expect("the demo company starts"),
            writes: AtomicU64::new(0),
            reads: Mutex::default(),
            last_read: Mutex::default(),
            loss: Mutex::default(),
            dead: AtomicBool::new(false),
            bearers: Mutex::default(),
        });
        let around = Arc::new(Around {
            network,
            clock,
            keychain: Arc::new(Session::default()),
            redactor: Arc::new(Redactor::new()),
            folder: folder.path().to_owned(),
            answer: Mutex::default(),
            drawn: AtomicU64::new(0),
        });
        let simulation = Self { around, _folder: folder };
        simulation.desk().create_demo(&simulation.book(), company).expect("the book is made");
        simulation
    }

    pub fn book(&self) -> PathBuf {
        self.around.folder.join("demo.countersign")
    }

    /// A program that has just been started.
    pub fn desk(&self) -> Desk {
        self.around.network.dead.store(false, Ordering::Relaxed);
        Desk::new(self.around.clone())
    }

    pub async fn signed_in(&self) -> Desk {
        let desk = self.desk();
        desk.introduce(Introduce { name: "Mette Kjærgård".into(), initials: "MK".into() }).await.expect("introduced");
        desk.open_at(&self.book()).await.expect("opened");
        let mut status = desk.begin_signin(BeginSignin { tenant: String::new(), client_id: String::new() }).await.expect("a sign-in begins");
        while status.state == SigninState::Waiting {
            tokio::task::yield_now().await;
            status = desk.signin_status(Nothing {}).await.expect("its status");
        }
        assert_eq!(status.problem, None);
        let environment = status.environments[0].name.clone();
        let companies = desk.companies(EnvironmentName { environment: environment.clone() }).await.expect("companies");
        desk.choose_company(ChooseCompany { environment, company: companies.companies[0].id.clone() }).await.expect("a company is chosen");
        desk
    }

    pub async fn rows(&self, desk: &Desk) -> Vec<ReviewRow> {
        let query = ReviewQuery { bucket: Bucket::All, month: None, search: String::new() };
        desk.review_rows(ReviewWindow { query, anchor: Anchor::Start {}, before: 0, after: 500 }).await.expect("rows").rows
    }

    /// Signs what can be signed as it stands; what a person must choose stays open.
    pub async fn sign_all(&self, desk: &Desk) {
        let open = self
            .rows(desk)
            .await
            .into_iter()
            .filter(|row| row.state == RowState::Open && matches!(row.class, Class::Exact | Class::Strong | Class::New));
        // Nothing is written for money that pays what the ledger has.
        let open = open.filter(|row| row.pays.is_empty() && row.evidence.iter().all(|chip| chip.verdict != Verdict::Contradicts));
        let rows = open.map(|row| SignedRow { key: row.key, fingerprint: row.fingerprint }).collect();
        let done = desk.countersign(Countersign { rows, yes: Vec::new() }).await.expect("signed");
        assert_eq!(done.not_done, Vec::new());
    }

    /// The n-th write from now, from 1.
    pub fn lose_write(&self, nth: u64, loss: Loss) {
        self.around.network.writes.store(0, Ordering::Relaxed);
        *self.around.network.loss.lock().expect("sound") = Some((nth, loss));
    }

    /// Writes until it is done or the program is dead.
    pub async fn write_until_death(&self, desk: Desk) {
        self.until_death(desk.write_all()).await;
        *self.around.network.loss.lock().expect("sound") = None;
    }

    /// Fetches until so many answers have come; then the program is dead.
    pub async fn fetch_until_death(&self, desk: Desk, answers: usize) {
        *self.around.network.last_read.lock().expect("sound") = Some(answers);
        self.until_death(desk.fetch_all()).await;
        *self.around.network.last_read.lock().expect("sound") = None;
    }

    async fn until_death<T>(&self, work: impl Future<Output = T>) {
        let dead = &self.around.network.dead;
        tokio::select! {
            biased;
            done = work => drop(done),
            () = async { while !dead.load(Ordering::Relaxed) { tokio::task::yield_now().await } } => {}
        }
    }

    /// What was asked and answered since the last look.
    pub fn take_reads(&self) -> Vec<String> {
        std::mem::take(&mut *self.around.network.reads.lock().expect("sound"))
    }

    pub async fn write_all_the_rest(&self, desk: &Desk) {
        for _ in 0..4 {
            match desk.write_all().await {
                Ok(_) => {}
                Err(problem) if problem.code == Code::NothingToWrite => return,
                Err(problem) => panic!("{problem}"),
            }
            self.pass_minutes(20);
        }
        panic!("something stays unwritten");
    }

    pub fn pass_minutes(&self, minutes: i64) {
        self.around.clock.0.fetch_add(minutes * 60_000, Ordering::Relaxed);
    }

    /// The ledger's documents that this run has made, by Stripe's number.
    pub fn made(&self) -> std::collections::BTreeMap<String, String> {
        let found = self.around.network.inner.with(|world| world.look_into_ledger(self.around.clock.now(), "salesInvoices"));
        let text = |invoice: &serde_json::Value, name: &str| invoice[name].as_str().unwrap_or_default().to_owned();
        let invoices = found["value"].as_array().cloned().unwrap_or_default();
        invoices.iter().map(|invoice| (text(invoice, "externalDocumentNumber"), text(invoice, "id"))).collect()
    }

    fn look(&self, path: &str) -> serde_json::Value {
        self.around.network.inner.with(|world| world.look_into_ledger(self.around.clock.now(), path))
    }

    /// The ledger's items of this name.
    pub fn items(&self, name: &str) -> Vec<serde_json::Value> {
        self.look("items")["value"].as_array().into_iter().flatten().filter(|item| item["displayName"] == name).cloned().collect()
    }

    /// In Stripe.
    pub fn rename_product(&self, from: &str, to: &str) {
        self.around.network.inner.with(|world| {
            let own = |product: &sandbox::stripe::Object| product.get("name").is_some_and(|name| name == from).then(|| product["id"].clone());
            let ids: Vec<_> = world.stripe.store.all("product").filter_map(own).collect();
            assert!(!ids.is_empty(), "no product {from}");
            for id in ids.iter().filter_map(|id| id.as_str()) {
                world.stripe.store.update("product", id, |product| drop(product.insert("name".into(), to.into())));
            }
        });
    }

    /// Names of the ledger's customers by id.
    pub fn customers(&self) -> std::collections::BTreeMap<String, String> {
        let text = |customer: &serde_json::Value, name: &str| customer[name].as_str().unwrap_or_default().to_owned();
        let found = self.look("customers");
        found["value"].as_array().into_iter().flatten().map(|customer| (text(customer, "id"), text(customer, "displayName"))).collect()
    }

    /// The paths of all that is drafted for a customer.
    pub fn documents_of(&self, customer: &str) -> Vec<String> {
        let of = |set: &str| {
            let found = self.look(set);
            let own = found["value"].as_array().into_iter().flatten().filter(|document| document["customerId"] == customer);
            own.filter_map(|document| Some(format!("{set}({})", document["id"].as_str()?))).collect::<Vec<_>>()
        };
        ["salesInvoices", "salesCreditMemos"].into_iter().flat_map(of).collect()
    }

    /// Of the first row of a collection.
    pub fn first_id(&self, path: &str) -> String {
        self.look(path)["value"][0]["id"].as_str().unwrap_or_else(|| panic!("nothing at {path}")).to_owned()
    }

    pub fn dimension(&self, code: &str, values: &[&str]) {
        let now = self.around.clock.now();
        self.around.network.inner.with(|world| {
            let company = company(world, now);
            let mut setup = world.business_central.setup(&company, now).expect("the company");
            let values: Vec<_> = values.iter().map(|value| (*value, *value)).collect();
            setup.dimension(code, code, &values);
        });
    }

    /// Lines of drafts that sell this item.
    pub fn lines_of_item(&self, number: &serde_json::Value) -> usize {
        let found = self.look("salesInvoices?$expand=salesInvoiceLines");
        let lines = found["value"].as_array().into_iter().flatten().flat_map(|invoice| invoice["salesInvoiceLines"].as_array().into_iter().flatten());
        lines.filter(|line| line["lineObjectNumber"] == *number).count()
    }

    /// The first line of a document that counts.
    pub fn line(&self, document: &str) -> String {
        let path = format!("salesInvoices({document})?$expand=salesInvoiceLines");
        let found = self.around.network.inner.with(|world| world.look_into_ledger(self.around.clock.now(), &path));
        let lines = found["salesInvoiceLines"].as_array().into_iter().flatten();
        let line = lines.filter(|line| line["lineType"] != "Comment").find_map(|line| line["id"].as_str());
        line.expect("a line").to_owned()
    }

    /// The ledger's credit memo that carries this number of Stripe.
    pub fn memo(&self, number: &str) -> serde_json::Value {
        let found = self.around.network.inner.with(|world| world.look_into_ledger(self.around.clock.now(), "salesCreditMemos"));
        let memos = found["value"].as_array().cloned().unwrap_or_default();
        memos.into_iter().find(|memo| memo["externalDocumentNumber"] == number).unwrap_or_else(|| panic!("no credit memo {number}"))
    }

    /// Voids two of the open invoices that have a document in the ledger.
    pub fn void_two(&self, made: &std::collections::BTreeMap<String, String>) -> [Voided; 2] {
        let now = self.around.clock.now().timestamp();
        let ledger = self.around.network.inner.with(|world| world.look_into_ledger(self.around.clock.now(), "salesInvoices"));
        let drafts: Vec<_> = ledger["value"].as_array().into_iter().flatten().filter(|invoice| invoice["status"] == "Draft").cloned().collect();
        let total = |number: &str| {
            drafts.iter().find(|draft| draft["externalDocumentNumber"] == number).map(|draft| draft["totalAmountIncludingTax"].to_string())
        };
        let voided = self.around.network.inner.with(|world| {
            let all: Vec<_> = world.stripe.store.all("invoice").map(|invoice| (invoice.get("id").cloned(), invoice.get("number").cloned())).collect();
            let known = all.into_iter().filter_map(|(id, number)| Some((id?.as_str()?.to_owned(), number?.as_str()?.to_owned())));
            let known: Vec<_> = known.filter(|(_, number)| made.contains_key(number)).collect();
            let mut done = Vec::new();
            for (id, number) in known {
                let Some(total) = total(&number) else { continue };
                if done.len() < 2 && world.stripe.void_invoice(now, &id, &sandbox::stripe::Cause::default()).is_ok() {
                    done.push(Voided { id, number, total });
                }
            }
            done
        });
        voided.try_into().unwrap_or_else(|_| panic!("the demo company has two open invoices that are drafted"))
    }

    /// The buyers of invoices that carry no tax turn out to be exempt; how many those invoices are.
    pub fn exempt_the_untaxed(&self) -> usize {
        self.around.network.inner.with(|world| {
            let untaxed = |invoice: &sandbox::stripe::Object| {
                let bare = invoice.get("total_taxes").and_then(|taxes| taxes.as_array()).is_none_or(Vec::is_empty);
                let home = invoice.get("customer_address").is_some_and(|address| address["country"] == "DK");
                (bare && home && invoice.get("status").is_some_and(|status| status != "void")).then(|| invoice["id"].as_str().map(str::to_owned))?
            };
            let ids: Vec<_> = world.stripe.store.all("invoice").filter_map(untaxed).collect();
            for id in &ids {
                world.stripe.store.update("invoice", id, |invoice| drop(invoice.insert("customer_tax_exempt".into(), "exempt".into())));
            }
            ids.len()
        })
    }

    /// A person posts it in the ledger.
    pub fn post(&self, document: &str) {
        let now = self.around.clock.now();
        self.around.network.inner.with(|world| {
            let company = company(world, now);
            let mut setup = world.business_central.setup(&company, now).expect("the company");
            setup.post_invoice(document).expect("it can be posted");
        });
    }

    /// The accountant closes every period that begins before this day.
    pub fn close_until(&self, day: &str) {
        let (now, day) = (self.around.clock.now(), day.parse::<NaiveDate>().expect("a date"));
        self.around.network.inner.with(|world| {
            let company = company(world, now);
            let mut setup = world.business_central.setup(&company, now).expect("the company");
            setup.accounting_period(day.pred_opt().expect("a day before"), "closed", false, true);
            setup.accounting_period(day, "open", false, false);
        });
    }

    /// A person changes or deletes something in the ledger.
    pub fn in_the_ledger(&self, method: &str, path: &str, body: &str) {
        let now = self.around.clock.now();
        self.around.network.inner.with(|world| {
            let (company, root) = (company(world, now), root(world));
            let request = http::Request::builder().method(method).uri(format!("{root}({company})/{path}")).header("if-match", "*");
            let mut request = request.header("content-type", "application/json").body(Bytes::from(body.to_owned())).expect("a request");
            request.extensions_mut().insert(sandbox::company::observer(&world.credentials));
            let answer = world.business_central.handle(now, request);
            assert!(answer.status().is_success(), "{method} {path}: {}", String::from_utf8_lossy(answer.body()));
        });
    }

    pub async fn hold_claim(&self, desk: &Desk) -> Claimed {
        desk.hold().await.expect("the claim is free")
    }

    /// All files of the book's folder.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let entries = std::fs::read_dir(&self.around.folder).expect("the folder");
        entries.flatten().map(|entry| (entry.path().display().to_string(), std::fs::read(entry.path()).unwrap_or_default())).collect()
    }

    /// Every secret of the run in every form that a careless program would leave it in.
    pub fn secrets(&self) -> Vec<(&'static str, Vec<String>)> {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let key = self.around.network.inner.services().credentials.stripe_key;
        let bearers = self.around.network.bearers.lock().expect("sound").clone();
        assert!(bearers.len() > 1, "the run used secrets");
        let named = bearers.into_iter().map(|bearer| ("a bearer token", bearer)).chain([("the Stripe key", key)]);
        named
            .map(|(name, secret)| (name, vec![secret.clone(), STANDARD.encode(&secret), secret.replace('_', "%5F"), secret.replace('.', "%2E")]))
            .collect()
    }
}

fn root(world: &World) -> String {
    format!("/v2.0/{}/{}/api/v2.0/companies", world.credentials.tenant, world.credentials.environment)
}

fn company(world: &mut World, now: DateTime<Utc>) -> String {
    let mut request = http::Request::builder().uri(root(world)).body(Bytes::new()).expect("a request");
    request.extensions_mut().insert(sandbox::company::observer(&world.credentials));
    let answer: serde_json::Value = serde_json::from_slice(world.business_central.handle(now, request).body()).expect("companies");
    let own = answer["value"].as_array().into_iter().flatten().find(|company| company["displayName"] == world.credentials.company.as_str());
    own.and_then(|company| company["id"].as_str()).expect("the demo company").to_owned()
}

struct Around {
    network: Arc<Lossy>,
    clock: Arc<StillClock>,
    keychain: Arc<Session>,
    redactor: Arc<Redactor>,
    folder: PathBuf,
    answer: Mutex<Option<oneshot::Sender<String>>>,
    drawn: AtomicU64,
}

impl Surroundings for Around {
    fn outside(&self) -> Outside {
        Outside { transport: self.network.clone(), clock: self.clock.clone(), seed: 7 }
    }

    fn keychain(&self) -> Arc<dyn Keychain> {
        self.keychain.clone()
    }

    fn redactor(&self) -> Arc<Redactor> {
        self.redactor.clone()
    }

    fn random(&self) -> Random {
        let drawn = self.drawn.fetch_add(1, Ordering::Relaxed) as u8;
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

    fn listen(&self, _: u16) -> BoxFuture<'_, Result<Listener, LoopbackError>> {
        let (tell, answer) = oneshot::channel();
        *self.answer.lock().expect("sound") = Some(tell);
        Box::pin(async { Ok(Listener::Handed { port: 49_152, answer }) })
    }

    fn open_signin(&self, url: &str, place: Place) -> Result<(), CannotOpen> {
        assert_eq!(place, Place::Popup, "the demo company signs in in a window of ours");
        let tell = self.answer.lock().expect("sound").take().expect("the listener is up before the page opens");
        let (network, url) = (self.network.clone(), url.to_owned());
        tokio::spawn(async move { tell.send(accept(network.as_ref(), &url).await.expect("the page sends the browser back")) });
        Ok(())
    }

    fn close_signin(&self) {}

    fn demo(&self, _: &DemoCompany, _: Option<PathBuf>) -> BoxFuture<'_, Result<DemoServices, NoDemo>> {
        Box::pin(async { Ok(self.network.inner.services()) })
    }

    fn changed(&self) {}
}

/// The demo company's network, with one loss to come.
struct Lossy {
    inner: InProcess,
    writes: AtomicU64,
    /// Pages that were asked for and answered.
    reads: Mutex<Vec<String>>,
    /// The program dies instead of having more answers than this.
    last_read: Mutex<Option<usize>>,
    loss: Mutex<Option<(u64, Loss)>>,
    dead: AtomicBool,
    bearers: Mutex<std::collections::BTreeSet<String>>,
}

impl Lossy {
    /// Only writes of documents and marks count; signing in is no write.
    fn loss_of(&self, request: &http::Request<Bytes>) -> Option<Loss> {
        let writes = request.method() != http::Method::GET && request.headers().contains_key(http::header::AUTHORIZATION);
        let now = if writes { self.writes.fetch_add(1, Ordering::Relaxed) + 1 } else { 0 };
        self.loss.lock().expect("sound").filter(|(nth, _)| *nth == now).map(|(_, loss)| loss)
    }
}

impl Lossy {
    /// Notes a page, and whether it is one more than the program lives to see.
    fn is_fatal(&self, request: &http::Request<Bytes>) -> bool {
        if request.method() != http::Method::GET || !request.headers().contains_key(http::header::AUTHORIZATION) {
            return false;
        }
        let mut reads = self.reads.lock().expect("sound");
        let fatal = self.last_read.lock().expect("sound").is_some_and(|last| reads.len() >= last);
        if !fatal {
            reads.push(request.uri().to_string());
        }
        fatal
    }
}

impl Transport for Lossy {
    fn send(&self, request: http::Request<Bytes>) -> BoxFuture<'_, Result<http::Response<Bytes>, Lost>> {
        if let Some(bearer) = request.headers().get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer ")) {
            self.bearers.lock().expect("sound").insert(bearer.to_owned());
        }
        let loss = if self.is_fatal(&request) { Some(Loss::DieBefore) } else { self.loss_of(&request) };
        Box::pin(async move {
            match loss {
                None => {
                    let stripe = request.uri().path().starts_with("/v1/");
                    let answer = self.inner.send(request).await?;
                    if stripe && answer.status().is_success() {
                        let body = serde_json::from_slice(answer.body()).expect("Stripe answers in JSON");
                        assert_eq!(sandbox::stripe::answer_departures(&body), Vec::<String>::new(), "an answer of Stripe's declared shape");
                    }
                    return Ok(answer);
                }
                Some(Loss::NoAnswerBefore) => return Err(Lost::NoAnswer),
                Some(Loss::DieBefore) => {}
                Some(Loss::DieAfter | Loss::NoAnswerAfter | Loss::HalfAnswer) => drop(self.inner.send(request).await),
            }
            match loss {
                Some(Loss::NoAnswerAfter) => Err(Lost::NoAnswer),
                Some(Loss::HalfAnswer) => Err(Lost::HalfAnswer { status: 201 }),
                _ => {
                    self.dead.store(true, Ordering::Relaxed);
                    std::future::pending().await
                }
            }
        })
    }
}

/// Milliseconds since 1970; sleeping moves it at once.
struct StillClock(AtomicI64);

impl Clock for StillClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0.load(Ordering::Relaxed)).expect("a time of this century")
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        self.0.fetch_add(time.as_millis() as i64, Ordering::Relaxed);
        Box::pin(tokio::task::yield_now())
    }
}

fn noon(day: NaiveDate) -> i64 {
    day.and_hms_opt(12, 0, 0).expect("noon").and_utc().timestamp_millis()
}
