//! Which environments and companies a sign-in can see, before one is chosen.

use std::sync::Arc;

use remote::{BadBase, BaseUrl, Door, GetRequest, Manners, Operation, Operations, Outside};

use super::{
    connection::{Copy, MANNERS, environment_base, rows},
    fields::Fields,
};
use crate::{Company, Environment, ReadError, TokenSource};

const OPERATIONS: Operations = Operations(&[Operation::get("/environments/v1.2")]);

pub struct Directory {
    outside: Outside,
    root: BaseUrl,
    tokens: Arc<dyn TokenSource>,
}

impl Directory {
    /// `root` is `https://api.businesscentral.dynamics.com`, or the sandbox.
    pub fn new(outside: Outside, root: &str, tokens: Arc<dyn TokenSource>) -> Result<Self, BadBase> {
        Ok(Self { outside, root: BaseUrl::parse(root)?, tokens })
    }

    /// docs: Get a list of environments (api-get-environments).
    pub async fn environments(&self) -> Result<Vec<Environment>, ReadError> {
        let door = Door::new(self.outside.clone(), self.root.clone(), Manners { operations: OPERATIONS, ..MANNERS });
        let page = rows(&door, self.tokens.as_ref(), GetRequest::new("/environments/v1.2"), Copy::Newest).await?;
        Ok(page.rows.iter().filter_map(|row| environment(&Fields::read(row)?)).collect())
    }

    /// Up to 300 in an environment: always one page.
    pub async fn companies(&self, tenant: &str, environment: &str) -> Result<Vec<Company>, ReadError> {
        let base = environment_base(&self.root.to_string(), tenant, environment).map_err(|_| ReadError::NotFound)?;
        let door = Door::new(self.outside.clone(), base, MANNERS);
        let page = rows(&door, self.tokens.as_ref(), GetRequest::new("/companies"), Copy::Newest).await?;
        Ok(page.rows.iter().filter_map(|row| company(&Fields::read(row)?)).collect())
    }
}

fn environment(fields: &Fields) -> Option<Environment> {
    Some(Environment {
        name: fields.text("name")?.to_owned(),
        production: fields.text("type").is_some_and(|kind| kind.eq_ignore_ascii_case("production")),
        country: fields.owned("countryCode"),
    })
}

fn company(fields: &Fields) -> Option<Company> {
    let name = fields.text("displayName").or_else(|| fields.text("name"))?;
    Some(Company { id: fields.text("id")?.to_owned(), name: name.to_owned() })
}
