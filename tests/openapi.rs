//! The OpenAPI document: exact for this very service, stable, and true of every answer.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Router;
use expect_test::expect_file;
use health_runtime::{Check, CheckMeta, CheckStatus, Endpoint, Health, HealthBuilder, Outcome, Probe, health_details};
use health_tests::{Contract, Server};
use serde_json::{Value, json};
use tokio::sync::watch;
use utoipa::openapi::path::{OperationBuilder, PathItem};
use utoipa::openapi::{Components, HttpMethod, OpenApi, OpenApiVersion, Ref};
use utoipa::{OpenApi as _, ToSchema};
use utoipa_axum::router::OpenApiRouter;

/// What the connection pool looks like right now.
#[health_details]
struct PoolStats {
    /// Connections currently open.
    open: u32,
    /// Connections open and unused.
    idle: usize,
}

fn database() -> Check {
    let meta = CheckMeta::new("db").with_description("Postgres answers a trivial query.").with_tags(["storage", "eu"]);
    Check::new(meta, async |_| Outcome::ok(PoolStats { open: 4, idle: 3 }))
}

fn redis() -> Check {
    let meta = CheckMeta::new("redis").with_probes(&[Probe::Ready, Probe::Startup]).with_critical(false);
    Check::new(meta, async |_| ())
}

/// A check that fails when it is told to.
fn switched(on: watch::Receiver<bool>) -> Check {
    let meta = CheckMeta::new("switched").with_probes(&Probe::ALL);
    Check::new(meta, move |_| {
        let on = *on.borrow();
        async move { if on { Ok(()) } else { Err("switched off") } }
    })
}

fn builder() -> HealthBuilder {
    Health::builder().version("1.4.0").service("orders").without_registered()
}

fn document(health: &Health) -> Value {
    serde_json::to_value(health.openapi()).unwrap()
}

fn build(checks: impl IntoIterator<Item = Check>) -> Health {
    checks.into_iter().fold(builder(), HealthBuilder::add).build().unwrap()
}

#[test]
fn the_document_of_a_small_service() {
    let health = build([database(), redis()]);
    expect_file!["openapi.json"].assert_eq(&format!("{:#}\n", document(&health)));
}

#[test]
fn a_member_is_in_a_schema_exactly_if_it_is_sent_and_is_then_required() {
    let members = |health: &Health, report: &str| {
        let schema = &document(health)["components"]["schemas"][report];
        let members: Vec<_> = schema["properties"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(json!(members), schema["required"]);
        members.join(" ")
    };
    let silent = Health::builder().version("1.4.0").without_registered();
    assert_eq!(members(&silent.build().unwrap(), "LiveReport"), "status timestamp version");
    let health = build([]);
    assert_eq!(members(&health, "LiveReport"), "service status timestamp version");
    assert_eq!(members(&health, "ReadyReport"), "checks phase service status timestamp version");
    let (_switch, on) = watch::channel(true);
    let health = build([switched(on)]);
    assert_eq!(members(&health, "LiveReport"), "checks service status timestamp version");
    assert_eq!(members(&health, "LiveReport.switched"), "checks service status timestamp version");
    assert_eq!(members(&health, "StartupReport"), "checks phase service status timestamp version");
}

#[test]
fn what_is_switched_off_is_not_documented_and_what_is_moved_is_documented_there() {
    let health = builder()
        .add(database())
        .path(Endpoint::Ready, "/readyz")
        .without_endpoint(Endpoint::Live)
        .without_endpoint(Endpoint::Startup)
        .without_endpoint(Endpoint::Schemas)
        .build()
        .unwrap();
    let api = document(&health);
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(keys(&api["paths"]), "/metrics /openapi.json /readyz /readyz/db");
    assert_eq!(
        keys(&api["components"]["schemas"]),
        "Check.db CheckReason CheckStatus HealthProblem PoolStats ReadyReport ReadyReport.db ReportStatus ServicePhase"
    );
}

#[test]
fn a_probe_that_cannot_fail_is_not_documented_to() {
    let health = build([redis()]);
    let answers = |path: &str| {
        let answers = document(&health)["paths"][path]["get"]["responses"].as_object().unwrap().clone();
        answers.keys().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(answers("/health"), "200 400 405");
    assert_eq!(answers("/ready"), "200 400 405 503");
    assert_eq!(answers("/startup"), "200 400 405", "its only check is not critical");
    assert_eq!(answers("/startup/redis"), "200 404 405 503", "asked for by itself, it is");
}

#[test]
fn examples_are_valid_against_the_schemas_beside_them() {
    #[health_details]
    struct Everything {
        small: std::num::NonZeroU8,
        float: f64,
        text: String,
        maybe: Option<PoolStats>,
        list: Vec<PoolStats>,
        pair: (bool, u8),
        names: std::collections::BTreeSet<String>,
        counts: BTreeMap<String, u32>,
        kind: Kind,
        address: std::net::IpAddr,
        at: jiff::Timestamp,
    }
    #[health_details]
    #[serde(tag = "kind")]
    #[expect(dead_code, reason = "only its schema is of interest")]
    enum Kind {
        A { id: uuid::Uuid },
    }
    #[health_details]
    struct Patterned {
        #[schemars(regex(pattern = "^[A-Z]$"))]
        letter: String,
    }

    fn everything(name: &str) -> Check {
        Check::new(CheckMeta::new(name.to_owned()), async |_| Outcome::<Everything>::error("never"))
    }
    let patterned = Check::new(CheckMeta::new("patterned"), async |_| Outcome::<Patterned>::error("never"));
    let (_switch, on) = watch::channel(true);
    let health = build([database(), redis(), switched(on), everything("everything"), patterned]);
    let api = document(&health);
    let contract = Contract::new(api.clone());

    let mut seen = 0;
    let responses = |value: &Value| value.as_object().unwrap().values().cloned().collect::<Vec<_>>();
    let operations = responses(&api["paths"]).into_iter().flat_map(|item| responses(&item["get"]["responses"]));
    for response in operations.chain(responses(&api["components"]["responses"])) {
        for content in response["content"].as_object().into_iter().flat_map(|content| content.values()) {
            for example in content["examples"].as_object().into_iter().flat_map(|examples| examples.values()) {
                assert_eq!(contract.invalid(&content["schema"], &example["value"]), [""; 0]);
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "{seen}");
    let checks = &api["paths"]["/ready"]["get"]["responses"]["200"]["content"]["application/json"]["examples"]["healthy"]
        ["value"]["checks"];
    assert_eq!(
        checks["everything"]["details"],
        json!({
            "small": 1, "float": 0, "text": "text", "maybe": {"open": 0, "idle": 0}, "list": [{"open": 0, "idle": 0}],
            "pair": [true, 0], "names": ["text"], "counts": {}, "address": "192.0.2.1", "at": "2026-11-22T13:05:00Z",
            "kind": {"kind": "A", "id": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"},
        })
    );
    assert_eq!(checks["patterned"].get("details"), None, "nobody here can write to a pattern");
}

#[test]
fn two_types_of_one_name_are_two_schemas() {
    mod cache {
        #[health_runtime::health_details]
        pub(super) struct PoolStats {
            pub(super) hits: u64,
        }
    }
    fn local() -> Check {
        #[health_details]
        struct PoolStats {
            local: bool,
        }
        Check::new(CheckMeta::new("local"), async |_| Outcome::ok(PoolStats { local: true }))
    }
    #[health_details]
    struct ReportStatus {
        mine: bool,
    }
    let cache = Check::new(CheckMeta::new("cache"), async |_| Outcome::ok(cache::PoolStats { hits: 1 }));
    let own = Check::new(CheckMeta::new("own"), async |_| Outcome::ok(ReportStatus { mine: true }));
    let wrapped = Check::new(CheckMeta::new("wrapped"), async |_| Outcome::ok(vec![PoolStats { open: 1, idle: 1 }]));

    let api = document(&build([database(), cache, local(), own, wrapped]));
    let schemas = &api["components"]["schemas"];
    let details = |check: &str| schemas[format!("Check.{check}")]["properties"]["details"].clone();
    let members = |name: &str| schemas[name]["required"].clone();
    assert_eq!(details("db")["$ref"], "#/components/schemas/Check.db.PoolStats");
    assert_eq!(details("wrapped")["items"]["$ref"], "#/components/schemas/Check.wrapped.PoolStats");
    assert_eq!(details("own")["$ref"], "#/components/schemas/Check.own.ReportStatus");
    assert_eq!(members("Check.db.PoolStats"), json!(["open", "idle"]));
    assert_eq!(members("Check.wrapped.PoolStats"), json!(["open", "idle"]));
    assert_eq!(members("Check.cache.PoolStats"), json!(["hits"]));
    assert_eq!(members("Check.local.PoolStats"), json!(["local"]));
    assert_eq!(members("Check.own.ReportStatus"), json!(["mine"]));
    assert_eq!(schemas["ReportStatus"]["enum"], json!(["healthy", "degraded", "unhealthy"]));
    assert_eq!(schemas.get("PoolStats"), None);
}

#[tokio::test]
async fn the_bytes_of_the_document_are_the_same_each_time() {
    let mut answers = Vec::new();
    for _ in 0..10 {
        // Its schema is carried in a hash map, whose order differs each time.
        let odd = Check::new(CheckMeta::new("odd"), async |_| Outcome::ok((1, "text", [true], Some(1.5), ())));
        let server = Server::start(build([odd, redis(), database()]).router()).await;
        let answer = server.get("/openapi.json").await;
        answers.push((answer.header("etag").map(str::to_owned), answer.body));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
}

#[test]
fn nothing_in_it_is_particular_to_3_1() {
    let mut api = build([database()]).openapi();
    let before = serde_json::to_value(&api).unwrap();
    api.openapi = OpenApiVersion::Version32;
    let mut after = serde_json::to_value(&api).unwrap();
    assert_eq!((&before["openapi"], &after["openapi"]), (&json!("3.1.0"), &json!("3.2.0")));
    after["openapi"] = before["openapi"].clone();
    assert_eq!(before, after);
}

/// The application's own document: shared parts of every kind, and a route.
fn application() -> OpenApi {
    let api = json!({
        "openapi": "3.1.0",
        "info": {"title": "shop", "version": "2.0.0"},
        "servers": [{"url": "https://shop.example.com"}],
        "security": [{"token": []}],
        "tags": [{"name": "orders"}],
        "paths": {"/orders": {"get": {
            "operationId": "orders",
            "parameters": [{"$ref": "#/components/parameters/Page"}],
            "responses": {"200": {"$ref": "#/components/responses/Orders"}}
        }}},
        "components": {
            "schemas": {"Order": {"type": "object"}},
            "responses": {"Orders": {"description": "Orders."}},
            "parameters": {"Page": {"name": "page", "in": "query", "required": false, "schema": {"type": "integer"}}},
            "headers": {"Total": {"schema": {"type": "integer"}}},
            "examples": {"Order": {"value": {}}},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}
        }
    });
    serde_json::from_value(api).unwrap()
}

/// What refers to nothing.
fn dangling(api: &Value) -> Vec<String> {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
                members.values().for_each(|value| references(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    references(api, &mut found);
    found.retain(|reference| api.pointer(reference.trim_start_matches('#')).is_none());
    found
}

#[test]
fn merged_into_the_applications_document_nothing_of_either_is_lost() {
    let health = build([database(), redis()]);
    let mut api = application();
    health.merge_into(&mut api).unwrap();
    let (merged, ours, theirs) = (json!(api), document(&health), json!(application()));
    assert_eq!(dangling(&merged), [""; 0]);
    for part in ["/paths", "/components/schemas", "/components/responses"] {
        for (name, value) in ours.pointer(part).unwrap().as_object().unwrap() {
            assert_eq!(merged.pointer(part).unwrap()[name], *value, "{part} {name}");
        }
    }
    for part in ["info", "servers", "security"] {
        assert_eq!(merged[part], theirs[part]);
    }
    for (kind, parts) in theirs["components"].as_object().unwrap() {
        for (name, part) in parts.as_object().unwrap() {
            assert_eq!(merged["components"][kind][name], *part, "{kind} {name}");
        }
    }
    assert_eq!(merged["paths"]["/orders"], theirs["paths"]["/orders"]);
    assert_eq!(merged["paths"]["/ready"]["get"]["security"], json!([]), "open although the rest is not");
    assert_eq!(merged["tags"].as_array().unwrap().len(), 2);

    health.merge_into(&mut api).expect("the same once more is no clash");
    assert_eq!(json!(api), merged);
}

#[test]
fn clashes_with_the_applications_document_are_all_reported_and_change_nothing() {
    let health = build([database()]);
    let mut api = application();
    let components = api.components.get_or_insert_with(Components::new);
    components.schemas.insert("PoolStats".to_owned(), Ref::from_schema_name("Order").into());
    components.responses.insert("HealthNotFound".to_owned(), Ref::from_response_name("Orders").into());
    let item = |id| PathItem::new(HttpMethod::Get, OperationBuilder::new().operation_id(Some(id)));
    api.paths.paths.insert("/health".to_owned(), item("health"));
    api.paths.paths.insert("/other".to_owned(), item("ready"));
    let before = json!(api);
    let clash = health.merge_into(&mut api).unwrap_err();
    assert_eq!(
        clash.names().collect::<Vec<_>>(),
        ["path `/health`", "operation `ready`", "schema `PoolStats`", "response `HealthNotFound`"]
    );
    assert_eq!(
        clash.to_string(),
        "the health endpoints and the application define these names differently: path `/health`, operation `ready`, schema `PoolStats`, \
         response `HealthNotFound`\n  \
         help: rename a type with `#[schemars(rename = \"...\")]`, or move a route with `.path(...)`"
    );
    assert_eq!(json!(api), before);
}

#[test]
fn a_schema_that_both_documents_write_alike_is_no_clash() {
    #[health_details]
    #[derive(ToSchema)]
    struct Plain {
        name: String,
    }

    #[derive(utoipa::OpenApi)]
    #[openapi(components(schemas(Plain)))]
    struct Api;

    let plain = Check::new(CheckMeta::new("plain"), |_| async { Outcome::ok(Plain { name: "x".to_owned() }) });
    let health = build([plain]);
    health.merge_into(&mut Api::openapi()).unwrap();
}

#[test]
fn another_method_on_a_path_of_ours_is_no_clash_and_a_document_that_was_read_back_is_none_either() {
    let health = build([database()]);
    let mut api = application();
    let post = PathItem::new(HttpMethod::Post, OperationBuilder::new().operation_id(Some("make_ready")));
    api.paths.paths.insert("/ready".to_owned(), post);
    health.merge_into(&mut api).unwrap();
    let ready = &api.paths.paths["/ready"];
    assert!(ready.get.is_some() && ready.post.is_some());
    let mut read: OpenApi = serde_json::from_value(json!(api)).unwrap();
    health.merge_into(&mut read).unwrap();
}

#[test]
fn a_model_of_the_library_in_details_is_the_same_model() {
    #[health_details]
    struct Services {
        database: CheckStatus,
    }

    let services = || async { Outcome::ok(Services { database: CheckStatus::Ok }) };
    let health = build([Check::new(CheckMeta::new("services"), move |_| services())]);
    let api = json!(health.openapi());
    let models = api["components"]["schemas"].as_object().unwrap();
    assert!(models.keys().all(|name| name == "CheckStatus" || !name.contains("CheckStatus")), "{:?}", models.keys());
    let details = &models["Services"]["properties"]["database"];
    assert_eq!(details, &json!({"$ref": "#/components/schemas/CheckStatus"}));
    // With the words of each status in one list, as everywhere in the document.
    assert_eq!(models["CheckStatus"]["enum"], json!(["ok", "degraded", "error"]));
    assert_eq!(dangling(&api), [""; 0]);
}

#[tokio::test]
async fn a_router_of_utoipa_axum_serves_and_documents_the_routes_where_it_nests_them() {
    let health = build([database()]);
    let (router, api) =
        OpenApiRouter::with_openapi(application()).nest("/ops", health.openapi_router()).split_for_parts();
    let api = json!(api);
    assert_eq!(dangling(&api), [""; 0]);
    assert_eq!(api["servers"], json!(application())["servers"]);
    let server = Server::start(router).await;
    for path in document(&health)["paths"].as_object().unwrap().keys() {
        let nested = format!("/ops{path}");
        assert!(api["paths"].get(&nested).is_some(), "{nested}");
        assert_eq!(server.get(&nested.replace("{model}", "Check.db")).await.status, 200, "{nested}");
    }
}

/// Every path of the document, asked at the server that it names; RFC 3986 as far as dots go.
async fn every_documented_path_is_there(server: &Server, document: &str) {
    let api = server.get(document).await.json();
    let url = api["servers"][0]["url"].as_str().unwrap();
    let mut base: Vec<_> = document.trim_start_matches('/').split('/').collect();
    base.pop();
    for segment in url.split('/') {
        match segment {
            "." => {}
            ".." => drop(base.pop().expect("a segment to leave")),
            other => base.push(other),
        }
    }
    for path in api["paths"].as_object().unwrap().keys() {
        let path = path.replace("{model}", "ReadyReport");
        let address = format!("/{}", base.join("/")).trim_end_matches('/').to_owned() + &path;
        assert_eq!(server.get(&address).await.status, 200, "{address}");
    }
}

#[tokio::test]
async fn the_documents_server_leads_to_the_routes_wherever_they_are_mounted() {
    let health = build([database()]);
    every_documented_path_is_there(&Server::start(health.router()).await, "/openapi.json").await;
    let nested = Router::new().nest("/a/b", health.router());
    every_documented_path_is_there(&Server::start(nested).await, "/a/b/openapi.json").await;

    let based =
        builder().add(database()).base_path("/ops").path(Endpoint::OpenApi, "/docs/v1/api.json").build().unwrap();
    assert_eq!(document(&based)["servers"], json!([{"url": "../../.."}]));
    every_documented_path_is_there(&Server::start(based.router()).await, "/ops/docs/v1/api.json").await;
    let nested = Router::new().nest("/x", based.router());
    every_documented_path_is_there(&Server::start(nested).await, "/x/ops/docs/v1/api.json").await;

    let told = builder().server("https://orders.example.com/ops").build().unwrap();
    assert_eq!(document(&told)["servers"], json!([{"url": "https://orders.example.com/ops"}]));
    let undocumented = builder().without_endpoint(Endpoint::OpenApi).build().unwrap();
    assert_eq!(document(&undocumented).get("servers"), None);
}

#[tokio::test]
async fn every_answer_of_a_running_server_is_documented_and_valid() {
    let (switch, on) = watch::channel(true);
    let health =
        builder().add(database()).add(redis()).add(switched(on)).default_cache(Duration::ZERO).build().unwrap();
    let server = Server::start(health.router()).await;
    let api = server.get("/openapi.json").await.json();
    let contract = Contract::new(api.clone());
    let mut answered = BTreeMap::new();
    for on in [true, false] {
        switch.send_replace(on);
        for path in api["paths"].as_object().unwrap().keys() {
            let path = path.replace("{model}", "Check.db");
            let queries = [
                "",
                "?tag=storage",
                "?tag=eu&exclude=db",
                "?exclude=switched&exclude=nobody",
                "?tag=nothing",
                "?x=%ff",
            ];
            for path in queries.map(|query| format!("{path}{query}")) {
                let answer = server.get(&path).await;
                assert_eq!(contract.violations(&path, &answer), [""; 0], "{path} {answer:?}");
                *answered.entry(answer.status).or_insert(0) += 1;
                let refused = server.send("POST", &path, &[("Content-Length", "0")]).await;
                assert_eq!(contract.violations(&path, &refused), [""; 0], "{path} {refused:?}");
                *answered.entry(refused.status).or_insert(0) += 1;
            }
        }
    }
    let unknown = server.get("/schemas/Nothing.json").await;
    assert_eq!((unknown.status, contract.violations("/schemas/Nothing.json", &unknown)), (404, vec![]));
    let etag = server.get("/openapi.json").await.header("etag").unwrap().to_owned();
    let known = server.send("GET", "/openapi.json", &[("If-None-Match", &etag)]).await;
    assert_eq!((known.status, contract.violations("/openapi.json", &known)), (304, vec![]));
    assert_eq!(answered.into_keys().collect::<Vec<_>>(), [200, 400, 405, 503]);

    health.remove("redis").unwrap();
    let gone = server.get("/ready/redis").await;
    assert_eq!((gone.status, contract.violations("/ready/redis", &gone)), (404, vec![]));
}

#[tokio::test]
async fn a_check_that_comes_or_goes_changes_the_document() {
    let health = build([database()]);
    let server = Server::start(health.router()).await;
    let before = server.get("/openapi.json").await;
    health.register(redis()).unwrap();
    let after = server.get("/openapi.json").await;
    assert_ne!(before.header("etag"), after.header("etag"));
    let report = server.get("/ready").await;
    assert_ne!(Contract::new(before.json()).violations("/ready", &report), [""; 0]);
    assert_eq!(Contract::new(after.json()).violations("/ready", &report), [""; 0]);
    health.remove("redis").unwrap();
    assert_eq!(server.get("/openapi.json").await.body, before.body);
}

#[tokio::test]
async fn documents_are_served_once_and_then_known() {
    let server = Server::start(build([database()]).router()).await;
    for (path, content_type) in
        [("/openapi.json", "application/json"), ("/schemas/ReadyReport.json", "application/schema+json")]
    {
        let answer = server.get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(content_type)), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-cache"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        let etag = answer.header("etag").unwrap().to_owned();
        for known in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
            let answer = server.send("GET", path, &[("If-None-Match", &known)]).await;
            assert_eq!(
                (answer.status, answer.body.as_str(), answer.header("etag")),
                (304, "", Some(&*etag)),
                "{known}"
            );
        }
        assert_eq!(server.send("GET", path, &[("If-None-Match", "\"other\"")]).await.status, 200);
        let options = server.send("OPTIONS", path, &[]).await;
        assert_eq!(
            (options.status, options.body.as_str(), options.header("allow")),
            (200, "", Some("GET,HEAD,OPTIONS"))
        );
        assert_eq!(server.send("HEAD", path, &[]).await.body, "");
    }
    for path in ["/schemas/ReadyReport", "/schemas/Nothing.json", "/schemas/%ff.json", "/schemas/.json"] {
        let answer = server.get(path).await;
        assert_eq!((answer.status, answer.json()["status"].as_u64()), (404, Some(404)), "{path}");
    }
}

#[tokio::test]
async fn the_schema_route_says_what_the_code_says() {
    let health = build([database()]);
    let server = Server::start(Router::new().nest("/{tenant}", health.router())).await;
    let schema = server.get("/acme/schemas/ReadyReport.json").await.json();
    assert_eq!(Some(schema.clone()), health.schema("ReadyReport"));
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["properties"]["checks"]["properties"]["db"]["$ref"], "#/$defs/Check.db");
    assert_eq!(schema["$defs"]["Check.db"]["properties"]["details"]["$ref"], "#/$defs/PoolStats");
    assert_eq!(dangling(&schema), [""; 0]);
}
