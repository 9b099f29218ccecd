//! The sandbox as a program: prints one line of JSON when it is ready, and stops on ctrl-c or SIGTERM.

use chrono::{NaiveDate, Utc};
use clap::Parser;
use countersign_sandbox::business_central::Limits;
use countersign_sandbox::http_host;
use countersign_sandbox::world::{Args, World};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// Plays Stripe, Business Central with its sign-in and e-conomic on loopback, with a demo company in them.
#[derive(Parser)]
#[command(name = "countersign-sandbox", version)]
struct Options {
    /// Where to listen; port 0 picks free ports, another one takes the five behind it too.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The same seed makes the same company.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The demo company's name.
    #[arg(long, default_value = "Nordlys Keramik ApS")]
    company: String,
    /// How many months of history.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=24))]
    months: u32,
    /// About how many invoices.
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u32).range(20..=200_000))]
    invoices: u32,
    /// The last day of the history, all of it; yesterday when it is not given.
    #[arg(long)]
    until: Option<NaiveDate>,
    /// Answers over TLS too, with a certificate made at start and printed with the rest.
    #[arg(long)]
    tls: bool,
    /// Lifts the rate limits, for load tests.
    #[arg(long)]
    without_rate_limits: bool,
    /// Keeps what is written in this file, and takes it up again from there.
    #[arg(long)]
    journal: Option<PathBuf>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let until = options.until.unwrap_or_else(|| Utc::now().date_naive().pred_opt().unwrap_or_default());
    let args = Args { seed: options.seed, company: options.company, months: options.months, invoices: options.invoices, until };
    let mut world = match options.journal {
        None => World::new(args),
        Some(path) => match World::with_journal(args, &path) {
            Ok(world) => world,
            Err(error) => {
                eprintln!("the sandbox could not start: {error}");
                return ExitCode::FAILURE;
            }
        },
    };
    world.stripe.rate_limits = !options.without_rate_limits;
    if options.without_rate_limits {
        world.economic.limits.cost = 0;
        world.business_central.set_limits(Limits { requests: usize::MAX, ..Limits::default() });
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime.and_then(|runtime| runtime.block_on(run(world, options.listen, options.tls))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the sandbox could not run: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(world: World, listen: SocketAddr, tls: bool) -> std::io::Result<()> {
    let credentials = world.credentials.clone();
    let running = if tls { http_host::serve_with_tls(world, listen).await? } else { http_host::serve(world, listen).await? };
    println!("{}", serde_json::json!({ "bases": running.bases, "tls": running.tls, "credentials": credentials }));
    stop_asked().await?;
    running.stop().await;
    Ok(())
}

#[cfg(unix)]
async fn stop_asked() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn stop_asked() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
