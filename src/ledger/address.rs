//! Reads the address of a ledger on a server: `postgres://user@host:port/database?key=value`.
//!
//! Invariants: no message of this module holds a part of the address in which a password could stand.

use std::{path::PathBuf, time::Duration};

use thiserror::Error;

use crate::ledger::server::Server;

/// The kinds of servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// PostgreSQL.
    Postgres,
    /// MariaDB and MySQL.
    MySql,
}

/// What is wrong with an address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum AddressError {
    /// Not the address of a server that is known.
    #[error("the address does not begin with the name of a database that fenji reads")]
    Kind,
    /// A password stands in it.
    #[error("a password stands in the address")]
    Password,
    /// No user stands in it.
    #[error("the address names no user")]
    NoUser,
    /// No host and no socket stands in it.
    #[error("the address names neither a host nor a socket")]
    NoHost,
    /// A host and a socket stand in it.
    #[error("the address names a host, `{0}`, and a socket")]
    HostAndSocket(String),
    /// No database stands in it.
    #[error("the address names no database")]
    NoDatabase,
    /// The port is not a number.
    #[error("the port `{0}` is not a number from 1 to 65535")]
    Port(String),
    /// A key after `?` is not known.
    #[error("the address has an unknown setting `{0}`")]
    Key(String),
    /// A socket is not an absolute path.
    #[error("the socket `{0}` is not an absolute path")]
    Socket(String),
    /// A mode of TLS is not known, or weaker than what is done anyway.
    #[error("`{key}={value}` cannot be granted")]
    Tls {
        /// The setting.
        key: String,
        /// Its value.
        value: String,
    },
    /// `%` is not followed by two hexadecimal digits of UTF-8.
    #[error("a `%` in the address is not followed by the digits of a character")]
    Percent,
}

impl AddressError {
    /// The stable code of the fault.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Kind => "ledger::unknown_database",
            Self::Password => "ledger::password_in_address",
            Self::Tls { .. } => "ledger::weak_tls",
            Self::NoUser
            | Self::NoHost
            | Self::HostAndSocket(_)
            | Self::NoDatabase
            | Self::Port(_)
            | Self::Key(_)
            | Self::Socket(_)
            | Self::Percent => "ledger::bad_address",
        }
    }

    /// What to do.
    pub(super) fn help(&self) -> &'static str {
        match self {
            Self::Kind => {
                "write `sqlite:data/ledger.db`, a path relative to the home, or `postgres://user@host:5432/database` or `mariadb://user@host:3306/database`"
            }
            Self::Password => {
                "passwords stand in no file: take it out, and set the environment variable FENJI_LEDGER_PASSWORD"
            }
            Self::NoUser => "write `user@` before the host: a user who may only read is best",
            Self::NoHost => "write the host after `user@`, or `?socket=/path` at the end",
            Self::HostAndSocket(_) => "leave one of the two out, such as `postgres://user@/database?socket=/path`",
            Self::NoDatabase => "write `/database` after the host",
            Self::Port(_) => "write it after the host, such as `:5432`, or leave it out",
            Self::Key(_) => {
                "known are `socket` and `sslmode`; `certificate` and `timeout` stand in lines of their own in `config/ledger.toml`"
            }
            Self::Socket(_) => {
                "write the directory of PostgreSQL's socket or the file of MariaDB's, such as `/run/postgresql`"
            }
            Self::Tls { .. } => {
                "leave it out: a server on another machine must always prove who it is (`verify-full`), one on this machine need not unless you write `sslmode=verify-full`"
            }
            Self::Percent => {
                "write other characters than letters, digits and `-._~` as `%` and two digits, such as `%40` for `@`"
            }
        }
    }
}

/// Reads an address.
///
/// # Errors
/// [`AddressError`] tells the first thing that is wrong with it.
pub(super) fn read(
    text: &str,
    certificate: Option<PathBuf>,
    timeout: Duration,
) -> Result<(Kind, Server), AddressError> {
    let (scheme, rest) = text.split_once("://").ok_or(AddressError::Kind)?;
    let (kind, usual_port) = match scheme.to_ascii_lowercase().as_str() {
        "postgres" | "postgresql" => (Kind::Postgres, 5432),
        "mysql" | "mariadb" => (Kind::MySql, 3306),
        _ => return Err(AddressError::Kind),
    };
    // The last `@` before the settings ends the user: one in a password must not make a part of it the host.
    let (front, settings) = rest.split_once('?').unwrap_or((rest, ""));
    let (user, front) = front.rsplit_once('@').ok_or(AddressError::NoUser)?;
    if user.contains(':') || user.contains('/') {
        return Err(AddressError::Password);
    }
    let (authority, database) = front.split_once('/').unwrap_or((front, ""));
    let (host, port) = host_and_port(authority, usual_port)?;
    let mut server = Server {
        host: decoded(host)?,
        port,
        socket: None,
        user: decoded(user)?,
        database: decoded(database)?,
        certificate,
        proven: false,
        timeout,
    };
    for setting in settings.split('&').filter(|setting| !setting.is_empty()) {
        let (key, value) = setting.split_once('=').unwrap_or((setting, ""));
        set(&mut server, &decoded(key)?, &decoded(value)?)?;
    }
    match (&server.socket, server.host.is_empty()) {
        (None, true) => Err(AddressError::NoHost),
        (Some(_), false) => Err(AddressError::HostAndSocket(server.host)),
        _ if server.user.is_empty() => Err(AddressError::NoUser),
        _ if server.database.is_empty() => Err(AddressError::NoDatabase),
        _ => Ok((kind, server)),
    }
}

fn host_and_port(authority: &str, usual_port: u16) -> Result<(&str, u16), AddressError> {
    let bracketed = authority.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (host, port) = match bracketed {
        Some((host, "")) => (host, None),
        Some((host, port)) => (host, Some(port.strip_prefix(':').unwrap_or(port))),
        None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    match port.map(str::parse) {
        None => Ok((host, usual_port)),
        Some(Ok(number)) if number > 0 => Ok((host, number)),
        Some(_) => Err(AddressError::Port(port.unwrap_or_default().to_owned())),
    }
}

fn set(server: &mut Server, key: &str, value: &str) -> Result<(), AddressError> {
    match key {
        "socket" if value.starts_with('/') => server.socket = Some(PathBuf::from(value)),
        "socket" => return Err(AddressError::Socket(value.to_owned())),
        "sslmode" | "ssl-mode" => match value.to_ascii_lowercase().replace('_', "-").as_str() {
            "verify-full" | "verify-identity" => server.proven = true,
            // What is done with a server on this machine anyway.
            "disable" | "disabled" | "prefer" | "preferred" | "allow" if server.is_local() => {}
            _ => return Err(AddressError::Tls { key: key.to_owned(), value: value.to_owned() }),
        },
        "password" | "pass" | "pwd" => return Err(AddressError::Password),
        _ => return Err(AddressError::Key(key.to_owned())),
    }
    Ok(())
}

fn decoded(text: &str) -> Result<String, AddressError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let (Some(high), Some(low)) = (digit(rest.next()), digit(rest.next())) else {
            return Err(AddressError::Percent);
        };
        bytes.push(u8::try_from(high * 16 + low).map_err(|_| AddressError::Percent)?);
    }
    String::from_utf8(bytes).map_err(|_| AddressError::Percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Kind, Server), AddressError> {
        super::read(text, None, Duration::from_mins(10))
    }

    #[test]
    fn reads_addresses() {
        for (text, kind, told, user) in [
            ("postgres://reader@db/erp", Kind::Postgres, "db:5432/erp", "reader"),
            ("postgresql://reader@db:6432/erp", Kind::Postgres, "db:6432/erp", "reader"),
            ("mysql://reader@db/erp", Kind::MySql, "db:3306/erp", "reader"),
            ("MariaDB://r%40x@[::1]:3307/%E4%B8%AD", Kind::MySql, "[::1]:3307/中", "r@x"),
            ("postgres://reader@[::1]/erp", Kind::Postgres, "[::1]:5432/erp", "reader"),
            ("postgres://reader@/erp?socket=/run/pg", Kind::Postgres, "/run/pg/erp", "reader"),
            ("postgres://reader@db/erp?sslmode=verify-full", Kind::Postgres, "db:5432/erp", "reader"),
        ] {
            let (found, server) = read(text).unwrap();
            assert_eq!((found, server.to_string().as_str(), server.user.as_str()), (kind, told, user), "{text}");
        }
        assert!(read("postgres://r@localhost/erp?sslmode=verify-full").unwrap().1.must_prove());
        assert!(read("mysql://r@localhost/erp?ssl-mode=VERIFY_IDENTITY").unwrap().1.must_prove());
        assert!(!read("mysql://r@localhost/erp?ssl-mode=PREFERRED").unwrap().1.must_prove());
    }

    #[test]
    fn tells_what_is_wrong() {
        let tls = |value: &str| AddressError::Tls { key: "sslmode".to_owned(), value: value.to_owned() };
        for (text, wrong) in [
            ("oracle://r@db/erp", AddressError::Kind),
            ("db/erp", AddressError::Kind),
            ("postgres://r:secret@db/erp", AddressError::Password),
            ("postgres://r:se@cret@db/erp", AddressError::Password),
            ("postgres://r:se/cret@db/erp", AddressError::Password),
            ("postgres://r@db/erp?password=secret", AddressError::Password),
            ("postgres://db/erp", AddressError::NoUser),
            ("postgres://@db/erp", AddressError::NoUser),
            ("postgres://r@/erp", AddressError::NoHost),
            ("postgres://r@db/erp?socket=/run", AddressError::HostAndSocket("db".to_owned())),
            ("postgres://r@db", AddressError::NoDatabase),
            ("postgres://r@db/", AddressError::NoDatabase),
            ("postgres://r@db:0/erp", AddressError::Port("0".to_owned())),
            ("postgres://r@db:x/erp", AddressError::Port("x".to_owned())),
            ("postgres://r@[::1]x/erp", AddressError::Port("x".to_owned())),
            ("postgres://r@db/erp?options=x", AddressError::Key("options".to_owned())),
            ("postgres://r@/erp?socket=run", AddressError::Socket("run".to_owned())),
            ("postgres://r@db/erp?sslmode=require", tls("require")),
            ("postgres://r@db/erp?sslmode=disable", tls("disable")),
            ("postgres://r@localhost/erp?sslmode=require", tls("require")),
            ("postgres://r@d%4/erp", AddressError::Percent),
            ("postgres://r@d%ff/erp", AddressError::Percent),
        ] {
            assert_eq!(read(text).unwrap_err(), wrong, "{text}");
            assert!(!wrong.to_string().contains("secret") && !wrong.help().is_empty());
        }
    }
}
