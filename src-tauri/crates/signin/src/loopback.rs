//! The listener on this computer that the browser comes back to.

use std::{
    io::ErrorKind,
    net::{Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use futures::{StreamExt, stream::FuturesUnordered};
use remote::Clock;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{Arrival, Pending, Redeemable, SignInError};

/// How long a person may take in the browser.
pub const SIGN_IN_WITHIN: Duration = Duration::from_secs(600);
/// Browsers open connections ahead and leave them silent.
const REQUEST_WITHIN: Duration = Duration::from_secs(10);
const LONGEST_REQUEST: usize = 16 * 1024;
const PORTS_TRIED: usize = 16;
const CONNECTIONS_AT_ONCE: usize = 16;
/// Requests that are not the answer; more of them means that something attacks.
const MOST_STRANGERS: usize = 100;

/// Bound before the browser opens. Redirects go to `http://localhost`, which is either of two addresses.
pub struct Loopback {
    v4: TcpListener,
    v6: Option<TcpListener>,
    port: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoopbackError {
    #[error("no port of this computer could be opened for the answer of the browser; the sign-in was not begun")]
    NoPort,
    #[error("the browser did not come back in time: begin the sign-in again")]
    TimedOut,
    #[error("too many foreign requests came to the sign-in's port; it was closed")]
    TooManyStrangers,
    #[error(transparent)]
    SignIn(#[from] SignInError),
}

impl Loopback {
    /// At a port that is free.
    pub async fn bind() -> Result<Self, LoopbackError> {
        Self::bind_at(0).await
    }

    /// At the port that a redirect address names, and no other; 0 for any.
    pub async fn bind_at(asked: u16) -> Result<Self, LoopbackError> {
        for _ in 0..if asked == 0 { PORTS_TRIED } else { 1 } {
            let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, asked)).await.map_err(|_| LoopbackError::NoPort)?;
            let port = v4.local_addr().map_err(|_| LoopbackError::NoPort)?.port();
            match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
                Ok(v6) => return Ok(Self { v4, v6: Some(v6), port }),
                // Somebody else would get what the browser sends there.
                Err(error) if error.kind() == ErrorKind::AddrInUse => {}
                // Not every computer has the second address.
                Err(_) => return Ok(Self { v4, v6: None, port }),
            }
        }
        Err(LoopbackError::NoPort)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Waits for the one request that answers `pending`; all others get a plain page and
    /// are ignored. The port is closed when this returns.
    pub async fn wait<F>(self, pending: &mut Pending<F>, clock: &dyn Clock, within: Duration) -> Result<Redeemable<F>, LoopbackError> {
        tokio::select! {
            biased;
            answer = self.serve(pending) => answer,
            () = clock.sleep(within) => Err(LoopbackError::TimedOut),
        }
    }

    async fn serve<F>(&self, pending: &mut Pending<F>) -> Result<Redeemable<F>, LoopbackError> {
        let mut connections = FuturesUnordered::new();
        let mut strangers = 0;
        while strangers < MOST_STRANGERS {
            let (stream, target) = tokio::select! {
                stream = self.accept(), if connections.len() < CONNECTIONS_AT_ONCE => {
                    connections.push(request(stream, self.port));
                    continue;
                }
                Some((stream, target)) = connections.next() => (stream, target),
                else => continue,
            };
            match target.map_or(Arrival::NotOurs, |target| pending.arrive(&target)) {
                Arrival::Code(code) => {
                    answer(stream, "200 OK", FINISHED).await;
                    return Ok(*code);
                }
                Arrival::Refused(error) => {
                    answer(stream, "200 OK", NOT_FINISHED).await;
                    return Err(error.into());
                }
                Arrival::NotOurs => {
                    strangers += 1;
                    answer(stream, "404 Not Found", NOTHING).await;
                }
            }
        }
        Err(LoopbackError::TooManyStrangers)
    }

    async fn accept(&self) -> Option<TcpStream> {
        let v6 = async {
            match &self.v6 {
                Some(v6) => v6.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! { accepted = self.v4.accept() => accepted, accepted = v6 => accepted }.ok().map(|(stream, _)| stream)
    }
}

/// The target of a GET that is addressed to this computer by a name of its own.
async fn request(stream: Option<TcpStream>, port: u16) -> (Option<TcpStream>, Option<String>) {
    let Some(mut stream) = stream else { return (None, None) };
    let head = tokio::time::timeout(REQUEST_WITHIN, head(&mut stream)).await.ok().flatten();
    let target = head.as_deref().and_then(|head| target(head, port));
    (Some(stream), target)
}

async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 2048];
    while !bytes.windows(4).any(|four| four == b"\r\n\r\n") {
        let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(chunk.get(..count)?);
        if bytes.len() > LONGEST_REQUEST {
            return None;
        }
    }
    String::from_utf8(bytes).ok()
}

fn target(head: &str, port: u16) -> Option<String> {
    let mut lines = head.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (Some("GET"), Some(target), Some(version)) = (words.next(), words.next(), words.next()) else { return None };
    let mut hosts =
        lines.filter_map(|line| line.split_once(':')).filter(|(name, _)| name.eq_ignore_ascii_case("host")).map(|(_, value)| value.trim());
    let host = hosts.next()?;
    let ours = ["localhost", "127.0.0.1", "[::1]"].iter().any(|name| host.eq_ignore_ascii_case(&format!("{name}:{port}")));
    (ours && hosts.next().is_none() && version.starts_with("HTTP/1.")).then(|| target.to_owned())
}

/// A browser that has gone away needs no answer.
async fn answer(stream: Option<TcpStream>, status: &str, page: &str) {
    let Some(mut stream) = stream else { return };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\ncache-control: no-store\r\n\
         referrer-policy: no-referrer\r\ncontent-security-policy: default-src 'none'\r\nconnection: close\r\n\r\n",
        page.len()
    );
    let written = async {
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(page.as_bytes()).await?;
        stream.shutdown().await
    };
    let _ = tokio::time::timeout(REQUEST_WITHIN, written).await;
}

const FINISHED: &str =
    "<!doctype html><html lang=\"en\"><title>Signed in</title><h1>Signed in</h1><p>You can close this page and go back to Countersign.</p></html>";
const NOT_FINISHED: &str = "<!doctype html><html lang=\"en\"><title>Not signed in</title><h1>Not signed in</h1><p>Nothing was connected. Go back to Countersign to see why.</p></html>";
const NOTHING: &str = "<!doctype html><html lang=\"en\"><title>Countersign</title><p>There is nothing here.</p></html>";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Authorization,
        testing::{ManualClock, StandingClock, entra},
    };

    async fn get(address: &str, port: u16, host: &str, target: &str) -> String {
        let mut stream = TcpStream::connect((address, port)).await.expect("connected");
        stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("answered");
        answer
    }

    #[tokio::test]
    async fn strangers_are_ignored_and_the_one_answer_is_taken() {
        let loopback = Loopback::bind().await.expect("bound");
        let port = loopback.port();
        let (url, mut pending) = Authorization::begin(&entra(), port, &[7; 64]).expect("begun");
        let state = url.split("state=").nth(1).and_then(|rest| rest.split('&').next()).expect("a state").to_owned();
        let browser = async {
            let _silent = TcpStream::connect(("127.0.0.1", port)).await.expect("connected");
            let ours = format!("localhost:{port}");
            for (host, target) in
                [(ours.as_str(), "/favicon.ico"), (ours.as_str(), "/?code=c&state=no"), ("evil.example", &format!("/?code=c&state={state}"))]
            {
                assert!(get("127.0.0.1", port, host, target).await.starts_with("HTTP/1.1 404"), "{host} {target}");
            }
            get("127.0.0.1", port, &ours, &format!("/?code=c&state={state}")).await
        };
        let (code, page) = tokio::join!(loopback.wait(&mut pending, &StandingClock, SIGN_IN_WITHIN), browser);
        assert!(code.is_ok());
        assert!(page.contains("Signed in") && !page.contains(&state), "{page}");
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err(), "the port is closed");
    }

    #[tokio::test]
    async fn a_port_that_is_taken_is_not_exchanged_for_another() {
        let first = Loopback::bind().await.expect("bound");
        assert_eq!(Loopback::bind_at(first.port()).await.err(), Some(LoopbackError::NoPort));
    }

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let loopback = Loopback::bind().await.expect("bound");
        let (_, mut pending) = Authorization::begin(&entra(), loopback.port(), &[7; 64]).expect("begun");
        let waited = loopback.wait(&mut pending, &ManualClock::default(), SIGN_IN_WITHIN).await;
        assert_eq!(waited.err(), Some(LoopbackError::TimedOut));
    }
}
