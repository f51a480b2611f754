use health_runtime::health_check;

// Its type hides the crate from the other function, which the macro does not see.
#[health_check]
async fn serde_json() {}

fn number(text: &str) -> Option<u32> {
    serde_json::from_str(text).ok()
}

fn main() {
    number("1");
}
