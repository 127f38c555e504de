//! Where the log of an attempt stands.

use std::path::{Path, PathBuf};

/// The log of an attempt of a run: what its process said.
pub fn log_path(home: &Path, run: i64, attempt: i64) -> PathBuf {
    home.join("data").join("logs").join(format!("{run}-{attempt}.log"))
}
