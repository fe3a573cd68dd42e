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
