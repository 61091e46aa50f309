//! Connections: how many there are, and how long each may wait for its client. Nobody holds one for ever by sending a head byte
//! by byte, by saying nothing, or by not reading the answer.

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
};
use tokio_io_timeout::TimeoutWriter;
use tower::ServiceExt;

use crate::kernel::limits::{Limit, Limits};

/// A connection, as what is answered on it for longer than a request sees it: it counts for as long as this is held.
#[derive(Clone)]
pub(super) struct Connection {
    _permit: Arc<OwnedSemaphorePermit>,
    stopping: watch::Receiver<()>,
}

impl Connection {
    /// Waits until the program is told to stop.
    pub async fn stopping(&mut self) {
        // Without a sender nobody can tell any more.
        let _ = self.stopping.changed().await;
    }
}

/// How long to wait where no connection can be taken, because this process has too many files open.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers on every connection that comes, until it is told to stop; then ends when all requests under way are answered. Whoever
/// gives up waiting for that cuts them off.
pub async fn serve(listener: TcpListener, router: Router, limits: &Limits, stop: impl Future<Output = ()>) {
    let size = |limit| usize::try_from(limits.of(limit)).unwrap_or(usize::MAX);
    let room = Arc::new(Semaphore::new(size(Limit::Connections)));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.time(Limit::HeaderSeconds))
        .max_header_size(size(Limit::HeaderBytes));
    let writing = limits.time(Limit::WriteSeconds);
    let (tell, told) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let (permit, stream, peer) = tokio::select! {
            next = next(&listener, &room) => match next {
                Some(next) => next,
                None => continue,
            },
            () = &mut stop => break,
        };
        // Those that have ended.
        while connections.try_join_next().is_some() {}
        let router = router.clone();
        let held = Connection { _permit: Arc::new(permit), stopping: told.clone() };
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(held.clone());
            router.clone().oneshot(request)
        });
        let mut stream = TimeoutWriter::new(stream);
        stream.set_timeout(Some(writing));
        let connection = http.serve_connection(TokioIo::new(Box::pin(stream)), service).with_upgrades();
        let mut told = told.clone();
        connections.spawn(async move {
            let mut connection = std::pin::pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                _ = told.changed() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection was cut off");
            }
        });
    }
    // Who tries to connect now is told at once that nobody listens.
    drop(listener);
    // Nobody hears it where there is no connection.
    let _ = tell.send(());
    while connections.join_next().await.is_some() {}
    // Sockets have left their connections' tasks, but hold their places.
    let _ = room.acquire_many(limits.of(Limit::Connections)).await;
}

/// The next connection, as soon as there is room for one.
async fn next(listener: &TcpListener, room: &Arc<Semaphore>) -> Option<(OwnedSemaphorePermit, TcpStream, SocketAddr)> {
    let permit = room.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // An answer is written in one piece: there is nothing to wait for.
            let _ = stream.set_nodelay(true);
            Some((permit, stream, peer))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection cannot be taken");
            tokio::time::sleep(PAUSE).await;
            None
        }
    }
}
