//! `config/fenji.toml`: the settings of a home.

use std::{net::SocketAddr, path::Path, time::Duration};

use serde::Deserialize;

use crate::{
    declaration::{Declaration, Fault, Faults, Spanned},
    deliver::mail::{Correspondent, checked_address},
    ledger::server::Server,
    render::font::FontChoice,
    run::{
        retention::{Keep, Retention},
        store::{PASSWORD, StoreAddress},
    },
    schedule::duration,
    text::{Lang, Title},
};

/// Checked settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The company.
    pub organisation: Title,
    /// Language of reports that do not say theirs.
    pub language: Lang,
    /// Where fenji remembers what it decided.
    pub store: StoreAddress,
    /// The font of PDFs and pictures.
    pub font: FontChoice,
    /// Who sends e-mails.
    pub mail_from: Correspondent,
    /// How `fenji serve` works.
    pub serving: Serving,
    /// What runs made is kept how long.
    pub retention: Retention,
}

/// How `fenji serve` works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Serving {
    /// So many attempts at once.
    pub workers: usize,
    /// How long attempts may go on when it is told to stop.
    pub drain: Duration,
    /// How long a runner that says nothing is still believed to be at its run.
    pub lease: Duration,
    /// Where metrics and health are told.
    pub listen: Option<SocketAddr>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawSettings {
    organisation: Title,
    language: Lang,
    store: Spanned<String>,
    store_certificate: Option<Spanned<String>>,
    font: Spanned<RawFont>,
    mail: RawMail,
    #[serde(default)]
    serve: RawServing,
    #[serde(default)]
    retention: RawRetention,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawRetention {
    artifacts: Option<RawKeep>,
    logs: Option<RawKeep>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawKeep {
    age: Spanned<String>,
    later_runs: u32,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawServing {
    workers: Option<Spanned<u32>>,
    drain: Option<Spanned<String>>,
    lease: Option<Spanned<String>>,
    listen: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "`\"bundled\"`, `\"system\"` or a table with `regular` and `bold`")]
enum RawFont {
    Name(String),
    Files(RawFontFiles),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFontFiles {
    regular: String,
    bold: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMail {
    from: Spanned<String>,
}

impl Settings {
    /// Checks the settings of a home; paths in it are relative to `home`.
    ///
    /// # Errors
    /// Every fault of the file, with its line.
    pub fn check(file: &Declaration, home: &Path) -> Result<Self, Faults> {
        let raw: RawSettings = file.parse()?;
        let font = match raw.font.get_ref() {
            RawFont::Name(name) if name == "bundled" => FontChoice::Bundled,
            RawFont::Name(name) if name == "system" => FontChoice::System,
            RawFont::Name(name) => {
                let help = "write `\"bundled\"`, `\"system\"` or `{ regular = \"path.ttf\", bold = \"path.ttf\" }`";
                let message = format!("`{name}` is not a choice of font");
                return Err(file.fault("settings::unknown_font", raw.font.span(), message, help).into());
            }
            RawFont::Files(files) => FontChoice::Files {
                regular: home.join(&files.regular),
                bold: files.bold.as_ref().map(|bold| home.join(bold)),
            },
        };
        let from = raw.mail.from.get_ref();
        if let Err(error) = checked_address(&sender(from).address) {
            let help = "write `name@example.com` or `Name <name@example.com>`";
            return Err(file.fault("settings::bad_sender", raw.mail.from.span(), error.to_string(), help).into());
        }
        let store = store(file, &raw, home)?;
        Ok(Self {
            organisation: raw.organisation,
            language: raw.language,
            store,
            font,
            mail_from: sender(from),
            serving: serving(file, &raw.serve)?,
            retention: retention(file, &raw.retention)?,
        })
    }
}

/// How `fenji serve` works.
fn serving(file: &Declaration, raw: &RawServing) -> Result<Serving, Fault> {
    let workers = raw.workers.as_ref().map_or(2, |workers| *workers.get_ref());
    if let Some(written) = raw.workers.as_ref().filter(|_| !(1..=64).contains(&workers)) {
        let message = format!("{workers} attempts at once cannot be made");
        return Err(file.fault("settings::bad_workers", written.span(), message, "write a number from 1 to 64"));
    }
    let length = |text: &Option<Spanned<String>>, usual: u64, least: u64| match text {
        None => Ok(Duration::from_secs(usual)),
        Some(text) => {
            let read = duration::parse(text.get_ref()).filter(|length| (least..=3600).contains(&length.as_secs()));
            read.ok_or_else(|| {
                let message = format!("`{}` is not a length of time from {least} seconds to an hour", text.get_ref());
                let help = "write a whole number and `s` or `m`, such as `30s`";
                file.fault("settings::bad_length", text.span(), message, help)
            })
        }
    };
    let (drain, lease) = (length(&raw.drain, 30, 0)?, length(&raw.lease, 60, 2)?);
    let listen = raw.listen.as_ref().map(|text| {
        text.get_ref().parse::<SocketAddr>().map_err(|_| {
            let message = format!("`{}` is not an address and a port", text.get_ref());
            file.fault("settings::bad_listen", text.span(), message, "write both in numbers, such as `127.0.0.1:9464`")
        })
    });
    Ok(Serving { workers: usize::try_from(workers).unwrap_or(1), drain, lease, listen: listen.transpose()? })
}

/// What runs made is kept how long.
fn retention(file: &Declaration, raw: &RawRetention) -> Result<Retention, Fault> {
    let keep = |raw: &Option<RawKeep>, usual: Keep| match raw {
        None => Ok(usual),
        Some(raw) => {
            let age = duration::parse(raw.age.get_ref()).filter(|age| age.as_secs() >= 86_400).ok_or_else(|| {
                let message = format!("`{}` is not a length of time of a day or more", raw.age.get_ref());
                file.fault("settings::bad_age", raw.age.span(), message, "write a number of days, such as `3653d`")
            })?;
            Ok(Keep { age, later: i64::from(raw.later_runs) })
        }
    };
    let usual = Retention::default();
    Ok(Retention { artifacts: keep(&raw.artifacts, usual.artifacts)?, logs: keep(&raw.logs, usual.logs)? })
}

/// The time that a statement of the store may take.
const STORE_LIMIT: Duration = Duration::from_mins(2);

/// Where the store is: a file in the home, or a PostgreSQL server.
fn store(file: &Declaration, raw: &RawSettings, home: &Path) -> Result<StoreAddress, Fault> {
    let text = raw.store.get_ref();
    let certificate = raw.store_certificate.as_ref().map(|path| home.join("config").join(path.get_ref()));
    if text.contains("://") {
        let read = Server::postgres(text, certificate, STORE_LIMIT);
        return read.map(StoreAddress::Server).map_err(|(code, message, help)| {
            // The line is not shown: it may hold a password.
            let help = help.replace("FENJI_LEDGER_PASSWORD", PASSWORD);
            file.whole_file_fault(code, format!("cannot use `store`: {message}"), help)
        });
    }
    if let Some(certificate) = &raw.store_certificate {
        let help = "remove it: it is for a store on a server";
        return Err(file.fault(
            "settings::bad_store",
            certificate.span(),
            "a store in a file has no certificate",
            help,
        ));
    }
    if text.is_empty() || home.join(text).is_dir() {
        let help = "name a file, such as `data/fenji.db`, or a server: `postgres://user@host/database`";
        return Err(file.fault("settings::bad_store", raw.store.span(), "the store is not a file", help));
    }
    Ok(StoreAddress::File(home.join(text)))
}

/// `Name <address>` or `address` as a correspondent.
fn sender(text: &str) -> Correspondent {
    let (name, address) = match text.split_once('<') {
        Some((name, rest)) => (name.trim(), rest.trim_end_matches('>').trim()),
        None => ("", text.trim()),
    };
    Correspondent { name: (!name.is_empty()).then(|| name.to_owned()), address: address.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_settings_are_sound() {
        let file = Declaration::new("config/fenji.toml", include_str!("../../config/fenji.toml"));
        let settings = Settings::check(&file, Path::new("/h")).unwrap();
        assert_eq!(settings.store, StoreAddress::File("/h/data/fenji.db".into()));
        assert_eq!(settings.font, FontChoice::Bundled);
    }

    #[test]
    fn an_unknown_font_is_told_with_its_line() {
        let text = include_str!("../../config/fenji.toml").replace("\"bundled\"", "\"Arial\"");
        let faults = Settings::check(&Declaration::new("c", &text), Path::new("/h")).unwrap_err();
        assert_eq!(faults.list()[0].code_name(), "settings::unknown_font");
        assert!(faults.list()[0].line().is_some());
    }
}
