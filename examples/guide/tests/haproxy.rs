//! Two instances of the guide behind HAProxy.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use health_tests::Service;
use server_tests::{HaProxy, Postgres, Redis, Server as _};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::support::guide;

const CLIENTS: usize = 4;

/// Clients that ask for a route all the time, one request after the other.
struct Load {
    /// The server of each answer, and when it came.
    answers: Arc<Mutex<Vec<(String, Instant)>>>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    /// Fails the test as soon as a request fails.
    fn start(url: &str) -> Self {
        let answers = Arc::default();
        let clients = (0..CLIENTS).map(|_| tokio::spawn(ask(url.to_owned(), Arc::clone(&answers)))).collect();
        Self { answers, clients }
    }

    fn last(&self, server: &str) -> Option<Instant> {
        let answers = self.answers.lock().unwrap();
        answers.iter().rev().find(|(name, _)| name == server).map(|(_, at)| *at)
    }

    /// Waits until a server has not answered for a second. Returns how long after `since` it last did.
    async fn without(&self, server: &str, since: Instant) -> Duration {
        loop {
            self.assert_well();
            let last = self.last(server).map_or(since, |last| last.max(since));
            if last.elapsed() > Duration::from_secs(1) {
                return last - since;
            }
            assert!(since.elapsed() < Duration::from_secs(10), "{server} stays in rotation");
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until a server answers. Returns how long after `since` it did.
    async fn with(&self, server: &str, since: Instant) -> Duration {
        loop {
            self.assert_well();
            if let Some(last) = self.last(server).filter(|last| *last > since) {
                return last - since;
            }
            assert!(since.elapsed() < Duration::from_secs(10), "{server} does not come back");
            sleep(Duration::from_millis(10)).await;
        }
    }

    #[track_caller]
    fn assert_well(&self) {
        assert!(self.clients.iter().all(|client| !client.is_finished()), "a request failed");
    }

    /// How many requests were answered, all of them well.
    fn end(self) -> usize {
        self.assert_well();
        self.clients.iter().for_each(JoinHandle::abort);
        self.answers.lock().unwrap().len()
    }
}

async fn ask(url: String, answers: Arc<Mutex<Vec<(String, Instant)>>>) {
    let client = reqwest::Client::new();
    loop {
        let answer = client.get(&url).send().await.unwrap();
        let server = answer.headers()["served-by"].to_str().unwrap().to_owned();
        assert_eq!(answer.status(), 200, "{server}");
        answer.bytes().await.unwrap();
        answers.lock().unwrap().push((server, Instant::now()));
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL, Redis and HAProxy; tests/servers/run.sh"]
async fn a_node_without_its_database_and_one_that_ends_leave_rotation_and_no_request_fails() {
    let (mut database, other, redis) = (Postgres::new().await, Postgres::new().await, Redis::new());
    let mut node = Service::start(&mut guide(&database.url(), &redis.url()));
    let stays = Service::start(&mut guide(&other.url(), &redis.url()));
    let servers = [("a", node.address().to_string()), ("b", stays.address().to_string())];
    let proxy = HaProxy::balancing("inter 500ms fall 1 rise 1", &servers);
    let url = |path| format!("http://{}{path}", proxy.address());
    let load = Load::start(&url("/visits"));
    let started = Instant::now();
    load.with("a", started).await;
    load.with("b", started).await;

    for round in 0..3 {
        // Whatever the moment between two of HAProxy's questions, and between two runs of the checks.
        sleep(Duration::from_millis(400 * round)).await;
        let killed = Instant::now();
        database.kill();
        let out = load.without("a", killed).await;
        assert!(out < Duration::from_secs(2), "{out:?}");
        // A route that needs a database has one.
        let answer = reqwest::get(url("/time")).await.unwrap();
        assert_eq!((answer.status().as_u16(), &answer.headers()["served-by"]), (200, &"b".parse().unwrap()));
        let healed = Instant::now();
        database.start();
        let back = load.with("a", healed).await;
        eprintln!("database killed: out after {out:?}, back {back:?} after it was healed");
        assert!(back < Duration::from_secs(4), "{back:?}");
    }

    let asked = Instant::now();
    node.signal("-TERM");
    let out = load.without("a", asked).await;
    // Its listener is still open.
    assert_eq!(node.get("/ready").await.status, 503);
    assert!(node.ended(Duration::from_secs(20)).await.success());
    eprintln!("SIGTERM: out after {out:?}, ended after {:?}", asked.elapsed());
    assert!(out < Duration::from_secs(2), "{out:?}");
    eprintln!("{} requests, none failed", load.end());
}
