//! Connecting a real book to played services, in one process and without a socket: every way in, every
//! reason against it, and that a book never changes whose it is.

#[path = "connect/scene.rs"]
mod scene;

use chrono::DateTime;
use countersign_desk::Desk;
use countersign_desk::commands::*;
use remote::percent;
use sandbox::business_central::CompanySetup;
use sandbox::stripe::Connect;
use sandbox::weather::{Fault, Port, Reply, Rule, Weather};
use scene::Scene;

// ---- Stripe

#[tokio::test]
async fn keys_that_cannot_work_are_told_apart() {
    let scene = Scene::new();
    let desk = scene.book("North").await;
    for (key, code) in [
        ("pk_test_abc", Code::KeyPublishable),
        ("hello", Code::KeyMalformed),
        ("rk_test_sp ace", Code::KeyMalformed),
        ("rk_test_nobodys", Code::KeyRejected),
    ] {
        let refused = desk.connect_stripe(StripeKey { key: key.into(), session_only: false }).await.expect_err(key);
        assert_eq!(refused.code, code, "{key}: {refused}");
    }
    scene.offline(true);
    let refused = desk.connect_stripe(StripeKey { key: scene.keys().stripe_key, session_only: false }).await.expect_err("offline");
    assert_eq!((refused.code, refused.params["side"].as_str()), (Code::Offline, "Stripe"));
    scene.offline(false);
    let check = desk.connect_stripe(StripeKey { key: scene.keys().stripe_key_without_disputes, session_only: false }).await.expect("connected");
    let missing: Vec<_> = check.permissions.iter().filter(|one| one.granted == Granted::No).map(|one| one.what).collect();
    assert_eq!(missing, [Resource::Disputes]);
}

#[tokio::test]
async fn a_platform_connects_an_account_and_is_disconnected_at_both_ends() {
    let scene = Scene::new();
    let desk = scene.book("North").await;
    assert_eq!(scene.platform(&desk, "connect").await.problem, None);
    let health = desk.connections(Nothing {}).await.expect("connections").stripe.expect("Stripe");
    assert_eq!((health.state, health.platform, health.key_kept), (ConnectionState::Connected, Some(scene.keys().connect_client_id), true));
    desk.check_connection(OfSide { side: Side::Stripe }).await.expect("it holds");
    let connected = scene.keys_given_out();

    let health = desk.disconnect(Disconnect { side: Side::Stripe, anyway: false }).await.expect("disconnected").stripe.expect("still known");
    assert_eq!((health.state, health.key_kept), (ConnectionState::Disconnected, false));
    assert_eq!(scene.keys_given_out(), connected - 1, "Stripe took its own back");
    assert_eq!(desk.fetch(Nothing {}).await.expect_err("nothing to fetch with").code, Code::NotConnected);
}

#[tokio::test]
async fn what_is_kept_until_one_quits_outlasts_another_book() {
    let scene = Scene::with_a_locked_keychain();
    let desk = scene.book("North").await;
    let keys = scene.keys();
    let platform = BeginPlatform { client_id: keys.connect_client_id, key: keys.platform_key, redirect: String::new(), session_only: false };
    let refused = desk.begin_platform(platform).await.expect_err("no page is opened for a key that cannot be kept");
    assert_eq!(refused.code, Code::KeychainLocked);
    let key = StripeKey { key: keys.stripe_key, session_only: false };
    assert_eq!(desk.connect_stripe(key.clone()).await.expect_err("locked").code, Code::KeychainLocked);
    desk.connect_stripe(StripeKey { session_only: true, ..key }).await.expect("kept in memory");
    assert_eq!(scene.sign_in(&desk, &keys.user).await.problem, None);
    scene.choose(&desk).await.expect("a company");

    desk.new_book(NewBook { name: "South".into() }).await.expect("another book");
    desk.open_book(OpenBook { path: "North".into() }).await.expect("the first again");
    for side in [Side::Stripe, Side::Ledger] {
        desk.check_connection(OfSide { side }).await.unwrap_or_else(|problem| panic!("{side:?}: {problem}"));
    }
    // The end of the program is the end of it.
    let later = scene.book("East").await;
    later.open_book(OpenBook { path: "North".into() }).await.expect("opened");
    let gone = later.check_connection(OfSide { side: Side::Stripe }).await.expect_err("asked again");
    assert_eq!(gone.code, Code::NotConnected);
}

#[tokio::test]
async fn a_book_is_listed_once_under_whatever_name_it_was_opened() {
    let scene = Scene::new();
    let desk = scene.book("North").await;
    let elsewhere = scene.folder.path().join("South.countersign");
    desk.save_copy(SaveCopy { path: elsewhere.display().to_string() }).await.expect("a copy");
    for typed in ["../books/North.countersign", "../South.countersign", "../books/../South.countersign"] {
        desk.open_book(OpenBook { path: typed.into() }).await.expect(typed);
        let books = desk.books(Nothing {}).await.expect("books").books;
        assert_eq!(books.iter().filter(|book| book.open).count(), 1, "{typed}: {books:?}");
    }
    assert_eq!(desk.books(Nothing {}).await.expect("books").books.len(), 2);
}

#[tokio::test]
async fn a_platform_that_was_declined_or_mistyped_connects_nothing() {
    let scene = Scene::new();
    let desk = scene.book("North").await;
    assert_eq!(scene.platform(&desk, "cancel").await.problem.map(|problem| problem.code), Some(Code::SigninDenied));
    let keys = scene.keys();
    let asked = |client_id: &str, key: &str, redirect: &str| BeginPlatform {
        client_id: client_id.into(),
        key: key.into(),
        redirect: redirect.into(),
        session_only: false,
    };
    for (request, code) in [
        (asked("app_1", &keys.platform_key, ""), Code::NotAPlatform),
        (asked(&keys.connect_client_id, "rk_test_abc", ""), Code::NotAPlatform),
        (asked(&keys.connect_client_id, &keys.platform_key, "http://example.com/back"), Code::BadRedirect),
        (asked(&keys.connect_client_id, &keys.platform_key, "http://localhost/back"), Code::BadRedirect),
    ] {
        assert_eq!(desk.begin_platform(request).await.expect_err("refused").code, code);
    }
    // A key of somebody else's platform: the page works, the exchange does not.
    let begun = desk.begin_platform(asked(&keys.connect_client_id, "sk_test_nobodys", "")).await.expect("begun");
    scene.press_connect(&begun.url.expect("a page"), "connect").await;
    assert_eq!(scene.settled(&desk).await.problem.map(|problem| problem.code), Some(Code::PlatformRefused));
    assert!(desk.connections(Nothing {}).await.expect("connections").stripe.is_none(), "nothing was kept");
}

#[tokio::test]
async fn a_code_is_redeemed_once_even_when_its_answer_is_lost() {
    let scene = Scene::new();
    let desk = scene.book("North").await;
    let before = scene.keys_given_out();
    scene.lose(Port::Stripe, "/oauth/token");
    let lost = scene.platform(&desk, "connect").await;
    assert_eq!(lost.problem.map(|problem| problem.code), Some(Code::PlatformBeginAgain));
    let sent = |scene: &Scene| scene.sent.lock().expect("sound").iter().filter(|path| *path == "/oauth/token").count();
    assert_eq!(sent(&scene), 1, "the code was sent once");
    assert_eq!(scene.keys_given_out(), before + 1, "the connection that Stripe made was not revoked by a second try");
    scene.services.with(|world| world.weather = Weather::fair());
    assert_eq!(scene.platform(&desk, "connect").await.problem, None, "beginning again works");
    assert_eq!(sent(&scene), 2);
}

#[tokio::test]
async fn a_platform_with_a_page_of_its_own_takes_the_address_by_hand() {
    let scene = Scene::new();
    let page = "https://shop.example/stripe/back";
    scene.services.with(|world| world.stripe.connect = Connect::new(&world.credentials.connect_client_id, vec![page.to_owned()]));
    let desk = scene.book("North").await;
    let keys = scene.keys();
    let asked = BeginPlatform { client_id: keys.connect_client_id, key: keys.platform_key, redirect: page.into(), session_only: false };
    let begun = desk.begin_platform(asked.clone()).await.expect("begun");
    assert!(begun.hand);
    desk.hand_answer(HandAnswer { address: format!("{page}?code=ac_forged&state=forged") }).await.expect("taken");
    assert_eq!(scene.settled(&desk).await.problem.map(|problem| problem.code), Some(Code::SigninState));
    let begun = desk.begin_platform(asked).await.expect("begun");
    let back = scene.pressed(&begun.url.expect("a page"), "action=connect").await;
    desk.hand_answer(HandAnswer { address: back }).await.expect("taken");
    assert_eq!(scene.settled(&desk).await.problem, None);
}

// ---- Business Central

#[tokio::test]
async fn the_ledger_is_signed_in_to_in_three_ways() {
    let scene = Scene::new();
    let keys = scene.keys();
    for way in [LedgerWay::Browser, LedgerWay::Device, LedgerWay::Application] {
        let desk = scene.book(&format!("{way:?}")).await;
        let status = match way {
            LedgerWay::Browser => scene.sign_in(&desk, &keys.user).await,
            LedgerWay::Device => {
                let begun = desk.begin_device(scene.client()).await.expect("begun");
                let device = begun.device.expect("a code");
                scene.pressed_page(&device.page, &format!("user_code={}&username={}&action=accept", device.code, percent(&keys.user))).await;
                scene.settled(&desk).await
            }
            LedgerWay::Application => scene.application(&desk, &keys.service_client_secret).await,
        };
        assert_eq!(status.problem, None, "{way:?}");
        assert_eq!(status.environments.len(), 1, "{way:?}");
        scene.choose(&desk).await.unwrap_or_else(|problem| panic!("{way:?}: {problem}"));
        let health = desk.check_connection(OfSide { side: Side::Ledger }).await.expect("it holds").ledger.expect("the ledger");
        assert_eq!((health.state, health.way, health.token_kept), (ConnectionState::Connected, way, true));
        assert_eq!(health.tenant, keys.tenant, "the organisation itself, not the address of any");
        // The next start knows how to renew it.
        desk.close_book(Nothing {}).await.expect("closed");
        desk.open_book(OpenBook { path: format!("{way:?}") }).await.expect("opened");
        desk.check_connection(OfSide { side: Side::Ledger }).await.unwrap_or_else(|problem| panic!("{way:?}: {problem}"));
        let gone = desk.disconnect(Disconnect { side: Side::Ledger, anyway: false }).await.expect("disconnected").ledger.expect("still known");
        assert_eq!((gone.state, gone.token_kept), (ConnectionState::Disconnected, false));
    }
}

/// Every number of the sheet and what is said to it; `-` is a page of Microsoft's from which nobody comes back.
#[tokio::test]
async fn every_refusal_of_the_sign_in_has_its_words() {
    let scene = Scene::new();
    let desk = scene.book("North").await;
    assert!(desk.signin_status(Nothing {}).await.expect("a status").client_needed, "none is built in, and none is kept");
    let cases: [(u32, Code); 23] = [
        (650052, Code::SigninNoLedger),
        (65004, Code::SigninDenied),
        (65001, Code::SigninConsent),
        (90094, Code::SigninConsent),
        (70011, Code::SigninMistaken),
        (28002, Code::SigninMistaken),
        (501481, Code::SigninMistaken),
        (54005, Code::SigninFailed),
        (50076, Code::SigninSecondFactor),
        (50078, Code::SigninSecondFactor),
        (50079, Code::SigninSecondFactor),
        (53003, Code::SigninBlocked),
        (50173, Code::SigninAgain),
        (70008, Code::SigninAgain),
        (70043, Code::SigninAgain),
        (700082, Code::SigninAgain),
        (50196, Code::SigninLoop),
        (7000215, Code::SecretWrong),
        (7000218, Code::SigninPublic),
        (7000222, Code::SecretExpired),
        (700025, Code::SigninNotSecret),
        // Nobody has heard of it: the general sentence, with the number beside it.
        (99_999, Code::SigninAgain),
        (1_234_567, Code::SigninAgain),
    ];
    for (number, code) in cases {
        let status = scene.sign_in(&desk, &format!("aadsts{number}@x")).await;
        let problem = status.problem.unwrap_or_else(|| panic!("AADSTS{number} was let in"));
        assert_eq!((problem.code, problem.incident.clone()), (code, Some(format!("AADSTS{number}"))), "{problem}");
        assert!(!problem.to_string().contains('{'), "every value is there: {problem}");
        if code == Code::SigninConsent {
            assert!(problem.params["url"].contains("/adminconsent?client_id="), "{problem}");
        }
    }
    // The page itself says these and sends nobody back; the browser is waited for no longer than is bearable.
    for number in [50011, 50020, 50034, 50194, 700016, 90002] {
        let begun = desk.begin_signin(scene.client()).await.expect("begun");
        let page = scene.pressed_page(&begun.url.expect("a page"), &format!("username=aadsts{number}%40x&action=accept")).await;
        assert!(page.contains(&format!("AADSTS{number}")), "{number}: {page}");
        assert_eq!(desk.signin_status(Nothing {}).await.expect("a status").state, SigninState::Waiting);
        assert_eq!(desk.cancel_signin(Nothing {}).await.expect("given up").state, SigninState::None);
    }
    // Asked by the program itself they come as an answer.
    let device = |tenant: &str, client_id: &str| desk.begin_device(BeginSignin { tenant: tenant.into(), client_id: client_id.into() });
    let keys = scene.keys();
    assert_eq!(device("nobody.example", &keys.client_id).await.expect_err("no tenant").code, Code::SigninTenant);
    assert_eq!(device("", "11111111-2222-3333-4444-555555555555").await.expect_err("no client").code, Code::SigninClient);
    assert_eq!(device("", &keys.service_client_id).await.expect_err("of one organisation").code, Code::SigninOneTenant);
    assert_eq!(device(&keys.tenant, &keys.service_client_id).await.expect_err("no public client").code, Code::SigninPublic);
    assert_eq!(scene.application(&desk, "wrong").await.problem.map(|problem| problem.code), Some(Code::SecretWrong));
    let any = ApplicationSecret { tenant: String::new(), client_id: keys.service_client_id, secret: "x".into() };
    assert_eq!(desk.connect_application(any).await.expect_err("no tenant").code, Code::SigninSetup);
}

#[tokio::test]
async fn a_sign_in_that_nobody_finishes_ends_with_words() {
    let scene = Scene::new();
    let desk = scene.book("North").await;
    let begun = desk.begin_device(scene.client()).await.expect("begun");
    let device = begun.device.expect("a code");
    scene.pressed_page(&device.page, &format!("user_code={}&username=x&action=cancel", device.code)).await;
    assert_eq!(scene.settled(&desk).await.problem.map(|problem| problem.code), Some(Code::SigninDenied));
    desk.begin_device(scene.client()).await.expect("begun");
    assert_eq!(scene.settled(&desk).await.problem.map(|problem| problem.code), Some(Code::DeviceEnded), "nobody typed it");
    desk.begin_signin(scene.client()).await.expect("begun");
    desk.signin_closed();
    assert_eq!(scene.settled(&desk).await.problem.map(|problem| problem.code), Some(Code::SigninDenied), "its window was closed");
    scene.offline(true);
    assert_eq!(desk.begin_device(scene.client()).await.expect_err("offline").code, Code::Offline);
}

// ---- one book, one pair

#[tokio::test]
async fn a_book_stays_with_its_account_and_company() {
    let scene = Scene::new();
    let desk = scene.connected("North").await;
    desk.fetch_all().await.expect("fetched");

    // The same account by another key is welcome, by a key of another account it is not.
    desk.connect_stripe(StripeKey { key: scene.keys().stripe_key_without_disputes, session_only: false }).await.expect("the same account");
    scene.services.with(|world| world.stripe.account.id = "acct_other".into());
    let other = desk.connect_stripe(StripeKey { key: scene.keys().stripe_key, session_only: false }).await.expect_err("another account");
    assert_eq!(other.code, Code::OtherAccount);
    assert!(!other.params["have"].is_empty() && !other.params["found"].is_empty(), "{other}");

    // A password was changed: the fetch stops with words, signing in goes on where it was.
    scene.revoke();
    let stopped = desk.fetch_all().await.expect_err("signed out");
    assert_eq!(stopped.code, Code::SigninAgain);
    let state = async |desk: &Desk| desk.overview(Nothing {}).await.expect("overview").book.expect("a book").ledger.state;
    assert_eq!(state(&desk).await, ConnectionState::SignInAgain);
    assert_eq!(scene.sign_in(&desk, &scene.keys().user).await.problem, None);
    assert_eq!(state(&desk).await, ConnectionState::Connected);
    desk.fetch_all().await.expect("it goes on");

    // Somebody who does not see the company does not take its place.
    let keys = scene.keys();
    scene.services.with(|world| world.business_central.add_environment(&keys.tenant, &keys.environment, "DK", false));
    let refused = scene.sign_in(&desk, &scene.keys().user).await.problem.expect("another company");
    assert_eq!(refused.code, Code::OtherCompany, "{refused}");
}

#[tokio::test]
async fn a_revoked_key_stops_the_fetch_and_a_new_one_goes_on() {
    let scene = Scene::new();
    let desk = scene.connected("North").await;
    let gone = scene.keys().stripe_key;
    scene.services.with(|world| world.stripe.keys.retain(|key| key.secret != gone));
    assert_eq!(desk.fetch_all().await.expect_err("revoked").code, Code::KeyRejected);
    let state = desk.overview(Nothing {}).await.expect("overview").book.expect("a book").stripe.state;
    assert_eq!(state, ConnectionState::SignInAgain);
    desk.connect_stripe(StripeKey { key: scene.keys().stripe_key_without_disputes, session_only: false }).await.expect("a new key");
    desk.fetch_all().await.expect("it goes on");
}

#[tokio::test]
async fn a_sign_in_that_ends_in_the_middle_of_writing_loses_nothing() {
    let scene = Scene::new();
    let desk = scene.connected("North").await;
    let mut chosen = desk.choices(Nothing {}).await.expect("choices").chosen;
    chosen.terms_confirmed = true;
    desk.save_choices(chosen).await.expect("saved");
    desk.fetch_all().await.expect("fetched");
    let signed = scene.sign_new(&desk).await;
    assert!(signed > 3, "{signed} rows");
    let expired = Reply { status: 401, headers: Default::default(), body: String::new() };
    let third =
        Rule { port: Port::BusinessCentral, method: Some("POST".into()), path: "*".into(), after: 2, times: Some(1), fault: Fault::Reply(expired) };
    scene.services.with(|world| world.weather = Weather::of(vec![third]));
    assert_eq!(desk.write_all().await.expect_err("signed out").code, Code::SigninAgain);
    let state = desk.overview(Nothing {}).await.expect("overview").book.expect("a book").ledger.state;
    assert_eq!(state, ConnectionState::SignInAgain);
    assert_eq!(scene.sign_in(&desk, &scene.keys().user).await.problem, None);
    desk.write_all().await.expect("it goes on");
    let posted = scene.sent.lock().expect("sound").iter().filter(|path| path.ends_with("/salesInvoices")).count();
    let basket = desk.basket(Nothing {}).await.expect("the basket");
    assert_eq!((basket.rows, basket.conflicts), (0, 0), "everything that was signed is written, after {posted} requests");
}

/// A keychain that takes its time lets the two sides answer in any order.
#[tokio::test]
async fn both_sides_can_be_connected_at_once() {
    let scene = Scene::with_a_slow_keychain();
    let desk = scene.book("North").await;
    let key = StripeKey { key: scene.keys().stripe_key, session_only: false };
    let user = scene.keys().user;
    let (stripe, ledger) = tokio::join!(desk.connect_stripe(key), scene.sign_in(&desk, &user));
    stripe.expect("Stripe");
    assert_eq!(ledger.problem, None);
    let both = desk.connections(Nothing {}).await.expect("connections");
    assert!(both.stripe.is_some() && both.ledger.is_some(), "neither answer took the other's place");
}

#[tokio::test]
async fn two_books_never_pair_the_same_two() {
    let scene = Scene::new();
    drop(scene.connected("North").await);
    let desk = scene.book("South").await;
    desk.connect_stripe(StripeKey { key: scene.keys().stripe_key, session_only: false }).await.expect("the account alone is no pair");
    scene.sign_in(&desk, &scene.keys().user).await;
    let refused = scene.choose(&desk).await.expect_err("the pair is taken");
    assert_eq!((refused.code, refused.params["book"].as_str()), (Code::PairTaken, "North"));

    let desk = scene.book("East").await;
    scene.services.with(|world| world.stripe.account.id = "acct_second".into());
    desk.connect_stripe(StripeKey { key: scene.keys().stripe_key, session_only: false }).await.expect("a second account");
    scene.sign_in(&desk, &scene.keys().user).await;
    scene.choose(&desk).await.expect("the same company");
    assert_eq!(
        desk.connections(Nothing {}).await.expect("connections").shared_with.as_deref(),
        Some("North"),
        "said, since each needs its own clearing account"
    );
}

#[tokio::test]
async fn test_invoices_never_meet_a_live_ledger() {
    let scene = Scene::new();
    let keys = scene.keys();
    scene.services.with(|world| {
        world.business_central.add_environment(&keys.tenant, "Live", "DK", true);
        let text = str::to_owned;
        let live =
            CompanySetup { id: None, name: text("Live"), display_name: text("Live"), currency: text("DKK"), decimals: 2, time_zone: chrono_tz::UTC };
        world.business_central.add_company("Live", live, DateTime::UNIX_EPOCH)
    });
    let desk = scene.book("North").await;
    desk.connect_stripe(StripeKey { key: keys.stripe_key, session_only: false }).await.expect("a test key");
    assert_eq!(scene.sign_in(&desk, &keys.user).await.environments.len(), 2);
    let companies = desk.companies(EnvironmentName { environment: "Live".into() }).await.expect("companies").companies;
    let live = ChooseCompany { environment: "Live".into(), company: companies[0].id.clone() };
    assert_eq!(desk.choose_company(live).await.expect_err("test against live").code, Code::TestAgainstLive);
    scene.choose(&desk).await.expect("the ledger's own sandbox is for tests");
}

// ---- books

#[tokio::test]
async fn a_copy_is_whole_and_never_in_the_place_of_a_file() {
    let scene = Scene::new();
    let desk = scene.connected("North").await;
    let there = scene.folder.path().join("letter.countersign");
    std::fs::write(&there, "a letter").expect("written");
    let refused = desk.save_copy(SaveCopy { path: there.display().to_string() }).await.expect_err("a file is there");
    assert_eq!((refused.code, std::fs::read(&there).expect("read")), (Code::BookExists, b"a letter".to_vec()));
    let refused = desk.save_copy(SaveCopy { path: "/no such folder/x".into() }).await.expect_err("no folder");
    assert_eq!(refused.code, Code::CopyNotSaved);
    let suggested = desk.books(Nothing {}).await.expect("books").copy.expect("a name");
    let saved = desk.save_copy(SaveCopy { path: suggested.clone() }).await.expect("saved");
    assert_eq!(saved.path, suggested);
    desk.rename_book(RenameBook { name: "Nordlys".into() }).await.expect("renamed");
    assert_eq!(desk.overview(Nothing {}).await.expect("overview").book.expect("a book").name, "Nordlys");
    desk.open_book(OpenBook { path: saved.path }).await.expect("the copy opens");
    assert_eq!(desk.overview(Nothing {}).await.expect("overview").book.expect("a book").name, "North", "as it was when it was saved");
}

/// Both would write the same documents under the same marks: so a copy says what it is, and does nothing by itself.
#[tokio::test]
async fn a_copy_is_only_looked_at_until_a_person_goes_on_with_it() {
    let scene = Scene::new();
    let desk = scene.connected("North").await;
    desk.fetch_all().await.expect("fetched");
    let copied_at = async || desk.overview(Nothing {}).await.expect("overview").book.expect("a book").copied_at;
    let path = scene.folder.path().join("books/backup.countersign");
    let saved = desk.save_copy(SaveCopy { path: path.display().to_string() }).await.expect("saved");
    assert_eq!(copied_at().await, None, "the book itself stays what it is");
    let beside = std::fs::read_dir(path.parent().expect("a folder")).expect("reads").flatten().map(|file| file.file_name());
    assert!(!beside.into_iter().any(|name| name.to_string_lossy().starts_with("backup.countersign-")), "one closed file");

    desk.open_book(OpenBook { path: saved.path }).await.expect("the copy opens");
    assert!(copied_at().await.is_some());
    let rows = ReviewWindow { query: everything(), anchor: Anchor::Start {}, before: 0, after: 10 };
    assert!(desk.review_rows(rows).await.expect("it is looked at").total > 0);
    // Whatever fetches, proposes or writes takes this claim first.
    let claimed = desk.hold().await.map(drop);
    let refused = [desk.fetch_all().await.expect_err("no fetch").code, claimed.expect_err("no claim").code];
    assert_eq!(refused, [Code::OnlyACopy; 2]);

    desk.go_on_with_copy(Nothing {}).await.expect("a person's word");
    assert_eq!(copied_at().await, None);
    desk.fetch_all().await.expect("from now on it is the book");
    assert!(desk.trail(TrailWindow::default()).await.expect("a trail").unbroken);
}

fn everything() -> ReviewQuery {
    ReviewQuery { bucket: Bucket::All, month: None, search: String::new() }
}

#[tokio::test]
async fn a_bad_file_is_listed_with_its_reason_and_left_as_it_is() {
    let scene = Scene::new();
    let desk = scene.book("North").await;
    desk.close_book(Nothing {}).await.expect("closed");
    let folder = scene.folder.path().join("books");
    let whole = std::fs::read(folder.join("North.countersign")).expect("a book");
    let header = |at: usize, bytes: &[u8]| {
        let mut file = whole.clone();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        file
    };
    // Where SQLite keeps the user version and the application id (sqlite.org, "Database File Format").
    let files = [
        ("newer", header(60, &99_u32.to_be_bytes()), Code::BookNewer),
        ("foreign", header(68, &7_u32.to_be_bytes()), Code::BookForeign),
        ("letter", b"Dear bookkeeper, this is a letter.".to_vec(), Code::BookForeign),
        ("empty", Vec::new(), Code::BookForeign),
        ("cut", whole[..4096].to_vec(), Code::BookDamaged),
    ];
    for (name, bytes, _) in &files {
        std::fs::write(folder.join(format!("{name}.countersign")), bytes).expect("written");
    }
    let listed = desk.books(Nothing {}).await.expect("books").books;
    for (name, bytes, code) in &files {
        let path = folder.join(format!("{name}.countersign"));
        let entry = listed.iter().find(|book| book.path == path.display().to_string()).unwrap_or_else(|| panic!("{name} is listed"));
        assert_eq!(entry.problem.as_ref().map(|problem| problem.code), Some(*code), "{name}");
        let refused = desk.open_book(OpenBook { path: entry.path.clone() }).await.expect_err(name);
        assert_eq!(refused.code, *code, "{name}: {refused}");
        assert!(std::fs::read(&path).expect("read") == *bytes, "{name} was touched");
    }
    for place in ["Dropbox/x", "OneDrive - Nordlys/x"] {
        let path = folder.join(place);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path.with_extension("countersign"), &whole).expect("written");
        let refused = desk.open_book(OpenBook { path: path.display().to_string() }).await.expect_err(place);
        assert_eq!(refused.code, Code::BookPlace);
    }
}

#[tokio::test]
async fn what_leaves_is_counted_by_host_without_a_name() {
    let scene = Scene::new();
    let desk = scene.connected("North").await;
    let traffic = desk.traffic(Nothing {}).await.expect("traffic");
    let of = |role| traffic.hosts.iter().find(|host| host.role == role).unwrap_or_else(|| panic!("{role:?}"));
    assert!(of(HostRole::Stripe).requests > 5 && of(HostRole::Ledger).requests > 2);
    assert_eq!(of(HostRole::LedgerSignIn).endpoints[0].path, "/{tenant}/oauth2/v2.0/token");
    let text = serde_json::to_string(&traffic).expect("text");
    assert!(!text.contains("(other)"), "every request has its template: {text}");
    let keys = scene.keys();
    for value in [&keys.stripe_key, &keys.tenant, &keys.user, &keys.client_id, &keys.environment] {
        assert!(!text.contains(value.as_str()), "{value} is in {text}");
    }
}
