//! The map file: how the columns of someone's file become the columns of one entity.
//!
//! Invariants: a checked [`MapFile`] names only columns of its entity, gives every required one an origin, and asks of each column only
//! what its type can do. Whether the file has the columns that the map names is found out when it is opened (`evaluate`).
//! The commented reference is `config/maps/example-transactions.toml`.

mod columns;
mod conditions;
mod read;
mod shapes;
mod walk;

use std::{collections::BTreeMap, ops::Range, path::Path};

use chrono_tz::Tz;
use rust_decimal::Decimal;

use super::moment::Formats;
use crate::{
    declaration::{Declaration, Fault, Faults, did_you_mean},
    ledger::entity::{ColumnSpec, Entity},
};

/// A checked map file.
#[derive(Debug, Clone)]
pub struct MapFile {
    entity: &'static Entity,
    declaration: Declaration,
    digest: String,
    pub(super) file: FileSpec,
    /// Every column of the file that is named anywhere, with the place where it is named first.
    fields: Vec<(String, Range<usize>)>,
    /// The mapped columns in the order of the contract.
    pub(super) columns: Vec<MappedColumn>,
    pub(super) skips: Vec<Skip>,
    pub(super) unique: Option<Keep>,
}

impl MapFile {
    /// Reads a map for an entity.
    ///
    /// # Errors
    /// Every fault of the file at once.
    pub fn read(path: &Path, entity: &'static Entity) -> Result<Self, Faults> {
        Self::parse(Declaration::read(path)?, entity)
    }

    /// Checks a map that was read.
    ///
    /// # Errors
    /// Every fault of the file at once.
    pub fn parse(declaration: Declaration, entity: &'static Entity) -> Result<Self, Faults> {
        read::read(declaration, entity)
    }

    /// The entity that the map fills.
    pub fn entity(&self) -> &'static Entity {
        self.entity
    }

    /// The SHA-256 of the map's text.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The name of a column of the file.
    pub(super) fn field_name(&self, field: Field) -> &str {
        self.fields.get(field.0).map_or("", |(name, _)| name)
    }

    /// Whether the keys of the rows come from their place in the file, so that a corrected or overlapping file counts twice.
    pub fn is_keyed_by_row(&self) -> bool {
        self.columns.iter().any(|column| column.origin == Origin::RowNumber)
    }

    /// Finds the columns that the map names in the header of a file.
    ///
    /// # Errors
    /// A fault at its place in the map for every column that is missing, stands there twice, or cannot be read.
    pub(super) fn find_columns(
        &self,
        header: &[String],
        unreadable: &[(String, String)],
    ) -> Result<Vec<usize>, Faults> {
        let mut faults = Vec::new();
        let mut found = Vec::new();
        for (name, span) in &self.fields {
            let mut at = header.iter().enumerate().filter(|(_, column)| *column == name).map(|(index, _)| index);
            match (at.next(), at.next()) {
                (Some(index), None) => found.push(index),
                (Some(_), Some(_)) => faults.push(self.declaration.fault(
                    "ledger_map::ambiguous_source",
                    span.clone(),
                    format!("the file has more than one column `{name}`"),
                    "rename one of them in the file",
                )),
                (None, _) => faults.push(self.missing(name, span, header, unreadable)),
            }
        }
        Faults::none_of(faults).map(|()| found)
    }

    /// A fault in the value of a constant, which depends on the ledger.
    pub(super) fn constant_fault(&self, column: &MappedColumn, value: &str, reason: &str) -> Fault {
        let message = format!("`{value}` cannot be the constant of `{}`: {reason}", column.spec.name);
        self.declaration.fault(
            "ledger_map::bad_constant",
            column.span.clone(),
            message,
            "write a value of the column's type",
        )
    }

    fn missing(&self, name: &str, span: &Range<usize>, header: &[String], unreadable: &[(String, String)]) -> Fault {
        let fault = |code, message, help: String| self.declaration.fault(code, span.clone(), message, help);
        if let Some((_, kind)) = unreadable.iter().find(|(column, _)| column == name) {
            let message = format!("column `{name}` of the file is of type {kind}, which cannot be read");
            return fault(
                "ledger_map::unreadable_source",
                message,
                "write it as text, whole number, float, day or time".to_owned(),
            );
        }
        let message = format!("the file has no column `{name}`");
        let help = match header {
            [only] => format!("its header is the one column `{only}`: check `delimiter` under `[file]`"),
            _ => did_you_mean(name, header.iter().map(String::as_str)),
        };
        fault("ledger_map::unknown_source", message, help)
    }
}

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileFormat {
    Csv,
    Parquet,
}

/// The encoding of a text without a byte order mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextEncoding {
    Utf8,
    Gb18030,
}

/// `[file]`.
#[derive(Debug, Clone)]
pub(super) struct FileSpec {
    /// The format; `None` to tell it by the content.
    pub(super) format: Option<FileFormat>,
    pub(super) encoding: TextEncoding,
    pub(super) delimiter: u8,
    pub(super) quote: u8,
    /// Texts that mean no value; an empty field always does.
    pub(super) nothing: Vec<String>,
}

/// A column of the file: an index into the columns that the map names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field(pub(super) usize);

/// One column of the contract and where it comes from.
#[derive(Debug, Clone)]
pub(super) struct MappedColumn {
    pub(super) spec: &'static ColumnSpec,
    pub(super) span: Range<usize>,
    pub(super) origin: Origin,
    pub(super) shape: Shape,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// The digest of the content and the number of the record.
    RowNumber,
    /// One column.
    Column(Field),
    /// Several columns with a text between them.
    Join {
        /// The columns.
        parts: Vec<Field>,
        /// The text between them.
        with: String,
    },
    /// The exact product of several columns.
    Product(Vec<Field>),
    /// The same for every row.
    Constant(String),
    /// The first rule that applies.
    Rules {
        /// The rules.
        rules: Vec<Rule>,
        /// The value when none applies.
        otherwise: Option<String>,
    },
}

/// How the text of a column becomes a value.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    /// Keys, words, choices and flags.
    Words {
        /// An ending that is taken off.
        strip: Option<String>,
        /// What the words of the file mean; empty when they are taken as they are.
        words: BTreeMap<String, String>,
    },
    /// Money, quantities and points.
    Number {
        /// The unit of amounts.
        unit: Unit,
        /// Whether the sign is turned.
        sign: Sign,
        /// Characters that are taken out.
        strip: Vec<char>,
    },
    /// Days and instants.
    Time {
        /// How they are written.
        formats: Formats,
        /// The zone of the file; `None` for the ledger's.
        zone: Option<Tz>,
    },
}

/// The unit in which a file writes amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Whole units of the currency with decimals.
    Major,
    /// The smallest units of the ledger, without decimals.
    Minor,
}

/// What happens to the sign of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Kept,
    Turned,
}

/// A value and when it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) is: String,
    /// All of them have to hold.
    pub(super) when: Vec<Condition>,
}

/// Rows that are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Skip {
    pub(super) reason: String,
    /// All of them have to hold.
    pub(super) when: Vec<Condition>,
}

/// Something that can be true of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) field: Field,
    pub(super) test: Test,
}

/// What is asked of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Test {
    Equals(String),
    NotEquals(String),
    OneOf(Vec<String>),
    StartsWith(String),
    EndsWith(String),
    Contains(String),
    Above(Decimal),
    Below(Decimal),
    AtLeast(Decimal),
    AtMost(Decimal),
    Empty,
    Filled,
}

/// Which of several rows of the file with the same key counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    First,
    Last,
}

#[cfg(test)]
mod tests;
