//! Relative references from one route to another, valid under any prefix.

/// The relative reference (RFC 3986, section 4.2) that leads from the page at one path to another path.
///
/// It does not contain the prefix that a router or a proxy may have added to both, so it is valid under any.
pub(super) fn relative(from: &str, to: &str) -> String {
    let (from, to): (Vec<_>, Vec<_>) = (from.split('/').collect(), to.split('/').collect());
    // The last segment of a path is the page itself, not a directory.
    let shared = from[..from.len() - 1].iter().zip(&to[..to.len() - 1]).take_while(|(from, to)| from == to).count();
    let up = "../".repeat(from.len() - 1 - shared);
    // Clients would read a first segment with a colon as a scheme.
    let start = if up.is_empty() { "./" } else { &up };
    [start, &to[shared..].join("/")].concat()
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn a_reference_leads_from_one_path_to_the_other() {
        for (from, to, reference) in [
            ("/docs", "/openapi.json", "./openapi.json"),
            ("/docs/", "/openapi.json", "../openapi.json"),
            ("/docs", "/docs/swagger-ui.css", "./docs/swagger-ui.css"),
            ("/docs/", "/docs/swagger-ui.css", "./swagger-ui.css"),
            ("/ops/docs", "/ops/openapi.json", "./openapi.json"),
            ("/ops/docs", "/openapi.json", "../openapi.json"),
            ("/docs", "/api/v1/openapi.json", "./api/v1/openapi.json"),
            ("/a/b/docs/", "/a/c/openapi.json", "../../c/openapi.json"),
            ("/a/b", "/a", "../a"),
            ("/a", "/a/b", "./a/b"),
            ("/a/b/c", "/b/b/c", "../../b/b/c"),
            ("/status", "/status", "./status"),
            ("/docs", "/urn:openapi", "./urn:openapi"),
        ] {
            assert_eq!(relative(from, to), reference, "from {from} to {to}");
        }
    }
}
