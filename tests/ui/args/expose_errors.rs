use health_runtime::health_check;

#[health_check(expose_errors = true)]
async fn with_a_value() {}

#[health_check(expose_errors(always))]
async fn as_a_list() {}

fn main() {}
