//! Turns one row of a file into the values of one row of the ledger, or says why it cannot.
//!
//! Invariants: white space around a field is never part of it; a value that is given out has the type of its column, so the database has
//! nothing left to refuse; the first objection of a row is the one that is told. Not here: whether the key is new (`write`).

use std::{borrow::Cow, cmp::Ordering, collections::BTreeMap};

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

use super::{
    RefusalKind,
    map::{Condition, Field, MapFile, MappedColumn, Origin, Shape, Test, Unit},
    moment, number,
    refusal::Objection,
    source::Row,
    words,
};
use crate::{
    declaration::Faults,
    ledger::{
        create::LedgerInfo,
        entity::{ColumnSpec, ColumnType},
    },
    money::plain,
};

/// A value as the ledger holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value<'r> {
    Nothing,
    Text(Cow<'r, str>),
    Whole(i64),
}

impl Value<'_> {
    /// The value for people: amounts in major units.
    pub(super) fn shown(&self, spec: &ColumnSpec, ledger: &LedgerInfo) -> String {
        match self {
            Self::Nothing => "nothing".to_owned(),
            Self::Text(text) => format!("`{text}`"),
            Self::Whole(units) => {
                let places = number::places(spec.kind, Unit::Major, ledger.currency.scale);
                format!("`{}`", plain(i128::from(*units), places.places()))
            }
        }
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Nothing => ValueRef::Null,
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Whole(number) => ValueRef::Integer(*number),
        }))
    }
}

/// What became of a row.
pub(super) enum Verdict<'r> {
    /// The values of the mapped columns, in their order.
    Row(Vec<Value<'r>>),
    /// The skip that leaves it out, by its index.
    Skipped(usize),
}

/// A map that is bound to one file and one ledger.
pub(super) struct Evaluator<'m> {
    map: &'m MapFile,
    ledger: &'m LedgerInfo,
    now: NaiveDateTime,
    /// Where the columns that the map names stand in the file.
    places: Vec<usize>,
    /// The first twelve digits of the content's digest.
    content: String,
    constants: BTreeMap<&'static str, Value<'static>>,
    /// Where the kind and the amount of a transaction stand among the values.
    signs: Option<(usize, usize)>,
}

impl<'m> Evaluator<'m> {
    /// Binds a map to the header of a file and to a ledger.
    ///
    /// # Errors
    /// A fault for every column that the file does not have and every constant that the ledger cannot hold.
    pub(super) fn bind(
        map: &'m MapFile,
        file: &super::source::Source,
        ledger: &'m LedgerInfo,
        now: NaiveDateTime,
    ) -> Result<Self, Faults> {
        let places = map.find_columns(file.header(), file.unreadable())?;
        let at = |name: &str| map.columns.iter().position(|column| column.spec.name == name);
        let signs = at("kind").zip(at("amount")).filter(|_| map.entity().name == "transaction");
        let content = file.digest().get(..12).unwrap_or_default().to_owned();
        let mut evaluator = Self { map, ledger, now, places, content, constants: BTreeMap::new(), signs };
        let mut faults = Vec::new();
        for column in &map.columns {
            let Origin::Constant(text) = &column.origin else { continue };
            match evaluator.convert(column, text) {
                Ok(value) => {
                    evaluator.constants.insert(column.spec.name, owned(value));
                }
                Err(kind) => faults.push(map.constant_fault(column, text, kind.reason())),
            }
        }
        Faults::none_of(faults).map(|()| evaluator)
    }

    /// Makes the values of a row.
    pub(super) fn row<'r>(&'r self, row: &'r Row) -> Result<Verdict<'r>, Objection> {
        if let Some(kind) = row.damage {
            return Err(damaged(kind, row));
        }
        for (index, skip) in self.map.skips.iter().enumerate() {
            if self.hold(&skip.when, row)? {
                return Ok(Verdict::Skipped(index));
            }
        }
        let mut values = Vec::with_capacity(self.map.columns.len());
        for column in &self.map.columns {
            values.push(self.value(column, row)?);
        }
        self.check_signs(&values)?;
        Ok(Verdict::Row(values))
    }

    fn value<'r>(&'r self, column: &'r MappedColumn, row: &'r Row) -> Result<Value<'r>, Objection> {
        let name = column.spec.name;
        let object = |kind, value: &str| Objection::new(kind, name, value);
        match &column.origin {
            Origin::RowNumber => Ok(Value::Text(format!("{}-{:09}", self.content, row.number).into())),
            Origin::Constant(_) => Ok(self.constants.get(name).cloned().unwrap_or(Value::Nothing)),
            Origin::Column(field) => {
                let text = self.text(*field, row);
                self.convert(column, text).map_err(|kind| object(kind, text))
            }
            Origin::Join { parts, with } => {
                let texts: Vec<&str> = parts.iter().map(|part| self.text(*part, row)).collect();
                if texts.iter().any(|text| text.is_empty()) {
                    return self.absent(column).map_err(|kind| object(kind, &texts.join(with)));
                }
                Ok(Value::Text(texts.join(with).into()))
            }
            Origin::Product(factors) => self.product(column, factors, row),
            Origin::Rules { rules, otherwise } => {
                for rule in rules {
                    if self.hold(&rule.when, row)? {
                        return self.convert(column, &rule.is).map_err(|kind| object(kind, &rule.is));
                    }
                }
                match otherwise {
                    Some(word) => self.convert(column, word).map_err(|kind| object(kind, word)),
                    None if column.spec.required => Err(object(RefusalKind::NoRule, "")),
                    None => Ok(Value::Nothing),
                }
            }
        }
    }

    fn product<'r>(&self, column: &MappedColumn, factors: &[Field], row: &Row) -> Result<Value<'r>, Objection> {
        let Shape::Number { unit, sign, strip } = &column.shape else { return Ok(Value::Nothing) };
        let texts = factors.iter().map(|factor| self.text(*factor, row));
        let object = |kind| {
            let shown: Vec<&str> = factors.iter().map(|factor| self.text(*factor, row)).collect();
            Objection::new(kind, column.spec.name, shown.join(" × "))
        };
        if texts.clone().any(str::is_empty) {
            return self.absent(column).map_err(object);
        }
        let places = number::places(column.spec.kind, *unit, self.ledger.currency.scale);
        number::product(texts, strip, *sign, places).map(Value::Whole).map_err(object)
    }

    /// Reads a text as a value of a column.
    fn convert<'r>(&self, column: &MappedColumn, text: &'r str) -> Result<Value<'r>, RefusalKind> {
        if text.is_empty() {
            return self.absent(column);
        }
        let kind = column.spec.kind;
        match &column.shape {
            Shape::Words { strip, words } => {
                let text = strip.as_deref().and_then(|ending| text.strip_suffix(ending)).unwrap_or(text);
                match words.get(text) {
                    Some(word) => word_value(kind, word).map(owned),
                    None if words.is_empty() && text.is_empty() => self.absent(column),
                    None if words.is_empty() => word_value(kind, text),
                    None => Err(RefusalKind::UnknownWord),
                }
            }
            Shape::Number { unit, sign, strip } => {
                let places = number::places(kind, *unit, self.ledger.currency.scale);
                number::units(text, strip, *sign, places).map(Value::Whole)
            }
            Shape::Time { formats, zone } => {
                let ledger: Tz = self.ledger.zone;
                if kind == ColumnType::Day {
                    let day = moment::day(text, formats, *zone, ledger)?;
                    // A tier may be decided before the day on which it begins; every other row is of a day that was.
                    let entity = self.map.entity();
                    if entity.time_of_what_happened() == Some(column.spec.name) && day > self.now.date() {
                        return Err(RefusalKind::Future);
                    }
                    return Ok(Value::Text(moment::day_text(day).into()));
                }
                let instant = moment::instant(text, formats, *zone, ledger)?;
                if instant > self.now {
                    return Err(RefusalKind::Future);
                }
                Ok(Value::Text(moment::instant_text(instant).into()))
            }
        }
    }

    fn absent<'r>(&self, column: &MappedColumn) -> Result<Value<'r>, RefusalKind> {
        let key = self.map.entity().key.contains(&column.spec.name);
        if column.spec.required || key { Err(RefusalKind::Missing) } else { Ok(Value::Nothing) }
    }

    /// A field without white space around it; empty where it means nothing.
    fn text<'r>(&self, field: Field, row: &'r Row) -> &'r str {
        let text = self.places.get(field.0).map_or("", |place| row.field(*place)).trim();
        if self.map.file.nothing.iter().any(|nothing| nothing == text) { "" } else { text }
    }

    fn hold(&self, conditions: &[Condition], row: &Row) -> Result<bool, Objection> {
        for condition in conditions {
            if !self.holds(condition, row)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn holds(&self, condition: &Condition, row: &Row) -> Result<bool, Objection> {
        let text = self.text(condition.field, row);
        let compare = |limit| {
            if text.is_empty() {
                return Ok(None);
            }
            match number::exact(text) {
                Ok(found) => Ok(Some(found.cmp(limit))),
                Err(kind) => Err(Objection::new(kind, self.map.field_name(condition.field), text)),
            }
        };
        Ok(match &condition.test {
            Test::Equals(word) => text == word,
            Test::NotEquals(word) => text != word,
            Test::OneOf(words) => words.iter().any(|word| word == text),
            Test::StartsWith(word) => text.starts_with(word.as_str()),
            Test::EndsWith(word) => text.ends_with(word.as_str()),
            Test::Contains(word) => text.contains(word.as_str()),
            Test::Above(limit) => compare(limit)? == Some(Ordering::Greater),
            Test::Below(limit) => compare(limit)? == Some(Ordering::Less),
            Test::AtLeast(limit) => compare(limit)?.is_some_and(Ordering::is_ge),
            Test::AtMost(limit) => compare(limit)?.is_some_and(Ordering::is_le),
            Test::Empty => text.is_empty(),
            Test::Filled => !text.is_empty(),
        })
    }

    /// The contract of transactions: a sale is never negative, a return never positive.
    fn check_signs(&self, values: &[Value<'_>]) -> Result<(), Objection> {
        let Some((kind, amount)) = self.signs.and_then(|(kind, amount)| values.get(kind).zip(values.get(amount)))
        else {
            return Ok(());
        };
        let (Value::Text(kind), Value::Whole(units)) = (kind, amount) else { return Ok(()) };
        let refused = match (kind.as_ref(), units.cmp(&0)) {
            ("sale", Ordering::Less) => RefusalKind::SaleBelowZero,
            ("return", Ordering::Greater) => RefusalKind::ReturnAboveZero,
            _ => return Ok(()),
        };
        let shown = plain(i128::from(*units), self.ledger.currency.scale.places());
        Err(Objection::new(refused, "amount", shown))
    }
}

fn damaged(kind: RefusalKind, row: &Row) -> Objection {
    let fields = (kind == RefusalKind::Ragged).then(|| format!("{} fields", row.len()));
    let lines = (row.last_line > row.line).then(|| format!("lines {} to {}", row.line, row.last_line));
    Objection::new(kind, "", [fields, lines].into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// Reads a word as a key, text, choice or flag.
fn word_value(kind: ColumnType, word: &str) -> Result<Value<'_>, RefusalKind> {
    if kind == ColumnType::Flag {
        return words::flag(word).map(|flag| Value::Whole(i64::from(flag))).ok_or(RefusalKind::NotAFlag);
    }
    if let ColumnType::Choice(choices) = kind
        && !choices.contains(&word)
    {
        return Err(RefusalKind::UnknownWord);
    }
    Ok(Value::Text(Cow::Borrowed(word)))
}

fn owned(value: Value<'_>) -> Value<'static> {
    match value {
        Value::Nothing => Value::Nothing,
        Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
        Value::Whole(number) => Value::Whole(number),
    }
}
