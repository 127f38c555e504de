//! Others at work on the same members meanwhile.

use std::{
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::{Duration, Instant},
};

use sqlx::{AssertSqlSafe, Connection as _, Row as _, postgres::PgConnection};
use tokio::runtime::{Builder, Runtime};

use super::{COLUMNS, MAPPED, Place, members, zeroing};

/// A connection of somebody else's.
enum Client {
    Sqlite(rusqlite::Connection),
    Postgres(Runtime, PgConnection),
}

impl Client {
    fn new(place: &Place) -> Self {
        let Some((server, database)) = &place.server else {
            let connection = rusqlite::Connection::open(place.file()).unwrap();
            let patient = |_: i32| {
                std::thread::sleep(Duration::from_millis(3));
                true
            };
            connection.busy_handler(Some(patient)).unwrap();
            return Self::Sqlite(connection);
        };
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let url = format!("{}?sslmode=disable", server.url(database));
        let connection = runtime.block_on(PgConnection::connect(&url)).unwrap();
        Self::Postgres(runtime, connection)
    }

    /// Runs a statement; the first value of its first row.
    fn run(&mut self, sql: &str) -> Result<Option<i64>, String> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare(sql).map_err(|error| error.to_string())?;
                let mut rows = statement.query([]).map_err(|error| error.to_string())?;
                let first = rows.next().map_err(|error| error.to_string())?;
                Ok(first.and_then(|row| row.get::<_, i64>(0).ok()))
            }
            Self::Postgres(runtime, connection) => {
                let rows = runtime.block_on(sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(connection));
                let rows = rows.map_err(|error| error.to_string())?;
                let first = rows.first().and_then(|row| row.try_get_unchecked::<Option<String>, _>(0).ok().flatten());
                Ok(first.and_then(|text| text.parse().ok()))
            }
        }
    }

    /// Begins a transaction that holds a member, as an application does that checks a balance.
    fn hold(&mut self, member: &str) {
        if matches!(self, Self::Sqlite(_)) {
            self.run("BEGIN IMMEDIATE").unwrap();
        } else {
            self.run("BEGIN").unwrap();
            self.run(&format!("SELECT 1 FROM vip WHERE id = '{member}' FOR UPDATE")).unwrap();
        }
    }

    /// Earns or spends points of a member, never more than there are.
    fn move_points(&mut self, member: &str, points: i64, no: &str) -> bool {
        self.hold(member);
        let balance = self.run(&format!("SELECT CAST(coalesce(sum(n), 0) AS BIGINT) FROM pts WHERE vip = '{member}'"));
        let enough = balance.unwrap().unwrap() + points >= 0;
        if enough {
            let kind = if points > 0 { "earn" } else { "redeem" };
            self.run(&format!("INSERT INTO pts(no, vip, at, type, n) VALUES('{no}', '{member}', '2026-12-30 10:00:00', '{kind}', {points})")).unwrap();
            self.run(&format!("UPDATE kept SET points = points + {points} WHERE who = '{member}'")).unwrap();
        }
        self.run("COMMIT").unwrap();
        enough
    }
}

/// Does something while a member is held by another connection.
pub(super) fn holding(place: &Place, member: &str, work: impl FnOnce()) {
    let mut client = Client::new(place);
    client.hold(member);
    work();
    client.run("ROLLBACK").unwrap();
}

/// Ends the others, however a test ends.
struct Stop<'s>(&'s AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

const MEMBERS: u32 = 30;
const CHUNK: usize = 7;
/// The fewest runs, and the fewest times that somebody earns or spends meanwhile.
const RUNS: u32 = 12;
const MOVES: u32 = 100;

fn tables() -> String {
    let mut sql = "CREATE TABLE vip(id TEXT PRIMARY KEY, joined TEXT NOT NULL);
        CREATE TABLE pts(no TEXT PRIMARY KEY, vip TEXT NOT NULL, at TEXT NOT NULL, type TEXT NOT NULL, n BIGINT NOT NULL, fkey TEXT UNIQUE);
        CREATE INDEX of_vip ON pts(vip); CREATE TABLE kept(who TEXT PRIMARY KEY, points BIGINT NOT NULL CHECK(points >= 0));"
        .to_owned();
    for id in names() {
        sql += &format!(
            "INSERT INTO vip VALUES('{id}', '2020-01-02'); INSERT INTO kept VALUES('{id}', 100);
            INSERT INTO pts(no, vip, at, type, n) VALUES('first {id}', '{id}', '2026-01-02 03:04:05', 'earn', 100);"
        );
    }
    sql
}

fn names() -> Vec<String> {
    (0..MEMBERS).map(|id| format!("M{id}")).collect()
}

/// Posts a zeroing for every run and member, in chunks.
fn all_runs(place: &Place, mapped: &str, backwards: bool, moved: &AtomicU32) -> Vec<(String, i64)> {
    let mut poster = place.poster(mapped);
    let mut told = Vec::new();
    for run in 0..1_000 {
        if run >= RUNS && moved.load(Ordering::Relaxed) > MOVES {
            break;
        }
        let mut all = names();
        if backwards {
            all.reverse();
        }
        for chunk in all.chunks(CHUNK) {
            let posted = poster
                .post(chunk, &COLUMNS, &mut |batch, dictionaries| zeroing(&run.to_string(), batch, dictionaries))
                .unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)));
            told.extend(posted.into_iter().map(|posted| (posted.key, posted.points)));
        }
    }
    told
}

#[test]
fn two_posters_and_members_who_earn_and_spend_do_not_disturb_each_other() {
    let balance = "[posting]\n[posting.balance]\ntable = \"kept\"\nkey = \"who\"\ncolumn = \"points\"\n";
    let mapped = MAPPED.replace("[posting]\n", balance);
    for place in Place::all(&tables()) {
        if place.is_file() {
            place.run("PRAGMA journal_mode = WAL");
        }
        let (stopped, moved, refused) = (AtomicBool::new(false), AtomicU32::new(0), AtomicU32::new(0));
        let told: Vec<Vec<(String, i64)>> = std::thread::scope(|scope| {
            let _at_the_end = Stop(&stopped);
            for worker in 0..2_u32 {
                let (place, stopped, moved, refused) = (&place, &stopped, &moved, &refused);
                scope.spawn(move || {
                    let mut client = Client::new(place);
                    let mut turn = worker;
                    while !stopped.load(Ordering::Relaxed) {
                        std::thread::sleep(Duration::from_millis(2));
                        let mut dice = |sides: u32| {
                            turn = turn.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                            (turn >> 12) % sides
                        };
                        let (member, points) = (dice(MEMBERS), i64::from(dice(91)) - 45);
                        let count = moved.fetch_add(1, Ordering::Relaxed);
                        if points != 0 && !client.move_points(&format!("M{member}"), points, &format!("w{count}")) {
                            refused.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
            let posters: Vec<_> = [false, true]
                .map(|backwards| {
                    let (place, mapped, moved) = (&place, &mapped, &moved);
                    scope.spawn(move || all_runs(place, mapped, backwards, moved))
                })
                .into_iter()
                .collect();
            let told = posters.into_iter().map(|poster| poster.join().unwrap()).collect();
            told
        });
        let (moved, refused) = (moved.into_inner(), refused.into_inner());
        assert!(
            moved > MOVES && refused > 0,
            "nobody earned and spent meanwhile: {moved} tries, {refused} without points enough"
        );
        // Each stored balance was changed with its entries, under a condition that it never falls below 0.
        let differ = "SELECT who FROM kept WHERE points <> (SELECT coalesce(sum(n), 0) FROM pts WHERE vip = who)";
        assert_eq!(place.rows(differ), Vec::<Vec<String>>::new());
        assert_eq!(
            place.rows("SELECT fkey FROM pts WHERE fkey IS NOT NULL GROUP BY fkey HAVING count(*) > 1"),
            Vec::<Vec<String>>::new()
        );
        assert!(place.one("SELECT count(*) FROM pts WHERE fkey LIKE 'zero:0:%'") == MEMBERS.to_string());
        // What each was told stands.
        let standing: std::collections::BTreeMap<String, String> = place
            .rows("SELECT fkey, n FROM pts WHERE fkey IS NOT NULL")
            .into_iter()
            .map(|row| (row[0].clone(), row[1].clone()))
            .collect();
        for (key, points) in told.into_iter().flatten() {
            assert_eq!(standing[&key], points.to_string(), "{key}");
        }
    }
}

#[test]
fn entries_wait_while_a_chunk_is_decided_where_the_application_locks_nothing() {
    let mapped = MAPPED.replace("[posting]\n", "[posting]\nlock = \"entries\"\n");
    let Some(place) = Place::postgres(&tables()) else { return };
    let mut poster = place.poster(&mapped);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let posted = poster
            .post(&members(&["M1"]), &COLUMNS, &mut |batch, dictionaries| {
                scope.spawn(|| {
                    let mut client = Client::new(&place);
                    client.run("INSERT INTO pts(no, vip, at, type, n) VALUES('late', 'M1', '2026-12-30 10:00:00', 'earn', 5)").unwrap();
                    done.store(true, Ordering::SeqCst);
                });
                let begun = Instant::now();
                let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'pts'::regclass";
                while place.one(waiting) == "0" {
                    assert!(begun.elapsed() < Duration::from_secs(30), "the insert does not wait");
                    std::thread::sleep(Duration::from_millis(20));
                }
                assert!(!done.load(Ordering::SeqCst));
                zeroing("z", batch, dictionaries)
            })
            .unwrap();
        assert_eq!(posted[0].points, -100);
    });
    assert!(done.into_inner());
    assert_eq!(place.one("SELECT sum(n) FROM pts WHERE vip = 'M1'"), "5");
}

#[test]
fn a_caller_may_be_inside_a_runtime() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    for place in Place::all(super::TABLES) {
        runtime.block_on(async {
            let mut poster = place.poster(MAPPED);
            assert_eq!(super::post(&mut poster, &[super::zero("k", "A", -1)]).unwrap().len(), 1);
        });
    }
}
