//! What no page may do: leave its place, open another window, or call what it was not given.

use std::{collections::BTreeSet, fs, path::Path};

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
    let refused = window
        .promise(
            "const words = /not allowed|not found/;
             const refused = [];
             for (const call of given[0])
                 await window.__TAURI_INTERNALS__.invoke(call, { name: 'overview', body: '{}' })
                     .catch(error => { if (words.test(String(error))) refused.push(call) });
             return refused;",
            vec![json!(calls)],
        )
        .await;
    let refused: BTreeSet<String> = serde_json::from_value(refused).expect("names of commands");
    let got_through: Vec<_> = calls.difference(&refused).map(String::as_str).collect();
    assert_eq!(got_through, allowed);
}

/// Every command that a permission of Tauri's core could allow.
fn core_commands() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("gen/schemas/acl-manifests.json");
    let manifests: Value = serde_json::from_slice(&fs::read(path).expect("the build writes gen/schemas")).expect("JSON");
    let mut commands = BTreeSet::new();
    for (plugin, manifest) in manifests.as_object().expect("plugins") {
        let Some(plugin) = plugin.strip_prefix("core:") else { continue };
        for permission in manifest["permissions"].as_object().expect("permissions").values() {
            for command in permission["commands"]["allow"].as_array().into_iter().flatten() {
                commands.insert(format!("plugin:{plugin}|{}", command.as_str().expect("a name")));
            }
        }
    }
    commands
}
