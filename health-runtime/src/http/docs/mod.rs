//! Swagger UI, from files that are embedded in the binary.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_ENCODING, CONTENT_SECURITY_POLICY};
use axum::response::IntoResponse as _;
use axum::routing::MethodRouter;
use utoipa_swagger_ui::{Config, SwaggerFile};

use super::file::File;
use super::html::Text;
use super::probe::{for_method, parameter, route};
use super::reference::relative;
use crate::health::Health;
use crate::report::Problem;

/// The files of the page, each with its media type.
const VENDORED: [(&str, &str); 3] = [
    ("favicon-32x32.png", "image/png"),
    ("swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    ("swagger-ui.css", "text/css; charset=utf-8"),
];

/// For a year: the URL of a file in the page changes with the file.
const FOREVER: &str = "public, max-age=31536000, immutable";

static FILES: LazyLock<BTreeMap<&str, File>> = LazyLock::new(|| {
    let ours = [
        ("page.css", "text/css; charset=utf-8", include_str!("page.css")),
        ("start.js", "text/javascript; charset=utf-8", include_str!("start.js")),
    ];
    let ours = ours.map(|(name, content_type, text)| (name, File::new(content_type, FOREVER, text)));
    VENDORED.map(|(name, content_type)| (name, vendored(name, content_type))).into_iter().chain(ours).collect()
});

/// The page at `at`, which is `path` or the same with a slash at its end.
pub(super) fn page(at: &str, path: &str, document: &str, health: &Health) -> MethodRouter<Health> {
    let file = |name: &str| format!("{}?{}", relative(at, &format!("{path}/{name}")), FILES[name].tag());
    let html = format!(
        include_str!("page.html"),
        title = Text(health.title()),
        icon = Text(&file("favicon-32x32.png")),
        swagger_ui_css = Text(&file("swagger-ui.css")),
        page_css = Text(&file("page.css")),
        swagger_ui_js = Text(&file("swagger-ui-bundle.js")),
        start_js = Text(&file("start.js")),
        document = Text(&relative(at, document)),
    );
    let page = File::new("text/html; charset=utf-8", "no-cache", html)
        .with_header(CONTENT_SECURITY_POLICY, policy(health.server()));
    route(async move |request: Request| for_method(request.method(), page.answer(request.headers())))
}

/// The files beside the page; the last segment of the route is `{file}`.
pub(super) fn files() -> MethodRouter<Health> {
    route(async |request: Request| {
        let (mut request, _) = request.into_parts();
        let name = parameter(&mut request, "file").await;
        let answer = match name.and_then(|name| FILES.get(&*name)) {
            Some(file) => file.answer(&request.headers),
            None => Problem::UNKNOWN_FILE.into_response(),
        };
        for_method(&request.method, answer)
    })
}

fn vendored(name: &str, content_type: &'static str) -> File {
    let found = utoipa_swagger_ui::serve(name, Arc::new(Config::default()));
    let SwaggerFile { bytes, gzpipped, .. } = found.ok().flatten().expect("a file that Swagger UI consists of");
    let body = match bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    let file = File::new(content_type, FOREVER, body);
    // As it was compressed at compile time, even without `Accept-Encoding: gzip`: every browser that runs this page supports it.
    if gzpipped { file.with_header(CONTENT_ENCODING, HeaderValue::from_static("gzip")) } else { file }
}

/// No resources of other hosts, no inline code, and requests only to the server of the document.
fn policy(server: Option<&str>) -> HeaderValue {
    let server = server.and_then(origin).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' {server}; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).expect("visible characters")
}

/// The scheme, host and port of an absolute URL.
fn origin(url: &str) -> Option<&str> {
    let host = url.find("://")? + "://".len();
    let end = url[host..].find(['/', '?', '#']).map_or(url.len(), |end| host + end);
    let plain = |c: char| c.is_ascii_alphanumeric() || "-.:/[]".contains(c);
    Some(&url[..end]).filter(|origin| origin.chars().all(plain))
}

#[cfg(test)]
mod tests {
    use super::origin;

    #[test]
    fn the_origin_of_an_address_goes_into_the_policy_and_nothing_else_does() {
        assert_eq!(origin("https://orders.example.com:8443/ops"), Some("https://orders.example.com:8443"));
        assert_eq!(origin("http://[::1]"), Some("http://[::1]"));
        for url in ["/ops", "..", "https://{region}.example.com", "https://a; script-src *", "https://a\nb/"] {
            assert_eq!(origin(url), None, "{url}");
        }
    }
}
