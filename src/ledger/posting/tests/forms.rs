//! What is written reads as what it was, through a snapshot, in every form that a column may have.

use chrono::DateTime;

use super::{COLUMNS, Place, members, year_end, zero};
use crate::{
    ledger::{entity::entity, posting::Posting, snapshot::Snapshot},
    period::{day_number, parse_day},
};

/// How the columns are declared, and what stands there.
struct Form {
    sqlite: bool,
    postgres: bool,
    member: (&'static str, &'static str),
    at: (&'static str, &'static str),
    kind: (&'static str, &'static str),
    points: &'static str,
    ends: (&'static str, &'static str),
    /// How the ledger writes the time of the posting, where that is looked at.
    written: &'static str,
}

const PLAIN: Form = Form {
    sqlite: true,
    postgres: true,
    member: ("TEXT", "A"),
    at: ("TEXT", "2026-01-02 03:04:05"),
    kind: ("TEXT", "earn"),
    points: "BIGINT",
    ends: ("TEXT", "2027-01-02"),
    written: "2026-12-31 23:59:59",
};
const ON_SQLITE: Form = Form { postgres: false, ..PLAIN };
const ON_POSTGRES: Form = Form { sqlite: false, ..PLAIN };

const FORMS: &[Form] = &[
    PLAIN,
    Form { at: ("TEXT", "2026-01-02T03:04:05Z"), written: "2026-12-31T15:59:59Z", ..PLAIN },
    Form { at: ("TEXT", "2026-01-02 03:04:05.123456+08:00"), written: "2026-12-31 23:59:59.000000+08:00", ..PLAIN },
    Form { at: ("VARCHAR(40)", "2026-01-02T03:04:05"), written: "2026-12-31T23:59:59", ..PLAIN },
    Form { ends: ("TEXT", "2027-01-02 00:00:00"), ..PLAIN },
    Form { ends: ("TEXT", "2027-01-02T16:00:00Z"), ..PLAIN },
    Form { member: ("BIGINT", "4711"), points: "INTEGER", ..PLAIN },
    Form { member: ("VARCHAR(9)", "会员 '%1"), ..PLAIN },
    Form { kind: ("INTEGER", "1"), points: "NUMERIC", ..PLAIN },
    Form { at: ("DATETIME", "2026-01-02 03:04:05"), ends: ("DATE", "2027-01-02"), ..ON_SQLITE },
    Form { at: ("TIMESTAMP", "2026-01-02 03:04:05"), ends: ("DATE", "2027-01-02"), points: "SMALLINT", ..ON_POSTGRES },
    Form {
        at: ("TIMESTAMPTZ", "2026-01-02 03:04:05"),
        ends: ("TIMESTAMPTZ", "2027-01-02 00:00:00+08"),
        written: "2026-12-31 15:59:59+00",
        ..ON_POSTGRES
    },
    Form {
        ends: ("TIMESTAMP", "2027-01-02 00:00:00"),
        points: "NUMERIC(12,2)",
        member: ("NUMERIC(8,0)", "4711"),
        ..ON_POSTGRES
    },
    Form { member: ("UUID", "6f1c0d2e-9b7a-4c55-8a10-0123456789ab"), ..ON_POSTGRES },
    Form { member: ("CHAR(8)", "A'1"), kind: ("mood", "earn"), ..ON_POSTGRES },
    Form { member: ("number", "12"), kind: ("VARCHAR(6)", "earn"), ..ON_POSTGRES },
];

const MAPPED: &str = "layout = \"mapped\"\n[posting]\n[entity.member]\ntable = \"vip\"\ncolumns = { member_id = \"Id\", registered_on = \"joined\" }\n\
    [entity.points_entry]\ntable = \"pts\"\n[entity.points_entry.columns]\nentry_id = \"No\"\nmember_id = \"vip of\"\nat = \"at\"\nkind = \"type\"\npoints = \"n\"\nposting_key = \"fkey\"\nexpires_on = \"ends\"\n";

impl Form {
    fn sql(&self) -> String {
        let types = if self.postgres && !self.sqlite {
            "CREATE TYPE mood AS ENUM ('earn', 'redeem', 'expire', 'zero', 'reverse', 'adjust'); CREATE DOMAIN number AS bigint CHECK (VALUE > 0);"
        } else {
            ""
        };
        let member = self.member.1.replace('\'', "''");
        format!(
            "{types} CREATE TABLE vip(\"Id\" {m} PRIMARY KEY, joined TEXT NOT NULL);
             CREATE TABLE pts(\"No\" TEXT PRIMARY KEY, \"vip of\" {m} NOT NULL, at {} NOT NULL, type {} NOT NULL, n {} NOT NULL, ends {}, fkey VARCHAR(200) UNIQUE);
             INSERT INTO vip VALUES('{member}', '2020-01-02');
             INSERT INTO pts(\"No\", \"vip of\", at, type, n, ends) VALUES('1', '{member}', '{}', '{}', '100', '{}')",
            self.at.0,
            self.kind.0,
            self.points,
            self.ends.0,
            self.at.1,
            self.kind.1,
            self.ends.1,
            m = self.member.0,
        )
        .replace("'100', '", "100, '")
    }

    fn mapping(&self) -> String {
        if self.kind.1 == "1" {
            let words = "{ column = \"type\", words = { 1 = \"earn\", 2 = \"redeem\", 3 = \"expire\", 4 = \"zero\", 5 = \"reverse\", 6 = \"adjust\" } }";
            return MAPPED.replace("kind = \"type\"", &format!("kind = {words}"));
        }
        MAPPED.to_owned()
    }
}

#[test]
fn every_form_reads_as_it_was_written() {
    for form in FORMS {
        let places = [
            form.sqlite.then(|| Place::sqlite(&form.sql())),
            if form.postgres { Place::postgres(&form.sql()) } else { None },
        ];
        for place in places.into_iter().flatten() {
            let what = format!("{:?} {:?} {:?} {} {:?}", form.member, form.at, form.kind, form.points, form.ends);
            let member = form.member.1;
            let posting = Posting { expires_on: parse_day("2027-06-30").ok(), ..zero("k", member, -100) };
            let mut poster = place.poster(&form.mapping());
            let posted = poster.post(&members(&[member]), &COLUMNS, &mut |batch, dictionaries| {
                assert_eq!(super::balances(batch, dictionaries), [(member.to_owned(), 100)], "{what}");
                vec![posting.clone()]
            });
            let posted = posted.unwrap_or_else(|error| panic!("{what}: {:?}", miette::Report::new(error)));
            assert_eq!(
                (posted[0].member.as_str(), posted[0].at, posted[0].points),
                (member, year_end(), -100),
                "{what}"
            );
            assert_eq!(place.one("SELECT at FROM pts WHERE fkey = 'k'"), form.written, "{what}");
            let mut snapshot = Snapshot::open(place.mapping(&form.mapping()), super::today()).unwrap();
            let columns = ["member_id", "at", "kind", "points", "expires_on", "posting_key"];
            let batch = snapshot.read(entity("points_entry").unwrap(), &columns, "a test").unwrap();
            let key = snapshot.dictionaries().of("posting_key").unwrap().code("k").unwrap();
            let row = batch.codes("posting_key").iter().position(|code| *code == key).unwrap();
            let text = |name: &'static str| snapshot.dictionaries().text(name, batch.codes(name)[row]).unwrap();
            assert_eq!(
                (text("member_id"), text("kind"), batch.numbers("points")[row]),
                (member, "zero", -100),
                "{what}"
            );
            assert_eq!(
                DateTime::from_timestamp(batch.numbers("at")[row], 0).unwrap().naive_utc(),
                year_end(),
                "{what}"
            );
            assert_eq!(batch.days("expires_on")[row], day_number(parse_day("2027-06-30").unwrap()), "{what}");
        }
    }
}

#[test]
fn a_time_that_the_zone_leaves_out_is_refused_where_it_could_not_be_read_again() {
    let form = Form { at: ("TEXT", "2026-01-02T03:04:05Z"), ..PLAIN };
    for place in Place::all(&form.sql()) {
        let mapping = place.mapping(MAPPED);
        let mapping = crate::ledger::mapping::Mapping { zone: chrono_tz::America::New_York, ..mapping };
        let mut poster = super::Poster::open(mapping, super::today()).unwrap();
        let skipped = parse_day("2026-03-08").unwrap().and_hms_opt(2, 30, 0).unwrap();
        let (code, words) = super::told(super::post(&mut poster, &[Posting { at: skipped, ..zero("k", "A", -1) }]));
        assert_eq!(
            (code.as_str(), words.contains("does not exist in America/New_York")),
            ("posting::bad_posting", true),
            "{words}"
        );
    }
}
