//! The one integration binary: each module is a capability, told from the outside.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here and now, helpers included")]
#![expect(clippy::format_push_string, reason = "outlines and transcripts are short")]

mod support;

mod backtest;
mod bluesky_bed;
mod bluesky_connection;
mod bluesky_faults;
mod bluesky_flood;
mod bluesky_life;
mod bluesky_looks;
mod bluesky_mentions;
mod bluesky_program;
mod bundle;
mod cli;
mod clusters;
mod copies;
mod demo;
mod discord_bed;
mod discord_commands;
mod discord_contract;
mod discord_faults;
mod discord_gateway;
mod discord_life;
mod discord_moderators;
mod discord_picture;
mod discord_program;
mod discounts;
mod embeddings;
mod explain;
mod forgetting;
mod forum_tags;
mod labelled;
mod memory;
mod mentions;
mod model_writer;
mod names;
mod overtaken;
mod pages;
mod real;
mod scan;
mod signals;
mod store;
mod storylines;
mod week;
