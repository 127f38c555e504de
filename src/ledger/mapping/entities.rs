//! The entities of a mapping: where their rows and columns come from, checked against the contract.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;

use crate::{
    declaration::{Declaration, Fault, Spanned, did_you_mean},
    ledger::{
        entity::{ColumnSpec, ColumnType, ENTITIES, Entity, entity},
        mapping::{AmountUnit, ColumnMapping, EntityMapping, Origin, Rows},
    },
};

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawEntity {
    table: Option<Spanned<String>>,
    sql: Option<Spanned<String>>,
    columns: BTreeMap<Spanned<String>, RawColumn>,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a column's name, or a table with `column` or `constant` and, where needed, `unit` (`minor` or `major`) and `words`"
)]
pub(super) enum RawColumn {
    Name(String),
    Full(RawFullColumn),
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawFullColumn {
    column: Option<String>,
    constant: Option<String>,
    unit: Option<AmountUnit>,
    #[serde(default)]
    words: BTreeMap<String, String>,
}

/// Checks one entity.
pub(super) fn check_entity(
    file: &Declaration,
    home: &Path,
    name: &Spanned<String>,
    raw: &RawEntity,
) -> Result<EntityMapping, Vec<Fault>> {
    let Some(found) = entity(name.get_ref()) else {
        let help = did_you_mean(name.get_ref(), ENTITIES.iter().map(|entity| entity.name));
        let message = format!("`{}` is not an entity of the ledger", name.get_ref());
        return Err(vec![file.fault("ledger::unknown_entity", name.span(), message, help)]);
    };
    let mut faults = Vec::new();
    let rows = rows(file, home, name, raw).map_err(|fault| faults.push(fault)).ok();
    let mut columns = BTreeMap::new();
    for (column_name, raw_column) in &raw.columns {
        match check_column(file, found, column_name, raw_column) {
            Ok(column) => {
                columns.insert(column.spec.name, column);
            }
            Err(fault) => faults.push(fault),
        }
    }
    for spec in found.columns.iter().filter(|spec| spec.required) {
        if !columns.contains_key(spec.name) && !raw.columns.keys().any(|key| key.get_ref() == spec.name) {
            let message = format!("entity `{}` needs the column `{}` ({})", found.name, spec.name, spec.meaning);
            let help = format!("add `{} = \"its name in your table\"` to the columns", spec.name);
            faults.push(file.fault("ledger::missing_column", name.span(), message, help));
        }
    }
    match rows {
        Some(rows) if faults.is_empty() => Ok(EntityMapping { entity: found, rows, columns }),
        _ => Err(faults),
    }
}

fn rows(file: &Declaration, home: &Path, name: &Spanned<String>, raw: &RawEntity) -> Result<Rows, Fault> {
    match (&raw.table, &raw.sql) {
        (Some(table), None) => Ok(Rows::Table(table.get_ref().clone())),
        (None, Some(sql)) => {
            let path = home.join("config").join(sql.get_ref());
            let text = std::fs::read_to_string(&path).map_err(|cause| {
                let message = format!("cannot read `{}`: {cause}", path.display());
                file.fault(
                    "ledger::unreadable_query",
                    sql.span(),
                    message,
                    "the path is relative to the home's `config/`",
                )
            })?;
            Ok(Rows::Query { file: path, sql: without_end(&text).to_owned() })
        }
        _ => {
            let message = format!("entity `{}` needs either `table` or `sql`", name.get_ref());
            Err(file.fault("ledger::rows_from_where", name.span(), message, "name one of the two"))
        }
    }
}

/// A query without its closing semicolon and the comments behind it, so that it can stand inside another.
pub(super) fn without_end(sql: &str) -> &str {
    let comment = |line: &str| line.trim().is_empty() || line.trim().starts_with("--");
    match sql.rsplit_once(';') {
        Some((query, rest)) if rest.lines().all(comment) => query,
        _ => sql,
    }
}

fn check_column(
    file: &Declaration,
    entity: &'static Entity,
    name: &Spanned<String>,
    raw: &RawColumn,
) -> Result<ColumnMapping, Fault> {
    let Some(spec) = entity.column(name.get_ref()) else {
        let help = did_you_mean(name.get_ref(), entity.columns.iter().map(|column| column.name));
        let message = format!("entity `{}` has no column `{}`", entity.name, name.get_ref());
        return Err(file.fault("ledger::unknown_column", name.span(), message, help));
    };
    let fault = |code, message: String, help: &str| Err(file.fault(code, name.span(), message, help));
    let full = match raw {
        RawColumn::Name(column) => {
            let from = Origin::Column(column.clone());
            return checked_unit(file, name, spec, None).map(|unit| ColumnMapping {
                spec,
                from,
                unit,
                words: BTreeMap::new(),
            });
        }
        RawColumn::Full(full) => full,
    };
    let from = match (&full.column, &full.constant) {
        (Some(column), None) => Origin::Column(column.clone()),
        (None, Some(constant)) => Origin::Constant(constant.clone()),
        _ => {
            let message = format!("column `{}` needs either `column` or `constant`", spec.name);
            return fault("ledger::column_from_where", message, "name one of the two");
        }
    };
    if let ColumnType::Choice(known) = spec.kind {
        if let Some(word) = full.words.values().find(|word| !known.contains(&word.as_str())) {
            let message = format!("`{word}` is not a `{}` of entity `{}`", spec.name, entity.name);
            let help = did_you_mean(word, known.iter().copied());
            return fault("ledger::unknown_word", message, &help);
        }
    } else if spec.kind != ColumnType::Text && !full.words.is_empty() {
        let message = format!("column `{}` is a {}, whose words cannot be translated", spec.name, spec.kind.name());
        return fault("ledger::words_without_choice", message, "remove `words`");
    }
    checked_unit(file, name, spec, full.unit).map(|unit| ColumnMapping { spec, from, unit, words: full.words.clone() })
}

/// An amount must say its unit: nothing in a whole number tells yuan from fen.
fn checked_unit(
    file: &Declaration,
    name: &Spanned<String>,
    spec: &'static ColumnSpec,
    unit: Option<AmountUnit>,
) -> Result<AmountUnit, Fault> {
    match (spec.kind, unit) {
        (ColumnType::Money | ColumnType::Quantity, Some(unit)) => Ok(unit),
        (ColumnType::Quantity, None) => Ok(AmountUnit::Major),
        (ColumnType::Money, None) => {
            let message = format!("column `{}` is money and does not say its unit", spec.name);
            let help = format!(
                "write `{} = {{ column = \"…\", unit = \"major\" }}` for yuan, or `unit = \"minor\"` for whole fen",
                spec.name
            );
            Err(file.fault("ledger::money_without_unit", name.span(), message, help))
        }
        (_, Some(_)) => {
            let message = format!("column `{}` is a {} and has no unit", spec.name, spec.kind.name());
            Err(file.fault("ledger::unit_without_money", name.span(), message, "remove `unit`"))
        }
        (_, None) => Ok(AmountUnit::Minor),
    }
}
