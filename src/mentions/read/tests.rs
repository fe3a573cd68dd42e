use proptest::prelude::*;

use super::*;

const HANDLE: &str = "desk.example";

fn topics() -> Vec<TopicView> {
    [
        ("open-source-ai", "Open source AI"),
        ("ferries", "Ferries"),
        ("night-trains", "Night trains"),
        ("harbour-city-council", "Harbour City Council"),
    ]
    .into_iter()
    .map(|(slug, name)| TopicView {
        slug: slug.parse().unwrap(),
        name: name.to_owned(),
        description: String::new(),
        time_zone: chrono_tz::UTC,
        next_scan: None,
    })
    .collect()
}

/// A post that begins with our mention, as a facet.
fn mention(text: &str) -> Option<Asked> {
    let text = format!("@{HANDLE} {text}");
    let cut = vec![0..=HANDLE.len()].into_iter().map(|r| *r.start()..*r.end() + 1).collect();
    read(&Heard { text: &text, cut, handle: HANDLE, addressed: true, ..Heard::default() }, &topics())
}

/// A reply under one of our stories, without a mention.
fn reply(text: &str) -> Option<Asked> {
    read(&Heard { text, handle: HANDLE, under_story: true, ..Heard::default() }, &topics())
}

/// In short: what is asked, and of what.
fn short(asked: Option<Asked>) -> String {
    let Some(Asked { what, about }) = asked else { return "-".to_owned() };
    let what = match what {
        What::Latest => "latest".to_owned(),
        What::Sources => "sources".to_owned(),
        What::Why => "why".to_owned(),
        What::Faq(None) => "faq".to_owned(),
        What::Faq(Some(n)) => format!("faq {n}"),
        What::Changed => "changed".to_owned(),
        What::Topics => "topics".to_owned(),
        What::Help => "help".to_owned(),
        What::Search(words) => format!("search {}", words.join("+")),
        What::Stop(Where::Thread) => "stop here".to_owned(),
        What::Stop(Where::Person) => "stop".to_owned(),
        What::Resume => "resume".to_owned(),
        What::Unclear => "unclear".to_owned(),
    };
    about.map_or_else(|| what.clone(), |about| format!("{what} of {about}"))
}

fn all_read(said: &[(&str, &str)], how: impl Fn(&str) -> Option<Asked>) {
    let wrong: Vec<String> = said
        .iter()
        .filter_map(|(text, expected)| {
            let got = short(how(text));
            (got != *expected).then(|| format!("“{text}” is read as `{got}`, not `{expected}`"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_asked_in_a_mention_is_understood() {
    all_read(
        &[
            ("latest on open source ai?", "latest of open-source-ai"),
            ("Latest on Open-Source AI, please", "latest of open-source-ai"),
            ("what's the latest on ferries", "latest of ferries"),
            ("What’s new with the night trains?", "latest of night-trains"),
            ("whats new with ferry", "latest of ferries"),
            ("hey! what's going on with the harbour city council??", "latest of harbour-city-council"),
            ("any news on night trains?", "latest of night-trains"),
            ("news", "latest"),
            ("latest", "latest"),
            ("latets on ferries", "latest of ferries"),
            ("update on open source ai 🙏", "latest of open-source-ai"),
            ("can you tell me the latest about ferries?", "latest of ferries"),
            ("tell me about the night trains", "latest of night-trains"),
            ("open source ai", "latest of open-source-ai"),
            ("open-source-ai?", "latest of open-source-ai"),
            ("ferries!", "latest of ferries"),
            ("story 4K7Q2WX", "latest of 4K7Q2WX"),
            ("4K7Q2WX", "latest of 4K7Q2WX"),
            ("latest on quantum knitting", "latest of quantum knitting"),
            ("I keep wondering, what's new with night trains?", "latest of night-trains"),
            ("was gibt es Neues zu Night Trains?", "latest of night-trains"),
            ("Neues zu ferries", "latest of ferries"),
            ("Bericht open source ai", "latest of open-source-ai"),
            ("¿qué hay de nuevo sobre ferries?", "latest of ferries"),
            ("últimas noticias de night trains", "latest of night-trains"),
            ("quoi de neuf sur open source ai ?", "latest of open-source-ai"),
            ("dernières nouvelles de ferries", "latest of ferries"),
            ("sources open source ai", "sources of open-source-ai"),
            ("sources for the ferries story", "sources of ferries"),
            ("sources of 4K7Q2WX", "sources of 4K7Q2WX"),
            ("soruces please", "sources"),
            ("what are your sources?", "sources"),
            ("where is this from", "sources"),
            ("ok but where did you get this?", "sources"),
            ("Quellen zu ferries", "sources of ferries"),
            ("woher kommt das denn?", "sources"),
            ("fuentes", "sources"),
            ("¿de dónde sale esto?", "sources"),
            ("d'où ça vient ?", "sources"),
            ("why", "why"),
            ("why did you post this?", "why"),
            ("why is this news?", "why"),
            ("why is there no story about night trains", "why of night-trains"),
            ("why ferries?", "why of ferries"),
            ("warum?", "why"),
            ("Warum hast du das gepostet?", "why"),
            ("¿por qué?", "why"),
            ("pourquoi avez-vous publié ça ?", "why"),
            ("faq", "faq"),
            ("faq 3", "faq 3"),
            ("FAQ #2", "faq 2"),
            ("q1", "faq 1"),
            ("question two please", "faq 2"),
            ("faq 2 on ferries", "faq 2 of ferries"),
            ("Frage 1", "faq 1"),
            ("preguntas", "faq"),
            ("what changed", "changed"),
            ("what's changed on night trains?", "changed of night-trains"),
            ("what has changed since yesterday?", "changed"),
            ("Was hat sich geändert?", "changed"),
            ("geaendert", "changed"),
            ("¿qué cambió?", "changed"),
            ("qu'est-ce qui a changé ?", "changed"),
            ("topics", "topics"),
            ("what do you cover?", "topics"),
            ("which topics do you have", "topics"),
            ("worüber schreibst du?", "topics"),
            ("temas", "topics"),
            ("sujets", "topics"),
            ("help", "help"),
            ("help me please", "help"),
            ("what can you do?", "help"),
            ("are you a bot?", "help"),
            ("Hilfe", "help"),
            ("ayuda", "help"),
            ("aide", "help"),
            ("", "help"),
            ("?", "help"),
            ("search night ferry timetable", "search night+ferry+timetable"),
            ("search for Überfahrt", "search überfahrt"),
            ("do you have anything on tidal power?", "search tidal+power"),
            ("suche Fahrplan", "search fahrplan"),
            ("buscar horarios", "search horarios"),
            ("stop", "stop"),
            ("STOP!!!", "stop"),
            ("please stop replying to me", "stop"),
            ("stop, please", "stop"),
            ("unfollow me", "stop"),
            ("leave me alone", "stop"),
            ("leave this thread", "stop here"),
            ("please leave this conversation now", "stop here"),
            ("lass mich in Ruhe", "stop"),
            ("déjame en paz", "stop"),
            ("laisse-moi tranquille", "stop"),
            ("arrête", "stop"),
            ("start again", "resume"),
            ("you can reply to me again", "resume"),
            ("mach weiter", "resume"),
            ("who won the election?", "unclear"),
            ("what do you think of my cat?", "unclear"),
        ],
        mention,
    );
}

#[test]
fn what_is_asked_in_a_reply_is_understood() {
    all_read(
        &[
            ("sources", "sources"),
            ("Sources?", "sources"),
            ("source???", "sources"),
            ("wow, sources?", "sources"),
            ("Interesting! Where is this from?", "sources"),
            ("says who?", "sources"),
            ("citation needed", "sources"),
            ("Quelle?", "sources"),
            ("fuente?", "sources"),
            ("why?", "why"),
            ("Why is this a story?", "why"),
            ("faq 3", "faq 3"),
            ("faq", "faq"),
            ("?", "faq"),
            ("what changed?", "changed"),
            ("topics", "topics"),
            ("help", "help"),
            ("any news?", "latest"),
            ("any update on this?", "latest"),
            ("latest on ferries?", "latest of ferries"),
            ("search ferry strike", "search ferry+strike"),
            ("stop", "stop"),
            ("stop it please", "stop"),
            ("unfollow me", "stop"),
            ("leave this thread", "stop here"),
            ("thanks! what changed?", "changed"),
        ],
        reply,
    );
}

#[test]
fn talk_is_not_answered() {
    let talk = [
        "thanks!",
        "wow",
        "nonsense lol",
        "lol",
        "great story",
        "nice news for once",
        "interesting",
        "??",
        "?!",
        "???",
        "👏👏👏",
        "🤔",
        "...",
        "why are people like this",
        "why would anyone do that?",
        "why though",
        "because why not",
        "sources say the ferry is back",
        "sources: trust me",
        "source: I made it up",
        "my source is that I live there",
        "the sources are all paywalled anyway",
        "stop the presses",
        "stop lying to people",
        "they should stop building there",
        "can't stop, won't stop",
        "Just stop. The council has done this three times since spring and nobody asked us.",
        "help is on the way",
        "omg help 😂",
        "somebody help them",
        "news to me",
        "no news is good news",
        "big changes coming",
        "change is hard",
        "nothing ever changes",
        "so many questions",
        "that is the question",
        "search your feelings",
        "search for the truth yourself",
        "find out",
        "more of this please and fewer cars",
        "start with the buses",
        "leave it to the council",
        "I told you so",
        "I love all three of these questions",
        "why not just build a bridge?",
        "sources close to the council told me otherwise",
        "the latest fashion",
        "more!",
        "¡basta!",
        "Ruhe!",
        "quiet!",
        "my topic of the year",
        "what a time to be alive",
        "what happened to this country",
        "where is everyone getting the money?",
        "who is paying for it?",
        "this is wrong, the trains never left",
        "the latest scandal, as usual",
        "update your software",
        "continue like that and nobody comes",
        "warum nur immer wir",
        "danke!",
        "gracias por la información",
        "merci beaucoup",
        "tropics",
        "changing trains twice is no night train",
        "quiet carriages would be a start",
        "links, 2, 3, 4",
        "ferries are great",
        "open source ai",
        "Today I walked along the harbour for an hour, and what I found was that nobody there had heard of it: why?",
    ];
    assert!(talk.len() >= 40);
    all_read(&talk.map(|text| (text, "-")), reply);
}

#[test]
fn talk_with_our_name_in_it_is_not_answered_either() {
    let talk = [
        "is my favourite bot",
        "thanks!",
        "nice work as always",
        "your story about the ferry was wrong",
        "lol no",
        "good bot",
        "I read this every morning. The best part is the sources list.",
        "stop lying",
    ];
    all_read(&talk.map(|text| (text, "-")), mention);
    let listed = Heard { text: "#ff", addressed: true, others: 4, handle: HANDLE, ..Heard::default() };
    assert_eq!(read(&listed, &topics()), None);
    let shown = Heard { text: "", addressed: true, carries: true, handle: HANDLE, ..Heard::default() };
    assert_eq!(read(&shown, &topics()), None);
}

#[test]
fn our_name_is_cut_out_wherever_it_stands() {
    let handles = [
        "sources @desk.example",
        "hey @DESK.example, sources?",
        "@desk.example: sources https://a.example/x?y=why",
        "@desk.example\nsources",
    ];
    for text in handles {
        let heard = Heard { text, handle: HANDLE, ..Heard::default() };
        assert_eq!(short(read(&heard, &topics())), "sources", "{text}");
    }
    // By its facet, whatever it shows.
    let text = "the desk 🛟 sources";
    let cut = std::iter::once(0..13).collect();
    let heard = Heard { text, cut, addressed: true, handle: HANDLE, ..Heard::default() };
    assert_eq!(short(read(&heard, &topics())), "sources");
    // A facet that cuts a letter apart is no facet.
    let heard = Heard { text: "ä sources", cut: vec![0..1, 5..900], handle: HANDLE, ..Heard::default() };
    assert_eq!(short(read(&heard, &topics())), "sources");
}

#[test]
fn hidden_signs_do_not_hide_a_question() {
    assert_eq!(short(mention("so\u{200b}ur\u{ad}ces\u{202e}")), "sources");
    assert_eq!(short(mention("\u{2067}sources\u{2069}")), "sources");
}

proptest! {
    #[test]
    fn nothing_makes_it_fail(
        text in "(\\PC|[a-z]{1,9}|[ .!?@#]|stop|why|faq 3|latest on |שלום|👨‍👩‍👧‍👦|e\u{301}{1,40}|\u{202e}|\u{200d}|https://a\\.example/){0,80}",
        cuts in prop::collection::vec((0_usize..300, 0_usize..300), 0..6),
        addressed: bool,
        under_story: bool,
    ) {
        let cut = cuts.into_iter().map(|(start, end)| Range { start, end }).collect();
        let heard = Heard { text: &text, cut, handle: HANDLE, addressed, under_story, ..Heard::default() };
        let asked = read(&heard, &topics());
        if let Some(about) = asked.and_then(|asked| asked.about) {
            prop_assert!(about.len() < 3_100);
        }
    }
}

#[test]
fn a_very_long_post_is_read_to_the_limit_of_a_post() {
    assert_eq!(read(&Heard { text: &"why? ".repeat(100_000), ..Heard::default() }, &topics()), None);
    let zalgo = "w\u{316}\u{317}\u{318}".repeat(50_000);
    assert_eq!(read(&Heard { text: &zalgo, addressed: true, ..Heard::default() }, &topics()), None);
}
