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

/// Rows from which on it is worth visiting them by several threads.
const WORTH_THREADS: u64 = 100_000;

/// Visits the rows of an entity by subject: each batch holds all rows of its subjects, those of a subject together and ordered by the values of their columns, so
/// that they come in the same order whatever the database gave first. In which order subjects come is not said; `visit` may be called by several threads at once. Rows
/// without a subject are nobody's and are left out.
///
/// # Errors
/// As [`Snapshot::scan`]; [`LedgerError::NoRoom`] when temporary files cannot be written.
pub fn by_subject(
    snapshot: &mut Snapshot,
    entity: &'static Entity,
    subject: &'static str,
    columns: &[(&'static str, Texts)],
    needed_for: &str,
    visit: &(dyn Fn(&Batch, &Dictionaries) + Sync),
) -> Result<(), LedgerError> {
    let others = columns.iter().copied().filter(|(name, _)| *name != subject);
    let wanted: Vec<(&'static str, Texts)> = std::iter::once((subject, Texts::Coded)).chain(others).collect();
    let rows = u64::try_from(snapshot.count(entity)?).unwrap_or(0);
    let threads = if rows < WORTH_THREADS { 1 } else { snapshot.source().readers() };
    let bytes = rows.saturating_mul(wanted.iter().map(|(_, texts)| room(*texts)).sum());
    let memory = u64::try_from(snapshot.mapping().memory).unwrap_or(u64::MAX).max(1);
    let keep = bytes < memory;
    // Each thread holds a partition, all of them together no more than the memory.
    let threads_of = u64::try_from(threads).unwrap_or(1);
    let count = (bytes.saturating_mul(threads_of) / memory + 1).max(threads_of).min(MOST_PARTITIONS);
    let partitions: Vec<Mutex<Partition>> = (0..count).map(|_| Mutex::new(Partition::default())).collect();
    snapshot
        .scan(entity, &wanted, needed_for, &|batch, _: &SharedDictionaries| deal(batch, subject, &partitions, keep))?;
    let dictionaries = snapshot.dictionaries();
    let queue = Mutex::new(partitions.into_iter());
    let failed = Mutex::new(None);
    let work = || {
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(partition) = next else { break };
            let partition = partition.into_inner().unwrap_or_else(PoisonError::into_inner);
            match partition.finish(subject, dictionaries) {
                Ok(batch) if batch.is_empty() => {}
                Ok(batch) => visit(&batch, dictionaries),
                Err(cause) => {
                    failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(cause);
                }
            }
        }
    };
    if threads == 1 {
        work();
    } else {
        std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    }
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(cause) => Err(LedgerError::NoRoom { entity: entity.name, cause }),
        None => Ok(()),
    }
}

/// Bytes that a value takes, about.
fn room(texts: Texts) -> u64 {
    match texts {
        Texts::Coded => 8,
        Texts::ToldApart => 16,
    }
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
    // By subject first, which is a number, so that values are compared among the few rows of a subject only.
    rows.sort_by_key(|row| codes.get(*row));
    for of_one in rows.chunk_by_mut(|one, next| codes.get(*one) == codes.get(*next)) {
        of_one.sort_unstable_by(|one, other| batch.compare(*one, *other, subject, dictionaries));
    }
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
