//! What can be done to any server.

use std::time::Duration;

/// A server of a test's own, which the test breaks and repairs.
#[expect(async_fn_in_trait, reason = "the futures are awaited where they are made")]
pub trait Server {
    /// Starts it again, on the same port and with the same data.
    fn start(&mut self);

    /// Ends it as an operator does.
    fn shut_down(&mut self);

    /// Kills all its processes with SIGKILL.
    fn kill(&mut self);

    /// Stops all its processes with SIGSTOP.
    fn stop(&mut self);

    /// Lets stopped processes go on.
    fn go_on(&mut self);

    /// The application's connections, as the server counts them.
    async fn connections(&mut self) -> usize;

    /// Waits until the application's connections are as expected.
    async fn wait_for_connections(&mut self, expected: impl Fn(usize) -> bool) {
        for _ in 0..500 {
            if expected(self.connections().await) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{} connections", self.connections().await);
    }
}

/// What can be done to a server with logins and a limit for connections.
#[expect(async_fn_in_trait, reason = "the futures are awaited where they are made")]
pub trait DatabaseServer: Server {
    /// Ends the application's connections and refuses its login from now on.
    async fn refuse_logins(&mut self);

    /// Accepts the application's login again.
    async fn allow_logins(&mut self);

    /// Ends the application's connections and takes all the server has, until [`empty`](Self::empty).
    async fn fill(&mut self);

    /// Gives back the connections that [`fill`](Self::fill) took.
    async fn empty(&mut self);

    /// All connections that the server has accepted since it started.
    async fn accepted(&mut self) -> usize;
}
