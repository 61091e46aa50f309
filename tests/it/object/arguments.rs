//! Arguments: literals, variables, defaults, what is omitted and what is null.

use serde_json::json;

use super::{World, nouns::rows::WORLD};
use crate::harness::{TestDb, on_both};

on_both! { WORLD =>
    an_omitted_variable_is_an_omitted_argument,
    an_omitted_field_of_an_input_object_is_no_condition,
    a_variable_may_have_a_default,
    null_for_an_argument_with_a_default,
    an_enum_may_be_a_variable,
    one_value_stands_for_a_list_of_one,
    a_list_may_hold_variables,
    a_variable_of_the_wrong_type_is_refused,
    a_text_is_never_a_part_of_a_statement,
    a_value_with_arguments_is_computed_by_them,
    a_condition_narrows_the_root_too,
}

async fn an_omitted_variable_is_an_omitted_argument(db: TestDb) {
    let world = World::new(&db).await;
    let query = r#"query($n:Int){town(code:"T070"){projects(first:$n){nodes{code}}}}"#;
    let all: Vec<_> = (346..=350).map(|id| format!(r#"{{"code":"{id}/DA"}}"#)).collect();
    world.gives(query, &format!(r#"{{"town":{{"projects":{{"nodes":[{}]}}}}}}"#, all.join(","))).await;
    let query = r#"query($l:Locale){town(code:"T070"){name(locale:$l)}}"#;
    world.gives(query, r#"{"town":{"name":"Thị trấn 70"}}"#).await;
}

async fn an_omitted_field_of_an_input_object_is_no_condition(db: TestDb) {
    let world = World::new(&db).await;
    let query =
        r#"query($s:String,$n:Int){town(code:"T070"){projects(first:$n,filter:{status:$s}){totalCount nodes{code}}}}"#;
    let data = r#"{"town":{"projects":{"totalCount":5,"nodes":[{"code":"346/DA"}]}}}"#;
    world.gives_with(query, json!({"n": 1}), data).await;
    world.gives_with(query, json!({"n": 1, "s": null}), data).await;
    let data = r#"{"town":{"projects":{"totalCount":2,"nodes":[{"code":"347/DA"}]}}}"#;
    world.gives_with(query, json!({"n": 1, "s": "draft"}), data).await;
    let query = r#"query($f:ProjectFilter){town(code:"T070"){projects(filter:$f){totalCount}}}"#;
    world.gives_with(query, json!({"f": {"in": ["draft"]}}), r#"{"town":{"projects":{"totalCount":2}}}"#).await;
    world.gives(query, r#"{"town":{"projects":{"totalCount":5}}}"#).await;
}

async fn a_variable_may_have_a_default(db: TestDb) {
    let world = World::new(&db).await;
    let query = r#"query($n:Int=1){town(code:"T070"){projects(first:$n){nodes{code}}}}"#;
    world.gives(query, r#"{"town":{"projects":{"nodes":[{"code":"346/DA"}]}}}"#).await;
}

async fn null_for_an_argument_with_a_default(db: TestDb) {
    let world = World::new(&db).await;
    let query = r#"query($n:Int=1){town(code:"T070"){projects(first:$n){totalCount nodes{number}}}}"#;
    let data = r#"{"town":{"projects":{"totalCount":5,"nodes":[{"number":346},{"number":347},{"number":null},{"number":349},{"number":350}]}}}"#;
    world.gives_with(query, json!({"n": null}), data).await;
    world
        .fails(
            r#"{town(code:"T070"){name(locale:null)}}"#,
            "null",
            &[r#"1:25 : Invalid value for argument "locale", expected type "Locale""#],
        )
        .await;
}

async fn an_enum_may_be_a_variable(db: TestDb) {
    let world = World::new(&db).await;
    let query = r#"query($l:Locale!){town(code:"T070"){name(locale:$l)}}"#;
    world.gives_with(query, json!({"l": "EN"}), r#"{"town":{"name":"Town 70"}}"#).await;
}

async fn one_value_stands_for_a_list_of_one(db: TestDb) {
    let world = World::new(&db).await;
    let query = r#"{town(code:"T070"){projects(first:1,filter:{in:"active"}){totalCount}}}"#;
    world.gives(query, r#"{"town":{"projects":{"totalCount":3}}}"#).await;
}

async fn a_list_may_hold_variables(db: TestDb) {
    let world = World::new(&db).await;
    let query = r#"query($a:String!,$b:String!){town(code:"T070"){projects(filter:{in:[$a,$b]}){totalCount}}}"#;
    world.gives_with(query, json!({"a": "draft", "b": "x"}), r#"{"town":{"projects":{"totalCount":2}}}"#).await;
}

async fn a_variable_of_the_wrong_type_is_refused(db: TestDb) {
    let world = World::new(&db).await;
    world
        .fails_with(
            "query($n:Int){towns(first:$n){totalCount}}",
            json!({"n": "x"}),
            "null",
            &[r#"1:21 : Invalid value for argument "first", expected type "Int""#],
        )
        .await;
}

async fn a_text_is_never_a_part_of_a_statement(db: TestDb) {
    let world = World::new(&db).await;
    world.gives(r#"{town(code:"T070\u0027 OR 1=1 --"){code}}"#, r#"{"town":null}"#).await;
    let query =
        r#"{town(code:"T070"){projects(filter:{in:["x', 'active", "'); DROP TABLE projects; --"]}){totalCount}}}"#;
    world.gives(query, r#"{"town":{"projects":{"totalCount":0}}}"#).await;
}

async fn a_value_with_arguments_is_computed_by_them(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{town(code:"T070"){summary{many a:many(times:3)} vi:name en:name(locale:EN)}}"#,
            r#"{"town":{"summary":{"many":10,"a":15},"vi":"Thị trấn 70","en":"Town 70"}}"#,
        )
        .await;
}

async fn a_condition_narrows_the_root_too(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{towns(like:" 9",first:2,after:"‹["Town","",9]›"){totalCount nodes{code} pageInfo{hasNextPage}}}"#,
            r#"{"towns":{"totalCount":9,"nodes":[{"code":"T090"},{"code":"T091"}],"pageInfo":{"hasNextPage":true}}}"#,
        )
        .await;
}
