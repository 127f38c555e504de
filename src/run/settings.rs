//! `config/fenji.toml`: the settings of a home.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::{
    declaration::{Declaration, Faults, Spanned},
    deliver::mail::{Correspondent, checked_address},
    render::font::FontChoice,
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
    pub store: PathBuf,
    /// The font of PDFs and pictures.
    pub font: FontChoice,
    /// Who sends e-mails.
    pub mail_from: Correspondent,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawSettings {
    organisation: Title,
    language: Lang,
    store: Spanned<String>,
    font: Spanned<RawFont>,
    mail: RawMail,
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
        if raw.store.get_ref().is_empty() || home.join(raw.store.get_ref()).is_dir() {
            let help = "name a file, such as `data/fenji.db`";
            return Err(file.fault("settings::bad_store", raw.store.span(), "the store is not a file", help).into());
        }
        Ok(Self {
            organisation: raw.organisation,
            language: raw.language,
            store: home.join(raw.store.get_ref()),
            font,
            mail_from: sender(from),
        })
    }
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
        assert_eq!(settings.store, Path::new("/h/data/fenji.db"));
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
