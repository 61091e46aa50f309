//! PostgreSQL that hangs up, hangs, or takes no writes.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use async_graphql::futures_util::future::join_all;
use entity::kinds::Role;
use lienthong::kernel::{db, limits::Limits};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::proxy::Proxy;
use crate::{
    harness::{Kind, SEEDED, TestDb},
    http::{Answer, get},
    rooms::people::{Asker, create, sign_in},
};

/// Longer than a connection may be idle without being tested.
const IDLE: Duration = Duration::from_millis(1100);

/// The service on a database that it reaches through a network which fails.
struct Service {
    db: TestDb,
    proxy: Proxy,
    anonymous: Asker,
    editor: Asker,
    plans: AtomicUsize,
    reads: AtomicUsize,
}

impl Service {
    async fn new() -> Self {
        let db = TestDb::new(Kind::Postgres, &SEEDED).await;
        let proxy = Proxy::to(&db).await;
        let way = db::connect(&proxy.url(), 8, Some(Duration::from_secs(12))).await.expect("a database");
        let app = TestDb::app_of(way, Limits::default());
        create(&app, "lan", &[Role::Editor], Some("25")).await;
        let anonymous = Asker::stranger(app);
        let editor = sign_in(&anonymous, "lan").await;
        Service { db, proxy, anonymous, editor, plans: AtomicUsize::new(0), reads: AtomicUsize::new(0) }
    }
    /// Opens as many connections as there may be.
    async fn warm(&self) {
        join_all((0..24).map(|_| self.read())).await;
        fine(&self.write().await);
        assert!(self.proxy.connections() > 4, "one connection for all of it proves nothing");
    }
    /// Reads what no other request has read, so that no answer is kept for it.
    async fn read(&self) -> Answer {
        let number = self.reads.fetch_add(1, Ordering::Relaxed);
        let query =
            format!("{{ p{number}: provinces(first: 30) {{ nodes {{ code plans {{ nodes {{ code }} }} }} }} }}");
        self.anonymous.send(&query).await
    }
    /// Writes a plan, one at a time.
    async fn write(&self) -> Answer {
        let number = self.plans.fetch_add(1, Ordering::Relaxed);
        let input = format!(
            r#"code: "thu-{number}", title: "Kế hoạch thử", kind: PLAN, status: DRAFTING, area: "25", source: {{ title: "Công báo" }}"#
        );
        self.editor.send(&format!("mutation {{ createPlan(input: {{ {input} }}) {{ plan {{ code }} }} }}")).await
    }
    /// The plans that are there, as the database has them.
    async fn written(&self) -> Value {
        let data = crate::rooms::ask(&self.db, r#"{ plans(filter: { text: "ke hoach thu" }) { totalCount } }"#).await;
        data["plans"]["totalCount"].clone()
    }
    async fn ready(&self) -> (u16, Value) {
        let answer = timeout(Duration::from_secs(3), get(&self.anonymous.service, "/readyz")).await;
        let answer = answer.expect("it answers within its time");
        (answer.status, answer.json()["reason"].clone())
    }
}

fn fine(answer: &Answer) {
    assert_eq!((answer.status, answer.json().get("errors")), (200, None), "{}", answer.body);
}

fn unavailable(answer: &Answer) {
    assert_eq!((answer.status, answer.code()), (503, json!("UNAVAILABLE")), "{}", answer.body);
    assert_eq!(answer.header("retry-after"), "5");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_restarted_costs_no_request() {
    let service = Service::new().await;
    service.warm().await;
    for idle in [Duration::ZERO, IDLE] {
        sleep(idle).await;
        service.proxy.close();
        // Reads first, then writes first: whichever meets the dead connections.
        if idle.is_zero() {
            fine(&service.read().await);
        }
        fine(&service.write().await);
        assert_eq!(service.ready().await, (200, Value::Null));
        for answer in join_all((0..16).map(|_| service.read())).await {
            fine(&answer);
        }
    }
    assert_eq!(service.written().await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_hear_nothing_are_left_for_new_ones() {
    let service = Service::new().await;
    service.warm().await;
    sleep(IDLE).await;
    service.proxy.swallow();
    // Readiness has a connection of its own, and answers while it waits for it.
    service.ready().await;
    assert_eq!(service.ready().await, (200, Value::Null));
    for answer in join_all((0..16).map(|_| service.read())).await {
        fine(&answer);
    }
    fine(&service.write().await);
    assert_eq!(service.written().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_reached_is_unavailable_until_it_can() {
    let service = Service::new().await;
    service.warm().await;
    service.proxy.refuse(true);
    service.proxy.close();
    let (read, written) = tokio::join!(service.read(), service.write());
    unavailable(&read);
    unavailable(&written);
    assert_eq!(service.ready().await, (503, json!("the database does not answer")));
    service.proxy.refuse(false);
    fine(&service.read().await);
    fine(&service.write().await);
    assert_eq!(service.ready().await, (200, Value::Null));
    assert_eq!(service.written().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_lost_at_the_commit_is_no_fault_of_the_request() {
    let service = Service::new().await;
    service.proxy.close_after("COMMIT\0");
    unavailable(&service.write().await);
    fine(&service.write().await);
    // A connection that is lost in the middle leaves nothing.
    service.proxy.close_after("Kế hoạch thử");
    unavailable(&service.write().await);
    fine(&service.write().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_takes_no_writes_is_read_and_not_ready() {
    let service = Service::new().await;
    service.db.forbid_writes().await;
    service.proxy.close();
    fine(&service.read().await);
    unavailable(&service.write().await);
    let (status, reason) = service.ready().await;
    assert_eq!((status, reason), (503, json!("the database takes no writes: it is a standby, or set to read only")));
}
