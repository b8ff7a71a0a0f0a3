//! Who is connected, and who has to make room.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, watch};

use super::Options;

/// What a connection is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// No byte of a request yet.
    Idle = 0,
    /// Some bytes of a request's head.
    Head = 1,
    /// A request is being answered.
    Busy = 2,
}

/// A connection, as the registry, its socket and its requests see it.
#[derive(Debug)]
pub(super) struct Link {
    id: u64,
    address: IpAddr,
    opened: Instant,
    /// Milliseconds after `opened` at which the phase began, times four, plus the phase: one word, written on every request.
    state: AtomicU64,
    /// The client has yet to take what was written for it.
    writing: AtomicBool,
    /// A request came whose answer was not yet written to its end.
    answering: AtomicBool,
    /// Some of that request's body has yet to come.
    receiving: AtomicBool,
    /// That request is of HTTP/1.1.
    pub(super) is_1_1: AtomicBool,
    /// A request's body was not read to its end: the client may still be sending.
    pub(super) unread: AtomicBool,
    half_closed: watch::Sender<bool>,
    /// Beyond the places there are: for probes, and for being told so.
    pub(super) over: bool,
    cut: Notify,
}

impl Link {
    pub(super) fn enter(&self, phase: Phase) {
        self.state.store(self.age() << 2 | phase as u64, Ordering::Relaxed);
    }

    /// Bytes came: whether they begin a head. Those of a body, and further ones of the head, change nothing.
    pub(super) fn received(&self) -> bool {
        let is_first = self.phase().0 == Phase::Idle;
        if is_first {
            self.enter(Phase::Head);
        }
        is_first
    }

    /// An answer that is handed over is not yet one that was taken: meanwhile the connection waits for nothing.
    pub(super) fn set_writing(&self, writing: bool) {
        self.writing.store(writing, Ordering::Relaxed);
        if !writing && self.phase().0 == Phase::Idle {
            self.enter(Phase::Idle);
        }
    }

    /// The phase, and for how long.
    pub(super) fn phase(&self) -> (Phase, Duration) {
        if self.writing.load(Ordering::Relaxed) {
            return (Phase::Busy, Duration::ZERO);
        }
        let state = self.state.load(Ordering::Relaxed);
        let phase = match state & 3 {
            0 => Phase::Idle,
            1 => Phase::Head,
            _ => Phase::Busy,
        };
        (phase, Duration::from_millis(self.age().saturating_sub(state >> 2)))
    }

    /// A request is under way. `is_1_1`: its client knows of interim answers.
    pub(super) fn request(&self, has_body: bool, is_1_1: bool) {
        self.enter(Phase::Busy);
        self.is_1_1.store(is_1_1, Ordering::Relaxed);
        self.receiving.store(has_body, Ordering::Relaxed);
        self.answering.store(true, Ordering::Relaxed);
    }

    pub(super) fn body_ended(&self) {
        self.receiving.store(false, Ordering::Relaxed);
    }

    /// Whether a request waits for its answer, or for the rest of it.
    pub(super) fn is_answering(&self) -> bool {
        self.answering.load(Ordering::Relaxed)
    }

    /// Whether some of its body has yet to come, or to be taken.
    pub(super) fn is_receiving(&self) -> bool {
        self.receiving.load(Ordering::Relaxed)
    }

    /// Nothing is left to be written; whether that ends an answer.
    pub(super) fn flushed(&self) -> bool {
        let is_busy = self.state.load(Ordering::Relaxed) & 3 == Phase::Busy as u64;
        !is_busy && self.answering.swap(false, Ordering::Relaxed)
    }

    pub(super) fn set_half_closed(&self) {
        self.half_closed.send_replace(true);
    }

    pub(super) fn half_closed(&self) -> HalfClosed {
        HalfClosed(self.half_closed.subscribe())
    }

    /// Returns when the connection is to be closed, whatever it is at.
    pub(super) async fn cut(&self) {
        self.cut.notified().await;
    }

    fn age(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX >> 2)
    }
}

/// Whether a client sends no more: it waits for its answer, or is gone, which only writing to it shows. In the extensions of every
/// request that came over a connection.
#[derive(Debug, Clone)]
pub(crate) struct HalfClosed(watch::Receiver<bool>);

impl HalfClosed {
    /// Returns when it does.
    pub(crate) async fn told(&mut self) {
        if self.0.wait_for(|is| *is).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// All connections of a listener.
#[derive(Debug, Default)]
pub(super) struct Registry {
    links: Mutex<Links>,
}

#[derive(Debug, Default)]
struct Links {
    next: u64,
    open: HashMap<u64, Arc<Link>>,
    per_address: HashMap<IpAddr, usize>,
    /// How many of those that are open have no place.
    over: usize,
}

/// Connections beyond the places there are. Of one address half of them at most.
const OVER: usize = 32;

/// How a connection got in.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) link: Arc<Link>,
    /// Another one made room.
    pub(super) evicted: bool,
}

impl Registry {
    /// A place for a connection. Where all that could make room are at a request it is one over: it is told so, or is a probe's.
    /// `None` where there are too many of those, too.
    pub(super) fn admit(&self, address: IpAddr, options: &Options) -> Option<Admitted> {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut evicted, mut over) = (false, false);
        let of_address = links.per_address.get(&address).copied().unwrap_or(0);
        if !address.is_loopback() && of_address >= options.max_connections_per_address {
            let made_room = links.evict(|link| link.address == address && !link.over);
            (evicted, over) = (made_room, !made_room);
        }
        if !over && links.open.len() - links.over >= options.max_connections {
            let made_room = links.evict(|link| !link.over);
            (evicted, over) = (evicted | made_room, !made_room);
        }
        if over {
            let own = |link: &Link| link.over && link.address == address;
            let of_address = links.open.values().filter(|link| own(link)).count();
            let fits = (address.is_loopback() || of_address < OVER / 2 || links.evict(own))
                && (links.over < OVER || links.evict(|link| link.over));
            fits.then_some(())?;
            links.over += 1;
        }
        links.next += 1;
        let id = links.next;
        let link = Arc::new(Link {
            id,
            address,
            opened: Instant::now(),
            state: AtomicU64::new(Phase::Idle as u64),
            writing: AtomicBool::new(false),
            answering: AtomicBool::new(false),
            receiving: AtomicBool::new(false),
            is_1_1: AtomicBool::new(false),
            half_closed: watch::Sender::new(false),
            unread: AtomicBool::new(false),
            over,
            cut: Notify::new(),
        });
        links.open.insert(id, Arc::clone(&link));
        *links.per_address.entry(address).or_default() += 1;
        Some(Admitted { link, evicted })
    }

    pub(super) fn remove(&self, link: &Link) {
        self.links.lock().unwrap_or_else(PoisonError::into_inner).remove(link.id);
    }

    /// Cuts the connections that have been in a phase for too long, and says how many.
    pub(super) fn sweep(&self, is_over: impl Fn(Phase, Duration) -> bool) -> u64 {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        let over: Vec<u64> = links
            .open
            .values()
            .filter(|link| {
                let (phase, age) = link.phase();
                is_over(phase, age)
            })
            .map(|link| link.id)
            .collect();
        over.into_iter().map(|id| links.cut(id)).sum()
    }
}

impl Links {
    /// Cuts the one that has waited longest, of those that are not at a request.
    fn evict(&mut self, eligible: impl Fn(&Link) -> bool) -> bool {
        let waiting = self.open.values().filter(|link| eligible(link)).filter_map(|link| {
            let (phase, age) = link.phase();
            (phase != Phase::Busy).then_some((age, link.id))
        });
        let oldest = waiting.max_by_key(|(age, id)| (*age, std::cmp::Reverse(*id)));
        oldest.is_some_and(|(_, id)| self.cut(id) == 1)
    }

    fn cut(&mut self, id: u64) -> u64 {
        let Some(link) = self.remove(id) else { return 0 };
        link.cut.notify_one();
        1
    }

    fn remove(&mut self, id: u64) -> Option<Arc<Link>> {
        let link = self.open.remove(&id)?;
        if link.over {
            self.over -= 1;
        }
        if let Some(count) = self.per_address.get_mut(&link.address) {
            *count -= 1;
            if *count == 0 {
                self.per_address.remove(&link.address);
            }
        }
        Some(link)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(all: usize, each: usize) -> Options {
        Options { max_connections: all, max_connections_per_address: each, ..Options::default() }
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[tokio::test]
    async fn the_oldest_that_waits_makes_room() {
        let registry = Registry::default();
        let options = options(3, 9);
        let admit = |last| registry.admit(address(last), &options);
        let first = admit(1).unwrap();
        first.link.enter(Phase::Busy);
        let second = admit(2).unwrap().link;
        let third = admit(3).unwrap();
        assert!(!third.evicted);
        third.link.received();
        let fourth = admit(4).unwrap();
        assert!(fourth.evicted);
        second.cut().await;
        // Its own end, later, takes nobody else's place.
        registry.remove(&second);
        third.link.enter(Phase::Busy);
        fourth.link.enter(Phase::Busy);
        assert!(admit(5).unwrap().link.over, "all are at a request");
        first.link.enter(Phase::Idle);
        first.link.set_writing(true);
        assert!(admit(5).unwrap().link.over, "its answer is on its way");
        first.link.set_writing(false);
        let fifth = admit(5).unwrap();
        assert!(fifth.evicted && !fifth.link.over);
    }

    #[test]
    fn beyond_the_places_there_are_a_few() {
        let registry = Registry::default();
        let options = options(1, 9);
        let busy = |last| {
            let link = registry.admit(address(last), &options)?.link;
            link.enter(Phase::Busy);
            Some(link)
        };
        let placed = busy(1).unwrap();
        let mut over: Vec<_> = (0..OVER / 2).map(|_| busy(2).unwrap()).collect();
        assert!(busy(2).is_none(), "an address has half of them");
        over.extend((0..OVER / 2).map(|_| busy(3).unwrap()));
        assert!(over.iter().all(|link| link.over));
        assert!(busy(4).is_none(), "they are all at a request");
        over[0].enter(Phase::Idle);
        assert!(busy(4).unwrap().over, "one that waits makes room");
        registry.remove(&placed);
        assert!(!busy(5).unwrap().over);
    }

    #[test]
    fn an_address_has_its_share() {
        let registry = Registry::default();
        let options = options(100, 2);
        let busy = |address| {
            let admitted = registry.admit(address, &options)?;
            admitted.link.enter(Phase::Busy);
            Some(admitted.link)
        };
        let has_a_place = |address| busy(address).is_some_and(|link| !link.over);
        let first = busy(address(1)).unwrap();
        let second = busy(address(1)).unwrap();
        let third = busy(address(1)).unwrap();
        assert!(!second.over && third.over && has_a_place(address(2)));
        registry.remove(&third);
        registry.remove(&first);
        assert!(has_a_place(address(1)));
        let loopback = IpAddr::from([127, 0, 0, 1]);
        assert!((0..50).all(|_| has_a_place(loopback)), "a proxy on this machine speaks for everybody");
    }

    #[test]
    fn a_sweep_cuts_by_phase() {
        let registry = Registry::default();
        let options = options(100, 100);
        let idle = registry.admit(address(1), &options).unwrap().link;
        let head = registry.admit(address(1), &options).unwrap().link;
        head.received();
        assert_eq!((idle.phase().0, head.phase().0), (Phase::Idle, Phase::Head));
        assert_eq!(registry.sweep(|phase, _| phase == Phase::Head), 1);
        assert_eq!(registry.sweep(|phase, _| phase == Phase::Head), 0);
        assert_eq!(registry.sweep(|_, age| age > Duration::from_secs(60)), 0);
        assert_eq!(registry.sweep(|_, _| true), 1);
    }
}
