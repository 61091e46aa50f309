//! Whatever has a global id, by it; and places where one of several types stands.

use serde_json::json;

use super::{World, nouns::rows::WORLD};
use crate::harness::{TestDb, on_both};

on_both! { WORLD =>
    a_node_is_of_the_type_that_its_id_names,
    what_is_no_id_leads_nowhere,
    nodes_come_in_the_order_of_their_ids,
    nodes_of_one_type_are_fetched_at_once,
    more_nodes_than_a_page_are_refused,
    what_fails_in_one_node_spares_the_others,
    a_node_that_is_asked_for_twice_is_merged,
    a_union_is_of_the_type_of_its_row,
    a_union_whose_row_is_gone_is_an_error,
    a_fragment_on_a_union_applies_to_its_members,
}

async fn a_node_is_of_the_type_that_its_id_names(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{node(id:"‹Project:3›"){__typename id ...on Project{title number town{code}} ...on Town{code} ...on Node{nid:id}}}"#,
            r#"{"node":{"__typename":"Project","id":"‹Project:3›","title":"Dự án 3","number":null,"town":{"code":"T001"},"nid":"‹Project:3›"}}"#,
        )
        .await;
    world
        .gives(
            r#"{a:node(id:"‹Town:3›"){__typename ...on Project{title} ...on Town{code}} b:node(id:"‹Report:3›"){...on Project{title}}}"#,
            r#"{"a":{"__typename":"Town","code":"T003"},"b":{}}"#,
        )
        .await;
}

async fn what_is_no_id_leads_nowhere(db: TestDb) {
    let world = World::new(&db).await;
    for id in [
        "‹X:1›",
        "‹Project:999999›",
        "‹Goal:1›",
        "‹Sector:edu›",
        "‹Town:01›",
        "‹Town:-1›",
        "‹Town:›",
        "Town:1",
        "",
        "‹Town:1›=",
    ] {
        world.gives(&format!(r#"{{node(id:"{id}"){{id}}}}"#), r#"{"node":null}"#).await;
    }
    world.gives("{node(id:7){id}}", r#"{"node":null}"#).await;
}

async fn nodes_come_in_the_order_of_their_ids(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{nodes(ids:["‹Town:2›","‹Project:9›","nothing","‹Town:1›","‹Gauge:4›","‹Town:2›"]){__typename id ...on Town{code}}}"#,
            r#"{"nodes":[{"__typename":"Town","id":"‹Town:2›","code":"T002"},{"__typename":"Project","id":"‹Project:9›"},null,{"__typename":"Town","id":"‹Town:1›","code":"T001"},{"__typename":"Gauge","id":"‹Gauge:4›"},{"__typename":"Town","id":"‹Town:2›","code":"T002"}]}"#,
        )
        .await;
    world.gives("{nodes(ids:[]){id}}", r#"{"nodes":[]}"#).await;
    let query = "query($ids:[ID!]!){nodes(ids:$ids){id}}";
    world.gives_with(query, json!({"ids": []}), r#"{"nodes":[]}"#).await;
}

async fn nodes_of_one_type_are_fetched_at_once(db: TestDb) {
    let world = World::new(&db).await;
    let ids: Vec<_> = (1..=97).map(|id| format!(r#""‹Town:{id}›""#)).collect();
    let query =
        format!("{{nodes(ids:[{}]){{id ...on Town{{code projects(first:1){{nodes{{code}}}}}}}}}}", ids.join(","));
    assert_eq!(world.statements(&query).await, 2);
    assert_eq!(world.statements(r#"{nodes(ids:["‹Town:1›","‹Report:1›","‹Town:2›"]){id}}"#).await, 2);
    assert_eq!(world.statements(r#"{node(id:"nothing"){id}}"#).await, 0);
}

async fn more_nodes_than_a_page_are_refused(db: TestDb) {
    let world = World::new(&db).await;
    let ask = |count| format!("{{nodes(ids:[{}]){{id}}}}", vec![r#""x""#; count].join(","));
    let nulls = vec!["null"; 200].join(",");
    world.gives(&ask(200), &format!(r#"{{"nodes":[{nulls}]}}"#)).await;
    world.fails(&ask(201), "null", &["1:2 nodes: `ids` có nhiều nhất 200 mục."]).await;
}

async fn what_fails_in_one_node_spares_the_others(db: TestDb) {
    let world = World::new(&db).await;
    world
        .fails(
            r#"{nodes(ids:["‹Town:2›","‹Town:3›"]){id ...on Town{broken}} node(id:"‹Town:3›"){...on Town{broken}}}"#,
            r#"{"nodes":[{"id":"‹Town:2›","broken":2},null],"node":null}"#,
            &["1:51 nodes.1.broken: lẻ", "1:91 node.broken: lẻ"],
        )
        .await;
}

async fn a_node_that_is_asked_for_twice_is_merged(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{node(id:"‹Town:2›"){id} node(id:"‹Town:2›"){...on Town{code}} nodes(ids:["‹Town:2›"]){id} nodes(ids:["‹Town:2›"]){__typename}}"#,
            r#"{"node":{"id":"‹Town:2›","code":"T002"},"nodes":[{"id":"‹Town:2›","__typename":"Town"}]}"#,
        )
        .await;
}

async fn a_union_is_of_the_type_of_its_row(db: TestDb) {
    let world = World::new(&db).await;
    let query = "{towns(first:2){nodes{summary{topic{__typename ...on Town{code} ...on Report{period town{code}}}}}}}";
    world
        .gives(
            query,
            r#"{"towns":{"nodes":[{"summary":{"topic":{"__typename":"Town","code":"T001"}}},{"summary":{"topic":{"__typename":"Report","period":"2022-10","town":{"code":"T002"}}}}]}}"#,
        )
        .await;
    // Towns, what is computed of them (one statement of the loader's), their topics of two types, the reports' towns.
    assert_eq!(world.statements(query).await, 5);
}

async fn a_union_whose_row_is_gone_is_an_error(db: TestDb) {
    let world = World::new(&db).await;
    db.execute("DELETE FROM reports WHERE id = 4").await;
    world
        .fails(
            r#"{town(code:"T002"){successor{summary{topic{__typename}}}}}"#,
            r#"{"town":{"successor":null}}"#,
            &["1:38 town.successor.summary.topic: Dịch vụ gặp lỗi khi trả lời; xin thử lại sau."],
        )
        .await;
}

async fn a_fragment_on_a_union_applies_to_its_members(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{town(code:"T001"){summary{topic{...on Topic{...on Node{id}}}} ...on Topic{...on Town{code}}}}"#,
            r#"{"town":{"summary":{"topic":{"id":"‹Town:1›"}},"code":"T001"}}"#,
        )
        .await;
}
