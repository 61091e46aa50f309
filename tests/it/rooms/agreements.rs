//! Agreements and grants: where they stand, and who sees them.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::people::{Asker, create, sign_in, somebody};
use crate::{
    harness::{SEEDED, TestDb, on_both},
    http,
};

on_both! { SEEDED =>
    an_agreement_tells_where_it_stands,
    agreements_are_found_by_status_body_and_day,
    agreements_are_seen_by_those_of_its_bodies,
}

/// Four agreements between bodies of Phú Thọ and of the centre, one in each status on 2026-01-15, each with a grant for a client.
pub async fn agree(db: &TestDb, client: &str) {
    let agency = |code: &str| format!("(SELECT id FROM agency WHERE code = '{code}')");
    for (number, from, to, activated, revoked) in [
        ("1/TT", "2026-01-01", "NULL", "'2025-12-20 00:00:00+00:00'", "NULL"),
        ("2/TT", "2026-02-01", "NULL", "'2025-12-20 00:00:00+00:00'", "NULL"),
        ("3/TT", "2025-01-01", "'2026-01-14'", "'2024-12-20 00:00:00+00:00'", "NULL"),
        ("4/TT", "2025-01-01", "NULL", "'2024-12-20 00:00:00+00:00'", "'2025-06-01 00:00:00+00:00'"),
        ("5/TT", "2025-01-01", "NULL", "NULL", "NULL"),
    ] {
        db.execute(&format!(
            "INSERT INTO agreement (number, provider_id, consumer_id, purpose, valid_from, valid_to, activated_at, revoked_at, version) \
             VALUES ('{number}', {}, {}, 'dùng chung', '{from}', {to}, {activated}, {revoked}, 1)",
            agency("pt-ubnd"),
            agency("hy-ubnd")
        ))
        .await;
        let id = format!("(SELECT id FROM agreement WHERE number = '{number}')");
        db.execute(&format!(
            "INSERT INTO agreement_basis (agreement_id, document_id) SELECT {id}, id FROM legal_document WHERE code = '278-2025-nd-cp'"
        ))
        .await;
        db.execute(&format!(
            "INSERT INTO access_grant (agreement_id, client_id, purpose, valid_from, valid_to) \
             SELECT {id}, id, 'đọc', '2026-01-01 00:00:00+00:00', '2026-01-15 12:00:00+00:00' FROM api_client WHERE client_id = '{client}'"
        ))
        .await;
    }
    db.execute("INSERT INTO grant_indicator (grant_id, indicator_id) SELECT g.id, i.id FROM access_grant g, indicator i WHERE i.code = 'dti_rank'").await;
    db.execute(
        "INSERT INTO grant_area (grant_id, unit_id) SELECT g.id, u.id FROM access_grant g, unit u WHERE u.code = '46'",
    )
    .await;
    db.execute("UPDATE data_link SET agreement_id = (SELECT id FROM agreement WHERE number = '1/TT') WHERE code = 'pt-lgsp--vn-ndxp'").await;
}

/// A client, and itself asking.
pub async fn client(admin: &Asker) -> (String, Asker) {
    let made = admin.ask(r#"mutation { createApiClient(input: { name: "Sở", scopes: [] }) { clientSecret apiClient { clientId } } }"#).await;
    let made = made["createApiClient"].clone();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let (id, secret) = (text(&made["apiClient"]["clientId"]), text(&made["clientSecret"]));
    let token = http::token(&admin.service, &id, &secret, "").await.json();
    (id, admin.with(&text(&token["access_token"])))
}

async fn an_agreement_tells_where_it_stands(db: TestDb) {
    let admin = somebody(&db, "chief", &[Role::Admin], None).await;
    agree(&db, &client(&admin).await.0).await;
    let query = "{ agreements { nodes { number status provider { code } consumer { code } purpose legalBasis { code } validFrom validTo version grants { nodes { status purpose client { name } indicators { code } areas { fullName } agreement { number } } } } } dataLink(code: \"pt-lgsp--vn-ndxp\") { agreement { number } } }";
    let answer = admin.ask(query).await;
    let statuses: Vec<&Value> =
        answer["agreements"]["nodes"].as_array().expect("agreements").iter().map(|a| &a["status"]).collect();
    assert_eq!(statuses, ["ACTIVE", "PENDING", "EXPIRED", "REVOKED", "PENDING"]);
    let first = &answer["agreements"]["nodes"][0];
    assert_eq!((&first["provider"]["code"], &first["consumer"]["code"]), (&json!("pt-ubnd"), &json!("hy-ubnd")));
    assert_eq!(first["legalBasis"], json!([{ "code": "278-2025-nd-cp" }]));
    // A city whose type changed is told once, as it is now.
    let grant = json!({
        "status": "EXPIRED", "purpose": "đọc", "client": { "name": "Sở" }, "indicators": [{ "code": "dti_rank" }],
        "areas": [{ "fullName": "Thành phố Huế" }], "agreement": { "number": "1/TT" },
    });
    assert_eq!(first["grants"]["nodes"], json!([grant]));
    assert_eq!(answer["dataLink"]["agreement"]["number"], "1/TT");
}

async fn agreements_are_found_by_status_body_and_day(db: TestDb) {
    let admin = somebody(&db, "chief", &[Role::Admin], None).await;
    agree(&db, &client(&admin).await.0).await;
    for (filter, found) in [
        ("statuses: [PENDING]", vec!["2/TT", "5/TT"]),
        ("statuses: [ACTIVE, REVOKED]", vec!["1/TT", "4/TT"]),
        ("statuses: [EXPIRED]", vec!["3/TT"]),
        ("statuses: []", vec![]),
        (r#"agencies: ["hy-ubnd"], statuses: [ACTIVE]"#, vec!["1/TT"]),
        (r#"agencies: ["qn-ubnd"]"#, vec![]),
        (r#"on: "2025-06-01""#, vec!["3/TT", "4/TT", "5/TT"]),
        (r#"on: "2026-02-01""#, vec!["1/TT", "2/TT", "4/TT", "5/TT"]),
    ] {
        let answer = admin.ask(&format!("{{ agreements(filter: {{ {filter} }}) {{ nodes {{ number }} }} }}")).await;
        let numbers: Vec<&str> = answer["agreements"]["nodes"]
            .as_array()
            .expect("agreements")
            .iter()
            .filter_map(|a| a["number"].as_str())
            .collect();
        assert_eq!(numbers, found, "{filter}");
    }
}

async fn agreements_are_seen_by_those_of_its_bodies(db: TestDb) {
    let admin = somebody(&db, "chief", &[Role::Admin], None).await;
    let (client_id, system) = client(&admin).await;
    agree(&db, &client_id).await;
    let stranger = Asker::stranger(db.app().await);
    let query = "{ agreements { totalCount nodes { grants { totalCount } } } }";
    let mut seen = vec![("stranger", stranger.clone(), 0, 0), ("client", system, 5, 5), ("admin", admin, 5, 5)];
    for (name, role, area, agreements, grants) in [
        ("viewer", Role::Viewer, "25", 5, 0),
        ("consumer", Role::Viewer, "33", 5, 0),
        ("elsewhere", Role::Registrar, "22", 0, 0),
        ("registrar", Role::Registrar, "25", 5, 5),
        ("officer", Role::SecurityOfficer, "VN", 5, 5),
    ] {
        create(&db.app().await, name, &[role], Some(area)).await;
        seen.push((name, sign_in(&stranger, name).await, agreements, grants));
    }
    for (name, asker, agreements, grants) in seen {
        let answer = asker.ask(query).await["agreements"].clone();
        assert_eq!(answer["totalCount"], agreements, "{name}");
        let of_each = answer["nodes"]
            .as_array()
            .expect("agreements")
            .iter()
            .map(|a| a["grants"]["totalCount"].as_i64().expect("a number"));
        assert_eq!(of_each.sum::<i64>(), grants, "{name}");
    }
}
