//! The page on which the person of an agreement adds an app, and what it gives the app: a grant token that never ends.
//!
//! docs: www.e-conomic.com/developer/connect. Not OAuth: no code, no state; a secret of the asker's own stands in the
//! redirect URL. Without one the page shows the token to be copied.

use super::Economic;
use super::access::App;
use super::page;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use percent_encoding::percent_decode_str;

pub const PATH: &str = "/secure/api1/requestaccess.aspx";
const TOKEN_LENGTH: usize = 43;

impl Economic {
    pub(super) fn grant_page(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let public = field(&query, "appPublicToken").or_else(|| field(&query, "appId")).unwrap_or_default();
        let Some(app) = self.access.app_of_public(&public).cloned() else {
            return page::notice(StatusCode::BAD_REQUEST, "The app is not known", "The address names no app of this sandbox.");
        };
        let redirect = field(&query, "redirectUrl");
        if redirect.as_deref().is_some_and(|redirect| !goes_back(redirect)) {
            return page::notice(StatusCode::BAD_REQUEST, "The address to return to is not one", "redirectUrl must be a full http or https address.");
        }
        match *request.method() {
            Method::GET => self.ask(&app),
            Method::POST => self.answer_grant(&app, &String::from_utf8_lossy(request.body()), redirect),
            _ => page::notice(StatusCode::METHOD_NOT_ALLOWED, "Not that way", "Open this page in a browser."),
        }
    }

    fn ask(&self, app: &App) -> Response<Bytes> {
        let agreements: Vec<(u64, String)> = self
            .agreements
            .values()
            .map(|agreement| (agreement.number, super::value::text(&agreement.company, "name").unwrap_or("Sandbox").to_owned()))
            .collect();
        page::add_app(&app.name, app.role.name(), &agreements)
    }

    fn answer_grant(&mut self, app: &App, form: &str, redirect: Option<String>) -> Response<Bytes> {
        let agreement = field(form, "agreement").and_then(|number| number.parse().ok()).filter(|number| self.agreements.contains_key(number));
        let (Some(agreement), Some("add")) = (agreement, field(form, "action").as_deref()) else {
            return page::notice(StatusCode::OK, "The app was not added", "You can close this page.");
        };
        let token = self.ids.token(TOKEN_LENGTH);
        self.access.grant(token.clone(), agreement, app.number);
        match redirect {
            None => page::token(&token),
            Some(redirect) => {
                let mark = if redirect.contains('?') { '&' } else { '?' };
                let mut response = Response::new(Bytes::new());
                *response.status_mut() = StatusCode::FOUND;
                if let Ok(to) = HeaderValue::try_from(format!("{redirect}{mark}token={token}")) {
                    response.headers_mut().insert(header::LOCATION, to);
                }
                response
            }
        }
    }
}

/// A full address without a fragment, in which nothing can be smuggled into a header.
fn goes_back(redirect: &str) -> bool {
    let uri: Option<Uri> = redirect.parse().ok();
    uri.is_some_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some()) && !redirect.contains('#')
}

fn field(text: &str, name: &str) -> Option<String> {
    let decode = |part: &str| percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().into_owned();
    let found = text.split('&').filter_map(|pair| pair.split_once('=')).find(|(given, _)| given.eq_ignore_ascii_case(name));
    found.map(|(_, value)| decode(value)).filter(|value| !value.is_empty())
}
