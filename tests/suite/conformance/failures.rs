//! A server that ends, falls silent or changes while it is read: told within the limit, nothing written, and the next run succeeds.

use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    thread::sleep,
    time::{Duration, Instant},
};

use fenji::ledger::{
    decode::Texts,
    entity::{ColumnType, entity},
    error::LedgerError,
    snapshot::Snapshot,
};

use super::{Ledger, reports::with_demo_ledger, shown};
use crate::{
    servers::{Kind, PrivateServer},
    support::{Said, World},
};

const LINES: &str = "[entity.transaction]\ntable = \"many\"\n[entity.transaction.columns]\nline_id = \"k\"\nat = { constant = \"2020-01-01\" }\nkind = { constant = \"adjustment\" }\namount = { column = \"k\", unit = \"minor\" }\n";

/// Rows that take a while: more than a connection's buffers hold.
const MANY: usize = 400_000;

fn with_many_rows(server: &PrivateServer, database: &str) {
    let (numbers, number) = match server.kind {
        Kind::Postgres => (format!("generate_series(1, {MANY})"), "generate_series"),
        Kind::MariaDb => (format!("seq_1_to_{MANY}"), "seq"),
    };
    let filler = "x".repeat(40);
    server.run(
        database,
        &format!("CREATE TABLE many (k bigint PRIMARY KEY, v varchar(40)); INSERT INTO many SELECT {number}, '{filler}' FROM {numbers}"),
    );
}

/// Reads all rows; after the first batch something happens.
fn read_while(snapshot: &mut Snapshot, happens: impl Fn() + Send + Sync) -> (Result<usize, LedgerError>, Duration) {
    let (mut rows, happened) = (0, AtomicBool::new(false));
    let mut since = Instant::now();
    let read = snapshot.scan_in_order(
        entity("transaction").unwrap(),
        &[("line_id", Texts::Coded), ("amount", Texts::Coded)],
        "a test",
        &mut |batch, _| {
            rows += batch.len();
            if !happened.swap(true, Ordering::Relaxed) {
                happens();
                since = Instant::now();
            }
        },
    );
    (read.map(|()| rows), since.elapsed())
}

/// The statements that end all connections of a database but the one that asks.
fn cut(server: &PrivateServer, database: &str) {
    match server.kind {
        Kind::Postgres => server.run(
            database,
            &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}' AND pid <> pg_backend_pid()"),
        ),
        Kind::MariaDb => {
            let sql = format!("SELECT id FROM information_schema.PROCESSLIST WHERE db = '{database}' AND id <> CONNECTION_ID()");
            for row in server.rows(database, &sql) {
                // One may be gone by itself.
                let _killed = server.try_run(database, &format!("KILL CONNECTION {}", row[0].as_ref().unwrap()));
            }
        }
    }
}

#[test]
fn a_connection_cut_in_the_middle_is_told() {
    for ledger in Ledger::of_each_server() {
        let server = ledger.server.unwrap();
        with_many_rows(server, &ledger.database);
        let mut snapshot = ledger.snapshot("UTC", LINES).unwrap();
        let (read, took) = read_while(&mut snapshot, || cut(server, &ledger.database));
        let error = shown(read.unwrap_err());
        assert!(error.contains("ledger::lost") && error.contains("nothing was written"), "{}: {error}", ledger.name());
        assert!(took < Duration::from_secs(5), "{}: {took:?}", ledger.name());
        // The next run succeeds.
        let again = ledger.snapshot_at(&ledger.url(), "UTC", "timeout = \"60s\"", LINES);
        let (read, _) = read_while(&mut again.unwrap(), || ());
        assert_eq!(read.map_err(shown), Ok(MANY), "{}", ledger.name());
    }
}

#[test]
fn a_server_that_ends_or_falls_silent_is_told_within_the_limit() {
    for kind in [Kind::Postgres, Kind::MariaDb] {
        let Some(server) = PrivateServer::start(kind) else { continue };
        let database = server.database();
        with_many_rows(&server, &database);
        let ledger = Ledger::new(None);
        let open_within =
            |limit: &str| ledger.snapshot_at(&server.url(&database), "UTC", &format!("timeout = \"{limit}\""), LINES);
        let open = || open_within("6s");
        let mut snapshot = open().unwrap();
        let (read, took) = read_while(&mut snapshot, || server.pause());
        let error = shown(read.unwrap_err());
        assert!(error.contains("ledger::timed_out") && error.contains("6s"), "{kind:?}: {error}");
        assert!(took < Duration::from_secs(20), "{kind:?}: {took:?}");
        let closing = Instant::now();
        drop(snapshot);
        // Nobody who is not there can be met, either.
        let error = shown(open().map(drop).unwrap_err());
        assert!(error.contains("ledger::unreachable") || error.contains("ledger::timed_out"), "{kind:?}: {error}");
        assert!(closing.elapsed() < Duration::from_secs(20), "{kind:?}: {:?}", closing.elapsed());
        server.resume();
        let mut snapshot = open().map_err(shown).unwrap();
        let (read, took) = read_while(&mut snapshot, || server.stop());
        let error = shown(read.unwrap_err());
        assert!(error.contains("ledger::lost"), "{kind:?}: {error}");
        assert!(took < Duration::from_secs(5), "{kind:?}: {took:?}");
        let error = shown(open().map(drop).unwrap_err());
        assert!(error.contains("ledger::unreachable"), "{kind:?}: {error}");
        server.start_again();
        let (read, _) = read_while(&mut open_within("60s").map_err(shown).unwrap(), || ());
        assert_eq!(read.map_err(shown), Ok(MANY), "{kind:?}");
    }
}

#[test]
fn tables_that_change_under_a_run_are_told() {
    for ledger in Ledger::of_each_server() {
        for change in
            ["ALTER TABLE changing DROP COLUMN v", "DROP TABLE changing", "ALTER TABLE changing RENAME TO changed"]
        {
            ledger.run("DROP TABLE IF EXISTS changing; DROP TABLE IF EXISTS changed; CREATE TABLE changing (k varchar(20) PRIMARY KEY, v varchar(20)); INSERT INTO changing VALUES ('1', 'x')");
            let entities = super::types::mapped("member.name", "changing");
            let mut snapshot = ledger.snapshot("UTC", &entities).unwrap();
            assert!(snapshot.missing_tables().is_empty(), "{}", ledger.name());
            if ledger.name() == "PostgreSQL" {
                // There the tables are held from the first moment on, and the change must wait.
                let server = ledger.server.unwrap();
                server.try_run(&ledger.database, &format!("SET lock_timeout = '300ms'; {change}")).unwrap_err();
                snapshot.read(entity("member").unwrap(), &["member_id", "name"], "a test").unwrap();
                continue;
            }
            ledger.run(change);
            let error = shown(
                snapshot.read(entity("member").unwrap(), &["member_id", "name"], "a test").map(drop).unwrap_err(),
            );
            let known = ["ledger::changed", "ledger::missing_table", "ledger::missing_column"];
            assert!(known.iter().any(|code| error.contains(code)), "{} {change}: {error}", ledger.name());
        }
    }
}

/// A home on a private server of its own, with a table whose rows come slowly.
struct Slow {
    world: World,
    server: PrivateServer,
}

impl Slow {
    fn new(kind: Kind) -> Option<Self> {
        let server = PrivateServer::start(kind)?;
        let world = with_demo_ledger(&server, &server.database());
        Some(Self { world, server })
    }

    /// Makes every row of trade wait a little.
    fn slow_down(&self) -> String {
        let wait = match self.server.kind {
            Kind::Postgres => "pg_sleep(0.002) IS NOT NULL",
            Kind::MariaDb => "SLEEP(0.002) = 0",
        };
        let before = self.world.read("config/ledger.toml");
        let columns: String = entity("transaction")
            .unwrap()
            .columns
            .iter()
            .map(|column| {
                if matches!(column.kind, ColumnType::Money | ColumnType::Quantity) {
                    format!("{0} = {{ column = \"{0}\", unit = \"minor\" }}\n", column.name)
                } else {
                    format!("{0} = \"{0}\"\n", column.name)
                }
            })
            .collect();
        self.world.write("config/slow.sql", format!("SELECT * FROM transactions WHERE {wait}\n"));
        self.world.write(
            "config/ledger.toml",
            before.replace("layout =", "timeout = \"4s\"\nlayout =")
                + &format!("\n[entity.transaction]\nsql = \"slow.sql\"\n[entity.transaction.columns]\n{columns}"),
        );
        before
    }

    fn run(&self, period: &str) -> Said {
        let out = self.world.home().join("out");
        self.world.fenji(&["job", "run", "monthly-tier-report", "--period", period, "--out", out.to_str().unwrap()])
    }

    /// Waits until the server is busy with the slow rows.
    fn wait_until_it_is_read(&self) {
        let sql = match self.server.kind {
            Kind::Postgres => {
                "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"
            }
            Kind::MariaDb => {
                "SELECT id FROM information_schema.PROCESSLIST WHERE state = 'User sleep' AND id <> CONNECTION_ID()"
            }
        };
        let deadline = Instant::now() + Duration::from_mins(1);
        while self.server.rows(self.server.kind.first_database(), sql).is_empty() {
            assert!(Instant::now() < deadline, "{:?} is not asked", self.server.kind);
            sleep(Duration::from_millis(20));
        }
    }

    /// Everything in the home, with what the store holds.
    fn state(&self) -> Vec<String> {
        let mut state = self.world.files();
        state.retain(|name| !name.ends_with("-wal") && !name.ends_with("-shm"));
        let store = self.world.store();
        let tables: Vec<String> = store
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        // That it was tried is known, and nothing else.
        let history = ["run", "attempt", "sqlite_sequence"];
        for table in tables.iter().filter(|table: &&String| !history.contains(&table.as_str())) {
            let count: i64 =
                store.query_row(&format!("SELECT count(*) FROM \"{table}\""), [], |row| row.get(0)).unwrap();
            state.push(format!("{table}: {count}"));
        }
        for file in self.world.files() {
            if file.starts_with("out") {
                state.push(format!("{file} {}", fs::read(self.world.home().join(&file)).unwrap().len()));
            }
        }
        state
    }
}

/// What becomes of a server.
type Happening = fn(&PrivateServer);

#[test]
fn a_run_without_its_server_leaves_nothing_behind() {
    for kind in [Kind::Postgres, Kind::MariaDb] {
        let Some(slow) = Slow::new(kind) else { continue };
        slow.run("2026-09").succeeded();
        let mut before = slow.state();
        before.retain(|name| !name.starts_with("data/logs/"));
        let quick = slow.slow_down();
        let happenings: [(&str, Happening); 3] =
            [("limit", |_| ()), ("silence", PrivateServer::pause), ("end", PrivateServer::stop)];
        for (what, happens) in happenings {
            let said = std::thread::scope(|scope| {
                let running = scope.spawn(|| slow.run("2026-10"));
                slow.wait_until_it_is_read();
                happens(&slow.server);
                let since = Instant::now();
                let said = running.join().unwrap();
                assert!(since.elapsed() < Duration::from_secs(15), "{kind:?} {what}: {:?}", since.elapsed());
                said
            });
            assert_eq!(said.code, 4, "{kind:?} {what}: {}{}", said.out, said.err);
            let expected = if what == "end" { "ledger::lost" } else { "ledger::timed_out" };
            assert!(said.err.contains(expected), "{kind:?} {what}: {}", said.err);
            assert_eq!(said.out, "", "{kind:?} {what}");
            slow.server.resume();
            let mut after = slow.state();
            after.retain(|name| name != "config/slow.sql" && !name.starts_with("data/logs/"));
            assert_eq!(after, before, "{kind:?} {what}");
        }
        let said = slow.run("2026-10");
        assert!(said.code == 4 && said.err.contains("ledger::unreachable"), "{kind:?}: {}", said.err);
        slow.server.start_again();
        slow.world.write("config/ledger.toml", quick);
        slow.run("2026-10").succeeded();
    }
}

#[test]
fn nobody_empties_a_table_under_a_snapshot() {
    for ledger in Ledger::of_each_server().into_iter().filter(|ledger| ledger.name() == "PostgreSQL") {
        let (table, server) = (ledger.table(), ledger.server.unwrap());
        ledger.run(&format!(
            "CREATE TABLE {table}(id integer PRIMARY KEY, name text); INSERT INTO {table} VALUES(1, 'a')"
        ));
        let entities = format!(
            "[entity.region]\ntable = \"{table}\"\n[entity.region.columns]\nregion_id = \"id\"\nname = \"name\"\n"
        );
        let mut snapshot = ledger.snapshot("Asia/Shanghai", &entities).unwrap();
        let emptied = format!("SET lock_timeout = '300ms'; TRUNCATE {table}");
        server.try_run(&ledger.database, &emptied).unwrap_err();
        let rows = snapshot.read(entity("region").unwrap(), &["name"], "a test").unwrap();
        assert_eq!(rows.len(), 1);
        drop(snapshot);
        server.run(&ledger.database, &emptied);
    }
}
