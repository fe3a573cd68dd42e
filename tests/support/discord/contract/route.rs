//! Which operation a request is.

/// Operations with rules of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// A message in a channel or thread.
    MessageCreate,
    /// An edit of such a message.
    MessageEdit,
    /// A follow-up to an interaction.
    FollowUp,
    /// An edit of an answer to an interaction, the original one or a follow-up.
    AnswerEdit,
    /// The first answer to an interaction.
    Callback,
    /// A thread on a message.
    ThreadFromMessage,
    /// A thread without a message, or a forum post.
    ThreadCreate,
    /// A channel or thread gets other settings.
    ChannelEdit,
    /// All commands of a scope at once.
    CommandsPut,
    /// One command, new or edited.
    CommandWrite,
    /// Everything else.
    Other,
}

impl Route {
    /// Names an operation by its method and the segments of its path.
    pub(super) fn of(method: &str, path: &[&str]) -> Self {
        match (method, path) {
            ("POST", ["channels", _, "messages"]) => Self::MessageCreate,
            ("PATCH", ["channels", _, "messages", _]) => Self::MessageEdit,
            ("POST", ["webhooks", _, _]) => Self::FollowUp,
            ("PATCH", ["webhooks", _, _, "messages", _]) => Self::AnswerEdit,
            ("POST", ["interactions", _, _, "callback"]) => Self::Callback,
            ("POST", ["channels", _, "messages", _, "threads"]) => Self::ThreadFromMessage,
            ("POST", ["channels", _, "threads"]) => Self::ThreadCreate,
            ("PATCH", ["channels", _]) => Self::ChannelEdit,
            ("PUT", ["applications", _, "commands"] | ["applications", _, "guilds", _, "commands"]) => {
                Self::CommandsPut
            }
            ("POST", ["applications", _, "commands"] | ["applications", _, "guilds", _, "commands"])
            | (
                "PATCH",
                ["applications", _, "commands", _] | ["applications", _, "guilds", _, "commands", _],
            ) => Self::CommandWrite,
            _ => Self::Other,
        }
    }

    /// Whether it changes a message that is there already.
    pub(super) fn is_edit(self) -> bool {
        matches!(self, Self::MessageEdit | Self::AnswerEdit)
    }
}

/// The parts of a path, without the API's own prefix and without a query.
pub(super) fn segments(path: &str) -> Vec<&str> {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let mut all: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if all.first() == Some(&"api") {
        all.remove(0);
        let is_version = |s: &&str| s.strip_prefix('v').is_some_and(|n| n.parse::<u8>().is_ok());
        if all.first().is_some_and(is_version) {
            all.remove(0);
        }
    }
    all
}
