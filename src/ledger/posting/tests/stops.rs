//! What stops a chunk, and that nothing of it stands then.

use std::time::Duration;

use super::{COLUMNS, MAPPED, Place, TABLES, members, post, told, year_end, zero, zeroing};
use crate::ledger::posting::Posting;

const ALL: &str = "SELECT no, vip, n, fkey FROM pts ORDER BY no";

#[test]
fn a_posting_that_makes_no_sense_stops_its_chunk() {
    let constant = format!("{MAPPED}programme = {{ constant = \"main\" }}\n");
    for place in Place::all(TABLES) {
        let mut poster = place.poster(&constant);
        let before = place.rows(ALL);
        let good = || zero("good", "A", -1);
        for (bad, words) in [
            (zero("", "A", -1), "empty"),
            (zero("good", "A", -2), "twice"),
            (zero("k", "A", 0), "no points"),
            (zero("k", "A", i64::MIN), "64 bits"),
            (Posting { kind: "gift", ..zero("k", "A", 1) }, "`gift`"),
            (Posting { programme: Some("vip".to_owned()), ..zero("k", "A", 1) }, "`main`"),
        ] {
            let (code, text) = told(post(&mut poster, &[good(), bad]));
            assert_eq!((code.as_str(), text.contains(words)), ("posting::bad_posting", true), "{text}");
        }
        let stranger = poster.post(&members(&["A"]), &COLUMNS, &mut |_, _| vec![good(), zero("k", "B", -1)]);
        assert_eq!(told(stranger).0, "posting::bad_posting");
        let later = Posting { at: year_end() + chrono::TimeDelta::seconds(1), ..zero("k", "A", -1) };
        let (code, text) = told(post(&mut poster, &[good(), later]));
        assert_eq!((code.as_str(), text.contains("2027-01-01")), ("ledger::in_the_future", true), "{text}");
        assert_eq!(place.rows(ALL), before);
        let right = Posting { programme: Some("main".to_owned()), ..good() };
        assert_eq!(post(&mut poster, &[right]).unwrap().len(), 1);
    }
}

#[test]
fn a_member_without_a_row_to_lock_gets_nothing() {
    let Some(place) = Place::postgres(TABLES) else { return };
    place.run("INSERT INTO pts(no, vip, at, type, n) VALUES('9', 'gone', '2026-01-02 03:04:05', 'earn', 9)");
    let before = place.rows(ALL);
    let zeroed = |mapped: &str| {
        let mut poster = place.poster(mapped);
        poster.post(&members(&["A", "gone"]), &COLUMNS, &mut |batch, dictionaries| zeroing("z", batch, dictionaries))
    };
    let (code, text) = told(zeroed(MAPPED));
    assert_eq!((code.as_str(), text.contains("`gone`")), ("posting::no_member", true), "{text}");
    assert_eq!(place.rows(ALL), before);
    assert_eq!(zeroed(&MAPPED.replace("[posting]\n", "[posting]\nlock = \"entries\"\n")).unwrap().len(), 2);
}

#[test]
fn what_the_database_refuses_stops_the_chunk() {
    let tables = TABLES.replace("fkey TEXT UNIQUE", "fkey TEXT UNIQUE, twice TEXT UNIQUE, CHECK (n <> -13)");
    let mapped = format!("{MAPPED}rule = \"twice\"\n");
    for place in Place::all(&tables) {
        let mut poster = place.poster(&mapped);
        let before = place.rows(ALL);
        let ruled = |key: &str| Posting { rule: Some("r".to_owned()), ..zero(key, "A", -1) };
        let (code, text) = told(post(&mut poster, &[zero("x", "A", -1), ruled("a"), ruled("b")]));
        assert_eq!(code, "posting::other_key", "{text}");
        // The entry's own key is taken: it is not the posting's.
        let (code, text) = told(post(&mut poster, &[zero("x", "A", -1), zero("1", "A", -1)]));
        assert_eq!(code, "posting::other_key", "{text}");
        let (code, text) = told(post(&mut poster, &[zero("x", "A", -1), zero("y", "A", -13)]));
        assert_eq!(code, "posting::refused", "{text}");
        assert_eq!(place.rows(ALL), before);
    }
}

#[test]
fn a_row_that_reads_otherwise_than_it_was_written_is_taken_back() {
    let sqlite = "CREATE TRIGGER other AFTER INSERT ON pts BEGIN UPDATE pts SET n = n - 1 WHERE no = new.no; END;
        CREATE TRIGGER none BEFORE INSERT ON pts WHEN new.n = -7 BEGIN SELECT RAISE(IGNORE); END";
    let postgres = "CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF new.n = -7 THEN RETURN NULL; END IF; new.n := new.n - 1; RETURN new; END $$;
        CREATE TRIGGER other BEFORE INSERT ON pts FOR EACH ROW EXECUTE FUNCTION other()";
    for place in Place::all(TABLES) {
        place.run(if place.is_file() { sqlite } else { postgres });
        let before = place.rows(ALL);
        let mut poster = place.poster(MAPPED);
        let (code, text) = told(post(&mut poster, &[zero("x", "A", -1)]));
        assert_eq!(
            (code.as_str(), text.contains("-1 points") && text.contains("-2 points")),
            ("posting::not_as_written", true),
            "{text}"
        );
        let (code, text) = told(post(&mut poster, &[zero("x", "A", -7)]));
        assert_eq!((code.as_str(), text.contains("reads as nothing")), ("posting::not_as_written", true), "{text}");
        assert_eq!(place.rows(ALL), before);
    }
}

#[test]
fn entries_that_reading_refuses_stop_the_chunk() {
    for place in Place::all(TABLES) {
        let mut poster = place.poster(MAPPED);
        place.run("INSERT INTO pts(no, vip, at, type, n) VALUES('9', 'A', '2027-01-01 00:00:00', 'earn', 9)");
        let (code, text) = told(post(&mut poster, &[zero("x", "A", -1)]));
        assert_eq!((code.as_str(), text.contains("in the row `9`")), ("ledger::in_the_future", true), "{text}");
        place.run("UPDATE pts SET at = 'soon' WHERE no = '9'");
        let (code, text) = told(post(&mut poster, &[zero("x", "A", -1)]));
        assert_eq!((code.as_str(), text.contains("in the row `9`")), ("ledger::wrong_type", true), "{text}");
        // Rows of others are nobody's business.
        assert_eq!(post(&mut poster, &[zero("x", "B", -1)]).unwrap().len(), 1);
    }
}

#[test]
fn a_connection_that_is_cut_in_the_middle_leaves_nothing_and_the_next_chunk_makes_another() {
    let Some(place) = Place::postgres(TABLES) else { return };
    let before = place.rows(ALL);
    let mut poster = place.poster(MAPPED);
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'fenji' AND datname = current_database()";
    let result = poster.post(&members(&["A"]), &COLUMNS, &mut |_, _| {
        assert_eq!(place.rows(cut), [["t"]]);
        vec![zero("x", "A", -1)]
    });
    let (code, text) = told(result);
    assert_eq!((code.as_str(), text.contains("goes on where it stopped")), ("posting::stopped", true), "{text}");
    assert_eq!(place.rows(ALL), before);
    // A server that loses its way between inserting and committing.
    place.run("CREATE FUNCTION dies() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN new; END $$;
        CREATE CONSTRAINT TRIGGER dies AFTER INSERT ON pts DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dies()");
    let (code, text) = told(post(&mut poster, &[zero("x", "A", -1)]));
    assert_eq!((code.as_str(), text.contains("when a chunk was committed")), ("posting::stopped", true), "{text}");
    assert_eq!(place.rows(ALL), before);
    place.run("DROP TRIGGER dies ON pts");
    assert_eq!(post(&mut poster, &[zero("x", "A", -1)]).unwrap().len(), 1);
}

#[test]
fn somebody_who_never_lets_go_is_told_of() {
    for place in Place::all(TABLES) {
        let mut poster = place.poster(MAPPED);
        let (done, held) = (std::sync::mpsc::channel::<()>(), std::sync::mpsc::channel::<()>());
        let (sender, receiver) = done;
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let receiver = receiver;
                super::races::holding(&place, "A", || {
                    held.0.send(()).unwrap();
                    let _ended = receiver.recv_timeout(Duration::from_secs(60));
                });
            });
            held.1.recv().unwrap();
            let (code, text) = told(post(&mut poster, &[zero("x", "A", -1)]));
            assert_eq!((code.as_str(), text.contains("5 times")), ("posting::busy", true), "{text}");
            sender.send(()).unwrap();
        });
        assert_eq!(post(&mut poster, &[zero("x", "A", -1)]).unwrap().len(), 1);
    }
}
