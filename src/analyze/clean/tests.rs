use super::*;
use proptest::prelude::*;

fn markdown(body: &str) -> Cleaned {
    clean(&CleanInput { title: None, body, markup: Markup::Markdown, social: false })
}

fn html(body: &str) -> Cleaned {
    clean(&CleanInput { title: None, body, markup: Markup::Html, social: false })
}

fn social(body: &str) -> Cleaned {
    clean(&CleanInput { title: None, body, markup: Markup::Plain, social: true })
}

#[test]
fn title_and_body_are_joined_by_a_newline() {
    let cleaned = clean(&CleanInput {
        title: Some("Night&nbsp;trains  return &amp;#8211; finally"),
        body: "They are back.",
        markup: Markup::Markdown,
        social: false,
    });
    assert_eq!(cleaned.text, "Night trains return – finally\nThey are back.");
    assert_eq!(cleaned.body(), "They are back.");
    assert_eq!(cleaned.title(), "Night trains return – finally");
}

#[test]
fn a_title_alone_leaves_an_empty_body() {
    let cleaned =
        clean(&CleanInput { title: Some("Only this"), body: " \n", markup: Markup::Plain, social: false });
    assert_eq!((cleaned.text.as_str(), cleaned.body(), cleaned.title()), ("Only this", "", "Only this"));
}

#[test]
fn code_tables_and_rules_are_dropped() {
    let cleaned = markdown(
        "Before.\n\n```rust\nlet x = 1;\n```\n\n    indented code\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nname | value\n--- | ---\nx | y\n\n---\nAfter.",
    );
    assert_eq!(cleaned.text, "Before.\n\nAfter.");
}

#[test]
fn indented_text_under_a_list_item_is_not_code() {
    let cleaned = markdown("- first\n\n    - nested\n    more of it\n- second");
    assert_eq!(cleaned.text, "first\n\nnested\nmore of it\nsecond");
    let lists: Vec<&str> = cleaned.marks.lists.iter().map(|span| span.of(&cleaned.text)).collect();
    assert_eq!(lists, ["first", "nested", "second"]);
}

#[test]
fn words_of_others_are_dropped_with_their_lazy_lines() {
    let cleaned = markdown("&gt; You said this\nand this\n\nI say that.\n> again you");
    assert_eq!(cleaned.text, "I say that.");
}

#[test]
fn a_quote_in_plain_text_is_kept_and_marked() {
    let cleaned = social("> be me\nI wait for the tram");
    assert_eq!(cleaned.text, "be me\nI wait for the tram");
    assert_eq!(cleaned.marks.quoted, [Span::new(0, 5)]);
}

#[test]
fn emphasis_goes_and_operators_stay() {
    assert_eq!(
        markdown("**Bold**, *soft*, _under_, __both__: a * b, 2*3, snake_case_name, \\_x\\_ ~~gone~~!").text,
        "Bold, soft, under, both: a * b, 2*3, snake_case_name, _x_ !"
    );
}

#[test]
fn a_link_keeps_its_words_unless_they_only_name_it() {
    let cleaned = markdown(
        "See [the *full* timetable](https://example.org/a_(b)) and [https://example.org/c](https://example.org/c).",
    );
    assert_eq!(cleaned.text, "See the full timetable and.");
    assert_eq!(cleaned.links, ["https://example.org/a_(b)", "https://example.org/c"]);
    assert_eq!(cleaned.marks.link_at, [26]);
    for name in [
        "[tram/planner](https://example.org)",
        "[@ferrywatch](https://example.org)",
        "[example.org](https://example.org)",
    ] {
        let cleaned = markdown(&format!("The discussion in {name} confirms it."));
        assert_eq!(cleaned.text, "The discussion in confirms it.", "{name}");
        assert_eq!(cleaned.marks.link_at, [18], "{name}");
    }
}

#[test]
fn addresses_are_cut_with_their_brackets() {
    let cleaned = social("Timetable (https://example.org/t) is out: https://example.org/u.");
    assert_eq!(cleaned.text, "Timetable is out:.");
    assert_eq!(cleaned.links, ["https://example.org/t", "https://example.org/u"]);
}

#[test]
fn a_picture_on_its_own_line_leaves_nothing() {
    let cleaned = markdown("One.\n\n![alt](https://example.org/p.png)\n\nTwo.");
    assert_eq!(cleaned.text, "One.\n\nTwo.");
    assert!(cleaned.marks.link_at.is_empty());
}

#[test]
fn leading_mentions_are_addresses() {
    let cleaned = social("@ferry_fan @tram.example Thanks, @third is right");
    assert_eq!(cleaned.text, "Thanks, @third is right");
    assert_eq!(cleaned.marks.leading_mentions, ["ferry_fan", "tram.example"]);
}

#[test]
fn a_feed_without_a_tag_is_plain_and_its_glued_blocks_are_parted() {
    let text = html("It stopped at the new barrierThe council met &amp;amp; decided.\nA second line.").text;
    assert_eq!(text, "It stopped at the new barrier\nThe council met & decided.\nA second line.");
}

#[test]
fn html_becomes_lines() {
    let cleaned = html(
        "<p>First &amp;amp; <i>best</i>.<p>&gt; quoted words<p>See <a href=\"https:&#x2F;&#x2F;example.org&#x2F;x\">the list</a> or <a href=\"https://example.org/y\">https://example.org/y</a><pre><code>rm -rf</code></pre><ul><li>one</li><li>two</li></ul><script>alert(1)</script>",
    );
    assert_eq!(cleaned.text, "First & best.\n\nSee the list or\n\none\ntwo");
    assert_eq!(cleaned.links, ["https://example.org/x", "https://example.org/y"]);
    assert_eq!(cleaned.marks.lists.len(), 2);
}

#[test]
fn html_of_a_short_message_drops_its_addressees() {
    let cleaned = clean(&CleanInput {
        title: None,
        body: "<p><span class=\"h-card\"><a href=\"https://example.org/@ada\">@<span>ada</span></a></span> the ferry runs<br>again <a href=\"https://example.org/tags/ferry\">#<span>ferry</span></a></p>",
        markup: Markup::Html,
        social: true,
    });
    assert_eq!(cleaned.text, "the ferry runs\nagain #ferry");
    assert_eq!(cleaned.marks.leading_mentions, ["ada"]);
}

#[test]
fn feed_tails_are_cut() {
    let cleaned = html(
        "<p>The line reopens in May. [&#8230;]</p><p>The post <a href=\"https://example.org\">Line reopens</a> appeared first on <a href=\"https://example.org\">Coast Daily</a>.</p>",
    );
    assert_eq!(cleaned.text, "The line reopens in May.");
}

#[test]
fn hidden_characters_are_dropped_and_reported() {
    let cleaned = markdown("a&amp;#x200B;b\u{202E}c");
    assert_eq!(cleaned.text, "abc");
    assert_eq!((cleaned.marks.hidden.zero_width, cleaned.marks.hidden.bidi), (1, 1));
}

#[test]
fn a_text_is_capped_at_a_character_border() {
    let cleaned = social(&"ä".repeat(MAX_TEXT_BYTES));
    assert!(cleaned.text.len() <= MAX_TEXT_BYTES);
    assert!(cleaned.marks.cut);
    assert!(cleaned.text.chars().all(|c| c == 'ä'));
}

#[test]
fn a_text_of_openers_is_not_slow() {
    for opener in ["[", "_a ", "`", "*", "![", "~~", "<http", "(https://a"] {
        assert!(!markdown(&opener.repeat(60_000 / opener.len())).text.is_empty() || opener != "_a ");
    }
}

proptest! {
    #[test]
    fn anything_goes_in_and_a_tidy_text_comes_out(
        title in proptest::option::of("[ -~\n]{0,20}"),
        body in "([ -~]|[ä’“🔥\u{200B}\u{A0}]|\n|\\*|_|\\[|\\]|\\(|\\)|https://a\\.b/c|> |- |`|&amp;){0,60}",
        kind in 0..4_usize,
    ) {
        let markup = [Markup::Plain, Markup::Plain, Markup::Markdown, Markup::Html][kind];
        let cleaned = clean(&CleanInput { title: title.as_deref(), body: &body, markup, social: kind == 1 });
        let text = &cleaned.text;
        prop_assert_eq!(text.trim_end(), text.as_str());
        prop_assert!(!text.contains("  ") && !text.contains("\n\n\n") && !text.contains(" \n") && !text.contains("\n "), "{:?}", text);
        prop_assert!(text.is_char_boundary(cleaned.body_start));
        let marks = &cleaned.marks;
        prop_assert!(marks.link_at.iter().all(|at| text.is_char_boundary(*at)));
        for span in marks.lists.iter().chain(&marks.quoted).chain(&marks.code) {
            prop_assert!(text.get(span.start..span.end).is_some());
        }
    }
}
