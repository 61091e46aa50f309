//! What the pages of every list read, whatever they are narrowed and ordered by: a page reads about what it answers, however much there
//! is. The lists, their filters and their orders come from the schema, so that a new one is looked at, too.

mod lists;
mod reading;
mod rows;

use async_graphql::Request;
use entity::kinds::Role;
use lienthong::{
    graphql,
    kernel::{
        app::{App, Settings},
        config::Config,
        limits::Limits,
        op::Op,
        policy::Caller,
    },
};

use self::{lists::List, reading::Reading};
use crate::{
    harness::{SEEDED, TestDb, noon, on_both},
    policy::user,
};

on_both! { SEEDED => no_page_reads_much_more_than_it_answers }

/// A statement may read so many rows for each that it answers.
const FOR_EACH: u64 = 20;

/// And so many beside.
const BESIDE: u64 = 200;

/// Pages that may read more: list, filter and order, where `*` is any of them; and why.
const EXCUSED: &[(&str, &str, &str, &str)] = &[
    ("observations", "*", "VALUE ASC", DEARER),
    ("observations", "*", "VALUE DESC", DEARER),
    ("observations", "*", "RECORDED_AT ASC", DEARER),
    ("observations", "*", "RECORDED_AT DESC", DEARER),
    (
        "observations",
        "latest",
        "*",
        "each series is looked at once: the page grows with the series, not with their history",
    ),
    ("observations", "asOf", "*", "what stood at an instant has no index in the order of its periods"),
    ("observations", "periodFrom", "*", "the order of recording is not that of the periods"),
    ("dataLinks", "*", "STATUS ASC", TODAY),
    ("dataLinks", "*", "STATUS DESC", TODAY),
    ("dataLinks", "lacking", "*", "what a link lacks is worked out of four tables"),
    ("dataLinks", "expiringWithinDays", "*", "those that expire soon are sorted"),
    ("informationSystems", "kinds", "*", FEW),
    ("informationSystems", "statuses", "*", FEW),
    ("informationSystems", "scopes", "*", FEW),
    ("plans", "statuses", "*", FEW),
    ("plans", "inYear", "*", FEW),
    ("provinces", "unitTypes", "*", FEW),
    (
        "dataLinks",
        "statuses",
        "EXPIRES_ON ASC",
        "all links without a last day come last, and are read for the last page",
    ),
    ("dataLinks", "areas", "*", GUESS),
    ("dataLinks", "systems", "*", GUESS),
    ("informationSystems", "areas", "*", GUESS),
    ("plans", "areas", "*", GUESS),
    ("auditEntries", "actions", "*", "few different words in a table in which few rows differ"),
    ("auditEntries", "from", "*", "the oldest after an instant are looked for from the beginning"),
    ("auditEntries", "to", "*", "the newest before an instant are looked for from the end"),
    ("changes", "*", "*", "a page goes through 5,000 changes at most, and looks for where that is"),
    ("*", "text", "*", "a table of a few thousand rows is read faster than an index of trigrams"),
];

/// Why two orders have no index.
const DEARER: &str = "three more indexes would make each insert a quarter dearer";

/// Why an order has no index.
const TODAY: &str = "the status of today is worked out of the stored one and the last day";

/// Why an index is not used.
const GUESS: &str = "PostgreSQL takes a list of codes for ten ids, and reads a table of some thousand rows as a whole";

/// Why a filter has no index.
const FEW: &str = "some thousand rows at most, and few different words";

fn excused(list: &str, filter: &str, order: &str) -> bool {
    let is = |pattern: &str, name: &str| pattern == "*" || pattern == name;
    EXCUSED.iter().any(|(a, b, c, _)| is(a, list) && is(b, filter) && is(c, order))
}

async fn no_page_reads_much_more_than_it_answers(db: TestDb) {
    rows::fill(&db).await;
    let mut reading = Reading::of(&db).await;
    let schema = graphql::schema().expect("a schema");
    let settings = Settings { limits: Limits::default(), ..Settings::from(&Config::default()) };
    let app = db.app_set(noon("2026-01-15"), settings).await;
    let caller = user(&[Role::Admin, Role::SecurityOfficer, Role::Registrar, Role::Approver], None);
    let (mut faults, mut pages) = (vec![], 0);
    for list in List::all(&ask(&schema, &app, lists::INTROSPECTION).await.0) {
        for caller in [&Caller::Anonymous, &caller] {
            for (filter, order, page) in list.pages() {
                let mut seen = None;
                for _ in 0..10 {
                    let op = Op::new(&app, caller.clone(), "walk");
                    let response = schema.execute(Request::new(page.as_str()).data(op.clone())).await;
                    seen = reading.of_statements(op.statements()).await.map(|plans| (response, plans));
                    if seen.is_some() {
                        break;
                    }
                }
                let (response, plans) = seen.expect("the statements are seen");
                match response.errors.first().map(|error| error.message.as_str()) {
                    None => {}
                    Some(refused) if refused.contains("quyền") || refused.contains("đăng nhập") => continue,
                    Some(error) => faults.push(format!("{page}: {error}")),
                }
                pages += 1;
                let much: Vec<String> = plans.iter().filter_map(reading::Plan::fault).collect();
                if !much.is_empty() && !excused(list.name(), &filter, &order) {
                    let much = much.join("; ");
                    faults.push(format!("{} {filter} {order}: {much}\n  {page}", list.name()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} of {pages} pages:\n{}", faults.len(), faults.join("\n"));
}

async fn ask(schema: &graphql::Schema, app: &App, query: &str) -> (serde_json::Value, usize) {
    let op = Op::new(app, Caller::Anonymous, "walk");
    let response = schema.execute(Request::new(query).data(op.clone())).await;
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    (response.data.into_json().expect("JSON"), op.statements())
}
