//! Rows, names and queries: what stands in a table is read as it stands, whatever it is called.

use fenji::ledger::entity::entity;

use super::{Ledger, shown, types::mapped};

const MEMBERS: &str = "[entity.member]\ntable = \"members\"\n[entity.member.columns]\nmember_id = \"k\"\nname = \"v\"\nregistered_on = { constant = \"2020-01-01\" }\n";

#[test]
fn names_that_need_quotes_are_quoted() {
    for ledger in Ledger::of_each_kind() {
        let quoted = |name: &str| {
            let mark = ledger.of(["\"", "\"", "`"]);
            format!("{mark}{}{mark}", name.replace(mark, &mark.repeat(2)))
        };
        for name in ["order", "select", "会员档案", "a\"b", "a`b", "a'b", "Mixed Case", "a;b--", "%_\\"] {
            let (table, key, value) = (quoted(name), quoted(&format!("{name}1")), quoted(&format!("{name}2")));
            ledger.run(&format!(
                "CREATE TABLE {table} ({key} varchar(20) PRIMARY KEY, {value} varchar(20)); INSERT INTO {table} VALUES ('K', 'V')"
            ));
            let toml = |text: &str| format!("'''{text}'''");
            let entities = format!(
                "[entity.region]\ntable = {}\n[entity.region.columns]\nregion_id = {}\nname = {}\n",
                toml(name),
                toml(&format!("{name}1")),
                toml(&format!("{name}2"))
            );
            let read = ledger.read("UTC", &entities, "region", &["region_id", "name"]).map_err(shown);
            assert_eq!(read, Ok(vec![vec!["K".to_owned(), "V".to_owned()]]), "{} {name}", ledger.name());
        }
    }
}

#[test]
fn a_schema_stands_before_the_dot() {
    for ledger in Ledger::of_each_server() {
        let other = format!("{}_other", ledger.database);
        // Of this name there is no table anywhere else.
        let table = format!("members_of_{other}");
        let kind = ledger.of(["", "SCHEMA", "DATABASE"]);
        ledger.run(&format!(
            "CREATE {kind} {other}; CREATE TABLE {other}.{table} (k varchar(20), v varchar(20)); INSERT INTO {other}.{table} VALUES ('M', 'x')"
        ));
        let entities = |name: &str| MEMBERS.replace("\"members\"", &format!("\"{name}\""));
        let read = |name: &str| ledger.read("UTC", &entities(name), "member", &["member_id"]).map_err(shown);
        assert_eq!(read(&format!("{other}.{table}")), Ok(vec![vec!["M".to_owned()]]), "{}", ledger.name());
        let error = read(&table).unwrap_err();
        let found = error.contains("missing_table") && error.contains(&format!("{other}.{table}"));
        assert!(found, "{}: {error}", ledger.name());
    }
}

#[test]
fn constants_are_what_they_say() {
    for ledger in Ledger::of_each_kind() {
        ledger.run("CREATE TABLE t (k varchar(20) PRIMARY KEY); INSERT INTO t VALUES ('K')");
        for constant in [
            "a'b",
            "a\"b",
            "a\\",
            "\\'",
            "'); DROP TABLE t; --",
            "中文😀",
            "$1",
            "?",
            ":x",
            "%s",
            "{}",
            "\u{feff}x",
            "null",
        ] {
            let entities = format!(
                "[entity.region]\ntable = \"t\"\n[entity.region.columns]\nregion_id = \"k\"\nname = {{ constant = '''{constant}''' }}\n"
            );
            let read = ledger.read("UTC", &entities, "region", &["name"]).map_err(shown);
            assert_eq!(read, Ok(vec![vec![constant.to_owned()]]), "{} {constant}", ledger.name());
        }
    }
}

#[test]
fn an_empty_table_is_a_table() {
    let mut found = Vec::new();
    for ledger in Ledger::of_each_kind() {
        ledger.run("CREATE TABLE members (k varchar(20) PRIMARY KEY, v varchar(20))");
        let mut snapshot = ledger.snapshot("UTC", MEMBERS).unwrap();
        let member = entity("member").unwrap();
        assert_eq!(snapshot.count(member).unwrap(), 0);
        assert_eq!(snapshot.first_day(member).unwrap(), None);
        let batch = snapshot.read(member, &["member_id", "registered_on"], "a test").unwrap();
        assert_eq!(batch.len(), 0);
        found.push(snapshot.fingerprint());
    }
    assert!(found.iter().all(|fingerprint| *fingerprint == found[0]), "{found:?}");
}

#[test]
fn keys_are_told_apart_byte_by_byte() {
    for ledger in Ledger::of_each_kind() {
        let text = ledger.of(["TEXT", "text", "varchar(20) COLLATE utf8mb4_general_ci"]);
        ledger.run(&format!("CREATE TABLE members (k {text}, v varchar(20))"));
        ledger
            .run("INSERT INTO members VALUES ('a', 'x'), ('A', 'x'), ('a ', 'x'), ('á', 'x'), ('1', 'x'), ('01', 'x')");
        let read = ledger.read("UTC", MEMBERS, "member", &["member_id"]).map_err(shown).unwrap();
        assert_eq!(read.concat(), ["01", "1", "A", "a", "a ", "á"], "{}", ledger.name());
        ledger.run("INSERT INTO members VALUES ('A', 'y')");
        let error = shown(ledger.read("UTC", MEMBERS, "member", &["member_id"]).unwrap_err());
        assert!(error.contains("has 2 rows with the key `A`"), "{}: {error}", ledger.name());
    }
}

#[test]
fn a_query_gives_rows_as_a_table_does() {
    for ledger in Ledger::of_each_kind() {
        ledger.run(
            "CREATE TABLE a (k varchar(20) PRIMARY KEY, v varchar(20)); CREATE TABLE b (k varchar(20), w integer)",
        );
        ledger.run("INSERT INTO a VALUES ('1', 'x'), ('2', 'y'); INSERT INTO b VALUES ('1', 3), ('1', 4), ('2', 5)");
        let query = ledger.home.path().join("config/q.sql");
        std::fs::create_dir_all(query.parent().unwrap()).unwrap();
        let entities = "[entity.card]\nsql = \"q.sql\"\n[entity.card.columns]\ncard_id = \"k\"\nmember_id = \"k\"\ntier = \"v\"\nissued_on = { constant = \"2020-01-01\" }\nfee = { column = \"total\", unit = \"minor\" }\n";
        let read = || ledger.read("UTC", entities, "card", &["card_id", "tier", "fee"]).map_err(shown);
        std::fs::write(&query, "WITH s AS (SELECT k, sum(w) AS total FROM b GROUP BY k)\nSELECT a.k, a.v, s.total FROM a JOIN s ON s.k = a.k; -- all\n").unwrap();
        assert_eq!(
            read(),
            Ok(vec![vec!["1".into(), "x".into(), "7".into()], vec!["2".into(), "y".into(), "5".into()]]),
            "{}",
            ledger.name()
        );
        for (sql, words) in [
            ("SELECT k, v, w AS total FROM nothing", "nothing"),
            ("SELECT k, v FROM a", "total"),
            ("DELETE FROM a", "query"),
            ("INSERT INTO a VALUES ('3', 'z') RETURNING k, v, 1 AS total", "query"),
            ("SELECT k, v, 1 AS total FROM a; DELETE FROM a", "query"),
            ("SELECT k, v, 1 AS total FROM a) AS mapped; DELETE FROM a; SELECT * FROM (SELECT 1", "query"),
            ("SELEKT", "query"),
        ] {
            std::fs::write(&query, sql).unwrap();
            let error = read().expect_err(sql);
            assert!(error.contains(words), "{} {sql}: {error}", ledger.name());
        }
        let left = ledger.read("UTC", &mapped("member.name", "a"), "member", &["member_id"]).map_err(shown).unwrap();
        assert_eq!(left.len(), 2, "{}", ledger.name());
    }
}

#[test]
fn a_snapshot_does_not_see_what_comes_after() {
    for ledger in Ledger::of_each_kind() {
        ledger.run(ledger.of(["PRAGMA journal_mode = WAL", "SELECT 1", "SELECT 1"]));
        ledger.run(
            "CREATE TABLE members (k varchar(20) PRIMARY KEY, v varchar(20)); INSERT INTO members VALUES ('1', 'x')",
        );
        let mut snapshot = ledger.snapshot("UTC", MEMBERS).unwrap();
        ledger.run("INSERT INTO members VALUES ('2', 'x'); UPDATE members SET v = 'y'");
        let batch = snapshot.read(entity("member").unwrap(), &["member_id", "name"], "a test").unwrap();
        let rows = super::texts(&batch, snapshot.dictionaries(), &["member_id", "name"]);
        assert_eq!(rows, [["1", "x"]], "{}", ledger.name());
    }
}
