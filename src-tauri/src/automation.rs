//! A release listens to nobody who would drive it from outside: the variables that tests
//! and debuggers use are taken away before anything reads them.

use std::{
    env,
    ffi::{OsStr, OsString},
    process::{Command, ExitCode},
};

/// The webview reads these itself, so ignoring them means starting again without them.
const FOREIGN: [&str; 5] = [
    "TAURI_AUTOMATION",
    "TAURI_WEBVIEW_AUTOMATION",
    "WEBKIT_INSPECTOR_SERVER",
    "WEBKIT_INSPECTOR_HTTP_SERVER",
    "WEBVIEW2_ADDITIONAL_BROWSER_ARGUMENTS",
];
const OWN: &str = "COUNTERSIGN_";

/// Whether a test drives the windows. Never in a release.
pub fn driven() -> bool {
    cfg!(debug_assertions) && env::var_os("TAURI_WEBVIEW_AUTOMATION").is_some_and(|value| value == "true")
}

/// In a release with such variables: runs the program again without them, and says how that ended.
pub fn restart_without() -> Option<ExitCode> {
    let unwanted = unwanted(env::vars_os().map(|(name, _)| name), cfg!(debug_assertions));
    if unwanted.is_empty() {
        return None;
    }
    Some(run_without(&unwanted).map_or(ExitCode::FAILURE, ExitCode::from))
}

fn run_without(unwanted: &[OsString]) -> Option<u8> {
    let mut command = Command::new(env::current_exe().ok()?);
    command.args(env::args_os().skip(1));
    for name in unwanted {
        command.env_remove(name);
    }
    u8::try_from(command.status().ok()?.code()?).ok()
}

fn unwanted(names: impl Iterator<Item = OsString>, development: bool) -> Vec<OsString> {
    names.filter(|name| !development && is_automation(name)).collect()
}

fn is_automation(name: &OsStr) -> bool {
    // Windows does not tell case apart in the names of variables.
    let name = name.to_string_lossy().to_ascii_uppercase();
    name.starts_with(OWN) || FOREIGN.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLANTED: [&str; 4] = ["TAURI_WEBVIEW_AUTOMATION", "tauri_automation", "COUNTERSIGN_SANDBOX", "PATH"];

    fn names() -> impl Iterator<Item = OsString> {
        PLANTED.into_iter().map(OsString::from)
    }

    #[test]
    fn a_release_takes_every_automation_variable_away_and_no_other() {
        assert_eq!(unwanted(names(), false), ["TAURI_WEBVIEW_AUTOMATION", "tauri_automation", "COUNTERSIGN_SANDBOX"]);
    }

    #[test]
    fn development_keeps_them() {
        assert!(unwanted(names(), true).is_empty());
    }
}
