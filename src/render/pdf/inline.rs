//! Setting text in lines: measuring, line breaking, splitting into faces.
//!
//! Invariants: lines break by UAX #14 with three changes: a break is allowed between Chinese and curly quotes, and forbidden
//! between a figure and its unit and after 第; a word wider than the line breaks between characters; nothing is wider than
//! asked for unless it is a single character. Every character without a face is counted and becomes a box.
//! Not here: where lines stand (`flow`, `table`).

use std::{collections::BTreeMap, rc::Rc};

use unicode_linebreak::{BreakOpportunity, linebreaks};

use super::{
    block::{Run, RunStyle},
    error::PdfWarning,
    parse::text::is_chinese,
    style::{Color, Length, TextBase, permille},
};
use crate::render::font::{Fonts, MISSING_ADVANCE, Weight};

const UNITS: &str = "万亿千百元角分人位名个家户张笔次件条项天日月年周季期岁页章级档类倍‰℃";
const CONTEXT_CHARACTERS: usize = 12;

/// Text of one style and face on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fragment {
    pub(super) x: Length,
    pub(super) width: Length,
    pub(super) text: String,
    /// `None` for characters that are drawn as boxes.
    pub(super) face: Option<u8>,
    pub(super) thicken: bool,
    pub(super) size: Length,
    pub(super) color: Color,
    /// Extra room after each character.
    pub(super) spacing: Length,
    pub(super) rise: i32,
    pub(super) background: Option<Color>,
    pub(super) link: Option<Rc<str>>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Line {
    pub(super) fragments: Vec<Fragment>,
    pub(super) width: Length,
    /// Whether the text goes on by itself, not by a forced break.
    pub(super) wrapped: bool,
}

/// How wide a text is at a size of ten points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Extent {
    /// The longest line.
    pub(super) line: Length,
    /// The longest part without a break.
    pub(super) word: Length,
}

/// The size at which [`Extent`] is measured.
pub(super) const EXTENT_SIZE: Length = 10_000;

#[derive(Debug, Clone, Copy)]
struct Unit {
    character: char,
    run: usize,
    advance: Length,
    face: Option<u8>,
    thicken: bool,
    may_break: bool,
}

/// Characters that no face has: how often, and the text around the first.
pub(super) type Missing = BTreeMap<char, (usize, String)>;

/// Sets text with one set of fonts, and remembers what they lack.
#[derive(Debug)]
pub(super) struct Typesetter<'f> {
    fonts: &'f Fonts,
    missing: Missing,
    units: Vec<Unit>,
    text: String,
}

impl<'f> Typesetter<'f> {
    pub(super) fn new(fonts: &'f Fonts) -> Self {
        Self { fonts, missing: BTreeMap::new(), units: Vec::new(), text: String::new() }
    }

    pub(super) fn fonts(&self) -> &'f Fonts {
        self.fonts
    }

    pub(super) fn missing(&self) -> &Missing {
        &self.missing
    }

    pub(super) fn set_missing(&mut self, missing: Missing) {
        self.missing = missing;
    }

    /// What no face had, as warnings.
    pub(super) fn warnings(&self) -> impl Iterator<Item = PdfWarning> + '_ {
        self.missing.iter().map(|(&character, (count, context))| PdfWarning::MissingCharacter {
            character,
            count: *count,
            context: context.clone(),
        })
    }

    /// Counts a character that no face has.
    pub(super) fn note_missing(&mut self, character: char, text: &str) {
        let entry = self.missing.entry(character).or_insert_with(|| (0, around(character, text)));
        entry.0 += 1;
    }

    /// Breaks runs into lines no wider than `width`.
    pub(super) fn wrap(&mut self, runs: &[Run<'_>], base: TextBase, width: Length) -> Vec<Line> {
        let total = self.load(runs, base);
        let mut units = std::mem::take(&mut self.units);
        let simple = total <= i64::from(width) && !units.iter().any(|unit| unit.character == '\n');
        let mut lines = Vec::new();
        if simple {
            lines.push(self.line(&units, runs, base, false));
        } else {
            self.mark_breaks(&mut units, runs);
            for (start, end, wrapped) in fill(&units, width) {
                let part = units.get(start..end).unwrap_or_default();
                lines.push(self.line(part, runs, base, wrapped));
            }
        }
        self.units = units;
        lines
    }

    /// Sets text on one line, whatever its width.
    pub(super) fn single(&mut self, text: &str, base: TextBase) -> Line {
        let run = Run { text: text.into(), style: RunStyle::default(), link: None };
        let mut lines = self.wrap(&[run], base, Length::MAX);
        if lines.is_empty() { Line::default() } else { lines.swap_remove(0) }
    }

    /// Measures runs at a size of ten points.
    pub(super) fn extent(&mut self, runs: &[Run<'_>], bold: bool) -> Extent {
        let base = TextBase { size: EXTENT_SIZE, leading: 0, color: super::style::INK, bold };
        self.load(runs, base);
        let mut units = std::mem::take(&mut self.units);
        self.mark_breaks(&mut units, runs);
        let mut extent = Extent::default();
        let (mut line, mut word) = (0, 0);
        for unit in &units {
            if unit.character == '\n' {
                (line, word) = (0, 0);
                continue;
            }
            line += unit.advance;
            word += if unit.character == ' ' { 0 } else { unit.advance };
            extent.line = extent.line.max(line);
            extent.word = extent.word.max(word);
            if unit.may_break {
                word = 0;
            }
        }
        self.units = units;
        extent
    }

    /// Looks up every character; gives the width of all.
    fn load(&mut self, runs: &[Run<'_>], base: TextBase) -> i64 {
        self.units.clear();
        let mut total = 0_i64;
        for (number, run) in runs.iter().enumerate() {
            let size = permille(base.size, run.style.scale);
            let weight = if base.bold || run.style.bold { Weight::Bold } else { Weight::Regular };
            for character in run.text.chars() {
                let Some(drawn) = drawn(character) else { continue };
                let mut unit =
                    Unit { character: drawn, run: number, advance: 0, face: None, thicken: false, may_break: false };
                if drawn != '\n' {
                    let glyph = self.fonts.glyph(drawn, weight);
                    unit.advance = permille(size, i32::from(glyph.map_or(MISSING_ADVANCE, |glyph| glyph.advance)));
                    unit.face = glyph.map(|glyph| glyph.face);
                    unit.thicken = glyph.is_some_and(|glyph| glyph.thicken);
                }
                total += i64::from(unit.advance);
                self.units.push(unit);
            }
        }
        total
    }

    /// Marks the units after which a line may end.
    fn mark_breaks(&mut self, units: &mut [Unit], runs: &[Run<'_>]) {
        self.text.clear();
        self.text.extend(runs.iter().map(|run| run.text.as_ref()));
        let mut breaks = linebreaks(&self.text).map(|(at, kind)| (at, kind == BreakOpportunity::Allowed));
        let mut next = breaks.next();
        let mut number = 0_usize;
        let mut before: Option<char> = None;
        for (at, character) in self.text.char_indices() {
            let mut allowed = false;
            if let Some((place, is_allowed)) = next
                && place == at
            {
                allowed = is_allowed;
                next = breaks.next();
            }
            if let Some(before) = before {
                allowed = adjust(before, character, allowed);
            }
            if allowed && let Some(unit) = number.checked_sub(1).and_then(|last| units.get_mut(last)) {
                unit.may_break = true;
            }
            if drawn(character).is_some() {
                number += 1;
                before = Some(character);
            }
        }
    }

    /// Builds a line from units, without the spaces at its end.
    fn line(&mut self, units: &[Unit], runs: &[Run<'_>], base: TextBase, wrapped: bool) -> Line {
        let kept = units.iter().rposition(|unit| unit.character != ' ').map_or(0, |last| last + 1);
        let mut line = Line { fragments: Vec::new(), width: 0, wrapped };
        let mut current: Option<(usize, Option<u8>, bool)> = None;
        for unit in units.iter().take(kept) {
            let key = (unit.run, unit.face, unit.thicken);
            let Some(run) = runs.get(unit.run) else { continue };
            if unit.face.is_none() {
                let context: String = runs.iter().map(|run| run.text.as_ref()).collect();
                self.note_missing(unit.character, &context);
            }
            if current != Some(key) || unit.face.is_none() {
                line.fragments.push(fragment(run, base, *unit, line.width));
                current = Some(key);
            }
            if let Some(last) = line.fragments.last_mut() {
                last.text.push(unit.character);
                last.width += unit.advance;
            }
            line.width += unit.advance;
        }
        line
    }
}

fn fragment(run: &Run<'_>, base: TextBase, unit: Unit, x: Length) -> Fragment {
    Fragment {
        x,
        width: 0,
        text: String::with_capacity(run.text.len()),
        face: unit.face,
        thicken: unit.thicken,
        size: permille(base.size, run.style.scale),
        color: run.style.color.unwrap_or(base.color),
        spacing: 0,
        rise: run.style.rise,
        background: run.style.background,
        link: run.link.clone(),
    }
}

/// Fills lines greedily: start, end, and whether the text goes on by itself.
fn fill(units: &[Unit], width: Length) -> Vec<(usize, usize, bool)> {
    let mut lines = Vec::new();
    let (mut start, mut at, mut used) = (0_usize, 0_usize, 0_i64);
    let mut last_break: Option<usize> = None;
    while let Some(unit) = units.get(at) {
        if unit.character == '\n' {
            lines.push((start, at, false));
            (start, at, used, last_break) = (at + 1, at + 1, 0, None);
            continue;
        }
        let with = used + i64::from(unit.advance);
        if with > i64::from(width) && unit.character != ' ' && at > start {
            let end = last_break.map_or(at, |last| last + 1);
            lines.push((start, end, true));
            start = end;
            while units.get(start).is_some_and(|unit| unit.character == ' ') {
                start += 1;
            }
            (at, used, last_break) = (start, 0, None);
            continue;
        }
        used = with;
        if unit.may_break {
            last_break = Some(at);
        }
        at += 1;
    }
    lines.push((start, units.len().max(start), false));
    lines
}

/// Changes UAX #14 where Chinese business text needs it.
fn adjust(before: char, after: char, allowed: bool) -> bool {
    let figure = before.is_ascii_digit() || matches!(before, '%' | '％' | '‰');
    if (figure && UNITS.contains(after)) || (before == '第' && after.is_ascii_digit()) {
        return false;
    }
    let opening = matches!(after, '“' | '‘') && is_chinese(before) && !is_opening(before);
    let closing = matches!(before, '”' | '’') && is_chinese(after) && !is_closing(after);
    allowed || opening || closing
}

fn is_opening(character: char) -> bool {
    matches!(character, '（' | '《' | '「' | '『' | '【' | '〈' | '〔' | '“' | '‘')
}

fn is_closing(character: char) -> bool {
    matches!(
        character,
        '）' | '》'
            | '」'
            | '』'
            | '】'
            | '〉'
            | '〕'
            | '，'
            | '。'
            | '、'
            | '；'
            | '：'
            | '！'
            | '？'
            | '”'
            | '’'
            | '％'
    )
}

/// The character as it is drawn; `None` for those that only steer.
fn drawn(character: char) -> Option<char> {
    match u32::from(character) {
        0x0A => Some('\n'),
        0xA0 | 0x2000..=0x200A | 0x202F | 0x205F => Some(' '),
        0x00..=0x1F
        | 0x7F..=0x9F
        | 0xAD
        | 0x200B..=0x200F
        | 0x2028..=0x202E
        | 0x2060..=0x206F
        | 0xFE00..=0xFE0F
        | 0xFEFF
        | 0xE_0000..=0xE_0FFF => None,
        _ => Some(character),
    }
}

/// The text around the first place of a character.
fn around(character: char, text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let at = characters.iter().position(|&c| c == character).unwrap_or_default();
    let from = at.saturating_sub(CONTEXT_CHARACTERS);
    characters.iter().skip(from).take(2 * CONTEXT_CHARACTERS + 1).map(|&c| if c == '\n' { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{font::FontChoice, pdf::style::BODY};

    fn lines(text: &str, characters: i32) -> Vec<String> {
        let fonts = Fonts::load(&FontChoice::Bundled).expect("loads");
        let mut typesetter = Typesetter::new(&fonts);
        let runs = [Run { text: text.into(), style: RunStyle::default(), link: None }];
        let lines = typesetter.wrap(&runs, BODY, BODY.size * characters);
        lines.iter().map(|line| line.fragments.iter().map(|fragment| fragment.text.as_str()).collect()).collect()
    }

    #[test]
    fn lines_break_as_chinese_readers_expect() {
        let cases: &[(&str, i32, &[&str])] = &[
            ("本月新增金卡会员", 4, &["本月新增", "金卡会员"]),
            ("本月新增，金卡会员", 4, &["本月新", "增，金卡", "会员"]),
            ("分为金卡“白金”", 4, &["分为金卡", "“白金”"]),
            ("“白金”会员们", 4, &["“白金”", "会员们"]),
            ("合计金额3264万元", 5, &["合计金额", "3264万元"]),
            ("见于报表第12页", 5, &["见于报表", "第12页"]),
            ("INVOICE2026103100001", 4, &["INVOICE", "2026103", "100001"]),
            ("a b\nc", 9, &["a b", "c"]),
            ("会员 \u{200B}\u{FEFF}分级", 9, &["会员 分级"]),
            ("", 9, &[""]),
        ];
        for (text, width, wanted) in cases {
            let found = lines(text, *width);
            if text.starts_with("INVOICE") {
                assert_eq!(found.concat(), *text);
                assert!(found.len() > 2, "{found:?}");
            } else {
                assert_eq!(&found, wanted, "{text}");
            }
        }
    }

    #[test]
    fn no_line_is_wider_than_asked() {
        let fonts = Fonts::load(&FontChoice::Bundled).expect("loads");
        let mut typesetter = Typesetter::new(&fonts);
        let text = "截至2026年10月31日，“白金”客户共1,234户，占比61.4%；详见https://example.com/a-very-long-address/that/does/not/end。";
        let runs = [Run { text: text.into(), style: RunStyle::default(), link: None }];
        for characters in [2, 5, 9, 17, 30] {
            let width = BODY.size * characters;
            let lines = typesetter.wrap(&runs, BODY, width);
            assert!(lines.iter().all(|line| line.width <= width), "{characters}");
            let whole: String = lines.iter().flat_map(|line| &line.fragments).map(|f| f.text.as_str()).collect();
            assert_eq!(whole, text);
        }
    }

    #[test]
    fn what_no_face_has_is_counted_with_its_place() {
        let fonts = Fonts::load(&FontChoice::Bundled).expect("loads");
        let mut typesetter = Typesetter::new(&fonts);
        let line = typesetter.single("王璟与吉野𠮷家😀，𠮷", BODY);
        let warnings: Vec<PdfWarning> = typesetter.warnings().collect();
        let wanted = |character, count| PdfWarning::MissingCharacter {
            character,
            count,
            context: "王璟与吉野𠮷家😀，𠮷".to_owned(),
        };
        assert_eq!(warnings, [wanted('😀', 1), wanted('𠮷', 2)]);
        assert_eq!(line.fragments.iter().filter(|fragment| fragment.face.is_none()).count(), 3);
    }

    #[test]
    fn extents_tell_the_line_and_the_longest_word() {
        let fonts = Fonts::load(&FontChoice::Bundled).expect("loads");
        let mut typesetter = Typesetter::new(&fonts);
        let runs = [Run { text: "金卡会员\n银卡".into(), style: RunStyle::default(), link: None }];
        assert_eq!(typesetter.extent(&runs, false), Extent { line: 40_000, word: 10_000 });
    }
}
