//! Connections that a handler can break, so that an answer can be lost on the way.

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Accepts plain connections.
pub struct Lines(pub TcpListener);

/// Of a connection that nobody broke.
const WHOLE: usize = usize::MAX;

/// A connection's breaker: how much more is written before it breaks.
#[derive(Clone)]
pub struct Line(Arc<AtomicUsize>);

impl Line {
    /// From now on nothing more is written, and the connection ends.
    pub fn tear(&self) {
        self.tear_after(0);
    }

    /// Only so many bytes more are written, then the connection ends.
    pub fn tear_after(&self, bytes: usize) {
        self.0.store(bytes, Ordering::Relaxed);
    }
}

pub struct Breakable<S> {
    stream: S,
    left: Arc<AtomicUsize>,
}

impl<S> Breakable<S> {
    pub fn new(stream: S) -> Self {
        Self { stream, left: Arc::new(AtomicUsize::new(WHOLE)) }
    }

    pub fn line(&self) -> Line {
        Line(Arc::clone(&self.left))
    }
}

impl Listener for Lines {
    type Io = Breakable<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Small answers must not wait for more.
        let _ = stream.set_nodelay(true);
        (Breakable::new(stream), address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Lines>> for Line {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Self {
        stream.io().line()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Breakable<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Breakable<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let left = self.left.load(Ordering::Relaxed);
        if left == 0 {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let some = bytes.get(..left).unwrap_or(bytes);
        let written = std::task::ready!(Pin::new(&mut self.stream).poll_write(context, some))?;
        if left != WHOLE {
            self.left.store(left - written, Ordering::Relaxed);
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
