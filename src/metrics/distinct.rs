//! Distinct values of each subject, and the as-of dates that see them.
//!
//! Invariants: a value that stands several times for a subject counts once at each as-of date; beyond its limit the list moves to a
//! temporary file without a name, so that memory is bounded whatever the number of rows.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, Write},
};

/// Bytes of one entry in the file.
const ENTRY: usize = 24;

/// One value seen for a subject, and the as-of dates that see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    subject: u32,
    value: u128,
    first: u16,
    after: u16,
}

/// The distinct values of some subjects.
#[derive(Debug)]
pub(super) struct Distinct {
    seen: Vec<Seen>,
    /// Entries kept in memory.
    limit: usize,
    spilled: Option<File>,
    failed: Option<io::Error>,
    empty_counts: bool,
}

impl Distinct {
    /// Keeps so many bytes in memory. With `empty_counts`, a row without a value is a value of its own.
    pub(super) fn new(bytes: usize, empty_counts: bool) -> Self {
        let limit = (bytes / size_of::<Seen>()).max(1024);
        Self { seen: Vec::new(), limit, spilled: None, failed: None, empty_counts }
    }

    /// Takes one value (0 for none) of a subject that the as-of dates `first..after` see.
    pub(super) fn take(&mut self, subject: u32, value: u128, (first, after): (u16, u16)) {
        if value == 0 && !self.empty_counts {
            return;
        }
        let new = Seen { subject, value, first, after };
        // The lines of an order mostly stand together.
        if value != 0 && self.seen.last() == Some(&new) {
            return;
        }
        if self.seen.len() >= self.limit {
            self.make_room();
        }
        self.seen.push(new);
    }

    /// Merges what is known twice; moves the rest to the file when that frees too little.
    fn make_room(&mut self) {
        self.seen.sort_unstable();
        self.seen.dedup_by(|later, earlier| later.value != 0 && later == earlier);
        if self.seen.len() > self.limit / 2
            && let Err(error) = self.spill()
        {
            self.failed.get_or_insert(error);
            self.seen.clear();
        }
    }

    fn spill(&mut self) -> io::Result<()> {
        let file = match &mut self.spilled {
            Some(file) => file,
            None => self.spilled.insert(tempfile::tempfile()?),
        };
        let bytes: Vec<u8> = self.seen.drain(..).flat_map(Seen::to_bytes).collect();
        file.write_all(&bytes)
    }

    /// Calls `mark` with a subject and a range of as-of dates, once for every distinct value.
    ///
    /// # Errors
    /// When the file cannot be written or read.
    pub(super) fn finish(mut self, mut mark: impl FnMut(u32, usize, usize)) -> io::Result<()> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if let Some(mut file) = self.spilled.take() {
            file.rewind()?;
            let mut reader = BufReader::new(file);
            let mut bytes = [0; ENTRY];
            while read_entry(&mut reader, &mut bytes)? {
                self.seen.push(Seen::from_bytes(bytes));
            }
        }
        self.seen.sort_unstable();
        let same = |a: &Seen, b: &Seen| (a.subject, a.value) == (b.subject, b.value) && a.value != 0;
        // Entries of one value stand together and rise by their first date: their ranges are merged.
        for group in self.seen.chunk_by(same) {
            let mut covered = 0_usize;
            for entry in group {
                let (from, to) = (usize::from(entry.first).max(covered), usize::from(entry.after));
                if from < to {
                    mark(entry.subject, from, to);
                    covered = to;
                }
            }
        }
        Ok(())
    }
}

/// Reads one entry; false at the end of the file.
fn read_entry(reader: &mut impl Read, bytes: &mut [u8; ENTRY]) -> io::Result<bool> {
    match reader.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

impl Seen {
    fn to_bytes(self) -> [u8; ENTRY] {
        let mut bytes = [0; ENTRY];
        let parts = self.value.to_le_bytes().into_iter().chain(self.subject.to_le_bytes());
        let all = parts.chain(self.first.to_le_bytes()).chain(self.after.to_le_bytes());
        bytes.iter_mut().zip(all).for_each(|(room, byte)| *room = byte);
        bytes
    }

    fn from_bytes(bytes: [u8; ENTRY]) -> Self {
        let (value, rest) = bytes.split_at(16);
        let (subject, dates) = rest.split_at(4);
        let (first, after) = dates.split_at(2);
        Self {
            value: u128::from_le_bytes(whole(value)),
            subject: u32::from_le_bytes(whole(subject)),
            first: u16::from_le_bytes(whole(first)),
            after: u16::from_le_bytes(whole(after)),
        }
    }
}

/// Bytes that are known to be so many.
fn whole<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().unwrap_or([0; N])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    proptest! {
        #[test]
        fn counts_each_value_once_at_each_date_in_memory_and_spilled(
            rows in proptest::collection::vec((0_u32..3, 0_u128..6, 0_u16..5, 0_u16..6), 0..80),
            limit in 1_usize..40,
        ) {
            let mut distinct = Distinct::new(0, true);
            distinct.limit = limit;
            let mut expected: BTreeMap<(u32, usize), (BTreeSet<u128>, usize)> = BTreeMap::new();
            for (subject, value, first, after) in &rows {
                if first >= after {
                    continue;
                }
                distinct.take(*subject, *value << 70 | *value, (*first, *after));
                for date in usize::from(*first)..usize::from(*after) {
                    let (values, empty) = expected.entry((*subject, date)).or_default();
                    if *value == 0 { *empty += 1 } else { _ = values.insert(*value) }
                }
            }
            let mut found: BTreeMap<(u32, usize), usize> = BTreeMap::new();
            distinct.finish(|subject, from, to| (from..to).for_each(|date| *found.entry((subject, date)).or_default() += 1)).unwrap();
            let expected: BTreeMap<_, _> = expected.into_iter().map(|(at, (values, empty))| (at, values.len() + empty)).collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn entries_come_back_from_the_file_as_they_went() {
        let seen = Seen { subject: 7, value: u128::MAX - 5, first: 3, after: 65_535 };
        assert_eq!(Seen::from_bytes(seen.to_bytes()), seen);
    }
}
