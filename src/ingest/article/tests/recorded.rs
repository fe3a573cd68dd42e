//! Recorded pages with the text that a browser's reader mode finds in them.
//!
//! The crate that chooses the text is developed against pages of this collection. So these figures tell that nothing is
//! lost or added on the way from bytes to paragraphs; how well other pages are read they do not tell.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::SecondsFormat;
use serde_json::Value;

use super::super::{charset, page, tree};
use super::*;
use crate::ingest::testing::payloads;

/// The share of expected words that must be found, and of found words that must be expected, over all pages.
const MIN_FOUND: f64 = 0.99;
const MIN_EXPECTED: f64 = 0.99;

fn words(text: &str) -> BTreeMap<String, usize> {
    let mut words = BTreeMap::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        *words.entry(word.to_lowercase()).or_insert(0) += 1;
    }
    words
}

/// How many words of `a` are in `b`, each as often.
fn shared(a: &BTreeMap<String, usize>, b: &BTreeMap<String, usize>) -> usize {
    a.iter().map(|(word, count)| *count.min(b.get(word).unwrap_or(&0))).sum()
}

#[test]
fn recorded_pages_are_read_as_a_browser_reads_them() {
    let Some(folder) = payloads("readability") else { return };
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let found_at = Url::parse("http://fakehost.example/test/page.html").unwrap();
    // Of each field: right where one is expected, expected, and made up where none is.
    let mut fields: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    let (mut expected_words, mut found_words, mut common) = (0, 0, 0);
    for folder in &folders {
        let file = |name: &str| std::fs::read(folder.join(name)).unwrap();
        let expected: Value = serde_json::from_slice(&file("expected-metadata.json")).unwrap();
        let source = charset::decode(&file("source.html"), None);
        let page = page::read(&source, &found_at, now()).unwrap();
        let published = page.metadata.published_at.map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true));
        for (key, ours) in [
            ("title", Some(page.title.clone()).filter(|title| !title.is_empty())),
            ("byline", page.metadata.byline.clone()),
            ("siteName", page.metadata.site.clone()),
            ("publishedTime", published),
        ] {
            let [right, wanted, made_up] = fields.entry(key).or_default();
            match expected[key].as_str().filter(|text| !text.is_empty()) {
                Some(text) => {
                    (*right, *wanted) = (*right + usize::from(ours.as_deref() == Some(text)), *wanted + 1);
                }
                None => *made_up += usize::from(ours.is_some()),
            }
        }
        let text =
            tree::parse(&String::from_utf8(file("expected.html")).unwrap()).unwrap().text().to_string();
        let (theirs, ours) = (words(&text), words(&page.text));
        let count = |words: &BTreeMap<String, usize>| words.values().sum::<usize>();
        let both = shared(&theirs, &ours);
        (expected_words, found_words, common) =
            (expected_words + count(&theirs), found_words + count(&ours), common + both);
        let name = folder.file_name().unwrap().display();
        println!("{name}: {both} of {} expected words, {} found", count(&theirs), count(&ours));
    }
    let (found, expected) = (common as f64 / expected_words as f64, common as f64 / found_words as f64);
    for (key, [right, wanted, made_up]) in &fields {
        println!("{key}: {right} of {wanted} right, {made_up} made up");
    }
    println!("{found:.3} of the expected words found, {expected:.3} of the found ones expected");
    for (key, [right, wanted, made_up]) in &fields {
        assert!(right == wanted && *made_up == 0, "{key}: {right} of {wanted}, {made_up} made up");
    }
    assert!(found >= MIN_FOUND && expected >= MIN_EXPECTED, "words: {found:.3}, {expected:.3}");
}
