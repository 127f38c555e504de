//! Connections that nobody can listen to: a server on another machine must prove who it is.

use super::{Ledger, shown};
use crate::{
    servers::{Kind, PrivateServer, Reach, outer_address},
    support::absent,
};

const MEMBERS: &str = "[entity.member]\ntable = \"members\"\n[entity.member.columns]\nmember_id = \"k\"\nregistered_on = { constant = \"2020-01-01\" }\n";

/// A server with a user from anywhere and a table to read.
fn server(kind: Kind, reach: Reach) -> Option<(PrivateServer, String)> {
    let Some(server) = PrivateServer::start_with(kind, reach) else {
        absent(&format!("{kind:?}"));
        return None;
    };
    let database = server.database();
    let (create, grant) = match kind {
        Kind::Postgres => ("CREATE ROLE reader LOGIN", "GRANT SELECT ON members TO reader"),
        Kind::MariaDb => ("CREATE USER reader@'%'", "GRANT SELECT ON members TO reader@'%'"),
    };
    server.run(&database, &format!("CREATE TABLE members (k varchar(20) PRIMARY KEY); {create}; {grant}"));
    Some((server, database))
}

/// Opens a snapshot through a host name, with a certificate of the server's directory; what went wrong.
fn open(server: &PrivateServer, database: &str, host: &str, certificate: Option<&str>) -> Result<(), String> {
    let ledger = Ledger::new(None);
    let settings =
        certificate.map_or_else(String::new, |name| format!("certificate = \"{}\"", server.dir.join(name).display()));
    let url = server.url_of("reader", host, database);
    ledger.snapshot_at(&url, "UTC", &settings, MEMBERS).map(drop).map_err(shown)
}

#[test]
fn a_server_must_be_the_one_that_was_meant() {
    for kind in [Kind::Postgres, Kind::MariaDb] {
        let Some((server, database)) = server(kind, Reach::OutsideWithTls) else { continue };
        assert_eq!(open(&server, &database, "localhost", Some("authority.pem")), Ok(()), "{kind:?}");
        assert_eq!(open(&server, &database, "localhost", None), Ok(()), "{kind:?}");
        let address = outer_address();
        let mut refused = vec![
            ("localhost", Some("stranger.pem")),
            ("127.0.0.1", Some("authority.pem")),
            ("localhost", Some("server.key")),
        ];
        if let Some(address) = &address {
            refused.extend([(address.as_str(), None), (address, Some("authority.pem"))]);
        }
        for (host, certificate) in refused {
            let error = open(&server, &database, host, certificate).expect_err(host);
            assert!(error.contains("ledger::insecure"), "{kind:?} {host} {certificate:?}: {error}");
        }
    }
}

#[test]
fn a_server_elsewhere_without_tls_is_refused() {
    let Some(address) = outer_address() else { return absent("an address other than the loopback's") };
    for kind in [Kind::Postgres, Kind::MariaDb] {
        let Some((server, database)) = server(kind, Reach::Outside) else { continue };
        let error = open(&server, &database, &address, None).unwrap_err();
        assert!(error.contains("ledger::insecure"), "{kind:?}: {error}");
        assert_eq!(open(&server, &database, "127.0.0.1", None), Ok(()), "{kind:?}");
    }
}
