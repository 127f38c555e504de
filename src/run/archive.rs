//! What runs made, as files named by their sha256: written once, verified whenever they are read, never overwritten.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use miette::Diagnostic;
use rustix::fs::{Timespec, Timestamps, UTIME_NOW, futimens};
use tempfile::Builder;
use thiserror::Error;

use crate::run::{retention::is_older, store::sha256};

/// Why the archive could not be used.
#[derive(Debug, Error, Diagnostic)]
pub enum ArchiveError {
    /// The system refused.
    #[error("cannot use the archive at `{path}`: {cause}")]
    #[diagnostic(code(archive::file), help("check that the directory may be written, and that the disk has room"))]
    File {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// It is not there.
    #[error("the archive has no `{path}`")]
    #[diagnostic(
        code(archive::missing),
        help(
            "bring the file back from a copy of `data/artifacts/`, or make it again with `fenji job run … --restate`"
        )
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// It was changed.
    #[error("`{path}` is not what was kept: its sha256 is {found}")]
    #[diagnostic(
        code(archive::damaged),
        help(
            "bring the file back from a copy of `data/artifacts/`, or make it again with `fenji job run … --restate`"
        )
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What it is now.
        found: String,
    },
}

/// The archive of a home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    root: PathBuf,
}

impl Archive {
    /// The archive of a home; nothing is made yet.
    pub fn new(home: &Path) -> Self {
        Self { root: home.join("data").join("artifacts") }
    }

    /// Where a file is.
    pub fn path(&self, sha256: &str) -> PathBuf {
        self.root.join(sha256.get(..2).unwrap_or_default()).join(sha256)
    }

    /// Keeps bytes; gives their sha256. What is there already is verified and stays, as young as if it were new.
    ///
    /// # Errors
    /// [`ArchiveError`]: then nothing was kept, or what is there was changed by somebody.
    pub fn put(&self, bytes: &[u8]) -> Result<String, ArchiveError> {
        let name = sha256(bytes);
        let path = self.path(&name);
        match self.get(&name) {
            Ok(_) if is_young_again(&path) => return Ok(name),
            Ok(_) | Err(ArchiveError::Missing { .. }) => {}
            Err(error) => return Err(error),
        }
        let failed = |cause| ArchiveError::File { path: path.clone(), cause };
        let folder = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder).map_err(failed)?;
        let mut draft = Builder::new().prefix(".draft-").tempfile_in(folder).map_err(failed)?;
        draft.write_all(bytes).and_then(|()| draft.as_file().sync_all()).map_err(failed)?;
        // Somebody who made the same meanwhile made the same bytes.
        draft.persist(&path).map_err(|error| failed(error.error))?;
        fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok(name)
    }

    /// The bytes of a sha256.
    ///
    /// # Errors
    /// [`ArchiveError`] when they are not there, or are others.
    pub fn get(&self, sha: &str) -> Result<Vec<u8>, ArchiveError> {
        let path = self.path(sha);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Err(ArchiveError::Missing { path }),
            Err(cause) => return Err(ArchiveError::File { path, cause }),
        };
        let found = sha256(&bytes);
        if found == sha { Ok(bytes) } else { Err(ArchiveError::Damaged { path, found }) }
    }

    /// Files that are older than an age, and drafts that nobody finished.
    ///
    /// # Errors
    /// [`ArchiveError::File`] when a directory cannot be read.
    pub fn old_files(&self, age: Duration) -> Result<Vec<PathBuf>, ArchiveError> {
        let mut found = Vec::new();
        for folder in entries(&self.root)? {
            let old = |file: &fs::DirEntry| file.metadata().is_ok_and(|data| data.is_file() && is_older(&data, age));
            found.extend(entries(&folder.path())?.into_iter().filter(old).map(|file| file.path()));
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Removes a file unless it is younger than an age; gives whether it did. Whoever keeps the same bytes meanwhile has them afterwards.
    ///
    /// # Errors
    /// [`ArchiveError::File`] when the system refuses.
    pub fn remove(&self, path: &Path, age: Duration) -> Result<bool, ArchiveError> {
        let failed = |cause| ArchiveError::File { path: path.to_owned(), cause };
        // Out of the way first: who looks for it now writes it anew; who found it before made it young.
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let aside = path.with_file_name(format!(".removed-{name}"));
        match fs::rename(path, &aside) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(false),
            renamed => renamed.map_err(failed)?,
        }
        let old = fs::metadata(&aside).is_ok_and(|data| is_older(&data, age));
        if !old && !path.exists() {
            fs::rename(&aside, path).map_err(failed)?;
            return Ok(false);
        }
        fs::remove_file(&aside).map_err(failed)?;
        Ok(old)
    }
}

/// Makes a file as young as if it were new; `false` when it is gone meanwhile, or is not ours.
fn is_young_again(path: &Path) -> bool {
    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    let touched = fs::File::open(path)
        .is_ok_and(|file| futimens(&file, &Timestamps { last_access: now, last_modification: now }).is_ok());
    touched && path.exists()
}

/// What is in a directory; nothing when it is not there.
fn entries(directory: &Path) -> Result<Vec<fs::DirEntry>, ArchiveError> {
    match fs::read_dir(directory).and_then(Iterator::collect) {
        Ok(entries) => Ok(entries),
        // A file where a directory should be is somebody else's.
        Err(cause) if matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(Vec::new()),
        Err(cause) => Err(ArchiveError::File { path: directory.to_owned(), cause }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_comes_back_or_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let archive = Archive::new(home.path());
        let name = archive.put(b"report").unwrap();
        assert_eq!(archive.put(b"report").unwrap(), name);
        assert_eq!(archive.get(&name).unwrap(), b"report");
        fs::write(archive.path(&name), b"rep0rt").unwrap();
        assert!(matches!(archive.get(&name), Err(ArchiveError::Damaged { .. })));
        assert!(matches!(archive.put(b"report"), Err(ArchiveError::Damaged { .. })), "it is not overwritten");
        fs::remove_file(archive.path(&name)).unwrap();
        assert!(matches!(archive.get(&name), Err(ArchiveError::Missing { .. })));
        let names: Vec<_> = fs::read_dir(archive.path(&name).parent().unwrap()).unwrap().collect();
        assert!(names.is_empty(), "no draft is left");
    }

    #[test]
    fn what_is_old_is_removed_unless_somebody_keeps_it_anew() {
        let home = tempfile::tempdir().unwrap();
        let archive = Archive::new(home.path());
        let day = Duration::from_hours(24);
        let age = |path: &Path| {
            let at = fs::metadata(path).unwrap().modified().unwrap() - day * 3;
            fs::File::open(path).unwrap().set_modified(at).unwrap();
        };
        let (one, other) = (archive.put(b"one").unwrap(), archive.put(b"other").unwrap());
        assert!(archive.old_files(day).unwrap().is_empty());
        assert!(!archive.remove(&archive.path(&one), day).unwrap(), "it is young");
        assert_eq!(archive.get(&one).unwrap(), b"one");
        age(&archive.path(&one));
        age(&archive.path(&other));
        assert_eq!(archive.old_files(day).unwrap().len(), 2);
        archive.put(b"one").unwrap();
        assert_eq!(archive.old_files(day).unwrap(), [archive.path(&other)]);
        assert!(archive.remove(&archive.path(&other), day).unwrap());
        assert!(matches!(archive.get(&other), Err(ArchiveError::Missing { .. })));
        assert!(!archive.remove(&archive.path(&other), day).unwrap(), "it is gone");
        archive.put(b"other").unwrap();
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_told() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("data"), b"a file").unwrap();
        assert!(matches!(Archive::new(home.path()).put(b"x"), Err(ArchiveError::File { .. })));
    }
}
