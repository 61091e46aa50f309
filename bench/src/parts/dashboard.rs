//! A dashboard that asks for three of the shapes when it is loaded, opened by 30 people behind one address at once and again every ten
//! seconds, with the limits that the service has by default.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::{runtime::Runtime, task::JoinSet};

use crate::{
    databases::Ready,
    failure::Result,
    fill,
    load::{self, Client, Request},
    results::Results,
    service::graphql,
    shapes,
};

/// The figures' names.
pub const REFUSED: &str = "dashboard of 30 people: requests without an answer";
/// See [`REFUSED`].
pub const SLOWEST: &str = "dashboard of 30 people: slowest answer, s";

const PEOPLE: usize = 30;
const TIMES: usize = 3;
const PAUSE: Duration = Duration::from_secs(10);

/// Why a request was not answered, if it was not, and how long that took.
async fn asked(address: &str, request: &Request) -> (Option<String>, Duration) {
    let began = Instant::now();
    let answer = async { Client::open(address).await?.ask(request).await };
    let failure = match answer.await {
        Ok((status, body)) => load::wrong(request, status, &body),
        Err(failure) => Some(failure.to_string()),
    };
    (failure, began.elapsed())
}

/// Measures it on a database.
pub fn measure(ready: &Ready, runtime: &Runtime, results: &mut Results) -> Result<()> {
    let mut setup = ready.setup.clone();
    setup.default_limits = true;
    let service = setup.start()?;
    let of = |name: &str, variables| {
        let shape = shapes::all().into_iter().find(|shape| shape.name == name).ok_or("no such shape")?;
        Ok(graphql(shape.document, &variables, None))
    };
    let requests: Vec<Request> = [
        of("nested", json!({})),
        of("latest", json!({ "indicators": fill::asked_indicators() })),
        of("links", json!({})),
    ]
    .into_iter()
    .collect::<Result<_>>()?;
    let (mut refused, mut slowest) = (BTreeMap::new(), Duration::ZERO);
    for time in 0..TIMES {
        let began = Instant::now();
        let answers = runtime.block_on(async {
            let mut asking = JoinSet::new();
            for request in (0..PEOPLE).flat_map(|_| &requests) {
                let (request, address) = (request.clone(), service.address.clone());
                asking.spawn(async move { asked(&address, &request).await });
            }
            asking.join_all().await
        });
        for (failure, took) in answers {
            slowest = slowest.max(took);
            if let Some(failure) = failure {
                *refused.entry(failure).or_insert(0_usize) += 1;
            }
        }
        if time + 1 < TIMES {
            std::thread::sleep(PAUSE.saturating_sub(began.elapsed()));
        }
    }
    if !refused.is_empty() {
        eprintln!("{:<11} dashboard: {refused:?}", ready.database.name());
    }
    results.figure(ready.database, REFUSED, refused.values().sum::<usize>() as f64);
    results.figure(ready.database, SLOWEST, slowest.as_secs_f64());
    Ok(())
}
