//! Renders absurd stories for a platform and holds what would be sent against its contract and our rules.
//!
//! `render_check --platform discord|bluesky --n 10000 [--seed 1]` prints one line of JSON, `{"platform", "stories",
//! "messages", "violations"}`, and the first violations on stderr. It ends with 1 if there are any. The same seed makes
//! the same stories on every machine.
//!
//! With `--sample 500 --pds http://… --identifier … --password …` that many of the stories are also written to a
//! Bluesky server that validates them, with their pictures; what it refuses is a violation, too.

mod bluesky;
#[path = "../../tests/support/discord/contract/mod.rs"]
#[expect(dead_code, reason = "the tests also hold answers of the server against it")]
mod contract;
mod discord;
mod expected;
mod sample;
mod shown;
mod stories;
mod words;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use clap::{Parser, ValueEnum};

/// Violations that are told one by one.
const TOLD: usize = 20;

/// Of each, so many characters.
const LONGEST: usize = 400;

/// Stories of which one digest is made.
const DIGEST: u64 = 30;

#[derive(Parser)]
struct Args {
    /// Whose rendering to check.
    #[arg(long, value_enum)]
    platform: Target,
    /// How many stories.
    #[arg(long, default_value_t = 10_000)]
    n: u64,
    /// The first of them, to look at one again.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Other stories.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write so many of them to a Bluesky server.
    #[arg(long, default_value_t = 0, requires_all = ["pds", "identifier", "password"])]
    sample: u64,
    /// The server.
    #[arg(long)]
    pds: Option<String>,
    /// Handle of an account there that may be filled with nonsense.
    #[arg(long)]
    identifier: Option<String>,
    /// Its password.
    #[arg(long)]
    password: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Target {
    Discord,
    Bluesky,
}

impl Target {
    fn name(self) -> &'static str {
        match self {
            Self::Discord => "discord",
            Self::Bluesky => "bluesky",
        }
    }
}

/// What was rendered and what was wrong with it, by story.
#[derive(Default)]
struct Findings {
    messages: u64,
    violations: BTreeMap<u64, Vec<String>>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let naughty = naughty();
    let which = args.from..args.from.saturating_add(args.n);
    let mut findings = check_all(args.platform, which, args.seed, &naughty);
    let mut sampled = None;
    if let (Target::Bluesky, Some(pds), Some(identifier), Some(password)) =
        (args.platform, &args.pds, &args.identifier, &args.password)
    {
        let tales = (args.from..).map(|n| (n, stories::Tale::of(args.seed, n, &naughty)));
        match sample::write(pds, identifier, password, args.sample, tales) {
            Ok(written) => {
                for (n, refused) in &written.refused {
                    findings.violations.entry(*n).or_default().push(format!("the server: {refused}"));
                }
                sampled = Some(written);
            }
            Err(err) => {
                eprintln!("error: the sample could not be written: {err:#}");
                return ExitCode::from(2);
            }
        }
    }
    let all: Vec<(&u64, &String)> =
        findings.violations.iter().flat_map(|(n, lines)| lines.iter().map(move |line| (n, line))).collect();
    for (n, line) in all.iter().take(TOLD) {
        let line: String = line.chars().take(LONGEST).collect();
        eprintln!("story {n} of seed {}: {line}", args.seed);
    }
    let mut line = serde_json::json!({
        "platform": args.platform.name(), "stories": args.n, "messages": findings.messages, "violations": all.len(),
    });
    if let Some(written) = sampled {
        line["sample"] = serde_json::json!({
            "stories": written.stories, "records": written.records, "pictures": written.pictures,
            "refused": written.refused.len(),
        });
    }
    let told = writeln!(std::io::stdout(), "{line}");
    if all.is_empty() && told.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// On every core, a digest's worth of stories at a time.
fn check_all(target: Target, which: std::ops::Range<u64>, seed: u64, naughty: &[String]) -> Findings {
    let (next, n) = (AtomicU64::new(which.start), which.end);
    let work = || {
        let mut found = Findings::default();
        loop {
            let start = next.fetch_add(DIGEST, Ordering::Relaxed);
            if start >= n {
                return found;
            }
            let tales: Vec<stories::Tale> =
                (start..n.min(start + DIGEST)).map(|i| stories::Tale::of(seed, i, naughty)).collect();
            for (i, tale) in (start..).zip(&tales) {
                let (messages, wrong) = match target {
                    Target::Discord => discord::check(tale),
                    Target::Bluesky => bluesky::check(tale),
                };
                found.messages += messages;
                if !wrong.is_empty() {
                    found.violations.insert(i, wrong);
                }
            }
            if target == Target::Bluesky {
                continue;
            }
            let (messages, wrong) = discord::check_digest(&tales);
            found.messages += messages;
            if !wrong.is_empty() {
                found.violations.entry(start).or_default().extend(wrong);
            }
        }
    };
    let workers = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    thread::scope(|scope| {
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        running.into_iter().fold(Findings::default(), |mut all, worker| {
            let found = worker.join().expect("a worker panics only by a fault of this program");
            all.messages += found.messages;
            all.violations.extend(found.violations);
            all
        })
    })
}

/// Lines that have broken programs, where the collection lies beside the checkout.
fn naughty() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/naughty-strings.txt");
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("not run: the naughty strings, which are not beside the checkout");
        return Vec::new();
    };
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}
