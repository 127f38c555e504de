//! What stops a PDF from being made, and what is only worth telling.
//!
//! Invariants: a fault of the markup carries its line; nothing that was asked for is left out without a warning.
//! Not here: faults of fonts (`render::font`).

use std::fmt;

use miette::Diagnostic;
use thiserror::Error;

use crate::render::font::FontError;

/// Why no PDF was made.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
pub enum PdfError {
    /// The text is not well-formed.
    #[error("the report is not well-formed at line {line}, column {column}: {reason}")]
    #[diagnostic(
        code(pdf::malformed),
        help("templates must be XHTML: close every element (`<br/>`), quote attributes, write `&amp;` for `&`")
    )]
    Malformed {
        /// Line, from 1.
        line: u32,
        /// Column, from 1.
        column: u32,
        /// What the parser found.
        reason: String,
    },
    /// Elements are nested deeper than any report needs.
    #[error("elements are nested more than {} deep at line {line}", super::source::DEEPEST)]
    #[diagnostic(code(pdf::too_deep), help("check the template for a loop that opens elements without closing them"))]
    TooDeep {
        /// Line of the first element that is too deep, from 1.
        line: u32,
    },
    /// There is nothing to print.
    #[error("the report has nothing to print")]
    #[diagnostic(code(pdf::empty), help("check the template: all of its content is empty, or only for the screen"))]
    Empty,
    /// An inline picture cannot be read.
    #[error("the picture at line {line} cannot be drawn: {reason}")]
    #[diagnostic(code(pdf::bad_picture), help("an inline `<svg>` needs a `viewBox` or a size, and must be valid SVG"))]
    BadPicture {
        /// Line of the `svg` element, from 1.
        line: u32,
        /// What the parser found.
        reason: String,
    },
    /// A font cannot be embedded.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Font(#[from] FontError),
    /// The file cannot be put together.
    #[error("the PDF cannot be written: {reason}")]
    #[diagnostic(code(pdf::write), help("this is a defect of fenji: please report it with the template"))]
    Write {
        /// What the writer said.
        reason: String,
    },
}

/// Something in the document that was not printed as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PdfWarning {
    /// No face has this character: a box was drawn.
    MissingCharacter {
        /// The character.
        character: char,
        /// How often it occurs.
        count: usize,
        /// The text around its first place.
        context: String,
    },
    /// An element that fenji does not know: its content was printed plainly.
    UnknownElement {
        /// The element's name.
        name: String,
        /// How often it occurs.
        count: usize,
        /// Line of the first, from 1.
        line: u32,
    },
    /// A link inside the document whose target does not exist.
    UnknownTarget {
        /// The target's id.
        id: String,
    },
    /// A table that is too wide for the paper.
    CrowdedTable {
        /// Line of the `table` element, from 1.
        line: u32,
        /// How many columns it has.
        columns: usize,
        /// Whether even figures stand on two lines.
        wrapped: bool,
    },
    /// Something that cannot be split is taller than a page, and runs over its foot.
    TooTall {
        /// The page, from 1.
        page: usize,
    },
    /// A part of a picture that cannot be drawn as vectors.
    PicturePart {
        /// What became of it.
        part: &'static str,
        /// Line of the `svg` element, from 1.
        line: u32,
    },
}

impl fmt::Display for PdfWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingCharacter { character, count, context } => write!(
                f,
                "no font has `{character}` (U+{:04X}), drawn as a box {count} times, first in `{context}`",
                u32::from(*character)
            ),
            Self::UnknownElement { name, count, line } => {
                write!(
                    f,
                    "unknown element `{name}` ({count} times, first at line {line}): its content is printed plainly"
                )
            }
            Self::UnknownTarget { id } => write!(f, "a link leads to `#{id}`, which does not exist"),
            Self::CrowdedTable { line, columns, wrapped } => {
                let how = if *wrapped { "even figures are wrapped" } else { "the print is very small" };
                write!(f, "the table at line {line} has {columns} columns, too many for the paper: {how}")
            }
            Self::TooTall { page } => {
                write!(f, "something on page {page} is taller than a page, and runs over its foot")
            }
            Self::PicturePart { part, line } => write!(f, "the picture at line {line}: {part}"),
        }
    }
}
