//! The schema: committed as it is, described throughout.

use std::path::Path;

use lienthong::{
    graphql::{self, Query},
    kernel::{limits::Limits, object::root::Rooted},
};
use serde_json::Value;

use crate::harness::{Kind, MIGRATED, TestDb};

#[test]
fn the_committed_schema_is_the_programs() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql");
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    let ours = graphql::sdl().expect("a schema");
    let differs = committed.lines().zip(ours.lines()).position(|(a, b)| a != b);
    let differs = differs.unwrap_or_else(|| committed.lines().count().min(ours.lines().count())) + 1;
    assert!(
        committed == ours,
        "schema.graphql is stale from line {differs} on: run `make schema`, and read what changed"
    );
}

#[test]
fn no_field_of_the_root_is_declared_twice() {
    Rooted::<Query>::check().expect("every name once");
}

#[tokio::test]
async fn everything_is_described() {
    let schema = graphql::schema().expect("a schema");
    let db = TestDb::new(Kind::Sqlite, &MIGRATED).await;
    let op = lienthong::kernel::op::Op::new(&db.app().await, lienthong::kernel::policy::Caller::Anonymous, "test");
    let query = "{ __schema { types { kind name description
        fields(includeDeprecated: true) { name description args { name description } }
        inputFields { name description } enumValues(includeDeprecated: true) { name description } } } }";
    let answer = schema.execute(async_graphql::Request::new(query).data(op)).await;
    assert!(answer.errors.is_empty(), "{:?}", answer.errors);
    let answer = serde_json::to_value(answer.data).expect("JSON");
    let mut bare = vec![];
    let mut see = |path: String, of: &Value| {
        if of["description"].as_str().is_none_or(|text| text.trim().is_empty()) {
            bare.push(path);
        }
    };
    let list = |of: &Value, name: &str| of[name].as_array().cloned().unwrap_or_default();
    let types = list(&answer["__schema"], "types");
    assert!(types.len() > 10);
    for of in types {
        let name = of["name"].as_str().expect("a name");
        // The one scalar of GraphQL itself that async-graphql leaves without a word.
        if name.starts_with("__") || name == "ID" {
            continue;
        }
        see(name.to_owned(), &of);
        for part in ["fields", "inputFields", "enumValues"] {
            for field in list(&of, part) {
                let path = format!("{name}.{}", field["name"].as_str().expect("a name"));
                see(path.clone(), &field);
                for argument in list(&field, "args") {
                    see(format!("{path}({})", argument["name"].as_str().expect("a name")), &argument);
                }
            }
        }
    }
    assert!(bare.is_empty(), "without a description: {}", bare.join(", "));
}

#[test]
fn a_scalar_takes_no_object() {
    // What a scalar takes is checked before a request is executed; one that forgot to say so takes everything.
    let inputs = graphql::inputs();
    for (query, path) in [
        ("query($v: Date) { province(code: \"25\", on: $v) { id } }", "on"),
        ("query($v: Cursor) { provinces(after: $v) { totalCount } }", "after"),
        ("query($v: Period) { observations(filter: {periodFrom: $v}) { totalCount } }", "filter.periodFrom"),
        ("query($v: DateTime) { observations(asOf: $v) { totalCount } }", "asOf"),
        ("query($v: ID!) { node(id: $v) { id } }", "id"),
        ("query($v: String!) { agency(code: $v) { id } }", "code"),
        ("query($v: Int) { provinces(first: $v) { totalCount } }", "first"),
    ] {
        let variables = async_graphql::Variables::from_json(serde_json::json!({ "v": { "a": 1 } }));
        let mut request = async_graphql::Request::new(query).variables(variables);
        let errors =
            graphql::request::prepare(&mut request, &graphql::parsed::Parsed::default(), &inputs, &Limits::default())
                .expect_err(query);
        assert!(errors.iter().any(|e| e.message.contains(&format!("`{path}`"))), "{query}: {errors:?}");
    }
}
