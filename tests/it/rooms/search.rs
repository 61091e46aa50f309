//! Search: what people type, and what they mean by it.

use lienthong::kernel::{op::Op, policy::Caller};
use sea_orm::{
    ConnectionTrait, Statement,
    sea_query::{Alias, PostgresQueryBuilder, Query, SqliteQueryBuilder},
};
use serde_json::{Value, json};

use super::{ask, refused};
use crate::harness::{Kind, SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    however_it_is_typed_the_same_is_found,
    the_better_fit_comes_first,
    a_search_can_be_for_some_kinds_only,
    wild_cards_are_letters,
    a_text_of_nothing_finds_nothing,
    a_count_that_cannot_be_is_refused,
    what_is_searched_for_is_found_by_an_index,
}

async fn hits(db: &TestDb, arguments: &str) -> Vec<(f64, String)> {
    let query = format!(
        "{{ search({arguments}) {{ score result {{ __typename ... on AdministrativeUnit {{ text: fullName validTo }} ... on Plan {{ text: code }} ... on LegalDocument {{ text: code }} ... on Indicator {{ text: code }} ... on InformationSystem {{ text: code }} ... on DataLink {{ text: code }} ... on Agency {{ text: code }} }} }} }}"
    );
    let answer = ask(db, &query).await;
    let hit = |hit: &Value| {
        let result = &hit["result"];
        let over = if result.get("validTo").is_some_and(|day| !day.is_null()) { " (over)" } else { "" };
        let text = result["text"].as_str().unwrap_or_default();
        (hit["score"].as_f64().expect("a number"), format!("{text}{over}"))
    };
    answer["search"].as_array().expect("a list").iter().map(hit).collect()
}

async fn however_it_is_typed_the_same_is_found(db: TestDb) {
    let now_and_then = |name: &str| vec![(0.9, name.to_owned()), (0.9, format!("{name} (over)"))];
    for (texts, found) in [
        (&["phu tho", "PHÚ THỌ", "Phú  Thọ ", "Tỉnh Phú Thọ", "Phú Thọ Province"][..], now_and_then("Tỉnh Phú Thọ")),
        (
            &["hoa binh", "Hoà Bình", "Hòa Bình", "Ho\u{0061}\u{0300} Bi\u{0300}nh"],
            vec![(0.9, "Tỉnh Hoà Bình (over)".to_owned())],
        ),
        (&["dak lak", "Đắk Lắk", "Đăk Lăk"], now_and_then("Tỉnh Đắk Lắk")),
        (
            &["tp ho chi minh", "TP. Hồ Chí Minh", "thành phố Hồ Chí Minh", "TP.HCM", "TPHCM", "hcm", "hochiminh"],
            now_and_then("Thành phố Hồ Chí Minh"),
        ),
    ] {
        for text in texts {
            let best = hits(&db, &format!("text: {}, first: {}", json!(text), found.len())).await;
            assert_eq!(best, found, "{text}");
        }
    }
}

async fn the_better_fit_comes_first(db: TestDb) {
    for (text, found) in [
        ("25", vec![(1.0, "Tỉnh Phú Thọ"), (1.0, "Tỉnh Phú Thọ (over)")]),
        ("hy-148", vec![(1.0, "hy-148")]),
        ("148/KH-UBND", vec![(0.9, "hy-148")]),
        ("ndxp", vec![(0.9, "vn-ndxp"), (0.5, "pt-lgsp--vn-ndxp"), (0.5, "qn-lgsp--vn-ndxp")]),
        ("Thừa Thiên", vec![(0.7, "Tỉnh Thừa Thiên Huế")]),
        ("Thiên Huế", vec![(0.5, "Tỉnh Thừa Thiên Huế")]),
        ("Huế thừa", vec![(0.4, "Tỉnh Thừa Thiên Huế")]),
        ("iên Hu", vec![(0.2, "Tỉnh Thừa Thiên Huế")]),
        ("61/2018/NĐ-CP", vec![(0.9, "61-2018-nd-cp")]),
        ("khoa học công nghệ tỉnh phú thọ", vec![(0.4, "pt-skhcn")]),
        ("nam", vec![(0.7, "Tỉnh Nam Định (over)")]),
    ] {
        let found: Vec<_> = found.into_iter().map(|(score, what)| (score, what.to_owned())).collect();
        let best = hits(&db, &format!("text: {}", json!(text))).await;
        assert_eq!(best.get(..found.len()), Some(found.as_slice()), "{text}: {best:?}");
        assert!(best.is_sorted_by(|better, worse| better.0 >= worse.0), "{text}: {best:?}");
    }
}

async fn a_search_can_be_for_some_kinds_only(db: TestDb) {
    let found = hits(&db, r#"text: "phú thọ", types: [PLAN, AGENCY], first: 200"#).await;
    assert!(found.len() > 3 && found.iter().all(|(_, what)| !what.contains("Tỉnh")), "{found:?}");
    assert_eq!(hits(&db, r#"text: "phú thọ", types: []"#).await, vec![]);
    assert_eq!(hits(&db, r#"text: "phú thọ", first: 3"#).await.len(), 3);
}

async fn wild_cards_are_letters(db: TestDb) {
    for text in ["%", "phu%tho", "_hu tho", r"\%", "h%nh"] {
        assert_eq!(hits(&db, &format!("text: {}", json!(text))).await, vec![], "{text}");
    }
    let codes = hits(&db, r#"text: "dti_", first: 200"#).await;
    assert!(!codes.is_empty() && codes.iter().all(|(_, code)| code.starts_with("dti_")), "{codes:?}");
}

async fn a_text_of_nothing_finds_nothing(db: TestDb) {
    for text in ["", "  ", "-", "\u{301}", "…"] {
        assert_eq!(hits(&db, &format!("text: {}", json!(text))).await, vec![], "{text}");
    }
}

async fn a_count_that_cannot_be_is_refused(db: TestDb) {
    let (code, fields, message) = refused(&db, "en", r#"{ search(text: "a", first: 0) { score } }"#).await;
    assert_eq!((code.as_str(), fields), ("BAD_USER_INPUT", vec![("first".to_owned(), "OUT_OF_RANGE".to_owned())]));
    assert_eq!(message, "`first` must be between 1 and 200, not 0.");
}

async fn what_is_searched_for_is_found_by_an_index(db: TestDb) {
    let rest = "co phan dau tu xay dung ".repeat(20);
    db.execute(&format!(
        "INSERT INTO agency (code, name_vi, name_en, kind, generic, version, search) \
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) \
         SELECT 'x' || i, 'x', 'x', 'MINISTRY', FALSE, 1, '\ncong ty so ' || i || '\n{rest}\n' FROM n"
    ))
    .await;
    let raw = db.raw().await;
    raw.execute_unprepared("ANALYZE").await.expect("statistics are made");
    let op = Op::new(&db.app().await, Caller::Anonymous, "test");
    let mut query = Query::select();
    query
        .column(Alias::new("id"))
        .from(Alias::new("agency"))
        .and_where(op.has(entity::agency::Column::Search, "Khoa học và Công nghệ"));
    let (explain, column, index) = match db.kind() {
        Kind::Sqlite => (
            format!("EXPLAIN QUERY PLAN {}", query.to_string(SqliteQueryBuilder)),
            "detail",
            "agency_search VIRTUAL TABLE INDEX",
        ),
        Kind::Postgres => (
            format!("EXPLAIN {}", query.to_string(PostgresQueryBuilder)),
            "QUERY PLAN",
            "Index Scan on ix_agency_search",
        ),
    };
    let rows = raw.query_all_raw(Statement::from_string(raw.get_database_backend(), explain)).await.expect("a plan");
    let plan: Vec<String> = rows.iter().map(|row| row.try_get("", column).expect("a line of the plan")).collect();
    assert!(plan.iter().any(|line| line.contains(index)), "{plan:#?}");
    raw.close().await.expect("the connection closes");
    let found = hits(&db, r#"text: "cong ty so 12345""#).await;
    assert_eq!(found, vec![(1.0, "x12345".to_owned())]);
}
