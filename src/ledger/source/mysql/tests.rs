//! The source against a real server.

use std::time::{Duration, Instant};

use super::*;
use crate::ledger::{
    raw::Raw,
    source::{Row, servers},
};

/// A server, a database of our own in it with some tables, and a source for it.
fn ledger(sql: &str) -> Option<(&'static servers::PrivateServer, String)> {
    let server = servers::mariadb()?;
    let database = server.database();
    server.run(&database, sql);
    Some((server, database))
}

fn address(server: &servers::PrivateServer, database: &str) -> Server {
    Server {
        host: "127.0.0.1".to_owned(),
        port: server.port,
        socket: None,
        user: "root".to_owned(),
        database: database.to_owned(),
        certificate: None,
        proven: false,
        timeout: Duration::from_secs(20),
    }
}

fn values(source: &MySql, sql: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let columns = source.query_columns(sql).unwrap().unwrap().len();
    let mut visit = |row: &dyn Row| {
        found.push((0..columns).map(|at| row.raw(at).describe()).collect());
        Ok(())
    };
    source.query(sql, "when a test read", &mut visit).unwrap();
    found
}

fn first_row(source: &MySql, sql: &str) -> Vec<String> {
    values(source, sql).swap_remove(0)
}

/// Types of columns, a literal for one, and what it is read as.
const VALUES: &[(&str, &str, &str)] = &[
    ("tinyint", "-128", "the whole number -128"),
    ("tinyint(1)", "2", "the whole number 2"),
    ("tinyint(1) unsigned", "200", "the whole number 200"),
    ("smallint unsigned", "65535", "the whole number 65535"),
    ("mediumint", "-8388608", "the whole number -8388608"),
    ("int unsigned", "4294967295", "the whole number 4294967295"),
    ("bigint", "-9223372036854775808", "the whole number -9223372036854775808"),
    ("bigint unsigned", "9223372036854775807", "the whole number 9223372036854775807"),
    ("bigint unsigned", "9223372036854775808", "a whole number above 9,223,372,036,854,775,807"),
    ("bit(1)", "b'1'", "the whole number 1"),
    ("bit(10)", "b'1000000001'", "the whole number 513"),
    ("year", "2026", "the whole number 2026"),
    ("decimal(12,2)", "-1234.50", "the number -1234.50"),
    ("decimal(38,20)", "1.50000000000000000000", "the number 1.500000000000000000"),
    ("decimal(38,0)", "12345678901234567890123456789012345678", "a number with more digits than 64 bits hold"),
    (
        "decimal(38,38)",
        "0.00000000000000000000000000000000000001",
        "the number 0.00000000000000000000000000000000000001",
    ),
    ("float", "1.5", "the floating-point number 1.5"),
    ("double", "0.1", "the floating-point number 0.1"),
    ("varchar(40)", "'中文 \\'x\\''", "the text `中文 \\'x\\'`"),
    ("char(10)", "'a  '", "the text `a`"),
    ("varchar(10) character set latin1", "'é'", "the text `é`"),
    ("varchar(10) collate utf8mb4_bin", "'A'", "the text `A`"),
    ("text", "''", "the text ``"),
    ("longtext character set gbk", "'会员'", "the text `会员`"),
    ("enum('sale','return')", "'return'", "the text `return`"),
    ("set('a','b')", "'a,b'", "the text `a,b`"),
    ("date", "'2016-02-29'", "the day 2016-02-29"),
    ("date", "'0001-01-01'", "the day 0001-01-01"),
    ("date", "'9999-12-31'", "the day 9999-12-31"),
    ("date", "'0000-00-00'", "the zero date 0000-00-00"),
    ("date", "'2026-00-00'", "a date without a month or a day"),
    ("datetime", "'2026-10-31 00:00:00'", "the local time 2026-10-31 00:00:00"),
    ("datetime(6)", "'1969-12-31 23:59:59.999999'", "the local time 1969-12-31 23:59:59"),
    ("datetime", "'0000-00-00 00:00:00'", "the zero date 0000-00-00"),
    // The server's own zone is five hours behind UTC.
    ("timestamp(3) null", "'2026-10-31 12:00:00.5'", "the time 2026-10-31 17:00:00 UTC"),
    ("timestamp", "0", "the zero date 0000-00-00"),
    ("time", "'12:00:00'", "a time of day"),
    ("binary(16)", "'0123456789abcdef'", "a binary value"),
    ("varbinary(16)", "'abc'", "a binary value"),
    ("blob", "'abc'", "a binary value"),
    ("json", "'{\"a\": 1}'", "the text `{\\\"a\\\": 1}`"),
    ("uuid", "'123e4567-e89b-12d3-a456-426655440000'", "the text `123e4567-e89b-12d3-a456-426655440000`"),
    ("point", "point(1, 2)", "a geometry"),
];

#[test]
fn every_type_is_read_exactly_or_told() {
    let Some((server, database)) = ledger("SELECT 1") else { return };
    for (at, (kind, value, _)) in VALUES.iter().enumerate() {
        let sql = format!(
            "SET sql_mode = ''; CREATE TABLE t{at} (v {kind}, n {kind} NULL DEFAULT NULL) DEFAULT CHARSET utf8mb4;
             INSERT INTO t{at} (v, n) VALUES ({value}, NULL)"
        );
        server.run(&database, &sql);
    }
    let source = MySql::open(&address(server, &database)).unwrap();
    for (at, (kind, value, expected)) in VALUES.iter().enumerate() {
        let row = first_row(&source, &format!("SELECT v, n FROM t{at}"));
        assert_eq!(row, [*expected, "empty"], "{kind} {value}");
    }
}

#[test]
fn expressions_have_types_too() {
    let Some((server, database)) =
        ledger("CREATE TABLE t (a INT, b DECIMAL(12,2)); INSERT INTO t VALUES (1, 2.5), (2, 3.5)")
    else {
        return;
    };
    let source = MySql::open(&address(server, &database)).unwrap();
    let sql = "SELECT count(*), sum(a), sum(b), max(a), NULL, 'x', concat(a, b), a = 1, CAST(b AS CHAR) FROM t";
    let expected = [
        "the whole number 2",
        "the number 3",
        "the number 6.00",
        "the whole number 2",
        "empty",
        "the text `x`",
        "the text `12.50`",
        "the whole number 1",
        "the text `2.50`",
    ];
    assert_eq!(first_row(&source, sql), expected);
    let evil = "a'b\\\"`c 中文";
    let constant = format!("SELECT {} AS v, {} AS empty", Dialect::MySql.literal(evil), Dialect::MySql.literal(""));
    assert_eq!(first_row(&source, &constant), [Raw::Text(evil).describe(), Raw::Text("").describe()]);
}

#[test]
fn names_and_collations_are_no_trap() {
    let Some((server, database)) = ledger(
        "CREATE TABLE `order` (`a\"b` VARCHAR(20) COLLATE utf8mb4_unicode_ci, `中``文` INT, UNIQUE KEY k (`中``文`, `a\"b`));
         INSERT INTO `order` VALUES ('Key', 1), ('key', 2), ('key ', 3), ('KEY', 4), ('key', 5), (NULL, 6)",
    ) else {
        return;
    };
    let source = MySql::open(&address(server, &database)).unwrap();
    assert_eq!(source.table_columns("order").unwrap(), ["a\"b", "中`文"]);
    assert_eq!(source.table_columns(&format!("{database}.order")).unwrap(), ["a\"b", "中`文"]);
    assert_eq!(source.table_columns("nothing").unwrap(), [""; 0]);
    assert_eq!(source.unique_keys("order").unwrap(), [["中`文", "a\"b"]]);
    assert!(source.tables().unwrap().contains(&"order".to_owned()));
    let dialect = source.dialect();
    let name = dialect.quoted("a\"b");
    let sql = format!(
        "SELECT count(*), {name} FROM {} GROUP BY {} HAVING count(*) > 1",
        dialect.table("order"),
        dialect.exactly(&name)
    );
    assert_eq!(values(&source, &sql), [["the whole number 2", "the text `key`"]]);
    // A literal has no collation of its own that could clash with the column's.
    let sql = format!("SELECT count(*) FROM {} WHERE {name} = {}", dialect.table("order"), dialect.literal("key"));
    assert_eq!(values(&source, &sql).len(), 1);
}

#[test]
fn a_query_is_one_select_or_refused() {
    let Some((server, database)) = ledger("CREATE TABLE t (a INT); INSERT INTO t VALUES (1)") else { return };
    let source = MySql::open(&address(server, &database)).unwrap();
    for sql in [
        "SELECT a FROM t",
        "SELECT a FROM t -- all",
        "SELECT a FROM t UNION SELECT 2",
        "WITH x AS (SELECT a FROM t) SELECT * FROM x",
    ] {
        assert_eq!(source.query_columns(sql).unwrap().unwrap(), ["a"], "{sql}");
    }
    for sql in [
        "DELETE FROM t",
        "DELETE FROM t RETURNING a",
        "INSERT INTO t VALUES (2) RETURNING a",
        "SELECT a FROM t; DELETE FROM t",
        "SELECT a FROM t) AS mapped; DELETE FROM t; SELECT * FROM (SELECT 1",
        "SELECT a FROM t /*",
        "SELECT a FROM t WHERE a = ?",
        "SELECT a FROM t INTO OUTFILE '/tmp/x'",
        "SHOW TABLES",
        "CALL p()",
        "SET @a = 1",
        "SELECT nothing FROM t",
        "SELECT a FROM nothing",
        "SELECT a, a FROM t",
        "",
    ] {
        let refused = source.query_columns(sql).unwrap();
        assert!(refused.is_err(), "{sql}: {refused:?}");
    }
    assert!(source.query("DELETE FROM t", "when a test wrote", &mut |_| Ok(())).is_err());
    assert_eq!(values(&source, "SELECT count(*) FROM t"), [["the whole number 1"]]);
}

#[test]
fn everything_is_of_one_state() {
    let Some((server, database)) =
        ledger("CREATE TABLE a (x INT); CREATE TABLE b (x INT); INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)")
    else {
        return;
    };
    let source = MySql::open(&address(server, &database)).unwrap();
    server.run(&database, "INSERT INTO a VALUES (2); UPDATE b SET x = 9");
    assert_eq!(values(&source, "SELECT x FROM a"), [["the whole number 1"]]);
    assert_eq!(values(&source, "SELECT x FROM b"), [["the whole number 1"]]);
}

#[test]
fn a_table_without_snapshots_is_refused() {
    let Some((server, database)) = ledger(
        "CREATE TABLE old (x INT) ENGINE=MyISAM; CREATE TABLE newer (x INT) ENGINE=Aria; CREATE TABLE good (x INT) ENGINE=InnoDB;
         CREATE VIEW seen AS SELECT x FROM good",
    ) else {
        return;
    };
    let source = MySql::open(&address(server, &database)).unwrap();
    assert_eq!(source.table_columns("good").unwrap(), ["x"]);
    assert_eq!(source.table_columns("seen").unwrap(), ["x"]);
    for table in ["old", "newer"] {
        let error = source.table_columns(table).unwrap_err();
        assert!(matches!(error, LedgerError::NoSnapshot { .. }), "{error}");
        let error = source.query_columns(&format!("SELECT x FROM {table}")).unwrap_err();
        assert!(matches!(error, LedgerError::NoSnapshot { .. }), "{error}");
    }
}

/// Whether the server soon does nothing more for a database.
fn rests(server: &servers::PrivateServer, database: &str) -> bool {
    let sql = format!(
        "SELECT id FROM information_schema.PROCESSLIST WHERE db = '{database}' AND command <> 'Sleep' AND id <> CONNECTION_ID()"
    );
    (0..30).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        server.rows(database, &sql).is_empty()
    })
}

#[test]
fn an_early_end_reaches_the_server_and_spares_the_snapshot() {
    let Some((server, database)) = ledger("CREATE TABLE t (x INT); INSERT INTO t SELECT seq FROM seq_1_to_100000")
    else {
        return;
    };
    let source = MySql::open(&address(server, &database)).unwrap();
    server.run(&database, "DELETE FROM t");
    let started = Instant::now();
    let mut seen = 0;
    // Rows for hours.
    let error = source.query("SELECT a.x FROM t AS a, t AS b", "when a test read", &mut |_| {
        seen += 1;
        if seen < 5000 { Ok(()) } else { Err(LedgerError::TooManyValues { entity: "x", column: "y" }) }
    });
    assert!(matches!(error, Err(LedgerError::TooManyValues { .. })), "{error:?}");
    assert_eq!(seen, 5000);
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    assert!(rests(server, &database));
    assert_eq!(values(&source, "SELECT count(*) FROM t"), [["the whole number 100000"]]);
}

#[test]
fn a_statement_has_its_limit() {
    let Some((server, database)) = ledger("CREATE TABLE t (x INT); INSERT INTO t SELECT seq FROM seq_1_to_100000")
    else {
        return;
    };
    let place = Server { timeout: Duration::from_secs(2), ..address(server, &database) };
    let source = MySql::open(&place).unwrap();
    let started = Instant::now();
    let error = source
        .query("SELECT count(*) FROM t AS a, t AS b WHERE a.x + b.x < 0", "when a test read", &mut |_| Ok(()))
        .unwrap_err();
    assert!(matches!(error, LedgerError::TimedOut { .. }), "{error}");
    assert!(error.to_string().contains("2s"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert!(rests(server, &database));
}

#[test]
fn a_cut_connection_is_told_and_stays_cut() {
    let Some((server, database)) = ledger("CREATE TABLE t (x INT); INSERT INTO t SELECT seq FROM seq_1_to_100000")
    else {
        return;
    };
    let source = MySql::open(&address(server, &database)).unwrap();
    let mut seen = 0;
    let error = source.query("SELECT a.x FROM t AS a, t AS b", "when a test read", &mut |_| {
        seen += 1;
        if seen == 5000 {
            let found = server.rows(
                &database,
                &format!(
                    "SELECT id FROM information_schema.PROCESSLIST WHERE db = '{database}' AND id <> CONNECTION_ID()"
                ),
            );
            let id = found[0][0].clone().unwrap();
            server.run(&database, &format!("KILL CONNECTION {id}"));
        }
        Ok(())
    });
    assert!(matches!(error, Err(LedgerError::Lost { .. })), "{error:?}");
    let again = source.query("SELECT 1", "when a test read", &mut |_| Ok(()));
    assert!(matches!(again, Err(LedgerError::Lost { .. })), "{again:?}");
}

#[test]
fn a_table_that_changes_after_the_snapshot_is_told() {
    let Some((server, database)) =
        ledger("CREATE TABLE t (x INT, y INT); INSERT INTO t VALUES (1, 2); CREATE TABLE u (x INT)")
    else {
        return;
    };
    let source = MySql::open(&address(server, &database)).unwrap();
    server.run(&database, "ALTER TABLE t DROP COLUMN y, ADD COLUMN z INT; DROP TABLE u");
    for sql in ["SELECT x, y FROM t", "SELECT x FROM u"] {
        let error = source.query(sql, "when a test read", &mut |_| Ok(())).unwrap_err();
        assert!(matches!(error, LedgerError::Changed { .. }), "{sql}: {error}");
    }
}

#[test]
fn rights_that_lack_are_told_with_the_grant() {
    let Some((server, database)) = ledger("CREATE TABLE t (x INT, y INT); CREATE TABLE u (x INT)") else { return };
    let user = format!("reader_{database}");
    server.run(
        &database,
        &format!("CREATE USER {user}@'%'; GRANT SELECT ON {database}.u TO {user}@'%'; GRANT SELECT (x) ON {database}.t TO {user}@'%'; CREATE TABLE v (x INT)"),
    );
    let source = MySql::open(&Server { user: user.clone(), ..address(server, &database) }).unwrap();
    assert_eq!(source.table_columns("u").unwrap(), ["x"]);
    assert_eq!(source.table_columns("t").unwrap(), ["x"]);
    for error in [
        source.query_columns("SELECT * FROM v").unwrap_err(),
        source.query("SELECT y FROM t", "when a test read", &mut |_| Ok(())).unwrap_err(),
        source.query("SELECT x FROM v", "when a test read", &mut |_| Ok(())).unwrap_err(),
    ] {
        let LedgerError::Denied { grant, .. } = &error else { panic!("{error}") };
        assert!(grant.starts_with(&format!("GRANT SELECT ON `{database}`.`")) && grant.contains(&user), "{grant}");
    }
}

#[test]
fn connecting_fails_in_words() {
    let Some((server, database)) = ledger("SELECT 1") else { return };
    let place = address(server, &database);
    let error = |place: Server| MySql::open(&place).map(drop).unwrap_err();
    let refused = error(Server { user: "nobody".to_owned(), ..place.clone() });
    assert!(matches!(refused, LedgerError::Refused { .. }), "{refused}");
    let refused = error(Server { database: "nowhere".to_owned(), ..place.clone() });
    assert!(matches!(refused, LedgerError::Refused { .. }), "{refused}");
    let unreachable = error(Server { port: 1, ..place.clone() });
    assert!(matches!(unreachable, LedgerError::Unreachable { .. }), "{unreachable}");
    let by_socket = Server { host: String::new(), socket: Some(server.socket()), ..place.clone() };
    assert!(MySql::open(&by_socket).is_ok());
    let no_socket = error(Server { socket: Some("/nowhere/socket".into()), ..by_socket });
    assert!(matches!(no_socket, LedgerError::Unreachable { .. }), "{no_socket}");
}

#[test]
fn a_caller_may_stand_in_a_runtime() {
    let Some((server, database)) = ledger("CREATE TABLE t (x INT); INSERT INTO t VALUES (7)") else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let source = MySql::open(&address(server, &database)).unwrap();
        assert_eq!(values(&source, "SELECT x FROM t"), [["the whole number 7"]]);
    });
}
