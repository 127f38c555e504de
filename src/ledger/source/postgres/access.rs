//! How a connection to PostgreSQL is made, and how its transaction begins.
//!
//! Invariants: off this machine nothing is sent before the server proved who it is. Nothing of a session's settings outlives its transaction, so
//! that a pooler may stand between.

use std::time::Duration;

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Error, Executor,
    postgres::{PgConnectOptions, PgConnection, PgSslMode},
};
use tokio::time::timeout;

use crate::ledger::{
    error::LedgerError,
    server::{PASSWORD, Server},
    source::{Dialect, postgres::told::Teller},
};

/// The longest wait for a connection.
const CONNECTING: Duration = Duration::from_secs(15);
/// The longest wait for a connection that cancels a statement, and for its work.
const CANCELLING: Duration = Duration::from_secs(2);
/// How much later than the server its limit is reached here, so that a server that is there ends its statement itself.
const GRACE: Duration = Duration::from_secs(1);
/// The longest part of the limit that may be waited for somebody's lock.
const LOCK_SHARE: u32 = 10;

/// How a PostgreSQL server is reached: beyond this machine only where it proves who it is. Told is why its certificate cannot be read.
pub(crate) fn options(server: &Server, password: Option<String>) -> Result<PgConnectOptions, String> {
    let mut options = PgConnectOptions::new_without_pgpass()
        .host(&server.host)
        .port(server.port)
        .username(&server.user)
        .database(&server.database)
        .application_name("fenji")
        .extra_float_digits(None)
        .statement_cache_capacity(16)
        .ssl_mode(if server.must_prove() { PgSslMode::VerifyFull } else { PgSslMode::Disable })
        .disable_statement_logging();
    if let Some(socket) = &server.socket {
        options = options.socket(socket);
    }
    if let Some(certificate) = &server.certificate {
        let read = std::fs::read(certificate);
        let told = |cause| format!("cannot read `{}`: {cause}", certificate.display());
        options = options.ssl_root_cert_from_pem(read.map_err(told)?);
    }
    if let Some(password) = password {
        options = options.password(&password);
    }
    Ok(options)
}

/// How connections are made.
#[derive(Debug, Clone)]
pub(in crate::ledger) struct Access {
    options: PgConnectOptions,
    /// How long a statement may take.
    limit: Duration,
    /// Tells the server's errors.
    pub(in crate::ledger) teller: Teller,
}

impl Access {
    /// How a server is reached with the password of the ledger's user.
    pub(super) fn new(server: &Server) -> Result<Self, LedgerError> {
        Self::with(server, std::env::var(PASSWORD).ok())
    }

    /// How a server is reached with a password.
    pub(in crate::ledger) fn with(server: &Server, password: Option<String>) -> Result<Self, LedgerError> {
        let teller = Teller::new(server);
        let options =
            options(server, password).map_err(|cause| LedgerError::Insecure { place: server.to_string(), cause })?;
        Ok(Self { options, limit: server.timeout, teller })
    }

    /// How long the server may be silent.
    pub(super) fn patience(&self) -> Duration {
        self.limit + GRACE
    }

    /// Connects.
    pub(in crate::ledger) async fn connected(&self) -> Result<PgConnection, LedgerError> {
        self.in_time(self.options.connect()).await
    }

    /// Connects and begins a transaction, on the snapshot of another connection or one of its own.
    pub(super) async fn begun(&self, snapshot: Option<&str>) -> Result<PgConnection, LedgerError> {
        let begun = async {
            let mut connection = self.options.connect().await?;
            self.begin(&mut connection, snapshot).await?;
            Ok(connection)
        };
        self.in_time(begun).await
    }

    async fn in_time(
        &self,
        connecting: impl Future<Output = Result<PgConnection, Error>>,
    ) -> Result<PgConnection, LedgerError> {
        let wait = CONNECTING.min(self.limit);
        match timeout(wait, connecting).await {
            Ok(connected) => connected.map_err(|error| self.teller.connecting(&error)),
            Err(_) => Err(self.teller.no_connection(wait)),
        }
    }

    /// How long a statement may take on the server.
    pub(in crate::ledger) fn limit(&self) -> Duration {
        self.limit
    }

    /// Begins the transaction.
    pub(super) async fn begin(&self, connection: &mut PgConnection, snapshot: Option<&str>) -> Result<(), Error> {
        connection.execute(include_str!("begin.sql")).await?;
        if let Some(snapshot) = snapshot {
            let sql = format!("SET TRANSACTION SNAPSHOT {}", Dialect::Postgres.literal(snapshot));
            connection.execute(AssertSqlSafe(sql)).await?;
        }
        let limit = self.limit.as_millis();
        let lock = (self.limit / LOCK_SHARE).max(Duration::from_secs(1)).as_millis();
        let version = connection.server_version_num().unwrap_or(0);
        let settings = [
            (0, "statement_timeout", limit),
            (0, "lock_timeout", lock),
            (80_300, "synchronize_seqscans", 0),
            (90_600, "idle_in_transaction_session_timeout", 0),
            (170_000, "transaction_timeout", 0),
        ];
        for (since, name, value) in settings {
            if version >= since {
                connection.execute(AssertSqlSafe(format!("SET LOCAL {name} = {value}"))).await?;
            }
        }
        if version >= 140_000 {
            // Not every system can do it, and the error must not end the transaction.
            connection.execute("SAVEPOINT fenji").await?;
            if connection.execute(include_str!("watch.sql")).await.is_err() {
                connection.execute("ROLLBACK TO SAVEPOINT fenji").await?;
            }
            connection.execute("RELEASE SAVEPOINT fenji").await?;
        }
        Ok(())
    }

    /// Ends what a process of the server is doing; where that is not possible, closing the connection must do.
    pub(super) async fn cancel(&self, process: i32) {
        let cancelled = async {
            let mut connection = self.options.connect().await?;
            sqlx::query(include_str!("cancel.sql")).bind(process).execute(&mut connection).await?;
            connection.close().await
        };
        let _done = timeout(CANCELLING, cancelled).await;
    }
}
