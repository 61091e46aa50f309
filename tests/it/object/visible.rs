//! Rows that a caller may not see are on no path through the graph.

use lienthong::kernel::policy::Caller;

use super::{World, coded, nouns::rows::WORLD};
use crate::harness::{TestDb, on_both};

on_both! { WORLD =>
    a_page_holds_and_counts_what_the_caller_may_see,
    one_row_is_null_for_whoever_may_not_see_it,
    a_list_holds_what_the_caller_may_see,
    a_page_below_a_row_holds_and_counts_what_the_caller_may_see,
    a_node_is_null_for_whoever_may_not_see_it,
    a_union_is_nothing_for_whoever_may_not_see_its_row,
}

// Reports 2, 7, 12 … are secret: 29 of 145.

async fn a_page_holds_and_counts_what_the_caller_may_see(db: TestDb) {
    let world = World::new(&db).await;
    let query = "{reports(first:3){totalCount nodes{id secret} pageInfo{hasNextPage}}}";
    world
        .gives(
            query,
            r#"{"reports":{"totalCount":145,"nodes":[{"id":"‹Report:1›","secret":false},{"id":"‹Report:2›","secret":true},{"id":"‹Report:3›","secret":false}],"pageInfo":{"hasNextPage":true}}}"#,
        )
        .await;
    let anybody = world.asked_by(Caller::Anonymous);
    anybody
        .gives(
            query,
            r#"{"reports":{"totalCount":116,"nodes":[{"id":"‹Report:1›","secret":false},{"id":"‹Report:3›","secret":false},{"id":"‹Report:4›","secret":false}],"pageInfo":{"hasNextPage":true}}}"#,
        )
        .await;
    anybody
        .gives(
            r#"{reports(last:2,before:"‹["Report","",3]›"){nodes{id} edges{node{id}}}}"#,
            r#"{"reports":{"nodes":[{"id":"‹Report:1›"}],"edges":[{"node":{"id":"‹Report:1›"}}]}}"#,
        )
        .await;
}

async fn one_row_is_null_for_whoever_may_not_see_it(db: TestDb) {
    let world = World::new(&db).await;
    let query = r#"{report(id:"‹Report:2›"){id}}"#;
    world.gives(query, r#"{"report":{"id":"‹Report:2›"}}"#).await;
    world.asked_by(Caller::Anonymous).gives(query, r#"{"report":null}"#).await;
}

async fn a_list_holds_what_the_caller_may_see(db: TestDb) {
    let world = World::new(&db).await;
    // Titles are "ă" where four divides the number and three does not.
    let seen = async |world: &World| {
        let data = world.data(r#"{titled(code:"ă"){id}}"#).await;
        data["titled"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|r| r["id"].as_str().expect("an id").to_owned())
            .collect::<Vec<_>>()
    };
    let secret = coded("‹Report:32›");
    let (all, open) = (seen(&world).await, seen(&world.asked_by(Caller::Anonymous)).await);
    assert_eq!((all.len(), open.len()), (24, 20));
    assert!(all.contains(&secret) && !open.contains(&secret));
}

async fn a_page_below_a_row_holds_and_counts_what_the_caller_may_see(db: TestDb) {
    let world = World::new(&db).await;
    let query =
        "{towns(first:2){nodes{reports{totalCount nodes{id}}}} town(code:\"T002\"){reports{totalCount nodes{id}}}}";
    let both = r#"{"reports":{"totalCount":2,"nodes":[{"id":"‹Report:2›"},{"id":"‹Report:3›"}]}}"#;
    let one = r#"{"reports":{"totalCount":1,"nodes":[{"id":"‹Report:3›"}]}}"#;
    let first = r#"{"reports":{"totalCount":1,"nodes":[{"id":"‹Report:1›"}]}}"#;
    world.gives(query, &format!(r#"{{"towns":{{"nodes":[{first},{both}]}},"town":{both}}}"#)).await;
    let anybody = world.asked_by(Caller::Anonymous);
    anybody.gives(query, &format!(r#"{{"towns":{{"nodes":[{first},{one}]}},"town":{one}}}"#)).await;
}

async fn a_node_is_null_for_whoever_may_not_see_it(db: TestDb) {
    let anybody = World::new(&db).await.asked_by(Caller::Anonymous);
    anybody
        .gives(
            r#"{node(id:"‹Report:2›"){id} nodes(ids:["‹Report:1›","‹Report:2›"]){id}}"#,
            r#"{"node":null,"nodes":[{"id":"‹Report:1›"},null]}"#,
        )
        .await;
}

async fn a_union_is_nothing_for_whoever_may_not_see_its_row(db: TestDb) {
    let world = World::new(&db).await;
    let query = r#"{town(code:"T002"){summary{topic{...on Report{id}}}}}"#;
    world.gives(query, r#"{"town":{"summary":{"topic":{"id":"‹Report:2›"}}}}"#).await;
    world
        .asked_by(Caller::Anonymous)
        .fails(query, r#"{"town":null}"#, &["1:28 town.summary.topic: Dịch vụ gặp lỗi khi trả lời; xin thử lại sau."])
        .await;
}
