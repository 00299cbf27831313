//! Where connections begin and end. Both cost a millisecond or so, as rings of shared memory are made or removed, and
//! everybody may ask for many at once: so there is one in each turn of the event loop, and clients are served between.

use crate::daemon::Daemon;
use core_service::Peer;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::os::fd::AsRawFd;
use std::rc::Rc;
use sys_qb::Handshake;
use tokio::sync::Semaphore;
use tokio::task::yield_now;

/// How many handshakes a user may be at. A connection that never says who it is costs two descriptors, and not for ever.
const HANDSHAKES_MAX: usize = 256;
/// Descriptors kept free for everything but clients (`qb_loop_poll_low_fds_event_set`), and for root's clients beside
/// that: the administrator comes in whatever another user holds.
const KEPT_FREE: u64 = 32;
const KEPT_FOR_ROOT: u64 = 32;
/// That part of what is kept free which handshakes may take, so that one that is refused is told why.
const FOR_HANDSHAKES: u64 = 16;

/// Who wants a descriptor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum User {
    Root,
    /// Another who may be a client.
    Named(u32),
    /// All others together.
    Stranger,
}

impl User {
    /// Who that is; `is_allowed`: may be a client.
    pub(crate) fn of(uid: u32, is_allowed: bool) -> User {
        match uid {
            0 => User::Root,
            uid if is_allowed => User::Named(uid),
            _ => User::Stranger,
        }
    }

    /// Whether a descriptor for a connection of that user, a buffer or the like leaves enough to others. The kernel
    /// gives the lowest free number, so that all below it are taken.
    pub(crate) fn may_keep(self, descriptor: &impl AsRawFd) -> bool {
        self.is_below(descriptor, 0)
    }

    fn may_greet_on(self, descriptor: &impl AsRawFd) -> bool {
        self.is_below(descriptor, FOR_HANDSHAKES)
    }

    fn is_below(self, descriptor: &impl AsRawFd, more: u64) -> bool {
        let number = u64::try_from(descriptor.as_raw_fd()).unwrap_or(u64::MAX);
        sys_os::descriptor_limit().is_ok_and(|limit| number < self.bound(limit) + more)
    }

    /// Where the descriptors of that user's connections end; those of its handshakes end `FOR_HANDSHAKES` above, which
    /// is below what is kept for others.
    fn bound(self, limit: u64) -> u64 {
        let roots = limit.saturating_sub(KEPT_FREE);
        let others = roots.saturating_sub(KEPT_FOR_ROOT + FOR_HANDSHAKES);
        match self {
            User::Root => roots,
            User::Named(_) => others,
            User::Stranger => others.min(limit / 2),
        }
    }
}

/// See the module.
pub(crate) struct Entrance {
    turn: Semaphore,
    /// Handshakes by user.
    handshakes: RefCell<BTreeMap<User, usize>>,
}

impl Default for Entrance {
    fn default() -> Self {
        Entrance { turn: Semaphore::new(1), handshakes: RefCell::default() }
    }
}

/// A handshake's place among those of its user, as long as it lives.
pub(crate) struct Place {
    daemon: Rc<Daemon>,
    user: User,
}

impl Place {
    /// A place for a new handshake, if there is one; `last` is the last descriptor made for it.
    pub(crate) fn of(daemon: &Rc<Daemon>, handshake: &Handshake, last: &impl AsRawFd) -> Option<Place> {
        let (uid, gid) = handshake.dialled_by().ok()?;
        let user = User::of(uid, daemon.is_allowed(Peer { pid: 0, uid, gid }));
        if !user.may_greet_on(last) {
            return None;
        }
        let mut all = daemon.entrance.handshakes.borrow_mut();
        let taken = all.entry(user).or_default();
        if *taken >= HANDSHAKES_MAX {
            return None;
        }
        *taken += 1;
        Some(Place { daemon: daemon.clone(), user })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = self.daemon.entrance.handshakes.borrow_mut();
        if let Some(taken) = all.get_mut(&self.user) {
            *taken -= 1;
            if *taken == 0 {
                all.remove(&self.user);
            }
        }
    }
}

impl Entrance {
    /// Does what is costly for a connection when it is its turn, then lets others be served.
    pub(crate) async fn in_turn<R>(&self, work: impl FnOnce() -> R) -> R {
        let _turn = self.turn.acquire().await;
        let result = work();
        yield_now().await;
        result
    }
}
