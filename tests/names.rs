//! One name, however it is written: also in the past, once that is learnt.

use serde_json::Value;

use crate::support::Cli;
use crate::support::town::Town;

const DAYS: i64 = 24;

/// What the kept surge of a name says, if there is one.
fn surge(cli: &Cli, place: &str) -> Option<String> {
    let why = cli.run(&["why", place, "--json"]).ends(0).json();
    let signals = why["signals"].as_array().unwrap();
    let kept = |signal: &&Value| signal["kind"] == "entity_surge" && signal["kept"] == true;
    signals.iter().find(kept).map(|signal| signal["explanation"].as_str().unwrap().to_owned())
}

/// Talk at two places, for which a union is news at one and daily bread at the other. `defined`: somebody says, on the last
/// day, what the letters stand for.
fn town(defined: bool) -> Cli {
    let mut town = Town::new();
    for place in ["harbour", "market"] {
        town.chat(place, DAYS, |_| 12);
    }
    let say = |town: &mut Town, place: &str, back: i64, i: i64, name: &str| {
        let text = format!("{} It was for the {name} again.", town.small_talk(place));
        town.say(back, 40 + i * 150, &format!("{place}-talker-{back}-{i}"), &text);
    };
    for i in 0..8 {
        // Four people each write it one way.
        say(&mut town, "harbour", 0, i, if i % 2 == 0 { "LSU" } else { "Longshore Sailors Union" });
        for back in 1..=DAYS {
            say(&mut town, "market", back, i, "TBG");
        }
        say(&mut town, "market", 0, i, "Town Bakers Guild");
    }
    if defined {
        town.say(
            0,
            10,
            "reader",
            "Today I read something about the Longshore Sailors Union (LSU) that nobody else had noticed, and later more about the Town Bakers Guild (TBG) as well.",
        );
    }
    town.watched(&["harbour", "market"])
}

#[test]
fn two_ways_to_write_a_name_are_one_name_and_the_past_follows() {
    let cli = town(true);
    let told = surge(&cli, "harbour").expect("eight people are many");
    assert!(told.contains("8 accounts") && told.contains("“longshore sailors union”"), "{told}");
    assert_eq!(surge(&cli, "market"), None, "a name that was always there has two ways to be written");
}

#[test]
fn without_that_knowledge_they_are_two() {
    let cli = town(false);
    assert_eq!(surge(&cli, "harbour"), None, "twice four people are few");
    let told = surge(&cli, "market").expect("a new name");
    assert!(told.contains("“town bakers guild”"), "{told}");
}
