//! Three invented weeks on the Linden Sound: a daily rhythm of ferry talk, and one day on which something happens.

use chrono::TimeDelta;

use super::record::Post;
use super::record::post;
use super::{Cli, at};

/// The topic that the corpus is about.
pub(crate) const FERRIES: (&str, &str) = (
    "topics/ferries.toml",
    "name = \"Ferries\"\ndescription = \"The boats on the Linden Sound.\"\nlanguages = [\"en\"]\n\n\
     [match]\nany = [\"ferry\", \"ferries\", \"linden line\"]\n",
);

/// A topic that nobody talks about.
pub(crate) const KITES: (&str, &str) =
    ("topics/kites.toml", "name = \"Kites\"\n\n[match]\nany = [\"kite\", \"kites\"]\n");

const OPENERS: [&str; 12] = [
    "The morning ferry smelled of pancakes and somebody had brought a cello.",
    "Counted eleven gulls on the ferry rail before the captain chased them off.",
    "Does the late ferry still have the blue cups, or were they all lost overboard?",
    "My bicycle travelled on the ferry without me yesterday and came back cleaner.",
    "Forty minutes in the ferry queue with a melting cake on my knees.",
    "A child on the ferry explained the whole engine room to two retired plumbers.",
    "The ferry timetable in our kitchen dates from the year of the big snow.",
    "Whoever left a jar of pickled plums on the ferry: they were excellent.",
    "There is a new painting in the ferry saloon and it shows the wrong island.",
    "Our choir rehearsed on the upper deck of the ferry until the rain won.",
    "Someone should thank the ferry cook for the lentil soup.",
    "The ferry horn woke the dog, the dog woke the street.",
];

const ENDINGS: [&str; 11] = [
    "Nobody complained, which says a lot about Tuesdays here.",
    "I would do it again, with a warmer coat and fewer bags.",
    "Next week I am taking the bridge road, if only to compare.",
    "The harbour master laughed so hard that he dropped his notebook.",
    "Grandmother claims it was quieter in her days, and cheaper by half.",
    "We arrived with wet shoes and a very good story about a pelican.",
    "By noon the whole quay knew about it and had three versions.",
    "I have drawn a small map for visitors, ask me for a copy.",
    "The ticket machine swallowed my coin and then apologised.",
    "That is the third time since winter, not that anybody is keeping a list.",
    "A stranger lent me an umbrella shaped like a lighthouse.",
];

const PEOPLE: [&str; 14] = [
    "ana", "bo", "cleo", "dara", "emil", "fay", "gus", "hale", "iris", "jonna", "kit", "lev", "mara", "nils",
];

/// On the day: who says what, in minutes after 08:00.
const NEWS: [(i64, &str, &str); 18] = [
    (
        12,
        "lindenline",
        "We will close the Orrin ferry landing on 4 May. From that day the ferry calls at Pellow Quay instead, with the same fares.",
    ),
    (
        25,
        "ana",
        "Linden Line closes the Orrin landing on 4 May. The ferry will stop at Pellow Quay, two kilometres further.",
    ),
    (
        31,
        "bo",
        "So the Orrin ferry landing closes on 4 May. Two kilometres to Pellow Quay with a pram is no small thing.",
    ),
    (
        44,
        "cleo",
        "Linden Line says the piles under the Orrin landing are rotten, so the ferry moves to Pellow Quay in May.",
    ),
    (
        52,
        "dara",
        "The ferry to Pellow Quay instead of Orrin: my shop at the Orrin landing loses every customer who arrives on foot.",
    ),
    (
        70,
        "emil",
        "I worked on the Orrin landing in 1999 and the piles were poor then. Linden Line should have replaced them ten years ago.",
    ),
    (
        83,
        "fay",
        "Will the school ferry stop at Pellow Quay too? The notice of Linden Line about Orrin does not say a word about pupils.",
    ),
    (
        95,
        "gus",
        "Linden Line promises a shuttle bus between Orrin and Pellow Quay every 20 minutes once the ferry moves.",
    ),
    (
        120,
        "hale",
        "A shuttle bus from Pellow Quay is fine until it snows. The Orrin landing was the one thing on the island that worked.",
    ),
    (
        140,
        "iris",
        "I disagree with the anger: Pellow Quay has a roof, lights and a toilet, the Orrin ferry landing has a bench.",
    ),
    (
        150,
        "jonna",
        "The council of Orrin was told by Linden Line on Monday and kept quiet about the landing until today.",
    ),
    (
        180,
        "kit",
        "Closing the Orrin landing on 4 May means the ferry summer timetable has to be printed again, says the harbour office.",
    ),
    (
        210,
        "lev",
        "Nobody asked the fishing crews. Our boats unload at Pellow Quay, and the ferry needs the same berth at six in the morning.",
    ),
    (
        240,
        "mara",
        "Petition against the closing of the Orrin ferry landing is at the bakery, 140 signatures by lunch.",
    ),
    (
        260,
        "nils",
        "Linden Line answered my letter: repairing the Orrin landing would cost 2.4 million crowns, moving to Pellow Quay costs 300,000.",
    ),
    (
        300,
        "otto",
        "My bus line ends at Orrin. From 4 May I will drive on to Pellow Quay to meet the ferry, the depot has agreed.",
    ),
    (
        330,
        "pia",
        "They say Pellow Quay is temporary. The last temporary ferry landing on this coast stood for thirty years, ask anyone in Orrin.",
    ),
    (
        360,
        "quin",
        "Two of my guests have cancelled because of the Orrin landing. Linden Line owes the island a proper explanation.",
    ),
];

/// The day of the news.
pub(crate) const NEWS_DAY: &str = "2025-03-24";

/// All records, oldest first: 21 days of rhythm, and the news with two papers.
pub(crate) fn records() -> Vec<Post> {
    let start = at("2025-03-04 00:00");
    let mut all = Vec::new();
    for n in 0..21 * 9 {
        let (day, slot) = (n / 9, n % 9);
        let pick = |list: usize, step: u64| (n * step + day) as usize % list;
        let text = format!("{} {}", OPENERS[pick(OPENERS.len(), 5)], ENDINGS[pick(ENDINGS.len(), 7)]);
        let minute = (6 * 60 + slot * 97 + (day * 13) % 60).cast_signed();
        let when = start + TimeDelta::days(day.cast_signed()) + TimeDelta::minutes(minute);
        let who = PEOPLE[pick(PEOPLE.len(), 3)];
        let said = post(500_000 + n, &text).at(when);
        all.push(if slot % 3 == 0 {
            said.titled("Seen at the harbour").on_reddit(9_000_000 + n, "LindenSound").by(&format!("u/{who}"))
        } else {
            said.by(&format!("@{who}"))
        });
    }
    let morning = at(&format!("{NEWS_DAY} 08:00"));
    for (n, (minute, who, text)) in NEWS.iter().enumerate() {
        let said = post(700_000 + n as u64, text).at(morning + TimeDelta::minutes(*minute));
        all.push(if n % 2 == 1 {
            let title: String = text.split(['.', '?']).next().unwrap_or_default().to_owned();
            said.titled(&title).on_reddit(9_500_000 + n as u64, "LindenSound").by(&format!("u/{who}"))
        } else {
            said.by(&format!("@{who}"))
        });
    }
    let paper = |n: u64, minute: i64, title: &str, text: &str, host: &str, name: &str| {
        post(0, text)
            .titled(title)
            .by("Hanne Quill")
            .in_paper(n, host, name)
            .at(morning + TimeDelta::minutes(minute))
    };
    all.push(paper(
        1,
        40,
        "Linden Line to close Orrin ferry landing on 4 May",
        "Linden Line will close the ferry landing at Orrin on 4 May and send its boats to Pellow Quay. The piles under the landing are rotten, the company said on Monday.",
        "soundpost.example",
        "The Sound Post",
    ));
    all.push(paper(
        2,
        200,
        "Orrin loses its ferry landing after 80 years",
        "The last boat will call at the Orrin landing on 3 May. Linden Line promises a shuttle bus to Pellow Quay every 20 minutes.",
        "islandherald.example",
        "Island Herald",
    ));
    all.sort_by_key(|post| (post.0.published_at, post.0.native_id.clone()));
    all
}

/// The records as an archive.
pub(crate) fn archive() -> String {
    records().iter().map(|post| post.line() + "\n").collect()
}

/// A user whose desk follows the ferries and has the whole archive; the database is empty but for that.
pub(crate) fn desk_with_archive() -> Cli {
    let cli = Cli::new();
    cli.write("config/newsdesk.toml", "[topics]\nbuiltin = false\n");
    for (path, content) in [FERRIES, KITES] {
        cli.write(&format!("config/{path}"), content);
    }
    cli.write("archive.jsonl", archive());
    cli.run(&["import", "archive.jsonl"]).ends(0);
    cli
}

/// A backtest over the day of the news and the days around it.
pub(crate) const BACKTEST: [&str; 7] =
    ["backtest", "--from", "2025-03-23", "--to", "2025-03-26", "--every", "12h"];
