//! Papers asked for by their numbers: which version of them stands.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use url::Url;

use super::ask;
use super::paper::paper;
use crate::ingest::http::PoliteClient;
use crate::ingest::source::{Lookup, ScanError};
use crate::model::{IncomingRecord, Platform};

/// Papers in one request.
const BATCH: usize = 100;

/// Asks arXiv for papers by their numbers. arXiv takes no paper away, it withdraws it; so one that is not in the answer
/// says nothing.
#[derive(Clone, Debug, Default)]
pub struct ArxivLookup {
    base: Option<Url>,
}

impl ArxivLookup {
    /// A lookup at arXiv itself.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks another server that speaks the same API. `base` ends with a slash.
    #[must_use]
    pub fn at(mut self, base: Url) -> Self {
        self.base = Some(base);
        self
    }
}

#[async_trait]
impl Lookup for ArxivLookup {
    fn platform(&self) -> Platform {
        Platform::Arxiv
    }

    fn batch(&self) -> usize {
        BATCH
    }

    async fn look_up(
        &self,
        http: &PoliteClient,
        ids: &[&str],
        now: DateTime<Utc>,
    ) -> Result<Vec<IncomingRecord>, ScanError> {
        // One malformed number would have the whole request refused.
        let asked: Vec<&str> = ids.iter().copied().filter(|id| is_number(id)).take(BATCH).collect();
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let (list, most) = (asked.join(","), BATCH.to_string());
        let fields = [("id_list", list.as_str()), ("max_results", &most)];
        let feed = ask(http, self.base.as_ref(), &fields, "the papers asked for", now).await?;
        let papers = feed.entries.into_iter().filter_map(|entry| paper(entry, None).ok());
        Ok(papers.filter(|record| asked.contains(&record.native_id.as_str())).collect())
    }
}

/// `3103.00001`, `quant-ph/0201082`, `math.GT/0309136`.
fn is_number(id: &str) -> bool {
    let digits = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    match (id.split_once('/'), id.split_once('.')) {
        (Some((archive, number)), _) => {
            digits(number, 7..=7)
                && !archive.is_empty()
                && archive.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-' || b == b'.')
        }
        (None, Some((month, number))) => digits(month, 4..=4) && digits(number, 4..=5),
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_of_papers_are_asked_for() {
        for id in ["3103.00001", "0808.0539", "quant-ph/0201082", "math.GT/0309136"] {
            assert!(is_number(id), "{id}");
        }
        for id in ["", "abc", "3103.00001v2", "a,b", "3103.1", "/0201082", "x/1", "3103.00001&start=5"] {
            assert!(!is_number(id), "{id}");
        }
    }
}
