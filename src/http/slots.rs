//! Limits on open connections: per address, per trusted proxy, and in total. At a limit, the connection that has been
//! idle longest is closed to make room for the new one.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::{Notify, oneshot};

use crate::kernel::{
    address::Proxies,
    clock::Stopwatch,
    limits::{Limit, Limits},
    quota::Holder,
};

/// Connections beyond the limit, on which only the health endpoints are served. Without them, clients that use up all
/// connections would make the service look dead to its monitoring.
const RESERVE: usize = 16;

/// The value of `waiting_since` for a connection that is not waiting for its client.
const BUSY: u64 = u64::MAX;

/// All open connections of this process.
pub(super) struct Slots {
    begun: Stopwatch,
    all: usize,
    of_address: usize,
    of_proxy: usize,
    proxies: Proxies,
    held: Mutex<Held>,
    /// Notified when a connection ends.
    left: Notify,
}

#[derive(Default)]
struct Held {
    next: u64,
    connections: HashMap<u64, Entry>,
}

struct Entry {
    holder: Holder,
    reserved: bool,
    waiting_since: Arc<AtomicU64>,
    /// Dropped with the entry, which closes the connection.
    _end: oneshot::Sender<()>,
}

/// A guard: the connection is counted until this is dropped.
pub(super) struct Slot {
    slots: Arc<Slots>,
    number: u64,
    /// Whether the connection is in the reserve.
    pub reserved: bool,
    waiting_since: Arc<AtomicU64>,
}

/// A count of connections, and the one that has been idle longest.
#[derive(Default)]
struct Seen {
    many: usize,
    longest: Option<(u64, u64)>,
}

impl Seen {
    fn add(&mut self, number: u64, entry: &Entry) {
        self.many += 1;
        let since = entry.waiting_since.load(Ordering::Relaxed);
        if since != BUSY && self.longest.is_none_or(|longest| (since, number) < longest) {
            self.longest = Some((since, number));
        }
    }
}

impl Slots {
    pub fn new(limits: &Limits, proxies: Proxies) -> Arc<Self> {
        let size = |limit| usize::try_from(limits.of(limit)).unwrap_or(usize::MAX);
        Arc::new(Slots {
            begun: Stopwatch::start(),
            all: size(Limit::Connections),
            of_address: size(Limit::ConnectionsAddress),
            of_proxy: size(Limit::ConnectionsProxy),
            proxies,
            held: Mutex::default(),
            left: Notify::new(),
        })
    }
    /// Whether a peer is a trusted proxy.
    pub fn of_proxy(&self, peer: IpAddr) -> bool {
        self.proxies.hold(peer)
    }
    /// Takes a slot for a connection. The receiver fires when the connection must be closed to make room for another.
    /// None if all connections, the reserve included, are busy.
    pub fn take(self: &Arc<Self>, peer: IpAddr) -> Option<(Slot, oneshot::Receiver<()>)> {
        let holder = Holder::at(peer);
        let most = if self.of_proxy(peer) { self.of_proxy } else { self.of_address };
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let [mut mine, mut all, mut reserve] = [Seen::default(), Seen::default(), Seen::default()];
        for (number, entry) in &held.connections {
            if entry.reserved {
                reserve.add(*number, entry);
                continue;
            }
            all.add(*number, entry);
            if entry.holder == holder {
                mine.add(*number, entry);
            }
        }
        let full = [(&mine, most), (&all, self.all)].into_iter().find(|(seen, most)| seen.many >= *most);
        let (reserved, ended) = match full {
            None => (false, None),
            Some((Seen { longest: Some((_, longest)), .. }, _)) => (false, Some(*longest)),
            Some(_) if reserve.many < RESERVE => (true, None),
            Some(_) => (true, Some(reserve.longest?.1)),
        };
        if let Some(ended) = ended {
            held.connections.remove(&ended);
        }
        let (end, ends) = oneshot::channel();
        let number = held.next;
        held.next += 1;
        let waiting_since = Arc::new(AtomicU64::new(self.now()));
        let entry = Entry { holder, reserved, waiting_since: waiting_since.clone(), _end: end };
        held.connections.insert(number, entry);
        Some((Slot { slots: self.clone(), number, reserved, waiting_since }, ends))
    }
    /// Closes the connections that have been idle longest, when the process has no file descriptors left.
    pub fn make_room(&self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waiting: Vec<(u64, u64)> = held
            .connections
            .iter()
            .map(|(number, entry)| (entry.waiting_since.load(Ordering::Relaxed), *number))
            .filter(|(since, _)| *since != BUSY)
            .collect();
        waiting.sort_unstable();
        for (_, number) in waiting.into_iter().take(RESERVE) {
            held.connections.remove(&number);
        }
    }
    /// Waits until no connection is left.
    pub async fn empty(&self) {
        while !self.held.lock().unwrap_or_else(PoisonError::into_inner).connections.is_empty() {
            self.left.notified().await;
        }
    }
    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(BUSY - 1)
    }
}

impl Slot {
    /// Marks the connection as idle from now on: the server waits for the client.
    pub fn wait(&self) {
        self.waiting_since.store(self.slots.now(), Ordering::Relaxed);
    }
    /// Marks the connection as busy: the client waits for the server.
    pub fn work(&self) {
        self.waiting_since.store(BUSY, Ordering::Relaxed);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.held.lock().unwrap_or_else(PoisonError::into_inner).connections.remove(&self.number);
        self.slots.left.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(all: u32, of_address: u32, of_proxy: u32) -> Arc<Slots> {
        let limits = Limits::default().with(Limit::Connections, all).with(Limit::ConnectionsAddress, of_address);
        let proxies = Proxies::try_from("10.0.0.0/8".to_owned()).expect("a network");
        Slots::new(&limits.with(Limit::ConnectionsProxy, of_proxy), proxies)
    }

    fn take(slots: &Arc<Slots>, peer: &str) -> (Slot, oneshot::Receiver<()>) {
        slots.take(peer.parse().expect("an address")).expect("room")
    }

    fn ended((_, ends): &mut (Slot, oneshot::Receiver<()>)) -> bool {
        ends.try_recv() != Err(oneshot::error::TryRecvError::Empty)
    }

    #[test]
    fn of_one_address_the_longest_idle_connection_makes_room() {
        let slots = slots(9, 2, 3);
        let mut others = take(&slots, "192.0.2.9");
        let (mut first, mut second) = (take(&slots, "2001:db8::1"), take(&slots, "2001:db8::2"));
        first.0.work();
        let mut third = take(&slots, "2001:db8::3");
        assert_eq!([ended(&mut others), ended(&mut first), ended(&mut second)], [false, false, true]);
        first.0.wait();
        let fourth = take(&slots, "2001:db8::4");
        assert!(ended(&mut third) && !ended(&mut first) && !fourth.0.reserved);
        // A closed connection is not counted, and dropping its slot frees no other.
        drop((second, third));
        fourth.0.work();
        let _fifth = take(&slots, "2001:db8::5");
        assert!(ended(&mut first));
    }

    #[test]
    fn a_trusted_proxy_has_more_of_them() {
        let slots = slots(9, 1, 3);
        let mut proxied: Vec<_> = (0..3).map(|_| take(&slots, "10.0.0.1")).collect();
        assert!(!proxied.iter_mut().any(ended));
        let _fourth = take(&slots, "10.0.0.1");
        assert_eq!(proxied.iter_mut().map(ended).collect::<Vec<_>>(), [true, false, false]);
    }

    #[test]
    fn where_all_are_busy_there_is_a_reserve() {
        let slots = slots(2, 2, 2);
        let busy = [take(&slots, "192.0.2.1"), take(&slots, "192.0.2.2")];
        busy.iter().for_each(|(slot, _)| slot.work());
        let mut reserve: Vec<_> = (0..RESERVE).map(|_| take(&slots, "192.0.2.3")).collect();
        assert!(reserve.iter().all(|(slot, _)| slot.reserved));
        let _next = take(&slots, "192.0.2.3");
        assert_eq!(reserve.iter_mut().filter_map(|slot| ended(slot).then_some(())).count(), 1);
        let [(idle, _), _] = &busy;
        idle.wait();
        assert!(!take(&slots, "192.0.2.4").0.reserved);
    }

    #[test]
    fn where_no_more_can_be_opened_those_that_wait_longest_end() {
        let slots = slots(100, 100, 100);
        let mut all: Vec<_> = (0..=RESERVE + 1).map(|_| take(&slots, "192.0.2.1")).collect();
        all.iter().take(1).for_each(|(slot, _)| slot.work());
        slots.make_room();
        let ended: Vec<bool> = all.iter_mut().map(ended).collect();
        assert_eq!((ended.first(), ended.last()), (Some(&false), Some(&false)));
        assert_eq!(ended.iter().filter(|ended| **ended).count(), RESERVE);
    }

    #[tokio::test]
    async fn it_is_empty_when_all_have_left() {
        let slots = slots(2, 2, 2);
        let one = take(&slots, "192.0.2.1");
        let (waiting, ()) = tokio::join!(slots.empty(), async { drop(one) });
        assert_eq!(waiting, ());
    }
}
