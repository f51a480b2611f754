//! The README shows what the quickstart is made of, word for word.

#[test]
fn the_checks_of_the_readme_are_the_quickstarts() {
    let (readme, quickstart) = (include_str!("../README.md"), include_str!("../examples/quickstart/src/main.rs"));
    for (start, end) in [("/// The database answers.", "#[tokio::main]"), ("/// How much work waits.", "```")] {
        let start = readme.find(start).expect("a check of the example");
        let end = readme[start..].find(end).expect("what follows the check");
        assert!(quickstart.contains(readme[start..][..end].trim_end()));
    }
}
