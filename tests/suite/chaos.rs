//! Several runners on one store, killed, stopped and started again at random moments: every slot is decided once, every run done once, every gap explained.
//!
//! `FENJI_TEST_BINARY` names the program that is tried, such as the release build; `FENJI_TEST_LONG` lets it do 501 runs on each database instead of a few dozen.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::process::ExitStatusExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use chrono::NaiveDate;
use fenji::{
    ledger::server::Server,
    run::{
        archive::Archive,
        store::{
            Store, StoreAddress,
            runs::{RunFilter, RunRow, State},
        },
    },
};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{
    servers::{Kind, PrivateServer},
    support::{World, absent},
};

/// A quick job about a day.
const JOB: &str = r#"title = { zh = "演练", en = "Drill" }
owner = "nobody"
requirements = ["S01"]
report = "prize-receipts"
period = "day"
formats = ["json", "text"]

[retry]
max-failures = 50
first = "0s"
max = "1s"

[[schedule]]
id = "daily"
cron = "0 6 * * *"
max-catchup = 1000
catchup-window = "390d"
"#;

const JOBS: [&str; 3] = ["drill-a", "drill-b", "drill-c"];

struct Scene {
    world: World,
    server: Option<PrivateServer>,
    address: StoreAddress,
    /// Days of each job.
    days: usize,
    /// What steps the clocks of runners, where it is installed.
    clock: Option<PathBuf>,
}

/// The library that steps the clock of a process.
fn stepping() -> Option<PathBuf> {
    let library = fs::read_dir("/usr/lib").ok()?.filter_map(|entry| {
        let path = entry.ok()?.path().join("faketime/libfaketimeMT.so.1");
        path.exists().then_some(path)
    });
    let library = library.last();
    if library.is_none() {
        absent("libfaketime, by which clocks are stepped");
    }
    library
}

impl Scene {
    fn new(server: Option<PrivateServer>) -> Self {
        let world = World::new();
        world.keep_job("none");
        for job in JOBS {
            world.write(&format!("jobs/{job}.toml"), JOB);
        }
        world.edit("config/fenji.toml", "lease = \"60s\"", "lease = \"3s\"");
        world.edit("config/fenji.toml", "drain = \"30s\"", "drain = \"2s\"");
        let address = match &server {
            None => StoreAddress::File(world.home().join("data/fenji.db")),
            Some(server) => {
                let url = server.url(&server.database());
                world.edit("config/fenji.toml", "store = \"data/fenji.db\"", &format!("store = \"{url}\""));
                StoreAddress::Server(Server::postgres(&url, None::<PathBuf>, Duration::from_mins(1)).unwrap())
            }
        };
        world.fenji(&["ledger", "init"]).succeeded();
        let days = match (std::env::var_os("FENJI_TEST_LONG"), std::env::var_os("FENJI_TEST_BINARY")) {
            (Some(_), _) => 167,
            (None, Some(_)) => 30,
            (None, None) => 8,
        };
        let scene = Self { world, server, address, days, clock: stepping() };
        scene.step(0);
        scene
    }

    fn clock_file(&self) -> PathBuf {
        self.world.home().join("clock")
    }

    /// Sets the clocks of all runners so many seconds ahead of the right time.
    fn step(&self, ahead: i64) {
        let draft = self.world.home().join("clock.draft");
        fs::write(&draft, format!("{ahead:+}s\n")).unwrap();
        fs::rename(draft, self.clock_file()).unwrap();
    }

    fn runner(&self) -> Child {
        let binary = std::env::var_os("FENJI_TEST_BINARY")
            .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_fenji")), PathBuf::from);
        let mut command = Command::new(binary);
        command.arg("--home").arg(self.world.home()).args(["serve", "--log-level", "error"]);
        command.env_remove("FENJI_LEDGER_PASSWORD").env_remove("FENJI_STORE_PASSWORD").env("NO_COLOR", "1");
        if let Some(library) = &self.clock {
            command.env("LD_PRELOAD", library).env("FAKETIME_TIMESTAMP_FILE", self.clock_file());
            command.env("FAKETIME_CACHE_DURATION", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Asks the store something; it may be away for a moment.
    fn store<T>(&self, asked: &impl AsyncFn(&mut Store) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let started = Instant::now();
            loop {
                match Store::open(&self.address).await {
                    Ok(mut store) => return asked(&mut store).await,
                    Err(error) => assert!(started.elapsed() < Duration::from_mins(1), "{error}"),
                }
                sleep(Duration::from_millis(200));
            }
        })
    }

    fn patience(&self) -> Duration {
        Duration::from_mins(if self.days > 100 { 20 } else { 5 })
    }

    /// What is not over.
    fn left(&self) -> Vec<RunRow> {
        self.runs().into_iter().filter(|run| !run.state.is_over()).collect()
    }

    fn runs(&self) -> Vec<RunRow> {
        self.store(&async |store: &mut Store| {
            let all = RunFilter { limit: 100_000, ..RunFilter::default() };
            store.runs(&all).await.unwrap_or_default()
        })
    }

    /// The schedules begin; then it is as if nobody had been at work for some days.
    fn nobody_was_at_work(&self) {
        let sql = format!("UPDATE schedule_cursor SET planned_through = planned_through - {}", self.days * 86_400_000);
        self.world.fenji(&["serve", "--once"]).succeeded();
        match &self.server {
            None => {
                self.world.store().execute_batch(&sql).unwrap();
            }
            Some(server) => {
                let StoreAddress::Server(at) = &self.address else { panic!("a server has an address") };
                server.run(&at.database, &sql.replace("schedule_cursor", "fenji.schedule_cursor"));
            }
        }
    }
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// A runner that was told to stop ends well; one that had not come to listen yet has begun nothing.
fn ends_well(runner: &mut Child) {
    let status = runner.wait().unwrap();
    assert!(status.success() || status.signal() == Some(15), "told to stop, it ends well: {status}");
}

/// Lets runners work, and does to them what happens to runners, until everything is done. Gives how often one was killed and stopped.
fn happen(scene: &Scene, random: &mut impl Rng) -> (u32, u32) {
    let mut runners: Vec<Child> = (0..3).map(|_| scene.runner()).collect();
    let (mut killed, mut stopped, mut looks) = (0, 0, 0);
    let started = Instant::now();
    loop {
        assert!(started.elapsed() < scene.patience(), "not done in time: {:?}", scene.left());
        let pause = if scene.days > 100 { 30..200 } else { 200..1200 };
        sleep(Duration::from_millis(random.random_range(pause)));
        let runs = scene.runs();
        let over = runs.iter().filter(|run| run.state.is_over()).count();
        if over == runs.len() && over >= scene.days * JOBS.len() {
            break;
        }
        looks += 1;
        // Steps that come for certain, and others by chance.
        match looks {
            2 => scene.step(3600),
            5 => scene.step(0),
            _ => {}
        }
        let which = random.random_range(0..runners.len());
        match random.random_range(0..10) {
            0..6 => {
                signal(&runners[which], "KILL");
                runners[which].wait().unwrap();
                runners[which] = scene.runner();
                killed += 1;
            }
            6 => {
                // Longer than the lease: others take over, and who wakes up again must write nothing.
                signal(&runners[which], "STOP");
                sleep(Duration::from_millis(4500));
                signal(&runners[which], "CONT");
                stopped += 1;
            }
            7 => {
                signal(&runners[which], "TERM");
                ends_well(&mut runners[which]);
                runners[which] = scene.runner();
            }
            8 if killed % 5 == 2 => {
                if let Some(server) = &scene.server {
                    server.stop();
                    sleep(Duration::from_millis(500));
                    server.start_again();
                }
            }
            // An hour ahead, or back: all leases run out at once, or seem to last for an hour.
            _ => scene.step(random.random_range(0..2) * 3600),
        }
    }
    for mut runner in runners {
        signal(&runner, "TERM");
        ends_well(&mut runner);
    }
    (killed, stopped)
}

/// Holds what the history tells against what should be.
fn hold(scene: &Scene) {
    let archive = Archive::new(&scene.world.home());
    let runs = scene.runs();
    let mut slots: BTreeMap<(String, String), u32> = BTreeMap::new();
    let mut done: BTreeMap<(String, String), u32> = BTreeMap::new();
    let mut given_up = 0;
    for run in &runs {
        *slots.entry((run.job.clone(), run.slot_wall.clone().unwrap())).or_default() += 1;
        *done.entry((run.job.clone(), run.period.clone())).or_default() += 1;
        let attempts = scene.store(&async |store: &mut Store| store.attempts(run.id).await.unwrap());
        let outcomes: Vec<&str> = attempts.iter().map(|attempt| attempt.outcome.as_deref().unwrap_or("open")).collect();
        assert!(!outcomes.contains(&"open"), "run {}: {outcomes:?}", run.id);
        let artifacts = scene.store(&async |store: &mut Store| store.artifacts(run.id).await.unwrap());
        if run.state == State::Failed {
            // A run that loses its runners is given up, and says so: it may be what kills them.
            let lost = outcomes.iter().filter(|outcome| **outcome == "lost").count();
            assert_eq!(
                (lost, run.reason.as_deref()),
                (3, Some("its runner was lost 3 times")),
                "{run:?}: {outcomes:?}"
            );
            assert!(artifacts.is_empty(), "run {} did nothing", run.id);
            given_up += 1;
            continue;
        }
        assert_eq!(run.state, State::Succeeded, "{run:?}");
        let succeeded = outcomes.iter().filter(|outcome| **outcome == "succeeded").count();
        assert_eq!((succeeded, outcomes.last()), (1, Some(&"succeeded")), "run {}: {outcomes:?}", run.id);
        assert_eq!(artifacts.len(), 2, "run {}", run.id);
        for artifact in artifacts {
            archive.get(&artifact.sha256).unwrap();
        }
    }
    assert!(given_up * 20 <= runs.len(), "{given_up} of {} runs were given up", runs.len());
    assert!(slots.values().chain(done.values()).all(|count| *count == 1));
    // Every day has its slot; one more may have come while this ran.
    for job in JOBS {
        let walls = slots.keys().filter(|(of, _)| of == job).map(|(_, wall)| wall.split('T').next().unwrap());
        let days: Vec<NaiveDate> = walls.map(|day| day.parse().unwrap()).collect();
        assert!((scene.days..=scene.days + 1).contains(&days.len()), "{job}: {days:?}");
        assert!(days.windows(2).all(|pair| pair[0].succ_opt() == Some(pair[1])), "{job}: {days:?}");
    }
}

fn survives(server: Option<PrivateServer>, seed: u64) {
    let scene = Scene::new(server);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    scene.nobody_was_at_work();
    let (killed, stopped) = happen(&scene, &mut random);
    hold(&scene);
    eprintln!("{} runs, {killed} runners killed, {stopped} stopped for longer than the lease", scene.runs().len());
    assert!(killed > 0, "{stopped} stops");
}

#[test]
fn runs_survive_whatever_happens_to_runners_on_sqlite() {
    survives(None, 7);
}

#[test]
fn runs_survive_whatever_happens_to_runners_on_postgresql() {
    if let Some(server) = PrivateServer::start(Kind::Postgres) {
        survives(Some(server), 8);
    }
}
