//! The HTTP prober of endpoints (kiểm tra điểm cuối). It does not trust them: neither their addresses, nor the size or
//! the duration of their responses.
//!
//! The prober resolves a host name itself, checks all of its addresses, and connects to one that it checked. A second
//! lookup by an HTTP client could return a private address (DNS rebinding). Each redirect is checked the same way. The
//! prober uses no proxy, no cookies and no credentials.

use std::{
    convert::Infallible,
    error::Error as _,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use http_body_util::BodyExt;
use hyper::{
    Method, Request, StatusCode,
    client::conn::http1,
    header::{CONNECTION, HOST, LOCATION, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::{Instant, timeout},
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};
use url::{Host, Url};

use super::rules::{Answer, Fault};
use crate::kernel::{
    app::Probes,
    error::{Broken, Result},
    guard,
    network::Networks,
};

/// The largest number of redirects that are followed.
const REDIRECTS: usize = 3;

/// The largest response header, and the largest part of the response body, in bytes, that is read.
const READ: usize = 64 * 1024;

/// The largest number of addresses of a host that are tried.
const TRIED: usize = 4;

/// Probes endpoints.
pub struct Prober {
    tls: TlsConnector,
    private_networks: Networks,
    patience: Duration,
}

/// The result of a step of a probe.
type Asked<T> = std::result::Result<T, Fault>;

/// The response to one request.
struct Reply {
    status: StatusCode,
    location: Option<String>,
}

impl Prober {
    /// A prober with the configured settings.
    ///
    /// # Errors
    /// If the file of certificate authorities cannot be read or contains no certificate.
    pub fn new(probes: &Probes) -> Result<Self> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(file) = &probes.authorities {
            let told = |why: String| Broken::new(format!("the key `probe_authorities`: {}: {why}", file.display()));
            let pem = std::fs::read(file).map_err(|e| told(e.to_string()))?;
            let certificates: Vec<_> = CertificateDer::pem_slice_iter(&pem).collect();
            if certificates.is_empty() {
                return Err(told("there is no certificate in it".to_owned()).into());
            }
            for certificate in certificates {
                let certificate = certificate.map_err(|e| told(e.to_string()))?;
                roots.add(certificate).map_err(|e| told(e.to_string()))?;
            }
        }
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(Broken::new)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Prober {
            tls: TlsConnector::from(Arc::new(config)),
            private_networks: probes.private_networks.clone(),
            patience: probes.patience.to_std().unwrap_or_default(),
        })
    }
    /// Probes an endpoint with HEAD, or with GET if the server does not support HEAD (405, 501).
    pub async fn ask(&self, endpoint: &str) -> Answer {
        let began = Instant::now();
        match timeout(self.patience, self.follow(endpoint)).await {
            Ok(Ok(status)) => {
                Answer::of_status(status.as_u16(), i32::try_from(began.elapsed().as_millis()).unwrap_or(i32::MAX))
            }
            Ok(Err(fault)) => Answer::none(fault),
            Err(_) => Answer::none(Fault::Timeout),
        }
    }
    async fn follow(&self, endpoint: &str) -> Asked<StatusCode> {
        let (mut method, mut url) = (Method::HEAD, asked(Url::parse(endpoint))?);
        for _ in 0..=REDIRECTS {
            let mut reply = self.request(&method, &url).await?;
            if method == Method::HEAD
                && matches!(reply.status, StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED)
            {
                method = Method::GET;
                reply = self.request(&method, &url).await?;
            }
            match reply.location {
                Some(location) => url = asked(url.join(&location))?,
                None => return Ok(reply.status),
            }
        }
        Err(Fault::TooManyRedirects)
    }
    async fn request(&self, method: &Method, url: &Url) -> Asked<Reply> {
        let host = url.host().ok_or(Fault::InvalidAddress)?;
        let port = url.port_or_known_default().ok_or(Fault::InvalidAddress)?;
        let addresses = self.resolve(&host, port).await?;
        let named = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, named)
            .header(USER_AGENT, concat!("lienthong/", env!("CARGO_PKG_VERSION")))
            .header(CONNECTION, "close")
            .body(String::new())
            .map_err(|_| Fault::InvalidAddress)?;
        let stream = self.connect(&addresses).await?;
        if url.scheme() == "http" {
            return exchange(stream, request).await;
        }
        let name = match host {
            Host::Domain(name) => ServerName::try_from(name.to_owned()).map_err(|_| Fault::InvalidAddress)?,
            Host::Ipv4(address) => ServerName::from(IpAddr::from(address)),
            Host::Ipv6(address) => ServerName::from(IpAddr::from(address)),
        };
        let stream = self.tls.connect(name, stream).await.map_err(|error| of_io(&error))?;
        exchange(stream, request).await
    }
    /// The addresses of a host. Fails unless the prober may connect to every one of them.
    async fn resolve(&self, host: &Host<&str>, port: u16) -> Asked<Vec<SocketAddr>> {
        let addresses: Vec<SocketAddr> = match host {
            Host::Domain(name) => lookup_host((*name, port)).await.map_err(|_| Fault::NameNotResolved)?.collect(),
            Host::Ipv4(address) => vec![SocketAddr::from((*address, port))],
            Host::Ipv6(address) => vec![SocketAddr::from((*address, port))],
        };
        if addresses.is_empty() {
            return Err(Fault::NameNotResolved);
        }
        match addresses.iter().all(|address| guard::may_ask(address.ip(), &self.private_networks)) {
            true => Ok(addresses),
            false => Err(Fault::AddressNotAllowed),
        }
    }
    /// Connects to the first address that accepts.
    async fn connect(&self, addresses: &[SocketAddr]) -> Asked<TcpStream> {
        let tried = addresses.len().min(TRIED);
        // Share the time: an address that drops packets must not use up the timeout of the others.
        let each = self.patience / u32::try_from(tried).unwrap_or(1);
        let mut fault = Fault::Unreachable;
        for address in addresses.iter().take(tried) {
            match timeout(each, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => fault = of_io(&error),
                Err(_) => fault = Fault::Timeout,
            }
        }
        Err(fault)
    }
}

/// Accepts a URL to probe: http or https, with a host and without credentials.
fn asked(url: std::result::Result<Url, url::ParseError>) -> Asked<Url> {
    let url = url.map_err(|_| Fault::InvalidAddress)?;
    let fit = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none();
    if fit { Ok(url) } else { Err(Fault::InvalidAddress) }
}

/// Sends a request over a connection and reads the response up to [`READ`].
async fn exchange<S>(stream: S, request: Request<String>) -> Asked<Reply>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(READ)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| of_http(&error))?;
    let asking = async {
        let answer = sender.send_request(request).await.map_err(|error| of_http(&error))?;
        let location = answer.headers().get(LOCATION).filter(|_| answer.status().is_redirection());
        let location = location.map(|to| to.to_str().map(str::to_owned)).transpose();
        let reply = Reply { status: answer.status(), location: location.map_err(|_| Fault::InvalidAddress)? };
        let (mut body, mut read) = (answer.into_body(), 0);
        while read < READ
            && let Some(frame) = body.frame().await
        {
            let frame = frame.map_err(|error| of_http(&error))?;
            read += frame.data_ref().map_or(0, |data| data.len());
        }
        Ok(reply)
    };
    // The connection makes progress only while it is polled. If it fails, the request above reports the error.
    let carrying = async {
        let _ = connection.await;
        std::future::pending::<Infallible>().await
    };
    tokio::select! {
        reply = asking => reply,
        never = carrying => match never {},
    }
}

/// The fault for a connection error.
fn of_io(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Fault::Refused,
        io::ErrorKind::TimedOut => Fault::Timeout,
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Fault::Reset,
        // rustls reports invalid TLS data with this kind.
        io::ErrorKind::InvalidData => Fault::Tls,
        _ => Fault::Unreachable,
    }
}

/// The fault for an HTTP error.
fn of_http(error: &hyper::Error) -> Fault {
    if error.is_parse() {
        return Fault::InvalidAnswer;
    }
    let mut below = error.source();
    while let Some(cause) = below {
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            return of_io(io);
        }
        below = cause.source();
    }
    Fault::Reset
}
