//! What a grant opens, and what it does not.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use super::{System, admin, agreed, granted, registrar, revoke};
use crate::{
    harness::{SEEDED, TestDb, noon, on_both},
    rooms::people::Asker,
};

on_both! { SEEDED =>
    a_grant_opens_what_it_names_on_every_path,
    a_grant_opens_from_its_first_instant_until_its_last,
    what_is_revoked_is_closed_at_once_on_every_instance,
    only_what_is_published_is_opened,
    a_token_without_the_scope_opens_nothing,
    what_one_client_reads_is_kept_for_nobody_else,
}

/// What is granted.
pub const INDICATOR: &str = "village_mobile_coverage_pct";

/// The id of a figure of the former Phú Thọ, which is open.
pub async fn figure(db: &TestDb) -> String {
    let query =
        format!(r#"{{ observations(filter: {{ indicators: ["{INDICATOR}"], areas: ["25"] }}) {{ nodes {{ id }} }} }}"#);
    let found = crate::rooms::ask(db, &query).await["observations"]["nodes"][0]["id"].clone();
    found.as_str().expect("an id").to_owned()
}

/// Puts the figures of the former Phú Thọ into a class.
pub async fn put(db: &TestDb, class: &str) {
    // It meets its target: what came of a former province is not compared otherwise.
    db.execute("UPDATE plan_target SET value = 99 WHERE text LIKE '%thôn, bản được phủ sóng di động'").await;
    db.execute(&format!(
        "UPDATE observation SET sharing = '{class}' WHERE area_id IN (SELECT id FROM unit WHERE code = '25')"
    ))
    .await;
}

/// To insert a published figure of a year that is like one of the bundled data otherwise.
pub fn insert(columns: &[String], indicator: &str, unit: &str, year: &str, class: &str, value: f64) -> String {
    let set = |column: &str| match column {
        "indicator_id" => format!("(SELECT id FROM indicator WHERE code = '{indicator}')"),
        "area_id" => format!("(SELECT id FROM unit WHERE {unit})"),
        "period" => format!("'{year}'"),
        "period_start" => format!("'{year}-01-01'"),
        "period_end" => format!("'{year}-12-31'"),
        "sharing" => format!("'{class}'"),
        "value" => value.to_string(),
        "numerator" | "denominator" | "rank_of" | "scope_text" | "scope_key" | "text" => "NULL".to_owned(),
        "dimension" => "''".to_owned(),
        column => column.to_owned(),
    };
    let values: Vec<String> = columns.iter().map(|column| set(column)).collect();
    format!(
        "INSERT INTO observation ({}) SELECT {} FROM observation WHERE id = (SELECT min(id) FROM observation WHERE dimension = '')",
        columns.join(", "),
        values.join(", ")
    )
}

/// Adds a published figure of a year.
pub async fn add_figure(db: &TestDb, indicator: &str, unit: &str, year: &str, class: &str, value: f64) {
    db.execute(&insert(&db.columns("observation").await, indicator, unit, year, class, value)).await;
}

/// How often a figure is shown on each path.
async fn paths(asker: &Asker, id: &str) -> [usize; 11] {
    let query = format!(
        r#"{{ node(id: "{id}") {{ id }} nodes(ids: ["{id}"]) {{ id }}
           observations(filter: {{ indicators: ["{INDICATOR}"], areas: ["25"] }}) {{ nodes {{ id }} }}
           total: observations(filter: {{ indicators: ["{INDICATOR}"], areas: ["25"] }}) {{ totalCount }}
           latest: observations(filter: {{ indicators: ["{INDICATOR}"], areas: ["25"], latest: true }}) {{ edges {{ node {{ id }} }} }}
           indicator(code: "{INDICATOR}") {{ observations(filter: {{ areas: ["25"] }}) {{ nodes {{ id }} }} ranking(period: "2022") {{ observation {{ id }} }} }}
           province(code: "25") {{ latest(indicators: ["{INDICATOR}"]) {{ id }} predecessors {{ predecessor {{ series(indicator: "{INDICATOR}") {{ points {{ value inputs {{ id }} }} }} }} }}
             plans {{ nodes {{ targets {{ nodes {{ attainment {{ observation {{ id }} }} }} }} }} }} }}
           changes(first: 200, types: [OBSERVATION]) {{ nodes {{ nodeId node {{ id }} }} }} }}"#
    );
    let answer = asker.ask(&query).await;
    let has = |value: &Value| value.to_string().matches(id).count().min(1);
    [
        has(&answer["node"]),
        has(&answer["nodes"]),
        has(&answer["observations"]),
        usize::try_from(answer["total"]["totalCount"].as_i64().expect("a number")).expect("a count"),
        has(&answer["latest"]),
        has(&answer["indicator"]["observations"]),
        has(&answer["indicator"]["ranking"]),
        has(&answer["province"]["latest"]),
        has(&answer["province"]["predecessors"]),
        has(&answer["province"]["plans"]),
        has(&answer["changes"]),
    ]
}

/// What the clients' tokens allow.
pub const SCOPES: &[&str] = &["observation:read", "changes:read"];

async fn a_grant_opens_what_it_names_on_every_path(db: TestDb) {
    let (registrar, admin) = (registrar(&db).await, admin(&db).await);
    let agreement = agreed(&registrar, "1/TT").await;
    let mut askers = vec![];
    // Today's Phú Thọ came from the former one; an indicator beside it, and a province beside it, open nothing.
    for (indicators, areas, opened) in [
        (&[INDICATOR][..], &["25"][..], 1),
        (&["dti_rank", INDICATOR], &["22", "25"], 1),
        (&[INDICATOR], &["22", "VN"], 0),
        (&["dti_rank"], &["25"], 0),
    ] {
        let client = System::of(&admin, Some("hy-ubnd"), SCOPES).await;
        // By somebody whose roles hold in the country.
        granted(&admin, &agreement, &client.id, indicators, areas).await;
        askers.push((client.asks(&db).await, opened));
    }
    askers.push((System::of(&admin, Some("hy-ubnd"), SCOPES).await.asks(&db).await, 0));
    let id = figure(&db).await;
    put(&db, "OPEN").await;
    for (asker, _) in &askers {
        assert_eq!(paths(asker, &id).await, [1; 11]);
    }
    for class in ["PRIVATE", "SHARED"] {
        put(&db, class).await;
        for (n, (asker, opened)) in askers.iter().enumerate() {
            assert_eq!(paths(asker, &id).await, [*opened; 11], "{class} {n}");
        }
    }
}

async fn sees(asker: &Asker) -> bool {
    let query =
        format!(r#"{{ observations(filter: {{ indicators: ["{INDICATOR}"], areas: ["25"] }}) {{ totalCount }} }}"#);
    asker.ask(&query).await["observations"]["totalCount"] == 1
}

async fn a_grant_opens_from_its_first_instant_until_its_last(db: TestDb) {
    let (registrar, admin) = (registrar(&db).await, admin(&db).await);
    put(&db, "PRIVATE").await;
    let agreement = agreed(&registrar, "1/TT").await;
    let client = System::of(&admin, Some("hy-ubnd"), SCOPES).await;
    let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
    let (from, to) = ("2026-01-20T08:00:00Z", "2026-12-31T17:00:00Z");
    registrar.ask(&super::grant(&agreement, &client.id, &[INDICATOR], &["25"], from, to)).await;
    for (when, opened) in [
        (at(from) - Duration::microseconds(1), false),
        (at(from), true),
        (at(to) - Duration::microseconds(1), true),
        (at(to), false),
    ] {
        assert_eq!(sees(&client.at(&db, when).await).await, opened, "{when}");
    }
    // The agreement's days bound its grants, whatever they say.
    let noon = noon("2026-02-01");
    for (set, opened) in [
        ("valid_from = '2026-02-02'", false),
        ("valid_from = '2026-02-01'", true),
        ("valid_to = '2026-01-31'", false),
        ("valid_to = '2026-02-01'", true),
        ("valid_to = NULL", true),
        ("activated_at = NULL", false),
        ("activated_at = '2026-01-02 00:00:00+00:00'", true),
        ("revoked_at = '2026-02-03 00:00:00+00:00'", false),
    ] {
        db.execute(&format!("UPDATE agreement SET {set}")).await;
        assert_eq!(sees(&client.at(&db, noon).await).await, opened, "{set}");
    }
}

async fn what_is_revoked_is_closed_at_once_on_every_instance(db: TestDb) {
    let (registrar, admin) = (registrar(&db).await, admin(&db).await);
    put(&db, "SHARED").await;
    let agreement = agreed(&registrar, "1/TT").await;
    let client = System::of(&admin, Some("hy-ubnd"), SCOPES).await;
    let grant = granted(&registrar, &agreement, &client.id, &[INDICATOR], &["25"]).await;
    // Another instance, whose clock is behind.
    let (here, there) = (client.asks(&db).await, client.at(&db, noon("2026-01-15") - Duration::minutes(2)).await);
    assert!(sees(&here).await && sees(&there).await);
    registrar.ask(&revoke(&grant, r#"reason: "hết việc""#)).await;
    assert!(!sees(&here).await && !sees(&there).await);
    // Another grant opens it again.
    granted(&registrar, &agreement, &client.id, &[INDICATOR], &["25"]).await;
    assert!(sees(&here).await);
}

async fn only_what_is_published_is_opened(db: TestDb) {
    let (registrar, admin) = (registrar(&db).await, admin(&db).await);
    let id = figure(&db).await;
    put(&db, "PRIVATE").await;
    let agreement = agreed(&registrar, "1/TT").await;
    let client = System::of(&admin, Some("hy-ubnd"), SCOPES).await;
    granted(&registrar, &agreement, &client.id, &[INDICATOR], &["25"]).await;
    let asker = client.asks(&db).await;
    assert!(sees(&asker).await);
    db.execute("UPDATE observation SET state = 'SUBMITTED', published_at = NULL WHERE sharing = 'PRIVATE'").await;
    assert_eq!(paths(&asker, &id).await, [0; 11]);
}

async fn a_token_without_the_scope_opens_nothing(db: TestDb) {
    let (registrar, admin) = (registrar(&db).await, admin(&db).await);
    put(&db, "SHARED").await;
    let agreement = agreed(&registrar, "1/TT").await;
    let client = System::of(&admin, Some("hy-ubnd"), SCOPES).await;
    granted(&registrar, &agreement, &client.id, &[INDICATOR], &["25"]).await;
    let stranger = Asker::stranger(db.app().await);
    for (scope, opened) in [("changes:read", false), ("observation:read", true)] {
        let token = crate::http::token(&stranger.service, &client.id, &client.secret, scope).await.json();
        let asker = stranger.with(token["access_token"].as_str().expect("a token"));
        assert_eq!(sees(&asker).await, opened, "{scope}");
    }
}

async fn what_one_client_reads_is_kept_for_nobody_else(db: TestDb) {
    let (registrar, admin) = (registrar(&db).await, admin(&db).await);
    let id = figure(&db).await;
    put(&db, "SHARED").await;
    let agreement = agreed(&registrar, "1/TT").await;
    let client = System::of(&admin, Some("hy-ubnd"), SCOPES).await;
    granted(&registrar, &agreement, &client.id, &[INDICATOR], &["25"]).await;
    let asker = client.asks(&db).await;
    let path = format!("/graphql?query=%7Bnode(id:%22{id}%22)%7Bid%7D%7D");
    let get = async |bearer: Option<&str>| {
        let headers: Vec<_> = bearer.iter().map(|bearer| ("authorization", *bearer)).collect();
        crate::http::send(&asker.service, axum::http::Method::GET, &path, &headers, "").await
    };
    let bearer = format!("Bearer {}", asker.token.as_deref().expect("a token"));
    let granted = get(Some(&bearer)).await;
    assert_eq!(granted.json()["data"], json!({ "node": { "id": id } }));
    assert_eq!((granted.header("cache-control"), granted.header("etag")), ("private, no-store", ""));
    let public = get(None).await;
    assert_eq!(public.json()["data"], json!({ "node": null }));
    assert!(public.header("vary").contains("Authorization") || public.header("vary").contains("authorization"));
}
