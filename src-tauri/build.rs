fn main() {
    let commands = tauri_build::AppManifest::new().commands(&["desk", "watch"]);
    let attributes = tauri_build::Attributes::new().app_manifest(commands).capabilities_path_pattern("./src-tauri/capabilities/*.json");
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo:warning={error:#}");
        std::process::exit(1);
    }
}
