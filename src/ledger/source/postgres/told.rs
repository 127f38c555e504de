//! What an error of PostgreSQL means to whoever runs fenji.

use std::{io::ErrorKind, time::Duration};

use sqlx::{
    Error,
    postgres::{PgDatabaseError, PgErrorPosition},
};

use crate::ledger::{error::LedgerError, server::Server, source::Dialect};

/// Tells errors of one server.
#[derive(Debug, Clone)]
pub(in crate::ledger) struct Teller {
    place: String,
    user: String,
    limit: String,
}

impl Teller {
    pub(super) fn new(server: &Server) -> Self {
        Self { place: server.to_string(), user: server.user.clone(), limit: server.limit() }
    }

    /// Why no connection was made.
    pub(super) fn connecting(&self, error: &Error) -> LedgerError {
        let place = self.place.clone();
        if let Error::Database(error) = error {
            let cause = error.message().to_owned();
            let code = error.code().unwrap_or_default();
            // Of class 28: no such user, a wrong password, no entry for the host; 3D000: no such database; 42501: it may not be entered.
            let refused = code.starts_with("28") || code == "3D000" || code == "42501";
            return if refused {
                LedgerError::Refused { place, user: self.user.clone(), cause }
            } else {
                LedgerError::Unreachable { place, cause }
            };
        }
        // What TLS refuses in a handshake comes as data that is not valid.
        let unproven = matches!(error, Error::Tls(_))
            || matches!(error, Error::Io(cause) if cause.kind() == ErrorKind::InvalidData);
        if unproven {
            LedgerError::Insecure { place, cause: words(error) }
        } else {
            LedgerError::Unreachable { place, cause: words(error) }
        }
    }

    /// Why no connection was made within some time.
    pub(super) fn no_connection(&self, within: Duration) -> LedgerError {
        let cause = format!("no answer within {} seconds", within.as_secs());
        LedgerError::Unreachable { place: self.place.clone(), cause }
    }

    /// What went wrong on an open connection.
    pub(in crate::ledger) fn told(&self, error: &Error, doing: &str) -> LedgerError {
        let doing = doing.to_owned();
        let Error::Database(answer) = error else {
            let cause = words(error);
            let cut = matches!(error, Error::Io(_) | Error::Protocol(_));
            return if cut { LedgerError::Lost { doing, cause } } else { LedgerError::Server { doing, cause } };
        };
        let cause = answer.message().to_owned();
        match answer.code().unwrap_or_default().as_ref() {
            "42501" => {
                let grant = grant(&cause, &self.user);
                LedgerError::Denied { user: self.user.clone(), doing, cause, grant }
            }
            "57014" => self.timed_out(&doing),
            "55P03" => LedgerError::Locked { doing, cause },
            "42P01" | "42703" | "3F000" | "42704" => LedgerError::Changed { doing, cause },
            // Shut down, crashed, starting up, idle for too long; and all of class 08, of connections.
            code if code.starts_with("57P") || code.starts_with("08") || code == "25P03" => {
                LedgerError::Lost { doing, cause }
            }
            _ => LedgerError::Server { doing, cause: words(error) },
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
    let Error::Database(answer) = error else { return None };
    // Of class 42: syntax, names and types, except permissions; 0A: what it does not support; 22: wrong constants; 25006: it would write.
    let code = answer.code()?;
    let of_text = code != "42501" && ["42", "0A", "22", "25006"].iter().any(|class| code.starts_with(class));
    of_text.then(|| match answer.try_downcast_ref().and_then(PgDatabaseError::position) {
        Some(PgErrorPosition::Original(at)) => format!("{} in line {}", words(error), line(sql, at)),
        _ => words(error),
    })
}

/// An error in the words of the server, or of the system.
pub(in crate::ledger) fn words(error: &Error) -> String {
    if let Error::Database(answer) = error {
        let more = answer.try_downcast_ref::<PgDatabaseError>().and_then(|answer| answer.detail().or(answer.hint()));
        return more.map_or_else(|| answer.message().to_owned(), |more| format!("{} ({more})", answer.message()));
    }
    if let Error::Io(cause) = error {
        let closed = cause.kind() == ErrorKind::UnexpectedEof;
        return if closed { "the server closed it".to_owned() } else { cause.to_string() };
    }
    if let Error::Tls(cause) = error {
        return cause.to_string();
    }
    error.to_string()
}

/// The line of a character of a text, both counted from 1.
fn line(text: &str, character: usize) -> usize {
    text.chars().take(character.saturating_sub(1)).filter(|c| *c == '\n').count() + 1
}

/// The statement that allows what was denied, as far as the server's words tell what that is.
fn grant(cause: &str, user: &str) -> String {
    let user = Dialect::Postgres.quoted(user);
    let denied = |what: &str| {
        let name = cause.strip_prefix("permission denied for ")?.strip_prefix(what)?.strip_prefix(' ')?;
        Some(Dialect::Postgres.quoted(name))
    };
    if let Some(schema) = denied("schema") {
        return format!("GRANT USAGE ON SCHEMA {schema} TO {user}");
    }
    match RELATIONS.iter().find_map(|what| denied(what)) {
        Some(name) => format!("GRANT SELECT ON {name} TO {user}"),
        None => format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}"),
    }
}

/// What the server calls the things that can be selected from.
const RELATIONS: [&str; 6] = ["table", "view", "materialized view", "foreign table", "relation", "sequence"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_names_what_was_denied() {
        for (cause, told) in [
            ("permission denied for table orders", "GRANT SELECT ON \"orders\" TO \"reader\""),
            ("permission denied for materialized view m", "GRANT SELECT ON \"m\" TO \"reader\""),
            ("permission denied for schema erp", "GRANT USAGE ON SCHEMA \"erp\" TO \"reader\""),
            ("permission denied for view a b", "GRANT SELECT ON \"a b\" TO \"reader\""),
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
