//! The program itself beside the real Bluesky servers: what a person at the command line sees of it.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::Database;
use crate::support::bluesky::{Bluesky, TestAccount};
use crate::support::cli::{Ran, newsdesk};

/// A person with an account, a database and a home.
struct Person {
    bluesky: Bluesky,
    desk: TestAccount,
    database: Database,
    home: tempfile::TempDir,
}

impl Person {
    async fn new() -> Self {
        let bluesky = Bluesky::connect().await;
        let desk = bluesky.account("desk").await;
        Self { bluesky, desk, database: Database::create(), home: tempfile::TempDir::new().unwrap() }
    }

    /// Runs the binary; without a password it has the session that was kept.
    async fn run(&self, password: Option<&str>, arguments: &[&str]) -> Ran {
        let (home, url) = (self.home.path().to_owned(), self.database.url.clone());
        let (resolver, plc) = (self.bluesky.pds().to_owned(), self.bluesky.plc().to_owned());
        let (handle, password) = (self.desk.handle.clone(), password.map(str::to_owned));
        let arguments: Vec<String> = arguments.iter().map(|&a| a.to_owned()).collect();
        let secrets = [self.desk.app_password.clone(), self.desk.password.clone()];
        let ran = tokio::task::spawn_blocking(move || {
            let mut variables = vec![
                ("NEWSDESK_DATABASE", url.as_str()),
                ("NEWSDESK_TOPICS__BUILTIN", "false"),
                ("NEWSDESK_BLUESKY__HANDLE", handle.as_str()),
                ("NEWSDESK_BLUESKY__RESOLVER", resolver.as_str()),
                ("NEWSDESK_BLUESKY__PLC_DIRECTORY", plc.as_str()),
                ("NEWSDESK_BLUESKY__OPERATOR", "the Harbour Club"),
            ];
            variables.extend(password.as_deref().map(|password| ("NEWSDESK_BLUESKY__PASSWORD", password)));
            newsdesk(&home, &variables, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
        });
        let ran = ran.await.unwrap();
        for secret in secrets {
            assert!(!ran.out.contains(&secret) && !ran.err.contains(&secret), "no password is shown");
        }
        assert!(!ran.out.contains("eyJ") && !ran.err.contains("eyJ"), "no token is shown");
        ran
    }

    async fn profile(&self) -> Value {
        self.bluesky.settled().await;
        self.bluesky.as_stranger(self.bluesky.appview()).profile(&self.desk.did).await
    }
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_first_login_to_a_healthy_account() {
    let person = Person::new().await;
    let handle = person.desk.handle.clone();

    let ran = person.run(None, &["bluesky", "whoami"]).await.ends(2);
    assert!(ran.err.contains("`newsdesk bluesky login`"), "{}", ran.err);
    let ran = person.run(Some("wrong-pass-word-0000"), &["bluesky", "login"]).await.ends(2);
    assert!(ran.err.contains("does not accept the app password"), "{}", ran.err);
    let ran = person.run(Some(&person.desk.app_password), &["bluesky", "login"]).await.ends(0);
    assert!(ran.out.starts_with(&format!("{handle} (did:plc:")), "{}", ran.out);
    let sessions = person.home.path().join("data-home/newsdesk/bluesky");
    let files: Vec<_> = std::fs::read_dir(&sessions).unwrap().map(|f| f.unwrap().path()).collect();
    assert!(!files.is_empty() && files.iter().all(|file| mode(file) == 0o600), "{files:?}");
    assert_eq!(mode(&sessions), 0o700);

    // From now on the session is enough.
    let info = person.run(None, &["--json", "bluesky", "whoami"]).await.ends(0).json();
    assert_eq!((&info[0]["handle"], &info[0]["app_password"]), (&json!(handle), &json!(true)));
    assert_eq!(info[0]["logins"], 2, "one of them failed");

    // A new account says nothing of itself.
    let ran = person.run(None, &["doctor"]).await.ends(1);
    assert!(
        ran.out.contains(&format!("FAIL Bluesky, {handle}: has no label that says it is a bot")),
        "{}",
        ran.out
    );
    let ran = person.run(None, &["bluesky", "profile"]).await.ends(0);
    assert!(ran.err.contains("Do it? [y/N]"), "nobody said yes: {}", ran.err);
    assert!(person.profile().await["description"].is_null());
    let picture = person.home.path().join("picture.gif");
    std::fs::write(&picture, "GIF89a").unwrap();
    let ran = person.run(None, &["bluesky", "profile", "--yes", "--avatar", "picture.gif"]).await.ends(2);
    assert!(ran.err.contains("neither PNG nor JPEG"), "{}", ran.err);
    person.run(None, &["bluesky", "profile", "--yes"]).await.ends(0);
    let profile = person.profile().await;
    let description = profile["description"].as_str().unwrap();
    assert!(
        description.contains("Automated: a newsroom bot.")
            && description.contains("Run by the Harbour Club.")
    );
    assert_eq!(profile["labels"][0]["val"], "bot");
    assert!(profile["avatar"].is_string(), "it has our picture");
    let ran = person.run(None, &["bluesky", "profile", "--yes"]).await.ends(0);
    assert!(ran.out.contains("the profile says it all already"), "{}", ran.out);

    let ran = person.run(None, &["doctor"]).await;
    assert!(!ran.out.contains(&format!("FAIL Bluesky, {handle}")), "{}", ran.out);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_is_asked_through_the_account() {
    let person = Person::new().await;
    let ana = person.bluesky.account("ana").await;
    // One word that nobody else on these servers says.
    let word = format!("quay{}", ana.did.rsplit(':').next().unwrap());
    let text = format!("The ferry stops at {word} again.");
    person.bluesky.as_reader(&ana).say(&text, None, &[]).await;
    person.bluesky.settled().await;
    let write = |name: &str, text: String| {
        let path = person.home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let host = person.bluesky.pds().trim_start_matches("http://").to_owned();
    write("config/newsdesk.toml", format!("[http]\nallow_private_addresses = [\"{host}\"]\n"));
    let topic = format!(
        "name = \"Ferries\"\n[match]\nany = [\"ferry\"]\n[[sources]]\nkind = \"bluesky\"\nquery = \"{word}\"\n"
    );
    write("config/topics/ferries.toml", topic);

    person.run(Some(&person.desk.app_password), &["bluesky", "login"]).await.ends(0);
    let doctor = person.run(None, &["doctor"]).await;
    assert!(doctor.out.contains("ok   bluesky sources: 1 source answers"), "{}", doctor.out);
    let ran = person.run(None, &["scan", "--json"]).await.ends(0).json();
    assert_eq!(ran["sources"][0]["tally"]["new"], 1, "{ran}");
}
