//! Loading 541,909 CSV lines, against prepared inserts of the same lines into a bare table.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::format_push_string,
    reason = "a benchmark prints its result and may stop at the first thing that is wrong"
)]

use std::{fs, path::Path, time::Instant};

use fenji::{
    ledger::{
        create::{LedgerInfo, create},
        entity::entity,
        load::{LoadRequest, MapFile, load},
    },
    money::{Currency, Scale},
    period::parse_day,
};
use rusqlite::Connection;

const LINES: u32 = 541_909;

const MAP: &str = "
[columns]
line_id = { row = true }
order_id = \"InvoiceNo\"
member_id = \"CustomerID\"
at = { column = \"InvoiceDate\", format = \"%Y-%m-%d %H:%M:%S\" }
product = \"StockCode\"
quantity = \"Quantity\"
amount = { product = [\"Quantity\", \"UnitPrice\"] }
kind = { rules = [
  { is = \"return\", when = [{ column = \"InvoiceNo\", starts-with = \"C\" }] },
  { is = \"sale\", when = [{ column = \"Quantity\", above = \"0\" }, { column = \"UnitPrice\", above = \"0\" }] },
], otherwise = \"adjustment\" }
";

fn main() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("lines.csv");
    fs::write(&file, lines()).unwrap();
    let ours = (0..3).map(|run| ours(dir.path(), &file, run)).fold(f64::MAX, f64::min);
    let peer = (0..3).map(|run| peer(dir.path(), &file, run)).fold(f64::MAX, f64::min);
    println!("load {LINES} lines with every check and the keys: {ours:.2} s");
    println!("bare prepared inserts, no checks, no keys:         {peer:.2} s");
    println!("ratio: {:.2}", ours / peer);
}

/// Lines of the shape of a wholesaler's invoices.
fn lines() -> String {
    let mut text = String::from("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n");
    for line in 0..LINES {
        let invoice = 536_365 + line / 21;
        let back = invoice % 53 == 0;
        let (mark, sign) = if back { ("C", "-") } else { ("", "") };
        let (day, minute) = (1 + (line / 20_000) % 28, line % 60);
        text.push_str(&format!(
            "{mark}{invoice},{},\"WHITE HANGING HEART, T-LIGHT HOLDER\",{sign}{},2011-{:02}-{day:02} 10:{minute:02}:00,{}.{:02},{},United Kingdom\n",
            85_123 + line % 4_070,
            1 + line % 12,
            1 + (line / 50_000) % 12,
            1 + line % 9,
            line % 100,
            12_346 + invoice % 4_372,
        ));
    }
    text
}

fn ours(dir: &Path, file: &Path, run: u32) -> f64 {
    let path = dir.join(format!("ours-{run}.db"));
    let currency = Currency { code: "GBP".to_owned(), scale: Scale::new(3).unwrap() };
    create(&path, &LedgerInfo { currency, zone: chrono_tz::Europe::London }).unwrap();
    let map_path = dir.join("map.toml");
    fs::write(&map_path, MAP).unwrap();
    let map = MapFile::read(&map_path, entity("transaction").unwrap()).unwrap();
    let request = LoadRequest {
        ledger: &path,
        file,
        map: &map,
        refused: &dir.join("refused.csv"),
        max_refused: Some(0),
        now: parse_day("2026-01-01").unwrap().and_hms_opt(0, 0, 0).unwrap(),
    };
    let start = Instant::now();
    load(&request, &mut |_| {}).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let rows: u32 =
        Connection::open(&path).unwrap().query_row("SELECT count(*) FROM transactions", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, LINES);
    seconds
}

fn peer(dir: &Path, file: &Path, run: u32) -> f64 {
    let mut connection = Connection::open(dir.join(format!("peer-{run}.db"))).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; CREATE TABLE t(a TEXT, b TEXT, c TEXT, d TEXT, e TEXT, f TEXT, g TEXT, h TEXT)",
        )
        .unwrap();
    let start = Instant::now();
    let transaction = connection.transaction().unwrap();
    {
        let mut insert = transaction.prepare("INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)").unwrap();
        for record in csv::Reader::from_path(file).unwrap().records() {
            insert.execute(rusqlite::params_from_iter(record.unwrap().iter())).unwrap();
        }
    }
    transaction.commit().unwrap();
    start.elapsed().as_secs_f64()
}
