//! A Redis server of a test's own.

use std::fmt;
use std::fs;

use redis::aio::MultiplexedConnection;
use redis::{Client, Cmd, cmd};
use tempfile::TempDir;

use crate::process::{Process, free_port};
use crate::{DatabaseServer, PASSWORD, Server};

/// How many clients the server takes.
const CLIENTS: usize = 32;

/// What the server logs when it has started.
const READY: &str = "Ready to accept connections";

/// A Redis server on a port of its own, gone when it is dropped.
pub struct Redis {
    process: Process,
    directory: TempDir,
    port: u16,
    admin: Option<MultiplexedConnection>,
    others: Vec<MultiplexedConnection>,
}

impl Redis {
    /// Starts a server with a login for the application.
    pub fn new() -> Self {
        Self::with("")
    }

    /// Starts a replica of this server.
    #[must_use]
    pub fn replica(&self) -> Self {
        Self::with(&format!("replicaof 127.0.0.1 {}\nmasterauth {PASSWORD}\nrepl-timeout 2\n", self.port))
    }

    /// Starts a replica of this server that answers nothing without it.
    #[must_use]
    pub fn strict_replica(&self) -> Self {
        let settings = "repl-timeout 2\nreplica-serve-stale-data no\n";
        Self::with(&format!("replicaof 127.0.0.1 {}\nmasterauth {PASSWORD}\n{settings}", self.port))
    }

    /// Starts the server again with data that it loads for about two seconds.
    pub async fn restart_with_much_data(&mut self) {
        let script = "for i = 1, 1000 do redis.call('SET', i, string.rep('x', 1000)) end";
        let () = self.tell(cmd("EVAL").arg(script).arg(0)).await;
        let () = self.tell(&mut cmd("SAVE")).await;
        self.kill();
        let path = self.directory.path().join("redis.conf");
        let settings = fs::read_to_string(&path).expect("our own file");
        let settings = format!("{settings}key-load-delay 2000\nloading-process-events-interval-bytes 1024\n");
        fs::write(path, settings).expect("our own file");
        self.process = start(&self.directory, "Loading RDB");
    }

    /// Starts a script that does not end: the server answers every command with `BUSY`.
    pub async fn keep_busy(&mut self) {
        let () = self.tell(cmd("CONFIG").arg("SET").arg("lua-time-limit").arg(1)).await;
        let mut other = self.connect_as_admin().await.expect("the administrator's login");
        // Its answer is its end.
        let _ = cmd("EVAL").arg("while true do end").arg(0).exec_async(&mut other).await;
    }

    /// Ends that script.
    pub async fn end_script(&mut self) {
        let () = self.tell(cmd("SCRIPT").arg("KILL")).await;
        let admin = self.admin.as_mut().expect("connected above");
        // The script ends after the answer.
        while cmd("PING").exec_async(admin).await.is_err() {
            tokio::task::yield_now().await;
        }
    }

    fn with(settings: &str) -> Self {
        let directory = tempfile::Builder::new().prefix("health-redis-").tempdir().expect("a directory");
        let port = free_port();
        let settings = format!(
            "bind 127.0.0.1\nport {port}\ndir {}\nsave \"\"\nmaxclients {CLIENTS}\nrequirepass {PASSWORD}\n\
             repl-diskless-sync-delay 0\nrepl-ping-replica-period 1\nuser app on >{PASSWORD} ~* &* +@all\n{settings}",
            directory.path().display()
        );
        fs::write(directory.path().join("redis.conf"), settings).expect("a file");
        Self { process: start(&directory, READY), directory, port, admin: None, others: Vec::new() }
    }

    /// What the application connects with.
    pub fn client(&self) -> Client {
        Client::open(self.url()).expect("a URL")
    }

    /// The same as text.
    pub fn url(&self) -> String {
        format!("redis://app:{PASSWORD}@{}", self.address())
    }

    /// Where the server listens.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Has the server execute a command as its administrator.
    pub async fn tell<T: redis::FromRedisValue>(&mut self, command: &mut Cmd) -> T {
        if self.admin.is_none() {
            self.admin = Some(self.connect_as_admin().await.expect("the administrator's login"));
        }
        command.query_async(self.admin.as_mut().expect("connected above")).await.expect("a command of ours")
    }

    /// Whether the link of a replica is up.
    pub async fn is_connected_to_its_primary(&mut self) -> bool {
        let info: String = self.tell(cmd("INFO").arg("replication")).await;
        info.contains("master_link_status:up")
    }

    async fn connect_as_admin(&self) -> redis::RedisResult<MultiplexedConnection> {
        let url = format!("redis://:{PASSWORD}@{}", self.address());
        Client::open(url).expect("a URL").get_multiplexed_async_connection().await
    }

    async fn end_connections(&mut self) {
        let _ended: usize = self.tell(cmd("CLIENT").arg("KILL").arg("USER").arg("app")).await;
    }
}

impl Default for Redis {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("port", &self.port).finish_non_exhaustive()
    }
}

impl Server for Redis {
    fn start(&mut self) {
        self.process = start(&self.directory, READY);
    }

    fn shut_down(&mut self) {
        self.admin = None;
        self.process.end("TERM");
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
        let clients: String = self.tell(cmd("CLIENT").arg("LIST")).await;
        clients.lines().filter(|client| client.contains(" user=app ")).count()
    }
}

impl DatabaseServer for Redis {
    async fn refuse_logins(&mut self) {
        let () = self.tell(cmd("ACL").arg("SETUSER").arg("app").arg("resetpass").arg(">another")).await;
        self.end_connections().await;
    }

    async fn allow_logins(&mut self) {
        let () = self.tell(cmd("ACL").arg("SETUSER").arg("app").arg("resetpass").arg(format!(">{PASSWORD}"))).await;
    }

    async fn fill(&mut self) {
        let _clients: String = self.tell(cmd("CLIENT").arg("LIST")).await;
        while self.others.len() < CLIENTS - 1 {
            // The application may hold one until it is ended.
            self.end_connections().await;
            if let Ok(mut other) = self.connect_as_admin().await
                && cmd("PING").exec_async(&mut other).await.is_ok()
            {
                self.others.push(other);
            }
        }
    }

    async fn empty(&mut self) {
        self.others.clear();
        for _ in 0..500 {
            let clients: String = self.tell(cmd("CLIENT").arg("LIST")).await;
            if clients.lines().count() < CLIENTS {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("the server keeps its clients");
    }

    async fn accepted(&mut self) -> usize {
        let info: String = self.tell(cmd("INFO").arg("stats")).await;
        let count = info.lines().find_map(|line| line.strip_prefix("total_connections_received:"));
        count.and_then(|count| count.trim().parse().ok()).expect("a count")
    }
}

fn start(directory: &TempDir, ready: &str) -> Process {
    let settings = directory.path().join("redis.conf");
    let command = ["redis-server", settings.to_str().expect("a plain path")];
    Process::start(None, &command, ready)
}
