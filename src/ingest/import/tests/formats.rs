//! Saved feeds, dumps of others, zip archives, and files that are none of all that.

use super::*;
use crate::ingest::testing::payloads;

const FEED: &str = "<?xml version='1.0'?><rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom'><channel><title>Ellery Ledger</title>\
    <link>https://ledger.example/</link><atom:link rel='self' href='https://ledger.example/feeds/all.xml'/>\
    <item><title>Night train</title><link>/train?utm_source=rss</link></item>\
    <item><title>Ferry</title><guid isPermaLink='false'>f1</guid></item><item/></channel></rss>";

const JSON_FEED: &str = "{\n  \"version\": \"https://jsonfeed.org/version/1.1\",\n  \"title\": \"Notes\",\n  \"items\": [\n    {\"id\": 1, \"url\": \"https://notes.example/1\", \"content_text\": \"x\"}\n  ]\n}\n";

async fn ids(archive: &Archive) -> Vec<String> {
    let mut ids: Vec<String> = archive.records().await.into_iter().map(|record| record.native_id).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn a_saved_feed_is_imported_as_it_would_have_been_scanned() {
    let archive = Archive::new().await;
    let report = archive.import_text(FEED).await;
    assert_eq!((report.lines, report.tally.new, report.n_skipped()), (3, 2, 1));
    assert_eq!(
        ids(&archive).await,
        ["https://ledger.example/feeds/all.xml f1", "https://ledger.example/train"]
    );
    let record = &archive.records().await[0];
    assert_eq!(
        (record.platform.clone(), record.class, record.venue.as_str()),
        (Platform::Feed, SourceClass::Publication, "Ellery Ledger")
    );

    let utf_16: Vec<u8> =
        [0xfeff].into_iter().chain(FEED.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for bytes in [utf_16, gzip_of(FEED.as_bytes()), zstd_of(format!("\u{feff}\r\n\r\n{FEED}").as_bytes())] {
        let input = archive.write("again", &bytes);
        let tally = archive.import(&[input]).await.unwrap().total().tally;
        assert_eq!((tally.new, tally.unchanged), (0, 2));
    }
}

#[tokio::test]
async fn json_feeds_are_documents_too() {
    let one_line = JSON_FEED.replace('\n', "").replace("/1\"", "/2\"");
    for (text, id) in
        [(JSON_FEED.to_owned(), "https://notes.example/1"), (one_line, "https://notes.example/2")]
    {
        let archive = Archive::new().await;
        let report = archive.import_text(&text).await;
        assert_eq!((report.tally.new, ids(&archive).await), (1, vec![id.to_owned()]), "{report:?}");
    }
}

#[tokio::test]
async fn an_entry_nobody_can_find_again_is_no_record() {
    let archive = Archive::new().await;
    let report = archive
        .import_text("<rss><channel><item><title>a</title></item><item><title>b</title><link>https://ledger.example/b</link></item></channel></rss>")
        .await;
    assert_eq!((report.tally.new, report.n_skipped()), (1, 1));
    assert_eq!(archive.records().await[0].venue, "ledger.example");
    assert!(report.first_skipped[0].why.contains("address is not known"), "{report:?}");
}

#[tokio::test]
async fn a_document_that_is_no_feed_is_told() {
    let archive = Archive::new().await;
    for text in [
        "<!doctype html><html><body>x</body></html>",
        "<?xml version='1.0'?><opml/>",
        "{\n\"items\": 7\n}",
        "<",
    ] {
        let report = archive.import_text(text).await;
        assert_eq!(report.skipped.get(&SkipReason::NotAFeed), Some(&1), "{text}: {report:?}");
    }
}

#[tokio::test]
async fn dumps_are_recognised_whatever_they_are_called() {
    let archive = Archive::new().await;
    let event = r#"{"did": "did:plc:x", "time_us": 1930000000000000, "kind": "commit", "commit": {"rev": "r", "operation": "create", "collection": "app.bsky.feed.post", "rkey": "3k", "cid": "c", "record": {"$type": "app.bsky.feed.post", "text": "The ferry sails.", "createdAt": "2031-03-17T08:00:00Z"}}}"#;
    for (line, id) in [
        (
            r#"{"id": "x1", "created_utc": 1930000000, "subreddit": "harbour", "title": "a", "selftext": "", "author": "ana"}"#,
            "t3_x1",
        ),
        (event, "at://did:plc:x/app.bsky.feed.post/3k"),
        (r#"{"id": 7, "type": "story", "time": 1930000000, "title": "a", "by": "ana"}"#, "7"),
        (
            r#"{"objectID": "8", "created_at_i": 1930000000, "title": "a", "author": "ana", "_tags": ["story"]}"#,
            "8",
        ),
    ] {
        let report = archive.import_text(&format!("\r\n\u{20}\n{line}\r\n{line}\r\n")).await;
        assert_eq!(report.broken, None, "{line}");
        assert_eq!((report.tally.new, report.tally.unchanged), (1, 1), "{line}: {:?}", report.first_skipped);
        assert!(archive.records().await.iter().any(|record| record.native_id == id), "{id}");
    }
}

#[tokio::test]
async fn the_first_line_that_shows_it_decides() {
    let archive = Archive::new().await;
    let other = r#"{"id": "x1", "created_utc": 1930000000, "subreddit": "harbour"}"#;
    let lines = ["\u{feff}\r", "garbage\r", "{\"a\": 1}\r", POST, "\r", other, "more garbage"];
    let report = archive.import_text(&lines.join("\n")).await;
    assert_eq!((report.lines, report.tally.new, report.n_skipped(), report.broken), (5, 1, 4, None));
    let told: Vec<u64> = report.first_skipped.iter().map(|line| line.line).collect();
    assert_eq!(told, [2, 3, 6, 7]);
    let report = archive.import_text(&"garbage\n".repeat(25)).await;
    assert_eq!((report.lines, report.n_skipped(), report.broken), (25, 25, None));
}

struct Packed<'a> {
    name: &'a str,
    bytes: &'a [u8],
    deflate: bool,
    /// How many bytes each size has that stands behind the data; none: it stands before.
    behind: usize,
}

/// A zip archive as programs write them: sizes before the data where they are known, else behind it.
fn zip_of(files: &[Packed<'_>]) -> Vec<u8> {
    let mut zip = Vec::new();
    for file in files {
        let mut crc = flate2::Crc::new();
        crc.update(file.bytes);
        let data = if file.deflate {
            let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(file.bytes).unwrap();
            encoder.finish().unwrap()
        } else {
            file.bytes.to_vec()
        };
        let width = if file.behind > 0 { file.behind } else { 4 };
        let sizes = [data.len() as u64, file.bytes.len() as u64];
        let sizes = sizes.into_iter().flat_map(|size| size.to_le_bytes().into_iter().take(width));
        let told: Vec<u8> = crc.sum().to_le_bytes().into_iter().chain(sizes).collect();
        zip.extend(b"PK\x03\x04\x14\x00");
        zip.extend([if file.behind > 0 { 8 } else { 0 }, 0, if file.deflate { 8 } else { 0 }, 0, 0, 0, 0, 0]);
        zip.extend(if file.behind > 0 { &[0; 12][..] } else { &told });
        zip.extend(u16::try_from(file.name.len()).unwrap().to_le_bytes());
        zip.extend([4, 0]);
        zip.extend(file.name.bytes());
        zip.extend([9, 9, 0, 0]);
        zip.extend(data);
        if file.behind > 0 {
            zip.extend(b"PK\x07\x08");
            zip.extend(told);
        }
    }
    zip.extend(b"PK\x01\x02 the index");
    zip
}

#[tokio::test]
async fn every_file_of_a_zip_archive_is_read_by_itself() {
    let lines = many_lines(700);
    let second = gzip_of(POST.as_bytes());
    // Sizes of eight bytes are told apart from four also where they begin like what comes next.
    let padded = format!("{POST}{}", " ".repeat((0x150 - POST.len() % 0x100) % 0x100));
    assert_eq!(padded.len().to_le_bytes()[0], b'P');
    let file = |name, bytes, deflate, behind| Packed { name, bytes, deflate, behind };
    let zip = zip_of(&[
        file("folder/", b"", false, 0),
        file("folder/a.jsonl", lines.as_bytes(), true, 4),
        file("__MACOSX/a.jsonl", b"\0\0\0", true, 0),
        file("feed.xml", FEED.as_bytes(), true, 0),
        file("empty", b"", true, 4),
        file("large", padded.as_bytes(), true, 8),
        file("large and empty", b"", true, 8),
        file("b.jsonl.gz", &second, false, 0),
    ]);
    let archive = Archive::new().await;
    let input = archive.write("renamed.jsonl", &zip);
    let report = archive.import(&[input]).await.unwrap().files.remove(0);
    assert_eq!((report.tally.new, report.n_skipped(), report.broken), (703, 1, None));

    let archive = Archive::new().await;
    for length in [3, 10, 40, 200, zip.len() / 2, zip.len() - 20] {
        let input = archive.write("cut.zip", &zip[..length]);
        let report = archive.import(&[input]).await.unwrap().files.remove(0);
        assert!(report.broken.is_some() || length == 3, "{length}: {report:?}");
    }
    let mut damaged = zip.clone();
    let at = zip.windows(8).position(|eight| eight == b"feed.xml").unwrap() + 40;
    damaged[at] ^= 0x55;
    let input = archive.write("damaged.zip", &damaged);
    let report = archive.import(&[input]).await.unwrap().files.remove(0);
    assert!(report.broken.is_some(), "{report:?}");
}

#[tokio::test]
async fn a_cut_off_archive_with_a_long_window_keeps_what_came() {
    let lines = many_lines(6_000);
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.long_distance_matching(true).unwrap();
    encoder.window_log(31).unwrap();
    encoder.write_all(lines.as_bytes()).unwrap();
    let whole = encoder.finish().unwrap();
    let archive = Archive::new().await;
    let input = archive.write("long.zst", &whole);
    assert_eq!(archive.import(&[input]).await.unwrap().files[0].tally.new, 6_000);
    let archive = Archive::new().await;
    let input = archive.write("long.zst", &whole[..whole.len() - 30]);
    let report = archive.import(&[input]).await.unwrap().files.remove(0);
    assert!(report.tally.new < 6_000 && report.n_skipped() == 0, "{report:?}");
    let broken = report.broken.unwrap();
    assert_eq!((broken.why.as_str(), broken.after_line), ("it is cut off in the middle", report.tally.new));
}

#[tokio::test]
async fn a_line_of_a_hundred_megabytes_is_refused() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    for _ in 0..100 {
        encoder.write_all(&vec![b'a'; 1024 * 1024]).unwrap();
    }
    encoder.write_all(b"\n").unwrap();
    encoder.write_all(POST.as_bytes()).unwrap();
    let archive = Archive::new().await;
    let input = archive.write("long.zst", &encoder.finish().unwrap());
    let report = archive.import(&[input]).await.unwrap().files.remove(0);
    assert_eq!((report.tally.new, report.skipped.get(&SkipReason::TooLong)), (1, Some(&1)));
}

#[tokio::test]
async fn a_document_without_end_is_refused() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.write_all(b"<rss><channel><item><title>").unwrap();
    for _ in 0..40 {
        encoder.write_all(&vec![b'a'; 1024 * 1024]).unwrap();
    }
    let archive = Archive::new().await;
    let input = archive.write("long.zst", &encoder.finish().unwrap());
    let report = archive.import(&[input]).await.unwrap().files.remove(0);
    assert_eq!(report.skipped.get(&SkipReason::NotAFeed), Some(&1), "{report:?}");
}

#[tokio::test]
async fn every_recorded_feed_can_be_imported() {
    let Some(folder) = payloads("feeds") else { return };
    let files = std::fs::read_dir(folder).unwrap();
    let archive = Archive::new().await;
    let mut inputs: Vec<ImportInput> = files.map(|file| ImportInput::from(file.unwrap().path())).collect();
    inputs.sort_by_key(ToString::to_string);
    let report = archive.import(&inputs).await.unwrap();
    assert!(report.files.iter().all(|file| file.broken.is_none()), "{report:?}");
    assert!(report.total().tally.new >= 40, "{:?}", report.total());
}
