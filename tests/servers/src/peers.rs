//! Peers that are no servers.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A peer that accepts every connection, and never answers or resets it.
#[derive(Debug)]
pub struct Peer {
    address: SocketAddr,
    open: Arc<AtomicUsize>,
    accepted: Arc<AtomicUsize>,
    is_silent: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Peer {
    /// Reads what it gets, and answers nothing.
    pub async fn black_hole() -> Self {
        Self::new(|connection, _| ignore(connection)).await
    }

    /// Resets each connection as soon as it has been sent something.
    pub async fn reset() -> Self {
        Self::new(|mut connection, _| async move {
            let _ = connection.read(&mut [0]).await;
            // Closed with bytes unread or a linger of zero, a connection is reset.
            let _ = connection.set_zero_linger();
        })
        .await
    }

    /// Forwards what it gets to another address and back, until [`silence`](Self::silence).
    pub async fn forwarding(address: String) -> Self {
        Self::new(move |mut connection, mut is_silent| {
            let address = address.clone();
            async move {
                let forward = async {
                    if let Ok(mut server) = TcpStream::connect(address).await {
                        let _ = copy_bidirectional(&mut connection, &mut server).await;
                    }
                };
                tokio::select! {
                    true = async { is_silent.wait_for(|is_silent| *is_silent).await.is_ok() } => {}
                    () = forward => return,
                }
                ignore(connection).await;
            }
        })
        .await
    }

    /// Forwards what it gets to another address and back; as long as it [is silent](Self::silence), each connection only up to a request
    /// with this text, which is swallowed, as is all that comes after it.
    pub async fn swallowing(address: String, text: &'static str) -> Self {
        Self::new(move |client, is_silent| {
            let address = address.clone();
            async move {
                let Ok(server) = TcpStream::connect(address).await else { return };
                let ((mut requests, mut to_client), (mut answers, mut to_server)) =
                    (client.into_split(), server.into_split());
                let back = tokio::spawn(async move { copy(&mut answers, &mut to_client).await });
                let mut bytes = [0; 16 << 10];
                while let Ok(length @ 1..) = requests.read(&mut bytes).await {
                    let is_request = bytes[..length].windows(text.len()).any(|window| window == text.as_bytes());
                    if is_request && *is_silent.borrow() {
                        while requests.read(&mut bytes).await.is_ok_and(|length| length > 0) {}
                        break;
                    }
                    if to_server.write_all(&bytes[..length]).await.is_err() {
                        break;
                    }
                }
                back.abort();
            }
        })
        .await
    }

    /// Swallows nothing on new connections from now on.
    pub fn resume(&self) {
        self.is_silent.send_replace(false);
    }

    /// Forwards nothing from now on, and keeps the connections.
    pub fn silence(&self) {
        self.is_silent.send_replace(true);
    }

    async fn new<F>(behave: impl Fn(TcpStream, watch::Receiver<bool>) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let open = Arc::new(AtomicUsize::new(0));
        let accepted = Arc::new(AtomicUsize::new(0));
        let (count, accepted_count) = (Arc::clone(&open), Arc::clone(&accepted));
        let (is_silent, silence) = watch::channel(false);
        let task = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                accepted_count.fetch_add(1, Ordering::SeqCst);
                let count = Arc::clone(&count);
                count.fetch_add(1, Ordering::SeqCst);
                let behaviour = behave(connection, silence.clone());
                tokio::spawn(async move {
                    behaviour.await;
                    count.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { address, open, accepted, is_silent, task }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// How many connections it has accepted.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads to the end, and answers nothing.
async fn ignore(mut connection: TcpStream) {
    let mut bytes = [0; 1024];
    while connection.read(&mut bytes).await.is_ok_and(|length| length > 0) {}
}

/// A host name that has no address, which a resolver knows without a network: one of its labels is too long.
pub const NO_SUCH_HOST: &str =
    "no-such-host-with-a-label-that-is-longer-than-the-sixty-three-bytes-of-the-protocol.invalid";

/// An address at which nothing listens.
///
/// # Errors
///
/// Those of the operating system.
pub async fn closed_port() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0").await?.local_addr()
}
