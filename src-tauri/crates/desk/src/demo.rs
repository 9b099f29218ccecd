//! The demo company: Stripe, Business Central and its sign-in, played on this computer.
//! The only place of the desk that knows the sandbox.

use std::any::Any;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use remote::{BoxFuture, Clock, Lost, Transport};
use sandbox::http_host;
use sandbox::weather::{Fate, Port};
use sandbox::world::{Args, Credentials, World};

use crate::bases::Bases;
use crate::settings::DemoCompany;

/// The running services, and what is needed to sign in to them.
#[derive(Clone)]
pub struct DemoServices {
    pub bases: Bases,
    pub admin: String,
    pub credentials: Credentials,
    /// Number of the ledger's customer for guests.
    pub generic_customer: String,
    /// Kept as long as the services shall run.
    _running: Arc<dyn Any + Send + Sync>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the demo company could not be started: {cause}")]
pub struct NoDemo {
    pub cause: String,
}

/// On ports of this computer that only it can reach.
pub async fn on_loopback(company: &DemoCompany, journal: Option<PathBuf>) -> Result<DemoServices, NoDemo> {
    let world = world(company, journal)?;
    let (credentials, generic_customer) = (world.credentials.clone(), world.generic_customer.to_owned());
    let running = http_host::serve(world, ([127, 0, 0, 1], 0).into()).await.map_err(|error| NoDemo { cause: error.to_string() })?;
    let bases = bases(&running.bases);
    Ok(DemoServices { bases, admin: running.bases.admin.clone(), credentials, generic_customer, _running: Arc::new(running) })
}

/// In this very process, without a socket.
pub struct InProcess {
    world: Arc<Mutex<World>>,
    clock: Arc<dyn Clock>,
}

impl InProcess {
    pub fn new(company: &DemoCompany, clock: Arc<dyn Clock>) -> Result<Self, NoDemo> {
        let mut world = world(company, None)?;
        world.set_bases(&sandbox::world::Bases::unconnected());
        Ok(Self { world: Arc::new(Mutex::new(world)), clock })
    }

    pub fn services(&self) -> DemoServices {
        let unconnected = sandbox::world::Bases::unconnected();
        let (credentials, generic_customer) = self.with(|world| (world.credentials.clone(), world.generic_customer.to_owned()));
        DemoServices { bases: bases(&unconnected), admin: unconnected.admin, credentials, generic_customer, _running: self.world.clone() }
    }

    /// Looks at the world behind the services.
    pub fn with<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut self.world.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn port(&self, request: &http::Request<Bytes>) -> Option<Port> {
        let bases = sandbox::world::Bases::unconnected();
        let asked = request.uri().authority()?.as_str().to_owned();
        let named =
            [(bases.stripe, Port::Stripe), (bases.entra, Port::Entra), (bases.business_central, Port::BusinessCentral), (bases.admin, Port::Admin)];
        named.into_iter().find(|(base, _)| base.ends_with(&format!("//{asked}"))).map(|(_, port)| port)
    }
}

impl Transport for InProcess {
    fn send(&self, request: http::Request<Bytes>) -> BoxFuture<'_, Result<http::Response<Bytes>, Lost>> {
        Box::pin(async move {
            let port = self.port(&request).ok_or(Lost::NotSent)?;
            let met = self.with(|world| world.meet(port, self.clock.now(), request));
            if !met.delay.is_zero() {
                self.clock.sleep(met.delay).await;
            }
            match met.fate {
                Fate::Answer(response) => Ok(response),
                Fate::LostBefore | Fate::LostAfter | Fate::CutHead { .. } => Err(Lost::NoAnswer),
                Fate::Cut { response, .. } => Err(Lost::HalfAnswer { status: response.status().as_u16() }),
            }
        })
    }
}

/// Presses *Accept* on the demo company's sign-in page, as a person would, and gives the address
/// that the page sends the browser to; for runs in which nobody sits at the screen.
pub async fn accept(transport: &dyn Transport, url: &str) -> Result<String, NoDemo> {
    let failed = |cause: &str| NoDemo { cause: cause.to_owned() };
    let ask = |method: &str, body: String| {
        let request = http::Request::builder().method(method).uri(url).header("content-type", "application/x-www-form-urlencoded");
        request.body(Bytes::from(body)).map_err(|_| failed("the address of the sign-in page is not one"))
    };
    let page = transport.send(ask("GET", String::new())?).await.map_err(|_| failed("the sign-in page did not answer"))?;
    let page = String::from_utf8_lossy(page.body()).into_owned();
    let user = page
        .split("name=\"username\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .ok_or_else(|| failed("the sign-in page has no form"))?;
    let answer =
        transport.send(ask("POST", format!("username={user}&action=accept"))?).await.map_err(|_| failed("the sign-in page did not answer"))?;
    let location = answer.headers().get(http::header::LOCATION).and_then(|value| value.to_str().ok());
    location.map(str::to_owned).ok_or_else(|| failed("the sign-in page sent nobody back"))
}

/// The same over sockets, as far as the listener that waits for the answer.
pub async fn accept_in_a_browser(url: &str) -> Result<(), NoDemo> {
    let network = remote::Network::new().map_err(|error| NoDemo { cause: error.to_string() })?;
    let back = accept(&network, url).await?;
    // The listener's own address: not every computer can look its own name up.
    let back = back.replacen("//localhost:", "//127.0.0.1:", 1);
    let request = http::Request::builder().uri(&back).body(Bytes::new()).map_err(|error| NoDemo { cause: error.to_string() })?;
    network.send(request).await.map_err(|error| NoDemo { cause: error.to_string() })?;
    Ok(())
}

pub(crate) fn world(company: &DemoCompany, journal: Option<PathBuf>) -> Result<World, NoDemo> {
    let args = Args { seed: company.seed, months: company.months, invoices: company.invoices, ..Args::demo(company.until) };
    match journal {
        Some(path) => World::with_journal(args, &path).map_err(|error| NoDemo { cause: error.to_string() }),
        None => Ok(World::new(args)),
    }
}

fn bases(bases: &sandbox::world::Bases) -> Bases {
    Bases {
        stripe: bases.stripe.clone(),
        connect: bases.stripe.clone(),
        signin: bases.entra.clone(),
        business_central: bases.business_central.clone(),
    }
}
