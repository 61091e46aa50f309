//! What writes leave behind: rows of the change feed, entries of the audit log, and the faults for which there was no write.

use entity::kinds::Role;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::Value;

use super::people::somebody;
use crate::harness::TestDb;

/// How often the change feed tells of a record.
pub async fn told(db: &TestDb, kind: &str, key: &str) -> i64 {
    let raw = db.raw().await;
    let sql = format!("SELECT count(*) FROM change WHERE type = '{kind}' AND key = '{key}'");
    let row = raw.query_one_raw(Statement::from_string(raw.get_database_backend(), sql)).await;
    raw.close().await.expect("the connection closes");
    row.expect("a read").expect("a count").try_get_by_index(0).expect("a number")
}

/// The fields that the last entries of the audit log tell of a record, oldest first.
pub async fn audited(db: &TestDb, key: &str) -> Value {
    let admin = somebody(db, "chief", &[Role::Admin], None).await;
    let query = r#"{ auditEntries(last: 20) { nodes { action actor resource changes { field before after } } } }"#;
    let all = admin.ask(query).await["auditEntries"]["nodes"].as_array().expect("entries").clone();
    all.into_iter().filter(|entry| entry["resource"] == key).collect()
}

/// Bad fields with their codes, as they are told.
pub fn faults(told: &[(&str, &str)]) -> Vec<(String, String)> {
    told.iter().map(|(path, code)| ((*path).to_owned(), (*code).to_owned())).collect()
}
