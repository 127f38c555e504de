//! Directories, disk and mail relay.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::fs::statvfs;

use crate::{deliver::smtp::reach, money::decimal, run::doctor::Check};

/// With less room than this somebody should look: bytes.
const ROOM: u64 = 1 << 30;
/// How long the mail relay may take to greet.
const GREETING: Duration = Duration::from_secs(10);

/// The directories that fenji writes into.
pub(super) fn directories(root: &Path) -> Vec<Check> {
    ["data", "data/artifacts", "data/logs"].map(|name| writable(name, &root.join(name))).into()
}

/// Whether a file can be made in a directory, or the directory itself.
fn writable(name: &'static str, path: &Path) -> Check {
    let place = existing(path);
    // What the rights say and what the system lets one do may differ: it is tried.
    match tempfile::Builder::new().prefix(".doctor-").tempfile_in(&place) {
        Ok(_) if place == path => Check::ok(name, "can be written"),
        Ok(_) => Check::ok(name, "is not there yet, and can be made"),
        Err(cause) => Check::failed(
            name,
            format!("`{}` cannot be written: {cause}", place.display()),
            "let the user that fenji runs as write there",
        ),
    }
}

/// The path itself, or the nearest one above that is there.
fn existing(path: &Path) -> PathBuf {
    let there = path.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
    if there.as_os_str().is_empty() { PathBuf::from(".") } else { there.to_owned() }
}

/// The room on the disk of the data.
pub(super) fn room(root: &Path) -> Check {
    let place = existing(&root.join("data"));
    match statvfs(&place) {
        Ok(disk) => enough(disk.f_bavail.saturating_mul(disk.f_frsize)),
        Err(cause) => Check::warning(
            "disk",
            format!("the system does not say how much room `{}` has: {cause}", place.display()),
            "look at it with `df`",
        ),
    }
}

fn enough(free: u64) -> Check {
    let found = format!("{} MB are free", decimal(i128::from(free / 1_000_000), 0));
    if free < ROOM {
        return Check::warning(
            "disk",
            found,
            "make room: reports and the store need it, and a full disk fails every run",
        );
    }
    Check::ok("disk", found)
}

/// Whether the mail relay greets. Nobody signs in, and nothing is sent.
pub(super) async fn mail(relay: Option<&str>) -> Check {
    let Some(url) = relay else {
        return Check::ok("mail", "FENJI_SMTP_URL is not set: e-mails are written as files and not sent");
    };
    match reach(url, GREETING).await {
        Ok(host) => Check::ok("mail", format!("the relay `{host}` greets; nobody signed in and nothing was sent")),
        Err(error) => Check::error("mail", &error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::doctor::Health;

    #[test]
    fn little_room_is_told() {
        assert_eq!(enough(ROOM).health, Health::Ok);
        let little = enough(ROOM - 1);
        assert_eq!((little.health, little.found.as_str()), (Health::Warning, "1,073 MB are free"));
        assert_eq!(room(Path::new("/")).name, "disk");
    }

    #[test]
    fn a_directory_is_tried_and_left_as_it_was() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("data")).unwrap();
        std::fs::write(home.path().join("data").join("logs"), b"a file").unwrap();
        let health: Vec<Health> = directories(home.path()).iter().map(|check| check.health).collect();
        assert_eq!(health, [Health::Ok, Health::Ok, Health::Failed]);
        assert_eq!(std::fs::read_dir(home.path().join("data")).unwrap().count(), 1, "nothing is left");
    }
}
