//! The README shows what the quickstart is made of, word for word, and the links of all documents lead somewhere.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn the_checks_of_the_readme_are_the_quickstarts() {
    let (readme, quickstart) = (include_str!("../README.md"), include_str!("../examples/quickstart/src/main.rs"));
    for (start, end) in [("/// The database answers.", "#[tokio::main]"), ("/// How much work waits.", "```")] {
        let start = readme.find(start).expect("a check of the example");
        let end = readme[start..].find(end).expect("what follows the check");
        assert!(quickstart.contains(readme[start..][..end].trim_end()));
    }
}

/// The anchor that a heading gets.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
    text.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()
}

#[test]
fn relative_links_lead_to_files_and_headings() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = [root.clone(), root.join("docs"), root.join("tests")];
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    let documents: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    assert!(documents.len() > 8, "{documents:?}");
    for document in documents {
        let text = fs::read_to_string(&document).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link) {
            if link.contains("://") {
                continue;
            }
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { document.clone() } else { document.with_file_name(path) };
            assert!(target.exists(), "{link} in {}", document.display());
            if !heading.is_empty() {
                let text = fs::read_to_string(&target).unwrap();
                let mut headings = text.lines().filter(|line| line.starts_with('#')).map(anchor);
                assert!(headings.any(|found| found == heading), "{link} in {}", document.display());
            }
        }
    }
}
