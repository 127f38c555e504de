//! Cutting a face down to the glyphs a document uses.
//!
//! Invariants: the same characters of the same face give the same bytes and the same name, in whatever order they were used.
//! Not here: which characters are used and the writing into a PDF (`render::pdf`).

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};
use subsetter::GlyphRemapper;

use super::{
    error::FontError,
    face::{Bounds, Face},
};

/// A cut face with what a PDF must be told about it; measures are thousandths of an em.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubsetFace {
    /// The font program.
    pub bytes: Vec<u8>,
    /// The tagged `PostScript` name, `ABCDEF+Name`.
    pub name: String,
    /// Code point to glyph of the cut face.
    pub glyphs: BTreeMap<u32, u16>,
    /// Glyph to advance.
    pub widths: BTreeMap<u16, u16>,
    /// Height above the baseline.
    pub ascent: i16,
    /// Depth below the baseline, negative.
    pub descent: i16,
    /// The box around all glyphs.
    pub bounds: Bounds,
    /// Weight class.
    pub weight: u16,
    /// Whether the outlines are CFF rather than TrueType.
    pub cff: bool,
}

/// Cuts a face to these characters; characters it lacks are left out.
pub(super) fn subset(
    database: &fontdb::Database,
    face: &Face,
    characters: impl Iterator<Item = char>,
) -> Result<SubsetFace, FontError> {
    let characters: BTreeSet<char> = characters.filter(|&c| face.glyph(c).is_some()).collect();
    let mut remapper = GlyphRemapper::new();
    let (mut glyphs, mut widths) = (BTreeMap::new(), BTreeMap::new());
    let mut digest = Sha256::new_with_prefix(face.postscript_name());
    for &character in &characters {
        let Some(old) = face.glyph(character) else { continue };
        let new = remapper.remap(old);
        glyphs.insert(u32::from(character), new);
        widths.insert(new, face.advance(old));
        digest.update(u32::from(character).to_be_bytes());
    }
    let fail = |reason: String| FontError::Unreadable { font: face.family().to_owned(), reason };
    let bytes = database
        .with_face_data(face.id, |data, index| subsetter::subset(data, index, &remapper))
        .ok_or_else(|| fail("its file cannot be opened".to_owned()))?
        .map_err(|error| fail(error.to_string()))?;
    let tag: String = digest.finalize().iter().take(6).map(|byte| char::from(b'A' + byte % 26)).collect();
    Ok(SubsetFace {
        cff: bytes.starts_with(b"OTTO"),
        bytes,
        name: format!("{tag}+{}", face.postscript_name()),
        glyphs,
        widths,
        ascent: face.ascent(),
        descent: face.descent(),
        bounds: face.bounds(),
        weight: face.weight(),
    })
}
