//! The pages of the grant, in the dress of the sandbox's other sign-in pages.

use crate::entra::page::{escape, page};
use bytes::Bytes;
use http::{Response, StatusCode};

const TITLE: &str = "Sandbox e-conomic";

pub fn notice(status: StatusCode, title: &str, text: &str) -> Response<Bytes> {
    page(status, TITLE, &format!("<h1>{}</h1><p>{}</p>", escape(title), escape(text)))
}

/// The token to be copied by hand.
pub fn token(token: &str) -> Response<Bytes> {
    let body = format!(
        "<h1>The app was added</h1><p>Copy this token into the app.</p><label for=\"token\">Agreement grant token</label>\
<input id=\"token\" readonly value=\"{}\">",
        escape(token)
    );
    page(StatusCode::OK, TITLE, &body)
}

/// *Add app* comes first, so that the Enter key means it.
pub fn add_app(app: &str, role: &str, agreements: &[(u64, String)]) -> Response<Bytes> {
    let options: String =
        agreements.iter().map(|(number, name)| format!("<option value=\"{number}\">{} ({number})</option>", escape(name))).collect();
    let body = format!(
        "<h1>Add app</h1><p><strong>{app}</strong> asks for access to an agreement, in the role</p><ul><li>{role}</li></ul>\
<form method=\"post\"><label for=\"agreement\">Agreement</label><select id=\"agreement\" name=\"agreement\">{options}</select>\
<div class=\"row\"><button class=\"go\" name=\"action\" value=\"add\">Add app</button><button name=\"action\" value=\"cancel\">Cancel</button></div></form>",
        app = escape(app),
        role = escape(role),
    );
    page(StatusCode::OK, TITLE, &body)
}
