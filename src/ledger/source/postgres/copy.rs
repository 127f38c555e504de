//! Streams the rows of a statement out of PostgreSQL.
//!
//! Invariants: one thread takes rows from the connection while the caller's visits them, and only a few thousand rows stand between the two. A
//! statement whose rows nobody wants any more, or whose server fell silent, is cancelled on the server before the caller hears of it.

use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use futures_util::{Stream, StreamExt};
use sqlx::{AssertSqlSafe, Column, Error, Statement};
use tokio::time::timeout;

use crate::ledger::{
    error::LedgerError,
    source::{
        Visit,
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
/// Chunks that wait to be visited, at most.
const CHUNKS: usize = 4;

/// How a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// With its last row or an error, both of which were handed on.
    Whole,
    /// Nobody wanted more.
    Stopped,
    /// The server fell silent.
    Silent,
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
        self.work(doing, async |connection| {
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
            self.close();
        }
        let lost = |cause: &str| LedgerError::Lost { doing: doing.to_owned(), cause: cause.to_owned() };
        match taken {
            Err(Failure::Stop(Stop::Refused(error))) => Err(error),
            Err(Failure::Stop(Stop::Form(what))) => Err(lost(what)),
            Err(Failure::Answer(error)) => Err(self.access.teller.told(&error, doing)),
            Ok(()) if end == End::Broken => Err(self.access.teller.timed_out(doing)),
            Ok(()) if tuples.ended() => Ok(()),
            Ok(()) => Err(lost("the rows stopped before their end")),
        }
    }

    /// Hands the bytes of a COPY to `take`, until it refuses some.
    fn streamed(
        &mut self,
        statement: &str,
        doing: &str,
        take: &mut dyn FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(End, Result<(), Failure>), LedgerError> {
        let (access, process) = (self.access.clone(), self.process);
        let (runtime, connection) = self.parts(doing)?;
        let stopped = AtomicBool::new(false);
        let (sender, receiver) = sync_channel(CHUNKS);
        Ok(thread::scope(|scope| {
            let watch = Watch { access: &access, process, stopped: &stopped };
            let pump = scope.spawn(move || {
                runtime.block_on(async {
                    match timeout(watch.access.patience(), connection.copy_out_raw(statement)).await {
                        Ok(Ok(rows)) => watch.pump(rows, sender).await,
                        Ok(Err(error)) => {
                            let _heard = sender.send(vec![Err(error)]);
                            End::Broken
                        }
                        Err(_) => End::Broken,
                    }
                })
            });
            let mut taken = Ok(());
            'chunks: for chunk in &receiver {
                for bytes in chunk {
                    taken = bytes.map_err(Failure::Answer).and_then(|bytes| take(&bytes));
                    if taken.is_err() {
                        break 'chunks;
                    }
                }
            }
            stopped.store(true, Ordering::Relaxed);
            drop(receiver);
            (pump.join().unwrap_or_else(|panicked| std::panic::resume_unwind(panicked)), taken)
        }))
    }
}

/// Why the bytes of a stream were not all taken.
enum Failure {
    /// Of what was found in them.
    Stop(Stop),
    /// The server answered with an error, or went away.
    Answer(Error),
}

/// What is watched while rows come.
#[derive(Clone, Copy)]
struct Watch<'w> {
    access: &'w Access,
    process: i32,
    stopped: &'w AtomicBool,
}

impl Watch<'_> {
    /// Hands rows on until they end, nobody wants them or the server is silent for too long; in the last cases the server is told.
    async fn pump<B>(
        self,
        rows: impl Stream<Item = Result<B, Error>> + Unpin,
        sender: SyncSender<Vec<Result<B, Error>>>,
    ) -> End {
        let mut chunks = rows.ready_chunks(CHUNK_ROWS);
        let end = self.forward(&mut chunks, &sender).await;
        drop(sender);
        if end == End::Whole {
            return end;
        }
        self.access.cancel(self.process).await;
        // What a silent server sends at last may come at any time.
        if end == End::Stopped && timeout(DRAINING, async { while chunks.next().await.is_some() {} }).await.is_ok() {
            return end;
        }
        End::Broken
    }

    async fn forward<B>(
        self,
        chunks: &mut (impl Stream<Item = Vec<Result<B, Error>>> + Unpin),
        sender: &SyncSender<Vec<Result<B, Error>>>,
    ) -> End {
        let mut heard = Instant::now();
        loop {
            match timeout(TICK, chunks.next()).await {
                Ok(Some(chunk)) => {
                    if sender.send(chunk).is_err() {
                        return End::Stopped;
                    }
                    heard = Instant::now();
                }
                Ok(None) => return End::Whole,
                Err(_) if self.stopped.load(Ordering::Relaxed) => return End::Stopped,
                Err(_) if heard.elapsed() >= self.access.patience() => return End::Silent,
                Err(_) => {}
            }
        }
    }
}
