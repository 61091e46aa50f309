//! The HTTP server's connections: their timeouts, and which are closed when there are too many. No client can hold a
//! connection for ever by sending its header byte by byte, by staying silent, or by not reading the response.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context as Task, Poll},
    time::Duration,
};

use axum::{
    Extension, Router,
    body::{Body, Bytes, HttpBody},
    extract::{ConnectInfo, Request},
    http::{HeaderMap, HeaderValue, StatusCode, Version, header, uri::Authority},
    middleware::Next,
    response::Response,
};
use hyper::{
    body::{Frame, Incoming, SizeHint},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};
use tokio_io_timeout::TimeoutWriter;
use tower::ServiceExt;

use super::{
    observe::Context,
    slots::{Slot, Slots},
};
use crate::kernel::{
    app::Settings,
    error::{Code, Refusal},
    limits::Limit,
    locale::Message,
};

/// A handle for responses that outlive their request, such as streams. The connection is counted until the last handle
/// is dropped.
#[derive(Clone)]
pub(super) struct Connection {
    slot: Arc<Slot>,
    stopping: watch::Receiver<()>,
}

impl Connection {
    /// Waits until the server shuts down.
    pub async fn stopping(&mut self) {
        // An error means that the sender was dropped: the server has stopped.
        let _ = self.stopping.changed().await;
    }
}

/// How long to wait when `accept` fails, mostly because the process has too many open files.
const PAUSE: Duration = Duration::from_millis(100);

/// The time limit for a request header on a reserve connection.
const RESERVE_TIME: Duration = Duration::from_secs(2);

/// Serves connections until `stop` completes, then returns when all pending requests are answered. Dropping the future
/// before that cuts them off.
pub async fn serve(listener: TcpListener, router: Router, settings: &Settings, stop: impl Future<Output = ()>) {
    let limits = &settings.limits;
    let slots = Slots::new(limits, settings.trusted_proxies.clone());
    let writing = limits.time(Limit::WriteSeconds);
    let (tell, told) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            next = listener.accept() => match next {
                Ok(next) => next,
                Err(error) => {
                    tracing::warn!(%error, "a connection cannot be taken");
                    slots.make_room();
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        // Reap finished connections.
        while connections.try_join_next().is_some() {}
        let Some((slot, mut ended)) = slots.take(peer.ip()) else { continue };
        // A response is written in one piece, so Nagle's algorithm would only delay it.
        let _ = stream.set_nodelay(true);
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .max_header_size(usize::try_from(limits.of(Limit::HeaderBytes)).unwrap_or(usize::MAX))
            .keep_alive(!slot.reserved)
            .header_read_timeout(match slot.reserved {
                true => RESERVE_TIME,
                false if slots.of_proxy(peer.ip()) => limits.time(Limit::HeaderSecondsProxy),
                false => limits.time(Limit::HeaderSeconds),
            });
        let router = router.clone();
        let held = Connection { slot: Arc::new(slot), stopping: told.clone() };
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let slot = held.slot.clone();
            slot.wait();
            let mut request = request.map(|body| Body::new(Watched::until_read(body, slot.clone())));
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(held.clone());
            let answered = router.clone().oneshot(request);
            async move {
                let response = answered.await?;
                // A silent WebSocket is not idle; it has limits of its own.
                Ok::<_, std::convert::Infallible>(match response.status() {
                    StatusCode::SWITCHING_PROTOCOLS => {
                        slot.work();
                        response
                    }
                    _ => response.map(|body| Body::new(Watched::until_dropped(body, slot))),
                })
            }
        });
        let mut stream = TimeoutWriter::new(stream);
        stream.set_timeout(Some(writing));
        let connection = http.serve_connection(TokioIo::new(Box::pin(stream)), service).with_upgrades();
        let mut told = told.clone();
        connections.spawn(async move {
            let mut connection = std::pin::pin!(connection);
            let served = tokio::select! {
                served = connection.as_mut() => served,
                _ = &mut ended => {
                    tracing::debug!(%peer, "an idle connection made room for another");
                    return;
                }
                _ = told.changed() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = served {
                tracing::debug!(%error, "a connection was cut off");
            }
        });
    }
    // Close the port first, so that new clients get "connection refused" instead of waiting.
    drop(listener);
    // The send fails if no connection is open; that is fine.
    let _ = tell.send(());
    while connections.join_next().await.is_some() {}
    // WebSockets run outside their connection's task but still hold its slot.
    slots.empty().await;
}

/// A body that marks its connection as busy or idle when it has been read or dropped.
struct Watched<B> {
    body: B,
    slot: Arc<Slot>,
    read: bool,
}

impl Watched<Incoming> {
    /// A request body: the connection counts as idle until all of it has arrived.
    fn until_read(body: Incoming, slot: Arc<Slot>) -> Watched<Incoming> {
        if body.is_end_stream() {
            slot.work();
        }
        Watched { body, slot, read: true }
    }
}

impl Watched<Body> {
    /// A response body: the connection counts as idle once it has been sent.
    fn until_dropped(body: Body, slot: Arc<Slot>) -> Watched<Body> {
        slot.work();
        Watched { body, slot, read: false }
    }
}

impl<B: HttpBody<Data = Bytes> + Unpin> HttpBody for Watched<B> {
    type Data = Bytes;
    type Error = B::Error;
    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Task<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(task);
        if self.read && (matches!(polled, Poll::Ready(None)) || self.body.is_end_stream()) {
            self.slot.work();
        }
        polled
    }
    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B> Drop for Watched<B> {
    fn drop(&mut self) {
        if !self.read {
            self.slot.wait();
        }
    }
}

/// The paths that are served on reserve connections.
const RESERVED: [&str; 2] = ["/healthz", "/readyz"];

/// Rejects requests without exactly one valid Host header (RFC 9112, section 3.2), and requests on reserve connections
/// except health checks. Requests made within the process have no connection and pass.
pub(super) async fn checked(
    connection: Option<Extension<Connection>>,
    Extension(context): Extension<Context>,
    request: Request,
    next: Next,
) -> Response {
    let Some(Extension(connection)) = connection else { return next.run(request).await };
    if !names_host(request.version(), request.headers()) {
        let message = Message::new(
            "Yêu cầu HTTP/1.1 phải có đúng một trường Host hợp lệ.",
            "An HTTP/1.1 request must have exactly one valid Host header.",
        );
        return closing(context.refuse(StatusCode::BAD_REQUEST, &Refusal::new(Code::BadUserInput, message).into()));
    }
    if connection.slot.reserved && !RESERVED.contains(&request.uri().path()) {
        let message = Message::new(
            "Máy chủ đang có quá nhiều kết nối; xin thử lại sau.",
            "There are too many connections; please try again later.",
        );
        return closing(context.fail(&Refusal::new(Code::Unavailable, message).into()));
    }
    next.run(request).await
}

fn names_host(version: Version, headers: &HeaderMap) -> bool {
    let mut given = headers.get_all(header::HOST).iter();
    match (given.next(), given.next()) {
        (None, _) => version < Version::HTTP_11,
        (Some(only), None) => only
            .to_str()
            .is_ok_and(|host| host.is_empty() || host.parse::<Authority>().is_ok_and(|_| !host.contains('@'))),
        (Some(_), Some(_)) => false,
    }
}

/// Makes this the last response on its connection.
fn closing(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_one_host() {
        for (version, hosts, named) in [
            (Version::HTTP_11, &["example.org"][..], true),
            (Version::HTTP_11, &["[2001:db8::1]:8000"], true),
            (Version::HTTP_11, &[""], true),
            (Version::HTTP_10, &[], true),
            (Version::HTTP_11, &[], false),
            (Version::HTTP_11, &["a", "a"], false),
            (Version::HTTP_10, &["a", "b"], false),
            (Version::HTTP_11, &["a b"], false),
            (Version::HTTP_11, &["a/b"], false),
            (Version::HTTP_11, &["user@a"], false),
        ] {
            let hosts = hosts.iter().map(|host| (header::HOST, HeaderValue::from_static(host)));
            assert_eq!(names_host(version, &hosts.collect()), named);
        }
    }
}
