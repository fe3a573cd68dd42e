//! The page around the charts.

use askama::Template;

use super::chart::{self, Chart};
use super::{Report, Track};
use crate::answer::words::{self, counted, moment, number};

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    from: String,
    to: String,
    every: &'a str,
    newsdesk: &'a str,
    ticks: usize,
    topics: Vec<TopicView<'a>>,
    settings: &'a [(String, String)],
}

struct TopicView<'a> {
    slug: &'a str,
    name: &'a str,
    /// One sentence for who cannot see the chart.
    summary: String,
    posts: String,
    kept: usize,
    stories: usize,
    versions: usize,
    chart: Chart,
    told: Vec<Told>,
    rows: Vec<Row>,
}

struct Told {
    at: String,
    code: String,
    version: u32,
    headline: String,
}

struct Row {
    at: String,
    raw: String,
    effective: String,
    usual: String,
    bar: String,
    signals: String,
    discounts: String,
    stories: String,
    lead: String,
}

/// The report as one self-contained HTML page.
///
/// # Panics
///
/// Never: only writing to a `String` could fail.
pub fn render(report: &Report) -> String {
    let page = Page {
        from: moment(report.from),
        to: moment(report.to),
        every: &report.every,
        newsdesk: &report.newsdesk,
        ticks: report.topics.iter().map(|topic| topic.points.len()).max().unwrap_or_default(),
        topics: report.topics.iter().map(|topic| view(topic, report)).collect(),
        settings: &report.settings,
    };
    page.render().expect("writing to a String cannot fail")
}

fn view<'a>(track: &'a Track, report: &Report) -> TopicView<'a> {
    let kept = track.points.iter().flat_map(|p| &p.signals).filter(|s| s.kept).count();
    let flags = || track.points.iter().flat_map(|p| &p.stories);
    let (versions, stories) = (flags().count(), flags().filter(|story| story.version == 1).count());
    let most = track.points.iter().max_by(|a, b| a.effective.total_cmp(&b.effective).then(b.at.cmp(&a.at)));
    let posts = track.points.iter().map(|p| p.raw).fold(0.0, f64::max);
    let summary = match most {
        None => "No tick looked at it.".to_owned(),
        Some(most) => format!(
            "At most {} counted in a window, on {}, where {} are usual. {}, {}.",
            number(most.effective),
            moment(most.at),
            number(most.usual),
            match kept {
                0 => "No signal was kept".to_owned(),
                n => counted(n as u64, "signal was kept", "signals were kept"),
            },
            match (stories, versions - stories) {
                (0, 0) => "no story was written".to_owned(),
                (n, 0) => counted(n as u64, "story was written", "stories were written"),
                (n, updates) => format!(
                    "{} with {}",
                    counted(n as u64, "story was written", "stories were written"),
                    counted(updates as u64, "update", "updates")
                ),
            }
        ),
    };
    TopicView {
        slug: &track.slug,
        name: &track.name,
        summary,
        posts: number(posts),
        kept,
        stories,
        versions,
        chart: chart::chart(track, report.from, report.to),
        told: track
            .points
            .iter()
            .flat_map(|p| p.stories.iter().map(move |story| (p.at, story)))
            .map(|(at, story)| Told {
                at: moment(at),
                code: story.code.clone(),
                version: story.version,
                headline: story.headline.clone(),
            })
            .collect(),
        rows: track.points.iter().map(row).collect(),
    }
}

fn row(point: &super::Point) -> Row {
    let list = |items: Vec<String>| items.join(", ");
    Row {
        at: point.at.format("%Y-%m-%d %H:%M").to_string(),
        raw: number(point.raw),
        effective: number(point.effective),
        usual: format!("{} ± {}", number(point.usual), number(point.spread)),
        bar: point.bar.map_or_else(|| "too little history".to_owned(), number),
        signals: list(
            point
                .signals
                .iter()
                .filter(|s| s.kept)
                .map(|s| words::signal_kind(s.kind).to_lowercase())
                .collect(),
        ),
        discounts: list(
            point
                .discounts
                .iter()
                .filter(|d| d.amount > 0.0)
                .map(|d| format!("{} −{}", words::discount(d.kind), number(d.amount)))
                .collect(),
        ),
        stories: list(point.stories.iter().map(|s| format!("{} v{}", s.code, s.version)).collect()),
        lead: point.lead.as_ref().map_or_else(String::new, |lead| {
            format!("number {}: {} ({})", lead.rank, lead.title, lead.decision)
        }),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Duration, Utc};

    use super::*;
    use crate::model::{DiscountKind, Severity, SignalKind};
    use crate::report::{Best, Flag, Mark, Point, Taken};

    /// What somebody might call a post to break out of the page.
    const HOSTILE: &str = "</title></svg><script>alert(1)</script>\"' onload=x &lt; {{ name }}";

    fn point(n: i64, hostile: &str) -> Point {
        let at: DateTime<Utc> = "2031-03-03T00:00:00Z".parse().unwrap();
        Point {
            at: at + Duration::hours(6 * n),
            hours: 24,
            raw: 30.0,
            effective: if n == 6 { 22.0 } else { 6.0 },
            usual: 5.0,
            spread: 2.0,
            bar: (n > 1).then_some(10.0),
            words: format!("30 posts {hostile}"),
            discounts: vec![Taken { kind: DiscountKind::CopyPaste, amount: 20.0, why: hostile.to_owned() }],
            signals: vec![Mark {
                kind: SignalKind::VolumeAnomaly,
                kept: n == 6,
                severity: Severity::Medium,
                p_value: 0.001,
                effect: 4.0,
                words: hostile.to_owned(),
            }],
            stories: if n == 6 {
                vec![Flag { code: "abcdefg".to_owned(), version: 1, headline: hostile.to_owned() }]
            } else {
                Vec::new()
            },
            lead: Some(Best { rank: 3, title: hostile.to_owned(), decision: "Too weak.".to_owned() }),
        }
    }

    fn report(hostile: &str) -> Report {
        let points: Vec<Point> = (1..=8).map(|n| point(n, hostile)).collect();
        Report {
            from: "2031-03-03T00:00:00Z".parse().unwrap(),
            to: "2031-03-05T00:00:00Z".parse().unwrap(),
            every: "6h".to_owned(),
            newsdesk: "1".to_owned(),
            topics: vec![Track { slug: "ferries".to_owned(), name: hostile.to_owned(), points }],
            settings: vec![("signal.min_effect".to_owned(), hostile.to_owned())],
        }
    }

    #[test]
    fn words_from_outside_cannot_leave_their_place() {
        let html = render(&report(HOSTILE));
        assert!(
            html.contains("&lt;script&gt;") || html.contains("&#60;script&#62;"),
            "escaped, not left out"
        );
        for broken in ["<script", "</title></svg>", "onload=x &lt;\"", "alert(1)</script>"] {
            assert!(!html.contains(broken), "{broken}");
        }
        // Nothing that runs and nothing from elsewhere, whatever the words are.
        assert!(!html.contains("javascript:") && !html.contains("<link") && !html.contains("src="));
    }

    #[test]
    fn the_page_is_well_formed_and_has_every_mark() {
        let html = render(&report("plain words"));
        let svg =
            html.split("<svg class=\"chart\"").nth(1).and_then(|rest| rest.split("</svg>").next()).unwrap();
        let xml = format!("<svg xmlns=\"http://www.w3.org/2000/svg\"{svg}</svg>");
        let tree = resvg::usvg::Tree::from_str(&xml, &resvg::usvg::Options::default());
        assert!(tree.is_ok(), "{:?}\n{xml}", tree.err());
        assert_eq!(svg.matches("class=\"kept\"").count(), 1);
        assert_eq!(svg.matches("class=\"dropped\"").count(), 7);
        assert_eq!(svg.matches("class=\"taken\"").count(), 8);
        assert_eq!(svg.matches("class=\"flag new\"").count(), 2, "a pole and a name");
        assert_eq!(svg.matches("class=\"over\"").count(), 1, "one window is over its bar");
        assert_eq!(html.matches("<tr>").count(), 2 + 1 + 8 + 1, "tables: topics, figures, settings");
        assert_eq!(render(&report("plain words")), html, "the same figures, the same bytes");
    }

    #[test]
    fn a_topic_without_a_tick_is_drawn_too() {
        let mut empty = report("x");
        empty.topics[0].points.clear();
        assert!(render(&empty).contains("No tick looked at it."));
    }
}
