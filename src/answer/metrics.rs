//! How the desk is doing, for a monitor: the text format of Prometheus.

use chrono::{DateTime, Utc};

use super::StatusAnswer;

/// The metrics of a status, one family after the other. Times are seconds since 1970, absent where there is none.
pub fn metrics(status: &StatusAnswer) -> String {
    let mut out = Text::default();
    out.one(
        "newsdesk_info",
        "Version and database.",
        &[("version", &status.version), ("database", &status.database)],
        1.0,
    );
    out.one("newsdesk_topics", "Topics followed.", &[], count(status.topics as u64));
    out.one("newsdesk_records", "Records stored, those that are gone aside.", &[], count(status.records));
    out.one("newsdesk_records_pending", "Records waiting for analysis.", &[], count(status.pending));
    out.one("newsdesk_records_quarantined", "Records set aside.", &[], count(status.quarantined));
    out.one("newsdesk_records_gone", "Records deleted where they stood.", &[], count(status.gone));
    out.one("newsdesk_stories", "Stories.", &[], count(status.stories));
    out.one("newsdesk_story_versions", "Versions of stories.", &[], count(status.versions));
    out.family("newsdesk_deliveries", "Deliveries by state.");
    for (state, n) in &status.deliveries {
        out.line("newsdesk_deliveries", &[("state", state)], count(*n));
    }
    if let Some(model) = &status.model {
        let dollars = |micros: u64| micros as f64 / 1e6;
        out.one(
            "newsdesk_model_calls_today",
            "Calls of the language model today.",
            &[],
            count(model.calls_today),
        );
        out.one("newsdesk_model_tokens_today", "Its tokens today.", &[], count(model.tokens_today));
        out.one("newsdesk_model_dollars_today", "What it cost today.", &[], dollars(model.microusd_today));
        out.one(
            "newsdesk_model_dollars_month",
            "What it cost this month.",
            &[],
            dollars(model.microusd_month),
        );
    }
    sources(&mut out, status);
    out.0.concat()
}

fn sources(out: &mut Text, status: &StatusAnswer) {
    let mut family = |name: &str, help: &str, of: &dyn Fn(&super::SourceLineStatus) -> Option<f64>| {
        out.family(name, help);
        for source in &status.sources {
            if let Some(value) = of(source) {
                out.line(name, &[("source", &source.source), ("topic", &source.topic)], value);
            }
        }
    };
    family("newsdesk_source_up", "Whether the last try of a source went well.", &|s| {
        Some(if s.error.is_none() { 1.0 } else { 0.0 })
    });
    family("newsdesk_source_records", "Records it has brought.", &|s| Some(count(s.records)));
    family("newsdesk_source_records_day", "Records of the last 24 hours.", &|s| Some(count(s.day)));
    family("newsdesk_source_records_usual_day", "Records of a usual 24 hours, once that is known.", &|s| {
        s.usual_day
    });
    family("newsdesk_source_requests_day", "Requests of the last 24 hours.", &|s| Some(count(s.scans)));
    family("newsdesk_source_failures_day", "Of them, failed.", &|s| Some(count(s.failures)));
    family("newsdesk_source_last_success_seconds", "When it was last read.", &|s| s.last_ok.map(seconds));
    family("newsdesk_source_newest_seconds", "When its latest record was published.", &|s| {
        s.newest.map(seconds)
    });
    family("newsdesk_source_next_try_seconds", "When a source that rests is tried again.", &|s| {
        s.next.map(seconds)
    });
    let name = "newsdesk_source_failed_seconds";
    out.family(name, "When a request last failed so, within 24 hours.");
    for source in &status.sources {
        for failure in &source.failed {
            let labels =
                [("source", source.source.as_str()), ("topic", &source.topic), ("kind", &failure.kind)];
            out.line(name, &labels, seconds(failure.last));
        }
    }
}

fn count(n: u64) -> f64 {
    n as f64
}

fn seconds(at: DateTime<Utc>) -> f64 {
    at.timestamp() as f64
}

#[derive(Default)]
struct Text(Vec<String>);

impl Text {
    fn one(&mut self, name: &str, help: &str, labels: &[(&str, &str)], value: f64) {
        self.family(name, help);
        self.line(name, labels, value);
    }

    fn family(&mut self, name: &str, help: &str) {
        self.0.push(format!("# HELP {name} {help}\n# TYPE {name} gauge\n"));
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        let labels: Vec<String> =
            labels.iter().map(|(name, text)| format!("{name}=\"{}\"", escaped(text))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        self.0.push(format!("{name}{labels} {value}\n"));
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::SourceLineStatus;

    #[test]
    fn a_monitor_reads_sources_with_odd_names_and_leaves_out_what_is_not_known() {
        let at = DateTime::from_timestamp(1_931_500_800, 0).expect("a time of the calendar");
        let source = SourceLineStatus {
            source: "feed:https://ledger.example/\"a\\b\"".to_owned(),
            topic: "ferries".to_owned(),
            records: 12,
            last_ok: Some(at),
            error: Some("down".to_owned()),
            next: None,
            newest: None,
            day: 3,
            usual_day: Some(2.5),
            scans: 9,
            failures: 1,
            failed: Vec::new(),
            gaps: Vec::new(),
        };
        let status = StatusAnswer {
            version: "0.1.0".to_owned(),
            database: "sqlite".to_owned(),
            topics: 1,
            records: 12,
            pending: 0,
            quarantined: 0,
            gone: 0,
            span: None,
            stories: 2,
            versions: 3,
            deliveries: [("posted".to_owned(), 4)].into(),
            model: None,
            sources: vec![source],
        };
        let text = metrics(&status);
        let of = r#"{source="feed:https://ledger.example/\"a\\b\"",topic="ferries"}"#;
        for line in [
            "newsdesk_stories 2".to_owned(),
            r#"newsdesk_deliveries{state="posted"} 4"#.to_owned(),
            format!("newsdesk_source_up{of} 0"),
            format!("newsdesk_source_records_usual_day{of} 2.5"),
            format!("newsdesk_source_last_success_seconds{of} 1931500800"),
        ] {
            assert!(text.lines().any(|l| l == line), "{line}\nin\n{text}");
        }
        assert!(!text.contains("newsdesk_source_newest_seconds{"), "{text}");
        let named = |line: &str| line.split(['{', ' ']).next().unwrap_or_default().to_owned();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            assert!(text.contains(&format!("# TYPE {} gauge", named(line))), "{line}");
        }
    }
}
