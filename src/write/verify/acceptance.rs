//! Good sentences that must pass. One lost here is a writer's sentence lost in print.

use super::*;
use crate::model::SentenceKind::{Count, Frame, NoneFound, Quote, Report};
use crate::write::verify_sample::{self as sample, *};

const SECTION: Place = Place::Section { section: 0, n: 0 };
const HEADING: Place = Place::Heading { section: 0 };

type Case = (SentenceKind, Place, &'static str, &'static [(usize, &'static str)], &'static [&'static str]);

#[rustfmt::skip]
const GOOD: &[Case] = &[
    // Shapes around one quotation.
    (Quote, SECTION, "“I updated this morning and the whole shelf was empty,” wrote u/otter-lamp on r/lumenreader on 16 March.", &[(4, UPDATED)], &[]),
    (Quote, SECTION, "“I updated this morning and the whole shelf was empty,” u/otter-lamp wrote on r/lumenreader on Sunday.", &[(4, UPDATED)], &[]),
    (Quote, SECTION, "u/otter-lamp wrote on r/lumenreader on 16 March: “I updated this morning and the whole shelf was empty.”", &[(4, UPDATED)], &[]),
    (Quote, SECTION, "u/otter-lamp on r/lumenreader: “I updated this morning and the whole shelf was empty.”", &[(4, UPDATED)], &[]),
    (Quote, SECTION, "u/otter-lamp on Reddit: “I updated this morning and the whole shelf was empty.”", &[(4, UPDATED)], &[]),
    (Quote, SECTION, "u/otter-lamp: “The old version still opens my files, so keep it.”", &[(4, KEEP)], &[]),
    (Quote, SECTION, "“The old version still opens my files, so keep it,” u/otter-lamp wrote.", &[(4, KEEP)], &[]),
    (Quote, SECTION, "“the old version still opens my files, so keep it” (u/otter-lamp).", &[(4, KEEP)], &[]),
    (Quote, SECTION, "u/otter-lamp headed a post “It deleted eleven gigabytes of my notes”.", &[(4, "")], &[]),
    (Quote, SECTION, "u/slow-heron headed a post on 17 March “The fix is merged”.", &[(5, "")], &[]),
    (Quote, SECTION, "A post by u/slow-heron on r/lumenreader is titled “The fix is merged”.", &[(5, "")], &[]),
    (Quote, SECTION, "“The fix is merged” is the title of a post by u/slow-heron on r/lumenreader.", &[(5, "")], &[]),
    (Quote, SECTION, "Under the title “The fix is merged”, u/slow-heron posted on r/lumenreader on 17 March.", &[(5, "")], &[]),
    (Quote, SECTION, "u/otter-lamp asked on r/lumenreader: “Do you trust that the backup will come back?”", &[(4, "Do you trust that the backup will come back?")], &[]),
    (Quote, SECTION, "“Do you trust that the backup will come back?” asked u/otter-lamp.", &[(4, "Do you trust that the backup will come back?")], &[]),
    (Quote, SECTION, "u/otter-lamp wrote: “Do you trust that the backup will come back?”", &[(4, "Do you trust that the backup will come back?")], &[]),
    (Quote, SECTION, "“In theory the sync is safe, but in practice it is not,” wrote u/otter-lamp on 16 March 2031.", &[(4, "In theory the sync is safe, but in practice it is not.")], &[]),
    (Quote, SECTION, "“A pager bug behind the empty shelves is fixed. Download the new build and sign in again,” wrote u/slow-heron on r/lumenreader.", &[(5, "A pager bug behind the empty shelves is fixed. Download the new build and sign in again.")], &[]),
    (Quote, SECTION, "u/slow-heron added: “Download the new build and sign in again.”", &[(5, SIGN_IN)], &[]),
    (Quote, SECTION, "According to u/slow-heron, “a pager bug behind the empty shelves is fixed”.", &[(5, FIXED)], &[]),
    (Quote, SECTION, "u/slow-heron wrote that “a pager bug behind the empty shelves is fixed”.", &[(5, FIXED)], &[]),
    (Quote, SECTION, "On 17 March, u/slow-heron wrote on r/lumenreader: “Download the new build and sign in again.”", &[(5, SIGN_IN)], &[]),
    (Quote, SECTION, "u/north-quay’s post on r/lumenreader reads: “Nobody at support answers.”", &[(6, "Nobody at support answers.")], &[]),
    (Quote, SECTION, "“The pager never lists my second device, and 40 books are gone,” wrote u/north-quay.", &[(6, "The pager never lists my second device, and 40 books are gone.")], &[]),
    (Quote, SECTION, "“The sync service keeps a copy for thirty days – ‘trash’ in the menu – and it can’t be switched off,” brasskettle wrote on Hacker News on 18 March.", &[(8, TRASH)], &[]),
    (Quote, SECTION, "brasskettle on Hacker News: “The sync service keeps a copy for thirty days—‘trash’ in the menu—and it can’t be switched off.”", &[(8, TRASH)], &[]),
    (Quote, SECTION, "@dune.example on Bluesky: “Disappointing, I expected more from a paid app!”", &[(9, PAID)], &[]),
    (Quote, SECTION, "“I paid 3.5 euro a month for this,” @dune.example wrote on Bluesky on 18 March.", &[(9, "I paid 3.5 euro a month for this.")], &[]),
    // Told in parts, at times, in order, with its edges.
    (Quote, SECTION, "“If the move fails,” Harbour Times reported, “the old shelf stays in place.”", &[(1, "If the move fails, the old shelf stays in place.")], &[]),
    (Quote, SECTION, "“In theory the sync is safe,” wrote u/otter-lamp, “but in practice it is not.”", &[(4, "In theory the sync is safe, but in practice it is not.")], &[]),
    (Quote, SECTION, "At 14:00 on 17 March u/slow-heron wrote: “A pager bug behind the empty shelves is fixed.”", &[(5, FIXED)], &[]),
    (Quote, SECTION, "On the afternoon of 17 March u/slow-heron wrote: “A pager bug behind the empty shelves is fixed.”", &[(5, FIXED)], &[]),
    (Quote, SECTION, "“A pager bug behind the empty shelves is fixed,” wrote u/slow-heron, and an hour later came “nobody at support answers” from u/north-quay.", &[(5, FIXED), (6, "Nobody at support answers.")], &[]),
    (Quote, SECTION, "A post by u/slow-heron opens with “A pager bug behind the empty shelves is fixed” and ends: “Download the new build and sign in again.”", &[(5, FIXED), (5, SIGN_IN)], &[]),
    (Quote, SECTION, "Under the title “The fix is merged”, u/slow-heron wrote: “Download the new build and sign in again.”", &[(5, ""), (5, SIGN_IN)], &[]),
    (Quote, SECTION, "u/wattvogel on r/buecher quotes support: “das kommt wieder”.", &[(10, SUPPORT)], &[]),
    (Count, SECTION, "Nine posts, not counting the press and the company.", &[], &["members"]),
    (Count, SECTION, "The last day, 19 March, adds one record.", &[], &["d19"]),
    // Organisations and publications.
    (Quote, SECTION, "“In the coming weeks, we plan to move every shelf to the new sync service,” @lumenreader.example wrote on Bluesky on 16 March.", &[(0, PLAN)], &[]),
    (Quote, SECTION, "@lumenreader.example posted on Bluesky: “In the coming weeks, we plan to move every shelf to the new sync service.”", &[(0, PLAN)], &[]),
    (Quote, SECTION, "Harbour Times: “The company says no notes will be lost, and that readers can go back within thirty days.”", &[(1, LOST)], &[]),
    (Quote, SECTION, "Harbour Times reported on 16 March: “The reading app began moving notes to a new sync service on Sunday.”", &[(1, "The reading app began moving notes to a new sync service on Sunday.")], &[]),
    (Quote, SECTION, "“If the move fails, the old shelf stays in place,” Harbour Times reported.", &[(1, "If the move fails, the old shelf stays in place.")], &[]),
    (Quote, SECTION, "The Quill Review headlined an article “Reading app Lumen empties shelves for a day”.", &[(2, "")], &[]),
    (Quote, SECTION, "Mara Fennick in The Quill Review: “A reading app should not need a server to show me my own notes.”", &[(3, OPINION)], &[]),
    (Quote, SECTION, "“I documented nine lost shelves this week,” Mara Fennick wrote in The Quill Review on 18 March.", &[(3, "I documented nine lost shelves this week.")], &[]),
    // German.
    (Quote, SECTION, "“Nach dem Update waren alle Notizen weg,” wrote u/wattvogel on r/buecher on 18 March.", &[(10, GERMAN)], &[]),
    (Quote, SECTION, "u/wattvogel on r/buecher: “Der Support sagt „das kommt wieder“ und schweigt dann.”", &[(10, SUPPORT)], &[]),
    (Quote, SECTION, "u/wattvogel on r/buecher: “Der Support sagt ‘das kommt wieder’ und schweigt dann.”", &[(10, SUPPORT)], &[]),
    // Two speakers.
    (Quote, SECTION, "“A pager bug behind the empty shelves is fixed,” wrote u/slow-heron on 17 March; u/kind-ember wrote on 19 March: “My notes came back after an hour, and the new shelf is faster than before.”", &[(5, FIXED), (12, "")], &[]),
    // Counts.
    (Count, SECTION, "13 records by 14 authors on Reddit and Bluesky and elsewhere, 16–19 March; one in the seven days before.", &[], &["records", "authors", "before"]),
    (Count, SECTION, "13 records by 14 authors on r/lumenreader, r/ebooks and elsewhere, 16–19 March.", &[], &["records", "authors"]),
    (Count, SECTION, "13 records by 14 authors on Reddit, Bluesky, Hacker News, Harbour Times and The Quill Review, 16–19 March; 1 in the seven days before.", &[], &["records", "authors", "before"]),
    (Count, SECTION, "Of 13 posts, three name “pager”.", &[], &["pager"]),
    (Count, SECTION, "Of the 13 distinct records, four mention “empty shelves”.", &[], &["shelves"]),
    (Count, SECTION, "“Pager” appears in three of the 13 distinct posts, first on 17 March.", &[], &["pager"]),
    (Count, SECTION, "“Pager” comes up in 3 of 13 posts.", &[], &["pager"]),
    (Count, SECTION, "They are two of nine posts by members.", &[(4, UPDATED), (5, FIXED)], &["members"]),
    (Count, SECTION, "It is one of nine posts by members.", &[(4, UPDATED)], &["members"]),
    (Count, SECTION, "Nine of 13 records are by members.", &[], &["members"]),
    (Count, SECTION, "Two publications in the set covered it.", &[], &["outlets"]),
    (Count, SECTION, "In all, 13 distinct records by 14 authors mention it between 16 and 19 March.", &[], &["records", "authors"]),
    (Count, SECTION, "19 March: one record.", &[], &["d19"]),
    (Count, SECTION, "18 March: five records.", &[], &["d18"]),
    (Count, SECTION, "Five of the 13 records come from r/lumenreader.", &[], &["place"]),
    (Count, SECTION, "Of 13 records, seven were posted on Reddit.", &[], &["reddit"]),
    (Count, SECTION, "All 13 records were published within four days.", &[], &["records"]),
    (Count, SECTION, "That is the strongest opposing statement found in 13 records.", &[], &[]),
    (Count, SECTION, "This story rests on 13 records.", &[], &[]),
    (Count, HEADING, "Pager comes up in three of 13 posts", &[], &["pager"]),
    (Count, HEADING, "Three reactions in their writers’ words", &[(4, UPDATED), (9, PAID), (10, GERMAN)], &[]),
    // The story so far.
    (Quote, SECTION, "16 March, three records: “Lumen 4.2 moves reading notes to a new sync service” (Harbour Times).", &[(1, "")], &["d16"]),
    (Quote, SECTION, "17 March, four records: “The fix is merged” (u/slow-heron, r/lumenreader).", &[(5, "")], &["d17"]),
    (Frame, SECTION, "First story on this.", &[], &[]),
    (Frame, SECTION, "The replies go two ways.", &[], &[]),
    (Frame, HEADING, "What Harbour Times reported", &[(1, "")], &[]),
    // Headings and headlines.
    (Quote, HEADING, "“Disappointing, I expected more from a paid app”", &[(9, PAID)], &[]),
    (Quote, HEADING, "“It deleted eleven gigabytes of my notes”: pager in three of 13 posts", &[(4, "")], &["pager"]),
    (Quote, HEADING, "u/slow-heron: “The fix is merged”", &[(5, "")], &[]),
    (Report, HEADING, "Harbour Times: Lumen 4.2 moves reading notes to a new sync service", &[(1, "")], &[]),
    (Report, HEADING, "The Quill Review: Reading app Lumen empties shelves for a day", &[(2, "")], &[]),
    (Report, Place::Headline, "Lumen 4.2 moves reading notes to a new sync service", &[(1, "")], &[]),
    (Report, Place::Headline, "Reading app Lumen empties shelves for a day: 13 records in four days", &[(2, "")], &["records"]),
    (Report, Place::Headline, "Empty shelves after Lumen 4.2: 13 posts in four days", &[(6, ""), (7, ""), (8, "")], &["records"]),
    (Quote, Place::Headline, "“It deleted eleven gigabytes of my notes”: 13 posts in four days", &[(4, "")], &["records"]),
    (Report, SECTION, "Lumen 4.2 moves reading notes to a new sync service, Harbour Times reported on 16 March.", &[(1, "")], &[]),
    (Report, SECTION, "Harbour Times reported that Lumen 4.2 moves reading notes to a new sync service.", &[(1, "")], &[]),
    (NoneFound, SECTION, "None found in 13 records.", &[], &[]),
    (NoneFound, SECTION, "No advice that can be quoted was found in 13 records.", &[], &[]),
    (NoneFound, SECTION, "No opposing statement that can be quoted was found in 13 records.", &[], &[]),
];

/// The good sentences, made with a brief.
pub(super) fn sentences(brief: &Brief) -> Vec<(Place, Sentence)> {
    let make = |(kind, place, text, cites, counts): &Case| {
        (*place, sample::sentence(brief, *kind, text, cites, counts))
    };
    GOOD.iter().map(make).collect()
}

#[test]
fn good_sentences_pass() {
    let brief = sample::brief();
    let verifier = Verifier::new(&brief);
    let mut lost = Vec::new();
    for (kind, place, text, cites, counts) in GOOD {
        let sentence = sample::sentence(&brief, *kind, text, cites, counts);
        for r in verifier.check(&sentence, *place) {
            lost.push(format!("{} [{}]: {text}", r.code, r.offending));
        }
    }
    assert!(lost.is_empty(), "{} of {}:\n{}", lost.len(), GOOD.len(), lost.join("\n"));
    assert!(GOOD.len() >= 60, "{}", GOOD.len());
}

#[test]
fn the_sample_story_passes_whole() {
    let brief = sample::brief();
    assert_eq!(check_story(&sample::body(&brief), &brief), []);
}
