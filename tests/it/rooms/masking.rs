//! Values of observations in the audit log: whoever reads it sees them where they may see the revision, and the log verifies whether
//! or not the values are there.

use entity::kinds::Role;
use lienthong::{
    journal::{self, rules::Exported},
    kernel::{
        chain::{Link, PLAIN},
        op::Op,
        policy::Caller,
    },
};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use super::{
    people::{Asker, somebody},
    recording::{editor, record, recorded},
    reviewing::taken,
};
use crate::{
    harness::{SEEDED, TestDb, on_both},
    program::{printed, refused},
};

on_both! { SEEDED =>
    values_are_returned_to_whoever_may_see_the_revision,
    each_value_follows_the_class_of_its_own_revision,
    reasons_of_the_review_are_values_too,
    rows_that_are_imported_leave_no_value_either,
    secrets_are_masked_and_everything_else_is_not,
    values_of_older_entries_are_masked_when_they_are_read,
    a_value_that_was_changed_or_taken_away_is_found,
    an_export_leaves_values_out_unless_they_are_asked_for,
    an_archive_takes_the_values_with_it,
}

const VERIFY: &str = "{ auditVerification { valid firstInvalidSequence } }";

/// What the log says of observations, newest last: the fields of each entry.
async fn log(asker: &Asker) -> Vec<Value> {
    let actions = r#"["observation.record", "observation.submit", "observation.publish", "observation.return", "observation.withdraw"]"#;
    let query = format!(
        "{{ auditEntries(filter: {{ actions: {actions}, outcomes: [OK] }}) {{ nodes {{ changes {{ field before after masked }} }} }} }}"
    );
    let nodes = asker.ask(&query).await["auditEntries"]["nodes"].clone();
    nodes.as_array().expect("entries").iter().map(|entry| entry["changes"].clone()).collect()
}

async fn last(asker: &Asker) -> Value {
    log(asker).await.last().expect("an entry").clone()
}

fn field(name: &str, before: Value, after: Value, masked: bool) -> Value {
    json!({ "field": name, "before": before, "after": after, "masked": masked })
}

async fn officer(db: &TestDb) -> Asker {
    somebody(db, "officer", &[Role::SecurityOfficer], None).await
}

async fn chief(db: &TestDb) -> Asker {
    somebody(db, "chief", &[Role::Admin], None).await
}

/// All entries, with every value.
async fn whole(db: &TestDb) -> Vec<Exported> {
    let op = Op::new(&db.app().await, Caller::Operator, "test");
    let (mut all, mut after) = (vec![], 0);
    loop {
        let entries = journal::export(&op, after, true).await.expect("entries");
        let Some(last) = entries.last() else { return all };
        after = last.sequence;
        all.extend(entries);
    }
}

/// Two revisions of a figure of a sharing class.
async fn revised(lan: &Asker, class: &str) {
    recorded(lan, &record("2025", &format!(r#"value: 50.5, text: "mức riêng 50,5%", sharing: {class}"#))).await;
    let next = format!(
        r#"value: 51.5, text: "mức riêng 51,5%", denominator: 148, sharing: {class}, revisionReason: "50,5 là sai""#
    );
    recorded(lan, &record("2025", &next)).await;
}

async fn values_are_returned_to_whoever_may_see_the_revision(db: TestDb) {
    let (lan, officer, chief) = (editor(&db).await, officer(&db).await, chief(&db).await);
    let shown = json!([
        field("revision", json!("1"), json!("2"), false),
        field("value", json!("50.5"), json!("51.5"), false),
        field("denominator", json!(null), json!("148"), false),
        field("text", json!("mức riêng 50,5%"), json!("mức riêng 51,5%"), false),
        field("revisionReason", json!(null), json!("50,5 là sai"), false),
    ]);
    let masked = json!([
        field("revision", json!("1"), json!("2"), false),
        field("value", json!(null), json!(null), true),
        field("denominator", json!(null), json!(null), true),
        field("text", json!(null), json!(null), true),
        field("revisionReason", json!(null), json!(null), true),
    ]);
    revised(&lan, "PRIVATE").await;
    assert_eq!(last(&officer).await, masked);
    assert_eq!(last(&chief).await, masked, "what is private is not the country's");
    db.execute("UPDATE observation SET sharing = 'SHARED' WHERE dimension = '' AND value > 50.4 AND value < 51.6")
        .await;
    assert_eq!(last(&officer).await, masked, "a security officer reads nothing that is shared");
    assert_eq!(last(&chief).await, shown);
    assert_eq!(officer.ask(VERIFY).await["auditVerification"]["valid"], true);
    // Whoever recorded it sees it.
    let both = somebody(&db, "both", &[Role::SecurityOfficer, Role::Editor], Some("VN")).await;
    recorded(&both, &record("2024", "value: 1, sharing: PRIVATE")).await;
    recorded(&both, &record("2024", r#"value: 2, sharing: PRIVATE, revisionReason: "x""#)).await;
    assert_eq!(last(&both).await[1], field("value", json!("1"), json!("2"), false));
    assert_eq!(last(&chief).await[1], field("value", json!(null), json!(null), true));
    // The chain itself has none of it.
    for text in ["50.5", "51.5", "mức riêng", "50,5"] {
        let found = whole(&db).await.into_iter().filter(|entry| entry.changes.contains(text)).count();
        assert_eq!(found, 0, "{text}");
    }
}

async fn each_value_follows_the_class_of_its_own_revision(db: TestDb) {
    let (lan, officer) = (editor(&db).await, officer(&db).await);
    let binh = somebody(&db, "binh", &[Role::Approver], Some("25")).await;
    let publish = async |revision: &Value| {
        taken(&lan, "submitObservation", revision, 1, "").await;
        taken(&binh, "publishObservation", revision, 2, "").await;
    };
    publish(&recorded(&lan, &record("2025", "value: 10, sharing: PRIVATE")).await).await;
    let open = recorded(&lan, &record("2025", r#"value: 20, sharing: OPEN, revisionReason: "mở""#)).await;
    let entry = async |of: usize| log(&officer).await[of].clone();
    // A draft is nobody's yet but its area's, whatever its class.
    assert_eq!(entry(3).await[1], field("value", json!(null), json!(null), true));
    publish(&open).await;
    assert_eq!(entry(3).await[1], field("value", json!(null), json!("20"), true), "what it was stays private");
    assert_eq!(entry(3).await[2], field("revisionReason", json!(null), json!("mở"), false));
    publish(&recorded(&lan, &record("2025", r#"value: 30, sharing: PRIVATE, revisionReason: "đóng""#)).await).await;
    assert_eq!(entry(6).await[1], field("value", json!("20"), json!(null), true));
    assert_eq!(entry(3).await[1], field("value", json!(null), json!("20"), true), "what was public stays so");
    assert_eq!(officer.ask(VERIFY).await["auditVerification"]["valid"], true);
}

async fn reasons_of_the_review_are_values_too(db: TestDb) {
    let (lan, officer) = (editor(&db).await, officer(&db).await);
    let binh = somebody(&db, "binh", &[Role::Approver], Some("25")).await;
    let made = recorded(&lan, &record("2025", "value: 50, sharing: PRIVATE")).await;
    taken(&lan, "submitObservation", &made, 1, r#", reason: "50 là đúng""#).await;
    let state = |from: &str, to: &str| field("state", json!(from), json!(to), false);
    let masked = field("reason", json!(null), json!(null), true);
    assert_eq!(last(&officer).await, json!([state("DRAFT", "SUBMITTED"), masked]));
    taken(&binh, "publishObservation", &made, 2, "").await;
    assert_eq!(last(&officer).await, json!([state("SUBMITTED", "PUBLISHED")]));
    taken(&binh, "withdrawObservation", &made, 3, r#", reason: "không phải 50""#).await;
    assert_eq!(last(&officer).await, json!([state("PUBLISHED", "WITHDRAWN"), masked]));
    db.execute("UPDATE observation SET sharing = 'OPEN' WHERE state = 'WITHDRAWN'").await;
    let shown = field("reason", json!(null), json!("không phải 50"), false);
    assert_eq!(last(&officer).await, json!([state("PUBLISHED", "WITHDRAWN"), shown]));
}

async fn rows_that_are_imported_leave_no_value_either(db: TestDb) {
    let (lan, officer) = (editor(&db).await, officer(&db).await);
    for (value, reason) in [("60.25", ""), ("61.25", r#", revisionReason: "60,25 là sai""#)] {
        let rows = format!(
            r#"{{ indicator: "commune_fibre_pct", area: "25", period: "2025", value: {value}, sharing: PRIVATE, source: {{ title: "Báo cáo" }} {reason} }}"#
        );
        let import = format!("mutation {{ importObservations(input: {{ rows: [{rows}] }}) {{ accepted }} }}");
        assert_eq!(lan.ask(&import).await["importObservations"]["accepted"], 1);
    }
    assert_eq!(last(&officer).await[1], field("value", json!(null), json!(null), true));
    for text in ["60.25", "61.25", "60,25"] {
        assert!(whole(&db).await.iter().all(|entry| !entry.changes.contains(text)), "{text}");
    }
}

async fn secrets_are_masked_and_everything_else_is_not(db: TestDb) {
    let officer = officer(&db).await;
    let made = officer.ask(r#"{ auditEntries(filter: { resources: ["user:officer"], actions: ["user.create"] }) { nodes { hashVersion changes { field before after masked } } } }"#).await;
    let entry = &made["auditEntries"]["nodes"][0];
    assert_eq!(entry["hashVersion"], 2);
    assert_eq!(
        entry["changes"],
        json!([
            field("displayName", json!(null), json!("officer"), false),
            field("roles", json!(null), json!("SECURITY_OFFICER"), false),
            field("area", json!(null), json!("VN"), false),
            field("password", json!(null), json!("***"), true),
        ])
    );
}

/// Makes the last entry one that an older program wrote.
async fn made_older(db: &TestDb, changes: &str) {
    let entry = whole(db).await.pop().expect("an entry");
    let link = Link {
        version: PLAIN,
        sequence: entry.sequence,
        at: entry.at.timestamp_micros(),
        actor: &entry.actor,
        action: &entry.action,
        resource: entry.resource.as_deref(),
        outcome: entry.outcome,
        reason: entry.reason.as_deref(),
        request_id: entry.request_id.as_deref(),
        changes,
        previous_hash: &entry.previous_hash,
    };
    let (hash, changes) = (link.hash(), changes.replace('\'', "''"));
    let id = entry.sequence;
    db.execute(&format!(
        "UPDATE audit_entry SET hash_version = 1, hash = '{hash}', changes = '{changes}' WHERE id = {id}"
    ))
    .await;
    db.execute(&format!("DELETE FROM audit_value WHERE entry_id = {id}")).await;
}

const OLDER: &str = r#"[{"field":"revision","before":"1","after":"2"},{"field":"value","before":"50.5","after":"51.5"},{"field":"text","before":null,"after":"năm mốt"}]"#;

async fn values_of_older_entries_are_masked_when_they_are_read(db: TestDb) {
    let (lan, officer, chief) = (editor(&db).await, officer(&db).await, chief(&db).await);
    let binh = somebody(&db, "binh", &[Role::Approver], Some("25")).await;
    revised(&lan, "PRIVATE").await;
    made_older(&db, OLDER).await;
    let fields = |before: Value, after: Value, text: Value, masked: bool| {
        json!([
            field("revision", json!("1"), json!("2"), false),
            field("value", before, after, masked),
            field("text", json!(null), text, masked)
        ])
    };
    let masked = fields(json!(null), json!(null), json!(null), true);
    for reader in [&officer, &chief] {
        assert_eq!(last(reader).await, masked);
        assert_eq!(reader.ask(VERIFY).await["auditVerification"]["valid"], true);
    }
    // Each side by its own revision.
    db.execute("UPDATE observation SET sharing = 'SHARED' WHERE value = 51.5").await;
    assert_eq!(last(&officer).await, masked);
    let after = json!([
        field("revision", json!("1"), json!("2"), false),
        field("value", json!(null), json!("51.5"), true),
        field("text", json!(null), json!("năm mốt"), false)
    ]);
    assert_eq!(last(&chief).await, after);
    db.execute("UPDATE observation SET sharing = 'SHARED' WHERE value = 50.5").await;
    assert_eq!(last(&chief).await, fields(json!("50.5"), json!("51.5"), json!("năm mốt"), false));
    // A step of the review names no revision: it is the one that the step was of.
    db.execute("UPDATE observation SET sharing = 'PRIVATE' WHERE value = 51.5").await;
    let query = r#"{ observations(filter: { indicators: ["commune_fibre_pct"], areas: ["25"], on: "2026-01-01", states: [DRAFT] }) { nodes { id } } }"#;
    let draft = lan.ask(query).await["observations"]["nodes"][0].clone();
    taken(&lan, "submitObservation", &draft, 1, r#", reason: "51,5 là đúng""#).await;
    let changes = r#"[{"field":"state","before":"DRAFT","after":"SUBMITTED"},{"field":"reason","before":null,"after":"51,5 là đúng"}]"#;
    made_older(&db, changes).await;
    assert_eq!(last(&chief).await[1], field("reason", json!(null), json!(null), true));
    db.execute("UPDATE observation SET sharing = 'SHARED' WHERE value = 51.5").await;
    assert_eq!(last(&chief).await[1], field("reason", json!(null), json!("51,5 là đúng"), false));
    assert_eq!(last(&officer).await[1], field("reason", json!(null), json!(null), true));
    taken(&binh, "publishObservation", &draft, 2, "").await;
    db.execute("UPDATE observation SET sharing = 'OPEN' WHERE value = 51.5").await;
    assert_eq!(log(&officer).await[2][1], field("reason", json!(null), json!("51,5 là đúng"), false));
}

async fn a_value_that_was_changed_or_taken_away_is_found(db: TestDb) {
    let (lan, officer) = (editor(&db).await, officer(&db).await);
    revised(&lan, "PRIVATE").await;
    let number = whole(&db).await.pop().expect("an entry").sequence;
    for (change, back) in [
        (
            "UPDATE audit_value SET value = '52.5' WHERE value = '51.5'",
            "UPDATE audit_value SET value = '51.5' WHERE value = '52.5'",
        ),
        ("UPDATE audit_value SET salt = '0' || salt", "UPDATE audit_value SET salt = substr(salt, 2)"),
        ("DELETE FROM audit_value WHERE value = '51.5'", ""),
    ] {
        assert_eq!(
            officer.ask(VERIFY).await["auditVerification"],
            json!({ "valid": true, "firstInvalidSequence": null })
        );
        db.execute(change).await;
        let found = officer.ask(VERIFY).await["auditVerification"].clone();
        assert_eq!(found, json!({ "valid": false, "firstInvalidSequence": number }), "{change}");
        db.execute(if back.is_empty() { "SELECT 1" } else { back }).await;
    }
}

async fn an_export_leaves_values_out_unless_they_are_asked_for(db: TestDb) {
    use std::os::unix::fs::PermissionsExt;
    let lan = editor(&db).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    };
    revised(&lan, "PRIVATE").await;
    let url = db.url();
    let export = printed(&["audit", "export", "--database-url", url]);
    let lines = export.lines().count();
    for secret in ["50.5", "51.5", "mức riêng", "50,5", "salt"] {
        assert!(!export.contains(secret), "{secret} was exported");
    }
    let said = printed(&["audit", "verify", &file("without", &export)]);
    assert!(said.starts_with(&format!("{lines} entries, each as it was written")), "{said}");
    assert!(!said.contains("left out"), "{said}");

    let whole = folder.path().join("whole").display().to_string();
    assert_eq!(printed(&["audit", "export", "--values", "--to", &whole, "--database-url", url]), "");
    assert_eq!(std::fs::metadata(&whole).expect("a file").permissions().mode() & 0o777, 0o600);
    assert!(refused(&["audit", "export", "--to", &whole, "--database-url", url]).contains("File exists"));
    let values = std::fs::read_to_string(&whole).expect("a file");
    assert!(values.contains(r#""value":"51.5""#) && values.contains("50,5 là sai"));
    assert!(printed(&["audit", "verify", &whole]).starts_with(&format!("{lines} entries, each as it was written")));
    let bent = file("bent", &values.replace(r#""value":"51.5""#, r#""value":"52.5""#));
    let said = refused(&["audit", "verify", &bent]);
    assert!(said.starts_with(&format!("the audit log is not what it was, from entry {lines} on")), "{said}");

    // What an older program wrote.
    made_older(&db, OLDER).await;
    let export = printed(&["audit", "export", "--database-url", url]);
    for secret in ["50.5", "51.5", "năm mốt"] {
        assert!(!export.contains(secret), "{secret} was exported");
    }
    let said = printed(&["audit", "verify", &file("older", &export)]);
    assert!(said.contains("Of 1 of them the values were left out"), "{said}");
    let export = printed(&["audit", "export", "--values", "--database-url", url]);
    assert!(export.contains("51.5"));
    let said = printed(&["audit", "verify", &file("older whole", &export)]);
    assert!(!said.contains("left out"), "{said}");
    let bent = file("older bent", &export.replace("51.5", "52.5"));
    assert!(refused(&["audit", "verify", &bent]).starts_with("the audit log is not what it was"));
    // As it was exported before there were versions.
    let before: String = export
        .lines()
        .map(|line| {
            let mut entry: Value = serde_json::from_str(line).expect("JSON");
            entry.as_object_mut().expect("an entry").retain(|key, value| key != "hashVersion" || value != 1);
            format!("{entry}\n")
        })
        .collect();
    assert!(printed(&["audit", "verify", &file("before", &before)]).starts_with(&format!("{lines} entries")));
}

async fn an_archive_takes_the_values_with_it(db: TestDb) {
    let (lan, officer) = (editor(&db).await, officer(&db).await);
    revised(&lan, "PRIVATE").await;
    let entry = whole(&db).await.pop().expect("an entry");
    // The newest of all stays: another one.
    recorded(&lan, &record("2024", r#"value: 1, revisionReason: "x""#)).await;
    let count = async || {
        let raw = db.raw().await;
        let sql = Statement::from_string(raw.get_database_backend(), "SELECT count(*) FROM audit_value");
        let row = raw.query_one_raw(sql).await.expect("a read").expect("a row");
        raw.close().await.expect("the connection closes");
        row.try_get_by_index::<i64>(0).expect("a number")
    };
    assert!(count().await > 0);
    let op = Op::new(&db.app().await, Caller::Operator, "test");
    journal::forget(&op, entry.sequence, &entry.hash).await.expect("forgotten");
    assert_eq!(count().await, 0);
    assert_eq!(officer.ask(VERIFY).await["auditVerification"]["valid"], true);
}
