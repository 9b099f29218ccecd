//! How near fetching comes to what Stripe's limits allow: a demo company of any size, its limits on and its answers late.
//!
//! What the limits allow: the objects of each list at a hundred a page, every list at once; the longest list at the
//! endpoint's requests a second or all pages at the account's, whichever takes longer; and one answer's delay.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use desk::commands::{Code, Introduce, Nothing, Problem};
use desk::{Computer, DemoCompany, Desk, PER_ENDPOINT_A_SECOND, ROWS_A_PAGE, TEST_A_SECOND};

use crate::steps::connect;
use crate::terminal::Terminal;

#[derive(Args)]
pub struct Options {
    /// Objects of Stripe, at least.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1_000..=1_000_000))]
    objects: u32,
    /// How late every answer is.
    #[arg(long, default_value_t = 100)]
    latency_ms: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// A demo company has a little more than four objects for each invoice.
const OBJECTS_AN_INVOICE: u32 = 4;
const MONTHS: u32 = 12;
/// Of what the limits allow.
const MOST_PER_CENT: u128 = 120;

pub async fn run(options: Options) -> ExitCode {
    let folder = std::env::temp_dir().join(format!("countersign-bench-{}", std::process::id()));
    let result = bench(&options, &folder).await;
    let _ = std::fs::remove_dir_all(&folder);
    match result {
        Ok(per_cent) if per_cent <= MOST_PER_CENT => ExitCode::SUCCESS,
        Ok(per_cent) => crate::failed(&format!("{per_cent} % of what the limits allow; at most {MOST_PER_CENT} %")),
        Err(problem) => crate::failed(&problem.to_string()),
    }
}

async fn bench(options: &Options, folder: &std::path::Path) -> Result<u128, Problem> {
    let computer =
        Computer::new(Some(folder.to_owned()), Box::new(Terminal)).map_err(|error| Problem::new(Code::Internal).with("cause", error.to_string()))?;
    let desk = Desk::new(Arc::new(computer));
    let book = folder.join("bench.countersign");
    let until = chrono::Utc::now().date_naive() - chrono::Days::new(1);
    let invoices = options.objects.div_ceil(OBJECTS_AN_INVOICE);
    desk.create_demo(&book, DemoCompany { seed: options.seed, until, months: MONTHS, invoices })?;
    desk.introduce(Introduce { name: "Mette Kjærgård".into(), initials: "MK".into() }).await?;
    desk.open_at(&book).await?;
    connect(&desk).await?;
    desk.slow_down(Duration::from_millis(options.latency_ms)).await?;
    let before = desk.requests()?;
    let began = Instant::now();
    desk.fetch_stripe().await?;
    let took = began.elapsed();

    let objects = desk.mirrored()?;
    let mut sent = 0;
    println!("{:>8} {:>8} {:>8} {:>8}  endpoint", "objects", "at best", "sent", "429");
    for asked in desk.requests()? {
        let earlier =
            before.iter().find(|earlier| earlier.endpoint == asked.endpoint && earlier.side == asked.side).map_or(0, |earlier| earlier.sent);
        if asked.sent == earlier {
            continue;
        }
        let here = asked.endpoint.strip_prefix("GET ").and_then(|path| objects.get(path));
        let best = here.map_or(0, |here| pages(*here));
        println!("{:>8} {best:>8} {:>8} {:>8}  {}", here.copied().unwrap_or_default(), asked.sent - earlier, asked.limited, asked.endpoint);
        sent += asked.sent - earlier;
    }
    let best: Vec<u64> = objects.values().map(|objects| pages(*objects)).collect();
    let (all, longest) = (best.iter().sum::<u64>(), best.iter().copied().max().unwrap_or_default());
    let (by_account, by_endpoint) = (time_of(all, TEST_A_SECOND), time_of(longest, PER_ENDPOINT_A_SECOND));
    let latency = Duration::from_millis(options.latency_ms);
    let allowed = by_account.max(by_endpoint) + latency;
    let per_cent = took.as_millis() * 100 / allowed.as_millis().max(1);
    println!("{} objects with {sent} requests, {all} at best", objects.values().sum::<u64>());
    println!("allowed  {all} pages at {TEST_A_SECOND} a second in all: {by_account:.1?}");
    println!("         {longest} pages of the longest list at {PER_ENDPOINT_A_SECOND} a second: {by_endpoint:.1?}");
    println!("         the longer of the two, and an answer's delay of {latency:.1?}: {allowed:.1?}");
    println!("took     {took:.1?}, {per_cent} % of that");
    desk.close_book(Nothing {}).await?;
    Ok(per_cent)
}

/// Even an empty list is asked for once.
fn pages(objects: u64) -> u64 {
    objects.div_ceil(ROWS_A_PAGE).max(1)
}

fn time_of(requests: u64, a_second: usize) -> Duration {
    Duration::from_millis(requests * 1_000 / a_second as u64)
}
