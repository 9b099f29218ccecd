//! Opens a sign-in page in the person's own browser. No shell stands between.

use std::process::{Command, Stdio};

use desk::CannotOpen;
use tauri::Url;

use crate::{automation, windows};

/// The only pages that are ever opened outside the program.
const PAGES: [&str; 2] = ["login.microsoftonline.com", "connect.stripe.com"];

/// Starts the browser, for an address that is ours.
pub fn open(url: &Url) -> Result<(), CannotOpen> {
    // A test that drives the windows plays the sign-in pages on this computer.
    let played = automation::driven() && windows::is_loopback(url);
    if !is_ours(url) && !played {
        return Err(CannotOpen);
    }
    let child = opener(url.as_str()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut child = child.map_err(|_| CannotOpen)?;
    std::thread::spawn(move || child.wait());
    Ok(())
}

fn is_ours(url: &Url) -> bool {
    url.scheme() == "https" && url.port().is_none() && url.username().is_empty() && url.host_str().is_some_and(|host| PAGES.contains(&host))
}

#[cfg(target_os = "windows")]
fn opener(url: &str) -> Command {
    let mut command = Command::new("rundll32.exe");
    command.args(["url.dll,FileProtocolHandler", url]);
    command
}

#[cfg(target_os = "macos")]
fn opener(url: &str) -> Command {
    let mut command = Command::new("/usr/bin/open");
    command.arg(url);
    command
}

#[cfg(not(any(target_os = "windows", target_os = "macos")))]
fn opener(url: &str) -> Command {
    let mut command = Command::new("xdg-open");
    command.arg(url);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_pages_and_only_over_https() {
        let ours = |text: &str| Url::parse(text).is_ok_and(|url| is_ours(&url));
        assert!(ours("https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize?state=x"));
        assert!(ours("https://connect.stripe.com/oauth/authorize?state=x"));
        for other in [
            "http://login.microsoftonline.com/",
            "https://login.microsoftonline.com.evil.example/",
            "https://login.microsoftonline.com@evil.example/",
            "https://someone@login.microsoftonline.com/",
            "https://login.microsoftonline.com:8443/",
            "file:///etc/passwd",
        ] {
            assert!(!ours(other), "{other}");
        }
    }
}
