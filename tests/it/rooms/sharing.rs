//! Systems and the data links between them.

use serde_json::json;

use super::ask;
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    the_links_of_an_lgsp_are_told_as_their_source_tells_them,
    an_article_that_states_no_ndxp_link_gets_none,
    a_link_is_found_from_both_of_its_systems,
    hosting_and_transport_are_relations_in_either_direction,
    a_province_has_the_links_of_its_systems_and_of_its_predecessors,
    nothing_is_made_up_of_health_and_statistics,
    the_details_of_a_link_are_not_told_to_strangers,
    systems_are_found_by_kind_scope_and_text,
}

async fn the_links_of_an_lgsp_are_told_as_their_source_tells_them(db: TestDb) {
    let query = r#"{ dataLink(code: "qn-lgsp--vn-ndxp") { intermediary status environment direction method via { code } source { code acronym } target { acronym scope area { code } } legalBasis { code } expiresOn daysLeft evidence { quote } history { totalCount } } }"#;
    assert_eq!(
        ask(&db, query).await["dataLink"],
        json!({
            "intermediary": "NDXP", "status": "ACTIVE", "environment": "PRODUCTION", "direction": "NOT_STATED",
            "method": null, "via": { "code": "qn-wan" }, "source": { "code": "qn-lgsp", "acronym": "LGSP" },
            "target": { "acronym": "NDXP", "scope": "NATIONAL", "area": { "code": "VN" } }, "legalBasis": [],
            "expiresOn": null, "daysLeft": null,
            "evidence": { "quote": "Mạng WAN nội tỉnh hiện cung cấp kết nối từ trục tích hợp, chia sẻ dữ liệu cấp tỉnh (LGSP) đến trục tích hợp, chia sẻ dữ liệu quốc gia (NDXP)" },
            "history": { "totalCount": 0 },
        })
    );
}

async fn an_article_that_states_no_ndxp_link_gets_none(db: TestDb) {
    let query = r#"{ dataLinks(filter: { systems: ["vn-ndxp"] }) { nodes { source { code } intermediary } } }"#;
    assert_eq!(
        ask(&db, query).await["dataLinks"]["nodes"],
        json!([
            { "source": { "code": "qn-lgsp" }, "intermediary": "NDXP" },
            { "source": { "code": "pt-lgsp" }, "intermediary": "NDXP" },
        ])
    );
}

async fn a_link_is_found_from_both_of_its_systems(db: TestDb) {
    let query = r#"{ from: informationSystem(code: "pt-lgsp") { links { nodes { code } } } to: informationSystem(code: "vn-ndxp") { links(first: 1) { totalCount } } }"#;
    let answer = ask(&db, query).await;
    let codes: Vec<&str> =
        answer["from"]["links"]["nodes"].as_array().expect("nodes").iter().filter_map(|n| n["code"].as_str()).collect();
    assert_eq!(codes, ["pt-lgsp--pt-internal", "pt-lgsp--vn-ndxp"]);
    assert_eq!(answer["to"]["links"]["totalCount"], 2);
}

async fn hosting_and_transport_are_relations_in_either_direction(db: TestDb) {
    let query = r#"{ wan: informationSystem(code: "qn-wan") { relations { kind from { code } to { code } } } mail: informationSystem(code: "qn-mail") { relations { kind from { code } to { code } evidence { quote } } } }"#;
    let answer = ask(&db, query).await;
    let carried = json!({ "kind": "TRANSPORTS", "from": { "code": "qn-wan" }, "to": { "code": "qn-mail" } });
    assert!(answer["wan"]["relations"].as_array().expect("a list").contains(&carried), "{answer}");
    assert_eq!(answer["mail"]["relations"][0]["from"]["code"], "qn-wan");
    assert!(answer["mail"]["relations"][0]["evidence"]["quote"].is_string());
}

async fn a_province_has_the_links_of_its_systems_and_of_its_predecessors(db: TestDb) {
    let query = r#"{ new: province(code: "25") { dataLinks(first: 200) { totalCount } own: dataLinks(includePredecessors: false) { totalCount } informationSystems { totalCount } } old: province(code: "25", on: "2025-06-30") { dataLinks { totalCount } } vp: province(code: "26", on: "2025-06-30") { dataLinks { totalCount } } }"#;
    let answer = ask(&db, query).await;
    let count = |of: &str| answer[of]["dataLinks"]["totalCount"].as_i64().expect("a number");
    assert_eq!((count("old"), count("vp")), (3, 10));
    assert_eq!(count("new"), 13);
    assert_eq!(answer["new"]["own"]["totalCount"], 0);
}

async fn nothing_is_made_up_of_health_and_statistics(db: TestDb) {
    let query = r#"{ dataLinks(filter: { health: [UNKNOWN] }, first: 1) { totalCount nodes { health { state checkedAt latencyMs consecutiveFailures uptime(days: 7) message } statistics(from: "2026-01-01T00:00:00Z", to: "2026-01-15T00:00:00Z") { start } } } up: dataLinks(filter: { health: [UP] }) { totalCount } all: dataLinks { totalCount } }"#;
    let answer = ask(&db, query).await;
    assert_eq!(
        answer["dataLinks"]["nodes"],
        json!([{
            "health": { "state": "UNKNOWN", "checkedAt": null, "latencyMs": null, "consecutiveFailures": 0, "uptime": null, "message": null },
            "statistics": [],
        }])
    );
    assert_eq!(answer["dataLinks"]["totalCount"], answer["all"]["totalCount"]);
    assert_eq!(answer["up"]["totalCount"], 0);
}

async fn the_details_of_a_link_are_not_told_to_strangers(db: TestDb) {
    db.execute(
        "UPDATE data_link SET endpoint = 'https://lgsp.example/ndxp', expires_on = '2026-02-01', purpose = 'thanh tra', \
         method = 'QUERY', decision_reason = 'đủ điều kiện', decided_on = '2025-02-01'",
    )
    .await;
    db.execute(
        "INSERT INTO link_transition (link_id, to_status, at, by, reason) \
         SELECT id, 'ACTIVE', '2026-01-01T00:00:00+00:00', 'lan', 'xong' FROM data_link",
    )
    .await;
    let query = r#"{ dataLinks(first: 1, orderBy: { field: EXPIRES_ON, direction: DESC }) { nodes { code status endpoint method purpose decidedOn decisionReason expiresOn daysLeft history { totalCount nodes { by } } } } soon: dataLinks(filter: { expiringWithinDays: 17 }) { totalCount } found: dataLinks(filter: { text: "thanh tra" }) { totalCount } all: dataLinks(first: 200) { nodes { code } } }"#;
    let answer = ask(&db, query).await;
    assert_eq!(
        answer["dataLinks"]["nodes"],
        json!([{
            "code": answer["all"]["nodes"][0]["code"], "status": "ACTIVE", "endpoint": null, "method": null,
            "purpose": null, "decidedOn": null, "decisionReason": null, "expiresOn": null, "daysLeft": null,
            "history": { "totalCount": 0, "nodes": [] },
        }])
    );
    assert_eq!(
        [&answer["soon"]["totalCount"], &answer["found"]["totalCount"]],
        [0, 0],
        "filters tell no more than fields"
    );
}

async fn systems_are_found_by_kind_scope_and_text(db: TestDb) {
    for (filter, codes) in [
        (r#"kinds: [INTEGRATION_PLATFORM], areas: ["22", "25"]"#, vec!["qn-lgsp", "pt-lgsp"]),
        (r#"text: "ndxp""#, vec!["vn-ndxp"]),
        (r#"text: "cong du lieu mo", areas: ["25"]"#, vec!["pt-odp"]),
        (r#"kinds: [MAP], scopes: [NATIONAL]"#, vec!["vn-map"]),
    ] {
        let query = format!(r#"{{ informationSystems(filter: {{ {filter} }}) {{ nodes {{ code }} }} }}"#);
        let answer = ask(&db, &query).await;
        let found: Vec<&str> = answer["informationSystems"]["nodes"]
            .as_array()
            .expect("nodes")
            .iter()
            .filter_map(|n| n["code"].as_str())
            .collect();
        assert_eq!(found, codes, "{filter}");
    }
}
