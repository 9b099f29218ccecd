//! What no page may do: leave its place, open another window, or call what it was not given.

use std::{collections::BTreeSet, fs, path::Path};

use desk::commands::NAMES;
use serde_json::{Value, json};

use crate::driver::Window;

/// Navigation and new windows are refused; the page stays where it is.
pub async fn nothing_leads_away(window: &Window) {
    let here = window.driver.current_url().await.expect("an address");
    let windows = window.driver.windows().await.expect("windows").len();
    let tried = window
        .promise(
            "const opened = window.open('https://example.com/');
             for (const away of ['http://127.0.0.1:9/', 'https://example.com/', 'data:text/html,away', 'file:///etc/hostname']) {
                 try { location.href = away; } catch {}
                 await new Promise(done => setTimeout(done, 50));
             }
             return opened === null;",
            vec![],
        )
        .await;
    assert_eq!(tried, json!(true), "a window was opened");
    assert_eq!(window.driver.current_url().await.expect("an address"), here);
    assert_eq!(window.driver.windows().await.expect("windows").len(), windows);
}

/// Calls everything that Tauri and the program know, and sees which calls get through.
pub async fn only_these_are_allowed(window: &Window, allowed: &[&str]) {
    let mut calls = core_commands();
    assert!(calls.len() > 100, "the list of Tauri's commands is read from what its build wrote");
    calls.extend(["desk".to_owned(), "watch".to_owned()]);
    let got_through = got_through(window, calls.iter().map(|call| json!([call, { "name": "overview", "body": "{}" }])).collect()).await;
    assert_eq!(got_through, allowed);
}

/// Each declared command of the desk, by its name.
pub async fn no_command_of_the_desk_is_allowed(window: &Window) {
    let calls = NAMES.iter().map(|name| json!(["desk", { "name": name, "body": "{}" }])).collect();
    assert_eq!(got_through(window, calls).await, Vec::<String>::new());
}

async fn got_through(window: &Window, calls: Vec<Value>) -> Vec<String> {
    let answer = window
        .promise(
            "const refusal = /not allowed|not found/;
             const through = [];
             for (const [call, given_with] of given[0])
                 await window.__TAURI_INTERNALS__.invoke(call, given_with)
                     .then(() => through.push(call), error => { if (!refusal.test(String(error))) through.push(call) });
             return through;",
            vec![json!(calls)],
        )
        .await;
    serde_json::from_value(answer).expect("names of commands")
}

/// What the manifests call the program's own commands.
const OWN: &str = "__app-acl__";

/// Every command that a permission of Tauri's core or of a plugin could allow.
fn core_commands() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("gen/schemas/acl-manifests.json");
    let manifests: Value = serde_json::from_slice(&fs::read(path).expect("the build writes gen/schemas")).expect("JSON");
    let mut commands = BTreeSet::new();
    for (plugin, manifest) in manifests.as_object().expect("plugins") {
        if plugin == OWN {
            continue;
        }
        let plugin = plugin.strip_prefix("core:").unwrap_or(plugin);
        for permission in manifest["permissions"].as_object().expect("permissions").values() {
            for command in permission["commands"]["allow"].as_array().into_iter().flatten() {
                commands.insert(format!("plugin:{plugin}|{}", command.as_str().expect("a name")));
            }
        }
    }
    commands
}
