//! PostgreSQL: the ledger, the review as SQL inside the server, and the server's own copy of the columns.

use std::{str::FromStr, time::Duration};

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, postgres::PgConnectOptions};

use crate::{
    ledger::Bench,
    rows::{write_amount, write_instant, write_number},
};

/// Bytes that are sent to the server at once.
const CHUNK: usize = 1 << 20;

/// Whether a server answers.
///
/// # Errors
/// What the driver says.
pub(crate) fn answers(url: &str) -> Result<(), String> {
    let connecting = async {
        tokio::time::timeout(Duration::from_secs(5), PgConnection::connect(url)).await.map_err(|e| e.to_string())
    };
    waited(connecting)?.map(drop).map_err(|cause| cause.to_string())
}

/// Makes the ledger unless it is there.
pub(crate) fn make(bench: &Bench) {
    waited(async {
        let options = PgConnectOptions::from_str(bench.postgres.as_ref().unwrap()).unwrap();
        let wanted = options.clone().database(&bench.database());
        if let Ok(mut connection) = PgConnection::connect_with(&wanted).await
            && connection.execute("SELECT FROM made_by_1").await.is_ok()
        {
            return;
        }
        eprintln!("making database {} (once)", bench.database());
        let mut connection = PgConnection::connect_with(&options).await.unwrap();
        for words in ["DROP DATABASE IF EXISTS", "CREATE DATABASE"] {
            connection.execute(AssertSqlSafe(format!("{words} {}", bench.database()))).await.unwrap();
        }
        fill(bench, &mut PgConnection::connect_with(&wanted).await.unwrap()).await;
    });
}

async fn fill(bench: &Bench, connection: &mut PgConnection) {
    connection.execute(include_str!("ledger_postgres.sql")).await.unwrap();
    let customers = (1..=bench.size.customers).map(|customer| {
        move |text: &mut Vec<u8>| {
            write_number(text, customer);
            text.extend_from_slice(b"\tCustomer ");
            write_number(text, customer);
        }
    });
    copy_in(connection, "COPY customers FROM STDIN", customers).await;
    let transactions = (1..=bench.size.rows).map(|line| {
        move |text: &mut Vec<u8>| {
            let row = bench.size.row(line);
            write_number(text, row.line);
            text.push(b'\t');
            write_number(text, row.customer);
            text.push(b'\t');
            write_instant(text, row.at);
            text.push(b'\t');
            write_amount(text, row.fen);
            text.push(b'\t');
            text.extend_from_slice(row.kind.as_bytes());
        }
    });
    copy_in(connection, "COPY transactions FROM STDIN", transactions).await;
    connection.execute(include_str!("ledger_postgres_after.sql")).await.unwrap();
    connection.execute("VACUUM ANALYZE").await.unwrap();
}

async fn copy_in<W: FnOnce(&mut Vec<u8>)>(connection: &mut PgConnection, sql: &str, rows: impl Iterator<Item = W>) {
    let mut copy = connection.copy_in_raw(sql).await.unwrap();
    let mut text = Vec::with_capacity(CHUNK + 1_000);
    for write in rows {
        write(&mut text);
        text.push(b'\n');
        if text.len() >= CHUNK {
            copy.send(text.as_slice()).await.unwrap();
            text.clear();
        }
    }
    copy.send(text.as_slice()).await.unwrap();
    copy.finish().await.unwrap();
}

/// The review as one statement, with all the memory and workers that it can use.
pub(crate) fn review(url: &str) -> Value {
    waited(async {
        let mut connection = PgConnection::connect(url).await.unwrap();
        connection.execute(include_str!("settings_postgres.sql")).await.unwrap();
        let row = connection.fetch_one(include_str!("review_postgres.sql")).await.unwrap();
        serde_json::from_str(row.get(0)).unwrap()
    })
}

/// The columns of the review as the server alone copies them.
pub(crate) fn copy(url: &str) {
    waited(async {
        let mut connection = PgConnection::connect(url).await.unwrap();
        connection.execute(include_str!("copy_postgres.sql")).await.unwrap();
    });
}

fn waited<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}
