//! Tells which checks are linked into it. Its arguments are those that have to be.

use health_runtime::{BuildError, Health, Probe, health_check};
use linking_used as _;

#[health_check(name = "program.root")]
async fn root() {}

mod module {
    mod inner {
        #[health_runtime::health_check(name = "program.module")]
        async fn check() {}
    }
}

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "it is what the program is for")]
async fn main() -> Result<(), BuildError> {
    let health = Health::builder().version(linking_named::VERSION).require(std::env::args().skip(1)).build()?;
    for (name, _) in health.probe(Probe::Ready).await.checks() {
        println!("{name}");
    }
    Ok(())
}
