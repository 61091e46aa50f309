//! The door for writes: all or nothing, and everything in the audit chain, which is one chain.

use entity::{
    audit_entry, change,
    kinds::{AuditOutcome, ChangeAction, ChangeType},
};
use lienthong::kernel::{
    chain::GENESIS,
    op::Op,
    policy::{Action, Caller},
    tx::Outcome,
};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;

use super::{
    World, coded,
    mutation::adopt,
    nouns::{project, refused, rows::WORLD},
};
use crate::harness::{TestDb, noon, on_both};

on_both! { WORLD =>
    a_write_is_audited_and_told_in_one,
    a_write_that_is_refused_leaves_nothing,
    a_write_that_changes_nothing_is_not_audited,
    whoever_may_not_write_does_not,
    several_writes_together_see_each_other,
    of_several_writes_together_none_is_left_when_one_fails,
    the_audit_chain_is_continuous_and_each_hash_is_right,
    fifty_writers_at_once_make_one_chain,
}

/// How many projects, audit entries and changes there are.
async fn counts(db: &DatabaseConnection) -> (u64, u64, u64) {
    (
        project::Entity::find().count(db).await.expect("a count"),
        audit_entry::Entity::find().count(db).await.expect("a count"),
        change::Entity::find().count(db).await.expect("a count"),
    )
}

/// The whole chain, of which every link was checked.
async fn chain(db: &DatabaseConnection) -> Vec<audit_entry::Model> {
    let entries = audit_entry::Entity::find().order_by_asc(audit_entry::Column::Id).all(db).await.expect("the chain");
    let mut previous = GENESIS.to_owned();
    for (entry, sequence) in entries.iter().zip(1..) {
        assert_eq!(entry.id.0, sequence);
        assert_eq!(entry.previous_hash, previous, "entry {sequence} follows another");
        assert_eq!(entry.hash, hash(entry), "entry {sequence} was changed");
        previous.clone_from(&entry.hash);
    }
    entries
}

/// The hash of an entry, worked out from its description: a version byte, two numbers of eight bytes, eight texts, each after a
/// byte that tells whether there is one and its length.
fn hash(entry: &audit_entry::Model) -> String {
    assert_eq!((entry.outcome, entry.hash_version), (AuditOutcome::Ok, 2));
    let mut bytes = vec![2];
    bytes.extend(entry.id.0.to_be_bytes());
    bytes.extend(entry.at.timestamp_micros().to_be_bytes());
    for text in [
        Some(entry.actor.as_str()),
        Some(entry.action.as_str()),
        entry.resource.as_deref(),
        Some("OK"),
        entry.reason.as_deref(),
        entry.request_id.as_deref(),
        Some(entry.changes.as_str()),
        Some(entry.previous_hash.as_str()),
    ] {
        bytes.push(u8::from(text.is_some()));
        let text = text.unwrap_or_default();
        bytes.extend(u32::try_from(text.len()).expect("a short text").to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn a_write_is_audited_and_told_in_one(db: TestDb) {
    let (world, raw) = (World::new(&db).await, db.raw().await);
    let op = world.op();
    let id = adopt(&op, "T070", "Mới").await.expect("it is adopted");
    assert_eq!(counts(&raw).await, (481, 1, 1));
    let entry = &chain(&raw).await[0];
    assert_eq!(entry.at, noon("2026-01-15"));
    assert_eq!((entry.actor.as_str(), entry.action.as_str()), ("operator", "plan.record"));
    assert_eq!(entry.resource.as_deref(), Some("Mới"));
    assert_eq!(entry.request_id.as_deref(), Some(op.request_id()));
    assert_eq!((entry.changes.as_str(), entry.reason.as_deref()), ("[]", None));
    let told = change::Entity::find().one(&raw).await.expect("a read").expect("a change");
    assert_eq!((told.kind, told.action, told.key.as_str()), (ChangeType::Plan, ChangeAction::Created, "Mới"));
    assert_eq!((told.node_id, told.at), (id, noon("2026-01-15")));
}

async fn a_write_that_is_refused_leaves_nothing(db: TestDb) {
    let (world, raw) = (World::new(&db).await, db.raw().await);
    let error = adopt(&world.op(), "T070", "Dự án 1").await.expect_err("it is refused");
    assert_eq!(error.to_string(), "there is one of this title");
    assert_eq!(counts(&raw).await, (480, 0, 0));
    adopt(&world.op(), "T070", "Mới").await.expect("the next one is adopted");
    assert_eq!(counts(&raw).await, (481, 1, 1));
}

async fn a_write_that_changes_nothing_is_not_audited(db: TestDb) {
    let (world, raw) = (World::new(&db).await, db.raw().await);
    let op = world.op();
    let permit = op.permit(Action::RecordPlan).expect("a permit");
    let found = op
        .write(permit, async |tx, _| {
            Ok(Outcome::unchanged(tx.first(project::Entity::find_by_id(7)).await?.map(|p| p.title)))
        })
        .await;
    assert_eq!(found.expect("a write").as_deref(), Some("Dự án 7"));
    assert_eq!(counts(&raw).await, (480, 0, 0));
}

async fn whoever_may_not_write_does_not(db: TestDb) {
    let (world, raw) = (World::new(&db).await.asked_by(Caller::Anonymous), db.raw().await);
    let error = adopt(&world.op(), "T070", "Mới").await.expect_err("it is refused");
    assert_eq!(error.to_string(), "Sign in to do this.");
    assert_eq!(counts(&raw).await, (480, 0, 0));
}

async fn several_writes_together_see_each_other(db: TestDb) {
    let (world, raw) = (World::new(&db).await, db.raw().await);
    let query = r#"{town(code:"T070"){projects(last:2){totalCount nodes{title}}}}"#;
    let during = world
        .op()
        .together(async |op: &Op| {
            let first = adopt(op, "T070", "Một").await?;
            let second = adopt(op, "T070", "Hai").await?;
            let mine = op.find(project::Entity::find().filter(project::Column::Id.is_in([first, second]))).await?;
            assert_eq!(mine.len(), 2, "what was written is read");
            // Nobody else sees it yet; on SQLite and PostgreSQL alike, nobody waits for it either.
            assert_eq!(counts(&raw).await, (480, 0, 0));
            Ok(world.execute(op.clone(), query, Json::Null).await)
        })
        .await
        .expect("both are adopted");
    let expected = r#"{"town":{"projects":{"totalCount":7,"nodes":[{"title":"Một"},{"title":"Hai"}]}}}"#;
    assert_eq!(serde_json::to_string(&during.data).expect("JSON"), expected);
    world.gives(query, expected).await;
    assert_eq!(counts(&raw).await, (482, 2, 2));
    assert_eq!(chain(&raw).await.len(), 2);
}

async fn of_several_writes_together_none_is_left_when_one_fails(db: TestDb) {
    let (world, raw) = (World::new(&db).await, db.raw().await);
    let outcome = world
        .op()
        .together(async |op: &Op| {
            adopt(op, "T070", "Một").await?;
            adopt(op, "T070", "Một").await
        })
        .await;
    assert_eq!(outcome.expect_err("the second is refused").to_string(), "there is one of this title");
    assert_eq!(counts(&raw).await, (480, 0, 0));
    let outcome = world
        .op()
        .together(async |op: &Op| {
            adopt(op, "T070", "Một").await?;
            Err::<(), _>(refused("thôi", "never mind"))
        })
        .await;
    assert_eq!(outcome.expect_err("it was given up").to_string(), "never mind");
    assert_eq!(counts(&raw).await, (480, 0, 0));
}

async fn the_audit_chain_is_continuous_and_each_hash_is_right(db: TestDb) {
    let (world, raw) = (World::new(&db).await, db.raw().await);
    for title in ["a", "b", "Dự án 1", "c"] {
        let _ = world.ask(&format!(r#"mutation{{adoptProject(town:"T070",title:"{title}"){{new}}}}"#)).await;
    }
    let titles: Vec<_> = chain(&raw).await.into_iter().filter_map(|entry| entry.resource).collect();
    assert_eq!(titles, ["a", "b", "c"]);
}

async fn fifty_writers_at_once_make_one_chain(db: TestDb) {
    let (world, raw) = (World::new(&db).await, db.raw().await);
    let mut writers = JoinSet::new();
    for number in 0..50 {
        let op = world.op();
        // Some write twice in one, some are refused.
        writers.spawn(async move {
            match number % 5 {
                0 => adopt(&op, "T070", "Dự án 1").await.is_err(),
                1 => {
                    let both = async |op: &Op| {
                        adopt(op, "T070", &format!("{number} a")).await?;
                        adopt(op, "T071", &format!("{number} b")).await
                    };
                    op.together(both).await.is_ok()
                }
                _ => adopt(&op, "T070", &format!("{number}")).await.is_ok(),
            }
        });
    }
    assert!(writers.join_all().await.into_iter().all(|as_expected| as_expected));
    assert_eq!(counts(&raw).await, (480 + 50, 50, 50));
    assert_eq!(chain(&raw).await.len(), 50);
    // The feed tells of the changes in the order of the chain.
    let told = change::Entity::find().order_by_asc(change::Column::Id).all(&raw).await.expect("the feed");
    let audited = chain(&raw).await;
    for (change, entry) in told.iter().zip(&audited) {
        assert_eq!(Some(&change.key), entry.resource.as_ref());
    }
    assert_eq!(coded("‹›"), "");
}
