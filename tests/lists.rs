//! Lists that are kept by hand lose no test.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).into()
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

/// The names in a folder below `tests` that end so, without that end.
fn names(folder: &str, end: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap();
    let files = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    files.filter_map(|file| file.strip_suffix(end).map(str::to_owned)).collect()
}

#[test]
fn every_program_of_tests_is_declared_and_in_the_table() {
    let (manifest, table) = (read("Cargo.toml"), read("README.md"));
    let programs = names(".", ".rs");
    assert!(programs.len() > 20, "{programs:?}");
    for name in programs {
        assert!(manifest.contains(&format!("path = \"{name}.rs\"")), "{name}.rs is not in tests/Cargo.toml");
        assert!(table.contains(&format!("`{name}.rs`")), "{name}.rs is not in tests/README.md");
    }
}

#[test]
fn every_file_of_a_larger_program_is_a_module_of_it() {
    for folder in ["engine", "servers/tests/faults"] {
        let main = read(&format!("{folder}/main.rs"));
        let modules = names(folder, ".rs");
        assert!(modules.len() > 5, "{modules:?}");
        for name in modules.iter().filter(|name| *name != "main") {
            assert!(main.contains(&format!("mod {name};")), "{folder}/{name}.rs is not in its main.rs");
        }
    }
    let table = read("README.md");
    for name in names("engine", ".rs").iter().filter(|name| *name != "main") {
        assert!(table.contains(&format!("`engine/{name}.rs`")), "engine/{name}.rs is not in tests/README.md");
    }
}

#[test]
fn every_script_is_run() {
    let (run, table, guide) = (read("run.sh"), read("README.md"), read("../CONTRIBUTING.md"));
    let scripts: Vec<_> = names(".", "").into_iter().filter(|name| root().join(name).join("run.sh").exists()).collect();
    assert!(scripts.len() > 10, "{scripts:?}");
    for name in scripts {
        assert!(run.contains(&format!("tests/{name}/run.sh")), "tests/{name}/run.sh is not in tests/run.sh");
        assert!(
            table.contains(&format!("`{name}/")) || table.contains(&format!("`{name}.rs`")),
            "{name} is not in tests/README.md"
        );
        assert!(guide.contains(&format!("`tests/{name}/run.sh`")), "tests/{name}/run.sh is not in CONTRIBUTING.md");
    }
}

#[test]
fn every_guide_is_compiled() {
    let (ours, servers) = (read("support/lib.rs"), read("servers/src/lib.rs"));
    for name in names("../docs", ".md") {
        let is_compiled = [&ours, &servers].iter().any(|file| file.contains(&format!("/docs/{name}.md\")]")));
        assert!(is_compiled, "the examples of docs/{name}.md are not compiled");
    }
}
