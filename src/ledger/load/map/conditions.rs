//! Reads conditions: `{ column = "Quantity", above = "0" }`.

use std::str::FromStr as _;

use rust_decimal::Decimal;
use toml::de::{DeTable, DeValue};

use super::{
    Condition, Test,
    columns::Fields,
    walk::{Placed, Walk},
};
use crate::ledger::load::number;

const TESTS: [&str; 11] = [
    "equals",
    "not-equals",
    "one-of",
    "starts-with",
    "ends-with",
    "contains",
    "above",
    "below",
    "at-least",
    "at-most",
    "empty",
];

/// Reads the conditions of a `when`; all of them have to hold.
pub(super) fn read_all(walk: &mut Walk<'_>, fields: &mut Fields, value: &Placed<'_>, place: &str) -> Vec<Condition> {
    let mut conditions = Vec::new();
    for item in walk.list(value, &format!("`when` of {place}")).unwrap_or_default() {
        if let Some(table) = walk.table(item, "a condition") {
            read(walk, fields, item, table, &mut conditions);
        }
    }
    conditions
}

fn read(
    walk: &mut Walk<'_>,
    fields: &mut Fields,
    item: &Placed<'_>,
    table: &DeTable<'_>,
    conditions: &mut Vec<Condition>,
) {
    let mut known = vec!["column"];
    known.extend(TESTS);
    walk.only(table, "a condition", &known);
    let field = if let Some(value) = table.get("column") {
        walk.text(value, "`column` of a condition").map(|name| fields.named(name, value.span()))
    } else {
        let help = "name the column of the file that it asks";
        walk.fault("ledger_map::no_column", item.span(), "the condition has no `column`", help);
        None
    };
    let before = conditions.len();
    let mut told = false;
    for name in TESTS {
        let Some(value) = table.get(name) else { continue };
        match (test(walk, name, value), field) {
            (Some(test), Some(field)) => conditions.push(Condition { field, test }),
            _ => told = true,
        }
    }
    if conditions.len() == before && !told {
        let help = format!("ask one of {}", crate::declaration::quoted(&TESTS));
        walk.fault("ledger_map::no_test", item.span(), "the condition asks nothing", help);
    }
}

fn test(walk: &mut Walk<'_>, name: &str, value: &Placed<'_>) -> Option<Test> {
    let what = format!("`{name}`");
    Some(match name {
        "one-of" => Test::OneOf(walk.texts(value, &what).into_iter().map(|(text, _)| text.to_owned()).collect()),
        "empty" => {
            if walk.flag(value, &what)? {
                Test::Empty
            } else {
                Test::Filled
            }
        }
        "above" => Test::Above(limit(walk, value, &what)?),
        "below" => Test::Below(limit(walk, value, &what)?),
        "at-least" => Test::AtLeast(limit(walk, value, &what)?),
        "at-most" => Test::AtMost(limit(walk, value, &what)?),
        _ => {
            let text = walk.text(value, &what)?.to_owned();
            match name {
                "equals" => Test::Equals(text),
                "not-equals" => Test::NotEquals(text),
                "starts-with" => Test::StartsWith(text),
                "ends-with" => Test::EndsWith(text),
                _ => Test::Contains(text),
            }
        }
    })
}

/// Reads the limit of a comparison: a decimal as text, or a whole number.
fn limit(walk: &mut Walk<'_>, value: &Placed<'_>, what: &str) -> Option<Decimal> {
    if let DeValue::Integer(whole) = value.get_ref()
        && whole.radix() == 10
        && let Ok(limit) = Decimal::from_str(whole.as_str())
    {
        return Some(limit);
    }
    let Some(text) = value.get_ref().as_str() else {
        walk.wrong_type(value, what, "a decimal in quotes, such as `\"0.5\"`");
        return None;
    };
    let limit = number::exact(text).ok();
    if limit.is_none() {
        walk.fault(
            "ledger_map::bad_number",
            value.span(),
            format!("{what} cannot be `{text}`"),
            "write digits with at most one decimal point",
        );
    }
    limit
}
