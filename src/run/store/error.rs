//! What can go wrong with the store.

use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

/// Why the store cannot be used.
#[derive(Debug, Error, Diagnostic)]
pub enum StoreError {
    /// The database answers with an error.
    #[error("the store at `{at}` answered with an error {doing}: {cause}")]
    #[diagnostic(
        code(store::database),
        help(
            "check that the file's directory can be written, that the disk has room and that no other fenji holds it locked; for a server, that it runs and that the user may write to the schema `fenji`"
        )
    )]
    Database {
        /// The file, or the server and database.
        at: String,
        /// What was being done.
        doing: &'static str,
        /// The database's own words.
        cause: sqlx::Error,
    },
    /// The store could not be brought to this version's form.
    #[error("the store at `{at}` cannot be brought up to date: {cause}")]
    #[diagnostic(
        code(store::migration),
        help("a store that a newer fenji wrote is not read by an older one: install the newer fenji again")
    )]
    Migration {
        /// The file, or the server and database.
        at: String,
        /// The library's words.
        cause: sqlx::migrate::MigrateError,
    },
    /// The directory or lock file of the store cannot be made.
    #[error("cannot make `{path}`: {cause}")]
    #[diagnostic(code(store::directory), help("check the permissions of the home's `data/` directory"))]
    Directory {
        /// The path.
        path: PathBuf,
        /// The system's words.
        cause: std::io::Error,
    },
    /// What was kept has changed on disk.
    #[error("the grades of `{scheme}` on {as_of} are not what was kept: sha256 {found} instead of {kept}")]
    #[diagnostic(code(store::damaged), help("restore the store from a copy: kept grades are never rewritten"))]
    Damaged {
        /// The scheme.
        scheme: String,
        /// The day.
        as_of: String,
        /// As kept.
        kept: String,
        /// As read.
        found: String,
    },
    /// A receivable risk list has changed on disk.
    #[error("the receivable risk list of {as_of} is not what was kept: sha256 {found} instead of {kept}")]
    #[diagnostic(code(store::risk_list_damaged), help("restore the store from a copy: kept lists are never rewritten"))]
    RiskListDamaged {
        /// The day.
        as_of: String,
        /// As kept.
        kept: String,
        /// As read.
        found: String,
    },
    /// A review in the store cannot be read.
    #[error("review `{review}` in the store is damaged at `{what}`")]
    #[diagnostic(
        code(store::review_damaged),
        help("restore the store from a copy: what was decided is never rewritten")
    )]
    ReviewDamaged {
        /// The review.
        review: String,
        /// What cannot be read.
        what: String,
    },
    /// A points plan in the store cannot be read.
    #[error("points plan {plan} in the store is damaged at {what}")]
    #[diagnostic(code(store::plan_damaged), help("restore the store from a copy: kept plans are never rewritten"))]
    PlanDamaged {
        /// The plan.
        plan: i64,
        /// What cannot be read.
        what: String,
    },
    /// Somebody else did something with a points plan meanwhile.
    #[error("somebody else did something with points plan {plan} in this moment")]
    #[diagnostic(
        code(store::plan_raced),
        help("nothing was written: look at it with `fenji points show {plan}`, then repeat the command")
    )]
    PlanRaced {
        /// The plan.
        plan: i64,
    },
    /// Somebody else wrote to a review meanwhile.
    #[error("somebody else changed review `{review}` in this moment")]
    #[diagnostic(
        code(store::review_raced),
        help("nothing was written: look at it with `fenji review show {review}`, then repeat the command")
    )]
    ReviewRaced {
        /// The review.
        review: String,
    },
}

impl StoreError {
    /// Whether it is worth trying again in a moment: the database could not be reached, or somebody else was in the way.
    pub fn is_passing(&self) -> bool {
        let Self::Database { cause, .. } = self else { return false };
        if let Some(error) = cause.as_database_error() {
            return error.code().is_some_and(|code| {
                let busy = matches!(code.as_ref(), "5" | "6" | "261" | "517");
                busy || ["08", "40", "53", "55P03", "57P", "25P03", "57014"].iter().any(|class| code.starts_with(class))
            });
        }
        let lost = matches!(cause, sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed);
        lost || matches!(cause, sqlx::Error::Protocol(_))
    }
}
