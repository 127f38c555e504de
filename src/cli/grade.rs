//! `fenji grade`.

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::{
    cli::{
        DataFormat,
        failure::Failure,
        job::block_on,
        output::{self, Item, say},
    },
    grading::{
        bound::BoundVersion,
        ladder::Held,
        outlook::{Enough, Ways, missing, ways, ways_to_remain},
    },
    ledger::snapshot::Snapshot,
    metrics::definition::MetricUnit,
    money::Share,
    period::parse_day,
    run::{
        error::RunError,
        grades::{Grades, work_out},
        home::Home,
        job::today,
        review::refuse_to_keep,
        store::Store,
    },
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The scheme: a file of config/schemes/
    scheme: String,
    /// The day at whose end the figures are taken, such as 2026-10-31
    #[arg(long, value_name = "DAY")]
    as_of: String,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: DataFormat,
    /// List instead those who could not be graded, with the grade they still hold
    #[arg(long)]
    excluded: bool,
    /// Keep the grades, so that later reviews build on them (jobs do so by themselves)
    #[arg(long)]
    keep: bool,
}

pub(super) fn run(home: &Path, args: &Args, now: DateTime<Utc>) -> Result<(), Failure> {
    let home = Home::open(home)?;
    if args.keep {
        refuse_to_keep(&home, &args.scheme)?;
    }
    let as_of = parse_day(&args.as_of).map_err(RunError::from)?;
    let mut snapshot = Snapshot::open(home.mapping.clone(), today(&home, now)).map_err(RunError::from)?;
    let grades = block_on(async {
        let mut store = Store::open(&home.settings.store).await?;
        let grades = work_out(&home, &mut snapshot, &mut store, &args.scheme, as_of, Vec::new()).await?;
        if args.keep {
            grades.keep(&snapshot, &mut store, now.with_timezone(&home.mapping.zone).naive_local()).await?;
        }
        Ok::<_, RunError>(grades)
    })??;
    for warning in &grades.warnings {
        say(&format!("warning: {warning}"));
    }
    if args.excluded {
        excluded(&snapshot, &grades, args.format)
    } else {
        print(&home, &snapshot, &grades, args.format)
    }
}

/// A figure with the places of its unit; a ratio is in major units and shown with four.
pub(super) fn figure(home: &Home, unit: MetricUnit, value: Share) -> Item {
    match unit {
        MetricUnit::Money => Item::decimal(value.part, home.mapping.currency.scale.places()),
        MetricUnit::Quantity => Item::decimal(value.part, 3),
        MetricUnit::Ratio => value.scaled(4).map_or(Item::Empty, |value| Item::decimal(value, 4)),
        MetricUnit::Day => {
            let day = i32::try_from(value.part).ok().and_then(crate::period::day_from_number);
            day.map_or(Item::Empty, |day| Item::text(day.to_string()))
        }
        MetricUnit::Points | MetricUnit::Count | MetricUnit::Days | MetricUnit::Word => Item::count(value.part),
    }
}

fn print(home: &Home, snapshot: &Snapshot, grades: &Grades, format: DataFormat) -> Result<(), Failure> {
    let scheme = &grades.bound.scheme;
    let set = &grades.now;
    let (_, key) = scheme.subject.entity_and_key();
    let dictionaries = snapshot.dictionaries();
    let version = grades.bound.versions.get(set.version);
    let dimensions =
        version.map(|version| version.dimensions.as_slice()).filter(|all| all.len() > 1).unwrap_or_default();
    let metrics = version.map(|version| version.metrics.as_slice()).unwrap_or_default();
    let name = |rank: u8| Item::text(scheme.grade(rank).map_or("", |grade| grade.id.as_str()));
    let mut heads: Vec<String> =
        [key, "grade", "title", "earned", "before", "reason", "provisional", "valid_to"].map(str::to_owned).to_vec();
    let outlook = Outlook::of(grades);
    heads.extend(outlook.iter().flat_map(Outlook::heads));
    heads.extend(dimensions.iter().map(|dimension| format!("{}.class", dimension.id)));
    heads.extend(metrics.iter().map(|metric| metric.metric.id.clone()));
    let mut rows = Vec::with_capacity(set.subjects.len());
    for (at, (subject, rank)) in set.subjects.iter().zip(&set.ranks).enumerate() {
        let title = scheme.grade(*rank).map_or("", |grade| grade.title.in_lang(home.settings.language));
        let provisional = set.provisional.get(at).copied().unwrap_or(false);
        let valid_to = set.valid_to.get(at).copied().flatten();
        let mut row = vec![
            Item::text(dictionaries.text(key, *subject).unwrap_or_default()),
            name(*rank),
            Item::text(title),
            set.earned.get(at).map_or(Item::Empty, |earned| name(*earned)),
            set.before.get(at).copied().flatten().map_or(Item::Empty, name),
            Item::text(set.reasons.get(at).map_or("", |reason| reason.name())),
            Item::text(if provisional { "yes" } else { "no" }),
            valid_to.map_or(Item::Empty, |day| Item::text(day.to_string())),
        ];
        row.extend(outlook.iter().flat_map(|outlook| outlook.cells(home, at, *rank)));
        row.extend(dimensions.iter().enumerate().map(|(place, dimension)| {
            let class = set.class(place, at).and_then(|class| dimension.classes.get(usize::from(class)));
            class.map_or(Item::Empty, |class| Item::text(class.id.as_str()))
        }));
        row.extend(metrics.iter().zip(&set.basis).map(|(metric, column)| {
            let value = column.get(at);
            match (metric.metric.words(), value) {
                (Some(words), Some((code, _))) => words.word(dictionaries, code).map_or(Item::Empty, Item::text),
                (None, Some(value)) => figure(home, metric.metric.unit(), metric.share(value)),
                (_, None) => Item::Empty,
            }
        }));
        rows.push(row);
    }
    say(&format!(
        "{} graded, {} without a figure; scheme {} version {}; built on {}; snapshot {}",
        set.subjects.len(),
        set.excluded.len(),
        scheme.id,
        scheme.versions.get(set.version).map_or("", |version| version.id.as_str()),
        grades.built_on.map_or_else(|| "no kept grades".to_owned(), |day| format!("the grades kept for {day}")),
        snapshot.fingerprint(),
    ));
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    output::rows(&heads, &rows, format)
}

/// Lists who could not be graded, with the grade that is still held.
fn excluded(snapshot: &Snapshot, grades: &Grades, format: DataFormat) -> Result<(), Failure> {
    let scheme = &grades.bound.scheme;
    let (_, key) = scheme.subject.entity_and_key();
    let row = |(subject, held): &(u32, Option<Held>)| {
        let held = held.and_then(|held| scheme.grade(held.rank));
        vec![
            Item::text(snapshot.dictionaries().text(key, *subject).unwrap_or_default()),
            held.map_or(Item::Empty, |grade| Item::text(grade.id.as_str())),
        ]
    };
    let rows: Vec<Vec<Item>> = grades.now.excluded.iter().map(row).collect();
    output::rows(&[key, "held"], &rows, format)
}

/// What is needed on a ladder, for the next grade and to remain (S02, S04).
struct Outlook<'g> {
    grades: &'g Grades,
    version: &'g BoundVersion,
    next: Ways,
    remain: Option<Ways>,
}

impl<'g> Outlook<'g> {
    fn of(grades: &'g Grades) -> Option<Self> {
        let version = grades.bound.versions.get(grades.now.version)?;
        version.ladder()?;
        Some(Self { grades, version, next: ways(version)?, remain: ways_to_remain(version) })
    }

    fn heads(&self) -> Vec<String> {
        let heads = |ways: &Ways, need: &str| -> Vec<String> {
            let dimensions = ways.dimensions.iter().filter_map(|place| self.version.dimensions.get(*place));
            dimensions.map(|dimension| format!("{}.{need}", dimension.id)).collect()
        };
        let mut all = vec!["next_tier".to_owned(), "enough".to_owned()];
        all.extend(heads(&self.next, "needed_for_next"));
        all.extend(self.remain.iter().flat_map(|ways| heads(ways, "needed_to_remain")));
        all
    }

    fn cells(&self, home: &Home, at: usize, rank: u8) -> Vec<Item> {
        let scheme = &self.grades.bound.scheme;
        let next = rank.checked_add(1).filter(|next| scheme.grade(*next).is_some());
        let enough = match self.next.enough {
            Enough::Any => "any",
            Enough::All => "all",
        };
        let mut cells = vec![
            next.and_then(|next| scheme.grade(next)).map_or(Item::Empty, |grade| Item::text(grade.id.as_str())),
            Item::text(enough),
        ];
        cells.extend(self.next.dimensions.iter().map(|place| self.needed(home, *place, at, next)));
        // Whoever earns the held grade by the figures keeps it whatever a retention test says.
        let earned = self.grades.now.earned.get(at).is_some_and(|earned| *earned >= rank);
        let keeps = if earned { 0 } else { rank };
        let remain = self.remain.iter().flat_map(|ways| &ways.dimensions);
        cells.extend(remain.map(|place| self.needed(home, *place, at, Some(keeps))));
        cells
    }

    /// What is missing to a class in a dimension.
    fn needed(&self, home: &Home, place: usize, at: usize, class: Option<u8>) -> Item {
        let dimension = self.version.dimensions.get(place);
        let metric = dimension.and_then(|dimension| self.version.metric_of(dimension));
        let column = dimension.and_then(|dimension| self.grades.now.basis.get(*dimension.rule.metric()?));
        let figure_now = column.and_then(|column| column.get(at));
        let need = class.and_then(|class| missing(self.version, place, class, figure_now, self.grades.now.as_of));
        // A number of days between calendar days is a number of days.
        let unit = |unit: MetricUnit| if unit == MetricUnit::Day { MetricUnit::Days } else { unit };
        need.zip(metric)
            .map_or(Item::Empty, |(need, metric)| figure(home, unit(metric.metric.unit()), Share::new(need, 1)))
    }
}
