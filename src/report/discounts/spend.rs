//! What members bought in each category in two years, read in one pass.

use std::sync::{Mutex, PoisonError};

use chrono::NaiveDate;

use crate::{
    ledger::{
        batch::{Batch, MISSING, SharedDictionaries},
        decode::Texts,
        dictionary::NOTHING,
        entity::entity,
        snapshot::Snapshot,
    },
    metrics::compute::MetricError,
    period::{Period, SECONDS_A_DAY, day_from_number, day_number},
};

/// Kinds of lines that count: what was sold, less what came back, as corrected.
const COUNTED: [&str; 3] = ["sale", "return", "adjustment"];
/// What is read of a line.
const COLUMNS: [&str; 5] = ["member_id", "category", "kind", "at", "amount"];

/// Net amounts in minor units: of the year, and of the year before.
pub(super) type Two = [i64; 2];

/// Net amounts of two years.
#[derive(Debug, Default)]
pub struct Spend {
    /// The categories of each member by code, with their amounts; [`NOTHING`] for lines without a category.
    pub(super) members: Vec<Vec<(u32, Two)>>,
    /// Lines of nobody.
    pub(super) without_member: Two,
    /// All lines, added up by themselves.
    pub(super) all: Two,
    /// How many lines there are of each year.
    pub(super) lines: Two,
    /// The second of the earliest line of the ledger.
    first: Option<i64>,
    /// The sum of all amounts whatever their sign.
    magnitude: i128,
}

impl Spend {
    /// Reads the lines of a year and of the year before (S20).
    ///
    /// # Errors
    /// [`MetricError::Ledger`] when the ledger lacks a column or a row cannot be read, [`MetricError::SumTooLarge`] when sums could pass 64 bits.
    pub fn read(snapshot: &mut Snapshot, year: Period) -> Result<Self, MetricError> {
        let Some(transaction) = entity("transaction") else { return Ok(Self::default()) };
        let columns = COLUMNS.map(|column| (column, Texts::Coded));
        let years = [year, year.previous()].map(|year| {
            let second = |day| i64::from(day_number(day)) * SECONDS_A_DAY;
            second(year.first_day())..second(year.end())
        });
        let spend = Mutex::new(Self::default());
        snapshot.scan(transaction, &columns, "category discounts", &|batch, dictionaries| {
            spend.lock().unwrap_or_else(PoisonError::into_inner).add(batch, dictionaries, &years);
        })?;
        let spend = spend.into_inner().unwrap_or_else(PoisonError::into_inner);
        if spend.magnitude > i128::from(i64::MAX) {
            return Err(MetricError::SumTooLarge { metric: "category discounts".to_owned() });
        }
        Ok(spend)
    }

    fn add(&mut self, batch: &Batch, dictionaries: &SharedDictionaries, years: &[std::ops::Range<i64>; 2]) {
        let counted = COUNTED.map(|kind| dictionaries.code("kind", kind));
        let (members, categories) = (batch.codes("member_id"), batch.codes("category"));
        let (kinds, times, amounts) = (batch.codes("kind"), batch.numbers("at"), batch.numbers("amount"));
        self.first = times.iter().copied().filter(|at| *at != MISSING).chain(self.first).min();
        let keys = members.iter().zip(categories);
        for ((key, kind), (at, amount)) in keys.zip(kinds).zip(times.iter().zip(amounts)) {
            let year = years.iter().position(|year| year.contains(at));
            if let Some(year) = year.filter(|_| counted.contains(&Some(*kind)) && *amount != MISSING) {
                self.line(*key.0, *key.1, year, *amount);
            }
        }
    }

    /// The day of the earliest line of the ledger.
    pub(super) fn begins(&self) -> Option<NaiveDate> {
        i32::try_from(self.first?.div_euclid(SECONDS_A_DAY)).ok().and_then(day_from_number)
    }

    /// Adds a line. Sums that wrap are refused in the end, when the magnitude is known.
    fn line(&mut self, member: u32, category: u32, year: usize, amount: i64) {
        let add = |two: &mut Two, value: i64| {
            two.get_mut(year).into_iter().for_each(|sum| *sum = sum.wrapping_add(value));
        };
        self.magnitude += i128::from(amount.unsigned_abs());
        add(&mut self.all, amount);
        add(&mut self.lines, 1);
        if member == NOTHING {
            add(&mut self.without_member, amount);
            return;
        }
        let at = usize::try_from(member).unwrap_or(usize::MAX);
        if at >= self.members.len() {
            self.members.resize_with(at.saturating_add(1), Vec::new);
        }
        let Some(own) = self.members.get_mut(at) else { return };
        if let Some((_, two)) = own.iter_mut().find(|(known, _)| *known == category) {
            add(two, amount);
        } else {
            let mut two = Two::default();
            add(&mut two, amount);
            own.push((category, two));
        }
    }
}
