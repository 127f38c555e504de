//! `fenji review`: the annual review of grades that people decide (S56, S57).

mod list;
mod pack;
mod show;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::{
    cli::{
        DataFormat,
        failure::{Failure, USAGE},
        job::block_on,
        output::say,
    },
    grading::review::{
        Review,
        decide::{Asked, What},
        proposal::Changes,
    },
    period::parse_day,
    run::{
        error::RunError,
        home::Home,
        job::today,
        review::{
            approve, confirm_unchanged, decide,
            import::{ImportOutcome, import},
            open, publish,
        },
    },
};

/// Subjects that a line names before it only counts them.
const NAMED: usize = 20;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List reviews with their deadlines
    List {
        /// How to print
        #[arg(long, value_enum, default_value = "table")]
        format: DataFormat,
    },
    /// Open the review of a year, or draft an open one again when the ledger changed; decisions are kept
    Open {
        /// The declaration: a file of config/reviews/
        id: String,
        /// The day at whose end the figures are taken, such as 2026-03-25
        #[arg(long, value_name = "DAY")]
        as_of: String,
    },
    /// Show the rows of a review, or write them as a workbook to fill in by hand
    Show(show::Args),
    /// Write the pack of a review: sections A to E, registers, the plan against the records, lists by region, and how each grade came about
    Pack(pack::Args),
    /// Show who moves from which grade to which, and what the ledger changed since the draft
    Diff(show::DiffArgs),
    /// Confirm what is proposed
    Confirm {
        /// The review, such as annual-march-2026; annual-march is its latest
        id: String,
        /// The subjects
        #[arg(required_unless_present = "all_unchanged", conflicts_with = "all_unchanged")]
        subjects: Vec<String>,
        /// Every undecided row that stays at its grade
        #[arg(long)]
        all_unchanged: bool,
        /// Who decides
        #[arg(long, value_name = "NAME")]
        by: String,
        /// Why, where it is worth saying
        #[arg(long)]
        why: Option<String>,
    },
    /// Give another grade than the proposed one
    Override {
        /// The review
        id: String,
        /// The subject
        subject: String,
        /// The grade, by its id or title
        grade: String,
        /// Who decides
        #[arg(long, value_name = "NAME")]
        by: String,
        /// Why
        #[arg(long)]
        why: String,
        /// The last day on which it goes on being proposed; without it it is for this review only
        #[arg(long, value_name = "DAY")]
        until: Option<String>,
    },
    /// Hold the grade before
    Hold {
        /// The review
        id: String,
        /// The subject
        subject: String,
        /// Who decides
        #[arg(long, value_name = "NAME")]
        by: String,
        /// Why
        #[arg(long)]
        why: String,
    },
    /// Approve a review exactly as it stands
    Approve {
        /// The review
        id: String,
        /// Who approves
        #[arg(long, value_name = "NAME")]
        by: String,
    },
    /// Publish an approved review: its grades are those that later reviews build on
    Publish {
        /// The review
        id: String,
        /// Who publishes
        #[arg(long, value_name = "NAME")]
        by: String,
    },
    /// Read a workbook back that `review show --format xlsx` wrote and people filled in
    Import {
        /// The workbook
        file: PathBuf,
        /// Who decided
        #[arg(long, value_name = "NAME")]
        by: String,
    },
}

pub(super) fn run(home: &Path, command: Command, now: DateTime<Utc>) -> Result<(), Failure> {
    let home = Home::open(home)?;
    let one = |subject: String, what: What, by: String, why: Option<String>| vec![Asked { subject, what, by, why }];
    let decided = |id: &str, asked: &[Asked]| {
        let review = block_on(decide(&home, id, asked, now))??;
        say(&format!("decisions written down: {}", asked.len()));
        tell(&home, &review, now);
        Ok(())
    };
    match command {
        Command::List { format } => list::run(&home, format, now),
        Command::Open { id, as_of } => opened(&home, &id, &as_of, now),
        Command::Show(args) => show::run(&home, &args, now),
        Command::Pack(args) => pack::run(&home, &args, now),
        Command::Diff(args) => show::diff(&home, &args, now),
        Command::Confirm { id, all_unchanged: true, by, .. } => {
            let (review, count) = block_on(confirm_unchanged(&home, &id, &by, now))??;
            say(&format!("rows confirmed at the grade they had: {count}"));
            tell(&home, &review, now);
            Ok(())
        }
        Command::Confirm { id, subjects, by, why, .. } => {
            let asked = |subject| Asked { subject, what: What::Confirm, by: by.clone(), why: why.clone() };
            decided(&id, &subjects.into_iter().map(asked).collect::<Vec<_>>())
        }
        Command::Override { id, subject, grade, by, why, until } => {
            let until = until.as_deref().map(parse_day).transpose().map_err(RunError::from)?;
            decided(&id, &one(subject, What::Override { grade, until }, by, Some(why)))
        }
        Command::Hold { id, subject, by, why } => decided(&id, &one(subject, What::Hold, by, Some(why))),
        Command::Approve { id, by } => {
            let review = block_on(approve(&home, &id, &by, now))??;
            tell(&home, &review, now);
            Ok(())
        }
        Command::Publish { id, by } => {
            let review = block_on(publish(&home, &id, &by, now))??;
            tell(&home, &review, now);
            Ok(())
        }
        Command::Import { file, by } => imported(&home, &file, &by, now),
    }
}

fn opened(home: &Home, id: &str, as_of: &str, now: DateTime<Utc>) -> Result<(), Failure> {
    let as_of = parse_day(as_of).map_err(RunError::from)?;
    let opened = block_on(open(home, id, as_of, now))??;
    for warning in &opened.warnings {
        say(&format!("warning: {warning}"));
    }
    match &opened.changes {
        None => say(&format!("opened review {}", opened.review.head.id)),
        Some(changes) if changes.none() => say("nothing changed since the draft"),
        Some(changes) => {
            say(&format!("drafted again: draft {}", opened.review.draft.number));
            for line in changes_lines(changes) {
                say(&line);
            }
            for (row, decision) in opened.review.unsettled() {
                let subject = &row.proposal.subject;
                let stands =
                    if row.standing().is_some() { "still stands, look again" } else { "no longer stands, decide anew" };
                say(&format!(
                    "{} of `{subject}` by {} rested on other figures: it {stands}",
                    decision.kind.name(),
                    decision.by
                ));
            }
        }
    }
    tell(home, &opened.review, now);
    Ok(())
}

fn imported(home: &Home, file: &Path, by: &str, now: DateTime<Utc>) -> Result<(), Failure> {
    let bytes = std::fs::read(file).map_err(|cause| {
        let help = "check the path and its permissions".to_owned();
        Failure::told(USAGE, format!("cannot read `{}`: {cause}", file.display()), help)
    })?;
    let (review, outcome) = block_on(import(home, &bytes, by, now))??;
    match outcome {
        ImportOutcome::Decided(count) => say(&format!("decisions written down: {count}")),
        ImportOutcome::Known { by, at } => say(&format!("{by} imported this very file at {at}: nothing changed")),
    }
    tell(home, &review, now);
    Ok(())
}

/// What changed between drafts, in lines.
fn changes_lines(changes: &Changes) -> Vec<String> {
    let named = |subjects: &[String]| {
        let some: Vec<&str> = subjects.iter().take(NAMED).map(String::as_str).collect();
        let more = subjects.len().saturating_sub(NAMED);
        if more > 0 { format!("{} and {more} more", some.join(", ")) } else { some.join(", ") }
    };
    let mut lines = Vec::new();
    if changes.rules {
        lines.push("the rules or metrics of the scheme are others".to_owned());
    }
    for (what, subjects) in [
        ("new", &changes.added),
        ("no longer there", &changes.gone),
        ("other figures, same proposal", &changes.figures),
    ] {
        if !subjects.is_empty() {
            lines.push(format!("{what}: {}", named(subjects)));
        }
    }
    let shown = |grade: &Option<String>| grade.clone().unwrap_or_else(|| "none".to_owned());
    let moved = changes.moved.iter().map(|(subject, was, is)| format!("{subject} {} → {}", shown(was), shown(is)));
    let moved: Vec<String> = moved.collect();
    if !moved.is_empty() {
        lines.push(format!("proposed otherwise: {}", named(&moved)));
    }
    lines
}

/// Says how a review stands.
fn tell(home: &Home, review: &Review, now: DateTime<Utc>) {
    let head = &review.head;
    let left = (head.closes_on - today(home, now)).num_days();
    let close = match &review.publication {
        Some(publication) => format!("published at {} by {}", publication.at, publication.by),
        None => format!("closes on {}, {}", head.closes_on, list::left(left)),
    };
    say(&format!(
        "{}: {}; {} rows, {} undecided; draft {}; {close}; fingerprint {}",
        head.id,
        review.state().name(),
        review.rows.len(),
        review.undecided().count(),
        review.draft.number,
        review.fingerprint(),
    ));
}
