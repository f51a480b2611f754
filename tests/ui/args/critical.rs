use health_runtime::health_check;

#[health_check(critical)]
async fn without_a_value() {}

#[health_check(critical = "no")]
async fn string() {}

#[health_check(critical(false))]
async fn as_a_list() {}

fn main() {}
