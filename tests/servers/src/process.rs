//! A server's process and its children, which end with the test.

use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// How long a server may take to start or to end.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// The lines of its output that nobody has asked for yet.
    output: Receiver<String>,
}

impl Process {
    /// Starts a command, dead with the thread that started it, and waits for a line of its output that contains `ready`.
    pub(crate) fn start(user: Option<&str>, command: &[&str], ready: &str) -> Self {
        let process = Self::spawn(user, command);
        let deadline = Instant::now() + PATIENCE;
        loop {
            match process.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) if line.contains(ready) => return process,
                Ok(line) => eprintln!("{line}"),
                Err(error) => panic!("{command:?} is not ready: {error}"),
            }
        }
    }

    /// Starts a command, dead with the thread that started it.
    pub(crate) fn spawn(user: Option<&str>, command: &[&str]) -> Self {
        let mut setpriv = Command::new("setpriv");
        setpriv.args(as_user(user)).args(["--pdeathsig", "KILL", "--"]).args(command);
        let mut child = setpriv
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (lines, output) = mpsc::channel();
        for stream in [
            Box::new(child.stdout.take().expect("a pipe")) as Box<dyn Read + Send>,
            Box::new(child.stderr.take().expect("a pipe")),
        ] {
            let lines = lines.clone();
            // Reads to the end: a server that cannot write its log stops.
            thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let _ = lines.send(line);
                }
            });
        }
        Self { child, output }
    }

    /// Sends a signal to the server's first process, and waits for its end.
    pub(crate) fn end(&mut self, signal: &str) {
        send(signal, &[self.child.id()]);
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait().expect("a child").is_none() {
            assert!(Instant::now() < deadline, "{signal} does not end the server");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Kills all processes of the server.
    pub(crate) fn kill(&mut self) {
        let tree = self.tree();
        send("KILL", &tree);
        let _ = self.child.wait();
        let deadline = Instant::now() + PATIENCE;
        while tree.iter().any(|process| is_running(*process)) {
            assert!(Instant::now() < deadline, "KILL does not end the server");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Stops all processes of the server: connections are accepted by the kernel, and nothing is answered.
    pub(crate) fn stop(&mut self) {
        // The first one first, so that it starts no further ones.
        send("STOP", &[self.child.id()]);
        send("STOP", &self.tree());
    }

    /// Lets all processes of the server go on.
    pub(crate) fn go_on(&mut self) {
        send("CONT", &self.tree());
    }

    /// The lines of its output so far.
    pub(crate) fn output(&self) -> Vec<String> {
        self.output.try_iter().collect()
    }

    fn has_ended(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_some())
    }

    /// The server's first process and its children.
    fn tree(&self) -> Vec<u32> {
        let first = self.child.id();
        let children = fs::read_to_string(format!("/proc/{first}/task/{first}/children")).unwrap_or_default();
        let children = children.split_whitespace().map(|child| child.parse().expect("a process"));
        std::iter::once(first).chain(children).collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.has_ended() {
            self.kill();
        }
    }
}

/// The arguments of `setpriv` for a command that runs as another user; none if this process is not root.
pub(crate) fn as_user(user: Option<&str>) -> Vec<String> {
    match user {
        Some(user) if is_root() => {
            vec![format!("--reuid={user}"), format!("--regid={user}"), "--clear-groups".to_owned()]
        }
        _ => Vec::new(),
    }
}

pub(crate) fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").expect("/proc");
    status.lines().any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(2) == Some("0"))
}

/// A free port outside of those that the kernel gives to clients, so that it is still free when a server comes back.
pub(crate) fn free_port() -> u16 {
    let first = u16::try_from(std::process::id() % 10_000).expect("a small number") + 20_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

fn send(signal: &str, processes: &[u32]) {
    // A process may have ended meanwhile.
    let processes = processes.iter().map(ToString::to_string);
    let _ = Command::new("kill").arg(format!("-{signal}")).args(processes).stderr(Stdio::null()).status();
}

fn is_running(process: u32) -> bool {
    let stat = fs::read_to_string(Path::new("/proc").join(process.to_string()).join("stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with('Z'))
}
