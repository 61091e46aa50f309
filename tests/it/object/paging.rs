//! Pages: forwards, backwards, their ends, their cursors, and what is refused.

use super::{World, nouns::rows::WORLD};
use crate::harness::{TestDb, on_both};

on_both! { WORLD =>
    a_page_after_a_cursor,
    a_page_before_a_cursor,
    the_last_page,
    the_last_rows_come_in_the_order_of_the_list,
    an_empty_page,
    a_page_between_two_cursors,
    a_page_has_twenty_rows_unless_told_otherwise,
    a_page_size_outside_its_bounds_is_refused,
    first_and_last_together_are_refused,
    what_is_no_cursor_is_refused,
    a_nested_cursor_that_is_refused_takes_its_page_alone,
    a_cursor_of_another_list_or_order_is_refused,
    pages_below_many_parents_are_their_own,
    pages_below_one_parent_are_the_same_as_below_many,
    the_last_rows_below_many_parents,
    a_page_below_a_parent_without_rows,
    a_page_can_be_in_the_order_of_a_joined_column,
}

async fn a_page_after_a_cursor(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{towns(first:2,after:"‹["Town","",3]›"){pageInfo{hasNextPage hasPreviousPage startCursor endCursor} nodes{code}}}"#,
            r#"{"towns":{"pageInfo":{"hasNextPage":true,"hasPreviousPage":true,"startCursor":"‹["Town","",4]›","endCursor":"‹["Town","",5]›"},"nodes":[{"code":"T004"},{"code":"T005"}]}}"#,
        )
        .await;
}

async fn a_page_before_a_cursor(db: TestDb) {
    let world = World::new(&db).await;
    let data = r#"{"towns":{"pageInfo":{"hasNextPage":true,"hasPreviousPage":true},"nodes":[{"code":"T003"},{"code":"T004"}]}}"#;
    let info = "{pageInfo{hasNextPage hasPreviousPage} nodes{code}}";
    world.gives(&format!(r#"{{towns(last:2,before:"‹["Town","",5]›"){info}}}"#), data).await;
    let data = r#"{"towns":{"pageInfo":{"hasNextPage":true,"hasPreviousPage":false},"nodes":[{"code":"T001"},{"code":"T002"}]}}"#;
    world.gives(&format!(r#"{{towns(last:2,before:"‹["Town","",3]›"){info}}}"#), data).await;
}

async fn the_last_page(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{towns(first:100,after:"‹["Town","",95]›"){pageInfo{hasNextPage endCursor} nodes{code}}}"#,
            r#"{"towns":{"pageInfo":{"hasNextPage":false,"endCursor":"‹["Town","",97]›"},"nodes":[{"code":"T096"},{"code":"T097"}]}}"#,
        )
        .await;
}

async fn the_last_rows_come_in_the_order_of_the_list(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            "{towns(last:3){edges{cursor node{code}} pageInfo{hasNextPage hasPreviousPage}}}",
            r#"{"towns":{"edges":[{"cursor":"‹["Town","",95]›","node":{"code":"T095"}},{"cursor":"‹["Town","",96]›","node":{"code":"T096"}},{"cursor":"‹["Town","",97]›","node":{"code":"T097"}}],"pageInfo":{"hasNextPage":false,"hasPreviousPage":true}}}"#,
        )
        .await;
}

async fn an_empty_page(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{towns(first:1,after:"‹["Town","",9999]›"){pageInfo{hasNextPage startCursor endCursor} nodes{code} edges{cursor} totalCount}}"#,
            r#"{"towns":{"pageInfo":{"hasNextPage":false,"startCursor":null,"endCursor":null},"nodes":[],"edges":[],"totalCount":97}}"#,
        )
        .await;
}

async fn a_page_between_two_cursors(db: TestDb) {
    let world = World::new(&db).await;
    let query = r#"{towns(after:"‹["Town","",3]›",before:"‹["Town","",7]›"){nodes{code} pageInfo{hasNextPage}}}"#;
    let data =
        r#"{"towns":{"nodes":[{"code":"T004"},{"code":"T005"},{"code":"T006"}],"pageInfo":{"hasNextPage":false}}}"#;
    world.gives(query, data).await;
    let query = r#"{towns(last:1,after:"‹["Town","",3]›",before:"‹["Town","",7]›"){nodes{code}}}"#;
    world.gives(query, r#"{"towns":{"nodes":[{"code":"T006"}]}}"#).await;
}

async fn a_page_has_twenty_rows_unless_told_otherwise(db: TestDb) {
    let world = World::new(&db).await;
    let data = world.data("{towns{nodes{id}} most:towns(first:200){nodes{id}}}").await;
    assert_eq!(data["towns"]["nodes"].as_array().map(Vec::len), Some(20));
    assert_eq!(data["most"]["nodes"].as_array().map(Vec::len), Some(97));
}

async fn a_page_size_outside_its_bounds_is_refused(db: TestDb) {
    let world = World::new(&db).await;
    for (given, said) in [
        ("first:0", "`first` phải từ 1 đến 200, không phải 0."),
        ("first:-1", "`first` phải từ 1 đến 200, không phải -1."),
        ("first:201", "`first` phải từ 1 đến 200, không phải 201."),
        ("last:0", "`last` phải từ 1 đến 200, không phải 0."),
        ("last:201", "`last` phải từ 1 đến 200, không phải 201."),
    ] {
        world
            .fails(
                &format!("{{towns({given}){{pageInfo{{hasNextPage}} nodes{{code}} totalCount}}}}"),
                "null",
                &[&format!("1:2 towns: {said}")],
            )
            .await;
    }
    world
        .fails(
            "{towns(first:1){nodes{projects(first:1000){nodes{id}}}}}",
            "null",
            &["1:23 towns.nodes.0.projects: `first` phải từ 1 đến 200, không phải 1000."],
        )
        .await;
}

async fn first_and_last_together_are_refused(db: TestDb) {
    let world = World::new(&db).await;
    world
        .fails(
            "{towns(first:1,last:1){totalCount}}",
            "null",
            &["1:2 towns: Chỉ dùng `first` hoặc `last`, không dùng cả hai."],
        )
        .await;
}

const FOREIGN: &str = "không phải con trỏ của danh sách này với thứ tự này.";

async fn what_is_no_cursor_is_refused(db: TestDb) {
    let world = World::new(&db).await;
    for cursor in [
        "",
        "zz",
        "‹›",
        "‹[]›",
        "‹{}›",
        "‹[\"Town\",\"\"]›",
        "‹[\"Town\",\"\",null]›",
        "‹[\"Town\",\"\",1.5]›",
        "‹[\"Town\",\"\",1,1]›",
    ] {
        for which in ["after", "before"] {
            world
                .fails(
                    &format!(r#"{{towns({which}:"{cursor}"){{nodes{{code}}}}}}"#),
                    "null",
                    &[&format!("1:2 towns: `{which}` {FOREIGN}")],
                )
                .await;
        }
    }
}

async fn a_nested_cursor_that_is_refused_takes_its_page_alone(db: TestDb) {
    let world = World::new(&db).await;
    world
        .fails(
            r#"{a:town(code:"T002"){code successor{code projects(after:"zz"){nodes{id}}}}}"#,
            r#"{"a":{"code":"T002","successor":null}}"#,
            &[&format!("1:42 a.successor.projects: `after` {FOREIGN}")],
        )
        .await;
}

async fn a_cursor_of_another_list_or_order_is_refused(db: TestDb) {
    let world = World::new(&db).await;
    for (by, cursor) in [
        ("AGE", r#"["Town","",1]"#),
        ("AGE", r#"["Report","+score",1,1]"#),
        ("SCORE", r#"["Report","",1]"#),
        ("SCORE", r#"["Report","-score",1,1]"#),
        ("SCORE", r#"["Report","+score","1",1]"#),
        ("SCORE", r#"["Report","+score",5000000000,1]"#),
        ("SCORE", r#"["Report","+score",1,1,1]"#),
        ("DAY", r#"["Report","+day","2024-02-30",1]"#),
        ("DAY", r#"["Report","+day",1,1]"#),
        ("TITLE", r#"["Report","+title",1,1]"#),
        ("AT", r#"["Report","+at","2024-01-01T00:00:00Z",1]"#),
        ("AT", r#"["Report","+at",9223372036854775807,1]"#),
        ("TITLE", r#"["Report","+title","a\u0000",1]"#),
        ("WEIGHT", r#"["Report","+weight","NaN",1]"#),
        ("WEIGHT", r#"["Report","+weight",1.5,1]"#),
        ("AGE", r#"["Report","","1"]"#),
    ] {
        let query = format!(r#"{{reports(by:{by},after:"‹{cursor}›"){{nodes{{id}}}}}}"#);
        world.fails(&query, "null", &[&format!("1:2 reports: `after` {FOREIGN}")]).await;
    }
}

async fn pages_below_many_parents_are_their_own(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{towns(first:2){nodes{projects(first:2){totalCount nodes{code} pageInfo{hasNextPage endCursor}}}}}"#,
            r#"{"towns":{"nodes":[{"projects":{"totalCount":5,"nodes":[{"code":"1/DA"},{"code":"2/DA"}],"pageInfo":{"hasNextPage":true,"endCursor":"‹["Project","",2]›"}}},{"projects":{"totalCount":5,"nodes":[{"code":"6/DA"},{"code":"7/DA"}],"pageInfo":{"hasNextPage":true,"endCursor":"‹["Project","",7]›"}}}]}}"#,
        )
        .await;
}

async fn pages_below_one_parent_are_the_same_as_below_many(db: TestDb) {
    let world = World::new(&db).await;
    for args in ["first:3", "last:2", "first:2,filter:{status:\"draft\"}", "first:9", "first:3,byTown:true"] {
        let page = format!(
            "projects({args}){{nodes{{code}} edges{{cursor}} totalCount pageInfo{{hasNextPage hasPreviousPage startCursor endCursor}}}}"
        );
        let many = world.data(&format!("{{towns(first:3){{nodes{{{page}}}}}}}")).await;
        for n in 0..3 {
            let one = world.data(&format!(r#"{{town(code:"T00{}"){{{page}}}}}"#, n + 1)).await;
            assert_eq!(one["town"], many["towns"]["nodes"][n], "{args}");
        }
    }
}

async fn the_last_rows_below_many_parents(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{towns(last:2){nodes{projects(last:2,before:"‹["Project","",480]›"){nodes{code} pageInfo{hasNextPage hasPreviousPage}}}}}"#,
            r#"{"towns":{"nodes":[{"projects":{"nodes":[{"code":"478/DA"},{"code":"479/DA"}],"pageInfo":{"hasNextPage":true,"hasPreviousPage":true}}},{"projects":{"nodes":[],"pageInfo":{"hasNextPage":true,"hasPreviousPage":false}}}]}}"#,
        )
        .await;
}

async fn a_page_below_a_parent_without_rows(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{town(code:"T097"){projects{totalCount nodes{id} edges{cursor} pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}}"#,
            r#"{"town":{"projects":{"totalCount":0,"nodes":[],"edges":[],"pageInfo":{"hasNextPage":false,"hasPreviousPage":false,"startCursor":null,"endCursor":null}}}}"#,
        )
        .await;
}

async fn a_page_can_be_in_the_order_of_a_joined_column(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{town(code:"T001"){projects(first:2,byTown:true,after:"‹["Project","-town","T001",4]›"){totalCount nodes{code} edges{cursor}}}}"#,
            r#"{"town":{"projects":{"totalCount":5,"nodes":[{"code":"3/DA"},{"code":"2/DA"}],"edges":[{"cursor":"‹["Project","-town","T001",3]›"},{"cursor":"‹["Project","-town","T001",2]›"}]}}}"#,
        )
        .await;
}
