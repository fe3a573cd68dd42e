//! How many sentences the verifier checks in a second of CPU time, on one core.
//!
//! `cargo bench --bench verifier -- [--seconds 5]` lets the demo write its stories and checks every sentence of every
//! version again and again, each story with a verifier of its own, as the desk does. One JSON line, and a line for
//! people on stderr.

#![expect(clippy::print_stdout, reason = "its answer")]

mod cpu;

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use cpu::Begin;
use newsdesk::demo::{Demo, configuration};
use newsdesk::model::{Brief, Place, Sentence};
use newsdesk::store::Store;
use newsdesk::write::Verifier;
use serde_json::json;

type Story = (Brief, Vec<(Place, Sentence)>);

async fn stories() -> anyhow::Result<Vec<Story>> {
    let folder = tempfile::TempDir::new()?;
    let store = Store::open(&format!("sqlite://{}", folder.path().join("demo.db").display())).await?;
    let config = configuration(folder.path(), 1)?;
    let mut demo = Demo::new(&config, store.clone());
    while demo.next().await?.is_some() {}
    let mut all = Vec::new();
    for topic in &config.topics {
        for line in store.stories_of_topic(&topic.slug, 1_000).await? {
            for row in store.story_by_code(&line.story.code).await? {
                let brief = store.brief_with_texts(&store, &row.brief).await?.context("a story's brief")?;
                let sentences = row.story.body.sentences();
                all.push((brief, sentences.into_iter().map(|(place, s)| (place, s.clone())).collect()));
            }
        }
    }
    store.close().await;
    Ok(all)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut seconds = 5.0;
    // Cargo adds a flag of its own.
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    while let Some(name) = args.next() {
        ensure!(name == "--seconds", "`{name}` is no option; the first lines of this file name them");
        seconds = args.next().context("`--seconds` needs a value")?.parse()?;
    }
    let stories = Box::pin(stories()).await?;
    let (mut sentences, mut rejected) = (0_u64, 0_u64);
    let (begin, began) = (Instant::now(), Begin::now());
    while begin.elapsed() < Duration::from_secs_f64(seconds) {
        for (brief, checked) in &stories {
            let verifier = Verifier::new(brief);
            for (place, sentence) in checked {
                rejected += u64::from(!verifier.check(sentence, *place).is_empty());
                sentences += 1;
            }
        }
    }
    // Where others use the machine, too, the clock on the wall tells nothing.
    let spent = began.spent();
    let rate = sentences as f64 / spent.as_secs_f64();
    ensure!(rejected == 0, "{rejected} of {sentences} published sentences do not pass");
    eprintln!("{rate:.0} sentences a second, of {} stories", stories.len());
    println!(
        "{}",
        json!({ "case": "verifier", "stories": stories.len(), "sentences_per_second": rate.round() })
    );
    Ok(())
}
