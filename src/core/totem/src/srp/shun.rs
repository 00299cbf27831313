//! Backing off from nodes that are heard but cannot hear.
//!
//! Such a node's frames start a gather that must fail: the ring that forms is the old one, and the next frame
//! starts over. The reference goes on like that for ever. Here, who caused a gather in vain is not listened to
//! for a while, twice as long each time. Its join messages count all the same once they name this node: then it
//! has heard of it.

use super::{Srp, State};
use crate::config::millis;
use core_types::{Nanos, NodeId, PROCESSOR_COUNT_MAX};
use std::collections::BTreeMap;

/// The longest while is the consensus timeout times two to this.
const DOUBLINGS_MAX: u32 = 4;

/// Who caused gathers in vain: how often in a row, and until when it is shunned.
#[derive(Debug, Default)]
pub(super) struct Shunned {
    nodes: BTreeMap<NodeId, (u32, Nanos)>,
    /// Who caused the gather that is going on.
    cause: Option<NodeId>,
}

impl Srp {
    pub(super) fn shuns(&self, who: NodeId) -> bool {
        self.shunned.nodes.get(&who).is_some_and(|&(_, until)| self.now < until)
    }

    /// Notes that a frame of `who`, of another ring, ends this ring's peace.
    pub(super) fn blame(&mut self, who: NodeId) {
        if self.state == State::Operational {
            self.shunned.cause = Some(who);
        }
    }

    /// A ring formed: was it worth it?
    pub(super) fn judge_gather(&mut self) {
        for member in &self.members {
            self.shunned.nodes.remove(member);
        }
        let Some(cause) = self.shunned.cause.take() else { return };
        if self.members.contains(&cause) {
            return;
        }
        let nodes = &mut self.shunned.nodes;
        if nodes.len() < PROCESSOR_COUNT_MAX || nodes.contains_key(&cause) {
            let (times, until) = nodes.entry(cause).or_default();
            *until = self.now + (millis(self.config.consensus) << (*times).min(DOUBLINGS_MAX));
            *times = times.saturating_add(1);
        }
    }
}
