//! Servers on this machine for links to lead to: fine ones, and ones that do whatever a server should not.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpListener,
    task::JoinSet,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// What a server does when it is asked.
#[derive(Clone, Copy)]
pub enum Does {
    /// Answers what follows from the first line.
    Says(fn(&str) -> String),
    /// The same, after a while.
    Later(Duration),
    /// Nothing, ever.
    Nothing,
    /// Says this, and then the same again and again.
    Endless(&'static str, &'static str),
}

pub const FINE: Does = Does::Says(|_| of_status(200));

/// An answer without a body.
pub fn of_status(status: u16) -> String {
    format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n")
}

/// A server, for as long as it is held.
pub struct Site {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    _serving: JoinSet<()>,
}

impl Site {
    /// By HTTP.
    pub async fn new(does: Does) -> Self {
        Site::of(does, None).await
    }
    /// By HTTPS, with a certificate for 127.0.0.1; and that of its authority, as PEM.
    pub async fn secure(does: Does) -> (Self, String) {
        let mut params = CertificateParams::new(vec![]).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority =
            CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate");
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, &authority).expect("a certificate");
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .expect("a certificate and its key");
        (Site::of(does, Some(TlsAcceptor::from(Arc::new(config)))).await, authority.pem())
    }
    async fn of(does: Does, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let (address, asked) = (listener.local_addr().expect("an address"), Arc::new(Mutex::new(vec![])));
        let (mut serving, noted) = (JoinSet::new(), asked.clone());
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (noted, tls) = (noted.clone(), tls.clone());
                connections.spawn(async move {
                    match tls {
                        None => answer(stream, does, &noted).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => answer(stream, does, &noted).await,
                            Err(_) => Some(()),
                        },
                    }
                });
            }
        });
        Site { address, asked, _serving: serving }
    }
    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
    /// The first lines of what it was asked so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panics").clone()
    }
}

/// Ends when the other end has gone, or all is said.
async fn answer(stream: impl AsyncRead + AsyncWrite + Unpin, does: Does, asked: &Mutex<Vec<String>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let (mut first, mut line) = (String::new(), String::new());
    stream.read_line(&mut first).await.ok()?;
    while line != "\r\n" {
        line.clear();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
    }
    asked.lock().expect("nobody panics").push(first.trim_end().to_owned());
    match does {
        Does::Says(what) => stream.write_all(what(&first).as_bytes()).await.ok()?,
        Does::Later(wait) => {
            tokio::time::sleep(wait).await;
            stream.write_all(of_status(200).as_bytes()).await.ok()?;
        }
        Does::Nothing => std::future::pending().await,
        Does::Endless(what, more) => {
            stream.write_all(what.as_bytes()).await.ok()?;
            loop {
                stream.write_all(more.as_bytes()).await.ok()?;
                stream.flush().await.ok()?;
            }
        }
    }
    stream.shutdown().await.ok()
}
