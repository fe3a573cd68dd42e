//! The size limit of stored text fields.

/// No text field is stored longer than this; what is longer is cut at a character and counted.
pub(crate) const MAX_FIELD_BYTES: usize = 64 * 1024;

/// Cuts `text` to [`MAX_FIELD_BYTES`] at a character border; true if something was cut off.
pub(crate) fn cut(text: &mut String) -> bool {
    if text.len() <= MAX_FIELD_BYTES {
        return false;
    }
    text.truncate(text.floor_char_boundary(MAX_FIELD_BYTES));
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_never_splits_a_character() {
        let mut text = format!("{}€uro", "a".repeat(MAX_FIELD_BYTES - 1));
        assert!(cut(&mut text));
        assert_eq!(text.len(), MAX_FIELD_BYTES - 1);
        let mut short = "grüße".to_owned();
        assert!(!cut(&mut short));
        assert_eq!(short, "grüße");
    }
}
