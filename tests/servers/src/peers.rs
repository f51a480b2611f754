//! Peers that are no servers.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A peer that accepts every connection, and never answers or resets it.
#[derive(Debug)]
pub struct Peer {
    address: SocketAddr,
    open: Arc<AtomicUsize>,
    accepted: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Peer {
    /// Reads what it gets, and answers nothing.
    pub async fn black_hole() -> Self {
        Self::new(|mut connection| async move {
            let mut bytes = [0; 1024];
            while connection.read(&mut bytes).await.is_ok_and(|length| length > 0) {}
        })
        .await
    }

    /// Resets each connection as soon as it has been sent something.
    pub async fn reset() -> Self {
        Self::new(|mut connection| async move {
            let _ = connection.read(&mut [0]).await;
            // Closed with bytes unread or a linger of zero, a connection is reset.
            let _ = connection.set_zero_linger();
        })
        .await
    }

    async fn new<F: Future<Output = ()> + Send + 'static>(behave: fn(TcpStream) -> F) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let open = Arc::new(AtomicUsize::new(0));
        let accepted = Arc::new(AtomicUsize::new(0));
        let (count, accepted_count) = (Arc::clone(&open), Arc::clone(&accepted));
        let task = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                accepted_count.fetch_add(1, Ordering::SeqCst);
                let count = Arc::clone(&count);
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    behave(connection).await;
                    count.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { address, open, accepted, task }
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

/// An address at which nothing listens.
///
/// # Errors
///
/// Those of the operating system.
pub async fn closed_port() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0").await?.local_addr()
}
