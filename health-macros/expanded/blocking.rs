#[allow(
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    reason = "the signature of a health check has few forms"
)]
/// The licence server answers.
fn licence(State(server): State<Server>, cx: CheckContext) -> io::Result<Licence> {
    server.ask(cx.remaining())
}
/// The check that the function is, as a type.
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    clippy::exhaustive_enums,
    reason = "it is named like its function, and has no value"
)]
enum licence {}
#[allow(deprecated, reason = "said where the function names it")]
#[allow(unused_qualifications, reason = "what the user imports is none of our business")]
const _: () = {
    use ::health_runtime::__private as __rt;
    impl __rt::HealthCheck for licence {
        type Details = Licence;
        const META: __rt::CheckMeta = __rt::CheckMeta::new("licence")
            .description("The licence server answers.");
    }
    impl __rt::Runnable for licence {
        fn requirements(__requirements: &mut __rt::Requirements) {
            __rt::parameter::<State<Server>>().require(__requirements);
            __rt::parameter::<CheckContext>().require(__requirements);
        }
        fn run(__cx: __rt::CheckContext) -> __rt::RunFuture {
            let __check = licence;
            __rt::call_blocking::<
                licence,
                _,
                io::Result<Licence>,
                _,
            >(
                (
                    __rt::parameter::<State<Server>>(),
                    (__rt::parameter::<CheckContext>(), ()),
                ),
                move |(__0, (__1, ()))| __check(__0, __1),
                __cx,
            )
        }
    }
    __rt::inventory::submit! {
        __rt::Registration::of:: < licence > (__rt::cfg!(test))
    }
};
