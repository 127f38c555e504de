//! Reading a PDF back: its text with places, its dictionaries, its outline.

use std::collections::BTreeMap;

use lopdf::{Document, Object, ObjectId};

/// A PDF read back.
pub(super) struct Read {
    pub(super) file: Document,
    pub(super) pages: Vec<ObjectId>,
}

/// Text with its place, from the upper left corner.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shown {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) size: f32,
    pub(super) text: String,
}

impl Read {
    pub(super) fn new(bytes: &[u8]) -> Self {
        let file = Document::load_mem(bytes).expect("a PDF");
        let pages = file.page_iter().collect();
        Self { file, pages }
    }

    pub(super) fn fonts(&self) -> BTreeMap<Vec<u8>, &lopdf::Dictionary> {
        self.file.get_page_fonts(self.pages[0]).expect("fonts")
    }

    /// Code to text of each font, from its `ToUnicode` table.
    fn unicode(&self) -> BTreeMap<Vec<u8>, BTreeMap<u16, String>> {
        let table = |font: &&lopdf::Dictionary| {
            let stream =
                self.file.get_object(font.get(b"ToUnicode").and_then(Object::as_reference).expect("ToUnicode"));
            let text =
                stream.and_then(Object::as_stream).and_then(lopdf::Stream::decompressed_content).expect("a table");
            parse_table(&String::from_utf8(text).expect("ASCII"))
        };
        self.fonts().iter().map(|(name, font)| (name.clone(), table(font))).collect()
    }

    /// All text of a page in the order of drawing.
    pub(super) fn shown(&self, page: usize) -> Vec<Shown> {
        let unicode = self.unicode();
        let content = self.file.get_and_decode_page_content(self.pages[page]).expect("content");
        let (mut shown, mut font, mut size, mut at) = (Vec::new(), Vec::new(), 0.0, (0.0, 0.0));
        for operation in content.operations {
            let number = |at: usize| operation.operands[at].as_float().expect("a number");
            match operation.operator.as_str() {
                "Tf" => {
                    font = operation.operands[0].as_name().expect("a name").to_vec();
                    size = number(1);
                }
                "Tm" => at = (number(4), number(5)),
                "Tj" => {
                    let codes = operation.operands[0].as_str().expect("codes").chunks(2);
                    let codes = codes.map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
                    let text =
                        codes.map(|code| unicode[&font].get(&code).cloned().expect("every code is mapped")).collect();
                    shown.push(Shown { x: at.0, y: at.1, size, text });
                }
                _ => {}
            }
        }
        shown
    }

    pub(super) fn text(&self, page: usize) -> String {
        self.shown(page).iter().map(|shown| shown.text.as_str()).collect::<Vec<_>>().join("\n")
    }

    pub(super) fn all_text(&self) -> String {
        (0..self.pages.len()).map(|page| self.text(page)).collect::<Vec<_>>().join("\n")
    }

    pub(super) fn width(&self) -> f32 {
        let page = self.file.get_dictionary(self.pages[0]).expect("a page");
        page.get(b"MediaBox").and_then(Object::as_array).expect("a box")[2].as_float().expect("a width")
    }
}

/// Reads `bfchar` and `bfrange` lines.
fn parse_table(table: &str) -> BTreeMap<u16, String> {
    let mut map = BTreeMap::new();
    let text = |hex: &str| {
        let units: Vec<u16> =
            (0..hex.len() / 4).map(|at| u16::from_str_radix(&hex[at * 4..at * 4 + 4], 16).expect("hex")).collect();
        String::from_utf16(&units).expect("UTF-16")
    };
    let mut inside = "";
    for line in table.lines() {
        let line = line.trim();
        match line.split_whitespace().last() {
            Some("beginbfchar") => inside = "char",
            Some("beginbfrange") => inside = "range",
            Some("endbfchar" | "endbfrange") => inside = "",
            _ if inside.is_empty() => {}
            _ => {
                let parts: Vec<&str> = line.split(['<', '>', ' ', '[', ']']).filter(|part| !part.is_empty()).collect();
                let code = u16::from_str_radix(parts[0], 16).expect("hex");
                if inside == "char" {
                    map.insert(code, text(parts[1]));
                    continue;
                }
                let last = u16::from_str_radix(parts[1], 16).expect("hex");
                for (step, code) in (code..=last).enumerate() {
                    let value = parts.get(2 + step).filter(|_| parts.len() > 3);
                    let counted = || {
                        let first = text(parts[2]).chars().next().expect("a character");
                        let step = u32::try_from(step).expect("small");
                        char::from_u32(u32::from(first) + step).expect("a character").to_string()
                    };
                    let value = value.map_or_else(counted, |hex| text(hex));
                    map.insert(code, value);
                }
            }
        }
    }
    map
}

/// The text of a dictionary's entry.
pub(super) fn words(text: &Object) -> String {
    let bytes = text.as_str().expect("a text");
    let units: Vec<u16> = bytes[2..].chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    String::from_utf16(&units).expect("UTF-16")
}

/// The outline as nested titles.
pub(super) fn outline(file: &Document, parent: ObjectId) -> String {
    let mut out = String::new();
    let mut next = file.get_dictionary(parent).and_then(|d| d.get(b"First")).and_then(Object::as_reference).ok();
    while let Some(id) = next {
        let item = file.get_dictionary(id).expect("an entry");
        out.push_str(&words(item.get(b"Title").expect("a title")));
        let below = outline(file, id);
        if !below.is_empty() {
            out.extend(["(", &below, ")"]);
        }
        next = item.get(b"Next").and_then(Object::as_reference).ok();
    }
    out
}
