//! Posting under `kill -9`: two processes at once, killed at random moments, while members earn and spend. Afterwards the postings equal an oracle to the point.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    thread::sleep,
    time::{Duration, Instant},
};

use fenji::ledger::schema;
use rusqlite::types::ValueRef;
use sqlx::{AssertSqlSafe, Connection as _, Row as _, postgres::PgConnection};
use tokio::runtime::{Builder, Runtime};

use crate::{
    servers::{PrivateServer, postgres},
    support::World,
};

const MEMBERS: u32 = 20_000;
/// How often a process is killed, at least.
const KILLS: u32 = 20;
/// Processes that post at once.
const AT_ONCE: usize = 2;
/// How many members are at work at once.
const WORKERS: u32 = 2;
/// How long the test may take on one database, on a machine that does other things too.
const LIMIT: Duration = Duration::from_secs(115);

const PROGRAMME: &str = "title = { zh = \"积分\", en = \"Points\" }\nrequirements = [\"S16\"]\nbeyond-balance = \"honour\"\n\
    [[version]]\nid = \"v\"\nin-force = \"2000-01-01\"\ndecided-by = \"us\"\nreason = \"test\"\nlapse = { by = \"lot\", validity = \"as-entered\" }\n";

/// A connection of the application that members use.
enum Client {
    Sqlite(rusqlite::Connection),
    Postgres(Runtime, PgConnection),
}

impl Client {
    fn sqlite(world: &World) -> Self {
        let connection = world.sql();
        let patient = |_: i32| {
            sleep(Duration::from_millis(3));
            true
        };
        connection.busy_handler(Some(patient)).unwrap();
        Self::Sqlite(connection)
    }

    fn postgres(server: &PrivateServer, database: &str) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let url = format!("{}?sslmode=disable", server.url(database));
        let connection = runtime.block_on(PgConnection::connect(&url)).unwrap();
        Self::Postgres(runtime, connection)
    }

    /// The rows of a statement as texts.
    fn rows(&mut self, sql: &str) -> Vec<Vec<String>> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare(sql).unwrap();
                let width = statement.column_count();
                let mut rows = statement.query([]).unwrap();
                let mut found = Vec::new();
                while let Some(row) = rows.next().unwrap() {
                    let text = |at| match row.get_ref(at).unwrap() {
                        ValueRef::Integer(value) => value.to_string(),
                        ValueRef::Text(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
                        _ => String::new(),
                    };
                    found.push((0..width).map(text).collect());
                }
                found
            }
            Self::Postgres(runtime, connection) => {
                let rows = runtime.block_on(sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(connection)).unwrap();
                let text = |row: &sqlx::postgres::PgRow, at| {
                    row.try_get_unchecked::<Option<String>, _>(at).unwrap().unwrap_or_default()
                };
                rows.iter().map(|row| (0..row.len()).map(|at| text(row, at)).collect()).collect()
            }
        }
    }

    fn run(&mut self, sql: &str) {
        match self {
            Self::Sqlite(connection) => connection.execute_batch(sql).unwrap(),
            Self::Postgres(..) => drop(self.rows(sql)),
        }
    }

    fn number(&mut self, sql: &str) -> i64 {
        self.rows(sql)[0][0].parse().unwrap()
    }

    /// A member earns or spends, as an application does it: the member is held, the balance looked at, the entry written.
    fn moves(&mut self, member: &str, points: i64, entry: &str, at: &str) {
        match self {
            Self::Sqlite(_) => self.run("BEGIN IMMEDIATE"),
            Self::Postgres(..) => {
                self.run(&format!("BEGIN; SELECT 1 FROM members WHERE member_id = '{member}' FOR UPDATE"));
            }
        }
        let balance = format!("SELECT CAST(sum(points) AS BIGINT) FROM points_entries WHERE member_id = '{member}'");
        if self.number(&balance) + points >= 0 {
            let kind = if points > 0 { "earn" } else { "redeem" };
            self.run(&format!("INSERT INTO points_entries(entry_id, member_id, at, kind, points) VALUES('{entry}', '{member}', '{at}', '{kind}', {points})"));
        }
        self.run("COMMIT");
    }
}

/// The ledger of a test, with its home.
struct Scene {
    world: World,
    server: Option<(&'static PrivateServer, String)>,
    /// Yesterday, with whose end points lapse, and today, in the ledger's zone.
    days: [String; 2],
}

impl Scene {
    fn new(server: Option<&'static PrivateServer>) -> Self {
        let world = World::new();
        std::fs::remove_file(world.home().join("config/programmes/members.toml")).unwrap();
        world.write("config/programmes/crash.toml", PROGRAMME);
        let server = server.map(|server| (server, server.database()));
        if let Some((server, database)) = &server {
            world.edit("config/ledger.toml", "sqlite:data/ledger.db", &server.url(database));
            server.run(database, schema::POSTGRES);
            // In which order a member's entries came: it is taken while the member is held.
            server.run(database, "ALTER TABLE points_entries ADD COLUMN seq bigserial");
        } else {
            world.fenji(&["ledger", "init"]).succeeded();
        }
        let settings = world.read("config/ledger.toml");
        world.write("config/ledger.toml", format!("{settings}\n[posting]\nchunk = 25\n"));
        let today = chrono::Utc::now().with_timezone(&chrono_tz::Asia::Shanghai).date_naive();
        let days = [today.pred_opt().unwrap().to_string(), today.to_string()];
        let scene = Self { world, server, days };
        scene.fill();
        scene
    }

    fn client(&self) -> Client {
        match &self.server {
            None => Client::sqlite(&self.world),
            Some((server, database)) => Client::postgres(server, database),
        }
    }

    /// Every member earned something that lapses with the end of yesterday; a third spent a part of it.
    fn fill(&self) {
        let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)";
        let id = if self.server.is_some() { "'M' || lpad(i::text, 5, '0')" } else { "printf('M%05d', i)" };
        let lapses =
            if self.server.is_some() { format!("'{}'::date", self.days[0]) } else { format!("'{}'", self.days[0]) };
        let (at, day) = if self.server.is_some() {
            ("'2020-03-01'::timestamp", "'2020-01-02'::date")
        } else {
            ("'2020-03-01 10:00:00'", "'2020-01-02'")
        };
        let mut client = self.client();
        client.run(&format!(
            "INSERT INTO members(member_id, registered_on) {numbers} SELECT {id}, {day} FROM n;
             INSERT INTO points_entries(entry_id, member_id, at, kind, points, expires_on) {numbers} SELECT 'e' || i, {id}, {at}, 'earn', i * 37 % 500 + 1, {lapses} FROM n;
             INSERT INTO points_entries(entry_id, member_id, at, kind, points) {numbers} SELECT 'r' || i, {id}, {at}, 'redeem', -(i * 37 % 500 + 1) / 2 FROM n WHERE i % 3 = 0 AND (i * 37 % 500 + 1) / 2 > 0;
             CREATE INDEX points_of_member ON points_entries(member_id);"
        ));
        if self.server.is_some() {
            client.run("ANALYZE");
        } else {
            client.rows("PRAGMA journal_mode = WAL");
        }
    }

    fn post(&self) -> Child {
        let binary = std::env::var_os("FENJI_TEST_BINARY")
            .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_fenji")), PathBuf::from);
        let mut command = Command::new(binary);
        command.arg("--home").arg(self.world.home()).args(["points", "post", "1"]);
        command.env_remove("FENJI_LEDGER_PASSWORD").env_remove("FENJI_POSTING_PASSWORD").env("NO_COLOR", "1");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }
}

/// What is left of the points that lapse, for each member, when the ledger's own entries are walked in the order in which they were written; and what was posted then.
fn oracle(entries: &[Vec<String>]) -> (BTreeMap<&str, i64>, Vec<String>) {
    let mut left: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    let (mut expected, mut faults) = (BTreeMap::new(), Vec::new());
    for entry in entries {
        let [member, kind, points, lapses] = entry.as_slice() else { panic!("{entry:?}") };
        let points: i64 = points.parse().unwrap();
        let (old, new) = left.entry(member).or_default();
        match (kind.as_str(), lapses.is_empty()) {
            ("earn", false) => *old += points,
            ("earn", true) => *new += points,
            ("redeem", _) => {
                // The day of the points that lapse is over: they are spent only beyond those that can be used.
                let from_new = (-points).min(*new);
                *new -= from_new;
                *old -= -points - from_new;
            }
            ("expire", _) => {
                if -points != *old || expected.insert(member.as_str(), points).is_some() {
                    faults.push(format!("{member}: {points} were posted with {old} left that lapse"));
                }
                *old = 0;
            }
            other => panic!("{other:?}"),
        }
        if *new < 0 || *old < 0 {
            faults.push(format!("{member} was overdrawn"));
        }
    }
    faults.extend(
        left.iter()
            .filter(|(_, (old, _))| *old != 0)
            .map(|(member, (old, _))| format!("{member}: {old} were not posted")),
    );
    (expected, faults)
}

/// Numbers that nobody chose.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 40).unwrap() % sides
    }
}

/// Ends the members' traffic, however the test ends.
struct Stop<'s>(&'s AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Members earn and spend until it is stopped.
fn traffic(scene: &Scene, worker: u32, stopped: &AtomicBool, moves: &AtomicU32) {
    let (mut client, mut dice) = (scene.client(), Dice(u64::from(worker)));
    while !stopped.load(Ordering::Relaxed) {
        // Each has members of its own, so that what happens to one is dated in the order in which it happens.
        let member = format!("M{:05}", dice.roll(MEMBERS / WORKERS) * WORKERS + worker);
        let points = i64::from(dice.roll(301)) - 200;
        if points != 0 {
            let count = moves.fetch_add(1, Ordering::Relaxed);
            let at = format!("{} {:02}:{:02}:{:02}", scene.days[1], count / 3600, count / 60 % 60, count % 60);
            client.moves(&member, points, &format!("t{count}"), &at);
        }
        sleep(Duration::from_millis(2));
    }
}

/// Kills processes at random moments; how often one was still there, and how often entries had come since the last time.
fn killed(scene: &Scene, dice: &mut Dice) -> (u32, u32) {
    let posted = "SELECT count(*) FROM points_entries WHERE posting_key IS NOT NULL";
    let (mut kills, mut in_the_middle, mut client, mut before) = (0, 0, scene.client(), 0);
    for attempt in 0.. {
        let mut processes: Vec<Child> = (0..AT_ONCE).map(|_| scene.post()).collect();
        // Every second time it is while they write; else whatever they are at, from their first moment on.
        let writing = attempt % 2 == 0;
        let begun = Instant::now();
        while writing && client.number(posted) == before && begun.elapsed() < Duration::from_secs(10) {
            sleep(Duration::from_millis(5));
        }
        for process in &mut processes {
            sleep(Duration::from_millis(u64::from(dice.roll(if writing { 100 } else { 400 }))));
            if process.try_wait().unwrap().is_none() {
                kills += 1;
            }
            process.kill().unwrap();
        }
        processes.iter_mut().for_each(|process| assert!(process.wait().is_ok()));
        let now = client.number(posted);
        in_the_middle += u32::from(now > before);
        if kills >= KILLS {
            break;
        }
        assert!(now < i64::from(MEMBERS) * 9 / 10, "all was posted after {kills} kills");
        before = now;
    }
    (kills, in_the_middle)
}

fn crash(server: Option<&'static PrivateServer>) {
    let begun = Instant::now();
    let scene = Scene::new(server);
    let day = scene.days[0].as_str();
    scene.world.fenji(&["points", "plan", "--on", day]).succeeded();
    scene.world.fenji(&["points", "approve", "1", "--by", "财务"]).succeeded();
    let (stopped, moves) = (AtomicBool::new(false), AtomicU32::new(0));
    let mut dice = Dice(0x00DD_BA11);
    let (kills, in_the_middle) = std::thread::scope(|scope| {
        let _at_the_end = Stop(&stopped);
        for worker in 1..=WORKERS {
            let (scene, stopped, moves) = (&scene, &stopped, &moves);
            scope.spawn(move || traffic(scene, worker, stopped, moves));
        }
        let killed = killed(&scene, &mut dice);
        // Two at once to the end: one overtakes the other, and when both are gone a third looks whether anything is left.
        let last: Vec<Child> = (0..AT_ONCE).map(|_| scene.post()).collect();
        let done = last.into_iter().map(|mut process| process.wait().unwrap().success()).filter(|done| *done).count();
        if done == 0 {
            scene.world.fenji(&["points", "post", "1"]).succeeded();
        }
        killed
    });
    let mut client = scene.client();
    let order = if server.is_some() { "seq" } else { "rowid" };
    let entries =
        client.rows(&format!("SELECT member_id, kind, points, expires_on FROM points_entries ORDER BY {order}"));
    let (expected, faults) = oracle(&entries);
    assert!(faults.is_empty(), "{} faults: {:?}", faults.len(), &faults[..faults.len().min(10)]);
    let keys = client.number("SELECT count(DISTINCT posting_key) FROM points_entries WHERE kind = 'expire'");
    assert_eq!(keys, i64::try_from(expected.len()).unwrap(), "each key once");
    // What the program says stands is what stands.
    let show = scene.world.fenji(&["points", "show", "1", "--postings", "--format", "csv"]).succeeded();
    let mut told: BTreeMap<String, i64> = BTreeMap::new();
    for row in csv::Reader::from_reader(show.out.as_bytes()).records().map(Result::unwrap) {
        *told.entry(row[0].to_owned()).or_default() += row[1].replace(',', "").parse::<i64>().unwrap();
    }
    let expected: BTreeMap<String, i64> =
        expected.into_iter().map(|(member, points)| (member.to_owned(), points)).collect();
    assert!(told == expected, "{} told, {} expected", told.len(), expected.len());
    let (moves, took) = (moves.into_inner(), begun.elapsed());
    assert!(in_the_middle >= KILLS / 4, "only {in_the_middle} of {kills} kills came while entries were written");
    assert!(moves > 200, "only {moves} times somebody earned or spent meanwhile");
    assert!(took < LIMIT, "it took {took:?}");
    eprintln!(
        "{kills} kills, {in_the_middle} attempts that wrote, {moves} moves meanwhile, {} postings, {took:?}",
        keys
    );
}

#[test]
fn postings_in_sqlite_stand_once_whenever_posting_is_killed() {
    crash(None);
}

#[test]
fn postings_in_postgres_stand_once_whenever_posting_is_killed() {
    if let Some(server) = postgres() {
        crash(Some(server));
    }
}
