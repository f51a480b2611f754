//! A service as a person and a supervisor meet it: a process of its own.

use std::io::{BufRead as _, BufReader, Read};
use std::ops::Deref;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::program::send;
use crate::{Answer, Client};

/// A program that serves, and says where. Killed when it is dropped.
#[derive(Debug)]
pub struct Service {
    process: Child,
    client: Client,
    output: Arc<Mutex<String>>,
}

impl Service {
    /// Starts it on a port of its own, and waits for a line with its URL.
    pub fn start(command: &mut Command) -> Self {
        command.env("PORT", "0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("a program that starts");
        let output = Arc::new(Mutex::new(String::new()));
        let (urls, url) = mpsc::channel();
        for stream in [
            Box::new(process.stdout.take().expect("a pipe")) as Box<dyn Read + Send>,
            Box::new(process.stderr.take().expect("a pipe")),
        ] {
            let (output, urls) = (Arc::clone(&output), urls.clone());
            // Reads to the end: a program that cannot write its log stops.
            thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    if let Some((_, url)) = line.split_once("http://") {
                        let _ = urls.send(url.to_owned());
                    }
                    *output.lock().expect("no panic") += &(line + "\n");
                }
            });
        }
        drop(urls);
        let url = url.recv().unwrap_or_else(|_| panic!("it does not serve: {output:?}"));
        let address = url.split('/').next().and_then(|address| address.parse().ok());
        Self { process, client: Client::new(address.expect("an address")), output }
    }

    /// Asks for readiness until the answer is as it should be: an observation answers for up to a second.
    pub async fn ready_until(&self, as_it_should_be: impl Fn(&Answer) -> bool) -> Answer {
        let asked = async {
            loop {
                let answer = self.client.get("/ready").await;
                if as_it_should_be(&answer) {
                    return answer;
                }
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(Duration::from_secs(10), asked).await.expect("the answer that was waited for")
    }

    /// Sends a signal such as `-TERM`.
    pub fn signal(&self, name: &str) {
        send(name, &self.process.id().to_string());
    }

    /// Waits for the end.
    pub async fn ended(&mut self, within: Duration) -> ExitStatus {
        let ended = async {
            loop {
                if let Some(status) = self.process.try_wait().expect("a child") {
                    return status;
                }
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(within, ended).await.unwrap_or_else(|_| panic!("no end within {within:?}"))
    }

    /// What it has written so far, to its standard output and its standard error.
    pub fn output(&self) -> String {
        self.output.lock().expect("no panic").clone()
    }
}

impl Deref for Service {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
