//! The closed word lists. All lower case and sorted: looked up by binary search, and a test keeps them so.

/// Words of neutral reporting: all that may stand around a quotation besides names, dates and the source's own words.
#[rustfmt::skip]
pub(super) const GLUE: &[&str] = &[
    "a", "about", "abstract", "according", "account", "add", "added", "adds", "after", "afternoon", "again",
    "also", "an", "and", "announcement", "another", "answer", "answers", "are", "article", "articles", "as",
    "ask", "asked", "asking", "asks", "at", "author", "authors", "back", "be", "been", "before", "began",
    "begin", "begins", "below", "between", "blog", "body", "breath", "bulletin", "by", "came", "caption",
    "captioned", "channel", "cited", "cites", "close", "closes", "closing", "column", "come", "comes",
    "comment", "commented", "commenting", "comments", "conclude", "concludes", "continued", "continues",
    "day", "days", "describe", "described", "describes", "describing", "did", "do", "does", "during",
    "earlier", "early", "elsewhere", "ended", "ends", "entry", "essay", "essays", "evening", "explain",
    "explained", "explaining", "explains", "feed", "following", "for", "forum", "from", "full", "go",
    "goes", "going", "had", "has", "have", "he", "headed", "heading", "headline", "headlined", "headlines",
    "heads", "her", "here", "herself", "him", "himself", "his", "hour", "hours", "how", "in", "interview",
    "into", "is", "it", "its", "itself", "late", "later", "line", "lines", "magazine", "meanwhile",
    "member", "mention", "mentioned", "mentions", "message", "messages", "midnight", "minute", "minutes",
    "month", "morning", "network", "newsletter", "newspaper", "next", "night", "noon", "note", "notes",
    "noting", "of", "official", "on", "once", "one's", "open", "opening", "opens", "opinion", "or", "other",
    "others", "outlet", "over", "own", "page", "paper", "papers", "paragraph", "part", "passage", "piece",
    "pieces", "podcast", "post", "posted", "posting", "posts", "press", "previous", "programme",
    "publication", "publish", "published", "publishes", "put", "puts", "question", "questions", "quote",
    "quoted", "quotes", "quoting", "radio", "read", "readers'", "reads", "recalled", "recalls", "reckoning",
    "record", "records", "remark", "remarked", "remarks", "replies", "reply", "report", "reported",
    "reporting", "reports", "said", "same", "say", "saying", "says", "sentence", "sentences", "separately",
    "server", "share", "shared", "shares", "she", "short", "shortly", "since", "site", "speaking", "speaks",
    "spoke", "stands", "start", "starts", "state", "stated", "statement", "statements", "states", "station",
    "still", "stories", "story", "subject", "subreddit", "tells", "text", "that", "the", "their", "them",
    "themselves", "then", "there", "these", "they", "this", "those", "thread", "threads", "title", "titled",
    "titles", "to", "told", "too", "under", "until", "update", "user", "via", "video", "was", "website",
    "week", "well", "went", "were", "what", "when", "where", "which", "while", "who", "whom", "whose",
    "with", "within", "word", "words", "write", "writer", "writers", "writes", "writing", "written",
    "wrote",
];

/// What a counted sentence may be made of, besides numbers, dates, names and the counted term.
#[rustfmt::skip]
pub(super) const COUNT_WORDS: &[&str] = &[
    "a", "account", "accounts", "across", "add", "added", "adds", "all", "altogether", "among", "an", "and",
    "appear", "appeared", "appears", "are", "article", "articles", "as", "at", "author", "authors", "be",
    "before", "belong", "belongs", "between", "bring", "brings", "brought", "by", "came", "collect",
    "collected", "come", "comes", "comment", "comments", "communities", "community", "contain", "contains",
    "contribute", "contributed", "contributes", "contributions", "contributors", "count", "counted",
    "counts", "cover", "covered", "covering", "covers", "date", "dates", "day", "days", "different",
    "distinct", "draw", "drawn", "during", "each", "earlier", "elsewhere", "entries", "entry", "far",
    "first", "for", "forum", "forums", "found", "from", "gather", "gathered", "had", "half", "has", "have",
    "here", "hold", "holds", "how", "in", "independent", "is", "it", "item", "items", "its", "last", "make",
    "makes", "member", "members", "mention", "mentioned", "mentions", "message", "messages", "name",
    "named", "names", "network", "networks", "number", "occur", "occurs", "of", "on", "or", "out", "outlet",
    "outlets", "over", "overall", "own", "paper", "papers", "people", "person", "piece", "pieces", "place",
    "places", "platform", "platforms", "post", "posted", "posts", "press", "publication", "publications",
    "published", "question", "questions", "quote", "quotes", "reaction", "reactions", "read", "reading",
    "record", "records", "remain", "remaining", "remains", "report", "reported", "reports", "rest", "rests",
    "said", "searched", "separate", "set", "since", "so", "speaker", "speakers", "spread", "statement",
    "statements", "stem", "stems", "stories", "story", "submission", "submissions", "subreddit",
    "subreddits", "that", "the", "their", "them", "there", "these", "they", "this", "those", "thread",
    "threads", "title", "titles", "to", "total", "turn", "turns", "until", "up", "user", "users", "usual",
    "venue", "venues", "voice", "voices", "was", "were", "with", "within", "word", "words", "writer",
    "writers", "written", "wrote",
];

/// What a connecting sentence may be made of besides the glue.
#[rustfmt::skip]
pub(super) const FRAME_WORDS: &[&str] = &[
    "account", "accounts", "after", "another", "answer", "answers", "apart", "back", "background", "begin",
    "begins", "both", "came", "case", "come", "comes", "detail", "details", "differ", "different",
    "direction", "directions", "end", "experience", "experiences", "far", "figures", "first", "follow",
    "follows", "go", "goes", "hear", "heard", "how", "kind", "last", "look", "looks", "matter", "matters",
    "members", "members'", "middle", "more", "next", "numbers", "once", "one", "open", "other", "others",
    "own", "part", "picture", "place", "places", "point", "points", "practical", "questions", "reactions",
    "remain", "remains", "replies", "reply", "reports", "rest", "room", "same", "several", "short", "side",
    "sides", "so", "some", "stand", "stands", "start", "still", "subject", "talk", "them", "these", "thing",
    "things", "too", "turn", "turns", "two", "up", "various", "view", "views", "voices", "way", "ways",
    "what", "what's", "why", "words",
];

/// Words that deny, in the languages a quote may be in.
#[rustfmt::skip]
pub(super) const NEGATORS: &[&str] = &[
    "aucun", "aucune", "barely", "cannot", "hardly", "jamais", "kein", "keine", "keinem", "keinen",
    "keiner", "mai", "nada", "nadie", "ne", "neither", "nessuno", "never", "ni", "nicht", "nichts", "nie",
    "niemals", "niemand", "ninguna", "ninguno", "no", "nobody", "non", "none", "nor", "not", "nothing",
    "nowhere", "nunca", "ohne", "pas", "rien", "sans", "scarcely", "senza", "sin", "weder", "without",
];

/// Words before a cut that turn what follows.
#[rustfmt::skip]
pub(super) const CUT_BEFORE: &[&str] = &[
    "accuse", "accused", "accuses", "accusing", "allege", "alleged", "allegedly", "alleges", "almost",
    "angeblich", "apparently", "assume", "assumed", "assumes", "assuming", "aunque", "avoid", "avoids",
    "claim", "claimed", "claiming", "claims", "could", "denied", "denies", "deny", "denying", "doubt",
    "doubted", "doubtful", "doubts", "except", "fail", "failed", "fails", "fake", "falls", "false",
    "falsely", "hypothetical", "hypothetically", "if", "imagine", "impossible", "instead", "joke", "joking",
    "lie", "lied", "lies", "may", "maybe", "might", "myth", "nearly", "ob", "ojalá", "parody", "perhaps",
    "possibly", "pretend", "pretends", "prevent", "prevented", "prevents", "probably", "rather", "refuse",
    "refused", "refuses", "reportedly", "rumor", "rumored", "rumors", "rumour", "rumoured", "rumours",
    "satire", "should", "si", "sofern", "stop", "stopped", "stops", "suppose", "supposed", "supposedly",
    "sure", "theoretically", "unless", "unlike", "unlikely", "wenn", "whether", "wish", "wishes", "would",
];

/// Words after a cut that turn what stands before.
#[rustfmt::skip]
pub(super) const CUT_AFTER: &[&str] = &[
    "aber", "according", "allegedly", "although", "apparently", "außer", "but", "except", "falls", "false",
    "however", "hypothetically", "if", "imo", "joke", "joking", "mais", "maybe", "perhaps", "pero",
    "possibly", "probably", "provided", "reportedly", "salvo", "satire", "sauf", "sofern", "supposedly",
    "theoretically", "though", "unless", "unlikely", "until", "untrue", "wenn", "whether", "wrong",
];

/// Of those before a cut, the ones that are over when their clause is.
#[rustfmt::skip]
pub(super) const CLOSED_OFF: &[&str] = &[
    "almost", "avoid", "avoids", "fail", "failed", "fails", "falls", "instead", "joke", "lie", "lies", "nearly",
    "prevent", "prevented", "prevents", "rather", "refuse", "refused", "refuses", "stop", "stopped", "stops",
];

/// Verbs after which a cut leaves the rest of the verb outside.
#[rustfmt::skip]
pub(super) const MODALS: &[&str] = &[
    "can", "can't", "could", "may", "might", "must", "should", "will", "would",
];

/// Verbs of thinking and saying: what they deny or doubt goes on over the next clause.
#[rustfmt::skip]
pub(super) const THINKING: &[&str] = &[
    "believe", "bet", "claim", "claimed", "claims", "convinced", "doubt", "expect", "feel", "guess", "hear",
    "heard", "hope", "imagine", "know", "mean", "pretend", "reckon", "said", "say", "saying", "says", "see",
    "suppose", "sure", "suspect", "tell", "think", "thinks", "thought", "told", "true",
];

/// Words that a paraphrase may not drop.
#[rustfmt::skip]
pub(super) const HEDGES: &[&str] = &[
    "according", "accuse", "accused", "accuses", "against", "alleged", "allegedly", "almost", "angeblich",
    "ask", "asked", "asks", "claim", "claimed", "claims", "consider", "considering", "considers", "could",
    "could'd", "denied", "denies", "deny", "expect", "expected", "expects", "fail", "failed", "fails",
    "falls", "if", "likely", "may", "maybe", "might", "mull", "mulls", "nearly", "ob", "opinion", "perhaps",
    "plan", "planned", "planning", "plans", "possible", "possibly", "propose", "proposed", "proposes",
    "refuse", "refused", "refuses", "report", "reportedly", "reports", "rumor", "rumors", "rumour",
    "rumours", "said", "say", "says", "seek", "seeks", "should", "source", "sources", "stop", "stops",
    "supposedly", "threaten", "threatens", "unless", "unlikely", "want", "wants", "wenn", "whether",
    "would",
];

/// Words that a paraphrase has only if its source has them: causes, comparisons, trends, plain judgements.
#[rustfmt::skip]
pub(super) const MARKERS: &[&str] = &[
    "after", "again", "against", "agree", "agrees", "already", "although", "always", "amid", "because",
    "before", "best", "better", "biggest", "but", "cause", "caused", "despite", "due", "even", "faster",
    "fewer", "finally", "first", "harder", "higher", "increasingly", "just", "largest", "last", "least",
    "less", "longer", "lower", "more", "most", "must", "newest", "only", "over", "rather", "same",
    "shorter", "since", "slower", "so", "still", "than", "therefore", "thus", "too", "under", "until",
    "while", "worse", "worst",
];

/// Words that a paraphrase may drop anywhere.
#[rustfmt::skip]
pub(super) const FILLERS: &[&str] = &[
    "a", "also", "an", "breaking", "exclusive", "finally", "here's", "just", "latest", "live", "new",
    "news", "now", "official", "officially", "psa", "really", "the", "today", "update", "updated", "very",
    "watch",
];

/// Claims about all.
#[rustfmt::skip]
pub(super) const UNIVERSAL: &[&str] = &[
    "all", "alle", "always", "anybody", "anyone", "consensus", "entire", "entirely", "every", "everybody",
    "everyone", "everything", "everywhere", "immer", "jeder", "never", "niemand", "no-one", "nobody",
    "unanimous", "unanimously", "undeniably", "undisputed", "universally", "whole",
];

/// Nouns for many people.
#[rustfmt::skip]
pub(super) const GROUPS: &[&str] = &[
    "analysts", "artists", "buyers", "commenters", "consumers", "creators", "critics", "crowd", "customers",
    "developer's", "developers", "dozens", "engineers", "experts", "fans", "few", "folks", "hundreds",
    "insiders", "majority", "many", "members", "most", "observers", "opponents", "parents", "passengers",
    "people", "players", "posters", "programmers", "readers", "redditors", "researchers", "residents",
    "scientists", "several", "some", "students", "subscribers", "supporters", "thousands", "user's",
    "users", "voters", "workers",
];

/// Words that mark a quotation as a question.
#[rustfmt::skip]
pub(super) const ASKING: &[&str] = &[
    "ask", "asked", "asking", "asks", "question", "questions", "wonder", "wondered", "wonders",
];

/// Words that say that a quotation is a title.
#[rustfmt::skip]
pub(super) const TITLING: &[&str] = &[
    "headed", "heading", "headline", "headlined", "heads", "title", "titled", "titles",
];

/// Words that say that a quotation stands at the beginning of its source.
#[rustfmt::skip]
pub(super) const OPENING: &[&str] = &["began", "begins", "open", "opening", "opens", "start", "starts"];

/// Words that say that a quotation stands at the end of its source.
#[rustfmt::skip]
pub(super) const ENDING: &[&str] = &[
    "close", "closes", "closing", "conclude", "concludes", "ended", "ends",
];

/// Words of a question that leads to a quotation.
#[rustfmt::skip]
pub(super) const LEADING: &[&str] = &[
    "can", "how", "many", "much", "what", "when", "where", "which", "who", "why", "will",
];

/// Words that say that a quotation is itself quoted by its speaker.
#[rustfmt::skip]
pub(super) const QUOTING: &[&str] = &["quote", "quoted", "quotes", "quoting"];

/// Who is set apart from members in a count of them.
#[rustfmt::skip]
pub(super) const OFFICIALS: &[&str] = &[
    "account", "club", "company", "council", "firm", "maker", "operator", "organiser", "organizer", "publisher",
    "site", "studio", "team", "vendor",
];

/// Verbs that say more of a speaker than that they spoke.
#[rustfmt::skip]
pub(super) const STRONG: &[&str] = &[
    "accused", "accuses", "admits", "admitted", "blamed", "blames", "boasted", "boasts", "complained", "complains",
    "conceded", "concedes", "confessed", "confesses", "demanded", "demands", "denied", "denies", "dismissed",
    "dismisses", "insisted", "insists", "mocked", "mocks", "promised", "promises", "proved", "proves", "revealed",
    "reveals", "slammed", "slams", "threatened", "threatens", "urged", "urges", "warned", "warns",
];

/// Function words of other languages than English.
#[rustfmt::skip]
pub(super) const FOREIGN: &[&str] = &[
    "aber", "anche", "auch", "auf", "aux", "avec", "ce", "cette", "che", "como", "con", "dans", "das",
    "del", "della", "dem", "den", "der", "du", "een", "ein", "eine", "el", "en", "est", "esta", "está",
    "für", "gli", "haben", "het", "il", "ist", "las", "le", "les", "los", "maar", "mais", "mit", "más",
    "nel", "nicht", "niet", "oder", "ook", "ou", "para", "pas", "per", "pero", "più", "por", "pour", "que",
    "qui", "sich", "sind", "son", "sono", "sont", "sur", "una", "und", "une", "van", "von", "voor",
    "werden", "wie", "wird", "wurde", "zijn",
];

/// Whether a sorted list has a word.
pub(super) fn has(list: &[&str], word: &str) -> bool {
    list.binary_search(&word).is_ok()
}

/// Whether a folded word denies.
pub(super) fn is_negator(word: &str) -> bool {
    has(NEGATORS, word) || word.ends_with("n't")
}

/// Phrases about writing, prompts or models that never belong in a story.
pub(super) const META: &[&str] = &[
    "as requested",
    "based on the provided",
    "based on the brief",
    "here is the",
    "here's the story",
    "in this story, we",
    "in this summary",
    "language model",
    "system prompt",
    "the provided",
    "this brief",
    "this response",
    "word count",
    "as instructed",
    "json",
    "placeholder",
    "the prompt",
    "my instructions",
    "lorem ipsum",
    "[insert",
];

/// Phrases of a refusal.
pub(super) const REFUSAL: &[&str] = &[
    "as an ai",
    "cannot assist",
    "can't assist",
    "i am sorry",
    "i am unable",
    "i can't",
    "i cannot",
    "i won't",
    "i'm sorry",
    "i'm unable",
    "unable to comply",
    "not able to help",
];

/// Phrases that claim a whole public.
pub(super) const PUBLICS: &[&str] = &[
    "no one",
    "the community",
    "the entire",
    "the internet",
    "the public",
    "the world",
    "whole world",
    "the fans",
    "the industry",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_so_that_they_can_be_searched() {
        for list in [
            GLUE,
            COUNT_WORDS,
            FRAME_WORDS,
            NEGATORS,
            CUT_BEFORE,
            CUT_AFTER,
            CLOSED_OFF,
            OPENING,
            ENDING,
            LEADING,
            QUOTING,
            OFFICIALS,
            MODALS,
            MARKERS,
            STRONG,
            THINKING,
            HEDGES,
            FILLERS,
            UNIVERSAL,
            GROUPS,
            ASKING,
            TITLING,
            FOREIGN,
        ] {
            assert!(list.is_sorted());
        }
    }
}
