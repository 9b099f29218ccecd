//! The demo company: three months of a small Danish workshop, in Stripe and in its ledger, made from a seed.

mod books;
mod cast;
mod economic_books;
mod expected;
pub mod golden;
mod history;
mod receipts;
mod story;
mod tales;

pub use expected::{Document, Expect, Expected, Kind};

use crate::business_central::{BusinessCentral, PermissionSet};
use crate::entra::{AppSetup, Caller, Entra, TenantSetup, UserSetup};
use crate::seed::Ids;
use crate::stripe::{Account, ApiKey, Connect, Permission, Stripe, Terms};
use crate::traffic::Traffic;
use crate::weather::Weather;
use crate::world::{Args, Credentials, World};
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// The company's domain, under a name that nobody can own.
const DOMAIN: &str = "nordlyskeramik.example";

/// Where Stripe's own sign-in sends people back to; for whoever tries Connect.
const CONNECT_REDIRECT: &str = "http://localhost:41890/stripe";

pub fn build(args: &Args) -> World {
    let cast = cast::members(args.seed, args.invoices as usize / 6);
    let plans = story::plans(args, &cast);
    let mut stripe = Stripe::new(args.seed, account(args), terms());
    let played = history::play(&mut stripe, args, &cast, &plans);
    let mut credentials = credentials(args);
    stripe.keys = vec![
        ApiKey::restricted_without(credentials.stripe_key.clone(), &[]),
        ApiKey::restricted_without(credentials.stripe_key_without_disputes.clone(), &[Permission::Disputes]),
    ];
    stripe.keys.push(ApiKey::secret(credentials.platform_key.clone()));
    stripe.connect = Connect::new(&credentials.connect_client_id, vec![CONNECT_REDIRECT.into()]);
    let mut business_central = BusinessCentral::new(args.seed);
    business_central.add_environment(&credentials.tenant, books::ENVIRONMENT, "DK", false);
    business_central.add_user(&credentials.tenant, &observer(&credentials).subject, PermissionSet::all());
    let kept = books::keep(&mut business_central, args, &cast, &plans, &played, &mut stripe);
    let expected = expected::all(&mut stripe.store, &cast, &plans, &played, &kept);
    let economic = economic_books::keep(args, &cast, &plans, &played, &mut stripe, &mut credentials);
    let entra = sign_in(args, &credentials, &mut business_central);
    World {
        stripe,
        entra,
        business_central,
        economic,
        weather: Weather::fair(),
        credentials,
        expected,
        generic_customer: books::GENERIC_CUSTOMER,
        offset: TimeDelta::zero(),
        requests: BTreeMap::new(),
        outgoing: Vec::new(),
        journal: None,
        traffic: Traffic::default(),
    }
}

/// Who looks at the ledger from outside, with every right.
pub fn observer(credentials: &Credentials) -> Caller {
    Caller {
        tenant: credentials.tenant.clone(),
        domain: DOMAIN.into(),
        subject: "sandbox-observer".into(),
        name: "Sandbox".into(),
        client_id: credentials.client_id.clone(),
        app_only: true,
        roles: vec!["API.ReadWrite.All".into()],
    }
}

/// One tenant, one person who may do everything but post, one public app and one that signs in as itself.
fn sign_in(args: &Args, credentials: &Credentials, ledger: &mut BusinessCentral) -> Entra {
    let mut ids = Ids::new(args.seed, "company/people");
    let user = UserSetup {
        id: ids.guid(),
        tenant: credentials.tenant.clone(),
        user_name: credentials.user.clone(),
        display_name: "Karen Lund".into(),
        administrator: true,
    };
    ledger.add_user(&credentials.tenant, &user.id, PermissionSet::drafts_only());
    let mut entra = Entra::new(args.seed);
    entra.add_tenant(TenantSetup {
        id: credentials.tenant.clone(),
        domain: DOMAIN.into(),
        display_name: args.company.clone(),
        business_central: true,
    });
    entra.add_user(user);
    entra.add_app(AppSetup {
        client_id: credentials.client_id.clone(),
        display_name: "Countersign".into(),
        redirect_uris: vec!["http://localhost".into()],
        public_client_flows: true,
        ..AppSetup::default()
    });
    entra.add_app(AppSetup {
        client_id: credentials.service_client_id.clone(),
        display_name: "Countersign, unattended".into(),
        only_tenant: Some(credentials.tenant.clone()),
        secrets: vec![(credentials.service_client_secret.clone(), DateTime::<Utc>::MAX_UTC)],
        application_permission: true,
        ..AppSetup::default()
    });
    ledger.add_user(&credentials.tenant, &credentials.service_client_id, PermissionSet::drafts_only());
    entra
}

fn account(args: &Args) -> Account {
    let created = story::start(args).and_hms_opt(8, 0, 0).map_or(0, |at| at.and_utc().timestamp()) - 400 * 86_400;
    Account {
        id: format!("acct_{}", Ids::new(args.seed, "company/account").token(16)),
        name: args.company.clone(),
        email: format!("kontor@{DOMAIN}"),
        country: "DK".into(),
        currency: "dkk".into(),
        timezone: "Europe/Copenhagen".into(),
        created,
        invoice_prefix: "NK".into(),
        next_invoice: 1_001,
    }
}

/// Invented, but of the usual size.
fn terms() -> Terms {
    let rate = |hundredths: i64| Decimal::new(hundredths, 2);
    Terms {
        domestic: rate(150),
        european: rate(250),
        international: rate(325),
        fixed: 180,
        conversion: rate(200),
        dispute_fee: 11_250,
        rates: [("eur", rate(740)), ("gbp", rate(868)), ("usd", rate(676)), ("jpy", rate(445)), ("sek", rate(65)), ("nok", rate(62))]
            .into_iter()
            .map(|(code, rate)| (code.to_owned(), rate))
            .collect(),
        // A bank account of its own: what comes in it is never changed into kroner.
        kept: vec!["nok".into()],
        delay_days: 2,
        arrival_days: 1,
        automatic_payouts: true,
    }
}

fn credentials(args: &Args) -> Credentials {
    let mut ids = Ids::new(args.seed, "company/credentials");
    Credentials {
        stripe_key: format!("rk_test_{}", ids.token(48)),
        stripe_key_without_disputes: format!("rk_test_{}", ids.token(48)),
        platform_key: format!("sk_test_{}", ids.token(48)),
        connect_client_id: format!("ca_{}", ids.token(32)),
        tenant: ids.guid(),
        client_id: ids.guid(),
        user: format!("karen.lund@{DOMAIN}"),
        environment: books::ENVIRONMENT.into(),
        company: args.company.clone(),
        economic_secret: String::new(),
        economic_public: String::new(),
        economic_grant: String::new(),
        token: ids.token(32),
        service_client_id: ids.guid(),
        service_client_secret: ids.token(40),
    }
}

#[cfg(test)]
mod tests;
