//! The SQL that folds an entity by subject.
//!
//! Invariants: each expression means what `ledger::decode` and the accumulators of `metrics` mean, for the kinds of columns that
//! [`kinds`](super::kinds) lets through.

use chrono::NaiveDate;

use crate::{
    ledger::{
        aggregate::{Aggregate, Condition, Side, Test},
        entity::ColumnType,
        error::LedgerError,
        mapping::{AmountUnit, ColumnMapping, Origin},
        pushdown::{
            Cell, Grouping,
            kinds::{Kind, Kinds},
        },
        snapshot::Snapshot,
        source::{self, Dialect},
    },
    period::{SECONDS_A_DAY, day_from_number, days_after},
};

const NEVER: &str = "1 = 0";
const ALWAYS: &str = "1 = 1";

/// Writes the expressions of one grouping.
pub(super) struct Writer<'w> {
    pub(super) dialect: Dialect,
    snapshot: &'w Snapshot,
    grouping: &'w Grouping,
    kinds: &'w Kinds,
    rows: String,
}

impl<'w> Writer<'w> {
    pub(super) fn new(snapshot: &'w Snapshot, grouping: &'w Grouping, kinds: &'w Kinds) -> Result<Self, LedgerError> {
        let dialect = snapshot.source().dialect();
        let mapped = snapshot.mapped(grouping.entity, "figures that the database folds")?;
        Ok(Self { dialect, snapshot, grouping, kinds, rows: source::rows_sql(dialect, mapped) })
    }

    /// The rows, as they stand after `FROM`.
    pub(super) fn rows(&self) -> &str {
        &self.rows
    }

    /// The statement that gives each subject with the figures of some cells.
    pub(super) fn grouped(&self, cells: &[Cell]) -> String {
        let figures: Vec<String> = cells.iter().map(|cell| format!("  {}", self.cell(cell))).collect();
        let mut only: Vec<String> = self.reached(cells).into_iter().collect();
        let Some(subject) = self.grouping.subject else {
            let only = if only.is_empty() { ALWAYS.to_owned() } else { only.join(" AND ") };
            return format!("SELECT 0,\n{}\nFROM {}\nWHERE {only}", figures.join(",\n"), self.rows);
        };
        only.push(format!("NOT ({})", self.is_empty(subject)));
        format!(
            "SELECT {},\n{}\nFROM {}\nWHERE {}\nGROUP BY {}",
            if self.kind(subject) == Kind::Text {
                self.dialect.grouped(&self.plain(subject))
            } else {
                self.plain(subject)
            },
            figures.join(",\n"),
            self.rows,
            only.join("\n  AND "),
            self.told_apart(subject)
        )
    }

    /// The condition that some cell may see a row.
    fn reached(&self, cells: &[Cell]) -> Option<String> {
        let first = cells.iter().map(|cell| cell.from).collect::<Option<Vec<NaiveDate>>>();
        let last = cells.iter().map(|cell| cell.to).collect::<Option<Vec<NaiveDate>>>();
        self.on_days(first.and_then(|days| days.into_iter().min()), last.and_then(|days| days.into_iter().max()))
    }

    fn cell(&self, cell: &Cell) -> String {
        let mut when: Vec<String> = self.on_days(cell.from, cell.to).into_iter().collect();
        when.extend(cell.conditions.iter().map(|condition| self.holds(condition)));
        when.extend(cell.aggregate.side().and_then(|(column, side)| match side {
            // No window holds rows whose own time is after the as-of date.
            Side::Past if self.grouping.entity.time == Some(column) => None,
            Side::Past => Some(self.between_days(column, None, Some(cell.seen_from))),
            Side::Ahead => Some(self.between_days(column, Some(cell.seen_from), None)),
        }));
        let when = if when.is_empty() { ALWAYS.to_owned() } else { when.join(" AND ") };
        match cell.aggregate {
            Aggregate::Sum(column) => {
                format!("COALESCE(SUM(CASE WHEN {when} THEN {} END), 0)", self.number(column))
            }
            Aggregate::Count => format!("COUNT(CASE WHEN {when} THEN 1 END)"),
            Aggregate::CountDistinct(column) => {
                let empty = self.is_empty(column);
                let is_day = self.column(column).is_some_and(|column| column.spec.kind == ColumnType::Day);
                let value = if is_day { self.day_number(column) } else { self.told_apart(column) };
                let named = format!("COUNT(DISTINCT CASE WHEN {when} AND NOT ({empty}) THEN {value} END)");
                if column == "order_id" {
                    format!("{named} + COUNT(CASE WHEN {when} AND {empty} THEN 1 END)")
                } else {
                    named
                }
            }
            Aggregate::Min(column) => format!("MIN(CASE WHEN {when} THEN {} END)", self.number(column)),
            Aggregate::Max(column) => format!("MAX(CASE WHEN {when} THEN {} END)", self.number(column)),
            Aggregate::FirstDay(column) | Aggregate::DaysUntil(column) => {
                format!("MIN(CASE WHEN {when} THEN {} END)", self.day_number(column))
            }
            Aggregate::LastDay(column) | Aggregate::DaysSince(column) => {
                format!("MAX(CASE WHEN {when} THEN {} END)", self.day_number(column))
            }
            // Never asked for, see `prepared`.
            Aggregate::Latest(_) => "NULL".to_owned(),
        }
    }

    /// A column as it stands there.
    pub(super) fn plain(&self, name: &'static str) -> String {
        match self.column(name).map(|column| &column.from) {
            Some(Origin::Column(found)) => self.dialect.quoted(found),
            Some(Origin::Constant(text)) => self.dialect.literal(text),
            None => "NULL".to_owned(),
        }
    }

    fn column(&self, name: &'static str) -> Option<&'w ColumnMapping> {
        self.snapshot.mapped_column(self.grouping.entity, name)
    }

    fn kind(&self, name: &'static str) -> Kind {
        self.kinds.get(name).copied().unwrap_or(Kind::Nothing)
    }

    /// A column whose texts are told apart byte by byte.
    fn told_apart(&self, name: &'static str) -> String {
        let plain = self.plain(name);
        if matches!(self.kind(name), Kind::Text | Kind::Constant) { self.dialect.exactly(&plain) } else { plain }
    }

    /// The condition that a column has no value.
    pub(super) fn is_empty(&self, name: &'static str) -> String {
        if let Some(Origin::Constant(text)) = self.column(name).map(|column| &column.from) {
            return (if text.is_empty() { ALWAYS } else { NEVER }).to_owned();
        }
        let plain = self.plain(name);
        match self.kind(name) {
            Kind::Nothing => ALWAYS.to_owned(),
            // Some collations take blanks for nothing.
            Kind::Text => format!("({plain} IS NULL OR {} = '')", self.told_apart(name)),
            Kind::Constant
            | Kind::Integer
            | Kind::Decimal
            | Kind::Flag
            | Kind::Day
            | Kind::Local
            | Kind::Utc
            | Kind::Uuid => format!("{plain} IS NULL"),
        }
    }

    /// A number in the unit of the contract.
    pub(super) fn number(&self, name: &'static str) -> String {
        let Some(column) = self.column(name) else { return "NULL".to_owned() };
        let scale = self.snapshot.mapping().currency.scale;
        let unit = match (column.spec.kind, column.unit) {
            (ColumnType::Money, AmountUnit::Major) => scale.unit(),
            (ColumnType::Quantity, AmountUnit::Major) => 1000,
            _ => 1,
        };
        let plain = self.plain(name);
        match (self.kind(name), self.dialect, unit) {
            (Kind::Nothing, Dialect::Postgres, _) => "NULL::numeric".to_owned(),
            (Kind::Nothing, ..) => "NULL".to_owned(),
            (_, _, 1) => plain,
            // Whole numbers are widened first: a product never wraps.
            (Kind::Integer, Dialect::Postgres, unit) => format!("({plain}::numeric * {unit})"),
            (Kind::Integer, Dialect::MySql, unit) => format!("(CAST({plain} AS DECIMAL(30, 0)) * {unit})"),
            (_, _, unit) => format!("({plain} * {unit})"),
        }
    }

    /// The local time of a row, to compare with days.
    fn time(&self, name: &'static str) -> String {
        let plain = self.plain(name);
        match (self.kind(name), self.dialect) {
            (Kind::Utc, Dialect::Postgres) => {
                format!("({plain} AT TIME ZONE {})", self.dialect.literal(self.snapshot.mapping().zone.name()))
            }
            _ => plain,
        }
    }

    /// The days from 1970-01-01 to the day or instant of a column.
    fn day_number(&self, name: &'static str) -> String {
        let time = self.time(name);
        match (self.kind(name), self.dialect) {
            (Kind::Nothing, Dialect::Postgres) => "NULL::integer".to_owned(),
            (Kind::Nothing, _) => "NULL".to_owned(),
            (_, Dialect::Postgres) => format!("({time}::date - DATE '1970-01-01')"),
            (_, Dialect::MySql) => format!("DATEDIFF({time}, '1970-01-01')"),
            (_, Dialect::Sqlite) => format!("CAST(julianday(substr({time}, 1, 10)) - 2440587.5 AS INTEGER)"),
        }
    }

    /// The condition that a row counts on some days; `None` for entities without a time.
    fn on_days(&self, first: Option<NaiveDate>, last: Option<NaiveDate>) -> Option<String> {
        self.grouping.entity.time.map(|name| self.between_days(name, first, last))
    }

    /// The condition that a day or instant is on some days.
    pub(super) fn between_days(&self, name: &'static str, first: Option<NaiveDate>, last: Option<NaiveDate>) -> String {
        if self.kind(name) == Kind::Nothing {
            return NEVER.to_owned();
        }
        let time = self.time(name);
        let day = |day: NaiveDate| match self.dialect {
            Dialect::Postgres => format!("TIMESTAMP '{day}'"),
            Dialect::MySql => format!("DATE '{day}'"),
            Dialect::Sqlite => format!("'{day}'"),
        };
        let from = first.map(|first| format!("{time} >= {}", day(first)));
        let to = last.map(|last| format!("{time} < {}", day(days_after(last, 1))));
        // An empty text is before every day, and no day.
        let there = (self.kind(name) == Kind::Text).then(|| format!("{time} <> ''"));
        let both: Vec<String> = from.into_iter().chain(to).chain(there).collect();
        if both.is_empty() { format!("{time} IS NOT NULL") } else { both.join(" AND ") }
    }

    /// A condition of a metric.
    fn holds(&self, condition: &Condition) -> String {
        let name = condition.column;
        match &condition.test {
            Test::OneOf(words) => self.one_of(name, words.iter().map(String::as_str)),
            Test::NotOneOf(words) => {
                let one_of = self.one_of(name, words.iter().map(String::as_str));
                format!("({} OR NOT ({one_of}))", self.is_empty(name))
            }
            Test::Empty(true) => self.is_empty(name),
            Test::Empty(false) => format!("NOT ({})", self.is_empty(name)),
            Test::Between(from, to) => match self.column(name).map(|column| column.spec.kind) {
                Some(ColumnType::Day) => self.between_numbers(name, *from, *to),
                // Limits of instants are whole days.
                Some(ColumnType::Instant) => {
                    let first = from.checked_add(SECONDS_A_DAY - 1).map_or(*from, |at| at).div_euclid(SECONDS_A_DAY);
                    let last = to.checked_add(1).unwrap_or(*to).div_euclid(SECONDS_A_DAY) - 1;
                    self.between_numbers(name, first, last)
                }
                _ => format!("{} BETWEEN {from} AND {to}", self.number(name)),
            },
        }
    }

    fn between_numbers(&self, name: &'static str, first: i64, last: i64) -> String {
        let day = |number: i64| i32::try_from(number).ok().and_then(day_from_number);
        self.between_days(name, day(first), day(last))
    }

    /// The condition that a column has one of the contract's words, in all the ways in which they are written there.
    pub(super) fn one_of<'t>(&self, name: &'static str, words: impl Iterator<Item = &'t str>) -> String {
        let Some(column) = self.column(name) else { return NEVER.to_owned() };
        let wanted: Vec<&str> = words.collect();
        if let Origin::Constant(text) = &column.from {
            let meaning = column.words.get(text).map_or(text.as_str(), String::as_str);
            return (if wanted.contains(&meaning) { ALWAYS } else { NEVER }).to_owned();
        }
        let translated = column.words.iter().filter(|(_, meaning)| wanted.contains(&meaning.as_str()));
        let plain = wanted.iter().copied().filter(|word| !column.words.contains_key(*word));
        let all = translated.map(|(word, _)| word.as_str()).chain(plain);
        let literals: Vec<String> = all.filter_map(|word| self.word(self.kind(name), word)).collect();
        if literals.is_empty() {
            return NEVER.to_owned();
        }
        let is_uuid = self.kind(name) == Kind::Uuid;
        let value = if is_uuid { format!("{}::text", self.plain(name)) } else { self.told_apart(name) };
        format!("{value} IN ({})", literals.join(", "))
    }

    /// A word as a literal of a kind; `None` when no value of the kind is written so.
    fn word(&self, kind: Kind, word: &str) -> Option<String> {
        match kind {
            Kind::Text | Kind::Uuid => Some(self.dialect.exactly(&self.dialect.literal(word))),
            Kind::Integer | Kind::Decimal => {
                word.parse::<i64>().ok().filter(|number| number.to_string() == word).map(|_| word.to_owned())
            }
            Kind::Flag => match word {
                "1" => Some("TRUE".to_owned()),
                "0" => Some("FALSE".to_owned()),
                _ => None,
            },
            Kind::Constant | Kind::Nothing | Kind::Day | Kind::Local | Kind::Utc => None,
        }
    }
}
