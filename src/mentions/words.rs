//! The words that questions are made of, in the four languages the commands have. Folded: lower case, no accents,
//! `what's` as `what is`. The commands' own names are not repeated here. Lists are texts: words with spaces between,
//! phrases with commas.

use std::sync::OnceLock;

use super::fold::fold;
use crate::bot::command_names;

/// What a phrase at the beginning of a question asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    Latest,
    Sources,
    Why,
    Faq,
    Changed,
    Topics,
    Help,
    Search,
    Stop,
    Resume,
}

/// Phrases that open a question. A word in [`DROPPED`] may stand between any two of theirs.
const PHRASES: &[(Head, &str)] = &[
    (
        Head::Latest,
        "latest, what is latest, latest news, latest story, latest update, news, news story, headlines, \
         newest, what is new, what is news, whats new, what is up, what is happening, what happened, what \
         is going on, update, updates, update me, catch me up, brief me, tell me more, tldr, neues, \
         neuigkeiten, was gibt es neues, was gibts neues, was ist neu, was ist neues, was ist los, \
         neueste, neuestes, neuesten, nachrichten, was passiert, novedades, noticias, ultimas noticias, \
         ultima noticia, lo ultimo, ultimo, que hay de nuevo, que hay, que pasa, que novedades hay, quoi \
         de neuf, nouvelles, dernieres nouvelles, derniere nouvelle, actualites, actus, du nouveau, \
         quelles nouvelles, que se passe t il",
    ),
    (
        Head::Sources,
        "source, sources, what is source, what are sources, where is source, where are sources, what \
         source, which sources, what sources, where is this from, where is that from, where is it from, \
         where does this come from, where does that come from, where does it come from, where did this \
         come from, where did it come from, where did you get this, where did you get that, where did you \
         get it, where did you read this, where did you hear this, how do you know, how do you know this, \
         how do you know that, says who, who says, who says so, who says this, who says that, who said \
         this, who said that, who said it, who said so, according to whom, according to who, citation, \
         citations, citation needed, references, reference, receipts, evidence, proof, based on what, \
         what is this based on, what is it based on, link to source, links, quelle, welche quelle, welche \
         quellen, was ist quelle, was sind quellen, woher, woher kommt das, woher ist das, woher stammt \
         das, woher wisst ihr das, woher weisst du das, wo steht das, wer sagt das, belege, beleg, \
         nachweise, fuente, cual es fuente, cuales son fuentes, que fuentes, de donde sale esto, de donde \
         sale eso, de donde viene esto, de donde sacas esto, de donde sacaste esto, de donde es esto, de \
         donde, quien lo dice, quien dice eso, quien dice esto, quien dijo eso, pruebas, quelle source, \
         quelles sources, quelle est source, quelles sont sources, d ou ca vient, d ou vient ca, d ou \
         cela vient, d ou vient cette info, d ou ca sort, d ou sort ca, d ou tenez vous ca, ca vient d \
         ou, qui dit ca, qui a dit ca, qui le dit, preuves, preuve",
    ),
    (
        Head::Why,
        "why, how come, for what reason, how did you pick, how did you choose, wieso, weshalb, wozu, por \
         que, porque, a que se debe, pourquoi",
    ),
    (
        Head::Faq,
        "faqs, question, questions, q, q1, q2, q3, faq1, faq2, faq3, answer question, frage, faq frage, \
         pregunta, faq pregunta, faq question",
    ),
    (
        Head::Changed,
        "changed, changes, change, changelog, what changed, what has changed, what is changed, what have \
         changed, what did change, what did you change, what is different, what are changes, difference, \
         differences, diff, what is difference, history, anderungen, was hat sich geandert, was wurde \
         geandert, was ist geandert, was hat sich verandert, was ist anders, que cambio, que ha cambiado, \
         que cambios, cambio, que hay de distinto, qu est ce qui a change, qu a t il change, ce qui a \
         change, quoi de change, quels changements, qu est ce qui change, changement",
    ),
    (
        Head::Topics,
        "topic, topic list, list topics, which topics, what topics, what are topics, what do you cover, \
         what do you follow, what do you read, what do you read about, what do you write about, what do \
         you report on, what are you reading about, what are you following, what can i ask about, what \
         else do you cover, welche themen, was sind themen, woruber schreibst du, woruber schreibt ihr, \
         woruber liest du, woruber berichtest du, que temas, cuales son temas, de que temas, de que \
         hablas, de que escribes, sobre que escribes, sobre que lees, quels sujets, quels sont sujets, \
         liste sujets, de quoi parles tu, de quoi parlez vous, sur quoi ecris tu",
    ),
    (
        Head::Help,
        "help, help me, commands, instructions, usage, how do you work, how does this work, how do i use \
         you, how do i use this, how to use, what can you do, what can i ask, what can i ask you, what do \
         you do, what are you, who are you, who runs you, who made you, are you bot, are you human, \
         hilfe, was kannst du, wer bist du, was bist du, bist du ein bot, wie funktionierst du, wie geht \
         das, ayuda, ayudame, que puedes hacer, quien eres, que eres, eres un bot, como funcionas, como \
         funciona, aide, aide moi, que peux tu faire, que sais tu faire, qui es tu, es tu un bot, tu es \
         un bot, comment ca marche, comment tu marches",
    ),
    (
        Head::Search,
        "search for, search about, find, look up, look for, lookup, anything on, anything about, do you \
         have anything on, do you have anything about, have you got anything on, is there anything on, is \
         there anything about, such, suche nach, finde, gibt es etwas zu, hast du etwas zu, busca, \
         buscame, busque, encuentra, hay algo sobre, tienes algo sobre, cherche, recherche, trouve, y a t \
         il quelque chose sur, as tu quelque chose sur",
    ),
    (
        Head::Stop,
        "stop, stop it, stop replying, stop answering, stop posting, stop talking, stop responding, stop \
         mentioning, stop tagging, stop bothering, stop messaging, stop spamming, unfollow, unsubscribe, \
         opt out, opt me out, leave, leave me alone, leave us alone, leave me out, leave this thread, \
         leave this conversation, leave thread, leave conversation, go away, get out, get lost, do not \
         reply, don t reply, dont reply, do not answer, don t answer, dont answer, do not respond, don t \
         respond, do not talk, don t talk, never reply, no more replies, be quiet, shut up, mute, \
         stopp, hor auf, aufhoren, lass mich in ruhe, lasst mich in ruhe, sei still, geh weg, \
         antworte nicht, antworte mir nicht, nicht mehr antworten, antworte mir nicht mehr, entfolge mir, \
         entfolgen, para, parar, detente, callate, dejame en paz, dejame \
         tranquilo, dejame tranquila, deja de responder, deja de responderme, no respondas, no me \
         respondas, no contestes, no me contestes, vete, deja de seguirme, sal de este hilo, arrete, \
         arretez, arrete de, tais toi, laisse moi tranquille, laissez moi tranquille, ne reponds plus, ne \
         me reponds plus, ne repondez plus, va t en, desabonne moi, quitte ce fil, quitte, ne me suis \
         plus",
    ),
    (
        Head::Resume,
        "start again, start over, start, resume, come back, unmute, unmute me, you can reply, you may \
         reply, you can answer, you may answer, reply again, answer again, talk to me again, follow me \
         again, opt in, opt me in, subscribe, mach weiter, weiter, fang wieder an, du darfst wieder, du \
         kannst wieder, antworte wieder, wieder an, empieza de nuevo, vuelve, vuelve a responder, puedes \
         responder, continua, reanuda, recommence, reprends, reviens, tu peux repondre, reponds moi a \
         nouveau, continue",
    ),
];

/// Which command's names open which question.
const COMMANDS: &[(Head, &str)] = &[
    (Head::Latest, "story"),
    (Head::Sources, "sources"),
    (Head::Faq, "faq"),
    (Head::Changed, "changed"),
    (Head::Why, "why"),
    (Head::Topics, "topics"),
    (Head::Search, "search"),
    (Head::Stop, "unfollow"),
];

/// Every phrase with what it asks for.
pub(super) fn heads() -> &'static [(Head, Vec<String>)] {
    static HEADS: OnceLock<Vec<(Head, Vec<String>)>> = OnceLock::new();
    HEADS.get_or_init(|| {
        let split = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let commands = COMMANDS
            .iter()
            .flat_map(|(head, path)| command_names(path).into_iter().map(|name| (*head, split(&fold(name)))));
        let phrases =
            PHRASES.iter().flat_map(|(head, list)| list.split(',').map(|phrase| (*head, split(phrase))));
        commands.chain(phrases).collect()
    })
}

/// Said before a question without changing it.
pub(super) const LEADS: &str = "hi hello hey hallo hola salut bonjour moin yo ok okay so um hm hmm and but also now can could would \
    will you u may i me us give tell show send list get let know want need like to see have do got is \
    there are please pls plz the your ur a an any some all bot just quick kannst konnt konnen konntest \
    du mir uns bitte zeig zeige sag gib nenne und aber mal die der das deine eure gibt es hast habt ihr \
    puedes podrias dime dame muestra muestrame ensename por favor y la las el los tus sus hay tienes \
    alguna algun peux pouvez tu vous donne donnez montre dis moi nous s il te plait le les des tes vos \
    et mais as avez t";

/// May stand between the words of a phrase.
pub(super) const DROPPED: &str = "the your ur a an any some all please pls plz bitte die der das deine eure ein eine mal denn la las \
    el los tus sus una un le les l des tes vos une other exactly actually really eigentlich genau here";

/// Between what is asked and what it is asked of.
pub(super) const INTROS: &str = "on about with in of for from regarding re concerning over around to uber zu zum zur bei von vom mit \
    aus fur sobre acerca de del en con para sur du des d a au aux propos pour dans avec cote";

/// Said after a question, or of what it is asked of, without naming anything.
pub(super) const TAILS: &str = "please pls plz bitte thanks thank you thx ty merci gracias danke por favor s il te vous plait now \
    here hier aqui ici this that it these those the a one story stories thread post posts article news \
    item piece claim then today heute hoy aujourd hui again bot man dude mate folks so far since \
    yesterday das dem den der die dies diese dieser diesem bericht davon dazu esto eso esta este noticia \
    nota hilo ca cela ceci cette ce histoire info l le la exactly up all denn jetzt and or have do on \
    there everything";

/// After a why that is asked of us.
pub(super) const WHY_TAILS: &str = "did do does are is was you u this that it the a here post posted posting tell telling told write \
    wrote writing written publish published publishing report reported reporting share shared pick \
    picked choose chose cover covered covering story article thread news newsworthy about of me us bot \
    now today please no not there have new important hast habt du ihr das dies diesen dieser gepostet \
    veroffentlicht geschrieben berichtet bericht ist hier publicaste publicas publicado publico has esto \
    eso se es noticia as avez tu vous publie ecrit poste ca cela ce cet c est et exactly in first place";

/// After a wish to be left alone.
pub(super) const STOP_TAILS: &str = "stop it now please pls replying reply replies answering answer responding respond talking talk \
    posting tagging mentioning messaging bothering spamming following to me us my in on at with here \
    this that the thread conversation post posts bot you ever again anymore any more alone and from \
    thanks thank immediately mir mich uns hier jetzt bitte mehr nicht diesen diesem faden zu antworten \
    auf endlich ya mi este hilo aqui por favor de responder responderme mas ahora nunca moi ici ce fil \
    plus s il te vous plait maintenant repondre a dans merci gracias danke aux mes";

/// After a wish to be answered again.
pub(super) const RESUME_TAILS: &str = "again please pls me to now replying answering talking reply answer you here in this thread bot can \
    may antworten wieder mir bitte jetzt hier nuevo de responder responderme por favor a nouveau \
    repondre moi s il te plait maintenant thanks danke gracias merci okay ok";

/// Words of a wish to be left alone that name the thread.
pub(super) const THREAD_WORDS: &str = "thread conversation here faden hier hilo aqui fil ici conversacion";

/// A remark that needs no answer, beside a question.
pub(super) const CHATTER: &str = "wow lol lmao haha hm hmm huh oh ah interesting thanks thank you nice cool great good ok okay hi \
    hello hey hallo hola salut bonjour moin please bitte danke gracias merci interessant spannend \
    interesante sorry bot so very much that is this s por favor il te plait vous morning evening \
    afternoon guten tag morgen buenas buenos dias there";

/// How questions begin that none of the phrases knows.
pub(super) const ASKING: &str = "what who when where which how why is are do does did can could will was wer wann wo welche wie ist \
    sind kannst que quien cuando donde cual como puedes qui quand ou quel quelle comment peux est tell \
    explain erklar explica explique";

/// Words that are not a slip of the finger for one of ours.
pub(super) const NO_TYPOS: &str = "tropics tropic chances chance charges charged charge resources courses course hells shop step storm \
    store stores news knew whey clothes changer lastest causes quest guestion leaves later lates fined \
    friend themes these thesen fuerte fuertes suchen fraser sourced";

/// Who says these about something tells us of it, and asks nothing.
pub(super) const TELLING: &str = "is are was were am be been has had will would should could did does not ist sind war waren nicht es \
    son fue era est sont etait i we they he she ich wir yo je nous";

/// Never what somebody searches for by name.
pub(super) const FUNCTION_WORDS: &str =
    "the a your my our their his her and or of for me you it is are party engine yourself";
