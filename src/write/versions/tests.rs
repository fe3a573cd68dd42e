use super::super::brief::{BriefSettings, build};
use super::super::writer_sample::{Row, World, rows};
use super::*;
use crate::model::Platform;

fn brief_of(rows: &[Row]) -> Brief {
    build(&World::of(rows, 5).material(), &BriefSettings::default()).unwrap()
}

fn earlier() -> Told {
    let brief = brief_of(&rows());
    let cited = brief.members.iter().take(3).cloned().collect();
    Told { brief, cited }
}

fn with(more: Vec<Row>) -> Brief {
    let mut all = rows();
    all.extend(more);
    brief_of(&all)
}

fn post(author: &'static str, title: &'static str, body: &'static str) -> Row {
    Row {
        platform: Platform::Reddit,
        venue: "r/nighttrains",
        author: Some(author),
        at: "2031-03-05T10:00:00Z",
        title,
        body,
    }
}

#[test]
fn the_same_records_are_no_news() {
    let told = earlier();
    let changes = facts_changed(&told, &told.brief.clone());
    assert_eq!((changes.due, changes.list.len()), (false, 0));
    assert_eq!(changes.why, "no new record since the last version");
}

#[test]
fn more_of_the_same_is_no_news() {
    let now = with(vec![post(
        "u/one_more",
        "The Coastline Night Train is back",
        "I am glad that the Coastline Night Train returns in June because I like the sea.",
    )]);
    let changes = facts_changed(&earlier(), &now);
    assert!(!changes.due, "{}", changes.why);
}

#[test]
fn a_name_that_two_new_authors_bring_is_news() {
    let two = |who| {
        post(
            who,
            "Coastline Night Train will also stop in Quillhaven",
            "The Coastline Night Train gets a stop in Quillhaven because the harbour there was rebuilt.",
        )
    };
    let now = with(vec![two("u/first_new"), two("u/second_new")]);
    let changes = facts_changed(&earlier(), &now);
    assert!(changes.due);
    assert!(changes.list.iter().any(|c| c.text.contains("Quillhaven")), "{:?}", changes.list);
    assert!(changes.list.iter().any(|c| c.kind == ChangeKind::Changed && c.text == "From 16 to 18 records"));
}

#[test]
fn a_correction_is_news() {
    let now = with(vec![post(
        "u/careful_reader",
        "Correction: the Coastline Night Train leaves on 7 June",
        "The Coastline Night Train leaves not on 6 June but on 7 June, the station in Vantry says.",
    )]);
    let changes = facts_changed(&earlier(), &now);
    assert!(changes.due);
    assert!(changes.list.iter().any(|c| c.kind == ChangeKind::Changed && c.text.contains("7 June")));
}

#[test]
fn a_deleted_source_is_told_without_its_words() {
    let told = earlier();
    let mut now = told.brief.clone();
    let gone = told.cited[0].clone();
    let speaker = now.record(&gone).unwrap().speaker.clone();
    now.records.retain(|r| r.id != gone);
    now.members.retain(|id| *id != gone);
    let changes = facts_changed(&told, &now);
    assert!(changes.due);
    let withdrawn: Vec<_> = changes.list.iter().filter(|c| c.kind == ChangeKind::Withdrawn).collect();
    assert_eq!(withdrawn.len(), 1);
    assert!(!withdrawn[0].text.contains(&speaker));
}

#[test]
fn a_story_ages() {
    use StoryStatus::{Archived, Breaking, Developing, Ongoing, Resolved};
    let hours = TimeDelta::hours;
    assert_eq!(status(hours(2), hours(0)), Breaking);
    assert_eq!(status(hours(30), hours(1)), Developing);
    assert_eq!(status(hours(90), hours(60)), Ongoing);
    assert_eq!(status(hours(200), hours(120)), Ongoing, "what has news is not over");
    // Without news it goes on towards its end, and never back.
    assert_eq!(
        [1, 20, 60, 100, 200].map(|h| Breaking.after(hours(h))),
        [Breaking, Developing, Ongoing, Resolved, Archived]
    );
    assert_eq!(Ongoing.after(hours(1)), Ongoing);
}

#[test]
fn what_changed_is_led_by_what_heads_the_story() {
    let now = with(vec![
        post(
            "u/list_keeper",
            "Coastline Night Train: list of cabins corrected",
            "I corrected the list of cabins on the Coastline Night Train to Vantry.",
        ),
        Row {
            platform: Platform::Feed,
            venue: "Harbour Post",
            author: Some("Ida Brook"),
            at: "2031-03-05T11:00:00Z",
            title: "Unfinished platform at Ostrow moves the first sleeper to 16 June",
            body: "Coastline moved the first Coastline Night Train to 16 June because a platform is not ready.",
        },
    ]);
    let changes = facts_changed(&earlier(), &now);
    let news = now
        .records
        .iter()
        .find(|r| r.speaker == "Harbour Post" && title_of(r).is_some_and(|t| t.1.contains("16")))
        .unwrap();
    let (span, title) = title_of(news).unwrap();
    let headline = Sentence {
        text: format!("Harbour Post: {title}"),
        kind: crate::model::SentenceKind::Report,
        citations: vec![crate::model::Citation {
            record: news.id.clone(),
            url: news.url.clone(),
            start: span.start,
            end: span.end,
            sha256: crate::model::Sha256::of(title),
        }],
        counts: Vec::new(),
        confirmed: false,
    };
    let all = changes.list.len();
    let mut turned = changes.list;
    turned.reverse();
    let led = led_by(turned, &now, &headline);
    assert_eq!(led.len(), all);
    assert!(led[0].text.contains("16 June"), "{led:?}");
}

#[test]
fn what_headed_the_last_version_heads_no_update() {
    let said = |told: &str, new: &str| {
        let label: BTreeSet<String> = content_stems("Coastline Night Train");
        is_same_news(&label, told, new)
    };
    // The same event in an outlet's other words, whoever says it.
    assert!(said(
        "The Harbour Post: Mayor of Vantry sues the railway over the closed pier",
        "Mayor of Vantry sues rail company over pier closure, The Vantry Review reports",
    ));
    // What came out does not come out again.
    assert!(said("Harbour Lines launches Coastline Night Train", "“Coastline Night Train is here”"));
    // What came after it is news, though it names the same day.
    assert!(!said(
        "Coastline Night Train will start on 16 June, not 2 June, Harbour Rail says",
        "The Harbour Post: Unfinished platform at Hollin moves night train start to 16 June",
    ));
    assert!(!said("Harbour Lines launches Coastline Night Train", "Coastline Night Train stops at Hollin"));
}
