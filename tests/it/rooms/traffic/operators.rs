//! Whoever operates a system reports the calls over its links, from when a registrar says so.

use entity::kinds::Role;
use serde_json::json;

use super::{LINK, call, of_month, reported, sent, system};
use crate::{
    harness::{SEEDED, TestDb, on_both},
    rooms::{ask, linking::succeeded, people::somebody},
};

on_both! { SEEDED =>
    the_body_that_operates_an_end_reports_for_it,
    the_body_that_took_over_reports_for_what_it_took_over,
}

async fn the_body_that_operates_an_end_reports_for_it(db: TestDb) {
    let registrar = somebody(&db, "lan", &[Role::Registrar], Some("25")).await;
    let body = system(&db, Some("pt-skhcn")).await;
    let record = call(LINK, "PROVIDER", "a", "2026-01-15T10:00:00Z", 84);
    let answer = sent(&body, std::slice::from_ref(&record)).await;
    assert_eq!(
        answer["data"]["recordExchanges"]["errors"][0]["code"], "FORBIDDEN",
        "nobody says whose it is: {answer}"
    );
    let found =
        ask(&db, r#"{ informationSystem(code: "pt-lgsp") { id version owner { code } operator { code } } }"#).await;
    let pt = &found["informationSystem"];
    assert_eq!((&pt["owner"], &pt["operator"]), (&json!(null), &json!(null)));
    let query = format!(
        r#"mutation {{ updateInformationSystem(input: {{ id: {}, version: {}, operator: "pt-skhcn" }}) {{ informationSystem {{ owner {{ code }} operator {{ code }} }} }} }}"#,
        pt["id"], pt["version"]
    );
    assert_eq!(
        registrar.ask(&query).await["updateInformationSystem"]["informationSystem"],
        json!({ "owner": null, "operator": { "code": "pt-skhcn" } })
    );
    assert_eq!(reported(&body, &[record]).await, (1, 0));
    let month = of_month(&db, LINK).await;
    assert_eq!((&month[0]["succeeded"], &month[0]["latencyMaxMs"]), (&json!(1), &json!(84.0)), "{month}");
}

async fn the_body_that_took_over_reports_for_what_it_took_over(db: TestDb) {
    db.execute("UPDATE information_system SET owner_id = (SELECT id FROM agency WHERE code = 'hy-stttt') WHERE code = 'pt-lgsp'")
        .await;
    let heir = system(&db, Some("hy-skhcn")).await;
    let record = [call(LINK, "PROVIDER", "a", "2026-01-15T10:00:00Z", 84)];
    db.execute("DELETE FROM agency_succession").await;
    assert_eq!(sent(&heir, &record).await["data"]["recordExchanges"]["errors"][0]["code"], "FORBIDDEN");
    succeeded(&db, "hy-stttt", "hy-skhcn").await;
    assert_eq!(reported(&heir, &record).await, (1, 0));
}
