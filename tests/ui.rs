//! What the attributes say to mistakes. `TRYBUILD=overwrite` refreshes the expected messages.

/// All in one run: they share one build.
#[test]
fn mistakes_are_told_in_the_words_of_the_attribute() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/args/*.rs");
    cases.compile_fail("ui/signature/*.rs");
    cases.compile_fail("ui/types/*.rs");
}
