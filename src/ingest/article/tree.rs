//! From characters to a tree, as long as the tree is one that a page for people could have.
//!
//! HTML has repair rules with which a small page becomes a huge or a very deep tree (unclosed elements are opened again
//! in every paragraph). So it is parsed in small pieces, and the tree is measured after each.

use std::cell::Cell;

use dom_query::{Document, NodeId};
use html5ever::tendril::{StrTendril, TendrilSink as _};
use html5ever::tree_builder::{Tracer, TreeBuilderOpts};
use html5ever::{ParseOpts, parse_document};

/// Nodes of a tree. Long articles with hundreds of comments have some ten thousand.
const MAX_NODES: usize = 60_000;

/// Elements that are open at a time, those that wait to be opened again included. Browsers stop at 512.
const MAX_OPEN: usize = 300;

/// Bytes between two measurements: so few that what they can add stays small.
const PIECE: usize = 128;

/// Counts what a parser holds open.
#[derive(Default)]
struct Open(Cell<usize>);

impl Tracer for Open {
    type Handle = NodeId;

    fn trace_handle(&self, _node: &NodeId) {
        self.0.set(self.0.get() + 1);
    }
}

/// The tree of a page; `None` when it is too large or too deep.
pub(in crate::ingest) fn parse(html: &str) -> Option<Document> {
    let tree_builder = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
    let mut parser = parse_document(Document::default(), ParseOpts { tree_builder, ..ParseOpts::default() });
    let mut rest = html;
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at_checked(rest.floor_char_boundary(PIECE)).unwrap_or((rest, ""));
        rest = behind;
        parser.process(StrTendril::from_slice(piece));
        let builder = &parser.tokenizer.sink;
        // Complaints about bad markup are kept by the tree; nobody reads them.
        builder.sink.errors.borrow_mut().clear();
        let open = Open::default();
        builder.trace_handles(&open);
        if open.0.get() > MAX_OPEN || builder.sink.tree.len() > MAX_NODES {
            return None;
        }
    }
    Some(parser.finish())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn an_ordinary_page_becomes_a_tree() {
        let doc = parse("<!doctype html><title>Größe</title><p>One<p>Two").unwrap();
        assert_eq!(doc.select("title").text().as_ref(), "Größe");
        assert_eq!(doc.select("p").length(), 2);
        assert!(parse("").is_some());
    }

    #[test]
    fn pages_that_explode_are_left_early() {
        let started = Instant::now();
        let unclosed = |times: usize| (0..times).fold(String::new(), |all, n| all + &format!("<b id={n}>"));
        for page in [
            "<div>".repeat(500_000),
            unclosed(20_000) + &"<p>x".repeat(200_000),
            unclosed(200) + &"<p>x".repeat(200_000),
            "<table><tr><td>".repeat(200_000),
            "<br>".repeat(700_000),
            "<svg>".repeat(500_000),
            "<a><p>".repeat(300_000),
        ] {
            assert!(parse(&page).is_none());
        }
        assert!(parse(&format!("<p>{}", "&amp;<".repeat(400_000))).is_some());
        assert!(parse(&format!("<p {}>", "a=1 ".repeat(100_000))).is_some());
        assert!(parse(&format!("<!--{}", "-".repeat(2_000_000))).is_some());
        assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
    }
}
