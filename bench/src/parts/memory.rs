//! How soon the service is ready, how large it is, and how much memory it takes: at rest, under nested load, and while 32 clients
//! read long answers slowly.

use std::{
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use serde_json::json;
use tokio::{runtime::Runtime, task::JoinSet};

use super::{SERVICE, in_turn, of_service};
use crate::{
    databases::Ready,
    failure::{Failure, Result},
    load::{self, Client},
    options::Options,
    process,
    results::{Measured, Results, median},
    service::graphql,
    shapes,
};

/// The figures' names.
pub const START: &str = "start to ready, s";
/// See [`START`].
pub const BINARY: &str = "binary, MB";
/// See [`START`].
pub const AT_REST: &str = "memory at rest, MiB";
/// See [`START`].
pub const UNDER_LOAD: &str = "memory under nested load of 32 callers, MiB";
/// See [`START`].
pub const SLOW: &str = "memory with 32 slow readers, MiB";

/// One province, asked for beside slow readers.
pub const BESIDE: &str = "province beside slow readers";

/// How many read slowly, and how: 64 KiB, a pause, and so on.
const READERS: usize = 32;
const PIECE: usize = 64 * 1024;
const PAUSE: Duration = Duration::from_millis(250);

/// Measures it on a database.
pub fn measure(ready: &Ready, options: &Options, runtime: &Runtime, results: &mut Results) -> Result<()> {
    let mut started = vec![];
    for _ in 0..4 {
        started.push(ready.setup.start()?.ready.as_secs_f64());
    }
    results.figure(ready.database, START, median(started));
    results.figure(ready.database, BINARY, std::fs::metadata(&ready.setup.program)?.len() as f64 / 1e6);
    let service = ready.setup.start()?;
    let id = service.process.id();
    std::thread::sleep(Duration::from_secs(3));
    results.figure(ready.database, AT_REST, process::memory(id).0);
    let target = of_service(ready, &service).target;
    let by_name = |name: &str| shapes::all().into_iter().find(|shape| shape.name == name).ok_or("no such shape");
    let nested = graphql(by_name("nested")?.document, &json!({}), None);
    let province = graphql(by_name("province")?.document, &json!({ "code": "01" }), None);
    let next = Arc::new(AtomicUsize::new(0));
    process::reset_peak(id);
    let time = Duration::from_secs_f64(options.seconds * 2.0);
    runtime.block_on(load::ask(&target, 32, time, &in_turn(vec![nested.clone()]), &next))?;
    results.figure(ready.database, UNDER_LOAD, process::memory(id).1);
    process::reset_peak(id);
    let beside = runtime.block_on(async {
        let mut readers = JoinSet::new();
        for _ in 0..READERS {
            let (address, nested) = (service.address.clone(), nested.clone());
            readers.spawn(async move { Client::open(&address).await?.ask_slowly(&nested, PIECE, PAUSE).await });
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        let round = load::ask(&target, 1, Duration::from_secs(1), &in_turn(vec![province]), &next).await?;
        let mut read = vec![];
        while let Some(done) = readers.join_next().await {
            read.push(done??);
        }
        match read.iter().all(|bytes| *bytes > 100_000) {
            true => Ok::<_, Failure>(round),
            false => Err(format!("slow readers did not read whole answers: {read:?}").into()),
        }
    });
    results.figure(ready.database, SLOW, process::memory(id).1);
    match beside {
        Ok(round) => results.push(Measured::new(ready.database, BESIDE, SERVICE, 1, vec![round])),
        Err(failure) => results.failed(ready.database, BESIDE, &failure.to_string()),
    }
    Ok(())
}
