//! `fenji serve` with 100 jobs: what it takes while nothing is due, and how fast 10,000 due slots are planned and claimed on PostgreSQL, against as many bare
//! transactions on the same server.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a benchmark prints its result and may stop at the first thing that is wrong"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use fenji::{
    ledger::server::Server,
    run::{
        home::Home,
        planner::Jobs,
        store::{Store, StoreAddress},
    },
};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

const JOBS: usize = 100;
const SLOTS: usize = 10_000;
/// Runners that claim at once.
const RUNNERS: usize = 2;

/// A job that is due every day; its runs may be at work at once, so that all can be claimed.
const JOB: &str = r#"title = { zh = "演练", en = "Drill" }
owner = "nobody"
requirements = ["S01"]
report = "prize-receipts"
period = "day"
formats = ["json"]
overlap = "allow"

[[schedule]]
id = "daily"
cron = "0 0 * * *"
max-catchup = 1000
catchup-window = "390d"
"#;

fn main() {
    let server =
        std::env::var("FENJI_BENCH_POSTGRES").unwrap_or_else(|_| "postgres://root@127.0.0.1/postgres".to_owned());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    idle("SQLite", None);
    match runtime.block_on(database(&server)) {
        Ok(url) => {
            idle("PostgreSQL", Some(&url));
            let url = runtime.block_on(database(&server)).unwrap();
            runtime.block_on(claims(&url));
        }
        Err(cause) => println!("PostgreSQL is ABSENT: {cause}; name one in FENJI_BENCH_POSTGRES"),
    }
}

/// A home with 100 jobs, and a store in a file or on a server.
fn home(store: Option<&str>) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("home");
    Home::init(&root).unwrap();
    for entry in fs::read_dir(root.join("jobs")).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    for number in 0..JOBS {
        fs::write(root.join(format!("jobs/drill-{number:03}.toml")), JOB).unwrap();
    }
    if let Some(url) = store {
        let path = root.join("config/fenji.toml");
        let settings = fs::read_to_string(&path).unwrap();
        fs::write(&path, settings.replace("\"data/fenji.db\"", &format!("\"{url}\""))).unwrap();
    }
    (directory, root)
}

/// An empty database for the store.
async fn database(server: &str) -> Result<String, sqlx::Error> {
    let mut connection = PgConnection::connect(server).await?;
    sqlx::query("DROP DATABASE IF EXISTS fenji_bench_runs WITH (FORCE)").execute(&mut connection).await?;
    sqlx::query("CREATE DATABASE fenji_bench_runs").execute(&mut connection).await?;
    let (before, _) = server.rsplit_once('/').unwrap_or((server, ""));
    Ok(format!("{before}/fenji_bench_runs"))
}

/// What a runner takes for a minute in which nothing is due.
fn idle(store: &str, url: Option<&str>) {
    let (_directory, root) = home(url);
    // Nothing is due in this minute, whenever the benchmark runs.
    for entry in fs::read_dir(root.join("jobs")).unwrap() {
        fs::write(entry.unwrap().path(), JOB.replace("0 0 * * *", "0 0 29 2 *")).unwrap();
    }
    let mut runner = Command::new(env!("CARGO_BIN_EXE_fenji"))
        .arg("--home")
        .arg(&root)
        .args(["serve", "--log-level", "error"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    sleep(Duration::from_secs(20));
    let (before, start) = (ticks(&runner), Instant::now());
    sleep(Duration::from_mins(1));
    let share = (ticks(&runner) - before) as f64 / 100.0 / start.elapsed().as_secs_f64();
    let (resident, peak) = (memory(&runner, "VmRSS:"), memory(&runner, "VmHWM:"));
    println!(
        "idle, {JOBS} jobs, {store}: {resident:.1} MB resident, peak {peak:.1} MB (limit 60 MB); {:.2} % of a core (limit 1 %)",
        share * 100.0
    );
    assert!(Command::new("kill").args(["-TERM", &runner.id().to_string()]).status().unwrap().success());
    assert!(runner.wait().unwrap().success());
}

/// Hundredths of a second of processor time.
fn ticks(runner: &Child) -> u64 {
    let text = fs::read_to_string(format!("/proc/{}/stat", runner.id())).unwrap();
    let (_, rest) = text.rsplit_once(')').unwrap();
    rest.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().unwrap()).sum()
}

/// Megabytes of 1,000,000 bytes.
fn memory(runner: &Child, field: &str) -> f64 {
    let text = fs::read_to_string(format!("/proc/{}/status", runner.id())).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() * 1024.0 / 1e6
}

/// 10,000 slots that nobody planned, planned and claimed.
async fn claims(url: &str) {
    let (_directory, root) = home(Some(url));
    let home = Home::open(Path::new(&root)).unwrap();
    let address = StoreAddress::Server(Server::postgres(url, None::<PathBuf>, Duration::from_mins(1)).unwrap());
    let jobs = Jobs::read(&home);
    let mut store = Store::open(&address).await.unwrap();
    jobs.plan(&mut store).await.unwrap();
    // As if nobody had been at work for a hundred days.
    let mut connection = PgConnection::connect(url).await.unwrap();
    let days = i64::try_from(SLOTS / JOBS).unwrap();
    sqlx::query("UPDATE fenji.schedule_cursor SET planned_through = planned_through - $1::bigint * 86400000")
        .bind(days)
        .execute(&mut connection)
        .await
        .unwrap();
    let start = Instant::now();
    let planned = jobs.plan(&mut store).await.unwrap();
    let planning = start.elapsed().as_secs_f64();
    assert_eq!(planned.added.len(), SLOTS);
    let start = Instant::now();
    let mut runners = tokio::task::JoinSet::new();
    for runner in 0..RUNNERS {
        let address = address.clone();
        runners.spawn(async move {
            let mut store = Store::open(&address).await.unwrap();
            let owner = format!("bench-{runner}");
            let mut claimed = 0;
            while store.claim((&owner, "bench", 1), 3_600_000, None).await.unwrap().is_some() {
                claimed += 1;
            }
            claimed
        });
    }
    let claimed: usize = runners.join_all().await.into_iter().sum();
    let claiming = start.elapsed().as_secs_f64();
    assert_eq!(claimed, SLOTS);
    let bare = bare(url).await;
    println!(
        "{SLOTS} due slots on PostgreSQL: planned in {planning:.1} s, claimed by {RUNNERS} runners in {claiming:.1} s, together {:.1} s (limit 60 s); {:.2} × {SLOTS} bare transactions of an INSERT and an UPDATE ({bare:.1} s)",
        planning + claiming,
        (planning + claiming) / bare
    );
}

/// As many transactions, each an INSERT and an UPDATE, by as many connections: what the server and its disk need at least.
async fn bare(url: &str) -> f64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query("CREATE TABLE bare(id BIGINT PRIMARY KEY, state TEXT NOT NULL)")
        .execute(&mut connection)
        .await
        .unwrap();
    let start = Instant::now();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..RUNNERS {
        let url = url.to_owned();
        writers.spawn(async move {
            let mut connection = PgConnection::connect(&url).await.unwrap();
            for number in 0..SLOTS / RUNNERS {
                let id = i64::try_from(number * RUNNERS + writer).unwrap();
                let mut transaction = connection.begin().await.unwrap();
                let insert = sqlx::query("INSERT INTO bare(id, state) VALUES ($1, 'pending')").bind(id);
                insert.execute(&mut *transaction).await.unwrap();
                let update = sqlx::query("UPDATE bare SET state = 'running' WHERE id = $1").bind(id);
                update.execute(&mut *transaction).await.unwrap();
                transaction.commit().await.unwrap();
            }
        });
    }
    writers.join_all().await;
    start.elapsed().as_secs_f64()
}
