//! The rules of the house that the compiler cannot see, read from `cargo metadata`,
//! `Cargo.lock` and the text of the tracked files.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// Which room may lean on which. A room that is not here may lean on nothing.
const ROOMS: [(&str, &str); 12] = [
    ("money", ""),
    ("matching", "money"),
    ("drafts", ""),
    ("book", "money drafts"),
    ("remote", "drafts"),
    ("stripe", "money drafts remote"),
    ("ledgers", "money drafts remote"),
    ("signin", "remote"),
    ("sandbox", ""),
    ("desk", "money matching drafts book remote stripe ledgers signin sandbox"),
    ("cli", "desk"),
    ("", "desk"), // the shell
];

/// Libraries that open a door, and the rooms that hold its key.
const DOORS: [(&str, &str); 7] = [
    ("rusqlite", "book"),
    ("reqwest", "remote"),
    ("oauth2", "signin"),
    ("keyring", "signin"),
    ("axum", "sandbox cli"),
    ("clap", "sandbox cli"),
    ("tauri", ""),
];

/// A second version would be a second truth (or a second copy of SQLite's locks).
const SINGLE: [&str; 5] = ["reqwest", "rustls", "libsqlite3-sys", "tokio", "hyper"];

/// MPL-2.0 covers its own files only; CDLA-Permissive-2.0 is Mozilla's list of roots.
const LICENCES: [&str; 12] = [
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "0BSD",
    "ISC",
    "Zlib",
    "Unlicense",
    "Unicode-3.0",
    "MPL-2.0",
    "CDLA-Permissive-2.0",
];

/// Where a clock may be read: the network's own, and the outer edge of each program.
const CLOCKS: [&str; 7] = [
    "/remote/src/network.rs",
    "/sandbox/src/http_host.rs",
    "/sandbox/src/http_host/tests.rs",
    "/sandbox/src/main.rs",
    "/cli/src/",
    "/src/bin/",
    "/examples/",
];

/// Made-up data, by whose amounts nothing is ever booked.
const MADE_UP: [&str; 3] = ["/matching/src/generate/", "/src/bin/", "/examples/"];

/// Written text, not data.
const WRITTEN: [&str; 14] = ["rs", "ts", "tsx", "mjs", "js", "css", "html", "md", "toml", "sh", "sql", "yml", "py", ""];
const LARGEST: usize = 40_000;

#[test]
fn rooms_lean_only_on_the_rooms_below_them() {
    let allowed: BTreeMap<_, BTreeSet<_>> = ROOMS.iter().map(|(room, others)| (*room, others.split_whitespace().collect())).collect();
    let mut broken = Vec::new();
    for (room, dependencies) in our_dependencies() {
        let Some(allowed) = allowed.get(room.as_str()) else {
            broken.push(format!("the room {room} has no rule"));
            continue;
        };
        for dependency in dependencies {
            if let Some(other) = dependency.strip_prefix("countersign-")
                && !allowed.contains(other)
            {
                broken.push(format!("{} leans on {other}", shown(&room)));
            }
            if let Some((library, rooms)) = DOORS.iter().find(|(library, _)| *library == dependency)
                && !rooms.split(' ').any(|allowed| allowed == room)
            {
                broken.push(format!("{} uses {library}", shown(&room)));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn there_is_one_of_each() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock");
    for name in SINGLE {
        let count = lock.lines().filter(|line| *line == format!("name = \"{name}\"")).count();
        assert_eq!(count, 1, "{name} is there {count} times");
    }
}

#[test]
fn every_library_may_be_used_and_given_on() {
    let metadata = metadata(&[]);
    let mut broken = Vec::new();
    for package in packages(&metadata) {
        let name = text(package, "name");
        let licence = package["license"].as_str().unwrap_or_default().replace('/', " OR ");
        if !permits(&licence) {
            broken.push(format!("{name}: {licence:?}"));
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn written_files_keep_to_the_rules() {
    let mut broken = Vec::new();
    for path in tracked() {
        let Some(content) = written(&path) else { continue };
        let mut tell = |what: &str| broken.push(format!("{path}: {what}"));
        if content.len() > LARGEST {
            tell(&format!("{} bytes, more than {LARGEST}", content.len()));
        }
        for phrase in nowhere() {
            // The made-up company has a made-up home.
            if content.contains(&phrase) && !path.starts_with("ui/src/host/fixture/") {
                tell(&format!("contains {phrase:?}"));
            }
        }
        let code = content.split("#[cfg(test)]").next().unwrap_or_default();
        if path.starts_with("src-tauri/crates/") && path.ends_with(".rs") {
            room_rules(&path, code, &mut tell);
        }
        if path.starts_with("ui/src/") && !path.starts_with("ui/src/host/") && content.contains("@tauri-apps") {
            tell("imports Tauri outside ui/src/host");
        }
        if path.starts_with("ui/src/") && content.contains(concat!("parse", "Float")) {
            tell("reads a number as a float");
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

fn room_rules(path: &str, code: &str, tell: &mut impl FnMut(&str)) {
    let clocks = ["Utc::now", "Local::now", "SystemTime::now", "Instant::now"];
    if !CLOCKS.iter().any(|place| path.contains(place)) && clocks.iter().any(|clock| code.contains(clock)) {
        tell("reads a clock; time comes in as a value");
    }
    if !path.contains("/crates/book/") && ["SELECT ", "INSERT INTO ", "CREATE TABLE "].iter().any(|sql| code.contains(sql)) {
        tell("contains SQL outside the book");
    }
    // Odds are floats; money never is.
    let floats = |line: &str| line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "f64" || word == "f32");
    let money = |line: &str| ["amount", "money", "price", "minor", "balance"].iter().any(|word| line.to_lowercase().contains(word));
    let odds = path.contains("/crates/matching/");
    if MADE_UP.iter().any(|place| path.contains(place)) {
        return;
    }
    for line in code.lines().filter(|line| floats(line) && (!odds || money(line))) {
        tell(&format!("a float: {}", line.trim()));
    }
}

/// Phrases that no written file holds. Put together here, since this file is one of them.
fn nowhere() -> Vec<String> {
    let joined: [&[&str]; 12] = [
        &["..", "/shared"],
        &["/ro", "ot/"],
        &["/ho", "me/"],
        &["/wo", "rk/"],
        &["registry", ".npmjs"],
        &["registry", ".yarnpkg"],
        &["index.", "crates.io"],
        &["static.", "crates.io"],
        &["to", "do!("],
        &["unimple", "mented!("],
        &["#[ig", "nore"],
        &["test", ".skip("],
    ];
    joined.iter().map(|parts| parts.concat()).collect()
}

/// Whether a licence expression can be met with the licences of the list.
fn permits(expression: &str) -> bool {
    let tokens = expression.replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<&str> = tokens.split_whitespace().collect();
    let mut rest = tokens.as_slice();
    either(&mut rest) && rest.is_empty()
}

fn either(rest: &mut &[&str]) -> bool {
    let mut met = both(rest);
    while let ["OR", tail @ ..] = *rest {
        *rest = tail;
        met |= both(rest);
    }
    met
}

fn both(rest: &mut &[&str]) -> bool {
    let mut met = one(rest);
    while let ["AND", tail @ ..] = *rest {
        *rest = tail;
        met &= one(rest);
    }
    met
}

fn one(rest: &mut &[&str]) -> bool {
    match *rest {
        ["(", tail @ ..] => {
            *rest = tail;
            let met = either(rest);
            if let [")", tail @ ..] = *rest {
                *rest = tail;
            }
            met
        }
        [name, "WITH", exception, tail @ ..] => {
            *rest = tail;
            LICENCES.contains(&format!("{name} WITH {exception}").as_str())
        }
        [name, tail @ ..] => {
            *rest = tail;
            LICENCES.contains(name)
        }
        [] => false,
    }
}

#[test]
fn licence_expressions_are_read_right() {
    for good in ["MIT", "GPL-3.0 OR MIT", "(MIT OR GPL-3.0) AND ISC", "Apache-2.0 WITH LLVM-exception OR X"] {
        assert!(permits(good), "{good}");
    }
    for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(GPL-3.0 OR X) AND MIT", "MIT WITH x"] {
        assert!(!permits(bad), "{bad}");
    }
}

/// Each room (the shell is "") with what it needs in the product; what its tests need is its own affair.
fn our_dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = metadata(&["--no-deps"]);
    let named = |package: &Value| text(package, "name").trim_start_matches("countersign").trim_start_matches('-').to_owned();
    let needed = |package: &Value| {
        let all = package["dependencies"].as_array().into_iter().flatten();
        all.filter(|dependency| dependency["kind"].as_str() != Some("dev")).map(|dependency| text(dependency, "name").to_owned()).collect()
    };
    packages(&metadata).iter().map(|package| (named(package), needed(package))).collect()
}

fn shown(room: &str) -> &str {
    if room.is_empty() { "the shell" } else { room }
}

fn metadata(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("cargo metadata");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("what cargo metadata says")
}

fn packages(metadata: &Value) -> &[Value] {
    metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn tracked() -> Vec<String> {
    let output = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output().expect("git");
    let files = String::from_utf8(output.stdout).expect("names of files");
    let files: Vec<String> = files.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    assert!(!files.is_empty(), "git names no files here");
    files
}

/// The text of a file that somebody wrote; a file that was just deleted has none.
fn written(path: &str) -> Option<String> {
    let extension = Path::new(path).extension().unwrap_or_default().to_str()?;
    WRITTEN.contains(&extension).then(|| fs::read_to_string(root().join(path)).ok()).flatten()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}
