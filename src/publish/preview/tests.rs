use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use async_trait::async_trait;
use chrono::Duration;

use super::*;
use crate::model::{
    AmendmentKind, Clock as _, DeliveryState, HoldReason, ManualClock, RecordId, StorylineId, Style,
};
use crate::publish::text::WebLink;
use crate::publish::{
    DeliveryReport, Destinations, Publisher, RetryPolicy, SendError, deliver_due, fixture, replan,
};
use crate::store::{LeasedStep, NewStory, Store, Trail};

type Result<T = ()> = anyhow::Result<T>;

/// A database, a folder, and a clock.
struct Desk {
    store: Store,
    dir: tempfile::TempDir,
    clock: ManualClock,
}

impl Desk {
    async fn new() -> Result<Self> {
        Ok(Self {
            store: Store::in_memory().await?,
            dir: tempfile::tempdir()?,
            clock: ManualClock::at(fixture::at()),
        })
    }
    async fn save(&self, (story, brief): (crate::model::Story, crate::model::Brief)) -> Result {
        let planned = plan(&Edition::new(&story, &brief, Severity::Medium), &Profiles::default(), story.at);
        let central = RecordId::from_stored("0000000000000000");
        let new = NewStory {
            severity: Severity::Medium,
            trail: Trail::default(),
            central,
            deliveries: vec![planned.into()],
            digests: Vec::new(),
            story,
            brief,
        };
        anyhow::ensure!(self.store.save_story(&new).await?);
        Ok(())
    }
    async fn deliver(&self) -> Result<DeliveryReport> {
        let destinations = Destinations::new().with_preview(PreviewFolder::new(self.dir.path()));
        Ok(deliver_due(&self.store, &destinations, &RetryPolicy::default(), &self.clock).await?)
    }
    async fn state(&self) -> Result<DeliveryState> {
        let (story, _) = fixture::night_trains();
        let all = self.store.deliveries_of(&story.code, 1).await?;
        Ok(all[0].state)
    }
    fn advance(&self, by: Duration) {
        self.clock.set(self.clock.now() + by);
    }
    fn files(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        walk(self.dir.path(), self.dir.path(), &mut all);
        all
    }
}

fn walk(root: &Path, dir: &Path, all: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(root, &path, all);
        } else {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            all.insert(name, std::fs::read_to_string(path).unwrap());
        }
    }
}

fn folder() -> String {
    let (story, _) = fixture::night_trains();
    format!("night-trains/{}-v1", story.code)
}

#[tokio::test]
async fn a_story_becomes_a_folder_and_a_line_in_the_list() -> Result {
    let desk = Desk::new().await?;
    desk.save(fixture::night_trains()).await?;
    let report = desk.deliver().await?;
    assert_eq!(report, DeliveryReport { posted: 3, ..DeliveryReport::default() });
    assert_eq!(desk.state().await?, DeliveryState::Done);
    let files = desk.files();
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    let inside = |name: &str| format!("{}/{name}", folder());
    assert_eq!(
        names,
        [
            "index.html",
            &inside("bluesky.json"),
            &inside("discord.json"),
            &inside("entry.json"),
            &inside("index.html")
        ]
    );
    assert!(files["index.html"].contains(&format!("href=\"{}/index.html\"", folder())));
    let page = &files[&inside("index.html")];
    assert!(
        page.contains("41 records · 9 links")
            && page.contains("Night trains return to the coast line on 1 May")
    );
    Ok(())
}

fn leased(story: &crate::model::Story, delivery: &crate::model::Delivery, step: &Step) -> LeasedStep {
    LeasedStep {
        step: step.clone(),
        delivery: delivery.id.clone(),
        destination: delivery.destination.clone(),
        code: story.code.clone(),
        version: story.version,
        created_at: story.at,
        storyline: story.storyline.clone(),
        desk: None,
        remote: None,
        plan: 0,
        was_held: false,
        sealed: None,
    }
}

#[tokio::test]
async fn sending_twice_gives_the_same_bytes() -> Result {
    let desk = Desk::new().await?;
    desk.save(fixture::night_trains()).await?;
    desk.deliver().await?;
    let before = desk.files();
    assert_eq!(desk.deliver().await?, DeliveryReport::default());
    let (story, brief) = fixture::night_trains();
    let (delivery, steps) =
        plan(&Edition::new(&story, &brief, Severity::Medium), &Profiles::default(), story.at);
    let preview = PreviewFolder::new(desk.dir.path());
    for step in &steps {
        preview.send(&leased(&story, &delivery, step)).await?;
    }
    assert_eq!(desk.files(), before);
    Ok(())
}

#[tokio::test]
async fn the_list_is_newest_first_and_passes_over_what_is_not_ours() -> Result {
    let desk = Desk::new().await?;
    std::fs::create_dir_all(desk.dir.path().join("somebody/else"))?;
    std::fs::write(desk.dir.path().join("somebody/else/entry.json"), "{")?;
    desk.save(fixture::night_trains()).await?;
    desk.save(fixture::night_trains_update()).await?;
    desk.deliver().await?;
    let list = &desk.files()["index.html"];
    assert!(list.find("-v2/index.html").unwrap() < list.find("-v1/index.html").unwrap());
    assert!(list.contains("2 stories"));
    Ok(())
}

#[tokio::test]
async fn a_crash_before_the_send_is_made_good() -> Result {
    let desk = Desk::new().await?;
    desk.save(fixture::night_trains()).await?;
    let step = desk.store.lease_step(desk.clock.now(), Duration::minutes(2)).await?.unwrap();
    assert!(desk.store.intend_step(&step, desk.clock.now()).await?);
    // The process dies here. Until its lease ends, nobody touches the step.
    assert_eq!(desk.deliver().await?, DeliveryReport::default());
    desk.advance(Duration::minutes(3));
    assert_eq!(desk.deliver().await?, DeliveryReport { posted: 3, ..DeliveryReport::default() });
    assert_eq!(desk.state().await?, DeliveryState::Done);
    Ok(())
}

#[tokio::test]
async fn a_crash_after_the_send_is_found_out_by_looking() -> Result {
    let desk = Desk::new().await?;
    desk.save(fixture::night_trains()).await?;
    let step = desk.store.lease_step(desk.clock.now(), Duration::minutes(2)).await?.unwrap();
    assert!(desk.store.intend_step(&step, desk.clock.now()).await?);
    PreviewFolder::new(desk.dir.path()).send(&step).await?;
    // The process dies here, with the file written and nothing noted.
    desk.advance(Duration::minutes(3));
    let report = desk.deliver().await?;
    assert_eq!(report, DeliveryReport { posted: 2, found: 1, ..DeliveryReport::default() });
    assert_eq!(desk.state().await?, DeliveryState::Done);
    assert_eq!(desk.files().len(), 5);
    Ok(())
}

#[tokio::test]
async fn a_page_without_its_line_in_the_list_is_not_there_yet() -> Result {
    let desk = Desk::new().await?;
    desk.save(fixture::night_trains()).await?;
    desk.deliver().await?;
    std::fs::remove_file(desk.dir.path().join("index.html"))?;
    let (story, brief) = fixture::night_trains();
    let (delivery, steps) =
        plan(&Edition::new(&story, &brief, Severity::Medium), &Profiles::default(), story.at);
    let preview = PreviewFolder::new(desk.dir.path());
    assert!(preview.reconcile(&leased(&story, &delivery, &steps[0])).await?.is_some());
    assert_eq!(preview.reconcile(&leased(&story, &delivery, &steps[2])).await?, None);
    let gone = PreviewFolder::new(desk.dir.path().join("never/made"));
    assert_eq!(gone.reconcile(&leased(&story, &delivery, &steps[2])).await?, None);
    Ok(())
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_named_and_tried_again() -> Result {
    let desk = Desk::new().await?;
    desk.save(fixture::night_trains()).await?;
    // A file where the topic's folder should be fails for every user, root included.
    let blocked = desk.dir.path().join("night-trains");
    std::fs::write(&blocked, "")?;
    let report = desk.deliver().await?;
    assert_eq!((report.posted, report.retried.len()), (0, 1));
    assert!(report.retried[0].1.contains(&blocked.display().to_string()), "{}", report.retried[0].1);
    // Not at once …
    assert_eq!(desk.deliver().await?, DeliveryReport::default());
    // … but later, and then in order.
    std::fs::remove_file(&blocked)?;
    desk.advance(Duration::minutes(1));
    assert_eq!(desk.deliver().await?, DeliveryReport { posted: 3, ..DeliveryReport::default() });
    Ok(())
}

#[tokio::test]
async fn what_fails_for_days_waits_for_a_person() -> Result {
    let desk = Desk::new().await?;
    desk.save(fixture::night_trains()).await?;
    std::fs::write(desk.dir.path().join("night-trains"), "")?;
    assert_eq!(desk.deliver().await?.retried.len(), 1);
    desk.advance(Duration::days(3));
    let report = desk.deliver().await?;
    assert_eq!(report.held.iter().map(|(_, reason)| *reason).collect::<Vec<_>>(), [HoldReason::TooOld]);
    assert_eq!(desk.state().await?, DeliveryState::Held);
    Ok(())
}

#[tokio::test]
async fn after_erasure_the_files_hold_what_is_left() -> Result {
    let desk = Desk::new().await?;
    desk.save(fixture::night_trains()).await?;
    desk.deliver().await?;
    let gone = "I sold my car on the strength of this timetable";
    assert!(desk.files().values().any(|text| text.contains(gone)));
    let (mut story, brief) = fixture::night_trains();
    story.body.sections.pop();
    story.body.faqs[1].answer.clear();
    story.body.faqs[1].short.clear();
    let edition = Edition::new(&story, &brief, Severity::Medium);
    assert_eq!(replan(&desk.store, &edition, &[], &Profiles::default(), desk.clock.now()).await?, 1);
    assert_eq!(desk.deliver().await?.posted, 3);
    assert!(desk.files().values().all(|text| !text.contains(gone) && !text.contains("berth_seven")));
    assert!(desk.files().values().all(|text| !text.contains("What does it mean for you?")));
    Ok(())
}

/// Keeps the order of what it is asked, and refuses what it is told to.
struct Noting {
    seen: &'static Mutex<Vec<String>>,
    refuse: Option<StepKind>,
}

#[async_trait]
impl Publisher for Noting {
    async fn reconcile(&self, _: &LeasedStep) -> std::result::Result<Option<String>, SendError> {
        Ok(None)
    }
    async fn send(&self, step: &LeasedStep) -> std::result::Result<String, SendError> {
        if self.refuse == Some(step.step.kind) {
            return Err(SendError::Permanent(HoldReason::NoPermission));
        }
        self.seen.lock().unwrap().push(format!("v{} {}", step.version, step.step.kind));
        Ok("id".to_owned())
    }
}

#[tokio::test]
async fn order_inside_a_delivery_is_kept_and_a_held_one_stops_no_other() -> Result {
    static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let desk = Desk::new().await?;
    desk.save(fixture::night_trains()).await?;
    let noting = Noting { seen: &SEEN, refuse: Some(StepKind::PreviewBluesky) };
    let destinations = Destinations::new().with_preview_publisher(Box::new(noting));
    let report = deliver_due(&desk.store, &destinations, &RetryPolicy::default(), &desk.clock).await?;
    assert_eq!(report.held[0].1, HoldReason::NoPermission);
    desk.save(fixture::night_trains_update()).await?;
    let destinations =
        Destinations::new().with_preview_publisher(Box::new(Noting { seen: &SEEN, refuse: None }));
    let report = deliver_due(&desk.store, &destinations, &RetryPolicy::default(), &desk.clock).await?;
    // Once something has got through, what was held there is tried again.
    assert_eq!(report.posted, 5);
    let seen = SEEN.lock().unwrap().clone();
    let held = ["v1 preview_discord"];
    let other = ["v2 preview_discord", "v2 preview_bluesky", "v2 preview_page"];
    let again = ["v1 preview_bluesky", "v1 preview_page"];
    assert_eq!(seen, [&held[..], &other, &again].concat());
    Ok(())
}

#[tokio::test]
async fn a_destination_that_this_process_cannot_reach_waits() -> Result {
    let desk = Desk::new().await?;
    desk.save(fixture::night_trains()).await?;
    let report = deliver_due(&desk.store, &Destinations::new(), &RetryPolicy::default(), &desk.clock).await?;
    assert_eq!(report.retried.len(), 1);
    desk.advance(Duration::minutes(1));
    assert_eq!(desk.deliver().await?.posted, 3);
    Ok(())
}

#[test]
fn markup_in_a_story_is_text_on_the_page() {
    let (mut story, mut brief) = fixture::night_trains();
    let nasty = "<script>alert(1)</script>\" onload=x <img src=https://evil.example/p.png>";
    story.body.headline.text = nasty.to_owned();
    story.body.sections[0].sentences[0].text = nasty.to_owned();
    brief.records[0].speaker = nasty.to_owned();
    story.body.dek[0].citations[0].url = "javascript:alert(1)".to_owned();
    let edition = Edition::new(&story, &brief, Severity::Medium);
    let requests = requests(&edition, &Profiles::default());
    let records = records(&edition, &Profiles::default(), story.at);
    let (html, entry) = page::render(&edition, &requests, &records);
    for page in [html, page::index(&[entry])] {
        for bad in ["<script", "<img", "src=\"", "javascript:", "url("] {
            assert!(!page.contains(bad), "{bad}");
        }
        let loads: Vec<&str> = page.matches("<link").chain(page.matches("@import")).collect();
        assert!(loads.is_empty());
    }
}

/// Every byte that the preview of a story writes.
fn written(edition: &Edition<'_>, profiles: &Profiles) -> String {
    let (_, steps) = plan(edition, profiles, edition.story.at);
    steps.iter().map(|step| step.payload.to_string()).collect()
}

#[test]
fn a_correction_is_shown_in_every_file_of_discord_and_on_the_page() {
    let (story, brief) = fixture::night_trains();
    let said = [fixture::amendment(AmendmentKind::Correction)];
    let edition = Edition::new(&story, &brief, Severity::Medium).with_amendments(&said);
    let (_, steps) = plan(&edition, &Profiles::default(), story.at);
    for kind in [StepKind::PreviewDiscord, StepKind::PreviewPage] {
        let step = steps.iter().find(|step| step.kind == kind).unwrap();
        let text = step.payload.to_string();
        assert!(text.contains("Correction, 6 March 2026") && text.contains("plus 35 crowns"), "{kind}");
    }
    let (html, entry) = page::render(&edition, &[], &[]);
    assert!(html.contains("6 March 2026, 06:00 WET, by the moderators of Harbour_Club"));
    assert!(html.contains("was *edited*.") && entry.headline.starts_with("Night trains return"));
}

#[test]
fn of_a_retracted_story_the_preview_shows_the_notice_alone() {
    let said = [fixture::amendment(AmendmentKind::Retraction)];
    for (story, brief) in [fixture::night_trains(), fixture::night_trains_update()] {
        let edition = Edition::new(&story, &brief, Severity::Medium);
        let gone =
            ["Saltmarsh", "couchettes", "berth", "coastline.example", "Night trains return", "early ferry"];
        let before = written(&edition, &Profiles::default());
        assert!(gone.iter().all(|word| before.contains(word)));
        let edition = edition.with_amendments(&said);
        let base = WebLink::parse("https://news.example/s/");
        let profiles = Profiles {
            bluesky: bluesky::Look { permalink_base: base.clone(), ..bluesky::Look::default() },
            discord: Look { permalink_base: base, card: true, ..Look::default() },
            ..Profiles::default()
        };
        let after = written(&edition, &profiles);
        let found: Vec<&&str> = gone.iter().filter(|word| after.contains(**word)).collect();
        assert!(found.is_empty(), "{found:?} in {after}");
        let (html, entry) = page::render(&edition, &[], &[]);
        assert_eq!(entry.headline, format!("Retracted: story {}", story.code));
        assert!(html.contains("The announcement was a **hoax**;"), "{html}");
        assert!(page::index(&[entry]).contains("The announcement was a **hoax**;"));
    }
}

#[test]
fn each_look_is_drawn_from_what_would_be_sent() {
    let (story, brief) = fixture::night_trains();
    let edition = Edition::new(&story, &brief, Severity::Medium);
    for style in Style::ALL {
        let discord = Look { style: *style, crosspost: true, ..Look::default() };
        let view = draw::discord(&requests(&edition, &Profiles { discord, ..Profiles::default() }));
        assert_eq!(view.buttons.len(), 5, "{style}");
        let wide = view.embed.iter().flat_map(|e| &e.fields).filter(|f| f.wide && f.lines.len() == 3).count();
        assert_eq!(wide, usize::from(matches!(style, Style::Compact | Style::Digest)), "{style}");
        assert!(view.embed.is_some(), "{style}");
        let threaded = matches!(style, Style::Thread | Style::Forum);
        assert_eq!(
            (view.thread_name.is_some(), view.messages.len()),
            (threaded, if threaded { 3 } else { 0 })
        );
    }
}

#[test]
fn no_outside_text_becomes_a_path() {
    let (story, brief) = fixture::night_trains();
    let (_, steps) = plan(&Edition::new(&story, &brief, Severity::Medium), &Profiles::default(), story.at);
    for (field, bad) in [("topic", "../../etc"), ("topic", "a/b"), ("code", "../../X"), ("code", "")] {
        let mut payload = steps[0].payload.clone();
        payload[field] = bad.into();
        assert!(serde_json::from_value::<Payload>(payload).is_err(), "{field} {bad}");
    }
}

#[test]
fn a_story_is_planned_to_the_same_bytes_every_time() {
    let (story, brief) = fixture::night_trains();
    let edition = Edition::new(&story, &brief, Severity::Medium);
    assert_eq!(
        plan(&edition, &Profiles::default(), story.at),
        plan(&edition, &Profiles::default(), story.at)
    );
    assert_ne!(StoryCode::of(&StorylineId::from_stored("other")), story.code);
}

#[test]
fn waits_double_until_the_longest() {
    let policy = RetryPolicy::default();
    let step = StepId::from_stored("a-00");
    let waits: Vec<i64> =
        [0, 30, 120, 100_000].map(|s| policy.wait(&step, Duration::seconds(s)).num_seconds()).to_vec();
    for (wait, base) in waits.iter().zip([30, 30, 120, 3_600]) {
        assert!((base..=base + base / 4).contains(wait), "{waits:?}");
    }
}

/// Posts everything at once.
struct Everywhere;

#[async_trait]
impl Publisher for Everywhere {
    async fn reconcile(&self, _: &LeasedStep) -> std::result::Result<Option<String>, SendError> {
        Ok(None)
    }
    async fn send(&self, step: &LeasedStep) -> std::result::Result<String, SendError> {
        tokio::task::yield_now().await;
        Ok(step.destination.clone())
    }
}

/// One connection: a lane that has it, or is next in line for it, must go on while the outbox looks for more to do.
#[tokio::test]
async fn many_places_at_once_do_not_wait_for_each_other_in_a_circle() -> Result {
    use crate::publish::discord::{Look, plan};
    let desk = Desk::new().await?;
    let (story, brief) = fixture::night_trains();
    let edition = Edition::new(&story, &brief, Severity::Medium);
    let look = Look { style: Style::Compact, ..Look::default() };
    let deliveries = (1..=40).map(|channel| plan(&edition, channel, &look, story.at).into()).collect();
    let new = NewStory {
        severity: Severity::Medium,
        trail: Trail::default(),
        central: RecordId::from_stored("0000000000000000"),
        deliveries,
        digests: Vec::new(),
        story: story.clone(),
        brief: brief.clone(),
    };
    anyhow::ensure!(desk.store.save_story(&new).await?);
    let destinations = Destinations::new().with_discord(Box::new(Everywhere));
    let policy = RetryPolicy::default();
    let delivering = deliver_due(&desk.store, &destinations, &policy, &desk.clock);
    let report = tokio::time::timeout(std::time::Duration::from_secs(10), delivering).await??;
    assert_eq!((report.posted, report.retried, report.held), (40, Vec::new(), Vec::new()));
    Ok(())
}
