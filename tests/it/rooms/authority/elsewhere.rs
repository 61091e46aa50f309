//! Every mutation of the schema, sent by every role of one province for the records of another: none of them is changed.

use std::collections::BTreeMap;

use entity::kinds::Role;
use sea_orm::{ActiveEnum, Iterable};
use serde_json::{Value, json};

use super::super::{
    granting::{System, activate, admin, create as agree, granted},
    people::{Asker, PASSWORD, somebody},
};
use crate::harness::{SEEDED, TestDb, on_both};

on_both! { SEEDED => no_role_of_one_province_changes_records_of_another }

/// Mutations of the caller's own account and session.
const OWN: [&str; 4] = ["login", "refresh", "logout", "changePassword"];

/// Sends a mutation; returns the id and the version of the record that it creates.
async fn made(asker: &Asker, mutation: &str, input: &str, record: &str) -> Value {
    let query = format!("mutation {{ {mutation}(input: {{ {input} }}) {{ {record} {{ id version }} }} }}");
    asker.ask(&query).await[mutation][record].clone()
}

/// For each mutation, an input that names records of Quảng Ninh (22).
async fn attempts(db: &TestDb) -> BTreeMap<&'static str, String> {
    let root = admin(db).await;
    let mai = somebody(db, "mai", &[Role::Registrar], Some("22")).await;
    let found = root
        .ask(
            r#"{ agency(code: "qn-skhcn") { id version } informationSystem(code: "qn-lgsp") { id version } dataLink(code: "qn-lgsp--vn-ndxp") { id version }
             plan(code: "qn-dacqdt") { id version } legalDocument(code: "278-2025-nd-cp") { id version } indicator(code: "bts_count") { id version }
             users(filter: { text: "mai" }) { nodes { id version } } }"#,
        )
        .await;
    let its = |record: &Value| format!("id: {}, version: {}", record["id"], record["version"]);
    let source = r#"source: { title: "x" }"#;
    let figure = format!(r#"indicator: "bts_count", area: "22", period: "2025", value: 5, {source}"#);
    let observation = its(&made(&root, "recordObservation", &figure, "observation").await);
    let plan = format!("plan: {}", found["plan"]["id"]);
    let target = its(&made(&root, "createPlanTarget", &format!(r#"{plan}, text: "x", {source}"#), "planTarget").await);
    let task = its(&made(&root, "createPlanTask", &format!(r#"{plan}, title: "x""#), "planTask").await);
    let decision = r#"code: "1-2026-qd-ubnd", number: "1/2026/QĐ-UBND", kind: "DECISION""#;
    let decision = its(&made(&mai, "createLegalDocument", decision, "legalDocument").await);
    let change = format!("change: {{ {}, verified: true }}, reason: \"x\"", its(&found["legalDocument"]));
    let proposal = its(&made(&mai, "proposeLegalDocument", &change, "proposal").await);
    let query = agree("1/TT", r#"validFrom: "2026-01-01""#).replace("pt-ubnd", "qn-ubnd");
    let agreement = mai.ask(&query).await["createAgreement"]["agreement"].clone();
    let agreement = mai.ask(&activate(&agreement, 1)).await["activateAgreement"]["agreement"].clone();
    let consumer = System::of(&root, Some("hy-ubnd"), &["observation:read"]).await;
    let grant = granted(&mai, &agreement, &consumer.id, &["dti_rank"], &["22"]).await;
    let (agreement, grant) = (its(&agreement), its(&grant));
    let client = r#"name: "Sở", agency: "qn-skhcn", scopes: ["link:read"]"#;
    let client = its(&made(&root, "createApiClient", client, "apiClient").await);
    let only_id = |its: &str| its.split(',').next().expect("an id").to_owned();
    let user = its(&found["users"]["nodes"][0]);
    let [agency, system, link, plan_itself, law, indicator] =
        ["agency", "informationSystem", "dataLink", "plan", "legalDocument", "indicator"].map(|of| its(&found[of]));
    let because = |its: &str| format!(r#"{its}, reason: "x""#);
    let seen = format!("observations: [{{ {observation} }}]");
    BTreeMap::from([
        ("createUser", format!(r#"username: "moi", displayName: "x", password: "{PASSWORD}", roles: [VIEWER], area: "22""#)),
        ("updateUser", format!(r#"{user}, displayName: "x", area: "25""#)),
        ("resetPassword", format!(r#"{}, newPassword: "{PASSWORD} hai""#, only_id(&user))),
        ("endSessions", because(&only_id(&user))),
        ("createApiClient", r#"name: "x", agency: "qn-skhcn", scopes: ["link:read"]"#.to_owned()),
        ("rotateClientSecret", only_id(&client)),
        ("revokeApiClient", because(&client)),
        ("createLegalDocument", r#"code: "x", number: "x", kind: "DECISION", issuingAgency: "qn-ubnd""#.to_owned()),
        ("updateLegalDocument", format!("{decision}, verified: true")),
        ("proposeLegalDocument", format!("change: {{ {law}, verified: true }}, reason: \"x\"")),
        ("acceptLegalDocumentProposal", proposal.clone()),
        ("rejectLegalDocumentProposal", because(&proposal)),
        ("createAgency", r#"code: "x", nameVi: "x", kind: OTHER, area: "22""#.to_owned()),
        ("updateAgency", format!(r#"{agency}, nameVi: "x", successors: ["pt-skhcn"]"#)),
        ("createIndicator", r#"code: "x", nameVi: "x", nameEn: "x", definitionVi: "x", definitionEn: "x", unit: "x", valueType: COUNT, direction: HIGHER_BETTER, mergeRule: SUM, topic: TELECOM"#.to_owned()),
        ("updateIndicator", format!(r#"{indicator}, nameVi: "x""#)),
        ("recordObservation", figure.replace("2025", "2024")),
        ("submitObservation", observation.clone()),
        ("publishObservation", observation.clone()),
        ("returnObservation", because(&observation)),
        ("withdrawObservation", because(&observation)),
        ("submitObservations", seen.clone()),
        ("publishObservations", seen.clone()),
        ("returnObservations", because(&seen)),
        ("importObservations", format!("rows: [{{ {} }}]", figure.replace("2025", "2024"))),
        ("createPlan", format!(r#"code: "x", title: "x", kind: PLAN, status: NOT_STATED, area: "22", {source}"#)),
        ("updatePlan", format!(r#"{plan_itself}, title: "x""#)),
        ("createPlanTarget", format!(r#"{plan}, text: "y", {source}"#)),
        ("updatePlanTarget", format!(r#"{target}, text: "y""#)),
        ("createPlanTask", format!(r#"{plan}, title: "y""#)),
        ("updatePlanTask", format!(r#"{task}, title: "y""#)),
        ("createInformationSystem", format!(r#"code: "x", nameVi: "x", kind: DATABASE, status: OPERATING, scope: PROVINCE, area: "22", {source}"#)),
        ("updateInformationSystem", format!(r#"{system}, operator: "pt-skhcn""#)),
        ("createDataLink", r#"code: "x", source: "qn-lgsp", target: "vn-ndxp", intermediary: NDXP, direction: ONE_WAY, environment: PRODUCTION"#.to_owned()),
        ("updateDataLink", format!(r#"{link}, purpose: "x""#)),
        ("transitionDataLink", format!(r#"{link}, to: SUSPENDED, reason: "x""#)),
        ("recordExchanges", r#"records: [{ link: "qn-lgsp--vn-ndxp", side: PROVIDER, messageId: "x", at: "2026-01-15T10:00:00Z", outcome: DENIED, durationMs: 5 }]"#.to_owned()),
        ("checkDataLink", only_id(&link)),
        ("createAgreement", r#"number: "x", provider: "qn-ubnd", consumer: "pt-ubnd", purpose: "x", legalBasis: ["278-2025-nd-cp"], validFrom: "2026-01-01""#.to_owned()),
        ("activateAgreement", agreement.clone()),
        ("updateAgreement", format!(r#"{agreement}, purpose: "x""#)),
        ("revokeAgreement", because(&agreement)),
        ("grantAccess", format!(r#"agreement: {}, client: "{}", indicators: ["dti_rank"], areas: ["22"], purpose: "x", validFrom: "2026-01-01T00:00:00Z", validTo: "2026-02-01T00:00:00Z""#, only_id(&agreement).replace("id: ", ""), consumer.id)),
        ("revokeAccess", because(&grant)),
    ])
}

/// The callers of Phú Thọ (25): one user per role, one with all roles, one API client with every scope.
async fn everybody(db: &TestDb) -> Vec<(String, Asker)> {
    let mut all = vec![];
    for role in Role::iter() {
        let name = role.to_value().to_lowercase().replace('_', "-");
        let asker = somebody(db, &name, &[role], Some("25")).await;
        all.push((format!("user:{name}"), asker));
    }
    let every: Vec<Role> = Role::iter().collect();
    all.push(("user:every-role".to_owned(), somebody(db, "every-role", &every, Some("25")).await));
    let scopes = ["observation:read", "observation:write", "exchange:report", "changes:read", "link:read"];
    let root = super::super::people::sign_in(&all[0].1, "root").await;
    let client = System::of(&root, Some("pt-skhcn"), &scopes).await;
    all.push((format!("client:{}", client.id), client.asks(db).await));
    all
}

async fn no_role_of_one_province_changes_records_of_another(db: TestDb) {
    let attempts = attempts(&db).await;
    let everybody = everybody(&db).await;
    let schema = everybody[0].1.ask("{ __schema { mutationType { fields { name type { ofType { kind } } } } } }").await
        ["__schema"]["mutationType"]["fields"]
        .clone();
    let mutations = schema.as_array().expect("fields").iter();
    let (mut tried, mut wrong) = (0, vec![]);
    for field in mutations.filter(|field| !OWN.iter().any(|own| field["name"] == *own)) {
        let name = field["name"].as_str().expect("a name");
        let input = attempts.get(name).unwrap_or_else(|| panic!("what does {name} do to another province's records?"));
        let below = match name {
            "importObservations" | "recordExchanges" => "{ accepted }",
            _ if field["type"]["ofType"]["kind"] == "SCALAR" => "",
            _ => "{ __typename }",
        };
        let query = format!("mutation {{ {name}(input: {{ {input} }}) {below} }}");
        for (who, asker) in &everybody {
            let answer = asker.send(&query).await.json();
            let code = answer["errors"][0]["extensions"]["code"].as_str().unwrap_or("none");
            // Imports reject row by row. Registrars may propose changes of documents that others keep.
            let rows = answer["data"][name] == json!({ "accepted": 0 });
            let proposed = name == "proposeLegalDocument"
                && ["user:registrar", "user:admin", "user:every-role"].contains(&who.as_str());
            tried += 1;
            // In a list, each observation that the caller does not see is a bad field of its own.
            let unseen = answer["errors"][0]["extensions"]["fields"][0]["code"] == "NOT_FOUND";
            let denied = matches!(code, "FORBIDDEN" | "NOT_FOUND") || (code == "BAD_USER_INPUT" && unseen);
            let right = if proposed { code == "none" } else { denied || (code == "none" && rows) };
            if !right {
                wrong.push(format!("{who}: {query}: {answer}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(tried, attempts.len() * everybody.len());
    let root = super::super::people::sign_in(&everybody[0].1, "root").await;
    let who: Vec<&String> = everybody.iter().map(|(who, _)| who).collect();
    let query = format!(
        "{{ auditEntries(first: 200, filter: {{ actors: {who:?}, outcomes: [OK] }}) {{ nodes {{ actor action }} }} }}"
    );
    let done = root.ask(&query).await["auditEntries"]["nodes"].clone();
    let own = |entry: &Value| entry["action"] == "session.signIn" || entry["action"] == "legalDocument.propose";
    assert!(done.as_array().expect("entries").iter().all(own), "{done}");
}
