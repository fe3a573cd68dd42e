//! From a draft to a story: for every slot the first candidate that passes.

use super::verify::Verifier;
use super::verify::limits::{self, ANSWER_TOTAL, DEK_TOTAL, SECTIONS, SHORT_TOTAL};
use super::verify::{none_advised_text, none_against_text, question_text};
use super::{Draft, DraftFaq, DraftSection};
use crate::model::{Brief, Faq, FaqKind, Place, Rejection, Section, Sentence, SentenceKind, StoryBody};

/// How much a story may lose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SettleSettings {
    /// Least share of slots that must find a passing candidate, 0…1.
    pub min_sentence_share: f64,
}

impl Default for SettleSettings {
    fn default() -> Self {
        Self { min_sentence_share: 0.6 }
    }
}

/// What became of a draft.
#[derive(Clone, Debug, PartialEq)]
pub enum Settled {
    /// A story in which every sentence passes.
    Story {
        /// The story.
        body: StoryBody,
        /// Why candidates fell, places counted as in the draft.
        rejections: Vec<Rejection>,
        /// Slots checked.
        checked: u64,
        /// Slots for which no candidate passed.
        dropped: u64,
    },
    /// Too little was left.
    Withheld {
        /// Why candidates fell.
        rejections: Vec<Rejection>,
        /// What is missing, for people.
        why: String,
        /// Slots checked.
        checked: u64,
        /// Slots for which no candidate passed.
        dropped: u64,
    },
}

/// Takes for every slot the first candidate that passes, drops what has none, keeps the totals by dropping from the
/// end, and withholds the story when too little is left. A story that comes out passes [`check_story`](super::check_story).
pub fn settle(draft: Draft, brief: &Brief, settings: &SettleSettings) -> Settled {
    let mut desk = Desk {
        verifier: Verifier::new(brief),
        brief,
        rejections: Vec::new(),
        checked: 0,
        dropped: 0,
        used: Vec::new(),
    };
    let outcome = desk.story(draft);
    let Desk { rejections, checked, dropped, .. } = desk;
    let lost = checked.saturating_sub(dropped) as f64 / (checked.max(1)) as f64;
    match outcome {
        Ok(_) if lost < settings.min_sentence_share => Settled::Withheld {
            why: format!("{dropped} of {checked} sentences did not pass the checks"),
            rejections,
            checked,
            dropped,
        },
        Ok(body) => {
            debug_assert_eq!(Verifier::new(brief).check_story(&body), [], "a settled story passes");
            Settled::Story { body, rejections, checked, dropped }
        }
        Err(why) => Settled::Withheld { rejections, why, checked, dropped },
    }
}

struct Desk<'a> {
    verifier: Verifier<'a>,
    brief: &'a Brief,
    rejections: Vec<Rejection>,
    checked: u64,
    dropped: u64,
    /// Sentences that stand already and may not be said again.
    used: Vec<String>,
}

impl Desk<'_> {
    fn story(&mut self, draft: Draft) -> Result<StoryBody, String> {
        let Draft { headline, dek, sections, so_far, faqs, counter } = draft;
        let mut dek = self.block(dek, |n| Place::Dek { n }, true);
        while limits::characters(&dek) > DEK_TOTAL {
            dek.pop();
        }
        self.used = dek.iter().map(|s| s.text.clone()).collect();
        let mut kept = Vec::new();
        for (n, section) in sections.into_iter().enumerate() {
            if let Some(section) = self.section(n, section).filter(|_| kept.len() < *SECTIONS.end()) {
                self.used.extend(section.sentences.iter().map(|s| s.text.clone()));
                kept.push(section);
            }
        }
        let so_far = self.block(so_far, |n| Place::SoFar { n }, true);
        let below: Vec<Sentence> =
            dek.iter().chain(kept.iter().flat_map(|s| &s.sentences)).cloned().collect();
        let headline =
            self.heading(headline, Place::Headline, &below).ok_or("no headline passed the checks")?;
        if dek.is_empty() {
            return Err("no sentence of the dek passed the checks".to_owned());
        }
        if !SECTIONS.contains(&kept.len()) {
            return Err(format!("{} of at least {} sections are left", kept.len(), SECTIONS.start()));
        }
        let faqs = self.faqs(&faqs)?;
        let mut counter = self.block(counter, |n| Place::Counter { n }, false);
        if counter.is_empty() {
            counter.push(self.fallback(none_against_text));
        }
        Ok(StoryBody { headline, dek, sections: kept, so_far, faqs, counter })
    }

    /// The first passing candidate of each slot, each checked after those already taken.
    fn block(
        &mut self,
        slots: Vec<Vec<Sentence>>,
        place: impl Fn(usize) -> Place,
        once: bool,
    ) -> Vec<Sentence> {
        let mut taken: Vec<Sentence> = Vec::new();
        for (n, candidates) in slots.into_iter().enumerate() {
            if candidates.is_empty() {
                continue;
            }
            self.checked += 1;
            let mut found = None;
            for candidate in candidates {
                let mut wrong = self.verifier.check_next(&candidate, place(n), &taken);
                let text = &candidate.text;
                if once && limits::said(text, self.used.iter().chain(taken.iter().map(|s| &s.text))) {
                    wrong.push(limits::repeated(place(n), &candidate));
                }
                if wrong.is_empty() {
                    found = Some(candidate);
                    break;
                }
                self.rejections.extend(wrong);
            }
            match found {
                Some(sentence) => taken.push(sentence),
                None => self.dropped += 1,
            }
        }
        taken
    }

    /// The first candidate that passes and whose speaker is named there or in the sentences below.
    fn heading(&mut self, candidates: Vec<Sentence>, place: Place, below: &[Sentence]) -> Option<Sentence> {
        if candidates.is_empty() {
            return None;
        }
        self.checked += 1;
        for candidate in candidates {
            let mut wrong = self.verifier.check(&candidate, place);
            if !self.verifier.is_borne_by(&candidate, below) {
                wrong.push(limits::unattributed(place, &candidate));
            }
            if wrong.is_empty() {
                return Some(candidate);
            }
            self.rejections.extend(wrong);
        }
        self.dropped += 1;
        None
    }

    fn section(&mut self, section: usize, draft: DraftSection) -> Option<Section> {
        let sentences = self.block(draft.sentences, |n| Place::Section { section, n }, true);
        if sentences.is_empty() {
            return None;
        }
        let heading = if section == 0 && draft.heading.is_empty() {
            None
        } else {
            Some(self.heading(draft.heading, Place::Heading { section }, &sentences)?)
        };
        Some(Section { heading, sentences })
    }

    fn faqs(&mut self, drafts: &[DraftFaq]) -> Result<Vec<Faq>, String> {
        let mut faqs = Vec::with_capacity(FaqKind::ALL.len());
        for (faq, kind) in FaqKind::ALL.iter().copied().enumerate() {
            let Some(draft) = drafts.iter().find(|d| d.kind == kind).cloned() else {
                return Err(format!("the draft lacks the question `{kind}`"));
            };
            let mut answer = self.block(draft.answer, |n| Place::Answer { faq, n }, false);
            while limits::characters(&answer) > ANSWER_TOTAL {
                answer.pop();
            }
            let mut short = self.block(draft.short, |n| Place::Short { faq, n }, false);
            while limits::graphemes(&short) > SHORT_TOTAL {
                short.pop();
            }
            let spare = match kind {
                FaqKind::WhatHappened => None,
                FaqKind::WhatItMeans => Some(self.fallback(none_advised_text)),
                FaqKind::Counter => Some(self.fallback(none_against_text)),
            };
            for part in [&mut answer, &mut short] {
                if part.is_empty() {
                    part.extend(spare.clone());
                }
                if part.is_empty() {
                    return Err(format!("no answer to `{kind}` passed the checks"));
                }
            }
            let wrong = self.verifier.check_question(faq, &draft.question);
            let question = if wrong.is_empty() { draft.question } else { question_text(kind, self.brief) };
            self.rejections.extend(wrong);
            faqs.push(Faq { kind, question, answer, short });
        }
        Ok(faqs)
    }

    /// What is said where nothing can be quoted.
    fn fallback(&self, text: fn(&Brief) -> String) -> Sentence {
        Sentence {
            text: text(self.verifier.brief),
            kind: SentenceKind::NoneFound,
            citations: Vec::new(),
            counts: Vec::new(),
            confirmed: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RejectionCode;
    use crate::write::verify_sample as sample;

    fn slot(sentences: &[Sentence]) -> Vec<Vec<Sentence>> {
        sentences.iter().map(|s| vec![s.clone()]).collect()
    }

    fn draft(body: &StoryBody) -> Draft {
        Draft {
            headline: vec![body.headline.clone()],
            dek: slot(&body.dek),
            sections: body
                .sections
                .iter()
                .map(|s| DraftSection {
                    heading: s.heading.iter().cloned().collect(),
                    sentences: slot(&s.sentences),
                })
                .collect(),
            so_far: slot(&body.so_far),
            faqs: body
                .faqs
                .iter()
                .map(|f| DraftFaq {
                    kind: f.kind,
                    question: f.question.clone(),
                    answer: slot(&f.answer),
                    short: slot(&f.short),
                })
                .collect(),
            counter: slot(&body.counter),
        }
    }

    fn lie(sentence: &Sentence) -> Sentence {
        Sentence { text: sentence.text.replace('“', "“Really, "), ..sentence.clone() }
    }

    #[test]
    fn a_good_draft_comes_through_unchanged() {
        let brief = sample::brief();
        let body = sample::body(&brief);
        match settle(draft(&body), &brief, &SettleSettings::default()) {
            Settled::Story { body: settled, rejections, checked, dropped } => {
                assert_eq!(settled, body);
                assert_eq!((rejections, dropped), (vec![], 0));
                assert_eq!(checked, body.sentences().len() as u64);
            }
            Settled::Withheld { why, .. } => panic!("{why}"),
        }
    }

    #[test]
    fn the_first_passing_candidate_is_taken_and_the_failing_ones_are_told() {
        let brief = sample::brief();
        let body = sample::body(&brief);
        let mut draft = draft(&body);
        let good = &body.sections[2].sentences[1];
        draft.sections[2].sentences[1] = vec![lie(good), good.clone()];
        draft.sections[0].sentences[2] = vec![lie(&body.sections[0].sentences[2])];
        draft.faqs[1].question = "Why is **Orla** angry?".to_owned();
        match settle(draft, &brief, &SettleSettings::default()) {
            Settled::Story { body: settled, rejections, dropped, .. } => {
                assert_eq!(settled.sections[2], body.sections[2]);
                assert_eq!(settled.sections[0].sentences.len(), body.sections[0].sentences.len() - 1);
                assert_eq!(settled.faqs[1].question, "What does it mean for you?");
                assert_eq!(dropped, 1);
                assert!(rejections.iter().any(|r| r.code == RejectionCode::QuoteAltered));
                assert_eq!(super::super::check_story(&settled, &brief), []);
            }
            Settled::Withheld { why, .. } => panic!("{why}"),
        }
    }

    #[test]
    fn an_empty_answer_says_so_and_long_parts_are_cut_from_the_end() {
        let brief = sample::brief();
        let body = sample::body(&brief);
        let mut draft = draft(&body);
        draft.faqs[1].answer = vec![vec![lie(&body.faqs[1].answer[0])]];
        draft.counter.clear();
        draft.dek.extend(slot(&body.sections[0].sentences[..1]));
        draft.sections[0].sentences.remove(0);
        draft.sections[0].sentences.remove(0);
        match settle(draft, &brief, &SettleSettings::default()) {
            Settled::Story { body: settled, .. } => {
                assert_eq!(
                    settled.faqs[1].answer[0].text,
                    "The desk found no advice in these 13 records that it could quote."
                );
                assert_eq!(
                    settled.counter[0].text,
                    "No opposing statement that can be quoted was found in 13 records."
                );
                assert_eq!(settled.dek, body.dek);
                assert_eq!(super::super::check_story(&settled, &brief), []);
            }
            Settled::Withheld { why, .. } => panic!("{why}"),
        }
    }

    #[test]
    fn a_free_paraphrase_is_published_only_when_a_second_check_agreed() {
        use crate::model::SentenceKind::Report;
        type Put = fn(&mut Draft, Sentence);
        let brief = sample::brief();
        let body = sample::body(&brief);
        let told =
            "Harbour Times reported that no notes will be lost, the company says, and readers can go back.";
        let free = sample::sentence(&brief, Report, told, &[(1, sample::LOST)], &[]);
        let plain = sample::sentence(
            &brief,
            Report,
            "Harbour Times reported that Lumen 4.2 moves reading notes to a new sync service.",
            &[(1, "")],
            &[],
        );
        let confirmed = Sentence { confirmed: true, ..free.clone() };
        // In running text, in the dek, in answers, and over a section.
        let places: [Put; 4] = [
            |d, s| d.sections[0].sentences.push(vec![s]),
            |d, s| d.dek = vec![vec![s], d.dek[0].clone()],
            |d, s| d.faqs[0].answer.push(vec![s]),
            |d, s| d.sections[0].heading.insert(0, s),
        ];
        let comes_out = |put: Put, sentence: &Sentence| {
            let mut draft = draft(&body);
            put(&mut draft, sentence.clone());
            match settle(draft, &brief, &SettleSettings::default()) {
                Settled::Story { body, .. } => body.sentences().iter().any(|(_, s)| *s == sentence),
                Settled::Withheld { why, .. } => panic!("{why}"),
            }
        };
        for put in &places[..3] {
            assert!(comes_out(*put, &plain), "a compression needs nobody");
            assert!(!comes_out(*put, &free));
            assert!(comes_out(*put, &confirmed));
        }
        assert!(!comes_out(places[3], &free));
        assert!(!comes_out(places[3], &confirmed), "a heading is a compression, whoever agrees");
        // A lie about the source falls although somebody agreed to it.
        let lie = told.replace("no notes", "many notes");
        assert!(!comes_out(places[0], &Sentence { text: lie, ..confirmed }));
    }

    #[test]
    fn a_story_that_loses_too_much_is_withheld_with_the_reason() {
        let brief = sample::brief();
        let body = sample::body(&brief);
        let why = |draft: Draft| match settle(draft, &brief, &SettleSettings::default()) {
            Settled::Story { .. } => String::new(),
            Settled::Withheld { why, .. } => why,
        };
        let mut headless = draft(&body);
        headless.headline.clear();
        assert_eq!(why(headless), "no headline passed the checks");
        let mut thin = draft(&body);
        thin.sections.clear();
        assert_eq!(why(thin), "0 of at least 1 sections are left");
        let mut mute = draft(&body);
        mute.faqs[0].short.clear();
        assert_eq!(why(mute), "no answer to `what_happened` passed the checks");
        let mut lying = draft(&body);
        for section in lying.sections.iter_mut().take(2) {
            let bad = Sentence { text: "Everyone is angry.".to_owned(), ..body.dek[0].clone() };
            section.sentences.extend(std::iter::repeat_n(vec![bad], 12));
        }
        assert_eq!(why(lying), "24 of 56 sentences did not pass the checks");
    }
}
