//! arXiv: papers by the day on which they were handed in, shown once a day.

use super::host::{Answer, Ask};
use super::said::Said;

/// More are not given at once, whatever is asked for: real answers are short now and then.
const MOST: usize = 120;

pub(super) fn answer(said: Vec<&mut Said>, ask: &Ask<'_>) -> Answer {
    assert_eq!((ask.path, ask.get("sortBy")), ("/api/query", Some("submittedDate")));
    let start = ask.number("start").unwrap() as usize;
    let most = (ask.number("max_results").unwrap() as usize).min(MOST);
    // A withdrawn paper is still listed.
    let mut papers: Vec<&mut Said> = said.into_iter().filter(|said| said.came <= ask.now).collect();
    papers.sort_by_key(|said| (std::cmp::Reverse(said.at), said.id));
    let total = papers.len();
    let entries: String = papers
        .iter_mut()
        .skip(start)
        .take(most)
        .map(|said| {
            said.told = true;
            entry(said)
        })
        .collect();
    Answer::of(format!(
        "<?xml version='1.0' encoding='UTF-8'?><feed xmlns='http://www.w3.org/2005/Atom' \
         xmlns:opensearch='http://a9.com/-/spec/opensearch/1.1/'>\
         <opensearch:totalResults>{total}</opensearch:totalResults>{entries}</feed>"
    ))
}

fn entry(said: &Said) -> String {
    let version = 1 + u32::from(said.edited.is_some() || said.gone.is_some());
    let summary = if said.gone.is_some() {
        "This paper has been withdrawn by the authors.".to_owned()
    } else {
        said.words()
    };
    format!(
        "<entry><id>http://arxiv.org/abs/3103.{:05}v{version}</id><title>On ferries, {}</title><summary>{summary}</summary>\
         <published>{}</published><updated>{}</updated><author><name>{}</name></author></entry>",
        said.id,
        said.id,
        said.at.format("%Y-%m-%dT%H:%M:%SZ"),
        said.edited.unwrap_or(said.at).format("%Y-%m-%dT%H:%M:%SZ"),
        said.author,
    )
}
