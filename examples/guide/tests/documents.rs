//! The documents show what the guide is made of, word for word.

#[test]
fn the_code_in_coming_from_fastapi_is_the_guides() {
    let document = include_str!("../../../docs/coming-from-fastapi.md");
    let guide =
        [include_str!("../src/checks.rs"), include_str!("../src/routes.rs")].concat().replace("pub(crate) ", "");
    for (start, end) in [
        ("#[health_check(timeout = \"5s\")]\nasync fn database(State(pool): State<PgPool>) -> Outcome", "\n}"),
        ("/// PostgreSQL answers through the ORM.", "```"),
        ("/// Which services work.", "/// Whether the services work."),
        ("/// Whether the services work.", "```"),
    ] {
        let start = document.find(start).expect("a part of the guide");
        let end = document[start..].find(end).expect("its end");
        let part = document[start..][..end].trim_end();
        assert!(guide.contains(part), "{part}");
    }
}

#[test]
fn the_code_in_blocked_runtime_is_the_guides() {
    let document = include_str!("../../../docs/blocked-runtime.md");
    let guide = include_str!("../src/blocking.rs");
    let handler = &guide[guide.find("#[derive(Deserialize)]").expect("the handler")..];
    assert!(document.contains(handler.trim_end()), "{handler}");
}
