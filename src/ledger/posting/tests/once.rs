//! A posting stands once.

use super::{COLUMNS, MAPPED, Place, TABLES, balances, members, post, year_end, zero, zeroing};
use crate::ledger::{
    posting::{Posted, Posting},
    schema,
};

const OWN: &str = "layout = \"fenji\"\n[posting]\n";

/// Our own tables with some members and entries.
fn own_ledgers() -> Vec<Place> {
    let rows = "INSERT INTO members(member_id, registered_on) VALUES('M1', '2020-01-02'), ('M2', '2020-01-02'), ('M3', '2020-01-02');
        INSERT INTO points_entries(entry_id, member_id, at, kind, points) VALUES
            ('e1', 'M1', '2026-03-01 10:00:00', 'earn', 120), ('e2', 'M1', '2026-04-01 10:00:00', 'redeem', -20), ('e3', 'M2', '2026-03-01 10:00:00', 'earn', 7);";
    let sqlite = Place::sqlite(&format!("{}{rows}", schema::SQLITE));
    std::iter::once(sqlite).chain(Place::postgres(&format!("{}{rows}", schema::POSTGRES))).collect()
}

#[test]
fn entries_are_decided_by_and_written_once_in_our_own_tables() {
    for place in own_ledgers() {
        let all = members(&["M1", "M2", "M3"]);
        let mut poster = place.poster(OWN);
        assert_eq!(poster.chunk(), 500);
        let mut seen = Vec::new();
        let first = poster
            .post(&all, &COLUMNS, &mut |batch, dictionaries| {
                seen = balances(batch, dictionaries);
                let mut postings = zeroing("2026", batch, dictionaries);
                for posting in &mut postings {
                    posting.programme = Some("main".to_owned());
                    posting.rule = Some("annual".to_owned());
                }
                postings
            })
            .unwrap();
        assert_eq!(seen, [("M1".to_owned(), 100), ("M2".to_owned(), 7)]);
        let expected = |member: &str, points| Posted {
            key: format!("zero:2026:{member}"),
            member: member.to_owned(),
            entry_id: format!("zero:2026:{member}"),
            kind: "zero".to_owned(),
            points,
            at: year_end(),
        };
        assert_eq!(first, [expected("M1", -100), expected("M2", -7)]);
        // The same once more, in another process as it were: everything stands, whatever is asked for now.
        let mut again = place.poster(OWN);
        let second = again
            .post(&all, &COLUMNS, &mut |batch, dictionaries| {
                assert_eq!(balances(batch, dictionaries), [("M1".to_owned(), 0), ("M2".to_owned(), 0)]);
                vec![zero("zero:2026:M1", "M1", -999), zero("zero:2026:M2", "M2", -999)]
            })
            .unwrap();
        assert_eq!(second, first);
        assert_eq!(
            again.read_back(&members(&["zero:2026:M2", "nothing", "zero:2026:M1"])).unwrap(),
            [expected("M2", -7), expected("M1", -100)]
        );
        let rows = place.rows(
            "SELECT entry_id, member_id, at, kind, points, rule, order_id, expires_on, programme, reverses_id, posting_key FROM points_entries WHERE kind = 'zero' ORDER BY 1",
        );
        let row = |member: &str, points: &str| {
            let key = format!("zero:2026:{member}");
            let texts =
                [&key, member, "2026-12-31 23:59:59", "zero", points, "annual", "NULL", "NULL", "main", "NULL", &key];
            texts.map(str::to_owned).to_vec()
        };
        assert_eq!(rows, [row("M1", "-100"), row("M2", "-7")]);
        let recorded = place.one("SELECT recorded_at FROM points_entries WHERE entry_id = 'zero:2026:M1'");
        let now = chrono::Utc::now().with_timezone(&chrono_tz::Asia::Shanghai).naive_local();
        let recorded = chrono::NaiveDateTime::parse_from_str(&recorded, "%Y-%m-%d %H:%M:%S").unwrap();
        assert!((now - recorded).num_seconds().abs() < 60, "{recorded} {now}");
    }
}

#[test]
fn a_key_takes_any_character_and_so_does_a_member() {
    let evil = "O'Neil\"; DROP TABLE pts; -- %s $1 ?1 \\ 会员 \u{1F600} [\"]";
    for place in Place::all(TABLES) {
        let literal = evil.replace('\'', "''");
        place.run(&format!(
            "INSERT INTO vip VALUES('{literal}', '2020-01-02'); INSERT INTO pts(no, vip, at, type, n) VALUES('x''y', '{literal}', '2026-05-02 03:04:05', 'earn', 5)"
        ));
        let mut poster = place.poster(MAPPED);
        for _ in 0..2 {
            let posted = poster
                .post(&members(&[evil]), &COLUMNS, &mut |batch, dictionaries| {
                    assert_eq!(
                        batch.len(),
                        usize::try_from(place.one("SELECT count(*) FROM pts").parse::<i64>().unwrap() - 2).unwrap()
                    );
                    vec![zero(evil, batch_member(batch, dictionaries), -5)]
                })
                .unwrap();
            assert_eq!((posted[0].key.as_str(), posted[0].member.as_str(), posted[0].points), (evil, evil, -5));
        }
        assert_eq!(poster.read_back(&members(&[evil])).unwrap().len(), 1);
        assert_eq!(place.one("SELECT count(*) FROM pts"), "4");
    }
}

fn batch_member<'d>(
    batch: &crate::ledger::batch::Batch,
    dictionaries: &'d crate::ledger::batch::Dictionaries,
) -> &'d str {
    dictionaries.text("member_id", batch.codes("member_id")[0]).unwrap()
}

#[test]
fn a_stored_balance_changes_with_what_is_new_and_only_with_that() {
    let tables = format!(
        "{TABLES} CREATE TABLE kept(who TEXT PRIMARY KEY, points INTEGER NOT NULL CHECK(points >= 0)); INSERT INTO kept VALUES('A', 100), ('B', 50)"
    );
    let balance = "[posting]\n[posting.balance]\ntable = \"kept\"\nkey = \"who\"\ncolumn = \"points\"\n";
    for place in Place::all(&tables) {
        let mut poster = place.poster(&MAPPED.replace("[posting]\n", balance));
        let first = [zero("k1", "A", -30), zero("k2", "A", -20), zero("k3", "B", -50)];
        for _ in 0..2 {
            assert_eq!(post(&mut poster, &first).unwrap().len(), 3);
            assert_eq!(place.rows("SELECT who, points FROM kept ORDER BY who"), [["A", "50"], ["B", "0"]]);
        }
        // One stands, one is new.
        post(&mut poster, &[zero("k2", "A", -20), zero("k4", "A", -1)]).unwrap();
        assert_eq!(place.one("SELECT points FROM kept WHERE who = 'A'"), "49");
        // The condition of the balance holds the entry back too.
        let refused = super::told(post(&mut poster, &[zero("k5", "B", -1)]));
        assert_eq!(refused.0, "posting::refused", "{}", refused.1);
        place.run("DELETE FROM kept WHERE who = 'B'");
        let refused = super::told(post(&mut poster, &[zero("k5", "B", -1)]));
        assert_eq!(refused.0, "posting::no_balance", "{}", refused.1);
        assert_eq!(place.one("SELECT count(*) FROM pts"), "6");
    }
}

#[test]
fn what_a_posting_has_is_written_where_the_ledger_has_a_column_and_takes_its_words() {
    let tables = TABLES.replace(
        "fkey TEXT UNIQUE",
        "fkey TEXT UNIQUE, prog TEXT NOT NULL DEFAULT '主', why TEXT, ref TEXT, ends TEXT, ord TEXT",
    );
    let mapped = MAPPED.replace("kind = \"type\"", "kind = { column = \"type\", words = { \"获得\" = \"earn\", \"赠送\" = \"earn\", \"清零\" = \"zero\", \"过期\" = \"expire\", \"冲正\" = \"reverse\", \"调整\" = \"adjust\", \"兑换\" = \"redeem\" } }")
        .replace("[posting]\n", "[posting]\nwords = { earn = \"赠送\" }\n")
        + "programme = { column = \"prog\", words = { \"主\" = \"main\" } }\nrule = \"why\"\nreverses_id = \"ref\"\nexpires_on = \"ends\"\norder_id = \"ord\"\n";
    for place in Place::all(&tables) {
        let mut poster = place.poster(&mapped);
        let full = Posting {
            kind: "earn",
            programme: Some("main".to_owned()),
            rule: Some("purchase".to_owned()),
            order_id: Some("o1".to_owned()),
            reverses_id: Some("1".to_owned()),
            expires_on: crate::period::parse_day("2027-12-31").ok(),
            ..zero("a", "A", 3)
        };
        let posted = post(&mut poster, &[full.clone(), zero("b", "A", -1)]).unwrap();
        assert_eq!((posted[0].kind.as_str(), posted[1].kind.as_str()), ("earn", "zero"));
        assert_eq!(
            place.rows("SELECT fkey, type, n, prog, why, ref, ends, ord FROM pts WHERE fkey IS NOT NULL ORDER BY fkey"),
            [
                ["a", "赠送", "3", "主", "purchase", "1", "2027-12-31", "o1"],
                ["b", "清零", "-1", "主", "NULL", "NULL", "NULL", "NULL"]
            ]
        );
        let refused =
            super::told(post(&mut poster, &[Posting { programme: Some("主".to_owned()), ..zero("c", "A", 3) }]));
        assert_eq!(refused.0, "posting::bad_posting", "{}", refused.1);
    }
    // Where the ledger has no such columns, the same is written without.
    for place in Place::all(TABLES) {
        let full =
            Posting { programme: Some("main".to_owned()), reverses_id: Some("1".to_owned()), ..zero("a", "A", 3) };
        assert_eq!(post(&mut place.poster(MAPPED), &[full]).unwrap().len(), 1);
    }
}

#[test]
fn the_database_makes_the_key_of_an_entry_where_it_can() {
    let kinds = [
        ("no INTEGER PRIMARY KEY", true, false),
        ("no BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", false, true),
        ("no BIGSERIAL PRIMARY KEY", false, true),
        ("no UUID PRIMARY KEY DEFAULT gen_random_uuid()", false, true),
        ("no TEXT PRIMARY KEY DEFAULT (lower(hex(randomblob(8))))", true, false),
    ];
    for (made, sqlite, postgres) in kinds {
        let tables = TABLES
            .replace("no TEXT PRIMARY KEY", made)
            .replace("(no, vip, at, type, n) VALUES('1', ", "(vip, at, type, n) VALUES(")
            .replace("('2', 'B'", "('B'");
        let places = Place::all("").into_iter().filter(|place| if place.is_file() { sqlite } else { postgres });
        for place in places {
            place.run(&tables);
            let posted = post(&mut place.poster(MAPPED), &[zero("k", "A", -1), zero("l", "A", -2)]).unwrap();
            assert_ne!(posted[0].entry_id, posted[1].entry_id);
            assert_ne!(posted[0].entry_id, "k", "{made}");
        }
    }
    // One column may be both.
    for place in Place::all(TABLES) {
        let both = MAPPED.replace("posting_key = \"fkey\"", "posting_key = \"no\"");
        assert_eq!(post(&mut place.poster(&both), &[zero("k", "A", -1)]).unwrap()[0].entry_id, "k");
        assert_eq!(place.one("SELECT fkey FROM pts WHERE no = 'k'"), "NULL");
    }
}
