//! The connection to a language model: one client for three kinds of servers. Knows requests, not stories.
//!
//! A server's schema mode promises a shape and never the truth: what comes back is data to whoever asked. Here it is only
//! told apart from what is no answer: refused, cut off, held back, empty, broken. Every request is noted in a [`Book`]
//! before it leaves, because one that timed out may be billed all the same.

mod anthropic;
mod client;
mod failure;
mod ollama;
mod openai;
mod request;
#[cfg(test)]
mod tests;

pub use client::{Book, Client, ClientSettings, Sent};
pub use failure::{Billed, Failure};
pub use request::{Ask, Provider, Usage};
