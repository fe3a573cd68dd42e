//! What is compiled in: the commented example and the topics of `config/`.

use std::path::Path;

use super::inputs::SourceText;
use super::setting::Reader;
use super::topic::{self, Topic, TopicOrigin};

/// `config/newsdesk.toml`: every setting, commented, with its default as the value.
pub const EXAMPLE: &str = include_str!("../../config/newsdesk.toml");

macro_rules! topic_files {
    ($($slug:literal),* $(,)?) => {
        /// The files of `config/topics/`, path and text, by slug.
        pub const TOPICS: &[(&str, &str)] = &[$((
            concat!("config/topics/", $slug, ".toml"),
            include_str!(concat!("../../config/topics/", $slug, ".toml")),
        )),*];
    };
}
topic_files![
    "ai-coding",
    "ai-hardware",
    "ai-image-video",
    "ai-policy",
    "ai-safety",
    "artificial-intelligence",
    "climate-energy",
    "open-source-ai",
    "rust-language",
    "space-flight",
];

/// The compiled-in topics, by slug.
pub(super) fn topics(reader: &mut Reader) -> Vec<Topic> {
    TOPICS
        .iter()
        .filter_map(|(path, text)| {
            let file = SourceText { path: Path::new(path).to_owned(), text: (*text).to_owned() };
            topic::read(&file, TopicOrigin::BuiltIn, reader).map(|(topic, _)| topic)
        })
        .collect()
}
