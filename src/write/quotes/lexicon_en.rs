//! Closed word lists of the English writer. They choose and rank quotes; none of them is ever counted in public.

/// Words without content.
#[rustfmt::skip]
pub(in crate::write) const STOP: &[&str] = &[
    "a", "about", "above", "after", "again", "against", "all", "almost", "already", "also", "although",
    "always", "am", "an", "and", "another", "any", "anyone", "anything", "are", "around", "as", "at",
    "away", "back", "be", "because", "been", "before", "being", "below", "between", "both", "but", "by",
    "can", "can't", "cannot", "could", "did", "didn't", "do", "does", "doesn't", "doing", "don't", "done",
    "down", "during", "each", "else", "even", "ever", "every", "everyone", "few", "for", "from",
    "further", "get", "gets", "getting", "go", "goes", "going", "got", "had", "has", "have", "haven't",
    "having", "he", "her", "here", "here's", "hers", "him", "his", "how", "i", "i'd", "i'll", "i'm",
    "i've", "if", "in", "into", "is", "isn't", "it", "it's", "its", "just", "know", "less", "let",
    "let's", "like", "lot", "made", "make", "makes", "many", "may", "maybe", "me", "might", "more",
    "most", "much", "must", "my", "need", "never", "new", "no", "nor", "not", "now", "of", "off", "on",
    "once", "one", "only", "or", "other", "our", "out", "over", "own", "people", "put", "quite", "rather",
    "re", "really", "same", "say", "says", "see", "seem", "seems", "she", "should", "since", "so", "some",
    "someone", "something", "still", "such", "sure", "take", "than", "that", "that's", "the", "their",
    "them", "then", "there", "there's", "these", "they", "they're", "thing", "things", "think", "this",
    "those", "though", "through", "to", "too", "try", "under", "until", "up", "upon", "us", "use", "used",
    "using", "very", "via", "want", "was", "way", "we", "we're", "we've", "well", "were", "what", "when",
    "where", "which", "while", "who", "whom", "whose", "why", "will", "with", "within", "without",
    "won't", "would", "yet", "you", "you're", "your", "yours", "today", "day", "time", "good", "got",
    "bit", "lot", "first", "two", "guys", "anybody",
];

/// What opens with one of these points at something said before.
#[rustfmt::skip]
pub(in crate::write) const POINTING: &[&str] = &[
    "it", "it's", "this", "they", "they're", "but", "so", "that", "that's", "also", "these", "those",
    "he", "she", "and", "or", "because", "which", "then", "its", "their", "her", "his", "them", "such",
    "instead", "however", "otherwise", "similarly", "additionally", "furthermore", "moreover",
    "therefore", "thus", "hence",
];

/// What opens with one of these leans on the sentence before as well, though it may say what it is about.
#[rustfmt::skip]
pub(in crate::write) const LEANING: &[&str] = &[
    "there", "still", "yet", "meanwhile", "both", "either", "neither", "same", "here", "here's", "second",
    "secondly", "third", "finally", "plus", "again", "anyway", "well", "yes", "no", "yeah", "nope", "not",
    "even", "especially", "like", "now", "of", "for", "one", "another", "others", "other", "what", "who",
    "where", "when", "as", "only",
];

/// What “the” points at where it was told before: “the announcement comes weeks after”.
#[rustfmt::skip]
pub(in crate::write) const POINTED_AT: &[&str] = &[
    "automaker", "carmaker", "chipmaker", "startup",
    "announcement", "move", "decision", "messages", "message", "statement", "comments", "comment", "incident", "news",
    "findings", "results", "study", "report", "ruling", "measure", "measures", "change", "changes", "update", "post",
    "latter", "former", "two", "three", "pair", "same", "other", "others", "rest", "result", "reason", "problem",
    "issue", "point", "idea", "question", "answer", "deal", "agreement", "letter", "complaint", "suit", "lawsuit",
    "case", "investigation", "probe", "article", "piece", "paper", "video", "images", "image", "feature", "firm",
    "company", "group", "team", "tool", "product", "project", "release", "launch", "approach", "method", "process",
];

/// Advertising words.
#[rustfmt::skip]
pub(in crate::write) const ADVERT: &[&str] = &[
    "say hello to",
    "best-in-class", "seamless", "seamlessly", "powerful", "cutting-edge", "state-of-the-art",
    "revolutionary", "game-changer", "game-changing", "world-class", "effortless", "effortlessly",
    "supercharge", "unlock", "unleash", "empower", "robust", "leverage", "next-level", "groundbreaking",
    "unparalleled", "introducing", "excited", "thrilled", "proud", "discover", "elevate", "transform",
    "transformative", "blazing", "ultimate", "world's strongest", "world's best", "world's first",
    "world's most", "world’s strongest", "world’s best", "world’s first", "world’s most", "industry-leading",
    "new standard", "breakthrough", "unprecedented", "dramatically", "notably more", "most advanced",
    "next generation", "next-generation", "high-intent", "the perfect", "stunning", "game changer",
    "significantly reduces", "delivers", "showcasing", "empowers", "tailored", "intuitive", "vibrant",
    "strongest", "significant improvements", "amazing", "can't wait", "can’t wait", "looking forward",
    "incredible", "incredibly", "unmatched", "redefine", "redefines", "redefining", "new era", "the era of",
];

/// What follows “our” where makers speak of what they made.
#[rustfmt::skip]
pub(in crate::write) const OUR_OWN: &[&str] = &[
    "new", "newest", "latest", "flagship", "upcoming", "principles", "models", "customers", "users", "platform",
];

/// What follows “we” where makers announce.
#[rustfmt::skip]
pub(in crate::write) const ANNOUNCING: &[&str] = &[
    "launch", "launched", "launching", "release", "released", "releasing", "introduce", "introduced",
    "introducing", "announce", "announced", "announcing", "unveil", "unveiled", "unveiling", "rolling",
    "sharing", "shipping", "shipped", "open-sourced", "open-sourcing", "opensourced", "bringing", "starting",
    "updating", "updated", "committed", "trained", "published", "publishing", "partnered", "partnering", "expanding",
];

/// Reasons.
#[rustfmt::skip]
pub(in crate::write) const REASON: &[&str] = &[
    "because", "but", "until", "in practice", "so that", "since", "unless", "therefore", "which means",
    "due to", "instead of", "rather than", "even though", "although", "whereas",
];

/// Words of things that go wrong.
#[rustfmt::skip]
pub(in crate::write) const FAULT: &[&str] = &[
    "bug", "bugs", "broken", "breaks", "broke", "crash", "crashes", "crashed", "crashing", "fail",
    "fails", "failed", "failing", "failure", "error", "errors", "issue", "issues", "problem", "problems",
    "loop", "loops", "looping", "delete", "deleted", "deletes", "lost", "lose", "loses", "losing", "leak",
    "leaked", "leaks", "outage", "down", "slow", "slower", "worse", "worst", "useless", "unusable",
    "disappointing", "disappointed", "limit", "limits", "ban", "banned", "blocked", "refuse", "refuses",
    "wrong", "hallucinate", "hallucinates", "scam", "stolen", "delay", "delayed", "delays", "cancelled",
    "canceled", "late", "missing", "stuck", "unsafe", "illegal", "harm", "abuse", "nonconsensual",
    "lawsuit", "vulnerability", "malware", "exposed", "corrupted", "degraded", "removed", "expensive",
    "overpriced", "regression", "ruined", "ruins", "spoiled", "frustrating", "frustrated", "complaint",
];

/// Fault words that can mean nothing else: what somebody met.
#[rustfmt::skip]
pub(in crate::write) const MET: &[&str] = &[
    "bug", "bugs", "broken", "breaks", "crash", "crashes", "crashed", "crashing", "fail", "fails", "failed",
    "failing", "error", "errors", "unusable", "useless", "stuck", "doesn't work", "does not work",
    "never worked", "corrupted", "ruined", "refund", "hallucinates", "loops", "looping",
];

/// Fault words that name a thing and may be counted.
#[rustfmt::skip]
pub(in crate::write) const FAULT_NAMES: &[&str] = &[
    "bug", "crash", "error", "loop", "leak", "outage", "delay", "ban", "rate limit", "usage limit",
    "scam", "lawsuit", "refund", "vulnerability", "malware", "regression", "data loss", "backdoor",
    "recall", "strike", "flood", "fire",
];

/// Words of contentment.
#[rustfmt::skip]
pub(in crate::write) const PRAISE: &[&str] = &[
    "great", "excellent", "impressive", "impressed", "love", "loving", "works", "worked", "fast",
    "faster", "fixed", "solved", "happy", "reliable", "amazing", "fantastic", "better",
    "improved", "improvement", "solid", "perfect", "perfectly", "incredible", "worth", "smooth",
    "smoothly", "useful", "glad", "wonderful",
];

/// Words of opposition; a “but” or a “not” alone opposes nothing.
#[rustfmt::skip]
pub(in crate::write) const OPPOSE: &[&str] = &[
    "disagree", "not happy", "unhappy", "not to work", "in their right mind", "who in their right mind", "reason to trust", "harder to make", "harder to get", "wrong", "worse", "misleading", "overrated", "overhyped", "hype", "doubt", "skeptical",
    "sceptical", "unlikely", "disappointing", "disappointed", "useless", "worried", "concerned", "risky",
    "unacceptable", "mistake", "terrible", "ruin", "ruins", "denies", "denied", "rejects", "rejected",
    "criticism", "criticised", "criticized", "unfair", "dishonest", "pointless", "instead.", "instead,",
    "not true", "does not help", "doesn't help", "does not work", "doesn't work", "don't trust",
    "do not trust", "hate", "scared", "frustrating", "annoying", "not worth", "bothers me", "erode",
    "spoil", "spoils", "spoiled", "sucks", "awful", "garbage", "trash", "lazy", "scam",
    "irreversible", "rug-pull", "rug-pulled", "right mind", "huge issue", "not impressed",
    "underwhelming", "blurry", "overpriced", "waste of", "dangerous", "alarming", "vigilant", "unusable",
    "shouldn't", "scary", "creepy", "nightmare", "concentration of power", "unreasonable", "didn't fix",
    "does not fix", "doesn't fix", "buggy", "slower", "poorly", "banal", "flaw", "flawed", "outdated",
    "too expensive", "make no sense", "makes no sense", "backlash", "half-assed", "regret", "betrayal",
    "betrayed", "surveillance", "gimmick", "cherry-picked", "falls short",
    "fall short", "not enough", "far enough", "bad idea", "unnecessary", "ridiculous", "greedy", "cash grab",
    "disaster", "misguided", "irresponsible", "loophole", "no better", "not better", "not as good",
    "inferior", "still worse", "too slow", "enshittified", "enshittification", "last resort", "stay away",
    "cancel my", "cancelled my", "canceled my", "cancelling my", "unsubscribed", "unsubscribing", "lying",
    "untrustworthy", "not ready", "isn't ready", "not convinced", "unconvinced", "don't see the point",
    "do not see a reason", "don't see a reason", "painfully", "hypocrisy", "double standard",
    "reversal", "overpromised", "broken promise", "doesn't go far", "unsafe", "terrifying", "horrible",
    "horrified", "stupid", "meh", "letdown", "let down", "gaslighting", "hazards", "fatal flaw", "neglects",
    "at the expense of", "at the cost of", "space heater", "pocket the savings", "too bad", "not impressive",
];

/// Signs of those who have something to sell or to show: their words are no member's view.
#[rustfmt::skip]
pub(in crate::write) const SELLING: &[&str] = &[
    "i built", "i made", "we made", "we built", "been working on making", "just open-sourced it", "i've built", "we've built", "i've been building", "i'm building", "we're building",
    "i created", "i developed", "my app", "our app", "my tool", "our tool", "my startup", "our startup", "my extension",
    "my plugin", "my saas", "our platform", "our product", "try it free", "try it out here", "free trial", "waitlist",
    "early access", "sign up", "promo code", "discount code", "launching today", "would love feedback",
    "would love your feedback", "feedback welcome", "looking for beta", "beta testers", "my newsletter", "my channel",
    "my course", "use my code", "referral", "dm me",
];

/// What is bad about a thing, said plainly: an objection where nobody objects in better words.
#[rustfmt::skip]
pub(in crate::write) const LACK: &[&str] = &[
    "worst", "sucks", "struggles", "not great", "not good", "not as good", "censored", "artifacts", "distorted",
    "into loop", "into loops", "in a loop", "overcooked", "unstable", "glitches", "useless", "broken", "crashes",
    "fails", "overfit", "inconsistent", "unreliable", "too big", "too expensive", "too slow", "too limited",
    "nothing new", "no improvement", "doesn't solve", "does not solve", "losing my mind", "loosing my mind", "too bad",
    "only exists for", "error rate", "isn't fixed", "is not fixed", "couldn't get it to", "can't get it to", "cannot get it to", "disappoints", "misses it", "not there yet",
];

/// Signs that something came out.
#[rustfmt::skip]
pub(in crate::write) const LAUNCHED: &[&str] = &[
    "launches", "launched", "releases", "released", "introduces", "introduced", "unveils", "unveiled", "is here", "is live",
    "is out", "rolls out", "announces",
];

/// What turns the sentence before it.
#[rustfmt::skip]
pub(in crate::write) const TURNS: &[&str] = &[
    "but", "however", "though", "although", "the truth is", "that said", "unfortunately", "hazard", "hazards", "scary",
    "worries", "worry", "worried", "problem", "problems", "issue", "issues", "downside", "caveat", "except", "yet",
    "until", "concern", "concerns", "on the other hand", "sadly", "disappointed", "not really", "still",
];

/// What takes back a complaint before it.
#[rustfmt::skip]
pub(in crate::write) const TAKES_BACK: &[&str] = &[
    "fixed", "solved", "works now", "works fine", "working now", "turns out", "could explain", "my mistake", "my bad",
    "figured it out", "never mind", "nevermind", "now it works", "it works now", "the fix", "at last", "it worked", "now works",
    "works perfectly", "got it working", "got it to work",
];

/// Signs of somebody who could not get in, or of what was held against it long ago.
#[rustfmt::skip]
pub(in crate::write) const OUTSIDE: &[&str] = &["404", "waitlist", "log in", "login", "years ago"];

/// What is said of people and not of the thing.
#[rustfmt::skip]
pub(in crate::write) const PERSONAL: &[&str] = &[
    "intelligent", "idiot", "idiots", "moron", "morons", "dumb", "haters", "shills", "bots", "makes sense",
    "in other words", "fanboys",
];

/// Signs that a story is about a wrong: who finds fault is on its side, who denies it is on the other.
#[rustfmt::skip]
pub(in crate::write) const GRIEVANCE: &[&str] = &[
    "probe", "probes", "investigates", "investigating", "investigation", "sues", "sued", "condemn", "condemns",
    "condemned", "outcry", "scandal", "backlash", "threatens", "threatened", "warns", "accused", "accuses", "criticised",
    "criticized", "violates", "violated", "deepfake", "deepfakes", "fine", "fined",
];

/// Words by which a publication reports opposition.
#[rustfmt::skip]
pub(in crate::write) const CRITIC: &[&str] = &[
    "criticised", "criticized", "critics", "criticism", "denied", "denies", "concern", "concerns",
    "reversal", "erode", "warned", "warns", "opposed", "opposes", "objected", "protest",
    "protested", "backlash", "disputed", "vigilant", "sceptical", "skeptical", "unclear whether", "has not released",
    "has not confirmed", "has yet to", "did not respond", "declined to comment", "net loss", "net losses", "stops short",
    "falls short", "critical of", "risks", "hazards",
];

/// Words of a denial or a refused claim, for stories that publications tell.
#[rustfmt::skip]
pub(in crate::write) const DENIAL: &[&str] = &[
    "fail to fully", "fails to fully", "still allowing",
    "denies", "denied", "deny", "rejects", "rejected", "dismissed", "not true", "false", "disputes",
    "disputed", "refuted", "defended", "insists", "insisted", "failed to", "no evidence", "contrary",
    "criticised", "criticized", "free speech", "censorship", "an excuse", "vindication",
    "politically motivated", "fired back", "pushed back", "hit back", "will suffer the same", "not responsible",
    "responsible for a", "makes no sense to blame",
];

/// Signs of a rule or of something to do.
#[rustfmt::skip]
pub(in crate::write) const ADVICE: &[&str] = &[
    "please", "re-download", "redownload", "turn off", "turn on", "disable", "make sure", "opt out",
    "you can now", "will not", "won't", "you should", "you need to", "you must", "you have to", "avoid",
    "reinstall", "back up", "is available", "are available", "now available", "requires", "i recommend",
    "we recommend", "please update", "should update", "should switch", "recommended", "do not use",
    "don't use", "remember to", "users can", "refund",
];

/// Signs of who can have it, where, from when and for how much: what it means in practice.
#[rustfmt::skip]
pub(in crate::write) const PRACTICAL: &[&str] = &[
    "subscriber", "subscribers", "subscription", "subscriptions", "per month", "a month", "free users",
    "free tier", "free plan", "paid", "paying", "users will", "users must", "customers will",
    "customers can", "available to", "available in", "available on", "available for", "available through",
    "available under", "available now", "rolling out", "roll out", "coming weeks", "coming months",
    "can now", "no longer", "will be able", "will have to", "will need", "limited to", "restricted to",
    "open to", "runs on", "supports", "support for", "works on", "works with", "compatible", "licence",
    "license", "licensed", "costs", "no cost", "priced", "charged", "deadline", "expires", "from today",
    "starting today", "starting on", "allows users", "lets you", "lets users", "allows you", "will allow",
    "opt out", "is free", "for free",
];

/// Words of amounts.
#[rustfmt::skip]
pub(in crate::write) const AMOUNT: &[&str] = &["million", "billion", "percent", "per cent", "licence", "license"];

/// Signs of a price.
#[rustfmt::skip]
pub(in crate::write) const COST: &[&str] = &[
    "per month", "a month", "per year", "a year for", "costs", "priced", "price of", "at no cost", "for free", "free of charge",
    "dollars", "euros", "crowns", "pounds", "a ticket costs", "charged", "free tier",
];

/// Signs of who can have it and where it is to be had.
#[rustfmt::skip]
pub(in crate::write) const ACCESS: &[&str] = &[
    "is available", "are available", "now available", "available to", "available in", "available on", "available for",
    "available through", "available under", "rolling out", "subscribers", "restricted to", "limited to", "open to",
    "users can", "can now", "paying users", "can be downloaded", "runs on", "will be able",
];

/// Signs of what is to come.
#[rustfmt::skip]
pub(in crate::write) const NEXT: &[&str] = &[
    "expected to", "set to", "later this year", "this summer", "this autumn", "next year", "next week", "next month", "coming weeks",
    "coming months", "deadline", "go to trial", "is to go", "due to begin", "due in", "scheduled",
];

/// Signs of somebody's own trial.
#[rustfmt::skip]
pub(in crate::write) const TRIED: &[&str] = &[
    "i tried", "i've tried", "i tested", "i've tested", "my tests", "tested it", "testing it", "i used", "i've used",
    "i've been using", "i attempted", "i ran", "i've been running", "i've been trying", "i have been", "i get", "i got",
    "my experience", "my benchmark", "my private", "on my", "for me", "worked for me", "i compared", "i noticed", "i found",
    "i encountered", "i've encountered", "i took", "i rode", "i switched", "cost me", "took me",
];

/// Advice so plain that it needs no other sign.
#[rustfmt::skip]
pub(in crate::write) const DO_THIS: &[&str] = &[
    "please", "re-download", "redownload", "turn off", "turn on", "disable", "make sure", "opt out",
    "reinstall", "update to", "upgrade to", "downgrade to", "back up",
];

/// Sentences with these are about the post, not about the matter.
#[rustfmt::skip]
pub(in crate::write) const CHATTER: &[&str] = &[
    "some of you", "for those of you", "thanks", "thank you", "let me know", "full disclosure",
    "megathread", "dm me", "link in", "links in", "check out", "subscribe", "upvote", "downvote",
    "newsletter", "sign up", "click here", "read more", "in this post", "this post", "my post",
    "in the comments", "happy to answer", "feel free", "what do you think", "thoughts",
    "sorry", "disclaimer", "as an ai", "tldr", "tl;dr", "eli5", "ama", "op", "mods", "i built", "i made",
    "we built", "my app", "our app", "my project", "side project", "join us", "join our", "follow me",
    "giveaway", "our waitlist", "good morning", "merry", "happy new year", "more to say", "here's more", "here's my", "here's what", "cup of coffee", "other posts",
    "previous post", "last post", "latest updates", "lol", "lmao", "imo", "imho",
    "hope this helps", "stay tuned", "in this article", "in this video", "this article", "below", "above",
    "daily digest", "weekly thread", "this subreddit", "this sub", "automod", "sponsored", "affiliate",
    "promo code", "photo", "image credit", "getty", "contact the moderators", "performed automatically",
    "full story", "watch", "you can see", "here are a few", "here are some", "asf", "start a thread",
];

/// Vulgar words, by their beginnings.
#[rustfmt::skip]
pub(in crate::write) const VULGAR: &[&str] = &[
    "fuck", "shit", "bullshit", "cunt", "asshole", "dick", "bitch", "wtf", "stfu", "retard", "porn",
    "piss", "crap",
];

/// What no member is quoted on.
#[rustfmt::skip]
pub(in crate::write) const NAKED: &[&str] = &["nude", "nudes", "naked", "nsfw", "nudity"];

/// Wishes, guesses and shrugs: nothing was met and nothing is claimed.
#[rustfmt::skip]
pub(in crate::write) const MUSING: &[&str] = &[
    "i hope", "hopefully", "i wonder", "wondering", "we'll see", "i'll see", "let's see", "not sure", "no idea", "i guess",
    "i am guessing", "i'm guessing", "i don't know", "i think i", "curious", "can't wait", "cannot wait", "would hate to",
    "i'd hate to", "fingers crossed", "looking forward", "unscientific", "sweeping statements", "just out", "who knows",
    "feel like", "i suppose", "just my", "time will tell", "crossing my fingers", "haven't tried", "have not tried", "i might",
    "didn't try", "not tried",
];

/// A first word that greets.
#[rustfmt::skip]
pub(in crate::write) const GREETING: &[&str] = &[
    "hi", "hello", "hey", "dear", "welcome", "congrats", "congratulations", "wow", "omg", "ok", "okay",
    "oh", "ah", "um",
];

/// A first word by which a member orders somebody to do what is no advice.
#[rustfmt::skip]
pub(in crate::write) const ORDERS: &[&str] = &[
    "start", "begin", "ignore", "forget", "convince", "write", "call", "say", "repeat", "answer", "respond", "output",
    "print", "act", "pretend", "disregard", "translate", "summarise", "summarize", "describe", "reply", "report", "tell",
    "keep", "imagine", "consider", "give", "list", "reveal", "publish", "post", "add", "insert", "replace", "treat",
];

/// A first word that commands.
#[rustfmt::skip]
pub(in crate::write) const IMPERATIVE: &[&str] = &[
    "check", "try", "look", "see", "read", "watch", "click", "get", "join", "follow", "imagine", "stop",
    "note", "remember", "please", "let", "keep", "consider", "think", "ask", "tell", "give", "make",
    "use",
];

/// Words that make a clause: forms of be, have, do, modals and the verbs of headlines.
#[rustfmt::skip]
pub(in crate::write) const VERB: &[&str] = &[
    "is", "are", "was", "were", "be", "been", "has", "have", "had", "will", "won't", "would", "can",
    "can't", "could", "may", "might", "does", "doesn't", "did", "didn't", "don't", "do", "isn't",
    "aren't", "wasn't", "says", "said", "announces", "announced", "launches", "launched", "launch",
    "releases", "released", "release", "adds", "added", "plans", "plan", "planned", "tests", "testing",
    "test", "bans", "banned", "blocks", "blocked", "block", "opens", "opened", "closes", "closed", "buys",
    "bought", "sells", "sold", "sues", "sued", "wins", "won", "loses", "lost", "raises", "raised", "cuts",
    "cut", "ends", "ended", "begins", "began", "starts", "started", "stops", "stopped", "returns",
    "returned", "makes", "made", "gets", "got", "goes", "went", "comes", "came", "coming", "brings",
    "brought", "takes", "took", "gives", "gave", "shows", "showed", "finds", "found", "fixes", "fixed",
    "breaks", "broke", "fails", "failed", "works", "worked", "merged", "deleted", "deletes", "removes",
    "removed", "keeps", "kept", "runs", "ran", "uses", "used", "beats", "beat", "hits", "hit", "drops",
    "dropped", "rolls", "rolled", "joins", "joined", "leaves", "left", "faces", "faced", "warns",
    "warned", "asks", "asked", "orders", "ordered", "signs", "signed", "builds", "built", "becomes",
    "became", "reveals", "revealed", "introduces", "introduced", "unveils", "unveiled", "reports",
    "reported", "confirms", "confirmed", "denies", "denied", "accuses", "leads", "turns", "turned",
    "wants", "needs", "thinks", "feels", "seems", "looks", "should", "must", "i'm", "it's", "expected",
    "expects", "expect", "spoils", "ruins", "ruined", "hates", "love", "loves", "hate", "resumes",
    "arrives", "arrived", "moves", "moved", "offers", "offered", "pays", "paid", "rises", "rose", "falls",
    "fell", "supports", "supported", "updates", "updated", "ships", "shipped", "crashes", "crashed",
    "restores", "restored", "reopens", "reopened", "limits", "limited", "expands", "expanded",
    "restricts", "restricted", "investigates", "backs", "bars", "probes", "probed", "cries", "cried", "chooses", "chose",
    "threatens", "threatened", "condemns", "condemned", "urges", "urged", "slams", "slammed", "picks", "picked", "defends",
    "defended", "vows", "vowed", "demands", "demanded", "halts", "halted", "pauses", "paused", "delays", "delayed",
];

/// Of the verbs those that are as often nouns.
#[rustfmt::skip]
pub(in crate::write) const NOUN_OR_VERB: &[&str] = &[
    "launch", "release", "releases", "plan", "plans", "test", "tests", "testing", "block", "blocks", "cut",
    "cuts", "start", "starts", "end", "ends", "show", "shows", "use", "uses", "run", "runs", "work", "works",
    "report", "reports", "update", "updates", "support", "supports", "limit", "limits", "build", "builds",
    "need", "needs", "look", "looks", "love", "hate", "move", "moves", "offer", "offers", "drop", "drops",
    "can", "will", "do", "may",
];

/// Words before a pointing word, as in “without that” or “because of this”.
#[rustfmt::skip]
pub(in crate::write) const BEFORE_POINTING: &[&str] = &[
    "without", "with", "after", "before", "given", "in", "on", "at", "by", "from", "since", "despite",
    "beyond", "about", "under", "until",
];

/// What a headline says has happened.
#[rustfmt::skip]
pub(in crate::write) const HAPPENED: &[&str] = &[
    "ipo'd", "listed", "went public", "gets a", "got a",
    "accused", "achieved", "achieves", "acquired", "acquires", "added", "adds", "admits", "admitted",
    "announced", "announces", "approved", "approves", "arrived", "arrives", "banned", "bans", "became",
    "becomes", "began", "begins", "blocked", "blocks", "bought", "breached", "breaks", "brings", "broke",
    "buys", "canceled", "cancelled", "cancels", "charged", "charges", "closed", "closes", "confirmed",
    "confirms", "cracks", "cut", "cuts", "delayed", "delays", "deleted", "deletes", "denied", "denies",
    "deployed", "deploys", "died", "dies", "discovered", "discovers", "dropped", "drops", "ended", "ends",
    "expanded", "expands", "faces", "fined", "fired", "fires", "hacked", "hired", "hires", "hits",
    "introduced", "introduces", "introducing", "investigates", "joined", "joins", "landed", "lands",
    "launched", "launches", "leaked", "leaks", "leaves", "left", "loses", "lost", "merged", "moved",
    "moves", "opened", "opens", "ordered", "orders", "partners", "passed", "passes", "proved", "proves",
    "published", "publishes", "pulled", "pulls", "quit", "quits", "raised", "raises", "reached",
    "reaches", "rejected", "rejects", "released", "releases", "removed", "removes", "reopened", "reopens",
    "replaced", "replaces", "reported", "reports", "resigned", "resigns", "restricted", "restricts",
    "resumed", "resumes", "returned", "returns", "revealed", "reveals", "ruled", "rules", "sells",
    "shipped", "ships", "shuts", "signed", "signs", "sold", "solved", "solves", "started", "starts",
    "stopped", "stops", "sued", "sues", "suspended", "suspends", "teams", "unveiled", "unveils", "warned",
    "warns", "wins", "won", "is here", "are here", "is out", "is live", "is back", "are back", "is now",
    "are now", "out now", "now available", "is available", "are available", "just open-sourced",
    "just open sourced", "has open-sourced", "have open-sourced", "open-sources", "open sources", "coming to", "is coming", "are coming", "rolling out", "rolls out", "goes public",
    "went down", "is down", "will be", "has been", "have been", "was",
];

/// Of these the ones that say that something is rather than that somebody did it.
#[rustfmt::skip]
pub(in crate::write) const BEING: &[&str] = &["was", "will be", "has been", "have been", "is now", "are now", "faces", "cut", "left"];

/// What claims all or none.
#[rustfmt::skip]
pub(in crate::write) const SWEEPING: &[&str] = &[
    "everyone", "everybody", "nobody", "no one", "literally", "always", "never", "all of us", "anyone",
    "insane", "crazy", "wow",
];

/// Who speaks of themselves alone.
#[rustfmt::skip]
pub(in crate::write) const SELF: &[&str] = &["i", "i'm", "i've", "i'd", "i'll", "i’m", "i’ve", "i’d", "i’ll", "my", "me", "we", "our", "us"];

/// First person.
#[rustfmt::skip]
pub(in crate::write) const FIRST_PERSON: &[&str] = &[
    "i", "i'm", "i've", "i'd", "i'll", "my", "we", "our", "me", "we're", "we've", "us",
];

/// A title with one of these is an opinion.
#[rustfmt::skip]
pub(in crate::write) const OPINION: &[&str] = &[
    "opinion", "why", "should", "shouldn't", "just", "i", "my", "we", "our", "review", "essay",
    "editorial", "column", "hands-on", "hands on", "explainer", "briefing", "actually works", "the latest",
];

/// Words before a name by which it is known as a thing: determiners and prepositions.
#[rustfmt::skip]
pub(in crate::write) const BEFORE_NOUN: &[&str] = &[
    "the", "a", "an", "of", "in", "on", "for", "with", "these", "those", "this", "no", "more", "about",
    "my", "their", "our", "your", "any", "some", "new", "its",
];
