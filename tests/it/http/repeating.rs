//! Requests with an `Idempotency-Key` may be sent again: one effect, one answer.

use axum::http::Method;
use chrono::Duration;
use entity::kinds::Role;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::{
    harness::{SEEDED, TestDb, noon, on_both},
    http::{self, Answer},
    rooms::people::{Asker, login, sign_in, somebody},
};

on_both! { SEEDED =>
    a_mutation_sent_again_has_one_effect_and_one_answer,
    a_refusal_is_repeated_as_it_was,
    another_request_under_the_same_key_is_a_mismatch,
    a_key_is_its_callers_own,
    many_at_once_have_one_effect,
    a_key_is_forgotten_after_a_day,
    a_request_whose_process_has_ended_is_carried_out_again_at_once,
    a_request_of_a_version_that_named_no_process_is_not_carried_out_twice,
    what_was_refused_in_a_part_leaves_the_other_part,
    an_error_of_the_service_is_not_kept_and_leaves_nothing,
    a_key_must_be_one,
    a_query_needs_no_key,
    strangers_keep_nothing,
    a_request_goes_on_when_its_client_goes_away,
    no_secret_of_an_answer_is_kept_in_the_open,
}

async fn keyed(asker: &Asker, key: &str, query: &str) -> Answer {
    let bearer = asker.token.as_ref().map(|token| format!("Bearer {token}"));
    let mut headers = vec![("content-type", "application/json"), ("accept-language", "en"), ("idempotency-key", key)];
    headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
    http::send(&asker.service, Method::POST, "/graphql", &headers, json!({ "query": query }).to_string()).await
}

fn create(code: &str) -> String {
    format!(
        r#"mutation {{ createAgency(input: {{ code: "{code}", nameVi: "Trung tâm", kind: OTHER, area: "25" }}) {{ agency {{ id code version }} }} }}"#
    )
}

async fn registrar(db: &TestDb) -> Asker {
    somebody(db, "lan", &[Role::Registrar], Some("25")).await
}

fn code(answer: &Answer) -> Value {
    answer.json()["errors"][0]["extensions"]["code"].clone()
}

async fn agencies(db: &TestDb, name: &str) -> Value {
    let query = format!(r#"{{ agencies(filter: {{ text: "{name}" }}) {{ totalCount }} }}"#);
    crate::rooms::ask(db, &query).await["agencies"]["totalCount"].clone()
}

async fn a_mutation_sent_again_has_one_effect_and_one_answer(db: TestDb) {
    let lan = registrar(&db).await;
    let query = create("pt-moi");
    let first = keyed(&lan, "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", &query).await;
    assert_eq!(first.json()["data"]["createAgency"]["agency"]["code"], "pt-moi", "{}", first.body);
    for key in ["\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", "8e03978e-40d5-43dd-bc93-6894a57f9324"] {
        let again = keyed(&lan, key, &query).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!(again.header("content-type"), first.header("content-type"));
    }
    assert_eq!(agencies(&db, "pt-moi").await, 1);
    assert_eq!(code(&lan.send(&query).await), "BAD_USER_INPUT", "without the key it is another request");
}

async fn a_refusal_is_repeated_as_it_was(db: TestDb) {
    let lan = registrar(&db).await;
    let first = keyed(&lan, "k1", &create("pt-skhcn")).await;
    assert_eq!(code(&first), "BAD_USER_INPUT");
    let again = keyed(&lan, "k1", &create("pt-skhcn")).await;
    assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &first.body));
}

async fn another_request_under_the_same_key_is_a_mismatch(db: TestDb) {
    let lan = registrar(&db).await;
    keyed(&lan, "k1", &create("pt-moi")).await;
    let other = keyed(&lan, "k1", &create("pt-khac")).await;
    assert_eq!((other.status, code(&other)), (422, json!("IDEMPOTENCY_MISMATCH")));
    assert_eq!(agencies(&db, "pt-khac").await, 0);
}

async fn a_key_is_its_callers_own(db: TestDb) {
    let (lan, mai) = (registrar(&db).await, somebody(&db, "mai", &[Role::Registrar], Some("25")).await);
    keyed(&lan, "k1", &create("pt-moi")).await;
    let hers = keyed(&mai, "k1", &create("pt-khac")).await;
    assert_eq!(hers.json()["data"]["createAgency"]["agency"]["code"], "pt-khac", "{}", hers.body);
    let stranger = Asker { token: None, ..lan.clone() };
    let refused = keyed(&stranger, "k1", &create("pt-moi")).await;
    assert_eq!(code(&refused), "UNAUTHENTICATED", "what was answered to others is not for strangers");
}

async fn many_at_once_have_one_effect(db: TestDb) {
    let lan = registrar(&db).await;
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let lan = lan.clone();
        tries.spawn(async move { keyed(&lan, "k1", &create("pt-moi")).await });
    }
    let (mut done, mut running) = (0, 0);
    for answer in tries.join_all().await {
        match answer.json()["data"]["createAgency"]["agency"]["code"].as_str() {
            Some("pt-moi") => done += 1,
            _ => {
                assert_eq!((answer.status, code(&answer)), (409, json!("CONFLICT")), "{}", answer.body);
                running += 1;
            }
        }
    }
    assert!(done >= 1 && done + running == 12, "{done} {running}");
    assert_eq!(agencies(&db, "pt-moi").await, 1);
}

async fn a_key_is_forgotten_after_a_day(db: TestDb) {
    let lan = registrar(&db).await;
    keyed(&lan, "k1", &create("pt-moi")).await;
    for (hours, expected) in [(23, "pt-moi"), (25, "")] {
        let app = db.app_at(noon("2026-01-15") + Duration::hours(hours)).await;
        let lan = sign_in(&Asker::stranger(app), "lan").await;
        let answer = keyed(&lan, "k1", &create("pt-moi")).await.json();
        assert_eq!(answer["data"]["createAgency"]["agency"]["code"].as_str().unwrap_or_default(), expected, "{answer}");
    }
}

async fn a_request_whose_process_has_ended_is_carried_out_again_at_once(db: TestDb) {
    let lan = registrar(&db).await;
    let first = keyed(&lan, "k1", &create("pt-skhcn")).await;
    assert_eq!(code(&first), "BAD_USER_INPUT", "the code is taken");
    // The number of a process that no process has; its request had not committed anything.
    db.execute("UPDATE repeatable_request SET answer = NULL, holder = 1").await;
    // The clock was set back meanwhile: that prolongs nothing.
    for minutes in [0, -30] {
        let app = db.app_at(noon("2026-01-15") + Duration::minutes(minutes)).await;
        let again = keyed(&sign_in(&Asker::stranger(app), "lan").await, "k1", &create("pt-skhcn")).await;
        assert_eq!((code(&again), again.headers.get("idempotency-replayed")), (json!("BAD_USER_INPUT"), None));
        db.execute("UPDATE repeatable_request SET answer = NULL, holder = 1").await;
    }
}

async fn a_request_of_a_version_that_named_no_process_is_not_carried_out_twice(db: TestDb) {
    let lan = registrar(&db).await;
    keyed(&lan, "k1", &create("pt-moi")).await;
    let at = |minutes: i64| {
        let db = &db;
        async move {
            sign_in(&Asker::stranger(db.app_at(noon("2026-01-15") + Duration::minutes(minutes)).await), "lan").await
        }
    };
    // It was carried out, and the process ended before it answered.
    db.execute("UPDATE repeatable_request SET answer = NULL, holder = NULL, committed = (1 = 1)").await;
    let lost = keyed(&at(10).await, "k1", &create("pt-moi")).await;
    assert_eq!((lost.status, code(&lost)), (409, json!("CONFLICT")));
    // It ended before it was carried out.
    db.execute("UPDATE repeatable_request SET answer = NULL, holder = NULL, committed = (1 = 0)").await;
    for minutes in [1, -1] {
        let running = keyed(&at(minutes).await, "k1", &create("pt-moi")).await;
        assert_eq!((running.status, code(&running)), (409, json!("CONFLICT")));
    }
    let again = keyed(&at(10).await, "k1", &create("pt-moi")).await;
    assert_eq!(code(&again), "BAD_USER_INPUT", "it is tried again, and finds its code taken");
}

/// A request in which two agencies are created, by two fields.
fn create_two(one: &str, other: &str) -> String {
    let field = |code: &str| {
        format!(
            r#"createAgency(input: {{ code: "{code}", nameVi: "Trung tâm", kind: OTHER, area: "25" }}) {{ agency {{ code }} }}"#
        )
    };
    format!("mutation {{ one: {} other: {} }}", field(one), field(other))
}

async fn what_was_refused_in_a_part_leaves_the_other_part(db: TestDb) {
    let lan = registrar(&db).await;
    let first = keyed(&lan, "k1", &create_two("pt-moi", "pt-skhcn")).await;
    assert_eq!((code(&first), &first.json()["errors"][0]["path"]), (json!("BAD_USER_INPUT"), &json!(["other"])));
    let again = keyed(&lan, "k1", &create_two("pt-moi", "pt-skhcn")).await;
    assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &first.body));
    let both = keyed(&lan, "k2", &create_two("pt-khac", "pt-nua")).await;
    assert_eq!(both.json()["data"]["other"]["agency"]["code"], "pt-nua", "{}", both.body);
    for name in ["pt-moi", "pt-khac", "pt-nua"] {
        assert_eq!(agencies(&db, name).await, 1, "{name}");
    }
}

async fn an_error_of_the_service_is_not_kept_and_leaves_nothing(db: TestDb) {
    let lan = registrar(&db).await;
    let query = r#"mutation {
        createAgency(input: { code: "pt-moi", nameVi: "Trung tâm", kind: OTHER, area: "25" }) { agency { code } }
        createInformationSystem(input: { code: "pt-kho-moi", nameVi: "Kho", kind: DATABASE, status: OPERATING, scope: PROVINCE, area: "25", source: { title: "x" } }) { informationSystem { code } }
    }"#;
    db.execute("ALTER TABLE information_system RENAME TO elsewhere").await;
    for _ in 0..2 {
        let failed = keyed(&lan, "k1", query).await;
        assert_eq!((failed.status, code(&failed)), (500, json!("INTERNAL")), "{}", failed.body);
        assert_eq!(failed.headers.get("idempotency-replayed"), None);
        assert_eq!(agencies(&db, "pt-moi").await, 0, "it would be carried out twice");
    }
    db.execute("ALTER TABLE elsewhere RENAME TO information_system").await;
    let done = keyed(&lan, "k1", query).await;
    assert_eq!(done.json().get("errors"), None, "{}", done.body);
    assert_eq!(keyed(&lan, "k1", query).await.header("idempotency-replayed"), "true");
    assert_eq!(agencies(&db, "pt-moi").await, 1);
}

async fn a_key_must_be_one(db: TestDb) {
    let lan = registrar(&db).await;
    for key in ["", "\"\"", "two words", &"x".repeat(256), "a\"b"] {
        let answer = keyed(&lan, key, &create("pt-moi")).await;
        assert_eq!((answer.status, code(&answer)), (400, json!("BAD_USER_INPUT")), "{key}");
    }
    assert_eq!(agencies(&db, "pt-moi").await, 0);
}

async fn a_query_needs_no_key(db: TestDb) {
    let lan = registrar(&db).await;
    let before = keyed(&lan, "k1", "{ viewer { username } }").await;
    let other = keyed(&lan, "k1", "{ viewer { kind } }").await;
    assert_eq!(other.json()["data"]["viewer"]["kind"], "USER", "{}", before.body);
}

async fn no_secret_of_an_answer_is_kept_in_the_open(db: TestDb) {
    let chief = somebody(&db, "chief", &[Role::Admin], None).await;
    let query = r#"mutation { createApiClient(input: { name: "Sở", scopes: ["link:read"] }) { clientSecret } }"#;
    let first = keyed(&chief, "key-of-an-administrator", query).await;
    let token = first.json()["data"]["createApiClient"]["clientSecret"].as_str().expect("a secret").to_owned();
    assert_eq!(keyed(&chief, "key-of-an-administrator", query).await.body, first.body);
    let raw = db.raw().await;
    let sql = "SELECT caller, key_hash, fingerprint, answer FROM repeatable_request";
    let row = raw
        .query_one_raw(Statement::from_string(raw.get_database_backend(), sql))
        .await
        .expect("a read")
        .expect("a row");
    let all: String = (0..4).map(|n| row.try_get_by_index::<String>(n).expect("a text")).collect();
    raw.close().await.expect("the connection closes");
    use base64::{Engine, engine::general_purpose::STANDARD};
    let answer = STANDARD.decode(row.try_get_by_index::<String>(3).expect("a text")).expect("base64");
    let within = |text: &[u8], part: &str| text.windows(part.len()).any(|window| window == part.as_bytes());
    for secret in [token.as_str(), "key-of-an-administrator", "clientSecret"] {
        assert!(!within(all.as_bytes(), secret) && !within(&answer, secret), "{secret}");
    }
}

async fn strangers_keep_nothing(db: TestDb) {
    let lan = registrar(&db).await;
    let stranger = Asker { token: None, ..lan };
    for query in [login("lan", crate::rooms::people::PASSWORD), create("pt-moi")] {
        let [first, again] = [keyed(&stranger, "k1", &query).await, keyed(&stranger, "k1", &query).await];
        assert_eq!((first.status, again.header("idempotency-replayed")), (again.status, ""));
    }
    let raw = db.raw().await;
    let sql = "SELECT count(*) FROM repeatable_request";
    let row = raw
        .query_one_raw(Statement::from_string(raw.get_database_backend(), sql))
        .await
        .expect("a read")
        .expect("a row");
    assert_eq!(row.try_get_by_index::<i64>(0).expect("a number"), 0);
    raw.close().await.expect("the connection closes");
}

async fn a_request_goes_on_when_its_client_goes_away(db: TestDb) {
    let lan = registrar(&db).await;
    let query = create("pt-moi");
    // Dropped at its first wait, as the server drops a request whose connection is cut.
    for patience in [0, 1, 3] {
        let cut = tokio::time::timeout(std::time::Duration::from_millis(patience), keyed(&lan, "k1", &query)).await;
        if cut.is_ok() {
            break;
        }
    }
    let mut answer = keyed(&lan, "k1", &query).await;
    for _ in 0..100 {
        if answer.status != 409 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        answer = keyed(&lan, "k1", &query).await;
    }
    assert_eq!(answer.json()["data"]["createAgency"]["agency"]["code"], "pt-moi", "{}", answer.body);
    assert_eq!(agencies(&db, "pt-moi").await, 1);
}
