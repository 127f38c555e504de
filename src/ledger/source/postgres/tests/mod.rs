//! The source against real servers.

mod failures;
mod reading;
mod tls;

use std::time::Duration;

use crate::ledger::{
    error::LedgerError,
    server::Server,
    source::{Source, postgres::Postgres, servers::PrivateServer},
};

/// A new database, made by some SQL.
fn database(server: &PrivateServer, sql: &str) -> String {
    let name = server.database();
    server.run(&name, sql);
    name
}

/// Where a database is.
fn address(server: &PrivateServer, database: &str) -> Server {
    Server {
        host: "127.0.0.1".to_owned(),
        port: server.port,
        socket: None,
        user: "postgres".to_owned(),
        database: database.to_owned(),
        certificate: None,
        proven: false,
        timeout: Duration::from_secs(20),
    }
}

fn open(server: &PrivateServer, database: &str) -> Postgres {
    Postgres::open(&address(server, database)).unwrap()
}

/// A whole number that a statement gives.
fn count(server: &PrivateServer, database: &str, sql: &str) -> i64 {
    server.rows(database, sql)[0][0].as_ref().unwrap().parse().unwrap()
}

/// The rows of a query, as they would be told.
fn rows(source: &dyn Source, sql: &str) -> Result<Vec<Vec<String>>, LedgerError> {
    let mut rows = Vec::new();
    let width = source.query_columns(sql)?.map_or(1, |columns| columns.len());
    source.query(sql, "in a test", &mut |row| {
        rows.push((0..width).map(|at| row.raw(at).plain()).collect());
        Ok(())
    })?;
    Ok(rows)
}

/// The code and the words of an error.
fn told<T: std::fmt::Debug>(result: Result<T, LedgerError>) -> (String, String) {
    let error = result.unwrap_err();
    let code = miette::Diagnostic::code(&error).map(|code| code.to_string()).unwrap_or_default();
    (code, error.to_string())
}
