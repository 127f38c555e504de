//! Pictures of charts for e-mails.
//!
//! Invariants: nothing outside the SVG and the given fonts is read; the same input gives the same bytes. A face that the fonts do
//! not have is replaced by the named family. Not here: the drawing itself (`chart`).

use std::sync::Arc;

use fontdb::Database;
use resvg::{
    tiny_skia::{Color, Pixmap, Transform},
    usvg::{ImageHrefResolver, Options, Tree},
};

use crate::render::RenderError;

/// The most pixels of a picture's side.
const SIDE_LIMIT: u32 = 8000;

/// The SVG as a PNG on white, each of its pixels drawn as `scale` by `scale` pixels.
///
/// # Errors
/// [`RenderError::Picture`] when the SVG does not parse, or the picture would be too large.
pub fn png(svg: &str, fonts: &Arc<Database>, family: &str, scale: u8) -> Result<Vec<u8>, RenderError> {
    let options = Options {
        font_family: family.to_owned(),
        fontdb: Arc::clone(fonts),
        // A picture inside the SVG would be read from the disk: charts have none, and a user's SVG must not.
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    };
    let fault = |cause: String| RenderError::Picture { cause };
    // Text in a family that is not there would vanish without a word.
    let wanted = fontdb::Query { families: &[fontdb::Family::Name(family)], ..fontdb::Query::default() };
    if fonts.query(&wanted).is_none() {
        return Err(fault(format!("there is no font of the family `{family}`")));
    }
    let tree = Tree::from_str(svg, &options).map_err(|error| fault(error.to_string()))?;
    let size = tree.size().to_int_size();
    let side = |length: u32| length.checked_mul(u32::from(scale.max(1))).filter(|side| *side <= SIDE_LIMIT);
    let too_large = || fault(format!("{} x {} pixels at scale {scale} are too many", size.width(), size.height()));
    let (width, height) = side(size.width()).zip(side(size.height())).ok_or_else(too_large)?;
    let mut pixels = Pixmap::new(width, height).ok_or_else(too_large)?;
    pixels.fill(Color::WHITE);
    let factor = f32::from(scale.max(1));
    resvg::render(&tree, Transform::from_scale(factor, factor), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| fault(error.to_string()))
}
