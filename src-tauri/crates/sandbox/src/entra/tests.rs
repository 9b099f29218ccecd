//! Sign-in as a client sees it.

use super::*;
use base64::Engine;
use form::encode;
use proptest::prelude::*;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

const TENANT: &str = "11111111-1111-4111-8111-111111111111";
const OTHER: &str = "99999999-9999-4999-8999-999999999999";
const USER: &str = "22222222-2222-4222-8222-222222222222";
const CLIENT: &str = "33333333-3333-4333-8333-333333333333";
const CONFIDENTIAL: &str = "44444444-4444-4444-8444-444444444444";
const SCOPE: &str = "https://api.businesscentral.dynamics.com/Financials.ReadWrite.All offline_access openid profile";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

struct Signing {
    entra: Entra,
    now: DateTime<Utc>,
}

impl Signing {
    fn new() -> Self {
        let now: DateTime<Utc> = "2026-11-20T08:00:00Z".parse().expect("an instant");
        let mut entra = Entra::new(3);
        entra.set_base("http://signin.test");
        for (id, domain, business_central) in [(TENANT, "proeve.example", true), (OTHER, "andre.example", false)] {
            entra.add_tenant(TenantSetup { id: id.into(), domain: domain.into(), display_name: domain.into(), business_central });
        }
        for (id, tenant, name, administrator) in [(USER, TENANT, "bo@proeve.example", false), (OTHER, OTHER, "eva@andre.example", true)] {
            entra.add_user(UserSetup { id: id.into(), tenant: tenant.into(), user_name: name.into(), display_name: name.into(), administrator });
        }
        let app = |client_id: &str| AppSetup {
            client_id: client_id.into(),
            display_name: "Prøve".into(),
            redirect_uris: vec!["http://localhost".into()],
            ..AppSetup::default()
        };
        entra.add_app(AppSetup { public_client_flows: true, ..app(CLIENT) });
        entra.add_app(AppSetup {
            secrets: vec![("hemmelig".into(), now + TimeDelta::days(1))],
            application_permission: true,
            only_tenant: Some(TENANT.into()),
            ..app(CONFIDENTIAL)
        });
        Self { entra, now }
    }

    fn send(&mut self, method: Method, path: &str, body: &str) -> Response<Bytes> {
        let request = Request::builder().method(method).uri(path).body(Bytes::copy_from_slice(body.as_bytes())).expect("a request");
        self.entra.handle(self.now, request)
    }

    fn token(&mut self, fields: &[(&str, &str)]) -> (u16, Json) {
        let response = self.send(Method::POST, &format!("/{TENANT}/oauth2/v2.0/token"), &encode(fields));
        (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap_or_default())
    }

    /// The page's address, with some parameters put differently.
    fn address(changes: &[(&str, &str)]) -> String {
        let challenge = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let mut pairs = vec![
            ("client_id", CLIENT),
            ("response_type", "code"),
            ("redirect_uri", "http://localhost:5001"),
            ("response_mode", "query"),
            ("scope", SCOPE),
            ("state", "st&te"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        for (name, value) in changes {
            pairs.retain(|(known, _)| known != name);
            pairs.push((name, value));
        }
        format!("/{TENANT}/oauth2/v2.0/authorize?{}", encode(&pairs))
    }

    /// Presses a button on the page and gives what comes back on the redirect.
    fn press(&mut self, address: &str, action: &str, user: &str) -> Form {
        let response = self.send(Method::POST, address, &encode(&[("username", user), ("action", action)]));
        let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default().to_string();
        assert!(location.is_empty() || location.starts_with("http://localhost:5001/?"), "{location}");
        Form::parse(location.split_once('?').map_or("", |(_, query)| query))
    }

    fn code(&mut self) -> String {
        let back = self.press(&Self::address(&[]), "accept", "bo@proeve.example");
        assert_eq!(back.get("state"), Some("st&te"));
        back.get("code").expect("a code").to_string()
    }

    fn redeem(&mut self, code: &str, verifier: &str) -> (u16, Json) {
        self.token(&[
            ("client_id", CLIENT),
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", "http://localhost:5001"),
            ("code_verifier", verifier),
            ("scope", SCOPE),
        ])
    }

    fn signed_in(&mut self) -> Json {
        let code = self.code();
        let (status, tokens) = self.redeem(&code, VERIFIER);
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    fn refresh(&mut self, token: &str) -> (u16, Json) {
        self.token(&[("client_id", CLIENT), ("grant_type", "refresh_token"), ("refresh_token", token), ("scope", SCOPE)])
    }
}

fn text(json: &Json, name: &str) -> String {
    json[name].as_str().unwrap_or_default().to_string()
}

fn number_of(json: &Json) -> u64 {
    json["error_codes"][0].as_u64().unwrap_or(0)
}

#[test]
fn a_code_buys_tokens_once_and_the_access_token_ends_within_ninety_minutes() {
    let mut signing = Signing::new();
    let code = signing.code();
    let (status, tokens) = signing.redeem(&code, VERIFIER);
    assert_eq!(status, 200);
    let life = tokens["expires_in"].as_i64().unwrap_or(0);
    assert!((3600..=5400).contains(&life), "{life}");
    assert!(tokens["refresh_token"].is_string() && tokens["id_token"].is_string());
    let access = text(&tokens, "access_token");
    let caller = signing.entra.check(signing.now, &access).expect("accepted");
    assert_eq!((caller.tenant.as_str(), caller.subject.as_str(), caller.app_only), (TENANT, USER, false));
    assert_eq!(signing.entra.check(signing.now + TimeDelta::seconds(life), &access), Err(TokenFault::Expired));
    assert_eq!(signing.entra.check(signing.now, "nonsense"), Err(TokenFault::Unknown));
    assert_eq!(number_of(&signing.redeem(&code, VERIFIER).1), 54005);
}

#[test]
fn a_code_lives_ten_minutes_and_needs_its_verifier_and_its_redirect() {
    let mut signing = Signing::new();
    let code = signing.code();
    assert_eq!(number_of(&signing.redeem(&code, "wrong").1), 501481);
    let bare = [
        ("client_id", CLIENT),
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "http://localhost:5001"),
        ("code_verifier", VERIFIER),
        ("scope", "openid"),
    ];
    assert_eq!(number_of(&signing.token(&bare).1), 28002);
    let fields = [
        ("client_id", CLIENT),
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "http://localhost:5002"),
        ("code_verifier", VERIFIER),
    ];
    assert_eq!(number_of(&signing.token(&fields).1), 500112);
    signing.now += TimeDelta::minutes(10);
    let (status, late) = signing.redeem(&code, VERIFIER);
    assert_eq!((status, number_of(&late), text(&late, "error")), (400, 70008, "invalid_grant".into()));
}

#[test]
fn refresh_tokens_rotate_and_the_old_one_is_not_revoked_at_once() {
    let mut signing = Signing::new();
    let first = text(&signing.signed_in(), "refresh_token");
    let second = text(&signing.refresh(&first).1, "refresh_token");
    assert!(!second.is_empty() && second != first);
    assert_eq!(signing.refresh(&first).0, 200);
    signing.now += TimeDelta::days(89);
    let third = text(&signing.refresh(&second).1, "refresh_token");
    signing.now += TimeDelta::days(89);
    assert_eq!(signing.refresh(&third).0, 200, "ninety days slide");
    signing.now += TimeDelta::days(90);
    assert_eq!(number_of(&signing.refresh(&third).1), 700082);
}

#[test]
fn every_reason_to_sign_in_again_is_an_invalid_grant() {
    let mut signing = Signing::new();
    let token = text(&signing.signed_in(), "refresh_token");
    for aadsts in [50076, 50078, 50079, 53003, 70043] {
        signing.entra.refuse(USER, Some(aadsts));
        let (status, refused) = signing.refresh(&token);
        assert_eq!((status, number_of(&refused), text(&refused, "error")), (400, u64::from(aadsts), "invalid_grant".into()));
        assert!(text(&refused, "error_description").starts_with(&format!("AADSTS{aadsts}: ")));
        assert!(
            text(&refused, "error_description").contains("\r\nTrace ID: ")
                && refused["correlation_id"].is_string()
                && refused["timestamp"].is_string()
        );
    }
    signing.entra.refuse(USER, None);
    signing.entra.withdraw_consent(TENANT, CLIENT);
    assert_eq!(number_of(&signing.refresh(&token).1), 65001);
    let token = text(&signing.signed_in(), "refresh_token");
    signing.entra.revoke_sessions(USER);
    assert_eq!(number_of(&signing.refresh(&token).1), 50173);
}

/// The numbers of reference-error-codes.md that a program meets, each provoked by the name of an account.
#[test]
fn every_refusal_can_be_provoked_by_an_account() {
    let mut signing = Signing::new();
    let shown = |signing: &mut Signing, number: u32| {
        let response =
            signing.send(Method::POST, &Signing::address(&[]), &encode(&[("username", &format!("AADSTS{number}@x")), ("action", "accept")]));
        (response.status().as_u16(), String::from_utf8_lossy(response.body()).into_owned())
    };
    for number in [50011, 50020, 50034, 50194, 700016, 90002] {
        let (status, page) = shown(&mut signing, number);
        assert!(status == 400 && page.contains(&format!("AADSTS{number}: ")), "{number}: {page}");
    }
    for (number, error) in [
        (650052, "invalid_client"),
        (65004, "access_denied"),
        (70011, "invalid_scope"),
        (90094, "consent_required"),
        (65001, "consent_required"),
        (50076, "interaction_required"),
        (50078, "interaction_required"),
        (50079, "interaction_required"),
        (53003, "interaction_required"),
    ] {
        let back = signing.press(&Signing::address(&[]), "accept", &format!("aadsts{number}@proeve.example"));
        assert_eq!(back.get("error"), Some(error), "{number}");
        assert!(back.get("error_description").is_some_and(|text| text.starts_with(&format!("AADSTS{number}: "))), "{number}");
    }
    for (number, status, error) in [
        (50173, 400, "invalid_grant"),
        (54005, 400, "invalid_grant"),
        (70008, 400, "invalid_grant"),
        (70043, 400, "invalid_grant"),
        (700082, 400, "invalid_grant"),
        (501481, 400, "invalid_grant"),
        (28002, 400, "invalid_scope"),
        (50196, 400, "temporarily_unavailable"),
        (7000215, 401, "invalid_client"),
        (7000218, 401, "invalid_client"),
        (7000222, 401, "invalid_client"),
        (700025, 401, "invalid_client"),
    ] {
        let code = signing.press(&Signing::address(&[]), "accept", &format!("aadsts{number}@x")).get("code").unwrap_or_default().to_string();
        let (told, refused) = signing.redeem(&code, VERIFIER);
        assert_eq!((told, number_of(&refused), text(&refused, "error").as_str()), (status, number, error));
    }
    for number in [50076, 50173, 65001, 70043] {
        let code = signing.press(&Signing::address(&[]), "accept", &format!("later-aadsts{number}@x")).get("code").unwrap_or_default().to_string();
        let (_, tokens) = signing.redeem(&code, VERIFIER);
        let (status, refused) = signing.refresh(&text(&tokens, "refresh_token"));
        assert_eq!((status, number_of(&refused), text(&refused, "error")), (400, number, "invalid_grant".into()));
    }
}

#[test]
fn declining_comes_back_on_the_redirect() {
    let mut signing = Signing::new();
    let back = signing.press(&Signing::address(&[]), "cancel", "bo@proeve.example");
    assert_eq!((back.get("error"), back.get("state"), back.get("code")), (Some("access_denied"), Some("st&te"), None));
    assert!(back.get("error_description").is_some_and(|text| text.starts_with("AADSTS65004: ")));
}

#[test]
fn what_the_page_refuses_before_it_trusts_the_redirect() {
    let mut signing = Signing::new();
    let page = |response: Response<Bytes>| (response.status().as_u16(), String::from_utf8_lossy(response.body()).into_owned());
    for (changes, aadsts) in [
        ([("redirect_uri", "http://localhost:5001/other")], "AADSTS50011"),
        ([("redirect_uri", "https://evil.example/")], "AADSTS50011"),
        ([("client_id", "00000000-0000-4000-8000-000000000000")], "AADSTS700016"),
    ] {
        let (status, html) = page(signing.send(Method::GET, &Signing::address(&changes), ""));
        assert_eq!(status, 400);
        assert!(html.contains(aadsts), "{aadsts}");
    }
    let unknown = Signing::address(&[]).replace(TENANT, "nobody.example");
    assert!(page(signing.send(Method::GET, &unknown, "")).1.contains("AADSTS90002"));
    let common = Signing::address(&[("client_id", CONFIDENTIAL)]).replace(TENANT, "common");
    assert!(page(signing.send(Method::GET, &common, "")).1.contains("AADSTS50194"));
}

#[test]
fn what_comes_back_on_the_redirect() {
    let mut signing = Signing::new();
    for (change, error) in [
        (("scope", "https://api.businesscentral.dynamics.com/Nothing"), "invalid_scope"),
        (("scope", "https://graph.microsoft.com/User.Read"), "invalid_request"),
        (("response_type", "token"), "unsupported_response_type"),
        (("code_challenge_method", "S512"), "invalid_request"),
        (("prompt", "none"), "login_required"),
    ] {
        let back = signing.press(&Signing::address(&[change]), "accept", "bo@proeve.example");
        assert_eq!(back.get("error"), Some(error), "{change:?}");
    }
    let stranger = signing.send(Method::POST, &Signing::address(&[]), "username=eva%40andre.example&action=accept");
    assert!(String::from_utf8_lossy(stranger.body()).contains("AADSTS50020"));
    let nobody = signing.send(Method::POST, &Signing::address(&[]), "username=x&action=accept");
    assert!(String::from_utf8_lossy(nobody.body()).contains("AADSTS50034"));
    let unsubscribed = Signing::address(&[]).replace(TENANT, "organizations");
    assert!(
        signing.press(&unsubscribed, "accept", "eva@andre.example").get("error_description").is_some_and(|text| text.starts_with("AADSTS650052"))
    );
}

#[test]
fn an_administrator_must_consent_first() {
    let mut signing = Signing::new();
    if let Some(app) = signing.entra.apps.get_mut(CLIENT) {
        app.needs_admin_consent = true;
    }
    let back = signing.press(&Signing::address(&[]), "accept", "bo@proeve.example");
    assert!(back.get("error_description").is_some_and(|text| text.starts_with("AADSTS90094")));
    signing.entra.add_user(UserSetup {
        id: "a".into(),
        tenant: TENANT.into(),
        user_name: "chef@proeve.example".into(),
        display_name: "Chef".into(),
        administrator: true,
    });
    let consent = format!("/{TENANT}/adminconsent?client_id={CLIENT}");
    signing.send(Method::POST, &consent, "username=chef%40proeve.example&action=accept");
    assert!(signing.press(&Signing::address(&[]), "accept", "bo@proeve.example").get("code").is_some());
}

#[test]
fn the_page_works_without_script_and_escapes_what_it_shows() {
    let mut signing = Signing::new();
    let response = signing.send(Method::GET, &Signing::address(&[("login_hint", "<script>\"x\"</script>")]), "");
    let html = String::from_utf8_lossy(response.body()).into_owned();
    assert!(html.contains("Sandbox sign-in") && html.contains("value=\"accept\">Accept") && html.contains(">Cancel</button>"));
    assert!(html.find(">Accept") < html.find(">Cancel"), "the Enter key presses the first button");
    assert!(!html.contains("<script") && html.contains("&lt;script&gt;"));
    let response = signing.send(Method::GET, &Signing::address(&[]), "");
    assert!(String::from_utf8_lossy(response.body()).contains("value=\"bo@proeve.example\""));
}

#[test]
fn a_public_client_sends_no_secret_and_a_confidential_one_a_good_one() {
    let mut signing = Signing::new();
    let refresh = |client: &'static str, secret: Option<&'static str>| {
        let mut fields =
            vec![("client_id", client), ("grant_type", "client_credentials"), ("scope", "https://api.businesscentral.dynamics.com/.default")];
        fields.extend(secret.map(|secret| ("client_secret", secret)));
        fields
    };
    assert_eq!(
        number_of(&signing.token(&[("client_id", CLIENT), ("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_secret", "y")]).1),
        700025
    );
    for (fields, aadsts) in
        [(refresh(CLIENT, None), 7000218), (refresh(CONFIDENTIAL, None), 7000218), (refresh(CONFIDENTIAL, Some("forkert")), 7000215)]
    {
        let (status, refused) = signing.token(&fields);
        assert_eq!((status, number_of(&refused), text(&refused, "error")), (401, aadsts, "invalid_client".into()));
    }
    let (status, tokens) = signing.token(&refresh(CONFIDENTIAL, Some("hemmelig")));
    assert_eq!(status, 200);
    assert!(tokens["refresh_token"].is_null());
    let caller = signing.entra.check(signing.now, &text(&tokens, "access_token")).expect("accepted");
    assert!(caller.app_only && caller.roles == ["API.ReadWrite.All"]);
    signing.now += TimeDelta::days(1);
    assert_eq!(number_of(&signing.token(&refresh(CONFIDENTIAL, Some("hemmelig"))).1), 7000222);
    let wrong_scope = [("client_id", CONFIDENTIAL), ("client_secret", "hemmelig"), ("grant_type", "client_credentials"), ("scope", SCOPE)];
    signing.now -= TimeDelta::days(1);
    assert_eq!(number_of(&signing.token(&wrong_scope).1), 1002012);
}

#[test]
fn device_code_waits_slows_down_and_is_answered_on_its_page() {
    let mut signing = Signing::new();
    let start = |signing: &mut Signing| {
        let response = signing.send(Method::POST, &format!("/{TENANT}/oauth2/v2.0/devicecode"), &encode(&[("client_id", CLIENT), ("scope", SCOPE)]));
        serde_json::from_slice::<Json>(response.body()).unwrap_or_default()
    };
    let poll = |signing: &mut Signing, code: &str| {
        signing.token(&[("client_id", CLIENT), ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", code)]).1
    };
    let device = start(&mut signing);
    let code = text(&device, "device_code");
    assert_eq!((device["expires_in"].as_i64(), device["interval"].as_i64()), (Some(900), Some(5)));
    assert_eq!(text(&poll(&mut signing, &code), "error"), "authorization_pending");
    assert_eq!(text(&poll(&mut signing, &code), "error"), "slow_down");
    signing.now += TimeDelta::seconds(10);
    assert_eq!(text(&poll(&mut signing, &code), "error"), "authorization_pending");
    let user_code = text(&device, "user_code").to_lowercase();
    signing.send(
        Method::POST,
        "/common/oauth2/deviceauth",
        &encode(&[("user_code", &user_code), ("username", "bo@proeve.example"), ("action", "accept")]),
    );
    assert!(poll(&mut signing, &code)["access_token"].is_string());
    assert_eq!(text(&poll(&mut signing, &code), "error"), "bad_verification_code");

    let declined = start(&mut signing);
    signing.send(Method::POST, "/common/oauth2/deviceauth", &encode(&[("user_code", &text(&declined, "user_code")), ("action", "cancel")]));
    assert_eq!(text(&poll(&mut signing, &text(&declined, "device_code")), "error"), "authorization_declined");
    let late = start(&mut signing);
    signing.now += TimeDelta::seconds(900);
    assert_eq!(text(&poll(&mut signing, &text(&late, "device_code")), "error"), "expired_token");
}

#[test]
fn libraries_find_their_endpoints() {
    let mut signing = Signing::new();
    let response = signing.send(Method::GET, &format!("/{TENANT}/v2.0/.well-known/openid-configuration"), "");
    let configuration: Json = serde_json::from_slice(response.body()).unwrap_or_default();
    assert_eq!(text(&configuration, "token_endpoint"), format!("http://signin.test/{TENANT}/oauth2/v2.0/token"));
    assert_eq!(text(&configuration, "issuer"), format!("http://signin.test/{TENANT}/v2.0"));
    let response = signing.send(Method::GET, &format!("https://tls.test:8443/{TENANT}/v2.0/.well-known/openid-configuration"), "");
    let configuration: Json = serde_json::from_slice(response.body()).unwrap_or_default();
    assert_eq!(text(&configuration, "issuer"), format!("https://tls.test:8443/{TENANT}/v2.0"), "an absolute address says where we were reached");
    let unknown = signing.send(Method::GET, "/nobody.example/v2.0/.well-known/openid-configuration", "");
    assert_eq!(unknown.status(), 400);
}

#[test]
fn reading_a_page_changes_nothing_that_follows() {
    let (mut left, mut right) = (Signing::new(), Signing::new());
    for _ in 0..3 {
        right.send(Method::GET, &Signing::address(&[]), "");
    }
    assert_eq!(left.code(), right.code());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_request_is_answered(path in "/[!-~]{0,30}", query in "[!-~]{0,60}", body in "\\PC{0,80}", post: bool, fields in prop::collection::vec((prop_oneof![Just("client_id"), Just("grant_type"), Just("code"), Just("scope"), Just("redirect_uri"), Just("device_code")], prop_oneof![Just(CLIENT.to_string()), Just("authorization_code".to_string()), Just("refresh_token".to_string()), "\\PC{0,20}"]), 0..6)) {
        let mut signing = Signing::new();
        let method = if post { Method::POST } else { Method::GET };
        let address = format!("{}?{}", path.replace(['?', '#'], ""), query.replace('#', ""));
        if let Ok(request) = Request::builder().method(method).uri(address).body(Bytes::from(body)) {
            prop_assert_ne!(signing.entra.handle(signing.now, request).status().as_u16(), 500);
        }
        let pairs: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        for end in ["token", "authorize", "devicecode"] {
            let response = signing.send(Method::POST, &format!("/common/oauth2/v2.0/{end}"), &encode(&pairs));
            prop_assert!(response.status().as_u16() < 500);
        }
    }
}
