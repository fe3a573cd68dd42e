//! A reader of XML that forgives: feeds are written by hand, by old software, and are cut off on their way.
//!
//! It never fails on what stands in a document. An end tag that fits nothing is passed over, one that fits an
//! ancestor closes everything within it, a `<` that begins no tag is text, and what is open at the end is closed
//! there. Entities are never defined by a document, so nothing small becomes large.

/// One piece of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// An element begins.
    Start(Tag<'a>),
    /// An element ends, with its tag as written; without one where it is closed by its start tag.
    End(&'a str),
    /// Text with its entities.
    Text(&'a str),
    /// Text as it is.
    Verbatim(&'a str),
}

/// A start tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// As written, with its prefix.
    pub(super) name: &'a str,
    /// All between the name and the end.
    pub(super) attributes: &'a str,
    /// The whole tag, brackets included.
    pub(super) raw: &'a str,
    empty: bool,
}

impl<'a> Tag<'a> {
    /// The attributes in their order, values as written.
    pub(super) fn attributes(self) -> Attributes<'a> {
        Attributes { rest: self.attributes }
    }
}

/// Attributes of a tag.
pub(super) struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/' || c == '=');
        let end = rest.find(|c: char| c.is_ascii_whitespace() || c == '=').unwrap_or(rest.len());
        let (name, after) = rest.split_at_checked(end)?;
        if name.is_empty() {
            return None;
        }
        let Some(value) = after.trim_start().strip_prefix('=') else {
            self.rest = after;
            return Some((name, ""));
        };
        let value = value.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, after) = if let Some(quote) = quote {
            let inner = value.get(1..).unwrap_or_default();
            inner.split_once(quote).unwrap_or((inner, ""))
        } else {
            let end = value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len());
            value.split_at_checked(end)?
        };
        self.rest = after;
        Some((name, value))
    }
}

/// Elements of HTML that have no end. They stand in descriptions that should have been escaped.
const VOID: &[&str] = &["br", "hr", "img", "wbr"];

/// Elements that never stand within themselves: where one begins, the one before was not closed.
const FLAT: &[&str] = &["item", "entry"];

/// Walks through a document and knows which elements are open.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    open: Vec<&'a str>,
    /// The last start tag was an empty element: its end comes next.
    ends_at_once: bool,
    max_depth: usize,
    too_deep: bool,
}

impl<'a> Reader<'a> {
    /// Stops before elements that are nested deeper than `max_depth`.
    pub(super) fn new(text: &'a str, max_depth: usize) -> Self {
        Self { text, at: 0, open: Vec::new(), ends_at_once: false, max_depth, too_deep: false }
    }

    /// How many elements are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Whether the document was left early for its depth.
    pub(super) fn too_deep(&self) -> bool {
        self.too_deep
    }

    /// The next child of the element whose content is at `depth`, or its next text; none when it ends. Children that
    /// were not read to their end are passed over.
    pub(super) fn child(&mut self, depth: usize) -> Option<Piece<'a>> {
        while self.open.len() >= depth {
            let piece = self.next()?;
            let here = match piece {
                Piece::Start(_) => self.open.len() == depth + 1,
                Piece::Text(_) | Piece::Verbatim(_) => self.open.len() == depth,
                Piece::End(_) => false,
            };
            if here {
                return Some(piece);
            }
        }
        None
    }

    /// The next piece, whatever its depth. After a start the element counts as open, after an end as closed.
    pub(super) fn next(&mut self) -> Option<Piece<'a>> {
        if std::mem::take(&mut self.ends_at_once) {
            self.open.pop();
            return Some(Piece::End(""));
        }
        loop {
            let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
            if !opens(rest) {
                let end = next_opening(rest).unwrap_or(rest.len());
                self.at += end;
                return Some(Piece::Text(rest.get(..end)?));
            }
            if let Some(body) = rest.strip_prefix("<![CDATA[") {
                let length = body.find("]]>").unwrap_or(body.len());
                self.at += (9 + length + 3).min(rest.len());
                return Some(Piece::Verbatim(body.get(..length)?));
            }
            if rest.starts_with("<!--") {
                self.pass(rest, "-->");
            } else if rest.starts_with("<?") {
                self.pass(rest, "?>");
            } else if rest.starts_with("<!") {
                self.pass(rest, ">");
            } else if let Some(tag) = rest.strip_prefix("</") {
                let (name, length) = match tag.split_once(['>', '<']) {
                    Some((name, _)) => {
                        (name, name.len() + 2 + usize::from(tag.get(name.len()..)?.starts_with('>')))
                    }
                    None => (tag, rest.len()),
                };
                self.at += length;
                let name = name.trim_ascii();
                if let Some(at) = self.open.iter().rposition(|open| *open == name) {
                    self.open.truncate(at);
                    return Some(Piece::End(rest.get(..length).unwrap_or_default()));
                }
            } else {
                let tag = tag_of(rest);
                if let Some(at) = self.open.iter().rposition(|open| *open == tag.name && FLAT.contains(open))
                {
                    // It is read again, once the one before has ended.
                    self.open.truncate(at);
                    return Some(Piece::End(""));
                }
                self.at += tag.raw.len();
                if self.begin(&tag) {
                    return Some(Piece::Start(tag));
                }
                return None;
            }
        }
    }

    fn begin(&mut self, tag: &Tag<'a>) -> bool {
        if self.open.len() >= self.max_depth {
            self.too_deep = true;
            self.at = self.text.len();
            return false;
        }
        self.open.push(tag.name);
        self.ends_at_once = tag.empty || VOID.contains(&tag.name);
        true
    }

    fn pass(&mut self, rest: &str, end: &str) {
        self.at += rest.find(end).map_or(rest.len(), |at| at + end.len());
    }
}

/// Whether a tag, a comment or the like begins here.
fn opens(rest: &str) -> bool {
    match rest.as_bytes() {
        [b'<', b'!' | b'?' | b'/' | b'_' | b':', ..] => true,
        [b'<', next, ..] => next.is_ascii_alphabetic() || !next.is_ascii(),
        _ => false,
    }
}

fn next_opening(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.find('<')?;
        if opens(text.get(at..)?) {
            return Some(at);
        }
        from = at + 1;
    }
}

/// The tag at the start of `rest`. A quote that is never closed ends with the tag, not with the document.
fn tag_of(rest: &str) -> Tag<'_> {
    let mut quote = None;
    let mut end = None;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match (quote, byte) {
            (None, b'"' | b'\'')
                if rest.as_bytes().get(at - 1) == Some(&b'=')
                    || rest.as_bytes().get(at - 1) == Some(&b' ') =>
            {
                quote = Some(byte);
            }
            (Some(open), _) if byte == open => quote = None,
            (None, b'>') => {
                end = Some(at + 1);
                break;
            }
            (_, b'<') => break,
            _ => {}
        }
    }
    let end = end.unwrap_or_else(|| {
        let next = rest.get(1..).and_then(|after| after.find(['>', '<'])).map_or(rest.len(), |at| at + 1);
        next + usize::from(rest.get(next..).is_some_and(|at| at.starts_with('>')))
    });
    let raw = rest.get(..end).unwrap_or(rest);
    let inner = raw.strip_prefix('<').unwrap_or(raw);
    let inner = inner.strip_suffix('>').unwrap_or(inner);
    let (inner, empty) = match inner.strip_suffix('/') {
        Some(inner) => (inner, true),
        None => (inner, false),
    };
    let name_end = inner.find(|c: char| c.is_ascii_whitespace() || c == '/').unwrap_or(inner.len());
    let (name, attributes) = inner.split_at_checked(name_end).unwrap_or((inner, ""));
    Tag { name, attributes, raw, empty }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::entities::decoded;
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let mut reader = Reader::new(text, 20);
        let mut told = Vec::new();
        while let Some(piece) = reader.next() {
            told.push(match piece {
                Piece::Start(tag) => {
                    let attributes: Vec<_> =
                        tag.attributes().map(|(name, value)| format!(" {name}={value}")).collect();
                    format!("<{}{}", tag.name, attributes.concat())
                }
                Piece::End(_) => format!(">{}", reader.depth()),
                Piece::Text(text) => decoded(text).into_owned(),
                Piece::Verbatim(text) => format!("[{text}]"),
            });
        }
        told
    }

    #[test]
    fn a_document_is_read_in_its_order() {
        assert_eq!(
            told("<?x y?><a b='1' c=\"a>b\"><!-- <d> --><e/>x &lt; y<![CDATA[<f>]]></a>"),
            ["<a b=1 c=a>b", "<e", ">1", "x < y", "[<f>]", ">0"]
        );
    }

    #[test]
    fn what_is_malformed_is_forgiven() {
        assert_eq!(told("<a><b>x</a>"), ["<a", "<b", "x", ">0"]);
        assert_eq!(told("<a>x</b>y</a>"), ["<a", "x", "y", ">0"]);
        assert_eq!(told("<a>1 < 2 <3 << x</a>"), ["<a", "1 < 2 <3 << x", ">0"]);
        assert_eq!(told("<a b=1 c d='e>x</a>"), ["<a b=1 c= d=e", "x", ">0"]);
        assert_eq!(told("<a>x<![CDATA[y"), ["<a", "x", "[y]"]);
        assert_eq!(told("<a>x<b c"), ["<a", "x", "<b c="]);
        assert_eq!(told("<a>x</a"), ["<a", "x", ">0"]);
        assert_eq!(told("<a>東<b>é</b>ü</a>"), ["<a", "東", "<b", "é", ">1", "ü", ">0"]);
        assert_eq!(told("<a>x<br>y</a>"), ["<a", "x", "<br", ">1", "y", ">0"]);
        assert_eq!(told("<a><item>x<item>y</a>"), ["<a", "<item", "x", ">1", "<item", "y", ">0"]);
    }

    /// A document that is well-formed, and what is told of it.
    fn any_element() -> impl Strategy<Value = (String, Vec<String>)> {
        let text = "[a-z é]{1,9}".prop_map(|text| (text.clone(), vec![text]));
        let verbatim =
            "[a-z<&>é]{0,9}".prop_map(|text| (format!("<![CDATA[{text}]]>"), vec![format!("[{text}]")]));
        let leaf = prop_oneof![text, verbatim, "<!-- [a-z<>]{0,9}-->".prop_map(|text| (text, Vec::new()))];
        leaf.prop_recursive(4, 24, 4, |inner| {
            let attributes = prop::collection::btree_map("[a-z]{1,3}", "[a-z>/= é]{0,5}", 0..3);
            ("[a-c]:?[d-f]", attributes, prop::collection::vec(inner, 0..4)).prop_map(
                |(name, attributes, children)| {
                    let written: Vec<_> =
                        attributes.iter().map(|(key, value)| format!(" {key}=\"{value}\"")).collect();
                    let shown: Vec<_> =
                        attributes.iter().map(|(key, value)| format!(" {key}={value}")).collect();
                    let (inner, told): (Vec<String>, Vec<Vec<String>>) = children.into_iter().unzip();
                    let told =
                        [vec![format!("<{name}{}", shown.concat())], told.concat(), vec![format!(">{name}")]]
                            .concat();
                    (format!("<{name}{}>{}</{name}>", written.concat(), inner.concat()), told)
                },
            )
        })
    }

    proptest! {
        #[test]
        fn what_is_well_formed_is_read_as_it_is(element in any_element()) {
            let (document, expected) = element;
            let mut reader = Reader::new(&document, 20);
            let (mut read, mut open): (Vec<String>, Vec<&str>) = (Vec::new(), Vec::new());
            while let Some(piece) = reader.next() {
                match piece {
                    Piece::Start(tag) => {
                        open.push(tag.name);
                        let attributes: Vec<_> = tag.attributes().map(|(key, value)| format!(" {key}={value}")).collect();
                        read.push(format!("<{}{}", tag.name, attributes.concat()));
                    }
                    Piece::End(_) => read.push(format!(">{}", open.pop().unwrap())),
                    Piece::Text(text) => read.push(text.to_owned()),
                    Piece::Verbatim(text) => read.push(format!("[{text}]")),
                }
                prop_assert_eq!(reader.depth(), open.len());
            }
            // Two texts side by side are one.
            prop_assert_eq!(read.concat(), expected.concat());
        }

        #[test]
        fn what_is_not_loses_no_element_that_is_open(
            pieces in prop::collection::vec("<[a-c:]{1,3}( x=['\"][<>a]?)?/?>?|</[a-c]{1,3}>?|<(item|br|img)>|<!\\[CDATA\\[|\\]\\]>|<!--|-->|<[?!]|[&;#'\"= é\u{0}<>]", 0..60),
        ) {
            let text = pieces.concat();
            let mut reader = Reader::new(&text, 9);
            let mut count = 0;
            while let Some(piece) = reader.next() {
                let before = reader.depth();
                prop_assert!(before <= 9 && (before > 0 || !matches!(piece, Piece::Start(_))));
                count += 1;
                prop_assert!(count <= 2 * text.len() + 1);
            }
            prop_assert_eq!(reader.at, text.len());
        }
    }
}
