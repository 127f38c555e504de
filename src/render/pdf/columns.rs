//! Column widths of a table from what stands in it.
//!
//! Invariants: the widths add up to the table's width exactly; figures are not wrapped while any text could be wrapped or the
//! print made smaller (to 6.5 pt); a column given a share of the width has it. Not here: rows (`table`).

use super::{
    inline::{EXTENT_SIZE, Extent},
    style::{self, Length, permille, tenths},
};

/// Print sizes tried, largest first.
const SIZES: [Length; 7] = [style::CELL.size, tenths(84), tenths(80), tenths(76), tenths(72), tenths(68), tenths(65)];
/// Print sizes tried before figures are wrapped.
const SMALL_SIZES: [Length; 3] = [tenths(65), tenths(60), tenths(55)];
/// The room left and right of a cell's text, in thousandths of the print size.
const PADDING: i32 = 520;
/// The same in a crowded table.
const TIGHT_PADDING: i32 = 220;
/// Print smaller than this is hard to read.
const SMALLEST_READABLE: Length = tenths(65);
/// Down to this size the print is made smaller so that nothing wraps.
const SMALLEST_UNWRAPPED: Length = tenths(80);
/// Down to this size the print is made smaller so that short texts do not wrap.
const SMALLEST_COMFORTABLE: Length = tenths(72);
/// A text no longer than this is not wrapped in a comfortable table, at ten points.
const COMFORTABLE: Length = 14 * EXTENT_SIZE;
/// A head no longer than this is not wrapped in a comfortable table, at ten points.
const SHORT_HEAD: Length = 4 * EXTENT_SIZE;
/// A column of text is no narrower than this, or than its content, at ten points.
const NARROW: Length = 5 * EXTENT_SIZE;
/// A word longer than this may be split, at ten points.
const LONGEST_WORD: Length = 15 * EXTENT_SIZE;

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Column {
    pub(super) head: Extent,
    pub(super) body: Extent,
    /// Whether most cells are figures.
    pub(super) figures: bool,
    /// Whether text follows figures, and needs room before it lest they look like one.
    pub(super) lead: bool,
    /// A fixed width in thousandths of the table.
    pub(super) share: Option<i32>,
}

/// How far a table had to be squeezed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Squeeze {
    /// It is easy to read.
    None,
    /// The print is smaller than is good for reading.
    Small,
    /// Even figures had to be wrapped.
    Wrapped,
}

/// The widths found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Widths {
    pub(super) columns: Vec<Length>,
    pub(super) size: Length,
    pub(super) padding: Length,
    pub(super) squeeze: Squeeze,
}

/// How much room a column asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Demand {
    /// Everything on one line.
    Natural,
    /// Short texts on one line, long ones wrapped, heads on two lines.
    Comfortable,
    /// Words and figures whole.
    Words,
    /// Figures whole, words split.
    Figures,
}

/// The room between figures and the text that follows them, besides the padding.
pub(super) fn lead(size: Length) -> Length {
    permille(size, 750)
}

impl Column {
    /// The width at ten points, without padding.
    fn demand(&self, demand: Demand) -> Length {
        let (head, body) = (self.head, self.body);
        let word = body.word.min(LONGEST_WORD);
        let (text, head_part) = match demand {
            Demand::Natural => (body.line, head.line),
            Demand::Comfortable => {
                let two_lines = head.line / 2 + EXTENT_SIZE / 2;
                (body.line.min(COMFORTABLE).max(word), head.word.max(two_lines).max(SHORT_HEAD))
            }
            Demand::Words => (body.line.min(NARROW).max(word), head.word.max(head.line / 3)),
            Demand::Figures => (body.line.min(3 * EXTENT_SIZE), head.line.min(2 * EXTENT_SIZE)),
        };
        let content = if self.figures { body.line } else { text };
        content.max(head_part.min(head.line))
    }

    fn width(&self, demand: Demand, size: Length, padding: Length, total: Length) -> i64 {
        if let Some(share) = self.share {
            return i64::from(permille(total, share));
        }
        let content = i64::from(self.demand(demand)) * i64::from(size) / i64::from(EXTENT_SIZE);
        let lead = if self.lead { lead(size) } else { 0 };
        // One thousandth of a point against rounding.
        content + 1 + i64::from(lead) + 2 * i64::from(padding)
    }
}

/// Finds the print size and widths.
pub(super) fn widths(columns: &[Column], total: Length) -> Widths {
    let readable = |smallest| SIZES.into_iter().filter(move |&size| size >= smallest).map(|size| (size, PADDING));
    let natural = readable(SMALLEST_UNWRAPPED).map(|size| (Demand::Natural, size, Squeeze::None));
    let comfortable = readable(SMALLEST_COMFORTABLE).map(|size| (Demand::Comfortable, size, Squeeze::None));
    let words = readable(SMALLEST_READABLE).map(|size| (Demand::Words, size, Squeeze::None));
    let figures = readable(SMALLEST_READABLE).map(|size| (Demand::Figures, size, Squeeze::None));
    // A figure in two lines is misread sooner than a small one.
    let small = SMALL_SIZES.into_iter().map(|size| (Demand::Figures, (size, TIGHT_PADDING), Squeeze::Small));
    for (demand, (size, padding), squeeze) in natural.chain(comfortable).chain(words).chain(figures).chain(small) {
        let padding = permille(size, padding);
        let wanted: Vec<i64> = columns.iter().map(|column| column.width(demand, size, padding, total)).collect();
        if wanted.iter().sum::<i64>() <= i64::from(total) {
            let on_one_line = columns.iter().map(|column| column.width(Demand::Natural, size, padding, total));
            let columns = grow(columns, wanted, &on_one_line.collect::<Vec<_>>(), total);
            return Widths { columns, size, padding, squeeze };
        }
    }
    let (size, padding) = (SMALLEST_READABLE, permille(SMALLEST_READABLE, TIGHT_PADDING));
    let wanted: Vec<i64> = columns.iter().map(|column| column.width(Demand::Figures, size, padding, total)).collect();
    Widths { columns: scale(&wanted, total), size, padding, squeeze: Squeeze::Wrapped }
}

/// Gives the room that is left: first towards everything on one line, then evenly by width.
fn grow(columns: &[Column], mut widths: Vec<i64>, natural: &[i64], total: Length) -> Vec<Length> {
    let left = i64::from(total) - widths.iter().sum::<i64>();
    let wants: Vec<i64> = widths.iter().zip(natural).map(|(width, natural)| (natural - width).max(0)).collect();
    let wanted: i64 = wants.iter().sum();
    if wanted > 0 {
        let given = left.min(wanted);
        for (width, want) in widths.iter_mut().zip(&wants) {
            *width += want * given / wanted;
        }
    }
    let left = i64::from(total) - widths.iter().sum::<i64>();
    let free: i64 = widths.iter().zip(columns).filter(|(_, c)| c.share.is_none()).map(|(width, _)| *width).sum();
    if left > 0 && free > 0 {
        for (width, column) in widths.iter_mut().zip(columns) {
            if column.share.is_none() {
                *width += *width * left / free;
            }
        }
        return exact(&widths, total);
    }
    scale(&widths, total)
}

/// Scales widths to fill the table.
fn scale(widths: &[i64], total: Length) -> Vec<Length> {
    let sum: i64 = widths.iter().sum::<i64>().max(1);
    let scaled: Vec<i64> = widths.iter().map(|width| width * i64::from(total) / sum).collect();
    exact(&scaled, total)
}

/// Puts what rounding left into the last column.
fn exact(widths: &[i64], total: Length) -> Vec<Length> {
    let mut out: Vec<Length> = widths.iter().map(|&width| Length::try_from(width).unwrap_or_default()).collect();
    let rest = total - out.iter().sum::<Length>();
    if let Some(last) = out.last_mut() {
        *last += rest;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::pdf::style::pt;

    fn text(characters: i32) -> Column {
        let line = characters * EXTENT_SIZE;
        Column { body: Extent { line, word: EXTENT_SIZE.min(line) }, ..Column::default() }
    }

    fn figures(characters: i32) -> Column {
        let line = characters * EXTENT_SIZE / 2;
        Column { body: Extent { line, word: line }, figures: true, ..Column::default() }
    }

    #[test]
    fn widths_fill_the_table_exactly() {
        let cases: &[&[Column]] = &[
            &[text(2)],
            &[text(4), figures(8), figures(8)],
            &[text(30), text(60), figures(12), text(3)],
            &[text(200); 9],
            &[figures(40); 12],
            &[text(1); 30],
        ];
        for columns in cases {
            let found = widths(columns, pt(494));
            assert_eq!(found.columns.iter().sum::<Length>(), pt(494), "{columns:?}");
            assert!(found.columns.iter().all(|&width| width > 0), "{found:?}");
        }
    }

    #[test]
    fn a_roomy_table_keeps_its_print_and_a_full_one_shrinks() {
        assert_eq!(widths(&[text(4), figures(8)], pt(494)).size, style::CELL.size);
        let full = widths(&[figures(12); 9], pt(494));
        assert!(full.size < style::CELL.size, "{full:?}");
        let content = i64::from(figures(12).body.line) * i64::from(full.size) / i64::from(EXTENT_SIZE);
        assert!(
            full.columns.iter().all(|&width| i64::from(width) >= content + 2 * i64::from(full.padding)),
            "{full:?}"
        );
        let crowded = widths(&[figures(10); 14], pt(494));
        assert_eq!((crowded.squeeze, crowded.size), (Squeeze::Small, tenths(60)));
        assert_eq!(widths(&[figures(40); 12], pt(494)).squeeze, Squeeze::Wrapped);
    }

    #[test]
    fn figures_stay_whole_while_text_wraps() {
        let columns = [text(80), figures(14), figures(14)];
        let found = widths(&columns, pt(300));
        let needed = i64::from(columns[1].body.line) * i64::from(found.size) / i64::from(EXTENT_SIZE);
        assert!(i64::from(found.columns[1]) >= needed + 2 * i64::from(found.padding));
    }

    #[test]
    fn a_share_is_kept() {
        let columns = [Column { share: Some(300), ..text(2) }, text(20), figures(6)];
        let found = widths(&columns, pt(500));
        assert_eq!(found.columns[0], pt(150));
        assert_eq!(found.columns.iter().sum::<Length>(), pt(500));
    }
}
