//! `fenji scheme`.

use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use crate::{
    cli::{
        DataFormat,
        failure::Failure,
        grade::figure,
        job::block_on,
        output::{self, Item, say},
    },
    grading::compare::Near,
    metrics::definition::{Metric, MetricUnit},
    money::{Scale, Share, parse_minor},
    period::parse_day,
    run::{
        error::RunError,
        home::Home,
        job::today,
        schemes::bind,
        trial::{DayOfTrial, Order, Trial, try_out},
    },
    scheme::Grade,
};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List the schemes of the home: what they grade, and whether every limit was decided
    List {
        /// How to print
        #[arg(long, value_enum, default_value = "table")]
        format: DataFormat,
    },
    /// Grade by a candidate beside the live scheme: who would move, with how much, and who stands close to a limit
    Try(Try),
}

#[derive(Debug, clap::Args)]
pub(super) struct Try {
    /// The candidate: a scheme file, anywhere
    candidate: PathBuf,
    /// The live scheme, as `scheme list` names it
    #[arg(long)]
    against: String,
    /// The days to compare on
    #[arg(long, value_name = "DAY[,DAY…]", value_delimiter = ',', required = true)]
    as_of: Vec<String>,
    /// The metric that says how much a subject weighs; else the first amount the schemes look at
    #[arg(long, value_name = "METRIC")]
    figure: Option<String>,
    /// How many percent of a limit count as close to it
    #[arg(long, value_name = "PERCENT", default_value = "5")]
    near: String,
    /// How to print; CSV has one line for each move
    #[arg(long, value_enum, default_value = "table")]
    format: DataFormat,
}

pub(super) fn run(home: &Path, command: Command, now: DateTime<Utc>) -> Result<(), Failure> {
    let home = Home::open(home)?;
    match command {
        Command::List { format } => list(&home, format, now),
        Command::Try(args) => compare(&home, &args, now),
    }
}

fn list(home: &Home, format: DataFormat, now: DateTime<Utc>) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for id in home.schemes() {
        let bound = bind(home, &id)?;
        let missing = bound.ready().map_or_else(|faults| faults.list().len(), |()| 0);
        let scheme = &bound.scheme;
        let version = scheme.version_on(today(home, now)).map_or("", |(_, version)| version.id.as_str());
        rows.push(vec![
            Item::text(id),
            Item::text(scheme.title.in_lang(home.settings.language)),
            Item::text(scheme.subject.entity_and_key().0),
            Item::text(scheme.requirements.join(" ")),
            Item::text(version),
            Item::text(if scheme.example.is_some() { "example" } else { "" }),
            if missing == 0 { Item::Empty } else { Item::count(i128::try_from(missing).unwrap_or(i128::MAX)) },
        ]);
    }
    let heads = ["scheme", "title", "subject", "requirements", "version", "limits", "undecided"];
    output::rows(&heads, &rows, format)
}

fn compare(home: &Home, args: &Try, now: DateTime<Utc>) -> Result<(), Failure> {
    let days: Result<Vec<NaiveDate>, _> = args.as_of.iter().map(|day| parse_day(day.trim())).collect();
    let days = days.map_err(RunError::from)?;
    let within = percent(&args.near)?;
    let order =
        Order { candidate: &args.candidate, live: &args.against, days: &days, figure: args.figure.as_deref(), within };
    let trial = block_on(try_out(home, &order, now))??;
    for warning in &trial.warnings {
        say(&format!("warning: {warning}"));
    }
    let shown = Shown { home, trial: &trial, near: args.near.trim() };
    say(&format!(
        "candidate {} against {}; nothing is kept; snapshot {}",
        trial.candidate.scheme.id, trial.live.scheme.id, trial.snapshot
    ));
    match args.format {
        DataFormat::Table => output::bytes(shown.table().as_bytes()),
        DataFormat::Csv => {
            let rows: Vec<Vec<Item>> = trial.days.iter().flat_map(|day| shown.moves(day)).collect();
            output::rows(&MOVES, &rows, DataFormat::Csv)
        }
        DataFormat::Json => output::json(&shown.json()),
    }
}

/// A percentage such as `5` or `2.5` as a share.
fn percent(text: &str) -> Result<Share, Failure> {
    let places = Scale::new(4).map_err(Failure::defect)?;
    match parse_minor(text.trim(), places) {
        Ok(value) if value >= 0 => Ok(Share::new(value, 100 * places.unit())),
        _ => Err(RunError::BadPercent { text: text.to_owned() }.into()),
    }
}

const MOVES: [&str; 6] = ["as_of", "from", "to", "subjects", "figure", "moved"];

/// One of the two schemes.
#[derive(Clone, Copy)]
enum Side {
    Live,
    Candidate,
}

struct Shown<'s> {
    home: &'s Home,
    trial: &'s Trial,
    near: &'s str,
}

impl Shown<'_> {
    fn table(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        for day in &self.trial.days {
            let (moved, behind) =
                day.migration.sum(|from, to| self.grade(Side::Live, from) != self.grade(Side::Candidate, to));
            let (all, whole) = day.migration.sum(|_, _| true);
            let share = |part: i128, whole: i128| {
                let share = Share::new(part, whole).scaled(3);
                share.map_or_else(|| "n/a".to_owned(), |share| format!("{} %", crate::money::decimal(share, 1)))
            };
            parts.push(format!(
                "\n{}: {moved} of {all} subjects move ({})",
                day.as_of,
                share(moved.into(), all.into())
            ));
            if let Some(metric) = &self.trial.figure {
                parts.push(format!(", with {} of {}", share(behind, whole), metric.id));
            }
            parts.push("\n\n".to_owned());
            parts.push(self.matrix(day));
            let stable = |(changed, of): (i64, i64)| format!("{changed} of {of}");
            if day.live_changed.1 > 0 || day.candidate_changed.1 > 0 {
                parts.push(format!(
                    "\nchanged since the day before: {} live, {} under the candidate\n",
                    stable(day.live_changed),
                    stable(day.candidate_changed)
                ));
            }
            let near: Vec<Vec<Item>> = day.near.iter().map(|near| self.near(near)).collect();
            if !near.is_empty() {
                parts.push(format!("\nwithin {} % of a limit of the candidate\n", self.near));
                parts.push(output::aligned(&["dimension", "limit of", "short of it", "at or beyond it"], &near));
            }
        }
        parts.concat()
    }

    /// Live grades by line, the candidate's by column.
    fn matrix(&self, day: &DayOfTrial) -> String {
        let used =
            |column: usize| day.migration.subjects.iter().any(|row| row.get(column).is_some_and(|count| *count != 0));
        let columns: Vec<usize> =
            (0..=self.trial.candidate.scheme.grades.len()).filter(|column| used(*column)).collect();
        let mut heads = vec!["live \\ candidate".to_owned()];
        heads.extend(columns.iter().map(|column| self.name(Side::Candidate, *column)));
        let mut rows = Vec::new();
        for (rank, counts) in day.migration.subjects.iter().enumerate() {
            if counts.iter().all(|count| *count == 0) {
                continue;
            }
            let mut row = vec![Item::text(self.name(Side::Live, rank))];
            row.extend(columns.iter().map(|column| match counts.get(*column) {
                Some(count) if *count != 0 => Item::count(*count),
                _ => Item::Empty,
            }));
            rows.push(row);
        }
        let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
        output::aligned(&heads, &rows)
    }

    /// The moves of a day, one row each.
    fn moves(&self, day: &DayOfTrial) -> Vec<Vec<Item>> {
        let mut rows = Vec::new();
        for (from, (counts, figures)) in day.migration.subjects.iter().zip(&day.migration.figures).enumerate() {
            for (to, (count, figure)) in counts.iter().zip(figures).enumerate().filter(|(_, (count, _))| **count != 0) {
                let moved = self.grade(Side::Live, Some(from)) != self.grade(Side::Candidate, Some(to));
                rows.push(vec![
                    Item::text(day.as_of.to_string()),
                    Item::text(self.name(Side::Live, from)),
                    Item::text(self.name(Side::Candidate, to)),
                    Item::count(*count),
                    self.figure(*figure),
                    Item::text(if moved { "yes" } else { "no" }),
                ]);
            }
        }
        rows
    }

    fn json(&self) -> Value {
        let days: Vec<Value> = self
            .trial
            .days
            .iter()
            .map(|day| {
                let cells: Vec<Value> = self
                    .moves(day)
                    .iter()
                    .map(|row| {
                        let pairs = MOVES.iter().zip(row).skip(1);
                        pairs
                            .map(|(head, item)| ((*head).to_owned(), item.json()))
                            .collect::<serde_json::Map<_, _>>()
                            .into()
                    })
                    .collect();
                let near: Vec<Value> = day
                    .near
                    .iter()
                    .map(|near| {
                        let names = self.near_names(near);
                        json!({ "dimension": names.0, "class": names.1, "short": near.below, "beyond": near.beyond })
                    })
                    .collect();
                json!({
                    "as_of": day.as_of.to_string(), "moves": cells, "near": near,
                    "live_changed": day.live_changed.0, "live_compared": day.live_changed.1,
                    "candidate_changed": day.candidate_changed.0, "candidate_compared": day.candidate_changed.1,
                })
            })
            .collect();
        json!({
            "candidate": self.trial.candidate.scheme.id, "against": self.trial.live.scheme.id,
            "figure": self.trial.figure.as_ref().map(|metric| metric.id.clone()),
            "near_percent": self.near, "snapshot": self.trial.snapshot, "days": days,
        })
    }

    fn grades(&self, side: Side) -> &[Grade] {
        match side {
            Side::Live => &self.trial.live.scheme.grades,
            Side::Candidate => &self.trial.candidate.scheme.grades,
        }
    }

    /// The name of a grade, which may be the same in both schemes.
    fn grade(&self, side: Side, rank: Option<usize>) -> Option<&str> {
        self.grades(side).get(rank?).map(|grade| grade.id.as_str())
    }

    fn name(&self, side: Side, place: usize) -> String {
        self.grade(side, Some(place)).unwrap_or("(not graded)").to_owned()
    }

    fn near_names(&self, near: &Near) -> (String, String) {
        let dimension = self.trial.candidate.versions.last().and_then(|version| version.dimensions.get(near.dimension));
        let class = dimension.and_then(|dimension| dimension.classes.get(usize::from(near.class)));
        (dimension.map(|d| d.id.clone()).unwrap_or_default(), class.map(|c| c.id.clone()).unwrap_or_default())
    }

    fn near(&self, near: &Near) -> Vec<Item> {
        let (dimension, class) = self.near_names(near);
        vec![Item::text(dimension), Item::text(class), Item::count(near.below), Item::count(near.beyond)]
    }

    fn figure(&self, value: i128) -> Item {
        let unit = self.trial.figure.as_ref().map(Metric::unit).filter(|unit| *unit != MetricUnit::Ratio);
        unit.map_or(Item::Empty, |unit| figure(self.home, unit, Share::new(value, 1)))
    }
}
