//! The scopes of a client hold in the area of its agency.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::super::{
    granting::{System, admin},
    people::{Asker, somebody},
};
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED =>
    a_client_reads_details_of_the_links_of_its_agencys_area_only,
    a_client_says_where_its_scopes_hold,
    a_client_records_figures_of_its_agencys_area_only,
    a_client_for_the_country_is_made_by_an_administrator_of_the_country,
    an_administrator_of_a_province_gives_nobody_more_than_that_province,
}

/// An administrator of Phú Thọ.
async fn chief(db: &TestDb) -> Asker {
    somebody(db, "chief-25", &[Role::Admin], Some("25")).await
}

/// A national agency, which lies in the whole country, and one that lies nowhere.
async fn national(db: &TestDb) {
    let country = somebody(db, "binh", &[Role::Registrar], Some("VN")).await;
    for (code, area) in [("vn-bo", r#", area: "VN""#), ("vn-hang", "")] {
        let query = format!(
            r#"mutation {{ createAgency(input: {{ code: "{code}", nameVi: "Bộ", kind: MINISTRY {area} }}) {{ agency {{ id }} }} }}"#
        );
        country.ask(&query).await;
    }
}

/// The codes of the links of which somebody is told the purpose, on every path.
async fn detailed(asker: &Asker) -> [Vec<String>; 4] {
    let query = r#"{
        a: dataLinks(first: 200) { nodes { code purpose } }
        b: informationSystems(first: 200) { nodes { links { nodes { code purpose } } } }
        c: dataLinks(first: 200, filter: { expiringWithinDays: 30 }) { nodes { code } }
        d: dataLinks(first: 200) { nodes { code history { nodes { to } } } }
    }"#;
    let answer = asker.ask(query).await;
    let told = |nodes: &Value, with: &dyn Fn(&Value) -> bool| -> Vec<String> {
        let nodes = nodes.as_array().expect("nodes").iter().filter(|link| with(link));
        let mut codes: Vec<_> = nodes.map(|link| link["code"].as_str().expect("a code").to_owned()).collect();
        codes.sort();
        codes.dedup();
        codes
    };
    let purpose = |link: &Value| link["purpose"] == "bí mật";
    let systems: Value = answer["b"]["nodes"]
        .as_array()
        .expect("systems")
        .iter()
        .flat_map(|system| system["links"]["nodes"].as_array().expect("links").clone())
        .collect();
    [
        told(&answer["a"]["nodes"], &purpose),
        told(&systems, &purpose),
        told(&answer["c"]["nodes"], &|_| true),
        told(&answer["d"]["nodes"], &|link| !link["history"]["nodes"].as_array().expect("steps").is_empty()),
    ]
}

async fn a_client_reads_details_of_the_links_of_its_agencys_area_only(db: TestDb) {
    national(&db).await;
    let (chief, root) = (chief(&db).await, admin(&db).await);
    db.execute("UPDATE data_link SET purpose = 'bí mật', expires_on = '2026-02-01'").await;
    db.execute(
        "INSERT INTO link_transition (link_id, from_status, to_status, at, by) SELECT id, NULL, status, '2026-01-01 00:00:00+00:00', 'test' FROM data_link",
    )
    .await;
    let scopes = &["link:read"];
    let own = System::of(&chief, Some("pt-skhcn"), scopes).await.asks(&db).await;
    let all = detailed(&root).await[0].clone();
    let ours: Vec<String> = all.iter().filter(|code| code.contains("pt-") || code.contains("vp-")).cloned().collect();
    assert!(!ours.is_empty() && ours.len() < all.len(), "{all:?}");
    assert_eq!(detailed(&own).await, [&ours, &ours, &ours, &ours].map(Clone::clone));
    for agency in [Some("vn-bo"), Some("vn-hang"), None] {
        let whole = System::of(&root, agency, scopes).await.asks(&db).await;
        assert_eq!(detailed(&whole).await, [&all, &all, &all, &all].map(Clone::clone), "{agency:?}");
    }
    let nothing = System::of(&root, None, &["changes:read"]).await.asks(&db).await;
    assert_eq!(detailed(&nothing).await, [const { Vec::<String>::new() }; 4]);
}

async fn a_client_says_where_its_scopes_hold(db: TestDb) {
    national(&db).await;
    let root = admin(&db).await;
    for (agency, area) in [
        (Some("pt-skhcn"), json!({ "code": "25", "validTo": null })),
        // Where it is no more: what came of it is not its.
        (Some("vp-stttt"), json!({ "code": "26", "validTo": "2025-06-30" })),
        (Some("vn-bo"), Value::Null),
        (Some("vn-hang"), Value::Null),
        (None, Value::Null),
    ] {
        for scopes in [&["link:read"][..], &["observation:write", "exchange:report"], &[]] {
            let client = System::of(&root, agency, scopes).await.asks(&db).await;
            let viewer = client.ask("{ viewer { kind area { code validTo } } }").await;
            assert_eq!(viewer["viewer"], json!({ "kind": "CLIENT", "area": area }), "{agency:?} {scopes:?}");
        }
    }
}

async fn a_client_records_figures_of_its_agencys_area_only(db: TestDb) {
    national(&db).await;
    let root = admin(&db).await;
    let record = |area: &str, dimension: &str| {
        format!(
            r#"mutation {{ recordObservation(input: {{ indicator: "bts_count", area: "{area}", period: "2025", dimension: "{dimension}", value: 50, source: {{ title: "Báo cáo" }} }}) {{ observation {{ state }} }} }}"#
        )
    };
    let scopes = &["observation:write"];
    for (agency, here, there) in [
        (Some("pt-skhcn"), true, false),
        (Some("qn-skhcn"), false, true),
        (Some("vn-bo"), true, true),
        (None, true, true),
    ] {
        let client = System::of(&root, agency, scopes).await.asks(&db).await;
        for (area, may) in [("25", here), ("22", there)] {
            let query = record(area, agency.unwrap_or("nobody"));
            match may {
                true => assert_eq!(client.ask(&query).await["recordObservation"]["observation"]["state"], "DRAFT"),
                false => assert_eq!(client.refused(&query).await.0, "FORBIDDEN", "{agency:?} {area}"),
            }
        }
    }
}

fn create(agency: &str) -> String {
    format!(
        r#"mutation {{ createApiClient(input: {{ name: "Sở", {agency} scopes: ["link:read"] }}) {{ clientSecret apiClient {{ id version }} }} }}"#
    )
}

async fn a_client_for_the_country_is_made_by_an_administrator_of_the_country(db: TestDb) {
    national(&db).await;
    let (chief, root) = (chief(&db).await, admin(&db).await);
    for agency in ["", r#"agency: "vn-bo","#, r#"agency: "vn-hang","#, r#"agency: "qn-skhcn","#] {
        assert_eq!(chief.refused(&create(agency)).await.0, "FORBIDDEN", "{agency}");
        let made = root.ask(&create(agency)).await["createApiClient"]["apiClient"].clone();
        let id = &made["id"];
        // Nor is its secret given to somebody of a province, who cannot see it.
        let rotate = format!("mutation {{ rotateClientSecret(input: {{ id: {id} }}) {{ clientSecret }} }}");
        assert_eq!(chief.refused(&rotate).await.0, "NOT_FOUND", "{agency}");
        let revoke =
            format!(r#"mutation {{ revokeApiClient(input: {{ id: {id}, reason: "x" }}) {{ apiClient {{ id }} }} }}"#);
        assert_eq!(chief.refused(&revoke).await.0, "NOT_FOUND", "{agency}");
    }
    for agency in [r#"agency: "pt-skhcn","#, r#"agency: "vp-stttt","#] {
        chief.ask(&create(agency)).await;
    }
}

async fn an_administrator_of_a_province_gives_nobody_more_than_that_province(db: TestDb) {
    let (chief, root) = (chief(&db).await, admin(&db).await);
    let user = |name: &str, rest: &str| {
        format!(
            r#"mutation {{ createUser(input: {{ username: "{name}", displayName: "x", password: "mua xuan tren dinh nui", {rest} }}) {{ user {{ id version }} }} }}"#
        )
    };
    for (n, rest) in [
        "roles: [ADMIN]",
        "roles: [SECURITY_OFFICER]",
        r#"roles: [VIEWER], area: "VN""#,
        r#"roles: [VIEWER], area: "22""#,
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(chief.refused(&user(&format!("user-{n}"), rest)).await.0, "FORBIDDEN", "{rest}");
    }
    let made = chief.ask(&user("lan", r#"roles: [REGISTRAR], area: "25""#)).await["createUser"]["user"].clone();
    for (n, rest) in [r#"area: "VN""#, r#"area: "22""#, r#"roles: [ADMIN], area: "VN""#].into_iter().enumerate() {
        let (id, version) = (&made["id"], &made["version"]);
        let query =
            format!("mutation {{ updateUser(input: {{ id: {id}, version: {version}, {rest} }}) {{ user {{ id }} }} }}");
        assert_eq!(chief.refused(&query).await.0, "FORBIDDEN", "{rest}");
        // Nor does anybody of another province, or of the whole country, become theirs.
        let other = root.ask(&user(&format!("of-22-{n}"), r#"roles: [VIEWER], area: "22""#)).await;
        let other = &other["createUser"]["user"];
        let (id, version) = (&other["id"], &other["version"]);
        let query = format!(
            r#"mutation {{ updateUser(input: {{ id: {id}, version: {version}, area: "25" }}) {{ user {{ id }} }} }}"#
        );
        assert_eq!(chief.refused(&query).await.0, "NOT_FOUND", "{rest}");
    }
}
