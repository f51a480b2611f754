//! HAProxy, as a server that answers by itself or in front of others.

use std::fs;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::Server;
use crate::process::{Process, free_port};

/// HAProxy on a port of its own, gone when it is dropped.
#[derive(Debug)]
pub struct HaProxy {
    process: Process,
    directory: TempDir,
    port: u16,
}

impl HaProxy {
    /// Answers every request with 200.
    pub fn answering() -> Self {
        Self::with("    http-request return status 200 content-type text/plain string fine\n")
    }

    /// Distributes requests over servers, each a name and an address, which it asks for their readiness. The header
    /// `served-by` of an answer has the name.
    pub fn balancing(checks: &str, servers: &[(&str, String)]) -> Self {
        // It waits for the answer: what it would make of a late one is not looked at.
        let mut settings =
            "    default_backend servers\nbackend servers\n    timeout check 10s\n    option httpchk GET /ready\n    \
             http-response set-header served-by %s\n"
                .to_owned();
        for (name, address) in servers {
            settings.extend(["    server ", name, " ", address, " check ", checks, "\n"]);
        }
        Self::with(&settings)
    }

    fn with(settings: &str) -> Self {
        let directory = tempfile::Builder::new().prefix("health-haproxy-").tempdir().expect("a directory");
        let port = free_port();
        let settings = format!(
            "defaults\n    mode http\n    timeout connect 1s\n    timeout client 10s\n    timeout server 10s\n\
             frontend all\n    bind 127.0.0.1:{port}\n{settings}"
        );
        fs::write(directory.path().join("haproxy.cfg"), settings).expect("a file");
        Self { process: start(&directory, port), directory, port }
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

impl Server for HaProxy {
    fn start(&mut self) {
        self.process = start(&self.directory, self.port);
    }

    fn shut_down(&mut self) {
        self.process.end("TERM");
    }

    fn kill(&mut self) {
        self.process.kill();
    }

    fn stop(&mut self) {
        self.process.stop();
    }

    fn go_on(&mut self) {
        self.process.go_on();
    }

    async fn connections(&mut self) -> usize {
        let port = format!(":{:04X}", self.port);
        let sockets = fs::read_to_string("/proc/net/tcp").expect("sockets");
        // Established ones on the server's side.
        let is_ours = |fields: &[&str]| fields[1].ends_with(&port) && fields[3] == "01";
        sockets.lines().filter(|line| is_ours(&line.split_whitespace().collect::<Vec<_>>())).count()
    }
}

fn start(directory: &TempDir, port: u16) -> Process {
    let settings = directory.path().join("haproxy.cfg");
    let process = Process::spawn(None, &["haproxy", "-db", "-f", settings.to_str().expect("a plain path")]);
    let started = Instant::now();
    // It does not say when it is ready.
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(started.elapsed() < Duration::from_mins(1), "HAProxy does not listen: {:?}", process.output());
        thread::sleep(Duration::from_millis(5));
    }
    process
}
