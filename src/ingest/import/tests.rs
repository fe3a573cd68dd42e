//! Imports of invented lines: what becomes of each, and that nothing stops the rest.

mod formats;

use std::io::Write as _;
use std::path::PathBuf;

use sqlx::{AnyConnection, Connection as _};

use super::*;
use crate::model::{Platform, Record, RecordState, SourceClass, TombstoneReason};

const POST: &str = r#"{"id": "a1", "platform": "reddit", "published": "2031-03-03T01:00:00", "published_utc": "2031-03-03T06:00:23Z", "title": "Weekly harbor thread", "text": "Post your barometer &amp; hats.", "url": "https://reddit.com/r/MarrowCoast/comments/1xq7ssn/weekly/", "author": "u/harbor_mods", "source": "r/MarrowCoast", "tags": ["Weekly ", ""]}"#;

fn now() -> DateTime<Utc> {
    "2031-04-01T00:00:00Z".parse().unwrap()
}

struct Archive {
    folder: tempfile::TempDir,
    store: Store,
}

impl Archive {
    async fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), store: Store::in_memory().await.unwrap() }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> ImportInput {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        ImportInput::from(path)
    }

    async fn import(&self, inputs: &[ImportInput]) -> Result<ImportReport, ImportError> {
        import(&self.store, inputs, now(), &mut |_| {}).await
    }

    async fn import_text(&self, text: &str) -> FileReport {
        let input = self.write("lines.jsonl", text.as_bytes());
        self.import(&[input]).await.unwrap().files.remove(0)
    }

    async fn records(&self) -> Vec<Record> {
        self.store.pending_records(10_000).await.unwrap()
    }
}

fn line(platform: &str, url: &str, extra: &str) -> String {
    format!(
        r#"{{"platform": "{platform}", "url": "{url}", "published_utc": "2031-03-03T06:00:00Z", "title": "First wor...", "text": "First words and more"{extra}}}"#
    )
}

#[tokio::test]
async fn a_line_becomes_a_record() {
    let archive = Archive::new().await;
    archive.import_text(POST).await;
    let [record] = &archive.records().await[..] else { panic!("one record") };
    assert_eq!(record.platform, Platform::Reddit);
    assert_eq!(record.native_id, "t3_1xq7ssn");
    assert_eq!(record.class, SourceClass::Forum);
    assert_eq!(record.permalink, "https://reddit.com/r/MarrowCoast/comments/1xq7ssn/weekly/");
    assert_eq!(record.author.as_deref(), Some("u/harbor_mods"));
    assert_eq!(record.venue, "r/MarrowCoast");
    assert_eq!(
        record.published_at.to_rfc3339(),
        "2031-03-03T06:00:23+00:00",
        "the corrected time, not the local one"
    );
    assert_eq!(record.title.as_deref(), Some("Weekly harbor thread"));
    assert_eq!(record.body, "Post your barometer &amp; hats.", "as received");
    assert_eq!(record.tags, ["Weekly"]);
    assert_eq!((record.seen_at, record.archived_seen_at), (now(), None));
}

#[tokio::test]
async fn a_line_may_say_what_it_answers_and_quotes() {
    let archive = Archive::new().await;
    let url = |n: u32| format!("https://bsky.app/profile/did:plc:saltpan7/post/3mcn{n}");
    let related = |n: u32, answers: &str, quotes: &str| {
        line("bluesky", &url(n), &format!(r#", "answers": {answers}, "quotes": {quotes}"#))
    };
    let text = [
        related(1, &format!("\"{}?ref=x\"", url(7)), "\"https://bsky.app/profile/Ana.Example/post/3mcn8\""),
        related(2, "null", "\"https://bsky.app/profile/ana.example\""),
        related(3, &format!("\"{}\"", url(3)), "\"\""),
        related(
            4,
            &format!("\"https://bsky.app/profile/ana.example/post/{}\"", "x".repeat(70_000)),
            "\"no address\"",
        ),
        related(5, "7", "null"),
    ];
    let report = archive.import_text(&text.join("\n")).await;
    assert_eq!(report.first_skipped.iter().map(|skipped| skipped.line).collect::<Vec<_>>(), [5]);
    let mut related: Vec<_> =
        archive.records().await.into_iter().map(|r| (r.native_id, r.answers, r.quotes)).collect();
    related.sort();
    let id = |n: u32| format!("at://did:plc:saltpan7/app.bsky.feed.post/3mcn{n}");
    let quoted = Some("https://bsky.app/profile/ana.example/post/3mcn8".to_owned());
    let expected =
        [(id(1), Some(url(7)), quoted), (id(2), None, None), (id(3), None, None), (id(4), None, None)];
    assert_eq!(related, expected);
}

#[tokio::test]
async fn platforms_keep_their_kind_of_speech_and_their_ids() {
    let archive = Archive::new().await;
    let lines = [
        line("twitter", "https://twitter.com/ana/status/77", r#", "source": "Twitter", "author": "@ana""#),
        line("bluesky", "https://bsky.app/profile/ana.example/post/3mc", r#", "source": "Bluesky""#),
        line("mastodon", "https://saltpan.example/@ana/12", r#", "author": "[deleted]""#),
        line("rss", "http://www.ledger.example/train/?utm_source=x", r#", "source": "Elleryledger""#),
        line("linked_article", "https://ledger.example/boat", ""),
        line("research_blog", "https://notes.example/posts/9", r#", "source": "Tidal Notes""#),
        line("arxiv", "http://arxiv.org/abs/2501.10447v2", r#", "class": "essay""#),
        line("hackernews", "https://news.ycombinator.com/item?id=5", r#", "author": "u/[deleted]""#),
        line("lemmy", "https://tidewrack.example/post/4", ""),
        line("zines", "https://zines.example/4", ""),
        line("reddit", "https://i.redd.example/picture.png", r#", "id": "f00""#),
    ];
    let report = archive.import_text(&lines.join("\n")).await;
    assert_eq!((report.lines, report.tally.new), (11, 11));
    let mut found: Vec<String> = archive
        .records()
        .await
        .iter()
        .map(|r| {
            let title = if r.title.is_some() { "title" } else { "-" };
            format!(
                "{} {} {} {} {title} {}",
                r.platform,
                r.native_id,
                r.class,
                r.venue,
                r.author.as_deref().unwrap_or("-")
            )
        })
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            "archive:reddit f00 forum i.redd.example title -",
            "archive:research_blog https://notes.example/posts/9 essay Tidal Notes title -",
            "archive:zines https://zines.example/4 forum zines.example title -",
            "arxiv 2501.10447 essay arxiv.org title -",
            "bluesky at://ana.example/app.bsky.feed.post/3mc social Bluesky - -",
            "feed https://ledger.example/boat publication ledger.example title -",
            "feed https://ledger.example/train publication Elleryledger title -",
            "hackernews 5 forum news.ycombinator.com title -",
            "lemmy https://tidewrack.example/post/4 forum tidewrack.example title -",
            "mastodon https://saltpan.example/@ana/12 social saltpan.example - -",
            "x 77 social X - @ana",
        ]
    );
}

#[tokio::test]
async fn bad_lines_are_told_and_stop_nothing() {
    let archive = Archive::new().await;
    let lines = [
        "\u{feff}",
        r#"{"platform": "reddit", "title": "cut off"#,
        r#"{"platform": "reddit", "url": 7}"#,
        "[]",
        r#"{"url": "https://ledger.example/1"}"#,
        r#"{"platform": "rss", "title": "no address", "published_utc": "2031-03-03T06:00:00Z"}"#,
        r#"{"platform": "rss", "url": "https://ledger.example/1", "title": "no time"}"#,
        r#"{"platform": "rss", "url": "https://ledger.example/1", "published_utc": "yesterday"}"#,
        r#"{"platform": "rss", "url": "https://ledger.example/1", "published": "2031-03-03", "title": " "}"#,
        r#"{"platform": "rss", "url": "https://ledger.example/1", "published": 1930000000.5, "title": "good"}"#,
        "",
        POST,
    ];
    let report = archive.import_text(&lines.join("\r\n")).await;
    assert_eq!((report.lines, report.tally.new, report.n_skipped()), (10, 2, 8));
    let told: Vec<String> = report.first_skipped.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "line 2, column 40: EOF while parsing a string",
            "line 3, column 31: invalid type: integer `7`, expected a string",
            "line 4, column 1: it does not begin with `{`",
            "line 5, column 35: missing field `platform`",
            "line 6: `url` is no address of a record on `rss`, and there is no `id`",
            "line 7: neither `published_utc` nor `published` is a time",
            "line 8, column 83: `yesterday` is not a time such as `2031-03-17T19:00:00Z`",
            "line 9: neither title nor text",
        ]
    );
    assert_eq!(report.skipped[&SkipReason::WrongShape], 3);
}

#[tokio::test]
async fn what_is_not_text_at_all_is_a_bad_line_too() {
    let archive = Archive::new().await;
    let mut bytes = b"\x00\x01\xff\n{\"platform\": \"rss\xff\"}\n".to_vec();
    bytes.extend(b"[".repeat(100_000));
    bytes.push(b'\n');
    bytes.extend(POST.bytes());
    let input = archive.write("odd.jsonl", &bytes);
    let report = archive.import(&[input]).await.unwrap();
    assert_eq!((report.files[0].tally.new, report.files[0].n_skipped()), (1, 3));
}

#[tokio::test]
async fn a_line_without_end_is_passed_over() {
    let archive = Archive::new().await;
    let mut bytes = vec![b'a'; 17 * 1024 * 1024];
    bytes.push(b'\n');
    bytes.extend(POST.bytes());
    let input = archive.write("long.jsonl", &bytes);
    let report = archive.import(&[input]).await.unwrap();
    assert_eq!(report.files[0].tally.new, 1);
    assert_eq!(report.files[0].first_skipped[0].reason, SkipReason::TooLong);
}

#[tokio::test]
async fn long_texts_are_cut_and_counted() {
    let archive = Archive::new().await;
    let text = "ü".repeat(40_000);
    let long = format!(
        r#"{{"platform": "rss", "url": "https://ledger.example/1", "published": "2031-03-03", "text": "{text}"}}"#
    );
    let report = archive.import_text(&long).await;
    assert_eq!(report.cut, 1);
    assert_eq!(archive.records().await[0].body.len(), 64 * 1024);
}

#[tokio::test]
async fn importing_twice_changes_nothing_and_later_lines_revise_or_delete() {
    let archive = Archive::new().await;
    archive.import_text(POST).await;
    let again = archive.import_text(POST).await;
    assert_eq!((again.tally.new, again.tally.unchanged), (0, 1));

    let edited = POST
        .replace("hats", "cats")
        .replace("\"a1\"", "\"b2\"")
        .replace("\"tags\"", r#""edited": "2031-03-04T00:00:00Z", "seen": "2031-03-04T00:00:05Z", "tags""#);
    assert_eq!(archive.import_text(&edited).await.tally.revised, 1, "the address decides, not the file's id");
    let record = archive.records().await.remove(0);
    assert_eq!(record.revision, 2);
    assert_eq!(record.edited_at.unwrap().to_rfc3339(), "2031-03-04T00:00:00+00:00");

    let gone = r#"{"platform": "reddit", "url": "https://www.reddit.com/r/MarrowCoast/comments/1xq7ssn/", "deleted": "author", "seen": "2031-03-05T00:00:00Z"}"#;
    let report = archive
        .import_text(&format!("{gone}\n{}", gone.replace("1xq7ssn", "never").replace("\"author\"", "true")))
        .await;
    assert_eq!((report.tally.gone, report.tally.unknown_deleted, report.n_skipped()), (1, 1, 0));
    let id = crate::model::RecordId::derive(&Platform::Reddit, "t3_1xq7ssn");
    assert_eq!(
        archive.store.gone(&[id]).await.unwrap().into_values().collect::<Vec<_>>(),
        [TombstoneReason::Author]
    );
    assert!(!matches!(record.state, RecordState::Tombstone { .. }), "it was live before");
}

fn zstd_of(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.long_distance_matching(true).unwrap();
    encoder.window_log(28).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn gzip_of(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn many_lines(n: usize) -> String {
    (0..n).map(|n| line("rss", &format!("https://ledger.example/{n}"), "") + "\n").collect()
}

#[tokio::test]
async fn packed_files_are_known_by_their_bytes() {
    let plain = many_lines(1_203);
    let parts = plain.split_at(plain.len() / 2);
    let two_frames = [zstd_of(parts.0.as_bytes()), zstd_of(parts.1.as_bytes())].concat();
    let two_members = [gzip_of(parts.0.as_bytes()), gzip_of(parts.1.as_bytes())].concat();
    for (name, bytes) in [
        ("a.jsonl", plain.clone().into_bytes()),
        ("a.jsonl.zst", zstd_of(plain.as_bytes())),
        ("a.jsonl.gz", gzip_of(plain.as_bytes())),
        ("renamed.jsonl", two_frames),
        ("renamed", two_members),
    ] {
        let archive = Archive::new().await;
        let input = archive.write(name, &bytes);
        let mut last = None;
        let report = import(&archive.store, &[input], now(), &mut |p| last = Some(p)).await.unwrap();
        assert_eq!((report.files[0].lines, report.files[0].tally.new), (1_203, 1_203), "{name}");
        let last = last.unwrap();
        assert_eq!((last.lines, last.bytes_read), (1_203, bytes.len() as u64), "{name}");
        assert_eq!(last.bytes_total, Some(bytes.len() as u64), "{name}");
    }
}

#[tokio::test]
async fn a_file_that_is_cut_off_keeps_what_was_read() {
    let lines = many_lines(30_000);
    for (name, packed) in [("a.zst", zstd_of(lines.as_bytes())), ("a.gz", gzip_of(lines.as_bytes()))] {
        let archive = Archive::new().await;
        let input = archive.write(name, &packed[..packed.len() * 3 / 4]);
        let after = archive.write("b.jsonl", POST.as_bytes());
        let report = archive.import(&[input, after]).await.unwrap();
        let file = &report.files[0];
        let broken = file.broken.as_ref().unwrap();
        assert!(file.tally.new > 0 && file.tally.new == broken.after_line, "{name}: {file:?}");
        assert_eq!(broken.why, "it is cut off in the middle", "{name}");
        assert_eq!(report.files[1].tally.new, 1, "the next file is read all the same");
    }
}

#[tokio::test]
async fn garbage_that_calls_itself_packed_is_told() {
    for magic in [&b"\x28\xb5\x2f\xfd"[..], b"\x1f\x8b\x08\x00"] {
        let archive = Archive::new().await;
        let input = archive.write("x", &[magic, &[0xff; 64][..]].concat());
        let report = archive.import(&[input]).await.unwrap();
        assert_eq!(report.files[0].lines, 0);
        assert!(report.files[0].broken.is_some());
    }
}

#[tokio::test]
async fn a_mistyped_name_changes_nothing() {
    let archive = Archive::new().await;
    let good = archive.write("good.jsonl", POST.as_bytes());
    let missing = ImportInput::from(archive.folder.path().join("god.jsonl"));
    let err = archive.import(&[good.clone(), missing]).await.unwrap_err();
    assert!(matches!(err, ImportError::NotFound { .. }), "{err}");
    let err = archive.import(&[good, ImportInput::from(archive.folder.path().to_owned())]).await.unwrap_err();
    assert!(matches!(err, ImportError::IsFolder { .. }), "{err}");
    assert_eq!(archive.records().await.len(), 0);
    assert_eq!(ImportInput::from(PathBuf::from("-")), ImportInput::Stdin);
}

#[tokio::test]
async fn an_empty_file_is_no_mistake() {
    let archive = Archive::new().await;
    let report = archive.import_text("").await;
    assert_eq!((report.lines, report.broken), (0, None));
}

#[tokio::test]
async fn a_full_disk_ends_the_import_and_stores_no_half_batch() {
    let archive = Archive::new().await;
    let url = format!("sqlite://{}", archive.folder.path().join("desk.db").display());
    let store = Store::open(&url).await.unwrap();
    let mut side = AnyConnection::connect(&url).await.unwrap();
    sqlx::query(
        "CREATE TRIGGER full BEFORE INSERT ON record WHEN NEW.permalink LIKE '%/4700' \
         BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
    )
    .execute(&mut side)
    .await
    .unwrap();
    let input = archive.write("a.jsonl", many_lines(5_000).as_bytes());
    let err = import(&store, std::slice::from_ref(&input), now(), &mut |_| {}).await.unwrap_err();
    assert!(matches!(err, ImportError::Store { source: StoreError::Full, .. }), "{err:?}");
    assert!(err.to_string().contains("4000 were stored before"), "{err}");
    assert_eq!(store.pending_records(10_000).await.unwrap().len(), 4_000);

    sqlx::query("DROP TRIGGER full").execute(&mut side).await.unwrap();
    let again = import(&store, &[input], now(), &mut |_| {}).await.unwrap().total().tally;
    assert_eq!((again.unchanged, again.new), (4_000, 1_000), "run again, it goes on");
}

#[tokio::test]
async fn the_recorded_archive_is_imported_whole() {
    let path = PathBuf::from("..").join("shared/data/ai-discourse-2025-12-26_2026-01-25.jsonl.zst");
    if !path.exists() {
        eprintln!("not run: the recorded archive is not here");
        return;
    }
    let archive = Archive::new().await;
    let report = archive.import(&[ImportInput::from(path)]).await.unwrap();
    let file = &report.files[0];
    assert_eq!((file.lines, file.tally.new, file.n_skipped(), file.cut), (35_026, 35_025, 1, 2));
}
