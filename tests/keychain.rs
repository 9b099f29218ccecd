//! The real keychain of Linux: a session bus and a keychain of its own for each scene, in a
//! scratch folder. The test starts itself again inside that bus.
//!
//! Needs `dbus-run-session` (package dbus) and `gnome-keyring-daemon` (package gnome-keyring).
#![cfg(target_os = "linux")]

use std::{env, process::Command};

use countersign_signin::{KeychainError, Secrets, Status};
use remote::Secret;
use secrecy::ExposeSecret;
use secret_service::{EncryptionType, blocking::SecretService};

/// Set inside the bus: which scene to play.
const SCENE: &str = "COUNTERSIGN_KEYCHAIN_SCENE";
/// This test's own name, to start only itself.
const SELF: &str = "the_states_of_the_keychain_are_told_apart_and_secrets_are_kept";

#[test]
fn the_states_of_the_keychain_are_told_apart_and_secrets_are_kept() {
    match env::var(SCENE).as_deref() {
        Err(_) => {
            play("no bus", None);
            play("missing", Some("gnome-keyring-daemon --start --components=secrets"));
            play("unlocked", Some("printf 'x\\n' | gnome-keyring-daemon --unlock --components=secrets"));
        }
        Ok(scene) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                match scene {
                    "no bus" => unusable(&Status::Unreachable, KeychainError::Unreachable).await,
                    "missing" => unusable(&Status::Missing, KeychainError::Missing).await,
                    _ => unlocked().await,
                }
            });
        }
    }
}

fn play(scene: &str, keychain: Option<&str>) {
    let scratch = tempfile::tempdir().expect("a folder");
    let me = env::current_exe().expect("this test");
    let me = me.to_str().expect("a plain path");
    let mut command = match keychain {
        None => {
            let mut command = Command::new(me);
            command.args(["--exact", SELF]).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
            command
        }
        Some(start) => {
            let mut command = Command::new("dbus-run-session");
            command.args(["--", "sh", "-c", &format!("{start} >/dev/null && exec '{me}' --exact {SELF}")]);
            command
        }
    };
    for folder in ["XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "HOME"] {
        command.env(folder, scratch.path());
    }
    let played = command.env(SCENE, scene).output().expect("dbus-run-session and gnome-keyring-daemon are installed");
    let ran = String::from_utf8_lossy(&played.stdout).contains("1 passed");
    assert!(ran && played.status.success(), "{scene}: {}{}", String::from_utf8_lossy(&played.stdout), String::from_utf8_lossy(&played.stderr));
}

async fn unusable(status: &Status, error: KeychainError) {
    let secrets = Secrets::in_keychain();
    assert_eq!(secrets.status().await, *status);
    assert_eq!(secrets.get("a").await.err(), Some(error), "absent is never said for unknown");
    assert_eq!(secrets.put("a", &Secret::from("x")).await, Err(error));
}

async fn unlocked() {
    let secrets = Secrets::in_keychain();
    assert!(matches!(secrets.status().await, Status::Unlocked { name } if !name.is_empty()));
    assert!(secrets.get("a").await.expect("readable").is_none());
    for length in [5_000, 3] {
        secrets.put("a", &Secret::from("ø".repeat(length))).await.expect("kept");
        assert_eq!(secrets.get("a").await.expect("readable").expect("there").expose_secret().chars().count(), length);
    }
    tokio::task::spawn_blocking(lock).await.expect("locked");
    assert_eq!(secrets.status().await, Status::Locked);
    assert_eq!(secrets.get("a").await.err(), Some(KeychainError::Locked));
    assert_eq!(secrets.forget("a").await, Err(KeychainError::Locked));
}

fn lock() {
    let service = SecretService::connect(EncryptionType::Dh).expect("the keychain answers");
    service.get_default_collection().and_then(|collection| collection.lock()).expect("it can be locked");
}
