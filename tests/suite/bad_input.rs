//! The gallery of errors: what a user sees for each kind of bad input, and that nothing is left half-written.

use std::fmt::Write as _;

use fenji::ledger::error::LedgerError;
use miette::{GraphicalReportHandler, GraphicalTheme};

use crate::support::{Said, World, golden};

/// One case: what is wrong, how it comes about, and the command that meets it.
struct Case {
    title: &'static str,
    code: i32,
    spoil: fn(&World),
    command: &'static [&'static str],
}

const RUN: &[&str] = &["job", "run", "monthly-tier-report", "--period", "2026-10", "--out", "[OUT]"];
const BALANCE: &[&str] = &["points", "balance", "--as-of", "2026-10-31"];
const SHOW: &[&str] = &["ledger", "show"];
const AGE: &[&str] = &["receivables", "age", "--as-of", "2026-10-31"];

/// Two invoices, of 50 and 100 yuan.
const OWED: &str = "INSERT INTO invoices(invoice_id, customer_id, issued_on, due_on, amount) \
    VALUES ('F1', 'K1', '2026-08-01', '2026-08-31', 5000), ('F2', 'K1', '2026-09-01', '2026-10-01', 10000)";

/// One metric for each way in which latest values, days ahead, windows and lags can be asked for where they make no sense.
const SENSELESS: &str = r#"
[metric.a]
title = { zh = "甲", en = "a" }
entity = "assessment"
subject = "customer_id"
aggregate = "latest"
column = "class"
window = "all"

[metric.b]
title = { zh = "乙", en = "b" }
entity = "transaction"
subject = "customer_id"
aggregate = "latest"
column = "amount"
window = "previous week"

[metric.c]
title = { zh = "丙", en = "c" }
entity = "customer"
subject = "customer_id"
aggregate = "latest"
column = "trade_type"
window = "12 months"

[metric.d]
title = { zh = "丁", en = "d" }
entity = "instalment"
subject = "lease_id"
aggregate = "days-until"
column = "amount"
window = "all"
lag = "year"

[metric.e]
title = { zh = "戊", en = "e" }
entity = "instalment"
subject = "lease_id"
aggregate = "days-until"
column = "due_on"
window = "year"

[metric.f]
title = { zh = "己", en = "f" }
entity = "collateral"
subject = "lease_id"
aggregate = "sum"
column = "value"
window = "year"

[metric.g]
title = { zh = "庚", en = "g" }
entity = "customer"
subject = "customer_id"
aggregate = "latest"
column = "region_id"
window = "all"

[metric.h]
title = { zh = "辛", en = "h" }
entity = "complaint"
subject = "customer_id"
aggregate = "count"
where = [{ column = "solved", one-of = ["maybe"] }]
window = "all"

[metric.i]
title = { zh = "壬", en = "i" }
entity = "customer"
subject = "customer_id"
aggregate = "latest"
column = "trade_type"

[metric.j]
title = { zh = "癸", en = "j" }
subject = "customer_id"
aggregate = "ratio"
of = "i"
per = "i"
"#;

const CASES: &[Case] = &[
    Case {
        title: "a points programme with two policies and unknown names",
        code: 3,
        spoil: |w| {
            edit(w, "config/programmes/members.toml", "tiers = \"member-tier\"", "tiers = \"member-tire\"");
            edit(
                w,
                "config/programmes/members.toml",
                "before-lapse = [\"annual-points\"]",
                "before-lapse = [\"anual-points\"]",
            );
            edit(w, "config/programmes/members.toml", "\"20%\"", "\"20\"");
            edit(w, "config/programmes/members.toml", "\"required\"", "\"0\"");
            edit(w, "config/programmes/members.toml", "warn-days = [30, 7]", "warn-days = [0, 400]");
            edit(
                w,
                "config/programmes/members.toml",
                "{ by = \"lot\", validity = \"as-entered\" }",
                "{ by = \"lot\", validity = \"12Y\", on = [\"12-31\"] }",
            );
            edit(w, "config/programmes/members.toml", "per = \"1\"", "per = \"0.001\"");
            edit(w, "config/programmes/members.toml", "referral = 100", "referral = 0");
        },
        command: BALANCE,
    },
    Case {
        title: "zeroing days that no year has, classes that no scheme knows, versions out of order",
        code: 3,
        spoil: |w| {
            let text = w.read("config/programmes/examples/zeroing.toml");
            w.write("config/programmes/members.toml", text);
            edit(w, "config/programmes/members.toml", "\"03-31\", \"06-30\"", "\"02-30\", \"09-30\"");
            edit(w, "config/programmes/members.toml", "vip = [", "vipp = [");
            edit(w, "config/programmes/members.toml", "in-force = \"2026-01-01\"", "in-force = \"2009-01-01\"");
            edit(w, "config/programmes/members.toml", "id = \"yearly\"", "id = \"quarterly\"");
        },
        command: BALANCE,
    },
    Case {
        title: "several points programmes and none named",
        code: 2,
        spoil: |w| {
            let text = w.read("config/programmes/examples/inactivity.toml");
            w.write("config/programmes/other.toml", text);
        },
        command: BALANCE,
    },
    Case {
        title: "a points plan that nobody made",
        code: 2,
        spoil: |_| (),
        command: &["points", "approve", "7", "--by", "somebody"],
    },
    Case {
        title: "points entries without a member",
        code: 4,
        spoil: |w| {
            exec(
                w,
                "UPDATE points_entries SET member_id = '' WHERE entry_id = (SELECT min(entry_id) FROM points_entries)",
            );
        },
        command: BALANCE,
    },
    Case {
        title: "points earned in the future",
        code: 4,
        spoil: |w| {
            exec(
                w,
                "UPDATE points_entries SET at = '2199-01-01 00:00:00' WHERE entry_id = (SELECT min(entry_id) FROM points_entries)",
            );
        },
        command: BALANCE,
    },
    Case {
        title: "two points entries with one id",
        code: 4,
        spoil: |w| {
            exec(
                w,
                "CREATE TABLE log(entry_id, member_id, at, kind, points); INSERT INTO log SELECT entry_id, member_id, at, kind, points FROM points_entries LIMIT 3; INSERT INTO log SELECT * FROM log LIMIT 1;",
            );
            edit(
                w,
                "config/ledger.toml",
                "# [entity.transaction]",
                "[entity.points_entry]\ntable = \"log\"\n[entity.points_entry.columns]\nentry_id = \"entry_id\"\nmember_id = \"member_id\"\nat = \"at\"\nkind = \"kind\"\npoints = \"points\"\n#",
            );
        },
        command: BALANCE,
    },
    Case { title: "no ledger", code: 4, spoil: |w| std::fs::remove_file(w.ledger()).unwrap(), command: RUN },
    Case {
        title: "a ledger that is no database",
        code: 4,
        spoil: |w| std::fs::write(w.ledger(), "hello, this is a text of some length\n".repeat(50)).unwrap(),
        command: RUN,
    },
    Case {
        title: "an empty ledger",
        code: 4,
        spoil: |w| exec(w, "DELETE FROM members; DELETE FROM transactions; DELETE FROM tier_history;"),
        command: RUN,
    },
    Case {
        title: "a missing table",
        code: 4,
        spoil: |w| exec(w, "ALTER TABLE transactions RENAME TO transaction_lines"),
        command: RUN,
    },
    Case {
        title: "a missing column",
        code: 4,
        spoil: |w| exec(w, "ALTER TABLE members RENAME COLUMN registered_on TO registered_at"),
        command: RUN,
    },
    Case {
        title: "money as a floating-point number",
        code: 4,
        spoil: |w| foreign(w, "12.5, 'sale', '2026-10-01'"),
        command: SHOW,
    },
    Case {
        title: "money finer than the ledger's scale",
        code: 4,
        spoil: |w| foreign(w, "'12.505', 'sale', '2026-10-01'"),
        command: SHOW,
    },
    Case {
        title: "money that is no number",
        code: 4,
        spoil: |w| foreign(w, "'12元', 'sale', '2026-10-01'"),
        command: SHOW,
    },
    Case {
        title: "a word that is no kind",
        code: 4,
        spoil: |w| foreign(w, "'1', 'gift', '2026-10-01'"),
        command: SHOW,
    },
    Case {
        title: "an empty required value",
        code: 4,
        spoil: |w| foreign(w, "NULL, 'sale', '2026-10-01'"),
        command: SHOW,
    },
    Case {
        title: "a date that no calendar has",
        code: 4,
        spoil: |w| foreign(w, "'1', 'sale', '2026-02-30'"),
        command: SHOW,
    },
    Case { title: "a date in the future", code: 4, spoil: |w| foreign(w, "'1', 'sale', '2999-01-01'"), command: SHOW },
    Case { title: "a sale below zero", code: 4, spoil: |w| foreign(w, "'-1', 'sale', '2026-10-01'"), command: SHOW },
    Case {
        title: "two rows with one key",
        code: 4,
        spoil: |w| foreign(w, "'1', 'sale', '2026-10-01'), ('L1', '1', 'sale', '2026-10-02'"),
        command: SHOW,
    },
    Case {
        title: "another scale than the ledger was made with",
        code: 4,
        spoil: |w| edit(w, "config/ledger.toml", "scale = 2 ", "scale = 3 "),
        command: RUN,
    },
    Case {
        title: "an unknown entity in the mapping",
        code: 3,
        spoil: |w| {
            edit(
                w,
                "config/ledger.toml",
                "# [entity.transaction]",
                "[entity.transactoin]\ntable = \"t\"\ncolumns = {}\n#",
            );
        },
        command: SHOW,
    },
    Case {
        title: "an unknown entity on the command line",
        code: 2,
        spoil: |_| (),
        command: &["ledger", "load", "transactoin", "x.csv", "--map", "m.toml"],
    },
    Case {
        title: "a file that cannot be read",
        code: 4,
        spoil: |w| {
            w.write("m.toml", "[columns]\nregion_id = \"a\"\nname = \"b\"\n");
        },
        command: &["ledger", "load", "region", "no-such-file.csv", "--map", "home/m.toml"],
    },
    Case {
        title: "a map that names a column the file does not have",
        code: 4,
        spoil: |w| {
            w.write("m.toml", "[columns]\nregion_id = \"code\"\nname = \"nmae\"\n");
            w.write("r.csv", "code,name\n1,East\n");
        },
        command: &["ledger", "load", "region", "home/r.csv", "--map", "home/m.toml"],
    },
    Case {
        title: "a file with a torn last line",
        code: 4,
        spoil: |w| {
            w.write("m.toml", "[columns]\nregion_id = \"code\"\nname = \"name\"\n");
            w.write("r.csv", "code,name\n1,East\n2,\"We");
        },
        command: &["ledger", "load", "region", "home/r.csv", "--map", "home/m.toml", "--refused", "home/refused.csv"],
    },
    Case {
        title: "an empty file",
        code: 4,
        spoil: |w| {
            w.write("m.toml", "[columns]\nregion_id = \"code\"\nname = \"name\"\n");
            w.write("r.csv", "");
        },
        command: &["ledger", "load", "region", "home/r.csv", "--map", "home/m.toml"],
    },
    Case {
        title: "a map with faults",
        code: 3,
        spoil: |w| {
            w.write("m.toml", "[columns]\nregion_id = \"code\"\nnmae = \"name\"\n");
            w.write("r.csv", "code,name\n1,East\n");
        },
        command: &["ledger", "load", "region", "home/r.csv", "--map", "home/m.toml"],
    },
    Case {
        title: "a scheme with a missing threshold",
        code: 3,
        spoil: |w| edit(w, "config/schemes/member-tier.toml", "platinum = \"30000.00\"", "platinum = \"required\""),
        command: RUN,
    },
    Case {
        title: "a scheme whose limits do not rise",
        code: 3,
        spoil: |w| edit(w, "config/schemes/member-tier.toml", "platinum = \"30000.00\"", "platinum = \"10000.00\""),
        command: RUN,
    },
    Case {
        title: "a scheme whose example lies",
        code: 3,
        spoil: |w| {
            edit(w, "config/schemes/member-tier.toml", "net_spend_12m = \"2999.99\"", "net_spend_12m = \"3000.00\"");
        },
        command: RUN,
    },
    Case {
        title: "a scheme with an unknown metric",
        code: 3,
        spoil: |w| {
            edit(w, "config/schemes/member-tier.toml", "metric = \"net_spend_12m\"", "metric = \"net_spent_12m\"");
        },
        command: RUN,
    },
    Case {
        title: "a scheme with a key of another kind and a class that is none",
        code: 3,
        spoil: |w| {
            let file = "config/schemes/member-tier.toml";
            edit(w, file, "how = \"best\"", "how = \"best\"\nbins = 5");
            edit(w, file, "\ndiamond = \"96000\"", "\ndiamant = \"96000\"");
        },
        command: RUN,
    },
    Case {
        title: "a dimension that is made of itself",
        code: 3,
        spoil: |w| {
            let file = "config/schemes/member-tier.toml";
            edit(w, file, "of = [\"spend\", \"points\"]", "of = [\"spend\", \"overall\"]");
        },
        command: RUN,
    },
    Case {
        title: "schemes that take grades from one another in a circle",
        code: 3,
        spoil: |w| {
            let file = "config/schemes/invoicing-status.toml";
            let text = w.read(file).replace("result = ", "\n# result\nresult = ");
            let circle = "[[version.dimension]]\nid = \"circle\"\nkind = \"scheme\"\nscheme = \"customer-overall\"\nclasses = [\"E\", \"D\", \"C\", \"B\", \"A\"]\n";
            let text = text.replacen("[[version.example]]", &format!("{circle}\n[[version.example]]"), 1);
            w.write(file, text);
        },
        command: &["grade", "customer-overall", "--as-of", "2026-03-31"],
    },
    Case {
        title: "weights that do not sum to 1",
        code: 3,
        spoil: |w| {
            let filled = w.read("config/schemes/examples/weighted-contribution.toml");
            let first = filled.find("weight = \"").map(|at| at + 10).unwrap();
            let end = first + filled[first..].find('"').unwrap();
            w.write("config/schemes/weighted-contribution.toml", format!("{}0.01{}", &filled[..first], &filled[end..]));
        },
        command: &["grade", "weighted-contribution", "--as-of", "2026-03-31"],
    },
    Case {
        title: "several faults at once",
        code: 3,
        spoil: |w| {
            edit(w, "config/metrics.toml", "aggregate = \"days-since\"", "aggregate = \"days\"");
            edit(w, "config/fenji.toml", "font = \"bundled\"", "font = \"Arial\"");
        },
        command: &["check"],
    },
    Case {
        title: "metrics that make no sense",
        code: 3,
        spoil: |w| {
            let metrics = w.read("config/metrics.toml");
            w.write("config/metrics.toml", format!("{metrics}{SENSELESS}"));
        },
        command: &["check"],
    },
    Case {
        title: "a setting nobody knows",
        code: 3,
        spoil: |w| edit(w, "config/fenji.toml", "language = \"zh\"", "langage = \"zh\""),
        command: &["check"],
    },
    Case {
        title: "a job for a report that is not there",
        code: 3,
        spoil: |w| edit(w, "jobs/monthly-tier-report.toml", "report = \"tier\"", "report = \"tiers\""),
        command: RUN,
    },
    Case {
        title: "a period that is not over",
        code: 2,
        spoil: |_| (),
        command: &["job", "run", "monthly-tier-report", "--period", "2998-10"],
    },
    Case {
        title: "a tier in the history that the scheme does not have",
        code: 4,
        spoil: |w| exec(w, "UPDATE tier_history SET tier = '铂金' WHERE rowid = (SELECT min(rowid) FROM tier_history)"),
        command: RUN,
    },
    Case {
        title: "a broken template",
        code: 3,
        spoil: |w| {
            w.write("templates/report/tier.html", "<html>{{ report.titel }}</html>");
        },
        command: RUN,
    },
    Case {
        title: "a template that makes no well-formed page",
        code: 3,
        spoil: |w| {
            w.write("templates/report/tier.html", "<html><body><p>open</body></html>");
        },
        command: RUN,
    },
    Case {
        title: "a directory that is no home",
        code: 2,
        spoil: |w| std::fs::remove_file(w.home().join("config/fenji.toml")).unwrap(),
        command: &["check"],
    },
    Case {
        title: "buckets that do not rise, and a window that is too long",
        code: 3,
        spoil: |w| {
            w.edit("config/receivables.toml", "[30, 60, 90]", "[30, 30, 90]");
            w.edit("config/receivables.toml", "months = 6", "months = 600");
        },
        command: AGE,
    },
    Case {
        title: "a negative invoice, and instalments that do not come to theirs",
        code: 4,
        spoil: |w| {
            exec(w, OWED);
            exec(w, "UPDATE invoices SET amount = -500 WHERE invoice_id = 'F1'");
            exec(w, "INSERT INTO invoice_parts VALUES ('F2', 1, '2026-10-01', 9999)");
        },
        command: AGE,
    },
    Case {
        title: "a general ledger with another balance",
        code: 4,
        spoil: |w| {
            exec(w, OWED);
            exec(w, "INSERT INTO control_totals VALUES ('2026-10-31', 'CNY', 14900)");
        },
        command: AGE,
    },
    Case {
        title: "a day of ageing that no calendar has",
        code: 2,
        spoil: |_| (),
        command: &["receivables", "age", "--as-of", "2026-02-30"],
    },
    Case {
        title: "classes of risk with a gap, a percentage that is none, a scheme that is not there",
        code: 3,
        spoil: |w| {
            edit(w, "config/risk.toml", "max-days = 90", "max-days = 80");
            edit(w, "config/risk.toml", "above-percent = \"10\"", "above-percent = \"110\"");
            edit(w, "config/risk.toml", "contracts = \"price-contract\"", "contracts = \"price-contracts\"");
        },
        command: &["receivables", "risk", "--as-of", "2026-10-31"],
    },
    Case {
        title: "provisions that fall, and a grade that its scheme does not have",
        code: 3,
        spoil: |w| {
            w.write("config/risk.toml", w.read("config/risk.example.toml"));
            edit(w, "config/risk.toml", "provision-percent = \"2\"", "provision-percent = \"60\"");
            edit(w, "config/risk.toml", "one-of = [\"E\"]", "one-of = [\"F\"]");
        },
        command: &["receivables", "risk", "--as-of", "2026-10-31"],
    },
    Case {
        title: "a risk list of a ledger without invoices",
        code: 4,
        spoil: |_| (),
        command: &["report", "preview", "receivable-risk", "--period", "2026-10"],
    },
    Case {
        title: "a survey with a comment that raises, and a confidence that is none",
        code: 3,
        spoil: |w| {
            let survey = "config/surveys/customer-satisfaction.toml";
            edit(w, survey, "counts-as = \"dissatisfied\"", "counts-as = \"satisfied\"");
            edit(w, survey, "confidence = \"0.95\"", "confidence = \"0.96\"");
        },
        command: &["survey", "score", "--wave", "2026-06"],
    },
    Case {
        title: "a wave that has no answers",
        code: 2,
        spoil: |_| (),
        command: &["survey", "score", "--wave", "2026-06"],
    },
    Case {
        title: "a server that is not there",
        code: 4,
        spoil: |w| on_server(w, "postgres://reader@127.0.0.1:1/erp"),
        command: RUN,
    },
    Case {
        title: "an address without a user",
        code: 3,
        spoil: |w| on_server(w, "postgres://db.example.com/erp"),
        command: RUN,
    },
    Case {
        title: "a password in an address",
        code: 3,
        spoil: |w| on_server(w, "mariadb://reader:secret@db.example.com/erp"),
        command: RUN,
    },
    Case {
        title: "TLS that proves too little",
        code: 3,
        spoil: |w| on_server(w, "postgres://reader@db.example.com/erp?sslmode=require"),
        command: RUN,
    },
    Case {
        title: "a limit without a unit",
        code: 3,
        spoil: |w| on_server(w, "postgres://reader@db.example.com/erp\"\ntimeout = \"10"),
        command: RUN,
    },
    Case {
        title: "a certificate that is not there",
        code: 3,
        spoil: |w| on_server(w, "postgres://reader@db.example.com/erp\"\ncertificate = \"authority.pem"),
        command: RUN,
    },
    Case {
        title: "a ledger on a server that should be made",
        code: 3,
        spoil: |w| on_server(w, "postgres://reader@db.example.com/erp"),
        command: &["ledger", "init"],
    },
];

fn on_server(world: &World, address: &str) {
    edit(world, "config/ledger.toml", "sqlite:data/ledger.db", address);
}

fn exec(world: &World, sql: &str) {
    world.sql().execute_batch(sql).unwrap();
}

fn edit(world: &World, name: &str, from: &str, to: &str) {
    world.edit(name, from, to);
}

/// Maps the transactions to a table of somebody else's, with one row: amount, kind, day.
fn foreign(world: &World, row: &str) {
    exec(world, &format!("CREATE TABLE orders(id, amt, type, day); INSERT INTO orders VALUES ('L1', {row});"));
    edit(
        world,
        "config/ledger.toml",
        "# [entity.transaction]",
        "[entity.transaction]\ntable = \"orders\"\ncolumns = { line_id = \"id\", amount = { column = \"amt\", unit = \"major\" }, kind = \"type\", at = \"day\" }\n#",
    );
}

/// The day in the zone of the ledger.
#[expect(clippy::disallowed_methods, reason = "the program under test reads the clock, and its message shows the day")]
fn today() -> String {
    chrono::Utc::now().with_timezone(&chrono_tz::Asia::Shanghai).date_naive().to_string()
}

#[test]
fn every_kind_of_bad_input_has_a_clear_error_and_leaves_nothing_behind() {
    let mut gallery = String::from(
        "# What fenji says to bad input\n\nMade by `tests/suite/bad_input.rs`, which also sees that nothing is left half-written.\n",
    );
    let mut wrong = Vec::new();
    for case in CASES {
        let world = World::with_demo_ledger();
        (case.spoil)(&world);
        let before = world.files();
        let out = world.home().join("out");
        let command: Vec<&str> =
            case.command.iter().map(|word| if *word == "[OUT]" { out.to_str().unwrap() } else { word }).collect();
        let said: Said = world.fenji(&command);
        if said.code != case.code {
            wrong.push(format!("{}: exit code {} instead of {}\n{}", case.title, said.code, case.code, said.err));
        }
        // What an attempt said is kept: that is the history.
        let ours = |name: &&String| {
            !["data/fenji.", "data/ledger.db-", "data/logs/"].iter().any(|known| name.starts_with(known))
        };
        let left: Vec<String> =
            world.files().iter().filter(|name| !before.contains(name)).filter(ours).cloned().collect();
        if !left.is_empty() {
            wrong.push(format!("{}: left behind {left:?}", case.title));
        }
        let shown = case.command.join(" ").replace(" --out [OUT]", "");
        let lines: Vec<String> = world.plain(&said.err).lines().map(|line| line.trim_end().to_owned()).collect();
        // The day of the run is part of one message.
        let err = lines.join("\n").replace(&today(), "[TODAY]");
        write!(
            gallery,
            "\n## {}\n\n`fenji {shown}` ends with exit code {}\n\n```text\n{}\n```\n",
            case.title,
            said.code,
            err.trim()
        )
        .unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    golden("errors.md", &gallery);
}

#[test]
fn what_servers_answer_is_told_with_what_to_do() {
    let doing = || "when `transaction` was read".to_owned();
    let place = || "db.example.com:5432/erp".to_owned();
    let user = || "reader".to_owned();
    let words = str::to_owned;
    let errors = [
        LedgerError::Unreachable { place: place(), cause: words("Connection refused (os error 111)") },
        LedgerError::Refused {
            place: place(),
            user: user(),
            cause: words("password authentication failed for user \"reader\""),
        },
        LedgerError::Insecure { place: place(), cause: words("server does not support TLS") },
        LedgerError::Denied {
            user: user(),
            doing: doing(),
            cause: words("permission denied for table orders"),
            grant: words("GRANT SELECT ON \"orders\" TO \"reader\""),
        },
        LedgerError::Lost { doing: doing(), cause: words("terminating connection due to administrator command") },
        LedgerError::TimedOut { doing: doing(), limit: words("10m") },
        LedgerError::Locked { doing: doing(), cause: words("canceling statement due to lock timeout") },
        LedgerError::Changed { doing: doing(), cause: words("column \"amount\" does not exist") },
        LedgerError::Server { doing: doing(), cause: words("division by zero") },
        LedgerError::NoSnapshot { table: words("orders"), engine: words("MyISAM") },
        LedgerError::ReadOnly,
    ];
    let mut gallery = String::from(
        "# What fenji says when a server's ledger cannot be read\n\nMade by `tests/suite/bad_input.rs`.\n",
    );
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(80);
    for error in errors {
        let mut told = String::new();
        handler.render_report(&mut told, &error).unwrap();
        let lines: Vec<&str> = told.lines().map(str::trim_end).collect();
        write!(gallery, "\n```text\n{}\n```\n", lines.join("\n").trim()).unwrap();
    }
    golden("server_errors.md", &gallery);
}
