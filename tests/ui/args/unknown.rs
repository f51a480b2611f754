use health_runtime::{health_check, health_details};

#[health_check(timout = "5s")]
async fn missing_letter() {}

#[health_check(nmae = "db")]
async fn swapped_letters() {}

#[health_check(time = "5s")]
async fn begun() {}

#[health_check(retries = 3)]
async fn another_word() {}

#[health_check(name::first = "db")]
async fn path() {}

#[health_details(name = "pool")]
struct OfTheOtherAttribute;

fn main() {}
