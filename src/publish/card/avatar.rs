//! A picture for an account that has none: a page with a headline.

use resvg::tiny_skia::Pixmap;
use resvg::usvg::{Options, Transform, Tree};

use super::CardError;

const SIDE: u32 = 512;

const DRAWING: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512">
<rect width="512" height="512" fill="#1a1917"/>
<rect x="128" y="96" width="256" height="320" rx="12" fill="#fbf9f4"/>
<rect x="128" y="96" width="16" height="320" fill="#b3261e"/>
<rect x="172" y="132" width="176" height="30" fill="#1a1917"/>
<rect x="172" y="174" width="120" height="30" fill="#1a1917"/>
<g fill="#bdb6a6"><rect x="172" y="240" width="176" height="14"/><rect x="172" y="268" width="176" height="14"/><rect x="172" y="296" width="132" height="14"/></g>
<path d="M206 352 l26 26 l58 -58" fill="none" stroke="#b3261e" stroke-width="20" stroke-linecap="round" stroke-linejoin="round"/>
</svg>"##;

/// The picture as PNG, 512 by 512.
pub fn avatar() -> Result<Vec<u8>, CardError> {
    let tree = Tree::from_str(DRAWING, &Options::default())?;
    let mut picture =
        Pixmap::new(SIDE, SIDE).ok_or_else(|| CardError::Picture("no room for it".to_owned()))?;
    resvg::render(&tree, Transform::identity(), &mut picture.as_mut());
    picture.encode_png().map_err(|err| CardError::Picture(err.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_small_picture() {
        let png = avatar().unwrap();
        assert!(png.starts_with(b"\x89PNG") && png.len() < 100_000, "{} bytes", png.len());
        assert_eq!(avatar().unwrap(), png);
    }
}
