//! `fenji ledger load` as an operator meets it: counts, refusals, nothing twice, all or nothing.

use std::io::Write;

use crate::support::World;

const MAP: &str = "
[columns]
line_id = \"流水号\"
order_id = \"单号\"
member_id = \"会员\"
at = { column = \"时间\", format = \"%Y/%m/%d %H:%M\" }
kind = { column = \"类型\", words = { \"销售\" = \"sale\", \"退货\" = \"return\" } }
amount = { column = \"金额\", unit = \"major\" }
";

const HEAD: &str = "流水号,单号,会员,时间,类型,金额\n";

fn world() -> World {
    let world = World::new();
    world.fenji(&["ledger", "init"]).succeeded();
    world.write("map.toml", MAP);
    world
}

fn load(world: &World, bytes: impl AsRef<[u8]>, more: &[&str]) -> crate::support::Said {
    let file = world.write("lines.csv", bytes);
    let map = world.home().join("map.toml");
    let refused = world.home().join("refused.csv");
    let mut arguments = vec![
        "ledger",
        "load",
        "transaction",
        file.to_str().unwrap(),
        "--map",
        map.to_str().unwrap(),
        "--refused",
        refused.to_str().unwrap(),
    ];
    arguments.extend(more);
    world.fenji(&arguments)
}

fn rows(world: &World) -> i64 {
    world.sql().query_row("SELECT count(*) FROM transactions", [], |row| row.get(0)).unwrap()
}

#[test]
fn encodings_and_compressions_give_the_same_rows() {
    let text = format!("{HEAD}1,A,甲,2026/10/01 09:30,销售,12.50\n2,A,乙,2026/10/02 10:00,退货,-2.5\n");
    let (gb18030, _, _) = encoding_rs::GB18030.encode(&text);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(text.as_bytes()).unwrap();
    let zst = zstd::encode_all(text.as_bytes(), 3).unwrap();
    let mut seen = Vec::new();
    for (bytes, encoding) in [
        (text.clone().into_bytes(), None),
        (format!("\u{FEFF}{text}").into_bytes(), None),
        (gb18030.into_owned(), Some("gb18030")),
        (gz.finish().unwrap(), None),
        (zst, None),
    ] {
        let world = world();
        if let Some(encoding) = encoding {
            world.write("map.toml", format!("[file]\nencoding = \"{encoding}\"\n{MAP}"));
        }
        load(&world, bytes, &[]).succeeded();
        let sql = world.sql();
        let mut statement =
            sql.prepare("SELECT line_id, member_id, at, kind, amount FROM transactions ORDER BY line_id").unwrap();
        let found: Vec<(String, String, String, String, i64)> = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        seen.push(found);
    }
    assert_eq!(seen[0][1], ("2".into(), "乙".into(), "2026-10-02 10:00:00".into(), "return".into(), -250));
    assert!(seen.iter().all(|rows| *rows == seen[0]));
}

#[test]
fn refused_rows_are_told_with_line_and_reason_and_the_others_stay() {
    let world = world();
    let text = format!(
        "{HEAD}1,A,甲,2026/10/01 09:30,销售,12.50\n2,A,甲,2026/13/01 09:30,销售,1\n3,A,甲,2026/10/01 09:30,赠品,1\n4,A,甲,2026/10/01 09:30,销售,1.005\n\
         5,A,甲,2026/10/01 09:30,销售,-1\n6,A,甲,2999/10/01 09:30,销售,1\n7,A,甲,2026/10/01 09:30,销售,=1+1\n"
    );
    let said = load(&world, &text, &[]).succeeded();
    assert_eq!(rows(&world), 1);
    let refused = world.read("refused.csv");
    for line in 3..=8 {
        assert!(refused.contains(&format!("\n{line},")), "line {line}\n{refused}");
    }
    assert_eq!(said.out.matches("refused:").count(), 6, "{}", said.out);
    assert!(!refused.contains(",=1+1"), "a cell is never a formula: {refused}");
}

#[test]
fn beyond_the_limit_nothing_is_loaded() {
    let world = world();
    let text = format!("{HEAD}1,A,甲,2026/10/01 09:30,销售,12.50\n2,A,甲,oops,销售,1\n");
    let said = load(&world, &text, &["--max-refused", "0"]);
    assert_eq!((said.code, rows(&world)), (4, 0), "{}", said.err);
}

#[test]
fn the_same_rows_in_another_file_are_present_already_and_changed_ones_are_refused() {
    let world = world();
    load(&world, format!("{HEAD}1,A,甲,2026/10/01 09:30,销售,12.50\n"), &[]).succeeded();
    let said = load(&world, format!("{HEAD}1,A,甲,2026/10/01 09:30,销售,12.50\n2,A,甲,2026/10/01 09:30,销售,1\n"), &[]);
    assert_eq!(rows(&world), 2);
    assert!(said.succeeded().out.contains("already present"));
    let refused = load(&world, format!("{HEAD}1,A,甲,2026/10/01 09:30,销售,99\n"), &[]);
    assert_eq!(refused.code, 4, "nothing was loaded: {}", refused.err);
    assert_eq!(rows(&world), 2);
    let refused = world.read("refused.csv");
    assert!(refused.contains("99") && refused.contains("12.50"), "both values are told: {refused}");
}
