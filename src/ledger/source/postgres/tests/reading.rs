//! What is read is what stands there.

use crate::ledger::source::{
    Dialect, Part, Source,
    postgres::{
        LAST_BLOCK, Postgres, ranges,
        tests::{address, database, open, rows},
    },
    servers::postgres,
};

#[test]
fn every_type_is_read_as_what_it_is() {
    let Some(server) = postgres() else { return };
    let database = database(
        server,
        "CREATE TYPE mood AS ENUM ('gut', 'schlecht'); CREATE DOMAIN fen AS bigint CHECK (value >= 0); CREATE DOMAIN deep AS fen;",
    );
    let source = open(server, &database);
    for (sql, expected) in [
        ("(-32768)::int2", "-32768"),
        ("(-2147483648)::int4", "-2147483648"),
        ("(-9223372036854775808)::int8", "-9223372036854775808"),
        ("9223372036854775807", "9223372036854775807"),
        ("NULL::int4", "empty"),
        ("12.50::numeric(12,2)", "12.50"),
        ("'NaN'::numeric", "NaN"),
        ("'Infinity'::numeric", "infinity"),
        ("1.5::float4", "1.5"),
        ("0.1::float8", "0.1"),
        ("'NaN'::float8", "NaN"),
        ("'中文 ''x'' \\ \"y\"'::text", "中文 'x' \\ \"y\""),
        ("'constant'", "constant"),
        ("'a  '::varchar(5)", "a  "),
        ("'a  '::char(5)", "a"),
        ("'name'::name", "name"),
        ("'x'::\"char\"", "x"),
        ("'gut'::mood", "gut"),
        ("7::fen", "7"),
        ("8::deep", "8"),
        ("true", "true"),
        ("DATE '2016-02-29'", "2016-02-29"),
        ("DATE '0001-01-01'", "0001-01-01"),
        ("DATE '9999-12-31'", "9999-12-31"),
        ("DATE 'infinity'", "infinity"),
        ("DATE '-infinity'", "minus infinity"),
        ("TIMESTAMP '2016-10-31 23:59:59.999999'", "2016-10-31 23:59:59"),
        ("TIMESTAMP '1999-12-31 23:59:59.5'", "1999-12-31 23:59:59"),
        ("TIMESTAMP '9999-12-31 23:59:59'", "9999-12-31 23:59:59"),
        ("TIMESTAMP '-infinity'", "minus infinity"),
        ("TIMESTAMPTZ '2026-11-01 00:30:00+08'", "2026-10-31 16:30:00"),
        ("TIMESTAMPTZ 'infinity'", "infinity"),
        ("'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ("4294967295::oid", "4294967295"),
        ("'{}'::jsonb", "a JSON value"),
        ("'5'::money", "of type money: cast it to numeric in a query"),
        ("ARRAY[1]", "an array"),
        ("INTERVAL '1 day'", "an interval"),
        ("'\\x00'::bytea", "a string of bytes"),
        ("'[1,2)'::int4range", "a range"),
        ("ROW(1, 2)", "of a type that fenji does not read: cast it to text, numeric or timestamp in a query"),
    ] {
        assert_eq!(rows(&source, &format!("SELECT {sql}")).unwrap(), [[expected]], "{sql}");
    }
}

#[test]
fn numbers_are_read_as_the_server_writes_them() {
    let Some(server) = postgres() else { return };
    let source = open(server, &database(server, ""));
    let sql = "SELECT v, v::text FROM (
        SELECT (m * s)::numeric AS v
        FROM (SELECT (sign * (10::numeric ^ e + d)) AS m FROM generate_series(0, 22) AS e, generate_series(-2, 2) AS d, (VALUES (1), (-1)) AS t (sign)
              UNION ALL SELECT x::numeric FROM (VALUES (0), (9223372036854775807), (-9223372036854775808), (1234567890123456789)) AS u (x)
              UNION ALL SELECT 9999::numeric * 10000::numeric ^ e FROM generate_series(0, 5) AS e) AS whole,
             (SELECT 10::numeric ^ (-e) AS s FROM generate_series(0, 20) AS e UNION ALL SELECT trim_scale(10::numeric ^ (-e)) FROM generate_series(0, 20) AS e) AS scales
        UNION ALL SELECT (i * 0.37 - 1000)::numeric(12, 2) FROM generate_series(0, 9999) AS i
        UNION ALL SELECT (i * 0.370001 - 1000)::numeric(18, 4) FROM generate_series(0, 9999) AS i
    ) AS t";
    let mut long = 0;
    let found = rows(&source, sql).unwrap();
    for row in &found {
        let expected = trimmed(&row[1]);
        if row[0].contains("digits") {
            let digits: String = expected.chars().filter(char::is_ascii_digit).collect();
            assert!(digits.trim_start_matches('0').parse::<i64>().is_err() || expected.len() > 200, "{row:?}");
            long += 1;
        } else {
            assert_eq!(trimmed(&row[0]), expected, "{row:?}");
        }
    }
    assert!(found.len() > 25_000 && long > 100 && long < 5_000, "{} {long}", found.len());
}

/// A number without zeros that mean nothing.
fn trimmed(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

#[test]
fn an_empty_table_has_no_rows_and_a_wide_row_comes_whole() {
    let Some(server) = postgres() else { return };
    let source = open(server, &database(server, "CREATE TABLE empty (id bigint)"));
    assert!(rows(&source, "SELECT id FROM empty").unwrap().is_empty());
    let wide = rows(&source, "SELECT repeat('x', 20000000), 1").unwrap();
    assert_eq!((wide[0][0].len(), wide[0][1].as_str()), (20_000_000, "1"));
    assert_eq!(rows(&source, "SELECT 1 -- one").unwrap(), [["1"]]);
}

#[test]
fn all_connections_see_the_state_at_the_beginning() {
    let Some(server) = postgres() else { return };
    let database = database(server, "CREATE TABLE t (id bigint); INSERT INTO t VALUES (1)");
    let source = open(server, &database);
    assert_eq!(source.readers(), 2);
    server.run(&database, "INSERT INTO t VALUES (2)");
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let sender = &sender;
        let source = &source;
        // The first row of each holds its connection until the other has one, so that both are used.
        let barrier = std::sync::Arc::new(std::sync::Barrier::new(2));
        for _ in 0..2 {
            let barrier = std::sync::Arc::clone(&barrier);
            scope.spawn(move || {
                source
                    .query("SELECT pg_backend_pid(), count(*) FROM t", "in a test", &mut |row| {
                        barrier.wait();
                        sender.send((row.raw(0).plain(), row.raw(1).plain())).unwrap();
                        Ok(())
                    })
                    .unwrap();
            });
        }
    });
    let (first, second) = (receiver.recv().unwrap(), receiver.recv().unwrap());
    assert_ne!(first.0, second.0);
    assert_eq!((first.1.as_str(), second.1.as_str()), ("1", "1"));
}

#[test]
fn parts_hold_every_row_once() {
    let Some(server) = postgres() else { return };
    let database = database(
        server,
        "CREATE TABLE big (id bigint, padding text) WITH (fillfactor = 10);
         ALTER TABLE big ALTER padding SET STORAGE PLAIN;
         INSERT INTO big SELECT i, repeat('x', 3000) FROM generate_series(1, 9000) AS i;
         CREATE VIEW seen AS SELECT * FROM big;
         CREATE TABLE small (id bigint);
         CREATE TABLE cut (id bigint) PARTITION BY HASH (id)",
    );
    let source = open(server, &database);
    let parts = source.parts("big").unwrap();
    assert!(parts.len() > 10, "{parts:?}");
    let mut found: Vec<i64> = Vec::new();
    for part in parts {
        let condition = Dialect::Postgres.in_part(part).unwrap();
        source
            .query(&format!("SELECT id FROM big WHERE {condition}"), "in a test", &mut |row| {
                found.push(row.raw(0).plain().parse().unwrap());
                Ok(())
            })
            .unwrap();
    }
    found.sort_unstable();
    assert_eq!(found, (1..=9000).collect::<Vec<_>>());
    for whole in ["seen", "small", "cut", "missing"] {
        assert_eq!(source.parts(whole).unwrap(), [Part::Whole], "{whole}");
    }
}

#[test]
fn ranges_hold_every_block_once() {
    for blocks in [4_000, 4_001, 4_015, 4_016, 5_000_000, LAST_BLOCK] {
        let ranges = ranges(blocks);
        let mut next = 0;
        for range in &ranges {
            let Part::Places { from, to } = *range else { panic!("{blocks}") };
            assert_eq!(from, next);
            next = to + 1;
        }
        assert_eq!(next, LAST_BLOCK + 1);
        assert!(ranges.len() <= 16);
    }
    assert_eq!(ranges(3_999), [Part::Whole]);
    assert_eq!(ranges(0), [Part::Whole]);
}

#[test]
fn tables_columns_and_keys_are_found() {
    let Some(server) = postgres() else { return };
    let database = database(
        server,
        "CREATE SCHEMA erp;
         CREATE TABLE erp.\"Order\" (\"Id\" bigint PRIMARY KEY, \"a\"\"b\" text, gone int, 中文 text);
         ALTER TABLE erp.\"Order\" DROP COLUMN gone;
         CREATE TABLE plain (a int, b int, c int, UNIQUE (a, b));
         CREATE UNIQUE INDEX ON plain (c) WHERE c > 0;
         CREATE UNIQUE INDEX ON plain (lower(a::text));
         CREATE UNIQUE INDEX ON plain (b) INCLUDE (c);
         CREATE INDEX ON plain (c);
         CREATE TABLE parent (id int PRIMARY KEY);
         CREATE TABLE child () INHERITS (parent);
         CREATE VIEW seen AS SELECT 1 AS one",
    );
    let source = open(server, &database);
    assert_eq!(source.tables().unwrap(), ["child", "erp.Order", "parent", "plain", "seen"]);
    assert_eq!(source.table_columns("erp.Order").unwrap(), ["Id", "a\"b", "中文"]);
    assert_eq!(source.table_columns("seen").unwrap(), ["one"]);
    for absent in ["Order", "erp.order", "missing", "a.b.c", "mis\"sing", "PLAIN", ""] {
        assert!(source.table_columns(absent).unwrap().is_empty(), "{absent}");
    }
    assert_eq!(source.unique_keys("erp.Order").unwrap(), [["Id"]]);
    let mut keys = source.unique_keys("plain").unwrap();
    keys.sort();
    assert_eq!(keys, [vec!["a", "b"], vec!["b"]]);
    assert!(source.unique_keys("parent").unwrap().is_empty(), "rows of the child may repeat those of the parent");
    assert!(source.unique_keys("seen").unwrap().is_empty());
}

#[test]
fn a_query_of_the_user_must_be_one_that_only_reads() {
    let Some(server) = postgres() else { return };
    let database = database(server, "CREATE TABLE t (id bigint, name text)");
    let source = open(server, &database);
    for good in
        ["SELECT id, name FROM t", "WITH w AS (SELECT * FROM t) SELECT * FROM w", "TABLE t", "SELECT * FROM t -- x"]
    {
        assert_eq!(source.query_columns(good).unwrap().unwrap(), ["id", "name"], "{good}");
    }
    assert_eq!(source.query_columns("VALUES (1, 2)").unwrap().unwrap(), ["column1", "column2"]);
    for (bad, words) in [
        ("SELECT 1; SELECT 2", "cannot insert multiple commands into a prepared statement"),
        ("INSERT INTO t VALUES (1) RETURNING id", "it is not one `SELECT`: syntax error"),
        ("DELETE FROM t", "it is not one `SELECT`: syntax error"),
        ("WITH w AS (DELETE FROM t RETURNING id) SELECT * FROM w", "it is not one `SELECT`: WITH clause"),
        ("EXPLAIN SELECT 1", "it is not one `SELECT`: syntax error"),
        ("SHOW server_version", "it is not one `SELECT`: syntax error"),
        (
            "SELECT id\nFROM t\nWHERE nam = 'x'",
            "column \"nam\" does not exist (Perhaps you meant to reference the column \"t.name\".) in line 3",
        ),
        ("SELECT id FROM tt", "relation \"tt\" does not exist in line 1"),
        ("SELECT 1) AS mapped, (SELECT 2", "syntax error at or near \")\" in line 1"),
        ("SELECT 1) TO STDOUT; DROP TABLE t; COPY (SELECT 1", "syntax error"),
        ("SELECT * FROM t WHERE id = $1", "it has parameters such as `$1`, which nothing would fill"),
        ("SELECT * INTO u FROM t", "it is not one `SELECT`"),
        ("", "it is not one `SELECT`: syntax error"),
    ] {
        let found = source.query_columns(bad).unwrap().unwrap_err();
        assert!(found.starts_with(words), "{bad}: {found}");
    }
    assert_eq!(
        source.query_columns("SELECT 1 AS still").unwrap().unwrap(),
        ["still"],
        "errors leave the transaction whole"
    );
}

#[test]
fn a_source_can_be_used_inside_a_runtime() {
    let Some(server) = postgres() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let database = database(server, "");
    runtime.block_on(async {
        let source = open(server, &database);
        assert_eq!(rows(&source, "SELECT 1").unwrap(), [["1"]]);
        assert!(Postgres::open(&address(server, "missing")).is_err());
    });
}
