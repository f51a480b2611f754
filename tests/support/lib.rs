//! A real server and the clients that the tests ask it with.

pub mod checks;
mod contract;
mod gate;
mod program;
mod runtimes;
mod service;
mod serving;

use std::net::SocketAddr;
use std::ops::Deref;

use axum::Router;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub use contract::Contract;
pub use gate::{Gate, GateKeeper};
pub use program::{Program, answer, get};
pub use runtimes::on_every_runtime;
pub use service::Service;
pub use serving::{serve, upgraded_echo};

/// An application on a port of its own, until it is dropped.
#[derive(Debug)]
pub struct Server {
    client: Client,
    task: JoinHandle<()>,
}

/// Asks a server, on a new connection each time.
#[derive(Debug, Clone, Copy)]
pub struct Client {
    address: SocketAddr,
}

impl Server {
    /// Serves the application.
    pub async fn start(app: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let task = tokio::spawn(async move { axum::serve(listener, app).await.expect("a server that runs") });
        Self { client: Client::new(address), task }
    }
}

impl Deref for Server {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Client {
    /// A client of the server at this address.
    pub fn new(address: SocketAddr) -> Self {
        Self { address }
    }

    /// Asks with GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[]).await
    }

    /// Asks with any method and headers.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        for (name, value) in headers {
            request.extend([name, ": ", value, "\r\n"]);
        }
        request.push_str("\r\n");
        self.send_raw(request.as_bytes()).await
    }

    /// Sends bytes and reads what comes until the server closes the connection.
    pub async fn send_raw(&self, request: &[u8]) -> Answer {
        let mut connection = self.connect().await;
        connection.write_all(request).await.expect("a server that reads");
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).await.expect("an answer");
        Answer::parse(&answer)
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A connection on which nothing has been said yet.
    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("a server that accepts")
    }
}

/// An answer as it came over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers in their order, names in lowercase.
    pub headers: Vec<(String, String)>,
    /// The body; what is no text in it is replaced.
    pub body: String,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no HTTP answer: {text:?}"));
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
        let headers = lines.filter_map(|line| line.split_once(": "));
        Self {
            status: status.expect("a status code"),
            headers: headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect(),
            body: body.to_owned(),
        }
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {:?}", self.body))
    }

    /// The body as JSON, with what the clock decides replaced by its shape.
    pub fn shape(&self) -> Value {
        let mut json = self.json();
        blur(&mut json);
        json
    }
}

/// Replaces times by `"<time>"` and durations by `"<ms>"`, if they look as they should.
fn blur(json: &mut Value) {
    let Value::Object(members) = json else { return };
    for (name, value) in members {
        match name.as_str() {
            "timestamp" | "observed_at" => {
                let text = value.as_str().unwrap_or_default();
                let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
                assert_eq!(shape, "0000-00-00T00:00:00.000Z", "{name} is {text}");
                *value = "<time>".into();
            }
            "response_time_ms" => {
                let hundredths = value.as_f64().unwrap_or(-1.0) * 100.0;
                assert!(hundredths >= 0.0 && (hundredths - hundredths.round()).abs() < 1e-6, "{name} is {value}");
                *value = "<ms>".into();
            }
            _ => blur(value),
        }
    }
}

/// The examples of the guides.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../../docs/kubernetes.md")]
    mod kubernetes {}
    #[doc = include_str!("../../docs/openapi.md")]
    mod openapi {}
    #[doc = include_str!("../../docs/serving.md")]
    mod serving {}
    #[doc = include_str!("../../docs/testing.md")]
    mod testing {}
}
