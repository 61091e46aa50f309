//! The READMEs and the pages of docs/: what they show and list is what the program does.

mod errors;
mod links;
mod queries;
mod reference;

use std::{fs, path::Path};

use crate::tidy::source::files;

/// A page, and where it is in the repository: `docs/use/errors.md`.
struct Page {
    path: String,
    text: String,
}

fn page(path: &str) -> Page {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path));
    Page { path: path.to_owned(), text: text.unwrap_or_else(|e| panic!("{path}: {e}")) }
}

/// The READMEs, CONTRIBUTING.md, and every page of docs/.
fn pages() -> Vec<Page> {
    let mut found: Vec<Page> = ["README.md", "README.vi.md", "CONTRIBUTING.md"].map(page).into();
    found.extend(files(&["docs"], ".md").into_iter().map(|source| Page { path: source.path, text: source.text }));
    assert!(found.len() > 30, "the pages were not found");
    found
}

impl Page {
    /// The rows of its tables, below a heading or in the whole page; without the lines that only draw the table.
    fn rows(&self, heading: Option<&str>) -> Vec<Vec<&str>> {
        let section = heading.map_or(self.text.as_str(), |heading| self.section(heading));
        let lines = section.lines().filter_map(|line| line.strip_prefix('|')?.trim_end().strip_suffix('|'));
        let rows = lines.map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
        rows.filter(|cells| !cells.iter().all(|cell| cell.starts_with("---"))).collect()
    }
    /// What stands between a heading of the second level and the next one.
    fn section(&self, heading: &str) -> &str {
        let begin = format!("\n## {heading}\n");
        let after = self.text.split_once(&begin).unwrap_or_else(|| panic!("{} has no \"{heading}\"", self.path)).1;
        after.split_once("\n## ").map_or(after, |(section, _)| section)
    }
}

/// What a cell names in backticks.
fn named(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn a_readme_is_read_in_a_few_minutes() {
    for path in ["README.md", "README.vi.md"] {
        let lines = page(path).text.lines().count();
        assert!(lines <= 200, "{path} has {lines} lines: move some of it to docs/");
    }
}
