use health_runtime::{health_check, health_details};

#[health_details]
struct Stats;

#[health_check]
pub async fn details_less_visible_than_the_check() -> Result<Stats, String> {
    Ok(Stats)
}

/// The error may be.
struct Unseen;

impl From<Unseen> for Box<dyn std::error::Error + Send + Sync> {
    fn from(_: Unseen) -> Self {
        "unseen".into()
    }
}

#[health_check]
pub async fn error_less_visible_than_the_check() -> Result<(), Unseen> {
    Err(Unseen)
}

fn main() {}
