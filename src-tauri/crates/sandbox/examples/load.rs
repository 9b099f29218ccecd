//! Asks a running sandbox for one thing again and again, and says how often it answered.
//!
//! `countersign-sandbox --without-rate-limits`, then `load <stripe base> <key> [seconds] [path]`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const CONNECTIONS: usize = 16;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let [base, key, rest @ ..] = given.as_slice() else { return Err("load <stripe base> <key> [seconds] [path]".into()) };
    let seconds = rest.first().map_or(Ok(5), |text| text.parse())?;
    let path = rest.get(1).map_or("/v1/invoices?limit=10", String::as_str);
    let address = base.trim_start_matches("http://").to_owned();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\n\r\n");
    let (begin, end) = (Instant::now(), Instant::now() + Duration::from_secs(seconds));
    let workers: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (address, request) = (address.clone(), request.clone());
            std::thread::spawn(move || ask(&address, &request, end))
        })
        .collect();
    let (mut good, mut bad) = (0u64, 0u64);
    for worker in workers {
        let (one, other) = worker.join().map_err(|_| "a worker failed")??;
        good += one;
        bad += other;
    }
    let rate = u128::from(good + bad) * 1_000 / begin.elapsed().as_millis().max(1);
    println!("{rate} requests a second; {good} answered 200, {bad} otherwise");
    Ok(())
}

fn ask(address: &str, request: &str, end: Instant) -> std::io::Result<(u64, u64)> {
    let mut line = TcpStream::connect(address)?;
    line.set_nodelay(true)?;
    let mut reader = BufReader::new(line.try_clone()?);
    let (mut good, mut bad) = (0, 0);
    let (mut head, mut body) = (String::new(), Vec::new());
    while Instant::now() < end {
        line.write_all(request.as_bytes())?;
        let (mut length, mut first) = (0, true);
        loop {
            head.clear();
            reader.read_line(&mut head)?;
            if first {
                if head.starts_with("HTTP/1.1 200") {
                    good += 1
                } else {
                    bad += 1
                }
                first = false;
            }
            if let Some(value) = head.strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap_or(0);
            }
            if head == "\r\n" || head.is_empty() {
                break;
            }
        }
        body.resize(length, 0);
        reader.read_exact(&mut body)?;
    }
    Ok((good, bad))
}
