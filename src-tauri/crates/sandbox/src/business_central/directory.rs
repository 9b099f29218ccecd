//! Environments and companies: what a signed-in user chooses from.

use super::address::Options;
use super::call::{Call, Reply};
use super::company::Company;
use super::facts::facts;
use super::fault::Fault;
use super::guid::Guid;
use super::query::{self, Page};
use super::record::Record;
use super::work::Work;
use super::{BusinessCentral, Visit};
use crate::entra::Caller;
use bytes::Bytes;
use http::{Method, Response, StatusCode};

impl BusinessCentral {
    /// `GET /environments/v1.2`
    pub(super) fn environments_of(&self, caller: &Caller) -> Reply {
        let own = self.environments.values().filter(|environment| environment.tenant.eq_ignore_ascii_case(&caller.tenant));
        let value: Vec<_> = own
            .map(|environment| {
                serde_json::json!({
                    "aadTenantId": environment.tenant,
                    "applicationFamily": "BusinessCentral",
                    "type": if environment.production { "Production" } else { "Sandbox" },
                    "name": environment.name,
                    "countryCode": environment.country,
                    "webServiceUrl": self.here,
                    "webClientLoginUrl": format!("{}/{}/{}", self.here, environment.tenant, environment.name),
                    "ringName": "PROD",
                })
            })
            .collect();
        Reply::json(StatusCode::OK, serde_json::json!({ "value": value }).to_string())
    }

    /// `companies` and `companies({id})`, which are read-only.
    pub(super) fn companies(&mut self, visit: &Visit, call: &Call<'_>, key: Option<&str>, options: &Options) -> Result<Reply, Fault> {
        if *call.method != Method::GET {
            return Err(Fault::method());
        }
        let entity = facts().entity("companies").ok_or_else(Fault::no_route)?;
        let server_page_size = call.server_page_size;
        let environment = self.environments.get_mut(&visit.key).ok_or_else(Fault::no_route)?;
        let rows: Vec<Record> = environment.companies.iter().map(company_row).collect();
        let work = Work { company: &mut environment.platform, ids: &mut self.ids, now: visit.now, quirks: self.quirks, rights: visit.rights.clone() };
        match key {
            None => {
                let page = Page { url: &call.url, root: &visit.root, preferred: call.max_page_size, server: server_page_size };
                Ok(Reply::json(StatusCode::OK, query::list(&work, entity, &Vec::new(), options, &page, Some(rows))?))
            }
            Some(key) => {
                let id = Guid::parse(&key.to_lowercase()).ok_or_else(Fault::no_route)?;
                let row = rows.into_iter().find(|row| row.id == id).ok_or_else(Fault::company)?;
                Ok(Reply::json(StatusCode::OK, query::entity(&work, entity, &row, options, &visit.root)?))
            }
        }
    }
}

/// A wrong environment is answered in XML, whatever the caller accepts.
pub fn no_environment() -> Response<Bytes> {
    let body = "<?xml version=\"1.0\" encoding=\"utf-8\"?><m:error xmlns:m=\"http://docs.oasis-open.org/odata/ns/metadata\"><m:code>NoEnvironment</m:code><m:message>Environment does not exist.</m:message></m:error>";
    Reply::xml(StatusCode::NOT_FOUND, body.into()).response()
}

fn company_row(company: &Company) -> Record {
    let mut row = Record::new(company.id, company.created);
    row.set("name", company.name.as_str());
    row.set("displayName", company.display_name.as_str());
    row.set("systemVersion", "28.0.0.0");
    row.set("timestamp", 1i64);
    row
}
