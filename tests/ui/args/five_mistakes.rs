use health_runtime::health_check;

#[health_check(name = "My DB", timout = "5s", timeout = 5, timeout = "6s", crate = "health_runtime")]
async fn five() {}

/// Naming the check is not a sixth mistake.
fn named() {
    let _ = health_runtime::Health::builder().check::<five>();
}

fn main() {}
