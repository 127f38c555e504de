//! `fenji job`.

mod backfill;
mod check;
mod next;
mod rest;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use crate::{
    cli::{
        DataFormat,
        failure::{Failure, RUN},
        job::rest::{PauseArgs, ResumeArgs},
        log::after_the_log,
        output::{self, Item, say},
        progress::spinner,
    },
    period::Period,
    run::{
        attempt::{Performed, Stop},
        error::RunError,
        home::Home,
        logs::log_path,
        manual::{Asked, run_now},
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
    /// Check job files, and say when they are next due
    Check(check::Args),
    /// List the next times at which jobs are due
    Next(next::Args),
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
        /// Make another result beside the one of a period that was done before
        #[arg(long)]
        restate: bool,
        /// Who asks, for the history
        #[arg(long, env = "USER", default_value = "operator", value_name = "NAME")]
        by: String,
        /// Send the e-mail through this relay, such as `smtps://user:password@mail.example.com`
        #[arg(long, env = "FENJI_SMTP_URL", hide_env_values = true, value_name = "URL")]
        smtp: Option<String>,
    },
    /// Add a run for each period of a span that lacks one; `fenji serve` makes them
    Backfill(backfill::Args),
    /// Let the schedules of a job rest
    Pause(PauseArgs),
    /// Let the schedules of a job go on
    Resume(ResumeArgs),
}

pub(super) fn run(home: &Path, command: Command, now: DateTime<Utc>) -> Result<(), Failure> {
    let home = Home::open(home)?;
    match command {
        Command::List { format } => list(&home, format),
        Command::Check(args) => check::run(&home, &args, now),
        Command::Next(args) => next::run(&home, &args, now),
        Command::Backfill(args) => backfill::run(&home, &args, now),
        Command::Pause(args) => rest::pause(&home, &args),
        Command::Resume(args) => rest::resume(&home, &args),
        Command::Run { id, period, out, restate, by, smtp } => {
            let period = Period::parse(&period).map_err(RunError::from)?;
            run_one(&home, &Asked { job: &id, period, restate, by: &by, out, smtp: smtp.as_deref(), now })
        }
    }
}

/// Runs one job and prints its files to standard output.
pub(super) fn run_one(home: &Home, asked: &Asked<'_>) -> Result<(), Failure> {
    let (stop, stopped) = watch::channel(Stop::Work);
    let working = spinner(format!("{} {}", asked.job, asked.period));
    let done = block_on(async {
        // Whoever presses the keys twice is not waited for.
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                let _ended = stop.send(Stop::Cancel);
            }
        });
        run_now(home, asked, stopped).await
    });
    working.finish_and_clear();
    let done = done??;
    match done.performed {
        Performed::Succeeded { files, warnings, .. } => {
            for warning in &warnings {
                say(&format!("warning: {warning}"));
            }
            if done.sent > 0 {
                say(&format!("handed the e-mail to the relay for {} recipients", done.sent));
            }
            let lines: Vec<String> =
                files.iter().map(|(format, path)| format!("{}\t{}\n", format.name(), path.display())).collect();
            output::bytes(lines.concat().as_bytes())
        }
        Performed::Failed { error, exit_code, .. } => {
            let code = exit_code.and_then(|code| u8::try_from(code).ok()).filter(|code| *code != 0);
            let log = std::fs::read_to_string(log_path(&home.root, done.run, 1)).unwrap_or_default();
            let mut said = after_the_log(&log);
            if said.is_empty() {
                said = format!("{error}\n");
            }
            Err(Failure::relayed(code.unwrap_or(RUN), said))
        }
        Performed::Fenced => {
            let message = format!("run {} was taken over by another process", done.run);
            Err(Failure::told(RUN, message, "look at it with `fenji run show`".to_owned()))
        }
    }
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
            Item::text(job.departments.iter().map(|one| one.id.as_str()).collect::<Vec<_>>().join(" ")),
            Item::text(job.requirements.join(" ")),
        ]);
    }
    output::rows(
        &["job", "title", "report", "scheme", "formats", "owner", "departments", "requirements"],
        &rows,
        format,
    )
}
