//! Writes the SQL of a role that may read what a mapping names, and nothing else.
//!
//! Invariants: names are quoted by the dialect; no password stands in the text, and the role cannot be used before its owner gave it one.
//! Nothing is run: fenji never changes a ledger's rights.

use std::{collections::BTreeSet, fmt::Write, path::Path};

use crate::ledger::{
    mapping::{Database, EntityMapping, Mapping, Origin, Rows},
    server::Server,
    source::Dialect,
};

/// The role that is proposed when the address names the server's own administrator.
const ROLE: &str = "fenji_reader";

/// The name of the role: the user of the address, save the server's administrator.
fn role(server: &Server) -> &str {
    if matches!(server.user.as_str(), "postgres" | "root" | "mysql" | "mariadb.sys") { ROLE } else { &server.user }
}

/// The SQL of a role that may read the mapped columns; for SQLite the rights that the file needs.
pub fn grants(mapping: &Mapping) -> String {
    match &mapping.database {
        Database::Sqlite(path) => sqlite(path),
        Database::Postgres(server) => postgres(mapping, server),
        Database::MySql(server) => mariadb(mapping, server),
    }
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
