//! Removes what need not be kept any more: files of old runs, their logs, and what processes left that were killed. The history of runs stays.
//!
//! Invariants: the store says first that a file is gone, then it goes; a file that any run still has is not touched; what is younger than a day stays, whatever it is.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::run::{
    archive::Archive,
    error::RunError,
    home::Home,
    store::{Store, runs::State},
};

/// How long something is kept: it goes when it is older than the age and so many later runs of its job are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// The age.
    pub age: Duration,
    /// The number of later runs.
    pub later: i64,
}

/// What is kept how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Files that runs made.
    pub artifacts: Keep,
    /// What attempts logged.
    pub logs: Keep,
}

/// So many files go in one transaction.
const AT_ONCE: i64 = 1000;
const DAY: Duration = Duration::from_hours(24);

impl Default for Retention {
    /// Ten years of reports, a year of logs; and the last two dozen of each job, however old.
    fn default() -> Self {
        Self { artifacts: Keep { age: DAY * 3653, later: 24 }, logs: Keep { age: DAY * 366, later: 24 } }
    }
}

/// What was removed, or would be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Files that runs no longer have.
    pub artifacts: usize,
    /// Their size.
    pub bytes: i64,
    /// Files of the archive that went: two runs that made the same have one.
    pub files: usize,
    /// Logs.
    pub logs: usize,
    /// Directories of attempts that were killed.
    pub leavings: usize,
}

/// Removes what need not be kept; a dry run only counts.
///
/// # Errors
/// [`RunError`] when the store or the archive cannot be used; what is gone by then is gone, and the rest goes the next time.
pub async fn prune(home: &Home, by: &str, dry_run: bool) -> Result<Pruned, RunError> {
    let mut store = Store::open(&home.settings.store).await?;
    let retention = home.settings.retention;
    let mut pruned = Pruned::default();
    let before = before(store.clock().await?, retention.artifacts.age);
    let limit = if dry_run { i64::MAX } else { AT_ONCE };
    loop {
        let removable = store.removable(before, retention.artifacts.later, limit).await?;
        pruned.artifacts += removable.len();
        pruned.bytes += removable.iter().map(|file| file.bytes).sum::<i64>();
        if removable.is_empty() || dry_run {
            break;
        }
        store.remove_artifacts(&removable, by).await?;
    }
    let archive = Archive::new(&home.root);
    let kept = store.kept_files().await?;
    for path in archive.old_files(DAY)? {
        let is_kept = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| kept.contains(name));
        if !is_kept && (dry_run || archive.remove(&path, DAY)?) {
            pruned.files += 1;
        }
    }
    let data = home.root.join("data");
    for (path, run) in old(&data.join("logs"), retention.logs.age.max(DAY)) {
        let unneeded = match store.later_runs(run).await? {
            Some((later, state)) => later >= retention.logs.later && state.is_over(),
            None => true,
        };
        if unneeded && (dry_run || fs::remove_file(path).is_ok()) {
            pruned.logs += 1;
        }
    }
    for (path, run) in old(&data.join("staging"), DAY) {
        let at_work = store.later_runs(run).await?.is_some_and(|(_, state)| state == State::Running);
        if !at_work && (dry_run || fs::remove_dir_all(path).is_ok()) {
            pruned.leavings += 1;
        }
    }
    Ok(pruned)
}

/// The instant an age ago.
fn before(now: i64, age: Duration) -> i64 {
    now.saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX))
}

/// What is older than an age in a directory and named after a run: `12-…`.
fn old(directory: &Path, age: Duration) -> Vec<(PathBuf, i64)> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let old = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().ok()?;
        let run = name.split_once('-')?.0.parse().ok()?;
        is_older(&entry.metadata().ok()?, age).then(|| (entry.path(), run))
    };
    entries.filter_map(|entry| old(entry.ok()?)).collect()
}

/// Whether something was last changed longer ago than an age.
pub(super) fn is_older(of: &fs::Metadata, age: Duration) -> bool {
    of.modified().is_ok_and(|changed| changed.elapsed().is_ok_and(|elapsed| elapsed > age))
}
