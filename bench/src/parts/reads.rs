//! Reads: answers compared, then every contender in turn, with one caller and with 32.

use std::{
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use serde_json::Value;
use tokio::runtime::Runtime;

use super::{Contender, SERVICE, compared::difference, in_turn, of_service, peers, with_editor};
use crate::{
    databases::Ready,
    failure::Result,
    load::{self, Client, Request, Requests, Round},
    options::{Database, Options},
    postgraphile, process,
    results::{Measured, Results},
    service::{data, graphql},
    shapes::{self, Case, Shape},
};

/// How many callers ask at once.
pub const CALLERS: [usize; 2] = [1, 32];

/// The row of links whose page is the deep one.
const DEEP: usize = 15_000;

/// The name of the service when the caller is signed in.
pub const SIGNED_IN: &str = "signed in";

/// What a contender is sent for a case.
type Asking<'a> = Box<dyn Fn(&Shape, &Case) -> Option<Request> + 'a>;

fn peer_request(shape: &Shape, case: &Case) -> Request {
    Request::post(&format!("/{}", shape.name), "application/json", case.peer.to_string().into())
}

/// The data of an answer of a peer, whose answer is the data itself.
async fn peer_data(contender: &Contender, request: &Request) -> Result<(Value, usize)> {
    let (status, body) = Client::open(&contender.target.address).await?.ask(request).await?;
    if status != 200 {
        return Err(format!(
            "status {status}: {}",
            String::from_utf8_lossy(&body).chars().take(300).collect::<String>()
        )
        .into());
    }
    if contender.name == postgraphile::NAME {
        return Ok((postgraphile::as_ours(data(&body)?), body.len()));
    }
    let of_graphql = matches!(contender.name, SERVICE | SIGNED_IN);
    Ok((if of_graphql { data(&body)? } else { serde_json::from_slice(&body)? }, body.len()))
}

/// A shape's requests for a contender whose answers are the service's; or why they are not.
async fn checked(
    shape: &Shape,
    cases: &[Case],
    contender: &Contender,
    asking: &Asking<'_>,
    expected: &[Value],
) -> Result<Option<Requests>> {
    let mut requests = vec![];
    for (case, expected) in cases.iter().zip(expected) {
        let Some(mut request) = asking(shape, case) else { return Ok(None) };
        let (told, bytes) = peer_data(contender, &request).await?;
        if let Some(difference) = difference(expected, &told) {
            return Err(format!("asked with {}: {difference}", case.peer).into());
        }
        request.least = bytes * 9 / 10;
        requests.push(request);
    }
    Ok(Some(in_turn(requests)))
}

/// Measures the reads on a database.
pub fn measure(ready: &Ready, options: &Options, runtime: &Runtime, results: &mut Results) -> Result<()> {
    let (service, token) = with_editor(&ready.setup, "bench-reads")?;
    let sample = ready.sample(service.deep_cursor(DEEP)?)?;
    let of_shape = |token: Option<String>| -> Asking<'_> {
        Box::new(move |shape: &Shape, case: &Case| Some(graphql(shape.document, &case.variables, token.as_deref())))
    };
    let mut contenders: Vec<(Contender, Asking<'_>)> = vec![(of_service(ready, &service), of_shape(None))];
    for peer in peers(ready)? {
        contenders.push((peer, Box::new(|shape: &Shape, case: &Case| Some(peer_request(shape, case)))));
    }
    let signed_in = Contender { name: SIGNED_IN, ..of_service(ready, &service) };
    let signed: Asking<'_> = Box::new(move |shape: &Shape, case: &Case| {
        (shape.name == "province").then(|| graphql(shape.document, &case.variables, Some(&token)))
    });
    contenders.push((signed_in, signed));
    if ready.database == Database::Postgresql && !options.without_postgraphile {
        match postgraphile::start(ready, options) {
            Ok(contender) => contenders.push((
                contender,
                Box::new(|shape: &Shape, case: &Case| {
                    Some(graphql(postgraphile::document(shape.name)?, &case.peer, None))
                }),
            )),
            Err(failure) => results.failed(ready.database, postgraphile::NAME, &failure.to_string()),
        }
    }
    for shape in shapes::all() {
        if options.shapes.is_empty() || options.shapes.iter().any(|name| name == shape.name) {
            runtime.block_on(measure_shape(ready, shape, &(shape.cases)(&sample), &contenders, options, results))?;
        }
    }
    Ok(())
}

async fn measure_shape(
    ready: &Ready,
    shape: &'static Shape,
    cases: &[Case],
    contenders: &[(Contender, Asking<'_>)],
    options: &Options,
    results: &mut Results,
) -> Result<()> {
    let mut expected = vec![];
    for case in cases {
        let Some((contender, request)) = contenders.first().and_then(|(c, asking)| Some((c, asking(shape, case)?)))
        else {
            return Ok(());
        };
        match peer_data(contender, &request).await {
            Ok((data, _)) => expected.push(data),
            Err(failure) => {
                results.failed(
                    ready.database,
                    shape.name,
                    &format!("the service, asked with {}: {failure}", case.variables),
                );
                return Ok(());
            }
        }
    }
    let mut racing: Vec<(&Contender, Requests)> = vec![];
    for (contender, asking) in contenders {
        match checked(shape, cases, contender, asking, &expected).await {
            Ok(Some(requests)) => racing.push((contender, requests)),
            Ok(None) => {}
            Err(failure) => {
                // The limit does the same work or the shape is not measured at all.
                results.failed(ready.database, shape.name, &format!("{}: {failure}", contender.name));
                if contender.name == super::limit(ready.database) {
                    return Ok(());
                }
            }
        }
    }
    for callers in CALLERS {
        let mut rounds: Vec<Vec<Round>> = vec![vec![]; racing.len()];
        let next = Arc::new(AtomicUsize::new(0));
        racing.iter().for_each(|(contender, _)| process::reset_peak(contender.target.server));
        for round in 0..=options.rounds {
            // The first one only warms up.
            let seconds = if round == 0 { (options.seconds / 3.0).min(0.5) } else { options.seconds };
            for ((contender, requests), rounds) in racing.iter().zip(&mut rounds) {
                let time = Duration::from_secs_f64(seconds);
                let done = load::ask(&contender.target, callers, time, requests, &next).await?;
                if round > 0 {
                    rounds.push(done);
                }
            }
        }
        for ((contender, _), rounds) in racing.iter().zip(rounds) {
            let measured = Measured::new(ready.database, shape.name, contender.name, callers, rounds);
            results.push(measured.with_peak(process::memory(contender.target.server).1));
        }
    }
    Ok(())
}
