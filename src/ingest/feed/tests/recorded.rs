//! The recorded feeds: how many entries are found in each.

use std::path::PathBuf;

use super::*;
use crate::ingest::testing::payloads;

/// Every recorded file and its entries: as Python's feedparser 6.0.14 counts them, and those of JSON, which it does not
/// read, by the length of their `items`. None: the document is no feed.
const ENTRIES: &[(&str, Option<usize>)] = &[
    ("feedparser_aaa_illformed.xml", Some(0)),
    ("feedparser_always_strip_doctype.xml", Some(0)),
    ("feedparser_big5.xml", Some(0)),
    ("feedparser_bozo_double-encoded-html.xml", Some(1)),
    ("feedparser_bozo_encoding_mismatch_crash.xml", Some(1)),
    ("feedparser_bozo_invalid-bytes-with-bom.xml", Some(0)),
    ("feedparser_bozo_linenoise.xml", Some(1)),
    ("feedparser_charref_uppercase_x.xml", Some(1)),
    ("feedparser_demoronize-1.xml", Some(1)),
    ("feedparser_entry_content_script_cdata.xml", Some(1)),
    ("feedparser_example.json", Some(2)),
    ("feedparser_headers_content_location-relative.xml", Some(0)),
    ("feedparser_headers_content_location-unsafe.xml", Some(0)),
    ("feedparser_headers_etag.xml", Some(0)),
    ("feedparser_headers_foo.xml", Some(0)),
    ("feedparser_headers_last_modified-blank.xml", Some(0)),
    ("feedparser_headers_last_modified-modified.xml", Some(0)),
    ("feedparser_headers_last_modified-modified_parsed.xml", Some(0)),
    ("feedparser_headers_last_modified-not-present.xml", Some(0)),
    ("feedparser_headers_no_etag.xml", Some(0)),
    ("feedparser_http_high_bit_date.xml", Some(0)),
    ("feedparser_http_text_xml_charset_overrides_encoding_2.xml", Some(1)),
    ("feedparser_item_fullitem_crazy.xml", Some(1)),
    ("feedparser_koi8r.xml", Some(1)),
    ("feedparser_large_atom_feed_that_needs_css_sanitisation.xml", Some(15)),
    ("feedparser_rss_empty_document.xml", None),
    ("feedparser_shiftjis.xml", Some(1)),
    ("feedparser_utf-16le-bom.xml", Some(0)),
    ("feedparser_utf-32be-autodetect.xml", Some(0)),
    ("feedparser_windows1255.xml", Some(1)),
    ("feedrs_atom_content_src.xml", Some(1)),
    ("feedrs_atom_example_1.xml", Some(1)),
    ("feedrs_atom_example_reddit.xml", Some(1)),
    ("feedrs_atom_relative.xml", Some(1)),
    ("feedrs_atom_scattered.xml", Some(1)),
    ("feedrs_atom_xml_base.xml", Some(1)),
    ("feedrs_jsonfeed_elastic_1.1.json", Some(3)),
    ("feedrs_jsonfeed_example_1.json", Some(2)),
    ("feedrs_jsonfeed_spec_1.json", Some(1)),
    ("feedrs_rss_0.91_encoding_1.xml", Some(1)),
    ("feedrs_rss_0.91_missing_id.xml", Some(1)),
    ("feedrs_rss_1.0_debian.xml", Some(1)),
    ("feedrs_rss_1.0_iso8859.xml", Some(1)),
    ("feedrs_rss_2.0_bbc.xml", Some(1)),
    ("feedrs_rss_2.0_cloudflare.xml", Some(1)),
    ("feedrs_rss_2.0_ghost_1.xml", Some(1)),
    ("feedrs_rss_2.0_ilmessaggero.xml", Some(1)),
    ("feedrs_rss_2.0_invalid_1.xml", Some(0)),
    ("feedrs_rss_2.0_matrix.xml", Some(1)),
    ("feedrs_rss_2.0_nbcny.xml", Some(1)),
    ("feedrs_rss_2.0_reddit.xml", Some(1)),
    ("feedrs_rss_2.0_relurl_1.xml", Some(2)),
    ("feedrs_rss_2.0_spec_1.xml", Some(2)),
    ("feedrs_rss_2.0_spiegel.xml", Some(1)),
    ("feedrs_xml_iso8859.xml", Some(1)),
    ("gofeed_issue_320_legacy_entity_prefix.xml", Some(0)),
];

#[test]
fn as_many_entries_are_found_in_the_recorded_feeds_as_others_find() {
    let Some(folder) = payloads("feeds") else { return };
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let mut found = Vec::new();
    for file in &files {
        let bytes = std::fs::read(file).unwrap();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        // What the file's own comment says of its header.
        let charset = name.contains("charset_overrides").then_some("windows-1252");
        let parsed = std::panic::catch_unwind(|| parse(&bytes, charset, &origin(), now()));
        let entries = match parsed.expect("no document makes the reader panic") {
            Ok(parsed) => {
                let n = parsed.records.len() + parsed.skipped.len();
                eprintln!("{n:3} {name}: {} records, {} skipped", parsed.records.len(), parsed.skipped.len());
                let ids: std::collections::BTreeSet<_> =
                    parsed.records.iter().map(|record| &record.native_id).collect();
                assert_eq!(ids.len(), parsed.records.len(), "{name}: identities collide");
                Some(n)
            }
            Err(err) => {
                eprintln!("  - {name}: {err}");
                None
            }
        };
        found.push((name, entries));
    }
    let expected: Vec<(String, Option<usize>)> =
        ENTRIES.iter().map(|(name, entries)| ((*name).to_owned(), *entries)).collect();
    assert_eq!(found, expected);
}
