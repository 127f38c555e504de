//! `fenji check`.

use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    cli::{
        DataFormat,
        failure::{DECLARATION, Failure},
        ledger::{say_faults, say_orphans},
        output::{self, Item, say},
    },
    ledger::{
        mapping::{Compute, Origin},
        overview::{EntityOverview, overview},
        snapshot::Snapshot,
    },
    money::{Share, decimal},
    run::{
        check::{State, check, plans},
        error::RunError,
        home::Home,
        job::today,
    },
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Look at declarations and tables only, and read no rows of the ledger
    #[arg(long)]
    quick: bool,
    /// Show how each metric comes about instead: from rows that are read, or folded by the database, with the SQL
    #[arg(long, conflicts_with = "quick")]
    explain_plan: bool,
    /// How the columns of the ledger are printed
    #[arg(long, value_enum, default_value = "table")]
    format: DataFormat,
}

pub(super) fn run(home: &Path, arguments: &Arguments, now: DateTime<Utc>) -> Result<(), Failure> {
    let home = Home::open(home)?;
    let day = today(&home, now);
    if arguments.explain_plan {
        return explain(&home, day);
    }
    let mut wrong = 0;
    for finding in check(&home, day) {
        let head = |word: &str| say(&format!("{word:<8}{} {}", finding.what, finding.name));
        match finding.state {
            State::Sound => head("ok"),
            State::Waiting(missing) if !finding.used => {
                say(&format!(
                    "{:<8}{} {}: {} figures were never decided",
                    "waiting",
                    finding.what,
                    finding.name,
                    missing.list().len()
                ));
            }
            State::Unserved(error) => say(&format!("idle    {} {}: {error}", finding.what, finding.name)),
            State::Waiting(missing) => {
                head("waiting");
                for fault in missing.list() {
                    let line = fault.line().map_or_else(String::new, |line| format!("line {line}: "));
                    say(&format!("        {line}{fault}"));
                }
            }
            State::Wrong(error) => {
                wrong += 1;
                head("WRONG");
                say(&format!("{:?}", miette::Report::new(error)));
            }
        }
    }
    if wrong > 0 {
        let help = "mend what is marked WRONG above; what is waiting can stay until somebody decides it".to_owned();
        return Err(Failure::told(DECLARATION, format!("{wrong} of the home's declarations were refused"), help));
    }
    if arguments.quick { Ok(()) } else { rows(&home, day, arguments.format) }
}

/// Reads every mapped value, and tells of each column where it comes from and how full it is.
fn rows(home: &Home, day: NaiveDate, format: DataFormat) -> Result<(), Failure> {
    let mut snapshot = Snapshot::open(home.mapping.clone(), day).map_err(RunError::from)?;
    let found = overview(&mut snapshot);
    let lines: Vec<Vec<Item>> = found.entities.iter().flat_map(|entity| columns(home, entity)).collect();
    output::rows(&["entity", "column", "type", "need", "from", "filled", "state"], &lines, format)?;
    for entity in &found.entities {
        if let Ok(range) = &entity.state {
            let age = range.last.map(|last| match (day - last).num_days() {
                ahead if ahead < 0 => format!("; the newest is of {last}, {} days ahead", -ahead),
                age => format!("; the newest is of {last}, {age} days ago"),
            });
            say(&format!(
                "check: `{}` has {} rows, no key twice{}",
                entity.entity.name,
                decimal(i128::from(range.rows), 0),
                age.unwrap_or_default()
            ));
        }
    }
    say_orphans(&found);
    say_faults(found)
}

fn columns(home: &Home, entity: &EntityOverview) -> Vec<Vec<Item>> {
    let Some(mapped) = home.mapping.entities.get(entity.entity.name) else { return Vec::new() };
    let mut lines = Vec::new();
    for column in &entity.columns {
        let Some(source) = mapped.columns.get(column.name) else { continue };
        let from = match &source.from {
            Origin::Column(name) => name.clone(),
            Origin::Constant(text) => format!("always `{text}`"),
        };
        let (filled, state) = match &entity.state {
            Ok(range) if range.rows == 0 => (Item::Empty, "no rows"),
            Ok(range) => {
                let share = Share::new(i128::from(column.filled) * 100, range.rows).scaled(1);
                (share.map_or(Item::Empty, |share| Item::text(format!("{} %", decimal(share, 1)))), "ok")
            }
            Err(_) => (Item::Empty, "WRONG"),
        };
        lines.push(vec![
            Item::text(entity.entity.name),
            Item::text(column.name),
            Item::text(source.spec.kind.name()),
            Item::text(if source.spec.required { "required" } else { "optional" }),
            Item::text(from),
            filled,
            Item::text(state),
        ]);
    }
    lines
}

/// Prints how each metric comes about.
fn explain(home: &Home, day: NaiveDate) -> Result<(), Failure> {
    let mut lines = Vec::new();
    for (name, ways) in plans(home, day)? {
        for way in ways {
            let metrics = way.metrics.join(", ");
            let entity = way.entity.name;
            let statements = match (way.folded, home.mapping.compute) {
                (Ok(folded), Compute::Database) => {
                    lines.push(format!("-- {name}: {metrics}: the database folds `{entity}`"));
                    folded
                }
                (Ok(_), Compute::Local) => {
                    let other = "`compute = \"database\"` would have the database fold them";
                    lines.push(format!("-- {name}: {metrics}: from the rows of `{entity}` ({other})"));
                    vec![way.read]
                }
                (Err(obstacle), _) => {
                    lines.push(format!("-- {name}: {metrics}: from the rows of `{entity}`, since {obstacle}"));
                    vec![way.read]
                }
            };
            lines.extend(statements.into_iter().map(|statement| format!("{statement};\n")));
        }
    }
    lines.push(String::new());
    output::bytes(lines.join("\n").as_bytes())
}
