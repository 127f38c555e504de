//! Where a database server is, and how it may be reached.
//!
//! Invariants: a password never stands here, nor in a file: it comes from the environment when a connection is opened.

use std::{path::PathBuf, time::Duration};

/// The variable that holds the password of the ledger's user.
pub const PASSWORD: &str = "FENJI_LEDGER_PASSWORD";

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
    /// A file with the certificates of the authorities that may vouch for the server; without it those that browsers trust.
    pub certificate: Option<PathBuf>,
    /// How long a statement may take, and how long the server may be silent.
    pub timeout: Duration,
}

impl Server {
    /// Whether nothing leaves this machine on the way to the server, so that a connection may go without TLS.
    pub fn is_local(&self) -> bool {
        self.socket.is_some()
            || self.host == "localhost"
            || self.host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
    }
}
