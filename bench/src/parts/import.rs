//! Imports of 1,000 and 10,000 observations, each of another series, beside COPY into a staging table and one INSERT; and how long
//! small writes wait beside the greater one.

use std::{
    fmt::Write as _,
    sync::{Arc, atomic::AtomicUsize},
    time::{Duration, Instant},
};

use tokio::runtime::Runtime;

use super::{SERVICE, limit, of_service, peers, record::through_the_service, with_editor};
use crate::{
    databases::Ready,
    failure::{Failure, Result},
    fill,
    load::{self, Client, Request},
    options::Options,
    process,
    results::{Measured, Results, median},
};

/// How many observations an import has, and its name.
pub const SIZES: [(usize, &str); 2] = [(1_000, "import-1000"), (10_000, "import-10000")];

/// Small writes beside an import.
pub const BESIDE: &str = "record beside an import";

/// The most memory of the service while it imports, in MiB.
pub const PEAK: &str = "peak memory of an import of 10,000, MiB";

/// Rows of which each begins a series.
fn csv(of: &str, rows: usize) -> String {
    let indicators = fill::asked_indicators();
    let mut text = "indicator,area,period,dimension,value,source.title\n".to_owned();
    for n in 0..rows {
        let indicator = &indicators[n % indicators.len()];
        let _ = writeln!(text, "{indicator},01,2026-{:02},{of}-{n},{},Tệp số liệu", 1 + n % 10, 500 + n % 97);
    }
    text
}

/// How long a request takes; a failure where it is not carried out.
async fn timed(address: &str, mut request: Request, rows: usize) -> Result<f64> {
    request.patience = Duration::from_secs(150);
    let mut client = Client::open(address).await?;
    let began = Instant::now();
    let (status, body) = client.ask(&request).await?;
    let took = began.elapsed().as_secs_f64();
    let said = String::from_utf8_lossy(&body);
    // Both name how many rows were written.
    match status == 200 && said.contains(&rows.to_string()) && !said.contains("\"errors\":[{") {
        true => Ok(took),
        false => Err(format!("status {status}: {}", said.chars().take(300).collect::<String>()).into()),
    }
}

/// Measures them on a database.
pub fn measure(ready: &Ready, options: &Options, runtime: &Runtime, results: &mut Results) -> Result<()> {
    let (service, token) = with_editor(&ready.setup, "bench-import")?;
    let name = limit(ready.database);
    let peer = peers(ready)?.into_iter().find(|peer| peer.name == name).ok_or("no peer")?;
    let through = of_service(ready, &service);
    for (rows, shape) in SIZES {
        let rounds = options.rounds.min(3);
        let (mut ours, mut theirs) = (vec![], vec![]);
        process::reset_peak(service.process.id());
        for round in 0..rounds {
            let mut request = Request::post(
                "/import/observations?numbers=plain",
                "text/csv",
                csv(&format!("{shape}-{round}"), rows).into(),
            );
            request.headers.push(("authorization", format!("Bearer {token}")));
            match runtime.block_on(timed(&through.target.address, request, rows)) {
                Ok(seconds) => ours.push(seconds),
                Err(failure) => {
                    results.failed(ready.database, shape, &format!("{SERVICE}: {failure}"));
                    break;
                }
            }
            let copied = csv(&format!("{shape}-peer-{round}"), rows);
            let request = Request::post("/import", "text/csv", copied.into());
            theirs.push(runtime.block_on(timed(&peer.target.address, request, rows))?);
        }
        if rows == 10_000 {
            results.figure(ready.database, PEAK, process::memory(service.process.id()).1);
        }
        for (contender, seconds) in [(SERVICE, ours), (name, theirs)] {
            if !seconds.is_empty() {
                results.push(Measured::once(ready.database, shape, contender, median(seconds)));
            }
        }
    }
    let (rows, shape) = SIZES[1];
    let mut request =
        Request::post("/import/observations?numbers=plain", "text/csv", csv(&format!("{shape}-beside"), rows).into());
    request.headers.push(("authorization", format!("Bearer {token}")));
    let small = through_the_service(token, "beside");
    let address = through.target.address.clone();
    let rounds = runtime.block_on(async {
        let import = tokio::spawn(async move { timed(&address, request, rows).await });
        let (next, mut rounds) = (Arc::new(AtomicUsize::new(0)), vec![]);
        while !import.is_finished() {
            rounds.push(load::ask(&through.target, 2, Duration::from_millis(200), &small, &next).await?);
        }
        import.await??;
        Ok::<_, Failure>(rounds)
    });
    match rounds {
        Ok(rounds) => results.push(Measured::new(ready.database, BESIDE, SERVICE, 2, rounds)),
        Err(failure) => results.failed(ready.database, BESIDE, &failure.to_string()),
    }
    Ok(())
}
