//! Names and descriptions of the commands in German, Spanish and French. English is in the commands themselves.

use poise::Command;

use super::{Data, Never, owned};

/// What one command or option is called, and what is said of it.
struct Words {
    /// Command, or command and option or subcommand, with a dot between.
    path: &'static str,
    de: (&'static str, &'static str),
    es: (&'static str, &'static str),
    fr: (&'static str, &'static str),
}

/// Everything has a line here; a test says so.
const TABLE: &[Words] = &[
    Words {
        path: "story",
        de: ("bericht", "Der neueste Bericht zu einem Thema"),
        es: ("noticia", "La última noticia de un tema"),
        fr: ("article", "Le dernier article sur un sujet"),
    },
    Words {
        path: "sources",
        de: ("quellen", "Worauf ein Bericht beruht: jede Quelle mit den zitierten Worten"),
        es: ("fuentes", "En qué se basa una noticia: cada fuente con las palabras citadas"),
        fr: ("sources", "Sur quoi repose un article : chaque source avec les mots cités"),
    },
    Words {
        path: "faq",
        de: ("fragen", "Die drei Fragen zu einem Bericht, beantwortet"),
        es: ("preguntas", "Las tres preguntas sobre una noticia, con respuesta"),
        fr: ("questions", "Les trois questions sur un article, avec leurs réponses"),
    },
    Words {
        path: "changed",
        de: ("geändert", "Was sich von Fassung zu Fassung geändert hat"),
        es: ("cambios", "Qué cambió de una versión a otra"),
        fr: ("changements", "Ce qui a changé d'une version à l'autre"),
    },
    Words {
        path: "why",
        de: ("warum", "Warum etwas veröffentlicht wurde, oder nicht"),
        es: ("porqué", "Por qué se publicó algo, o por qué no"),
        fr: ("pourquoi", "Pourquoi quelque chose a été publié, ou non"),
    },
    Words {
        path: "topics",
        de: ("themen", "Worüber diese Redaktion liest"),
        es: ("temas", "Sobre qué lee esta redacción"),
        fr: ("sujets", "Ce que lit cette rédaction"),
    },
    Words {
        path: "search",
        de: ("suche", "Berichte und Beiträge mit diesen Wörtern"),
        es: ("buscar", "Noticias y mensajes con estas palabras"),
        fr: ("chercher", "Articles et messages contenant ces mots"),
    },
    Words {
        path: "status",
        de: ("stand", "Wie es der Redaktion geht"),
        es: ("estado", "Cómo está la redacción"),
        fr: ("état", "Comment va la rédaction"),
    },
    Words {
        path: "follow",
        de: ("folgen", "Die Berichte eines Themas in einen Kanal bringen"),
        es: ("seguir", "Traer las noticias de un tema a un canal"),
        fr: ("suivre", "Amener les articles d'un sujet dans un salon"),
    },
    Words {
        path: "unfollow",
        de: ("entfolgen", "Die Berichte eines Themas nicht mehr bringen"),
        es: ("dejar", "Dejar de traer las noticias de un tema"),
        fr: ("quitter", "Ne plus amener les articles d'un sujet"),
    },
    Words {
        path: "settings",
        de: ("einstellungen", "Einstellungen dieses Servers"),
        es: ("ajustes", "Ajustes de este servidor"),
        fr: ("réglages", "Réglages de ce serveur"),
    },
    Words {
        path: "settings.show",
        de: ("zeigen", "Die Einstellungen zeigen, und was verfolgt wird"),
        es: ("ver", "Ver los ajustes y lo que se sigue"),
        fr: ("voir", "Voir les réglages et ce qui est suivi"),
    },
    Words {
        path: "settings.edit",
        de: ("ändern", "Zeitzone, Sprache, Ruhezeit und Stunde der täglichen Posts ändern"),
        es: ("cambiar", "Cambiar zona horaria, idioma, horas de silencio y hora diaria"),
        fr: ("modifier", "Modifier fuseau horaire, langue, heures calmes et heure quotidienne"),
    },
    Words {
        path: "settings.notices",
        de: ("hinweise", "Wählen, wo die Moderation erfährt, was nur sie angeht"),
        es: ("avisos", "Elegir dónde se avisa a la moderación"),
        fr: ("avis", "Choisir où la modération est avertie"),
    },
    Words {
        path: "settings.notices.channel",
        de: ("kanal", "Der Kanal; ohne Angabe keiner"),
        es: ("canal", "El canal; ninguno si se omite"),
        fr: ("salon", "Le salon ; aucun s'il est omis"),
    },
    Words {
        path: "settings.approval",
        de: ("freigabe", "Wählen, ob ein Bericht auf ein Ja der Moderation wartet"),
        es: ("aprobación", "Elegir si una noticia espera un sí de la moderación"),
        fr: ("approbation", "Choisir si un article attend l'accord de la modération"),
    },
    Words {
        path: "settings.approval.wait",
        de: ("warten", "Ob er wartet"),
        es: ("esperar", "Si espera"),
        fr: ("attendre", "S'il attend"),
    },
    Words {
        path: "scan",
        de: ("lesen", "Die Quellen eines Themas jetzt lesen"),
        es: ("leer", "Leer ahora las fuentes de un tema"),
        fr: ("lire", "Lire maintenant les sources d'un sujet"),
    },
    Words {
        path: "approve",
        de: ("freigeben", "Einen wartenden Bericht hier veröffentlichen"),
        es: ("aprobar", "Publicar aquí una noticia que espera"),
        fr: ("approuver", "Publier ici un article en attente"),
    },
    Words {
        path: "hold",
        de: ("zurückhalten", "Einen Bericht hier nicht veröffentlichen"),
        es: ("retener", "No publicar aquí una noticia"),
        fr: ("retenir", "Ne pas publier un article ici"),
    },
    Words {
        path: "mute",
        de: ("stumm", "Nichts bringen, was auf einer Quelle, Person oder einem Wort beruht"),
        es: ("silenciar", "No publicar lo que se basa en una fuente, un autor o una palabra"),
        fr: ("taire", "Ne pas publier ce qui repose sur une source, un auteur ou un mot"),
    },
    Words {
        path: "correct",
        de: ("berichtigen", "Eine Berichtigung an jede Kopie eines Berichts setzen"),
        es: ("corregir", "Poner una corrección en cada copia de una noticia"),
        fr: ("corriger", "Mettre une correction sur chaque copie d'un article"),
    },
    Words {
        path: "retract",
        de: ("zurückziehen", "Einen Bericht überall zurückziehen"),
        es: ("retirar", "Retirar una noticia en todas partes"),
        fr: ("retirer", "Retirer un article partout"),
    },
    Words {
        path: "audit",
        de: ("protokoll", "Was die Moderation hier getan hat"),
        es: ("registro", "Lo que hizo aquí la moderación"),
        fr: ("journal", "Ce que la modération a fait ici"),
    },
    Words {
        path: "*.topic",
        de: ("thema", "Welches Thema"),
        es: ("tema", "Qué tema"),
        fr: ("sujet", "Quel sujet"),
    },
    Words {
        path: "story.topic",
        de: ("thema", "Ein Thema, oder der Code eines Berichts"),
        es: ("tema", "Un tema, o el código de una noticia"),
        fr: ("sujet", "Un sujet, ou le code d'un article"),
    },
    Words {
        path: "search.topic",
        de: ("thema", "Nur in diesem Thema"),
        es: ("tema", "Solo en este tema"),
        fr: ("sujet", "Seulement dans ce sujet"),
    },
    Words {
        path: "*.story",
        de: ("bericht", "Der Code eines Berichts oder Wörter seiner Überschrift"),
        es: ("noticia", "El código de una noticia o palabras de su titular"),
        fr: ("article", "Le code d'un article ou des mots de son titre"),
    },
    Words {
        path: "*.share",
        de: ("teilen", "Die Antwort allen hier zeigen"),
        es: ("compartir", "Mostrar la respuesta a todos aquí"),
        fr: ("partager", "Montrer la réponse à tous ici"),
    },
    Words {
        path: "faq.number",
        de: ("nummer", "Nur diese Frage"),
        es: ("número", "Solo esta pregunta"),
        fr: ("numéro", "Seulement cette question"),
    },
    Words {
        path: "why.about",
        de: ("worüber", "Ein Thema, der Code eines Berichts oder die Adresse eines Beitrags"),
        es: ("sobre", "Un tema, el código de una noticia o la dirección de un mensaje"),
        fr: ("quoi", "Un sujet, le code d'un article ou l'adresse d'un message"),
    },
    Words {
        path: "search.words",
        de: ("wörter", "Alle diese Wörter"),
        es: ("palabras", "Todas estas palabras"),
        fr: ("mots", "Tous ces mots"),
    },
    Words {
        path: "follow.channel",
        de: ("kanal", "Wohin; ohne Angabe dieser Kanal"),
        es: ("canal", "Adónde; este canal si se omite"),
        fr: ("salon", "Où ; ce salon s'il est omis"),
    },
    Words {
        path: "follow.style",
        de: ("stil", "Wie ein Bericht aussieht"),
        es: ("estilo", "Cómo se ve una noticia"),
        fr: ("style", "À quoi ressemble un article"),
    },
    Words {
        path: "follow.cadence",
        de: ("takt", "Wie oft etwas kommen darf"),
        es: ("ritmo", "Con qué frecuencia puede publicar"),
        fr: ("rythme", "À quelle fréquence publier"),
    },
    Words {
        path: "follow.crosspost",
        de: ("weitergeben", "Ankündigungskanäle: an folgende Kanäle weitergeben"),
        es: ("difundir", "Canales de anuncios: publicar en los canales que lo siguen"),
        fr: ("diffuser", "Salons d'annonces : publier dans les salons abonnés"),
    },
    Words {
        path: "unfollow.channel",
        de: ("kanal", "Nur in diesem Kanal"),
        es: ("canal", "Solo en este canal"),
        fr: ("salon", "Seulement dans ce salon"),
    },
    Words {
        path: "mute.kind",
        de: ("art", "Was für etwas"),
        es: ("tipo", "Qué tipo de cosa"),
        fr: ("type", "Quel type de chose"),
    },
    Words {
        path: "mute.value",
        de: ("wert", "Was genau, etwa news.example, @name, ein Wort oder ein Code"),
        es: ("valor", "Cuál, como news.example, @nombre, una palabra o un código"),
        fr: ("valeur", "Lequel, comme news.example, @nom, un mot ou un code"),
    },
    Words {
        path: "mute.remove",
        de: ("aufheben", "Das Stummschalten aufheben"),
        es: ("quitar", "Quitar el silencio"),
        fr: ("lever", "Lever le silence"),
    },
    Words {
        path: "correct.text",
        de: ("text", "Was richtig ist, wie es alle lesen werden"),
        es: ("texto", "Lo correcto, tal como se leerá"),
        fr: ("texte", "Ce qui est juste, tel qu'on le lira"),
    },
    Words {
        path: "retract.reason",
        de: ("grund", "Warum, wie es alle lesen werden"),
        es: ("motivo", "Por qué, tal como se leerá"),
        fr: ("motif", "Pourquoi, tel qu'on le lira"),
    },
];

/// Words of a choice.
const CHOICES: &[(&str, [&str; 3])] = &[
    (
        "Thread: the whole story",
        ["Thread: der ganze Bericht", "Hilo: la noticia entera", "Fil : l'article entier"],
    ),
    ("Forum post", ["Forenbeitrag", "Publicación de foro", "Publication de forum"]),
    ("One short message", ["Eine kurze Nachricht", "Un mensaje corto", "Un message court"]),
    (
        "Digest of several stories",
        ["Überblick über mehrere Berichte", "Resumen de varias noticias", "Résumé de plusieurs articles"],
    ),
    (
        "When there is a story",
        ["Wenn es einen Bericht gibt", "Cuando haya una noticia", "Quand il y a un article"],
    ),
    (
        "At most once an hour",
        ["Höchstens einmal pro Stunde", "Como mucho una vez por hora", "Une fois par heure au plus"],
    ),
    ("Once a day", ["Einmal am Tag", "Una vez al día", "Une fois par jour"]),
    ("Source", ["Quelle", "Fuente", "Source"]),
    ("Author", ["Person", "Autor", "Auteur"]),
    ("Word", ["Wort", "Palabra", "Mot"]),
    ("Story", ["Bericht", "Noticia", "Article"]),
];

/// A choice in other languages.
pub(super) fn choice(label: &str) -> Vec<(&'static str, &'static str)> {
    CHOICES
        .iter()
        .find(|(english, _)| *english == label)
        .map(|(_, [de, es, fr])| vec![("de", *de), ("es-ES", *es), ("es-419", *es), ("fr", *fr)])
        .unwrap_or_default()
}

fn find(path: &str) -> Option<&'static Words> {
    let common = path.rsplit_once('.').map(|(_, option)| format!("*.{option}"));
    TABLE
        .iter()
        .find(|words| words.path == path)
        .or_else(|| TABLE.iter().find(|words| common.as_deref() == Some(words.path)))
}

/// What a command is called, in English first.
pub(crate) fn names(path: &'static str) -> Vec<&'static str> {
    let others = find(path).map(|words| [words.de.0, words.es.0, words.fr.0]);
    std::iter::once(path).chain(others.into_iter().flatten()).collect()
}

type Localized =
    std::borrow::Cow<'static, [(std::borrow::Cow<'static, str>, std::borrow::Cow<'static, str>)]>;

fn localized(words: &Words, of: impl Fn((&'static str, &'static str)) -> &'static str) -> Localized {
    let all = [("de", words.de), ("es-ES", words.es), ("es-419", words.es), ("fr", words.fr)];
    all.into_iter().map(|(locale, pair)| (owned(locale), owned(of(pair)))).collect()
}

/// Puts the words of the table into a command, its options and its subcommands.
pub(super) fn translate(command: &mut Command<Data, Never>, under: &str) {
    let path = format!("{under}{}", command.name);
    if let Some(words) = find(&path) {
        command.name_localizations = localized(words, |(name, _)| name);
        command.description_localizations = localized(words, |(_, told)| told);
    }
    let under = format!("{path}.");
    for option in &mut command.parameters {
        if let Some(words) = find(&format!("{under}{}", option.name)) {
            option.name_localizations = localized(words, |(name, _)| name);
            option.description_localizations = localized(words, |(_, told)| told);
        }
    }
    for sub in &mut command.subcommands {
        translate(sub, &under);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::bot::commands::all;

    fn paths(command: &Command<Data, Never>, under: &str, out: &mut Vec<String>) {
        let path = format!("{under}{}", command.name);
        for option in &command.parameters {
            out.push(format!("{path}.{}", option.name));
        }
        for sub in &command.subcommands {
            paths(sub, &format!("{path}."), out);
        }
        out.push(path);
    }

    #[test]
    fn every_command_and_option_has_words_in_every_language() {
        let mut used = Vec::new();
        for command in all() {
            paths(&command, "", &mut used);
        }
        let missing: Vec<&String> = used.iter().filter(|path| find(path).is_none()).collect();
        assert!(missing.is_empty(), "{missing:?}");
        let named: BTreeSet<&str> =
            used.iter().filter_map(|path| find(path)).map(|words| words.path).collect();
        let idle: Vec<&str> =
            TABLE.iter().map(|words| words.path).filter(|path| !named.contains(path)).collect();
        assert!(idle.is_empty(), "nobody uses {idle:?}");
    }

    #[test]
    fn names_and_descriptions_are_as_discord_wants_them() {
        for words in TABLE {
            for (name, told) in [words.de, words.es, words.fr] {
                let fits = name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
                assert!(
                    fits && name.to_lowercase() == name && (1..=32).contains(&name.chars().count()),
                    "{name}"
                );
                assert!((1..=100).contains(&told.chars().count()), "{told}");
            }
        }
    }

    #[test]
    fn commands_of_one_language_have_different_names() {
        let all: Vec<&Words> = TABLE.iter().filter(|w| !w.path.contains('.')).collect();
        for pick in [|w: &Words| w.de.0, |w: &Words| w.es.0, |w: &Words| w.fr.0] {
            let names: BTreeSet<&str> = all.iter().map(|w| pick(w)).collect();
            assert_eq!(names.len(), all.len());
        }
    }

    #[test]
    fn every_choice_has_words() {
        let built = crate::bot::commands::registration().to_string();
        for (english, _) in CHOICES {
            assert!(built.contains(&format!("\"{english}\"")), "nobody uses “{english}”");
        }
        assert_eq!(built.matches("\"name\":\"Once a day\"").count(), 1);
    }
}
