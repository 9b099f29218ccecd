//! Carries what the services send by themselves, to listeners on this computer only.

use crate::Outgoing;
use crate::weather::Port;
use bytes::Bytes;
use http::{Request, StatusCode};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// As the real test mode: three times in all, only faster. Business Central keeps a calendar of its own.
const WAITS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(2), Duration::from_secs(20)];
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// More of an answer is not read.
const LONGEST_ANSWER: u64 = 64 * 1024;

/// Sends until somebody answers 2xx, or gives up in silence as a webhook sender does. Gives the last answer's status.
pub async fn deliver(outgoing: &Outgoing) -> Option<StatusCode> {
    let times = if outgoing.sender == Port::BusinessCentral { 1 } else { WAITS.len() };
    let mut status = None;
    for wait in WAITS.iter().take(times) {
        tokio::time::sleep(*wait).await;
        status = exchange(&outgoing.request, outgoing.request.body()).await.map(|(status, _)| status);
        if status.is_some_and(|status| status.is_success()) {
            break;
        }
    }
    status
}

/// Asks a listener once, and gives what it said.
pub async fn shake(request: &Request<()>) -> Option<(StatusCode, Bytes)> {
    exchange(request, &[]).await
}

async fn exchange<B>(request: &Request<B>, body: &[u8]) -> Option<(StatusCode, Bytes)> {
    tokio::time::timeout(ANSWER_WITHIN, send(request, body)).await.ok()?.ok()
}

/// In HTTP/1.0, to which nobody answers in chunks or keeps the line open.
async fn send<B>(request: &Request<B>, body: &[u8]) -> io::Result<(StatusCode, Bytes)> {
    let address = loopback(request).ok_or_else(|| io::Error::other("only http addresses of this computer are delivered to"))?;
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let mut head = format!("{} {path} HTTP/1.0\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n", request.method(), body.len());
    for (name, value) in request.headers() {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap_or_default()));
    }
    head.push_str("\r\n");
    let mut line = TcpStream::connect(address).await?;
    line.write_all(head.as_bytes()).await?;
    line.write_all(body).await?;
    let mut answer = Vec::new();
    line.take(LONGEST_ANSWER).read_to_end(&mut answer).await?;
    read(&Bytes::from(answer)).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// `HTTP/1.1 200 OK`, headers, an empty line, the body.
fn read(answer: &Bytes) -> Option<(StatusCode, Bytes)> {
    let status = StatusCode::from_bytes(answer.get(9..12)?).ok()?;
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some((status, answer.slice(end + 4..)))
}

fn loopback<B>(request: &Request<B>) -> Option<SocketAddr> {
    let uri = request.uri();
    let host = uri.host()?.trim_matches(['[', ']']);
    let address: IpAddr = if host == "localhost" { [127, 0, 0, 1].into() } else { host.parse().ok()? };
    (uri.scheme_str() == Some("http") && address.is_loopback()).then(|| SocketAddr::new(address, uri.port_u16().unwrap_or(80)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_this_computer() {
        let of = |url: &str| loopback(&Request::post(url).body(Bytes::new()).unwrap());
        assert_eq!(of("http://127.0.0.1:81/x"), Some("127.0.0.1:81".parse().unwrap()));
        assert_eq!(of("http://[::1]:81/x"), Some("[::1]:81".parse().unwrap()));
        assert!(["https://127.0.0.1/x", "http://192.0.2.1/x", "http://example.com/x"].iter().all(|url| of(url).is_none()));
    }
}
