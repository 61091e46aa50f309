//! Who may what, asked through the API: every field of the roots as everybody, and rows that not everybody sees on every path.

use std::collections::BTreeMap;

use entity::kinds::Role;
use lienthong::identity::client::{self, NewClient};
use lienthong::kernel::{op::Op, policy::Caller};
use sea_orm::Iterable;
use serde_json::{Value, json};

use super::people::{Asker, create, sign_in, somebody};
use crate::{
    harness::{SEEDED, TestDb, on_both},
    http,
};

on_both! { SEEDED =>
    every_mutation_is_refused_to_whoever_may_not,
    every_trust_field_is_refused_to_whoever_may_not,
    figures_are_seen_by_those_who_may_on_every_path,
    details_of_links_are_seen_by_those_of_its_area,
    an_administrator_of_a_province_stays_in_it,
    nobody_gives_what_they_do_not_have,
    the_last_administrator_stays,
    whatever_is_wrong_with_an_account_is_told_at_once,
    roles_of_an_area_do_not_become_the_countrys_unasked,
}

/// Everybody who is told apart, by what they are called.
async fn everybody(db: &TestDb) -> BTreeMap<&'static str, Asker> {
    let app = db.app().await;
    let stranger = Asker::stranger(app.clone());
    let mut all = BTreeMap::new();
    for (name, role, area) in [
        ("viewer", Role::Viewer, "25"),
        ("editor elsewhere", Role::Editor, "33"),
        ("approver", Role::Approver, "25"),
        ("registrar", Role::Registrar, "25"),
        ("officer", Role::SecurityOfficer, "VN"),
        ("admin", Role::Admin, "VN"),
        ("admin of a province", Role::Admin, "25"),
    ] {
        let username = name.replace(' ', "-");
        create(&app, &username, &[role], Some(area)).await;
        all.insert(name, sign_in(&stranger, &username).await);
    }
    let op = Op::new(&app, Caller::Operator, "test");
    let order = NewClient { name: "c".to_owned(), agency: None, scopes: vec![], valid_to: None };
    let (id, secret) = client::create(&op, order).await.expect("a client");
    let (client_id, _) = client_of(db, id.0).await;
    let token = http::token(&stranger.service, &client_id, &secret, "").await.json();
    all.insert("client", stranger.with(token["access_token"].as_str().expect("a token")));
    all.insert("stranger", stranger);
    all
}

async fn client_of(db: &TestDb, id: i64) -> (String, bool) {
    use sea_orm::{ConnectionTrait, Statement};
    let raw = db.raw().await;
    let sql = format!("SELECT client_id, active FROM api_client WHERE id = {id}");
    let row = raw.query_one_raw(Statement::from_string(raw.get_database_backend(), sql)).await;
    let row = row.expect("a read").expect("a client");
    raw.close().await.expect("the connection closes");
    (row.try_get_by_index(0).expect("a text"), row.try_get_by_index(1).expect("a truth"))
}

/// Whom an action of a role is for. What anybody may is in no list.
fn may(mutation: &str) -> &'static [&'static str] {
    match mutation {
        "changePassword" => {
            &["viewer", "editor elsewhere", "approver", "registrar", "officer", "admin", "admin of a province"]
        }
        "createUser" | "updateUser" | "resetPassword" | "createApiClient" | "rotateClientSecret" => {
            &["admin", "admin of a province"]
        }
        "endSessions" | "revokeApiClient" => &["officer", "admin", "admin of a province"],
        "createIndicator" | "updateIndicator" => &["admin"],
        "recordObservation" | "submitObservation" | "submitObservations" | "importObservations" => {
            &["editor elsewhere", "admin", "admin of a province"]
        }
        "publishObservation"
        | "returnObservation"
        | "withdrawObservation"
        | "publishObservations"
        | "returnObservations" => &["approver", "admin", "admin of a province"],
        "createLegalDocument"
        | "updateLegalDocument"
        | "proposeLegalDocument"
        | "acceptLegalDocumentProposal"
        | "rejectLegalDocumentProposal"
        | "createAgency"
        | "updateAgency"
        | "createInformationSystem"
        | "updateInformationSystem"
        | "createDataLink"
        | "updateDataLink"
        | "transitionDataLink"
        | "checkDataLink"
        | "createAgreement"
        | "activateAgreement"
        | "updateAgreement"
        | "grantAccess" => &["registrar", "admin", "admin of a province"],
        "revokeAccess" | "revokeAgreement" => &["registrar", "officer", "admin", "admin of a province"],
        "createPlan" | "updatePlan" | "createPlanTarget" | "updatePlanTarget" | "createPlanTask" | "updatePlanTask" => {
            &["editor elsewhere", "admin", "admin of a province"]
        }
        "recordExchanges" => &[],
        other => panic!("who may {other}?"),
    }
}

/// A value for an argument or field of a type, so that the document is valid.
fn some(types: &BTreeMap<String, Value>, of: &Value) -> String {
    match of["kind"].as_str().unwrap_or_default() {
        "NON_NULL" => some(types, &of["ofType"]),
        "LIST" => format!("[{}]", some(types, &of["ofType"])),
        "ENUM" => {
            types[of["name"].as_str().expect("a name")]["enumValues"][0]["name"].as_str().expect("a word").to_owned()
        }
        "INPUT_OBJECT" => {
            let fields = types[of["name"].as_str().expect("a name")]["inputFields"].as_array().expect("fields");
            let must = fields.iter().filter(|field| field["type"]["kind"] == "NON_NULL");
            let given: Vec<String> =
                must.map(|f| format!("{}: {}", f["name"].as_str().expect("a name"), some(types, &f["type"]))).collect();
            format!("{{ {} }}", given.join(", "))
        }
        _ => match of["name"].as_str().expect("a name") {
            "Int" => "1".to_owned(),
            "Float" => "1.5".to_owned(),
            "Boolean" => "true".to_owned(),
            "DateTime" => "\"2030-01-01T00:00:00Z\"".to_owned(),
            "Date" => "\"2030-01-01\"".to_owned(),
            "Period" | "PartialDate" => "\"2030\"".to_owned(),
            _ => "\"VXNlcjo5OTk5OTk\"".to_owned(),
        },
    }
}

async fn every_mutation_is_refused_to_whoever_may_not(db: TestDb) {
    let everybody = everybody(&db).await;
    let schema = everybody["stranger"]
        .ask(
            "{ __schema { mutationType { fields { name args { name type { ...T } } type { kind ofType { kind } } } } types { name enumValues { name } inputFields { name type { ...T } } } } }
             fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }",
        )
        .await;
    let types: BTreeMap<String, Value> = schema["__schema"]["types"]
        .as_array()
        .expect("types")
        .iter()
        .map(|of| (of["name"].as_str().expect("a name").to_owned(), of.clone()))
        .collect();
    let (mut refused, mut fields) = (0, 0);
    for field in schema["__schema"]["mutationType"]["fields"].as_array().expect("fields") {
        let name = field["name"].as_str().expect("a name");
        fields += 1;
        if ["login", "refresh", "logout"].contains(&name) {
            continue;
        }
        let arguments: Vec<String> = field["args"]
            .as_array()
            .expect("arguments")
            .iter()
            .map(|argument| {
                format!("{}: {}", argument["name"].as_str().expect("a name"), some(&types, &argument["type"]))
            })
            .collect();
        let scalar = field["type"]["ofType"]["kind"] == "SCALAR";
        let below = if scalar { "" } else { "{ __typename }" };
        let query = format!("mutation {{ {name}({}) {below} }}", arguments.join(", "));
        for (who, asker) in &everybody {
            let allowed = may(name).contains(who);
            let answer = asker.send(&query).await.json();
            let code = answer["errors"][0]["extensions"]["code"].as_str().unwrap_or("none");
            match allowed {
                false => {
                    let expected = if *who == "stranger" { "UNAUTHENTICATED" } else { "FORBIDDEN" };
                    assert_eq!(code, expected, "{who}: {query}: {answer}");
                    refused += 1;
                }
                // An import tells what is wrong with its rows in its answer.
                true if name == "importObservations" => assert_eq!(code, "none", "{who}: {query}: {answer}"),
                // What is asked for is nonsense, but not refused for who asks.
                true => assert!(["BAD_USER_INPUT", "NOT_FOUND"].contains(&code), "{who}: {query}: {answer}"),
            }
        }
    }
    assert!(fields >= 11 && refused > 40, "{fields} {refused}");
    // Each refusal stands in the log.
    let chief = &everybody["admin"];
    let denied = chief.ask(r#"{ auditEntries(filter: { outcomes: [DENIED] }) { totalCount } }"#).await;
    assert_eq!(denied["auditEntries"]["totalCount"], refused);
}

async fn every_trust_field_is_refused_to_whoever_may_not(db: TestDb) {
    let everybody = everybody(&db).await;
    for (query, who_may) in [
        ("{ users { totalCount } }", &["officer", "admin", "admin of a province"][..]),
        ("{ apiClients { totalCount } }", &["officer", "admin", "admin of a province"]),
        ("{ auditEntries { totalCount } }", &["officer", "admin"]),
        ("{ grantReads { totalCount } }", &["registrar", "officer", "admin", "admin of a province"]),
        ("{ legalDocumentProposals { totalCount } }", &["registrar", "admin", "admin of a province"]),
        ("{ auditVerification { valid } }", &["officer", "admin"]),
        (
            "query ($yes: Boolean = true) { ...F @include(if: $yes) } fragment F on Query { again: users { nodes { id } } }",
            &["officer", "admin", "admin of a province"],
        ),
    ] {
        for (who, asker) in &everybody {
            match (who_may.contains(who), *who) {
                (true, _) => drop(asker.ask(query).await),
                (false, "stranger") => assert_eq!(asker.refused(query).await.0, "UNAUTHENTICATED", "{who}: {query}"),
                (false, _) => assert_eq!(asker.refused(query).await.0, "FORBIDDEN", "{who}: {query}"),
            }
        }
    }
    // A global id leads to nobody who may not be seen: oneself, or those of one's area.
    let users = everybody["admin"].ask("{ users(first: 200) { nodes { id username } } }").await;
    let ids: BTreeMap<String, String> = users["users"]["nodes"]
        .as_array()
        .expect("users")
        .iter()
        .map(|user| {
            (user["username"].as_str().expect("a name").to_owned(), user["id"].as_str().expect("an id").to_owned())
        })
        .collect();
    assert_eq!(ids.len(), 7);
    for (who, sees) in [
        ("stranger", 0),
        ("client", 0),
        ("viewer", 1),
        ("editor elsewhere", 1),
        ("officer", 7),
        ("admin", 7),
        ("admin of a province", 4),
    ] {
        let all: Vec<&String> = ids.values().collect();
        let nodes =
            everybody[who].ask(&format!("{{ nodes(ids: {all:?}) {{ id ... on User {{ lockedUntil }} }} }}")).await;
        let seen = nodes["nodes"].as_array().expect("nodes").iter().filter(|node| !node.is_null()).count();
        assert_eq!(seen, sees, "{who}");
    }
}

/// How many figures each path shows to somebody, of one indicator of one province.
async fn paths(asker: &Asker, id: &str) -> [usize; 7] {
    let query = format!(
        r#"{{ node(id: "{id}") {{ id }} nodes(ids: ["{id}"]) {{ id }}
           observations(filter: {{ indicators: ["dti_rank"], areas: ["25"] }}) {{ nodes {{ id }} }}
           indicator(code: "dti_rank") {{ observations(filter: {{ areas: ["25"] }}) {{ nodes {{ id }} }} ranking(period: "2021") {{ observation {{ id }} }} }}
           province(code: "25") {{ latest(indicators: ["dti_rank"]) {{ id }} predecessors {{ predecessor {{ code series(indicator: "dti_rank") {{ points {{ inputs {{ id }} }} }} }} }} }} }}"#
    );
    let answer = asker.ask(&query).await;
    let has = |value: &Value| value.to_string().matches(id).count().min(1);
    [
        has(&answer["node"]),
        has(&answer["nodes"]),
        has(&answer["observations"]),
        has(&answer["indicator"]["observations"]),
        has(&answer["indicator"]["ranking"]),
        has(&answer["province"]["latest"]),
        has(&answer["province"]["predecessors"]),
    ]
}

async fn figures_are_seen_by_those_who_may_on_every_path(db: TestDb) {
    let mut everybody = everybody(&db).await;
    let app = db.app().await;
    create(&app, "editor", &[Role::Editor], Some("25")).await;
    create(&app, "viewer-of-all", &[Role::Viewer], Some("VN")).await;
    let stranger = everybody["stranger"].clone();
    everybody.insert("editor", sign_in(&stranger, "editor").await);
    everybody.insert("viewer of all", sign_in(&stranger, "viewer-of-all").await);
    let query = r#"{ observations(filter: { indicators: ["dti_rank"], areas: ["25"], periodTo: "2021" }) { nodes { id area { validTo } } } }"#;
    let found = stranger.ask(query).await["observations"]["nodes"][0].clone();
    // It is the former Phú Thọ's: those of today's cover it.
    assert_eq!(found["area"]["validTo"], "2025-06-30");
    let id = found["id"].as_str().expect("an id").to_owned();
    let which = "WHERE indicator_id = (SELECT id FROM indicator WHERE code = 'dti_rank') AND period = '2021'";
    let home = ["viewer", "editor", "approver", "registrar", "admin of a province"];
    for (set, sees) in [
        ("sharing = 'OPEN', state = 'PUBLISHED'", everybody.keys().copied().collect::<Vec<_>>()),
        ("sharing = 'SHARED'", [&home[..], &["admin", "viewer of all"]].concat()),
        ("sharing = 'PRIVATE'", home.to_vec()),
        (
            "sharing = 'OPEN', state = 'DRAFT', published_at = NULL",
            vec!["editor", "approver", "admin of a province", "admin"],
        ),
        ("sharing = 'PRIVATE', state = 'SUBMITTED'", vec!["editor", "approver", "admin of a province"]),
    ] {
        db.execute(&format!("UPDATE observation SET {set} {which}")).await;
        for (who, asker) in &everybody {
            let expected = usize::from(sees.contains(who));
            let mut shown = paths(asker, &id).await;
            if set.contains("DRAFT") || set.contains("SUBMITTED") {
                // What is worked out is worked out of what was published.
                for derived in [4, 5, 6] {
                    assert!(shown[derived] <= expected, "{who}: {set}");
                    shown[derived] = expected;
                }
            }
            assert_eq!(shown, [expected; 7], "{who}: {set}");
        }
    }
}

async fn details_of_links_are_seen_by_those_of_its_area(db: TestDb) {
    let everybody = everybody(&db).await;
    db.execute(
        "UPDATE data_link SET purpose = 'secret purpose', expires_on = '2026-02-01', endpoint = 'https://x.example'",
    )
    .await;
    let query = r#"{ here: dataLink(code: "pt-lgsp--vn-ndxp") { code purpose endpoint expiresOn daysLeft } elsewhere: dataLink(code: "qn-lgsp--vn-ndxp") { code purpose endpoint } dataLinks(first: 200, filter: { expiringWithinDays: 30 }) { totalCount nodes { code } } }"#;
    for (who, here, elsewhere, endpoint) in [
        ("stranger", false, false, false),
        ("client", false, false, false),
        ("viewer", true, false, false),
        ("editor elsewhere", false, false, false),
        ("officer", false, false, false),
        ("registrar", true, false, true),
        ("admin of a province", true, false, true),
        ("admin", true, true, true),
    ] {
        let answer = everybody[who].ask(query).await;
        let text = |yes: bool, text: &str| if yes { json!(text) } else { Value::Null };
        assert_eq!(answer["here"]["purpose"], text(here, "secret purpose"), "{who}");
        assert_eq!(answer["here"]["expiresOn"], text(here, "2026-02-01"), "{who}");
        assert_eq!(answer["here"]["endpoint"], text(endpoint, "https://x.example"), "{who}");
        assert_eq!(answer["elsewhere"]["purpose"], text(elsewhere, "secret purpose"), "{who}");
        let soon = answer["dataLinks"]["nodes"].as_array().expect("links");
        assert_eq!(soon.iter().any(|link| link["code"] == "pt-lgsp--vn-ndxp"), here, "{who}");
        assert_eq!(soon.iter().any(|link| link["code"] == "qn-lgsp--vn-ndxp"), elsewhere, "{who}");
    }
}

fn new_user(username: &str, roles: &str, area: &str) -> String {
    format!(
        r#"mutation {{ createUser(input: {{ username: "{username}", displayName: "Ai", password: "mua xuan tren dinh nui", roles: [{roles}] {area} }}) {{ user {{ id username area {{ code }} version active }} }} }}"#
    )
}

async fn an_administrator_of_a_province_stays_in_it(db: TestDb) {
    let everybody = everybody(&db).await;
    let there = &everybody["admin of a province"];
    there.ask(&new_user("lan", "EDITOR", r#"area: "25""#)).await;
    for area in [r#"area: "33""#, r#"area: "VN""#] {
        assert_eq!(there.refused(&new_user("lan2", "EDITOR", area)).await.0, "FORBIDDEN", "{area}");
    }
    assert_eq!(there.refused(&new_user("lan2", "ADMIN", "")).await.0, "FORBIDDEN");
    let users = there.ask("{ users(first: 50) { nodes { id username version } } }").await;
    let mine = users["users"]["nodes"].as_array().expect("users").iter().find(|u| u["username"] == "lan").cloned();
    let id = mine.expect("it is there")["id"].clone();
    let to = |area: &str| {
        format!(
            r#"mutation {{ updateUser(input: {{ id: {id}, version: 1, area: "{area}" }}) {{ user {{ version }} }} }}"#
        )
    };
    assert_eq!(there.refused(&to("VN")).await.0, "FORBIDDEN");
    // Somebody of another area is nobody, to them.
    let all = everybody["admin"].ask("{ users(first: 50) { nodes { id username version } } }").await;
    let other =
        all["users"]["nodes"].as_array().expect("users").iter().find(|u| u["username"] == "editor-elsewhere").cloned();
    let id = other.expect("it is there")["id"].clone();
    let query = format!(
        r#"mutation {{ updateUser(input: {{ id: {id}, version: 1, active: false }}) {{ user {{ version }} }} }}"#
    );
    assert_eq!(there.refused(&query).await.0, "NOT_FOUND");
    let reset = format!(
        r#"mutation {{ resetPassword(input: {{ id: {id}, newPassword: "bay con chim tren cay da" }}) {{ user {{ id }} }} }}"#
    );
    assert_eq!(there.refused(&reset).await.0, "NOT_FOUND");
    // They are told that there is none; the log knows that they tried.
    let tried = everybody["admin"].ask(r#"{ auditEntries(filter: { actors: ["user:admin-of-a-province"], outcomes: [FAILED] }) { nodes { action reason } } }"#).await;
    assert_eq!(
        tried["auditEntries"]["nodes"],
        json!([{ "action": "user.update", "reason": "NOT_FOUND" }, { "action": "user.resetPassword", "reason": "NOT_FOUND" }])
    );
    // Bodies and links are others' to keep; what an administrator does there is noted as an emergency by the policy.
    let denied = everybody["admin"].ask(r#"{ auditEntries(last: 3, filter: { actors: ["user:admin-of-a-province"], outcomes: [DENIED] }) { nodes { action reason } } }"#).await;
    assert_eq!(denied["auditEntries"]["nodes"][2], json!({ "action": "user.update", "reason": "FORBIDDEN" }));
}

async fn nobody_gives_what_they_do_not_have(db: TestDb) {
    use lienthong::identity::rules::check_grant;
    for role in Role::iter() {
        for other in Role::iter() {
            let caller = crate::policy::user(&[role], None);
            let may = role == Role::Admin || role == other;
            assert_eq!(check_grant(&caller, &[other]).is_ok(), may, "{role:?} {other:?}");
        }
    }
    let officer = somebody(&db, "officer", &[Role::SecurityOfficer], None).await;
    assert_eq!(officer.refused(&new_user("lan", "SECURITY_OFFICER", "")).await.0, "FORBIDDEN");
}

async fn the_last_administrator_stays(db: TestDb) {
    let admin = somebody(&db, "chief", &[Role::Admin], None).await;
    let me = admin.ask("{ users { nodes { id version } } }").await["users"]["nodes"][0].clone();
    let change = |what: &str| {
        format!(
            "mutation {{ updateUser(input: {{ id: {}, version: {}, {what} }}) {{ user {{ active }} }} }}",
            me["id"], me["version"]
        )
    };
    for what in ["active: false", "roles: [SECURITY_OFFICER]", r#"area: "25""#] {
        assert_eq!(admin.refused(&change(what)).await.0, "CONFLICT", "{what}");
    }
    create(&db.app().await, "other", &[Role::Admin], None).await;
    assert_eq!(admin.ask(&change("active: false")).await["updateUser"]["user"]["active"], false);
    assert_eq!(admin.send("{ __typename }").await.status, 401, "at once");
}

async fn whatever_is_wrong_with_an_account_is_told_at_once(db: TestDb) {
    let admin = somebody(&db, "chief", &[Role::Admin], None).await;
    let query = r#"mutation { createUser(input: { username: "A b", displayName: " ", password: "short", roles: [] }) { user { id } } }"#;
    let bad = admin.bad_fields(query).await;
    let bad: Vec<_> = bad.iter().map(|(path, code)| (path.as_str(), code.as_str())).collect();
    assert_eq!(
        bad,
        [("roles", "REQUIRED"), ("username", "INVALID"), ("displayName", "INVALID"), ("password", "TOO_SHORT")]
    );
    assert_eq!(admin.bad_fields(&new_user("lan", "EDITOR", "")).await, [("area".to_owned(), "REQUIRED".to_owned())]);
    assert_eq!(admin.bad_fields(&new_user("lan", "EDITOR", r#"area: "99""#)).await[0].0, "area");
    assert_eq!(admin.bad_fields(&new_user("chief", "ADMIN", "")).await, [("username".to_owned(), "TAKEN".to_owned())]);
    let created = admin.ask(&new_user("lan", "EDITOR", r#"area: "25""#)).await["createUser"]["user"].clone();
    let change = |version: i32, what: &str| {
        format!(
            "mutation {{ updateUser(input: {{ id: {}, version: {version}, {what} }}) {{ user {{ version displayName active roles }} }} }}",
            created["id"]
        )
    };
    let (code, said) = admin.refused(&change(7, "active: false")).await;
    assert_eq!(
        (code.as_str(), said.as_str()),
        ("PRECONDITION_FAILED", "The record has changed since you saw it; its version is 1 now.")
    );
    // What is left out stays.
    let user = admin.ask(&change(1, r#"displayName: "Lan""#)).await["updateUser"]["user"].clone();
    assert_eq!(user, json!({ "version": 2, "displayName": "Lan", "active": true, "roles": ["EDITOR"] }));
}

async fn roles_of_an_area_do_not_become_the_countrys_unasked(db: TestDb) {
    let admin = somebody(&db, "chief", &[Role::Admin], None).await;
    create(&db.app().await, "other", &[Role::Admin], None).await;
    let users = admin.ask(r#"{ users(filter: { text: "other" }) { nodes { id } } }"#).await;
    let id = users["users"]["nodes"][0]["id"].clone();
    let change = |version: i32, what: &str| {
        format!(
            "mutation {{ updateUser(input: {{ id: {id}, version: {version}, {what} }}) {{ user {{ roles area {{ code }} }} }} }}"
        )
    };
    assert_eq!(admin.bad_fields(&change(1, "roles: [EDITOR]")).await, [("area".to_owned(), "REQUIRED".to_owned())]);
    let user = admin.ask(&change(1, r#"roles: [EDITOR], area: "VN""#)).await["updateUser"]["user"].clone();
    assert_eq!(user, json!({ "roles": ["EDITOR"], "area": null }));
    // Once it was asked for, it stays.
    admin.ask(&change(2, "roles: [EDITOR, VIEWER]")).await;
}
