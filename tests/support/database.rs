//! A database of the chosen kind for one test, gone afterwards.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use newsdesk::store::Store;
use sqlx::Connection as _;
use tempfile::TempDir;
use url::Url;

use super::variable;

/// A fresh, empty database.
pub(crate) struct Database {
    /// Its address, as `--db` takes it.
    pub(crate) url: String,
    keeper: Keeper,
}

enum Keeper {
    Folder { _folder: TempDir },
    Server { server: Url, name: String },
}

static MADE: AtomicU32 = AtomicU32::new(0);

impl Database {
    /// Makes one of the kind that `NEWSDESK_TEST_DB` names.
    pub(crate) fn create() -> Self {
        match variable("NEWSDESK_TEST_DB").as_deref() {
            None | Some("sqlite") => {
                let folder = TempDir::new().expect("a temporary folder");
                let url = format!("sqlite://{}", folder.path().join("desk.db").display());
                Self { url, keeper: Keeper::Folder { _folder: folder } }
            }
            Some("postgres") => Self::on_server(),
            Some(other) => panic!("NEWSDESK_TEST_DB is `{other}`; use `sqlite` or `postgres`"),
        }
    }

    fn on_server() -> Self {
        let server = variable("NEWSDESK_TEST_PG")
            .expect("no PostgreSQL server: run `scripts/test`, or `scripts/postgres cargo nextest run`");
        let server: Url = server.parse().expect("NEWSDESK_TEST_PG is the address of a server");
        // Tests are processes of their own: the time and the id of the process tell their databases apart.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos();
        let n = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("newsdesk_{}_{now}_{n}", std::process::id());
        execute(&server, &format!("CREATE DATABASE {name}"));
        let mut url = server.clone();
        url.set_path(&name);
        Self { url: url.into(), keeper: Keeper::Server { server, name } }
    }

    /// Whether it is in a file.
    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.keeper, Keeper::Folder { .. })
    }

    /// Opens it as the program does.
    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.url).await.expect("a fresh database opens")
    }

    /// A plain connection, for looking at what is stored.
    pub(crate) async fn connect(&self) -> sqlx::AnyConnection {
        sqlx::any::install_default_drivers();
        let url = if self.is_sqlite() { format!("{}?mode=rwc", self.url) } else { self.url.clone() };
        sqlx::AnyConnection::connect(&url).await.expect("the database can be reached")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Keeper::Server { server, name } = &self.keeper {
            execute(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// Runs one statement on the server, on a thread of its own: the caller may or may not be inside a runtime.
fn execute(server: &Url, sql: &str) {
    let run = async {
        let mut connection = sqlx::PgConnection::connect(server.as_str())
            .await
            .expect("the server of NEWSDESK_TEST_PG answers; `scripts/test` starts one");
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
            .execute(&mut connection)
            .await
            .expect("databases can be made");
        connection.close().await.expect("the connection closes");
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(run);
        });
    });
}
