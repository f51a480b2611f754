use health_runtime::{health_check, health_details};

#[health_check]
struct Database;

#[health_check]
impl Database {}

#[health_check]
mod module {}

#[health_check]
const CONSTANT: u32 = 5;

#[health_details]
union Union {
    a: u32,
}

#[health_details]
async fn function() {}

#[health_details]
type Alias = u32;

fn main() {}
