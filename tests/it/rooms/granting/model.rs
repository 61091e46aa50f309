//! What a client sees is what a naive reading of the rules lets it see, whatever the figures, the grants and the time.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use proptest::{
    collection::vec,
    option,
    prelude::Strategy,
    sample::{select, subsequence},
    strategy::ValueTree,
    test_runner::TestRunner,
};
use serde_json::Value;

use super::{System, admin, opening::insert};
use crate::{
    harness::{SEEDED, TestDb, on_both},
    rooms::people::Asker,
};

on_both! { SEEDED => a_client_sees_what_the_rules_let_it_see }

const INDICATORS: [&str; 3] = ["dti_rank", "bts_count", "village_fibre_pct"];

/// Units, and how the tables know them: former and present ones, two of which have one code.
const UNITS: [(&str, &str); 5] = [
    ("former Phú Thọ", "code = '25' AND valid_to IS NOT NULL"),
    ("Vĩnh Phúc", "code = '26' AND valid_to IS NOT NULL"),
    ("Phú Thọ", "code = '25' AND valid_to IS NULL"),
    ("Quảng Ninh", "code = '22' AND valid_to IS NULL"),
    ("Việt Nam", "code = 'VN'"),
];

const NOWS: [&str; 3] = ["2026-01-15T12:00:00Z", "2026-06-01T12:00:00Z", "2026-06-01T17:00:00Z"];

/// A figure, told by its period, which no other has.
#[derive(Clone, Debug)]
struct Figure {
    indicator: usize,
    unit: usize,
    class: &'static str,
    published: bool,
}

#[derive(Clone, Debug)]
struct Agreement {
    from: &'static str,
    to: Option<&'static str>,
    activated: bool,
    revoked: bool,
}

#[derive(Clone, Debug)]
struct Grant {
    client: usize,
    agreement: usize,
    indicators: Vec<usize>,
    units: Vec<usize>,
    from: &'static str,
    to: &'static str,
    revoked: bool,
}

#[derive(Clone, Debug)]
struct World {
    figures: Vec<Figure>,
    agreements: [Agreement; 2],
    grants: Vec<Grant>,
}

fn worlds() -> impl Strategy<Value = World> {
    let seldom = || select(vec![false, false, false, false, false, false, false, true]);
    let figure = (0..INDICATORS.len(), 0..UNITS.len(), select(vec!["OPEN", "SHARED", "PRIVATE", "PRIVATE"]), seldom())
        .prop_map(|(indicator, unit, class, draft)| Figure { indicator, unit, class, published: !draft });
    let agreement = || {
        let days = select(vec!["2025-06-01", "2025-06-01", "2025-06-01", "2026-01-15", "2026-06-02"]);
        let ends = option::of(select(vec!["2026-01-15", "2026-06-01", "2027-01-01", "2027-01-01"]));
        (days, ends, seldom(), seldom()).prop_map(|(from, to, asleep, revoked)| Agreement {
            from,
            to,
            activated: !asleep,
            revoked,
        })
    };
    let all = |count: usize| (0..count).collect::<Vec<_>>();
    let grant = (
        (0..2_usize, 0..2_usize),
        subsequence(all(INDICATORS.len()), 1..=3),
        subsequence(all(UNITS.len()), 1..=4),
        select(vec!["2026-01-01T00:00:00+00:00", "2026-01-15T12:00:00+00:00", "2026-06-01T12:00:01+00:00"]),
        select(vec![
            "2026-01-15T12:00:00+00:00",
            "2026-06-01T17:00:00+00:00",
            "2027-01-01T00:00:00+00:00",
            "2027-01-01T00:00:00+00:00",
        ]),
        seldom(),
    )
        .prop_map(|((client, agreement), indicators, units, from, to, revoked)| Grant {
            client,
            agreement,
            indicators,
            units,
            from,
            to,
            revoked,
        });
    (vec(figure, 1..14), [agreement(), agreement()], vec(grant, 0..10))
        .prop_map(|(figures, agreements, grants)| World { figures, agreements, grants })
}

/// What the rules say, a grant at a time.
fn sees(world: &World, client: usize, figure: &Figure, now: DateTime<Utc>) -> bool {
    let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
    let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
    let today = (now + chrono::Duration::hours(7)).date_naive();
    let holds = |agreement: &Agreement| {
        agreement.activated
            && !agreement.revoked
            && day(agreement.from) <= today
            && agreement.to.is_none_or(|to| today <= day(to))
    };
    // Present Phú Thọ is also what it came from.
    let within = |named: &usize| *named == figure.unit || (*named == 2 && figure.unit < 2);
    let opens = |grant: &Grant| {
        grant.client == client
            && !grant.revoked
            && at(grant.from) <= now
            && now < at(grant.to)
            && holds(&world.agreements[grant.agreement])
            && grant.indicators.contains(&figure.indicator)
            && grant.units.iter().any(within)
    };
    figure.published && (figure.class == "OPEN" || world.grants.iter().any(opens))
}

fn quoted(text: Option<&str>) -> String {
    text.map_or_else(|| "NULL".to_owned(), |text| format!("'{text}'"))
}

async fn make(db: &TestDb, world: &World, clients: &[System]) {
    let columns = db.columns("observation").await;
    let mut sql = vec!["DELETE FROM observation WHERE period < '2000'".to_owned()];
    for table in ["grant_area", "grant_indicator", "access_grant", "agreement"] {
        sql.push(format!("DELETE FROM {table}"));
    }
    for (n, figure) in world.figures.iter().enumerate() {
        let period = (1970 + n).to_string();
        let mut row = insert(&columns, INDICATORS[figure.indicator], UNITS[figure.unit].1, &period, figure.class, 1.0);
        if !figure.published {
            row.push_str(&format!(
                "; UPDATE observation SET state = 'SUBMITTED', published_at = NULL WHERE period = '{period}'"
            ));
        }
        sql.push(row);
    }
    let instant = |yes: bool| quoted(yes.then_some("2026-01-02T00:00:00+00:00"));
    for (n, agreement) in world.agreements.iter().enumerate() {
        sql.push(format!(
            "INSERT INTO agreement (id, number, provider_id, consumer_id, purpose, valid_from, valid_to, activated_at, revoked_at, version) \
             SELECT {n} + 1, '{n}', p.id, c.id, 'x', '{}', {}, {}, {}, 1 FROM agency p, agency c WHERE p.code = 'pt-ubnd' AND c.code = 'hy-ubnd'",
            agreement.from, quoted(agreement.to), instant(agreement.activated), instant(agreement.revoked)
        ));
    }
    for (n, grant) in world.grants.iter().enumerate() {
        sql.push(format!(
            "INSERT INTO access_grant (id, agreement_id, client_id, purpose, valid_from, valid_to, revoked_at, version) \
             SELECT {n} + 1, {} + 1, id, 'x', '{}', '{}', {}, 1 FROM api_client WHERE client_id = '{}'",
            grant.agreement, grant.from, grant.to, instant(grant.revoked), clients[grant.client].id
        ));
        for of in &grant.indicators {
            sql.push(format!(
                "INSERT INTO grant_indicator (grant_id, indicator_id) SELECT {n} + 1, id FROM indicator WHERE code = '{}'",
                INDICATORS[*of]
            ));
        }
        for of in &grant.units {
            sql.push(format!(
                "INSERT INTO grant_area (grant_id, unit_id) SELECT {n} + 1, id FROM unit WHERE {}",
                UNITS[*of].1
            ));
        }
    }
    db.execute(&sql.join("; ")).await;
}

/// The figures that a client sees, by period: all, and the newest of each.
async fn seen(asker: &Asker) -> [BTreeSet<String>; 2] {
    let query = r#"{ all: observations(first: 100, filter: { periodTo: "1999" }) { totalCount nodes { period } } latest: observations(first: 100, filter: { periodTo: "1999", latest: true }) { totalCount nodes { period } } }"#;
    let answer = asker.ask(query).await;
    ["all", "latest"].map(|list| {
        let nodes = answer[list]["nodes"].as_array().expect("figures");
        assert_eq!(answer[list]["totalCount"], nodes.len());
        let period = |node: &Value| node["period"].as_str().expect("a period").to_owned();
        nodes.iter().map(period).collect()
    })
}

async fn a_client_sees_what_the_rules_let_it_see(db: TestDb) {
    let admin = admin(&db).await;
    let mut clients = vec![];
    for _ in 0..2 {
        clients.push(System::of(&admin, Some("hy-ubnd"), &["observation:read"]).await);
    }
    let mut askers = vec![];
    for now in NOWS {
        let now = now.parse::<DateTime<Utc>>().expect("an instant");
        for (n, client) in clients.iter().enumerate() {
            askers.push((n, now, client.at(&db, now).await));
        }
    }
    let mut runner = TestRunner::default();
    let (mut opened, mut closed) = (0, 0);
    for _ in 0..24 {
        let world = worlds().new_tree(&mut runner).expect("a world can be drawn").current();
        make(&db, &world, &clients).await;
        for (client, now, asker) in &askers {
            let visible = |figure: &Figure| sees(&world, *client, figure, *now);
            let told: Vec<_> = world.figures.iter().enumerate().filter(|(_, figure)| visible(figure)).collect();
            let period = |n: usize| (1970 + n).to_string();
            let all: BTreeSet<String> = told.iter().map(|(n, _)| period(*n)).collect();
            let of = |figure: &Figure| (figure.indicator, figure.unit);
            let newest = |n: usize, figure: &Figure| told.iter().all(|(m, other)| *m <= n || of(other) != of(figure));
            let latest = told.iter().filter(|(n, figure)| newest(*n, figure)).map(|(n, _)| period(*n)).collect();
            assert_eq!(seen(asker).await, [all, latest], "client {client} at {now}: {world:#?}");
            let hidden = world.figures.iter().filter(|figure| figure.class != "OPEN");
            let (open, shut): (Vec<_>, Vec<_>) = hidden.partition(|figure| visible(figure));
            opened += open.len();
            closed += shut.len();
        }
    }
    assert!(opened > 50 && closed > 50, "the worlds tell too little: {opened} {closed}");
}
