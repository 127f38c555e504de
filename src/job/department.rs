//! Departments: `config/departments.toml`. Who gets a pack of a job's report, in which language and forms.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::{
    declaration::{Declaration, Fault, Faults, Spanned},
    deliver::mail::checked_address,
    job::Format,
    text::{Lang, Title},
};

/// A department.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Department {
    /// Its name in job files, and of its directory.
    pub id: String,
    /// Its name for people.
    pub title: Title,
    /// The language of its packs; the job's unless it says.
    pub language: Option<Lang>,
    /// The forms of its packs; those of the job unless it says.
    pub formats: Option<Vec<Format>>,
    /// Who gets its e-mails.
    pub recipients: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDepartments {
    #[serde(default)]
    department: Vec<RawDepartment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawDepartment {
    id: Spanned<String>,
    title: Title,
    language: Option<Lang>,
    formats: Option<Spanned<Vec<Format>>>,
    recipients: Vec<Spanned<String>>,
}

impl Department {
    /// Checks the departments of a home.
    ///
    /// # Errors
    /// Every fault of the file, with its line.
    pub fn check(file: &Declaration) -> Result<Vec<Self>, Faults> {
        let raw: RawDepartments = file.parse()?;
        let mut faults = Vec::new();
        let mut ids = BTreeSet::new();
        for department in &raw.department {
            faults.extend(department.faults(file));
            if !ids.insert(department.id.get_ref()) {
                let message = format!("two departments are called `{}`", department.id.get_ref());
                faults.push(file.fault("department::twice", department.id.span(), message, "leave one of the two out"));
            }
        }
        Faults::none_of(faults)?;
        Ok(raw.department.into_iter().map(RawDepartment::checked).collect())
    }

    /// The forms of its pack of a job.
    pub fn formats<'d>(&'d self, of_job: &'d [Format]) -> &'d [Format] {
        self.formats.as_deref().unwrap_or(of_job)
    }
}

impl RawDepartment {
    fn faults(&self, file: &Declaration) -> Vec<Fault> {
        let mut faults = Vec::new();
        let id = self.id.get_ref();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if id.is_empty() || id.len() > 40 || !id.chars().all(plain) || id.starts_with('-') {
            let message = format!("`{}` cannot name a department", id.escape_debug());
            let help =
                "write small letters, digits and dashes, such as `finance`: its packs are in a directory of that name";
            faults.push(file.fault("department::bad_id", self.id.span(), message, help));
        }
        for recipient in &self.recipients {
            if let Err(error) = checked_address(recipient.get_ref()) {
                let help = "write one `name@example.com` for each recipient";
                faults.push(file.fault("department::bad_recipient", recipient.span(), error.to_string(), help));
            }
        }
        if let Some(formats) = &self.formats {
            if formats.get_ref().is_empty() {
                let help = "list at least one, or leave `formats` out for those of the job";
                faults.push(file.fault("department::no_format", formats.span(), "it gets nothing", help));
            }
            if formats.get_ref().contains(&Format::Eml) && self.recipients.is_empty() {
                let help = "name a recipient, or leave out `eml`";
                faults.push(file.fault("department::no_recipient", formats.span(), "nobody gets its e-mail", help));
            }
        }
        faults
    }

    fn checked(self) -> Department {
        Department {
            id: self.id.into_inner(),
            title: self.title,
            language: self.language,
            formats: self.formats.map(Spanned::into_inner),
            recipients: self.recipients.into_iter().map(Spanned::into_inner).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[[department]]\nid = \"finance\"\ntitle = { zh = \"财务部\", en = \"Finance\" }\nlanguage = \"en\"\nformats = [\"pdf\", \"eml\"]\nrecipients = [\"cfo@example.com\"]\n";

    fn codes(text: &str) -> Vec<&'static str> {
        let faults = Department::check(&Declaration::new("config/departments.toml", text)).unwrap_err();
        faults.list().iter().map(Fault::code_name).collect()
    }

    #[test]
    fn the_shipped_file_is_sound_and_faults_have_their_codes() {
        let shipped = Declaration::new("d", include_str!("../../config/departments.toml"));
        assert!(Department::check(&shipped).unwrap().is_empty(), "it says how, and names none");
        let one = &Department::check(&Declaration::new("d", GOOD)).unwrap()[0];
        assert_eq!(
            (one.formats(&[Format::Html]), one.language),
            (&[Format::Pdf, Format::Eml][..], Some(Lang::English))
        );
        assert_eq!(codes(&format!("{GOOD}{GOOD}")), ["department::twice"]);
        for id in ["../x", "", "Finance", "-a", "财务"] {
            assert_eq!(codes(&GOOD.replace("\"finance\"", &format!("\"{id}\""))), ["department::bad_id"], "{id}");
        }
        assert_eq!(codes(&GOOD.replace("cfo@example.com", "Eve\\r\\nBcc: x@y.z")), ["department::bad_recipient"]);
        assert_eq!(codes(&GOOD.replace("\"pdf\", \"eml\"", "")), ["department::no_format"]);
        assert_eq!(codes(&GOOD.replace("\"cfo@example.com\"", "")), ["department::no_recipient"]);
    }
}
