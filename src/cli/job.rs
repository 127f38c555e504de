//! `fenji job`.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::{
    cli::{
        DataFormat,
        failure::Failure,
        output::{self, Item, say},
    },
    period::Period,
    run::{
        error::RunError,
        home::Home,
        job::{Order, run as run_job},
    },
};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List the jobs of the home
    List {
        /// How to print
        #[arg(long, value_enum, default_value = "table")]
        format: DataFormat,
    },
    /// Run a job for a period and print where each file is
    Run {
        /// The job, as `job list` names it
        id: String,
        /// The period the report is about, such as 2026-10
        #[arg(long)]
        period: String,
        /// Where files go
        #[arg(long, default_value = "out")]
        out: PathBuf,
        /// Send the e-mail through this relay, such as `smtps://user:password@mail.example.com`
        #[arg(long, env = "FENJI_SMTP_URL", hide_env_values = true, value_name = "URL")]
        smtp: Option<String>,
    },
}

pub(super) fn run(home: &Path, command: Command, now: DateTime<Utc>) -> Result<(), Failure> {
    let home = Home::open(home)?;
    match command {
        Command::List { format } => list(&home, format),
        Command::Run { id, period, out, smtp } => {
            let period = Period::parse(&period).map_err(RunError::from)?;
            run_one(&home, &id, &Order { period, out: &out, smtp: smtp.as_deref(), now })
        }
    }
}

/// Runs one job and prints its files to standard output.
pub(super) fn run_one(home: &Home, id: &str, order: &Order<'_>) -> Result<(), Failure> {
    let job = home.job(id)?;
    let outcome = block_on(run_job(home, &job, order))??;
    for warning in &outcome.warnings {
        say(&format!("warning: {warning}"));
    }
    if outcome.sent > 0 {
        say(&format!("handed the e-mail to the relay for {} recipients", outcome.sent));
    }
    let lines: Vec<String> =
        outcome.files.iter().map(|(format, path)| format!("{}\t{}\n", format.name(), path.display())).collect();
    output::bytes(lines.concat().as_bytes())
}

/// Waits for a future on a runtime of its own.
pub(super) fn block_on<F: Future>(future: F) -> Result<F::Output, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::defect)?;
    Ok(runtime.block_on(future))
}

fn list(home: &Home, format: DataFormat) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for id in home.jobs() {
        let job = home.job(&id)?;
        let title = job.title.in_lang(job.language.unwrap_or(home.settings.language)).to_owned();
        let formats: Vec<&str> = job.formats.iter().map(|format| format.name()).collect();
        rows.push(vec![
            Item::text(id),
            Item::text(title),
            Item::text(job.report.id),
            Item::text(job.scheme),
            Item::text(formats.join(" ")),
            Item::text(job.owner),
            Item::text(job.requirements.join(" ")),
        ]);
    }
    output::rows(&["job", "title", "report", "scheme", "formats", "owner", "requirements"], &rows, format)
}
