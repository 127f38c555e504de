//! Whole loads into a real ledger: what is added, what is refused and how it is told.

use std::{
    io::Write as _,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
};

use chrono::NaiveDate;
use polars::prelude::{ParquetWriter, df};
use rusqlite::types::Value as Cell;

use super::*;
use crate::{
    declaration::Declaration,
    ledger::{
        create::create,
        entity::{ColumnType, ENTITIES, entity},
    },
    money::{Currency, Scale},
};

/// Transactions with a key of their own; `{extra}` stands for more sections.
const SALES: &str = r#"[columns]
line_id = "id"
at = "time"
kind = { column = "type", words = { "销售" = "sale", "退货" = "return", "调整" = "adjustment" } }
member_id = "card"
amount = "sum"
"#;

const HEADER: &str = "id,time,type,card,sum\n";

struct Fixture {
    home: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let currency = Currency { code: "CNY".to_owned(), scale: Scale::new(2).unwrap() };
        create(&home.path().join("ledger.db"), &LedgerInfo { currency, zone: chrono_tz::Asia::Shanghai }).unwrap();
        Self { home }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        std::fs::write(self.path(name), bytes).unwrap();
        self.path(name)
    }

    fn load_as(
        &self,
        name: &str,
        map: &str,
        file: &Path,
        max_refused: Option<u64>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<LoadOutcome, LoadError> {
        let map = MapFile::parse(Declaration::new("map.toml", map), entity(name).unwrap()).unwrap();
        let (ledger, refused) = (self.path("ledger.db"), self.path("refused.csv"));
        let now = NaiveDate::from_ymd_opt(2026, 10, 31).unwrap().and_hms_opt(12, 0, 0).unwrap();
        load(&LoadRequest { ledger: &ledger, file, map: &map, refused: &refused, max_refused, now }, progress)
    }

    fn try_load(&self, map: &str, bytes: impl AsRef<[u8]>, max_refused: Option<u64>) -> Result<LoadOutcome, LoadError> {
        self.load_as("transaction", map, &self.put("file.csv", bytes), max_refused, &mut |_| ())
    }

    fn load(&self, map: &str, bytes: impl AsRef<[u8]>) -> Loaded {
        loaded(self.try_load(map, bytes, None).unwrap())
    }

    /// The sales of a few lines in CSV without their header.
    fn sales(&self, lines: &str) -> Loaded {
        self.load(SALES, format!("{HEADER}{lines}"))
    }

    fn rows(&self, sql: &str) -> Vec<Vec<Cell>> {
        let connection = Connection::open(self.path("ledger.db")).unwrap();
        let mut statement = connection.prepare(sql).unwrap();
        let width = statement.column_count();
        let rows = statement.query_map([], |row| (0..width).map(|index| row.get(index)).collect()).unwrap();
        rows.map(Result::unwrap).collect()
    }

    fn count(&self, table: &str) -> i64 {
        let rows = self.rows(&format!("SELECT count(*) FROM {table}"));
        let Cell::Integer(count) = rows[0][0] else { panic!("{rows:?}") };
        count
    }

    fn refused(&self) -> String {
        std::fs::read_to_string(self.path("refused.csv")).unwrap()
    }
}

fn loaded(outcome: LoadOutcome) -> Loaded {
    match outcome {
        LoadOutcome::Loaded(loaded) => loaded,
        LoadOutcome::AlreadyLoaded { .. } => panic!("{outcome:?}"),
    }
}

/// Sound lines with keys from 0.
fn sales(count: u64) -> String {
    (0..count).fold(String::new(), |text, id| text + &format!("{id},2026-10-01 09:00:00,销售,A1,1\n"))
}

fn text(word: &str) -> Cell {
    Cell::Text(word.to_owned())
}

/// Message, code and help as the user sees them, with the directory of the test taken out.
fn shown(fixture: &Fixture, error: LoadError) -> String {
    let report = miette::Report::new(error);
    let help = report.help().map(|help| help.to_string()).unwrap_or_default();
    let shown = format!("{report} | {} | {help}", report.code().unwrap());
    shown.replace(&format!("{}/", fixture.home.path().display()), "")
}

#[test]
fn loads_chinese_words_from_gb18030() {
    let fixture = Fixture::new();
    let file = format!("{HEADER}1,2026-10-01 09:30:00,销售,A1,12.50\n2,2026-10-02 10:00:00,退货,,-3\n");
    let (bytes, _, _) = encoding_rs::GB18030.encode(&file);
    let loaded = fixture.load(&format!("[file]\nencoding = \"gb18030\"\n{SALES}"), &bytes);
    assert_eq!((loaded.read, loaded.added), (2, 2));
    assert_eq!(
        fixture.rows("SELECT line_id, at, kind, member_id, amount, store FROM transactions ORDER BY 1"),
        [
            [text("1"), text("2026-10-01 09:30:00"), text("sale"), text("A1"), Cell::Integer(1250), Cell::Null],
            [text("2"), text("2026-10-02 10:00:00"), text("return"), Cell::Null, Cell::Integer(-300), Cell::Null],
        ]
    );
}

#[test]
fn the_same_content_is_loaded_once_however_it_is_packed() {
    let fixture = Fixture::new();
    let file = format!("{HEADER}1,2026-10-01 09:30:00,销售,A1,12.50\n");
    assert_eq!(fixture.load(SALES, &file).added, 1);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(file.as_bytes()).unwrap();
    for bytes in [
        file.clone().into_bytes(),
        format!("\u{feff}{file}").into_bytes(),
        gzip.finish().unwrap(),
        zstd::encode_all(file.as_bytes(), 1).unwrap(),
    ] {
        let outcome = fixture.try_load(SALES, bytes, None).unwrap();
        let at = "2026-10-31 12:00:00".to_owned();
        assert_eq!(outcome, LoadOutcome::AlreadyLoaded { loaded_at: at, file: "file.csv".to_owned(), rows_added: 1 });
    }
    // Another map is another load, and finds the rows there.
    let again = fixture.load(&SALES.replace("member_id = \"card\"\n", ""), &file);
    assert_eq!((again.added, again.present), (0, 1));
    assert_eq!((fixture.count("transactions"), fixture.count("ledger_load")), (1, 2));
}

#[test]
fn overlapping_files_add_what_is_new_and_tell_what_disagrees() {
    let fixture = Fixture::new();
    fixture.sales("1,2026-10-01 09:00:00,销售,A1,1\n2,2026-10-01 09:00:00,销售,A1,2\n3,2026-10-01 09:00:00,销售,,3\n");
    let second = fixture.sales(
        "2,2026-10-01 09:00:00,销售,A1,2.00\n3,2026-10-01 09:00:00,销售,A9,3.01\n4,2026-10-01 09:00:00,销售,A1,4\n\
         4,2026-10-01 09:00:00,销售,A1,4.0\n4,2026-10-01 09:00:00,退货,A1,-4\n",
    );
    assert_eq!((second.read, second.added, second.present, second.repeated), (5, 1, 1, 1));
    let told: Vec<String> = second.first_refused.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "line 3: the ledger has other values for the key (`member_id, amount`: `A9` in this row, nothing in the ledger; \
             `3.01` in this row, `3.00` in the ledger)",
            "line 6: the key stands twice in the file with different values (`kind, amount`: `return` in this row, `sale` in an \
             earlier row; `-4.00` in this row, `4.00` in an earlier row)",
        ]
    );
    assert_eq!(fixture.rows("SELECT sum(amount) FROM transactions"), [[Cell::Integer(1000)]]);
    assert_eq!(
        fixture.rows(
            "SELECT rows_read, rows_added, rows_present, rows_repeated, rows_merged, rows_skipped, rows_refused FROM ledger_load WHERE id = 2"
        ),
        [[5, 1, 1, 1, 0, 0, 2].map(Cell::Integer)]
    );
}

#[test]
fn rows_by_number_repeat_only_with_the_content() {
    let fixture = Fixture::new();
    let map = SALES.replace("line_id = \"id\"", "line_id = { row = true }");
    let line = "1,2026-10-01 09:00:00,销售,A1,1\n";
    assert_eq!(fixture.load(&map, format!("{HEADER}{line}{line}")).added, 2);
    assert_eq!(fixture.load(&map, format!("{HEADER}{line}{line}{line}")).added, 3);
    let keys = fixture.rows("SELECT line_id FROM transactions");
    let Cell::Text(key) = &keys[0][0] else { panic!("{keys:?}") };
    assert_eq!((key.len(), &key[12..]), (22, "-000000001"));
}

#[test]
fn too_many_refused_rows_load_nothing_but_are_all_written_down() {
    let fixture = Fixture::new();
    let good = sales(5000);
    let file = format!("{HEADER}x,2026-10-01 09:00:00,赠送,A1,1\n{good}y,2026-10-01 09:00:00,销售,A1,1.005\n");
    let error = fixture.try_load(SALES, &file, Some(1)).unwrap_err();
    assert_eq!(
        shown(&fixture, error),
        "2 rows were refused, 1 are allowed: nothing was loaded (1 × a word that the column cannot have, 1 × too many decimal \
         places) | ledger::too_many_refused | every refused row stands in `refused.csv` with its reason: correct the map or the \
         rows, or allow more with `--max-refused`"
    );
    assert_eq!((fixture.count("transactions"), fixture.count("ledger_load")), (0, 0));
    assert_eq!(fixture.refused().lines().count(), 3);
    let loaded = loaded(fixture.try_load(SALES, &file, Some(2)).unwrap());
    assert_eq!((loaded.added, loaded.refused_rows(), loaded.max_refused), (5000, 2, Some(2)));
    assert_eq!(loaded.refused_file, Some(fixture.path("refused.csv")));
}

#[test]
fn a_load_that_breaks_off_leaves_nothing() {
    let fixture = Fixture::new();
    let lines = sales(9000);
    let file = fixture.put("file.csv", format!("{HEADER}bad,,,,\n{lines}"));
    let broken = catch_unwind(AssertUnwindSafe(|| {
        fixture.load_as("transaction", SALES, &file, None, &mut |progress| assert!(progress.rows < 8000, "stop here"))
    }));
    assert!(broken.is_err());
    assert_eq!((fixture.count("transactions"), fixture.count("ledger_load")), (0, 0));
    let left: Vec<_> =
        std::fs::read_dir(fixture.home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("refused")), "{left:?}");
    // The file that was torn on the way is loaded by the next try.
    assert_eq!(loaded(fixture.load_as("transaction", SALES, &file, None, &mut |_| ()).unwrap()).added, 9000);
}

#[test]
fn progress_comes_to_the_end_of_the_file() {
    let fixture = Fixture::new();
    let lines = sales(9000);
    let file = fixture.put("file.csv", format!("{HEADER}{lines}"));
    let mut told = Vec::new();
    fixture.load_as("transaction", SALES, &file, None, &mut |progress| told.push(progress)).unwrap();
    let bytes = std::fs::metadata(&file).unwrap().len();
    assert!(told.iter().any(|progress| progress.phase == Phase::Checking));
    assert!(told.is_sorted_by_key(|progress| progress.rows));
    let last = Progress { phase: Phase::Loading, bytes_done: bytes, bytes_total: bytes, rows: 9000 };
    assert_eq!(told.last(), Some(&last));
}

#[test]
fn hostile_cells_stay_cells() {
    let fixture = Fixture::new();
    let loaded = fixture.sales(
        "\"'); DROP TABLE transactions; --\",2026-10-01 09:00:00,销售,\"=cmd|'/c calc'!A0\",1\n\
         \"=HYPERLINK(\"\"http://x\"\")\",2026-10-01 09:00:00,\"+销售\",@SUM(1),-5\n",
    );
    assert_eq!((loaded.added, loaded.refused_rows()), (1, 1));
    assert_eq!(
        fixture.rows("SELECT line_id, member_id FROM transactions"),
        [[text("'); DROP TABLE transactions; --"), text("=cmd|'/c calc'!A0")]]
    );
    assert_eq!(
        fixture.refused(),
        "\u{feff}line,reason,column,value,id,time,type,card,sum\n\
         3,a word that the column cannot have,kind,'+销售,\"'=HYPERLINK(\"\"http://x\"\")\",2026-10-01 09:00:00,'+销售,'@SUM(1),-5\n"
    );
}

/// Every kind of refusal, as a line of the file and as it is told.
#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn the_gallery_of_refusals() {
    let fixture = Fixture::new();
    fixture.sales("old,2026-10-01 09:00:00,销售,A1,1\n");
    let map = format!(
        "{SALES}quantity = \"n\"\nstore = {{ rules = [{{ is = \"big\", when = [{{ column = \"n\", above = 9 }}] }}] }}\n"
    );
    let cases = [
        ("1,2026-10-01 09:00:00,销售,A1", RefusalKind::Ragged, "not as many fields as the header (4 fields)"),
        ("\"a\nb\",2", RefusalKind::Ragged, "not as many fields as the header (2 fields, lines 2 to 3)"),
        ("\"1\"x,2026-10-01 09:00:00,销售,A1,1,1", RefusalKind::StrayQuote, "text after a closing quote"),
        ("1\0,2026-10-01 09:00:00,销售,A1,1,1", RefusalKind::Nul, "a NUL character"),
        (" \u{3000},2026-10-01 09:00:00,销售,A1,1,1", RefusalKind::Missing, "a required value is empty (`line_id`)"),
        ("1,2026-10-01 09:00:00,销售,A1,,1", RefusalKind::Missing, "a required value is empty (`amount`)"),
        (
            "1,2026-10-01 09:00:00,赠送,A1,1,1",
            RefusalKind::UnknownWord,
            "a word that the column cannot have (`kind`: 赠送)",
        ),
        ("1,2026-10-01 09:00:00,销售,A1,1元,1", RefusalKind::NotANumber, "not a number (`amount`: 1元)"),
        ("1,2026-10-01 09:00:00,销售,A1,1,many", RefusalKind::NotANumber, "not a number (`n`: many)"),
        ("1,2026-10-01 09:00:00,销售,A1,0.001,1", RefusalKind::TooFine, "too many decimal places (`amount`: 0.001)"),
        (
            "1,2026-10-01 09:00:00,销售,A1,1,9999999999999999999",
            RefusalKind::TooLarge,
            "too many digits (`quantity`: 9999999999999999999)",
        ),
        ("1,2026-10-01 09:00:00,销售,A1,-0.01,1", RefusalKind::SaleBelowZero, "a sale below zero (`amount`: -0.01)"),
        ("1,2026-10-01 09:00:00,退货,A1,0.01,1", RefusalKind::ReturnAboveZero, "a return above zero (`amount`: 0.01)"),
        ("1,2026-10-01 9点,销售,A1,1,1", RefusalKind::NotATime, "not a date and time (`at`: 2026-10-01 9点)"),
        (
            "1,1986-05-04 02:30:00,销售,A1,1,1",
            RefusalKind::ClockGap,
            "a time that the clocks left out (`at`: 1986-05-04 02:30:00)",
        ),
        ("1,2026-10-31 12:00:01,销售,A1,1,1", RefusalKind::Future, "later than now (`at`: 2026-10-31 12:00:01)"),
        (
            "old,2026-10-01 09:00:00,销售,A1,1,1",
            RefusalKind::DiffersFromLedger,
            "the ledger has other values for the key (`quantity`: `1.000` in this row, nothing in the ledger)",
        ),
    ];
    for (line, kind, expected) in cases {
        let loaded = fixture.load(&map, format!("{},n\n{line}\n", HEADER.trim_end()));
        assert_eq!((loaded.read, loaded.refused_rows()), (1, 1), "{line}");
        assert_eq!(loaded.first_refused[0].kind, kind, "{line}");
        assert_eq!(loaded.first_refused[0].to_string(), format!("line 2: {expected}"));
    }
    let now = fixture.load(&map, format!("{},n\nnow,2026-10-31 12:00:00,调整,A1,-1,\n", HEADER.trim_end()));
    assert_eq!(now.added, 1);
    // The other kinds need other columns.
    let mut seen: Vec<RefusalKind> = cases.iter().map(|(_, kind, _)| *kind).collect();
    for (name, map, file, kind, expected) in [
        (
            "member",
            "member_id = \"a\"\nregistered_on = \"b\"\nblocked = \"c\"",
            "m,2026-02-30,",
            RefusalKind::NotADay,
            "not a day of the calendar (`registered_on`: 2026-02-30)",
        ),
        (
            "member",
            "member_id = \"a\"\nregistered_on = \"b\"\nblocked = \"c\"",
            "m,2026-02-28,2",
            RefusalKind::NotAFlag,
            "not yes or no (`blocked`: 2)",
        ),
        (
            "region",
            "region_id = \"a\"\nname = { rules = [{ is = \"x\", when = [{ column = \"b\", equals = \"y\" }] }] }",
            "m,z,",
            RefusalKind::NoRule,
            "no rule applies (`name`)",
        ),
        (
            "region",
            "region_id = \"a\"\nname = \"b\"",
            "m,z,\nm,y,",
            RefusalKind::RepeatedKey,
            "the key stands twice in the file with different values (`name`: `y` in this row, `z` in an earlier row)",
        ),
    ] {
        let file = fixture.put("file.csv", format!("a,b,c\n{file}\n"));
        let outcome = fixture.load_as(name, &format!("[columns]\n{map}\n"), &file, None, &mut |_| ()).unwrap();
        let refusal = &loaded(outcome).first_refused[0];
        assert_eq!(refusal.kind, kind);
        assert!(refusal.to_string().ends_with(expected), "{refusal}");
        seen.push(kind);
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, RefusalKind::ALL);
}

/// Every error that stops a file, as it is told.
#[test]
fn the_gallery_of_errors() {
    let fixture = Fixture::new();
    let good = format!("{HEADER}1,2026-10-01 09:00:00,销售,A1,1\n");
    let not_text = "save it as CSV in UTF-8 (plain, .gz or .zst) or as Parquet, and check `[file]` in the map";
    let (gb, _, _) = encoding_rs::GB18030.encode(&good);
    let packed = zstd::encode_all(good.as_bytes(), 1).unwrap();
    for (extra, bytes, expected) in [
        ("", &b""[..], "`file.csv` is empty | ledger::empty_file | export the file again: the first line has to name the columns".to_owned()),
        ("", b"\n\r\n", "`file.csv` is empty | ledger::empty_file | export the file again: the first line has to name the columns".to_owned()),
        ("", b"PK\x03\x04....", format!("`file.csv` is a ZIP archive or an XLSX workbook, not CSV or Parquet | ledger::not_text | {not_text}")),
        ("", b"i\0d\0,\0", format!("`file.csv` is full of NUL characters, not CSV or Parquet | ledger::not_text | {not_text}")),
        ("[file]\nformat = \"parquet\"\n", good.as_bytes(), format!("`file.csv` is another kind of file, not Parquet as the map says | ledger::not_text | {not_text}")),
        ("[file]\nformat = \"csv\"\n", b"PAR1", format!("`file.csv` is a Parquet file, not CSV as the map says | ledger::not_text | {not_text}")),
        ("", &packed[..packed.len() - 8], "`file.csv` is damaged: incomplete frame | ledger::damaged_file | the compressed data ends or breaks before its end: fetch the file again".to_owned()),
        ("", &gb, "line 2 of `file.csv` has the bytes cf, which are not UTF-8 | ledger::bad_encoding | if the file comes from a Chinese Excel, set `encoding = \"gb18030\"` under `[file]` in the map".to_owned()),
        ("", &good.as_bytes()[..good.len() - 3], "`file.csv` is cut off: the record that begins on line 2 has 4 fields instead of 5 and no line end | ledger::torn_file | export or copy the file again; if nothing else is missing, complete or delete its last record".to_owned()),
        ("", b"id,time,type,card,sum\n1,\"2026", "`file.csv` is cut off: the record that begins on line 2 has a quote that is never closed | ledger::torn_file | export or copy the file again; if nothing else is missing, complete or delete its last record".to_owned()),
        ("", b"id,tim,type,card,sum\n", "the file has no column `time` | ledger_map::unknown_source | did you mean `tim`?".to_owned()),
        ("store = { constant = \"x\" }\nquantity = { constant = \"1.0005\" }\n", good.as_bytes(), "`1.0005` cannot be the constant of `quantity`: too many decimal places | ledger_map::bad_constant | write a value of the column's type".to_owned()),
        ("", b"PAR1", "cannot read `file.csv` as Parquet: ".to_owned()),
    ] {
        let map = if extra.starts_with('[') { format!("{extra}{SALES}") } else { format!("{SALES}{extra}") };
        let found = shown(&fixture, fixture.try_load(&map, bytes, None).unwrap_err());
        assert!(found.starts_with(&expected), "{found}\nis not\n{expected}");
    }
    let endless = format!("{HEADER}\"{}", "x".repeat(2 << 20));
    let found = shown(&fixture, fixture.try_load(SALES, endless, None).unwrap_err());
    assert_eq!(
        found,
        "the record that begins on line 2 of `file.csv` is longer than 1048576 bytes | ledger::endless_record | look for a quote on that line that is never closed, and check `quote` in the map"
    );
    let load = |file: &str| fixture.load_as("transaction", SALES, &fixture.path(file), None, &mut |_| ());
    let found = shown(&fixture, load("none.csv").unwrap_err());
    assert!(
        found.starts_with("cannot read `none.csv`: No such file")
            && found.ends_with("| ledger::unreadable | check the path and its permissions"),
        "{found}"
    );
    std::fs::create_dir(fixture.path("folder")).unwrap();
    let found = shown(&fixture, load("folder").unwrap_err());
    assert_eq!(found, "`folder` is not a file | ledger::not_a_file | give the path of one CSV or Parquet file");
    assert_eq!((fixture.count("transactions"), fixture.count("ledger_load")), (0, 0));
    assert!(!fixture.path("refused.csv").exists());
}

#[test]
#[expect(clippy::too_many_lines, reason = "one step after the other")]
fn the_gallery_of_the_ledger() {
    let fixture = Fixture::new();
    let good = fixture.put("file.csv", format!("{HEADER}1,2026-10-01 09:00:00,销售,A1,1\nx,,,,\n"));
    let load = |progress: &mut dyn FnMut(Progress)| fixture.load_as("transaction", SALES, &good, None, progress);
    {
        let other = Connection::open(fixture.path("ledger.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let found = shown(&fixture, load(&mut |_| ()).unwrap_err());
        assert_eq!(
            found,
            "another program is writing into the ledger `ledger.db` | ledger::busy | wait until it is done and load again: nothing was added"
        );
    }
    let lines = sales(20_000);
    let long = fixture.put("file.csv", format!("{HEADER}{lines}"));
    let mut append = |progress: Progress| {
        if progress.rows == TELL_EVERY {
            std::fs::OpenOptions::new().append(true).open(&long).unwrap().write_all(b"2,,,,\n").unwrap();
        }
    };
    let found = shown(&fixture, load(&mut append).unwrap_err());
    assert_eq!(
        found,
        "`file.csv` changed while it was read | ledger::file_changed | wait until the file is complete and load again: nothing was added"
    );
    assert_eq!(fixture.count("transactions"), 0);

    fixture.put("file.csv", format!("{HEADER}1,2026-10-01 09:00:00,销售,A1,1\nx,,,,\n"));
    std::fs::create_dir(fixture.path("refused.csv")).unwrap();
    let found = shown(&fixture, load(&mut |_| ()).unwrap_err());
    assert!(
        found.starts_with("the file is loaded (1 rows added), but its ") && found.contains("ledger::refused_not_kept"),
        "{found}"
    );
    assert_eq!(fixture.count("transactions"), 1);

    for (path, expected) in [
        ("none.db", "there is no ledger at `none.db` | ledger::no_ledger | make one with `fenji ledger init`"),
        ("file.csv", "the database is not a ledger made by fenji: file is not a database | ledger::not_ours"),
    ] {
        let map = MapFile::parse(Declaration::new("map.toml", SALES), entity("transaction").unwrap()).unwrap();
        let (ledger, refused) = (fixture.path(path), fixture.path("no/such/refused.csv"));
        let now = NaiveDate::from_ymd_opt(2026, 10, 31).unwrap().and_hms_opt(12, 0, 0).unwrap();
        let request =
            LoadRequest { ledger: &ledger, file: &good, map: &map, refused: &refused, max_refused: None, now };
        let found = shown(&fixture, load_now(&request));
        assert!(found.starts_with(expected), "{found}");
        if path == "file.csv" {
            let ledger = fixture.path("ledger.db");
            let found = shown(
                &fixture,
                load_now(&LoadRequest {
                    ledger: &ledger,
                    file: &fixture.put("b.csv", format!("{HEADER}x,,,,\n")),
                    ..request
                }),
            );
            assert!(
                found.starts_with("cannot write the refused rows to `no/such/refused.csv`: ")
                    && found.contains("ledger::refused_unwritable"),
                "{found}"
            );
        }
    }
    let broken = shown(&fixture, LoadError::DoesNotAddUp { read: 3, accounted: 2 });
    assert_eq!(
        broken,
        "3 rows were read, but 2 are accounted for | ledger::load_does_not_add_up | nothing was loaded; this is a defect of fenji: please report it with the map"
    );
    let broken = shown(&fixture, rusqlite::Error::InvalidQuery.into());
    assert_eq!(
        broken,
        "the ledger answered with an error while rows were added: Query is not read-only | ledger::database | nothing was added; check the free space and that the ledger can be written"
    );
}

fn load_now(request: &LoadRequest<'_>) -> LoadError {
    load(request, &mut |_| ()).unwrap_err()
}

#[test]
fn several_rows_make_one_member() {
    let file =
        "card,day,city\nA1,2026-03-01,沪\nA2,2026-03-05,京\nA1,2026-04-01,宁\n,2026-04-02,宁\nA1,2026-99-01,宁\n";
    for (keep, expected) in [("first", ["2026-03-01", "沪"]), ("last", ["2026-04-01", "宁"])] {
        let fixture = Fixture::new();
        let map = format!(
            "[columns]\nmember_id = \"card\"\nregistered_on = \"day\"\nregion_id = \"city\"\n\
             [[skip]]\nreason = \"no card\"\nwhen = [{{ column = \"card\", empty = true }}]\n\
             [[skip]]\nreason = \"never\"\nwhen = [{{ column = \"card\", equals = \"Z\" }}]\n\
             [unique]\nby = \"member_id\"\nkeep = \"{keep}\"\n"
        );
        let load = |file: &str| {
            let file = fixture.put("file.csv", file);
            loaded(fixture.load_as("member", &map, &file, None, &mut |_| ()).unwrap())
        };
        let first = load(file);
        assert_eq!((first.read, first.added, first.merged, first.refused_rows()), (5, 2, 1, 1));
        let skipped: Vec<_> = first.skipped.iter().map(|(reason, rows)| (reason.as_str(), *rows)).collect();
        assert_eq!(skipped, [("never", 0), ("no card", 1)]);
        let rows = fixture.rows("SELECT registered_on, region_id FROM members ORDER BY member_id");
        assert_eq!(rows[0], expected.map(text));
        // A later file finds one of them unchanged and one moved: the row that counts is refused with its line and fields.
        let later = load("card,day,city\nA2,2026-03-05,京\nA1,2020-01-01,\"x,\ny\"\n");
        assert_eq!((later.added, later.present, later.merged, later.refused_rows()), (0, 1, 0, 1));
        assert_eq!(later.first_refused[0].line, 3);
        assert!(fixture.refused().ends_with(",A1,2020-01-01,\"x,\ny\"\n"), "{}", fixture.refused());
    }
}

#[test]
fn times_move_from_the_zone_of_the_file_to_the_ledgers() {
    let fixture = Fixture::new();
    let map = SALES.replace(
        "at = \"time\"",
        "at = { column = \"time\", format = [\"%d/%m/%Y %H:%M\", \"epoch-seconds\"], zone = \"Europe/London\" }",
    );
    let loaded = fixture
        .load(&map, format!("{HEADER}1,01/07/2026 20:00,销售,,1\n2,1782932400,销售,,1\n3,29/03/2026 01:30,销售,,1\n"));
    assert_eq!(loaded.refused.into_iter().collect::<Vec<_>>(), [(RefusalKind::ClockGap, 1)]);
    assert_eq!(
        fixture.rows("SELECT at FROM transactions ORDER BY line_id"),
        [[text("2026-07-02 03:00:00")], [text("2026-07-02 03:00:00")]]
    );
}

#[test]
fn origins_and_words_make_values() {
    let fixture = Fixture::new();
    let map = r#"[file]
delimiter = ";"
nothing = ["-"]
[columns]
line_id = { join = ["order", "line"], with = "/" }
order_id = { column = "order", strip = ".0" }
member_id = "card"
at = { constant = "2026-01-01 00:00:00" }
kind = { rules = [
  { is = "return", when = [{ column = "order", starts-with = "C" }] },
  { is = "sale", when = [{ column = "n", above = "0" }, { column = "price", at-least = "0.01", at-most = 1000 }] },
], otherwise = "adjustment" }
store = { constant = "London" }
quantity = "n"
amount = { product = ["n", "price"], strip = "£," }
"#;
    let file =
        "order;line;card;n;price\n536365.0;1;-;6;2.55\nC7;1;A;-1;1000\n9;1;A;0;5\n9;2;A;2.5;0.001\nC7;2;A;-1;£1,000\n";
    let loaded = fixture.load(map, file);
    assert_eq!(loaded.first_refused[0].to_string(), "line 5: too many decimal places (`amount`: 2.5 × 0.001)");
    assert_eq!((loaded.added, loaded.refused_rows()), (4, 1));
    let whole = Cell::Integer;
    assert_eq!(
        fixture.rows(
            "SELECT line_id, order_id, member_id, kind, quantity, amount, store FROM transactions ORDER BY line_id"
        ),
        [
            [text("536365.0/1"), text("536365"), Cell::Null, text("sale"), whole(6000), whole(1530), text("London")],
            [text("9/1"), text("9"), text("A"), text("adjustment"), whole(0), whole(0), text("London")],
            [text("C7/1"), text("C7"), text("A"), text("return"), whole(-1000), whole(-100_000), text("London")],
            [text("C7/2"), text("C7"), text("A"), text("return"), whole(-1000), whole(-100_000), text("London")],
        ]
    );
}

#[test]
fn a_parquet_file_loads_like_text() {
    let fixture = Fixture::new();
    let mut frame = df!(
        "id" => [1_i64, 2],
        "time" => ["2026-10-01 09:30:00", "2026-10-01 09:30:00"],
        "type" => ["销售", "退货"],
        "card" => [Some("A1"), None],
        "sum" => [12.5_f64, -0.1],
    )
    .unwrap();
    let path = fixture.path("file.parquet");
    ParquetWriter::new(std::fs::File::create(&path).unwrap()).finish(&mut frame).unwrap();
    let load = || fixture.load_as("transaction", SALES, &path, None, &mut |_| ()).unwrap();
    assert_eq!(loaded(load()).added, 2);
    assert!(matches!(load(), LoadOutcome::AlreadyLoaded { rows_added: 2, .. }));
    assert_eq!(
        fixture.rows("SELECT line_id, member_id, amount FROM transactions"),
        [[text("1"), text("A1"), Cell::Integer(1250)], [text("2"), Cell::Null, Cell::Integer(-10)]]
    );
}

#[test]
fn every_entity_can_be_loaded_with_every_column() {
    let fixture = Fixture::new();
    for entity in ENTITIES {
        let value = |kind: ColumnType| match kind {
            ColumnType::Key => ("k1", text("k1")),
            ColumnType::Text => ("金卡", text("金卡")),
            ColumnType::Money => ("12.34", Cell::Integer(1234)),
            ColumnType::Quantity => ("1.5", Cell::Integer(1500)),
            ColumnType::Points | ColumnType::Count => ("-7", Cell::Integer(-7)),
            ColumnType::Day => ("2026-10-31", text("2026-10-31")),
            ColumnType::Instant => ("2026-10-30 18:05:09", text("2026-10-30 18:05:09")),
            ColumnType::Flag => ("是", Cell::Integer(1)),
            ColumnType::Choice(choices) => (choices[0], text(choices[0])),
        };
        let names: Vec<&str> = entity.columns.iter().map(|column| column.name).collect();
        let (cells, expected): (Vec<&str>, Vec<Cell>) = entity.columns.iter().map(|column| value(column.kind)).unzip();
        let map = names.iter().fold("[columns]\n".to_owned(), |map, name| format!("{map}{name} = \"{name}\"\n"));
        let file = fixture.put("file.csv", format!("{}\n{}\n", names.join(","), cells.join(",")));
        let outcome = fixture.load_as(entity.name, &map, &file, None, &mut |_| ()).unwrap();
        assert_eq!(loaded(outcome).added, 1, "{}", entity.name);
        let found = fixture.rows(&format!("SELECT {} FROM {}", names.join(", "), entity.table));
        assert_eq!(found, [expected], "{}", entity.name);
    }
}
