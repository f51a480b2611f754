//! One function three times, and the same call of each: as it is, annotated, and wrapped by an attribute that does wrap.

macro_rules! function {
    ($module:ident, $call:ident: $(#[$attribute:meta])*) => {
        mod $module {
            use axum::extract::State;

            $(#[$attribute])*
            pub(super) async fn function(State(waiting): State<u64>) -> Result<(), String> {
                if waiting > 12 { Err(format!("{waiting} jobs wait")) } else { Ok(()) }
            }
        }

        /// Calls the function, and polls what it returns.
        #[inline(never)]
        pub fn $call(waiting: u64) -> std::task::Poll<Result<(), String>> {
            let future = std::pin::pin!($module::function(axum::extract::State(waiting)));
            future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
        }
    };
}

function!(plain, call_plain:);
function!(annotated, call_annotated: #[health_runtime::health_check(name = "jobs")]);
function!(instrumented, call_instrumented: #[tracing::instrument]);
