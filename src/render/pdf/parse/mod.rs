//! From the XML tree to blocks.
//!
//! Invariants: content is never dropped without a trace: an unknown element prints its content and is counted; only
//! `screen-only` and the document's head are left out. Not here: the tree itself (`source`), measuring (`flow`).

mod names;
mod table;
pub(super) mod text;

use std::{collections::BTreeMap, rc::Rc};

use roxmltree::Node;

use self::{
    names::{Kind, has_class, kind},
    text::Text,
};
use super::{
    block::{Align, Block, Card, Document, Group, Item, Marker, Paragraph, Picture, Role, RunStyle},
    error::PdfWarning,
};

/// A space where no line breaks.
const LABEL_ROOM: &str = "\u{A0}";
const SVG_NAMESPACE: &str = "http://www.w3.org/2000/svg";

/// Reads the blocks of a document, with warnings of unknown elements.
pub(super) fn parse<'a>(tree: &'a roxmltree::Document<'_>) -> (Document<'a>, Vec<PdfWarning>) {
    let mut parser = Parser { tree, unknown: BTreeMap::new() };
    let root = tree.root_element();
    let body = root.descendants().find(|node| node.tag_name().name() == "body").unwrap_or(root);
    let mut document = Document { landscape: has_class(body, "landscape"), blocks: Vec::new() };
    let context = Context { style: RunStyle::default(), role: Role::Body };
    if body == root && root.tag_name().name() != "html" {
        parser.block(root, context, &mut document.blocks);
    } else {
        parser.blocks(body, context, &mut document.blocks);
    }
    let warnings = parser
        .unknown
        .into_iter()
        .map(|(name, (count, line))| PdfWarning::UnknownElement { name, count, line })
        .collect();
    (document, warnings)
}

/// What a container passes on to its content.
#[derive(Debug, Clone, Copy)]
struct Context {
    style: RunStyle,
    role: Role,
}

struct Parser<'a, 'i> {
    tree: &'a roxmltree::Document<'i>,
    /// Name to count and first line.
    unknown: BTreeMap<String, (usize, u32)>,
}

impl<'a, 'i> Parser<'a, 'i> {
    fn line(&self, node: Node<'a, 'i>) -> u32 {
        self.tree.text_pos_at(node.range().start).row
    }

    fn note_unknown(&mut self, node: Node<'a, 'i>) {
        let name = node.tag_name().name();
        if let Some((count, _)) = self.unknown.get_mut(name) {
            *count += 1;
            return;
        }
        // Finding a line reads the text from its start: once for each name, not for each place.
        let line = self.line(node);
        self.unknown.insert(name.to_owned(), (1, line));
    }

    /// Reads the content of a container: text between blocks becomes paragraphs of its own.
    fn blocks(&mut self, parent: Node<'a, 'i>, context: Context, out: &mut Vec<Block<'a>>) {
        let mut loose = Text::default();
        for child in parent.children() {
            if child.is_text() {
                loose.push(child.text().unwrap_or_default(), context.style, None);
            } else if child.is_element() {
                if names::is_inline(child) {
                    self.inline_element(child, context.style, None, &mut loose);
                } else {
                    push_paragraph(std::mem::take(&mut loose), context.role, Align::Left, out);
                    self.block(child, context, out);
                }
            }
        }
        push_paragraph(loose, context.role, Align::Left, out);
    }

    /// Reads one block element.
    fn block(&mut self, node: Node<'a, 'i>, context: Context, out: &mut Vec<Block<'a>>) {
        let kind = kind(node.tag_name().name());
        if has_class(node, "screen-only") || kind == Kind::Skipped {
            return;
        }
        if has_class(node, "page-break") {
            out.push(Block::PageBreak);
        }
        if let Some(id) = node.attribute("id") {
            out.push(Block::Anchor(Rc::from(id)));
        }
        let is_figure = node.tag_name().name() == "figure";
        if has_class(node, "keep") || is_figure {
            let mut inner = Vec::new();
            self.content(node, kind, context, &mut inner);
            out.push(Block::Group(Group::Keep, inner));
        } else {
            self.content(node, kind, context, out);
        }
    }

    fn content(&mut self, node: Node<'a, 'i>, kind: Kind, context: Context, out: &mut Vec<Block<'a>>) {
        let context = Context { style: names::style_inside(node, context.style), role: role(node, context.role) };
        match kind {
            Kind::Heading(level) => self.paragraph(node, Role::Heading(level), context.style, out),
            Kind::Paragraph | Kind::Container if is_notice(node) => {
                let mut inner = Vec::new();
                self.blocks(node, context, &mut inner);
                out.push(Block::Group(Group::Notice, inner));
            }
            Kind::Paragraph if node.descendants().any(|inner| inner.tag_name().name() == "svg") => {
                self.blocks(node, context, out);
            }
            Kind::Paragraph => self.paragraph(node, context.role, context.style, out),
            Kind::List => out.push(Block::List(self.list(node, context))),
            Kind::Table => {
                let table = self.table(node, context.style);
                out.push(Block::Table(Box::new(table)));
            }
            Kind::Picture => out.push(Block::Picture(self.picture(node))),
            Kind::Rule => out.push(Block::Rule),
            Kind::Container => self.container(node, context, out),
            Kind::Unknown => {
                self.note_unknown(node);
                self.blocks(node, context, out);
            }
            Kind::Inline => self.blocks(node, context, out),
            Kind::Skipped => {}
        }
    }

    fn container(&mut self, node: Node<'a, 'i>, context: Context, out: &mut Vec<Block<'a>>) {
        if has_class(node, "figures") {
            let elements = node.children().filter(|child| child.is_element() && !has_class(*child, "screen-only"));
            let cards = elements.map(|child| self.card(child)).collect();
            out.push(Block::Cards(cards));
            return;
        }
        let group = if has_class(node, "cover") {
            Group::Cover
        } else if has_class(node, "two-columns") {
            Group::Columns
        } else {
            self.blocks(node, context, out);
            return;
        };
        let mut inner = Vec::new();
        if group == Group::Columns {
            for child in node.children().filter(Node::is_element) {
                let mut column = Vec::new();
                self.block(child, context, &mut column);
                if !column.is_empty() {
                    inner.push(Block::Group(Group::Keep, column));
                }
            }
        } else {
            self.blocks(node, context, &mut inner);
        }
        out.push(Block::Group(group, inner));
    }

    fn paragraph(&mut self, node: Node<'a, 'i>, role: Role, style: RunStyle, out: &mut Vec<Block<'a>>) {
        let mut text = Text::default();
        self.inline(node, style, None, &mut text);
        push_paragraph(text, role, names::align(node).unwrap_or_default(), out);
    }

    /// Reads the content of an element as text.
    fn inline(&mut self, parent: Node<'a, 'i>, style: RunStyle, link: Option<&Rc<str>>, text: &mut Text<'a>) {
        for child in parent.children() {
            if child.is_text() {
                text.push(child.text().unwrap_or_default(), style, link);
            } else if child.is_element() {
                self.inline_element(child, style, link, text);
            }
        }
    }

    fn inline_element(&mut self, node: Node<'a, 'i>, style: RunStyle, link: Option<&Rc<str>>, text: &mut Text<'a>) {
        if has_class(node, "screen-only") {
            return;
        }
        let name = node.tag_name().name();
        let inside = names::style_inside(node, style);
        match kind(name) {
            Kind::Skipped => {}
            Kind::Inline if name == "br" => text.line_break(),
            Kind::Inline if name == "a" => {
                let own = node.attribute("href").and_then(target);
                let inside = if own.is_some() { inside } else { style };
                self.inline(node, inside, own.as_ref().or(link), text);
            }
            Kind::Inline => {
                // A label has room to both sides, and none of it at the end of a line.
                let room = inside.background.filter(|_| style.background.is_none()).map(|_| LABEL_ROOM);
                if let Some(room) = room {
                    text.push(room, inside, link);
                }
                self.inline(node, inside, link, text);
                if let Some(room) = room {
                    text.push(room, inside, link);
                }
            }
            Kind::Unknown | Kind::Picture => {
                self.note_unknown(node);
                if name != "svg" {
                    self.inline(node, inside, link, text);
                }
            }
            // A block inside of a cell or paragraph stands on lines of its own.
            Kind::Paragraph | Kind::Container | Kind::Heading(_) | Kind::List | Kind::Table | Kind::Rule => {
                text.soft_break();
                self.inline(node, inside, link, text);
                text.soft_break();
            }
        }
    }

    fn list(&mut self, node: Node<'a, 'i>, context: Context) -> Vec<Item<'a>> {
        let ordered = node.tag_name().name() == "ol";
        let findings = has_class(node, "findings");
        let first = node.attribute("start").and_then(|text| text.parse::<usize>().ok()).unwrap_or(1);
        let mut items = Vec::new();
        for child in node.children().filter(|child| child.is_element() && !has_class(*child, "screen-only")) {
            let marker = match () {
                () if findings && has_class(child, "good") => Marker::Good,
                () if findings && has_class(child, "bad") => Marker::Bad,
                () if findings => Marker::Neutral,
                () if ordered => Marker::Number(first + items.len()),
                () => Marker::Bullet,
            };
            let mut blocks = Vec::new();
            // The colour of a finding belongs to its marker, not to its text.
            let style = if findings { context.style } else { names::style_inside(child, context.style) };
            self.blocks(child, Context { style, ..context }, &mut blocks);
            if !blocks.is_empty() {
                items.push(Item { marker, blocks });
            }
        }
        items
    }

    fn card(&mut self, node: Node<'a, 'i>) -> Card<'a> {
        let mut part = |class: &str| {
            let mut text = Text::default();
            if let Some(found) = node.descendants().find(|inner| inner.is_element() && has_class(*inner, class)) {
                self.inline(found, names::style_inside(found, RunStyle::default()), None, &mut text);
            }
            text.finish()
        };
        let (label, mut value, change) = (part("label"), part("value"), part("change"));
        if label.is_empty() && value.is_empty() && change.is_empty() {
            let mut text = Text::default();
            self.inline(node, RunStyle::default(), None, &mut text);
            value = text.finish();
        }
        Card { label, value, change }
    }

    /// Copies an inline picture as a document of its own.
    fn picture(&self, node: Node<'a, 'i>) -> Picture {
        let source = self.tree.input_text().get(node.range()).unwrap_or_default();
        let opening = source.split('>').next().unwrap_or_default();
        let named = opening.contains("xmlns=") || !source.starts_with("<svg");
        let svg = if named {
            source.to_owned()
        } else {
            format!("<svg xmlns=\"{SVG_NAMESPACE}\"{}", source.strip_prefix("<svg").unwrap_or_default())
        };
        Picture { svg, line: self.line(node) }
    }
}

fn is_notice(node: Node<'_, '_>) -> bool {
    has_class(node, "badge") || has_class(node, "example") || has_class(node, "notice")
}

fn role(node: Node<'_, '_>, outer: Role) -> Role {
    if node.tag_name().name() == "figcaption" {
        let first = node.prev_siblings().skip(1).all(|before| !before.is_element());
        if first { Role::Caption } else { Role::Legend }
    } else if has_class(node, "lead") {
        Role::Lead
    } else if has_class(node, "note") {
        Role::Note
    } else if has_class(node, "subtitle") {
        Role::Subtitle
    } else {
        outer
    }
}

fn push_paragraph<'a>(text: Text<'a>, role: Role, align: Align, out: &mut Vec<Block<'a>>) {
    if text.is_empty() {
        return;
    }
    let runs = text.finish();
    if !runs.is_empty() {
        out.push(Block::Paragraph(Paragraph { role, align, runs }));
    }
}

/// A link that makes sense on paper and is safe to follow: a place in the document, a web address, a mail address.
fn target(href: &str) -> Option<Rc<str>> {
    let href = href.trim();
    let lower = href.to_ascii_lowercase();
    let known = lower.starts_with("https://") || lower.starts_with("http://") || lower.starts_with("mailto:");
    (known || (href.starts_with('#') && href.len() > 1)).then(|| Rc::from(href))
}
