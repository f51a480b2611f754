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
    clippy::exhaustive_structs,
    reason = "it is named like its function, and has no fields"
)]
struct licence {}
#[allow(
    deprecated,
    unused_qualifications,
    reason = "said where the function names the same"
)]
const _: () = {
    use ::health_runtime::__private as __rt;
    const __PARAMETERS: (
        __rt::Parameter<State<Server>>,
        __rt::Parameter<CheckContext>,
    ) = (__rt::parameter::<State<Server>>(), __rt::parameter::<CheckContext>());
    impl __rt::HealthCheck for licence {
        type Details = Licence;
        fn meta(&self) -> __rt::CheckMeta {
            __rt::CheckMeta::new("licence")
                .with_description("The licence server answers.")
        }
        fn requirements(&self, __requirements: &mut __rt::Requirements) {
            __requirements.thread();
            __rt::Parameters::require(__PARAMETERS, __requirements);
        }
        fn run(&self, __cx: __rt::CheckContext) -> __rt::Run<Licence> {
            __rt::call_blocking::<
                Self,
                io::Result<Licence>,
                _,
                _,
            >(__PARAMETERS, licence, __cx)
        }
    }
    impl __rt::Default for licence {
        fn default() -> Self {
            Self {}
        }
    }
    __rt::inventory::submit! {
        __rt::Registration::of:: < licence > (__rt::cfg!(test))
    }
};
