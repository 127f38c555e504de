//! Fonts of the printed reports: which faces are used, what they cover, how wide their characters are.
//!
//! Invariants: [`FontChoice::Bundled`] looks at nothing but the font inside the program, so it gives the same bytes on every
//! machine; a face that may not be embedded, or that lacks digits or Chinese, is never chosen silently; a character that no
//! face has is told by `None`, never drawn as a blank. Widths are whole thousandths of an em, as a PDF stores them.
//! Not here: writing fonts into a PDF (`render::pdf`), line breaking (`render::pdf::inline`).

mod error;
mod face;
mod lookup;
mod subset;

use std::{fmt, path::PathBuf, sync::Arc};

pub use error::{FontError, Rejected};
pub use face::{Bounds, Face};
pub use subset::SubsetFace;

/// Where the faces of the PDF come from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum FontChoice {
    /// The font compiled into the program, and nothing else: the same bytes on every machine.
    #[default]
    Bundled,
    /// An installed Chinese font (`FENJI_FONT_DIR` first, then the system), the bundled one where none is found.
    System,
    /// Named font files; a face of a collection is chosen with `#`, as in `NotoSansCJK-Regular.ttc#2`.
    Files {
        /// The face of plain text.
        regular: PathBuf,
        /// The face of bold text; without it plain text is thickened.
        bold: Option<PathBuf>,
    },
}

/// How heavy a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Plain text.
    Regular,
    /// Bold text.
    Bold,
}

/// One character in one face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyph {
    /// Which face, for [`Fonts::face`].
    pub face: u8,
    /// The glyph's number in that face.
    pub id: u16,
    /// Its advance in thousandths of an em.
    pub advance: u16,
    /// Whether the face is lighter than asked for, so that the text must be thickened.
    pub thicken: bool,
}

/// The advance of the box drawn for a character that no face has, in thousandths of an em.
pub const MISSING_ADVANCE: u16 = 900;

/// The faces in use: the plain one, the bold one if there is one, and the fallbacks.
#[derive(Clone)]
pub struct Fonts {
    database: Arc<fontdb::Database>,
    family: String,
    faces: Vec<Face>,
    has_bold: bool,
}

impl fmt::Debug for Fonts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fonts").field("family", &self.family).field("faces", &self.faces).finish_non_exhaustive()
    }
}

impl Fonts {
    /// Finds and reads the faces.
    ///
    /// # Errors
    /// [`FontError`] when the bundled font was compiled out, a named file cannot be used, or no usable face is found.
    pub fn load(choice: &FontChoice) -> Result<Self, FontError> {
        let found = match choice {
            FontChoice::Bundled => lookup::bundled()?,
            FontChoice::System => lookup::system()?,
            FontChoice::Files { regular, bold } => lookup::files(regular, bold.as_deref())?,
        };
        let mut database = found.database;
        let ids: Vec<fontdb::ID> = found.faces;
        let faces = ids.iter().map(|&id| Face::read(&database, id)).collect::<Result<Vec<_>, _>>()?;
        let family = faces.first().map(|face| face.family().to_owned()).unwrap_or_default();
        database.set_serif_family(&family);
        database.set_sans_serif_family(&family);
        database.set_monospace_family(&family);
        database.set_cursive_family(&family);
        database.set_fantasy_family(&family);
        Ok(Self { database: Arc::new(database), family, faces, has_bold: found.has_bold })
    }

    /// The database holding the chosen faces and no others, for drawings; every generic family leads to the chosen one.
    pub fn database(&self) -> Arc<fontdb::Database> {
        Arc::clone(&self.database)
    }

    /// The family of the plain face.
    pub fn family(&self) -> &str {
        &self.family
    }

    /// Whether there is a real bold face.
    pub fn has_bold(&self) -> bool {
        self.has_bold
    }

    /// All faces; the number in [`Glyph::face`] is the position here.
    pub fn faces(&self) -> &[Face] {
        &self.faces
    }

    /// The face with a number from [`Glyph::face`].
    pub fn face(&self, number: u8) -> Option<&Face> {
        self.faces.get(usize::from(number))
    }

    /// Looks up a character in the faces in order; `None` when no face has it.
    pub fn glyph(&self, character: char, weight: Weight) -> Option<Glyph> {
        let bold = weight == Weight::Bold;
        if bold
            && self.has_bold
            && let Some(glyph) = self.glyph_in(1, character, false)
        {
            return Some(glyph);
        }
        let plain = self.glyph_in(0, character, bold);
        if plain.is_some() {
            return plain;
        }
        (1..self.faces.len()).find_map(|number| {
            let is_bold_face = number == 1 && self.has_bold;
            self.glyph_in(number, character, bold && !is_bold_face)
        })
    }

    fn glyph_in(&self, number: usize, character: char, thicken: bool) -> Option<Glyph> {
        let face = self.faces.get(number)?;
        let id = face.glyph(character)?;
        Some(Glyph { face: u8::try_from(number).ok()?, id, advance: face.advance(id), thicken })
    }

    /// The advance of a character in thousandths of an em; [`MISSING_ADVANCE`] when no face has it.
    pub fn advance(&self, character: char, weight: Weight) -> u16 {
        self.glyph(character, weight).map_or(MISSING_ADVANCE, |glyph| glyph.advance)
    }

    /// The width of a text on one line, in thousandths of an em.
    pub fn width(&self, text: &str, weight: Weight) -> u32 {
        text.chars().map(|character| u32::from(self.advance(character, weight))).sum()
    }

    /// Makes the small font that a PDF embeds: only the glyphs of these characters.
    ///
    /// # Errors
    /// [`FontError::Unreadable`] when the face's data cannot be cut.
    pub fn subset(&self, number: u8, characters: impl Iterator<Item = char>) -> Result<SubsetFace, FontError> {
        let face = self.face(number).ok_or_else(|| FontError::Unreadable {
            font: self.family.clone(),
            reason: format!("there is no face {number}"),
        })?;
        subset::subset(&self.database, face, characters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundled() -> Fonts {
        Fonts::load(&FontChoice::Bundled).expect("the bundled font loads")
    }

    #[test]
    fn the_bundled_font_has_what_reports_write() {
        let fonts = bundled();
        assert_eq!(fonts.family(), "Fenji Sans GBK");
        assert!(!fonts.has_bold());
        let wanted = "客户分级积分清零应收账款满意度璟喆垚0123456789,.%‰¥￥£€$+-−±×÷→▲▼△–—…·•“”‘’《》、。℃ⅤⅩ①②✓✘éü";
        for character in wanted.chars() {
            assert!(fonts.glyph(character, Weight::Regular).is_some(), "`{character}` is missing");
        }
    }

    #[test]
    fn a_character_outside_the_font_is_told() {
        let fonts = bundled();
        for character in ['𠮷', '😀', '\u{FE0F}', '한'] {
            assert_eq!(fonts.glyph(character, Weight::Regular), None, "{character}");
        }
        assert_eq!(fonts.width("𠮷", Weight::Bold), u32::from(MISSING_ADVANCE));
    }

    #[test]
    fn figures_are_equally_wide_and_han_is_one_em() {
        let fonts = bundled();
        let one = fonts.advance('1', Weight::Regular);
        for digit in "0123456789".chars() {
            assert_eq!(fonts.advance(digit, Weight::Regular), one);
        }
        assert_eq!(fonts.width("客户分级", Weight::Regular), 4000);
    }

    #[test]
    fn bold_without_a_bold_face_is_thickened() {
        let fonts = bundled();
        let glyph = fonts.glyph('客', Weight::Bold).expect("drawn");
        assert!(glyph.thicken);
        assert!(!fonts.glyph('客', Weight::Regular).expect("drawn").thicken);
    }

    #[test]
    fn no_two_characters_share_a_glyph() {
        let fonts = bundled();
        let face = &fonts.faces()[0];
        let mut seen = std::collections::BTreeMap::new();
        for character in (0x20..0x1_0000).filter_map(char::from_u32) {
            let other = face.glyph(character).and_then(|id| seen.insert(id, character));
            assert_eq!(other, None, "shares its glyph with {character}: copying text out of a PDF would confuse them");
        }
        assert!(seen.len() > 22_000, "{}", seen.len());
    }

    #[test]
    fn the_database_leads_every_generic_family_to_the_chosen_face() {
        let fonts = bundled();
        let database = fonts.database();
        assert_eq!(database.len(), 1);
        for family in [fontdb::Family::SansSerif, fontdb::Family::Serif, fontdb::Family::Monospace] {
            let query = fontdb::Query { families: &[family], ..fontdb::Query::default() };
            assert!(database.query(&query).is_some());
        }
    }

    #[test]
    fn a_missing_or_wrong_file_says_which() {
        let choice = FontChoice::Files { regular: PathBuf::from("/nowhere/a.ttf"), bold: None };
        let error = Fonts::load(&choice).expect_err("no such file");
        assert!(error.to_string().contains("/nowhere/a.ttf"), "{error}");
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("not-a-font.ttf");
        std::fs::write(&path, "words").expect("written");
        let error = Fonts::load(&FontChoice::Files { regular: path, bold: None }).expect_err("not a font");
        assert!(error.to_string().contains("not-a-font.ttf"), "{error}");
    }

    #[test]
    fn a_named_file_is_used_and_its_bold_is_real() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("some.ttf");
        std::fs::write(&path, include_bytes!("bundled/fenji-sans-gbk.ttf")).expect("written");
        let choice = FontChoice::Files { regular: path.clone(), bold: Some(path.clone()) };
        let fonts = Fonts::load(&choice).expect("loads");
        assert!(fonts.has_bold());
        assert_eq!(fonts.glyph('客', Weight::Bold).map(|glyph| (glyph.face, glyph.thicken)), Some((1, false)));
        let mut beyond = path.into_os_string();
        beyond.push("#3");
        let error = Fonts::load(&FontChoice::Files { regular: beyond.into(), bold: None }).expect_err("one face only");
        assert!(error.to_string().contains("face 3"), "{error}");
    }

    #[test]
    fn a_subset_is_small_and_maps_its_characters() {
        let fonts = bundled();
        let subset = fonts.subset(0, "客户A1 ".chars()).expect("cut");
        assert!(subset.bytes.len() < 20_000, "{}", subset.bytes.len());
        assert_eq!(subset.glyphs.len(), 5);
        assert_eq!(subset.widths.get(&subset.glyphs[&u32::from('客')]), Some(&1000));
        let (tag, name) = subset.name.split_once('+').expect("a tag");
        assert!(tag.len() == 6 && tag.bytes().all(|b| b.is_ascii_uppercase()), "{tag}");
        assert_eq!(name, "FenjiSansGBK");
        assert_eq!(subset, fonts.subset(0, "1A户客 ".chars()).expect("cut"), "the order of use does not matter");
    }
}
