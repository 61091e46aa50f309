//! How many statements an answer takes: as many as it has levels, whatever the number of rows. And what they do not touch.

use super::{World, nouns::rows::WORLD};
use crate::harness::{TestDb, on_both};

on_both! { WORLD =>
    statements_grow_with_depth_and_not_with_rows,
    a_total_is_counted_only_when_it_is_asked_for,
    a_page_of_which_only_the_total_is_asked_for_fetches_no_rows,
    levels_below_nothing_take_no_statement,
    nothing_is_fetched_below_a_row_that_only_tells_of_a_next_page,
    a_column_that_is_not_asked_for_is_not_fetched,
}

async fn statements_grow_with_depth_and_not_with_rows(db: TestDb) {
    let world = World::new(&db).await;
    for parents in [1, 3, 90] {
        let towns = format!("towns(first:{parents})");
        for (below, statements) in [
            ("nodes{code}", 1),
            ("nodes{code} edges{node{name}} pageInfo{hasNextPage}", 1),
            ("nodes{projects(first:4){nodes{code}}}", 2),
            ("nodes{projects(first:4){nodes{code goals(first:2){nodes{value}}}}}", 3),
            ("nodes{projects(first:4){nodes{code goals(first:2){nodes{value gauge{code sector{name}}}}}}}", 5),
            ("nodes{a:projects(first:4){nodes{id}} b:projects(first:2){nodes{id}} successor{code}}", 4),
            ("nodes{projects(first:4){nodes{hardest{value} gauges(first:1){nodes{id}} allGauges{id} town{code}}}}", 6),
        ] {
            let query = format!("{{{towns}{{{below}}}}}");
            assert_eq!(world.statements(&query).await, statements, "{query}");
        }
    }
}

async fn a_total_is_counted_only_when_it_is_asked_for(db: TestDb) {
    let world = World::new(&db).await;
    assert_eq!(world.statements("{towns(first:3){nodes{code}}}").await, 1);
    assert_eq!(world.statements("{towns(first:3){nodes{code} totalCount}}").await, 2);
    assert_eq!(world.statements("{towns(first:3){nodes{projects{nodes{id}}}}}").await, 2);
    assert_eq!(world.statements("{towns(first:3){nodes{projects{nodes{id} totalCount x:totalCount}}}}").await, 3);
}

async fn a_page_of_which_only_the_total_is_asked_for_fetches_no_rows(db: TestDb) {
    let world = World::new(&db).await;
    assert_eq!(world.statements("{towns{totalCount __typename}}").await, 1);
    assert_eq!(world.statements("{towns(first:3){nodes{projects{totalCount}}}}").await, 2);
    assert_eq!(world.statements("{towns{__typename}}").await, 0);
}

async fn levels_below_nothing_take_no_statement(db: TestDb) {
    let world = World::new(&db).await;
    let query =
        r#"{town(code:"T097"){projects{nodes{goals{nodes{gauge{code}}} hardest{value}}} successor{successor{code}}}}"#;
    assert_eq!(world.statements(query).await, 2);
    assert_eq!(world.statements(r#"{town(code:"none"){projects{nodes{id}}}}"#).await, 1);
}

async fn nothing_is_fetched_below_a_row_that_only_tells_of_a_next_page(db: TestDb) {
    let world = World::new(&db).await;
    // The first gauge of each project has no sector, the second has one.
    let query = |first| {
        format!(
            r#"{{nodes(ids:["‹Project:3›","‹Project:15›"]){{...on Project{{gauges(first:{first}){{nodes{{sector{{code}}}}}}}}}}}}"#
        )
    };
    assert_eq!(world.statements(&query(1)).await, 2);
    assert_eq!(world.statements(&query(2)).await, 3);
}

async fn a_column_that_is_not_asked_for_is_not_fetched(db: TestDb) {
    let world = World::new(&db).await;
    db.execute("ALTER TABLE towns DROP COLUMN population").await;
    world.gives(r#"{town(code:"T070"){code name}}"#, r#"{"town":{"code":"T070","name":"Thị trấn 70"}}"#).await;
    world
        .fails(
            r#"{town(code:"T070"){code population}}"#,
            r#"{"town":null}"#,
            &["1:2 town: Dịch vụ gặp lỗi khi trả lời; xin thử lại sau."],
        )
        .await;
}
