//! What reading the stream of all posts costs in CPU time: decoding every event and matching ten phrases, beside parsing
//! alone.
//!
//! `cargo bench --bench jetstream -- [--events 1000000]`. The events are invented and made in memory before: nine of
//! ten are posts of some thirty words (a third answer somebody, a fifth have pictures, a tenth a link card, one in six a
//! shortened link), the rest deletions, accounts and identities. Each of the three readings goes over the same bytes in
//! the same order, in one thread:
//!
//! - `owned`: `serde_json` into typed structs of the whole event, every text a `String`;
//! - `borrowed`: the same structs, every text borrowed where it can be: the least that parsing can cost;
//! - `matched`: what a desk does: decode, put the words of a post together, look for ten phrases, keep what matches.

#![expect(clippy::print_stdout, reason = "its answer")]

mod cpu;

use std::borrow::Cow;
use std::fmt;
use std::fmt::Write as _;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use anyhow::{Context as _, ensure};
use chrono::{DateTime, Utc};
use cpu::Begin;
use newsdesk::ingest::JetstreamIntake;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use serde_json::json;

const PHRASES: [&str; 10] = [
    "night train",
    "saltpan",
    "harbour bridge",
    "ferry strike",
    "coast line",
    "tidal mill",
    "open ledger",
    "marrow bay",
    "paper engine",
    "quiet carriage",
];

const WORDS: &str = "the of and a to in is you that it he was for on are as with his they at be this have from or one had by \
    word but not what all were we when your can said there use an each which she do how their if will up other about out many";

/// A few words of one event in a hundred are what is looked for.
const WANTED_EVERY: u64 = 100;

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn name(&mut self, len: usize) -> String {
        const LETTERS: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
        (0..len).map(|_| char::from(LETTERS[self.roll(32) as usize])).collect()
    }
}

/// The events, one after the other, and where each ends.
struct Events {
    text: String,
    ends: Vec<usize>,
}

impl Events {
    fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).filter_map(|(start, end)| self.text.get(start..*end))
    }
}

fn invented(n: u64, start_us: i64) -> anyhow::Result<Events> {
    let mut dice = Dice(31);
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut events = Events { text: String::new(), ends: Vec::new() };
    for at in 0..n {
        let did = format!("did:plc:{}", dice.name(24));
        let time_us = start_us + i64::try_from(at)? * 10_000;
        let event = match dice.roll(100) {
            0..=2 => {
                json!({ "did": did, "time_us": time_us, "kind": "identity", "identity": { "did": did, "seq": at, "time": "2031-03-17T12:00:00Z" } })
            }
            3..=4 => {
                json!({ "did": did, "time_us": time_us, "kind": "account", "account": { "active": true, "did": did, "seq": at, "time": "2031-03-17T12:00:00Z" } })
            }
            5..=9 => {
                json!({ "did": did, "time_us": time_us, "kind": "commit", "commit": { "rev": dice.name(13), "operation": "delete", "collection": "app.bsky.feed.post", "rkey": dice.name(13) } })
            }
            _ => {
                let record = record(&mut dice, &words, at)?;
                json!({ "did": did, "time_us": time_us, "kind": "commit", "commit": { "rev": dice.name(13), "operation": "create", "collection": "app.bsky.feed.post",
                    "rkey": dice.name(13), "record": record, "cid": format!("bafyrei{}", dice.name(52)) } })
            }
        };
        write!(events.text, "{event}")?;
        events.ends.push(events.text.len());
    }
    Ok(events)
}

fn record(dice: &mut Dice, words: &[&str], at: u64) -> anyhow::Result<serde_json::Value> {
    let mut text = String::new();
    for _ in 0..5 + dice.roll(50) {
        write!(text, "{} ", words[dice.roll(words.len() as u64) as usize])?;
    }
    match dice.roll(8) {
        0 => text.push_str("“grüße” 🌊\n"),
        1 => text.push_str("so \"they\" said\n"),
        _ => {}
    }
    if at.is_multiple_of(WANTED_EVERY) {
        text.push_str(PHRASES[dice.roll(PHRASES.len() as u64) as usize]);
    }
    let mut record =
        json!({ "$type": "app.bsky.feed.post", "createdAt": "2031-03-17T12:00:00.123Z", "langs": ["en"] });
    if dice.roll(6) == 0 {
        let start = text.len();
        text.push_str("ledger.example/2031/03/the-tr...");
        record["facets"] = json!([{ "$type": "app.bsky.richtext.facet", "index": { "byteStart": start, "byteEnd": text.len() },
            "features": [{ "$type": "app.bsky.richtext.facet#link", "uri": format!("https://ledger.example/2031/03/the-train-is-back-{at}") }] }]);
    }
    if dice.roll(3) == 0 {
        let post = |dice: &mut Dice| json!({ "cid": format!("bafyrei{}", dice.name(52)), "uri": format!("at://did:plc:{}/app.bsky.feed.post/{}", dice.name(24), dice.name(13)) });
        record["reply"] = json!({ "parent": post(dice), "root": post(dice) });
    }
    let blob = json!({ "$type": "blob", "ref": { "$link": format!("bafkrei{}", dice.name(52)) }, "mimeType": "image/jpeg", "size": 331_507 });
    match dice.roll(10) {
        0 | 1 => {
            record["embed"] = json!({ "$type": "app.bsky.embed.images", "images": [{ "alt": "a quay in the rain", "aspectRatio": { "height": 1500, "width": 2000 }, "image": blob }] });
        }
        2 => {
            record["embed"] = json!({ "$type": "app.bsky.embed.external", "external": { "uri": format!("https://ledger.example/{at}"), "title": "What the tide brought",
            "description": "A long look at what stands on the quay, and at those who put it there.", "thumb": blob } });
        }
        _ => {}
    }
    record["text"] = json!(text);
    Ok(record)
}

/// A text that borrows where it can; `Cow` inside other types never does.
struct Borrowed<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Borrowed<'a> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Texts;
        impl<'de> Visitor<'de> for Texts {
            type Value = Borrowed<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Borrowed(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Borrowed(Cow::Owned(text.to_owned())))
            }
        }
        d.deserialize_str(Texts)
    }
}

trait Text {
    fn bytes(&self) -> usize;
}

impl Text for String {
    fn bytes(&self) -> usize {
        self.len()
    }
}

impl Text for Borrowed<'_> {
    fn bytes(&self) -> usize {
        self.0.len()
    }
}

/// The whole event, typed.
#[derive(Deserialize)]
#[expect(dead_code, reason = "what is parsed is the point, not what is done with it")]
struct Event<S> {
    did: S,
    time_us: i64,
    kind: S,
    commit: Option<Commit<S>>,
    identity: Option<Changed<S>>,
    account: Option<Changed<S>>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "as above")]
struct Changed<S> {
    did: S,
    seq: u64,
    time: S,
    active: Option<bool>,
    status: Option<S>,
    handle: Option<S>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "as above")]
struct Commit<S> {
    rev: S,
    operation: S,
    collection: S,
    rkey: S,
    record: Option<Post<S>>,
    cid: Option<S>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "as above")]
struct Post<S> {
    #[serde(rename = "$type")]
    kind: S,
    text: S,
    created_at: S,
    langs: Option<Vec<S>>,
    facets: Option<Vec<Facet<S>>>,
    reply: Option<Reply<S>>,
    embed: Option<Embed<S>>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "as above")]
struct Facet<S> {
    index: Index,
    features: Vec<Feature<S>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "as above")]
struct Index {
    byte_start: u64,
    byte_end: u64,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "as above")]
struct Feature<S> {
    #[serde(rename = "$type")]
    kind: S,
    uri: Option<S>,
    tag: Option<S>,
    did: Option<S>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "as above")]
struct Reply<S> {
    parent: Strong<S>,
    root: Strong<S>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "as above")]
struct Strong<S> {
    cid: S,
    uri: S,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "as above")]
struct Embed<S> {
    #[serde(rename = "$type")]
    kind: S,
    images: Option<Vec<Picture<S>>>,
    external: Option<Card<S>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "as above")]
struct Picture<S> {
    alt: S,
    aspect_ratio: Option<Ratio>,
    image: Blob<S>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "as above")]
struct Ratio {
    height: u64,
    width: u64,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "as above")]
struct Card<S> {
    uri: S,
    title: S,
    description: S,
    thumb: Option<Blob<S>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "as above")]
struct Blob<S> {
    #[serde(rename = "$type")]
    kind: S,
    #[serde(rename = "ref")]
    target: Target<S>,
    mime_type: S,
    size: u64,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "as above")]
struct Target<S> {
    #[serde(rename = "$link")]
    link: S,
}

/// Parses an event; something of it is used, so that nothing is left out as useless.
fn parsed<'a, S: Text + Deserialize<'a>>(frame: &'a str) -> anyhow::Result<usize> {
    let event: Event<S> = serde_json::from_str(frame)?;
    let post = event.commit.and_then(|commit| commit.record);
    Ok(post.map_or(0, |post| post.text.bytes()))
}

fn timed<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(f64, T)> {
    let begin = Begin::now();
    let done = work()?;
    Ok((begin.spent().as_secs_f64(), done))
}

fn main() -> anyhow::Result<()> {
    let mut n = 1_000_000;
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    while let Some(name) = args.next() {
        ensure!(name == "--events", "`{name}` is no option; the first lines of this file name them");
        n = args.next().context("`--events` needs a number")?.parse()?;
    }
    let now: DateTime<Utc> = "2031-03-17T12:00:00Z".parse()?;
    let events = invented(n, now.timestamp_micros() - i64::try_from(n)? * 10_000)?;
    let megabytes = events.text.len() as f64 / 1e6;
    eprintln!("{n} events, {megabytes:.0} MB");

    let (owned, words) = timed(|| events.iter().map(parsed::<String>).sum::<anyhow::Result<usize>>())?;
    let (borrowed, same) =
        timed(|| events.iter().map(parsed::<Borrowed<'_>>).sum::<anyhow::Result<usize>>())?;
    ensure!(words == same, "both readings read the same");
    let phrases = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .build(PHRASES)?;
    let wanted = Arc::new(move |text: &str| phrases.is_match(text));
    let (matched, kept) = timed(|| {
        let mut intake = JetstreamIntake::new(wanted);
        events.iter().for_each(|frame| intake.take(frame, now));
        Ok(intake.posts())
    })?;
    ensure!(kept > 0, "something is kept");
    println!(
        "{}",
        json!({
            "events": n, "megabytes": megabytes.round(), "kept": kept,
            "owned_s": owned, "borrowed_s": borrowed, "matched_s": matched,
            "matched_to_owned": matched / owned, "matched_to_borrowed": matched / borrowed,
        })
    );
    eprintln!(
        "parsing: {owned:.2} s owned, {borrowed:.2} s borrowed; decoding and matching: {matched:.2} s, {:.2} and {:.2} times as much",
        matched / owned,
        matched / borrowed
    );
    Ok(())
}
