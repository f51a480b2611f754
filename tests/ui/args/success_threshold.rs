use health_runtime::health_check;

#[health_check(success_threshold)]
async fn without_a_value() {}

#[health_check(success_threshold = 0)]
async fn zero() {}

#[health_check(success_threshold = 1.5)]
async fn fraction() {}

fn main() {}
