//! From a report to bytes: web page, workbook, plain text, CSV, JSON, e-mail body and pictures of charts.
//!
//! Invariants: every cell is shown by `report::format::cell`, so all formats show the very same characters; the same report gives
//! the same bytes; hostile text stays text in each format. Not here: what a report says (`report`), how it reaches anybody (`deliver`).

pub mod chart;
pub mod csv;
pub mod email;
pub mod font;
pub mod html;
pub mod json;
pub mod pdf;
pub mod png;
pub mod template;
pub mod text;
pub mod view;
pub mod xlsx;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;

use miette::Diagnostic;
use thiserror::Error;

pub use template::{TemplateError, Templates};

/// Why a report could not be rendered.
#[derive(Debug, Error, Diagnostic)]
pub enum RenderError {
    /// A template is at fault.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Template(#[from] TemplateError),
    /// A template made a page that is not well-formed XML.
    #[error("template `{template}` makes a page that is not well-formed at {line}:{column}: {cause}, near `{near}`")]
    #[diagnostic(
        code(render::not_well_formed),
        help(
            "close every tag (`<br/>`, `</p>`), quote every attribute and write `&amp;` for `&`: the PDF is made from the same page"
        )
    )]
    NotWellFormed {
        /// The template by which the page was made.
        template: String,
        /// The line of the page, from 1.
        line: u32,
        /// The column of the page, from 1.
        column: u32,
        /// What the XML reader says.
        cause: String,
        /// The text at that place.
        near: String,
    },
    /// A chart could not be made a picture.
    #[error("the chart cannot be made a picture: {cause}")]
    #[diagnostic(
        code(render::no_picture),
        help("check that a font is available: `fenji check` lists the fonts that were found")
    )]
    Picture {
        /// What the drawing library says.
        cause: String,
    },
    /// The styles of an e-mail could not be moved into its elements.
    #[error("the styles of the e-mail cannot be inlined: {cause}")]
    #[diagnostic(code(render::styles), help("check the `<style>` element of `email/report.html`"))]
    Styles {
        /// What the style library says.
        cause: String,
    },
    /// The workbook could not be written.
    #[error("the workbook cannot be written: {cause}")]
    #[diagnostic(
        code(render::workbook),
        help("a sheet holds 1,048,576 rows and 16,384 columns: use CSV or JSON for larger tables")
    )]
    Workbook {
        /// What the workbook library says.
        cause: String,
    },
    /// A table could not be written as CSV, or a report as JSON.
    #[error("the {format} cannot be written: {cause}")]
    #[diagnostic(code(render::data), help("this is a defect of fenji: please report it with the name of the job"))]
    Data {
        /// The format.
        format: &'static str,
        /// What the library says.
        cause: String,
    },
}
