//! Lists of words that are no names themselves: roles, last words of names, public bodies, common abbreviations.

use std::sync::LazyLock;

use crate::analyze::words::{WordSet, hash, hash_folded, is_stop};
use crate::model::Lang;

fn list(words: &str) -> WordSet {
    words
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(hash)
        .collect()
}

macro_rules! lists {
    ($($name:ident = $words:expr;)*) => { $(static $name: LazyLock<WordSet> = LazyLock::new(|| list($words));)* };
}
// Every list is of hashes of folded words, as [`crate::analyze::words::hash_folded`] makes them.
lists! {
    STATES = include_str!("../lexicon/states.txt");
    GIVEN_NAMES = include_str!("../lexicon/given_names.txt");
    GOVERNMENT_ALONE = "pentagon, kremlin, bundestag, bundesrat, bundesregierung, fbi, cia, nsa, ftc, fcc, fda, doj, white house, \
        downing street, supreme court, federal reserve, politburo, congress, senate, parliament, house of representatives, \
        homeland security, capitol, dhs, dod, nhs, knesset, duma, treasury";
    GOVERNMENT_LAST = "ministry, minister, commission, senate, congress, parliament, department, agency, court, administration, \
        government, council, treasury, police, navy, army, regierung, landtag, polizei, gericht, verwaltung, authority, assembly, \
        legislature, committee, govt, dept";
    GOVERNMENT_OF = "ministry, department, court, house, bureau, office, council, board, parliament, senate, secretary";
    LEGISLATION_LAST = "act, bill, directive, regulation, law, treaty, amendment, ordinance, accord, constitution, richtlinie, \
        verordnung, convention, statute, acts, bills, protocols";
    ORGANIZATION_LAST = "inc, corp, corporation, ltd, llc, gmbh, ag, plc, labs, lab, university, institute, foundation, group, bank, \
        company, technologies, studios, research, times, post, association, union, club, college, school, hospital, society, \
        universität, hochschule, verein, stiftung, verband, holdings, partners, capital, ventures, media, systems, lines, airlines, \
        railways, industries, robotics, journal, semiconductor, motors, pharma, party, consortium, alliance, \
        academy, laboratory, laboratories, center, centre, federation, team, network, tribune, herald, networks";
    ORGANIZATION_OF = "university, bank, institute, school, college, academy";
    EVENT_LAST = "conference, summit, forum, festival, cup, olympics, week, day, show, awards, prize, expo, congress, workshop, \
        symposium, war, revolution, era, age, crisis, theory, law, effect, paradox, principle, test, valley";
    TITLES = "mr, mrs, ms, dr, prof, professor, ceo, cto, cfo, coo, president, senator, judge, chancellor, king, queen, mayor, \
        minister, herr, frau, kanzler, präsident, bürgermeister, founder, cofounder, co-founder, director, secretary, author, \
        chairman, chairwoman, governor, congressman, congresswoman, sen, rep, sir, researcher, engineer, scientist, journalist, \
        economist, philosopher, physicist, editor, analyst, spokesperson, spokesman, spokeswoman, actor, actress, director";
    GENERIC = "ai, api, apis, gpu, gpus, cpu, cpus, tpu, npu, llm, llms, slm, vlm, ml, nlp, vr, ar, xr, ssd, ram, vram, hbm, usb, vpn, \
        wifi, tv, pc, ceo, cto, cfo, coo, id, faq, tldr, tl;dr, diy, os, ui, ux, ip, url, pr, hr, vc, qa, ok, lol, lmao, wtf, omg, imo, \
        imho, afaik, btw, fyi, iirc, ps, re, rt, dm, pdf, iot, rpg, fps, edit, update, ki, gb, mb, tb, kb, asap, roi, kpi, saas, b2b, \
        phd, mba, am, pm, est, pst, utc, gmt, usd, eur, smh, tbh, nsfw, eli5, psa, pov, aka, eta, tba, rip, wip, poc, mvp, sdk, gui, cli, ide, \
        io, cc, ad, vs, vol, no, chapter, part, section, step, version, figure, table, thread, link, source, question, help, hi, hey, hello, thanks, sorry, wow, yes, yeah, lmao, god, january, february, march, april, june, july, august, \
        september, october, november, december, jan, feb, mar, apr, jun, jul, aug, sep, sept, oct, nov, dec, mon, tue, wed, thu, fri, sat, sun, monday, tuesday, wednesday, thursday, \
        friday, saturday, sunday, januar, februar, märz, juni, juli, oktober, dezember, montag, dienstag, mittwoch, donnerstag, freitag, \
        samstag, sonntag";
    DEMONYMS = "american, european, african, asian, australian, british, canadian, chinese, danish, dutch, english, finnish, french, german, \
        greek, indian, iranian, irish, israeli, italian, japanese, korean, mexican, norwegian, polish, portuguese, russian, scottish, \
        spanish, swedish, swiss, taiwanese, turkish, ukrainian, vietnamese, arab, brazilian, jewish, christian, muslim, western, americans, \
        europeans, arabic, hindi, deutsch, deutsche, deutschen, deutscher, französisch, englisch, amerikanische";
    ACTS = "said, says, announced, announces, released, releases, launched, launches, acquired, acquires, sued, sues, hired, hires, \
        unveils, unveiled, plans, raises, raised, introduces, introduced, reveals, revealed, reports, reported, confirms, confirmed, \
        denies, denied, warns, warned, bans, banned, buys, bought, admits, wants";
}

macro_rules! asks {
    ($($(#[$meta:meta])* $name:ident: $list:ident;)*) => { $($(#[$meta])* pub(super) fn $name(word: u64) -> bool { $list.contains(&word) })* };
}
asks! {
    /// First names of people.
    is_given_name: GIVEN_NAMES;
    /// A name that is a public body by itself.
    is_government: GOVERNMENT_ALONE;
    /// The last word of a public body's name.
    ends_government: GOVERNMENT_LAST;
    /// The last word of a law's name.
    ends_legislation: LEGISLATION_LAST;
    /// The last word of a firm's, paper's or club's name.
    ends_organization: ORGANIZATION_LAST;
    /// The last word of an event's or idea's name.
    ends_event: EVENT_LAST;
    /// The head of `… of …` in names of public bodies.
    heads_government: GOVERNMENT_OF;
    /// The head of `… of …` in names of organizations.
    heads_organization: ORGANIZATION_OF;
    /// A role or an address before a person's name.
    is_title: TITLES;
    /// Abbreviations and words that name kinds of things.
    is_generic: GENERIC;
    /// Adjectives of nations.
    is_demonym: DEMONYMS;
    /// What those do who are in the news.
    is_act: ACTS;
}

/// A country, region or short name of one; abbreviations only as written.
pub(super) fn is_state(surface: &str) -> bool {
    let short = surface.len() <= 3;
    STATES.contains(&hash(surface)) || (!short && STATES.contains(&hash_folded(surface)))
}

/// An abbreviation of a country or public body, which no text may rename.
pub(super) fn is_known_short(norm: &str) -> bool {
    is_government(hash(norm)) || STATES.contains(&hash(&norm.to_uppercase()))
}

/// The head of `… of …` in a name.
pub(super) fn heads_public_name(word: u64) -> bool {
    heads_government(word) || heads_organization(word)
}

/// A word that ends the name of a law or a public body.
pub(super) fn ends_public_name(word: u64) -> bool {
    ends_government(word) || ends_legislation(word)
}

/// Function words of the languages with a list.
pub(super) fn is_function_word(word: u64) -> bool {
    [Lang::EN, Lang::DE].into_iter().any(|lang| is_stop(lang, word))
}
