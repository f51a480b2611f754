//! Swagger UI as a client gets it: one page, a few files, nothing from elsewhere.

use axum::routing::get;
use axum::{Json, Router};
use health_runtime::{Endpoint, Health, HealthBuilder};
use health_tests::Server;
use serde_json::json;

fn builder() -> HealthBuilder {
    Health::builder().version("1.4.0").without_registered().docs()
}

async fn serve(builder: HealthBuilder) -> Server {
    Server::start(builder.build().unwrap().router()).await
}

/// The values of the attributes that make a browser ask for something.
fn addresses(page: &str) -> Vec<&str> {
    let attributes = [" href=\"", " src=\"", " data-document=\""];
    let starts = attributes.iter().flat_map(|attribute| page.match_indices(attribute));
    starts.map(|(at, attribute)| page[at + attribute.len()..].split('"').next().unwrap()).collect()
}

/// Where a relative reference leads, as a browser sees it (RFC 3986, section 5.2).
fn resolve(page: &str, reference: &str) -> String {
    assert!(reference.starts_with('.'), "{reference} is not relative");
    let mut segments: Vec<_> = page.split('/').collect();
    segments.pop();
    for segment in reference.split('/') {
        match segment {
            "." => {}
            ".." => drop(segments.pop().unwrap()),
            name => segments.push(name),
        }
    }
    segments.join("/")
}

#[tokio::test]
async fn the_page_is_there_at_once_with_a_slash_at_its_end_and_without() {
    let server = serve(builder()).await;
    for path in ["/docs", "/docs/"] {
        let answer = server.get(path).await;
        assert_eq!((answer.status, answer.header("location")), (200, None), "{path}");
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-cache"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
}

#[tokio::test]
async fn everything_that_the_page_names_is_there_wherever_the_routes_are_mounted() {
    let routers = [
        ("/docs", builder().build().unwrap().router()),
        ("/docs/", builder().build().unwrap().router()),
        ("/ops/docs", Router::new().nest("/ops", builder().build().unwrap().router())),
        ("/internal/docs/", builder().base_path("/internal").build().unwrap().router()),
        (
            "/a/b/docs/",
            builder()
                .path(Endpoint::Docs, "/a/b/docs")
                .path(Endpoint::OpenApi, "/a/c/api.json")
                .build()
                .unwrap()
                .router(),
        ),
    ];
    for (at, app) in routers {
        let server = Server::start(app).await;
        let page = server.get(at).await.body;
        let mut types = Vec::new();
        for address in addresses(&page) {
            let answer = server.get(&resolve(at, address)).await;
            assert_eq!(answer.status, 200, "{address} of {at}");
            assert!(!answer.body.is_empty(), "{address} of {at}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{address} of {at}");
            types.push(answer.header("content-type").unwrap().to_owned());
        }
        types.sort_unstable();
        types.dedup();
        let css = "text/css; charset=utf-8";
        assert_eq!(types, ["application/json", "image/png", css, "text/javascript; charset=utf-8"], "{at}");
    }
}

#[tokio::test]
async fn the_policy_allows_what_the_page_needs_and_no_more() {
    let server = serve(builder()).await;
    let answer = server.get("/docs").await;
    assert_eq!(
        answer.header("content-security-policy"),
        Some(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
    );
    // Nothing is written into the page that the policy would have to allow.
    for inline in ["<style", " style=", "<script>", " onload=", "javascript:", "://"] {
        assert!(!answer.body.contains(inline), "{inline} in {}", answer.body);
    }
}

#[tokio::test]
async fn the_policy_lets_requests_out_to_the_server_that_the_document_names() {
    for (server, allowed) in [
        ("https://orders.example.com/ops", "connect-src 'self' https://orders.example.com;"),
        ("http://[::1]:8080", "connect-src 'self' http://[::1]:8080;"),
        ("/ops", "connect-src 'self' ;"),
        ("https://a.example; script-src *", "connect-src 'self' ;"),
    ] {
        let answer = serve(builder().server(server)).await.get("/docs").await;
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains(allowed) && policy.contains("script-src 'self';"), "{server}: {policy}");
    }
}

#[tokio::test]
async fn the_name_of_the_service_is_the_title_and_never_markup() {
    let server = serve(builder().service("</title><script>alert(1)</script>")).await;
    let page = server.get("/docs").await.body;
    assert!(page.contains("<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt; · API</title>"), "{page}");
}

#[tokio::test]
async fn who_has_a_file_does_not_get_it_again() {
    let server = serve(builder()).await;
    let page = server.get("/docs").await;
    let script = addresses(&page.body).into_iter().find(|address| address.contains("swagger-ui-bundle.js")).unwrap();
    let script = resolve("/docs", script);
    for path in ["/docs", &*script] {
        let first = server.get(path).await;
        let tag = first.header("etag").unwrap();
        let again = server.send("GET", path, &[("If-None-Match", tag)]).await;
        assert_eq!((again.status, &*again.body), (304, ""), "{path}");
        assert_eq!(server.send("GET", path, &[("If-None-Match", "\"another\"")]).await.status, 200, "{path}");
    }
    // For good, since the address changes with the file.
    let file = server.get(&script).await;
    assert_eq!(file.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert!(script.ends_with(file.header("etag").unwrap().trim_matches('"')), "{script}");
}

#[tokio::test]
async fn the_page_answers_methods_as_the_probes_do() {
    let server = serve(builder()).await;
    for path in ["/docs", "/docs/", "/docs/page.css"] {
        let head = server.send("HEAD", path, &[]).await;
        assert_eq!((head.status, &*head.body), (200, ""), "{path}");
        let options = server.send("OPTIONS", path, &[]).await;
        assert_eq!((options.status, options.header("allow")), (200, Some("GET,HEAD,OPTIONS")), "{path}");
        let post = server.send("POST", path, &[("Content-Length", "0")]).await;
        assert_eq!((post.status, &post.json()["status"]), (405, &json!(405)), "{path}");
    }
}

#[tokio::test]
async fn a_file_that_the_page_does_not_name_is_404() {
    let server = serve(builder()).await;
    for path in
        ["/docs/index.html", "/docs/oauth2-redirect.html", "/docs/..%2fopenapi.json", "/docs/%ff", "/docs/page.css/"]
    {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.body.contains("%ff") && !answer.body.contains("index"), "{path}");
    }
    assert_eq!(
        server.get("/docs/nothing").await.json(),
        json!({"type": "about:blank", "title": "Not Found", "status": 404, "detail": "the page has no file of that name"})
    );
}

#[tokio::test]
async fn the_page_shows_the_applications_own_document_where_ours_is_left_out() {
    let health = builder().without_endpoint(Endpoint::OpenApi).build().unwrap();
    let own = get(async || Json(json!({"openapi": "3.1.0"})));
    let server = Server::start(Router::new().route("/openapi.json", own).merge(health.router())).await;
    let page = server.get("/docs").await.body;
    assert!(page.contains(" data-document=\"./openapi.json\""), "{page}");
}

#[tokio::test]
async fn the_page_is_there_if_it_was_asked_for_and_not_left_out_after_all() {
    let never = Health::builder().version("1.4.0").without_registered();
    for builder in [never, builder().without_endpoint(Endpoint::Docs)] {
        let server = serve(builder).await;
        for path in ["/docs", "/docs/", "/docs/page.css"] {
            assert_eq!(server.get(path).await.status, 404, "{path}");
        }
        assert!(!server.get("/status").await.body.contains("docs"));
        assert_eq!(server.get("/openapi.json").await.status, 200);
    }
}
