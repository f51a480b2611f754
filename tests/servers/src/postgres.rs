//! A PostgreSQL server of a test's own.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use tempfile::TempDir;

use crate::process::{Process, as_user, free_port, is_root};
use crate::{DatabaseServer, PASSWORD, Server};

/// The user that the server runs as if the test is root: it refuses to be.
const USER: &str = "postgres";

/// How many connections the server has.
const CONNECTIONS: usize = 8;

/// What the server logs when it has started.
const READY: &str = "ready to accept connections";

/// A PostgreSQL server on a port of its own, gone when it is dropped.
#[derive(Debug)]
pub struct Postgres {
    process: Process,
    programs: PathBuf,
    data: PathBuf,
    port: u16,
    admin: Option<PgConnection>,
    others: Vec<PgConnection>,
    _directory: TempDir,
}

impl Postgres {
    /// Starts a server with a database and a login for the application.
    pub async fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("health-postgres-").tempdir().expect("a directory");
        if is_root() {
            let (user, group) = ids(USER);
            chown(directory.path(), Some(user), Some(group)).expect("root may");
        }
        let (programs, data) = (programs(), directory.path().join("data"));
        let password = directory.path().join("password");
        fs::write(&password, PASSWORD).expect("a file");
        fs::set_permissions(&password, fs::Permissions::from_mode(0o644)).expect("our own file");
        let status = Command::new("setpriv")
            .args(as_user(Some(USER)))
            .arg("--")
            .arg(programs.join("initdb"))
            .args(["--no-sync", "--auth=scram-sha-256", "--username=admin", "--no-locale", "--encoding=UTF8"])
            .args([Path::new("--pwfile"), &password, Path::new("--pgdata"), &data])
            .current_dir(directory.path())
            .output()
            .expect("initdb");
        assert!(status.status.success(), "{status:?}");
        let port = free_port();
        let process = start(&programs, &data, port, &[], READY);
        let mut server = Self { process, programs, data, port, admin: None, others: Vec::new(), _directory: directory };
        server.tell(&format!("CREATE ROLE app LOGIN PASSWORD '{PASSWORD}'")).await;
        server
    }

    /// What the application connects with.
    pub fn options(&self) -> PgConnectOptions {
        self.url().parse().expect("a URL")
    }

    /// The same as text.
    pub fn url(&self) -> String {
        format!("postgres://app:{PASSWORD}@127.0.0.1:{}/postgres", self.port)
    }

    /// Where the server listens.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Starts the server again as a standby that accepts no connections, as during a recovery.
    pub fn restart_as_standby(&mut self) {
        self.shut_down();
        let signal = self.data.join("standby.signal");
        fs::write(&signal, "").expect("a file");
        self.process = start(&self.programs, &self.data, self.port, &["hot_standby=off"], "entering standby mode");
    }

    /// Starts it again as a primary.
    pub fn restart_as_primary(&mut self) {
        self.kill();
        fs::remove_file(self.data.join("standby.signal")).expect("our own file");
        self.start();
    }

    fn admin_options(&self) -> PgConnectOptions {
        // A statement that sets a password is not what a test about passwords in the log looks for.
        self.options().username("admin").disable_statement_logging()
    }

    async fn admin(&mut self) -> &mut PgConnection {
        if self.admin.is_none() {
            self.admin = Some(self.admin_options().connect().await.expect("the administrator's login"));
        }
        self.admin.as_mut().expect("connected above")
    }

    async fn tell(&mut self, statement: &str) {
        let statement = sqlx::AssertSqlSafe(statement);
        sqlx::raw_sql(statement).execute(self.admin().await).await.expect("a statement of ours");
    }

    async fn end_connections(&mut self) {
        self.tell("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'app'").await;
    }
}

impl Server for Postgres {
    fn start(&mut self) {
        self.process = start(&self.programs, &self.data, self.port, &[], READY);
    }

    fn shut_down(&mut self) {
        self.admin = None;
        self.process.end("INT");
    }

    fn kill(&mut self) {
        self.admin = None;
        self.process.kill();
    }

    fn stop(&mut self) {
        self.process.stop();
    }

    fn go_on(&mut self) {
        self.process.go_on();
    }

    async fn connections(&mut self) -> usize {
        let count = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app'";
        let count: i64 = sqlx::query_scalar(count).fetch_one(self.admin().await).await.expect("a count");
        usize::try_from(count).expect("a count")
    }
}

impl DatabaseServer for Postgres {
    async fn refuse_logins(&mut self) {
        self.tell("ALTER ROLE app PASSWORD 'another'").await;
        self.end_connections().await;
    }

    async fn allow_logins(&mut self) {
        self.tell(&format!("ALTER ROLE app PASSWORD '{PASSWORD}'")).await;
    }

    async fn fill(&mut self) {
        self.admin().await;
        while self.others.len() < CONNECTIONS - 1 {
            // The application may hold one until it is ended.
            self.end_connections().await;
            if let Ok(other) = self.admin_options().connect().await {
                self.others.push(other);
            }
        }
    }

    async fn empty(&mut self) {
        for other in self.others.drain(..) {
            other.close().await.expect("a connection of ours");
        }
    }

    async fn accepted(&mut self) -> usize {
        let count = "SELECT sum(sessions)::bigint FROM pg_stat_database";
        let count: i64 = sqlx::query_scalar(count).fetch_one(self.admin().await).await.expect("a count");
        usize::try_from(count).expect("a count")
    }
}

fn start(programs: &Path, data: &Path, port: u16, settings: &[&str], ready: &str) -> Process {
    let (program, data) = (programs.join("postgres"), data.to_str().expect("a plain path").to_owned());
    let (port, connections) = (format!("port={port}"), format!("max_connections={CONNECTIONS}"));
    let mut command = vec![program.to_str().expect("a plain path"), "-D", &data];
    for setting in [
        &port,
        &connections,
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "superuser_reserved_connections=0",
        "max_wal_senders=0",
        "shared_buffers=1MB",
        "fsync=off",
    ] {
        command.extend(["-c", setting]);
    }
    command.extend(settings.iter().flat_map(|setting| ["-c", setting]));
    Process::start(Some(USER), &command, ready)
}

/// Where the newest version that is installed has its programs.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL; tests/servers/run.sh installs it");
    let newest = versions.filter_map(|version| version.ok()?.file_name().to_str()?.parse::<u32>().ok()).max();
    Path::new("/usr/lib/postgresql").join(newest.expect("a version").to_string()).join("bin")
}

fn ids(user: &str) -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").expect("users");
    let line = users.lines().find(|line| line.split(':').next() == Some(user)).expect("the user of PostgreSQL");
    let mut fields = line.split(':').skip(2).map(|id| id.parse().expect("a number"));
    (fields.next().expect("a user"), fields.next().expect("a group"))
}
