//! Nulls: a field that fails is null, or takes its parent with it; every error has its place and its path.

use entity::kinds::Role;
use lienthong::kernel::policy::Caller;

use super::{World, nouns::rows::WORLD};
use crate::{
    harness::{TestDb, on_both},
    policy::user,
};

on_both! { WORLD =>
    a_nullable_field_that_fails_is_null,
    a_field_that_may_not_be_null_takes_everything_up_to_the_root,
    it_takes_no_more_than_up_to_the_nearest_that_may_be_null,
    it_passes_a_chain_of_rows_that_may_not_be_null,
    it_passes_a_list_and_a_page,
    a_root_that_may_not_be_null_takes_all_data,
    a_field_that_not_everybody_may_see_is_null,
    a_row_that_points_nowhere,
    a_row_that_must_be_there_and_is_not,
    a_null_in_a_column_that_should_have_none,
    what_fails_in_the_database_is_not_told,
    of_two_failures_both_are_told,
}

const FAILED: &str = "Dịch vụ gặp lỗi khi trả lời; xin thử lại sau.";

async fn a_nullable_field_that_fails_is_null(db: TestDb) {
    let world = World::new(&db).await;
    world
        .fails(
            "{towns(first:3){nodes{code maybeBroken}}}",
            r#"{"towns":{"nodes":[{"code":"T001","maybeBroken":null},{"code":"T002","maybeBroken":2},{"code":"T003","maybeBroken":null}]}}"#,
            &["1:28 towns.nodes.0.maybeBroken: lẻ", "1:28 towns.nodes.2.maybeBroken: lẻ"],
        )
        .await;
}

async fn a_field_that_may_not_be_null_takes_everything_up_to_the_root(db: TestDb) {
    let world = World::new(&db).await;
    world
        .fails(
            r#"{towns(first:3){nodes{id broken}} town(code:"T070"){code}}"#,
            "null",
            &["1:26 towns.nodes.0.broken: lẻ"],
        )
        .await;
}

async fn it_takes_no_more_than_up_to_the_nearest_that_may_be_null(db: TestDb) {
    let world = World::new(&db).await;
    world
        .fails(
            r#"{a:town(code:"T001"){code successor{id s:successor{id} broken}} b:town(code:"T002"){successor{code maybeBroken}}}"#,
            r#"{"a":{"code":"T001","successor":null},"b":{"successor":{"code":"T004","maybeBroken":4}}}"#,
            &["1:56 a.successor.broken: lẻ"],
        )
        .await;
}

async fn it_passes_a_chain_of_rows_that_may_not_be_null(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{town(code:"T070"){projects(first:1){nodes{code town{maybeBroken broken}}}}}"#,
            r#"{"town":{"projects":{"nodes":[{"code":"346/DA","town":{"maybeBroken":70,"broken":70}}]}}}"#,
        )
        .await;
    world
        .fails(
            r#"{town(code:"T071"){code projects(first:1){nodes{code town{broken}}}}}"#,
            r#"{"town":null}"#,
            &["1:59 town.projects.nodes.0.town.broken: lẻ"],
        )
        .await;
}

async fn it_passes_a_list_and_a_page(db: TestDb) {
    let world = World::new(&db).await;
    world
        .fails(
            r#"{a:town(code:"T001"){successor{summary{backwards{x:town{broken}}}}} town(code:"T001"){projects(first:1){edges{node{town{broken}}}}}}"#,
            r#"{"a":{"successor":null},"town":null}"#,
            &["1:121 town.projects.edges.0.node.town.broken: lẻ", "1:57 a.successor.summary.backwards.0.x.broken: lẻ"],
        )
        .await;
}

async fn a_root_that_may_not_be_null_takes_all_data(db: TestDb) {
    let world = World::new(&db).await;
    world
        .fails(
            r#"{town(code:"T002"){code} home{word nowhere{code}}}"#,
            "null",
            &[&format!("1:36 home.nowhere: {FAILED}")],
        )
        .await;
}

async fn a_field_that_not_everybody_may_see_is_null(db: TestDb) {
    let world = World::new(&db).await;
    let query = r#"{town(code:"T070"){code population}}"#;
    world.gives(query, r#"{"town":{"code":"T070","population":70000}}"#).await;
    world.asked_by(Caller::Anonymous).gives(query, r#"{"town":{"code":"T070","population":null}}"#).await;
    // Somebody who sees it of some rows.
    let somebody = world.asked_by(user(&[Role::Viewer], Some(&[70, 72])));
    somebody
        .gives(
            r#"{a:town(code:"T070"){population same:population} b:town(code:"T071"){population} c:town(code:"T072"){code population}}"#,
            r#"{"a":{"population":70000,"same":70000},"b":{"population":null},"c":{"code":"T072","population":72000}}"#,
        )
        .await;
}

async fn a_row_that_points_nowhere(db: TestDb) {
    let world = World::new(&db).await;
    world.gives(r#"{town(code:"T070"){successor{code}}}"#, r#"{"town":{"successor":null}}"#).await;
    world.gives(r#"{town(code:"none"){code}}"#, r#"{"town":null}"#).await;
    world
        .gives(
            r#"{town(code:"T001"){successor{code successor{code}}} x:town(code:"T010"){successor{successor{code}}}}"#,
            r#"{"town":{"successor":{"code":"T003","successor":{"code":"T005"}}},"x":{"successor":{"successor":null}}}"#,
        )
        .await;
}

async fn a_row_that_must_be_there_and_is_not(db: TestDb) {
    let world = World::new(&db).await;
    db.execute("UPDATE projects SET town_id = 12345 WHERE id = 346").await;
    world
        .fails(
            r#"{a:nodes(ids:["‹Project:346›","‹Project:347›"]){...on Project{code town{code}}}}"#,
            r#"{"a":[null,{"code":"347/DA","town":{"code":"T070"}}]}"#,
            &[&format!("1:72 a.0.town: {FAILED}")],
        )
        .await;
}

async fn a_null_in_a_column_that_should_have_none(db: TestDb) {
    let world = World::new(&db).await;
    db.execute("UPDATE projects SET town_id = 12345 WHERE id = 346").await;
    // The joined row is not there: one of the fields may be null, the other says that it never is.
    world
        .fails(
            r#"{node(id:"‹Project:346›"){...on Project{code townCode}} b:node(id:"‹Project:346›"){...on Project{code townName}}}"#,
            r#"{"node":{"code":"346/DA","townCode":null},"b":null}"#,
            &[&format!("1:107 b.townName: {FAILED}")],
        )
        .await;
}

async fn what_fails_in_the_database_is_not_told(db: TestDb) {
    let world = World::new(&db).await;
    db.execute("DROP TABLE goals").await;
    world
        .fails(
            r#"{town(code:"T001"){code successor{code projects{nodes{goals{totalCount}}}}}}"#,
            r#"{"town":{"code":"T001","successor":null}}"#,
            &[&format!("1:55 town.successor.projects.nodes.0.goals: {FAILED}")],
        )
        .await;
}

async fn of_two_failures_both_are_told(db: TestDb) {
    let world = World::new(&db).await;
    world
        .fails(
            r#"{a:town(code:"T001"){maybeBroken} b:town(code:"T003"){code x:broken}}"#,
            r#"{"a":{"maybeBroken":null},"b":null}"#,
            &["1:22 a.maybeBroken: lẻ", "1:60 b.x: lẻ"],
        )
        .await;
}
