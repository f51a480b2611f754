use health_runtime::health_check;

#[health_check(probes)]
async fn without_a_list() {}

#[health_check(probes = "ready")]
async fn with_a_value() {}

#[health_check(probes())]
async fn empty() {}

#[health_check(probes[ready])]
async fn brackets() {}

#[health_check(probes("ready"))]
async fn strings() {}

#[health_check(probes(ready, shutdown))]
async fn unknown() {}

#[health_check(probes(redy))]
async fn misspelt() {}

fn main() {}
