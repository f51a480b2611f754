//! Checks in an application's own handlers: what they found, in the answer and in the document.

use axum::extract::FromRef;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use health_runtime::testing::{Script, Step};
use health_runtime::{CheckStatus, Depends, Health, Outcome, health_check, health_details};
use health_tests::Server;
use utoipa::OpenApi;

/// A role.
#[health_details]
#[derive(Clone)]
enum Role {
    /// Takes writes.
    Primary,
    /// Takes none.
    #[expect(dead_code, reason = "a model has more values than a test")]
    Replica,
}

/// Everything that an order needs.
#[health_details]
#[derive(Clone)]
struct Services {
    /// Whether the database answers.
    database: CheckStatus,
    role: Option<Role>,
}

// Not counted by any route that the tests ask: a handler waits for it whatever its probes.
#[health_check(probes(startup), critical = false, timeout = "200ms")]
async fn services() -> Outcome<Services> {
    Outcome::ok(Services { database: CheckStatus::Ok, role: Some(Role::Primary) })
}

/// All services.
#[utoipa::path(get, path = "/services", responses(
    (status = 200, description = "All work.", body = Services),
    (status = 503, description = "Not all work.")
))]
async fn show(services: Depends<services>) -> Result<Json<Services>, (StatusCode, String)> {
    match services.details() {
        Some(details) if services.status() == CheckStatus::Ok => Ok(Json(details.clone())),
        _ => Err((StatusCode::SERVICE_UNAVAILABLE, services.message().unwrap_or_default().to_owned())),
    }
}

#[derive(OpenApi)]
#[openapi(info(title = "orders", version = "1.0.0"), paths(show))]
struct Api;

#[derive(Clone)]
struct AppState {
    health: Health,
}

impl FromRef<AppState> for Health {
    fn from_ref(state: &AppState) -> Self {
        state.health.clone()
    }
}

async fn serve(health: &Health) -> Server {
    let state = AppState { health: health.clone() };
    Server::start(Router::new().route("/services", get(show)).with_state(state).merge(health.router())).await
}

fn builder() -> health_runtime::HealthBuilder {
    Health::builder().version("1.0.0").without_registered()
}

#[tokio::test]
async fn a_handler_gets_what_a_check_found_and_runs_it_if_need_be() {
    let health = builder().check::<services>().expects::<services>().build().unwrap();
    let server = serve(&health).await;
    let answer = server.get("/services").await;
    assert_eq!((answer.status, &*answer.body), (200, r#"{"database":"ok","role":"Primary"}"#));

    health.force("services", Outcome::error("closed for maintenance")).unwrap();
    let answer = server.get("/services").await;
    assert_eq!((answer.status, &*answer.body), (503, "closed for maintenance"));
}

#[tokio::test]
async fn a_handler_waits_for_a_check_until_its_timeout() {
    let script = Script::new([Step::hang()]);
    let health = builder().script::<services>(&script).build().unwrap();
    let answer = serve(&health).await.get("/services").await;
    assert_eq!((answer.status, &*answer.body), (503, "no answer within 200ms"));
    assert_eq!(script.runs(), 1);
}

#[tokio::test]
async fn a_handler_that_depends_on_nothing_clear_is_not_called_and_the_answer_is_a_problem() {
    let several = builder().instance::<services>("a", |check| check).instance::<services>("b", |check| check);
    for health in [builder().build().unwrap(), several.build().unwrap()] {
        let answer = serve(&health).await.get("/services").await;
        assert_eq!(answer.status, 503);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let problem: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(problem["title"], "Service Unavailable");
        assert_eq!(problem["status"], 503);
    }
}

#[tokio::test]
async fn a_run_on_demand_tells_what_it_found_and_a_handler_what_reports_show() {
    let health = builder().check::<services>().build().unwrap();
    health.force("services", Outcome::error("no")).unwrap();
    let observation = health.run("services").await.unwrap();
    assert_eq!((observation.status(), observation.reason()), (CheckStatus::Ok, None));
    assert_eq!(serve(&health).await.get("/services").await.body, "no");
}

#[test]
fn a_type_of_details_is_one_model_for_checks_and_handlers() {
    let health = builder().check::<services>().build().unwrap();
    let mut api = Api::openapi();
    let before = serde_json::to_value(&api.components).unwrap();
    health.merge_into(&mut api).unwrap();
    let merged = serde_json::to_value(&api).unwrap();
    let schemas = &merged["components"]["schemas"];
    for name in ["Services", "Role", "CheckStatus"] {
        assert_eq!(before["schemas"][name], schemas[name], "{name}");
        assert!(schemas[name].is_object(), "{name}");
    }
    let response = &merged["paths"]["/services"]["get"]["responses"]["200"]["content"]["application/json"];
    assert_eq!(response["schema"]["$ref"], "#/components/schemas/Services");
    assert_eq!(schemas["Services"]["description"], "Everything that an order needs.");
}

/// A list with a type of its own for each type of entry.
#[health_details]
struct List<T> {
    entries: Vec<T>,
}

/// A tree.
#[health_details]
struct Tree {
    branches: Vec<Self>,
}

type Numbers = List<u8>;
type Trees = List<Tree>;

#[expect(dead_code, reason = "only its documentation matters")]
#[utoipa::path(get, path = "/numbers", responses((status = 200, description = "Numbers.", body = Numbers)))]
fn numbers() {}

#[expect(dead_code, reason = "only its documentation matters")]
#[utoipa::path(get, path = "/trees", responses((status = 200, description = "Trees.", body = Trees)))]
fn trees() {}

#[expect(dead_code, reason = "only its documentation matters")]
#[utoipa::path(get, path = "/tree", responses((status = 200, description = "A tree.", body = inline(Tree))))]
fn tree() {}

#[test]
fn a_generic_type_is_a_model_for_each_of_its_arguments() {
    #[derive(OpenApi)]
    #[openapi(info(title = "lists", version = "1.0.0"), paths(numbers, trees))]
    struct Lists;

    #[health_check]
    async fn listed() -> Outcome<List<u8>> {
        Outcome::ok(List { entries: vec![1] })
    }

    let mut api = Lists::openapi();
    builder().check::<listed>().build().unwrap().merge_into(&mut api).unwrap();
    let schemas = &serde_json::to_value(&api).unwrap()["components"]["schemas"];
    assert_eq!(schemas["List_uint8"]["properties"]["entries"]["items"]["format"], "uint8");
    assert_eq!(schemas["List_Tree"]["properties"]["entries"]["items"]["$ref"], "#/components/schemas/Tree");
    assert!(schemas["Tree"].is_object());
}

#[test]
fn a_recursive_type_that_is_written_inline_has_a_model_as_well() {
    #[derive(OpenApi)]
    #[openapi(info(title = "trees", version = "1.0.0"), paths(tree))]
    struct Forest;

    let api = serde_json::to_value(Forest::openapi()).unwrap();
    assert!(api["components"]["schemas"]["Tree"].is_object(), "{api:#}");
}
