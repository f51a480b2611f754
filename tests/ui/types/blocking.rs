use health_runtime::health_check;

#[health_check(blocking)]
fn number() -> u32 {
    5
}

#[health_check(blocking)]
fn text(_: String) {}

fn main() {}
