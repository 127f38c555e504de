//! What the ledger has recorded about customers in the year before a review: terms, credit, visits, deliveries, problems, claims, payments.
//!
//! Invariants: nothing after the day is counted; a year is the twelve months up to the day. An entity that the ledger does not have leaves `None`
//! in [`Recorded`], so that nothing recorded is never taken for nothing happened. Not here: what was promised (`report::review::plan`).

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    grading::review::moves::Terms,
    ledger::{
        batch::{Batch, MISSING, NO_DAY},
        entity::{Entity, entity},
        error::LedgerError,
        snapshot::Snapshot,
    },
    period::{day_from_number, day_number, months_after},
};

/// What is recorded about every customer.
#[derive(Debug, Default)]
pub struct Records {
    /// Which entities the ledger has.
    pub recorded: Recorded,
    customers: BTreeMap<u32, Record>,
    nothing: Record,
}

/// Entities that the ledger has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recorded(u8);

/// An entity about customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Special policies and settlement terms (S60, S61).
    Policy,
    /// Credit grades (S61).
    Credit,
    /// Visits (S69).
    Visit,
    /// Deliveries (S69, S64).
    Delivery,
    /// Quality problems (S69).
    Problem,
    /// Claims (S67).
    Claim,
    /// Payments (S63).
    Payment,
}

impl Recorded {
    /// Whether the ledger has an entity.
    pub fn has(self, kind: Kind) -> bool {
        self.0 & (1 << (kind as u8)) != 0
    }

    fn add(&mut self, kind: Kind) {
        self.0 |= 1 << (kind as u8);
    }
}

/// What is recorded about one customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Special terms in force on the day, in the order of their grants.
    pub policies: Vec<Policy>,
    /// The latest credit grade on the day.
    pub credit: Option<Credit>,
    /// Days of all visits up to the day, with the rank of the visitor.
    pub visits: Vec<(NaiveDate, Option<String>)>,
    /// Deliveries of the year that were due.
    pub due: i64,
    /// Those of them that were on time.
    pub on_time: i64,
    /// Deliveries of the year that were made and are marked as not invoiced.
    pub uninvoiced: i64,
    /// Their amount in minor units.
    pub uninvoiced_amount: i128,
    /// Major quality problems of the year.
    pub major: i64,
    /// General quality problems of the year.
    pub general: i64,
    /// Claims of the year.
    pub claims: i64,
    /// Their amount in minor units.
    pub claimed: i128,
    /// Payments of the year that were late.
    pub late: i64,
    /// Their amount in minor units.
    pub late_amount: i128,
    /// Days of the latest of them.
    pub most_days_late: i64,
}

/// Special terms that a customer was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Whether they are settlement terms (S61) rather than a policy (S60).
    pub settlement: bool,
    /// What was granted.
    pub content: String,
    /// Since when.
    pub granted_on: Option<NaiveDate>,
    /// The last day; `None` while open.
    pub ends_on: Option<NaiveDate>,
    /// Who approved.
    pub approver: Option<String>,
    /// Whether the customer is stable; `None` where nobody said.
    pub stable: Option<bool>,
}

/// A credit grade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// The grade.
    pub grade: String,
    /// The limit in minor units.
    pub limit: Option<i64>,
    /// Who set it.
    pub set_by: Option<String>,
    /// On which day.
    pub set_on: Option<NaiveDate>,
}

impl Record {
    /// What puts the customer into sections B and C.
    pub fn terms(&self) -> Terms {
        Terms {
            policy: self.policies.iter().any(|policy| !policy.settlement),
            settlement: self.policies.iter().any(|policy| policy.settlement),
        }
    }
}

impl Records {
    /// Reads what is recorded about customers up to a day.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger cannot be read.
    pub fn read(snapshot: &mut Snapshot, as_of: NaiveDate) -> Result<Self, LedgerError> {
        let mut reader = Reader {
            snapshot,
            day: day_number(as_of),
            after: day_number(months_after(as_of, -12)),
            all: Self::default(),
        };
        reader.policies()?;
        reader.credits()?;
        reader.visits()?;
        reader.deliveries()?;
        reader.problems()?;
        reader.claims()?;
        reader.payments()?;
        Ok(reader.all)
    }

    /// What is recorded about a customer.
    pub fn of(&self, customer: Option<u32>) -> &Record {
        customer.and_then(|code| self.customers.get(&code)).unwrap_or(&self.nothing)
    }
}

struct Reader<'r> {
    snapshot: &'r mut Snapshot,
    /// The day.
    day: i32,
    /// The year begins after this day.
    after: i32,
    all: Records,
}

/// One row that was read.
struct Line<'l> {
    snapshot: &'l Snapshot,
    rows: &'l Batch,
    row: usize,
}

impl Line<'_> {
    fn text(&self, column: &'static str) -> Option<String> {
        let code = self.rows.codes(column).get(self.row)?;
        self.snapshot.dictionaries().text(column, *code).map(str::to_owned)
    }

    fn flag(&self, column: &'static str) -> Option<bool> {
        self.text(column).map(|flag| flag == "1")
    }

    fn number(&self, column: &str) -> Option<i64> {
        self.rows.numbers(column).get(self.row).copied().filter(|number| *number != MISSING)
    }

    fn amount(&self) -> i128 {
        i128::from(self.number("amount").unwrap_or(0))
    }

    fn day(&self, column: &str) -> Option<i32> {
        self.rows.days(column).get(self.row).copied().filter(|day| *day != NO_DAY)
    }

    fn date(&self, column: &str) -> Option<NaiveDate> {
        self.day(column).and_then(day_from_number)
    }
}

impl Reader<'_> {
    /// Adds every row of an entity about a customer to what is recorded of that customer.
    fn each(
        &mut self,
        (name, kind): (&str, Kind),
        columns: &[&'static str],
        mut add: impl FnMut(&mut Record, &Line<'_>),
    ) -> Result<(), LedgerError> {
        let has = |found: &&'static Entity| {
            let time = found.time.is_none_or(|time| self.snapshot.has(found, time));
            time && self.snapshot.has(found, "customer_id")
        };
        let Some(found) = entity(name).filter(has) else { return Ok(()) };
        let columns = columns.iter().copied().filter(|column| self.snapshot.has(found, column));
        let columns: Vec<&'static str> = std::iter::once("customer_id").chain(columns).collect();
        let rows = self.snapshot.read(found, &columns, "the records of a review")?;
        self.all.recorded.add(kind);
        for (row, customer) in rows.codes("customer_id").iter().enumerate() {
            let line = Line { snapshot: self.snapshot, rows: &rows, row };
            add(self.all.customers.entry(*customer).or_default(), &line);
        }
        Ok(())
    }

    fn policies(&mut self) -> Result<(), LedgerError> {
        let day = self.day;
        let columns = ["kind", "content", "granted_on", "ends_on", "approver", "stable"];
        self.each(("special_policy", Kind::Policy), &columns, |record, line| {
            let begun = line.day("granted_on").is_none_or(|granted| granted <= day);
            if !begun || line.day("ends_on").is_some_and(|ends| ends < day) {
                return;
            }
            record.policies.push(Policy {
                settlement: line.text("kind").as_deref() == Some("settlement"),
                content: line.text("content").unwrap_or_default(),
                granted_on: line.date("granted_on"),
                ends_on: line.date("ends_on"),
                approver: line.text("approver"),
                stable: line.flag("stable"),
            });
        })?;
        for record in self.all.customers.values_mut() {
            record.policies.sort_by(|a, b| (a.granted_on, &a.content).cmp(&(b.granted_on, &b.content)));
        }
        Ok(())
    }

    fn credits(&mut self) -> Result<(), LedgerError> {
        let day = self.day;
        self.each(("credit", Kind::Credit), &["set_on", "grade", "credit_limit", "set_by"], |record, line| {
            let set_on = line.date("set_on");
            let known = record.credit.as_ref().and_then(|credit| credit.set_on);
            if line.day("set_on").is_some_and(|set| set <= day) && set_on > known {
                record.credit = Some(Credit {
                    grade: line.text("grade").unwrap_or_default(),
                    limit: line.number("credit_limit"),
                    set_by: line.text("set_by"),
                    set_on,
                });
            }
        })
    }

    fn visits(&mut self) -> Result<(), LedgerError> {
        let day = self.day;
        self.each(("visit", Kind::Visit), &["visited_on", "visitor_rank"], |record, line| {
            if let Some(visited) = line.date("visited_on").filter(|visited| day_number(*visited) <= day) {
                record.visits.push((visited, line.text("visitor_rank")));
            }
        })
    }

    fn deliveries(&mut self) -> Result<(), LedgerError> {
        let (day, after) = (self.day, self.after);
        let columns = ["due_on", "done_on", "on_time", "invoiced", "amount"];
        self.each(("delivery", Kind::Delivery), &columns, |record, line| {
            let Some(due) = line.day("due_on").filter(|due| *due > after && *due <= day) else { return };
            let done = line.day("done_on").filter(|done| *done <= day);
            let on_time = line.flag("on_time").or_else(|| done.map(|done| done <= due));
            // What is due on the very day may still be done today.
            if on_time.is_some() || due < day {
                record.due += 1;
                record.on_time += i64::from(on_time == Some(true));
            }
            if done.is_some() && line.flag("invoiced") == Some(false) {
                record.uninvoiced += 1;
                record.uninvoiced_amount += line.amount();
            }
        })
    }

    fn problems(&mut self) -> Result<(), LedgerError> {
        let (day, after) = (self.day, self.after);
        self.each(("quality_problem", Kind::Problem), &["found_on", "severity"], |record, line| {
            if line.day("found_on").is_none_or(|found| found <= after || found > day) {
                return;
            }
            if line.text("severity").as_deref() == Some("major") {
                record.major += 1;
            } else {
                record.general += 1;
            }
        })
    }

    fn claims(&mut self) -> Result<(), LedgerError> {
        let (day, after) = (self.day, self.after);
        self.each(("claim", Kind::Claim), &["claimed_on", "amount"], |record, line| {
            if line.day("claimed_on").is_some_and(|claimed| claimed > after && claimed <= day) {
                record.claims += 1;
                record.claimed += line.amount();
            }
        })
    }

    fn payments(&mut self) -> Result<(), LedgerError> {
        let (day, after) = (self.day, self.after);
        self.each(("payment", Kind::Payment), &["paid_on", "due_on", "days_late", "amount"], |record, line| {
            let Some(paid) = line.day("paid_on").filter(|paid| *paid > after && *paid <= day) else { return };
            let counted = line.day("due_on").map(|due| i64::from(paid) - i64::from(due));
            let late = line.number("days_late").or(counted).unwrap_or(0);
            if late > 0 {
                record.late += 1;
                record.late_amount += line.amount();
                record.most_days_late = record.most_days_late.max(late);
            }
        })
    }
}
