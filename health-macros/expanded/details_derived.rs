#[derive(my::health::__private::schemars::JsonSchema)]
#[schemars(crate = "my::health::__private::schemars")]
#[derive(Debug, serde::Serialize)]
enum Role {
    Primary,
    Replica,
}
const _: () = {
    use my::health::__private as __rt;
    impl __rt::PartialSchema for Role {
        fn schema() -> __rt::RefOr<__rt::Schema> {
            __rt::type_schema::<Self>()
        }
    }
    impl __rt::ToSchema for Role {
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
