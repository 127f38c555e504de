//! Whole proposals for believable schemas, as the text that a person would get.

mod schemas;

use std::{fs, path::Path};

use super::{
    Confidence, Proposal, propose,
    render::{Head, queries, toml},
    schema::{Column, ColumnKind, ForeignKey, Schema, Table},
};
use crate::{
    declaration::Declaration,
    ledger::{mapping::Mapping, source::Dialect},
};

/// Reads a schema from lines: a table is `name / comment`, a column `  name | type | keys | comment | samples`.
fn schema(dialect: Dialect, text: &str) -> Schema {
    let mut tables: Vec<Table> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if !line.starts_with(' ') {
            let (name, comment) = line.split_once(" / ").unwrap_or((line, ""));
            let (name, comment) = (name.to_owned(), comment.to_owned());
            let (columns, primary, unique, foreign) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            tables.push(Table { name, view: false, comment, rows: Some(1000), columns, primary, unique, foreign });
            continue;
        }
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        let field = |at: usize| fields.get(at).copied().unwrap_or_default();
        let name = field(0).to_owned();
        let table = tables.last_mut().unwrap();
        for key in field(2).split_whitespace() {
            match key.split_once(':') {
                Some(("fk", to)) => {
                    let (other, column) = to.split_once('.').unwrap();
                    let (columns, to) = (vec![name.clone()], vec![column.to_owned()]);
                    table.foreign.push(ForeignKey { columns, table: other.to_owned(), to });
                }
                _ if key == "pk" => table.primary.push(name.clone()),
                _ if key == "uq" => table.unique.push(vec![name.clone()]),
                _ => panic!("`{key}` is no key"),
            }
        }
        let value = |value: &str| Some(value.trim().to_owned()).filter(|value| !value.is_empty());
        let samples = if field(4).is_empty() { Vec::new() } else { field(4).split(',').map(value).collect() };
        let kind = ColumnKind::of(dialect, field(1));
        assert!(kind != ColumnKind::Other || field(1) == "json", "{line}");
        let (sql_type, comment) = (field(1).to_owned(), field(3).to_owned());
        table.columns.push(Column { name, sql_type, kind, nullable: true, comment, samples });
    }
    Schema { dialect, tables }
}

fn written(proposal: &Proposal) -> String {
    let head = Head {
        database: "sqlite:data/erp.db".to_owned(),
        certificate: None,
        currency: "CNY".to_owned(),
        scale: 2,
        zone: "Asia/Shanghai".to_owned(),
    };
    toml(proposal, &head)
}

/// The file and its queries, checked as a home would check them.
fn checked(proposal: &Proposal) -> (String, Mapping) {
    let home = tempfile::tempdir().unwrap();
    let text = written(proposal);
    fs::create_dir_all(home.path().join("config/queries")).unwrap();
    for query in queries(proposal) {
        fs::write(home.path().join("config").join(&query.name), &query.sql).unwrap();
    }
    let mapping = Mapping::check(&Declaration::new("config/ledger.toml", &text), home.path());
    let mapping = mapping.unwrap_or_else(|faults| panic!("{text}\n{:?}", faults.list()));
    (text, mapping)
}

/// Compares the whole proposal with a file, or writes it when `FENJI_UPDATE_GOLDEN` is set.
fn golden(name: &str, proposal: &Proposal) -> Mapping {
    let (text, mapping) = checked(proposal);
    let files = queries(proposal).into_iter().map(|query| format!("\n---- {}\n{}", query.name, query.sql));
    let text = text + &files.collect::<Vec<_>>().concat();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/map").join(format!("{name}.txt"));
    if std::env::var_os("FENJI_UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(&path).unwrap_or_default(), "{name}");
    mapping
}

/// What the mapping in force reads, as `entity.column = source`, without optional columns when `required`.
fn source(mapping: &Mapping, entity: &str, column: &str) -> String {
    let column = &mapping.entities[entity].columns[column];
    match &column.from {
        crate::ledger::mapping::Origin::Column(name) | crate::ledger::mapping::Origin::Constant(name) => name.clone(),
    }
}

fn proposal(dialect: Dialect, text: &str) -> Proposal {
    propose(&schema(dialect, text))
}

fn summary(proposal: &Proposal, entity: &str) -> (String, Option<Confidence>, Vec<&'static str>) {
    let line = proposal.summary().into_iter().find(|line| line.entity == entity).unwrap();
    (line.tables, line.confidence, line.missing.iter().map(|(column, _)| *column).collect())
}

#[test]
fn an_english_shop_gets_heads_joined_to_lines() {
    let proposal = proposal(Dialect::Postgres, schemas::ENGLISH_SHOP);
    let mapping = golden("english_shop", &proposal);
    assert_eq!(source(&mapping, "member", "member_id"), "id");
    assert_eq!(source(&mapping, "member", "registered_on"), "created_at");
    let (tables, _, missing) = summary(&proposal, "transaction");
    assert_eq!(tables, "order_items + orders");
    assert_eq!(missing, ["kind"], "`pending` means nothing");
}

#[test]
fn a_chinese_erp_is_read_by_its_comments() {
    let mapping = golden("chinese_erp", &proposal(Dialect::MySql, schemas::CHINESE_ERP));
    assert_eq!(source(&mapping, "member", "member_id"), "f01");
    assert_eq!(source(&mapping, "transaction", "amount"), "f09");
    assert_eq!(mapping.entities["transaction"].columns["kind"].words["2"], "return");
    assert_eq!(mapping.entities["card"].columns["status"].words["1"], "lost");
}

#[test]
fn initials_of_pinyin_are_words() {
    let mapping = golden("pinyin", &proposal(Dialect::MySql, schemas::PINYIN));
    assert_eq!(source(&mapping, "member", "member_id"), "hykh");
    assert_eq!(source(&mapping, "transaction", "at"), "xsrq");
    assert_eq!(source(&mapping, "points_entry", "points"), "jf");
}

#[test]
fn lines_take_time_and_buyer_from_their_heads_but_never_amounts() {
    let proposal = proposal(Dialect::Sqlite, schemas::HEAD_AND_DETAIL);
    let mapping = golden("head_and_detail", &proposal);
    let transaction = proposal.entities.iter().find(|found| found.entity.name == "transaction").unwrap();
    let query = transaction.query.as_deref().unwrap();
    assert!(query.contains("head.\"member_no\" AS \"member_id\"") && query.contains("line.\"amount\""), "{query}");
    assert!(!query.contains("head.\"total"), "{query}");
    assert_eq!(source(&mapping, "transaction", "at"), "at");
}

#[test]
fn a_till_with_fen_says_its_unit_and_turns_returns() {
    let mapping = golden("till", &proposal(Dialect::Postgres, schemas::TILL));
    let amount = &mapping.entities["transaction"].columns["amount"];
    assert_eq!(amount.unit, crate::ledger::mapping::AmountUnit::Minor);
    let crate::ledger::mapping::Rows::Query { sql, .. } = &mapping.entities["transaction"].rows else { panic!() };
    assert!(sql.contains("IN ('退货') THEN -abs(line.\"amount_fen\")"), "{sql}");
}

#[test]
fn books_with_customers_only_say_what_is_absent() {
    let proposal = proposal(Dialect::MySql, schemas::BOOKS);
    let mapping = golden("books", &proposal);
    assert_eq!(mapping.entities.keys().copied().collect::<Vec<_>>(), ["customer"]);
    assert!(proposal.absent.iter().any(|entity| entity.name == "transaction"));
}

#[test]
fn a_schema_of_another_world_gives_nothing() {
    let mapping = golden("strange", &proposal(Dialect::Sqlite, schemas::STRANGE));
    assert!(mapping.entities.is_empty());
}

/// What a proposal of one table says, for short cases: the section of the file.
fn section_of(dialect: Dialect, text: &str, entity: &str) -> String {
    let (text, _) = checked(&proposal(dialect, text));
    let start = text.find(&format!("# {entity}: ")).unwrap_or_else(|| panic!("{text}"));
    text[start..].split("\n\n").next().unwrap().to_owned()
}

fn has(section: &str, parts: &[&str]) {
    for part in parts {
        assert!(section.contains(part), "`{part}` is not in\n{section}");
    }
}

#[test]
fn money_in_whole_numbers_must_say_its_unit() {
    let text = |amount: &str| {
        format!(
            "sales\n  id | bigint | pk | | 1\n  sold_at | timestamp | | | 2025-01-02 03:04:05\n  type | text | | | sale\n  {amount}\n"
        )
    };
    let found = section_of(Dialect::Postgres, &text("amount | bigint | | | 1250"), "transaction");
    has(&found, &["# missing: amount: nothing says the unit", "# [entity.transaction]", "# # amount = \"amount\""]);
    for (amount, unit) in [
        ("amount_cents | bigint | | | 1250", "minor"),
        ("amount | bigint | | 金额（分） | 1250", "minor"),
        ("amount | bigint | | 金额(元) | 1250", "major"),
        ("amount | numeric(12,2) | | | 12.50", "major"),
    ] {
        let found = section_of(Dialect::Postgres, &text(amount), "transaction");
        has(&found, &["\n[entity.transaction]", &format!("unit = \"{unit}\"")]);
    }
}

#[test]
fn amounts_of_something_else_are_no_amounts() {
    for amount in ["tax_amount", "discount_amount", "yhje", "cost", "refund_amount", "freight_amount"] {
        let text = format!(
            "sales\n  id | int | pk\n  sold_at | timestamp\n  type | text | | | sale\n  {amount} | numeric(12,2) | | | 1.00\n"
        );
        has(&section_of(Dialect::Postgres, &text, "transaction"), &["# missing: amount: no column was found"]);
    }
}

#[test]
fn a_table_without_a_kind_gets_an_idea_and_no_guess() {
    let text = |amounts: &str| {
        format!(
            "sales\n  id | int | pk\n  member_id | int\n  sold_at | timestamp\n  amount | numeric(12,2) | | | {amounts}\n"
        )
    };
    let found = section_of(Dialect::Postgres, &text("12.50,3.00"), "transaction");
    has(&found, &["# missing: kind", "no amount in the sample is negative", "# [entity.transaction]"]);
    let found = section_of(Dialect::Postgres, &text("12.50,-3.00"), "transaction");
    has(&found, &["`CASE WHEN amount < 0 THEN 'return' ELSE 'sale' END AS kind`"]);
    let priced = "order_items\n  id | int | pk\n  order_id | int\n  created_at | timestamp\n  type | text | | | sale\n  quantity | int\n  unit_price | numeric(8,2)\n";
    has(&section_of(Dialect::Postgres, priced, "transaction"), &["`quantity * unit_price AS amount`"]);
}

#[test]
fn words_without_a_meaning_are_told_and_required_ones_are_gaps() {
    let text = "sales\n  id | int | pk\n  at | timestamp\n  kind | text | | | S,R\n  amount | numeric(12,2)\n";
    let found = section_of(Dialect::Postgres, text, "transaction");
    has(&found, &["# missing: kind: nothing says what these words mean: `R`, `S`"]);
    let text = "cards\n  card_no | text | pk\n  member_id | text\n  tier | text\n  issued_on | date\n  status | int | | | 0,1\n";
    let found = section_of(Dialect::Postgres, text, "card");
    has(&found, &["\n[entity.card]", "\n# status = \"status\"", "nothing says what these mean: `0`, `1`"]);
}

#[test]
fn two_columns_that_speak_alike_are_told() {
    let text = "members\n  member_id | int | pk\n  join_date | date\n  register_date | date\n";
    has(
        &section_of(Dialect::Postgres, text, "member"),
        &["# likely: its name reads as join date; also possible: `register_date`"],
    );
}

#[test]
fn empty_required_values_and_copies_weigh() {
    let text = "members\n  member_id | int | pk\n  join_date | date | | | 2020-01-02,,\nmembers_bak2020\n  member_id | int | pk\n  join_date | date\n";
    let found = section_of(Dialect::Postgres, text, "member");
    has(
        &found,
        &["table = \"members\"", "likely: its name reads as join date, but it is empty in 2 of 3 sampled rows"],
    );
}

#[test]
fn names_and_values_cannot_leave_their_place() {
    let text = "members\n  member\"_id | int | pk\n  join_date | date\n  sex | text | | \u{7}性别 | x\u{1b}[0m,女\n";
    let (text, mapping) = checked(&proposal(Dialect::Postgres, text));
    assert_eq!(source(&mapping, "member", "member_id"), "member\"_id");
    assert!(!text.contains(['\u{7}', '\u{1b}']), "{text:?}");
}

#[test]
fn values_of_people_are_never_told() {
    let schemas =
        [schemas::ENGLISH_SHOP, schemas::CHINESE_ERP, schemas::PINYIN, schemas::HEAD_AND_DETAIL, schemas::TILL];
    for (schema, dialect) in
        schemas.into_iter().zip([Dialect::Postgres, Dialect::MySql, Dialect::MySql, Dialect::Sqlite, Dialect::Postgres])
    {
        let (text, _) = checked(&proposal(dialect, schema));
        for value in ["13800000000", "a@example.com", "张三", "Ann", "V001", "12.50"] {
            assert!(!text.contains(value), "{value}\n{text}");
        }
    }
}

#[test]
fn a_guess_is_never_in_force() {
    let text = "members\n  member_id | int | pk\n  create_date_foo_bar | date\n  phone_foo_bar_baz | text\n";
    let found = section_of(Dialect::Postgres, text, "member");
    has(
        &found,
        &["# missing: registered_on: there is only a guess", "# # registered_on = \"create_date_foo_bar\"  # guess:"],
    );
    has(&found, &["# # phone = \"phone_foo_bar_baz\"  # guess:"]);
}

#[test]
fn staff_are_no_members_and_heads_know_the_day_of_sale() {
    let proposal = proposal(Dialect::Postgres, schemas::PARTNERS);
    let mapping = golden("partners", &proposal);
    let transaction = proposal.entities.iter().find(|found| found.entity.name == "transaction").unwrap();
    let query = transaction.query.as_deref().unwrap();
    assert!(query.contains("head.\"date_order\" AS \"at\"") && query.contains("head.\"partner_id\""), "{query}");
    assert!(!query.contains("user_id"), "{query}");
    assert_eq!(summary(&proposal, "card").2, ["member_id"], "the number of a card is not its holder");
    assert!(!mapping.entities.contains_key("member"));
}
