//! Figures: what the sources say, as they say it.

use lienthong::kernel::limits::{Limit, Limits};
use serde_json::json;

use super::{ask, people::Asker};
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    a_figure_keeps_its_qualifier_its_text_and_its_source,
    a_national_figure_in_a_provincial_sentence_belongs_to_the_country,
    a_ratio_that_disagrees_with_its_fraction_is_found_and_kept,
    a_rank_has_its_base,
    the_area_of_a_figure_is_the_unit_of_its_period,
    what_predecessors_had_shows_under_the_successor,
    the_latest_of_each_is_chosen_after_all_other_filters,
    what_was_not_yet_recorded_is_not_answered_as_of_then,
    figures_are_ordered_by_value_with_nulls_last,
    shortcomings_are_told_with_who_says_them,
    a_stranger_is_told_nothing_but_published_and_open_figures,
    texts_that_rows_are_found_by_are_taken_as_they_are,
    an_answer_that_grows_beyond_what_could_be_told_before_is_cut,
}

async fn a_figure_keeps_its_qualifier_its_text_and_its_source(db: TestDb) {
    let query = r#"{ observations(filter: { indicators: ["mobile_phone_subs_count"], areas: ["33"] }) { nodes { value qualifier text period periodInferred asOfText status state sharing revision source { quote } } } }"#;
    assert_eq!(
        ask(&db, query).await["observations"]["nodes"],
        json!([{
            "value": 1_550_000.0, "qualifier": "ABOUT", "text": "khoảng 1,55 triệu thuê bao",
            "period": "2023", "periodInferred": true, "asOfText": "Đến nay", "status": "OFFICIAL",
            "state": "PUBLISHED", "sharing": "OPEN", "revision": 1,
            "source": { "quote": "Đến nay, toàn tỉnh có khoảng 1,55 triệu thuê bao điện thoại di động" },
        }])
    );
}

async fn a_national_figure_in_a_provincial_sentence_belongs_to_the_country(db: TestDb) {
    let query = r#"{ observations(filter: { indicators: ["mobile_broadband_subs_per_100"], areas: ["22", "VN"] }, orderBy: { field: VALUE, direction: DESC }) { nodes { area { code } value qualifier } } }"#;
    assert_eq!(
        ask(&db, query).await["observations"]["nodes"],
        json!([
            { "area": { "code": "22" }, "value": 88.9, "qualifier": "EXACT" },
            { "area": { "code": "VN" }, "value": 85.0, "qualifier": "UNDER" },
        ])
    );
}

async fn a_ratio_that_disagrees_with_its_fraction_is_found_and_kept(db: TestDb) {
    let query = r#"{ observations(filter: { hasFindings: true }) { nodes { value numerator denominator findings { code severity vi: message en: message(locale: EN) } } } without: observations(filter: { hasFindings: false, indicators: ["village_mobile_coverage_pct"], areas: ["25"] }) { totalCount } }"#;
    let answer = ask(&db, query).await;
    assert_eq!(
        answer["observations"]["nodes"],
        json!([{
            "value": 99.5, "numerator": 2512.0, "denominator": 2526.0,
            "findings": [{
                "code": "RATIO_MISMATCH", "severity": "WARNING",
                "vi": "Nguồn in 99,5, tính từ 2.512/2.526 được 99,446.",
                "en": "The source prints 99.5; 2,512/2,526 makes 99.446.",
            }],
        }])
    );
    assert_eq!(answer["without"]["totalCount"], 0);
}

async fn a_rank_has_its_base(db: TestDb) {
    let query = r#"{ indicator(code: "dti_rank") { direction mergeRule observations(filter: { areas: ["25"], periodTo: "2021" }) { nodes { value rankOf period text } } } }"#;
    assert_eq!(
        ask(&db, query).await["indicator"],
        json!({
            "direction": "LOWER_BETTER", "mergeRule": "NONE",
            "observations": { "nodes": [{ "value": 18.0, "rankOf": 63, "period": "2021", "text": "18/63" }] },
        })
    );
}

async fn the_area_of_a_figure_is_the_unit_of_its_period(db: TestDb) {
    let query = r#"{ observations(filter: { areas: ["25"], indicators: ["dti_rank"] }) { nodes { area { fullName validTo } } } today: observations(filter: { areas: ["25"], on: "2026-01-15" }) { totalCount } then: observations(filter: { areas: ["25"], on: "2022-12-31" }, first: 1) { totalCount } }"#;
    let answer = ask(&db, query).await;
    assert_eq!(
        answer["observations"]["nodes"],
        json!([{ "area": { "fullName": "Tỉnh Phú Thọ", "validTo": "2025-06-30" } }])
    );
    assert_eq!(answer["today"]["totalCount"], 0, "the new Phú Thọ has no figure of its own");
    assert_eq!(answer["then"]["totalCount"], 13);
}

async fn what_predecessors_had_shows_under_the_successor(db: TestDb) {
    let query = r#"{ province(code: "25") { all: observations(first: 200) { totalCount nodes { area { code } } } own: observations(includePredecessors: false) { totalCount } plans { nodes { code } } agencies(first: 200) { totalCount } } }"#;
    let answer = ask(&db, query).await;
    let province = &answer["province"];
    assert_eq!(province["own"]["totalCount"], 0);
    let areas: std::collections::BTreeSet<&str> =
        province["all"]["nodes"].as_array().expect("nodes").iter().filter_map(|n| n["area"]["code"].as_str()).collect();
    assert_eq!(areas.into_iter().collect::<Vec<_>>(), ["25", "26"], "Hoà Bình has none");
    assert_eq!(province["all"]["totalCount"], province["all"]["nodes"].as_array().map(Vec::len).expect("nodes"));
    let plans: Vec<&str> =
        province["plans"]["nodes"].as_array().expect("nodes").iter().filter_map(|n| n["code"].as_str()).collect();
    assert_eq!(plans, ["pt-3927", "pt-qhhtvt", "pt-qht", "pt-dacqdt", "vp-qht"]);
}

async fn the_latest_of_each_is_chosen_after_all_other_filters(db: TestDb) {
    db.execute(
        "INSERT INTO observation (indicator_id, area_id, period, period_start, period_end, period_inferred, value, \
         qualifier, dimension, methodology_version, status, state, sharing, source_id, revision, recorded_at, \
         published_at, version) SELECT indicator_id, area_id, '2020', '2020-01-01', '2020-12-31', period_inferred, \
         27, qualifier, dimension, methodology_version, status, state, sharing, source_id, 1, recorded_at, \
         published_at, 1 FROM observation WHERE period = '2021' AND rank_of = 63",
    )
    .await;
    let query = r#"{ all: observations(filter: { indicators: ["dti_rank"], areas: ["25"] }) { totalCount } latest: observations(filter: { indicators: ["dti_rank"], areas: ["25"], latest: true }) { nodes { period } } early: observations(filter: { indicators: ["dti_rank"], areas: ["25"], latest: true, periodTo: "2020" }) { nodes { period value } } }"#;
    assert_eq!(
        ask(&db, query).await,
        json!({
            "all": { "totalCount": 2 },
            "latest": { "nodes": [{ "period": "2021" }] },
            "early": { "nodes": [{ "period": "2020", "value": 27.0 }] },
        })
    );
}

async fn what_was_not_yet_recorded_is_not_answered_as_of_then(db: TestDb) {
    db.execute("UPDATE observation SET published_at = '2026-01-15T12:00:00+00:00'").await;
    let query = r#"{ before: observations(asOf: "2026-01-15T11:59:59Z") { totalCount } then: observations(asOf: "2026-01-15T12:00:00Z", first: 1) { totalCount } now: observations(first: 1) { totalCount } }"#;
    let answer = ask(&db, query).await;
    assert_eq!(answer["before"]["totalCount"], 0);
    assert_eq!(answer["then"], answer["now"]);
}

async fn figures_are_ordered_by_value_with_nulls_last(db: TestDb) {
    db.execute("UPDATE observation SET value = NULL WHERE rank_of = 63").await;
    for (direction, null_at) in [("ASC", 12), ("DESC", 12)] {
        let query = format!(
            r#"{{ observations(filter: {{ areas: ["25"] }}, orderBy: {{ field: VALUE, direction: {direction} }}) {{ nodes {{ value }} }} }}"#
        );
        let answer = ask(&db, &query).await;
        let values: Vec<Option<f64>> =
            answer["observations"]["nodes"].as_array().expect("nodes").iter().map(|n| n["value"].as_f64()).collect();
        assert_eq!(values.iter().position(Option::is_none), Some(null_at), "{values:?}");
        let mut sorted: Vec<f64> = values.iter().flatten().copied().collect();
        sorted.sort_by(f64::total_cmp);
        if direction == "DESC" {
            sorted.reverse();
        }
        assert_eq!(values.iter().flatten().copied().collect::<Vec<_>>(), sorted);
    }
}

async fn shortcomings_are_told_with_who_says_them(db: TestDb) {
    let query =
        r#"{ province(code: "22") { shortcomings { totalCount nodes { area { name } source { statedBy quote } } } } }"#;
    let answer = ask(&db, query).await;
    let shortcomings = &answer["province"]["shortcomings"];
    assert_eq!(shortcomings["totalCount"], 6);
    for shortcoming in shortcomings["nodes"].as_array().expect("nodes") {
        assert_eq!(shortcoming["area"]["name"], "Quảng Ninh");
        assert!(shortcoming["source"]["statedBy"].as_str().is_some_and(|by| by.contains("Nguyễn Trung Tiến")));
    }
}

async fn a_stranger_is_told_nothing_but_published_and_open_figures(db: TestDb) {
    let find = r#"{ observations(filter: { indicators: ["dti_rank"], areas: ["25"] }) { nodes { id } } }"#;
    let id = ask(&db, find).await["observations"]["nodes"][0]["id"].as_str().expect("an id").to_owned();
    for change in [
        "UPDATE observation SET sharing = 'SHARED' WHERE rank_of = 63",
        "UPDATE observation SET sharing = 'PRIVATE' WHERE rank_of = 63",
        "UPDATE observation SET sharing = 'OPEN', state = 'DRAFT', published_at = NULL WHERE rank_of = 63",
    ] {
        db.execute(change).await;
        let query = format!(
            r#"{{ node(id: "{id}") {{ id }} nodes(ids: ["{id}"]) {{ id }} observations(filter: {{ indicators: ["dti_rank"], areas: ["25"] }}) {{ totalCount nodes {{ id }} }} indicator(code: "dti_rank") {{ observations(filter: {{ areas: ["25"], states: [DRAFT, PUBLISHED], sharing: [SHARED, PRIVATE, OPEN] }}) {{ totalCount nodes {{ id }} }} }} province(code: "25") {{ observations(filter: {{ indicators: ["dti_rank"], latest: true }}) {{ totalCount nodes {{ id }} }} }} }}"#
        );
        let none = json!({ "totalCount": 0, "nodes": [] });
        assert_eq!(
            ask(&db, &query).await,
            json!({
                "node": null, "nodes": [null], "observations": none,
                "indicator": { "observations": none }, "province": { "observations": none },
            }),
            "{change}"
        );
    }
}

async fn an_answer_that_grows_beyond_what_could_be_told_before_is_cut(db: TestDb) {
    // Lists without pages, one below the other: 21 figures each time.
    let deep = "latest { area { latest { area { latest { area { latest { area { id } } } } } } } }";
    let query = format!(r#"{{ province(code: "33") {{ {deep} }} code: province(code: "33") {{ code }} }}"#);
    // However long it takes until it is cut.
    let limits = Limits::default().with(Limit::Nodes, 50_000).with(Limit::DeadlineSeconds, 300);
    let answer = Asker::stranger(db.app_with(limits).await).send(&query).await.json();
    // What is answered after it was cut has no room left.
    let errors = answer["errors"].as_array().expect("errors");
    assert!(errors.iter().all(|error| error["extensions"]["code"] == "QUERY_TOO_COMPLEX"), "{errors:?}");
    assert_eq!(answer["data"]["province"], json!(null));
    assert!(answer.to_string().len() < 1_000_000, "nothing of it is kept");
}

/// Lists of texts are handed to PostgreSQL as arrays, in which quotes, braces, commas and NULL mean something.
async fn texts_that_rows_are_found_by_are_taken_as_they_are(db: TestDb) {
    let dimensions = ["a\"b", "c\\d", "{e,f}", "NULL", "g,h", "i'j", "\\\"k"];
    let columns = db.columns("observation").await;
    for dimension in dimensions {
        let literal = format!("'{}'", dimension.replace('\'', "''"));
        let copied = columns.iter().map(|name| if name == "dimension" { &literal } else { name });
        let (names, copied) = (columns.join(", "), copied.cloned().collect::<Vec<_>>().join(", "));
        let first = "(SELECT MIN(id) FROM observation)";
        db.execute(&format!("INSERT INTO observation ({names}) SELECT {copied} FROM observation WHERE id = {first}"))
            .await;
    }
    let stranger = Asker::stranger(db.app().await);
    let query = "query ($of: [String!]) { observations(filter: { dimensions: $of }) { nodes { dimension } } \
                 latest: observations(filter: { dimensions: $of, latest: true }) { totalCount } }";
    let asked = async |of: &[&str]| {
        let answer = stranger.post(&json!({ "query": query, "variables": { "of": of } })).await.json()["data"].clone();
        let nodes = answer["observations"]["nodes"].as_array().expect("a list").clone();
        let told: Vec<String> = nodes.iter().map(|n| n["dimension"].as_str().expect("a text").to_owned()).collect();
        assert_eq!(answer["latest"]["totalCount"], told.len(), "each is the newest of a series of its own");
        told
    };
    for dimension in dimensions {
        assert_eq!(asked(&[dimension]).await, [dimension]);
    }
    assert_eq!(asked(&dimensions).await, dimensions);
    assert!(asked(&["a", "b", "e", "f", "null", "g", "h", "k"]).await.is_empty());
}
