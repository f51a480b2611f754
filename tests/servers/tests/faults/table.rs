//! Holds the table against the checks that there are, and prints it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{FAULTS, ROWS};

/// What files of the folder are no checks.
const SHARED: &[&str] = &["mod", "network", "redis_replication"];

fn runtime() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../health-runtime/src")
}

/// The names and the texts of the ready-made checks.
fn checks() -> Vec<(String, String)> {
    let files = fs::read_dir(runtime().join("checks")).unwrap().map(|file| file.unwrap().path());
    let checks = files.map(|path| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, fs::read_to_string(path).unwrap())
    });
    let checks: Vec<_> = checks.filter(|(name, _)| !SHARED.contains(&name.as_str())).collect();
    assert!(!checks.is_empty());
    checks
}

#[test]
fn every_ready_made_check_has_a_row() {
    for (check, _) in checks() {
        assert!(ROWS.iter().any(|(row, _)| row.starts_with(&check)), "{check} has no row");
    }
}

#[test]
fn every_ready_made_check_uses_only_what_any_application_can_use() {
    let library = fs::read_to_string(runtime().join("lib.rs")).unwrap();
    let public: Vec<_> = library.lines().filter(|line| line.starts_with("pub use")).collect();
    for (check, text) in checks() {
        for import in text.lines().filter_map(|line| line.strip_prefix("use crate::")) {
            for item in
                import.trim_matches(['{', '}', ';']).split([',', ' ', '{', '}', ';']).filter(|item| !item.is_empty())
            {
                assert!(public.iter().any(|line| line.contains(item)), "{check} uses {item}");
            }
        }
        let others = text.lines().filter(|line| !line.starts_with("use ")).find(|line| line.contains("crate::"));
        assert_eq!(others, None, "{check}");
    }
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
