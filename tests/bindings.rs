//! The page's types are printed from the declared commands and committed; drift fails here.

use std::{fs, path::Path};

#[test]
fn the_page_has_the_types_of_the_desk() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/host/commands.ts");
    let printed = countersign_desk::commands::typescript();
    if std::env::var_os("COUNTERSIGN_PRINT_BINDINGS").is_some() {
        fs::write(&path, &printed).expect("the page's folder can be written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == printed, "the page's types are older than the desk's commands: run `make bindings` and look at the difference");
}
