//! The world on loopback: one port for each service, one lock around all.
//!
//! This layer only collects bodies and carries out what the weather decides.

use crate::delivery::deliver;
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
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Larger requests are refused with 413; no service takes larger ones either.
const MAX_BODY: usize = 16 * 1024 * 1024;
const TICK: Duration = Duration::from_secs(1);
/// How long running answers may take after a stop was asked for.
const STOP_WAIT: Duration = Duration::from_secs(2);

/// A world that answers on sockets until it is stopped or dropped.
pub struct Running {
    pub bases: Bases,
    /// The same world, for tests that look inside.
    pub world: Arc<Mutex<World>>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<io::Result<()>>>,
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

/// Opens four ports beside each other's address (port 0 picks free ones) and answers on them.
pub async fn serve(mut world: World, listen: SocketAddr) -> io::Result<Running> {
    let mut ports = Vec::new();
    for (n, port) in [Port::Stripe, Port::Entra, Port::BusinessCentral, Port::Admin].into_iter().enumerate() {
        let mut address = listen;
        if listen.port() != 0 {
            address.set_port(listen.port().saturating_add(n as u16));
        }
        ports.push((port, TcpListener::bind(address).await?));
    }
    let base = |wanted: Port| {
        let found = ports.iter().find(|(port, _)| *port == wanted).map(|(_, listener)| listener.local_addr());
        found.unwrap_or_else(|| Err(io::Error::other("no such port"))).map(|address| format!("http://{address}"))
    };
    let bases =
        Bases { stripe: base(Port::Stripe)?, entra: base(Port::Entra)?, business_central: base(Port::BusinessCentral)?, admin: base(Port::Admin)? };
    world.set_bases(&bases);
    let world = Arc::new(Mutex::new(world));
    let (stop, stopped) = watch::channel(false);
    let mut tasks: Vec<_> =
        ports.into_iter().map(|(port, listener)| tokio::spawn(answer(port, listener, Arc::clone(&world), stopped.clone()))).collect();
    tasks.push(tokio::spawn(pass_time(Arc::clone(&world), stopped)));
    Ok(Running { bases, world, stop, tasks })
}

/// Lets the world's time pass without requests, and delivers what comes of it.
async fn pass_time(world: Arc<Mutex<World>>, mut stopped: watch::Receiver<bool>) -> io::Result<()> {
    while tokio::time::timeout(TICK, stopped.wait_for(|stop| *stop)).await.is_err() {
        let outgoing = {
            let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
            world.advance(chrono::Utc::now());
            std::mem::take(&mut world.outgoing)
        };
        for outgoing in outgoing {
            tokio::spawn(deliver(outgoing));
        }
    }
    Ok(())
}

async fn answer(port: Port, listener: TcpListener, world: Arc<Mutex<World>>, mut stopped: watch::Receiver<bool>) -> io::Result<()> {
    let app = Router::new().fallback(move |ConnectInfo(line): ConnectInfo<Line>, request: Request| {
        let world = Arc::clone(&world);
        async move { one(port, &world, line, request).await }
    });
    let service = app.into_make_service_with_connect_info::<Line>();
    let until = async move { _ = stopped.wait_for(|stop| *stop).await };
    axum::serve(Lines(listener), service).with_graceful_shutdown(until).await
}

async fn one(port: Port, world: &Mutex<World>, line: Line, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        let mut refused = Response::new(Body::from("the request body is too large"));
        *refused.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return refused;
    };
    let met = {
        // A panic inside one answer leaves a world that is still good to look at.
        let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
        world.meet(port, chrono::Utc::now(), http::Request::from_parts(head, body))
    };
    if !met.delay.is_zero() {
        tokio::time::sleep(met.delay).await;
    }
    match met.fate {
        Fate::Answer(response) => response.map(Body::from),
        Fate::LostBefore | Fate::LostAfter => {
            line.0.store(true, Ordering::Relaxed);
            Response::new(Body::empty())
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

/// Accepts connections that a handler can break.
struct Lines(TcpListener);

/// A connection's breaker: once set, nothing more is written and the connection ends.
#[derive(Clone)]
struct Line(Arc<AtomicBool>);

struct Breakable {
    stream: TcpStream,
    broken: Arc<AtomicBool>,
}

impl Listener for Lines {
    type Io = Breakable;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Small answers must not wait for more.
        let _ = stream.set_nodelay(true);
        (Breakable { stream, broken: Arc::default() }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Lines>> for Line {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Self {
        Line(Arc::clone(&stream.io().broken))
    }
}

impl AsyncRead for Breakable {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Breakable {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.broken.load(Ordering::Relaxed) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
