//! What an error of PostgreSQL means to whoever runs fenji.

use std::{io::ErrorKind, time::Duration};

use sqlx::{
    Error,
    postgres::{PgDatabaseError, PgErrorPosition},
};

use crate::ledger::{error::LedgerError, server::Server, source::Dialect};

/// Tells errors of one server.
#[derive(Debug, Clone)]
pub(super) struct Teller {
    place: String,
    user: String,
    limit: String,
}

impl Teller {
    pub(super) fn new(server: &Server) -> Self {
        Self { place: server.to_string(), user: server.user.clone(), limit: server.limit() }
    }

    /// Why no connection was made.
    pub(super) fn connecting(&self, error: Error) -> LedgerError {
        let place = self.place.clone();
        match error {
            Error::Database(error) => match error.code().as_deref() {
                // Of class 28: no such user, a wrong password, no entry for the host; 3D000: no such database.
                Some(code) if code.starts_with("28") || code == "3D000" || code == "42501" => {
                    LedgerError::Refused { place, user: self.user.clone(), cause: error.message().to_owned() }
                }
                _ => LedgerError::Unreachable { place, cause: error.message().to_owned() },
            },
            Error::Tls(cause) => LedgerError::Insecure { place, cause: cause.to_string() },
            Error::Io(cause) if cause.kind() == ErrorKind::InvalidData => {
                LedgerError::Insecure { place, cause: cause.to_string() }
            }
            Error::Io(cause) => LedgerError::Unreachable { place, cause: cause.to_string() },
            Error::Protocol(cause) => LedgerError::Unreachable { place, cause },
            other => LedgerError::Unreachable { place, cause: other.to_string() },
        }
    }

    /// Why no connection was made within some time.
    pub(super) fn no_connection(&self, within: Duration) -> LedgerError {
        let cause = format!("no answer within {} seconds", within.as_secs());
        LedgerError::Unreachable { place: self.place.clone(), cause }
    }

    /// What went wrong on an open connection.
    pub(super) fn told(&self, error: &Error, doing: &str) -> LedgerError {
        let doing = doing.to_owned();
        match error {
            Error::Database(error) => {
                let cause = error.message().to_owned();
                match error.code().as_deref().unwrap_or_default() {
                    "42501" => {
                        let grant = grant(&cause, &self.user);
                        LedgerError::Denied { user: self.user.clone(), doing, cause, grant }
                    }
                    "57014" => self.timed_out(&doing),
                    "55P03" => LedgerError::Locked { doing, cause },
                    "42P01" | "42703" | "3F000" | "42704" => LedgerError::Changed { doing, cause },
                    "0A000" if cause.contains("cached plan") => LedgerError::Changed { doing, cause },
                    // Shut down, crashed, starting up, idle for too long; and all of class 08, of connections.
                    code if code.starts_with("57P") || code.starts_with("08") || code == "25P03" => {
                        LedgerError::Lost { doing, cause }
                    }
                    _ => LedgerError::Server { doing, cause: words(error.try_downcast_ref(), &cause) },
                }
            }
            Error::Io(cause) if cause.kind() == ErrorKind::UnexpectedEof => {
                LedgerError::Lost { doing, cause: "the server closed it".to_owned() }
            }
            Error::Io(cause) => LedgerError::Lost { doing, cause: cause.to_string() },
            Error::Protocol(cause) => LedgerError::Lost { doing, cause: cause.clone() },
            other => LedgerError::Server { doing, cause: other.to_string() },
        }
    }

    /// The server took too long.
    pub(super) fn timed_out(&self, doing: &str) -> LedgerError {
        LedgerError::TimedOut { doing: doing.to_owned(), limit: self.limit.clone() }
    }

    /// The connection is gone, after an error that was told.
    pub(super) fn gone(doing: &str) -> LedgerError {
        LedgerError::Lost { doing: doing.to_owned(), cause: "it was closed after an error before this one".to_owned() }
    }
}

/// Why the server refuses the text of a query; `None` when the text is not to blame.
pub(super) fn refusal(error: &Error, sql: &str) -> Option<String> {
    let Error::Database(error) = error else { return None };
    // Of class 42: syntax, names and types, except permissions; 0A: what it does not support; 22: wrong constants; 25006: it would write.
    let code = error.code()?.into_owned();
    let of_text = code != "42501" && ["42", "0A", "22", "25006"].iter().any(|class| code.starts_with(class));
    of_text.then(|| {
        let error = error.try_downcast_ref::<PgDatabaseError>();
        let words = words(error, error.map_or("", PgDatabaseError::message));
        match error.and_then(PgDatabaseError::position) {
            Some(PgErrorPosition::Original(at)) => format!("{words} in line {}", line(sql, at)),
            _ => words,
        }
    })
}

fn words(error: Option<&PgDatabaseError>, otherwise: &str) -> String {
    match error.map(|error| (error.message(), error.detail().or_else(|| error.hint()))) {
        Some((message, Some(more))) => format!("{message} ({more})"),
        Some((message, None)) => message.to_owned(),
        None => otherwise.to_owned(),
    }
}

/// The line of a character of a text, both counted from 1.
fn line(text: &str, character: usize) -> usize {
    text.chars().take(character.saturating_sub(1)).filter(|c| *c == '\n').count() + 1
}

/// The statement that allows what was denied, as far as the server's words tell what that is.
fn grant(cause: &str, user: &str) -> String {
    let user = Dialect::Postgres.quoted(user);
    let denied = cause.strip_prefix("permission denied for ").and_then(|what| what.rsplit_once(' '));
    match denied {
        Some(("schema", name)) => format!("GRANT USAGE ON SCHEMA {} TO {user}", Dialect::Postgres.quoted(name)),
        Some(("function", name)) => format!("GRANT EXECUTE ON FUNCTION {} TO {user}", Dialect::Postgres.quoted(name)),
        Some((_, name)) => format!("GRANT SELECT ON {} TO {user}", Dialect::Postgres.quoted(name)),
        None => format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_names_what_was_denied() {
        for (cause, told) in [
            ("permission denied for table orders", "GRANT SELECT ON \"orders\" TO \"reader\""),
            ("permission denied for materialized view m", "GRANT SELECT ON \"m\" TO \"reader\""),
            ("permission denied for schema erp", "GRANT USAGE ON SCHEMA \"erp\" TO \"reader\""),
            ("permission denied for function f", "GRANT EXECUTE ON FUNCTION \"f\" TO \"reader\""),
            ("对表 orders 权限不够", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO \"reader\""),
        ] {
            assert_eq!(grant(cause, "reader"), told);
        }
    }

    #[test]
    fn lines_are_counted_in_characters() {
        for (at, told) in [(1, 1), (3, 1), (4, 2), (5, 3), (99, 3)] {
            assert_eq!(line("中b\n\nc", at), told, "{at}");
        }
    }
}
