//! How many statements the great tables cost: as many as they have levels, for one province or for all, for few rows or for
//! ten times as many.

use async_graphql::Request;
use lienthong::{
    graphql::{self, Schema},
    kernel::{app::App, op::Op, policy::Caller},
};

use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    a_great_table_costs_a_statement_a_level,
    a_total_costs_one_more,
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
