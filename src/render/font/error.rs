//! What can be wrong with fonts, in the reader's words.
//!
//! Invariants: every refusal names the font and the reason. Not here: the refusals themselves (`lookup`, `face`).

use std::{fmt, path::PathBuf};

use miette::Diagnostic;
use thiserror::Error;

/// Why a face was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejected {
    /// It has no outlines that a PDF can embed.
    NoOutlines,
    /// It is a variable font, which cannot be embedded as it is.
    Variable,
    /// Its licence bits forbid embedding or cutting.
    Licence,
    /// It lacks a character that every report needs.
    Lacks(char),
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoOutlines => f.write_str("it has no `glyf` or `CFF ` outlines"),
            Self::Variable => f.write_str("it is a variable font"),
            Self::Licence => f.write_str("its licence bits forbid embedding"),
            Self::Lacks(character) => write!(f, "it lacks `{character}`"),
        }
    }
}

/// Why no font can be used.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
pub enum FontError {
    /// The program was built without its font.
    #[error("this program was built without the bundled font")]
    #[diagnostic(
        code(font::not_bundled),
        help("build with the default feature `bundled-font`, or set `font = \"system\"` or name a font file")
    )]
    NotBundled,
    /// No installed face is usable.
    #[error("no usable Chinese font among {faces} installed faces; looked for {looked_for}")]
    #[diagnostic(
        code(font::none_found),
        help(
            "install one (Debian, Ubuntu: `apt-get install fonts-wqy-microhei`), name a font file, or set `font = \"bundled\"`{}",
            if refused.is_empty() { String::new() } else { format!("; refused: {}", refused.join("; ")) }
        )
    )]
    NoneFound {
        /// How many faces were seen.
        faces: usize,
        /// The families asked for.
        looked_for: String,
        /// Faces of those families that were refused, with the reason.
        refused: Vec<String>,
    },
    /// A named file cannot be read.
    #[error("cannot read the font file `{}`: {reason}", path.display())]
    #[diagnostic(
        code(font::unreadable_file),
        help("check the path; a face of a collection is chosen as in `fonts.ttc#2`")
    )]
    UnreadableFile {
        /// The path as given.
        path: PathBuf,
        /// What the system or the parser said.
        reason: String,
    },
    /// A named file holds a face that cannot be used.
    #[error("the font `{}` cannot be used: {reason}", path.display())]
    #[diagnostic(code(font::unusable_file), help("name a static TrueType or OpenType font that may be embedded"))]
    UnusableFile {
        /// The path as given.
        path: PathBuf,
        /// Why it was refused.
        reason: Rejected,
    },
    /// A chosen face cannot be parsed or cut.
    #[error("cannot use the font `{font}`: {reason}")]
    #[diagnostic(
        code(font::unreadable),
        help("the font file may be damaged: install it again, or set `font = \"bundled\"`")
    )]
    Unreadable {
        /// The family.
        font: String,
        /// What the parser said.
        reason: String,
    },
}
