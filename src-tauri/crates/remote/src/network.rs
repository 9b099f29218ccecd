//! The real network, and the machine's own clock.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use reqwest::{Client, redirect};

use crate::{BoxFuture, Clock, Lost, Transport, base_url::is_loopback};

const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// The longest silence while an answer comes in.
const READ_WITHIN: Duration = Duration::from_secs(40);
/// From the first byte sent to the last byte read.
const DONE_WITHIN: Duration = Duration::from_secs(120);
/// Kept short: a connection that the other side closed meanwhile would lose a write's answer.
const IDLE_CONNECTION: Duration = Duration::from_secs(15);
/// The longest answer that is read; more counts as half an answer.
const LONGEST_BODY: usize = 32 * 1024 * 1024;
const USER_AGENT: &str = concat!("Countersign/", env!("CARGO_PKG_VERSION"));

/// Two clients: this computer is never reached through a proxy, the services are where the system has one.
#[derive(Clone, Debug)]
pub struct Network {
    this_computer: Client,
    services: Client,
}

#[derive(Debug, thiserror::Error)]
#[error("no connection can be made from this computer: the system's certificates or its encryption are not usable")]
pub struct NoNetwork(#[source] reqwest::Error);

impl Network {
    pub fn new() -> Result<Self, NoNetwork> {
        let builder = || {
            Client::builder()
                // An answer elsewhere could carry the key elsewhere; a repetition is ours to decide.
                .redirect(redirect::Policy::none())
                .retry(reqwest::retry::never())
                .connect_timeout(CONNECT_WITHIN)
                .read_timeout(READ_WITHIN)
                .timeout(DONE_WITHIN)
                .pool_idle_timeout(IDLE_CONNECTION)
                .user_agent(USER_AGENT)
        };
        Ok(Self { this_computer: builder().no_proxy().build().map_err(NoNetwork)?, services: builder().build().map_err(NoNetwork)? })
    }

    async fn carry(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, Lost> {
        let here = request.uri().host().is_some_and(is_loopback);
        if !here && request.uri().scheme_str() != Some("https") {
            return Err(Lost::NotSent);
        }
        let client = if here { &self.this_computer } else { &self.services };
        let request = reqwest::Request::try_from(request).map_err(|_| Lost::NotSent)?;
        let answer = client.execute(request).await.map_err(before_the_head)?;
        whole(answer).await
    }
}

impl Transport for Network {
    fn send(&self, request: http::Request<Bytes>) -> BoxFuture<'_, Result<http::Response<Bytes>, Lost>> {
        Box::pin(self.carry(request))
    }
}

/// A failed connection may also call itself a time-out, so that is asked first.
fn before_the_head(error: reqwest::Error) -> Lost {
    let lost = if error.is_builder() || error.is_connect() { Lost::NotSent } else { Lost::NoAnswer };
    tracing::debug!(timeout = error.is_timeout(), connect = error.is_connect(), "no answer: {lost}");
    lost
}

async fn whole(mut answer: reqwest::Response) -> Result<http::Response<Bytes>, Lost> {
    let half = Lost::HalfAnswer { status: answer.status().as_u16() };
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| half)? {
        if body.len() + chunk.len() > LONGEST_BODY {
            return Err(half);
        }
        body.extend_from_slice(&chunk);
    }
    let mut response = http::Response::new(body.freeze());
    *response.status_mut() = answer.status();
    *response.headers_mut() = std::mem::take(answer.headers_mut());
    Ok(response)
}

/// The machine's clock: the only place that asks it.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    async fn ask(base: &str) -> Result<http::Response<Bytes>, Lost> {
        let request = http::Request::get(format!("{base}/x")).body(Bytes::new()).expect("a request");
        Network::new().expect("a network").send(request).await
    }

    /// A server that answers one connection with exactly these bytes and closes it.
    async fn answering(bytes: &'static [u8]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.expect("a connection");
            let mut head = [0; 1024];
            let _ = socket.read(&mut head).await;
            let _ = socket.write_all(bytes).await;
        });
        base
    }

    #[tokio::test]
    async fn what_is_known_of_a_loss_is_told_apart() {
        let whole =
            ask(&answering(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 2\r\n\r\nok").await).await.expect("an answer");
        assert_eq!((whole.status().as_u16(), whole.body().as_ref()), (302, b"ok".as_slice()), "redirects are not followed");

        assert_eq!(ask(&answering(b"").await).await.err(), Some(Lost::NoAnswer));
        assert_eq!(ask(&answering(b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nhalf").await).await.err(), Some(Lost::HalfAnswer { status: 200 }));

        let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
        assert_eq!(ask(&format!("http://{closed}")).await.err(), Some(Lost::NotSent));
        for clear in ["http://api.example.com", "http://stripe.sandbox.localhost"] {
            assert_eq!(ask(clear).await.err(), Some(Lost::NotSent), "{clear}: never in the clear");
        }
    }
}
