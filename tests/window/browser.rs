//! The person's own browser, played: what the program opens is written down, and a test presses its buttons.

use std::{
    env,
    ffi::OsString,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use crate::sandbox::http;

/// How a desktop opens a page.
const OPENER: &str = "xdg-open";
const FORM: &str = "Content-Type: application/x-www-form-urlencoded";

/// The program finds this opener first. It writes the address down in the same folder.
pub fn in_front_of_the_path(folder: &Path) -> OsString {
    let (opener, page) = (folder.join(OPENER), page(folder));
    let script = format!("#!/bin/sh\nprintf %s \"$1\" >'{0}.new' && mv '{0}.new' '{0}'\n", page.display());
    fs::write(&opener, script).expect("an opener");
    fs::set_permissions(&opener, fs::Permissions::from_mode(0o755)).expect("it can be run");
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths([folder.to_owned()].into_iter().chain(env::split_paths(&path))).expect("a path")
}

/// The address that was opened last, once.
pub fn opened(folder: &Path) -> Option<String> {
    let address = fs::read_to_string(page(folder)).ok()?;
    fs::remove_file(page(folder)).ok()?;
    Some(address)
}

/// Presses a button of a page and goes where it leads; gives the page on which one ends.
pub fn press(address: &str, form: &str) -> String {
    let answer = http("POST", address, &[FORM], form);
    match answer.location {
        Some(place) => http("GET", &place, &[], "").body,
        None => answer.body,
    }
}

/// Signs in at Microsoft's page with a name.
pub fn sign_in(address: &str, user: &str) -> String {
    press(address, &format!("username={}&action=accept", user.replace('@', "%40")))
}

fn page(folder: &Path) -> PathBuf {
    folder.join("opened")
}
