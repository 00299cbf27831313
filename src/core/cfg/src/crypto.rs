//! New keys are used once every member has them, and the old ones forgotten once every member uses the new.
//!
//! Counterpart: `message_handler_req_exec_cfg_reconfig_crypto`. Every node multicasts that it loaded the new keys, and
//! then that it sends with them. The reference heeds its own two messages alone, so a member that is slower to load
//! misses frames; here those of all members are awaited, as far as members that don't wait leave time for it.

use core_types::{MILLIS, Nanos, NodeId};
use std::collections::BTreeSet;

/// A node's first message: it has the new keys (`CRYPTO_RECONFIG_PHASE_ACTIVATE`).
pub(crate) const PHASE_ACTIVATE: u32 = 1;
/// Its second: it sends with them and will forget the old ones (`CRYPTO_RECONFIG_PHASE_CLEANUP`).
pub(crate) const PHASE_CLEANUP: u32 = 2;

/// How long to wait for members whose configuration may not have changed.
pub(crate) const PATIENCE: Nanos = 2000 * MILLIS;

/// What this node does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Sends with the new keys from now on.
    Use,
    /// Forgets the old ones.
    Forget,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Idle,
    /// The new keys are loaded.
    Loaded,
    /// They are used to send.
    Used,
}

/// The way from old keys to new ones.
#[derive(Debug, Default)]
pub(crate) struct Switch {
    stage: Stage,
    awaited: BTreeSet<NodeId>,
    /// Members that have the new keys, and those that send with them.
    loaded: BTreeSet<NodeId>,
    using: BTreeSet<NodeId>,
}

impl Switch {
    /// A reload begins: what is heard from now on may be of its keys.
    pub(crate) fn reloading(&mut self) {
        if self.stage == Stage::Idle {
            *self = Switch::default();
        }
    }

    /// This node loaded new keys.
    pub(crate) fn loaded(&mut self, members: &[NodeId]) {
        self.stage = Stage::Loaded;
        self.awaited = members.iter().copied().collect();
    }

    /// A member's message.
    pub(crate) fn heard(&mut self, from: NodeId, phase: u32) {
        match phase {
            PHASE_ACTIVATE => self.loaded.insert(from),
            PHASE_CLEANUP => self.using.insert(from),
            _ => false,
        };
    }

    /// The ring has other members: who is gone is not awaited.
    pub(crate) fn members(&mut self, members: &[NodeId]) {
        for nodes in [&mut self.awaited, &mut self.loaded, &mut self.using] {
            nodes.retain(|node| members.contains(node));
        }
    }

    /// The step that is due; `impatient` once [`PATIENCE`] ran out. Who sends with the new keys may forget the old
    /// ones at once: after the first such message nobody may send with those.
    pub(crate) fn next(&mut self, impatient: bool) -> Option<Step> {
        match self.stage {
            Stage::Loaded if impatient || !self.using.is_empty() || self.awaited.is_subset(&self.loaded) => {
                self.stage = Stage::Used;
                Some(Step::Use)
            }
            Stage::Used if impatient || self.awaited.is_subset(&self.using) => {
                self.stage = Stage::Idle;
                Some(Step::Forget)
            }
            _ => None,
        }
    }
}
