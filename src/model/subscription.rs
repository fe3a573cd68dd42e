//! Desks and what they follow.

use super::text_enum::text_enum;

text_enum! {
    /// How a story looks where it is posted.
    pub enum Style: "style" {
        /// An opening message, and a public thread with the whole story.
        Thread => "thread",
        /// A post of a forum channel.
        Forum => "forum",
        /// One message.
        Compact => "compact",
        /// One message for several stories.
        Digest => "digest",
    }
}
