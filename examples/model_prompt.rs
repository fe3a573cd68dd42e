//! Shows what a language model would be sent for an exported story, to the byte: the first question, and its size.
//!
//! ```sh
//! newsdesk export night-trains -o story.json
//! cargo run --example model_prompt -- story.json
//! ```
//!
//! With `--size` only the sizes are printed, in bytes.

#![expect(clippy::print_stdout, reason = "it prints what it found")]

use anyhow::Context as _;
use newsdesk::write::Bundle;
use newsdesk::write::model_writer::{ModelWriterSettings, first_ask};

fn main() -> anyhow::Result<()> {
    let (options, files): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|a| a.starts_with('-'));
    for file in &files {
        let json = std::fs::read_to_string(file).with_context(|| format!("cannot read `{file}`"))?;
        let bundle = Bundle::parse(&json)?;
        let ask = first_ask(&bundle.brief, &ModelWriterSettings::default());
        let schema = ask.schema.to_string();
        println!(
            "{} v{}: {} quotes, {} counts; words {} bytes, data {}, schema {}",
            bundle.story.code,
            bundle.story.version,
            bundle.brief.quotes.len(),
            bundle.brief.counts.len(),
            ask.system.len(),
            ask.user.len(),
            schema.len()
        );
        if !options.iter().any(|o| o == "--size") {
            println!("\n{}\n\n{}\n\n{schema}\n", ask.system, ask.user);
        }
    }
    Ok(())
}
