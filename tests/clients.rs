//! The clients of Stripe and of the sign-in against the played services: over sockets, and
//! in one process with no socket at all.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use drafts::{Destination, Draft, DraftId, Filled, MadeBy, Outcome, Permit, Source, Subject, WriteKind};
use http::{Request, Response, header};
use remote::{BaseUrl, BoxFuture, Clock, Lost, Network, Outside, Secret, SystemClock, Transport};
use sandbox::{
    http_host,
    weather::{Fate, Fault, Port, Rule, Weather},
    world::{Args, Bases, World},
};
use secrecy::ExposeSecret;
use signin::{Arrival, Authorization, Entra, Loopback, SIGN_IN_WITHIN, Secrets, SignInError, TokenKeeper};
use stripe::{Granted, Kind, LEDGER_DOCUMENT, MarkValue, Marked, Mode, Stripe, Topic, Walk, What, freeze_metadata, source_key, source_version};

/// The played services without sockets, at a time that only moves when somebody sleeps.
struct InProcess {
    world: Mutex<World>,
    now: Mutex<DateTime<Utc>>,
}

impl InProcess {
    fn new() -> Arc<Self> {
        let now = DateTime::from_timestamp(1_795_000_000, 0).expect("a time");
        // The history ends with the whole of its last day.
        let mut world = World::new(Args::demo(now.date_naive() - TimeDelta::days(1)));
        world.set_bases(&Bases::unconnected());
        Arc::new(Self { world: Mutex::new(world), now: Mutex::new(now) })
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn outside(self: &Arc<Self>) -> Outside {
        Outside { transport: self.clone(), clock: self.clone(), seed: 1 }
    }

    fn stripe(self: &Arc<Self>) -> Stripe {
        let key = self.world().credentials.stripe_key.clone();
        client(self.outside(), &Bases::unconnected(), &key)
    }
}

impl Transport for InProcess {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, Lost>> {
        Box::pin(async move {
            let port = match request.uri().host().and_then(|host| host.split('.').next()) {
                Some("stripe") => Port::Stripe,
                Some("entra") => Port::Entra,
                _ => Port::BusinessCentral,
            };
            let now = self.now();
            let met = self.world().meet(port, now, request);
            match met.fate {
                Fate::Answer(response) => Ok(response),
                Fate::LostBefore | Fate::LostAfter | Fate::CutHead { .. } => Err(Lost::NoAnswer),
                Fate::Cut { response, .. } => Err(Lost::HalfAnswer { status: response.status().as_u16() }),
            }
        })
    }
}

impl Clock for InProcess {
    fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move { *self.now.lock().unwrap_or_else(PoisonError::into_inner) += TimeDelta::from_std(time).expect("a short wait") })
    }
}

fn client(outside: Outside, bases: &Bases, key: &str) -> Stripe {
    Stripe::new(outside, BaseUrl::parse(&bases.stripe).expect("a base"), &Secret::from(key)).expect("a key")
}

/// Every object of every kind, and that each was understood.
async fn walked(stripe: &Stripe, until: DateTime<Utc>) -> Vec<stripe::Row> {
    let mut rows = Vec::new();
    for kind in Kind::ALL {
        let mut walk = Some(Walk::between(None, until));
        while let Some(place) = walk {
            let page = stripe.page(kind, &place).await.expect("a page");
            rows.extend(page.rows);
            walk = page.next;
        }
    }
    for row in &rows {
        assert!(row.object.is_ok(), "{:?} {}: {:?}\n{}", row.kind, row.id, row.object, row.raw);
    }
    rows
}

fn mark(invoice: &str, value: &str) -> (Draft, Filled) {
    let (frozen, policy) = freeze_metadata(Marked::Invoice, invoice, &[(LEDGER_DOCUMENT, MarkValue::Known(value.to_owned()))]);
    let filled = frozen.fill(&Default::default()).expect("no holes");
    let draft = Draft {
        id: DraftId("mark".to_owned()),
        subject: Subject(format!("invoice:{invoice}")),
        kind: WriteKind(Marked::Invoice.write_kind().to_owned()),
        step: 2,
        frozen,
        policy,
        sources: Vec::new(),
        made_by: MadeBy { settings: 1, rules: 1, weights: 1, zones: String::new() },
        shown: String::new(),
    };
    (draft, filled)
}

fn permit(attempt: u32, request: &Filled) -> Permit {
    #[allow(clippy::disallowed_methods, reason = "a test stands in for the book")]
    Permit::mint(DraftId("mark".to_owned()), attempt, "key-of-the-mark".to_owned(), request.clone())
}

#[tokio::test]
async fn all_of_stripe_is_read_and_understood_at_its_limits() {
    let scene = InProcess::new();
    let stripe = scene.stripe();
    let rows = walked(&stripe, scene.now()).await;
    for kind in
        [Kind::Customer, Kind::Invoice, Kind::Charge, Kind::BalanceTransaction, Kind::Payout, Kind::InvoicePayment, Kind::Product, Kind::TaxRate]
    {
        assert!(rows.iter().any(|row| row.kind == kind), "no {kind:?} was read");
    }
    let expected = scene.world().expected.clone();
    for expected in expected.iter().filter(|expected| expected.kind == sandbox::company::Kind::Invoice) {
        let invoice = rows
            .iter()
            .find(|row| row.kind == Kind::Invoice && row.id == expected.source)
            .unwrap_or_else(|| panic!("{expected:?} was not read, now {}", scene.now()));
        assert_eq!(invoice.columns.number, expected.number);
    }
    for (endpoint, count) in stripe.requests().counts() {
        assert_eq!((count.limited, count.failed, count.lost), (0, 0, 0), "{endpoint}");
    }
    for topic in Topic::ALL {
        stripe.changes(topic, &Walk::between(None, scene.now())).await.expect("changes");
    }
}

#[tokio::test]
async fn a_key_shows_what_it_may_not_read() {
    let scene = InProcess::new();
    let keys = scene.world().credentials.clone();
    let whole = scene.stripe().check_key().await.expect("checked");
    assert!(whole.permissions.iter().all(|one| one.granted == Granted::Read), "{:?}", whole.permissions);
    assert_eq!((whole.mode, whole.account.and_then(|account| account.name)), (Mode::Test, Some(keys.company)));
    let part = client(scene.outside(), &Bases::unconnected(), &keys.stripe_key_without_disputes).check_key().await.expect("checked");
    let missing: Vec<What> = part.permissions.iter().filter(|one| one.granted == Granted::NotGranted).map(|one| one.what).collect();
    assert_eq!(missing, [What::Objects(Kind::Dispute)]);
    let wrong = client(scene.outside(), &Bases::unconnected(), "rk_test_wrong").check_key().await;
    assert!(matches!(wrong, Err(stripe::StripeError::KeyRefused(_))), "{wrong:?}");
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_and_the_mark_stands_once() {
    let scene = InProcess::new();
    let stripe = scene.stripe();
    let id = scene
        .world()
        .expected
        .iter()
        .find(|expected| expected.number.is_some() && expected.kind == sandbox::company::Kind::Invoice)
        .expect("a finalized invoice")
        .source
        .clone();
    let version = |row: stripe::Row| row.object.as_ref().ok().and_then(source_version).expect("a version");
    let before = version(stripe.get(Kind::Invoice, &id).await.expect("an answer").expect("an invoice"));
    let (draft, filled) = mark(&id, "ledger document Ø&1");

    assert_eq!(stripe.look(&draft, &filled).await.expect("an answer").iter().filter(|seen| seen.same_content).count(), 0);
    let lose = |fault| Rule { port: Port::Stripe, method: Some("POST".to_owned()), path: "*".to_owned(), after: 0, times: Some(1), fault };
    scene.world().weather = Weather::of(vec![lose(Fault::LoseAfter)]);
    assert!(matches!(stripe.send(&permit(1, &filled)).await, Outcome::Unknown { .. }));
    assert_eq!(stripe.look(&draft, &filled).await.expect("an answer").iter().filter(|seen| seen.same_content).count(), 1);
    let again = stripe.send(&permit(2, &filled)).await;
    assert!(matches!(&again, Outcome::Written(answer) if answer.same_content), "{again:?}");

    let sources = [Source { key: source_key(Kind::Invoice, &id), version: before.clone() }];
    let fresh = stripe.refresh(&sources).await.expect("an answer");
    assert_eq!(fresh[0].version.as_ref(), Some(&before), "our own mark is no change");
    let now = scene.now().timestamp();
    let shown = scene.world().stripe.show(now, "invoice", &id).expect("an invoice");
    assert_eq!(shown["metadata"][LEDGER_DOCUMENT], "ledger document Ø&1");
}

#[tokio::test]
async fn the_whole_sign_in_and_a_read_over_real_sockets() {
    let running =
        http_host::serve(World::new(Args::demo(SystemClock.now().date_naive())), ([127, 0, 0, 1], 0).into()).await.expect("the services run");
    let credentials = running.world.lock().expect("no other holder").credentials.clone();
    let outside = Outside { transport: Arc::new(Network::new().expect("a network")), clock: Arc::new(SystemClock), seed: 1 };

    let row = client(outside.clone(), &running.bases, &credentials.stripe_key).page(Kind::Customer, &Walk::between(None, SystemClock.now())).await;
    assert!(!row.expect("a page").rows.is_empty());

    let entra = entra(&running.bases, &credentials.tenant, &credentials.client_id);
    let loopback = Loopback::bind().await.expect("a port");
    let (url, mut pending) = Authorization::begin(&entra, loopback.port(), &[3; 64]).expect("begun");
    let browser = async {
        let back = signed_in(outside.transport.as_ref(), &url, &credentials.user).await;
        let request = Request::get(back).body(Bytes::new()).expect("a request");
        outside.transport.send(request).await.expect("the last page")
    };
    let (code, page) = tokio::join!(loopback.wait(&mut pending, &SystemClock, SIGN_IN_WITHIN), browser);
    assert!(String::from_utf8_lossy(page.body()).contains("Signed in"));
    let tokens = code.expect("a code").redeem(outside.transport.as_ref(), &SystemClock).await.expect("tokens");
    assert_eq!(tokens.account.as_ref().and_then(|account| account.tenant.clone()), Some(credentials.tenant.clone()));

    let secrets = Secrets::for_this_session();
    let folder = tempfile::tempdir().expect("a folder");
    let keeper = TokenKeeper::new(entra, outside, secrets.clone(), "entra", Some(folder.path().join("signin.lock")));
    keeper.keep(tokens).await.expect("kept");
    let first = keeper.access().await.expect("a token");
    let rotated = secrets.get("entra").await.expect("readable").expect("kept");
    let second = keeper.access_instead_of(&first).await.expect("another token");
    assert_ne!(first.expose_secret(), second.expose_secret());
    assert_ne!(secrets.get("entra").await.expect("readable").expect("kept").expose_secret(), rotated.expose_secret());
    running.stop().await;
}

#[tokio::test]
async fn signing_in_again_is_asked_for_when_the_password_changed() {
    let scene = InProcess::new();
    let credentials = scene.world().credentials.clone();
    let entra = entra(&Bases::unconnected(), &credentials.tenant, &credentials.client_id);
    let (url, mut pending) = Authorization::begin(&entra, 40_000, &[4; 64]).expect("begun");
    let back = signed_in(scene.as_ref(), &url, &credentials.user).await;
    let Arrival::Code(code) = pending.arrive(&back) else { panic!("{back}") };
    let tokens = code.redeem(scene.as_ref(), scene.as_ref()).await.expect("tokens");
    let refresh = tokens.refresh.expect("a refresh token");
    scene.sleep(Duration::from_secs(91 * 24 * 60 * 60)).await;
    let late = entra.refresh(&refresh, scene.as_ref(), scene.as_ref()).await;
    assert!(matches!(late, Err(SignInError::SignInAgain { aadsts: Some(_) })), "{:?}", late.err());
}

fn entra(bases: &Bases, tenant: &str, client_id: &str) -> Entra {
    let scopes = ["https://api.businesscentral.dynamics.com/Financials.ReadWrite.All", "offline_access", "openid", "profile"];
    Entra {
        authority: BaseUrl::parse(&bases.entra).expect("a base"),
        tenant: tenant.to_owned(),
        client_id: client_id.to_owned(),
        scopes: scopes.map(str::to_owned).to_vec(),
    }
}

/// Plays the person: opens the page, accepts, and returns where the page sends the browser.
async fn signed_in(transport: &dyn Transport, url: &str, user: &str) -> String {
    let page = transport.send(Request::get(url).body(Bytes::new()).expect("a request")).await.expect("a page");
    assert!(page.status().is_success(), "{page:?}");
    let form = format!("username={}&action=accept", remote::percent(user));
    let accepted = Request::post(url).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(Bytes::from(form));
    let answer = transport.send(accepted.expect("a request")).await.expect("an answer");
    let place = answer.headers().get(header::LOCATION).unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(answer.body())));
    place.to_str().expect("text").to_owned()
}
