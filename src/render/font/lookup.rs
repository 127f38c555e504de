//! Finding faces: inside the program, on the machine, or in named files.
//!
//! Invariants: open fonts come before those of an operating system (embedding the latter is a matter of the customer's
//! licence); the first face found is the plain one, the second the bold one if `has_bold`, the rest fallbacks.
//! Not here: what makes a face acceptable (`face`).

use std::path::{Path, PathBuf};

use fontdb::{Database, ID};

use super::{
    error::FontError,
    face::{Demand, accept},
};

/// Installed families in order of preference.
const FAMILIES: &[&str] = &[
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "思源黑体",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
    "DengXian",
    "SimHei",
    "SimSun",
    "PingFang SC",
    "Hiragino Sans GB",
    "STHeiti",
    "Songti SC",
];
/// Latin and symbol fallbacks.
const FALLBACKS: &[&str] = &["DejaVu Sans"];
/// A directory of fonts that is searched before the system's.
const DIRECTORY_VARIABLE: &str = "FENJI_FONT_DIR";
const BOLD: u16 = 600;

#[cfg(feature = "bundled-font")]
static BUNDLED: &[u8] = include_bytes!("bundled/fenji-sans-gbk.ttf");

/// The faces found, with a database that holds them and nothing else.
pub(super) struct Found {
    pub(super) database: Database,
    pub(super) faces: Vec<ID>,
    pub(super) has_bold: bool,
}

/// The font inside the program.
pub(super) fn bundled() -> Result<Found, FontError> {
    let mut database = Database::new();
    let face = add_bundled(&mut database).ok_or(FontError::NotBundled)?;
    Ok(Found { database, faces: vec![face], has_bold: false })
}

#[cfg(feature = "bundled-font")]
fn add_bundled(database: &mut Database) -> Option<ID> {
    let source = fontdb::Source::Binary(std::sync::Arc::new(BUNDLED));
    database.load_font_source(source).first().copied()
}

#[cfg(not(feature = "bundled-font"))]
fn add_bundled(_database: &mut Database) -> Option<ID> {
    None
}

/// An installed Chinese font, else the bundled one; with fallbacks for symbols.
pub(super) fn system() -> Result<Found, FontError> {
    let mut refused = Vec::new();
    let mut seen = 0;
    let mut picked = None;
    let mut installed = Database::new();
    if let Some(directory) = std::env::var_os(DIRECTORY_VARIABLE) {
        let mut own = Database::new();
        own.load_fonts_dir(directory);
        seen += own.len();
        picked = pick(&own, FAMILIES, &mut refused).or_else(|| pick_any(&own));
        if picked.is_some() {
            installed = own;
        }
    }
    let mut machine = Database::new();
    machine.load_system_fonts();
    seen += machine.len();
    if picked.is_none() {
        picked = pick(&machine, FAMILIES, &mut refused);
        if picked.is_some() {
            installed = machine.clone();
        }
    }
    let mut database = Database::new();
    let mut faces = Vec::new();
    let has_bold = matches!(picked, Some((_, Some(_))));
    if let Some((regular, bold)) = picked {
        faces.extend(copy_face(&installed, regular, &mut database));
        faces.extend(bold.and_then(|id| copy_face(&installed, id, &mut database)));
    }
    faces.extend(add_bundled(&mut database));
    if faces.is_empty() {
        return Err(FontError::NoneFound { faces: seen, looked_for: FAMILIES.join(", "), refused });
    }
    for family in FALLBACKS {
        if let Some(id) = query(&machine, family, 400)
            && accept(&machine, id, Demand::Nothing).is_ok()
        {
            faces.extend(copy_face(&machine, id, &mut database));
        }
    }
    Ok(Found { database, faces, has_bold })
}

/// Named files, then the bundled font for what they lack.
pub(super) fn files(regular: &Path, bold: Option<&Path>) -> Result<Found, FontError> {
    let mut database = Database::new();
    let mut faces = vec![add_file(&mut database, regular)?];
    if let Some(path) = bold {
        faces.push(add_file(&mut database, path)?);
    }
    faces.extend(add_bundled(&mut database));
    Ok(Found { database, faces, has_bold: bold.is_some() })
}

/// Takes one face of a file; `fonts.ttc#2` is the third face of a collection.
fn add_file(database: &mut Database, named: &Path) -> Result<ID, FontError> {
    let (path, index) = split_index(named);
    let unreadable = |reason: String| FontError::UnreadableFile { path: named.to_owned(), reason };
    let data = std::fs::read(&path).map_err(|error| unreadable(error.to_string()))?;
    let mut file = Database::new();
    file.load_font_data(data);
    if file.is_empty() {
        return Err(unreadable("it is not a font".to_owned()));
    }
    let face = file.faces().find(|face| face.index == index).map(|face| face.id);
    let id = face.ok_or_else(|| unreadable(format!("it has {} faces and no face {index}", file.len())))?;
    accept(&file, id, Demand::Figures).map_err(|reason| FontError::UnusableFile { path: named.to_owned(), reason })?;
    copy_face(&file, id, database).ok_or_else(|| unreadable("its face cannot be taken".to_owned()))
}

fn split_index(named: &Path) -> (PathBuf, u32) {
    let text = named.to_string_lossy();
    match text.rsplit_once('#').and_then(|(path, index)| Some((path, index.parse().ok()?))) {
        Some((path, index)) if !named.exists() => (PathBuf::from(path), index),
        _ => (named.to_owned(), 0),
    }
}

/// The first acceptable family, with its bold face if it has a real one.
fn pick(database: &Database, families: &[&str], refused: &mut Vec<String>) -> Option<(ID, Option<ID>)> {
    for family in families {
        let Some(regular) = query(database, family, 400) else { continue };
        match accept(database, regular, Demand::Chinese) {
            Ok(()) => {
                // A query for a bold face answers with the plain one where there is none.
                let bold = query(database, family, 700).filter(|&id| {
                    let heavy = database.face(id).is_some_and(|face| face.weight.0 >= BOLD);
                    heavy && accept(database, id, Demand::Chinese).is_ok()
                });
                return Some((regular, bold));
            }
            Err(reason) => refused.push(format!("`{family}`: {reason}")),
        }
    }
    None
}

/// Any acceptable face of a directory the user named, the alphabetically first family.
fn pick_any(database: &Database) -> Option<(ID, Option<ID>)> {
    let mut families: Vec<&str> =
        database.faces().filter_map(|face| face.families.first().map(|family| family.0.as_str())).collect();
    families.sort_unstable();
    families.dedup();
    pick(database, &families, &mut Vec::<String>::new())
}

fn query(database: &Database, family: &str, weight: u16) -> Option<ID> {
    database.query(&fontdb::Query {
        families: &[fontdb::Family::Name(family)],
        weight: fontdb::Weight(weight),
        ..fontdb::Query::default()
    })
}

fn copy_face(from: &Database, id: ID, into: &mut Database) -> Option<ID> {
    from.face(id).map(|face| into.push_face_info(face.clone()))
}
