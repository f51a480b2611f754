use health_runtime::health_check;

struct Service;

// The macro cannot see that the function stands in an `impl`; the first error says so.
impl Service {
    #[health_check]
    async fn ping() {}
}

fn main() {}
