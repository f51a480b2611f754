use health_runtime::health_check;

#[health_check(name)]
async fn without_a_value() {}

#[health_check(name = )]
async fn half_typed() {}

#[health_check(name("db"))]
async fn as_a_list() {}

#[health_check(name: "db")]
async fn with_a_colon() {}

#[health_check(name = db)]
async fn unquoted() {}

#[health_check(name = 'd')]
async fn character() {}

#[health_check(name = concat!("d", "b"))]
async fn computed() {}

#[health_check(name = "")]
async fn empty() {}

#[health_check(name = "Orders")]
async fn upper_case() {}

#[health_check(name = "my db")]
async fn space() {}

#[health_check(name = "größe")]
async fn not_ascii() {}

#[health_check(name = "a\nb")]
async fn line_break() {}

#[health_check(name = "2nd")]
async fn starts_with_a_digit() {}

#[health_check(name = "_db")]
async fn starts_with_an_underscore() {}

#[health_check(name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
async fn longer_than_63() {}

#[health_check]
async fn _function_starts_with_an_underscore() {}

#[health_check]
async fn FunctionInUpperCase() {}

#[health_check]
async fn größe() {}

fn main() {}
