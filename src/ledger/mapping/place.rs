//! Where the database of a mapping is, how long it may take, and how much memory its reading may take here.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    declaration::{Declaration, Fault, Spanned},
    ledger::{
        address::{self, Kind},
        mapping::{Database, RawMapping},
    },
};

/// How long a statement on a server may take, and how long it may be silent, when nothing else is written.
const TIMEOUT: Duration = Duration::from_secs(600);
/// The longest time that can be written.
const MOST_SECONDS: u32 = 24 * 3600;

/// The database.
pub(super) fn database(file: &Declaration, raw: &RawMapping, home: &Path) -> Result<Database, Fault> {
    let text = raw.database.get_ref();
    if let Some(path) = text.strip_prefix("sqlite:") {
        let path = path.trim_start_matches("//");
        if !path.is_empty() {
            return match raw.certificate.as_ref().or(raw.timeout.as_ref()) {
                None => Ok(Database::Sqlite(home.join(path))),
                Some(setting) => Err(file.fault(
                    "ledger::setting_without_server",
                    setting.span(),
                    "a ledger in a file has neither `certificate` nor `timeout`",
                    "remove it: it is for a ledger on a server",
                )),
            };
        }
    }
    let certificate = raw.certificate.as_ref().map(|path| certificate(file, path, home)).transpose()?;
    let timeout = raw.timeout.as_ref().map_or(Ok(TIMEOUT), |text| timeout(file, text))?;
    match address::read(text, certificate, timeout) {
        Ok((Kind::Postgres, server)) => Ok(Database::Postgres(server)),
        Ok((Kind::MySql, server)) => Ok(Database::MySql(server)),
        Err(error) => {
            let message = format!("cannot open the ledger: {error}");
            // The line is not shown where it may hold a password.
            let user_is_alone = text.rsplit_once('@').is_none_or(|(user, _)| user.matches(':').count() < 2);
            Err(if user_is_alone && !text.contains("pass") && !text.contains("pwd") {
                file.fault(error.code(), raw.database.span(), message, error.help())
            } else {
                file.whole_file_fault(error.code(), message, error.help())
            })
        }
    }
}

fn certificate(file: &Declaration, path: &Spanned<String>, home: &Path) -> Result<PathBuf, Fault> {
    let found = home.join("config").join(path.get_ref());
    if found.is_file() {
        return Ok(found);
    }
    let message = format!("there is no certificate at `{}`", found.display());
    let help = "the path is relative to the home's `config/`; the file holds the certificate of the authority that signed the server's";
    Err(file.fault("ledger::no_certificate", path.span(), message, help))
}

fn timeout(file: &Declaration, text: &Spanned<String>) -> Result<Duration, Fault> {
    let written = text.get_ref();
    let seconds_of = |unit: &str| match unit {
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3600),
        _ => None,
    };
    let digits = written.trim_end_matches(|c: char| !c.is_ascii_digit());
    let seconds = digits
        .parse::<u32>()
        .ok()
        .zip(written.get(digits.len()..).and_then(seconds_of))
        .and_then(|(number, unit)| number.checked_mul(unit))
        .filter(|seconds| (1..=MOST_SECONDS).contains(seconds));
    seconds.map(|seconds| Duration::from_secs(seconds.into())).ok_or_else(|| {
        let message = format!("`{written}` is not a time from `1s` to `24h`");
        file.fault(
            "ledger::bad_timeout",
            text.span(),
            message,
            "write a whole number and `s`, `m` or `h`, such as `10m`",
        )
    })
}

/// Bytes of `512 MiB` or `2 GiB`; 512 MiB when nothing is said.
pub(super) fn memory(file: &Declaration, text: Option<&Spanned<String>>) -> Result<usize, Fault> {
    let Some(text) = text else { return Ok(512 << 20) };
    let bytes = text.get_ref().split_once(' ').and_then(|(count, unit)| {
        let unit = match unit {
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return None,
        };
        count.parse::<usize>().ok().filter(|count| *count > 0)?.checked_mul(unit)
    });
    bytes.ok_or_else(|| {
        let message = format!("`{}` is not an amount of memory", text.get_ref());
        file.fault("ledger::bad_memory", text.span(), message, "write `\"512 MiB\"` or `\"2 GiB\"`")
    })
}
