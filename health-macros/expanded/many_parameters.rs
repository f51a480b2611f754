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
::health_runtime::__private::check! {
    greedy = call({ let __check = greedy; move | (__0, __1, __2, __3, __4, __5, __6, __7,
    __8, __9, __10, __11, __12, __13, __14, __15,), (__16, __17,) | __check(__0, __1,
    __2, __3, __4, __5, __6, __7, __8, __9, __10, __11, __12, __13, __14, __15, __16,
    __17) }, fn ((CheckContext, CheckContext, CheckContext, CheckContext, CheckContext,
    CheckContext, CheckContext, CheckContext, CheckContext, CheckContext, CheckContext,
    CheckContext, CheckContext, CheckContext, CheckContext, CheckContext,),
    (CheckContext, CheckContext,)) -> ()); { type Details = (); }
    __rt::CheckMeta::new("greedy")
}
