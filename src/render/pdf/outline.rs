//! The document's outline, nested by heading level.
//!
//! Invariants: entries keep the order of the document; a heading whose level skips one is nested below the nearest higher.
//! Not here: which headings there are (`page`).

use lopdf::{Dictionary, Object, ObjectId, StringFormat};

use super::{
    ops::points,
    page::{Entry, Geometry},
    style::{Length, pt},
};

/// Chapters beyond this many are shown closed, so that the outline of a long report stays readable.
const OPEN_UP_TO: usize = 40;
const ROOM_ABOVE: Length = pt(6);

/// Adds the outline; `None` when there are no headings.
pub(super) fn add(
    file: &mut lopdf::Document,
    entries: &[Entry],
    pages: &[ObjectId],
    geometry: Geometry,
) -> Option<ObjectId> {
    if entries.is_empty() {
        return None;
    }
    let root = file.new_object_id();
    let ids: Vec<ObjectId> = entries.iter().map(|_| file.new_object_id()).collect();
    let parents = parents(entries);
    // The last list holds the entries of the highest level.
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); entries.len() + 1];
    for (number, parent) in parents.iter().enumerate() {
        if let Some(list) = children.get_mut(parent.unwrap_or(entries.len())) {
            list.push(number);
        }
    }
    let id = |number: &usize| ids.get(*number).copied().map_or(Object::Null, Object::Reference);
    let open = entries.len() <= OPEN_UP_TO;
    let below = |number: usize| children.get(number).map_or(&[][..], Vec::as_slice);
    let mut outlines = Dictionary::new();
    outlines.set("Type", "Outlines");
    set_children(&mut outlines, below(entries.len()), &id, true);
    if open {
        outlines.set("Count", i64::try_from(entries.len()).unwrap_or(i64::MAX));
    }
    for siblings in &children {
        for (place, number) in siblings.iter().enumerate() {
            let (Some(entry), Some(&own)) = (entries.get(*number), ids.get(*number)) else { continue };
            let mut item = Dictionary::new();
            item.set("Title", text_string(entry.title.trim()));
            let parent = parents.get(*number).copied().flatten();
            item.set("Parent", parent.map_or(Object::Reference(root), |number| id(&number)));
            if let Some(before) = place.checked_sub(1).and_then(|place| siblings.get(place)) {
                item.set("Prev", id(before));
            }
            if let Some(after) = siblings.get(place + 1) {
                item.set("Next", id(after));
            }
            set_children(&mut item, below(*number), &id, open);
            item.set("Dest", destination(entry, pages, geometry));
            file.set_object(own, item);
        }
    }
    file.set_object(root, outlines);
    Some(root)
}

/// For each entry the entry it is nested in.
fn parents(entries: &[Entry]) -> Vec<Option<usize>> {
    let mut open: Vec<(u8, usize)> = Vec::new();
    let mut parents = Vec::with_capacity(entries.len());
    for (number, entry) in entries.iter().enumerate() {
        while open.last().is_some_and(|(level, _)| *level >= entry.level) {
            open.pop();
        }
        parents.push(open.last().map(|(_, number)| *number));
        open.push((entry.level, number));
    }
    parents
}

fn set_children(item: &mut Dictionary, children: &[usize], id: &impl Fn(&usize) -> Object, open: bool) {
    if let (Some(first), Some(last)) = (children.first(), children.last()) {
        item.set("First", id(first));
        item.set("Last", id(last));
        let count = i64::try_from(children.len()).unwrap_or(i64::MAX);
        item.set("Count", if open { count } else { -count });
    }
}

fn destination(entry: &Entry, pages: &[ObjectId], geometry: Geometry) -> Object {
    let page = pages.get(entry.page).copied().map_or(Object::Null, Object::Reference);
    let top = points(geometry.height - entry.y + ROOM_ABOVE).0;
    Object::Array(vec![page, "XYZ".into(), Object::Null, Object::Real(top), Object::Null])
}

/// A text as PDF's dictionaries hold it: UTF-16 with a mark.
pub(super) fn text_string(text: &str) -> Object {
    let mut bytes = vec![0xFE, 0xFF];
    bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    Object::String(bytes, StringFormat::Hexadecimal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_nest_under_the_nearest_higher_one() {
        let levels = [2, 1, 2, 3, 3, 2, 1, 3];
        let entries: Vec<Entry> =
            levels.into_iter().map(|level| Entry { level, title: String::new(), page: 0, y: 0 }).collect();
        let wanted = [None, None, Some(1), Some(2), Some(2), Some(1), None, Some(6)];
        assert_eq!(parents(&entries), wanted);
    }
}
