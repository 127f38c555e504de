//! Collecting the text of a paragraph: white space as in HTML, styles and links by run.
//!
//! Invariants: no run starts or ends a paragraph with white space; a line break in the source between two Chinese characters
//! is no space. Not here: which elements change the style (`names`), line breaking (`inline`).

use std::{borrow::Cow, rc::Rc};

use crate::render::pdf::block::{Run, RunStyle};

/// The runs of a paragraph under construction.
#[derive(Debug, Default)]
pub(super) struct Text<'a> {
    runs: Vec<Run<'a>>,
    /// The last character written on this line; `None` at its start.
    last: Option<char>,
    /// White space seen since, and whether it held a line feed.
    pending: Option<bool>,
}

impl<'a> Text<'a> {
    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Adds text with the white space of the source.
    pub(super) fn push(&mut self, text: &'a str, style: RunStyle, link: Option<&Rc<str>>) {
        let plain = self.pending.is_none() && self.last.is_some_and(|c| c != ' ') && is_plain(text);
        let first_on_line = self.last.is_none() && self.pending.is_none() && is_plain(text);
        let text = if plain || first_on_line { Cow::Borrowed(text) } else { Cow::Owned(self.collapse(text)) };
        let Some(last) = text.chars().next_back() else { return };
        self.last = Some(last);
        self.runs.push(Run { text, style, link: link.cloned() });
    }

    /// Collapses white space; what ends the text waits for what follows.
    fn collapse(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for character in text.chars() {
            if matches!(character, ' ' | '\n' | '\r' | '\t') {
                self.pending = Some(self.pending.unwrap_or(false) || character == '\n');
                continue;
            }
            if let Some(line_feed) = self.pending.take() {
                let joined = |before: char| line_feed && is_chinese(before) && is_chinese(character);
                if self.last.is_some_and(|before| !joined(before)) {
                    // Between runs the space belongs to the first, so that no link starts with one.
                    match self.runs.last_mut().filter(|_| out.is_empty()) {
                        Some(before) => before.text.to_mut().push(' '),
                        None => out.push(' '),
                    }
                }
            }
            out.push(character);
            self.last = Some(character);
        }
        out
    }

    /// Ends the line.
    pub(super) fn line_break(&mut self) {
        self.runs.push(Run { text: Cow::Borrowed("\n"), style: RunStyle::default(), link: None });
        self.last = None;
        self.pending = None;
    }

    /// Ends the line unless nothing stands on it.
    pub(super) fn soft_break(&mut self) {
        if self.last.is_some() {
            self.line_break();
        }
    }

    /// The finished runs; line breaks at the end are dropped.
    pub(super) fn finish(mut self) -> Vec<Run<'a>> {
        while self.runs.last().is_some_and(|run| run.text == "\n") {
            self.runs.pop();
        }
        self.runs
    }
}

/// Whether text can be taken as it stands: no white space at its ends, none doubled, no line feed.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let edge = |byte: Option<&u8>| byte.is_none_or(|b| matches!(b, b' ' | b'\n' | b'\r' | b'\t'));
    !edge(bytes.first())
        && !edge(bytes.last())
        && !bytes.iter().any(|b| matches!(b, b'\n' | b'\r' | b'\t'))
        && !text.contains("  ")
}

/// Chinese characters and their punctuation.
pub(in crate::render::pdf) fn is_chinese(character: char) -> bool {
    matches!(u32::from(character), 0x2E80..=0x9FFF | 0xF900..=0xFAFF | 0xFE30..=0xFE4F | 0xFF00..=0xFFEF | 0x2_0000..=0x3_FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(parts: &[&'static str]) -> String {
        let mut text = Text::default();
        for part in parts {
            if *part == "<br>" {
                text.line_break();
            } else {
                text.push(part, RunStyle::default(), None);
            }
        }
        text.finish().iter().map(|run| run.text.as_ref()).collect()
    }

    #[test]
    fn white_space_is_collapsed_over_runs() {
        let cases: &[(&[&'static str], &str)] = &[
            (&["  a  b\n c "], "a b c"),
            (&["a ", " b"], "a b"),
            (&["a", " ", "b"], "a b"),
            (&["a", "b"], "ab"),
            (&["会员\n      分级"], "会员分级"),
            (&["会员 分级"], "会员 分级"),
            (&["会员\n", "VIP"], "会员 VIP"),
            (&["（见\n", "附表）"], "（见附表）"),
            (&[" "], ""),
            (&["a", "<br>", " b", "<br>", " "], "a\nb"),
            (&["a\u{A0} b"], "a\u{A0} b"),
        ];
        for (parts, wanted) in cases {
            assert_eq!(&joined(parts), wanted, "{parts:?}");
        }
    }
}
