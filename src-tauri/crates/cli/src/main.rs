//! The desk without a window: the same commands, the same book, in a terminal.

mod demo;
mod desk_bench;
mod fetch_bench;
#[cfg(debug_assertions)]
mod host;
mod match_files;
mod steps;
mod terminal;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use desk::commands::Problem;
use desk::{Computer, Desk};

#[derive(Parser)]
#[command(name = "countersign-cli", version, about = "Stripe and your ledger, side by side; nothing is written until you have signed it.")]
struct Options {
    /// Folder of the books; the program's own when it is not given.
    #[arg(long, global = true)]
    folder: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Plays the whole way with the demo company and asks it afterwards what exists.
    Demo(demo::Options),
    /// Measures fetching from a large demo company against what Stripe's limits allow.
    FetchBench(fetch_bench::Options),
    /// Measures how long each act takes in a book of many invoices.
    DeskBench(desk_bench::Options),
    /// Fetches both sides of a book.
    Fetch(steps::OfBook),
    /// Lists the drafts of a book.
    Drafts(steps::OfBook),
    /// Signs rows of a book, by their Stripe number, or all exact ones.
    Countersign(steps::Sign),
    /// Writes what is signed.
    Write(steps::OfBook),
    /// The record of who did what.
    Trail(steps::TrailOf),
    /// Matches files of payments and invoices.
    Match(match_files::Files),
    /// Serves the page to a browser, for tests; not in a release.
    #[cfg(debug_assertions)]
    Host {
        /// The built page.
        page: PathBuf,
    },
}

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&format!("the program could not start: {error}")),
    };
    runtime.block_on(run(options))
}

async fn run(options: Options) -> ExitCode {
    let done = match options.command {
        Command::Demo(demo) => return demo::run(demo).await,
        Command::FetchBench(bench) => return fetch_bench::run(bench).await,
        Command::DeskBench(bench) => return desk_bench::run(bench).await,
        Command::Fetch(of) => steps::fetch(&desk(options.folder), of).await,
        Command::Drafts(of) => steps::drafts(&desk(options.folder), of).await,
        Command::Countersign(sign) => steps::countersign(&desk(options.folder), sign).await,
        Command::Write(of) => steps::write(&desk(options.folder), of).await,
        Command::Match(files) => return match_files::run(&files),
        Command::Trail(of) => steps::trail(&desk(options.folder), of).await,
        #[cfg(debug_assertions)]
        Command::Host { page } => {
            let served = host::serve(&page, options.folder).await;
            return served.map_or_else(|error| failed(&error.to_string()), |()| ExitCode::SUCCESS);
        }
    };
    done.unwrap_or_else(|problem: Problem| failed(&problem.to_string()))
}

fn desk(folder: Option<PathBuf>) -> Desk {
    match Computer::new(folder, Box::new(terminal::Terminal)) {
        Ok(computer) => Desk::new(Arc::new(computer)),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }
}

fn failed(words: &str) -> ExitCode {
    eprintln!("{words}");
    ExitCode::FAILURE
}
