//! Reads `[columns]`: one origin for every column of the contract, and only what its type can do with it.

use std::ops::Range;

use toml::de::DeTable;

use super::{
    Field, MappedColumn, Origin, Rule, Shape, conditions,
    walk::{Placed, Walk},
};
use crate::{
    declaration::{did_you_mean, quoted},
    ledger::{
        entity::{ColumnSpec, ColumnType, Entity},
        load::words,
    },
};

const ORIGINS: [&str; 6] = ["row", "column", "join", "product", "constant", "rules"];

/// The columns of the file that the map names.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(String, Range<usize>)>);

impl Fields {
    /// The column of a name, which is remembered with the place where it is named first.
    pub(super) fn named(&mut self, name: &str, span: Range<usize>) -> Field {
        let known = self.0.iter().position(|(known, _)| known == name);
        Field(known.unwrap_or_else(|| {
            self.0.push((name.to_owned(), span));
            self.0.len() - 1
        }))
    }

    pub(super) fn into_list(self) -> Vec<(String, Range<usize>)> {
        self.0
    }
}

/// Reads every column, in the order of the contract.
pub(super) fn read_all(
    walk: &mut Walk<'_>,
    fields: &mut Fields,
    entity: &'static Entity,
    table: &DeTable<'_>,
) -> Vec<MappedColumn> {
    let known: Vec<&str> = entity.columns.iter().map(|column| column.name).collect();
    for key in table.keys().filter(|key| entity.column(key.get_ref()).is_none()) {
        let name = key.get_ref();
        let message = format!("`{}` has no column `{name}`", entity.name);
        walk.fault("ledger_map::unknown_column", key.span(), message, did_you_mean(name, known.iter().copied()));
    }
    let mut columns = Vec::new();
    for spec in entity.columns {
        match table.get(spec.name) {
            Some(value) => columns.extend(Reader { walk, fields, spec, value }.column()),
            None if spec.required => walk.whole_file_fault(
                "ledger_map::missing_column",
                format!("`{}` needs the column `{}`, {}", entity.name, spec.name, spec.meaning),
                format!("say under `[columns]` where `{}` comes from", spec.name),
            ),
            None => {}
        }
    }
    columns
}

/// One entry of `[columns]`.
pub(super) struct Reader<'r, 'd, 'v, 't> {
    pub(super) walk: &'r mut Walk<'d>,
    fields: &'r mut Fields,
    pub(super) spec: &'static ColumnSpec,
    value: &'v Placed<'t>,
}

impl Reader<'_, '_, '_, '_> {
    fn column(mut self) -> Option<MappedColumn> {
        let span = self.value.span();
        let empty = DeTable::new();
        let (origin, table) = if let Some(name) = self.value.get_ref().as_str() {
            (Origin::Column(self.fields.named(name, span.clone())), &empty)
        } else if let Some(table) = self.value.get_ref().as_table() {
            (self.origin(table)?, table)
        } else {
            self.walk.wrong_type(
                self.value,
                &self.place(),
                "the name of a column, or a table such as `{ column = \"…\" }`",
            );
            return None;
        };
        self.fits(&origin)?;
        let keys = modifiers(self.spec.kind, &origin);
        let known: Vec<&str> = ORIGINS.iter().chain(keys).copied().collect();
        let place = self.place();
        self.walk.only(table, &place, &known);
        for key in table.keys().filter(|key| ORIGINS.contains(&&**key.get_ref()) && !is_origin(key.get_ref(), &origin))
        {
            let message = format!("{place} has more than one origin");
            self.walk.fault(
                "ledger_map::two_origins",
                key.span(),
                message,
                format!("keep one of {}", quoted(&ORIGINS)),
            );
        }
        let shape = self.shape(table)?;
        self.known_words(&origin, &shape);
        Some(MappedColumn { spec: self.spec, span, origin, shape })
    }

    pub(super) fn place(&self) -> String {
        format!("column `{}`", self.spec.name)
    }

    fn origin(&mut self, table: &DeTable<'_>) -> Option<Origin> {
        let place = self.place();
        let found = ORIGINS.iter().find_map(|name| table.get(*name).map(|value| (*name, value)));
        let Some((name, value)) = found else {
            let message = format!("{place} has no origin");
            self.walk.fault(
                "ledger_map::no_origin",
                self.value.span(),
                message,
                format!("write one of {}", quoted(&ORIGINS)),
            );
            return None;
        };
        let what = format!("`{name}` of {place}");
        Some(match name {
            "row" => {
                if !self.walk.flag(value, &what)? {
                    self.walk.fault(
                        "ledger_map::row_false",
                        value.span(),
                        format!("{what} is `false`"),
                        "write `row = true`, or another origin",
                    );
                    return None;
                }
                Origin::RowNumber
            }
            "column" => Origin::Column(self.fields.named(self.walk.text(value, &what)?, value.span())),
            "join" => Origin::Join {
                parts: self.several(value, &what)?,
                with: match table.get("with") {
                    Some(with) => self.walk.text(with, &format!("`with` of {place}"))?.to_owned(),
                    None => "-".to_owned(),
                },
            },
            "product" => Origin::Product(self.several(value, &what)?),
            "constant" => Origin::Constant(self.walk.text(value, &what)?.trim().to_owned()),
            _ => self.rules(table, value)?,
        })
    }

    fn several(&mut self, value: &Placed<'_>, what: &str) -> Option<Vec<Field>> {
        let names = self.walk.texts(value, what);
        if names.len() == 1 {
            self.walk.fault(
                "ledger_map::one_of_several",
                value.span(),
                format!("{what} names one column"),
                "name two or more, or write `column`",
            );
            return None;
        }
        (!names.is_empty()).then(|| names.into_iter().map(|(name, span)| self.fields.named(name, span)).collect())
    }

    fn rules(&mut self, table: &DeTable<'_>, value: &Placed<'_>) -> Option<Origin> {
        let place = self.place();
        let mut rules = Vec::new();
        for item in self.walk.list(value, &format!("`rules` of {place}"))? {
            let Some(rule) = self.walk.table(item, "a rule") else { continue };
            self.walk.only(rule, "a rule", &["is", "when"]);
            let is = rule.get("is").and_then(|is| self.walk.text(is, "`is` of a rule")).map(str::to_owned);
            let when = rule.get("when").map(|when| conditions::read_all(self.walk, self.fields, when, "a rule"));
            match (is, when) {
                (Some(is), Some(when)) => {
                    self.known_word(&is, item.span());
                    rules.push(Rule { is, when });
                }
                _ => self.walk.fault(
                    "ledger_map::half_a_rule",
                    item.span(),
                    "the rule is not whole",
                    "write `{ is = \"…\", when = [ … ] }`; what holds without a condition is `otherwise`",
                ),
            }
        }
        let otherwise = match table.get("otherwise") {
            Some(value) => {
                let word = self.walk.text(value, &format!("`otherwise` of {place}"))?.to_owned();
                self.known_word(&word, value.span());
                Some(word)
            }
            None => None,
        };
        Some(Origin::Rules { rules, otherwise })
    }

    /// Tells an origin that the type of the column cannot have.
    fn fits(&mut self, origin: &Origin) -> Option<()> {
        let kind = self.spec.kind;
        let (name, fits) = match origin {
            Origin::RowNumber => ("row", kind == ColumnType::Key),
            Origin::Column(_) => ("column", true),
            Origin::Constant(_) => ("constant", true),
            Origin::Join { .. } => ("join", matches!(kind, ColumnType::Key | ColumnType::Text)),
            Origin::Product(_) => ("product", is_number(kind)),
            Origin::Rules { .. } => ("rules", is_words(kind)),
        };
        if !fits {
            let message = format!("{} is of type {} and cannot have `{name}`", self.place(), kind.name());
            self.walk.fault(
                "ledger_map::wrong_origin",
                self.value.span(),
                message,
                "name the `column` of the file that holds it",
            );
        }
        fits.then_some(())
    }

    /// Checks the words that the map itself writes into a choice or a flag.
    fn known_words(&mut self, origin: &Origin, shape: &Shape) {
        if let (Origin::Constant(word), Shape::Words { .. }) = (origin, shape) {
            self.known_word(word, self.value.span());
        }
    }

    pub(super) fn known_word(&mut self, word: &str, span: Range<usize>) {
        let (message, help) = match self.spec.kind {
            ColumnType::Choice(choices) if !choices.contains(&word) => {
                (format!("{} cannot be `{word}`", self.place()), did_you_mean(word, choices.iter().copied()))
            }
            ColumnType::Flag if words::flag(word).is_none() => {
                (format!("{} cannot be `{word}`", self.place()), "write `yes` or `no`".to_owned())
            }
            ColumnType::Key | ColumnType::Text if word.trim().is_empty() => (
                format!("{} cannot be an empty text", self.place()),
                "leave the column out of the map instead".to_owned(),
            ),
            ColumnType::Choice(_)
            | ColumnType::Flag
            | ColumnType::Key
            | ColumnType::Text
            | ColumnType::Money
            | ColumnType::Quantity
            | ColumnType::Points
            | ColumnType::Count
            | ColumnType::Day
            | ColumnType::Instant => return,
        };
        self.walk.fault("ledger_map::unknown_choice", span, message, help);
    }
}

pub(super) fn is_words(kind: ColumnType) -> bool {
    matches!(kind, ColumnType::Key | ColumnType::Text | ColumnType::Choice(_) | ColumnType::Flag)
}

pub(super) fn is_number(kind: ColumnType) -> bool {
    matches!(kind, ColumnType::Money | ColumnType::Quantity | ColumnType::Points | ColumnType::Count)
}

fn is_origin(name: &str, origin: &Origin) -> bool {
    let own = match origin {
        Origin::RowNumber => "row",
        Origin::Column(_) => "column",
        Origin::Join { .. } => "join",
        Origin::Product(_) => "product",
        Origin::Constant(_) => "constant",
        Origin::Rules { .. } => "rules",
    };
    own == name
}

/// The keys that may stand beside an origin.
fn modifiers(kind: ColumnType, origin: &Origin) -> &'static [&'static str] {
    match (origin, kind) {
        (Origin::RowNumber | Origin::Constant(_), _) => &[],
        (Origin::Join { .. }, _) => &["with"],
        (Origin::Rules { .. }, _) => &["otherwise"],
        (_, ColumnType::Key | ColumnType::Text | ColumnType::Choice(_) | ColumnType::Flag) => &["strip", "words"],
        (_, ColumnType::Money) => &["unit", "negate", "strip"],
        (_, ColumnType::Quantity | ColumnType::Points | ColumnType::Count) => &["negate", "strip"],
        (_, ColumnType::Day | ColumnType::Instant) => &["format", "zone"],
    }
}
