//! `fenji init`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

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
    let mut folders: BTreeMap<&Path, usize> = BTreeMap::new();
    for folder in written.iter().filter_map(|path| path.parent()) {
        *folders.entry(folder).or_default() += 1;
    }
    for (folder, files) in folders {
        say(&format!("wrote {files} files in {}", folder.display()));
    }
    let directory = args.directory.display();
    say(&format!("next: edit {directory}/config/ledger.toml, then `fenji --home {directory} check`"));
    Ok(())
}
