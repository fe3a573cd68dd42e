//! One invented topic: its usual talk, what disturbs it, and the events planted into it.

use newsdesk::model::{
    AuthorKey, ClusterId, CopyGroup, Lang, RecordId, Register, Signs, SourceClass, TopicSlug,
};
use newsdesk::signal::observation::{Anchor, Observation};

use crate::dice::Dice;
use crate::truth::{NAMED, NEW_NAME, TOGETHER, Truth};
use crate::world::{DAY, HISTORY_DAYS, Nuisance, PLATFORMS, Reading, Span, by_sight, rhythm, time};

/// How usual talk varies beyond its rhythm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Noise {
    /// Everybody speaks alone.
    Poisson,
    /// Busy and quiet days, busy and quiet hours (gamma rates, so negative binomial counts).
    Mixed,
    /// Authors write several records at a sitting.
    Sittings,
    /// Records draw answers by others.
    Answers,
}

impl Noise {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Poisson => "Poisson",
            Self::Mixed => "negative binomial",
            Self::Sittings => "sittings",
            Self::Answers => "answers",
        }
    }
}

/// An event as it was planted.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) start: f64,
    /// All records of the first part (those of the event and the usual ones) over what is usual then.
    pub(crate) times: f64,
    /// Authors of the event's records in the first part.
    pub(crate) authors: usize,
    /// What is usual in it.
    pub(crate) usual: f64,
    /// Share of its records that are in a cluster of their own.
    pub(crate) together: f64,
    /// How likely the best possible test of counts finds it.
    pub(crate) oracle: f64,
    pub(crate) records: Vec<RecordId>,
}

/// A topic with everything that will ever be seen of it.
#[derive(Debug)]
pub(crate) struct Topic {
    pub(crate) slug: TopicSlug,
    /// In order of sight.
    pub(crate) records: Vec<Observation>,
    pub(crate) events: Vec<Event>,
    pub(crate) nuisances: Vec<(Nuisance, Span)>,
    pub(crate) per_day: f64,
    pub(crate) noise: Noise,
    /// It is judged from here on.
    pub(crate) from: f64,
}

/// What is known of a record before the desk has read it.
struct Said {
    at: f64,
    author: String,
    platform: usize,
    venue: String,
    cluster: Option<ClusterId>,
    copy_of: Option<CopyGroup>,
    shape: Option<String>,
    name: Option<String>,
    circular: bool,
    /// Seen so long after it was published, whatever the sources did.
    late: Option<f64>,
}

/// The first part of an event, in minutes, by which its size is told: what a desk that looks every half hour has seen for
/// certain after two hours.
const FIRST: f64 = 90.0;

struct Maker<'a> {
    dice: Dice,
    slug: TopicSlug,
    seed: u64,
    id: u64,
    readings: &'a [Reading],
    end: f64,
    per_day: f64,
    peak: f64,
    depth: f64,
    week: [f64; 7],
    growth: f64,
    mix: Vec<f64>,
    venues: Vec<Vec<(String, f64)>>,
    regulars: Vec<f64>,
    regular_share: f64,
    mood: f64,
    registers: Vec<f64>,
    /// Times and clusters of what was said last.
    lately: Vec<(f64, ClusterId)>,
    records: Vec<Observation>,
    said: usize,
    born: f64,
    truth: Truth,
}

/// Invents a topic.
pub(crate) fn invent(seed: u64, id: u64, readings: &[Reading], end: f64) -> Topic {
    let mut dice = Dice::new(seed, id);
    let live = HISTORY_DAYS as f64 * DAY;
    let per_day = dice.log_between(2.0, 400.0);
    let weekend = dice.between(0.4, 1.4);
    let mut week = [1.0, 1.0, 1.0, 1.0, 1.0, weekend, weekend];
    if let Some(busy) = week.get_mut(dice.below(5)) {
        *busy = dice.between(1.0, 1.4);
    }
    let mut mix: Vec<f64> = PLATFORMS.iter().map(|_| dice.between(0.0, 1.0).powi(2)).collect();
    if let Some(papers) = mix.last_mut() {
        *papers *= 0.2;
    }
    let venues = PLATFORMS
        .iter()
        .enumerate()
        .map(|(p, (platform, class, _))| {
            let n = match class {
                SourceClass::Forum if p == 0 => dice.whole(1, 4),
                SourceClass::Publication => dice.whole(3, 8),
                _ => return vec![(platform.display_name().to_owned(), 1.0)],
            };
            (0..n).map(|v| (format!("place-{id}-{p}-{v}"), dice.between(0.1, 1.0))).collect()
        })
        .collect();
    let noise = [Noise::Poisson, Noise::Mixed, Noise::Sittings, Noise::Answers][dice.below(4)];
    let born = if dice.chance(0.1) { dice.between(live - 8.0 * DAY, live + 15.0 * DAY) } else { 0.0 };
    let growth = if dice.chance(0.3) { dice.log_between(0.5, 2.0) } else { 1.0 };
    let regulars = (1..=(per_day * 1.5).max(5.0) as usize).map(|rank| 1.0 / rank as f64).collect();
    let registers = (0..10).map(|_| dice.between(0.0, 1.0).powi(3)).chain([2.0]).collect();
    let slug: TopicSlug = format!("topic-{id}").parse().expect("letters, digits and hyphens are a slug");
    let (peak, depth) = (dice.unit(), dice.between(0.3, 0.8));
    let (regular_share, mood) = (dice.between(0.3, 0.7), dice.between(-0.2, 0.3));
    let mut maker = Maker {
        dice,
        slug,
        seed,
        id,
        readings,
        end,
        per_day,
        peak,
        depth,
        week,
        growth,
        mix,
        venues,
        regulars,
        regular_share,
        mood,
        registers,
        lately: Vec::new(),
        records: Vec::new(),
        said: 0,
        born,
        truth: Truth { counted: 1.0, crowding: 1.0, dispersion: 0.0 },
    };
    maker.usual(noise);
    let mut nuisances = Vec::new();
    maker.disturb(&mut nuisances);
    let from = live.max(born);
    let events = maker.plant(from);
    if born > 0.0 {
        nuisances.push((Nuisance::ThinHistory, Span { from: born, to: born + 8.0 * DAY }));
    }
    for (reading, share) in readings.iter().zip(&maker.mix) {
        if *share > 0.05 {
            let spans =
                reading.outages().map(|s| (Nuisance::Outage, Span { from: s.from, to: s.to + 2.0 * DAY }));
            nuisances.extend(spans);
            if reading.connected > 0.0 {
                let span = Span { from: reading.connected, to: reading.connected + 8.0 * DAY };
                nuisances.push((Nuisance::NewPlatform, span));
            }
        }
    }
    let mut records = maker.records;
    by_sight(&mut records);
    Topic { slug: maker.slug, records, events, nuisances, per_day, noise, from }
}

impl Maker<'_> {
    /// Expected records a minute, over all platforms as they are read.
    fn rate(&self, at: f64) -> f64 {
        if at < self.born {
            return 0.0;
        }
        let weekday = self.week[(at / DAY) as usize % 7];
        let grown = self.growth.powf(at / self.end);
        let shares: f64 = self.mix.iter().sum();
        let read: f64 =
            self.mix.iter().zip(self.readings).map(|(m, r)| m / shares * r.coverage(at, self.end)).sum();
        self.per_day / DAY * rhythm(at, self.peak, self.depth) * weekday * grown * read
    }

    fn expected(&self, span: Span) -> f64 {
        let steps = ((span.to - span.from) / 10.0).ceil();
        let step = (span.to - span.from) / steps;
        (0..steps as usize).map(|i| self.rate(span.from + (i as f64 + 0.5) * step) * step).sum()
    }

    fn platform(&mut self, at: f64) -> usize {
        let weights: Vec<f64> =
            self.mix.iter().zip(self.readings).map(|(m, r)| m * r.coverage(at, self.end)).collect();
        self.dice.weighted(&weights)
    }

    fn venue(&mut self, platform: usize) -> String {
        let weights: Vec<f64> = self.venues[platform].iter().map(|(_, w)| *w).collect();
        self.venues[platform][self.dice.weighted(&weights)].0.clone()
    }

    /// What share of the topic a place usually brings.
    fn usual_share(&self, platform: usize, venue: usize) -> f64 {
        let there = &self.venues[platform];
        let (all, here): (f64, f64) = (there.iter().map(|(_, w)| w).sum(), there[venue].1);
        self.mix[platform] / self.mix.iter().sum::<f64>() * here / all
    }

    fn somebody(&mut self) -> String {
        if self.dice.chance(self.regular_share) {
            format!("regular-{}", self.dice.weighted(&self.regulars))
        } else {
            self.newcomer()
        }
    }

    fn newcomer(&mut self) -> String {
        self.said += 1;
        format!("new-{}", self.said)
    }

    /// Something plain at a time, by an author.
    fn plain(&mut self, at: f64, author: String) -> Said {
        let platform = self.platform(at);
        let venue = self.venue(platform);
        Said {
            at,
            author,
            platform,
            venue,
            cluster: None,
            copy_of: None,
            shape: None,
            name: None,
            circular: false,
            late: None,
        }
    }

    fn cluster_name(&mut self, what: &str) -> ClusterId {
        self.said += 1;
        ClusterId::derive(&RecordId::derive(&PLATFORMS[0].0, &format!("{what}-{}-{}", self.id, self.said)))
    }

    /// The desk reads it, or does not.
    fn say(&mut self, said: Said) -> Option<RecordId> {
        if said.at >= self.end || said.at < self.born {
            return None;
        }
        let (platform, class, _) = &PLATFORMS[said.platform];
        let seen = match said.late {
            Some(late) => said.at + late,
            None => self.readings[said.platform].seen(said.at, false)?,
        };
        self.said += 1;
        let native = format!("{}-{}-{}", self.seed, self.id, self.said);
        let id = RecordId::derive(platform, &native);
        self.lately.retain(|(at, _)| *at > said.at - DAY);
        let cluster = match said.cluster {
            Some(cluster) => cluster,
            None if !self.lately.is_empty() && self.dice.chance(0.3) => {
                let pick = self.dice.below(self.lately.len());
                self.lately[pick].1.clone()
            }
            None => ClusterId::derive(&id),
        };
        self.lately.push((said.at, cluster.clone()));
        if self.lately.len() > 30 {
            self.lately.remove(0);
        }
        let names: Vec<f64> = (1..=60).map(|rank| 1.0 / f64::from(rank)).collect();
        let mut anchors: Vec<String> = (0..self.dice.below(3))
            .map(|_| format!("name{}x{}", self.id, self.dice.weighted(&names)))
            .collect();
        if said.name.is_none() && self.dice.chance(NEW_NAME) {
            anchors.push(format!("thing{}", cluster.as_str().chars().take(12).collect::<String>()));
        }
        anchors.extend(said.name);
        anchors.sort();
        anchors.dedup();
        // Names that all topics of a desk use, now and then; and wordings, a few common ones and many rare.
        if self.dice.chance(0.1) {
            anchors.push(format!("everywhere{}", self.dice.weighted(&names)));
        }
        let pairs: Vec<String> = (0..self.dice.below(4))
            .map(|_| format!("words{} {}", self.id, self.dice.weighted(&names)))
            .collect();
        let (published_at, seen_at) = (time(said.at), time(seen));
        let register = Register::ALL[self.dice.weighted(&self.registers) % Register::ALL.len()];
        let scored = self.dice.chance(0.6);
        let sentiment = if scored { (self.mood + 0.35 * self.dice.normal()).clamp(-1.0, 1.0) } else { 0.0 };
        self.records.push(Observation {
            topics: vec![self.slug.clone()],
            dedicated: Vec::new(),
            platform: platform.clone(),
            class: *class,
            venue: said.venue,
            author_key: AuthorKey::derive(platform, &format!("{}-{}", self.id, said.author)),
            handle: None,
            published_at,
            seen_at,
            backfill: seen - said.at > 360.0,
            gathered: false,
            gone: false,
            copy_group: said.copy_of.unwrap_or_else(|| CopyGroup::of(&id)),
            cluster: Some(cluster),
            sentiment: Some(sentiment),
            lang: Lang::EN,
            register,
            quarantined: false,
            circular: said.circular,
            signs: Signs { shape: said.shape.unwrap_or_else(|| native.clone()), ..Signs::default() },
            anchors: anchors
                .into_iter()
                .map(|name| Anchor { name: name.as_str().into(), in_headline: true, opening: None })
                .collect(),
            pairs: pairs.join("\n").into_boxed_str(),
            written: Box::default(),
            words: Vec::new(),
            bigrams: Vec::new(),
            casing: Vec::new(),
            keys: None,
            row: None,
            id: id.clone(),
        });
        Some(id)
    }

    /// The usual talk from the start to the end.
    fn usual(&mut self, noise: Noise) {
        let per_sitting = self.dice.between(2.0, 4.0);
        let answers = self.dice.between(0.1, 0.3);
        let (by_day, by_hours) = (self.dice.between(0.01, 0.06), self.dice.between(0.05, 0.15));
        self.truth = match noise {
            Noise::Poisson => Truth { counted: 1.0, crowding: 1.0, dispersion: 0.0 },
            Noise::Mixed => Truth { counted: 1.0, crowding: 1.0, dispersion: by_day + by_hours },
            Noise::Sittings => {
                // One record of those who write once, two of all others.
                let once = 1.0 / per_sitting;
                let (mean, squares) = (2.0 - once, 4.0 - 3.0 * once);
                Truth { counted: mean / per_sitting, crowding: squares / mean, dispersion: 0.0 }
            }
            Noise::Answers => Truth { counted: 1.0, crowding: (1.0 - answers).powi(-2), dispersion: 0.0 },
        };
        let (mut day, mut hours) = (1.0, 1.0);
        let mut step = 0.0;
        let mut all = Vec::new();
        while step < self.end {
            if step % DAY == 0.0 {
                day = if noise == Noise::Mixed { self.dice.gamma(by_day) } else { 1.0 };
            }
            if step % 180.0 == 0.0 {
                hours = if noise == Noise::Mixed { self.dice.gamma(by_hours) } else { 1.0 };
            }
            let mean = self.rate(step + 5.0) * 10.0 * day * hours;
            let starts = match noise {
                Noise::Poisson | Noise::Mixed => self.dice.poisson(mean),
                Noise::Sittings => self.dice.poisson(mean / per_sitting),
                Noise::Answers => self.dice.poisson(mean * (1.0 - answers)),
            };
            for _ in 0..starts {
                let at = step + self.dice.between(0.0, 10.0);
                let author = self.somebody();
                let first = self.plain(at, author);
                let (platform, venue, author) = (first.platform, first.venue.clone(), first.author.clone());
                all.push(first);
                match noise {
                    Noise::Poisson | Noise::Mixed => {}
                    Noise::Sittings => {
                        let mut at = at;
                        for _ in 1..self.dice.geometric(per_sitting) {
                            at += self.dice.exponential(8.0);
                            let more = self.plain(at, author.clone());
                            all.push(Said { platform, venue: venue.clone(), ..more });
                        }
                    }
                    Noise::Answers => {
                        let mut waiting = vec![at];
                        while let Some(at) = waiting.pop() {
                            for _ in 0..self.dice.poisson(answers) {
                                let at = at + self.dice.exponential(40.0);
                                let author = self.somebody();
                                let more = self.plain(at, author);
                                all.push(Said { platform, venue: venue.clone(), ..more });
                                waiting.push(at);
                            }
                        }
                    }
                }
            }
            step += 10.0;
        }
        all.sort_by(|a, b| a.at.total_cmp(&b.at).then_with(|| a.author.cmp(&b.author)));
        for said in all {
            self.say(said);
        }
    }

    /// Times at which something happens, so many in 30 days on average.
    fn times(&mut self, a_month: f64) -> Vec<f64> {
        let mean = 30.0 * DAY / a_month;
        let mut at = self.dice.exponential(mean);
        let mut times = Vec::new();
        while at < self.end {
            times.push(at);
            at += self.dice.exponential(mean);
        }
        times
    }

    /// A number of records that stands out in this topic.
    fn loudness(&mut self, least: f64, share: (f64, f64)) -> usize {
        let share = self.dice.between(share.0, share.1);
        (least + share * self.per_day).min(200.0) as usize
    }

    /// Everything that is no event.
    fn disturb(&mut self, log: &mut Vec<(Nuisance, Span)>) {
        for (kind, a_month) in [
            (Nuisance::Copies, 1.0),
            (Nuisance::Syndicated, 0.7),
            (Nuisance::Loud, 1.5),
            (Nuisance::Circular, 1.5),
            (Nuisance::Backfill, 1.0),
            (Nuisance::OnePlace, 0.7),
        ] {
            for at in self.times(a_month) {
                if let Some(span) = self.nuisance(kind, at) {
                    log.push((kind, span));
                }
            }
        }
        if self.dice.chance(0.35) {
            self.weekly_thread(log);
        }
        for bot in 0..self.dice.below(3) {
            let minute = self.dice.between(0.0, DAY);
            for day in 0..(self.end / DAY) as i64 {
                let at = day as f64 * DAY + minute + self.dice.between(0.0, 20.0);
                let said = self.plain(at, format!("bot-{bot}"));
                self.say(Said { shape: Some(format!("daily figures of bot {bot} for ##")), ..said });
            }
        }
    }

    /// One disturbance that begins at a time; how long it lasted.
    fn nuisance(&mut self, kind: Nuisance, at: f64) -> Option<Span> {
        let mut length = self.dice.between(60.0, 360.0);
        let span = Span { from: at, to: at + length };
        let cluster = self.cluster_name("nuisance");
        let mut changed = Said { cluster: Some(cluster), ..self.plain(at, String::new()) };
        let (n, accounts) = match kind {
            Nuisance::Copies => (self.loudness(10.0, (0.2, 1.5)), self.dice.whole(1, 3)),
            Nuisance::Syndicated => (0, self.dice.whole(8, 30)),
            Nuisance::Loud => (self.loudness(8.0, (0.1, 0.6)), 1),
            Nuisance::Circular => (0, self.dice.whole(6, 25)),
            Nuisance::Backfill => (self.loudness(20.0, (0.5, 3.0)), usize::MAX),
            Nuisance::OnePlace => {
                // A place that usually brings less than half of the topic.
                let venues: Vec<(usize, usize)> = self
                    .venues
                    .iter()
                    .enumerate()
                    .filter(|(p, v)| PLATFORMS[*p].1 == SourceClass::Forum && v.len() > 1)
                    .flat_map(|(p, v)| (0..v.len()).map(move |i| (p, i)))
                    .filter(|(p, i)| self.usual_share(*p, *i) < 0.5)
                    .collect();
                let (platform, venue) = *venues.get(self.dice.below(venues.len().max(1)))?;
                (changed.platform, changed.venue) = (platform, self.venues[platform][venue].0.clone());
                // In an hour, so that a small topic hears little else; a large one hardly notices.
                length = self.dice.between(40.0, 90.0);
                let usual = self.expected(Span { from: at, to: at + length });
                ((usual * self.dice.between(1.0, 2.0)) as usize + self.dice.whole(6, 10), usize::MAX)
            }
            Nuisance::Recurring | Nuisance::Outage | Nuisance::NewPlatform | Nuisance::ThinHistory => {
                return None;
            }
        };
        let n = if n == 0 { accounts } else { n };
        let text = CopyGroup::of(&RecordId::derive(&PLATFORMS[0].0, &format!("text-{}-{at}", self.id)));
        let name = format!("campaign{}x{at:.0}", self.id);
        for i in 0..n {
            let when = at + length * self.dice.unit();
            let author = if accounts == usize::MAX {
                self.newcomer()
            } else {
                format!("{}-{at:.0}-{}", kind.name(), i % accounts)
            };
            let plain = self.plain(when, author);
            let (platform, venue, cluster) =
                (changed.platform, changed.venue.clone(), changed.cluster.clone());
            let said = match kind {
                Nuisance::Copies | Nuisance::Syndicated => {
                    Said { copy_of: Some(text.clone()), cluster, name: Some(name.clone()), ..plain }
                }
                Nuisance::Circular => Said { circular: true, cluster, name: Some(name.clone()), ..plain },
                Nuisance::OnePlace if i % 2 == 0 => Said { platform, venue, cluster, ..plain },
                Nuisance::Loud | Nuisance::OnePlace => Said { platform, venue, ..plain },
                Nuisance::Backfill => {
                    // A source that was found late: what it said over two days, all seen at once.
                    let age = self.dice.between(370.0, 2.0 * DAY);
                    Said { at: at - age, late: Some(age), ..plain }
                }
                Nuisance::Recurring | Nuisance::Outage | Nuisance::NewPlatform | Nuisance::ThinHistory => {
                    plain
                }
            };
            self.say(said);
        }
        Some(span)
    }

    /// A thread that opens once or twice a week at the same hour, with many posts below its title.
    fn weekly_thread(&mut self, log: &mut Vec<(Nuisance, Span)>) {
        let first = self.dice.below(7);
        let days = if self.dice.chance(0.4) { vec![first, (first + 3) % 7] } else { vec![first] };
        let minute = self.dice.between(0.0, DAY);
        let posts = self.loudness(10.0, (0.1, 0.5)) as f64;
        let platform = self.dice.below(3);
        let venue = self.venue(platform);
        for day in (0..(self.end / DAY) as usize).filter(|day| days.contains(&(day % 7))) {
            let at = day as f64 * DAY + minute;
            let cluster = self.cluster_name("thread");
            log.push((Nuisance::Recurring, Span { from: at, to: at + 300.0 }));
            for _ in 0..self.dice.poisson(posts) {
                let when = at + self.dice.exponential(90.0);
                let author = self.somebody();
                let said = self.plain(when, author);
                let shape = Some("what are you all up to this week, number ##".to_owned());
                let venue = venue.clone();
                self.say(Said { platform, venue, shape, cluster: Some(cluster.clone()), ..said });
            }
        }
    }

    /// Events, at least five days apart, in six topics of ten.
    fn plant(&mut self, from: f64) -> Vec<Event> {
        let mut events = Vec::new();
        if !self.dice.chance(0.6) {
            return events;
        }
        let mut at = from.max(self.born + 9.0 * DAY) + self.dice.exponential(5.0 * DAY);
        while at < self.end - DAY {
            if let Some(event) = self.event(at) {
                events.push(event);
            }
            at += 5.0 * DAY + self.dice.exponential(5.0 * DAY);
        }
        events
    }

    fn event(&mut self, start: f64) -> Option<Event> {
        let first = Span { from: start, to: start + FIRST };
        // In hours in which a platform of the topic was not read, nobody can be asked to find anything.
        let unread = self.mix.iter().zip(self.readings).any(|(share, reading)| {
            *share > 0.05
                && reading.outages().any(|o| o.overlaps(Span { from: start - 60.0, to: start + 180.0 }))
        });
        let times = [2.0, 3.0, 4.0, 4.0, 6.0, 10.0][self.dice.below(6)];
        let mut authors = [3, 5, 8, 8, 12, 20, 50][self.dice.below(7)];
        let usual = self.expected(first);
        let more = (((times - 1.0) * usual).round() as usize).max(authors);
        if authors >= 8 {
            // Two records an author at most.
            authors = authors.max(more.div_ceil(2));
        }
        let (ramp, tail) = (self.dice.log_between(5.0, 60.0), self.dice.between(60.0, 360.0));
        let (together, named) = (TOGETHER[self.dice.below(10)], NAMED[self.dice.below(10)]);
        let cluster = self.cluster_name("event");
        let name = format!("event{}x{start:.0}", self.id);
        if unread {
            return None;
        }
        let mut records = Vec::new();
        let mut in_time = Vec::new();
        let after = (more as f64 * tail / (2.0 * FIRST)) as usize;
        for i in 0..more + after {
            let when = if i < more {
                // A rate that climbs evenly over the ramp and stays: the inverse of its integral.
                let whole = FIRST - ramp / 2.0;
                let share = self.dice.unit() * whole;
                if share < ramp / 2.0 { (2.0 * share * ramp).sqrt() } else { share + ramp / 2.0 }
            } else {
                FIRST + self.dice.exponential(tail / 2.0)
            };
            let plain = self.plain(start + when, format!("event-{start:.0}-{}", i % authors));
            let said = Said {
                cluster: self.dice.chance(together).then(|| cluster.clone()),
                name: self.dice.chance(named).then(|| name.clone()),
                ..plain
            };
            if let Some(id) = self.say(said) {
                records.push(id);
                in_time.push(i < more);
            }
        }
        let brought = in_time.iter().filter(|yes| **yes).count();
        Some(Event {
            start,
            times: (usual + brought as f64) / usual,
            authors: authors.min(brought),
            usual,
            together,
            oracle: self.truth.power(usual, brought as f64),
            records,
        })
    }
}
