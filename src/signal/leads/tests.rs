use super::super::invented::{article, forum, harbour, noon, paper, social};
use super::*;
use crate::model::CopyGroup;

fn leads_of(window: &[Observation]) -> Vec<Lead> {
    leads_after(&[], window)
}

fn leads_after(before: &[Observation], window: &[Observation]) -> Vec<Lead> {
    let mut history = History::default();
    before.iter().chain(window).for_each(|observation| history.absorb(observation));
    let window: Vec<&Observation> = window.iter().collect();
    rank(&window, &history, &[], noon(), &Settings::default())
}

/// Enough unlike posts that words have a weight and names a share.
fn chatter(minutes_ago: i64) -> Vec<Observation> {
    const THINGS: [&str; 12] = [
        "ropes", "gulls", "crabs", "buoys", "masts", "nets", "maps", "lamps", "bells", "oars", "sails",
        "knots",
    ];
    (0..240_usize)
        .map(|n| {
            let (a, b) = (THINGS[n % 12], THINGS[(n / 12 + n + 1) % 12]);
            forum(&format!("c{n}"), minutes_ago, &format!("some thoughts about {a} {b} item{n}"), "")
        })
        .collect()
}

fn event() -> Vec<Observation> {
    vec![
        article("Quay Courier", 90, "Kestrel Line suspends its night ferry after fog accident", ""),
        forum("ada", 60, "the Kestrel Line suspends its night ferry", ""),
        social("bea", 30, "so the Kestrel Line suspends its night ferry now"),
    ]
}

#[test]
fn an_event_told_in_three_places_leads_with_the_publication() {
    let mut window = chatter(200);
    window.extend(event());
    let leads = leads_of(&window);
    let first = &leads[0];
    let ids: Vec<_> = event().into_iter().map(|o| o.id).collect();
    assert_eq!(first.central, ids[0]);
    assert_eq!(first.linked.len(), 3);
    assert_eq!(first.linked.iter().collect::<BTreeSet<_>>(), ids.iter().collect::<BTreeSet<_>>());
    assert_eq!(first.evidence, first.linked);
    assert_eq!((first.rank, first.authors, first.distinct_records), (1, 3, 3));
    assert_eq!(first.topic, harbour());
    assert!(first.names.contains(&"kestrel line".to_owned()), "{:?}", first.names);
}

/// Another event of the same line, told by as many.
fn other_event(people: usize) -> Vec<Observation> {
    let mut told = vec![article("Dune Post", 80, "Kestrel Line raises winter fares after board meeting", "")];
    for n in 0..people {
        told.push(forum(&format!("dov{n}"), 50, "the Kestrel Line raises winter fares", ""));
    }
    told
}

#[test]
fn an_event_of_its_own_leads_although_another_lead_is_on_its_subject() {
    let centrals = |people: usize| {
        let mut window = chatter(200);
        window.extend(event());
        window.extend(other_event(people));
        let leads = leads_of(&window);
        let other = other_event(0).remove(0).id;
        let linked = leads.iter().any(|lead| lead.central != other && lead.linked.contains(&other));
        assert!(linked, "the two are on one subject");
        leads.iter().any(|lead| lead.central == other)
    };
    assert!(centrals(2), "two others speak of it");
    assert!(!centrals(0), "nobody else does");
}

#[test]
fn of_one_subject_the_record_leads_of_which_others_speak() {
    let mut window = chatter(200);
    let mut told = other_event(3);
    // A little better a headline, of which nobody else speaks.
    told.push(article(
        "Quay Courier",
        85,
        "Kestrel Line orders 40 winter fog lamps before board meeting",
        "",
    ));
    window.extend(told.clone());
    let history = {
        let mut history = History::default();
        window.iter().for_each(|observation| history.absorb(observation));
        history
    };
    let seen: Vec<&Observation> = window.iter().collect();
    let p = |id: &RecordId| {
        let all = scores(&seen, &history, noon(), &Settings::default());
        all.into_iter().find(|(of, _)| of == id).unwrap().1.p
    };
    let (other, own) = (p(&told[4].id), p(&told[0].id));
    assert!(other >= own && other < 1.2 * own, "{other} {own}");
    let leads = leads_of(&window);
    let both = |lead: &&Lead| [&told[0].id, &told[4].id].iter().all(|id| lead.linked.contains(id));
    let lead = leads.iter().find(both).expect("the two are on one subject");
    assert_eq!(lead.central, told[0].id);
}

#[test]
fn one_event_leads_once_however_many_tell_it() {
    let mut window = chatter(200);
    window.extend(event());
    for n in 0..12 {
        window.push(forum(
            &format!("eve{n}"),
            20 - n,
            "the Kestrel Line suspends its night ferry",
            "so they say",
        ));
    }
    let telling: Vec<Lead> = leads_of(&window)
        .into_iter()
        .filter(|lead| lead.names.iter().any(|name| name == "kestrel line"))
        .collect();
    assert_eq!(telling.len(), 1, "{telling:#?}");
}

#[test]
fn the_order_of_arrival_changes_nothing() {
    let mut window = chatter(200);
    window.extend(event());
    let straight = leads_of(&window);
    for step in [7, 101] {
        let mut shuffled: Vec<Observation> =
            (0..window.len()).map(|n| window[n * step % window.len()].clone()).collect();
        assert_eq!(leads_of(&shuffled), straight);
        shuffled.reverse();
        assert_eq!(leads_of(&shuffled), straight);
    }
}

#[test]
fn what_does_not_count_does_not_lead() {
    let good = event().remove(0);
    assert_eq!(leads_of(std::slice::from_ref(&good)).len(), 1);
    let changes: [fn(&mut Observation); 7] = [
        |o| o.backfill = true,
        |o| o.quarantined = true,
        |o| o.gone = true,
        |o| o.topics.clear(),
        |o| o.published_at = noon() - TimeDelta::hours(24),
        |o| o.published_at = noon() + TimeDelta::seconds(1),
        |o| o.seen_at = noon() + TimeDelta::seconds(1),
    ];
    for change in changes {
        let mut record = good.clone();
        change(&mut record);
        assert_eq!(leads_of(&[record]), []);
    }
}

#[test]
fn copies_and_one_author_twice_are_no_company() {
    let mut window = chatter(200);
    let mut three = event();
    let group = three[1].copy_group.clone();
    three[2].copy_group = group;
    let own = three[0].author_key.clone();
    three.push(article("Quay Courier", 20, "Kestrel Line suspends its night ferry for good", ""));
    assert_eq!(three[3].author_key, own);
    window.extend(three.clone());
    let leads = leads_of(&window);
    assert_eq!(leads[0].linked.len(), 2);
    assert_eq!(leads[0].authors, 2);
}

#[test]
fn papers_short_answers_and_scraps_are_no_company() {
    let mut window = chatter(200);
    window.push(event().remove(0));
    window.push(paper("cid", 20, "Kestrel Line suspends its night ferry after fog accident", ""));
    window.push(social("dov", 15, "@ada the Kestrel Line suspends its night ferry"));
    window.push(forum("eve", 10, "Kestrel night ferry", ""));
    let central = event().remove(0).id;
    let leads = leads_of(&window);
    let lead = leads.iter().find(|lead| lead.central == central).unwrap();
    assert_eq!(lead.linked, std::slice::from_ref(&central));
}

#[test]
fn a_weekly_thread_never_leads_but_may_stand_beside() {
    let thread = |minutes| {
        let mut post = article("Quay Courier", minutes, "Kestrel Line suspends its night ferry", "");
        post.signs.shape = "this week at the pier #".to_owned();
        post
    };
    assert_eq!(leads_of(&[thread(30)]).len(), 1);
    assert_eq!(leads_after(&[thread(30 + 7 * 24 * 60)], &[thread(30)]), []);
    let mut named = thread(30);
    named.signs.recurring = true;
    assert_eq!(leads_of(&[named]), []);
}

#[test]
fn equal_records_are_ranked_by_time_and_then_by_id() {
    let mut late = article("Quay Courier", 10, "anchors were counted twice", "");
    let early = article("Pier Gazette", 20, "lanterns went missing again", "");
    late.signs = early.signs.clone();
    let leads = leads_of(&[late.clone(), early.clone()]);
    assert!((leads[0].strength - leads[1].strength).abs() < 1e-12);
    assert_eq!((&leads[0].central, &leads[1].central), (&early.id, &late.id));
    late.published_at = early.published_at;
    let leads = leads_of(&[late.clone(), early.clone()]);
    assert_eq!(leads[0].central, early.id.clone().min(late.id));
}

#[test]
fn only_kept_signals_that_share_a_record_are_attached() {
    let window = event();
    let signal = |n: i64, kept: bool, evidence: Vec<RecordId>| Signal {
        id: SignalId::derive("velocity", &harbour(), n),
        kind: crate::model::SignalKind::Velocity,
        topic: harbour(),
        at: noon(),
        from: noon() - TimeDelta::hours(6),
        observed: 9.0,
        effective: 9.0,
        baseline: crate::model::Baseline { center: 1.0, spread: 1.0, windows: 9 },
        effect: 8.0,
        p_value: 0.001,
        severity: Severity::High,
        kept,
        asked: Vec::new(),
        discounts: Vec::new(),
        evidence,
        explanation: String::new(),
    };
    let own = window[0].id.clone();
    let signals = [
        signal(1, true, vec![own.clone()]),
        signal(2, false, vec![own]),
        signal(3, true, vec![RecordId::from_stored("elsewhere")]),
    ];
    let mut history = History::default();
    for observation in &window {
        history.absorb(observation);
    }
    let window: Vec<&Observation> = window.iter().collect();
    let leads = rank(&window, &history, &signals, noon(), &Settings::default());
    assert_eq!(leads[0].signals, [signals[0].id.clone()]);
    assert_eq!(leads[0].severity, Severity::High);
    let without = rank(&window, &history, &[], noon(), &Settings::default());
    assert!(without[0].severity < Severity::High);
}

#[test]
fn topics_of_the_central_record_come_first() {
    let mut window = event();
    window[0].topics = vec!["weather".parse().unwrap(), harbour()];
    window[1].topics = vec!["boats".parse().unwrap()];
    let leads = leads_of(&window);
    let slugs: Vec<&str> = leads[0].topics.iter().map(TopicSlug::as_str).collect();
    assert_eq!(slugs, ["weather", "harbour", "boats"]);
    assert_eq!(leads[0].topic.as_str(), "weather");
}

#[test]
fn a_copy_group_of_another_is_one_text() {
    let mut two = event();
    two.truncate(2);
    two[1].copy_group = CopyGroup::of(&two[0].id);
    let leads = leads_of(&two);
    assert!(leads.iter().all(|lead| lead.distinct_records == 1));
}
