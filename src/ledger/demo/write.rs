//! Writes the rows of the demo ledger: many rows per statement for the two large tables.
//!
//! Invariants: rows reach the database in the order in which they are given; ids rise with that order, so that the unique keys of
//! the tables only ever grow at their end. Not here: what the rows say (`trade`), and the small tables (`shops`, `members`, `papers`).

use std::{
    fmt::{self, Write as _},
    rc::Rc,
};

use chrono::{Datelike, NaiveDate};
use rusqlite::{Connection, Statement, ToSql};

use super::{goods::Category, points::expires_on, shops::Store};

/// Rows per statement; more gain nothing.
const ROWS: usize = 32;

/// The forms in which the rows of a day need its date.
#[derive(Debug)]
pub(super) struct DayText {
    /// As `2026-10-31`.
    pub(super) iso: String,
    /// As `261031`, for ids.
    compact: String,
    /// The last day of points earned on this day.
    expires: String,
}

impl DayText {
    /// The forms of a date.
    pub(super) fn new(date: NaiveDate) -> Self {
        let compact = format!("{:02}{:02}{:02}", date.year().rem_euclid(100), date.month(), date.day());
        Self { iso: date.to_string(), compact, expires: expires_on(date).to_string() }
    }
}

/// The name of an order: `S261031-000123`.
#[derive(Debug, Clone)]
pub(super) struct OrderId {
    /// `S` for a sale, `R` for a return, `A` for an adjustment.
    pub(super) series: char,
    /// The day.
    pub(super) day: Rc<DayText>,
    /// Number within series and day.
    pub(super) number: u32,
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}-{:06}", self.series, self.day.compact, self.number)
    }
}

/// The id of the member of a number.
pub(super) fn member_id(number: u32) -> String {
    format!("M{number:07}")
}

/// The id of the business customer of a number.
pub(super) fn customer_id(number: u32) -> String {
    format!("C{number:05}")
}

/// A row of `transactions`.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) order: OrderId,
    pub(super) number: u32,
    pub(super) member: Option<u32>,
    pub(super) customer: Option<u32>,
    pub(super) second: u32,
    pub(super) kind: &'static str,
    pub(super) category: &'static Category,
    pub(super) product: Option<&'static str>,
    pub(super) store: &'static Store,
    pub(super) salesperson: Option<&'static str>,
    pub(super) department: &'static str,
    pub(super) quantity: Option<i64>,
    pub(super) amount: i64,
    /// The order whose goods are taken back.
    pub(super) returns: Option<OrderId>,
}

/// A row of `points_entries`.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) number: u64,
    pub(super) member: u32,
    pub(super) day: Rc<DayText>,
    pub(super) second: u32,
    pub(super) kind: &'static str,
    pub(super) points: i64,
    pub(super) rule: Option<&'static str>,
    pub(super) order: Option<OrderId>,
}

/// A row of one of the large tables.
pub(super) trait Row {
    /// The statement up to its values.
    const INSERT: &str;
    /// The values of one row.
    const VALUES: &str;

    /// Puts the values of the row, in order.
    fn put(&self, places: &mut Places<'_, '_>) -> rusqlite::Result<()>;
}

impl Row for Line {
    const INSERT: &str = "INSERT INTO transactions(line_id, order_id, member_id, customer_id, at, kind, category, product, \
                          store, salesperson, department_id, region_id, quantity, amount, returns_order_id) VALUES ";
    const VALUES: &str = "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

    fn put(&self, places: &mut Places<'_, '_>) -> rusqlite::Result<()> {
        places.written(format_args!("{}-{}", self.order, self.number))?;
        places.written(format_args!("{}", self.order))?;
        places.id('M', 7, self.member)?;
        places.id('C', 5, self.customer)?;
        places.instant(&self.order.day, self.second)?;
        places.value(self.kind)?;
        places.value(self.category.name)?;
        places.value(self.product)?;
        places.value(self.store.name)?;
        places.value(self.salesperson)?;
        places.value(self.department)?;
        places.value(self.store.region)?;
        places.value(self.quantity)?;
        places.value(self.amount)?;
        places.order(self.returns.as_ref())
    }
}

impl Row for Entry {
    const INSERT: &str =
        "INSERT INTO points_entries(entry_id, member_id, at, kind, points, rule, order_id, expires_on) VALUES ";
    const VALUES: &str = "(?,?,?,?,?,?,?,?)";

    fn put(&self, places: &mut Places<'_, '_>) -> rusqlite::Result<()> {
        places.written(format_args!("P{:09}", self.number))?;
        places.id('M', 7, Some(self.member))?;
        places.instant(&self.day, self.second)?;
        places.value(self.kind)?;
        places.value(self.points)?;
        places.value(self.rule)?;
        places.order(self.order.as_ref())?;
        places.value(self.rule.map(|_| self.day.expires.as_str()))
    }
}

/// The places of a statement, filled one after the other.
pub(super) struct Places<'statement, 'connection> {
    statement: &'statement mut Statement<'connection>,
    next: usize,
    scratch: &'statement mut String,
}

impl Places<'_, '_> {
    fn value(&mut self, value: impl ToSql) -> rusqlite::Result<()> {
        self.next += 1;
        self.statement.raw_bind_parameter(self.next, value)
    }

    fn written(&mut self, text: fmt::Arguments<'_>) -> rusqlite::Result<()> {
        self.scratch.clear();
        // Writing to a `String` cannot fail.
        let _ = self.scratch.write_fmt(text);
        self.next += 1;
        self.statement.raw_bind_parameter(self.next, self.scratch.as_str())
    }

    fn order(&mut self, order: Option<&OrderId>) -> rusqlite::Result<()> {
        match order {
            Some(order) => self.written(format_args!("{order}")),
            None => self.value(None::<i64>),
        }
    }

    fn id(&mut self, letter: char, width: usize, number: Option<u32>) -> rusqlite::Result<()> {
        match number {
            Some(number) => self.written(format_args!("{letter}{number:0width$}")),
            None => self.value(None::<i64>),
        }
    }

    fn instant(&mut self, day: &DayText, second: u32) -> rusqlite::Result<()> {
        let (hour, minute) = (second / 3_600, second / 60 % 60);
        self.written(format_args!("{} {hour:02}:{minute:02}:{:02}", day.iso, second % 60))
    }
}

/// Rows on their way into one table.
pub(super) struct Batch<'connection, R> {
    many: Statement<'connection>,
    one: Statement<'connection>,
    waiting: Vec<R>,
    scratch: String,
    added: u64,
}

impl<'connection, R: Row> Batch<'connection, R> {
    /// Prepares the statements. The text of the longer one repeats the constant values of one row; no data is in it.
    ///
    /// # Errors
    /// What the database says when the table is missing or different.
    pub(super) fn new(connection: &'connection Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            many: connection.prepare(&[R::INSERT, &[R::VALUES; ROWS].join(",")].concat())?,
            one: connection.prepare(&[R::INSERT, R::VALUES].concat())?,
            waiting: Vec::with_capacity(ROWS),
            scratch: String::new(),
            added: 0,
        })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// What the database says when it refuses one of the rows.
    pub(super) fn add(&mut self, row: R) -> rusqlite::Result<()> {
        self.waiting.push(row);
        self.added += 1;
        if self.waiting.len() < ROWS { Ok(()) } else { self.flush() }
    }

    /// Writes what still waits.
    ///
    /// # Errors
    /// What the database says when it refuses one of the rows.
    pub(super) fn flush(&mut self) -> rusqlite::Result<()> {
        let Self { many, one, waiting, scratch, .. } = self;
        if waiting.len() == ROWS {
            execute(many, waiting, scratch)?;
        } else {
            for row in waiting.iter() {
                execute(one, std::slice::from_ref(row), scratch)?;
            }
        }
        waiting.clear();
        Ok(())
    }

    /// How many rows were added.
    pub(super) fn added(&self) -> u64 {
        self.added
    }
}

fn execute<R: Row>(statement: &mut Statement<'_>, rows: &[R], scratch: &mut String) -> rusqlite::Result<()> {
    let mut places = Places { statement, next: 0, scratch };
    for row in rows {
        row.put(&mut places)?;
    }
    statement.raw_execute()?;
    Ok(())
}
