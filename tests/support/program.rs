//! A copy of a test program that plays a role in a process of its own, for tests that send signals.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Says which role the copy plays; without it the copy is a test run.
const ROLE: &str = "HEALTH_TEST_ROLE";

/// A process that runs the test named `program` of this test program in some role. Killed when it is dropped.
#[derive(Debug)]
pub struct Program {
    process: Child,
    output: BufReader<ChildStdout>,
}

impl Program {
    /// The role of this process; `None` if it is the test run itself.
    pub fn role() -> Option<String> {
        std::env::var(ROLE).ok()
    }

    /// Starts a copy in a role.
    pub fn start(role: &str) -> Self {
        Self::spawn(Command::new(std::env::current_exe().expect("this program")), role)
    }

    /// Starts a copy in a role, as the first process of a container.
    pub fn start_as_first_process(role: &str) -> Self {
        let mut command = Command::new("unshare");
        command.args(["--pid", "--fork", "--kill-child"]).arg(std::env::current_exe().expect("this program"));
        Self::spawn(command, role)
    }

    fn spawn(mut command: Command, role: &str) -> Self {
        command.args(["--exact", "program", "--nocapture"]).env(ROLE, role).env_remove("RUST_BACKTRACE");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("a copy of this program");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        Self { process, output }
    }

    /// Waits for a line that starts like this, and returns its rest.
    pub fn line(&mut self, start: &str) -> String {
        loop {
            let mut line = String::new();
            let length = self.output.read_line(&mut line).expect("text");
            assert!(length > 0, "the program ended without the line {start:?}: {}", self.errors());
            if let Some(rest) = line.trim_end().strip_prefix(start) {
                return rest.trim_start().to_owned();
            }
        }
    }

    /// The address on which the program says that it listens.
    pub fn address(&mut self) -> SocketAddr {
        self.line("listening on").parse().expect("an address")
    }

    /// Lets a program go on that waits for a line.
    pub fn go_on(&mut self) {
        self.process.stdin.as_mut().expect("its input").write_all(b"\n").expect("a program that reads");
    }

    /// Sends a signal such as `-TERM`.
    pub fn signal(&self, name: &str) {
        send(name, &self.id());
    }

    /// How many files and connections the process may have open from now on.
    pub fn limit_open_files(&self, limit: u32) {
        let limit = format!("--nofile={limit}:{limit}");
        let status = Command::new("prlimit").args(["--pid", &self.id(), &limit]).status().expect("prlimit");
        assert!(status.success());
    }

    /// Waits for the end. Returns how the process ended, after how long, and what it wrote to its standard error.
    pub fn end(mut self) -> (ExitStatus, Duration, String) {
        let start = Instant::now();
        let errors = self.errors();
        let status = self.process.wait().expect("a process");
        (status, start.elapsed(), errors)
    }

    /// The process that plays the role: this one, or its child.
    fn id(&self) -> String {
        let id = self.process.id();
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
        children.split_whitespace().next().map_or_else(|| id.to_string(), str::to_owned)
    }

    fn errors(&mut self) -> String {
        let mut errors = String::new();
        self.process.stderr.take().expect("its errors").read_to_string(&mut errors).expect("text");
        errors
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sends a signal such as `-TERM` to a process.
pub(crate) fn send(signal: &str, process: &str) {
    let status = Command::new("kill").args([signal, process]).status().expect("kill");
    assert!(status.success());
}

/// Sends a GET request on a connection that stays open; returns the head of the answer once all of it has come.
///
/// # Errors
///
/// If the connection ends before.
pub fn get(connection: &mut TcpStream, path: &str) -> std::io::Result<String> {
    write!(connection, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")?;
    answer(connection)
}

/// Reads one answer with a `Content-Length`, and returns its head.
///
/// # Errors
///
/// If the connection ends before.
pub fn answer(connection: &mut TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        connection.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length = length.map_or(0, |length| length.parse().expect("a length"));
    connection.read_exact(&mut vec![0; length])?;
    Ok(head)
}
