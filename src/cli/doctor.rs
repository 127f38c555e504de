//! `fenji doctor`.

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::{
    cli::{
        DataFormat,
        failure::{Failure, RUN},
        job::block_on,
        output::{self, Item},
        run::SheetFormat,
    },
    run::doctor::{Check, Health, examine},
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: SheetFormat,
    /// The relay that e-mail goes through: it is greeted, and nothing is sent
    #[arg(long, env = "FENJI_SMTP_URL", hide_env_values = true, value_name = "URL")]
    smtp: Option<String>,
}

pub(super) fn run(home: &Path, args: &Args, now: DateTime<Utc>) -> Result<(), Failure> {
    let relay = args.smtp.as_deref().filter(|url| !url.is_empty());
    let checks = block_on(examine(home, relay, now))?;
    let format = match args.format {
        SheetFormat::Table => DataFormat::Table,
        SheetFormat::Json => DataFormat::Json,
    };
    let row = |check: &Check| {
        let remedy = if check.remedy.is_empty() { Item::Empty } else { Item::text(&check.remedy) };
        vec![Item::text(&check.name), Item::text(check.health.name()), Item::text(&check.found), remedy]
    };
    output::rows(&["check", "state", "found", "what to do"], &checks.iter().map(row).collect::<Vec<_>>(), format)?;
    let failed: Vec<&str> =
        checks.iter().filter(|check| check.health == Health::Failed).map(|check| check.name.as_str()).collect();
    if failed.is_empty() {
        return Ok(());
    }
    let message = format!("{} of {} checks failed: {}", failed.len(), checks.len(), failed.join(", "));
    Err(Failure::told(RUN, message, "do what stands beside them, and ask again".to_owned()))
}
