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
const TIMEOUT: Duration = Duration::from_mins(10);
/// The longest time that can be written.
const MOST_SECONDS: u32 = 24 * 3600;

/// The database at an address.
pub(super) fn database(
    file: &Declaration,
    address: &Spanned<String>,
    raw: &RawMapping,
    home: &Path,
) -> Result<Database, Fault> {
    let text = address.get_ref();
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
                file.fault(error.code(), address.span(), message, error.help())
            } else {
                let line = file.text().get(..address.span().start).map_or(1, |text| text.matches('\n').count() + 1);
                let message = format!("{message} (`database` in `{}`, line {line}, which is not shown)", file.name());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        declaration::Faults,
        ledger::{error::LedgerError, mapping::Mapping},
    };

    const HEAD: &str = "database = \"sqlite:data/ledger.db\"\ncurrency = \"CNY\"\nscale = 2\nzone = \"Asia/Shanghai\"\nlayout = \"fenji\"\n";

    fn check(text: &str) -> Result<Mapping, Faults> {
        Mapping::check(&Declaration::new("config/ledger.toml", text), Path::new("/home"))
    }

    fn codes(text: &str) -> Vec<(&'static str, Option<usize>)> {
        check(text).unwrap_err().list().iter().map(|fault| (fault.code_name(), fault.line())).collect()
    }

    #[test]
    fn a_ledger_on_a_server_has_a_limit_and_is_never_written() {
        let on_server = HEAD.replace("sqlite:data/ledger.db", "postgres://reader@db.example.com/erp");
        let Database::Postgres(server) = check(&on_server).unwrap().database else { panic!("{on_server}") };
        assert_eq!((server.to_string().as_str(), server.timeout), ("db.example.com:5432/erp", TIMEOUT));
        for (written, seconds) in [("90s", 90), ("5m", 300), ("24h", 86_400)] {
            let Database::Postgres(server) = check(&format!("timeout = \"{written}\"\n{on_server}")).unwrap().database
            else {
                panic!("{written}")
            };
            assert_eq!(server.timeout, Duration::from_secs(seconds));
        }
        for wrong in ["0s", "25h", "10", "m", "10 m", "-1s", "10ms", "十m"] {
            assert_eq!(
                codes(&format!("timeout = \"{wrong}\"\n{on_server}")),
                [("ledger::bad_timeout", Some(1))],
                "{wrong}"
            );
        }
        assert!(matches!(check(&on_server).unwrap().database.file(), Err(LedgerError::ReadOnly)));
        assert!(check(HEAD).unwrap().database.file().is_ok());
    }

    #[test]
    fn settings_of_a_server_are_told_apart() {
        let on_server = HEAD.replace("sqlite:data/ledger.db", "mariadb://reader@db/erp");
        for (text, found) in [
            (format!("certificate = \"none.pem\"\n{on_server}"), ("ledger::no_certificate", Some(1))),
            (format!("timeout = \"1m\"\n{HEAD}"), ("ledger::setting_without_server", Some(1))),
            (on_server.replace("/erp", ""), ("ledger::bad_address", Some(1))),
            (on_server.replace("/erp", "/erp?sslmode=require"), ("ledger::weak_tls", Some(1))),
            (on_server.replace("reader@", "reader:x@"), ("ledger::password_in_address", None)),
        ] {
            assert_eq!(codes(&text), [found], "{text}");
        }
    }
}
