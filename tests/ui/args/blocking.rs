use health_runtime::health_check;

#[health_check(blocking = true)]
fn with_a_value() {}

#[health_check(blocking("pool"))]
fn as_a_list() {}

#[health_check(blocking, blocking)]
fn twice() {}

/// The typo is the one mistake.
#[health_check(blokcing)]
fn mistyped() {}

#[health_check(blocking)]
async fn asynchronous() {}

#[health_check(blocking)]
fn a_future() -> impl Future<Output = ()> {
    async {}
}

#[health_check(blocking = 1, timout = "5s")]
async unsafe fn four_mistakes() {}

/// Naming them is no mistake more.
fn named() {
    let _ = health_runtime::Health::builder().check::<with_a_value>().check::<mistyped>().check::<asynchronous>();
}

fn main() {}
