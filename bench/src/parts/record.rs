//! One observation recorded, with its audit entry, its entry in the change feed and its findings, beside a bare INSERT in a
//! transaction.

use std::{
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use serde_json::json;
use tokio::runtime::Runtime;

use super::{limit, of_service, peers, reads::CALLERS, with_editor};
use crate::{
    databases::Ready,
    failure::Result,
    fill,
    load::{self, Request, Requests, Round},
    options::Options,
    results::{Measured, Results},
    service::graphql,
};

/// The name of the part in the tables.
pub const NAME: &str = "record";

const RECORD: &str = "mutation ($input: RecordObservationInput!) { recordObservation(input: $input) { observation { value dimension } } }";

/// Requests of which each records an observation that is new.
pub fn through_the_service(token: String, of: &'static str) -> Requests {
    let indicators = fill::asked_indicators();
    Arc::new(move |n| {
        let input = json!({
            "indicator": indicators[n % indicators.len()], "area": "01", "period": "2026-10",
            "dimension": format!("{of}-{n}"), "value": 1_000 + n % 997, "source": { "title": "Báo cáo tháng" },
        });
        graphql(RECORD, &json!({ "input": input }), Some(&token))
    })
}

fn through_the_peer() -> Requests {
    let indicators = fill::asked_indicators();
    Arc::new(move |n| {
        let body = json!({
            "indicator": indicators[n % indicators.len()], "area": "01", "dimension": format!("peer-{n}"),
            "value": 1_000 + n % 997,
        });
        Request::post("/record", "application/json", body.to_string().into())
    })
}

/// Measures it on a database.
pub fn measure(ready: &Ready, options: &Options, runtime: &Runtime, results: &mut Results) -> Result<()> {
    let (service, token) = with_editor(&ready.setup, "bench-record")?;
    let limit = limit(ready.database);
    let peer = peers(ready)?.into_iter().find(|peer| peer.name == limit).ok_or("no peer")?;
    let contenders = [(of_service(ready, &service), through_the_service(token, "one")), (peer, through_the_peer())];
    let numbers = contenders.each_ref().map(|_| Arc::new(AtomicUsize::new(0)));
    for callers in CALLERS {
        let mut rounds: [Vec<Round>; 2] = [vec![], vec![]];
        for round in 0..=options.rounds {
            let seconds = if round == 0 { 0.3 } else { options.seconds };
            for (n, (contender, requests)) in contenders.iter().enumerate() {
                let time = Duration::from_secs_f64(seconds);
                let done = runtime.block_on(load::ask(&contender.target, callers, time, requests, &numbers[n]))?;
                if round > 0 {
                    rounds[n].push(done);
                }
            }
        }
        for ((contender, _), rounds) in contenders.iter().zip(rounds) {
            results.push(Measured::new(ready.database, NAME, contender.name, callers, rounds));
        }
    }
    Ok(())
}
