//! Departments: each its own pack, in its language and forms, to its own people.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    thread,
};

use mail_parser::MessageParser;

use crate::support::{Said, World};

const DEPARTMENTS: &str = r#"
[[department]]
id = "finance"
title = { zh = "财务部", en = "Finance" }
formats = ["pdf", "eml"]
recipients = ["cfo@example.com", "controller@example.com"]

[[department]]
id = "audit"
title = { zh = "审计部", en = "Audit" }
language = "en"
recipients = ["audit@example.com"]
"#;

const JOB: &str = r#"title = { zh = "演练", en = "Drill" }
owner = "nobody"
requirements = ["S21"]
report = "prize-receipts"
period = "day"
formats = ["html", "json", "eml"]
departments = ["finance", "audit"]
"#;

fn world() -> World {
    let world = World::with_demo_ledger();
    world.write("config/departments.toml", DEPARTMENTS);
    world.write("jobs/drill.toml", JOB);
    world
}

/// What an error said, in one line, so that a break of the line changes nothing.
fn words(said: &Said) -> String {
    let text = said.err.replace(['│', '╰', '─', '▶'], " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn run(world: &World, more: &[&str]) -> Said {
    let mut all = vec!["job", "run", "drill", "--period", "2026-10-31", "--by", "li", "--out", "home/out"];
    all.extend(more);
    world.fenji(&all)
}

#[test]
fn each_department_gets_its_own_pack_and_nobody_elses_mail() {
    let world = world();
    run(&world, &[]).succeeded();
    let files: Vec<String> =
        world.files().into_iter().filter_map(|file| file.strip_prefix("out/").map(str::to_owned)).collect();
    let expected = [
        "audit/drill-2026-10-31.eml",
        "audit/drill-2026-10-31.html",
        "audit/drill-2026-10-31.json",
        "drill-2026-10-31.html",
        "drill-2026-10-31.json",
        "finance/drill-2026-10-31.eml",
        "finance/drill-2026-10-31.pdf",
    ];
    assert_eq!(files, expected, "the job itself has nobody to send a mail to");
    let mail =
        |department: &str| std::fs::read(world.home().join(format!("out/{department}/drill-2026-10-31.eml"))).unwrap();
    let (finance, audit) = (mail("finance"), mail("audit"));
    let (finance, audit) =
        (MessageParser::default().parse(&finance).unwrap(), MessageParser::default().parse(&audit).unwrap());
    let to = |mail: &mail_parser::Message<'_>| -> Vec<String> {
        mail.to().unwrap().iter().map(|one| one.address().unwrap().to_owned()).collect()
    };
    assert_eq!(to(&finance), ["cfo@example.com", "controller@example.com"]);
    assert_eq!(to(&audit), ["audit@example.com"]);
    assert_ne!(finance.message_id(), audit.message_id(), "mails to different people are different mails");
    // Figures are the same; words are those of the department's language.
    let json = |path: &str| serde_json::from_str::<serde_json::Value>(&world.read(path)).unwrap();
    let (own, english) = (json("out/drill-2026-10-31.json"), json("out/audit/drill-2026-10-31.json"));
    assert_ne!(own["title"], english["title"]);
    let rows = |report: &serde_json::Value| report["sections"].to_string().matches("\"minor\"").count();
    assert_eq!(rows(&own), rows(&english));
    // The archive has all of it, by names that say whose it is.
    let run = world.fenji(&["run", "show", "1", "--format", "json"]).succeeded().json();
    let names: Vec<&str> = run["artifacts"].as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names, expected);
    let listed = world.fenji(&["job", "list", "--format", "json"]).succeeded().json();
    let drill = listed.as_array().unwrap().iter().find(|job| job["job"] == "drill").unwrap();
    assert_eq!(drill["departments"], "finance audit");
}

#[test]
fn what_is_sent_goes_to_the_people_of_the_department() {
    let world = world();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let mut envelopes = Vec::new();
        for connection in listener.incoming().take(2) {
            envelopes.push(taken(&connection.unwrap()));
        }
        envelopes.sort();
        envelopes
    });
    let said = run(&world, &["--smtp", &url]).succeeded();
    assert!(said.err.contains("for 3 recipients"), "{}", said.err);
    let sent = server.join().unwrap();
    assert_eq!(sent, [vec!["audit@example.com"], vec!["cfo@example.com", "controller@example.com"]]);
}

/// Takes one mail; gives whom its envelope names.
fn taken(mut connection: &TcpStream) -> Vec<String> {
    let mut recipients = Vec::new();
    let mut lines = BufReader::new(connection).lines();
    connection.write_all(b"220 test\r\n").unwrap();
    while let Some(Ok(line)) = lines.next() {
        let answer: &[u8] = match line.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => b"250-test\r\n250 8BITMIME\r\n",
            "RCPT" => {
                let address = line.split(['<', '>']).nth(1).unwrap();
                recipients.push(address.to_owned());
                b"250 ok\r\n"
            }
            "DATA" => {
                connection.write_all(b"354 go\r\n").unwrap();
                while lines.next().unwrap().unwrap() != "." {}
                b"250 queued\r\n"
            }
            "QUIT" => {
                connection.write_all(b"221 bye\r\n").unwrap();
                break;
            }
            _ => b"250 ok\r\n",
        };
        connection.write_all(answer).unwrap();
    }
    recipients
}

#[test]
fn a_department_that_cannot_get_it_is_refused() {
    let world = world();
    let fault = |from: &str, to: &str| {
        world.write("jobs/drill.toml", JOB.replace(from, to));
        let said = world.fenji(&["job", "check", "drill"]);
        assert_eq!(said.code, 3, "{}", said.err);
        words(&said)
    };
    let told = fault("\"audit\"]", "\"audits\"]");
    assert!(told.contains("job::unknown_department") && told.contains("`audit`"), "{told}");
    assert!(fault("\"audit\"]", "\"finance\"]").contains("job::department_twice"));
    world.edit("config/departments.toml", "[\"audit@example.com\"]", "[]");
    assert!(fault("nobody", "somebody").contains("nobody of department `audit` gets its e-mail"));
    world.write("config/departments.toml", DEPARTMENTS.replace("\"finance\"", "\"../finance\""));
    let said = world.fenji(&["check", "--quick"]);
    assert!(words(&said).contains("department::bad_id"), "{}{}", said.out, said.err);
}
