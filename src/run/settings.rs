//! `config/fenji.toml`: the settings of a home.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::{
    declaration::{Declaration, Faults, Spanned},
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
    pub mail_from: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawSettings {
    organisation: Title,
    language: Lang,
    store: String,
    font: Spanned<RawFont>,
    mail: RawMail,
}

#[derive(Deserialize)]
#[serde(untagged)]
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
    from: String,
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
        Ok(Self {
            organisation: raw.organisation,
            language: raw.language,
            store: home.join(raw.store),
            font,
            mail_from: raw.mail.from,
        })
    }
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
