#[derive(::health_runtime::__private::serde::Serialize)]
#[serde(crate = "::health_runtime::__private::serde")]
#[derive(::health_runtime::__private::schemars::JsonSchema)]
#[schemars(crate = "::health_runtime::__private::schemars")]
#[schemars(rename = "PoolStats_{T}")]
/// The pool.
#[derive(Clone)]
#[serde(rename_all = "camelCase")]
pub struct PoolStats<T> {
    /// Connections open.
    open: T,
}
const _: () = {
    use ::health_runtime::__private as __rt;
    impl<T> __rt::PartialSchema for PoolStats<T>
    where
        Self: __rt::JsonSchema,
    {
        fn schema() -> __rt::RefOr<__rt::Schema> {
            __rt::type_schema::<Self>()
        }
    }
    impl<T> __rt::ToSchema for PoolStats<T>
    where
        Self: __rt::JsonSchema,
    {
        fn name() -> __rt::Cow<'static, __rt::str> {
            __rt::schema_name::<Self>()
        }
        fn schemas(
            __schemas: &mut __rt::Vec<(__rt::String, __rt::RefOr<__rt::Schema>)>,
        ) {
            __rt::nested_schemas::<Self>(__schemas);
        }
    }
};
