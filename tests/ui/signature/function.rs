use health_runtime::health_check;

#[health_check]
fn not_async() {}

#[health_check]
fn not_async_but_a_future() -> impl Future<Output = ()> {
    async {}
}

#[health_check]
const fn constant() {}

#[health_check]
async unsafe fn unsafe_function() {}

#[health_check]
async extern "C" fn foreign() {}

#[health_check]
async fn generic<T>() {}

#[health_check]
async fn constant_parameter<const N: usize>() {}

#[health_check]
async fn lifetime<'a>() {}

#[health_check]
async fn conditional_parameter(#[cfg(unix)] _: health_runtime::CheckContext) {}

#[health_check]
async fn impl_trait_parameter(_: impl Into<String>) {}

#[health_check]
async fn impl_trait_answer() -> Result<impl Sized, String> {
    Ok(())
}

#[health_check]
async unsafe fn three_mistakes<T>() -> bool {
    true
}

/// Naming them is no mistake more.
fn named() {
    let _ = health_runtime::Health::builder().check::<not_async>().check::<generic>().check::<three_mistakes>();
}

#[health_check]
async fn greedy(
    _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8,
    _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8,
    _: u16,
) {
}

fn main() {}
