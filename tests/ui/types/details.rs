use health_runtime::health_check;

struct Plain;

#[health_check]
async fn without_the_attribute() -> Result<Plain, String> {
    Ok(Plain)
}

fn main() {}
