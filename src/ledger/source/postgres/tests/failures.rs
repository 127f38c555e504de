//! What is told when something goes wrong, and what is left behind on the server.

use std::time::{Duration, Instant};

use crate::ledger::{
    error::LedgerError,
    server::Server,
    source::{
        Source,
        postgres::{
            Postgres,
            tests::{address, count, database, open, rows, told},
        },
        servers::{Kind, PrivateServer, postgres},
    },
};

/// Statements of fenji that run in a database just now.
const BUSY: &str = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'fenji' AND datname = current_database() AND state = 'active'";
const MANY: &str = "SELECT generate_series(1, 100000000), repeat('x', 200)";

fn refused() -> LedgerError {
    LedgerError::NoLedger { path: "the visitor's own error".into() }
}

#[test]
fn rows_that_are_refused_end_the_statement_on_the_server() {
    let Some(server) = postgres() else { return };
    let database = database(server, "CREATE TABLE t (id bigint); INSERT INTO t VALUES (1)");
    let source = open(server, &database);
    for sql in [
        MANY,
        "SELECT CASE WHEN i = 2000 THEN pg_sleep(60)::text ELSE repeat('x', 99) END FROM generate_series(1, 3000) AS i",
    ] {
        let begun = Instant::now();
        let mut seen = 0;
        let result = source.query(sql, "in a test", &mut |_| {
            seen += 1;
            if seen == 10 { Err(refused()) } else { Ok(()) }
        });
        assert!(matches!(result, Err(LedgerError::NoLedger { .. })), "{result:?}");
        assert_eq!(seen, 10);
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        assert_eq!(count(server, &database, BUSY), 0);
    }
    server.run(&database, "INSERT INTO t VALUES (2)");
    assert_eq!(
        rows(&source, "SELECT count(*) FROM t").unwrap(),
        [["1"]],
        "the connection and its snapshot are still there"
    );
}

#[test]
fn a_statement_that_takes_too_long_is_ended() {
    let Some(server) = postgres() else { return };
    let database = database(server, "");
    let place = Server { timeout: Duration::from_secs(1), ..address(server, &database) };
    let source = Postgres::open(&place).unwrap();
    let begun = Instant::now();
    let (code, words) = told(source.query("SELECT pg_sleep(30)", "when `member` was read", &mut |_| Ok(())));
    assert_eq!(code, "ledger::timed_out");
    assert_eq!(words, "the ledger gave no answer within 1s when `member` was read");
    assert!(begun.elapsed() < Duration::from_secs(4));
    assert_eq!(count(server, &database, BUSY), 0);
    assert_eq!(rows(&source, "SELECT 1").unwrap(), [["1"]]);
}

#[test]
fn a_server_that_falls_silent_is_given_up() {
    let Some(server) = PrivateServer::start(Kind::Postgres) else { return };
    let source = Postgres::open(&Server { timeout: Duration::from_secs(2), ..address(&server, "postgres") }).unwrap();
    let mut begun = None;
    let result = source.query(MANY, "in a test", &mut |_| {
        if begun.is_none() {
            server.pause();
            begun = Some(Instant::now());
        }
        Ok(())
    });
    let elapsed = begun.unwrap().elapsed();
    assert_eq!(told(result).0, "ledger::timed_out");
    assert!(elapsed < Duration::from_secs(8), "{elapsed:?}");
    server.resume();
    for _ in 0..100 {
        if count(&server, "postgres", BUSY) == 0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the statement still runs");
}

#[test]
fn a_connection_that_is_cut_is_told() {
    let Some(server) = postgres() else { return };
    let database = database(server, "");
    let source = open(server, &database);
    let mut cut = false;
    let result = source.query(MANY, "when `transaction` was read", &mut |_| {
        if !cut {
            cut = true;
            let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'fenji' AND datname = current_database()";
            assert_eq!(count(server, &database, cut), 2);
        }
        Ok(())
    });
    let (code, words) = told(result);
    assert_eq!(code, "ledger::lost");
    assert!(words.starts_with("the connection to the ledger was cut when `transaction` was read: "), "{words}");
    let (code, _) = told(rows(&source, "SELECT 1"));
    assert_eq!(code, "ledger::lost", "a connection that is gone does not come back with another state");
    assert_eq!(rows(&open(server, &database), "SELECT 1").unwrap(), [["1"]], "the next run succeeds");
}

#[test]
fn a_server_that_dies_is_told() {
    let Some(server) = PrivateServer::start(Kind::Postgres) else { return };
    let source = open(&server, "postgres");
    let mut begun = None;
    let result = source.query(MANY, "in a test", &mut |_| {
        if begun.is_none() {
            server.stop();
            begun = Some(Instant::now());
        }
        Ok(())
    });
    assert_eq!(told(result).0, "ledger::lost");
    assert!(begun.unwrap().elapsed() < Duration::from_secs(5));
    let (code, words) = told(Postgres::open(&address(&server, "postgres")));
    assert_eq!(code, "ledger::unreachable");
    assert!(words.contains(&format!("127.0.0.1:{}/postgres", server.port)) && words.contains("refused"), "{words}");
}

#[test]
fn what_may_not_be_read_is_told_with_the_grant() {
    let Some(server) = postgres() else { return };
    let database = database(server, "CREATE TABLE \"t Order\" (id bigint); CREATE TABLE open (id bigint); CREATE SCHEMA hidden; CREATE TABLE hidden.t (id bigint);
         CREATE ROLE denied LOGIN; GRANT SELECT ON open TO denied",
    );
    let place = Server { user: "denied".to_owned(), ..address(server, &database) };
    let source = Postgres::open(&place).unwrap();
    let error = source.query("SELECT * FROM \"t Order\"", "when `member` was read", &mut |_| Ok(())).unwrap_err();
    let LedgerError::Denied { user, doing, cause, grant } = &error else { panic!("{error:?}") };
    assert_eq!((user.as_str(), doing.as_str()), ("denied", "when `member` was read"));
    assert_eq!(cause, "permission denied for table t Order");
    assert_eq!(grant, "GRANT SELECT ON \"t Order\" TO \"denied\"");
    assert!(
        matches!(source.table_columns("hidden.t"), Err(LedgerError::Denied { grant, .. }) if grant == "GRANT USAGE ON SCHEMA \"hidden\" TO \"denied\"")
    );
    assert!(rows(&source, "SELECT * FROM open").unwrap().is_empty(), "the rest can still be read");
    assert_eq!(source.tables().unwrap(), ["open", "t Order"]);
}

#[test]
fn a_user_who_is_not_let_in_is_told() {
    let Some(server) = postgres() else { return };
    let nobody = Server { user: "nobody".to_owned(), ..address(server, "postgres") };
    let (code, words) = told(Postgres::open(&nobody));
    assert_eq!(code, "ledger::refused");
    let place = format!("127.0.0.1:{}", server.port);
    assert_eq!(
        words,
        format!("the ledger at `{place}/postgres` does not let `nobody` in: role \"nobody\" does not exist")
    );
    let (code, words) = told(Postgres::open(&address(server, "missing")));
    assert_eq!(code, "ledger::refused");
    assert!(words.ends_with("database \"missing\" does not exist"), "{words}");
}

#[test]
fn a_host_that_does_not_answer_is_told_in_time() {
    let Some(server) = postgres() else { return };
    // It takes connections and says nothing.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let silent = Server { port, timeout: Duration::from_secs(1), ..address(server, "postgres") };
    let begun = Instant::now();
    let (code, words) = told(Postgres::open(&silent));
    assert_eq!((code.as_str(), begun.elapsed() < Duration::from_secs(3)), ("ledger::unreachable", true));
    assert_eq!(words, format!("cannot reach the ledger at `127.0.0.1:{port}/postgres`: no answer within 1 seconds"));
    let named = Server { host: "no.such.host.invalid".to_owned(), ..address(server, "postgres") };
    assert_eq!(told(Postgres::open(&named)).0, "ledger::unreachable");
}

#[test]
fn a_table_that_changes_under_a_run_is_told() {
    let Some(server) = postgres() else { return };
    let database = database(server, "CREATE TABLE t (id bigint, gone bigint); INSERT INTO t VALUES (1, 2)");
    let source = open(server, &database);
    assert_eq!(source.table_columns("t").unwrap(), ["id", "gone"]);
    server.run(&database, "ALTER TABLE t DROP COLUMN gone");
    let (code, words) = told(source.query("SELECT gone FROM t", "when `member` was read", &mut |_| Ok(())));
    assert_eq!(code, "ledger::changed");
    assert_eq!(words, "the tables of the ledger changed when `member` was read: column \"gone\" does not exist");
    assert_eq!(rows(&source, "SELECT id FROM t").unwrap(), [["1"]]);
    let blocked = server.try_run(&database, "SET lock_timeout = '300ms'; ALTER TABLE t ADD COLUMN more int");
    assert!(blocked.is_err(), "what was read is held until the run ends");
    drop(source);
    server.run(&database, "ALTER TABLE t ADD COLUMN more int");
    let source = open(server, &database);
    server.run(&database, "DROP TABLE t");
    assert_eq!(told(source.query("SELECT id FROM t", "in a test", &mut |_| Ok(()))).0, "ledger::changed");
}

#[test]
fn a_table_that_somebody_holds_is_told() {
    let Some(server) = postgres() else { return };
    let database = database(server, "CREATE TABLE t (id bigint)");
    let place = Server { timeout: Duration::from_secs(5), ..address(server, &database) };
    let source = Postgres::open(&place).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| server.run(&database, "BEGIN; LOCK TABLE t; SELECT pg_sleep(3); COMMIT"));
        let locked = "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 't'::regclass";
        while count(server, &database, locked) == 0 {
            std::thread::sleep(Duration::from_millis(20));
        }
        let (code, words) = told(source.query("SELECT id FROM t", "in a test", &mut |_| Ok(())));
        assert_eq!(code, "ledger::locked", "{words}");
    });
    assert!(rows(&source, "SELECT id FROM t").unwrap().is_empty());
}

#[test]
fn an_error_in_the_middle_is_told_in_the_servers_words() {
    let Some(server) = postgres() else { return };
    let source = open(server, &database(server, "CREATE SEQUENCE s"));
    let (code, words) =
        told(source.query("SELECT 1 / (5000 - i) FROM generate_series(1, 9000) AS i", "in a test", &mut |_| Ok(())));
    assert_eq!(
        (code.as_str(), words.as_str()),
        ("ledger::server", "the ledger's server answered with an error in a test: division by zero")
    );
    let writing = "SELECT set_config('transaction_read_only', 'off', false)";
    assert_eq!(told(source.query(writing, "in a test", &mut |_| Ok(()))).0, "ledger::server");
    assert_eq!(told(source.query("SELECT nextval('s')", "in a test", &mut |_| Ok(()))).0, "ledger::server");
    assert_eq!(rows(&source, "SELECT 1").unwrap(), [["1"]]);
}

#[test]
fn a_session_is_set_as_reading_wants_it() {
    let Some(server) = postgres() else { return };
    let source = open(server, "postgres");
    for (name, value) in [
        ("client_connection_check_interval", "2s"),
        ("idle_in_transaction_session_timeout", "0"),
        ("statement_timeout", "20s"),
        ("lock_timeout", "2s"),
        ("synchronize_seqscans", "off"),
        ("TimeZone", "UTC"),
        ("application_name", "fenji"),
        ("transaction_read_only", "on"),
        ("transaction_isolation", "repeatable read"),
    ] {
        assert_eq!(rows(&source, &format!("SELECT current_setting('{name}')")).unwrap(), [[value]], "{name}");
    }
}
