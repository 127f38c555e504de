//! Reads a whole map: `[file]`, `[columns]`, `[[skip]]` and `[unique]`.

use sha2::{Digest, Sha256};
use toml::de::DeTable;

use super::{
    FileFormat, FileSpec, Keep, MapFile, MappedColumn, Skip, TextEncoding,
    columns::{self, Fields},
    conditions,
    walk::Walk,
};
use crate::{
    declaration::{Declaration, Faults, quoted},
    ledger::{entity::Entity, load::source::hex},
};

/// Checks a map against an entity.
pub(super) fn read(declaration: Declaration, entity: &'static Entity) -> Result<MapFile, Faults> {
    let document = DeTable::parse(declaration.text()).map_err(|error| syntax(&declaration, &error))?;
    let mut walk = Walk::new(&declaration);
    let mut fields = Fields::default();
    let document = document.get_ref();
    walk.only(document, "the map", &["file", "columns", "skip", "unique"]);
    let file = read_file(&mut walk, document);
    let columns = read_columns(&mut walk, &mut fields, entity, document);
    let skips = read_skips(&mut walk, &mut fields, document);
    let unique = read_unique(&mut walk, entity, document);
    let faults = walk.into_faults();
    Faults::none_of(faults)?;
    let digest = hex(&Sha256::digest(declaration.text().as_bytes()));
    Ok(MapFile { entity, digest, file, fields: fields.into_list(), columns, skips, unique, declaration })
}

fn syntax(declaration: &Declaration, error: &toml::de::Error) -> Faults {
    let help = "see the commented reference `config/maps/example-transactions.toml`";
    let span = error.span().unwrap_or(0..0);
    declaration.fault("declaration::syntax", span, error.message().trim_end(), help).into()
}

fn read_columns(
    walk: &mut Walk<'_>,
    fields: &mut Fields,
    entity: &'static Entity,
    document: &DeTable<'_>,
) -> Vec<MappedColumn> {
    let Some(value) = document.get("columns") else {
        let help = "say where each column of the entity comes from";
        walk.whole_file_fault("ledger_map::no_columns", "the map has no `[columns]`", help);
        return Vec::new();
    };
    walk.table(value, "`columns`").map(|table| columns::read_all(walk, fields, entity, table)).unwrap_or_default()
}

fn read_file(walk: &mut Walk<'_>, document: &DeTable<'_>) -> FileSpec {
    let mut spec =
        FileSpec { format: None, encoding: TextEncoding::Utf8, delimiter: b',', quote: b'"', nothing: Vec::new() };
    let Some(table) = document.get("file").and_then(|value| walk.table(value, "`file`")) else { return spec };
    walk.only(table, "`[file]`", &["format", "encoding", "delimiter", "quote", "nothing"]);
    if let Some(value) = table.get("format") {
        spec.format = walk.word(value, "`format`", &["csv", "parquet"]).map(|index| match index {
            0 => FileFormat::Csv,
            _ => FileFormat::Parquet,
        });
    }
    if let Some(value) = table.get("encoding")
        && walk.word(value, "`encoding`", &["utf-8", "gb18030"]) == Some(1)
    {
        spec.encoding = TextEncoding::Gb18030;
    }
    spec.delimiter = read_character(walk, table, "delimiter").unwrap_or(spec.delimiter);
    spec.quote = read_character(walk, table, "quote").unwrap_or(spec.quote);
    if spec.delimiter == spec.quote
        && let Some(value) = table.get("quote").or_else(|| table.get("delimiter"))
    {
        walk.fault(
            "ledger_map::bad_character",
            value.span(),
            "`delimiter` and `quote` are the same",
            "write two different characters",
        );
    }
    if let Some(value) = table.get("nothing") {
        spec.nothing = walk.texts(value, "`nothing`").into_iter().map(|(text, _)| text.trim().to_owned()).collect();
    }
    if spec.format == Some(FileFormat::Parquet) {
        for (key, _) in table.iter().filter(|(key, _)| ["encoding", "delimiter", "quote"].contains(&&**key.get_ref())) {
            let message = format!("a Parquet file has no `{}`", key.get_ref());
            walk.fault("ledger_map::not_for_parquet", key.span(), message, "leave it out");
        }
    }
    spec
}

fn read_character(walk: &mut Walk<'_>, table: &DeTable<'_>, key: &str) -> Option<u8> {
    let value = table.get(key)?;
    let text = walk.text(value, &format!("`{key}`"))?;
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\r\n\0".contains(byte) => Some(*byte),
        _ => {
            let message = format!("`{key}` cannot be `{}`", text.escape_debug());
            walk.fault(
                "ledger_map::bad_character",
                value.span(),
                message,
                "write one ASCII sign, such as `,` `;` `|` or `\\t`",
            );
            None
        }
    }
}

fn read_skips(walk: &mut Walk<'_>, fields: &mut Fields, document: &DeTable<'_>) -> Vec<Skip> {
    let mut skips: Vec<Skip> = Vec::new();
    let Some(value) = document.get("skip") else { return skips };
    for item in walk.list(value, "`skip`").unwrap_or_default() {
        let Some(table) = walk.table(item, "`skip`") else { continue };
        walk.only(table, "`[[skip]]`", &["reason", "when"]);
        let reason = table.get("reason").and_then(|value| Some((walk.text(value, "`reason`")?.trim(), value.span())));
        let when = table.get("when").map(|when| conditions::read_all(walk, fields, when, "`[[skip]]`"));
        let (Some((reason, span)), Some(when)) = (reason, when) else {
            let help = "write both `reason` and `when`";
            walk.fault("ledger_map::half_a_skip", item.span(), "the `[[skip]]` is not whole", help);
            continue;
        };
        if reason.is_empty() || skips.iter().any(|skip| skip.reason == reason) {
            let message =
                if reason.is_empty() { "the reason is empty" } else { "another `[[skip]]` has the same reason" };
            walk.fault(
                "ledger_map::bad_reason",
                span,
                message,
                "give every `[[skip]]` a reason of its own: rows left out are counted by it",
            );
        }
        skips.push(Skip { reason: reason.to_owned(), when });
    }
    skips
}

fn read_unique(walk: &mut Walk<'_>, entity: &'static Entity, document: &DeTable<'_>) -> Option<Keep> {
    let value = document.get("unique")?;
    let table = walk.table(value, "`unique`")?;
    walk.only(table, "`[unique]`", &["by", "keep"]);
    let by: Vec<&str> = table
        .get("by")
        .map(|by| walk.one_or_more(by, "`by`"))
        .unwrap_or_default()
        .into_iter()
        .map(|(by, _)| by)
        .collect();
    if by != entity.key {
        let span = table.get("by").unwrap_or(value).span();
        let message = format!("rows of `{}` are unique by {}", entity.name, quoted(entity.key));
        walk.fault("ledger_map::bad_unique", span, message, format!("write `by = {}`", toml_list(entity.key)));
    }
    let Some(keep) = table.get("keep") else {
        walk.fault(
            "ledger_map::no_keep",
            value.span(),
            "`[unique]` does not say which row counts",
            "write `keep = \"first\"` or `keep = \"last\"`",
        );
        return None;
    };
    walk.word(keep, "`keep`", &["first", "last"]).map(|index| match index {
        0 => Keep::First,
        _ => Keep::Last,
    })
}

fn toml_list(names: &[&str]) -> String {
    match names {
        [one] => format!("\"{one}\""),
        many => format!("[{}]", many.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")),
    }
}
