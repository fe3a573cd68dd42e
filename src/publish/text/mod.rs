//! Text as platforms take it: cleaned once, measured in their units, split where a reader would split it.

mod clean;
mod limit;
mod link;
mod split;

pub use clean::Clean;
pub use limit::{Limit, Size, Unit};
pub use link::WebLink;
pub use split::{shorten, split};
