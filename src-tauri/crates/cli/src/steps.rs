//! One step of the way of the data at a time, on a book file.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use desk::commands::*;
use desk::{DemoCompany, Desk, demo};

#[derive(Args)]
pub struct OfBook {
    /// The book file.
    pub book: PathBuf,
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct Sign {
    #[command(flatten)]
    pub of: OfBook,
    /// Stripe's numbers of the rows to sign.
    pub numbers: Vec<String>,
    /// Sign every row that is exact.
    #[arg(long, conflicts_with = "numbers")]
    pub all_exact: bool,
    /// Who signs, if nobody has been named on this computer yet.
    #[arg(long, requires = "initials")]
    pub name: Option<String>,
    #[arg(long)]
    pub initials: Option<String>,
}

#[derive(Args)]
pub struct TrailOf {
    #[command(subcommand)]
    what: TrailWhat,
}

#[derive(Subcommand)]
enum TrailWhat {
    /// Computes every hash again.
    Verify(OfBook),
    /// Prints the newest entries.
    Show(OfBook),
}

/// How long a sign-in may take, and how often one looks.
const SIGNIN_WITHIN: Duration = Duration::from_secs(300);
const LOOK_EVERY: Duration = Duration::from_millis(50);
const ROWS: u32 = 500;

pub async fn fetch(desk: &Desk, of: OfBook) -> Result<ExitCode, Problem> {
    open(desk, &of).await?;
    let done = with_words(desk, desk.fetch_all()).await?;
    let requests = desk.requests()?;
    print(&of, &done, || {
        for asked in &requests {
            let limited = if asked.limited > 0 { format!(", {} turned away for haste", asked.limited) } else { String::new() };
            println!("{:>8} {}{limited}", asked.sent, asked.endpoint);
        }
        println!("fetched {} rows on {} pages with {} requests", done.rows, done.pages, done.requests);
    });
    Ok(ExitCode::SUCCESS)
}

pub async fn drafts(desk: &Desk, of: OfBook) -> Result<ExitCode, Problem> {
    open(desk, &of).await?;
    let rows = desk.draft_rows(DraftWindow { anchor: Anchor::Start {}, before: 0, after: ROWS }).await?;
    print(&of, &rows, || {
        for row in &rows.rows {
            let amount = row.amount.as_ref().map(|amount| format!("{} {}", amount.amount, amount.currency)).unwrap_or_default();
            println!("{:12} {:16} {:40} {:>18}  {:?}", row.number, format!("{:?}", row.kind), row.name, amount, row.state);
        }
        println!("{} drafts, {} signed", rows.total, rows.signed);
    });
    Ok(ExitCode::SUCCESS)
}

pub async fn countersign(desk: &Desk, sign: Sign) -> Result<ExitCode, Problem> {
    if let (Some(name), Some(initials)) = (&sign.name, &sign.initials) {
        desk.introduce(Introduce { name: name.clone(), initials: initials.clone() }).await?;
    }
    open(desk, &sign.of).await?;
    let mut unknown: Vec<String> = Vec::new();
    let rows = if sign.all_exact {
        desk.signable(ReviewQuery { bucket: Bucket::Exact, month: None, search: String::new() }).await?.rows
    } else {
        let all = all_rows(desk).await?.into_iter().filter(|row| sign.numbers.contains(&row.left.number)).collect::<Vec<_>>();
        unknown = sign.numbers.iter().filter(|number| !all.iter().any(|row| row.left.number == **number)).cloned().collect();
        all.into_iter().map(|row| SignedRow { key: row.key, fingerprint: row.fingerprint }).collect()
    };
    let mut done = desk.countersign(Countersign { rows, yes: Vec::new() }).await?;
    done.not_done
        .extend(unknown.into_iter().map(|number| NotDone { problem: Problem::new(Code::NoSuchRow).with("what", number.clone()), key: number }));
    print(&sign.of, &done, || {
        println!("{} signed", done.done);
        for not in &done.not_done {
            // Why is a code that the page has words for; here its own must do.
            let why = not.problem.params.get("why").map(|why| why.replace('_', " "));
            let problem = why.map_or_else(|| not.problem.clone(), |why| not.problem.clone().with("why", why));
            println!("not signed: {} ({problem})", not.key);
        }
    });
    Ok(if done.not_done.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub async fn write(desk: &Desk, of: OfBook) -> Result<ExitCode, Problem> {
    open(desk, &of).await?;
    let done = with_words(desk, desk.write_all()).await?;
    print(&of, &done, || println!("{} of {} confirmed, {} unknown, {} refused", done.confirmed, done.total, done.unknown, done.refused));
    Ok(if done.unknown + done.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub async fn trail(desk: &Desk, of: TrailOf) -> Result<ExitCode, Problem> {
    let (of, show) = match of.what {
        TrailWhat::Verify(of) => (of, false),
        TrailWhat::Show(of) => (of, true),
    };
    desk.open_at(&of.book).await?;
    let trail = desk.trail(TrailWindow { limit: if show { ROWS } else { 0 }, ..TrailWindow::default() }).await?;
    print(&of, &trail, || {
        for row in &trail.rows {
            println!("{:6} {} {:16} {:24} {}", row.sequence, row.at, row.act, row.who, row.about);
        }
        println!(
            "{} entries, {}",
            trail.entries,
            if trail.unbroken {
                format!("unbroken, head {}", trail.head)
            } else {
                format!("BROKEN at entry {}", trail.broken_at.unwrap_or_default())
            }
        );
    });
    Ok(if trail.unbroken { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Waits for long work, and says so when another window or command has the book.
async fn with_words<T>(desk: &Desk, work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    let mut work = std::pin::pin!(work);
    let mut said = false;
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        let progress = desk.progress(Nothing {}).await?;
        let problems = [progress.fetch.and_then(|fetch| fetch.problem), progress.write.and_then(|write| write.problem)];
        if let Some(busy) = problems.into_iter().flatten().find(|problem| problem.code == Code::BookBusy && !said) {
            eprintln!("waiting: {busy}");
            said = true;
        }
    }
}

/// Every row of Review.
pub async fn all_rows(desk: &Desk) -> Result<Vec<ReviewRow>, Problem> {
    let mut rows: Vec<ReviewRow> = Vec::new();
    loop {
        let query = ReviewQuery { bucket: Bucket::All, month: None, search: String::new() };
        let anchor = Anchor::Index { index: rows.len() as u32 };
        let window = desk.review_rows(ReviewWindow { query, anchor, before: 0, after: ROWS }).await?;
        let new = window.rows.into_iter().skip(rows.len().saturating_sub(window.first as usize));
        rows.extend(new);
        if rows.len() >= window.total as usize {
            return Ok(rows);
        }
    }
}

/// Opens the book of this company, made when it is not there, with somebody to sign and both sides connected.
pub async fn open_demo(desk: &Desk, book: &Path, company: DemoCompany) -> Result<(), Problem> {
    if !book.exists() {
        desk.create_demo(book, company)?;
    }
    if desk.overview(Nothing {}).await?.person.is_none() {
        desk.introduce(Introduce { name: "Mette Kjærgård".into(), initials: "MK".into() }).await?;
    }
    desk.open_at(book).await?;
    if !desk.signed_in().await? {
        connect(desk).await?;
    }
    Ok(())
}

/// Signs in to the demo company where nobody is signed in, and chooses the only company there is. Nobody
/// sits at this screen, so its page is accepted here.
pub async fn connect(desk: &Desk) -> Result<(), Problem> {
    let mut status = desk.begin_signin(BeginSignin { tenant: String::new(), client_id: String::new() }).await?;
    let accepted = demo::accept_in_a_browser(status.url.as_deref().unwrap_or_default()).await;
    accepted.map_err(|error| Problem::new(Code::SigninFailed).with("error", error.to_string()))?;
    let mut waited = Duration::ZERO;
    while status.state == SigninState::Waiting {
        if waited > SIGNIN_WITHIN {
            return Err(Problem::new(Code::SigninTimeout));
        }
        tokio::time::sleep(LOOK_EVERY).await;
        waited += LOOK_EVERY;
        status = desk.signin_status(Nothing {}).await?;
    }
    if let Some(problem) = status.problem {
        return Err(problem);
    }
    let not_connected = || Problem::new(Code::NotConnected).with("side", "Business Central");
    let environment = status.environments.first().ok_or_else(not_connected)?.name.clone();
    let companies = desk.companies(EnvironmentName { environment: environment.clone() }).await?;
    let company = companies.companies.first().ok_or_else(not_connected)?.id.clone();
    desk.choose_company(ChooseCompany { environment, company }).await?;
    Ok(())
}

/// Opens the book; the demo company is signed in to by itself where its sign-in is gone.
async fn open(desk: &Desk, of: &OfBook) -> Result<(), Problem> {
    desk.open_at(&of.book).await?;
    if desk.demo().is_some() && !desk.signed_in().await? {
        connect(desk).await?;
    }
    Ok(())
}

fn print<T: serde::Serialize>(of: &OfBook, value: &T, table: impl FnOnce()) {
    if of.json {
        println!("{}", serde_json::to_string(value).unwrap_or_default());
    } else {
        table();
    }
}
