//! Mutations are async-graphql's; the rows in their payloads are read as everywhere.

use super::{World, nouns::rows::WORLD};
use crate::harness::{TestDb, on_both};

on_both! { WORLD =>
    a_payload_holds_what_was_written,
    a_payload_that_is_asked_for_twice_is_merged,
    two_mutations_run_one_after_the_other,
    an_error_inside_a_payload_has_its_path,
    a_payload_without_its_row_is_an_error,
    a_fragment_of_a_payload,
    a_mutation_that_is_refused_leaves_nothing,
}

async fn a_payload_holds_what_was_written(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"mutation{adoptProject(town:"T070",title:"Tên \"mới\" \u0001"){new project{__typename id title town{code projects{totalCount}} goals(first:1){nodes{value}}}}}"#,
            r#"{"adoptProject":{"new":true,"project":{"__typename":"Project","id":"‹Project:481›","title":"Tên \"mới\" \u0001","town":{"code":"T070","projects":{"totalCount":6}},"goals":{"nodes":[]}}}}"#,
        )
        .await;
}

async fn a_payload_that_is_asked_for_twice_is_merged(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"mutation{touchProject(id:1){project{title} project{code} ...on AdoptProjectPayload{project{id}} other:project{town{code}}}}"#,
            r#"{"touchProject":{"project":{"title":"Dự án 1","code":"1/DA","id":"‹Project:1›"},"other":{"town":{"code":"T001"}}}}"#,
        )
        .await;
}

async fn two_mutations_run_one_after_the_other(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"mutation{a:adoptProject(town:"T070",title:"1"){project{id title town{projects(last:1){nodes{title}}}}} b:adoptProject(town:"T070",title:"2"){project{id title}}}"#,
            r#"{"a":{"project":{"id":"‹Project:481›","title":"1","town":{"projects":{"nodes":[{"title":"1"}]}}}},"b":{"project":{"id":"‹Project:482›","title":"2"}}}"#,
        )
        .await;
}

async fn an_error_inside_a_payload_has_its_path(db: TestDb) {
    let world = World::new(&db).await;
    world
        .fails(
            r#"mutation{a:touchProject(id:1){new project{title town{maybeBroken}}} b:touchProject(id:1){new project{title town{broken}}}}"#,
            r#"{"a":{"new":false,"project":{"title":"Dự án 1","town":{"maybeBroken":null}}},"b":{"new":false,"project":null}}"#,
            &["1:113 b.project.town.broken: lẻ", "1:54 a.project.town.maybeBroken: lẻ"],
        )
        .await;
}

async fn a_payload_without_its_row_is_an_error(db: TestDb) {
    let world = World::new(&db).await;
    world
        .fails(
            "mutation{touchProject(id:99999){new project{id}}}",
            r#"{"touchProject":{"new":false,"project":null}}"#,
            &["1:37 touchProject.project: Dịch vụ gặp lỗi khi trả lời; xin thử lại sau."],
        )
        .await;
}

async fn a_fragment_of_a_payload(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"mutation{a:touchProject(id:1){...P} b:touchProject(id:6){...P project{town{code}}}} fragment P on AdoptProjectPayload{project{...Q}} fragment Q on Project{code}"#,
            r#"{"a":{"project":{"code":"1/DA"}},"b":{"project":{"code":"6/DA","town":{"code":"T002"}}}}"#,
        )
        .await;
}

async fn a_mutation_that_is_refused_leaves_nothing(db: TestDb) {
    let world = World::new(&db).await;
    let response = world.ask(r#"mutation{adoptProject(town:"T070",title:"Dự án 1"){new project{id}}}"#).await;
    assert!(response.contains("there is one of this title"), "{response}");
    world
        .gives(
            r#"{town(code:"T070"){projects(last:1){totalCount nodes{code}}}}"#,
            r#"{"town":{"projects":{"totalCount":5,"nodes":[{"code":"350/DA"}]}}}"#,
        )
        .await;
}
