//! What the errors of MariaDB and MySQL mean for somebody who reads a ledger.
//!
//! Invariants: no message holds a password.

use std::io::ErrorKind;

use sqlx::{Error, mysql::MySqlDatabaseError};

use crate::ledger::{error::LedgerError, server::Server, source::Dialect};

/// Errors that the server numbers; the same in both.
pub(super) const SHUTTING_DOWN: u16 = 1053;
pub(super) const UNKNOWN_THREAD: u16 = 1094;
pub(super) const CONNECTION_KILLED: u16 = 1927;
pub(super) const UNKNOWN_VARIABLE: u16 = 1193;
const NO_RIGHT_TO_DATABASE: u16 = 1044;
const NO_RIGHT_TO_TABLE: u16 = 1142;
const NO_RIGHT_TO_COLUMN: u16 = 1143;
/// A wrong password, a user who must come through a socket, a host that is not let in, a database that does not exist.
const NOT_LET_IN: [u16; 4] = [1045, 1698, 1130, 1049];
const INTERRUPTED: u16 = 1317;
const LOCK_WAIT: u16 = 1205;
const TOO_LONG: [u16; 2] = [1969, 3024];
const INSECURE: u16 = 3159;
/// No such table, no such column, a definition that changed after the snapshot, a prepared statement that no longer fits.
const CHANGED: [u16; 4] = [1146, 1054, 1412, 1615];

/// The server's number of an error.
pub(super) fn number(error: &Error) -> Option<u16> {
    error.as_database_error()?.try_downcast_ref::<MySqlDatabaseError>().map(MySqlDatabaseError::number)
}

/// An error of connecting.
pub(super) fn told_on_opening(server: &Server, error: &Error) -> LedgerError {
    let (place, cause) = (server.to_string(), words(error));
    let refused = |place, cause| LedgerError::Refused { place, user: server.user.clone(), cause };
    match (error, number(error)) {
        (Error::Tls(_), _) | (_, Some(INSECURE)) => LedgerError::Insecure { place, cause },
        // So the handshake of TLS says that it does not trust what the server shows.
        (Error::Io(error), _) if error.kind() == ErrorKind::InvalidData => LedgerError::Insecure { place, cause },
        // A way of proving who one is that only the server knows, or that needs TLS.
        (Error::Protocol(_) | Error::Configuration(_), _) => refused(place, cause),
        (_, Some(NO_RIGHT_TO_DATABASE)) => {
            // Nobody knows the account yet but the server, which says it as `user 'name'@'host' to database`.
            let account = cause.split_once("user ").and_then(|(_, rest)| rest.split(' ').next());
            let account = account.map_or_else(|| format!("'{}'", server.user), str::to_owned);
            let all = format!("{}.*", Dialect::MySql.quoted(&server.database));
            denied(server, &account, "when a connection was opened", &all, cause)
        }
        (_, Some(number)) if NOT_LET_IN.contains(&number) => refused(place, cause),
        _ => LedgerError::Unreachable { place, cause },
    }
}

/// An error of reading, for an account.
pub(super) fn told(server: &Server, account: &str, doing: &str, error: Error) -> LedgerError {
    let cause = words(&error);
    let number = number(&error);
    if let Some(NO_RIGHT_TO_TABLE | NO_RIGHT_TO_COLUMN) = number {
        let table = table_of(server, &cause);
        return denied(server, account, doing, &table, cause);
    }
    let doing = doing.to_owned();
    match (&error, number) {
        (Error::Io(_) | Error::Tls(_) | Error::Protocol(_), _)
        | (_, Some(SHUTTING_DOWN | CONNECTION_KILLED | INTERRUPTED)) => LedgerError::Lost { doing, cause },
        (_, Some(LOCK_WAIT)) => LedgerError::Locked { doing, cause },
        (_, Some(number)) if TOO_LONG.contains(&number) => LedgerError::TimedOut { doing, limit: server.limit() },
        (_, Some(number)) if CHANGED.contains(&number) => LedgerError::Changed { doing, cause },
        _ => LedgerError::Database { doing, cause: Box::new(error) },
    }
}

/// The words of the server or the system, without what sqlx says before them.
fn words(error: &Error) -> String {
    if let Error::Database(error) = error {
        return error.message().to_owned();
    }
    let said = error.to_string();
    said.split_once(": ").map_or_else(|| said.clone(), |(_, cause)| cause.to_owned())
}

fn denied(server: &Server, account: &str, doing: &str, table: &str, cause: String) -> LedgerError {
    let grant = format!("GRANT SELECT ON {table} TO {account}");
    LedgerError::Denied { user: server.user.clone(), doing: doing.to_owned(), cause, grant }
}

/// The table that an error of rights is about, quoted and with its schema: MariaDB writes both, MySQL the name alone.
fn table_of(server: &Server, cause: &str) -> String {
    let named = cause.rsplit_once("table ").map_or("", |(_, named)| named).trim();
    if named.starts_with('`') {
        return named.to_owned();
    }
    format!("{}.{}", Dialect::MySql.quoted(&server.database), Dialect::MySql.quoted(named.trim_matches('\'')))
}
