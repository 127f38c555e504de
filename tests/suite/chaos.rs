//! Several runners on one store, killed, stopped and started again at random moments: every slot is decided once, every run done once, every gap explained.
//!
//! With `FENJI_TEST_BINARY`, the release program does hundreds of runs; without, this one does fewer.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

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
    support::World,
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
        let days = if std::env::var_os("FENJI_TEST_BINARY").is_some() { 167 } else { 8 };
        Self { world, server, address, days }
    }

    fn runner(&self) -> Child {
        let binary = std::env::var_os("FENJI_TEST_BINARY")
            .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_fenji")), PathBuf::from);
        let mut command = Command::new(binary);
        command.arg("--home").arg(self.world.home()).args(["serve", "--log-level", "error"]);
        command.env_remove("FENJI_LEDGER_PASSWORD").env_remove("FENJI_STORE_PASSWORD").env("NO_COLOR", "1");
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

/// Lets runners work, and does to them what happens to runners, until everything is done. Gives how often one was killed and stopped.
fn happen(scene: &Scene, random: &mut impl Rng) -> (u32, u32) {
    let mut runners: Vec<Child> = (0..3).map(|_| scene.runner()).collect();
    let (mut killed, mut stopped) = (0, 0);
    let started = Instant::now();
    loop {
        assert!(started.elapsed() < Duration::from_mins(5), "not done in time: {:?}", scene.runs().len());
        sleep(Duration::from_millis(random.random_range(200..1200)));
        let runs = scene.runs();
        let over = runs.iter().filter(|run| run.state.is_over()).count();
        if over == runs.len() && over >= scene.days * JOBS.len() {
            break;
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
                let status = runners[which].wait().unwrap();
                assert!(status.success(), "told to stop, it ends well: {status}");
                runners[which] = scene.runner();
            }
            8 if killed % 5 == 2 => {
                if let Some(server) = &scene.server {
                    server.stop();
                    sleep(Duration::from_millis(500));
                    server.start_again();
                }
            }
            _ => {}
        }
    }
    for mut runner in runners {
        signal(&runner, "TERM");
        assert!(runner.wait().unwrap().success());
    }
    (killed, stopped)
}

/// Holds what the history tells against what should be.
fn hold(scene: &Scene) {
    let archive = Archive::new(&scene.world.home());
    let runs = scene.runs();
    let mut slots: BTreeMap<(String, String), u32> = BTreeMap::new();
    let mut done: BTreeMap<(String, String), u32> = BTreeMap::new();
    for run in &runs {
        *slots.entry((run.job.clone(), run.slot_wall.clone().unwrap())).or_default() += 1;
        assert_eq!(run.state, State::Succeeded, "{run:?}");
        *done.entry((run.job.clone(), run.period.clone())).or_default() += 1;
        let attempts = scene.store(&async |store: &mut Store| store.attempts(run.id).await.unwrap());
        let outcomes: Vec<&str> = attempts.iter().map(|attempt| attempt.outcome.as_deref().unwrap_or("open")).collect();
        let succeeded = outcomes.iter().filter(|outcome| **outcome == "succeeded").count();
        assert_eq!((succeeded, outcomes.last()), (1, Some(&"succeeded")), "run {}: {outcomes:?}", run.id);
        assert!(!outcomes.contains(&"open"), "run {}: {outcomes:?}", run.id);
        let artifacts = scene.store(&async |store: &mut Store| store.artifacts(run.id).await.unwrap());
        assert_eq!(artifacts.len(), 2, "run {}", run.id);
        for artifact in artifacts {
            archive.get(&artifact.sha256).unwrap();
        }
    }
    assert_eq!(slots.len(), scene.days * JOBS.len());
    assert!(slots.values().chain(done.values()).all(|count| *count == 1));
}

fn survives(server: Option<PrivateServer>, seed: u64) {
    let scene = Scene::new(server);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    scene.nobody_was_at_work();
    let (killed, stopped) = happen(&scene, &mut random);
    hold(&scene);
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
