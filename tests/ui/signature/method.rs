use health_runtime::health_check;

struct Service;

impl Service {
    #[health_check]
    async fn method(&self) {}

    #[health_check]
    async fn associated() -> Result<(), Self> {
        Ok(())
    }
}

trait Checks {
    #[health_check]
    async fn required();
}

fn main() {}
