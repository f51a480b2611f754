use health_runtime::health_check;

#[health_check(tags)]
async fn without_a_list() {}

#[health_check(tags = "storage")]
async fn with_a_value() {}

#[health_check(tags())]
async fn empty() {}

#[health_check(tags(storage))]
async fn unquoted() {}

#[health_check(tags("storage", " "))]
async fn blank() {}

fn main() {}
