//! The two windows and where each of them may go.

use std::sync::{
    OnceLock,
    atomic::{AtomicU32, Ordering},
};

use desk::Desk;
use tauri::{AppHandle, Manager, Url, WebviewUrl, WebviewWindowBuilder, WindowEvent, webview::NewWindowResponse};

use crate::automation;

pub const MAIN: &str = "main";
/// Followed by a number, since a window that is closed keeps its label a little longer.
const SIGN_IN: &str = "signin-";

const SIZE: (f64, f64) = (1280.0, 800.0);
const LEAST: (f64, f64) = (640.0, 520.0);
const SIGN_IN_SIZE: (f64, f64) = (520.0, 680.0);

/// Lets a test see what the content policy stopped, from the first byte of the page on.
const NOTE_VIOLATIONS: &str = "window.violations = [];
    addEventListener('securitypolicyviolation', e => window.violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}`));";

/// The main window shows the page that is built into the program and never anything else.
pub fn open_main(app: &AppHandle) -> tauri::Result<()> {
    // The first address is the program's own, as Tauri spells it on this platform.
    let own = OnceLock::new();
    let window = WebviewWindowBuilder::new(app, MAIN, WebviewUrl::default())
        .title("Countersign")
        .inner_size(SIZE.0, SIZE.1)
        .min_inner_size(LEAST.0, LEAST.1)
        .on_navigation(move |url| same_place(own.get_or_init(|| url.clone()), url))
        .on_new_window(|_, _| NewWindowResponse::Deny);
    let window = if automation::driven() { window.initialization_script(NOTE_VIOLATIONS) } else { window };
    window.build()?;
    Ok(())
}

/// A sign-in page of the demo company, which lives on this computer. The window has no
/// capability: whatever its page calls is refused.
pub fn open_signin(app: &AppHandle, url: &Url) -> tauri::Result<()> {
    static OPENED: AtomicU32 = AtomicU32::new(0);
    close_signin(app);
    let label = format!("{SIGN_IN}{}", OPENED.fetch_add(1, Ordering::Relaxed));
    let places = places_of(url);
    let window = WebviewWindowBuilder::new(app, label, WebviewUrl::External(url.clone()))
        .title("Sign in")
        .inner_size(SIGN_IN_SIZE.0, SIGN_IN_SIZE.1)
        // A private context is invisible to a test that drives the windows.
        .incognito(!automation::driven())
        .on_navigation(move |url| places.iter().any(|place| same_place(place, url)))
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .build()?;
    let desk = app.state::<Desk>().inner().clone();
    window.on_window_event(move |event| {
        // Closed by the person; a window that we take away is not asked.
        if let WindowEvent::CloseRequested { .. } = event {
            desk.signin_closed();
        }
    });
    Ok(())
}

pub fn close_signin(app: &AppHandle) {
    for (label, window) in app.webview_windows() {
        if label.starts_with(SIGN_IN) {
            // A window that is already gone is what is wanted.
            let _ = window.destroy();
        }
    }
}

pub fn is_loopback(url: &Url) -> bool {
    url.scheme() == "http" && matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"))
}

/// The sign-in page and the address that receives its answer, both on this computer.
fn places_of(url: &Url) -> Vec<Url> {
    let answer = url.query_pairs().find(|(name, _)| name == "redirect_uri").and_then(|(_, value)| Url::parse(&value).ok());
    [Some(url.clone()), answer].into_iter().flatten().filter(is_loopback).collect()
}

fn same_place(own: &Url, other: &Url) -> bool {
    own.scheme() == other.scheme() && own.host() == other.host() && own.port_or_known_default() == other.port_or_known_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("an address")
    }

    #[test]
    fn a_place_is_scheme_host_and_port() {
        let own = url("tauri://localhost/");
        for same in ["tauri://localhost", "tauri://localhost/index.html?x#y"] {
            assert!(same_place(&own, &url(same)), "{same}");
        }
        for other in
            ["http://localhost/", "tauri://localhost:1/", "tauri://localhost.evil/", "https://tauri.localhost/", "about:blank", "data:text/html,x"]
        {
            assert!(!same_place(&own, &url(other)), "{other}");
        }
        assert!(same_place(&url("http://tauri.localhost/"), &url("http://tauri.localhost:80/a")));
    }

    #[test]
    fn the_popup_goes_to_its_page_and_its_answer_and_only_on_this_computer() {
        let places = places_of(&url("http://127.0.0.1:4000/authorize?redirect_uri=http%3A%2F%2Flocalhost%3A5000%2F&state=s"));
        assert_eq!(places.iter().map(Url::port).collect::<Vec<_>>(), [Some(4000), Some(5000)]);
        assert!(places_of(&url("https://login.example/authorize?redirect_uri=https%3A%2F%2Fevil.example%2F")).is_empty());
    }
}
