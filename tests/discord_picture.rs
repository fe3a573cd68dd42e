//! Posts drawn for eyes: nothing in them is done, everything in them is there.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::discord::picture::{Width, html};

/// One pixel.
const PNG: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

fn sample() -> Vec<Value> {
    let button = |n: usize, label: &str| json!({ "type": 2, "style": n, "label": label, "custom_id": label });
    let row: Vec<Value> =
        ["Sources", "FAQ", "What changed", "Why", "Dispute"].iter().map(|label| button(2, label)).collect();
    let field = |name: &str, value: &str| json!({ "name": name, "value": value, "inline": true });
    let bot = json!({ "username": "newsdesk", "bot": true });
    let at = "2026-03-04T06:00:00.000000+00:00";
    let opening = json!({
        "author": bot, "timestamp": at, "edited_timestamp": at,
        "embeds": [{
            "color": 0x00B3_261E, "author": { "name": "Night trains" }, "url": "https://news.example/s/N-7",
            "title": "Night trains return to the coast line on 1 May: 41 posts in three days",
            "description": "“The overnight service will run six nights a week” (Coastline Rail).",
            "fields": [field("Records", "41 records by 33 authors"), field("Seen on", "Reddit · Feed · Bluesky"),
                field("Status", "Developing · high severity"),
                { "name": "Correction, 5 March 2026", "value": "The first train leaves on 8 May.", "inline": false }],
            "image": { "url": "attachment://story-N-7.png" }, "footer": { "text": "N-7 · v1" }, "timestamp": at,
        }],
        "attachments": [{ "id": "0", "filename": "story-N-7.png", "description": "Story card. Night trains: they return." }],
        "components": [{ "type": 1, "components": row }],
        "thread": { "name": "Night trains return to the coast line on 1 May", "message_count": 3 },
    });
    let told = json!({
        "author": bot, "timestamp": at, "flags": 4,
        "content": "**What is new in version 2**\n- **Changed**: The first train leaves on 8 May, not on 1 May.\n- **New**: 12 more records by nine authors.\n\n**Bicycles come up in 14 of 41 posts**\n“There is room for eight bicycles,” wrote u/saltmarsh\\_signal. [3](<https://a.example/3>) \\[4\\]\n\n> a quotation that we would not write\n# a heading\n-# N-7 · v2 · 5 March 2026, 06:00 WET",
    });
    let second = json!({ "author": bot, "timestamp": at, "content": "**Sources**\n[1](<https://a.example/1>) Coastline Rail · 2 March 2026" });
    let select = json!({ "type": 3, "custom_id": "story:-", "placeholder": "Read a story", "options": [
        { "label": "Night trains return", "value": "N-7", "description": "Night trains" },
        { "label": "The early ferry keeps its timetable", "value": "F-2" },
    ] });
    let answer = json!({
        "author": bot, "timestamp": at, "flags": 64, "interaction": { "name": "story", "user": { "username": "ana" } },
        "content": "Latest scan <t:1772604000:R>. Ask with </search:123> or `/topics`. <script>alert(1)</script>",
        "components": [{ "type": 1, "components": [select] }, { "type": 1, "components": [
            button(1, "Follow"), button(3, "Approve"), button(4, "Retract"),
            { "type": 2, "style": 5, "label": "Open", "url": "https://news.example" },
            { "type": 2, "style": 2, "label": "Page 1 of 3", "custom_id": "p", "disabled": true },
        ] }],
    });
    let post = json!({ "name": "Night trains return to the coast line", "tags": ["Night trains", "Developing"], "message": {
        "timestamp": at, "content": "As a file.", "attachments": [{ "filename": "a.png", "description": "One pixel", "url": PNG }],
    } });
    let system = json!({ "author": bot, "type": 18, "content": "Night trains return", "timestamp": at });
    vec![opening, system, told, second, answer, post]
}

#[test]
fn a_page_of_messages_shows_all_and_does_nothing() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for (name, width) in [("desktop", Width::Desktop), ("phone", Width::Phone)] {
        let page = html("night-trains", &sample(), width);
        std::fs::write(folder.join(format!("discord-{name}.html")), &page).unwrap();
        for shown in [
            "<b>What is new in version 2</b>",
            "<a href=\"https://a.example/3\">3</a> [4]",
            "u/saltmarsh_signal",
            "class=\"line small\">N-7 · v2",
            "class=\"line item\"><b>Changed</b>",
            "border-left-color:#b3261e",
            "field of3\"><div class=\"label\">Seen on</div>",
            "field of1\"><div class=\"label\">Correction, 5 March 2026</div>",
            "<div class=\"picture\">Story card. Night trains: they return.</div>",
            "<img class=\"picture attachment\" src=\"data:image/png;base64,",
            "<span class=\"button s2\">What changed</span>",
            "<span>Read a story</span>",
            "Only you can see this",
            "3 Messages ›",
            "started a thread: <b>Night trains return</b>",
            "<span class=\"chip\">Developing</span>",
            "(edited)",
            "<span class=\"pill\">/search</span>",
            "4 March 2026 06:00",
            "&lt;script&gt;alert(1)&lt;/script&gt;",
        ] {
            assert!(page.contains(shown), "{shown} is not on the page");
        }
        for done in ["<script", "http-equiv", "src=\"http", "url(", "onerror="] {
            assert!(!page.contains(done), "{done} is on the page");
        }
    }
}

#[test]
fn messages_of_one_author_stand_under_one_name() {
    let message = |who: &str| json!({ "author": { "username": who }, "content": "a" });
    let page = html("a", &[message("ana"), message("ana"), message("bo")], Width::Phone);
    assert_eq!(page.matches("class=\"name\"").count(), 2);
    assert_eq!(page.matches("class=\"tag\"").count(), 0);
}
