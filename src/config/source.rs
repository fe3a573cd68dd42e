//! `[[sources]]` of a topic file: where its records come from.

use std::str::FromStr;

use url::Url;

use super::error::Fault;
use super::rules::Venue;
use super::setting::{Reader, Setting, any, filled, nearest, text_setting};
use super::tree::{Node, Origin, Table};

/// One place to read.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceSpec {
    /// What and where.
    pub kind: SourceKind,
    /// Whether all of its records belong to the topic, without a phrase of the match rules. Default: false.
    pub dedicated: bool,
}

/// The kinds of places, each with what it needs.
#[derive(Clone, Debug, PartialEq)]
pub enum SourceKind {
    /// Hacker News, by its search. At least one of the two is there.
    HackerNews {
        /// Words to search for.
        query: Option<String>,
        /// `story`, `comment`, `ask_hn`, `show_hn`, `front_page`, `author_NAME`, `story_ID`; all must hold.
        tags: Vec<String>,
    },
    /// An RSS, Atom or JSON feed.
    Feed {
        /// Its address.
        url: Url,
        /// What it is called in citations. Default: its host.
        name: String,
        /// What its articles are.
        class: FeedClass,
    },
    /// A subreddit.
    Reddit {
        /// Its name without `r/`.
        subreddit: String,
        /// Only posts found with these words.
        query: Option<String>,
    },
    /// Bluesky: a search or an account. Exactly one of the two is there.
    Bluesky {
        /// Words to search for.
        query: Option<String>,
        /// A handle or DID.
        author: Option<String>,
    },
    /// A hashtag as one Mastodon server sees it.
    Mastodon {
        /// The server's host.
        instance: String,
        /// The tag without `#`.
        tag: String,
    },
    /// A Lemmy community.
    Lemmy {
        /// The server's host.
        instance: String,
        /// The community's name there.
        community: String,
    },
    /// arXiv. At least one of the two is there.
    Arxiv {
        /// A category such as `cs.LG`.
        category: Option<String>,
        /// Words to search for.
        query: Option<String>,
    },
    /// Every public post of Bluesky as it is made, of which those are kept that the rules of some topic match. One stream
    /// for all topics that have it.
    Jetstream,
    /// Releases or discussions of a repository on GitHub.
    GitHub {
        /// Its owner.
        owner: String,
        /// Its name.
        repository: String,
        /// Which of them.
        read: GitHubPart,
    },
    /// Questions on a site of the Stack Exchange network. At least one of words and tags is there.
    StackExchange {
        /// The site: `stackoverflow`, `unix` …
        site: String,
        /// Words to search for.
        query: Option<String>,
        /// Tags, of which a question has one.
        tags: Vec<String>,
    },
}

/// What is read of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GitHubPart {
    /// Published releases with their notes.
    Releases,
    /// What discussions open with; only for a token.
    Discussions,
}

text_setting!(GitHubPart, "releases", |text| match text {
    "releases" => Ok(GitHubPart::Releases),
    "discussions" => Ok(GitHubPart::Discussions),
    _ =>
        Err(Fault::new(format!("`{text}` is not read of a repository"))
            .hint("write `releases` or `discussions`")),
});

/// What the articles of a feed are; decides the points their records start with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedClass {
    /// News, announcements, reporting.
    Publication,
    /// Long-form posts of one person or group.
    Essay,
}

impl FeedClass {
    /// As it is written in a topic file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Publication => "publication",
            Self::Essay => "essay",
        }
    }
}

text_setting!(FeedClass, "publication", |text| match text {
    "publication" => Ok(FeedClass::Publication),
    "essay" => Ok(FeedClass::Essay),
    _ => Err(Fault::new(format!("`{text}` is not a class of feed")).hint("allowed: `publication`, `essay`")),
});

impl SourceKind {
    const NAMES: [&str; 10] = [
        "hackernews",
        "feed",
        "reddit",
        "bluesky",
        "mastodon",
        "lemmy",
        "arxiv",
        "jetstream",
        "github",
        "stackexchange",
    ];

    /// The kind as it is written in a topic file.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::HackerNews { .. } => "hackernews",
            Self::Feed { .. } => "feed",
            Self::Reddit { .. } => "reddit",
            Self::Bluesky { .. } => "bluesky",
            Self::Mastodon { .. } => "mastodon",
            Self::Lemmy { .. } => "lemmy",
            Self::Arxiv { .. } => "arxiv",
            Self::Jetstream => "jetstream",
            Self::GitHub { .. } => "github",
            Self::StackExchange { .. } => "stackexchange",
        }
    }
}

impl SourceSpec {
    /// The venue its records carry, where the source has one of its own.
    pub fn venue(&self) -> Option<Venue> {
        let name = match &self.kind {
            SourceKind::Feed { name, .. } => name.clone(),
            SourceKind::Reddit { subreddit, query: None } => format!("r/{subreddit}"),
            SourceKind::Mastodon { instance, tag } => format!("#{tag}@{instance}"),
            SourceKind::Lemmy { instance, community } => format!("{community}@{instance}"),
            SourceKind::Arxiv { category, .. } => category.clone()?,
            SourceKind::GitHub { owner, repository, .. } => format!("{owner}/{repository}"),
            // What a search finds is not all of a place.
            SourceKind::Reddit { query: Some(_), .. }
            | SourceKind::HackerNews { .. }
            | SourceKind::Bluesky { .. }
            | SourceKind::Jetstream
            | SourceKind::StackExchange { .. } => return None,
        };
        Some(Venue::new(&name))
    }
}

impl Setting for SourceSpec {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        // Which keys there may be depends on the kind, so that is read first.
        let all =
            ["kind", "dedicated", "query", "tags", "url", "name", "class", "subreddit", "author", "instance"];
        let every: Vec<&str> =
            all.into_iter().chain(["tag", "community", "category", "repository", "read", "site"]).collect();
        let super::tree::Value::Table(peek) = &node.value else {
            return reader.table(node, &every).and(None);
        };
        let hint = "write `kind = \"feed\"` and `url = \"https://…\"`";
        let kind: String = reader.required(node, peek, "kind", hint)?;
        let known: &[&str] = match kind.as_str() {
            "hackernews" => &["kind", "dedicated", "query", "tags"],
            "feed" => &["kind", "dedicated", "url", "name", "class"],
            "reddit" => &["kind", "dedicated", "subreddit", "query"],
            "bluesky" => &["kind", "dedicated", "query", "author"],
            "mastodon" => &["kind", "dedicated", "instance", "tag"],
            "lemmy" => &["kind", "dedicated", "instance", "community"],
            "arxiv" => &["kind", "dedicated", "category", "query"],
            "jetstream" => &["kind", "dedicated"],
            "github" => &["kind", "dedicated", "repository", "read"],
            "stackexchange" => &["kind", "dedicated", "site", "query", "tags"],
            _ => {
                let fault = Fault::new(format!("`{kind}` is not a kind of source"));
                let at = peek.get("kind").map_or(&node.origin, |entry| &entry.node.origin);
                reader.note(at, fault.hint(nearest(&kind, &SourceKind::NAMES)));
                return None;
            }
        };
        let table = reader.table(node, known)?;
        let mut dedicated = false;
        reader.overlay(table, "dedicated", &mut dedicated, any);
        let kind = kind_of(&kind, node, table, reader)?;
        let spec = Self { kind, dedicated };
        if dedicated && spec.venue().is_none() {
            let fault = Fault::new("a search has no venue of its own, so it cannot be `dedicated`");
            reader.note(&start_of(node), fault.hint("remove `dedicated` and let the match rules decide"));
            return None;
        }
        Some(spec)
    }
}

/// The kind with its fields; `kind` is one of [`SourceKind::NAMES`].
fn kind_of(kind: &str, node: &Node, table: &Table, reader: &mut Reader) -> Option<SourceKind> {
    let optional = |key: &str, reader: &mut Reader| {
        let mut found: Option<String> = None;
        reader.overlay(table, key, &mut found, |text| text.as_ref().map_or(Ok(()), filled));
        found
    };
    let one_of = |a: &Option<String>, b: bool, hint: &str, reader: &mut Reader| {
        if a.is_none() && !b {
            reader.note(
                &start_of(node),
                Fault::new(format!("`{}` does not say what to read", node.path)).hint(hint),
            );
            return None;
        }
        Some(())
    };
    match kind {
        "feed" => {
            let url: Option<Url> =
                reader.required(node, table, "url", "write `url = \"https://example.org/feed.xml\"`");
            let mut class = FeedClass::Publication;
            reader.overlay(table, "class", &mut class, any);
            let name = optional("name", reader);
            let url = url?;
            let name = name.or_else(|| url.host_str().map(str::to_owned)).unwrap_or_default();
            Some(SourceKind::Feed { url, name, class })
        }
        "reddit" => {
            let subreddit: Name =
                reader.required(node, table, "subreddit", "write `subreddit = \"rust\"`")?;
            Some(SourceKind::Reddit { subreddit: subreddit.0, query: optional("query", reader) })
        }
        "bluesky" => {
            let (query, author) = (optional("query", reader), optional("author", reader));
            if query.is_some() && author.is_some() {
                let fault = Fault::new(format!("`{}` has both `query` and `author`", node.path));
                reader.note(&start_of(node), fault.hint("make two sources of it"));
                return None;
            }
            one_of(&query, author.is_some(), "write `query` or `author`", reader)?;
            Some(SourceKind::Bluesky { query, author })
        }
        "mastodon" => {
            let instance: Option<Host> =
                reader.required(node, table, "instance", "write `instance = \"mastodon.social\"`");
            let tag: Option<Name> = reader.required(node, table, "tag", "write `tag = \"rustlang\"`");
            Some(SourceKind::Mastodon { instance: instance?.0, tag: tag?.0 })
        }
        "lemmy" => {
            let instance: Option<Host> =
                reader.required(node, table, "instance", "write `instance = \"lemmy.world\"`");
            let community: Option<Name> =
                reader.required(node, table, "community", "write `community = \"technology\"`");
            Some(SourceKind::Lemmy { instance: instance?.0, community: community?.0 })
        }
        "arxiv" => {
            let (category, query) = (optional("category", reader), optional("query", reader));
            one_of(&query, category.is_some(), "write `category = \"cs.LG\"` or `query`", reader)?;
            Some(SourceKind::Arxiv { category, query })
        }
        "jetstream" => Some(SourceKind::Jetstream),
        "github" => {
            let repository: Repository =
                reader.required(node, table, "repository", "write `repository = \"rust-lang/rust\"`")?;
            let mut read = GitHubPart::Releases;
            reader.overlay(table, "read", &mut read, any);
            Some(SourceKind::GitHub { owner: repository.0, repository: repository.1, read })
        }
        "stackexchange" => {
            let query = optional("query", reader);
            let mut tags: Vec<QuestionTag> = Vec::new();
            reader.overlay(table, "tags", &mut tags, any);
            let site: Option<Site> = reader.required(node, table, "site", "write `site = \"stackoverflow\"`");
            one_of(&query, table.contains_key("tags"), "write `query` or `tags`", reader)?;
            let tags = tags.into_iter().map(|tag| tag.0).collect();
            Some(SourceKind::StackExchange { site: site?.0, query, tags })
        }
        _ => {
            let query = optional("query", reader);
            let mut tags: Vec<HackerNewsTag> = Vec::new();
            reader.overlay(table, "tags", &mut tags, any);
            one_of(&query, table.contains_key("tags"), "write `query` or `tags`", reader)?;
            Some(SourceKind::HackerNews { query, tags: tags.into_iter().map(|tag| tag.0).collect() })
        }
    }
}

/// The first byte of a table: enough to show the line.
fn start_of(node: &Node) -> Origin {
    let start = node.origin.span.start;
    Origin { source: node.origin.source, span: start..start }
}

/// A subreddit, tag or community: letters, digits, `_`; the leading `r/` or `#` people type by habit is refused with a hint.
#[derive(Clone)]
struct Name(String);

text_setting!(Name, "rust", |text| {
    if !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return Ok(Name(text.to_owned()));
    }
    Err(Fault::new(format!("`{text}` is not a name"))
        .hint("letters, digits and `_` only, without `r/`, `#` or `@`"))
});

/// A repository as GitHub writes it: `owner/name`.
#[derive(Clone)]
struct Repository(String, String);

text_setting!(Repository, "rust-lang/rust", |text| {
    let part = |text: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        !text.is_empty() && text.chars().all(fits) && !text.starts_with('.')
    };
    match text.split_once('/') {
        Some((owner, name)) if part(owner) && part(name) => Ok(Repository(owner.to_owned(), name.to_owned())),
        Some(_) | None => Err(Fault::new(format!("`{text}` is not a repository"))
            .hint("write owner and name, such as `rust-lang/rust`")),
    }
});

/// A site of the Stack Exchange network as its interface names it: `stackoverflow`, `math`, `es.stackoverflow`.
#[derive(Clone)]
struct Site(String);

text_setting!(Site, "stackoverflow", |text| {
    if !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.') {
        return Ok(Site(text.to_owned()));
    }
    Err(Fault::new(format!("`{text}` is not a site"))
        .hint("write the first part of its address, such as `stackoverflow` or `unix`"))
});

/// A tag of a question: small letters, digits and what languages have in their names.
#[derive(Clone)]
struct QuestionTag(String);

text_setting!(QuestionTag, "rust", |text| {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '#' | '+');
    if !text.is_empty() && text.chars().all(fits) {
        return Ok(QuestionTag(text.to_lowercase()));
    }
    Err(Fault::new(format!("`{text}` is not a tag")).hint("letters, digits and `-` only, without spaces"))
});

/// A server's host name, as in an address.
#[derive(Clone)]
struct Host(String);

impl FromStr for Host {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let url = Url::parse(&format!("https://{text}/")).map_err(|_| ())?;
        match url.host_str() {
            Some(host) if host == text && host.contains('.') => Ok(Self(host.to_owned())),
            Some(_) | None => Err(()),
        }
    }
}

text_setting!(Host, "mastodon.social", |text| text.parse().map_err(|()| {
    Fault::new(format!("`{text}` is not a host"))
        .hint("write the bare name in small letters, such as `mastodon.social`")
}));

/// A tag of the Hacker News search.
#[derive(Clone)]
struct HackerNewsTag(String);

text_setting!(HackerNewsTag, "story", |text| {
    let fixed = ["story", "comment", "poll", "pollopt", "ask_hn", "show_hn", "front_page"];
    if fixed.contains(&text) || text.starts_with("author_") || text.starts_with("story_") {
        return Ok(HackerNewsTag(text.to_owned()));
    }
    Err(Fault::new(format!("`{text}` is not a tag of Hacker News")).hint(nearest(text, &fixed)))
});
