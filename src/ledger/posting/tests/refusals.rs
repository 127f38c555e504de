//! What posting refuses before it writes anything.

use super::{COLUMNS, MAPPED, Place, TABLES, members, post, told, zero};
use crate::{
    declaration::Declaration,
    ledger::{
        grants::grants,
        mapping::Mapping,
        posting::{Poster, Posting},
    },
};

/// What is another in the tables and in the mapping, and what is told.
type Case<'c> = ((&'c str, &'c str), (&'c str, &'c str), &'c str, &'c str);

const SAME: (&str, &str) = ("", "");

fn refused(place: &Place, (from, to): (&str, &str), code: &str, words: &str) {
    assert!(MAPPED.contains(from), "{from}");
    let mapped = if from.is_empty() { MAPPED.to_owned() } else { MAPPED.replace(from, to) };
    let before = place.rows("SELECT no, vip, n FROM pts ORDER BY 1");
    let (found, text) = told(place.open(&mapped));
    assert_eq!(found, code, "{text}");
    assert!(text.contains(words), "{text}");
    assert_eq!(place.rows("SELECT no, vip, n FROM pts ORDER BY 1"), before);
}

fn changed((from, to): (&str, &str)) -> String {
    assert!(TABLES.contains(from), "{from}");
    if from.is_empty() { TABLES.to_owned() } else { TABLES.replace(from, to) }
}

#[test]
fn every_database_refuses_what_cannot_be_posted() {
    let view = ("CREATE TABLE vip", "CREATE VIEW seen AS SELECT 1 AS x; CREATE TABLE vip");
    let seen = "CREATE TABLE vip";
    let cases: &[Case<'_>] = &[
        (SAME, ("[posting]\n", ""), "posting::not_configured", "fenji points show"),
        (view, ("table = \"pts\"", "table = \"pts_seen\""), "posting::not_a_table", "`pts_seen`, which is a view"),
        (SAME, ("table = \"pts\"", "sql = \"pts.sql\""), "posting::not_a_table", "the query `"),
        (SAME, ("posting_key = \"fkey\"\n", ""), "ledger::column_not_mapped", "posting points"),
        (SAME, ("posting_key = \"fkey\"", "posting_key = \"nokey\""), "ledger::missing_column", "fkey"),
        (
            ("fkey TEXT UNIQUE", "fkey TEXT"),
            SAME,
            "posting::no_unique_key",
            "CREATE UNIQUE INDEX fenji_posting_key ON \"pts\" (\"fkey\")",
        ),
        (("fkey TEXT UNIQUE", "fkey TEXT, UNIQUE (fkey, vip)"), SAME, "posting::no_unique_key", "`fkey`"),
        (
            ("fkey TEXT UNIQUE)", "fkey TEXT); CREATE UNIQUE INDEX once ON pts(fkey) WHERE n > 0"),
            SAME,
            "posting::no_unique_key",
            "",
        ),
        (
            ("fkey TEXT UNIQUE)", "fkey TEXT); CREATE UNIQUE INDEX once ON pts(lower(fkey))"),
            SAME,
            "posting::no_unique_key",
            "",
        ),
        (("fkey TEXT UNIQUE", "fkey BIGINT UNIQUE"), SAME, "posting::not_writable", "whole number"),
        (
            SAME,
            ("kind = \"type\"", "kind = { column = \"type\", words = { \"清零\" = \"zero\" } }"),
            "posting::no_word",
            "`earn`",
        ),
        (
            SAME,
            ("kind = \"type\"", "kind = { column = \"type\", words = { a = \"earn\", b = \"earn\", c = \"redeem\" } }"),
            "posting::many_words",
            "`a`, `b`",
        ),
        (SAME, ("points = \"n\"", "points = { constant = \"1\" }"), "posting::not_writable", "a constant"),
        (("n BIGINT", "n REAL"), SAME, "posting::not_writable", "`n`"),
        (("'2026-02-02 03:04:05'", "'2026-02-02T03:04:05'"), SAME, "posting::not_writable", "of two forms"),
        (("'2026-01-02 03:04:05'", "'2026-01-02'"), SAME, "posting::not_writable", "of two forms"),
        (("fkey TEXT UNIQUE", "fkey TEXT UNIQUE, shop TEXT"), SAME, "open", ""),
        (("fkey TEXT UNIQUE", "fkey TEXT UNIQUE, shop TEXT NOT NULL DEFAULT 'x'"), SAME, "open", ""),
        (
            SAME,
            ("[posting]\n", "[posting]\nbalance = { table = \"none\", key = \"a\", column = \"b\" }\n"),
            "posting::not_writable",
            "`none`",
        ),
        (
            SAME,
            ("[posting]\n", "[posting]\nbalance = { table = \"vip\", key = \"id\", column = \"b\" }\n"),
            "posting::not_writable",
            "`vip.b`",
        ),
        (
            SAME,
            ("[posting]\n", "[posting]\nbalance = { table = \"vip\", key = \"id\", column = \"joined\" }\n"),
            "posting::not_writable",
            "`joined`",
        ),
    ];
    for (tables, mapping, code, words) in cases {
        let mut sql = changed(*tables);
        if tables.0 == seen {
            sql = format!("{TABLES} CREATE VIEW pts_seen AS SELECT * FROM pts");
        }
        for place in Place::all(&sql) {
            std::fs::create_dir_all(place.home.path().join("config")).unwrap();
            std::fs::write(place.home.path().join("config/pts.sql"), "SELECT * FROM pts").unwrap();
            if *code == "open" {
                place.poster(MAPPED);
            } else {
                refused(&place, *mapping, code, words);
            }
        }
    }
}

#[test]
fn a_column_that_every_row_must_have_is_missed() {
    // The rows of the tables must have it too.
    let extra = |more: &str| {
        TABLES
            .replace("fkey TEXT UNIQUE", &format!("fkey TEXT UNIQUE, {more}"))
            .replace("(no, vip, at, type, n) VALUES", "(no, vip, at, type, n, x) VALUES")
            .replace("100)", "100, 'x')")
            .replace("50)", "50, 'x')")
    };
    for place in Place::all(&extra("x TEXT NOT NULL")) {
        refused(&place, SAME, "posting::must_be_given", "every row of `pts` must have `x`");
        refused(&place, ("at = \"at\"", "at = \"at\"\norder_id = \"x\""), "posting::must_be_given", "`x`");
        // A posting may have a rule: it is refused only when it has none.
        let mut poster = place.poster(&MAPPED.replace("at = \"at\"", "at = \"at\"\nrule = \"x\""));
        assert_eq!(told(post(&mut poster, &[zero("k", "A", -1)])).0, "posting::bad_posting");
        assert_eq!(
            post(&mut poster, &[Posting { rule: Some("r".to_owned()), ..zero("k", "A", -1) }]).unwrap().len(),
            1
        );
    }
}

#[test]
fn sqlite_refuses_what_it_could_not_keep_exactly() {
    for (tables, code, words) in [
        (("fkey TEXT UNIQUE", "fkey TEXT COLLATE NOCASE UNIQUE"), "posting::no_unique_key", "`fkey`"),
        (("no TEXT PRIMARY KEY", "no BIGINT PRIMARY KEY"), "posting::no_entry_id", "`no`"),
        (("n BIGINT", "n"), "posting::not_writable", "no declared type"),
        (("n BIGINT", "n TEXT"), "posting::not_writable", "`n`"),
        (("vip TEXT NOT NULL", "vip NOT NULL"), "posting::not_writable", "no declared type"),
        (("at TEXT NOT NULL", "at BIGINT NOT NULL"), "posting::not_writable", "whole number"),
        (
            ("fkey TEXT UNIQUE", "other TEXT, fkey TEXT GENERATED ALWAYS AS (other) STORED UNIQUE"),
            "posting::not_writable",
            "works it out",
        ),
        (("type TEXT NOT NULL", "type INT NOT NULL"), "posting::not_writable", "holds whole numbers"),
    ] {
        refused(&Place::sqlite(&changed(tables)), SAME, code, words);
    }
    let place = Place::sqlite(TABLES);
    let path = place.file();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(told(place.open(MAPPED)).0, "ledger::no_ledger");
}

#[test]
fn postgres_refuses_what_it_could_not_keep_exactly() {
    for (tables, code, words) in [
        (("fkey TEXT UNIQUE", "fkey TEXT UNIQUE DEFERRABLE"), "posting::no_unique_key", "`fkey`"),
        (
            (
                "fkey TEXT UNIQUE)",
                "fkey TEXT); CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false); ALTER TABLE pts ALTER fkey TYPE text COLLATE ci, ADD UNIQUE (fkey)",
            ),
            "posting::no_unique_key",
            "`fkey`",
        ),
        (("no TEXT PRIMARY KEY", "no TEXT PRIMARY KEY, CHECK (no <> '')"), "open", ""),
        (("at TEXT NOT NULL", "at DATE NOT NULL"), "posting::not_writable", "day without a time"),
        (("at TEXT NOT NULL", "at TIMESTAMPTZ NOT NULL"), "open", ""),
        (
            ("fkey TEXT UNIQUE", "other TEXT, fkey TEXT GENERATED ALWAYS AS (other) STORED UNIQUE"),
            "posting::not_writable",
            "works it out",
        ),
    ] {
        let Some(place) = Place::postgres(&changed(tables)) else { return };
        if code == "open" {
            place.poster(MAPPED);
        } else {
            refused(&place, SAME, code, words);
        }
    }
    let numbered = TABLES
        .replace("no TEXT PRIMARY KEY", "no BIGINT PRIMARY KEY")
        .replace("('1', ", "(1, ")
        .replace("('2', ", "(2, ");
    let Some(place) = Place::postgres(&numbered) else { return };
    refused(&place, SAME, "posting::no_entry_id", "`no`");
    let Some(place) = Place::postgres(TABLES) else { return };
    refused(
        &place,
        ("[entity.member]\ntable = \"vip\"\ncolumns = { member_id = \"id\", registered_on = \"joined\" }\n", ""),
        "posting::cannot_lock",
        "lock = \"entries\"",
    );
    place.run("CREATE VIEW vip_seen AS SELECT * FROM vip");
    refused(&place, ("table = \"vip\"", "table = \"vip_seen\""), "posting::cannot_lock", "a view");
    std::fs::create_dir_all(place.home.path().join("config")).unwrap();
    std::fs::write(place.home.path().join("config/vip.sql"), "SELECT * FROM vip").unwrap();
    refused(&place, ("table = \"vip\"", "sql = \"vip.sql\""), "posting::cannot_lock", "a query");
}

#[test]
fn a_role_needs_its_rights_and_no_more() {
    let Some(place) = Place::postgres(TABLES) else { return };
    let (server, database) = place.server.as_ref().unwrap();
    let roles = format!(
        "DROP ROLE IF EXISTS looks_{database}; CREATE ROLE looks_{database} LOGIN; GRANT SELECT ON vip, pts TO looks_{database}; ALTER ROLE looks_{database} SET default_transaction_read_only = on"
    );
    place.run(&roles);
    let by = |user: &str, more: &str| {
        let address = server.url_of(user, "127.0.0.1", database);
        MAPPED.replace("[posting]\n", &format!("[posting]\ndatabase = \"{address}\"\n{more}"))
    };
    let user = format!("looks_{database}");
    let (code, words) = told(place.open(&by(&user, "")));
    assert_eq!(
        (code.as_str(), words.contains("permission denied for table pts")),
        ("posting::may_not_write", true),
        "{words}"
    );
    place.run(&format!("GRANT INSERT (no, vip, at, type, n, fkey) ON pts TO {user}"));
    let (code, words) = told(place.open(&by(&user, "")));
    assert_eq!(
        (code.as_str(), words.contains("permission denied for table vip")),
        ("posting::may_not_write", true),
        "{words}"
    );
    let (code, words) = told(place.open(&by(&user, "lock = \"entries\"\n")));
    assert_eq!(
        (code.as_str(), words.contains("permission denied for table pts")),
        ("posting::may_not_write", true),
        "{words}"
    );
    place.run(&format!("GRANT UPDATE (id) ON vip TO {user}"));
    assert_eq!(post(&mut place.poster(&by(&user, "")), &[zero("k", "A", -1)]).unwrap().len(), 1);
    place.run(&format!("GRANT UPDATE ON pts TO {user}"));
    assert_eq!(post(&mut place.poster(&by(&user, "lock = \"entries\"\n")), &[zero("l", "A", -1)]).unwrap().len(), 1);
    // What `fenji ledger grants` prints is enough.
    for (name, lock) in [("adds", ""), ("locks", "lock = \"entries\"\n")] {
        let user = format!("{name}_{database}");
        let mapped = by(&user, lock);
        let script = grants(&place.mapping(&mapped));
        place.run(&format!("--{}", script.split_once("-- `[posting]`").unwrap().1));
        assert_eq!(post(&mut place.poster(&mapped), &[zero(name, "A", -1)]).unwrap().len(), 1, "{script}");
    }
    // Who must show a password and has none.
    place.run("DO $$ BEGIN CREATE ROLE with_password LOGIN PASSWORD 'secret'; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$");
    let (code, words) = told(place.open(&by("with_password", "")));
    assert_eq!((code.as_str(), words.contains("FENJI_POSTING_PASSWORD")), ("posting::not_let_in", true), "{words}");
}

#[test]
fn mariadb_is_refused_with_another_way() {
    let home = tempfile::tempdir().unwrap();
    let head =
        "database = \"mariadb://poster@localhost/erp\"\ncurrency = \"CNY\"\nscale = 2\nzone = \"Asia/Shanghai\"\n";
    let mapping =
        Mapping::check(&Declaration::new("config/ledger.toml", &format!("{head}{MAPPED}")), home.path()).unwrap();
    let (code, words) = told(Poster::open(mapping, super::today()));
    assert_eq!(code, "posting::other_database");
    assert!(
        words.contains("MariaDB") && words.contains("fenji points show") && words.contains("fenji points verify"),
        "{words}"
    );
}

#[test]
fn a_ledger_without_points_is_refused() {
    for place in Place::all(TABLES) {
        let without = MAPPED.split("[entity.points_entry]").next().unwrap();
        assert_eq!(told(place.open(without)).0, "ledger::entity_not_mapped");
        let mut poster = place.poster(MAPPED);
        let missing = poster.post(&members(&["A"]), &["rule"], &mut |_, _| Vec::new());
        assert_eq!(told(missing).0, "ledger::column_not_mapped");
        assert!(poster.post(&members(&["A"]), &COLUMNS, &mut |_, _| Vec::new()).unwrap().is_empty());
    }
}
