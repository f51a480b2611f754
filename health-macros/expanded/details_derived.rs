#[derive(my::health::__private::schemars::JsonSchema)]
#[schemars(crate = "my::health::__private::schemars")]
#[derive(Debug, serde::Serialize)]
enum Role {
    Primary,
    Replica,
}
