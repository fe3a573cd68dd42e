//! What readers of a page see: the rest goes, for hidden text is how orders to machines are carried.

use dom_query::{Document, NodeRef};

/// Elements whose content is no text of the page.
const UNSEEN: &[&str] = &[
    "template", "noscript", "style", "script", "iframe", "object", "embed", "svg", "canvas", "audio",
    "video", "map", "datalist", "select", "textarea", "input", "button", "dialog",
];

/// Takes out of the tree what readers do not see. What a page's style sheets hide is not known here.
pub(super) fn drop_hidden(doc: &Document) {
    let hidden: Vec<NodeRef<'_>> = doc.root().descendants_it().filter(is_hidden).collect();
    for node in hidden {
        node.remove_from_parent();
    }
}

fn is_hidden(node: &NodeRef<'_>) -> bool {
    if node.is_comment() {
        return true;
    }
    if !node.is_element() {
        return false;
    }
    let name = node.node_name().unwrap_or_default();
    if UNSEEN.contains(&name.as_ref()) {
        return !(name.as_ref() == "dialog" && node.has_attr("open"));
    }
    // The root and the body are made visible by scripts; what hides them hides the whole page from us.
    if matches!(name.as_ref(), "html" | "body") {
        return false;
    }
    let is = |attribute: &str, value: &str| {
        node.attr(attribute).is_some_and(|found| found.trim().eq_ignore_ascii_case(value))
    };
    node.has_attr("hidden")
        || is("aria-hidden", "true")
        || node.attr("style").is_some_and(|style| style_hides(&style))
}

/// Whether a `style` attribute makes its element invisible.
fn style_hides(style: &str) -> bool {
    let mut style = style.to_ascii_lowercase();
    while let Some((before, rest)) = style.split_once("/*") {
        let behind = rest.split_once("*/").map_or("", |(_, behind)| behind);
        style = format!("{before}{behind}");
    }
    let value_of = |wanted: &str| {
        let mut values = style.split(';').filter_map(|declaration| {
            let (name, value) = declaration.split_once(':')?;
            let value = value.trim().trim_end_matches("!important").trim_end().to_owned();
            (name.trim() == wanted).then_some(value)
        });
        values.next_back()
    };
    let is =
        |name: &str, values: &[&str]| value_of(name).is_some_and(|value| values.contains(&value.as_str()));
    let zero = |name: &str| value_of(name).is_some_and(|value| length(&value) == Some(0.0));
    let far =
        |name: &str| value_of(name).and_then(|value| length(&value)).is_some_and(|length| length <= -999.0);
    let background = value_of("background-color").or_else(|| value_of("background"));
    is("display", &["none"])
        || is("visibility", &["hidden", "collapse"])
        || is("content-visibility", &["hidden"])
        || is("color", &["transparent"])
        || zero("opacity")
        || zero("font-size")
        || zero("max-height")
        || zero("max-width")
        || (zero("height") || zero("width")) && is("overflow", &["hidden", "clip"])
        || ["text-indent", "left", "top", "right", "bottom", "margin-left", "margin-top"].into_iter().any(far)
        || is(
            "clip",
            &[
                "rect(0,0,0,0)",
                "rect(0 0 0 0)",
                "rect(0px,0px,0px,0px)",
                "rect(0px, 0px, 0px, 0px)",
                "rect(0, 0, 0, 0)",
                "rect(1px,1px,1px,1px)",
                "rect(1px, 1px, 1px, 1px)",
            ],
        )
        || is("clip-path", &["inset(100%)", "inset(50%)", "circle(0)"])
        || (background.is_some() && background == value_of("color"))
}

/// The number of a length or a share: `0`, `0px`, `-9999em`, `0%`.
fn length(value: &str) -> Option<f64> {
    let end =
        value.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+'))).unwrap_or(value.len());
    value.get(..end)?.parse().ok()
}

/// `text` in one line, without characters that nobody sees: zero widths, marks of writing direction, tags, controls.
/// Joiners stay where letters or emoji stand on both sides; the stage that cleans records decides about those.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut chars = text.chars().filter(|c| !is_unseen(*c)).peekable();
    while let Some(c) = chars.next() {
        let stands = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !c.is_whitespace());
        match c {
            '\u{200C}' | '\u{200D}' => {
                if stands(line.chars().next_back()) && stands(chars.peek().copied()) {
                    line.push(c);
                }
            }
            c if c.is_whitespace() || c.is_control() => {
                if !line.is_empty() && !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            c => line.push(c),
        }
    }
    line.truncate(line.trim_end().len());
    line
}

fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}' | '\u{E0100}'..='\u{E01EF}'
    )
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn styles_that_hide_are_known_in_their_spellings() {
        for style in [
            "display:none",
            "color:red; DISPLAY : None !important",
            "display:/* x */none",
            "visibility:hidden",
            "opacity:0.0",
            "font-size: 0px",
            "position:absolute; left:-9999px",
            "text-indent:-999em",
            "height:0;overflow:hidden",
            "color:#fff;background-color:#fff",
            "display:block;display:none",
            "clip: rect(0, 0, 0, 0)",
        ] {
            assert!(style_hides(style), "{style}");
        }
        for style in [
            "",
            "color:red",
            "display:block",
            "opacity:0.5",
            "height:0",
            "left:-10px",
            "display:none;display:block",
            "color:#000;background-color:#fff",
            "/*",
        ] {
            assert!(!style_hides(style), "{style}");
        }
    }

    #[test]
    fn hidden_text_goes_and_the_rest_stays() {
        let doc = tree::parse(
            "<body hidden><p>One<span hidden>no</span><b aria-hidden=TRUE>no</b><i style='display:none'>no</i>\
             <template>no</template><noscript>no</noscript><!-- no --><p aria-hidden=false title=no>Two\
             <dialog>no</dialog><dialog open>Three</dialog><select><option>no</select><details>Four</details>",
        )
        .unwrap();
        drop_hidden(&doc);
        assert_eq!(one_line(&doc.text()), "OneTwoThreeFour");
    }

    #[test]
    fn characters_that_nobody_sees_go() {
        assert_eq!(one_line(" a\u{200B}b\u{202E}c\u{E0041}\n\td\u{FEFF}\u{AD}e\0 "), "abc de");
        assert_eq!(one_line("👩\u{200D}🚀 می\u{200C}خواهم a\u{200D}b"), "👩\u{200D}🚀 می\u{200C}خواهم ab");
        assert_eq!(one_line("\u{200D}\u{200D}"), "");
    }
}
