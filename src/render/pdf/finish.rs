//! From drawn pages to the bytes of the file.
//!
//! Invariants: the same pages and settings give the same bytes, however many files this process made before: whatever the PDF
//! library counts up is replaced, and the file's id is the hash of its content. Fonts are cut to the characters drawn.
//! Not here: what stands on the pages (`page`, `furniture`), the outline (`outline`).

use lopdf::{Dictionary, Object, ObjectId, StringFormat};
use printpdf::{
    Actions, Destination, FontMetrics, FontType, ParsedFont, PdfDocument, PdfFont, PdfFontMetricsStub, PdfPage,
    PdfParseErrorSeverity, PdfSaveOptions, PdfWarnMsg,
};
use sha2::{Digest, Sha256};

use super::{
    PdfSettings,
    error::{PdfError, PdfWarning},
    ops::{font_id, points},
    outline,
    page::{Geometry, Page, Pages},
};
use crate::render::font::{Fonts, SubsetFace};

const PRODUCER: &str = concat!("fenji ", env!("CARGO_PKG_VERSION"), " (printpdf)");
/// Stands for the file's id until the hash is known; as long as the id.
const ID_PLACE: &[u8; 16] = b"fenji-id-16bytes";

/// Writes the file; links to nowhere are told.
pub(super) fn write(
    pages: Pages,
    settings: &PdfSettings,
    fonts: &Fonts,
    warnings: &mut Vec<PdfWarning>,
) -> Result<Vec<u8>, PdfError> {
    let Pages { geometry, sheets, outline: entries, anchors, used, .. } = pages;
    let mut document = PdfDocument::new(&settings.title);
    for (face, characters) in used.faces() {
        let font = embed(fonts.subset(face, characters)?);
        document.resources.fonts.map.insert(font_id(face), PdfFont::new(font));
    }
    let mut unknown: Vec<std::rc::Rc<str>> = Vec::new();
    for mut page in sheets {
        for (rect, target) in std::mem::take(&mut page.links) {
            let id = target.strip_prefix('#').unwrap_or(&target);
            match anchors.get(id) {
                Some(&(number, y)) => {
                    let top = Some(points(geometry.height - y).0);
                    let place = Destination::Xyz { page: number + 1, left: None, top, zoom: None };
                    page.canvas.link(rect, Actions::go_to(place));
                }
                None if unknown.iter().any(|known| known[..] == *id) => {}
                None => unknown.push(id.into()),
            }
        }
        document.pages.push(paper(page, geometry));
    }
    warnings.extend(unknown.into_iter().map(|id| PdfWarning::UnknownTarget { id: id.to_string() }));
    let mut messages: Vec<PdfWarnMsg> = Vec::new();
    let mut file = document.to_lopdf_document(&PdfSaveOptions::default(), &mut messages);
    drop(document);
    if let Some(message) = messages.into_iter().find(|m| m.severity == PdfParseErrorSeverity::Error) {
        return Err(PdfError::Write { reason: message.msg });
    }
    let page_ids: Vec<ObjectId> = file.page_iter().collect();
    let outlines = outline::add(&mut file, &entries, &page_ids, geometry);
    complete(&mut file, settings, outlines, &page_ids)
        .map_err(|error| PdfError::Write { reason: error.to_string() })?;
    file.compress();
    let mut bytes = Vec::new();
    file.save_to(&mut bytes).map_err(|error| PdfError::Write { reason: error.to_string() })?;
    identify(&mut bytes);
    Ok(bytes)
}

fn paper(page: Page, geometry: Geometry) -> PdfPage {
    let sheet = printpdf::Rect::from_wh(points(geometry.width), points(geometry.height));
    PdfPage { media_box: sheet.clone(), trim_box: sheet.clone(), crop_box: sheet, ops: page.canvas.into_ops() }
}

/// Hands a cut face to the PDF library; all measures are thousandths of an em.
fn embed(face: SubsetFace) -> ParsedFont {
    let metrics = FontMetrics { ascent: face.ascent, descent: face.descent };
    let name = Some(face.name);
    let mut font = ParsedFont::with_glyph_data(face.bytes, 0, name, face.glyphs, face.widths, 1000, metrics);
    if face.cff {
        font.font_type = FontType::OpenTypeCFF(());
    }
    font.pdf_font_metrics = PdfFontMetricsStub {
        units_per_em: 1000,
        x_min: face.bounds.left,
        y_min: face.bounds.bottom,
        x_max: face.bounds.right,
        y_max: face.bounds.top,
        us_weight_class: face.weight,
        ..PdfFontMetricsStub::default()
    };
    font
}

/// Sets what the PDF library leaves out or leaves to chance.
fn complete(
    file: &mut lopdf::Document,
    settings: &PdfSettings,
    outlines: Option<ObjectId>,
    pages: &[ObjectId],
) -> lopdf::Result<()> {
    "1.7".clone_into(&mut file.version);
    share_resources(file, pages)?;
    let catalog = file.catalog_mut()?;
    catalog.set("Lang", Object::string_literal(settings.lang.as_str()));
    let mut preferences = Dictionary::new();
    preferences.set("DisplayDocTitle", true);
    catalog.set("ViewerPreferences", preferences);
    catalog.set("PageMode", if outlines.is_some() { "UseOutlines" } else { "UseNone" });
    if let Some(id) = outlines {
        catalog.set("Outlines", Object::Reference(id));
    }
    let info = file.add_object(information(settings));
    let old = file.trailer.get(b"Info").and_then(Object::as_reference)?;
    file.objects.remove(&old);
    file.trailer.set("Info", Object::Reference(info));
    let id = || Object::String(ID_PLACE.to_vec(), StringFormat::Literal);
    file.trailer.set("ID", vec![id(), id()]);
    Ok(())
}

/// One dictionary of fonts for all pages; links as objects of their own, as some readers want them.
fn share_resources(file: &mut lopdf::Document, pages: &[ObjectId]) -> lopdf::Result<()> {
    let mut shared: Option<ObjectId> = None;
    for &page in pages {
        let links = file.get_dictionary_mut(page)?.remove(b"Annots");
        if let Some(Object::Array(links)) = links.filter(|links| links.as_array().is_ok_and(|links| !links.is_empty()))
        {
            let links: Vec<Object> = links.into_iter().map(|link| Object::Reference(file.add_object(link))).collect();
            file.get_dictionary_mut(page)?.set("Annots", links);
        }
        let dictionary = file.get_dictionary_mut(page)?;
        let own = dictionary.get(b"Resources").and_then(Object::as_reference)?;
        match shared {
            None => shared = Some(own),
            Some(first) => {
                dictionary.set("Resources", Object::Reference(first));
                file.objects.remove(&own);
            }
        }
    }
    Ok(())
}

fn information(settings: &PdfSettings) -> Dictionary {
    let date = settings.created.format("D:%Y%m%d%H%M%S").to_string();
    let mut info = Dictionary::new();
    for (key, text) in [
        ("Title", settings.title.as_str()),
        ("Author", &settings.author),
        ("Subject", &settings.subject),
        ("Keywords", &settings.keywords.join(", ")),
        ("Creator", "fenji"),
        ("Producer", PRODUCER),
    ] {
        if !text.is_empty() {
            info.set(key, outline::text_string(text));
        }
    }
    info.set("CreationDate", Object::string_literal(date.as_str()));
    info.set("ModDate", Object::string_literal(date));
    info
}

/// Puts the hash of the file into the places kept for its id.
fn identify(bytes: &mut [u8]) {
    let digest = Sha256::digest(&*bytes);
    // The id is written as a literal string: letters need no escape.
    let letters: Vec<u8> = digest.iter().take(ID_PLACE.len()).map(|byte| b'a' + byte % 26).collect();
    let mut at = bytes.len().saturating_sub(ID_PLACE.len());
    loop {
        if let Some(place) = bytes.get_mut(at..at + ID_PLACE.len())
            && place == ID_PLACE
        {
            place.copy_from_slice(&letters);
        }
        // The trailer is at the end; going further back than this would be reading the pages.
        if at == 0 || bytes.len() - at > 2048 {
            break;
        }
        at -= 1;
    }
}
