//! The world on loopback: one port for each service, one lock around all.
//!
//! This layer only collects bodies and carries out what the weather decides.

use crate::Outgoing;
use crate::business_central::Handshake;
use crate::delivery::{deliver, shake};
use crate::lines::{Line, Lines};
#[cfg(feature = "tls")]
use crate::tls::{Certificate, TlsLines};
use crate::weather::{Fate, Port};
use crate::world::{Bases, World};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use bytes::Bytes;
use futures::{StreamExt, stream};
use http::StatusCode;
use serde::Serialize;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

const PORTS: [Port; 6] = [Port::Stripe, Port::Entra, Port::BusinessCentral, Port::Admin, Port::EconomicRest, Port::EconomicOpen];
/// Larger requests are refused with 413; no service takes larger ones either.
const MAX_BODY: usize = 16 * 1024 * 1024;
const TICK: Duration = Duration::from_secs(1);
/// How long running answers may take after a stop was asked for.
const STOP_WAIT: Duration = Duration::from_secs(2);

/// A world that answers on sockets until it is stopped or dropped.
pub struct Running {
    pub bases: Bases,
    pub tls: Option<Secured>,
    /// The same world, for tests that look inside.
    pub world: Arc<Mutex<World>>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<io::Result<()>>>,
}

/// The same ports over TLS.
#[derive(Clone, Debug, Serialize)]
pub struct Secured {
    pub bases: Bases,
    /// In PEM, to be trusted by clients.
    pub certificate: String,
}

impl Running {
    /// Lets running answers end, then closes the ports.
    pub async fn stop(mut self) {
        // Nobody listening is as good as stopped.
        let _ = self.stop.send(true);
        for task in &mut self.tasks {
            if tokio::time::timeout(STOP_WAIT, &mut *task).await.is_err() {
                task.abort();
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Opens a port for each service beside each other (port 0 picks free ones) and answers on them.
pub async fn serve(mut world: World, listen: SocketAddr) -> io::Result<Running> {
    let listeners = bind(listen, 0).await?;
    let bases = bases(&listeners, "http")?;
    world.set_bases(&bases);
    Ok(start(world, listeners, bases))
}

/// The same, and as many ports again over TLS; links in answers then point to those.
#[cfg(feature = "tls")]
pub async fn serve_with_tls(mut world: World, listen: SocketAddr) -> io::Result<Running> {
    let certificate = Certificate::for_loopback()?;
    let listeners = bind(listen, 0).await?;
    let secured = bind(listen, PORTS.len() as u16).await?;
    let tls = Secured { bases: bases(&secured, "https")?, certificate: certificate.pem.clone() };
    world.set_bases(&tls.bases);
    let bases = bases(&listeners, "http")?;
    let mut running = start(world, listeners, bases);
    for (port, listener) in PORTS.into_iter().zip(secured) {
        let lines = TlsLines::new(listener, &certificate)?;
        running.tasks.push(tokio::spawn(answer(port, lines, Arc::clone(&running.world), running.stop.subscribe())));
    }
    running.tls = Some(tls);
    Ok(running)
}

fn start(world: World, listeners: Vec<TcpListener>, bases: Bases) -> Running {
    let world = Arc::new(Mutex::new(world));
    let (stop, stopped) = watch::channel(false);
    let mut tasks = vec![tokio::spawn(pass_time(Arc::clone(&world), stopped.clone()))];
    for (port, listener) in PORTS.into_iter().zip(listeners) {
        tasks.push(tokio::spawn(answer(port, Lines(listener), Arc::clone(&world), stopped.clone())));
    }
    Running { bases, tls: None, world, stop, tasks }
}

async fn bind(listen: SocketAddr, behind: u16) -> io::Result<Vec<TcpListener>> {
    let mut listeners = Vec::new();
    for n in 0..PORTS.len() as u16 {
        let mut address = listen;
        if listen.port() != 0 {
            address.set_port(listen.port().checked_add(behind + n).ok_or_else(|| io::Error::other("there are no ports behind that one"))?);
        }
        listeners.push(TcpListener::bind(address).await?);
    }
    Ok(listeners)
}

fn bases(listeners: &[TcpListener], scheme: &str) -> io::Result<Bases> {
    let addresses = listeners.iter().map(|listener| Ok(format!("{scheme}://{}", listener.local_addr()?))).collect::<io::Result<Vec<_>>>()?;
    match <[String; PORTS.len()]>::try_from(addresses) {
        Ok([stripe, entra, business_central, admin, economic_rest, economic_open]) => {
            Ok(Bases { stripe, entra, business_central, admin, economic_rest, economic_open })
        }
        Err(_) => Err(io::Error::other("a port is missing")),
    }
}

/// Lets the world's time pass without requests, and delivers what comes of it.
async fn pass_time(world: Arc<Mutex<World>>, mut stopped: watch::Receiver<bool>) -> io::Result<()> {
    while tokio::time::timeout(TICK, stopped.wait_for(|stop| *stop)).await.is_err() {
        let outgoing = {
            let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
            world.advance(chrono::Utc::now());
            std::mem::take(&mut world.outgoing)
        };
        send(&world, outgoing);
    }
    Ok(())
}

/// Carries out what the services send by themselves, and tells the world what became of it.
fn send(world: &Arc<Mutex<World>>, outgoing: Vec<Outgoing>) {
    for outgoing in outgoing {
        let world = Arc::clone(world);
        tokio::spawn(async move {
            let status = deliver(&outgoing).await;
            world.lock().unwrap_or_else(PoisonError::into_inner).delivered(chrono::Utc::now(), &outgoing, status);
        });
    }
}

async fn answer<L>(port: Port, listener: L, world: Arc<Mutex<World>>, mut stopped: watch::Receiver<bool>) -> io::Result<()>
where
    L: Listener<Addr = SocketAddr>,
    Line: for<'l> Connected<IncomingStream<'l, L>>,
{
    let app = Router::new().fallback(move |ConnectInfo(line): ConnectInfo<Line>, request: Request| {
        let world = Arc::clone(&world);
        async move { one(port, &world, line, request).await }
    });
    let service = app.into_make_service_with_connect_info::<Line>();
    let until = async move { _ = stopped.wait_for(|stop| *stop).await };
    axum::serve(listener, service).with_graceful_shutdown(until).await
}

async fn one(port: Port, world: &Arc<Mutex<World>>, line: Line, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        let mut refused = Response::new(Body::from("the request body is too large"));
        *refused.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return refused;
    };
    // When it came, not when those before it were answered: limits count arrivals.
    let came = chrono::Utc::now();
    let (met, outgoing) = {
        // A panic inside one answer leaves a world that is still good to look at.
        let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
        let met = world.meet(port, came, http::Request::from_parts(head, body));
        (met, std::mem::take(&mut world.outgoing))
    };
    send(world, outgoing);
    if !met.delay.is_zero() {
        tokio::time::sleep(met.delay).await;
    }
    match met.fate {
        Fate::Answer(mut response) => match response.extensions_mut().remove::<Handshake>() {
            None => response.map(Body::from),
            Some(handshake) => {
                let said = shake(&handshake.request).await;
                let said = said.as_ref().map(|(status, body)| (*status, body.as_ref()));
                let refusal = world.lock().unwrap_or_else(PoisonError::into_inner).shaken(&handshake, said);
                refusal.unwrap_or(response).map(Body::from)
            }
        },
        Fate::LostBefore | Fate::LostAfter => {
            line.tear();
            Response::new(Body::empty())
        }
        Fate::CutHead { response, at } => {
            line.tear_after(at);
            response.map(Body::from)
        }
        Fate::Cut { response, at } => {
            let (mut head, body) = response.into_parts();
            head.headers.insert(http::header::CONTENT_LENGTH, body.len().into());
            Response::from_parts(head, torn(body.slice(..at.min(body.len()))))
        }
    }
}

/// A body that ends in an error, so that the connection is closed before its promised length.
fn torn(start: Bytes) -> Body {
    let end = async {
        // One turn of the loop, in which head and start are written out.
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    };
    let start = stream::iter((!start.is_empty()).then_some(Ok(start)));
    Body::from_stream(start.chain(stream::once(end)))
}

#[cfg(test)]
mod tests;
