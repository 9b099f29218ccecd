//! Where the services are asked.

use serde::Deserialize;

use crate::commands::HostRole;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Bases {
    pub stripe: String,
    /// Where accounts are connected to a platform.
    pub connect: String,
    pub signin: String,
    pub business_central: String,
}

impl Bases {
    pub fn real() -> Self {
        Self {
            stripe: "https://api.stripe.com".into(),
            connect: "https://connect.stripe.com".into(),
            signin: "https://login.microsoftonline.com".into(),
            business_central: "https://api.businesscentral.dynamics.com".into(),
        }
    }

    /// Each with what it is for; where one host plays several parts, the first.
    pub fn roles(&self) -> Vec<(String, HostRole)> {
        let parts = [
            (&self.stripe, HostRole::Stripe),
            (&self.business_central, HostRole::Ledger),
            (&self.signin, HostRole::LedgerSignIn),
            (&self.connect, HostRole::StripeSignIn),
        ];
        let mut roles: Vec<(String, HostRole)> = Vec::new();
        for (base, role) in parts {
            let host = base.split("://").nth(1).unwrap_or(base).to_owned();
            if !roles.iter().any(|(known, _)| *known == host) {
                roles.push((host, role));
            }
        }
        roles
    }
}
