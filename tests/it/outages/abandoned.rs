//! A client that leaves while its write waits for the lock of all writers.

use std::time::Duration;

use entity::kinds::Role;
use sea_orm::{ConnectionTrait, TransactionTrait};
use tokio::time::{sleep, timeout};

use crate::{
    harness::{Kind, SEEDED, TestDb},
    rooms::people::somebody,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_while_its_write_waits_leaves_no_lock_to_other_instances() {
    let db = TestDb::new(Kind::Postgres, &SEEDED).await;
    let here = somebody(&db, "lan", &[Role::Editor], Some("25")).await;
    let there = somebody(&db, "hoa", &[Role::Editor], Some("25")).await;
    let plan = |code: &str| {
        format!(
            r#"mutation {{ createPlan(input: {{ code: "{code}", title: "Kế hoạch thử", kind: PLAN, status: DRAFTING, area: "25", source: {{ title: "Công báo" }} }}) {{ plan {{ code }} }} }}"#
        )
    };
    let raw = db.raw().await;
    let other = raw.begin().await.expect("a transaction");
    other.execute_unprepared("SELECT pg_advisory_xact_lock(7305427)").await.expect("the lock of all writers");
    let abandoned = timeout(Duration::from_millis(300), here.send(&plan("bo-do"))).await;
    assert!(abandoned.is_err(), "it waits for the lock");
    other.rollback().await.expect("the lock is free");
    // The abandoned statement gets the lock now, if anybody still listens to it.
    sleep(Duration::from_millis(500)).await;
    let answer = there.send(&plan("tiep-theo")).await;
    assert_eq!((answer.status, answer.json().get("errors")), (200, None), "{}", answer.body);
    let answer = here.send(&plan("bo-do")).await;
    assert_eq!((answer.status, answer.json().get("errors")), (200, None), "{}", answer.body);
    raw.close().await.expect("it closes");
}
