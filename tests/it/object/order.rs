//! Pages put together are the list: for rows with ties and NULLs, in every order, both ways, in pages of any size, on both
//! databases; also while rows are added between two pages.

use std::cmp::Ordering;

use chrono::{Days, NaiveDate, TimeDelta};
use proptest::{
    collection::vec,
    option,
    prelude::{Just, Strategy, any, prop_oneof},
    test_runner::{Config, TestCaseError, TestRunner},
};
use sea_orm::{DatabaseConnection, EntityTrait};
use serde_json::Value as Json;
use tokio::{runtime::Handle, task::block_in_place};

use super::{
    World,
    nouns::{
        report,
        rows::{WORLD, insert},
    },
};
use crate::harness::{TestDb, noon, on_both};

on_both! { WORLD =>
    pages_put_together_are_the_list,
    pages_below_a_row_put_together_are_its_list,
    rows_that_are_added_between_two_pages_move_no_other,
    a_cursor_keeps_a_number_to_its_last_bit,
}

const ORDERS: [&str; 7] = ["AGE", "SCORE", "WEIGHT", "TITLE", "DAY", "AT", "SCORE_AND_TITLE"];

fn rows(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<report::Model>> {
    let score = option::of(prop_oneof![4 => 0..3, 1 => any::<i32>()]);
    let float = any::<f64>().prop_filter("numbers are finite", |f| f.is_finite());
    let weight = option::of(prop_oneof![1 => Just(0.1), 1 => Just(-0.5), 2 => float]);
    let title = option::of("[aAzđ ]{0,2}");
    let day = option::of(0..3_u64);
    let at = option::of(prop_oneof![Just(0), Just(1), Just(500_000), Just(1_000_000), -3_000_000..3_000_000_i64]);
    let row =
        (1..4_i64, score, weight, title, day, at).prop_map(|(town_id, score, weight, title, day, at)| report::Model {
            id: 0,
            town_id,
            score,
            weight,
            title,
            day: day.and_then(|d| NaiveDate::from_ymd_opt(1999, 12, 31)?.checked_add_days(Days::new(d))),
            at: at.map(|micros| noon("1970-01-01") + TimeDelta::microseconds(micros)),
            issued: None,
            period: "2022".parse().expect("a period"),
            secret: false,
        });
    vec(row, count).prop_map(|mut rows| {
        rows.iter_mut().zip(1..).for_each(|(row, id)| row.id = id);
        rows
    })
}

/// NULLs come last whichever way it goes.
fn compare<T: PartialOrd>(a: &Option<T>, b: &Option<T>, descending: bool) -> Ordering {
    match (a, b) {
        (None, None) => Ordering::Equal,
        (None, _) => Ordering::Greater,
        (_, None) => Ordering::Less,
        (Some(a), Some(b)) => {
            let order = a.partial_cmp(b).expect("numbers are finite");
            if descending { order.reverse() } else { order }
        }
    }
}

/// The same order, worked out once more.
fn sorted(rows: &[report::Model], by: &str, descending: bool) -> Vec<report::Model> {
    let mut rows = rows.to_vec();
    rows.sort_by(|a, b| {
        let order = match by {
            "AGE" => Ordering::Equal,
            "SCORE" => compare(&a.score, &b.score, descending),
            "WEIGHT" => compare(&a.weight, &b.weight, descending),
            "TITLE" => compare(&a.title, &b.title, descending),
            "DAY" => compare(&a.day, &b.day, descending),
            "AT" => compare(&a.at, &b.at, descending),
            _ => compare(&a.score, &b.score, descending).then(compare(&a.title, &b.title, !descending)),
        };
        order.then(compare(&Some(a.id), &Some(b.id), descending))
    });
    rows
}

fn ids(rows: &[report::Model]) -> Vec<String> {
    rows.iter().map(|row| super::coded(&format!("‹Report:{}›", row.id))).collect()
}

fn texts(page: &Json) -> Vec<String> {
    let nodes = page["nodes"].as_array().expect("a page has nodes");
    nodes.iter().map(|node| node["id"].as_str().expect("a row has an id").to_owned()).collect()
}

async fn replace(db: &DatabaseConnection, rows: &[report::Model]) {
    report::Entity::delete_many().exec(db).await.expect("rows can be deleted");
    insert(db, rows.to_vec()).await;
}

/// Reads a list page by page, to its end. `path` leads to the page in the data; `place` stands for its arguments in the query.
async fn all_pages(
    world: &World,
    query: &str,
    path: &str,
    backward: bool,
    mut between: impl AsyncFnMut(),
) -> Vec<String> {
    let (from, at, more) =
        if backward { ("before", "startCursor", "hasPreviousPage") } else { ("after", "endCursor", "hasNextPage") };
    let mut all: Vec<String> = vec![];
    let mut cursor = String::new();
    loop {
        let data = world.data(&query.replace("PLACE", &cursor)).await;
        let page = data.pointer(path).expect("the page is where it should be");
        let mut found = texts(page);
        if backward {
            found.extend(all);
            all = found;
        } else {
            all.extend(found);
        }
        assert!(all.len() < 100, "pages have no end: {query}");
        if page["pageInfo"][more] == false {
            return all;
        }
        cursor = format!("{from}:{}", page["pageInfo"][at]);
        between().await;
    }
}

fn page(list: &str, size: usize, by: &str, descending: bool, backward: bool) -> String {
    let count = if backward { "last" } else { "first" };
    format!(
        "{list}({count}:{size},by:{by},descending:{descending},PLACE)\
         {{nodes{{id}} pageInfo{{startCursor endCursor hasNextPage hasPreviousPage}}}}"
    )
}

/// Tries a property on random values.
fn try_on<S: Strategy>(cases: u32, strategy: S, test: impl AsyncFn(S::Value)) {
    let mut runner =
        TestRunner::new(Config { cases, failure_persistence: None, max_shrink_iters: 16, ..Config::default() });
    let outcome = block_in_place(|| {
        runner.run(&strategy, |value| {
            Handle::current().block_on(test(value));
            Ok::<_, TestCaseError>(())
        })
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

async fn pages_put_together_are_the_list(db: TestDb) {
    let (world, raw) = (World::new(&db).await, db.raw().await);
    try_on(12, (rows(0..24), 1..8_usize), async |(rows, size)| {
        replace(&raw, &rows).await;
        for by in ORDERS {
            for descending in [false, true] {
                let expected = ids(&sorted(&rows, by, descending));
                for backward in [false, true] {
                    let query = format!("{{{}}}", page("reports", size, by, descending, backward));
                    let all = all_pages(&world, &query, "/reports", backward, async || ()).await;
                    assert_eq!(all, expected, "{by} {descending} {backward}");
                }
            }
        }
    });
}

async fn pages_below_a_row_put_together_are_its_list(db: TestDb) {
    let (world, raw) = (World::new(&db).await, db.raw().await);
    try_on(8, (rows(1..20), 1..5_usize, any::<proptest::sample::Index>()), async |(rows, size, index)| {
        replace(&raw, &rows).await;
        for (by, descending) in ORDERS.into_iter().flat_map(|by| [(by, false), (by, true)]) {
            let list = sorted(&rows, by, descending);
            let of = |town: i64| list.iter().filter(|r| r.town_id == town).cloned().collect::<Vec<_>>();
            for backward in [false, true] {
                // Below one row, page by page.
                let query = format!("{{town(code:\"T002\"){{{}}}}}", page("reports", size, by, descending, backward));
                let all = all_pages(&world, &query, "/town/reports", backward, async || ()).await;
                assert_eq!(all, ids(&of(2)), "{by} {descending} {backward}");
                // Below several rows, beyond a place that need not be a row of each.
                let at = index.index(list.len());
                let edges = world
                    .data(&format!("{{reports(first:200,by:{by},descending:{descending}){{edges{{cursor}}}}}}"))
                    .await;
                let from = if backward { "before" } else { "after" };
                let place = format!("{from}:{}", edges["reports"]["edges"][at]["cursor"]);
                let query = page("reports", size, by, descending, backward).replace("PLACE", &place);
                let data = world.data(&format!("{{towns(first:3){{nodes{{{query}}}}}}}")).await;
                let beyond = if backward { &list[..at] } else { &list[at + 1..] };
                for town in 1..4 {
                    let mut rest: Vec<_> = beyond.iter().filter(|r| r.town_id == town).cloned().collect();
                    if backward {
                        rest.drain(..rest.len().saturating_sub(size));
                    } else {
                        rest.truncate(size);
                    }
                    let found = &data["towns"]["nodes"][town as usize - 1]["reports"];
                    assert_eq!(texts(found), ids(&rest), "{by} {descending} {backward} below {town}");
                }
            }
        }
    });
}

async fn rows_that_are_added_between_two_pages_move_no_other(db: TestDb) {
    let (world, raw) = (World::new(&db).await, db.raw().await);
    try_on(8, (rows(2..20), rows(1..20), 1..4_usize), async |(rows, more, size)| {
        for (by, descending) in ORDERS.into_iter().flat_map(|by| [(by, false), (by, true)]) {
            for backward in [false, true] {
                replace(&raw, &rows).await;
                let mut more = more.clone().into_iter().zip(1000..);
                let query = format!("{{{}}}", page("reports", size, by, descending, backward));
                let all = all_pages(&world, &query, "/reports", backward, async || {
                    insert(&raw, more.next().map(|(row, id)| report::Model { id, ..row })).await;
                })
                .await;
                let first = ids(&sorted(&rows, by, descending));
                let kept: Vec<_> = all.iter().filter(|id| first.contains(id)).cloned().collect();
                assert_eq!(kept, first, "{by} {descending} {backward}");
                let mut once = all.clone();
                once.sort();
                once.dedup();
                assert_eq!(once.len(), all.len(), "{by} {descending} {backward}");
            }
        }
    });
}

async fn a_cursor_keeps_a_number_to_its_last_bit(db: TestDb) {
    let (world, raw) = (World::new(&db).await, db.raw().await);
    let strategy = vec(any::<f64>().prop_filter("numbers are finite", |f| f.is_finite()), 40);
    try_on(8, strategy, async |weights| {
        let a_report = |(weight, id)| report::Model {
            id,
            town_id: 1,
            score: None,
            weight: Some(weight),
            title: None,
            day: None,
            at: None,
            issued: None,
            period: "2022".parse().expect("a period"),
            secret: false,
        };
        let rows: Vec<_> = weights.into_iter().zip(1..).map(a_report).collect();
        replace(&raw, &rows).await;
        let query = format!("{{{}}}", page("reports", 3, "WEIGHT", false, false));
        assert_eq!(
            all_pages(&world, &query, "/reports", false, async || ()).await,
            ids(&sorted(&rows, "WEIGHT", false))
        );
    });
}
