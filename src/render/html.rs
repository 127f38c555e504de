//! The web page of a report: one file without scripts or outside resources, and the XHTML from which the PDF is made.
//!
//! Invariants: the page is well-formed XML, checked each time; `report/<id>.html` is used where there is one, else
//! `report/report.html`. Not here: what templates see (`view`).

use crate::{
    render::{RenderError, template::Templates, view::View},
    report::Report,
};

/// The template of reports that have none of their own.
const GENERIC: &str = "report/report.html";

/// The page as browsers read it.
///
/// # Errors
/// [`RenderError::Template`] for a fault in a template, [`RenderError::NotWellFormed`] for what it makes.
pub fn page(report: &Report, templates: &Templates) -> Result<String, RenderError> {
    Ok(format!("<!DOCTYPE html>\n{}", document(report, templates)?))
}

/// The same page without its document type, as the PDF writer reads it.
///
/// # Errors
/// As [`page`].
pub fn document(report: &Report, templates: &Templates) -> Result<String, RenderError> {
    let own = format!("report/{}.html", report.id);
    let name = if templates.has(&own) { own.as_str() } else { GENERIC };
    let text = templates.render(name, &View::of(report))?;
    let text = without_doctype(&text);
    well_formed(text, templates.file_of(name))?;
    Ok(text.to_owned())
}

fn without_doctype(text: &str) -> &str {
    let text = text.trim_start();
    match text.get(..9) {
        Some(start) if start.eq_ignore_ascii_case("<!doctype") => {
            text.split_once('>').map_or(text, |(_, rest)| rest.trim_start())
        }
        _ => text,
    }
}

/// Refuses what is not XML, with the place and the text there.
///
/// # Errors
/// [`RenderError::NotWellFormed`].
pub fn well_formed(text: &str, template: &str) -> Result<(), RenderError> {
    let Err(error) = roxmltree::Document::parse(text) else { return Ok(()) };
    let place = error.pos();
    let line = usize::try_from(place.row).unwrap_or(1);
    let column = usize::try_from(place.col).unwrap_or(1);
    let near = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let near = near.chars().skip(column.saturating_sub(21)).take(60).collect();
    Err(RenderError::NotWellFormed {
        template: template.to_owned(),
        line: place.row,
        column: place.col,
        cause: error.to_string(),
        near,
    })
}
