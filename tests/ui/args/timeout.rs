use health_runtime::health_check;

#[health_check(timeout)]
async fn without_a_value() {}

#[health_check(timeout("5s"))]
async fn as_a_list() {}

#[health_check(timeout = 5)]
async fn number() {}

#[health_check(timeout = Duration::from_secs(5))]
async fn expression() {}

#[health_check(timeout = "")]
async fn empty() {}

#[health_check(timeout = "0s")]
async fn zero() {}

#[health_check(timeout = "5")]
async fn without_a_unit() {}

#[health_check(timeout = "s")]
async fn without_a_number() {}

#[health_check(timeout = "5 s")]
async fn space_before_the_unit() {}

#[health_check(timeout = "5 sec")]
async fn space_before_an_unknown_unit() {}

#[health_check(timeout = "-1s")]
async fn negative() {}

#[health_check(timeout = "1.5s")]
async fn fraction() {}

#[health_check(timeout = "5sec")]
async fn unknown_unit() {}

#[health_check(timeout = "30s 1m")]
async fn units_out_of_order() {}

#[health_check(timeout = "1s 1s")]
async fn unit_twice() {}

#[health_check(timeout = "99999999999999999999s")]
async fn overflow() {}

#[health_check(timeout = "18446744073709551615ms 1ms")]
async fn unit_twice_and_overflow() {}

fn main() {}
