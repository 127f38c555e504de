//! From the template's text to an XML tree: the parts of HTML that XML does not know are made harmless here.
//!
//! Invariants: lines keep their numbers, so an error points at the template's line; no document type is ever read, so no
//! entity can grow or name a file. Not here: what the elements mean (`parse`).

use std::{borrow::Cow, fmt::Write as _};

use super::error::PdfError;

/// HTML's named characters that reports use; XML's own five are left to the parser.
const ENTITIES: &[(&str, u32)] = &[
    ("nbsp", 0xA0),
    ("ensp", 0x2002),
    ("emsp", 0x2003),
    ("thinsp", 0x2009),
    ("shy", 0xAD),
    ("mdash", 0x2014),
    ("ndash", 0x2013),
    ("hellip", 0x2026),
    ("middot", 0xB7),
    ("bull", 0x2022),
    ("laquo", 0xAB),
    ("raquo", 0xBB),
    ("lsquo", 0x2018),
    ("rsquo", 0x2019),
    ("ldquo", 0x201C),
    ("rdquo", 0x201D),
    ("times", 0xD7),
    ("divide", 0xF7),
    ("plusmn", 0xB1),
    ("minus", 0x2212),
    ("le", 0x2264),
    ("ge", 0x2265),
    ("ne", 0x2260),
    ("asymp", 0x2248),
    ("deg", 0xB0),
    ("micro", 0xB5),
    ("sup2", 0xB2),
    ("frac12", 0xBD),
    ("permil", 0x2030),
    ("yen", 0xA5),
    ("euro", 0x20AC),
    ("pound", 0xA3),
    ("cent", 0xA2),
    ("sect", 0xA7),
    ("para", 0xB6),
    ("copy", 0xA9),
    ("reg", 0xAE),
    ("trade", 0x2122),
    ("larr", 0x2190),
    ("uarr", 0x2191),
    ("rarr", 0x2192),
    ("darr", 0x2193),
];
const LONGEST_NAME: usize = 8;

/// Makes XHTML text ready for an XML parser: blanks the document type, spells out named characters.
pub(super) fn prepare(xhtml: &str) -> Cow<'_, str> {
    let text = xhtml.strip_prefix('\u{FEFF}').unwrap_or(xhtml);
    let text = blank_document_type(text);
    if text.contains('&') { Cow::Owned(spell_out_entities(&text)) } else { text }
}

/// Elements may be nested so deep.
pub(super) const DEEPEST: usize = 120;

/// Parses prepared text.
pub(super) fn tree(prepared: &str) -> Result<roxmltree::Document<'_>, PdfError> {
    let tree = roxmltree::Document::parse(prepared).map_err(|error| PdfError::Malformed {
        line: error.pos().row,
        column: error.pos().col,
        reason: reason(&error),
    })?;
    refuse_depth(&tree)?;
    Ok(tree)
}

/// The layout walks elements by recursion, so their depth is bounded.
fn refuse_depth(tree: &roxmltree::Document<'_>) -> Result<(), PdfError> {
    // Where the elements around the current one end.
    let mut open: Vec<usize> = Vec::new();
    for node in tree.root_element().descendants().filter(roxmltree::Node::is_element) {
        let range = node.range();
        while open.last().is_some_and(|end| *end <= range.start) {
            open.pop();
        }
        open.push(range.end);
        if open.len() > DEEPEST {
            return Err(PdfError::TooDeep { line: tree.text_pos_at(range.start).row });
        }
    }
    Ok(())
}

fn reason(error: &roxmltree::Error) -> String {
    let text = error.to_string();
    // The position has fields of its own.
    text.split_once(" at ").map_or(text.as_str(), |(head, _)| head).to_owned()
}

/// Replaces `<!DOCTYPE …>` by spaces, so that columns and lines stay. One that declares entities does not survive: what
/// follows its first `>` is then malformed.
fn blank_document_type(text: &str) -> Cow<'_, str> {
    const MARK: &str = "<!doctype";
    let starts = text.match_indices("<!").map(|(at, _)| at);
    let mut marks = starts.filter(|&at| text.get(at..at + MARK.len()).is_some_and(|t| t.eq_ignore_ascii_case(MARK)));
    let bounds = marks.next().and_then(|start| Some((start, start + text.get(start..)?.find('>')?)));
    let Some((start, end)) = bounds else { return Cow::Borrowed(text) };
    let (before, after) = (text.get(..start).unwrap_or_default(), text.get(end + 1..).unwrap_or_default());
    let declaration = text.get(start..=end).unwrap_or_default();
    let blank: String = declaration.chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
    Cow::Owned(format!("{before}{blank}{after}"))
}

fn spell_out_entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at..).unwrap_or_default();
        let name = rest.get(1..).and_then(|tail| tail.split_once(';')).map(|(name, _)| name);
        let name = name.filter(|name| name.len() <= LONGEST_NAME);
        let code = name.and_then(|name| ENTITIES.iter().find(|(known, _)| *known == name)).map(|(_, code)| *code);
        if let (Some(name), Some(code)) = (name, code) {
            // As long as the name where it fits, so that columns in messages stay right.
            let width = (name.len() + 2).saturating_sub(3);
            let _ = write!(out, "&#{code:0width$};");
            rest = rest.get(name.len() + 2..).unwrap_or_default();
        } else {
            out.push('&');
            rest = rest.get(1..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_type_is_blanked_and_lines_stay() {
        let text = "<!DOCTYPE html>\n<html><p>a</p></html>";
        let prepared = prepare(text);
        assert_eq!(prepared, "               \n<html><p>a</p></html>");
        assert!(tree(&prepared).is_ok());
        assert_eq!(prepare("\u{FEFF}<p>a</p>"), "<p>a</p>");
    }

    #[test]
    fn named_characters_are_spelt_out_in_the_same_width() {
        assert_eq!(prepare("a&nbsp;b&mdash;c&amp;d & e"), "a&#160;b&#8212;c&amp;d & e");
        let prepared = prepare("<p>&nbsp;&hellip;&yen;</p>");
        let tree = tree(&prepared).expect("parses");
        assert_eq!(tree.root_element().text(), Some("\u{A0}…¥"));
    }

    #[test]
    fn faults_carry_their_place() {
        let cases = [
            ("<div>\n<p>a</div>", 2, "expected"),
            ("<div>\n\n&nosuch;</div>", 3, "nosuch"),
            ("<!DOCTYPE html>\n<p>a<br></p>", 2, "expected"),
            ("<!DOCTYPE html [<!ENTITY a \"b\">]>\n<p>&a;</p>", 1, ""),
            ("", 1, ""),
        ];
        for (text, line, word) in cases {
            let prepared = prepare(text);
            let error = tree(&prepared).expect_err(text);
            let PdfError::Malformed { line: found, column, reason } = error else { panic!("{text}") };
            assert_eq!(found, line, "{text}: {reason}");
            assert!(column >= 1 && reason.contains(word) && !reason.contains(" at "), "{text}: {reason}");
        }
    }
}
