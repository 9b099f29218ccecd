//! Who calls: an app by its secret, an agreement by its grant, and what the app's role may see.
//!
//! docs: www.e-conomic.com/developer/connect, /authentication, /permissions. The demo agreement takes the word `demo`
//! in both headers, or `?demo=true`, and reads only.

use super::Surface;
use super::call::Call;
use super::fault::Fault;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const DEMO: &str = "demo";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    SuperUser,
    Bookkeeping,
    Sales,
    ProjectEmployee,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::SuperUser, Self::Bookkeeping, Self::Sales, Self::ProjectEmployee];

    pub fn name(self) -> &'static str {
        match self {
            Self::SuperUser => "SuperUser",
            Self::Bookkeeping => "Bookkeeping",
            Self::Sales => "Sales",
            Self::ProjectEmployee => "ProjectEmployee",
        }
    }
}

/// An app as its developer registered it. The role cannot be changed later.
#[derive(Clone)]
pub struct App {
    pub number: u64,
    pub name: String,
    pub secret: String,
    pub public: String,
    pub role: Role,
}

pub struct Grant {
    pub agreement: u64,
    pub app: u64,
}

/// Whose request it is.
#[derive(Clone)]
pub struct Caller {
    pub agreement: u64,
    pub app: App,
}

#[derive(Default)]
pub struct Access {
    apps: Vec<App>,
    grants: BTreeMap<String, Grant>,
    pub demo: Option<u64>,
}

impl Access {
    pub fn add_app(&mut self, app: App) {
        self.apps.push(app);
    }

    pub fn app_of_public(&self, public: &str) -> Option<&App> {
        self.apps.iter().find(|app| app.public == public || app.number.to_string() == public)
    }

    pub fn next_app(&self) -> u64 {
        self.apps.len() as u64 + 1
    }

    pub fn grant(&mut self, token: String, agreement: u64, app: u64) {
        self.grants.insert(token, Grant { agreement, app });
    }

    /// As the accounting user removes the app; gives whether there was such a grant.
    pub fn revoke(&mut self, token: &str) -> bool {
        self.grants.remove(token).is_some()
    }

    pub fn caller(&self, call: &Call, surface: Surface) -> Result<Caller, Fault> {
        let by_query = surface == Surface::Rest && call.option("demo").is_some_and(|demo| demo.eq_ignore_ascii_case("true"));
        let (secret, grant) = (call.header("x-appsecrettoken"), call.header("x-agreementgranttoken"));
        if by_query || (secret, grant) == (Some(DEMO), Some(DEMO)) {
            let app = App { number: 0, name: "Demo".into(), secret: DEMO.into(), public: DEMO.into(), role: Role::SuperUser };
            let agreement = self.demo.ok_or_else(|| Fault::login(""))?;
            return if call.reads() {
                Ok(Caller { agreement, app })
            } else {
                Err(Fault::forbidden("E02040", "The demo agreement can be read only."))
            };
        }
        let (Some(secret), Some(grant)) = (secret, grant) else { return Err(Fault::login("")) };
        let app = self.apps.iter().find(|app| app.secret == secret).ok_or_else(|| Fault::login(""))?;
        let granted = self.grants.get(grant).ok_or_else(|| Fault::login(""))?;
        // A secret and a grant of different apps.
        if granted.app != app.number {
            return Err(Fault::login("E02250"));
        }
        Ok(Caller { agreement: granted.agreement, app: app.clone() })
    }
}

const BOOKS: &[Role] = &[Role::SuperUser, Role::Bookkeeping];
const SALES: &[Role] = &[Role::SuperUser, Role::Sales];
const OWNER: &[Role] = &[Role::SuperUser];

/// Which roles see a collection, by the first segment of the path (REST) or the service.
fn roles(surface: Surface, first: &str) -> &'static [Role] {
    match (surface, first) {
        (
            Surface::Rest,
            "customers" | "customer-groups" | "products" | "product-groups" | "invoices" | "orders" | "quotes" | "units" | "layouts" | "self",
        ) => SALES,
        (Surface::Rest, "accounts" | "accounting-years" | "journals" | "journals-experimental" | "vat-accounts" | "suppliers") => BOOKS,
        (Surface::Open, "customersapi" | "productsapi" | "q2capi") => SALES,
        (Surface::Open, "journalsapi" | "bookedentriesapi" | "accountsapi" | "accountingyearsapi" | "documentsapi") => BOOKS,
        (Surface::Open, "webhooksapi") => OWNER,
        _ => &Role::ALL,
    }
}

pub fn allow(caller: &Caller, surface: Surface, first: &str) -> Result<(), Fault> {
    if roles(surface, &first.to_ascii_lowercase()).contains(&caller.app.role) {
        return Ok(());
    }
    let word = if surface == Surface::Open { "AccessDenied" } else { "E02040" };
    Err(Fault::forbidden(word, format!("The app's role {} has no access to this resource.", caller.app.role.name())))
}
