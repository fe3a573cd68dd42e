//! Words that break programs, by chance that can be repeated.

/// A sequence of numbers that a seed determines (SplitMix64).
pub(crate) struct Chance(u64);

impl Chance {
    /// The sequence of story `n`.
    pub(crate) fn of(seed: u64, n: u64) -> Self {
        let mut chance = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ n.rotate_left(32));
        chance.next();
        chance
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Below `n`, which is at least 1.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap_or_default()
    }

    /// From `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    /// Once in `n` times.
    pub(crate) fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of them.
    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

const PLAIN: [&str; 24] = [
    "night",
    "trains",
    "return",
    "to",
    "the",
    "coast",
    "after",
    "nine",
    "years",
    "and",
    "a",
    "berth",
    "costs",
    "25",
    "crowns",
    "more,",
    "says",
    "Coastline",
    "Rail.",
    "“Six",
    "nights",
    "a",
    "week,”",
    "it wrote.",
];

const SCRIPTS: [&str; 14] = [
    "夜行列車",
    "が海岸に",
    "戻る。",
    "夜车回来了",
    "밤 기차가",
    "돌아온다",
    "שלום עולם",
    "قطار الليل",
    "می‌خواهم",
    "क्षत्रिय",
    "ผู้ใหญ่ที่นี่",
    "tiếng Việt",
    "Ελλάδα",
    "ΟΔΟΣ",
];

const EMOJI: [&str; 12] = ["👨‍👩‍👧‍👦", "🏴‍☠️", "👩🏻‍❤️‍💋‍👨🏿", "🇵🇹", "🇵🇹🇪🇸🇫🇷", "1️⃣", "🚆", "❤️", "🏳️‍🌈", "👍🏽", "©️", "🫱🏻‍🫲🏿"];

const MARKUP: [&str; 44] = [
    "**bold**",
    "__under__",
    "_it_",
    "*it*",
    "***both***",
    "~~gone~~",
    "||secret||",
    "`code`",
    "```\nblock\n```",
    "# big",
    "## big",
    "### big",
    "-# small",
    "- item",
    "  - item",
    "* item",
    "+ item",
    "1. item",
    "12) item",
    "> quote",
    ">>> quotes",
    "[free](https://evil.example)",
    "[free](<https://evil.example> \"gift\")",
    "<https://evil.example>",
    "¯\\_(ツ)_/¯",
    "\\",
    "\\\\",
    "\\*",
    "*",
    "_",
    "`",
    "|",
    "~",
    "<",
    ">",
    "[",
    "](",
    ")",
    "**",
    "||",
    "```",
    "***",
    ":smile:",
    "---",
];

const MENTIONS: [&str; 20] = [
    "@everyone",
    "@here",
    "@EVERYONE",
    "<@123456789012345678>",
    "<@!123456789012345678>",
    "<@&123456789012345678>",
    "<#123456789012345678>",
    "<t:1700000000:R>",
    "<:a_b:123456789012345678>",
    "<a:a_b:123456789012345678>",
    "</story:123456789012345678>",
    "<id:customize>",
    "<123456789012345678:browse>",
    "<+15551234>",
    "<ana@a.example>",
    "discord.gg/abcdef",
    "Discord.com/invite/abcdef",
    "https://discord.com/channels/1/2/3",
    "discord.gift/abc",
    "discordapp.com/invite/x",
];

const LINKS: [&str; 8] = [
    "https://evil.example/a_b_c?x=*y*",
    "http://evil.example",
    "HTTPS://EVIL.EXAMPLE/(a)",
    "www.evil.example",
    "ftp://evil.example",
    "javascript:alert(1)",
    "mailto:ana@a.example",
    "steam://run/1",
];

const UNSEEN: [&str; 16] = [
    "\u{200B}",
    "\u{202E}",
    "\u{2066}x\u{2069}",
    "\u{FEFF}",
    "\u{00AD}",
    "\u{2800}",
    "\u{3164}",
    "\u{0}",
    "\u{7}",
    "\u{2028}",
    "\r\n",
    "\n> ",
    "\n# ",
    "\u{E0041}",
    "\u{1D159}",
    "\u{FE0F}",
];

/// Text from outside.
pub(crate) struct Words<'a> {
    pub(crate) chance: Chance,
    pub(crate) naughty: &'a [String],
}

impl Words<'_> {
    /// So many pieces at most, now and then far too many.
    pub(crate) fn text(&mut self, most: usize) -> String {
        let chance = &mut self.chance;
        let count = if chance.once_in(60) { most * 12 } else { chance.between(1, most) };
        // Most texts are of one kind or two, as people write them; some are of everything.
        let kinds = if chance.once_in(3) { None } else { Some([chance.below(12), 0, 0, chance.below(12)]) };
        let mut out = String::new();
        for _ in 0..count {
            let kind = match kinds {
                Some(kinds) => kinds[self.chance.below(kinds.len())],
                None => self.chance.below(12),
            };
            self.piece(kind, &mut out);
            if !self.chance.once_in(6) {
                out.push(' ');
            }
        }
        out
    }

    fn piece(&mut self, kind: usize, out: &mut String) {
        let chance = &mut self.chance;
        match kind {
            0..=2 => {
                for _ in 0..chance.between(1, 6) {
                    out.push_str(chance.pick::<&str>(&PLAIN));
                    out.push(' ');
                }
            }
            3 => out.push_str(chance.pick::<&str>(&SCRIPTS)),
            4 => out.push_str(chance.pick::<&str>(&EMOJI)),
            5 => out.push_str(chance.pick::<&str>(&MARKUP)),
            6 => out.push_str(chance.pick::<&str>(&MENTIONS)),
            7 => out.push_str(chance.pick::<&str>(&LINKS)),
            8 => out.push_str(chance.pick::<&str>(&UNSEEN)),
            9 => {
                out.push(*chance.pick(&['Z', 'ä', '漢', ' ']));
                for _ in 0..chance.between(1, 40) {
                    out.push(*chance.pick(&['\u{300}', '\u{301}', '\u{336}', '\u{489}', '\u{35C}']));
                }
            }
            10 => {
                let letter = *chance.pick(&["x", "ä", "漢", "🚆", "*", "👨‍👩‍👧‍👦", "_"]);
                let times =
                    if chance.once_in(12) { chance.between(500, 4_000) } else { chance.between(10, 200) };
                out.push_str(&letter.repeat(times));
            }
            _ if self.naughty.is_empty() => out.push_str("NaN"),
            _ => out.push_str(chance.pick::<String>(self.naughty)),
        }
    }

    /// An address of a source: most are fit to be a link.
    pub(crate) fn address(&mut self, n: usize) -> String {
        let chance = &mut self.chance;
        let long =
            "x".repeat(if chance.once_in(8) { chance.between(200, 1_200) } else { chance.between(0, 40) });
        let odd =
            ["", "?q=a_b*c*&d=(e)", "#`a`|b|", "/\u{202E}x", "/日本", "/a b", "?u=https://b.example/<c>"];
        let odd = chance.pick(&odd);
        let host =
            ["www.coastline.example", "bsky.app", "harbour.example:8443", "discord.gg", "bücher.example"];
        let host = if chance.once_in(3) { *chance.pick(&host) } else { "coastline.example" };
        match chance.below(30) {
            0 => format!("javascript:alert({n})"),
            1 => format!("https://ana:pw@a.example/{n}"),
            2 => self.text(3),
            _ => format!("https://{host}/{n}/{long}{odd}"),
        }
    }
}
