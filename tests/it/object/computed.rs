//! What is computed or found by a loader: for all rows of a level at once, and its own fields go on from there.

use serde_json::Value as Json;

use super::{
    World,
    nouns::{rows::WORLD, summary::calls},
};
use crate::harness::{TestDb, on_both};

on_both! { WORLD =>
    a_loader_is_called_once_for_all_rows_of_a_level,
    a_loader_is_called_for_nobody_where_there_is_no_row,
    each_place_of_a_document_calls_its_loader,
    a_computed_value_leads_back_to_rows,
    a_row_without_a_computed_value,
    a_computed_list,
    a_list_of_named_rows_keeps_its_order,
    a_row_that_a_value_must_name_and_does_not,
    values_inside_a_value,
    a_row_that_a_loader_finds,
    rows_that_a_loader_finds_keep_its_order,
    a_loader_that_fails,
    a_root_may_be_computed,
}

async fn a_loader_is_called_once_for_all_rows_of_a_level(db: TestDb) {
    let world = World::new(&db).await;
    let op = world.op();
    let query = "{towns(first:40){nodes{summary{projects} count{count} years{year} newest{id} read{id}}}}";
    let response = world.execute(op.clone(), query, Json::Null).await;
    assert_eq!(response.errors, vec![]);
    let mut called = calls(op.request_id());
    called.sort();
    let all: Vec<i64> = (1..=40).collect();
    let expected = ["counts", "newest", "read", "summaries", "years"].map(|who| (who, all.clone()));
    assert_eq!(called, expected);
}

async fn a_loader_is_called_for_nobody_where_there_is_no_row(db: TestDb) {
    let world = World::new(&db).await;
    let op = world.op();
    let query = r#"{towns(after:"‹["Town","",97]›"){nodes{summary{projects} years{year} newest{id}}}}"#;
    let response = world.execute(op.clone(), query, Json::Null).await;
    assert_eq!(response.errors, vec![]);
    assert_eq!((calls(op.request_id()), op.statements()), (vec![], 1));
}

async fn each_place_of_a_document_calls_its_loader(db: TestDb) {
    let world = World::new(&db).await;
    let op = world.op();
    let query =
        r#"{town(code:"T001"){a:count{count} b:count(filter:{status:"draft"}){count} successor{count{count}}}}"#;
    let response = world.execute(op.clone(), query, Json::Null).await;
    assert_eq!(
        serde_json::to_string(&response.data).expect("JSON"),
        r#"{"town":{"a":{"count":5},"b":{"count":2},"successor":{"count":{"count":5}}}}"#
    );
    let mut called = calls(op.request_id());
    called.sort();
    assert_eq!(called, [("counts", vec![1]), ("counts", vec![1]), ("counts", vec![3])]);
}

async fn a_computed_value_leads_back_to_rows(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{town(code:"T002"){summary{__typename projects half many first{code town{code}} town{code} third{title goals(first:1){totalCount nodes{value}}}}}}"#,
            r#"{"town":{"summary":{"__typename":"Summary","projects":5,"half":null,"many":10,"first":{"code":"6/DA","town":{"code":"T002"}},"town":{"code":"T002"},"third":{"title":"Dự án 8","goals":{"totalCount":3,"nodes":[{"value":8.25}]}}}}}"#,
        )
        .await;
}

async fn a_row_without_a_computed_value(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{towns(last:2){nodes{count{count} summary{projects half first{id}} years{year}}}}"#,
            &format!(
                r#"{{"towns":{{"nodes":[{{"count":{{"count":5}},"summary":{{"projects":5,"half":null,"first":{{"id":"‹Project:476›"}}}},"years":[{}]}},{{"count":null,"summary":{{"projects":0,"half":0,"first":null}},"years":[]}}]}}}}"#,
                r#"{"year":2019},{"year":2020},{"year":2022},{"year":2024},{"year":null}"#
            ),
        )
        .await;
}

async fn a_computed_list(db: TestDb) {
    let world = World::new(&db).await;
    let query = "{towns(first:2){nodes{years{year project{code}}}}}";
    let year = |of: usize, id: usize| {
        let year = ["2019", "2020", "2022", "2024", "null"][of];
        format!(r#"{{"year":{year},"project":{{"code":"{id}/DA"}}}}"#)
    };
    let years = |town: usize| (0..5).map(|n| year(n, town * 5 + n + 1)).collect::<Vec<_>>().join(",");
    let data = format!(r#"{{"towns":{{"nodes":[{{"years":[{}]}},{{"years":[{}]}}]}}}}"#, years(0), years(1));
    world.gives(query, &data).await;
    assert_eq!(world.statements(query).await, 3);
}

async fn a_list_of_named_rows_keeps_its_order(db: TestDb) {
    let world = World::new(&db).await;
    let backwards = |last: usize| {
        let codes: Vec<_> = (last - 4..=last).rev().map(|id| format!(r#"{{"code":"{id}/DA"}}"#)).collect();
        format!(r#"{{"summary":{{"backwards":[{}]}}}}"#, codes.join(","))
    };
    world
        .gives(
            "{towns(first:2){nodes{summary{backwards{code}}}}}",
            &format!(r#"{{"towns":{{"nodes":[{},{}]}}}}"#, backwards(5), backwards(10)),
        )
        .await;
}

async fn a_row_that_a_value_must_name_and_does_not(db: TestDb) {
    let world = World::new(&db).await;
    world
        .fails(
            r#"{town(code:"T097"){summary{projects third{id}}}}"#,
            r#"{"town":null}"#,
            &["1:37 town.summary.third: Dịch vụ gặp lỗi khi trả lời; xin thử lại sau."],
        )
        .await;
}

async fn values_inside_a_value(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{towns(first:2){nodes{summary{parts{__typename count}}}} town(code:"T097"){summary{parts{count}}}}"#,
            &format!(
                r#"{{"towns":{{"nodes":[{{"summary":{{"parts":[{}]}}}},{{"summary":{{"parts":[{}]}}}}]}},"town":{{"summary":{{"parts":[]}}}}}}"#,
                (1..=5).map(|n| format!(r#"{{"__typename":"Count","count":{n}}}"#)).collect::<Vec<_>>().join(","),
                (6..=10).map(|n| format!(r#"{{"__typename":"Count","count":{n}}}"#)).collect::<Vec<_>>().join(","),
            ),
        )
        .await;
}

async fn a_row_that_a_loader_finds(db: TestDb) {
    let world = World::new(&db).await;
    let query = r#"{towns(last:2){nodes{newest{code} draft:newest(filter:{status:"draft"}){code town{code}}}}}"#;
    world
        .gives(
            query,
            r#"{"towns":{"nodes":[{"newest":{"code":"480/DA"},"draft":{"code":"479/DA","town":{"code":"T096"}}},{"newest":null,"draft":null}]}}"#,
        )
        .await;
    // Towns; two loaders and the rows that they found; the town of one.
    assert_eq!(world.statements(query).await, 6);
}

async fn rows_that_a_loader_finds_keep_its_order(db: TestDb) {
    let world = World::new(&db).await;
    // The reports of other numbers are the caller's to see or not, and report 12345 does not exist.
    let query = "{towns(first:4){nodes{read{id}}}}";
    let data = |four: &str| {
        let one = r#"{"read":[{"id":"‹Report:2›"},{"id":"‹Report:1›"}]}"#;
        let two = r#"{"read":[{"id":"‹Report:4›"},{"id":"‹Report:2›"}]}"#;
        format!(r#"{{"towns":{{"nodes":[{one},{two},{{"read":[]}},{four}]}}}}"#)
    };
    world.gives(query, &data(r#"{"read":[{"id":"‹Report:8›"},{"id":"‹Report:4›"}]}"#)).await;
    world
        .asked_by(lienthong::kernel::policy::Caller::Anonymous)
        .gives(
            "{towns(first:2){nodes{read{id}}}}",
            r#"{"towns":{"nodes":[{"read":[{"id":"‹Report:1›"}]},{"read":[{"id":"‹Report:4›"}]}]}}"#,
        )
        .await;
}

async fn a_loader_that_fails(db: TestDb) {
    let world = World::new(&db).await;
    db.execute("DROP TABLE projects").await;
    let failed = "Dịch vụ gặp lỗi khi trả lời; xin thử lại sau.";
    world
        .fails(
            r#"{a:town(code:"T001"){code count{count} newest{id}} b:town(code:"T001"){summary{projects}} c:town(code:"T001"){years{year}}}"#,
            r#"{"a":{"code":"T001","count":null,"newest":null},"b":null,"c":null}"#,
            &[
                &format!("1:111 c.years: {failed}"),
                &format!("1:27 a.count: {failed}"),
                &format!("1:40 a.newest: {failed}"),
                &format!("1:72 b.summary: {failed}"),
            ],
        )
        .await;
}

async fn a_root_may_be_computed(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            "{home{word capital{code} __typename}}",
            r#"{"home":{"word":"xin chào","capital":{"code":"T001"},"__typename":"Home"}}"#,
        )
        .await;
}
