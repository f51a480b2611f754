//! The page for people: what the probes say, for whom it may be told, without a script.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use health_runtime::testing::{Script, Step};
use health_runtime::{
    Check, CheckMeta, Endpoint, Expose, Health, HealthBuilder, Outcome, health_check, health_details,
};
use health_tests::Server;
use serde_json::json;
use sha2::{Digest as _, Sha256};

fn builder() -> HealthBuilder {
    Health::builder().version("1.4.0").without_registered()
}

async fn serve(builder: HealthBuilder) -> Server {
    Server::start(builder.build().unwrap().router()).await
}

fn check(name: &'static str, outcome: Outcome) -> Check {
    Script::new([Step::from(outcome)]).check(CheckMeta::new(name))
}

/// What the pool <b>looks</b> like.
#[health_details]
struct Pool {
    name: &'static str,
    #[serde(rename = "<i>open</i>")]
    open: u32,
}

/// The database & its <em>replica</em>.
#[health_check]
async fn hostile() -> Outcome<Pool> {
    let pool = Pool { name: "<script>alert(1)</script>", open: 4 };
    Outcome::degraded("\"><img src=x onerror=alert(1)>").with_details(pool)
}

#[health_check]
async fn refused() -> Result<(), String> {
    Err("refused by postgres://app:hunter2@db".to_owned())
}

#[health_check]
async fn counted(State(runs): State<Arc<AtomicUsize>>) {
    runs.fetch_add(1, Ordering::SeqCst);
}

#[tokio::test]
async fn the_page_says_in_words_what_the_probes_say() {
    let checks = || builder().service("orders").add(check("cache", Outcome::ok(())));
    let degraded = || checks().add(check("queue", Outcome::degraded("12 jobs wait")));
    let unhealthy = || degraded().add(check("db", Outcome::error("nobody answers")));
    for (builder, word, sentence) in [
        (builder(), "Healthy", "There are no checks."),
        (checks(), "Healthy", "All checks are ok."),
        (degraded(), "Degraded", "1 of 2 checks is degraded."),
        (unhealthy(), "Unhealthy", "1 of 3 checks is in error. 1 more is degraded."),
    ] {
        let answer = serve(builder).await.get("/status").await;
        assert_eq!(answer.status, 200, "a page for people is no probe");
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(answer.body.contains(&format!("<title>{word} · ")), "{}", answer.body);
        assert!(answer.body.contains(sentence), "{sentence} in {}", answer.body);
    }
    let page = serve(unhealthy()).await.get("/status").await.body;
    let places = ["db <b>error</b>", "nobody answers", "queue <b>degraded</b>", "12 jobs wait", "cache <b>ok</b>"];
    let places = places.map(|text| page.find(text).unwrap_or_else(|| panic!("no {text} in {page}")));
    assert!(places.is_sorted(), "the worst first: {page}");
}

#[tokio::test]
async fn texts_of_checks_are_never_markup() {
    let server = serve(builder().service("</title><script>alert(1)</script>").check::<hostile>()).await;
    let page = server.get("/status").await.body;
    for markup in ["<script", "<img", "<em>", "<i>", "onerror=alert(1)>"] {
        assert!(!page.contains(markup), "{markup} in {page}");
    }
    for text in [
        "&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;",
        "The database &amp; its &lt;em&gt;replica&lt;/em&gt;.",
        "&quot;&gt;&lt;img src=x onerror=alert(1)&gt;",
        "<dt>&lt;i&gt;open&lt;/i&gt;</dt><dd>4</dd>",
    ] {
        assert!(page.contains(text), "{text} in {page}");
    }
}

#[tokio::test]
async fn nothing_on_the_page_needs_a_script_or_another_file() {
    let server = serve(builder().check::<counted>().state(Arc::new(AtomicUsize::new(0)))).await;
    let answer = server.get("/status").await;
    let policy = answer.header("content-security-policy").unwrap();
    let style = answer.body.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).unwrap();
    let hash = BASE64_STANDARD.encode(Sha256::digest(style));
    assert!(policy.starts_with(&format!("default-src 'none'; style-src 'sha256-{hash}';")), "{hash} in {policy}");
    for absent in ["script-src", "connect-src", "unsafe", "http"] {
        assert!(!policy.contains(absent), "{absent} in {policy}");
    }
    for absent in ["<script", " src=", "<link rel=\"stylesheet\"", "@import", " style="] {
        assert!(!answer.body.contains(absent), "{absent} in {}", answer.body);
    }
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
}

#[tokio::test]
async fn the_page_refreshes_itself_until_it_is_told_not_to() {
    let server = serve(builder()).await;
    let page = server.get("/status").await;
    assert_eq!(page.header("refresh"), Some("5"));
    assert!(page.body.contains(" href=\"./status?refresh=off\""), "{}", page.body);
    let still = server.get("/status?refresh=off").await;
    assert_eq!(still.header("refresh"), None);
    assert!(still.body.contains(" href=\"./status\""), "{}", still.body);
}

#[tokio::test]
async fn an_error_is_told_to_whom_it_may_be_told_and_masked_even_then() {
    let secret = ["refused by", "hunter2"];
    let withheld = serve(builder().check::<refused>()).await.get("/status").await.body;
    assert!(withheld.contains("check failed, the cause is in the log"), "{withheld}");
    assert!(!secret.iter().any(|secret| withheld.contains(secret)), "{withheld}");

    let admins = Expose::when(|request| request.headers.contains_key("x-admin"));
    let server = serve(builder().expose_errors(admins).check::<refused>()).await;
    let everybody = server.get("/status").await.body;
    assert!(!secret.iter().any(|secret| everybody.contains(secret)), "{everybody}");
    let admin = server.send("GET", "/status", &[("X-Admin", "yes")]).await.body;
    assert!(admin.contains("refused by") && !admin.contains("hunter2"), "{admin}");
}

#[tokio::test(start_paused = true)]
async fn the_page_shares_the_runs_of_the_probes() {
    let runs = Arc::new(AtomicUsize::new(0));
    let server = serve(builder().state(Arc::clone(&runs)).check::<counted>()).await;
    for path in ["/status", "/ready", "/status", "/status?refresh=off"] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_check_that_hangs_does_not_hang_the_page() {
    let hanging = Script::<()>::new([Step::hang()]).check(CheckMeta::new("db"));
    let server = serve(builder().add(hanging).add(check("cache", Outcome::ok(())))).await;
    let start = tokio::time::Instant::now();
    let page = server.get("/status").await.body;
    assert_eq!(start.elapsed().as_millis() / 10, 50);
    for text in ["no run has finished yet", "Run started", "cache <b>ok</b>"] {
        assert!(page.contains(text), "{text} in {page}");
    }
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    let page = server.get("/status").await.body;
    assert!(page.contains("no answer within 5s") && page.contains("cache <b>ok</b>"), "{page}");
}

#[tokio::test]
async fn what_has_no_route_is_not_on_the_page() {
    let open = Health::builder().version("1.4.0").without_registered().check::<refused>();
    let server = serve(open.without_endpoint(Endpoint::Ready).without_endpoint(Endpoint::OpenApi)).await;
    let page = server.get("/status").await.body;
    assert!(page.contains("Liveness"), "{page}");
    for absent in ["Readiness", "refused", "OpenAPI document"] {
        assert!(!page.contains(absent), "{absent} in {page}");
    }
    let server = serve(builder().without_endpoint(Endpoint::Status)).await;
    assert_eq!(server.get("/status").await.status, 404);
}

#[tokio::test]
async fn links_lead_to_the_routes_wherever_they_are_mounted() {
    let health = builder().docs().base_path("/internal").path(Endpoint::Ready, "/deep/readyz").build().unwrap();
    let server = Server::start(Router::new().nest("/ops", health.router())).await;
    let page = server.get("/ops/internal/status").await.body;
    let links: Vec<_> = page.split("<a href=\"./").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(links, ["deep/readyz", "health", "status?refresh=off", "docs", "openapi.json"]);
    for link in links {
        assert_eq!(server.get(&format!("/ops/internal/{link}")).await.status, 200, "{link}");
    }
}

#[tokio::test]
async fn the_page_answers_methods_as_the_probes_do() {
    let server = serve(builder()).await;
    let head = server.send("HEAD", "/status", &[]).await;
    assert_eq!((head.status, &*head.body), (200, ""));
    let options = server.send("OPTIONS", "/status", &[]).await;
    assert_eq!((options.status, options.header("allow")), (200, Some("GET,HEAD,OPTIONS")));
    let post = server.send("POST", "/status", &[("Content-Length", "0")]).await;
    assert_eq!((post.status, &post.json()["status"]), (405, &json!(405)));
}
