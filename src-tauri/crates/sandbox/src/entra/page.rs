//! The pages that a person sees. They work without script and load nothing.

use super::fault::Refusal;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

const STYLE: &str = "\
:root{color-scheme:light dark;--bg:#f3f4f6;--card:#fff;--ink:#1f2328;--dim:#5b636d;--line:#d0d5dc;--go:#0b57d0;--note:#8a5a00}\
@media(prefers-color-scheme:dark){:root{--bg:#16181c;--card:#202329;--ink:#e7e9ec;--dim:#a2a9b2;--line:#3a404a;--go:#8ab4f8;--note:#e0b45c}}\
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,sans-serif}\
main{width:min(27rem,calc(100vw - 2rem));background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1.75rem}\
.tag{font-size:12px;font-weight:600;color:var(--note);border:1px solid currentColor;border-radius:99px;padding:.1rem .6rem}\
h1{font-size:1.35rem;line-height:1.25;margin:1rem 0 .5rem}p{margin:.5rem 0;color:var(--dim)}ul{margin:.5rem 0 1rem;padding-left:1.1rem}\
label{display:block;font-weight:600;margin:1rem 0 .3rem}input{width:100%;font:inherit;color:inherit;background:transparent;border:1px solid var(--line);border-radius:6px;padding:.5rem .65rem}\
.row{display:flex;flex-direction:row-reverse;gap:.6rem;margin-top:1.4rem}button{font:inherit;font-weight:600;padding:.5rem 1.1rem;border-radius:6px;border:1px solid var(--line);background:transparent;color:inherit;cursor:pointer}\
button.go{background:var(--go);border-color:var(--go);color:var(--card)}button:focus-visible,input:focus-visible{outline:2px solid var(--go);outline-offset:2px}.wrong{color:#c0362c;font-weight:600}";

/// Sign-in and consent in one. *Accept* comes first, so that the Enter key means it.
pub fn sign_in(app: &str, tenant: &str, user_name: &str, wrong: Option<&str>) -> Response<Bytes> {
    let wrong = wrong.map(|text| format!("<p class=\"wrong\" role=\"alert\">{}</p>", escape(text))).unwrap_or_default();
    let body = format!(
        "<h1>Sign in to {tenant}</h1>{wrong}<p><strong>{app}</strong> asks to</p>\
<ul><li>read and write Business Central with your permissions</li><li>keep this access until you withdraw it</li></ul>\
<form method=\"post\"><label for=\"user\">User name</label><input id=\"user\" name=\"username\" value=\"{user}\" autocomplete=\"username\" autofocus>\
<div class=\"row\"><button class=\"go\" name=\"action\" value=\"accept\">Accept</button><button name=\"action\" value=\"cancel\">Cancel</button></div></form>",
        tenant = escape(tenant),
        app = escape(app),
        user = escape(user_name),
    );
    page(StatusCode::OK, "Sandbox sign-in", &body)
}

pub fn device(code: &str, user_name: &str, wrong: Option<&str>) -> Response<Bytes> {
    let wrong = wrong.map(|text| format!("<p class=\"wrong\" role=\"alert\">{}</p>", escape(text))).unwrap_or_default();
    let body = format!(
        "<h1>Enter the code</h1>{wrong}<p>The program on your other device shows it.</p>\
<form method=\"post\"><label for=\"code\">Code</label><input id=\"code\" name=\"user_code\" value=\"{}\" autocomplete=\"off\" autofocus>\
<label for=\"user\">User name</label><input id=\"user\" name=\"username\" value=\"{}\" autocomplete=\"username\">\
<div class=\"row\"><button class=\"go\" name=\"action\" value=\"accept\">Accept</button><button name=\"action\" value=\"cancel\">Cancel</button></div></form>",
        escape(code),
        escape(user_name),
    );
    page(StatusCode::OK, "Sandbox sign-in", &body)
}

pub fn message(title: &str, text: &str) -> Response<Bytes> {
    page(StatusCode::OK, title, &format!("<h1>{}</h1><p>{}</p>", escape(title), escape(text)))
}

pub fn refusal(refusal: &Refusal) -> Response<Bytes> {
    let body =
        format!("<h1>Sorry, but we’re having trouble signing you in.</h1><p class=\"wrong\" role=\"alert\">{}</p>", escape(&refusal.description()));
    page(StatusCode::BAD_REQUEST, "Sandbox sign-in", &body)
}

/// `response_mode=form_post`: the answer as a form that a press of a button sends on.
pub fn form_post(uri: &str, fields: &[(&str, &str)]) -> Response<Bytes> {
    let inputs: String =
        fields.iter().map(|(name, value)| format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value))).collect();
    let body = format!(
        "<h1>Almost done</h1><form method=\"post\" action=\"{}\">{inputs}<div class=\"row\"><button class=\"go\">Continue</button></div></form>",
        escape(uri)
    );
    page(StatusCode::OK, "Sandbox sign-in", &body)
}

pub(crate) fn page(status: StatusCode, title: &str, body: &str) -> Response<Bytes> {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{}</title><style>{STYLE}</style></head>\
<body><main><span class=\"tag\">Sandbox sign-in</span>{body}</main></body></html>",
        escape(title)
    );
    let mut response = Response::new(Bytes::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers
        .insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"));
    response
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
