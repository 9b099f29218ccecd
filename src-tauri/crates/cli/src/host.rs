//! The second host, for tests: the same desk and the same page in an ordinary browser.
//! Loopback only, a port of its own, a token, and nobody else's page. Not in a release.

use std::{
    collections::BTreeMap,
    fs, io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path as Name, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use desk::{
    CannotOpen, Computer, Desk, Face, Place,
    commands::{self, Code, Problem},
};
use tokio::net::TcpListener;

const TOKEN: &str = "x-countersign-token";
/// What the window's policy says, with this host in the place of the window's bridge.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const PAGE: &str = "index.html";

struct Host {
    desk: Desk,
    page: BTreeMap<String, (&'static str, Vec<u8>)>,
    address: SocketAddr,
    token: String,
}

/// The page shows where to sign in, and its browser goes there.
struct Browser;

impl Face for Browser {
    fn open_signin(&self, _: &str, _: Place) -> Result<(), CannotOpen> {
        Ok(())
    }

    fn close_signin(&self) {}

    fn changed(&self) {}
}

/// Serves the page built in `page` over the books in `folder` until the process ends; says on
/// a line of its own where.
pub async fn serve(page: &Path, folder: Option<PathBuf>) -> io::Result<()> {
    let computer = Computer::new(folder, Box::new(Browser)).map_err(io::Error::other)?;
    let desk = Desk::new(Arc::new(computer));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let mut files = BTreeMap::new();
    read(page, "", &mut files)?;
    let host = Arc::new(Host { desk, page: files, address, token: random()? });
    println!("{}", serde_json::json!({ "url": format!("http://{address}/?token={}", host.token) }));
    let routes = Router::new().route("/", get(index)).route("/{*path}", get(file)).route("/call/{name}", post(call)).with_state(host);
    axum::serve(listener, routes).await
}

async fn index(State(host): State<Arc<Host>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Result<Response, StatusCode> {
    host.is_asked(&headers)?;
    if query != Some(format!("token={}", host.token)) {
        return Err(StatusCode::FORBIDDEN);
    }
    let (kind, bytes) = host.page.get(PAGE).ok_or(StatusCode::NOT_FOUND)?;
    let nonce = random().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let text = String::from_utf8_lossy(bytes).replace("__TAURI_STYLE_NONCE__", &nonce).replace("__COUNTERSIGN_TOKEN__", &host.token);
    let policy = HeaderValue::from_str(&POLICY.replace("{nonce}", &nonce)).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let mut response = with_kind(kind, text.into_bytes());
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

async fn file(State(host): State<Arc<Host>>, Name(path): Name<String>, headers: HeaderMap) -> Result<Response, StatusCode> {
    host.is_asked(&headers)?;
    let (kind, bytes) = host.page.get(&path).filter(|_| path != PAGE).ok_or(StatusCode::NOT_FOUND)?;
    Ok(with_kind(kind, bytes.clone()))
}

async fn call(State(host): State<Arc<Host>>, Name(name): Name<String>, headers: HeaderMap, body: Bytes) -> Result<Response, StatusCode> {
    host.is_asked(&headers)?;
    let origin = format!("http://{}", host.address);
    if !is(&headers, header::ORIGIN.as_str(), &origin) || !is(&headers, TOKEN, &host.token) {
        return Err(StatusCode::FORBIDDEN);
    }
    let answer = match std::str::from_utf8(&body) {
        Ok(body) => commands::call(&host.desk, &name, body).await,
        Err(_) => Err(Problem::new(Code::BadRequest)),
    };
    let (status, text) = match answer {
        Ok(text) => (StatusCode::OK, text),
        Err(problem) => (StatusCode::UNPROCESSABLE_ENTITY, serde_json::json!(problem).to_string()),
    };
    Ok((status, with_kind("application/json", text.into_bytes())).into_response())
}

impl Host {
    /// Refuses names that somebody else's server may have been given for this address.
    fn is_asked(&self, headers: &HeaderMap) -> Result<(), StatusCode> {
        if is(headers, header::HOST.as_str(), &self.address.to_string()) { Ok(()) } else { Err(StatusCode::MISDIRECTED_REQUEST) }
    }
}

fn is(headers: &HeaderMap, name: &str, value: &str) -> bool {
    headers.get(name).is_some_and(|header| header.as_bytes() == value.as_bytes())
}

fn with_kind(kind: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, bytes).into_response()
}

/// Every file of the page, by its path below the folder: nothing else can be asked for.
fn read(folder: &Path, below: &str, page: &mut BTreeMap<String, (&'static str, Vec<u8>)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            read(&entry.path(), &format!("{name}/"), page)?;
        } else {
            page.insert(name, (kind(&entry.path()), fs::read(entry.path())?));
        }
    }
    Ok(())
}

fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("woff") => "font/woff",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

fn random() -> io::Result<String> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
