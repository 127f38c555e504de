//! Who makes attempts.

use std::{fs, io};

/// A name for this process that no other ever had: a machine's name or a process number may come again.
///
/// # Errors
/// That the system gives none.
pub fn owner() -> io::Result<String> {
    Ok(fs::read_to_string("/proc/sys/kernel/random/uuid")?.trim().to_owned())
}

/// The name of this machine, for people.
pub fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
