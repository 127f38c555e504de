//! Streams the rows of a statement out of PostgreSQL.
//!
//! Invariants: rows are visited on the thread that takes them from the connection, so that nothing stands between the two. A statement whose rows
//! nobody wants any more, or whose server fell silent, is cancelled on the server before the caller hears of it.

use std::time::{Duration, Instant};

use futures_util::{Stream, StreamExt};
use sqlx::{AssertSqlSafe, Column, Error, Statement};
use tokio::time::timeout;

use crate::ledger::{
    error::LedgerError,
    source::{
        Visit, apart,
        postgres::{
            access::Access,
            kind::Kind,
            reader::{Reader, prepared},
            tuples::{Stop, Tuples},
        },
    },
};

/// How often a waiting thread looks whether it should stop.
const TICK: Duration = Duration::from_millis(500);
/// The longest wait for the rows that are still under way when a statement was cancelled.
const DRAINING: Duration = Duration::from_secs(3);
/// Rows taken from the connection at once, at most.
const CHUNK_ROWS: usize = 1_024;

/// How a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// With its last row or an error, both of which were handed on.
    Whole,
    /// Nobody wanted more.
    Stopped,
    /// It is not known where the connection stands.
    Broken,
}

impl Reader {
    /// Visits the rows of a statement.
    pub(super) fn copy(&mut self, sql: &str, doing: &str, visit: Visit<'_>) -> Result<(), LedgerError> {
        self.guarded(doing, |reader, doing| {
            let kinds = reader.kinds(sql, doing)?;
            reader.visited(sql, kinds, doing, visit)
        })
    }

    /// How the columns of a statement are read. The server refuses whatever is not exactly one statement, so that the same text cannot leave the
    /// parentheses of COPY. Explaining it tells the errors that would come when COPY begins, after which the driver could not go on.
    fn kinds(&mut self, sql: &str, doing: &str) -> Result<Vec<Kind>, LedgerError> {
        self.line.work(doing, async |connection| {
            let statement = prepared(connection, sql).await?;
            let explain = format!("EXPLAIN (COSTS OFF)\n{sql}");
            sqlx::query(AssertSqlSafe(explain)).persistent(false).execute(connection).await?;
            Ok(statement.columns().iter().map(|column| Kind::of(column.type_info())).collect())
        })
    }

    fn visited(&mut self, sql: &str, kinds: Vec<Kind>, doing: &str, visit: Visit<'_>) -> Result<(), LedgerError> {
        let mut tuples = Tuples::new(kinds);
        let (end, taken) =
            self.streamed(&format!("COPY (\n{sql}\n) TO STDOUT (FORMAT binary)"), doing, &mut |bytes| {
                tuples.feed(bytes, visit).map_err(Failure::Stop)
            })?;
        if end == End::Broken {
            self.line.close();
        }
        let lost = |cause: &str| LedgerError::Lost { doing: doing.to_owned(), cause: cause.to_owned() };
        match taken {
            Err(Failure::Stop(Stop::Refused(error))) => Err(error),
            Err(Failure::Stop(Stop::Form(what))) => Err(lost(what)),
            Err(Failure::Answer(error)) => Err(self.line.access.teller.told(&error, doing)),
            Ok(()) if end == End::Broken => Err(self.line.access.teller.timed_out(doing)),
            Ok(()) if tuples.ended() => Ok(()),
            Ok(()) => Err(lost("the rows stopped before their end")),
        }
    }

    /// Hands the bytes of a COPY to `take`, until it refuses some.
    fn streamed(
        &mut self,
        statement: &str,
        doing: &str,
        take: Take<'_>,
    ) -> Result<(End, Result<(), Failure>), LedgerError> {
        let (access, process) = (self.line.access.clone(), self.process);
        let (runtime, connection) = self.line.parts(doing)?;
        Ok(apart(|| {
            runtime.block_on(async {
                match timeout(access.patience(), connection.copy_out_raw(statement)).await {
                    Ok(Ok(rows)) => taken(&access, process, rows, take).await,
                    Ok(Err(error)) => (End::Broken, Err(Failure::Answer(error))),
                    Err(_) => (End::Broken, Ok(())),
                }
            })
        }))
    }
}

/// What is done with bytes as they come.
type Take<'t> = &'t mut (dyn FnMut(&[u8]) -> Result<(), Failure> + Send);

/// Hands on bytes until they end, `take` refuses some or the server is silent for too long; in the last cases the server is told.
async fn taken<B: AsRef<[u8]>>(
    access: &Access,
    process: i32,
    rows: impl Stream<Item = Result<B, Error>> + Unpin,
    take: Take<'_>,
) -> (End, Result<(), Failure>) {
    let mut chunks = rows.ready_chunks(CHUNK_ROWS);
    let mut heard = Instant::now();
    let (end, taken) = loop {
        match timeout(TICK, chunks.next()).await {
            Ok(Some(chunk)) => {
                let taken = chunk.into_iter().try_for_each(|bytes| match bytes {
                    Ok(bytes) => take(bytes.as_ref()),
                    Err(error) => Err(Failure::Answer(error)),
                });
                heard = Instant::now();
                match taken {
                    Ok(()) => {}
                    // The server said the last word itself.
                    Err(Failure::Answer(error)) => {
                        let drained = timeout(DRAINING, drained(&mut chunks)).await;
                        return (if drained.is_ok() { End::Whole } else { End::Broken }, Err(Failure::Answer(error)));
                    }
                    Err(stop) => break (End::Stopped, Err(stop)),
                }
            }
            Ok(None) => return (End::Whole, Ok(())),
            Err(_) if heard.elapsed() >= access.patience() => break (End::Broken, Ok(())),
            Err(_) => {}
        }
    };
    access.cancel(process).await;
    // What a silent server sends at last may come at any time: such a connection is given up.
    if end == End::Stopped && timeout(DRAINING, drained(&mut chunks)).await.is_err() {
        return (End::Broken, taken);
    }
    (end, taken)
}

async fn drained<T>(chunks: &mut (impl Stream<Item = T> + Unpin)) {
    while chunks.next().await.is_some() {}
}

/// Why the bytes of a stream were not all taken.
enum Failure {
    /// Of what was found in them.
    Stop(Stop),
    /// The server answered with an error, or went away.
    Answer(Error),
}
