use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    thread::JoinHandle,
};

use super::*;

/// A server that greets, answers each command by the first rule that its line starts with, and returns all lines it got.
fn server(rules: &'static [(&'static str, &'static str)]) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("127.0.0.1:{}", listener.local_addr().unwrap().port());
    let thread = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut out = stream.try_clone().unwrap();
        out.write_all(b"220 ready\r\n").unwrap();
        let (mut lines, mut in_data) = (Vec::new(), false);
        for line in BufReader::new(stream).lines() {
            let Ok(line) = line else { break };
            let answer = if in_data && line != "." {
                None
            } else {
                let key = if in_data { "." } else { line.as_str() };
                in_data = line == "DATA";
                Some(rules.iter().find(|(start, _)| key.starts_with(start)).map_or("250 ok", |(_, answer)| answer))
            };
            lines.push(line);
            match answer {
                Some("hang up") => break,
                Some("be silent") | None => {}
                Some(answer) => out.write_all(format!("{answer}\r\n").as_bytes()).unwrap(),
            }
        }
        lines
    });
    (url, thread)
}

fn send(url: &str, to: &[&str]) -> Result<(), SendError> {
    let to: Vec<String> = to.iter().map(|address| (*address).to_owned()).collect();
    let limits = (Duration::from_secs(5), Duration::from_secs(1));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(send_within(url, "from@example.com", &to, b"Subject: x\r\n\r\n.hidden\r\nend\r\n", limits))
}

const HELLO: (&str, &str) = ("EHLO", "250-here\r\n250 AUTH PLAIN LOGIN");
const DATA: (&str, &str) = ("DATA", "354 go on");

#[test]
fn hands_a_mail_over() {
    let (place, thread) = server(&[HELLO, DATA, ("AUTH", "235 welcome")]);
    send(&format!("smtp://us%40er:p%3Ass@{place}"), &["a@example.com", "b@example.com"]).unwrap();
    let lines = thread.join().unwrap();
    // Base64 of NUL us@er NUL p:ss.
    assert!(lines.contains(&"AUTH PLAIN AHVzQGVyAHA6c3M=".to_owned()), "{lines:#?}");
    for line in ["MAIL FROM:<from@example.com>", "RCPT TO:<a@example.com>", "RCPT TO:<b@example.com>", "..hidden", "."]
    {
        assert!(lines.iter().any(|got| got == line), "{line}: {lines:#?}");
    }
}

#[test]
fn every_failure_says_whether_to_send_again() {
    type Case = (&'static [(&'static str, &'static str)], &'static str, bool);
    let cases: [Case; 6] = [
        (&[HELLO, DATA, ("RCPT", "550 no such user")], "refuses the mail while naming the recipients", false),
        (&[HELLO, DATA, ("MAIL", "451 later")], "puts the mail off while naming the sender", true),
        (
            &[HELLO, DATA, ("MAIL", "hang up")],
            "cannot talk to the mail server `127.0.0.1` while naming the sender",
            true,
        ),
        (&[HELLO, DATA, (".", "552 too large")], "refuses the mail while taking the mail", false),
        (&[HELLO, DATA, (".", "hang up")], "took the mail without an answer", false),
        (&[HELLO, DATA, (".", "be silent")], "took the mail without an answer: no answer within 1 seconds", false),
    ];
    for (rules, words, retry) in cases {
        let (place, thread) = server(rules);
        let error = send(&format!("smtp://{place}"), &["a@example.com"]).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(error.may_retry(), retry, "{error}");
        thread.join().unwrap();
    }
}

#[test]
fn no_word_of_a_password_is_told() {
    let (place, thread) = server(&[HELLO, ("AUTH", "535 wrong password")]);
    let error = send(&format!("smtp://user:s3cret@{place}"), &["a@example.com"]).unwrap_err();
    thread.join().unwrap();
    assert!(matches!(error, SendError::Refused { step: "signing in", .. }), "{error:?}");
    for url in [
        "smtp://user:s3cret%@host",
        "http://user:s3cret@host",
        "smtp://user:s3cret@host/x",
        "smtp://u:s3cret@:25",
        "s3cret",
    ] {
        let error = send(url, &["a@example.com"]).unwrap_err();
        let shown = format!("{error:?} {:?}", miette::Report::new(error.clone()));
        assert!(matches!(error, SendError::BadUrl { .. }) && !shown.contains("s3cret"), "{shown}");
    }
}

#[test]
fn only_this_machine_is_spoken_to_in_the_clear() {
    for (url, security, port) in [
        ("smtps://mail.example.com", Security::Wrapped, 465),
        ("smtp://mail.example.com", Security::Upgraded, 587),
        ("smtp://mail.example.com:2525/", Security::Upgraded, 2525),
        ("smtp://localhost", Security::Plain, 25),
        ("smtp://127.0.0.1:1025", Security::Plain, 1025),
        ("smtp://[::1]:1025", Security::Plain, 1025),
        ("smtp://[::1]", Security::Plain, 25),
        ("smtp://10.0.0.1", Security::Upgraded, 587),
        ("smtp://localhost.example.com", Security::Upgraded, 587),
        ("smtp://localhost:x@mail.example.com", Security::Upgraded, 587),
    ] {
        let server = Server::parse(url).unwrap();
        assert_eq!((server.security, server.port), (security, port), "{url}");
    }
    let address: IpAddr = "127.0.0.1".parse().unwrap();
    assert!(address.is_loopback());
}

#[test]
fn a_bad_recipient_is_told_before_connecting() {
    assert!(matches!(send("smtp://localhost:1", &["a@b\r\nRCPT TO:<c@d>"]), Err(SendError::Address(_))));
    assert!(matches!(send("smtp://localhost:1", &[]), Err(SendError::Address(MailError::NoRecipient))));
}
