//! Every kind of signal from the outside: an archive goes in, a tick looks at it, and `why` says what was found. Each
//! desk has a place where something happened and one where it only looks so.

use serde_json::Value;

use crate::support::Cli;
use crate::support::town::{TICK, Town};

/// How many days lie before the one that is looked at.
const DAYS: i64 = 24;

/// The signals of a topic at the tick.
fn signals(cli: &Cli, place: &str) -> Vec<Value> {
    let why = cli.run(&["why", place, "--json"]).ends(0).json();
    assert_eq!(why["at"], TICK);
    why["signals"].as_array().unwrap().clone()
}

fn kept(cli: &Cli, place: &str) -> Vec<String> {
    let kept = signals(cli, place).into_iter().filter(|signal| signal["kept"] == true);
    kept.map(|signal| signal["kind"].as_str().unwrap().to_owned()).collect()
}

/// The kept signal of a kind, whole: it says its numbers, its evidence stands, its sentence is one.
#[track_caller]
fn found(cli: &Cli, place: &str, kind: &str) -> Value {
    let all = signals(cli, place);
    let signal = all.iter().find(|signal| signal["kind"] == kind && signal["kept"] == true);
    let signal = signal.unwrap_or_else(|| panic!("no {kind} among {all:#?}")).clone();
    let number = |key: &str| signal[key].as_f64().unwrap();
    assert!((0.0..0.05).contains(&number("p_value")), "{signal}");
    assert!(number("effect") >= 2.5, "{signal}");
    assert!(!signal["evidence"].as_array().unwrap().is_empty(), "{signal}");
    assert!(signal["explanation"].as_str().unwrap().ends_with('.'), "{signal}");
    signal
}

#[track_caller]
fn says(signal: &Value, words: &str) {
    let sentence = signal["explanation"].as_str().unwrap();
    assert!(sentence.contains(words), "{sentence}");
}

#[test]
fn a_crowd_is_volume_and_a_late_rush_is_velocity() {
    let mut town = Town::new();
    for place in ["harbour", "market"] {
        town.chat(place, DAYS, |_| 8);
    }
    for i in 0..24 {
        let text = town.small_talk("harbour");
        town.say(0, 20 + i * 55, &format!("crowd-{i}"), &text);
    }
    town.chat("station", DAYS, |_| 8);
    for i in 0..11 {
        let text = town.small_talk("station");
        town.say(0, 1260 + i * 14, &format!("rush-{i}"), &text);
    }
    let cli = town.watched(&["harbour", "market", "station"]);
    says(&found(&cli, "harbour", "volume_anomaly"), "independent posts in 24 hours");
    says(&found(&cli, "station", "velocity"), "Of the day's");
    assert_eq!(kept(&cli, "market"), [""; 0]);
}

#[test]
fn talk_of_one_new_thing_is_novelty() {
    let mut town = Town::new();
    for place in ["harbour", "market"] {
        for back in 0..=DAYS {
            for i in 0..14 {
                // Everybody speaks of something else, so that usual talk falls into no clusters.
                let numbers: Vec<String> = (0..8).map(|_| town.pick(100_000).to_string()).collect();
                let text = format!("{} Seen: {}.", town.small_talk(place), numbers.join(", "));
                town.say(back, 7 + i * 100, &format!("{place}-{back}-{i}"), &text);
            }
        }
    }
    let angles = [
        "says the sluice will stay shut until June",
        "wonders who pays for the sluice",
        "saw divers at the sluice this morning",
        "lost a day of work to the sluice",
        "thinks the sluice was rusty for years",
        "drew the sluice for the paper",
        "heard that parts for the sluice come by rail",
        "waited at the sluice for nine hours",
        "blames the frost for the sluice",
        "sold hot soup beside the sluice",
        "wants a second sluice at last",
        "turned back before the sluice",
        "measured the water under the sluice",
        "walked around the sluice with a lamp",
    ];
    for (i, angle) in (0..).zip(angles) {
        let text =
            format!("The jammed sluice at the harbour keeps forty barges waiting, and a skipper {angle}.");
        town.say(0, 60 + i * 80, &format!("skipper-{i}"), &text);
    }
    let cli = town.watched(&["harbour", "market"]);
    says(&found(&cli, "harbour", "novelty"), "about something not seen before");
    assert_eq!(kept(&cli, "market"), [""; 0]);
}

#[test]
fn a_colder_mood_and_a_worried_tone_are_told_with_their_words() {
    let mut town = Town::new();
    let moods =
        ["It was a good day.", "That was fine.", "All went well.", "Nothing else to report.", "It was okay."];
    for place in ["harbour", "market"] {
        for back in 0..=DAYS {
            for i in 0..18 {
                let worried = place == "harbour" && back == 0 && i < 12;
                let mood = if worried {
                    "Terrible, I am worried and afraid."
                } else {
                    moods[town.pick(moods.len())]
                };
                let text = format!("{} {mood}", town.small_talk(place));
                town.say(back, 10 + i * 75, &format!("{place}-{back}-{i}"), &text);
            }
        }
    }
    let cli = town.watched(&["harbour", "market"]);
    says(&found(&cli, "harbour", "sentiment_shift"), "colder than usual");
    says(&found(&cli, "harbour", "register_shift"), "67 % of 18 accounts sound worried, usual 0 %");
    assert_eq!(kept(&cli, "market"), [""; 0]);
}

#[test]
fn one_platform_that_runs_ahead_of_the_others_diverges() {
    let mut town = Town::new();
    // At the harbour the forum alone is loud; at the market everybody is.
    town.chat("harbour", DAYS, |_| 12);
    town.forum("harbour", DAYS, |back| if back == 0 { 60 } else { 12 });
    town.chat("market", DAYS, |back| if back == 0 { 40 } else { 12 });
    town.forum("market", DAYS, |back| if back == 0 { 40 } else { 12 });
    let cli = town.watched(&["harbour", "market"]);
    says(&found(&cli, "harbour", "platform_divergence"), "Reddit brought 60 posts");
    let market = kept(&cli, "market");
    assert!(market.contains(&"volume_anomaly".to_owned()), "{market:?}");
    assert!(!market.contains(&"platform_divergence".to_owned()), "{market:?}");
}

#[test]
fn a_name_on_many_lips_surges_and_one_that_always_is_does_not() {
    let mut town = Town::new();
    for place in ["harbour", "market"] {
        town.chat(place, DAYS, |_| 12);
    }
    for back in 0..=DAYS {
        for i in 0..8 {
            // The market speaks of its keeper every day, the harbour of its pilot on the last.
            let text = format!("{} It was for Tilda Marr again.", town.small_talk("market"));
            town.say(back, 30 + i * 160, &format!("guest-{back}-{i}"), &text);
            if back == 0 {
                let text = format!("{} It was for Orlo Venn again.", town.small_talk("harbour"));
                town.say(back, 40 + i * 160, &format!("pilot-{i}"), &text);
            }
        }
    }
    let cli = town.watched(&["harbour", "market"]);
    let signal = found(&cli, "harbour", "entity_surge");
    says(&signal, "8 accounts speak of the name “orlo venn” in 24 hours, usual 0");
    assert_eq!(signal["evidence"].as_array().unwrap().len(), 8);
    assert_eq!(kept(&cli, "market"), [""; 0]);
}

#[test]
fn a_phrase_of_many_people_trends_and_that_of_one_does_not() {
    let mut town = Town::new();
    for place in ["harbour", "market"] {
        town.chat(place, DAYS, |_| 12);
    }
    for i in 0..9 {
        let text = format!("{} Look at the rotten piles.", town.small_talk("harbour"));
        town.say(0, 40 + i * 140, &format!("walker-{i}"), &text);
        let text = format!("{} Look at the rotten apples.", town.small_talk("market"));
        town.say(0, 50 + i * 140, "grumbler", &text);
    }
    let cli = town.watched(&["harbour", "market"]);
    says(&found(&cli, "harbour", "phrase_trending"), "9 accounts speak of the words “rotten piles”");
    assert_eq!(kept(&cli, "market"), [""; 0]);
}

#[test]
fn a_name_in_two_places_at_once_crosses_topics() {
    let mut town = Town::new();
    for place in ["harbour", "market", "station"] {
        town.chat(place, DAYS, |_| 10);
    }
    for i in 0..6 {
        for place in ["harbour", "market"] {
            let text = format!("{} It was for Orlo Venn again.", town.small_talk(place));
            town.say(0, 40 + i * 150, &format!("{place}-talker-{i}"), &text);
        }
        let text = format!("{} It was for Tilda Marr again.", town.small_talk("station"));
        town.say(0, 45 + i * 150, &format!("traveller-{i}"), &text);
    }
    let cli = town.watched(&["harbour", "market", "station"]);
    let signal = found(&cli, "harbour", "cross_topic");
    says(
        &signal,
        "“orlo venn” is heard in 2 topics at once, by accounts: harbour (6, usual 0), market (6, usual 0)",
    );
    assert_eq!(signal["evidence"].as_array().unwrap().len(), 12);
    // One place alone has its name, and no other topic to share it with.
    let station = kept(&cli, "station");
    assert!(station.contains(&"entity_surge".to_owned()), "{station:?}");
    assert!(!station.contains(&"cross_topic".to_owned()), "{station:?}");
}

#[test]
fn slow_growth_is_a_trend_unless_all_that_is_read_grows() {
    let mut town = Town::new();
    let rising = |back: i64| (6 + (DAYS - back) * 14 / DAYS) as usize;
    town.chat("harbour", DAYS, rising);
    town.chat("bakery", DAYS, |_| 24);
    // On the forum everything grows alike: it is only read more.
    town.forum("market", DAYS, rising);
    town.forum("library", DAYS, |back| rising(back) * 2);
    let cli = town.watched(&["harbour", "market"]);
    says(&found(&cli, "harbour", "trend"), "Rising for 24 days");
    assert_eq!(kept(&cli, "market"), [""; 0]);
}
