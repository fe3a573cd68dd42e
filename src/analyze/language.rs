//! The language of a text.

use super::span::head;
use super::words::{Words, is_stop};
use crate::model::Lang;

/// How much of a text is looked at. Longer samples cost more and change almost no answer (measured on 35,000 posts).
const SAMPLE_BYTES: usize = 400;
/// Fewer words than this say too little to tell the language.
const MIN_WORDS: usize = 3;
/// Scripts without spaces are judged by their letters instead.
const MIN_DENSE_LETTERS: usize = 4;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Arabic,
    Han,
    Kana,
    Hangul,
    Devanagari,
    Cyrillic,
    Other,
}

/// The language of `text`, judged by its first 400 bytes.
///
/// The classifier always answers, so its answer is checked: the script must fit, letters that the language does not
/// have speak against it, and a Latin-script guess other than English needs a function word to stand on.
pub fn detect(text: &str) -> Lang {
    let sample = without_links(head(text, SAMPLE_BYTES));
    let Some((script, letters)) = main_script(&sample) else { return Lang::UND };
    let guess = from_classifier(whichlang::detect_language(&sample));
    match script {
        Script::Han | Script::Kana | Script::Hangul if letters < MIN_DENSE_LETTERS => Lang::UND,
        Script::Han if guess.as_str() == "ja" => guess,
        Script::Han => Lang::new("zh"),
        Script::Kana => Lang::new("ja"),
        Script::Hangul => Lang::new("ko"),
        Script::Arabic if sample.contains(['پ', 'چ', 'گ', 'ک', 'ی', 'ٹ', 'ڈ']) => Lang::UND,
        Script::Cyrillic if sample.contains(['і', 'ї', 'є', 'ґ', 'ј', 'љ', 'њ', 'ў', 'ѓ']) => {
            Lang::UND
        }
        Script::Arabic => enough_words(&sample, Lang::new("ar")),
        Script::Cyrillic => enough_words(&sample, Lang::new("ru")),
        Script::Devanagari => enough_words(&sample, Lang::new("hi")),
        Script::Latin => latin(&sample, guess),
        Script::Other => Lang::UND,
    }
}

fn enough_words(sample: &str, lang: Lang) -> Lang {
    if Words::of(sample).len() < MIN_WORDS { Lang::UND } else { lang }
}

/// Function words of the Latin-script languages that have no stop list.
const FUNCTION_WORDS: [(&str, &[&str]); 6] = [
    (
        "it",
        &[
            "il", "di", "che", "è", "per", "non", "una", "sono", "della", "con", "gli", "anche", "questo",
            "nel",
        ],
    ),
    (
        "nl",
        &[
            "het", "een", "van", "niet", "dat", "zijn", "voor", "met", "ook", "maar", "aan", "wordt", "deze",
            "ik",
        ],
    ),
    (
        "pt",
        &[
            "o", "que", "não", "uma", "com", "para", "os", "mais", "é", "dos", "como", "mas", "ao", "pelo",
            "são",
        ],
    ),
    (
        "sv",
        &["och", "att", "det", "som", "på", "är", "inte", "av", "för", "jag", "ett", "har", "med", "till"],
    ),
    ("tr", &["ve", "bir", "bu", "için", "çok", "ile", "değil", "ama", "daha", "gibi", "olarak", "ne", "mi"]),
    ("vi", &["là", "của", "và", "không", "có", "được", "cho", "những", "một", "này", "các", "tôi"]),
];

fn latin(sample: &str, guess: Lang) -> Lang {
    let words = Words::of(sample);
    if words.len() < MIN_WORDS {
        // Two words are enough if one of them is a function word of English and nothing else.
        let told = words.len() == 2 && sample.is_ascii() && words.hashes().any(is_only_english);
        return if told { Lang::EN } else { Lang::UND };
    }
    let support = |lang: Lang| -> usize {
        match FUNCTION_WORDS.iter().find(|(code, _)| *code == lang.as_str()) {
            Some((_, list)) => words.iter().filter(|word| list.contains(&word.text)).count(),
            None => words.hashes().filter(|hash| is_stop(lang, *hash)).count(),
        }
    };
    let english = support(Lang::EN);
    if guess == Lang::EN {
        // Names and figures alone ("Model X 2 benchmark") look English enough if nothing foreign is in them; a
        // Polish or Finnish sentence has no English function word and letters that English lacks.
        let foreign = sample.chars().filter(|c| c.is_alphabetic() && !c.is_ascii()).count();
        let plausible = english > 0 || (foreign == 0 && words.len() < 12);
        return if plausible { Lang::EN } else { Lang::UND };
    }
    let own = support(guess);
    if own > english {
        return guess;
    }
    if english > own || (english > 0 && sample.is_ascii()) { Lang::EN } else { Lang::UND }
}

fn is_only_english(word: u64) -> bool {
    is_stop(Lang::EN, word) && ![Lang::DE, Lang::ES, Lang::FR].into_iter().any(|lang| is_stop(lang, word))
}

/// The script most letters are in, and how many letters there are; `None` without letters.
fn main_script(sample: &str) -> Option<(Script, usize)> {
    const SCRIPTS: [Script; 8] = [
        Script::Latin,
        Script::Arabic,
        Script::Han,
        Script::Kana,
        Script::Hangul,
        Script::Devanagari,
        Script::Cyrillic,
        Script::Other,
    ];
    let mut counts = [0_usize; 8];
    counts[0] = sample.bytes().filter(u8::is_ascii_alphabetic).count();
    for c in sample.chars().filter(|c| !c.is_ascii() && c.is_alphabetic()) {
        let script = script_of(c);
        if let Some(at) = SCRIPTS.iter().position(|known| *known == script) {
            counts[at] += 1;
        }
    }
    let letters: usize = counts.iter().sum();
    // Japanese mixes kana into Han; a fifth of kana is enough to tell it from Chinese.
    if counts[3] > 0 && (counts[2] + counts[3]) * 2 > letters && counts[3] * 5 >= counts[2] {
        return Some((Script::Kana, letters));
    }
    let (at, most) = counts.iter().enumerate().max_by_key(|(at, count)| (**count, usize::MAX - at))?;
    (*most > 0).then(|| (SCRIPTS[at], letters))
}

fn script_of(c: char) -> Script {
    match u32::from(c) {
        0x41..=0x024F | 0x1E00..=0x1EFF => Script::Latin,
        0x0400..=0x052F => Script::Cyrillic,
        0x0600..=0x06FF | 0x0750..=0x077F | 0xFB50..=0xFDFF | 0xFE70..=0xFEFF => Script::Arabic,
        0x0900..=0x097F => Script::Devanagari,
        0x3040..=0x30FF | 0xFF66..=0xFF9F => Script::Kana,
        0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0x20000..=0x323AF => Script::Han,
        0x1100..=0x11FF | 0x3130..=0x318F | 0xAC00..=0xD7AF => Script::Hangul,
        _ => Script::Other,
    }
}

/// The sample without links, handles and tags: they are English-looking noise in any language.
fn without_links(sample: &str) -> String {
    let mut kept = String::with_capacity(sample.len());
    for word in sample.split_whitespace() {
        if word.starts_with(['@', '#']) || word.contains("://") || word.starts_with("www.") {
            continue;
        }
        kept.push_str(word);
        kept.push(' ');
    }
    kept
}

fn from_classifier(lang: whichlang::Lang) -> Lang {
    match lang {
        whichlang::Lang::Ara => Lang::new("ar"),
        whichlang::Lang::Cmn => Lang::new("zh"),
        whichlang::Lang::Deu => Lang::DE,
        whichlang::Lang::Eng => Lang::EN,
        whichlang::Lang::Fra => Lang::FR,
        whichlang::Lang::Hin => Lang::new("hi"),
        whichlang::Lang::Ita => Lang::new("it"),
        whichlang::Lang::Jpn => Lang::new("ja"),
        whichlang::Lang::Kor => Lang::new("ko"),
        whichlang::Lang::Nld => Lang::new("nl"),
        whichlang::Lang::Por => Lang::new("pt"),
        whichlang::Lang::Rus => Lang::new("ru"),
        whichlang::Lang::Spa => Lang::ES,
        whichlang::Lang::Swe => Lang::new("sv"),
        whichlang::Lang::Tur => Lang::new("tr"),
        whichlang::Lang::Vie => Lang::new("vi"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_languages_we_write_about_are_told_apart() {
        for (text, code) in [
            ("The night train to the coast is back after eleven years.", "en"),
            ("Der Nachtzug an die Küste fährt nach elf Jahren wieder.", "de"),
            ("El tren nocturno a la costa vuelve después de once años.", "es"),
            ("Le train de nuit vers la côte est de retour après onze ans.", "fr"),
            ("Il treno notturno per la costa è tornato dopo undici anni.", "it"),
            ("De nachttrein naar de kust rijdt na elf jaar weer voor het eerst.", "nl"),
            ("Ночной поезд к морю снова ходит после одиннадцати лет.", "ru"),
            ("夜行列車は十一年ぶりに海岸へ戻ってきました。", "ja"),
            ("夜班火车时隔十一年重新开往海岸", "zh"),
            ("야간열차가 십일 년 만에 해안으로 돌아왔다", "ko"),
        ] {
            assert_eq!(detect(text).as_str(), code, "{text}");
        }
    }

    #[test]
    fn too_little_or_unknown_is_undetermined() {
        for text in [
            "",
            "🔥🔥🔥",
            "Wow nice",
            "https://example.org/a/b",
            "Το νυχτερινό τρένο επέστρεψε στην ακτή",
            "12 34 56",
        ] {
            assert_eq!(detect(text), Lang::UND, "{text}");
        }
    }

    #[test]
    fn two_words_are_enough_with_one_of_english_only() {
        assert_eq!(detect("What's over?"), Lang::EN);
        assert_eq!(detect("Wow nice"), Lang::UND);
        assert_eq!(detect("die alte"), Lang::UND);
    }

    #[test]
    fn a_language_outside_the_classifier_is_not_called_another() {
        assert_eq!(detect("Нічний потяг до узбережжя повернувся після одинадцяти років"), Lang::UND);
        assert_eq!(detect("Nocny pociąg nad morze wrócił po jedenastu latach przerwy"), Lang::UND);
    }

    #[test]
    fn a_short_english_line_full_of_names_stays_english() {
        assert_eq!(
            detect("@someone Introducing Harbour 2 for the tram network https://example.org"),
            Lang::EN
        );
    }

    #[test]
    fn a_long_text_is_cut_inside_no_character() {
        assert_eq!(detect(&"ä".repeat(399)), Lang::UND);
    }

    #[test]
    fn codes_are_read_back() {
        for lang in Lang::ALL {
            assert_eq!(Lang::from_code(lang.as_str()), Some(lang));
        }
        assert_eq!(Lang::from_code("de-AT"), Some(Lang::DE));
        assert_eq!(Lang::from_code("xx"), None);
    }
}
