//! A server between the service and PostgreSQL that fails as networks do.

// The network is there as long as the test is.
#![allow(clippy::disallowed_methods)]

use std::{future::pending, path::PathBuf, pin::pin, sync::Arc};

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        UnixListener, UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

use crate::harness::TestDb;

/// How the network is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Network {
    /// Connections of a number below this one are closed.
    closed: usize,
    /// Connections of a number below this one are swallowed: they stay open, and nothing comes through.
    swallowed: usize,
    /// New connections are closed at once.
    refusing: bool,
    /// The connection on which this is sent is closed when the server has it, before it can answer.
    fatal: Option<&'static str>,
}

/// A way to a database that can be made to fail.
pub struct Proxy {
    network: watch::Sender<Network>,
    made: watch::Sender<usize>,
    folder: Arc<TempDir>,
    database: String,
}

impl Proxy {
    /// A way to a test's database, which works.
    pub async fn to(db: &TestDb) -> Self {
        let (server, database) = db.socket();
        let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).expect("a socket");
        let proxy =
            Proxy { network: watch::Sender::new(Network::default()), made: watch::Sender::new(0), folder, database };
        tokio::spawn(accept(listener, server, proxy.network.clone(), proxy.made.clone()));
        proxy
    }
    /// Its address, as the program takes it.
    pub fn url(&self) -> String {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://lienthong@localhost/{}?host={folder}", self.database)
    }
    /// How many connections were made.
    pub fn connections(&self) -> usize {
        *self.made.borrow()
    }
    /// Closes all connections, as a server does that is restarted.
    pub fn close(&self) {
        let made = self.connections();
        self.network.send_modify(|network| network.closed = made);
    }
    /// Lets nothing through on all connections, as a firewall does that has forgotten them.
    pub fn swallow(&self) {
        let made = self.connections();
        self.network.send_modify(|network| network.swallowed = made);
    }
    /// Refuses new connections, or no more.
    pub fn refuse(&self, refusing: bool) {
        self.network.send_modify(|network| network.refusing = refusing);
    }
    /// Closes the connection on which a text is sent, once the server has it.
    pub fn close_after(&self, text: &'static str) {
        self.network.send_modify(|network| network.fatal = Some(text));
    }
}

async fn accept(listener: UnixListener, server: PathBuf, network: watch::Sender<Network>, made: watch::Sender<usize>) {
    while let Ok((client, _)) = listener.accept().await {
        if network.borrow().refusing {
            continue;
        }
        let number = *made.borrow();
        made.send_modify(|made| *made += 1);
        let Ok(server) = UnixStream::connect(&server).await else { continue };
        tokio::spawn(relay(number, client, server, network.clone()));
    }
}

async fn relay(number: usize, client: UnixStream, server: UnixStream, network: watch::Sender<Network>) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let (closed, swallowed) = (network.subscribe(), network.subscribe());
    let mut there = pin!(copy(from_client, to_server, Some(&network)));
    let mut back = pin!(copy(from_server, to_client, None));
    tokio::select! {
        () = &mut there => (),
        () = &mut back => (),
        () = until(closed, move |network| number < network.closed) => (),
        // Both ends stay open, and hear nothing.
        () = until(swallowed, move |network| number < network.swallowed) => pending().await,
    }
}

async fn until(mut network: watch::Receiver<Network>, holds: impl FnMut(&Network) -> bool) {
    // Without a sender it never holds.
    if network.wait_for(holds).await.is_err() {
        pending().await
    }
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, fatal: Option<&watch::Sender<Network>>) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let Ok(read @ 1..) = from.read(&mut buffer).await else { return };
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
        let Some(network) = fatal else { continue };
        let text = network.borrow().fatal;
        if text.is_some_and(|text| buffer[..read].windows(text.len()).any(|part| part == text.as_bytes())) {
            network.send_modify(|network| network.fatal = None);
            return;
        }
    }
}
