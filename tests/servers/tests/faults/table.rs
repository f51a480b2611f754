//! Holds the table against the checks that there are, and prints it.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{FAULTS, ROWS};

/// What files of the folder are no checks.
const SHARED: &[&str] = &["mod", "network", "redis_replication"];

fn runtime() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../health-runtime/src")
}

/// The names and the texts of the files of the ready-made checks.
fn files() -> Vec<(String, String)> {
    let files = fs::read_dir(runtime().join("checks")).unwrap().map(|file| file.unwrap().path());
    let files = files.map(|path| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, fs::read_to_string(path).unwrap())
    });
    let files: Vec<_> = files.collect();
    assert!(!files.is_empty());
    files
}

#[test]
fn every_ready_made_check_has_a_row() {
    for (check, _) in files().into_iter().filter(|(file, _)| !SHARED.contains(&file.as_str())) {
        assert!(ROWS.iter().any(|(row, _)| row.starts_with(&check)), "{check} has no row");
    }
}

#[test]
fn every_ready_made_check_uses_only_what_any_application_can_use() {
    let library = fs::read_to_string(runtime().join("lib.rs")).unwrap();
    let public: HashSet<_> = imports(&library, "\npub use ").flat_map(names).collect();
    for (check, text) in files() {
        for name in imports(&text, "\nuse crate::").flat_map(names) {
            assert!(public.contains(name), "{check} uses {name}");
        }
        let mut others = text.lines().filter(|line| !line.starts_with("use ") && !line.trim_start().starts_with("//"));
        assert_eq!(others.find(|line| line.contains("crate::")), None, "{check}");
    }
}

/// The texts between a prefix and the end of its statement.
fn imports<'a>(text: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(prefix).skip(1).map(|rest| rest.split(';').next().unwrap())
}

/// The identifiers in a text.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|name| !name.is_empty())
}

#[test]
fn every_message_of_a_ready_made_check_is_in_the_guide() {
    let guide = fs::read_to_string(runtime().join("../../docs/drivers.md")).unwrap();
    let guide = guide.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut count = 0;
    for (file, text) in files() {
        for message in messages(&text) {
            assert!(guide.contains(&format!("`{message}")), "`{message}` of {file} is not in docs/drivers.md");
            count += 1;
        }
    }
    assert!(count > 40, "{count}");
}

/// The literals of a file that begin in lower case and have several words, up to a placeholder: its messages.
fn messages(text: &str) -> Vec<&str> {
    let code = text.split("#[cfg(test)]").next().unwrap();
    let lines =
        code.lines().filter(|line| !line.trim_start().starts_with("//") && !line.trim_start().starts_with("#["));
    let literals = lines.flat_map(|line| line.split('"').skip(1).step_by(2));
    let is_message = |literal: &&str| {
        // What another library writes.
        let is_foreign = ["failed to lookup address", "connection closed before message completed"].contains(literal);
        literal.starts_with(char::is_lowercase) && literal.contains(' ') && !is_foreign
    };
    literals.filter(is_message).map(|literal| literal.split('{').next().unwrap()).collect()
}

#[test]
fn every_cell_is_a_test_or_says_why_there_is_none() {
    let tests = output(&["--list", "--format", "terse"]);
    for (row, not_applicable) in ROWS {
        for fault in FAULTS {
            let is_test = tests.lines().any(|line| line == format!("{row}::{fault}: test"));
            let has_reason = not_applicable.iter().any(|(other, reason)| other == fault && !reason.is_empty());
            assert!(is_test != has_reason, "{row}::{fault}: a test or a reason");
        }
        assert!(not_applicable.iter().all(|(fault, _)| FAULTS.contains(fault)), "{row}: {not_applicable:?}");
    }
}

/// Runs all cells, and prints the table.
#[test]
#[ignore = "needs all servers; tests/servers/run.sh"]
fn all_cells_hold() {
    let results = output(&["--include-ignored", "--skip", "table::"]);
    println!("{results}");
    let width = ROWS.iter().map(|(row, _)| row.len()).max().unwrap();
    println!("{:width$}  {}", "", FAULTS.join("  "));
    let mut reasons = Vec::new();
    let mut failed = Vec::new();
    for (row, not_applicable) in ROWS {
        print!("{row:width$}");
        for fault in FAULTS {
            let cell = if results.lines().any(|line| line == format!("test {row}::{fault} ... ok")) {
                "✓"
            } else if let Some((_, reason)) = not_applicable.iter().find(|(other, _)| other == fault) {
                reasons.push(format!("{row}, {fault}: {reason}"));
                "n/a"
            } else {
                failed.push(format!("{row}::{fault}"));
                "✗"
            };
            print!("  {cell:width$}", width = fault.len());
        }
        println!();
    }
    println!("n/a:\n  {}", reasons.join("\n  "));
    assert!(failed.is_empty(), "failed or not run: {failed:?}");
    assert!(results.contains("test result: ok."), "a test beside the table failed");
}

/// What this program prints with these arguments.
fn output(arguments: &[&str]) -> String {
    let output = Command::new(std::env::current_exe().unwrap()).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}
