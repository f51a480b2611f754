//! The runtimes that a service may run on.

#![expect(clippy::missing_panics_doc, reason = "what panics here has found a mistake")]

use tokio::runtime::Builder;

/// Runs a test on two workers, on one, and on a current-thread runtime: most containers have one CPU.
pub fn on_every_runtime<F: Future<Output = ()> + Send + 'static>(test: impl Fn() -> F) {
    for workers in [2, 1] {
        println!("on {workers} workers");
        let runtime = Builder::new_multi_thread().worker_threads(workers).enable_all().build().expect("a runtime");
        // On a worker, as a server is.
        runtime.block_on(runtime.spawn(test())).expect("a test that passes");
    }
    println!("on a current-thread runtime");
    Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(test());
}
