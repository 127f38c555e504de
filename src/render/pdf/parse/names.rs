//! The elements and classes that the printed report knows.
//!
//! Invariants: an element in no list is unknown, and is warned of. Not here: walking the tree (`parse`).

use roxmltree::Node;

use crate::render::pdf::{
    block::{Align, RunStyle},
    style::{ACCENT, BAD, Color, GOOD, LINK, MUTED, SHADES},
};

/// How an element takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Skipped,
    Inline,
    Paragraph,
    Container,
    Heading(u8),
    List,
    Table,
    Picture,
    Rule,
    Unknown,
}

/// The kind of an element by its name.
pub(super) fn kind(name: &str) -> Kind {
    match name {
        "head" | "style" | "script" | "title" | "template" | "meta" | "link" => Kind::Skipped,
        "span" | "strong" | "b" | "em" | "i" | "small" | "a" | "sup" | "sub" | "br" | "code" | "time" | "abbr" => {
            Kind::Inline
        }
        "p" | "figcaption" | "dt" | "dd" => Kind::Paragraph,
        // Parts of tables outside of one print as they are.
        "html" | "body" | "div" | "section" | "header" | "footer" | "main" | "figure" | "article" | "aside" | "nav"
        | "dl" | "li" | "caption" | "colgroup" | "col" | "thead" | "tbody" | "tfoot" | "tr" | "td" | "th" => {
            Kind::Container
        }
        "h1" => Kind::Heading(1),
        "h2" => Kind::Heading(2),
        "h3" | "h4" | "h5" | "h6" => Kind::Heading(3),
        "ul" | "ol" => Kind::List,
        "table" => Kind::Table,
        "svg" => Kind::Picture,
        "hr" => Kind::Rule,
        _ => Kind::Unknown,
    }
}

/// Whether an element stands among text rather than between paragraphs.
pub(super) fn is_inline(node: Node<'_, '_>) -> bool {
    match kind(node.tag_name().name()) {
        Kind::Inline => !node.descendants().any(|inner| inner.tag_name().name() == "svg"),
        Kind::Unknown => node.descendants().skip(1).filter(Node::is_element).all(is_inline),
        Kind::Skipped
        | Kind::Paragraph
        | Kind::Container
        | Kind::Heading(_)
        | Kind::List
        | Kind::Table
        | Kind::Picture
        | Kind::Rule => false,
    }
}

/// Whether an element has a class.
pub(super) fn has_class(node: Node<'_, '_>, class: &str) -> bool {
    node.attribute("class").is_some_and(|classes| classes.split_ascii_whitespace().any(|c| c == class))
}

/// The style inside an element, from its name and classes.
pub(super) fn style_inside(node: Node<'_, '_>, outer: RunStyle) -> RunStyle {
    let mut style = outer;
    match node.tag_name().name() {
        "strong" | "b" => style.bold = true,
        "em" | "i" => style.color = Some(ACCENT),
        "small" => style.scale = outer.scale * 85 / 100,
        "sup" => {
            style.rise = 550;
            style.scale = outer.scale * 65 / 100;
        }
        "sub" => {
            style.rise = -180;
            style.scale = outer.scale * 65 / 100;
        }
        "a" if node.has_attribute("href") => style.color = Some(LINK),
        _ => {}
    }
    let Some(classes) = node.attribute("class") else { return style };
    for class in classes.split_ascii_whitespace() {
        match class {
            "good" => style.color = Some(GOOD),
            "bad" => style.color = Some(BAD),
            "muted" | "neutral" => style.color = Some(MUTED),
            "note" if matches!(node.tag_name().name(), "span" | "td" | "th" | "small") => {
                style.color = Some(MUTED);
                style.scale = outer.scale * 88 / 100;
            }
            "badge" if node.tag_name().name() == "span" => {
                style.color = Some(ACCENT);
                style.background = SHADES.get(1).copied();
                style.scale = outer.scale * 88 / 100;
            }
            _ => {}
        }
    }
    style
}

/// Where the lines of an element stand, if its classes say so.
pub(super) fn align(node: Node<'_, '_>) -> Option<Align> {
    if has_class(node, "num") || has_class(node, "right") {
        Some(Align::Right)
    } else if has_class(node, "center") {
        Some(Align::Center)
    } else {
        None
    }
}

/// The background of a matrix cell, `shade-0` to `shade-4`.
pub(super) fn shade(node: Node<'_, '_>) -> Option<Color> {
    let classes = node.attribute("class")?;
    let level =
        classes.split_ascii_whitespace().find_map(|class| class.strip_prefix("shade-")?.parse::<usize>().ok())?;
    SHADES.get(level).copied()
}
