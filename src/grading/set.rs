//! The grades of all subjects of a scheme on one day, and their form at rest: Parquet, one row a subject.

use std::io::Cursor;

use chrono::NaiveDate;
use miette::Diagnostic;
use polars::prelude::{
    Column, DataFrame, NamedFrom, ParquetCompression, ParquetReader, ParquetWriter, PolarsError, SerReader, Series,
};
use thiserror::Error;

use crate::{
    grading::ladder::Reason,
    ledger::batch::{Dictionaries, MISSING},
};

/// The rank column's value for "none".
const NO_RANK: u8 = u8::MAX;
/// The reason column's value for a subject that was not graded.
const EXCLUDED: &str = "excluded";

/// Why kept grades cannot be read or written.
#[derive(Debug, Error, Diagnostic)]
pub enum SetError {
    /// Parquet could not be written or read.
    #[error("kept grades cannot be {doing}: {cause}")]
    #[diagnostic(
        code(grading::kept_grades),
        help("the store may be damaged: restore it from a copy, or grade the period again")
    )]
    Parquet {
        /// `written` or `read`.
        doing: &'static str,
        /// The library's words.
        cause: PolarsError,
    },
}

/// The grades of all subjects on one day, subjects in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GradeSet {
    /// The day.
    pub as_of: NaiveDate,
    /// Place of the scheme's version.
    pub version: usize,
    /// Whether the review could take grades away.
    pub assessment: bool,
    /// Subjects by code.
    pub subjects: Vec<u32>,
    /// Ranks held from now on.
    pub ranks: Vec<u8>,
    /// Ranks earned by the figures alone.
    pub earned: Vec<u8>,
    /// Ranks before.
    pub before: Vec<Option<u8>>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Figures by dimension, then by subject: part and whole.
    pub basis: Vec<Basis>,
    /// Subjects that were not graded, for want of a figure, with the rank they still hold.
    pub excluded: Vec<(u32, Option<u8>)>,
}

/// The figures of one dimension, subject by subject.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Basis {
    part: Vec<i64>,
    /// Empty as long as every whole is 1: only ratios have others.
    whole: Vec<i64>,
}

impl Basis {
    /// Adds the figure of the next subject.
    pub fn push(&mut self, figure: Option<(i64, i64)>) {
        let (part, whole) = figure.unwrap_or((MISSING, 1));
        if whole != 1 && self.whole.is_empty() {
            self.whole.resize(self.part.len(), 1);
        }
        if whole != 1 || !self.whole.is_empty() {
            self.whole.push(whole);
        }
        self.part.push(part);
    }

    /// The figure of the subject at a place, as part and whole.
    pub fn get(&self, at: usize) -> Option<(i64, i64)> {
        let part = self.part.get(at).copied().filter(|part| *part != MISSING)?;
        Some((part, self.whole.get(at).copied().unwrap_or(1)))
    }

    fn iter(&self) -> impl Iterator<Item = Option<(i64, i64)>> + '_ {
        (0..self.part.len()).map(|at| self.get(at))
    }
}

impl GradeSet {
    /// An empty set for a day.
    pub fn new(as_of: NaiveDate, version: usize, assessment: bool, dimensions: usize) -> Self {
        Self {
            as_of,
            version,
            assessment,
            subjects: Vec::new(),
            ranks: Vec::new(),
            earned: Vec::new(),
            before: Vec::new(),
            reasons: Vec::new(),
            basis: vec![Basis::default(); dimensions],
            excluded: Vec::new(),
        }
    }

    /// How many subjects hold each rank below `grades`.
    pub fn counts(&self, grades: usize) -> Vec<i64> {
        let mut counts = vec![0; grades];
        for rank in &self.ranks {
            if let Some(count) = counts.get_mut(usize::from(*rank)) {
                *count += 1;
            }
        }
        counts
    }

    /// Ranks by subject code, for looking one up.
    pub fn by_code(&self, codes: usize) -> Vec<Option<u8>> {
        let mut ranks = vec![None; codes];
        for (subject, rank) in self.subjects.iter().zip(&self.ranks) {
            if let Some(place) = usize::try_from(*subject).ok().and_then(|at| ranks.get_mut(at)) {
                *place = Some(*rank);
            }
        }
        ranks
    }

    /// The set as Parquet: subject, rank, earned, before, reason, and a part and a whole for each dimension. Behind the graded subjects stand the
    /// excluded ones with the rank they still hold, so that a later review goes on from there.
    ///
    /// # Errors
    /// [`SetError::Parquet`].
    pub fn to_parquet(
        &self,
        key: &'static str,
        dictionaries: &Dictionaries,
        dimensions: &[&str],
    ) -> Result<Vec<u8>, SetError> {
        let outside = self.excluded.len();
        let subjects = self.subjects.iter().copied().chain(self.excluded.iter().map(|(subject, _)| *subject));
        let ids: Vec<&str> = subjects.map(|code| dictionaries.text(key, code).unwrap_or_default()).collect();
        let number = |rank: Option<u8>| u32::from(rank.unwrap_or(NO_RANK));
        let held = self.excluded.iter().map(|(_, rank)| number(*rank));
        let ranks: Vec<u32> = self.ranks.iter().map(|rank| u32::from(*rank)).chain(held.clone()).collect();
        let nothing = std::iter::repeat_n(number(None), outside);
        let earned: Vec<u32> = self.earned.iter().map(|rank| u32::from(*rank)).chain(nothing).collect();
        let before: Vec<u32> = self.before.iter().map(|rank| number(*rank)).chain(held).collect();
        let reasons = self.reasons.iter().map(|reason| reason.name());
        let reasons: Vec<&str> = reasons.chain(std::iter::repeat_n(EXCLUDED, outside)).collect();
        let mut columns: Vec<Column> = vec![
            Series::new("subject".into(), ids).into(),
            Series::new("rank".into(), ranks).into(),
            Series::new("earned".into(), earned).into(),
            Series::new("before".into(), before).into(),
            Series::new("reason".into(), reasons).into(),
        ];
        for (dimension, figures) in dimensions.iter().zip(&self.basis) {
            let part: Vec<Option<i64>> = figures
                .iter()
                .map(|figure| figure.map(|(part, _)| part))
                .chain(std::iter::repeat_n(None, outside))
                .collect();
            let whole: Vec<Option<i64>> = figures
                .iter()
                .map(|figure| figure.map(|(_, whole)| whole))
                .chain(std::iter::repeat_n(None, outside))
                .collect();
            columns.push(Series::new(format!("{dimension}.part").into(), part).into());
            columns.push(Series::new(format!("{dimension}.whole").into(), whole).into());
        }
        let failed = |cause| SetError::Parquet { doing: "written", cause };
        let mut frame = DataFrame::new_infer_height(columns).map_err(failed)?;
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes)
            .with_compression(ParquetCompression::Zstd(None))
            .finish(&mut frame)
            .map_err(failed)?;
        Ok(bytes)
    }
}

/// One subject as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptGrade {
    /// The subject's id.
    pub subject: String,
    /// The rank it held, if any.
    pub rank: Option<u8>,
    /// Whether it was graded, or only holds what it was given before.
    pub graded: bool,
}

/// Reads the subjects and ranks of kept grades.
///
/// # Errors
/// [`SetError::Parquet`] when the bytes are no such set.
pub fn read_parquet(bytes: &[u8]) -> Result<Vec<KeptGrade>, SetError> {
    let failed = |cause| SetError::Parquet { doing: "read", cause };
    let wanted = ["subject", "rank", "reason"].map(str::to_owned).to_vec();
    let frame = ParquetReader::new(Cursor::new(bytes)).with_columns(Some(wanted)).finish().map_err(failed)?;
    let subjects = frame.column("subject").map_err(failed)?.str().map_err(failed)?;
    let ranks = frame.column("rank").map_err(failed)?.u32().map_err(failed)?;
    let reasons = frame.column("reason").map_err(failed)?.str().map_err(failed)?;
    let rows = subjects.iter().zip(ranks.iter()).zip(reasons.iter()).filter_map(|((subject, rank), reason)| {
        let rank = u8::try_from(rank?).ok().filter(|rank| *rank != NO_RANK);
        Some(KeptGrade { subject: subject?.to_owned(), rank, graded: reason? != EXCLUDED })
    });
    Ok(rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::parse_day;

    #[test]
    fn figures_are_given_back_as_they_came() {
        for figures in [
            vec![Some((5, 1)), None, Some((-7, 1))],
            vec![Some((5, 1)), None, Some((7, 3)), Some((1, 1))],
            vec![None, Some((0, 2))],
        ] {
            let mut basis = Basis::default();
            for figure in &figures {
                basis.push(*figure);
            }
            assert_eq!(basis.iter().collect::<Vec<_>>(), figures);
        }
    }

    #[test]
    fn what_is_kept_is_read_back_with_those_who_were_not_graded() {
        let mut set = GradeSet::new(parse_day("2026-10-31").unwrap(), 0, false, 1);
        set.subjects.push(0);
        set.ranks.push(2);
        set.earned.push(1);
        set.before.push(None);
        set.reasons.push(Reason::First);
        set.basis = vec![Basis { part: vec![300], whole: Vec::new() }];
        set.excluded = vec![(0, Some(3)), (0, None)];
        let bytes = set.to_parquet("member_id", &Dictionaries::default(), &["spend"]).unwrap();
        let found: Vec<(Option<u8>, bool)> =
            read_parquet(&bytes).unwrap().into_iter().map(|kept| (kept.rank, kept.graded)).collect();
        assert_eq!(found, [(Some(2), true), (Some(3), false), (None, false)]);
        assert_eq!(set.to_parquet("member_id", &Dictionaries::default(), &["spend"]).unwrap(), bytes, "same bytes");
        assert!(read_parquet(b"PAR1").is_err());
    }
}
