//! `fenji init`.

use std::path::PathBuf;

use crate::{
    cli::{failure::Failure, output::say},
    run::home::Home,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A directory that is new or empty
    directory: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let written = Home::init(&args.directory)?;
    for path in &written {
        say(&format!("wrote {}", path.display()));
    }
    let directory = args.directory.display();
    say(&format!("next: edit {directory}/config/ledger.toml, then `fenji --home {directory} check`"));
    Ok(())
}
