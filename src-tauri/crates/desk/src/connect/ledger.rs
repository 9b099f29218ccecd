//! Business Central: signed in to in the browser, by a device code, or by an application of one's own.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use book::Side as Of;
use ledgers::business_central::Directory;
use ledgers::{Ledger, ReadError};
use remote::{BaseUrl, Outside, Secret};
use secrecy::ExposeSecret;
use signin::{Authorization, Entra, Secrets, TokenKeeper};

use super::clients::Tokens;
use super::same::has_fetched;
use super::under_way::Signin;
use super::{default_sales, for_guests};
use crate::bases::Bases;
use crate::commands::*;
use crate::mirror::company_record;
use crate::open::Open;
use crate::problems::{LEDGER_NAME, not_connected};
use crate::settings::{CompanyChoice, LedgerSide};
use crate::surroundings::Place;
use crate::{Desk, lock};

/// The registration of this program at Microsoft, if it was built with one.
pub(super) const CLIENT_ID: Option<&str> = option_env!("COUNTERSIGN_CLIENT_ID");
/// Work accounts of any organisation.
const ANY_TENANT: &str = "organizations";
/// A client secret, and every other field of a registration.
const LONGEST_FIELD: usize = 255;
/// The address that a registration must know, the port left out (docs: Redirect URI restrictions).
const ADDRESS: &str = "http://localhost";

impl Desk {
    pub async fn begin_signin(&self, asked: BeginSignin) -> Result<SigninStatus, Problem> {
        let open = self.open()?;
        let side = self.side(&open, &asked, LedgerWay::Browser)?;
        let entra = entra(&open.bases, &side)?;
        let listener = self.around().listen(0).await?;
        let (url, mut pending) = Authorization::begin(&entra, listener.port(), &self.around().random())?;
        let (desk, own) = (self.clone(), open.clone());
        let work = async move {
            let outside = desk.outside();
            let signed_in = async {
                let code = listener.wait(&mut pending, outside.clock.as_ref()).await?;
                Ok(code.redeem(outside.transport.as_ref(), outside.clock.as_ref()).await?)
            };
            let tokens = signed_in.await.map_err(|problem| explained(problem, &entra))?;
            desk.admit_user(&own, side, entra, tokens).await
        };
        self.follow(&open, Signin { url: Some(url.clone()), ..Signin::default() }, work);
        // Without a browser the address is shown, to be opened by hand.
        let _ = self.around().open_signin(&url, if open.demo.is_some() { Place::Popup } else { Place::Browser });
        self.signin_status(Nothing {}).await
    }

    pub async fn begin_device(&self, asked: BeginSignin) -> Result<SigninStatus, Problem> {
        let open = self.open()?;
        let side = self.side(&open, &asked, LedgerWay::Device)?;
        let (entra, outside) = (entra(&open.bases, &side)?, self.outside());
        let device = entra.device_code(outside.transport.as_ref(), outside.clock.as_ref()).await.map_err(|error| explained(error.into(), &entra))?;
        let shown = DeviceCode { code: device.user_code.clone(), page: device.page.clone(), expires_at: stamp(device.expires_at) };
        let (desk, own) = (self.clone(), open.clone());
        let work = async move {
            let tokens = entra.device_tokens(device, outside.transport.as_ref(), outside.clock.as_ref()).await;
            let tokens = tokens.map_err(|error| explained(error.into(), &entra))?;
            desk.admit_user(&own, side, entra, tokens).await
        };
        self.follow(&open, Signin { device: Some(shown), ..Signin::default() }, work);
        self.signin_status(Nothing {}).await
    }

    pub async fn connect_application(&self, asked: ApplicationSecret) -> Result<SigninStatus, Problem> {
        let open = self.open()?;
        let named = BeginSignin { tenant: asked.tenant, client_id: asked.client_id };
        let secret = Secret::from(asked.secret.trim().to_owned());
        let side = self.side(&open, &named, LedgerWay::Application)?;
        if side.tenant == ANY_TENANT || named.client_id.trim().is_empty() || !(1..=LONGEST_FIELD).contains(&secret.expose_secret().len()) {
            return Err(Problem::new(Code::SigninSetup));
        }
        self.around().redactor().plant(&secret);
        let (desk, own) = (self.clone(), open.clone());
        let work = async move { desk.admit_application(&own, side, &secret).await };
        self.follow(&open, Signin::default(), work);
        self.signin_status(Nothing {}).await
    }

    pub async fn companies(&self, asked: EnvironmentName) -> Result<Companies, Problem> {
        let open = self.open()?;
        let (_, settings) = open.settings()?;
        let side = settings.ledger.ok_or(not_connected())?;
        let found = self.directory(keeper(&open)?, &open.bases)?.companies(&side.tenant, &asked.environment).await?;
        Ok(Companies { companies: found.into_iter().map(|company| Company { id: company.id, name: company.name }).collect() })
    }

    pub async fn choose_company(&self, asked: ChooseCompany) -> Result<Overview, Problem> {
        let open = self.open()?;
        let (_, settings) = open.settings()?;
        let mut side = settings.ledger.clone().ok_or(not_connected())?;
        let directory = self.directory(keeper(&open)?, &open.bases)?;
        let environments = directory.environments().await?;
        let gone = |what: &str| Problem::new(Code::GoneRemotely).with("side", LEDGER_NAME).with("what", what);
        let environment = environments.into_iter().find(|found| found.name == asked.environment).ok_or(gone("this environment"))?;
        let companies = directory.companies(&side.tenant, &environment.name).await?;
        let chosen = companies.into_iter().find(|company| company.id == asked.company).ok_or(gone("this company"))?;
        if let Some(have) = settings.company().filter(|have| has_fetched(&open, Of::Ledger) && have.id != chosen.id) {
            return Err(Problem::new(Code::OtherCompany).with("have", have.name.clone()).with("found", chosen.name));
        }
        let base = money::Currency::parse("DKK").map_err(|_| Problem::new(Code::Internal))?;
        (side.sandbox, side.environment) = (!environment.production, Some(environment.name));
        side.company = Some(CompanyChoice { id: chosen.id, name: chosen.name, base, country: String::new() });
        self.may_pair(&open, &settings.demo, settings.stripe.as_ref(), Some(&side))?;
        // Kept only when the company has said what it is.
        let facts = self.ledger_client(&open, &side, keeper(&open)?)?.ok_or(not_connected())?.facts().await?;
        if let Some(company) = side.company.as_mut() {
            (company.base, company.country) = (facts.base, facts.country.clone());
        }
        self.change(&open, "company", |settings| {
            settings.ledger = Some(side);
            settings.sales = settings.sales.take().or_else(|| default_sales(&facts));
            if let Some(demo) = open.demo.as_ref().filter(|_| settings.customers.generic.is_empty()) {
                settings.customers.generic = for_guests(&demo.generic_customer, &facts);
            }
        })?;
        self.build_clients(&open).await?;
        let _claimed = self.claim(&open, |_| ()).await?;
        let (record, now) = (company_record(&facts)?, self.now());
        open.book().put(Of::Ledger, &[record], now)?;
        self.overview(Nothing {}).await
    }

    /// Whether a sign-in to the ledger is kept and a company chosen.
    pub async fn signed_in(&self) -> Result<bool, Problem> {
        let open = self.open()?;
        let (_, settings) = open.settings()?;
        if settings.company().is_none() {
            return Ok(false);
        }
        keeper(&open)?.signed_in().await.map_err(Problem::from)
    }

    /// A person's sign-in: kept in memory until it is known to be one of this book.
    async fn admit_user(&self, open: &Arc<Open>, mut side: LedgerSide, entra: Entra, tokens: signin::Tokens) -> Result<Vec<Environment>, Problem> {
        let account = tokens.account.clone();
        side.user = account.as_ref().and_then(|account| account.username.clone().or(account.name.clone()));
        if side.tenant == ANY_TENANT {
            // The ledger's addresses name the organisation itself.
            side.tenant = account.and_then(|account| account.tenant).ok_or(Problem::new(Code::SigninTenant))?;
        }
        let fresh = Secrets::for_this_session();
        let keeper = TokenKeeper::new(entra, self.outside(), fresh.clone(), open.secret("ledger"), None).with_redactor(self.around().redactor());
        keeper.keep(tokens).await?;
        self.admit(open, side, keeper, fresh).await
    }

    async fn admit_application(&self, open: &Arc<Open>, side: LedgerSide, secret: &Secret) -> Result<Vec<Environment>, Problem> {
        let (entra, fresh) = (entra(&open.bases, &side)?, Secrets::for_this_session());
        fresh.put(&open.secret("ledger"), secret).await?;
        let keeper = TokenKeeper::for_application(entra.clone(), self.outside(), fresh.clone(), open.secret("ledger"));
        // Microsoft's own answer first, so that its reasons are not taken for the ledger's.
        keeper.access().await.map_err(|error| explained(error.into(), &entra))?;
        self.admit(open, side, keeper.with_redactor(self.around().redactor()), fresh).await
    }

    /// Looks what the sign-in can see, and only then puts it in the place of the old one.
    async fn admit(&self, open: &Arc<Open>, mut side: LedgerSide, keeper: TokenKeeper, fresh: Secrets) -> Result<Vec<Environment>, Problem> {
        let directory = self.directory(Arc::new(keeper), &open.bases)?;
        let found = directory.environments().await.map_err(|error| not_let_in(error, side.way))?;
        let (_, settings) = open.settings()?;
        self.same_company(open, &settings, &side, &directory).await?;
        let kept = fresh.get(&open.secret("ledger")).await?.ok_or(Problem::new(Code::SigninFailed).with("error", "no refresh token"))?;
        open.secrets().put(&open.secret("ledger"), &kept).await?;
        (side.since, side.disconnected) = (Some(self.now()), false);
        self.change(open, "ledger", |settings| {
            if let Some(old) = settings.ledger.take().filter(|old| old.tenant == side.tenant) {
                (side.environment, side.company, side.sandbox) = (old.environment, old.company, old.sandbox);
            }
            settings.ledger = Some(side);
        })?;
        self.build_clients(open).await?;
        open.signed_out.store(false, Ordering::Relaxed);
        let environments = found.into_iter().map(|found| Environment { name: found.name, production: found.production, country: found.country });
        Ok(environments.collect())
    }

    /// What is asked for, with what the book knows already in the place of what is left out.
    fn side(&self, open: &Open, asked: &BeginSignin, way: LedgerWay) -> Result<LedgerSide, Problem> {
        let side = |tenant, client_id| LedgerSide {
            tenant,
            client_id,
            environment: None,
            company: None,
            way,
            user: None,
            sandbox: false,
            since: None,
            disconnected: false,
        };
        if let Some(demo) = &open.demo {
            return Ok(side(demo.credentials.tenant.clone(), demo.credentials.client_id.clone()));
        }
        let (_, settings) = open.settings()?;
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let kept = settings.ledger.as_ref().filter(|kept| (kept.way == LedgerWay::Application) == (way == LedgerWay::Application));
        let client_id = given(&asked.client_id).or(kept.map(|kept| kept.client_id.clone())).or_else(|| CLIENT_ID.map(str::to_owned));
        let tenant = given(&asked.tenant).or(settings.company().and(kept).map(|kept| kept.tenant.clone()));
        let (client_id, tenant) = (client_id.ok_or(Problem::new(Code::SigninSetup))?, tenant.unwrap_or_else(|| ANY_TENANT.into()));
        if client_id.len() > LONGEST_FIELD || tenant.len() > LONGEST_FIELD {
            return Err(Problem::new(Code::SigninSetup));
        }
        Ok(side(tenant, client_id))
    }

    pub(super) fn directory(&self, keeper: Arc<TokenKeeper>, bases: &Bases) -> Result<Directory, Problem> {
        Directory::new(self.outside(), &bases.business_central, Arc::new(Tokens(keeper))).map_err(|_| Problem::new(Code::Internal))
    }
}

pub fn entra(bases: &Bases, side: &LedgerSide) -> Result<Entra, Problem> {
    let authority = BaseUrl::parse(&bases.signin).map_err(|_| Problem::new(Code::Internal))?;
    Ok(Entra { authority, tenant: side.tenant.clone(), client_id: side.client_id.clone(), scopes: scopes(side.way) })
}

/// The keeper of a book's sign-in, as it was signed in.
pub fn keeper_of(open: &Open, side: &LedgerSide, outside: Outside, secrets: Secrets) -> Result<TokenKeeper, Problem> {
    let (entra, entry) = (entra(&open.bases, side)?, open.secret("ledger"));
    Ok(match side.way {
        LedgerWay::Application => TokenKeeper::for_application(entra, outside, secrets, entry),
        LedgerWay::Browser | LedgerWay::Device => TokenKeeper::new(entra, outside, secrets, entry, Some(open.path.with_extension("signin.lock"))),
    })
}

/// (docs: Microsoft identity platform, Business Central permissions)
fn scopes(way: LedgerWay) -> Vec<String> {
    const RESOURCE: &str = "https://api.businesscentral.dynamics.com";
    match way {
        LedgerWay::Application => vec![format!("{RESOURCE}/.default")],
        LedgerWay::Browser | LedgerWay::Device => {
            let openid = ["offline_access", "openid", "profile"].map(str::to_owned);
            std::iter::once(format!("{RESOURCE}/Financials.ReadWrite.All")).chain(openid).collect()
        }
    }
}

pub fn keeper(open: &Open) -> Result<Arc<TokenKeeper>, Problem> {
    lock(&open.keeper).clone().ok_or(not_connected())
}

/// With the addresses that whoever can mend it needs.
fn explained(problem: Problem, entra: &Entra) -> Problem {
    match problem.code {
        Code::SigninConsent => problem.with("url", entra.admin_consent_url()),
        Code::SigninRedirect => problem.with("address", ADDRESS),
        _ => problem,
    }
}

/// A token that Microsoft has just given and the ledger refuses: nobody there knows whose it is.
pub(super) fn not_let_in(error: ReadError, way: LedgerWay) -> Problem {
    let code = match way {
        LedgerWay::Application => Code::LedgerRefusesApplication,
        LedgerWay::Browser | LedgerWay::Device => Code::LedgerRefusesUser,
    };
    match error {
        ReadError::SignedOut => Problem::new(code).with("side", LEDGER_NAME),
        other => other.into(),
    }
}
