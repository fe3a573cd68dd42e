//! Measures what the signal stage finds and how often it cries wolf, on invented topics with planted events.
//!
//! `simulate [--topics 96] [--months 1] [--seed 1] [--every 30] [--threads 2] [--without DISCOUNT]… [--minutes N] [--json FILE]
//! [--only-events yes] [--near yes] [--verbose yes] [SETTING=VALUE …]` writes Markdown tables. Topics live on desks of 24 that share platforms, and every
//! tick of every desk runs the stage's own code: `survey` for each topic, `control_false_discoveries` over all of them.
//! The same arguments give the same bytes, but for `--minutes`: after so many no further desk is begun. What is planted and how it is counted: `docs/simulation.md`.

mod dice;
mod run;
mod settings;
mod table;
mod topic;
mod truth;
mod world;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use newsdesk::signal::detect::DetectSettings;
use run::{Outcome, Wish, live};
use world::World;

/// Topics of one desk.
const DESK: u64 = 24;

fn main() -> anyhow::Result<()> {
    let (mut topics, mut months, mut seed, mut threads) = (96_u64, 1_i64, 1_u64, 2_usize);
    let mut wish = Wish {
        settings: DetectSettings::default(),
        without: BTreeSet::new(),
        only_events: false,
        near: false,
        every: 30.0,
    };
    let mut minutes = u64::MAX / 60;
    let (mut json, mut verbose) = (None, false);
    let mut args = std::env::args().skip(1);
    while let Some(name) = args.next() {
        if let Some((setting, value)) = name.split_once('=') {
            settings::set(&mut wish.settings, setting, value)?;
            continue;
        }
        let value = args.next().with_context(|| format!("`{name}` needs a value"))?;
        match name.as_str() {
            "--topics" => topics = value.parse()?,
            "--months" => months = value.parse()?,
            "--seed" => seed = value.parse()?,
            "--every" => wish.every = value.parse()?,
            "--minutes" => minutes = value.parse()?,
            "--threads" => threads = value.parse()?,
            "--only-events" => wish.only_events = value == "yes",
            "--near" => wish.near = value == "yes",
            "--json" => json = Some(value),
            "--verbose" => verbose = value == "yes",
            "--without" => {
                wish.without.insert(value.parse().map_err(|_| anyhow::anyhow!("`{value}` is no discount"))?);
            }
            other => anyhow::bail!("`{other}` is no option; the first lines of this file name them"),
        }
    }
    let desks = topics.div_ceil(DESK);
    let began = std::time::Instant::now();
    let (next, done) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let desk = next.fetch_add(1, Ordering::Relaxed);
                    if desk >= desks || began.elapsed().as_secs() > 60 * minutes {
                        break;
                    }
                    let n = DESK.min(topics - desk * DESK) as usize;
                    let outcome = live(World::invent(seed, desk, n, months), &wish);
                    if let Ok(mut done) = done.lock() {
                        done.push((desk, outcome));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().map_err(|_| anyhow::anyhow!("a desk could not be lived through"))?;
    done.sort_by_key(|(desk, _)| *desk);
    let mut all = Outcome::default();
    for (_, outcome) in done {
        all.alarms.extend(outcome.alarms);
        all.events.extend(outcome.events);
        all.topic_days += outcome.topic_days;
        all.surveys += outcome.surveys;
    }
    print(&table::markdown(&all));
    if verbose {
        print(&table::details(&all));
    }
    if let Some(path) = json {
        std::fs::write(&path, serde_json::to_string_pretty(&table::json(&all))?)
            .with_context(|| format!("{path} cannot be written"))?;
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "its answer")]
fn print(text: &str) {
    println!("{text}");
}
