//! What is asked for is what comes: aliases, merged fields, fragments, directives, the order of keys.

use serde_json::json;

use super::{World, nouns::rows::WORLD};
use crate::harness::{TestDb, on_both};

on_both! { WORLD =>
    aliases_and_merged_fields_keep_the_order_of_the_document,
    a_root_field_that_is_asked_for_twice_is_merged,
    a_root_field_that_is_asked_for_in_two_fragments_is_merged,
    a_fragment_that_is_spread_twice_counts_once,
    root_fields_come_in_the_order_of_the_document,
    skip_and_include_leave_fields_out,
    skip_and_include_leave_fragments_out,
    an_object_of_which_all_is_skipped_is_empty,
    a_nested_object_of_which_all_is_skipped_is_empty,
    a_fragment_on_another_type_of_the_interface_adds_nothing,
    the_type_can_be_asked_for_at_every_level,
    a_fragment_on_an_interface_applies_to_a_row,
    one_operation_of_several_is_run,
    nodes_and_edges_share_their_rows,
    one_relation_with_two_aliases_is_answered_twice,
    a_fragment_sees_the_variables_of_its_operation,
    texts_are_escaped,
}

async fn aliases_and_merged_fields_keep_the_order_of_the_document(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{town(code:"T070"){a:code code ...F x:projects(first:1){nodes{id}} x:projects(first:1){nodes{title}}}}
            fragment F on Town{a:code name}"#,
            r#"{"town":{"a":"T070","code":"T070","name":"Thị trấn 70","x":{"nodes":[{"id":"‹Project:346›","title":"Dự án 346"}]}}}"#,
        )
        .await;
    world
        .gives(r#"{town(code:"T070"){zz:name aa:code zz:name}}"#, r#"{"town":{"zz":"Thị trấn 70","aa":"T070"}}"#)
        .await;
}

async fn a_root_field_that_is_asked_for_twice_is_merged(db: TestDb) {
    let world = World::new(&db).await;
    let merged = r#"{"town":{"code":"T070","name":"Thị trấn 70"}}"#;
    world.gives(r#"{town(code:"T070"){code} town(code:"T070"){name}}"#, merged).await;
    assert_eq!(world.statements(r#"{town(code:"T070"){code} town(code:"T070"){name}}"#).await, 1);
}

async fn a_root_field_that_is_asked_for_in_two_fragments_is_merged(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{...A ...B} fragment A on Query{town(code:"T070"){code}} fragment B on Query{town(code:"T070"){name}}"#,
            r#"{"town":{"code":"T070","name":"Thị trấn 70"}}"#,
        )
        .await;
    world
        .gives(
            r#"{... on Query{towns(first:1){nodes{code}}} towns(first:1){nodes{name} totalCount}}"#,
            r#"{"towns":{"nodes":[{"code":"T001","name":"Thị trấn 1"}],"totalCount":97}}"#,
        )
        .await;
}

async fn a_fragment_that_is_spread_twice_counts_once(db: TestDb) {
    let world = World::new(&db).await;
    let query = r#"{...A ...A} fragment A on Query{town(code:"T070"){...B ...B}} fragment B on Town{code}"#;
    world.gives(query, r#"{"town":{"code":"T070"}}"#).await;
}

async fn root_fields_come_in_the_order_of_the_document(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{b:town(code:"T071"){code} a:town(code:"T070"){code} z:__typename}"#,
            r#"{"b":{"code":"T071"},"a":{"code":"T070"},"z":"Query"}"#,
        )
        .await;
}

async fn skip_and_include_leave_fields_out(db: TestDb) {
    let world = World::new(&db).await;
    let query = r#"query($i:Boolean!){town(code:"T070"){code @skip(if:true) name @include(if:$i) id}}"#;
    world.gives_with(query, json!({"i": false}), r#"{"town":{"id":"‹Town:70›"}}"#).await;
    world.gives_with(query, json!({"i": true}), r#"{"town":{"name":"Thị trấn 70","id":"‹Town:70›"}}"#).await;
}

async fn skip_and_include_leave_fragments_out(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{town(code:"T070"){id ...on Town @skip(if:true){code} ...F @include(if:false)}} fragment F on Town{name}"#,
            r#"{"town":{"id":"‹Town:70›"}}"#,
        )
        .await;
}

async fn an_object_of_which_all_is_skipped_is_empty(db: TestDb) {
    World::new(&db).await.gives(r#"{town(code:"T070"){code @skip(if:true)}}"#, r#"{"town":{}}"#).await;
}

async fn a_nested_object_of_which_all_is_skipped_is_empty(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            "{towns(first:2){nodes{code @skip(if:true)} pageInfo{hasNextPage @skip(if:true)} edges{cursor @skip(if:true)}}}",
            r#"{"towns":{"nodes":[{},{}],"pageInfo":{},"edges":[{},{}]}}"#,
        )
        .await;
    world.gives("{towns(first:2){nodes @skip(if:true){code}}}", r#"{"towns":{}}"#).await;
}

async fn a_fragment_on_another_type_of_the_interface_adds_nothing(db: TestDb) {
    let world = World::new(&db).await;
    world.gives("{towns(first:2){nodes{...on Node{...on Project{id}}}}}", r#"{"towns":{"nodes":[{},{}]}}"#).await;
}

async fn the_type_can_be_asked_for_at_every_level(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            "{__typename towns(first:1){__typename nodes{__typename} edges{__typename node{__typename}} pageInfo{__typename}}}",
            r#"{"__typename":"Query","towns":{"__typename":"TownConnection","nodes":[{"__typename":"Town"}],"edges":[{"__typename":"TownEdge","node":{"__typename":"Town"}}],"pageInfo":{"__typename":"PageInfo"}}}"#,
        )
        .await;
}

async fn a_fragment_on_an_interface_applies_to_a_row(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{town(code:"T070"){...on Node{id ...on Town{code}}}}"#,
            r#"{"town":{"id":"‹Town:70›","code":"T070"}}"#,
        )
        .await;
}

async fn one_operation_of_several_is_run(db: TestDb) {
    let world = World::new(&db).await;
    let document = r#"query A{town(code:"T070"){code}} query B{town(code:"T070"){name}}"#;
    let request = |name| async_graphql::Request::new(document).operation_name(name).data(world.op());
    let response = world.schema.execute(request("B")).await;
    assert_eq!(serde_json::to_string(&response).expect("JSON"), r#"{"data":{"town":{"name":"Thị trấn 70"}}}"#);
}

async fn nodes_and_edges_share_their_rows(db: TestDb) {
    let world = World::new(&db).await;
    let query = "{towns(first:1){nodes{code} a:nodes{population} edges{node{name}} edges{cursor}}}";
    world
        .gives(
            query,
            r#"{"towns":{"nodes":[{"code":"T001"}],"a":[{"population":1000}],"edges":[{"node":{"name":"Thị trấn 1"},"cursor":"‹["Town","",1]›"}]}}"#,
        )
        .await;
    assert_eq!(world.statements(query).await, 1);
}

async fn one_relation_with_two_aliases_is_answered_twice(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{town(code:"T070"){a:projects(first:1){nodes{code}} b:projects(first:1,after:"‹["Project","",346]›"){nodes{code}}}}"#,
            r#"{"town":{"a":{"nodes":[{"code":"346/DA"}]},"b":{"nodes":[{"code":"347/DA"}]}}}"#,
        )
        .await;
}

async fn a_fragment_sees_the_variables_of_its_operation(db: TestDb) {
    let world = World::new(&db).await;
    let query = r#"query($l:Locale=EN){town(code:"T070"){...F}} fragment F on Town{name(locale:$l)}"#;
    world.gives(query, r#"{"town":{"name":"Town 70"}}"#).await;
    world.gives_with(query, json!({"l": "VI"}), r#"{"town":{"name":"Thị trấn 70"}}"#).await;
}

async fn texts_are_escaped(db: TestDb) {
    let world = World::new(&db).await;
    db.execute("UPDATE towns SET name = '\"\\/ \u{1}\u{7f}\u{2028}\n\t<b>đ' WHERE id = 70").await;
    world
        .gives(r#"{town(code:"T070"){name}}"#, "{\"town\":{\"name\":\"\\\"\\\\/ \\u0001\u{7f}\u{2028}\\n\\t<b>đ\"}}")
        .await;
}
