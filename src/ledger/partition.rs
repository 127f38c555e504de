//! The rows of an entity, all of a subject's together, for what cannot be folded row by row: lots of points, open invoices.
//!
//! Invariants: every row with a subject is in exactly one partition, all rows of a subject are in the same one, and a partition is no larger than the memory that the
//! mapping allows (unless one subject alone is). What does not fit stands in temporary files without a name.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, Write},
    sync::{Mutex, PoisonError},
};

use crate::ledger::{
    batch::{Batch, Dictionaries, SharedDictionaries, Values},
    decode::Texts,
    dictionary::NOTHING,
    entity::Entity,
    error::LedgerError,
    snapshot::Snapshot,
};

/// Files that are open at once, at most.
const MOST_PARTITIONS: u64 = 512;

/// Visits the rows of an entity by subject: each batch holds all rows of its subjects, those of a subject together and ordered by the values of their columns, so
/// that they come in the same order whatever the database gave first. In which order subjects come is not said. Rows without a subject are nobody's and are left out.
///
/// # Errors
/// As [`Snapshot::scan`]; [`LedgerError::NoRoom`] when temporary files cannot be written.
pub fn by_subject(
    snapshot: &mut Snapshot,
    entity: &'static Entity,
    subject: &'static str,
    columns: &[&'static str],
    needed_for: &str,
    visit: &mut dyn FnMut(&Batch),
) -> Result<(), LedgerError> {
    let others = columns.iter().copied().filter(|name| *name != subject);
    let wanted: Vec<(&'static str, Texts)> =
        std::iter::once(subject).chain(others).map(|name| (name, Texts::Coded)).collect();
    let memory = u64::try_from(snapshot.mapping().memory).unwrap_or(u64::MAX);
    let rows = u64::try_from(snapshot.count(entity)?).unwrap_or(0);
    let bytes = rows.saturating_mul(u64::try_from(wanted.len() * 8).unwrap_or(64));
    let count = (bytes / memory.max(1) + 1).min(MOST_PARTITIONS);
    let keep = count == 1;
    let partitions: Vec<Mutex<Partition>> = (0..count).map(|_| Mutex::new(Partition::default())).collect();
    snapshot
        .scan(entity, &wanted, needed_for, &|batch, _: &SharedDictionaries| deal(batch, subject, &partitions, keep))?;
    for partition in partitions {
        let partition = partition.into_inner().unwrap_or_else(PoisonError::into_inner);
        let batch = partition
            .finish(subject, snapshot.dictionaries())
            .map_err(|cause| LedgerError::NoRoom { entity: entity.name, cause })?;
        if !batch.is_empty() {
            visit(&batch);
        }
    }
    Ok(())
}

/// Some of the rows.
#[derive(Debug, Default)]
struct Partition {
    held: Batch,
    file: Option<File>,
    failed: Option<io::Error>,
}

/// Deals the rows of a batch to the partitions of their subjects.
fn deal(batch: &Batch, subject: &'static str, partitions: &[Mutex<Partition>], keep: bool) {
    let count = u32::try_from(partitions.len()).unwrap_or(1);
    let mut dealt = vec![Vec::new(); partitions.len()];
    for (row, code) in batch.codes(subject).iter().enumerate().filter(|(_, code)| **code != NOTHING) {
        if let Some(rows) = usize::try_from(code % count).ok().and_then(|at| dealt.get_mut(at)) {
            rows.push(row);
        }
    }
    for (rows, partition) in dealt.iter().zip(partitions).filter(|(rows, _)| !rows.is_empty()) {
        let part = batch.rows(rows);
        partition.lock().unwrap_or_else(PoisonError::into_inner).add(&part, keep);
    }
}

impl Partition {
    fn add(&mut self, rows: &Batch, keep: bool) {
        if self.held.is_empty() && self.held.columns().is_empty() {
            self.held = rows.empty();
        }
        if keep {
            self.held.extend(rows);
        } else if let Err(error) = self.spill(rows) {
            self.failed.get_or_insert(error);
        }
    }

    fn spill(&mut self, rows: &Batch) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(tempfile::tempfile()?),
        };
        let mut bytes = Vec::with_capacity(rows.len() * rows.columns().len() * 8);
        for row in 0..rows.len() {
            for column in rows.columns() {
                match column {
                    Values::Codes(values) => push(&mut bytes, values.get(row).map(|value| value.to_le_bytes())),
                    Values::Numbers(values) => push(&mut bytes, values.get(row).map(|value| value.to_le_bytes())),
                    Values::Days(values) => push(&mut bytes, values.get(row).map(|value| value.to_le_bytes())),
                    Values::Identities(values) => push(&mut bytes, values.get(row).map(|value| value.to_le_bytes())),
                }
            }
        }
        file.write_all(&bytes)
    }

    /// The rows, in order.
    fn finish(mut self, subject: &'static str, dictionaries: &Dictionaries) -> io::Result<Batch> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if let Some(mut file) = self.file.take() {
            let length = file.stream_position()?;
            file.rewind()?;
            let mut reader = BufReader::new(file).take(length);
            while reader.limit() > 0 {
                for column in self.held.columns_mut() {
                    match column {
                        Values::Codes(values) => values.push(u32::from_le_bytes(bytes(&mut reader)?)),
                        Values::Numbers(values) => values.push(i64::from_le_bytes(bytes(&mut reader)?)),
                        Values::Days(values) => values.push(i32::from_le_bytes(bytes(&mut reader)?)),
                        Values::Identities(values) => values.push(u128::from_le_bytes(bytes(&mut reader)?)),
                    }
                }
            }
        }
        let rows = (0..self.held.len()).collect();
        Ok(in_order(&self.held, rows, subject, dictionaries))
    }
}

/// Some rows of a batch, those of a subject together and ordered by the values of their columns.
pub(super) fn in_order(
    batch: &Batch,
    mut rows: Vec<usize>,
    subject: &'static str,
    dictionaries: &Dictionaries,
) -> Batch {
    let codes = batch.codes(subject);
    rows.sort_unstable_by(|a, b| codes.get(*a).cmp(&codes.get(*b)).then_with(|| batch.compare(*a, *b, dictionaries)));
    batch.rows(&rows)
}

fn push<const N: usize>(bytes: &mut Vec<u8>, value: Option<[u8; N]>) {
    bytes.extend(value.into_iter().flatten());
}

fn bytes<const N: usize>(reader: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}
