//! The links between the pages: each leads to a file that exists, and to a heading in it.

use std::path::{Component, Path, PathBuf};

use super::{Page, page, pages};

/// The targets of the links and images of a page, with their lines; not in code.
fn targets(page: &Page) -> Vec<(usize, String)> {
    let mut found = vec![];
    let mut fenced = false;
    for (n, line) in page.text.lines().enumerate() {
        fenced ^= line.starts_with("```");
        if fenced || line.starts_with("    ") {
            continue;
        }
        let text: String = line.split('`').step_by(2).collect();
        let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        found.extend(links.map(|(target, _)| (n + 1, target.to_owned())));
    }
    found
}

/// The anchors of a page's headings, as GitHub makes them and the site is configured to.
fn anchors(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut found = vec![];
    for line in text.lines() {
        fenced ^= line.starts_with("```");
        let heading = line.trim_start_matches('#');
        if !fenced && line.starts_with('#') && heading.starts_with(' ') {
            found.push(anchor(heading.trim()));
        }
    }
    found
}

fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect::<String>().to_lowercase()
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => assert!(plain.pop(), "{} leads out of the repository", path.display()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let mut wrong = vec![];
    let mut followed = 0;
    for from in pages() {
        for (line, target) in targets(&from) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (file, heading) = target.split_once('#').map_or((target.as_str(), None), |(f, h)| (f, Some(h)));
            let folder = Path::new(&from.path).parent().expect("a folder");
            let path = if file.is_empty() { PathBuf::from(&from.path) } else { plain(&folder.join(file)) };
            if !Path::new(env!("CARGO_MANIFEST_DIR")).join(&path).is_file() {
                wrong.push(format!("{}:{line}: there is no {}", from.path, path.display()));
            } else if let Some(heading) = heading
                && !anchors(&page(path.to_str().expect("UTF-8")).text).iter().any(|anchor| anchor == heading)
            {
                wrong.push(format!("{}:{line}: {} has no heading #{heading}", from.path, path.display()));
            }
            followed += 1;
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    assert!(followed > 100, "only {followed} links were found");
}

#[test]
fn every_page_can_be_reached() {
    let all = pages();
    let mut reached: Vec<PathBuf> = vec![];
    for from in &all {
        let folder = Path::new(&from.path).parent().expect("a folder");
        let files = targets(from).into_iter().filter(|(_, target)| !target.contains("://"));
        reached.extend(files.filter_map(|(_, target)| {
            let file = target.split('#').next().filter(|file| !file.is_empty())?;
            Some(plain(&folder.join(file)))
        }));
    }
    let lost: Vec<&str> =
        all.iter().map(|page| page.path.as_str()).filter(|path| !reached.contains(&path.into())).collect();
    assert!(lost.is_empty(), "no page links to {lost:?}");
}

#[test]
fn anchors_are_those_of_github() {
    for (heading, expected) in [
        ("Codes of a field", "codes-of-a-field"),
        ("What each step needs", "what-each-step-needs"),
        ("C\\#", "c"),
        ("Kết nối có trả lời không", "kết-nối-có-trả-lời-không"),
        ("0001 One write lock", "0001-one-write-lock"),
    ] {
        assert_eq!(anchor(heading), expected);
    }
}
