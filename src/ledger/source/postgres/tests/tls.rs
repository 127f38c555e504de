//! Who the server is.

use std::{
    io::{Read, Write},
    net::TcpListener,
    path::Path,
};

use crate::ledger::{
    server::Server,
    source::{
        postgres::{
            Postgres,
            tests::{address, rows, told},
        },
        servers::{Kind, PrivateServer, Reach, outer_address},
    },
};

const ENCRYPTED: &str = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

#[test]
fn the_server_must_prove_who_it_is() {
    let Some(server) = PrivateServer::start_with(Kind::Postgres, Reach::OutsideWithTls) else { return };
    let (authority, stranger) = (server.dir.join("authority.pem"), server.dir.join("stranger.pem"));
    let at = |host: &str, certificate: Option<&Path>| Server {
        host: host.to_owned(),
        certificate: certificate.map(Path::to_owned),
        ..address(&server, "postgres")
    };
    let proven = Postgres::open(&at("localhost", Some(&authority))).unwrap();
    assert_eq!(rows(&proven, ENCRYPTED).unwrap(), [["true"]]);
    let mut refused = vec![
        (at("localhost", Some(&stranger)), "UnknownIssuer"),
        (Server { proven: true, ..at("localhost", None) }, "UnknownIssuer"),
        (at("127.0.0.1", Some(&authority)), "not valid for name"),
        (at("localhost", Some(Path::new("/none.pem"))), "cannot read `/none.pem`"),
        (at("localhost", Some(&server.dir.join("names"))), "UnknownIssuer"),
    ];
    if let Some(address) = outer_address() {
        refused.push((at(&address, None), "UnknownIssuer"));
        refused.push((at(&address, Some(&authority)), "not valid for name"));
    } else {
        eprintln!("SKIPPED: this machine has no address that others see, so nothing was read over it");
    }
    for (server, why) in refused {
        let (code, words) = told(Postgres::open(&server));
        assert!(code == "ledger::insecure" && words.contains(why), "{server:?}: {code} {words}");
        assert!(
            words.starts_with(&format!("the connection to the ledger at `{server}` would not be safe: ")),
            "{words}"
        );
    }
    let plain = Postgres::open(&at("localhost", None)).unwrap();
    assert_eq!(rows(&plain, ENCRYPTED).unwrap(), [["false"]]);
}

#[test]
fn nothing_is_sent_off_this_machine_without_tls() {
    let Some(address) = outer_address() else {
        eprintln!("SKIPPED: this machine has no address that others see");
        return;
    };
    let listener = TcpListener::bind((address.as_str(), 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    // A server without TLS; gives back what it heard.
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 8];
        stream.read_exact(&mut request).unwrap();
        stream.write_all(b"N").unwrap();
        let mut more = Vec::new();
        stream.read_to_end(&mut more).unwrap();
        (request, more)
    });
    let off_host = Server {
        host: address,
        port,
        socket: None,
        user: "reader".to_owned(),
        database: "erp".to_owned(),
        certificate: None,
        proven: false,
        timeout: std::time::Duration::from_secs(20),
    };
    let (code, words) = told(Postgres::open(&off_host));
    assert_eq!(code, "ledger::insecure");
    assert!(words.ends_with("server does not support TLS"), "{words}");
    let (request, more) = server.join().unwrap();
    assert_eq!(request, [0, 0, 0, 8, 4, 210, 22, 47], "the request for TLS");
    assert!(more.is_empty(), "{more:?}");
}
