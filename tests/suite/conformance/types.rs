//! One value of each type in each database, and what becomes of it.

use super::{Each, Ledger, shown};

/// A value as each database holds it, for a column of the contract, and what is read: a text, or, behind `!`, words of the refusal.
struct Case {
    column: &'static str,
    types: Each<'static>,
    values: Each<'static>,
    expected: &'static str,
}

/// The same literal in each database.
const fn same(column: &'static str, types: Each<'static>, value: &'static str, expected: &'static str) -> Case {
    Case { column, types, values: [value; 3], expected }
}

const fn case(column: &'static str, types: Each<'static>, values: Each<'static>, expected: &'static str) -> Case {
    Case { column, types, values, expected }
}

const WHOLE: Each<'static> = ["INTEGER", "bigint", "bigint"];
const TEXT: Each<'static> = ["TEXT", "text", "varchar(100)"];
const CENTS: Each<'static> = ["TEXT", "numeric(12,2)", "decimal(12,2)"];
const LONG: Each<'static> = ["TEXT", "numeric(38,30)", "decimal(38,30)"];
const DAY: Each<'static> = ["TEXT", "date", "date"];
const LOCAL: Each<'static> = ["TEXT", "timestamp", "datetime(6)"];
const ZONED: Each<'static> = ["TEXT", "timestamptz", "timestamp(6) null"];
const BYTES: Each<'static> = ["BLOB", "bytea", "varbinary(20)"];

const CASES: &[Case] = &[
    // Amounts.
    same("transaction.amount", WHOLE, "12", "1200"),
    same("transaction.amount", ["INTEGER", "smallint", "tinyint"], "-7", "-700"),
    same("transaction.amount", ["INTEGER", "integer", "int unsigned"], "2147483647", "214748364700"),
    same("transaction.amount", CENTS, "'-12.34'", "-1234"),
    same("transaction.amount", CENTS, "'0.05'", "5"),
    same("transaction.amount", CENTS, "'-0.05'", "-5"),
    same("transaction.amount", CENTS, "'9999999999.99'", "999999999999"),
    same("transaction.amount", LONG, "'12345678.500000000000000000000000000000'", "1234567850"),
    same("transaction.amount", TEXT, "'1234.5'", "123450"),
    same("transaction.amount", LONG, "'1.005'", "!transaction.amount"),
    same("transaction.amount", LONG, "'0.000000000000000000000000000001'", "!transaction.amount"),
    same(
        "transaction.amount",
        ["TEXT", "numeric(38,0)", "decimal(38,0)"],
        "'99999999999999999999999999999999999999'",
        "!transaction.amount",
    ),
    same(
        "transaction.amount",
        ["TEXT", "numeric(38,0)", "decimal(38,0)"],
        "'92233720368547758'",
        "9223372036854775800",
    ),
    same(
        "transaction.amount",
        ["TEXT", "numeric(38,0)", "decimal(38,0)"],
        "'92233720368547759'",
        "!transaction.amount",
    ),
    case("transaction.amount", ["TEXT", "numeric", "varchar(9)"], ["'NaN'"; 3], "!NaN"),
    case("transaction.amount", ["TEXT", "numeric", "varchar(9)"], ["'-Infinity'"; 3], "!Infinity"),
    same("transaction.amount", ["REAL", "double precision", "double"], "12.5", "!12.5"),
    same("transaction.amount", ["REAL", "real", "float"], "12.5", "!12.5"),
    same("transaction.amount", TEXT, "'12元'", "!12元"),
    case("transaction.amount", BYTES, ["x'3132'", "'12'", "'12'"], "!transaction.amount"),
    same("transaction.amount", DAY, "'2026-01-01'", "!transaction.amount"),
    same("transaction.amount", CENTS, "NULL", "!empty"),
    same("card.fee", WHOLE, "NULL", "-"),
    same("card.fee", WHOLE, "9223372036854775807", "9223372036854775807"),
    same("card.fee", WHOLE, "-9223372036854775807", "-9223372036854775807"),
    same("card.fee", WHOLE, "(-9223372036854775807 - 1)", "!64 bits"),
    case("card.fee", ["TEXT", "numeric(20,0)", "bigint unsigned"], ["'9223372036854775808'"; 3], "!card.fee"),
    same("card.fee", CENTS, "'12.00'", "1200"),
    // Quantities and points.
    same("transaction.quantity", ["TEXT", "numeric(10,3)", "decimal(10,3)"], "'-1.125'", "-1125"),
    same("transaction.quantity", WHOLE, "3", "3000"),
    same("transaction.quantity", ["TEXT", "numeric(10,4)", "decimal(10,4)"], "'0.0001'", "!transaction.quantity"),
    same("points_entry.points", WHOLE, "-9223372036854775807", "-9223372036854775807"),
    same("points_entry.points", ["INTEGER", "numeric(10,0)", "decimal(10,0)"], "12", "12"),
    same("points_entry.points", ["REAL", "numeric(10,1)", "decimal(10,1)"], "12.5", "!whole"),
    // Days.
    same("card.valid_to", DAY, "'2016-02-29'", "2016-02-29"),
    same("card.valid_to", DAY, "'0001-01-01'", "0001-01-01"),
    same("card.valid_to", DAY, "'9999-12-31'", "9999-12-31"),
    same("card.valid_to", DAY, "'1969-12-31'", "1969-12-31"),
    same("card.valid_to", LOCAL, "'2016-02-29 23:59:59'", "2016-02-29"),
    same("card.valid_to", DAY, "NULL", "-"),
    same("card.valid_to", TEXT, "'2016-02-30'", "!card.valid_to"),
    same("card.valid_to", TEXT, "''", "-"),
    same("card.valid_to", WHOLE, "20160229", "!card.valid_to"),
    case("card.valid_to", ["TEXT", "date", "varchar(9)"], ["'infinity'"; 3], "!infin"),
    // Instants. `Z` stands for UTC in each database.
    same("transaction.at", LOCAL, "'2016-10-31 18:05:09'", "1477937109"),
    same("transaction.at", LOCAL, "'2016-10-31 18:05:09.999999'", "1477937109"),
    same("transaction.at", LOCAL, "'1969-12-31 23:59:59.5'", "-1"),
    same("transaction.at", DAY, "'2016-10-31'", "1477872000"),
    case(
        "transaction.at",
        ZONED,
        ["'2016-10-31 10:05:09Z'", "'2016-10-31 10:05:09Z'", "'2016-10-31 10:05:09'"],
        "1477937109",
    ),
    case("transaction.at", ["TEXT", "timestamptz", "varchar(40)"], ["'2016-10-31 12:05:09+02:00'"; 3], "1477937109"),
    case("transaction.at", ["TEXT", "timestamp", "varchar(9)"], ["'infinity'"; 3], "!infin"),
    same("transaction.at", LOCAL, "NULL", "!empty"),
    same("transaction.at", ["TEXT", "time", "time"], "'10:00:00'", "!transaction.at"),
    // Flags.
    case("member.blocked", ["INTEGER", "boolean", "boolean"], ["1", "true", "true"], "1"),
    case("member.blocked", ["INTEGER", "boolean", "bit(1)"], ["0", "false", "b'0'"], "0"),
    same("member.blocked", ["INTEGER", "smallint", "tinyint(1)"], "2", "!member.blocked"),
    case("member.blocked", ["INTEGER", "boolean", "boolean"], ["NULL"; 3], "-"),
    // Keys and words.
    same("member.customer_id", WHOLE, "-5", "-5"),
    same(
        "member.customer_id",
        ["TEXT", "numeric(20,0)", "decimal(20,0)"],
        "'123456789012345678'",
        "123456789012345678",
    ),
    same(
        "member.customer_id",
        ["TEXT", "uuid", "uuid"],
        "'123e4567-e89b-12d3-a456-426655440000'",
        "123e4567-e89b-12d3-a456-426655440000",
    ),
    same("member.customer_id", ["TEXT", "char(10)", "char(10)"], "'ab'", "ab"),
    case("member.customer_id", BYTES, ["x'6162'", "'ab'", "'ab'"], "!member.customer_id"),
    same("member.name", TEXT, "'张三 O''Neil \"x\" 😀'", "张三 O'Neil \"x\" 😀"),
    case("member.name", TEXT, ["'a\\b\nc\td'", "'a\\b\nc\td'", "'a\\\\b\nc\td'"], "a\\b\nc\td"),
    same("member.name", TEXT, "''", "-"),
    same("member.name", TEXT, "' '", " "),
    same("member.name", ["TEXT", "varchar(10)", "varchar(10) character set gbk"], "'会员'", "会员"),
    same("member.sex", TEXT, "'女''s\"'", "female"),
    same("member.sex", TEXT, "'男'", "!男"),
];

/// The columns that an entity must have, as constants, but for its first key.
fn constants(entity: &str) -> &'static str {
    match entity {
        "transaction" => {
            "line_id = \"k\"\nat = { constant = \"2020-01-01\" }\nkind = { constant = \"adjustment\" }\namount = { constant = \"0\", unit = \"minor\" }\n"
        }
        "card" => {
            "card_id = \"k\"\nmember_id = { constant = \"M\" }\ntier = { constant = \"x\" }\nissued_on = { constant = \"2020-01-01\" }\n"
        }
        "points_entry" => {
            "entry_id = \"k\"\nmember_id = { constant = \"M\" }\nat = { constant = \"2020-01-01\" }\nkind = { constant = \"earn\" }\npoints = { constant = \"1\" }\n"
        }
        "member" => "member_id = \"k\"\nregistered_on = { constant = \"2020-01-01\" }\n",
        _ => panic!("{entity}"),
    }
}

/// A mapping of a table with the columns `k` and `v`, where one column of the contract is `v`.
pub fn mapped(column: &str, table: &str) -> String {
    let (entity, name) = column.split_once('.').unwrap();
    let others: String = constants(entity)
        .lines()
        .filter(|line| !line.starts_with(&format!("{name} ")))
        .flat_map(|line| [line, "\n"])
        .collect();
    let own = match column {
        // The extremes are of minor units; a decimal needs the other.
        "card.fee" if table.ends_with('m') => "{ column = \"v\", unit = \"minor\" }",
        "transaction.amount" | "card.fee" => "{ column = \"v\", unit = \"major\" }",
        "member.sex" => "{ column = \"v\", words = { \"女's\\\"\" = \"female\" } }",
        _ => "\"v\"",
    };
    format!("[entity.{entity}]\ntable = \"{table}\"\n[entity.{entity}.columns]\n{others}{name} = {own}\n")
}

#[test]
fn each_type_is_read_exactly_or_refused_with_its_row() {
    let mut faults = Vec::new();
    for ledger in Ledger::of_each_kind() {
        for case in CASES {
            let (kind, value) = (ledger.of(case.types), ledger.of(case.values));
            let whole = kind.contains("int") || kind.contains("INT");
            let table = ledger.table() + if whole { "m" } else { "" };
            let zone = ledger.of(["", "SET timezone = 'UTC';", "SET time_zone = '+00:00';"]);
            let insert = format!("INSERT INTO {table} VALUES ('R1', {value})");
            ledger.run(&format!("{zone} CREATE TABLE {table} (k varchar(20) PRIMARY KEY, v {kind}); {insert}"));
            let (entity, name) = case.column.split_once('.').unwrap();
            let name = fenji::ledger::entity::entity(entity).unwrap().column(name).unwrap().name;
            let read = ledger.read("Asia/Shanghai", &mapped(case.column, &table), entity, &[name]);
            let read = read.map(|rows| rows.concat().concat()).map_err(shown);
            let good = match (case.expected.strip_prefix('!'), &read) {
                (None, Ok(found)) => found == case.expected,
                // The words, and which row it is.
                (Some(words), Err(error)) => {
                    error.to_lowercase().contains(&words.to_lowercase()) && error.contains("R1")
                }
                _ => false,
            };
            if !good {
                faults.push(format!(
                    "{}: {} {kind} {value}: {read:?}, not {}",
                    ledger.name(),
                    case.column,
                    case.expected
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn days_begin_where_the_ledger_is() {
    // An instant in UTC, and the day and second that it is in a zone.
    let cases = [
        ("Asia/Shanghai", "2025-06-30 15:59:59", "2025-06-30", "2025-06-30 23:59:59"),
        ("Asia/Shanghai", "2025-06-30 16:00:00", "2025-07-01", "2025-07-01 00:00:00"),
        ("Asia/Shanghai", "1988-07-01 15:30:00", "1988-07-02", "1988-07-02 00:30:00"),
        ("Europe/Berlin", "2025-03-30 00:59:59", "2025-03-30", "2025-03-30 01:59:59"),
        ("Europe/Berlin", "2025-03-30 01:00:00", "2025-03-30", "2025-03-30 03:00:00"),
        ("Europe/Berlin", "2025-10-26 00:30:00", "2025-10-26", "2025-10-26 02:30:00"),
        ("Europe/Berlin", "2025-10-26 01:30:00", "2025-10-26", "2025-10-26 02:30:00"),
        ("Europe/Berlin", "2025-10-25 22:00:00", "2025-10-26", "2025-10-26 00:00:00"),
        ("America/New_York", "2026-01-01 04:59:59", "2025-12-31", "2025-12-31 23:59:59"),
    ];
    for ledger in Ledger::of_each_kind() {
        for (zone, utc, day, local) in cases {
            let table = ledger.table();
            let kind = ledger.of(["TEXT", "timestamptz", "timestamp null"]);
            let session = ledger.of(["", "SET timezone = 'UTC';", "SET time_zone = '+00:00';"]);
            let mark = ledger.of(["Z", "", ""]);
            ledger.run(&format!("{session} CREATE TABLE {table} (k varchar(20), v {kind}); INSERT INTO {table} VALUES ('R1', '{utc}{mark}')"));
            let read = |column: &str, name| {
                ledger
                    .read(zone, &mapped(column, &table), column.split_once('.').unwrap().0, &[name])
                    .map_err(shown)
                    .unwrap()
                    .concat()
                    .concat()
            };
            assert_eq!(read("card.valid_to", "valid_to"), day, "{} {zone} {utc}", ledger.name());
            let seconds =
                chrono::NaiveDateTime::parse_from_str(local, "%Y-%m-%d %H:%M:%S").unwrap().and_utc().timestamp();
            assert_eq!(read("transaction.at", "at"), seconds.to_string(), "{} {zone} {utc}", ledger.name());
        }
    }
}
