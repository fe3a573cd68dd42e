//! What a version says on Bluesky.

use serde::{Deserialize, Serialize};

use super::layout::{Gap, Heading, Mark, Piece, Thread};
use super::look::{Look, Quotes, Replies};
use super::post::{LinkCard, Post};
use super::{opening, update};
use crate::model::{Amendment, Sentence, Step};
use crate::publish::card::Card;
use crate::publish::edition::Edition;
use crate::publish::text::{Clean, Limit, WebLink, shorten};

/// Card texts have no stated limit; what would not fit a post would be no card.
const CARD_TEXT: Limit = Limit::BLUESKY_POST;

/// Room for who amends a story.
const BY: Limit = Limit::BLUESKY_POST.less(220);

/// What one step says: the posts of a version, in order. Kept as the step's payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Telling {
    /// Where the posts go.
    pub kind: TellingKind,
    /// The posts, each a reply to the one before. There is always at least one.
    pub posts: Vec<Post>,
    /// A post of its own that quotes the first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<Post>,
    /// Who may reply; only a thread's first post can say it.
    #[serde(default)]
    pub replies: Replies,
    /// Who may quote any of the posts.
    #[serde(default)]
    pub quotes: Quotes,
    /// Whether the card of the first post may be changed where it stands.
    #[serde(default)]
    pub edit_card: bool,
    /// These posts only take the place of what stands of this version; where nothing of it stands, nothing is posted.
    /// So it is with the notice of an update: the version that opened the thread tells it to everyone.
    #[serde(default)]
    pub only_edit: bool,
}

/// Where the posts of a telling go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TellingKind {
    /// They are a thread.
    Opening,
    /// They hang on the end of the story's thread.
    Update,
    /// One post, where a retracted story or its update stood.
    Notice,
}

impl Telling {
    /// The card whose picture hangs under one of the posts.
    pub fn picture(&self) -> Option<&Card> {
        self.posts.iter().find_map(|post| post.card.as_ref()?.picture.as_ref())
    }

    /// What a step holds.
    pub fn of_step(step: &Step) -> Result<Self, serde_json::Error> {
        Self::deserialize(&step.payload)
    }
}

/// What a version says, as things stand.
///
/// A version that finds nothing of its story on the account opens a thread. Where an earlier one stands
/// ([`Look::opened`]), it adds to that thread what is new. Corrections made since it was written come last, each in
/// posts of its own: rendered again with one more, the posts before are the same.
pub fn render(edition: &Edition<'_>, look: &Look) -> Telling {
    let update = look.opened && edition.story.version > 1;
    let mut telling = Telling {
        kind: if update { TellingKind::Update } else { TellingKind::Opening },
        posts: Vec::new(),
        quote: None,
        replies: look.replies,
        quotes: look.quotes,
        edit_card: look.edit_card,
        only_edit: false,
    };
    if let Some(retraction) = edition.retraction() {
        telling.kind = TellingKind::Notice;
        telling.only_edit = update;
        telling.posts = notice(edition, retraction);
        return telling;
    }
    let thread = if update { update::thread(edition, look) } else { opening::thread(edition, look) };
    telling.posts = finished(edition, thread);
    if let Some(first) = telling.posts.first_mut() {
        hang(edition, look, first);
    }
    if update && look.quote_updates {
        let mut quote = finished(edition, update::quote(edition)).into_iter().next();
        if let Some(post) = &mut quote {
            tag(edition, look, post);
        }
        telling.quote = quote;
    }
    telling
}

fn finished(edition: &Edition<'_>, thread: Thread) -> Vec<Post> {
    thread.finish(&[edition.lang])
}

/// Card and hashtag of the first post.
fn hang(edition: &Edition<'_>, look: &Look, first: &mut Post) {
    tag(edition, look, first);
    let picture = if look.card { Card::of(edition) } else { None };
    let uri = permalink(edition, look);
    if uri.is_some() || picture.is_some() {
        let short = |text: &str| shorten(Clean::of(text).as_str(), CARD_TEXT, &|t| CARD_TEXT.size(t));
        let description = format!(
            "The whole story with its sources and checks. {}, {}.",
            edition.records_line(),
            edition.day(edition.story.at)
        );
        let title = short(&edition.story.body.headline.text);
        let title = if title.is_empty() { format!("Story {}", edition.story.code) } else { title };
        let corrected = look.edit_card && told_corrections(edition).next().is_some();
        let title = if corrected { short(&format!("Corrected: {title}")) } else { title };
        first.card = Some(LinkCard { uri, title, description: short(&description), picture });
    }
}

/// The topic as a hashtag: under the text where there is room, else beside it.
fn tag(edition: &Edition<'_>, look: &Look, post: &mut Post) {
    let Some(tag) = look.hashtag.then(|| hashtag(edition.topic_name)).flatten() else { return };
    if !post.with_tag(&tag) {
        post.tags.push(tag);
    }
}

/// “NightTrains” for “Night trains”. Only a short name of letters and digits makes a hashtag that others use, too.
fn hashtag(topic: &str) -> Option<String> {
    const LONGEST: usize = 24;
    const MOST_WORDS: usize = 3;
    let topic = Clean::of(topic);
    let words: Vec<&str> = topic.as_str().split([' ', '-']).filter(|word| !word.is_empty()).collect();
    let plain = words.iter().all(|word| word.chars().all(char::is_alphanumeric));
    let tag: String = words.iter().map(|word| crate::publish::capitalised(word)).collect();
    let sane = plain
        && words.len() <= MOST_WORDS
        && (3..=LONGEST).contains(&tag.chars().count())
        && tag.chars().next().is_some_and(char::is_alphabetic);
    sane.then_some(tag)
}

/// Where the story can be read, if anywhere.
pub(super) fn permalink(edition: &Edition<'_>, look: &Look) -> Option<WebLink> {
    look.permalink_base.as_ref().and_then(|base| WebLink::parse(&format!("{base}{}", edition.story.code)))
}

/// A sentence with the numbers of its sources.
pub(super) fn cited(edition: &Edition<'_>, sentence: &Sentence) -> Piece {
    Piece::cited(Clean::of(&sentence.text), &edition.marks(sentence))
}

/// Corrections since the version was written: one that came before stands in the thread already.
fn told_corrections<'a>(edition: &Edition<'a>) -> impl Iterator<Item = &'a Amendment> {
    let written = edition.story.at;
    edition.notes().into_iter().filter(move |c| c.at >= written)
}

/// What was corrected, each in posts of its own.
pub(super) fn corrections(edition: &Edition<'_>, thread: &mut Thread) {
    for correction in told_corrections(edition) {
        thread.begin(&Piece::plain(edition.note_title(correction)), Heading::Needed);
        thread.push(Gap::Blank, &Piece::plain(Clean::of(&correction.text)));
        let by = format!("By {}. Story {}.", by(correction), edition.marker());
        thread.push(Gap::Blank, &Piece::plain(Clean::of(&by)));
    }
}

fn by(amendment: &Amendment) -> String {
    shorten(Clean::of(&amendment.by).as_str(), BY, &|t| BY.size(t))
}

/// One post where a story was: nothing of what it said.
fn notice(edition: &Edition<'_>, retraction: &Amendment) -> Vec<Post> {
    let head = edition.retracted_title();
    let tail = Clean::of(&format!("{}, by {}", edition.day(retraction.at), by(retraction)));
    let taken = Limit::BLUESKY_POST.size(head.as_str()) + Limit::BLUESKY_POST.size(tail.as_str());
    // Two empty lines.
    let room = Limit::BLUESKY_POST.without(taken).less(4);
    let why = shorten(Clean::of(&retraction.text).as_str(), room, &|t| room.size(t));
    let mut thread = Thread::default();
    thread.push(Gap::Space, &Piece::plain(head));
    thread.push(Gap::Blank, &Piece::plain(Clean::of(&why)));
    thread.push(Gap::Blank, &Piece::plain(tail));
    let mut posts = finished(edition, thread);
    posts.truncate(1);
    posts
}

/// The address without what everyone knows of it.
pub(super) fn permalink_mark(link: WebLink) -> Mark {
    const LONGEST: usize = 60;
    let bare = link.as_str().trim_start_matches("https://").trim_start_matches("http://").to_owned();
    let label = if bare.len() <= LONGEST { bare } else { link.host() };
    Mark::link(&Clean::of(&label), link)
}
