//! T11: the sync barrier. No message of the applications crosses it, and who passes it has everybody's state.

use super::view::View;
use super::{Broken, Who, broken};
use crate::sim::tape::{Cpg, Seen};

/// The reason of a process's own join (`CPG_REASON_JOIN`).
const JOINED: u32 = 1;

/// Judges one event; nothing has to be remembered.
pub(super) fn see(view: &View, who: Who, seen: &Seen) -> Result<(), Broken> {
    let Some(place) = view.places.get(&who.0) else { return Ok(()) };
    let syncing = place.ring.is_some() && !place.serving && !place.leaving;
    match seen {
        Seen::Delivered { from, .. } if syncing => {
            Err(broken!("T11", "{who:?} got a message of {from} before its sync was over"))
        }
        Seen::Cpg(process, Cpg::Delivered { from, .. }) if syncing => {
            Err(broken!("T11", "{process:?} got a message of {from:?} before the sync was over"))
        }
        Seen::Cpg(process, Cpg::Changed { joined, .. })
            if syncing && joined.iter().any(|(_, reason)| *reason == JOINED) =>
        {
            Err(broken!("T11", "{process:?} is told of a join before the sync was over: {joined:?}"))
        }
        Seen::Activated { heard } => {
            let mut heard = heard.clone();
            heard.sort_unstable();
            if heard == place.members {
                return Ok(());
            }
            Err(broken!("T11", "{who:?} passed the barrier of {:?} with the states of {heard:?}", place.members))
        }
        _ => Ok(()),
    }
}
