//! One sign-in under way, to either side.

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::commands::{DeviceCode, Environment, Problem};

#[derive(Default)]
pub struct Signin {
    pub url: Option<String>,
    pub device: Option<DeviceCode>,
    /// Where the address is handed to, when the browser ends elsewhere.
    pub hand: Option<oneshot::Sender<String>>,
    pub waiting: Option<JoinHandle<()>>,
    pub result: Option<Result<Vec<Environment>, Problem>>,
    /// Which one it is, so that one that was given up cannot answer for the next.
    pub turn: u64,
}
