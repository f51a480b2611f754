async fn greedy(
    _: CheckContext,
    _: CheckContext,
    _: CheckContext,
    _: CheckContext,
    _: CheckContext,
    _: CheckContext,
    _: CheckContext,
    _: CheckContext,
    _: CheckContext,
    _: CheckContext,
    _: CheckContext,
    _: CheckContext,
    _: CheckContext,
    _: CheckContext,
    _: CheckContext,
    _: CheckContext,
    _: CheckContext,
    _: CheckContext,
) {}
/// The check that the function is, as a type.
#[allow(
    non_camel_case_types,
    missing_debug_implementations,
    clippy::exhaustive_enums,
    reason = "it is named like its function, and has no value"
)]
enum greedy {}
#[allow(
    deprecated,
    unused_qualifications,
    reason = "said where the function names the same"
)]
const _: () = {
    use ::health_runtime::__private as __rt;
    impl __rt::HealthCheck for greedy {
        type Details = ();
        fn meta() -> __rt::CheckMeta {
            __rt::CheckMeta::new("greedy")
        }
    }
    impl __rt::Runnable for greedy {
        fn function() -> __rt::Function {
            __rt::call::<
                Self,
                (),
                _,
                _,
            >(
                (
                    __rt::parameter::<
                        (
                            CheckContext,
                            CheckContext,
                            CheckContext,
                            CheckContext,
                            CheckContext,
                            CheckContext,
                            CheckContext,
                            CheckContext,
                            CheckContext,
                            CheckContext,
                            CheckContext,
                            CheckContext,
                            CheckContext,
                            CheckContext,
                            CheckContext,
                            CheckContext,
                        ),
                    >(),
                    __rt::parameter::<(CheckContext, CheckContext)>(),
                ),
                {
                    let __check = greedy;
                    move |
                        (
                            __0,
                            __1,
                            __2,
                            __3,
                            __4,
                            __5,
                            __6,
                            __7,
                            __8,
                            __9,
                            __10,
                            __11,
                            __12,
                            __13,
                            __14,
                            __15,
                        ),
                        (__16, __17)|
                    __check(
                        __0,
                        __1,
                        __2,
                        __3,
                        __4,
                        __5,
                        __6,
                        __7,
                        __8,
                        __9,
                        __10,
                        __11,
                        __12,
                        __13,
                        __14,
                        __15,
                        __16,
                        __17,
                    )
                },
            )
        }
    }
    __rt::inventory::submit! {
        __rt::Registration::of:: < greedy > (__rt::cfg!(test))
    }
};
