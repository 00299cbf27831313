//! The checkers: one file for each family of promises (THREATS T1-T13, Q1-Q4).
//!
//! They see what crosses a host's borders ([`Seen`]) and nothing of the cores. What one event shows is judged at once,
//! what needs both sides' whole histories when the run is over.

mod cpg;
mod liveness;
mod memory;
mod quorum;
mod sync;
mod totem;
mod view;

pub use memory::Memory;

use super::host::Voting;
use super::tape::Seen;
use core_types::{Nanos, NodeId};
use view::View;

/// A host in one of its lives.
pub type Who = (NodeId, u32);

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which one, as `T6`.
    pub rule: &'static str,
    /// How.
    pub text: String,
}

/// A broken promise, in format's words.
macro_rules! broken {
    ($rule:expr, $($words:tt)+) => { $crate::sim::check::Broken { rule: $rule, text: format!($($words)+) } };
}
pub(crate) use broken;

/// What was judged, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages that totem took.
    pub sent: usize,
    /// Deliveries of them.
    pub delivered: usize,
    /// How many times a host entered a ring.
    pub rings: usize,
    /// Messages of processes in groups that were taken.
    pub group_sent: usize,
    /// Deliveries of them.
    pub group_delivered: usize,
    /// How many times services were told of quorum.
    pub quorum: usize,
    /// Most bytes that one engine held.
    pub memory: i64,
}

/// All checkers.
pub struct Judge {
    /// Who is where.
    pub view: View,
    totem: totem::Totem,
    cpg: cpg::Groups,
    quorum: quorum::Quorum,
    /// What engines hold.
    pub memory: Memory,
}

impl Judge {
    /// Checkers for so many hosts.
    pub fn new(hosts: usize, voting: Voting) -> Judge {
        Judge {
            view: View::new(hosts),
            totem: totem::Totem::default(),
            cpg: cpg::Groups::default(),
            quorum: quorum::Quorum::new(hosts, voting),
            memory: Memory::default(),
        }
    }

    /// Something happened on a host.
    pub fn see(&mut self, now: Nanos, who: Who, seen: &Seen) -> Result<(), Broken> {
        if let Seen::Alarm(words) = seen {
            return Err(broken!("T12", "{who:?} asks its daemon for {words}"));
        }
        sync::see(&self.view, who, seen)?;
        self.cpg.see(&self.view, who, seen)?;
        self.totem.see(who, seen)?;
        self.view.see(who, seen);
        self.quorum.see(&self.view, now, who, seen)
    }

    /// A host was called; it is awake.
    pub fn called(&mut self, now: Nanos, who: Who, bytes: i64) -> Result<(), Broken> {
        self.quorum.called(now, who)?;
        self.memory.called(who, bytes)
    }

    /// Whether everything that was taken came back to its sender, of those who live.
    pub fn all_delivered(&self) -> bool {
        self.totem.undelivered(&self.view.alive()).is_none() && self.cpg.undelivered(&self.view).is_none()
    }

    /// Everything is over, everybody lives; `one`: they are to be in one ring. All promises that were broken.
    pub fn finish(&self, one: bool) -> Vec<Broken> {
        let mut all = self.totem.finish(&self.view.alive());
        all.extend(self.cpg.finish(&self.view));
        if one {
            all.extend(self.quorum.finish(&self.view).err());
        }
        all
    }

    /// Why the run isn't settled; `None` when it is.
    pub fn unsettled(&self, one: bool) -> Option<Broken> {
        liveness::unsettled(&self.view, one)
    }

    /// What was judged.
    pub fn counts(&self) -> Counts {
        let (sent, delivered, rings) = self.totem.counts();
        let (group_sent, group_delivered) = self.cpg.counts();
        let memory = self.memory.highest;
        Counts { sent, delivered, rings, group_sent, group_delivered, quorum: self.quorum.told, memory }
    }
}
