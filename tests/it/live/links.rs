//! Data links whose health changes, as whoever follows them is told.

use entity::kinds::Role;
use serde_json::json;

use super::{Instance, Socket};
use crate::{
    harness::{SEEDED, TestDb, on_both},
    rooms::{
        health::{
            LINK, after, lead, probe, settings,
            sites::{Does, FINE, Site, of_status},
        },
        people::{Asker, create, sign_in},
    },
};

on_both! { SEEDED =>
    whoever_follows_a_link_is_told_when_it_stops_answering,
    links_that_there_are_not_are_not_followed,
}

/// An instance that tells, and leaves it to others to check.
async fn telling(db: &TestDb) -> Instance {
    let mut settings = settings();
    settings.probes.every = None;
    Instance::of(db.app_set(after(0), settings).await).await
}

async fn whoever_follows_a_link_is_told_when_it_stops_answering(db: TestDb) {
    let (fine, broken) = (Site::new(FINE).await, Site::new(Does::Says(|_| of_status(500))).await);
    lead(&db, LINK, &fine.url()).await;
    let app = db.app().await;
    create(&app, "lan", &[Role::Registrar], Some("25")).await;
    let lan = sign_in(&Asker::stranger(app), "lan").await;
    let link = lan.ask(&format!(r#"{{ dataLink(code: "{LINK}") {{ id version }} }}"#)).await["dataLink"].clone();
    let instance = telling(&db).await;
    let mut follower = instance.socket(None).await;
    let follow = "linkHealthChanged(links: [LINK]) { code endpoint health { state } }";
    follower.ask("this", &format!("subscription {{ {} }}", follow.replace("LINK", &json!(LINK).to_string()))).await;
    follower.silent().await;
    let mut other = instance.socket(None).await;
    other.ask("other", r#"subscription { linkHealthChanged(links: ["qn-lgsp--vn-ndxp"]) { code } }"#).await;
    other.silent().await;
    let state = async |follower: &mut Socket| {
        let link = follower.hear().await["payload"]["data"]["linkHealthChanged"].clone();
        assert_eq!((&link["code"], &link["endpoint"]), (&json!(LINK), &json!(null)));
        link["health"]["state"].clone()
    };
    // Not at the instant at which everything else happens.
    assert_eq!(probe(&db, 1).await, 1);
    assert_eq!(state(&mut follower).await, "UP");
    // Another change of the link is none of its health; nor is a check that finds it as it was.
    let input = format!("{{ id: {}, version: {}, carries: \"số liệu\" }}", link["id"], link["version"]);
    lan.ask(&format!("mutation {{ updateDataLink(input: {input}) {{ dataLink {{ version }} }} }}")).await;
    assert_eq!(probe(&db, 70).await, 0);
    db.execute(&format!("UPDATE data_link SET endpoint = '{}' WHERE code = '{LINK}'", broken.url())).await;
    db.execute(&format!("UPDATE link_health SET endpoint = '{}'", broken.url())).await;
    for (seconds, changed, now) in [(140, 1, "DEGRADED"), (210, 0, ""), (280, 1, "DOWN")] {
        assert_eq!(probe(&db, seconds).await, changed, "{seconds}");
        if changed > 0 {
            assert_eq!(state(&mut follower).await, now);
        }
    }
    follower.silent().await;
    other.silent().await;
}

async fn links_that_there_are_not_are_not_followed(db: TestDb) {
    let instance = telling(&db).await;
    let mut socket = instance.socket(None).await;
    let links = json!([LINK, "nope"]);
    socket.ask("a", &format!("subscription {{ linkHealthChanged(links: {links}) {{ code }} }}")).await;
    let refused = socket.hear().await;
    let error = &refused["payload"][0]["extensions"];
    assert_eq!((&refused["type"], &error["code"]), (&json!("error"), &json!("BAD_USER_INPUT")));
    assert_eq!(error["fields"][0]["path"], "links[1]");
    assert_eq!(error["fields"][0]["code"], "UNKNOWN_LINK");
}
