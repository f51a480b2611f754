//! Every check of a crate that code names is in the program, and what is not is noticed.

use std::process::{Command, Output};

fn program(required: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_linking")).args(required).output().expect("a program that starts")
}

#[test]
fn a_check_is_linked_if_any_code_names_its_crate() {
    let output = program(&[]);
    let names: Vec<_> = str::from_utf8(&output.stdout).unwrap().lines().collect();
    let expected = [
        "behind.module",
        "behind.root",
        "named.module",
        "named.root",
        "program.module",
        "program.root",
        "used.module",
        "used.root",
    ];
    assert_eq!(names, expected, "{output:?}");
}

#[test]
fn a_crate_that_no_code_names_is_missed_if_its_checks_are_required() {
    let output = program(&["used.root", "unmentioned.root", "unmentioned.module"]);
    assert!(!output.status.success());
    let expected = "\
Error: the health endpoints cannot be built, for 2 reasons
- required check `unmentioned.root` is not registered
  help: a crate that no code mentions is not linked; write `use that_crate as _;`
- required check `unmentioned.module` is not registered
  help: a crate that no code mentions is not linked; write `use that_crate as _;`
";
    assert_eq!(str::from_utf8(&output.stderr).unwrap(), expected);
}
