//! What belongs to a brief.

use super::super::writer_sample::{World, rows};
use super::*;
use crate::model::{CountUnit, Lang, Platform};

fn brief(world: &World) -> Brief {
    build(&world.material(), &BriefSettings::default()).unwrap()
}

#[test]
fn the_label_is_the_longest_name_that_most_members_share() {
    assert_eq!(brief(&World::sample()).label, "Coastline Night Train");
}

#[test]
fn the_organisations_account_is_official_and_members_are_not() {
    let brief = brief(&World::sample());
    let official: Vec<&str> =
        brief.records.iter().filter(|r| r.official).map(|r| r.speaker.as_str()).collect();
    assert_eq!(official, ["@coastline.example"]);
}

#[test]
fn a_stray_record_is_no_member_but_evidence_always_stays() {
    let mut all = rows();
    all.push(super::super::writer_sample::Row {
        platform: Platform::Reddit,
        venue: "r/gardens",
        author: Some("u/rose_bed"),
        at: "2031-03-03T18:00:00Z",
        title: "My tomatoes are late",
        body: "The soil is cold and the seedlings are small. I will wait another week before planting.",
    });
    let world = World::of(&all, 5);
    let stray = world.members.last().unwrap().record.id.clone();
    assert!(!brief(&world).members.contains(&stray));
    let mut lead_world = World::of(&all, 5);
    lead_world.lead.evidence.push(stray.clone());
    assert!(brief(&lead_world).members.contains(&stray));
}

#[test]
fn who_shares_only_what_is_said_every_day_is_no_member() {
    let mut all = rows();
    all.push(super::super::writer_sample::Row {
        platform: Platform::Reddit,
        venue: "r/nighttrains",
        author: Some("u/every_evening"),
        at: "2031-03-03T18:00:00Z",
        title: "Which night train to the city for my summer evening?",
        body: "My friend says that the night train ticket costs less in the evening than in the morning, a train question of every week.",
    });
    let own = |world: &World| {
        let id = world.members.last().unwrap().record.id.clone();
        brief(world).members.contains(&id)
    };
    // Where nothing was read before, nothing is known of what is usual.
    assert!(own(&World::of(&all, 5)));
    assert!(!own(&World::of(&all, 5).with_days_before()));
    let known = brief(&World::sample().with_days_before());
    assert!(known.members.len() >= 12, "{}", known.members.len());
    assert_eq!(known.label, "Coastline Night Train");
}

#[test]
fn before_holds_earlier_records_that_name_the_label() {
    let brief = brief(&World::sample());
    assert_eq!(brief.before.len(), 1);
    let count = brief.counts.iter().find(|c| c.base == crate::model::CountBase::Earlier).unwrap();
    assert_eq!((count.n, count.of), (1, 1));
}

#[test]
fn every_count_recomputes() {
    let brief = brief(&World::sample());
    assert!(brief.counts.len() >= 10);
    for count in &brief.counts {
        let (n, of, urls) = brief.evaluate(count.unit, count.base, &count.filter);
        assert_eq!((n, of), (count.n, count.of), "{count:?}");
        assert!(urls.len() as u64 >= n || count.unit != CountUnit::Records);
    }
}

#[test]
fn one_quote_a_member_and_none_from_a_record_set_aside() {
    let mut world = World::sample();
    world.quarantine("u/oak_and_iron");
    let brief = brief(&world);
    let aside = brief.records.iter().find(|r| r.quarantined).unwrap();
    assert!(brief.members.contains(&aside.id));
    assert!(brief.quotes.iter().all(|q| q.record != aside.id));
    for record in brief.records.iter().filter(|r| r.class != SourceClass::Publication && !r.official) {
        assert!(brief.quotes.iter().filter(|q| q.record == record.id).count() <= 1);
    }
}

#[test]
fn a_record_in_another_language_is_counted_and_not_quoted() {
    let mut world = World::sample();
    world.in_language("u/tin_kettle", Lang::DE);
    let brief = brief(&world);
    let foreign = brief.records.iter().find(|r| r.lang == Lang::DE).unwrap();
    assert!(brief.members.contains(&foreign.id));
    assert!(brief.quotes.iter().all(|q| q.record != foreign.id));
}

#[test]
fn whether_anything_can_be_quoted_is_known_before_it_is_chosen() {
    let settings = BriefSettings::default();
    let mut world = World::sample();
    for quotable in [true, false] {
        let material = world.material();
        let gathered = gather(&material, &settings).unwrap();
        assert_eq!(gathered.is_quotable(), quotable);
        let (why, before, authors) = (gathered.no_quotes(), gathered.before(), gathered.authors());
        match gathered.brief() {
            Ok(brief) => {
                let told: BTreeSet<_> = brief
                    .records
                    .iter()
                    .filter(|r| brief.members.contains(&r.id))
                    .map(|r| &r.author_key)
                    .collect();
                assert_eq!((brief.before.len(), told.len()), (before, authors));
            }
            Err(none) => assert_eq!((none, quotable), (why, false)),
        }
        world.members.iter_mut().for_each(|piece| piece.analysis.lang = Lang::DE);
    }
}

#[test]
fn too_few_people_are_no_story() {
    let world = World::only(|r| r.author.is_some_and(|a| a.starts_with("u/") && a.len() < 13));
    assert!(world.by_author().len() < 5, "{:?}", world.by_author());
    let refused = build(&world.material(), &BriefSettings::default()).unwrap_err();
    assert!(matches!(refused, NoBrief::FewAuthors { needed: 5, .. }), "{refused}");
}

#[test]
fn copies_by_many_accounts_are_one_text() {
    let mut world = World::sample();
    let group = world.members[0].group.clone();
    for piece in &mut world.members {
        piece.group = group.clone();
    }
    let refused = build(&world.material(), &BriefSettings::default()).unwrap_err();
    assert!(matches!(refused, NoBrief::Copies { texts: 1, authors: 1, .. }), "{refused}");
    assert!(refused.to_string().contains("are copies of 1 texts"));
}

#[test]
fn unknown_authors_are_counted_and_not_quoted() {
    let mut world = World::sample();
    for piece in &mut world.members {
        if piece.record.class == SourceClass::Forum {
            piece.record.author = None;
        }
    }
    let brief = brief(&world);
    let forum: Vec<_> =
        brief.records.iter().filter(|r| r.class == SourceClass::Forum).map(|r| &r.id).collect();
    assert!(brief.quotes.iter().all(|q| !forum.contains(&&q.record)));
}

#[test]
fn the_counter_quote_opposes() {
    let brief = brief(&World::sample());
    let counter = brief.quote(brief.counter.quotes.first().unwrap()).unwrap();
    let speaker = &brief.record(&counter.record).unwrap().speaker;
    assert!(["u/grey_heron", "The Vantry Review"].contains(&speaker.as_str()), "{speaker}");
}

fn running(world: &World, known: usize) -> crate::model::EarlierVersion {
    crate::model::EarlierVersion {
        version: 1,
        at: "2031-03-04T12:00:00Z".parse().unwrap(),
        headline: "Coastline Night Train returns".to_owned(),
        members: world.members.iter().take(known).map(|p| p.record.id.clone()).collect(),
        cited: Vec::new(),
    }
}

fn later(title: &'static str, body: &'static str) -> super::super::writer_sample::Row {
    super::super::writer_sample::Row {
        platform: Platform::Reddit,
        venue: "r/nighttrains",
        author: Some("u/much_later"),
        at: "2031-03-04T18:00:00Z",
        title,
        body,
    }
}

#[test]
fn who_joins_a_running_story_speaks_of_its_matter() {
    let joins = |title, body, leads: bool| {
        let mut all = rows();
        let known = all.len();
        all.push(later(title, body));
        let mut world = World::of(&all, 5);
        let new = world.members.last().unwrap().record.id.clone();
        if leads {
            world.lead.evidence = vec![new.clone()];
        }
        let mut material = world.material();
        material.version = 2;
        material.earlier = Some(running(&world, known));
        material.earlier_label = Some("Coastline Night Train");
        build(&material, &BriefSettings::default()).map(|brief| brief.members.contains(&new))
    };
    let puzzle = "My jigsaw of the Coastline Night Train";
    let cat = "A thousand pieces of cardboard, and the cat ate three of them.";
    let bridge = "Coastline Night Train: the bridge at Port Ellery was inspected";
    assert_eq!(
        joins(bridge, "Vantry got the report today, and tickets for June are sold again.", false),
        Ok(true)
    );
    assert_eq!(joins(puzzle, cat, false), Ok(false));
    assert_eq!(joins(puzzle, cat, true), Err(NoBrief::OtherMatter));
}

#[test]
fn a_name_alone_is_no_matter() {
    let said = [
        ("u/one", "Mara Lindqvist opens a museum of lamps"),
        ("u/two", "Mara Lindqvist denies that she sold the ferry"),
        ("u/three", "Mara Lindqvist wins a prize for her roses"),
        ("u/four", "Mara Lindqvist moves to the northern islands"),
        ("u/five", "Mara Lindqvist records a hymn with schoolchildren"),
        ("u/six", "Mara Lindqvist sues a newspaper over cartoons"),
    ];
    let all: Vec<_> = said
        .into_iter()
        .map(|(author, title)| super::super::writer_sample::Row { author: Some(author), ..later(title, "") })
        .collect();
    let refused = build(&World::of(&all, 3).material(), &BriefSettings::default()).unwrap_err();
    assert!(matches!(refused, NoBrief::Scattered { .. }), "{refused}");
}

#[test]
fn words_that_others_wrote_are_no_members_words() {
    let shared = "The rebuilt Night Train of Coastline carries 200 sleepers through nine towns, with a café in every car";
    let mut all = rows();
    for (author, body) in [
        (
            "u/first_copy",
            "The rebuilt Night Train of Coastline carries 200 sleepers through nine towns, with a café in every car. I want to see that from Port Ellery myself.",
        ),
        (
            "u/second_copy",
            "Look at this! The rebuilt Night Train of Coastline carries 200 sleepers through nine towns, with a café in every car. Vantry in June then.",
        ),
    ] {
        all.push(super::super::writer_sample::Row {
            author: Some(author),
            ..later("A café on the Night Train", body)
        });
    }
    let brief = brief(&World::of(&all, 5));
    let texts: Vec<&str> = brief.quotes.iter().filter_map(|q| brief.quote_text(q)).collect();
    assert!(texts.iter().all(|t| !t.contains(shared)), "{texts:#?}");
}

#[test]
fn the_strongest_objection_stands_first_and_may_be_a_short_title() {
    let mut all = rows();
    let against = [Some("u/grey_heron"), Some("u/quiet_carriage")];
    all.retain(|r| !against.contains(&r.author) && r.venue != "The Vantry Review");
    let of = |all: &[super::super::writer_sample::Row]| {
        let brief = brief(&World::of(all, 5));
        let first = brief.counter.quotes.first().and_then(|id| brief.quote(id)).cloned();
        first.and_then(|q| brief.quote_text(&q).map(str::to_owned))
    };
    let met = of(&all).unwrap();
    assert!(met.contains("help desk"), "what somebody met stands where nobody objects: {met}");
    all.push(later(
        "Is the Coastline Night Train a waste of money?",
        "Port Ellery could have had a morning train in June.",
    ));
    assert_eq!(of(&all).as_deref(), Some("Is the Coastline Night Train a waste of money?"));
}

#[test]
fn who_asks_or_would_hate_to_see_it_fail_is_no_other_side() {
    let mut all = rows();
    all.retain(|r| r.author != Some("u/grey_heron") && r.venue != "The Vantry Review");
    for (author, body) in [
        (
            "u/wisher",
            "I would hate to see the Coastline Night Train fail, so please take it to Vantry in June.",
        ),
        (
            "u/asker",
            "Somebody said that the Coastline Night Train is useless, could you show where in Port Ellery?",
        ),
    ] {
        all.push(super::super::writer_sample::Row {
            author: Some(author),
            ..later("About the Night Train", body)
        });
    }
    let brief = brief(&World::of(&all, 5));
    let speakers: Vec<&str> = brief
        .counter
        .quotes
        .iter()
        .filter_map(|id| brief.quote(id))
        .filter_map(|quote| brief.record(&quote.record))
        .map(|record| record.speaker.as_str())
        .collect();
    assert!(!speakers.contains(&"u/wisher") && !speakers.contains(&"u/asker"), "{speakers:?}");
}

#[test]
fn neither_an_outlet_nor_another_storys_name_is_what_a_story_is_about() {
    let mut all = rows();
    for row in &mut all {
        if row.author.is_some_and(|a| a.starts_with("u/")) {
            row.venue = "Harbour Post";
        }
    }
    let world = World::of(&all, 5);
    let mut material = world.material();
    assert_eq!(build(&material, &BriefSettings::default()).unwrap().label, "Coastline Night Train");
    material.other_label = Some("Coastline Night Train");
    let label = build(&material, &BriefSettings::default()).map(|brief| brief.label);
    assert!(label.as_ref().is_ok_and(|label| !label.contains("Night Train")), "{label:?}");
}

#[test]
fn an_outlet_is_one_voice_however_many_write_for_it() {
    let report = |author, title, at| super::super::writer_sample::Row {
        platform: Platform::Feed,
        venue: "Harbour Post",
        author: Some(author),
        at,
        title,
        body: "The Coastline Night Train leaves Port Ellery in June, Coastline said in Vantry on Monday.",
    };
    let authors = |all: &[super::super::writer_sample::Row]| {
        let brief = brief(&World::of(all, 5));
        brief
            .evaluate(CountUnit::Authors, crate::model::CountBase::Members, &crate::model::CountFilter::All)
            .0
    };
    let mut all = rows();
    all.push(report("Ida Brook", "Coastline Night Train returns in June", "2031-03-03T08:00:00Z"));
    let one = authors(&all);
    all.push(report("Una Fell", "Coastline Night Train tickets on sale in Vantry", "2031-03-03T11:00:00Z"));
    assert_eq!(authors(&all), one);
}

#[test]
fn a_praise_that_the_next_sentence_turns_is_not_quoted_without_it() {
    let of = |body: &'static str| {
        let mut all = rows();
        all.push(later("Coastline Night Train at last", body));
        let brief = brief(&World::of(&all, 5));
        let quoted = brief.quotes.iter().filter_map(|q| brief.quote_text(q));
        quoted.into_iter().any(|t| t.contains("great step for Vantry") && !t.contains("cold"))
    };
    assert!(of(
        "The Coastline Night Train is a great step for Vantry and I rode the first one. We slept well."
    ));
    assert!(!of(
        "The Coastline Night Train is a great step for Vantry and I rode the first one. But the cabins were cold."
    ));
}
