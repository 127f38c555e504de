//! Writes the SQL of a role that may read what a mapping names, and nothing else; and of the role that posts points, where the mapping asks for that.
//!
//! Invariants: names are quoted by the dialect; no password stands in the text, and the role cannot be used before its owner gave it one.
//! Nothing is run: fenji never changes a ledger's rights.

use std::{collections::BTreeSet, fmt::Write, path::Path};

use crate::ledger::{
    mapping::{Database, EntityMapping, Lock, Mapping, Origin, PostingSettings, Rows, StoredBalance},
    server::Server,
    source::Dialect,
};

/// The role that is proposed when the address names the server's own administrator.
const ROLE: &str = "fenji_reader";

/// The role that posts, when the address names the server's own administrator.
const POSTER: &str = "fenji_poster";

/// The name of the role: the user of the address, save the server's administrator.
fn role(server: &Server) -> &str {
    if matches!(server.user.as_str(), "postgres" | "root" | "mysql" | "mariadb.sys") { ROLE } else { &server.user }
}

/// The SQL of a role that may read the mapped columns; for SQLite the rights that the file needs.
pub fn grants(mapping: &Mapping) -> String {
    let reads = match &mapping.database {
        Database::Sqlite(path) => sqlite(path),
        Database::Postgres(server) => postgres(mapping, server),
        Database::MySql(server) => mariadb(mapping, server),
    };
    reads + &posting(mapping)
}

/// What posting needs beside that.
fn posting(mapping: &Mapping) -> String {
    let Some(settings) = &mapping.posting else { return String::new() };
    match &settings.database {
        Database::Sqlite(_) => "-- `[posting]`: the user also needs to write the file, and to write in its directory:\n--   chmod 660 FILE && chmod 770 DIRECTORY\n".to_owned(),
        Database::Postgres(server) => writes(mapping, settings, server),
        Database::MySql(_) => "-- `[posting]`: fenji posts into SQLite and PostgreSQL only.\n".to_owned(),
    }
}

/// The role that posts, in PostgreSQL.
fn writes(mapping: &Mapping, settings: &PostingSettings, server: &Server) -> String {
    let dialect = Dialect::Postgres;
    let role = if server.user == "postgres" { POSTER } else { &server.user };
    let is_reader = matches!(&mapping.database, Database::Postgres(ledger) if self::role(ledger) == role);
    let role = dialect.quoted(role);
    let mut lines = vec!["-- `[posting]`: what adds points entries. It can change and delete none of them.".to_owned()];
    if is_reader {
        lines.push("-- It is the role above. Another is better: name it by `database` under `[posting]`.".to_owned());
    } else {
        lines.push("-- Give it its password too; fenji takes it from FENJI_POSTING_PASSWORD.".to_owned());
        lines.push(format!("CREATE ROLE {role} LOGIN;"));
        lines.push(format!("GRANT CONNECT ON DATABASE {} TO {role};", dialect.quoted(&server.database)));
    }
    let mut grant = |right: &str, columns: &[&str], table: &str| {
        let columns: BTreeSet<String> = columns.iter().map(|column| (*column).to_owned()).collect();
        let of = if columns.is_empty() { String::new() } else { format!(" ({})", listed(dialect, &columns)) };
        lines.push(format!("GRANT {right}{of} ON {} TO {role};", dialect.table(table)));
    };
    let named = |entity: &str| mapping.entities.get(entity);
    if let Some((entries, Rows::Table(table))) = named("points_entry").map(|entity| (entity, &entity.rows)) {
        let all = columns(entries);
        let names: Vec<&str> = all.iter().map(String::as_str).collect();
        grant("SELECT", &names, table);
        grant("INSERT", &names, table);
        if settings.lock == Lock::Entries {
            grant("UPDATE", &[], table);
        }
    }
    if let Some((members, Rows::Table(table))) = named("member").map(|entity| (entity, &entity.rows))
        && let Some(Origin::Column(key)) = members.columns.get("member_id").map(|column| &column.from)
        && settings.lock == Lock::Member
    {
        grant("SELECT", &[key], table);
        grant("UPDATE", &[key], table);
    }
    if let Some(StoredBalance { table, key, column }) = &settings.balance {
        grant("SELECT", &[key, column], table);
        grant("UPDATE", &[column], table);
    }
    let why = match settings.lock {
        Lock::Member => {
            "-- The right to update members is what `SELECT … FOR UPDATE` asks for: rows are locked by it, and none is changed."
        }
        Lock::Entries => {
            "-- The right to update entries is what `LOCK TABLE` asks for, and none is changed; PostgreSQL 17 takes MAINTAIN instead."
        }
    };
    lines.push(why.to_owned());
    lines.push(format!("-- In another schema than `public`, the role needs USAGE on it; for an entry's key of type serial: GRANT USAGE ON SEQUENCE … TO {role};"));
    lines.join("\n") + "\n"
}

fn sqlite(path: &Path) -> String {
    format!(
        "-- A SQLite file has no roles: its rights are those of the file `{}`.\n\
         -- The user that runs fenji needs to read the file and to enter its directory; fenji opens it read-only.\n\
         -- When another program keeps it in WAL mode, the user also needs to read the files ending in `-wal` and `-shm` beside it, and\n\
         -- to write in the directory when that program is not running. In a shell, as the owner:\n\
         --   chgrp fenji FILE && chmod 640 FILE\n",
        path.display()
    )
}

/// A table with the columns of it that are read.
type Reads = (String, BTreeSet<String>);

/// The tables that a mapping names, with their columns; and the entities whose queries read tables unknown here, with the file.
fn reads(mapping: &Mapping) -> (Vec<Reads>, Vec<(&'static str, String)>) {
    let mut tables: Vec<Reads> = Vec::new();
    let mut queries = Vec::new();
    for entity in mapping.entities.values() {
        match &entity.rows {
            Rows::Query { file, .. } => queries.push((entity.entity.name, file.display().to_string())),
            Rows::Table(table) => {
                let names = columns(entity);
                match tables.iter_mut().find(|(name, _)| name == table) {
                    Some((_, known)) => known.extend(names),
                    None => tables.push((table.clone(), names)),
                }
            }
        }
    }
    let ours = |entity: &EntityMapping| entity.rows == Rows::Table(entity.entity.table.to_owned());
    if mapping.entities.values().any(ours) {
        // A ledger of our own layout says its currency and zone there.
        tables.push(("ledger_info".to_owned(), BTreeSet::from(["name".to_owned(), "value".to_owned()])));
    }
    tables.sort();
    (tables, queries)
}

fn columns(entity: &EntityMapping) -> BTreeSet<String> {
    let from = entity.columns.values().map(|column| &column.from);
    from.filter_map(|from| match from {
        Origin::Column(name) => Some(name.clone()),
        Origin::Constant(_) => None,
    })
    .collect()
}

fn listed(dialect: Dialect, columns: &BTreeSet<String>) -> String {
    columns.iter().map(|name| dialect.quoted(name)).collect::<Vec<_>>().join(", ")
}

/// A text that stays in its comment.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn told(queries: &[(&'static str, String)], role: &str, text: &mut String) {
    for (entity, file) in queries {
        let _infallible = writeln!(
            text,
            "-- `{entity}` is read by `{}`: grant SELECT on the tables your query reads, each as\n-- GRANT SELECT ON … TO {role};",
            plain(file)
        );
    }
}

/// The role in PostgreSQL.
fn postgres(mapping: &Mapping, server: &Server) -> String {
    let dialect = Dialect::Postgres;
    let role = dialect.quoted(role(server));
    let seconds = server.timeout.as_secs();
    let (tables, queries) = reads(mapping);
    let mut text = format!(
        "-- The least that fenji needs: to read the mapped columns. Run it as the owner of the tables, in the database.\n\
         -- Then give the role its password: `\\password` in psql asks for it; fenji takes it from FENJI_LEDGER_PASSWORD.\n\
         CREATE ROLE {role} LOGIN;\n\
         ALTER ROLE {role} SET default_transaction_read_only = on;\n\
         ALTER ROLE {role} SET statement_timeout = '{seconds}s';\n\
         GRANT CONNECT ON DATABASE {} TO {role};\n",
        dialect.quoted(&server.database)
    );
    let schemas: BTreeSet<&str> =
        tables.iter().map(|(table, _)| table.split_once('.').map_or("public", |(schema, _)| schema)).collect();
    for schema in schemas {
        let _infallible = writeln!(text, "GRANT USAGE ON SCHEMA {} TO {role};", dialect.quoted(schema));
    }
    for (table, columns) in &tables {
        let _infallible =
            writeln!(text, "GRANT SELECT ({}) ON {} TO {role};", listed(dialect, columns), dialect.table(table));
    }
    if !tables.is_empty() {
        text += "-- With `ctid` big tables are read in parts by several connections. A view has none: leave its line out.\n";
    }
    for (table, _) in &tables {
        let _infallible = writeln!(text, "GRANT SELECT (ctid) ON {} TO {role};", dialect.table(table));
    }
    told(&queries, &role, &mut text);
    text
}

/// The role in MariaDB.
fn mariadb(mapping: &Mapping, server: &Server) -> String {
    let dialect = Dialect::MySql;
    // Over TLS only, save where nothing leaves the machine.
    let secured = if server.must_prove() { " REQUIRE SSL" } else { "" };
    let host = match (&server.socket, server.host.as_str()) {
        (Some(_), _) => "localhost",
        (None, host) if server.is_local() => host,
        (None, _) => "%",
    };
    let role = format!("{}@'{host}'", dialect.quoted(role(server)));
    let seconds = server.timeout.as_secs();
    let (tables, queries) = reads(mapping);
    let mut text = format!(
        "-- The least that fenji needs: to read the mapped columns. Instead of '{host}' write the host that fenji runs on.\n\
         -- Then give the user its password and unlock it; fenji takes it from FENJI_LEDGER_PASSWORD:\n\
         -- ALTER USER {role} IDENTIFIED BY '…' ACCOUNT UNLOCK;\n\
         CREATE USER {role}{secured} ACCOUNT LOCK;\n\
         -- MySQL has no such limit for a user: leave the next line out there.\n\
         ALTER USER {role} WITH MAX_STATEMENT_TIME {seconds};\n"
    );
    for (table, columns) in &tables {
        let name = match table.split_once('.') {
            Some(_) => dialect.table(table),
            None => format!("{}.{}", dialect.quoted(&server.database), dialect.quoted(table)),
        };
        let _infallible = writeln!(text, "GRANT SELECT ({}) ON {name} TO {role};", listed(dialect, columns));
    }
    told(&queries, &role, &mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declaration::Declaration;

    const MAPPING: &str = "database = \"sqlite:data/erp.db\"\ncurrency = \"CNY\"\nscale = 2\nzone = \"Asia/Shanghai\"\nlayout = \"mapped\"\n\
        [entity.member]\ntable = \"crm.vip\"\ncolumns = { member_id = \"no\", registered_on = \"joined\", name = { constant = \"x\" } }\n\
        [entity.region]\ntable = \"odd`\\\"name\"\ncolumns = { region_id = \"id\", name = \"id\" }\n\
        [entity.department]\nsql = \"queries/departments.sql\"\ncolumns = { department_id = \"id\", name = \"name\" }\n";

    fn mapping(text: &str) -> Mapping {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(home.path().join("config/queries")).unwrap();
        std::fs::write(home.path().join("config/queries/departments.sql"), "SELECT id, name FROM d").unwrap();
        let mut mapping = Mapping::check(&Declaration::new("config/ledger.toml", text), home.path()).unwrap();
        for entity in mapping.entities.values_mut() {
            if let Rows::Query { file, .. } = &mut entity.rows {
                *file = "config/queries/departments.sql".into();
            }
        }
        mapping
    }

    #[test]
    fn a_role_may_read_the_mapped_columns_and_nothing_else() {
        let text = grants(&mapping(&MAPPING.replace("sqlite:data/erp.db", "postgres://reader@db/erp")));
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("--")).collect();
        assert_eq!(
            lines,
            [
                "CREATE ROLE \"reader\" LOGIN;",
                "ALTER ROLE \"reader\" SET default_transaction_read_only = on;",
                "ALTER ROLE \"reader\" SET statement_timeout = '600s';",
                "GRANT CONNECT ON DATABASE \"erp\" TO \"reader\";",
                "GRANT USAGE ON SCHEMA \"crm\" TO \"reader\";",
                "GRANT USAGE ON SCHEMA \"public\" TO \"reader\";",
                "GRANT SELECT (\"joined\", \"no\") ON \"crm\".\"vip\" TO \"reader\";",
                "GRANT SELECT (\"id\") ON \"odd`\"\"name\" TO \"reader\";",
                "GRANT SELECT (ctid) ON \"crm\".\"vip\" TO \"reader\";",
                "GRANT SELECT (ctid) ON \"odd`\"\"name\" TO \"reader\";",
            ]
        );
        assert!(
            text.contains("`department` is read by `config/queries/departments.sql`: grant SELECT on the tables"),
            "{text}"
        );
        let text = grants(&mapping(&MAPPING.replace("sqlite:data/erp.db", "mariadb://root@db/erp")));
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("--")).collect();
        assert_eq!(
            lines,
            [
                "CREATE USER `fenji_reader`@'%' REQUIRE SSL ACCOUNT LOCK;",
                "ALTER USER `fenji_reader`@'%' WITH MAX_STATEMENT_TIME 600;",
                "GRANT SELECT (`joined`, `no`) ON `crm`.`vip` TO `fenji_reader`@'%';",
                "GRANT SELECT (`id`) ON `erp`.`odd``\"name` TO `fenji_reader`@'%';",
            ]
        );
        let local = grants(&mapping(&MAPPING.replace("sqlite:data/erp.db", "mariadb://reader@localhost/erp")));
        assert!(local.contains("CREATE USER `reader`@'localhost' ACCOUNT LOCK;"), "{local}");
    }

    const POSTED: &str = "[entity.points_entry]\ntable = \"crm.pts\"\n[entity.points_entry.columns]\nentry_id = \"no\"\nmember_id = \"vip\"\nat = \"at\"\nkind = \"kind\"\npoints = \"n\"\nposting_key = \"key\"\n";

    #[test]
    fn a_role_that_posts_may_add_entries_and_change_none() {
        let posting = |more: &str| {
            let head = MAPPING.replace("sqlite:data/erp.db", "postgres://reader@db/erp");
            grants(&mapping(&format!("{head}{POSTED}[posting]\n{more}")))
        };
        let lines = |text: &str| {
            let text = text.split_once("-- `[posting]`").unwrap().1.to_owned();
            text.lines()
                .filter(|line| line.starts_with("GRANT") || line.starts_with("CREATE"))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let own = posting(
            "database = \"postgres://poster@primary/erp\"\nbalance = { table = \"kept\", key = \"who\", column = \"p\" }\n",
        );
        assert_eq!(
            lines(&own),
            [
                "CREATE ROLE \"poster\" LOGIN;",
                "GRANT CONNECT ON DATABASE \"erp\" TO \"poster\";",
                "GRANT SELECT (\"at\", \"key\", \"kind\", \"n\", \"no\", \"vip\") ON \"crm\".\"pts\" TO \"poster\";",
                "GRANT INSERT (\"at\", \"key\", \"kind\", \"n\", \"no\", \"vip\") ON \"crm\".\"pts\" TO \"poster\";",
                "GRANT SELECT (\"no\") ON \"crm\".\"vip\" TO \"poster\";",
                "GRANT UPDATE (\"no\") ON \"crm\".\"vip\" TO \"poster\";",
                "GRANT SELECT (\"p\", \"who\") ON \"kept\" TO \"poster\";",
                "GRANT UPDATE (\"p\") ON \"kept\" TO \"poster\";",
            ]
        );
        let same = posting("lock = \"entries\"\n");
        assert!(same.contains("It is the role above"), "{same}");
        assert_eq!(lines(&same).last().unwrap(), "GRANT UPDATE ON \"crm\".\"pts\" TO \"reader\";");
        assert!(!lines(&same).iter().any(|line| line.starts_with("CREATE")));
        let file = grants(&mapping(&format!("{MAPPING}{POSTED}[posting]\n")));
        assert!(file.contains("to write the file"), "{file}");
    }

    #[test]
    fn our_own_tables_say_what_they_are() {
        let head = MAPPING.split("[entity").next().unwrap().replace("mapped", "fenji");
        let text = grants(&mapping(&head.replace("sqlite:data/erp.db", "postgres://reader@db/erp")));
        assert!(text.contains("GRANT SELECT (\"name\", \"value\") ON \"ledger_info\""), "{text}");
        let tables = text.lines().filter(|line| line.starts_with("GRANT SELECT (\"")).count();
        assert_eq!(tables, crate::ledger::entity::ENTITIES.len() + 1, "and ledger_info");
        assert!(grants(&mapping(&head)).contains("chmod 640"));
    }
}
