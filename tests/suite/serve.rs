//! `fenji serve` as a system runs it: it is ready, tells its figures, takes new declarations, stops when told, and says clearly what keeps it from working.

use std::{
    fs::{self, File},
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::support::{Said, World, absent};

/// A quick job about a day.
const JOB: &str = r#"title = { zh = "演练", en = "Drill" }
owner = "nobody"
requirements = ["S01"]
report = "prize-receipts"
period = "day"
formats = ["json"]

[retry]
first = "0s"

[[schedule]]
id = "yearly"
cron = "0 6 1 1 *"
"#;

/// A home with an empty ledger and one quick job.
fn world() -> World {
    let world = World::new();
    world.keep_job("none");
    world.write("jobs/drill.toml", JOB);
    world.edit("config/fenji.toml", "drain = \"30s\"", "drain = \"1s\"");
    world.fenji(&["ledger", "init"]).succeeded();
    world
}

/// A `fenji serve` at work; killed when it is dropped.
struct Serving {
    child: Child,
    log: PathBuf,
}

impl Serving {
    fn start(world: &World) -> Self {
        let log = world.home().join("serve.log");
        let child = Command::new(env!("CARGO_BIN_EXE_fenji"))
            .arg("--home")
            .arg(world.home())
            .args(["serve", "--log-format", "json"])
            .env_remove("FENJI_SMTP_URL")
            .env_remove("FENJI_LEDGER_PASSWORD")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let serving = Self { child, log };
        serving.says("serving");
        serving
    }

    fn signal(&self, name: &str) {
        signal(&self.child.id().to_string(), name);
    }

    /// Waits until it has said something.
    fn says(&self, words: &str) {
        let text = || fs::read_to_string(&self.log).unwrap();
        until(&format!("`{words}` is said"), || text().contains(words), text);
    }

    /// The processes that it started.
    fn children(&self) -> Vec<String> {
        let id = self.child.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
        children.split_whitespace().map(str::to_owned).collect()
    }

    /// Tells it to stop; gives how long that took.
    fn stop(mut self) -> Duration {
        let told = Instant::now();
        self.signal("TERM");
        let status = self.child.wait().unwrap();
        assert!(status.success(), "told to stop, it ends well: {status}");
        told.elapsed()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

fn signal(process: &str, name: &str) {
    assert!(Command::new("kill").args([&format!("-{name}"), process]).status().unwrap().success());
}

fn until(what: &str, so: impl Fn() -> bool, told: impl Fn() -> String) {
    let started = Instant::now();
    while !so() {
        assert!(started.elapsed() < Duration::from_mins(1), "{what}: not within a minute\n{}", told());
        sleep(Duration::from_millis(20));
    }
}

/// What is at an address: the code and the text.
fn get(port: u16, path: &str) -> Option<(u16, String)> {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(connection, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

fn runs(world: &World) -> Vec<Value> {
    world.fenji(&["run", "list", "--format", "json"]).succeeded().json().as_array().unwrap().clone()
}

fn backfill(world: &World, from: &str, to: &str) {
    world.fenji(&["job", "backfill", "drill", "--from", from, "--to", to, "--by", "li"]).succeeded();
}

/// What an error said, in one line, so that a break of the line changes nothing.
fn words(said: &Said) -> String {
    let text = said.err.replace(['│', '╰', '─', '▶'], " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn it_is_ready_tells_its_figures_and_stops_when_told() {
    let world = world();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    world.edit("config/fenji.toml", "lease = ", &format!("listen = \"127.0.0.1:{port}\"\nlease = "));
    let serving = Serving::start(&world);
    until(
        "it is ready",
        || get(port, "/ready").is_some_and(|(code, _)| code == 200),
        || format!("{:?}", get(port, "/ready")),
    );
    assert_eq!(get(port, "/live").unwrap(), (200, "alive\n".to_owned()));
    assert_eq!(get(port, "/").unwrap().0, 404);
    backfill(&world, "2026-10-01", "2026-10-03");
    let done = || runs(&world).iter().filter(|run| run["state"] == "succeeded").count() == 3;
    until("three runs are done", done, || format!("{:?}", runs(&world)));
    let metrics = || get(port, "/metrics").unwrap().1;
    let three = "fenji_attempts_total{job=\"drill\",outcome=\"succeeded\"} 3";
    until("three attempts are told", || metrics().contains(three), metrics);
    let text = metrics();
    for line in ["fenji_store_up 1", "fenji_refused_jobs 0", "fenji_build_info{", "# EOF"] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let log = world.fenji(&["run", "log", "1"]).succeeded();
    assert!(
        log.out.contains("begins job=\"drill\" period=2026-10-01") && log.out.contains("made file="),
        "{}",
        log.out
    );
    let took = serving.stop();
    assert!(took < Duration::from_secs(5), "nothing was at work: {took:?}");
    // An address that somebody else has is told, and nothing begins.
    let _other = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let said = world.fenji(&["serve"]);
    assert_eq!((said.code, words(&said).contains("cannot listen at")), (4, true), "{}", said.err);
}

#[test]
fn declarations_are_read_anew_and_wrong_ones_leave_what_was() {
    let world = world();
    let serving = Serving::start(&world);
    let settings = world.read("config/fenji.toml");
    world.write("config/fenji.toml", settings.replace("language = ", "langwich = "));
    serving.signal("HUP");
    serving.says("they stay as they were");
    world.write("config/fenji.toml", &settings);
    // A job that is wrong is told and not planned; the others are.
    world.write("jobs/broken.toml", JOB.replace("0 6 1 1 *", "0 6 31 2 *"));
    world.write("jobs/other.toml", JOB);
    serving.signal("HUP");
    serving.says("declarations were read anew");
    serving.says("it is not planned");
    let known = || {
        let next = world.fenji(&["job", "next", "other", "--count", "1", "--format", "json"]).json();
        let cursors: i64 = world
            .store()
            .query_row("SELECT count(*) FROM schedule_cursor WHERE job_id = 'other'", [], |row| row.get(0))
            .unwrap();
        next[0]["schedule"] == "yearly" && cursors == 1
    };
    until("the new job is planned", known, String::new);
    serving.stop();
}

#[test]
fn a_run_that_does_not_end_in_time_goes_on_elsewhere_and_costs_no_try() {
    let world = world();
    backfill(&world, "2026-10-01", "2026-10-01");
    let serving = Serving::start(&world);
    // Its process hangs: it does not even hear that it should end.
    until("an attempt is made", || serving.children().first().is_some_and(|child| stopped(child)), String::new);
    let took = serving.stop();
    // The drain is a second, the grace of the process five.
    assert!(took > Duration::from_secs(5) && took < Duration::from_secs(12), "{took:?}");
    let run = world.fenji(&["run", "show", "1", "--format", "json"]).succeeded().json();
    assert_eq!((&run["run"]["state"], &run["run"]["failures"]), (&"pending".into(), &0.into()), "{run}");
    assert_eq!(run["attempts"][0]["outcome"], "interrupted");
    world.fenji(&["serve", "--once"]).succeeded();
    let run = world.fenji(&["run", "show", "1", "--format", "json"]).succeeded().json();
    assert_eq!((&run["run"]["state"], &run["run"]["failures"]), (&"succeeded".into(), &0.into()), "{run}");
    assert_eq!(run["attempts"].as_array().unwrap().len(), 2);
}

/// Stops a process, if it is there still.
fn stopped(process: &str) -> bool {
    let told = Command::new("kill").args(["-STOP", process]).stderr(Stdio::null()).status().unwrap().success();
    let state = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    told && state.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('T'))
}

#[test]
fn a_run_waits_until_the_ledger_says_yes() {
    let world = world();
    world
        .sql()
        .execute_batch("CREATE TABLE closing(month TEXT, closed INTEGER); INSERT INTO closing VALUES ('2026-10', 0);")
        .unwrap();
    let gate = "\n[[wait-for]]\nsql = \"SELECT closed FROM closing WHERE month = substr(:period, 1, 7)\"\nevery = \"1s\"\ndeadline = \"1h\"\n";
    world.write("jobs/drill.toml", format!("{JOB}{gate}"));
    backfill(&world, "2026-10-05", "2026-10-05");
    world.fenji(&["serve", "--once"]).succeeded();
    let reason = |world: &World| runs(world)[0]["reason"].as_str().unwrap_or_default().to_owned();
    assert_eq!(runs(&world)[0]["state"], "pending");
    assert!(reason(&world).contains("no answer yet"), "{:?}", runs(&world));
    // A question that the ledger does not take any more is told, and is no end of the run.
    world.sql().execute_batch("ALTER TABLE closing RENAME TO closings").unwrap();
    sleep(Duration::from_millis(1100));
    world.fenji(&["serve", "--once"]).succeeded();
    assert!(reason(&world).contains("no such table: closing"), "{:?}", runs(&world));
    world.sql().execute_batch("ALTER TABLE closings RENAME TO closing; UPDATE closing SET closed = 1").unwrap();
    sleep(Duration::from_millis(1100));
    world.fenji(&["serve", "--once"]).succeeded();
    assert_eq!(runs(&world)[0]["state"], "succeeded", "{:?}", runs(&world));
    let said = world.fenji(&["run", "explain", "drill"]).succeeded();
    assert!(said.out.contains("the ledger to say yes"), "{}", said.out);
}

#[test]
fn a_ledger_that_is_away_fails_the_attempt_and_the_run_waits_for_another() {
    let world = world();
    world.edit("jobs/drill.toml", "first = \"0s\"", "first = \"1h\"");
    backfill(&world, "2026-10-05", "2026-10-05");
    world.edit("config/ledger.toml", "sqlite:data/ledger.db", "postgres://fenji@127.0.0.1:1/ledger");
    world.fenji(&["serve", "--once"]).succeeded();
    let run = &runs(&world)[0];
    assert_eq!(run["state"], "pending", "{run}");
    let log = world.fenji(&["run", "log", "1"]).succeeded();
    assert!(log.out.contains("127.0.0.1"), "{}", log.out);
    assert!(!world.files().iter().any(|file| file.starts_with("data/artifacts") || file.starts_with("data/staging")));
}

#[test]
fn a_store_that_is_newer_than_the_program_is_refused() {
    let world = world();
    world.fenji(&["serve", "--once"]).succeeded();
    let newer = "INSERT INTO _sqlx_migrations(version, description, success, checksum, execution_time) VALUES (999, 'x', 1, x'00', 0)";
    world.store().execute_batch(newer).unwrap();
    for arguments in [&["serve", "--once"][..], &["job", "run", "drill", "--period", "2026-10-01"]] {
        let said = world.fenji(arguments);
        assert_eq!((said.code, words(&said).contains("newer")), (4, true), "{}", said.err);
    }
}

/// A small file system of its own below a home; `None`, said loudly, where nobody may mount one.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: &Path, megabytes: u32) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let size = format!("size={megabytes}m");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at).stderr(Stdio::null()).status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(Self(at.to_owned()));
        }
        absent("the right to mount a file system");
        None
    }

    /// Makes it read-only, or not.
    fn remount(&self, how: &str) {
        let status = Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(&self.0).status().unwrap();
        assert!(status.success());
    }

    /// Fills it up to the last byte.
    fn fill(&self) {
        let mut file = File::create(self.0.join("filler")).unwrap();
        for size in [65_536, 4096, 512, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn empty(&self) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_told_and_leaves_nothing_half_written() {
    let world = World::new();
    world.keep_job("none");
    world.write("jobs/drill.toml", JOB);
    let Some(disk) = Disk::mount(&world.home().join("data"), 8) else { return };
    world.fenji(&["ledger", "init"]).succeeded();
    // A runner outlives it, and does the work when there is room again.
    let serving = Serving::start(&world);
    disk.fill();
    let said = world.fenji(&["job", "run", "drill", "--period", "2026-10-02"]);
    assert_eq!(said.code, 4, "{}", said.err);
    assert!(words(&said).contains("that the disk has room") || words(&said).contains("No space left"), "{}", said.err);
    sleep(Duration::from_secs(1));
    disk.empty();
    backfill(&world, "2026-10-01", "2026-10-01");
    let done = || runs(&world).iter().any(|run| run["state"] == "succeeded" && run["period"] == "2026-10-01");
    until("the run is done", done, || format!("{:?}\n{}", runs(&world), fs::read_to_string(&serving.log).unwrap()));
    serving.stop();
    let left: Vec<String> = world.files().into_iter().filter(|file| file.starts_with("data/staging")).collect();
    assert!(left.is_empty(), "{left:?}");
    let integrity: String = world.store().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(integrity, "ok");
}

#[test]
fn a_home_that_cannot_be_written_is_told() {
    let world = World::new();
    let Some(disk) = Disk::mount(&world.home().join("data"), 8) else { return };
    world.fenji(&["ledger", "init"]).succeeded();
    disk.remount("ro");
    for arguments in [&["serve", "--once"][..], &["job", "run", "monthly-tier-report", "--period", "2026-10"]] {
        let said = world.fenji(arguments);
        assert_eq!(said.code, 4, "{}", said.err);
        assert!(words(&said).contains("data") && words(&said).to_lowercase().contains("read"), "{}", said.err);
    }
    disk.remount("rw");
}

#[test]
fn old_files_go_and_the_history_stays() {
    let world = world();
    world.edit(
        "config/fenji.toml",
        "artifacts = { age = \"3653d\", later-runs = 24 }",
        "artifacts = { age = \"30d\", later-runs = 2 }",
    );
    world.edit(
        "config/fenji.toml",
        "logs = { age = \"366d\", later-runs = 24 }",
        "logs = { age = \"30d\", later-runs = 1 }",
    );
    backfill(&world, "2026-10-01", "2026-10-04");
    world.fenji(&["serve", "--once"]).succeeded();
    // All four made the same: they have one file. A year goes by.
    let artifacts = |world: &World| world.files().iter().filter(|file| file.starts_with("data/artifacts/")).count();
    let made = artifacts(&world);
    let year = Duration::from_hours(24 * 365);
    world.store().execute_batch("UPDATE artifact SET created_at = created_at - 31536000000").unwrap();
    for file in
        world.files().iter().filter(|file| file.starts_with("data/artifacts/") || file.starts_with("data/logs/"))
    {
        let file = File::open(world.home().join(file)).unwrap();
        file.set_modified(file.metadata().unwrap().modified().unwrap() - year).unwrap();
    }
    fs::create_dir_all(world.home().join("data/staging/1-abc")).unwrap();
    let dry = world.fenji(&["run", "prune", "--dry-run", "--by", "li", "--format", "json"]).succeeded().json();
    assert_eq!((&dry[0]["would be removed"], artifacts(&world)), (&2.into(), made), "{dry}");
    let told = world.fenji(&["run", "prune", "--by", "li", "--format", "json"]).succeeded().json();
    // The last two runs of the job keep theirs, and with them the file; the logs of all but the last are gone.
    let removed: Vec<i64> = told.as_array().unwrap().iter().map(|row| row["removed"].as_i64().unwrap()).collect();
    assert_eq!((removed[0], removed[3], removed[4]), (2, 3, 0), "{told}");
    let gone = world.fenji(&["run", "artifact", "1", &name(&world, 1)]);
    assert_eq!((gone.code, words(&gone).contains("was removed from the archive")), (4, true), "{}", gone.err);
    world.fenji(&["run", "artifact", "4", &name(&world, 4)]).succeeded();
    assert_eq!(runs(&world).len(), 4);
    let again = world.fenji(&["run", "prune", "--by", "li", "--format", "json"]).succeeded().json();
    assert!(again.as_array().unwrap().iter().all(|row| row["removed"] == 0), "{again}");
}

/// The name of the file that a run made.
fn name(world: &World, run: i64) -> String {
    let shown = world.fenji(&["run", "show", &run.to_string(), "--format", "json"]).succeeded().json();
    shown["artifacts"][0]["name"].as_str().unwrap().to_owned()
}
