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
/// Descriptors kept free for everything but clients (`qb_loop_poll_low_fds_event_set`), and that part of them which
/// handshakes may take for the moment.
const DESCRIPTORS_RESERVED: u64 = 32;
const FOR_HANDSHAKES: u64 = 16;

/// Users that won't be let in have their handshakes in this part of all descriptors, from below.
const FOR_STRANGERS: u64 = 2;

/// Whether one more connection, buffer or the like would leave too few descriptors, seen from its own: the kernel gives
/// the lowest free number, so all below are taken.
pub(crate) fn descriptors_are_short(own: &impl AsRawFd) -> bool {
    !is_below(own, |limit| limit.saturating_sub(DESCRIPTORS_RESERVED))
}

fn is_below(own: &impl AsRawFd, bound: impl FnOnce(u64) -> u64) -> bool {
    let number = u64::try_from(own.as_raw_fd()).unwrap_or(u64::MAX);
    sys_os::descriptor_limit().is_ok_and(|limit| number < bound(limit))
}

/// See the module.
pub(crate) struct Entrance {
    turn: Semaphore,
    /// Handshakes by user; by `None` all together of users that won't be let in.
    handshakes: RefCell<BTreeMap<Option<u32>, usize>>,
}

impl Default for Entrance {
    fn default() -> Self {
        Entrance { turn: Semaphore::new(1), handshakes: RefCell::default() }
    }
}

/// A handshake's place among those of its user, as long as it lives.
pub(crate) struct Place {
    daemon: Rc<Daemon>,
    user: Option<u32>,
}

impl Place {
    /// A place for a new handshake, if there is one.
    /// `last` is the last descriptor made for it.
    pub(crate) fn of(daemon: &Rc<Daemon>, handshake: &Handshake, last: &impl AsRawFd) -> Option<Place> {
        let (uid, gid) = handshake.dialled_by().ok()?;
        let user = daemon.is_allowed(Peer { pid: 0, uid, gid }).then_some(uid);
        let has_room = is_below(last, |limit| match user {
            Some(_) => limit.saturating_sub(DESCRIPTORS_RESERVED - FOR_HANDSHAKES),
            None => limit / FOR_STRANGERS,
        });
        if !has_room {
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
