//! Asks a running sandbox for the same things again and again, says how often it answered, and how much memory it took.
//!
//! `countersign-sandbox --without-rate-limits > line.json`, then `load line.json [requests] [service]`; the service is
//! `stripe`, `business_central`, `economic_rest` or `economic_open`. The sandbox's process is found by the port that it listens on.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Instant;

const CONNECTIONS: usize = 16;
/// Memory is looked at so often.
const LOOKS: i64 = 10;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let [line, rest @ ..] = given.as_slice() else { return Err("load <line.json> [requests] [service]".into()) };
    let line: Value = serde_json::from_str(&std::fs::read_to_string(line)?)?;
    let requests: i64 = rest.first().map_or(Ok(100_000), |text| text.parse())?;
    let service = rest.get(1).map_or("stripe", String::as_str);
    let asked = Arc::new(questions(&line, service)?);
    let process = listener(&line)?;
    let (left, good) = (Arc::new(AtomicI64::new(requests)), Arc::new(AtomicU64::new(0)));
    let begun = Instant::now();
    let workers: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (asked, left, good) = (Arc::clone(&asked), Arc::clone(&left), Arc::clone(&good));
            std::thread::spawn(move || ask(&asked, &left, &good))
        })
        .collect();
    println!("at the start: {} MB", memory(process)?);
    for look in 1..LOOKS {
        while left.load(Ordering::Relaxed) > requests - requests * look / LOOKS && workers.iter().any(|worker| !worker.is_finished()) {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        println!("after {} requests: {} MB", requests * look / LOOKS, memory(process)?);
    }
    for worker in workers {
        worker.join().map_err(|_| "a worker failed")??;
    }
    let rate = u128::from(requests.unsigned_abs()) * 1_000 / begun.elapsed().as_millis().max(1);
    let good = good.load(Ordering::Relaxed);
    println!("at the end: {} MB", memory(process)?);
    println!("{service}: {rate} requests a second; {good} of {requests} answered 200");
    Ok(())
}

/// Where to ask, and the requests to take turns with.
struct Questions {
    address: String,
    requests: Vec<String>,
}

fn questions(line: &Value, service: &str) -> Result<Questions, Failure> {
    let text = |pointer: &str| line.pointer(pointer).and_then(Value::as_str).ok_or(format!("{pointer} is not in the line"));
    let address = text(&format!("/bases/{service}"))?.trim_start_matches("http://").to_owned();
    let economic = || -> Result<String, Failure> {
        Ok(format!(
            "x-appsecrettoken: {}\r\nx-agreementgranttoken: {}\r\n",
            text("/credentials/economic_secret")?,
            text("/credentials/economic_grant")?
        ))
    };
    let owned = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
    let (keys, paths) = match service {
        "stripe" => {
            let key = format!("authorization: Bearer {}\r\n", text("/credentials/stripe_key")?);
            (key, owned(&["/v1/invoices?limit=10", "/v1/balance", "/v1/customers?limit=3"]))
        }
        "business_central" => {
            let key = format!("authorization: Bearer {}\r\n", token(line)?);
            let root = format!("/v2.0/{}/{}/api/v2.0", text("/credentials/tenant")?, text("/credentials/environment")?);
            let companies = once(&address, &format!("GET {root}/companies HTTP/1.1\r\nhost: {address}\r\n{key}connection: close\r\n\r\n"))?;
            let company = companies.pointer("/value/0/id").and_then(Value::as_str).ok_or("no company")?.to_owned();
            let below = format!("{root}/companies({company})");
            (key, ["customers", "salesInvoices", "accounts"].iter().map(|set| format!("{below}/{set}?$top=5")).collect())
        }
        "economic_rest" => (economic()?, owned(&["/customers?pagesize=10", "/self", "/invoices/booked?pagesize=10"])),
        _ => (economic()?, owned(&["/customersapi/v3.1.0/Customers/paged?pageSize=10", "/bookedEntriesapi/v4.0.0/booked-entries/count"])),
    };
    let requests = paths.iter().map(|path| format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n{keys}\r\n")).collect();
    Ok(Questions { address, requests })
}

/// An access token of the app that signs in as itself.
fn token(line: &Value) -> Result<String, Failure> {
    let text = |pointer: &str| line.pointer(pointer).and_then(Value::as_str).ok_or(format!("{pointer} is not in the line"));
    let address = text("/bases/entra")?.trim_start_matches("http://");
    let body = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope=https%3A%2F%2Fapi.businesscentral.dynamics.com%2F.default",
        text("/credentials/service_client_id")?,
        text("/credentials/service_client_secret")?
    );
    let path = format!("/{}/oauth2/v2.0/token", text("/credentials/tenant")?);
    let head = format!("POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    Ok(once(address, &head)?["access_token"].as_str().ok_or("no token")?.to_owned())
}

/// Asks once, and reads the JSON that comes back.
fn once(address: &str, request: &str) -> Result<Value, Failure> {
    let mut line = TcpStream::connect(address)?;
    line.write_all(request.as_bytes())?;
    let mut answer = String::new();
    line.read_to_string(&mut answer)?;
    Ok(serde_json::from_str(answer.split_once("\r\n\r\n").ok_or("no answer")?.1)?)
}

fn ask(asked: &Questions, left: &AtomicI64, good: &AtomicU64) -> std::io::Result<()> {
    let mut line = TcpStream::connect(&asked.address)?;
    line.set_nodelay(true)?;
    let mut reader = BufReader::new(line.try_clone()?);
    let (mut head, mut body) = (String::new(), Vec::new());
    for request in asked.requests.iter().cycle() {
        if left.fetch_sub(1, Ordering::Relaxed) <= 0 {
            break;
        }
        line.write_all(request.as_bytes())?;
        let (mut length, mut first) = (0, true);
        loop {
            head.clear();
            reader.read_line(&mut head)?;
            if first && head.starts_with("HTTP/1.1 200") {
                good.fetch_add(1, Ordering::Relaxed);
            }
            first = false;
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
    Ok(())
}

/// The sandbox's process: the one that listens where its line says. Linux only, as is reading its memory.
fn listener(line: &Value) -> Result<u32, Failure> {
    let base = line.pointer("/bases/stripe").and_then(Value::as_str).ok_or("no base")?;
    let port: u16 = base.rsplit(':').next().ok_or("no port")?.parse()?;
    let mark = format!(":{port:04X} ");
    let table = std::fs::read_to_string("/proc/net/tcp")?;
    let socket = table.lines().find(|row| row.split_whitespace().nth(1).is_some_and(|local| format!("{local} ").ends_with(&mark)));
    let inode = socket.and_then(|row| row.split_whitespace().nth(9)).ok_or("nobody listens there")?;
    let wanted = format!("socket:[{inode}]");
    for process in std::fs::read_dir("/proc")?.flatten() {
        let Some(id) = process.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let Ok(files) = std::fs::read_dir(process.path().join("fd")) else { continue };
        if files.flatten().any(|file| std::fs::read_link(file.path()).is_ok_and(|to| to.to_str() == Some(wanted.as_str()))) {
            return Ok(id);
        }
    }
    Err("the sandbox's process was not found".into())
}

/// In megabytes, what of the process is in memory.
fn memory(process: u32) -> Result<u64, Failure> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no memory told")?;
    Ok(line.trim().trim_end_matches(" kB").trim().parse::<u64>()? / 1_024)
}
