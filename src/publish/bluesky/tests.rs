use chrono::Duration;
use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation as _;

use super::*;
use crate::model::{Amendment, AmendmentKind, Change, ChangeKind, EarlierVersion, Lang, Severity, Story};
use crate::publish::fixture;
use crate::publish::text::{Clean, WebLink};

fn site() -> Look {
    Look { permalink_base: WebLink::parse("https://news.example/s/"), ..Look::default() }
}

fn told(edit: impl FnOnce(&mut Story), look: &Look, said: &[Amendment]) -> Telling {
    let (mut story, brief) = fixture::night_trains();
    edit(&mut story);
    render(&Edition::new(&story, &brief, Severity::Medium).with_amendments(said), look)
}

/// Every rule of the lexicon that applies, and that each facet covers exactly what it is for.
fn violations(post: &Post) -> Vec<String> {
    let mut out = Vec::new();
    let text = post.text.as_str();
    if text.graphemes(true).count() > 300 || text.len() > 3_000 || text.is_empty() || text.trim() != text {
        out.push(format!("text: {} graphemes, {} bytes", text.graphemes(true).count(), text.len()));
    }
    let mut last = 0;
    for facet in &post.facets {
        let covered = text.get(facet.start..facet.end).unwrap_or("?");
        let number = covered.strip_prefix('[').and_then(|c| c.strip_suffix(']'));
        let fine = match &facet.what {
            Feature::Link(link) => {
                number.is_some_and(|n| n.parse::<u32>().is_ok())
                    || link.as_str().strip_prefix("https://") == Some(covered)
            }
            Feature::Tag(tag) => covered.strip_prefix('#') == Some(tag),
            Feature::Mention(_) => covered.starts_with('@') && !covered.contains(' '),
        };
        if !fine || facet.start < last {
            out.push(format!("facet covers {covered:?}"));
        }
        last = facet.end;
    }
    if post.tags.len() > 8 || post.langs.len() > 3 || post.langs.contains(&Lang::UND) {
        out.push(format!("tags {:?}, langs {:?}", post.tags, post.langs));
    }
    out
}

fn all_violations(telling: &Telling) -> Vec<String> {
    telling.posts.iter().chain(&telling.quote).flat_map(violations).collect()
}

/// A thread as it is read, for people.
fn read(telling: &Telling) -> String {
    let posts = telling.posts.iter().chain(&telling.quote);
    posts.map(|post| post.text.as_str()).collect::<Vec<_>>().join("\n---\n")
}

/// The second version as a desk knows it that has the first: its first lines rest on what is new.
fn news() -> (Story, crate::model::Brief) {
    let (mut story, mut brief) = fixture::night_trains_update();
    let [rail, post, _, _, _, quiet] = brief.members.as_slice() else { panic!("six records") };
    brief.earlier = Some(EarlierVersion {
        version: 1,
        at: fixture::at(),
        headline: story.body.headline.text.clone(),
        members: vec![post.clone(), quiet.clone()],
        cited: Vec::new(),
    });
    let mut said = story.body.sections[0].sentences[0].clone();
    assert_eq!(said.citations[0].record, *rail);
    said.text = "Since the earlier story, Coastline Rail said on 5 March: “The first train leaves on 8 May, not on 1 May, since the berths come late.”".to_owned();
    story.changes.push(Change {
        kind: ChangeKind::Added,
        text: "Coastline Rail: “The first train leaves on 8 May, not on …”".to_owned(),
    });
    story.changes.push(Change::of_size(41, 53, "records"));
    story.body.so_far.insert(0, said);
    (story, brief)
}

#[test]
fn a_story_is_a_thread_whose_first_post_stands_alone() {
    let telling = told(|_| {}, &Look::default(), &[]);
    assert_eq!(all_violations(&telling), Vec::<String>::new());
    insta::assert_snapshot!("opening", read(&telling));
}

#[test]
fn a_thread_leaves_more_to_the_storys_page() {
    let longer = |story: &mut Story| {
        let more = story.body.sections[0].sentences.clone();
        story.body.sections[1].sentences.extend(more);
    };
    let telling = told(longer, &site(), &[]);
    assert_eq!(all_violations(&telling), Vec::<String>::new());
    assert_eq!(told(longer, &Look::default(), &[]).posts.len(), telling.posts.len() + 1);
    let all = read(&telling);
    assert!(all.contains("\nStory WHB5FZZ · v1: news.example/s/WHB5FZZ\n"), "{all}");
    // The page has every source; the thread lists those that it names.
    assert!(all.ends_with("\n[4] u/berth_seven\n[5] @timetable.example\n[6] quietcarriage"), "{all}");
}

#[test]
fn an_update_says_what_is_new_first_and_whole() {
    let (story, brief) = news();
    let look = Look { opened: true, quote_updates: true, ..site() };
    let telling = render(&Edition::new(&story, &brief, Severity::Medium), &look);
    assert_eq!(telling.kind, TellingKind::Update);
    assert_eq!(all_violations(&telling), Vec::<String>::new());
    insta::assert_snapshot!("update", read(&telling));
}

#[test]
fn an_update_of_which_no_sentence_is_new_tells_its_dek() {
    let (story, brief) = fixture::night_trains_update();
    let look = Look { opened: true, ..Look::default() };
    let telling = render(&Edition::new(&story, &brief, Severity::Medium), &look);
    assert!(telling.posts.len() <= 3);
    let all = read(&telling);
    assert!(all.starts_with(
        "Update: Night trains return to the coast line on 1 May: 41 posts in three days\n\n\
         Changed: The first train leaves on 8 May, not on 1 May.\nNew: 12 more records by nine authors."
    ));
    assert!(all.contains(&story.body.dek[0].text), "{all}");
    assert_eq!(telling.quote, None);
}

#[test]
fn a_later_version_opens_a_thread_where_none_stands() {
    let (story, brief) = fixture::night_trains_update();
    let telling = render(&Edition::new(&story, &brief, Severity::Medium), &Look::default());
    assert_eq!(telling.kind, TellingKind::Opening);
    assert!(telling.posts[0].text.starts_with("Night trains return"));
    assert!(read(&telling).contains("\nThe story so far\n\nFirst story on this."));
}

#[test]
fn a_correction_comes_last_and_changes_nothing_before_it() {
    let mut said = vec![fixture::amendment(AmendmentKind::Correction)];
    let before = told(|_| {}, &Look::default(), &[]);
    let once = told(|_| {}, &Look::default(), &said);
    assert_eq!(once.posts[..before.posts.len()], before.posts);
    let tail = &once.posts[before.posts.len()..];
    assert_eq!(
        tail.iter().map(|post| post.text.as_str()).collect::<Vec<_>>(),
        ["Correction, 6 March 2026\n\n\
          A berth costs the day train plus 35 crowns, not 25. The post that we quoted was *edited*.\n\n\
          By the moderators of Harbour_Club. Story WHB5FZZ · v1."]
    );
    said.push(Amendment { at: said[0].at + Duration::hours(1), ..said[0].clone() });
    let twice = told(|_| {}, &Look::default(), &said);
    assert_eq!(twice.posts[..once.posts.len()], once.posts);
    assert_eq!(twice.posts.len(), once.posts.len() + 1);
    // A version that was written later tells the corrected story.
    said.iter_mut().for_each(|c| c.at = fixture::at() - Duration::hours(1));
    assert_eq!(told(|_| {}, &Look::default(), &said), before);
}

#[test]
fn a_retracted_story_is_one_post_whatever_its_reason_is() {
    for repeat in [1, 90] {
        let mut said = [fixture::amendment(AmendmentKind::Retraction)];
        said[0].text = said[0].text.repeat(repeat);
        said[0].by = said[0].by.repeat(repeat);
        let telling = told(|_| {}, &Look { quote_updates: true, ..site() }, &said);
        assert_eq!((telling.kind, telling.posts.len(), telling.only_edit), (TellingKind::Notice, 1, false));
        assert_eq!(violations(&telling.posts[0]), Vec::<String>::new());
        let text = &telling.posts[0].text;
        assert!(text.starts_with("Retracted: story WHB5FZZ\n\nThe announcement was a **hoax**;"), "{text}");
        assert!(text.contains("\n\n6 March 2026, by the moderators of Harbour_Club"), "{text}");
        assert_eq!((&telling.posts[0].card, &telling.quote), (&None, &None));
    }
}

#[test]
fn the_notice_of_an_update_only_takes_its_place() {
    let (story, brief) = news();
    let said = [fixture::amendment(AmendmentKind::Retraction)];
    let edition = Edition::new(&story, &brief, Severity::Medium).with_amendments(&said);
    let telling = render(&edition, &Look { opened: true, quote_updates: true, ..site() });
    assert_eq!((telling.kind, telling.only_edit, telling.quote), (TellingKind::Notice, true, None));
}

#[test]
fn what_was_erased_leaves_no_empty_post() {
    let telling = told(
        |story| {
            story.body.headline.text.clear();
            story.body.dek.clear();
            story.body.sections.iter_mut().for_each(|section| section.sentences.clear());
            story.body.faqs.iter_mut().for_each(|faq| faq.short.clear());
            story.body.counter.clear();
        },
        &site(),
        &[],
    );
    assert_eq!(all_violations(&telling), Vec::<String>::new());
    assert!(telling.posts[0].text.starts_with("Sources and checks\n\n41 records by 33 authors."));
    assert_eq!(telling.posts[0].card.as_ref().map(|card| card.title.as_str()), Some("Story WHB5FZZ"));
    // A heading without its sentences claims what nothing carries.
    assert!(!read(&telling).contains("Bicycles") && !read(&telling).contains("mean for you"));
}

#[test]
fn a_card_leads_to_the_page_and_without_one_is_a_picture() {
    let post = told(|_| {}, &site(), &[]).posts.remove(0);
    let blob = json!({ "$type": "blob", "ref": { "$link": "bafk" }, "mimeType": "image/png", "size": 3 });
    let record = post.record(fixture::at(), None, Some(blob.clone()), None);
    assert_eq!(
        record["embed"],
        json!({ "$type": "app.bsky.embed.external", "external": {
            "uri": "https://news.example/s/WHB5FZZ",
            "title": "Night trains return to the coast line on 1 May: 41 posts in three days",
            "description": "The whole story with its sources and checks. 41 records by 33 authors, 4 March 2026.",
            "thumb": blob.clone(),
        } })
    );
    let alone = told(|_| {}, &Look::default(), &[]).posts.remove(0);
    assert_eq!(alone.record(fixture::at(), None, None, None).get("embed"), None);
    let embed = &alone.record(fixture::at(), None, Some(blob.clone()), None)["embed"];
    assert_eq!(embed["$type"], "app.bsky.embed.images");
    assert_eq!(embed["images"][0]["image"], blob);
    let alt = embed["images"][0]["alt"].as_str().unwrap();
    assert!(alt.contains("Night trains return to the coast line") && alt.contains("41 records"), "{alt}");
    assert_eq!(told(|_| {}, &Look { card: false, ..Look::default() }, &[]).posts[0].card, None);
}

#[test]
fn a_record_replies_and_quotes_what_it_is_given() {
    let post = told(|_| {}, &site(), &[]).posts.remove(0);
    let to = |n: &str| Ref { uri: format!("at://did:plc:ana/app.bsky.feed.post/{n}"), cid: n.to_owned() };
    let reply = Reply { root: to("a"), parent: to("b") };
    let record = post.record(fixture::at(), Some(&reply), None, Some(&to("c")));
    assert_eq!(record["createdAt"], "2026-03-04T06:00:00.000Z");
    assert_eq!(record["langs"], json!(["en"]));
    assert_eq!(record["reply"]["parent"]["uri"], "at://did:plc:ana/app.bsky.feed.post/b");
    assert_eq!(record["embed"]["$type"], "app.bsky.embed.recordWithMedia");
    assert_eq!(record["embed"]["record"]["record"]["cid"], "c");
    assert_eq!(record["embed"]["media"]["$type"], "app.bsky.embed.external");
}

#[test]
fn the_preview_shows_records_a_millisecond_apart() {
    let telling = told(|_| {}, &Look::default(), &[]);
    let all = records(&telling, fixture::at());
    assert!(all[0].get("reply").is_none());
    for (n, record) in all.iter().enumerate().skip(1) {
        assert_eq!(record["reply"], json!({ "root": 0, "parent": n - 1 }));
        assert_eq!(record["createdAt"], format!("2026-03-04T06:00:00.{n:03}Z"));
    }
    let (story, brief) = news();
    let look = Look { opened: true, quote_updates: true, ..Look::default() };
    let update = records(&render(&Edition::new(&story, &brief, Severity::Low), &look), story.at);
    assert_eq!(update[0]["reply"], json!({ "root": "opening", "parent": "last" }));
    assert_eq!(update[1]["reply"], json!({ "root": "opening", "parent": 0 }));
    assert_eq!(update.last().unwrap()["embed"]["record"], json!(0));
}

#[test]
fn addresses_mentions_and_tags_in_a_quote_get_no_facet() {
    let text = "see https://evil.example and @ana.example #tag";
    let telling =
        told(|story| story.body.sections[0].sentences[0].text = text.to_owned(), &Look::default(), &[]);
    assert_eq!(all_violations(&telling), Vec::<String>::new());
    let post = telling.posts.iter().find(|post| post.text.contains(text)).unwrap();
    assert!(
        post.facets
            .iter()
            .all(|facet| post.text.get(facet.start..facet.end).is_some_and(|l| l.starts_with('[')))
    );
}

#[test]
fn a_topics_name_is_a_hashtag_where_it_makes_one() {
    let cases = [
        ("Night trains", Some("NightTrains")),
        ("Open-source AI", Some("OpenSourceAI")),
        ("Österreich", Some("Österreich")),
        ("C++", None),
        ("2031", None),
        ("AI", None),
        ("What people say about the sea", None),
        ("#free @ana", None),
    ];
    for (name, tag) in cases {
        let (story, mut brief) = fixture::night_trains();
        brief.topic.name = name.to_owned();
        let telling = render(&Edition::new(&story, &brief, Severity::Low), &Look::default());
        let last = telling.posts[0].facets.last();
        let found = last.and_then(|facet| match &facet.what {
            Feature::Tag(tag) => Some(tag.as_str()),
            Feature::Link(_) | Feature::Mention(_) => None,
        });
        let found = found.or_else(|| telling.posts[0].tags.first().map(String::as_str));
        assert_eq!(found, tag, "{name}");
        assert!(telling.posts.iter().skip(1).all(|post| post.tags.is_empty()));
    }
}

#[test]
fn a_question_that_the_thread_has_answered_is_not_asked() {
    let all = read(&told(|_| {}, &Look::default(), &[]));
    // Both short answers quote what stands above; the third stands under its own heading.
    assert!(!all.contains("What happened with night trains?"), "{all}");
    assert_eq!(all.matches("the seventh is the one I need").count(), 1);
    let all = read(&told(|story| story.body.faqs[1].short[0].citations[0].end = 90, &Look::default(), &[]));
    assert!(all.contains("\nWhat does it mean for you?\n\nThe Harbour Post: “Tickets go on sale"), "{all}");
}

#[test]
fn a_step_reads_back_as_it_was_planned() {
    let (story, brief) = news();
    let edition = Edition::new(&story, &brief, Severity::Medium);
    let look = Look { opened: true, quote_updates: true, replies: Replies::Followers, ..site() };
    let (delivery, steps) = plan(&edition, "did:plc:ana", &look, story.at);
    assert_eq!(delivery.destination, "bluesky:did:plc:ana");
    assert_eq!(steps.len(), 1);
    assert_eq!(steps[0].kind, StepKind::BlueskyThread);
    assert_eq!(Telling::of_step(&steps[0]).unwrap(), render(&edition, &look));
    let kept: Look = serde_json::from_value(serde_json::to_value(&look).unwrap()).unwrap();
    assert_eq!(kept, look);
    assert_eq!(serde_json::from_str::<Look>("{}").unwrap(), Look::default());
}

#[test]
fn gates_say_who_may_answer_and_quote() {
    let at = fixture::at();
    assert_eq!(Replies::Everyone.gate("at://x", at), None);
    assert_eq!(Quotes::Everyone.gate("at://x", at), None);
    assert_eq!(Replies::Nobody.gate("at://x", at).unwrap()["allow"], json!([]));
    let gate = Replies::Followers.gate("at://x", at).unwrap();
    assert_eq!(gate["allow"], json!([{ "$type": "app.bsky.feed.threadgate#followerRule" }]));
    assert_eq!((&gate["post"], &gate["createdAt"]), (&json!("at://x"), &json!("2026-03-04T06:00:00.000Z")));
    let gate = Quotes::Nobody.gate("at://x", at).unwrap();
    assert_eq!(gate["embeddingRules"][0]["$type"], "app.bsky.feed.postgate#disableRule");
}

#[test]
fn a_first_section_without_a_heading_begins_a_post_with_what_it_is() {
    let headed = told(|_| {}, &site(), &[]).posts;
    let posts = told(|story| story.body.sections[0].heading = None, &site(), &[]).posts;
    let first = |posts: &[Post]| posts.iter().position(|post| post.text.starts_with("What happened\n"));
    assert!(first(&posts).is_some() && first(&headed).is_none());
}

#[test]
fn the_same_words_are_the_same_whatever_picture_hangs_there() {
    let posts = told(|_| {}, &site(), &[]).posts;
    let bare = Post { card: None, ..posts[0].clone() };
    assert!(posts[0].same_words(&bare) && posts[0] != bare);
    let tagged = Post { tags: vec!["rail".to_owned()], ..bare.clone() };
    assert!(!posts[0].same_words(&tagged) && !posts[0].same_words(&posts[1]));
    let moved = Post { facets: Vec::new(), ..bare };
    assert!(!posts[0].same_words(&moved));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]
    #[test]
    fn absurd_stories_break_no_limit_and_lose_no_word(
        text in crate::publish::discord::tests::ABSURD, other in crate::publish::discord::tests::ABSURD,
        repeat in 1_usize..12, page in any::<bool>(),
    ) {
        let text = text.repeat(repeat);
        let edit = |story: &mut Story| {
            story.body.sections[0].heading.as_mut().unwrap().text = other.clone();
            story.body.sections[0].sentences[0].text = text.clone();
            story.body.headline.text = text.clone();
            story.body.counter[0].text = other.clone();
        };
        let look = if page { site() } else { Look::default() };
        let telling = told(edit, &look, &[]);
        prop_assert_eq!(all_violations(&telling), Vec::<String>::new());
        let squeeze = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let shown: String = telling.posts.iter().map(|post| squeeze(&post.text)).collect();
        prop_assert!(shown.contains(&squeeze(Clean::of(&text).as_str())));
        prop_assert!(shown.contains(&squeeze(Clean::of(&other).as_str())));

        let correction = Amendment { text: text.clone(), by: other.clone(), ..fixture::amendment(AmendmentKind::Correction) };
        let longer = told(edit, &look, &[correction]);
        prop_assert_eq!(all_violations(&longer), Vec::<String>::new());
        prop_assert_eq!(&longer.posts[..telling.posts.len()], &telling.posts[..]);
        let tail: String = longer.posts[telling.posts.len()..].iter().map(|post| squeeze(&post.text)).collect();
        prop_assert!(tail.contains(&squeeze(Clean::of(&text).as_str())));
    }

    #[test]
    fn an_answer_keeps_its_limit_and_its_marks(
        text in crate::publish::discord::tests::ABSURD, repeat in 1_usize..40, limit in 1_usize..4,
    ) {
        let link = WebLink::parse("https://news.example/s/WHB5FZZ").unwrap();
        let asker = Piece::led(Mark::mention("ana.example", "did:plc:ana"), Clean::of("asked."));
        let words = Piece::plain(Clean::of(&text));
        let more = Piece::followed(Clean::of("More:"), Mark::link(&Clean::of("news.example/s/WHB5FZZ"), link));
        let paragraphs = [
            Paragraph::of([asker, words]),
            Paragraph::lines(vec![more; repeat]),
        ];
        let posts = lay_out(&paragraphs, &[Lang::EN, Lang::UND], limit);
        prop_assert!(!posts.is_empty() && posts.len() <= limit);
        for post in &posts {
            prop_assert_eq!(violations(post), Vec::<String>::new());
            prop_assert_eq!(&post.langs, &vec![Lang::EN]);
        }
        prop_assert!(posts[0].text.starts_with("@ana.example"));
        prop_assert_eq!(&posts[0].facets[0], &Facet { start: 0, end: 12, what: Feature::Mention("did:plc:ana".to_owned()) });
    }
}
