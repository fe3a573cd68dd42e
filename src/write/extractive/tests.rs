//! The shape of what the extractive writer writes.

use std::collections::BTreeSet;

use super::super::brief::{BriefSettings, build, title_of};
use super::super::writer_sample::World;
use super::*;
use crate::model::{Brief, EarlierVersion, FaqKind, Sentence, SentenceKind, SourceClass};

fn brief_of(world: &World) -> Brief {
    build(&world.material(), &BriefSettings::default()).unwrap()
}

fn draft(brief: &Brief) -> Draft {
    super::draft(brief, &WriterSettings::default())
}

fn firsts(slots: &[Vec<Sentence>]) -> Vec<&str> {
    slots.iter().filter_map(|s| s.first()).map(|s| s.text.as_str()).collect()
}

#[test]
fn a_clause_that_three_titles_share_leads_and_belongs_to_nobody() {
    let mut all = super::super::writer_sample::rows();
    all[4].title = "Finally: Coastline Night Train returns to the coast in June";
    let brief = brief_of(&World::of(&all, 5));
    let headline = &draft(&brief).headline[0];
    assert_eq!((headline.kind, headline.citations.len()), (SentenceKind::Report, 3));
    assert_eq!(headline.text, "Coastline Night Train returns to the coast in June: 16 records in three days");
}

#[test]
fn what_two_outlets_say_in_the_same_words_leads_unattributed() {
    let brief = brief_of(&World::sample());
    let headline = &draft(&brief).headline[0];
    assert_eq!(headline.citations.len(), 2);
    assert_eq!(headline.text, "Coastline Night Train returns to the coast in June: 16 records in three days");
}

#[test]
fn every_candidate_of_a_headline_fits_and_the_last_is_the_label_with_its_count() {
    let draft = draft(&brief_of(&World::sample()));
    assert!(draft.headline.iter().all(|s| s.text.chars().count() <= 90));
    let last = draft.headline.last().unwrap();
    assert_eq!((last.kind, last.counts.len()), (SentenceKind::Count, 1));
    assert!(last.text.starts_with("Coastline Night Train: "));
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_another_voice() {
    let text = |seed: u64| {
        let mut world = World::sample();
        world.seed = seed;
        format!("{:?}", draft(&brief_of(&world)))
    };
    assert_eq!(text(7), text(7));
    let voices: BTreeSet<String> = (0..6).map(text).collect();
    assert!(voices.len() > 1);
}

#[test]
fn no_quotation_is_introduced_as_the_one_before() {
    let shape = |text: &str| {
        let bare: String = {
            let mut depth = 0;
            text.chars()
                .filter(|c| {
                    if *c == '“' {
                        depth += 1;
                    }
                    let out = depth == 0;
                    if *c == '”' {
                        depth -= 1;
                    }
                    out
                })
                .collect()
        };
        let opens = match text.split_whitespace().next().unwrap_or("") {
            w if w.starts_with('“') => "quote",
            "In" | "On" | "A" | "The" | "Two" => "date",
            _ => "speaker",
        };
        let ends = bare.trim_end().ends_with(':');
        let verb = ["wrote", "said", "reported", "asked", "headed"].iter().find(|v| bare.contains(*v));
        (
            opens,
            ends,
            verb.copied(),
            bare.split_whitespace().position(|w| w.starts_with('u') || w.starts_with('@')),
        )
    };
    for seed in 0..12 {
        let mut world = World::sample();
        world.seed = seed;
        for section in draft(&brief_of(&world)).sections {
            let texts: Vec<_> = section
                .sentences
                .iter()
                .filter_map(|s| s.first())
                .filter(|s| s.kind == SentenceKind::Quote)
                .collect();
            for pair in texts.windows(2) {
                assert_ne!(shape(&pair[0].text), shape(&pair[1].text), "{} / {}", pair[0].text, pair[1].text);
            }
        }
    }
}

#[test]
fn every_quoted_heading_is_of_a_quote_or_a_title_and_is_not_said_again() {
    for seed in 0..6 {
        let mut world = World::sample();
        world.seed = seed;
        let brief = brief_of(&world);
        for section in draft(&brief).sections {
            let said: Vec<_> = section.sentences.iter().flatten().flat_map(|s| &s.citations).collect();
            for heading in section.heading.iter().filter(|h| h.kind == SentenceKind::Quote) {
                let cited = &heading.citations[0];
                // What stands over a section does not stand in it.
                assert!(!said.contains(&cited), "{}", heading.text);
                let record = brief.record(&cited.record).unwrap();
                let title = title_of(record).is_some_and(|(span, _)| span == cited.span());
                let quote = brief.quotes.iter().any(|q| q.record == cited.record && q.span == cited.span());
                assert!(title || quote, "{}", heading.text);
            }
        }
    }
}

#[test]
fn three_questions_with_short_answers_that_fit() {
    let brief = brief_of(&World::sample());
    let draft = draft(&brief);
    assert_eq!(draft.faqs.iter().map(|f| f.kind).collect::<Vec<_>>(), FaqKind::ALL);
    for faq in &draft.faqs {
        assert!(faq.question.ends_with('?'));
        if faq.kind != FaqKind::WhatItMeans {
            assert_eq!(faq.question, crate::write::question_text(faq.kind, &brief));
        }
        assert!(!faq.answer.is_empty());
        let short = faq.short.first().unwrap();
        assert!(short.iter().all(|s| s.text.chars().count() <= 300), "{}", faq.question);
        // Alone: no date relative to something the reader has not seen.
        assert!(!short[0].text.contains("same day") && !short[0].text.contains(" later"));
    }
}

#[test]
fn no_sentence_opens_with_a_figure() {
    let draft = draft(&brief_of(&World::sample()));
    let all = [draft.headline.clone()]
        .into_iter()
        .chain(draft.dek.clone())
        .chain(draft.so_far.clone())
        .chain(draft.sections.iter().flat_map(|s| s.sentences.clone()))
        .chain(draft.faqs.iter().flat_map(|f| f.answer.clone()));
    for sentence in all.flatten() {
        assert!(!sentence.text.starts_with(|c: char| c.is_ascii_digit()), "{}", sentence.text);
    }
}

#[test]
fn a_thin_story_has_at_most_two_sections_and_says_so() {
    let world = World::only(|r| r.author.is_some_and(|a| a.starts_with("u/")));
    let settings = BriefSettings { thin_below: 40, ..BriefSettings::default() };
    let brief = build(&world.material(), &settings).unwrap();
    let draft = draft(&brief);
    assert!((1..=2).contains(&draft.sections.len()));
    let size = firsts(&draft.dek).pop().unwrap().to_owned();
    assert!(size.contains(&format!(" {} posts", super::number(brief.members.len() as u64))), "{size}");
    assert!(brief.caveats.contains(&crate::model::Caveat::Thin));
}

#[test]
fn a_story_holds_no_more_than_it_may() {
    let brief = brief_of(&World::sample());
    let quoting = |s: &Sentence| !s.citations.is_empty() && s.counts.is_empty();
    let size = |settings: &WriterSettings| {
        let sections = super::draft(&brief, settings).sections;
        let quotes: BTreeSet<_> = sections
            .iter()
            .flat_map(|s| s.sentences.iter().filter_map(|slot| slot.first()))
            .filter(|s| quoting(s))
            .flat_map(|s| s.citations.iter().map(|c| (c.record.clone(), c.span())))
            .collect();
        (sections.len(), quotes.len())
    };
    let usual = WriterSettings::default();
    let (sections, quotes) = size(&usual);
    assert!(sections >= 2 && quotes > 4, "{sections} sections, {quotes} quotes");
    assert_eq!(size(&WriterSettings { max_sections: 1, ..usual }).0, 1);
    assert!(size(&WriterSettings { max_quotes: 4, ..usual }).1 <= 4);
}

#[test]
fn publications_alone_make_a_story_of_reports() {
    let mut world = World::only(|r| r.platform == crate::model::Platform::Feed);
    // Five outlets are needed: the three of the sample and two that write for themselves.
    let settings = BriefSettings { min_authors: 3, ..BriefSettings::default() };
    world.seed = 3;
    let brief = build(&world.material(), &settings).unwrap();
    let draft = draft(&brief);
    assert!(
        brief
            .records
            .iter()
            .filter(|r| brief.members.contains(&r.id))
            .all(|r| r.class == SourceClass::Publication)
    );
    assert!(
        draft.headline[0].text.to_lowercase().contains("night train returns"),
        "{}",
        draft.headline[0].text
    );
    assert!(draft.headline.iter().all(|h| !h.text.contains("mistake")), "an opinion is no headline");
}

#[test]
fn questions_alone_are_asked_and_never_headed() {
    let mut world = World::sample();
    for piece in &mut world.members {
        if piece.record.class == SourceClass::Publication || piece.text.body_start == 0 {
            piece.record.author = None;
            piece.analysis.lang = crate::model::Lang::DE;
        }
    }
    let brief = brief_of(&world);
    for section in draft(&brief).sections {
        for heading in &section.heading {
            assert!(!heading.text.contains('?'), "{}", heading.text);
        }
        for sentence in section.sentences.iter().flatten().filter(|s| s.text.contains('?')) {
            assert!(sentence.text.contains("asked") || sentence.text.starts_with("u/"), "{}", sentence.text);
        }
    }
}

#[test]
fn an_update_begins_with_what_is_new() {
    let world = World::sample();
    let mut material = world.material();
    let known = world.members.iter().take(10).map(|p| p.record.id.clone()).collect();
    material.version = 2;
    material.earlier = Some(EarlierVersion {
        version: 1,
        at: "2031-03-03T12:00:00Z".parse().unwrap(),
        headline: "Coastline Night Train: 10 posts in two days".to_owned(),
        members: known,
        cited: Vec::new(),
    });
    let brief = build(&material, &BriefSettings::default()).unwrap();
    let draft = draft(&brief);
    let dek = firsts(&draft.dek);
    assert!(dek[0].starts_with("Since the earlier story, "), "{}", dek[0]);
    let told = firsts(&draft.so_far);
    let frame =
        told.iter().position(|t| *t == "Version 1, 3 March: “Coastline Night Train: 10 posts in two days”.");
    assert!(frame.is_some_and(|at| at <= 1), "{told:?}");
    // So does the first section.
    let known = &brief.earlier.as_ref().unwrap().members;
    let begins = &draft.sections[0].sentences[0][0];
    assert!(!known.contains(&begins.citations[0].record), "{}", begins.text);
}

#[test]
fn citations_carry_the_digest_of_their_words() {
    let brief = brief_of(&World::sample());
    let draft = draft(&brief);
    let all: Vec<&Sentence> = draft.sections.iter().flat_map(|s| s.sentences.iter().flatten()).collect();
    assert!(all.len() > 6);
    for cited in all.iter().flat_map(|s| &s.citations) {
        let text = brief.record(&cited.record).unwrap().text.as_deref().unwrap();
        assert_eq!(cited.sha256, crate::model::Sha256::of(cited.span().slice(text).unwrap()));
    }
}

#[test]
fn every_draft_settles_with_every_sentence_passing() {
    use crate::write::{SettleSettings, Settled, settle};
    for seed in 0..12 {
        let mut world = World::sample();
        world.seed = seed;
        let brief = brief_of(&world);
        match settle(draft(&brief), &brief, &SettleSettings::default()) {
            Settled::Story { dropped, body, rejections, .. } => {
                assert_eq!(dropped, 0, "{rejections:#?}");
                assert!(body.sections.len() >= 2);
                assert!(body.sections.iter().skip(1).all(|section| section.heading.is_some()));
                assert_eq!(body.headline.text, draft(&brief).headline[0].text);
            }
            Settled::Withheld { why, rejections, .. } => panic!("{why}: {rejections:#?}"),
        }
    }
}

fn with_more(titled: &[(&'static str, &'static str, &'static str)]) -> Brief {
    let mut all = super::super::writer_sample::rows();
    for (author, title, body) in titled {
        all.push(super::super::writer_sample::Row {
            platform: crate::model::Platform::Reddit,
            venue: "r/nighttrains",
            author: Some(author),
            at: "2031-03-04T10:00:00Z",
            title,
            body,
        });
    }
    brief_of(&World::of(&all, 5))
}

/// All that members say in the first candidates of a draft's sections.
fn told_by(draft: &Draft, speaker: &str) -> Vec<String> {
    let sentences = draft.sections.iter().flat_map(|s| &s.sentences).filter_map(|slot| slot.first());
    sentences.filter(|s| s.text.contains(speaker)).map(|s| s.text.clone()).collect()
}

#[test]
fn praise_without_anybody_who_says_i_is_no_members_view() {
    let praise =
        "The Coastline Night Train is a wonderful and reliable way from Port Ellery to Vantry in June.";
    let of = |body: &'static str| {
        let brief = with_more(&[("u/shiny_brass", "About the Night Train", body)]);
        let record = brief.records.iter().find(|r| r.speaker == "u/shiny_brass").unwrap();
        let quote = crate::model::Quote {
            id: crate::model::QuoteId::from_stored("q99"),
            record: record.id.clone(),
            span: crate::model::Span { start: record.body_start, end: record.text.as_ref().unwrap().len() },
            kind: crate::model::QuoteKind::Post,
            asks: false,
            score: 1.0,
        };
        facts::is_own_view(&brief, &quote)
    };
    assert!(!of(praise));
    assert!(of("I took the Coastline Night Train, a wonderful and reliable way from Port Ellery to Vantry."));
}

#[test]
fn what_somebody_made_for_it_is_not_what_happened_to_it() {
    let brief = with_more(&[(
        "u/model_maker",
        "A cover for the Coastline Night Train",
        "We have just released the first cover for the cabins of the Coastline Night Train in Vantry.",
    )]);
    let draft = draft(&brief);
    assert_eq!(told_by(&draft, "u/model_maker"), Vec::<String>::new());
    assert!(draft.headline.iter().all(|h| !h.text.contains("cover")), "{:?}", draft.headline);
}

#[test]
fn the_second_question_is_one_that_the_records_answer() {
    let brief = brief_of(&World::sample());
    let practice = practice::practice(&brief, None, &BTreeSet::new());
    assert!(!practice.quotes.is_empty());
    let faq = &draft(&brief).faqs[1];
    assert_eq!(faq.question, practice.question);
    let told = practice.quotes.iter().find_map(|q| brief.quote_text(q)).unwrap();
    let head: String = told.chars().take(30).collect();
    assert!(faq.answer[0][0].text.contains(&head), "{} / {head}", faq.answer[0][0].text);
}

#[test]
fn what_heads_a_section_as_a_whole_is_not_said_again_in_it() {
    for seed in 0..6 {
        let mut world = World::sample();
        world.seed = seed;
        for section in draft(&brief_of(&world)).sections {
            let Some(heading) = section.heading.first().filter(|h| h.kind == SentenceKind::Quote) else {
                continue;
            };
            let Some((_, said)) = heading.text.split_once(": “") else { continue };
            let said = said.trim_end_matches('”');
            let again =
                section.sentences.iter().filter_map(|slot| slot.first()).filter(|s| {
                    s.text.contains(&format!("“{said}.”")) || s.text.contains(&format!("“{said}”"))
                });
            assert!(section.sentences.len() == 1 || again.count() == 0, "{said}");
        }
    }
}
