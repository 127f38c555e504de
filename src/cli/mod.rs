//! The command line: noun then verb; data on standard output, everything else on standard error; documented exit codes.

mod attempt;
mod check;
mod demo;
mod doctor;
mod explain;
mod failure;
mod grade;
mod init;
mod job;
mod ledger;
mod log;
mod map;
mod output;
mod points;
mod progress;
mod receivables;
mod report;
mod review;
mod run;
mod scheme;
mod serve;
mod survey;

use std::{path::PathBuf, process::ExitCode};

use chrono::Utc;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use crate::cli::failure::Failure;

/// fenji (分级) grades customers and members from a ledger database and delivers the reports.
#[derive(Debug, Parser)]
#[command(
    name = "fenji",
    version,
    about,
    after_help = "Exit codes: 0 done, 1 defect of fenji, 2 wrong usage, 3 a declaration was refused, 4 the run failed, 5 delivery failed."
)]
struct Cli {
    /// The home: a directory with config/, jobs/, templates/ and data/
    #[arg(long, env = "FENJI_HOME", default_value = ".", global = true)]
    home: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a home with a believable ledger and run every job for the last full month
    Demo(demo::Args),
    /// Write a new home
    Init(init::Args),
    /// Check every declaration, the templates, the fonts, and the ledger: its tables and every value that is mapped
    Check(check::Arguments),
    /// Look at everything that the home needs to work, and say what to do
    Doctor(doctor::Args),
    /// Make, fill and look at a ledger
    #[command(subcommand)]
    Ledger(ledger::Command),
    /// Grade every subject of a scheme as of a day
    Grade(grade::Args),
    /// Say how a subject came to its grade
    Explain(explain::Args),
    /// Review the grades of business customers: proposals that people decide, approve and publish
    #[command(subcommand)]
    Review(review::Command),
    /// List schemes, and try a candidate beside the live one
    #[command(subcommand)]
    Scheme(scheme::Command),
    /// Score surveys of satisfaction, and list what their rules changed
    #[command(subcommand)]
    Survey(survey::Command),
    /// Age what customers owe, and see how they pay
    #[command(subcommand)]
    Receivables(receivables::Command),
    /// Points of members: what they have, what lapses, and posting it once people approved it
    #[command(subcommand)]
    Points(points::Command),
    /// List reports and look at one
    #[command(subcommand)]
    Report(report::Command),
    /// List and check jobs, say when they are due, and run them
    #[command(subcommand)]
    Job(job::Command),
    /// See what runs did, try them again, cancel them, and ask why nothing ran
    #[command(subcommand)]
    Run(run::Command),
    /// Do what is due, when it is due, until told to stop
    Serve(serve::Args),
    /// Make one attempt of a run, as another fenji asks
    #[command(hide = true)]
    Attempt,
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DataFormat {
    /// Aligned columns for people
    Table,
    /// Comma-separated values
    Csv,
    /// JSON
    Json,
}

/// Parses the arguments, does what they say, and tells how it went by the exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let home = cli.home;
    let now = now();
    match cli.command {
        Command::Demo(args) => demo::run(&args, now),
        Command::Init(args) => init::run(&args),
        Command::Check(arguments) => check::run(&home, &arguments, now),
        Command::Doctor(args) => doctor::run(&home, &args, now),
        Command::Ledger(command) => ledger::run(&home, command, now),
        Command::Grade(args) => grade::run(&home, &args, now),
        Command::Explain(args) => explain::run(&home, &args, now),
        Command::Review(command) => review::run(&home, command, now),
        Command::Scheme(command) => scheme::run(&home, command, now),
        Command::Survey(command) => survey::run(&home, &command, now),
        Command::Receivables(command) => receivables::run(&home, &command, now),
        Command::Points(command) => points::run(&home, command, now),
        Command::Report(command) => report::run(&home, command, now),
        Command::Job(command) => job::run(&home, command, now),
        Command::Run(command) => run::run(&home, &command, now),
        Command::Serve(args) => serve::run(&home, &args),
        Command::Attempt => attempt::run(),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "fenji", &mut text);
            output::bytes(&text)
        }
        Command::Man => {
            let mut text = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut text).map_err(Failure::defect)?;
            output::bytes(&text)
        }
    }
}

/// The one place that reads the clock.
#[expect(clippy::disallowed_methods, reason = "the command line is where a run learns the time")]
fn now() -> chrono::DateTime<Utc> {
    Utc::now()
}
