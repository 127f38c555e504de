//! One face: its characters, widths and measures, read once.
//!
//! Invariants: a blank glyph counts as missing (except for spaces); widths are thousandths of an em, rounded down as a PDF
//! writer rounds them. Not here: which faces are used (`lookup`), cutting them (`subset`).

use std::{collections::BTreeMap, fmt};

use ttf_parser::{GlyphId, Permissions};

use super::error::{FontError, Rejected};

/// What every chosen face must have: Chinese, letters and figures.
const PROBE: &str = "中文报表会员积分账龄0123456789ABCXYZabcxyz%,.";
const FIGURES: &str = "0123456789";
const BMP: usize = 0x1_0000;

/// The box around all glyphs, in thousandths of an em.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bounds {
    /// Left.
    pub left: i16,
    /// Bottom.
    pub bottom: i16,
    /// Right.
    pub right: i16,
    /// Top.
    pub top: i16,
}

/// A face with everything that measuring needs.
#[derive(Clone)]
pub struct Face {
    pub(super) id: fontdb::ID,
    family: String,
    postscript: String,
    ascent: i16,
    descent: i16,
    bounds: Bounds,
    weight: u16,
    basic: Vec<u16>,
    astral: BTreeMap<char, u16>,
    advances: Vec<u16>,
}

impl fmt::Debug for Face {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Face").field("family", &self.family).field("weight", &self.weight).finish_non_exhaustive()
    }
}

/// How much a face must cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    /// Chinese, letters and figures: the main face found by search.
    Chinese,
    /// At least the figures: a face the user named.
    Figures,
    /// Nothing: a fallback.
    Nothing,
}

/// Checks that a face can be embedded and covers what is demanded.
pub(super) fn accept(database: &fontdb::Database, id: fontdb::ID, demand: Demand) -> Result<(), Rejected> {
    let verdict = database.with_face_data(id, |data, index| {
        let face = ttf_parser::Face::parse(data, index).map_err(|_| Rejected::NoOutlines)?;
        let tables = face.tables();
        if tables.glyf.is_none() && tables.cff.is_none() {
            return Err(Rejected::NoOutlines);
        }
        if face.is_variable() {
            return Err(Rejected::Variable);
        }
        if face.permissions() == Some(Permissions::Restricted) || !face.is_subsetting_allowed() {
            return Err(Rejected::Licence);
        }
        let probe = match demand {
            Demand::Chinese => PROBE,
            Demand::Figures => FIGURES,
            Demand::Nothing => "",
        };
        probe.chars().find(|&c| face.glyph_index(c).is_none()).map_or(Ok(()), |c| Err(Rejected::Lacks(c)))
    });
    verdict.unwrap_or(Err(Rejected::NoOutlines))
}

impl Face {
    pub(super) fn read(database: &fontdb::Database, id: fontdb::ID) -> Result<Self, FontError> {
        let info = database.face(id);
        let family = info.and_then(|i| i.families.first()).map(|f| f.0.clone()).unwrap_or_default();
        let postscript = info.map(|i| i.post_script_name.clone()).unwrap_or_default();
        let fail = |reason: &str| FontError::Unreadable { font: family.clone(), reason: reason.to_owned() };
        let read = database.with_face_data(id, |data, index| {
            let face = ttf_parser::Face::parse(data, index).map_err(|e| fail(&e.to_string()))?;
            Ok(Self::tabulate(&face, id, family.clone(), postscript))
        });
        read.unwrap_or_else(|| Err(fail("its file cannot be opened")))
    }

    fn tabulate(face: &ttf_parser::Face<'_>, id: fontdb::ID, family: String, postscript: String) -> Self {
        let per_em = i64::from(face.units_per_em().max(1));
        let milli = |units: i64| (units * 1000).div_euclid(per_em);
        let signed = |units: i16| i16::try_from(milli(i64::from(units))).unwrap_or_default();
        let advances = (0..face.number_of_glyphs())
            .map(|glyph| {
                let units = face.glyph_hor_advance(GlyphId(glyph)).unwrap_or_default();
                u16::try_from(milli(i64::from(units))).unwrap_or_default()
            })
            .collect();
        let mut basic = vec![0_u16; BMP];
        let mut astral = BTreeMap::new();
        for character in mapped_characters(face) {
            let Some(glyph) = face.glyph_index(character) else { continue };
            if !character.is_whitespace() && is_blank(face, glyph) {
                continue;
            }
            let position = usize::try_from(u32::from(character)).unwrap_or(BMP);
            match basic.get_mut(position) {
                Some(slot) => *slot = glyph.0,
                None => {
                    astral.insert(character, glyph.0);
                }
            }
        }
        let bounds = face.global_bounding_box();
        let bounds = Bounds {
            left: signed(bounds.x_min),
            bottom: signed(bounds.y_min),
            right: signed(bounds.x_max),
            top: signed(bounds.y_max),
        };
        let (ascent, descent) = (signed(face.ascender()), signed(face.descender()));
        let weight = face.weight().to_number();
        Self { id, family, postscript, ascent, descent, bounds, weight, basic, astral, advances }
    }

    /// The family name.
    pub fn family(&self) -> &str {
        &self.family
    }

    /// The `PostScript` name.
    pub fn postscript_name(&self) -> &str {
        &self.postscript
    }

    /// Height above the baseline in thousandths of an em.
    pub fn ascent(&self) -> i16 {
        self.ascent
    }

    /// Depth below the baseline in thousandths of an em, negative.
    pub fn descent(&self) -> i16 {
        self.descent
    }

    /// The box around all glyphs.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// The weight class, 400 for plain and 700 for bold.
    pub fn weight(&self) -> u16 {
        self.weight
    }

    /// The glyph of a character, `None` when the face lacks it.
    pub fn glyph(&self, character: char) -> Option<u16> {
        let position = usize::try_from(u32::from(character)).unwrap_or(BMP);
        let glyph = match self.basic.get(position) {
            Some(&glyph) => glyph,
            None => self.astral.get(&character).copied().unwrap_or_default(),
        };
        (glyph != 0).then_some(glyph)
    }

    /// The advance of a glyph in thousandths of an em.
    pub fn advance(&self, glyph: u16) -> u16 {
        self.advances.get(usize::from(glyph)).copied().unwrap_or_default()
    }
}

/// The characters that the Unicode tables of a face speak of.
fn mapped_characters(face: &ttf_parser::Face<'_>) -> Vec<char> {
    let mut characters = Vec::new();
    if let Some(cmap) = face.tables().cmap {
        for table in cmap.subtables {
            if table.is_unicode() {
                table.codepoints(|code| characters.extend(char::from_u32(code)));
            }
        }
    }
    characters.sort_unstable();
    characters.dedup();
    characters
}

/// Whether a TrueType glyph draws nothing. (Asking this of CFF outlines means drawing each of them: not done.)
fn is_blank(face: &ttf_parser::Face<'_>, glyph: GlyphId) -> bool {
    face.tables().glyf.is_some_and(|glyf| glyf.bbox(glyph).is_none())
}
