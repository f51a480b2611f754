//! The README shows what the quickstart is made of, word for word.

#[test]
fn the_check_of_the_readme_is_the_quickstarts() {
    let (readme, quickstart) = (include_str!("../README.md"), include_str!("../examples/quickstart/src/main.rs"));
    let start = readme.find("/// What the connection pool").expect("the details of the example");
    let end = readme.find("#[tokio::main]").expect("the main function of the example");
    assert!(quickstart.contains(readme[start..end].trim_end()));
}
