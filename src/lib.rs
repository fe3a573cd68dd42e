//! newsdesk: a self-hosted newsroom bot.
//!
//! Data goes one way: `ingest → analyze → signal → write → publish`; `answer` reads what they left in the
//! `store`. `discord`, `bluesky` and `llm` are connections: they know requests, not stories. Stages share the types of `model` and nothing else of each other. `schedule` decides when,
//! `config` says with which settings, `cli` is the front door.

pub mod address;
pub mod analyze;
pub mod answer;
pub mod bluesky;
pub mod bot;
pub mod cli;
pub mod config;
pub mod demo;
pub mod discord;
pub mod ingest;
pub mod llm;
pub mod mentions;
pub mod model;
pub mod publish;
pub mod report;
pub mod schedule;
pub mod signal;
pub mod store;
pub mod write;

/// Many small texts are made and thrown away: this allocator does it in a third of the time of the system's. The binary,
/// the tests and the examples have it alike.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
