//! What a user sees who may not read, or asks for what is not there.

use super::{Ledger, shown};
use crate::{servers::Kind, support::World};

const MEMBERS: &str = "[entity.member]\ntable = \"members\"\n[entity.member.columns]\nmember_id = \"k\"\nname = \"v\"\nregistered_on = { constant = \"2020-01-01\" }\n";

/// Runs in a ledger with a table of members, as a user with some rights.
fn as_reader(ledger: &Ledger, grants: &str) -> String {
    let server = ledger.server.unwrap();
    let user = format!("reader_{}", ledger.database);
    ledger
        .run("CREATE TABLE members (k varchar(20) PRIMARY KEY, v varchar(20)); INSERT INTO members VALUES ('1', 'x')");
    let (create, name) = match server.kind {
        Kind::Postgres => (format!("CREATE ROLE {user} LOGIN"), user.clone()),
        Kind::MariaDb => (format!("CREATE USER {user}@'%'"), format!("{user}@'%'")),
    };
    ledger.run(&create);
    if server.kind == Kind::MariaDb {
        ledger.run(&format!("CREATE TABLE other (x int); GRANT SELECT ON {}.other TO {name}", ledger.database));
    }
    if !grants.is_empty() {
        ledger.run(&format!("{grants} TO {name}"));
    }
    server.url_of(&user, "127.0.0.1", &ledger.database)
}

#[test]
fn a_reader_without_rights_is_told_what_to_grant() {
    for ledger in Ledger::of_each_server() {
        let url = as_reader(&ledger, "");
        let read = || {
            let mut snapshot = ledger.snapshot_at(&url, "UTC", "", MEMBERS)?;
            snapshot.read(fenji::ledger::entity::entity("member").unwrap(), &["member_id", "name"], "a test").map(drop)
        };
        let error = shown(read().unwrap_err());
        assert!(
            error.contains("ledger::denied") && error.contains("GRANT SELECT ON") && error.contains("members"),
            "{}: {error}",
            ledger.name()
        );
        // What it says is what helps.
        let words: Vec<&str> = error.split_whitespace().collect();
        let at = words.windows(3).position(|three| three == ["GRANT", "SELECT", "ON"]).unwrap();
        let grant = words[at..].join(" ");
        ledger.run(grant.split(';').next().unwrap());
        read().map_err(shown).unwrap_or_else(|error| panic!("{}: {grant}: {error}", ledger.name()));
    }
}

#[test]
fn a_reader_who_may_only_select_is_enough() {
    for ledger in Ledger::of_each_server() {
        let url = as_reader(&ledger, "GRANT SELECT (k, v) ON members");
        let mut snapshot = ledger.snapshot_at(&url, "UTC", "", MEMBERS).map_err(shown).unwrap();
        let member = fenji::ledger::entity::entity("member").unwrap();
        let batch = snapshot.read(member, &["member_id", "name"], "a test").map_err(shown).unwrap();
        assert_eq!(batch.len(), 1, "{}", ledger.name());
    }
}

#[test]
fn what_is_not_there_is_named_with_the_nearest() {
    for ledger in Ledger::of_each_kind() {
        ledger.run("CREATE TABLE memmbers (k varchar(20) PRIMARY KEY, nombre varchar(20)); CREATE TABLE members (k varchar(20), nombre varchar(20))");
        let read = |entities: &str| shown(ledger.read("UTC", entities, "member", &["member_id", "name"]).unwrap_err());
        let error = read(&MEMBERS.replace("\"members\"", "\"memberss\""));
        assert!(error.contains("missing_table") && error.contains("`members`"), "{}: {error}", ledger.name());
        let error = read(&MEMBERS.replace("\"v\"", "\"nombbre\""));
        assert!(error.contains("missing_column") && error.contains("`nombre`"), "{}: {error}", ledger.name());
    }
}

#[test]
fn a_server_that_is_not_reached_is_told() {
    for ledger in Ledger::of_each_server() {
        let server = ledger.server.unwrap();
        let error =
            |url: &str| shown(ledger.snapshot_at(url, "UTC", "timeout = \"2s\"", MEMBERS).map(drop).unwrap_err());
        let unreachable = error(&ledger.url().replace(&server.port.to_string(), "1"));
        assert!(unreachable.contains("ledger::unreachable"), "{}: {unreachable}", ledger.name());
        let refused = error(&server.url_of("nobody", "127.0.0.1", &ledger.database));
        assert!(refused.contains("ledger::refused"), "{}: {refused}", ledger.name());
        let refused = error(&server.url("nowhere"));
        assert!(refused.contains("ledger::refused") && refused.contains("nowhere"), "{}: {refused}", ledger.name());
    }
}

#[test]
fn the_password_comes_from_the_environment_and_is_never_shown() {
    for ledger in Ledger::of_each_server() {
        let server = ledger.server.unwrap();
        ledger.run(
            "CREATE TABLE members (k varchar(20) PRIMARY KEY, v varchar(20)); INSERT INTO members VALUES ('1', 'x')",
        );
        let (create, grant) = match server.kind {
            Kind::Postgres => ("CREATE ROLE with_password LOGIN PASSWORD 'open''sesame'", "with_password"),
            Kind::MariaDb => ("CREATE USER with_password@'%' IDENTIFIED BY 'open''sesame'", "with_password@'%'"),
        };
        ledger.run(&format!("{create}; GRANT SELECT ON members TO {grant}"));
        let world = World::new();
        let url = server.url_of("with_password", "127.0.0.1", &ledger.database);
        let settings = "currency = \"CNY\"\nscale = 2\nzone = \"UTC\"\nlayout = \"mapped\"\n";
        world.write("config/ledger.toml", format!("database = \"{url}\"\n{settings}{MEMBERS}"));
        let show = |password: &str| {
            world.fenji_with(&[("FENJI_LEDGER_PASSWORD", password)], &["--home", "home", "ledger", "show"])
        };
        show("open'sesame").succeeded();
        for wrong in ["", "secret-of-mine"] {
            let said = show(wrong);
            assert!(said.code == 4 && said.err.contains("ledger::refused"), "{}: {}", ledger.name(), said.err);
            assert!(said.err.contains("FENJI_LEDGER_PASSWORD"), "{}: {}", ledger.name(), said.err);
            assert!(wrong.is_empty() || !said.err.contains(wrong), "{}: {}", ledger.name(), said.err);
        }
    }
}
