//! What can stand on a page, and the pieces a page is filled with.
//!
//! Invariants: marks are placed from the upper left corner of their piece, y grows downwards; a piece is never split.
//! Not here: making pieces (`flow`, `table`, `figures`), putting them on pages (`page`), drawing (`ops`).

use std::rc::Rc;

use super::style::{Color, Length, permille};

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Rect {
    pub(super) x: Length,
    pub(super) y: Length,
    pub(super) width: Length,
    pub(super) height: Length,
}

/// Text in one face; `y` is the baseline.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TextMark {
    pub(super) x: Length,
    pub(super) y: Length,
    pub(super) text: String,
    pub(super) face: u8,
    pub(super) thicken: bool,
    pub(super) size: Length,
    pub(super) color: Color,
    /// Extra room after each character.
    pub(super) spacing: Length,
    /// The first column and row of a rotation, for turned text.
    pub(super) turn: Option<[f32; 4]>,
}

/// A point of an outline; curves have two handles between their ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PathPoint {
    pub(super) x: Length,
    pub(super) y: Length,
    pub(super) handle: bool,
}

/// One closed or open line of points.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Ring {
    pub(super) points: Vec<PathPoint>,
    pub(super) closed: bool,
}

/// How ends of lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Cap {
    #[default]
    Butt,
    Round,
    Square,
}

/// A line's look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pen {
    pub(super) color: Color,
    pub(super) width: Length,
    pub(super) dashes: Vec<Length>,
    pub(super) cap: Cap,
    pub(super) round_joins: bool,
}

/// A filled or drawn outline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PathMark {
    pub(super) rings: Vec<Ring>,
    pub(super) fill: Option<Color>,
    pub(super) even_odd: bool,
    pub(super) pen: Option<Pen>,
}

/// One thing on a page.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Mark {
    Text(TextMark),
    Fill(Rect, Color),
    Outline(Rect, Color, Length),
    Path(Box<PathMark>),
    Link(Rect, Rc<str>),
    Anchor(Rc<str>, Length),
    Heading(u8, String, Length),
}

impl Mark {
    /// Moves the mark.
    pub(super) fn shift(&mut self, dx: Length, dy: Length) {
        match self {
            Self::Text(text) => {
                text.x += dx;
                text.y += dy;
            }
            Self::Fill(rect, _) | Self::Outline(rect, _, _) | Self::Link(rect, _) => {
                rect.x += dx;
                rect.y += dy;
            }
            Self::Path(path) => {
                for point in path.rings.iter_mut().flat_map(|ring| &mut ring.points) {
                    point.x += dx;
                    point.y += dy;
                }
            }
            Self::Anchor(_, y) | Self::Heading(_, _, y) => *y += dy,
        }
    }
}

impl Rect {
    fn scale(&mut self, part: i32) {
        for length in [&mut self.x, &mut self.y, &mut self.width, &mut self.height] {
            *length = permille(*length, part);
        }
    }
}

impl Mark {
    /// Makes the mark smaller, in thousandths, towards the upper left corner of its piece.
    fn scale(&mut self, part: i32) {
        match self {
            Self::Text(text) => {
                for length in [&mut text.x, &mut text.y, &mut text.size, &mut text.spacing] {
                    *length = permille(*length, part);
                }
            }
            Self::Fill(rect, _) | Self::Link(rect, _) => rect.scale(part),
            Self::Outline(rect, _, width) => {
                rect.scale(part);
                *width = permille(*width, part);
            }
            Self::Path(path) => {
                for point in path.rings.iter_mut().flat_map(|ring| &mut ring.points) {
                    point.x = permille(point.x, part);
                    point.y = permille(point.y, part);
                }
                if let Some(pen) = &mut path.pen {
                    pen.width = permille(pen.width, part);
                    pen.dashes.iter_mut().for_each(|dash| *dash = permille(*dash, part));
                }
            }
            Self::Anchor(_, y) | Self::Heading(_, _, y) => *y = permille(*y, part),
        }
    }
}

/// How firmly a piece holds on to the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Keep {
    /// A page may end after it.
    #[default]
    Free,
    /// A page may end after it only if its group does not fit on one page.
    Group,
    /// A page never ends after it, as after a heading.
    Next,
}

/// A stretch of a page that is never split.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Piece {
    pub(super) marks: Vec<Mark>,
    pub(super) height: Length,
    /// Room above, dropped at the top of a page; of two neighbours the larger room counts.
    pub(super) before: Length,
    /// Room below.
    pub(super) after: Length,
    pub(super) keep: Keep,
    /// The same at a smaller size, taken where only that fits on the page.
    pub(super) smaller: Option<Box<Piece>>,
}

impl Piece {
    /// The piece at a smaller size, in thousandths.
    pub(super) fn scaled(&self, part: i32) -> Self {
        let mut piece = Self { smaller: None, ..self.clone() };
        piece.marks.iter_mut().for_each(|mark| mark.scale(part));
        piece.height = permille(piece.height, part);
        piece
    }

    /// Moves everything in the piece.
    pub(super) fn shift(&mut self, dx: Length, dy: Length) {
        for mark in &mut self.marks {
            mark.shift(dx, dy);
        }
        if let Some(smaller) = &mut self.smaller {
            smaller.shift(dx, dy);
        }
    }
}

/// One step in filling pages.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Piece(Piece),
    /// From here these pieces stand at the top of every new page.
    OpenTable(Rc<[Piece]>),
    CloseTable,
    PageBreak,
    /// The next piece begins a page and reaches to its edges.
    Cover,
}

impl Step {
    /// Moves the step's pieces to the right.
    pub(super) fn indent(self, dx: Length) -> Self {
        match self {
            Self::Piece(mut piece) => {
                piece.shift(dx, 0);
                Self::Piece(piece)
            }
            Self::OpenTable(head) => {
                let mut head = head.to_vec();
                for piece in &mut head {
                    piece.shift(dx, 0);
                }
                Self::OpenTable(head.into())
            }
            Self::CloseTable | Self::PageBreak | Self::Cover => self,
        }
    }
}

/// Puts pieces under one another into one piece that is never split.
pub(super) fn stack(pieces: Vec<Piece>) -> Piece {
    let mut whole = Piece::default();
    let mut room: Option<Length> = None;
    let count = pieces.len();
    for (number, mut piece) in pieces.into_iter().enumerate() {
        match room {
            Some(after) => whole.height += after.max(piece.before),
            None => whole.before = piece.before,
        }
        piece.shift(0, whole.height);
        whole.height += piece.height;
        whole.marks.append(&mut piece.marks);
        room = Some(piece.after);
        if number + 1 == count {
            whole.after = piece.after;
            whole.keep = piece.keep;
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(height: Length, before: Length, after: Length) -> Piece {
        let mark = Mark::Anchor(Rc::from("a"), 0);
        Piece { marks: vec![mark], height, before, after, ..Piece::default() }
    }

    #[test]
    fn stacking_takes_the_larger_room_between_neighbours() {
        let whole = stack(vec![piece(10, 5, 3), piece(20, 7, 2), piece(30, 1, 9)]);
        assert_eq!((whole.before, whole.height, whole.after), (5, 10 + 7 + 20 + 2 + 30, 9));
        let place = |mark: &Mark| if let Mark::Anchor(_, y) = mark { Some(*y) } else { None };
        let places: Vec<Length> = whole.marks.iter().filter_map(place).collect();
        assert_eq!(places, [0, 17, 39]);
        assert_eq!(stack(Vec::new()), Piece::default());
    }
}
