//! The real window, from the first start to what the demo company then holds.

#[path = "window/driver.rs"]
mod driver;
#[path = "window/refusals.rs"]
mod refusals;
#[path = "window/sandbox.rs"]
mod sandbox;
#[path = "window/traces.rs"]
mod traces;

use driver::Window;
use serde_json::json;
use thirtyfour::prelude::*;

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_job() {
    let window = Window::open().await;
    window.see("Who countersigns?").await;
    window.keys("Mette Kjærgård").await;
    window.picture("1-who").await;
    window.press("Go on").await;
    window.see("Try it with the demo company").await;
    window.picture("2-doors").await;
    window.press("Open the demo").await;
    window.turn_to_popup().await;
    window.see("Accept").await;
    window.picture("3-sign-in").await;
    refusals::nothing_leads_away(&window).await;
    refusals::only_these_are_allowed(&window, &[]).await;
    window.press("Accept").await;
    window.turn_back().await;
    tokio::time::sleep(std::time::Duration::from_secs(8)).await;
    window.picture("4-review").await;
    println!("{}", window.call("progress", json!({})).await);
    println!("{}", std::fs::read_to_string(window.data.path().join("dk.countersign.desktop/logs/countersign.log")).unwrap().lines().rev().take(12).collect::<Vec<_>>().join("\n"));
    let sandbox = window.sandbox();
    std::fs::write("/tmp/h-state.json", sandbox.state().to_string()).unwrap();
    std::fs::write("/tmp/h-expected.json", sandbox.expected().to_string()).unwrap();
    println!("{}", window.promise("return window.violations;", vec![]).await);
    println!("{}", window.call("progress", json!({})).await);
    window.close().await;
}
