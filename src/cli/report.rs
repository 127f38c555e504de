//! `fenji report`.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::{
    cli::{
        DataFormat,
        failure::{Failure, USAGE},
        job::block_on,
        output::{self, Item, say},
    },
    deliver::file::write_atomically,
    job::{Format, REPORTS, report_kind},
    ledger::snapshot::Snapshot,
    period::Period,
    report::{Finding, Tone},
    run::{
        artifacts::{Addressing, render},
        error::RunError,
        home::Home,
        job::today,
        report::{Commission, make},
        store::Store,
    },
    text::{Lang, say_with},
};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List the reports
    List {
        /// How to print
        #[arg(long, value_enum, default_value = "table")]
        format: DataFormat,
    },
    /// Make one report without keeping or sending anything
    Preview(Box<Preview>),
}

#[derive(Debug, clap::Args)]
pub(super) struct Preview {
    /// The report, as `report list` names it
    report: String,
    /// The period it is about, such as 2026-10; a period that is not over shows the figures so far
    #[arg(long)]
    period: String,
    /// The scheme whose grades it shows; `report list` tells the one that is shown unless another is named
    #[arg(long)]
    scheme: Option<String>,
    /// Another scheme whose grades are shown beside, such as abc-count beside abc
    #[arg(long)]
    beside: Option<String>,
    /// The list, a file of config/lists/, for the report `list`
    #[arg(long)]
    list: Option<String>,
    /// The survey, a file of config/surveys/, for the reports `satisfaction` and `service-desk`; the only one unless given
    #[arg(long)]
    survey: Option<String>,
    /// The review, a file of config/reviews/, for the report `review`
    #[arg(long)]
    review: Option<String>,
    /// The points programme; else the only one
    #[arg(long, value_name = "PROGRAMME")]
    programme: Option<String>,
    /// html, pdf, xlsx, eml, text or json
    #[arg(long, default_value = "text")]
    format: String,
    /// zh or en; the home's language unless given
    #[arg(long)]
    lang: Option<String>,
    /// The file; standard output unless given
    #[arg(short, long)]
    output: Option<PathBuf>,
}

pub(super) fn run(home: &Path, command: Command, now: DateTime<Utc>) -> Result<(), Failure> {
    match command {
        Command::List { format } => {
            let row = |kind: &crate::job::ReportKind| {
                vec![Item::text(kind.id), Item::text(kind.scheme), Item::text(kind.title)]
            };
            output::rows(&["report", "scheme", "title"], &REPORTS.iter().map(row).collect::<Vec<_>>(), format)
        }
        Command::Preview(args) => preview(&Home::open(home)?, &args, now),
    }
}

/// An e-mail that is only looked at has somebody to be for.
fn nobody() -> Addressing {
    let recipients = vec!["preview@example.com".to_owned()];
    Addressing { job: "preview".to_owned(), recipients, department: None }
}

fn preview(home: &Home, args: &Preview, now: DateTime<Utc>) -> Result<(), Failure> {
    let known = |names: &[&str], what: &str, given: &str| {
        Failure::told(USAGE, format!("`{given}` is not a {what}"), format!("choose one of {}", names.join(", ")))
    };
    let Some(kind) = report_kind(&args.report) else {
        let names: Vec<&str> = REPORTS.iter().map(|kind| kind.id).collect();
        return Err(known(&names, "report", &args.report));
    };
    if let Some(scheme) = args.scheme.as_ref().filter(|_| !kind.shows.takes_scheme()) {
        let help = "leave out `--scheme`: it knows which schemes it shows".to_owned();
        return Err(Failure::told(USAGE, format!("report `{}` does not take the scheme `{scheme}`", kind.id), help));
    }
    let formats: Vec<Format> = Format::ALL.into_iter().filter(|format| *format != Format::Csv).collect();
    let Some(format) = formats.iter().copied().find(|format| format.name() == args.format) else {
        let names: Vec<&str> = formats.iter().map(|format| format.name()).collect();
        return Err(known(&names, "format", &args.format));
    };
    let lang = match args.lang.as_deref() {
        None => home.settings.language,
        Some("zh") => Lang::Chinese,
        Some("en") => Lang::English,
        Some(other) => return Err(known(&["zh", "en"], "language", other)),
    };
    let period = Period::parse(&args.period).map_err(RunError::from)?;
    let day = today(home, now);
    if period.first_day() > day {
        let (end, period) = (period.last_day(), period.to_string());
        return Err(RunError::PeriodNotOver { period, end, today: day }.into());
    }
    let made = block_on(async {
        let mut snapshot = Snapshot::open(home.mapping.clone(), day)?;
        let mut store = Store::open(&home.settings.store).await?;
        let commission = Commission {
            shows: kind.shows,
            scheme: args.scheme.as_deref().unwrap_or(kind.scheme),
            review: args.review.as_deref(),
            beside: args.beside.as_deref(),
            list: args.list.as_deref(),
            survey: args.survey.as_deref(),
            programme: args.programme.as_deref(),
            period,
            lang,
        };
        let local = now.with_timezone(&home.mapping.zone).naive_local();
        let mut report = make(home, &mut snapshot, &mut store, &commission, local).await?.report;
        if period.last_day() >= day {
            let text = say_with(lang, "tier.unfinished", &[("day", &day.to_string())]);
            report.findings.insert(0, Finding { tone: Tone::Bad, text });
        }
        render(home, &report, &[format], &nobody(), now)
    })??;
    for warning in &made.warnings {
        say(&format!("warning: {warning}"));
    }
    let Some(file) = made.files.first() else { return Err(Failure::defect("the report has no file")) };
    match &args.output {
        Some(path) => Ok(write_atomically(path, &file.bytes).map_err(RunError::from)?),
        None => output::bytes(&file.bytes),
    }
}
