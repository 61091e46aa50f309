//! A database of the size of a country, written straight into the tables: 300,000 observations of which few indicators have most,
//! 20,000 links of which most are active, 5,000 systems, 2,000 plans, and what is recorded of their changes.

use crate::harness::{Kind, TestDb};

/// Numbers from 1 on.
fn numbers(most: usize) -> String {
    format!("(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {most}) SELECT i FROM n) n")
}

/// Copies the first row of a table for every row of `from`, with some columns set.
async fn multiply(db: &TestDb, table: &str, from: &str, set: &[(&str, &str)]) {
    let mut columns = db.columns(table).await;
    columns.extend(set.iter().filter(|(name, _)| *name == "id").map(|(name, _)| (*name).to_owned()));
    for (name, _) in set {
        assert!(columns.iter().any(|column| column == name), "{table} has no {name}");
    }
    let value = |column: &String| {
        let set = set.iter().find(|(name, _)| name == column);
        set.map_or_else(|| format!("first.{column}"), |(_, value)| (*value).to_owned())
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    let names: Vec<String> = columns.iter().map(|column| format!("\"{column}\"")).collect();
    db.execute(&format!(
        "INSERT INTO {table} ({}) SELECT {} FROM {table} first, {from} WHERE first.id = (SELECT min(id) FROM {table})",
        names.join(", "),
        values.join(", ")
    ))
    .await;
}

/// Fills a database that has the bundled data.
pub async fn fill(db: &TestDb) {
    let postgres = db.kind() == Kind::Postgres;
    // An instant so many minutes after the beginning of 2025, and a day so many days after it.
    let instant = |minutes: &str| match postgres {
        true => format!("(timestamptz '2025-01-01 00:00:00Z' + ({minutes}) * interval '1 minute')"),
        false => format!("strftime('%Y-%m-%dT%H:%M:%S+00:00', '2025-01-01', '+' || ({minutes}) || ' minutes')"),
    };
    let day = |days: &str| match postgres {
        true => format!("(date '2025-01-01' + CAST({days} AS integer))"),
        false => format!("date('2025-01-01', '+' || ({days}) || ' days')"),
    };
    let month = |what: &str| match (what, postgres) {
        ("name", true) => "to_char(date '2014-01-01' + n.i * interval '1 month', 'YYYY-MM')".to_owned(),
        ("start", true) => "CAST(date '2014-01-01' + n.i * interval '1 month' AS date)".to_owned(),
        (_, true) => "CAST(date '2014-01-01' + (n.i + 1) * interval '1 month' - interval '1 day' AS date)".to_owned(),
        ("name", false) => "strftime('%Y-%m', '2014-01-01', '+' || n.i || ' months')".to_owned(),
        ("start", false) => "date('2014-01-01', '+' || n.i || ' months')".to_owned(),
        (_, false) => "date('2014-01-01', '+' || (n.i + 1) || ' months', '-1 day')".to_owned(),
    };
    // One indicator in ten has a value for each of 140 months and all units, the others for the first years only.
    let which = "(SELECT k.id AS indicator, u.id AS unit, n.i, (k.id * 7919 + u.id * 104729 + n.i * 31) AS chance FROM indicator k, unit u";
    let of = format!("{which}, {} WHERE n.i < CASE WHEN k.id % 10 = 1 THEN 140 ELSE 22 END) n", numbers(140));
    let (name, start, end) = (month("name"), month("start"), month("end"));
    let recorded = instant("n.chance % 500000");
    let superseded = format!("CASE WHEN n.chance % 41 = 0 THEN {recorded} ELSE NULL END");
    let set = [
        ("indicator_id", "n.indicator"),
        ("area_id", "n.unit"),
        ("period", name.as_str()),
        ("period_start", &start),
        ("period_end", &end),
        ("dimension", "CASE WHEN n.chance % 3 > 0 THEN 'all' ELSE 'walk' END"),
        ("value", "CASE WHEN n.chance % 97 = 0 THEN NULL ELSE CAST(n.chance % 10000 AS double precision) / 100 END"),
        ("state", "'PUBLISHED'"),
        ("sharing", "CASE WHEN n.chance % 50 = 0 THEN 'SHARED' ELSE 'OPEN' END"),
        ("revision", "1"),
        ("recorded_at", &recorded),
        ("published_at", &recorded),
        ("superseded_at", &superseded),
    ];
    multiply(db, "observation", &of, &set).await;
    let area = "(SELECT min(id) FROM unit) + (n.i * n.i) % 90".to_owned();
    let set = [
        ("code", "'walk-' || n.i"),
        ("area_id", &area),
        ("search", "'he thong walk-' || n.i"),
        ("name_sort", "'x' || n.i % 900"),
    ];
    multiply(db, "information_system", &numbers(5_000), &set).await;
    let system =
        |by: &str| format!("(SELECT min(id) FROM information_system WHERE code LIKE 'walk-%') + ({by}) % 5000");
    let (source, target) = (system("n.i * n.i"), system("n.i * 7"));
    let last = format!("CASE WHEN n.i % 4 = 0 THEN NULL ELSE {} END", day("n.i % 900"));
    let set = [
        ("code", "'walk-' || n.i"),
        ("source_system_id", source.as_str()),
        ("target_system_id", &target),
        ("status", "CASE WHEN n.i % 7 > 0 THEN 'ACTIVE' WHEN n.i % 3 = 0 THEN 'DRAFT' ELSE 'REQUESTED' END"),
        ("intermediary", "CASE WHEN n.i % 9 > 0 THEN 'NDXP' ELSE 'LGSP' END"),
        ("expires_on", &last),
        ("search", "'ket noi walk-' || n.i"),
    ];
    multiply(db, "data_link", &numbers(20_000), &set).await;
    for (end, lies) in [("source_system_id", "source_area_id"), ("target_system_id", "target_area_id")] {
        let system = format!("(SELECT area_id FROM information_system WHERE information_system.id = data_link.{end})");
        db.execute(&format!("UPDATE data_link SET {lies} = {system}")).await;
    }
    let issued = day("n.i % 700");
    let issued = format!("CASE WHEN n.i % 5 = 0 THEN NULL ELSE CAST({issued} AS text) END");
    let set = [
        ("code", "'walk-' || n.i"),
        ("area_id", area.as_str()),
        ("number", "n.i || '/KH-UBND'"),
        ("issued_on", &issued),
        ("title_sort", "'k' || n.i % 1500"),
        ("search", "'ke hoach walk-' || n.i"),
    ];
    multiply(db, "plan", &numbers(2_000), &set).await;

    let at = instant("n.i * 2");
    let observation = "(SELECT min(id) FROM observation) + n.i";
    let set = [
        ("type", "CASE WHEN n.i % 20 > 0 THEN 'OBSERVATION' ELSE 'DATA_LINK' END"),
        ("key", "'walk:' || n.i"),
        ("at", &at),
        ("node_id", observation),
    ];
    multiply(db, "change", &numbers(100_000), &set).await;
    let set = [
        ("id", "(SELECT max(id) FROM audit_entry) + n.i"),
        ("at", at.as_str()),
        ("actor", "'user:walk-' || n.i % 500"),
        ("action", "CASE WHEN n.i % 3 > 0 THEN 'RECORD_OBSERVATION' ELSE 'CREATE_PLAN' END"),
        ("resource", "'walk:' || n.i % 20000"),
        ("previous_hash", "'walk-' || n.i"),
    ];
    multiply(db, "audit_entry", &numbers(100_000), &set).await;
    db.execute("ANALYZE").await;
}
