//! The rules of the house that a text search can see, over src/, entity/ and migration/: directions, what a room's files never
//! do, names, lengths. docs/development/architecture.md explains them. Each fault is told by file and line.

pub mod source;

use std::path::Path;

use source::{Source, Token, files};

/// The nouns, from left to right: each may look at itself and to the left.
const ROOMS: [&str; 11] = [
    "citation",
    "territory",
    "agency",
    "identity",
    "indicator",
    "plan",
    "sharing",
    "health",
    "traffic",
    "search",
    "journal",
];

/// What stands above the rooms.
const LAYERS: [&str; 5] = ["graphql", "bulk", "http", "worker", "cli"];

/// The most lines of a file.
const LONGEST: usize = 450;

/// Files that may be longer, how long, and why.
const LONGER: [(&str, usize, &str); 1] =
    [("entity/src/kinds.rs", 700, "a list of vocabularies: nobody reads it from top to bottom")];

type Faults = Vec<(usize, String)>;

/// Applies a check to every source; tells every fault.
fn hold(check: fn(&Source) -> Faults) {
    let sources = files(&["src", "entity/src", "migration/src"], ".rs");
    assert!(sources.len() > 50, "the sources were not found");
    let told = |source: &Source| -> Vec<String> {
        check(source).into_iter().map(|(line, what)| format!("{}:{line}: {what}", source.path)).collect()
    };
    let faults: Vec<String> = sources.iter().flat_map(told).collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

// ---------------------------------------------------------------- where a file stands

/// The folder below src/ and, in a room, whether the file speaks GraphQL, decides, or holds the rows.
struct Place<'a> {
    top: &'a str,
    rank: Option<usize>,
    file: &'a str,
}

fn place(source: &Source) -> Option<Place<'_>> {
    source.path.strip_prefix("src/")?;
    let module = source.module();
    let top = *module.first()?;
    let rank = ROOMS.iter().position(|room| *room == top);
    Some(Place { top, rank, file: module.get(1).copied().unwrap_or_default() })
}

fn room(source: &Source) -> Option<Place<'_>> {
    place(source).filter(|place| place.rank.is_some())
}

/// What a source names of this crate: the folder, and the module in it.
fn ours(source: &Source) -> Vec<(usize, String, String)> {
    let part = |path: &[String], n: usize| path.get(n).cloned().unwrap_or_default();
    let paths = source.paths().into_iter().filter(|(_, path)| path.first().is_some_and(|first| first == "crate"));
    paths.map(|(line, path)| (line, part(&path, 1), part(&path, 2))).collect()
}

fn is_room(top: &str) -> bool {
    ROOMS.contains(&top)
}

fn tokens_that(source: &Source, holds: impl Fn(&[Token]) -> bool, what: &str) -> Faults {
    let code = source.code();
    let at = (0..code.len()).filter(|at| code.get(*at..).is_some_and(&holds));
    at.filter_map(|at| Some((code.get(at)?.line, what.to_owned()))).collect()
}

fn begins(code: &[Token], with: &[&str]) -> bool {
    code.len() >= with.len() && code.iter().zip(with).all(|(token, text)| token.text == *text)
}

// ---------------------------------------------------------------- directions

/// Every folder below src/ is the kernel, a room or a layer.
fn strangers(source: &Source) -> Faults {
    match place(source) {
        Some(Place { top, .. }) if top != "kernel" && !is_room(top) && !LAYERS.contains(&top) => {
            vec![(1, format!("`{top}` is no room and no layer: give it its place in tests/it/tidy.rs"))]
        }
        _ => vec![],
    }
}

/// A room looks to the left. Its GraphQL may name the GraphQL of any room, for the graph is cyclic, and what another room's
/// store links it by.
fn rooms_look_left(source: &Source) -> Faults {
    let Some(Place { rank: Some(own), file, .. }) = room(source) else { return vec![] };
    let wrong = |(line, top, module): (usize, String, String)| {
        if top == "kernel" {
            return None;
        }
        let allowed = match ROOMS.iter().position(|room| *room == top) {
            Some(rank) if rank <= own => true,
            Some(_) => file == "graphql" && matches!(module.as_str(), "" | "graphql" | "store"),
            None => false,
        };
        (!allowed).then(|| (line, format!("a room names `{top}`, which lies to its right or above it")))
    };
    ours(source).into_iter().filter_map(wrong).collect()
}

/// The kernel knows no noun.
fn kernel_names_no_room(source: &Source) -> Faults {
    if place(source).is_none_or(|place| place.top != "kernel") {
        return vec![];
    }
    let above = ours(source).into_iter().filter(|(_, top, _)| top != "kernel");
    above.map(|(line, top, _)| (line, format!("the kernel names `{top}`"))).collect()
}

/// The layers look down: cli to everything, http to graphql and bulk, graphql to the rooms' GraphQL, bulk to their commands and
/// stores, worker to their commands.
fn layers_look_down(source: &Source) -> Faults {
    let Some(Place { top: own, .. }) = place(source).filter(|place| LAYERS.contains(&place.top)) else { return vec![] };
    let allowed = |top: &str, module: &str| match (own, top) {
        (_, "kernel") => true,
        (own, top) if own == top => true,
        ("graphql", top) if is_room(top) => matches!(module, "" | "graphql"),
        ("bulk", top) if is_room(top) => module != "graphql",
        // Whoever makes the operation must know who asks.
        ("http", "identity" | "journal") => !matches!(module, "graphql" | "store"),
        // A file that comes in the body is read as one that the command line is given.
        ("http", "bulk") => true,
        ("http", "graphql") | ("cli", "graphql" | "http" | "bulk" | "worker") => true,
        ("cli" | "worker", top) if is_room(top) => !matches!(module, "graphql" | "store"),
        _ => false,
    };
    let wrong = ours(source).into_iter().filter(|(_, top, module)| !allowed(top, module));
    wrong.map(|(line, top, module)| (line, format!("{own} names `{top}::{module}`"))).collect()
}

/// What is stored knows no request; how it came to be knows neither.
fn entity_and_migration_import_nothing_of_ours(source: &Source) -> Faults {
    let forbidden: &[&str] = match source.path.split('/').next() {
        Some("entity") => &["lienthong", "migration"],
        Some("migration") => &["lienthong", "entity"],
        _ => return vec![],
    };
    let named = |(line, path): (usize, Vec<String>)| {
        let first = path.first().filter(|first| forbidden.contains(&first.as_str()))?;
        Some((line, format!("names the crate `{first}`")))
    };
    source.paths().into_iter().filter_map(named).collect()
}

// ---------------------------------------------------------------- what a file never does

/// GraphQL translates: it opens no transaction and writes no row.
fn graphql_never_writes(source: &Source) -> Faults {
    if place(source).is_none_or(|place| place.top != "graphql" && (place.rank.is_none() || place.file != "graphql")) {
        return vec![];
    }
    let writes = |code: &[Token]| {
        begins(code, &[".", "write", "("]) || begins(code, &[".", "together", "("]) || begins(code, &["ActiveModel"])
    };
    tokens_that(source, writes, "GraphQL writes")
}

/// In a room only the store begins a query or makes a row to be written; and it begins at `visible…`, unless it reads in a
/// transaction, or what will be read in one again.
fn queries_begin_in_the_store(source: &Source) -> Faults {
    let Some(place) = room(source) else { return vec![] };
    let finds = |code: &[Token]| begins(code, &["Entity", "::", "find"]);
    if place.file != "store" {
        let queries = |code: &[Token]| finds(code) || begins(code, &["ActiveModel"]);
        return tokens_that(source, queries, "a query begins, or a row is made, outside the store");
    }
    let code = source.code();
    let (mut faults, mut name, mut in_transaction) = (vec![], String::new(), false);
    for (at, token) in code.iter().enumerate() {
        if token.text == "fn" {
            name = code.get(at + 1).map(|token| token.text.clone()).unwrap_or_default();
            let body = code[at..].iter().position(|token| token.text == "{").map_or(code.len(), |n| at + n);
            in_transaction = code[at..body].iter().any(|token| token.text == "Tx" || token.text == "Reader");
        }
        if finds(&code[at..]) && !in_transaction && !name.starts_with("visible") {
            faults.push((token.line, format!("`{name}` reads without `visible`")));
        }
    }
    faults
}

/// Rules take values and give values.
fn rules_are_pure(source: &Source) -> Faults {
    if room(source).is_none_or(|place| place.file != "rules") {
        return vec![];
    }
    let waits = |code: &[Token]| ["async", "await"].iter().any(|word| begins(code, &[word]));
    let mut faults = tokens_that(source, waits, "a rule waits");
    for (line, path) in source.paths() {
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["sea_orm" | "sea_query" | "tokio" | "async_graphql" | "tracing", ..] => {
                faults.push((line, format!("a rule names `{}`", path.join("::"))));
            }
            ["crate", "kernel", "app" | "clock" | "config" | "db" | "object" | "op" | "page" | "tx", ..] => {
                faults.push((line, format!("a rule names `{}`", path.join("::"))));
            }
            _ => {}
        }
    }
    faults
}

/// Only the clock tells the time, so that a test can choose the day. How long a request took is no time of day: http, and what
/// asks others by HTTP, may ask that of an `Instant`.
fn only_the_clock_tells_the_time(source: &Source) -> Faults {
    if source.path == "src/kernel/clock.rs" {
        return vec![];
    }
    let in_http = source.path.starts_with("src/http/") || source.path == "src/health/probe.rs";
    let tells = |code: &[Token]| {
        let stopwatch = in_http && begins(code, &["Instant"]);
        let of_type = code.first().is_some_and(|token| token.text.starts_with(char::is_uppercase));
        let database = ["current_timestamp", "current_date", "current_time"].iter().any(|word| begins(code, &[word]));
        database || (of_type && !stopwatch && begins(code.get(1..).unwrap_or_default(), &["::", "now"]))
    };
    tokens_that(source, tells, "asks for the time: that is the clock's")
}

/// Above the rooms there is no SQL.
fn no_queries_above_the_rooms(source: &Source) -> Faults {
    if place(source).is_none_or(|place| !LAYERS.contains(&place.top)) {
        return vec![];
    }
    let named = source.paths().into_iter().filter(|(_, path)| path.first().is_some_and(|first| first == "sea_orm"));
    named.map(|(line, path)| (line, format!("names `{}`", path.join("::")))).collect()
}

fn nothing_is_unwrapped(source: &Source) -> Faults {
    let unwraps = |code: &[Token]| begins(code, &[".", "unwrap", "("]) || begins(code, &[".", "expect", "("]);
    tokens_that(source, unwraps, "may panic: say what happens instead")
}

// ---------------------------------------------------------------- messages

/// Every message says it in Vietnamese first, and in English: no text is missing, left as it was copied, or the other way round.
fn messages_speak_both_languages(source: &Source) -> Faults {
    let mut faults = vec![];
    let messages = source.calls("Message::new").into_iter();
    // A path, a code, and the message.
    let of_fields = source.calls("fault").into_iter().filter(|(_, arguments)| arguments.len() == 4);
    for (line, arguments) in messages.chain(of_fields) {
        let [.., vi, en] = arguments.as_slice() else { continue };
        // What is handed on was checked where it was written.
        let (Some(vi), Some(en)) = (words(vi), words(en)) else { continue };
        if [&vi, &en].iter().all(|text| !text.chars().any(char::is_alphabetic)) {
            continue;
        }
        let vietnamese = |text: &str| text.chars().any(|c| c.is_alphabetic() && !c.is_ascii());
        if !vietnamese(&vi) {
            faults.push((line, format!("says nothing in Vietnamese: {vi:?}")));
        }
        if vietnamese(&en) || !en.chars().any(char::is_alphabetic) {
            faults.push((line, format!("says nothing in English: {en:?}")));
        }
    }
    faults
}

/// The words of the texts in an argument; not what they quote, nor what is put into them.
fn words(argument: &str) -> Option<String> {
    let argument = argument.replace("\\\"", "`");
    let texts: Vec<&str> = argument.split('"').skip(1).step_by(2).collect();
    let unquoted = texts.iter().flat_map(|text| text.split('`').step_by(2));
    let plain =
        |text: &str| text.split('{').map(|part| part.split_once('}').map_or(part, |(_, after)| after)).collect();
    (!texts.is_empty()).then(|| unquoted.map(plain).collect::<Vec<String>>().join(" "))
}

// ---------------------------------------------------------------- names, lengths, first lines

fn names_say_what_is_inside(source: &Source) -> Faults {
    let empty = ["util", "utils", "common", "helper", "helpers", "misc", "shared"];
    let named = source.module().into_iter().find(|part| empty.contains(part));
    named.map(|part| (1, format!("`{part}` says nothing of what is inside"))).into_iter().collect()
}

fn files_are_short(source: &Source) -> Faults {
    let lines = source.text.lines().count();
    let most = LONGER.iter().find(|(path, ..)| *path == source.path).map_or(LONGEST, |(_, most, _)| *most);
    if lines > most { vec![(most + 1, format!("{lines} lines: make it a folder"))] } else { vec![] }
}

fn files_begin_with_what_they_are(source: &Source) -> Faults {
    let said = source.text.lines().next().is_some_and(|line| line.strip_prefix("//! ").is_some_and(|s| !s.is_empty()));
    if said { vec![] } else { vec![(1, "does not begin with `//!` and what it is".to_owned())] }
}

fn nothing_is_left_to_do(source: &Source) -> Faults {
    let marks = ["TODO", "FIXME", "todo!", "unimplemented!"];
    let lines = source.text.lines().enumerate().filter(|(_, line)| marks.iter().any(|mark| line.contains(mark)));
    lines.map(|(n, line)| (n + 1, line.trim().to_owned())).collect()
}

// ---------------------------------------------------------------- the documents

/// Those beside the pages of docs/.
const DOCUMENTS: [&str; 4] = ["README.md", "README.vi.md", "CONTRIBUTING.md", "data/README.md"];

/// What a document names in backticks as a file or a folder exists; names in parentheses right after a Rust file are
/// functions, types or constants of it: `src/kernel/tx.rs` (`begin`, `record`).
fn documents_are_true(source: &Source, read: impl Fn(&str) -> Option<String>) -> Faults {
    let folders = ["src/", "entity/", "migration/", "tests/", "data/", "web/"];
    let mut faults = vec![];
    for (n, line) in source.text.lines().enumerate() {
        let parts: Vec<&str> = line.split('`').collect();
        let mut at = 1;
        while let Some(path) = parts.get(at) {
            at += 2;
            if !folders.iter().any(|f| path.starts_with(f)) || path.contains(['<', '*', '…', ' ', '{']) {
                continue;
            }
            let Some(text) = read(path) else {
                faults.push((n + 1, format!("there is no `{path}`")));
                continue;
            };
            let mut between = " (";
            while path.ends_with(".rs") && parts.get(at - 1) == Some(&between) {
                let Some(name) = parts.get(at).map(|name| name.rsplit("::").next().unwrap_or(name)) else { break };
                let declared = ["fn", "struct", "enum", "trait", "const", "type", "mod"];
                if !declared.iter().any(|kind| defines(&text, kind, name)) {
                    faults.push((n + 1, format!("there is no `{name}` in `{path}`")));
                }
                (at, between) = (at + 2, ", ");
            }
        }
    }
    faults
}

fn defines(text: &str, kind: &str, name: &str) -> bool {
    text.match_indices(&format!("{kind} {name}")).any(|(at, found)| {
        let after = text[at + found.len()..].chars().next();
        after.is_none_or(|c| !c.is_alphanumeric() && c != '_')
    })
}

// ---------------------------------------------------------------- the tests

macro_rules! held {
    ($($name:ident),+ $(,)?) => { mod held { $(#[test] fn $name() { super::hold(super::$name); })+ } };
}

held!(
    strangers,
    rooms_look_left,
    kernel_names_no_room,
    layers_look_down,
    entity_and_migration_import_nothing_of_ours,
    graphql_never_writes,
    queries_begin_in_the_store,
    rules_are_pure,
    only_the_clock_tells_the_time,
    no_queries_above_the_rooms,
    nothing_is_unwrapped,
    messages_speak_both_languages,
    names_say_what_is_inside,
    files_are_short,
    files_begin_with_what_they_are,
    nothing_is_left_to_do,
);

#[test]
fn the_documents_name_what_exists() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| {
        let path = top.join(path);
        if path.is_dir() { Some(String::new()) } else { std::fs::read_to_string(path).ok() }
    };
    let mut documents = files(&["docs"], ".md");
    assert!(documents.len() > 30, "the pages of docs/ were not found");
    documents.extend(DOCUMENTS.map(|path| {
        let text = read(path).unwrap_or_else(|| panic!("there is no {path}"));
        Source { path: path.to_owned(), text }
    }));
    let mut faults = vec![];
    for document in documents {
        let told = documents_are_true(&document, read);
        faults.extend(told.into_iter().map(|(line, what)| format!("{}:{line}: {what}", document.path)));
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn no_file_is_excused_without_need() {
    for (path, _, why) in LONGER {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_default();
        assert!(text.lines().count() > LONGEST, "{path} need not be excused any more ({why})");
    }
}

/// Each check, with files that break its rule on the last line, and one that does not.
#[test]
fn each_check_sees_what_it_forbids() {
    type Broken<'a> = (fn(&Source) -> Faults, &'a str, &'a [&'a str], &'a str);
    let cases: &[Broken<'_>] = &[
        (strangers, "src/things/mod.rs", &["//! Things."], ""),
        (
            rooms_look_left,
            "src/territory/store.rs",
            &[
                "use crate::plan;",
                "use crate::{\n    kernel::op::Op,\n    plan::store}",
                "fn f() {\n    crate::plan::record() }",
                "use super::super::plan;",
                "use crate::http;",
                "use crate::{sharing as s};",
            ],
            "use crate::{citation::{self, rules}, kernel}; // crate::plan\nfn f() { citation::store::x(\"crate::plan\") }",
        ),
        (
            rooms_look_left,
            "src/territory/graphql.rs",
            &[
                "use crate::sharing::rules;",
                "use crate::sharing;\nfn f() { sharing::rules::x() }",
                "use crate::graphql::Query;",
            ],
            "use crate::{plan::graphql::document::Plans, sharing::{self, store::links}}; fn f() { sharing::graphql::x() }",
        ),
        (kernel_names_no_room, "src/kernel/op.rs", &["use crate::plan;", "use super::super::http;"], "use super::db;"),
        (
            layers_look_down,
            "src/http/mod.rs",
            &["use crate::plan;", "use crate::cli;", "use crate::indicator::import;"],
            "use crate::{bulk::sheet, graphql::inputs};",
        ),
        (layers_look_down, "src/graphql/mod.rs", &["use crate::http;", "use crate::plan::store;"], "use crate::plan;"),
        (
            layers_look_down,
            "src/bulk/seed.rs",
            &["use crate::graphql;", "use crate::http;", "use crate::plan::graphql;"],
            "use crate::plan;",
        ),
        (layers_look_down, "src/cli/seed.rs", &["use crate::plan::store;"], "use crate::{bulk, http, plan};"),
        (entity_and_migration_import_nothing_of_ours, "entity/src/plan.rs", &["use lienthong::x;"], "use crate::ids;"),
        (
            entity_and_migration_import_nothing_of_ours,
            "migration/src/m1.rs",
            &["use entity::plan;", "fn f() { entity::plan::x() }"],
            "use crate::table;",
        ),
        (
            graphql_never_writes,
            "src/plan/graphql/parts.rs",
            &["fn f() { op.write(p, w) }", "fn f() {\n op\n .together(w) }", "use plan::ActiveModel;"],
            "/// op.write(x)\nfn write(x: u8) {}",
        ),
        (graphql_never_writes, "src/graphql/mod.rs", &["fn f() { op.write(p, w) }"], "fn write(x: u8) {}"),
        (
            queries_begin_in_the_store,
            "src/plan/mod.rs",
            &["fn f() { plan::Entity::find() }", "fn f() { ActiveModel {} }"],
            "fn f() { store::find() }",
        ),
        (
            queries_begin_in_the_store,
            "src/plan/store.rs",
            &["fn visible() {}\nfn all() { plan::Entity::find() }"],
            "fn visible_plans() { Entity::find() } fn known(tx: &Tx) { Entity::find() }",
        ),
        (
            rules_are_pure,
            "src/plan/rules.rs",
            &[
                "async fn f() {}",
                "use sea_orm::Condition;",
                "use crate::kernel::{\n error, clock::Clock};",
                "fn f(op: &crate::kernel::op::Op) {}",
            ],
            "use crate::kernel::error; #[cfg(test)] mod tests { use crate::kernel::clock; }",
        ),
        (
            messages_speak_both_languages,
            "src/plan/mod.rs",
            &[
                "fn f() { Message::new(\"Taken.\", \"Taken.\") }",
                "fn f() { Message::new(\"Đã có.\", \"\") }",
                "fn f() { Message::new(\"Taken.\", \"Đã có.\") }",
                "fn f() { fault(\"code\", \"TAKEN\", \"Đã có.\",\"Đã có.\") }",
            ],
            "fn f() { Message::new(format!(\"Mã \\\"{code}\\\" đã có.\"), format!(\"The code \\\"Số\\\" is {taken}.\")) }",
        ),
        (
            only_the_clock_tells_the_time,
            "src/plan/mod.rs",
            &["fn f() { Utc::now() }", "fn f() { Instant::now() }", "fn f() { Expr::current_timestamp() }"],
            "fn f() { op.now() }",
        ),
        (only_the_clock_tells_the_time, "src/http/mod.rs", &["fn f() { Utc::now() }"], "fn f() { Instant::now() }"),
        (no_queries_above_the_rooms, "src/bulk/seed.rs", &["use sea_orm::EntityTrait;"], "use crate::plan;"),
        (
            nothing_is_unwrapped,
            "src/plan/mod.rs",
            &["fn f() { x\n.unwrap() }", "fn f() { x.expect(\"y\") }"],
            "fn f() { x.unwrap_or(1) } #[cfg(test)] mod tests { fn f() { if x { y.unwrap() } } }",
        ),
        (names_say_what_is_inside, "src/plan/utils.rs", &[""], ""),
        (names_say_what_is_inside, "src/common/mod.rs", &[""], ""),
        (files_begin_with_what_they_are, "src/plan/mod.rs", &["use x;", "", "//!"], "//! Plans."),
        (nothing_is_left_to_do, "src/plan/mod.rs", &["// TODO later", "fn f() {\n todo!() }"], "// all done"),
    ];
    for (check, path, broken, whole) in cases {
        for text in *broken {
            let source = Source { path: (*path).to_owned(), text: (*text).to_owned() };
            let lines = text.lines().count().max(1);
            let faults = check(&source);
            assert!(!faults.is_empty(), "{path} was let pass:\n{text}");
            assert!(faults.iter().any(|(line, _)| *line == lines || *line + 1 == lines), "{path}: {faults:?}\n{text}");
        }
        let excused = matches!(*path, "src/things/mod.rs" | "src/plan/utils.rs" | "src/common/mod.rs");
        let source = Source { path: (*path).to_owned(), text: (*whole).to_owned() };
        assert!(excused || check(&source).is_empty(), "{path}: {:?}\n{whole}", check(&source));
    }
    let tests = Source { path: "src/plan/progress/tests.rs".to_owned(), text: "fn f() { x.unwrap() }".to_owned() };
    assert!(nothing_is_unwrapped(&tests).is_empty());
    let long = Source { path: "src/plan/mod.rs".to_owned(), text: "//! Long.\n".repeat(LONGEST + 1) };
    assert!(!files_are_short(&long).is_empty());
    let read = |path: &str| (path == "src/a.rs").then(|| "fn go() {}\nstruct Went;".to_owned());
    for (text, faults) in [
        ("see `src/a.rs` (`go`, `A::go`, `Went`)", 0),
        ("see `src/b.rs`", 1),
        ("see `src/a.rs` (`gone`, `go`, `g`)", 2),
    ] {
        let source = Source { path: "README.md".to_owned(), text: text.to_owned() };
        assert_eq!(documents_are_true(&source, read).len(), faults, "{text}");
    }
}
