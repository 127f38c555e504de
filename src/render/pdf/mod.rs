//! From an XHTML page to a finished PDF: Chinese text, tables over many pages, charts as vectors.
//!
//! Invariants: the same text, settings and fonts give the same bytes; nothing is clipped or drawn outside of the margins;
//! fonts are embedded as subsets and text can be copied out; content is never dropped without a [`PdfWarning`].
//! Not here: making the XHTML (`render::html`), drawing charts (`render::chart`), finding fonts (`render::font`).
//!
//! # The XHTML that is understood
//! A full document or a fragment; it must be well-formed. `head`, `style`, `script`, `title`, comments and a plain
//! `<!DOCTYPE html>` are skipped; HTML's usual named characters (`&nbsp;` `&mdash;` …) are known.
//!
//! | elements | printed as |
//! |---|---|
//! | `h1` `h2` `h3` (and lower) | headings, also in the outline |
//! | `p` `figcaption` `dt` `dd` | paragraphs |
//! | `ul` `ol` `li` | lists |
//! | `table` `caption` `colgroup` `col` `thead` `tbody` `tfoot` `tr` `td` `th` | tables; `colspan`, `rowspan`, `col width="20%"` |
//! | `figure` | kept together |
//! | `svg` | vectors and text, scaled to the width |
//! | `hr` `br` | a rule, a line break |
//! | `span` `strong` `b` `em` `i` `small` `a` `sup` `sub` `code` `time` `abbr` | text; links to `#id`, `http(s):` and `mailto:` |
//! | `div` `section` `header` `footer` `main` `article` `aside` `nav` `dl` | their content |
//!
//! Any other element prints its content and is warned of.
//!
//! | class | effect |
//! |---|---|
//! | `landscape` on `body` | the paper lies |
//! | `cover` | begins a page under a band: leading headings and paragraphs stand on the band, the rest below it |
//! | `subtitle` `lead` `note` `muted` | kinds of text |
//! | `badge` `example` `notice` | a boxed notice (on a `span`: a small label) |
//! | `figures` | its children are cards with `.label`, `.value`, `.change` |
//! | `findings` on a list | items `good`, `bad`, `neutral` with a mark that is colour and sign |
//! | `good` `bad` `neutral` | colours of text |
//! | `num` `right` `center` `left` | where text stands; a column of mostly `num` cells is never wrapped |
//! | `total` on a row | bold under a rule, kept with the row above |
//! | `shade-0` to `shade-4` on a cell | backgrounds |
//! | `two-columns` | children in pairs side by side where a pair fits on a page |
//! | `page-break` `keep` | begins a page; is not split |
//! | `screen-only` | left out (`print-only` is printed) |

mod block;
mod columns;
mod error;
mod figures;
mod finish;
mod flow;
mod furniture;
mod group;
mod inline;
mod list;
mod mark;
mod ops;
mod outline;
mod page;
mod parse;
mod rows;
mod source;
mod style;
mod svg;
mod table;
#[cfg(test)]
mod tests;

use std::fmt;

use chrono::NaiveDateTime;

pub use error::{PdfError, PdfWarning};

use self::{
    flow::{Flow, Ground},
    inline::Typesetter,
    page::{Geometry, Pages},
};
use super::font::Fonts;

/// The paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PageSize {
    /// A4 upright.
    #[default]
    A4Portrait,
    /// A4 lying.
    A4Landscape,
}

/// Everything about a PDF that is not its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PdfSettings {
    /// Title, shown in the window's title bar.
    pub title: String,
    /// Author.
    pub author: String,
    /// Subject.
    pub subject: String,
    /// Keywords.
    pub keywords: Vec<String>,
    /// Language tag of the text, such as `zh-CN`.
    pub lang: String,
    /// The date the file says it was made: declared, never read from a clock.
    pub created: NaiveDateTime,
    /// The paper; a document of class `landscape` lies in any case.
    pub page: PageSize,
    /// Page head on the left.
    pub header_left: String,
    /// Page head on the right.
    pub header_right: String,
    /// Page foot on the left.
    pub footer_left: String,
    /// Page number in the foot, with `{page}` and `{total}`.
    pub page_number: String,
    /// A word over the whole of every page, such as "样例".
    pub watermark: Option<String>,
}

/// A finished PDF.
#[derive(Clone, PartialEq, Eq)]
pub struct Pdf {
    /// The file.
    pub bytes: Vec<u8>,
    /// How many pages it has.
    pub pages: usize,
    /// What was not printed as asked.
    pub warnings: Vec<PdfWarning>,
}

impl fmt::Debug for Pdf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.bytes.len();
        f.debug_struct("Pdf")
            .field("size", &size)
            .field("pages", &self.pages)
            .field("warnings", &self.warnings)
            .finish()
    }
}

/// Renders an XHTML page as a PDF.
///
/// # Errors
/// [`PdfError`] when the text is not well-formed (with line and column), holds nothing to print or a picture that cannot be
/// read, or when a font cannot be embedded.
pub fn render(xhtml: &str, settings: &PdfSettings, fonts: &Fonts) -> Result<Pdf, PdfError> {
    let prepared = source::prepare(xhtml);
    let (pages, typesetter, mut warnings) = {
        let tree = source::tree(&prepared)?;
        let (document, mut warnings) = parse::parse(&tree);
        let geometry = Geometry::a4(document.landscape || settings.page == PageSize::A4Landscape);
        let mut flow = Flow::new(Typesetter::new(fonts), geometry);
        let mut pages = Pages::new(geometry);
        flow.blocks(&document.blocks, geometry.content_width(), Ground::Paper, &mut |step| pages.push(step))?;
        pages.finish();
        warnings.append(&mut flow.warnings);
        (pages, flow.typesetter, warnings)
    };
    drop(prepared);
    let (mut pages, mut typesetter) = (pages, typesetter);
    if pages.sheets.is_empty() {
        return Err(PdfError::Empty);
    }
    furniture::furnish(&mut pages, settings, &mut typesetter);
    warnings.extend(typesetter.warnings());
    warnings.extend(pages.too_tall.iter().map(|page| PdfWarning::TooTall { page: page + 1 }));
    let count = pages.sheets.len();
    let bytes = finish::write(pages, settings, fonts, &mut warnings)?;
    Ok(Pdf { bytes, pages: count, warnings })
}
