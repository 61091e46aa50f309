//! The pages of reference: configuration, limits, commands, endpoints, roles, states of data links, columns of spreadsheets.

use std::collections::BTreeSet;

use entity::kinds::{LinkStatus, Role};
use lienthong::{
    bulk::sheet::headings::Column,
    kernel::{
        client_scope::ClientScope,
        policy::{self, Action},
    },
    sharing::rules::life,
};
use sea_orm::{ActiveEnum, Iterable};

use super::{Page, named, page};
use crate::{policy::user, program::printed, tidy::source::files};

/// The pages with the keys of the configuration and the limits, in each language.
const CONFIGURATION: [[&str; 2]; 2] =
    [["docs/reference/configuration.md", "docs/reference/limits.md"], ["docs/vi/cau-hinh.md", "docs/vi/gioi-han.md"]];

/// The keys of the configuration as variables of the environment, with their defaults.
fn keys() -> Vec<(String, String)> {
    let (mut found, mut table) = (vec![], String::new());
    // What is a list of tables is said by a file only.
    for line in printed(&["config"]).lines().take_while(|line| !line.starts_with("[[")) {
        if let Some(name) = line.strip_prefix('[') {
            table = format!("{}_", name.trim_end_matches(']').to_uppercase());
        } else if let Some((key, value)) = line.split_once(" = ") {
            found.push((format!("{table}{}", key.to_uppercase()), value.trim_matches('"').to_owned()));
        }
    }
    found
}

#[test]
fn every_limit_is_listed_with_its_default() {
    let limits: Vec<_> = keys().into_iter().filter(|(key, _)| key.starts_with("LIMITS_")).collect();
    assert!(limits.len() > 10);
    for [_, path] in CONFIGURATION {
        let page = page(path);
        for (key, default) in &limits {
            let row = format!("\n| `LIENTHONG_{key}` | `{default}` | ");
            assert!(page.text.contains(&row), "{path} has no row{row}");
        }
    }
}

#[test]
fn every_number_of_the_configuration_is_listed_with_its_default() {
    let numbers: Vec<_> = keys().into_iter().filter(|(key, _)| !key.starts_with("LIMITS_")).collect();
    for [path, _] in CONFIGURATION {
        let page = page(path);
        for (key, default) in numbers.iter().filter(|(_, default)| default.parse::<u32>().is_ok()) {
            let row = format!("\n| `LIENTHONG_{key}` | | `{default}` | ");
            assert!(page.text.contains(&row), "{path} has no row{row}");
        }
    }
}

#[test]
fn every_key_of_the_configuration_is_listed_and_no_other() {
    let mut keys: Vec<String> = keys().into_iter().map(|(key, _)| key).collect();
    // What is no key, and those that are printed only where they are given.
    keys.extend(["CONFIG", "PROBE_AUTHORITIES", "TRUSTED_DOCUMENTS"].map(str::to_owned));
    keys.sort();
    for paths in CONFIGURATION {
        let texts = paths.map(page);
        let lines = texts.iter().flat_map(|page| page.text.lines());
        let rows = lines.filter_map(|line| line.strip_prefix("| `LIENTHONG_")?.split_once('`'));
        let mut listed: Vec<String> = rows.map(|(key, _)| key.to_owned()).collect();
        listed.sort();
        assert_eq!(listed, keys, "{paths:?}");
    }
}

/// The commands that a help text lists.
fn commands(help: &str) -> Vec<&str> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // The lines of a longer description begin further to the right.
    let lines = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    lines.filter_map(|line| line.split_whitespace().next()).filter(|command| *command != "help").collect()
}

#[test]
fn every_command_is_listed_and_no_other() {
    let help = printed(&["help"]);
    let mut all: Vec<String> = commands(&help).into_iter().map(str::to_owned).collect();
    assert!(all.contains(&"serve".to_owned()), "{help}");
    for command in commands(&help) {
        let help = printed(&[command, "--help"]);
        all.extend(commands(&help).into_iter().map(|below| format!("{command} {below}")));
    }
    let listed = |page: &Page| -> Vec<String> {
        let cells = page.rows(None).into_iter().filter_map(|row| named(row.first()?).first().copied());
        cells.filter_map(|cell| cell.strip_prefix("lienthong ")).map(str::to_owned).collect()
    };
    let english = listed(&page("docs/reference/cli.md"));
    for command in &all {
        assert!(english.contains(command), "docs/reference/cli.md lacks `{command}`");
    }
    assert_eq!(english.len(), all.len(), "docs/reference/cli.md lists {english:?}");
    let vietnamese = listed(&page("docs/vi/lenh.md"));
    for command in commands(&help) {
        assert!(vietnamese.iter().any(|listed| listed == command), "docs/vi/lenh.md lacks `{command}`");
    }
}

/// What a role may do: as its work, in an emergency, and whether it must hold in the whole country for that.
fn allowed(role: Role, action: Action) -> Option<(bool, bool)> {
    let everywhere = policy::permit(&user(&[role], None), action).ok()?;
    let in_an_area = policy::permit(&user(&[role], Some(&[1])), action).is_ok();
    Some((everywhere.emergency(), !in_an_area))
}

#[test]
fn the_roles_of_each_action_are_those_of_the_policy() {
    let page = page("docs/reference/roles-and-scopes.md");
    let mut listed = vec![];
    for row in page.rows(Some("People")).into_iter().skip(1) {
        let [actions, roles, emergency] = row.as_slice() else { panic!("{row:?}") };
        for name in named(actions) {
            let action =
                *Action::ALL.iter().find(|action| action.name() == name).unwrap_or_else(|| panic!("no {name}"));
            listed.push(name);
            for role in Role::iter() {
                let word = role.to_value();
                let has = |cell: &str| cell.split([',', ';', '(']).any(|part| part.trim() == word);
                let expected = match (has(roles), has(emergency)) {
                    (true, _) => Some((false, roles.contains("(country)"))),
                    (false, true) => Some((true, false)),
                    (false, false) => None,
                };
                assert_eq!(allowed(role, action), expected, "{name}, {word}");
            }
        }
    }
    for action in Action::ALL {
        let name = format!("`{}`", action.name());
        assert!(page.text.contains(&name), "roles-and-scopes.md lacks {name}");
        let of_people = policy::permit(&user(&[Role::Admin], None), *action).is_ok()
            && policy::permit(&user(&[], None), *action).is_err();
        assert_eq!(listed.contains(&action.name()), of_people, "{name} among the actions of people");
    }
    for scope in ClientScope::ALL {
        let listed = page.rows(Some("API clients")).iter().any(|row| named(row[0]) == [scope.name()]);
        assert!(listed, "roles-and-scopes.md lacks {}", scope.name());
    }
}

#[test]
fn the_steps_of_a_data_link_are_those_of_its_life() {
    let page = page("docs/domain/data-links.md");
    let rows = page.rows(Some("States"));
    for from in LinkStatus::iter() {
        let word = from.to_value();
        let row = rows.iter().find(|row| row[0].split(", ").any(|state| state == word));
        let row = row.unwrap_or_else(|| panic!("data-links.md has no row for {word}"));
        let mut steps: Vec<_> = life::allowed(from).iter().map(|to| to.to_value()).collect();
        let mut listed: Vec<_> = match row[1].starts_with("none") {
            true => vec![],
            false => row[1].split(", ").map(str::to_owned).collect(),
        };
        steps.sort();
        listed.sort();
        assert_eq!(listed, steps, "from {word}");
    }
}

#[test]
fn every_column_of_a_spreadsheet_is_listed() {
    let page = page("docs/domain/spreadsheet-import.md");
    let rows = page.rows(Some("Columns"));
    let listed: Vec<_> = rows.iter().skip(1).map(|row| (row[0], named(row[1])[0], row[2] == "yes")).collect();
    let columns: Vec<_> =
        Column::ALL.iter().map(|column| (column.heading(), column.field(), column.required())).collect();
    assert_eq!(listed, columns);
}

/// The paths that the router answers, without those of the files below them.
fn routes(text: &str) -> BTreeSet<&str> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let paths = code.split(".route(").skip(1).filter_map(|rest| rest.split('"').nth(1));
    paths.filter(|path| !path.contains('{')).map(|path| path.trim_end_matches('/')).collect()
}

#[test]
fn every_endpoint_is_listed_and_no_other() {
    let sources = files(&["src/http"], ".rs");
    let routes: BTreeSet<&str> = sources.iter().flat_map(|source| routes(&source.text)).collect();
    let page = page("docs/reference/endpoints.md");
    let paths = page.rows(None).into_iter().filter_map(|row| named(row[0]).first().copied());
    let listed: BTreeSet<&str> =
        paths.filter(|path| path.starts_with('/')).map(|path| path.trim_end_matches('/')).collect();
    assert!(routes.contains("/graphql"), "{routes:?}");
    assert_eq!(listed, routes);
}
