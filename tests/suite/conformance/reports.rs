//! The same ledger in each database: the same fingerprint, the same grades and the same bytes.

use std::{collections::BTreeMap, fmt::Write as _, fs};

use fenji::ledger::{decode::Texts, entity::ENTITIES, mapping::Mapping, snapshot::Snapshot};
use rusqlite::types::ValueRef;

use super::today;
use crate::{
    servers::{Kind, PrivateServer, mariadb, postgres},
    support::World,
};

const POSTGRES: &str = include_str!("../../../src/ledger/schema/postgres.sql");
const MARIADB: &str = include_str!("../../../src/ledger/schema/mariadb.sql");

/// Rows of one statement.
const TOGETHER: usize = 500;

/// A home whose ledger is the demo's, copied into a server.
pub fn with_demo_ledger(server: &PrivateServer, database: &str) -> World {
    let world = World::with_demo_ledger();
    server.run(database, if server.kind == Kind::Postgres { POSTGRES } else { MARIADB });
    let file = world.sql();
    copy(&file, "ledger_info", &["name", "value"], server, database);
    for entity in ENTITIES {
        let columns: Vec<&str> = entity.columns.iter().map(|column| column.name).collect();
        copy(&file, entity.table, &columns, server, database);
    }
    drop(file);
    fs::remove_file(world.ledger()).unwrap();
    world.edit("config/ledger.toml", "sqlite:data/ledger.db", &server.url(database));
    world
}

/// Copies a table of the file, in another order.
fn copy(file: &rusqlite::Connection, table: &str, columns: &[&str], server: &PrivateServer, database: &str) {
    let quoted: Vec<String> = columns
        .iter()
        .map(|column| if server.kind == Kind::Postgres { format!("\"{column}\"") } else { format!("`{column}`") })
        .collect();
    let known = if table == "ledger_info" { "WHERE name <> 'contract'" } else { "" };
    let mut statement =
        file.prepare(&format!("SELECT {} FROM {table} {known} ORDER BY random()", columns.join(", "))).unwrap();
    let mut rows = statement.query([]).unwrap();
    let mut values = Vec::new();
    let flush = |values: &mut Vec<String>| {
        if !values.is_empty() {
            server.run(database, &format!("INSERT INTO {table}({}) VALUES {}", quoted.join(", "), values.join(",")));
            values.clear();
        }
    };
    while let Some(row) = rows.next().unwrap() {
        let mut text = String::from("(");
        for (at, column) in columns.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            match row.get_ref(at).unwrap() {
                ValueRef::Null => write!(text, "{comma}NULL").unwrap(),
                ValueRef::Integer(flag) if *column == "blocked" => write!(text, "{comma}{}", flag == 1).unwrap(),
                ValueRef::Integer(number) => write!(text, "{comma}{number}").unwrap(),
                ValueRef::Text(bytes) => {
                    let plain = std::str::from_utf8(bytes).unwrap();
                    assert!(!plain.contains('\\'));
                    write!(text, "{comma}'{}'", plain.replace('\'', "''")).unwrap();
                }
                other => panic!("{other:?}"),
            }
        }
        values.push(text + ")");
        if values.len() == TOGETHER {
            flush(&mut values);
        }
    }
    flush(&mut values);
}

/// The demo ledger in each database.
fn worlds() -> Vec<(&'static str, World)> {
    let mut worlds = vec![("SQLite", World::with_demo_ledger())];
    if let Some(server) = postgres() {
        worlds.push(("PostgreSQL", with_demo_ledger(server, &server.database())));
    }
    if let Some(server) = mariadb() {
        worlds.push(("MariaDB", with_demo_ledger(server, &server.database())));
    }
    worlds
}

#[test]
fn the_same_ledger_is_the_same_report_from_each_database() {
    let worlds = worlds();
    let (_, first) = &worlds[0];
    let snapshots: Vec<String> = worlds.iter().map(|(_, world)| fingerprints(world)).collect();
    for ((name, world), snapshot) in worlds.iter().zip(&snapshots) {
        assert_eq!(snapshot, &snapshots[0], "{name}");
        world.fenji(&["check"]).succeeded();
        for arguments in [
            &["report", "preview", "tier", "--period", "2026-10", "--format", "json"][..],
            &["report", "preview", "tier", "--period", "2026-10", "--format", "html"],
            &["report", "preview", "tier", "--period", "2026-09", "--format", "text", "--lang", "en"],
            &["grade", "member-tier", "--as-of", "2026-10-31", "--format", "csv"],
            &["grade", "two-class", "--as-of", "2026-10-31", "--format", "csv"],
        ] {
            let (ours, theirs) = (first.fenji(arguments).succeeded().out, world.fenji(arguments).succeeded().out);
            assert!(ours.len() > 200, "{arguments:?}");
            assert!(ours == theirs, "{name} {arguments:?}");
        }
        let run = |world: &World| {
            let out = world.home().join("out");
            let job = [
                "job",
                "run",
                "monthly-tier-report",
                "--period",
                "2026-10",
                "--restate",
                "--out",
                out.to_str().unwrap(),
            ];
            world.fenji(&job).succeeded();
            plain_files(&out)
        };
        let (ours, theirs) = (run(first), run(world));
        assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>(), "{name}");
        for (file, bytes) in ours {
            assert!(bytes == theirs[&file], "{name} {file}");
        }
    }
}

#[test]
fn grades_are_the_same_when_the_database_folds_the_figures() {
    for (name, world) in worlds() {
        let graded = || {
            let grade = |scheme: &str| world.fenji(&["grade", scheme, "--as-of", "2026-10-31", "--format", "csv"]);
            [grade("member-tier").succeeded().out, grade("two-class").succeeded().out]
        };
        let read = graded();
        world.edit("config/ledger.toml", "layout = \"fenji\"", "compute = \"database\"\nlayout = \"fenji\"");
        world.keep_job("monthly-tier-report");
        let plan = world.fenji(&["check", "--explain-plan"]).succeeded().out;
        assert!(
            plan.contains("the database folds `transaction`") && !plan.contains("from the rows of"),
            "{name}: {plan}"
        );
        assert!(read.iter().all(|grades| grades.len() > 1_000), "{name}");
        assert!(graded() == read, "{name}");
    }
}

/// The fingerprint of every column of every entity, and the words behind it.
fn fingerprints(world: &World) -> String {
    let mut snapshot = Snapshot::open(Mapping::read(&world.home()).unwrap(), today()).unwrap();
    let mut lines = String::new();
    for entity in ENTITIES {
        let columns: Vec<(&'static str, Texts)> =
            entity.columns.iter().map(|column| (column.name, Texts::Coded)).collect();
        snapshot.scan(entity, &columns, "a test", &|_, _| ()).unwrap();
        let facts = &snapshot.facts()[entity.name];
        writeln!(lines, "{} {} {:032x}", entity.name, facts.rows, facts.fingerprint).unwrap();
    }
    lines + &snapshot.fingerprint()
}

/// The files below a folder whose bytes hold no date of the run.
fn plain_files(dir: &std::path::Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut todo = vec![dir.to_owned()];
    while let Some(dir) = todo.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let plain =
                path.extension().is_some_and(|kind| ["html", "txt", "json", "csv"].iter().any(|known| kind == *known));
            if path.is_dir() {
                todo.push(path);
            } else if plain {
                found.insert(path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}
