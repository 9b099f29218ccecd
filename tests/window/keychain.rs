//! A keychain of its own on a bus of its own, locked.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::driver::{Process, until};

pub struct LockedKeychain {
    /// Of its bus.
    pub address: String,
    _folder: TempDir,
    _daemons: [Process; 2],
}

/// The same bus as the desktop of the tests has: it starts nothing by itself.
const BUS: &str = ".ci/bus.conf";

impl LockedKeychain {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let config = Path::new(env!("CARGO_MANIFEST_DIR")).join(BUS);
        let mut bus = Command::new("dbus-daemon")
            .args(["--nofork", "--print-address"])
            .arg(format!("--config-file={}", config.display()))
            .stdout(Stdio::piped())
            .spawn()
            .expect("dbus-daemon (Debian: dbus)");
        let mut address = String::new();
        BufReader::new(bus.stdout.take().expect("its answer")).read_line(&mut address).expect("its address");
        let address = address.trim().to_owned();
        let mut keyring = Command::new("gnome-keyring-daemon")
            .args(["--foreground", "--unlock", "--components=secrets"])
            .env("DBUS_SESSION_BUS_ADDRESS", &address)
            .envs(["XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "HOME"].map(|name| (name, folder.path())))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("gnome-keyring-daemon (Debian: gnome-keyring)");
        keyring.stdin.take().expect("its input").write_all(b"countersign\n").expect("its password");
        let daemons = [Process(keyring), Process(bus)];
        until("the keychain is locked", || locked(&address).then_some(()));
        Self { address, _folder: folder, _daemons: daemons }
    }
}

/// Locks it, once it is there; whether it is locked now.
fn locked(bus: &str) -> bool {
    const LOGIN: &str = "/org/freedesktop/secrets/collection/login";
    let ask = |object: &str, method: &str, arguments: &[&str]| {
        let mut asked = Command::new("dbus-send");
        asked.args(["--session", "--print-reply=literal", "--dest=org.freedesktop.secrets", object, method]).args(arguments);
        let answer = asked.env("DBUS_SESSION_BUS_ADDRESS", bus).output().expect("dbus-send (Debian: dbus)");
        String::from_utf8_lossy(&answer.stdout).into_owned()
    };
    ask("/org/freedesktop/secrets", "org.freedesktop.Secret.Service.Lock", &[&format!("array:objpath:{LOGIN}")]);
    let property = ["string:org.freedesktop.Secret.Collection", "string:Locked"];
    ask(LOGIN, "org.freedesktop.DBus.Properties.Get", &property).contains("boolean true")
}
