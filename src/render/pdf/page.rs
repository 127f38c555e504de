//! Filling pages with pieces.
//!
//! Invariants: a page is never empty; a piece is never split; a chain of pieces that hold on to one another moves to the next
//! page together if it fits there; an open table's head stands at the top of every page. Not here: what the pieces hold
//! (`flow`, `table`), what stands around them on every page (`furniture`).

use std::{collections::BTreeMap, rc::Rc};

use super::{
    mark::{Keep, Mark, Piece, Rect, Step},
    ops::{Canvas, Used},
    style::{Length, mm},
};

/// The paper and its margins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Geometry {
    pub(super) width: Length,
    pub(super) height: Length,
    pub(super) side: Length,
    pub(super) top: Length,
    pub(super) bottom: Length,
}

impl Geometry {
    /// A4 with margins for heads and feet.
    pub(super) fn a4(landscape: bool) -> Self {
        let (short, long) = (mm(210), mm(297));
        let (width, height) = if landscape { (long, short) } else { (short, long) };
        Self { width, height, side: mm(18), top: mm(22), bottom: mm(20) }
    }

    pub(super) fn content_width(&self) -> Length {
        self.width - 2 * self.side
    }

    pub(super) fn content_height(&self) -> Length {
        self.height - self.top - self.bottom
    }
}

/// A page with what must be resolved when all pages are known.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) canvas: Canvas,
    /// Links into the document.
    pub(super) links: Vec<(Rect, Rc<str>)>,
    /// Whether the page bears the cover.
    pub(super) cover: bool,
}

/// A heading for the outline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) level: u8,
    pub(super) title: String,
    /// Page number from 0, and the distance from the top.
    pub(super) page: usize,
    pub(super) y: Length,
}

/// The pages so far.
#[derive(Debug)]
pub(super) struct Pages {
    pub(super) geometry: Geometry,
    pub(super) sheets: Vec<Page>,
    pub(super) outline: Vec<Entry>,
    pub(super) anchors: BTreeMap<Rc<str>, (usize, Length)>,
    pub(super) used: Used,
    /// Pages, from 0, over whose foot something runs.
    pub(super) too_tall: Vec<usize>,
    chain: Vec<Step>,
    head: Option<Rc<[Piece]>>,
    /// The lower edge of what stands on the page, and the room wanted below it.
    y: Length,
    room: Length,
    at_top: bool,
}

impl Pages {
    pub(super) fn new(geometry: Geometry) -> Self {
        Self {
            geometry,
            sheets: Vec::new(),
            outline: Vec::new(),
            anchors: BTreeMap::new(),
            used: Used::default(),
            too_tall: Vec::new(),
            chain: Vec::new(),
            head: None,
            y: 0,
            room: 0,
            at_top: true,
        }
    }

    /// Takes the next step.
    pub(super) fn push(&mut self, step: Step) {
        match step {
            Step::Piece(piece) => {
                let done = piece.keep == Keep::Free;
                self.chain.push(Step::Piece(piece));
                if done {
                    self.flush();
                }
            }
            Step::OpenTable(_) | Step::CloseTable if !self.chain.is_empty() => self.chain.push(step),
            Step::OpenTable(head) => self.head = Some(head),
            Step::CloseTable => self.head = None,
            Step::PageBreak => {
                self.flush();
                if !self.at_top {
                    self.new_page();
                }
            }
            Step::Cover => {
                self.flush();
                if !self.at_top {
                    self.new_page();
                }
                if self.sheets.is_empty() {
                    self.add_page();
                }
                if let Some(page) = self.sheets.last_mut() {
                    page.cover = true;
                }
            }
        }
    }

    /// Places what is still held.
    pub(super) fn finish(&mut self) {
        self.flush();
    }

    fn add_page(&mut self) {
        if let Some(page) = self.sheets.last_mut() {
            page.canvas.close();
        }
        let canvas = Canvas::new(self.geometry.height);
        self.sheets.push(Page { canvas, links: Vec::new(), cover: false });
        (self.y, self.room, self.at_top) = (0, 0, true);
    }

    /// Begins a page, with the head of an open table.
    fn new_page(&mut self) {
        self.add_page();
        if let Some(head) = self.head.clone() {
            head.iter().for_each(|piece| self.place(piece.clone()));
            // The head alone does not count: a row that does not fit below it fits nowhere.
            self.at_top = true;
        }
    }

    /// Places the chain: here if it fits, else on a new page, else in parts.
    fn flush(&mut self) {
        let chain = std::mem::take(&mut self.chain);
        if chain.is_empty() {
            return;
        }
        let room = if self.at_top { None } else { Some(self.room) };
        let mut chain = chain;
        if !self.fits(&chain, self.y, room) && has_smaller(&chain) {
            let small: Vec<Step> = chain.iter().cloned().map(smaller).collect();
            if self.fits(&small, self.y, room) {
                chain = small;
            }
        }
        if !self.fits(&chain, self.y, room) {
            let head: Length = self.head.iter().flat_map(|head| head.iter()).map(|piece| piece.height).sum();
            if self.fits(&chain, head, None) {
                if !self.at_top {
                    self.new_page();
                }
            } else {
                self.flush_in_parts(chain);
                return;
            }
        }
        for step in chain {
            self.settle(step);
        }
    }

    /// Breaks a chain that is taller than a page, where it holds together least.
    fn flush_in_parts(&mut self, chain: Vec<Step>) {
        let firm = chain.iter().all(|step| !matches!(step, Step::Piece(piece) if piece.keep == Keep::Group));
        let mut part = Vec::new();
        for step in chain {
            let ends = match &step {
                Step::Piece(piece) => firm || piece.keep < Keep::Next,
                Step::OpenTable(_) | Step::CloseTable | Step::PageBreak | Step::Cover => firm,
            };
            part.push(step);
            if ends {
                self.place_part(&mut part);
            }
        }
        self.place_part(&mut part);
    }

    fn place_part(&mut self, part: &mut Vec<Step>) {
        let part = std::mem::take(part);
        if !self.at_top && !self.fits(&part, self.y, Some(self.room)) {
            self.new_page();
        }
        for step in part {
            if let Step::Piece(piece) = &step
                && !self.at_top
                && self.y + self.room.max(piece.before) + piece.height > self.geometry.content_height()
            {
                self.new_page();
            }
            self.settle(step);
        }
    }

    fn fits(&self, chain: &[Step], from: Length, room: Option<Length>) -> bool {
        let (mut y, mut room) = (from, room);
        for step in chain {
            if let Step::Piece(piece) = step
                && piece.height > 0
            {
                y += room.map_or(0, |room| room.max(piece.before)) + piece.height;
                room = Some(piece.after);
            }
        }
        y <= self.geometry.content_height()
    }

    fn settle(&mut self, step: Step) {
        match step {
            Step::Piece(piece) => self.place(piece),
            Step::OpenTable(head) => self.head = Some(head),
            Step::CloseTable => self.head = None,
            Step::PageBreak | Step::Cover => {}
        }
    }

    fn place(&mut self, mut piece: Piece) {
        if self.sheets.is_empty() {
            self.add_page();
        }
        let above = if self.at_top { 0 } else { self.room.max(piece.before) };
        let top = self.y + above;
        piece.shift(self.geometry.side, self.geometry.top + top);
        let number = self.sheets.len() - 1;
        if piece.height > self.geometry.content_height() {
            self.too_tall.push(number);
        }
        let Some(page) = self.sheets.last_mut() else { return };
        for mark in piece.marks {
            match mark {
                Mark::Link(rect, target) if target.starts_with('#') => page.links.push((rect, target)),
                Mark::Anchor(id, y) => {
                    self.anchors.entry(id).or_insert((number, y));
                }
                Mark::Heading(level, title, y) => self.outline.push(Entry { level, title, page: number, y }),
                mark @ (Mark::Text(_) | Mark::Fill(..) | Mark::Outline(..) | Mark::Path(_) | Mark::Link(..)) => {
                    page.canvas.draw(mark, &mut self.used);
                }
            }
        }
        if piece.height > 0 {
            self.y = top + piece.height;
            self.room = piece.after;
            self.at_top = false;
        }
    }
}

fn has_smaller(chain: &[Step]) -> bool {
    chain.iter().any(|step| matches!(step, Step::Piece(piece) if piece.smaller.is_some()))
}

/// Takes the smaller form of a piece that has one.
fn smaller(step: Step) -> Step {
    match step {
        Step::Piece(Piece { smaller: Some(small), before, after, keep, .. }) => {
            Step::Piece(Piece { before, after, keep, ..*small })
        }
        step @ (Step::Piece(_) | Step::OpenTable(_) | Step::CloseTable | Step::PageBreak | Step::Cover) => step,
    }
}
