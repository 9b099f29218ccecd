//! Carries what the services send by themselves, to listeners on this computer only.

use crate::Outgoing;
use bytes::Bytes;
use http::Request;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// As the real test mode: three times in all, only faster.
const WAITS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(2), Duration::from_secs(20)];
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Sends until somebody answers 2xx, or gives up in silence as a webhook sender does.
pub async fn deliver(outgoing: Outgoing) {
    for wait in WAITS {
        tokio::time::sleep(wait).await;
        let sent = tokio::time::timeout(ANSWER_WITHIN, send(&outgoing.request)).await;
        if matches!(sent, Ok(Ok(status)) if (200..300).contains(&status)) {
            return;
        }
    }
}

async fn send(request: &Request<Bytes>) -> io::Result<u16> {
    let address = loopback(request).ok_or_else(|| io::Error::other("only http addresses of this computer are delivered to"))?;
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let mut head =
        format!("{} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n", request.method(), request.body().len());
    for (name, value) in request.headers() {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap_or_default()));
    }
    head.push_str("\r\n");
    let mut line = TcpStream::connect(address).await?;
    line.write_all(head.as_bytes()).await?;
    line.write_all(request.body()).await?;
    // `HTTP/1.1 200`
    let mut start = [0u8; 12];
    line.read_exact(&mut start).await?;
    let status = std::str::from_utf8(&start).ok().and_then(|start| start.get(9..)?.parse().ok());
    status.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn loopback(request: &Request<Bytes>) -> Option<SocketAddr> {
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
