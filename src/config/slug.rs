//! The short name of a topic is the model's; here it is a setting.

pub use crate::model::{InvalidId as SlugError, TopicSlug as Slug};
