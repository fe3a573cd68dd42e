//! Proposals for a topic's match rules, with lines to paste.

use super::{BOLD, DIM, HEAD, counted, item, plain, styled, styled_wrap, wrap};
use crate::answer::{Proposal, ProposalKind, TuneAnswer};

/// Rules shown; JSON has all.
const RULES: usize = 12;

/// What could be changed.
pub(crate) fn tune(answer: &TuneAnswer) -> String {
    let mut out = String::new();
    styled_wrap(
        &mut out,
        BOLD,
        &format!(
            "{} · records of {} to {}",
            plain(&answer.name),
            answer.from.format("%-d %B %Y"),
            answer.to.format("%-d %B %Y")
        ),
    );
    wrap(
        &mut out,
        &format!(
            "{} of {} match (copies once); nothing else is about the same thing as {} of them. {} unmatched ones stand in the \
             topic's places and clusters.",
            answer.matched,
            counted(answer.records as u64, "record", "records"),
            answer.alone,
            answer.near
        ),
        "",
    );
    for (kind, title) in [
        (ProposalKind::Add, "Worth adding"),
        (ProposalKind::Narrow, "Worth narrowing"),
        (ProposalKind::Exclude, "Worth excluding"),
    ] {
        let of_kind: Vec<&Proposal> = answer.proposals.iter().filter(|p| p.kind == kind).collect();
        out.push('\n');
        styled_wrap(&mut out, HEAD, title);
        if of_kind.is_empty() {
            wrap(&mut out, "Nothing stands out.", "  ");
        }
        for proposal in of_kind {
            let place = styled(DIM, &format!("# {}", plain(&proposal.place)));
            out.push_str(&[plain(&proposal.toml).as_ref(), "  ", place.as_ref(), "\n"].concat());
            wrap(&mut out, &plain(&proposal.why), "      ");
            for url in &proposal.examples {
                item(&mut out, &plain(url), "      ", "-");
            }
        }
    }
    out.push('\n');
    styled_wrap(&mut out, HEAD, "What each rule brings");
    for rule in answer.rules.iter().take(RULES) {
        item(
            &mut out,
            &format!(
                "{}: {}, {} by it alone ({} with the topic, {} elsewhere, {} alone)",
                plain(&rule.rule),
                counted(rule.matched as u64, "record", "records"),
                rule.only,
                rule.with_topic,
                rule.elsewhere,
                rule.alone
            ),
            "  ",
            "-",
        );
    }
    if answer.rules.len() > RULES {
        wrap(&mut out, &format!("and {} more (`--json` has all)", answer.rules.len() - RULES), "  ");
    }
    wrap(&mut out, &format!("\nRules are in {}. Nothing was changed.", plain(&answer.file)), "");
    out
}
