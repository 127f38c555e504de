//! A report becomes files. Everything is rendered in memory first, so that a fault in one format leaves no file of another behind.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::{
    deliver::{
        file::write_together,
        mail::{Attachment, Correspondent, Envelope, MailParts, message},
    },
    job::Format,
    render::{
        Templates, csv,
        email::{self, Pictures},
        font::Fonts,
        html, json,
        pdf::{self, PageSize, PdfSettings},
        text, xlsx,
    },
    report::{Block, Report, Table},
    run::{error::RunError, home::Home, store::sha256},
    text::{say, say_with},
};

/// A rendered report: bytes with a name.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// File name, with a folder for the tables of a report.
    pub name: PathBuf,
    /// The format it is in.
    pub format: Format,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Who gets it, of an e-mail.
    pub recipients: Vec<String>,
}

/// What was made, and what the reader should know about it.
#[derive(Debug, Default)]
pub struct Artifacts {
    /// The files.
    pub files: Vec<Artifact>,
    /// Warnings, such as characters that no font has.
    pub warnings: Vec<String>,
}

/// Who an e-mail is from and for.
#[derive(Debug, Clone)]
pub struct Addressing {
    /// Name of the job, part of the message's identity.
    pub job: String,
    /// Who gets it.
    pub recipients: Vec<String>,
    /// The department whose pack it is.
    pub department: Option<String>,
}

/// Renders a report in some formats.
///
/// # Errors
/// [`RunError`] when any of them cannot be rendered.
pub fn render(
    home: &Home,
    report: &Report,
    formats: &[Format],
    addressing: &Addressing,
    now: DateTime<Utc>,
) -> Result<Artifacts, RunError> {
    let templates = home.templates()?;
    let fonts = Fonts::load(&home.settings.font)?;
    let renderer =
        Renderer { home, report, templates, fonts, stem: format!("{}-{}", addressing.job, report.period), now };
    let mut made = Artifacts::default();
    let attached = [Format::Pdf, Format::Xlsx];
    for format in Format::ALL.into_iter().filter(|format| *format != Format::Eml) {
        let wanted = formats.contains(&format);
        if wanted || (formats.contains(&Format::Eml) && attached.contains(&format)) {
            renderer.make(format, &mut made)?;
        }
    }
    if formats.contains(&Format::Eml) {
        let attachments = made
            .files
            .iter()
            .filter(|file| attached.contains(&file.format))
            .map(|file| renderer.attachment(file))
            .collect();
        let bytes = renderer.mail(attachments, addressing)?;
        let (name, recipients) = (format!("{}.eml", renderer.stem).into(), addressing.recipients.clone());
        made.files.push(Artifact { name, format: Format::Eml, bytes, recipients });
    }
    made.files.retain(|file| formats.contains(&file.format));
    if let Some(department) = &addressing.department {
        for file in &mut made.files {
            file.name = Path::new(department).join(&file.name);
        }
    }
    Ok(made)
}

/// Writes files below a directory; returns where each is. A full disk leaves none of them.
///
/// # Errors
/// [`RunError::File`] when one cannot be written.
pub fn write(artifacts: &[Artifact], directory: &Path) -> Result<Vec<PathBuf>, RunError> {
    let paths: Vec<PathBuf> = artifacts.iter().map(|artifact| directory.join(&artifact.name)).collect();
    let files: Vec<(&Path, &[u8])> =
        paths.iter().zip(artifacts).map(|(path, artifact)| (path.as_path(), artifact.bytes.as_slice())).collect();
    write_together(&files)?;
    Ok(paths)
}

struct Renderer<'r> {
    home: &'r Home,
    report: &'r Report,
    templates: Templates,
    fonts: Fonts,
    stem: String,
    now: DateTime<Utc>,
}

impl Renderer<'_> {
    fn make(&self, format: Format, made: &mut Artifacts) -> Result<(), RunError> {
        let bytes = match format {
            Format::Html => html::page(self.report, &self.templates)?.into_bytes(),
            Format::Pdf => self.pdf(made)?,
            Format::Xlsx => xlsx::workbook(self.report, self.local_now())?,
            Format::Text => text::page(self.report).into_bytes(),
            Format::Json => json::page(self.report)?.into_bytes(),
            Format::Csv => return self.tables(made),
            Format::Eml => return Ok(()),
        };
        let extension = if format == Format::Text { "txt" } else { format.name() };
        let name = format!("{}.{extension}", self.stem).into();
        made.files.push(Artifact { name, format, bytes, recipients: Vec::new() });
        Ok(())
    }

    fn tables(&self, made: &mut Artifacts) -> Result<(), RunError> {
        for table in tables(self.report) {
            let name = Path::new(&self.stem).join(format!("{}.csv", table.id));
            let bytes = csv::table(table, &self.report.currency)?;
            made.files.push(Artifact { name, format: Format::Csv, bytes, recipients: Vec::new() });
        }
        Ok(())
    }

    fn local_now(&self) -> chrono::NaiveDateTime {
        self.now.with_timezone(&self.home.mapping.zone).naive_local()
    }

    fn pdf(&self, made: &mut Artifacts) -> Result<Vec<u8>, RunError> {
        let report = self.report;
        let lang = report.lang;
        let settings = PdfSettings {
            title: format!("{} {}", report.title, report.period),
            author: report.organisation.clone(),
            subject: say_with(lang, "pdf.subject", &[("day", &report.as_of.to_string())]),
            keywords: vec![report.id.to_owned(), report.period.to_string()],
            lang: lang.tag().to_owned(),
            created: self.local_now(),
            page: PageSize::A4Portrait,
            header_left: report.organisation.clone(),
            header_right: format!("{} {}", report.title, report.period),
            footer_left: say_with(
                lang,
                "pdf.footer",
                &[("day", &report.as_of.to_string()), ("currency", &report.currency.code)],
            ),
            page_number: say(lang, "format.page"),
            watermark: None,
        };
        let page = html::document(report, &self.templates)?;
        let pdf = pdf::render(&page, &settings, &self.fonts)?;
        made.warnings.extend(pdf.warnings.iter().map(ToString::to_string));
        Ok(pdf.bytes)
    }

    fn attachment(&self, file: &Artifact) -> Attachment {
        let report = self.report;
        let media_type = if file.format == Format::Pdf {
            "application/pdf"
        } else {
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        };
        let name = format!("{}-{}.{}", report.title, report.period, file.format.name());
        Attachment { name, media_type: media_type.to_owned(), bytes: file.bytes.clone() }
    }

    fn mail(&self, attachments: Vec<Attachment>, addressing: &Addressing) -> Result<Vec<u8>, RunError> {
        let report = self.report;
        let pictures = Pictures { fonts: &self.fonts.database(), family: self.fonts.family() };
        let reason = say_with(report.lang, "mail.reason", &[("job", &addressing.job)]);
        let body = email::body(report, &self.templates, pictures, &reason)?;
        let from = self.home.settings.mail_from.clone();
        let host = from.address.split_once('@').map_or("localhost", |(_, host)| host).to_owned();
        let to = addressing
            .recipients
            .iter()
            .map(|address| Correspondent { name: None, address: address.clone() })
            .collect();
        let envelope = Envelope {
            from,
            to,
            subject: say_with(
                report.lang,
                "mail.subject",
                &[
                    ("title", &report.title),
                    ("period", &report.period.to_string()),
                    ("organisation", &report.organisation),
                ],
            ),
            // One id for a job, a period and what the mail says: copies fold, a restatement does not.
            message_id: format!("{}.{}@{host}", report.period, identity(&body.html, addressing)),
            date: self.now,
        };
        let parts = MailParts { text: body.text, html: body.html, images: body.images, attachments };
        Ok(message(&envelope, parts)?)
    }
}

/// Digits that stand for the job and what its mail says.
fn identity(body: &str, addressing: &Addressing) -> String {
    let of = addressing.department.as_deref().map_or_else(String::new, |department| format!("\n{department}"));
    let mut text = sha256(format!("{}{of}\n{body}", addressing.job).as_bytes());
    text.truncate(24);
    text
}

/// The tables of a report in reading order.
pub fn tables(report: &Report) -> impl Iterator<Item = &Table> {
    report.sections.iter().flat_map(|section| &section.blocks).filter_map(|block| match block {
        Block::Table(table) | Block::Worksheet(table) => Some(table),
        Block::Figures(_) | Block::Chart(_) | Block::Text(_) => None,
    })
}
