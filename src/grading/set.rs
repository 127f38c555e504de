//! The grades of all subjects of a scheme on one day, and their form at rest: Parquet, one row a subject.

use std::io::Cursor;

use chrono::NaiveDate;
use miette::Diagnostic;
use polars::prelude::{
    Column, DataFrame, NamedFrom, ParquetCompression, ParquetReader, ParquetWriter, PolarsError, SerReader, Series,
};
use thiserror::Error;

use crate::{
    grading::{
        evaluate::{FigureColumn, NO_CLASS},
        ladder::{Held, Reason},
    },
    ledger::batch::Dictionaries,
    period::{day_from_number, day_number},
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
    /// Since when the ranks are held; `None` when nobody knows: long ago.
    pub since: Vec<Option<NaiveDate>>,
    /// The last days on which the ranks are valid; `None` where grades do not end.
    pub valid_to: Vec<Option<NaiveDate>>,
    /// Which grades are provisional (S58).
    pub provisional: Vec<bool>,
    /// Classes by dimension, then by subject; [`NO_CLASS`] for none.
    pub classes: Vec<Vec<u8>>,
    /// Figures by metric of the version, then by subject.
    pub basis: Vec<FigureColumn>,
    /// Subjects that were not graded, for want of a figure, with what they still hold.
    pub excluded: Vec<(u32, Option<Held>)>,
}

impl GradeSet {
    /// An empty set for a day.
    pub fn new(as_of: NaiveDate, version: usize, assessment: bool) -> Self {
        Self {
            as_of,
            version,
            assessment,
            subjects: Vec::new(),
            ranks: Vec::new(),
            earned: Vec::new(),
            before: Vec::new(),
            reasons: Vec::new(),
            since: Vec::new(),
            valid_to: Vec::new(),
            provisional: Vec::new(),
            classes: Vec::new(),
            basis: Vec::new(),
            excluded: Vec::new(),
        }
    }

    /// The class of the subject at a place in a dimension.
    pub fn class(&self, dimension: usize, at: usize) -> Option<u8> {
        let class = self.classes.get(dimension).and_then(|classes| classes.get(at)).copied();
        class.filter(|class| *class != NO_CLASS)
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

    /// The set as Parquet: subject, rank, earned, before, reason, since, valid to, provisional, the class in each dimension, and the figure of each
    /// metric (of a ratio part and whole). Behind the graded subjects stand the excluded ones with what they still hold, so that a later review goes on
    /// from there.
    ///
    /// # Errors
    /// [`SetError::Parquet`].
    pub fn to_parquet(
        &self,
        key: &'static str,
        dictionaries: &Dictionaries,
        dimensions: &[&str],
        metrics: &[&str],
    ) -> Result<Vec<u8>, SetError> {
        let outside = self.excluded.len();
        let subjects = self.subjects.iter().copied().chain(self.excluded.iter().map(|(subject, _)| *subject));
        let ids: Vec<&str> = subjects.map(|code| dictionaries.text(key, code).unwrap_or_default()).collect();
        let number = |rank: Option<u8>| u32::from(rank.unwrap_or(NO_RANK));
        let held = self.excluded.iter().map(|(_, held)| *held);
        let held_ranks = held.clone().map(|held| number(held.map(|held| held.rank)));
        let ranks: Vec<u32> = self.ranks.iter().map(|rank| u32::from(*rank)).chain(held_ranks.clone()).collect();
        let nothing = std::iter::repeat_n(number(None), outside);
        let earned: Vec<u32> = self.earned.iter().map(|rank| u32::from(*rank)).chain(nothing).collect();
        let before: Vec<u32> = self.before.iter().map(|rank| number(*rank)).chain(held_ranks).collect();
        let reasons = self.reasons.iter().map(|reason| reason.name());
        let reasons: Vec<&str> = reasons.chain(std::iter::repeat_n(EXCLUDED, outside)).collect();
        let numbers = |days: &[Option<NaiveDate>], outside: &dyn Fn(Held) -> Option<NaiveDate>| {
            let outside = held.clone().map(|held| held.and_then(outside));
            let days = days.iter().copied().chain(outside);
            days.map(|day| day.map(day_number)).collect::<Vec<Option<i32>>>()
        };
        let provisional: Vec<bool> =
            self.provisional.iter().copied().chain(std::iter::repeat_n(false, outside)).collect();
        let mut columns: Vec<Column> = vec![
            Series::new("subject".into(), ids).into(),
            Series::new("rank".into(), ranks).into(),
            Series::new("earned".into(), earned).into(),
            Series::new("before".into(), before).into(),
            Series::new("reason".into(), reasons).into(),
            Series::new("since".into(), numbers(&self.since, &|held| held.since)).into(),
            Series::new("valid_to".into(), numbers(&self.valid_to, &|held| held.valid_to)).into(),
            Series::new("provisional".into(), provisional).into(),
        ];
        for (dimension, classes) in dimensions.iter().zip(&self.classes) {
            let classes = classes.iter().map(|class| Some(u32::from(*class)).filter(|_| *class != NO_CLASS));
            let classes: Vec<Option<u32>> = classes.chain(std::iter::repeat_n(None, outside)).collect();
            columns.push(Series::new(format!("{dimension}.class").into(), classes).into());
        }
        for (metric, figures) in metrics.iter().zip(&self.basis) {
            let empty = std::iter::repeat_n(None, outside);
            let of = |pick: fn((i64, i64)) -> i64| -> Vec<Option<i64>> {
                figures.iter().map(|figure| figure.map(pick)).chain(empty.clone()).collect()
            };
            columns.push(Series::new(format!("{metric}.part").into(), of(|(part, _)| part)).into());
            if !figures.whole.is_empty() {
                columns.push(Series::new(format!("{metric}.whole").into(), of(|(_, whole)| whole)).into());
            }
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
    /// What it held, if anything.
    pub held: Option<Held>,
    /// Whether it was graded, or only holds what it was given before.
    pub graded: bool,
}

/// Reads the subjects of kept grades with what they held. Sets of early versions do not know since and until when.
///
/// # Errors
/// [`SetError::Parquet`] when the bytes are no such set.
pub fn read_parquet(bytes: &[u8]) -> Result<Vec<KeptGrade>, SetError> {
    let failed = |cause| SetError::Parquet { doing: "read", cause };
    let mut reader = ParquetReader::new(Cursor::new(bytes));
    let known = reader.schema().map_err(failed)?;
    let wanted = ["subject", "rank", "reason", "since", "valid_to"];
    let wanted = wanted.iter().filter(|name| known.contains(name)).map(|name| (*name).to_owned()).collect();
    let frame = reader.with_columns(Some(wanted)).finish().map_err(failed)?;
    let subjects = frame.column("subject").map_err(failed)?.str().map_err(failed)?;
    let ranks = frame.column("rank").map_err(failed)?.u32().map_err(failed)?;
    let reasons = frame.column("reason").map_err(failed)?.str().map_err(failed)?;
    let days = |name: &str| -> Result<Vec<Option<NaiveDate>>, SetError> {
        if !known.contains(name) {
            return Ok(vec![None; frame.height()]);
        }
        let numbers = frame.column(name).map_err(failed)?.i32().map_err(failed)?;
        Ok(numbers.iter().map(|number| number.and_then(day_from_number)).collect())
    };
    let rows = subjects.iter().zip(ranks.iter()).zip(reasons.iter()).zip(days("since")?).zip(days("valid_to")?);
    let rows = rows.filter_map(|((((subject, rank), reason), since), valid_to)| {
        let rank = u8::try_from(rank?).ok().filter(|rank| *rank != NO_RANK);
        let held = rank.map(|rank| Held { rank, since, valid_to });
        Some(KeptGrade { subject: subject?.to_owned(), held, graded: reason? != EXCLUDED })
    });
    Ok(rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::parse_day;

    #[test]
    fn what_is_kept_is_read_back_with_those_who_were_not_graded() {
        let day = |text: &str| Some(parse_day(text).unwrap());
        let mut set = GradeSet::new(parse_day("2026-10-31").unwrap(), 0, false);
        set.subjects.push(0);
        set.ranks.push(2);
        set.earned.push(1);
        set.before.push(None);
        set.reasons.push(Reason::First);
        set.since.push(day("2026-10-31"));
        set.valid_to.push(day("2026-12-31"));
        set.provisional.push(true);
        set.classes = vec![vec![1], vec![NO_CLASS]];
        set.basis =
            vec![FigureColumn { part: vec![300], whole: Vec::new() }, FigureColumn { part: vec![3], whole: vec![2] }];
        let outside = Held { rank: 3, since: day("2025-01-31"), valid_to: None };
        set.excluded = vec![(0, Some(outside)), (0, None)];
        let bytes =
            || set.to_parquet("member_id", &Dictionaries::default(), &["spend", "price"], &["net", "average"]).unwrap();
        let found: Vec<(Option<Held>, bool)> =
            read_parquet(&bytes()).unwrap().into_iter().map(|kept| (kept.held, kept.graded)).collect();
        let inside = Held { rank: 2, since: day("2026-10-31"), valid_to: day("2026-12-31") };
        assert_eq!(found, [(Some(inside), true), (Some(outside), false), (None, false)]);
        assert_eq!(bytes(), bytes(), "same bytes");
        assert!(read_parquet(b"PAR1").is_err());
        let frame = ParquetReader::new(Cursor::new(bytes())).finish().unwrap();
        let names: Vec<&str> = frame.get_column_names().into_iter().map(polars::prelude::PlSmallStr::as_str).collect();
        assert_eq!(&names[8..], ["spend.class", "price.class", "net.part", "average.part", "average.whole"]);
        assert_eq!(frame.column("price.class").unwrap().null_count(), 3);
    }

    #[test]
    fn sets_of_early_versions_are_read_without_since_and_until() {
        let columns: Vec<Column> = vec![
            Series::new("subject".into(), ["M1", "M2"]).into(),
            Series::new("rank".into(), [2_u32, 255]).into(),
            Series::new("earned".into(), [1_u32, 255]).into(),
            Series::new("before".into(), [255_u32, 255]).into(),
            Series::new("reason".into(), ["first", "excluded"]).into(),
            Series::new("spend.part".into(), [Some(300_i64), None]).into(),
            Series::new("spend.whole".into(), [Some(1_i64), None]).into(),
        ];
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes).finish(&mut DataFrame::new_infer_height(columns).unwrap()).unwrap();
        let held = Some(Held { rank: 2, since: None, valid_to: None });
        let kept =
            |subject: &str, held: Option<Held>, graded: bool| KeptGrade { subject: subject.to_owned(), held, graded };
        assert_eq!(read_parquet(&bytes).unwrap(), [kept("M1", held, true), kept("M2", None, false)]);
    }
}
