//! Files that are there whole or not at all.
//!
//! Invariants: an earlier file of the same name stays until the new one is complete on the disk. Not here: names and folders (`run`).

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use miette::Diagnostic;
use tempfile::{Builder, NamedTempFile};
use thiserror::Error;

/// Why a file could not be written.
#[derive(Debug, Error, Diagnostic)]
pub enum FileError {
    /// The system refused.
    #[error("cannot write `{path}`: {cause}")]
    #[diagnostic(
        code(file::not_written),
        help("check that the folder exists and may be written, and that the disk has room")
    )]
    NotWritten {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
}

/// Writes a file so that a reader sees the old content or the new, never a part, even after a power cut.
///
/// # Errors
/// [`FileError::NotWritten`] when the folder is missing or closed, or the disk is full; the earlier file is untouched then.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    replace(path, bytes).map_err(|cause| FileError::NotWritten { path: path.to_path_buf(), cause })
}

/// Writes several files with their folders: every one is complete on the disk before the first gets its name, so that a full disk
/// leaves none.
///
/// # Errors
/// [`FileError::NotWritten`] for the first that cannot be written.
pub fn write_together(files: &[(&Path, &[u8])]) -> Result<(), FileError> {
    let mut drafts = Vec::new();
    for (path, bytes) in files {
        let failed = |cause| FileError::NotWritten { path: path.to_path_buf(), cause };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        drafts.push((path, draft(path, bytes).map_err(failed)?));
    }
    for (path, draft) in drafts {
        publish(draft, path).map_err(|cause| FileError::NotWritten { path: path.to_path_buf(), cause })?;
    }
    Ok(())
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    publish(draft(path, bytes)?, path)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The bytes, complete on the disk beside the place where they belong.
fn draft(path: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut draft = draft_in(folder_of(path))?;
    draft.write_all(bytes)?;
    draft.as_file().sync_all()?;
    Ok(draft)
}

fn publish(draft: NamedTempFile, path: &Path) -> io::Result<()> {
    draft.persist(path).map_err(|error| error.error)?;
    // The rename itself must reach the disk too; some systems cannot sync a folder, and the file is in place by then.
    if let Ok(folder) = std::fs::File::open(folder_of(path)) {
        let _ = folder.sync_all();
    }
    Ok(())
}

#[cfg(unix)]
fn draft_in(folder: &Path) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    // Draft files are private by default; the finished one gets what the umask allows, as any new file.
    Builder::new().prefix(".fenji-").permissions(std::fs::Permissions::from_mode(0o666)).tempfile_in(folder)
}

#[cfg(not(unix))]
fn draft_in(folder: &Path) -> io::Result<NamedTempFile> {
    Builder::new().prefix(".fenji-").tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn replaces_the_whole_file_and_leaves_no_draft() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("月报.html");
        write_atomically(&path, b"long old content").unwrap();
        write_atomically(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failure_leaves_the_old_file() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("none/a.pdf");
        let error = write_atomically(&missing, b"x").unwrap_err();
        assert!(error.to_string().contains("none/a.pdf"), "{error}");
        // A folder of that name cannot be replaced by a file.
        let taken = dir.path().join("taken");
        fs::create_dir(&taken).unwrap();
        fs::write(taken.join("kept"), b"old").unwrap();
        assert!(write_atomically(&taken, b"x").is_err());
        assert_eq!(fs::read(taken.join("kept")).unwrap(), b"old");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
