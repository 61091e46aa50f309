//! How many statements the great tables cost: as many as they have levels, for one province or for all, for few rows or for
//! ten times as many.

use async_graphql::Request;
use lienthong::{
    graphql::{self, Schema},
    kernel::{app::App, op::Op, policy::Caller},
};
use serde_json::Value as Json;

use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    a_great_table_costs_a_statement_a_level,
    a_total_costs_one_more,
    computed_fields_read_only_what_they_use,
    a_page_of_some_indicators_and_areas_is_the_beginning_of_their_list,
}

struct Service {
    app: App,
    schema: Schema,
}

impl Service {
    async fn of(db: &TestDb) -> Self {
        Service { app: db.app().await, schema: graphql::schema().expect("a schema") }
    }
    /// The number of statements, and that of the objects in the answer that have a `value`.
    async fn cost(&self, query: &str) -> (usize, usize) {
        let op = Op::new(&self.app, Caller::Anonymous, "test");
        let response = self.schema.execute(Request::new(query).data(op.clone())).await;
        assert!(response.errors.is_empty(), "{:?}", response.errors);
        let json = serde_json::to_string(&response.data).expect("JSON");
        (op.statements(), json.matches("\"value\":").count())
    }
}

/// Copies the first row of a table for every row of `from`, with some columns set.
async fn multiply(db: &TestDb, table: &str, from: &str, set: &[(&str, &str)]) {
    let columns = db.columns(table).await;
    let value = |column: &String| {
        let set = set.iter().find(|(name, _)| name == column);
        set.map_or_else(|| format!("first.{column}"), |(_, value)| (*value).to_owned())
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    db.execute(&format!(
        "INSERT INTO {table} ({}) SELECT {} FROM {table} first, {from} WHERE first.id = (SELECT min(id) FROM {table})",
        columns.join(", "),
        values.join(", ")
    ))
    .await;
}

/// So many plans and figures for each of the 34 provinces, with ten targets a plan.
async fn fill(db: &TestDb, round: &str, each: usize) {
    let numbers = |most: usize| {
        format!("(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {most}) SELECT i FROM n)")
    };
    let provinces = "(SELECT id FROM unit WHERE level = 'PROVINCE' AND valid_to IS NULL) u";
    let indicators = |most: usize| format!("(SELECT id FROM indicator ORDER BY id LIMIT {most}) k");
    let code = format!("'{round}-' || u.id || '-' || n.i");
    multiply(db, "plan", &format!("{provinces}, {} n", numbers(each)), &[("code", &code), ("area_id", "u.id")]).await;
    let plans = format!("(SELECT id, area_id FROM plan WHERE code LIKE '{round}-%') p");
    let set = [("plan_id", "p.id"), ("area_id", "p.area_id"), ("indicator_id", "k.id"), ("value", "1")];
    multiply(db, "plan_target", &format!("{plans}, {}", indicators(10)), &set).await;
    let period = format!("'{round}' || n.i");
    let set = [("indicator_id", "k.id"), ("area_id", "u.id"), ("period", "'2026'"), ("dimension", period.as_str())];
    multiply(db, "observation", &format!("{provinces}, {}, {} n", indicators(20), numbers(each)), &set).await;
}

async fn a_great_table_costs_a_statement_a_level(db: TestDb) {
    let service = Service::of(&db).await;
    let plans = "{ provinces(on: \"2026-01-01\", first: 34) { nodes { code name plans(first: 20) { nodes { code targets(first: 20) { nodes { value indicator { code name } } } } } } } }";
    let one = plans.replace("first: 34", "filter: { codes: [\"25\"] }");
    let codes: Vec<String> = codes(&service).await;
    let table = format!(
        "{{ provinces(on: \"2026-01-01\", first: 34) {{ nodes {{ code name latest(indicators: {codes:?}) {{ value indicator {{ code name }} }} }} }} }}"
    );
    let list = format!(
        "{{ observations(first: 200, filter: {{ latest: true, indicators: {codes:?} }}) {{ nodes {{ value indicator {{ code }} area {{ code name }} source {{ quote }} }} }} }}"
    );
    assert_eq!(service.cost(&one).await.0, 4);
    fill(&db, "a", 1).await;
    let few = [service.cost(plans).await, service.cost(&table).await, service.cost(&list).await];
    assert!(few[0].1 >= 340 && few[1].1 >= 680 && few[2].1 == 200, "{few:?}");
    fill(&db, "b", 9).await;
    let many = [service.cost(plans).await, service.cost(&table).await, service.cost(&list).await];
    assert!(many[0].1 >= 3400 && many[1].1 >= 6800 && many[2].1 == 200, "{many:?}");
    assert_eq!((few.map(|cost| cost.0), many.map(|cost| cost.0)), ([4, 4, 4], [4, 4, 4]));
}

async fn codes(service: &Service) -> Vec<String> {
    let op = Op::new(&service.app, Caller::Anonymous, "test");
    let query = "{ indicators(first: 20) { nodes { code } } }";
    let data = service.schema.execute(Request::new(query).data(op)).await.data.into_json().expect("JSON");
    let nodes = data["indicators"]["nodes"].as_array().expect("nodes");
    nodes.iter().map(|node| node["code"].as_str().expect("a code").to_owned()).collect()
}

async fn computed_fields_read_only_what_they_use(db: TestDb) {
    let service = Service::of(&db).await;
    let statistics = "statistics(from: \"2025-12-01T00:00:00Z\", to: \"2025-12-31T00:00:00Z\")";
    let query = format!(
        "{{ province(code: \"25\") {{ series(indicator: \"bts_count\", boundary: CURRENT) {{ points {{ value }} }} progress {{ achieved }}
           {statistics} {{ succeeded latencyMaxMs }} }} indicator(code: \"commune_fibre_pct\") {{ ranking {{ rank }} }} }}"
    );
    let before = service.cost(&query).await;
    assert!(before.1 > 0, "the series has points");
    for column in ["as_of_text", "text", "scope_text", "revision_reason", "withdrawal_reason"] {
        db.execute(&format!("ALTER TABLE observation DROP COLUMN {column}")).await;
    }
    db.execute("ALTER TABLE exchange_tally DROP COLUMN durations").await;
    assert_eq!(service.cost(&query).await, before);
    let op = Op::new(&service.app, Caller::Anonymous, "test");
    let query = format!("{{ province(code: \"25\") {{ {statistics} {{ latencyP95Ms }} }} }}");
    let response = service.schema.execute(Request::new(query).data(op)).await;
    assert_eq!(response.errors.len(), 1, "quantiles are read from the durations");
}

/// The first so many that hold a condition.
fn beginning(all: &[Json], count: usize, holds: impl Fn(&Json) -> bool) -> Vec<Json> {
    all.iter().filter(|row| holds(row)).take(count).cloned().collect()
}

async fn a_page_of_some_indicators_and_areas_is_the_beginning_of_their_list(db: TestDb) {
    let service = Service::of(&db).await;
    let rows = async |arguments: &str| {
        let op = Op::new(&service.app, Caller::Anonymous, "test");
        let query = format!(
            "{{ observations({arguments}) {{ nodes {{ id dimension indicator {{ code }} area {{ code }} }} }} }}"
        );
        let response = service.schema.execute(Request::new(query).data(op)).await;
        assert!(response.errors.is_empty(), "{arguments}: {:?}", response.errors);
        response.data.into_json().expect("JSON")["observations"]["nodes"].as_array().expect("nodes").clone()
    };
    let is = |row: &Json, field: &str, codes: &[&str]| codes.contains(&row[field]["code"].as_str().expect("a code"));
    let (indicators, areas) = (["commune_fibre_pct", "bts_count", "none"], ["26", "36", "25"]);
    for order in ["", "orderBy: { field: PERIOD, direction: DESC }", "orderBy: { field: VALUE, direction: ASC }"] {
        let all = rows(&format!("first: 200 {order}")).await;
        assert!((80..200).contains(&all.len()), "all of them: {}", all.len());
        for (filter, holds) in [
            (format!("indicators: {indicators:?}"), (true, false)),
            (format!("areas: {areas:?}"), (false, true)),
            (format!("indicators: {indicators:?}, areas: {areas:?}"), (true, true)),
            (format!("indicators: {indicators:?}, areas: {areas:?}, dimensions: [\"\"]"), (true, true)),
        ] {
            let found = rows(&format!("first: 7 filter: {{ {filter} }} {order}")).await;
            let expected = beginning(&all, found.len(), |row| {
                (!holds.0 || is(row, "indicator", &indicators))
                    && (!holds.1 || is(row, "area", &areas))
                    && (!filter.contains("dimensions") || row["dimension"] == "")
            });
            assert!(!found.is_empty(), "{filter}");
            assert_eq!(found, expected, "{filter} {order}");
        }
    }
    assert_eq!(rows("filter: { indicators: [] }").await, Vec::<Json>::new());
}

async fn a_total_costs_one_more(db: TestDb) {
    let service = Service::of(&db).await;
    for (query, statements) in [
        ("{ provinces { nodes { code } } }", 1),
        ("{ provinces { totalCount } }", 1),
        ("{ provinces { totalCount nodes { code } } }", 2),
    ] {
        assert_eq!(service.cost(query).await.0, statements, "{query}");
    }
}
