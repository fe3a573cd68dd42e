//! Hacker News: its search (Algolia) for what is new, its own service (Firebase) for what still stands. Neither needs a
//! key.

mod hit;
mod item;
mod lookup;
mod search;
#[cfg(test)]
mod tests;

pub use item::dump_line;
pub use lookup::HackerNewsLookup;
pub use search::HackerNewsSource;
