//! Every field of every declared type can be asked for: its column exists, and is of the type that its function takes.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{World, coded, nouns::rows::WORLD};
use crate::harness::{
    TestDb,
    every_field::{INTROSPECTION, Schema, answered},
    on_both,
};

on_both! { WORLD => every_declared_field_can_be_asked_for }

async fn every_declared_field_can_be_asked_for(db: TestDb) {
    let world = World::new(&db).await;
    let schema = Schema::read(&world.data(INTROSPECTION).await);
    let value = |of: &str, field: &str, argument: &str| match (of, field, argument) {
        (_, "town", "code") => r#""T002""#.to_owned(),
        (_, "sector", "code") => r#""edu""#.to_owned(),
        (_, "titled", "code") => r#""a""#.to_owned(),
        (_, "report", "id") => coded(r#""‹Report:1›""#),
        (_, "node", "id") => coded(r#""‹Town:2›""#),
        (_, "nodes", "ids") => coded(r#"["‹Town:2›","‹Project:1›","‹Report:1›","‹Gauge:1›"]"#),
        _ => panic!("{of}.{field} needs {argument}"),
    };
    let mut found = BTreeSet::new();
    for (root, query) in schema.queries(value) {
        // Some fields are made to fail, and would take everything with them.
        let query = query.replace(" Town_broken: broken", "").replace(" broken", "");
        let query = query.replace(" nowhere", " nowhere: capital").replace(" third", " third: first");
        let response = world.execute(world.op(), &query, Json::Null).await;
        let errors: Vec<_> =
            response.errors.iter().map(super::told).filter(|told| !told.ends_with("roken: lẻ")).collect();
        assert_eq!(errors, Vec::<String>::new(), "{root}");
        answered(&response.data.into_json().expect("data are JSON"), &mut found);
    }
    let missing: Vec<_> = schema.all().difference(&found).cloned().collect();
    let known = |missing: &String| {
        missing == "Town.broken" || missing.starts_with("AdoptProjectPayload.") || missing.starts_with("Mutation.")
    };
    assert_eq!(missing.into_iter().filter(|m| !known(m)).collect::<Vec<_>>(), Vec::<String>::new());
}
