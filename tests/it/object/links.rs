//! How rows belong to each other: by a column, by a third table, by a text, by a day; and columns of joined tables.

use super::{World, nouns::rows::WORLD};
use crate::harness::{TestDb, on_both};

on_both! { WORLD =>
    a_list_comes_in_its_order,
    a_list_below_many_rows,
    a_page_through_a_third_table,
    a_list_through_a_third_table,
    a_key_may_be_a_text,
    pages_below_rows_with_text_keys,
    lists_below_rows_with_text_keys,
    the_version_of_a_day,
    a_day_before_the_first_version_means_the_first,
    no_day_means_today,
    a_column_of_a_joined_table,
    every_sort_of_column_is_written_as_its_scalar,
}

async fn a_list_comes_in_its_order(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{node(id:"‹Project:346›"){...on Project{hardest{value qualifier gauge{code}}}}}"#,
            r#"{"node":{"hardest":[{"value":346.75,"qualifier":"AT_LEAST","gauge":{"code":"G02"}},{"value":346.5,"qualifier":"AT_LEAST","gauge":{"code":"G01"}},{"value":346.25,"qualifier":"AT_LEAST","gauge":{"code":"G12"}}]}}"#,
        )
        .await;
}

async fn a_list_below_many_rows(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{nodes(ids:["‹Project:2›","‹Project:1›"]){...on Project{hardest{value}}} town(code:"T097"){projects{nodes{hardest{value}}}}}"#,
            r#"{"nodes":[{"hardest":[{"value":2.75},{"value":2.5},{"value":2.25}]},{"hardest":[{"value":1.75},{"value":1.5},{"value":1.25}]}],"town":{"projects":{"nodes":[]}}}"#,
        )
        .await;
}

async fn a_page_through_a_third_table(db: TestDb) {
    let world = World::new(&db).await;
    // Project 1 is measured by the gauges 2, 5 and 9; project 2 by 3, 6 and 10.
    let rest = r#"gauges(first:2,after:"‹["Gauge","",2]›"){totalCount nodes{code} pageInfo{hasNextPage}}"#;
    world
        .gives(
            &format!(r#"{{nodes(ids:["‹Project:1›","‹Project:2›"]){{...on Project{{gauges(first:2){{totalCount nodes{{code}} edges{{cursor}}}}}}}} one:node(id:"‹Project:1›"){{...on Project{{{rest}}}}}}}"#),
            r#"{"nodes":[{"gauges":{"totalCount":3,"nodes":[{"code":"G02"},{"code":"G05"}],"edges":[{"cursor":"‹["Gauge","",2]›"},{"cursor":"‹["Gauge","",5]›"}]}},{"gauges":{"totalCount":3,"nodes":[{"code":"G03"},{"code":"G06"}],"edges":[{"cursor":"‹["Gauge","",3]›"},{"cursor":"‹["Gauge","",6]›"}]}}],"one":{"gauges":{"totalCount":3,"nodes":[{"code":"G05"},{"code":"G09"}],"pageInfo":{"hasNextPage":false}}}}"#,
        )
        .await;
}

async fn a_list_through_a_third_table(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{nodes(ids:["‹Project:1›","‹Project:13›"]){...on Project{allGauges{code sector{code}}}}}"#,
            r#"{"nodes":[{"allGauges":[{"code":"G02","sector":{"code":"health"}},{"code":"G05","sector":{"code":"edu"}},{"code":"G09","sector":{"code":"edu"}}]},{"allGauges":[{"code":"G02","sector":{"code":"health"}},{"code":"G05","sector":{"code":"edu"}},{"code":"G09","sector":{"code":"edu"}}]}]}"#,
        )
        .await;
}

async fn a_key_may_be_a_text(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{sector(code:"health"){name} sectors(first:2){nodes{code} edges{cursor} totalCount} rest:sectors(after:"‹["Sector","","edu"]›"){nodes{code}}}"#,
            r#"{"sector":{"name":"Ngành health"},"sectors":{"nodes":[{"code":"edu"},{"code":"health"}],"edges":[{"cursor":"‹["Sector","","edu"]›"},{"cursor":"‹["Sector","","health"]›"}],"totalCount":3},"rest":{"nodes":[{"code":"health"},{"code":"transport"}]}}"#,
        )
        .await;
    world
        .gives(
            r#"{nodes(ids:["‹Gauge:1›","‹Gauge:2›","‹Gauge:4›"]){...on Gauge{sector{code name}}}}"#,
            r#"{"nodes":[{"sector":{"code":"edu","name":"Ngành edu"}},{"sector":{"code":"health","name":"Ngành health"}},{"sector":null}]}"#,
        )
        .await;
}

async fn pages_below_rows_with_text_keys(db: TestDb) {
    let world = World::new(&db).await;
    let page = "gauges(first:2){totalCount nodes{code} pageInfo{hasNextPage}}";
    let edu = r#"{"gauges":{"totalCount":3,"nodes":[{"code":"G01"},{"code":"G05"}],"pageInfo":{"hasNextPage":true}}}"#;
    let health =
        r#"{"gauges":{"totalCount":3,"nodes":[{"code":"G02"},{"code":"G06"}],"pageInfo":{"hasNextPage":true}}}"#;
    world
        .gives(
            &format!(r#"{{sectors(first:2){{nodes{{{page}}}}} sector(code:"edu"){{{page}}}}}"#),
            &format!(r#"{{"sectors":{{"nodes":[{edu},{health}]}},"sector":{edu}}}"#),
        )
        .await;
}

async fn lists_below_rows_with_text_keys(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            "{sectors(first:2){nodes{lastGauges{code}}}}",
            r#"{"sectors":{"nodes":[{"lastGauges":[{"code":"G09"},{"code":"G05"},{"code":"G01"}]},{"lastGauges":[{"code":"G10"},{"code":"G06"},{"code":"G02"}]}]}}"#,
        )
        .await;
}

async fn the_version_of_a_day(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{town(code:"T002"){projects(first:3){nodes{adopted townThen{name since}}}}}"#,
            r#"{"town":{"projects":{"nodes":[{"adopted":"2019-01-01","townThen":{"name":"Cũ 2","since":null}},{"adopted":"2020-06-01","townThen":{"name":"Mới 2","since":"2020-06-01"}},{"adopted":"2022-01-01","townThen":{"name":"Mới 2","since":"2020-06-01"}}]}}}"#,
        )
        .await;
}

async fn a_day_before_the_first_version_means_the_first(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{node(id:"‹Project:1›"){...on Project{adopted townThen{name since}}}}"#,
            r#"{"node":{"adopted":"2019-01-01","townThen":{"name":"Cũ 1","since":"2019-06-01"}}}"#,
        )
        .await;
}

async fn no_day_means_today(db: TestDb) {
    let world = World::new(&db).await;
    let query = r#"{node(id:"‹Project:10›"){...on Project{adopted townThen{name}}}}"#;
    world.gives(query, r#"{"node":{"adopted":null,"townThen":{"name":"Mới 2"}}}"#).await;
    // It is noon in UTC on January 15, 2026.
    db.execute("INSERT INTO town_names (id, town_id, name, since) VALUES (500, 2, 'X', '2026-01-15'), (501, 2, 'Y', '2026-01-16')")
        .await;
    world.gives(query, r#"{"node":{"adopted":null,"townThen":{"name":"X"}}}"#).await;
}

async fn a_column_of_a_joined_table(db: TestDb) {
    let world = World::new(&db).await;
    world
        .gives(
            r#"{node(id:"‹Project:6›"){...on Project{townName townCode}} town(code:"T001"){projects(first:1){totalCount nodes{townCode}}} towns(first:2){nodes{projects(first:1){nodes{townCode code}}}}}"#,
            r#"{"node":{"townName":"Thị trấn 2","townCode":"T002"},"town":{"projects":{"totalCount":5,"nodes":[{"townCode":"T001"}]}},"towns":{"nodes":[{"projects":{"nodes":[{"townCode":"T001","code":"1/DA"}]}},{"projects":{"nodes":[{"townCode":"T002","code":"6/DA"}]}}]}}"#,
        )
        .await;
    // A table of which nothing is asked for is not touched: the statement would fail.
    db.execute("ALTER TABLE towns RENAME TO moved").await;
    world.gives(r#"{node(id:"‹Project:6›"){...on Project{code}}}"#, r#"{"node":{"code":"6/DA"}}"#).await;
}

async fn every_sort_of_column_is_written_as_its_scalar(db: TestDb) {
    let world = World::new(&db).await;
    let query = "score weight title day at issued period secret town{code}";
    world
        .gives(
            &format!(r#"{{a:report(id:"‹Report:1›"){{{query}}} b:report(id:"‹Report:2›"){{{query}}}}}"#),
            r#"{"a":{"score":1,"weight":0.25,"title":"a","day":"2024-01-02","at":"2024-01-01T12:00:00.250001Z","issued":"2022-10","period":"2022-S1","secret":false,"town":{"code":"T001"}},"b":{"score":2,"weight":0.5,"title":"Z","day":"2024-01-03","at":"2024-01-01T12:00:00.500002Z","issued":"2022-10-08","period":"2022-10","secret":true,"town":{"code":"T002"}}}"#,
        )
        .await;
    db.execute("UPDATE reports SET score = NULL, weight = NULL, title = NULL, day = NULL, at = NULL, issued = NULL")
        .await;
    world
        .gives(
            r#"{report(id:"‹Report:1›"){score weight title day at issued}}"#,
            r#"{"report":{"score":null,"weight":null,"title":null,"day":null,"at":null,"issued":null}}"#,
        )
        .await;
}
