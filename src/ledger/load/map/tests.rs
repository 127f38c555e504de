//! The gallery of what a map can get wrong, and what a sound map becomes.

use super::*;
use crate::ledger::entity::entity;

const SOUND: &str = r#"[file]
format = "csv"
encoding = "gb18030"
delimiter = "\t"
quote = "'"
nothing = ["", " NULL "]
[columns]
line_id = { join = ["order", "line"], with = "/" }
order_id = "order"
member_id = { column = "card", strip = ".0" }
at = { column = "time", format = ["%Y-%m-%d %H:%M:%S", "epoch-millis"], zone = "Asia/Shanghai" }
kind = { column = "type", words = { "销售" = "sale", "退货" = "return" } }
category = { rules = [{ is = "茶", when = [{ column = "name", contains = "茶" }] }], otherwise = "其他" }
store = { constant = "南京西路" }
quantity = { column = "count", negate = true }
amount = { column = "sum", unit = "minor", strip = "¥," }
[[skip]]
reason = "test"
when = [{ column = "store", equals = "TEST", not-equals = "x" }, { column = "sum", at-least = -5, below = "0.5" }]
[unique]
by = "line_id"
keep = "last"
"#;

fn parse(text: &str, name: &str) -> Result<MapFile, Faults> {
    MapFile::parse(Declaration::new("map.toml", text), entity(name).unwrap())
}

/// Every fault as `line code: message | help`.
fn faults(text: &str, name: &str) -> Vec<String> {
    let faults = match parse(text, name) {
        Ok(map) => panic!("{map:?}"),
        Err(faults) => faults.into_list(),
    };
    let show = |fault: &Fault| {
        let help = miette::Diagnostic::help(fault).map(|help| help.to_string()).unwrap_or_default();
        let line = fault.line().map_or("-".to_owned(), |line| line.to_string());
        format!("{line} {}: {fault} | {help}", fault.code_name().trim_start_matches("ledger_map::"))
    };
    faults.iter().map(show).collect()
}

#[test]
fn reads_a_sound_map() {
    let map = parse(SOUND, "transaction").unwrap();
    assert_eq!(map.entity().name, "transaction");
    assert_eq!(map.file.format, Some(FileFormat::Csv));
    assert_eq!((map.file.encoding, map.file.delimiter, map.file.quote), (TextEncoding::Gb18030, b'\t', b'\''));
    assert_eq!(map.file.nothing, ["", "NULL"]);
    let names: Vec<_> = map.columns.iter().map(|column| column.spec.name).collect();
    assert_eq!(
        names,
        ["line_id", "order_id", "member_id", "at", "kind", "category", "store", "quantity", "amount"],
        "in the order of the contract"
    );
    assert_eq!(map.unique, Some(Keep::Last));
    assert_eq!(map.skips[0].when.len(), 4);
    assert_eq!(map.field_name(map.skips[0].when[3].field), "sum");
    assert_eq!(map.skips[0].when[2].test, Test::Below(Decimal::new(5, 1)));
    assert_eq!(map.skips[0].when[3].test, Test::AtLeast(Decimal::from(-5)));
    assert!(!map.is_keyed_by_row());
    assert_eq!(map.digest().len(), 64);
    assert_ne!(map.digest(), parse(&SOUND.replace("last", "first"), "transaction").unwrap().digest());
}

#[test]
fn the_maps_that_ship_are_sound() {
    for (name, map) in [
        ("transaction", include_str!("../../../../config/maps/example-transactions.toml")),
        ("transaction", include_str!("../../../../tests/maps/online_retail_transactions.toml")),
        ("member", include_str!("../../../../tests/maps/online_retail_members.toml")),
    ] {
        parse(map, name).unwrap();
    }
}

#[test]
fn every_fault_is_told_at_once_with_its_line() {
    let text = r#"[file]
format = "xlsx"
delimitr = ";"
[columns]
line_id = { row = true }
member = "card"
at = { column = "time", format = "%H", zone = "Asia/Shanghi" }
kind = { constant = "sales" }
amount = 5
[[skip]]
reason = ""
when = []
"#;
    assert_eq!(
        faults(text, "transaction"),
        [
            "2 unknown_word: `format` cannot be `xlsx` | write one of `csv`, `parquet`",
            "3 unknown_key: `[file]` has no key `delimitr` | did you mean `delimiter`?",
            "6 unknown_column: `transaction` has no column `member` | did you mean `member_id`?",
            "7 unknown_zone: there is no time zone `Asia/Shanghi` | did you mean `Asia/Shanghai`?",
            "8 unknown_choice: column `kind` cannot be `sales` | did you mean `sale`?",
            "9 wrong_type: column `amount` is a whole number, not the name of a column, or a table such as \
             `{ column = \"…\" }` | write the name of a column, or a table such as `{ column = \"…\" }`",
            "11 bad_reason: the reason is empty | give every `[[skip]]` a reason of its own: rows left out are counted by it",
            "12 empty_list: `when` of `[[skip]]` is an empty list | name at least one",
        ]
    );
}

/// A map of regions with one line in `[columns]` in place of the name, and what is wrong with it.
#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn the_gallery_of_columns() {
    for (line, expected) in [
        (
            "{ }",
            "no_origin: column `name` has no origin | write one of `row`, `column`, `join`, `product`, `constant`, `rules`",
        ),
        (
            "{ column = \"a\", constant = \"b\" }",
            "two_origins: column `name` has more than one origin | keep one of `row`, `column`, `join`, `product`, `constant`, `rules`",
        ),
        (
            "{ column = \"a\", format = \"%Y\" }",
            "unknown_key: column `name` has no key `format` | known names are `row`, `column`, `join`, `product`, `constant`, `rules`, `strip`, `words`",
        ),
        (
            "{ row = true }",
            "wrong_origin: column `name` is of type text and cannot have `row` | name the `column` of the file that holds it",
        ),
        (
            "{ product = [\"a\", \"b\"] }",
            "wrong_origin: column `name` is of type text and cannot have `product` | name the `column` of the file that holds it",
        ),
        (
            "{ join = [\"a\"] }",
            "one_of_several: `join` of column `name` names one column | name two or more, or write `column`",
        ),
        ("{ join = [] }", "empty_list: `join` of column `name` is an empty list | name at least one"),
        ("{ join = \"a\" }", "wrong_type: `join` of column `name` is a text, not a list | write a list"),
        (
            "{ constant = \" \" }",
            "unknown_choice: column `name` cannot be an empty text | leave the column out of the map instead",
        ),
        (
            "{ column = 5 }",
            "wrong_type: `column` of column `name` is a whole number, not a text in quotes | write a text in quotes",
        ),
        (
            "{ column = \"a\", words = [] }",
            "wrong_type: `words` of column `name` is a list, not a table | write a table",
        ),
        (
            "{ rules = [{ is = \"a\" }] }",
            "half_a_rule: the rule is not whole | write `{ is = \"…\", when = [ … ] }`; what holds without a condition is `otherwise`",
        ),
        (
            "{ rules = [{ is = \"a\", when = [{ equals = \"b\" }] }] }",
            "no_column: the condition has no `column` | name the column of the file that it asks",
        ),
        (
            "{ rules = [{ is = \"a\", when = [{ column = \"b\" }] }] }",
            "no_test: the condition asks nothing | ask one of `equals`, `not-equals`, `one-of`, `starts-with`, `ends-with`, `contains`, `above`, `below`, `at-least`, `at-most`, `empty`",
        ),
        (
            "{ rules = [{ is = \"a\", when = [{ column = \"b\", equal = \"c\", empty = true }] }] }",
            "unknown_key: a condition has no key `equal` | did you mean `equals`?",
        ),
        (
            "{ rules = [{ is = \"a\", when = [{ column = \"b\", above = 0.5 }] }] }",
            "wrong_type: `above` is a float, not a decimal in quotes, such as `\"0.5\"` | write a decimal in quotes, such as `\"0.5\"`",
        ),
        (
            "{ rules = [{ is = \"a\", when = [{ column = \"b\", above = \"1e3\" }] }] }",
            "bad_number: `above` cannot be `1e3` | write digits with at most one decimal point",
        ),
        (
            "{ rules = [{ is = \"a\", when = [{ column = \"b\", empty = \"yes\" }] }] }",
            "wrong_type: `empty` is a text, not `true` or `false` | write `true` or `false`",
        ),
    ] {
        let text = format!("[columns]\nregion_id = {{ row = true }}\nname = {line}\n");
        assert_eq!(faults(&text, "region"), [format!("3 {expected}")], "{line}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn the_gallery_of_types() {
    for (name, column, line, expected) in [
        (
            "region",
            "region_id",
            "{ row = false }",
            "row_false: `row` of column `region_id` is `false` | write `row = true`, or another origin",
        ),
        (
            "member",
            "blocked",
            "{ constant = \"maybe\" }",
            "unknown_choice: column `blocked` cannot be `maybe` | write `yes` or `no`",
        ),
        (
            "member",
            "sex",
            "{ column = \"a\", words = { \"男\" = \"man\" } }",
            "unknown_choice: column `sex` cannot be `man` | did you mean `male`?",
        ),
        (
            "member",
            "sex",
            "{ join = [\"a\", \"b\"] }",
            "wrong_origin: column `sex` is of type choice and cannot have `join` | name the `column` of the file that holds it",
        ),
        (
            "member",
            "birthday",
            "{ column = \"a\", zone = \"UTC\" }",
            "zone_of_a_day: column `birthday` has a `zone`, but its format has no time of day | leave `zone` out: a day without a time is not moved to another zone",
        ),
        (
            "member",
            "birthday",
            "{ column = \"a\", format = [\"%Y-%m-%d\", \"%Y-%m\"] }",
            "bad_format: `%Y-%m` is not a format of a day or time: it does not name a whole day, or names half a time of day | write it as in `%Y-%m-%d %H:%M:%S`, or `epoch-seconds`, or `epoch-millis`",
        ),
        (
            "card",
            "fee",
            "{ column = \"a\", unit = \"cent\" }",
            "unknown_word: `unit` of column `fee` cannot be `cent` | write one of `major`, `minor`",
        ),
        (
            "card",
            "fee",
            "{ column = \"a\", strip = \"元.\" }",
            "bad_strip: `strip` of column `fee` would take digits, signs or the decimal point out of numbers | name only the other characters, such as `¥,`",
        ),
        (
            "card",
            "fee",
            "{ column = \"a\", words = { } }",
            "unknown_key: column `fee` has no key `words` | known names are `row`, `column`, `join`, `product`, `constant`, `rules`, `unit`, `negate`, `strip`",
        ),
    ] {
        let entity = entity(name).unwrap();
        let others = entity.columns.iter().filter(|spec| spec.required && spec.name != column);
        let others = others.fold(String::new(), |text, spec| format!("{text}{} = \"x\"\n", spec.name));
        let text = format!("[columns]\n{column} = {line}\n{others}");
        assert_eq!(faults(&text, name), [format!("2 {expected}")], "{line}");
    }
}

#[test]
fn the_gallery_of_the_file() {
    let columns = "[columns]\nregion_id = \"id\"\nname = \"name\"\n";
    for (text, expected) in [
        (
            "columns = [",
            "1 declaration::syntax: unclosed array, expected `]` | see the commented reference `config/maps/example-transactions.toml`",
        ),
        ("", "- no_columns: the map has no `[columns]` | say where each column of the entity comes from"),
        (
            "[columns]\nregion_id = \"id\"",
            "- missing_column: `region` needs the column `name`, its name | say under `[columns]` where `name` comes from",
        ),
        ("[colums]", "1 unknown_key: the map has no key `colums` | did you mean `columns`?"),
        (
            "[file]\ndelimiter = \"，\"",
            "2 bad_character: `delimiter` cannot be `，` | write one ASCII sign, such as `,` `;` `|` or `\\t`",
        ),
        (
            "[file]\nquote = \",\"",
            "2 bad_character: `delimiter` and `quote` are the same | write two different characters",
        ),
        ("[file]\nencoding = \"gbk\"", "2 unknown_word: `encoding` cannot be `gbk` | write one of `utf-8`, `gb18030`"),
        (
            "[file]\nformat = \"parquet\"\nquote = \"'\"",
            "3 not_for_parquet: a Parquet file has no `quote` | leave it out",
        ),
        ("[[skip]]\nreason = \"a\"", "1 half_a_skip: the `[[skip]]` is not whole | write both `reason` and `when`"),
        (
            "[unique]\nby = \"name\"\nkeep = \"first\"",
            "2 bad_unique: rows of `region` are unique by `region_id` | write `by = \"region_id\"`",
        ),
        (
            "[unique]\nby = \"region_id\"",
            "1 no_keep: `[unique]` does not say which row counts | write `keep = \"first\"` or `keep = \"last\"`",
        ),
        (
            "[unique]\nby = \"region_id\"\nkeep = \"best\"",
            "3 unknown_word: `keep` cannot be `best` | write one of `first`, `last`",
        ),
    ] {
        let whole =
            if text.contains("col") || text.is_empty() { text.to_owned() } else { format!("{text}\n{columns}") };
        let found = faults(&whole, "region");
        assert!(found.contains(&expected.to_owned()), "{found:#?}");
    }
}

#[test]
fn columns_are_found_in_the_header_or_told() {
    let map = parse("[columns]\nregion_id = \"InvoiceNo\"\nname = { join = [\"a\", \"b\"] }\n", "region").unwrap();
    let header = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(map.find_columns(&header(&["b", "a", "InvoiceNo"]), &[]).unwrap(), [2, 1, 0]);
    let told = |names: &[&str], unreadable: &[(String, String)]| {
        let faults = map.find_columns(&header(names), unreadable).unwrap_err().into_list();
        faults
            .iter()
            .map(|fault| {
                let help = miette::Diagnostic::help(fault).unwrap();
                format!("{} {}: {fault} | {help}", fault.line().unwrap(), fault.code_name())
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        told(&["InvoiceNr", "a", "a"], &[("b".to_owned(), "list".to_owned())]),
        [
            "2 ledger_map::unknown_source: the file has no column `InvoiceNo` | did you mean `InvoiceNo`?".replace("`InvoiceNo`?", "`InvoiceNr`?"),
            "3 ledger_map::ambiguous_source: the file has more than one column `a` | rename one of them in the file".to_owned(),
            "3 ledger_map::unreadable_source: column `b` of the file is of type list, which cannot be read | write it as text, whole number, float, day or time".to_owned(),
        ]
    );
    assert!(
        told(&["a;b;InvoiceNo"], &[])[0]
            .ends_with("its header is the one column `a;b;InvoiceNo`: check `delimiter` under `[file]`")
    );
}
