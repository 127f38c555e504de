//! `fenji run explain`.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::show::SheetFormat;
use crate::{
    cli::{
        failure::Failure,
        job::block_on,
        output::{self, Item},
    },
    period::parse_day,
    report::format::one_line,
    run::{error::RunError, home::Home, job::today, why_not::why_not},
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The job
    job: String,
    /// The day in the ledger's zone; today unless given
    #[arg(long, value_name = "DAY")]
    at: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: SheetFormat,
}

pub(super) fn run(home: &Home, args: &Args, now: DateTime<Utc>) -> Result<(), Failure> {
    let day = match &args.at {
        Some(text) => parse_day(text).map_err(RunError::from)?,
        None => today(home, now),
    };
    let told = block_on(why_not(home, &args.job, day))??;
    match args.format {
        SheetFormat::Json => {
            let facts: Vec<_> =
                told.facts.iter().map(|(about, fact)| json!({ "about": about, "fact": fact })).collect();
            output::json(&json!({ "job": args.job, "day": day.to_string(), "answer": told.answer, "facts": facts }))
        }
        SheetFormat::Table => {
            let rows: Vec<Vec<Item>> =
                told.facts.into_iter().map(|(about, fact)| vec![Item::text(about), Item::text(fact)]).collect();
            let text = format!(
                "{} on {day}: {}\n\n{}",
                one_line(&args.job),
                one_line(&told.answer),
                output::aligned(&["about", "fact"], &rows)
            );
            output::bytes(text.as_bytes())
        }
    }
}
