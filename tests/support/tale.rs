//! A story to be posted, told anew, corrected and taken back, on whatever platform.

use chrono::{DateTime, Utc};
use newsdesk::model::{
    Amendment, AmendmentKind, Brief, Change, ChangeKind, Section, Sentence, SentenceKind, Story, StoryCode,
    StoryStatus,
};
use newsdesk::publish::Edition;
use newsdesk::store::{NewStory, Store};

use super::record::post;
use super::story::story_about;

/// A story as it stands.
#[derive(Clone)]
pub(crate) struct Tale {
    pub(crate) new: NewStory,
    pub(crate) amendments: Vec<Amendment>,
    /// The versions before this one, oldest first.
    before: Vec<NewStory>,
}

impl Tale {
    /// A story in two sections, not posted yet. The same number gives the same story.
    pub(crate) async fn new(store: &Store, now: DateTime<Utc>, n: u64) -> Self {
        let text = format!("The ferry number {n} sails.");
        let said = post(n, &text);
        store.save_records(&[said.clone().record()], now).await.unwrap();
        let record = store.record_by_url(&said.0.permalink).await.unwrap().unwrap();
        let mut new = story_about(&record, &text, "ferries", 1, now);
        new.story.body.dek = vec![says("It sails again.")];
        new.story.body.sections = vec![section("Timetable", 'a'), section("Fares", 'b')];
        Self { new, amendments: Vec::new(), before: Vec::new() }
    }

    pub(crate) fn code(&self) -> &StoryCode {
        &self.new.story.code
    }

    fn story(&self) -> &Story {
        &self.new.story
    }

    fn brief(&self) -> &Brief {
        &self.new.brief
    }

    pub(crate) fn edition(&self) -> Edition<'_> {
        Edition::new(self.story(), self.brief(), self.new.severity)
    }

    /// The next version, told where the last one stands.
    pub(crate) fn next(&self, now: DateTime<Utc>) -> Self {
        let mut next = self.clone();
        next.before.push(self.new.clone());
        let story = &mut next.new.story;
        story.version += 1;
        story.at = now;
        story.status = StoryStatus::Developing;
        story.changes =
            vec![Change { kind: ChangeKind::Added, text: format!("News of version {}.", story.version) }];
        story.body.headline.text = format!("The ferry, version {}", story.version);
        story.body.sections = vec![section("What else", 'c')];
        let mut brief = next.new.brief.clone();
        brief.version = story.version;
        brief.at = story.at;
        story.methodology.brief = brief.digest();
        next.new.brief = brief;
        next
    }

    /// Its versions before this one, oldest first, with what was said since.
    pub(crate) fn earlier(&self) -> Vec<Self> {
        let version = |new: &NewStory| Self {
            new: new.clone(),
            amendments: self.amendments.clone(),
            before: Vec::new(),
        };
        self.before.iter().map(version).collect()
    }

    /// A source of its first version is deleted, and what rested on it goes from there. That version, as it is now.
    pub(crate) fn erase_from_first(&mut self) -> Self {
        let first = self.before.first_mut().expect("there is a version before this one");
        first.story.body.sections.pop();
        self.earlier().swap_remove(0)
    }

    /// Corrects or retracts it; nothing is planned for that yet.
    pub(crate) async fn amend(&mut self, store: &Store, kind: AmendmentKind, text: &str, now: DateTime<Utc>) {
        let amendment = Amendment {
            code: self.code().clone(),
            kind,
            text: text.to_owned(),
            by: "the moderators".to_owned(),
            at: now,
        };
        store.save_amendment(&amendment).await.unwrap();
        self.amendments.push(amendment);
    }
}

fn says(text: &str) -> Sentence {
    Sentence {
        text: text.to_owned(),
        kind: SentenceKind::Frame,
        citations: Vec::new(),
        counts: Vec::new(),
        confirmed: false,
    }
}

/// Long enough for a message of its own.
fn section(heading: &str, letter: char) -> Section {
    let word = letter.to_string().repeat(9);
    let long = vec![word.as_str(); 125].join(" ");
    Section { heading: Some(says(heading)), sentences: vec![says(&long)] }
}
