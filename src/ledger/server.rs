//! Where a database server is, and how it may be reached.
//!
//! Invariants: a password never stands here, nor in a file: it comes from the environment when a connection is opened.
//!
//! Not here: how an address is read (`ledger::address`).

use std::{fmt, path::PathBuf, time::Duration};

use sqlx::postgres::PgConnectOptions;

use crate::ledger::{
    address::{self, Kind},
    source::postgres::access::options,
};

/// The variable that holds the password of the ledger's user.
pub const PASSWORD: &str = "FENJI_LEDGER_PASSWORD";

/// The variable that holds the password of the role that posts; without it, the ledger's is taken.
pub const POSTING_PASSWORD: &str = "FENJI_POSTING_PASSWORD";

/// A database on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Name or address of the host; for a socket, empty.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The directory (PostgreSQL) or file (MariaDB) of a local socket, instead of host and port.
    pub socket: Option<PathBuf>,
    /// Who reads.
    pub user: String,
    /// The database.
    pub database: String,
    /// A file with certificates of authorities that may vouch for the server, besides those that browsers trust.
    pub certificate: Option<PathBuf>,
    /// Whether the server must prove who it is even when it is on this machine.
    pub proven: bool,
    /// How long a statement may take, and how long the server may be silent.
    pub timeout: Duration,
}

impl Server {
    /// Reads the address of a PostgreSQL server, such as that of the store.
    ///
    /// # Errors
    /// The code of the fault, what is wrong, and what to do.
    pub fn postgres(
        text: &str,
        certificate: Option<PathBuf>,
        timeout: Duration,
    ) -> Result<Self, (&'static str, String, &'static str)> {
        match address::read(text, certificate, timeout) {
            Ok((Kind::Postgres, server)) => Ok(server),
            Ok((Kind::MySql, _)) => Err((
                "ledger::unknown_database",
                "a store cannot stand in MariaDB or MySQL".to_owned(),
                "name a file, such as `data/fenji.db`, or `postgres://user@host/database`",
            )),
            Err(error) => Err((error.code(), error.to_string(), error.help())),
        }
    }

    /// How a PostgreSQL server is reached with a password: beyond this machine only where it proves who it is.
    ///
    /// # Errors
    /// Why its certificate cannot be read.
    pub fn postgres_options(&self, password: Option<String>) -> Result<PgConnectOptions, String> {
        options(self, password)
    }

    /// Whether nothing leaves this machine on the way to the server.
    pub fn is_local(&self) -> bool {
        self.socket.is_some()
            || self.host == "localhost"
            || self.host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
    }

    /// Whether the server must show a certificate for its host name: always when it is not on this machine, never behind a socket.
    pub fn must_prove(&self) -> bool {
        self.socket.is_none() && (self.proven || self.certificate.is_some() || !self.is_local())
    }

    /// The limit as it is written in the settings.
    pub fn limit(&self) -> String {
        match self.timeout.as_secs() {
            seconds if seconds % 3600 == 0 => format!("{}h", seconds / 3600),
            seconds if seconds % 60 == 0 => format!("{}m", seconds / 60),
            seconds => format!("{seconds}s"),
        }
    }
}

/// Where it is, for messages.
impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.socket {
            Some(socket) => write!(f, "{}/{}", socket.display(), self.database),
            None if self.host.contains(':') => write!(f, "[{}]:{}/{}", self.host, self.port, self.database),
            None => write!(f, "{}:{}/{}", self.host, self.port, self.database),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(host: &str) -> Server {
        Server {
            host: host.to_owned(),
            port: 5432,
            socket: None,
            user: "reader".to_owned(),
            database: "erp".to_owned(),
            certificate: None,
            proven: false,
            timeout: Duration::from_mins(10),
        }
    }

    #[test]
    fn only_this_machine_need_not_prove_itself() {
        for (host, proves) in [
            ("localhost", false),
            ("127.0.0.1", false),
            ("127.8.0.1", false),
            ("::1", false),
            ("10.0.0.1", true),
            ("localhost.example.com", true),
            ("0.0.0.0", true),
            ("db", true),
        ] {
            assert_eq!(at(host).must_prove(), proves, "{host}");
        }
        assert!(Server { proven: true, ..at("localhost") }.must_prove());
        assert!(Server { certificate: Some(PathBuf::from("ca.pem")), ..at("localhost") }.must_prove());
        assert!(!Server { socket: Some(PathBuf::from("/run")), ..at("") }.must_prove());
    }

    #[test]
    fn a_server_is_told_without_its_user() {
        assert_eq!(at("db").to_string(), "db:5432/erp");
        assert_eq!(at("::1").to_string(), "[::1]:5432/erp");
        assert_eq!(Server { socket: Some(PathBuf::from("/run")), ..at("") }.to_string(), "/run/erp");
    }

    #[test]
    fn a_limit_is_told_in_the_largest_whole_unit() {
        for (seconds, told) in [(600, "10m"), (7200, "2h"), (90, "90s"), (1, "1s")] {
            assert_eq!(Server { timeout: Duration::from_secs(seconds), ..at("db") }.limit(), told);
        }
    }
}
